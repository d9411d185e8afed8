/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/worksheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "text/i18n.h"
#include "text/value.h"

/* Keeping -------------------------------------------------------------- */

static const char *
text_in(const struct value *o, const char *key)
{
	return value_cstr(value_get(o, key));
}

/* -1: there is none. */
static int64_t
number_in(const struct value *v)
{
	return value_type(v) == VALUE_INT ? value_integer(v) : -1;
}

void
worksheet_read(struct arena *a, const char *json, struct worksheet *ret)
{
	struct value *o;
	const struct value *facts, *outcomes, *examples;

	if (value_parse(a, str_of(json), &o, NULL) != OK)
		o = value_object(a);
	*ret = (struct worksheet){
		.title = text_in(o, "title"), .who = text_in(o, "who"), .day = text_in(o, "day"), .notes = text_in(o, "notes"),
		.consider = text_in(o, "consider"), .base = value_integer(value_get(o, "base")),
		.monotone = value_true(value_get(o, "monotone")),
	};
	facts = value_get(o, "facts");
	outcomes = value_get(o, "outcomes");
	examples = value_get(o, "examples");
	for (size_t i = 0; i < WORKSHEET_FACTS; i++) {
		const struct value *f = value_at(facts, i);
		int64_t weight = value_integer(value_get(f, "weight"));

		ret->fact[i] = (struct worksheet_fact){
			.id = text_in(f, "id"), .name = text_in(f, "name"), .name_ja = text_in(f, "name_ja"),
			.question = text_in(f, "question"), .question_ja = text_in(f, "question_ja"), .values = text_in(f, "values"),
			.weight = weight < 1 || weight > 10000 ? 100 : (int)weight, .nominal = value_true(value_get(f, "nominal")),
		};
	}
	for (size_t i = 0; i < WORKSHEET_OUTCOMES; i++) {
		const struct value *u = value_at(outcomes, i);

		ret->outcome[i] = (struct worksheet_outcome){ .key = text_in(u, "key"), .name = text_in(u, "name"),
			.name_ja = text_in(u, "name_ja"), .actions = text_in(u, "actions") };
	}
	for (size_t i = 0; i < WORKSHEET_EXAMPLES; i++) {
		const struct value *e = value_at(examples, i), *values = value_get(e, "values");
		int64_t outcome = number_in(value_get(e, "outcome"));

		ret->example[i].title = text_in(e, "title");
		ret->example[i].outcome = outcome < 0 || outcome >= WORKSHEET_OUTCOMES ? -1 : (int)outcome;
		for (size_t f = 0; f < WORKSHEET_FACTS; f++) {
			int64_t v = number_in(value_at(values, f));

			ret->example[i].value[f] = v < 0 || v >= WORKSHEET_VALUES ? -1 : (int)v;
		}
	}
}

const char *
worksheet_write(struct arena *a, const struct worksheet *w)
{
	struct value *o = value_object(a), *list;

	value_set_text(a, o, "title", w->title);
	value_set_text(a, o, "who", w->who);
	value_set_text(a, o, "day", w->day);
	value_set_text(a, o, "notes", w->notes);
	value_set_text(a, o, "consider", w->consider);
	value_set_int(a, o, "base", w->base);
	value_set_bool(a, o, "monotone", w->monotone);
	list = value_set_list(a, o, "facts");
	for (size_t i = 0; i < WORKSHEET_FACTS; i++) {
		const struct worksheet_fact *f = &w->fact[i];
		struct value *v = value_add_object(a, list);

		value_set_text(a, v, "id", f->id);
		value_set_text(a, v, "name", f->name);
		value_set_text(a, v, "name_ja", f->name_ja);
		value_set_text(a, v, "question", f->question);
		value_set_text(a, v, "question_ja", f->question_ja);
		value_set_text(a, v, "values", f->values);
		value_set_int(a, v, "weight", f->weight);
		value_set_bool(a, v, "nominal", f->nominal);
	}
	list = value_set_list(a, o, "outcomes");
	for (size_t i = 0; i < WORKSHEET_OUTCOMES; i++) {
		struct value *v = value_add_object(a, list);

		value_set_text(a, v, "key", w->outcome[i].key);
		value_set_text(a, v, "name", w->outcome[i].name);
		value_set_text(a, v, "name_ja", w->outcome[i].name_ja);
		value_set_text(a, v, "actions", w->outcome[i].actions);
	}
	list = value_set_list(a, o, "examples");
	for (size_t i = 0; i < WORKSHEET_EXAMPLES; i++) {
		const struct worksheet_example *e = &w->example[i];
		struct value *v, *values;

		if (e->title[0] == '\0')
			continue;
		v = value_add_object(a, list);
		value_set_text(a, v, "title", e->title);
		value_set_int(a, v, "outcome", e->outcome);
		values = value_set_list(a, v, "values");
		for (size_t f = 0; f < WORKSHEET_FACTS; f++)
			value_add(a, values, value_int(a, e->value[f]));
	}
	return value_json_text(a, o);
}

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

