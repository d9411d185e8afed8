/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/letter_store.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "incident/intake_store.h"
#include "incident/message_store.h"
#include "incident/ready.h"
#include "incident/report_store.h"

static enum lang
lang_of(const struct report *r)
{
	enum lang l = LANG_JA;

	(void)lang_parse(str_of(r->lang), &l); /* unknown: ours */
	return l;
}

bool
letter_on_page(const struct report *r)
{
	return r->anonymous || r->reporter_email == NULL || *r->reporter_email == '\0';
}

enum err
letter_reaches(struct db *db, const struct report *r, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = true;
	if (!letter_on_page(r))
		return OK;
	TRY(db_one(db, &q, "SELECT CASE WHEN secret_hash IS NULL THEN 0 ELSE 1 END FROM report WHERE id = ?1",
	    DB_INT(r->id)));
	*ret = db_int(q, 0) != 0;
	return db_end(q);
}

static enum err
words(struct db *db, struct arena *a, const struct report *r, enum decide_letter kind, const char *reason,
    struct decide_letter_words *ret)
{
	const char *name = kind == DECIDE_LETTER_DECLINE ? "decline" : letter_on_page(r) ? "accept-page" : "accept";
	struct ready_words in_use;

	TRY(ready_words(db, a, ready_find(name), lang_of(r), &in_use));
	*ret = (struct decide_letter_words){
		.ref = r->ref,
		.name = r->reporter_name,
		.team = setting_text(db, a, lang_of(r) == LANG_JA ? "team.name.ja" : "team.name.en"),
		.reason = reason,
		.on_page = letter_on_page(r),
		.subject = in_use.subject,
		.body = in_use.body,
	};
	return OK;
}

static const char *
signature(struct db *db, struct arena *a, enum lang lang)
{
	const char *own = setting_text(db, a, lang == LANG_JA ? "mail.signature.ja" : "mail.signature.en");

	if (*own != '\0')
		return own;
	return arena_printf(a, "%s\n%s", setting_text(db, a, lang == LANG_JA ? "team.name.ja" : "team.name.en"),
	    setting_text(db, a, "team.email"));
}

enum err
letter_ready(struct db *db, struct arena *a, const struct report *r, enum decide_letter kind,
    const char *reason, const char **ret)
{
	struct decide_letter_words w;

	TRY(words(db, a, r, kind, reason, &w));
	*ret = decide_letter_text(a, lang_of(r), kind, &w);
	return OK;
}

/* The Message-ID that our letter answers. */
static enum err
answered_key(struct db *db, struct arena *a, int64_t report, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	TRY(db_query(db, &q,
	    "SELECT message_key FROM message WHERE report_id = ?1 AND direction = 'in' "
	    "AND message_key IS NOT NULL ORDER BY id DESC LIMIT 1",
	    DB_INT(report)));
	if (db_row(q))
		*ret = db_dup(a, q, 0);
	return db_end(q);
}

enum err
letter_send(struct db *db, struct blob_store *blobs, struct arena *a, const struct report *r,
    enum decide_letter kind, const char *reason, struct str text, int64_t person, int64_t now,
    int64_t *ret_message)
{
	struct decide_letter_words w;
	enum lang lang = lang_of(r);
	const char *key;
	int64_t words_id;
	bool reaches;

	*ret_message = 0;
	TRY(words(db, a, r, kind, reason, &w));
	if (text.n == 0)
		text = str_of(decide_letter_text(a, lang, kind, &w));
	TRY(letter_reaches(db, r, &reaches));
	if (!reaches || strcmp(r->channel, "import") == 0)
		return OK;
	if (letter_on_page(r))
		return intake_words_add(db, blobs,
		    &(struct intake_words){
			.report_id = r->id,
			.person_id = person,
			.out = true,
			.name = w.team,
			.text = text,
			.lang = lang,
		    },
		    now, &words_id);
	TRY(answered_key(db, a, r->id, &key));
	return message_queue_out(db, blobs, a,
	    &(struct message_out){
		.report_id = r->id,
		.to = r->reporter_email,
		.to_name = r->reporter_name,
		.subject = decide_letter_subject(a, lang, &w),
		.text = str_of(arena_printf(a, "%.*s\n\n-- \n%s\n", STR_F(str_trim(text)), signature(db, a, lang))),
		.lang = lang,
		.reply_key = key,
		.references = key,
		.person_id = person,
		.send_at = now + setting_int(db, "mail.hold_seconds") * CLOCK_SECOND,
	    },
	    now, ret_message);
}

enum err
letter_decline(struct db *db, struct blob_store *blobs, struct arena *a, const struct report *r,
    const char *reason, int64_t person, int64_t now, int64_t *ret_message)
{
	return letter_send(db, blobs, a, r, DECIDE_LETTER_DECLINE, reason, STR_NULL, person, now, ret_message);
}

enum err
letter_take_back(struct db *db, int64_t message, int64_t now)
{
	if (message == 0)
		return OK;
	enum err e = message_cancel(db, message, now);

	return e == ERR_CONFLICT || e == ERR_NOT_FOUND ? OK : e;
}
