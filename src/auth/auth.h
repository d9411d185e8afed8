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
#include "text/value.h"

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
	PERM_TELESCOPE_READ,
	PERM_TELESCOPE_EDIT, /* sensors, saved questions, thresholds */
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
	int64_t created_at, signed_in_at; /* signed_in_at: 0 = never */
	int64_t locked_until;	/* after many failures; 0 = not */
	int64_t failures;	/* since the last sign-in */
};
MUST_USE enum err user_get(struct db *db, struct arena *a, int64_t id, struct user *ret);
MUST_USE enum err user_by_email(struct db *db, struct arena *a, struct str email, struct user *ret);
MUST_USE enum err user_list(struct db *db, struct arena *a, struct user **ret, size_t *ret_n);
/* ERR_EXISTS: the mail address has an account. ERR_INVALID: no name, no mail
 * address. ${password_hash} NULL: none yet (invited); nobody can sign in. */
MUST_USE enum err user_add(struct db *db, struct arena *a, const struct user *u, const char *password_hash, int64_t now, int64_t *ret_id);
/* Store name, email, role, lang, zone, active, single_keys, theme, density.
 * ERR_CONFLICT: ${u->version} is no longer the present one; ERR_EXISTS as
 * above; ERR_DENIED: nobody could administer any more. One who is made
 * inactive is signed out everywhere and the tokens are revoked. */
MUST_USE enum err user_update(struct db *db, struct arena *a, const struct user *u, int64_t now);
/* ${hash} from auth_hash_password(). Ends the lock, the user's one-time links,
 * and all sessions but ${keep_session} (0 = all); tokens go on (see
 * token_revoke_all()). ${must_change}: set by somebody else. */
MUST_USE enum err user_set_password(struct db *db, int64_t id, const char *hash, bool must_change, int64_t keep_session);
/* The stored hash, to ask for the present password. */
MUST_USE enum err user_password(struct db *db, struct arena *a, int64_t id, const char **ret);
MUST_USE enum err user_unlock(struct db *db, int64_t id);
/* Plainly a mail address: something@host, no blanks, LIMIT_ADDRESS. */
bool user_email_valid(struct str email);
/* Whether an admin exists: until then every start prints a set-up link. */
MUST_USE enum err auth_is_set_up(struct db *db, bool *ret);

/* argon2id, 64 MiB, t = 2: about 75 ms. At most one per core at once. Not
 * inside a write transaction: everybody else would wait. */
MUST_USE enum err auth_hash_password(struct arena *a, struct str password, const char **ret);
bool auth_password_matches(const char *hash, struct str password);
/* NULL when good, else an English msgid that says what to change. */
const char *auth_password_fault(struct str password, struct str email);

/*
 * Signing in takes three steps, so that the slow one holds no transaction:
 *	auth_sign_in_load()	read
 *	auth_sign_in_check()	no database, about 75 ms, also for unknown users
 *	auth_sign_in_save()	write: session or failure
 * After LIMIT_SIGN_IN_FAILURES failures the account waits: 1 min, then twice
 * as long after each further one, at most 1 h. The page says the same sentence
 * for AUTH_WRONG and AUTH_LOCKED, or it would tell who has an account.
 */
enum auth_result {
	AUTH_WRONG,  /* address, password or code */
	AUTH_LOCKED, /* too many failures; not even looked at */
	AUTH_CODE,   /* right so far: now auth_second_factor() */
	AUTH_DONE,   /* signed in */
};
struct auth_sign_in {
	enum auth_result result;
	int64_t user;	     /* 0 = no such user */
	int64_t session_id;
	const char *cookie;  /* the session's secret: 43 characters; or NULL */
	int64_t max_age;     /* of the cookie, seconds */
	int64_t locked_until; /* of the account; when it has just been locked too */
	int64_t failures;
	const char *hash;    /* between the steps */
	bool totp, matches;
	bool recovery;	     /* a recovery code was used up */
};
MUST_USE enum err auth_sign_in_load(struct db *db, struct arena *a, struct str email, int64_t now, struct auth_sign_in *ret);
void auth_sign_in_check(struct auth_sign_in *s, struct str password);
MUST_USE enum err auth_sign_in_save(struct db *db, struct arena *a, struct auth_sign_in *s, int64_t now);
/* The code of the second factor, for the half session of ${cookie}: on
 * AUTH_DONE ${ret->cookie} is a new one. ${key}: DATA/secret.key. */
MUST_USE enum err auth_second_factor(struct db *db, struct arena *a, const unsigned char key[32], struct str cookie, struct str code, int64_t now, struct auth_sign_in *ret);
/* A full session without a password: after a set-up, invite or reset link. */
MUST_USE enum err auth_sign_in_as(struct db *db, struct arena *a, int64_t user, int64_t now, struct auth_sign_in *ret);
MUST_USE enum err auth_sign_out(struct db *db, int64_t session_id);

