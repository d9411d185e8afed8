/* SPDX-License-Identifier: Apache-2.0 */
/* thread_web.c - what was written to one party and what it answered. */
#include <string.h>

#include "base/arena.h"
#include "incident/coordination.h"
#include "incident/incident_page.h"
#include "incident/letter.h"
#include "incident/message_page_store.h"

#define SHOWN 200 /* messages */

static enum err
thread_of_path(struct web *w, struct incident *i, struct notification *n)
{
	int64_t id;

	TRY(incident_of_path(w, i));
	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return notification_get(w->db, w->a, i->id, id, n);
}

static void
set_facts(struct web *w, const struct incident *i, const struct notification *n, const struct party *p)
{
	struct value *d = w->data, *o = value_set_object(w->a, d, "party");

	value_set_int(w->a, d, "id", n->id);
	value_set_text(w->a, d, "ref", i->ref);
	value_set_text(w->a, d, "letter", n->ref);
	value_set_text(w->a, d, "kind", n->kind);
	value_set_text(w->a, d, "state", n->state);
	value_set_text(w->a, d, "subject", n->subject);
	value_set_text(w->a, d, "tlp", n->tlp);
	value_set_text(w->a, d, "lang", n->lang);
	value_set_int(w->a, d, "unread", n->unread);
	value_set_int(w->a, d, "reminders", n->reminders);
	value_set_int(w->a, d, "version", n->version);
	web_set_time(w, d, "sent_at", n->sent_at);
	web_set_time(w, d, "answered_at", n->answered_at);
	web_set_time(w, d, "acted_at", n->acted_at);
	web_set_time(w, d, "due_at", n->due_at);
	value_set_int(w->a, o, "id", p->id);
	value_set_text(w->a, o, "org", p->org);
	value_set_text(w->a, o, "name", p->name);
	value_set_text(w->a, o, "email", p->email);
	value_set_text(w->a, o, "@role_text", web_tr(w, "party", incident_label(incident_party_roles, p->role)));
}

static void
set_acts(struct web *w, const struct incident *i, const struct notification *n)
{
	static const struct {
		const char *state, *label;
	} all[] = {
		{ "acknowledged", NC_("thread-act", "Answered by telephone") },
		{ "actioned", NC_("thread-act", "They acted") },
		{ "declined", NC_("thread-act", "They declined") },
		{ "no-response", NC_("thread-act", "No response") },
		{ "closed", NC_("thread-act", "Close the thread") },
	};
	struct value *list = value_set_list(w->a, w->ui, "next_states");
	bool may_send = auth_allows(&w->auth, PERM_SEND) && i->merged_into == 0;
	long long id = (long long)n->id;

	for (size_t k = 0; k < COUNT(all); k++) {
		if (strcmp(all[k].state, n->state) == 0 ||
		    (strcmp(all[k].state, "acknowledged") == 0 && n->answered_at != 0))
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", all[k].state);
		value_set_text(w->a, o, "label", web_tr(w, "thread-act", all[k].label));
	}
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_INCIDENT_EDIT) && i->merged_into == 0);
	if (!may_send)
		return;
	value_set_text(w->a, w->ui, "reply_href", arena_printf(w->a, "/incidents/%s/letters/new?thread=%lld", i->ref, id));
	if (n->answered_at == 0 && n->sent_at != 0)
		value_set_text(w->a, w->ui, "reminder_href",
		    arena_printf(w->a, "/incidents/%s/letters/new?thread=%lld&template=reminder", i->ref, id));
	if (strcmp(n->state, "bounced") == 0)
		value_set_text(w->a, w->ui, "address_href",
		    arena_printf(w->a, "/incidents/%s/parties/%lld/edit", i->ref, (long long)n->party_id));
}

static enum err
show(struct web *w)
{
	struct incident i;
	struct notification n;
	struct party p;
	struct message *list;
	size_t count;

	TRY(thread_of_path(w, &i, &n));
	TRY(party_get(w->db, w->a, i.id, n.party_id, &p));
	TRY(notification_messages(w->db, w->a, n.id, SHOWN, &list, &count));
	set_facts(w, &i, &n, &p);
	struct value *events = value_set_list(w->a, w->data, "messages");

	for (size_t k = 0; k < count; k++) {
		bool visible;

		TRY(message_page_visible(w->db, w->a, &list[k], w->user, &visible));
		if (visible)
			TRY(coordination_event(w, i.ref, &list[k], value_add_object(w->a, events)));
	}
	if (!w->json) {
		set_acts(w, &i, &n);
		coordination_badge(w, w->ui, "state_badge", n.state, n.due_at, n.unread);
		value_set_text(w->a, w->ui, "kind_text", web_tr(w, "letter", letter_kind_label(n.kind)));
		value_set_bool(w->a, w->ui, "bounced", strcmp(n.state, "bounced") == 0);
		if (n.reminders > 0)
			value_set_text(w->a, w->ui, "reminders_text",
			    i18n_fill(w->a,
				i18n_plural(w->lang, NULL, "{n} reminder sent", "{n} reminders sent", n.reminders),
				I18N_ARGS({ "n", i18n_number(w->a, n.reminders) })));
		incident_clock(w, w->ui, "silent", n.due_at, false);
	}
	return web_page(w, "thread", N_("Thread"));
}

static enum err
change(struct web *w)
{
	static const char *const states[] = { "acknowledged", "actioned", "declined", "no-response", "closed", NULL };
	struct incident i;
	struct notification n;

	TRY(thread_of_path(w, &i, &n));
	const char *here = incident_href(w, &i, arena_printf(w->a, "/threads/%lld", (long long)n.id));

	if (strcmp(web_form(w, "act"), "read") == 0) {
		TRY(notification_mark_read(w->db, w->a, &n, web_actor(w)));
		return web_redirect(w, here, N_("Marked as read"), 0);
	}
	const char *state = web_choice(w, "state", states, true);

	if (problems_any(&w->problems))
		return w->json ? web_again(w, "thread", N_("Thread")) : ERR_INVALID;
	n.version = web_form_int(w, "version", 1, INT64_MAX, n.version);
	TRY(notification_set_state(w->db, w->a, &n, state, web_actor(w)));
	return web_redirect(w, here, N_("Saved"), 0);
}

const struct web_route thread_routes[] = {
	{ WEB_GET, "/incidents/:ref/threads/:id", PERM_INCIDENT_READ, show, 0, "A thread with one party: its messages" },
	{ WEB_POST, "/incidents/:ref/threads/:id", PERM_INCIDENT_EDIT, change, 0,
	    "What became of it: state (acknowledged, actioned, declined, no-response, closed) with version; or act = read" },
	{ 0 },
};
