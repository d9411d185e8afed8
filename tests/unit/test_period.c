/* SPDX-License-Identifier: Apache-2.0 */
/* Days, weeks of both languages, months, quarters and fiscal years. */
#include "unit.h"

#include "base/arena.h"
#include "statistics/period.h"

static int64_t
day(const char *date)
{
	int64_t d = 0;

	assert_ok(period_date_parse(str_of(date), &d));
	return d;
}

static void
begins(void **state)
{
	static const struct {
		enum period_unit u;
		enum lang l;
		const char *day, *start, *next, *name, *short_name;
	} rows[] = {
		{ PERIOD_DAY, LANG_EN, "2026-09-18", "2026-09-18", "2026-09-19", "2026-09-18", "18 Sep" },
		{ PERIOD_DAY, LANG_JA, "2024-02-29", "2024-02-29", "2024-03-01", "2024年2月29日", "2/29" },
		/* 2026-09-18 is a Friday. */
		{ PERIOD_WEEK, LANG_JA, "2026-09-18", "2026-09-13", "2026-09-20", "2026年9月13日からの週", "9/13" },
		{ PERIOD_WEEK, LANG_EN, "2026-09-18", "2026-09-14", "2026-09-21", "week of 2026-09-14", "14 Sep" },
		{ PERIOD_WEEK, LANG_JA, "2026-09-20", "2026-09-20", "2026-09-27", "2026年9月20日からの週", "9/20" },
		{ PERIOD_WEEK, LANG_EN, "2026-09-20", "2026-09-14", "2026-09-21", "week of 2026-09-14", "14 Sep" },
		{ PERIOD_WEEK, LANG_EN, "2027-01-01", "2026-12-28", "2027-01-04", "week of 2026-12-28", "28 Dec" },
		{ PERIOD_WEEK, LANG_JA, "1970-01-03", "1969-12-28", "1970-01-04", "1969年12月28日からの週", "12/28" },
		{ PERIOD_MONTH, LANG_JA, "2026-12-31", "2026-12-01", "2027-01-01", "2026年12月", "2026/12" },
		{ PERIOD_MONTH, LANG_EN, "2026-02-28", "2026-02-01", "2026-03-01", "February 2026", "Feb 26" },
		{ PERIOD_QUARTER, LANG_JA, "2026-03-31", "2026-01-01", "2026-04-01", "2025年度第4四半期（1～3月）", "25Q4" },
		{ PERIOD_QUARTER, LANG_JA, "2026-04-01", "2026-04-01", "2026-07-01", "2026年度第1四半期（4～6月）", "26Q1" },
		{ PERIOD_QUARTER, LANG_EN, "2026-09-18", "2026-07-01", "2026-10-01", "FY2026 Q2 (Jul-Sep)", "26Q2" },
		{ PERIOD_QUARTER, LANG_EN, "2026-12-31", "2026-10-01", "2027-01-01", "FY2026 Q3 (Oct-Dec)", "26Q3" },
		{ PERIOD_YEAR, LANG_JA, "2026-03-31", "2025-04-01", "2026-04-01", "2025年度", "2025" },
		{ PERIOD_YEAR, LANG_EN, "2026-04-01", "2026-04-01", "2027-04-01", "FY2026", "2026" },
	};
	AUTO(arena) a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t start = period_start(rows[i].u, rows[i].l, day(rows[i].day));

		assert_string_equal(period_date(a, start), rows[i].start);
		assert_string_equal(period_date(a, period_step(rows[i].u, start, 1)), rows[i].next);
		assert_int_equal(period_step(rows[i].u, period_step(rows[i].u, start, 7), -7), start);
		assert_string_equal(period_name(a, rows[i].u, rows[i].l, start), rows[i].name);
		assert_string_equal(period_short(a, rows[i].u, rows[i].l, start), rows[i].short_name);
	}
}

static void
reads_dates(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-9-18", "2026-09-31", "2026-02-30", "2026-13-01",
		"2026-00-10", "1969-12-31", "2200-01-01", "2026-09-18 ", "2026/09/18", "２０２６-09-18" };
	int64_t d;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(period_date_parse(str_of(bad[i]), &d), ERR_INVALID);
	assert_int_equal(day("1970-01-01"), 0);
	assert_int_equal(day("2024-02-29") + 1, day("2024-03-01"));
}

/* Ranges: whole periods, and what they are compared with. */
static void
compares(void **state)
{
	static const struct {
		enum period_unit u;
		const char *from, *to, *today;
		size_t n;
		const char *first, *until, *before, *before_until, *year, *year_until;
	} rows[] = {
		/* a past quarter */
		{ PERIOD_QUARTER, "2026-05-05", "2026-05-06", "2026-09-18", 1, "2026-04-01", "2026-07-01",
		    "2026-01-01", "2026-04-01", "2025-04-01", "2025-07-01" },
		/* this month, 18 days old */
		{ PERIOD_MONTH, "2026-09-01", "2026-09-30", "2026-09-18", 1, "2026-09-01", "2026-10-01",
		    "2026-08-01", "2026-08-19", "2025-09-01", "2025-09-19" },
		/* its last day: complete */
		{ PERIOD_MONTH, "2026-09-01", "2026-09-30", "2026-09-30", 1, "2026-09-01", "2026-10-01",
		    "2026-08-01", "2026-09-01", "2025-09-01", "2025-10-01" },
		{ PERIOD_MONTH, "2025-10-15", "2026-09-18", "2026-12-01", 12, "2025-10-01", "2026-10-01",
		    "2024-10-01", "2025-10-01", "2024-10-01", "2025-10-01" },
		{ PERIOD_WEEK, "2026-09-07", "2026-09-20", "2026-12-01", 2, "2026-09-07", "2026-09-21",
		    "2026-08-24", "2026-09-07", "2025-09-08", "2025-09-22" },
		{ PERIOD_YEAR, "2025-04-01", "2026-04-01", "2026-04-01", 2, "2025-04-01", "2027-04-01",
		    "2023-04-01", "2024-04-01", "2024-04-01", "2025-04-02" },
	};
	AUTO(arena) a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct period_range r;

		period_range(rows[i].u, LANG_EN, day(rows[i].from), day(rows[i].to), day(rows[i].today), &r);
		assert_int_equal(r.n, rows[i].n);
		assert_string_equal(period_date(a, r.from), rows[i].first);
		assert_string_equal(period_date(a, r.until), rows[i].until);
		assert_string_equal(period_date(a, r.before_from), rows[i].before);
		assert_string_equal(period_date(a, r.before_until), rows[i].before_until);
		assert_string_equal(period_date(a, r.year_from), rows[i].year);
		assert_string_equal(period_date(a, r.year_until), rows[i].year_until);
		for (size_t p = 0; p < r.n; p++)
			assert_true(r.start[p] < r.start[p + 1]);
	}
}

static void
stays_bounded(void **state)
{
	struct period_range r;

	(void)state;
	period_range(PERIOD_DAY, LANG_JA, day("1970-01-01"), day("2199-12-31"), day("2026-09-18"), &r);
	assert_int_equal(r.n, PERIOD_MAX);
	assert_int_equal(r.until, day("2199-12-31") + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins),
		cmocka_unit_test(reads_dates),
		cmocka_unit_test(compares),
		cmocka_unit_test(stays_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
