/* SPDX-License-Identifier: Apache-2.0 */
/* site_web.c - one site: what it is, what was done, what the checks saw. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "directory/organisation.h"
#include "incident/extract.h"
#include "incident/incident_page.h"
#include "takedown/board_page.h"
#include "takedown/brand_store.h"
#include "takedown/mailing.h"
#include "takedown/owner_store.h"
#include "takedown/picture_page.h"
#include "takedown/site_letter_store.h"
#include "takedown/site_store.h"

#define CHECKS 50
#define EVENTS 50

/* Evidence and pages name hosts: shown disguised. */
static const char *
lines_defanged(struct web *w, const char *text)
{
	return text == NULL ? NULL : arena_cstr(w->a, extract_defang_text(w->a, str_of(text)));
}

enum err
site_page_checks(struct web *w, int64_t site, int limit, struct value *o)
{
	struct value *list = value_set_list(w->a, o, "checks");
	struct site_check *c;
	size_t n;

	TRY(site_check_list(w->db, w->a, site, limit, &c, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *r = value_add_object(w->a, list);

		value_set_int(w->a, r, "id", c[i].id);
		web_set_time(w, r, "at", c[i].at);
		value_set_text(w->a, r, "vantage", c[i].vantage);
		value_set_text(w->a, r, "method", c[i].method);
		value_set_text(w->a, r, "result", c[i].result);
		value_set_id(w->a, r, "http_status", c[i].http_status);
		value_set_text(w->a, r, "address", c[i].address);
		value_set_text(w->a, r, "page_hash", c[i].page_hash);
		value_set_text(w->a, r, "page_title", c[i].page_title);
		value_set_int(w->a, r, "bytes", c[i].bytes);
		value_set_int(w->a, r, "millis", c[i].millis);
		value_set_text(w->a, r, "redirects", c[i].redirects);
		value_set_text(w->a, r, "form_targets", c[i].form_targets);
		value_set_text(w->a, r, "error", c[i].error);
		value_set_bool(w->a, r, "evidence", c[i].evidence_blob != 0);
		value_set_text(w->a, r, "@result_text", site_page_word(w, site_results, c[i].result));
		value_set_text(w->a, r, "@address", c[i].address == NULL ? NULL : url_defang(w->a, str_of(c[i].address)));
		value_set_text(w->a, r, "@redirects", lines_defanged(w, c[i].redirects));
		value_set_text(w->a, r, "@error", lines_defanged(w, c[i].error));
		value_set_text(w->a, r, "@who",
		    strcmp(c[i].method, "person") == 0	 ? web_tr(w, NULL, N_("a person says"))
			: strcmp(c[i].method, "answer") == 0 ? web_tr(w, NULL, N_("the one who was asked says"))
							     : NULL);
		value_set_text(w->a, r, "@evidence_href",
		    c[i].evidence_blob == 0 ? NULL
					    : arena_printf(w->a, "/takedowns/%lld/checks/%lld", (long long)site, (long long)c[i].id));
	}
	return OK;
}

static void
set_words(struct web *w, const struct site *s)
{
	value_set_text(w->a, w->data, "prior", s->prior);
	value_set_text(w->a, w->data, "lure", s->lure);
	value_set_text(w->a, w->data, "asked_for", s->asked_for);
	value_set_int(w->a, w->data, "victims", s->victims);
	value_set_text(w->a, w->data, "note", s->note);
	value_set_text(w->a, w->data, "page_title", s->page_title);
	value_set_text(w->a, w->data, "page_hash", s->page_hash);
	value_set_text(w->a, w->data, "form_targets", s->form_targets);
	value_set_text(w->a, w->data, "redirects", s->redirects);
	value_set_text(w->a, w->data, "stopped_by", s->stopped_by);
	value_set_bool(w->a, w->data, "removed", s->removed_at != 0);
	value_set_int(w->a, w->data, "version", s->version);
	web_set_time(w, w->data, "gone_since", s->gone_since);
	value_set_text(w->a, w->ui, "lure_text", site_page_word(w, site_lures, s->lure));
	value_set_text(w->a, w->ui, "origin_text", site_page_word(w, site_origins, s->origin));
	value_set_text(w->a, w->ui, "sector_text", site_page_word(w, organisation_sectors, s->sector));
	value_set_text(w->a, w->ui, "redirects_text", lines_defanged(w, s->redirects));
	value_set_text(w->a, w->ui, "form_targets_text", lines_defanged(w, s->form_targets));
	value_set_text(w->a, w->ui, "prior_text", lines_defanged(w, s->prior));
	if (s->victims > 0)
		value_set_text(w->a, w->ui, "victims_text", i18n_number(w->a, s->victims));
	struct str rest = str_of(s->asked_for), one;
	struct buf *b = buf_new(w->a, 2000);

	while (str_split(&rest, ',', &one)) {
		if (one.n > 0)
			buf_printf(b, "%s%s", b->n > 0 ? ", " : "", site_page_word(w, site_asked_for, arena_cstr(w->a, one)));
	}
	value_set_text(w->a, w->ui, "asked_for_text", buf_cstr(w->a, b));
}

/* "No longer by itself", "at 14:30", "checks are off". */
static void
set_plan(struct web *w, const struct site *s)
{
	bool on = setting_bool(w->db, "check.on");

	value_set_bool(w->a, w->ui, "checks_off", !on);
	value_set_text(w->a, w->ui, "next_check_text",
	    !on			      ? web_tr(w, NULL, N_("Checks are switched off in the settings."))
		: s->next_check_at == 0 ? web_tr(w, NULL, N_("It is not checked by itself any more."))
					: web_trf(w, NULL, N_("Next check: {when}."), I18N_ARGS({ "when", web_when(w, s->next_check_at) })));
}

static void
set_form(struct web *w, const struct site *s)
{
	static const char *const asked[] = { "id", "password", "card", "otp", "personal", "other" };
	struct value *list = value_set_list(w->a, w->ui, "asked");

	site_page_options(w, "@origins", site_origins, NULL, s->origin);
	site_page_options(w, "@sectors", organisation_sectors, NULL, s->sector);
	site_page_options(w, "@routes", site_routes, NULL, s->route);
	site_page_options(w, "@lures", site_lures, web_tr(w, NULL, N_("unknown")), s->lure);
	web_fill(w, "brand", s->brand == NULL ? "" : s->brand);
	web_fill(w, "prior", s->prior == NULL ? "" : s->prior);
	web_fill(w, "note", s->note == NULL ? "" : s->note);
	web_fill(w, "country", s->cc == NULL ? "" : s->cc);
	web_fill(w, "victims", s->victims == 0 ? "" : arena_printf(w->a, "%lld", (long long)s->victims));
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct value *o = value_add_object(w->a, list);
		struct str rest = str_of(s->asked_for), one;
		bool on = false;

		while (str_split(&rest, ',', &one))
			on = on || str_is(one, asked[i]);
		value_set_text(w->a, o, "value", asked[i]);
		value_set_text(w->a, o, "label", site_page_word(w, site_asked_for, asked[i]));
		value_set_bool(w->a, o, "checked", on);
	}
}

