/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter_web.c - a letter to a party: written, checked exactly as it will be
 * sent, sent after a while in which it can be taken back.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "incident/coordination.h"
#include "incident/draft_store.h"
#include "incident/extract.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/letter_fill.h"
#include "incident/snippet_web.h"
#include "mail/mail_thread.h"

#define QUOTED 40    /* lines of a letter that is answered */
#define COLUMNS 70   /* as the mail is wrapped */

struct letter {
	struct incident incident;
	struct party party;
	struct notification thread; /* id 0: a new one */
	struct notification_sources sources;
	enum lang lang; /* of the party */
	const char *kind, *tlp_text, *subject, *text, *purpose;
	enum tlp tlp;
	bool raw, both;
};

static const char *const tlps[] = { "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", NULL };

static enum err
load(struct web *w, int64_t party, int64_t thread, struct letter *l)
{
	TRY(incident_of_path(w, &l->incident));
	if (l->incident.merged_into != 0)
		return ERR_CONFLICT;
	if (thread != 0) {
		TRY(notification_get(w->db, w->a, l->incident.id, thread, &l->thread));
		party = l->thread.party_id;
	}
	TRY(party_get(w->db, w->a, l->incident.id, party, &l->party));
	TRY(notification_sources(w->db, w->a, l->incident.id, &l->sources));
	l->lang = LANG_JA;
	(void)lang_parse(str_of(l->party.lang), &l->lang);
	return OK;
}

static const char *
draft_key(struct web *w, const struct letter *l)
{
	return arena_printf(w->a, "incident/%lld/letter/%lld/%lld", (long long)l->incident.id,
	    (long long)l->party.id, (long long)l->thread.id);
}

/* Writing */

static const char *
template_for(const struct letter *l)
{
	const char *category = l->incident.category;

	if (strcmp(l->party.role, "peer-csirt") == 0)
		return "investigation";
	if (strcmp(category, "phishing") == 0)
		return "takedown";
	if (strcmp(category, "scan") == 0 || strcmp(category, "dos") == 0 || strcmp(l->party.role, "source-host") == 0)
		return "warning";
	return "blank";
}

static enum err
use_template(struct web *w, struct letter *l, const char *name)
{
	const struct letter_template *t = letter_template_find(name);

	if (t == NULL)
		return ERR_NOT_FOUND;
	if (t->kind != NULL)
		l->kind = t->kind;
	if (strcmp(name, "reminder") == 0)
		l->purpose = "reminder";
	return letter_fill(w->db, w->a, t,
	    &(struct letter_fill){
		.incident = &l->incident,
		.party = &l->party,
		.thread = l->thread.id == 0 ? NULL : &l->thread,
		.sources = &l->sources,
		.raw = l->raw,
		.both = l->both,
		.now = w->now,
	    },
	    &l->subject, &l->text);
}

/* Words taken back, or the last answer quoted. */
static enum err
start_from(struct web *w, struct letter *l, int64_t again)
{
	struct message *list, m;
	struct str text;
	size_t n;

	if (again != 0) {
		TRY(message_get(w->db, w->a, again, &m));
		if (m.incident_id != l->incident.id)
			return ERR_NOT_FOUND;
		TRY(message_text(w->db, w->blobs, w->a, &m, &text));
		l->subject = arena_cstr(w->a, letter_subject_plain(str_of(m.subject)));
		l->text = arena_cstr(w->a, letter_body_text(text));
		l->tlp_text = m.tlp;
		return OK;
	}
	TRY(notification_messages(w->db, w->a, l->thread.id, 50, &list, &n));
	l->subject = l->thread.subject;
	l->text = "";
	for (size_t i = n; i-- > 0;) {
		if (strcmp(list[i].direction, "in") != 0 || list[i].bounce_of != 0)
			continue;
		TRY(message_text(w->db, w->blobs, w->a, &list[i], &text));
		l->text = letter_quote(w->a, text, QUOTED);
		break;
	}
	return OK;
}

static void
choices(struct web *w, const struct letter *l, const char *template)
{
	struct value *kinds = value_set_list(w->a, w->ui, "@kinds");
	struct value *labels = value_set_list(w->a, w->ui, "@tlps");
	struct value *ready = value_set_list(w->a, w->ui, "@letters");

	for (size_t i = 0; letter_kinds[i] != NULL; i++)
		incident_option(w, kinds, letter_kinds[i], web_tr(w, "letter", letter_kind_label(letter_kinds[i])),
		    strcmp(letter_kinds[i], l->kind) == 0);
	for (size_t i = 0; tlps[i] != NULL; i++)
		incident_option(w, labels, tlps[i], arena_printf(w->a, "TLP:%s", tlps[i]),
		    strcmp(tlps[i], l->tlp_text) == 0);
	for (const struct letter_template *t = letter_templates; t->name != NULL; t++) {
		if (strcmp(t->name, "reminder") == 0 && l->thread.id == 0)
			continue;
		incident_option(w, ready, t->name, web_tr(w, "letter", t->label), strcmp(t->name, template) == 0);
	}
}

