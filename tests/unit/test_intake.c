/* SPDX-License-Identifier: Apache-2.0 */
/* How reports arrive: stored once, filed to their thread, kept receipts. */
#include "unit_db.h"

#include "base/clock.h"
#include "blob/blob.h"
#include "directory/country.h"
#include "incident/incident_store.h"
#include "incident/intake_store.h"
#include "incident/message_store.h"
#include "incident/receipt.h"
#include "incident/report_store.h"
#include "incident/thread_store.h"
#include "mail/mail.h"
#include "text/value.h"

#define NOW INT64_C(1789700000000)

static const unsigned char key[32] = "an example of a key of 32 bytes";
static const char *const own[] = { "csirt@example.jp" };

static struct blob_store *
store_of(struct unit_db *u)
{
	struct blob_store *s = NULL;

	assert_ok(blob_store_open("", key, &s));
	arena_defer(u->a, (void (*)(void *))blob_store_free, s);
	return s;
}

static int64_t
number(struct unit_db *u, const char *what)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, u->a);
	db_sql_add(&s, "SELECT ");
	buf_text(s.text, what);
	assert_ok(db_query_sql(u->db, &q, &s));
	assert_true(db_row(q));
	int64_t n = db_int(q, 0);

	while (db_row(q))
		continue;
	assert_ok(db_end(q));
	return n;
}

/* Receiving */

static void
a_mail_is_stored_once(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *blobs = store_of(u);
	int64_t first, again, other, empty;
	struct str raw;

	assert_ok(db_begin_write(u->db));
	assert_ok(message_receive(u->db, blobs, u->a, STR("Subject: a\n\nb\n"), "mail", NOW, &first));
	assert_ok(message_receive(u->db, blobs, u->a, STR("Subject: a\n\nb\n"), "mail", NOW + 5, &again));
	assert_ok(message_receive(u->db, blobs, u->a, STR("Subject: a\n\nc\n"), "mail", NOW, &other));
	assert_ok(message_receive(u->db, blobs, u->a, STR_NULL, "mail", NOW, &empty));
	assert_ok(db_commit(u->db));
	assert_int_equal(first, again);
	assert_int_not_equal(first, other);
	assert_ok(db_begin_read(u->db));
	assert_int_equal(number(u, "COUNT(*) FROM message"), 3);
	assert_int_equal(number(u, "COUNT(*) FROM job WHERE kind = 'mail.read'"), 3);
	struct message m;

	assert_ok(message_get(u->db, u->a, first, &m));
	assert_ok(blob_get(blobs, u->db, u->a, m.raw_blob, 1000, &raw));
	assert_true(str_is(raw, "Subject: a\n\nb\n"));
	db_rollback(u->db);
}

/* Threads: a report of rep@, and a request to abuse@ that stands in an incident. */

struct threads {
	struct blob_store *blobs;
	int64_t report, incident, notification, sent, receipt;
	const char *report_ref, *incident_ref;
};

static int64_t
out(struct unit_db *u, struct threads *t, int64_t report, int64_t notification, const char *to,
    const char *message_key, const char *token)
{
	int64_t id;

	assert_ok(message_queue_out(u->db, t->blobs, u->a,
	    &(struct message_out){
		.report_id = report,
		.incident_id = notification == 0 ? 0 : t->incident,
		.notification_id = notification,
		.to = to,
		.subject = "s",
		.text = STR("t"),
		.lang = LANG_JA,
		.token = token,
		.send_at = NOW,
	    },
	    NOW, &id));
	assert_ok(db_run(u->db, "UPDATE message SET message_key = ?2, state = 'sent' WHERE id = ?1", DB_INT(id),
	    DB_TEXT(message_key)));
	return id;
}

