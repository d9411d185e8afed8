/* SPDX-License-Identifier: Apache-2.0 */
/* incident_list_web.c - the list of incidents, and acts on many of them. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "http/http_form.h"
#include "incident/category.h"
#include "incident/incident_bulk_store.h"
#include "incident/extract.h"
#include "incident/incident_list.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/report.h"
#include "view/view_web.h"

#define ROWS 50

/* The address's query, as it came. */
static struct str
query_of(struct web *w)
{
	size_t at = str_find_char(w->request->target, '?', 0);

	return at == SIZE_MAX ? STR_NULL : str_skip(w->request->target, at + 1);
}

#define TAB_COUNT 999 /* more than this is "999+" */

static enum err
count_view(struct web *w, void *filter, int64_t *ret)
{
	return incident_list_count(w->db, w->a, filter, w->user, w->now, TAB_COUNT, ret);
}

/* Tabs above the list: ready views, the team's, the person's own. */
static enum err
set_views(struct web *w, const char *present)
{
	static const struct view_ready ready[] = {
		{ NC_("view", "Open"), "", false },
		{ NC_("view", "Mine"), "owner=me", false },
		{ NC_("view", "Nobody's"), "owner=none", false },
		{ NC_("view", "Answers arrived"), "unread=1", false },
		{ NC_("view", "Overdue"), "overdue=1", true },
		{ NC_("view", "Closed"), "state=closed", false },
		{ NC_("view", "All"), "state=all", false },
	};
	struct view_tab *tab;
	size_t n;

	TRY(view_web_tabs(w, "incidents", ready, COUNT(ready), "view", &tab, &n));
	for (size_t k = 0; k < n; k++) {
		struct problems ignored; /* of a view saved long ago */
		struct incident_filter f;
		int64_t count;

		problems_init(&ignored, w->a);
		TRY(incident_filter_read(w->a, str_of(tab[k].query), w->user->id, &ignored, &f));
		TRY(web_memo(w, arena_printf(w->a, "incidents/%lld/%s", (long long)w->user->id, tab[k].query), count_view, &f,
		    &count));
		tab[k].count = count > TAB_COUNT && !incident_filter_is_plain(&f) ? arena_printf(w->a, "%d+", TAB_COUNT)
										 : i18n_number(w->a, count);
	}
	view_web_set(w, "incidents", present, tab, n);
	return OK;
}

static void
chip(struct web *w, const char *name, const char *label)
{
	struct value *list = value_child(w->ui, "chips");
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "remove_href", web_with(w, name, NULL));
}

static void
set_chips(struct web *w, const struct incident_filter *f)
{
	(void)value_set_list(w->a, w->ui, "chips");
	if (f->state == NULL)
		chip(w, "state", web_tr(w, "view", NC_("view", "All")));
	else if (strcmp(f->state, "closed") == 0)
		chip(w, "state", web_tr(w, "view", NC_("view", "Closed")));
	if (f->phase != NULL)
		chip(w, "phase", web_tr(w, "phase", incident_label(incident_phases, f->phase)));
	if (f->category != NULL)
		chip(w, "category", category_now_label(w->lang, f->category));
	if (f->priority != NULL)
		chip(w, "priority", incident_priority_text(w, f->priority));
	if (f->tlp != NULL)
		chip(w, "tlp", arena_printf(w->a, "TLP:%s", f->tlp));
	if (f->owner == 0)
		chip(w, "owner", web_tr(w, "view", NC_("view", "Nobody's")));
	else if (f->owner == w->user->id)
		chip(w, "owner", web_tr(w, "view", NC_("view", "Mine")));
	else if (f->owner > 0) {
		struct user u;

		chip(w, "owner", user_get(w->db, w->a, f->owner, &u) == OK ? u.name : "?");
	}
	if (f->domestic >= 0)
		chip(w, "origin",
		    web_tr(w, NULL, f->domestic != 0 ? N_("reported at home") : N_("reported from abroad")));
	if (f->ics)
		chip(w, "ics", web_tr(w, "fact", NC_("fact", "Control systems")));
	if (f->targeted)
		chip(w, "targeted", web_tr(w, "fact", NC_("fact", "Targeted attack")));
	if (f->overdue)
		chip(w, "overdue", web_tr(w, "view", NC_("view", "Overdue")));
	if (f->unread)
		chip(w, "unread", web_tr(w, "view", NC_("view", "Answers arrived")));
}

