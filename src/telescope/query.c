/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "telescope/query_priv.h"
#include "telescope/segment_code.h"
#include "telescope/store.h"

#define DAY INT64_C(86400000000)
#define HOUR INT64_C(3600000000)
#define SIX (UINT64_C(1) << 32) /* + a number: what is not IPv4 */

static const char *const key_names[QUERY_KEYS] = {
	"port", "proto", "source", "net", "as", "country", "sensor", "fingerprint", "hour", "day",
};
static const char *const measure_names[QUERY_MEASURES] = { "packets", "sources", "targets" };

const char *
query_key_name(enum query_key k)
{
	return key_names[k];
}

const char *
query_measure_name(enum query_measure m)
{
	return measure_names[m];
}

bool
query_key_find(struct str name, enum query_key *ret)
{
	for (unsigned i = 0; i < QUERY_KEYS; i++) {
		if (str_is_case(name, key_names[i])) {
			*ret = (enum query_key)i;
			return true;
		}
	}
	return false;
}

bool
query_measure_find(struct str name, enum query_measure *ret)
{
	for (unsigned i = 0; i < QUERY_MEASURES; i++) {
		if (str_is_case(name, measure_names[i])) {
			*ret = (enum query_measure)i;
			return true;
		}
	}
	return false;
}

/* One question on its way: over all segments. */
struct run {
	struct arena *a; /* of the answer */
	const struct query *q;
	const struct filter *where; /* with the times */
	struct query_groups groups;
	struct query_set pairs; /* group << 33 | source or target */
	struct query_names *names;
	struct query_result *result;
	unsigned by; /* bits of the keys */
	struct segment_rows *rows;
	uint8_t *mask;
	uint8_t *spare[QUERY_SPARES];
	uint32_t *runs; /* of one source in one block */
	uint32_t last_group;
	uint64_t last_first, last_second;
	uint32_t *dense; /* packets of each slot, when only ports are asked for */
	const struct query_stretch *dense_stretch; /* of all segments in it */
	size_t dense_stretches;
	uint64_t dense_rows; /* at most in one of them */
	bool whole; /* make all groups, also those that cannot be among the first */
	uint64_t rest_groups, rest_packets; /* of those that were not made */
	bool direct; /* some distinct ones were counted without pairs: no sum over groups */
	/* Networks of IPv4 sources with their packets, when only networks are asked for: network << 32 | packets. They
	 * are so many that each would be looked for in memory far away; sorted at the end, none is. */
	uint64_t *net;
	size_t nets, net_size;
};

/* The same for one segment. */
struct part {
	struct run *run;
	struct segment *s;
	const struct segment_info *info;
	struct arena *a;
	struct query_node *node;
	struct query_known known;
	bool alone; /* the only segment of its day */
	const struct query_stretch *stretch; /* of ports that are meant, or may be */
	size_t stretches;
	bool decided; /* none of them may be */
	const struct segment_ports *ports; /* NULL until they are needed */
	uint8_t *port; /* enum query_tri of each */
	uint32_t meant; /* ports that are not TRI_NO */
	const struct segment_sources *sources; /* when they are asked for */
	const struct segment_places *places;
	uint64_t *target_key, *target_id;
	uint32_t last_slot, last_group, last_source; /* of the row counted last */
};

#define BY(k) (1u << (k))
#define BY_SOURCE (BY(QUERY_SOURCE) | BY(QUERY_NET) | BY(QUERY_AS) | BY(QUERY_COUNTRY))
#define BY_TIME (BY(QUERY_HOUR) | BY(QUERY_DAY))

static uint64_t
address_id(struct run *r, const struct segment_addresses *x, uint32_t i)
{
	struct ip ip;

	if (x->v[i] == 4)
		return x->low[i];
	ip = segment_address(x, i);
	return SIX + query_name_number(r->names, (struct str){ (const char *)&ip, sizeof(ip) });
}

static uint64_t
net_id(struct run *r, const struct segment_addresses *x, uint32_t i)
{
	struct ip ip;

	if (x->v[i] == 4)
		return x->low[i] & 0xffffff00;
	ip = segment_address(x, i);
	memset(ip.byte + 6, 0, sizeof(ip.byte) - 6);
	return SIX + query_name_number(r->names, (struct str){ (const char *)&ip, sizeof(ip) });
}

static enum err
group_find(struct run *r, uint64_t first, uint64_t second, uint32_t *ret)
{
	if (r->groups.n == 0 || first != r->last_first || second != r->last_second) {
		r->last_group = query_group_get(&r->groups, first, second);
		if (r->last_group == UINT32_MAX)
			return ERR_LIMIT;
		r->last_first = first;
		r->last_second = second;
	}
	*ret = r->last_group;
	return OK;
}

static enum err
count_pair(struct run *r, uint32_t group, enum query_measure m, uint64_t id)
{
	int is = query_set_add(&r->pairs, (uint64_t)group << 33 | id);

	if (is < 0)
		return ERR_LIMIT;
	r->groups.group[group].count[m] += (uint64_t)is;
	return OK;
}

/* The key of ${k} when the others are given; times and ports come from outside. */
struct keys {
	uint64_t of[QUERY_KEYS];
};

static enum err
add(struct run *r, const struct keys *k, uint32_t *ret)
{
	const struct query *q = r->q;

	return group_find(r, q->keys > 0 ? k->of[q->key[0]] : 0, q->keys > 1 ? k->of[q->key[1]] : 0, ret);
}

/* Ports */

static void
ask_ports(struct part *p)
{
	p->known.domains = DOMAIN_TIME;
	p->stretch = query_node_ports(p->a, p->node, &p->known, &p->stretches);
	p->decided = true;
	for (size_t i = 0; i < p->stretches; i++)
		p->decided = p->decided && p->stretch[i].tri == TRI_YES;
}

/* At most one port. */
static bool
one_port(const struct part *p)
{
	return p->stretches == 1 && p->stretch[0].from == p->stretch[0].to;
}

static enum err
ports_table(struct part *p)
{
	if (p->port != NULL)
		return OK;
	TRY(segment_ports(p->s, &p->ports));
	p->port = arena_many(p->a, uint8_t, p->ports->n);
	for (size_t i = 0; i < p->stretches; i++) {
		const struct query_stretch *x = &p->stretch[i];

		for (uint32_t at = segment_port_place(p->ports, x->from); at < p->ports->n && p->ports->slot[at] <= x->to; at++) {
			p->port[at] = (uint8_t)x->tri;
			p->meant++;
		}
	}
	return OK;
}

/* Each group of this segment is of it alone: what is distinct here is distinct. */
static bool
own_groups(const struct part *p)
{
	return p->alone && (p->run->by & BY_TIME) != 0;
}

static bool
same_stretches(const struct run *r, const struct part *p)
{
	bool same = r->dense_stretches == p->stretches;

	for (size_t i = 0; same && i < p->stretches; i++)
		same = r->dense_stretch[i].from == p->stretch[i].from && r->dense_stretch[i].to == p->stretch[i].to;
	return same;
}

/* All ports at once, into one table; groups are made of it at the end. */
static enum err
from_dense(struct part *p, bool *ret)
{
	struct run *r = p->run;

	*ret = false;
	if (r->q->keys != 1 || r->by != BY(QUERY_PORT) || r->q->measure != QUERY_PACKETS || !p->decided || one_port(p))
		return OK;
	if (r->dense == NULL) {
		struct query_stretch *x = arena_many(r->a, struct query_stretch, p->stretches + 1);

		if (p->stretches > 0)
			memcpy(x, p->stretch, p->stretches * sizeof(*x));
		r->dense = calloc(SEGMENT_SLOTS, sizeof(*r->dense));
		if (r->dense == NULL)
			abort(); /* as the arena does */
		r->dense_stretch = x;
		r->dense_stretches = p->stretches;
	}
	if (!same_stretches(r, p) || r->dense_rows + p->info->rows > UINT32_MAX)
		return OK;
	r->dense_rows += p->info->rows;
	*ret = true;
	return segment_ports_add(p->s, r->dense);
}

