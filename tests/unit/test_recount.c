/* SPDX-License-Identifier: Apache-2.0 */
/* After any sequence of acts the kept counts are what a recount finds. */
#include "unit_db.h"

#include "base/clock.h"
#include "incident/category.h"
#include "incident/incident_change_store.h"
#include "incident/incident_store.h"
#include "incident/report.h"
#include "incident/report_store.h"
#include "incident/tally_store.h"
#include "statistics/numbers_store.h"
#include "statistics/recount_store.h"
#include "text/value.h"

#define ACTS 400
#define MOST 200

struct world {
	struct unit_db *u;
	struct arena *a;
	uint64_t seed;
	int64_t report[MOST], incident[MOST];
	size_t reports, incidents;
	int64_t now;
};

static uint32_t
below(struct world *w, uint32_t bound)
{
	uint64_t z = w->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)((z ^ z >> 27) >> 33) % bound;
}

static const char *
door(struct world *w)
{
	return report_doors[below(w, 11)];
}

static const char *
rsit(struct world *w)
{
	return category_list[below(w, (uint32_t)category_count)].rsit; /* tests too */
}

static void
act(struct world *w)
{
	struct db *db = w->u->db;
	struct actor by = { 0, "test", w->now };
	int64_t report = w->reports == 0 ? 0 : w->report[below(w, (uint32_t)w->reports)];
	int64_t incident = w->incidents == 0 ? 0 : w->incident[below(w, (uint32_t)w->incidents)];
	struct incident i, to;
	enum err e = OK;
	bool changed;

	if (incident != 0)
		assert_ok(incident_get(db, w->a, incident, &i));
	switch (below(w, 10)) {
	case 0:
	case 1:
		if (w->reports == MOST)
			return;
		/* No text: the blobs are another test's matter. */
		assert_ok(report_add(db, NULL, w->a,
		    &(struct report_new){
			.received_at = w->now - (int64_t)below(w, 3000) * CLOCK_HOUR,
			.channel = "form",
			.purpose = "other",
			.door = door(w),
			.title = "t",
			.domestic = below(w, 2) == 0,
		    },
		    w->now, &w->report[w->reports], NULL));
		w->reports++;
		return;
	case 2:
		if (w->incidents == MOST)
			return;
		assert_ok(incident_add(db, w->a,
		    &(struct incident_new){
			.title = "t",
			.rsit = rsit(w),
			.ics = below(w, 5) == 0,
			.targeted = below(w, 5) == 0,
			.domestic = below(w, 2) == 0,
			.actor_name = "test",
		    },
		    w->now, &w->incident[w->incidents], NULL));
		w->incidents++;
		return;
	case 3:
		if (report != 0)
			e = report_change(db, report, 0,
			    &(struct report_change){
				.state = report_states[below(w, 6)],
				.door = below(w, 3) == 0 ? door(w) : NULL,
				.owner_id = -1,
			    },
			    w->now);
		break;
	case 4:
		if (report != 0 && incident != 0)
			e = incident_link(db, w->a, incident, report,
			    below(w, 2) == 0 ? "duplicate" : "original", 0, "test", w->now);
		break;
	case 5:
		if (report != 0 && incident != 0)
			e = incident_unlink(db, w->a, incident, report, 0, "test", w->now);
		break;
	case 6:
		if (incident != 0)
			e = incident_merge(db, w->a, incident, w->incident[below(w, (uint32_t)w->incidents)], 0,
			    "test", w->now);
		break;
	case 7:
		if (incident != 0)
			e = incident_unmerge(db, w->a, incident, 0, "test", w->now);
		break;
	case 8:
		if (incident == 0)
			return;
		to = i;
		to.rsit = rsit(w);
		to.ics = below(w, 3) == 0;
		to.domestic = below(w, 2) == 0;
		e = incident_change(db, w->a, &i, &to, by, &changed);
		break;
	default:
		if (incident == 0)
			return;
		e = strcmp(i.state, "open") == 0
		    ? incident_close(db, w->a, &i,
			  &(struct incident_end){ .resolution = "resolved", .evidence = "seen" }, by)
		    : incident_reopen(db, w->a, &i, "again", by);
	}
	/* Some acts are refused; a refusal changes nothing. */
	assert_true(e == OK || e == ERR_NOT_FOUND || e == ERR_INVALID || e == ERR_CONFLICT);
}

