/* SPDX-License-Identifier: Apache-2.0 */
/* worksheet_web.c - /vulnerabilities/worksheets: from a talk with analysts to a draft of a model. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/zone.h"
#include "decision/decision_web.h"
#include "decision/explain.h"
#include "decision/worksheet_store.h"

#define BASE "/vulnerabilities"
#define HERE BASE "/worksheets"
#define SPARE 2		 /* empty slots that a page offers */
#define LONG LIMIT_KIB(16) /* of a text in many lines */

/* What to ask; the first ones are the source's own. */
static const char *const questions[] = {
	N_("When a report arrives, what do you look at first? What next?"),
	N_("Is a security product concerned, and are there incidents already?"),
	N_("How widely is it used with us?"),
	N_("Is it part of the sign-in of a core service?"),
	N_("For which report did you last drop everything? What made it so?"),
	N_("Which one did you put aside, and why?"),
	N_("What could be known, but does not matter to you?"),
	N_("What do you do then, in which order, and by when? (Ask for an investigation at once, begin to verify the patch …)"),
};

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct worksheet_row *r;
	size_t n;

	TRY(worksheet_list(w->db, w->a, DECISION_TOPIC, &r, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		value_set_int(w->a, o, "id", r[i].id);
		value_set_text(w->a, o, "title", r[i].title);
		value_set_id(w->a, o, "model", r[i].model_id);
		value_set_text(w->a, o, "@href", decision_address(w, HERE "/", r[i].id));
		web_set_time(w, o, "changed_at", r[i].changed_at);
	}
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	decision_tabs(w, "");
	return web_again(w, "decision_worksheets", N_("Interview worksheets"));
}

/* Cases of one leaf that went otherwise, to be told apart by a new fact. */
static enum err
add_cases(struct web *w, const struct decision_model *m, int64_t leaf, struct worksheet *s)
{
	struct decision_taken *t;
	size_t n, kept = 0;
	struct buf *notes = buf_new(w->a, LIMIT_KIB(64));

	TRY(decision_taken_list(w->db, w->a, DECISION_TOPIC, 0, 1000, &t, &n));
	if (*web_form(w, "note") != '\0')
		buf_printf(notes, "%s\n", web_line(w, "note", LIMIT_TITLE));
	for (size_t i = 0; i < n && kept < 8; i++) {
		struct decision_answers given;
		struct decision_verdict v;
		int is = decision_value_find(&m->outcome, str_of(t[i].outcome));
		struct worksheet_example *e = &s->example[kept];

		if (t[i].left_out || is < 0 || !decision_facts_of(w->a, t[i].facts, m, &given))
			continue;
		decision_decide(m, &given, &v);
		if (v.outcome == is || (leaf > 0 && v.leaf != leaf))
			continue;
		kept++;
		e->title = t[i].title;
		e->outcome = is < WORKSHEET_OUTCOMES ? is : -1;
		for (size_t f = 0; f < m->facts && f < WORKSHEET_FACTS; f++)
			if ((given.possible[f] & (given.possible[f] - 1)) == 0)
				e->value[f] = __builtin_ctzll(given.possible[f]);
		if (t[i].reason[0] != '\0')
			buf_printf(notes, "%s: %s\n", t[i].title, t[i].reason);
	}
	s->notes = buf_cstr(w->a, notes);
	return OK;
}

