/* SPDX-License-Identifier: Apache-2.0 */
/* incident_web.c - the page of one incident. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "incident/attachment_store.h"
#include "incident/category.h"
#include "incident/coordination.h"
#include "incident/extract.h"
#include "incident/hold_store.h"
#include "incident/incident_page.h"
#include "incident/incident_page_store.h"
#include "incident/incident_store.h"
#include "incident/indicator_store.h"
#include "incident/message_store.h"
#include "incident/report.h"
#include "incident/snippet_web.h"
#include "incident/task_store.h"
#include "incident/timeline_store.h"
#include "incident/report_page.h"
#include "incident/similar_store.h"

#define EVENTS 100	    /* of the timeline on one page */
#define LETTER_SHOWN 4000   /* characters of a message in the timeline */

static void
set_facts(struct web *w, const struct incident *i)
{
	struct value *d = w->data;
	static const struct {
		const char *name;
		size_t offset;
	} texts[] = {
#define T(name) { #name, offsetof(struct incident, name) }
		T(ref), T(title), T(state), T(phase), T(resolution), T(rsit), T(rsit_version), T(category),
		T(category_2007), T(tlp), T(pap), T(priority), T(impact), T(scale), T(scope), T(cause),
		T(strategy), T(sharing), T(method), T(advice), T(motive), T(cia), T(evidence),
		T(close_reason), T(next_action),
#undef T
	};

	for (size_t k = 0; k < COUNT(texts); k++) {
		const char *s;

		memcpy(&s, (const char *)i + texts[k].offset, sizeof(s));
		value_set_text(w->a, d, texts[k].name, s);
	}
	value_set_text(w->a, d, "merged_into", i->merged_ref);
	value_set_bool(w->a, d, "category_fixed", i->category_fixed);
	value_set_bool(w->a, d, "ics", i->ics);
	value_set_bool(w->a, d, "targeted", i->targeted);
	value_set_bool(w->a, d, "content_changed", i->content_changed);
	value_set_bool(w->a, d, "domestic", i->domestic);
	value_set_bool(w->a, d, "restricted", i->restricted);
	value_set_int(w->a, d, "reopened", i->reopened);
	value_set_int(w->a, d, "version", i->version);
	value_set_id(w->a, d, "owner_id", i->owner_id);
	value_set_text(w->a, d, "owner", i->owner);
	web_set_time(w, d, "detected_at", i->detected_at);
	web_set_time(w, d, "started_at", i->started_at);
	web_set_time(w, d, "ended_at", i->ended_at);
	web_set_time(w, d, "reported_at", i->reported_at);
	web_set_time(w, d, "created_at", i->created_at);
	web_set_time(w, d, "notified_at", i->notified_at);
	web_set_time(w, d, "closed_at", i->closed_at);
	web_set_time(w, d, "due_at", i->due_at);
	web_set_time(w, d, "updated_at", i->updated_at);
}

static void
fact_line(struct web *w, struct value *list, const char *label, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", web_tr(w, "fact", label));
	value_set_text(w->a, o, "value", text);
}