static void
set_party(struct web *w, const struct letter *l)
{
	struct value *o = value_set_object(w->a, w->data, "party");

	value_set_int(w->a, o, "id", l->party.id);
	value_set_text(w->a, o, "org", l->party.org);
	value_set_text(w->a, o, "name", l->party.name);
	value_set_text(w->a, o, "email", l->party.email);
	value_set_text(w->a, o, "lang", l->party.lang);
	value_set_text(w->a, w->data, "ref", l->incident.ref);
	value_set_id(w->a, w->data, "thread", l->thread.id);
	value_set_text(w->a, w->data, "title", l->incident.title);
	value_set_text(w->a, w->ui, "tlp", l->incident.tlp);
	value_set_text(w->a, w->ui, "pap", l->incident.pap);
}

static enum err
compose_page(struct web *w, const struct letter *l, const char *template, bool draft)
{
	struct value *d = w->data;

	set_party(w, l);
	choices(w, l, template);
	value_set_text(w->a, d, "kind", l->kind);
	value_set_text(w->a, d, "tlp", l->tlp_text);
	value_set_text(w->a, d, "subject", l->subject);
	value_set_text(w->a, d, "text", l->text);
	value_set_text(w->a, d, "purpose", l->purpose);
	value_set_text(w->a, d, "template", template);
	value_set_bool(w->a, w->ui, "raw", l->raw);
	value_set_bool(w->a, w->ui, "both", l->both);
	value_set_text(w->a, w->ui, "source_tlp", tlp_name(l->sources.tlp));
	web_fill(w, "subject", l->subject);
	web_fill(w, "text", l->text);
	value_set_text(w->a, w->ui, "action", arena_printf(w->a, "/incidents/%s/letters", l->incident.ref));
	value_set_text(w->a, w->ui, "presence_at", arena_printf(w->a, "incident/%lld", (long long)l->incident.id));
	value_set_text(w->a, w->ui, "draft_key", draft_key(w, l));
	TRY(snippet_web_offer(w, &(struct snippet_about){ .incident = &l->incident, .party = l->party.id, .thread = l->thread.id, .lang = l->lang }));
	if (draft)
		TRY(incident_draft(w, draft_key(w, l)));
	if (problems_any(&w->problems) || w->instead != NULL)
		return web_again(w, "letter_new", N_("Write a letter"));
	return web_page(w, "letter_new", N_("Write a letter"));
}

static enum err
show_new(struct web *w)
{
	struct letter l = { .purpose = "request", .kind = "information" };
	const char *template = web_query(w, "template");
	int64_t again = web_query_int(w, "again", 1, INT64_MAX, 0);

	TRY(load(w, web_query_int(w, "party", 1, INT64_MAX, 0), web_query_int(w, "thread", 1, INT64_MAX, 0), &l));
	l.raw = web_query_int(w, "raw", 0, 1, 0) == 1;
	l.both = web_query_int(w, "both", 0, 1, 0) == 1;
	l.tlp_text = l.thread.id != 0 ? l.thread.tlp : tlp_name(l.sources.tlp);
	if (l.thread.id != 0) {
		l.purpose = "reply";
		l.kind = l.thread.kind;
	}
	bool fresh = *template == '\0' && again == 0;

	if (again != 0 || (l.thread.id != 0 && *template == '\0')) {
		TRY(start_from(w, &l, again));
		template = "";
	} else {
		template = *template == '\0' ? template_for(&l) : template;
		TRY(use_template(w, &l, template));
	}
	return compose_page(w, &l, template, fresh);
}

/* Checking */

