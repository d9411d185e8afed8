/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The law on national holidays (Act No. 178 of 1948) with its amendments as
 * rules; the unit test compares every day of 1970..2050 with the published
 * list.  The equinoxes after the next year are astronomy, not law: the date
 * is fixed each February for the year after, see day_override below.
 */
#include "base/holiday.h"

#include <stddef.h>

#include "base/err.h"

#define FIRST_YEAR 1970
#define LAST_YEAR 2099
#define SUNDAY 0
#define MONDAY 1

/* The same day each year. */
static const struct fixed {
	int32_t month, day, from, to; /* years, inclusive */
	const char *name;
} fixed[] = {
	{ 1, 1, 0, LAST_YEAR, "元日" },
	{ 1, 15, 0, 1999, "成人の日" },
	{ 2, 11, 0, LAST_YEAR, "建国記念の日" },
	{ 2, 23, 2020, LAST_YEAR, "天皇誕生日" },
	{ 4, 29, 0, 1988, "天皇誕生日" },
	{ 4, 29, 1989, 2006, "みどりの日" },
	{ 4, 29, 2007, LAST_YEAR, "昭和の日" },
	{ 5, 3, 0, LAST_YEAR, "憲法記念日" },
	{ 5, 4, 2007, LAST_YEAR, "みどりの日" },
	{ 5, 5, 0, LAST_YEAR, "こどもの日" },
	{ 7, 20, 1996, 2002, "海の日" },
	{ 8, 11, 2016, 2019, "山の日" },
	{ 8, 11, 2022, LAST_YEAR, "山の日" },
	{ 9, 15, 0, 2002, "敬老の日" },
	{ 10, 10, 0, 1999, "体育の日" },
	{ 11, 3, 0, LAST_YEAR, "文化の日" },
	{ 11, 23, 0, LAST_YEAR, "勤労感謝の日" },
	{ 12, 23, 1989, 2018, "天皇誕生日" },
	/* the Olympics moved three of them */
	{ 7, 23, 2020, 2020, "海の日" },
	{ 7, 24, 2020, 2020, "スポーツの日" },
	{ 8, 10, 2020, 2020, "山の日" },
	{ 7, 22, 2021, 2021, "海の日" },
	{ 7, 23, 2021, 2021, "スポーツの日" },
	{ 8, 8, 2021, 2021, "山の日" },
	/* ceremonies of the Imperial House */
	{ 2, 24, 1989, 1989, "大喪の礼" },
	{ 11, 12, 1990, 1990, "即位礼正殿の儀" },
	{ 6, 9, 1993, 1993, "結婚の儀" },
	{ 5, 1, 2019, 2019, "即位の日" },
	{ 10, 22, 2019, 2019, "即位礼正殿の儀" },
};

/* The nth Monday of a month. */
static const struct monday {
	int32_t month, nth, from, to;
	const char *name;
} mondays[] = {
	{ 1, 2, 2000, LAST_YEAR, "成人の日" },
	{ 7, 3, 2003, 2019, "海の日" },
	{ 7, 3, 2022, LAST_YEAR, "海の日" },
	{ 9, 3, 2003, LAST_YEAR, "敬老の日" },
	{ 10, 2, 2000, 2019, "体育の日" },
	{ 10, 2, 2022, LAST_YEAR, "スポーツの日" },
};

/*
 * Equinoxes which the gazette fixed on another day than equinox_day() gives.
 * None so far; a row here is all that is needed.
 */
static const struct {
	int32_t year, month, day;
} equinox_override[] = {
	{ 0, 0, 0 },
};

/* Millionths of a day: exact, so that every machine gives the same day. */
static int32_t
equinox_day(int32_t year, int32_t month)
{
	for (size_t i = 0; i < COUNT(equinox_override); i++) {
		if (equinox_override[i].year == year && equinox_override[i].month == month)
			return equinox_override[i].day;
	}
	int64_t start = month == 3 ? 20843100 : 23248800;
	int32_t leap = (year - 1980) / 4;

	if (year < 1980) {
		start = month == 3 ? 20835700 : 23258800;
		leap = (year - 1983) / 4; /* toward zero, as the formula wants */
	}
	int64_t moment = start + INT64_C(242194) * (year - 1980);

	return (int32_t)(moment / 1000000) - leap;
}

/* The names that the law itself gives to a day. */
static const char *
named(const struct civil *c)
{
	if (c->year < FIRST_YEAR || c->year > LAST_YEAR)
		return NULL;
	for (size_t i = 0; i < COUNT(fixed); i++) {
		const struct fixed *f = &fixed[i];

		if (c->month == f->month && c->day == f->day && c->year >= f->from &&
		    c->year <= f->to)
			return f->name;
	}
	for (size_t i = 0; i < COUNT(mondays); i++) {
		const struct monday *m = &mondays[i];

		if (c->weekday == MONDAY && c->month == m->month &&
		    (c->day - 1) / 7 + 1 == m->nth && c->year >= m->from && c->year <= m->to)
			return m->name;
	}
	if (c->month == 3 && c->day == equinox_day(c->year, 3))
		return "春分の日";
	if (c->month == 9 && c->day == equinox_day(c->year, 9))
		return "秋分の日";
	return NULL;
}

static const char *
named_at(int64_t day)
{
	struct civil c = clock_day_civil(day);

	return named(&c);
}

/* Article 3 (2): the holiday on a Sunday moves. */
static bool
is_substitute(const struct civil *c, int64_t day)
{
	if (c->year < 2007) {
		return day >= clock_day_number(1973, 4, 12) && c->weekday == MONDAY &&
		    named_at(day - 1) != NULL;
	}
	for (int64_t d = day - 1; named_at(d) != NULL; d--) {
		if (clock_day_civil(d).weekday == SUNDAY)
			return true;
	}
	return false;
}

/* Article 3 (3): a day between two holidays. */
static bool
is_between(const struct civil *c, int64_t day)
{
	if (day < clock_day_number(1985, 12, 27) || c->weekday == SUNDAY)
		return false;
	return named_at(day - 1) != NULL && named_at(day + 1) != NULL;
}

const char *
holiday_name(int32_t year, int32_t month, int32_t day)
{
	int64_t number = clock_day_number(year, month, day);
	struct civil c = clock_day_civil(number);
	const char *name = named(&c);

	if (name != NULL || c.year < FIRST_YEAR || c.year > LAST_YEAR)
		return name;
	if (is_substitute(&c, number))
		return "振替休日";
	if (is_between(&c, number))
		return "休日";
	return NULL;
}