/* The facts in words, for people. */
static void
set_words(struct web *w, const struct incident *i)
{
	struct value *times = value_set_list(w->a, w->ui, "times");
	struct value *facts = value_set_list(w->a, w->ui, "facts");
	const struct category *c = category_find(i->rsit);
	static const char *const flags[] = { NC_("fact", "Control systems"), NC_("fact", "Targeted attack"),
		NC_("fact", "Web content was changed") };
	const bool on[] = { i->ics, i->targeted, i->content_changed };
	struct buf *b = buf_new(w->a, 2048);

	incident_state_badge(w, w->ui, i->state, i->phase, i->resolution);
	value_set_bool(w->a, w->ui, "closed", strcmp(i->state, "closed") == 0);
	value_set_text(w->a, w->ui, "category_text", category_now_label(w->lang, i->category));
	value_set_text(w->a, w->ui, "category_2007_text", category_2007_label(w->lang, i->category_2007));
	value_set_text(w->a, w->ui, "rsit_text", category_label(w->lang, i->rsit));
	value_set_text(w->a, w->ui, "priority_text", incident_priority_text(w, i->priority));
	value_set_text(w->a, w->ui, "owner_text", i->owner == NULL ? web_tr(w, NULL, N_("nobody")) : i->owner);
	for (size_t k = 0; k < COUNT(on); k++) {
		if (on[k])
			buf_printf(b, "%s%s", b->n > 0 ? " · " : "", web_tr(w, "fact", flags[k]));
	}
	value_set_text(w->a, w->ui, "flags_text", buf_cstr(w->a, b));
	fact_line(w, times, NC_("fact", "It began"), i->started_at == 0 ? NULL : web_when(w, i->started_at));
	fact_line(w, times, NC_("fact", "Noticed"), i->detected_at == 0 ? NULL : web_when(w, i->detected_at));
	fact_line(w, times, NC_("fact", "It ended"), i->ended_at == 0 ? NULL : web_when(w, i->ended_at));
	fact_line(w, times, NC_("fact", "Reported"), i->reported_at == 0 ? NULL : web_when(w, i->reported_at));
	fact_line(w, times, NC_("fact", "Closed"), i->closed_at == 0 ? NULL : web_when(w, i->closed_at));
	fact_line(w, facts, NC_("fact", "Impact"), i->impact);
	fact_line(w, facts, NC_("fact", "Scale: how much"), i->scale);
	fact_line(w, facts, NC_("fact", "Scope: what is touched"), i->scope);
	fact_line(w, facts, NC_("fact", "What suffered"), incident_word(w, "cia", i->cia));
	fact_line(w, facts, NC_("fact", "Method of the attack"), i->method);
	fact_line(w, facts, NC_("fact", "Cause"), i->cause);
	fact_line(w, facts, NC_("fact", "Strategy"),
	    incident_word(w, "strategy", i->strategy));
	fact_line(w, facts, NC_("fact", "Motive"), i->motive);
	fact_line(w, facts, NC_("fact", "Advice given"), i->advice);
	fact_line(w, facts, NC_("fact", "How far it may be shared"), i->sharing);
	fact_line(w, facts, NC_("fact", "What shows that it is over"), i->evidence);
	fact_line(w, facts, NC_("fact", "Closed although something was open"), i->close_reason);
	value_set_text(w->a, w->ui, "counted",
	    c != NULL && !c->counted ? web_tr(w, NULL, N_("a test: in no statistics"))
		: i->merged_into != 0 ? web_tr(w, NULL, N_("part of the other incident"))
				      : arena_printf(w->a, "%s · %s", category_now_label(w->lang, i->category),
					    web_tr(w, NULL, i->domestic ? N_("reported at home") : N_("reported from abroad"))));
}

/* The six steps of an international case. */
static void
set_steps(struct web *w, const struct incident *i, int64_t acted_at)
{
	struct value *list = value_set_list(w->a, w->ui, "steps");
	const struct {
		const char *label;
		int64_t at;
	} step[] = {
		{ NC_("step", "Suspicious access"), i->started_at },
		{ NC_("step", "Detected"), i->detected_at },
		{ NC_("step", "Reported"), i->reported_at },
		{ NC_("step", "Coordination"), i->created_at },
		{ NC_("step", "Request for cooperation"), i->notified_at },
		{ NC_("step", "Action taken"), acted_at != 0 ? acted_at : i->closed_at },
	};
	size_t last = 0;

	for (size_t k = 0; k < COUNT(step); k++) {
		if (step[k].at != 0)
			last = k;
	}
	for (size_t k = 0; k < COUNT(step); k++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "label", web_tr(w, "step", step[k].label));
		value_set_text(w->a, o, "when", step[k].at != 0 ? web_when(w, step[k].at) : "—");
		value_set_bool(w->a, o, "done", step[k].at != 0);
		value_set_bool(w->a, o, "now",
		    strcmp(i->state, "open") == 0 && k == (last + 1 < COUNT(step) ? last + 1 : last));
	}
}

/* Milliseconds of a store's row as the API's time. */
static void
fix_time(struct web *w, struct value *o, const char *key)
{
	web_set_time(w, o, key, value_integer(value_get(o, key)));
}

