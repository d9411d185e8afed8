/* SPDX-License-Identifier: Apache-2.0 */
/* Parties and their threads in the database. */
#include "unit_db.h"

#include "blob/blob.h"
#include "incident/incident_store.h"
#include "incident/notification_store.h"
#include "incident/send_store.h"
#include "incident/thread_store.h"

#define NOW INT64_C(1789700000000)

static const struct actor by = { 1, "Hanako", NOW };
static const unsigned char blob_key[32] = { 7 };

static int64_t
incident(struct unit_db *u)
{
	int64_t id;

	assert_ok(db_run(u->db,
	    "INSERT INTO person (id, name, email, email_folded, password_hash, role, lang, zone, created_at) "
	    "VALUES (1, 'Hanako', 'h@example.jp', 'h@example.jp', '', 'handler', 'en', 'Asia/Tokyo', 0)"));
	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "x", .rsit = "fraud/phishing", .domestic = true, .owner_id = 1,
		.actor = 1, .actor_name = "Hanako" },
	    NOW, &id, NULL));
	return id;
}

static struct party
party(struct unit_db *u, int64_t incident_id, const char *email)
{
	struct party p = { .incident_id = incident_id, .role = "isp", .org = "Example", .email = email, .lang = "en" };
	int64_t id;

	assert_ok(party_add(u->db, u->a, &p, by, &id));
	assert_ok(party_get(u->db, u->a, incident_id, id, &p));
	return p;
}

static int64_t
number(struct unit_db *u, const char *what)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COALESCE(SUM(n), 0) FROM tally WHERE what = ?1", DB_TEXT(what)));
	return db_int(q, 0);
}

static struct notification
thread(struct unit_db *u, int64_t incident_id, int64_t id)
{
	struct notification n;

	assert_ok(notification_get(u->db, u->a, incident_id, id, &n));
	return n;
}

static struct message
message(struct unit_db *u, int64_t id)
{
	struct message m;

	assert_ok(message_get(u->db, u->a, id, &m));
	return m;
}

static void
write_letter(struct unit_db *u, struct blob_store *blobs, const struct party *p, int64_t to, const char *purpose,
    int64_t *ret_thread, int64_t *ret_message)
{
	assert_ok(notification_send(u->db, blobs, u->a, p,
	    &(struct notification_letter){ .notification_id = to, .kind = "takedown", .purpose = purpose,
		.subject = "Site", .full_subject = "[INC-2026-00001] [TLP:AMBER] Site", .body = STR("text"),
		.tlp = TLP_AMBER, .lang = LANG_EN, .send_at = NOW + 30000 },
	    by, ret_thread, ret_message));
}

static void
leave(struct unit_db *u, struct blob_store *blobs, int64_t id, const char *key)
{
	struct message m = message(u, id);

	assert_ok(send_store_done(u->db, blobs, u->a, &m,
	    &(struct send_done){ .message_key = key, .from_name = "CSIRT", .from_addr = "csirt@example.jp",
		.reply_to = "csirt+t@example.jp", .crypto = "none", .raw = STR("raw"), .silence_at = NOW + 99 },
	    NOW));
}

static struct blob_store *
blobs_of(struct unit_db *u)
{
	struct blob_store *blobs;

	assert_ok(blob_store_open(u->folder[0] == '\0' ? "" : u->folder, blob_key, &blobs));
	return blobs;
}

static void
parties_are_kept_and_come_back(void **state)
{
	struct unit_db *u = unit_db(state);
	struct party p, q;

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);

	p = party(u, i, "noc@example.net");
	assert_false(p.known);
	p.org = "Example Ltd";
	p.zone = "Europe/Berlin";
	assert_ok(party_change(u->db, u->a, &p, by));
	assert_err(party_change(u->db, u->a, &p, by), ERR_CONFLICT); /* the version has moved */
	assert_ok(party_get(u->db, u->a, i, p.id, &q));
	assert_string_equal(q.org, "Example Ltd");
	assert_string_equal(q.zone, "Europe/Berlin");
	assert_err(party_get(u->db, u->a, i + 1, p.id, &q), ERR_NOT_FOUND);
	assert_ok(party_remove(u->db, u->a, &p, by));
	assert_err(party_remove(u->db, u->a, &p, by), ERR_CONFLICT);
	assert_ok(party_restore(u->db, u->a, &p, by));
	assert_ok(db_commit(u->db));
}

