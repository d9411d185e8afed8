/* SPDX-License-Identifier: Apache-2.0 */
/* task_web.c - what decisions ask for: by priority, as a list, and how soon. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "decision/decision_web.h"

#define BASE "/vulnerabilities"
#define ROWS 50
#define HOURS (10 * 366 * 24)

static void
set_task(struct web *w, struct value *o, const struct decision_task_row *t, const struct decision_model *m, bool last)
{
	value_set_int(w->a, o, "id", t->rank.id);
	value_set_int(w->a, o, "subject", t->subject_id);
	value_set_text(w->a, o, "title", t->title);
	value_set_text(w->a, o, "text", t->text);
	value_set_text(w->a, o, "@text", decision_word(w, t->text, t->text_ja));
	value_set_int(w->a, o, "pin", t->rank.pin);
	value_set_bool(w->a, o, "@pinned", t->rank.pin > 0);
	value_set_text(w->a, o, "pin_reason", t->pin_reason);
	value_set_text(w->a, o, "why", last ? NULL : decision_reason_text(t->why));
	value_set_text(w->a, o, "@why", last ? NULL : web_tr(w, NULL, decision_reason_text(t->why)));
	value_set_text(w->a, o, "@href", decision_address(w, BASE "/", t->subject_id));
	value_set_bool(w->a, o, "@late", t->rank.due < w->now);
	web_set_time(w, o, "due", t->rank.due == DECISION_NO_DUE ? 0 : t->rank.due);
	web_set_time(w, o, "since", t->rank.since);
	if (m != NULL && t->rank.outcome < m->outcome.values) {
		const struct decision_value *v = &m->outcome.value[t->rank.outcome];

		value_set_text(w->a, o, "outcome", v->key);
		value_set_text(w->a, o, "@outcome", decision_word(w, v->name, v->name_ja));
	} else {
		value_set_text(w->a, o, "outcome", NULL);
		value_set_text(w->a, o, "@outcome", NULL);
	}
}

static enum err
tasks(struct web *w, const char *template, const char *here, const char *title)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct web_list l = web_list(w, ROWS);
	struct decision_model_row row;
	struct decision_task_row *t;
	struct decision_model m;
	size_t n;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, &row, &m);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(decision_task_list(w->db, w->a, DECISION_TOPIC, w->now, &t, &n));
	for (size_t i = (size_t)l.offset; i < n && i < (size_t)(l.offset + l.limit); i++) {
		struct value *o = value_add_object(w->a, items);

		set_task(w, o, &t[i], e == OK ? &m : NULL, i + 1 == n);
		value_set_int(w->a, o, "place", (int64_t)i + 1);
	}
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	web_set_pages(w, l, (int64_t)n, false);
	decision_tabs(w, here);
	return web_again(w, template, title);
}

static enum err
by_priority(struct web *w)
{
	return tasks(w, "decision_priority", BASE "/priority", N_("Tasks by priority"));
}

static enum err
plain(struct web *w)
{
	return tasks(w, "decision_tasks", BASE "/tasks", N_("Tasks"));
}

static enum err
pin(struct web *w, int64_t id, int64_t place, const char *reason)
{
	struct value *undo = value_object(w->a);
	const char *was_reason;
	int64_t was, undo_id;

	TRY(decision_task_pinned(w->db, w->a, id, &was, &was_reason));
	value_set_int(w->a, undo, "id", id);
	value_set_int(w->a, undo, "pin", was);
	value_set_text(w->a, undo, "reason", was_reason);
	TRY(decision_task_pin(w->db, w->a, id, place, reason, web_actor(w)));
	TRY(web_add_undo(w, "decision.task.pin", undo, &undo_id));
	return web_redirect(w, BASE "/priority", place > 0 ? N_("Pinned") : N_("No longer pinned"), undo_id);
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "done", "pin", "unpin", NULL };
	const char *what = web_choice(w, "act", acts, true), *reason = web_line(w, "reason", LIMIT_TITLE);
	struct value *undo = value_object(w->a);
	int64_t id, undo_id;

	TRY(decision_path_id(w, &id));
	if (what != NULL && strcmp(what, "pin") == 0 && str_trim(str_of(reason)).n == 0)
		web_problem(w, "reason", N_("Say why this goes first."));
	if (problems_any(&w->problems))
		return by_priority(w);
	if (strcmp(what, "done") != 0)
		return pin(w, id, strcmp(what, "pin") == 0 ? web_form_int(w, "pin", 1, 60000, 1) : 0, reason);
	TRY(decision_task_done(w->db, w->a, id, web_actor(w)));
	value_set_int(w->a, undo, "id", id);
	TRY(web_add_undo(w, "decision.task.done", undo, &undo_id));
	return web_redirect(w, web_local(w, str_of(web_form(w, "back")), BASE "/priority"), N_("Done"), undo_id);
}

static enum err
undo_done(struct web *w, const struct value *p)
{
	return decision_task_reopen(w->db, w->a, value_integer(value_get(p, "id")), web_actor(w));
}

static enum err
undo_pin(struct web *w, const struct value *p)
{
	return decision_task_pin(w->db, w->a, value_integer(value_get(p, "id")), value_integer(value_get(p, "pin")),
	    value_cstr(value_get(p, "reason")), web_actor(w));
}

/* Settings ---------------------------------------------------------------- */

