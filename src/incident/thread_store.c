/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/thread_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "incident/contact_test_store.h"
#include "incident/letter.h"
#include "incident/notification_store.h"
#include "incident/ref.h"
#include "incident/report_store.h"
#include "journal/journal.h"
#include "text/i18n.h"
#include "text/value.h"

/* Domains of which everybody can have an address: the domain proves nothing. */
static bool
is_shared_domain(struct str domain)
{
	static const char *const shared[] = { "gmail.com", "yahoo.co.jp", "yahoo.com", "outlook.com",
		"hotmail.com", "outlook.jp", "icloud.com", "me.com", "nifty.com", "docomo.ne.jp",
		"ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "gmx.de", "gmx.net",
		"proton.me", "protonmail.com", "aol.com", "live.jp", "live.com" };

	for (size_t i = 0; i < COUNT(shared); i++) {
		if (str_is_case(domain, shared[i]))
			return true;
	}
	return false;
}

static struct str
domain_of(const char *address)
{
	struct str s = str_of(address), local;

	if (s.n == 0 || !str_split(&s, '@', &local) || s.p == NULL)
		return STR_NULL;
	return s;
}

/* Does ${from} speak for ${known}? */
static bool
is_party(const char *from, const char *known)
{
	struct str a = domain_of(from), b = domain_of(known);

	if (known == NULL || *known == '\0' || a.n == 0)
		return false;
	if (str_equal_case(str_of(from), str_of(known)))
		return true;
	return str_equal_case(a, b) && !is_shared_domain(a);
}

static void
set(struct thread *t, struct db_stmt *q)
{
	t->notification_id = db_int(q, 0);
	t->incident_id = db_int(q, 1);
	t->report_id = db_int(q, 2);
}

static bool
found(const struct thread *t)
{
	return t->notification_id != 0 || t->report_id != 0 || t->incident_id != 0;
}

static enum err
by_token(struct db *db, const char *token, bool bounce, struct thread *ret)
{
	AUTO(db_stmt) q = NULL;

	/* A bounce that does not say of which mail is one of the last. */
	TRY(db_query(db, &q,
	    "SELECT notification_id, incident_id, report_id, id FROM message WHERE token = ?1 "
	    "AND direction = 'out' ORDER BY id DESC LIMIT 1",
	    DB_TEXT(token)));
	if (db_row(q)) {
		set(ret, q);
		ret->ours_id = found(ret) ? 0 : db_int(q, 3);
	}
	TRY(db_end(q));
	if (!bounce)
		return OK;

	/* Only what left can come back: a forged bounce must not stop what waits. */
	AUTO(db_stmt) sent = NULL;

	TRY(db_query(db, &sent,
	    "SELECT id FROM message WHERE token = ?1 AND direction = 'out' "
	    "AND state IN ('sent', 'bounced') ORDER BY id DESC LIMIT 1",
	    DB_TEXT(token)));
	if (db_row(sent))
		ret->bounced_id = db_int(sent, 0);
	return db_end(sent);
}

static enum err
by_reference(struct db *db, const char *key, const char *from, bool bounce, struct thread *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT notification_id, incident_id, report_id, id, direction, to_addrs, from_addr "
	    "FROM message WHERE message_key = ?1 ORDER BY id LIMIT 1",
	    DB_TEXT(key)));
	if (db_row(q)) {
		bool ours = strcmp(db_text(q, 4), "out") == 0;

		if (bounce && ours)
			ret->bounced_id = db_int(q, 3);
		if (is_party(from, db_text(q, ours ? 5 : 6))) {
			set(ret, q);
			if (ours && !found(ret))
				ret->ours_id = db_int(q, 3);
		}
	}
	return db_end(q);
}

/* A tag: the thread with this very sender in that incident, or the sender's own
 * report. Anybody can write a tag, so a neighbour's address is not enough. */
static enum err
by_tag(struct db *db, struct arena *a, const char *tag, const char *from, struct thread *ret)
{
	AUTO(db_stmt) q = NULL;
	struct ref ref;

	if (ref_parse(str_of(tag), &ref) != OK)
		return OK;
	if (ref.kind == REF_INCIDENT)
		TRY(db_query(db, &q,
		    "SELECT n.id, n.incident_id, 0, p.email FROM incident i "
		    "JOIN notification n ON n.incident_id = i.id JOIN party p ON p.id = n.party_id "
		    "WHERE i.ref = ?1 ORDER BY n.id DESC LIMIT 200",
		    DB_TEXT(ref_format(a, ref))));
	else if (ref.kind == REF_REPORT)
		TRY(db_query(db, &q, "SELECT 0, 0, id, reporter_email FROM report WHERE ref = ?1",
		    DB_TEXT(ref_format(a, ref))));
	else if (ref.kind == REF_LETTER)
		TRY(db_query(db, &q,
		    "SELECT n.id, n.incident_id, 0, p.email FROM notification n JOIN party p ON p.id = n.party_id "
		    "WHERE n.ref = ?1",
		    DB_TEXT(ref_format(a, ref))));
	else
		return OK;
	while (db_row(q)) {
		if (!str_equal_case(str_of(from), db_str(q, 3)))
			continue;
		set(ret, q);
		return OK;
	}
	return db_end(q);
}

