/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/phishing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "statistics/period.h"
#include "takedown/board.h"
#include "takedown/site.h"

const char *const phishing_buckets[PHISHING_BUCKETS] = { "0-3", "4-7", "8-10", "11+" };

#define MOST_DAYS 500 /* what took longer counts as this */

/* Groups by a number: open addressing, place 0 of ${slot} is free. */
struct groups {
	struct phishing_group *list;
	size_t n;
	uint64_t *key;
	uint32_t *slot;
	size_t size; /* of the table, a power of two */
};
/* One that stopped in the range. */
struct stop {
	uint32_t seconds;
	uint16_t days, period;
	uint32_t group[PHISHING_BYS];
};
struct walk {
	struct arena *a;
	const struct phishing_ask *q;
	struct phishing *ret;
	int64_t *start; /* of the periods, as times */
	int64_t before_from, before_until, months[4], quarter[5];
	struct groups by[PHISHING_BYS];
	uint32_t own_cc; /* the board's number for our country, once seen */
	struct stop *stop;
	size_t stops, room;
};

static size_t
slot_of(const struct groups *g, uint64_t key)
{
	uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(h >> 32) & (g->size - 1);

	while (g->slot[at] != 0 && g->key[g->slot[at] - 1] != key)
		at = (at + 1) & (g->size - 1);
	return at;
}

static void
groups_grow(struct groups *g, struct arena *a)
{
	g->size = g->size == 0 ? 256 : g->size * 2;
	g->slot = arena_many(a, uint32_t, g->size);
	for (size_t i = 0; i < g->n; i++)
		g->slot[slot_of(g, g->key[i])] = (uint32_t)i + 1;
}

static size_t
group_of(struct groups *g, struct arena *a, uint64_t key, int64_t id, const char *name)
{
	size_t at;

	if ((g->n + 1) * 2 > g->size)
		groups_grow(g, a);
	at = slot_of(g, key);
	if (g->slot[at] == 0) {
		g->list = arena_room(a, g->list, g->n, sizeof(*g->list));
		g->key = arena_room(a, g->key, g->n, sizeof(*g->key));
		g->list[g->n] = (struct phishing_group){ .id = id, .name = arena_dup(a, name) };
		g->key[g->n] = key;
		g->slot[at] = (uint32_t)++g->n;
	}
	return g->slot[at] - 1;
}

