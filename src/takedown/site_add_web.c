/* SPDX-License-Identifier: Apache-2.0 */
/* site_add_web.c - URLs to the board, and the sites of an incident on its page. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "job/job.h"
#include "takedown/board_page.h"
#include "takedown/site_store.h"

#define LINES 1000 /* URLs at once */
#define SHOWN 50   /* on the page of an incident */

struct lines {
	struct site site[LINES];
	size_t n;
};

/* Every line that is none is said, with its number. */
static void
read_line(struct web *w, struct str line, size_t number, struct lines *ret)
{
	enum err e;

	if (ret->n == LINES) {
		problems_add(&w->problems, "urls", N_("These are more than {value} lines. Add them in parts."), i18n_number(w->a, LINES));
		return;
	}
	e = site_read(w->a, line, &ret->site[ret->n]);
	if (e == OK) {
		ret->n++;
		return;
	}
	problems_add(&w->problems, "urls",
	    e == ERR_LIMIT ? N_("This line is too long for a URL: {value}") : N_("This line is no URL, host or address: {value}"),
	    arena_printf(w->a, "%zu: %s", number, arena_cstr(w->a, str_take(line, 80))));
}

static struct lines *
read_urls(struct web *w)
{
	struct lines *ret = arena_one(w->a, struct lines);
	size_t n, number = 0;
	const char *const *all = web_form_all(w, "urls", &n);

	for (size_t i = 0; i < n; i++) {
		struct str text = str_of(all[i]), line;

		while (str_line(&text, &line)) {
			number++;
			line = str_trim(line);
			if (line.n > 0 && ret->n <= LINES && w->problems.n < 50)
				read_line(w, line, number, ret);
		}
	}
	if (ret->n == 0 && !problems_any(&w->problems))
		web_problem(w, "urls", N_("Write at least one URL, one a line."));
	return ret;
}

/* The incident that was named; 0: none was, one is made. */
static enum err
named_incident(struct web *w, struct incident *ret)
{
	const char *ref = web_line(w, "incident", 40);
	bool visible = false;

	*ret = (struct incident){ 0 };
	if (*ref == '\0')
		return OK;
	enum err e = incident_by_ref(w->db, w->a, str_of(ref), ret);

	if (e == OK && ret->merged_into != 0)
		e = incident_get(w->db, w->a, ret->merged_into, ret);
	if (e == OK)
		TRY(incident_visible(w->db, ret, w->user, &visible));
	else if (e != ERR_NOT_FOUND)
		return e;
	if (!visible)
		web_problem(w, "incident", N_("There is no incident of this number. Write it as INC-2026-00042."));
	return OK;
}

static enum err
new_incident(struct web *w, const char *brand, const struct site *s, int64_t *ret)
{
	const char *ref;
	const char *host = url_defang(w->a, str_of(s->host));
	const char *what = *brand == '\0' ? host : arena_printf(w->a, "%s %s", brand, host);

	return incident_add(w->db, w->a,
	    &(struct incident_new){
		.title = web_trf(w, NULL, N_("Phishing: {value}"), I18N_ARGS({ "value", what })),
		.rsit = "fraud/phishing",
		.owner_id = w->user->id,
		.domestic = true,
		.actor = w->user->id,
		.actor_name = w->user->name,
	    },
	    w->now, ret, &ref);
}

static enum err
add_all(struct web *w, struct lines *l, const struct incident *named, bool each, struct value *undo, int64_t *ret_new)
{
	struct value *list = value_set_list(w->a, w->data, "items"), *back = value_set_list(w->a, undo, "sites");
	const char *brand = web_line(w, "brand", LIMIT_NAME);
	int64_t incident = named->id;

	for (size_t i = 0; i < l->n; i++) {
		struct site *s = &l->site[i];
		int64_t id;
		bool made;

		if (named->id == 0 && (each || i == 0))
			TRY(new_incident(w, brand, s, &incident));
		s->incident_id = incident;
		s->brand = brand;
		s->prior = web_line(w, "prior", 2000);
		s->lure = web_line(w, "lure", 20);
		s->reported_at = w->now;
		s->owner_id = w->user->id;
		TRY(site_add(w->db, w->a, s, w->now, web_actor(w), &id, &made));
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "id", id);
		value_set_text(w->a, o, "url", s->url);
		value_set_bool(w->a, o, "new", made);
		if (made)
			value_add(w->a, back, value_int(w->a, id));
		*ret_new += made;
	}
	return job_add(w->db, w->a, &(struct job_new){ .kind = "takedown.check", .key = "every:takedown.check" }, w->now, NULL);
}

