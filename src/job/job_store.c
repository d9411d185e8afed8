/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"

#define AFTER_END (5 * CLOCK_SECOND)

/* The job that waits with ${key}. */
static enum err
find_waiting(struct db *db, const char *key, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT id FROM job WHERE key = ?1 AND state = 'waiting'", DB_TEXT(key)));
	*ret = db_int(q, 0);
	return db_end(q);
}

enum err
job_add(struct db *db, struct arena *a, const struct job_new *j, int64_t now, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;
	const char *payload = j->payload == NULL ? "{}" : value_json_text(a, j->payload);
	int64_t id = 0;

	TRY(db_query(db, &q,
	    "INSERT INTO job (kind, payload, key, state, run_at, created_at)"
	    " VALUES (?1, ?2, ?3, 'waiting', ?4, ?5)"
	    " ON CONFLICT (key) WHERE key IS NOT NULL AND state = 'waiting'"
	    " DO UPDATE SET run_at = excluded.run_at WHERE excluded.run_at < job.run_at"
	    " RETURNING id",
	    DB_TEXT(j->kind), DB_TEXT(payload), DB_TEXT(j->key),
	    DB_INT(j->run_at == 0 ? now : j->run_at), DB_INT(now)));
	if (db_row(q))
		id = db_int(q, 0);
	TRY(db_end(q));
	if (id == 0 && ret_id != NULL)
		TRY(find_waiting(db, j->key, &id));
	if (ret_id != NULL)
		*ret_id = id;
	return OK;
}

