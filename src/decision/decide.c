/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - from answers to outcomes, also when some answers are missing. */
#include <math.h>
#include <string.h>

#include "decision/model.h"

double
decision_wilson(double agree, double n)
{
	const double z = 1.959963984540054;

	if (n <= 0)
		return 0;
	double p = agree / n, z2 = z * z / n;
	double low = (p + z2 / 2 - z * sqrt((p * (1 - p) + z2 / 4) / n)) / (1 + z2);

	return low < 0 ? 0 : low;
}

double
decision_kappa(const uint64_t *count, size_t n)
{
	double total = 0, same = 0, chance = 0;

	for (size_t i = 0; i < n * n; i++)
		total += (double)count[i];
	if (total <= 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		double row = 0, column = 0;

		for (size_t j = 0; j < n; j++) {
			row += (double)count[i * n + j];
			column += (double)count[j * n + i];
		}
		same += (double)count[i * n + i];
		chance += row * column / total;
	}
	/* Both always said the same one thing: nothing was there to agree on. */
	if (total - chance < 1e-9)
		return 1;
	return (same - chance) / (total - chance);
}

static double
total_of(const struct decision_model *m, uint32_t node)
{
	double n = 0;

	for (size_t i = 0; i < m->outcome.values; i++)
		n += m->count[node * m->outcome.values + i];
	return n;
}

double
decision_confidence(const struct decision_model *m, uint32_t node, double *ret_support, double *ret_agree)
{
	double unit = m->unit == 0 ? 1 : m->unit, n = 0, agree = 0, share = 0;
	uint8_t outcome = m->node[node].outcome;

	/*
	 * A leaf was chosen because it looks good, so it is drawn towards the nodes above
	 * it: each counts as so many decisions. (Of what was tried on the decisions of
	 * CISA's analysts this kept the promise of the bands best.)
	 */
	const double drawn = sqrt(total_of(m, 0) / unit);

	for (uint32_t at = 0;;) {
		const struct decision_node *d = &m->node[at];

		n = total_of(m, at) / unit;
		agree = m->count[at * m->outcome.values + outcome] / unit;
		share = at == 0 ? (n > 0 ? agree / n : 0) : (agree + drawn * share) / (n + drawn);
		if (at == node || d->leaf != 0)
			break;
		at = d->child[node >= d->child[1]];
	}
	*ret_support = n;
	*ret_agree = agree;
	return m->learned_rows == 0 ? 1 : decision_wilson(share * n, n);
}

/* The same path may ask one fact twice, so a walk remembers what it took for granted:
 * the answers shrink on the way down. */
static void
walk(const struct decision_model *m, struct decision_answers *given, uint32_t at, double share, size_t depth,
    struct decision_verdict *v, double *confidence)
{
	const struct decision_node *d = &m->node[at];

	if (d->leaf != 0 || depth > LIMIT_DECISION_DEPTH) {
		double total = total_of(m, at), support, agree;

		for (size_t i = 0; i < m->outcome.values; i++)
			v->share[i] += total > 0 ? share * m->count[at * m->outcome.values + i] / total
						 : share * (i == d->outcome);
		v->possible |= UINT64_C(1) << d->outcome;
		*confidence += share * decision_confidence(m, at, &support, &agree);
		return;
	}
	uint64_t here = given->possible[d->fact], side[2] = { here & d->left, here & ~d->left };
	double n[2] = { total_of(m, d->child[0]), total_of(m, d->child[1]) };

	for (int k = 0; k < 2; k++) {
		if (side[k] == 0)
			continue;
		double part = side[1 - k] == 0 ? share : n[0] + n[1] > 0 ? share * n[k] / (n[0] + n[1]) : share / 2;

		given->possible[d->fact] = side[k];
		walk(m, given, d->child[k], part, depth + 1, v, confidence);
	}
	given->possible[d->fact] = here;
}

static uint8_t
cheapest(const struct decision_model *m, const double *share)
{
	size_t outcomes = m->outcome.values, best = 0;
	double least = HUGE_VAL;

	for (size_t says = 0; says < outcomes; says++) {
		double cost = 0;

		for (size_t is = 0; is < outcomes; is++)
			cost += share[is] * (m->cost != NULL ? m->cost[is * outcomes + says] : is != says);
		if (cost < least - 1e-12 || (cost < least + 1e-12 && m->outcome.ordered)) {
			least = cost;
			best = says;
		}
	}
	return (uint8_t)best;
}

