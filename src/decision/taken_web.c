/* SPDX-License-Identifier: Apache-2.0 */
/* taken_web.c - one past decision, and what a person may change about it. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "decision/decision_web.h"
#include "decision/explain.h"

#define BASE "/vulnerabilities"
#define PRECEDENT 3 /* decisions that one counts for when it is marked as a precedent */

enum err
decision_people_load(struct web *w, struct decision_people *ret)
{
	return user_list(w->db, w->a, &ret->user, &ret->n);
}

const char *
decision_person(const struct decision_people *p, int64_t id, const char *analyst)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->user[i].id == id)
			return p->user[i].name;
	return analyst == NULL || *analyst == '\0' ? NULL : analyst;
}

void
decision_taken_tell(struct web *w, struct value *o, const struct decision_taken *t, const struct decision_model *m,
    const struct decision_people *p)
{
	value_set_int(w->a, o, "id", t->id);
	value_set_int(w->a, o, "subject", t->subject_id);
	value_set_text(w->a, o, "title", t->title);
	value_set_text(w->a, o, "proposed", t->proposed);
	value_set_text(w->a, o, "outcome", t->outcome);
	value_set_text(w->a, o, "was", t->was[0] == '\0' ? NULL : t->was);
	value_set_text(w->a, o, "reason", t->reason);
	value_set_text(w->a, o, "who", decision_person(p, t->person_id, t->analyst));
	value_set_bool(w->a, o, "overridden", t->overridden);
	value_set_bool(w->a, o, "left_out", t->left_out);
	value_set_int(w->a, o, "weight", t->weight);
	value_set_bool(w->a, o, "imported", t->import_id != 0);
	value_set_bool(w->a, o, "@precedent", t->weight > 1);
	value_set_text(w->a, o, "@proposed", decision_outcome_word(w, m, t->proposed));
	value_set_text(w->a, o, "@outcome", decision_outcome_word(w, m, t->outcome));
	value_set_text(w->a, o, "@was", t->was[0] == '\0' ? NULL : decision_outcome_word(w, m, t->was));
	value_set_text(w->a, o, "@href", decision_address(w, BASE "/history/", t->id));
	value_set_text(w->a, o, "@case", decision_address(w, BASE "/", t->subject_id));
	web_set_time(w, o, "at", t->at);
}

struct past {
	struct decision_taken taken;
	struct decision_model_row row;
	struct decision_model model;
	struct decision_answers given;
	struct decision_verdict verdict;
};

static enum err
load(struct web *w, struct past *ret)
{
	int64_t id;

	TRY(decision_path_id(w, &id));
	TRY(decision_taken_get(w->db, w->a, id, &ret->taken));
	TRY(decision_model_active(w->db, w->a, ret->taken.topic, &ret->row, &ret->model));
	(void)decision_facts_of(w->a, ret->taken.facts, &ret->model, &ret->given); /* none known then */
	decision_decide(&ret->model, &ret->given, &ret->verdict);
	return OK;
}

static void
set_facts(struct web *w, const struct past *p)
{
	struct value *facts = value_set_list(w->a, w->data, "facts");

	for (size_t f = 0; f < p->model.facts; f++) {
		const struct decision_fact *fact = &p->model.fact[f];
		struct value *o = value_add_object(w->a, facts), *values;
		struct buf *b = buf_new(w->a, LIMIT_KIB(16));
		bool known = p->given.possible[f] != decision_all(fact);

		value_set_text(w->a, o, "fact", fact->id);
		value_set_int(w->a, o, "@n", (int64_t)f);
		value_set_text(w->a, o, "@name", decision_word(w, fact->name, fact->name_ja));
		value_set_bool(w->a, o, "@unknown", !known);
		values = value_set_list(w->a, o, "@values");
		for (size_t i = 0; i < fact->values; i++) {
			struct value *v = value_add_object(w->a, values);
			bool chosen = known && (p->given.possible[f] >> i & 1) != 0;

			value_set_text(w->a, v, "value", fact->value[i].key);
			value_set_text(w->a, v, "label", decision_word(w, fact->value[i].name, fact->value[i].name_ja));
			value_set_bool(w->a, v, "chosen", chosen);
			if (chosen)
				buf_printf(b, "%s%s", b->n > 0 ? "|" : "", fact->value[i].key);
		}
		value_set_text(w->a, o, "possible", buf_cstr(w->a, b));
	}
}

