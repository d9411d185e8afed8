/* SPDX-License-Identifier: Apache-2.0 */
/* report_story_web.c - what happened to a report: messages, notes, journal. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "incident/decide.h"
#include "incident/extract.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/message_store.h"
#include "incident/report_page.h"
#include "journal/journal.h"

#define EVENTS 200
#define LETTER_SHOWN 8000 /* bytes of a letter in the timeline */

struct event {
	int64_t at, id;
	struct value *v;
};
struct story {
	struct event event[EVENTS];
	size_t n;
};

static struct value *
add_event(struct web *w, struct story *s, const char *kind, int64_t id, int64_t at)
{
	if (s->n == EVENTS)
		return NULL;
	struct value *v = value_object(w->a);

	s->event[s->n++] = (struct event){ at, id, v };
	value_set_text(w->a, v, "id", arena_printf(w->a, "%s%lld", kind, (long long)id));
	value_set_text(w->a, v, "kind", kind);
	value_set_bool(w->a, v, "tlp", false); /* not the page's own */
	value_set_bool(w->a, v, "@waits", false);
	value_set_bool(w->a, value_set_object(w->a, v, "is"), kind, true);
	web_set_time(w, v, "at", at);
	return v;
}

/* What the journal's entries say; places are filled from the payload. */
static const struct {
	const char *action, *text;
} actions[] = {
	{ "report.receive", N_("received") },
	{ "report.not-acknowledged", N_("sent no acknowledgement: too many within an hour") },
	{ "report.accept", N_("accepted it: {incident}") },
	{ "report.duplicate", N_("marked it as a duplicate of {original}") },
	{ "report.answer", N_("answered it as a question") },
	{ "report.decline", N_("declined it: {reason}") },
	{ "report.change", N_("changed owner, priority or kind") },
	{ "report.undo", N_("took the decision back") },
	{ "report.erase", N_("erased by retention what was reported; number, days and decision stay") },
	{ "report.message", N_("a further message came in") },
	{ "report.send", N_("sent a letter") },
	{ "report.download", N_("took a file out: {name}") },
	{ "incident.link", N_("added it to {incident}") },
	{ "incident.unlink", N_("took it out of {incident}") },
};

/* The number of an incident, unless the viewer may not know of it. */
static const char *
incident_name(struct web *w, const char *ref)
{
	struct incident i;
	bool visible = false;

	if (*ref == '\0')
		return "";
	if (incident_by_ref(w->db, w->a, str_of(ref), &i) != OK ||
	    incident_visible(w->db, &i, w->user, &visible) != OK || !visible)
		return web_tr(w, "story", N_("another incident"));
	return ref;
}

static const char *
original_name(struct web *w, const char *ref)
{
	struct report r;

	if (*ref == '\0' || report_page_find(w, ref, &r) == OK)
		return ref;
	return web_tr(w, "story", N_("another report"));
}

static const char *
action_text(struct web *w, const char *action, const struct value *p)
{
	const char *reason = value_cstr(value_get(p, "reason"));

	for (size_t i = 0; i < COUNT(actions); i++) {
		if (strcmp(actions[i].action, action) == 0)
			return web_trf(w, "story", actions[i].text,
			    I18N_ARGS({ "incident", incident_name(w, value_cstr(value_get(p, "incident"))) },
				{ "original", original_name(w, value_cstr(value_get(p, "original"))) },
				{ "name", value_cstr(value_get(p, "name")) },
				{ "reason", *reason == '\0' ? "" : web_tr(w, "decline", decide_decline_label(reason)) }));
	}
	return action;
}

static enum err
add_journal(struct web *w, const struct report *r, struct story *s)
{
	struct value *list;

	TRY(journal_list(w->db, w->a, "report", r->id, 0, 60, &list));
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *j = value_at(list, i);
		const char *action = value_cstr(value_get(j, "action")), *who = value_cstr(value_get(j, "actor_name"));

		/* Notes and letters stand here themselves. */
		if (strcmp(action, "report.note") == 0 || strcmp(action, "report.letter") == 0)
			continue;
		struct value *v = add_event(w, s, "sys", value_integer(value_get(j, "id")),
		    value_integer(value_get(j, "at")));

		if (v == NULL)
			break;
		value_set_text(w->a, v, "who", incident_who(w, who));
		value_set_text(w->a, v, "what", action_text(w, action, value_get(j, "payload")));
	}
	return OK;
}

static enum err
add_notes(struct web *w, const struct report *r, struct value *o, struct story *s)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_set_list(w->a, o, "notes");

	TRY(db_query(w->db, &q,
	    "SELECT n.id, n.at, n.body, n.shared, p.name FROM note n LEFT JOIN person p ON p.id = n.person_id "
	    "WHERE n.object = 'report' AND n.object_id = ?1 ORDER BY n.id DESC LIMIT 100",
	    DB_INT(r->id)));
	while (db_row(q)) {
		struct value *n = value_add_object(w->a, list);
		bool shared = strcmp(db_text(q, 3), "reporter") == 0;

		value_set_int(w->a, n, "id", db_int(q, 0));
		web_set_time(w, n, "at", db_int(q, 1));
		value_set_text(w->a, n, "text", db_dup(w->a, q, 2));
		value_set_text(w->a, n, "shared", shared ? "reporter" : "internal");
		value_set_text(w->a, n, "person", db_dup(w->a, q, 4));
		struct value *v = w->json ? NULL : add_event(w, s, shared ? "out" : "note", db_int(q, 0), db_int(q, 1));

		if (v == NULL)
			continue;
		value_set_text(w->a, v, "who", db_is_null(q, 4) ? r->ref : db_dup(w->a, q, 4));
		value_set_text(w->a, v, "what",
		    web_tr(w, "story", shared ? N_("wrote to the status page") : N_("internal note")));
		value_set_text(w->a, v, shared ? "letter" : "note", db_dup(w->a, q, 2));
	}
	return db_end(q);
}

