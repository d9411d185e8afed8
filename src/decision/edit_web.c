/* SPDX-License-Identifier: Apache-2.0 */
/* edit_web.c - a draft of a model: its names, actions and table. Facts have a page each (edit_fact_web.c). */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "decision/decision_web.h"
#include "decision/tree_draw.h"

#define MODELS "/vulnerabilities/models"
#define ROWS 100		    /* of a table, a page */
#define UNDO_BODY LIMIT_KIB(256)    /* of a draft that can be taken back */
#define DRAWN_ROWS 5000		    /* a larger table has no picture here */

const char *
decision_edit_address(struct web *w, int64_t id)
{
	return arena_printf(w->a, MODELS "/%lld/edit", (long long)id);
}

enum err
decision_draft_load(struct web *w, struct decision_draft *ret)
{
	ret->stored = NULL;
	TRY(decision_path_id(w, &ret->id));
	TRY(decision_model_get(w->db, w->a, ret->id, &ret->row, &ret->model));
	ret->is_draft = strcmp(ret->row.state, "draft") == 0;
	if (ret->is_draft && ret->model.row == NULL)
		return decision_table_of_tree(w->a, &ret->model, &ret->model);
	return OK;
}

enum err
decision_draft_keep(struct web *w, const struct decision_draft *d, int64_t *ret_undo)
{
	struct str text;
	struct value *undo = value_object(w->a);
	struct decision_fault fault = { .where = "", .rule = "" };
	const char *was;
	enum err e;

	*ret_undo = 0;
	TRY(decision_draft_body(w->db, w->a, d->id, &was));
	e = decision_model_text(w->a, &d->model, &text);
	if (e == OK)
		e = decision_draft_save(w->db, w->a, d->id, text, web_actor(w), &fault);
	if (e == ERR_INVALID || e == ERR_LIMIT) {
		web_problem(w, "", e == ERR_LIMIT && fault.rule[0] == '\0' ? N_("The table would be too large. Give the facts fewer values.") :
		    decision_fault_text(w, &fault));
		return OK;
	}
	TRY(e);
	if (strlen(was) > UNDO_BODY)
		return OK;
	value_set_int(w->a, undo, "id", d->id);
	value_set_text(w->a, undo, "body", was);
	value_set_text(w->a, undo, "now", decision_text_mark(w->a, text.p));
	return web_add_undo(w, "decision.draft", undo, ret_undo);
}

bool
decision_draft_moved(struct web *w, const char *now)
{
	const char *seen = web_form(w, "seen");

	return *seen != '\0' && strcmp(seen, now) != 0;
}

enum err
decision_draft_conflict(struct web *w, const struct decision_draft *d, struct value **ret)
{
	struct value *o = value_set_object(w->a, w->ui, "conflict");
	const char *who;
	int64_t at;

	*ret = value_set_list(w->a, o, "fields");
	TRY(decision_draft_touched(w->db, w->a, d->id, &who, &at));
	value_set_text(w->a, o, "who", who);
	web_set_time(w, o, "at", at);
	w->status = 409;
	return OK;
}

void
decision_conflict_field(struct web *w, struct value *fields, const char *label, const char *theirs, const char *yours)
{
	if (strcmp(theirs, yours) == 0)
		return;
	struct value *o = value_add_object(w->a, fields);

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "theirs", *theirs == '\0' ? "—" : theirs);
	value_set_text(w->a, o, "yours", *yours == '\0' ? "—" : yours);
}

static enum err
undo_draft(struct web *w, const struct value *p)
{
	struct decision_fault fault;
	const char *now, *left = value_cstr(value_get(p, "now"));

	/* What others have written since is not thrown away. */
	TRY(decision_draft_body(w->db, w->a, value_integer(value_get(p, "id")), &now));
	if (strcmp(decision_text_mark(w->a, now), left) != 0)
		return ERR_CONFLICT;
	return decision_draft_save(w->db, w->a, value_integer(value_get(p, "id")), value_str(value_get(p, "body")), web_actor(w), &fault);
}

