/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/edit.h"

#include <string.h>

#include "base/arena.h"

size_t
decision_combinations(const struct decision_model *m)
{
	size_t n = 1;

	for (size_t f = 0; f < m->facts; f++) {
		n *= m->fact[f].values;
		if (n > LIMIT_DECISION_ROWS)
			return 0;
	}
	return n;
}

static size_t
each_of(const struct decision_model *m, size_t f)
{
	size_t each = 1;

	for (size_t i = f + 1; i < m->facts; i++)
		each *= m->fact[i].values;
	return each;
}

uint8_t
decision_combination_value(const struct decision_model *m, size_t at, size_t f)
{
	return (uint8_t)(at / each_of(m, f) % m->fact[f].values);
}

enum err
decision_grid_of(struct arena *a, const struct decision_model *m, uint8_t **ret, size_t *ret_n)
{
	size_t n = decision_combinations(m);
	uint8_t *grid;

	if (n == 0)
		return ERR_LIMIT;
	grid = arena_alloc(a, n);
	memset(grid, DECISION_HOLE, n);
	for (size_t i = 0; i < m->rows; i++) {
		const uint8_t *row = m->row + i * (m->facts + 1);
		size_t at = 0;

		for (size_t f = 0; f < m->facts; f++)
			at = at * m->fact[f].values + row[f];
		grid[at] = row[m->facts];
	}
	*ret = grid;
	*ret_n = n;
	return OK;
}

void
decision_grid_to(struct arena *a, struct decision_model *m, const uint8_t *grid)
{
	size_t n = decision_combinations(m);
	uint8_t code[LIMIT_DECISION_FACTS] = { 0 }, *row;

	m->row = row = arena_alloc(a, n * (m->facts + 1));
	m->rows = 0;
	for (size_t at = 0; at < n; at++) {
		if (grid[at] != DECISION_HOLE) {
			memcpy(row, code, m->facts);
			row[m->facts] = grid[at];
			row += m->facts + 1;
			m->rows++;
		}
		for (size_t f = m->facts; f-- > 0;) {
			if (++code[f] < m->fact[f].values)
				break;
			code[f] = 0;
		}
	}
}

void
decision_grid_check(struct arena *a, const struct decision_model *m, const uint8_t *grid, struct decision_grid_report *ret)
{
	size_t n = decision_combinations(m);

	*ret = (struct decision_grid_report){ .combinations = n };
	ret->step = arena_many(a, struct decision_step_down, DECISION_STEPS_TOLD);
	for (size_t at = n; at-- > 0;) {
		if (grid[at] != DECISION_HOLE)
			continue;
		ret->holes++;
		ret->first_hole = at;
	}
	for (size_t f = 0; f < m->facts; f++) {
		size_t each = each_of(m, f);

		for (size_t at = 0; at < n && m->fact[f].ordered; at++) {
			size_t values = m->fact[f].values;

			if (at / each % values + 1 == values || grid[at] == DECISION_HOLE || grid[at + each] == DECISION_HOLE ||
			    grid[at + each] >= grid[at])
				continue;
			if (ret->steps_down++ < DECISION_STEPS_TOLD)
				ret->step[ret->steps++] = (struct decision_step_down){ at, at + each, f };
		}
	}
}

void
decision_change_none(const struct decision_model *m, struct decision_change_of_facts *ret)
{
	for (size_t f = 0; f < LIMIT_DECISION_FACTS; f++) {
		ret->fact[f] = f < m->facts ? (int)f : -1;
		for (size_t v = 0; v < LIMIT_DECISION_VALUES; v++)
			ret->value[f][v] = f < m->facts && v < m->fact[f].values ? (int)v : -1;
	}
	for (size_t o = 0; o < LIMIT_DECISION_OUTCOMES; o++)
		ret->outcome[o] = o < m->outcome.values ? (int)o : -1;
}

/* What the old rows say that a new one may have come from: those whose kept facts have
 * its values. ${code} has a value for each old fact, or DECISION_HOLE: any. */
static uint8_t
agreed(const struct decision_model *from, const uint8_t *grid, const uint8_t *code, size_t f, size_t at, uint8_t sofar)
{
	if (f == from->facts) {
		if (grid[at] == DECISION_HOLE || (sofar != DECISION_HOLE && sofar != grid[at]))
			return DECISION_HOLE - 1;
		return grid[at];
	}
	for (size_t v = 0; v < from->fact[f].values && sofar != DECISION_HOLE - 1; v++)
		if (code[f] == DECISION_HOLE || code[f] == v)
			sofar = agreed(from, grid, code, f + 1, at * from->fact[f].values + v, sofar);
	return sofar;
}

