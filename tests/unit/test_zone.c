/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/tzif.h"
#include "base/zone.h"

/* 2026-09-18 14:05 in Tokyo, a Friday */
#define THEN INT64_C(1789707900000)

static void
formats_follow_the_house_style(void **state)
{
	struct arena *a = *state;
	const struct zone *t = zone_tokyo();

	assert_string_equal(zone_long(a, t, LANG_JA, THEN), "2026年9月18日(金) 14:05");
	assert_string_equal(zone_long(a, t, LANG_EN, THEN), "Fri 18 Sep 2026, 14:05 JST");
	assert_string_equal(zone_short(a, t, LANG_JA, THEN), "2026/09/18 14:05");
	assert_string_equal(zone_short(a, t, LANG_EN, THEN), "2026-09-18 14:05");
	assert_string_equal(zone_iso(a, t, THEN), "2026-09-18T14:05:00+09:00");
	assert_string_equal(zone_iso(a, zone_utc(), THEN), "2026-09-18T05:05:00Z");
	assert_string_equal(zone_both(a, THEN), "2026-09-18 05:05 UTC (14:05 JST)");
	assert_string_equal(zone_both(a, THEN + 12 * CLOCK_HOUR),
	    "2026-09-18 17:05 UTC (2026-09-19 02:05 JST)");
	assert_string_equal(zone_list(a, t, LANG_JA, THEN, THEN + CLOCK_HOUR), "14:05");
	assert_string_equal(
	    zone_list(a, t, LANG_JA, THEN, THEN + CLOCK_DAY), "9/18 14:05");
	assert_string_equal(
	    zone_list(a, t, LANG_EN, THEN, THEN + CLOCK_DAY), "18 Sep 14:05");
	assert_string_equal(
	    zone_list(a, t, LANG_JA, THEN, THEN + 200 * CLOCK_DAY), "2026/09/18");
	assert_string_equal(
	    zone_list(a, t, LANG_EN, THEN, THEN + 200 * CLOCK_DAY), "2026-09-18");
}

static void
distances_are_said_in_words(void **state)
{
	static const struct {
		int64_t ago;
		const char *ja, *en;
	} relative[] = {
		{ 0, "たった今", "just now" },
		{ 5 * CLOCK_MINUTE, "5分前", "5 min ago" },
		{ 3 * CLOCK_HOUR, "3時間前", "3 h ago" },
		{ CLOCK_DAY, "昨日 14:05", "yesterday 14:05" },
		{ 2 * CLOCK_DAY, "2026/09/18 14:05", "2026-09-18 14:05" },
		{ -CLOCK_DAY, "2026/09/18 14:05", "2026-09-18 14:05" },
	}, duration[] = {
		{ 0, "1分未満", "under 1 min" },
		{ 23 * CLOCK_MINUTE, "23分", "23 min" },
		{ 4 * CLOCK_HOUR + 12 * CLOCK_MINUTE, "4時間12分", "4 h 12 min" },
		{ 3 * CLOCK_DAY + 2 * CLOCK_HOUR, "3日 02時間", "3 d 02 h" },
	}, left[] = {
		{ -53 * CLOCK_MINUTE, "あと 53分", "53 min left" },
		{ 5 * CLOCK_MINUTE, "5分超過", "5 min late" },
		{ 5 * CLOCK_HOUR, "5時間超過", "5 h late" },
		{ CLOCK_DAY, "1日超過", "1 day late" },
		{ 2 * CLOCK_DAY, "2日超過", "2 days late" },
	};
	struct arena *a = *state;
	const struct zone *t = zone_tokyo();

	for (size_t i = 0; i < COUNT(relative); i++) {
		int64_t now = THEN + relative[i].ago;

		assert_string_equal(zone_relative(a, t, LANG_JA, THEN, now), relative[i].ja);
		assert_string_equal(zone_relative(a, t, LANG_EN, THEN, now), relative[i].en);
	}
	for (size_t i = 0; i < COUNT(duration); i++) {
		assert_string_equal(
		    zone_duration(a, LANG_JA, duration[i].ago), duration[i].ja);
		assert_string_equal(
		    zone_duration(a, LANG_EN, duration[i].ago), duration[i].en);
	}
	for (size_t i = 0; i < COUNT(left); i++) {
		assert_string_equal(
		    zone_left(a, LANG_JA, THEN, THEN + left[i].ago), left[i].ja);
		assert_string_equal(
		    zone_left(a, LANG_EN, THEN, THEN + left[i].ago), left[i].en);
	}
}

