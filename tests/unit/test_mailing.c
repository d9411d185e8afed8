/* SPDX-License-Identifier: Apache-2.0 */
/* Letters about many sites and their answers, on both databases. */
#include "unit_db.h"

#include "auth/auth.h"
#include "blob/blob.h"
#include "incident/incident_store.h"
#include "takedown/answer_store.h"
#include "takedown/brand_store.h"
#include "takedown/mailing_letter_store.h"
#include "takedown/owner_store.h"
#include "takedown/site_store.h"

#define NOW INT64_C(1789707900000)
#define MANY 250

static const struct actor by = { 1, "Hanako", NOW };
static const unsigned char key[32] = "thirty-two bytes for these tests";

/* A provider that has 192.0.2.0/24, and a national CSIRT for DE. */
static void
people(struct unit_db *u)
{
	assert_ok(db_run(u->db,
	    "INSERT INTO organisation (id, name, folded, kind, cc, lang, max_tlp, formats, source, created_at, updated_at) "
	    "VALUES (101, 'Example Hosting', 'example hosting', 'hosting', 'US', 'en', 'AMBER', 'table,csv', 'manual', 1, 1), "
	    "(102, 'CERT-XA', 'cert-xa', 'csirt', 'DE', 'en', 'AMBER', 'table', 'manual', 1, 1)"));
	assert_ok(db_run(u->db,
	    "INSERT INTO contact (id, organisation_id, purpose, email, source, source_at) VALUES "
	    "(101, 101, 'abuse', 'abuse@hosting.example', 'manual', 1), (102, 102, 'csirt', 'team@cert.example', 'manual', 1)"));
	assert_ok(db_run(u->db,
	    "INSERT INTO organisation_scope (organisation_id, kind, value) VALUES (101, 'prefix', '192.0.2.0/24'), "
	    "(102, 'country', 'DE')"));
	assert_ok(db_run(u->db, "INSERT INTO setting (key, value) VALUES ('team.email', 'csirt@csirt.example')"));
}

static int64_t
incident(struct unit_db *u)
{
	int64_t id;

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "Minato Example Bank", .rsit = "fraud/phishing", .domestic = true, .actor = 1,
		.actor_name = "Hanako" },
	    NOW, &id, NULL));
	return id;
}

static int64_t
site(struct unit_db *u, int64_t incident_id, int number, const char *address, const char *cc)
{
	struct site s = { 0 };
	int64_t id;
	bool is_new;

	assert_ok(site_read(u->a, str_of(arena_printf(u->a, "http://s%d.example.com/login", number)), &s));
	s.incident_id = incident_id;
	s.address = address;
	s.cc = cc;
	s.reported_at = NOW;
	assert_ok(site_add(u->db, u->a, &s, 0, by, &id, &is_new));
	return id;
}

static struct mailing
mailing(struct unit_db *u, const char *purpose, const int64_t *sites, size_t n, size_t want)
{
	struct mailing m;
	int64_t id;
	size_t in;

	assert_ok(mailing_add(u->db, u->a, purpose, 0, by, &id));
	assert_ok(mailing_add_sites(u->db, u->a, id, sites, n, NULL, &in));
	assert_int_equal(in, want);
	assert_ok(mailing_get(u->db, u->a, id, &m));
	assert_ok(mailing_group(u->db, u->a, &m, NOW));
	assert_ok(mailing_get(u->db, u->a, id, &m));
	return m;
}

static struct mailing_letter *
letters(struct unit_db *u, const struct mailing *m, const struct user *viewer, size_t want)
{
	struct mailing_letter *list;
	size_t n;

	assert_ok(mailing_letter_list(u->db, u->a, m->id, viewer, &list, &n));
	assert_int_equal(n, want);
	return list;
}

static size_t
rows(struct unit_db *u, const struct mailing *m, int64_t letter)
{
	struct mailing_row *row;
	size_t n;

	assert_ok(mailing_row_list(u->db, u->a, m->id, letter, NULL, MAILING_SITES, &row, &n));
	return n;
}