/* The table -------------------------------------------------------------- */

struct filter {
	int value[LIMIT_DECISION_FACTS]; /* -1: any */
	const char *show;		 /* "", "holes", "steps" */
};

static void
read_filter(struct web *w, const struct decision_model *m, struct filter *ret)
{
	for (size_t f = 0; f < m->facts; f++)
		ret->value[f] = (int)web_query_int(w, arena_printf(w->a, "f%zu", f), 0, (int64_t)m->fact[f].values - 1, -1);
	ret->show = web_query(w, "show");
}

static bool
is_step(const struct decision_grid_report *r, size_t at)
{
	for (size_t i = 0; i < r->steps; i++)
		if (r->step[i].low == at || r->step[i].high == at)
			return true;
	return false;
}

static bool
is_shown(const struct decision_model *m, const struct filter *filter, const uint8_t *grid,
    const struct decision_grid_report *r, size_t at)
{
	for (size_t f = 0; f < m->facts; f++)
		if (filter->value[f] >= 0 && decision_combination_value(m, at, f) != filter->value[f])
			return false;
	if (strcmp(filter->show, "holes") == 0)
		return grid[at] == DECISION_HOLE;
	return strcmp(filter->show, "steps") != 0 || is_step(r, at);
}

static void
add_choice(struct web *w, struct value *list, const char *value, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

static void
add_outcomes(struct web *w, struct value *list, const struct decision_model *m, int chosen)
{
	for (size_t o = 0; o < m->outcome.values; o++)
		add_choice(w, list, m->outcome.value[o].key, decision_word(w, m->outcome.value[o].name, m->outcome.value[o].name_ja),
		    (int)o == chosen);
}

static void
set_filter(struct web *w, const struct decision_model *m, const struct filter *filter)
{
	struct value *list = value_set_list(w->a, w->ui, "filters");

	for (size_t f = 0; f < m->facts; f++) {
		struct value *o = value_add_object(w->a, list), *values = value_set_list(w->a, o, "values");

		value_set_text(w->a, o, "field", arena_printf(w->a, "f%zu", f));
		value_set_text(w->a, o, "label", decision_word(w, m->fact[f].name, m->fact[f].name_ja));
		for (size_t v = 0; v < m->fact[f].values; v++)
			add_choice(w, values, arena_printf(w->a, "%zu", v), decision_word(w, m->fact[f].value[v].name, m->fact[f].value[v].name_ja),
			    filter->value[f] == (int)v);
	}
	value_set_bool(w->a, w->ui, "show_holes", strcmp(filter->show, "holes") == 0);
	value_set_bool(w->a, w->ui, "show_steps", strcmp(filter->show, "steps") == 0);
}

static const char *
outcome_key(const struct decision_model *m, uint8_t outcome)
{
	return outcome == DECISION_HOLE ? "" : m->outcome.value[outcome].key;
}

/* ${stored}: what the next save is compared with. */
static void
set_row(struct web *w, const struct decision_model *m, const uint8_t *grid, const uint8_t *stored, const struct decision_grid_report *r,
    size_t at, struct value *list)
{
	struct value *o = value_add_object(w->a, list), *cells = value_set_list(w->a, o, "@cells");
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	value_set_int(w->a, o, "row", (int64_t)at);
	value_set_int(w->a, o, "@n", (int64_t)at + 1);
	value_set_text(w->a, o, "outcome", grid[at] == DECISION_HOLE ? NULL : m->outcome.value[grid[at]].key);
	value_set_text(w->a, o, "@was", outcome_key(m, stored[at]));
	value_set_bool(w->a, o, "@hole", grid[at] == DECISION_HOLE);
	value_set_bool(w->a, o, "@step", m->monotone && is_step(r, at));
	for (size_t f = 0; f < m->facts; f++) {
		const struct decision_value *v = &m->fact[f].value[decision_combination_value(m, at, f)];
		const char *word = decision_word(w, v->name, v->name_ja);

		value_add_text(w->a, cells, word);
		buf_printf(b, "%s%s", f > 0 ? w->lang == LANG_JA ? "、" : ", " : "", word);
	}
	value_set_text(w->a, o, "@combination", buf_cstr(w->a, b));
	/* Named here: an item's "outcome" would hide a list of that name. */
	struct value *choices = value_set_list(w->a, o, "@outcomes");

	add_outcomes(w, choices, m, grid[at] == DECISION_HOLE ? -1 : grid[at]);
}

/* "Row 3 (Open, Yes) gives Immediate, row 5 (…) only Scheduled." */
static void
set_steps(struct web *w, const struct decision_model *m, const uint8_t *grid, const struct decision_grid_report *r)
{
	struct value *list = value_set_list(w->a, w->ui, "steps");

	for (size_t i = 0; i < r->steps && m->monotone; i++) {
		const struct decision_step_down *s = &r->step[i];
		const struct decision_fact *f = &m->fact[s->fact];
		const struct decision_value *low = &m->outcome.value[grid[s->low]], *high = &m->outcome.value[grid[s->high]];
		const struct decision_value *from = &f->value[decision_combination_value(m, s->low, s->fact)],
					    *to = &f->value[decision_combination_value(m, s->high, s->fact)];

		value_add_text(w->a, list, web_trf(w, "decision", NC_("decision",
		    "Row {low} gives {more}; row {high}, where {fact} is {to} and not {from}, gives only {less}."),
		    I18N_ARGS({ "low", arena_printf(w->a, "%zu", s->low + 1) }, { "high", arena_printf(w->a, "%zu", s->high + 1) },
			{ "more", decision_word(w, low->name, low->name_ja) }, { "less", decision_word(w, high->name, high->name_ja) },
			{ "fact", decision_word(w, f->name, f->name_ja) }, { "from", decision_word(w, from->name, from->name_ja) },
			{ "to", decision_word(w, to->name, to->name_ja) })));
	}
}

static enum err
set_table(struct web *w, const struct decision_model *m, const struct decision_model *before)
{
	struct value *rows = value_set_list(w->a, w->data, "rows"), *check = value_set_object(w->a, w->data, "check");
	struct decision_grid_report r;
	struct filter filter;
	struct web_list page = web_list(w, ROWS);
	size_t n, matching = 0;
	uint8_t *grid, *stored;

	TRY(decision_grid_of(w->a, m, &grid, &n));
	TRY(decision_grid_of(w->a, before, &stored, &n));
	decision_grid_check(w->a, m, grid, &r);
	read_filter(w, m, &filter);
	for (size_t at = 0; at < n; at++) {
		if (!is_shown(m, &filter, grid, &r, at))
			continue;
		if ((int64_t)matching >= page.offset && (int64_t)matching < page.offset + page.limit)
			set_row(w, m, grid, stored, &r, at, rows);
		matching++;
	}
	web_set_pages(w, page, (int64_t)matching, false);
	value_set_int(w->a, check, "combinations", (int64_t)r.combinations);
	value_set_int(w->a, check, "holes", (int64_t)r.holes);
	value_set_int(w->a, check, "steps_down", (int64_t)r.steps_down);
	value_set_bool(w->a, check, "monotone", m->monotone);
	value_set_bool(w->a, check, "@complete", r.holes == 0);
	value_set_bool(w->a, check, "@broken", m->monotone && r.steps_down > 0);
	value_set_bool(w->a, check, "@good", r.holes == 0 && (!m->monotone || r.steps_down == 0));
	value_set_bool(w->a, check, "@could", !m->monotone && r.holes == 0 && r.steps_down == 0);
	set_steps(w, m, grid, &r);
	set_filter(w, m, &filter);
	value_set_bool(w->a, w->ui, "has_rows", matching > 0);
	value_set_int(w->a, w->ui, "matching", (int64_t)matching);
	add_outcomes(w, value_set_list(w->a, w->ui, "outcomes"), m, -1);
	if (n > DRAWN_ROWS || m->rows == 0)
		return OK;
	value_set_html(w->a, w->ui, "tree", decision_tree_draw(w->a, m, &(struct decision_tree_view){ .at = UINT32_MAX,
	    .ja = w->lang == LANG_JA, .title = web_tr(w, NULL, N_("Decision tree")), .description = decision_word(w, m->name, m->name_ja) }));
	return OK;
}

/* The page --------------------------------------------------------------- */

static void
set_facts(struct web *w, const struct decision_draft *d)
{
	struct value *list = value_set_list(w->a, w->data, "facts");
	const struct decision_model *m = &d->model;

	for (size_t f = 0; f <= m->facts; f++) {
		const struct decision_fact *fact = f < m->facts ? &m->fact[f] : &m->outcome;
		struct value *o = f < m->facts ? value_add_object(w->a, list) : value_set_object(w->a, w->data, "outcome");
		struct buf *b = buf_new(w->a, LIMIT_KIB(64));

		for (size_t i = 0; i < fact->values; i++)
			buf_printf(b, "%s%s", i == 0 ? "" : fact->ordered ? " < " : w->lang == LANG_JA ? "、" : ", ",
			    decision_word(w, fact->value[i].name, fact->value[i].name_ja));
		value_set_text(w->a, o, "id", fact->id);
		value_set_bool(w->a, o, "ordered", fact->ordered);
		value_set_int(w->a, o, "weight", fact->weight);
		value_set_text(w->a, o, "from", fact->from);
		value_set_int(w->a, o, "@n", (int64_t)f);
		value_set_bool(w->a, o, "@first", f == 0);
		value_set_bool(w->a, o, "@only", m->facts == 1);
		value_set_text(w->a, o, "@name", decision_word(w, fact->name, fact->name_ja));
		value_set_text(w->a, o, "@values", buf_cstr(w->a, b));
		value_set_text(w->a, o, "@href", f < m->facts ? arena_printf(w->a, MODELS "/%lld/facts/%zu", (long long)d->id, f) :
		    arena_printf(w->a, MODELS "/%lld/facts/outcome", (long long)d->id));
	}
}

static void
set_actions(struct web *w, const struct decision_model *m)
{
	struct value *list = value_set_list(w->a, w->data, "actions");

	for (size_t i = 0; i < m->actions + 2; i++) {
		struct value *o = value_add_object(w->a, list), *outcomes = value_set_list(w->a, o, "@outcomes");
		bool is_new = i >= m->actions;
		int64_t hours = is_new ? 0 : m->action[i].due / 3600000;

		value_set_int(w->a, o, "@n", (int64_t)i + 1);
		value_set_text(w->a, o, "text", is_new ? "" : m->action[i].text);
		value_set_text(w->a, o, "text_ja", is_new ? NULL : m->action[i].text_ja);
		value_set_text(w->a, o, "hours", hours == 0 ? "" : arena_printf(w->a, "%lld", (long long)hours));
		value_set_text(w->a, o, "outcome", is_new ? "" : m->outcome.value[m->action[i].outcome].key);
		add_outcomes(w, outcomes, m, is_new ? (int)m->outcome.values - 1 : m->action[i].outcome);
	}
}

static enum err
show(struct web *w, struct decision_draft *d)
{
	const struct decision_model *m = &d->model;
	enum err e;

	value_set_int(w->a, w->data, "id", d->id);
	value_set_text(w->a, w->data, "name", d->row.name);
	value_set_int(w->a, w->data, "version", d->row.version);
	value_set_text(w->a, w->data, "@title", decision_word(w, m->name, m->name_ja));
	value_set_text(w->a, w->data, "@href", decision_address(w, MODELS "/", d->id));
	value_set_text(w->a, w->ui, "here", web_with(w, "", NULL));
	value_set_text(w->a, w->ui, "edit_href", decision_edit_address(w, d->id));
	web_fill(w, "title", m->name);
	web_fill(w, "title_ja", m->name_ja == NULL ? "" : m->name_ja);
	web_fill(w, "definition", m->definition == NULL ? "" : m->definition);
	value_set_bool(w->a, w->data, "monotone", m->monotone);
	set_facts(w, d);
	set_actions(w, m);
	const struct decision_model *before = d->stored == NULL ? m : d->stored;

	value_set_text(w->a, w->ui, "seen_names", decision_mark(w->a, before, DECISION_PART_NAMES));
	value_set_text(w->a, w->ui, "seen_actions", decision_mark(w->a, before, DECISION_PART_ACTIONS));
	value_set_text(w->a, w->ui, "seen_facts", decision_mark(w->a, before, DECISION_PART_FACTS));
	e = set_table(w, m, before);
	if (e == ERR_LIMIT)
		web_problem(w, "", N_("The table would be too large. Give the facts fewer values."));
	else
		TRY(e);
	decision_tabs(w, MODELS);
	return web_again(w, "decision_edit", N_("Change a model"));
}

static enum err
edit(struct web *w)
{
	struct decision_draft d;

	TRY(decision_draft_load(w, &d));
	return d.is_draft ? show(w, &d) : web_redirect(w, decision_address(w, MODELS "/", d.id), NULL, 0);
}

/* Acts ------------------------------------------------------------------- */

static void
take_head(struct web *w, struct decision_model *m)
{
	const char *ja = web_line(w, "title_ja", LIMIT_NAME), *definition = web_line(w, "definition", LIMIT_BODY);

	m->name = web_need_line(w, "title", LIMIT_NAME);
	m->name_ja = *ja == '\0' ? NULL : ja;
	m->definition = *definition == '\0' ? NULL : definition;
	m->monotone = strcmp(web_form(w, "monotone"), "1") == 0;
}

static void
take_actions(struct web *w, struct decision_model *m)
{
	size_t n, n_ja, n_hours, n_outcome;
	const char *const *text = web_form_all(w, "action_text", &n), *const *ja = web_form_all(w, "action_text_ja", &n_ja),
		   *const *hours = web_form_all(w, "action_hours", &n_hours), *const *outcome = web_form_all(w, "action_outcome", &n_outcome);
	struct decision_action *list = arena_many(w->a, struct decision_action, n + 1);
	size_t kept = 0;

	if (n != n_hours || n != n_outcome) {
		web_problem(w, "", N_("An action needs its outcome, a text and its hours."));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		int is = decision_value_find(&m->outcome, str_of(outcome[i]));
		int64_t due = 0;

		/* An action without words is taken away. */
		if (str_trim(str_of(text[i])).n == 0)
			continue;
		if (is < 0 || (hours[i][0] != '\0' && !str_int(str_trim(str_of(hours[i])), 0, 24 * 3660, &due))) {
			web_problem(w, arena_printf(w->a, "hours-%zu", i + 1), N_("Hours are a whole number up to 87840; none: no date."));
			continue;
		}
		list[kept++] = (struct decision_action){ .outcome = (uint8_t)is, .text = arena_cstr(w->a, str_trim(str_of(text[i]))),
			.text_ja = i < n_ja && ja[i][0] != '\0' ? ja[i] : NULL, .due = due * 3600000 };
	}
	m->action = list;
	m->actions = kept;
}

/* "Row 3 (Open, Yes)". */
static const char *
row_name(struct web *w, const struct decision_model *m, size_t at)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	for (size_t f = 0; f < m->facts; f++) {
		const struct decision_value *v = &m->fact[f].value[decision_combination_value(m, at, f)];

		buf_printf(b, "%s%s", f > 0 ? w->lang == LANG_JA ? "、" : ", " : "", decision_word(w, v->name, v->name_ja));
	}
	return arena_printf(w->a, "%s %zu: %s", web_tr(w, NULL, N_("Row")), at + 1, buf_cstr(w->a, b));
}