static void
times_are_read(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		int64_t at;
	} cases[] = {
		{ "2026-09-18", OK, THEN - 14 * CLOCK_HOUR - 5 * CLOCK_MINUTE },
		{ "2026-09-18 14:05", OK, THEN },
		{ "2026-09-18T14:05", OK, THEN },
		{ "2026-09-18T14:05:09", OK, THEN + 9000 },
		{ "2026-09-18T14:05:09.12", OK, THEN + 9120 },
		{ "2026-09-18T14:05:00+09:00", OK, THEN },
		{ "2026-09-18T05:05Z", OK, THEN },
		{ "2026-09-18T05:05:00.5Z", OK, THEN + 500 },
		{ "2026-09-18T01:05:00-0400", OK, THEN },
		{ "2026-02-29", ERR_INVALID, 0 },
		{ "2024-02-29", OK, INT64_C(1709132400000) },
		{ "2026-13-01", ERR_INVALID, 0 },
		{ "2026-09-18 24:00", ERR_INVALID, 0 },
		{ "2026-09-18 14:60", ERR_INVALID, 0 },
		{ "2026-9-18", ERR_INVALID, 0 },
		{ "0000-01-01", ERR_INVALID, 0 },
		{ "2026-09-18 14", ERR_INVALID, 0 },
		{ "2026-09-18T14:05:09.", ERR_INVALID, 0 },
		{ "2026-09-18T14:05+9", ERR_INVALID, 0 },
		{ "2026-09-18T14:05Zx", ERR_INVALID, 0 },
		{ "", ERR_INVALID, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t at = 0;

		assert_err(zone_parse(zone_tokyo(), str_of(cases[i].text), &at), cases[i].e);
		assert_int_equal(at, cases[i].at);
	}
}

static void
names_stay_inside_the_folder(void **state)
{
	static const char *const bad[] = { "", "/etc/passwd", "../../etc/passwd", "Asia/../UTC",
		"Asia//Tokyo", "Asia/", "a b", ".hidden",
		"Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	const struct zone *z;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_err(zone_find(bad[i], &z), ERR_INVALID);
	assert_err(zone_find("Asia/Atlantis", &z), ERR_NOT_FOUND);
	assert_ok(zone_find("Asia/Tokyo", &z));
	assert_ptr_equal(z, zone_tokyo());
}

static void
clocks_change(void **state)
{
	static const struct {
		const char *zone, *local, *iso; /* local wall clock, what it means */
	} cases[] = {
		{ "America/New_York", "2026-03-08 01:59", "2026-03-08T01:59:00-05:00" },
		{ "America/New_York", "2026-03-08 02:30", "2026-03-08T03:30:00-04:00" },
		{ "America/New_York", "2026-03-08 03:00", "2026-03-08T03:00:00-04:00" },
		{ "America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00" },
		{ "America/New_York", "2026-11-01 02:00", "2026-11-01T02:00:00-05:00" },
		{ "America/New_York", "2060-07-04 12:00", "2060-07-04T12:00:00-04:00" },
		{ "America/New_York", "1950-01-01 12:00", "1950-01-01T12:00:00-05:00" },
		{ "Australia/Lord_Howe", "2070-01-01 12:00", "2070-01-01T12:00:00+11:00" },
		{ "Australia/Lord_Howe", "2070-07-01 12:00", "2070-07-01T12:00:00+10:30" },
		{ "Europe/London", "2026-07-01 12:00", "2026-07-01T12:00:00+01:00" },
	};
	const struct zone *z;

	if (zone_find("Europe/London", &z) == ERR_NOT_FOUND) {
		print_message("no zone files on this machine\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t at;

		assert_ok(zone_find(cases[i].zone, &z));
		assert_ok(zone_parse(z, str_of(cases[i].local), &at));
		assert_string_equal(zone_iso(*state, z, at), cases[i].iso);
	}
	assert_string_equal(zone_abbreviation(z, THEN), "BST");
}

static void
languages_are_recognised(void **state)
{
	enum lang l = LANG_EN;

	(void)state;
	assert_true(lang_parse(STR("ja-JP"), &l));
	assert_int_equal(l, LANG_JA);
	assert_true(lang_parse(STR("EN"), &l));
	assert_int_equal(l, LANG_EN);
	assert_false(lang_parse(STR("jax"), &l));
	assert_false(lang_parse(STR("fr"), &l));
	assert_false(lang_parse(STR(""), &l));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(formats_follow_the_house_style),
		UNIT_TEST(distances_are_said_in_words),
		UNIT_TEST(times_are_read),
		UNIT_TEST(names_stay_inside_the_folder),
		UNIT_TEST(clocks_change),
		UNIT_TEST(languages_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