/* Very many groups, each complete: how many there are by the bits of their packets. Only those are made that
 * can be among the first. */
struct cut {
	uint64_t groups[65];
	uint64_t least; /* packets of those that can */
};

static inline void
cut_count(struct cut *c, uint64_t packets)
{
	c->groups[packets == 0 ? 0 : 64 - __builtin_clzll(packets)]++;
}

static void
cut_end(const struct run *r, struct cut *c)
{
	uint64_t n = 0;
	unsigned size = 64;

	c->least = 1;
	if (r->q->top == 0 || r->whole)
		return;
	while (size > 1 && (n += c->groups[size]) < r->q->top)
		size--;
	c->least = UINT64_C(1) << (size - 1);
}

static enum err
cut_group(struct run *r, const struct cut *c, uint64_t key, uint64_t packets)
{
	const struct query_group x = { .key = { key }, .count = { [QUERY_PACKETS] = packets } };

	if (packets >= c->least)
		return query_group_append(&r->groups, &x) ? OK : ERR_LIMIT;
	r->rest_groups++;
	r->rest_packets += packets;
	return OK;
}

/* Of ${n} slots: how many have packets, how many these are, and the most of one. */
WIDE static void
dense_sum(const uint32_t *v, uint32_t n, uint32_t *ret_groups, uint32_t *ret_packets, uint32_t *ret_most)
{
	uint32_t groups = 0, packets = 0, most = 0;

	for (uint32_t i = 0; i < n; i++) {
		groups += v[i] > 0;
		packets += v[i];
		most = v[i] > most ? v[i] : most;
	}
	*ret_groups = groups;
	*ret_packets = packets;
	*ret_most = most;
}

static enum err
dense_add(struct run *r, uint32_t slot, bool others, const struct cut *cut)
{
	uint32_t at;

	if (r->dense[slot] == 0)
		return OK;
	if (!others)
		return cut_group(r, cut, slot, r->dense[slot]);
	TRY(group_find(r, slot, 0, &at));
	r->groups.group[at].count[QUERY_PACKETS] += r->dense[slot];
	return OK;
}

#define PIECE 64 /* slots, of which most have nobody among the first */

static enum err
dense_groups(struct run *r)
{
	bool others = r->groups.n > 0; /* segments that were counted another way */
	struct cut cut = { .least = 0 };
	uint32_t groups, packets, most;

	/* What the best of each piece have, so many ports have at least. */
	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; r->dense != NULL && i < r->dense_stretches; i++) {
			const struct query_stretch *x = &r->dense_stretch[i];

			for (uint32_t from = x->from; from <= x->to; from += PIECE) {
				uint32_t n = x->to - from + 1 < PIECE ? x->to - from + 1 : PIECE;

				dense_sum(r->dense + from, n, &groups, &packets, &most);
				if (pass == 0) {
					cut_count(&cut, most);
				} else if (most < cut.least && !others) {
					r->rest_groups += groups;
					r->rest_packets += packets;
				} else {
					for (uint32_t slot = from; slot < from + n; slot++)
						TRY(dense_add(r, slot, others, &cut));
				}
			}
		}
		if (pass == 0)
			cut_end(r, &cut);
	}
	return OK;
}

static enum err
from_port(struct part *p)
{
	struct run *r = p->run;
	struct keys k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY), [QUERY_PORT] = p->stretch[0].from,
			      [QUERY_PROTO] = segment_slot_proto(p->stretch[0].from) } };
	struct segment_port port;
	uint32_t at, n = 0;
	enum err e = segment_port_find(p->s, p->stretch[0].from, &port);

	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	if (r->q->measure != QUERY_PACKETS)
		TRY(segment_port_sum(p->s, port.place, r->q->measure == QUERY_TARGETS, &n));
	TRY(add(r, &k, &at));
	r->groups.group[at].count[QUERY_PACKETS] += port.rows;
	if (r->q->measure != QUERY_PACKETS)
		r->groups.group[at].count[r->q->measure] += n;
	return OK;
}

static enum err
from_ports(struct part *p, bool *ret)
{
	struct run *r = p->run;
	enum query_measure m = r->q->measure;
	struct keys k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY) } };

	*ret = false;
	if ((r->by & ~(BY(QUERY_PORT) | BY(QUERY_PROTO) | BY(QUERY_DAY))) != 0 || !p->decided)
		return OK;
	if (m != QUERY_PACKETS && (!own_groups(p) || ((r->by & BY(QUERY_PORT)) == 0 && !one_port(p))))
		return OK;
	r->direct = r->direct || m != QUERY_PACKETS;
	*ret = true;
	if (one_port(p))
		return from_port(p);
	TRY(ports_table(p));
	if (m != QUERY_PACKETS)
		TRY(segment_port_sums(p->s, &p->ports));
	for (uint32_t i = 0; i < p->ports->n; i++) {
		struct query_group *g;
		uint32_t at;

		if (p->port[i] == TRI_NO)
			continue;
		k.of[QUERY_PORT] = p->ports->slot[i];
		k.of[QUERY_PROTO] = segment_slot_proto(p->ports->slot[i]);
		TRY(add(r, &k, &at));
		g = &r->groups.group[at];
		g->count[QUERY_PACKETS] += p->ports->first[i + 1] - p->ports->first[i];
		if (m != QUERY_PACKETS)
			g->count[m] += m == QUERY_SOURCES ? p->ports->sources[i] : p->ports->targets[i];
	}
	*ret = true;
	return OK;
}

/* What each hour says: times that begin and end with an hour are decided. */
static bool
ask_hours(const struct part *p, uint32_t slot, bool ret[24])
{
	for (unsigned h = 0; h < 24; h++) {
		struct query_known one = { .domains = DOMAIN_PORT | DOMAIN_TIME, .slot = slot, .last_slot = slot };
		enum query_tri tri;

		one.from = p->info->day * DAY + h * HOUR;
		one.to = one.from + HOUR - 1;
		tri = query_node_ask(p->node, &one);
		if (tri == TRI_MAYBE)
			return false;
		ret[h] = tri == TRI_YES;
	}
	return true;
}

static enum err
count_hours(struct part *p, uint32_t slot, uint32_t place, const bool *meant)
{
	struct run *r = p->run;
	enum query_measure m = r->q->measure;
	struct keys k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY), [QUERY_PORT] = slot,
			      [QUERY_PROTO] = segment_slot_proto(slot) } };
	struct segment_hour hour[24];
	unsigned n;

	TRY(segment_port_hours(p->s, place, hour, &n));
	for (unsigned h = 0; h < n; h++) {
		struct query_group *g;
		uint32_t at;

		if (!meant[hour[h].hour])
			continue;
		k.of[QUERY_HOUR] = (uint64_t)(p->info->day * DAY + hour[h].hour * HOUR);
		TRY(add(r, &k, &at));
		g = &r->groups.group[at];
		g->count[QUERY_PACKETS] += hour[h].packets;
		if (m != QUERY_PACKETS)
			g->count[m] += m == QUERY_SOURCES ? hour[h].sources : hour[h].targets;
	}
	return OK;
}

static enum err
from_hours(struct part *p, bool *ret)
{
	struct run *r = p->run;
	enum query_measure m = r->q->measure;
	struct segment_port port;
	bool hours[24];
	enum err e;

	*ret = false;
	if ((r->by & ~(BY(QUERY_PORT) | BY(QUERY_PROTO) | BY_TIME)) != 0 ||
	    (query_node_domains(p->node) & ~(unsigned)(DOMAIN_PORT | DOMAIN_TIME)) != 0)
		return OK;
	if (m != QUERY_PACKETS && (!p->alone || (r->by & BY(QUERY_HOUR)) == 0 || ((r->by & BY(QUERY_PORT)) == 0 && !one_port(p))))
		return OK;
	/* The same times for all ports: what is decided for one of a stretch is for all. */
	for (size_t i = 0; i < p->stretches; i++) {
		if (!ask_hours(p, p->stretch[i].from, hours))
			return OK;
	}
	r->direct = r->direct || m != QUERY_PACKETS;
	*ret = true;
	for (size_t i = 0; i < p->stretches; i++) {
		const struct query_stretch *x = &p->stretch[i];

		(void)ask_hours(p, x->from, hours); /* decided: asked before */
		if (x->from == x->to) {
			e = segment_port_find(p->s, x->from, &port);
			if (e == OK)
				e = count_hours(p, x->from, port.place, hours);
			if (e != OK && e != ERR_NOT_FOUND)
				return e;
			continue;
		}
		TRY(ports_table(p));
		for (uint32_t at = segment_port_place(p->ports, x->from); at < p->ports->n && p->ports->slot[at] <= x->to; at++)
			TRY(count_hours(p, p->ports->slot[at], at, hours));
	}
	return OK;
}

