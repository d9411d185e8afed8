/* SPDX-License-Identifier: Apache-2.0 */
/*
 * find_web.c - /directory/find: whom to write to about an address, a name, an
 * AS. What we know ourselves and what was asked before, best first, each with
 * its reasons. Asking outside is a job that a button starts.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "directory/contact_known_store.h"
#include "directory/contact_rank.h"
#include "directory/contact_store.h"
#include "directory/country.h"
#include "directory/directory_web.h"
#include "directory/geo.h"
#include "directory/lookup_store.h"
#include "incident/incident_store.h"
#include "takedown/mailing_store.h"
#include "takedown/site_store.h"
#include "view/view_web.h"

#define TITLE N_("Find a contact")
#define CANDIDATES 300
#define STALE (365 * CLOCK_DAY)

struct finding {
	struct host host;
	struct site site; /* id 0: not for a site */
	int64_t mailing;  /* where to go back to; 0: nowhere */
	enum pap pap;
	struct contact_known_for about;
	const char *as_name, *attribution, *no_place; /* of the address; NULL: nothing */
	struct contact_known *known;
	size_t n_known;
	struct lookup_answer *answer;
	size_t n_answers;
	struct contact_candidate *list;
	size_t n;
};

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool
filled(const char *s)
{
	return s != NULL && *s != '\0';
}

/* A field of the form, else of the address. */
static const char *
field(struct web *w, const char *name)
{
	const char *typed = web_form(w, name);

	return *typed != '\0' ? typed : web_query(w, name);
}

static int64_t
number(struct web *w, const char *name)
{
	int64_t n;

	return str_int(str_of(field(w, name)), 1, INT64_MAX, &n) ? n : 0;
}

static const char *
here(struct web *w, const struct finding *f)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	buf_printf(b, "/directory/find?q=%s", web_escape(w, field(w, "q")));
	if (f->site.id != 0)
		buf_printf(b, "&site=%lld", (long long)f->site.id);
	if (f->mailing != 0)
		buf_printf(b, "&mailing=%lld", (long long)f->mailing);
	if (*field(w, "incident") != '\0')
		buf_printf(b, "&incident=%s", web_escape(w, field(w, "incident")));
	return buf_cstr(w->a, b);
}

/* The protocol of what it belongs to says whether others may be asked. */
static enum err
load_pap(struct web *w, struct finding *f)
{
	struct incident i;
	const char *ref = field(w, "incident");
	bool visible;

	f->pap = PAP_GREEN;
	if (f->site.id == 0 && *ref == '\0')
		return OK;
	TRY(f->site.id != 0 ? incident_get(w->db, w->a, f->site.incident_id, &i)
			    : incident_by_ref(w->db, w->a, str_of(ref), &i));
	TRY(incident_visible(w->db, &i, w->user, &visible));
	if (!visible)
		return ERR_NOT_FOUND;
	if (pap_parse(str_of(i.pap), &f->pap) != OK)
		f->pap = PAP_RED;
	return OK;
}