void
worksheet_begin(struct arena *a, const struct decision_model *m, int64_t id, struct worksheet *ret)
{
	worksheet_read(a, "{}", ret);
	ret->base = id;
	ret->title = m->name;
	ret->monotone = m->monotone;
	for (size_t i = 0; i < m->facts && i < WORKSHEET_FACTS; i++) {
		const struct decision_fact *f = &m->fact[i];
		struct buf *b = buf_new(a, LIMIT_KIB(64));

		for (size_t v = 0; v < f->values && v < WORKSHEET_VALUES; v++)
			buf_printf(b, "%s | %s\n", f->value[v].name, or_empty(f->value[v].name_ja));
		ret->fact[i] = (struct worksheet_fact){
			.id = f->id, .name = f->name, .name_ja = or_empty(f->name_ja), .question = or_empty(f->question),
			.question_ja = or_empty(f->question_ja), .values = buf_cstr(a, b), .weight = (int)f->weight, .nominal = !f->ordered,
		};
	}
	for (size_t i = 0; i < m->outcome.values && i < WORKSHEET_OUTCOMES; i++) {
		struct buf *b = buf_new(a, LIMIT_KIB(64));

		for (size_t k = 0; k < m->actions; k++)
			if (m->action[k].outcome == i)
				buf_printf(b, "%lld %s | %s\n", (long long)(m->action[k].due / CLOCK_HOUR), m->action[k].text,
				    or_empty(m->action[k].text_ja));
		ret->outcome[i] = (struct worksheet_outcome){ .key = m->outcome.value[i].key, .name = m->outcome.value[i].name,
			.name_ja = or_empty(m->outcome.value[i].name_ja), .actions = buf_cstr(a, b) };
	}
}

static bool
has_japanese(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0xe3)
			return true;
	return false;
}

void
worksheet_take_lines(struct arena *a, struct worksheet *w)
{
	struct str rest = str_of(w->consider), line;

	while (str_line(&rest, &line)) {
		struct worksheet_fact *free_slot = NULL;
		bool there = false;
		const char *text;

		line = str_trim(line);
		for (size_t i = WORKSHEET_FACTS; i-- > 0;) {
			const struct worksheet_fact *f = &w->fact[i];

			there = there || str_is(line, f->name) || str_is(line, f->name_ja) || str_is(line, f->question) ||
			    str_is(line, f->question_ja);
			if (f->name[0] == '\0' && f->name_ja[0] == '\0')
				free_slot = &w->fact[i];
		}
		if (line.n == 0 || there || free_slot == NULL)
			continue;
		text = arena_cstr(a, line);
		*free_slot = (struct worksheet_fact){ .id = "", .name = "", .name_ja = "", .question = "", .question_ja = "",
			.values = "no | いいえ\nyes | はい\n", .weight = 100 };
		*(has_japanese(line) ? &free_slot->name_ja : &free_slot->name) = text;
		*(has_japanese(line) ? &free_slot->question_ja : &free_slot->question) = text;
	}
}

/* The table ------------------------------------------------------------ */

/* "English | 日本語"; one of them stands for both when the other is missing. */
static void
two_names(struct arena *a, struct str line, const char **ret, const char **ret_ja)
{
	struct str en;
	bool two = str_split(&line, '|', &en) && str_find_char(line, '|', 0) == SIZE_MAX;
	struct str ja = str_trim(two ? line : STR_NULL);

	en = str_trim(en);
	*ret = arena_cstr(a, en.n > 0 ? en : ja);
	*ret_ja = ja.n > 0 ? arena_cstr(a, ja) : NULL;
}

size_t
worksheet_values(struct arena *a, const struct worksheet_fact *f, const char *ret_name[WORKSHEET_VALUES],
    const char *ret_name_ja[WORKSHEET_VALUES])
{
	struct str rest = str_of(f->values), line;
	size_t n = 0;

	while (str_line(&rest, &line) && n < WORKSHEET_VALUES) {
		if (str_trim(line).n == 0)
			continue;
		two_names(a, line, &ret_name[n], &ret_name_ja[n]);
		n++;
	}
	return n;
}

