/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/segment_code.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zstd.h>

#define LEVEL 1
/* In numbers little repeats itself but for long: looking for short repetitions costs time and room. */
#define NUMBERS_REPEAT 7 /* bytes at least */
#define NUMBERS_LOOK 8	 /* bits of places to look at */
#define SLACK 8 /* bytes that may be read behind the bits */

/* Little endian, whatever the machine is. */
static inline uint64_t
load64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline uint32_t
load32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

/*
 * Rows and sources are read in an order that is not theirs. With pages of 4 KiB most reads would
 * first have to ask where the page is.
 */
void *
segment_large(void *p, size_t n)
{
	uintptr_t from = ((uintptr_t)p + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1), to = ((uintptr_t)p + n) & ~(uintptr_t)(LARGE_PAGE - 1);

	if (from < to)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE); /* without, it is only slower */
	return p;
}

/* XXH64 */

#define P1 UINT64_C(0x9e3779b185ebca87)
#define P2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define P3 UINT64_C(0x165667b19e3779f9)
#define P4 UINT64_C(0x85ebca77c2b2ae63)
#define P5 UINT64_C(0x27d4eb2f165667c5)

static inline uint64_t
rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static inline uint64_t
lane(uint64_t acc, uint64_t input)
{
	return rotate(acc + input * P2, 31) * P1;
}

uint64_t
segment_hash(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = P5;

	if (n >= 32) {
		uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;

		for (size_t left = n; left >= 32; left -= 32, p += 32) {
			a = lane(a, load64(p));
			b = lane(b, load64(p + 8));
			c = lane(c, load64(p + 16));
			d = lane(d, load64(p + 24));
		}
		h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
		h = (h ^ lane(0, a)) * P1 + P4;
		h = (h ^ lane(0, b)) * P1 + P4;
		h = (h ^ lane(0, c)) * P1 + P4;
		h = (h ^ lane(0, d)) * P1 + P4;
	}
	h += n;
	n &= 31;
	for (; n >= 8; n -= 8, p += 8)
		h = rotate(h ^ lane(0, load64(p)), 27) * P1 + P4;
	if (n >= 4) {
		h = rotate(h ^ load32(p) * P1, 23) * P2 + P3;
		p += 4;
		n -= 4;
	}
	for (; n > 0; n--, p++)
		h = rotate(h ^ *p * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}

struct segment_code {
	ZSTD_CCtx *in, *numbers;
	ZSTD_DCtx *out;
	unsigned char *got; /* what segment_get() unpacked */
	size_t got_size;
	unsigned char *work; /* what the put functions make of numbers */
	size_t work_size;
};

struct segment_code *
segment_code_new(void)
{
	struct segment_code *k = calloc(1, sizeof(*k));

	if (k == NULL)
		abort(); /* as the arena does */
	return k;
}

void
segment_code_free(struct segment_code *k)
{
	if (k == NULL)
		return;
	ZSTD_freeCCtx(k->in);
	ZSTD_freeCCtx(k->numbers);
	ZSTD_freeDCtx(k->out);
	free(k->got);
	free(k->work);
	free(k);
}

static unsigned char *
room(unsigned char **p, size_t *size, size_t n)
{
	if (*size < n) {
		free(*p);
		*p = malloc(n);
		if (*p == NULL)
			abort(); /* as the arena does */
		*size = n;
	}
	return *p;
}

static inline void
store64(unsigned char *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, 8);
}

static void
put32(unsigned char *p, size_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static ZSTD_CCtx *
squeezer(ZSTD_CCtx **c, bool numbers)
{
	if (*c != NULL)
		return *c;
	*c = ZSTD_createCCtx();
	if (*c == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(*c, ZSTD_c_compressionLevel, LEVEL)))
		abort(); /* as the arena does */
	if (numbers && (ZSTD_isError(ZSTD_CCtx_setParameter(*c, ZSTD_c_minMatch, NUMBERS_REPEAT)) ||
			   ZSTD_isError(ZSTD_CCtx_setParameter(*c, ZSTD_c_hashLog, NUMBERS_LOOK))))
		abort(); /* they are constants that it knows */
	return *c;
}

/* ${c}: by which of the two; NULL: as it is. */
static void
put(struct buf *out, ZSTD_CCtx *c, const void *p, size_t n)
{
	size_t bound = ZSTD_compressBound(n), got = 0;
	unsigned char *to;

	if (!buf_room(out, 8 + bound))
		return; /* the buffer tells at its end */
	to = (unsigned char *)out->p + out->n;
	if (c != NULL && n > 16) {
		got = ZSTD_compress2(c, to + 8, bound, p, n);
		if (ZSTD_isError(got) || got >= n)
			got = 0;
	}
	if (got == 0 && n > 0)
		memcpy(to + 8, p, n);
	put32(to, n);
	put32(to + 4, got == 0 ? n : got);
	out->n += 8 + (got == 0 ? n : got);
}

