/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/contact_test_store.h"

#include <string.h>

#include "auth/auth_scope.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "incident/message_store.h"
#include "text/value.h"

#define NOTE_CHARACTERS 2000

#define TEST \
	"SELECT t.id, t.contact_id, t.channel, t.started_at, t.person_id, t.message_id, t.result, t.ended_at, " \
	"t.note, c.name, c.email, c.phone, o.name, o.name_en, o.cc, o.id FROM contact_test t " \
	"JOIN contact c ON c.id = t.contact_id JOIN organisation o ON o.id = c.organisation_id "

static void
read_test(struct db_stmt *q, struct arena *a, struct contact_test *ret)
{
	*ret = (struct contact_test){
		.id = db_int(q, 0),
		.contact_id = db_int(q, 1),
		.channel = db_dup(a, q, 2),
		.started_at = db_int(q, 3),
		.person_id = db_int(q, 4),
		.message_id = db_int(q, 5),
		.result = db_dup(a, q, 6),
		.ended_at = db_int(q, 7),
		.note = db_dup(a, q, 8),
		.who = db_dup(a, q, 9),
		.email = db_dup(a, q, 10),
		.phone = db_dup(a, q, 11),
		.organisation = db_dup(a, q, 12),
		.organisation_en = db_dup(a, q, 13),
		.cc = db_dup(a, q, 14),
		.organisation_id = db_int(q, 15),
	};
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const struct contact *c, const char *why, struct actor by)
{
	struct value *v = value_object(a);

	value_set_int(a, v, "contact", c->id);
	value_set_text(a, v, "name", c->name);
	value_set_text(a, v, "email", c->email);
	value_set_text(a, v, "phone", c->phone);
	value_set_text(a, v, "why", why);
	return organisation_tell(db, a, action, c->organisation_id, v, by);
}

static enum err
waits_already(struct db *db, int64_t contact)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT id FROM contact_test WHERE contact_id = ?1 AND result = 'waiting' LIMIT 1",
	    DB_INT(contact)));
	if (db_row(q))
		return ERR_EXISTS;
	return db_end(q);
}

/* The test begins; the next one by the schedule is counted from now. */
static enum err
mark(struct db *db, const struct contact *c, const char *result, int64_t now)
{
	return db_run(db,
	    "UPDATE contact SET tested_at = ?2, test_result = ?3, test_due_at = ?4, version = version + 1 WHERE id = ?1",
	    DB_INT(c->id), DB_INT(now), DB_TEXT(result),
	    DB_INT_OR_NULL(c->test_days == 0 ? 0 : now + c->test_days * CLOCK_DAY));
}

static const char *
link_address(struct db *db, struct arena *a, const char *token, enum lang lang)
{
	struct str base = str_of(setting_text(db, a, "team.url"));

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	return arena_printf(a, "%.*s/contact-test/%s?lang=%s", STR_F(base), token, lang_code(lang));
}

static enum err
queue(struct db *db, struct blob_store *blobs, struct arena *a, const struct contact *c, const struct organisation *o,
    const char *token, int64_t send_at, struct actor by, int64_t *ret_message)
{
	const char *code = c->lang == NULL ? o->lang : c->lang, *subject, *text;
	enum lang lang = strcmp(code, "ja") == 0 ? LANG_JA : LANG_EN;
	struct contact_test_mail m = {
		.lang = lang,
		.team = setting_text(db, a, lang == LANG_JA ? "team.name.ja" : "team.name.en"),
		.organisation = organisation_name(o, lang == LANG_EN),
		.link = link_address(db, a, token, lang),
	};

	contact_test_text(a, &m, &subject, &text);
	return message_queue_out(db, blobs, a,
	    &(struct message_out){
		.to = c->email,
		.to_name = c->name,
		.subject = subject,
		.text = str_of(text),
		.lang = lang,
		.automatic = true,
		.person_id = by.id,
		.send_at = send_at,
	    },
	    by.now, ret_message);
}

enum err
contact_test_begin(struct db *db, struct blob_store *blobs, struct arena *a, int64_t contact, int64_t send_at,
    struct actor by, int64_t *ret_id)
{
	const char *token = auth_secret_new(a);
	struct organisation o;
	struct contact c;
	int64_t message;