static enum err
add(struct web *w)
{
	struct decision_model_row row;
	struct decision_model m;
	struct worksheet s;
	bool for_fact = web_form_has(w, "leaf"), empty = strcmp(web_form(w, "from"), "empty") == 0;
	int64_t id;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, &row, &m);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	worksheet_read(w->a, "{}", &s);
	if (e == OK && m.rows == 0 && row.based_on != 0 && !for_fact)
		TRY(decision_model_get(w->db, w->a, row.based_on, &row, &m));
	if (e == OK && m.facts <= WORKSHEET_FACTS) {
		worksheet_begin(w->a, &m, row.id, &s);
		if (empty) {
			/* The outcomes and what is done stay; the talk begins at nothing. */
			s.base = 0;
			s.monotone = true;
			for (size_t i = 0; i < WORKSHEET_FACTS; i++)
				s.fact[i] = (struct worksheet_fact){ "", "", "", "", "", "", 100, false };
		} else if (for_fact) {
			TRY(add_cases(w, &m, web_form_int(w, "leaf", 0, LIMIT_DECISION_NODES, 0), &s));
		}
	}
	s.title = *web_form(w, "title") != '\0' ? web_line(w, "title", LIMIT_NAME) : empty || s.base == 0 ?
	    web_tr(w, NULL, N_("Our judgement")) : s.title;
	s.day = zone_short(w->a, w->zone, w->lang, w->now);
	if (problems_any(&w->problems))
		return list(w);
	TRY(worksheet_add(w->db, w->a, DECISION_TOPIC, &s, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, decision_address(w, HERE "/", id), for_fact ? N_("Add the fact and say what it was in these cases") : NULL);
}

/* Page --------------------------------------------------------------------- */

static void
set_facts(struct web *w, const struct worksheet *s)
{
	struct value *list = value_set_list(w->a, w->ui, "facts");
	size_t spare = 0;

	for (size_t i = 0; i < WORKSHEET_FACTS; i++) {
		const struct worksheet_fact *f = &s->fact[i];
		bool empty = f->name[0] == '\0' && f->name_ja[0] == '\0';
		struct value *o;

		if (empty && spare++ >= SPARE)
			continue;
		o = value_add_object(w->a, list);
		value_set_int(w->a, o, "@place", (int64_t)i + 1);
		value_set_text(w->a, o, "@slot", arena_printf(w->a, "f%zu", i));
		value_set_bool(w->a, o, "@empty", empty);
		value_set_text(w->a, o, "@id", f->id);
		value_set_text(w->a, o, "@title", empty ? NULL : decision_word(w, f->name[0] != '\0' ? f->name : f->name_ja, f->name_ja));
		value_set_text(w->a, o, "@name", f->name);
		value_set_text(w->a, o, "@name_ja", f->name_ja);
		value_set_text(w->a, o, "@question", f->question);
		value_set_text(w->a, o, "@question_ja", f->question_ja);
		value_set_text(w->a, o, "@values", f->values);
		value_set_int(w->a, o, "@weight", f->weight);
		value_set_bool(w->a, o, "@nominal", f->nominal);
		value_set_text(w->a, o, "@error", NULL);
		for (const struct problem *p = w->problems.first; p != NULL; p = p->next)
			if (strcmp(p->field, arena_printf(w->a, "f%zu_values", i)) == 0)
				value_set_text(w->a, o, "@error", i18n_fill(w->a, web_tr(w, NULL, p->message), I18N_ARGS({ "value", p->name == NULL ? "" : p->name })));
	}
}

static void
set_outcomes(struct web *w, const struct worksheet *s)
{
	struct value *list = value_set_list(w->a, w->ui, "outcomes");
	size_t spare = 0;

	for (size_t i = 0; i < WORKSHEET_OUTCOMES; i++) {
		const struct worksheet_outcome *u = &s->outcome[i];
		struct value *o;

		if (u->name[0] == '\0' && u->name_ja[0] == '\0' && spare++ >= 1)
			continue;
		o = value_add_object(w->a, list);
		value_set_text(w->a, o, "@slot", arena_printf(w->a, "o%zu", i));
		value_set_int(w->a, o, "@place", (int64_t)i + 1);
		value_set_text(w->a, o, "@key", u->key);
		value_set_text(w->a, o, "@name", u->name);
		value_set_text(w->a, o, "@name_ja", u->name_ja);
		value_set_text(w->a, o, "@title", u->name[0] == '\0' && u->name_ja[0] == '\0' ? NULL :
		    decision_word(w, u->name[0] != '\0' ? u->name : u->name_ja, u->name_ja));
		value_set_text(w->a, o, "@actions", u->actions);
	}
}