static void
few_sites_are_grouped_at_once(void **state)
{
	struct unit_db *u = unit_db(state);
	struct user stranger = { .id = 77, .role = ROLE_HANDLER };

	assert_ok(db_begin_write(u->db));
	people(u);
	int64_t one = incident(u), secret = incident(u), ids[6];

	ids[0] = site(u, one, 0, "192.0.2.1", "US");
	ids[1] = site(u, one, 1, "192.0.2.2", "US");
	ids[2] = site(u, one, 2, "203.0.113.1", "DE");
	ids[3] = site(u, one, 3, NULL, NULL);
	ids[4] = site(u, secret, 4, "192.0.2.3", "US");
	ids[5] = site(u, one, 5, "192.0.2.4", "US");
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(secret)));
	assert_ok(db_run(u->db, "UPDATE site SET state = 'stopped' WHERE id = ?1", DB_INT(ids[5])));
	struct mailing m = mailing(u, "request", ids, 6, 5);
	struct mailing_letter *l = letters(u, &m, NULL, 3);

	assert_string_equal(m.state, "draft");
	assert_string_equal(l[0].email, "abuse@hosting.example");
	assert_string_equal(l[0].route, "isp");
	assert_int_equal(l[0].sites, 2);
	assert_string_equal(l[1].route, "csirt");
	assert_int_equal(l[2].restricted_id, secret); /* alone, and seen by nobody else */
	(void)letters(u, &m, &stranger, 2);
	assert_int_equal(rows(u, &m, MAILING_UNKNOWN), 1);

	/* somebody else's selection never brings in what its owner may not see */
	int64_t id;
	size_t in;

	assert_ok(mailing_add(u->db, u->a, "request", 0, by, &id));
	assert_ok(mailing_add_sites(u->db, u->a, id, ids, 6, &stranger, &in));
	assert_int_equal(in, 4);

	/* a draft changes, is held, taken back, thrown away */
	assert_ok(mailing_take_letter(u->db, m.id, l[0].id, true));
	assert_err(mailing_take_letter(u->db, m.id, 9999, true), ERR_NOT_FOUND);
	assert_ok(mailing_take_site(u->db, m.id, ids[2], true));
	assert_true(letters(u, &m, NULL, 3)[0].taken_out);
	assert_int_equal(letters(u, &m, NULL, 3)[1].sites, 0);
	assert_ok(mailing_set_tlp(u->db, &m, "GREEN"));
	assert_ok(mailing_set_words(u->db, &m, LANG_EN, &(struct mailing_words){ "Stop {n}", "{sites} {link}" }));
	assert_err(mailing_hold(u->db, u->a, &m, "", NOW + 1000, by), ERR_CONFLICT); /* its version has moved */
	assert_ok(mailing_get(u->db, u->a, m.id, &m));
	assert_ok(mailing_hold(u->db, u->a, &m, "clear", NOW + 1000, by));
	assert_ok(mailing_get(u->db, u->a, m.id, &m));
	assert_string_equal(m.state, "held");
	assert_err(mailing_set_tlp(u->db, &m, NULL), ERR_CONFLICT);
	assert_err(mailing_drop(u->db, u->a, &m, by), ERR_CONFLICT);
	assert_ok(mailing_cancel(u->db, u->a, &m, by));
	assert_err(mailing_cancel(u->db, u->a, &m, by), ERR_CONFLICT);
	assert_ok(mailing_drop(u->db, u->a, &m, by));
	assert_ok(db_commit(u->db));
}