enum err
decision_reshape(struct arena *a, const struct decision_model *from, const struct decision_change_of_facts *how,
    struct decision_model *to)
{
	size_t n = decision_combinations(to), was;
	uint8_t code[LIMIT_DECISION_FACTS], *old, *grid;

	if (n == 0)
		return ERR_LIMIT;
	TRY(decision_grid_of(a, from, &old, &was));
	grid = arena_alloc(a, n);
	for (size_t at = 0; at < n; at++) {
		bool new_value = false;

		memset(code, DECISION_HOLE, sizeof(code));
		for (size_t f = 0; f < to->facts; f++) {
			int v = how->value[f][decision_combination_value(to, at, f)];

			if (how->fact[f] < 0)
				continue;
			new_value |= v < 0;
			if (v >= 0)
				code[how->fact[f]] = (uint8_t)v;
		}
		uint8_t says = new_value ? DECISION_HOLE : agreed(from, old, code, 0, 0, DECISION_HOLE);

		grid[at] = DECISION_HOLE;
		if (says < LIMIT_DECISION_OUTCOMES && how->outcome[says] >= 0)
			grid[at] = (uint8_t)how->outcome[says];
	}
	decision_grid_to(a, to, grid);
	return OK;
}

static bool
is_used(const struct decision_fact *f, const char *key)
{
	for (size_t i = 0; i < f->values; i++)
		if (f->value[i].key != NULL && strcmp(f->value[i].key, key) == 0)
			return true;
	return false;
}

const char *
decision_key_of(struct arena *a, const struct decision_fact *f, const char *name)
{
	char *key = arena_dup(a, name);
	const char *try = key;
	size_t n = 0;
	bool start = true;

	for (const char *p = name; *p != '\0'; p++) {
		if (start && str_is_alnum(*p))
			key[n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - ('a' - 'A')) : *p;
		start = !str_is_alnum(*p);
	}
	key[n] = '\0';
	if (n == 0)
		try = key = arena_dup(a, "V");
	for (int again = 2; is_used(f, try); again++)
		try = arena_printf(a, "%s%d", key, again);
	return try;
}

/* FNV-1a, with the end of each text: it finds what changed, it keeps nobody out. */
static void
mix(uint64_t *h, const char *text)
{
	for (const char *p = text == NULL ? "" : text;; p++) {
		*h = (*h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
		if (*p == '\0')
			break;
	}
	*h = (*h ^ (text == NULL)) * UINT64_C(0x100000001b3);
}

#define MIX_START UINT64_C(0xcbf29ce484222325)

static void
mix_shape(struct arena *a, uint64_t *h, const struct decision_fact *f)
{
	mix(h, f->id);
	mix(h, arena_printf(a, "%zu", f->values));
	for (size_t v = 0; v < f->values; v++)
		mix(h, f->value[v].key);
}

const char *
decision_mark(struct arena *a, const struct decision_model *m, enum decision_part part)
{
	uint64_t h = MIX_START;

	switch (part) {
	case DECISION_PART_NAMES:
		mix(&h, m->name);
		mix(&h, m->name_ja);
		mix(&h, m->definition);
		mix(&h, m->monotone ? "1" : "");
		break;
	case DECISION_PART_ACTIONS:
		for (size_t i = 0; i < m->actions; i++) {
			mix(&h, m->outcome.value[m->action[i].outcome].key);
			mix(&h, m->action[i].text);
			mix(&h, m->action[i].text_ja);
			mix(&h, arena_printf(a, "%lld", (long long)m->action[i].due));
		}
		break;
	case DECISION_PART_FACTS:
		for (size_t f = 0; f < m->facts; f++)
			mix_shape(a, &h, &m->fact[f]);
		mix_shape(a, &h, &m->outcome);
		break;
	}
	return arena_printf(a, "%016llx", (unsigned long long)h);
}

const char *
decision_text_mark(struct arena *a, const char *text)
{
	uint64_t h = MIX_START;

	mix(&h, text);
	return arena_printf(a, "%016llx", (unsigned long long)h);
}

const char *
decision_fact_mark(struct arena *a, const struct decision_fact *f)
{
	const char *text[] = { f->name, f->name_ja, f->question, f->question_ja, f->guidance, f->guidance_ja, f->definition, f->from,
		f->ordered ? "1" : "", arena_printf(a, "%u", f->weight) };
	uint64_t h = MIX_START;

	mix_shape(a, &h, f);
	for (size_t i = 0; i < COUNT(text); i++)
		mix(&h, text[i]);
	for (size_t v = 0; v < f->values; v++) {
		mix(&h, f->value[v].name);
		mix(&h, f->value[v].name_ja);
		mix(&h, f->value[v].definition);
		mix(&h, arena_printf(a, "%.17g", f->value[v].upto));
	}
	return arena_printf(a, "%016llx", (unsigned long long)h);
}
