/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/journal_chain.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"

#define SIGNED_SIZE (4 + 24 + 8 + 8 + JOURNAL_HASH)

static void
add_u32(crypto_generichash_state *h, size_t v)
{
	unsigned char b[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
		(unsigned char)(v >> 8), (unsigned char)v };

	crypto_generichash_update(h, b, sizeof(b));
}

static void
put_i64(unsigned char b[8], int64_t v)
{
	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
}

static void
add_i64(crypto_generichash_state *h, int64_t v)
{
	unsigned char b[8];

	put_i64(b, v);
	crypto_generichash_update(h, b, sizeof(b));
}

static void
add_text(crypto_generichash_state *h, struct str s)
{
	add_u32(h, s.n);
	crypto_generichash_update(h, (const unsigned char *)s.p, s.n);
}

void
journal_chain_payload(
    unsigned char ret[JOURNAL_HASH], const unsigned char salt[JOURNAL_SALT], struct str payload)
{
	crypto_generichash(ret, JOURNAL_HASH, (const unsigned char *)payload.p, payload.n, salt,
	    JOURNAL_SALT);
}

void
journal_chain_digest(unsigned char ret[JOURNAL_HASH], const struct journal_row *row)
{
	crypto_generichash_state h;
	const unsigned char has = row->payload != NULL;

	crypto_generichash_init(&h, NULL, 0, JOURNAL_HASH);
	add_text(&h, STR("tobiguchi journal entry 1"));
	add_i64(&h, row->at);
	add_i64(&h, row->actor);
	add_text(&h, row->actor_name);
	add_text(&h, row->action);
	add_text(&h, row->object);
	add_i64(&h, row->object_id);
	add_text(&h, row->also);
	add_i64(&h, row->also_id);
	crypto_generichash_update(&h, &has, 1);
	if (has)
		crypto_generichash_update(&h, row->payload, JOURNAL_HASH);
	crypto_generichash_final(&h, ret, JOURNAL_HASH);
}

void
journal_chain_next(struct journal_head *head, int64_t id, const unsigned char digest[JOURNAL_HASH])
{
	crypto_generichash_state h;

	head->seal++;
	crypto_generichash_init(&h, NULL, 0, JOURNAL_HASH);
	add_text(&h, STR("tobiguchi journal head 1"));
	crypto_generichash_update(&h, head->hash, JOURNAL_HASH);
	add_i64(&h, head->seal);
	add_i64(&h, id);
	crypto_generichash_update(&h, digest, JOURNAL_HASH);
	crypto_generichash_final(&h, head->hash, JOURNAL_HASH);
}

void
journal_key_init(struct journal_key *ret, const unsigned char key[32])
{
	unsigned char seed[crypto_sign_SEEDBYTES];

	if (sodium_init() < 0)
		abort(); /* no random numbers on this machine */
	crypto_kdf_derive_from_key(seed, sizeof(seed), 1, "journal_", key);
	crypto_sign_seed_keypair(ret->public_key, ret->secret_key, seed);
	sodium_memzero(seed, sizeof(seed));
}

/* What the signature of a head covers. */
static void
signed_bytes(unsigned char ret[SIGNED_SIZE], const struct journal_head *head, int64_t at)
{
	memcpy(ret, "\0\0\0\x18tobiguchi journal sign 1", 28);
	put_i64(ret + 28, head->seal);
	put_i64(ret + 36, at);
	memcpy(ret + 44, head->hash, JOURNAL_HASH);
}

const char *
journal_heads_line(
    struct arena *a, const struct journal_key *key, const struct journal_head *head, int64_t now)
{
	unsigned char bytes[SIGNED_SIZE], signature[crypto_sign_BYTES];

	signed_bytes(bytes, head, now);
	crypto_sign_detached(signature, NULL, bytes, sizeof(bytes), key->secret_key);
	return arena_printf(a, "%lld %lld %s %s", (long long)head->seal, (long long)now,
	    hex_format(a, head->hash, sizeof(head->hash)),
	    hex_format(a, signature, sizeof(signature)));
}

enum err
journal_chain_line_parse(struct str line, const unsigned char public_key[32],
    struct journal_head *ret, int64_t *ret_at)
{
	unsigned char bytes[SIGNED_SIZE], signature[crypto_sign_BYTES];
	struct journal_head head;
	struct str part[5];
	size_t n = 0;
	int64_t at;

	while (n < COUNT(part) && str_split(&line, ' ', &part[n]))
		n++;
	if (n != 4 || !str_int(part[0], 1, INT64_MAX, &head.seal) ||
	    !str_int(part[1], 0, INT64_MAX, &at))
		return ERR_INVALID;
	TRY(hex_parse(part[2], head.hash, sizeof(head.hash)));
	TRY(hex_parse(part[3], signature, sizeof(signature)));

	signed_bytes(bytes, &head, at);
	if (crypto_sign_verify_detached(signature, bytes, sizeof(bytes), public_key) != 0)
		return ERR_DENIED;
	*ret = head;
	*ret_at = at;
	return OK;
}
