/* SPDX-License-Identifier: Apache-2.0 */
/* query_node.c - a filter asked of whole ports, tables and blocks. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "telescope/query_priv.h"
#include "telescope/segment_priv.h"

static enum query_domain
domain_of(enum filter_field f)
{
	switch (f) {
	case FILTER_PROTO:
	case FILTER_DPORT:
	case FILTER_ICMP_TYPE:
	case FILTER_ICMP_CODE:
		return DOMAIN_PORT;
	case FILTER_SRC:
	case FILTER_COUNTRY:
	case FILTER_AS:
	case FILTER_VERSION:
		return DOMAIN_SOURCE;
	case FILTER_DST:
	case FILTER_SENSOR:
		return DOMAIN_TARGET;
	case FILTER_LEN:
	case FILTER_FLAGS:
	case FILTER_MSS:
	case FILTER_SCALE:
	case FILTER_OPTIONS:
	case FILTER_FINGERPRINT:
	case FILTER_BITS:
		return DOMAIN_SHAPE;
	case FILTER_TIME:
		return DOMAIN_TIME;
	case FILTER_SPORT:
	case FILTER_TTL:
	case FILTER_IP_ID:
	case FILTER_WINDOW:
	case FILTER_SEQ:
	case FILTER_FIELDS:
		break;
	}
	return DOMAIN_ROW;
}

struct query_node *
query_node_new(struct arena *a, const struct filter *f)
{
	struct query_node *n = arena_one(a, struct query_node);

	if (f == NULL)
		return n; /* FILTER_ALL */
	n->kind = f->kind;
	if (f->left != NULL)
		n->left = query_node_new(a, f->left);
	if (f->right != NULL)
		n->right = query_node_new(a, f->right);
	if (f->kind == FILTER_TEST) {
		n->test = f;
		n->domain = domain_of(f->field);
	}
	return n;
}

unsigned
query_node_domains(const struct query_node *n)
{
	return n == NULL ? 0 : (unsigned)n->domain | query_node_domains(n->left) | query_node_domains(n->right);
}

unsigned
query_node_fields(const struct query_node *n)
{
	if (n == NULL)
		return 0;
	return (n->test == NULL ? 0 : 1u << n->test->field) | query_node_fields(n->left) | query_node_fields(n->right);
}

unsigned
query_node_columns(const struct query_node *n)
{
	static const unsigned row[FILTER_FIELDS] = {
		[FILTER_SPORT] = SEGMENT_BIT(SEGMENT_SPORT),
		[FILTER_TTL] = SEGMENT_BIT(SEGMENT_TTL),
		[FILTER_IP_ID] = SEGMENT_BIT(SEGMENT_IP_ID),
		[FILTER_WINDOW] = SEGMENT_BIT(SEGMENT_WINDOW),
		[FILTER_SEQ] = SEGMENT_BIT(SEGMENT_SEQ),
	};
	unsigned columns;

	if (n == NULL)
		return 0;
	columns = query_node_columns(n->left) | query_node_columns(n->right);
	if (n->test != NULL)
		columns |= row[n->test->field];
	if (n->domain == DOMAIN_SOURCE)
		columns |= SEGMENT_BIT(SEGMENT_SOURCE);
	if (n->domain == DOMAIN_TARGET)
		columns |= SEGMENT_BIT(SEGMENT_TARGET);
	if (n->domain == DOMAIN_SHAPE)
		columns |= SEGMENT_BIT(SEGMENT_SHAPE);
	if (n->domain == DOMAIN_TIME)
		columns |= SEGMENT_BIT(SEGMENT_AT) | SEGMENT_BIT(SEGMENT_MICRO);
	return columns;
}

static bool
ask_port(const struct filter *t, uint32_t slot)
{
	unsigned class = slot >> 16, port = slot & 0xffff;

	switch (t->field) {
	case FILTER_PROTO:
		return filter_test_number(t, segment_slot_proto(slot));
	case FILTER_DPORT:
		return (class == SEGMENT_TCP || class == SEGMENT_UDP) && filter_test_number(t, port);
	case FILTER_ICMP_TYPE:
		return (class == SEGMENT_ICMP || class == SEGMENT_ICMP6) && filter_test_number(t, port >> 8);
	case FILTER_ICMP_CODE:
		return (class == SEGMENT_ICMP || class == SEGMENT_ICMP6) && filter_test_number(t, port & 255);
	default:
		return false;
	}
}

/* All of the stretch, none of it, or some. */
static enum query_tri
ask_time(const struct filter *t, int64_t from, int64_t to)
{
	enum query_tri tri = TRI_NO;

	for (uint32_t i = 0; i < t->n; i++) {
		int64_t a = (int64_t)t->range[i].from, b = (int64_t)t->range[i].to;

		if (a > b || b < from || a > to)
			continue;
		if (a <= from && b >= to)
			return TRI_YES;
		tri = TRI_MAYBE;
	}
	return tri;
}

