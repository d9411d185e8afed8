/* SPDX-License-Identifier: Apache-2.0 */
/* organisation_web.c - the page of one organisation; its facts entered and changed. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "directory/directory_web.h"
#include "directory/tlp.h"

#define HISTORY 50
#define TITLE N_("Organisation")

static void
fact(struct web *w, struct value *list, const char *label, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", web_tr(w, NULL, label));
	value_set_text(w->a, o, "value", text);
}

static enum err
set_facts(struct web *w, const struct organisation *o)
{
	struct value *d = w->data, *facts = value_set_list(w->a, w->ui, "facts");
	struct value *team = value_set_list(w->a, w->ui, "team_facts");
	struct organisation parent = { 0 };

	if (o->parent_id != 0)
		TRY(organisation_get(w->db, w->a, o->parent_id, &parent));
	value_set_int(w->a, d, "id", o->id);
	value_set_text(w->a, d, "name", o->name);
	value_set_text(w->a, d, "name_en", o->name_en);
	value_set_text(w->a, d, "kana", o->kana);
	value_set_text(w->a, d, "kind", o->kind);
	value_set_text(w->a, d, "country", o->cc);
	value_set_text(w->a, d, "sector", o->sector);
	value_set_text(w->a, d, "lang", o->lang);
	value_set_text(w->a, d, "zone", o->zone);
	if (o->parent_id != 0)
		value_set_int(w->a, d, "parent_id", o->parent_id);
	else
		value_set_text(w->a, d, "parent_id", NULL);
	value_set_text(w->a, d, "url", o->url);
	value_set_text(w->a, d, "address", o->address);
	value_set_bool(w->a, d, "member", o->member);
	value_set_text(w->a, d, "authority", o->authority);
	value_set_text(w->a, d, "trust", o->trust);
	value_set_text(w->a, d, "max_tlp", o->max_tlp);
	value_set_text(w->a, d, "formats", o->formats);
	value_set_bool(w->a, d, "business_days", o->business_days);
	value_set_text(w->a, d, "scope", o->scope);
	value_set_text(w->a, d, "mission", o->mission);
	value_set_text(w->a, d, "capabilities", o->capabilities);
	value_set_text(w->a, d, "offers", o->offers);
	value_set_text(w->a, d, "legal", o->legal);
	value_set_text(w->a, d, "note", o->note);
	value_set_text(w->a, d, "source", o->source);
	value_set_bool(w->a, d, "historical", o->historical);
	value_set_int(w->a, d, "version", o->version);
	directory_set_time(w, d, "verified_at", o->verified_at);
	directory_set_time(w, d, "removed_at", o->removed_at);
	directory_set_time(w, d, "created_at", o->created_at);
	directory_set_time(w, d, "updated_at", o->updated_at);

	fact(w, facts, N_("Type"), directory_word(w, organisation_kinds, o->kind));
	fact(w, facts, N_("Country"), o->cc == NULL ? NULL : country_name(w->lang, o->cc));
	fact(w, facts, N_("Sector"), directory_word(w, organisation_sectors, o->sector));
	fact(w, facts, N_("Name"), w->lang == LANG_EN && o->name_en != NULL ? o->name : NULL);
	fact(w, facts, N_("Name in English"), w->lang == LANG_EN ? NULL : o->name_en);
	fact(w, facts, N_("Furigana"), o->kana);
	fact(w, facts, N_("Part of"), o->parent_id == 0 ? NULL : directory_name(w, &parent));
	fact(w, facts, N_("Language"), strcmp(o->lang, "ja") == 0 ? "日本語" : "English");
	fact(w, facts, N_("Time zone"), o->zone);
	fact(w, facts, N_("Web site"), o->url);
	fact(w, facts, N_("Postal address"), o->address);
	fact(w, facts, N_("Answers on business days only"), o->business_days ? web_tr(w, NULL, N_("yes")) : NULL);
	fact(w, facts, N_("Note"), o->note);

	fact(w, team, N_("Our authority over it"),
	    o->member ? directory_word(w, organisation_authorities, o->authority) : NULL);
	fact(w, team, N_("Whom it serves"), o->scope);
	fact(w, team, N_("Mission"), o->mission);
	fact(w, team, N_("What it can do for us"), o->capabilities);
	fact(w, team, N_("What we can do for it"), o->offers);
	fact(w, team, N_("Legal framework"), o->legal);
	value_set_bool(w->a, w->ui, "has_team_facts", value_count(team) > 0);
	value_set_text(w->a, w->ui, "trust_text", directory_trust(w, o->trust));
	value_set_text(w->a, w->ui, "formats_text", directory_words(w, organisation_formats, o->formats));
	value_set_text(w->a, w->ui, "shown", directory_name(w, o));
	value_set_text(w->a, w->ui, "kind_text", directory_word(w, organisation_kinds, o->kind));
	value_set_text(w->a, w->ui, "tlp", o->max_tlp);
	return OK;
}

static enum err
set_contacts(struct web *w, const struct organisation *o)
{
	struct value *list = value_set_list(w->a, w->data, "contacts");
	struct contact *c;
	size_t n;

	TRY(contact_list(w->db, w->a, o->id, &c, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, list);

		TRY(directory_set_contact(w, v, &c[i]));
		value_set_bool(w->a, v, "@first", i == 0);
		value_set_bool(w->a, v, "@last", i + 1 == n);
		value_set_text(w->a, v, "@answers",
		    c[i].asked == 0 ? NULL
				    : i18n_fill(w->a, web_tr(w, NULL, N_("answered {answered} of {asked} requests")),
					  I18N_ARGS({ "answered", i18n_number(w->a, c[i].answered) },
					      { "asked", i18n_number(w->a, c[i].asked) })));
		value_set_text(w->a, v, "@mean",
		    c[i].answered == 0
			? NULL
			: i18n_fill(w->a, web_tr(w, NULL, N_("after {time} on average")),
			      I18N_ARGS({ "time", zone_duration(w->a, w->lang, c[i].answer_ms / c[i].answered) })));
	}
	value_set_bool(w->a, w->ui, "has_contacts", n > 0);
	return OK;
}

static enum err
set_scopes(struct web *w, const struct organisation *o)
{
	struct value *list = value_set_list(w->a, w->data, "scopes");
	struct scope *s;
	size_t n;

	TRY(scope_list(w->db, w->a, o->id, &s, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, list);

		value_set_int(w->a, v, "id", s[i].id);
		value_set_text(w->a, v, "kind", s[i].kind);
		value_set_text(w->a, v, "value", s[i].value);
		value_set_text(w->a, v, "note", s[i].note);
		value_set_text(w->a, v, "@kind_text", directory_word(w, scope_kinds, s[i].kind));
		value_set_text(w->a, v, "@shown",
		    strcmp(s[i].kind, "asn") == 0	? arena_printf(w->a, "AS%s", s[i].value)
		    : strcmp(s[i].kind, "country") == 0 ? country_name(w->lang, s[i].value)
							: s[i].value);
	}
	value_set_bool(w->a, w->ui, "has_scopes", n > 0);
	directory_options(w, "@scope_kinds", scope_kinds, NULL, web_form(w, "kind"));
	return OK;
}

static const char *
term(struct web *w, const struct relation_membership *m)
{
	if (m->since == 0 && m->until == 0)
		return "";
	return arena_printf(w->a, "%s–%s", directory_day_text(w, m->since), directory_day_text(w, m->until));
}

static enum err
set_memberships(struct web *w, const struct organisation *o)
{
	struct value *list = value_set_list(w->a, w->data, "memberships");
	struct value *members = value_set_list(w->a, w->data, "members"), *choices;
	struct relation_membership *m;
	struct organisation *c;
	size_t n;

	TRY(relation_membership_list(w->db, w->a, o->id, false, &m, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, list);

		value_set_int(w->a, v, "id", m[i].id);
		value_set_int(w->a, v, "community_id", m[i].community_id);
		value_set_text(w->a, v, "community", m[i].community);
		value_set_text(w->a, v, "role", m[i].role);
		directory_set_day(w, v, "since", m[i].since);
		directory_set_day(w, v, "until", m[i].until);
		value_set_text(w->a, v, "note", m[i].note);
		value_set_text(w->a, v, "@shown", directory_either(w, m[i].community, m[i].community_en));
		value_set_text(w->a, v, "@href", directory_href(w, m[i].community_id, ""));
		value_set_text(w->a, v, "@role_text", directory_word(w, relation_memberships, m[i].role));
		value_set_text(w->a, v, "@term", term(w, &m[i]));
		value_set_bool(w->a, v, "@ended", m[i].until != 0 && m[i].until * CLOCK_DAY < w->now);
	}
	value_set_bool(w->a, w->ui, "has_memberships", n > 0);
	TRY(relation_membership_list(w->db, w->a, o->id, true, &m, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, members);

		value_set_int(w->a, v, "organisation_id", m[i].organisation_id);
		value_set_text(w->a, v, "organisation", m[i].organisation);
		value_set_text(w->a, v, "role", m[i].role);
		directory_set_day(w, v, "since", m[i].since);
		directory_set_day(w, v, "until", m[i].until);
		value_set_text(w->a, v, "@shown", directory_either(w, m[i].organisation, m[i].organisation_en));
		value_set_text(w->a, v, "@href", directory_href(w, m[i].organisation_id, ""));
		value_set_text(w->a, v, "@role_text", directory_word(w, relation_memberships, m[i].role));
		value_set_text(w->a, v, "@term", term(w, &m[i]));
	}
	value_set_bool(w->a, w->ui, "has_members", n > 0);
	value_set_int(w->a, w->ui, "members_total", (int64_t)n);
	choices = value_set_list(w->a, w->ui, "@communities");
	TRY(organisation_communities(w->db, w->a, &c, &n));
	for (size_t i = 0; i < n; i++) {
		const char *id = arena_printf(w->a, "%lld", (long long)c[i].id);

		if (c[i].id != o->id)
			directory_option(w, choices, id, directory_name(w, &c[i]),
			    strcmp(web_form(w, "community"), id) == 0);
	}
	value_set_bool(w->a, w->ui, "has_communities", value_count(choices) > 0);
	directory_options(w, "@membership_roles", relation_memberships, NULL, web_form(w, "role"));
	return OK;
}

static enum err
set_agreements(struct web *w, const struct organisation *o)
{
	struct value *list = value_set_list(w->a, w->data, "agreements");
	struct relation_agreement *g;
	size_t n;

	TRY(relation_agreement_list(w->db, w->a, o->id, &g, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, list);

		value_set_int(w->a, v, "id", g[i].id);
		value_set_text(w->a, v, "kind", g[i].kind);
		value_set_text(w->a, v, "title", g[i].title);
		value_set_text(w->a, v, "scope", g[i].scope);
		directory_set_day(w, v, "signed_on", g[i].signed_on);
		directory_set_day(w, v, "expires_on", g[i].expires_on);
		value_set_text(w->a, v, "renewal", g[i].renewal);
		value_set_text(w->a, v, "note", g[i].note);
		value_set_text(w->a, v, "@kind_text", directory_word(w, relation_agreements, g[i].kind));
		/* Good until its day ends. */
		directory_expiry_badge(w, v, "@badge",
		    g[i].expires_on == 0 ? 0 : (g[i].expires_on + 1) * CLOCK_DAY, ORGANISATION_AGREEMENT_DAYS);
	}
	value_set_bool(w->a, w->ui, "has_agreements", n > 0);
	directory_options(w, "@agreement_kinds", relation_agreements, NULL, web_form(w, "kind"));
	return OK;
}

