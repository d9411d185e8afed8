/* SPDX-License-Identifier: Apache-2.0 */
#include "demo/demo_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/holiday.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/message_store.h"
#include "incident/send_store.h"
#include "incident/thread_store.h"
#include "journal/journal.h"
#include "text/value.h"

#define OURS "csirt@example.jp"
#define SILENCE_DAYS 5

enum err
demo_is_empty(struct db *db, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT (SELECT COUNT(*) FROM person) + (SELECT COUNT(*) FROM report) + (SELECT COUNT(*) FROM journal)"));
	*ret = db_int(q, 0) == 0;
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const char *object, int64_t id, int64_t incident,
    struct value *payload, const struct demo_user *by, int64_t by_id, int64_t now)
{
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = by_id,
		.actor_name = by->name,
		.action = action,
		.object = object,
		.object_id = id,
		.also = strcmp(object, "incident") == 0 ? NULL : "incident",
		.also_id = strcmp(object, "incident") == 0 ? 0 : incident,
		.payload = payload,
	    });
}

static enum err
add_party(struct db *db, struct arena *a, struct demo_thread *t, const struct demo_user *by, int64_t by_id,
    int64_t now)
{
	struct value *p = value_object(a);

	TRY(db_insert(db, &t->party,
	    "INSERT INTO party (incident_id, role, org, name, email, cc, asset_cc, lang, zone) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8) RETURNING id",
	    DB_INT(t->incident), DB_TEXT(t->site->role), DB_TEXT(t->site->org), DB_TEXT(t->site->name),
	    DB_TEXT(t->site->email), DB_TEXT(t->site->cc), DB_TEXT(lang_code(t->site->lang)),
	    DB_TEXT(t->site->zone)));
	value_set_int(a, p, "party", t->party);
	value_set_text(a, p, "org", t->site->org);
	value_set_text(a, p, "role", t->site->role);
	TRY(tell(db, a, "party.add", "incident", t->incident, t->incident, p, by, by_id, now));
	return incident_reindex(db, a, t->incident);
}

/* The mail as it would have left. */
static struct str
raw_mail(struct arena *a, const char *from, const char *to, const char *subject, const char *key,
    const char *text, int64_t now)
{
	return str_of(arena_printf(a,
	    "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\nX-Sent: %s\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n%s",
	    from, to, subject, key, zone_iso(a, zone_utc(), now), text));
}

enum err
demo_send(struct db *db, struct blob_store *blobs, struct arena *a, struct demo_thread *t,
    const char *subject, const char *text, const struct demo_user *by, int64_t by_id, int64_t now)
{
	const char *tlp = t->tlp == NULL ? "AMBER" : t->tlp;
	const char *full = arena_printf(a, "[%s] [TLP:%s] %s", t->ref, tlp, subject);
	const char *key = arena_printf(a, "%s@example.jp", t->token);
	struct message m;
	int64_t blob;

	TRY(add_party(db, a, t, by, by_id, now));
	TRY(db_insert(db, &t->notification,
	    "INSERT INTO notification (incident_id, party_id, kind, state, token, subject, tlp, lang, "
	    "created_at, created_by) VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?9, ?6, ?7, ?8) RETURNING id",
	    DB_INT(t->incident), DB_INT(t->party),
	    DB_TEXT(str_find(str_of(subject), STR("stop"), 0) != SIZE_MAX ||
			    str_find(str_of(subject), STR("停止"), 0) != SIZE_MAX
			? "takedown"
			: "investigation"),
	    DB_TEXT(t->token), DB_TEXT(subject), DB_TEXT(lang_code(t->site->lang)), DB_INT(now),
	    DB_INT(by_id), DB_TEXT(tlp)));
	TRY(blob_put(blobs, db, str_of(text), now, &blob));
	TRY(db_insert(db, &t->message,
	    "INSERT INTO message (direction, channel, state, incident_id, notification_id, to_addrs, to_name, "
	    "subject, received_at, text_blob, lang, tlp, token, automatic, person_id, send_at, purpose) VALUES "
	    "('out', 'mail', 'held', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?11, ?9, 'none', ?10, ?6, "
	    "CASE WHEN EXISTS (SELECT 1 FROM message WHERE notification_id = ?2) THEN 'reminder' "
	    "ELSE 'request' END) RETURNING id",
	    DB_INT(t->incident), DB_INT(t->notification), DB_TEXT(t->site->email), DB_TEXT(t->site->org),
	    DB_TEXT(full), DB_INT(now), DB_INT(blob), DB_TEXT(lang_code(t->site->lang)),
	    DB_TEXT(t->token), DB_INT(by_id), DB_TEXT(tlp)));
	TRY(message_get(db, a, t->message, &m));
	TRY(message_index_again(db, blobs, a, t->message));
	return send_store_done(db, blobs, a, &m,
	    &(struct send_done){
		.message_key = key,
		.from_name = t->site->lang == LANG_JA ? "例示CSIRT（デモ）" : "Example CSIRT (demo)",
		.from_addr = OURS,
		.reply_to = OURS,
		.crypto = "none",
		.raw = raw_mail(a, OURS, t->site->email, full, key, text, now),
		.server_said = "250 2.0.0 (demonstration: nothing was sent)",
		.silence_at = business_due(&business_tokyo, now, SILENCE_DAYS),
	    },
	    now);
}

