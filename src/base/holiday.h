/* SPDX-License-Identifier: Apache-2.0 */
/* holiday.h - Japanese national holidays 1970..2099 and business days. */
#ifndef BASE_HOLIDAY_H
#define BASE_HOLIDAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* The holiday's name in Japanese, or NULL. */
const char *holiday_name(int32_t year, int32_t month, int32_t day);

struct business_calendar {
	int32_t open_minute;  /* of the day, e.g. 9*60+30 */
	int32_t close_minute; /* e.g. 17*60+30 */
	bool year_end_closed; /* 29 December .. 3 January */
	int32_t offset;	      /* seconds east of UTC, no summer time */
};
extern const struct business_calendar business_tokyo; /* 9:30-17:30, closed */

bool business_is_day(const struct business_calendar *c, int64_t day_number);
/* Day of receipt is day 0; after closing time or on a closed day counts as the
 * next business day's opening. Due at closing time of the ${days}th after. */
int64_t business_due(const struct business_calendar *c, int64_t at, int32_t days);
/* Whole business days from ${from} to ${to}, 0 on the same day. */
int32_t business_days_between(const struct business_calendar *c, int64_t from, int64_t to);

#endif
