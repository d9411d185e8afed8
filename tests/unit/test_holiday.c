/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/holiday.h"

#define JST 32400

static int64_t
at(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute)
{
	struct civil c = {
		.year = year, .month = month, .day = day, .hour = hour, .minute = minute
	};

	return clock_from_civil(&c, JST);
}

static void
due_dates_follow_the_calendar(void **state)
{
	static const struct {
		int32_t from[5], to[3];
		bool closed;
	} cases[] = {
		{ { 2026, 5, 1, 10, 0 }, { 2026, 5, 11 }, true },
		{ { 2026, 9, 18, 10, 0 }, { 2026, 9, 28 }, true },
		{ { 2026, 12, 25, 10, 0 }, { 2027, 1, 5 }, true },
		{ { 2026, 12, 25, 10, 0 }, { 2026, 12, 30 }, false },
		{ { 2027, 4, 28, 10, 0 }, { 2027, 5, 7 }, true },
		{ { 2019, 4, 26, 10, 0 }, { 2019, 5, 9 }, true },
		{ { 2032, 9, 17, 10, 0 }, { 2032, 9, 27 }, true },
		{ { 2026, 11, 20, 10, 0 }, { 2026, 11, 26 }, true },
		/* at closing time still today, a minute later tomorrow */
		{ { 2026, 6, 1, 17, 30 }, { 2026, 6, 4 }, true },
		{ { 2026, 6, 1, 17, 31 }, { 2026, 6, 5 }, true },
		/* before opening is today; Saturday is Monday morning */
		{ { 2026, 6, 1, 3, 0 }, { 2026, 6, 4 }, true },
		{ { 2026, 6, 6, 3, 0 }, { 2026, 6, 11 }, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct business_calendar c = business_tokyo;
		const int32_t *f = cases[i].from, *t = cases[i].to;

		c.year_end_closed = cases[i].closed;
		assert_int_equal(business_due(&c, at(f[0], f[1], f[2], f[3], f[4]), 3),
		    at(t[0], t[1], t[2], 17, 30));
	}
}

static void
days_between_are_counted(void **state)
{
	const struct business_calendar *c = &business_tokyo;

	(void)state;
	assert_int_equal(
	    business_days_between(c, at(2026, 9, 18, 9, 0), at(2026, 9, 18, 23, 0)), 0);
	assert_int_equal(
	    business_days_between(c, at(2026, 9, 18, 9, 0), at(2026, 9, 28, 9, 0)), 3);
	assert_int_equal(
	    business_days_between(c, at(2026, 9, 28, 9, 0), at(2026, 9, 18, 9, 0)), -3);
	assert_int_equal(
	    business_days_between(c, at(2026, 9, 19, 9, 0), at(2026, 9, 22, 9, 0)), 0);
}

static void
known_days_are_named(void **state)
{
	static const int32_t substitutes[][3] = { { 2024, 2, 12 }, { 2024, 5, 6 },
		{ 2024, 8, 12 }, { 2024, 9, 23 }, { 2024, 11, 4 }, { 2025, 2, 24 },
		{ 2025, 5, 6 }, { 2025, 11, 24 }, { 2026, 5, 6 }, { 2027, 3, 22 },
		{ 2029, 2, 12 }, { 2029, 4, 30 }, { 2029, 9, 24 }, { 2030, 5, 6 },
		{ 2030, 8, 12 }, { 2030, 11, 4 }, { 2031, 2, 24 }, { 2031, 5, 6 },
		{ 2031, 11, 24 }, { 2033, 3, 21 }, { 2034, 1, 2 } };

	(void)state;
	for (size_t i = 0; i < COUNT(substitutes); i++)
		assert_string_equal(holiday_name(substitutes[i][0], substitutes[i][1],
					substitutes[i][2]),
		    "振替休日");
	for (int32_t y = 2024; y <= 2034; y++)
		assert_string_equal(
		    holiday_name(y, 9, y % 4 == 0 ? 22 : 23), "秋分の日");
	assert_string_equal(holiday_name(2026, 9, 22), "休日");
	assert_string_equal(holiday_name(2032, 9, 21), "休日");
	assert_null(holiday_name(1969, 1, 1));
	assert_null(holiday_name(2100, 1, 1));
	assert_non_null(holiday_name(2099, 1, 1));
}

/* Every day of 1970..2050 against the published list. */
static void
the_published_list_is_met(void **state)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	char line[256], want[16];
	int listed = 0, ours = 0;

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is unset: list not compared\n");
		skip();
	}
	FILE *f = fopen(
	    arena_printf(*state, "%s/holidays-jp/holidays-1970-2050.tsv", folder), "r");

	assert_non_null(f);
	int64_t day = clock_day_number(1970, 1, 1), end = clock_day_number(2051, 1, 1);

	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		for (; day < end; day++) {
			struct civil c = clock_day_civil(day);
			const char *name = holiday_name(c.year, c.month, c.day);

			if (name == NULL)
				continue;
			(void)snprintf(want, sizeof(want), "%04d-%02d-%02d", c.year % 10000,
			    c.month % 100, c.day % 100);
			assert_string_equal(
			    line, arena_printf(*state, "%s\t%s", want, name));
			ours++;
			day++;
			break;
		}
		listed++;
	}
	for (; day < end; day++) {
		struct civil c = clock_day_civil(day);

		assert_null(holiday_name(c.year, c.month, c.day));
	}
	(void)fclose(f);
	assert_int_equal(listed, 1329);
	assert_int_equal(ours, listed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(due_dates_follow_the_calendar),
		UNIT_TEST(days_between_are_counted),
		UNIT_TEST(known_days_are_named),
		UNIT_TEST(the_published_list_is_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