/* Sums by hour of countries, sensors, fingerprints, or all. */
static enum err
from_sums(struct part *p, bool *ret)
{
	static const struct {
		enum segment_by by;
		enum query_key key;
		enum filter_field field;
	} kinds[] = {
		{ SEGMENT_BY_ALL, QUERY_KEYS, FILTER_FIELDS },
		{ SEGMENT_BY_COUNTRY, QUERY_COUNTRY, FILTER_COUNTRY },
		{ SEGMENT_BY_FINGERPRINT, QUERY_FINGERPRINT, FILTER_FINGERPRINT },
		{ SEGMENT_BY_SENSOR, QUERY_SENSOR, FILTER_SENSOR },
	};
	struct run *r = p->run;
	unsigned fields = query_node_fields(p->node) & ~(1u << FILTER_TIME);
	const struct segment_targets *targets;
	const struct segment_sum *sum;
	size_t kind;
	uint32_t n;

	*ret = false;
	for (kind = 0; kind < COUNT(kinds); kind++) {
		if ((r->by & ~(BY_TIME | BY(kinds[kind].key))) == 0 && (fields & ~(1u << kinds[kind].field)) == 0)
			break;
	}
	if (kind == COUNT(kinds) || r->q->measure == QUERY_TARGETS)
		return OK;
	if (r->q->measure == QUERY_SOURCES &&
	    (kinds[kind].by == SEGMENT_BY_SENSOR || !p->alone || (r->by & BY(QUERY_HOUR)) == 0 ||
		(kinds[kind].by != SEGMENT_BY_ALL && (r->by & BY(kinds[kind].key)) == 0)))
		return OK;
	r->direct = r->direct || r->q->measure == QUERY_SOURCES;
	TRY(segment_hours(p->s, kinds[kind].by, &sum, &n));
	TRY(segment_targets(p->s, &targets));
	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < n; i++) {
			struct query_known one = { .domains = DOMAIN_TIME, .sum = kinds[kind].by != SEGMENT_BY_ALL,
				.sum_field = kinds[kind].field, .sum_key = sum[i].key,
				.from = p->info->day * DAY + sum[i].hour * HOUR };
			struct keys k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY), [QUERY_HOUR] = (uint64_t)one.from } };
			enum query_tri tri;
			uint32_t at;

			one.to = one.from + HOUR - 1;
			if (kinds[kind].by == SEGMENT_BY_SENSOR) {
				if (sum[i].key >= targets->sensors)
					return ERR_INVALID;
				one.sum_name = targets->name[sum[i].key];
			}
			tri = query_node_ask(p->node, &one);
			if (tri == TRI_MAYBE)
				return OK; /* in the first pass: nothing was counted yet */
			if (tri == TRI_NO || pass == 0)
				continue;
			if (kinds[kind].by == SEGMENT_BY_SENSOR)
				k.of[QUERY_SENSOR] = query_name_number(r->names, str_of(one.sum_name));
			else if (kinds[kind].by != SEGMENT_BY_ALL)
				k.of[kinds[kind].key] = sum[i].key;
			TRY(add(r, &k, &at));
			r->groups.group[at].count[QUERY_PACKETS] += sum[i].packets;
			if (r->q->measure == QUERY_SOURCES)
				r->groups.group[at].count[QUERY_SOURCES] += sum[i].sources;
		}
	}
	*ret = true;
	return OK;
}

/* Sources */

static enum err
source_keys(struct part *p)
{
	struct run *r = p->run;

	if ((r->by & BY_SOURCE) != 0 || r->q->measure == QUERY_SOURCES)
		TRY(segment_sources(p->s, &p->sources));
	if ((r->by & (BY(QUERY_AS) | BY(QUERY_COUNTRY))) == 0)
		return OK;
	TRY(segment_places(p->s, &p->places));
	if (r->result->attribution[0] == '\0')
		r->result->attribution = arena_dup(r->a, segment_attribution(p->s));
	return OK;
}

static void
keys_of_source(const struct part *p, uint32_t source, struct keys *k)
{
	unsigned by = p->run->by;

	if ((by & BY(QUERY_SOURCE)) != 0)
		k->of[QUERY_SOURCE] = address_id(p->run, &p->sources->address, source);
	if ((by & BY(QUERY_NET)) != 0)
		k->of[QUERY_NET] = net_id(p->run, &p->sources->address, source);
	if ((by & BY(QUERY_AS)) != 0)
		k->of[QUERY_AS] = p->places->as[source];
	if ((by & BY(QUERY_COUNTRY)) != 0)
		k->of[QUERY_COUNTRY] = p->places->country[source];
}

#define SOON 16 /* sources: their groups lie anywhere in memory */

static enum err
count_source(struct part *p, uint32_t i, bool own, const struct keys *k)
{
	struct run *r = p->run;
	uint32_t at;

	TRY(add(r, k, &at));
	r->groups.group[at].count[QUERY_PACKETS] += p->sources->rows[i];
	if (r->q->measure != QUERY_SOURCES)
		return OK;
	if (!own)
		return count_pair(r, at, QUERY_SOURCES, address_id(r, &p->sources->address, i));
	r->groups.group[at].count[QUERY_SOURCES]++;
	return OK;
}

static enum err
count_sources(struct part *p, const uint8_t *tri)
{
	const struct query *q = p->run->q;
	const struct keys day = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY) } };
	struct keys k[SOON]; /* of the next ones */
	uint32_t n = p->info->sources;
	bool own = own_groups(p);

	p->run->direct = p->run->direct || (own && q->measure == QUERY_SOURCES);
	for (unsigned i = 0; i < SOON; i++)
		k[i] = day;
	for (uint32_t i = 0; tri != NULL && i < n; i++) { /* often very few */
		const uint8_t *next = memchr(tri + i, TRI_YES, n - i);

		if (next == NULL)
			return OK;
		i = (uint32_t)(next - tri);
		keys_of_source(p, i, &k[0]);
		TRY(count_source(p, i, own, &k[0]));
	}
	for (uint32_t i = 0; tri == NULL && i < n + SOON - 1; i++) {
		const struct keys *x = &k[i % SOON];

		if (i < n) {
			keys_of_source(p, i, &k[i % SOON]);
			query_group_soon(&p->run->groups, x->of[q->key[0]], q->keys > 1 ? x->of[q->key[1]] : 0);
		}
		if (i >= SOON / 2 && i - SOON / 2 < n) {
			x = &k[(i - SOON / 2) % SOON];
			query_group_sooner(&p->run->groups, x->of[q->key[0]], q->keys > 1 ? x->of[q->key[1]] : 0);
		}
		if (i >= SOON - 1)
			TRY(count_source(p, i - (SOON - 1), own, &k[(i - (SOON - 1)) % SOON]));
	}
	return OK;
}

static void
nets_gather(struct run *r, const struct segment_sources *t)
{
	const struct segment_addresses *x = &t->address;

	if (r->net_size - r->nets < x->n) {
		r->net_size = r->net_size * 2 + x->n;
		r->net = reallocarray(r->net, r->net_size, sizeof(*r->net));
		if (r->net == NULL)
			abort(); /* as the arena does */
		(void)segment_large(r->net, r->net_size * sizeof(*r->net));
	}
	for (uint32_t i = 0; i < x->n; i++) {
		r->net[r->nets] = (x->low[i] & 0xffffff00) << 32 | t->rows[i];
		r->nets += x->v[i] == 4;
	}
}

