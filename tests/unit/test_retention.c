/* SPDX-License-Identifier: Apache-2.0 */
/* What is too old goes, the facts and the journal stay: both databases. */
#include "unit_db.h"

#include "auth/setting.h"
#include "base/clock.h"
#include "blob/blob.h"
#include "incident/hold_store.h"
#include "incident/incident_change_store.h"
#include "incident/incident_store.h"
#include "incident/message_store.h"
#include "incident/report_store.h"
#include "journal/journal.h"
#include "statistics/recount_store.h"
#include "team/retention_store.h"
#include "text/value.h"

#define NOW INT64_C(1790000000000)
#define LATER (NOW + 100 * CLOCK_DAY)

static struct blob_store *
blobs(struct unit_db *u)
{
	static const unsigned char key[32] = "an example of a key of 32 bytes";
	struct blob_store *s = NULL;

	assert_ok(blob_store_open("", key, &s));
	arena_defer(u->a, (void (*)(void *))blob_store_free, s);
	return s;
}

static void
person(struct unit_db *u)
{
	int64_t id;

	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO person (name, email, email_folded, password_hash, role, lang, zone, created_at) "
	    "VALUES ('Sato', 's@example.jp', 's@example.jp', 'x', 'handler', 'ja', 'Asia/Tokyo', ?1) RETURNING id",
	    DB_INT(NOW)));
}

static int64_t
report(struct unit_db *u, struct blob_store *s, const char *text)
{
	struct report_new r = {
		.received_at = NOW,
		.channel = "mail",
		.purpose = "information",
		.door = "phishing",
		.text = str_of(text),
		.lang = LANG_JA,
		.domestic = true,
		.reporter_name = "Himiko",
		.reporter_org = "Example KK",
		.reporter_email = "himiko@example.org",
		.reporter_phone = "03-0000-0000",
	};
	int64_t id;

	assert_ok(report_add(u->db, s, u->a, &r, NOW, &id, NULL));
	return id;
}

static void
decline(struct unit_db *u, int64_t id)
{
	assert_ok(report_change(u->db, id, 0,
	    &(struct report_change){ .state = "declined", .reason = "out-of-scope", .owner_id = -1, .decided_by = 1 }, NOW));
}

static int64_t
count(struct unit_db *u, const char *what)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, u->a);
	buf_text(s.text, what);
	assert_ok(db_query_sql(u->db, &q, &s));
	assert_true(db_row(q));
	return db_int(q, 0);
}

static size_t
found(struct unit_db *u, const char *index, const char *words)
{
	struct db_hits h;

	assert_ok(db_fts_search(u->db, u->a, index, str_of(words), 0, 10, 0, &h));
	return h.n;
}

static int64_t
erase(struct unit_db *u, struct blob_store *s, enum retention_kind kind, int64_t before)
{
	int64_t n = -1;

	assert_ok(retention_erase(u->db, s, u->a, kind, before, 100, LATER, &n));
	return n;
}

static void
seal_and_verify(struct unit_db *u)
{
	struct journal_head head;
	struct journal_report r;
	int n;

	assert_ok(journal_seal(u->db, u->a, 1000, &n, &head));
	assert_ok(journal_verify(u->db, u->a, &(struct journal_expect){ 0 }, &r));
	assert_null(r.fault);
}

static void
counts_are_right(struct unit_db *u)
{
	struct value *out = value_object(u->a);
	int64_t differences = -1;

	assert_ok(recount_check(u->db, u->a, out, &differences));
	assert_int_equal(differences, 0);
}

static void
erases_a_declined_report(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *s = blobs(u);
	struct report r;

	assert_ok(db_begin_write(u->db));
	person(u);
	int64_t id = report(u, s, "unique-word kamishibai himiko@example.org http://bad.example/");
	int64_t same = report(u, s, "unique-word kamishibai himiko@example.org http://bad.example/");

	decline(u, id);
	seal_and_verify(u);
	assert_int_equal(found(u, "report", "kamishibai"), 2);
	assert_int_equal(erase(u, s, RETENTION_REPORTS, NOW), 0); /* not older than that */
	assert_int_equal(erase(u, s, RETENTION_REPORTS, NOW + 1), 1);
	assert_int_equal(erase(u, s, RETENTION_REPORTS, NOW + 1), 0); /* once */
	assert_ok(report_get(u->db, u->a, id, &r));
	assert_null(r.reporter_name);
	assert_null(r.reporter_email);
	assert_null(r.reporter_org);
	assert_string_equal(r.title, r.ref);
	assert_string_equal(r.state, "declined");
	assert_int_equal(r.received_at, NOW);
	assert_int_equal(r.erased_at, LATER);
	assert_int_equal(r.text_blob, 0);
	assert_int_equal(found(u, "report", "kamishibai"), 1);
	assert_int_equal(found(u, "report", "himiko"), 1);
	/* The other report has the same words: its bytes stay. */
	assert_ok(report_get(u->db, u->a, same, &r));
	struct str text;

	assert_ok(report_text(u->db, s, u->a, &r, &text));
	assert_int_equal(count(u, "SELECT COUNT(*) FROM blob"), 1);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM observable WHERE type = 'url'"), 1);
	decline(u, same);
	assert_int_equal(erase(u, s, RETENTION_REPORTS, NOW + 1), 1);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM blob"), 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM observable"), 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM journal WHERE action = 'report.erase' AND payload IS NOT NULL"), 2);
	assert_true(count(u, "SELECT COUNT(*) FROM journal WHERE erased IS NOT NULL") > 0);
	seal_and_verify(u);
	counts_are_right(u);
	assert_ok(db_commit(u->db));
}

