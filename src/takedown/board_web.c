/* SPDX-License-Identifier: Apache-2.0 */
/* board_web.c - /takedowns: every site, its clock, its route. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "directory/country.h"
#include "directory/organisation.h"
#include "http/http.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "takedown/board_page.h"
#include "takedown/picture_page.h"
#include "takedown/site_store.h"
#include "text/csv.h"
#include "view/view_web.h"

#define ROWS 40
#define GROUPS 100

static struct str
query_of(struct web *w)
{
	size_t at = str_find_char(w->request->target, '?', 0);

	return at == SIZE_MAX ? STR_NULL : str_skip(w->request->target, at + 1);
}

enum err
board_page_filter(struct web *w, struct str query, struct problems *problems, struct board_filter *ret)
{
	const char *ref;
	struct incident i;
	bool visible = false;

	TRY(board_filter_read(w->a, query, w->user->id, zone_offset(w->zone, w->now), problems, ret));
	ref = board_query_value(w->a, query, "incident");
	if (*ref == '\0')
		return OK;
	enum err e = incident_by_ref(w->db, w->a, str_of(ref), &i);

	if (e == OK)
		TRY(incident_visible(w->db, &i, w->user, &visible));
	else if (e != ERR_NOT_FOUND)
		return e;
	ret->incident = visible ? i.id : -1; /* nobody's: nothing matches */
	return OK;
}

/* Tabs */

static const struct view_ready ready[] = {
	{ NC_("board", "Live"), "", false },
	{ NC_("board", "Not asked"), "asked=0", true },
	{ NC_("board", "Waiting"), "asked=1", false },
	{ NC_("board", "There again"), "state=reopened", true },
	{ NC_("board", "Stopped"), "state=stopped&sort=-stopped", false },
	{ NC_("board", "Mine"), "owner=me", false },
	{ NC_("board", "Domestic brands"), "origin=domestic", false },
	{ NC_("board", "Overseas brands"), "origin=overseas", false },
};

static enum err
set_views(struct web *w, struct board *b, struct board_hidden hidden, const char *present)
{
	struct problems ignored; /* of a view saved long ago */
	const struct board_filter **each;
	struct board_filter *filter;
	struct view_tab *tab;
	int64_t *count;
	size_t n;

	TRY(view_web_tabs(w, "takedowns", ready, COUNT(ready), "board", &tab, &n));
	filter = arena_many(w->a, struct board_filter, n);
	each = arena_many(w->a, const struct board_filter *, n);
	count = arena_many(w->a, int64_t, n);
	problems_init(&ignored, w->a);
	for (size_t k = 0; k < n; k++) {
		TRY(board_page_filter(w, str_of(tab[k].query), &ignored, &filter[k]));
		each[k] = &filter[k];
	}
	board_count(b, each, n, hidden, w->now, count);
	for (size_t k = 0; k < n; k++)
		tab[k].count = i18n_number(w->a, count[k]);
	view_web_set(w, "takedowns", present, tab, n);
	return OK;
}

/* Filters that are set, each with a way to take it off */

static void
chip(struct web *w, const char *name, const char *label)
{
	struct value *o = value_add_object(w->a, value_child(w->ui, "chips"));

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "remove_href", web_with(w, name, NULL));
}

static void
word_chip(struct web *w, const char *name, const struct word *list, int place)
{
	if (place >= 0)
		chip(w, name, web_tr(w, NULL, list[place].label));
}

static void
text_chip(struct web *w, const char *name, const char *label, const char *text)
{
	if (text != NULL)
		chip(w, name, arena_printf(w->a, "%s: %s", web_tr(w, NULL, label),
		    *text == '\0' ? web_tr(w, NULL, N_("unknown")) : url_defang(w->a, str_of(text))));
}

