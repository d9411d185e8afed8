/* SPDX-License-Identifier: Apache-2.0 */
/* board_select.c - which sites, in which order, in which groups. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "directory/organisation.h"
#include "takedown/board_priv.h"
#include "takedown/site.h"

/* In the order of board_sorts. */
enum sort {
	SORT_ELAPSED, SORT_REPORTED, SORT_CHECKED, SORT_STATE, SORT_SITE, SORT_URL, SORT_BRAND, SORT_CC, SORT_ASN,
	SORT_ROUTE, SORT_OWNER, SORT_DAYS, SORT_STOPPED, SORT_SECTOR, SORT_TLD,
};
/* In the order of board_groups. */
enum group {
	GROUP_BRAND, GROUP_CC, GROUP_ASN, GROUP_HOST, GROUP_DOMAIN, GROUP_TLD, GROUP_ROUTE, GROUP_STATE, GROUP_OWNER,
	GROUP_DAY, GROUP_SECTOR, GROUP_ORIGIN,
};

/* Ascending by key; of equal ones the texts, then the newest first. */
struct ranked {
	uint64_t key;
	const char *text; /* or NULL */
	uint32_t row;
};

static bool
before(const struct ranked *x, const struct ranked *y)
{
	if (x->key != y->key)
		return x->key < y->key;
	if (x->text != NULL && x->text != y->text) {
		int c = strcmp(x->text, y->text);

		if (c != 0)
			return c < 0;
	}
	return x->row > y->row;
}

static int
compare(const void *x, const void *y)
{
	return before(x, y) ? -1 : before(y, x) ? 1 : 0;
}

static void
swap(struct ranked *x, struct ranked *y)
{
	struct ranked t = *x;

	*x = *y;
	*y = t;
}

/* So that the first ${k} of ${v} are its smallest (quickselect). */
static void
split_at(struct ranked *v, size_t n, size_t k)
{
	size_t low = 0, high = n;

	while (high - low > 16 && k > low && k < high) {
		size_t middle = low + (high - low) / 2, i = low, last = high - 1;

		if (before(&v[middle], &v[low]))
			swap(&v[middle], &v[low]);
		if (before(&v[last], &v[low]))
			swap(&v[last], &v[low]);
		if (before(&v[last], &v[middle]))
			swap(&v[last], &v[middle]);
		swap(&v[middle], &v[last]);
		for (size_t j = low; j < last; j++) {
			if (before(&v[j], &v[last]))
				swap(&v[i++], &v[j]);
		}
		swap(&v[i], &v[last]);
		if (k <= i)
			high = i;
		else
			low = i + 1;
	}
	if (high - low > 1 && k > low && k < high)
		qsort(v + low, high - low, sizeof(*v), compare);
}

static uint64_t
first_bytes(const char *s)
{
	uint64_t key = 0;

	for (int i = 0; i < 8; i++)
		key = key << 8 | (*s == '\0' ? 0 : (unsigned char)*s++);
	return key;
}

static uint64_t
number(int64_t n)
{
	return (uint64_t)n ^ UINT64_C(1) << 63;
}

/* Else the first eight bytes of all would be the same. */
static const char *
after_scheme(const char *url)
{
	const char *p = strstr(url, "://");

	return p == NULL ? url : p + 3;
}

static void
rank(const struct board *b, const struct board_filter *f, int64_t now, const struct board_row *r, struct ranked *ret)
{
	const char *text = NULL;
	int64_t n = 0;

	switch ((enum sort)f->sort) {
	case SORT_ELAPSED: n = board_elapsed(r, now); break;
	case SORT_REPORTED: n = r->reported_at; break;
	case SORT_CHECKED: n = r->checked_at; break;
	case SORT_STATE: n = r->state; break;
	case SORT_SITE: text = board_text(b, r->domain); break;
	case SORT_URL: text = after_scheme(board_text(b, r->url)); break;
	case SORT_BRAND: text = board_name_of(b, BOARD_BRAND, r->brand); break;
	case SORT_CC: text = board_text(b, r->cc); break;
	case SORT_ASN: n = r->asn; break;
	case SORT_ROUTE: n = r->route; break;
	case SORT_OWNER: text = board_name_of(b, BOARD_PERSON, r->owner); break;
	case SORT_DAYS: n = r->stopped_at == 0 ? INT32_MAX : r->days; break;
	case SORT_STOPPED: n = r->stopped_at; break;
	case SORT_SECTOR: n = r->sector; break;
	case SORT_TLD: text = board_text(b, r->tld); break;
	}
	ret->key = text != NULL ? first_bytes(text) : number(n);
	ret->text = text;
}

