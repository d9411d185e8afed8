/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/intake_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/message_store.h"
#include "text/value.h"

/* Files */

enum err
intake_file_add(struct db *db, struct arena *a, struct blob_in *in, const struct intake_file *f,
    int64_t now, int64_t *ret_id)
{
	const char *sha256 = hex_format(a, blob_in_sha256(in), 32);
	int64_t size = (int64_t)blob_in_size(in), blob;

	TRY(blob_adopt(in, db, now, &blob));
	return db_insert(db, ret_id,
	    "INSERT INTO attachment (message_id, report_id, incident_id, blob_id, name, media_type, size, "
	    "sha256, created_at, person_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
	    DB_INT_OR_NULL(f->message_id), DB_INT_OR_NULL(f->report_id), DB_INT_OR_NULL(f->incident_id),
	    DB_INT(blob), DB_TEXT(f->name), DB_TEXT(f->media_type), DB_INT(size), DB_TEXT(sha256),
	    DB_INT(now), DB_INT_OR_NULL(f->person_id));
}

#define WAITING " message_id IS NULL AND report_id IS NULL AND incident_id IS NULL"

enum err
intake_file_waiting(struct db *db, struct arena *a, int64_t id, struct intake_file *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT name, media_type, size FROM attachment WHERE id = ?1 AND" WAITING,
	    DB_INT(id)));
	*ret = (struct intake_file){
		.id = id,
		.name = db_dup(a, q, 0),
		.media_type = db_dup(a, q, 1),
		.size = db_int(q, 2),
	};
	return OK;
}

enum err
intake_file_all_waiting(struct db *db, int64_t *ret_bytes)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachment WHERE" WAITING));
	*ret_bytes = db_int(q, 0);
	return db_end(q);
}

enum err
intake_file_claim(struct db *db, int64_t id, int64_t report, int64_t message)
{
	TRY(db_run(db, "UPDATE attachment SET report_id = ?2, message_id = ?3 WHERE id = ?1 AND" WAITING,
	    DB_INT(id), DB_INT(report), DB_INT_OR_NULL(message)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
intake_file_tidy(struct db *db, int64_t before, int64_t *ret)
{
	TRY(db_run(db, "DELETE FROM attachment WHERE created_at < ?1 AND" WAITING, DB_INT(before)));
	*ret = db_changed(db);
	return OK;
}

/* Receipts */

enum err
intake_find(struct db *db, const char *import_key, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT id FROM report WHERE import_key = ?1", DB_TEXT(import_key)));
	*ret_id = db_int(q, 0);
	return OK;
}

enum err
intake_secret(struct db *db, struct arena *a, int64_t report, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT secret_hash FROM report WHERE id = ?1", DB_INT(report)));
	*ret = db_dup(a, q, 0);
	return OK;
}

/* Acknowledgements */

enum err
intake_ack_ask(struct db *db, struct arena *a, int64_t report, const char *to, int64_t address_most,
    int64_t all_most, int64_t now, bool *ret)
{
	AUTO(db_stmt) q = NULL;
	struct str address = utf8_fold(a, str_of(to));

	TRY(db_one(db, &q,
	    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN address = ?1 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM acknowledgement "
	    "WHERE at > ?2 AND sent = 1",
	    DB_STR(address), DB_INT(now - CLOCK_HOUR)));
	bool may = db_int(q, 0) < all_most && db_int(q, 1) < address_most;

	TRY(db_end(q));
	TRY(db_run(db, "INSERT INTO acknowledgement (at, address, report_id, sent) VALUES (?1, ?2, ?3, ?4)",
	    DB_INT(now), DB_STR(address), DB_INT(report), DB_INT(may)));
	*ret = may;
	return OK;
}

enum err
intake_ack_counts(struct db *db, int64_t since, int64_t *ret_sent, int64_t *ret_held)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(COALESCE(SUM(1 - sent), 0) AS BIGINT) FROM acknowledgement WHERE at > ?1",
	    DB_INT(since)));
	*ret_sent = db_int(q, 0);
	*ret_held = db_int(q, 1);
	return db_end(q);
}

enum err
intake_ack_tidy(struct db *db, int64_t before)
{
	return db_run(db, "DELETE FROM acknowledgement WHERE at < ?1", DB_INT(before));
}

enum err
intake_ack_sent(struct db *db, int64_t report, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT 1 FROM message WHERE report_id = ?1 AND direction = 'out' AND automatic = 'generated' LIMIT 1",
	    DB_INT(report)));
	*ret = db_row(q);
	return db_end(q);
}

/* Words without a mail */

enum err
intake_words_add(struct db *db, struct blob_store *blobs, const struct intake_words *m, int64_t now,
    int64_t *ret_id)
{
	AUTO(arena) a = arena_new();
	int64_t blob;

	TRY(blob_put(blobs, db, m->text, now, &blob));
	TRY(db_insert(db, ret_id,
	    "INSERT INTO message (direction, channel, state, report_id, from_name, sent_at, received_at, "
	    "text_blob, lang, person_id) VALUES (?1, 'form', ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8) RETURNING id",
	    DB_TEXT(m->out ? "out" : "in"), DB_TEXT(m->out ? "sent" : "read"), DB_INT(m->report_id),
	    DB_TEXT(m->name), DB_INT(now), DB_INT(blob), DB_TEXT(lang_code(m->lang)),
	    DB_INT_OR_NULL(m->person_id)));
	return message_index(db, a, *ret_id, NULL, m->name, m->text);
}

