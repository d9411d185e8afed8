/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/simhash.h"

#include <stdbool.h>

#include "base/utf8.h"

/* Spread the bits of ${x}; the finisher of SplitMix64. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t
fold(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e) /* full-width ASCII */
		c -= 0xfee0;
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool
is_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x2000);
}

/* Han, kana, Hangul: each character is a token. */
static bool
is_character(uint32_t c)
{
	return (c >= 0x3041 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
	    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
	    (c >= 0xff66 && c <= 0xff9d) || (c >= 0x20000 && c <= 0x3ffff);
}

struct votes {
	int64_t bit[64];
	uint64_t before; /* the token before, 0 at first */
	uint64_t tokens;
};

static void
vote(struct votes *v, uint64_t token)
{
	uint64_t pair = mix(token + UINT64_C(0x9e3779b97f4a7c15) * v->before);

	for (int i = 0; i < 64; i++)
		v->bit[i] += (pair >> i & 1) != 0 ? 1 : -1;
	v->before = token;
	v->tokens++;
}

uint64_t
simhash_of(struct str text)
{
	struct votes v = { .tokens = 0 };
	uint64_t word = 0, hash = 0;

	while (text.n > 0) {
		uint32_t c = fold(utf8_next(&text));

		if (is_word(c)) {
			word = mix(word * 31 + c + 1);
			continue;
		}
		if (word != 0)
			vote(&v, word);
		word = 0;
		if (is_character(c))
			vote(&v, mix(c));
	}
	if (word != 0)
		vote(&v, word);
	for (int i = 0; i < 64; i++)
		hash |= (uint64_t)(v.bit[i] > 0) << i;
	/* 0 is kept for "no words". */
	return v.tokens > 0 && hash == 0 ? 1 : hash;
}

int
simhash_distance(uint64_t x, uint64_t y)
{
	return __builtin_popcountll(x ^ y);
}