/* All that match, with their keys. ${ret} has room for all rows. */
static size_t
matching(const struct board *b, const struct board_match *m, struct ranked *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (!board_match(b, m, &b->row[i]))
			continue;
		rank(b, m->f, m->now, &b->row[i], &ret[n]);
		ret[n++].row = (uint32_t)i;
	}
	return n;
}

size_t
board_select(struct board *b, struct arena *a, const struct board_filter *f, struct board_hidden hidden, int64_t now,
    size_t offset, size_t limit, int64_t **ret, int64_t *ret_total)
{
	struct board_match m;
	struct ranked *v;
	size_t n, some = 0;

	(void)pthread_rwlock_rdlock(&b->lock);
	board_match_init(b, f, hidden, now, &m);
	v = calloc(b->n + 1, sizeof(*v));
	n = v == NULL ? 0 : matching(b, &m, v);
	*ret_total = (int64_t)n;
	*ret = arena_many(a, int64_t, (limit < n ? limit : n) + 1);
	if (offset < n) {
		size_t end = limit < n - offset ? offset + limit : n;
		/* Downwards: the same order read from its end. */
		size_t first = f->down ? n - end : offset, last = f->down ? n - offset : end;

		split_at(v, n, last);
		split_at(v, last, first);
		qsort(v + first, last - first, sizeof(*v), compare);
		for (size_t i = first; i < last; i++)
			(*ret)[some++] = b->row[v[f->down ? last - 1 - (i - first) : i].row].id;
	}
	board_match_done(&m);
	(void)pthread_rwlock_unlock(&b->lock);
	free(v);
	return some;
}

size_t
board_newest(struct board *b, struct arena *a, const struct board_filter *f, struct board_hidden hidden, int64_t now,
    size_t max, int64_t **ret)
{
	struct board_match m;
	size_t n = 0;

	*ret = arena_many(a, int64_t, max + 1);
	(void)pthread_rwlock_rdlock(&b->lock);
	board_match_init(b, f, hidden, now, &m);
	for (size_t i = b->n; i > 0 && n < max; i--) {
		if (board_match(b, &m, &b->row[i - 1]))
			(*ret)[n++] = b->row[i - 1].id;
	}
	board_match_done(&m);
	(void)pthread_rwlock_unlock(&b->lock);
	return n;
}

void
board_count(struct board *b, const struct board_filter *const *f, size_t n, struct board_hidden hidden, int64_t now,
    int64_t *ret)
{
	struct board_match m[32];

	memset(ret, 0, n * sizeof(*ret));
	n = n > COUNT(m) ? COUNT(m) : n;
	(void)pthread_rwlock_rdlock(&b->lock);
	for (size_t k = 0; k < n; k++)
		board_match_init(b, f[k], hidden, now, &m[k]);
	for (size_t i = 0; i < b->n; i++) {
		unsigned state = 1U << b->row[i].state;

		for (size_t k = 0; k < n; k++) {
			if (f[k]->states == 0 || (f[k]->states & state) != 0)
				ret[k] += board_match(b, &m[k], &b->row[i]);
		}
	}
	for (size_t k = 0; k < n; k++)
		board_match_done(&m[k]);
	(void)pthread_rwlock_unlock(&b->lock);
}

/* The ${k}th smallest comes to its place, smaller ones before it. */
static int64_t
nth(int64_t *v, size_t n, size_t k)
{
	int64_t low = 0, high = (int64_t)n - 1;

	while (low < high) { /* Hoare's partition: both parts are smaller than the whole */
		int64_t pivot = v[low + (high - low) / 2], i = low - 1, j = high + 1;

		for (;;) {
			do
				i++;
			while (v[i] < pivot);
			do
				j--;
			while (v[j] > pivot);
			if (i >= j)
				break;
			int64_t t = v[i];

			v[i] = v[j];
			v[j] = t;
		}
		if ((int64_t)k <= j)
			high = j;
		else
			low = j + 1;
	}
	return v[k];
}