static const char *
event_text(struct web *w, const char *action, const struct value *p)
{
	static const char *const words[][2] = {
		{ "site.add", NC_("site", "Put on the board") },
		{ "site.change", NC_("site", "Facts changed") },
		{ "site.notify", NC_("site", "Asked to stop it") },
		{ "site.stop", NC_("site", "Stopped") },
		{ "site.reopen", NC_("site", "There again") },
		{ "site.state", NC_("site", "State changed by a check") },
		{ "site.remove", NC_("site", "Taken off the board") },
		{ "site.restore", NC_("site", "Put back on the board") },
		{ "site.put-back", NC_("site", "Taken back") },
		{ "site.picture", NC_("site", "Picture added") },
		{ "site.picture-remove", NC_("site", "Picture removed") },
	};

	(void)p;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i][0], action) == 0)
			return web_tr(w, "site", words[i][1]);
	}
	return action;
}

static enum err
set_journal(struct web *w, const struct site *s)
{
	struct value *all, *list = value_set_list(w->a, w->ui, "events");

	TRY(journal_list(w->db, w->a, "site", s->id, 0, EVENTS, &all));
	for (size_t i = 0; i < value_count(all); i++) {
		const struct value *e = value_at(all, i);
		const struct value *p = value_get(e, "payload");
		const char *evidence = value_cstr(value_get(p, "evidence")), *reason = value_cstr(value_get(p, "reason"));
		const char *from = value_cstr(value_get(p, "from")), *to = value_cstr(value_get(p, "to"));
		struct value *o = value_add_object(w->a, list);

		web_set_time(w, o, "at", value_integer(value_get(e, "at")));
		value_set_text(w->a, o, "who", incident_who(w, value_cstr(value_get(e, "actor_name"))));
		value_set_text(w->a, o, "what", event_text(w, value_cstr(value_get(e, "action")), p));
		value_set_text(w->a, o, "more",
		    *evidence != '\0' ? lines_defanged(w, evidence)
			: *reason != '\0' ? lines_defanged(w, reason)
			: *to != '\0'	  ? arena_printf(w->a, "%s → %s", site_page_word(w, site_states, from), site_page_word(w, site_states, to))
					  : NULL);
	}
	return OK;
}

