/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailing_web.c - letters about many sites: looked at one by one, changed, sent
 * together after a while in which all can be taken back; and what waits for an
 * answer too long.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "incident/coordination.h"
#include "incident/snippet_web.h"
#include "takedown/answer_store.h"
#include "takedown/mailing_letter_store.h"
#include "takedown/selection_store.h"
#include "takedown/site_store.h"

#define TITLE N_("Notify in bulk")
#define COLUMNS 70	  /* as the mail is wrapped */
#define LETTERS_SHOWN 100 /* of a list on the page */
#define SITES_SHOWN 100
#define FILE_SHOWN LIMIT_KIB(4)
#define WAITING_SHOWN 200

static const char *const tlps[] = { "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", NULL };

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static const char *
href(struct web *w, int64_t mailing)
{
	return arena_printf(w->a, "/takedowns/notify/%lld", (long long)mailing);
}

static const char *
word(struct web *w, const struct word *list, const char *name)
{
	const char *label = word_label(list, name);

	return *label == '\0' ? "" : web_tr(w, NULL, label);
}

static const char *
either(struct web *w, const char *name, const char *name_en)
{
	return w->lang == LANG_EN && name_en != NULL && *name_en != '\0' ? name_en : name;
}

static void
badge(struct web *w, struct value *o, const char *key, const char *state, const char *text)
{
	struct value *b = value_set_object(w->a, o, key);

	value_set_text(w->a, b, "state", state);
	value_set_text(w->a, b, "text", text);
}

static enum err
mailing_of_path(struct web *w, struct mailing *m)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return mailing_get(w->db, w->a, id, m);
}

/* What became of a letter, or would. */
static void
letter_badge(struct web *w, struct value *o, const struct mailing_letter *l)
{
	if (l->taken_out)
		badge(w, o, "@badge", "plain", web_tr(w, NULL, N_("Taken out")));
	else if (l->blocked != NULL)
		badge(w, o, "@badge", "late", web_tr(w, NULL, N_("Not sent")));
	else if (l->answered_at != 0)
		badge(w, o, "@badge", "good", web_tr(w, NULL, N_("Answered by the link")));
	else if (l->state != NULL)
		coordination_badge(w, o, "@badge", l->state, l->due_at, 0);
	else
		value_set(w->a, o, "@badge", NULL);
}

/* Why it was not sent: a msgid, a tab, what is to be put in. */
static void
set_blocked(struct web *w, struct value *o, const char *blocked)
{
	struct str s = str_of(blocked == NULL ? "" : blocked);
	size_t tab = str_find_char(s, '\t', 0);
	const char *why = arena_cstr(w->a, str_take(s, tab));
	const struct i18n_arg *args = I18N_ARGS({ "value", tab == SIZE_MAX ? "" : arena_cstr(w->a, str_skip(s, tab + 1)) });

	value_set_text(w->a, o, "blocked", blocked == NULL ? NULL : i18n_fill(w->a, why, args));
	value_set_text(w->a, o, "@blocked_text", blocked == NULL ? NULL : web_trf(w, "gate", why, args));
}

static void
set_letter(struct web *w, struct value *o, const struct mailing *m, const struct mailing_letter *l, int64_t chosen)
{
	value_set_int(w->a, o, "id", l->id);
	value_set_text(w->a, o, "organisation", l->organisation);
	value_set_text(w->a, o, "organisation_en", l->organisation_en);
	value_set_text(w->a, o, "email", l->email);
	value_set_text(w->a, o, "lang", l->lang);
	value_set_text(w->a, o, "route", l->route);
	value_set_text(w->a, o, "tlp", m->tlp != NULL ? m->tlp : tlp_name(l->tlp));
	value_set_int(w->a, o, "sites", l->sites);
	value_set_int(w->a, o, "part", l->part);
	value_set_bool(w->a, o, "taken_out", l->taken_out);
	set_blocked(w, o, l->blocked);
	value_set_text(w->a, o, "ref", l->ref);
	value_set_text(w->a, o, "state", l->state);
	web_set_time(w, o, "sent_at", l->sent_at);
	web_set_time(w, o, "answered_at", l->answered_at);
	value_set_text(w->a, o, "@organisation", either(w, l->organisation, l->organisation_en));
	value_set_text(w->a, o, "@route_text", word(w, is(l->route, MAILING_OWNER) ? mailing_purposes : site_routes, l->route));
	value_set_text(w->a, o, "@sites_text",
	    i18n_fill(w->a, i18n_plural(w->lang, NULL, "{n} site", "{n} sites", l->sites),
		I18N_ARGS({ "n", i18n_number(w->a, l->sites) })));
	value_set_text(w->a, o, "@href", arena_printf(w->a, "%s?letter=%lld", href(w, m->id), (long long)l->id));
	value_set_bool(w->a, o, "@current", l->id == chosen);
	letter_badge(w, o, l);
}

