/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phishing.h - the numbers of phishing sites, in one walk over the board.
 *
 * "reported" counts a site in the period it was reported, "stopped" one that is
 * stopped now in the period it stopped. Days are business days from the first
 * request (else the report) to the stop. Sites of restricted incidents count;
 * nothing else is seen of them.
 */
#ifndef STATISTICS_PHISHING_H
#define STATISTICS_PHISHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct board;

enum phishing_origin { PHISHING_DOMESTIC, PHISHING_OVERSEAS, PHISHING_UNKNOWN, PHISHING_ORIGINS };
/* What sites are counted by; each site is in one group of each. */
enum phishing_by { PHISHING_BRAND, PHISHING_CC, PHISHING_TLD, PHISHING_AS, PHISHING_CONTACT, PHISHING_BYS };

#define PHISHING_SECTORS 24 /* at least as many as organisation_sectors has */
#define PHISHING_BUCKETS 4
extern const char *const phishing_buckets[PHISHING_BUCKETS]; /* "0-3" "4-7" "8-10" "11+" */

struct phishing_times { /* of what stopped */
	int64_t stopped;
	int64_t bucket[PHISHING_BUCKETS];
	int64_t median_ms, p90_ms;     /* whole seconds; -1 nothing stopped */
	int64_t median_days, p90_days; /* the same; of periods and all, not of groups */
};
struct phishing_group {
	int64_t id;	  /* of the brand or contact, number of the AS; 0 none */
	const char *name; /* brand, country code, TLD, the AS's name; "" unknown */
	int64_t total;	  /* reported in the range */
	int64_t before;	  /* in as many periods before */
	int64_t live;	  /* of all, not stopped now */
	int64_t months[3]; /* the last three of the range's end */
	size_t rank_before; /* 1 …; 0 was not there */
	struct phishing_times stop;
};
/* Rows of the quarter's table; columns its three months, their total, the
 * quarter before. */
enum phishing_row {
	PHISHING_ROW_SITES, PHISHING_ROW_DOMESTIC, PHISHING_ROW_OVERSEAS, PHISHING_ROW_UNKNOWN, PHISHING_ROW_ASKED,
	PHISHING_ROW_STOPPED, PHISHING_ROWS,
};
struct phishing {
	size_t periods;
	int64_t *reported;			  /* each period */
	int64_t *origin[PHISHING_ORIGINS];	  /* of the brand */
	int64_t *place[PHISHING_ORIGINS];	  /* where it is hosted */
	struct phishing_times *stop, all;
	int64_t total, before, live, total_origin[PHISHING_ORIGINS];
	int64_t sector[PHISHING_SECTORS][PHISHING_ORIGINS]; /* reported in the range */
	int64_t now[PHISHING_SECTORS][PHISHING_ORIGINS];    /* not stopped now */
	struct phishing_group *group[PHISHING_BYS]; /* most first */
	size_t groups[PHISHING_BYS];
	int64_t months[4];   /* first days of the last three months, and the day after */
	int64_t quarter[5];  /* first days: of the quarter before, the three months, the day after */
	int64_t table[PHISHING_ROWS][5];
};

struct phishing_ask {
	const int64_t *start; /* ${n} + 1 days */
	size_t n;
	int64_t before_from, before_until;
	int64_t now;
	const char *country; /* our own */
	int32_t offset;	     /* of days: seconds east of UTC */
};
void phishing_count(struct board *b, struct arena *a, const struct phishing_ask *q, struct phishing *ret);

#endif
