/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/key.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/limit.h"
#include "sys/files.h"

struct key {
	EVP_PKEY *pair;
};

enum err
key_open(const char *state, bool make, struct key **ret)
{
	AUTO(arena) a = arena_new();
	const char *path = arena_printf(a, "%s/key", state);
	unsigned char seed[32];

	TRY(make ? files_key_make(path, seed) : files_key_read(path, seed));
	EVP_PKEY *pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	struct key *k = calloc(1, sizeof(*k));

	explicit_bzero(seed, sizeof(seed));
	if (pair == NULL || k == NULL)
		abort(); /* no memory */
	k->pair = pair;
	*ret = k;
	return OK;
}

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pair);
	free(k);
}

void
key_public(const struct key *k, unsigned char ret[32])
{
	size_t n = 32;

	if (EVP_PKEY_get_raw_public_key(k->pair, ret, &n) != 1)
		abort(); /* every Ed25519 key has one */
}

enum err
key_sign(const struct key *k, struct str text, unsigned char ret[64])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = 64;
	bool good = c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, k->pair) == 1 &&
	    EVP_DigestSign(c, ret, &n, (const unsigned char *)text.p, text.n) == 1 && n == 64;

	EVP_MD_CTX_free(c);
	return good ? OK : ERR_IO;
}

static const char *
path_of(struct arena *a, const char *state)
{
	return arena_printf(a, "%s/identity", state);
}

enum err
identity_load(struct arena *a, const char *state, struct identity *ret)
{
	struct identity i = { .name = "", .centre = "" };
	struct str text, s;
	int64_t number = 0;

	TRY(files_read(a, path_of(a, state), LIMIT_KIB(4), &text));
	while (str_line(&text, &s)) {
		if (str_eat(&s, STR("sensor "))) {
			if (!str_int(s, 1, INT64_MAX, &number))
				return ERR_INVALID;
		} else if (str_eat(&s, STR("name "))) {
			i.name = arena_cstr(a, s);
		} else if (str_eat(&s, STR("centre "))) {
			i.centre = arena_cstr(a, s);
		} else if (str_eat(&s, STR("pin "))) {
			TRY(hex_parse(s, i.pin, sizeof(i.pin)));
			i.pinned = true;
		} else {
			return ERR_INVALID;
		}
	}
	i.sensor = (uint64_t)number;
	if (i.sensor == 0)
		return ERR_INVALID;
	*ret = i;
	return OK;
}

enum err
identity_save(const char *state, const struct identity *i)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, LIMIT_KIB(4));

	buf_printf(b, "sensor %llu\nname %s\ncentre %s\n", (unsigned long long)i->sensor, i->name, i->centre);
	if (i->pinned)
		buf_printf(b, "pin %s\n", hex_format(a, i->pin, sizeof(i->pin)));
	TRY(buf_error(b));
	return files_write(path_of(a, state), buf_view(b), 0600);
}
