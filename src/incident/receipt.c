/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/receipt.h"

#include <sodium.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/rand.h"
#include "base/utf8.h"

#define MARK 22 /* characters: 16 random bytes */
#define LETTERS 16
#define MAC 16

enum { KEY_IMPORT = 1, KEY_PASSPHRASE, KEY_SIGN };

/* No l, o, 0, 1: read aloud and copied by hand. */
static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

const char *
receipt_mark(struct arena *a)
{
	char bytes[16];

	rand_bytes(bytes, sizeof(bytes));
	return base64_url_format(a, (struct str){ bytes, sizeof(bytes) });
}

bool
receipt_mark_valid(struct str mark)
{
	for (size_t i = 0; i < mark.n; i++) {
		if (!str_is_alnum(mark.p[i]) && mark.p[i] != '-' && mark.p[i] != '_')
			return false;
	}
	return mark.n == MARK;
}

/* BLAKE2b of ${s} under subkey ${number} of the server's key. */
static void
keyed(const unsigned char key[32], uint64_t number, struct str s, unsigned char *ret, size_t n)
{
	unsigned char subkey[32];

	crypto_kdf_derive_from_key(subkey, sizeof(subkey), number, "receipt_", key);
	crypto_generichash(ret, n, (const unsigned char *)s.p, s.n, subkey, sizeof(subkey));
	sodium_memzero(subkey, sizeof(subkey));
}

const char *
receipt_import_key(struct arena *a, const unsigned char key[32], struct str mark)
{
	unsigned char hash[16];

	keyed(key, KEY_IMPORT, mark, hash, sizeof(hash));
	return arena_printf(a, "form/%s", hex_format(a, hash, sizeof(hash)));
}

const char *
receipt_passphrase(struct arena *a, const unsigned char key[32], struct str mark)
{
	struct buf *b = buf_new(a, 64);
	unsigned char hash[16];

	keyed(key, KEY_PASSPHRASE, mark, hash, sizeof(hash));
	for (size_t i = 0; i < LETTERS; i++) {
		if (i > 0 && i % 4 == 0)
			buf_char(b, '-');
		buf_char(b, letters[hash[i] % 32]);
	}
	return buf_cstr(a, b);
}

const char *
receipt_hash(struct arena *a, struct str passphrase)
{
	struct str s = utf8_fold(a, utf8_clean(a, passphrase));
	struct buf *b = buf_new(a, s.n + 1);
	unsigned char hash[32];

	for (size_t i = 0; i < s.n; i++) {
		if (str_is_alnum(s.p[i]))
			buf_char(b, s.p[i]);
	}
	struct str bare = buf_view(b);

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)bare.p, bare.n, NULL, 0);
	return hex_format(a, hash, sizeof(hash));
}

bool
receipt_hash_equal(const char *stored, const char *given)
{
	size_t n = stored == NULL ? 0 : strlen(stored);

	return n > 0 && given != NULL && strlen(given) == n && sodium_memcmp(stored, given, n) == 0;
}

static const char *
mac_of(struct arena *a, const unsigned char key[32], const char *what, struct str text)
{
	unsigned char mac[MAC];
	const char *all = arena_printf(a, "%s\n%.*s", what, STR_F(text));

	keyed(key, KEY_SIGN, str_of(all), mac, sizeof(mac));
	return hex_format(a, mac, sizeof(mac));
}

const char *
receipt_sign(struct arena *a, const unsigned char key[32], const char *what, const char *text,
    int64_t until)
{
	const char *dated = arena_printf(a, "%lld.%s", (long long)until, text);

	return arena_printf(a, "%s.%s", mac_of(a, key, what, str_of(dated)), dated);
}

const char *
receipt_open(struct arena *a, const unsigned char key[32], const char *what, struct str s, int64_t now)
{
	struct str mac, date;
	int64_t until;

	if (!str_split(&s, '.', &mac) || !receipt_hash_equal(mac_of(a, key, what, s), arena_cstr(a, mac)))
		return NULL;
	if (!str_split(&s, '.', &date) || !str_int(date, 0, INT64_MAX, &until) ||
	    (until != 0 && now > until))
		return NULL;
	return arena_cstr(a, s);
}