static enum err
set_relations(struct web *w, const struct organisation *o)
{
	struct value *list = value_set_list(w->a, w->data, "relations");
	const char *us = web_tr(w, NULL, N_("our team"));
	struct relation *r;
	size_t n;

	TRY(relation_list(w->db, w->a, o->id, &r, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_object(w->a, list);
		const char *from = directory_either(w, r[i].from, r[i].from_en);

		value_set_int(w->a, v, "id", r[i].id);
		value_set_int(w->a, v, "from_id", r[i].from_id);
		value_set_int(w->a, v, "to_id", r[i].to_id);
		value_set_text(w->a, v, "from", r[i].from);
		value_set_text(w->a, v, "to", r[i].to);
		value_set_text(w->a, v, "kind", r[i].kind);
		value_set_text(w->a, v, "trust", r[i].trust);
		value_set_text(w->a, v, "flows", r[i].flows);
		value_set_text(w->a, v, "note", r[i].note);
		value_set_text(w->a, v, "@from_text", from == NULL ? us : from);
		value_set_text(w->a, v, "@to_text", directory_either(w, r[i].to, r[i].to_en));
		value_set_text(w->a, v, "@from_href",
		    r[i].from_id == 0 || r[i].from_id == o->id ? NULL : directory_href(w, r[i].from_id, ""));
		value_set_text(w->a, v, "@to_href", r[i].to_id == o->id ? NULL : directory_href(w, r[i].to_id, ""));
		value_set_text(w->a, v, "@kind_text", directory_word(w, relation_kinds, r[i].kind));
		value_set_text(w->a, v, "@trust_text", directory_trust(w, r[i].trust));
		value_set_text(w->a, v, "@flows_text", directory_words(w, relation_flows, r[i].flows));
	}
	value_set_bool(w->a, w->ui, "has_relations", n > 0);
	directory_options(w, "@relation_kinds", relation_kinds, NULL, web_form(w, "kind"));
	directory_options(w, "@relation_trusts", relation_trust, NULL,
	    web_form_has(w, "trust") ? web_form(w, "trust") : o->trust);
	directory_boxes(w, "@relation_flows", relation_flows, "collect,share");
	return OK;
}

enum err
directory_show(struct web *w, const struct organisation *o)
{
	TRY(set_facts(w, o));
	TRY(set_contacts(w, o));
	TRY(set_scopes(w, o));
	TRY(set_memberships(w, o));
	TRY(set_agreements(w, o));
	TRY(set_relations(w, o));
	TRY(directory_history(w, o->id, HISTORY));
	value_set_text(w->a, w->ui, "href", directory_href(w, o->id, ""));
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_DIRECTORY_EDIT) && o->removed_at == 0);
	value_set_bool(w->a, w->ui, "may_restore",
	    auth_allows(&w->auth, PERM_DIRECTORY_EDIT) && o->removed_at != 0);
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND) && o->removed_at == 0);
	value_set_bool(w->a, w->ui, "may_incidents", auth_allows(&w->auth, PERM_INCIDENT_READ));
	return web_again(w, "organisation", TITLE);
}

