/* SPDX-License-Identifier: Apache-2.0 */
/* Sites: what follows from a check, their clocks, their records. */
#include "unit_db.h"

#include "incident/incident_store.h"
#include "takedown/board_priv.h"
#include "takedown/board_store.h"
#include "takedown/brand_store.h"
#include "takedown/course_store.h"
#include "takedown/site_store.h"

/* 2026-09-18 14:05 in Tokyo, a Friday before a five-day weekend. */
#define NOW INT64_C(1789707900000)
#define HOLD (2 * CLOCK_HOUR)
#define WATCH (14 * CLOCK_DAY)

static const struct actor by = { 1, "Hanako", NOW };

static struct site_verdict
judge(struct site *s, const char *result, int64_t at)
{
	struct site_verdict v = site_judge(s, &(struct site_finding){ .at = at, .result = result }, HOLD, WATCH);

	s->state = v.state;
	s->gone_since = v.gone_since;
	if (v.stopped)
		s->stopped_at = v.gone_since;
	return v;
}

static void
one_404_is_not_stopped(void **state)
{
	struct site s = { .state = "notified", .reported_at = NOW, .notified_at = NOW };
	struct site_verdict v;

	(void)state;
	v = judge(&s, "gone", NOW + CLOCK_HOUR);
	assert_string_equal(v.state, "notified");
	assert_int_equal(v.gone_since, NOW + CLOCK_HOUR);
	assert_int_equal(v.next_check_at, NOW + CLOCK_HOUR + HOLD);
	/* too soon after the first */
	v = judge(&s, "gone", NOW + CLOCK_HOUR + CLOCK_MINUTE);
	assert_false(v.stopped);
	assert_int_equal(v.next_check_at, NOW + CLOCK_HOUR + HOLD);
	/* "spoke too soon, still live" */
	v = judge(&s, "alive", NOW + 2 * CLOCK_HOUR);
	assert_string_equal(v.state, "alive");
	assert_int_equal(v.gone_since, 0);
	v = judge(&s, "no-name", NOW + 4 * CLOCK_HOUR);
	assert_false(v.stopped);
	v = judge(&s, "timeout", NOW + 5 * CLOCK_HOUR);
	assert_string_equal(v.state, "unreachable");
	v = judge(&s, "refused", NOW + 6 * CLOCK_HOUR);
	assert_true(v.stopped);
	assert_string_equal(v.state, "stopped");
	assert_int_equal(v.gone_since, NOW + 4 * CLOCK_HOUR);
}

static void
reopened_is_noticed_until_watched_long_enough(void **state)
{
	struct site s = { .state = "stopped", .reported_at = NOW, .stopped_at = NOW };
	struct site_verdict v;

	(void)state;
	v = judge(&s, "gone", NOW + CLOCK_DAY);
	assert_string_equal(v.state, "stopped");
	assert_false(v.stopped);
	assert_true(v.next_check_at > NOW + CLOCK_DAY);
	v = judge(&s, "timeout", NOW + 2 * CLOCK_DAY);
	assert_string_equal(v.state, "stopped");
	v = judge(&s, "alive", NOW + 3 * CLOCK_DAY);
	assert_true(v.reopened);
	assert_string_equal(v.state, "reopened");
	v = judge(&s, "alive", NOW + 4 * CLOCK_DAY);
	assert_false(v.reopened);
	s = (struct site){ .state = "stopped", .reported_at = NOW, .stopped_at = NOW };
	v = judge(&s, "gone", NOW + WATCH + 1);
	assert_int_equal(v.next_check_at, 0);
	/* what may not be checked is not asked again */
	s = (struct site){ .state = "reported", .reported_at = NOW };
	v = judge(&s, "blocked", NOW);
	assert_int_equal(v.next_check_at, 0);
	assert_string_equal(v.state, "reported");
}