/* Answers kept about ${object}; the host's addresses are looked at too. */
static enum err
load_answers(struct web *w, struct finding *f, const char *object)
{
	struct lookup_answer *list;
	size_t n;

	if (object == NULL)
		return OK;
	TRY(lookup_list(w->db, w->a, object, &list, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *parsed = NULL;

		f->answer = arena_room(w->a, f->answer, f->n_answers, sizeof(*f->answer));
		f->answer[f->n_answers++] = list[i];
		if (!is(list[i].kind, "address") || value_parse(w->a, str_of(list[i].parsed), &parsed, NULL) != OK)
			continue;
		const struct value *all = value_get(parsed, "addresses");

		for (size_t k = 0; k < value_count(all) && k < 4; k++) {
			const char *address = value_cstr(value_at(all, k));

			if (!filled(f->about.address))
				f->about.address = arena_dup(w->a, address);
			TRY(load_answers(w, f, arena_printf(w->a, "ip %s", address)));
		}
	}
	return OK;
}

static void
add_candidate(struct web *w, struct finding *f, const struct contact_candidate *c)
{
	if (f->n >= CANDIDATES || !filled(c->email))
		return;
	f->list = arena_room(w->a, f->list, f->n, sizeof(*f->list));
	f->list[f->n++] = *c;
}

static void
add_answered(struct web *w, struct finding *f)
{
	for (size_t i = 0; i < f->n_answers; i++) {
		const struct lookup_answer *x = &f->answer[i];
		struct contact_candidate *list;
		struct found found;

		if (!is(x->state, "found") || is(x->kind, "address") || is(x->kind, "bootstrap") ||
		    found_read(w->a, str_of(x->parsed), &found) != OK)
			continue;
		if (!filled(f->about.cc) && filled(found.country) && country_find(found.country) != NULL)
			f->about.cc = country_find(found.country)->code;
		size_t n = contact_rank_found(w->a, &found, x->fetched_at, &list);

		for (size_t k = 0; k < n; k++)
			add_candidate(w, f, &list[k]);
	}
}

/* Country and AS of the address by the tables of this machine: nobody is asked. */
static void
add_place(struct web *w, struct finding *f)
{
	struct geo_answer place;
	struct ip ip;

	if (!filled(f->about.address) || ip_parse(str_of(f->about.address), &ip) != OK)
		return;
	const struct geo *table = geo_take(geo_holder_here(), w->now);

	geo_find(table, &ip, &place);
	if (!filled(f->about.cc) && country_find(place.country) != NULL)
		f->about.cc = country_find(place.country)->code;
	if (f->about.asn == 0)
		f->about.asn = place.as_number;
	if (f->about.asn == (int64_t)place.as_number)
		f->as_name = arena_dup(w->a, place.as_name);
	if (place.country[0] != '\0' || place.as_number != 0)
		f->attribution = arena_dup(w->a, geo_attribution(table));
	else if (geo_missing(table) != NULL)
		f->no_place = geo_missing(table);
	geo_give(geo_holder_here(), table);
}

static void
add_known(struct web *w, struct finding *f)
{
	for (size_t i = 0; i < f->n_known; i++) {
		const struct contact_known *k = &f->known[i];
		const struct contact *c = &k->contact;

		add_candidate(w, f,
		    &(struct contact_candidate){
			.email = c->email,
			.name = c->name,
			.organisation = directory_name(w, &k->organisation),
			.country = k->organisation.cc,
			.languages = c->lang != NULL ? c->lang : k->organisation.lang,
			.from = k->value,
			.source = k->organisation.member		 ? CONTACT_CONSTITUENCY
			    : k->how == CONTACT_KNOWN_NATIONAL		 ? CONTACT_NATIONAL
									 : CONTACT_DIRECTORY,
			.role = is(c->purpose, "abuse")	    ? FOUND_ABUSE
			    : is(c->purpose, "technical")   ? FOUND_TECHNICAL
			    : is(c->purpose, "administrative") ? FOUND_ADMINISTRATIVE
							    : FOUND_SECURITY,
			.known_at = c->verified_at != 0 ? c->verified_at : c->source_at,
			.for_purpose = is(c->purpose, "abuse"),
			.sent = c->asked,
			.answered = c->answered,
			.answer_minutes = c->answered > 0 ? c->answer_ms / c->answered / CLOCK_MINUTE : 0,
			.bounced_at = c->bounces > 0 ? w->now : 0,
			.id = c->id,
			.chosen = k->how == CONTACT_KNOWN_CHOSEN && !k->wrong,
			.rejected = k->wrong,
		    });
	}
}

/* ERR_INVALID: nothing that one can look for. */
static enum err
load(struct web *w, struct finding *f)
{
	int64_t site = number(w, "site");

	f->mailing = number(w, "mailing");
	if (site != 0)
		TRY(site_get(w->db, w->a, site, w->user, &f->site));
	TRY(load_pap(w, f));
	const char *q = field(w, "q");

	TRY(host_parse(w->a, str_of(*q == '\0' && site != 0 ? f->site.url : q), &f->host));
	const struct host *h = &f->host;

	if (h->kind == HOST_ADDRESS || h->is_address)
		f->about.address = ip_format(w->a, &h->ip);
	else if (h->kind == HOST_NETWORK)
		f->about.address = ip_format(w->a, &h->net.ip);
	if (h->name.n > 0) {
		f->about.host = arena_cstr(w->a, h->name);
		f->about.domain = arena_cstr(w->a, h->domain);
	}
	if (h->kind == HOST_AS)
		f->about.asn = h->as_number;
	if (site != 0) {
		if (filled(f->site.address))
			f->about.address = f->site.address;
		f->about.asn = f->site.asn;
		f->about.cc = f->site.cc;
	}
	TRY(load_answers(w, f, lookup_object(w->a, h)));
	TRY(load_answers(w, f, lookup_host(w->a, h)));
	if (filled(f->about.address) && h->name.n > 0 && site != 0)
		TRY(load_answers(w, f, arena_printf(w->a, "ip %s", f->about.address)));
	add_place(w, f);
	add_answered(w, f);
	TRY(contact_known_list(w->db, w->a, &f->about, &f->known, &f->n_known));
	add_known(w, f);
	contact_rank(w->a, &(struct contact_question){ .now = w->now, .languages = "ja,en" }, f->list, &f->n);
	return OK;
}

/* Showing */

static const struct contact_known *
known_of(const struct finding *f, int64_t id)
{
	for (size_t i = 0; i < f->n_known; i++) {
		if (f->known[i].contact.id == id)
			return &f->known[i];
	}
	return NULL;
}

static void
warn(struct web *w, struct value *list, const char *text)
{
	value_add_text(w->a, list, web_tr(w, NULL, text));
}

static void
set_warnings(struct web *w, struct value *o, const struct contact_candidate *c, const struct contact_known *k)
{
	struct value *list = value_set_list(w->a, o, "warnings");

	if (k != NULL && k->contact.do_not_contact)
		warn(w, list, N_("Do not contact: so the directory says"));
	if (k != NULL && k->contact.bounces > 0)
		warn(w, list, N_("The last mail to it came back"));
	if (c->rejected)
		warn(w, list, N_("Somebody said that it is the wrong one"));
	if (c->known_at != 0 && c->known_at < w->now - STALE)
		warn(w, list, N_("Not verified for a year"));
	value_set_bool(w->a, o, "@has_warnings", value_count(list) > 0);
}

static void
set_candidate(struct web *w, const struct finding *f, struct value *o, const struct contact_candidate *c, size_t place)
{
	const struct contact_known *k = known_of(f, c->id);
	struct value *reasons = value_set_list(w->a, o, "reasons");

	value_set_text(w->a, o, "email", c->email);
	value_set_text(w->a, o, "name", c->name);
	value_set_text(w->a, o, "organisation", c->organisation);
	value_set_text(w->a, o, "country", c->country);
	value_set_text(w->a, o, "source", contact_source_name(c->source));
	value_set_text(w->a, o, "from", c->from);
	value_set_int(w->a, o, "contact", c->id);
	value_set_int(w->a, o, "points", c->points);
	value_set_int(w->a, o, "asked", c->sent);
	value_set_int(w->a, o, "answered", c->answered);
	value_set_bool(w->a, o, "chosen", c->chosen);
	value_set_bool(w->a, o, "wrong", c->rejected);
	web_set_time(w, o, "known_at", c->known_at);
	for (size_t i = 0; i < c->reasons; i++) {
		struct value *r = value_add_object(w->a, reasons);

		value_set_text(w->a, r, "text",
		    web_trf(w, NULL, c->reason[i].message, I18N_ARGS({ "value", c->reason[i].value })));
		value_set_int(w->a, r, "points", c->reason[i].points);
	}
	set_warnings(w, o, c, k);
	value_set_text(w->a, o, "@shown", filled(c->organisation) ? c->organisation : c->email);
	value_set_text(w->a, o, "@href", k == NULL ? NULL : directory_href(w, k->organisation.id, ""));
	value_set_text(w->a, o, "@answers_text",
	    c->sent == 0 ? web_tr(w, NULL, N_("never asked"))
			 : web_trf(w, NULL, N_("asked {n}, answered {k}"),
			       I18N_ARGS({ "n", i18n_number(w->a, c->sent) }, { "k", i18n_number(w->a, c->answered) })));
	value_set_text(w->a, o, "@speed_text",
	    c->answer_minutes == 0
		? NULL
		: web_trf(w, NULL, N_("on average within {time}"),
		      I18N_ARGS({ "time", zone_duration(w->a, w->lang, c->answer_minutes * CLOCK_MINUTE) })));
	value_set_bool(w->a, o, "@known", c->id != 0);
	value_set_text(w->a, o, "@key", place < 8 ? arena_printf(w->a, "%zu", place + 1) : NULL);
	value_set_bool(w->a, o, "@present", c->id != 0 && c->id == f->site.contact_id);
}

static void
option(struct web *w, struct value *list, const char *kind, const char *value, const char *text)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", arena_printf(w->a, "%s %s", kind, value));
	value_set_text(w->a, o, "label", web_trf(w, NULL, text, I18N_ARGS({ "value", url_defang(w->a, str_of(value)) })));
	value_set_bool(w->a, o, "selected", false);
}

