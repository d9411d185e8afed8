/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/pgp_key_store.h"

#include "db/db.h"

enum err
pgp_key_get(struct db *db, struct arena *a, int64_t id, struct pgp_key *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = (struct pgp_key){ 0 };
	if (id == 0)
		return OK;
	TRY(db_query(db, &q,
	    "SELECT fingerprint, email, armored, created_at, expires_at FROM pgp_key WHERE id = ?1", DB_INT(id)));
	if (db_row(q))
		*ret = (struct pgp_key){
			.id = id,
			.fingerprint = db_dup(a, q, 0),
			.email = db_dup(a, q, 1),
			.armored = db_dup(a, q, 2),
			.created_at = db_int(q, 3),
			.expires_at = db_int(q, 4),
		};
	return db_end(q);
}

enum err
pgp_key_put(struct db *db, const struct pgp_key *k, struct actor by, int64_t *ret_id)
{
	return db_insert(db, ret_id,
	    "INSERT INTO pgp_key (fingerprint, email, armored, created_at, expires_at, added_by, added_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (fingerprint) DO UPDATE SET "
	    "armored = excluded.armored, expires_at = excluded.expires_at RETURNING id",
	    DB_TEXT(k->fingerprint), DB_TEXT(k->email), DB_TEXT(k->armored), DB_INT(k->created_at),
	    DB_INT_OR_NULL(k->expires_at), DB_INT(by.id), DB_INT(by.now));
}