static enum err
set_parties(struct web *w, const struct incident *i)
{
	struct value *list = value_set_list(w->a, w->data, "parties");
	struct value *letters = value_set_list(w->a, w->data, "notifications");
	int64_t acted_at;

	TRY(incident_parties(w->db, w->a, i->id, list));
	TRY(incident_notifications(w->db, w->a, i->id, letters, &acted_at));
	for (size_t k = 0; k < value_count(list); k++) {
		struct value *o = value_item(list, k);

		value_set_text(w->a, o, "@role_text",
		    web_tr(w, "party", incident_label(incident_party_roles, value_cstr(value_get(o, "role")))));
	}
	for (size_t k = 0; k < value_count(letters); k++) {
		/* Kept as a number for the clock of silence. */
		value_set_int(w->a, value_item(letters, k), "@due", value_integer(value_get(value_item(letters, k), "due_at")));

		static const char *const times[] = { "sent_at", "answered_at", "acted_at", "due_at" };

		for (size_t t = 0; t < COUNT(times); t++)
			fix_time(w, value_item(letters, k), times[t]);
	}
	coordination_party_panel(w, i);
	set_steps(w, i, acted_at);
	return OK;
}

static enum err
set_indicators(struct web *w, const struct incident *i)
{
	struct value *list = value_set_list(w->a, w->data, "indicators");
	struct value *roles = value_set_list(w->a, w->ui, "@indicator_roles");
	struct indicator *found;
	size_t n;
	int64_t total;

	TRY(indicator_list(w->db, w->a, i->id, w->json ? LIMIT_OBSERVABLES : INDICATOR_PAGE, &found, &n, &total));
	for (size_t k = 0; k < n; k++) {
		const struct indicator *x = &found[k];
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "id", x->id);
		value_set_text(w->a, o, "type", x->type);
		value_set_text(w->a, o, "value", x->value);
		value_set_text(w->a, o, "role", x->role);
		value_set_bool(w->a, o, "confirmed", x->confirmed);
		value_set_text(w->a, o, "note", x->note);
		value_set_int(w->a, o, "reports", x->reports);
		value_set_int(w->a, o, "incidents", x->incidents);
		if (w->json)
			continue;
		value_set_text(w->a, o, "@shown", url_defang(w->a, str_of(x->value)));
		value_set_text(w->a, o, "@role_text",
		    web_tr(w, "indicator", incident_label(incident_indicator_roles, x->role)));
		if (x->incidents > 1) {
			value_set_text(w->a, o, "@count",
			    i18n_fill(w->a,
				i18n_plural(w->lang, NULL, "in {n} incident", "in {n} incidents", x->incidents),
				I18N_ARGS({ "n", i18n_number(w->a, x->incidents) })));
			value_set_text(w->a, o, "@href",
			    arena_printf(w->a, "/incidents?state=all&q=%s", web_escape(w, x->value)));
		}
	}
	value_set_int(w->a, w->data, "indicators_total", total);
	if (total > (int64_t)n)
		value_set_text(w->a, w->ui, "indicators_more", i18n_number(w->a, total - (int64_t)n));
	for (size_t k = 0; incident_indicator_roles[k] != NULL; k++)
		incident_option(w, roles, incident_indicator_roles[k],
		    web_tr(w, "indicator", incident_label(incident_indicator_roles, incident_indicator_roles[k])),
		    strcmp(incident_indicator_roles[k], "related") == 0);
	return OK;
}

static enum err
set_reports(struct web *w, const struct incident *i)
{
	struct value *list = value_set_list(w->a, w->data, "reports");
	static const struct {
		const char *name, *label;
	} relation[] = { { "original", NC_("relation", "first") }, { "additional", NC_("relation", "further") },
		{ "duplicate", NC_("relation", "duplicate") } };

	TRY(incident_reports(w->db, w->a, i->id, w->user, list));
	for (size_t k = 0; k < value_count(list); k++) {
		struct value *o = value_item(list, k);
		const char *name = value_cstr(value_get(o, "relation"));

		fix_time(w, o, "received_at");
		value_set_text(w->a, o, "@href", arena_printf(w->a, "/inbox/%s", value_cstr(value_get(o, "ref"))));
		value_set_text(w->a, o, "@relation_text", name);
		for (size_t r = 0; r < COUNT(relation); r++) {
			if (strcmp(relation[r].name, name) == 0)
				value_set_text(w->a, o, "@relation_text", web_tr(w, "relation", relation[r].label));
		}
	}
	TRY(incident_merged_here(w->db, w->a, i->id, value_set_list(w->a, w->data, "merged")));
	return OK;
}