static const char *
outcome_name(struct web *w, const struct decision_model *m, uint8_t outcome)
{
	return outcome == DECISION_HOLE ? "" : decision_word(w, m->outcome.value[outcome].name, m->outcome.value[outcome].name_ja);
}

/*
 * Of each row its outcome now and, from a page, what it was when the page was made: rows
 * that were not touched stay as others have left them, and one that both changed is a
 * conflict; then ${m} has what was typed.
 */
static enum err
take_rows(struct web *w, struct decision_draft *d, struct value **ret_clash)
{
	struct decision_model *m = &d->model;
	size_t n, n_outcome, n_was, size;
	const char *const *row = web_form_all(w, "row", &n), *const *outcome = web_form_all(w, "outcome", &n_outcome),
		   *const *was = web_form_all(w, "was", &n_was);
	uint8_t *grid;

	TRY(decision_grid_of(w->a, m, &grid, &size));
	if (n != n_outcome) {
		web_problem(w, "", N_("Each row needs its outcome, or none."));
		return OK;
	}
	for (size_t i = 0; i < n; i++) {
		int is = decision_value_find(&m->outcome, str_of(outcome[i]));
		int64_t at;

		if (!str_int(str_of(row[i]), 0, (int64_t)size - 1, &at) || (is < 0 && outcome[i][0] != '\0')) {
			web_problem(w, "", N_("The table has no such row, or the outcome no such value."));
			return OK;
		}
		uint8_t typed = is < 0 ? DECISION_HOLE : (uint8_t)is;

		if (n_was == n && strcmp(outcome[i], was[i]) == 0)
			continue;
		if (n_was == n && grid[at] != typed && strcmp(was[i], outcome_key(m, grid[at])) != 0) {
			if (*ret_clash == NULL)
				TRY(decision_draft_conflict(w, d, ret_clash));
			decision_conflict_field(w, *ret_clash, row_name(w, m, (size_t)at), outcome_name(w, m, grid[at]), outcome_name(w, m, typed));
		}
		grid[at] = typed;
	}
	decision_grid_to(w->a, m, grid);
	return OK;
}