static struct threads
threads(struct unit_db *u)
{
	struct threads t = { .blobs = store_of(u) };
	int64_t party;

	assert_ok(report_add(u->db, t.blobs, u->a,
	    &(struct report_new){ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "phishing",
		.title = "t", .text = STR("x"), .reporter_email = "rep@partner.example" },
	    NOW, &t.report, &t.report_ref));
	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "i", .rsit = "fraud/phishing", .actor_name = "x" }, NOW, &t.incident,
	    &t.incident_ref));
	assert_ok(db_insert(u->db, &party,
	    "INSERT INTO party (incident_id, role, org, email, lang) VALUES (?1, 'isp', 'ISP', ?2, 'en') RETURNING id",
	    DB_INT(t.incident), DB_TEXT("abuse@isp.example")));
	assert_ok(db_insert(u->db, &t.notification,
	    "INSERT INTO notification (incident_id, party_id, kind, state, token, subject, tlp, lang, created_at, "
	    "created_by, due_at) VALUES (?1, ?2, 'takedown', 'sent', 'secretsecretsecr', 's', 'AMBER', 'en', ?3, 0, ?4) "
	    "RETURNING id",
	    DB_INT(t.incident), DB_INT(party), DB_INT(NOW), DB_INT(NOW + 1000)));
	t.sent = out(u, &t, 0, t.notification, "abuse@isp.example", "request@csirt.example", "secretsecretsecr");
	t.receipt = out(u, &t, t.report, 0, "rep@partner.example", "receipt@csirt.example", "tokenofthereport");
	return t;
}

static struct thread
found(struct unit_db *u, const char *raw)
{
	struct mail m;
	struct mail_thread_keys keys;
	struct thread t;

	mail_open(u->a, str_of(raw), NULL, &m);
	mail_thread_keys(u->a, &m, own, COUNT(own), &keys);
	assert_ok(thread_find(u->db, u->a, &m, &keys, &t));
	return t;
}

static void
mails_find_their_thread(void **state)
{
	struct unit_db *u = unit_db(state);

	assert_ok(db_begin_write(u->db));
	struct threads t = threads(u);
	const struct {
		const char *raw;
		int64_t notification, report, bounced;
	} cases[] = {
		/* the secret of the thread, from anybody */
		{ "From: other@else.example\nTo: csirt+secretsecretsecr@example.jp\n\nx\n", t.notification, 0, 0 },
		{ "From: other@else.example\nTo: csirt+tokenofthereport@example.jp\n\nx\n", 0, t.report, 0 },
		{ "From: other@else.example\nTo: csirt+wrongtoken@example.jp\n\nx\n", 0, 0, 0 },
		{ "From: other@else.example\nTo: else+secretsecretsecr@example.jp\n\nx\n", 0, 0, 0 },
		/* references, from the party or its organisation only */
		{ "From: abuse@isp.example\nIn-Reply-To: <request@csirt.example>\n\nx\n", t.notification, 0, 0 },
		{ "From: noc@isp.example\nReferences: <a@b> <request@csirt.example>\n\nx\n", t.notification, 0, 0 },
		{ "From: evil@else.example\nIn-Reply-To: <request@csirt.example>\n\nx\n", 0, 0, 0 },
		{ "From: rep@partner.example\nIn-Reply-To: <receipt@csirt.example>\n\nx\n", 0, t.report, 0 },
		/* tags in brackets, the same way */
		{ arena_printf(u->a, "From: abuse@isp.example\nSubject: Re: [%s] s\n\nx\n", t.incident_ref), t.notification, 0, 0 },
		{ arena_printf(u->a, "From: evil@else.example\nSubject: Re: [%s] s\n\nx\n", t.incident_ref), 0, 0, 0 },
		{ arena_printf(u->a, "From: rep@partner.example\nSubject: [%s] s\n\nx\n", t.report_ref), 0, t.report, 0 },
		{ arena_printf(u->a, "From: rep@partner.example\nSubject: %s s\n\nx\n", t.report_ref), 0, 0, 0 },
		/* what came back, whoever brings it and wherever it was sent */
		{ "From: MAILER-DAEMON@mx.else.example\nTo: csirt@example.jp\nContent-Type: multipart/report; "
		  "report-type=delivery-status; boundary=b\n\n--b\n\nno such user\n--b\nContent-Type: "
		  "message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; abuse@isp.example\n"
		  "Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: "
		  "<request@csirt.example>\nSubject: s\n\nx\n--b--\n",
		    0, 0, t.sent },
		{ "From: MAILER-DAEMON@mx.else.example\nTo: csirt+secretsecretsecr@example.jp\nContent-Type: multipart/report; "
		  "report-type=delivery-status; boundary=b\n\n--b\n\nno such user\n--b\nContent-Type: "
		  "message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; abuse@isp.example\n"
		  "Action: failed\nStatus: 5.1.1\n\n--b--\n",
		    t.notification, 0, t.sent },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct thread f = found(u, cases[i].raw);

		if (f.notification_id != cases[i].notification || f.report_id != cases[i].report ||
		    f.bounced_id != cases[i].bounced)
			fail_msg("case %zu: notification %lld, report %lld, bounced %lld", i,
			    (long long)f.notification_id, (long long)f.report_id, (long long)f.bounced_id);
	}
	db_rollback(u->db);
}