static enum err
read_form(struct web *w, struct letter *l)
{
	static const char *const purposes[] = { "request", "reply", "reminder", NULL };

	TRY(load(w, web_form_int(w, "party", 1, INT64_MAX, 0), web_form_int(w, "thread", 1, INT64_MAX, 0), l));
	l->kind = web_choice(w, "kind", letter_kinds, l->thread.id == 0);
	if (*l->kind == '\0')
		l->kind = l->thread.id != 0 ? l->thread.kind : "information";
	l->tlp_text = web_choice(w, "tlp", tlps, false);
	if (*l->tlp_text == '\0')
		l->tlp_text = tlp_name(l->sources.tlp);
	TRY(tlp_parse(str_of(l->tlp_text), &l->tlp));
	l->purpose = web_choice(w, "purpose", purposes, false);
	if (*l->purpose == '\0')
		l->purpose = l->thread.id == 0 ? "request" : "reply";
	l->raw = strcmp(web_form(w, "raw"), "1") == 0;
	l->both = strcmp(web_form(w, "both"), "1") == 0;
	l->subject = web_line(w, "subject", LIMIT_TITLE);
	l->text = web_body(w, "text", LIMIT_BODY);
	return OK;
}

static void
need_words(struct web *w, const struct letter *l)
{
	if (*l->subject == '\0')
		web_problem(w, "subject", N_("The letter needs a subject."));
	if (str_trim(str_of(l->text)).n == 0)
		web_problem(w, "text", N_("The letter is empty."));
}

/* A reporter's name that stands in the letter, or NULL. */
static const char *
named_in(const struct letter *l)
{
	for (size_t i = 0; i < l->sources.names; i++) {
		struct str name = str_trim(str_of(l->sources.name[i]));

		if (str_find_case(str_of(l->text), name, 0) != SIZE_MAX ||
		    str_find_case(str_of(l->subject), name, 0) != SIZE_MAX) {
			/* To the reporter itself it is no secret. */
			if (l->party.email == NULL || !str_equal_case(name, str_of(l->party.email)))
				return l->sources.name[i];
		}
	}
	return NULL;
}

struct checked {
	struct letter_finding found[LETTER_FINDINGS];
	size_t n;
	bool stopped;
	struct pgp_key key; /* that it will be encrypted to */
	const char *subject, *body;
};

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

static enum err
check(struct web *w, const struct letter *l, struct checked *c)
{
	struct letter_check in = {
		.label = l->tlp,
		.input = l->sources.tlp,
		.address = l->party.email,
		.person = l->party.name,
		.own_key = *setting_text(w->db, w->a, "pgp.key") != '\0',
		.open = letter_open_places(w->a, l->subject, str_of(l->text)),
		.named = named_in(l),
		.live = str_find_case(str_of(l->text), STR("http://"), 0) != SIZE_MAX ||
		    str_find_case(str_of(l->text), STR("https://"), 0) != SIZE_MAX,
		.removed = l->party.removed_at != 0,
	};

	TRY(party_key_find(w->db, w->a, l->party.id, l->party.email, &c->key));
	in.key_expired = c->key.expires_at != 0 && c->key.expires_at <= w->now;
	if (in.key_expired)
		c->key = (struct pgp_key){ 0 };
	in.key = c->key.fingerprint;
	c->n = letter_gate(&in, c->found);
	for (size_t i = 0; i < c->n; i++)
		c->stopped = c->stopped || c->found[i].state == LETTER_STOP;
	c->subject = letter_subject(w->a, l->incident.ref, l->tlp, l->subject);
	c->body = letter_body(w->a, l->lang, l->tlp, str_of(l->text), letter_signature(w->db, w->a, l->lang));
	return OK;
}

static const char *
finding_note(struct web *w, const struct letter_finding *f)
{
	return web_trf(w, "gate", f->note, I18N_ARGS({ "value", f->value }));
}

static void
set_findings(struct web *w, const struct checked *c)
{
	static const char *const states[] = { "good", "soon", "soon", "late" };
	static const char *const names[] = { "good", "note", "confirm", "stop" };
	struct value *list = value_set_list(w->a, w->data, "gates");

	for (size_t i = 0; i < c->n; i++) {
		const struct letter_finding *f = &c->found[i];
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "name", f->name);
		value_set_text(w->a, o, "result", names[f->state]);
		value_set_text(w->a, o, "title", web_tr(w, "gate", f->title));
		value_set_text(w->a, o, "note", finding_note(w, f));
		value_set_text(w->a, o, "@state", states[f->state]);
		value_set_text(w->a, o, "@confirm", f->state == LETTER_CONFIRM ? f->name : NULL);
		value_set_bool(w->a, o, "@checked", is_confirmed(w, f->name));
	}
	value_set_bool(w->a, w->data, "blocked", c->stopped);
}

static void
carry(struct web *w, struct value *list, const char *name, const char *value)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "name", name);
	value_set_text(w->a, o, "value", value);
}