/* Letters and digits of ${name}, in capitals; else ${otherwise} and a number. */
static const char *
key_for(struct arena *a, const char *name, const char *otherwise, size_t number)
{
	char *p = arena_dupn(a, name, strlen(name));
	size_t n = 0;

	for (size_t i = 0; name[i] != '\0' && n < 24; i++)
		if (str_is_alnum(name[i]))
			p[n++] = name[i];
		else if (n > 0 && p[n - 1] != '_')
			p[n++] = '_';
	while (n > 0 && p[n - 1] == '_')
		n--;
	p[n] = '\0';
	return n > 0 ? p : arena_printf(a, "%s%zu", otherwise, number + 1);
}

static enum err
refuse(struct worksheet_fault *fault, const char *field, const char *message, const char *value)
{
	*fault = (struct worksheet_fault){ field, message, value };
	return ERR_INVALID;
}

/* Which slot a fact or outcome of the model came from. */
struct slots {
	size_t fact[WORKSHEET_FACTS], outcome[WORKSHEET_OUTCOMES];
};

static const char *
first_of(const char *x, const char *y)
{
	return x[0] != '\0' ? x : y;
}

static bool
key_taken(const struct decision_value *v, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].key, key) == 0)
			return true;
	return false;
}

static void
set_values(struct arena *a, struct decision_fact *f, const char *const *name, const char *const *name_ja, size_t n,
    const struct decision_fact *base)
{
	f->value = arena_many(a, struct decision_value, n);
	for (size_t i = 0; i < n; i++) {
		int known = base == NULL ? -1 : decision_value_find(base, str_of(name[i]));
		const char *key = known >= 0 ? base->value[known].key : key_for(a, name[i], "V", i);

		if (key_taken(f->value, i, key))
			key = arena_printf(a, "V%zu", i + 1);
		f->value[i] = (struct decision_value){ .key = key, .name = name[i], .name_ja = name_ja[i] };
	}
	f->values = n;
}

static enum err
make_fact(struct arena *a, const struct worksheet_fact *s, size_t slot, const struct decision_model *base,
    struct decision_model *m, struct worksheet_fault *fault)
{
	const char *name[WORKSHEET_VALUES], *name_ja[WORKSHEET_VALUES];
	size_t n = worksheet_values(a, s, name, name_ja);
	struct decision_fact *f = &m->fact[m->facts];
	const struct decision_fact *old = NULL;

	if (n < 2)
		return refuse(fault, arena_printf(a, "f%zu_values", slot), N_("“{value}” needs at least two values, one a line."),
		    first_of(s->name, s->name_ja));
	for (size_t i = 0; base != NULL && i < base->facts; i++)
		if (strcmp(base->fact[i].id, s->id) == 0)
			old = &base->fact[i];
	*f = (struct decision_fact){
		.space = m->space, .key = key_for(a, s->name, "F", slot), .version = "1.0.0", .name = first_of(s->name, s->name_ja),
		.weight = (unsigned)s->weight, .ordered = !s->nominal, .other = -1, .empty = -1,
	};
	if (old != NULL) {
		f->space = old->space;
		f->key = old->key;
		f->version = old->version;
	}
	f->name_ja = s->name_ja[0] == '\0' ? NULL : s->name_ja;
	f->question = s->question[0] == '\0' ? NULL : s->question;
	f->question_ja = s->question_ja[0] == '\0' ? NULL : s->question_ja;
	f->definition = first_of(s->question, f->name);
	f->id = arena_printf(a, "%s:%s:%s", f->space, f->key, f->version);
	for (size_t i = 0; i < m->facts; i++)
		if (strcmp(m->fact[i].id, f->id) == 0) {
			f->key = arena_printf(a, "F%zu", slot + 1);
			f->id = arena_printf(a, "%s:%s:%s", f->space, f->key, f->version);
		}
	set_values(a, f, name, name_ja, n, old);
	m->facts++;
	return OK;
}

static enum err
make_actions(struct arena *a, const struct worksheet_outcome *s, uint8_t outcome, size_t slot, struct decision_model *m,
    struct worksheet_fault *fault)
{
	struct str rest = str_of(s->actions), line;

	while (str_line(&rest, &line)) {
		struct decision_action *t;
		uint64_t hours = 0;

		line = str_trim(line);
		if (line.n == 0)
			continue;
		if (str_eat_digits(&line, 1, 5, &hours) && line.n > 0 && !str_is_space(line.p[0]))
			return refuse(fault, arena_printf(a, "o%zu_actions", slot), N_("“{value}”: write the hours, a blank, then what is done."),
			    arena_cstr(a, line));
		m->action = arena_room(a, m->action, m->actions, sizeof(*m->action));
		t = &m->action[m->actions++];
		*t = (struct decision_action){ .outcome = outcome, .due = (int64_t)hours * CLOCK_HOUR };
		two_names(a, str_trim(line), &t->text, &t->text_ja);
	}
	return OK;
}

