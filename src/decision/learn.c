/* SPDX-License-Identifier: Apache-2.0 */
/* learn.c - decisions are put together by their facts, a tree is grown on them,
 * best split first, and cut back to what holds on decisions it has not seen. */
#include "decision/learn.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define FOLDS 5
#define MAX_LEAVES 24

/* Decisions with the same facts are one record: its codes, then how much of each
 * outcome, padded so that the compiler can add them in one step. */
struct cells {
	uint8_t *record;
	size_t n;
	size_t size;   /* bytes of one */
	size_t stride; /* bytes of its codes */
	size_t width;  /* numbers of its counts */
	uint64_t total;
};

struct split {
	double gain; /* below 0: none */
	int fact;
	uint64_t left;
};

/* A node that may still be split, with its records and what they add up to. */
struct open {
	size_t from, to;
	uint32_t node;
	uint32_t *sum; /* values × width */
	uint8_t low, high; /* its outcomes stay between (monotone) */
	struct split split;
};

struct grow {
	struct arena *a;
	const struct decision_model *m;
	struct cells cells;
	uint8_t fact[LIMIT_DECISION_FACTS]; /* those that can split at all; a record has only them */
	size_t facts;
	size_t at[LIMIT_DECISION_FACTS]; /* of such a fact's first value in a sum */
	size_t values;			 /* of all facts */
	size_t outcomes;
	uint64_t min; /* of a leaf, in units */
	size_t max_leaves;
	bool one_value, monotone;
	double weight[LIMIT_DECISION_OUTCOMES]; /* of an outcome in the gini: what missing it costs */
	bool weighted;
	/* the tree */
	struct decision_node *node;
	uint32_t *count;
	size_t nodes, leaves;
	/* sums that can be used again */
	uint32_t **spare;
	size_t spares, spare_room;
};

static uint32_t *
counts_of(const struct cells *c, const uint8_t *record)
{
	/* A record is aligned for both. */
	return (uint32_t *)(uintptr_t)(record + c->stride);
}

static uint64_t
hash_of(const uint8_t *code, size_t stride)
{
	uint64_t h = 0x9e3779b97f4a7c15, word;

	for (size_t i = 0; i < stride; i += 8) {
		memcpy(&word, code + i, 8);
		h = (h ^ word) * 0xff51afd7ed558ccd;
		h ^= h >> 32;
	}
	return h * 0xc4ceb9fe1a85ec53;
}

static size_t
width_of(size_t outcomes)
{
	return outcomes <= 2 ? 2 : (outcomes + 3) / 4 * 4;
}

/* The number of combinations of values, when it is small beside the rows; else 0. */
static size_t
combinations(const struct decision_model *m, size_t rows)
{
	size_t n = 1;

	for (size_t f = 0; f < m->facts; f++) {
		n *= m->fact[f].values;
		if (n > 4 * rows || n > (size_t)1 << 22)
			return 0;
	}
	return n;
}

/* Few combinations: each has its place, and those that occur become records. */
static void
gather_places(struct arena *a, const struct grow *g, const struct decision_rows *h, size_t places, struct cells *c)
{
	AUTO(arena) scratch = arena_new();
	uint32_t *count = arena_many(scratch, uint32_t, places * c->width);
	size_t step[LIMIT_DECISION_FACTS], each = places, facts = g->facts, at, used = 0;

	for (size_t f = 0; f < facts; f++) {
		each /= g->m->fact[f].values;
		step[f] = each;
	}
	for (size_t r = 0; r < h->rows; r++) {
		const uint8_t *code = h->code + r * h->stride;

		at = 0;
		for (size_t f = 0; f < facts; f++)
			at += code[f] * step[f];
		count[at * c->width + h->outcome[r]] += h->weight == NULL ? 1 : h->weight[r];
	}
	for (int pass = 0; pass < 2; pass++) {
		uint8_t code[(LIMIT_DECISION_FACTS + 7) / 8 * 8] = { 0 };

		for (at = 0; at < places; at++) {
			uint32_t any = 0;

			for (size_t i = 0; i < c->width; i++)
				any |= count[at * c->width + i];
			used += pass == 0 && any > 0;
			if (pass == 1 && any > 0) {
				uint8_t *record = c->record + c->n++ * c->size;

				memcpy(record, code, c->stride);
				memcpy(record + c->stride, count + at * c->width, c->width * sizeof(*count));
			}
			/* The next combination: the last fact turns first. */
			for (size_t f = facts; f-- > 0 && pass == 1;) {
				if (++code[f] < g->m->fact[f].values)
					break;
				code[f] = 0;
			}
		}
		if (pass == 0)
			c->record = arena_alloc(a, used * c->size);
	}
}

