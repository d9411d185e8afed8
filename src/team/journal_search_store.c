/* SPDX-License-Identifier: Apache-2.0 */
#include "team/journal_search_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"

/* The least id written at ${at} or later. Ids follow time, give or take the
 * writers of one moment; there is no index by time to pay for at each write. */
static enum err
first_id(struct db *db, int64_t at, int64_t *ret)
{
	int64_t low = 0, high;

	{
		AUTO(db_stmt) q = NULL;

		TRY(db_one(db, &q, "SELECT COALESCE(MAX(id), 0) + 1 FROM journal"));
		high = db_int(q, 0);
		TRY(db_end(q));
	}
	while (low < high) {
		AUTO(db_stmt) q = NULL;
		int64_t middle = low + (high - low) / 2;

		TRY(db_query(db, &q, "SELECT id, at FROM journal WHERE id >= ?1 ORDER BY id LIMIT 1",
		    DB_INT(middle)));
		if (!db_row(q) || db_int(q, 1) >= at)
			high = middle;
		else
			low = db_int(q, 0) + 1;
		TRY(db_end(q));
	}
	*ret = low;
	return OK;
}

static enum err
add_conditions(struct db *db, struct db_sql *q, const struct user *viewer, const struct journal_search *s)
{
	int64_t id;

	if (s->before > 0)
		db_sql_add(q, " AND j.id < ?1", DB_INT(s->before));
	if (s->from > 0) {
		TRY(first_id(db, s->from, &id));
		db_sql_add(q, " AND j.id >= ?1 AND j.at >= ?2", DB_INT(id), DB_INT(s->from));
	}
	if (s->to > 0) {
		TRY(first_id(db, s->to, &id));
		db_sql_add(q, " AND j.id < ?1", DB_INT(id));
	}
	if (s->object != NULL && s->object_id > 0)
		db_sql_add(q,
		    " AND j.id IN (SELECT id FROM journal WHERE object = ?1 AND object_id = ?2"
		    " UNION ALL SELECT id FROM journal WHERE also = ?1 AND also_id = ?2)",
		    DB_TEXT(s->object), DB_INT(s->object_id));
	else if (s->object != NULL)
		db_sql_add(q, " AND j.object = ?1", DB_TEXT(s->object));
	if (s->actor > 0)
		db_sql_add(q, " AND j.actor_id = ?1 AND j.actor_id > 0", DB_INT(s->actor));
	if (s->action != NULL)
		db_sql_add(q, " AND (j.action = ?1 OR substr(j.action, 1, length(?1)) = ?1)", DB_TEXT(s->action));
	if (incident_sees_all(viewer))
		return OK;
	db_sql_add(q, " AND NOT (j.object = 'incident' AND j.object_id IN (");
	incident_add_hidden(q, viewer);
	db_sql_add(q, ")) AND NOT (COALESCE(j.also, '') = 'incident' AND j.also_id IN (");
	incident_add_hidden(q, viewer);
	db_sql_add(q, ")) AND NOT (j.object = 'report' AND j.object_id IN (");
	report_add_hidden(q, viewer);
	db_sql_add(q, ")) AND NOT (COALESCE(j.also, '') = 'report' AND j.also_id IN (");
	report_add_hidden(q, viewer);
	db_sql_add(q, "))");
	return OK;
}

enum err
journal_search_store(struct db *db, struct arena *a, const struct user *viewer,
    const struct journal_search *s, struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_list(a);
	struct db_sql sql;

	db_sql_init(&sql, a);
	db_sql_add(&sql,
	    "SELECT j.id, j.seal, j.at, j.actor_id, j.actor_name, j.action, j.object, j.object_id,"
	    " j.payload FROM journal j WHERE 1 = 1");
	TRY(add_conditions(db, &sql, viewer, s));
	db_sql_add(&sql, " ORDER BY j.id DESC LIMIT ?1", DB_INT(s->limit));
	TRY(db_query_sql(db, &q, &sql));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list), *payload = NULL;

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_int(a, o, "seal", db_int(q, 1));
		value_set_int(a, o, "at", db_int(q, 2));
		value_set_id(a, o, "actor_id", db_int(q, 3));
		value_set_text(a, o, "actor", db_dup(a, q, 4));
		value_set_text(a, o, "action", db_dup(a, q, 5));
		value_set_text(a, o, "object", db_dup(a, q, 6));
		value_set_id(a, o, "object_id", db_int(q, 7));
		if (!db_is_null(q, 8))
			TRY(value_parse(a, str_of(db_dup(a, q, 8)), &payload, NULL));
		if (payload != NULL)
			value_set(a, o, "payload", payload);
	}
	TRY(db_end(q));
	*ret = list;
	return OK;
}

enum err
journal_search_store_last(struct db *db, struct arena *a, const char *object, struct value **ret, int64_t *ret_at)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT at, payload FROM journal WHERE object = ?1 AND object_id = 0"
	    " ORDER BY id DESC LIMIT 1",
	    DB_TEXT(object)));
	*ret_at = db_int(q, 0);
	TRY(value_parse(a, str_of(db_dup(a, q, 1)), ret, NULL));
	return db_end(q);
}

enum err
journal_search_store_unsealed(struct db *db, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COUNT(*) FROM journal WHERE seal IS NULL"));
	*ret = db_int(q, 0);
	return db_end(q);
}
