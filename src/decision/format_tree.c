/* SPDX-License-Identifier: Apache-2.0 */
/* format_tree.c - a learned tree as JSON. Nodes stand in a list, each before its
 * children and the left branch before the right one, so depth costs nothing. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "decision/format_priv.h"
#include "text/i18n.h"

static const char *const takes[] = {
	[DECISION_TAKE_VALUE] = "value",
	[DECISION_TAKE_PART] = "part",
	[DECISION_TAKE_NUMBER] = "number",
	[DECISION_TAKE_PRESENT] = "present",
};

/* Out ------------------------------------------------------------------ */

static void
put(struct arena *a, struct value *o, const char *key, const char *text)
{
	if (text != NULL)
		value_set_text(a, o, key, text);
}

static void
put_fact(struct arena *a, struct value *o, const struct decision_fact *f)
{
	put(a, o, "id", f->id);
	put(a, o, "namespace", f->space);
	put(a, o, "key", f->key);
	put(a, o, "version", f->version);
	put(a, o, "name", f->name);
	put(a, o, "name_ja", f->name_ja);
	put(a, o, "definition", f->definition);
	put(a, o, "question", f->question);
	put(a, o, "question_ja", f->question_ja);
	put(a, o, "guidance", f->guidance);
	put(a, o, "guidance_ja", f->guidance_ja);
	put(a, o, "from", f->from);
	value_set_bool(a, o, "ordered", f->ordered);
	value_set_int(a, o, "weight", f->weight);
	put(a, o, "take", takes[f->take]);
	put(a, o, "column", f->column);
	put(a, o, "part", f->part);
	if (f->other >= 0)
		put(a, o, "other", f->value[f->other].key);
	if (f->empty >= 0)
		put(a, o, "empty", f->value[f->empty].key);
	struct value *list = value_set_list(a, o, "values");

	for (size_t i = 0; i < f->values; i++) {
		struct value *v = value_add_object(a, list);

		put(a, v, "key", f->value[i].key);
		put(a, v, "name", f->value[i].name);
		put(a, v, "name_ja", f->value[i].name_ja);
		put(a, v, "definition", f->value[i].definition);
		if ((f->take == DECISION_TAKE_NUMBER || f->value[i].upto > 0) && isfinite(f->value[i].upto))
			value_set_real(a, v, "upto", f->value[i].upto);
		value_set_int(a, v, "seen", f->value[i].seen);
	}
}

static void
put_nodes(struct arena *a, struct value *list, const struct decision_model *m)
{
	for (size_t i = 0; i < m->nodes; i++) {
		const struct decision_node *d = &m->node[i];
		struct value *o = value_add_object(a, list), *counts;

		if (d->leaf != 0) {
			value_set_int(a, o, "leaf", d->leaf);
		} else {
			const struct decision_fact *f = &m->fact[d->fact];
			struct value *left;

			put(a, o, "fact", f->id);
			left = value_set_list(a, o, "left");
			for (size_t v = 0; v < f->values; v++)
				if (d->left >> v & 1)
					value_add_text(a, left, f->value[v].key);
			value_set_int(a, o, "right", d->child[1]);
		}
		put(a, o, "outcome", m->outcome.value[d->outcome].key);
		counts = value_set_list(a, o, "counts");
		for (size_t v = 0; v < m->outcome.values; v++)
			value_add(a, counts, value_int(a, m->count[i * m->outcome.values + v]));
	}
}

struct value *
format_tree_value(struct arena *a, const struct decision_model *m)
{
	struct value *o = value_object(a), *list;

	put(a, o, "format", "tobiguchi-decision-model");
	value_set_int(a, o, "formatVersion", 1);
	put(a, o, "namespace", m->space);
	put(a, o, "key", m->key);
	put(a, o, "version", m->version);
	put(a, o, "name", m->name);
	put(a, o, "name_ja", m->name_ja);
	put(a, o, "definition", m->definition);
	list = value_set_list(a, o, "facts");
	for (size_t f = 0; f < m->facts; f++)
		put_fact(a, value_add_object(a, list), &m->fact[f]);
	put_fact(a, value_set_object(a, o, "outcome"), &m->outcome);
	if (m->monotone)
		value_set_bool(a, o, "monotone", true);
	if (m->cost != NULL) {
		list = value_set_list(a, o, "cost");
		for (size_t i = 0; i < m->outcome.values * m->outcome.values; i++)
			value_add(a, list, value_int(a, m->cost[i]));
	}
	struct value *learned = value_set_object(a, o, "learned");

	value_set_int(a, learned, "rows", (int64_t)m->learned_rows);
	value_set_int(a, learned, "cells", (int64_t)m->learned_cells);
	value_set_int(a, learned, "unit", m->unit);
	value_set_int(a, learned, "leaves", (int64_t)m->leaves);
	list = value_set_list(a, o, "nodes");
	put_nodes(a, list, m);
	return o;
}

