/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6238 over liboath's RFC 4226. */
#include <liboath/oath.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/auth_scope.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/rand.h"
#include "db/db.h"

#define SECRET 20 /* bytes: RFC 4226 section 4 wants 160 bits */
#define STEP (30 * CLOCK_SECOND)
#define DIGITS 6

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* 20 bytes are exactly 32 letters. */
static const char *
base32(struct arena *a, const unsigned char secret[SECRET], bool groups)
{
	struct buf *b = buf_new(a, 64);
	uint32_t bits = 0;
	int have = 0, letters = 0;

	for (size_t i = 0; i < SECRET; i++) {
		bits = bits << 8 | secret[i];
		for (have += 8; have >= 5; have -= 5) {
			if (groups && letters > 0 && letters % 4 == 0)
				buf_char(b, ' ');
			buf_char(b, alphabet[bits >> (have - 5) & 31]);
			letters++;
		}
	}
	return buf_cstr(a, b);
}

static enum err
base32_read(struct str s, unsigned char ret[SECRET])
{
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];

		if (c == ' ')
			continue;

		const char *at = c == '\0' ? NULL : strchr(alphabet, c);

		if (at == NULL || n == SECRET)
			return ERR_INVALID;
		bits = bits << 5 | (uint32_t)(at - alphabet);
		have += 5;
		if (have >= 8) {
			have -= 8;
			ret[n++] = (unsigned char)(bits >> have);
		}
	}
	return n == SECRET && have == 0 ? OK : ERR_INVALID;
}

static void
percent(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (str_is_alnum(*s) || strchr("-._~@", *s) != NULL)
			buf_char(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
	}
}

void
totp_begin(struct arena *a, const char *issuer, const char *email, struct totp_new *ret)
{
	unsigned char secret[SECRET];
	struct buf *b = buf_new(a, 8192);

	rand_bytes(secret, sizeof(secret));
	buf_text(b, "otpauth://totp/");
	percent(b, issuer);
	buf_char(b, ':');
	percent(b, email);
	buf_text(b, "?secret=");
	buf_text(b, base32(a, secret, false));
	buf_text(b, "&issuer=");
	percent(b, issuer);
	ret->secret = base32(a, secret, true);
	ret->uri = buf_cstr(a, b);
	sodium_memzero(secret, sizeof(secret));
}

static void
init(void)
{
	(void)oath_init(); /* only checks its own version */
}

/* The time step whose code is ${code}, one either side of ${now}, after
 * ${last}. ERR_DENIED: none. */
static enum err
match(struct str secret, int64_t last, struct str code, int64_t now, int64_t *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int64_t middle = now / STEP, found = -1;
	char digits[DIGITS + 1], expected[DIGITS + 1];
	size_t n = 0;

	pthread_once(&once, init);
	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] == ' ')
			continue; /* "123 456", as the programs show it */
		if (!str_is_digit(code.p[i]) || n == DIGITS)
			return ERR_DENIED;
		digits[n++] = code.p[i];
	}
	if (n != DIGITS)
		return ERR_DENIED;
	for (int64_t step = middle - 1; step <= middle + 1; step++) {
		if (oath_hotp_generate(secret.p, secret.n, (uint64_t)step, DIGITS, false,
			OATH_HOTP_DYNAMIC_TRUNCATION, expected) != OATH_OK)
			return ERR_IO;
		if (sodium_memcmp(expected, digits, DIGITS) == 0 && step > last)
			found = step;
	}
	if (found < 0)
		return ERR_DENIED;
	*ret = found;
	return OK;
}

enum err
totp_check(struct arena *a, const unsigned char key[32], struct str sealed, int64_t last_step,
    struct str code, int64_t now, int64_t *ret_step)
{
	struct str secret;

	TRY(auth_unseal(a, key, "totp____", 1, sealed, &secret));
	return match(secret, last_step, code, now, ret_step);
}

enum err
totp_confirm(struct db *db, struct arena *a, const unsigned char key[32], int64_t user,
    struct str secret, struct str code, int64_t now)
{
	unsigned char bytes[SECRET];
	struct str plain = { .p = (const char *)bytes, .n = sizeof(bytes) };
	int64_t step;

	TRY(base32_read(secret, bytes));
	enum err e = match(plain, 0, code, now, &step);

	if (e == ERR_DENIED)
		return ERR_INVALID;
	TRY(e);
	TRY(db_run(db, "UPDATE person SET totp_secret = ?2, totp_step = ?3 WHERE id = ?1",
	    DB_INT(user), DB_BLOB(auth_seal(a, key, "totp____", 1, plain)), DB_INT(step)));
	sodium_memzero(bytes, sizeof(bytes));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

#define RECOVERY_BYTES 10

/* As people type it: capitals, blanks and hyphens do not matter. */
static const char *
recovery_hash(struct arena *a, int64_t user, struct str code)
{
	struct buf *b = buf_new(a, 128);

	buf_printf(b, "recovery %lld ", (long long)user);
	for (size_t i = 0; i < code.n && i < 64; i++) {
		if (code.p[i] != ' ' && code.p[i] != '-')
			buf_char(b, str_lower(code.p[i]));
	}
	return auth_secret_hash(a, buf_view(b));
}

enum err
totp_recovery_make(struct db *db, struct arena *a, int64_t user, int64_t now, struct value *list)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

	TRY(db_run(db, "DELETE FROM recovery_code WHERE person_id = ?1", DB_INT(user)));
	for (int i = 0; i < TOTP_RECOVERY_CODES; i++) {
		unsigned char bytes[RECOVERY_BYTES * 8 / 5];
		char text[sizeof(bytes) + sizeof(bytes) / 4];
		size_t n = 0;

		rand_bytes(bytes, sizeof(bytes));
		for (size_t k = 0; k < sizeof(bytes); k++) {
			if (k > 0 && k % 4 == 0)
				text[n++] = '-';
			text[n++] = letters[bytes[k] & 31];
		}
		const struct str code = { text, n };

		TRY(db_run(db,
		    "INSERT INTO recovery_code (code_hash, person_id, created_at) VALUES (?1, ?2, ?3)",
		    DB_TEXT(recovery_hash(a, user, code)), DB_INT(user), DB_INT(now)));
		value_add_text(a, list, arena_cstr(a, code));
		sodium_memzero(bytes, sizeof(bytes));
	}
	return OK;
}

enum err
totp_recovery_left(struct db *db, int64_t user, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COUNT(*) FROM recovery_code WHERE person_id = ?1", DB_INT(user)));
	*ret = db_int(q, 0);
	return db_end(q);
}

enum err
totp_recovery_use(struct db *db, struct arena *a, int64_t user, struct str code)
{
	TRY(db_run(db, "DELETE FROM recovery_code WHERE code_hash = ?1 AND person_id = ?2",
	    DB_TEXT(recovery_hash(a, user, code)), DB_INT(user)));
	return db_changed(db) == 1 ? OK : ERR_DENIED;
}

enum err
totp_remove(struct db *db, int64_t user)
{
	TRY(db_run(db, "DELETE FROM recovery_code WHERE person_id = ?1", DB_INT(user)));
	TRY(db_run(db, "UPDATE person SET totp_secret = NULL, totp_step = 0 WHERE id = ?1",
	    DB_INT(user)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}