/* Many combinations: found by hash. */
static void
gather_hashed(struct arena *a, const struct grow *g, const struct decision_rows *h, struct cells *c)
{
	AUTO(arena) scratch = arena_new();
	uint8_t code[(LIMIT_DECISION_FACTS + 7) / 8 * 8] = { 0 };
	size_t bits = 10;

	while ((size_t)1 << bits < h->rows + h->rows / 2)
		bits++;
	uint32_t *slot = arena_many(scratch, uint32_t, (size_t)1 << bits);
	size_t mask = ((size_t)1 << bits) - 1, room = 0;

	for (size_t r = 0; r < h->rows; r++) {
		const uint8_t *row = h->code + r * h->stride;

		for (size_t f = 0; f < g->facts; f++)
			code[f] = row[g->fact[f]];
		size_t i = (size_t)(hash_of(code, c->stride) >> 20) & mask;

		while (slot[i] != 0 && memcmp(c->record + (slot[i] - 1) * c->size, code, c->stride) != 0)
			i = (i + 1) & mask;
		if (slot[i] == 0) {
			if (c->n == room) {
				uint8_t *old = c->record;

				room = room == 0 ? 1024 : room * 2;
				c->record = arena_alloc(a, room * c->size);
				if (c->n > 0)
					memcpy(c->record, old, c->n * c->size);
			}
			memcpy(c->record + c->n * c->size, code, c->stride);
			slot[i] = (uint32_t)++c->n;
		}
		counts_of(c, c->record + (slot[i] - 1) * c->size)[h->outcome[r]] += h->weight == NULL ? 1 : h->weight[r];
	}
}

static void add_up(const struct grow *g, size_t from, size_t to, uint32_t *sum);

static void
place_facts(struct grow *g)
{
	g->values = 0;
	for (size_t f = 0; f < g->facts; f++) {
		g->at[f] = g->values;
		g->values += g->m->fact[g->fact[f]].values;
	}
}

/* Of a record's facts those by which ${min} decisions can be told from ${min} others. */
static bool
drop_facts(struct grow *g)
{
	AUTO(arena) scratch = arena_new();
	uint32_t *sum = arena_many(scratch, uint32_t, g->values * g->cells.width);
	size_t kept = 0, was = g->facts;

	add_up(g, 0, g->cells.n, sum);
	for (size_t f = 0; f < was; f++) {
		uint64_t most = 0, total = 0;

		for (size_t v = 0; v < g->m->fact[g->fact[f]].values; v++) {
			uint64_t n = 0;

			for (size_t i = 0; i < g->outcomes; i++)
				n += sum[(g->at[f] + v) * g->cells.width + i];
			total += n;
			most = n > most ? n : most;
		}
		if (total - most >= g->min && total > most)
			g->fact[kept++] = g->fact[f];
	}
	/* One leaf; its decisions are still counted, by any fact. */
	g->facts = kept == 0 ? 1 : kept;
	place_facts(g);
	return g->facts < was;
}

/* Put rows together that are equal in the facts that can split. */
static void
gather(struct arena *a, struct grow *g, const struct decision_rows *h)
{
	struct cells all = { .stride = (g->m->facts + 7) / 8 * 8, .width = width_of(g->outcomes) };
	size_t places = combinations(g->m, h->rows);

	for (size_t f = 0; f < g->m->facts; f++)
		g->fact[f] = (uint8_t)f;
	g->facts = g->m->facts;
	place_facts(g);
	all.size = all.stride + all.width * sizeof(uint32_t);
	all.total = g->cells.total;
	if (places > 0)
		gather_places(a, g, h, places, &all);
	else
		gather_hashed(a, g, h, &all);
	g->cells = all;
	if (!drop_facts(g))
		return;
	/* Again, with fewer facts: each record is as many rows as it has outcomes. */
	AUTO(arena) scratch = arena_new();
	uint8_t *code = arena_alloc(scratch, all.n * g->outcomes * all.stride), *outcome;
	uint32_t *weight = arena_many(scratch, uint32_t, all.n * g->outcomes);
	struct decision_rows rows = { .stride = all.stride, .code = code, .weight = weight };

	rows.outcome = outcome = arena_alloc(scratch, all.n * g->outcomes);
	for (size_t r = 0; r < all.n; r++) {
		const uint8_t *record = all.record + r * all.size;

		for (size_t i = 0; i < g->outcomes; i++) {
			if (counts_of(&all, record)[i] == 0)
				continue;
			memcpy(code + rows.rows * all.stride, record, all.stride);
			weight[rows.rows] = counts_of(&all, record)[i];
			outcome[rows.rows++] = (uint8_t)i;
		}
	}
	struct cells fewer = { .stride = (g->facts + 7) / 8 * 8, .width = all.width, .total = all.total };

	fewer.size = fewer.stride + fewer.width * sizeof(uint32_t);
	gather_hashed(a, g, &rows, &fewer);
	g->cells = fewer;
}

static uint32_t *
sum_new(struct grow *g)
{
	size_t n = g->values * g->cells.width;

	if (g->spares > 0) {
		memset(g->spare[--g->spares], 0, n * sizeof(uint32_t));
		return g->spare[g->spares];
	}
	return arena_many(g->a, uint32_t, n);
}

static void
sum_give_back(struct grow *g, uint32_t *sum)
{
	if (g->spares == g->spare_room) {
		g->spare_room = g->spare_room * 2 + 16;
		uint32_t **more = arena_many(g->a, uint32_t *, g->spare_room);

		if (g->spares > 0)
			memcpy(more, g->spare, g->spares * sizeof(*more));
		g->spare = more;
	}
	g->spare[g->spares++] = sum;
}