/* For what a choice is remembered. */
static void
set_remember(struct web *w, const struct finding *f)
{
	struct value *list = value_set_list(w->a, w->ui, "@remember"), *o = value_add_object(w->a, list);
	const struct contact_known_for *about = &f->about;
	const char *net = NULL;
	struct ip ip;

	value_set_text(w->a, o, "value", "");
	value_set_text(w->a, o, "label", web_tr(w, NULL, N_("do not remember")));
	value_set_bool(w->a, o, "selected", true);
	if (filled(about->host))
		option(w, list, "host", about->host, N_("for the host {value}"));
	if (filled(about->domain) && !is(about->domain, about->host))
		option(w, list, "domain", about->domain, N_("for the domain {value}"));
	if (filled(about->address) && ip_parse(str_of(about->address), &ip) == OK) {
		if (ip.v == 4)
			ip.byte[3] = 0;
		else
			memset(ip.byte + 6, 0, 10);
		net = arena_printf(w->a, "%s/%d", ip_format(w->a, &ip), ip.v == 4 ? 24 : 48);
		option(w, list, "host", about->address, N_("for the address {value}"));
		option(w, list, "prefix", net, N_("for the network {value}"));
	}
	if (about->asn > 0)
		option(w, list, "asn", arena_printf(w->a, "%lld", (long long)about->asn), N_("for AS{value}"));
}