enum err
job_cancel(struct db *db, int64_t id)
{
	TRY(db_run(db,
	    "UPDATE job SET state = 'cancelled', finished_at = run_at"
	    " WHERE id = ?1 AND state = 'waiting'",
	    DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

struct taken {
	int64_t run_at, id;
	struct value *v;
};

static int
by_time(const void *x, const void *y)
{
	const struct taken *a = x, *b = y;

	if (a->run_at != b->run_at)
		return a->run_at < b->run_at ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* ${lane} and ${slow} as numbered parameters: 0 any, 1 quick, 2 slow. */
#define IN_LANE(lane, slow) \
	"(" lane " = 0 OR (" slow " LIKE '%,' || kind || ',%') = (" lane " = 2))"

enum err
job_take(struct db *db, struct arena *a, enum job_lane lane, const char *slow, int64_t now, int max, struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct taken *taken = arena_many(a, struct taken, (size_t)max);
	struct value *list = value_list(a);
	size_t n = 0;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "UPDATE job SET state = 'running', tries = tries + 1, started_at = ?1, error = NULL"
	    " WHERE id IN (SELECT id FROM job WHERE state = 'waiting' AND run_at <= ?1"
	    " AND (key IS NULL OR key NOT IN (SELECT key FROM job WHERE state = 'running'"
	    " AND key IS NOT NULL)) AND " IN_LANE("?3", "?4")
	    " ORDER BY run_at, id LIMIT ?2",
	    DB_INT(now), DB_INT(max), DB_INT((int64_t)lane), DB_TEXT(slow));
	if (db_kind(db) == DB_POSTGRESQL)
		db_sql_add(&s, " FOR UPDATE SKIP LOCKED");
	db_sql_add(&s, ") RETURNING id, kind, payload, tries, again, key, run_at");

	TRY(db_query_sql(db, &q, &s));
	while (n < (size_t)max && db_row(q)) {
		struct value *v = value_object(a), *payload;

		/* Our own text: job_add() wrote it. */
		TRY(value_parse(a, str_of(db_dup(a, q, 2)), &payload, NULL));
		value_set_int(a, v, "id", db_int(q, 0));
		value_set_text(a, v, "kind", db_dup(a, q, 1));
		value_set(a, v, "payload", payload);
		value_set_int(a, v, "tries", db_int(q, 3));
		value_set_bool(a, v, "again", db_int(q, 4) != 0);
		value_set_text(a, v, "key", db_dup(a, q, 5));
		taken[n++] = (struct taken){ .run_at = db_int(q, 6), .id = db_int(q, 0), .v = v };
	}
	TRY(db_end(q));
	qsort(taken, n, sizeof(*taken), by_time);
	for (size_t i = 0; i < n; i++)
		value_add(a, list, taken[i].v);
	*ret = list;
	return OK;
}

enum err
job_done(struct db *db, int64_t id, int64_t now)
{
	TRY(db_run(db,
	    "UPDATE job SET state = 'done', finished_at = ?2"
	    " WHERE id = ?1 AND state = 'running'",
	    DB_INT(id), DB_INT(now)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}

/* A failed job must not wait beside a newer one with its key: that one does
 * its work. True in ${*ret} when there is one. */
static enum err
superseded(struct db *db, int64_t id, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT w.id FROM job w JOIN job r ON w.key = r.key"
	    " WHERE r.id = ?1 AND w.id <> r.id AND w.state = 'waiting'",
	    DB_INT(id)));
	*ret = db_row(q);
	return db_end(q);
}

static enum err
load_tries(struct db *db, int64_t id, int *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT tries FROM job WHERE id = ?1 AND state = 'running'", DB_INT(id)));
	if (!db_row(q)) {
		TRY(db_end(q));
		return ERR_CONFLICT; /* no longer ours */
	}
	*ret = (int)db_int(q, 0);
	return db_end(q);
}

enum err
job_failed(struct db *db, int64_t id, int64_t now, int max_tries, bool dead, const char *error,
    bool *ret_dead)
{
	int tries;
	bool newer;

	TRY(load_tries(db, id, &tries));
	TRY(superseded(db, id, &newer));
	dead = dead || tries >= max_tries;
	if (newer && !dead)
		TRY(db_run(db,
		    "UPDATE job SET state = 'cancelled', finished_at = ?2, error = ?3 WHERE id = ?1",
		    DB_INT(id), DB_INT(now), DB_TEXT(error)));
	else if (dead)
		TRY(db_run(db,
		    "UPDATE job SET state = 'dead', finished_at = ?2, error = ?3 WHERE id = ?1",
		    DB_INT(id), DB_INT(now), DB_TEXT(error)));
	else
		TRY(db_run(db,
		    "UPDATE job SET state = 'waiting', run_at = ?2, error = ?3"
		    " WHERE id = ?1",
		    DB_INT(id), DB_INT(now + job_back_off(tries)), DB_TEXT(error)));
	if (ret_dead != NULL)
		*ret_dead = dead;
	return OK;
}

enum err
job_give_back(struct db *db, int64_t id, int64_t now)
{
	bool newer;

	TRY(superseded(db, id, &newer));
	if (newer)
		return db_run(db,
		    "UPDATE job SET state = 'cancelled', finished_at = ?2 WHERE id = ?1 AND state = 'running'",
		    DB_INT(id), DB_INT(now));
	return db_run(db,
	    "UPDATE job SET state = 'waiting', run_at = ?2, tries = tries - 1 WHERE id = ?1 AND state = 'running'",
	    DB_INT(id), DB_INT(now));
}

enum err
job_recover(struct db *db, int64_t now, int64_t before, int64_t *ret)
{
	/* Where a newer one with the same key waits, that one does the work; it
	 * must know that an earlier run may have done something already. */
	TRY(db_run(db,
	    "UPDATE job SET again = 1 WHERE state = 'waiting' AND key IN (SELECT key FROM job"
	    " WHERE state = 'running' AND key IS NOT NULL AND started_at < ?1)",
	    DB_INT(before)));
	TRY(db_run(db,
	    "UPDATE job SET state = 'cancelled', finished_at = ?1, error = 'the worker ended'"
	    " WHERE state = 'running' AND started_at < ?2 AND key IN (SELECT key FROM job"
	    " WHERE state = 'waiting' AND key IS NOT NULL)",
	    DB_INT(now), DB_INT(before)));
	TRY(db_run(db,
	    "UPDATE job SET state = 'dead', finished_at = ?1, again = 1,"
	    " error = 'the worker ended each time while it ran'"
	    " WHERE state = 'running' AND started_at < ?2 AND ended + 1 >= ?3",
	    DB_INT(now), DB_INT(before), DB_INT(JOB_ENDED_MAX)));
	/* Whoever was there at two ends lets the others go first. */
	TRY(db_run(db,
	    "UPDATE job SET state = 'waiting', run_at = ?1 + CASE WHEN ended > 0 THEN ?3 ELSE 0 END,"
	    " again = 1, ended = ended + 1 WHERE state = 'running' AND started_at < ?2",
	    DB_INT(now), DB_INT(before), DB_INT(AFTER_END)));
	if (ret != NULL)
		*ret = db_changed(db);
	return OK;
}

enum err
job_revive(struct db *db, int64_t id, int64_t now)
{
	bool newer;

	TRY(superseded(db, id, &newer));
	TRY(db_run(db,
	    "UPDATE job SET state = CASE WHEN ?3 = 1 THEN 'cancelled' ELSE 'waiting' END,"
	    " run_at = ?2, tries = 0, ended = 0 WHERE id = ?1 AND state = 'dead'",
	    DB_INT(id), DB_INT(now), DB_INT(newer)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
job_give_up(struct db *db, int64_t id, int64_t now)
{
	TRY(db_run(db,
	    "UPDATE job SET state = 'cancelled', finished_at = ?2 WHERE id = ?1 AND state = 'dead'",
	    DB_INT(id), DB_INT(now)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
job_next_at(struct db *db, enum job_lane lane, const char *slow, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT run_at FROM job WHERE state = 'waiting' AND " IN_LANE("?1", "?2") " ORDER BY run_at, id LIMIT 1",
	    DB_INT((int64_t)lane), DB_TEXT(slow)));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

enum err
job_purge(struct db *db, int64_t before, int max, int64_t *ret)
{
	TRY(db_run(db,
	    "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state IN ('done', 'cancelled')"
	    " AND finished_at < ?1 ORDER BY finished_at LIMIT ?2)",
	    DB_INT(before), DB_INT(max)));
	*ret = db_changed(db);
	return OK;
}

enum err
job_list(struct db *db, struct arena *a, const char *state, int64_t before, int limit,
    struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_list(a);

	TRY(db_query(db, &q,
	    "SELECT id, kind, payload, state, run_at, tries, again, started_at, finished_at, error,"
	    " created_at, key FROM job WHERE state = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
	    DB_TEXT(state), DB_INT(before == 0 ? INT64_MAX : before), DB_INT(limit)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list), *payload;

		TRY(value_parse(a, str_of(db_dup(a, q, 2)), &payload, NULL));
		value_set_int(a, o, "id", db_int(q, 0));
		value_set_text(a, o, "kind", db_dup(a, q, 1));
		value_set(a, o, "payload", payload);
		value_set_text(a, o, "state", db_dup(a, q, 3));
		value_set_int(a, o, "run_at", db_int(q, 4));
		value_set_int(a, o, "tries", db_int(q, 5));
		value_set_bool(a, o, "again", db_int(q, 6) != 0);
		value_set_int(a, o, "started_at", db_int(q, 7));
		value_set_int(a, o, "finished_at", db_int(q, 8));
		value_set_text(a, o, "error", db_dup(a, q, 9));
		value_set_int(a, o, "created_at", db_int(q, 10));
		value_set_text(a, o, "key", db_dup(a, q, 11));
	}
	TRY(db_end(q));
	*ret = list;
	return OK;
}

enum err
job_counts(struct db *db, struct arena *a, struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *o = value_object(a);

	TRY(db_one(db, &q,
	    "SELECT (SELECT count(*) FROM job WHERE state = 'waiting'),"
	    " (SELECT count(*) FROM job WHERE state = 'running'),"
	    " (SELECT count(*) FROM job WHERE state = 'dead')"));
	value_set_int(a, o, "waiting", db_int(q, 0));
	value_set_int(a, o, "running", db_int(q, 1));
	value_set_int(a, o, "dead", db_int(q, 2));
	TRY(db_end(q));
	*ret = o;
	return OK;
}
