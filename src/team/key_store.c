/* SPDX-License-Identifier: Apache-2.0 */
#include "team/key_store.h"

#include "base/arena.h"
#include "db/db.h"

enum err
key_store_put(struct db *db, const struct key_store_new *k, int64_t now, int64_t *ret_id)
{
	return db_insert(db, ret_id,
	    "INSERT INTO pgp_key (fingerprint, email, armored, created_at, expires_at, added_by, added_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
	    " ON CONFLICT (fingerprint) DO UPDATE SET armored = excluded.armored,"
	    " email = excluded.email, expires_at = excluded.expires_at RETURNING id",
	    DB_TEXT(k->fingerprint), DB_TEXT(k->email), DB_TEXT(k->armored), DB_INT(k->created_at),
	    DB_INT_OR_NULL(k->expires_at), DB_INT(k->added_by), DB_INT(now));
}

enum err
key_store_list(struct db *db, struct arena *a, const char *own, struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_list(a);

	TRY(db_query(db, &q,
	    "SELECT id, fingerprint, email, created_at, expires_at, added_at FROM pgp_key"
	    " WHERE fingerprint <> ?1 ORDER BY email, id",
	    DB_TEXT(own)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_text(a, o, "fingerprint", db_dup(a, q, 1));
		value_set_text(a, o, "email", db_dup(a, q, 2));
		value_set_int(a, o, "created_at", db_int(q, 3));
		value_set_int(a, o, "expires_at", db_int(q, 4));
		value_set_int(a, o, "added_at", db_int(q, 5));
	}
	TRY(db_end(q));
	*ret = list;
	return OK;
}

enum err
key_store_armored(struct db *db, struct arena *a, const char *fingerprint, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT armored FROM pgp_key WHERE fingerprint = ?1", DB_TEXT(fingerprint)));
	*ret = db_dup(a, q, 0);
	return db_end(q);
}

enum err
key_store_remove(struct db *db, struct arena *a, int64_t id, const char **ret_fingerprint)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT fingerprint FROM pgp_key WHERE id = ?1", DB_INT(id)));
	*ret_fingerprint = db_dup(a, q, 0);
	TRY(db_end(q));
	TRY(db_run(db, "UPDATE party SET key_id = NULL WHERE key_id = ?1", DB_INT(id)));
	return db_run(db, "DELETE FROM pgp_key WHERE id = ?1", DB_INT(id));
}
