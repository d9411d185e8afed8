/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16 * 1024)
#define ALIGN ((size_t)16)
/* Kept at a reset for the next request, so that a page takes no memory from the
 * system and gives none back. */
#define SPARE_SIZE ((size_t)512 * 1024)

struct block {
	struct block *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(16) unsigned char data[]; /* zeros from ${used} on */
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *object;
};

struct arena {
	struct block *head; /* the one we fill */
	struct block *first;
	struct block *spare; /* empty ones, larger first */
	size_t spare_size;
	struct deferred *deferred;
	size_t used;
};

static void
out_of_memory(void)
{
	(void)fputs("out of memory\n", stderr); /* nothing else can be done */
	abort();
}

static struct block *
block_new(size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL)
		out_of_memory();
	b->size = size;
	return b;
}

static void
clear(struct block *b)
{
	memset(b->data, 0, b->used);
	b->used = 0;
}

/* One that ${n} bytes fit into. */
static struct block *
block_next(struct arena *a, size_t n)
{
	for (struct block **b = &a->spare; *b != NULL; b = &(*b)->next) {
		struct block *found = *b;

		if (found->size < n)
			continue;
		*b = found->next;
		a->spare_size -= found->size;
		return found;
	}
	size_t size = a->head->size * 2;

	if (size > 1024 * 1024)
		size = 1024 * 1024;
	return block_new(size < n ? n : size);
}

struct arena *
arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		out_of_memory();
	a->first = a->head = block_new(BLOCK_SIZE);
	return a;
}

static void
run_deferred(struct arena *a)
{
	while (a->deferred != NULL) {
		struct deferred *d = a->deferred;

		a->deferred = d->next;
		d->fn(d->object);
	}
}

static void
blocks_free(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_reset(struct arena *a)
{
	run_deferred(a);
	while (a->head != a->first) {
		struct block *b = a->head;

		a->head = b->next;
		if (a->spare_size + b->size > SPARE_SIZE) {
			free(b);
			continue;
		}
		clear(b);
		b->next = a->spare;
		a->spare = b;
		a->spare_size += b->size;
	}
	clear(a->first);
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	run_deferred(a);
	blocks_free(a->head);
	blocks_free(a->spare);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->head;

	if (n > SIZE_MAX / 2)
		out_of_memory();
	n = (n + ALIGN - 1) & ~(ALIGN - 1);
	if (n == 0)
		n = ALIGN;
	if (b->size - b->used < n) {
		b = block_next(a, n);
		b->next = a->head;
		a->head = b;
	}
	void *p = b->data + b->used;
	b->used += n;
	a->used += n;
	return p;
}

char *
arena_dupn(struct arena *a, const char *p, size_t n)
{
	if (p == NULL)
		return NULL;
	char *copy = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

char *
arena_dup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_dupn(a, s, strlen(s));
}

struct str
arena_str(struct arena *a, struct str s)
{
	return (struct str){ .p = arena_dupn(a, s.p, s.n), .n = s.n };
}

const char *
arena_cstr(struct arena *a, struct str s)
{
	return arena_dupn(a, s.p == NULL ? "" : s.p, s.n);
}

char *
arena_vprintf(struct arena *a, const char *format, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), format, ap);

	if (n < 0)
		out_of_memory();
	char *s = arena_alloc(a, (size_t)n + 1);

	if ((size_t)n < sizeof(small))
		memcpy(s, small, (size_t)n + 1);
	else
		(void)vsnprintf(s, (size_t)n + 1, format, again); /* fits */
	va_end(again);
	return s;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *s = arena_vprintf(a, format, ap);
	va_end(ap);
	return s;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *object)
{
	struct deferred *d = arena_alloc(a, sizeof(*d));

	d->fn = fn;
	d->object = object;
	d->next = a->deferred;
	a->deferred = d;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

void *
arena_room(struct arena *a, void *list, size_t n, size_t each)
{
	if ((n & (n - 1)) != 0)
		return list;
	void *more = arena_alloc(a, (n == 0 ? 1 : n * 2) * each);

	if (n > 0)
		memcpy(more, list, n * each);
	return more;
}
