/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/auth.h"
#include "auth/auth_scope.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"

/* Of a password nobody has: unknown users cost the same 75 ms. */
static const char nobody_hash[] =
    "$argon2id$v=19$m=65536,t=2,p=1$T4MC8mfqeGaS7rhZTsX00A$TqWfayrpABbMG22Q0J5PS9dDoFVKbMziL5UTH1hR5AU";

int64_t
auth_lock_time(int64_t failures)
{
	int64_t wait = CLOCK_MINUTE;

	if (failures < LIMIT_SIGN_IN_FAILURES)
		return 0;
	for (int64_t i = LIMIT_SIGN_IN_FAILURES; i < failures && wait < CLOCK_HOUR; i++)
		wait *= 2;
	return wait < CLOCK_HOUR ? wait : CLOCK_HOUR;
}

enum err
auth_sign_in_load(struct db *db, struct arena *a, struct str email, int64_t now,
    struct auth_sign_in *ret)
{
	AUTO(db_stmt) q = NULL;
	struct auth_sign_in s = { .result = AUTH_WRONG, .hash = nobody_hash };

	if (email.n <= LIMIT_ADDRESS && utf8_valid(email)) {
		TRY(db_query(db, &q,
		    "SELECT id, password_hash, locked_until FROM person"
		    " WHERE email_folded = ?1 AND active = 1",
		    DB_STR(utf8_fold(a, str_trim(email)))));
		if (db_row(q)) {
			s.user = db_int(q, 0);
			if (!str_is(db_str(q, 1), "!")) /* one who is invited */
				s.hash = db_dup(a, q, 1);
			s.locked_until = db_int(q, 2);
		}
		TRY(db_end(q));
	}
	if (s.locked_until > now)
		s.result = AUTH_LOCKED;
	*ret = s;
	return OK;
}

void
auth_sign_in_check(struct auth_sign_in *s, struct str password)
{
	/* Also when locked: the time must not tell. */
	bool matches = auth_password_matches(s->hash, password);

	s->matches = matches && s->user != 0 && s->result != AUTH_LOCKED;
}

/* What sign-in needs to know, as it is now. */
struct state {
	int64_t failures, locked_until, step;
	struct str totp;
	const char *hash;
};

static enum err
load_state(struct db *db, struct arena *a, int64_t user, struct state *ret)
{
	AUTO(db_stmt) q = NULL;
	struct state st = { 0 };

	TRY(db_one(db, &q,
	    "SELECT failures, locked_until, totp_step, totp_secret, password_hash FROM person"
	    " WHERE id = ?1 AND active = 1",
	    DB_INT(user)));
	st.failures = db_int(q, 0);
	st.locked_until = db_int(q, 1);
	st.step = db_int(q, 2);
	if (!db_is_null(q, 3))
		st.totp = arena_str(a, db_blob(q, 3));
	st.hash = db_dup(a, q, 4);
	TRY(db_end(q));
	*ret = st;
	return OK;
}

/* Count a failure, and lock when there were too many. */
static enum err
save_failure(struct db *db, struct auth_sign_in *s, const struct state *st, int64_t now)
{
	int64_t wait = auth_lock_time(st->failures + 1);

	s->failures = st->failures + 1;
	s->locked_until = wait == 0 ? 0 : now + wait;
	return db_run(db, "UPDATE person SET failures = ?2, locked_until = ?3 WHERE id = ?1",
	    DB_INT(s->user), DB_INT(s->failures), DB_INT(s->locked_until));
}

static enum err
save_success(struct db *db, struct arena *a, struct auth_sign_in *s, int64_t step, int64_t now)
{
	TRY(db_run(db,
	    "UPDATE person SET failures = 0, locked_until = 0, signed_in_at = ?2,"
	    " totp_step = CASE WHEN totp_step < ?3 THEN ?3 ELSE totp_step END WHERE id = ?1",
	    DB_INT(s->user), DB_INT(now), DB_INT(step)));
	s->failures = 0;
	s->locked_until = 0;
	s->result = AUTH_DONE;
	s->max_age = SESSION_LIFE / CLOCK_SECOND;
	return session_add(db, a, s->user, true, now, &s->session_id, &s->cookie);
}

enum err
auth_sign_in_save(struct db *db, struct arena *a, struct auth_sign_in *s, int64_t now)
{
	struct state st;

	if (s->user == 0)
		return OK;

	enum err e = load_state(db, a, s->user, &st);

	if (e == ERR_NOT_FOUND) { /* made inactive meanwhile */
		s->result = AUTH_WRONG;
		return OK;
	}
	TRY(e);
	s->locked_until = st.locked_until;
	s->failures = st.failures;
	/* Others may have failed while the hash was computed: many attempts at
	 * once must not be more attempts than the limit. */
	if (s->result == AUTH_LOCKED || st.locked_until > now) {
		s->result = AUTH_LOCKED;
		return OK;
	}
	if (!s->matches || strcmp(st.hash, s->hash) != 0) {
		s->result = AUTH_WRONG;
		return save_failure(db, s, &st, now);
	}
	s->totp = st.totp.n > 0;
	if (!s->totp)
		return save_success(db, a, s, 0, now);
	/* Failures stay: else the password would buy new tries for the code. */
	s->result = AUTH_CODE;
	s->max_age = SESSION_HALF_LIFE / CLOCK_SECOND;
	return session_add(db, a, s->user, false, now, &s->session_id, &s->cookie);
}

enum err
auth_second_factor(struct db *db, struct arena *a, const unsigned char key[32], struct str cookie,
    struct str code, int64_t now, struct auth_sign_in *ret)
{
	struct auth_sign_in s = { .result = AUTH_WRONG };
	struct state st;
	int64_t half, step;
	enum err e = session_find_half(db, a, cookie, now, &half, &s.user);

	if (e == ERR_NOT_FOUND) { /* too old: begin again */
		*ret = s;
		return OK;
	}
	TRY(e);
	TRY(load_state(db, a, s.user, &st));
	s.locked_until = st.locked_until;
	s.failures = st.failures;
	if (st.locked_until > now) {
		s.result = AUTH_LOCKED;
		*ret = s;
		return OK;
	}
	e = totp_check(a, key, st.totp, st.step, code, now, &step);
	if (e == ERR_DENIED) {
		step = st.step;
		e = totp_recovery_use(db, a, s.user, code);
		s.recovery = e == OK;
	}
	if (e == ERR_DENIED) {
		TRY(save_failure(db, &s, &st, now));
		*ret = s;
		return OK;
	}
	TRY(e);
	TRY(auth_sign_out(db, half));
	TRY(save_success(db, a, &s, step, now));
	*ret = s;
	return OK;
}

enum err
auth_sign_in_as(struct db *db, struct arena *a, int64_t user, int64_t now, struct auth_sign_in *ret)
{
	struct auth_sign_in s = { .user = user };

	TRY(save_success(db, a, &s, 0, now));
	*ret = s;
	return OK;
}