/* What the owner of the brand was told of it, or will be. */
static enum err
set_told(struct web *w, int64_t site)
{
	struct value *list = value_set_list(w->a, w->data, "told");

	TRY(owner_told(w->db, w->a, site, list));
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *o = value_item(list, i);
		const char *state = value_cstr(value_get(o, "state"));
		int64_t thread = value_integer(value_get(o, "thread"));

		web_set_time(w, o, "at", value_integer(value_get(o, "at")));
		value_set_text(w->a, o, "@state_text",
		    strcmp(state, "blocked") == 0 ? web_tr(w, NULL, N_("Not sent")) : web_tr(w, NULL, word_label(mailing_states, state)));
		value_set_text(w->a, o, "@href",
		    thread != 0 ? arena_printf(w->a, "/incidents/%s/threads/%lld", value_cstr(value_get(o, "incident")), (long long)thread)
		    : auth_allows(&w->auth, PERM_SEND)
			? arena_printf(w->a, "/takedowns/notify/%lld", (long long)value_integer(value_get(o, "mailing")))
			: NULL);
	}
	return OK;
}

static enum err
model(struct web *w, const struct site *s)
{
	struct board_line *line;
	size_t n;

	TRY(board_lines(w->db, w->a, &s->id, 1, w->user, &line, &n));
	if (n == 1) {
		site_page_row(w, &line[0], w->data);
	} else { /* off the board: the row is not listed, its facts are */
		struct board_line off = { .site = *s };

		TRY(site_letter_incident(w->db, w->a, s->incident_id, &off.incident_ref, &off.incident_title));
		site_page_row(w, &off, w->data);
		line = arena_one(w->a, struct board_line);
		*line = off;
	}
	value_set_str(w->a, w->ui, "incident_title", extract_defang_text(w->a, str_of(line->incident_title)));
	value_set_text(w->a, w->ui, "contact_text",
	    line->organisation == NULL ? line->contact
				       : arena_printf(w->a, "%s %s", line->organisation, line->contact == NULL ? "" : line->contact));
	set_words(w, s);
	set_plan(w, s);
	TRY(site_page_checks(w, s->id, CHECKS, w->data));
	TRY(site_letter_list(w->db, w->a, s->id, w->user, w->data));
	struct value *letters = value_child(w->data, "requests");

	for (size_t i = 0; i < value_count(letters); i++) {
		struct value *o = value_item(letters, i);

		web_set_time(w, o, "at", value_integer(value_get(o, "at")));
		web_set_time(w, o, "answered_at", value_integer(value_get(o, "answered_at")));
	}
	TRY(set_told(w, s->id));
	value_set_bool(w->a, w->ui, "has_checks", value_count(value_get(w->data, "checks")) > 0);
	value_set_bool(w->a, w->ui, "has_told", value_count(value_get(w->data, "told")) > 0);
	value_set_bool(w->a, w->ui, "has_requests", value_count(letters) > 0);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND));
	value_set_bool(w->a, w->ui, "is_stopped", strcmp(s->state, "stopped") == 0);
	value_set_bool(w->a, w->ui, "may_attachment", auth_allows(&w->auth, PERM_ATTACHMENT));
	value_set_text(w->a, w->ui, "here", arena_printf(w->a, "/takedowns/%lld", (long long)s->id));
	value_set_text(w->a, w->ui, "@domain", url_defang(w->a, str_of(s->domain)));
	value_set_text(w->a, w->ui, "@address", s->address == NULL ? NULL : url_defang(w->a, str_of(s->address)));
	set_form(w, s);
	TRY(picture_page_compare(w, w->data, s));
	if (picture_page_waits(w->data))
		web_header(w, "Refresh", "2");
	value_set_text(w->a, w->ui, "picture_action", arena_printf(w->a, "/takedowns/%lld/picture", (long long)s->id));
	value_set_text(w->a, w->ui, "brand_href",
	    s->brand_id == 0 ? NULL : arena_printf(w->a, "/takedowns/brands/%lld", (long long)s->brand_id));
	TRY(incident_similar(w, s->incident_id));
	return set_journal(w, s);
}

static enum err
show(struct web *w)
{
	struct site s;

	TRY(site_page_get(w, &s));
	TRY(model(w, &s));
	return web_again(w, "takedown", N_("Site"));
}

