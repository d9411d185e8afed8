/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/prefix_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MERGE_MAX 8
#define FIRST_BITS 16
#define FIRST (1u << FIRST_BITS)

/* An address as a number; IPv4 has only ${high}, in its low 32 bits. */
struct key {
	uint64_t high, low;
};

/* Ranges of one version: range i goes from start[i] to before start[i + 1]. */
struct ranges4 {
	uint32_t *start, *value;
	size_t n, size;
	uint32_t *first; /* FIRST + 1: the range that holds the first address of each block */
};
struct ranges6 {
	struct key *start;
	uint32_t *value;
	size_t n, size;
	uint32_t *first;
};

struct prefix_table {
	struct ranges4 v4;
	struct ranges6 v6;
};

/* Memory does not run out from the caller's view. */
static void *
grown(void *p, size_t n, size_t each)
{
	p = reallocarray(p, n == 0 ? 1 : n, each);
	if (p == NULL)
		abort();
	return p;
}

static struct key
key_of(const struct ip *ip)
{
	struct key k = { 0, 0 };

	if (ip->v == 4) {
		for (int i = 0; i < 4; i++)
			k.high = k.high << 8 | ip->byte[i];
		return k;
	}
	for (int i = 0; i < 8; i++) {
		k.high = k.high << 8 | ip->byte[i];
		k.low = k.low << 8 | ip->byte[8 + i];
	}
	return k;
}

static bool
key_less(struct key x, struct key y)
{
	return x.high != y.high ? x.high < y.high : x.low < y.low;
}

/* The last address of a network. */
static struct key
key_end(const struct ip_net *net)
{
	struct ip last = net->ip;
	unsigned bits = last.v == 4 ? 32 : 128;

	for (unsigned i = net->prefix; i < bits; i++)
		last.byte[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return key_of(&last);
}

/* The key after ${k}; false when there is none. */
static bool
key_next(uint8_t v, struct key *k)
{
	if (v == 4)
		return ++k->high <= UINT32_MAX;
	if (++k->low != 0)
		return true;
	return ++k->high != 0;
}

/* From ${start} on it is ${value}: the next boundary, or the last one again. */
static void
add4(struct ranges4 *r, uint32_t start, uint32_t value)
{
	if (r->n > 0 && r->start[r->n - 1] == start)
		r->n--; /* what began here has no address of its own */
	if (r->n > 0 && r->value[r->n - 1] == value)
		return;
	if (r->n == r->size) {
		r->size = r->size * 2 + 64;
		r->start = grown(r->start, r->size, sizeof(*r->start));
		r->value = grown(r->value, r->size, sizeof(*r->value));
	}
	r->start[r->n] = start;
	r->value[r->n++] = value;
}

static void
add6(struct ranges6 *r, struct key start, uint32_t value)
{
	if (r->n > 0 && r->start[r->n - 1].high == start.high && r->start[r->n - 1].low == start.low)
		r->n--;
	if (r->n > 0 && r->value[r->n - 1] == value)
		return;
	if (r->n == r->size) {
		r->size = r->size * 2 + 64;
		r->start = grown(r->start, r->size, sizeof(*r->start));
		r->value = grown(r->value, r->size, sizeof(*r->value));
	}
	r->start[r->n] = start;
	r->value[r->n++] = value;
}

static void
add(struct prefix_table *t, uint8_t v, struct key start, uint32_t value)
{
	if (v == 4)
		add4(&t->v4, (uint32_t)start.high, value);
	else
		add6(&t->v6, start, value);
}

static struct prefix_table *
begin(void)
{
	struct prefix_table *t = grown(NULL, 1, sizeof(*t));

	*t = (struct prefix_table){ .v4 = { .n = 0 } };
	add4(&t->v4, 0, PREFIX_NONE);
	add6(&t->v6, (struct key){ 0, 0 }, PREFIX_NONE);
	return t;
}

/* The boundaries are complete: no spare room, and the first level. */
static void
finish(struct prefix_table *t)
{
	struct ranges4 *f = &t->v4;
	struct ranges6 *s = &t->v6;
	uint32_t i = 0;

	f->start = grown(f->start, f->n, sizeof(*f->start));
	f->value = grown(f->value, f->n, sizeof(*f->value));
	s->start = grown(s->start, s->n, sizeof(*s->start));
	s->value = grown(s->value, s->n, sizeof(*s->value));
	f->first = grown(NULL, FIRST + 1, sizeof(*f->first));
	s->first = grown(NULL, FIRST + 1, sizeof(*s->first));
	for (uint32_t block = 0; block < FIRST; block++) {
		while (i + 1 < f->n && f->start[i + 1] <= block << FIRST_BITS)
			i++;
		f->first[block] = i;
	}
	f->first[FIRST] = (uint32_t)f->n - 1;
	i = 0;
	for (uint32_t block = 0; block < FIRST; block++) {
		const struct key k = { (uint64_t)block << 48, 0 };

		while (i + 1 < s->n && !key_less(k, s->start[i + 1]))
			i++;
		s->first[block] = i;
	}
	s->first[FIRST] = (uint32_t)s->n - 1;
}

/* By version, then first address, then the wider one first. */
static int
entry_order(const void *x, const void *y)
{
	const struct prefix_entry *p = x, *q = y;

	if (p->net.ip.v != q->net.ip.v)
		return p->net.ip.v < q->net.ip.v ? -1 : 1;
	int c = memcmp(p->net.ip.byte, q->net.ip.byte, sizeof(p->net.ip.byte));

	if (c != 0)
		return c;
	return (int)p->net.prefix - (int)q->net.prefix;
}

/* A stable sort: of equal networks the later must count. */
static void
sort(struct prefix_entry *list, size_t n)
{
	size_t in_order = 1;

	while (in_order < n && entry_order(&list[in_order - 1], &list[in_order]) <= 0)
		in_order++;
	if (in_order >= n)
		return;
	struct prefix_entry *spare = grown(NULL, n, sizeof(*spare));

	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at < n; at += 2 * width) {
			size_t middle = at + width < n ? at + width : n;
			size_t end = at + 2 * width < n ? at + 2 * width : n;
			size_t i = at, j = middle;

			for (size_t k = at; k < end; k++) {
				bool left = i < middle &&
				    (j >= end || entry_order(&list[i], &list[j]) <= 0);

				spare[k] = left ? list[i++] : list[j++];
			}
		}
		memcpy(list, spare, n * sizeof(*spare));
	}
	free(spare);
}

