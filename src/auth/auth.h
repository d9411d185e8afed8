/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - people, roles, permissions, passwords, sessions, tokens.
 *
 * Roles of DESIGN section 7. A route names its permission; auth_may() is the
 * only place that answers.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct db;

enum role {
	ROLE_NONE, /* nobody: the public */
	ROLE_ADMIN,
	ROLE_MANAGER,
	ROLE_HANDLER,
	ROLE_COORDINATOR,
	ROLE_AUTHOR,
	ROLE_ANALYST,
	ROLE_AUDITOR,
	ROLE_COUNT
};
const char *role_name(enum role r);	 /* "admin" …: stored and in the API */
bool role_parse(struct str s, enum role *ret);
const char *role_label(enum role r);	 /* msgid, context "role" */

enum perm {
	PERM_UNSET,	/* a route without one: start-up refuses it */
	PERM_PUBLIC,	/* anybody */
	PERM_SIGNED_IN, /* any user */
	PERM_REPORT_READ,
	PERM_REPORT_EDIT,  /* triage, link, decline, enter */
	PERM_INCIDENT_READ,
	PERM_INCIDENT_EDIT,
	PERM_SEND,	   /* mail to outside */
	PERM_ATTACHMENT,   /* take an attachment out */
	PERM_STATISTICS,
	PERM_DIRECTORY_READ,
	PERM_DIRECTORY_EDIT,
	PERM_JOURNAL,	   /* read the journal */
	PERM_ADMIN,	   /* users, settings, jobs, keys */
	PERM_INTAKE,	   /* POST /intake/mail: a token's scope */
	PERM_COUNT
};
/* May ${role} do ${perm}? */
bool auth_may(enum role role, enum perm perm);
const char *perm_name(enum perm p); /* "report.read": token scopes use these */

struct user {
	int64_t id;
	const char *name;	/* as shown */
	const char *email;
	enum role role;
	enum lang lang;
	const char *zone;	/* IANA */
	bool active;
	bool totp;		/* has a second factor */
	bool single_keys;	/* single-key shortcuts on */
	const char *theme;	/* "system", "light", "dark" */
	const char *density;	/* "comfortable", "compact" */
	bool must_change;	/* the password was set by an admin */
	int64_t version;
};
MUST_USE enum err user_get(struct db *db, struct arena *a, int64_t id, struct user *ret);
MUST_USE enum err user_by_email(struct db *db, struct arena *a, struct str email, struct user *ret);
MUST_USE enum err user_list(struct db *db, struct arena *a, struct user **ret, size_t *ret_n);
/* ERR_EXISTS: the mail address has an account. */
MUST_USE enum err user_add(struct db *db, struct arena *a, const struct user *u, const char *password_hash, int64_t now, int64_t *ret_id);
/* Whether an admin exists: until then every start prints a set-up link. */
MUST_USE enum err auth_is_set_up(struct db *db, bool *ret);

/* argon2id, 64 MiB, t = 2: about 75 ms. At most one per core at once. */
MUST_USE enum err auth_hash_password(struct arena *a, struct str password, const char **ret);
bool auth_password_matches(const char *hash, struct str password);
/* NULL when good, else an English msgid that says what to change. */
const char *auth_password_fault(struct str password, struct str email);

/* What a request proved. */
struct auth {
	const struct user *user; /* NULL: nobody */
	int64_t session_id;	 /* 0 with a token */
	int64_t token_id;
	const bool *scope;	 /* token: perms it may use, indexed by enum perm; NULL = all of the user's */
	const char *csrf;	 /* the session's form token; "" with a token */
};
/* ${cookie}, ${bearer}: values or empty. Nobody is no error. */
MUST_USE enum err auth_check(struct db *db, struct arena *a, struct str cookie, struct str bearer, int64_t now, struct auth *ret);
/* True when ${a} may: the user's role has it and the token's scope too. */
bool auth_allows(const struct auth *a, enum perm p);

/* A token: "tbg_" and 43 characters; only a hash is stored. ${scope}:
 * comma-separated perm names, "all" or "read". */
MUST_USE enum err token_add(struct db *db, struct arena *a, int64_t user, const char *name, struct str scope, int64_t now, const char **ret);

/* One-time links: kind "set-up", "reset", "invite". */
MUST_USE enum err link_add(struct db *db, struct arena *a, const char *kind, int64_t user, int64_t now, int64_t ttl, const char **ret_token);
MUST_USE enum err link_check(struct db *db, struct str token, const char *kind, int64_t now, int64_t *ret_user);
MUST_USE enum err link_use(struct db *db, struct str token, const char *kind, int64_t now, int64_t *ret_user);

#endif