static enum err
make_outcomes(struct arena *a, const struct worksheet *w, const struct decision_model *base, struct decision_model *m,
    struct slots *slots, struct worksheet_fault *fault)
{
	const char *name[WORKSHEET_OUTCOMES], *name_ja[WORKSHEET_OUTCOMES];
	size_t n = 0;

	for (size_t i = 0; i < WORKSHEET_OUTCOMES; i++) {
		const struct worksheet_outcome *s = &w->outcome[i];

		if (s->name[0] == '\0' && s->name_ja[0] == '\0')
			continue;
		name[n] = first_of(s->name, s->name_ja);
		name_ja[n] = s->name_ja[0] == '\0' ? NULL : s->name_ja;
		TRY(make_actions(a, s, (uint8_t)n, i, m, fault));
		slots->outcome[n++] = i;
	}
	if (n < 2)
		return refuse(fault, "o0_name", N_("There must be at least two outcomes."), "");
	m->outcome = (struct decision_fact){ .space = m->space, .key = "R", .version = "1.0.0", .name = "Response",
		.name_ja = "対応", .ordered = true, .weight = 100, .other = -1, .empty = -1, .definition = "What is decided." };
	if (base != NULL) {
		struct decision_fact old = base->outcome;

		old.value = NULL;
		m->outcome = old;
	}
	set_values(a, &m->outcome, name, name_ja, n, base == NULL ? NULL : &base->outcome);
	m->outcome.id = arena_printf(a, "%s:%s:%s", m->outcome.space, m->outcome.key, m->outcome.version);
	return OK;
}

/* A remembered case in the places of the model. */
struct known {
	int value[WORKSHEET_FACTS]; /* -1: whatever */
	int outcome;
	const char *title;
};

/* Whether ${low} is nowhere above ${high}; what is not said is no obstacle. */
static bool
not_above(const struct decision_model *m, const int *low, const int *high, bool ordered)
{
	for (size_t f = 0; f < m->facts; f++) {
		if (low[f] < 0 || high[f] < 0)
			continue;
		if (ordered && m->fact[f].ordered ? low[f] > high[f] : low[f] != high[f])
			return false;
	}
	return true;
}

static enum err
read_examples(struct arena *a, const struct worksheet *w, const struct decision_model *m, const struct slots *slots,
    struct known *ret, size_t *ret_n, struct worksheet_fault *fault)
{
	*ret_n = 0;
	for (size_t i = 0; i < WORKSHEET_EXAMPLES; i++) {
		const struct worksheet_example *e = &w->example[i];
		struct known *k = &ret[*ret_n];
		bool said = false;

		if (e->title[0] == '\0' || e->outcome < 0)
			continue;
		*k = (struct known){ .outcome = -1, .title = e->title };
		for (size_t o = 0; o < m->outcome.values; o++)
			if ((int)slots->outcome[o] == e->outcome)
				k->outcome = (int)o;
		for (size_t f = 0; f < m->facts; f++) {
			k->value[f] = e->value[slots->fact[f]];
			if (k->value[f] >= (int)m->fact[f].values)
				k->value[f] = -1;
			said = said || k->value[f] >= 0;
		}
		if (k->outcome < 0)
			continue;
		if (!said)
			return refuse(fault, arena_printf(a, "e%zu_title", i), N_("“{value}”: choose at least one answer."), e->title);
		(*ret_n)++;
	}
	for (size_t i = 0; i < *ret_n; i++)
		for (size_t k = 0; k < *ret_n; k++)
			if (ret[i].outcome > ret[k].outcome && not_above(m, ret[i].value, ret[k].value, w->monotone))
				return refuse(fault, "examples",
				    N_("Two cases contradict each other: {value}. Change one, add the fact that tells them apart, or untick that higher is never less urgent."),
				    arena_printf(a, "%s (%s) – %s (%s)", ret[i].title, m->outcome.value[ret[i].outcome].name, ret[k].title,
					m->outcome.value[ret[k].outcome].name));
	return OK;
}