static void
set_answers(struct web *w, const struct finding *f)
{
	static const struct word states[] = { { "found", N_("answered") }, { "none", N_("does not know it") },
		{ "limited", N_("answers no more for now") }, { "unreadable", N_("cannot be read") },
		{ "referral", N_("names another server") }, { "failed", N_("no answer") }, { NULL, NULL } };
	struct value *list = value_set_list(w->a, w->data, "answers");

	for (size_t i = 0; i < f->n_answers; i++) {
		const struct lookup_answer *x = &f->answer[i];
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "id", x->id);
		value_set_text(w->a, o, "object", x->object);
		value_set_text(w->a, o, "kind", x->kind);
		value_set_text(w->a, o, "server", x->server);
		value_set_text(w->a, o, "state", x->state);
		web_set_time(w, o, "fetched_at", x->fetched_at);
		value_set_bool(w->a, o, "expired", x->expires_at <= w->now);
		value_set_text(w->a, o, "error",
		    filled(x->error) ? web_trf(w, NULL, x->error, I18N_ARGS({ "value", x->error_value })) : NULL);
		value_set_text(w->a, o, "@object", url_defang(w->a, str_of(x->object)));
		value_set_text(w->a, o, "@state_text", web_tr(w, NULL, word_label(states, x->state)));
		value_set_text(w->a, o, "@href",
		    x->raw_blob == 0 ? NULL : arena_printf(w->a, "/directory/find/answers/%lld", (long long)x->id));
	}
	value_set_bool(w->a, w->ui, "has_answers", f->n_answers > 0);
}

static void
set_asking(struct web *w, const struct finding *f)
{
	const char *reach = setting_text(w->db, w->a, "lookup.reach"), *why = NULL;

	if (is(reach, "nothing"))
		why = N_("Asking outside is switched off. An administrator can allow it under “Settings”.");
	else if (!pap_may_ask(f->pap))
		why = N_("Nobody outside may be asked: PAP:RED.");
	value_set_bool(w->a, w->data, "may_ask", why == NULL);
	value_set_text(w->a, w->ui, "no_asking_text", why == NULL ? NULL : web_tr(w, NULL, why));
	value_set_text(w->a, w->data, "pap", pap_name(f->pap));
}