static void
set_row(struct web *w, struct value *o, int64_t mailing, const struct mailing_row *r)
{
	const struct site *s = &r->site;

	value_set_int(w->a, o, "site", s->id);
	value_set_text(w->a, o, "url", s->url);
	value_set_text(w->a, o, "incident", r->incident_ref);
	value_set_text(w->a, o, "address", s->address);
	value_set_text(w->a, o, "country", s->cc);
	value_set_int(w->a, o, "as", s->asn);
	value_set_text(w->a, o, "brand", s->brand);
	value_set_text(w->a, o, "state", s->state);
	value_set_bool(w->a, o, "taken_out", r->taken_out);
	value_set_text(w->a, o, "answer", r->answer);
	value_set_text(w->a, o, "note", r->note);
	web_set_time(w, o, "answered_at", r->answered_at);
	value_set_text(w->a, o, "@url", url_defang(w->a, str_of(s->url)));
	value_set_text(w->a, o, "@state_text", word(w, site_states, s->state));
	value_set_text(w->a, o, "@answer_text", r->answer == NULL ? NULL : word(w, mailing_answers, r->answer));
	value_set_text(w->a, o, "@site_href", arena_printf(w->a, "/takedowns/%lld", (long long)s->id));
	value_set_text(w->a, o, "@find_href",
	    arena_printf(w->a, "/directory/find?q=%s&site=%lld&mailing=%lld", web_escape(w, s->url), (long long)s->id,
		(long long)mailing));
}

static const char *
finding_note(struct web *w, const struct letter_finding *f)
{
	return web_trf(w, "gate", f->note, I18N_ARGS({ "value", f->value }));
}

static bool
is_confirmed(struct web *w, const char *name)
{
	size_t n;
	const char *const *all = web_form_all(w, "confirm", &n);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i], name) == 0)
			return true;
	}
	return false;
}

static void
set_gates(struct web *w, struct value *o, const struct mailing_made *x)
{
	static const char *const states[] = { "good", "soon", "soon", "late" };
	static const char *const names[] = { "good", "note", "confirm", "stop" };
	struct value *list = value_set_list(w->a, o, "gates");

	for (size_t i = 0; i < x->n_found; i++) {
		const struct letter_finding *f = &x->found[i];
		struct value *g = value_add_object(w->a, list);

		value_set_text(w->a, g, "name", f->name);
		value_set_text(w->a, g, "result", names[f->state]);
		value_set_text(w->a, g, "title", web_tr(w, "gate", f->title));
		value_set_text(w->a, g, "note", finding_note(w, f));
		value_set_text(w->a, g, "@state", states[f->state]);
	}
}

static void
set_files(struct web *w, struct value *o, const struct mailing_made *x)
{
	struct value *list = value_set_list(w->a, o, "files");

	for (size_t i = 0; i < x->n_files; i++) {
		struct value *f = value_add_object(w->a, list);

		value_set_text(w->a, f, "name", x->files[i].name);
		value_set_text(w->a, f, "media_type", x->files[i].media_type);
		value_set_int(w->a, f, "size", (int64_t)x->files[i].bytes.n);
		if (i < 3)
			value_set_str(w->a, f, "@text",
			    utf8_clean(w->a, str_take(x->files[i].bytes, FILE_SHOWN)));
		else
			value_set_text(w->a, f, "@text", NULL);
	}
}