static void
set_chips(struct web *w, const struct board_filter *f)
{
	const char *state = web_query(w, "state");
	const char *brand = web_query(w, "brand"), *owner = web_query(w, "owner");

	(void)value_set_list(w->a, w->ui, "chips");
	if (*state != '\0')
		chip(w, "state", strcmp(state, "all") == 0 ? web_tr(w, "board", NC_("board", "All states"))
			: word_has(site_states, state)	   ? site_page_word(w, site_states, state)
							   : state);
	if (f->brand >= 0)
		chip(w, "brand", f->brand == 0 ? web_tr(w, NULL, N_("Brand unknown"))
					       : arena_printf(w->a, "%s %s", web_tr(w, NULL, N_("Brand")), brand));
	if (f->owner == 0)
		chip(w, "owner", web_tr(w, "view", NC_("view", "Nobody's")));
	else if (f->owner > 0)
		chip(w, "owner", f->owner == w->user->id ? web_tr(w, "view", NC_("view", "Mine"))
							 : arena_printf(w->a, "%s %s", web_tr(w, NULL, N_("Owner")), owner));
	if (f->asn >= 0)
		chip(w, "asn", f->asn == 0 ? web_tr(w, NULL, N_("AS unknown")) : arena_printf(w->a, "AS%lld", (long long)f->asn));
	if (f->incident != 0)
		chip(w, "incident", web_query(w, "incident"));
	word_chip(w, "origin", site_origins, f->origin);
	word_chip(w, "sector", organisation_sectors, f->sector);
	word_chip(w, "route", site_routes, f->route);
	if (f->cc != NULL)
		chip(w, "cc", *f->cc == '\0' ? web_tr(w, NULL, N_("Country unknown")) : country_name(w->lang, f->cc));
	text_chip(w, "tld", N_("Top-level domain"), f->tld);
	text_chip(w, "domain", N_("Domain"), f->domain);
	text_chip(w, "host", N_("Host"), f->host);
	if (f->reopened)
		chip(w, "reopened", web_tr(w, NULL, N_("was there again")));
	if (f->asked || f->unasked)
		chip(w, "asked", web_tr(w, "board", f->asked ? NC_("board", "Waiting") : NC_("board", "Not asked")));
	if (f->age > 0)
		chip(w, "age", web_trf(w, NULL, N_("longer than {n} h"), I18N_ARGS({ "n", i18n_number(w->a, f->age) })));
	if (f->day >= 0)
		chip(w, "day", web_query(w, "day"));
}

static enum err
set_filters(struct web *w, const struct board_filter *f)
{
	const char *any = web_tr(w, NULL, N_("any"));
	struct value *states = value_set_list(w->a, w->ui, "@states");
	const char *state = web_query(w, "state");

	incident_option(w, states, "", web_tr(w, "board", NC_("board", "Live")), *state == '\0');
	for (const struct word *s = site_states; s->name != NULL; s++)
		incident_option(w, states, s->name, web_tr(w, NULL, s->label), strcmp(state, s->name) == 0);
	incident_option(w, states, "all", web_tr(w, "board", NC_("board", "All states")), strcmp(state, "all") == 0);
	site_page_options(w, "@origins", site_origins, any, f->origin < 0 ? NULL : site_origins[f->origin].name);
	site_page_options(w, "@sectors", organisation_sectors, any, f->sector < 0 ? NULL : organisation_sectors[f->sector].name);
	site_page_options(w, "@routes", site_routes, any, f->route < 0 ? NULL : site_routes[f->route].name);
	site_page_options(w, "@groups", board_groups, web_tr(w, NULL, N_("no groups")), f->group < 0 ? NULL : board_groups[f->group].name);
	value_set_text(w->a, w->ui, "f_cc", f->cc == NULL ? "" : *f->cc == '\0' ? "none" : f->cc);
	value_set_text(w->a, w->ui, "f_asn", web_query(w, "asn"));
	value_set_text(w->a, w->ui, "f_tld", web_query(w, "tld"));
	value_set_text(w->a, w->ui, "f_domain", web_query(w, "domain"));
	value_set_text(w->a, w->ui, "f_incident", web_query(w, "incident"));
	value_set_text(w->a, w->ui, "f_age", web_query(w, "age"));
	value_set_text(w->a, w->ui, "f_day", web_query(w, "day"));
	value_set_bool(w->a, w->ui, "f_reopened", f->reopened);
	TRY(incident_owner_options(w, "@owners", 0, web_tr(w, NULL, N_("nobody"))));
	struct value *owners = value_set_list(w->a, w->ui, "@filter_owners");
	struct user *people;
	size_t n;

	incident_option(w, owners, "", any, f->owner < 0);
	incident_option(w, owners, "me", web_tr(w, "view", NC_("view", "Mine")), f->owner == w->user->id);
	incident_option(w, owners, "none", web_tr(w, "view", NC_("view", "Nobody's")), f->owner == 0);
	TRY(user_list(w->db, w->a, &people, &n));
	for (size_t k = 0; k < n; k++) {
		if (people[k].active && people[k].id != w->user->id)
			incident_option(w, owners, arena_printf(w->a, "%lld", (long long)people[k].id), people[k].name,
			    f->owner == people[k].id);
	}
	return OK;
}

