/* SPDX-License-Identifier: Apache-2.0 */
/* coordination_web.c - parties, threads and messages in words. */
#include "incident/coordination.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "incident/extract.h"
#include "incident/letter.h"

#define LETTER_SHOWN 8000 /* characters of a message on a thread */

const char *
coordination_state_text(struct web *w, const char *state)
{
	static const struct {
		const char *state, *text;
	} all[] = {
		{ "draft", NC_("thread", "Draft") },
		{ "queued", NC_("thread", "About to leave") },
		{ "sent", NC_("thread", "Sent, no answer yet") },
		{ "bounced", NC_("thread", "Came back") },
		{ "acknowledged", NC_("thread", "Answered") },
		{ "actioned", NC_("thread", "Acted") },
		{ "declined", NC_("thread", "Declined") },
		{ "no-response", NC_("thread", "No response") },
		{ "closed", NC_("thread", "Closed") },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		if (strcmp(all[i].state, state) == 0)
			return web_tr(w, "thread", all[i].text);
	}
	return state;
}

bool
coordination_no_server(struct web *w, const char *state)
{
	return strcmp(state, "queued") == 0 && *setting_text(w->db, w->a, "smtp.url") == '\0';
}

void
coordination_badge(struct web *w, struct value *o, const char *key, const char *state, int64_t due_at,
    int64_t unread)
{
	struct value *b = value_set_object(w->a, o, key);
	const char *colour = "";

	if (strcmp(state, "bounced") == 0)
		colour = "late";
	else if (strcmp(state, "actioned") == 0)
		colour = "good";
	else if (strcmp(state, "queued") == 0)
		colour = "soon";
	value_set_text(w->a, b, "text", coordination_state_text(w, state));
	if (coordination_no_server(w, state)) {
		colour = "late";
		value_set_text(w->a, b, "text", web_tr(w, "thread", NC_("thread", "Not sent: no mail server")));
	}
	if (unread > 0) {
		colour = "soon";
		if (strcmp(state, "bounced") != 0)
			value_set_text(w->a, b, "text", web_tr(w, "thread", NC_("thread", "Answer not read yet")));
	} else if (due_at != 0 && due_at < w->now) {
		colour = "late";
		value_set_text(w->a, b, "text",
		    web_trf(w, "thread", NC_("thread", "Silent: {time}"),
			I18N_ARGS({ "time", zone_left(w->a, w->lang, due_at, w->now) })));
	}
	value_set_text(w->a, b, "state", colour);
}

static void
party_words(struct web *w, const struct incident *i, struct value *o)
{
	int64_t thread = value_integer(value_get(o, "notification"));
	long long id = (long long)value_integer(value_get(o, "id"));
	const char *cc = value_cstr(value_get(o, "cc")), *asset = value_cstr(value_get(o, "asset_cc"));
	const char *lang = value_cstr(value_get(o, "lang"));

	value_set_text(w->a, o, "@country", *cc == '\0' ? NULL : country_name(w->lang, cc));
	value_set_text(w->a, o, "@asset", *asset == '\0' || strcmp(asset, cc) == 0 ? NULL : country_name(w->lang, asset));
	value_set_text(w->a, o, "@lang_text", strcmp(lang, "ja") == 0 ? "日本語" : "English");
	value_set_text(w->a, o, "@edit_href", arena_printf(w->a, "/incidents/%s/parties/%lld/edit", i->ref, id));
	value_set_text(w->a, o, "@write_href", arena_printf(w->a, "/incidents/%s/letters/new?party=%lld", i->ref, id));
	value_set_text(w->a, o, "@thread_href",
	    thread == 0 ? NULL : arena_printf(w->a, "/incidents/%s/threads/%lld", i->ref, (long long)thread));
}

static const struct value *
thread_of(const struct value *threads, int64_t id)
{
	for (size_t k = 0; k < value_count(threads); k++) {
		if (value_integer(value_get(value_at(threads, k), "id")) == id)
			return value_at(threads, k);
	}
	return NULL;
}