static void
add_option(struct web *w, struct value *list, int value, const char *label, int chosen)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", value < 0 ? "" : arena_printf(w->a, "%d", value));
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", value == chosen);
}

static void
set_example(struct web *w, struct value *o, const struct worksheet *s, const struct worksheet_example *e, size_t place)
{
	struct value *answers = value_set_list(w->a, o, "@answers"), *options;

	value_set_text(w->a, o, "@slot", arena_printf(w->a, "e%zu", place));
	value_set_int(w->a, o, "@place", (int64_t)place + 1);
	value_set_text(w->a, o, "@title", e->title);
	for (size_t i = 0; i < WORKSHEET_FACTS; i++) {
		const struct worksheet_fact *f = &s->fact[i];
		const char *name[WORKSHEET_VALUES], *name_ja[WORKSHEET_VALUES];
		size_t n = worksheet_values(w->a, f, name, name_ja);
		struct value *v;

		if (f->name[0] == '\0' && f->name_ja[0] == '\0')
			continue;
		v = value_add_object(w->a, answers);
		value_set_text(w->a, v, "@field", arena_printf(w->a, "e%zu_%zu", place, i));
		value_set_text(w->a, v, "@label", decision_word(w, f->name[0] != '\0' ? f->name : f->name_ja, f->name_ja));
		value_set_text(w->a, v, "@said", e->value[i] >= 0 && e->value[i] < (int)n ?
		    decision_word(w, name[e->value[i]], name_ja[e->value[i]]) : NULL);
		options = value_set_list(w->a, v, "@options");
		add_option(w, options, -1, web_tr(w, NULL, N_("whatever")), e->value[i]);
		for (size_t k = 0; k < n; k++)
			add_option(w, options, (int)k, decision_word(w, name[k], name_ja[k]), e->value[i]);
	}
	options = value_set_list(w->a, o, "@outcomes");
	add_option(w, options, -1, web_tr(w, NULL, N_("not said yet")), e->outcome);
	value_set_text(w->a, o, "@said", NULL);
	for (size_t i = 0; i < WORKSHEET_OUTCOMES; i++) {
		const struct worksheet_outcome *u = &s->outcome[i];
		const char *label = decision_word(w, u->name[0] != '\0' ? u->name : u->name_ja, u->name_ja);

		if (u->name[0] == '\0' && u->name_ja[0] == '\0')
			continue;
		add_option(w, options, (int)i, label, e->outcome);
		if (e->outcome == (int)i)
			value_set_text(w->a, o, "@said", label);
	}
}

static enum err
show_sheet(struct web *w, const struct worksheet_row *row, int64_t version, const struct worksheet *s)
{
	struct value *asks = value_set_list(w->a, w->ui, "questions"), *examples = value_set_list(w->a, w->ui, "examples"), *body;
	bool print = strcmp(web_query(w, "print"), "1") == 0;
	size_t spare = 0;

	value_set_int(w->a, w->data, "id", row->id);
	value_set_int(w->a, w->data, "version", version);
	value_set_text(w->a, w->data, "title", s->title);
	value_set_id(w->a, w->data, "model", row->model_id);
	if (value_parse(w->a, str_of(worksheet_write(w->a, s)), &body, NULL) == OK)
		value_set(w->a, w->data, "body", body);
	web_set_time(w, w->data, "changed_at", row->changed_at);
	value_set_text(w->a, w->ui, "who", s->who);
	value_set_text(w->a, w->ui, "day", s->day);
	value_set_text(w->a, w->ui, "notes", s->notes);
	value_set_text(w->a, w->ui, "consider", s->consider);
	value_set_bool(w->a, w->ui, "monotone", s->monotone);
	value_set_bool(w->a, w->ui, "based", s->base != 0);
	for (size_t i = 0; i < COUNT(questions); i++)
		value_add_text(w->a, asks, web_tr(w, NULL, questions[i]));
	set_facts(w, s);
	set_outcomes(w, s);
	for (size_t i = 0; i < WORKSHEET_EXAMPLES; i++)
		if (s->example[i].title[0] != '\0' || (!print && spare++ < SPARE))
			set_example(w, value_add_object(w->a, examples), s, &s->example[i], i);
	value_set_text(w->a, w->ui, "model_href", row->model_id == 0 ? NULL : decision_address(w, BASE "/models/", row->model_id));
	decision_tabs(w, "");
	return web_again(w, print ? "decision_worksheet_print" : "decision_worksheet", N_("Interview worksheet"));
}

