/* SPDX-License-Identifier: Apache-2.0 */
/* directory_list_web.c - the list of the directory and of the constituency. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "directory/directory_web.h"
#include "view/view_web.h"

#define ROWS 50

static const struct word views[] = {
	{ "", N_("All") },
	{ "overdue", N_("Contact test overdue") },
	{ "keys", N_("Key expires") },
	{ "agreements", N_("Agreement ends") },
	{ "removed", N_("Removed") },
	{ NULL, NULL },
};
static const struct word sorts[] = {
	{ "name", N_("Name") },
	{ "country", N_("Country") },
	{ "kind", N_("Type") },
	{ "changed", N_("Changed last") },
	{ NULL, NULL },
};

/* A value of the address that is in ${list}, else NULL and a problem. */
static const char *
word_of(struct web *w, const char *name, const struct word *list)
{
	const char *s = web_query(w, name);

	if (*s == '\0')
		return NULL;
	if (word_has(list, s))
		return s;
	web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
	return NULL;
}

static const char *
filled(const char *s)
{
	return *s == '\0' ? NULL : s;
}

static void
read_filter(struct web *w, struct organisation_filter *f)
{
	const char *view = word_of(w, "view", views), *sort = word_of(w, "sort", sorts);

	*f = (struct organisation_filter){
		.kind = word_of(w, "kind", organisation_kinds),
		.sector = word_of(w, "sector", organisation_sectors),
		.cc = filled(web_query(w, "country")),
		.community = web_query_int(w, "community", 1, INT64_MAX, 0),
		.member = strcmp(web_query(w, "member"), "1") == 0,
		.historical = strcmp(web_query(w, "historical"), "1") == 0,
		.q = filled(arena_cstr(w->a, utf8_take(str_trim(str_of(web_query(w, "q"))), LIMIT_SEARCH))),
	};
	if (f->cc != NULL && country_find(f->cc) == NULL) {
		web_problem(w, "country", N_("This choice does not exist. Choose one of the list."));
		f->cc = NULL;
	}
	if (view != NULL)
		f->view = strcmp(view, "overdue") == 0 ? ORGANISATION_OVERDUE
		    : strcmp(view, "keys") == 0	       ? ORGANISATION_KEYS
		    : strcmp(view, "agreements") == 0  ? ORGANISATION_AGREEMENTS
						       : ORGANISATION_REMOVED;
	if (sort != NULL)
		f->sort = strcmp(sort, "country") == 0 ? ORGANISATION_BY_COUNTRY
		    : strcmp(sort, "kind") == 0	       ? ORGANISATION_BY_KIND
		    : strcmp(sort, "changed") == 0     ? ORGANISATION_CHANGED
						       : ORGANISATION_BY_NAME;
}

static void
add_row(struct web *w, struct value *list, const struct organisation_row *r)
{
	struct value *o = value_add_object(w->a, list);

	value_set_int(w->a, o, "id", r->o.id);
	value_set_text(w->a, o, "name", r->o.name);
	value_set_text(w->a, o, "name_en", r->o.name_en);
	value_set_text(w->a, o, "kana", r->o.kana);
	value_set_text(w->a, o, "kind", r->o.kind);
	value_set_text(w->a, o, "country", r->o.cc);
	value_set_text(w->a, o, "sector", r->o.sector);
	value_set_bool(w->a, o, "member", r->o.member);
	value_set_bool(w->a, o, "historical", r->o.historical);
	value_set_text(w->a, o, "authority", r->o.authority);
	value_set_text(w->a, o, "trust", r->o.trust);
	value_set_text(w->a, o, "max_tlp", r->o.max_tlp);
	value_set_text(w->a, o, "contact", r->contact);
	value_set_text(w->a, o, "email", r->email);
	value_set_int(w->a, o, "contacts", r->contacts);
	value_set_int(w->a, o, "overdue", r->overdue);
	directory_set_time(w, o, "key_expires_at", r->key_expires_at);
	directory_set_day(w, o, "agreement_expires_on", r->agreement_expires_on);
	directory_set_time(w, o, "updated_at", r->o.updated_at);
	if (w->json)
		return;
	value_set_text(w->a, o, "@href", directory_href(w, r->o.id, ""));
	value_set_text(w->a, o, "@shown", directory_name(w, &r->o));
	value_set_text(w->a, o, "@other",
	    w->lang == LANG_EN ? (r->o.name_en != NULL ? r->o.name : NULL) : r->o.name_en);
	value_set_text(w->a, o, "@kind_text", directory_word(w, organisation_kinds, r->o.kind));
	value_set_text(w->a, o, "@sector_text", directory_word(w, organisation_sectors, r->o.sector));
	value_set_text(w->a, o, "@country_text", r->o.cc == NULL ? "" : country_name(w->lang, r->o.cc));
	value_set_text(w->a, o, "@trust_text", directory_trust(w, r->o.trust));
	value_set_text(w->a, o, "@authority_text", directory_word(w, organisation_authorities, r->o.authority));
	value_set_bool(w->a, o, "@test_badge", false);
	if (r->overdue > 0)
		directory_badge(w, o, "@test_badge", "late", web_tr(w, NULL, N_("Test the contact")));
	directory_expiry_badge(w, o, "@key_badge", r->key_expires_at, ORGANISATION_KEY_DAYS);
	value_set_bool(w->a, o, "@agreement_badge", false);
	if (r->agreement_expires_on != 0)
		directory_badge(w, o, "@agreement_badge",
		    r->agreement_expires_on * CLOCK_DAY < w->now ? "late" : "soon",
		    web_tr(w, NULL, N_("Agreement ends")));
}