enum err
thread_find(struct db *db, struct arena *a, const struct mail *m, const struct mail_thread_keys *keys,
    struct thread *ret)
{
	bool bounce = m->automatic == MAIL_AUTO_BOUNCE;

	*ret = (struct thread){ 0 };
	/* What a bounce says it is about comes before to whom it was sent. */
	for (size_t i = 0; bounce && i < keys->n; i++) {
		if (keys->item[i].kind == MAIL_THREAD_REFERENCE)
			TRY(by_reference(db, keys->item[i].key, m->from.address, bounce, ret));
		if (ret->bounced_id != 0)
			return OK;
	}
	for (size_t i = 0; i < keys->n && !found(ret); i++) {
		const struct mail_thread_key *k = &keys->item[i];

		switch (k->kind) {
		case MAIL_THREAD_TOKEN:
			TRY(by_token(db, k->key, bounce, ret));
			break;
		case MAIL_THREAD_REFERENCE:
			TRY(by_reference(db, k->key, m->from.address, bounce, ret));
			break;
		case MAIL_THREAD_TAG:
			TRY(by_tag(db, a, k->key, m->from.address, ret));
			break;
		}
	}
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const char *object, int64_t object_id,
    const char *also, int64_t also_id, struct value *payload, const char *from, int64_t now)
{
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor_name = from,
		.action = action,
		.object = object,
		.object_id = object_id,
		.also = also,
		.also_id = also_id,
		.payload = payload,
	    });
}

enum err
thread_answer(struct db *db, struct arena *a, int64_t notification, int64_t message, const char *from,
    bool automatic, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	struct value *p = value_object(a);
	int64_t *all;
	size_t n;

	TRY(db_one(db, &q, "SELECT incident_id, contact_id, sent_at, answered_at, kind FROM notification WHERE id = ?1",
	    DB_INT(notification)));
	int64_t incident = db_int(q, 0), contact = db_int(q, 1);
	bool first = db_is_null(q, 3) && !db_is_null(q, 2);

	if (contact != 0 && first && !automatic && letter_kind_asks(db_text(q, 4)))
		TRY(contact_answered(db, contact, now - db_int(q, 2), now));
	TRY(notification_incidents(db, a, notification, &all, &n));

	TRY(db_run(db, "UPDATE message SET notification_id = ?2, incident_id = ?3 WHERE id = ?1",
	    DB_INT(message), DB_INT(notification), DB_INT(incident)));
	TRY(automatic
	    ? db_run(db,
		"UPDATE notification SET unread = unread + 1, last_in_at = ?2, version = version + 1 "
		"WHERE id = ?1 OR lead_id = ?1",
		DB_INT(notification), DB_INT(now))
	    : db_run(db,
		"UPDATE notification SET unread = unread + 1, last_in_at = ?2, due_at = NULL, "
		"answered_at = COALESCE(answered_at, ?2), version = version + 1, state = CASE WHEN state IN "
		"('queued', 'sent', 'bounced', 'no-response') THEN 'acknowledged' ELSE state END "
		"WHERE id = ?1 OR lead_id = ?1",
		DB_INT(notification), DB_INT(now)));
	value_set_int(a, p, "message", message);
	value_set_int(a, p, "notification", notification);
	if (automatic)
		value_set_bool(a, p, "automatic", true);
	value_set_text(a, p, "from", from);
	for (size_t i = 0; i < n; i++)
		TRY(tell(db, a, "notification.answer", "notification", notification, "incident", all[i], p, from, now));
	return OK;
}