static enum err
settings(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct decision_model_row row;
	struct decision_model m;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, &row, &m);

	if (e == ERR_NOT_FOUND)
		return decision_begin_page(w);
	TRY(e);
	for (size_t i = m.outcome.values; i-- > 0;)
		for (size_t k = 0; k < m.actions; k++) {
			if (m.action[k].outcome != i)
				continue;
			struct value *o = value_add_object(w->a, items);
			const char *name = arena_printf(w->a, "due_%zu", k);

			value_set_text(w->a, o, "outcome", m.outcome.value[i].key);
			value_set_text(w->a, o, "text", m.action[k].text);
			value_set_int(w->a, o, "hours", m.action[k].due / CLOCK_HOUR);
			value_set_text(w->a, o, "@outcome", decision_word(w, m.outcome.value[i].name, m.outcome.value[i].name_ja));
			value_set_text(w->a, o, "@text", decision_word(w, m.action[k].text, m.action[k].text_ja));
			value_set_text(w->a, o, "@name", name);
			value_set_text(w->a, o, "@value", web_form_has(w, name) ? web_form(w, name) :
			    m.action[k].due == 0 ? "" : arena_printf(w->a, "%lld", (long long)(m.action[k].due / CLOCK_HOUR)));
		}
	value_set_text(w->a, w->ui, "model", decision_word(w, row.title, row.title_ja));
	value_set_int(w->a, w->ui, "version", row.version);
	value_set_bool(w->a, w->ui, "has_items", m.actions > 0);
	decision_tabs(w, BASE "/settings");
	return web_again(w, "decision_settings", N_("Priority settings"));
}

/* Other hours make another version, which takes the place of the active one. */
static enum err
save(struct web *w)
{
	struct str text;
	struct decision_model_row row;
	struct decision_fault fault;
	struct decision_model m;
	int64_t id;

	TRY(decision_model_active(w->db, w->a, DECISION_TOPIC, &row, &m));
	for (size_t k = 0; k < m.actions; k++) {
		const char *name = arena_printf(w->a, "due_%zu", k);
		int64_t hours = 0;

		if (*web_form(w, name) != '\0' && !str_int(str_trim(web_form_str(w, name)), 0, HOURS, &hours))
			web_problem(w, name, N_("A whole number of hours, or nothing for no date."));
		m.action[k].due = hours * CLOCK_HOUR;
	}
	if (problems_any(&w->problems))
		return settings(w);
	TRY(decision_model_text(w->a, &m, &text));
	TRY(decision_model_add(w->db, w->a, DECISION_TOPIC, text, "written", row.id, web_actor(w), &id, &fault));
	if (id != row.id)
		TRY(decision_model_set_state(w->db, w->a, id, "active", web_actor(w)));
	return web_redirect(w, BASE "/settings", N_("Saved: it holds for what is decided from now on"), 0);
}

const struct web_route decision_task_routes[] = {
	{ WEB_GET, BASE "/priority", PERM_INCIDENT_READ, by_priority, 0, "Open tasks in their order, and why each stands above the next" },
	{ WEB_GET, BASE "/tasks", PERM_INCIDENT_READ, plain, 0, "Open tasks" },
	{ WEB_POST, BASE "/tasks/:id", PERM_INCIDENT_EDIT, act, 0, "act = done, pin (pin, reason), unpin" },
	{ WEB_GET, BASE "/settings", PERM_INCIDENT_READ, settings, 0, "How soon each outcome's actions are due" },
	{ WEB_POST, BASE "/settings", PERM_ADMIN, save, 0, "Hours of each action: due_0, due_1 …" },
	{ 0 },
};

const struct web_undo decision_task_undos[] = {
	{ "decision.task.done", PERM_INCIDENT_EDIT, undo_done },
	{ "decision.task.pin", PERM_INCIDENT_EDIT, undo_pin },
	{ 0 },
};