static void
days_are_business_days_from_the_request(void **state)
{
	struct site s = { .reported_at = NOW };

	(void)state;
	assert_int_equal(site_days(&s, &business_tokyo, NOW + CLOCK_HOUR), 0);
	/* Fri 18 September to Thu 24: three closed days and a weekend between */
	assert_int_equal(site_days(&s, &business_tokyo, NOW + 6 * CLOCK_DAY), 1);
	s.notified_at = NOW + 6 * CLOCK_DAY;
	assert_int_equal(site_days(&s, &business_tokyo, NOW + 7 * CLOCK_DAY), 1);
	/* stopped before anybody was asked */
	assert_int_equal(site_days(&s, &business_tokyo, NOW + CLOCK_HOUR), 0);
	assert_string_equal(site_days_bucket(0), "0-3");
	assert_string_equal(site_days_bucket(4), "4-7");
	assert_string_equal(site_days_bucket(10), "8-10");
	assert_string_equal(site_days_bucket(11), "11+");
}

static int64_t
incident(struct unit_db *u)
{
	int64_t id;

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "みなと例示銀行", .rsit = "fraud/phishing", .domestic = true,
		.actor = 1, .actor_name = "Hanako" },
	    NOW, &id, NULL));
	return id;
}

static struct site
added(struct unit_db *u, int64_t incident_id, const char *url, const char *brand)
{
	struct site s;
	int64_t id;
	bool is_new;

	assert_ok(site_add(u->db, u->a,
	    &(struct site){ .incident_id = incident_id, .url = url, .host = "login.example.com",
		.domain = "example.com", .tld = "com", .brand = brand, .reported_at = NOW },
	    NOW, by, &id, &is_new));
	assert_ok(site_get(u->db, u->a, id, NULL, &s));
	return s;
}

static void
site_goes_from_report_to_stop_and_back(void **state)
{
	struct unit_db *u = unit_db(state);
	struct site s, again;
	struct site_verdict v;
	struct site_check *checks;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);

	s = added(u, i, "https://login.example.com/", "みなと例示銀行");
	again = added(u, i, "https://login.example.com/", "みなと例示銀行");
	assert_int_equal(s.id, again.id);
	assert_string_equal(s.brand, "みなと例示銀行");
	assert_string_equal(s.state, "reported");
	assert_string_equal(s.sector, "unclassified");
	assert_ok(site_notified(u->db, u->a, &s, 0, "isp", by));
	assert_ok(site_get(u->db, u->a, s.id, NULL, &s));
	assert_string_equal(s.state, "notified");
	assert_int_equal(s.notified_at, NOW);
	assert_int_equal(s.step, 1);
	for (int k = 1; k <= 2; k++) {
		assert_ok(site_checked(u->db, u->a, &s,
		    &(struct site_check){ .site_id = s.id, .at = NOW + 4 * k * CLOCK_HOUR, .vantage = "direct",
			.method = "http", .result = "gone", .http_status = 404 },
		    HOLD, WATCH, &business_tokyo, by, &v));
		assert_ok(site_get(u->db, u->a, s.id, NULL, &s));
	}
	assert_string_equal(s.state, "stopped");
	assert_int_equal(s.stopped_at, NOW + 4 * CLOCK_HOUR);
	assert_string_equal(s.stopped_by, "check");
	assert_int_equal(s.days, 0);
	assert_ok(site_reopen(u->db, u->a, &s, "seen again", by));
	assert_ok(site_get(u->db, u->a, s.id, NULL, &s));
	assert_string_equal(s.state, "reopened");
	assert_int_equal(s.reopened, 1);
	assert_ok(site_stop(u->db, u->a, &s, "the provider says so", "answer", &business_tokyo, by));
	assert_ok(site_check_list(u->db, u->a, s.id, 10, &checks, &n));
	assert_int_equal(n, 4);
	assert_string_equal(checks[0].error, "the provider says so");
	assert_ok(db_commit(u->db));
}

static void
site_of_a_restricted_incident_is_not_found(void **state)
{
	struct unit_db *u = unit_db(state);
	struct site s;
	struct user stranger = { .id = 77, .role = ROLE_HANDLER };

	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);

	s = added(u, i, "https://login.example.com/", NULL);
	assert_ok(site_get(u->db, u->a, s.id, &stranger, &s));
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(i)));
	assert_int_equal(site_get(u->db, u->a, s.id, &stranger, &s), ERR_NOT_FOUND);
	assert_ok(site_get(u->db, u->a, s.id, NULL, &s));
	assert_ok(db_commit(u->db));
}