void
coordination_party_panel(struct web *w, const struct incident *i)
{
	struct value *parties = value_child(w->data, "parties");
	struct value *threads = value_child(w->data, "notifications");

	if (w->json)
		return;
	for (size_t k = 0; k < value_count(threads); k++) {
		struct value *o = value_item(threads, k);

		value_set_text(w->a, o, "@href",
		    arena_printf(w->a, "/incidents/%s/threads/%lld", i->ref, (long long)value_integer(value_get(o, "id"))));
		coordination_badge(w, o, "@badge", value_cstr(value_get(o, "state")),
		    value_integer(value_get(o, "@due")), value_integer(value_get(o, "unread")));
	}
	for (size_t k = 0; k < value_count(parties); k++) {
		struct value *o = value_item(parties, k);
		const struct value *t = thread_of(threads, value_integer(value_get(o, "notification")));

		party_words(w, i, o);
		value_set(w->a, o, "@badge", NULL);
		if (t != NULL)
			coordination_badge(w, o, "@badge", value_cstr(value_get(t, "state")),
			    value_integer(value_get(t, "@due")), value_integer(value_get(t, "unread")));
		value_set_bool(w->a, o, "@no_server", t != NULL && coordination_no_server(w, value_cstr(value_get(t, "state"))));
	}
	value_set_bool(w->a, w->ui, "has_parties", value_count(parties) > 0);
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND) && i->merged_into == 0);
	value_set_text(w->a, w->ui, "party_new_href", arena_printf(w->a, "/incidents/%s/parties/new", i->ref));
}

/* What the sender itself says is translated; a server's words stay as they are. */
static const char *
in_words(struct web *w, const char *error)
{
	static const char *const own[] = {
		N_("The team has no mail address yet: set team.email. The mail waits."),
		N_("No outgoing mail server is set yet: set smtp.url. The mail waits."),
	};

	for (size_t i = 0; i < COUNT(own); i++) {
		if (strcmp(own[i], error) == 0)
			return web_tr(w, NULL, own[i]);
	}
	return error;
}

void
coordination_tools(struct web *w, const char *ref, const struct message *m, struct value *o)
{
	bool held = strcmp(m->direction, "out") == 0 && strcmp(m->state, "held") == 0 && m->notification_id != 0;
	struct value *b;

	value_set_int(w->a, o, "hold_ms", 0);
	if (held && auth_allows(&w->auth, PERM_SEND)) {
		/* A mail that waits for its server can be taken back as well. */
		value_set_int(w->a, o, "hold_ms", m->send_at > w->now ? m->send_at - w->now : 0);
		value_set_bool(w->a, o, "@waits", m->send_at <= w->now);
		value_set_text(w->a, o, "cancel_href",
		    arena_printf(w->a, "/incidents/%s/letters/%lld/cancel", ref, (long long)m->id));
	}
	if (m->error == NULL || *m->error == '\0')
		return;
	b = value_set_object(w->a, o, "badge");
	value_set_text(w->a, b, "state", held ? "soon" : "late");
	value_set_text(w->a, b, "text", in_words(w, m->error));
}

const char *
coordination_what(struct web *w, const struct message *m)
{
	static const struct {
		const char *state, *text;
	} all[] = {
		{ "held", NC_("thread", "waits to be sent") },
		{ "sent", NC_("thread", "sent") },
		{ "failed", NC_("thread", "could not be sent") },
		{ "bounced", NC_("thread", "came back") },
		{ "cancelled", NC_("thread", "was not sent") },
	};

	if (strcmp(m->direction, "in") == 0)
		return m->bounce_of != 0 ? web_tr(w, "thread", NC_("thread", "a mail server says that it came back"))
					 : web_tr(w, "thread", NC_("thread", "answered"));
	if (strcmp(m->channel, "form") == 0)
		return web_tr(w, "thread", NC_("thread", "published on the status page"));
	for (size_t i = 0; i < COUNT(all); i++) {
		if (strcmp(all[i].state, m->state) == 0)
			return web_tr(w, "thread", all[i].text);
	}
	return m->state;
}