static enum err
set_attachments(struct web *w, const struct incident *i)
{
	struct value *list = value_set_list(w->a, w->data, "attachments");
	struct attachment *found;
	size_t n;

	TRY(attachment_list(w->db, w->a, i->id, w->user, &found, &n));
	for (size_t k = 0; k < n; k++) {
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "id", found[k].id);
		value_set_text(w->a, o, "name", found[k].name);
		value_set_text(w->a, o, "media_type", found[k].media_type);
		value_set_text(w->a, o, "size", i18n_size(w->a, w->lang, found[k].size));
		value_set_int(w->a, o, "bytes", found[k].size);
		value_set_text(w->a, o, "sha256", found[k].sha256);
		web_set_time(w, o, "created_at", found[k].created_at);
		value_set_text(w->a, o, "href",
		    incident_href(w, i, arena_printf(w->a, "/files/%lld", (long long)found[k].id)));
	}
	value_set_bool(w->a, w->ui, "has_attachments", n > 0);
	return OK;
}

static enum err
set_tasks(struct web *w, const struct incident *i)
{
	struct value *list = value_set_list(w->a, w->data, "tasks");
	struct value *books = value_set_list(w->a, w->ui, "@playbooks");
	const struct playbook *fits = playbook_for(i->rsit, i->category);
	struct task *found;
	size_t n, open = 0;

	TRY(task_list(w->db, w->a, i->id, &found, &n));
	for (size_t k = 0; k < n; k++) {
		const struct task *t = &found[k];
		struct value *o = value_add_object(w->a, list);

		value_set_int(w->a, o, "id", t->id);
		value_set_text(w->a, o, "title", t->title);
		value_set_text(w->a, o, "kind", t->kind);
		value_set_id(w->a, o, "owner_id", t->owner_id);
		value_set_text(w->a, o, "owner", t->owner);
		web_set_time(w, o, "due_at", t->due_at);
		web_set_time(w, o, "done_at", t->done_at);
		value_set_text(w->a, o, "done_by", t->done_by);
		value_set_bool(w->a, o, "@done", t->done_at != 0);
		incident_clock(w, o, "@due", t->done_at != 0 ? 0 : t->due_at, false);
		open += t->done_at == 0;
	}
	value_set_text(w->a, w->ui, "tasks_open", open == 0 ? NULL : i18n_number(w->a, (int64_t)open));
	value_set_bool(w->a, w->ui, "has_tasks", n > 0);
	for (const struct playbook *p = playbook_list; p->name != NULL; p++)
		incident_option(w, books, p->name, web_tr(w, "playbook", p->label), p == fits);
	return OK;
}

enum err
incident_similar(struct web *w, int64_t incident)
{
	struct value *list = value_set_list(w->a, w->data, "similar");

	TRY(similar_incidents(w->db, w->a, incident, w->user, 5, list));
	for (size_t k = 0; k < value_count(list); k++) {
		struct value *o = value_item(list, k);

		fix_time(w, o, "at");
		if (w->json)
			continue;
		value_set_text(w->a, o, "@href", arena_printf(w->a, "/incidents/%s", value_cstr(value_get(o, "ref"))));
		value_set_text(w->a, o, "@why", report_page_why(w, value_get(o, "why")));
		value_set_str(w->a, o, "@title", extract_defang_text(w->a, value_str(value_get(o, "title"))));
		if (strcmp(value_cstr(value_get(o, "state")), "closed") == 0) {
			struct value *b = value_set_object(w->a, o, "@badge");

			value_set_text(w->a, b, "state", "plain");
			value_set_text(w->a, b, "text", web_tr(w, "incident", N_("Closed")));
		}
	}
	value_set_bool(w->a, w->ui, "has_similar", value_count(list) > 0);
	return OK;
}