/* The width stands as a number in each call below, so that this becomes a few
 * instructions a fact. */
static inline __attribute__((always_inline)) void
add_up_as(const struct grow *g, size_t from, size_t to, uint32_t *sum, const size_t width)
{
	const size_t facts = g->facts;

	for (size_t r = from; r < to; r++) {
		const uint8_t *record = g->cells.record + r * g->cells.size;
		const uint32_t *count = counts_of(&g->cells, record);

		for (size_t f = 0; f < facts; f++) {
			uint32_t *s = sum + (g->at[f] + record[f]) * width;

			for (size_t i = 0; i < width; i++)
				s[i] += count[i];
		}
	}
}

/* Two counts in one addition: neither sum can overflow into the other. */
static void
add_up_pairs(const struct grow *g, size_t from, size_t to, uint32_t *sum)
{
	const size_t facts = g->facts;

	for (size_t r = from; r < to; r++) {
		const uint8_t *record = g->cells.record + r * g->cells.size;
		uint64_t count, pair;

		memcpy(&count, record + g->cells.stride, 8);
		for (size_t f = 0; f < facts; f++) {
			uint32_t *s = sum + (g->at[f] + record[f]) * 2;

			memcpy(&pair, s, 8);
			pair += count;
			memcpy(s, &pair, 8);
		}
	}
}

static void
add_up(const struct grow *g, size_t from, size_t to, uint32_t *sum)
{
	switch (g->cells.width) {
	case 2:
		add_up_pairs(g, from, to, sum);
		return;
	case 4:
		add_up_as(g, from, to, sum, 4);
		return;
	case 8:
		add_up_as(g, from, to, sum, 8);
		return;
	default:
		add_up_as(g, from, to, sum, g->cells.width);
	}
}

/* Twice (or more) the sum of squares over the sum: what gini leaves of a side. */
static double
purity(const struct grow *g, const uint64_t *n, uint64_t *ret_total)
{
	uint64_t total = 0;
	double squares = 0, weighted = 0;

	for (size_t i = 0; i < g->outcomes; i++) {
		double w = (double)n[i] * g->weight[i];

		total += n[i];
		weighted += w;
		squares += w * w;
	}
	*ret_total = total;
	return weighted > 0 ? squares / weighted : 0;
}

struct node_sum {
	uint64_t n[LIMIT_DECISION_OUTCOMES];
	uint64_t total;
	double purity;
	uint8_t low, high; /* what its outcomes may be */
};

static uint8_t best_outcome(const struct decision_model *m, size_t outcomes, const uint64_t *n, uint8_t low, uint8_t high);

/* Is the split that puts ${left} decisions there better than ${*best}? */
static void
consider(const struct grow *g, const struct node_sum *all, const uint64_t *left, int fact, uint64_t values,
    struct split *best)
{
	uint64_t right[LIMIT_DECISION_OUTCOMES], n_left, n_right;

	for (size_t i = 0; i < g->outcomes; i++)
		right[i] = all->n[i] - left[i];
	double p = purity(g, left, &n_left) + purity(g, right, &n_right);

	if (n_left < g->min || n_right < g->min || n_left == 0 || n_right == 0)
		return;
	if (g->monotone && g->m->fact[g->fact[fact]].ordered &&
	    best_outcome(g->m, g->outcomes, left, all->low, all->high) > best_outcome(g->m, g->outcomes, right, all->low, all->high))
		return;
	double gain = (p - all->purity) * g->m->fact[g->fact[fact]].weight;

	/* What is lost in the last bits is no loss. */
	if (gain < 0)
		gain = gain < -1e-6 * (double)all->total ? -1 : 0;
	if (gain > best->gain)
		*best = (struct split){ .gain = gain, .fact = fact, .left = values };
}

/* One fact's values present at a node. */
struct column {
	const uint32_t *sum; /* values × width */
	uint64_t total[LIMIT_DECISION_VALUES];
	uint8_t present[LIMIT_DECISION_VALUES];
	size_t n;
};

static void
add_value(const struct grow *g, const struct column *c, uint8_t v, uint64_t *left)
{
	for (size_t i = 0; i < g->outcomes; i++)
		left[i] += c->sum[v * g->cells.width + i];
}

static void
split_ordered(const struct grow *g, const struct node_sum *all, const struct column *c, int fact, struct split *best)
{
	uint64_t left[LIMIT_DECISION_OUTCOMES] = { 0 };

	for (size_t i = 0; i + 1 < c->n; i++) {
		uint64_t upto = (UINT64_C(2) << c->present[i]) - 1;

		add_value(g, c, c->present[i], left);
		consider(g, all, left, fact, upto, best);
	}
}

static void
split_one(const struct grow *g, const struct node_sum *all, const struct column *c, int fact, struct split *best)
{
	for (size_t i = 0; i < c->n; i++) {
		uint64_t left[LIMIT_DECISION_OUTCOMES] = { 0 };

		add_value(g, c, c->present[i], left);
		consider(g, all, left, fact, UINT64_C(1) << c->present[i], best);
	}
}

/* Values in the order of their share of ${outcome}; for two outcomes the best set of
 * values is a beginning of that order (Breiman, theorem 4.5). */