/* "Signed", "Signature good" … or NULL. */
static const char *
crypto_text(struct web *w, const struct message *m)
{
	const char *crypto = m->crypto == NULL ? "" : m->crypto, *signature = m->signature == NULL ? "" : m->signature;

	if (strcmp(m->direction, "out") == 0)
		return strcmp(crypto, "both") == 0	? web_tr(w, "thread", NC_("thread", "Signed and encrypted"))
		    : strcmp(crypto, "signed") == 0	? web_tr(w, "thread", NC_("thread", "Signed"))
		    : strcmp(crypto, "encrypted") == 0	? web_tr(w, "thread", NC_("thread", "Encrypted"))
							: NULL;
	if (strcmp(signature, "good") == 0)
		return web_tr(w, "thread", NC_("thread", "Signature good"));
	if (strcmp(signature, "bad") == 0)
		return web_tr(w, "thread", NC_("thread", "Signature BAD: it was changed on the way"));
	return *signature == '\0' || strcmp(signature, "none") == 0
	    ? NULL
	    : web_tr(w, "thread", NC_("thread", "Signed, but not verified"));
}

enum err
coordination_event(struct web *w, const char *ref, const struct message *m, struct value *o)
{
	bool out = strcmp(m->direction, "out") == 0;
	const char *name = m->from_name != NULL && *m->from_name != '\0' ? m->from_name : m->from_addr;
	struct str text, cut;

	TRY(message_text(w->db, w->blobs, w->a, m, &text));
	cut = utf8_take(text, LETTER_SHOWN);
	value_set_int(w->a, o, "id", m->id);
	value_set_text(w->a, o, "kind", out ? "out" : "in");
	value_set_text(w->a, o, "state", m->state);
	value_set_text(w->a, o, "from", m->from_addr);
	value_set_text(w->a, o, "to", m->to_addrs);
	value_set_text(w->a, o, "subject", m->subject);
	value_set_text(w->a, o, "tlp", m->tlp);
	value_set_text(w->a, o, "crypto", m->crypto);
	value_set_text(w->a, o, "signature", m->signature);
	value_set_text(w->a, o, "error", m->error);
	value_set_text(w->a, o, "purpose", m->purpose);
	web_set_time(w, o, "at", !out ? m->received_at : m->sent_at != 0 ? m->sent_at : m->send_at);
	if (w->json) {
		value_set_str(w->a, o, "text", text);
		return OK;
	}
	value_set_bool(w->a, value_set_object(w->a, o, "is"), out ? "out" : "in", true);
	value_set_text(w->a, o, "day", NULL);
	value_set_text(w->a, o, "note", NULL);
	value_set_text(w->a, o, "badge", NULL);
	value_set_bool(w->a, o, "has_attachments", false);
	value_set_text(w->a, o, "who", out ? web_tr(w, "thread", NC_("thread", "We")) : name);
	value_set_text(w->a, o, "to", out ? m->to_addrs : NULL);
	value_set_text(w->a, o, "what", coordination_what(w, m));
	value_set_text(w->a, o, "lang", m->lang == NULL ? "" : m->lang);
	value_set_text(w->a, o, "letter",
	    arena_printf(w->a, "%.*s%s", STR_F(extract_defang_text(w->a, cut)), cut.n < text.n ? "…" : ""));
	const char *crypto = crypto_text(w, m);

	value_set_text(w->a, o, "meta", crypto == NULL ? ref : arena_printf(w->a, "%s · %s", ref, crypto));
	value_set_text(w->a, o, "full_href", arena_printf(w->a, "/messages/%lld", (long long)m->id));
	value_set_text(w->a, o, "raw_href",
	    m->raw_blob == 0 ? NULL : arena_printf(w->a, "/messages/%lld/raw", (long long)m->id));
	coordination_tools(w, ref, m, o);
	return OK;
}
