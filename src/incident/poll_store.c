/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/poll_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "text/value.h"

#define KEY "imap.state" /* not a setting of setting_table: no page shows it as one */

static const char *
or_null(const struct value *v)
{
	return v == NULL ? NULL : value_cstr(v);
}

enum err
poll_state_get(struct db *db, struct arena *a, struct poll_state *ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *v;

	*ret = (struct poll_state){ 0 };
	enum err e = db_one(db, &q, "SELECT value FROM setting WHERE key = ?1", DB_TEXT(KEY));

	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	struct str json = str_of(db_dup(a, q, 0));

	TRY(db_end(q));
	if (value_parse(a, json, &v, NULL) != OK)
		return OK; /* read anew; what came before is recognised by its bytes */
	ret->box = or_null(value_get(v, "box"));
	ret->validity = value_integer(value_get(v, "validity"));
	ret->uid = value_integer(value_get(v, "uid"));
	ret->error = or_null(value_get(v, "error"));
	ret->error_at = value_integer(value_get(v, "error_at"));
	ret->polled_at = value_integer(value_get(v, "polled_at"));
	return OK;
}

enum err
poll_state_set(struct db *db, struct arena *a, const struct poll_state *s)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "box", s->box);
	value_set_int(a, v, "validity", s->validity);
	value_set_int(a, v, "uid", s->uid);
	if (s->error != NULL) {
		value_set_text(a, v, "error", s->error);
		value_set_int(a, v, "error_at", s->error_at);
	}
	value_set_int(a, v, "polled_at", s->polled_at);
	return db_run(db, "INSERT INTO setting (key, value) VALUES (?1, ?2) "
	    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	    DB_TEXT(KEY), DB_TEXT(value_json_text(a, v)));
}
