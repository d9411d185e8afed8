/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

int64_t
clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail here */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_monotonic_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail here */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Count days from 1 March of year 0: then the leap day is the last of its
 * year and a month's start is (153 m + 2) / 5.
 */
int64_t
clock_day_number(int32_t year, int32_t month, int32_t day)
{
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t m = month > 2 ? month - 3 : month + 9;
	int64_t day_of_year = (153 * m + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

struct civil
clock_day_civil(int64_t day_number)
{
	int64_t z = day_number + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t m = (5 * doy + 2) / 153;
	struct civil c = { 0 };

	c.day = (int32_t)(doy - (153 * m + 2) / 5 + 1);
	c.month = (int32_t)(m < 10 ? m + 3 : m - 9);
	c.year = (int32_t)(yoe + era * 400 + (c.month <= 2));
	c.weekday = (int32_t)(((day_number + 4) % 7 + 7) % 7);
	return c;
}

struct civil
clock_civil(int64_t at, int32_t offset)
{
	int64_t local = at + (int64_t)offset * 1000;
	int64_t day = floor_div(local, CLOCK_DAY);
	int64_t rest = local - day * CLOCK_DAY;
	struct civil c = clock_day_civil(day);

	c.hour = (int32_t)(rest / CLOCK_HOUR);
	c.minute = (int32_t)(rest / CLOCK_MINUTE % 60);
	c.second = (int32_t)(rest / 1000 % 60);
	c.millisecond = (int32_t)(rest % 1000);
	return c;
}

int64_t
clock_from_civil(const struct civil *c, int32_t offset)
{
	return clock_day_number(c->year, c->month, c->day) * CLOCK_DAY +
	    c->hour * CLOCK_HOUR + c->minute * CLOCK_MINUTE +
	    c->second * INT64_C(1000) + c->millisecond -
	    (int64_t)offset * 1000;
}