/* The networks that are open around the present place, outermost first. */
struct open {
	struct key end[130];
	uint32_t value[130];
	size_t n;
};

/* Close what ends before ${next} (NULL: everything). */
static void
close_until(struct prefix_table *t, uint8_t v, struct open *o, const struct key *next)
{
	while (o->n > 0 && (next == NULL || key_less(o->end[o->n - 1], *next))) {
		struct key after = o->end[--o->n];

		if (key_next(v, &after))
			add(t, v, after, o->n > 0 ? o->value[o->n - 1] : PREFIX_NONE);
	}
}

enum err
prefix_table_new(struct prefix_entry *list, size_t n, struct prefix_table **ret)
{
	struct open o = { .n = 0 };
	uint8_t v = 4;

	for (size_t i = 0; i < n; i++) {
		if (list[i].value == PREFIX_NONE || (list[i].net.ip.v != 4 && list[i].net.ip.v != 6))
			return ERR_INVALID;
	}
	struct prefix_table *t = begin();

	sort(list, n);
	for (size_t i = 0; i < n; i++) {
		if (list[i].net.ip.v != v)
			close_until(t, v, &o, NULL);
		v = list[i].net.ip.v;
		struct key start = key_of(&list[i].net.ip), end = key_end(&list[i].net);

		close_until(t, v, &o, &start);
		/* Nested ones are at most 129 deep; an equal one takes the place. */
		if (o.n > 0 && !key_less(end, o.end[o.n - 1]) && i > 0 &&
		    entry_order(&list[i - 1], &list[i]) == 0)
			o.n--;
		o.end[o.n] = end;
		o.value[o.n++] = list[i].value;
		add(t, v, start, list[i].value);
	}
	close_until(t, v, &o, NULL);
	finish(t);
	*ret = t;
	return OK;
}

enum err
prefix_table_from_ranges(
    const struct prefix_range *list, size_t n, struct prefix_table **ret, size_t *ret_at)
{
	struct prefix_table *t = begin();
	struct key free_from = { 0, 0 };
	uint8_t v = 4;
	bool full = false; /* no address of this version is left */

	for (size_t i = 0; i < n; i++) {
		const struct prefix_range *r = &list[i];
		struct key from = key_of(&r->from), to = key_of(&r->to);

		if (v == 4 && r->from.v == 6) {
			v = 6;
			free_from = (struct key){ 0, 0 };
			full = false;
		}
		if (r->from.v != v || r->to.v != v || r->value == PREFIX_NONE || full ||
		    key_less(to, from) || key_less(from, free_from)) {
			if (ret_at != NULL)
				*ret_at = i;
			prefix_table_free(t);
			return ERR_INVALID;
		}
		add(t, v, from, r->value);
		free_from = to;
		full = !key_next(v, &free_from);
		if (!full)
			add(t, v, free_from, PREFIX_NONE);
	}
	finish(t);
	*ret = t;
	return OK;
}

