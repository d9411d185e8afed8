/* SPDX-License-Identifier: Apache-2.0 */
/* scanner_web.c - /telescope/scanners: lists of those who scan openly. */
#include "base/arena.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "http/http.h"
#include "observation/observe.h"
#include "observation/scanner_store.h"
#include "web/web.h"

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct scanner_row *s;
	size_t n;

	TRY(scanner_rows(w->db, w->a, &s, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		value_set_int(w->a, o, "id", s[i].id);
		value_set_text(w->a, o, "name", s[i].name);
		value_set_int(w->a, o, "networks", s[i].networks);
		web_set_time(w, o, "changed_at", s[i].changed_at);
		value_set_text(w->a, o, "@networks", i18n_number(w->a, s[i].networks));
		value_set_text(w->a, o, "@action", arena_printf(w->a, "/telescope/scanners/%lld", (long long)s[i].id));
	}
	value_set_bool(w->a, w->ui, "any", n > 0);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_TELESCOPE_EDIT));
	observe_tabs(w, "/telescope/noticed");
	return problems_any(&w->problems) ? web_again(w, "scanners", N_("Open scanners")) : web_page(w, "scanners", N_("Open scanners"));
}

static enum err
add(struct web *w)
{
	const char *name = web_line(w, "name", SCANNER_NAME), *text = web_body(w, "list", LIMIT_MIB(1));
	struct scanner_list l = { .name = "" };

	if (!problems_any(&w->problems)) {
		enum err e = scanner_parse(w->a, str_of(text), &l);

		if (e != OK)
			web_problem(w, "list", e == ERR_LIMIT ? N_("These are too many networks.") : N_("There is no network in this list."));
		if (*name != '\0')
			l.name = name;
		else if (e == OK && *l.name == '\0')
			web_problem(w, "name", N_("Give it a name."));
	}
	if (problems_any(&w->problems))
		return list(w);
	TRY(scanner_keep(w->db, w->a, &l, web_actor(w)));
	return web_redirect(w, "/telescope/scanners", N_("Saved"), 0);
}

static enum err
drop(struct web *w)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(scanner_drop(w->db, w->a, id, web_actor(w)));
	return web_redirect(w, "/telescope/scanners", N_("Deleted"), 0);
}

const struct web_route scanner_routes[] = {
	{ WEB_GET, "/telescope/scanners", PERM_TELESCOPE_READ, list, 0, "Lists of those who scan openly", NULL },
	{ WEB_POST, "/telescope/scanners", PERM_TELESCOPE_EDIT, add, 0, "Take in such a list, or a newer one of the same name", NULL },
	{ WEB_POST, "/telescope/scanners/:id", PERM_TELESCOPE_EDIT, drop, 0, "Delete one of them", NULL },
	{ 0 },
};
