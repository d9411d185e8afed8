/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/send_store.h"

#include <string.h>

#include "base/arena.h"
#include "blob/blob.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "incident/category.h"
#include "incident/contact_test_store.h"
#include "incident/letter.h"
#include "incident/notification_store.h"
#include "incident/report_store.h"
#include "job/job.h"
#include "journal/journal.h"
#include "text/i18n.h"
#include "text/value.h"

enum err
send_key_find(struct db *db, struct arena *a, int64_t notification, const char *address, int64_t now,
    struct pgp_key *ret)
{
	AUTO(db_stmt) q = NULL;
	int64_t party = 0;

	if (notification != 0) {
		TRY(db_one(db, &q, "SELECT party_id FROM notification WHERE id = ?1", DB_INT(notification)));
		party = db_int(q, 0);
	}
	TRY(party_key_find(db, a, party, address, ret));
	if (ret->expires_at != 0 && ret->expires_at <= now)
		*ret = (struct pgp_key){ 0 };
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const struct message *m, const char *what, struct value *payload,
    int64_t now)
{
	struct journal_entry e = {
		.at = now,
		.actor_name = "system",
		.object = "message",
		.object_id = m->id,
		.payload = payload,
	};

	if (m->notification_id != 0) {
		e.object = "notification";
		e.object_id = m->notification_id;
		e.also = "incident";
		e.also_id = m->incident_id;
	} else if (m->report_id != 0) {
		e.object = "report";
		e.object_id = m->report_id;
	} else if (m->incident_id != 0) {
		e.object = "incident";
		e.object_id = m->incident_id;
	}
	e.action = arena_printf(a, "%s.%s", e.object, what);
	value_set_int(a, payload, "message", m->id);
	value_set_text(a, payload, "to", m->to_addrs);
	return journal_write(db, a, &e);
}

/* The first request to anybody: from then on the incident is coordinated. */
static enum err
coordinated(struct db *db, int64_t incident, int64_t now)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT notified_at, category, domestic, rsit, merged_into FROM incident WHERE id = ?1",
	    DB_INT(incident)));
	if (!db_is_null(q, 0))
		return OK;
	const struct category *c = category_find(db_text(q, 3));

	/* As incident_count(): tests and merged ones stand in no statistics. */
	if ((c == NULL || c->counted) && db_is_null(q, 4))
		TRY(tally_add(db, "coordinated", tally_day(now), db_text(q, 1), db_int(q, 2) != 0, 1));
	return db_run(db, "UPDATE incident SET notified_at = ?2 WHERE id = ?1", DB_INT(incident), DB_INT(now));
}

enum err
send_silence_hours(struct db *db, int64_t notification, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = 0;
	if (notification == 0)
		return OK;
	TRY(db_one(db, &q, "SELECT silence_hours FROM notification WHERE id = ?1", DB_INT(notification)));
	*ret = db_int(q, 0);
	return OK;
}

/* Whom it was asked of; sites are a higher layer's, so that one gets a job. */
static enum err
asked(struct db *db, struct arena *a, const struct message *m, int64_t contact, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	struct value *p = value_object(a);

	if (contact != 0)
		TRY(contact_asked(db, contact));
	TRY(db_query(db, &q,
	    "SELECT 1 FROM notification_site s JOIN notification n ON n.id = s.notification_id "
	    "WHERE n.id = ?1 OR n.lead_id = ?1 LIMIT 1",
	    DB_INT(m->notification_id)));
	bool sites = db_row(q);

	TRY(db_end(q));
	if (!sites)
		return OK;
	value_set_int(a, p, "message", m->id);
	return job_add(db, a, &(struct job_new){ .kind = "mailing.sent", .payload = p }, now, NULL);
}

static enum err
thread_sent(struct db *db, struct arena *a, const struct message *m, int64_t silence_at, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	int64_t *incident, contact = 0;
	size_t n;
	bool request;

	TRY(db_one(db, &q, "SELECT kind, contact_id FROM notification WHERE id = ?1", DB_INT(m->notification_id)));
	request = letter_kind_asks(db_text(q, 0));
	contact = db_int(q, 1);
	TRY(db_run(db,
	    "UPDATE notification SET state = CASE WHEN state IN ('draft', 'queued', 'bounced', "
	    "'no-response') THEN 'sent' ELSE state END, sent_at = COALESCE(sent_at, ?2), "
	    "last_out_at = ?2, due_at = CASE WHEN state IN ('actioned', 'declined', 'closed') THEN NULL "
	    "ELSE CAST(?3 AS BIGINT) END, reminders = reminders + ?4, version = version + 1 WHERE id = ?1 OR lead_id = ?1",
	    DB_INT(m->notification_id), DB_INT(now), DB_INT_OR_NULL(request ? silence_at : 0),
	    DB_INT(m->purpose != NULL && strcmp(m->purpose, "reminder") == 0)));
	TRY(db_run(db,
	    "UPDATE party SET known = 1 WHERE id IN "
	    "(SELECT party_id FROM notification WHERE id = ?1 OR lead_id = ?1)",
	    DB_INT(m->notification_id)));
	if (!request)
		return OK;
	TRY(notification_incidents(db, a, m->notification_id, &incident, &n));
	for (size_t i = 0; i < n; i++)
		TRY(coordinated(db, incident[i], now));
	return m->purpose != NULL && strcmp(m->purpose, "reply") == 0 ? OK : asked(db, a, m, contact, now);
}