/* The chosen letter exactly as it will leave. */
static enum err
set_preview(struct web *w, const struct mailing *m, const struct mailing_letter *l)
{
	struct value *o = value_set_object(w->a, w->data, "letter");
	struct mailing_made x;

	TRY(mailing_make(w->db, w->blobs, w->a, m, l, w->user, l->ref, NULL, w->now, &x));
	set_letter(w, o, m, l, l->id);
	value_set_text(w->a, o, "from",
	    arena_printf(w->a, "%s <%s>", setting_text(w->db, w->a, x.lang == LANG_JA ? "team.name.ja" : "team.name.en"),
		setting_text(w->db, w->a, "team.email")));
	value_set_text(w->a, o, "to", x.contact.email);
	value_set_text(w->a, o, "subject", x.full_subject);
	value_set_text(w->a, o, "text", utf8_wrap(w->a, str_of(x.body), COLUMNS));
	value_set_text(w->a, o, "@contact_href",
	    arena_printf(w->a, "/directory/%lld", (long long)x.organisation.id));
	set_gates(w, o, &x);
	set_files(w, o, &x);
	value_set_bool(w->a, o, "@has_files", x.n_files > 0);
	return OK;
}

static enum err
set_sites(struct web *w, const struct mailing *m, int64_t letter, struct value *list, bool *ret_more)
{
	struct mailing_row *row;
	size_t n;

	TRY(mailing_row_list(w->db, w->a, m->id, letter, w->user, SITES_SHOWN + 1, &row, &n));
	*ret_more = n > SITES_SHOWN;
	for (size_t i = 0; i < n && i < SITES_SHOWN; i++)
		set_row(w, value_add_object(w->a, list), m->id, &row[i]);
	return OK;
}

/* What needs a tick before anything leaves: of all letters together. */
static enum err
set_confirms(struct web *w, const struct mailing *m, const struct mailing_letter *list, size_t n)
{
	struct value *out = value_set_list(w->a, w->ui, "confirms");
	int64_t clear = 0, shared = 0, wider = 0, live = 0, over = 0;
	enum tlp label, most;

	for (size_t i = 0; i < n; i++) {
		const struct mailing_letter *l = &list[i];

		if (l->taken_out || l->sites == 0)
			continue;
		label = l->tlp;
		if (m->tlp != NULL && tlp_parse(str_of(m->tlp), &label) != OK)
			label = l->tlp;
		if (tlp_parse(str_of(l->max_tlp), &most) != OK)
			most = TLP_CLEAR;
		live++;
		over += label > most;
		clear += label >= TLP_AMBER;
		wider += label < l->tlp;
		shared += !tlp_may(l->tlp, TLP_TO_CLIENTS);
	}
	const struct {
		const char *name, *text;
		int64_t n;
	} all[] = {
		{ "clear", N_("Letters with TLP:AMBER or stricter: {n}. To whom no key is known they go in clear."), clear },
		{ "sharing", N_("Letters about something that is for organisations or persons only: {n}. The source agreed."),
		    shared },
		{ "label", N_("Letters with a wider label than their incidents: {n}. Nothing in them is stricter."), wider },
		{ "named", N_("Reporters who did not agree may be named in the letters: I have looked."), 0 },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i].n == 0)
			continue;
		struct value *o = value_add_object(w->a, out);

		value_set_text(w->a, o, "name", all[i].name);
		value_set_text(w->a, o, "text",
		    web_trf(w, NULL, all[i].text, I18N_ARGS({ "n", i18n_number(w->a, all[i].n) })));
		value_set_bool(w->a, o, "checked", is_confirmed(w, all[i].name));
	}
	value_set_int(w->a, w->data, "ready", live - over);
	value_set_int(w->a, w->data, "over", over);
	value_set_text(w->a, w->ui, "over_text",
	    over == 0 ? NULL
		      : web_trf(w, NULL,
			    N_("{n} of them are too strict for their recipients and will stay. Give the letters a wider "
			       "label, or change what the directory allows."),
			    I18N_ARGS({ "n", i18n_number(w->a, over) })));
	value_set_text(w->a, w->ui, "button_text",
	    live - over <= 0 ? NULL
			     : i18n_fill(w->a, i18n_plural(w->lang, NULL, "Send {n} letter", "Send {n} letters", live - over),
				   I18N_ARGS({ "n", i18n_number(w->a, live - over) })));
	value_set_text(w->a, w->ui, "hold_text",
	    web_trf(w, NULL, N_("You can take all of them back for {n} seconds."),
		I18N_ARGS({ "n", i18n_number(w->a, setting_int(w->db, "mail.hold_seconds")) })));
	return OK;
}

