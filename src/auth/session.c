/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/session.h"

#include "auth/auth_scope.h"
#include "base/arena.h"
#include "db/db.h"

enum err
session_add(struct db *db, struct arena *a, int64_t user, bool whole, int64_t now, int64_t *ret_id,
    const char **ret_cookie)
{
	const char *cookie = auth_secret_new(a);

	TRY(db_insert(db, ret_id,
	    "INSERT INTO session (token_hash, person_id, csrf, second_factor, created_at, seen_at,"
	    " expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) RETURNING id",
	    DB_TEXT(auth_secret_hash(a, str_of(cookie))), DB_INT(user),
	    DB_TEXT(auth_secret_new(a)), DB_INT(whole), DB_INT(now),
	    DB_INT(now + (whole ? SESSION_LIFE : SESSION_HALF_LIFE))));
	*ret_cookie = cookie;
	return OK;
}

enum err
session_find_half(struct db *db, struct arena *a, struct str cookie, int64_t now, int64_t *ret_id,
    int64_t *ret_user)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT s.id, s.person_id FROM session s JOIN person p ON p.id = s.person_id"
	    " WHERE s.token_hash = ?1 AND s.second_factor = 0 AND s.expires_at > ?2"
	    " AND p.active = 1",
	    DB_TEXT(auth_secret_hash(a, cookie)), DB_INT(now)));
	*ret_id = db_int(q, 0);
	*ret_user = db_int(q, 1);
	return db_end(q);
}

enum err
session_list(struct db *db, struct arena *a, int64_t user, int64_t current, int64_t now,
    struct value **ret)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_list(a);

	TRY(db_query(db, &q,
	    "SELECT id, created_at, seen_at FROM session WHERE person_id = ?1 AND second_factor = 1"
	    " AND expires_at > ?2 AND seen_at > ?3 ORDER BY id DESC",
	    DB_INT(user), DB_INT(now), DB_INT(now - SESSION_IDLE)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_int(a, o, "created_at", db_int(q, 1));
		value_set_int(a, o, "seen_at", db_int(q, 2));
		value_set_bool(a, o, "current", db_int(q, 0) == current);
	}
	TRY(db_end(q));
	*ret = list;
	return OK;
}

enum err
session_revoke(struct db *db, int64_t user, int64_t id)
{
	TRY(db_run(db, "DELETE FROM session WHERE id = ?1 AND person_id = ?2", DB_INT(id),
	    DB_INT(user)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
session_revoke_all(struct db *db, int64_t user, int64_t keep)
{
	return db_run(db, "DELETE FROM session WHERE person_id = ?1 AND id <> ?2", DB_INT(user),
	    DB_INT(keep));
}

enum err
session_purge(struct db *db, int64_t now)
{
	TRY(db_run(db, "DELETE FROM session WHERE expires_at <= ?1 OR seen_at <= ?2", DB_INT(now),
	    DB_INT(now - SESSION_IDLE)));
	return db_run(db, "DELETE FROM link WHERE expires_at <= ?1", DB_INT(now - 7 * CLOCK_DAY));
}
