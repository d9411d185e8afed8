/* SPDX-License-Identifier: Apache-2.0 */
/* edit_fact_web.c - one fact of a draft, or its outcome, as a form. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "decision/decision_web.h"
#include "http/http.h"

#define MODELS "/vulnerabilities/models"
#define SPARE 3 /* empty lines for values */
#define OUTCOME (-1)

/* A line of the form. */
struct line {
	const char *was; /* place among the values as they are, or "" */
	const char *order, *key, *name, *name_ja, *definition, *upto;
	double place;
	size_t typed; /* its place in the form */
};

struct form {
	struct decision_draft d;
	int at; /* of a fact; OUTCOME; the number of facts: a new one */
	struct decision_fact *fact; /* as it is; NULL: new */
	struct line *line;
	size_t lines;
};

static enum err
load(struct web *w, struct form *ret)
{
	const char *which = web_path(w, "fact");
	int64_t at;

	*ret = (struct form){ .at = OUTCOME };
	TRY(decision_draft_load(w, &ret->d));
	if (!ret->d.is_draft)
		return ERR_CONFLICT;
	ret->fact = &ret->d.model.outcome;
	if (strcmp(which, "outcome") == 0)
		return OK;
	ret->at = (int)ret->d.model.facts;
	ret->fact = NULL;
	if (strcmp(which, "new") == 0)
		return ret->d.model.facts < LIMIT_DECISION_FACTS ? OK : ERR_LIMIT;
	if (!str_int(str_of(which), 0, (int64_t)ret->d.model.facts - 1, &at))
		return ERR_NOT_FOUND;
	ret->at = (int)at;
	ret->fact = &ret->d.model.fact[at];
	return OK;
}

static const char *
number(struct web *w, double v)
{
	char text[32];

	if (!(v > 0) || !isfinite(v))
		return "";
	value_format_real(text, v);
	return arena_dup(w->a, text);
}

static void
lines_of_fact(struct web *w, struct form *x)
{
	size_t n = x->fact == NULL ? 0 : x->fact->values;

	x->lines = n + SPARE;
	x->line = arena_many(w->a, struct line, x->lines);
	for (size_t i = 0; i < x->lines; i++) {
		const struct decision_value *v = i < n ? &x->fact->value[i] : NULL;

		x->line[i] = (struct line){ .was = v == NULL ? "" : arena_printf(w->a, "%zu", i), .order = arena_printf(w->a, "%zu", i + 1),
			.key = v == NULL ? "" : v->key, .name = v == NULL ? "" : v->name, .name_ja = v == NULL || v->name_ja == NULL ? "" : v->name_ja,
			.definition = v == NULL || v->definition == NULL ? "" : v->definition, .upto = v == NULL ? "" : number(w, v->upto) };
	}
}

static int
by_place(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	if (a->place < b->place || a->place > b->place)
		return a->place < b->place ? -1 : 1;
	return a->typed < b->typed ? -1 : 1;
}

static bool
read_real(const char *text, double *ret)
{
	struct str s = str_trim(str_of(text));
	uint64_t whole, part = 0;
	size_t digits;
	double unit = 1;

	if (!str_eat_digits(&s, 1, 15, &whole))
		return false;
	if (str_eat(&s, STR("."))) {
		digits = s.n;
		if (!str_eat_digits(&s, 1, 15, &part))
			return false;
		for (digits -= s.n; digits > 0; digits--)
			unit *= 10;
	}
	*ret = (double)whole + (double)part / unit;
	return s.n == 0;
}

static void
lines_typed(struct web *w, struct form *x)
{
	static const char *const field[] = { "value_was", "value_order", "value_key", "value_name", "value_name_ja", "value_definition", "value_upto" };
	const char *const *list[COUNT(field)];
	size_t n[COUNT(field)], lines = 0;

	for (size_t i = 0; i < COUNT(field); i++) {
		list[i] = web_form_all(w, field[i], &n[i]);
		lines = n[i] > lines ? n[i] : lines;
	}
	x->lines = lines < LIMIT_DECISION_VALUES + SPARE ? lines : LIMIT_DECISION_VALUES + SPARE;
	x->line = arena_many(w->a, struct line, x->lines);
	for (size_t i = 0; i < x->lines; i++) {
		const char *text[COUNT(field)];

		for (size_t k = 0; k < COUNT(field); k++)
			text[k] = i < n[k] ? arena_cstr(w->a, str_trim(str_of(list[k][i]))) : "";
		x->line[i] = (struct line){ .was = text[0], .order = text[1], .key = text[2], .name = text[3], .name_ja = text[4],
			.definition = text[5], .upto = text[6], .typed = i };
		if (!read_real(text[1], &x->line[i].place))
			x->line[i].place = (double)i + 1;
	}
	if (x->lines > 0)
		qsort(x->line, x->lines, sizeof(*x->line), by_place);
}