static enum err
message_event(struct web *w, const struct incident *i, struct value *o, const struct timeline_event *e)
{
	const struct message *m = e->message;
	bool out = strcmp(m->direction, "out") == 0;
	struct str text, cut;

	TRY(message_text(w->db, w->blobs, w->a, m, &text));
	cut = utf8_take(text, LETTER_SHOWN);
	value_set_text(w->a, o, "kind", out ? "out" : "in");
	value_set_int(w->a, o, "message", m->id);
	value_set_text(w->a, o, "channel", m->channel);
	value_set_text(w->a, o, "state", m->state);
	value_set_text(w->a, o, "from", m->from_addr);
	value_set_text(w->a, o, "to", m->to_addrs);
	value_set_text(w->a, o, "subject", m->subject);
	value_set_text(w->a, o, "tlp", m->tlp);
	value_set_text(w->a, o, "signature", m->signature);
	if (w->json) {
		value_set_str(w->a, o, "text", text);
		return OK;
	}
	const char *who = m->from_name != NULL && *m->from_name != '\0' ? m->from_name : m->from_addr;

	value_set_text(w->a, o, "who", out ? (who == NULL ? web_tr(w, NULL, N_("We")) : who) : who);
	value_set_text(w->a, o, "to", out ? m->to_addrs : NULL);
	value_set_text(w->a, o, "what",
	    out ? (strcmp(m->state, "sent") == 0	   ? web_tr(w, "timeline", NC_("timeline", "sent a message"))
		      : strcmp(m->state, "cancelled") == 0 ? web_tr(w, "timeline", NC_("timeline", "message not sent"))
		      : strcmp(m->state, "failed") == 0 || strcmp(m->state, "bounced") == 0
		      ? web_tr(w, "timeline", NC_("timeline", "message could not be delivered"))
		      : web_tr(w, "timeline", NC_("timeline", "message about to leave")))
		: web_tr(w, "timeline", NC_("timeline", "wrote to us")));
	value_set_text(w->a, o, "lang", m->lang == NULL ? "" : m->lang);
	value_set_text(w->a, o, "letter",
	    cut.n == text.n ? arena_cstr(w->a, extract_defang_text(w->a, cut))
			    : arena_printf(w->a, "%.*s…", STR_F(extract_defang_text(w->a, cut))));
	value_set_text(w->a, o, "meta", e->of != NULL ? e->of : i->ref);
	value_set_text(w->a, o, "full_href", arena_printf(w->a, "/messages/%lld", (long long)m->id));
	if (m->raw_blob != 0)
		value_set_text(w->a, o, "raw_href", arena_printf(w->a, "/messages/%lld/raw", (long long)m->id));
	coordination_tools(w, i->ref, m, o);
	return OK;
}

static void
note_event(struct web *w, struct value *o, const struct timeline_event *e)
{
	bool shared = strcmp(e->shared, "reporter") == 0;

	value_set_text(w->a, o, "kind", e->note_kind);
	value_set_text(w->a, o, "shared", e->shared);
	value_set_text(w->a, o, "text", e->body);
	if (w->json)
		return;
	value_set_text(w->a, o, "who", w->json ? e->actor_name : incident_who(w, e->actor_name));
	value_set_text(w->a, o, "what",
	    strcmp(e->note_kind, "decision") == 0 ? web_tr(w, "timeline", NC_("timeline", "decided"))
						  : web_tr(w, "timeline", NC_("timeline", "noted")));
	value_set_text(w->a, o, "note", e->body);
	struct value *b = value_set_object(w->a, o, "badge");

	value_set_text(w->a, b, "state", shared ? "soon" : "");
	value_set_text(w->a, b, "text",
	    shared ? web_tr(w, NULL, N_("Seen by the reporter")) : web_tr(w, NULL, N_("Internal")));
	value_set_text(w->a, o, "meta", e->of);
}