static void
set_subject(struct web *w, const struct finding *f)
{
	struct value *o = value_set_object(w->a, w->data, "subject"), *warnings;
	unsigned bits = f->host.warnings;
	const char *text;

	value_set_text(w->a, o, "kind", host_kind_name(f->host.kind));
	value_set_text(w->a, o, "host", f->about.host);
	value_set_text(w->a, o, "domain", f->about.domain);
	value_set_text(w->a, o, "address", f->about.address);
	value_set_int(w->a, o, "as", f->about.asn);
	value_set_text(w->a, o, "country", f->about.cc);
	value_set_text(w->a, o, "as_name", f->as_name);
	value_set_text(w->a, o, "@attribution", f->attribution);
	value_set_text(w->a, o, "@no_place", f->no_place == NULL ? NULL : web_tr(w, NULL, f->no_place));
	value_set_text(w->a, o, "@host", f->about.host == NULL ? NULL : url_defang(w->a, str_of(f->about.host)));
	value_set_text(w->a, o, "@address", f->about.address == NULL ? NULL : url_defang(w->a, str_of(f->about.address)));
	value_set_text(w->a, o, "@as", f->about.asn == 0 ? NULL : arena_printf(w->a, "AS%lld %s", (long long)f->about.asn, filled(f->as_name) ? f->as_name : ""));
	value_set_text(w->a, o, "@country", f->about.cc == NULL ? NULL : country_name(w->lang, f->about.cc));
	warnings = value_set_list(w->a, w->ui, "warnings");
	while ((text = host_warning(&bits)) != NULL)
		warn(w, warnings, text);
}

/* What is asked again and again. Where one came from is no part of it. */
static enum err
set_views(struct web *w)
{
	struct view_tab *tab;
	size_t n;

	if (w->json)
		return OK;
	TRY(view_web_tabs(w, "find", NULL, 0, NULL, &tab, &n));
	value_set_bool(w->a, w->ui, "view_tags", true);
	view_web_set(w, "find", arena_printf(w->a, "q=%s", web_escape(w, field(w, "q"))), tab, n);
	value_set_bool(w->a, w->ui, "save_view",
	    value_true(value_get(w->ui, "save_view")) && *field(w, "q") != '\0');
	return OK;
}

static enum err
show_found(struct web *w, struct finding *f, bool found)
{
	struct value *list = value_set_list(w->a, w->data, "items");

	directory_tabs(w, "/directory/find");
	TRY(set_views(w));
	value_set_text(w->a, w->ui, "q", field(w, "q"));
	value_set_int(w->a, w->data, "site", f->site.id);
	value_set_int(w->a, w->ui, "mailing", f->mailing);
	value_set_text(w->a, w->ui, "incident", field(w, "incident"));
	value_set_bool(w->a, w->ui, "for_site", f->site.id != 0);
	value_set_text(w->a, w->ui, "back_href",
	    f->mailing != 0   ? arena_printf(w->a, "/takedowns/notify/%lld", (long long)f->mailing)
	    : f->site.id != 0 ? arena_printf(w->a, "/takedowns/%lld", (long long)f->site.id)
			      : NULL);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_DIRECTORY_EDIT));
	value_set_bool(w->a, w->ui, "asked", found);
	if (found) {
		set_subject(w, f);
		for (size_t i = 0; i < f->n; i++)
			set_candidate(w, f, value_add_object(w->a, list), &f->list[i], i);
		set_remember(w, f);
		set_answers(w, f);
		set_asking(w, f);
	}
	value_set_int(w->a, w->data, "total", (int64_t)f->n);
	value_set_bool(w->a, w->ui, "has_items", f->n > 0);
	return problems_any(&w->problems) ? web_again(w, "find", TITLE) : web_page(w, "find", TITLE);
}

static enum err
not_understood(struct web *w, struct finding *f)
{
	web_problem(w, "q", N_("This is no address, host, URL or AS number. Examples: 192.0.2.1, www.example.jp, AS64500."));
	w->status = 422;
	return show_found(w, f, false);
}

static enum err
show(struct web *w)
{
	struct finding f = { 0 };

	if (*field(w, "q") == '\0' && number(w, "site") == 0)
		return show_found(w, &f, false);
	enum err e = load(w, &f);

	if (e == ERR_INVALID || e == ERR_LIMIT)
		return not_understood(w, &f);
	TRY(e);
	return show_found(w, &f, true);
}

/* Acting */