static void
split_sets(const struct grow *g, const struct node_sum *all, const struct column *c, int fact, size_t outcome,
    struct split *best)
{
	uint8_t order[LIMIT_DECISION_VALUES];
	uint64_t left[LIMIT_DECISION_OUTCOMES] = { 0 }, set = 0, absent = decision_all(&g->m->fact[g->fact[fact]]), n = 0;

	for (size_t i = 0; i < c->n; i++) {
		uint8_t v = c->present[i];
		uint64_t here = c->sum[v * g->cells.width + outcome];
		size_t j = i;

		absent &= ~(UINT64_C(1) << v);
		for (; j > 0; j--) {
			uint8_t w = order[j - 1];

			if ((uint64_t)c->sum[w * g->cells.width + outcome] * c->total[v] <= here * c->total[w])
				break;
			order[j] = w;
		}
		order[j] = v;
	}
	for (size_t i = 0; i + 1 < c->n; i++) {
		struct split one = { .gain = best->gain };

		set |= UINT64_C(1) << order[i];
		n += c->total[order[i]];
		add_value(g, c, order[i], left);
		/* A value that never came here goes with the larger side. */
		consider(g, all, left, fact, n * 2 > all->total ? set | absent : set, &one);
		if (one.gain > best->gain)
			*best = one;
	}
}

static struct split
find_split(const struct grow *g, const uint32_t *sum, const struct node_sum *all)
{
	struct split best = { .gain = -1, .fact = -1 };

	if (all->total < 2 * g->min)
		return best;
	for (size_t f = 0; f < g->facts; f++) {
		struct column c = { .sum = sum + g->at[f] * g->cells.width };
		const struct decision_fact *fact = &g->m->fact[g->fact[f]];

		for (size_t v = 0; v < fact->values; v++) {
			uint64_t n = 0;

			for (size_t i = 0; i < g->outcomes; i++)
				n += c.sum[v * g->cells.width + i];
			c.total[v] = n;
			if (n > 0)
				c.present[c.n++] = (uint8_t)v;
		}
		if (c.n < 2)
			continue;
		if (fact->ordered || c.n == 2) {
			split_ordered(g, all, &c, (int)f, &best);
			continue;
		}
		if (g->one_value) {
			split_one(g, all, &c, (int)f, &best);
			continue;
		}
		for (size_t i = 0; i < (g->outcomes == 2 ? 1 : g->outcomes); i++)
			split_sets(g, all, &c, (int)f, i, &best);
		if (g->outcomes > 2)
			split_one(g, all, &c, (int)f, &best);
	}
	return best;
}

/* The outcome from ${low} to ${high} that costs least if these decisions were all. */
static uint8_t
best_outcome(const struct decision_model *m, size_t outcomes, const uint64_t *n, uint8_t low, uint8_t high)
{
	size_t best = low;
	uint64_t least = UINT64_MAX;

	for (size_t says = low; says <= high; says++) {
		uint64_t cost = 0;

		for (size_t is = 0; is < outcomes; is++)
			cost += n[is] * (m->cost != NULL ? m->cost[is * outcomes + says] : is != says);
		/* Of two that cost the same the more urgent one. */
		if (cost < least || (cost == least && m->outcome.ordered)) {
			least = cost;
			best = says;
		}
	}
	return (uint8_t)best;
}

static uint64_t
cost_of(const struct decision_model *m, size_t outcomes, const uint32_t *n, uint8_t says)
{
	uint64_t cost = 0;

	for (size_t is = 0; is < outcomes; is++)
		cost += (uint64_t)n[is] * (m->cost != NULL ? m->cost[is * outcomes + says] : is != says);
	return cost;
}

/* A node for the decisions that ${o} covers; its split is found. */
static enum err
node_add(struct grow *g, struct open *o)
{
	struct node_sum all = { .low = o->low, .high = o->high };
	const uint32_t *first = o->sum; /* the values of the first fact add up to the node */
	bool mixed = false;

	if (g->nodes >= LIMIT_DECISION_NODES)
		return ERR_LIMIT;
	for (size_t v = 0; v < g->m->fact[g->fact[0]].values; v++)
		for (size_t i = 0; i < g->outcomes; i++)
			all.n[i] += first[v * g->cells.width + i];
	all.purity = purity(g, all.n, &all.total);
	for (size_t i = 0; i < g->outcomes; i++)
		mixed |= all.n[i] > 0 && all.n[i] < all.total;
	if ((g->nodes & (g->nodes - 1)) == 0) {
		size_t room = g->nodes == 0 ? 1 : g->nodes * 2;
		struct decision_node *node = arena_many(g->a, struct decision_node, room);
		uint32_t *count = arena_many(g->a, uint32_t, room * g->outcomes);

		if (g->nodes > 0) {
			memcpy(node, g->node, g->nodes * sizeof(*node));
			memcpy(count, g->count, g->nodes * g->outcomes * sizeof(*count));
		}
		g->node = node;
		g->count = count;
	}
	o->node = (uint32_t)g->nodes;
	g->node[g->nodes] = (struct decision_node){
		.left = UINT64_MAX,
		.child = { o->node, o->node },
		.outcome = best_outcome(g->m, g->outcomes, all.n, o->low, o->high),
	};
	for (size_t i = 0; i < g->outcomes; i++)
		g->count[g->nodes * g->outcomes + i] = (uint32_t)all.n[i];
	g->nodes++;
	o->split = mixed ? find_split(g, o->sum, &all) : (struct split){ .gain = -1 };
	return OK;
}

