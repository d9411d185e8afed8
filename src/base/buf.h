/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - bytes being written, growing up to a bound.
 *
 * The error sticks: after a write did not fit, every further one does
 * nothing, and buf_error() says so once at the end.
 * Ownership: embed one (buf_init, buf_done) or let an arena release it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

struct arena;

struct buf {
	char *p;
	size_t n;	/* written */
	size_t size;	/* allocated */
	size_t max;	/* never more than this */
	bool failed;	/* a write was refused */
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b); /* usable again after buf_init() */
/* A buffer released with ${a}. */
struct buf *buf_new(struct arena *a, size_t max);

/* Room for ${n} more bytes, to be written at ${b->p + b->n} by those few who
 * are in a hurry; false when they do not fit. */
bool buf_room(struct buf *b, size_t n);

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || ((b->failed || b->size - b->n < n) && !buf_room(b, n)))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

/* NULL adds nothing. */
static inline void
buf_text(struct buf *b, const char *s)
{
	if (s != NULL)
		buf_add(b, s, strlen(s));
}

static inline void
buf_char(struct buf *b, char c)
{
	if ((b->failed || b->size == b->n) && !buf_room(b, 1))
		return;
	b->p[b->n++] = c;
}

void buf_int(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_u16(struct buf *b, uint16_t v); /* big endian, like the wire */
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_clear(struct buf *b); /* forget the bytes and the error */

/* ERR_LIMIT when something did not fit. */
MUST_USE enum err buf_error(const struct buf *b);
/* What was written; valid until the next write. */
struct str buf_view(const struct buf *b);
/* A C string of it, in ${a}. */
const char *buf_cstr(struct arena *a, const struct buf *b);

#endif