/* Columns: "cols=checked&cols=owner"; none named = the usual ones. */

static const struct {
	const char *name, *label, *sort;
	bool usual, right;
} columns[] = {
	{ "state", N_("State"), "state", true, false },
	{ "site", N_("Site and brand"), "site", true, false },
	{ "hosted", N_("Hosted"), "cc", true, false },
	{ "route", N_("Route of request"), "route", true, false },
	{ "elapsed", N_("Elapsed"), "elapsed", true, true },
	{ "brand", N_("Brand"), "brand", false, false },
	{ "sector", N_("Sector"), "sector", false, false },
	{ "as", N_("AS"), "asn", false, false },
	{ "reported", N_("Reported"), "reported", false, false },
	{ "checked", N_("Last check"), "checked", false, false },
	{ "stopped", N_("Stopped"), "stopped", false, false },
	{ "days", N_("Business days"), "days", false, true },
	{ "owner", N_("Owner"), "owner", false, false },
	{ "incident", N_("Incident"), NULL, false, false },
};

static bool
column_on(struct web *w, size_t i)
{
	bool on = false;

	if (http_query(w->request, "cols").p == NULL)
		return columns[i].usual;
	for (size_t q = 0; q < w->request->queries; q++)
		on = on || (str_is(w->request->query[q].name, "cols") && str_is(w->request->query[q].value, columns[i].name));
	return on || strcmp(columns[i].name, "site") == 0;
}

static void
set_columns(struct web *w, const struct board_filter *f)
{
	struct value *show = value_set_object(w->a, w->ui, "show"), *list = value_set_list(w->a, w->ui, "cols");
	struct value *heads = value_set_list(w->a, w->ui, "heads");

	for (size_t i = 0; i < COUNT(columns); i++) {
		bool on = column_on(w, i);
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", columns[i].name);
		value_set_text(w->a, o, "label", web_tr(w, NULL, columns[i].label));
		value_set_bool(w->a, o, "checked", on);
		value_set_bool(w->a, show, columns[i].name, on);
		if (!on)
			continue;
		struct value *h = value_add_object(w->a, heads);
		bool sorted = columns[i].sort != NULL && strcmp(board_sorts[f->sort].name, columns[i].sort) == 0;

		value_set_text(w->a, h, "label", web_tr(w, NULL, columns[i].label));
		value_set_bool(w->a, h, "right", columns[i].right);
		value_set_text(w->a, h, "sorted", !sorted ? NULL : f->down ? "descending" : "ascending");
		value_set_text(w->a, h, "href",
		    columns[i].sort == NULL ? NULL
					    : web_with(w, "sort", arena_printf(w->a, "%s%s", sorted && !f->down ? "-" : "", columns[i].sort)));
	}
}

/* Groups */