void
segment_put(struct segment_code *k, struct buf *out, const void *p, size_t n, bool squeeze)
{
	put(out, squeeze ? squeezer(&k->in, false) : NULL, p, n);
}

static void
put_numbers(struct segment_code *k, struct buf *out, const void *p, size_t n)
{
	put(out, squeezer(&k->numbers, true), p, n);
}

enum err
segment_get(struct segment_code *k, struct str *frame, size_t max, struct str *ret)
{
	const unsigned char *p = (const unsigned char *)frame->p;
	size_t n, stored;

	if (frame->n < 8)
		return ERR_INVALID;
	n = load32(p);
	stored = load32(p + 4);
	if (n > max || stored > n || stored > frame->n - 8)
		return ERR_INVALID;
	*ret = (struct str){ frame->p + 8, n };
	if (stored < n) {
		if (k->out == NULL)
			k->out = ZSTD_createDCtx();
		if (k->out == NULL)
			abort(); /* as the arena does */
		(void)room(&k->got, &k->got_size, n + SLACK);
		if (ZSTD_decompressDCtx(k->out, k->got, n, p + 8, stored) != n)
			return ERR_INVALID;
		ret->p = (const char *)k->got;
	}
	*frame = str_skip(*frame, 8 + stored);
	return OK;
}

enum err
segment_skip(struct str *frame)
{
	size_t stored;

	if (frame->n < 8)
		return ERR_INVALID;
	stored = load32((const unsigned char *)frame->p + 4);
	if (stored > frame->n - 8)
		return ERR_INVALID;
	*frame = str_skip(*frame, 8 + stored);
	return OK;
}

/* Sizes */

void
segment_put_sizes(struct segment_code *k, struct buf *out, const uint32_t *v, size_t n)
{
	unsigned char *size = room(&k->work, &k->work_size, n * 5 + 2 * SLACK), *bits = size + n, *at = bits;
	uint64_t word = 0;
	unsigned used = 0; /* bits of it, fewer than eight between numbers */

	/* Without a jump that depends on the numbers: they are noise. */
	for (size_t i = 0; i < n; i++) {
		unsigned below = 31 - (unsigned)__builtin_clz(v[i] | 1); /* bits under the highest */

		size[i] = (unsigned char)(below + (v[i] > 0));
		word |= (uint64_t)(v[i] ^ (UINT32_C(1) << below) * (v[i] > 0)) << used;
		used += below;
		store64(at, word);
		at += used / 8;
		word >>= used & ~7U;
		used &= 7;
	}
	if (used > 0)
		*at++ = (unsigned char)word;
	put_numbers(k, out, size, n);
	segment_put(k, out, bits, (size_t)(at - bits), false);
}

/* How many bits stand below the highest of each, all together; and the largest size. */
WIDE static uint64_t
sum_sizes(const unsigned char *size, size_t n, unsigned *ret_largest)
{
	unsigned largest = 0;
	uint64_t all = 0;

	/* In pieces whose sum fits in 32 bits: those can be added many at a time. */
	for (size_t from = 0; from < n; from += 65536) {
		size_t to = n - from < 65536 ? n : from + 65536;
		uint32_t sum = 0;

		for (size_t i = from; i < to; i++) {
			largest = size[i] > largest ? size[i] : largest;
			sum += (uint32_t)size[i] - (size[i] > 0);
		}
		all += sum;
	}
	*ret_largest = largest;
	return all;
}

/* Of each size: the bits below the highest, as a mask, their number, and the highest itself. */
static const struct size {
	uint32_t mask, one, below;
} sizes[33] = {
#define SIZE(s) { (UINT32_C(1) << ((s) - 1)) - 1, UINT32_C(1) << ((s) - 1), (s) - 1 }
	{ 0, 0, 0 }, SIZE(1), SIZE(2), SIZE(3), SIZE(4), SIZE(5), SIZE(6), SIZE(7), SIZE(8), SIZE(9), SIZE(10), SIZE(11), SIZE(12),
	SIZE(13), SIZE(14), SIZE(15), SIZE(16), SIZE(17), SIZE(18), SIZE(19), SIZE(20), SIZE(21), SIZE(22), SIZE(23), SIZE(24),
	SIZE(25), SIZE(26), SIZE(27), SIZE(28), SIZE(29), SIZE(30), SIZE(31), SIZE(32),
};

enum err
segment_sizes_open(struct segment_code *k, struct str *frame, size_t n, struct segment_sizes *ret)
{
	unsigned char *size;
	struct str part;
	unsigned largest;

	TRY(segment_get(k, frame, n, &part));
	if (part.n != n)
		return ERR_INVALID;
	size = room(&k->work, &k->work_size, n + SLACK + 4 * n + SLACK);
	if (n > 0)
		memcpy(size, part.p, n);
	TRY(segment_get(k, frame, 4 * n, &part));
	if (part.n != (sum_sizes(size, n, &largest) + 7) / 8 || largest > 32)
		return ERR_INVALID;
	if (part.n > 0) /* so that eight bytes can be read at any of them */
		memcpy(size + n, part.p, part.n);
	memset(size + n + part.n, 0, SLACK);
	*ret = (struct segment_sizes){ size, size + n, n, part.n };
	return OK;
}