/* Sorted by network, twelve bits at a time. */
static void
nets_sort(struct run *r)
{
	uint64_t *to = malloc(r->nets * sizeof(*to)), *from = r->net;

	if (to == NULL)
		abort(); /* as the arena does */
	(void)segment_large(to, r->nets * sizeof(*to));
	for (unsigned shift = 40; shift < 64; shift += 12) {
		uint32_t count[4096] = { 0 }, sum = 0;
		uint64_t *swap = from;

		for (size_t i = 0; i < r->nets; i++)
			count[from[i] >> shift & 4095]++;
		for (unsigned i = 0; i < 4096; i++) {
			uint32_t here = count[i];

			count[i] = sum;
			sum += here;
		}
		for (size_t i = 0; i < r->nets; i++)
			to[count[from[i] >> shift & 4095]++] = from[i];
		from = to;
		to = swap;
	}
	r->net = from;
	r->net_size = r->nets;
	free(to);
}

/* The packets of the network that begins at ${*i}, which is moved behind it. */
static inline uint64_t
net_next(const struct run *r, size_t *i)
{
	uint64_t network = r->net[*i] >> 32, packets = 0;

	for (; *i < r->nets && r->net[*i] >> 32 == network; ++*i)
		packets += r->net[*i] & UINT32_MAX;
	return packets;
}

static enum err
net_groups(struct run *r)
{
	struct cut cut = { .least = 0 };
	bool others = false;

	if (r->nets == 0)
		return OK;
	nets_sort(r);
	for (uint32_t i = 0; i < r->groups.n; i++) /* of segments that were counted another way */
		others = others || r->groups.group[i].key[0] < SIX;
	for (size_t i = 0; i < r->nets && !others;)
		cut_count(&cut, net_next(r, &i));
	cut_end(r, &cut);
	for (size_t i = 0; i < r->nets;) {
		uint64_t key = r->net[i] >> 32, packets = net_next(r, &i);
		uint32_t at;

		if (others) {
			TRY(group_find(r, key, 0, &at));
			r->groups.group[at].count[QUERY_PACKETS] += packets;
		} else {
			TRY(cut_group(r, &cut, key, packets));
		}
	}
	return OK;
}

/* IPv6 in the usual way. */
static enum err
count_nets(struct part *p)
{
	struct keys k = { .of = { 0 } };

	nets_gather(p->run, p->sources);
	for (uint32_t i = 0; i < p->info->sources; i++) {
		const uint8_t *v = p->sources->address.v, *next = memchr(v + i, 6, p->info->sources - i);

		if (next == NULL)
			return OK;
		i = (uint32_t)(next - v);
		keys_of_source(p, i, &k);
		TRY(count_source(p, i, false, &k));
	}
	return OK;
}

static enum err
from_sources(struct part *p, bool *ret)
{
	struct run *r = p->run;
	unsigned domains = query_node_domains(p->node);
	uint8_t *tri = NULL;

	*ret = false;
	if ((r->by & ~(BY_SOURCE | BY(QUERY_DAY))) != 0 || r->q->measure == QUERY_TARGETS ||
	    (domains & ~(unsigned)(DOMAIN_SOURCE | DOMAIN_TIME)) != 0)
		return OK;
	if (domains != 0) {
		tri = arena_alloc(p->a, p->info->sources);
		TRY(query_node_fill(p->node, p->s, p->a, DOMAIN_SOURCE));
		p->known.domains = DOMAIN_TIME;
		query_node_sources(p->a, p->node, &p->known, p->info->sources, tri);
		if (memchr(tri, TRI_MAYBE, p->info->sources) != NULL)
			return OK; /* the times cut this segment */
	}
	*ret = true;
	TRY(segment_source_rows(p->s, &p->sources));
	TRY(source_keys(p));
	if (tri == NULL && r->q->keys == 1 && r->by == BY(QUERY_NET) && r->q->measure == QUERY_PACKETS)
		return count_nets(p);
	return count_sources(p, tri);
}

/* Rows */

static enum err
target_keys(struct part *p)
{
	struct run *r = p->run;
	const struct segment_targets *t;

	if ((r->by & BY(QUERY_SENSOR)) == 0 && r->q->measure != QUERY_TARGETS)
		return OK;
	TRY(segment_targets(p->s, &t));
	p->target_key = arena_many(p->a, uint64_t, t->address.n);
	p->target_id = arena_many(p->a, uint64_t, t->address.n);
	for (uint32_t i = 0; i < t->address.n; i++) {
		uint32_t sensor = query_name_number(r->names, str_of(t->name[t->sensor[i]]));
		struct ip ip = segment_address(&t->address, i);
		char both[sizeof(ip) + 4];

		p->target_key[i] = sensor;
		memcpy(both, &ip, sizeof(ip));
		memcpy(both + sizeof(ip), &sensor, 4);
		p->target_id[i] = query_name_number(r->names, (struct str){ both, sizeof(both) });
	}
	return OK;
}

static unsigned
columns_of(const struct part *p)
{
	const struct run *r = p->run;
	unsigned columns = query_node_columns(p->node);

	if ((r->by & BY_SOURCE) != 0 || r->q->measure == QUERY_SOURCES)
		columns |= SEGMENT_BIT(SEGMENT_SOURCE);
	if ((r->by & BY(QUERY_SENSOR)) != 0 || r->q->measure == QUERY_TARGETS)
		columns |= SEGMENT_BIT(SEGMENT_TARGET);
	if ((r->by & BY(QUERY_FINGERPRINT)) != 0)
		columns |= SEGMENT_BIT(SEGMENT_SHAPE);
	if ((r->by & BY(QUERY_HOUR)) != 0)
		columns |= SEGMENT_BIT(SEGMENT_AT);
	return columns;
}

struct slice { /* rows of one port in one block */
	uint32_t slot, from, to;
	const uint8_t *mask; /* NULL: all of them */
	struct keys k;
	bool own; /* distinct sources come one after the other, in groups of this segment */
};

/* Packets by nothing that differs within the slice, but hours. */
static enum err
count_packets(struct part *p, struct slice *s)
{
	const uint32_t *ms = p->run->rows->column[SEGMENT_AT];
	bool hours = (p->run->by & BY(QUERY_HOUR)) != 0;
	uint32_t n[4][24] = { { 0 } }, at, i = s->from; /* in turns: rows behind each other have the same hour */

	if (!hours && s->mask == NULL) {
		n[0][0] = s->to - s->from;
	} else if (s->mask == NULL) {
		for (; i < s->to; i++)
			n[i % 4][ms[i] / 3600000]++;
	} else {
		for (; i < s->to; i++)
			n[i % 4][hours ? ms[i] / 3600000 : 0] += s->mask[i];
	}
	for (unsigned h = 0; h < 24; h++) {
		uint32_t all = n[0][h] + n[1][h] + n[2][h] + n[3][h];

		if (all == 0)
			continue;
		s->k.of[QUERY_HOUR] = (uint64_t)(p->info->day * DAY + h * HOUR);
		TRY(add(p->run, &s->k, &at));
		p->run->groups.group[at].count[QUERY_PACKETS] += all;
	}
	return OK;
}

/* A source of group ${at}: was it counted there? Rows of a port are by source, also over blocks. */
static enum err
count_distinct(struct part *p, const struct slice *s, uint32_t at, uint32_t source)
{
	struct run *r = p->run;

	if (at == p->last_group && source == p->last_source && s->slot == p->last_slot)
		return OK;
	p->last_group = at;
	p->last_source = source;
	p->last_slot = s->slot;
	if (!s->own)
		return count_pair(r, at, QUERY_SOURCES, address_id(r, &p->sources->address, source));
	r->groups.group[at].count[QUERY_SOURCES]++;
	return OK;
}

/* Distinct sources of groups that do not differ within the slice: each has one run, which may go on
 * in the next block. */