static enum err
show(struct web *w, struct form *x)
{
	struct value *list = value_set_list(w->a, w->data, "values");
	const struct decision_fact *f = x->fact;
	bool outcome = x->at == OUTCOME;

	value_set_int(w->a, w->data, "id", x->d.id);
	value_set_text(w->a, w->data, "fact", f == NULL ? NULL : f->id);
	value_set_text(w->a, w->ui, "model", decision_word(w, x->d.model.name, x->d.model.name_ja));
	value_set_int(w->a, w->ui, "version", x->d.row.version);
	value_set_text(w->a, w->ui, "edit_href", decision_edit_address(w, x->d.id));
	value_set_text(w->a, w->ui, "here", w->request->path);
	value_set_text(w->a, w->ui, "seen", f == NULL ? "" : decision_fact_mark(w->a, f));
	value_set_bool(w->a, w->ui, "is_outcome", outcome);
	value_set_bool(w->a, w->ui, "is_new", f == NULL);
	value_set_text(w->a, w->ui, "heading", f == NULL ? web_tr(w, "decision", NC_("decision", "New fact")) : decision_word(w, f->name, f->name_ja));
	web_fill(w, "name", f == NULL ? "" : f->name);
	web_fill(w, "name_ja", f == NULL || f->name_ja == NULL ? "" : f->name_ja);
	web_fill(w, "key", f == NULL ? "" : f->key);
	web_fill(w, "space", f == NULL ? x->d.model.outcome.space : f->space);
	web_fill(w, "version", f == NULL ? "1.0.0" : f->version);
	web_fill(w, "question", f == NULL || f->question == NULL ? "" : f->question);
	web_fill(w, "question_ja", f == NULL || f->question_ja == NULL ? "" : f->question_ja);
	web_fill(w, "guidance", f == NULL || f->guidance == NULL ? "" : f->guidance);
	web_fill(w, "guidance_ja", f == NULL || f->guidance_ja == NULL ? "" : f->guidance_ja);
	web_fill(w, "definition", f == NULL || f->definition == NULL ? "" : f->definition);
	web_fill(w, "weight", arena_printf(w->a, "%u", f == NULL ? 100 : f->weight));
	web_fill(w, "kind", f != NULL && !f->ordered ? "nominal" : "ordered");
	web_options(w, "from", "source", decision_sources, web_form_has(w, "from") ? web_form(w, "from") : f == NULL || f->from == NULL ? "" : f->from);
	for (size_t i = 0; i < x->lines; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "@n", (int64_t)i + 1);
		value_set_text(w->a, o, "@was", x->line[i].was);
		value_set_text(w->a, o, "@order", x->line[i].order);
		value_set_text(w->a, o, "key", x->line[i].key);
		value_set_text(w->a, o, "name", x->line[i].name);
		value_set_text(w->a, o, "name_ja", x->line[i].name_ja);
		value_set_text(w->a, o, "definition", x->line[i].definition);
		value_set_text(w->a, o, "upto", x->line[i].upto);
	}
	decision_tabs(w, MODELS);
	return web_again(w, "decision_fact", N_("Change a fact"));
}

static enum err
fact(struct web *w)
{
	struct form x;

	TRY(load(w, &x));
	lines_of_fact(w, &x);
	return show(w, &x);
}