/* "Immediate: Tell the vendor | … (24 h)", a line each. */
static const char *
actions_text(struct web *w, const struct decision_model *m)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	for (size_t i = 0; i < m->actions; i++)
		buf_printf(b, "%s%s: %s%s%s (%lld h)", i == 0 ? "" : "\n", outcome_name(w, m, m->action[i].outcome), m->action[i].text,
		    m->action[i].text_ja == NULL ? "" : " | ", m->action[i].text_ja == NULL ? "" : m->action[i].text_ja,
		    (long long)(m->action[i].due / 3600000));
	return buf_cstr(w->a, b);
}

/* Names or actions, when somebody else changed them meanwhile: both, side by side. */
static enum err
clash_of_part(struct web *w, const struct decision_draft *d, const struct decision_model *was, enum decision_part part, struct value **ret)
{
	const struct decision_model *m = &d->model;
	const char *mark = decision_mark(w->a, was, part);

	if (!decision_draft_moved(w, mark) || strcmp(mark, decision_mark(w->a, m, part)) == 0)
		return OK;
	TRY(decision_draft_conflict(w, d, ret));
	if (part == DECISION_PART_ACTIONS) {
		decision_conflict_field(w, *ret, web_tr(w, NULL, N_("What is done")), actions_text(w, was), actions_text(w, m));
		return OK;
	}
	decision_conflict_field(w, *ret, web_tr(w, NULL, N_("Name (English)")), was->name, m->name);
	decision_conflict_field(w, *ret, web_tr(w, NULL, N_("Name (Japanese)")), was->name_ja == NULL ? "" : was->name_ja,
	    m->name_ja == NULL ? "" : m->name_ja);
	decision_conflict_field(w, *ret, web_tr(w, NULL, N_("What it is for")), was->definition == NULL ? "" : was->definition,
	    m->definition == NULL ? "" : m->definition);
	decision_conflict_field(w, *ret, web_tr(w, NULL, N_("Declared monotone")), web_tr(w, NULL, was->monotone ? N_("yes") : N_("no")),
	    web_tr(w, NULL, m->monotone ? N_("yes") : N_("no")));
	return OK;
}