static void
set_tlps(struct web *w, const struct mailing *m)
{
	struct value *list = value_set_list(w->a, w->ui, "@tlps"), *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", "");
	value_set_text(w->a, o, "label", web_tr(w, NULL, N_("the strictest in each letter")));
	value_set_bool(w->a, o, "selected", m->tlp == NULL);
	for (size_t i = 0; tlps[i] != NULL; i++) {
		o = value_add_object(w->a, list);
		value_set_text(w->a, o, "value", tlps[i]);
		value_set_text(w->a, o, "label", arena_printf(w->a, "TLP:%s", tlps[i]));
		value_set_bool(w->a, o, "selected", is(m->tlp, tlps[i]));
	}
}

/* The words of each language that one of the letters has. */
static void
set_words(struct web *w, const struct mailing *m, const struct mailing_letter *list, size_t n)
{
	struct value *out = value_set_list(w->a, w->data, "words");

	for (int k = 0; k < 2; k++) {
		enum lang lang = k == 0 ? LANG_JA : LANG_EN;
		struct mailing_words ready = mailing_ready(lang, m->purpose);
		const struct mailing_words *own = &m->words[lang];
		bool used = false;

		for (size_t i = 0; i < n && !used; i++)
			used = is(list[i].lang, lang_code(lang)) || (lang == LANG_EN && !is(list[i].lang, "ja"));
		if (!used)
			continue;
		struct value *o = value_add_object(w->a, out);

		value_set_text(w->a, o, "lang", lang_code(lang));
		value_set_text(w->a, o, "subject", own->subject == NULL ? ready.subject : own->subject);
		value_set_text(w->a, o, "text", own->text == NULL ? ready.text : own->text);
		value_set_bool(w->a, o, "changed", own->text != NULL);
		value_set_text(w->a, o, "@name",
		    web_tr(w, NULL, lang == LANG_JA ? N_("Words of the Japanese letters") : N_("Words of the English letters")));
		if (is(web_form(w, "words_lang"), lang_code(lang)) && (problems_any(&w->problems) || w->instead != NULL)) {
			value_set_text(w->a, o, "subject", web_form(w, "subject"));
			value_set_text(w->a, o, "text", w->instead != NULL ? value_cstr(value_get(w->instead, "text")) : web_form(w, "text"));
			value_set_bool(w->a, o, "typed", true);
		}
	}
}

static void
set_head(struct web *w, const struct mailing *m)
{
	value_set_int(w->a, w->data, "id", m->id);
	value_set_int(w->a, w->data, "version", m->version);
	value_set_text(w->a, w->data, "purpose", m->purpose);
	value_set_text(w->a, w->data, "state", m->state);
	value_set_text(w->a, w->data, "tlp", m->tlp);
	web_set_time(w, w->data, "send_at", m->send_at);
	web_set_time(w, w->data, "ended_at", m->ended_at);
	value_set_text(w->a, w->ui, "state_text", word(w, mailing_states, m->state));
	value_set_text(w->a, w->ui, "purpose_text", word(w, mailing_purposes, m->purpose));
	value_set_text(w->a, w->ui, "action", href(w, m->id));
}

/* While contacts are looked for: how far it is, and the page looks again. */
static enum err
show_progress(struct web *w, const struct mailing *m)
{
	struct value *o = value_set_object(w->a, w->data, "progress");
	int64_t done, total;

	TRY(mailing_progress(w->db, m->id, &done, &total));
	set_head(w, m);
	value_set_int(w->a, o, "done", done);
	value_set_int(w->a, o, "total", total);
	value_set_text(w->a, o, "@text",
	    web_trf(w, NULL, N_("Contacts are being looked for: {done} of {total} sites."),
		I18N_ARGS({ "done", i18n_number(w->a, done) }, { "total", i18n_number(w->a, total) })));
	web_header(w, "Refresh", "1");
	return web_page(w, "mailing_progress", TITLE);
}

