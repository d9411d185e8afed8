/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/picture_store.h"

#include "base/arena.h"
#include "base/hex.h"
#include "blob/blob.h"
#include "db/db.h"
#include "job/job.h"

enum err
picture_add(struct db *db, struct arena *a, struct blob_in *in, const char *name, const char *alt, struct actor by,
    int64_t *ret_id)
{
	const char *sha256 = hex_format(a, blob_in_sha256(in), 32);
	struct value *p = value_object(a);
	int64_t blob;

	TRY(blob_adopt(in, db, by.now, &blob));
	TRY(db_insert(db, ret_id,
	    "INSERT INTO picture (state, name, sha256, raw_blob, alt, created_at, person_id) "
	    "VALUES ('waiting', ?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
	    DB_TEXT(name), DB_TEXT(sha256), DB_INT(blob), DB_TEXT(alt == NULL || *alt == '\0' ? NULL : alt), DB_INT(by.now),
	    DB_INT(by.id)));
	value_set_int(a, p, "picture", *ret_id);
	return job_add(db, a, &(struct job_new){ .kind = "picture.make", .payload = p }, by.now, NULL);
}

enum err
picture_get(struct db *db, struct arena *a, int64_t id, struct picture *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT id, state, name, sha256, raw_blob, blob_id, width, height, alt, error FROM picture WHERE id = ?1", DB_INT(id)));
	*ret = (struct picture){
		.id = db_int(q, 0),
		.state = db_dup(a, q, 1),
		.name = db_dup(a, q, 2),
		.sha256 = db_dup(a, q, 3),
		.raw_blob = db_int(q, 4),
		.blob_id = db_int(q, 5),
		.width = db_int(q, 6),
		.height = db_int(q, 7),
		.alt = db_dup(a, q, 8),
		.error = db_dup(a, q, 9),
	};
	return OK;
}

enum err
picture_ready(struct db *db, struct blob_store *blobs, int64_t id, const struct picture_made *made, int64_t now)
{
	int64_t blob;

	TRY(blob_put(blobs, db, made->jpeg, now, &blob));
	return db_run(db, "UPDATE picture SET state = 'ready', blob_id = ?2, width = ?3, height = ?4, error = NULL WHERE id = ?1",
	    DB_INT(id), DB_INT(blob), DB_INT(made->width), DB_INT(made->height));
}

enum err
picture_refuse(struct db *db, int64_t id, const char *why)
{
	return db_run(db, "UPDATE picture SET state = 'refused', error = ?2 WHERE id = ?1", DB_INT(id), DB_TEXT(why));
}
