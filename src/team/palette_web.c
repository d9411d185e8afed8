/* SPDX-License-Identifier: Apache-2.0 */
/*
 * palette_web.c - /palette: what the key Ctrl K leads to besides the page's own
 * acts. A few of each kind; what one may not see is not there.
 */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "directory/organisation.h"
#include "incident/extract.h"
#include "incident/search_store.h"
#include "takedown/board_store.h"
#include "team/palette_store.h"
#include "team/team_web.h"
#include "view/view.h"
#include "view/view_store.h"

#define FEW 5	    /* of one kind */
#define WORDS 8	    /* reports, incidents and letters together */
#define SHOWN 80    /* characters of a label */

static const struct {
	const char *label, *href;
	enum perm perm;
} places[] = {
	{ N_("Home"), "/home", PERM_SIGNED_IN },
	{ N_("Next of my work"), "/next", PERM_SIGNED_IN },
	{ N_("Inbox"), "/inbox", PERM_REPORT_READ },
	{ N_("My reports"), "/inbox?state=all&owner=me", PERM_REPORT_READ },
	{ N_("Late answers"), "/inbox?due=late&sort=due", PERM_REPORT_READ },
	{ N_("Record a call or fax"), "/inbox/new", PERM_REPORT_EDIT },
	{ N_("Incidents"), "/incidents", PERM_INCIDENT_READ },
	{ N_("New incident"), "/incidents/new", PERM_INCIDENT_EDIT },
	{ N_("Phishing"), "/takedowns", PERM_INCIDENT_READ },
	{ N_("Add URLs"), "/takedowns/new", PERM_INCIDENT_EDIT },
	{ N_("Notify"), "/takedowns/notify", PERM_SEND },
	{ N_("Brands"), "/takedowns/brands", PERM_INCIDENT_READ },
	{ N_("Directory"), "/directory", PERM_DIRECTORY_READ },
	{ N_("New organisation"), "/directory/new", PERM_DIRECTORY_EDIT },
	{ N_("Find a contact"), "/directory/find", PERM_DIRECTORY_READ },
	{ N_("Our constituency"), "/directory/constituency", PERM_DIRECTORY_READ },
	{ N_("Contact tests"), "/directory/tests", PERM_DIRECTORY_READ },
	{ N_("Map of relations"), "/directory/map", PERM_DIRECTORY_READ },
	{ N_("Statistics"), "/statistics", PERM_STATISTICS },
	{ N_("Told to you"), "/me/mentions", PERM_SIGNED_IN },
	{ N_("On call"), "/team/on-call", PERM_REPORT_READ },
	{ N_("Hand-over"), "/team/handover", PERM_REPORT_READ },
	{ N_("Write the hand-over"), "/team/handover/new", PERM_REPORT_EDIT },
	{ N_("Watch lists"), "/me/watches", PERM_REPORT_READ },
	{ N_("Snippets"), "/me/snippets", PERM_REPORT_READ },
	{ N_("My settings"), "/me", PERM_SIGNED_IN },
	{ N_("Keyboard shortcuts"), "/keys", PERM_SIGNED_IN },
	{ N_("People"), "/admin/users", PERM_ADMIN },
	{ N_("Settings"), "/admin/settings", PERM_ADMIN },
	{ N_("Ready letters"), "/admin/templates", PERM_ADMIN },
	{ N_("Routing rules"), "/admin/rules", PERM_ADMIN },
	{ N_("Keys"), "/admin/keys", PERM_ADMIN },
	{ N_("Jobs"), "/admin/jobs", PERM_ADMIN },
	{ N_("Journal"), "/admin/journal", PERM_JOURNAL },
};

struct palette {
	struct web *w;
	struct value *list;
	const char *q;
	struct str part; /* folded */
};

static void
add(struct palette *p, const char *kind, const char *group, const char *label, const char *hint, const char *href)
{
	struct value *o = value_add_object(p->w->a, p->list);

	value_set_text(p->w->a, o, "kind", kind);
	value_set_text(p->w->a, o, "group", web_tr(p->w, "palette", group));
	value_set_text(p->w->a, o, "label", label);
	value_set_text(p->w->a, o, "hint", hint);
	value_set_text(p->w->a, o, "href", href);
}

static bool
fits(struct palette *p, const char *text)
{
	return str_find(utf8_fold(p->w->a, str_of(text)), p->part, 0) != SIZE_MAX;
}

/* By its name in either language: the other one is on many keyboards' way. */
static void
add_places(struct palette *p)
{
	struct web *w = p->w;

	for (size_t i = 0; i < COUNT(places); i++) {
		if (auth_allows(&w->auth, places[i].perm) &&
		    (fits(p, web_tr(w, "place", places[i].label)) || fits(p, i18n(LANG_JA, "place", places[i].label)) ||
			fits(p, places[i].label)))
			add(p, "page", N_("Pages"), web_tr(w, "place", places[i].label), NULL, places[i].href);
	}
}