/* Where a table's next boundary of version ${v} is; false: there is none. */
static bool
boundary(const struct prefix_table *t, uint8_t v, size_t at, struct key *ret)
{
	if (at >= (v == 4 ? t->v4.n : t->v6.n))
		return false;
	*ret = v == 4 ? (struct key){ t->v4.start[at], 0 } : t->v6.start[at];
	return true;
}

static void
merge_version(struct prefix_table *ret, uint8_t v, const struct prefix_table *const *tables,
    size_t n, uint32_t (*value)(void *object, const uint32_t *values), void *object)
{
	size_t at[MERGE_MAX] = { 0 };
	uint32_t now[MERGE_MAX];
	struct key next = { 0, 0 }, k;
	bool more = true;

	for (size_t i = 0; i < n; i++)
		now[i] = PREFIX_NONE;
	while (more) {
		for (size_t i = 0; i < n; i++) {
			if (tables[i] == NULL || !boundary(tables[i], v, at[i], &k) || key_less(next, k))
				continue;
			now[i] = v == 4 ? tables[i]->v4.value[at[i]] : tables[i]->v6.value[at[i]];
			at[i]++;
		}
		add(ret, v, next, value(object, now));
		more = false;
		for (size_t i = 0; i < n; i++) {
			if (tables[i] == NULL || !boundary(tables[i], v, at[i], &k))
				continue;
			next = more && key_less(next, k) ? next : k;
			more = true;
		}
	}
}

struct prefix_table *
prefix_table_merge(const struct prefix_table *const *tables, size_t n,
    uint32_t (*value)(void *object, const uint32_t *values), void *object)
{
	struct prefix_table *t = begin();

	assert(n <= MERGE_MAX);
	merge_version(t, 4, tables, n, value, object);
	merge_version(t, 6, tables, n, value, object);
	finish(t);
	return t;
}

void
prefix_table_free(struct prefix_table *t)
{
	if (t == NULL)
		return;
	free(t->v4.start);
	free(t->v4.value);
	free(t->v4.first);
	free(t->v6.start);
	free(t->v6.value);
	free(t->v6.first);
	free(t);
}

/* The last of start[low..high] that is not above; start[low] is not. Without
 * branches on what is compared, for which way it goes cannot be foretold. */
uint32_t
prefix_table_find4(const struct prefix_table *t, uint32_t address)
{
	uint32_t block = address >> FIRST_BITS;
	size_t low = t->v4.first[block], n = t->v4.first[block + 1] - low + 1;
	const uint32_t *base = t->v4.start + low;

	while (n > 1) {
		size_t half = n / 2;

		base = base[half] <= address ? base + half : base;
		n -= half;
	}
	return t->v4.value[base - t->v4.start];
}

static uint32_t
find6(const struct prefix_table *t, struct key k)
{
	size_t block = k.high >> 48;
	size_t low = t->v6.first[block], n = t->v6.first[block + 1] - low + 1;
	const struct key *base = t->v6.start + low;

	while (n > 1) {
		size_t half = n / 2;

		base = key_less(k, base[half]) ? base : base + half;
		n -= half;
	}
	return t->v6.value[base - t->v6.start];
}

uint32_t
prefix_table_find(const struct prefix_table *t, const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct key k = key_of(ip);

	if (ip->v == 4)
		return prefix_table_find4(t, (uint32_t)k.high);
	if (memcmp(ip->byte, mapped, sizeof(mapped)) == 0)
		return prefix_table_find4(t, (uint32_t)k.low);
	return find6(t, k);
}

size_t
prefix_table_bytes(const struct prefix_table *t)
{
	return sizeof(*t) + t->v4.n * 8 + t->v6.n * (sizeof(struct key) + 4) +
	    2 * (FIRST + 1) * sizeof(uint32_t);
}

size_t
prefix_table_ranges(const struct prefix_table *t)
{
	return t->v4.n + t->v6.n;
}
