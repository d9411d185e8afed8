/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/sighting_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "telescope/query.h"
#include "telescope/segment.h"
#include "telescope/store.h"

#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)
#define WARM (SIGHTING_HOURS + SIGHTING_LAG)
#define WARM_SLOW (WARM + 7 * 24) /* a week for piles to grow */
#define BUSIEST 50	/* sources of a day that are looked at */
#define BEFORE (7 * DAY)

enum kind { KIND_PORT, KIND_FINGERPRINT, KIND_COUNTRY, KINDS };
static const enum query_key key_of[KINDS] = {
	[KIND_PORT] = QUERY_PORT,
	[KIND_FINGERPRINT] = QUERY_FINGERPRINT,
	[KIND_COUNTRY] = QUERY_COUNTRY,
};
#define COUNTRIES 65536
#define PLACES (SEGMENT_SLOTS + 256 + COUNTRIES)

struct line {
	struct sighting_series s;
	enum kind kind;
	uint32_t number;
	uint32_t today[24]; /* sources */
	int64_t wave_last;  /* hour in which it fired last; 0 never */
	bool slow_asked;    /* since its pile was empty */
	size_t wave;	    /* its sighting + 1 */
};

struct run {
	struct arena *a, *work; /* for what is found; for this run */
	struct store *s;
	const struct sighting_limits *l;
	int64_t from, to;
	struct query bounds;
	unsigned rules;
	struct sighting_clock clock;
	struct line **place; /* PLACES */
	struct line **line;
	size_t lines;
	uint64_t packets[24]; /* of the day */
	int64_t active_at, active;
	struct sighting *found;
	size_t n;
};

static uint32_t
place_of(enum kind k, uint64_t number)
{
	switch (k) {
	case KIND_PORT:
		return number < SEGMENT_SLOTS ? (uint32_t)number : UINT32_MAX;
	case KIND_FINGERPRINT:
		return number > 0 && number < 256 ? (uint32_t)(SEGMENT_SLOTS + number) : UINT32_MAX;
	default:
		return number > 0 && number < COUNTRIES ? (uint32_t)(SEGMENT_SLOTS + 256 + number) : UINT32_MAX;
	}
}

static struct line *
line_of(struct run *r, enum kind k, uint64_t number)
{
	uint32_t p = place_of(k, number);

	if (p == UINT32_MAX)
		return NULL;
	if (r->place[p] == NULL) {
		struct line *x = arena_one(r->work, struct line);

		x->kind = k;
		x->number = (uint32_t)number;
		r->place[p] = x;
		r->line = arena_room(r->work, r->line, r->lines, sizeof(struct line *));
		r->line[r->lines++] = x;
	}
	return r->place[p];
}

static const char *
port_where(struct arena *a, uint32_t slot)
{
	unsigned port = segment_slot_port(slot);

	switch (slot >> 16) {
	case SEGMENT_TCP:
		return arena_printf(a, "tcp dport %u", port);
	case SEGMENT_UDP:
		return arena_printf(a, "udp dport %u", port);
	case SEGMENT_ICMP:
		return arena_printf(a, "icmp icmptype %u icmpcode %u", port >> 8, port & 255);
	case SEGMENT_ICMP6:
		return arena_printf(a, "icmp6 icmptype %u icmpcode %u", port >> 8, port & 255);
	default:
		return arena_printf(a, "proto %u", segment_slot_proto(slot));
	}
}

static const char *
where_of(struct arena *a, const struct line *x)
{
	switch (x->kind) {
	case KIND_PORT:
		return port_where(a, x->number);
	case KIND_FINGERPRINT:
		return arena_printf(a, "fingerprint %s", record_fingerprint_name(x->number));
	default:
		return arena_printf(a, "country %c%c", (int)(x->number >> 8), (int)(x->number & 255));
	}
}

