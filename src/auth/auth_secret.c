/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "auth/auth_scope.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/rand.h"

const char *
auth_secret_new(struct arena *a)
{
	char bytes[32];

	rand_bytes(bytes, sizeof(bytes));
	return base64_url_format(a, (struct str){ bytes, sizeof(bytes) });
}

const char *
auth_secret_hash(struct arena *a, struct str secret)
{
	unsigned char hash[32];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)secret.p, secret.n, NULL, 0);
	return hex_format(a, hash, sizeof(hash));
}

struct str
auth_seal(struct arena *a, const unsigned char key[32], const char *context, uint64_t number,
    struct str plain)
{
	unsigned char subkey[crypto_secretbox_KEYBYTES];
	const size_t n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.n;
	unsigned char *out = arena_alloc(a, n);

	crypto_kdf_derive_from_key(subkey, sizeof(subkey), number, context, key);
	rand_bytes(out, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, (const unsigned char *)plain.p,
	    plain.n, out, subkey);
	sodium_memzero(subkey, sizeof(subkey));
	return (struct str){ .p = (const char *)out, .n = n };
}

enum err
auth_unseal(struct arena *a, const unsigned char key[32], const char *context, uint64_t number,
    struct str sealed, struct str *ret)
{
	unsigned char subkey[crypto_secretbox_KEYBYTES];
	const size_t least = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

	if (sealed.n < least)
		return ERR_INVALID;

	const unsigned char *in = (const unsigned char *)sealed.p;
	char *out = arena_alloc(a, sealed.n - least + 1);

	crypto_kdf_derive_from_key(subkey, sizeof(subkey), number, context, key);

	int rc = crypto_secretbox_open_easy((unsigned char *)out, in + crypto_secretbox_NONCEBYTES,
	    sealed.n - crypto_secretbox_NONCEBYTES, in, subkey);

	sodium_memzero(subkey, sizeof(subkey));
	if (rc != 0)
		return ERR_INVALID;
	*ret = (struct str){ .p = out, .n = sealed.n - least };
	return OK;
}
