/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/notification_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/limit.h"
#include "base/rand.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "journal/journal.h"
#include "text/value.h"

enum err
notification_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct notification *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT n.id, n.incident_id, n.party_id, n.kind, n.state, n.token, n.subject, n.tlp, n.lang, "
	    "n.created_at, n.sent_at, n.answered_at, n.acted_at, n.last_in_at, n.last_out_at, n.due_at, "
	    "n.reminders, n.unread, n.version, p.org, n.lead_id, n.ref, n.contact_id FROM notification n JOIN party p ON p.id = n.party_id "
	    "WHERE n.id = ?1 AND n.incident_id = ?2",
	    DB_INT(id), DB_INT(incident)));
	*ret = (struct notification){
		.id = db_int(q, 0),
		.incident_id = db_int(q, 1),
		.party_id = db_int(q, 2),
		.kind = db_dup(a, q, 3),
		.state = db_dup(a, q, 4),
		.token = db_dup(a, q, 5),
		.subject = db_dup(a, q, 6),
		.tlp = db_dup(a, q, 7),
		.lang = db_dup(a, q, 8),
		.created_at = db_int(q, 9),
		.sent_at = db_int(q, 10),
		.answered_at = db_int(q, 11),
		.acted_at = db_int(q, 12),
		.last_in_at = db_int(q, 13),
		.last_out_at = db_int(q, 14),
		.due_at = db_int(q, 15),
		.reminders = db_int(q, 16),
		.unread = db_int(q, 17),
		.version = db_int(q, 18),
		.org = db_dup(a, q, 19),
		.lead_id = db_int(q, 20),
		.ref = db_dup(a, q, 21),
		.contact_id = db_int(q, 22),
	};
	return OK;
}

enum err
notification_messages(struct db *db, struct arena *a, int64_t id, int limit, struct message **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	int64_t *ids = arena_many(a, int64_t, (size_t)limit);
	size_t n = 0;

	TRY(db_query(db, &q, "SELECT id FROM message WHERE notification_id IN (?1, (SELECT lead_id FROM notification WHERE id = ?1)) "
	    "ORDER BY id DESC LIMIT ?2",
	    DB_INT(id), DB_INT(limit)));
	while (n < (size_t)limit && db_row(q))
		ids[n++] = db_int(q, 0);
	TRY(db_end(q));
	*ret = arena_many(a, struct message, n + 1);
	*ret_n = n;
	for (size_t i = 0; i < n; i++)
		TRY(message_get(db, a, ids[n - 1 - i], &(*ret)[i]));
	return OK;
}

enum err
notification_incidents(struct db *db, struct arena *a, int64_t lead, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT incident_id FROM notification WHERE id = ?1 OR lead_id = ?1 ORDER BY id",
	    DB_INT(lead)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = db_int(q, 0);
	}
	return db_end(q);
}

enum err
notification_bounced(struct db *db, int64_t lead)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT contact_id FROM notification WHERE id = ?1", DB_INT(lead)));
	return db_is_null(q, 0) ? OK : contact_bounced(db, db_int(q, 0));
}

#define NAMES_MAX 100

static void
name_add(struct notification_sources *s, const char *name)
{
	if (name != NULL && str_trim(str_of(name)).n >= 2 && s->names < NAMES_MAX)
		s->name[s->names++] = name;
}