static enum err
show_mailing(struct web *w, struct mailing *m)
{
	struct value *list = value_set_list(w->a, w->data, "letters"), *unknown = value_set_object(w->a, w->data, "unknown");
	struct value *items = value_set_list(w->a, unknown, "items");
	struct mailing_letter *letter;
	int64_t chosen = web_query_int(w, "letter", 1, INT64_MAX, 0);
	size_t n, at = SIZE_MAX;
	bool more;

	TRY(mailing_letter_list(w->db, w->a, m->id, w->user, &letter, &n));
	for (size_t i = 0; i < n; i++) {
		if (letter[i].id == chosen || (chosen == 0 && at == SIZE_MAX && !letter[i].taken_out))
			at = i;
	}
	if (at == SIZE_MAX && n > 0)
		at = 0;
	chosen = at == SIZE_MAX ? 0 : letter[at].id;
	size_t from = at == SIZE_MAX || at < LETTERS_SHOWN / 2 || w->json ? 0 : at - LETTERS_SHOWN / 2;

	for (size_t i = from; i < n && (w->json || i < from + LETTERS_SHOWN); i++)
		set_letter(w, value_add_object(w->a, list), m, &letter[i], chosen);
	set_head(w, m);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	TRY(set_sites(w, m, 0, items, &more));
	value_set_int(w->a, unknown, "shown", (int64_t)value_count(items));
	value_set_bool(w->a, unknown, "more", more);
	value_set_bool(w->a, unknown, "@any", value_count(items) > 0);
	if (at != SIZE_MAX) {
		struct value *sites = value_set_list(w->a, w->data, "rows");

		TRY(set_preview(w, m, &letter[at]));
		TRY(set_sites(w, m, chosen, sites, &more));
		value_set_bool(w->a, w->ui, "more_sites", more);
		if (at > 0)
			value_set_text(w->a, w->ui, "previous_href",
			    arena_printf(w->a, "%s?letter=%lld", href(w, m->id), (long long)letter[at - 1].id));
		if (at + 1 < n)
			value_set_text(w->a, w->ui, "next_href",
			    arena_printf(w->a, "%s?letter=%lld", href(w, m->id), (long long)letter[at + 1].id));
		value_set_text(w->a, w->ui, "place_text",
		    web_trf(w, NULL, N_("{i} of {n}"),
			I18N_ARGS({ "i", i18n_number(w->a, (int64_t)at + 1) }, { "n", i18n_number(w->a, (int64_t)n) })));
	}
	TRY(set_confirms(w, m, letter, n));
	set_words(w, m, letter, n);
	set_tlps(w, m);
	bool draft = is(m->state, "draft");

	value_set_bool(w->a, w->ui, "draft", draft);
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND));
	value_set_bool(w->a, w->ui, "held", is(m->state, "held"));
	if (is(m->state, "held"))
		value_set_int(w->a, w->ui, "hold_ms", m->send_at > w->now ? m->send_at - w->now : 0);
	if (is(m->state, "sending") || (is(m->state, "held") && m->send_at <= w->now))
		web_header(w, "Refresh", "3");
	return problems_any(&w->problems) ? web_again(w, "mailing", TITLE) : web_page(w, "mailing", TITLE);
}

static enum err
show(struct web *w)
{
	struct mailing m;

	TRY(mailing_of_path(w, &m));
	return is(m.state, "preparing") ? show_progress(w, &m) : show_mailing(w, &m);
}

/* The list: what was sent, what waits. */

static void
set_waiting(struct web *w, const struct mailing_waiting *x, size_t n)
{
	struct value *list = value_set_list(w->a, w->data, "waiting");
	int64_t remind = 0;

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, list);

		remind += x[i].remind;
		value_set_int(w->a, o, "lead", x[i].lead_id);
		value_set_text(w->a, o, "ref", x[i].ref);
		value_set_text(w->a, o, "organisation", x[i].organisation);
		value_set_text(w->a, o, "email", x[i].email);
		value_set_text(w->a, o, "route", x[i].route);
		value_set_text(w->a, o, "state", x[i].state);
		value_set_int(w->a, o, "sites", x[i].sites);
		value_set_int(w->a, o, "reminders", x[i].reminders);
		value_set_text(w->a, o, "proposal", x[i].remind ? "reminder" : "escalation");
		web_set_time(w, o, "sent_at", x[i].sent_at);
		web_set_time(w, o, "due_at", x[i].due_at);
		value_set_text(w->a, o, "@organisation", either(w, x[i].organisation, x[i].organisation_en));
		value_set_text(w->a, o, "@route_text", word(w, site_routes, x[i].route));
		value_set_bool(w->a, o, "@remind", x[i].remind);
		value_set_text(w->a, o, "@proposal_text",
		    x[i].remind ? web_tr(w, NULL, N_("Remind it"))
				: web_trf(w, NULL, N_("Ask the next: {route}"),
				      I18N_ARGS({ "route",
					  mailing_next_route(x[i].route) == NULL
					      ? word(w, site_routes, "community")
					      : word(w, site_routes, mailing_next_route(x[i].route)) })));
		coordination_badge(w, o, "@badge", x[i].state, x[i].due_at, 0);
	}
	value_set_int(w->a, w->data, "to_remind", remind);
	value_set_int(w->a, w->data, "to_escalate", (int64_t)n - remind);
	value_set_bool(w->a, w->ui, "has_waiting", n > 0);
}