static void
add_group(struct web *w, struct value *list, const struct board_filter *f, const struct board_group *g)
{
	const char *name = board_groups[f->group].name, *label = g->label, *key = *g->key == '\0' ? "none" : g->key;
	struct value *o = value_add_object(w->a, list);

	if (strcmp(name, "cc") == 0 && *label != '\0')
		label = country_name(w->lang, label);
	else if (strcmp(name, "host") == 0 || strcmp(name, "domain") == 0)
		label = url_defang(w->a, str_of(label));
	else if (strcmp(name, "route") == 0 || strcmp(name, "state") == 0 || strcmp(name, "sector") == 0 || strcmp(name, "origin") == 0)
		label = web_tr(w, NULL, label);
	if (*label == '\0')
		label = strcmp(name, "owner") == 0 ? web_tr(w, NULL, N_("nobody")) : web_tr(w, NULL, N_("unknown"));
	value_set_text(w->a, o, "key", g->key);
	value_set_text(w->a, o, "label", label);
	value_set_int(w->a, o, "total", g->total);
	value_set_int(w->a, o, "live", g->live);
	value_set_int(w->a, o, "stopped", g->stopped);
	value_set_int(w->a, o, "reopened", g->reopened);
	if (g->median >= 0)
		value_set_int(w->a, o, "median_ms", g->median);
	if (w->json)
		return;
	value_set_text(w->a, o, "@total", i18n_number(w->a, g->total));
	value_set_text(w->a, o, "@live", i18n_number(w->a, g->live));
	value_set_text(w->a, o, "@stopped", i18n_number(w->a, g->stopped));
	value_set_text(w->a, o, "@reopened", i18n_number(w->a, g->reopened));
	value_set_text(w->a, o, "@median", site_page_duration(w, g->median));
	const char *with = web_with(w, name, key), *question = strchr(with, '?');
	struct str rest = question == NULL ? STR_NULL : str_of(question + 1), one;
	struct buf *b = buf_new(w->a, LIMIT_HTTP_TARGET * 2);

	buf_text(b, "/takedowns");
	while (str_split(&rest, '&', &one)) { /* the same without "group" */
		if (str_starts(one, STR("group=")))
			continue;
		buf_char(b, strchr(buf_cstr(w->a, b), '?') == NULL ? '?' : '&');
		buf_str(b, one);
	}
	value_set_text(w->a, o, "@href", buf_cstr(w->a, b));
}

static void
set_groups(struct web *w, struct board *b, struct board_hidden hidden, const struct board_filter *f)
{
	struct value *list = value_set_list(w->a, w->data, "groups");
	struct board_group *g;
	int64_t total;
	size_t n = board_group_by(b, w->a, f, hidden, w->now, GROUPS, &g, &total);

	for (size_t k = 0; k < n; k++)
		add_group(w, list, f, &g[k]);
	value_set_int(w->a, w->data, "groups_total", total);
	value_set_text(w->a, w->ui, "group_label", web_tr(w, NULL, board_groups[f->group].label));
	value_set_text(w->a, w->ui, "ungroup_href", web_with(w, "group", NULL));
	if (total > (int64_t)n)
		value_set_text(w->a, w->ui, "groups_more", i18n_number(w->a, total - (int64_t)n));
}

/* The numbers above */

static void
stat(struct web *w, const char *label, const char *value, const char *note, const char *href)
{
	struct value *o = value_add_object(w->a, value_child(w->ui, "stats"));

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "note", note);
	value_set_text(w->a, o, "href", href);
}

static void
set_numbers(struct web *w, struct board *b, struct board_hidden hidden)
{
	int64_t offset = zone_offset(w->zone, w->now) * CLOCK_SECOND;
	int64_t today = (w->now + offset) / CLOCK_DAY * CLOCK_DAY - offset;
	struct board_numbers n;

	board_sum(b, w->a, hidden, w->now, today, &n);
	(void)value_set_list(w->a, w->ui, "stats");
	stat(w, web_tr(w, "board", NC_("board", "Live")), i18n_number(w->a, n.live),
	    web_trf(w, NULL, N_("{n} for more than 24 hours"), I18N_ARGS({ "n", i18n_number(w->a, n.live_long) })),
	    "/takedowns?age=24");
	stat(w, web_tr(w, NULL, N_("Stopped today")), i18n_number(w->a, n.stopped),
	    n.median < 0 ? "" : web_trf(w, NULL, N_("after {time} (median)"), I18N_ARGS({ "time", site_page_duration(w, n.median) })),
	    "/takedowns?state=stopped&sort=-stopped");
	stat(w, web_tr(w, "board", NC_("board", "There again")), i18n_number(w->a, n.reopened), "", "/takedowns?state=reopened");
	stat(w, web_tr(w, "board", NC_("board", "Not asked")), i18n_number(w->a, n.unasked), "", "/takedowns?asked=0");
}

