/* SPDX-License-Identifier: Apache-2.0 */
/* model_web.c - the models of a team, their states and texts, and what was decided by them. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "decision/decision_web.h"
#include "decision/tree_draw.h"

#define BASE "/vulnerabilities"
#define ROWS 50

static const struct web_option states[] = {
	{ "draft", NC_("model", "Draft") }, { "shadow", NC_("model", "Shadow") }, { "active", NC_("model", "Active") },
	{ "retired", NC_("model", "Retired") }, { 0 },
};

static const char *
state_word(struct web *w, const char *state)
{
	for (size_t i = 0; states[i].value != NULL; i++)
		if (strcmp(states[i].value, state) == 0)
			return web_tr(w, "model", states[i].label);
	return state;
}

static void
set_model(struct web *w, struct value *o, const struct decision_model_row *r)
{
	value_set_int(w->a, o, "id", r->id);
	value_set_text(w->a, o, "name", r->name);
	value_set_int(w->a, o, "version", r->version);
	value_set_text(w->a, o, "state", r->state);
	value_set_text(w->a, o, "origin", r->origin);
	value_set_text(w->a, o, "@title", decision_word(w, r->title, r->title_ja));
	value_set_text(w->a, o, "@state", state_word(w, r->state));
	value_set_text(w->a, o, "@badge", strcmp(r->state, "active") == 0 ? "good" : "plain");
	value_set_text(w->a, o, "@href", decision_address(w, BASE "/models/", r->id));
	web_set_time(w, o, "created_at", r->created_at);
}

enum err
decision_models_page(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct decision_model_row *r;
	size_t n;

	TRY(decision_model_list(w->db, w->a, DECISION_TOPIC, &r, &n));
	for (size_t i = 0; i < n; i++)
		set_model(w, value_add_object(w->a, items), &r[i]);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	decision_tabs(w, BASE "/models");
	return web_again(w, "decision_models", N_("Models"));
}

const char *
decision_fault_text(struct web *w, const struct decision_fault *f)
{
	const char *rule = f->message == NULL ? f->rule : web_trf(w, NULL, f->message, I18N_ARGS({ "place", f->place == NULL ? "" : f->place },
	    { "value", f->value == NULL ? "" : f->value }, { "n", f->n == NULL ? "" : f->n }));

	return f->line > 0 && f->column > 0 ? arena_printf(w->a, "%zu:%zu %s", f->line, f->column, rule)
	    : f->line > 0		     ? arena_printf(w->a, "%zu: %s", f->line, rule)
	    : f->where == NULL || f->where[0] == '\0' ? rule
					     : arena_printf(w->a, "%s: %s", f->where, rule);
}

/* A text, checked whole before anything is kept. */
static enum err
add(struct web *w)
{
	const char *text = web_body(w, "text", LIMIT_BODY);
	struct decision_fault fault = { .where = "", .rule = "" };
	int64_t id;
	enum err e;

	if (problems_any(&w->problems))
		return decision_models_page(w);
	if (*text == '\0') {
		web_problem(w, "text", N_("This is empty. Fill it in."));
		return decision_models_page(w);
	}
	e = decision_model_add(w->db, w->a, DECISION_TOPIC, str_of(text), "imported", 0, web_actor(w), &id, &fault);
	if (e == ERR_INVALID || e == ERR_LIMIT) {
		web_problem(w, "text", decision_fault_text(w, &fault));
		return decision_models_page(w);
	}
	TRY(e);
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, decision_address(w, BASE "/models/", id), N_("A draft: it decides nothing yet"));
}

/* The past decisions that it would change. */
static enum err
set_otherwise(struct web *w, const struct decision_model_row *row, const struct decision_model *m)
{
	struct value *list = value_set_list(w->a, w->data, "changes");
	struct decision_otherwise *o;
	size_t n;

	TRY(decision_model_otherwise(w->db, w->a, row->topic, m, ROWS, &o, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, list);

		value_set_int(w->a, v, "id", o[i].id);
		value_set_text(w->a, v, "title", o[i].title);
		value_set_text(w->a, v, "outcome", o[i].outcome);
		value_set_text(w->a, v, "says", m->outcome.value[o[i].says].key);
		value_set_text(w->a, v, "@outcome", decision_outcome_word(w, m, o[i].outcome));
		value_set_text(w->a, v, "@says", decision_word(w, m->outcome.value[o[i].says].name, m->outcome.value[o[i].says].name_ja));
		value_set_text(w->a, v, "@href", decision_address(w, BASE "/", o[i].subject_id));
		web_set_time(w, v, "at", o[i].at);
	}
	value_set_bool(w->a, w->ui, "has_changes", n > 0);
	return OK;
}

