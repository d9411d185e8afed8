/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/key.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
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