static void
a_brand_is_one_whatever_its_letters(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t one, two;

	assert_ok(db_begin_write(u->db));
	assert_ok(brand_need(u->db, u->a, "Minato Bank", by, &one));
	assert_ok(brand_need(u->db, u->a, "ＭＩＮＡＴＯ bank", by, &two));
	assert_int_equal(one, two);
	assert_ok(brand_find(u->db, u->a, "none", &two));
	assert_int_equal(two, 0);
	assert_ok(db_commit(u->db));
}

/* March 2005: one bank, three countries. */
static void
course_of_three_countries(void **state)
{
	struct course_event e[] = {
		{ .at = 40, .kind = COURSE_STOP, .party = 3, .site = "kr" },
		{ .at = 10, .kind = COURSE_OPEN },
		{ .at = 10, .kind = COURSE_REPORT, .name = "bank" },
		{ .at = 20, .kind = COURSE_REQUEST, .party = 3 },
		{ .at = 21, .kind = COURSE_REQUEST, .party = 4 },
		{ .at = 22, .kind = COURSE_REQUEST, .party = 5 },
		{ .at = 30, .kind = COURSE_ANSWER, .party = 3 },
		{ .at = 60, .kind = COURSE_REMINDER, .party = 5 },
		{ .at = 90, .kind = COURSE_STOP, .party = 4, .site = "pl" },
	};

	(void)state;
	course_order(e, COUNT(e));
	assert_int_equal(e[0].kind, COURSE_REPORT);
	assert_int_equal(e[0].from, -1);
	assert_int_equal(e[1].kind, COURSE_OPEN);
	assert_int_equal(e[1].from, 0);
	for (int i = 2; i < 5; i++)
		assert_int_equal(e[i].from, 1);
	assert_int_equal(e[5].from, 2); /* the answer of Korea */
	assert_false(e[2].open);
	assert_true(e[3].open);
	assert_int_equal(e[6].kind, COURSE_STOP);
	assert_int_equal(e[6].from, 5);
	assert_int_equal(e[7].from, 4); /* the reminder to Uruguay */
	assert_true(e[7].open);
	assert_int_equal(e[8].from, 3); /* Poland stopped without an answer */
	assert_int_equal(course_time_to_stop(e, COUNT(e)), 80);
	assert_int_equal(course_time_to_stop(e, 6), -1);
}

static void
course_comes_out_of_the_records(void **state)
{
	struct unit_db *u = unit_db(state);
	struct course_event *e;
	struct incident i;
	struct site s;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t id = incident(u);

	s = added(u, id, "https://login.example.com/", NULL);
	assert_ok(db_run(u->db, "INSERT INTO party (id, incident_id, role, org, lang) VALUES (7, ?1, 'isp', 'ISP', 'en')",
	    DB_INT(id)));
	assert_ok(db_run(u->db,
	    "INSERT INTO notification (id, incident_id, party_id, kind, state, token, subject, tlp, lang, created_at, "
	    "created_by, sent_at) VALUES (9, ?1, 7, 'takedown', 'sent', 't', 's', 'GREEN', 'en', 0, 1, ?2)",
	    DB_INT(id), DB_INT(NOW + CLOCK_HOUR)));
	assert_ok(db_run(u->db,
	    "INSERT INTO message (direction, channel, state, incident_id, notification_id, sent_at, received_at, "
	    "purpose) VALUES ('out', 'mail', 'sent', ?1, 9, ?2, ?2, 'request'), "
	    "('out', 'mail', 'cancelled', ?1, 9, ?2, ?2, 'reminder')",
	    DB_INT(id), DB_INT(NOW + CLOCK_HOUR)));
	assert_ok(db_run(u->db, "INSERT INTO notification_site (notification_id, site_id) VALUES (9, ?1)", DB_INT(s.id)));
	assert_ok(site_stop(u->db, u->a, &s, "gone", "person", &business_tokyo,
	    (struct actor){ 1, "Hanako", NOW + 4 * CLOCK_HOUR }));
	assert_ok(incident_get(u->db, u->a, id, &i));
	assert_ok(course_load(u->db, u->a, &i, &e, &n));
	assert_int_equal(n, 3);
	assert_int_equal(e[0].kind, COURSE_OPEN);
	assert_int_equal(e[1].kind, COURSE_REQUEST);
	assert_string_equal(e[1].name, "ISP");
	assert_string_equal(course_label(e[1].kind, e[1].letter), "Stop request");
	assert_int_equal(e[2].kind, COURSE_STOP);
	assert_string_equal(e[2].site, "login.example.com");
	assert_int_equal(e[2].from, 1);
	assert_ok(db_commit(u->db));
}

