/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/explain.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

const char *
decision_name(const char *name, const char *name_ja, bool ja)
{
	return ja && name_ja != NULL && name_ja[0] != '\0' ? name_ja : name;
}

static void
put_values(struct buf *b, const struct decision_fact *f, uint64_t set, bool ja)
{
	bool first = true;

	for (size_t i = 0; i < f->values; i++) {
		if ((set >> i & 1) == 0)
			continue;
		buf_text(b, first ? "" : ja ? "または" : " or ");
		buf_text(b, decision_name(f->value[i].name, f->value[i].name_ja, ja));
		first = false;
	}
}

const char *
decision_explain(struct arena *a, const struct decision_model *m, const struct decision_answers *given,
    const struct decision_verdict *v, bool ja)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	uint32_t path[LIMIT_DECISION_DEPTH + 2];
	uint64_t told = 0;
	size_t n = 0;

	if (decision_path(m, v->node, path, COUNT(path), &n) != OK)
		n = 0;
	for (size_t i = 0; i + 1 < n; i++) {
		uint8_t fact = m->node[path[i]].fact;
		const struct decision_fact *f = &m->fact[fact];

		/* A path may ask one fact twice; the answer is told once. */
		if (told >> fact & 1)
			continue;
		buf_text(b, told == 0 ? "" : ja ? "、" : "; ");
		told |= UINT64_C(1) << fact;
		buf_text(b, decision_name(f->name, f->name_ja, ja));
		buf_text(b, ja ? "が" : " is ");
		put_values(b, f, given->possible[fact], ja);
	}
	if (told == 0)
		buf_text(b, v->leaf != 0 ? (ja ? "どの場合も" : "In every case") : ja ? "回答がまだ足りません" : "Answers are missing");
	buf_text(b, ja ? "：" : ": ");
	if (v->leaf != 0)
		put_values(b, &m->outcome, UINT64_C(1) << v->outcome, ja);
	else
		put_values(b, &m->outcome, v->possible, ja);
	buf_text(b, ja ? "。" : ".");
	return buf_cstr(a, b);
}

const char *
decision_explain_facts(struct arena *a, const struct decision_model *m, const struct decision_answers *given, bool ja)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));

	for (size_t f = 0; f < m->facts; f++) {
		const struct decision_fact *fact = &m->fact[f];

		if (given->possible[f] == decision_all(fact))
			continue;
		buf_text(b, b->n == 0 ? "" : ja ? "、" : "; ");
		buf_text(b, decision_name(fact->name, fact->name_ja, ja));
		buf_text(b, ja ? "：" : ": ");
		put_values(b, fact, given->possible[f], ja);
	}
	return buf_cstr(a, b);
}

const char *
decision_explain_way(struct arena *a, const struct decision_model *m, uint32_t node, bool ja)
{
	struct decision_answers left;
	uint32_t path[LIMIT_DECISION_DEPTH + 2];
	size_t n;

	decision_answers_init(m, &left);
	if (decision_path(m, node, path, COUNT(path), &n) != OK)
		n = 0;
	for (size_t i = 0; i + 1 < n; i++) {
		const struct decision_node *d = &m->node[path[i]];

		left.possible[d->fact] &= d->child[0] == path[i + 1] ? d->left : ~d->left;
	}
	return decision_explain_facts(a, m, &left, ja);
}

static bool
is_one(uint64_t set)
{
	return set != 0 && (set & (set - 1)) == 0;
}

void
decision_changes(const struct decision_model *m, const struct decision_answers *given,
    const struct decision_verdict *v, struct decision_change *ret, size_t max, size_t *ret_n)
{
	struct decision_answers try = *given;
	struct decision_verdict other;

	*ret_n = 0;
	for (size_t far = 1; far < LIMIT_DECISION_VALUES; far++)
		for (size_t f = 0; f < m->facts && *ret_n < max; f++) {
			if (!is_one(given->possible[f]) || far >= m->fact[f].values)
				continue;
			int at = __builtin_ctzll(given->possible[f]);

			for (int side = -1; side <= 1; side += 2) {
				int to = at + side * (int)far;

				if (to < 0 || to >= (int)m->fact[f].values || *ret_n == max)
					continue;
				try.possible[f] = UINT64_C(1) << to;
				decision_decide(m, &try, &other);
				if (other.leaf != 0 && other.outcome != v->outcome)
					ret[(*ret_n)++] = (struct decision_change){ (uint8_t)f, (uint8_t)to, other.outcome };
			}
			try.possible[f] = given->possible[f];
		}
}

const char *
decision_explain_change(struct arena *a, const struct decision_model *m, struct decision_change c, bool ja)
{
	const struct decision_fact *f = &m->fact[c.fact];
	const struct decision_value *v = &f->value[c.value], *o = &m->outcome.value[c.outcome];

	return arena_printf(a, ja ? "%sが%sなら%s。" : "If %s were %s: %s.", decision_name(f->name, f->name_ja, ja),
	    decision_name(v->name, v->name_ja, ja), decision_name(o->name, o->name_ja, ja));
}