/* What was typed, as a fact; how its values were called goes to ${value}. */
static void
take_values(struct web *w, struct form *x, struct decision_fact *f, int *value)
{
	size_t most = x->at == OUTCOME ? LIMIT_DECISION_OUTCOMES : LIMIT_DECISION_VALUES;
	double before = 0;

	f->value = arena_many(w->a, struct decision_value, x->lines + 1);
	f->values = 0;
	for (size_t i = 0; i < x->lines; i++) {
		const struct line *l = &x->line[i];
		struct decision_value *v = &f->value[f->values];
		int64_t was = -1;
		double upto = 0;
		const char *field = arena_printf(w->a, "value-%zu", i + 1);

		/* A value without a name is taken away. */
		if (l->name[0] == '\0' && l->name_ja[0] == '\0')
			continue;
		if (f->values == most) {
			web_problem(w, field, N_("These are too many values."));
			return;
		}
		if (l->upto[0] != '\0' && (!read_real(l->upto, &upto) || upto <= before))
			web_problem(w, field, N_("A bound is a number like 0.1, and larger than the one before."));
		before = upto > 0 ? upto : before;
		(void)str_int(str_of(l->was), 0, x->fact == NULL ? -1 : (int64_t)x->fact->values - 1, &was);
		*v = (struct decision_value){ .name = l->name[0] == '\0' ? l->name_ja : l->name, .name_ja = l->name_ja[0] == '\0' ? NULL : l->name_ja,
			.definition = l->definition[0] == '\0' ? NULL : l->definition, .upto = upto };
		v->key = l->key[0] == '\0' ? decision_key_of(w->a, f, v->name) : l->key;
		for (size_t k = 0; k < f->values; k++) {
			if (strcmp(f->value[k].key, v->key) == 0)
				web_problem(w, field, N_("Two values have the same key."));
			if (was >= 0 && value[k] == (int)was)
				was = -1;
		}
		value[f->values++] = (int)was;
	}
	if (f->values == 0)
		web_problem(w, "value-1", N_("A fact needs a value, better two."));
}

static const char *
or_null(const char *text)
{
	return *text == '\0' ? NULL : text;
}

static void
take_fact(struct web *w, struct form *x, struct decision_fact *f, int *value)
{
	*f = (struct decision_fact){
		.name = web_need_line(w, "name", LIMIT_NAME), .name_ja = or_null(web_line(w, "name_ja", LIMIT_NAME)),
		.key = web_line(w, "key", 40), .space = web_line(w, "space", LIMIT_NAME), .version = web_line(w, "version", 40),
		.question = or_null(web_line(w, "question", LIMIT_TITLE)), .question_ja = or_null(web_line(w, "question_ja", LIMIT_TITLE)),
		.guidance = or_null(web_line(w, "guidance", LIMIT_TITLE)), .guidance_ja = or_null(web_line(w, "guidance_ja", LIMIT_TITLE)),
		.definition = or_null(web_line(w, "definition", LIMIT_TITLE)), .from = or_null(web_line(w, "from", 40)),
		.ordered = strcmp(web_form(w, "kind"), "nominal") != 0,
		.weight = (unsigned)web_form_int(w, "weight", 1, 10000, 0), .other = -1, .empty = -1,
	};
	if (f->weight == 0) {
		if (web_form(w, "weight")[0] != '\0')
			web_problem(w, "weight", N_("A weight is 1 to 10000 percent; 100 is the usual."));
		f->weight = 100;
	}
	if (*f->space == '\0')
		f->space = x->d.model.outcome.space;
	if (*f->version == '\0')
		f->version = "1.0.0";
	if (*f->key == '\0')
		f->key = decision_key_of(w->a, &(struct decision_fact){ .values = 0 }, f->name);
	f->id = arena_printf(w->a, "%s:%s:%s", f->space, f->key, f->version);
	for (size_t i = 0; i <= x->d.model.facts; i++) {
		const struct decision_fact *other = i < x->d.model.facts ? &x->d.model.fact[i] : &x->d.model.outcome;

		if (other != x->fact && strcmp(other->id, f->id) == 0)
			web_problem(w, "key", N_("Another fact of the model has this key."));
	}
	take_values(w, x, f, value);
}

