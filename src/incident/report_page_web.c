/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "db/db.h"
#include "directory/tlp.h"
#include "incident/category.h"
#include "incident/decide.h"
#include "incident/extract.h"
#include "incident/incident.h"
#include "incident/incident_store.h"
#include "incident/report_form.h"
#include "incident/report_page.h"
#include "incident/report_store.h"
#include "incident/report_text.h"
#include "incident/rule_store.h"

enum err
report_page_get(struct web *w, struct report *ret)
{
	return report_page_find(w, web_path(w, "ref"), ret);
}

enum err
report_page_find(struct web *w, const char *ref, struct report *ret)
{
	bool visible;

	TRY(report_by_ref(w->db, w->a, str_of(ref), ret));
	TRY(report_visible(w->db, ret->id, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

/* Of a payload: both may have become restricted since. */
enum err
report_page_undoable(struct web *w, int64_t id)
{
	bool visible;

	TRY(report_visible(w->db, id, w->user, &visible));
	return visible ? OK : ERR_NOT_FOUND;
}

static bool
given(const char *s)
{
	return s != NULL && *s != '\0';
}

static void
set_badge(struct web *w, struct value *o, const char *key, const char *state, const char *text)
{
	struct value *b = value_set_object(w->a, o, key);

	value_set_text(w->a, b, "state", state);
	value_set_text(w->a, b, "text", text);
}

void
report_page_due(struct web *w, const struct report *r, struct value *o)
{
	if (w->json || r->due_at == 0 || r->answered_at != 0)
		return;
	struct value *d = value_set_object(w->a, o, "@due");
	int64_t left = r->due_at - w->now;

	value_set_text(w->a, d, "state", left < 0 ? "late" : left < 4 * CLOCK_HOUR ? "soon" : "");
	value_set_text(w->a, d, "text", zone_left(w->a, w->lang, r->due_at, w->now));
	value_set_text(w->a, d, "iso", zone_iso(w->a, zone_utc(), r->due_at));
}

/* "架空カード株式会社 田中", or what else we know of the sender. */
static const char *
who(struct web *w, const struct report *r)
{
	if (r->anonymous)
		return web_tr(w, "reporter", N_("anonymous"));
	if (given(r->reporter_org) && given(r->reporter_name))
		return arena_printf(w->a, "%s %s", r->reporter_org, r->reporter_name);
	if (given(r->reporter_org))
		return r->reporter_org;
	if (given(r->reporter_name))
		return r->reporter_name;
	if (given(r->reporter_email))
		return r->reporter_email;
	return report_label(report_channels, r->channel) == r->channel
	    ? r->channel
	    : web_tr(w, "channel", report_label(report_channels, r->channel));
}

static void
set_reporter(struct web *w, const struct report *r, struct value *o)
{
	struct value *p = value_set_object(w->a, o, "reporter");

	value_set_text(w->a, p, "name", r->reporter_name);
	value_set_text(w->a, p, "org", r->reporter_org);
	value_set_text(w->a, p, "role", r->reporter_role);
	value_set_text(w->a, p, "email", r->reporter_email);
	value_set_text(w->a, p, "phone", r->reporter_phone);
	value_set_text(w->a, p, "country", r->cc);
}

static void
set_hurry(struct web *w, const struct report *r, struct value *o)
{
	if (r->urgent && strcmp(r->state, "new") == 0)
		set_badge(w, o, "@hurry", "late", web_tr(w, "report", N_("Urgent")));
}

/* What only some columns show is made when one asks. */
struct line {
	struct web *w;
	const struct report *r;
};

static struct value *
line_channel(struct arena *a, const void *object)
{
	const struct line *l = object;

	return value_text(a, web_tr(l->w, "channel", report_label(report_channels, l->r->channel)));
}

static struct value *
line_state(struct arena *a, const void *object)
{
	const struct line *l = object;

	return value_text(a, web_tr(l->w, "report", report_label(report_states, l->r->state)));
}

static struct value *
line_priority(struct arena *a, const void *object)
{
	const struct line *l = object;

	return value_text(a, l->r->priority == NULL ? "" : web_tr(l->w, "priority", report_label(report_priorities, l->r->priority)));
}

void
report_page_line(struct web *w, const struct report *r, bool current, struct value *o)
{
	struct line *l = arena_one(w->a, struct line);

	*l = (struct line){ w, r };
	value_set_text(w->a, o, "ref", r->ref);
	web_set_time(w, o, "received_at", r->received_at);
	/* Addresses in a subject are for reading, never for clicking. */
	value_set_str(w->a, o, "@title", extract_defang_text(w->a, str_of(r->title)));
	value_set_text(w->a, o, "@who", who(w, r));
	value_set_text(w->a, o, "@country", r->cc);
	value_set_text(w->a, o, "@door", web_tr(w, "door", report_label(report_doors, r->door)));
	value_set_later(w->a, o, "@channel", line_channel, l);
	value_set_later(w->a, o, "@state", line_state, l);
	value_set_later(w->a, o, "@priority", line_priority, l);
	value_set_text(w->a, o, "owner", r->owner);
	value_set_text(w->a, o, "@similar", r->similar == 0 ? "" : i18n_number(w->a, r->similar));
	report_page_due(w, r, o);
	/* Few have these: at the end the rows are alike until there. */
	set_hurry(w, r, o);
	if (current)
		value_set_bool(w->a, o, "@current", true);
}

static void
row_for_page(struct web *w, const struct report *r, struct value *o)
{
	value_set_text(w->a, o, "@href", arena_printf(w->a, "/inbox/%s", r->ref));
	/* Addresses in a subject are for reading, never for clicking. */
	value_set_str(w->a, o, "@title", extract_defang_text(w->a, str_of(r->title)));
	value_set_text(w->a, o, "@who", who(w, r));
	value_set_text(w->a, o, "@country", r->cc);
	value_set_text(w->a, o, "@door", web_tr(w, "door", report_label(report_doors, r->door)));
	value_set_text(w->a, o, "@channel", web_tr(w, "channel", report_label(report_channels, r->channel)));
	value_set_text(w->a, o, "@purpose", web_tr(w, "purpose", report_label(report_purposes, r->purpose)));
	value_set_text(w->a, o, "@state", web_tr(w, "report", report_label(report_states, r->state)));
	if (r->priority != NULL)
		value_set_text(w->a, o, "@priority",
		    web_tr(w, "priority", report_label(report_priorities, r->priority)));
	set_hurry(w, r, o);
	value_set_text(w->a, o, "@similar", r->similar == 0 ? "" : i18n_number(w->a, r->similar));
	report_page_due(w, r, o);
}

void
report_page_row(struct web *w, const struct report *r, struct value *o)
{
	value_set_text(w->a, o, "ref", r->ref);
	web_set_time(w, o, "received_at", r->received_at);
	value_set_text(w->a, o, "channel", r->channel);
	value_set_text(w->a, o, "purpose", r->purpose);
	value_set_text(w->a, o, "door", r->door);
	value_set_text(w->a, o, "title", r->title);
	value_set_text(w->a, o, "state", r->state);
	value_set_text(w->a, o, "priority", r->priority);
	value_set_text(w->a, o, "tlp", r->tlp);
	value_set_text(w->a, o, "lang", r->lang);
	value_set_text(w->a, o, "brand", r->brand);
	value_set_bool(w->a, o, "domestic", r->domestic);
	value_set_bool(w->a, o, "anonymous", r->anonymous);
	value_set_bool(w->a, o, "urgent", r->urgent);
	value_set_int(w->a, o, "similar", r->similar);
	value_set_text(w->a, o, "due_at", r->due_at == 0 ? NULL : zone_iso(w->a, zone_utc(), r->due_at));
	value_set_text(w->a, o, "owner", r->owner);
	if (w->json)
		set_reporter(w, r, o);
	else
		row_for_page(w, r, o);
}

/* What stands before an answer; NULL: it is not shown. The text of a web form
 * has the answers already, but for some. */
static const char *
detail_label(struct web *w, const struct report *r, const char *key)
{
	if (strcmp(r->channel, "form") == 0) {
		const char *beside = report_form_beside(key);

		return beside == NULL ? NULL : web_tr(w, NULL, beside);
	}
	for (int f = 0; f < REPORT_TEXT_FIELDS; f++) {
		if (strcmp(report_text_key((enum report_text_field)f), key) == 0)
			return report_text_label(w->lang, (enum report_text_field)f);
	}
	return strcmp(key, "url") == 0 ? web_tr(w, "observable", N_("URL")) : key;
}

/* The answers of the form: for machines as they are, for people in order. */
static enum err
set_details(struct web *w, const struct report *r, struct value *o)
{
	struct value *details;

	value_set_text(w->a, o, "details", NULL);
	if (!given(r->details) || value_parse(w->a, str_of(r->details), &details, NULL) != OK)
		return OK;
	value_set(w->a, o, "details", details);
	struct value *list = value_set_list(w->a, o, "@details");

	for (size_t i = 0; i < value_count(details); i++) {
		const char *key = value_key(details, i), *label = detail_label(w, r, key);
		const struct value *v = value_member(details, i);

		if (label == NULL || value_type(v) != VALUE_TEXT || value_str(v).n == 0)
			continue;
		struct value *d = value_add_object(w->a, list);

		value_set_text(w->a, d, "label", label);
		if (strcmp(key, "hide_victim") == 0)
			value_set_text(w->a, d, "value", web_tr(w, "answer", N_("Yes")));
		else
			value_set_str(w->a, d, "value", extract_defang_text(w->a, value_str(v)));
	}
	value_set_bool(w->a, o, "@has_details", value_count(list) > 0);
	return OK;
}

static const char *
type_label(struct web *w, const char *type)
{
	static const struct web_option labels[] = {
		{ "url", N_("URL") }, { "host", N_("Host") }, { "ipv4", N_("IP address") },
		{ "ipv6", N_("IP address") }, { "asn", N_("AS number") }, { "email", N_("Mail address") },
		{ "md5", N_("Hash") }, { "sha1", N_("Hash") }, { "sha256", N_("Hash") }, { "cve", N_("CVE") },
	};

	for (size_t i = 0; i < COUNT(labels); i++) {
		if (strcmp(labels[i].value, type) == 0)
			return web_tr(w, "observable", labels[i].label);
	}
	return type;
}

static const char *
counted(struct web *w, const char *text, int64_t n)
{
	return i18n_fill(w->a, text, I18N_ARGS({ "n", i18n_number(w->a, n) }));
}

static enum err
set_observables(struct web *w, const struct report *r, struct value *o)
{
	struct value *list = value_set_list(w->a, o, "observables");

	TRY(report_observables(w->db, w->a, r->id, 60, list));
	for (size_t i = 0; i < value_count(list) && !w->json; i++) {
		struct value *x = value_item(list, i);
		int64_t seen = value_integer(value_get(x, "seen")), known = value_integer(value_get(x, "incidents"));

		value_set_text(w->a, x, "@type", type_label(w, value_cstr(value_get(x, "type"))));
		if (seen > 1) {
			value_set_text(w->a, x, "@count", counted(w, i18n_plural(w->lang, NULL, "in {n} report", "in {n} reports", seen), seen));
			value_set_text(w->a, x, "@href",
			    arena_printf(w->a, "/search?q=%s", web_escape(w, value_cstr(value_get(x, "@shown")))));
		}
		if (known > 0)
			set_badge(w, x, "@known", "soon", counted(w, i18n_plural(w->lang, NULL, "in {n} incident", "in {n} incidents", known), known));
	}
	return OK;
}

static enum err
set_attachments(struct web *w, const struct report *r, struct value *o)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_set_list(w->a, o, "attachments");

	TRY(db_query(w->db, &q,
	    "SELECT id, name, media_type, size, sha256 FROM attachment WHERE report_id = ?1 ORDER BY id LIMIT 200",
	    DB_INT(r->id)));
	while (db_row(q)) {
		struct value *f = value_add_object(w->a, list);

		value_set_int(w->a, f, "id", db_int(q, 0));
		value_set_text(w->a, f, "name", db_dup(w->a, q, 1));
		value_set_text(w->a, f, "media_type", db_dup(w->a, q, 2));
		value_set_int(w->a, f, "bytes", db_int(q, 3));
		value_set_text(w->a, f, "sha256", db_dup(w->a, q, 4));
		if (w->json)
			continue;
		value_set_text(w->a, f, "size", i18n_size(w->a, w->lang, db_int(q, 3)));
		value_set_text(w->a, f, "href",
		    arena_printf(w->a, "/inbox/%s/files/%lld", r->ref, (long long)db_int(q, 0)));
	}
	value_set_bool(w->a, o, "@has_attachments", value_count(list) > 0);
	return db_end(q);
}

static enum err
set_incidents(struct web *w, const struct report *r, struct value *o)
{
	static const struct web_option relations[] = { { "original", N_("first report") },
		{ "additional", N_("further report") }, { "duplicate", N_("duplicate") } };
	AUTO(db_stmt) q = NULL;
	struct value *list = value_set_list(w->a, o, "incidents");

	struct db_sql s;

	db_sql_init(&s, w->a);
	db_sql_add(&s,
	    "SELECT i.ref, i.title, i.state, ri.relation FROM report_incident ri "
	    "JOIN incident i ON i.id = ri.incident_id WHERE ri.report_id = ?1",
	    DB_INT(r->id));
	incident_only_visible(&s, w->user);
	db_sql_add(&s, " ORDER BY i.id");
	TRY(db_query_sql(w->db, &q, &s));
	while (db_row(q)) {
		struct value *i = value_add_object(w->a, list);
		const char *relation = db_dup(w->a, q, 3);

		value_set_text(w->a, i, "ref", db_dup(w->a, q, 0));
		value_set_text(w->a, i, "title", db_dup(w->a, q, 1));
		value_set_text(w->a, i, "state", db_dup(w->a, q, 2));
		value_set_text(w->a, i, "relation", relation);
		value_set_text(w->a, i, "@href", arena_printf(w->a, "/incidents/%s", db_text(q, 0)));
		value_set_text(w->a, i, "@report", r->ref);
		for (size_t k = 0; k < COUNT(relations); k++) {
			if (strcmp(relations[k].value, relation) == 0)
				value_set_text(w->a, i, "@relation", web_tr(w, "relation", relations[k].label));
		}
	}
	return db_end(q);
}

/* "SPF pass · DKIM fail (mx.example)": what the receiving server found; of one
 * that is not ours its name. */
static const char *
auth_text(struct web *w, const char *json)
{
	struct buf *b = buf_new(w->a, 4096);
	const struct value *checks;
	struct value *v;

	if (!given(json) || value_parse(w->a, str_of(json), &v, NULL) != OK)
		return NULL;
	checks = value_get(v, "checks");
	for (size_t i = 0; i < value_count(checks) && i < 6; i++) {
		const struct value *c = value_at(checks, i);
		const char *method = value_cstr(value_get(c, "method")), *by = value_cstr(value_get(c, "by"));
		bool trusted = value_true(value_get(c, "trusted"));

		buf_text(b, i == 0 ? "" : " · ");
		for (const char *p = method; *p != '\0'; p++)
			buf_char(b, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
		buf_printf(b, " %s", value_cstr(value_get(c, "result")));
		if (!trusted && *by != '\0')
			buf_printf(b, " (%s)", by);
	}
	return b->n == 0 || buf_error(b) != OK ? NULL : buf_cstr(w->a, b);
}

static void
set_signature(struct web *w, struct value *o, const char *signature)
{
	if (strcmp(signature, "good") == 0)
		set_badge(w, o, "@signature", "good", web_tr(w, "signature", N_("Good signature")));
	else if (strcmp(signature, "bad") == 0)
		set_badge(w, o, "@signature", "late", web_tr(w, "signature", N_("Bad signature")));
	else if (given(signature) && strcmp(signature, "none") != 0)
		set_badge(w, o, "@signature", "soon", web_tr(w, "signature", N_("Signature not checked: no key")));
}

/* The message it came in: how it may be trusted, what could not be read. */
static enum err
set_origin(struct web *w, const struct report *r, struct value *o)
{
	AUTO(db_stmt) q = NULL;
	struct value *faults;

	TRY(db_query(w->db, &q,
	    "SELECT id, auth, signature, faults, raw_blob FROM message WHERE report_id = ?1 "
	    "AND direction = 'in' ORDER BY id LIMIT 1",
	    DB_INT(r->id)));
	if (!db_row(q))
		return db_end(q);
	value_set_text(w->a, o, "@auth", auth_text(w, db_dup(w->a, q, 1)));
	set_signature(w, o, db_dup(w->a, q, 2) == NULL ? "" : db_dup(w->a, q, 2));
	if (value_parse(w->a, str_of(db_is_null(q, 3) ? "[]" : db_dup(w->a, q, 3)), &faults, NULL) == OK &&
	    value_count(faults) > 0) {
		struct value *list = value_set_list(w->a, o, "faults");

		for (size_t i = 0; i < value_count(faults); i++) {
			const struct value *f = value_at(faults, i);

			if (value_type(f) == VALUE_OBJECT)
				f = value_get(f, "text");
			value_add_text(w->a, list, value_cstr(f));
		}
		value_set_bool(w->a, o, "@has_faults", true);
	}
	if (!db_is_null(q, 4))
		value_set_text(w->a, o, "@raw",
		    arena_printf(w->a, "/inbox/%s/raw/%lld", r->ref, (long long)db_int(q, 0)));
	return db_end(q);
}

static enum err
set_text(struct web *w, const struct report *r, struct value *o)
{
	struct str text;
	enum err e = report_text(w->db, w->blobs, w->a, r, &text);

	/* One blob that does not decrypt must not hide the rest of the report. */
	if (e == ERR_IO || e == ERR_NOT_FOUND) {
		value_set_text(w->a, o, "text", NULL);
		value_set_text(w->a, o, "@text",
		    web_tr(w, NULL, N_("The text cannot be read: its stored bytes are damaged. Look for it in the last backup.")));
		return OK;
	}
	TRY(e);
	value_set_str(w->a, o, "text", text);
	if (!w->json)
		value_set_str(w->a, o, "@text", extract_defang_text(w->a, str_take(text, LIMIT_MAIL_TEXT)));
	return OK;
}

static const char *
pass_name(struct web *w, const char *s)
{
	if (s == NULL)
		return NULL;
	if (strcmp(s, "yes") == 0)
		return web_tr(w, NULL, N_("Name may be passed on"));
	if (strcmp(s, "no") == 0)
		return web_tr(w, NULL, N_("Do not pass the name on"));
	return web_tr(w, NULL, N_("Ask before passing the name on"));
}

static void
body_for_page(struct web *w, const struct report *r, struct value *o)
{
	value_set_text(w->a, o, "@org", given(r->reporter_name) ? r->reporter_org : NULL);
	if (given(r->reporter_role))
		value_set_text(w->a, o, "@role",
		    web_tr(w, "reporter", report_label(report_roles, r->reporter_role)));
	/* Alone it stands as who it is. */
	if (given(r->reporter_name) || given(r->reporter_org))
		value_set_text(w->a, o, "@email", r->reporter_email);
	value_set_text(w->a, o, "@phone", r->reporter_phone);
	value_set_text(w->a, o, "@pass_name", pass_name(w, r->pass_name));
	value_set_text(w->a, o, "@triage", arena_printf(w->a, "/inbox/%s/triage", r->ref));
	value_set_bool(w->a, o, "@waits", strcmp(r->state, "new") == 0);
	set_badge(w, o, "@badge", strcmp(r->state, "new") == 0 ? "soon" : strcmp(r->state, "accepted") == 0 ? "good" : "plain",
	    web_tr(w, "report", report_label(report_states, r->state)));
}

enum err
report_page_body(struct web *w, const struct report *r, struct value *o)
{
	report_page_row(w, r, o);
	value_set_text(w->a, o, "known", r->known);
	value_set_text(w->a, o, "rsit", r->rsit);
	value_set_text(w->a, o, "reason", r->reason);
	value_set_text(w->a, o, "pass_name", r->pass_name);
	web_set_time(w, o, "answered_at", r->answered_at);
	web_set_time(w, o, "decided_at", r->decided_at);
	value_set_int(w->a, o, "version", r->version);
	if (!w->json)
		body_for_page(w, r, o);
	TRY(set_text(w, r, o));
	TRY(set_details(w, r, o));
	TRY(set_observables(w, r, o));
	TRY(set_attachments(w, r, o));
	TRY(set_incidents(w, r, o));
	TRY(rule_of_report(w->db, w->a, r->id, o));
	if (value_true(value_get(o, "queue")))
		value_set_text(w->a, o, "@queue_href",
		    arena_printf(w->a, "/inbox?queue=%s", web_escape(w, value_cstr(value_get(o, "queue")))));
	return set_origin(w, r, o);
}

/* "Same host login[.]example · Nearly the same text 97 %" */
const char *
report_page_why(struct web *w, const struct value *why)
{
	static const struct web_option labels[] = {
		{ "url", N_("Same URL") }, { "host", N_("Same host") }, { "ipv4", N_("Same IP address") },
		{ "ipv6", N_("Same IP address") }, { "asn", N_("Same AS number") },
		{ "email", N_("Same mail address") }, { "md5", N_("Same hash") }, { "sha1", N_("Same hash") },
		{ "sha256", N_("Same hash") }, { "cve", N_("Same CVE") }, { "sender", N_("Same sender") },
		{ "text", N_("Nearly the same text") }, { "kit", N_("Same page (phishing kit)") },
		{ "domain", N_("Same domain") }, { "network", N_("Same network") },
	};
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	for (size_t i = 0; i < value_count(why) && i < 3; i++) {
		const struct value *x = value_at(why, i);
		const char *kind = value_cstr(value_get(x, "kind"));

		for (size_t k = 0; k < COUNT(labels); k++) {
			if (strcmp(labels[k].value, kind) == 0)
				buf_printf(b, "%s%s %s", b->n == 0 ? "" : " · ", web_tr(w, "why", labels[k].label),
				    value_cstr(value_get(x, "@shown")));
		}
	}
	return buf_cstr(w->a, b);
}

/* Is it one of the incidents that the report is in? */
static bool
belongs(const struct value *o, const char *ref)
{
	const struct value *list = value_get(o, "incidents");

	for (size_t i = 0; i < value_count(list); i++) {
		if (strcmp(value_cstr(value_get(value_at(list, i), "ref")), ref) == 0)
			return true;
	}
	return false;
}

enum err
report_page_alike(struct web *w, const struct report *r, int limit, struct value *o)
{
	struct value *all = value_list(w->a), *list = value_set_list(w->a, o, "alike");

	TRY(report_similar(w->db, w->a, r, w->user, limit, all));
	for (size_t i = 0; i < value_count(all); i++) {
		if (!belongs(o, value_cstr(value_get(value_at(all, i), "ref"))))
			value_add(w->a, list, value_item(all, i));
	}
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *x = value_item(list, i);
		bool incident = strcmp(value_cstr(value_get(x, "kind")), "incident") == 0;
		const char *ref = value_cstr(value_get(x, "ref")), *state = value_cstr(value_get(x, "state"));

		web_set_time(w, x, "at", value_integer(value_get(x, "at")));
		if (w->json)
			continue;
		value_set_text(w->a, x, "@href",
		    arena_printf(w->a, "/%s/%s", incident ? "incidents" : "inbox", ref));
		value_set_str(w->a, x, "@title", extract_defang_text(w->a, str_of(value_cstr(value_get(x, "title")))));
		value_set_text(w->a, x, "@why", report_page_why(w, value_get(x, "why")));
		if (incident) {
			value_set_text(w->a, x, "@attach",
			    arena_printf(w->a, "/inbox/%s/triage?verdict=attach&incident=%s", r->ref, ref));
			set_badge(w, x, "@badge", strcmp(state, "open") == 0 ? "good" : "plain",
			    web_tr(w, "incident", incident_label(incident_states, state)));
		} else {
			value_set_text(w->a, x, "@attach",
			    arena_printf(w->a, "/inbox/%s/triage?verdict=duplicate&original=%s", r->ref, ref));
			set_badge(w, x, "@badge", "plain", web_tr(w, "report", report_label(report_states, state)));
		}
	}
	value_set_bool(w->a, o, "@has_alike", value_count(list) > 0);
	return OK;
}

enum err
report_page_owners(struct web *w, const char *key, const char *any_label, bool nobody, int64_t chosen)
{
	struct value *list = value_set_list(w->a, w->ui, key);
	struct user *u;
	size_t n;

	if (any_label != NULL) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", "");
		value_set_text(w->a, o, "label", web_tr(w, "filter", any_label));
	}
	if (nobody) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", "none");
		value_set_text(w->a, o, "label", web_tr(w, "filter", N_("nobody")));
		value_set_bool(w->a, o, "selected", chosen == 0);
	}
	TRY(user_list(w->db, w->a, &u, &n));
	for (size_t i = 0; i < n; i++) {
		if (!u[i].active || !auth_may(u[i].role, PERM_REPORT_EDIT))
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", arena_printf(w->a, "%lld", (long long)u[i].id));
		value_set_text(w->a, o, "label", u[i].name);
		value_set_bool(w->a, o, "selected", u[i].id == chosen);
	}
	return OK;
}