static enum err
count_runs(struct part *p, struct slice *s)
{
	const struct segment_rows *rows = p->run->rows;
	const uint32_t *source = rows->column[SEGMENT_SOURCE];
	struct query_group *g;
	uint32_t at;

	TRY(add(p->run, &s->k, &at));
	g = &p->run->groups.group[at];
	g->count[QUERY_PACKETS] += s->to - s->from;
	g->count[QUERY_SOURCES] += segment_runs(rows, s->from, s->to) -
	    (at == p->last_group && source[s->from] == p->last_source && s->slot == p->last_slot);
	p->last_group = at;
	p->last_source = source[s->to - 1];
	p->last_slot = s->slot;
	return OK;
}

static enum err
count_slice(struct part *p, struct slice *s)
{
	struct run *r = p->run;
	const struct segment_shape *shape = NULL;
	uint32_t *const *c = r->rows->column;
	unsigned by = r->by;
	uint32_t hour = UINT32_MAX;

	if ((by & (BY_SOURCE | BY(QUERY_SENSOR) | BY(QUERY_FINGERPRINT))) == 0 && r->q->measure == QUERY_PACKETS)
		return count_packets(p, s);
	if ((by & ~(BY(QUERY_PORT) | BY(QUERY_PROTO) | BY(QUERY_DAY))) == 0 && s->own && s->mask == NULL)
		return count_runs(p, s);
	if ((by & BY(QUERY_FINGERPRINT)) != 0)
		TRY(segment_shapes(p->s, &shape));
	for (uint32_t i = s->from; i < s->to; i++) {
		uint32_t at;

		if (s->mask != NULL && s->mask[i] == 0)
			continue;
		if ((by & BY_SOURCE) != 0)
			keys_of_source(p, c[SEGMENT_SOURCE][i], &s->k);
		if ((by & BY(QUERY_SENSOR)) != 0)
			s->k.of[QUERY_SENSOR] = p->target_key[c[SEGMENT_TARGET][i]];
		if (shape != NULL)
			s->k.of[QUERY_FINGERPRINT] = shape[c[SEGMENT_SHAPE][i]].fingerprint;
		if ((by & BY(QUERY_HOUR)) != 0 && c[SEGMENT_AT][i] / 3600000 != hour) {
			hour = c[SEGMENT_AT][i] / 3600000;
			s->k.of[QUERY_HOUR] = (uint64_t)(p->info->day * DAY + hour * HOUR);
		}
		TRY(add(r, &s->k, &at));
		r->groups.group[at].count[QUERY_PACKETS]++;
		if (r->q->measure == QUERY_TARGETS)
			TRY(count_pair(r, at, QUERY_TARGETS, p->target_id[c[SEGMENT_TARGET][i]]));
		if (r->q->measure == QUERY_SOURCES)
			TRY(count_distinct(p, s, at, c[SEGMENT_SOURCE][i]));
	}
	return OK;
}

/* In which blocks sources may be that the filter allows; all when it allows many. */
static enum err
blocks_of(struct part *p, uint64_t *ret)
{
	uint8_t *tri = arena_alloc(p->a, p->info->sources);
	uint64_t blocks = 0, of;
	uint32_t few = 0;

	*ret = UINT64_MAX;
	if ((query_node_domains(p->node) & DOMAIN_SOURCE) == 0)
		return OK;
	p->known.domains = DOMAIN_TIME;
	query_node_sources(p->a, p->node, &p->known, p->info->sources, tri);
	for (uint32_t i = 0; i < p->info->sources; i++) {
		if (tri[i] == TRI_NO)
			continue;
		if (++few > 4096)
			return OK;
		TRY(segment_source_blocks(p->s, i, &of));
		blocks |= of;
	}
	*ret = blocks;
	return OK;
}

/* The rows of a block from the first port that is meant to the last. */
static enum err
needed(const struct part *p, uint32_t block, uint32_t place, uint32_t *ret_from, uint32_t *ret_to)
{
	uint32_t first = block * SEGMENT_BLOCK, end = first + SEGMENT_BLOCK, from = UINT32_MAX, to = 0;

	for (; place < p->ports->n && p->ports->first[place] < end; place++) {
		if (p->port[place] == TRI_NO)
			continue;
		if (from == UINT32_MAX)
			from = p->ports->first[place] > first ? p->ports->first[place] - first : 0;
		to = p->ports->first[place + 1] < end ? p->ports->first[place + 1] - first : SEGMENT_BLOCK;
	}
	*ret_from = from;
	*ret_to = to;
	return from < to ? OK : ERR_INVALID;
}

/* Rows are by port and source: do distinct sources come one after the other, in groups of this segment? */
static bool
own_sources(const struct part *p)
{
	unsigned by = p->run->by, source_order = BY(QUERY_PORT) | BY(QUERY_PROTO) | BY_SOURCE | BY_TIME;

	return own_groups(p) && (by & ~source_order) == 0 && ((by & BY(QUERY_PORT)) != 0 || p->meant == 1) &&
	    p->run->q->measure == QUERY_SOURCES;
}

static enum err
from_block(struct part *p, uint32_t block, uint32_t place, unsigned columns)
{
	struct run *r = p->run;
	uint32_t first = block * SEGMENT_BLOCK, end = first + SEGMENT_BLOCK;
	struct slice s = { .k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY) } } };

	TRY(needed(p, block, place, &s.from, &s.to));
	TRY(segment_read_some(p->s, block, columns, s.from, s.to, r->rows));
	r->result->rows_read += r->rows->to - r->rows->from;
	s.own = own_sources(p);
	for (; place < p->ports->n && p->ports->first[place] < end; place++) {
		uint32_t slot = p->ports->slot[place];

		if (p->port[place] == TRI_NO)
			continue;
		s.from = p->ports->first[place] > first ? p->ports->first[place] - first : 0;
		s.to = p->ports->first[place + 1] < end ? p->ports->first[place + 1] - first : r->rows->n;
		r->direct = r->direct || s.own;
		s.slot = slot;
		s.mask = NULL;
		if (p->port[place] == TRI_MAYBE) {
			query_node_mask(p->node, p->info, r->rows, slot, s.from, s.to, r->mask, r->spare);
			s.mask = r->mask;
		}
		s.k.of[QUERY_PORT] = slot;
		s.k.of[QUERY_PROTO] = segment_slot_proto(slot);
		TRY(count_slice(p, &s));
	}
	return OK;
}

static enum err
from_rows(struct part *p)
{
	struct run *r = p->run;
	unsigned columns;
	uint32_t place = 0;
	uint64_t blocks;

	TRY(ports_table(p));
	if (p->meant == 0)
		return OK;
	TRY(query_node_fill(p->node, p->s, p->a, DOMAIN_SOURCE | DOMAIN_TARGET | DOMAIN_SHAPE));
	TRY(blocks_of(p, &blocks));
	if (blocks == 0)
		return OK;
	if ((r->by & BY_SOURCE) != 0 || !own_sources(p)) /* else nobody asks for their addresses */
		TRY(source_keys(p));
	TRY(target_keys(p));
	columns = columns_of(p);
	for (uint32_t b = 0; b < p->info->blocks; b++) {
		uint32_t first = b * SEGMENT_BLOCK;
		bool any = false;

		while (p->ports->first[place + 1] <= first)
			place++;
		for (uint32_t i = place; !any && i < p->ports->n && p->ports->first[i] < first + SEGMENT_BLOCK; i++)
			any = p->port[i] != TRI_NO;
		if (!any || (blocks >> b & 1) == 0)
			continue;
		if (r->q->until != 0 && clock_monotonic_us() > r->q->until)
			return ERR_TIMEOUT;
		TRY(from_block(p, b, place, columns));
	}
	return OK;
}