static struct value *
options(struct web *w, const char *key)
{
	struct value *list = value_set_list(w->a, w->ui, key);

	incident_option(w, list, "", web_tr(w, NULL, N_("any")), false);
	return list;
}

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static enum err
set_filters(struct web *w, const struct incident_filter *f)
{
	static const char *const tlps[] = { "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR" };
	struct value *states = value_set_list(w->a, w->ui, "@states");
	struct value *phases = options(w, "@phases"), *categories = options(w, "@categories");
	struct value *priorities = options(w, "@priorities"), *tlp = options(w, "@tlps");
	struct value *origins = options(w, "@origins"), *owners = options(w, "@filter_owners");
	struct user *people;
	size_t n;

	incident_option(w, states, "open", web_tr(w, "view", NC_("view", "Open")), is(f->state, "open"));
	incident_option(w, states, "closed", web_tr(w, "view", NC_("view", "Closed")), is(f->state, "closed"));
	incident_option(w, states, "all", web_tr(w, "view", NC_("view", "All")), f->state == NULL);
	for (size_t k = 0; incident_phases[k] != NULL; k++)
		incident_option(w, phases, incident_phases[k],
		    web_tr(w, "phase", incident_label(incident_phases, incident_phases[k])), is(f->phase, incident_phases[k]));
	for (size_t k = 0; category_now_keys[k] != NULL; k++)
		incident_option(w, categories, category_now_keys[k], category_now_label(w->lang, category_now_keys[k]),
		    is(f->category, category_now_keys[k]));
	for (size_t k = 0; report_priorities[k] != NULL; k++)
		incident_option(w, priorities, report_priorities[k], incident_priority_text(w, report_priorities[k]),
		    is(f->priority, report_priorities[k]));
	for (size_t k = 0; k < COUNT(tlps); k++)
		incident_option(w, tlp, tlps[k], arena_printf(w->a, "TLP:%s", tlps[k]), is(f->tlp, tlps[k]));
	incident_option(w, origins, "domestic", web_tr(w, NULL, N_("reported at home")), f->domestic == 1);
	incident_option(w, origins, "overseas", web_tr(w, NULL, N_("reported from abroad")), f->domestic == 0);
	incident_option(w, owners, "me", web_tr(w, "view", NC_("view", "Mine")), f->owner == w->user->id);
	incident_option(w, owners, "none", web_tr(w, "view", NC_("view", "Nobody's")), f->owner == 0);
	TRY(user_list(w->db, w->a, &people, &n));
	for (size_t k = 0; k < n; k++) {
		if (people[k].active && people[k].id != w->user->id)
			incident_option(w, owners, arena_printf(w->a, "%lld", (long long)people[k].id), people[k].name,
			    f->owner == people[k].id);
	}
	struct value *rsits = value_set_list(w->a, w->ui, "@rsits");

	for (size_t k = 0; k < category_count && auth_allows(&w->auth, PERM_INCIDENT_EDIT); k++)
		incident_option(w, rsits, category_list[k].rsit, category_label(w->lang, category_list[k].rsit), false);
	return incident_owner_options(w, "@owners", w->user->id, web_tr(w, NULL, N_("nobody")));
}

static void
add_row(struct web *w, struct value *list, const struct incident_row *r)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "ref", r->ref);
	value_set_text(w->a, o, "title", r->title);
	value_set_str(w->a, o, "@title", extract_defang_text(w->a, str_of(r->title)));
	value_set_text(w->a, o, "state", r->state);
	value_set_text(w->a, o, "phase", r->phase);
	value_set_text(w->a, o, "resolution", r->resolution);
	value_set_text(w->a, o, "rsit", r->rsit);
	value_set_text(w->a, o, "category", r->category);
	value_set_text(w->a, o, "priority", r->priority);
	value_set_text(w->a, o, "tlp", r->tlp);
	value_set_bool(w->a, o, "ics", r->ics);
	value_set_bool(w->a, o, "targeted", r->targeted);
	value_set_bool(w->a, o, "domestic", r->domestic);
	value_set_bool(w->a, o, "restricted", r->restricted);
	value_set_id(w->a, o, "owner_id", r->owner_id);
	value_set_text(w->a, o, "owner", r->owner);
	value_set_text(w->a, o, "parties", r->parties);
	value_set_int(w->a, o, "unread", r->unread);
	value_set_text(w->a, o, "next_action", r->next_action);
	web_set_time(w, o, "due_at", r->due_at);
	web_set_time(w, o, "created_at", r->created_at);
	web_set_time(w, o, "updated_at", r->updated_at);
	web_set_time(w, o, "closed_at", r->closed_at);
	if (w->json)
		return;
	value_set_text(w->a, o, "@href", arena_printf(w->a, "/incidents/%s", r->ref));
	value_set_text(w->a, o, "@category_text", category_now_label(w->lang, r->category));
	value_set_text(w->a, o, "@priority_text", incident_priority_text(w, r->priority));
	value_set_bool(w->a, o, "@high", is(r->priority, "high") || is(r->priority, "urgent"));
	incident_state_badge(w, o, r->state, r->phase, r->resolution);
	incident_clock(w, o, "@due", is(r->state, "closed") ? 0 : r->due_at, false);
}

