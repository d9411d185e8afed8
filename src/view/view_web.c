/* SPDX-License-Identifier: Apache-2.0 */
/* view_web.c - save, rename, order and delete views. */
#include "view/view_web.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "http/http.h"
#include "view/view.h"
#include "web/web.h"

#define NAME 40 /* characters */

/* Tabs */

enum err
view_web_tabs(struct web *w, const char *page, const struct view_ready *ready, size_t n, const char *context,
    struct view_tab **ret, size_t *ret_n)
{
	struct view_tab *tab;
	struct view *saved;
	size_t more;

	TRY(view_list(w->db, w->a, page, w->user->id, &saved, &more));
	tab = arena_many(w->a, struct view_tab, n + more + 1);
	for (size_t i = 0; i < n; i++)
		tab[i] = (struct view_tab){ web_tr(w, context, ready[i].label), ready[i].query, ready[i].late, NULL, NULL };
	for (size_t i = 0; i < more; i++)
		tab[n + i] = (struct view_tab){ saved[i].name, saved[i].query, false, NULL, &saved[i] };
	*ret = tab;
	*ret_n = n + more;
	return OK;
}

/* What may be done with the present one. */
static void
set_present(struct web *w, const struct view *v)
{
	struct value *o;

	if (v->team && !auth_allows(&w->auth, PERM_REPORT_EDIT))
		return;
	o = value_set_object(w->a, w->ui, "present_view");
	value_set_text(w->a, o, "name", v->name);
	value_set_bool(w->a, o, "team", v->team);
	value_set_text(w->a, o, "action", arena_printf(w->a, "/views/%lld", (long long)v->id));
}

void
view_web_set(struct web *w, const char *page, const char *present, const struct view_tab *tab, size_t n)
{
	struct value *list = value_set_list(w->a, w->ui, "views");
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, list);
		bool current = strcmp(tab[i].query, present) == 0, some = tab[i].count != NULL && *tab[i].count != '\0' && strcmp(tab[i].count, "0") != 0;

		value_set_text(w->a, o, "href", view_address(w->a, page, tab[i].query));
		value_set_text(w->a, o, "label", tab[i].label);
		value_set_text(w->a, o, "count", tab[i].count);
		value_set_bool(w->a, o, "has_count", some);
		value_set_bool(w->a, o, "late", tab[i].late && some);
		value_set_bool(w->a, o, "current", current && !found);
		value_set_bool(w->a, o, "mine", tab[i].saved != NULL && !tab[i].saved->team);
		if (current && !found && tab[i].saved != NULL)
			set_present(w, tab[i].saved);
		found = found || current;
	}
	value_set_text(w->a, w->ui, "view_page", page);
	value_set_text(w->a, w->ui, "view_query", present);
	value_set_bool(w->a, w->ui, "save_view", !found);
	value_set_bool(w->a, w->ui, "may_team", auth_allows(&w->auth, PERM_REPORT_EDIT));
}

const char *
view_web_present(struct web *w)
{
	struct buf *b = buf_new(w->a, LIMIT_HTTP_TARGET * 4);

	for (size_t i = 0; i < w->request->queries; i++) {
		const struct http_field *q = &w->request->query[i];

		if (str_is(q->name, "page") || str_is(q->name, "at") || str_is(q->name, "lang") || str_is(q->name, "limit") ||
		    q->value.n == 0)
			continue;
		buf_printf(b, "%s%s=%s", b->n == 0 ? "" : "&", web_escape(w, arena_cstr(w->a, q->name)),
		    web_escape(w, arena_cstr(w->a, q->value)));
	}
	return buf_cstr(w->a, b);
}

/* Changing */

static enum err
journal(struct web *w, const char *action, const struct view *v, int64_t id)
{
	struct value *p = value_object(w->a);

	value_set_text(w->a, p, "page", v->page);
	value_set_text(w->a, p, "name", v->name);
	value_set_text(w->a, p, "query", v->query);
	value_set_bool(w->a, p, "team", v->team);
	return web_journal(w, action, "view", id, p);
}

static const char *
need_page(struct web *w)
{
	const char *name = web_form(w, "page");
	const struct view_page *p = view_page_find(name);

	if (p == NULL)
		web_problem(w, "page", N_("This choice does not exist. Choose one of the list."));
	return p == NULL || !auth_allows(&w->auth, p->perm) ? NULL : p->name;
}