static const char *
series_of(struct arena *a, const struct line *x)
{
	if (x->kind == KIND_FINGERPRINT)
		return record_fingerprint_name(x->number);
	if (x->kind == KIND_COUNTRY)
		return arena_printf(a, "%c%c", (int)(x->number >> 8), (int)(x->number & 255));
	unsigned proto = segment_slot_proto(x->number);
	const char *name = record_proto_name(proto);

	if (x->number >> 16 == SEGMENT_OTHER)
		return name != NULL ? name : arena_printf(a, "proto %u", proto);
	return x->number >> 16 == SEGMENT_TCP || x->number >> 16 == SEGMENT_UDP
	    ? arena_printf(a, "%u/%s", segment_slot_port(x->number), name)
	    : arena_printf(a, "%u.%u/%s", segment_slot_port(x->number) >> 8, segment_slot_port(x->number) & 255, name);
}

static enum err
ask(struct run *r, struct arena *a, const char *where, int64_t from, int64_t to, enum query_key key, unsigned top,
    enum query_measure measure, struct query_result *ret)
{
	struct query q = r->bounds;
	const char *fault;
	size_t at;

	q.from = from;
	q.to = to;
	q.key[0] = key;
	q.keys = 1;
	q.measure = measure;
	q.top = top;
	TRY(filter_parse(a, str_of(where), &q.where, &fault, &at));
	return query_run(a, r->s, &q, ret);
}

static enum err
who(struct run *r, const char *where, int64_t from, int64_t to, struct sighting_who *ret)
{
	AUTO(arena) a = arena_new();
	struct query_result x;

	if (r->active_at != from + 1) { /* sensors that saw anything then */
		TRY(ask(r, a, "", from, to, QUERY_SENSOR, 1, QUERY_PACKETS, &x));
		r->active = (int64_t)x.groups;
		r->active_at = from + 1;
	}
	*ret = (struct sighting_who){ .active = r->active };
	TRY(ask(r, a, where, from, to, QUERY_SENSOR, 1, QUERY_PACKETS, &x));
	ret->sensors = (int64_t)x.groups;
	TRY(ask(r, a, where, from, to, QUERY_SOURCE, 1, QUERY_PACKETS, &x));
	ret->sources = (int64_t)x.groups;
	ret->packets = (int64_t)x.all.count[QUERY_PACKETS];
	ret->top = x.n == 0 ? 0 : (int64_t)x.row[0].count[QUERY_PACKETS];
	return OK;
}

static struct sighting *
add(struct run *r)
{
	r->found = arena_room(r->a, r->found, r->n, sizeof(*r->found));
	r->found[r->n] = (struct sighting){ 0 };
	return &r->found[r->n++];
}

static enum err
wave(struct run *r, struct line *x, const struct sighting_fired *f, int64_t at, int64_t end, int64_t sources)
{
	int64_t hour = at / HOUR, last = x->wave_last;
	struct sighting_who w;
	const char *where;

	if (last != 0 && hour - last < r->l->quiet) { /* the same one goes on */
		x->wave_last = hour;
		if (x->wave > 0)
			r->found[x->wave - 1].to = end;
		return OK;
	}
	where = where_of(r->a, x);
	TRY(who(r, where, at, end, &w));
	if (!sighting_holds(r->l, &w))
		return OK;
	x->wave_last = hour;
	x->wave = 0;
	if (at < r->from)
		return OK;
	*add(r) = (struct sighting){ .rule = SIGHTING_WAVE, .series = series_of(r->a, x), .where = where, .from = at, .to = end,
		.told = end, .sources = sources, .numbers = *f, .who = w };
	x->wave = r->n;
	return OK;
}

static enum err
slow(struct run *r, struct line *x, const struct sighting_fired *f, int64_t at, int64_t sources)
{
	int64_t hour = at / HOUR, from = f->since > at - DAY ? f->since : at + HOUR - DAY;
	struct sighting_who w;
	const char *where;

	if (x->slow_asked)
		return OK;
	x->slow_asked = true;
	/* It was told before, by an earlier run or as a wave, which is louder. */
	if (at < r->from || (x->wave_last != 0 && hour - x->wave_last < r->l->quiet))
		return OK;
	where = where_of(r->a, x);
	TRY(who(r, where, from, at + HOUR, &w));
	if (!sighting_holds(r->l, &w))
		return OK;
	*add(r) = (struct sighting){ .rule = SIGHTING_SLOW, .series = series_of(r->a, x), .where = where, .from = from,
		.to = at + HOUR, .told = at + HOUR, .sources = sources, .numbers = *f, .who = w };
	return OK;
}