static void
set_empty(struct web *w, const struct incident_filter *f)
{
	struct value *e = value_set_object(w->a, w->ui, "empty");
	bool plain = incident_filter_is_plain(f);

	value_set_text(w->a, e, "title",
	    plain ? web_tr(w, NULL, N_("No incidents here")) : web_tr(w, NULL, N_("Nothing matches this filter")));
	value_set_text(w->a, e, "text",
	    plain ? web_tr(w, NULL, N_("They come from the inbox: a report that is accepted becomes one."))
		  : web_tr(w, NULL, N_("Take a filter off, or look among the closed ones too.")));
	value_set_text(w->a, e, "href", plain ? "/inbox" : "/incidents");
	value_set_text(w->a, e, "action", plain ? web_tr(w, NULL, N_("To the inbox")) : web_tr(w, NULL, N_("Without filters")));
}

static enum err
list(struct web *w)
{
	struct web_list l = web_list(w, ROWS);
	struct incident_filter f;
	struct incident_page page;
	struct incident_row *row;
	struct value *items = value_list(w->a);
	size_t n;

	TRY(incident_filter_read(w->a, query_of(w), w->user->id, &w->problems, &f));
	TRY(incident_list(w->db, w->a, &f, w->user, w->now, l.offset, l.limit, &page));
	TRY(incident_rows(w->db, w->a, page.id, page.n, &row, &n));
	web_set_pages(w, l, page.total, page.estimate);
	value_set(w->a, w->data, "items", items);
	for (size_t k = 0; k < n; k++)
		add_row(w, items, &row[k]);
	if (w->json)
		return problems_any(&w->problems) ? ERR_INVALID : web_page(w, "incidents", N_("Incidents"));
	value_set_text(w->a, w->ui, "q", f.q);
	value_set_text(w->a, w->ui, "total_text", i18n_number(w->a, page.total));
	value_set_text(w->a, w->ui, "summary",
	    i18n_fill(w->a, i18n_plural(w->lang, NULL, "{n} incident", "{n} incidents", page.total),
		I18N_ARGS({ "n", i18n_number(w->a, page.total) })));
	value_set_text(w->a, w->ui, "query", view_web_present(w));
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	if (n == 0)
		set_empty(w, &f);
	set_chips(w, &f);
	TRY(set_filters(w, &f));
	TRY(set_views(w, view_web_present(w)));
	struct value *hidden = value_set_list(w->a, w->ui, "hidden");

	for (size_t k = 0; k < w->request->queries; k++) {
		const struct http_field *q = &w->request->query[k];

		if (str_is(q->name, "q") || str_is(q->name, "page") || str_is(q->name, "lang"))
			continue;
		struct value *o = value_add_object(w->a, hidden);

		value_set_str(w->a, o, "name", q->name);
		value_set_str(w->a, o, "value", q->value);
	}
	return web_again(w, "incidents", N_("Incidents"));
}

/* Acts on many */

/* The chosen ones: ticked, or all of the list of "query". */
static enum err
chosen(struct web *w, int64_t **ret, size_t *ret_n)
{
	size_t n;
	const char *const *refs = web_form_all(w, "ref", &n);
	int64_t *ids;

	*ret_n = 0;
	if (strcmp(web_form(w, "all"), "1") == 0) {
		struct incident_filter f;
		struct incident_page page;

		TRY(incident_filter_read(w->a, web_form_str(w, "query"), w->user->id, &w->problems, &f));
		TRY(incident_list(w->db, w->a, &f, w->user, w->now, 0, LIMIT_BULK + 1, &page));
		if (page.n > LIMIT_BULK)
			problems_add(&w->problems, "all",
			    N_("These are more than {value}. Narrow the filter and do it in parts."),
			    i18n_number(w->a, LIMIT_BULK));
		*ret = page.id;
		*ret_n = page.n;
		return OK;
	}
	ids = arena_many(w->a, int64_t, n + 1);
	for (size_t k = 0; k < n; k++) {
		struct incident i;
		bool visible = false;
		enum err e = incident_by_ref(w->db, w->a, str_of(refs[k]), &i);

		if (e == OK)
			e = incident_visible(w->db, &i, w->user, &visible);
		if (e != OK && e != ERR_NOT_FOUND)
			return e;
		if (visible && i.merged_into == 0)
			ids[(*ret_n)++] = i.id;
	}
	*ret = ids;
	return OK;
}