enum err
notification_sources(struct db *db, struct arena *a, int64_t incident, struct notification_sources *ret)
{
	AUTO(db_stmt) own = NULL;
	AUTO(db_stmt) q = NULL;
	enum tlp tlp;

	*ret = (struct notification_sources){ .name = arena_many(a, const char *, NAMES_MAX) };
	TRY(db_one(db, &own, "SELECT tlp FROM incident WHERE id = ?1", DB_INT(incident)));
	if (tlp_parse(db_str(own, 0), &ret->tlp) != OK)
		ret->tlp = TLP_RED; /* unreadable: nothing leaves by mistake */
	TRY(db_query(db, &q,
	    "SELECT r.tlp, r.pass_name, r.reporter_name, r.reporter_org, r.reporter_email, r.brand, r.received_at "
	    "FROM report_incident ri JOIN report r ON r.id = ri.report_id WHERE ri.incident_id = ?1 "
	    "OR ri.incident_id IN (SELECT id FROM incident WHERE merged_into = ?1) "
	    "ORDER BY r.received_at DESC LIMIT 500",
	    DB_INT(incident)));
	while (db_row(q)) {
		if (tlp_parse(db_str(q, 0), &tlp) == OK)
			ret->tlp = tlp_strictest(ret->tlp, tlp);
		if (ret->reported_at == 0)
			ret->reported_at = db_int(q, 6);
		if (ret->brand == NULL && *db_text(q, 5) != '\0')
			ret->brand = db_dup(a, q, 5);
		if (strcmp(db_text(q, 1), "yes") == 0)
			continue;
		for (int i = 2; i <= 4; i++)
			name_add(ret, db_dup(a, q, i));
	}
	return db_end(q);
}

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t notification, int64_t incident,
    struct value *payload, struct actor by)
{
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = by.now,
		.actor = by.id,
		.actor_name = by.name,
		.action = action,
		.object = "notification",
		.object_id = notification,
		.also = "incident",
		.also_id = incident,
		.payload = payload,
	    });
}

static enum err
thread_new(struct db *db, struct arena *a, const struct party *p, const struct notification_letter *l,
    int64_t lead, struct actor by, int64_t *ret)
{
	unsigned char bytes[12];

	rand_bytes(bytes, sizeof(bytes));
	return db_insert(db, ret,
	    "INSERT INTO notification (incident_id, party_id, kind, state, token, subject, tlp, lang, "
	    "created_at, created_by, lead_id, ref, contact_id, silence_hours, route) "
	    "VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING id",
	    DB_INT(p->incident_id), DB_INT(p->id), DB_TEXT(l->kind),
	    DB_TEXT(base64_url_format(a, (struct str){ (const char *)bytes, sizeof(bytes) })),
	    DB_TEXT(l->subject), DB_TEXT(tlp_name(l->tlp)), DB_TEXT(lang_code(l->lang)), DB_INT(by.now),
	    DB_INT(by.id), DB_INT_OR_NULL(lead), DB_TEXT(lead == 0 ? l->ref : NULL), DB_INT_OR_NULL(l->contact_id),
	    DB_INT_OR_NULL(l->silence_hours), DB_TEXT(l->route));
}

/* Message-IDs of the thread for References, oldest first; ${*ret_last}: that
 * of the message that is answered. */
static enum err
thread_keys(struct db *db, struct arena *a, int64_t notification, const char **ret_all, const char **ret_last)
{
	AUTO(db_stmt) q = NULL;
	struct buf *b = buf_new(a, LIMIT_MAIL_HEADER);

	*ret_all = *ret_last = NULL;
	TRY(db_query(db, &q,
	    "SELECT message_key FROM message WHERE notification_id IN "
	    "(?1, (SELECT lead_id FROM notification WHERE id = ?1)) AND message_key IS NOT NULL "
	    "AND bounce_of IS NULL ORDER BY id LIMIT 200",
	    DB_INT(notification)));
	while (db_row(q)) {
		*ret_last = db_dup(a, q, 0);
		buf_printf(b, "%s\n", *ret_last);
	}
	if (b->n > 0 && !b->failed)
		*ret_all = buf_cstr(a, b);
	return db_end(q);
}