/* Everybody can have an address at a large provider. */
static void
shared_domains_prove_nothing(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id;
	const char *ref;

	assert_ok(db_begin_write(u->db));
	assert_ok(report_add(u->db, store_of(u), u->a,
	    &(struct report_new){ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "phishing",
		.title = "t", .reporter_email = "one@gmail.com" },
	    NOW, &id, &ref));
	assert_int_equal(found(u, arena_printf(u->a, "From: one@gmail.com\nSubject: [%s]\n\n", ref)).report_id, id);
	assert_int_equal(found(u, arena_printf(u->a, "From: two@gmail.com\nSubject: [%s]\n\n", ref)).report_id, 0);
	db_rollback(u->db);
}

static int64_t
in(struct unit_db *u, struct threads *t, const char *raw)
{
	int64_t id;

	assert_ok(message_receive(u->db, t->blobs, u->a, str_of(raw), "mail", NOW, &id));
	return id;
}

static void
answers_end_the_silence_but_not_those_of_machines(void **state)
{
	struct unit_db *u = unit_db(state);

	assert_ok(db_begin_write(u->db));
	struct threads t = threads(u);

	assert_ok(thread_answer(u->db, u->a, t.notification, in(u, &t, "1"), "abuse@isp.example", true, NOW));
	assert_int_equal(number(u, "COUNT(*) FROM notification WHERE state = 'sent' AND due_at IS NOT NULL "
				   "AND unread = 1 AND answered_at IS NULL"), 1);
	assert_ok(thread_answer(u->db, u->a, t.notification, in(u, &t, "2"), "abuse@isp.example", false, NOW));
	assert_int_equal(number(u, "COUNT(*) FROM notification WHERE state = 'acknowledged' AND due_at IS NULL "
				   "AND unread = 2 AND answered_at IS NOT NULL"), 1);
	assert_ok(thread_bounce(u->db, u->a, t.sent, in(u, &t, "3"), "abuse@isp.example", "550 no", NOW));
	assert_int_equal(number(u, "COUNT(*) FROM notification WHERE state = 'bounced' AND unread = 3"), 1);
	assert_int_equal(number(u, "COUNT(*) FROM message WHERE state = 'bounced'"), 1);
	assert_ok(db_commit(u->db));
}