/* The records of ${o} whose value is in ${left} to the front; how many they are. */
static size_t
partition(const struct grow *g, const struct open *o)
{
	const struct cells *c = &g->cells;
	uint8_t *low = c->record + o->from * c->size, *high = c->record + o->to * c->size;

	while (low < high) {
		if (o->split.left >> low[o->split.fact] & 1) {
			low += c->size;
			continue;
		}
		high -= c->size;
		for (size_t i = 0; i < c->size; i += 8) {
			uint64_t x, y;

			memcpy(&x, low + i, 8);
			memcpy(&y, high + i, 8);
			memcpy(low + i, &y, 8);
			memcpy(high + i, &x, 8);
		}
	}
	return (size_t)(low - c->record) / c->size;
}

/*
 * All that is below the left side of a split by an ordered fact stays at or under a
 * bound, all below the right side at or over it. Two cases that differ in one ordered
 * fact only part at such a split, so the higher value never decides lower.
 */
static void
bound_children(const struct grow *g, const struct open *o, struct open child[2])
{
	uint8_t says[2];

	if (!g->monotone || !g->m->fact[g->fact[o->split.fact]].ordered)
		return;
	for (int k = 0; k < 2; k++) {
		uint64_t n[LIMIT_DECISION_OUTCOMES] = { 0 };

		for (size_t v = 0; v < g->m->fact[g->fact[0]].values; v++)
			for (size_t i = 0; i < g->outcomes; i++)
				n[i] += child[k].sum[v * g->cells.width + i];
		says[k] = best_outcome(g->m, g->outcomes, n, o->low, o->high);
	}
	child[0].high = child[1].low = (uint8_t)((says[0] + says[1] + 1) / 2);
}

static enum err
split_open(struct grow *g, struct open o, struct open child[2])
{
	size_t middle = partition(g, &o);
	bool left_small = middle - o.from < o.to - middle;
	uint32_t *small = sum_new(g);

	child[0] = (struct open){ .from = o.from, .to = middle, .low = o.low, .high = o.high };
	child[1] = (struct open){ .from = middle, .to = o.to, .low = o.low, .high = o.high };
	struct open *s = &child[left_small ? 0 : 1];

	add_up(g, s->from, s->to, small);
	for (size_t i = 0; i < g->values * g->cells.width; i++)
		o.sum[i] -= small[i];
	s->sum = small;
	child[left_small ? 1 : 0].sum = o.sum;
	bound_children(g, &o, child);
	for (int i = 0; i < 2; i++)
		TRY(node_add(g, &child[i]));
	g->node[o.node].fact = (uint8_t)o.split.fact;
	g->node[o.node].left = o.split.left;
	for (int i = 0; i < 2; i++)
		g->node[o.node].child[i] = child[i].node;
	return OK;
}

/* With a bound on the leaves the best split first, else the last found one, so that
 * few nodes are open at a time. */
static size_t
next_open(const struct grow *g, const struct open *open, size_t n)
{
	size_t best = n - 1;

	if (g->max_leaves == SIZE_MAX)
		return best;
	for (size_t i = 0; i < n; i++)
		if (open[i].split.gain > open[best].split.gain ||
		    (open[i].split.gain >= open[best].split.gain && open[i].node < open[best].node))
			best = i;
	return best;
}

/* Grow on ${cells}, whose order changes. */
static enum err
grow(struct grow *g)
{
	size_t n = 0, room = 64;
	struct open *open = arena_many(g->a, struct open, room), child[2] = { 0 };

	g->nodes = g->spares = 0;
	child[0] = (struct open){ .to = g->cells.n, .sum = sum_new(g), .high = (uint8_t)(g->outcomes - 1) };
	add_up(g, 0, g->cells.n, child[0].sum);
	TRY(node_add(g, &child[0]));
	g->leaves = 1;
	if (child[0].split.gain >= 0)
		open[n++] = child[0];
	while (n > 0 && g->leaves < g->max_leaves) {
		size_t at = next_open(g, open, n);
		struct open o = open[at];

		open[at] = open[--n];
		TRY(split_open(g, o, child));
		g->leaves++;
		for (int i = 1; i >= 0; i--) {
			if (child[i].split.gain < 0) {
				sum_give_back(g, child[i].sum);
				continue;
			}
			if (n == room) {
				struct open *more = arena_many(g->a, struct open, room * 2);

				memcpy(more, open, n * sizeof(*open));
				open = more;
				room *= 2;
			}
			open[n++] = child[i];
		}
	}
	for (; n > 0; n--)
		sum_give_back(g, open[n - 1].sum);
	return OK;
}

/* Pruning ------------------------------------------------------------- */

/*
 * At which price of a leaf (in costs) each node is cut back: the weakest link first
 * (Breiman, chapter 3). ${price} has one number a node; a leaf's is 0, and a node's
 * is never above its parent's.
 */