/* In ------------------------------------------------------------------- */

static int
by_key(const struct decision_fact *f, struct str key)
{
	for (size_t i = 0; i < f->values; i++)
		if (str_is(key, f->value[i].key))
			return (int)i;
	return -1;
}

static enum err
read_index(struct format_reader *r, const struct value *o, const char *path, const char *key,
    const struct decision_fact *f, int *ret)
{
	const struct value *v = value_get(o, key);

	*ret = -1;
	if (v == NULL)
		return OK;
	*ret = by_key(f, value_str(v));
	return *ret >= 0 ? OK : format_refuse(r, path, key, N_("this is the key of no value of the fact"));
}

static enum err
read_fact(struct format_reader *r, const struct value *o, const char *path, size_t most, struct decision_fact *f)
{
	const char *take;
	const struct value *list = value_get(o, "values");
	size_t kind = 0;

	*f = (struct decision_fact){ .other = -1, .empty = -1 };
	if (value_type(o) != VALUE_OBJECT)
		return format_refuse(r, path, NULL, N_("an object must stand here"));
	TRY(format_text(r, o, path, "id", NULL, &f->id));
	TRY(format_text(r, o, path, "namespace", "history", &f->space));
	TRY(format_text(r, o, path, "key", NULL, &f->key));
	TRY(format_text(r, o, path, "version", "1.0.0", &f->version));
	TRY(format_text(r, o, path, "name", NULL, &f->name));
	TRY(format_may(r, o, path, "name_ja", &f->name_ja));
	TRY(format_may(r, o, path, "definition", &f->definition));
	TRY(format_may(r, o, path, "question", &f->question));
	TRY(format_may(r, o, path, "question_ja", &f->question_ja));
	TRY(format_may(r, o, path, "guidance", &f->guidance));
	TRY(format_may(r, o, path, "guidance_ja", &f->guidance_ja));
	TRY(format_may(r, o, path, "from", &f->from));
	TRY(format_may(r, o, path, "column", &f->column));
	TRY(format_may(r, o, path, "part", &f->part));
	TRY(format_text(r, o, path, "take", "value", &take));
	while (kind < COUNT(takes) && strcmp(takes[kind], take) != 0)
		kind++;
	if (kind == COUNT(takes))
		return format_refuse(r, path, "take", N_("this is none of value, part, number and present"));
	f->take = (enum decision_take)kind;
	if (f->take == DECISION_TAKE_PART && f->part == NULL)
		return format_refuse(r, path, "part", N_("the member is missing"));
	f->ordered = value_true(value_get(o, "ordered"));
	int64_t weight = value_get(o, "weight") == NULL ? 100 : value_integer(value_get(o, "weight"));

	if (weight < 1 || weight > 10000)
		return format_refuse(r, path, "weight", N_("a weight is 1 to 10000 percent"));
	f->weight = (unsigned)weight;
	path = format_at(r, path, "values");
	f->values = value_count(list);
	if (value_type(list) != VALUE_LIST || f->values == 0 || f->values > most)
		return format_refuse(r, path, NULL, N_("a list of 1 to 64 values (an outcome: 32) must stand here"));
	if (f->take == DECISION_TAKE_PRESENT && f->values != 2)
		return format_refuse(r, path, NULL, N_("a fact that takes \"present\" has two values"));
	f->value = arena_many(r->a, struct decision_value, f->values);
	for (size_t i = 0; i < f->values; i++) {
		const struct value *v = value_at(list, i), *upto = value_get(v, "upto");
		const char *at = arena_printf(r->a, "%s/%zu", path, i);

		TRY(format_text(r, v, at, "key", NULL, &f->value[i].key));
		TRY(format_text(r, v, at, "name", NULL, &f->value[i].name));
		TRY(format_may(r, v, at, "name_ja", &f->value[i].name_ja));
		TRY(format_may(r, v, at, "definition", &f->value[i].definition));
		f->value[i].upto = upto == NULL ? HUGE_VAL : value_real(upto);
		int64_t seen = value_integer(value_get(v, "seen"));

		f->value[i].seen = seen < 0 || seen > UINT32_MAX ? 0 : (uint32_t)seen;
		for (size_t j = 0; j < i; j++)
			if (strcmp(f->value[j].key, f->value[i].key) == 0)
				return format_refuse(r, at, "key", N_("two values have the same key"));
	}
	TRY(read_index(r, o, path, "other", f, &f->other));
	return read_index(r, o, path, "empty", f, &f->empty);
}