/* Rows and places of facts mean something else when the facts are others. */
static enum err
facts_moved(struct web *w, struct decision_draft *d)
{
	struct value *fields;

	if (w->json)
		return ERR_CONFLICT;
	TRY(decision_draft_conflict(w, d, &fields));
	web_problem(w, "", N_("The facts of this draft were changed meanwhile, and with them what its rows mean. Nothing was saved: look at it as it is now, and do it again."));
	return show(w, d);
}

/* All rows that the filter shows, on every page of it. */
static enum err
fill_rows(struct web *w, struct decision_model *m)
{
	int is = decision_value_find(&m->outcome, str_of(web_form(w, "fill")));
	bool holes = strcmp(web_form(w, "only"), "holes") == 0;
	struct decision_grid_report r;
	struct filter filter;
	uint8_t *grid;
	size_t n;

	TRY(decision_grid_of(w->a, m, &grid, &n));
	decision_grid_check(w->a, m, grid, &r);
	read_filter(w, m, &filter);
	uint8_t *to = arena_alloc(w->a, n);

	memcpy(to, grid, n);
	for (size_t at = 0; at < n; at++)
		if (is_shown(m, &filter, grid, &r, at) && (!holes || grid[at] == DECISION_HOLE))
			to[at] = is < 0 ? DECISION_HOLE : (uint8_t)is;
	decision_grid_to(w->a, m, to);
	return OK;
}