static enum err
show(struct web *w)
{
	struct organisation o;

	TRY(directory_of_path(w, &o));
	return directory_show(w, &o);
}

/* The form */

static void
read_form(struct web *w, struct organisation *o)
{
	static const char *const langs[] = { "ja", "en", NULL };
	const struct zone *zone;
	struct organisation parent;
	const char *name;
	enum tlp tlp;

	o->name = web_need_line(w, "name", LIMIT_NAME);
	o->name_en = web_line(w, "name_en", LIMIT_NAME);
	o->kana = web_line(w, "kana", LIMIT_NAME);
	o->kind = directory_choice(w, "kind", organisation_kinds, true);
	o->cc = web_line(w, "cc", 2);
	if (*o->cc != '\0' && country_find(o->cc) == NULL)
		web_problem(w, "cc", N_("This choice does not exist. Choose one of the list."));
	o->sector = directory_choice(w, "sector", organisation_sectors, false);
	o->lang = web_choice(w, "lang", langs, false);
	if (*o->lang == '\0')
		o->lang = strcmp(o->cc, "JP") == 0 ? "ja" : "en";
	o->zone = web_line(w, "zone", LIMIT_ZONE_NAME);
	if (*o->zone != '\0' && zone_find(o->zone, &zone) != OK)
		web_problem(w, "zone", N_("There is no such time zone. Example: Asia/Tokyo"));
	o->url = web_line(w, "url", 1000);
	if (*o->url != '\0' && !str_starts(str_of(o->url), STR("https://")) && !str_starts(str_of(o->url), STR("http://")))
		web_problem(w, "url", N_("An address of a web site begins with https:// or http://."));
	o->address = web_line(w, "address", LIMIT_TITLE);
	o->member = strcmp(web_form(w, "member"), "1") == 0;
	o->authority = directory_choice(w, "authority", organisation_authorities, true);
	o->trust = directory_choice(w, "trust", relation_trust, true);
	o->max_tlp = web_line(w, "max_tlp", 20);
	if (tlp_parse(str_of(o->max_tlp), &tlp) == OK)
		o->max_tlp = tlp_name(tlp);
	else
		web_problem(w, "max_tlp", N_("This choice does not exist. Choose one of the list."));
	o->formats = directory_ticked(w, "formats", organisation_formats);
	if (*o->formats == '\0')
		o->formats = "table";
	o->business_days = strcmp(web_form(w, "business_days"), "1") == 0;
	o->historical = strcmp(web_form(w, "historical"), "1") == 0;
	o->scope = web_body(w, "scope", LIMIT_KIB(16));
	o->mission = web_body(w, "mission", LIMIT_KIB(16));
	o->capabilities = web_body(w, "capabilities", LIMIT_KIB(16));
	o->offers = web_body(w, "offers", LIMIT_KIB(16));
	o->legal = web_body(w, "legal", LIMIT_KIB(16));
	o->note = web_body(w, "note", LIMIT_KIB(16));
	name = web_line(w, "parent", LIMIT_NAME);
	o->parent_id = 0;
	if (*name == '\0')
		return;
	if (organisation_by_name(w->db, w->a, name, &parent) != OK)
		problems_add(&w->problems, "parent",
		    N_("No organisation has the name “{value}”. Enter it first, or write its name in full."), name);
	else if (parent.id == o->id)
		web_problem(w, "parent", N_("An organisation cannot be a part of itself."));
	else
		o->parent_id = parent.id;
}