static enum err
show_all(struct web *w)
{
	struct value *list = value_set_list(w->a, w->data, "items");
	struct mailing_waiting *waiting;
	size_t n;

	TRY(mailing_waiting_list(w->db, w->a, w->user, w->now, setting_int(w->db, "notify.reminders"), WAITING_SHOWN,
	    &waiting, &n));
	set_waiting(w, waiting, n);
	TRY(mailing_list(w->db, w->a, 50, list));
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *o = value_item(list, i);
		const char *state = value_cstr(value_get(o, "state"));

		web_set_time(w, o, "at", value_integer(value_get(o, "at")));
		value_set_text(w->a, o, "@href", href(w, value_integer(value_get(o, "id"))));
		value_set_text(w->a, o, "@purpose_text", word(w, mailing_purposes, value_cstr(value_get(o, "purpose"))));
		badge(w, o, "@badge", is(state, "sent") ? "good" : is(state, "draft") ? "plain" : "soon",
		    word(w, mailing_states, state));
	}
	value_set_int(w->a, w->data, "total", (int64_t)value_count(list));
	value_set_bool(w->a, w->ui, "has_items", value_count(list) > 0);
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND));
	return problems_any(&w->problems) ? web_again(w, "mailings", TITLE) : web_page(w, "mailings", TITLE);
}

static enum err
start(struct web *w, const char *purpose, int64_t selection, const int64_t *sites, size_t n)
{
	struct mailing m;
	int64_t id;
	size_t in;

	TRY(mailing_add(w->db, w->a, purpose, selection, web_actor(w), &id));
	TRY(mailing_add_sites(w->db, w->a, id, sites, n, w->user, &in));
	if (in == 0) {
		web_problem(w, "site", N_("None of these sites can be asked for: they have stopped, or were taken off."));
		w->status = 422;
		return show_all(w);
	}
	TRY(mailing_get(w->db, w->a, id, &m));
	TRY(mailing_group(w->db, w->a, &m, w->now));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, href(w, id), NULL);
}

static enum err
index_page(struct web *w)
{
	int64_t selection = web_query_int(w, "selection", 1, INT64_MAX, 0), id;
	int64_t *sites;
	size_t n;

	if (selection == 0)
		return show_all(w);
	TRY(mailing_of_selection(w->db, selection, w->user->id, &id));
	if (id != 0)
		return web_redirect(w, href(w, id), NULL, 0);
	TRY(selection_get(w->db, w->a, selection, w->user->id, &sites, &n));
	if (n > MAILING_SITES) {
		web_problem(w, "site", N_("These are more than 5,000 sites. Choose fewer."));
		w->status = 422;
		return show_all(w);
	}
	return start(w, "request", selection, sites, n);
}

/* Ids of a repeated field. */
static int64_t *
ids(struct web *w, const char *name, size_t *ret_n)
{
	size_t n;
	const char *const *all = web_form_all(w, name, &n);
	int64_t *list = arena_many(w->a, int64_t, n + 1);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		if (str_int(str_of(all[i]), 1, INT64_MAX, &list[*ret_n]))
			(*ret_n)++;
	}
	return list;
}

static enum err
remind(struct web *w, const int64_t *lead, size_t n)
{
	int64_t id;

	TRY(mailing_add(w->db, w->a, "reminder", 0, web_actor(w), &id));
	for (size_t i = 0; i < n; i++)
		TRY(mailing_remind(w->db, w->a, id, lead[i]));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, href(w, id), NULL);
}

static enum err
escalate(struct web *w, const int64_t *lead, size_t n)
{
	int64_t *sites = arena_many(w->a, int64_t, MAILING_SITES);
	size_t total = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t *some;
		size_t k;

		TRY(mailing_waiting_sites(w->db, w->a, lead[i], &some, &k));
		for (size_t j = 0; j < k && total < MAILING_SITES; j++)
			sites[total++] = some[j];
	}
	return start(w, "escalation", 0, sites, total);
}