int64_t
board_median(int64_t *v, size_t n)
{
	if (n == 0)
		return -1;
	int64_t upper = nth(v, n, n / 2);

	if (n % 2 == 1)
		return upper;
	int64_t lower = v[0]; /* the largest of the smaller half */

	for (size_t i = 1; i < n / 2; i++)
		lower = v[i] > lower ? v[i] : lower;
	return lower + (upper - lower) / 2;
}

/* Groups */

struct group_of { /* one group while it is counted */
	uint64_t key;
	int64_t total, live, stopped, reopened;
	size_t first; /* of its times */
	int64_t median;
};

static uint64_t
group_key(const struct board_filter *f, const struct board_row *r)
{
	switch ((enum group)f->group) {
	case GROUP_BRAND: return r->brand;
	case GROUP_CC: return r->cc;
	case GROUP_ASN: return r->asn;
	case GROUP_HOST: return r->host;
	case GROUP_DOMAIN: return r->domain;
	case GROUP_TLD: return r->tld;
	case GROUP_ROUTE: return r->route;
	case GROUP_STATE: return r->state;
	case GROUP_OWNER: return r->owner;
	case GROUP_DAY: return (uint64_t)((r->reported_at + f->offset * CLOCK_SECOND) / CLOCK_DAY);
	case GROUP_SECTOR: return r->sector;
	case GROUP_ORIGIN: return r->origin;
	}
	return 0;
}

struct groups {
	struct group_of *list;
	size_t n;
	uint32_t *table; /* place in list + 1 */
	size_t table_size;
};

static struct group_of *
group_find(struct groups *g, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (g->table_size - 1);

	while (g->table[at] != 0 && g->list[g->table[at] - 1].key != key)
		at = (at + 1) & (g->table_size - 1);
	if (g->table[at] == 0) {
		g->list[g->n] = (struct group_of){ .key = key };
		g->table[at] = (uint32_t)++g->n;
	}
	return &g->list[g->table[at] - 1];
}

/* Counts first; then each group's times stand side by side. */
static void
count_groups(const struct board *b, const struct board_match *m, struct groups *g, uint32_t *member, int64_t *times)
{
	size_t at = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct board_row *r = &b->row[i];

		member[i] = 0;
		if (!board_match(b, m, r))
			continue;
		struct group_of *o = group_find(g, group_key(m->f, r));
		bool live = board_is_live(r);

		member[i] = (uint32_t)(o - g->list) + 1;
		o->total++;
		o->live += live;
		o->stopped += !live;
		o->reopened += r->reopened > 0;
	}
	for (size_t k = 0; k < g->n; k++) {
		g->list[k].first = at;
		at += (size_t)g->list[k].stopped;
	}
	for (size_t i = 0; i < b->n; i++) {
		if (member[i] != 0 && !board_is_live(&b->row[i]))
			times[g->list[member[i] - 1].first++] = board_elapsed(&b->row[i], m->now);
	}
}

/* Largest first, of equal ones the lower key; days: newest first. Only the first
 * ${max} come in order. */
static struct ranked *
order_groups(struct arena *a, const struct groups *g, bool by_day, size_t max)
{
	struct ranked *v = arena_many(a, struct ranked, g->n + 1);

	for (size_t k = 0; k < g->n; k++)
		v[k] = (struct ranked){
			.key = by_day ? ~g->list[k].key : (uint64_t)(UINT32_MAX - (uint32_t)g->list[k].total) << 32 | (uint32_t)g->list[k].key,
			.row = (uint32_t)k,
		};
	split_at(v, g->n, max);
	qsort(v, max, sizeof(*v), compare);
	return v;
}