static void
many_sites_go_in_pieces(void **state)
{
	struct unit_db *u = unit_db(state);
	struct mailing_choice *list;
	int64_t ids[MANY], done, total;
	size_t n;
	int pieces = 0;

	assert_ok(db_begin_write(u->db));
	people(u);
	int64_t one = incident(u);

	for (int i = 0; i < MANY; i++)
		ids[i] = site(u, one, i, i % 50 == 0 ? NULL : "192.0.2.9", NULL);
	struct mailing m = mailing(u, "request", ids, MANY, MANY);

	assert_string_equal(m.state, "preparing");
	assert_err(mailing_hold(u->db, u->a, &m, "", NOW, by), ERR_CONFLICT);
	(void)letters(u, &m, NULL, 0);
	while (strcmp(m.state, "preparing") == 0) {
		assert_ok(mailing_choose(u->db, u->a, &m, MAILING_PIECE, &list, &n));
		assert_ok(mailing_put(u->db, u->a, &m, list, n, NOW));
		assert_ok(mailing_progress(u->db, m.id, &done, &total));
		assert_int_equal(total, MANY);
		assert_int_equal(done, ++pieces * MAILING_PIECE < MANY ? pieces * MAILING_PIECE : MANY);
		assert_ok(mailing_get(u->db, u->a, m.id, &m));
	}
	assert_int_equal(pieces, 3);
	assert_string_equal(m.state, "draft");
	assert_int_equal(letters(u, &m, NULL, 1)->sites, MANY - 5);
	assert_int_equal(rows(u, &m, MAILING_UNKNOWN), 5);
	/* again for the few that have none */
	assert_ok(mailing_group(u->db, u->a, &m, NOW));
	assert_int_equal(rows(u, &m, MAILING_UNTRIED), 0);
	assert_int_equal(rows(u, &m, MAILING_ALL), MANY);
	assert_ok(mailing_drop(u->db, u->a, &m, by));
	assert_ok(db_commit(u->db));
}

/* A letter with two sites that has left; its secret is ${token}. */
static struct mailing_letter
sent(struct unit_db *u, struct blob_store *blobs, const int64_t *ids, const char *token, struct mailing *ret)
{
	struct mailing m = mailing(u, "request", ids, 2, 2);
	struct mailing_letter l = letters(u, &m, NULL, 1)[0];
	int64_t next;

	assert_ok(mailing_hold(u->db, u->a, &m, "clear,named", NOW, by));
	assert_ok(mailing_get(u->db, u->a, m.id, &m));
	assert_ok(mailing_next(u->db, m.id, &next));
	assert_int_equal(next, l.id);
	assert_ok(mailing_queue(u->db, blobs, u->a, &m, &l, by));
	assert_ok(mailing_next(u->db, m.id, &next));
	assert_int_equal(next, 0);
	assert_ok(mailing_set_state(u->db, m.id, "sent", NOW));
	assert_ok(db_run(u->db, "UPDATE mailing_letter SET token_hash = ?2 WHERE id = ?1", DB_INT(l.id),
	    DB_TEXT(mailing_token_hash(u->a, str_of(token)))));
	l = letters(u, &m, NULL, 1)[0];
	assert_null(l.blocked);
	assert_true(l.message_id != 0);
	assert_ok(db_run(u->db, "UPDATE message SET state = 'sent', sent_at = ?2 WHERE id = ?1", DB_INT(l.message_id), DB_INT(NOW)));
	assert_ok(db_run(u->db, "UPDATE notification SET state = 'sent', sent_at = ?2, due_at = ?3 WHERE id = ?1",
	    DB_INT(l.lead_id), DB_INT(NOW), DB_INT(NOW + CLOCK_DAY)));
	assert_ok(mailing_sent(u->db, u->a, l.message_id, NOW));
	*ret = m;
	return l;
}

static const char *
answer_of(struct unit_db *u, int64_t id)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COALESCE(answer, '-') FROM notification_site WHERE site_id = ?1", DB_INT(id)));
	return db_dup(u->a, q, 0);
}