static enum err
add_incoming(struct db *db, struct blob_store *blobs, struct arena *a, const struct demo_thread *t,
    const char *from, const char *name, const char *subject, const char *text, bool bounce, int64_t now,
    int64_t *ret)
{
	const char *key = arena_printf(a, "%s.%lld@demo.example", t->token, (long long)now);
	int64_t raw, blob;

	TRY(blob_put(blobs, db, raw_mail(a, from, OURS, subject, key, text, now), now, &raw));
	TRY(blob_put(blobs, db, str_of(text), now, &blob));
	return db_insert(db, ret,
	    "INSERT INTO message (direction, channel, state, message_key, reply_key, from_name, from_addr, "
	    "to_addrs, subject, sent_at, received_at, raw_blob, text_blob, lang, crypto, signature, automatic) "
	    "VALUES ('in', 'mail', 'read', ?1, ?2, ?3, ?4, '" OURS "', ?5, ?6, ?6, ?7, ?8, ?9, 'none', 'none', ?10) "
	    "RETURNING id",
	    DB_TEXT(key), DB_TEXT(arena_printf(a, "%s@example.jp", t->token)), DB_TEXT(name), DB_TEXT(from),
	    DB_TEXT(subject), DB_INT(now), DB_INT(raw), DB_INT(blob), DB_TEXT(lang_code(t->site->lang)),
	    DB_TEXT(bounce ? "bounce" : "none"));
}

enum err
demo_reply(struct db *db, struct blob_store *blobs, struct arena *a, const struct demo_thread *t,
    const char *text, int64_t now)
{
	const char *subject = arena_printf(a, "Re: [%s] [TLP:%s]", t->ref, t->tlp == NULL ? "AMBER" : t->tlp);
	int64_t message;

	TRY(add_incoming(db, blobs, a, t, t->site->email, t->site->org, subject, text, false, now, &message));
	TRY(thread_answer(db, a, t->notification, message, t->site->email, false, now));
	return message_index_again(db, blobs, a, message);
}

enum err
demo_bounce(struct db *db, struct blob_store *blobs, struct arena *a, const struct demo_thread *t, int64_t now)
{
	const char *why = "550 5.1.1 User unknown";
	const char *text = arena_printf(a, "The mail to <%s> could not be delivered:\n\n%s\n", t->site->email, why);
	int64_t message;

	TRY(add_incoming(db, blobs, a, t, "mailer-daemon@example.jp", "Mail Delivery System",
	    "Undelivered Mail Returned to Sender", text, true, now, &message));
	return thread_bounce(db, a, t->message, message, t->site->email, why, now);
}

enum err
demo_read(struct db *db, struct arena *a, const struct demo_thread *t, const char *state,
    const struct demo_user *by, int64_t by_id, int64_t now)
{
	struct value *p = value_object(a);

	TRY(db_run(db,
	    "UPDATE notification SET unread = 0, state = ?2, due_at = NULL, version = version + 1, "
	    "acted_at = CASE WHEN ?2 = 'actioned' THEN ?3 ELSE acted_at END WHERE id = ?1",
	    DB_INT(t->notification), DB_TEXT(state), DB_INT(now)));
	value_set_int(a, p, "notification", t->notification);
	value_set_text(a, p, "from", strcmp(state, "no-response") == 0 ? "sent" : "acknowledged");
	value_set_text(a, p, "to", state);
	value_set_text(a, p, "org", t->site->org);
	return tell(db, a, "notification.state", "notification", t->notification, t->incident, p, by, by_id, now);
}

enum err
demo_draft(struct db *db, int64_t person, const char *key, const char *body, int64_t now)
{
	return db_run(db, "INSERT INTO draft (person_id, key, body, saved_at) VALUES (?1, ?2, ?3, ?4)",
	    DB_INT(person), DB_TEXT(key), DB_TEXT(body), DB_INT(now));
}