static const char *
asked_for(struct web *w)
{
	size_t n;
	const char *const *all = web_form_all(w, "asked_for", &n);
	struct buf *b = buf_new(w->a, 500);

	for (size_t i = 0; i < n && i < 20; i++) {
		if (*all[i] == '\0')
			continue;
		if (!word_has(site_asked_for, all[i]))
			web_problem(w, "asked_for", N_("This choice does not exist. Choose one of the list."));
		else
			buf_printf(b, "%s%s", b->n > 0 ? "," : "", all[i]);
	}
	return buf_cstr(w->a, b);
}

static const char *
one_of(struct web *w, const char *name, const struct word *list, const char *was)
{
	const char *s = web_form(w, name);

	if (!web_form_has(w, name))
		return was;
	if (*s != '\0' && !word_has(list, s))
		web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
	return s;
}

static enum err
change(struct web *w)
{
	struct site s, was;

	TRY(site_page_get(w, &s));
	was = s;
	s.version = web_form_int(w, "version", 0, INT64_MAX, s.version);
	s.origin = one_of(w, "origin", site_origins, s.origin);
	s.sector = one_of(w, "sector", organisation_sectors, s.sector);
	s.route = one_of(w, "route", site_routes, s.route);
	s.lure = one_of(w, "lure", site_lures, s.lure);
	if (web_form_has(w, "prior"))
		s.prior = web_body(w, "prior", 10000);
	if (web_form_has(w, "note"))
		s.note = web_body(w, "note", 10000);
	if (web_form_has(w, "asked_for"))
		s.asked_for = asked_for(w);
	if (web_form_has(w, "victims"))
		s.victims = web_form_int(w, "victims", 0, INT32_MAX, 0);
	if (web_form_has(w, "country")) {
		const char *cc = web_line(w, "country", 2);
		const struct country *c = *cc == '\0' ? NULL : country_find(cc);

		if (*cc != '\0' && c == NULL)
			web_problem(w, "country", N_("Write the two letters of a country, such as JP."));
		s.cc = c == NULL ? NULL : c->code;
	}
	if (web_form_has(w, "brand")) {
		s.brand = web_line(w, "brand", LIMIT_NAME);
		s.brand_id = 0;
		if (*s.brand != '\0' && !problems_any(&w->problems))
			TRY(brand_need(w->db, w->a, s.brand, web_actor(w), &s.brand_id));
	}
	if (s.version != was.version)
		web_problem(w, "", N_("Somebody else changed this in the meantime. Look at it and save again."));
	if (problems_any(&w->problems)) {
		TRY(model(w, &was));
		return web_again(w, "takedown", N_("Site"));
	}
	TRY(site_change(w->db, w->a, &s, web_actor(w)));
	return web_redirect(w, arena_printf(w->a, "/takedowns/%lld", (long long)s.id), N_("Saved"), 0);
}

static enum err
restore(struct web *w)
{
	struct site s;

	TRY(site_page_get(w, &s));
	s.next_check_at = w->now;
	enum err e = site_restore(w->db, w->a, &s, web_actor(w));

	if (e != OK && e != ERR_CONFLICT)
		return e;
	return web_redirect(w, arena_printf(w->a, "/takedowns/%lld", (long long)s.id), N_("Put back on the board"), 0);
}

/* As text, never as a page: it is what an attacker wrote. */
static enum err
evidence(struct web *w)
{
	struct value *p = value_object(w->a);
	struct site s;
	struct site_check c;
	int64_t id;

	TRY(site_page_get(w, &s));
	if (!str_int(str_of(web_path(w, "check")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(site_check_get(w->db, w->a, s.id, id, &c));
	if (c.evidence_blob == 0)
		return ERR_NOT_FOUND;
	value_set_int(w->a, p, "check", id);
	TRY(web_journal2(w, "site.evidence", "site", s.id, "incident", s.incident_id, p));
	return web_download(w, c.evidence_blob, arena_printf(w->a, "site-%lld-check-%lld.txt", (long long)s.id, (long long)id),
	    "text/plain; charset=utf-8");
}

const struct web_route site_web_routes[] = {
	{ WEB_GET, "/takedowns/:id", PERM_INCIDENT_READ, show, 0, "One site with its checks and requests" },
	{ WEB_POST, "/takedowns/:id", PERM_INCIDENT_EDIT, change, 0,
	    "Change a site: brand, origin, sector, route, prior, lure, asked_for (list), victims, note, version" },
	{ WEB_POST, "/takedowns/:id/restore", PERM_INCIDENT_EDIT, restore, 0, "Put a site back on the board" },
	{ WEB_GET, "/takedowns/:id/checks/:check", PERM_ATTACHMENT, evidence, WEB_WRITES,
	    "What a check received, as text; who takes it is written to the journal" },
	{ 0 },
};