/* "host www.example.jp": its two words; false when there is nothing. */
static bool
remembered(struct web *w, const char **ret_kind, const char **ret_value)
{
	static const char *const kinds[] = { "host", "domain", "prefix", "asn", NULL };
	struct str rest = str_of(web_form(w, "remember")), kind;

	if (!str_split(&rest, ' ', &kind) || rest.n == 0 || rest.n > LIMIT_NAME)
		return false;
	for (size_t i = 0; kinds[i] != NULL; i++) {
		if (str_is(kind, kinds[i])) {
			*ret_kind = kinds[i];
			*ret_value = arena_cstr(w->a, rest);
			return true;
		}
	}
	return false;
}

/* A person says who it is: for this site, for more, or both. */
static enum err
choose(struct web *w, struct finding *f, int64_t contact)
{
	const char *kind, *value;
	struct mailing m;

	if (f->site.id != 0) {
		f->site.contact_id = contact;
		TRY(site_change(w->db, w->a, &f->site, web_actor(w)));
	}
	if (remembered(w, &kind, &value))
		TRY(contact_known_choose(w->db, w->a, kind, value, contact, web_actor(w)));
	else if (f->site.id == 0 && *field(w, "incident") == '\0') {
		web_problem(w, "remember", N_("Say what it is chosen for."));
		w->status = 422;
		return show_found(w, f, true);
	}
	if (f->mailing != 0) {
		TRY(mailing_get(w->db, w->a, f->mailing, &m));
		if (is(m.state, "draft"))
			TRY(mailing_group(w->db, w->a, &m, w->now));
		return web_redirect(w, arena_printf(w->a, "/takedowns/notify/%lld", (long long)f->mailing),
		    N_("Contact chosen"), 0);
	}
	/* Back to the form of a party, which takes over who it is. */
	if (f->site.id == 0 && *field(w, "incident") != '\0')
		return web_redirect(w,
		    arena_printf(w->a, "/incidents/%s/parties/new?contact=%lld", web_escape(w, field(w, "incident")),
			(long long)contact),
		    N_("Contact chosen"), 0);
	return web_redirect(w,
	    f->site.id != 0 ? arena_printf(w->a, "/takedowns/%lld", (long long)f->site.id) : here(w, f),
	    N_("Contact chosen"), 0);
}

static const char *
contact_source(enum contact_source s)
{
	switch (s) {
	case CONTACT_RDAP:
		return "rdap";
	case CONTACT_WHOIS:
		return "whois";
	case CONTACT_SECURITY_TXT:
		return "security.txt";
	case CONTACT_ZONE:
		return "soa";
	default:
		return "manual";
	}
}

/* A candidate from outside becomes a contact of an organisation of ours. */
static enum err
take(struct web *w, const struct finding *f, const struct contact_candidate *c, int64_t *ret)
{
	struct str domain = str_of(c->email), local;
	const char *name = c->organisation;
	struct organisation o;
	int64_t id;
	bool ja = c->country != NULL && strcmp(c->country, "JP") == 0;

	(void)f;
	if (!filled(name))
		name = str_split(&domain, '@', &local) && domain.n > 0 ? arena_cstr(w->a, domain) : c->email;
	enum err e = organisation_by_name(w->db, w->a, name, &o);

	if (e == ERR_NOT_FOUND) {
		TRY(organisation_add(w->db, w->a,
		    &(struct organisation){
			.name = name,
			.kind = c->role == FOUND_REGISTRAR_ABUSE || c->role == FOUND_REGISTRAR ? "registrar" : "isp",
			.cc = filled(c->country) && country_find(c->country) != NULL ? country_find(c->country)->code : NULL,
			.lang = ja ? "ja" : "en",
			.authority = "none",
			.trust = "unknown",
			.max_tlp = "GREEN",
			.formats = "table,csv",
			.source = contact_source(c->source),
		    },
		    web_actor(w), &id));
	} else {
		TRY(e);
		id = o.id;
	}
	return contact_add(w->db, w->a,
	    &(struct contact){
		.organisation_id = id,
		.purpose = c->role == FOUND_ABUSE || c->role == FOUND_REGISTRAR_ABUSE ? "abuse" : "general",
		.name = filled(c->name) ? c->name : NULL,
		.email = c->email,
		.source = contact_source(c->source),
		.source_at = c->known_at != 0 ? c->known_at : w->now,
	    },
	    web_actor(w), ret);
}

