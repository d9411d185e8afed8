/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/indicator_store.h"
#include "incident/incident_store.h"
#include "incident/watch_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "db/db.h"
#include "journal/journal.h"
#include "text/value.h"

#define INDICATOR_COLUMNS                                                                          \
	"SELECT o.id, o.type, o.value, io.role, io.confirmed, o.ignored, io.note, io.added_at, "   \
	"io.added_by, o.seen, (SELECT COUNT(*) FROM incident_observable x "                        \
	"WHERE x.observable_id = o.id) FROM incident_observable io "                               \
	"JOIN observable o ON o.id = io.observable_id WHERE io.incident_id = ?1"

static void
read_indicator(struct arena *a, struct db_stmt *q, struct indicator *i)
{
	*i = (struct indicator){
		.id = db_int(q, 0),
		.type = db_dup(a, q, 1),
		.value = db_dup(a, q, 2),
		.role = db_dup(a, q, 3),
		.confirmed = db_int(q, 4) != 0,
		.ignored = db_int(q, 5) != 0,
		.note = db_dup(a, q, 6),
		.added_at = db_int(q, 7),
		.added_by = db_int(q, 8),
		.reports = db_int(q, 9),
		.incidents = db_int(q, 10),
	};
}

enum err
indicator_list(struct db *db, struct arena *a, int64_t incident, int64_t limit, struct indicator **ret,
    size_t *ret_n, int64_t *ret_total)
{
	AUTO(db_stmt) count = NULL;
	AUTO(db_stmt) q = NULL;
	struct indicator *list = arena_many(a, struct indicator, (size_t)limit + 1);
	size_t n = 0;

	TRY(db_one(db, &count, "SELECT COUNT(*) FROM incident_observable WHERE incident_id = ?1",
	    DB_INT(incident)));
	*ret_total = db_int(count, 0);
	TRY(db_query(db, &q,
	    INDICATOR_COLUMNS " ORDER BY io.confirmed DESC, CASE o.type WHEN 'url' THEN 0 WHEN 'sha256' THEN 1 "
	    "WHEN 'host' THEN 2 WHEN 'ipv4' THEN 3 WHEN 'ipv6' THEN 3 WHEN 'email' THEN 5 ELSE 4 END, o.id "
	    "LIMIT ?2",
	    DB_INT(incident), DB_INT(limit)));
	while (db_row(q))
		read_indicator(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
indicator_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct indicator *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, INDICATOR_COLUMNS " AND io.observable_id = ?2", DB_INT(incident), DB_INT(id)));
	read_indicator(a, q, ret);
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t incident, struct value *p,
    struct actor by)
{
	TRY(db_run(db, "UPDATE incident SET updated_at = ?2 WHERE id = ?1", DB_INT(incident),
	    DB_INT(by.now)));
	return journal_tell(db, a, action, "incident", incident, p, by);
}

enum err
indicator_add(struct db *db, struct arena *a, int64_t incident, const struct extract_found *found,
    size_t n, const char *role, bool confirmed, const char *note, struct actor by,
    int64_t *ret_new)
{
	struct value *p = value_object(a);
	struct value *values = value_set_list(a, p, "values");

	*ret_new = 0;
	for (size_t i = 0; i < n; i++) {
		AUTO(db_stmt) q = NULL;

		TRY(db_one(db, &q,
		    "INSERT INTO observable (type, value) VALUES (?1, ?2) "
		    "ON CONFLICT (type, value) DO UPDATE SET seen = observable.seen RETURNING id",
		    DB_TEXT(extract_type_name(found[i].type)), DB_STR(found[i].value)));
		TRY(db_run(db,
		    "INSERT INTO incident_observable (incident_id, observable_id, role, confirmed, note, "
		    "added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
		    "ON CONFLICT (incident_id, observable_id) DO NOTHING",
		    DB_INT(incident), DB_INT(db_int(q, 0)), DB_TEXT(role), DB_INT(confirmed),
		    DB_TEXT(*note == '\0' ? NULL : note), DB_INT(by.now), DB_INT(by.id)));
		if (db_changed(db) == 0)
			continue;
		(*ret_new)++;
		if (value_count(values) < 50)
			value_add_text(a, values, arena_cstr(a, found[i].value));
	}
	if (*ret_new == 0)
		return OK;
	value_set_text(a, p, "role", role);
	value_set_int(a, p, "n", *ret_new);
	TRY(tell(db, a, "indicator.add", incident, p, by));
	size_t seens;
	const struct watch_seen *seen = watch_seen_of(a, found, n, NULL, NULL, &seens);

	return watch_meet(db, NULL, a, "incident", incident, seen, seens, by.now);
}

enum err
indicator_set(struct db *db, struct arena *a, int64_t incident, const struct indicator *was,
    const char *role, bool confirmed, struct actor by)
{
	struct value *p = value_object(a);

	if (was->confirmed == confirmed && strcmp(was->role, role) == 0)
		return OK;
	TRY(db_run(db,
	    "UPDATE incident_observable SET role = ?3, confirmed = ?4 WHERE incident_id = ?1 AND observable_id = ?2",
	    DB_INT(incident), DB_INT(was->id), DB_TEXT(role), DB_INT(confirmed)));
	value_set_text(a, p, "value", was->value);
	value_set_text(a, p, "role", role);
	return tell(db, a,
	    confirmed == was->confirmed ? "indicator.role"
		: confirmed		 ? "indicator.confirm"
					 : "indicator.refute",
	    incident, p, by);
}

enum err
indicator_remove(struct db *db, struct arena *a, int64_t incident, const struct indicator *i,
    struct actor by)
{
	struct value *p = value_object(a);

	TRY(db_run(db, "DELETE FROM incident_observable WHERE incident_id = ?1 AND observable_id = ?2",
	    DB_INT(incident), DB_INT(i->id)));
	value_set_text(a, p, "value", i->value);
	return tell(db, a, "indicator.remove", incident, p, by);
}

enum err
indicator_restore(struct db *db, struct arena *a, int64_t incident, const struct indicator *i,
    struct actor by)
{
	struct value *p = value_object(a);

	TRY(db_run(db,
	    "INSERT INTO incident_observable (incident_id, observable_id, role, confirmed, note, added_at, "
	    "added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (incident_id, observable_id) DO NOTHING",
	    DB_INT(incident), DB_INT(i->id), DB_TEXT(i->role), DB_INT(i->confirmed), DB_TEXT(i->note),
	    DB_INT(i->added_at), DB_INT(i->added_by)));
	value_set_text(a, p, "value", i->value);
	return tell(db, a, "indicator.restore", incident, p, by);
}