static void
a_link_takes_one_answer_for_its_sites(void **state)
{
	static const char token[] = "a-secret-of-the-letter-has-forty-three-char", other[] = "another";
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) blobs = NULL;
	struct mailing_letter l, found;
	struct mailing m;
	struct site s;

	assert_ok(blob_store_open(u->folder, key, &blobs));
	assert_ok(db_begin_write(u->db));
	people(u);
	int64_t one = incident(u), two = incident(u), a[2], b[2];

	for (int i = 0; i < 2; i++) {
		a[i] = site(u, i == 0 ? one : two, i, "192.0.2.1", "US");
		b[i] = site(u, one, 10 + i, "192.0.2.1", "US");
	}
	l = sent(u, blobs, a, token, &m);
	(void)sent(u, blobs, b, other, &m);
	assert_ok(site_get(u->db, u->a, a[1], NULL, &s));
	assert_string_equal(s.state, "notified");
	assert_int_equal(s.notified_at, NOW);

	assert_err(answer_find(u->db, u->a, STR("nonsense"), NOW, &found), ERR_NOT_FOUND);
	assert_err(answer_find(u->db, u->a, STR("a-secret-of-the-letter-has-forty-three-chaR"), NOW, &found), ERR_NOT_FOUND);
	assert_err(answer_find(u->db, u->a, str_of(token), NOW + 400 * CLOCK_DAY, &found), ERR_NOT_FOUND);
	assert_ok(answer_find(u->db, u->a, str_of(token), NOW + 1, &found));
	assert_int_equal(found.id, l.id);
	struct actor them = { 0, "abuse@hosting.example", NOW + CLOCK_HOUR };

	assert_ok(answer_take(u->db, u->a, &found,
	    (struct answer[]){ { a[0], "done", NULL }, { a[1], "not-ours", "moved away" }, { b[0], "done", NULL } }, 3, them));
	assert_string_equal(answer_of(u, a[0]), "done");
	assert_string_equal(answer_of(u, a[1]), "not-ours");
	assert_string_equal(answer_of(u, b[0]), "-"); /* of another letter */
	/* said to have stopped: looked at, not believed */
	assert_ok(site_get(u->db, u->a, a[0], NULL, &s));
	assert_string_equal(s.state, "notified");
	assert_int_equal(s.next_check_at, them.now);
	assert_err(answer_take(u->db, u->a, &found, &(struct answer){ a[0], "told", NULL }, 1, them), ERR_CONFLICT);
	assert_ok(answer_find(u->db, u->a, str_of(token), NOW + 1, &found));
	assert_int_equal(found.answered_at, them.now);
	assert_ok(answer_reopen(u->db, u->a, &found, NOW + 30 * CLOCK_DAY, by));
	assert_err(answer_reopen(u->db, u->a, &found, NOW, by), ERR_CONFLICT);
	assert_ok(answer_find(u->db, u->a, str_of(token), NOW + 1, &found));
	assert_ok(answer_take(u->db, u->a, &found, &(struct answer){ a[1], "told", NULL }, 1, them));
	assert_string_equal(answer_of(u, a[1]), "told");
	assert_ok(db_commit(u->db));
}

static void
who_is_silent_is_reminded(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) blobs = NULL;
	struct user all = { .id = 1, .role = ROLE_ADMIN };
	struct mailing_waiting *w;
	struct mailing_letter *l;
	struct mailing m;
	size_t n;
	int64_t id, *sites;

	assert_ok(blob_store_open(u->folder, key, &blobs));
	assert_ok(db_begin_write(u->db));
	people(u);
	int64_t one = incident(u);
	int64_t ids[2] = { site(u, one, 0, "192.0.2.1", "DE"), site(u, one, 1, "192.0.2.1", "DE") };
	struct mailing_letter first = sent(u, blobs, ids, "a secret", &m);

	assert_ok(mailing_waiting_list(u->db, u->a, &all, NOW + CLOCK_HOUR, 1, 10, &w, &n));
	assert_int_equal(n, 0);
	assert_ok(mailing_waiting_list(u->db, u->a, &all, NOW + 2 * CLOCK_DAY, 1, 10, &w, &n));
	assert_int_equal(n, 1);
	assert_int_equal(w[0].lead_id, first.lead_id);
	assert_int_equal(w[0].sites, 2);
	assert_true(w[0].remind);
	assert_ok(mailing_add(u->db, u->a, "reminder", 0, by, &id));
	assert_ok(mailing_remind(u->db, u->a, id, first.lead_id));
	assert_ok(mailing_get(u->db, u->a, id, &m));
	l = letters(u, &m, NULL, 1);
	assert_int_equal(l[0].first_id, first.lead_id);
	assert_int_equal(l[0].sites, 2);

	/* then the next on the way */
	assert_ok(mailing_waiting_sites(u->db, u->a, first.lead_id, &sites, &n));
	assert_int_equal(n, 2);
	m = mailing(u, "escalation", sites, n, 2);
	l = letters(u, &m, NULL, 1);
	assert_string_equal(l[0].email, "team@cert.example");
	assert_string_equal(l[0].route, "csirt");
	assert_ok(db_commit(u->db));
}