static void
the_board_knows_what_changed(void **state)
{
	struct unit_db *u = unit_db(state);
	struct board *b = board_new();
	struct board_filter f;
	struct board_group *g;
	struct board_line *line;
	struct problems p;
	int64_t *ids, total, groups;
	size_t n;

	problems_init(&p, u->a);
	assert_ok(db_begin_write(u->db));
	int64_t i = incident(u);

	(void)added(u, i, "https://login.example.com/a", "みなと例示銀行");
	struct site s = added(u, i, "https://login.example.com/b", "Minato Bank");

	assert_ok(db_commit(u->db));
	assert_ok(db_begin_read(u->db));
	assert_ok(board_refresh(b, u->db));
	assert_ok(board_filter_read(u->a, STR("sort=url"), 1, 0, &p, &f));
	n = board_select(b, u->a, &f, (struct board_hidden){ 0 }, NOW, 0, 10, &ids, &total);
	assert_int_equal(n, 2);
	assert_int_equal(total, 2);
	assert_int_equal(ids[1], s.id);
	assert_ok(board_lines(u->db, u->a, ids, n, NULL, &line, &n));
	assert_int_equal(n, 2);
	assert_string_equal(line[1].site.brand, "Minato Bank");
	assert_int_equal(board_select(b, u->a, &f, (struct board_hidden){ &i, 1 }, NOW, 0, 10, &ids, &total), 0);
	assert_ok(db_commit(u->db));

	assert_ok(db_begin_write(u->db));
	assert_ok(site_stop(u->db, u->a, &s, "gone", "person", &business_tokyo, (struct actor){ 1, "Hanako", NOW + CLOCK_HOUR }));
	assert_ok(db_commit(u->db));
	assert_ok(db_begin_read(u->db));
	assert_ok(board_refresh(b, u->db));
	n = board_select(b, u->a, &f, (struct board_hidden){ 0 }, NOW, 0, 10, &ids, &total);
	assert_int_equal(n, 1);
	assert_ok(board_filter_read(u->a, STR("state=all&group=brand"), 1, 0, &p, &f));
	n = board_group_by(b, u->a, &f, (struct board_hidden){ 0 }, NOW, 10, &g, &groups);
	assert_int_equal(n, 2);
	assert_int_equal(g[0].median + g[1].median, CLOCK_HOUR - 1);
	assert_ok(board_filter_read(u->a, STR("state=all&q=MINATO"), 1, 0, &p, &f));
	assert_int_equal(board_select(b, u->a, &f, (struct board_hidden){ 0 }, NOW, 0, 10, &ids, &total), 1);
	assert_false(problems_any(&p));
	assert_ok(board_filter_read(u->a, STR("state=nonsense&asn=x"), 1, 0, &p, &f));
	assert_int_equal(p.n, 2);
	assert_ok(db_commit(u->db));
	board_free(b);
}

static void
the_middle_one(void **state)
{
	(void)state;
	assert_int_equal(board_median(NULL, 0), -1);
	assert_int_equal(board_median((int64_t[]){ 5 }, 1), 5);
	assert_int_equal(board_median((int64_t[]){ 2, 1 }, 2), 1);
	assert_int_equal(board_median((int64_t[]){ 9, 1, 5 }, 3), 5);
	assert_int_equal(board_median((int64_t[]){ 4, 4, 4, 4 }, 4), 4);
	assert_int_equal(board_median((int64_t[]){ 7, 1, 3, 5, 9, 11 }, 6), 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_404_is_not_stopped),
		cmocka_unit_test(reopened_is_noticed_until_watched_long_enough),
		cmocka_unit_test(days_are_business_days_from_the_request),
		UNIT_DB_TEST(site_goes_from_report_to_stop_and_back),
		UNIT_DB_TEST(site_of_a_restricted_incident_is_not_found),
		cmocka_unit_test(course_of_three_countries),
		UNIT_DB_TEST(course_comes_out_of_the_records),
		UNIT_DB_TEST(a_brand_is_one_whatever_its_letters),
		UNIT_DB_TEST(the_board_knows_what_changed),
		cmocka_unit_test(the_middle_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
