/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"
#include "auth/auth_scope.h"
#include "base/arena.h"
#include "db/db.h"

enum err
token_add(struct db *db, struct arena *a, int64_t user, const char *name, struct str scope,
    int64_t now, const char **ret)
{
	bool perms[PERM_COUNT], read_only;
	const char *token = arena_printf(a, "tbg_%s", auth_secret_new(a));

	TRY(auth_scope_parse(scope, perms, &read_only));
	TRY(db_run(db,
	    "INSERT INTO api_token (token_hash, person_id, name, scope, created_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    DB_TEXT(auth_secret_hash(a, str_of(token))), DB_INT(user), DB_TEXT(name),
	    DB_STR(scope), DB_INT(now)));
	*ret = token;
	return OK;
}

enum err
token_list(struct db *db, struct arena *a, int64_t user, struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_list(a);

	TRY(db_query(db, &q,
	    "SELECT t.id, t.person_id, p.name, t.name, t.scope, t.created_at, t.used_at,"
	    " t.revoked_at FROM api_token t JOIN person p ON p.id = t.person_id"
	    " WHERE ?1 = 0 OR t.person_id = ?1 ORDER BY t.id DESC",
	    DB_INT(user)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_int(a, o, "user_id", db_int(q, 1));
		value_set_text(a, o, "user", db_dup(a, q, 2));
		value_set_text(a, o, "name", db_dup(a, q, 3));
		value_set_text(a, o, "scope", db_dup(a, q, 4));
		value_set_int(a, o, "created_at", db_int(q, 5));
		value_set_int(a, o, "used_at", db_int(q, 6));
		value_set_int(a, o, "revoked_at", db_int(q, 7));
	}
	TRY(db_end(q));
	*ret = list;
	return OK;
}

enum err
token_revoke_all(struct db *db, int64_t user, int64_t now, int64_t *ret_n)
{
	TRY(db_run(db,
	    "UPDATE api_token SET revoked_at = ?2 WHERE person_id = ?1 AND revoked_at IS NULL",
	    DB_INT(user), DB_INT(now)));
	if (ret_n != NULL)
		*ret_n = (int64_t)db_changed(db);
	return OK;
}

enum err
token_revoke(struct db *db, int64_t user, int64_t id, int64_t now)
{
	TRY(db_run(db,
	    "UPDATE api_token SET revoked_at = ?3 WHERE id = ?1 AND revoked_at IS NULL"
	    " AND (?2 = 0 OR person_id = ?2)",
	    DB_INT(id), DB_INT(user), DB_INT(now)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}