static void
form_options(struct web *w, const struct organisation *o)
{
	static const enum tlp tlps[] = { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED };
	const char *own = setting_text(w->db, w->a, "team.country");
	struct value *list;

	directory_options(w, "@kinds", organisation_kinds, NULL, o->kind);
	directory_options(w, "@sectors", organisation_sectors, N_("none"), o->sector);
	directory_options(w, "@authorities", organisation_authorities, NULL, o->authority);
	directory_options(w, "@trusts", relation_trust, NULL, o->trust);
	directory_boxes(w, "@formats", organisation_formats, o->formats);
	country_options(w->a, w->ui, "@countries", w->lang, web_tr(w, NULL, N_("unknown")), own, o->cc);
	list = value_set_list(w->a, w->ui, "@langs");
	directory_option(w, list, "ja", "日本語", strcmp(o->lang, "ja") == 0);
	directory_option(w, list, "en", "English", strcmp(o->lang, "en") == 0);
	list = value_set_list(w->a, w->ui, "@tlps");
	for (size_t i = 0; i < COUNT(tlps); i++)
		directory_option(w, list, tlp_name(tlps[i]), tlp_label(tlps[i]),
		    strcmp(o->max_tlp, tlp_name(tlps[i])) == 0);
	value_set_bool(w->a, w->ui, "@member", o->member);
	value_set_bool(w->a, w->ui, "@business_days", o->business_days);
	value_set_bool(w->a, w->ui, "@historical", o->historical);
}