static enum err
show_past(struct web *w, const struct past *p)
{
	struct decision_people people;
	const struct decision_model *m = &p->model;
	const char *chosen = web_form_has(w, "outcome") ? web_form(w, "outcome") : web_query(w, "outcome");
	struct value *list;

	TRY(decision_people_load(w, &people));
	decision_taken_tell(w, w->data, &p->taken, m, &people);
	set_facts(w, p);
	value_set_text(w->a, w->data, "says", m->outcome.value[p->verdict.outcome].key);
	value_set_int(w->a, w->data, "leaf", p->verdict.leaf);
	value_set_text(w->a, w->ui, "says_word", decision_outcome_word(w, m, m->outcome.value[p->verdict.outcome].key));
	value_set_text(w->a, w->ui, "because", decision_explain(w->a, m, &p->given, &p->verdict, w->lang == LANG_JA));
	value_set_bool(w->a, w->ui, "proposed_any", p->taken.proposed[0] != '\0');
	value_set_text(w->a, w->ui, "more_weight", arena_printf(w->a, "%d", PRECEDENT));
	list = value_set_list(w->a, w->ui, "outcomes");
	for (size_t i = m->outcome.values; i-- > 0;) {
		struct value *o = value_add_object(w->a, list);
		const struct decision_value *v = &m->outcome.value[i];

		if (strcmp(v->key, p->taken.outcome) == 0)
			value_set_bool(w->a, o, "now", true);
		value_set_text(w->a, o, "value", v->key);
		value_set_text(w->a, o, "label", decision_word(w, v->name, v->name_ja));
		value_set_bool(w->a, o, "chosen", strcmp(chosen, v->key) == 0);
	}
	value_set_text(w->a, w->ui, "back", web_local(w, str_of(*web_form(w, "back") != '\0' ? web_form(w, "back") : web_query(w, "back")), BASE "/history"));
	decision_tabs(w, "");
	return web_again(w, "decision_taken", N_("A past decision"));
}

static enum err
show(struct web *w)
{
	struct past p;

	TRY(load(w, &p));
	return show_past(w, &p);
}

/* All that undo may need. */
static enum err
remember(struct web *w, const struct decision_taken *t, int64_t *ret_undo)
{
	struct value *v = value_object(w->a);

	value_set_int(w->a, v, "id", t->id);
	value_set_text(w->a, v, "outcome", t->outcome);
	value_set_text(w->a, v, "reason", t->reason);
	value_set_text(w->a, v, "was", t->was);
	value_set_int(w->a, v, "weight", t->weight);
	value_set_bool(w->a, v, "left_out", t->left_out);
	return web_add_undo(w, "decision.taken", v, ret_undo);
}

static enum err
undo_taken(struct web *w, const struct value *v)
{
	struct decision_taken t = {
		.id = value_integer(value_get(v, "id")), .outcome = value_cstr(value_get(v, "outcome")),
		.reason = value_cstr(value_get(v, "reason")), .was = value_cstr(value_get(v, "was")),
		.weight = value_integer(value_get(v, "weight")), .left_out = value_true(value_get(v, "left_out")),
	};

	return decision_taken_restore(w->db, w->a, &t, web_actor(w));
}

static enum err
undo_correct(struct web *w, const struct value *v)
{
	return decision_correct(w->db, w->a, value_integer(value_get(v, "id")), value_cstr(value_get(v, "fact")),
	    value_cstr(value_get(v, "possible")), web_actor(w));
}

static enum err
done(struct web *w, const struct past *p, const char *toast, int64_t undo)
{
	return web_redirect(w, web_local(w, str_of(web_form(w, "back")), decision_address(w, BASE "/history/", p->taken.id)), toast, undo);
}

