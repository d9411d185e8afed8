/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake_job.c - the job "mail.read": a stored mail becomes an answer in its
 * thread or a report. Whatever cannot be read is kept and becomes a report that
 * says so: nothing is lost.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/holiday.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/contact_test_store.h"
#include "incident/intake_ack.h"
#include "incident/intake_guess.h"
#include "incident/message_store.h"
#include "incident/report_store.h"
#include "incident/report_text.h"
#include "incident/thread_store.h"
#include "job/job.h"
#include "job/work.h"
#include "mail/mail.h"
#include "text/i18n.h"

struct reading {
	struct message message;
	struct str raw;
	const char *own[1]; /* our addresses */
	const char *country;
	struct mail mail;
	bool broken; /* could not be opened at all */
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct reading *r = arena_one(j->a, struct reading);
	int64_t id = value_integer(value_get(j->payload, "message"));

	j->state = r;
	TRY(message_get(db, j->a, id, &r->message));
	r->own[0] = setting_text(db, j->a, "team.email");
	r->country = setting_text(db, j->a, "team.country");
	return blob_get(j->work->blobs, db, j->a, r->message.raw_blob, LIMIT_MAIL, &r->raw);
}

#define TRIES 3 /* a mail that ends the parse role so often is kept unread */

static enum err
act(struct job_run *j)
{
	struct reading *r = j->state;
	enum err e = mail_read(j->work->parse, j->a, r->raw, &r->mail);

	if (e == OK)
		return OK;
	if (j->tries < TRIES && (e == ERR_UNAVAILABLE || e == ERR_TIMEOUT)) {
		j->error = "the mail could not be opened; it is tried again";
		return e;
	}
	static const char *const fault[] = {
		"The mail could not be opened safely. Look at the original.",
	};

	mail_open(j->a, STR_NULL, NULL, &r->mail); /* an empty one */
	r->mail.faults = (struct mail_texts){ .item = (const char **)(uintptr_t)fault, .n = 1 };
	r->broken = true;
	return OK;
}

/* One a line. */
static const char *
lines_of(struct arena *a, const struct mail_texts *list)
{
	struct buf *b = buf_new(a, LIMIT_MAIL_HEADER);

	for (size_t i = 0; i < list->n; i++)
		buf_printf(b, "%s\n", list->item[i]);
	return b->n == 0 || b->failed ? NULL : buf_cstr(a, b);
}

static const char *
addresses_of(struct arena *a, const struct mail_addresses *list)
{
	struct buf *b = buf_new(a, LIMIT_MAIL_HEADER);

	for (size_t i = 0; i < list->n; i++)
		buf_printf(b, "%s%s", b->n > 0 ? "\n" : "", list->item[i].address);
	return b->n == 0 || b->failed ? NULL : buf_cstr(a, b);
}

/* What servers on the way said: for the page, docs/schema/message.md. */
static const char *
checks_of(struct arena *a, const struct mail *m)
{
	static const char *const methods[] = { "spf", "dkim", "dmarc" };
	struct value *v = value_object(a);
	struct value *checks = value_set_list(a, v, "checks"), *hops = value_set_list(a, v, "path");

	for (size_t i = 0; i < m->checks.n; i++) {
		const struct mail_check *c = &m->checks.item[i];
		struct value *o = value_add_object(a, checks);

		value_set_text(a, o, "method", c->method);
		value_set_text(a, o, "result", c->result);
		value_set_text(a, o, "detail", c->detail);
		value_set_text(a, o, "by", c->by);
		value_set_bool(a, o, "trusted", c->trusted);
	}
	/* The one that counts, at hand for lists: the first by a trusted server. */
	for (size_t i = m->checks.n; i-- > 0;) {
		const struct mail_check *c = &m->checks.item[i];

		for (size_t k = 0; c->trusted && k < COUNT(methods); k++) {
			if (strcmp(c->method, methods[k]) == 0)
				value_set_text(a, v, methods[k], c->result);
		}
	}
	for (size_t i = 0; i < m->hops.n; i++) {
		const struct mail_hop *h = &m->hops.item[i];
		struct value *o = value_add_object(a, hops);

		value_set_text(a, o, "from", h->from);
		value_set_text(a, o, "ip", h->ip);
		value_set_text(a, o, "by", h->by);
		value_set_int(a, o, "at", h->at);
	}
	value_set_text(a, v, "signer_key", m->signer_key);
	value_set_bool(a, v, "signer_is_from", m->signer_is_from);
	value_set_bool(a, v, "signature_covers_all", m->signature_covers_all);
	return value_json_text(a, v);
}

