/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problems.h - what the user got wrong, all of it at once.
 *
 * A check adds one line for each fault and goes on; the page shows each at
 * its field and the API lists them (RFC 9457 "errors").
 */
#ifndef BASE_PROBLEMS_H
#define BASE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct problem {
	const char *field;   /* the form's field name, "" for the whole form */
	const char *message; /* English msgid; {name} places are filled by: */
	const char *name;    /* value for {value}, or NULL */
	struct problem *next;
};

struct problems {
	struct arena *a;
	struct problem *first, **last;
	size_t n;
};

void problems_init(struct problems *p, struct arena *a);

/*
 * ${message} is an English sentence that stands in the catalogue (mark it
 * N_()); ${value}, may be NULL, replaces "{value}" in it.
 */
void problems_add(struct problems *p, const char *field, const char *message,
    const char *value);
/* "a, b, c" of a list that NULL ends: for "{value}" of what is allowed. */
const char *problems_names(struct arena *a, const char *const *names);
bool problems_any(const struct problems *p);
bool problems_at(const struct problems *p, const char *field);

#endif