static void
group_name(const struct board *b, struct arena *a, const struct board_filter *f, uint64_t key, struct board_group *ret)
{
	uint32_t place = (uint32_t)key;
	const struct word *words = NULL;

	switch ((enum group)f->group) {
	case GROUP_BRAND:
		ret->key = arena_printf(a, "%u", place);
		ret->label = arena_dup(a, board_name_of(b, BOARD_BRAND, place));
		return;
	case GROUP_OWNER:
		ret->key = place == 0 ? "none" : arena_printf(a, "%u", place);
		ret->label = arena_dup(a, board_name_of(b, BOARD_PERSON, place));
		return;
	case GROUP_ASN:
		ret->key = arena_printf(a, "%u", place);
		ret->label = place == 0 ? "" : arena_printf(a, "AS%u", place);
		return;
	case GROUP_DAY: {
		struct civil c = clock_day_civil((int64_t)key);

		ret->key = ret->label = arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
		return;
	}
	case GROUP_ROUTE: words = site_routes; break;
	case GROUP_STATE: words = site_states; break;
	case GROUP_SECTOR: words = organisation_sectors; break;
	case GROUP_ORIGIN: words = site_origins; break;
	case GROUP_CC:
	case GROUP_HOST:
	case GROUP_DOMAIN:
	case GROUP_TLD:
		ret->key = ret->label = arena_dup(a, board_text(b, place));
		return;
	}
	ret->key = key == UINT8_MAX ? "" : words[key].name;
	ret->label = key == UINT8_MAX ? "" : words[key].label;
}

static void *
zeroed(struct arena *a, size_t n, size_t each)
{
	void *p = calloc(n, each);

	assert(p != NULL);
	arena_defer(a, free, p);
	return p;
}

size_t
board_group_by(struct board *b, struct arena *a, const struct board_filter *f, struct board_hidden hidden, int64_t now,
    size_t max, struct board_group **ret, int64_t *ret_groups)
{
	AUTO(arena) room = arena_new();
	struct board_match m;
	struct groups g = { .table_size = 64 };

	(void)pthread_rwlock_rdlock(&b->lock);
	board_match_init(b, f, hidden, now, &m);
	while (g.table_size < b->n * 2)
		g.table_size *= 2;
	/* Pages of them that are never touched cost nothing. */
	g.table = zeroed(room, g.table_size, sizeof(*g.table));
	g.list = zeroed(room, b->n + 1, sizeof(*g.list));
	uint32_t *member = zeroed(room, b->n + 1, sizeof(*member));
	int64_t *times = zeroed(room, b->n + 1, sizeof(*times));

	count_groups(b, &m, &g, member, times);
	*ret_groups = (int64_t)g.n;
	max = max < g.n ? max : g.n;
	struct ranked *order = order_groups(room, &g, (enum group)f->group == GROUP_DAY, max);
	*ret = arena_many(a, struct board_group, max + 1);
	for (size_t k = 0; k < max; k++) {
		struct group_of *o = &g.list[order[k].row];
		struct board_group *r = &(*ret)[k];

		group_name(b, a, f, o->key, r);
		r->total = o->total;
		r->live = o->live;
		r->stopped = o->stopped;
		r->reopened = o->reopened;
		r->median = board_median(times + o->first - (size_t)o->stopped, (size_t)o->stopped);
	}
	board_match_done(&m);
	(void)pthread_rwlock_unlock(&b->lock);
	return max;
}

void
board_sum(struct board *b, struct arena *a, struct board_hidden hidden, int64_t now, int64_t since,
    struct board_numbers *ret)
{
	AUTO(arena) room = arena_new();
	const struct board_filter any = { .brand = -1, .owner = -1, .asn = -1, .origin = -1, .sector = -1, .route = -1, .day = -1 };
	struct board_match m;
	int64_t *times = NULL;

	(void)a;
	*ret = (struct board_numbers){ 0 };
	(void)pthread_rwlock_rdlock(&b->lock);
	board_match_init(b, &any, hidden, now, &m);
	for (size_t i = 0; i < b->n; i++) {
		const struct board_row *r = &b->row[i];

		if (!board_is_live(r) && r->stopped_at < since)
			continue;
		if (!board_match(b, &m, r))
			continue;
		if (board_is_live(r)) {
			ret->live++;
			ret->live_long += board_elapsed(r, now) > CLOCK_DAY;
			ret->reopened += r->state == BOARD_REOPENED;
			ret->unasked += r->notified_at == 0;
		} else {
			times = arena_room(room, times, (size_t)ret->stopped, sizeof(*times));
			times[ret->stopped++] = board_elapsed(r, now);
		}
	}
	ret->median = board_median(times, (size_t)ret->stopped);
	(void)pthread_rwlock_unlock(&b->lock);
}