static const char *
faults_of(struct arena *a, const struct mail_texts *list)
{
	struct value *v = value_list(a);

	if (list->n == 0)
		return NULL;
	for (size_t i = 0; i < list->n; i++)
		value_add_text(a, v, list->item[i]);
	return value_json_text(a, v);
}

static const char *
crypto_name(const struct mail *m)
{
	bool sealed = m->encryption != MAIL_ENCRYPTION_NONE, signed_ = m->signature != MAIL_SIGNATURE_NONE;

	if (sealed)
		return signed_ ? "both" : "encrypted";
	return signed_ ? "signed" : "none";
}

static const char *
or_null(const char *s)
{
	return s == NULL || *s == '\0' ? NULL : s;
}

static enum err
save_message(struct job_run *j, struct db *db, struct reading *r)
{
	const struct mail *m = &r->mail;
	int64_t text = 0;

	if (m->text.n > 0)
		TRY(blob_put(j->work->blobs, db, m->text, j->now, &text));
	return db_run(db,
	    "UPDATE message SET state = ?2, message_key = ?3, reply_key = ?4, reference_keys = ?5, "
	    "from_name = ?6, from_addr = ?7, to_addrs = ?8, cc_addrs = ?9, reply_to = ?10, subject = ?11, "
	    "sent_at = ?12, text_blob = ?13, lang = ?14, crypto = ?15, signature = ?16, signer = ?17, "
	    "auth = ?18, automatic = ?19, faults = ?20 WHERE id = ?1",
	    DB_INT(r->message.id), DB_TEXT(r->broken ? "broken" : "read"), DB_TEXT(or_null(m->message_id)),
	    DB_TEXT(or_null(m->in_reply_to)), DB_TEXT(lines_of(j->a, &m->references)),
	    DB_TEXT(or_null(m->from.name)), DB_TEXT(or_null(m->from.address)),
	    DB_TEXT(addresses_of(j->a, &m->to)), DB_TEXT(addresses_of(j->a, &m->cc)),
	    DB_TEXT(m->reply_to.n > 0 ? m->reply_to.item[0].address : NULL), DB_TEXT(m->subject),
	    DB_INT_OR_NULL(m->date), DB_INT_OR_NULL(text), DB_TEXT(or_null(m->language)),
	    DB_TEXT(crypto_name(m)), DB_TEXT(mail_signature_name(m->signature)),
	    DB_TEXT(or_null(m->signer)), DB_TEXT(checks_of(j->a, m)),
	    DB_TEXT(mail_auto_name(m->automatic)), DB_TEXT(faults_of(j->a, &m->faults)));
}

static enum err
save_attachments(struct job_run *j, struct db *db, const struct reading *r, int64_t report, int64_t incident)
{
	for (size_t i = 0; i < r->mail.attachments.n; i++) {
		const struct mail_attachment *f = &r->mail.attachments.item[i];
		int64_t blob;

		TRY(blob_put(j->work->blobs, db, f->bytes, j->now, &blob));
		TRY(db_run(db,
		    "INSERT INTO attachment (message_id, report_id, incident_id, blob_id, name, media_type, "
		    "size, sha256, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		    DB_INT(r->message.id), DB_INT_OR_NULL(report), DB_INT_OR_NULL(incident), DB_INT(blob),
		    DB_TEXT(*f->name == '\0' ? "attachment" : f->name), DB_TEXT(f->media_type),
		    DB_INT((int64_t)f->bytes.n), DB_TEXT(f->sha256), DB_INT(j->now)));
	}
	return OK;
}

/* The answers of a filled-in template, by the names of the web form. */
static const struct value *
details_of(struct arena *a, const struct report_text *t)
{
	struct value *v = value_object(a);

	for (int i = 0; i < REPORT_TEXT_FIELDS; i++) {
		if (t->field[i].n > 0)
			value_set_str(a, v, report_text_key((enum report_text_field)i), t->field[i]);
	}
	return v;
}

static const char *
field(struct arena *a, const struct report_text *t, enum report_text_field f)
{
	return t->field[f].n == 0 ? NULL : arena_cstr(a, utf8_take(t->field[f], LIMIT_NAME));
}

static void
use_template(struct arena *a, const struct report_text *t, struct report_new *n)
{
	n->details = details_of(a, t);
	if (t->purpose != NULL)
		n->purpose = t->purpose;
	if (t->door != NULL)
		n->door = t->door;
	n->reporter_role = t->role;
	n->pass_name = t->pass_name;
	n->tlp = t->tlp;
	if (t->field[REPORT_TEXT_NAME].n > 0)
		n->reporter_name = field(a, t, REPORT_TEXT_NAME);
	n->reporter_org = field(a, t, REPORT_TEXT_ORG);
	n->reporter_phone = field(a, t, REPORT_TEXT_PHONE);
}