static enum err
relabel(struct web *w, struct past *p)
{
	const char *reason = web_need_line(w, "reason", LIMIT_TITLE);
	int is = decision_value_find(&p->model.outcome, web_form_str(w, "outcome"));
	int64_t undo;

	if (is < 0)
		web_problem(w, "outcome", N_("Choose what should have been decided."));
	else if (strcmp(p->model.outcome.value[is].key, p->taken.outcome) == 0)
		web_problem(w, "outcome", N_("This is what was decided."));
	if (problems_any(&w->problems))
		return show_past(w, p);
	TRY(remember(w, &p->taken, &undo));
	TRY(decision_relabel(w->db, w->a, p->taken.id, p->model.outcome.value[is].key, reason, web_actor(w)));
	return done(w, p, N_("Changed: the other answer is learned from now"), undo);
}

static enum err
correct(struct web *w, struct past *p)
{
	const char *name = web_form(w, "fact"), *possible = web_form(w, "possible"), *was = "";
	struct value *undo = value_object(w->a), *json;
	int64_t undo_id;
	int f = decision_fact_find(&p->model, str_of(name));
	bool known = false;

	if (f >= 0 && *possible != '\0')
		(void)decision_answer_read(&p->model.fact[f], str_of(possible), &known);
	if (f < 0 || (*possible != '\0' && !known)) {
		web_problem(w, "fact", f < 0 ? N_("The model has no such fact.") : N_("The fact has no such value."));
		return show_past(w, p);
	}
	name = p->model.fact[f].id;
	if (value_parse(w->a, str_of(p->taken.facts), &json, NULL) == OK) {
		/* The decision may know the fact by an older version. */
		for (size_t i = 0; i < value_count(json); i++)
			if (decision_same_fact(value_key(json, i), name)) {
				name = value_key(json, i);
				was = value_cstr(value_member(json, i));
			}
	}
	if (strcmp(was, possible) == 0)
		return done(w, p, NULL, 0);
	value_set_int(w->a, undo, "id", p->taken.id);
	value_set_text(w->a, undo, "fact", name);
	value_set_text(w->a, undo, "possible", was);
	TRY(decision_correct(w->db, w->a, p->taken.id, name, possible, web_actor(w)));
	TRY(web_add_undo(w, "decision.correct", undo, &undo_id));
	return done(w, p, N_("The fact is corrected"), undo_id);
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "teach", "leave_out", "weigh", "relabel", "correct", NULL };
	const char *act = web_choice(w, "act", acts, true);
	struct past p;
	int64_t undo;

	TRY(load(w, &p));
	if (problems_any(&w->problems))
		return show_past(w, &p);
	if (strcmp(act, "relabel") == 0)
		return relabel(w, &p);
	if (strcmp(act, "correct") == 0)
		return correct(w, &p);
	TRY(remember(w, &p.taken, &undo));
	if (strcmp(act, "weigh") == 0) {
		int64_t weight = web_form_int(w, "weight", 1, DECISION_WEIGHT, PRECEDENT);

		TRY(decision_teach(w->db, w->a, p.taken.id, weight, web_actor(w)));
		return done(w, &p, weight > 1 ? N_("A precedent: it counts for more from now") : N_("It counts once again"), undo);
	}
	TRY(decision_leave_out(w->db, w->a, p.taken.id, strcmp(act, "leave_out") == 0, web_actor(w)));
	TRY(decision_relearn(w->db, w->a, p.taken.topic, w->now));
	return done(w, &p, N_("Saved"), undo);
}

const struct web_route decision_taken_routes[] = {
	{ WEB_GET, BASE "/history/:id", PERM_INCIDENT_READ, show, 0, "One past decision, and what the model says of it now" },
	{ WEB_POST, BASE "/history/:id", PERM_INCIDENT_EDIT, change, 0,
	    "act = teach, leave_out, weigh (weight), relabel (outcome, reason), correct (fact, possible)" },
	{ 0 },
};

const struct web_undo decision_taken_undos[] = {
	{ "decision.taken", PERM_INCIDENT_EDIT, undo_taken },
	{ "decision.correct", PERM_INCIDENT_EDIT, undo_correct },
	{ 0 },
};