static void
journal_event(struct web *w, struct value *o, const struct timeline_event *e)
{
	const char *text, *more;

	value_set_text(w->a, o, "kind", "sys");
	value_set_text(w->a, o, "action", e->action);
	if (w->json) {
		if (e->payload != NULL)
			value_set(w->a, o, "payload", (struct value *)(uintptr_t)e->payload);
		return;
	}
	incident_sentence(w, e->action, e->payload, &text, &more);
	value_set_text(w->a, o, "who", w->json ? e->actor_name : incident_who(w, e->actor_name));
	value_set_text(w->a, o, "what", text);
	value_set_text(w->a, o, "more", *more == '\0' ? NULL : more);
	value_set_text(w->a, o, "meta", e->of);
}

static enum err
set_events(struct web *w, const struct incident *i, const struct timeline *t)
{
	struct value *list = value_set_list(w->a, w->data, "timeline");
	const char *day = "";

	for (size_t k = 0; k < t->n; k++) {
		const struct timeline_event *e = &t->event[k];
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "id",
		    arena_printf(w->a, "%c%lld", "jmn"[e->kind], (long long)e->id));
		web_set_time(w, o, "at", e->at);
		value_set_text(w->a, o, "who", w->json ? e->actor_name : incident_who(w, e->actor_name));
		/* Not those of the incident around it. */
		value_set_text(w->a, o, "tlp", NULL);
		if (!w->json)
			value_set_bool(w->a, o, "has_attachments", false);
		if (e->kind == TIMELINE_MESSAGE)
			TRY(message_event(w, i, o, e));
		else if (e->kind == TIMELINE_NOTE)
			note_event(w, o, e);
		else
			journal_event(w, o, e);
		if (w->json)
			continue;
		value_set_bool(w->a, value_set_object(w->a, o, "is"), value_cstr(value_get(o, "kind")), true);
		/* A heading where the date changes. */
		struct civil c = zone_civil(w->zone, e->at);
		const char *date = w->lang == LANG_JA
		    ? arena_printf(w->a, "%d年%d月%d日", c.year, c.month, c.day)
		    : arena_printf(w->a, "%04d-%02d-%02d", c.year, c.month, c.day);

		if (strcmp(date, day) != 0)
			value_set_text(w->a, o, "day", date);
		day = date;
	}
	return OK;
}

static enum err
set_timeline(struct web *w, const struct incident *i)
{
	static const struct {
		const char *name, *label;
	} tab[] = {
		{ "all", NC_("timeline", "All") },
		{ "messages", NC_("timeline", "Messages") },
		{ "notes", NC_("timeline", "Notes") },
		{ "decisions", NC_("timeline", "Decisions") },
	};
	const char *show = web_query(w, "show");
	bool oldest = strcmp(web_query(w, "order"), "old") == 0;
	enum timeline_show chosen = TIMELINE_ALL;
	struct value *tabs = value_set_list(w->a, w->ui, "tabs");
	struct timeline t;
	int64_t count[4];

	TRY(timeline_count(w->db, w->a, i->id, w->user, count));
	for (size_t k = 0; k < COUNT(tab); k++) {
		struct value *o = value_add_object(w->a, tabs);
		bool current = strcmp(tab[k].name, show) == 0 || (k == 0 && *show == '\0');

		if (current)
			chosen = (enum timeline_show)k;
		value_set_text(w->a, o, "href",
		    arena_printf(w->a, "%s?show=%s%s#story", incident_href(w, i, ""), tab[k].name, oldest ? "&order=old" : ""));
		value_set_text(w->a, o, "label", web_tr(w, "timeline", tab[k].label));
		value_set_text(w->a, o, "count", i18n_number(w->a, count[k]));
		value_set_bool(w->a, o, "current", current);
	}
	value_set_text(w->a, w->ui, "order_href",
	    arena_printf(w->a, "%s?show=%s%s#story", incident_href(w, i, ""), tab[chosen].name, oldest ? "" : "&order=old"));
	value_set_text(w->a, w->ui, "order_text",
	    oldest ? web_tr(w, NULL, N_("Newest first")) : web_tr(w, NULL, N_("Oldest first")));
	TRY(timeline_list(w->db, w->a, i->id, w->user, chosen, oldest, web_query_int(w, "from", 1, INT64_MAX, 0), EVENTS, &t));
	TRY(set_events(w, i, &t));
	if (t.more != 0) {
		value_set_int(w->a, w->data, "timeline_next", t.more);
		value_set_text(w->a, w->ui, "more_href",
		    arena_printf(w->a, "%s?show=%s%s&from=%lld#story", incident_href(w, i, ""), tab[chosen].name,
			oldest ? "&order=old" : "", (long long)t.more));
	}
	return OK;
}