static enum err
show(struct web *w)
{
	struct worksheet_row row;
	struct worksheet s;
	int64_t id;

	TRY(decision_path_id(w, &id));
	TRY(worksheet_get(w->db, w->a, id, &row));
	worksheet_read(w->a, row.body, &s);
	return show_sheet(w, &row, row.version, &s);
}

/* Saving ------------------------------------------------------------------- */

static const char *
line_of(struct web *w, const char *slot, const char *part)
{
	return web_line(w, arena_printf(w->a, "%s_%s", slot, part), LIMIT_NAME);
}

static int
number_of(struct web *w, const char *field, int max)
{
	return *web_form(w, field) == '\0' ? -1 : (int)web_form_int(w, field, 0, max - 1, -1);
}

/* Every field that the page has; slots that it did not show stay as they are. */
static void
read_form(struct web *w, struct worksheet *s)
{
	s->title = web_line(w, "title", LIMIT_NAME);
	s->who = web_line(w, "who", LIMIT_NAME);
	s->day = web_line(w, "day", LIMIT_NAME);
	s->notes = web_body(w, "notes", LIMIT_BODY);
	s->consider = web_body(w, "consider", LONG);
	s->monotone = web_form_has(w, "monotone");
	for (size_t i = 0; i < WORKSHEET_FACTS; i++) {
		const char *slot = arena_printf(w->a, "f%zu", i);

		if (!web_form_has(w, arena_printf(w->a, "%s_name", slot)))
			continue;
		s->fact[i] = (struct worksheet_fact){
			.id = s->fact[i].id, .name = line_of(w, slot, "name"), .name_ja = line_of(w, slot, "name_ja"),
			.question = web_line(w, arena_printf(w->a, "%s_question", slot), LIMIT_TITLE),
			.question_ja = web_line(w, arena_printf(w->a, "%s_question_ja", slot), LIMIT_TITLE),
			.values = web_body(w, arena_printf(w->a, "%s_values", slot), LONG),
			.weight = (int)web_form_int(w, arena_printf(w->a, "%s_weight", slot), 1, 10000, 100),
			.nominal = web_form_has(w, arena_printf(w->a, "%s_nominal", slot)),
		};
	}
	for (size_t i = 0; i < WORKSHEET_OUTCOMES; i++) {
		const char *slot = arena_printf(w->a, "o%zu", i);

		if (web_form_has(w, arena_printf(w->a, "%s_name", slot)))
			s->outcome[i] = (struct worksheet_outcome){ .key = s->outcome[i].key, .name = line_of(w, slot, "name"),
				.name_ja = line_of(w, slot, "name_ja"), .actions = web_body(w, arena_printf(w->a, "%s_actions", slot), LONG) };
	}
	for (size_t i = 0; i < WORKSHEET_EXAMPLES; i++) {
		struct worksheet_example *e = &s->example[i];
		const char *slot = arena_printf(w->a, "e%zu", i);

		if (!web_form_has(w, arena_printf(w->a, "%s_title", slot)))
			continue;
		e->title = web_line(w, arena_printf(w->a, "%s_title", slot), LIMIT_TITLE);
		e->outcome = number_of(w, arena_printf(w->a, "%s_outcome", slot), WORKSHEET_OUTCOMES);
		for (size_t f = 0; f < WORKSHEET_FACTS; f++)
			if (web_form_has(w, arena_printf(w->a, "%s_%zu", slot, f)))
				e->value[f] = number_of(w, arena_printf(w->a, "%s_%zu", slot, f), WORKSHEET_VALUES);
	}
}

