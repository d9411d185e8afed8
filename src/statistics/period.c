/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/period.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

const char *const period_units[] = { "day", "week", "month", "quarter", "year", NULL };

bool
period_unit_parse(struct str s, enum period_unit *ret)
{
	for (size_t i = 0; period_units[i] != NULL; i++) {
		if (!str_is(s, period_units[i]))
			continue;
		*ret = (enum period_unit)i;
		return true;
	}
	return false;
}

/* 0 Sunday .. 6; day 0 was a Thursday. */
static int64_t
weekday(int64_t day)
{
	return ((day + 4) % 7 + 7) % 7;
}

/* Months since year 0, of the unit's first month. */
static int64_t
month_of(enum period_unit u, int64_t day)
{
	struct civil c = clock_day_civil(day);
	int64_t month = c.year * INT64_C(12) + c.month - 1;

	switch (u) {
	case PERIOD_QUARTER:
		return month - month % 3;
	case PERIOD_YEAR:
		return month - (month - 3) % 12; /* April */
	default:
		return month;
	}
}

static int64_t
month_start(int64_t month)
{
	return clock_day_number((int32_t)(month / 12), (int32_t)(month % 12) + 1, 1);
}

int64_t
period_start(enum period_unit u, enum lang l, int64_t day)
{
	switch (u) {
	case PERIOD_DAY:
		return day;
	case PERIOD_WEEK:
		return day - (l == LANG_JA ? weekday(day) : (weekday(day) + 6) % 7);
	default:
		return month_start(month_of(u, day));
	}
}

int64_t
period_step(enum period_unit u, int64_t start, int64_t n)
{
	static const int months[] = { 0, 0, 1, 3, 12 };

	if (u == PERIOD_DAY)
		return start + n;
	if (u == PERIOD_WEEK)
		return start + 7 * n;
	return month_start(month_of(PERIOD_MONTH, start) + months[u] * n);
}

int64_t
period_per_year(enum period_unit u)
{
	static const int64_t n[] = { 364, 52, 12, 4, 1 };

	return n[u];
}

static const char *const month_names[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };

/* The year in which the fiscal year of ${c} began, and the quarter in it. */
static void
fiscal(const struct civil *c, int *ret_year, int *ret_quarter)
{
	*ret_year = c->month >= 4 ? c->year : c->year - 1;
	*ret_quarter = (c->month + 8) % 12 / 3 + 1;
}

const char *
period_name(struct arena *a, enum period_unit u, enum lang l, int64_t start)
{
	struct civil c = clock_day_civil(start);
	bool ja = l == LANG_JA;
	int year, quarter;

	fiscal(&c, &year, &quarter);
	switch (u) {
	case PERIOD_DAY:
		return arena_printf(a, ja ? "%d年%d月%d日" : "%d-%02d-%02d", c.year, c.month, c.day);
	case PERIOD_WEEK:
		return arena_printf(a, ja ? "%d年%d月%d日からの週" : "week of %d-%02d-%02d", c.year,
		    c.month, c.day);
	case PERIOD_MONTH:
		return ja ? arena_printf(a, "%d年%d月", c.year, c.month)
			  : arena_printf(a, "%s %d", month_names[c.month - 1], c.year);
	case PERIOD_QUARTER:
		return ja ? arena_printf(a, "%d年度第%d四半期（%d～%d月）", year, quarter, c.month, c.month + 2)
			  : arena_printf(a, "FY%d Q%d (%.3s-%.3s)", year, quarter,
				month_names[c.month - 1], month_names[c.month + 1]);
	case PERIOD_YEAR:
		break;
	}
	return arena_printf(a, ja ? "%d年度" : "FY%d", year);
}

const char *
period_short(struct arena *a, enum period_unit u, enum lang l, int64_t start)
{
	struct civil c = clock_day_civil(start);
	int year, quarter;

	fiscal(&c, &year, &quarter);
	switch (u) {
	case PERIOD_DAY:
	case PERIOD_WEEK:
		return l == LANG_JA ? arena_printf(a, "%d/%d", c.month, c.day)
				    : arena_printf(a, "%d %.3s", c.day, month_names[c.month - 1]);
	case PERIOD_MONTH:
		return l == LANG_JA ? arena_printf(a, "%d/%d", c.year, c.month)
				    : arena_printf(a, "%.3s %02d", month_names[c.month - 1], c.year % 100);
	case PERIOD_QUARTER:
		return arena_printf(a, "%02dQ%d", year % 100, quarter);
	case PERIOD_YEAR:
		break;
	}
	return arena_printf(a, "%d", year);
}

const char *
period_date(struct arena *a, int64_t day)
{
	struct civil c = clock_day_civil(day);

	return arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

enum err
period_date_parse(struct str s, int64_t *ret)
{
	uint64_t year, month, day;

	if (!str_eat_digits(&s, 4, 4, &year) || !str_eat(&s, STR("-")) ||
	    !str_eat_digits(&s, 2, 2, &month) || !str_eat(&s, STR("-")) ||
	    !str_eat_digits(&s, 2, 2, &day) || s.n != 0 || year < 1970 || year > 2199 || month < 1 ||
	    month > 12 || day < 1)
		return ERR_INVALID;
	*ret = clock_day_number((int32_t)year, (int32_t)month, (int32_t)day);

	struct civil c = clock_day_civil(*ret);

	return c.month == (int32_t)month && c.day == (int32_t)day ? OK : ERR_INVALID; /* 30 February */
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
period_range(enum period_unit u, enum lang l, int64_t from, int64_t to, int64_t today,
    struct period_range *ret)
{
	int64_t start = period_start(u, l, from), last = period_start(u, l, to < from ? from : to);
	int64_t most = u == PERIOD_WEEK ? PERIOD_MAX_WEEKS : PERIOD_MAX;

	*ret = (struct period_range){ .unit = u, .lang = l };
	if (period_step(u, last, 1 - most) > start)
		start = period_step(u, last, 1 - most);
	ret->from = start;
	for (; start <= last; start = period_step(u, start, 1))
		ret->start[ret->n++] = start;
	ret->until = ret->start[ret->n] = start;
	ret->running = ret->until > today + 1;

	int64_t n = (int64_t)ret->n, days = today + 1 - ret->from;

	ret->before_from = period_step(u, ret->from, -n);
	ret->before_until = ret->from;
	ret->year_from = period_step(u, ret->from, -period_per_year(u));
	ret->year_until = period_step(u, ret->until, -period_per_year(u));
	if (ret->running && days > 0) {
		ret->before_until = least(ret->before_until, ret->before_from + days);
		ret->year_until = least(ret->year_until, ret->year_from + days);
	}
}