static enum err
bulk_owner(struct web *w, int64_t *ret)
{
	struct user u;

	*ret = web_form_int(w, "owner", 1, INT64_MAX, 0);
	if (*ret == 0)
		return OK;
	enum err e = user_get(w->db, w->a, *ret, &u);

	if (e == ERR_NOT_FOUND)
		web_problem(w, "owner", N_("This choice does not exist. Choose one of the list."));
	else
		return e;
	return OK;
}

#define CLASS_MAX 1000 /* each is counted and indexed again, while everybody waits to write */

static const char *
bulk_rsit(struct web *w, size_t n)
{
	const struct category *c = category_find(web_form(w, "rsit"));

	if (n > CLASS_MAX)
		problems_add(&w->problems, "all", N_("These are more than {value}. Narrow the filter and do it in parts."),
		    i18n_number(w->a, CLASS_MAX));
	if (c == NULL)
		web_problem(w, "rsit", N_("This choice does not exist. Choose one of the list."));
	return c == NULL ? NULL : c->rsit;
}

static enum err
bulk(struct web *w)
{
	static const char *const acts[] = { "assign", "take", "priority", "class", NULL };
	const char *act = web_choice(w, "act", acts, true);
	const char *back = "/incidents";
	struct value *before = value_object(w->a);
	int64_t *ids, owner = 0, n_changed, undo;
	const char *priority = NULL, *rsit = NULL, *done = N_("Assigned");
	size_t n;

	if (web_form_str(w, "query").n > 0)
		back = web_local(w, str_of(arena_printf(w->a, "/incidents?%s", web_form(w, "query"))), back);
	TRY(chosen(w, &ids, &n));
	if (n == 0 && !problems_any(&w->problems))
		web_problem(w, "ref", N_("Nothing is selected. Tick some rows first."));
	if (strcmp(act, "priority") == 0)
		priority = web_choice(w, "priority", report_priorities, true);
	else if (strcmp(act, "class") == 0)
		rsit = bulk_rsit(w, n);
	else if (strcmp(act, "take") == 0)
		owner = w->user->id;
	else
		TRY(bulk_owner(w, &owner));
	if (problems_any(&w->problems)) {
		if (w->json)
			return ERR_INVALID;
		return web_redirect(w, back, w->problems.first->message, 0);
	}
	if (priority != NULL)
		TRY(incident_bulk_priority(w->db, w->a, ids, n, priority, web_actor(w), before, &n_changed));
	else if (rsit != NULL)
		TRY(incident_bulk_rsit(w->db, w->a, ids, n, rsit, web_actor(w), before, &n_changed));
	else
		TRY(incident_bulk_owner(w->db, w->a, ids, n, owner, web_actor(w), before, &n_changed));
	value_set_int(w->a, w->data, "changed", n_changed);
	TRY(web_add_undo(w, "incident.bulk", before, &undo));
	if (priority != NULL)
		done = N_("Priority changed");
	else if (rsit != NULL)
		done = N_("Class changed");
	return web_redirect(w, back, done, undo);
}

static enum err
undo_bulk(struct web *w, const struct value *p)
{
	TRY(incident_bulk_undo(w->db, w->a, p, web_actor(w)));
	return web_redirect(w, "/incidents", N_("Taken back"), 0);
}

const struct web_undo incident_list_undos[] = {
	{ "incident.bulk", PERM_INCIDENT_EDIT, undo_bulk },
	{ 0 },
};

const struct web_route incident_list_routes[] = {
	{ WEB_GET, "/incidents", PERM_INCIDENT_READ, list, 0,
	    "Incidents: state, phase, category, priority, tlp, owner, origin, ics, targeted, overdue, unread, q, sort, page, limit" },
	{ WEB_POST, "/incidents/bulk", PERM_INCIDENT_EDIT, bulk, 0,
	    "Change many: ref (list) or all=1 with query; act = assign (owner), priority (priority), class (rsit)" },
	{ 0 },
};
