/* SPDX-License-Identifier: Apache-2.0 */
#include "base/problems.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

void
problems_init(struct problems *p, struct arena *a)
{
	*p = (struct problems){ .a = a };
	p->last = &p->first;
}

void
problems_add(struct problems *p, const char *field, const char *message,
    const char *value)
{
	struct problem *x = arena_one(p->a, struct problem);

	x->field = arena_dup(p->a, field);
	x->message = message;
	x->name = arena_dup(p->a, value);
	*p->last = x;
	p->last = &x->next;
	p->n++;
}

const char *
problems_names(struct arena *a, const char *const *names)
{
	struct buf *b = buf_new(a, 4096);

	for (size_t i = 0; names[i] != NULL; i++)
		buf_printf(b, "%s%s", i == 0 ? "" : ", ", names[i]);
	return buf_cstr(a, b);
}

bool
problems_any(const struct problems *p)
{
	return p->n > 0;
}

bool
problems_at(const struct problems *p, const char *field)
{
	for (const struct problem *x = p->first; x != NULL; x = x->next) {
		if (strcmp(x->field, field) == 0)
			return true;
	}
	return false;
}
