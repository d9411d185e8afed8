/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/journal.h"

#include <sodium.h>
#include <string.h>

#include "base/arena.h"
#include "base/rand.h"
#include "db/db.h"
#include "journal/journal_chain.h"

#define BYTES(p, size) DB_BLOB(((struct str){ (const char *)(p), (size) }))

enum err
journal_write(struct db *db, struct arena *a, const struct journal_entry *e)
{
	struct journal_row row = {
		.at = e->at,
		.actor = e->actor,
		.actor_name = str_of(e->actor_name),
		.action = str_of(e->action),
		.object = str_of(e->object),
		.object_id = e->object_id,
		.also = str_of(e->also),
		.also_id = e->also_id,
	};
	unsigned char salt[JOURNAL_SALT], payload_digest[JOURNAL_HASH], digest[JOURNAL_HASH];
	const char *payload = NULL;

	if (e->payload != NULL) {
		payload = value_json_text(a, e->payload);
		rand_bytes(salt, sizeof(salt));
		journal_chain_payload(payload_digest, salt, str_of(payload));
		row.payload = payload_digest;
	}
	journal_chain_digest(digest, &row);
	return db_run(db,
	    "INSERT INTO journal (at, actor_id, actor_name, action, object, object_id,"
	    " also, also_id, payload, salt, digest)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    DB_INT(e->at), DB_INT(e->actor), DB_TEXT(e->actor_name), DB_TEXT(e->action),
	    DB_TEXT(e->object), DB_INT(e->object_id), DB_TEXT(e->also),
	    e->also == NULL ? DB_NULL : DB_INT(e->also_id), DB_TEXT(payload),
	    payload == NULL ? DB_NULL : BYTES(salt, sizeof(salt)),
	    BYTES(digest, sizeof(digest)));
}

enum err
journal_tell(struct db *db, struct arena *a, const char *action, const char *object, int64_t object_id,
    const struct value *payload, struct actor by)
{
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = by.now,
		.actor = by.id,
		.actor_name = by.name,
		.action = action,
		.object = object,
		.object_id = object_id,
		.payload = payload,
	    });
}

static enum err
add_entry(struct arena *a, struct value *list, struct db_stmt *q)
{
	struct value *o = value_add_object(a, list);
	struct value *payload = NULL;

	value_set_int(a, o, "id", db_int(q, 0));
	value_set_int(a, o, "at", db_int(q, 1));
	value_set_int(a, o, "actor", db_int(q, 2));
	value_set_text(a, o, "actor_name", db_dup(a, q, 3));
	value_set_text(a, o, "action", db_dup(a, q, 4));
	value_set_text(a, o, "object", db_dup(a, q, 5));
	value_set_id(a, o, "object_id", db_int(q, 6));
	if (!db_is_null(q, 7))
		TRY(value_parse(a, str_of(db_dup(a, q, 7)), &payload, NULL));
	value_set(a, o, "payload", payload);
	value_set_bool(a, o, "erased", !db_is_null(q, 8));
	value_set_bool(a, o, "sealed", !db_is_null(q, 9));
	return OK;
}

static enum err
collect(struct arena *a, struct db *db, const struct db_sql *s, struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_list(a);

	TRY(db_query_sql(db, &q, s));
	while (db_row(q))
		TRY(add_entry(a, list, q));
	TRY(db_end(q));
	*ret = list;
	return OK;
}

static void
select_entries(struct db_sql *s, struct arena *a)
{
	db_sql_init(s, a);
	db_sql_add(s, "SELECT id, at, actor_id, actor_name, action, object, object_id, payload,"
		      " erased, seal FROM journal");
}

enum err
journal_list(struct db *db, struct arena *a, const char *object, int64_t object_id, int64_t before,
    int limit, struct value **ret)
{
	struct db_sql s;
	int64_t below = before == 0 ? INT64_MAX : before;

	/* Two indexed lookups; an OR over both would scan. */
	select_entries(&s, a);
	db_sql_add(&s,
	    " WHERE id IN (SELECT id FROM (SELECT id FROM journal WHERE object = ?1"
	    " AND object_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4) AS x"
	    " UNION SELECT id FROM (SELECT id FROM journal WHERE also = ?1"
	    " AND also_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4) AS y)"
	    " ORDER BY id DESC LIMIT ?4",
	    DB_TEXT(object), DB_INT(object_id), DB_INT(below), DB_INT(limit));
	return collect(a, db, &s, ret);
}

enum err
journal_list_all(struct db *db, struct arena *a, int64_t before, int limit, struct value **ret)
{
	struct db_sql s;

	select_entries(&s, a);
	db_sql_add(&s, " WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
	    DB_INT(before == 0 ? INT64_MAX : before), DB_INT(limit));
	return collect(a, db, &s, ret);
}

