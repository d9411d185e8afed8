/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/responsible.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "directory/prefix_table.h"

/* Scopes sorted by kind and value, members first: those of one value are
 * neighbours. A value of ${prefixes} is the place of its first scope. */
struct responsible {
	struct arena *a;
	struct responsible_scope *list;
	uint32_t *count; /* of those of one value, at its first: small, so it stays in the cache */
	size_t n;
	struct prefix_table *prefixes;
};

static int
by_value(const void *x, const void *y)
{
	const struct responsible_scope *a = x, *b = y;
	int d = strcmp(a->kind, b->kind);

	if (d == 0)
		d = strcmp(a->value, b->value);
	if (d == 0)
		d = (int)b->member - (int)a->member;
	return d != 0 ? d : (a->organisation > b->organisation) - (a->organisation < b->organisation);
}

static bool
same(const struct responsible_scope *x, const struct responsible_scope *y)
{
	return strcmp(x->kind, y->kind) == 0 && strcmp(x->value, y->value) == 0;
}

struct responsible *
responsible_new(const struct responsible_scope *list, size_t n)
{
	struct arena *a = arena_new();
	struct responsible *r = arena_one(a, struct responsible);
	struct prefix_entry *nets = arena_many(a, struct prefix_entry, n + 1);
	size_t count = 0;

	r->a = a;
	r->n = n;
	r->list = arena_many(a, struct responsible_scope, n + 1);
	for (size_t i = 0; i < n; i++)
		r->list[i] = (struct responsible_scope){
			.organisation = list[i].organisation,
			.member = list[i].member,
			.kind = arena_dup(a, list[i].kind),
			.value = arena_dup(a, list[i].value),
		};
	if (n > 0)
		qsort(r->list, n, sizeof(*r->list), by_value);
	r->count = arena_many(a, uint32_t, n + 1);
	for (size_t i = 0, first = 0; i < n; i++) {
		if (i > 0 && !same(&r->list[i - 1], &r->list[i]))
			first = i;
		r->count[first]++;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(r->list[i].kind, "prefix") != 0 || (i > 0 && same(&r->list[i - 1], &r->list[i])))
			continue;
		if (ip_net_parse(str_of(r->list[i].value), &nets[count].net) != OK)
			continue;
		nets[count++].value = (uint32_t)i;
	}
	if (prefix_table_new(nets, count, &r->prefixes) != OK)
		r->prefixes = NULL;
	return r;
}

void
responsible_free(struct responsible *r)
{
	if (r == NULL)
		return;
	prefix_table_free(r->prefixes);
	arena_free(r->a);
}

size_t
responsible_count(const struct responsible *r)
{
	return r->n;
}

static const struct responsible_scope *
neighbours(const struct responsible *r, size_t first, size_t *ret_n)
{
	*ret_n = r->count[first];
	return &r->list[first];
}

const struct responsible_scope *
responsible_exact(const struct responsible *r, const char *kind, struct str value, size_t *ret_n)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int d = strcmp(r->list[middle].kind, kind);

		if (d == 0)
			d = str_compare(str_of(r->list[middle].value), value);
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_n = 0;
	if (low == r->n || strcmp(r->list[low].kind, kind) != 0 || !str_is(value, r->list[low].value))
		return NULL;
	return neighbours(r, low, ret_n);
}

const struct responsible_scope *
responsible_address(const struct responsible *r, const struct ip *ip, size_t *ret_n)
{
	uint32_t at = r->prefixes == NULL ? PREFIX_NONE : prefix_table_find(r->prefixes, ip);

	*ret_n = 0;
	return at == PREFIX_NONE ? NULL : neighbours(r, at, ret_n);
}

const struct responsible_scope *
responsible_name(const struct responsible *r, struct str name, size_t *ret_n)
{
	*ret_n = 0;
	while (name.n > 0) {
		const struct responsible_scope *s = responsible_exact(r, "domain", name, ret_n);
		size_t dot = str_find_char(name, '.', 0);

		if (s != NULL || dot == SIZE_MAX)
			return s;
		name = str_skip(name, dot + 1);
	}
	return NULL;
}

const struct responsible_scope *
responsible_as(const struct responsible *r, uint32_t number, size_t *ret_n)
{
	char digits[16];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return responsible_exact(r, "asn", (struct str){ digits + at, sizeof(digits) - at }, ret_n);
}
