/* SPDX-License-Identifier: Apache-2.0 */
#include "base/holiday.h"

#include <stddef.h>

const struct business_calendar business_tokyo = {
	.open_minute = 9 * 60 + 30,
	.close_minute = 17 * 60 + 30,
	.year_end_closed = true,
	.offset = 9 * 60 * 60,
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
local_day(const struct business_calendar *c, int64_t at)
{
	return floor_div(at + c->offset * CLOCK_SECOND, CLOCK_DAY);
}

bool
business_is_day(const struct business_calendar *c, int64_t day_number)
{
	struct civil day = clock_day_civil(day_number);

	if (day.weekday == 0 || day.weekday == 6)
		return false;
	if (c->year_end_closed &&
	    ((day.month == 12 && day.day >= 29) || (day.month == 1 && day.day <= 3)))
		return false;
	return holiday_name(day.year, day.month, day.day) == NULL;
}

static int64_t
next_day(const struct business_calendar *c, int64_t day)
{
	do
		day++;
	while (!business_is_day(c, day));
	return day;
}

/* The business day on which ${at} counts as received. */
static int64_t
receipt_day(const struct business_calendar *c, int64_t at)
{
	int64_t day = local_day(c, at);
	int64_t in_day = at + c->offset * CLOCK_SECOND - day * CLOCK_DAY;

	if (!business_is_day(c, day) || in_day > c->close_minute * CLOCK_MINUTE)
		return next_day(c, day);
	return day;
}

int64_t
business_due(const struct business_calendar *c, int64_t at, int32_t days)
{
	int64_t day = receipt_day(c, at);

	for (int32_t i = 0; i < days; i++)
		day = next_day(c, day);
	return day * CLOCK_DAY + c->close_minute * CLOCK_MINUTE - c->offset * CLOCK_SECOND;
}

int32_t
business_days_between(const struct business_calendar *c, int64_t from, int64_t to)
{
	int64_t day = local_day(c, from), last = local_day(c, to);
	int32_t n = 0;

	if (last < day)
		return -business_days_between(c, to, from);
	/* Years apart: nobody reads the exact figure, and a date from outside
	 * must not keep a worker busy. */
	if (last - day > 400 * 366)
		return INT32_MAX;
	while (day < last) {
		day++;
		n += business_is_day(c, day);
	}
	return n;
}