void
report_page_reasons(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@reasons");

	for (size_t i = 0; decide_decline_reasons[i] != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", decide_decline_reasons[i]);
		value_set_text(w->a, o, "label", web_tr(w, "decline", decide_decline_label(decide_decline_reasons[i])));
		value_set_bool(w->a, o, "selected", chosen != NULL && strcmp(chosen, decide_decline_reasons[i]) == 0);
	}
}

void
report_page_rsits(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@rsits");

	for (size_t i = 0; i < category_count; i++) {
		const struct category *c = &category_list[i];
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", c->rsit);
		value_set_text(w->a, o, "label",
		    arena_printf(w->a, "%s – %s", w->lang == LANG_JA ? c->class_ja : c->class_en,
			category_label(w->lang, c->rsit)));
		value_set_bool(w->a, o, "selected", chosen != NULL && strcmp(chosen, c->rsit) == 0);
	}
}

void
report_page_tlps(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@tlps");

	for (int t = TLP_CLEAR; t <= TLP_RED; t++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", tlp_name((enum tlp)t));
		value_set_text(w->a, o, "label", tlp_label((enum tlp)t));
		value_set_bool(w->a, o, "selected", chosen != NULL && strcmp(chosen, tlp_name((enum tlp)t)) == 0);
	}
}