static enum err
create(struct web *w)
{
	static const char *const acts[] = { "request", "remind", "escalate", NULL };
	const char *act = web_choice(w, "act", acts, false);
	size_t n, leads;
	int64_t *site = ids(w, "site", &n), *lead = ids(w, "lead", &leads);
	struct mailing_waiting *waiting;
	size_t shown, ok = 0;

	if (is(act, "remind") || is(act, "escalate")) {
		/* Only what the viewer sees in the list. */
		TRY(mailing_waiting_list(w->db, w->a, w->user, w->now, setting_int(w->db, "notify.reminders"),
		    MAILING_SITES, &waiting, &shown));
		for (size_t i = 0; i < leads; i++) {
			for (size_t k = 0; k < shown; k++) {
				if (waiting[k].lead_id == lead[i]) {
					lead[ok++] = lead[i];
					break;
				}
			}
		}
		if (ok > 0)
			return is(act, "remind") ? remind(w, lead, ok) : escalate(w, lead, ok);
		web_problem(w, "lead", N_("No request is chosen. Tick some first."));
	} else if (n == 0)
		web_problem(w, "site", N_("No site is chosen. Tick some on the board first."));
	else if (n > MAILING_SITES)
		web_problem(w, "site", N_("These are more than 5,000 sites. Choose fewer."));
	if (problems_any(&w->problems)) {
		w->status = 422;
		return show_all(w);
	}
	return start(w, "request", 0, site, n);
}

/* Changing one */

static enum err
words(struct web *w, struct mailing *m)
{
	enum lang lang = LANG_JA;
	bool reset = is(web_form(w, "act"), "words-reset");
	struct mailing_words typed = { 0 };

	if (!lang_parse(str_of(web_form(w, "words_lang")), &lang))
		return ERR_INVALID;
	if (!reset) {
		typed.subject = web_line(w, "subject", LIMIT_TITLE);
		typed.text = web_body(w, "text", LIMIT_BODY);
		const char *fault = mailing_words_fault(&typed);

		if (fault != NULL)
			web_problem(w, "text", fault);
		if (problems_any(&w->problems)) {
			w->status = 422;
			return show_mailing(w, m);
		}
	}
	return mailing_set_words(w->db, m, lang, &typed);
}

/* Into the words of one language; they are used when that is pressed. */
static enum err
put_snippet(struct web *w, struct mailing *m)
{
	struct snippet_about about = { .raw = true };

	if (!lang_parse(str_of(web_form(w, "words_lang")), &about.lang))
		return ERR_INVALID;
	TRY(snippet_web_insert(w, "text", &about));
	return show_mailing(w, m);
}

static const char *
confirmed(struct web *w)
{
	size_t n;
	const char *const *all = web_form_all(w, "confirm", &n);
	struct buf *b = buf_new(w->a, LIMIT_KIB(1));

	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "", all[i]);
	return b->failed ? "" : buf_cstr(w->a, b);
}

static enum err
send_all(struct web *w, struct mailing *m)
{
	struct mailing_letter *list;
	size_t n;

	TRY(mailing_letter_list(w->db, w->a, m->id, w->user, &list, &n));
	TRY(set_confirms(w, m, list, n));
	const struct value *needed = value_get(w->ui, "confirms");

	for (size_t i = 0; i < value_count(needed); i++) {
		const struct value *o = value_at(needed, i);

		if (!is_confirmed(w, value_cstr(value_get(o, "name"))))
			problems_add(&w->problems, "confirm", N_("Tick this box first: {value}"), value_cstr(value_get(o, "text")));
	}
	if (value_integer(value_get(w->data, "ready")) <= 0)
		web_problem(w, "act", N_("There is no letter that may leave."));
	if (problems_any(&w->problems)) {
		w->status = 422;
		return show_mailing(w, m);
	}
	TRY(mailing_hold(w->db, w->a, m, confirmed(w),
	    w->now + setting_int(w->db, "mail.hold_seconds") * CLOCK_SECOND, web_actor(w)));
	return web_redirect(w, href(w, m->id), N_("The letters leave in a moment"), 0);
}

