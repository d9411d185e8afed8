/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha1.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct sha1 {
	uint32_t h[5];
	uint64_t bytes;
	unsigned char block[64];
};

static uint32_t
left(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void
compress(struct sha1 *s)
{
	uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)s->block[4 * i] << 24 | (uint32_t)s->block[4 * i + 1] << 16 |
		    (uint32_t)s->block[4 * i + 2] << 8 | s->block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
		uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
		uint32_t t = left(a, 5) + f + e + k + w[i];

		e = d;
		d = c;
		c = left(b, 30);
		b = a;
		a = t;
	}
	s->h[0] += a;
	s->h[1] += b;
	s->h[2] += c;
	s->h[3] += d;
	s->h[4] += e;
}

static void
add(struct sha1 *s, unsigned char byte)
{
	s->block[s->bytes++ % 64] = byte;
	if (s->bytes % 64 == 0)
		compress(s);
}

void
sha1(const struct str *part, size_t n, unsigned char ret[SHA1_BYTES])
{
	struct sha1 s = { .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
	uint64_t bits;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < part[i].n; k++)
			add(&s, (unsigned char)part[i].p[k]);
	}
	bits = s.bytes * 8;
	add(&s, 0x80);
	while (s.bytes % 64 != 56)
		add(&s, 0);
	for (int i = 56; i >= 0; i -= 8)
		add(&s, (unsigned char)(bits >> i));
	for (int i = 0; i < SHA1_BYTES; i++)
		ret[i] = (unsigned char)(s.h[i / 4] >> (24 - 8 * (i % 4)));
}