	TRY(contact_get(db, a, contact, &c));
	TRY(organisation_get(db, a, c.organisation_id, &o));
	if (c.removed_at != 0 || o.removed_at != 0 || c.do_not_contact || o.historical || c.email == NULL)
		return ERR_DENIED;
	TRY(waits_already(db, contact));
	TRY(queue(db, blobs, a, &c, &o, token, send_at, by, &message));
	TRY(db_insert(db, ret_id,
	    "INSERT INTO contact_test (contact_id, channel, started_at, person_id, message_id, token_hash, result) "
	    "VALUES (?1, 'mail', ?2, ?3, ?4, ?5, 'waiting') RETURNING id",
	    DB_INT(contact), DB_INT(by.now), DB_INT_OR_NULL(by.id), DB_INT(message),
	    DB_TEXT(auth_secret_hash(a, str_of(token)))));
	TRY(mark(db, &c, "waiting", by.now));
	return tell(db, a, "contact.test", &c, NULL, by);
}

static enum err
get(struct db *db, struct arena *a, int64_t id, struct contact_test *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, TEST "WHERE t.id = ?1", DB_INT(id)));
	read_test(q, a, ret);
	return OK;
}

enum err
contact_test_cancel(struct db *db, struct arena *a, int64_t test, struct actor by)
{
	struct contact_test t;

	TRY(get(db, a, test, &t));
	if (strcmp(t.result, "waiting") != 0)
		return ERR_CONFLICT;
	TRY(message_cancel(db, t.message_id, by.now));
	TRY(db_run(db, "DELETE FROM contact_test WHERE id = ?1", DB_INT(test)));
	return db_run(db,
	    "UPDATE contact SET tested_at = (SELECT MAX(started_at) FROM contact_test WHERE contact_id = ?1), "
	    "test_result = (SELECT result FROM contact_test WHERE contact_id = ?1 ORDER BY id DESC LIMIT 1), "
	    "test_due_at = CASE WHEN test_days > 0 THEN ?2 ELSE NULL END, version = version + 1 WHERE id = ?1",
	    DB_INT(t.contact_id), DB_INT(by.now));
}

/* The result stands at the contact, too, unless a newer test has begun. */
static enum err
end(struct db *db, const struct contact_test *t, const char *result, const char *note, int64_t now)
{
	TRY(db_run(db,
	    "UPDATE contact_test SET result = ?2, ended_at = ?3, note = COALESCE(?4, note) WHERE id = ?1 "
	    "AND result IN ('waiting', 'silent')",
	    DB_INT(t->id), DB_TEXT(result), DB_INT(now), DB_TEXT(note)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return db_run(db,
	    "UPDATE contact SET test_result = ?2, version = version + 1 WHERE id = ?1 AND NOT EXISTS (SELECT 1 "
	    "FROM contact_test t WHERE t.contact_id = ?1 AND t.id > ?3)",
	    DB_INT(t->contact_id), DB_TEXT(result), DB_INT(t->id));
}

static enum err
works(struct db *db, int64_t contact, bool confirmed, int64_t now)
{
	return db_run(db,
	    "UPDATE contact SET verified_at = ?2, bounces = 0, read_at = CASE WHEN ?3 = 1 THEN ?2 ELSE read_at END "
	    "WHERE id = ?1",
	    DB_INT(contact), DB_INT(now), DB_INT(confirmed));
}

enum err
contact_test_phone(struct db *db, struct arena *a, int64_t contact, const char *result, const char *note, struct actor by)
{
	bool answered = strcmp(result, "answered") == 0;
	struct contact c;
	int64_t id;

	TRY(contact_get(db, a, contact, &c));
	if (c.removed_at != 0)
		return ERR_DENIED;
	TRY(db_insert(db, &id,
	    "INSERT INTO contact_test (contact_id, channel, started_at, person_id, result, ended_at, note) "
	    "VALUES (?1, 'phone', ?2, ?3, ?4, ?2, ?5) RETURNING id",
	    DB_INT(contact), DB_INT(by.now), DB_INT(by.id), DB_TEXT(result),
	    DB_TEXT(*note == '\0' ? NULL : note)));
	TRY(mark(db, &c, result, by.now));
	if (answered)
		TRY(works(db, contact, false, by.now));
	return tell(db, a, answered ? "contact.test-answer" : "contact.test-fail", &c, note, by);
}

enum err
contact_test_of_link(struct db *db, struct arena *a, struct str token, int64_t now, struct contact_test *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, TEST "WHERE t.token_hash = ?1", DB_TEXT(auth_secret_hash(a, token))));
	read_test(q, a, ret);
	if (strcmp(ret->result, "waiting") != 0 && strcmp(ret->result, "silent") != 0)
		return ERR_CONFLICT;
	return now - ret->started_at > CONTACT_TEST_LINK_DAYS * CLOCK_DAY ? ERR_CONFLICT : OK;
}

