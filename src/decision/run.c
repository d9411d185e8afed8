/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - cells are looked up once: files say the same few things again and again. */
#include "decision/run.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "text/csv.h"

#define KNOWN 1024 /* texts remembered of a fact */

struct known {
	struct str text;
	uint64_t possible;
	bool used, known;
};

/* Which column answers each fact, and what its texts mean. */
struct decision_cells {
	struct arena *a;
	int column[LIMIT_DECISION_FACTS]; /* -1: none */
	struct known *known[LIMIT_DECISION_FACTS];
};

static bool
ends_with_version(struct str s)
{
	size_t at = str_find(s, STR(" v"), 0);

	return at != SIZE_MAX && at + 2 < s.n && str_is_digit(s.p[at + 2]);
}

enum err
decision_run_head(struct arena *a, const struct decision_model *m, const struct str *field, size_t n,
    struct decision_run *ret, struct decision_fault *fault)
{
	struct decision_cells *c = arena_one(a, struct decision_cells);
	size_t found = 0;

	*ret = (struct decision_run){ .model = m, .columns = n, .cells = c };
	c->a = a;
	for (size_t f = 0; f < m->facts; f++) {
		c->column[f] = -1;
		c->known[f] = arena_many(a, struct known, KNOWN);
	}
	for (size_t i = 0; i < n; i++) {
		struct str name = str_trim(csv_plain(field[i]));
		int fact = decision_fact_find(m, name);

		for (size_t f = 0; f < m->facts; f++) {
			bool here = m->fact[f].column != NULL ? str_is_case(name, m->fact[f].column) : (int)f == fact;

			if (!here || c->column[f] >= 0)
				continue;
			c->column[f] = (int)i;
			found++;
			if (str_is(name, m->fact[f].id))
				ret->spelling = DECISION_SPELL_KEY;
			else if (ends_with_version(name))
				ret->spelling = DECISION_SPELL_LOWER;
		}
	}
	if (found > 0)
		return OK;
	*fault = (struct decision_fault){ .line = 1, .where = m->fact[0].name,
		.rule = "no column of the file is a fact of the model, such as this one" };
	return ERR_INVALID;
}

static struct known *
find_known(struct decision_cells *c, const struct decision_fact *fact, size_t f, struct str text)
{
	uint32_t h = 2166136261u;
	struct known *k;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 16777619u;
	k = &c->known[f][(h ^ h >> 15) % KNOWN];
	if (k->used && str_equal(k->text, text))
		return k;
	if (!k->used)
		k->text = arena_str(c->a, text);
	else if (text.n <= k->text.n && text.n > 0)
		memcpy((char *)(uintptr_t)k->text.p, text.p, text.n); /* the arena's own copy */
	else
		k->text = arena_str(c->a, text);
	k->text.n = text.n;
	k->used = true;
	k->possible = decision_answer_read(fact, text, &k->known);
	return k;
}

void
decision_run_answers(struct decision_run *r, const struct str *field, struct decision_answers *ret)
{
	const struct decision_model *m = r->model;

	for (size_t f = 0; f < m->facts; f++) {
		int at = r->cells->column[f];

		if (at < 0) {
			ret->possible[f] = decision_all(&m->fact[f]);
			continue;
		}
		const struct known *k = find_known(r->cells, &m->fact[f], f, field[at]);

		ret->possible[f] = k->possible;
		r->unknown += !k->known && field[at].n > 0;
	}
}

static const char *
spell(const struct decision_run *r, const struct decision_value *v)
{
	return r->spelling == DECISION_SPELL_KEY ? v->key : v->name;
}

void
decision_run_outcome(struct buf *out, const struct decision_run *r, uint8_t outcome)
{
	char lower[512];
	struct str s = str_of(spell(r, &r->model->outcome.value[outcome]));

	if (r->spelling == DECISION_SPELL_LOWER && s.n <= sizeof(lower)) {
		for (size_t i = 0; i < s.n; i++)
			lower[i] = str_lower(s.p[i]);
		s.p = lower;
	}
	csv_put_str(out, s, false);
}

static void
put_more(struct buf *out, struct decision_run *r, const struct decision_answers *given,
    const struct decision_verdict *v)
{
	struct decision_question ask;
	bool first = true;

	buf_char(out, ',');
	for (size_t i = 0; i < r->model->outcome.values; i++) {
		if ((v->possible >> i & 1) == 0)
			continue;
		buf_text(out, first ? "" : "|");
		buf_text(out, r->model->outcome.value[i].key);
		first = false;
	}
	decision_ask(r->model, given, &ask);
	csv_put_str(out, str_of(ask.fact < 0 ? "" : r->model->fact[ask.fact].name), false);
}

static void
put_verdict(struct buf *out, struct decision_run *r, const struct decision_answers *given, bool more)
{
	struct decision_verdict v;

	decision_decide(r->model, given, &v);
	decision_run_outcome(out, r, v.outcome);
	buf_printf(out, ",%.4f,", v.confidence);
	if (r->model->learned_rows > 0)
		buf_printf(out, "%.0f of %.0f", v.agree, v.support);
	buf_char(out, ',');
	if (v.leaf > 0)
		buf_int(out, v.leaf);
	if (more)
		put_more(out, r, given, &v);
}

enum err
decision_run_open(struct arena *a, const struct decision_model *m, struct str text, struct decision_run *ret,
    struct decision_fault *fault)
{
	struct csv csv = csv_of(text);
	struct str field[CSV_FIELDS];
	size_t n;

	if (csv_next(&csv, a, field, &n) == OK)
		return decision_run_head(a, m, field, n, ret, fault);
	*fault = (struct decision_fault){ .line = 1, .where = "", .rule = "the file has no first line with the names of the columns" };
	return ERR_INVALID;
}

enum err
decision_run_csv(struct decision_run *r, struct str text, bool more, enum err (*write)(void *to, struct str piece),
    void *to, struct decision_fault *fault)
{
	AUTO(arena) scratch = arena_new();
	struct csv csv = csv_of(text);
	struct str field[CSV_FIELDS];
	struct decision_answers given;
	struct buf *out = buf_new(r->cells->a, LIMIT_MIB(2));
	bool head = true;
	size_t n;
	enum err e;

	while ((e = csv_next(&csv, scratch, field, &n)) == OK) {
		*fault = (struct decision_fault){ .line = csv.line, .where = "",
			.rule = "the line does not have as many columns as the first one" };
		if (n != r->columns)
			return ERR_INVALID;
		for (size_t i = 0; i < n; i++)
			csv_put_str(out, field[i], i == 0);
		if (head) {
			buf_str(out, STR(",outcome,confidence,support,leaf"));
			buf_str(out, more ? STR(",possible,ask") : STR_NULL);
		} else {
			decision_run_answers(r, field, &given);
			put_verdict(out, r, &given, more);
			r->rows++;
		}
		head = false;
		buf_str(out, STR("\n"));
		if (out->n > LIMIT_MIB(1)) {
			TRY(write(to, buf_view(out)));
			buf_clear(out);
		}
		arena_reset(scratch);
	}
	TRY(write(to, buf_view(out)));
	if (e == ERR_NOT_FOUND)
		return OK;
	*fault = (struct decision_fault){ .line = csv.line, .where = "",
		.rule = e == ERR_LIMIT ? "the line is longer, or has more columns, than is read"
				       : "a quote stands where none may, or is not closed (RFC 4180)" };
	return e;
}
