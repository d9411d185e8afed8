/* SPDX-License-Identifier: Apache-2.0 */
/* model.c - finding a model's facts and values, and what an answer leaves open. */
#include "decision/model.h"

#include <stdio.h>
#include <string.h>

void
decision_answers_init(const struct decision_model *m, struct decision_answers *ret)
{
	for (size_t f = 0; f < m->facts; f++)
		ret->possible[f] = decision_all(&m->fact[f]);
}

/* "Exploitation v1.1.0" and "In KEV v1.0.0 (cisa)", as SSVC's own lists write it. */
static bool
is_label(const struct decision_fact *f, struct str name)
{
	char label[512];
	int n = snprintf(label, sizeof(label), "%s v%s (%s)", f->name, f->version, f->space);

	if (n < 0 || (size_t)n >= sizeof(label))
		return false;
	if (str_is_case(name, label))
		return true;
	label[strlen(label) - strlen(f->space) - 3] = '\0';
	return str_is_case(name, label);
}

int
decision_fact_find(const struct decision_model *m, struct str name)
{
	for (size_t f = 0; f < m->facts; f++)
		if (str_is(name, m->fact[f].id))
			return (int)f;
	for (size_t f = 0; f < m->facts; f++)
		if (is_label(&m->fact[f], name) || str_is_case(name, m->fact[f].name))
			return (int)f;
	for (size_t f = 0; f < m->facts; f++)
		if (str_is_case(name, m->fact[f].key))
			return (int)f;
	return -1;
}

int
decision_value_find(const struct decision_fact *f, struct str text)
{
	for (size_t v = 0; v < f->values; v++)
		if (str_is(text, f->value[v].key))
			return (int)v;
	for (size_t v = 0; v < f->values; v++)
		if (str_is_case(text, f->value[v].name))
			return (int)v;
	for (size_t v = 0; v < f->values; v++)
		if (str_is_case(text, f->value[v].key))
			return (int)v;
	return -1;
}

bool
decision_number(struct str s, double *ret)
{
	bool minus = str_eat(&s, STR("-"));
	uint64_t whole, part = 0;
	double unit = 1;

	if (!str_eat_digits(&s, 1, 18, &whole))
		return false;
	if (str_eat(&s, STR("."))) {
		size_t before = s.n;

		if (!str_eat_digits(&s, 1, 18, &part))
			return false;
		for (size_t i = before - s.n; i > 0; i--)
			unit *= 10;
	}
	if (s.n > 0)
		return false;
	*ret = (double)whole + (double)part / unit;
	if (minus)
		*ret = -*ret;
	return true;
}

static uint64_t
bit_or_all(const struct decision_fact *f, int value, bool *ret_known)
{
	*ret_known = value >= 0;
	return value < 0 ? decision_all(f) : UINT64_C(1) << value;
}

/* One cell that names a value. */
static uint64_t
read_value(const struct decision_fact *f, struct str cell, bool *ret_known)
{
	struct str rest = cell, one;
	uint64_t set = 0;
	int v = decision_value_find(f, cell);

	if (v >= 0)
		return bit_or_all(f, v, ret_known);
	bool not = str_eat(&rest, STR("!"));

	*ret_known = true;
	while (str_split(&rest, '|', &one)) {
		v = decision_value_find(f, str_trim(one));
		if (v < 0)
			return bit_or_all(f, not || rest.n > 0 || set != 0 ? -1 : f->other, ret_known);
		set |= UINT64_C(1) << v;
	}
	if (not)
		set = decision_all(f) & ~set;
	if (set == 0)
		return bit_or_all(f, -1, ret_known);
	return set;
}

uint64_t
decision_answer_read(const struct decision_fact *f, struct str cell, bool *ret_known)
{
	double number;
	struct str part;

	cell = str_trim(cell);
	switch (f->take) {
	case DECISION_TAKE_PRESENT:
		return bit_or_all(f, cell.n > 0, ret_known);
	case DECISION_TAKE_NUMBER:
		if (!decision_number(cell, &number))
			break;
		for (size_t v = 0; v < f->values; v++)
			if ((int)v != f->empty && (number <= f->value[v].upto || v + 1 == f->values))
				return bit_or_all(f, (int)v, ret_known);
		break;
	case DECISION_TAKE_PART:
		while (str_split(&cell, '/', &part)) {
			struct str key;

			if (str_split(&part, ':', &key) && str_is(key, f->part)) {
				cell = part;
				return read_value(f, cell, ret_known);
			}
		}
		return bit_or_all(f, f->empty, ret_known);
	case DECISION_TAKE_VALUE:
		if (cell.n > 0 && !str_is(cell, "?"))
			return read_value(f, cell, ret_known);
		break;
	}
	return bit_or_all(f, cell.n == 0 ? f->empty : -1, ret_known);
}

/* A node's children stand behind it, each with one parent. */
static const char *
check_nodes(const struct decision_model *m)
{
	for (size_t i = 0; i < m->nodes; i++) {
		const struct decision_node *d = &m->node[i];

		if (d->outcome >= m->outcome.values)
			return "a node's outcome is not one of the outcome's values";
		if (d->leaf != 0) {
			if (d->child[0] != i || d->child[1] != i)
				return "a leaf has children";
			continue;
		}
		if (d->fact >= m->facts)
			return "a split is by a fact that the model does not have";
		if (d->child[0] <= i || d->child[1] <= i || d->child[0] == d->child[1])
			return "a node comes before its parent: the tree would have a cycle";
		if (d->child[0] >= m->nodes || d->child[1] >= m->nodes)
			return "a node's child does not exist";
		if ((d->left & decision_all(&m->fact[d->fact])) == 0 || (~d->left & decision_all(&m->fact[d->fact])) == 0)
			return "a split sends every value to the same side";
	}
	return NULL;
}

enum err
decision_model_check(const struct decision_model *m, const char **ret_why)
{
	*ret_why = NULL;
	if (m->facts == 0 || m->facts > LIMIT_DECISION_FACTS)
		*ret_why = "a model has 1 to 62 facts";
	else if (m->outcome.values < 1 || m->outcome.values > LIMIT_DECISION_OUTCOMES)
		*ret_why = "an outcome has 1 to 32 values";
	for (size_t f = 0; f < m->facts && *ret_why == NULL; f++)
		if (m->fact[f].values < 1 || m->fact[f].values > LIMIT_DECISION_VALUES)
			*ret_why = "a fact has 1 to 64 values";
	if (*ret_why == NULL)
		*ret_why = check_nodes(m);
	return *ret_why == NULL ? OK : ERR_INVALID;
}
