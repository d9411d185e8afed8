/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/lookup_store.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "db/db.h"
#include "job/job.h"
#include "text/value.h"

#define ROWS 200 /* answers about one object that a page could show */

enum err
lookup_ask(struct db *db, struct arena *a, const struct host *h, enum pap pap, bool fresh, int64_t now)
{
	const char *object = lookup_object(a, h), *host = lookup_host(a, h);
	struct value *payload = value_object(a);

	if (object == NULL && host == NULL)
		return ERR_INVALID;
	if (!pap_may_ask(pap) || strcmp(setting_text(db, a, "lookup.reach"), "nothing") == 0)
		return ERR_DENIED;
	/* The host names its domain too, and both are asked in one go. */
	const char *subject = host != NULL ? host : object;

	value_set_text(a, payload, "object", str_find_char(str_of(subject), ' ', 0) == SIZE_MAX
		? subject
		: subject + str_find_char(str_of(subject), ' ', 0) + 1);
	value_set_bool(a, payload, "as", h->kind == HOST_AS);
	value_set_text(a, payload, "pap", pap_name(pap));
	value_set_bool(a, payload, "fresh", fresh);
	return job_add(db, a,
	    &(struct job_new){ .kind = "lookup.ask", .payload = payload,
		.key = arena_printf(a, "lookup:%s:%s", pap_name(pap), subject) },
	    now, NULL);
}

enum err
lookup_add(struct db *db, struct blob_store *blobs, const struct lookup_answer *x)
{
	int64_t blob = 0;

	if (x->raw.n > 0)
		TRY(blob_put(blobs, db, x->raw, x->fetched_at, &blob));
	return db_run(db,
	    "INSERT INTO lookup_answer (object, kind, server, question, state, error, error_value, hop,"
	    " fetched_at, expires_at, parsed, raw_blob)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	    DB_TEXT(x->object), DB_TEXT(x->kind), DB_TEXT(x->server), DB_TEXT(x->question),
	    DB_TEXT(x->state), DB_TEXT(x->error), DB_TEXT(x->error_value), DB_INT(x->hop),
	    DB_INT(x->fetched_at), DB_INT(x->expires_at), DB_TEXT(x->parsed), DB_INT_OR_NULL(blob));
}

static struct lookup_answer
row(struct arena *a, struct db_stmt *q)
{
	return (struct lookup_answer){
		.id = db_int(q, 0),
		.object = db_dup(a, q, 1),
		.kind = db_dup(a, q, 2),
		.server = db_dup(a, q, 3),
		.question = db_dup(a, q, 4),
		.state = db_dup(a, q, 5),
		.error = db_dup(a, q, 6),
		.error_value = db_dup(a, q, 7),
		.hop = db_int(q, 8),
		.fetched_at = db_int(q, 9),
		.expires_at = db_int(q, 10),
		.parsed = db_dup(a, q, 11),
		.raw_blob = db_int(q, 12),
	};
}

#define COLUMNS                                                                                    \
	"id, object, kind, server, question, state, error, error_value, hop, fetched_at, expires_at," \
	" parsed, raw_blob"

enum err
lookup_list(struct db *db, struct arena *a, const char *object, struct lookup_answer **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct lookup_answer *list = arena_many(a, struct lookup_answer, ROWS);
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT " COLUMNS " FROM lookup_answer WHERE object = ?1"
	    " AND id IN (SELECT max(id) FROM lookup_answer WHERE object = ?1 GROUP BY kind, server, question)"
	    " ORDER BY hop DESC, fetched_at DESC, id DESC LIMIT ?2",
	    DB_TEXT(object), DB_INT(ROWS)));
	while (db_row(q) && n < ROWS)
		list[n++] = row(a, q);
	TRY(db_end(q));
	*ret = list;
	*ret_n = n;
	return OK;
}

enum err
lookup_get(struct db *db, struct arena *a, int64_t id, struct lookup_answer *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT " COLUMNS " FROM lookup_answer WHERE id = ?1", DB_INT(id)));
	*ret = row(a, q);
	return db_end(q);
}

enum err
lookup_newest(struct db *db, struct arena *a, const char *object, const char *kind, int64_t now,
    struct lookup_answer *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT " COLUMNS " FROM lookup_answer WHERE object = ?1 AND kind = ?2 AND expires_at > ?3"
	    " ORDER BY id DESC LIMIT 1",
	    DB_TEXT(object), DB_TEXT(kind), DB_INT(now)));
	*ret = row(a, q);
	return db_end(q);
}

enum err
lookup_known(struct db *db, const char *object, const char *kind, int64_t now, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT 1 FROM lookup_answer WHERE object = ?1 AND kind = ?2 AND expires_at > ?3 LIMIT 1",
	    DB_TEXT(object), DB_TEXT(kind), DB_INT(now)));
	*ret = db_row(q);
	return db_end(q);
}

enum err
lookup_purge(struct db *db, int64_t before, int max, int64_t *ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	int64_t *id = arena_many(a, int64_t, (size_t)max), *blob = arena_many(a, int64_t, (size_t)max);
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT x.id, x.raw_blob FROM lookup_answer x WHERE x.fetched_at < ?1"
	    " AND EXISTS (SELECT 1 FROM lookup_answer y WHERE y.object = x.object AND y.kind = x.kind"
	    " AND y.server = x.server AND y.question = x.question AND y.id > x.id)"
	    " ORDER BY x.fetched_at LIMIT ?2",
	    DB_INT(before), DB_INT(max)));
	while (n < (size_t)max && db_row(q)) {
		id[n] = db_int(q, 0);
		blob[n++] = db_int(q, 1);
	}
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++) {
		TRY(db_run(db, "DELETE FROM lookup_answer WHERE id = ?1", DB_INT(id[i])));
		if (blob[i] != 0)
			TRY(blob_forget(db, blob[i]));
	}
	*ret = (int64_t)n;
	return OK;
}

enum err
lookup_counts(struct db *db, struct arena *a, int64_t since, struct lookup_count **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	size_t n = 0, size = 1000;
	struct lookup_count *list = arena_many(a, struct lookup_count, size);

	TRY(db_query(db, &q,
	    "SELECT server, count(*) FROM lookup_answer WHERE fetched_at > ?1 GROUP BY server"
	    " ORDER BY count(*) DESC LIMIT 1000",
	    DB_INT(since)));
	while (db_row(q) && n < size) {
		list[n].server = db_dup(a, q, 0);
		list[n++].n = db_int(q, 1);
	}
	TRY(db_end(q));
	*ret = list;
	*ret_n = n;
	return OK;
}