/* Fact ${f} is taken away, or changes places with the one before it. */
static enum err
move_fact(struct web *w, struct decision_model *m, bool drop)
{
	size_t f = (size_t)web_form_int(w, "fact", drop ? 0 : 1, (int64_t)m->facts - 1, -1), n = 0;
	struct decision_model to = *m;
	struct decision_change_of_facts how, as;

	if (f >= m->facts || (drop && m->facts == 1)) {
		web_problem(w, "", N_("The model has no such fact."));
		return OK;
	}
	decision_change_none(m, &how);
	as = how;
	to.fact = arena_many(w->a, struct decision_fact, m->facts);
	for (size_t i = 0; i < m->facts; i++) {
		size_t was = drop ? i : i == f ? f - 1 : i + 1 == f ? f : i;

		if (drop && i == f)
			continue;
		to.fact[n] = m->fact[was];
		as.fact[n] = how.fact[was];
		memcpy(as.value[n], how.value[was], sizeof(as.value[n]));
		n++;
	}
	to.facts = n;
	TRY(decision_reshape(w->a, m, &as, &to));
	*m = to;
	return OK;
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "head", "actions", "rows", "fill", "drop", "up", NULL };
	const char *act = web_choice(w, "act", acts, true), *back;
	struct decision_draft d;
	int64_t undo, page = web_query_int(w, "page", 1, INT32_MAX, 1);

	TRY(decision_draft_load(w, &d));
	if (!d.is_draft)
		return ERR_CONFLICT;
	const struct decision_draft was = d;
	struct value *clash = NULL;
	bool of_facts = *act == 'r' || *act == 'f' || *act == 'd' || *act == 'u';

	if (problems_any(&w->problems))
		return show(w, &d);
	if (of_facts && decision_draft_moved(w, decision_mark(w->a, &d.model, DECISION_PART_FACTS)))
		return facts_moved(w, &d);
	if (strcmp(act, "head") == 0) {
		take_head(w, &d.model);
		TRY(clash_of_part(w, &d, &was.model, DECISION_PART_NAMES, &clash));
	} else if (strcmp(act, "actions") == 0) {
		take_actions(w, &d.model);
		TRY(clash_of_part(w, &d, &was.model, DECISION_PART_ACTIONS, &clash));
	} else if (strcmp(act, "rows") == 0)
		TRY(take_rows(w, &d, &clash));
	else if (strcmp(act, "fill") == 0)
		TRY(fill_rows(w, &d.model));
	else
		TRY(move_fact(w, &d.model, *act == 'd'));
	if (clash != NULL && !problems_any(&w->problems)) {
		d.stored = &was.model; /* the next save is made knowingly */
		return w->json ? ERR_CONFLICT : show(w, &d);
	}
	if (!problems_any(&w->problems))
		TRY(decision_draft_keep(w, &d, &undo));
	if (problems_any(&w->problems)) {
		d = was;
		return show(w, &d);
	}
	back = *act == 'r' || *act == 'f' ? web_with(w, "undo", NULL) : decision_edit_address(w, d.id);
	if (page > 1 && *act == 'r')
		back = arena_printf(w->a, "%s%cpage=%lld", back, strchr(back, '?') == NULL ? '?' : '&', (long long)page);
	return web_redirect(w, arena_printf(w->a, "%s#%s", back, *act == 'r' || *act == 'f' ? "table" : *act == 'a' ? "actions" : *act == 'h' ? "main" : "facts"),
	    N_("Saved"), undo);
}