/* In which of ${n} spans ${at} is; SIZE_MAX in none. */
static size_t
span_of(const int64_t *start, size_t n, int64_t at)
{
	size_t low = 0, high = n;

	if (at < start[0] || at >= start[n])
		return SIZE_MAX;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (start[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static enum phishing_origin
origin_of(const struct board_seen *s)
{
	return s->origin >= PHISHING_ORIGINS ? PHISHING_UNKNOWN : (enum phishing_origin)s->origin;
}

static enum phishing_origin
place_of(struct walk *w, const struct board_seen *s)
{
	if (s->cc_key == 0)
		return PHISHING_UNKNOWN;
	if (w->own_cc == 0 && strcmp(s->cc, w->q->country) == 0)
		w->own_cc = s->cc_key;
	return s->cc_key == w->own_cc ? PHISHING_DOMESTIC : PHISHING_OVERSEAS;
}

static size_t
sector_of(const struct board_seen *s)
{
	return s->sector >= PHISHING_SECTORS ? PHISHING_SECTORS - 1 : (size_t)s->sector;
}

/* Column 0 to 2: the months; 3: their sum; 4: the quarter before. */
static void
count_quarter(struct walk *w, const struct board_seen *s)
{
	size_t span = span_of(w->quarter, 4, s->reported_at), stop = span_of(w->quarter, 4, s->stopped_at);
	int64_t(*t)[5] = w->ret->table;

	if (span != SIZE_MAX) {
		static const enum phishing_row rows[] = { PHISHING_ROW_DOMESTIC, PHISHING_ROW_OVERSEAS, PHISHING_ROW_UNKNOWN };
		size_t column = span == 0 ? 4 : span - 1;

		for (int i = 0; i < (span == 0 ? 1 : 2); i++, column = 3) {
			t[PHISHING_ROW_SITES][column]++;
			t[rows[origin_of(s)]][column]++;
			t[PHISHING_ROW_ASKED][column] += s->asked;
		}
	}
	if (s->stopped_at != 0 && stop != SIZE_MAX) {
		t[PHISHING_ROW_STOPPED][stop == 0 ? 4 : stop - 1]++;
		t[PHISHING_ROW_STOPPED][3] += stop != 0;
	}
}

static void
keep(struct walk *w, const struct stop *s)
{
	if (w->stops == w->room) {
		w->room = w->room == 0 ? 16384 : w->room * 2;
		w->stop = realloc(w->stop, w->room * sizeof(*w->stop));
		assert(w->stop != NULL); /* as an arena: the process ends and is started again */
	}
	w->stop[w->stops++] = *s;
}

static void
see(void *to, const struct board_seen *s)
{
	struct walk *w = to;
	struct phishing *p = w->ret;
	size_t period = span_of(w->start, w->q->n, s->reported_at);
	size_t stopped = s->stopped_at == 0 ? SIZE_MAX : span_of(w->start, w->q->n, s->stopped_at);
	size_t month = span_of(w->months, 3, s->reported_at);
	bool before = s->reported_at >= w->before_from && s->reported_at < w->before_until;
	bool live = s->stopped_at == 0;
	enum phishing_origin origin = origin_of(s);

	count_quarter(w, s);
	p->before += before;
	p->live += live;
	p->now[sector_of(s)][origin] += live;
	if (period != SIZE_MAX) {
		p->total++;
		p->reported[period]++;
		p->origin[origin][period]++;
		p->place[place_of(w, s)][period]++;
		p->total_origin[origin]++;
		p->sector[sector_of(s)][origin]++;
	}
	if (period == SIZE_MAX && stopped == SIZE_MAX && month == SIZE_MAX && !before && !live)
		return;

	const struct {
		uint64_t key;
		int64_t id;
		const char *name;
	} by[PHISHING_BYS] = {
		{ (uint64_t)s->brand_id, s->brand_id, s->brand },
		{ s->cc_key, 0, s->cc },
		{ s->tld_key, 0, s->tld },
		{ (uint64_t)s->asn, s->asn, s->as_name },
		{ (uint64_t)s->contact_id, s->contact_id, "" },
	};
	struct stop stop = {
		.seconds = (uint32_t)(s->elapsed / CLOCK_SECOND),
		.days = s->days < 0 ? 0 : s->days > MOST_DAYS ? MOST_DAYS : (uint16_t)s->days,
		.period = (uint16_t)stopped,
	};

	for (size_t i = 0; i < PHISHING_BYS; i++) {
		size_t at = group_of(&w->by[i], w->a, by[i].key, by[i].id, by[i].name);
		struct phishing_group *g = &w->by[i].list[at];

		g->total += period != SIZE_MAX;
		g->before += before;
		g->live += live;
		if (month != SIZE_MAX)
			g->months[month]++;
		stop.group[i] = (uint32_t)at;
	}
	if (stopped != SIZE_MAX) {
		keep(w, &stop);
	}
}

#define DIGIT 13 /* bits a pass */

/* By time, ascending. Small keys are sorted, what belongs to them moves once. */
static void
sort_stops(struct stop **v, size_t n)
{
	struct key {
		uint32_t seconds, at;
	} *key = malloc((n + 1) * sizeof(*key)), *spare = malloc((n + 1) * sizeof(*spare));
	struct stop *sorted = malloc((n + 1) * sizeof(*sorted));
	uint32_t all = 0;

	assert(key != NULL && spare != NULL && sorted != NULL);
	for (size_t i = 0; i < n; i++) {
		key[i] = (struct key){ (*v)[i].seconds, (uint32_t)i };
		all |= key[i].seconds;
	}
	for (unsigned shift = 0; shift < 32 && all >> shift != 0; shift += DIGIT) {
		uint32_t at[(1U << DIGIT) + 1] = { 0 };
		struct key *swap = key;

		for (size_t i = 0; i < n; i++)
			at[(key[i].seconds >> shift & ((1U << DIGIT) - 1)) + 1]++;
		for (size_t i = 1; i <= 1U << DIGIT; i++)
			at[i] += at[i - 1];
		for (size_t i = 0; i < n; i++)
			spare[at[key[i].seconds >> shift & ((1U << DIGIT) - 1)]++] = key[i];
		key = spare;
		spare = swap;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = (*v)[key[i].at];
	free(*v);
	free(key);
	free(spare);
	*v = sorted;
}

/* Nearest rank: the place of the smallest that ${percent} of ${n} do not exceed. */
static size_t
rank_of(size_t n, size_t percent)
{
	return (n * percent + 99) / 100 - 1;
}

static size_t
bucket_of(uint32_t days)
{
	const char *name = site_days_bucket(days);

	for (size_t i = 0; i < PHISHING_BUCKETS; i++) {
		if (strcmp(phishing_buckets[i], name) == 0)
			return i;
	}
	return PHISHING_BUCKETS - 1;
}

#define BUCKET_DAYS 16 /* beyond these all are in the last bucket */

/*
 * ${ret}: what stopped in each of ${lists} lists; ${of} says of each stop in which
 * it is. Stops come sorted, so each list does too.
 */
static void
sum_lists(struct walk *w, const uint32_t *of, size_t lists, struct phishing_times *ret)
{
	size_t *first = arena_many(w->a, size_t, lists + 2), bucket[BUCKET_DAYS];
	uint32_t *seconds = arena_many(w->a, uint32_t, w->stops + 1);

	for (uint32_t d = 0; d < BUCKET_DAYS; d++)
		bucket[d] = bucket_of(d);
	for (size_t i = 0; i < w->stops; i++)
		first[of[i] + 2]++;
	for (size_t i = 2; i < lists + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < w->stops; i++) {
		uint32_t days = w->stop[i].days;

		seconds[first[of[i] + 1]++] = w->stop[i].seconds;
		ret[of[i]].bucket[bucket[days < BUCKET_DAYS ? days : BUCKET_DAYS - 1]]++;
	}
	for (size_t i = 0; i < lists; i++) {
		size_t n = first[i + 1] - first[i];

		ret[i].stopped = (int64_t)n;
		ret[i].median_ms = n == 0 ? -1 : seconds[first[i] + rank_of(n, 50)] * CLOCK_SECOND;
		ret[i].p90_ms = n == 0 ? -1 : seconds[first[i] + rank_of(n, 90)] * CLOCK_SECOND;
	}
}

static void
set_days(const uint32_t *count, struct phishing_times *ret)
{
	size_t n = (size_t)ret->stopped, seen = 0;

	ret->median_days = ret->p90_days = -1;
	for (size_t d = 0; d <= MOST_DAYS && n > 0; d++) {
		seen += count[d];
		if (ret->median_days < 0 && seen > rank_of(n, 50))
			ret->median_days = (int64_t)d;
		if (ret->p90_days < 0 && seen > rank_of(n, 90))
			ret->p90_days = (int64_t)d;
	}
}

static void
sum_days(struct walk *w)
{
	size_t n = w->q->n;
	uint32_t *count = arena_many(w->a, uint32_t, (n + 1) * (MOST_DAYS + 1)), *all = count + n * (MOST_DAYS + 1);

	for (size_t i = 0; i < w->stops; i++) {
		uint32_t days = w->stop[i].days;

		count[w->stop[i].period * (MOST_DAYS + 1) + days]++;
		all[days]++;
	}
	set_days(all, &w->ret->all);
	for (size_t p = 0; p < n; p++)
		set_days(count + p * (MOST_DAYS + 1), &w->ret->stop[p]);
}

static void
sum_stops(struct walk *w)
{
	uint32_t *of = arena_many(w->a, uint32_t, w->stops + 1);

	sort_stops(&w->stop, w->stops);
	sum_lists(w, of, 1, &w->ret->all);
	for (size_t i = 0; i < w->stops; i++)
		of[i] = w->stop[i].period;
	sum_lists(w, of, w->q->n, w->ret->stop);
	sum_days(w);
	for (size_t b = 0; b < PHISHING_BYS; b++) {
		struct groups *g = &w->by[b];
		struct phishing_times *t = arena_many(w->a, struct phishing_times, g->n + 1);

		for (size_t i = 0; i < w->stops; i++)
			of[i] = w->stop[i].group[b];
		sum_lists(w, of, g->n, t);
		for (size_t i = 0; i < g->n; i++)
			g->list[i].stop = t[i];
	}
	free(w->stop);
}

static int
by_name(const struct phishing_group *x, const struct phishing_group *y)
{
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : x->id < y->id ? -1 : x->id > y->id;
}

static int
most_before(const void *x, const void *y)
{
	const struct phishing_group *g = x, *h = y;

	return g->before != h->before ? (g->before < h->before ? 1 : -1) : by_name(g, h);
}

static int
most_first(const void *x, const void *y)
{
	const struct phishing_group *g = x, *h = y;

	if (g->total != h->total)
		return g->total < h->total ? 1 : -1;
	if (g->stop.stopped != h->stop.stopped)
		return g->stop.stopped < h->stop.stopped ? 1 : -1;
	return by_name(g, h);
}

static void
order(struct walk *w)
{
	for (size_t b = 0; b < PHISHING_BYS; b++) {
		struct groups *g = &w->by[b];
		size_t rank = 0;

		if (g->n > 0)
			qsort(g->list, g->n, sizeof(*g->list), most_before);
		for (size_t i = 0; i < g->n && g->list[i].before > 0; i++) {
			if (g->list[i].id != 0 || *g->list[i].name != '\0') /* the unknown have no rank */
				g->list[i].rank_before = ++rank;
		}
		if (g->n > 0)
			qsort(g->list, g->n, sizeof(*g->list), most_first);
		w->ret->group[b] = g->list;
		w->ret->groups[b] = g->n;
	}
}

static int64_t
time_of(const struct phishing_ask *q, int64_t day)
{
	return day * CLOCK_DAY - q->offset * CLOCK_SECOND;
}

static void
set_spans(struct walk *w)
{
	const struct phishing_ask *q = w->q;
	int64_t last = q->start[q->n] - 1; /* the last day */
	int64_t month = period_start(PERIOD_MONTH, LANG_EN, last), quarter = period_start(PERIOD_QUARTER, LANG_EN, last);

	w->start = arena_many(w->a, int64_t, q->n + 1);
	for (size_t i = 0; i <= q->n; i++)
		w->start[i] = time_of(q, q->start[i]);
	w->before_from = time_of(q, q->before_from);
	w->before_until = time_of(q, q->before_until);
	for (int i = 0; i < 4; i++) {
		w->ret->months[i] = period_step(PERIOD_MONTH, month, i - 2);
		w->months[i] = time_of(q, w->ret->months[i]);
	}
	for (int i = 0; i < 5; i++) {
		w->ret->quarter[i] = i == 0 ? period_step(PERIOD_QUARTER, quarter, -1)
					    : period_step(PERIOD_MONTH, quarter, i - 1);
		w->quarter[i] = time_of(q, w->ret->quarter[i]);
	}
}

void
phishing_count(struct board *b, struct arena *a, const struct phishing_ask *q, struct phishing *ret)
{
	struct walk w = { .a = a, .q = q, .ret = ret };

	*ret = (struct phishing){
		.periods = q->n,
		.reported = arena_many(a, int64_t, q->n),
		.stop = arena_many(a, struct phishing_times, q->n),
	};
	for (size_t i = 0; i < PHISHING_ORIGINS; i++) {
		ret->origin[i] = arena_many(a, int64_t, q->n);
		ret->place[i] = arena_many(a, int64_t, q->n);
	}
	set_spans(&w);
	board_walk(b, q->now, see, &w);
	sum_stops(&w);
	order(&w);
}