struct case_ {
	int64_t incident, report, party, message;
	struct incident i;
};

static struct case_
a_case(struct unit_db *u, struct blob_store *s)
{
	struct case_ c = { .report = report(u, s, "words of the reporter: tanuki") };
	struct actor by = { 1, "Sato", NOW };

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "A case", .rsit = "fraud/phishing", .domestic = true, .actor = 1, .actor_name = "Sato" },
	    NOW, &c.incident, NULL));
	assert_ok(incident_link(u->db, u->a, c.incident, c.report, "original", 1, "Sato", NOW));
	assert_ok(db_insert(u->db, &c.party,
	    "INSERT INTO party (incident_id, role, org, name, email, lang) "
	    "VALUES (?1, 'isp', 'Example ISP', 'Mr Kitsune', 'kitsune@example.net', 'en') RETURNING id",
	    DB_INT(c.incident)));
	assert_ok(message_queue_out(u->db, s, u->a,
	    &(struct message_out){ .incident_id = c.incident, .to = "kitsune@example.net", .subject = "please stop",
		.text = STR("a letter about mujina"), .lang = LANG_EN, .person_id = 1 },
	    NOW, &c.message));
	int64_t note;

	assert_ok(incident_note_add(u->db, u->a, c.incident, "note", "internal", "a note", by, &note));
	assert_ok(db_run(u->db,
	    "INSERT INTO notice (person_id, at, kind, object, object_id, text) VALUES (1, ?1, 'mention', 'incident', ?2, 'a note')",
	    DB_INT(NOW), DB_INT(c.incident)));
	assert_ok(incident_reindex(u->db, u->a, c.incident));
	assert_ok(incident_get(u->db, u->a, c.incident, &c.i));
	assert_ok(incident_close(u->db, u->a, &c.i, &(struct incident_end){ .resolution = "resolved", .evidence = "gone" }, by));
	assert_ok(incident_get(u->db, u->a, c.incident, &c.i));
	return c;
}

