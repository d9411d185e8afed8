/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/quarterly_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"

#define ROW                                                                                                    \
	"SELECT q.id, q.quarter, q.lang, q.title, q.state, q.published_at, q.changed_at, q.version, p.name, q.body " \
	"FROM observation_report q LEFT JOIN person p ON p.id = q.person_id "
#define NOTABLE_MAX 200

static void
read_row(struct db_stmt *s, struct arena *a, struct quarterly *ret)
{
	*ret = (struct quarterly){
		.id = db_int(s, 0),
		.quarter = db_dup(a, s, 1),
		.lang = db_dup(a, s, 2),
		.title = db_dup(a, s, 3),
		.published = strcmp(db_dup(a, s, 4), "published") == 0,
		.published_at = db_int(s, 5),
		.changed_at = db_int(s, 6),
		.version = db_int(s, 7),
		.person = db_dup(a, s, 8),
	};
}

enum err
quarterly_list(struct db *db, struct arena *a, bool published, struct quarterly **ret, size_t *ret_n)
{
	AUTO(db_stmt) s = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &s, ROW "WHERE (?1 = 0 OR q.state = 'published') ORDER BY q.quarter DESC, q.lang LIMIT 400", DB_INT(published)));
	while (db_row(s)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_row(s, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(s);
}

enum err
quarterly_get(struct db *db, struct arena *a, const char *quarter, const char *lang, struct quarterly *ret)
{
	AUTO(db_stmt) s = NULL;

	TRY(db_one(db, &s, ROW "WHERE q.quarter = ?1 AND q.lang = ?2", DB_TEXT(quarter), DB_TEXT(lang)));
	read_row(s, a, ret);
	ret->body = db_dup(a, s, 9);
	return OK;
}

enum err
quarterly_add(struct db *db, const char *quarter, const char *lang, const struct quarterly_draft *d, int64_t now)
{
	return db_run(db,
	    "INSERT INTO observation_report (quarter, lang, title, body, changed_at) VALUES (?1, ?2, ?3, ?4, ?5) "
	    "ON CONFLICT (quarter, lang) DO NOTHING",
	    DB_TEXT(quarter), DB_TEXT(lang), DB_TEXT(d->title), DB_TEXT(d->body), DB_INT(now));
}

enum err
quarterly_save(struct db *db, struct arena *a, const struct quarterly *q, const char *title, const char *body, bool publish,
    struct actor by)
{
	struct value *v = value_object(a);
	const char *state = publish ? "published" : "draft";
	int64_t at = !publish ? 0 : q->published_at != 0 ? q->published_at : by.now;

	TRY(db_run(db,
	    "UPDATE observation_report SET title = ?2, body = ?3, state = ?4, published_at = ?5, person_id = ?6, changed_at = ?7, "
	    "version = version + 1 WHERE id = ?1 AND version = ?8",
	    DB_INT(q->id), DB_TEXT(title), DB_TEXT(body), DB_TEXT(state), DB_INT_OR_NULL(at), DB_INT_OR_NULL(by.id), DB_INT(by.now),
	    DB_INT(q->version)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_text(a, v, "quarter", q->quarter);
	value_set_text(a, v, "lang", q->lang);
	value_set_text(a, v, "state", state);
	return journal_tell(db, a, "observation.report", "observation_report", q->id, v, by);
}

enum err
quarterly_notables(struct db *db, struct arena *a, struct quarter q, struct quarterly_notable **ret, size_t *ret_n)
{
	AUTO(db_stmt) s = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &s,
	    "SELECT rule, series, from_at, numbers, note FROM sighting WHERE told_at >= ?1 AND told_at < ?2 AND state <> 'dismissed' "
	    "AND (rule <> 'heavy' OR state <> 'new') "
	    "ORDER BY CASE rule WHEN 'wave' THEN 0 WHEN 'fingerprint' THEN 1 WHEN 'slow' THEN 2 ELSE 3 END, from_at, id LIMIT ?3",
	    DB_INT(q.from), DB_INT(q.to), DB_INT(NOTABLE_MAX)));
	while (db_row(s)) {
		struct value *numbers;

		TRY(value_parse(a, str_of(db_dup(a, s, 3)), &numbers, NULL));
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct quarterly_notable){ db_dup(a, s, 0), db_dup(a, s, 1), db_int(s, 2), numbers, db_dup(a, s, 4) };
	}
	return db_end(s);
}