enum err
intake_words_day(struct db *db, int64_t report, int64_t since, int64_t *ret_words, int64_t *ret_bytes)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT (SELECT COUNT(*) FROM message WHERE report_id = ?1 AND channel = 'form' AND direction = 'in' "
	    "AND received_at > ?2), (SELECT CAST(COALESCE(SUM(t.size), 0) AS BIGINT) FROM attachment t JOIN message m "
	    "ON m.id = t.message_id WHERE t.report_id = ?1 AND t.created_at > ?2 AND m.channel = 'form')",
	    DB_INT(report), DB_INT(since)));
	*ret_words = db_int(q, 0);
	*ret_bytes = db_int(q, 1);
	return db_end(q);
}

#define AGAIN (10 * CLOCK_MINUTE)

enum err
intake_words_again(struct db *db, struct blob_store *blobs, struct arena *a, const struct intake_words *m,
    int64_t now, bool *ret)
{
	AUTO(db_stmt) q = NULL;
	int64_t blob;
	struct str text;

	*ret = false;
	TRY(db_query(db, &q,
	    "SELECT text_blob FROM message WHERE report_id = ?1 AND channel = 'form' AND direction = 'in' "
	    "AND received_at > ?2 ORDER BY id DESC LIMIT 1",
	    DB_INT(m->report_id), DB_INT(now - AGAIN)));
	if (!db_row(q))
		return db_end(q);
	blob = db_int(q, 0);
	TRY(blob_get(blobs, db, a, blob, LIMIT_MAIL_TEXT, &text));
	*ret = str_equal(text, m->text);
	return OK;
}

/* A report's page */

static void
set_json(struct arena *a, struct value *o, const char *key, const char *json)
{
	struct value *v;

	if (json == NULL || value_parse(a, str_of(json), &v, NULL) != OK)
		value_set_text(a, o, key, NULL);
	else
		value_set(a, o, key, v);
}

struct message_text {
	struct value *o;
	int64_t blob;
};

enum err
intake_messages(struct db *db, struct blob_store *blobs, struct arena *a, int64_t report, int limit,
    struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct message_text *texts = arena_many(a, struct message_text, (size_t)limit + 1);
	int n = 0;

	TRY(db_query(db, &q,
	    "SELECT id, direction, channel, state, from_addr, from_name, to_addrs, subject, "
	    "COALESCE(CASE WHEN direction = 'out' THEN sent_at END, received_at), raw_blob, text_blob, "
	    "crypto, signature, signer, auth, faults, automatic, error, send_at FROM message "
	    "WHERE report_id = ?1 ORDER BY id LIMIT ?2",
	    DB_INT(report), DB_INT(limit)));
	while (db_row(q) && n < limit) {
		static const char *const keys[] = { NULL, "direction", "channel", "state", "from", "name",
			"to", "subject" };
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		for (int i = 1; i < (int)COUNT(keys); i++)
			value_set_text(a, o, keys[i], db_dup(a, q, i));
		value_set_int(a, o, "at", db_int(q, 8));
		value_set_bool(a, o, "raw", !db_is_null(q, 9));
		value_set_text(a, o, "crypto", db_dup(a, q, 11));
		value_set_text(a, o, "signature", db_dup(a, q, 12));
		value_set_text(a, o, "signer", db_dup(a, q, 13));
		set_json(a, o, "checks", db_dup(a, q, 14));
		set_json(a, o, "faults", db_dup(a, q, 15));
		value_set_text(a, o, "automatic", db_dup(a, q, 16));
		value_set_text(a, o, "error", db_dup(a, q, 17));
		value_set_int(a, o, "send_at", db_int(q, 18));
		texts[n++] = (struct message_text){ o, db_int(q, 10) };
	}
	TRY(db_end(q));
	for (int i = 0; i < n; i++) {
		struct str text = STR_NULL;

		if (texts[i].blob != 0)
			TRY(blob_get(blobs, db, a, texts[i].blob, LIMIT_MAIL_TEXT + LIMIT_BODY, &text));
		value_set_str(a, texts[i].o, "text", text);
	}
	return OK;
}

enum err
intake_progress(struct db *db, int64_t report, struct intake_progress *ret)
{
	AUTO(db_stmt) q = NULL;
	struct intake_progress p = { 0 };

	TRY(db_query(db, &q,
	    "SELECT i.state, i.notified_at FROM report_incident ri JOIN incident i ON i.id = ri.incident_id "
	    "WHERE ri.report_id = ?1",
	    DB_INT(report)));
	while (db_row(q)) {
		p.any = true;
		p.told = p.told || !db_is_null(q, 1);
		p.open = p.open || strcmp(db_text(q, 0), "open") == 0;
	}
	TRY(db_end(q));
	*ret = p;
	return OK;
}