uint64_t
segment_sizes_before(const struct segment_sizes *z, size_t i)
{
	unsigned ignored;

	return sum_sizes(z->size, i, &ignored);
}

bool
segment_sizes_next(const struct segment_sizes *z, size_t i, uint64_t *bit, uint32_t *ret)
{
	const struct size *s;

	if (i >= z->n || *bit >> 3 > z->bytes)
		return false;
	s = &sizes[z->size[i]];
	*ret = ((uint32_t)(load64(z->bits + (*bit >> 3)) >> (*bit & 7)) & s->mask) | s->one;
	*bit += s->below;
	return true;
}

enum err
segment_get_some_sizes(struct segment_code *k, struct str *frame, uint32_t *ret, size_t n, size_t from, size_t to)
{
	struct segment_sizes z;
	uint64_t at;

	TRY(segment_sizes_open(k, frame, n, &z));
	at = segment_sizes_before(&z, from);
	for (size_t i = from; i < to; i++) {
		const struct size *s = &sizes[z.size[i]];

		ret[i] = ((uint32_t)(load64(z.bits + (at >> 3)) >> (at & 7)) & s->mask) | s->one;
		at += s->below;
	}
	return OK;
}

enum err
segment_get_sizes(struct segment_code *k, struct str *frame, uint32_t *ret, size_t n)
{
	return segment_get_some_sizes(k, frame, ret, n, 0, n);
}

/* Planes */

WIDE static void
plane(unsigned char *restrict p, const uint32_t *restrict v, size_t n, unsigned shift)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(v[i] >> shift);
}

void
segment_put_planes(struct segment_code *k, struct buf *out, const uint32_t *v, size_t n, unsigned width)
{
	unsigned char *p = room(&k->work, &k->work_size, n + SLACK);

	for (unsigned b = 0; b < width; b++) {
		plane(p, v, n, 8 * b);
		put_numbers(k, out, p, n);
	}
}

enum err
segment_get_planes(struct segment_code *k, struct str *frame, uint32_t *ret, size_t n, unsigned width)
{
	for (unsigned b = 0; b < width; b++) {
		const unsigned char *p;
		struct str part;

		TRY(segment_get(k, frame, n, &part));
		if (part.n != n)
			return ERR_INVALID;
		p = (const unsigned char *)part.p;
		if (b == 0) {
			for (size_t i = 0; i < n; i++)
				ret[i] = p[i];
		} else {
			for (size_t i = 0; i < n; i++)
				ret[i] |= (uint32_t)p[i] << (8 * b);
		}
	}
	return OK;
}

/* Bits */

void
segment_put_bits(struct segment_code *k, struct buf *out, const uint64_t *bits, size_t n)
{
	size_t bytes = (n + 7) / 8;
	unsigned char *p = room(&k->work, &k->work_size, bytes + SLACK);

	for (size_t i = 0; i < bytes; i += 8)
		store64(p + i, bits[i / 8]);
	put_numbers(k, out, p, bytes);
}

enum err
segment_get_bits(struct segment_code *k, struct str *frame, uint64_t *ret, size_t n)
{
	size_t bytes = (n + 7) / 8;
	struct str part;

	TRY(segment_get(k, frame, bytes, &part));
	if (part.n != bytes || (n % 8 != 0 && (unsigned char)part.p[bytes - 1] >> (n % 8) != 0))
		return ERR_INVALID;
	memset(ret, 0, (n + 63) / 64 * 8);
	if (bytes > 0)
		memcpy(ret, part.p, bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (size_t i = 0; i < (n + 63) / 64; i++)
		ret[i] = __builtin_bswap64(ret[i]);
#endif
	return OK;
}

size_t
segment_count_bits(const uint64_t *bits, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < (n + 63) / 64; i++)
		c += (size_t)__builtin_popcountll(bits[i]);
	return c;
}

void
segment_put_number(struct buf *out, uint64_t v)
{
	for (; v >= 128; v >>= 7)
		buf_char(out, (char)(v & 127) | (char)-128);
	buf_char(out, (char)v);
}

bool
segment_get_number(struct str *s, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 10 && i < s->n; i++) {
		unsigned char c = (unsigned char)s->p[i];

		if (i == 9 && c > 1)
			return false;
		v |= (uint64_t)(c & 127) << (7 * i);
		if (c < 128) {
			*s = str_skip(*s, i + 1);
			*ret = v;
			return true;
		}
	}
	return false;
}