static enum err
set_letter(struct web *w, const struct message *m, struct value *v)
{
	struct str text;

	if (m->text_blob == 0)
		return OK;
	enum err e = message_text(w->db, w->blobs, w->a, m, &text);

	if (e == ERR_IO || e == ERR_NOT_FOUND)
		return OK; /* the original below tells more */
	TRY(e);
	value_set_str(w->a, v, "letter", extract_defang_text(w->a, str_take(text, LETTER_SHOWN)));
	return OK;
}

static enum err
add_letter(struct web *w, const struct report *r, const struct message *m, bool first, struct story *s)
{
	static const struct web_option states[] = { { "held", N_("waits to be sent") }, { "sending", N_("is being sent") },
		{ "sent", N_("sent") }, { "failed", N_("could not be sent") }, { "cancelled", N_("not sent: taken back") },
		{ "bounced", N_("came back undelivered") } };
	bool in = strcmp(m->direction, "in") == 0, on_page = strcmp(m->channel, "form") == 0;
	struct value *v = add_event(w, s, in ? "in" : "out", m->id,
	    m->sent_at != 0 && !in ? m->sent_at : m->received_at);

	if (v == NULL)
		return OK;
	value_set_text(w->a, v, "lang", m->lang);
	value_set_text(w->a, v, "subject", m->subject == NULL ? NULL : arena_cstr(w->a, extract_defang_text(w->a, str_of(m->subject))));
	if (in) {
		value_set_text(w->a, v, "who", m->from_name != NULL && *m->from_name != '\0' ? m->from_name : m->from_addr == NULL ? web_tr(w, "story", N_("From outside")) : m->from_addr);
		value_set_text(w->a, v, "what", web_tr(w, "story", first ? N_("reported this") : N_("wrote")));
	} else {
		value_set_text(w->a, v, "who", m->person_id == 0 ? "Tobiguchi" : web_tr(w, "story", N_("We")));
		value_set_text(w->a, v, "to", m->to_addrs);
		if (on_page)
			value_set_text(w->a, v, "what", web_tr(w, "story", N_("published on the status page")));
		for (size_t i = 0; !on_page && i < COUNT(states); i++) {
			if (strcmp(states[i].value, m->state) == 0)
				value_set_text(w->a, v, "what", web_tr(w, "story", states[i].label));
		}
		if (strcmp(m->state, "held") == 0 && m->send_at > w->now) {
			value_set_int(w->a, v, "hold_ms", m->send_at - w->now);
			value_set_text(w->a, v, "cancel_href",
			    arena_printf(w->a, "/inbox/%s/letters/%lld/cancel", r->ref, (long long)m->id));
		}
	}
	value_set_text(w->a, v, "full_href", arena_printf(w->a, "/messages/%lld", (long long)m->id));
	if (m->raw_blob != 0)
		value_set_text(w->a, v, "raw_href",
		    arena_printf(w->a, "/inbox/%s/raw/%lld", r->ref, (long long)m->id));
	value_set_text(w->a, v, "meta",
	    m->error != NULL && *m->error != '\0' ? m->error
		: in && m->from_addr != NULL	   ? m->from_addr
		: on_page			   ? web_tr(w, "story", N_("Status page"))
						   : web_tr(w, "story", N_("Mail")));
	return first ? OK : set_letter(w, m, v);
}

static void
set_message(struct web *w, const struct message *m, struct value *o)
{
	value_set_int(w->a, o, "id", m->id);
	value_set_text(w->a, o, "direction", m->direction);
	value_set_text(w->a, o, "channel", m->channel);
	value_set_text(w->a, o, "state", m->state);
	value_set_text(w->a, o, "from", m->from_addr);
	value_set_text(w->a, o, "to", m->to_addrs);
	value_set_text(w->a, o, "subject", m->subject);
	web_set_time(w, o, "received_at", m->received_at);
	web_set_time(w, o, "sent_at", m->sent_at);
}

static enum err
add_messages(struct web *w, const struct report *r, struct value *o, struct story *s)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_set_list(w->a, o, "messages");
	int64_t id[100];
	size_t n = 0;

	TRY(db_query(w->db, &q, "SELECT id FROM message WHERE report_id = ?1 ORDER BY id LIMIT 100", DB_INT(r->id)));
	while (n < COUNT(id) && db_row(q))
		id[n++] = db_int(q, 0);
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++) {
		struct message m;

		TRY(message_get(w->db, w->a, id[i], &m));
		set_message(w, &m, value_add_object(w->a, list));
		if (!w->json)
			TRY(add_letter(w, r, &m, i == 0 && strcmp(m.direction, "in") == 0, s));
	}
	return OK;
}

static int
newer(const void *x, const void *y)
{
	const struct event *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? 1 : -1;
	return a->id < b->id ? 1 : a->id > b->id ? -1 : 0;
}

enum err
report_page_story(struct web *w, const struct report *r, struct value *o)
{
	struct story *s = arena_one(w->a, struct story);

	TRY(add_messages(w, r, o, s));
	TRY(add_notes(w, r, o, s));
	if (w->json)
		return OK;
	TRY(add_journal(w, r, s));
	qsort(s->event, s->n, sizeof(s->event[0]), newer);
	struct value *list = value_set_list(w->a, o, "@events");

	for (size_t i = 0; i < s->n; i++)
		value_add(w->a, list, s->event[i].v);
	return OK;
}