/* All of the ports, none of them, or it depends on which. */
static enum query_tri
ask_ports(const struct filter *t, struct query_known *k)
{
	uint32_t from = k->slot & 0xffff, to = k->last_slot & 0xffff;
	unsigned class = k->slot >> 16;
	bool udp = class == SEGMENT_TCP || class == SEGMENT_UDP;
	enum query_tri tri = TRI_NO;

	if (from == to || (t->field == FILTER_PROTO && class != SEGMENT_OTHER))
		return ask_port(t, k->slot) ? TRI_YES : TRI_NO;
	if (t->field == FILTER_DPORT && !udp)
		return TRI_NO;
	if (t->field == FILTER_DPORT) {
		for (uint32_t i = 0; i < t->n; i++) {
			if (t->range[i].from <= from && t->range[i].to >= to)
				return TRI_YES;
			if (t->range[i].from <= to && t->range[i].to >= from)
				tri = TRI_MAYBE;
		}
		k->split = k->split || tri == TRI_MAYBE;
		return tri;
	}
	k->split = true;
	return TRI_MAYBE;
}

static enum query_tri
ask_test(const struct query_node *n, struct query_known *k)
{
	if (k->sum && n->test->field == k->sum_field) {
		if (n->test->field == FILTER_SENSOR)
			return filter_test_name(n->test, k->sum_name) ? TRI_YES : TRI_NO;
		return filter_test_number(n->test, k->sum_key) ? TRI_YES : TRI_NO;
	}
	if ((k->domains & (unsigned)n->domain) == 0)
		return TRI_MAYBE;
	return n->domain == DOMAIN_PORT ? ask_ports(n->test, k) : ask_time(n->test, k->from, k->to);
}

static enum query_tri
opposite(enum query_tri tri)
{
	return (enum query_tri)(TRI_YES - tri);
}

enum query_tri
query_node_ask(const struct query_node *n, struct query_known *k)
{
	enum query_tri left, right;

	switch (n->kind) {
	case FILTER_ALL:
		return TRI_YES;
	case FILTER_TEST:
		return ask_test(n, k);
	case FILTER_NOT:
		return opposite(query_node_ask(n->left, k));
	case FILTER_AND:
		left = query_node_ask(n->left, k);
		if (left == TRI_NO)
			return TRI_NO;
		right = query_node_ask(n->right, k);
		return left < right ? left : right;
	case FILTER_OR:
		left = query_node_ask(n->left, k);
		if (left == TRI_YES)
			return TRI_YES;
		right = query_node_ask(n->right, k);
		return left > right ? left : right;
	}
	return TRI_MAYBE;
}

struct stretches {
	struct arena *a;
	struct query_stretch *list;
	size_t n;
};

/* Halved until the answer is the same for all. */
static void
stretch(struct stretches *x, const struct query_node *n, const struct query_known *k, uint32_t from, uint32_t to)
{
	struct query_known one = *k;
	enum query_tri tri;

	one.domains |= DOMAIN_PORT;
	one.slot = from;
	one.last_slot = to;
	one.split = false;
	tri = query_node_ask(n, &one);
	if (tri == TRI_MAYBE && one.split && from < to) {
		stretch(x, n, k, from, from + (to - from) / 2);
		stretch(x, n, k, from + (to - from) / 2 + 1, to);
		return;
	}
	if (tri == TRI_NO)
		return;
	if (x->n > 0 && x->list[x->n - 1].to + 1 == from && x->list[x->n - 1].tri == tri) {
		x->list[x->n - 1].to = to;
		return;
	}
	x->list = arena_room(x->a, x->list, x->n, sizeof(*x->list));
	x->list[x->n++] = (struct query_stretch){ from, to, tri };
}

struct query_stretch *
query_node_ports(struct arena *a, const struct query_node *n, const struct query_known *k, size_t *ret_n)
{
	struct stretches x = { .a = a };

	for (uint32_t class = 0; class < SEGMENT_CLASSES; class++)
		stretch(&x, n, k, class << 16, class << 16 | 0xffff);
	*ret_n = x.n;
	return x.list;
}

WIDE static void
smaller(uint8_t *to, const uint8_t *other, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = to[i] < other[i] ? to[i] : other[i];
}

WIDE static void
larger(uint8_t *to, const uint8_t *other, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = to[i] > other[i] ? to[i] : other[i];
}

WIDE static void
reverse(uint8_t *to, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint8_t)(TRI_YES - to[i]);
}

WIDE static void
from_table(uint8_t *to, const uint8_t *table, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint8_t)(table[i] * TRI_YES);
}