void
decision_decide(const struct decision_model *m, const struct decision_answers *given, struct decision_verdict *ret)
{
	uint32_t at = 0;

	memset(ret, 0, sizeof(*ret));
	/* As far as the answers lead. */
	while (m->node[at].leaf == 0) {
		const struct decision_node *d = &m->node[at];
		uint64_t here = given->possible[d->fact];

		if ((here & d->left) != 0 && (here & ~d->left) != 0)
			break;
		at = d->child[(here & d->left) == 0];
	}
	ret->node = at;
	ret->leaf = m->node[at].leaf;
	struct decision_answers left = *given;

	walk(m, &left, at, 1, 0, ret, &ret->confidence);
	ret->outcome = ret->leaf != 0 ? m->node[at].outcome : cheapest(m, ret->share);
	(void)decision_confidence(m, at, &ret->support, &ret->agree);
	if (ret->leaf == 0) {
		double unit = m->unit == 0 ? 1 : m->unit;

		ret->agree = m->count[at * m->outcome.values + ret->outcome] / unit;
		/* Of a table: as sure as the rows that are left say. */
		ret->confidence = ret->share[ret->outcome] < ret->confidence ? ret->share[ret->outcome] : ret->confidence;
	}
}

/* How open the outcome is: the chance that two draws differ. */
static double
openness(const struct decision_model *m, const struct decision_answers *given)
{
	struct decision_verdict v;
	double same = 0;

	decision_decide(m, given, &v);
	for (size_t i = 0; i < m->outcome.values; i++)
		same += v.share[i] * v.share[i];
	return 1 - same;
}

/* The facts that some split asks which the answers can still reach on both sides. */
static uint64_t
matters(const struct decision_model *m, struct decision_answers *given, uint32_t at)
{
	const struct decision_node *d = &m->node[at];
	uint64_t here, side[2], found = 0;

	if (d->leaf != 0)
		return 0;
	here = given->possible[d->fact];
	side[0] = here & d->left;
	side[1] = here & ~d->left;
	if (side[0] != 0 && side[1] != 0)
		found = UINT64_C(1) << d->fact;
	for (int k = 0; k < 2; k++) {
		if (side[k] == 0)
			continue;
		given->possible[d->fact] = side[k];
		found |= matters(m, given, d->child[k]);
	}
	given->possible[d->fact] = here;
	return found;
}

void
decision_ask(const struct decision_model *m, const struct decision_answers *given, struct decision_question *ret)
{
	struct decision_answers try = *given;
	double now = openness(m, given), best = -1;
	struct decision_verdict v;

	*ret = (struct decision_question){ .fact = -1 };
	decision_decide(m, given, &v);
	/* One outcome is left: no answer changes it. */
	if ((v.possible & (v.possible - 1)) == 0)
		return;
	ret->matters = matters(m, &try, 0);
	for (size_t f = 0; f < m->facts; f++) {
		double after = 0, total = 0;
		uint64_t all = given->possible[f];

		if ((ret->matters >> f & 1) == 0)
			continue;
		for (size_t value = 0; value < m->fact[f].values; value++) {
			if ((all >> value & 1) == 0)
				continue;
			double weight = m->fact[f].value[value].seen + 1.0;

			try.possible[f] = UINT64_C(1) << value;
			after += weight * openness(m, &try);
			total += weight;
		}
		try.possible[f] = all;
		double gain = (now - after / total) * m->fact[f].weight / 100;

		if (gain > best) {
			best = gain;
			ret->fact = (int)f;
			ret->gain = gain < 0 ? 0 : gain;
		}
	}
}

void
decision_decide_rows(const struct decision_model *m, const uint8_t *code, size_t stride, size_t rows,
    uint32_t *ret_node)
{
	const struct decision_node *node = m->node;
	size_t r = 0;

	/* Eight walks at once: each waits for its own memory. A leaf is its own child. */
	for (; r + 8 <= rows; r += 8) {
		uint32_t at[8] = { 0 }, moved = 1;

		while (moved != 0) {
			moved = 0;
			for (size_t i = 0; i < 8; i++) {
				const struct decision_node *d = &node[at[i]];
				uint32_t next = d->child[~(d->left >> code[(r + i) * stride + d->fact]) & 1];

				moved |= next ^ at[i];
				at[i] = next;
			}
		}
		for (size_t i = 0; i < 8; i++)
			ret_node[r + i] = at[i];
	}
	for (; r < rows; r++) {
		uint32_t at = 0;

		while (node[at].leaf == 0)
			at = node[at].child[~(node[at].left >> code[r * stride + node[at].fact]) & 1];
		ret_node[r] = at;
	}
}

enum err
decision_path(const struct decision_model *m, uint32_t to, uint32_t *ret, size_t max, size_t *ret_n)
{
	size_t n = 0;

	/* Nodes stand before their children, and a left branch before the right one. */
	for (uint32_t at = 0;; n++) {
		if (n == max)
			return ERR_LIMIT;
		ret[n] = at;
		if (at == to)
			break;
		if (m->node[at].leaf != 0)
			return ERR_NOT_FOUND;
		at = m->node[at].child[to >= m->node[at].child[1]];
	}
	*ret_n = n + 1;
	return OK;
}