static enum err
set_views(struct web *w)
{
	static const struct view_ready ready[] = {
		{ NC_("view", "All"), "", false },
		{ NC_("view", "Our constituency"), "member=1", false },
		{ NC_("view", "CSIRTs"), "kind=csirt", false },
		{ NC_("view", "Communities"), "kind=community", false },
		{ NC_("view", "Internet providers"), "kind=isp", false },
		{ NC_("view", "Contact test overdue"), "view=overdue", true },
		{ NC_("view", "Key expires"), "view=keys", true },
		{ NC_("view", "Agreement ends"), "view=agreements", true },
	};
	static const struct organisation_filter filter[COUNT(ready)] = { { 0 }, { .member = true }, { .kind = "csirt" },
		{ .kind = "community" }, { .kind = "isp" }, { .view = ORGANISATION_OVERDUE }, { .view = ORGANISATION_KEYS },
		{ .view = ORGANISATION_AGREEMENTS } };
	struct view_tab *tab;
	size_t n;

	TRY(view_web_tabs(w, "directory", ready, COUNT(ready), "view", &tab, &n));
	/* Saved ones may hold words, which cost too much to count on each page. */
	for (size_t i = 0; i < COUNT(ready); i++) {
		int64_t count;

		TRY(organisation_count(w->db, w->a, &filter[i], w->now, &count));
		tab[i].count = i18n_number(w->a, count);
	}
	value_set_bool(w->a, w->ui, "view_tags", true);
	view_web_set(w, "directory", view_web_present(w), tab, n);
	return OK;
}

static void
chip(struct web *w, const char *name, const char *label)
{
	struct value *o = value_add_object(w->a, value_child(w->ui, "chips"));

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "remove_href", web_with(w, name, NULL));
}

static enum err
set_filters(struct web *w, const struct organisation_filter *f)
{
	struct value *chips = value_set_list(w->a, w->ui, "chips"), *communities;
	struct organisation *c;
	size_t n;

	(void)chips;
	directory_options(w, "@kinds", organisation_kinds, N_("any"), f->kind);
	directory_options(w, "@sectors", organisation_sectors, N_("any"), f->sector);
	directory_options(w, "@sorts", sorts, NULL, web_query(w, "sort"));
	country_options(w->a, w->ui, "@countries", w->lang, web_tr(w, NULL, N_("any")),
	    setting_text(w->db, w->a, "team.country"), f->cc);
	communities = value_set_list(w->a, w->ui, "@communities");
	directory_option(w, communities, "", web_tr(w, NULL, N_("any")), false);
	TRY(organisation_communities(w->db, w->a, &c, &n));
	for (size_t i = 0; i < n; i++) {
		directory_option(w, communities, arena_printf(w->a, "%lld", (long long)c[i].id),
		    directory_name(w, &c[i]), c[i].id == f->community);
		if (c[i].id == f->community)
			chip(w, "community", directory_name(w, &c[i]));
	}
	if (f->q != NULL)
		chip(w, "q", f->q);
	if (f->kind != NULL)
		chip(w, "kind", directory_word(w, organisation_kinds, f->kind));
	if (f->cc != NULL)
		chip(w, "country", country_name(w->lang, f->cc));
	if (f->sector != NULL)
		chip(w, "sector", directory_word(w, organisation_sectors, f->sector));
	if (f->member)
		chip(w, "member", web_tr(w, NULL, N_("Our constituency")));
	if (f->historical)
		chip(w, "historical", web_tr(w, NULL, N_("Historical")));
	if (f->view != ORGANISATION_ALL)
		chip(w, "view", directory_word(w, views, web_query(w, "view")));
	return OK;
}