struct to_erase {
	int64_t id;
	unsigned char digest[JOURNAL_HASH];
};

/* The next payloads of an object, after ${after}, with their digests. */
static enum err
next_to_erase(struct db *db, const char *object, int64_t object_id, int64_t after,
    struct to_erase *ret, size_t max, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT id, salt, payload FROM journal WHERE object = ?1 AND object_id = ?2"
	    " AND id > ?3 AND payload IS NOT NULL AND action NOT IN ('report.erase', 'incident.erase')"
	    " ORDER BY id LIMIT ?4",
	    DB_TEXT(object), DB_INT(object_id), DB_INT(after), DB_INT((int64_t)max)));
	while (db_row(q)) {
		struct str salt = db_blob(q, 1);

		if (salt.n != JOURNAL_SALT)
			return ERR_INVALID; /* changed by hand: leave the evidence */
		ret[n].id = db_int(q, 0);
		journal_chain_payload(ret[n].digest, (const unsigned char *)salt.p, db_str(q, 2));
		n++;
	}
	TRY(db_end(q));
	*ret_n = n;
	return OK;
}

enum err
journal_erase(struct db *db, const char *object, int64_t object_id, int64_t *ret)
{
	struct to_erase batch[64];
	int64_t after = 0, total = 0;
	size_t n;

	do {
		TRY(next_to_erase(db, object, object_id, after, batch, COUNT(batch), &n));
		for (size_t i = 0; i < n; i++)
			TRY(db_run(db,
			    "UPDATE journal SET payload = NULL, salt = NULL, erased = ?2"
			    " WHERE id = ?1",
			    DB_INT(batch[i].id), BYTES(batch[i].digest, JOURNAL_HASH)));
		if (n > 0)
			after = batch[n - 1].id;
		total += (int64_t)n;
	} while (n == COUNT(batch));
	*ret = total;
	return OK;
}

enum err
journal_head_load(struct db *db, struct journal_head *ret)
{
	AUTO(db_stmt) q = NULL;
	struct journal_head head = { 0 };

	TRY(db_query(db, &q,
	    "SELECT seal, head FROM journal WHERE seal IS NOT NULL ORDER BY seal DESC LIMIT 1"));
	if (db_row(q)) {
		struct str hash = db_blob(q, 1);

		if (hash.n != sizeof(head.hash))
			return ERR_INVALID;
		head.seal = db_int(q, 0);
		memcpy(head.hash, hash.p, hash.n);
	}
	TRY(db_end(q));
	*ret = head;
	return OK;
}

/* Of several instances on one PostgreSQL only one seals at a time. */
static enum err
lock_sealer(struct db *db)
{
	if (db_kind(db) == DB_SQLITE)
		return OK; /* a write transaction is alone already */

	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT CASE WHEN pg_try_advisory_xact_lock(8480001) THEN 1 ELSE 0 END"));
	bool mine = db_int(q, 0) == 1;

	TRY(db_end(q));
	return mine ? OK : ERR_UNAVAILABLE;
}

struct to_seal {
	int64_t id;
	unsigned char digest[JOURNAL_HASH];
};

static enum err
load_unsealed(struct db *db, struct to_seal *ret, int max, int *ret_n)
{
	AUTO(db_stmt) q = NULL;
	int n = 0;

	TRY(db_query(db, &q, "SELECT id, digest FROM journal WHERE seal IS NULL ORDER BY id LIMIT ?1",
	    DB_INT(max)));
	while (n < max && db_row(q)) {
		struct str digest = db_blob(q, 1);

		ret[n].id = db_int(q, 0);
		memset(ret[n].digest, 0, sizeof(ret[n].digest));
		if (digest.n == JOURNAL_HASH) /* a wrong one shows at verification */
			memcpy(ret[n].digest, digest.p, digest.n);
		n++;
	}
	*ret_n = n;
	return db_end(q);
}

enum err
journal_seal(struct db *db, struct arena *a, int max, int *ret, struct journal_head *ret_head)
{
	struct to_seal *rows = arena_many(a, struct to_seal, (size_t)max);
	struct journal_head head;
	int n;

	TRY(lock_sealer(db));
	TRY(journal_head_load(db, &head));
	TRY(load_unsealed(db, rows, max, &n));
	TRY(db_batch_begin(db));
	for (int i = 0; i < n; i++) {
		journal_chain_next(&head, rows[i].id, rows[i].digest);
		TRY(db_run(db, "UPDATE journal SET seal = ?2, head = ?3 WHERE id = ?1",
		    DB_INT(rows[i].id), DB_INT(head.seal), BYTES(head.hash, sizeof(head.hash))));
	}
	TRY(db_batch_end(db));
	*ret = n;
	*ret_head = head;
	return OK;
}
