/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"
#include "auth/auth_scope.h"
#include "base/arena.h"
#include "db/db.h"

enum err
link_add(struct db *db, struct arena *a, const char *kind, int64_t user, int64_t now, int64_t ttl,
    const char **ret_token)
{
	const char *token = auth_secret_new(a);

	if (user == 0)
		TRY(db_run(db, "DELETE FROM link WHERE kind = ?1 AND person_id IS NULL",
		    DB_TEXT(kind)));
	else
		TRY(db_run(db, "DELETE FROM link WHERE kind = ?1 AND person_id = ?2", DB_TEXT(kind),
		    DB_INT(user)));
	TRY(db_run(db,
	    "INSERT INTO link (token_hash, kind, person_id, created_at, expires_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    DB_TEXT(auth_secret_hash(a, str_of(token))), DB_TEXT(kind), DB_INT_OR_NULL(user),
	    DB_INT(now), DB_INT(now + ttl)));
	*ret_token = token;
	return OK;
}

enum err
link_check(struct db *db, struct str token, const char *kind, int64_t now, int64_t *ret_user)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT person_id FROM link WHERE token_hash = ?1 AND kind = ?2 AND used_at IS NULL"
	    " AND expires_at > ?3",
	    DB_TEXT(auth_secret_hash(a, token)), DB_TEXT(kind), DB_INT(now)));
	*ret_user = db_int(q, 0);
	return db_end(q);
}

enum err
link_use(struct db *db, struct str token, const char *kind, int64_t now, int64_t *ret_user)
{
	AUTO(arena) a = arena_new();

	TRY(link_check(db, token, kind, now, ret_user));
	TRY(db_run(db, "UPDATE link SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL",
	    DB_TEXT(auth_secret_hash(a, token)), DB_INT(now)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}
