/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include <liboath/oath.h>
#include <pthread.h>

#include "auth/auth.h"
#include "auth/auth_scope.h"
#include "auth/setting.h"
#include "base/clock.h"
#include "base/limit.h"

static const unsigned char key[32] = "an unsecret key for these tests";
static const int64_t start = INT64_C(1790000000000);

/* One real hash for all tests: each costs 75 ms. */
static const char *
hash(struct arena *a)
{
	static char kept[200];

	if (kept[0] == '\0') {
		const char *h;

		assert_ok(auth_hash_password(a, STR("correct password"), &h));
		strcpy(kept, h);
	}
	return kept;
}

static int64_t
add_user(struct unit_db *u, const char *email, enum role role)
{
	int64_t id;

	assert_ok(user_add(u->db, u->a,
	    &(struct user){ .name = "山田 花子", .email = email, .role = role, .lang = LANG_JA, .active = true },
	    hash(u->a), start, &id));
	return id;
}

static struct auth_sign_in
sign_in(struct unit_db *u, const char *email, const char *password, int64_t now)
{
	struct auth_sign_in s;

	assert_ok(auth_sign_in_load(u->db, u->a, str_of(email), now, &s));
	auth_sign_in_check(&s, str_of(password));
	assert_ok(db_begin_write(u->db));
	assert_ok(auth_sign_in_save(u->db, u->a, &s, now));
	assert_ok(db_commit(u->db));
	return s;
}

static struct auth
check(struct unit_db *u, const char *cookie, const char *bearer, int64_t now)
{
	struct auth a;

	assert_ok(auth_check(u->db, u->a, str_of(cookie), str_of(bearer), now, &a));
	return a;
}

/* DESIGN, who may do what: the whole matrix, written out a second time. */
static void
the_matrix_is_as_decided(void **state)
{
	(void)state;
	static const char *const may[ROLE_COUNT] = {
		[ROLE_NONE] = "public",
		[ROLE_ADMIN] = "public signed-in report.read report.edit incident.read incident.edit send"
			       " attachment statistics directory.read directory.edit journal admin intake telescope.read telescope.edit",
		[ROLE_MANAGER] = "public signed-in report.read report.edit incident.read incident.edit send"
				 " attachment statistics directory.read directory.edit journal intake telescope.read telescope.edit",
		[ROLE_HANDLER] = "public signed-in report.read report.edit incident.read incident.edit send"
				 " attachment statistics directory.read directory.edit intake telescope.read",
		[ROLE_COORDINATOR] = "public signed-in report.read incident.read statistics directory.read telescope.read",
		[ROLE_AUTHOR] = "public signed-in report.read incident.read statistics directory.read telescope.read",
		[ROLE_ANALYST] = "public signed-in report.read incident.read attachment statistics directory.read telescope.read telescope.edit",
		[ROLE_AUDITOR] = "public signed-in report.read incident.read attachment statistics"
				 " directory.read journal telescope.read",
	};

	for (enum role r = ROLE_NONE; r < ROLE_COUNT; r++) {
		enum role back;

		assert_true(r == ROLE_NONE || (role_parse(str_of(role_name(r)), &back) && back == r));
		assert_false(auth_may(r, PERM_UNSET));
		for (enum perm p = PERM_PUBLIC; p < PERM_COUNT; p++) {
			struct str words = str_of(may[r]), word;
			bool want = false;

			while (str_split(&words, ' ', &word))
				want = want || str_is(word, perm_name(p));
			if (auth_may(r, p) != want)
				fail_msg("%s %s", role_name(r), perm_name(p));
		}
	}
	enum role none;

	assert_false(role_parse(STR("none"), &none));
	assert_false(role_parse(STR(""), &none));
}