enum err
notification_send(struct db *db, struct blob_store *blobs, struct arena *a, const struct party *p,
    const struct notification_letter *l, struct actor by, int64_t *ret_notification, int64_t *ret_message)
{
	struct notification n;
	struct value *v = value_object(a);
	int64_t id = l->notification_id;
	const char *all, *last;

	if (id == 0) {
		TRY(thread_new(db, a, p, l, 0, by, &id));
		for (size_t i = 0; i < l->n_others; i++)
			TRY(thread_new(db, a, &l->others[i], l, id, by, ret_notification));
	}
	TRY(notification_get(db, a, p->incident_id, id, &n));
	TRY(thread_keys(db, a, id, &all, &last));
	TRY(message_queue_out(db, blobs, a,
	    &(struct message_out){
		.incident_id = p->incident_id,
		.notification_id = id,
		.to = p->email,
		.to_name = p->name != NULL && *p->name != '\0' ? p->name : p->org,
		.subject = l->full_subject,
		.text = l->body,
		.lang = l->lang,
		.tlp = tlp_name(l->tlp),
		.reply_key = last,
		.references = all,
		.token = n.token,
		.purpose = l->purpose,
		.person_id = by.id,
		.send_at = l->send_at,
		.files = l->files,
		.n_files = l->n_files,
	    },
	    by.now, ret_message));
	/* Who answers has read. */
	TRY(db_run(db, "UPDATE notification SET unread = 0, version = version + 1 WHERE id = ?1", DB_INT(id)));
	value_set_text(a, v, "ref", l->ref);
	value_set_int(a, v, "message", *ret_message);
	value_set_text(a, v, "to", p->email);
	value_set_text(a, v, "org", p->org);
	value_set_text(a, v, "kind", n.kind);
	value_set_text(a, v, "purpose", l->purpose);
	value_set_text(a, v, "subject", l->full_subject);
	value_set_text(a, v, "tlp", tlp_name(l->tlp));
	if (value_count(l->confirmed) > 0)
		value_set(a, v, "confirmed", (struct value *)(uintptr_t)l->confirmed);
	*ret_notification = id;
	for (size_t i = 0; i < l->n_others; i++)
		TRY(tell(db, a, "notification.queue", id, l->others[i].incident_id, v, by));
	return tell(db, a, "notification.queue", id, p->incident_id, v, by);
}

enum err
notification_cancel(struct db *db, struct arena *a, const struct message *m, struct actor by,
    int64_t *ret_notification)
{
	AUTO(db_stmt) q = NULL;
	struct value *v = value_object(a);

	TRY(message_cancel(db, m->id, by.now));
	value_set_int(a, v, "message", m->id);
	value_set_text(a, v, "to", m->to_addrs);
	value_set_text(a, v, "subject", m->subject);
	TRY(tell(db, a, "notification.cancel", m->notification_id, m->incident_id, v, by));
	*ret_notification = m->notification_id;
	TRY(db_query(db, &q,
	    "SELECT id FROM message WHERE notification_id = ?1 AND state <> 'cancelled' LIMIT 1",
	    DB_INT(m->notification_id)));
	bool others = db_row(q);

	TRY(db_end(q));
	if (others)
		return OK;
	/* The words stay on the incident; a request that never left is none. */
	*ret_notification = 0;
	TRY(db_run(db, "UPDATE message SET notification_id = NULL WHERE notification_id = ?1",
	    DB_INT(m->notification_id)));
	TRY(db_run(db, "UPDATE mailing_letter SET lead_id = NULL WHERE lead_id = ?1", DB_INT(m->notification_id)));
	TRY(db_run(db,
	    "DELETE FROM notification_site WHERE notification_id IN "
	    "(SELECT id FROM notification WHERE id = ?1 OR lead_id = ?1)",
	    DB_INT(m->notification_id)));
	TRY(db_run(db, "DELETE FROM notification WHERE lead_id = ?1", DB_INT(m->notification_id)));
	return db_run(db, "DELETE FROM notification WHERE id = ?1", DB_INT(m->notification_id));
}

enum err
notification_set_state(struct db *db, struct arena *a, const struct notification *n, const char *state,
    struct actor by)
{
	struct value *v = value_object(a);
	bool acted = strcmp(state, "actioned") == 0;

	TRY(db_run(db,
	    "UPDATE notification SET state = ?3, due_at = NULL, unread = 0, "
	    "acted_at = CASE WHEN ?4 = 1 THEN COALESCE(acted_at, ?5) ELSE acted_at END, "
	    "version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(n->id), DB_INT(n->version), DB_TEXT(state), DB_INT(acted), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_text(a, v, "from", n->state);
	value_set_text(a, v, "to", state);
	value_set_text(a, v, "org", n->org);
	return tell(db, a, "notification.state", n->id, n->incident_id, v, by);
}

enum err
notification_mark_read(struct db *db, struct arena *a, const struct notification *n, struct actor by)
{
	struct value *v = value_object(a);

	if (n->unread == 0)
		return OK;
	TRY(db_run(db, "UPDATE notification SET unread = 0, version = version + 1 WHERE id = ?1", DB_INT(n->id)));
	value_set_text(a, v, "org", n->org);
	return tell(db, a, "notification.read", n->id, n->incident_id, v, by);
}