static const char *
crypto_text(struct web *w, const struct checked *c)
{
	const char *own = setting_text(w->db, w->a, "pgp.key");
	const char *is_signed = *own == '\0'
	    ? web_tr(w, NULL, N_("Not signed."))
	    : web_trf(w, NULL, N_("Signed with {value}."), I18N_ARGS({ "value", letter_fingerprint(w->a, own) }));
	const char *sealed = c->key.fingerprint == NULL
	    ? web_tr(w, NULL, N_("Not encrypted."))
	    : web_trf(w, NULL, N_("Encrypted to {value}."),
		  I18N_ARGS({ "value", letter_fingerprint(w->a, c->key.fingerprint) }));
	const char *waits = *setting_text(w->db, w->a, "smtp.url") != '\0' ? ""
	    : web_tr(w, NULL, N_("No mail server is set yet: it will wait."));

	return arena_printf(w->a, "%s %s %s", is_signed, sealed, waits);
}

static enum err
check_page(struct web *w, const struct letter *l)
{
	struct checked c = { 0 };
	struct value *list = value_set_list(w->a, w->data, "letters"), *o = value_add_object(w->a, list);
	struct value *carried = value_set_list(w->a, w->ui, "carry");
	const char *own = setting_text(w->db, w->a, "team.email");
	const char *team = setting_text(w->db, w->a, l->lang == LANG_JA ? "team.name.ja" : "team.name.en");
	const char *to_name = l->party.name != NULL && *l->party.name != '\0' ? l->party.name : l->party.org;

	TRY(check(w, l, &c));
	set_party(w, l);
	set_findings(w, &c);
	value_set_text(w->a, o, "from", arena_printf(w->a, "%s <%s>", team, own));
	value_set_text(w->a, o, "to", arena_printf(w->a, "%s <%s>", to_name, l->party.email == NULL ? "" : l->party.email));
	value_set_text(w->a, o, "@to_name", to_name);
	value_set_text(w->a, o, "reply_to",
	    l->thread.id != 0 ? mail_thread_address(w->a, own, l->thread.token)
			      : web_tr(w, NULL, N_("the team's address with a secret mark of this thread")));
	value_set_text(w->a, o, "subject", c.subject);
	value_set_text(w->a, o, "lang", lang_code(l->lang));
	value_set_text(w->a, o, "text", utf8_wrap(w->a, str_of(c.body), COLUMNS));
	value_set_text(w->a, o, "@crypto_text", crypto_text(w, &c));
	value_set_text(w->a, w->ui, "draft_key", draft_key(w, l));
	carry(w, carried, "party", arena_printf(w->a, "%lld", (long long)l->party.id));
	carry(w, carried, "thread", arena_printf(w->a, "%lld", (long long)l->thread.id));
	carry(w, carried, "kind", l->kind);
	carry(w, carried, "tlp", l->tlp_text);
	carry(w, carried, "purpose", l->purpose);
	carry(w, carried, "subject", l->subject);
	carry(w, carried, "text", l->text);
	value_set_text(w->a, w->ui, "button_text",
	    web_trf(w, NULL, N_("Send to {name}"), I18N_ARGS({ "name", to_name })));
	value_set_text(w->a, w->ui, "hold_text",
	    web_trf(w, NULL, N_("You can take it back for {n} seconds."),
		I18N_ARGS({ "n", i18n_number(w->a, setting_int(w->db, "mail.hold_seconds")) })));
	if (problems_any(&w->problems))
		return web_again(w, "notify", N_("Check before sending"));
	return web_page(w, "notify", N_("Check before sending"));
}

/* Sending */

static enum err
send_now(struct web *w, const struct letter *l)
{
	struct checked c = { 0 };
	struct value *confirmed = value_list(w->a), *undo = value_object(w->a);
	int64_t thread, message, undo_id, hold = setting_int(w->db, "mail.hold_seconds");

	TRY(check(w, l, &c));
	for (size_t i = 0; i < c.n; i++) {
		const struct letter_finding *f = &c.found[i];

		if (f->state == LETTER_STOP)
			problems_add(&w->problems, f->name, N_("It cannot be sent as it is: {value}"), finding_note(w, f));
		else if (f->state == LETTER_CONFIRM && !is_confirmed(w, f->name))
			problems_add(&w->problems, "confirm", N_("Tick this box, or go back to the text: {value}"),
			    finding_note(w, f));
		else if (f->state == LETTER_CONFIRM)
			value_add_text(w->a, confirmed, f->name);
	}
	if (problems_any(&w->problems))
		return check_page(w, l);
	TRY(notification_send(w->db, w->blobs, w->a, &l->party,
	    &(struct notification_letter){
		.notification_id = l->thread.id,
		.kind = l->kind,
		.purpose = l->purpose,
		.subject = arena_cstr(w->a, letter_subject_plain(str_of(l->subject))),
		.full_subject = c.subject,
		.body = str_of(c.body),
		.tlp = l->tlp,
		.lang = l->lang,
		.confirmed = confirmed,
		.send_at = w->now + hold * CLOCK_SECOND,
	    },
	    web_actor(w), &thread, &message));
	TRY(draft_drop(w->db, w->user->id, draft_key(w, l)));
	value_set_int(w->a, undo, "incident", l->incident.id);
	value_set_int(w->a, undo, "message", message);
	TRY(web_add_undo(w, "letter.send", undo, &undo_id));
	value_set_id(w->a, w->data, "thread", thread);
	value_set_int(w->a, w->data, "message", message);
	return web_redirect(w, incident_href(w, &l->incident, arena_printf(w->a, "/threads/%lld", (long long)thread)),
	    N_("The letter leaves in a moment"), undo_id);
}

