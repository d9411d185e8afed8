/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/message_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/rand.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/attachment_store.h"
#include "job/job.h"
#include "text/value.h"

enum err
message_receive(struct db *db, struct blob_store *blobs, struct arena *a, struct str raw,
    const char *channel, int64_t now, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;
	struct value *p = value_object(a);
	int64_t blob, id;

	TRY(blob_put(blobs, db, raw, now, &blob));
	TRY(db_query(db, &q, "SELECT id FROM message WHERE raw_blob = ?1 AND direction = 'in'", DB_INT(blob)));
	if (db_row(q)) {
		*ret_id = db_int(q, 0);
		return OK;
	}
	TRY(db_end(q));
	TRY(db_insert(db, &id,
	    "INSERT INTO message (direction, channel, state, received_at, raw_blob) "
	    "VALUES ('in', ?1, 'stored', ?2, ?3) RETURNING id",
	    DB_TEXT(channel), DB_INT(now), DB_INT(blob)));
	value_set_int(a, p, "message", id);
	TRY(job_add(db, a, &(struct job_new){ .kind = "mail.read", .payload = p }, now, NULL));
	*ret_id = id;
	return OK;
}

static struct str
search_text(struct arena *a, const char *subject, const char *who, struct str text)
{
	struct buf *b = buf_new(a, LIMIT_MAIL_TEXT + LIMIT_KIB(128));

	buf_text(b, subject);
	buf_char(b, '\n');
	buf_text(b, who);
	buf_char(b, '\n');
	buf_str(b, str_take(text, LIMIT_MAIL_TEXT));
	return buf_view(b);
}

enum err
message_index(struct db *db, struct arena *a, int64_t id, const char *subject, const char *who, struct str text)
{
	return db_fts_put(db, "message", id, search_text(a, subject, who, text));
}

/* 96 random bits: not to be guessed, short enough for a Message-ID. */
static const char *
new_token(struct arena *a)
{
	unsigned char bytes[12];

	rand_bytes(bytes, sizeof(bytes));
	return base64_url_format(a, (struct str){ (const char *)bytes, sizeof(bytes) });
}

static enum err
put_files(struct db *db, struct blob_store *blobs, struct arena *a, int64_t message, const struct message_out *m,
    int64_t now)
{
	for (size_t i = 0; i < m->n_files; i++) {
		int64_t id;

		TRY(attachment_put(db, blobs, a,
		    &(struct attachment){
			.message_id = message,
			.name = m->files[i].name,
			.media_type = m->files[i].media_type,
			.person_id = m->person_id,
		    },
		    m->files[i].bytes, now, &id));
	}
	return OK;
}

enum err
message_files(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, struct message_file **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	int64_t *blob = NULL;
	size_t n = 0;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT name, media_type, blob_id FROM attachment WHERE message_id = ?1 ORDER BY id",
	    DB_INT(id)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, n, sizeof(**ret));
		blob = arena_room(a, blob, n, sizeof(*blob));
		blob[n] = db_int(q, 2);
		(*ret)[n++] = (struct message_file){ .name = db_dup(a, q, 0), .media_type = db_dup(a, q, 1) };
	}
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++)
		TRY(blob_get(blobs, db, a, blob[i], LIMIT_MAIL, &(*ret)[i].bytes));
	*ret_n = n;
	return OK;
}

enum err
message_queue_out(struct db *db, struct blob_store *blobs, struct arena *a, const struct message_out *m,
    int64_t now, int64_t *ret_id)
{
	struct value *p = value_object(a);
	int64_t blob, id;

	TRY(blob_put(blobs, db, m->text, now, &blob));
	TRY(db_insert(db, &id,
	    "INSERT INTO message (direction, channel, state, report_id, incident_id, notification_id, "
	    "to_addrs, to_name, subject, received_at, text_blob, lang, tlp, reply_key, reference_keys, "
	    "token, automatic, person_id, send_at, purpose) VALUES ('out', 'mail', 'held', ?1, ?2, ?3, ?4, "
	    "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) RETURNING id",
	    DB_INT_OR_NULL(m->report_id), DB_INT_OR_NULL(m->incident_id),
	    DB_INT_OR_NULL(m->notification_id), DB_TEXT(m->to), DB_TEXT(m->to_name),
	    DB_TEXT(m->subject), DB_INT(now), DB_INT(blob), DB_TEXT(lang_code(m->lang)),
	    DB_TEXT(m->tlp), DB_TEXT(m->reply_key), DB_TEXT(m->references),
	    DB_TEXT(m->token == NULL ? new_token(a) : m->token),
	    DB_TEXT(m->automatic ? "generated" : "none"), DB_INT_OR_NULL(m->person_id),
	    DB_INT(m->send_at), DB_TEXT(m->purpose)));
	TRY(put_files(db, blobs, a, id, m, now));
	if (!m->automatic)
		TRY(message_index(db, a, id, m->subject, m->to, m->text));
	value_set_int(a, p, "message", id);
	TRY(job_add(db, a,
	    &(struct job_new){
		.kind = "mail.send",
		.payload = p,
		.run_at = m->send_at,
		.key = arena_printf(a, "mail.send/%lld", (long long)id),
	    },
	    now, NULL));
	*ret_id = id;
	return OK;
}

