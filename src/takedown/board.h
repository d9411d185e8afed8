/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - all sites in memory, so that any order, group and filter of a quarter
 * of a million of them takes milliseconds.
 *
 * What a row needs for being found and sorted is here; what a page shows of its
 * fifty rows is read from the database. board_store.h keeps it up to date by
 * site.change. Threads share one board: readers do not hinder each other.
 */
#ifndef TAKEDOWN_BOARD_H
#define TAKEDOWN_BOARD_H

#include "base/err.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/word.h"

struct arena;
struct board;

struct board *board_new(void);
void board_free(struct board *b);

/* One site as board_put() takes it; texts are copied. */
struct board_site {
	int64_t id, incident_id, brand_id, owner_id, contact_id, asn;
	const char *url, *host, *domain, *tld, *cc, *as_name; /* NULL is "" */
	const char *state, *route, *origin, *sector, *result;
	int64_t http_status, reported_at, notified_at, checked_at, stopped_at, days, reopened;
	bool removed;
};
/* Between begin and end nobody reads. ${change}: as far as it is known now. */
void board_begin(struct board *b);
void board_put(struct board *b, const struct board_site *s);
enum board_name { BOARD_BRAND, BOARD_PERSON };
void board_put_name(struct board *b, enum board_name kind, int64_t id, const char *name);
void board_end(struct board *b, int64_t change, int64_t change_id);
/* How far it is known; ${*ret_id} the id at that change. */
int64_t board_change(struct board *b, int64_t *ret_id);
size_t board_bytes(struct board *b); /* memory it takes */

extern const struct word board_sorts[];	 /* elapsed reported checked state host url brand cc asn route owner days stopped sector tld */
extern const struct word board_groups[]; /* brand cc asn host domain tld route state owner day sector origin */

struct board_filter {
	unsigned states;	/* bit a place in site_states; 0 = all */
	int64_t brand;		/* -1 any, 0 none */
	int64_t owner;		/* -1 any, 0 nobody */
	int64_t asn;		/* -1 any, 0 unknown */
	int64_t incident;	/* 0 any */
	int origin, sector, route; /* places in their lists, -1 any */
	const char *cc, *tld, *domain, *host; /* NULL any; "" unknown */
	bool reopened, asked, unasked; /* only those */
	int64_t age;		/* at least so many hours; 0 any */
	int64_t day;		/* reported on this day number of ${offset}; -1 any */
	int32_t offset;		/* seconds east of UTC */
	const char *q;		/* part of the URL or the brand, folded; NULL none */
	int sort;		/* place in board_sorts */
	bool down;		/* largest first */
	int group;		/* place in board_groups, -1 none */
};
/*
 * Read ${query} (percent-encoded; other names are passed over): state=live
 * (default) all reported … , brand, owner=me none ID, asn, cc, tld, domain, host,
 * origin, sector, route, incident (an id: the caller looks its number up),
 * reopened=1, asked=1 0, age, day=2026-09-18, q, sort=[-]NAME, group. A value
 * that does not exist is a problem at its name and is left out.
 */
MUST_USE enum err board_filter_read(struct arena *a, struct str query, int64_t me, int32_t offset,
    struct problems *problems, struct board_filter *ret);
/* Of ${query}, "" when it is not there. */
const char *board_query_value(struct arena *a, struct str query, const char *name);

/* What the viewer may not see: ids of incidents, ascending. */
struct board_hidden {
	const int64_t *id;
	size_t n;
};
/* Those that match, of each filter, in one walk. */
void board_count(struct board *b, const struct board_filter *const *f, size_t n, struct board_hidden hidden,
    int64_t now, int64_t *ret);
/* ids of one page in the filter's order; ${*ret_total} of all. */
size_t board_select(struct board *b, struct arena *a, const struct board_filter *f, struct board_hidden hidden,
    int64_t now, size_t offset, size_t limit, int64_t **ret, int64_t *ret_total);

/* ids of the newest that match, at most ${max}; stops looking when it has them.
 * The filter's order is not looked at. */
size_t board_newest(struct board *b, struct arena *a, const struct board_filter *f, struct board_hidden hidden,
    int64_t now, size_t max, int64_t **ret);

struct board_group {
	const char *key;   /* as the filter of the address says it: "JP", "64500", "12", "2026-09-18" */
	const char *label; /* as people read it; "" is unknown */
	int64_t total, live, stopped, reopened;
	int64_t median;	   /* of the time to stop, ms; -1 none stopped */
};
/* Largest first (days: newest first); at most ${max}, ${*ret_groups} of all. */
size_t board_group_by(struct board *b, struct arena *a, const struct board_filter *f, struct board_hidden hidden,
    int64_t now, size_t max, struct board_group **ret, int64_t *ret_groups);

/* The four numbers above the board. */
struct board_numbers {
	int64_t live, live_long; /* over 24 hours */
	int64_t stopped, median; /* stopped since ${since}, their time to stop (-1 none) */
	int64_t reopened;	 /* there again now */
	int64_t unasked;
};
void board_sum(struct board *b, struct arena *a, struct board_hidden hidden, int64_t now, int64_t since, struct board_numbers *ret);

/* What statistics see of a site; texts only while they look. */
struct board_seen {
	int64_t id, reported_at, stopped_at, elapsed; /* stopped_at 0: not stopped now */
	int64_t brand_id, contact_id, asn, days;
	uint32_t tld_key, cc_key; /* the same number for the same text, 0 for "" */
	const char *tld, *cc, *as_name, *brand;
	int state, origin, sector, route; /* places in their lists; UINT8_MAX: none of them */
	bool asked;
};
/* All sites that are on the board; ${each} must not use the board. */
void board_walk(struct board *b, int64_t now, void (*each)(void *to, const struct board_seen *s), void *to);

#endif