static void
password_policy(void **state)
{
	(void)state;
	static const struct {
		const char *password;
		bool good;
	} cases[] = {
		{ "", false }, { "short", false }, { "elevenchars", false }, { "twelve chars", true },
		{ "aaaaaaaaaaaaaaaa", false }, { "abababababab", false }, { "Password1234", false },
		{ "password1234", false }, { "hanako@example.jp", false }, { "HANAKO@EXAMPLE.JP", false },
		{ "鳶口で隣の壁を倒して火を止める", true }, { "鳶口で隣の壁", false },
		{ "correct horse battery", true }, { "bad \xff bytes in it", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *fault = auth_password_fault(str_of(cases[i].password), STR("hanako@example.jp"));

		if ((fault == NULL) != cases[i].good)
			fail_msg("%s: %s", cases[i].password, fault == NULL ? "accepted" : fault);
	}
	char large[LIMIT_PASSWORD_MAX + 2];

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)('a' + i % 26);
	assert_null(auth_password_fault((struct str){ large, LIMIT_PASSWORD_MAX }, STR("")));
	assert_non_null(auth_password_fault((struct str){ large, LIMIT_PASSWORD_MAX + 1 }, STR("")));
}

static void *
hash_one(void *done)
{
	AUTO(arena) a = arena_new();
	const char *h;

	*(bool *)done = auth_hash_password(a, STR("correct password"), &h) == OK &&
	    auth_password_matches(h, STR("correct password")) &&
	    !auth_password_matches(h, STR("wrong password"));
	return NULL;
}

static void
hashes_beside_each_other(void **state)
{
	(void)state;
	pthread_t t[4];
	bool done[4] = { false };

	for (size_t i = 0; i < COUNT(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, hash_one, &done[i]), 0);
	for (size_t i = 0; i < COUNT(t); i++) {
		pthread_join(t[i], NULL);
		assert_true(done[i]);
	}
	assert_false(auth_password_matches("not a hash", STR("x")));
}

static void
users(void **state)
{
	struct unit_db *u = unit_db(state);
	bool set_up;
	struct user got, *list;
	size_t n;
	int64_t id;

	assert_ok(auth_is_set_up(u->db, &set_up));
	assert_false(set_up);
	int64_t admin = add_user(u, "Admin@Example.JP", ROLE_ADMIN);

	assert_ok(auth_is_set_up(u->db, &set_up));
	assert_true(set_up);
	assert_err(user_add(u->db, u->a,
	    &(struct user){ .name = "x", .email = "admin@example.jp", .role = ROLE_HANDLER }, "h", 1, &id),
	    ERR_EXISTS);
	static const char *const bad[] = { "", "a", "@b", "a@", "a b@c", "a@b@c", "a@.b", "a@b.", "a<b@c" };

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_err(user_add(u->db, u->a,
		    &(struct user){ .name = "x", .email = bad[i], .role = ROLE_HANDLER }, "h", 1, &id),
		    ERR_INVALID);
	assert_ok(user_by_email(u->db, u->a, STR(" admin@EXAMPLE.jp "), &got));
	assert_int_equal(got.id, admin);
	assert_string_equal(got.email, "Admin@Example.JP");
	assert_string_equal(got.zone, "Asia/Tokyo");
	assert_int_equal(got.lang, LANG_JA);
	assert_err(user_by_email(u->db, u->a, STR("nobody@example.jp"), &got), ERR_NOT_FOUND);

	/* the last administrator stays one */
	got.role = ROLE_AUDITOR;
	assert_err(user_update(u->db, u->a, &got, start), ERR_DENIED);
	got.role = ROLE_ADMIN;
	got.active = false;
	assert_err(user_update(u->db, u->a, &got, start), ERR_DENIED);
	int64_t second = add_user(u, "second@example.jp", ROLE_ADMIN);

	assert_ok(user_update(u->db, u->a, &got, start));
	assert_err(user_update(u->db, u->a, &got, start), ERR_CONFLICT); /* old version */
	assert_ok(user_get(u->db, u->a, second, &got));
	got.email = "admin@example.jp";
	assert_err(user_update(u->db, u->a, &got, start), ERR_EXISTS);
	got.email = "second@example.jp";
	got.name = "変更";
	got.theme = "dark";
	assert_ok(user_update(u->db, u->a, &got, start));
	assert_ok(user_list(u->db, u->a, &list, &n));
	assert_int_equal(n, 2);
	assert_string_equal(list[1].name, "変更");
	assert_string_equal(list[1].theme, "dark");
	assert_false(list[0].active);
	/* the one made inactive cannot sign in */
	assert_int_equal(sign_in(u, "admin@example.jp", "correct password", start).result, AUTH_WRONG);
}