static enum err
set_pane(struct web *w)
{
	int64_t id = web_query_int(w, "site", 1, INT64_MAX, 0);
	struct board_line *line;
	size_t n;

	if (id == 0)
		return OK;
	TRY(board_lines(w->db, w->a, &id, 1, w->user, &line, &n));
	if (n == 0)
		return OK;
	struct value *pane = value_set_object(w->a, w->ui, "pane");

	struct site s;

	site_page_row(w, &line[0], pane);
	TRY(site_get(w->db, w->a, id, w->user, &s));
	TRY(picture_page_compare(w, pane, &s));
	return site_page_checks(w, id, 5, pane);
}

static void
set_empty(struct web *w, bool plain)
{
	struct value *e = value_set_object(w->a, w->ui, "empty");

	value_set_text(w->a, e, "title", plain ? web_tr(w, NULL, N_("No live sites")) : web_tr(w, NULL, N_("Nothing matches this filter")));
	value_set_text(w->a, e, "text",
	    plain ? web_tr(w, NULL, N_("They come from phishing reports in the inbox, or are added here by their URLs."))
		  : web_tr(w, NULL, N_("Take a filter off, or look among all states.")));
	value_set_text(w->a, e, "href", plain ? "/takedowns/new" : "/takedowns");
	value_set_text(w->a, e, "action", plain ? web_tr(w, NULL, N_("Add URLs")) : web_tr(w, NULL, N_("Without filters")));
}

/* What the address says besides, so that the search keeps it. */
static void
set_hidden(struct web *w)
{
	struct value *hidden = value_set_list(w->a, w->ui, "hidden");

	for (size_t k = 0; k < w->request->queries; k++) {
		const struct http_field *q = &w->request->query[k];

		if (str_is(q->name, "q") || str_is(q->name, "page") || str_is(q->name, "lang") || str_is(q->name, "site"))
			continue;
		struct value *o = value_add_object(w->a, hidden);

		value_set_str(w->a, o, "name", q->name);
		value_set_str(w->a, o, "value", q->value);
	}
}

static enum err
set_rest(struct web *w, struct board *b, struct board_hidden hidden, const struct board_filter *f, int64_t total, bool none)
{
	const char *present = view_web_present(w);

	value_set_text(w->a, w->ui, "q", web_query(w, "q"));
	value_set_text(w->a, w->ui, "total_text", i18n_number(w->a, total));
	value_set_text(w->a, w->ui, "summary",
	    i18n_fill(w->a, i18n_plural(w->lang, NULL, "{n} site", "{n} sites", total), I18N_ARGS({ "n", i18n_number(w->a, total) })));
	value_set_text(w->a, w->ui, "query", present);
	value_set_text(w->a, w->ui, "csv_href",
	    arena_printf(w->a, "/takedowns/export.csv%s%s", *present == '\0' ? "" : "?", present));
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND));
	value_set_bool(w->a, w->ui, "grouped", f->group >= 0);
	if (none)
		set_empty(w, *present == '\0');
	set_chips(w, f);
	set_columns(w, f);
	set_numbers(w, b, hidden);
	set_hidden(w);
	TRY(set_filters(w, f));
	TRY(set_pane(w));
	return set_views(w, b, hidden, present);
}