static void
price_nodes(const struct grow *g, double *price)
{
	AUTO(arena) a = arena_new();
	uint64_t *below = arena_many(a, uint64_t, g->nodes); /* cost of the leaves of the branch */
	uint32_t *leaves = arena_many(a, uint32_t, g->nodes);
	bool *cut = arena_many(a, bool, g->nodes);
	double last = 0;

	for (;;) {
		double least = HUGE_VAL;
		size_t weakest = SIZE_MAX;

		/* Children stand behind their node. */
		for (size_t i = g->nodes; i-- > 0;) {
			const struct decision_node *d = &g->node[i];
			uint64_t own = cost_of(g->m, g->outcomes, g->count + i * g->outcomes, d->outcome);

			if (d->child[0] == i || cut[i]) {
				below[i] = own;
				leaves[i] = 1;
				continue;
			}
			below[i] = below[d->child[0]] + below[d->child[1]];
			leaves[i] = leaves[d->child[0]] + leaves[d->child[1]];
			double each = ((double)own - (double)below[i]) / (double)(leaves[i] - 1);

			/* Of equal ones the upper: it takes the others with it. */
			if (each <= least) {
				least = each;
				weakest = i;
			}
		}
		if (weakest == SIZE_MAX)
			return;
		if (least < last)
			least = last;
		last = least;
		price[weakest] = least;
		cut[weakest] = true;
	}
}

/* Make a node that is not reached worth what its ancestors are. */
static void
price_below(const struct grow *g, double *price)
{
	for (size_t i = 0; i < g->nodes; i++) {
		const struct decision_node *d = &g->node[i];

		if (d->child[0] == i)
			continue;
		for (int k = 0; k < 2; k++)
			if (g->node[d->child[k]].child[0] != d->child[k] && price[d->child[k]] > price[i])
				price[d->child[k]] = price[i];
	}
}

static bool
is_leaf_at(const struct grow *g, size_t i, const double *price, double at)
{
	return g->node[i].child[0] == i || price[i] <= at;
}

/* What deciding ${test} (counts of each node) costs with the tree cut at ${at}. */
static uint64_t
cost_at(const struct grow *g, const double *price, double at, const uint32_t *test, size_t i)
{
	if (is_leaf_at(g, i, price, at))
		return cost_of(g->m, g->outcomes, test + i * g->outcomes, g->node[i].outcome);
	return cost_at(g, price, at, test, g->node[i].child[0]) + cost_at(g, price, at, test, g->node[i].child[1]);
}

/* The part of ${n} decisions that fold ${fold} keeps aside. The parts of all folds
 * add up to n, and depend on nothing but the facts. */
static uint32_t
part_of(uint32_t n, uint64_t hash, unsigned fold, uint32_t unit)
{
	unsigned turn = (unsigned)((hash + fold) % FOLDS);

	if (unit > 1)
		return turn == 0 ? n : 0;
	return (n + turn) / FOLDS;
}

/* Take fold ${fold} out of ${all} into ${*rest}, and grow on what is left. */
static enum err
grow_without(struct grow *g, const struct cells *all, unsigned fold, uint32_t unit)
{
	g->cells.n = 0;
	for (size_t r = 0; r < all->n; r++) {
		uint8_t *from = all->record + r * all->size, *to = g->cells.record + g->cells.n * all->size;
		uint32_t *count = counts_of(all, to), left = 0;
		uint64_t hash = hash_of(from, all->stride) >> 32;

		memcpy(to, from, all->size);
		for (size_t i = 0; i < g->outcomes; i++) {
			count[i] -= part_of(count[i], hash + i, fold, unit);
			left |= count[i];
		}
		g->cells.n += left > 0;
	}
	return grow(g);
}

/* How many of fold ${fold} come to each node. */
static void
count_fold(const struct grow *g, const struct cells *all, unsigned fold, uint32_t unit, uint32_t *test)
{
	for (size_t r = 0; r < all->n; r++) {
		const uint8_t *record = all->record + r * all->size;
		const uint32_t *count = counts_of(all, record);
		uint64_t hash = hash_of(record, all->stride) >> 32;
		uint32_t part[LIMIT_DECISION_OUTCOMES], any = 0;

		for (size_t i = 0; i < g->outcomes; i++) {
			part[i] = part_of(count[i], hash + i, fold, unit);
			any |= part[i];
		}
		if (any == 0)
			continue;
		for (uint32_t at = 0;;) {
			const struct decision_node *d = &g->node[at];

			for (size_t i = 0; i < g->outcomes; i++)
				test[at * g->outcomes + i] += part[i];
			if (d->child[0] == at)
				break;
			at = d->child[(d->left >> record[d->fact] & 1) == 0];
		}
	}
}