/* The one source that a filter means: "src 192.0.2.1", also at times that do not cut this segment. */
static const struct ip *
one_source(const struct part *p, const struct query_node *n)
{
	struct query_known times = p->known;
	const struct ip *ip;

	if (n->kind == FILTER_AND) {
		const struct query_node *other = n->right;

		ip = one_source(p, n->left);
		if (ip == NULL) {
			ip = one_source(p, n->right);
			other = n->left;
		}
		times.domains = DOMAIN_TIME;
		return ip != NULL && query_node_domains(other) == DOMAIN_TIME && query_node_ask(other, &times) == TRI_YES ? ip : NULL;
	}
	if (n->kind != FILTER_TEST || n->test->field != FILTER_SRC || n->test->n != 1)
		return NULL;
	ip = &n->test->net[0].ip;
	return n->test->net[0].prefix == (ip->v == 4 ? 32 : 128) ? ip : NULL;
}

static enum err
count_source_block(struct part *p, uint32_t block, uint32_t source)
{
	struct run *r = p->run;
	struct slice s = { .k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY) } } };
	uint32_t *runs, n;

	if (r->runs == NULL)
		r->runs = reallocarray(NULL, 2 * SEGMENT_BLOCK, sizeof(*r->runs));
	if (r->runs == NULL)
		abort(); /* as the arena does */
	runs = r->runs;
	TRY(segment_source_runs(p->s, block, source, r->rows, runs, &n));
	r->result->rows_read += r->rows->n;
	if ((r->by & BY(QUERY_HOUR)) != 0 && n > 0)
		TRY(segment_read(p->s, block, SEGMENT_BIT(SEGMENT_AT), r->rows));
	for (uint32_t i = 0; i < n; i++) {
		s.from = runs[2 * i];
		s.to = runs[2 * i + 1];
		s.slot = p->ports->slot[segment_place(p->ports, block * SEGMENT_BLOCK + s.from)];
		s.k.of[QUERY_PORT] = s.slot;
		s.k.of[QUERY_PROTO] = segment_slot_proto(s.slot);
		TRY(count_packets(p, &s));
	}
	return OK;
}

/* Packets of one source, which is found by the index and whose rows by their runs. */
static enum err
from_source(struct part *p, bool *ret)
{
	struct run *r = p->run;
	struct keys k = { .of = { [QUERY_DAY] = (uint64_t)(p->info->day * DAY) } };
	uint32_t source, packets, at;
	const struct ip *ip;
	uint64_t blocks;
	enum err e;

	*ret = false;
	if ((r->by & ~(BY(QUERY_PORT) | BY(QUERY_PROTO) | BY_TIME)) != 0 || r->q->measure != QUERY_PACKETS)
		return OK;
	ip = one_source(p, p->node);
	if (ip == NULL)
		return OK;
	*ret = true;
	if (p->info->kept == SEGMENT_KEPT_SUMS)
		return ERR_NOT_FOUND;
	e = segment_source_number(p->s, ip, &source);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	if ((r->by & ~BY(QUERY_DAY)) == 0) {
		TRY(segment_source_packets(p->s, source, &packets));
		TRY(add(r, &k, &at));
		r->groups.group[at].count[QUERY_PACKETS] += packets;
		return OK;
	}
	TRY(segment_ports(p->s, &p->ports));
	TRY(segment_source_blocks(p->s, source, &blocks));
	for (uint32_t b = 0; b < p->info->blocks; b++) {
		if ((blocks >> b & 1) != 0)
			TRY(count_source_block(p, b, source));
	}
	return OK;
}

static enum err
ask_segment(struct run *r, struct segment *s, bool alone)
{
	AUTO(arena) a = arena_new();
	struct part p = { .run = r, .s = s, .info = segment_info(s), .a = a, .alone = alone, .last_slot = UINT32_MAX };
	bool done;

	p.node = query_node_new(a, r->where);
	p.known.from = p.info->from;
	p.known.to = p.info->to;
	if (r->q->rows) {
		ask_ports(&p);
		return p.stretches == 0 ? OK : from_rows(&p);
	}
	TRY(from_sums(&p, &done));
	if (!done)
		TRY(from_source(&p, &done));
	if (!done)
		TRY(from_sources(&p, &done));
	if (done)
		return OK;
	ask_ports(&p);
	if (p.stretches == 0)
		return OK;
	TRY(from_dense(&p, &done));
	if (!done)
		TRY(from_ports(&p, &done));
	if (!done)
		TRY(from_hours(&p, &done));
	return done ? OK : from_rows(&p);
}

/* All segments */

static const struct filter *
with_times(struct arena *a, const struct query *q)
{
	struct filter *time = arena_one(a, struct filter), *both = arena_one(a, struct filter);
	struct filter_range *range = arena_one(a, struct filter_range);

	if (q->from == 0 && q->to == 0)
		return q->where;
	*range = (struct filter_range){ (uint64_t)(q->from > 0 ? q->from : 0), q->to > 0 ? (uint64_t)q->to - 1 : (uint64_t)INT64_MAX };
	*time = (struct filter){ .kind = FILTER_TEST, .field = FILTER_TIME, .n = 1, .range = range };
	if (q->where == NULL || q->where->kind == FILTER_ALL)
		return time;
	*both = (struct filter){ .kind = FILTER_AND, .left = time, .right = q->where };
	return both;
}

static void
leave_out(struct run *r, const char *name, enum err why)
{
	struct query_result *x = r->result;

	x->left_out = arena_room(r->a, x->left_out, x->left_outs, sizeof(*x->left_out));
	x->left_out[x->left_outs++] = (struct query_left_out){ arena_dup(r->a, name), why };
}

/* Is what this segment says of its own not in what is counted already? A damaged one may have
 * been counted in part: then it is the whole question that is asked again without it. */
static enum err
ask_all(struct run *r, struct store *st, const struct query_node *node, const bool *bad, size_t *ret_bad)
{
	size_t n;
	const struct store_entry *list = store_list(st, &n);

	for (size_t i = 0; i < n; i++) {
		struct query_known known = { .domains = DOMAIN_TIME, .from = list[i].from, .to = list[i].to };
		bool alone = (i == 0 || list[i - 1].day != list[i].day) && (i + 1 == n || list[i + 1].day != list[i].day);
		struct segment *s;
		enum err e;

		if (bad[i] || query_node_ask(node, &known) == TRI_NO)
			continue;
		if (r->q->until != 0 && clock_monotonic_us() > r->q->until)
			return ERR_TIMEOUT;
		if (r->q->progress != NULL && !r->q->progress(r->q->object, i, n))
			return ERR_TIMEOUT;
		e = store_segment(st, i, &s);
		if (e == OK)
			e = ask_segment(r, s, alone);
		if (e == ERR_LIMIT || e == ERR_TIMEOUT)
			return e;
		if (e != OK) {
			*ret_bad = i;
			leave_out(r, list[i].name, e);
			return ERR_INVALID;
		}
		r->result->segments++;
	}
	return OK;
}

static enum err
gather(struct run *r, struct store *st)
{
	size_t n, wrong = 0;
	bool *bad;
	enum err e;

	(void)store_list(st, &n);
	bad = arena_many(r->a, bool, n + 1);
	for (;;) {
		r->result->segments = 0;
		r->result->rows_read = 0;
		r->rest_groups = r->rest_packets = 0;
		e = ask_all(r, st, query_node_new(r->a, r->where), bad, &wrong);
		if (e == OK)
			e = dense_groups(r);
		if (e == OK)
			return net_groups(r);
		if (e != ERR_INVALID)
			return e;
		bad[wrong] = true;
		query_groups_done(&r->groups);
		query_set_done(&r->pairs);
		free(r->dense);
		r->dense = NULL;
		r->dense_rows = 0;
		r->nets = 0;
	}
}

static void
run_done(struct run *r)
{
	query_groups_done(&r->groups);
	query_set_done(&r->pairs);
	free(r->dense);
	free(r->net);
	segment_rows_free(r->rows);
	free(r->runs);
	free(r->mask);
	for (unsigned i = 0; i < QUERY_SPARES; i++)
		free(r->spare[i]);
}