/* What the facts say by their weights: each adds as far up as its value is. */
static int
by_weight(const struct decision_model *m, const int *value)
{
	uint64_t sum = 0, most = 0;

	for (size_t f = 0; f < m->facts; f++) {
		if (!m->fact[f].ordered)
			continue;
		/* Of 840 parts, so that no rounding stands between few values. */
		sum += (uint64_t)m->fact[f].weight * (uint64_t)value[f] * 840 / (m->fact[f].values - 1);
		most += (uint64_t)m->fact[f].weight * 840;
	}
	if (most == 0)
		return 0;
	uint64_t place = sum * m->outcome.values / most;

	return (int)(place < m->outcome.values ? place : m->outcome.values - 1);
}

static int
by_base(const struct decision_model *m, const struct decision_model *base, const int *value)
{
	struct decision_answers given;
	struct decision_verdict v;

	decision_answers_init(base, &given);
	for (size_t f = 0; f < base->facts; f++)
		for (size_t k = 0; k < m->facts; k++) {
			int at = strcmp(base->fact[f].id, m->fact[k].id) != 0 ? -1 :
			    decision_value_find(&base->fact[f], str_of(m->fact[k].value[value[k]].key));

			if (at >= 0)
				given.possible[f] = UINT64_C(1) << at;
		}
	decision_decide(base, &given, &v);
	int same = decision_value_find(&m->outcome, str_of(base->outcome.value[v.outcome].key));

	return same >= 0 ? same : by_weight(m, value);
}

static int
decided(const struct worksheet *w, const struct decision_model *m, const struct decision_model *base, const int *value,
    const struct known *known, size_t n)
{
	int outcome = base != NULL ? by_base(m, base, value) : by_weight(m, value);

	for (size_t i = 0; i < n; i++) {
		bool above = not_above(m, known[i].value, value, w->monotone), below = not_above(m, value, known[i].value, w->monotone);

		if (above && outcome < known[i].outcome)
			outcome = known[i].outcome;
		else if (below && outcome > known[i].outcome)
			outcome = known[i].outcome;
	}
	return outcome;
}

static void
fill_rows(struct arena *a, const struct worksheet *w, struct decision_model *m, const struct decision_model *base,
    const struct known *known, size_t n)
{
	int value[WORKSHEET_FACTS] = { 0 };

	m->row = arena_alloc(a, m->rows * (m->facts + 1));
	for (size_t r = 0; r < m->rows; r++) {
		for (size_t f = 0; f < m->facts; f++)
			m->row[r * (m->facts + 1) + f] = (uint8_t)value[f];
		m->row[r * (m->facts + 1) + m->facts] = (uint8_t)decided(w, m, base, value, known, n);
		for (size_t f = m->facts; f-- > 0;) {
			if (++value[f] < (int)m->fact[f].values)
				break;
			value[f] = 0;
		}
	}
}

enum err
worksheet_model(struct arena *a, const struct worksheet *w, const struct decision_model *base, struct decision_model *ret,
    struct worksheet_fault *fault)
{
	struct known known[WORKSHEET_EXAMPLES];
	struct slots slots = { { 0 }, { 0 } };
	size_t n;

	*fault = (struct worksheet_fault){ "", "", "" };
	if (str_trim(str_of(w->title)).n == 0)
		return refuse(fault, "title", N_("Give the model a name."), "");
	*ret = (struct decision_model){
		.space = base != NULL ? base->space : "x_tobiguchi.example#team", .version = "1.0.0", .name = w->title,
		.key = base != NULL ? base->key : key_for(a, w->title, "WORKSHEET", 0), .definition = w->title,
		.fact = arena_many(a, struct decision_fact, WORKSHEET_FACTS), .rows = 1,
	};
	if (base != NULL && strcmp(base->name, w->title) == 0)
		ret->name_ja = base->name_ja;
	ret->id = arena_printf(a, "%s:%s:%s", ret->space, ret->key, ret->version);
	TRY(make_outcomes(a, w, base, ret, &slots, fault));
	for (size_t i = 0; i < WORKSHEET_FACTS; i++) {
		if (w->fact[i].name[0] == '\0' && w->fact[i].name_ja[0] == '\0')
			continue;
		slots.fact[ret->facts] = i;
		TRY(make_fact(a, &w->fact[i], i, base, ret, fault));
		ret->rows *= ret->fact[ret->facts - 1].values;
		if (ret->rows > WORKSHEET_ROWS)
			return refuse(fault, "f0_name", N_("The table would have more than {value} rows. Take fewer facts, or fewer values."), "20,000");
	}
	if (ret->facts == 0)
		return refuse(fault, "f0_name", N_("There are no facts yet."), "");
	TRY(read_examples(a, w, ret, &slots, known, &n, fault));
	ret->monotone = w->monotone && (base == NULL || base->monotone);
	fill_rows(a, w, ret, base, known, n);
	return OK;
}
