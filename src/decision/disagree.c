/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/disagree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define Z 1.959963984540054 /* 95 % */
#define CHANCE 6.634896601021213 /* chi square, one degree of freedom, 99 % */

static void
set_share(uint64_t n, uint64_t same, double *ret_share, double *ret_low, double *ret_high)
{
	*ret_share = n == 0 ? 0 : (double)same / (double)n;
	*ret_low = n == 0 ? 0 : decision_wilson((double)same, (double)n);
	*ret_high = n == 0 ? 1 : 1 - decision_wilson((double)(n - same), (double)n);
}

static double
bounded(double x)
{
	return x < -1 ? -1 : x > 1 ? 1 : x;
}

struct decision_agreement
decision_agreement_of(const uint64_t *count, size_t outcomes)
{
	struct decision_agreement r = { 0 };
	double chance = 0;

	for (size_t i = 0; i < outcomes; i++) {
		r.same += count[i * outcomes + i];
		for (size_t k = 0; k < outcomes; k++)
			r.n += count[i * outcomes + k];
	}
	set_share(r.n, r.same, &r.share, &r.low, &r.high);
	if (r.n == 0) {
		r.chance = true;
		return r;
	}
	for (size_t i = 0; i < outcomes; i++) {
		double decided = 0, said = 0;

		for (size_t k = 0; k < outcomes; k++) {
			decided += (double)count[i * outcomes + k];
			said += (double)count[k * outcomes + i];
		}
		chance += decided / (double)r.n * (said / (double)r.n);
	}
	if (1 - chance < 1e-12) {
		r.chance = true;
		return r;
	}
	double wide = Z * sqrt(r.share * (1 - r.share) / (double)r.n) / (1 - chance);

	r.kappa = (r.share - chance) / (1 - chance);
	r.kappa_low = bounded(r.kappa - wide);
	r.kappa_high = bounded(r.kappa + wide);
	return r;
}

struct decision_agreement
decision_agreement_one(const uint64_t *count, size_t outcomes, size_t outcome)
{
	uint64_t two[4] = { 0 };

	for (size_t i = 0; i < outcomes; i++)
		for (size_t k = 0; k < outcomes; k++)
			two[(i == outcome ? 0 : 2) + (k == outcome ? 0 : 1)] += count[i * outcomes + k];
	return decision_agreement_of(two, 2);
}

void
decision_count(const struct decision_past *p, size_t n, int64_t from, int64_t to, int64_t who, size_t outcomes,
    uint64_t *ret)
{
	memset(ret, 0, outcomes * outcomes * sizeof(*ret));
	for (size_t i = 0; i < n; i++)
		if (p[i].proposed >= 0 && p[i].at >= from && p[i].at < to && (who == 0 || p[i].who == who))
			ret[(size_t)p[i].outcome * outcomes + (size_t)p[i].proposed]++;
}

/* Leaves --------------------------------------------------------------- */

static int
most_otherwise(const void *x, const void *y)
{
	const struct decision_leaf *a = x, *b = y;
	uint32_t off_a = a->n - a->agree, off_b = b->n - b->agree;

	if (off_a != off_b)
		return off_a > off_b ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1; /* the same few of fewer are more */
	return (a->leaf > b->leaf) - (a->leaf < b->leaf);
}

void
decision_leaves(const struct decision_past *p, size_t n, const struct decision_model *m, struct decision_leaf *ret,
    size_t *ret_n)
{
	AUTO(arena) scratch = arena_new();
	size_t outcomes = m->outcome.values;
	uint32_t *count = arena_many(scratch, uint32_t, (m->leaves + 1) * outcomes);
	struct decision_leaf *all = arena_many(scratch, struct decision_leaf, m->leaves + 1);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		struct decision_leaf *l;

		if (p[i].leaf == 0 || p[i].leaf > m->leaves)
			continue;
		l = &all[p[i].leaf];
		l->leaf = p[i].leaf;
		l->node = p[i].node;
		l->says = (uint8_t)p[i].says;
		l->n++;
		l->agree += p[i].outcome == p[i].says;
		l->overridden += p[i].proposed >= 0 && p[i].proposed != p[i].outcome;
		count[p[i].leaf * outcomes + (size_t)p[i].outcome]++;
	}
	for (size_t k = 1; k <= m->leaves; k++) {
		struct decision_leaf *l = &all[k];

		if (l->n == 0)
			continue;
		l->other = l->says;
		for (size_t o = 0; o < outcomes; o++)
			if (o != l->says && count[k * outcomes + o] > l->others) {
				l->other = (uint8_t)o;
				l->others = count[k * outcomes + o];
			}
		set_share(l->n, l->agree, &l->share, &l->low, &l->high);
		l->doubtful = l->n >= DECISION_FEW && l->high < DECISION_PROPOSE;
		l->suspect = l->n >= DECISION_FEW && l->share < DECISION_PROPOSE && l->others >= 3;
		ret[(*ret_n)++] = *l;
	}
	qsort(ret, *ret_n, sizeof(*ret), most_otherwise);
}

/* Equal facts ---------------------------------------------------------- */

struct place {
	const struct decision_past *p;
	size_t facts, at;
};