static enum err
list(struct web *w)
{
	struct web_list l = web_list(w, ROWS);
	struct value *items = value_list(w->a);
	struct board_filter f;
	struct board_hidden hidden;
	struct board_line *line = NULL;
	struct board *b;
	int64_t *ids, total;
	size_t n;

	TRY(board_page_filter(w, query_of(w), &w->problems, &f));
	if (w->json && problems_any(&w->problems))
		return ERR_INVALID;
	TRY(site_page_board(w, &b));
	TRY(board_hidden(w->db, w->a, w->user, &hidden));
	n = board_select(b, w->a, &f, hidden, w->now, (size_t)l.offset, (size_t)l.limit, &ids, &total);
	if (f.group >= 0) {
		value_set_int(w->a, w->data, "total", total);
		set_groups(w, b, hidden, &f);
	} else {
		TRY(board_lines(w->db, w->a, ids, n, w->user, &line, &n));
		web_set_pages(w, l, total, false);
		value_set(w->a, w->data, "items", items);
		for (size_t k = 0; k < n; k++)
			site_page_row(w, &line[k], value_add_object(w->a, items));
	}
	if (w->json)
		return web_page(w, "takedowns", N_("Phishing"));
	TRY(set_rest(w, b, hidden, &f, total, total == 0));
	return web_again(w, "takedowns", N_("Phishing"));
}

static void
csv_time(struct buf *out, struct arena *a, int64_t at)
{
	csv_put(out, at == 0 ? "" : zone_iso(a, zone_utc(), at));
}

static enum err
csv(struct web *w)
{
	static const char *const heads[] = { "id", "incident", "url", "host", "domain", "tld", "address", "country", "as_number",
		"as_name", "brand", "origin", "sector", "route", "step", "state", "result", "http_status", "reported_at",
		"notified_at", "checked_at", "stopped_at", "business_days", "reopened", "owner" };
	struct buf *out = buf_new(w->a, LIMIT_MIB(64));
	struct board_filter f;
	struct board_hidden hidden;
	struct board_line *line;
	struct board *b;
	int64_t *ids, total;
	size_t n;

	TRY(board_page_filter(w, query_of(w), &w->problems, &f));
	TRY(site_page_board(w, &b));
	TRY(board_hidden(w->db, w->a, w->user, &hidden));
	n = board_select(b, w->a, &f, hidden, w->now, 0, LIMIT_BULK, &ids, &total);
	TRY(board_lines(w->db, w->a, ids, n, w->user, &line, &n));
	for (size_t k = 0; k < COUNT(heads); k++)
		csv_put(out, heads[k]);
	csv_end(out);
	for (size_t k = 0; k < n; k++) {
		const struct site *s = &line[k].site;
		const char *texts[] = { arena_printf(w->a, "%lld", (long long)s->id), line[k].incident_ref,
			url_defang(w->a, str_of(s->url)), url_defang(w->a, str_of(s->host)), url_defang(w->a, str_of(s->domain)),
			s->tld, s->address, s->cc, s->asn == 0 ? "" : arena_printf(w->a, "%lld", (long long)s->asn), s->as_name,
			s->brand, s->origin, s->sector, s->route, arena_printf(w->a, "%lld", (long long)s->step), s->state,
			s->result, s->http_status == 0 ? "" : arena_printf(w->a, "%lld", (long long)s->http_status) };

		for (size_t t = 0; t < COUNT(texts); t++)
			csv_put(out, texts[t]);
		csv_time(out, w->a, s->reported_at);
		csv_time(out, w->a, s->notified_at);
		csv_time(out, w->a, s->checked_at);
		csv_time(out, w->a, strcmp(s->state, "stopped") == 0 ? s->stopped_at : 0);
		csv_put(out, strcmp(s->state, "stopped") == 0 ? arena_printf(w->a, "%lld", (long long)s->days) : "");
		csv_put(out, arena_printf(w->a, "%lld", (long long)s->reopened));
		csv_put(out, line[k].owner);
		csv_end(out);
	}
	TRY(buf_error(out));
	return web_csv(w, "sites.csv", buf_view(out));
}

const struct web_route board_routes[] = {
	{ WEB_GET, "/takedowns", PERM_INCIDENT_READ, list, 0,
	    "Sites: state, brand, origin, sector, cc, asn, tld, domain, host, route, owner, incident, reopened, asked, age, day, q, sort, group, page, limit" },
	{ WEB_GET, "/takedowns/export.csv", PERM_INCIDENT_READ, csv, 0, "The same as CSV, the first 20,000; URLs disguised" },
	{ 0 },
};
