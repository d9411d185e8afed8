/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/user.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"

void
user_read(struct arena *a, struct db_stmt *q, struct user *ret)
{
	struct user u = {
		.id = db_int(q, 0),
		.name = db_dup(a, q, 1),
		.email = db_dup(a, q, 2),
		.zone = db_dup(a, q, 5),
		.active = db_int(q, 6) != 0,
		.totp = db_int(q, 7) != 0,
		.single_keys = db_int(q, 8) != 0,
		.theme = db_dup(a, q, 9),
		.density = db_dup(a, q, 10),
		.must_change = db_int(q, 11) != 0,
		.version = db_int(q, 12),
		.created_at = db_int(q, 13),
		.signed_in_at = db_int(q, 14),
		.locked_until = db_int(q, 15),
		.failures = db_int(q, 16),
	};

	if (!role_parse(db_str(q, 3), &u.role))
		u.role = ROLE_NONE; /* of a newer program: may do nothing here */
	if (!lang_parse(db_str(q, 4), &u.lang))
		u.lang = LANG_EN;
	*ret = u;
}

enum err
user_get(struct db *db, struct arena *a, int64_t id, struct user *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT " USER_COLUMNS " FROM person p WHERE p.id = ?1", DB_INT(id)));
	user_read(a, q, ret);
	return db_end(q);
}

enum err
user_by_email(struct db *db, struct arena *a, struct str email, struct user *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT " USER_COLUMNS " FROM person p WHERE p.email_folded = ?1",
	    DB_STR(utf8_fold(a, str_trim(email)))));
	user_read(a, q, ret);
	return db_end(q);
}

enum err
user_list(struct db *db, struct arena *a, struct user **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct user *list = arena_many(a, struct user, 16);
	size_t n = 0, size = 16;

	TRY(db_query(db, &q, "SELECT " USER_COLUMNS " FROM person p ORDER BY p.email_folded"));
	while (db_row(q)) {
		if (n == size) {
			struct user *more = arena_many(a, struct user, 2 * size);

			memcpy(more, list, n * sizeof(*list));
			list = more;
			size *= 2;
		}
		user_read(a, q, &list[n++]);
	}
	TRY(db_end(q));
	*ret = list;
	*ret_n = n;
	return OK;
}

bool
user_email_valid(struct str email)
{
	size_t at = SIZE_MAX;

	if (email.n > LIMIT_ADDRESS || !utf8_valid(email))
		return false;
	for (size_t i = 0; i < email.n; i++) {
		unsigned char c = (unsigned char)email.p[i];

		if (c <= ' ' || c == 127 || strchr("()<>,;:\\\"[]", c) != NULL)
			return false;
		if (c != '@')
			continue;
		if (at != SIZE_MAX)
			return false;
		at = i;
	}
	return at != SIZE_MAX && at > 0 && at + 1 < email.n && email.p[at + 1] != '.' &&
	    email.p[email.n - 1] != '.';
}

static bool
is_one_of(const char *s, const char *a, const char *b, const char *c)
{
	return s != NULL &&
	    (strcmp(s, a) == 0 || strcmp(s, b) == 0 || (c != NULL && strcmp(s, c) == 0));
}

/* What the caller left out gets its default. */
static struct user
with_defaults(const struct user *u)
{
	struct user w = *u;

	if (w.zone == NULL || w.zone[0] == '\0')
		w.zone = "Asia/Tokyo";
	if (!is_one_of(w.theme, "system", "light", "dark"))
		w.theme = "system";
	if (!is_one_of(w.density, "comfortable", "compact", NULL))
		w.density = "comfortable";
	return w;
}

static enum err
check(const struct user *u)
{
	if (u->name == NULL || u->name[0] == '\0' || utf8_count(str_of(u->name)) > LIMIT_NAME ||
	    !user_email_valid(str_of(u->email)) || u->role <= ROLE_NONE || u->role >= ROLE_COUNT)
		return ERR_INVALID;
	return OK;
}