static void
more_from_the_reporter_is_seen(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct report_change declined = { .state = "declined", .owner_id = -1 };

	assert_ok(db_begin_write(u->db));
	struct threads t = threads(u);

	assert_ok(report_change(u->db, t.report, 0, &declined, NOW));
	assert_ok(thread_more(u->db, u->a, t.report, in(u, &t, "1"), "rep@partner.example", true, NOW));
	assert_int_equal(number(u, "COUNT(*) FROM report WHERE state = 'declined'"), 1);
	assert_ok(thread_more(u->db, u->a, t.report, in(u, &t, "2"), "rep@partner.example", false, NOW));
	assert_int_equal(number(u, "COUNT(*) FROM report WHERE state = 'new'"), 1);
	assert_int_equal(number(u, "n FROM gauge WHERE name = 'report/new'"), 1);
	assert_int_equal(number(u, "n FROM gauge WHERE name = 'report/declined'"), 0);
	assert_int_equal(number(u, "COUNT(*) FROM task"), 0);
	/* In an incident it is a task, one for all that waits. */
	assert_ok(incident_link(u->db, u->a, t.incident, t.report, "original", 0, "x", NOW));
	assert_ok(thread_more(u->db, u->a, t.report, in(u, &t, "3"), "rep@partner.example", false, NOW));
	assert_ok(thread_more(u->db, u->a, t.report, in(u, &t, "4"), "rep@partner.example", false, NOW));
	assert_int_equal(number(u, "COUNT(*) FROM task WHERE done_at IS NULL"), 1);
	assert_int_equal(number(u, "COUNT(*) FROM report WHERE state = 'accepted'"), 1);
	assert_ok(db_commit(u->db));
}

/* Forms */

static struct blob_in *
uploaded(struct blob_store *blobs, const char *text)
{
	struct blob_in *in = NULL;

	assert_ok(blob_in_open(blobs, &in));
	assert_ok(blob_in_write(in, text, strlen(text)));
	assert_ok(blob_in_end(in));
	return in;
}

static void
files_wait_for_their_form(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id, old, n;
	struct intake_file f;

	assert_ok(db_begin_write(u->db));
	struct threads t = threads(u);
	const struct intake_file waiting = { .name = "a.txt", .media_type = "text/plain" };
	AUTO(blob_in) one = uploaded(t.blobs, "one"), *two = uploaded(t.blobs, "two");

	assert_ok(intake_file_add(u->db, u->a, one, &waiting, NOW, &id));
	assert_ok(intake_file_add(u->db, u->a, two, &waiting, NOW - 100, &old));
	assert_ok(intake_file_waiting(u->db, u->a, id, &f));
	assert_string_equal(f.name, "a.txt");
	assert_int_equal(f.size, 3);
	assert_ok(intake_file_claim(u->db, id, t.report, 0));
	assert_err(intake_file_claim(u->db, id, t.report, 0), ERR_NOT_FOUND);
	assert_err(intake_file_waiting(u->db, u->a, id, &f), ERR_NOT_FOUND);
	assert_ok(intake_file_tidy(u->db, NOW - 50, &n));
	assert_int_equal(n, 1);
	assert_err(intake_file_waiting(u->db, u->a, old, &f), ERR_NOT_FOUND);
	assert_int_equal(number(u, "COUNT(*) FROM attachment"), 1);
	assert_ok(db_commit(u->db));
}

static void
words_sent_twice_are_one(void **state)
{
	struct unit_db *u = unit_db(state);
	bool again;
	int64_t id;

	assert_ok(db_begin_write(u->db));
	struct threads t = threads(u);
	const struct intake_words m = { .report_id = t.report, .text = STR("more"), .lang = LANG_EN };
	struct value *list = value_list(u->a);

	assert_ok(intake_words_again(u->db, t.blobs, u->a, &m, NOW, &again));
	assert_false(again);
	assert_ok(intake_words_add(u->db, t.blobs, &m, NOW, &id));
	assert_ok(intake_words_again(u->db, t.blobs, u->a, &m, NOW + 1000, &again));
	assert_true(again);
	assert_ok(intake_words_again(u->db, t.blobs, u->a, &m, NOW + 3600000, &again));
	assert_false(again);
	assert_ok(intake_messages(u->db, t.blobs, u->a, t.report, 10, list));
	assert_int_equal(value_count(list), 2);
	assert_string_equal(value_cstr(value_get(value_at(list, 1), "text")), "more");
	assert_ok(db_commit(u->db));
}