static void
erases_what_is_in_a_closed_incident(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *s = blobs(u);
	struct incident_hold h;
	struct report r;
	struct message m;

	assert_ok(db_begin_write(u->db));
	person(u);
	struct case_ c = a_case(u, s);

	seal_and_verify(u);
	assert_int_equal(erase(u, s, RETENTION_REPORTS, NOW + 1), 0); /* it is an incident's */
	/* On hold nothing goes. */
	assert_ok(hold_put(u->db, u->a, &c.i, "a court asked", (struct actor){ 1, "Sato", NOW }));
	assert_int_equal(hold_put(u->db, u->a, &c.i, "again", (struct actor){ 1, "Sato", NOW }), ERR_EXISTS);
	assert_ok(hold_get(u->db, u->a, c.incident, &h));
	assert_string_equal(h.reason, "a court asked");
	for (enum retention_kind k = RETENTION_PEOPLE; k <= RETENTION_FILES; k++)
		assert_int_equal(erase(u, s, k, NOW + 1), 0);
	assert_ok(hold_lift(u->db, u->a, &c.i, "over", (struct actor){ 1, "Sato", NOW }));
	/* Names go, words stay. */
	assert_int_equal(found(u, "incident", "kitsune"), 1);
	assert_int_equal(erase(u, s, RETENTION_PEOPLE, NOW + 1), 1);
	assert_int_equal(erase(u, s, RETENTION_PEOPLE, NOW + 1), 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM party WHERE name IS NOT NULL OR email IS NOT NULL"), 0);
	assert_int_equal(found(u, "incident", "kitsune"), 0);
	assert_int_equal(found(u, "message", "kitsune"), 0);
	assert_int_equal(found(u, "message", "mujina"), 1);
	assert_int_equal(found(u, "report", "himiko"), 0);
	assert_int_equal(found(u, "report", "tanuki"), 1);
	assert_ok(report_get(u->db, u->a, c.report, &r));
	assert_null(r.reporter_email);
	assert_string_equal(r.reporter_org, "Example KK");
	assert_int_equal(r.erased_at, 0);
	/* Then the words. */
	assert_int_equal(erase(u, s, RETENTION_TEXTS, NOW + 1), 1);
	assert_int_equal(found(u, "report", "tanuki"), 0);
	assert_int_equal(found(u, "message", "mujina"), 0);
	assert_ok(message_get(u->db, u->a, c.message, &m));
	assert_null(m.subject);
	assert_int_equal(m.text_blob, 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM note"), 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM notice"), 0); /* it quoted the note */
	assert_int_equal(count(u, "SELECT COUNT(*) FROM blob"), 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM journal WHERE action = 'incident.erase' AND payload IS NOT NULL"), 2);
	struct value *out = value_object(u->a);

	assert_ok(retention_of_incident(u->db, u->a, c.incident, out));
	assert_int_equal(value_integer(value_get(out, "texts")), LATER);
	seal_and_verify(u);
	counts_are_right(u);
	assert_ok(db_commit(u->db));
}

static void
keeps_what_another_incident_needs(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *s = blobs(u);
	int64_t other;
	struct report r;

	assert_ok(db_begin_write(u->db));
	person(u);
	struct case_ c = a_case(u, s);

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "Another", .rsit = "fraud/phishing", .actor = 1, .actor_name = "Sato" }, NOW,
	    &other, NULL));
	assert_ok(incident_link(u->db, u->a, other, c.report, "additional", 1, "Sato", NOW));
	assert_int_equal(erase(u, s, RETENTION_PEOPLE, NOW + 1), 1);
	assert_ok(report_get(u->db, u->a, c.report, &r));
	assert_string_equal(r.reporter_name, "Himiko"); /* the other one is open */
	counts_are_right(u);
	assert_ok(db_commit(u->db));
}

static int64_t
picture(struct unit_db *u, struct blob_store *s, const char *raw, const char *made)
{
	int64_t from, to, id;

	assert_ok(blob_put(s, u->db, str_of(raw), NOW, &from));
	assert_ok(blob_put(s, u->db, str_of(made), NOW, &to));
	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO picture (state, name, sha256, raw_blob, blob_id, created_at, person_id) "
	    "VALUES ('ready', 'p.png', ?1, ?2, ?3, ?4, 1) RETURNING id",
	    DB_TEXT(raw), DB_INT(from), DB_INT(to), DB_INT(NOW)));
	return id;
}

static int64_t
file(struct unit_db *u, struct blob_store *s, int64_t incident, const char *bytes)
{
	int64_t blob, id;

	assert_ok(blob_put(s, u->db, str_of(bytes), NOW, &blob));
	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO attachment (incident_id, blob_id, name, media_type, size, sha256, created_at) "
	    "VALUES (?1, ?2, 'x', 'image/png', 1, 'aa', ?3) RETURNING id",
	    DB_INT_OR_NULL(incident), DB_INT(blob), DB_INT(NOW)));
	return id;
}

static int64_t
site(struct unit_db *u, int64_t incident, const char *url, int64_t picture)
{
	int64_t id;

	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO site (incident_id, url, host, domain, tld, picture_id, note, reported_at, updated_at) "
	    "VALUES (?1, ?2, 'h.example', 'h.example', 'example', ?3, 'a note', ?4, ?4) RETURNING id",
	    DB_INT(incident), DB_TEXT(url), DB_INT_OR_NULL(picture), DB_INT(NOW)));
	return id;
}

/* Pictures have numbers of their own: attachments of the same number are not they. */
static void
erases_the_pictures_of_its_sites_only(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *s = blobs(u);
	int64_t brand, other;

	assert_ok(db_begin_write(u->db));
	person(u);
	struct case_ c = a_case(u, s);

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "Another", .rsit = "fraud/phishing", .actor = 1, .actor_name = "Sato" }, NOW,
	    &other, NULL));
	int64_t of_brand = picture(u, s, "genuine", "genuine as shown"), of_other = picture(u, s, "shared", "other as shown"),
		of_case = picture(u, s, "case", "case as shown");

	assert_ok(db_insert(u->db, &brand, "INSERT INTO brand (name, folded, reference_id) VALUES ('B', 'b', ?1) RETURNING id",
	    DB_INT(of_brand)));
	(void)site(u, other, "https://h.example/1", of_other);
	(void)site(u, c.incident, "https://h.example/2", of_case);
	/* Files with the numbers of all three; one has the bytes of a picture that stays. */
	assert_int_equal(file(u, s, c.incident, "shared"), of_brand);
	assert_int_equal(file(u, s, c.incident, "second"), of_other);
	assert_int_equal(file(u, s, c.incident, "third"), of_case);
	assert_int_equal(erase(u, s, RETENTION_FILES, NOW + 1), 1);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM attachment"), 0);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM picture"), 2);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM site WHERE picture_id IS NOT NULL"), 1);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM brand WHERE reference_id IS NOT NULL"), 1);
	/* The two pictures that stay have two each, the report and the letter one. */
	assert_int_equal(count(u, "SELECT COUNT(*) FROM blob"), 4 + 1 + count(u, "SELECT COUNT(*) FROM message WHERE text_blob IS NOT NULL") +
		count(u, "SELECT COUNT(*) FROM message WHERE raw_blob IS NOT NULL"));
	assert_int_equal(erase(u, s, RETENTION_TEXTS, NOW + 1), 1);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM site WHERE note IS NOT NULL"), 1);
	assert_ok(db_commit(u->db));
}