/* The table follows: rows of values that are gone go, those of new ones are open. */
static enum err
put(struct web *w, struct form *x, const struct decision_fact *f, const int *value)
{
	struct decision_model *m = &x->d.model, to = *m;
	struct decision_change_of_facts how;

	decision_change_none(m, &how);
	if (x->at == OUTCOME) {
		to.outcome = *f;
		for (size_t o = 0; o < LIMIT_DECISION_OUTCOMES; o++)
			how.outcome[o] = -1;
		for (size_t v = 0; v < f->values; v++)
			if (value[v] >= 0)
				how.outcome[value[v]] = (int)v;
		/* Actions of an outcome that is gone go with it. */
		to.actions = 0;
		to.action = arena_many(w->a, struct decision_action, m->actions + 1);
		for (size_t i = 0; i < m->actions; i++) {
			if (how.outcome[m->action[i].outcome] < 0)
				continue;
			to.action[to.actions] = m->action[i];
			to.action[to.actions++].outcome = (uint8_t)how.outcome[m->action[i].outcome];
		}
	} else {
		to.fact = arena_many(w->a, struct decision_fact, m->facts + 1);
		memcpy(to.fact, m->fact, m->facts * sizeof(*to.fact));
		to.fact[x->at] = *f;
		to.facts = m->facts + (x->fact == NULL);
		how.fact[x->at] = x->fact == NULL ? -1 : x->at;
		for (size_t v = 0; v < LIMIT_DECISION_VALUES; v++)
			how.value[x->at][v] = v < f->values ? value[v] : -1;
	}
	enum err e = decision_reshape(w->a, m, &how, &to);

	if (e == ERR_LIMIT)
		web_problem(w, "value-1", N_("The table would be too large. Give the facts fewer values."));
	else
		TRY(e);
	*m = to;
	return OK;
}

/* A fact in lines, to be compared. */
static const char *
fact_text(struct web *w, const struct decision_fact *f)
{
	const char *line[] = { f->name, f->name_ja, f->question, f->question_ja, f->guidance, f->guidance_ja, f->definition, f->from };
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	for (size_t i = 0; i < COUNT(line); i++) {
		if (line[i] != NULL && *line[i] != '\0')
			buf_printf(b, "%s\n", line[i]);
	}
	buf_printf(b, "%u %%\n", f->weight);
	for (size_t v = 0; v < f->values; v++)
		buf_printf(b, "%zu. %s%s%s\n", v + 1, f->value[v].name, f->value[v].name_ja == NULL ? "" : " | ",
		    f->value[v].name_ja == NULL ? "" : f->value[v].name_ja);
	return buf_cstr(w->a, b);
}

static enum err
change(struct web *w)
{
	struct decision_fact f;
	struct form x;
	int value[LIMIT_DECISION_VALUES + 1];
	int64_t undo = 0;

	for (size_t i = 0; i < COUNT(value); i++)
		value[i] = -1;
	TRY(load(w, &x));
	lines_typed(w, &x);
	take_fact(w, &x, &f, value);
	const struct form was = x;

	if (!problems_any(&w->problems) && x.fact != NULL && decision_draft_moved(w, decision_fact_mark(w->a, x.fact)) &&
	    strcmp(decision_fact_mark(w->a, &f), decision_fact_mark(w->a, x.fact)) != 0) {
		struct value *fields;

		if (w->json)
			return ERR_CONFLICT;
		TRY(decision_draft_conflict(w, &x.d, &fields));
		decision_conflict_field(w, fields, decision_word(w, x.fact->name, x.fact->name_ja), fact_text(w, x.fact), fact_text(w, &f));
		return show(w, &x);
	}
	if (!problems_any(&w->problems))
		TRY(put(w, &x, &f, value));
	if (!problems_any(&w->problems))
		TRY(decision_draft_keep(w, &x.d, &undo));
	if (problems_any(&w->problems)) {
		x = was;
		return show(w, &x);
	}
	return web_redirect(w, arena_printf(w->a, "%s#facts", decision_edit_address(w, x.d.id)), N_("Saved"), undo);
}

const struct web_route decision_edit_fact_routes[] = {
	{ WEB_GET, MODELS "/:id/facts/:fact", PERM_ADMIN, fact, 0, "A fact of a draft: its place from 0, \"outcome\", or \"new\"" },
	{ WEB_POST, MODELS "/:id/facts/:fact", PERM_ADMIN, change, 0,
	    "name, name_ja, key, version, space, question, question_ja, guidance, guidance_ja, definition, kind = ordered nominal, weight, "
	    "from, value_was[], value_order[], value_key[], value_name[], value_name_ja[], value_definition[], value_upto[]" },
	{ 0 },
};