static void
receipts_hold(void **state)
{
	struct arena *a = *state;
	const char *mark = receipt_mark(a), *pass = receipt_passphrase(a, key, str_of(mark));
	static const unsigned char other[32] = "another key";

	assert_true(receipt_mark_valid(str_of(mark)));
	assert_false(receipt_mark_valid(STR("short")));
	assert_false(receipt_mark_valid(STR("abcdefghijklmnopqrstu;")));
	assert_int_equal(strlen(pass), 19);
	assert_string_equal(pass, receipt_passphrase(a, key, str_of(mark)));
	assert_string_not_equal(pass, receipt_passphrase(a, other, str_of(mark)));
	/* As people type it. */
	char *upper = arena_dup(a, pass);

	for (char *p = upper; *p != '\0'; p++)
		*p = *p == '-' ? ' ' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	assert_true(receipt_hash_equal(receipt_hash(a, str_of(pass)), receipt_hash(a, str_of(upper))));
	assert_false(receipt_hash_equal(NULL, receipt_hash(a, str_of(pass))));
	assert_false(receipt_hash_equal(receipt_hash(a, STR("x")), receipt_hash(a, STR("y"))));

	const char *s = receipt_sign(a, key, "file", "42", NOW);

	assert_string_equal(receipt_open(a, key, "file", str_of(s), NOW), "42");
	assert_null(receipt_open(a, key, "file", str_of(s), NOW + 1));
	assert_null(receipt_open(a, key, "status", str_of(s), NOW));
	assert_null(receipt_open(a, other, "file", str_of(s), NOW));
	assert_null(receipt_open(a, key, "file", str_of(arena_printf(a, "%s0", s)), NOW));
	assert_null(receipt_open(a, key, "file", STR_NULL, NOW));
	assert_null(receipt_open(a, key, "file", STR("..."), NOW));
}

static bool
ask(struct unit_db *u, const char *to, int64_t at)
{
	bool may;

	assert_ok(intake_ack_ask(u->db, u->a, 7, to, 3, 5, at, &may));
	return may;
}

static void
forged_senders_get_few_acknowledgements(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t sent, held;

	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < 3; i++)
		assert_true(ask(u, i == 1 ? "Victim@Example.jp" : "victim@example.jp", NOW + i));
	assert_false(ask(u, "VICTIM@example.jp", NOW + 10));
	assert_true(ask(u, "b@example.jp", NOW + 11));
	assert_true(ask(u, "c@example.jp", NOW + 12));
	assert_false(ask(u, "d@example.jp", NOW + 13)); /* all together */
	assert_ok(intake_ack_counts(u->db, NOW - 1, &sent, &held));
	assert_int_equal(sent, 5);
	assert_int_equal(held, 2);
	assert_true(ask(u, "victim@example.jp", NOW + CLOCK_HOUR + 20));
	assert_ok(intake_ack_tidy(u->db, NOW + CLOCK_HOUR));
	assert_int_equal(number(u, "COUNT(*) FROM acknowledgement"), 1);
	assert_ok(db_commit(u->db));
}

static void
countries_have_names(void **state)
{
	(void)state;
	assert_int_equal(country_count, 249);
	assert_string_equal(country_name(LANG_JA, "JP"), "日本");
	assert_string_equal(country_name(LANG_EN, "DE"), "Germany");
	assert_string_equal(country_name(LANG_EN, "ZZ"), "ZZ");
	assert_null(country_find(NULL));
	assert_null(country_find("jp"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(a_mail_is_stored_once),
		UNIT_DB_TEST(mails_find_their_thread),
		UNIT_DB_TEST(shared_domains_prove_nothing),
		UNIT_DB_TEST(answers_end_the_silence_but_not_those_of_machines),
		UNIT_DB_TEST(more_from_the_reporter_is_seen),
		UNIT_DB_TEST(files_wait_for_their_form),
		UNIT_DB_TEST(words_sent_twice_are_one),
		UNIT_DB_TEST(forged_senders_get_few_acknowledgements),
		UNIT_TEST(receipts_hold),
		UNIT_TEST(countries_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
