/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "blob/blob_priv.h"
#include "db/db.h"

#define BYTES(p, size) DB_BLOB(((struct str){ (const char *)(p), (size) }))

enum err
blob_store_find(struct db *db, const unsigned char name[BLOB_NAME], int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT id FROM blob WHERE name = ?1", BYTES(name, BLOB_NAME)));
	*ret_id = db_int(q, 0);
	return db_end(q);
}

enum err
blob_store_add(struct db *db, const struct blob_row *row, int64_t now, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;
	int64_t id = 0;

	/* No error for one that is there: PostgreSQL would end the transaction. */
	TRY(db_query(db, &q,
	    "INSERT INTO blob (name, size, stored, bytes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (name) DO NOTHING RETURNING id",
	    BYTES(row->name, BLOB_NAME), DB_INT((int64_t)row->size), DB_INT((int64_t)row->stored),
	    row->bytes.p == NULL ? DB_NULL : DB_BLOB(row->bytes), DB_INT(now)));
	if (db_row(q))
		id = db_int(q, 0);
	TRY(db_end(q));
	if (id == 0)
		return ERR_EXISTS;
	*ret_id = id;
	return OK;
}

enum err
blob_store_add_chunks(struct db *db, int64_t id, int fd)
{
	AUTO(arena) a = arena_new();
	char *chunk = arena_many(a, char, BLOB_CHUNK);
	size_t n = 0;

	for (int64_t seq = 0; seq == 0 || n == BLOB_CHUNK; seq++) {
		TRY(blob_file_read(fd, chunk, BLOB_CHUNK, &n));
		if (n > 0)
			TRY(db_run(db,
			    "INSERT INTO blob_chunk (blob_id, seq, bytes) VALUES (?1, ?2, ?3)",
			    DB_INT(id), DB_INT(seq), BYTES(chunk, n)));
	}
	return OK;
}

enum err
blob_store_load(struct db *db, struct arena *a, int64_t id, struct blob_row *ret)
{
	AUTO(db_stmt) q = NULL;
	struct blob_row row = { .id = id };

	TRY(db_one(db, &q, "SELECT name, size, stored, bytes FROM blob WHERE id = ?1", DB_INT(id)));
	struct str name = db_blob(q, 0);

	if (name.n != BLOB_NAME)
		return ERR_IO;
	memcpy(row.name, name.p, BLOB_NAME);
	row.size = (uint64_t)db_int(q, 1);
	row.stored = (uint64_t)db_int(q, 2);
	if (!db_is_null(q, 3))
		row.bytes = arena_str(a, db_blob(q, 3));
	TRY(db_end(q));
	*ret = row;
	return OK;
}

static enum err
copy_chunk(struct db *db, int64_t id, int64_t seq, int fd, bool *ret_more)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT bytes FROM blob_chunk WHERE blob_id = ?1 AND seq = ?2",
	    DB_INT(id), DB_INT(seq)));
	*ret_more = db_row(q);
	if (*ret_more) {
		struct str bytes = db_blob(q, 0);

		TRY(blob_file_write(fd, bytes.p, bytes.n));
	}
	return db_end(q);
}

enum err
blob_store_copy_chunks(struct db *db, int64_t id, int fd)
{
	bool more = true;

	/* One by one: libpq would hold all of a result in memory. */
	for (int64_t seq = 0; more; seq++)
		TRY(copy_chunk(db, id, seq, fd, &more));
	return OK;
}

/* Every column that names a blob; each has an index. */
#define UNNAMED \
	" AND NOT EXISTS (SELECT 1 FROM message WHERE raw_blob = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM message WHERE text_blob = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM report WHERE text_blob = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM attachment WHERE blob_id = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM picture WHERE raw_blob = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM picture WHERE blob_id = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM site_check WHERE evidence_blob = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM lookup_answer WHERE raw_blob = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM decision_import WHERE blob_id = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM exchange_file WHERE blob_id = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM vulnerability_import WHERE blob_id = ?1)" \
	" AND NOT EXISTS (SELECT 1 FROM vulnerability_list WHERE blob_id = ?1)"

enum err
blob_forget(struct db *db, int64_t id)
{
	TRY(db_run(db, "DELETE FROM blob_chunk WHERE blob_id = ?1" UNNAMED, DB_INT(id)));
	return db_run(db, "DELETE FROM blob WHERE id = ?1" UNNAMED, DB_INT(id));
}