static enum err
one_hour(struct run *r, int64_t at)
{
	unsigned h = (unsigned)(at % DAY / HOUR);
	int64_t end = at + HOUR < r->to ? at + HOUR : r->to;

	if (r->packets[h] == 0)
		return OK;
	for (size_t i = 0; i < r->lines; i++) {
		struct line *x = r->line[i];
		int64_t sources = x->today[h];
		struct sighting_fired f = sighting_hour(&x->s, &r->clock, r->l, at, sources);

		if (x->s.pile <= 0)
			x->slow_asked = false;
		if (f.wave)
			TRY(wave(r, x, &f, at, end, sources));
		else if (f.slow && (r->rules & 1u << SIGHTING_SLOW) != 0 && end == at + HOUR && x->kind == KIND_PORT)
			TRY(slow(r, x, &f, at, sources));
	}
	r->clock.hours++;
	return OK;
}

static enum err
read_day(struct run *r, int64_t day, enum kind k)
{
	AUTO(arena) a = arena_new();
	struct query q = r->bounds;
	struct query_result x;

	q.from = day;
	q.to = day + DAY < r->to ? day + DAY : r->to;
	q.key[0] = key_of[k];
	q.key[1] = QUERY_HOUR;
	q.keys = 2;
	q.measure = QUERY_SOURCES;
	TRY(query_run(a, r->s, &q, &x));
	for (size_t i = 0; i < x.n; i++) {
		const struct query_row *row = &x.row[i];
		unsigned h = (unsigned)((int64_t)row->number[1] % DAY / HOUR);
		struct line *l = line_of(r, k, row->number[0]);

		if (k == KIND_PORT)
			r->packets[h] += row->count[QUERY_PACKETS];
		if (l != NULL)
			l->today[h] = (uint32_t)row->count[QUERY_SOURCES];
	}
	return OK;
}

/* Sources of the day that were hardly there before. */
static enum err
sources(struct run *r, int64_t day, int64_t end, const char *where, enum sighting_rule rule, int64_t least)
{
	AUTO(arena) a = arena_new();
	struct query_result x, before, ports;

	TRY(ask(r, a, where, day, end, QUERY_SOURCE, BUSIEST, QUERY_PACKETS, &x));
	for (size_t i = 0; i < x.n && (int64_t)x.row[i].count[QUERY_PACKETS] >= least; i++) {
		const char *it = arena_printf(a, "src %s and %s", x.row[i].text[0], where);
		struct sighting *s;

		TRY(ask(r, a, arena_printf(a, "src %s", x.row[i].text[0]), day - BEFORE, day, QUERY_DAY, 0, QUERY_PACKETS, &before));
		if ((int64_t)before.all.count[QUERY_PACKETS] * 10 >= least)
			continue;
		TRY(ask(r, a, it, day, end, rule == SIGHTING_VICTIM ? QUERY_SENSOR : QUERY_PORT, 1, QUERY_PACKETS, &ports));
		s = add(r);
		*s = (struct sighting){ .rule = rule, .series = arena_dup(r->a, x.row[i].text[0]), .where = arena_dup(r->a, it),
			.from = day, .to = end, .told = end, .sources = 1 };
		s->who.packets = (int64_t)x.row[i].count[QUERY_PACKETS];
		s->who.sources = 1;
		s->who.top = s->who.packets;
		if (rule == SIGHTING_VICTIM)
			s->who.sensors = (int64_t)ports.groups;
		else if (ports.n > 0)
			s->port = arena_dup(r->a, ports.row[0].text[0]);
	}
	return OK;
}