static void
set_composer(struct web *w)
{
	struct value *to = value_set_list(w->a, w->ui, "@audience");
	struct value *kinds = value_set_list(w->a, w->ui, "@kinds");
	struct value *form = value_child(w->ui, "form");
	bool reporter = strcmp(value_cstr(value_get(form, "to")), "reporter") == 0;
	bool decision = strcmp(value_cstr(value_get(form, "kind")), "decision") == 0;

	incident_option(w, to, "internal", web_tr(w, NULL, N_("Internal: the team only")), !reporter);
	if (value_count(value_get(w->data, "reports")) > 0)
		incident_option(w, to, "reporter",
		    web_tr(w, NULL, N_("Reporter: shown on the report's status page")), reporter);
	incident_option(w, kinds, "note", web_tr(w, NULL, N_("Note")), !decision);
	incident_option(w, kinds, "decision", web_tr(w, NULL, N_("Decision")), decision);
}

static void
set_next(struct web *w, const struct incident *i)
{
	bool has = i->next_action != NULL && *i->next_action != '\0';

	if (!has && i->due_at == 0)
		return;
	struct value *o = value_set_object(w->a, w->ui, "next");

	value_set_text(w->a, o, "text", has ? i->next_action : web_tr(w, NULL, N_("Something is due")));
	if (i->due_at != 0)
		value_set_text(w->a, o, "why",
		    web_trf(w, NULL, N_("By {time}"), I18N_ARGS({ "time", web_when(w, i->due_at) })));
	incident_clock(w, o, "clock", i->due_at, strcmp(i->state, "closed") == 0);
}

static enum err
set_hold(struct web *w, const struct incident *i)
{
	struct incident_hold h;
	enum err e = hold_get(w->db, w->a, i->id, &h);

	value_set_bool(w->a, w->data, "hold", e == OK);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
incident_show(struct web *w, const struct incident *i)
{
	set_facts(w, i);
	TRY(set_parties(w, i));
	for (const struct incident_panel *p = incident_panels; p->fill != NULL; p++)
		TRY(p->fill(w, i));
	TRY(set_indicators(w, i));
	TRY(set_reports(w, i));
	TRY(set_attachments(w, i));
	TRY(set_tasks(w, i));
	TRY(set_hold(w, i));
	TRY(incident_similar(w, i->id));
	TRY(set_timeline(w, i));
	if (!w->json) {
		value_set_str(w->a, w->ui, "title", extract_defang_text(w->a, str_of(i->title)));
		set_words(w, i);
		set_next(w, i);
		value_set_bool(w->a, w->ui, "may_edit",
		    auth_allows(&w->auth, PERM_INCIDENT_EDIT) && i->merged_into == 0);
		value_set_bool(w->a, w->ui, "may_take", auth_allows(&w->auth, PERM_ATTACHMENT));
		value_set_text(w->a, w->ui, "presence_at", arena_printf(w->a, "incident/%s", i->ref));
		TRY(incident_draft(w, arena_printf(w->a, "incident/%lld/write", (long long)i->id)));
		TRY(incident_owner_options(w, "@owners", w->user->id, web_tr(w, NULL, N_("nobody"))));
		set_composer(w);
		TRY(snippet_web_offer(w, &(struct snippet_about){ .incident = i, .lang = w->lang }));
	}
	return problems_any(&w->problems) || w->instead != NULL ? web_again(w, "incident", i->ref) : web_page(w, "incident", i->ref);
}

static enum err
show(struct web *w)
{
	struct incident i;

	TRY(incident_of_path(w, &i));
	return incident_show(w, &i);
}

const struct web_route incident_routes[] = {
	{ WEB_GET, "/incidents/:ref", PERM_INCIDENT_READ, show, 0,
	    "One incident: facts, parties, indicators, reports, notifications, tasks, timeline" },
	{ 0 },
};
