/* SPDX-License-Identifier: Apache-2.0 */
/* message_web.c - one message in full, and its original, byte for byte. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "incident/coordination.h"
#include "incident/extract.h"
#include "incident/incident_page.h"
#include "incident/incident_store.h"
#include "incident/message_page_store.h"
#include "incident/report_store.h"

/* The message, if the viewer may see what it belongs to. */
static enum err
message_of_path(struct web *w, struct message *m)
{
	int64_t id;
	bool visible = true;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(message_get(w->db, w->a, id, m));
	TRY(message_page_visible(w->db, w->a, m, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

static void
header(struct web *w, struct value *list, const char *label, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "value", value);
}

static const char *
address(struct web *w, const char *name, const char *addr)
{
	if (addr == NULL)
		return name;
	return name == NULL || *name == '\0' ? addr : arena_printf(w->a, "%s <%s>", name, addr);
}

/* Lines as one, separated by commas. */
static const char *
joined(struct web *w, const char *lines)
{
	struct str s = str_of(lines), line;
	struct buf *b = buf_new(w->a, LIMIT_MAIL_HEADER);

	while (lines != NULL && str_line(&s, &line)) {
		if (line.n > 0)
			buf_printf(b, "%s%.*s", b->n > 0 ? ", " : "", STR_F(line));
	}
	return buf_cstr(w->a, b);
}

/* Header names are never translated. */
static void
set_headers(struct web *w, const struct message *m)
{
	struct value *list = value_set_list(w->a, w->ui, "headers");

	header(w, list, "From", address(w, m->from_name, m->from_addr));
	header(w, list, "Reply-To", m->reply_to);
	header(w, list, "To", address(w, m->to_name, joined(w, m->to_addrs)));
	header(w, list, "Cc", joined(w, m->cc_addrs));
	header(w, list, "Subject", m->subject);
	header(w, list, "Date", m->sent_at == 0 ? NULL : zone_both(w->a, m->sent_at));
	header(w, list, "Message-ID", m->message_key);
	header(w, list, "In-Reply-To", m->reply_key);
	header(w, list, "References", joined(w, m->reference_keys));
	bool out = strcmp(m->direction, "out") == 0;

	header(w, list,
	    out ? web_tr(w, "message", NC_("message", "Written at")) : web_tr(w, "message", NC_("message", "Received at")),
	    zone_both(w->a, m->received_at));
	if (out)
		header(w, list, web_tr(w, "message", NC_("message", "State")), coordination_what(w, m));
	header(w, list, web_tr(w, "message", NC_("message", "Encryption")), m->crypto);
	header(w, list, web_tr(w, "message", NC_("message", "Signature")), m->signature);
	header(w, list, web_tr(w, "message", NC_("message", "Signed by")), m->signer);
	header(w, list, web_tr(w, "message", NC_("message", "Automatic")),
	    m->automatic == NULL || strcmp(m->automatic, "none") == 0 ? NULL : m->automatic);
	header(w, list, web_tr(w, "message", NC_("message", "What the server said")), m->error);
}

/* SPF, DKIM, DMARC and the way it came; wrong JSON is our own fault. */
static enum err
set_path(struct web *w, const struct message *m)
{
	struct value *auth, *list = value_set_list(w->a, w->ui, "received");
	struct value *headers = value_child(w->ui, "headers");
	const struct value *checks, *hops;

	if (m->auth == NULL)
		return OK;
	TRY(value_parse(w->a, str_of(m->auth), &auth, NULL));
	value_set(w->a, w->data, "auth", auth);
	checks = value_get(auth, "checks");
	hops = value_get(auth, "path");
	for (size_t i = 0; i < value_count(checks); i++) {
		const struct value *c = value_at(checks, i);
		bool trusted = value_true(value_get(c, "trusted"));

		header(w, headers, value_cstr(value_get(c, "method")),
		    arena_printf(w->a, "%s %s (%s%s)", value_cstr(value_get(c, "result")),
			value_cstr(value_get(c, "detail")), value_cstr(value_get(c, "by")),
			trusted ? "" : web_tr(w, "message", NC_("message", "; may be forged"))));
	}
	for (size_t i = 0; i < value_count(hops); i++) {
		const struct value *h = value_at(hops, i);

		value_add_text(w->a, list,
		    arena_printf(w->a, "%s [%s] → %s %s", value_cstr(value_get(h, "from")), value_cstr(value_get(h, "ip")),
			value_cstr(value_get(h, "by")),
			value_integer(value_get(h, "at")) == 0 ? "" : zone_both(w->a, value_integer(value_get(h, "at")))));
	}
	value_set_bool(w->a, w->ui, "has_received", value_count(list) > 0);
	return OK;
}

static enum err
set_back(struct web *w, const struct message *m)
{
	struct incident i;
	struct report r;

	value_set_text(w->a, w->ui, "back_href", "/");
	value_set_text(w->a, w->ui, "back_text", web_tr(w, NULL, N_("Home")));
	if (m->incident_id != 0) {
		TRY(incident_get(w->db, w->a, m->incident_id, &i));
		value_set_text(w->a, w->data, "incident", i.ref);
		value_set_text(w->a, w->ui, "back_text", i.ref);
		value_set_text(w->a, w->ui, "back_href",
		    m->notification_id != 0
			? arena_printf(w->a, "/incidents/%s/threads/%lld", i.ref, (long long)m->notification_id)
			: arena_printf(w->a, "/incidents/%s", i.ref));
	} else if (m->report_id != 0) {
		TRY(report_get(w->db, w->a, m->report_id, &r));
		value_set_text(w->a, w->data, "report", r.ref);
		value_set_text(w->a, w->ui, "back_text", r.ref);
		value_set_text(w->a, w->ui, "back_href", arena_printf(w->a, "/inbox/%s", r.ref));
	}
	return OK;
}

static enum err
show(struct web *w)
{
	struct message m;
	struct str text;
	struct value *faults;

	TRY(message_of_path(w, &m));
	TRY(coordination_event(w, "", &m, w->data));
	TRY(message_text(w->db, w->blobs, w->a, &m, &text));
	value_set_text(w->a, w->data, "message_id", m.message_key);
	value_set_id(w->a, w->data, "thread", m.notification_id);
	TRY(set_back(w, &m));
	if (!w->json) {
		set_headers(w, &m);
		value_set_text(w->a, w->ui, "lang", m.lang == NULL ? "" : m.lang);
		value_set_str(w->a, w->ui, "text", extract_defang_text(w->a, text));
		value_set_text(w->a, w->ui, "raw_href",
		    m.raw_blob == 0 ? NULL : arena_printf(w->a, "/messages/%lld/raw", (long long)m.id));
	}
	TRY(set_path(w, &m));
	if (m.faults != NULL) {
		TRY(value_parse(w->a, str_of(m.faults), &faults, NULL));
		value_set(w->a, w->data, "faults", faults);
		value_set_bool(w->a, w->ui, "has_faults", value_count(faults) > 0);
	}
	return web_page(w, "message", N_("Message"));
}

static enum err
raw(struct web *w)
{
	struct message m;
	struct value *p = value_object(w->a);

	TRY(message_of_path(w, &m));
	if (m.raw_blob == 0)
		return ERR_NOT_FOUND;
	value_set_int(w->a, p, "message", m.id);
	TRY(web_journal(w, "message.take", m.incident_id != 0 ? "incident" : m.report_id != 0 ? "report" : "message",
	    m.incident_id != 0 ? m.incident_id : m.report_id != 0 ? m.report_id : m.id, p));
	return web_download(w, m.raw_blob, arena_printf(w->a, "message-%lld.eml", (long long)m.id), "message/rfc822");
}

const struct web_route message_routes[] = {
	{ WEB_GET, "/messages/:id", PERM_REPORT_READ, show, 0, "One message: headers, text, what was checked" },
	{ WEB_GET, "/messages/:id/raw", PERM_ATTACHMENT, raw, WEB_WRITES, "The original, byte for byte" },
	{ 0 },
};