static enum err
read_counts(struct format_reader *r, const struct value *o, const char *path, struct decision_model *m, size_t at)
{
	const struct value *list = value_get(o, "counts");

	if (value_type(list) != VALUE_LIST || value_count(list) != m->outcome.values)
		return format_refuse(r, path, "counts", N_("there must be one number for each outcome"));
	for (size_t v = 0; v < m->outcome.values; v++) {
		int64_t n = value_integer(value_at(list, v));

		if (value_type(value_at(list, v)) != VALUE_INT || n < 0 || n > UINT32_MAX)
			return format_refuse(r, path, "counts", N_("a count is a whole number from 0 to 4294967295"));
		m->count[at * m->outcome.values + v] = (uint32_t)n;
	}
	return OK;
}

static enum err
read_node(struct format_reader *r, const struct value *o, const char *path, struct decision_model *m, size_t at)
{
	struct decision_node *d = &m->node[at];
	const struct value *left = value_get(o, "left");
	int outcome = by_key(&m->outcome, value_str(value_get(o, "outcome")));
	size_t f = 0;

	if (outcome < 0)
		return format_refuse(r, path, "outcome", N_("this is the key of no outcome"));
	*d = (struct decision_node){ .left = UINT64_MAX, .outcome = (uint8_t)outcome };
	TRY(read_counts(r, o, path, m, at));
	if (value_get(o, "leaf") != NULL) {
		d->leaf = (uint32_t)++m->leaves;
		d->child[0] = d->child[1] = (uint32_t)at;
		return OK;
	}
	while (f < m->facts && !str_is(value_str(value_get(o, "fact")), m->fact[f].id))
		f++;
	if (f == m->facts)
		return format_refuse(r, path, "fact", N_("this is the id of no fact of the model"));
	d->fact = (uint8_t)f;
	d->left = 0;
	if (value_type(left) != VALUE_LIST)
		return format_refuse(r, path, "left", N_("a list of the keys of values must stand here"));
	for (size_t i = 0; i < value_count(left); i++) {
		int v = by_key(&m->fact[f], value_str(value_at(left, i)));

		if (v < 0)
			return format_refuse(r, path, "left", N_("this is the key of no value of the fact"));
		d->left |= UINT64_C(1) << v;
	}
	int64_t right = value_integer(value_get(o, "right"));

	if (right <= (int64_t)at + 1 || right >= (int64_t)m->nodes)
		return format_refuse(r, path, "right", N_("the right branch must stand behind the left one, in the list"));
	d->child[0] = (uint32_t)at + 1;
	d->child[1] = (uint32_t)right;
	return OK;
}

/* Each branch must end where the next begins: then every node has one parent. */
static enum err
check_order(struct format_reader *r, const struct decision_model *m)
{
	uint32_t *end = arena_many(r->a, uint32_t, m->nodes);
	uint16_t *depth = arena_many(r->a, uint16_t, m->nodes);

	for (size_t i = m->nodes; i-- > 0;) {
		const struct decision_node *d = &m->node[i];

		if (d->leaf != 0) {
			end[i] = (uint32_t)i + 1;
			continue;
		}
		if (end[d->child[0]] != d->child[1])
			return format_refuse(r, arena_printf(r->a, "/nodes/%zu", i), "right",
			    N_("the right branch does not begin where the left one ends: the nodes are no tree"));
		end[i] = end[d->child[1]];
		depth[i] = (uint16_t)(1 + (depth[d->child[0]] > depth[d->child[1]] ? depth[d->child[0]] : depth[d->child[1]]));
		if (depth[i] > LIMIT_DECISION_DEPTH)
			return format_refuse(r, "/nodes", NULL, N_("a path from the root has more than 256 splits")), ERR_LIMIT;
	}
	return end[0] == m->nodes ? OK : format_refuse(r, "/nodes", NULL, N_("there are nodes that no other leads to"));
}

