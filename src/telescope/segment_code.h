/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment_code.h - how the numbers of a segment become few bytes, and back.
 *
 * A frame is a row of parts; a part is a length, a stored length and its bytes, as
 * they are or in one zstd frame.  Numbers are split so that what zstd can squeeze and
 * what is noise do not share a part: it would spoil both.
 * Reading checks everything: a frame may come from a damaged or foreign file.
 */
#ifndef TELESCOPE_SEGMENT_CODE_H
#define TELESCOPE_SEGMENT_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* For loops that a compiler can do on many numbers at once, when it is asked to. */
#if defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((optimize("O3")))
#else
#define WIDE
#endif

#define LARGE_PAGE 2097152
/* ${n} bytes at ${p} in large pages, where there are any. */
void *segment_large(void *p, size_t n);

/* XXH64 with seed 0 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md). */
uint64_t segment_hash(const void *p, size_t n);

/* zstd's working memory and ours; for one thread. */
struct segment_code;
struct segment_code *segment_code_new(void);
void segment_code_free(struct segment_code *k);
AUTO_DEFINE(segment_code)

/* ${n} bytes as a part of the frame ${out}; with ${squeeze} by zstd where that helps. */
void segment_put(struct segment_code *k, struct buf *out, const void *p, size_t n, bool squeeze);
/* The next part of ${frame}, which is shortened; a view of memory of ${k} until the next
 * call of this kind, or of the frame itself. ERR_INVALID, also when it is over ${max}. */
MUST_USE enum err segment_get(struct segment_code *k, struct str *frame, size_t max, struct str *ret);

/* Pass over a part. */
MUST_USE enum err segment_skip(struct str *frame);

/*
 * Numbers whose size varies: a part with each one's count of bits, one with the
 * bits below the highest. Good for distances and times.
 */
void segment_put_sizes(struct segment_code *k, struct buf *out, const uint32_t *v, size_t n);
MUST_USE enum err segment_get_sizes(struct segment_code *k, struct str *frame, uint32_t *ret, size_t n);
/* Only numbers ${from} .. ${to} of them; the others of ${ret} stay as they are. */
MUST_USE enum err segment_get_some_sizes(
    struct segment_code *k, struct str *frame, uint32_t *ret, size_t n, size_t from, size_t to);

/* The same one by one, from a number on whose bits' place is known; views until the next part is unpacked. */
struct segment_sizes {
	const unsigned char *size, *bits; /* of each, and of all behind each other */
	size_t n, bytes;
};
MUST_USE enum err segment_sizes_open(struct segment_code *k, struct str *frame, size_t n, struct segment_sizes *ret);
/* Where those of number ${i} begin. */
uint64_t segment_sizes_before(const struct segment_sizes *z, size_t i);
/* Number ${i}, whose bits begin at ${*bit}, which is moved behind them; false: there are not so many. */
bool segment_sizes_next(const struct segment_sizes *z, size_t i, uint64_t *bit, uint32_t *ret);

/* Numbers below 256 ^ ${width}, width 1..4: a part for each byte of them. */
void segment_put_planes(struct segment_code *k, struct buf *out, const uint32_t *v, size_t n, unsigned width);
MUST_USE enum err segment_get_planes(struct segment_code *k, struct str *frame, uint32_t *ret, size_t n, unsigned width);

/* Bits, lowest of each word first; what is beyond ${n} is 0. */
void segment_put_bits(struct segment_code *k, struct buf *out, const uint64_t *bits, size_t n);
MUST_USE enum err segment_get_bits(struct segment_code *k, struct str *frame, uint64_t *ret, size_t n);
size_t segment_count_bits(const uint64_t *bits, size_t n);

/* A number in one to ten bytes, seven bits each, lowest first. */
void segment_put_number(struct buf *out, uint64_t v);
bool segment_get_number(struct str *s, uint64_t *ret);

#endif