/* The team's views are for those who may decide. */
static enum err
save(struct web *w)
{
	struct view v = { .page = need_page(w), .name = web_need_line(w, "name", NAME),
		.query = web_line(w, "query", LIMIT_HTTP_TARGET), .team = strcmp(web_form(w, "team"), "1") == 0 };
	int64_t id;

	if (problems_any(&w->problems))
		return ERR_INVALID;
	if (v.page == NULL || (v.team && !auth_allows(&w->auth, PERM_REPORT_EDIT)))
		return ERR_DENIED;
	TRY(view_add(w->db, v.page, v.team ? 0 : w->user->id, v.name, v.query, &id));
	TRY(journal(w, "view.save", &v, id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, view_address(w->a, v.page, v.query), N_("View saved"));
}

static enum err
of_path(struct web *w, struct view *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(view_get(w->db, w->a, id, w->user->id, ret));
	return ret->team && !auth_allows(&w->auth, PERM_REPORT_EDIT) ? ERR_DENIED : OK;
}

static enum err
take_away(struct web *w)
{
	struct value *p = value_object(w->a);
	struct view v;
	int64_t undo;

	TRY(of_path(w, &v));
	TRY(view_delete(w->db, v.id));
	TRY(journal(w, "view.delete", &v, v.id));
	value_set_text(w->a, p, "page", v.page);
	value_set_text(w->a, p, "name", v.name);
	value_set_text(w->a, p, "query", v.query);
	value_set_bool(w->a, p, "team", v.team);
	value_set_int(w->a, p, "position", v.position);
	TRY(web_add_undo(w, "view.delete", p, &undo));
	return web_redirect(w, view_address(w->a, v.page, ""), N_("View deleted"), undo);
}

static enum err
undo_delete(struct web *w, const struct value *p)
{
	struct view v = { .page = value_cstr(value_get(p, "page")), .name = value_cstr(value_get(p, "name")),
		.query = value_cstr(value_get(p, "query")), .team = value_true(value_get(p, "team")) };
	int64_t id;

	TRY(view_add(w->db, v.page, v.team ? 0 : w->user->id, v.name, v.query, &id));
	TRY(view_place(w->db, id, value_integer(value_get(p, "position"))));
	return journal(w, "view.save", &v, id);
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "rename", "left", "right", NULL };
	const char *act = web_choice(w, "act", acts, true), *name = web_line(w, "name", NAME);
	struct view v;

	TRY(of_path(w, &v));
	if (strcmp(act, "rename") == 0)
		name = web_need_line(w, "name", NAME);
	if (problems_any(&w->problems))
		return ERR_INVALID;
	if (strcmp(act, "rename") != 0) {
		TRY(view_move(w->db, &v, w->user->id, strcmp(act, "left") == 0));
		TRY(journal(w, "view.move", &v, v.id));
		return web_redirect(w, view_address(w->a, v.page, v.query), NULL, 0);
	}
	enum err e = view_rename(w->db, &v, w->user->id, name);

	if (e == ERR_EXISTS && !w->json)
		return web_redirect(w, view_address(w->a, v.page, v.query), N_("There is a view of this name already"), 0);
	TRY(e);
	v.name = name;
	TRY(journal(w, "view.rename", &v, v.id));
	return web_redirect(w, view_address(w->a, v.page, v.query), N_("View renamed"), 0);
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	const char *page = web_query(w, "page");
	struct view *v;
	size_t n;
	int64_t total = 0;

	w->json = true;
	TRY(view_search(w->db, w->a, STR_NULL, w->user->id, 1000, &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct view_page *p = view_page_find(v[i].page);

		if ((*page != '\0' && strcmp(page, v[i].page) != 0) || p == NULL || !auth_allows(&w->auth, p->perm))
			continue;
		struct value *o = value_add_object(w->a, items);

		value_set_int(w->a, o, "id", v[i].id);
		value_set_text(w->a, o, "page", v[i].page);
		value_set_text(w->a, o, "name", v[i].name);
		value_set_text(w->a, o, "query", v[i].query);
		value_set_text(w->a, o, "href", view_address(w->a, v[i].page, v[i].query));
		value_set_bool(w->a, o, "team", v[i].team);
		total++;
	}
	value_set_int(w->a, w->data, "total", total);
	return OK;
}

const struct web_route view_routes[] = {
	{ WEB_GET, "/views", PERM_REPORT_READ, list, 0, "The saved views of the team and mine: page" },
	{ WEB_POST, "/views", PERM_REPORT_READ, save, 0, "Save a view: page, name, query, team" },
	{ WEB_POST, "/views/:id", PERM_REPORT_READ, change, 0, "act = rename (name), left, right" },
	{ WEB_POST, "/views/:id/delete", PERM_REPORT_READ, take_away, 0, "Delete a saved view" },
	{ 0 },
};

const struct web_undo view_undos[] = {
	{ "view.delete", PERM_REPORT_READ, undo_delete },
	{ 0 },
};