enum err
contact_test_answer(struct db *db, struct arena *a, const struct contact_test *t, bool confirmed, const char *note,
    int64_t now)
{
	const struct actor outside = { 0, "outside", now };
	struct contact c;

	TRY(contact_get(db, a, t->contact_id, &c));
	TRY(end(db, t, "answered", note, now));
	TRY(works(db, c.id, confirmed, now));
	TRY(tell(db, a, "contact.test-answer", &c, note, outside));
	return confirmed ? tell(db, a, "contact.confirm", &c, NULL, outside) : OK;
}

/* The test that our message ${message} belongs to; id 0: none. */
static enum err
of_message(struct db *db, struct arena *a, int64_t message, struct contact_test *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = (struct contact_test){ 0 };
	if (message == 0)
		return OK;
	TRY(db_query(db, &q, TEST "WHERE t.message_id = ?1", DB_INT(message)));
	if (db_row(q))
		read_test(q, a, ret);
	return db_end(q);
}

enum err
contact_test_mail_answer(struct db *db, struct arena *a, int64_t message, struct str text, bool automatic, int64_t now,
    bool *ret)
{
	struct contact_test t;
	const char *note;

	TRY(of_message(db, a, message, &t));
	*ret = t.id != 0;
	if (t.id == 0)
		return OK;
	note = arena_cstr(a, utf8_take(utf8_clean(a, text), NOTE_CHARACTERS));
	if (*note == '\0')
		note = NULL;
	if (automatic)
		return db_run(db, "UPDATE contact_test SET note = COALESCE(note, ?2) WHERE id = ?1", DB_INT(t.id),
		    DB_TEXT(note));
	enum err e = strcmp(t.result, "waiting") == 0 || strcmp(t.result, "silent") == 0
	    ? contact_test_answer(db, a, &t, false, note, now)
	    : ERR_CONFLICT;

	/* A second answer: what it says must not be lost. */
	if (e == ERR_CONFLICT)
		return db_run(db,
		    "UPDATE contact_test SET note = substr(COALESCE(note || ?3, '') || ?2, 1, 8000) WHERE id = ?1",
		    DB_INT(t.id), DB_TEXT(note == NULL ? "" : note), DB_TEXT("\n\n"));
	return e;
}

enum err
contact_test_fail(struct db *db, struct arena *a, int64_t message, const char *result, const char *why, int64_t now)
{
	struct contact_test t;
	struct contact c;

	TRY(of_message(db, a, message, &t));
	if (t.id == 0 || (strcmp(t.result, "waiting") != 0 && strcmp(t.result, "silent") != 0))
		return OK;
	TRY(contact_get(db, a, t.contact_id, &c));
	TRY(end(db, &t, result, why, now));
	TRY(contact_bounced(db, c.id));
	return tell(db, a, "contact.test-fail", &c, why, (struct actor){ 0, "mail", now });
}

enum err
contact_test_due(struct db *db, struct arena *a, int64_t now, int limit, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = arena_many(a, int64_t, (size_t)limit + 1);
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT c.id FROM contact c JOIN organisation o ON o.id = c.organisation_id WHERE c.test_due_at <= ?1 "
	    "AND c.test_days > 0 AND c.removed_at IS NULL AND c.do_not_contact = 0 AND c.email IS NOT NULL "
	    "AND o.removed_at IS NULL AND o.historical = 0 ORDER BY c.test_due_at, c.id LIMIT ?2",
	    DB_INT(now), DB_INT(limit)));
	while (db_row(q))
		(*ret)[(*ret_n)++] = db_int(q, 0);
	return db_end(q);
}

static enum err
too_old(struct db *db, struct arena *a, int64_t now, int limit, struct contact_test *list, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, TEST "WHERE t.result = 'waiting' AND t.started_at <= ?1 ORDER BY t.started_at LIMIT ?2",
	    DB_INT(now - CONTACT_TEST_SILENT_DAYS * CLOCK_DAY), DB_INT(limit)));
	while (db_row(q))
		read_test(q, a, &list[(*ret_n)++]);
	return db_end(q);
}

enum err
contact_test_silence(struct db *db, struct arena *a, int64_t now, int limit, int64_t *ret_n)
{
	struct contact_test *list = arena_many(a, struct contact_test, (size_t)limit + 1);
	size_t n = 0;

	TRY(too_old(db, a, now, limit, list, &n));
	for (size_t i = 0; i < n; i++) {
		struct contact c;

		TRY(contact_get(db, a, list[i].contact_id, &c));
		TRY(end(db, &list[i], "silent", NULL, now));
		TRY(tell(db, a, "contact.test-fail", &c, NULL, (struct actor){ 0, "system", now }));
	}
	*ret_n = (int64_t)n;
	return OK;
}