static int
by_value(const void *x, const void *y)
{
	double a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

/*
 * The price at which ${g}'s tree is cut: the highest whose cost on decisions kept
 * aside is within one standard error of the least.
 */
static enum err
choose_price(struct grow *g, const struct cells *all, const double *price, uint32_t unit, double *ret)
{
	AUTO(arena) a = arena_new();
	double *step = arena_many(a, double, g->nodes + 1);
	uint64_t *cost = arena_many(a, uint64_t, g->nodes + 1);
	size_t steps = 1;

	step[0] = 0;
	for (size_t i = 0; i < g->nodes; i++)
		if (g->node[i].child[0] != i)
			step[steps++] = price[i];
	qsort(step, steps, sizeof(*step), by_value);
	size_t kept = 1;

	for (size_t i = 1; i < steps; i++)
		if (step[i] > step[kept - 1])
			step[kept++] = step[i];
	steps = kept;
	struct grow sub = *g;

	sub.a = a;
	sub.spares = sub.spare_room = 0;
	sub.spare = NULL;
	sub.min = sub.min - sub.min / FOLDS;
	sub.cells.record = arena_alloc(a, all->n * all->size);
	for (unsigned fold = 0; fold < FOLDS; fold++) {
		TRY(grow_without(&sub, all, fold, unit));
		double *sub_price = arena_many(a, double, sub.nodes);
		uint32_t *test = arena_many(a, uint32_t, sub.nodes * sub.outcomes);

		price_nodes(&sub, sub_price);
		price_below(&sub, sub_price);
		count_fold(&sub, all, fold, unit, test);
		for (size_t i = 0; i < steps; i++) {
			double next = i + 1 < steps ? step[i + 1] : step[i] * 4 + 1;

			/* The rest has four fifths of the decisions, so its costs are so much less. */
			cost[i] += cost_at(&sub, sub_price, sqrt(step[i] * next) * (FOLDS - 1) / FOLDS, test, 0);
		}
	}
	size_t best = 0, chosen;

	for (size_t i = 1; i < steps; i++)
		if (cost[i] <= cost[best])
			best = i;
	double n = (double)all->total / unit, rate = (double)cost[best] / (double)all->total;
	double error = rate > 0 && rate < 1 ? sqrt(rate * (1 - rate) / n) : sqrt(rate / n);
	double bound = (rate + error) * (double)all->total;

	chosen = best;
	for (size_t i = best; i < steps; i++)
		if ((double)cost[i] <= bound)
			chosen = i;
	*ret = step[chosen];
	return OK;
}

/* The tree ------------------------------------------------------------ */

/*
 * Below the cut a branch decides as its root does: that it would decide otherwise has
 * not held on decisions kept aside. But its leaves may still differ in how many
 * decisions agree, so they stay where they tell what is sure from what is not.
 */
static void
settle_outcomes(struct grow *g, const double *price, double at)
{
	bool *cut = arena_many(g->a, bool, g->nodes);

	for (size_t i = 0; i < g->nodes; i++) {
		struct decision_node *d = &g->node[i];

		cut[i] |= d->child[0] != i && price[i] <= at;
		for (int k = 0; k < 2 && d->child[0] != i; k++) {
			if (!cut[i])
				continue;
			cut[d->child[k]] = true;
			g->node[d->child[k]].outcome = d->outcome;
		}
	}
}

static int
band_of(const struct grow *g, size_t i, uint32_t unit)
{
	double n = 0, agree = (double)g->count[i * g->outcomes + g->node[i].outcome] / unit;

	for (size_t k = 0; k < g->outcomes; k++)
		n += (double)g->count[i * g->outcomes + k] / unit;
	double sure = decision_wilson(agree, n);

	return sure >= DECISION_PROPOSE ? 2 : sure >= DECISION_SUGGEST ? 1 : 0;
}

/* Whether two leaves agree with their outcome so differently that it is hardly chance:
 * chi-squared with one degree of freedom, one in a hundred. */
static bool
differ(const struct grow *g, size_t x, size_t y, uint32_t unit)
{
	double n[2] = { 0, 0 }, agree[2];
	const size_t at[2] = { x, y };

	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < g->outcomes; i++)
			n[k] += (double)g->count[at[k] * g->outcomes + i] / unit;
		agree[k] = (double)g->count[at[k] * g->outcomes + g->node[at[k]].outcome] / unit;
	}
	double all = n[0] + n[1], yes = agree[0] + agree[1], no = all - yes;
	double cross = agree[0] * (n[1] - agree[1]) - agree[1] * (n[0] - agree[0]);

	if (n[0] <= 0 || n[1] <= 0 || yes <= 0 || no <= 0)
		return false;
	return all * cross * cross / (n[0] * n[1] * yes * no) > 6.635;
}

/* Two leaves that say the same, as surely, are one. */
static void
join_leaves(struct grow *g, uint32_t unit)
{
	for (size_t i = g->nodes; i-- > 0;) {
		struct decision_node *d = &g->node[i];
		const struct decision_node *left = &g->node[d->child[0]], *right = &g->node[d->child[1]];

		if (d->child[0] == i || left->child[0] != d->child[0] || right->child[0] != d->child[1] ||
		    left->outcome != right->outcome ||
		    (band_of(g, d->child[0], unit) != band_of(g, d->child[1], unit) &&
			differ(g, d->child[0], d->child[1], unit)))
			continue;
		*d = (struct decision_node){
			.left = UINT64_MAX, .child = { (uint32_t)i, (uint32_t)i }, .outcome = left->outcome,
		};
		g->leaves--;
	}
}