static void
set_empty(struct web *w, const struct organisation_filter *f)
{
	struct value *e = value_set_object(w->a, w->ui, "empty");
	bool plain = f->kind == NULL && f->cc == NULL && f->sector == NULL && f->community == 0 && !f->member &&
	    !f->historical && f->view == ORGANISATION_ALL && f->q == NULL;

	value_set_text(w->a, e, "title",
	    plain ? web_tr(w, NULL, N_("The directory is empty"))
		  : web_tr(w, NULL, N_("Nothing matches this filter")));
	value_set_text(w->a, e, "text",
	    plain ? web_tr(w, NULL, N_("Enter the first organisation, import a list, or load the demonstration set."))
		  : NULL);
	value_set_text(w->a, e, "href", plain ? "/directory/transfer" : "/directory");
	value_set_text(w->a, e, "action",
	    plain ? web_tr(w, NULL, N_("Import and export")) : web_tr(w, NULL, N_("Without filters")));
}

static enum err
list(struct web *w)
{
	struct web_list l = web_list(w, ROWS);
	struct organisation_filter f;
	struct organisation_row *row;
	struct value *items = value_list(w->a);
	size_t n;
	int64_t total;

	read_filter(w, &f);
	TRY(organisation_list(w->db, w->a, &f, w->now, l.offset, l.limit, &row, &n, &total));
	web_set_pages(w, l, total, false);
	value_set(w->a, w->data, "items", items);
	for (size_t i = 0; i < n; i++)
		add_row(w, items, &row[i]);
	if (w->json)
		return problems_any(&w->problems) ? ERR_INVALID : web_page(w, "directory", N_("Directory"));
	directory_tabs(w, "/directory");
	TRY(set_views(w));
	TRY(set_filters(w, &f));
	value_set_text(w->a, w->ui, "q", f.q);
	value_set_bool(w->a, w->ui, "@member", f.member);
	value_set_bool(w->a, w->ui, "@historical", f.historical);
	value_set_text(w->a, w->ui, "summary",
	    i18n_fill(w->a, i18n_plural(w->lang, NULL, "{n} organisation", "{n} organisations", total),
		I18N_ARGS({ "n", i18n_number(w->a, total) })));
	if (n == 0)
		set_empty(w, &f);
	return web_again(w, "directory", N_("Directory"));
}

/* The constituency: members with what is theirs. */
static enum err
constituency(struct web *w)
{
	struct web_list l = web_list(w, ROWS);
	const struct organisation_filter f = { .member = true };
	struct organisation_row *row;
	struct value *items = value_set_list(w->a, w->data, "items");
	size_t n;
	int64_t total;

	TRY(organisation_list(w->db, w->a, &f, w->now, l.offset, l.limit, &row, &n, &total));
	web_set_pages(w, l, total, false);
	for (size_t i = 0; i < n; i++) {
		struct scope *s;
		size_t scopes;

		add_row(w, items, &row[i]);
		struct value *o = value_item(items, i), *list = value_set_list(w->a, o, "scopes");

		value_set_text(w->a, o, "scope", row[i].o.scope);
		TRY(scope_list(w->db, w->a, row[i].o.id, &s, &scopes));
		value_set_int(w->a, o, "scopes_total", (int64_t)scopes);
		for (size_t k = 0; k < scopes && (w->json || k < 8); k++) {
			struct value *v = value_add_object(w->a, list);

			value_set_text(w->a, v, "kind", s[k].kind);
			value_set_text(w->a, v, "value", s[k].value);
			value_set_text(w->a, v, "@shown",
			    strcmp(s[k].kind, "asn") == 0 ? arena_printf(w->a, "AS%s", s[k].value) : s[k].value);
		}
		value_set_text(w->a, o, "@more",
		    scopes <= 8 ? NULL : arena_printf(w->a, "+%s", i18n_number(w->a, (int64_t)scopes - 8)));
	}
	directory_tabs(w, "/directory/constituency");
	value_set_text(w->a, w->ui, "statement",
	    setting_text(w->db, w->a,
		w->lang == LANG_JA ? "about.constituency.ja" : "about.constituency.en"));
	value_set_text(w->a, w->ui, "authority_statement",
	    setting_text(w->db, w->a, w->lang == LANG_JA ? "about.authority.ja" : "about.authority.en"));
	value_set_text(w->a, w->ui, "summary",
	    i18n_fill(w->a, i18n_plural(w->lang, NULL, "{n} organisation", "{n} organisations", total),
		I18N_ARGS({ "n", i18n_number(w->a, total) })));
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	return web_page(w, "constituency", N_("Constituency"));
}

const struct web_route directory_list_routes[] = {
	{ WEB_GET, "/directory", PERM_DIRECTORY_READ, list, 0,
	    "Organisations: kind, country, sector, community, member, historical, view (overdue, keys, agreements, removed), q, sort, page, limit" },
	{ WEB_GET, "/directory/constituency", PERM_DIRECTORY_READ, constituency, 0,
	    "Members of the constituency with their networks, AS numbers, domains and our authority" },
	{ 0 },
};