enum err
send_store_done(struct db *db, struct blob_store *blobs, struct arena *a, const struct message *m,
    const struct send_done *d, int64_t now)
{
	struct value *p = value_object(a);
	int64_t raw;

	TRY(blob_put(blobs, db, d->raw, now, &raw));
	TRY(db_run(db,
	    "UPDATE message SET state = 'sent', sent_at = ?2, message_key = ?3, from_name = ?4, "
	    "from_addr = ?5, reply_to = ?6, crypto = ?7, signer = ?8, raw_blob = ?9, error = NULL "
	    "WHERE id = ?1",
	    DB_INT(m->id), DB_INT(now), DB_TEXT(d->message_key), DB_TEXT(d->from_name),
	    DB_TEXT(d->from_addr), DB_TEXT(d->reply_to), DB_TEXT(d->crypto), DB_TEXT(d->signer),
	    DB_INT(raw)));
	if (m->notification_id != 0)
		TRY(thread_sent(db, a, m, d->silence_at, now));
	if (m->report_id != 0 && m->person_id != 0)
		TRY(db_run(db, "UPDATE report SET answered_at = COALESCE(answered_at, ?2) WHERE id = ?1",
		    DB_INT(m->report_id), DB_INT(now)));
	value_set_text(a, p, "subject", m->subject);
	value_set_text(a, p, "tlp", m->tlp);
	value_set_text(a, p, "crypto", d->crypto);
	value_set_text(a, p, "server", d->server_said);
	if (d->repeat)
		value_set_bool(a, p, "repeat", true);
	return tell(db, a, m, "send", p, now);
}

enum err
send_store_waits(struct db *db, const struct message *m, const char *why)
{
	return db_run(db, "UPDATE message SET error = ?2 WHERE id = ?1", DB_INT(m->id), DB_TEXT(why));
}

enum err
send_store_waiting(struct db *db, struct arena *a, int64_t *ret_n, const char **ret_why)
{
	AUTO(db_stmt) count = NULL;
	AUTO(db_stmt) q = NULL;

	*ret_why = NULL;
	TRY(db_one(db, &count, "SELECT COUNT(*) FROM message WHERE state = 'held' AND error IS NOT NULL"));
	*ret_n = db_int(count, 0);
	TRY(db_end(count));
	TRY(db_query(db, &q,
	    "SELECT error FROM message WHERE state = 'held' AND error IS NOT NULL ORDER BY id DESC LIMIT 1"));
	if (db_row(q))
		*ret_why = db_dup(a, q, 0);
	return db_end(q);
}

/* In the language of who will read it. */
static enum err
task_add(struct db *db, struct arena *a, const struct message *m, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	enum lang lang = LANG_JA;

	TRY(db_query(db, &q,
	    "SELECT p.lang FROM incident i JOIN person p ON p.id = i.owner_id WHERE i.id = ?1",
	    DB_INT(m->incident_id)));
	if (db_row(q))
		(void)lang_parse(db_str(q, 0), &lang);
	TRY(db_end(q));
	const char *title = i18n_fill(a,
	    i18n(lang, "coord", N_("The mail to {address} could not be delivered: find another address")),
	    I18N_ARGS({ "address", m->to_addrs }));

	return db_run(db,
	    "INSERT INTO task (incident_id, title, kind, owner_id, created_at, created_by) "
	    "SELECT id, ?2, 'notify', owner_id, ?3, 0 FROM incident WHERE id = ?1",
	    DB_INT(m->incident_id), DB_TEXT(title), DB_INT(now));
}

enum err
send_store_failed(struct db *db, struct arena *a, const struct message *m, const char *why, int64_t now)
{
	struct value *p = value_object(a);

	TRY(db_run(db, "UPDATE message SET state = 'failed', error = ?2 WHERE id = ?1", DB_INT(m->id),
	    DB_TEXT(why)));
	if (m->notification_id != 0) {
		TRY(db_run(db,
		    "UPDATE notification SET state = 'bounced', due_at = NULL, version = version + 1 "
		    "WHERE id = ?1 OR lead_id = ?1",
		    DB_INT(m->notification_id)));
		TRY(notification_bounced(db, m->notification_id));
	}
	if (m->incident_id != 0)
		TRY(task_add(db, a, m, now));
	TRY(contact_test_fail(db, a, m->id, "failed", why, now));
	value_set_text(a, p, "why", why);
	return tell(db, a, m, "bounce", p, now);
}
