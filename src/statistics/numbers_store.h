/* SPDX-License-Identifier: Apache-2.0 */
/*
 * numbers_store.h - the three counters, from the table tally.
 *
 *	report		reports received, by the day of receipt and what they report
 *	incident	incidents, by the day they were opened; several reports of one
 *			count once, merged ones and tests not at all
 *	coordinated	incidents in which a request went out, by the day of the first
 *	closed		incidents that are closed, by that day
 *
 * They are never added to one another.
 */
#ifndef STATISTICS_NUMBERS_STORE_H
#define STATISTICS_NUMBERS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

enum numbers_origin { NUMBERS_ALL, NUMBERS_DOMESTIC, NUMBERS_OVERSEAS };

struct numbers_category {
	const char *key;
	int64_t *n; /* for each period */
	int64_t total;
};
struct numbers {
	size_t periods;
	int64_t *domestic, *overseas, *all; /* for each period */
	int64_t total, total_domestic, total_overseas;
	struct numbers_category *category; /* most first */
	size_t categories;
};

struct numbers_ask {
	const char *what;
	const int64_t *start; /* ${n} + 1 days: where each period begins, the last ends */
	size_t n;
	bool months;	      /* each begins with a month: read those, they are fewer */
	const char *category; /* only this one; NULL = all */
	enum numbers_origin origin;
};
MUST_USE enum err numbers_load(struct db *db, struct arena *a, const struct numbers_ask *q, struct numbers *ret);
/* The sum from day ${from} to before ${until}. */
MUST_USE enum err numbers_sum(struct db *db, const char *what, int64_t from, int64_t until,
    const char *category, enum numbers_origin origin, int64_t *ret);
/* The day of the first record of all; ERR_NOT_FOUND when there is none. */
MUST_USE enum err numbers_first_day(struct db *db, int64_t *ret);
/* A present size: "report/new". */
MUST_USE enum err numbers_gauge(struct db *db, const char *name, int64_t *ret);

#endif