/* Drafts begin ------------------------------------------------------------- */

/* The next version of a model, to be changed. */
static enum err
begin(struct web *w)
{
	struct decision_draft d;
	struct decision_model table;
	int64_t draft;

	TRY(decision_draft_load(w, &d));
	table = d.model;
	if (table.row == NULL && decision_table_of_tree(w->a, &d.model, &table) != OK) {
		web_problem(w, "", N_("As a table this tree would be too large to be written by hand."));
		return ERR_LIMIT;
	}
	TRY(decision_draft_add(w->db, w->a, d.row.topic, &table, 0, web_actor(w), &draft));
	value_set_int(w->a, w->data, "id", draft);
	/* From where a fact was found to be missing: to its form at once. */
	return web_created(w, strcmp(web_form(w, "to"), "fact") == 0 ? arena_printf(w->a, MODELS "/%lld/facts/new", (long long)draft)
								    : decision_edit_address(w, draft),
	    N_("A draft: it decides nothing yet"));
}

/* A model with a name and two values, all to be changed. */
static enum err
blank(struct web *w)
{
	const char *title = web_need_line(w, "title", LIMIT_NAME), *key = web_line(w, "key", 40);
	struct decision_model m;
	struct decision_fault fault;
	struct str text;
	int64_t id;

	if (*key == '\0')
		key = decision_key_of(w->a, &(struct decision_fact){ .values = 0 }, title);
	if (problems_any(&w->problems))
		return decision_models_page(w);
	TRY(decision_shipped_read(w->a, "blank.json", &m));
	m.key = key;
	m.name = title;
	m.name_ja = w->lang == LANG_JA ? title : NULL;
	m.definition = title;
	TRY(decision_model_text(w->a, &m, &text));
	if (decision_draft_read(w->a, text, &m, &fault) != OK) {
		web_problem(w, "key", N_("A key has letters, digits and \"_\" between them."));
		return decision_models_page(w);
	}
	TRY(decision_draft_add(w->db, w->a, DECISION_TOPIC, &m, 0, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, decision_edit_address(w, id), N_("A draft: it decides nothing yet"));
}

const struct web_route decision_edit_routes[] = {
	{ WEB_POST, MODELS "/blank", PERM_ADMIN, blank, 0, "A draft with one fact and four outcomes: title, key" },
	{ WEB_POST, MODELS "/:id/draft", PERM_ADMIN, begin, 0, "The next version of a model as a draft; there is one at a time; to = fact: leads to the form of a new fact" },
	{ WEB_GET, MODELS "/:id/edit", PERM_ADMIN, edit, 0, "A draft: facts, actions, table, what is wrong; f0 … = value, show = holes steps, page" },
	{ WEB_POST, MODELS "/:id/edit", PERM_ADMIN, change, 0,
	    "act = head (title, title_ja, definition, monotone), actions (action_outcome[], action_text[], action_text_ja[], "
	    "action_hours[]), rows (row[], outcome[]), fill (fill, only = holes), drop or up (fact)" },
	{ 0 },
};

const struct web_undo decision_edit_undos[] = {
	{ "decision.draft", PERM_ADMIN, undo_draft },
	{ 0 },
};