static void
keys_are_found_by_party_then_by_address(void **state)
{
	struct unit_db *u = unit_db(state);
	struct pgp_key k, found;
	int64_t first, second;

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);
	struct party p = party(u, i, "noc@example.net");

	assert_ok(party_key_find(u->db, u->a, p.id, p.email, &found));
	assert_null(found.fingerprint);
	k = (struct pgp_key){ .fingerprint = "AA", .email = "noc@example.net", .armored = "a", .created_at = 1 };
	assert_ok(pgp_key_put(u->db, &k, by, &first));
	k = (struct pgp_key){ .fingerprint = "BB", .email = "other@example.net", .armored = "b", .created_at = 1,
		.expires_at = NOW - 1 };
	assert_ok(pgp_key_put(u->db, &k, by, &second));
	assert_ok(party_key_find(u->db, u->a, p.id, p.email, &found));
	assert_string_equal(found.fingerprint, "AA");
	p.key_id = second;
	assert_ok(party_change(u->db, u->a, &p, by));
	assert_ok(party_key_find(u->db, u->a, p.id, p.email, &found));
	assert_string_equal(found.fingerprint, "BB");
	/* The same key again only gets new dates. */
	k.expires_at = 0;
	assert_ok(pgp_key_put(u->db, &k, by, &first));
	assert_int_equal(first, second);
	assert_ok(db_commit(u->db));
}

static void
a_request_makes_it_coordinated_once(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) blobs = blobs_of(u);
	int64_t t, m, t2, m2;

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);
	struct party p = party(u, i, "noc@example.net");

	write_letter(u, blobs, &p, 0, "request", &t, &m);
	assert_string_equal(thread(u, i, t).state, "queued");
	assert_int_equal(number(u, "coordinated"), 0);
	leave(u, blobs, m, "k1@example.jp");
	assert_string_equal(thread(u, i, t).state, "sent");
	assert_int_equal(thread(u, i, t).due_at, NOW + 99);
	assert_int_equal(number(u, "coordinated"), 1);
	assert_ok(party_get(u->db, u->a, i, p.id, &p));
	assert_true(p.known);
	write_letter(u, blobs, &p, t, "reminder", &t2, &m2);
	assert_int_equal(t2, t);
	assert_string_equal(message(u, m2).reply_key, "k1@example.jp");
	leave(u, blobs, m2, "k2@example.jp");
	assert_int_equal(thread(u, i, t).reminders, 1);
	assert_int_equal(number(u, "coordinated"), 1);
	/* Known in the next incident at once. */
	struct party other = party(u, i, "noc@example.net");

	assert_true(other.known);
	assert_ok(db_commit(u->db));
}

static void
taken_back_it_was_never_a_request(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) blobs = blobs_of(u);
	struct notification n;
	int64_t t, m, left;

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);
	struct party p = party(u, i, "noc@example.net");
	struct message held;

	write_letter(u, blobs, &p, 0, "request", &t, &m);
	held = message(u, m);
	assert_ok(notification_cancel(u->db, u->a, &held, by, &left));
	assert_int_equal(left, 0);
	assert_err(notification_get(u->db, u->a, i, t, &n), ERR_NOT_FOUND);
	assert_string_equal(message(u, m).state, "cancelled");
	assert_err(notification_cancel(u->db, u->a, &held, by, &left), ERR_CONFLICT);
	assert_ok(db_commit(u->db));
}

static void
what_became_of_it(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) blobs = blobs_of(u);
	AUTO(db_stmt) task = NULL;
	struct notification n, old;
	int64_t t, m, in;

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);
	struct party p = party(u, i, "noc@example.net");

	write_letter(u, blobs, &p, 0, "request", &t, &m);
	leave(u, blobs, m, "k1@example.jp");
	assert_ok(message_receive(u->db, blobs, u->a, STR("From: noc@example.net\n\nok\n"), "mail", NOW, &in));
	assert_ok(thread_answer(u->db, u->a, t, in, "noc@example.net", false, NOW + 5));
	old = n = thread(u, i, t);
	assert_string_equal(n.state, "acknowledged");
	assert_int_equal(n.unread, 1);
	assert_int_equal(n.due_at, 0);
	assert_ok(notification_mark_read(u->db, u->a, &n, by));
	assert_int_equal(thread(u, i, t).unread, 0);
	assert_err(notification_set_state(u->db, u->a, &old, "actioned", by), ERR_CONFLICT);
	n = thread(u, i, t);
	assert_ok(notification_set_state(u->db, u->a, &n, "actioned", by));
	assert_int_equal(thread(u, i, t).acted_at, NOW);
	n = thread(u, i, t);
	assert_ok(notification_set_state(u->db, u->a, &n, "closed", by));
	assert_int_equal(thread(u, i, t).acted_at, NOW);
	/* Refused for good. */
	struct message out = message(u, m);

	assert_ok(send_store_failed(u->db, u->a, &out, "550 no such user", NOW));
	assert_string_equal(thread(u, i, t).state, "bounced");
	assert_ok(db_one(u->db, &task, "SELECT title, owner_id FROM task WHERE incident_id = ?1", DB_INT(i)));
	assert_non_null(strstr(db_text(task, 0), "noc@example.net"));
	assert_int_equal(db_int(task, 1), 1);
	assert_ok(db_end(task));
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(parties_are_kept_and_come_back),
		UNIT_DB_TEST(keys_are_found_by_party_then_by_address),
		UNIT_DB_TEST(a_request_makes_it_coordinated_once),
		UNIT_DB_TEST(taken_back_it_was_never_a_request),
		UNIT_DB_TEST(what_became_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