/* Copy the branch at ${from} into ${m}: a node before its children. */
static enum err
copy_branch(const struct grow *g, uint32_t from, size_t depth, struct decision_model *m)
{
	uint32_t to = (uint32_t)m->nodes++;

	if (depth > LIMIT_DECISION_DEPTH)
		return ERR_LIMIT;
	m->node[to] = g->node[from];
	memcpy(m->count + to * g->outcomes, g->count + from * g->outcomes, g->outcomes * sizeof(uint32_t));
	if (g->node[from].child[0] == from) {
		m->node[to].child[0] = m->node[to].child[1] = to;
		m->node[to].leaf = (uint32_t)++m->leaves;
		return OK;
	}
	m->node[to].fact = g->fact[g->node[from].fact];
	m->node[to].child[0] = (uint32_t)m->nodes;
	TRY(copy_branch(g, g->node[from].child[0], depth + 1, m));
	m->node[to].child[1] = (uint32_t)m->nodes;
	return copy_branch(g, g->node[from].child[1], depth + 1, m);
}

static enum err
take_tree(struct arena *a, const struct grow *g, struct decision_model *m)
{
	m->node = arena_many(a, struct decision_node, 2 * g->leaves);
	m->count = arena_many(a, uint32_t, 2 * g->leaves * g->outcomes);
	m->nodes = m->leaves = 0;
	return copy_branch(g, 0, 0, m);
}

static void
weigh_outcomes(struct grow *g)
{
	for (size_t is = 0; is < g->outcomes; is++) {
		g->weight[is] = 1;
		if (g->m->cost == NULL)
			continue;
		/* What missing this outcome costs on the average ("altered priors"). */
		double sum = 0;

		for (size_t says = 0; says < g->outcomes; says++)
			sum += g->m->cost[is * g->outcomes + says];
		g->weight[is] = sum > 0 ? sum / (double)(g->outcomes > 1 ? g->outcomes - 1 : 1) : 1;
	}
}

enum err
decision_learn(struct arena *a, struct decision_model *m, const struct decision_rows *h,
    const struct decision_learn *how)
{
	AUTO(arena) scratch = arena_new();
	struct grow g = { .a = scratch, .m = m, .outcomes = m->outcome.values, .one_value = how->one_value,
		.monotone = how->monotone && m->outcome.ordered };
	uint32_t unit = h->unit == 0 ? 1 : h->unit;
	size_t most = how->max_leaves == 0 ? MAX_LEAVES : how->max_leaves == UINT_MAX ? SIZE_MAX : how->max_leaves;

	if (h->rows == 0 || m->facts == 0 || g.outcomes == 0)
		return ERR_INVALID;
	if (h->rows > LIMIT_DECISION_HISTORY || m->facts > LIMIT_DECISION_FACTS ||
	    g.outcomes > LIMIT_DECISION_OUTCOMES)
		return ERR_LIMIT;
	uint64_t rows = 0, least = how->min_leaf;

	for (size_t r = 0; r < h->rows; r++)
		rows += h->weight == NULL ? 1 : h->weight[r];
	if (rows > UINT32_MAX)
		return ERR_LIMIT;
	g.cells.total = rows;
	rows /= unit;
	if (least == 0)
		least = rows / 100 > 3 ? rows / 100 : 3;
	g.min = least * unit;
	gather(scratch, &g, h);
	weigh_outcomes(&g);
	const struct cells all = g.cells;

	g.max_leaves = most;
	TRY(grow(&g));
	if (!how->grow_only) {
		double *price = arena_many(scratch, double, g.nodes), at;

		price_nodes(&g, price);
		price_below(&g, price);
		TRY(choose_price(&g, &all, price, unit, &at));
		settle_outcomes(&g, price, at);
		join_leaves(&g, unit);
	}
	TRY(take_tree(a, &g, m));
	m->unit = unit;
	m->learned_rows = rows;
	m->learned_cells = all.n;
	return OK;
}

enum err
decision_compile(struct arena *a, struct decision_model *m)
{
	AUTO(arena) scratch = arena_new();
	size_t stride = (m->facts + 7) / 8 * 8;
	uint8_t *code = arena_alloc(scratch, m->rows * stride), *outcome = arena_alloc(scratch, m->rows);
	const struct decision_learn how = { .min_leaf = 1, .max_leaves = UINT_MAX, .grow_only = true };

	/* A draft's table may be empty yet. */
	if (m->rows == 0) {
		m->node = arena_one(a, struct decision_node);
		m->node[0] = (struct decision_node){ .left = UINT64_MAX, .leaf = 1 };
		m->count = arena_many(a, uint32_t, m->outcome.values);
		m->nodes = m->leaves = m->unit = 1;
		return OK;
	}
	for (size_t r = 0; r < m->rows; r++) {
		const uint8_t *row = m->row + r * (m->facts + 1);

		memcpy(code + r * stride, row, m->facts);
		outcome[r] = row[m->facts];
	}
	TRY(decision_learn(a, m, &(struct decision_rows){ .rows = m->rows, .stride = stride, .code = code, .outcome = outcome }, &how));
	m->learned_rows = m->learned_cells = 0;
	return OK;
}