/* The text is kept whatever is wrong with the table. */
static enum err
make_draft(struct web *w, struct worksheet_row *row, const struct worksheet *s)
{
	struct str text;
	struct decision_model m, base;
	struct worksheet_fault fault;
	struct decision_fault refused = { .where = "", .rule = "" };
	int64_t id;
	enum err e = s->base == 0 ? ERR_NOT_FOUND : decision_model_get(w->db, w->a, s->base, NULL, &base);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (worksheet_model(w->a, s, e == OK ? &base : NULL, &m, &fault) != OK) {
		problems_add(&w->problems, fault.field, fault.message, fault.value);
	} else {
		TRY(decision_model_text(w->a, &m, &text));
		e = decision_model_add(w->db, w->a, DECISION_TOPIC, text, "written", s->base, web_actor(w), &id, &refused);
		if (e == ERR_INVALID || e == ERR_LIMIT)
			problems_add(&w->problems, "", N_("The table cannot be used: {value}"),
			    decision_fault_text(w, &refused));
		else
			TRY(e);
	}
	if (problems_any(&w->problems)) {
		w->keep = true;
		return show_sheet(w, row, row->version + 1, s);
	}
	TRY(worksheet_set_model(w->db, row->id, id));
	value_set_int(w->a, w->data, "model", id);
	return web_redirect(w, decision_address(w, BASE "/models/", id), N_("A draft: it decides nothing yet"), 0);
}

static enum err
save(struct web *w)
{
	static const char *const acts[] = { "save", "lines", "draft", NULL };
	const char *act = web_choice(w, "act", acts, true);
	struct worksheet_row row;
	struct worksheet s;
	int64_t id;

	TRY(decision_path_id(w, &id));
	TRY(worksheet_get(w->db, w->a, id, &row));
	worksheet_read(w->a, row.body, &s);
	read_form(w, &s);
	if (s.title[0] == '\0')
		web_problem(w, "title", N_("Give the model a name."));
	if (web_form_int(w, "version", 1, INT64_MAX, 0) != row.version)
		web_problem(w, "", N_("Somebody else has saved this worksheet. Look at theirs in another tab; saving again keeps yours."));
	if (problems_any(&w->problems))
		return show_sheet(w, &row, row.version, &s);
	if (strcmp(act, "lines") == 0)
		worksheet_take_lines(w->a, &s);
	TRY(worksheet_save(w->db, w->a, id, row.version, &s, web_actor(w)));
	if (strcmp(act, "draft") != 0)
		return web_redirect(w, arena_printf(w->a, HERE "/%lld%s", (long long)id, strcmp(act, "lines") == 0 ? "#facts" : ""), N_("Saved"), 0);
	if (!auth_allows(&w->auth, PERM_ADMIN))
		return ERR_DENIED;
	return make_draft(w, &row, &s);
}

const struct web_route decision_worksheet_routes[] = {
	{ WEB_GET, HERE, PERM_INCIDENT_READ, list, 0, "Worksheets of talks with analysts" },
	{ WEB_POST, HERE, PERM_INCIDENT_EDIT, add, 0, "Begin one: title, from = empty, leaf (a fact is missing there)" },
	{ WEB_GET, HERE "/:id", PERM_INCIDENT_READ, show, 0, "One; print = 1 for paper" },
	{ WEB_POST, HERE "/:id", PERM_INCIDENT_EDIT, save, 0,
	    "act = save, lines (facts of what is considered), draft (administrators); the page's fields, version" },
	{ 0 },
};
