/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/attachment_store.h"

#include <sodium.h>

#include "base/arena.h"
#include "base/hex.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/report_store.h"

#define ATTACHMENT_COLUMNS                                                                         \
	"SELECT t.id, t.message_id, t.report_id, t.incident_id, t.blob_id, t.name, t.media_type, " \
	"t.size, t.sha256, t.created_at, t.person_id FROM attachment t "
#define ATTACHMENT_MAX 200

static void
read_attachment(struct arena *a, struct db_stmt *q, struct attachment *t)
{
	*t = (struct attachment){
		.id = db_int(q, 0),
		.message_id = db_int(q, 1),
		.report_id = db_int(q, 2),
		.incident_id = db_int(q, 3),
		.blob_id = db_int(q, 4),
		.name = db_dup(a, q, 5),
		.media_type = db_dup(a, q, 6),
		.size = db_int(q, 7),
		.sha256 = db_dup(a, q, 8),
		.created_at = db_int(q, 9),
		.person_id = db_int(q, 10),
	};
}

enum err
attachment_add(struct db *db, struct arena *a, struct blob_in *in, const struct attachment *t, int64_t now,
    int64_t *ret_id)
{
	const char *sha256 = hex_format(a, blob_in_sha256(in), 32);
	int64_t size = (int64_t)blob_in_size(in), blob;

	TRY(blob_adopt(in, db, now, &blob));
	return db_insert(db, ret_id,
	    "INSERT INTO attachment (message_id, report_id, incident_id, blob_id, name, media_type, size, "
	    "sha256, created_at, person_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
	    DB_INT_OR_NULL(t->message_id), DB_INT_OR_NULL(t->report_id), DB_INT_OR_NULL(t->incident_id),
	    DB_INT(blob), DB_TEXT(t->name), DB_TEXT(t->media_type), DB_INT(size), DB_TEXT(sha256),
	    DB_INT(now), DB_INT_OR_NULL(t->person_id));
}

enum err
attachment_put(struct db *db, struct blob_store *blobs, struct arena *a, const struct attachment *t,
    struct str bytes, int64_t now, int64_t *ret_id)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	int64_t blob;

	(void)crypto_hash_sha256(hash, (const unsigned char *)bytes.p, bytes.n); /* never fails */
	TRY(blob_put(blobs, db, bytes, now, &blob));
	return db_insert(db, ret_id,
	    "INSERT INTO attachment (message_id, report_id, incident_id, blob_id, name, media_type, size, "
	    "sha256, created_at, person_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
	    DB_INT_OR_NULL(t->message_id), DB_INT_OR_NULL(t->report_id), DB_INT_OR_NULL(t->incident_id),
	    DB_INT(blob), DB_TEXT(t->name), DB_TEXT(t->media_type), DB_INT((int64_t)bytes.n),
	    DB_TEXT(hex_format(a, hash, sizeof(hash))), DB_INT(now), DB_INT_OR_NULL(t->person_id));
}

enum err
attachment_get(struct db *db, struct arena *a, int64_t id, struct attachment *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, ATTACHMENT_COLUMNS "WHERE t.id = ?1", DB_INT(id)));
	read_attachment(a, q, ret);
	return OK;
}

enum err
attachment_list(struct db *db, struct arena *a, int64_t incident, const struct user *viewer,
    struct attachment **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct attachment *list = arena_many(a, struct attachment, ATTACHMENT_MAX);
	struct db_sql s;
	size_t n = 0;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    ATTACHMENT_COLUMNS "LEFT JOIN report r ON r.id = t.report_id WHERE (t.incident_id = ?1 OR t.report_id IN "
			       "(SELECT report_id FROM report_incident WHERE incident_id = ?1))",
	    DB_INT(incident));
	report_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY t.id DESC LIMIT 200");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		read_attachment(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
attachment_of_incident(struct db *db, const struct attachment *t, int64_t incident, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = t->incident_id == incident;
	if (*ret)
		return OK;
	TRY(db_query(db, &q,
	    "SELECT 1 FROM report_incident WHERE incident_id = ?1 AND report_id IN (?2, "
	    "(SELECT report_id FROM message WHERE id = ?3)) "
	    "UNION ALL SELECT 1 FROM message WHERE id = ?3 AND incident_id = ?1",
	    DB_INT(incident), DB_INT(t->report_id), DB_INT(t->message_id)));
	*ret = db_row(q);
	return db_end(q);
}
