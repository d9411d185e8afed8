/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

static void
done(void *object)
{
	buf_done(object);
}

struct buf *
buf_new(struct arena *a, size_t max)
{
	struct buf *b = arena_one(a, struct buf);

	buf_init(b, max);
	arena_defer(a, done, b);
	return b;
}

bool
buf_room(struct buf *b, size_t n)
{
	if (b->failed)
		return false;
	if (n > b->max - b->n) {
		b->failed = true;
		return false;
	}
	if (b->size - b->n >= n)
		return true;

	size_t size = b->size == 0 ? 256 : b->size;

	while (size - b->n < n)
		size *= 2;
	if (size > b->max)
		size = b->max; /* so that what is allocated may be filled */
	char *p = realloc(b->p, size);

	if (p == NULL)
		abort(); /* as in the arena: the parent restarts us */
	b->p = p;
	b->size = size;
	return true;
}

void
buf_int(struct buf *b, int64_t v)
{
	char text[24];
	size_t at = sizeof(text);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		text[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		text[--at] = '-';
	buf_add(b, text + at, sizeof(text) - at);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;

	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);

	va_end(ap);
	if (n > 0 && buf_room(b, (size_t)n + 1)) {
		(void)vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

static void
add_big_endian(struct buf *b, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		buf_char(b, (char)(v >> (8 * i)));
}

void
buf_u16(struct buf *b, uint16_t v)
{
	add_big_endian(b, v, 2);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	add_big_endian(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	add_big_endian(b, v, 8);
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

enum err
buf_error(const struct buf *b)
{
	return b->failed ? ERR_LIMIT : OK;
}

struct str
buf_view(const struct buf *b)
{
	return (struct str){ .p = b->p == NULL ? "" : b->p, .n = b->n };
}

const char *
buf_cstr(struct arena *a, const struct buf *b)
{
	return arena_cstr(a, buf_view(b));
}