static int64_t
differences(struct world *w)
{
	struct value *out = value_object(w->a);
	int64_t n = -1;

	assert_ok(recount_check(w->u->db, w->a, out, &n));
	if (n != 0)
		print_message("%s\n", value_json_text(w->a, out));
	return n;
}

static void
counts_stay_right(void **state)
{
	struct unit_db *u = unit_db(state);

	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct world w = { .u = u, .a = u->a, .seed = seed, .now = INT64_C(1790000000000) };

		assert_ok(db_begin_write(u->db));
		for (int n = 0; n < ACTS; n++) {
			w.now += (int64_t)below(&w, 40) * CLOCK_HOUR;
			act(&w);
			if (n % 100 == 99)
				assert_int_equal(differences(&w), 0);
		}
		assert_int_equal(differences(&w), 0);
		assert_ok(db_commit(u->db));
	}
}

/* What somebody changed behind our back is found, said and put right. */
static void
rebuild_repairs(void **state)
{
	struct unit_db *u = unit_db(state);
	struct world w = { .u = u, .a = u->a, .seed = 9, .now = INT64_C(1790000000000) };
	struct value *out = value_object(u->a);
	int64_t n;

	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < 120; i++)
		act(&w);
	assert_ok(db_run(u->db, "UPDATE tally SET n = n + 3 WHERE what = 'report'"));
	assert_ok(db_run(u->db, "DELETE FROM gauge"));
	assert_ok(tally_add(u->db, "incident", 1, "phishing", true, 5));
	assert_ok(recount_rebuild(u->db, u->a, w.now, out, &n));
	assert_true(n > 3);
	assert_int_equal(differences(&w), 0);

	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COUNT(*) FROM journal WHERE action = 'statistics.rebuild'"));
	assert_int_equal(db_int(q, 0), 1);
	assert_ok(recount_rebuild(u->db, u->a, w.now, value_object(u->a), &n));
	assert_int_equal(n, 0);
	assert_ok(db_commit(u->db));
}

/* Sums by period are the sum of the days; categories and origins add up. */
static void
numbers_add_up(void **state)
{
	static const int64_t start[] = { 100, 107, 114, 200 };
	struct unit_db *u = unit_db(state);
	struct numbers n;
	int64_t sum;

	assert_ok(db_begin_write(u->db));
	assert_ok(tally_add(u->db, "report", 99, "phishing", true, 1000));
	assert_ok(tally_add(u->db, "report", 100, "phishing", true, 4));
	assert_ok(tally_add(u->db, "report", 106, "scan", false, 2));
	assert_ok(tally_add(u->db, "report", 107, "phishing", false, 1));
	assert_ok(tally_add(u->db, "report", 150, "scan", true, 7));
	assert_ok(tally_add(u->db, "report", 200, "scan", true, 1000));
	assert_ok(tally_add(u->db, "incident", 101, "scan", true, 50));
	assert_ok(numbers_load(u->db, u->a, &(struct numbers_ask){ .what = "report", .start = start, .n = 3 }, &n));
	assert_int_equal(n.total, 14);
	assert_int_equal(n.all[0], 6);
	assert_int_equal(n.all[1], 1);
	assert_int_equal(n.all[2], 7);
	assert_int_equal(n.domestic[0], 4);
	assert_int_equal(n.overseas[0], 2);
	assert_int_equal(n.categories, 2);
	assert_string_equal(n.category[0].key, "scan");
	assert_int_equal(n.category[0].total, 9);
	assert_ok(numbers_load(u->db, u->a,
	    &(struct numbers_ask){
		.what = "report", .start = start, .n = 3, .category = "scan", .origin = NUMBERS_OVERSEAS },
	    &n));
	assert_int_equal(n.total, 2);
	assert_ok(numbers_sum(u->db, "report", 100, 200, NULL, NUMBERS_ALL, &sum));
	assert_int_equal(sum, 14);
	assert_ok(numbers_sum(u->db, "coordinated", 100, 200, NULL, NUMBERS_ALL, &sum));
	assert_int_equal(sum, 0);
	assert_ok(numbers_first_day(u->db, &sum));
	assert_int_equal(sum, 99);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(counts_stay_right),
		UNIT_DB_TEST(rebuild_repairs),
		UNIT_DB_TEST(numbers_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