static int
same_facts(const struct place *x, const struct place *y)
{
	for (size_t f = 0; f < x->facts; f++)
		if (x->p->possible[f] != y->p->possible[f])
			return x->p->possible[f] < y->p->possible[f] ? -1 : 1;
	return 0;
}

/* By facts, then outcome, the newest of each first. */
static int
by_facts(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	int o = same_facts(a, b);

	if (o != 0)
		return o;
	if (a->p->outcome != b->p->outcome)
		return a->p->outcome < b->p->outcome ? -1 : 1;
	if (a->p->at != b->p->at)
		return a->p->at > b->p->at ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static int
most_unsettled(const void *x, const void *y)
{
	const struct decision_clash *a = x, *b = y;
	size_t off_a = a->n - a->most_n, off_b = b->n - b->most_n;

	if (off_a != off_b)
		return off_a > off_b ? -1 : 1;
	return (a->one > b->one) - (a->one < b->one);
}

/* One run of equal facts. */
static struct decision_clash
clash_of(const struct place *s, size_t n)
{
	struct decision_clash c = { .n = n };

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && s[end].p->outcome == s[i].p->outcome; end++)
			;
		uint32_t many = (uint32_t)(end - i);

		c.ways++;
		if (many > c.most_n) {
			c.next = c.most;
			c.next_n = c.most_n;
			c.two = c.one;
			c.most = (uint8_t)s[i].p->outcome;
			c.most_n = many;
			c.one = s[i].at;
		} else if (many > c.next_n) {
			c.next = (uint8_t)s[i].p->outcome;
			c.next_n = many;
			c.two = s[i].at;
		}
	}
	return c;
}

void
decision_clashes(struct arena *a, const struct decision_past *p, size_t n, size_t facts, size_t max,
    struct decision_clash *ret, size_t *ret_n)
{
	struct place *s = arena_many(a, struct place, n + 1);
	struct decision_clash *all = arena_many(a, struct decision_clash, n / 2 + 1);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		s[i] = (struct place){ .p = &p[i], .facts = facts, .at = i };
	qsort(s, n, sizeof(*s), by_facts);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && same_facts(&s[i], &s[end]) == 0; end++)
			;
		struct decision_clash c = clash_of(&s[i], end - i);

		if (c.ways > 1)
			all[(*ret_n)++] = c;
	}
	qsort(all, *ret_n, sizeof(*all), most_unsettled);
	for (size_t i = 0; i < *ret_n && i < max; i++)
		ret[i] = all[i];
}

/* Marks ---------------------------------------------------------------- */

struct having {
	const char *text;
	size_t of;
};

static int
by_text(const void *x, const void *y)
{
	const struct having *a = x, *b = y;
	int o = strcmp(a->text, b->text);

	return o != 0 ? o : (a->of > b->of) - (a->of < b->of);
}

static int
best_mark(const void *x, const void *y)
{
	const struct decision_mark *a = x, *b = y;

	if (a->g > b->g || a->g < b->g)
		return a->g > b->g ? -1 : 1;
	return strcmp(a->text, b->text);
}

static double
part(double seen, double row, double column, double n)
{
	return seen > 0 ? 2 * seen * log(seen * n / (row * column)) : 0;
}

static double
likelihood(const struct decision_mark *m)
{
	double wo = m->with_otherwise, ws = m->with_same, oo = m->without_otherwise, os = m->without_same;
	double with = wo + ws, without = oo + os, otherwise = wo + oo, same = ws + os, n = with + without;

	return part(wo, with, otherwise, n) + part(ws, with, same, n) + part(oo, without, otherwise, n) +
	    part(os, without, same, n);
}

void
decision_marks(struct arena *a, const struct decision_marked *d, size_t n, size_t max, struct decision_mark *ret,
    size_t *ret_n)
{
	struct having *h;
	struct decision_mark *all;
	size_t total = 0, k = 0, found = 0;
	uint32_t otherwise = 0;

	for (size_t i = 0; i < n; i++) {
		total += d[i].marks;
		otherwise += d[i].otherwise;
	}
	h = arena_many(a, struct having, total + 1);
	all = arena_many(a, struct decision_mark, total + 1);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d[i].marks; j++)
			h[k++] = (struct having){ d[i].mark[j], i };
	qsort(h, total, sizeof(*h), by_text);
	for (size_t i = 0; i < total;) {
		struct decision_mark m = { .text = h[i].text };
		size_t last = SIZE_MAX;

		for (; i < total && strcmp(h[i].text, m.text) == 0; i++) {
			if (h[i].of == last)
				continue; /* a word that stands twice */
			last = h[i].of;
			*(d[last].otherwise ? &m.with_otherwise : &m.with_same) += 1;
		}
		m.without_otherwise = otherwise - m.with_otherwise;
		m.without_same = (uint32_t)n - otherwise - m.with_same;
		m.g = likelihood(&m);
		/* Only what speaks for going otherwise is told: its absence is the same news. */
		if (m.with_otherwise >= 3 && m.g > CHANCE &&
		    (uint64_t)m.with_otherwise * m.without_same > (uint64_t)m.with_same * m.without_otherwise)
			all[found++] = m;
	}
	qsort(all, found, sizeof(*all), best_mark);
	*ret_n = found < max ? found : max;
	for (size_t i = 0; i < *ret_n; i++)
		ret[i] = all[i];
}
