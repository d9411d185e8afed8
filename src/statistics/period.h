/* SPDX-License-Identifier: Apache-2.0 */
/*
 * period.h - days, weeks, months, quarters and fiscal years of the statistics.
 *
 * Days are local day numbers of the team (tally_day()). Quarters are January to
 * March and so on, named by the fiscal year, which begins in April: July to
 * September 2026 is FY2026 Q2. Years are fiscal years. A week begins on Sunday
 * for Japanese readers and on Monday for English ones (ISO 8601).
 */
#ifndef STATISTICS_PERIOD_H
#define STATISTICS_PERIOD_H

#include "base/err.h"
#include "base/zone.h"

struct arena;

enum period_unit { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR };
extern const char *const period_units[]; /* "day" …; NULL ends */
bool period_unit_parse(struct str s, enum period_unit *ret);

/* The first day of the period that ${day} is in. */
int64_t period_start(enum period_unit u, enum lang l, int64_t day);
/* The start of the period ${n} after (before, when negative) the one that
 * begins at ${start}. */
int64_t period_step(enum period_unit u, int64_t start, int64_t n);
/* How many periods one year has: what lies so many before is the same one of
 * last year. Weeks: 52, so that weekdays meet. Days: 364, for the same reason. */
int64_t period_per_year(enum period_unit u);

/* "2026年9月", "September 2026", "FY2026 Q2 (Jul-Sep)", "week of 2026-09-13". */
const char *period_name(struct arena *a, enum period_unit u, enum lang l, int64_t start);
/* The same under a chart's axis: "9/13", "2026/09", "26Q2", "2026". */
const char *period_short(struct arena *a, enum period_unit u, enum lang l, int64_t start);
/* "2026-09-13", and back; years 1970 to 2199. */
const char *period_date(struct arena *a, int64_t day);
MUST_USE enum err period_date_parse(struct str s, int64_t *ret);

/*
 * A range of whole periods, and what to compare it with. When it reaches into
 * the future only the days until today count, and as many are taken of the
 * others.
 */
#define PERIOD_MAX 400
#define PERIOD_MAX_WEEKS 160 /* three years; longer times are asked for by month */
struct period_range {
	enum period_unit unit;
	enum lang lang;
	int64_t from, until;  /* first day, first day after */
	int64_t start[PERIOD_MAX + 1]; /* of each period; start[n] is ${until} */
	size_t n;
	bool running;	      /* the last one is not over */
	int64_t before_from, before_until; /* as many periods before */
	int64_t year_from, year_until;	   /* a year before */
};
/* From the period of day ${from} to that of day ${to}, at most PERIOD_MAX of
 * them (the last ones), of weeks PERIOD_MAX_WEEKS. */
void period_range(enum period_unit u, enum lang l, int64_t from, int64_t to, int64_t today,
    struct period_range *ret);

#endif