static enum err
read_cost(struct format_reader *r, const struct value *list, struct decision_model *m)
{
	size_t n = m->outcome.values * m->outcome.values;
	uint8_t *cost = arena_alloc(r->a, n);

	if (list == NULL)
		return OK;
	if (value_type(list) != VALUE_LIST || value_count(list) != n)
		return format_refuse(r, "/cost", NULL, N_("there must be one number for each pair of outcomes"));
	for (size_t i = 0; i < n; i++) {
		int64_t v = value_integer(value_at(list, i));

		if (v < 0 || v > 100)
			return format_refuse(r, "/cost", NULL, N_("a cost is 0 to 100"));
		cost[i] = (uint8_t)v;
	}
	m->cost = cost;
	return OK;
}

enum err
format_tree_read(struct format_reader *r, const struct value *json, struct decision_model *ret)
{
	const struct value *facts = value_get(json, "facts"), *nodes = value_get(json, "nodes"),
			   *learned = value_get(json, "learned");
	const char *why;

	if (value_integer(value_get(json, "formatVersion")) != 1)
		return format_refuse(r, "", "formatVersion", N_("only version 1 is read"));
	TRY(format_text(r, json, "", "namespace", "history", &ret->space));
	TRY(format_text(r, json, "", "key", NULL, &ret->key));
	TRY(format_text(r, json, "", "version", "1.0.0", &ret->version));
	TRY(format_text(r, json, "", "name", NULL, &ret->name));
	TRY(format_may(r, json, "", "name_ja", &ret->name_ja));
	TRY(format_may(r, json, "", "definition", &ret->definition));
	ret->id = arena_printf(r->a, "%s:%s:%s", ret->space, ret->key, ret->version);
	if (value_type(facts) != VALUE_LIST || value_count(facts) == 0 || value_count(facts) > LIMIT_DECISION_FACTS)
		return format_refuse(r, "/facts", NULL, N_("a list of 1 to 62 facts must stand here"));
	ret->fact = arena_many(r->a, struct decision_fact, value_count(facts));
	for (; ret->facts < value_count(facts); ret->facts++)
		TRY(read_fact(r, value_at(facts, ret->facts), arena_printf(r->a, "/facts/%zu", ret->facts),
		    LIMIT_DECISION_VALUES, &ret->fact[ret->facts]));
	TRY(read_fact(r, value_get(json, "outcome"), "/outcome", LIMIT_DECISION_OUTCOMES, &ret->outcome));
	ret->monotone = value_true(value_get(json, "monotone"));
	TRY(read_cost(r, value_get(json, "cost"), ret));
	if (value_type(nodes) != VALUE_LIST || value_count(nodes) == 0)
		return format_refuse(r, "/nodes", NULL, N_("a list of at least one node must stand here"));
	if (value_count(nodes) > LIMIT_DECISION_NODES)
		return format_refuse(r, "/nodes", NULL, N_("a tree has at most 1000000 nodes")), ERR_LIMIT;
	ret->nodes = value_count(nodes);
	ret->node = arena_many(r->a, struct decision_node, ret->nodes);
	ret->count = arena_many(r->a, uint32_t, ret->nodes * ret->outcome.values);
	for (size_t i = 0; i < ret->nodes; i++)
		TRY(read_node(r, value_at(nodes, i), arena_printf(r->a, "/nodes/%zu", i), ret, i));
	TRY(check_order(r, ret));
	int64_t unit = value_integer(value_get(learned, "unit")), rows = value_integer(value_get(learned, "rows"));

	ret->unit = unit < 1 || unit > 1 << 20 ? 1 : (uint32_t)unit;
	ret->learned_rows = rows < 1 ? 1 : (uint64_t)rows;
	ret->learned_cells = (uint64_t)(value_integer(value_get(learned, "cells")) & INT64_MAX);
	return decision_model_check(ret, &why) == OK ? OK : format_refuse(r, "", NULL, why);
}