static enum err
fingerprints(struct run *r, int64_t day, int64_t end)
{
	AUTO(arena) a = arena_new();
	struct query_result x, before;

	TRY(ask(r, a, "", day, end, QUERY_FINGERPRINT, 0, QUERY_SOURCES, &x));
	TRY(ask(r, a, "", day - BEFORE, day, QUERY_FINGERPRINT, 0, QUERY_PACKETS, &before));
	if (before.n == 0) /* the first day of all: everything is new */
		return OK;
	for (size_t i = 0; i < x.n; i++) {
		const struct query_row *row = &x.row[i];
		bool known = row->number[0] == RECORD_UNKNOWN || (int64_t)row->count[QUERY_SOURCES] < r->l->sources;

		for (size_t k = 0; k < before.n && !known; k++)
			known = before.row[k].number[0] == row->number[0];
		if (known)
			continue;
		*add(r) = (struct sighting){ .rule = SIGHTING_FINGERPRINT, .series = arena_dup(r->a, row->text[0]),
			.where = arena_printf(r->a, "fingerprint %s", row->text[0]), .from = day, .to = end, .told = end,
			.sources = (int64_t)row->count[QUERY_SOURCES],
			.who = { .packets = (int64_t)row->count[QUERY_PACKETS], .sources = (int64_t)row->count[QUERY_SOURCES] } };
	}
	return OK;
}

static enum err
one_day(struct run *r, int64_t day)
{
	int64_t end = day + DAY < r->to ? day + DAY : r->to;

	for (size_t i = 0; i < r->lines; i++)
		memset(r->line[i]->today, 0, sizeof(r->line[i]->today));
	memset(r->packets, 0, sizeof(r->packets));
	for (enum kind k = 0; k < KINDS; k++)
		TRY(read_day(r, day, k));
	for (int64_t at = day; at < end; at += HOUR)
		TRY(one_hour(r, at));
	if (end <= r->from)
		return OK;
	if ((r->rules & 1u << SIGHTING_HEAVY) != 0)
		TRY(sources(r, day, end, "not fingerprint backscatter", SIGHTING_HEAVY, r->l->heavy));
	if ((r->rules & 1u << SIGHTING_VICTIM) != 0)
		TRY(sources(r, day, end, "fingerprint backscatter", SIGHTING_VICTIM, r->l->victim));
	return (r->rules & 1u << SIGHTING_FINGERPRINT) == 0 ? OK : fingerprints(r, day, end);
}

static int
by_told(const void *x, const void *y)
{
	const struct sighting *p = x, *q = y;

	if (p->told != q->told)
		return p->told < q->told ? -1 : 1;
	if (p->rule != q->rule)
		return p->rule < q->rule ? -1 : 1;
	return strcmp(p->series, q->series);
}

enum err
sighting_run(struct arena *a, struct store *s, const struct sighting_limits *l, unsigned rules, int64_t from, int64_t to,
    const struct query *bounds, struct sighting **ret, size_t *ret_n)
{
	AUTO(arena) work = arena_new();
	struct run *r = arena_one(work, struct run);
	int64_t first = from - ((rules & 1u << SIGHTING_SLOW) != 0 ? WARM_SLOW : WARM) * HOUR;
	const struct store_entry *entry;
	enum err e = OK;
	size_t n;

	*r = (struct run){ .a = a, .work = work, .s = s, .l = l, .rules = rules, .from = from, .to = to };
	if (bounds != NULL)
		r->bounds = (struct query){ .until = bounds->until, .progress = bounds->progress, .object = bounds->object };
	r->place = arena_many(work, struct line *, PLACES);
	entry = store_list(s, &n);
	if (n == 0)
		first = to; /* nothing was ever seen */
	else if (entry[0].day * DAY > first)
		first = entry[0].day * DAY;
	for (int64_t day = first - first % DAY; day < to && e == OK; day += DAY)
		e = one_day(r, day);
	if (r->n > 0)
		qsort(r->found, r->n, sizeof(*r->found), by_told);
	*ret = r->found;
	*ret_n = r->n;
	return e;
}