void
query_node_sources(struct arena *a, const struct query_node *n, struct query_known *k, uint32_t sources, uint8_t *ret)
{
	uint8_t *other;

	switch (n->kind) {
	case FILTER_ALL:
		memset(ret, TRI_YES, sources);
		return;
	case FILTER_TEST:
		if (n->domain == DOMAIN_SOURCE)
			from_table(ret, n->table, sources);
		else
			memset(ret, (int)ask_test(n, k), sources);
		return;
	case FILTER_NOT:
		query_node_sources(a, n->left, k, sources, ret);
		reverse(ret, sources);
		return;
	case FILTER_AND:
	case FILTER_OR:
		query_node_sources(a, n->left, k, sources, ret);
		other = arena_alloc(a, sources);
		query_node_sources(a, n->right, k, sources, other);
		if (n->kind == FILTER_AND)
			smaller(ret, other, sources);
		else
			larger(ret, other, sources);
		return;
	}
}

/* Tables */

/* IPv4 networks as two numbers: asked of each of many addresses. */
WIDE static void
fill_v4(uint8_t *table, const uint8_t *v, const uint64_t *low, uint32_t n, uint32_t mask, uint32_t want)
{
	for (uint32_t i = 0; i < n; i++)
		table[i] |= (uint8_t)((v[i] == 4) & (((uint32_t)low[i] & mask) == want));
}

static void
fill_addresses(const struct filter *t, const struct segment_addresses *x, uint8_t *table)
{
	for (uint32_t i = 0; i < t->n; i++) {
		const struct ip_net *net = &t->net[i];
		uint32_t mask = net->prefix == 0 ? 0 : UINT32_MAX << (32 - (net->prefix < 32 ? net->prefix : 32)), want;

		if (net->ip.v != 4) {
			for (uint32_t j = 0; j < x->n; j++) {
				struct ip ip;

				if (x->v[j] != 6)
					continue;
				ip = segment_address(x, j);
				table[j] |= ip_in(net, &ip);
			}
			continue;
		}
		want = (uint32_t)net->ip.byte[0] << 24 | (uint32_t)net->ip.byte[1] << 16 | (uint32_t)net->ip.byte[2] << 8 |
		    net->ip.byte[3];
		fill_v4(table, x->v, x->low, x->n, mask, want);
	}
}

static enum err
fill_sources(struct query_node *n, struct segment *s)
{
	const struct segment_sources *t;
	const struct segment_places *p;

	TRY(segment_sources(s, &t));
	switch (n->test->field) {
	case FILTER_SRC:
		fill_addresses(n->test, &t->address, n->table);
		return OK;
	case FILTER_VERSION:
		for (uint32_t i = 0; i < t->address.n; i++)
			n->table[i] = filter_test_number(n->test, t->address.v[i]);
		return OK;
	default:
		TRY(segment_places(s, &p));
		for (uint32_t i = 0; i < t->address.n; i++)
			n->table[i] = filter_test_number(n->test, n->test->field == FILTER_AS ? p->as[i] : p->country[i]);
		return OK;
	}
}

static enum err
fill_targets(struct query_node *n, struct segment *s)
{
	const struct segment_targets *t;

	TRY(segment_targets(s, &t));
	if (n->test->field == FILTER_DST) {
		fill_addresses(n->test, &t->address, n->table);
		return OK;
	}
	for (uint32_t i = 0; i < t->address.n; i++)
		n->table[i] = filter_test_name(n->test, t->name[t->sensor[i]]);
	return OK;
}

static bool
ask_shape(const struct filter *t, const struct segment_shape *x)
{
	bool tcp = x->proto == RECORD_TCP;

	switch (t->field) {
	case FILTER_LEN:
		return filter_test_number(t, x->len);
	case FILTER_FLAGS:
		return tcp && filter_test_number(t, x->flags);
	case FILTER_MSS:
		return filter_test_number(t, x->mss);
	case FILTER_SCALE:
		return filter_test_number(t, x->scale);
	case FILTER_OPTIONS:
		return tcp && filter_test_number(t, x->options);
	case FILTER_FINGERPRINT:
		return filter_test_number(t, x->fingerprint);
	case FILTER_BITS:
		return filter_test_number(t, x->bits);
	default:
		return false;
	}
}

static enum err
fill_shapes(struct query_node *n, struct segment *s)
{
	const struct segment_shape *x;

	TRY(segment_shapes(s, &x));
	for (uint32_t i = 0; i < segment_info(s)->shapes; i++)
		n->table[i] = ask_shape(n->test, &x[i]);
	return OK;
}