enum err
thread_bounce(struct db *db, struct arena *a, int64_t bounced, int64_t message, const char *recipient,
    const char *why, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	struct value *p = value_object(a);

	int64_t *all;
	size_t n;

	TRY(db_one(db, &q, "SELECT notification_id, incident_id, report_id, state FROM message WHERE id = ?1",
	    DB_INT(bounced)));
	int64_t notification = db_int(q, 0), incident = db_int(q, 1), report = db_int(q, 2);
	bool fresh = strcmp(db_text(q, 3), "sent") == 0;

	TRY(db_run(db,
	    "UPDATE message SET bounce_of = ?2, notification_id = ?3, incident_id = ?4, report_id = ?5 "
	    "WHERE id = ?1",
	    DB_INT(message), DB_INT(bounced), DB_INT_OR_NULL(notification), DB_INT_OR_NULL(incident),
	    DB_INT_OR_NULL(report)));
	TRY(db_run(db,
	    "UPDATE message SET state = 'bounced', error = ?2 WHERE id = ?1 AND state IN ('sent', 'bounced')",
	    DB_INT(bounced), DB_TEXT(why)));
	value_set_int(a, p, "message", bounced);
	value_set_text(a, p, "recipient", recipient);
	value_set_text(a, p, "why", why);
	if (notification != 0) {
		TRY(db_run(db,
		    "UPDATE notification SET state = CASE WHEN state IN ('queued', 'sent', 'bounced', "
		    "'acknowledged', 'no-response') THEN 'bounced' ELSE state END, due_at = NULL, unread = unread + 1, "
		    "last_in_at = ?2, version = version + 1 WHERE id = ?1 OR lead_id = ?1",
		    DB_INT(notification), DB_INT(now)));
		if (fresh)
			TRY(notification_bounced(db, notification));
		TRY(notification_incidents(db, a, notification, &all, &n));
		for (size_t i = 0; i < n; i++)
			TRY(tell(db, a, "notification.bounce", "notification", notification, "incident", all[i], p,
			    "mail", now));
		return OK;
	}
	if (report != 0)
		return tell(db, a, "report.bounce", "report", report, NULL, 0, p, "mail", now);
	return contact_test_fail(db, a, bounced, "bounced", why, now);
}

/* "Read what the reporter of RPT-… sent", for the incident's owner. */
static enum err
task_add(struct db *db, struct arena *a, int64_t incident, const char *ref, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	enum lang lang = LANG_JA;

	TRY(db_one(db, &q,
	    "SELECT p.lang, i.owner_id FROM incident i LEFT JOIN person p ON p.id = i.owner_id WHERE i.id = ?1",
	    DB_INT(incident)));
	if (!db_is_null(q, 0))
		(void)lang_parse(db_str(q, 0), &lang);
	int64_t owner = db_int(q, 1);
	const char *title = i18n_fill(a, i18n(lang, NULL, N_("Read what the reporter of {ref} sent")),
	    I18N_ARGS({ "ref", ref }));

	/* One that waits is enough. */
	return db_run(db,
	    "INSERT INTO task (incident_id, title, kind, owner_id, created_at, created_by) "
	    "SELECT ?1, ?2, NULL, ?3, ?4, 0 WHERE NOT EXISTS (SELECT 1 FROM task "
	    "WHERE incident_id = ?1 AND title = ?2 AND done_at IS NULL)",
	    DB_INT(incident), DB_TEXT(title), DB_INT_OR_NULL(owner), DB_INT(now));
}

enum err
thread_more(struct db *db, struct arena *a, int64_t report, int64_t message, const char *from, bool automatic,
    int64_t now)
{
	static const char *const ended[] = { "answered", "declined", "closed" };
	AUTO(db_stmt) q = NULL;
	struct value *p = value_object(a);
	struct report r;
	int64_t incident = 0;

	TRY(report_get(db, a, report, &r));
	TRY(db_run(db, "UPDATE message SET report_id = ?2 WHERE id = ?1", DB_INT(message), DB_INT(report)));
	TRY(db_run(db, "UPDATE attachment SET report_id = ?2 WHERE message_id = ?1", DB_INT(message),
	    DB_INT(report)));
	TRY(db_query(db, &q,
	    "SELECT incident_id FROM report_incident WHERE report_id = ?1 ORDER BY incident_id LIMIT 1",
	    DB_INT(report)));
	if (db_row(q))
		incident = db_int(q, 0);
	TRY(db_end(q));
	struct report_change c = { .owner_id = -1 };

	for (size_t i = 0; i < COUNT(ended); i++) {
		if (!automatic && strcmp(r.state, ended[i]) == 0)
			c.state = "new";
	}
	TRY(report_change(db, report, 0, &c, now));
	if (!automatic && incident != 0 && c.state == NULL)
		TRY(task_add(db, a, incident, r.ref, now));
	value_set_int(a, p, "message", message);
	if (c.state != NULL)
		value_set_text(a, p, "again", r.state);
	return tell(db, a, "report.more", "report", report, incident == 0 ? NULL : "incident", incident, p,
	    from, now);
}
