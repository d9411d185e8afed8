/* SPDX-License-Identifier: Apache-2.0 */
/* query_set.c - the hash tables of the questions. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/rand.h"
#include "telescope/query_priv.h"

/* Differs from process to process: nobody can choose what falls together. */
static uint64_t
hash(uint64_t a, uint64_t b)
{
	static uint64_t key;

	while (key == 0)
		rand_bytes(&key, sizeof(key));
	a = (a ^ key) * 0x9e3779b97f4a7c15;
	a ^= (a >> 32) ^ (b * 0xbf58476d1ce4e5b9);
	a *= 0x94d049bb133111eb;
	return a ^ a >> 31;
}

static void *
zeroed(size_t n, size_t each)
{
	void *p = calloc(n, each);

	if (p == NULL)
		abort(); /* as the arena does */
	return p;
}

/* An index of all groups, not more than half full. */
static void
groups_index(struct query_groups *g)
{
	uint32_t mask = g->mask == 0 ? 65535 : g->mask;

	while (g->n >= mask / 2)
		mask = mask * 2 + 1;
	if (mask != g->mask) {
		free(g->index);
		g->index = zeroed((size_t)mask + 1, sizeof(*g->index));
		g->mask = mask;
		g->indexed = 0;
	}
	for (; g->indexed < g->n; g->indexed++) {
		const struct query_group *x = &g->group[g->indexed];
		uint32_t at = (uint32_t)hash(x->key[0], x->key[1]) & mask;

		while (g->index[at] != 0)
			at = (at + 1) & mask;
		g->index[at] = g->indexed + 1;
	}
}

const struct query_group *
query_group_find(struct query_groups *g, uint64_t first, uint64_t second)
{
	groups_index(g);
	for (uint32_t at = (uint32_t)hash(first, second) & g->mask; g->index[at] != 0; at = (at + 1) & g->mask) {
		const struct query_group *x = &g->group[g->index[at] - 1];

		if (x->key[0] == first && x->key[1] == second)
			return x;
	}
	return NULL;
}

void
query_group_soon(const struct query_groups *g, uint64_t first, uint64_t second)
{
	if (g->index != NULL)
		__builtin_prefetch(&g->index[(uint32_t)hash(first, second) & g->mask]);
}

void
query_group_sooner(const struct query_groups *g, uint64_t first, uint64_t second)
{
	uint32_t i = g->index == NULL ? 0 : g->index[(uint32_t)hash(first, second) & g->mask];

	if (i != 0)
		__builtin_prefetch(&g->group[i - 1], 1);
}

bool
query_group_append(struct query_groups *g, const struct query_group *x)
{
	if (g->n == LIMIT_QUERY_GROUPS)
		return false;
	if (g->n == g->size) {
		g->size = g->size * 2 + 1024;
		g->group = reallocarray(g->group, g->size, sizeof(*g->group));
		if (g->group == NULL)
			abort(); /* as the arena does */
	}
	g->group[g->n++] = *x;
	return true;
}

uint32_t
query_group_get(struct query_groups *g, uint64_t first, uint64_t second)
{
	uint32_t at;

	if (g->index == NULL || g->indexed < g->n || g->n >= g->mask / 2)
		groups_index(g);
	for (at = (uint32_t)hash(first, second) & g->mask; g->index[at] != 0; at = (at + 1) & g->mask) {
		const struct query_group *x = &g->group[g->index[at] - 1];

		if (x->key[0] == first && x->key[1] == second)
			return g->index[at] - 1;
	}
	if (!query_group_append(g, &(struct query_group){ .key = { first, second } }))
		return UINT32_MAX;
	g->index[at] = g->n;
	g->indexed = g->n;
	return g->n - 1;
}

void
query_groups_done(struct query_groups *g)
{
	free(g->group);
	free(g->index);
	*g = (struct query_groups){ .group = NULL };
}

static void
set_grow(struct query_set *s)
{
	uint64_t mask = s->mask == 0 ? 8191 : s->mask * 2 + 1;
	uint64_t *member = zeroed(mask + 1, sizeof(*member));

	for (uint64_t i = 0; s->member != NULL && i <= s->mask; i++) {
		uint64_t at = hash(s->member[i], 0) & mask;

		if (s->member[i] == 0)
			continue;
		while (member[at] != 0)
			at = (at + 1) & mask;
		member[at] = s->member[i];
	}
	free(s->member);
	s->member = member;
	s->mask = mask;
}

int
query_set_add(struct query_set *s, uint64_t v)
{
	if (s->n >= s->mask / 2) {
		if (s->n >= LIMIT_QUERY_PAIRS)
			return -1;
		set_grow(s);
	}
	v++;
	for (uint64_t at = hash(v, 0) & s->mask;; at = (at + 1) & s->mask) {
		if (s->member[at] == v)
			return 0;
		if (s->member[at] == 0) {
			s->member[at] = v;
			s->n++;
			return 1;
		}
	}
}

void
query_set_done(struct query_set *s)
{
	free(s->member);
	*s = (struct query_set){ .member = NULL };
}

static uint64_t
name_hash(struct str s)
{
	uint64_t h = s.n;

	for (size_t i = 0; i < s.n; i += 8) {
		uint64_t w = 0;

		memcpy(&w, s.p + i, s.n - i < 8 ? s.n - i : 8);
		h = hash(h, w);
	}
	return h;
}

static void
names_grow(struct query_names *x)
{
	x->mask = x->mask == 0 ? 255 : x->mask * 2 + 1;
	x->index = arena_many(x->a, uint32_t, (size_t)x->mask + 1);
	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t at = (uint32_t)name_hash(x->name[i]) & x->mask;

		while (x->index[at] != 0)
			at = (at + 1) & x->mask;
		x->index[at] = i + 1;
	}
}

uint32_t
query_name_number(struct query_names *x, struct str name)
{
	uint32_t at;

	if (x->n >= x->mask / 2)
		names_grow(x);
	for (at = (uint32_t)name_hash(name) & x->mask; x->index[at] != 0; at = (at + 1) & x->mask) {
		if (str_equal(x->name[x->index[at] - 1], name))
			return x->index[at] - 1;
	}
	x->name = arena_room(x->a, x->name, x->n, sizeof(*x->name));
	x->name[x->n] = arena_str(x->a, name);
	x->index[at] = ++x->n;
	return x->n - 1;
}