enum err
user_add(struct db *db, struct arena *a, const struct user *given, const char *password_hash,
    int64_t now, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;
	struct user u = with_defaults(given);
	int64_t id = 0;

	TRY(check(&u));
	TRY(db_query(db, &q,
	    "INSERT INTO person (name, email, email_folded, password_hash, role, lang, zone, active,"
	    " single_keys, theme, density, must_change, created_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
	    " ON CONFLICT (email_folded) DO NOTHING RETURNING id",
	    DB_TEXT(u.name), DB_TEXT(u.email), DB_STR(utf8_fold(a, str_of(u.email))),
	    DB_TEXT(password_hash == NULL ? "!" : password_hash), DB_TEXT(role_name(u.role)), DB_TEXT(lang_code(u.lang)),
	    DB_TEXT(u.zone), DB_INT(u.active), DB_INT(u.single_keys), DB_TEXT(u.theme),
	    DB_TEXT(u.density), DB_INT(u.must_change), DB_INT(now)));
	if (db_row(q))
		id = db_int(q, 0);
	TRY(db_end(q));
	if (id == 0)
		return ERR_EXISTS;
	*ret_id = id;
	return OK;
}

/* Another active administrator than ${id}. */
static enum err
other_admin(struct db *db, int64_t id, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT id FROM person WHERE role = 'admin' AND active = 1 AND id <> ?1 LIMIT 1",
	    DB_INT(id)));
	*ret = db_row(q);
	return db_end(q);
}

static enum err
email_is_free(struct db *db, struct str folded, int64_t id)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT id FROM person WHERE email_folded = ?1 AND id <> ?2",
	    DB_STR(folded), DB_INT(id)));
	bool taken = db_row(q);

	TRY(db_end(q));
	return taken ? ERR_EXISTS : OK;
}

enum err
user_update(struct db *db, struct arena *a, const struct user *given, int64_t now)
{
	struct user u = with_defaults(given), old;
	bool other;

	TRY(check(&u));
	TRY(user_get(db, a, u.id, &old));

	struct str folded = utf8_fold(a, str_of(u.email));

	/* Asked first: an error would end a transaction of PostgreSQL. */
	TRY(email_is_free(db, folded, u.id));
	TRY(other_admin(db, u.id, &other));
	if (old.role == ROLE_ADMIN && old.active && (u.role != ROLE_ADMIN || !u.active) && !other)
		return ERR_DENIED;
	TRY(db_run(db,
	    "UPDATE person SET name = ?3, email = ?4, email_folded = ?5, role = ?6, lang = ?7,"
	    " zone = ?8, active = ?9, single_keys = ?10, theme = ?11, density = ?12,"
	    " version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(u.id), DB_INT(u.version), DB_TEXT(u.name), DB_TEXT(u.email), DB_STR(folded),
	    DB_TEXT(role_name(u.role)), DB_TEXT(lang_code(u.lang)), DB_TEXT(u.zone),
	    DB_INT(u.active), DB_INT(u.single_keys), DB_TEXT(u.theme), DB_TEXT(u.density)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	if (u.active)
		return OK;
	TRY(session_revoke_all(db, u.id, 0));
	return token_revoke_all(db, u.id, now, NULL);
}

enum err
user_set_password(struct db *db, int64_t id, const char *hash, bool must_change, int64_t keep_session)
{
	TRY(db_run(db,
	    "UPDATE person SET password_hash = ?2, must_change = ?3, failures = 0, locked_until = 0"
	    " WHERE id = ?1",
	    DB_INT(id), DB_TEXT(hash), DB_INT(must_change)));
	if (db_changed(db) != 1)
		return ERR_NOT_FOUND;
	/* A link that somebody else may hold would undo the change. */
	TRY(db_run(db, "DELETE FROM link WHERE person_id = ?1", DB_INT(id)));
	return session_revoke_all(db, id, keep_session);
}

enum err
user_password(struct db *db, struct arena *a, int64_t id, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT password_hash FROM person WHERE id = ?1", DB_INT(id)));
	*ret = db_dup(a, q, 0);
	return db_end(q);
}

enum err
user_unlock(struct db *db, int64_t id)
{
	TRY(db_run(db, "UPDATE person SET failures = 0, locked_until = 0 WHERE id = ?1", DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}