enum err
message_cancel(struct db *db, int64_t id, int64_t now)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;

	(void)now;
	TRY(db_query(db, &q, "SELECT id FROM job WHERE key = ?1 AND state = 'waiting' AND tries = 0",
	    DB_TEXT(arena_printf(a, "mail.send/%lld", (long long)id))));
	if (!db_row(q))
		return ERR_CONFLICT;
	int64_t job = db_int(q, 0);

	TRY(job_cancel(db, job));
	TRY(db_run(db, "UPDATE message SET state = 'cancelled' WHERE id = ?1 AND state = 'held'", DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}

enum err
message_get(struct db *db, struct arena *a, int64_t id, struct message *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT id, direction, channel, state, report_id, incident_id, notification_id, message_key, "
	    "reply_key, reference_keys, from_name, from_addr, to_addrs, cc_addrs, reply_to, subject, "
	    "sent_at, received_at, raw_blob, text_blob, lang, tlp, crypto, signature, signer, auth, "
	    "automatic, bounce_of, faults, send_at, person_id, error, token, to_name, purpose FROM message WHERE id = ?1",
	    DB_INT(id)));
	*ret = (struct message){
		.id = db_int(q, 0),
		.direction = db_dup(a, q, 1),
		.channel = db_dup(a, q, 2),
		.state = db_dup(a, q, 3),
		.report_id = db_int(q, 4),
		.incident_id = db_int(q, 5),
		.notification_id = db_int(q, 6),
		.message_key = db_dup(a, q, 7),
		.reply_key = db_dup(a, q, 8),
		.reference_keys = db_dup(a, q, 9),
		.from_name = db_dup(a, q, 10),
		.from_addr = db_dup(a, q, 11),
		.to_addrs = db_dup(a, q, 12),
		.cc_addrs = db_dup(a, q, 13),
		.reply_to = db_dup(a, q, 14),
		.subject = db_dup(a, q, 15),
		.sent_at = db_int(q, 16),
		.received_at = db_int(q, 17),
		.raw_blob = db_int(q, 18),
		.text_blob = db_int(q, 19),
		.lang = db_dup(a, q, 20),
		.tlp = db_dup(a, q, 21),
		.crypto = db_dup(a, q, 22),
		.signature = db_dup(a, q, 23),
		.signer = db_dup(a, q, 24),
		.auth = db_dup(a, q, 25),
		.automatic = db_dup(a, q, 26),
		.bounce_of = db_int(q, 27),
		.faults = db_dup(a, q, 28),
		.send_at = db_int(q, 29),
		.person_id = db_int(q, 30),
		.error = db_dup(a, q, 31),
		.token = db_dup(a, q, 32),
		.to_name = db_dup(a, q, 33),
		.purpose = db_dup(a, q, 34),
	};
	return OK;
}

enum err
message_text(struct db *db, struct blob_store *blobs, struct arena *a, const struct message *m,
    struct str *ret)
{
	*ret = STR_NULL;
	if (m->text_blob == 0)
		return OK;
	return blob_get(blobs, db, a, m->text_blob, LIMIT_MAIL_TEXT + LIMIT_BODY, ret);
}

/* Whether a report was made of it; then its words stand with the report. */
static enum err
made_a_report(struct db *db, const struct message *m, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = false;
	if (m->report_id == 0 || m->notification_id != 0)
		return OK;
	TRY(db_query(db, &q,
	    "SELECT min(m.id) FROM message m JOIN report r ON r.id = m.report_id"
	    " WHERE m.report_id = ?1 AND m.direction = 'in' AND m.channel = 'mail' AND r.channel = 'mail'",
	    DB_INT(m->report_id)));
	*ret = db_row(q) && db_int(q, 0) == m->id;
	return db_end(q);
}

/* What the index holds of it; nothing (p NULL) for those that are not in it. */
static enum err
indexed_text(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, struct str *ret)
{
	struct message m;
	struct str text;
	bool first;

	*ret = STR_NULL;
	TRY(message_get(db, a, id, &m));
	TRY(message_text(db, blobs, a, &m, &text));
	if (strcmp(m.channel, "form") == 0)
		*ret = search_text(a, NULL, m.from_name, text);
	if (strcmp(m.channel, "mail") != 0)
		return OK;
	if (strcmp(m.direction, "out") == 0) {
		if (m.automatic != NULL && strcmp(m.automatic, "none") == 0)
			*ret = search_text(a, m.subject, m.to_addrs, text);
		return OK;
	}
	TRY(made_a_report(db, &m, &first));
	if (!first && m.bounce_of == 0 && (m.report_id != 0 || m.notification_id != 0))
		*ret = search_text(a, m.subject, m.from_addr, text);
	return OK;
}

enum err
message_index_again(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id)
{
	struct str text;

	TRY(indexed_text(db, blobs, a, id, &text));
	return text.p == NULL ? OK : db_fts_put(db, "message", id, text);
}

enum err
message_unindex(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id)
{
	struct str text;

	TRY(indexed_text(db, blobs, a, id, &text));
	return text.p == NULL ? OK : db_fts_remove(db, "message", id, text);
}