static enum err
run_new(struct arena *a, struct store *st, const struct query *q, struct query_names *names, struct query_result *result, bool whole,
    struct run *r)
{
	*r = (struct run){ .a = a, .q = q, .names = names, .result = result, .rows = segment_rows_new(), .mask = malloc(SEGMENT_BLOCK),
		.whole = whole };
	if (r->mask == NULL)
		abort(); /* as the arena does */
	r->where = with_times(a, q);
	for (unsigned i = 0; i < q->keys; i++)
		r->by |= BY(q->key[i]);
	return gather(r, st);
}

/* The answer */

static const char *
address_text(struct run *r, uint64_t id, bool net)
{
	struct ip ip = { .v = 4, .byte = { (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id } };

	if (id >= SIX)
		memcpy(&ip, r->names->name[id - SIX].p, sizeof(ip));
	return net ? arena_printf(r->a, "%s/%d", ip_format(r->a, &ip), ip.v == 4 ? 24 : 48) : ip_format(r->a, &ip);
}

static const char *
port_text(struct arena *a, uint32_t slot)
{
	unsigned proto = segment_slot_proto(slot), port = segment_slot_port(slot);
	const char *name = record_proto_name(proto);

	if (proto == RECORD_ICMP || proto == RECORD_ICMP6)
		return arena_printf(a, "%u:%u/%s", port >> 8, port & 255, name);
	if (proto == RECORD_TCP || proto == RECORD_UDP)
		return arena_printf(a, "%u/%s", port, name);
	return name != NULL ? name : arena_printf(a, "%u", proto);
}

const char *
query_key_text(struct arena *a, enum query_key k, uint64_t v)
{
	const char *name;
	struct civil c;

	switch (k) {
	case QUERY_PORT:
		return port_text(a, (uint32_t)v);
	case QUERY_PROTO:
		name = record_proto_name((unsigned)v);
		return name != NULL ? name : arena_printf(a, "%u", (unsigned)v);
	case QUERY_AS:
		return v == 0 ? "" : arena_printf(a, "AS%u", (unsigned)v);
	case QUERY_COUNTRY:
		return v == 0 ? "" : arena_printf(a, "%c%c", (char)(v >> 8), (char)(v & 255));
	case QUERY_FINGERPRINT:
		return record_fingerprint_name((unsigned)v);
	case QUERY_SOURCE:
	case QUERY_NET:
	case QUERY_SENSOR:
	case QUERY_HOUR:
	case QUERY_DAY:
	case QUERY_KEYS:
		break;
	}
	c = clock_civil((int64_t)(v / 1000), 0);
	return k == QUERY_DAY ? arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day)
			      : arena_printf(a, "%04d-%02d-%02dT%02d:00:00Z", c.year, c.month, c.day, c.hour);
}

static const char *
key_text(struct run *r, enum query_key k, uint64_t v)
{
	if (k == QUERY_SOURCE || k == QUERY_NET)
		return address_text(r, v, k == QUERY_NET);
	return k == QUERY_SENSOR ? arena_cstr(r->a, r->names->name[v]) : query_key_text(r->a, k, v);
}

struct order {
	enum query_measure measure;
};

static int
by_measure(const struct query_group *p, const struct query_group *q, enum query_measure m)
{
	if (p->count[m] != q->count[m])
		return p->count[m] > q->count[m] ? -1 : 1;
	for (unsigned i = 0; i < QUERY_KEYS_MAX; i++) {
		if (p->key[i] != q->key[i])
			return p->key[i] < q->key[i] ? -1 : 1;
	}
	return 0;
}

static int
measure_order(const void *x, const void *y, void *object)
{
	const struct order *o = object;

	return by_measure(*(const struct query_group *const *)x, *(const struct query_group *const *)y, o->measure);
}

/* A time first, then the measure. */
static int
time_order(const void *x, const void *y, void *object)
{
	const struct query_row *p = x, *q = y;
	const unsigned *key = object;

	if (p->number[*key] != q->number[*key])
		return p->number[*key] < q->number[*key] ? -1 : 1;
	return p->rank < q->rank ? -1 : p->rank > q->rank;
}

/* The ${top} first of all: a heap of them whose last is on top. */
static size_t
choose(struct run *r, const struct query_group **first, size_t top)
{
	enum query_measure m = r->q->measure;
	size_t n = 0;

	for (uint32_t i = 0; i < r->groups.n; i++) {
		const struct query_group *g = &r->groups.group[i];
		size_t at;

		if (n < top) {
			at = n++;
			for (; at > 0 && by_measure(g, first[(at - 1) / 2], m) > 0; at = (at - 1) / 2)
				first[at] = first[(at - 1) / 2];
			first[at] = g;
			continue;
		}
		if (by_measure(g, first[0], m) > 0)
			continue;
		for (at = 0;;) {
			size_t child = 2 * at + 1;

			if (child + 1 < n && by_measure(first[child + 1], first[child], m) > 0)
				child++;
			if (child >= n || by_measure(first[child], g, m) < 0)
				break;
			first[at] = first[child];
			at = child;
		}
		first[at] = g;
	}
	return n;
}

/* Distinct over several groups: their pairs, without the group. ${shown}: leave these out; NULL: none. */
static enum err
distinct(struct run *r, const bool *shown, uint64_t *ret)
{
	struct query_set set = { .member = NULL };
	enum err e = OK;

	for (uint64_t i = 0; r->pairs.member != NULL && i <= r->pairs.mask && e == OK; i++) {
		uint64_t v = r->pairs.member[i];

		if (v == 0 || (shown != NULL && shown[(v - 1) >> 33]))
			continue;
		if (query_set_add(&set, (v - 1) & ((UINT64_C(1) << 33) - 1)) < 0)
			e = ERR_LIMIT;
	}
	*ret = set.n;
	query_set_done(&set);
	return e;
}

static struct query_row
row_of(struct run *r, const struct query_group *g)
{
	struct query_row row = { .number = { g->key[0], g->key[1] } };

	memcpy(row.count, g->count, sizeof(row.count));
	for (unsigned i = 0; i < r->q->keys; i++)
		row.text[i] = key_text(r, r->q->key[i], g->key[i]);
	return row;
}

static enum err
answer(struct run *r)
{
	struct query_result *x = r->result;
	enum query_measure m = r->q->measure;
	size_t top = r->q->top == 0 || r->q->top > r->groups.n ? r->groups.n : r->q->top;
	const struct query_group **first = arena_many(r->a, const struct query_group *, top + 1);
	bool *shown = arena_many(r->a, bool, (size_t)r->groups.n + 1);
	struct order order = { m };

	x->n = choose(r, first, top);
	if (x->n > 0)
		qsort_r(first, x->n, sizeof(*first), measure_order, &order);
	x->row = arena_many(r->a, struct query_row, x->n + 1);
	for (size_t i = 0; i < x->n; i++) {
		x->row[i] = row_of(r, first[i]);
		x->row[i].rank = (unsigned)i + 1;
		shown[first[i] - r->groups.group] = true;
	}
	x->groups = r->groups.n + r->rest_groups;
	x->all.count[QUERY_PACKETS] = x->others.count[QUERY_PACKETS] = r->rest_packets;
	for (uint32_t i = 0; i < r->groups.n; i++) {
		x->all.count[QUERY_PACKETS] += r->groups.group[i].count[QUERY_PACKETS];
		if (!shown[i])
			x->others.count[QUERY_PACKETS] += r->groups.group[i].count[QUERY_PACKETS];
	}
	if (m == QUERY_PACKETS || r->direct)
		return OK;
	TRY(distinct(r, NULL, &x->all.count[m]));
	return x->n < x->groups ? distinct(r, shown, &x->others.count[m]) : OK;
}