enum err
query_node_fill(struct query_node *n, struct segment *s, struct arena *a, unsigned domains)
{
	const struct segment_info *info = segment_info(s);

	if (n == NULL)
		return OK;
	if ((domains & (unsigned)n->domain) != 0 && n->table == NULL) {
		switch (n->domain) {
		case DOMAIN_SOURCE:
			n->table = arena_many(a, uint8_t, info->sources);
			TRY(fill_sources(n, s));
			break;
		case DOMAIN_TARGET:
			n->table = arena_many(a, uint8_t, info->targets);
			TRY(fill_targets(n, s));
			break;
		case DOMAIN_SHAPE:
			n->table = arena_many(a, uint8_t, info->shapes);
			TRY(fill_shapes(n, s));
			break;
		default:
			break;
		}
	}
	TRY(query_node_fill(n->left, s, a, domains));
	return query_node_fill(n->right, s, a, domains);
}

/* Rows */

static void
mask_table(const uint8_t *table, const uint32_t *of, uint32_t from, uint32_t to, uint8_t *ret)
{
	for (uint32_t i = from; i < to; i++)
		ret[i] = table[of[i]];
}

static void
mask_row(const struct filter *t, const struct segment_rows *rows, uint32_t slot, uint32_t from, uint32_t to, uint8_t *ret)
{
	unsigned class = slot >> 16;
	bool can = true;
	const uint32_t *v;

	switch (t->field) {
	case FILTER_SPORT:
		can = class == SEGMENT_TCP || class == SEGMENT_UDP;
		v = rows->column[SEGMENT_SPORT];
		break;
	case FILTER_TTL:
		v = rows->column[SEGMENT_TTL];
		break;
	case FILTER_IP_ID:
		v = rows->column[SEGMENT_IP_ID];
		break;
	case FILTER_WINDOW:
		can = class == SEGMENT_TCP;
		v = rows->column[SEGMENT_WINDOW];
		break;
	default:
		can = class == SEGMENT_TCP;
		v = rows->column[SEGMENT_SEQ];
		break;
	}
	memset(ret + from, 0, to - from);
	if (!can)
		return;
	for (uint32_t j = 0; j < t->n; j++) {
		uint32_t a = (uint32_t)t->range[j].from, b = (uint32_t)t->range[j].to;

		for (uint32_t i = from; i < to; i++)
			ret[i] |= (uint8_t)((v[i] >= a) & (v[i] <= b));
	}
}

static void
mask_time(const struct filter *t, const struct segment_info *info, const struct segment_rows *rows, uint32_t from, uint32_t to,
    uint8_t *ret)
{
	int64_t day = info->day * INT64_C(86400000000);

	for (uint32_t i = from; i < to; i++)
		ret[i] = filter_test_number(t,
		    (uint64_t)(day + (int64_t)rows->column[SEGMENT_AT][i] * 1000 + rows->column[SEGMENT_MICRO][i]));
}

static void
mask_test(const struct query_node *n, const struct segment_info *info, const struct segment_rows *rows, uint32_t slot, uint32_t from,
    uint32_t to, uint8_t *ret)
{
	switch (n->domain) {
	case DOMAIN_PORT:
		memset(ret + from, ask_port(n->test, slot), to - from);
		break;
	case DOMAIN_SOURCE:
		mask_table(n->table, rows->column[SEGMENT_SOURCE], from, to, ret);
		break;
	case DOMAIN_TARGET:
		mask_table(n->table, rows->column[SEGMENT_TARGET], from, to, ret);
		break;
	case DOMAIN_SHAPE:
		mask_table(n->table, rows->column[SEGMENT_SHAPE], from, to, ret);
		break;
	case DOMAIN_TIME:
		mask_time(n->test, info, rows, from, to, ret);
		break;
	case DOMAIN_ROW:
		mask_row(n->test, rows, slot, from, to, ret);
		break;
	}
}

void
query_node_mask(const struct query_node *n, const struct segment_info *info, const struct segment_rows *rows, uint32_t slot,
    uint32_t from, uint32_t to, uint8_t *ret, uint8_t **spare)
{
	uint8_t *other;

	switch (n->kind) {
	case FILTER_ALL:
		memset(ret + from, 1, to - from);
		return;
	case FILTER_TEST:
		mask_test(n, info, rows, slot, from, to, ret);
		return;
	case FILTER_NOT:
		query_node_mask(n->left, info, rows, slot, from, to, ret, spare);
		for (uint32_t i = from; i < to; i++)
			ret[i] ^= 1;
		return;
	case FILTER_AND:
	case FILTER_OR:
		query_node_mask(n->left, info, rows, slot, from, to, ret, spare);
		if (*spare == NULL) {
			*spare = malloc(SEGMENT_BLOCK);
			if (*spare == NULL)
				abort(); /* as the arena does */
		}
		other = *spare;
		query_node_mask(n->right, info, rows, slot, from, to, other, spare + 1);
		if (n->kind == FILTER_AND) {
			for (uint32_t i = from; i < to; i++)
				ret[i] &= other[i];
		} else {
			for (uint32_t i = from; i < to; i++)
				ret[i] |= other[i];
		}
		return;
	}
}