/* Reply-To only within the sender's own domain: else anybody could make us
 * write to a third person. */
static const char *
answer_to(const struct mail *m)
{
	struct str from = str_of(m->from.address), to, local;

	if (m->reply_to.n == 0)
		return m->from.address;
	to = str_of(m->reply_to.item[0].address);
	if (!str_split(&from, '@', &local) || !str_split(&to, '@', &local) || !str_equal_case(from, to))
		return m->from.address;
	return m->reply_to.item[0].address;
}

static enum err
new_report(struct job_run *j, struct db *db, struct reading *r)
{
	const struct mail *m = &r->mail;
	struct report_text t;
	enum lang lang = intake_language(m);
	struct business_calendar calendar = intake_calendar(db);
	struct report_new n = {
		.received_at = r->message.received_at,
		.channel = "mail",
		.purpose = "information",
		.door = intake_door(m->subject, m->text),
		.title = *m->subject == '\0' ? NULL : arena_cstr(j->a, utf8_take(str_of(m->subject), LIMIT_TITLE)),
		.text = m->text,
		.lang = lang,
		.cc = intake_country(j->a, m->from.address),
		.reporter_name = or_null(m->from.name),
		.reporter_email = or_null(m->from.address),
		.urgent = intake_is_urgent(m->subject, m->text),
		.message_id = r->message.id,
		.due_at = business_due(&calendar, r->message.received_at,
		    (int32_t)setting_int(db, "report.answer_days")),
		.actor_name = "mail",
	};
	int64_t id;
	const char *ref;

	if (n.title == NULL && m->text.n == 0)
		n.title = N_("A mail without a subject and a text");
	n.domestic = n.cc == NULL ? lang == LANG_JA : strcmp(n.cc, r->country) == 0;
	if (report_text_parse(j->a, m->text, &t) == OK)
		use_template(j->a, &t, &n);
	TRY(report_add(db, j->work->blobs, j->a, &n, j->now, &id, &ref));
	TRY(save_attachments(j, db, r, id, 0));
	if (r->broken || !mail_may_acknowledge(m, r->own, 1) || !setting_bool(db, "mail.acknowledge"))
		return OK;
	return intake_acknowledge(db, j->work->blobs, j->a,
	    &(struct intake_ack){
		.report_id = id,
		.ref = ref,
		.to = answer_to(m),
		.name = m->from.name,
		.lang = n.lang,
		.received_at = n.received_at,
		.due_at = n.due_at,
		.reply_key = or_null(m->message_id),
	    },
	    j->now);
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct reading *r = j->state;
	const struct mail *m = &r->mail;
	struct mail_thread_keys keys;
	struct thread t;

	if (strcmp(r->message.state, "stored") != 0)
		return OK; /* an earlier run did it all */
	TRY(save_message(j, db, r));
	mail_thread_keys(j->a, m, r->own, 1, &keys);
	TRY(thread_find(db, j->a, m, &keys, &t));
	/* A list only passes on what people write. */
	bool automatic = m->automatic != MAIL_AUTO_NONE && m->automatic != MAIL_AUTO_LIST;

	if (t.bounced_id != 0) {
		TRY(save_attachments(j, db, r, 0, 0));
		return thread_bounce(db, j->a, t.bounced_id, r->message.id, m->bounce.recipient,
		    m->bounce.diagnostic, j->now);
	}
	if (t.notification_id != 0) {
		TRY(save_attachments(j, db, r, 0, t.incident_id));
		TRY(message_index(db, j->a, r->message.id, m->subject, m->from.address, m->text));
		return thread_answer(db, j->a, t.notification_id, r->message.id, m->from.address, automatic, j->now);
	}
	if (t.report_id != 0) {
		TRY(save_attachments(j, db, r, t.report_id, 0));
		TRY(message_index(db, j->a, r->message.id, m->subject, m->from.address, m->text));
		return thread_more(db, j->a, t.report_id, r->message.id, m->from.address, automatic, j->now);
	}
	bool test;

	TRY(contact_test_mail_answer(db, j->a, t.ours_id, m->text, automatic, j->now, &test));
	return test ? save_attachments(j, db, r, 0, 0) : new_report(j, db, r);
}

const struct job_kind intake_jobs[] = {
	{ .name = "mail.read", .max_tries = 10, .load = load, .act = act, .save = save, .batch = true },
	{ 0 },
};