static void
the_hour_of_a_daily_notice(void **state)
{
	const int64_t day = INT64_C(1789657200000); /* 2026-09-18 00:00 in Tokyo */

	(void)state;
	assert_int_equal(owner_next_hour(zone_tokyo(), 9, day), day + 9 * CLOCK_HOUR);
	assert_int_equal(owner_next_hour(zone_tokyo(), 9, day + 9 * CLOCK_HOUR), day + CLOCK_DAY + 9 * CLOCK_HOUR);
	assert_int_equal(owner_next_hour(zone_tokyo(), 0, day + 1), day + CLOCK_DAY);
	assert_int_equal(owner_next_hour(zone_tokyo(), 23, day + 23 * CLOCK_HOUR - 1), day + 23 * CLOCK_HOUR);
}

static int64_t
count(struct unit_db *u, const char *table)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(strcmp(table, "owner_due") == 0 ? db_one(u->db, &q, "SELECT COUNT(*) FROM owner_due")
	    : strcmp(table, "job") == 0		  ? db_one(u->db, &q, "SELECT COUNT(*) FROM job WHERE kind = 'owner.notice'")
	    : strcmp(table, "site") == 0	  ? db_one(u->db, &q, "SELECT COUNT(*) FROM notification_site")
						  : db_one(u->db, &q, "SELECT COUNT(*) FROM mailing"));
	return db_int(q, 0);
}

static int64_t
branded(struct unit_db *u, int64_t incident_id, int number, const char *brand)
{
	struct site s = { 0 };
	int64_t id;
	bool is_new;

	assert_ok(site_read(u->a, str_of(arena_printf(u->a, "http://b%d.example.com/login", number)), &s));
	s.incident_id = incident_id;
	s.brand = brand;
	s.reported_at = NOW;
	assert_ok(site_add(u->db, u->a, &s, 0, by, &id, &is_new));
	return id;
}

