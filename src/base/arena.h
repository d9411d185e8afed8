/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory with the lifetime of one request, job or command.
 *
 * Take it first (${a}), return memory from it, never free single pieces.
 * Allocation does not fail from the caller's view: when the machine has no
 * memory left the process ends and the parent restarts it.  What an outsider
 * can make large is refused before (base/limit.h).
 * An arena belongs to one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* runs what arena_defer() was given */
AUTO_DEFINE(arena)

/* Forget everything in ${a} but keep its first block for the next request. */
void arena_reset(struct arena *a);

/* ${n} zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n)
    __attribute__((returns_nonnull, malloc));

/* Copies, always ended by a NUL byte. NULL gives NULL. */
char *arena_dup(struct arena *a, const char *s);
char *arena_dupn(struct arena *a, const char *p, size_t n);
struct str arena_str(struct arena *a, struct str s);

/* A C string of ${s}; shares nothing with it. */
const char *arena_cstr(struct arena *a, struct str s);

char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Call ${fn}(${object}) when ${a} is freed or reset; last given, first run. */
void arena_defer(struct arena *a, void (*fn)(void *), void *object);

/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

/* ${list} of ${n} elements with room for one more: itself, or a copy of twice the
 * size when ${n} is 0 or a power of two. Start with NULL and 0. */
void *arena_room(struct arena *a, void *list, size_t n, size_t each);

#define arena_one(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_many(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))

#endif