static int64_t
change_of_picture(struct unit_db *u, int64_t was, int64_t now, bool used)
{
	int64_t id;

	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO undo (person_id, at, kind, payload, used_at) VALUES (1, ?1, 'takedown.picture', ?2, ?3) RETURNING id",
	    DB_INT(NOW), DB_TEXT(arena_printf(u->a, "{\"site\":1,\"was\":%lld,\"now\":%lld}", (long long)was, (long long)now)),
	    used ? DB_INT(NOW) : DB_NULL));
	return id;
}

static void
a_picture_that_was_replaced_goes_with_its_undo(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *s = blobs(u);

	assert_ok(db_begin_write(u->db));
	person(u);
	struct case_ c = a_case(u, s);
	int64_t first = picture(u, s, "1", "one"), second = picture(u, s, "2", "two"), third = picture(u, s, "3", "three");

	(void)site(u, c.incident, "https://h.example/1", second);
	(void)change_of_picture(u, first, second, false);
	(void)change_of_picture(u, second, third, true); /* taken back */
	(void)change_of_picture(u, second, second, false);
	assert_int_equal(erase(u, s, RETENTION_UNDO, NOW + 1), 3);
	assert_int_equal(count(u, "SELECT COUNT(*) FROM picture"), 1);
	assert_int_equal(count(u, "SELECT picture_id FROM site"), second);
	assert_ok(db_commit(u->db));
}

static void
runs_by_the_settings(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *s = blobs(u);
	static const unsigned char key[32] = "an example of a key of 32 bytes";
	struct value *counts = value_object(u->a);
	bool more;
	int64_t n;

	assert_ok(db_begin_write(u->db));
	person(u);
	decline(u, report(u, s, "first"));
	decline(u, report(u, s, "second"));
	assert_ok(db_run(u->db, "INSERT INTO draft (person_id, key, body, saved_at) VALUES (1, 'x', '{}', ?1)", DB_INT(NOW)));
	assert_ok(retention_run(u->db, s, u->a, 1, LATER, counts, &more));
	assert_int_equal(value_count(counts), 0); /* kept for ever, or not old enough */
	assert_ok(setting_set(u->db, u->a, key, STR("retention.reports"), STR("99")));
	assert_ok(setting_set(u->db, u->a, key, STR("retention.drafts"), STR("30")));
	assert_ok(retention_count(u->db, u->a, RETENTION_REPORTS, LATER - 99 * CLOCK_DAY, 100, &n));
	assert_int_equal(n, 2);
	assert_ok(retention_run(u->db, s, u->a, 1, LATER, counts, &more));
	assert_true(more);
	assert_ok(retention_run(u->db, s, u->a, 1, LATER, counts, &more));
	assert_ok(retention_run(u->db, s, u->a, 1, LATER, counts, &more));
	assert_false(more);
	assert_int_equal(value_integer(value_get(counts, "reports")), 2);
	assert_int_equal(value_integer(value_get(counts, "drafts")), 1);
	assert_ok(retention_tell(u->db, u->a, "system", 0, counts, LATER));
	struct value *last;
	int64_t at;

	assert_ok(retention_last(u->db, u->a, &last, &at));
	assert_int_equal(at, LATER);
	assert_int_equal(value_integer(value_get(last, "reports")), 2);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(erases_a_declined_report),
		UNIT_DB_TEST(erases_what_is_in_a_closed_incident),
		UNIT_DB_TEST(keeps_what_another_incident_needs),
		UNIT_DB_TEST(erases_the_pictures_of_its_sites_only),
		UNIT_DB_TEST(a_picture_that_was_replaced_goes_with_its_undo),
		UNIT_DB_TEST(runs_by_the_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