static void
set_form(struct web *w)
{
	static const struct web_option ways[] = {
		{ "site", N_("One incident for each site") },
		{ "one", N_("One incident for all") },
		{ 0 },
	};

	web_options(w, "as", NULL, ways, *web_form(w, "as") == '\0' ? "site" : web_form(w, "as"));
	site_page_options(w, "@lures", site_lures, web_tr(w, NULL, N_("unknown")), web_form(w, "lure"));
}

static enum err
form(struct web *w)
{
	web_fill(w, "incident", web_query(w, "incident"));
	set_form(w);
	return web_again(w, "takedown_new", N_("Add URLs"));
}

static enum err
add(struct web *w)
{
	static const char *const ways[] = { "site", "one", NULL };
	const char *as = web_choice(w, "as", ways, false);
	struct value *undo = value_object(w->a);
	struct lines *l = read_urls(w);
	struct incident named;
	int64_t added = 0, undo_id = 0;

	(void)web_line(w, "brand", LIMIT_NAME);
	if (*web_form(w, "lure") != '\0' && !word_has(site_lures, web_form(w, "lure")))
		web_problem(w, "lure", N_("This choice does not exist. Choose one of the list."));
	TRY(named_incident(w, &named));
	if (problems_any(&w->problems)) {
		set_form(w);
		return web_again(w, "takedown_new", N_("Add URLs"));
	}
	TRY(add_all(w, l, &named, strcmp(as, "one") != 0, undo, &added));
	value_set_int(w->a, w->data, "added", added);
	if (added > 0)
		TRY(web_add_undo(w, "takedown.add", undo, &undo_id));
	const char *back = named.id != 0 ? arena_printf(w->a, "/incidents/%s#sites", named.ref) : "/takedowns?sort=-reported";

	if (w->json)
		return web_created(w, back, NULL);
	return web_redirect(w, back, added == 0 ? N_("All of it was there already") : N_("Put on the board"), undo_id);
}

static enum err
undo_add(struct web *w, const struct value *payload)
{
	const struct value *list = value_get(payload, "sites");

	for (size_t i = 0; i < value_count(list); i++) {
		struct site s;
		enum err e = site_get(w->db, w->a, value_integer(value_at(list, i)), w->user, &s);

		if (e == ERR_NOT_FOUND || (e == OK && s.removed_at != 0))
			continue;
		TRY(e);
		TRY(site_remove(w->db, w->a, &s, web_actor(w)));
	}
	return web_redirect(w, "/takedowns", N_("Taken off the board"), 0);
}

/* On the page of an incident: its sites, each with state and clock. */
enum err
site_add_panel(struct web *w, const struct incident *i)
{
	struct value *list = value_set_list(w->a, w->data, "sites");
	struct board_line *line;
	int64_t *ids;
	size_t n;

	TRY(board_of_incident(w->db, w->a, i->id, SHOWN + 1, &ids, &n));
	bool more = n > SHOWN;

	TRY(board_lines(w->db, w->a, ids, more ? SHOWN : n, w->user, &line, &n));
	for (size_t k = 0; k < n; k++)
		site_page_row(w, &line[k], value_add_object(w->a, list));
	value_set_bool(w->a, w->ui, "has_sites", n > 0);
	value_set_text(w->a, w->ui, "sites_more", more ? arena_printf(w->a, "/takedowns?state=all&incident=%s", i->ref) : NULL);
	value_set_text(w->a, w->ui, "sites_href", arena_printf(w->a, "/takedowns?state=all&incident=%s", i->ref));
	return OK;
}

const struct web_route site_add_routes[] = {
	{ WEB_GET, "/takedowns/new", PERM_INCIDENT_EDIT, form, 0, "The form to add URLs" },
	{ WEB_POST, "/takedowns", PERM_INCIDENT_EDIT, add, 0,
	    "Add sites: urls (lines or list), incident (its number) or as = site, one; brand, lure, prior" },
	{ 0 },
};
const struct web_undo site_add_undos[] = {
	{ "takedown.add", PERM_INCIDENT_EDIT, undo_add },
	{ 0 },
};