/* What a draft still needs before it can decide. */
static enum err
set_draft(struct web *w, const struct decision_model_row *row, const struct decision_model *m)
{
	bool draft = strcmp(row->state, "draft") == 0, ready = true;
	struct decision_grid_report r = { 0 };
	uint8_t *grid;
	size_t n;

	if (draft && m->row != NULL) {
		TRY(decision_grid_of(w->a, m, &grid, &n));
		decision_grid_check(w->a, m, grid, &r);
		ready = r.holes == 0 && (!m->monotone || r.steps_down == 0);
		value_set_int(w->a, w->data, "holes", (int64_t)r.holes);
		value_set_int(w->a, w->data, "steps_down", m->monotone ? (int64_t)r.steps_down : 0);
	}
	value_set_bool(w->a, w->ui, "is_draft", draft);
	value_set_bool(w->a, w->ui, "ready", ready);
	value_set_text(w->a, w->ui, "edit_href", decision_edit_address(w, row->id));
	return OK;
}

static enum err
model(struct web *w)
{
	struct value *list = value_set_list(w->a, w->data, "facts");
	struct str text;
	struct decision_model_row row;
	struct decision_model m;
	size_t otherwise, n;
	int64_t id;

	TRY(decision_path_id(w, &id));
	TRY(decision_model_get(w->db, w->a, id, &row, &m));
	set_model(w, w->data, &row);
	for (size_t f = 0; f < m.facts; f++) {
		struct value *o = value_add_object(w->a, list);
		struct buf *v = buf_new(w->a, LIMIT_KIB(16));

		for (size_t i = 0; i < m.fact[f].values; i++)
			buf_printf(v, "%s%s", i > 0 ? w->lang == LANG_JA ? "、" : ", " : "",
			    decision_word(w, m.fact[f].value[i].name, m.fact[f].value[i].name_ja));
		value_set_text(w->a, o, "id", m.fact[f].id);
		value_set_int(w->a, o, "@n", (int64_t)f);
		value_set_text(w->a, o, "@name", decision_word(w, m.fact[f].name, m.fact[f].name_ja));
		value_set_text(w->a, o, "@values", buf_cstr(w->a, v));
	}
	TRY(decision_model_compare(w->db, w->a, row.topic, &m, &otherwise, &n));
	value_set_int(w->a, w->data, "otherwise", (int64_t)otherwise);
	value_set_int(w->a, w->data, "decisions", (int64_t)n);
	TRY(decision_model_text(w->a, &m, &text));
	value_set_str(w->a, w->data, "text", text);
	TRY(set_otherwise(w, &row, &m));
	TRY(set_draft(w, &row, &m));
	value_set_html(w->a, w->ui, "tree", decision_tree_draw(w->a, &m, &(struct decision_tree_view){ .at = UINT32_MAX,
	    .ja = w->lang == LANG_JA, .leaf = arena_printf(w->a, BASE "/history?model=%lld&amp;leaf=", (long long)id),
	    .title = web_tr(w, NULL, N_("Decision tree")), .description = decision_word(w, row.title, row.title_ja) }));
	value_set_bool(w->a, w->ui, "can_shadow", strcmp(row.state, "draft") == 0);
	value_set_bool(w->a, w->ui, "can_active", strcmp(row.state, "active") != 0);
	value_set_bool(w->a, w->ui, "can_retire", strcmp(row.state, "active") == 0 || strcmp(row.state, "shadow") == 0);
	decision_tabs(w, BASE "/models");
	return web_again(w, "decision_model", N_("Decision model"));
}

static enum err
set_state(struct web *w)
{
	static const char *const to[] = { "draft", "shadow", "active", "retired", NULL };
	const char *state = web_choice(w, "state", to, true);
	struct value *undo = value_object(w->a);
	struct decision_model_row row, active = { 0 };
	struct decision_model m;
	int64_t id, undo_id;

	TRY(decision_path_id(w, &id));
	if (problems_any(&w->problems))
		return model(w);
	TRY(decision_model_get(w->db, w->a, id, &row, &m));
	enum err e = decision_model_active(w->db, w->a, row.topic, &active, &m);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	e = decision_model_set_state(w->db, w->a, id, state, web_actor(w));
	if (e == ERR_INVALID) {
		web_problem(w, "", N_("The draft is not complete yet, or goes down where it says that it does not: change it first."));
		return model(w);
	}
	TRY(e);
	if (strcmp(state, "active") == 0 || strcmp(state, "shadow") == 0)
		TRY(decision_facts_changed(w));
	value_set_int(w->a, undo, "id", id);
	value_set_text(w->a, undo, "now", state);
	value_set_text(w->a, undo, "state", row.state);
	value_set_int(w->a, undo, "active", active.id == id ? 0 : active.id);
	TRY(web_add_undo(w, "decision.model.state", undo, &undo_id));
	return web_redirect(w, decision_address(w, BASE "/models/", id), N_("State changed"), undo_id);
}