static enum err
act_on(struct web *w, struct mailing *m, const char *act)
{
	int64_t letter = web_form_int(w, "letter", 1, INT64_MAX, 0), site = web_form_int(w, "site", 1, INT64_MAX, 0);
	struct mailing_letter l;
	const char *tlp;
	struct site s;

	/* What one may not see one does not change. */
	if (is(act, "letter-out") || is(act, "letter-in"))
		TRY(mailing_letter_get(w->db, w->a, letter, w->user, &l));
	if (is(act, "site-out") || is(act, "site-in"))
		TRY(site_get(w->db, w->a, site, w->user, &s));
	if (is(act, "snippet"))
		return put_snippet(w, m);
	if (is(act, "words") || is(act, "words-reset"))
		return words(w, m);
	if (is(act, "letter-out") || is(act, "letter-in"))
		return mailing_take_letter(w->db, m->id, letter, is(act, "letter-out"));
	if (is(act, "site-out") || is(act, "site-in"))
		return mailing_take_site(w->db, m->id, site, is(act, "site-out"));
	if (is(act, "tlp")) {
		tlp = web_choice(w, "tlp", tlps, false);
		return mailing_set_tlp(w->db, m, *tlp == '\0' ? NULL : tlp);
	}
	return mailing_group(w->db, w->a, m, w->now);
}

/* The link of a letter that was answered works once more. */
static enum err
reopen(struct web *w, const struct mailing *m)
{
	int64_t letter = web_form_int(w, "letter", 1, INT64_MAX, 0);
	struct mailing_letter l;

	TRY(mailing_letter_get(w->db, w->a, letter, w->user, &l));
	if (l.mailing_id != m->id)
		return ERR_NOT_FOUND;
	TRY(answer_reopen(w->db, w->a, &l, w->now + setting_int(w->db, "notify.link_days") * CLOCK_DAY, web_actor(w)));
	return web_redirect(w, arena_printf(w->a, "%s?letter=%lld", href(w, m->id), (long long)letter),
	    N_("The link works again"), 0);
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "words", "words-reset", "snippet", "letter-out", "letter-in", "site-out", "site-in", "tlp",
		"group", "send", "cancel", "drop", "reopen", NULL };
	const char *act = web_choice(w, "act", acts, true);
	struct mailing m;

	TRY(mailing_of_path(w, &m));
	if (problems_any(&w->problems)) {
		w->status = 422;
		return show_mailing(w, &m);
	}
	if (is(act, "cancel")) {
		enum err e = mailing_cancel(w->db, w->a, &m, web_actor(w));

		if (e == ERR_CONFLICT && !w->json)
			return web_redirect(w, href(w, m.id), N_("Too late: they have left, or are leaving just now"), 0);
		TRY(e);
		return web_redirect(w, href(w, m.id), N_("Nothing was sent"), 0);
	}
	if (is(act, "reopen"))
		return reopen(w, &m);
	if (!is(m.state, "draft") && !(is(m.state, "preparing") && is(act, "drop")))
		return ERR_CONFLICT;
	if (is(act, "send"))
		return send_all(w, &m);
	if (is(act, "drop")) {
		TRY(mailing_drop(w->db, w->a, &m, web_actor(w)));
		return web_redirect(w, "/takedowns", N_("Thrown away: nothing was sent"), 0);
	}
	TRY(act_on(w, &m, act));
	if (problems_any(&w->problems) || w->instead != NULL)
		return OK; /* shown again with what is wrong */
	int64_t letter = web_form_int(w, "letter", 1, INT64_MAX, 0);

	return web_redirect(w,
	    letter == 0 ? href(w, m.id) : arena_printf(w->a, "%s?letter=%lld", href(w, m.id), (long long)letter),
	    N_("Saved"), 0);
}

const struct web_route mailing_web_routes[] = {
	{ WEB_GET, "/takedowns/notify", PERM_SEND, index_page, WEB_WRITES,
	    "Mailings, and requests that wait for an answer too long; selection: prepare letters about these sites" },
	{ WEB_POST, "/takedowns/notify", PERM_SEND, create, 0,
	    "Prepare letters: site (list); or lead (list of requests) with act = remind, escalate" },
	{ WEB_GET, "/takedowns/notify/:id", PERM_SEND, show, 0, "A mailing: its letters, one of them (letter) as it will leave" },
	{ WEB_POST, "/takedowns/notify/:id", PERM_SEND, change, 0,
	    "act = words words-reset (words_lang, subject, text), letter-out letter-in (letter), site-out site-in (site), "
	    "tlp, group, send (confirm), cancel, drop, reopen (letter)" },
	{ 0 },
};
