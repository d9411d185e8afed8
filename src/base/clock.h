/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - times are int64_t milliseconds since 1970-01-01 UTC.
 *
 * Only role/ and cli/ ask what time it is; rules get it as an argument.
 * Calendars and zones: base/zone.h, base/holiday.h.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

int64_t clock_now(void);
/* Never goes back; for measuring durations only, in microseconds. */
int64_t clock_monotonic_us(void);

/* A day and time of the proleptic Gregorian calendar, in some zone. */
struct civil {
	int32_t year;	/* 1..9999 */
	int32_t month;	/* 1..12 */
	int32_t day;	/* 1..31 */
	int32_t hour, minute, second; /* 0..23, 0..59, 0..59 */
	int32_t millisecond;
	int32_t weekday; /* 0 Sunday .. 6; ignored when converting back */
};

/* ${at} shifted by ${offset} seconds east of UTC, taken apart. */
struct civil clock_civil(int64_t at, int32_t offset);
/* The reverse; fields are not checked. */
int64_t clock_from_civil(const struct civil *c, int32_t offset);

/* Days since 1970-01-01 of a date, and back. */
int64_t clock_day_number(int32_t year, int32_t month, int32_t day);
struct civil clock_day_civil(int64_t day_number);

#endif