static void
sessions(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = add_user(u, "h@example.jp", ROLE_HANDLER), now = start;
	struct auth_sign_in s = sign_in(u, "H@example.jp", "correct password", now), other;
	struct auth a;
	struct value *list;

	assert_int_equal(s.result, AUTH_DONE);
	assert_int_equal(strlen(s.cookie), 43);
	a = check(u, s.cookie, "", now);
	assert_int_equal(a.user->id, id);
	assert_false(a.touch);
	assert_int_equal(strlen(a.csrf), 43);
	assert_true(auth_allows(&a, PERM_INCIDENT_EDIT));
	assert_false(auth_allows(&a, PERM_ADMIN));
	assert_null(check(u, "", "", now).user);
	assert_null(check(u, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", now).user);
	/* the secret is not in the database */
	AUTO(db_stmt) q = NULL;

	assert_ok(db_query(u->db, &q, "SELECT id FROM session WHERE token_hash = ?1", DB_TEXT(s.cookie)));
	assert_false(db_row(q));
	assert_ok(db_end(q));

	/* a bearer makes the cookie count for nothing */
	a = check(u, s.cookie, "tbg_wrong", now);
	assert_null(a.user);
	assert_true(a.bad_token);

	a = check(u, s.cookie, "", now + 5 * CLOCK_MINUTE);
	assert_true(a.touch);
	assert_ok(auth_touch(u->db, &a, now + 5 * CLOCK_MINUTE));
	assert_false(check(u, s.cookie, "", now + 6 * CLOCK_MINUTE).touch);
	assert_non_null(check(u, s.cookie, "", now + 12 * CLOCK_HOUR).user);
	assert_null(check(u, s.cookie, "", now + 12 * CLOCK_HOUR + 5 * CLOCK_MINUTE).user);
	for (int64_t t = 0; t < 7 * CLOCK_DAY; t += CLOCK_HOUR) {
		a = check(u, s.cookie, "", now + t);
		assert_non_null(a.user);
		assert_ok(auth_touch(u->db, &a, now + t));
	}
	assert_null(check(u, s.cookie, "", now + 7 * CLOCK_DAY).user);

	now += 8 * CLOCK_DAY;
	assert_ok(session_purge(u->db, now));
	s = sign_in(u, "h@example.jp", "correct password", now);
	other = sign_in(u, "h@example.jp", "correct password", now);
	assert_ok(session_list(u->db, u->a, id, other.session_id, now, &list));
	assert_int_equal(value_count(list), 2);
	assert_true(value_true(value_get(value_at(list, 0), "current")));
	assert_err(session_revoke(u->db, id + 1, s.session_id), ERR_NOT_FOUND);
	assert_ok(session_revoke(u->db, id, s.session_id));
	assert_null(check(u, s.cookie, "", now).user);
	assert_non_null(check(u, other.cookie, "", now).user);
	/* a new password ends the other sessions */
	s = sign_in(u, "h@example.jp", "correct password", now);
	assert_ok(user_set_password(u->db, id, hash(u->a), false, s.session_id));
	assert_null(check(u, other.cookie, "", now).user);
	assert_non_null(check(u, s.cookie, "", now).user);
	assert_ok(auth_sign_out(u->db, s.session_id));
	assert_null(check(u, s.cookie, "", now).user);
}

static void
locks_after_many_failures(void **state)
{
	struct unit_db *u = unit_db(state);
	struct auth_sign_in s;
	int64_t now = start;

	add_user(u, "h@example.jp", ROLE_HANDLER);
	assert_int_equal(sign_in(u, "nobody@example.jp", "correct password", now).result, AUTH_WRONG);
	for (int i = 1; i < LIMIT_SIGN_IN_FAILURES; i++) {
		s = sign_in(u, "h@example.jp", "wrong", now);
		assert_int_equal(s.result, AUTH_WRONG);
		assert_int_equal(s.locked_until, 0);
	}
	s = sign_in(u, "h@example.jp", "wrong", now);
	assert_int_equal(s.locked_until, now + CLOCK_MINUTE);
	/* now even the right one does not get in, and does not count */
	s = sign_in(u, "h@example.jp", "correct password", now + CLOCK_MINUTE - 1);
	assert_int_equal(s.result, AUTH_LOCKED);
	assert_null(s.cookie);
	now += CLOCK_MINUTE;
	s = sign_in(u, "h@example.jp", "wrong", now);
	assert_int_equal(s.locked_until, now + 2 * CLOCK_MINUTE);
	now += 2 * CLOCK_MINUTE;
	s = sign_in(u, "h@example.jp", "correct password", now);
	assert_int_equal(s.result, AUTH_DONE);
	s = sign_in(u, "h@example.jp", "wrong", now);
	assert_int_equal(s.failures, 1);

	/* attempts that were all let in before the first of them failed */
	struct auth_sign_in many[LIMIT_SIGN_IN_FAILURES + 5];

	for (size_t i = 0; i < COUNT(many); i++)
		assert_ok(auth_sign_in_load(u->db, u->a, STR("h@example.jp"), now, &many[i]));
	many[COUNT(many) - 1].matches = true; /* the last one guessed it */
	for (size_t i = 0; i < COUNT(many); i++)
		assert_ok(auth_sign_in_save(u->db, u->a, &many[i], now));
	assert_int_equal(many[COUNT(many) - 1].result, AUTH_LOCKED);
	assert_ok(user_unlock(u->db, s.user));
	assert_int_equal(sign_in(u, "h@example.jp", "correct password", now).result, AUTH_DONE);

	assert_int_equal(auth_lock_time(LIMIT_SIGN_IN_FAILURES - 1), 0);
	assert_int_equal(auth_lock_time(LIMIT_SIGN_IN_FAILURES + 5), 32 * CLOCK_MINUTE);
	assert_int_equal(auth_lock_time(LIMIT_SIGN_IN_FAILURES + 6), CLOCK_HOUR);
	assert_int_equal(auth_lock_time(INT64_MAX), CLOCK_HOUR);
}

/* The code that the user's program shows. */
static const char *
code_at(struct arena *a, const char *secret, int64_t now)
{
	char *bytes, code[7];
	size_t n;

	assert_int_equal(oath_base32_decode(secret, strlen(secret), &bytes, &n), OATH_OK);
	assert_int_equal(n, 20);
	assert_int_equal(oath_totp_generate(bytes, n, now / 1000, 30, 0, 6, code), OATH_OK);
	free(bytes);
	return arena_dup(a, code);
}

static struct auth_sign_in
second(struct unit_db *u, const char *cookie, const char *code, int64_t now)
{
	struct auth_sign_in s;

	assert_ok(auth_second_factor(u->db, u->a, key, str_of(cookie), str_of(code), now, &s));
	return s;
}

static void
second_factor(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = add_user(u, "h@example.jp", ROLE_HANDLER), now = start;
	struct totp_new t;
	struct auth_sign_in s, full;
	struct auth a;
	struct user got;

	totp_begin(u->a, "緊急 対応", "h@example.jp", &t);
	assert_int_equal(strlen(t.secret), 39); /* 8 groups of 4 */
	assert_non_null(strstr(t.uri, "otpauth://totp/%E7%B7%8A"));
	assert_err(totp_confirm(u->db, u->a, key, id, str_of(t.secret), STR("000"), now), ERR_INVALID);
	assert_err(totp_confirm(u->db, u->a, key, id, STR("SHORT"), STR("000000"), now), ERR_INVALID);
	assert_ok(totp_confirm(u->db, u->a, key, id, str_of(t.secret),
	    str_of(code_at(u->a, t.secret, now)), now));
	assert_ok(user_get(u->db, u->a, id, &got));
	assert_true(got.totp);

	now += CLOCK_MINUTE;
	s = sign_in(u, "h@example.jp", "correct password", now);
	assert_int_equal(s.result, AUTH_CODE);
	a = check(u, s.cookie, "", now);
	assert_null(a.user);
	assert_int_equal(a.pending, id);
	assert_int_equal(second(u, s.cookie, "000000", now).result, AUTH_WRONG);
	assert_int_equal(second(u, s.cookie, "", now).result, AUTH_WRONG);
	assert_int_equal(second(u, "wrong", code_at(u->a, t.secret, now), now).result, AUTH_WRONG);
	/* one step late is fine, two are not */
	assert_int_equal(second(u, s.cookie, code_at(u->a, t.secret, now - CLOCK_MINUTE), now).result, AUTH_WRONG);
	assert_int_equal(second(u, s.cookie, code_at(u->a, t.secret, now + CLOCK_MINUTE), now).result, AUTH_WRONG);
	const char *code = code_at(u->a, t.secret, now - 30 * CLOCK_SECOND);

	full = second(u, s.cookie, arena_printf(u->a, "%.3s %s", code, code + 3), now);
	assert_int_equal(full.result, AUTH_DONE);
	assert_string_not_equal(full.cookie, s.cookie);
	assert_int_equal(check(u, full.cookie, "", now).user->id, id);
	assert_int_equal(check(u, s.cookie, "", now).pending, 0);
	/* no code twice */
	s = sign_in(u, "h@example.jp", "correct password", now);
	assert_int_equal(second(u, s.cookie, code, now).result, AUTH_WRONG);
	/* the half session ends after ten minutes */
	assert_int_equal(second(u, s.cookie, code_at(u->a, t.secret, now + 10 * CLOCK_MINUTE),
	    now + 10 * CLOCK_MINUTE).result, AUTH_WRONG);
	/* guessing codes locks, and the right password does not buy new tries */
	for (int i = 0; i < LIMIT_SIGN_IN_FAILURES; i++) {
		s = sign_in(u, "h@example.jp", "correct password", now);
		if (s.result == AUTH_LOCKED)
			break;
		(void)second(u, s.cookie, "000000", now);
	}
	assert_int_equal(sign_in(u, "h@example.jp", "correct password", now).result, AUTH_LOCKED);
	assert_ok(totp_remove(u->db, id));
	now += CLOCK_DAY;
	assert_int_equal(sign_in(u, "h@example.jp", "correct password", now).result, AUTH_DONE);
}

static void
tokens(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = add_user(u, "h@example.jp", ROLE_HANDLER), now = start;
	const char *all, *read, *intake;
	struct auth a;
	struct value *list;
	struct user got;

	assert_ok(token_add(u->db, u->a, id, "all", STR("all"), now, &all));
	assert_ok(token_add(u->db, u->a, id, "read", STR("read"), now, &read));
	assert_ok(token_add(u->db, u->a, id, "mail", STR("intake, report.read"), now, &intake));
	static const char *const bad[] = { "", "everything", "unset", "public", "read,,all", "READ" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *none;

		assert_err(token_add(u->db, u->a, id, "x", str_of(bad[i]), now, &none), ERR_INVALID);
	}
	assert_int_equal(strlen(all), 47);
	a = check(u, "", all, now);
	assert_int_equal(a.user->id, id);
	assert_true(a.touch);
	assert_string_equal(a.csrf, "");
	assert_true(auth_allows(&a, PERM_SEND));
	assert_false(auth_allows(&a, PERM_ADMIN)); /* the user may not either */
	assert_false(a.read_only);
	a = check(u, "", read, now);
	assert_true(auth_allows(&a, PERM_INCIDENT_READ));
	assert_true(auth_allows(&a, PERM_SIGNED_IN));
	assert_false(auth_allows(&a, PERM_INCIDENT_EDIT));
	assert_false(auth_allows(&a, PERM_JOURNAL)); /* in scope, but no handler's */
	assert_true(a.read_only);
	a = check(u, "", intake, now);
	assert_true(auth_allows(&a, PERM_INTAKE));
	assert_true(auth_allows(&a, PERM_REPORT_READ));
	assert_false(auth_allows(&a, PERM_SIGNED_IN));
	assert_true(auth_allows(&a, PERM_PUBLIC));
	assert_ok(auth_touch(u->db, &a, now));
	assert_false(check(u, "", intake, now + 1).touch);

	char *wrong = arena_dup(u->a, all);

	wrong[10] = wrong[10] == 'A' ? 'B' : 'A';
	assert_true(check(u, "", wrong, now).bad_token);
	assert_ok(token_list(u->db, u->a, id, &list));
	assert_int_equal(value_count(list), 3);
	int64_t token = value_integer(value_get(value_at(list, 0), "id"));

	assert_err(token_revoke(u->db, id + 1, token, now), ERR_NOT_FOUND);
	assert_ok(token_revoke(u->db, id, token, now));
	assert_err(token_revoke(u->db, id, token, now), ERR_NOT_FOUND);
	assert_null(check(u, "", intake, now).user);
	/* with the user go the tokens */
	assert_ok(user_get(u->db, u->a, id, &got));
	got.active = false;
	assert_ok(user_update(u->db, u->a, &got, now));
	assert_null(check(u, "", all, now).user);
}

static void
links_work_once(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = add_user(u, "h@example.jp", ROLE_HANDLER), got = -1, now = start;
	const char *first, *link, *set_up;

	assert_ok(link_add(u->db, u->a, "reset", id, now, CLOCK_HOUR, &first));
	assert_ok(link_add(u->db, u->a, "reset", id, now, CLOCK_HOUR, &link));
	assert_err(link_check(u->db, str_of(first), "reset", now, &got), ERR_NOT_FOUND); /* replaced */
	assert_err(link_check(u->db, str_of(link), "invite", now, &got), ERR_NOT_FOUND);
	assert_err(link_check(u->db, str_of(link), "reset", now + CLOCK_HOUR, &got), ERR_NOT_FOUND);
	assert_ok(link_check(u->db, str_of(link), "reset", now, &got));
	assert_int_equal(got, id);
	assert_ok(link_use(u->db, str_of(link), "reset", now, &got));
	assert_err(link_use(u->db, str_of(link), "reset", now, &got), ERR_NOT_FOUND);
	assert_err(link_check(u->db, str_of(link), "reset", now, &got), ERR_NOT_FOUND);
	assert_ok(link_add(u->db, u->a, "set-up", 0, now, CLOCK_HOUR, &set_up));
	assert_ok(link_use(u->db, str_of(set_up), "set-up", now, &got));
	assert_int_equal(got, 0);
}

static void
settings(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *list;
	const char *secret;
	static const struct {
		const char *key, *value;
		enum err want;
	} cases[] = {
		{ "team.name.ja", "緊急対応チーム", OK }, { "team.name.ja", "", ERR_INVALID },
		{ "team.name.ja", "two\nlines", ERR_INVALID }, { "mail.signature.ja", "two\nlines", OK },
		{ "mail.hold_seconds", "0", OK }, { "mail.hold_seconds", "3601", ERR_INVALID },
		{ "mail.hold_seconds", "x", ERR_INVALID }, { "mail.acknowledge", "2", ERR_INVALID },
		{ "mail.acknowledge", "0", OK }, { "hours.open", "08:45", OK },
		{ "hours.open", "25:00", ERR_INVALID }, { "smtp.tls", "try", OK },
		{ "smtp.tls", "maybe", ERR_INVALID }, { "team.email", "csirt@example.jp", OK },
		{ "team.email", "csirt", ERR_INVALID }, { "team.zone", "UTC", OK },
		{ "team.zone", "../etc/passwd", ERR_INVALID }, { "smtp.url", "smtp://127.0.0.1:2525", OK },
		{ "smtp.url", "file:///etc/passwd", ERR_INVALID }, { "smtp.url", "", OK },
		{ "no.such.key", "x", ERR_NOT_FOUND }, { "smtp.password", "秘密", OK },
	};

	assert_string_equal(setting_text(u->db, u->a, "team.zone"), "Asia/Tokyo");
	assert_int_equal(setting_minutes(u->db, "hours.open"), 9 * 60 + 30);
	assert_true(setting_bool(u->db, "mail.acknowledge"));
	for (const struct setting *s = setting_table; s->key != NULL; s++) {
		const char *fault = setting_fault(u->a, s, str_of(s->fallback), NULL);

		if (fault != NULL)
			fail_msg("default of %s: %s", s->key, fault);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err e = setting_set(u->db, u->a, key, str_of(cases[i].key), str_of(cases[i].value));

		if (e != cases[i].want)
			fail_msg("%s = %s: %s", cases[i].key, cases[i].value, err_name(e));
	}
	assert_string_equal(setting_text(u->db, u->a, "team.name.ja"), "緊急対応チーム");
	assert_int_equal(setting_int(u->db, "mail.hold_seconds"), 0);
	assert_false(setting_bool(u->db, "mail.acknowledge"));
	assert_int_equal(setting_minutes(u->db, "hours.open"), 8 * 60 + 45);

	/* a secret is encrypted and never listed */
	assert_ok(setting_secret(u->db, u->a, key, "smtp.password", &secret));
	assert_string_equal(secret, "秘密");
	assert_err(setting_secret(u->db, u->a, (const unsigned char *)"another key for the same tests..",
	    "smtp.password", &secret), ERR_INVALID);
	assert_ok(setting_secret(u->db, u->a, key, "imap.password", &secret));
	assert_string_equal(secret, "");
	assert_ok(setting_list(u->db, u->a, &list));
	assert_null(strstr(value_json_text(u->a, list), "秘密"));
	AUTO(db_stmt) q = NULL;

	assert_ok(db_query(u->db, &q, "SELECT key FROM setting WHERE value LIKE '%秘密%'"));
	assert_false(db_row(q));
	assert_ok(db_end(q));
	assert_ok(setting_set(u->db, u->a, key, STR("smtp.password"), STR("")));
	assert_ok(setting_secret(u->db, u->a, key, "smtp.password", &secret));
	assert_string_equal(secret, "");
	assert_ok(setting_reset(u->db, STR("mail.hold_seconds")));
	assert_int_equal(setting_int(u->db, "mail.hold_seconds"), 30);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(the_matrix_is_as_decided),
		UNIT_TEST(password_policy),
		UNIT_TEST(hashes_beside_each_other),
		UNIT_DB_TEST(users),
		UNIT_DB_TEST(sessions),
		UNIT_DB_TEST(locks_after_many_failures),
		UNIT_DB_TEST(second_factor),
		UNIT_DB_TEST(tokens),
		UNIT_DB_TEST(links_work_once),
		UNIT_DB_TEST(settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
