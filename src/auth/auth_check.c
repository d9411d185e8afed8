/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"
#include "auth/auth_scope.h"
#include "auth/session.h"
#include "auth/user.h"
#include "base/arena.h"
#include "db/db.h"

static enum err
check_token(struct db *db, struct arena *a, struct str bearer, int64_t now, struct auth *ret)
{
	AUTO(db_stmt) q = NULL;
	struct user *u = arena_one(a, struct user);
	bool *scope = arena_many(a, bool, PERM_COUNT);

	ret->bad_token = true;
	if (!str_starts(bearer, STR("tbg_")) || bearer.n != 47)
		return OK;
	TRY(db_query(db, &q,
	    "SELECT " USER_COLUMNS ", t.id, t.scope, t.used_at"
	    " FROM api_token t JOIN person p ON p.id = t.person_id"
	    " WHERE t.token_hash = ?1 AND t.revoked_at IS NULL AND p.active = 1",
	    DB_TEXT(auth_secret_hash(a, bearer))));
	if (!db_row(q))
		return db_end(q);
	user_read(a, q, u);

	struct auth found = {
		.user = u,
		.token_id = db_int(q, USER_COUNT),
		.scope = scope,
		.csrf = "",
		.touch = db_is_null(q, USER_COUNT + 2) ||
		    db_int(q, USER_COUNT + 2) + SESSION_TOUCH <= now,
	};

	if (auth_scope_parse(db_str(q, USER_COUNT + 1), scope, &found.read_only) == OK)
		*ret = found; /* else stays a bad token */
	return db_end(q);
}

static enum err
check_cookie(struct db *db, struct arena *a, struct str cookie, int64_t now, struct auth *ret)
{
	AUTO(db_stmt) q = NULL;
	struct user *u = arena_one(a, struct user);

	if (cookie.n != 43)
		return OK;
	TRY(db_query(db, &q,
	    "SELECT " USER_COLUMNS ", s.id, s.csrf, s.seen_at, s.second_factor"
	    " FROM session s JOIN person p ON p.id = s.person_id"
	    " WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.seen_at > ?3 AND p.active = 1",
	    DB_TEXT(auth_secret_hash(a, cookie)), DB_INT(now), DB_INT(now - SESSION_IDLE)));
	if (!db_row(q))
		return db_end(q);
	user_read(a, q, u);
	ret->csrf = db_dup(a, q, USER_COUNT + 1);
	ret->session_id = db_int(q, USER_COUNT);
	if (db_int(q, USER_COUNT + 3) == 0) {
		ret->pending = u->id;
	} else {
		ret->user = u;
		ret->touch = db_int(q, USER_COUNT + 2) + SESSION_TOUCH <= now;
	}
	return db_end(q);
}

enum err
auth_check(struct db *db, struct arena *a, struct str cookie, struct str bearer, int64_t now,
    struct auth *ret)
{
	struct auth found = { .csrf = "" };

	TRY(bearer.n > 0 ? check_token(db, a, bearer, now, &found)
			 : check_cookie(db, a, cookie, now, &found));
	*ret = found;
	return OK;
}

enum err
auth_touch(struct db *db, const struct auth *a, int64_t now)
{
	if (a->token_id != 0)
		return db_run(db, "UPDATE api_token SET used_at = ?2 WHERE id = ?1",
		    DB_INT(a->token_id), DB_INT(now));
	if (a->session_id != 0)
		return db_run(db, "UPDATE session SET seen_at = ?2 WHERE id = ?1 AND seen_at < ?2",
		    DB_INT(a->session_id), DB_INT(now));
	return OK;
}

enum err
auth_sign_out(struct db *db, int64_t session_id)
{
	return db_run(db, "DELETE FROM session WHERE id = ?1", DB_INT(session_id));
}

enum err
auth_is_set_up(struct db *db, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT id FROM person WHERE role = 'admin' AND active = 1 LIMIT 1"));
	*ret = db_row(q);
	return db_end(q);
}