static const struct contact_candidate *
candidate(const struct finding *f, const char *email)
{
	for (size_t i = 0; i < f->n; i++) {
		if (is(f->list[i].email, email))
			return &f->list[i];
	}
	return NULL;
}

static enum err
wrong(struct web *w, const struct finding *f, int64_t contact, bool back)
{
	const char *kind = "host", *value = filled(f->about.host) ? f->about.host : f->about.address;

	(void)remembered(w, &kind, &value);
	if (value == NULL) {
		kind = "asn";
		value = arena_printf(w->a, "%lld", (long long)f->about.asn);
	}
	TRY(back ? contact_known_forget(w->db, w->a, kind, value, contact, web_actor(w))
		 : contact_known_wrong(w->db, w->a, kind, value, contact, web_actor(w)));
	return web_redirect(w, here(w, f), back ? N_("Forgotten") : N_("It is remembered as the wrong one"), 0);
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "ask", "choose", "wrong", "forget", "take", NULL };
	struct finding f = { 0 };
	int64_t contact = number(w, "contact");
	const char *what = web_choice(w, "act", acts, false), *email = web_form(w, "email");

	/* A button of the page says both at once: choose = 12. */
	for (size_t i = 1; *what == '\0' && acts[i] != NULL; i++) {
		if (*web_form(w, acts[i]) == '\0')
			continue;
		what = acts[i];
		contact = number(w, what);
		email = web_form(w, what);
	}
	if (*what == '\0')
		web_problem(w, "act", N_("Say what is to be done: ask, choose, wrong, forget or take."));
	enum err e = load(w, &f);

	if (e == ERR_INVALID || e == ERR_LIMIT)
		return not_understood(w, &f);
	TRY(e);
	if (problems_any(&w->problems)) {
		w->status = 422;
		return show_found(w, &f, true);
	}
	if (is(what, "ask")) {
		e = lookup_ask(w->db, w->a, &f.host, f.pap, true, w->now);
		if (e == ERR_DENIED || e == ERR_INVALID) {
			web_problem(w, "act", e == ERR_DENIED ? N_("Nobody outside may be asked about this now.")
							      : N_("There is nobody to ask about this."));
			w->status = 422;
			return show_found(w, &f, true);
		}
		TRY(e);
		return web_redirect(w, here(w, &f), N_("They are being asked: load this page again in a moment"), 0);
	}
	if (is(what, "take")) {
		const struct contact_candidate *c = candidate(&f, email);

		if (c == NULL)
			return ERR_NOT_FOUND;
		if (c->id == 0)
			TRY(take(w, &f, c, &contact));
		else
			contact = c->id;
		value_set_int(w->a, w->data, "contact", contact);
		if (f.site.id == 0 && *web_form(w, "remember") == '\0' && *field(w, "incident") == '\0')
			return web_redirect(w, here(w, &f), N_("Taken into the directory"), 0);
		return choose(w, &f, contact);
	}
	if (known_of(&f, contact) == NULL) {
		struct contact c;

		/* Chosen from the directory by hand. */
		TRY(contact_get(w->db, w->a, contact, &c));
	}
	return is(what, "choose") ? choose(w, &f, contact) : wrong(w, &f, contact, is(what, "forget"));
}

/* An answer as it came, as text. */
static enum err
raw(struct web *w)
{
	struct lookup_answer x;
	struct str bytes;
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(lookup_get(w->db, w->a, id, &x));
	if (x.raw_blob == 0)
		return ERR_NOT_FOUND;
	TRY(blob_get(w->blobs, w->db, w->a, x.raw_blob, LIMIT_MIB(16), &bytes));
	return web_bytes(w, "text/plain; charset=utf-8", utf8_clean(w->a, bytes));
}

const struct web_route find_routes[] = {
	{ WEB_GET, "/directory/find", PERM_DIRECTORY_READ, show, 0,
	    "Whom to write to about q (address, host, URL, AS number); site, incident: what it is for" },
	{ WEB_POST, "/directory/find", PERM_DIRECTORY_EDIT, act, 0,
	    "act = ask (whois, RDAP, DNS), choose wrong forget (contact), take (email): with q, site, remember "
	    "(host domain prefix asn and its value)" },
	{ WEB_GET, "/directory/find/answers/:id", PERM_DIRECTORY_READ, raw, 0, "An answer of whois or RDAP as it came" },
	{ 0 },
};