static void
the_owner_of_a_brand_is_told_once(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(blob_store) blobs = NULL;
	struct mailing_letter *l;
	struct mailing_waiting *w;
	struct user all = { .id = 1, .role = ROLE_ADMIN };
	struct mailing_made made;
	struct mailing m;
	struct brand b;
	struct site s;
	int64_t brand, held, open, secret, later, strict;
	size_t n;

	assert_ok(blob_store_open(u->folder, key, &blobs));
	assert_ok(db_begin_write(u->db));
	people(u);
	open = incident(u);
	secret = incident(u);
	strict = incident(u);
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(secret)));
	assert_ok(db_run(u->db, "UPDATE incident SET tlp = 'GREEN' WHERE id = ?1", DB_INT(open)));
	assert_ok(db_run(u->db, "UPDATE incident SET tlp = 'AMBER+STRICT' WHERE id = ?1", DB_INT(strict)));

	/* nobody asked for it: nothing is due */
	(void)branded(u, open, 0, "Minato");
	assert_int_equal(count(u, "owner_due"), 0);
	assert_ok(brand_find(u->db, u->a, "Minato", &brand));
	assert_ok(brand_get(u->db, u->a, brand, &b));
	b.watched = true;
	b.organisation_id = 101;
	assert_ok(brand_change(u->db, u->a, &b, by));

	int64_t one = branded(u, open, 1, "Minato"), two = branded(u, open, 2, "Minato");

	(void)branded(u, secret, 3, "Minato");
	(void)branded(u, strict, 4, "Minato");
	(void)branded(u, open, 5, "Other");
	later = branded(u, open, 6, NULL);
	assert_int_equal(count(u, "owner_due"), 4);
	assert_int_equal(count(u, "job"), 1);
	/* a site that gets the brand later is one of them */
	assert_ok(site_get(u->db, u->a, later, NULL, &s));
	s.brand_id = brand;
	assert_ok(site_change(u->db, u->a, &s, by));
	assert_int_equal(count(u, "owner_due"), 5);

	/* one letter that leaves by itself, one that waits for a person */
	assert_ok(owner_notice(u->db, blobs, u->a, brand, NOW, &held));
	assert_int_not_equal(held, 0);
	assert_int_equal(count(u, "owner_due"), 0);
	assert_int_equal(count(u, "mailing"), 2);
	assert_ok(mailing_get(u->db, u->a, held, &m));
	assert_string_equal(m.state, "held");
	assert_string_equal(m.purpose, MAILING_OWNER);
	l = letters(u, &m, NULL, 1);
	assert_int_equal(l[0].sites, 3);
	assert_int_equal(l[0].tlp, TLP_GREEN);
	assert_ok(mailing_make(u->db, blobs, u->a, &m, &l[0], NULL, NULL, NULL, NOW, &made));
	assert_non_null(strstr(made.subject, "Minato: 3"));
	assert_non_null(strstr(made.text, "hxxp://b1"));
	assert_null(strstr(made.text, "b3"));

	/* held like others: taken back, sent off by a person */
	assert_ok(mailing_cancel(u->db, u->a, &m, by));
	assert_ok(mailing_get(u->db, u->a, held, &m));
	assert_string_equal(m.state, "draft");
	/* an incident that is restricted in the meantime is left out */
	assert_ok(site_get(u->db, u->a, two, NULL, &s));
	assert_ok(db_run(u->db, "UPDATE site SET incident_id = ?2 WHERE id = ?1", DB_INT(two), DB_INT(secret)));
	assert_ok(mailing_queue(u->db, blobs, u->a, &m, &l[0], by));
	l = letters(u, &m, NULL, 1);
	assert_int_not_equal(l[0].message_id, 0);
	assert_null(l[0].blocked);
	assert_int_equal(l[0].token_until, 0);
	assert_int_equal(count(u, "site"), 0);
	struct value *told = value_list(u->a);

	assert_ok(owner_told(u->db, u->a, one, told));
	assert_int_equal(value_count(told), 1);
	assert_int_not_equal(value_integer(value_get(value_at(told, 0), "thread")), 0);

	/* it is no request: not notified, never silent, not even when it bounced */
	assert_ok(db_run(u->db, "UPDATE notification SET state = 'bounced', sent_at = ?1", DB_INT(NOW)));
	assert_ok(mailing_waiting_list(u->db, u->a, &all, NOW + 30 * CLOCK_DAY, 1, 10, &w, &n));
	assert_int_equal(n, 0);
	assert_ok(site_get(u->db, u->a, one, NULL, &s));
	assert_int_equal(s.notified_at, 0);
	assert_string_equal(s.state, "reported");

	/* told once: the same brand again makes nothing due; off forgets what is */
	assert_ok(owner_site(u->db, u->a, one, brand, NOW));
	assert_int_equal(count(u, "owner_due"), 0);
	(void)branded(u, open, 7, "Minato");
	assert_int_equal(count(u, "owner_due"), 1);
	assert_ok(brand_get(u->db, u->a, brand, &b));
	b.watched = false;
	assert_ok(brand_change(u->db, u->a, &b, by));
	assert_int_equal(count(u, "owner_due"), 0);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(few_sites_are_grouped_at_once),
		UNIT_DB_TEST(many_sites_go_in_pieces),
		UNIT_DB_TEST(a_link_takes_one_answer_for_its_sites),
		UNIT_DB_TEST(who_is_silent_is_reminded),
		cmocka_unit_test(the_hour_of_a_daily_notice),
		UNIT_DB_TEST(the_owner_of_a_brand_is_told_once),
	};

	return cmocka_run_group_tests_name("mailing", tests, NULL, NULL);
}