static enum err
add_views(struct palette *p)
{
	struct web *w = p->w;
	struct view *v;
	size_t n;

	TRY(view_search(w->db, w->a, p->part, w->user->id, 3 * FEW, &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct view_page *page = view_page_find(v[i].page);

		if (page != NULL && auth_allows(&w->auth, page->perm))
			add(p, "view", N_("Views"), v[i].name, web_tr(w, "place", page->label),
			    view_address(w->a, v[i].page, v[i].query));
	}
	return OK;
}

static enum err
add_words(struct palette *p)
{
	static const char *const kinds[] = { "report", "incident", "letter" };
	static const char *const groups[] = { N_("Reports"), N_("Incidents"), N_("Letters") };
	struct search_result r = { 0 };
	struct web *w = p->w;

	if (!auth_allows(&w->auth, PERM_REPORT_READ))
		return OK;
	TRY(search_find(w->db, w->a, w->user, p->q, 0, WORDS, 0, &r));
	/* Together by kind: each group has one name. */
	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		for (size_t i = 0; i < r.n; i++) {
			const struct search_hit *h = &r.hit[i];
			bool incident = h->kind == SEARCH_INCIDENT || h->of_incident;

			if ((size_t)h->kind != kind || (incident && !auth_allows(&w->auth, PERM_INCIDENT_READ)))
				continue;
			add(p, kinds[kind], groups[kind],
			    arena_printf(w->a, "%s %s", h->ref,
				arena_cstr(w->a, utf8_take(extract_defang_text(w->a, str_of(h->title)), SHOWN))),
			    NULL, arena_printf(w->a, "/%s/%s", incident ? "incidents" : "inbox", h->ref));
		}
	}
	return OK;
}

/* The board holds all sites in memory. */
static enum err
add_sites(struct palette *p)
{
	struct web *w = p->w;
	struct board_hidden hidden;
	struct problems ignored;
	struct board_filter f;
	struct board_line *line;
	struct board *b;
	int64_t *id;
	size_t n;

	if (!auth_allows(&w->auth, PERM_INCIDENT_READ))
		return OK;
	problems_init(&ignored, w->a);
	TRY(board_filter_read(w->a,
	    str_of(arena_printf(w->a, "state=all&q=%s", web_escape(w, arena_cstr(w->a, url_refang(w->a, str_of(p->q)))))),
	    w->user->id, 0, &ignored, &f));
	TRY(board_shared(w->db, &b));
	TRY(board_hidden(w->db, w->a, w->user, &hidden));
	n = board_newest(b, w->a, &f, hidden, w->now, FEW, &id);
	TRY(board_lines(w->db, w->a, id, n, w->user, &line, &n));
	for (size_t i = 0; i < n; i++)
		add(p, "site", N_("Sites"),
		    arena_cstr(w->a, utf8_take(str_of(url_defang(w->a, str_of(line[i].site.url))), SHOWN)),
		    line[i].site.brand, arena_printf(w->a, "/takedowns/%lld", (long long)line[i].site.id));
	return OK;
}

/* Organisations, contacts and brands. */
static enum err
add_names(struct palette *p)
{
	struct palette_name name[FEW];
	struct web *w = p->w;
	size_t n;

	if (auth_allows(&w->auth, PERM_DIRECTORY_READ)) {
		TRY(palette_organisations(w->db, w->a, p->part, FEW, name, &n));
		for (size_t i = 0; i < n; i++)
			add(p, "organisation", N_("Organisations"),
			    w->lang == LANG_EN && name[i].name_en != NULL ? name[i].name_en : name[i].name,
			    web_tr(w, "directory", word_label(organisation_kinds, name[i].of)),
			    arena_printf(w->a, "/directory/%lld", (long long)name[i].id));
		TRY(palette_contacts(w->db, w->a, p->part, FEW, name, &n));
		for (size_t i = 0; i < n; i++)
			add(p, "contact", N_("Contacts"),
			    w->lang == LANG_EN && name[i].name_en != NULL ? name[i].name_en : name[i].name, name[i].of,
			    arena_printf(w->a, "/directory/%lld", (long long)name[i].id));
	}
	if (!auth_allows(&w->auth, PERM_INCIDENT_READ))
		return OK;
	TRY(palette_brands(w->db, w->a, p->part, FEW, name, &n));
	for (size_t i = 0; i < n; i++)
		add(p, "brand", N_("Brands"), name[i].name, NULL,
		    arena_printf(w->a, "/takedowns?brand=%lld", (long long)name[i].id));
	return OK;
}

static enum err
add_people(struct palette *p)
{
	struct web *w = p->w;
	struct user *people;
	size_t n, shown = 0;

	if (!auth_allows(&w->auth, PERM_INCIDENT_READ))
		return OK;
	TRY(user_list(w->db, w->a, &people, &n));
	for (size_t i = 0; i < n && shown < FEW; i++) {
		if (!people[i].active || (!fits(p, people[i].name) && !fits(p, people[i].email)))
			continue;
		add(p, "person", N_("People"), people[i].name, web_tr(w, "palette", N_("their incidents")),
		    arena_printf(w->a, "/incidents?owner=%lld", (long long)people[i].id));
		shown++;
	}
	return OK;
}

static enum err
palette(struct web *w)
{
	struct palette p = { .w = w, .list = value_set_list(w->a, w->data, "items") };

	p.q = arena_cstr(w->a, utf8_take(utf8_clean_line(w->a, str_of(web_query(w, "q"))), LIMIT_SEARCH));
	p.part = utf8_fold(w->a, str_trim(str_of(p.q)));
	w->json = true;
	TRY(add_views(&p));
	add_places(&p);
	/* One character is in nearly everything. */
	if (utf8_count(p.part) > 1) {
		TRY(add_words(&p));
		TRY(add_sites(&p));
		TRY(add_names(&p));
		TRY(add_people(&p));
	}
	if (*p.q != '\0' && auth_allows(&w->auth, PERM_REPORT_READ))
		add(&p, "search", N_("Search"), web_trf(w, NULL, N_("Search for “{q}”"), I18N_ARGS({ "q", p.q })), NULL,
		    arena_printf(w->a, "/search?q=%s", web_escape(w, p.q)));
	value_set_int(w->a, w->data, "total", (int64_t)value_count(p.list));
	return OK;
}

const struct web_route team_palette_routes[] = {
	{ WEB_GET, "/palette", PERM_SIGNED_IN, palette, 0,
	    "Quick look-up over everything: q; items {kind, group, label, hint, href}" },
	{ 0 },
};