static enum err
post(struct web *w)
{
	static const char *const acts[] = { "preview", "send", "back", "fill", "snippet", NULL };
	struct letter l = { 0 };
	const char *act = web_choice(w, "act", acts, false), *template = "";

	TRY(read_form(w, &l));
	if (strcmp(act, "fill") == 0) {
		template = web_form(w, "template");
		TRY(use_template(w, &l, template));
		return compose_page(w, &l, template, false);
	}
	if (strcmp(act, "snippet") == 0) {
		TRY(snippet_web_insert(w, "text",
		    &(struct snippet_about){ .incident = &l.incident, .party = l.party.id, .thread = l.thread.id, .lang = l.lang }));
		return compose_page(w, &l, web_form(w, "template"), false);
	}
	if (strcmp(act, "back") == 0)
		return compose_page(w, &l, template, false);
	need_words(w, &l);
	if (problems_any(&w->problems))
		return compose_page(w, &l, template, false);
	if (strcmp(act, "send") == 0 || (*act == '\0' && w->json))
		return send_now(w, &l);
	return check_page(w, &l);
}

/* Taking back */

static enum err
take_back(struct web *w, const struct incident *i, int64_t id)
{
	struct message m;
	int64_t thread;

	TRY(message_get(w->db, w->a, id, &m));
	if (m.incident_id != i->id || m.notification_id == 0)
		return ERR_NOT_FOUND;
	struct notification n;

	TRY(notification_get(w->db, w->a, i->id, m.notification_id, &n));
	enum err e = notification_cancel(w->db, w->a, &m, web_actor(w), &thread);

	if (e == ERR_CONFLICT) {
		if (w->json)
			return e;
		return web_redirect(w, incident_href(w, i, arena_printf(w->a, "/threads/%lld", (long long)n.id)),
		    N_("Too late: it has left, or is leaving just now"), 0);
	}
	TRY(e);
	/* Back to the words. */
	return web_redirect(w,
	    incident_href(w, i,
		thread != 0 ? arena_printf(w->a, "/letters/new?thread=%lld&again=%lld", (long long)thread, (long long)id)
			    : arena_printf(w->a, "/letters/new?party=%lld&again=%lld", (long long)n.party_id, (long long)id)),
	    N_("Not sent. Here are your words again."), 0);
}

static enum err
cancel(struct web *w)
{
	struct incident i;
	int64_t id;

	TRY(incident_of_path(w, &i));
	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return take_back(w, &i, id);
}

static enum err
undo_send(struct web *w, const struct value *payload)
{
	struct incident i;
	bool visible;

	TRY(incident_get(w->db, w->a, value_integer(value_get(payload, "incident")), &i));
	TRY(incident_visible(w->db, &i, w->user, &visible));
	return visible ? take_back(w, &i, value_integer(value_get(payload, "message"))) : ERR_NOT_FOUND;
}

const struct web_undo letter_undos[] = {
	{ "letter.send", PERM_SEND, undo_send },
	{ 0 },
};

const struct web_route letter_routes[] = {
	{ WEB_GET, "/incidents/:ref/letters/new", PERM_SEND, show_new, 0,
	    "A letter to a party: party or thread, template, raw, both (languages); subject and text filled in" },
	{ WEB_POST, "/incidents/:ref/letters", PERM_SEND, post, 0,
	    "Check (act = preview) or send (act = send) a letter: party or thread, kind, tlp, subject, text, "
	    "purpose, confirm" },
	{ WEB_POST, "/incidents/:ref/letters/:id/cancel", PERM_SEND, cancel, 0,
	    "Take back a letter that has not left" },
	{ 0 },
};