static enum err
undo_state(struct web *w, const struct value *p)
{
	TRY(decision_model_step_back(w->db, w->a, value_integer(value_get(p, "id")), value_cstr(value_get(p, "now")),
	    value_cstr(value_get(p, "state")), value_integer(value_get(p, "active")), web_actor(w)));
	return decision_facts_changed(w);
}

/* "model.json" as it is kept; "table.json" and "table.csv" as SSVC's tables. */
static enum err
send_model(struct web *w)
{
	static const char *const names[] = { "model.json", "table.json", "table.csv" };
	struct buf *b = buf_new(w->a, LIMIT_IMPORT);
	struct decision_model_row row;
	struct decision_model m, table;
	int64_t id;
	size_t as = 0;

	TRY(decision_path_id(w, &id));
	while (as < COUNT(names) && strcmp(names[as], web_path(w, "name")) != 0)
		as++;
	if (as == COUNT(names))
		return ERR_NOT_FOUND;
	TRY(decision_model_get(w->db, w->a, id, &row, &m));
	table = m;
	if (as > 0 && m.rows == 0) {
		enum err e = decision_table_of_tree(w->a, &m, &table);

		if (e == ERR_LIMIT) {
			web_problem(w, "", N_("As a table this tree would have too many rows. Take it as a tree (JSON)."));
			return model(w);
		}
		TRY(e);
	}
	const char *file = arena_printf(w->a, "%s-v%lld.%s", m.key, (long long)row.version, as == 2 ? "csv" : "json");

	if (as == 2) {
		TRY(decision_table_write_csv(b, &table));
		TRY(buf_error(b));
		return web_csv(w, file, buf_view(b));
	}
	decision_model_write(b, &table);
	TRY(buf_error(b));
	web_header(w, "Content-Disposition", arena_printf(w->a, "attachment; filename=\"%s\"", file));
	return web_bytes(w, "application/json", buf_view(b));
}

static enum err
history(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	int64_t of = web_query_int(w, "model", 1, INT64_MAX, 0), leaf = web_query_int(w, "leaf", 1, INT64_MAX, 0);
	int64_t before = web_query_int(w, "before", 1, INT64_MAX, 0), taken = 0, agreed = 0;
	bool others = strcmp(web_query(w, "only"), "otherwise") == 0;
	struct decision_model_row row;
	struct decision_model m = { 0 };
	struct decision_people people;
	struct decision_taken *t;
	size_t n, shown = 0, i;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, &row, &m);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(decision_people_load(w, &people));
	TRY(decision_taken_list(w->db, w->a, DECISION_TOPIC, before, 1000, &t, &n));
	for (i = 0; i < n; i++) {
		if ((of != 0 && t[i].model_id != of) || (leaf != 0 && t[i].leaf != leaf))
			continue;
		/* What came with a file had no proposal. */
		taken += !t[i].left_out && t[i].proposed[0] != '\0';
		agreed += !t[i].left_out && t[i].proposed[0] != '\0' && !t[i].overridden;
		if ((others && !t[i].overridden) || shown >= ROWS)
			continue;
		shown++;
		decision_taken_tell(w, value_add_object(w->a, items), &t[i], &m, &people);
	}
	value_set_int(w->a, w->data, "taken", taken);
	value_set_int(w->a, w->data, "agreed", agreed);
	value_set_int(w->a, w->ui, "percent", taken == 0 ? 0 : agreed * 100 / taken);
	value_set_bool(w->a, w->ui, "others", others);
	value_set_bool(w->a, w->ui, "has_items", shown > 0);
	decision_tabs(w, BASE "/history");
	return web_page(w, "decision_history", N_("History"));
}

const struct web_route decision_model_routes[] = {
	{ WEB_GET, BASE "/models", PERM_INCIDENT_READ, decision_models_page, 0, "Decision models and their states" },
	{ WEB_POST, BASE "/models", PERM_ADMIN, add, 0, "A model as a draft: text (SSVC JSON or CSV, a tree)" },
	{ WEB_GET, BASE "/models/:id", PERM_INCIDENT_READ, model, 0, "One: facts, text, how many past decisions it would change" },
	{ WEB_GET, BASE "/models/:id/as/:name", PERM_INCIDENT_READ, send_model, 0,
	    "A model to keep: model.json (table or tree), table.json and table.csv (SSVC)" },
	{ WEB_POST, BASE "/models/:id", PERM_ADMIN, set_state, 0, "state = draft shadow active retired" },
	{ WEB_GET, BASE "/history", PERM_INCIDENT_READ, history, 0, "What was decided: only = otherwise, model, leaf, before" },
	{ 0 },
};

const struct web_undo decision_model_undos[] = {
	{ "decision.model.state", PERM_ADMIN, undo_state },
	{ 0 },
};