enum err
contact_test_list(struct db *db, struct arena *a, const char *result, int64_t offset, int64_t limit,
    struct contact_test **ret, size_t *ret_n, int64_t *ret_total)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) count = NULL;

	*ret = arena_many(a, struct contact_test, (size_t)limit + 1);
	*ret_n = 0;
	TRY(db_query(db, &q, TEST "WHERE ?1 = '' OR t.result = ?1 ORDER BY t.id DESC LIMIT ?2 OFFSET ?3",
	    DB_TEXT(result == NULL ? "" : result), DB_INT(limit), DB_INT(offset)));
	while (db_row(q))
		read_test(q, a, &(*ret)[(*ret_n)++]);
	TRY(db_end(q));
	TRY(db_one(db, &count, "SELECT COUNT(*) FROM contact_test t WHERE ?1 = '' OR t.result = ?1",
	    DB_TEXT(result == NULL ? "" : result)));
	*ret_total = db_int(count, 0);
	return OK;
}

static void
condition(struct db_sql *s, enum contact_test_view view, int64_t now)
{
	db_sql_add(s, " WHERE c.removed_at IS NULL AND c.do_not_contact = 0 AND o.removed_at IS NULL AND o.historical = 0");
	switch (view) {
	case CONTACT_TEST_OVERDUE:
		db_sql_add(s,
		    " AND c.test_days > 0 AND (c.test_due_at <= ?1 OR c.test_result IN ('bounced', 'failed', 'silent'))",
		    DB_INT(now));
		break;
	case CONTACT_TEST_WAITING:
		db_sql_add(s, " AND c.test_result = 'waiting'");
		break;
	case CONTACT_TEST_SCHEDULED:
		db_sql_add(s, " AND c.test_days > 0");
		break;
	case CONTACT_TEST_NEVER:
		db_sql_add(s, " AND c.tested_at IS NULL");
		break;
	}
}

static enum err
contact_ids(struct db *db, const struct db_sql *s, int64_t *id, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query_sql(db, &q, s));
	while (db_row(q))
		id[(*ret_n)++] = db_int(q, 0);
	return db_end(q);
}

enum err
contact_test_contacts(struct db *db, struct arena *a, enum contact_test_view view, int64_t now, int64_t offset,
    int64_t limit, struct contact_test_row **ret, size_t *ret_n)
{
	int64_t *id = arena_many(a, int64_t, (size_t)limit + 1);
	struct db_sql s;

	*ret = arena_many(a, struct contact_test_row, (size_t)limit + 1);
	*ret_n = 0;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT c.id FROM contact c JOIN organisation o ON o.id = c.organisation_id");
	condition(&s, view, now);
	db_sql_add(&s, " ORDER BY c.test_due_at IS NULL, c.test_due_at, c.id LIMIT ?1 OFFSET ?2", DB_INT(limit), DB_INT(offset));
	TRY(contact_ids(db, &s, id, ret_n));
	for (size_t i = 0; i < *ret_n; i++) {
		struct contact_test_row *r = &(*ret)[i];
		struct organisation o;

		TRY(contact_get(db, a, id[i], &r->c));
		TRY(organisation_get(db, a, r->c.organisation_id, &o));
		r->organisation = o.name;
		r->organisation_en = o.name_en;
		r->cc = o.cc;
	}
	return OK;
}

enum err
contact_test_count(struct db *db, enum contact_test_view view, int64_t now, int64_t *ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM contact c JOIN organisation o ON o.id = c.organisation_id");
	condition(&s, view, now);
	TRY(db_query_sql(db, &q, &s));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

enum err
contact_test_shares(struct db *db, const char *own, int64_t since, struct contact_test_share *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN c.test_result = 'answered' AND c.tested_at >= ?2 THEN 1 ELSE 0 "
	    "END), 0), COALESCE(SUM(CASE WHEN o.cc <> ?1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN o.cc <> ?1 "
	    "AND c.test_result = 'answered' AND c.tested_at >= ?2 THEN 1 ELSE 0 END), 0) FROM contact c "
	    "JOIN organisation o ON o.id = c.organisation_id WHERE c.removed_at IS NULL AND o.removed_at IS NULL "
	    "AND o.historical = 0 AND c.do_not_contact = 0",
	    DB_TEXT(own), DB_INT(since)));
	*ret = (struct contact_test_share){ db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3) };
	return OK;
}