static enum err
form_page(struct web *w, const struct organisation *o)
{
	form_options(w, o);
	value_set_bool(w->a, w->ui, "existing", o->id != 0);
	value_set_int(w->a, w->ui, "version", o->version);
	if (o->id != 0) {
		value_set_text(w->a, w->ui, "href", directory_href(w, o->id, ""));
		value_set_text(w->a, w->ui, "shown", directory_name(w, o));
	}
	return web_again(w, "organisation_edit", TITLE);
}

static enum err
show_new(struct web *w)
{
	const char *own = setting_text(w->db, w->a, "team.country");
	struct organisation o = {
		.kind = word_has(organisation_kinds, web_query(w, "kind")) ? web_query(w, "kind") : "csirt",
		.cc = own,
		.lang = lang_code(w->lang),
		.authority = "none",
		.trust = "unknown",
		.max_tlp = "GREEN",
		.formats = "table,csv",
		.member = strcmp(web_query(w, "member"), "1") == 0,
	};

	if (o.member)
		o.kind = "constituent";
	web_fill(w, "name", arena_cstr(w->a, utf8_take(str_of(web_query(w, "name")), LIMIT_NAME)));
	return form_page(w, &o);
}

static enum err
add(struct web *w)
{
	struct organisation o = { .source = "manual" }, same;
	int64_t id;

	read_form(w, &o);
	if (*o.name != '\0' && strcmp(web_form(w, "again"), "1") != 0) {
		enum err e = organisation_by_name(w->db, w->a, o.name, &same);

		if (e == OK) {
			problems_add(&w->problems, "name",
			    N_("“{value}” is in the directory already. Tick the box to enter a second one of this name."),
			    o.name);
			value_set_bool(w->a, w->ui, "may_again", true);
		} else if (e != ERR_NOT_FOUND) {
			return e;
		}
	}
	if (problems_any(&w->problems))
		return form_page(w, &o);
	o.verified_at = w->now;
	TRY(organisation_add(w->db, w->a, &o, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, directory_href(w, id, ""), N_("Organisation entered"));
}

static enum err
edit(struct web *w)
{
	struct organisation o, parent;

	TRY(directory_of_path(w, &o));
	web_fill(w, "name", o.name);
	web_fill(w, "name_en", o.name_en);
	web_fill(w, "kana", o.kana);
	web_fill(w, "zone", o.zone);
	web_fill(w, "url", o.url);
	web_fill(w, "address", o.address);
	web_fill(w, "scope", o.scope);
	web_fill(w, "mission", o.mission);
	web_fill(w, "capabilities", o.capabilities);
	web_fill(w, "offers", o.offers);
	web_fill(w, "legal", o.legal);
	web_fill(w, "note", o.note);
	if (o.parent_id != 0) {
		TRY(organisation_get(w->db, w->a, o.parent_id, &parent));
		web_fill(w, "parent", parent.name);
	}
	return form_page(w, &o);
}

static enum err
take_off(struct web *w, const struct organisation *o)
{
	struct value *p = value_object(w->a);
	int64_t undo;

	if (o->removed_at != 0)
		return ERR_CONFLICT;
	value_set_int(w->a, p, "organisation", o->id);
	TRY(organisation_remove(w->db, w->a, o->id, web_actor(w)));
	TRY(web_add_undo(w, "organisation.remove", p, &undo));
	return web_redirect(w, "/directory", N_("Taken off the directory; what happened stays"), undo);
}

static enum err
save(struct web *w)
{
	struct organisation o, typed;

	TRY(directory_of_path(w, &o));
	if (strcmp(web_form(w, "act"), "remove") == 0)
		return take_off(w, &o);
	if (strcmp(web_form(w, "act"), "restore") == 0) {
		TRY(organisation_restore(w->db, w->a, o.id, web_actor(w)));
		return web_redirect(w, directory_href(w, o.id, ""), N_("Put back into the directory"), 0);
	}
	if (o.removed_at != 0)
		return ERR_CONFLICT;
	typed = o;
	read_form(w, &typed);
	typed.version = web_form_int(w, "version", 1, INT64_MAX, o.version);
	typed.verified_at = w->now;
	if (typed.version != o.version) {
		if (w->json)
			return ERR_CONFLICT;
		web_problem(w, "name",
		    N_("Somebody changed this meanwhile. Your words stand below; save again to keep them."));
		typed.version = o.version;
	}
	if (problems_any(&w->problems))
		return form_page(w, &typed);
	TRY(organisation_change(w->db, w->a, &typed, web_actor(w)));
	return web_redirect(w, directory_href(w, o.id, ""), N_("Saved"), 0);
}

static enum err
undo_remove(struct web *w, const struct value *p)
{
	int64_t id = value_integer(value_get(p, "organisation"));

	TRY(organisation_restore(w->db, w->a, id, web_actor(w)));
	return web_redirect(w, directory_href(w, id, ""), N_("Taken back"), 0);
}

const struct web_undo organisation_undos[] = {
	{ "organisation.remove", PERM_DIRECTORY_EDIT, undo_remove },
	{ 0 },
};

const struct web_route organisation_routes[] = {
	{ WEB_GET, "/directory/new", PERM_DIRECTORY_EDIT, show_new, 0, "The form of a new organisation" },
	{ WEB_POST, "/directory", PERM_DIRECTORY_EDIT, add, 0,
	    "Enter an organisation: name, name_en, kana, kind, cc, sector, lang, zone, parent, url, address, member, authority, trust, max_tlp, formats, business_days, scope, mission, capabilities, offers, legal, note, historical" },
	{ WEB_GET, "/directory/:id", PERM_DIRECTORY_READ, show, 0,
	    "One organisation with contacts, scopes, memberships, agreements, relations, history" },
	{ WEB_GET, "/directory/:id/edit", PERM_DIRECTORY_EDIT, edit, 0, "The form of an organisation" },
	{ WEB_POST, "/directory/:id/edit", PERM_DIRECTORY_EDIT, save, 0,
	    "Change an organisation, or act = remove, restore; version" },
	{ 0 },
};
