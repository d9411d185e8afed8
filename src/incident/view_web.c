/* SPDX-License-Identifier: Apache-2.0 */
/* view_web.c - save and delete views of the inbox and of the incidents. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "incident/view_store.h"
#include "web/web.h"

static const char *const pages[] = { "inbox", "incidents", "takedowns", NULL };

static const char *
address(struct web *w, const char *page, const char *query)
{
	return arena_printf(w->a, "/%s%s%s", page, *query == '\0' ? "" : "?", query);
}

/* The team's views are for those who may decide. */
static enum err
save(struct web *w)
{
	const char *page = web_choice(w, "page", pages, true);
	const char *name = web_need_line(w, "name", 40);
	const char *query = web_line(w, "query", LIMIT_HTTP_TARGET);
	bool team = strcmp(web_form(w, "team"), "1") == 0;
	struct value *p = value_object(w->a);
	int64_t id;

	if (problems_any(&w->problems))
		return ERR_INVALID;
	if (team && !auth_allows(&w->auth, PERM_REPORT_EDIT))
		return ERR_DENIED;
	TRY(view_add(w->db, page, team ? 0 : w->user->id, name, query, &id));
	value_set_text(w->a, p, "page", page);
	value_set_text(w->a, p, "name", name);
	TRY(web_journal(w, "view.save", "view", id, p));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, address(w, page, query), N_("View saved"));
}

static enum err
take_away(struct web *w)
{
	struct value *p = value_object(w->a);
	struct view v;
	int64_t id, undo;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(view_get(w->db, w->a, id, w->user->id, &v));
	if (v.team && !auth_allows(&w->auth, PERM_REPORT_EDIT))
		return ERR_DENIED;
	TRY(view_delete(w->db, id));
	value_set_text(w->a, p, "page", v.page);
	value_set_text(w->a, p, "name", v.name);
	value_set_text(w->a, p, "query", v.query);
	value_set_bool(w->a, p, "team", v.team);
	TRY(web_journal(w, "view.delete", "view", id, p));
	TRY(web_add_undo(w, "view.delete", p, &undo));
	return web_redirect(w, address(w, v.page, ""), N_("View deleted"), undo);
}

static enum err
undo_delete(struct web *w, const struct value *p)
{
	int64_t id;

	return view_add(w->db, value_cstr(value_get(p, "page")),
	    value_true(value_get(p, "team")) ? 0 : w->user->id, value_cstr(value_get(p, "name")),
	    value_cstr(value_get(p, "query")), &id);
}

const struct web_route view_routes[] = {
	{ WEB_POST, "/views", PERM_REPORT_READ, save, 0, "Save a view: page, name, query, team" },
	{ WEB_POST, "/views/:id/delete", PERM_REPORT_READ, take_away, 0, "Delete a saved view" },
	{ 0 },
};

const struct web_undo view_undos[] = {
	{ "view.delete", PERM_REPORT_READ, undo_delete },
	{ 0 },
};