/* The ranks of an earlier period of the same length. */
static enum err
before(struct store *st, const struct query *q, struct query_names *names, struct query_result *x)
{
	AUTO(arena) spare = arena_new();
	struct query_result ignored = { .attribution = "" };
	struct query earlier = *q;
	const struct query_group **first;
	struct order order = { q->measure };
	uint32_t *rank;
	struct run r;
	enum err e;

	int64_t back = q->back != 0 ? q->back : q->to - q->from;

	earlier.from = q->from > back ? q->from - back : 0;
	earlier.to = q->to - back;
	if (earlier.to <= earlier.from)
		return OK;
	e = run_new(spare, st, &earlier, names, &ignored, true, &r);
	if (e == OK) {
		first = arena_many(spare, const struct query_group *, (size_t)r.groups.n + 1);
		rank = arena_many(spare, uint32_t, (size_t)r.groups.n + 1);
		for (uint32_t i = 0; i < r.groups.n; i++)
			first[i] = &r.groups.group[i];
		qsort_r(first, r.groups.n, sizeof(*first), measure_order, &order);
		for (uint32_t i = 0; i < r.groups.n; i++)
			rank[first[i] - r.groups.group] = i + 1;
		for (size_t i = 0; i < x->n; i++) {
			const struct query_group *g = query_group_find(&r.groups, x->row[i].number[0], x->row[i].number[1]);

			if (g == NULL)
				continue;
			x->row[i].previous_rank = rank[g - r.groups.group];
			x->row[i].previous = g->count[q->measure];
		}
	}
	run_done(&r);
	return e;
}

/* Only rows whose other key is among the first. */
static void
keep(struct query_result *x, unsigned key, const struct query_result *first)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++) {
		bool is = false;

		for (size_t j = 0; j < first->n && !is; j++) {
			is = x->row[i].number[key] == first->row[j].number[0];
			x->row[i].rank = first->row[j].rank;
		}
		if (is)
			x->row[n++] = x->row[i];
	}
	x->n = n;
	x->others = first->others;
	x->groups = first->groups;
}

struct store_asking {
	struct store *store;
	struct query_names names;
};

static enum err
ask_store(struct arena *a, void *object, const struct query *q, struct query_result *ret)
{
	struct store_asking *to = object;
	struct query_result x = { .attribution = "" };
	struct run r;
	enum err e = run_new(a, to->store, q, &to->names, &x, false, &r);

	if (e == OK) {
		r.result = &x;
		e = answer(&r);
	}
	run_done(&r);
	if (e == OK && q->previous && q->to > q->from && q->from > 0)
		e = before(to->store, q, &to->names, &x);
	if (e == OK)
		*ret = x;
	return e;
}

enum err
query_run_with(struct arena *a, query_ask ask, void *object, const struct query *q, struct query_result *ret)
{
	unsigned time = q->keys; /* which key is one */

	for (unsigned i = 0; i < q->keys; i++) {
		if ((BY(q->key[i]) & BY_TIME) != 0)
			time = i;
	}
	if (time == q->keys)
		return ask(a, object, q, ret);

	struct query series = *q, totals = *q;
	struct query_result first = { .n = 0 };

	series.top = 0;
	series.previous = false;
	TRY(ask(a, object, &series, ret));
	if (q->top > 0 && q->keys == 2) {
		totals.key[0] = q->key[1 - time];
		totals.keys = 1;
		TRY(ask(a, object, &totals, &first));
		keep(ret, 1 - time, &first);
	} else if (q->top > 0 && ret->n > q->top) {
		for (size_t i = q->top; i < ret->n; i++)
			ret->others.count[QUERY_PACKETS] += ret->row[i].count[QUERY_PACKETS];
		ret->n = q->top;
	}
	qsort_r(ret->row, ret->n, sizeof(*ret->row), time_order, &time);
	return OK;
}

enum err
query_run(struct arena *a, struct store *st, const struct query *q, struct query_result *ret)
{
	struct store_asking to = { st, { .a = a } };

	return query_run_with(a, ask_store, &to, q, ret);
}

/* Records */

struct walk {
	enum err (*each)(void *object, const struct query_record *x);
	void *object;
	enum err said; /* by it: no fault of the segment */
};

static enum err
walk_block(struct part *p, struct walk *w, uint32_t block, uint32_t place)
{
	struct run *r = p->run;
	uint32_t first = block * SEGMENT_BLOCK, end = first + SEGMENT_BLOCK;
	const struct segment_places *places;
	const struct segment_targets *targets;

	TRY(segment_read(p->s, block, segment_columns(p->s) | query_node_columns(p->node), r->rows));
	TRY(segment_places(p->s, &places));
	TRY(segment_targets(p->s, &targets));
	r->result->rows_read += r->rows->n;
	for (; place < p->ports->n && p->ports->first[place] < end; place++) {
		uint32_t from = p->ports->first[place] > first ? p->ports->first[place] - first : 0;
		uint32_t to = p->ports->first[place + 1] < end ? p->ports->first[place + 1] - first : r->rows->n;

		if (p->port[place] == TRI_NO)
			continue;
		if (p->port[place] == TRI_MAYBE)
			query_node_mask(p->node, p->info, r->rows, p->ports->slot[place], from, to, r->mask, r->spare);
		for (uint32_t i = from; i < to; i++) {
			uint32_t source = r->rows->column[SEGMENT_SOURCE][i], sensor;
			struct query_record x;

			if (p->port[place] == TRI_MAYBE && r->mask[i] == 0)
				continue;
			TRY(segment_record(p->s, r->rows, i, &x.r, &sensor));
			x.sensor = targets->name[sensor];
			x.country = places->country[source];
			x.as = places->as[source];
			w->said = w->each(w->object, &x);
			TRY(w->said);
		}
	}
	return OK;
}

static enum err
walk_segment(struct run *r, struct walk *w, struct segment *s)
{
	AUTO(arena) a = arena_new();
	struct part p = { .run = r, .s = s, .info = segment_info(s), .a = a };
	uint64_t blocks;
	uint32_t place = 0;

	p.node = query_node_new(a, r->where);
	p.known.from = p.info->from;
	p.known.to = p.info->to;
	ask_ports(&p);
	TRY(ports_table(&p));
	if (p.meant == 0)
		return OK;
	if (p.info->kept == SEGMENT_KEPT_SUMS)
		return ERR_NOT_FOUND;
	TRY(query_node_fill(p.node, s, a, DOMAIN_SOURCE | DOMAIN_TARGET | DOMAIN_SHAPE));
	TRY(blocks_of(&p, &blocks));
	for (uint32_t b = 0; b < p.info->blocks; b++) {
		bool any = false;

		while (p.ports->first[place + 1] <= b * SEGMENT_BLOCK)
			place++;
		for (uint32_t i = place; !any && i < p.ports->n && p.ports->first[i] < (b + 1) * SEGMENT_BLOCK; i++)
			any = p.port[i] != TRI_NO;
		if (!any || (blocks >> b & 1) == 0)
			continue;
		if (r->q->until != 0 && clock_monotonic_us() > r->q->until)
			return ERR_TIMEOUT;
		TRY(walk_block(&p, w, b, place));
	}
	return OK;
}

enum err
query_records(struct store *st, const struct query *q, enum err (*each)(void *object, const struct query_record *x), void *object,
    struct query_result *ret, struct arena *a)
{
	struct query_names names = { .a = a };
	struct query_result x = { .attribution = "" };
	struct run r = { .a = a, .q = q, .names = &names, .result = &x, .rows = segment_rows_new(), .mask = malloc(SEGMENT_BLOCK) };
	struct walk w = { each, object, OK };
	const struct query_node *node;
	const struct store_entry *list;
	enum err e = OK;
	size_t n;

	if (r.mask == NULL)
		abort(); /* as the arena does */
	r.where = with_times(a, q);
	node = query_node_new(a, r.where);
	list = store_list(st, &n);
	for (size_t i = 0; i < n && e == OK; i++) {
		struct query_known known = { .domains = DOMAIN_TIME, .from = list[i].from, .to = list[i].to };
		struct segment *s;

		if (query_node_ask(node, &known) == TRI_NO)
			continue;
		e = store_segment(st, i, &s);
		if (e == OK)
			e = walk_segment(&r, &w, s);
		if (w.said == OK && (e == ERR_INVALID || e == ERR_UNAVAILABLE || e == ERR_NOT_FOUND)) {
			leave_out(&r, list[i].name, e);
			e = OK;
		}
		x.segments++;
	}
	run_done(&r);
	if (e == OK)
		*ret = x;
	return e;
}