/* What a request proved. */
struct auth {
	const struct user *user; /* NULL: nobody */
	int64_t session_id;	 /* 0 with a token */
	int64_t token_id;
	const bool *scope;	 /* token: perms it may use, indexed by enum perm; NULL = all of the user's */
	bool read_only;		 /* token of scope "read": GET only, whatever the perm */
	const char *csrf;	 /* the session's form token; "" with a token */
	int64_t pending;	 /* user id of a session that lacks its second factor; user is NULL then */
	bool bad_token;		 /* a bearer token came and is not valid: 401 */
	bool touch;		 /* call auth_touch() in the next write transaction */
};
/* ${cookie}, ${bearer}: values or empty; with a bearer the cookie is ignored.
 * Nobody is no error. Sessions end after 12 h without use and after 7 days. */
MUST_USE enum err auth_check(struct db *db, struct arena *a, struct str cookie, struct str bearer, int64_t now, struct auth *ret);
/* True when ${a} may: the user's role has it and the token's scope too. */
bool auth_allows(const struct auth *a, enum perm p);
/* Note when the session or token was used (asked for at most every 5 min). */
MUST_USE enum err auth_touch(struct db *db, const struct auth *a, int64_t now);

/* A user's sessions, newest first: list of {id, created_at, seen_at, current}. */
MUST_USE enum err session_list(struct db *db, struct arena *a, int64_t user, int64_t current, int64_t now, struct value **ret);
MUST_USE enum err session_revoke(struct db *db, int64_t user, int64_t id); /* ERR_NOT_FOUND: not the user's */
MUST_USE enum err session_revoke_all(struct db *db, int64_t user, int64_t keep); /* 0 = none kept */
MUST_USE enum err session_purge(struct db *db, int64_t now); /* forget ended sessions and links */

/* Second factor (RFC 6238: SHA-1, 6 digits, 30 s, one step either side, each
 * code once). totp_begin() only makes a secret: show it and the address for
 * the user's program; the form sends ${secret} back with a code. */
struct totp_new {
	const char *secret; /* base32, in groups of four */
	const char *uri;    /* otpauth://totp/… */
};
void totp_begin(struct arena *a, const char *issuer, const char *email, struct totp_new *ret);
/* ERR_INVALID: the code is not the secret's. */
MUST_USE enum err totp_confirm(struct db *db, struct arena *a, const unsigned char key[32], int64_t user, struct str secret, struct str code, int64_t now);
MUST_USE enum err totp_remove(struct db *db, int64_t user); /* the recovery codes too */

/* Recovery codes, for who lost the device: each stands once for a code at
 * auth_second_factor(). New ones end the old ones; only hashes are stored.
 * ${list}: their texts, like "k7fd-…" (80 bits); shown once. */
#define TOTP_RECOVERY_CODES 10
MUST_USE enum err totp_recovery_make(struct db *db, struct arena *a, int64_t user, int64_t now, struct value *list);
MUST_USE enum err totp_recovery_left(struct db *db, int64_t user, int64_t *ret);

/* A token: "tbg_" and 43 characters; only a hash is stored. ${scope}:
 * comma-separated perm names, "all" or "read"; ERR_INVALID otherwise. */
MUST_USE enum err token_add(struct db *db, struct arena *a, int64_t user, const char *name, struct str scope, int64_t now, const char **ret);
/* ${user} 0: everybody's. List of {id, user_id, user, name, scope, created_at,
 * used_at, revoked_at}, newest first. */
MUST_USE enum err token_list(struct db *db, struct arena *a, int64_t user, struct value **ret);
/* ${user} 0: anybody's. ERR_NOT_FOUND: there is none that is valid. */
MUST_USE enum err token_revoke(struct db *db, int64_t user, int64_t id, int64_t now);
/* All of a user's: the account may be in wrong hands. ${ret_n}: how many were
 * valid; may be NULL. */
MUST_USE enum err token_revoke_all(struct db *db, int64_t user, int64_t now, int64_t *ret_n);

/* One-time links: kind "set-up", "reset", "invite". A new one ends the earlier
 * ones of its kind and user (${user} 0: none). link_check() looks, link_use()
 * uses it up; ERR_NOT_FOUND: wrong, used or too old. */
MUST_USE enum err link_add(struct db *db, struct arena *a, const char *kind, int64_t user, int64_t now, int64_t ttl, const char **ret_token);
MUST_USE enum err link_check(struct db *db, struct str token, const char *kind, int64_t now, int64_t *ret_user);
MUST_USE enum err link_use(struct db *db, struct str token, const char *kind, int64_t now, int64_t *ret_user);

#endif
