/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.h - questions to a store: how many packets, sources, targets, by what.
 *
 * Answers are exact.  What can be read from a segment's sums is; else from its tables;
 * else from the rows of those blocks that may have any.  A damaged segment is left
 * out by name and the rest answers.
 */
#ifndef TELESCOPE_QUERY_H
#define TELESCOPE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "telescope/filter.h"

struct arena;
struct store;

enum query_key {
	QUERY_PORT, QUERY_PROTO, QUERY_SOURCE, QUERY_NET, /* /24, or /48 of IPv6 */
	QUERY_AS, QUERY_COUNTRY, QUERY_SENSOR, QUERY_FINGERPRINT, QUERY_HOUR, QUERY_DAY,
	QUERY_KEYS,
};
#define QUERY_KEYS_MAX 2
enum query_measure { QUERY_PACKETS, QUERY_SOURCES, QUERY_TARGETS, QUERY_MEASURES };

const char *query_key_name(enum query_key k);	      /* "port" */
const char *query_measure_name(enum query_measure m); /* "packets" */
bool query_key_find(struct str name, enum query_key *ret);
bool query_measure_find(struct str name, enum query_measure *ret);

struct query {
	int64_t from, to;	    /* microseconds, to not within; 0 and 0: all there is */
	const struct filter *where; /* NULL: all */
	enum query_key key[QUERY_KEYS_MAX];
	unsigned keys;		    /* 0: one row for all */
	enum query_measure measure; /* that rows are ordered by; packets are counted in any case */
	unsigned top;		    /* rows; 0: all. With a time among two keys: of the other key */
	bool rows;		    /* count rows even where sums would do: who checks one by the other */
	bool previous;		    /* also rank in an earlier period of the same length; needs from */
	int64_t back;		    /* how much earlier; 0: just before */
	int64_t until;		    /* clock_monotonic_us(): give up with ERR_TIMEOUT; 0: never */
	/* Told before each segment; false: stop (ERR_TIMEOUT). May be NULL. */
	bool (*progress)(void *object, size_t done, size_t all);
	void *object;
};

struct query_row {
	uint64_t number[QUERY_KEYS_MAX]; /* times: microseconds; ports: slots (segment.h); AS: numbers */
	const char *text[QUERY_KEYS_MAX]; /* "23/tcp", "192.0.2.0/24", "JP", "2026-09-01T13:00:00Z" */
	uint64_t count[QUERY_MEASURES];	  /* packets, and the measure that was asked for; else 0 */
	unsigned rank;			  /* 1.. by the measure */
	unsigned previous_rank;		  /* 0: was not there */
	uint64_t previous;		  /* its measure then */
};

struct query_left_out {
	const char *segment;
	enum err why;
};

struct query_result {
	struct query_row *row; /* by rank; by time when a key is one */
	size_t n;
	uint64_t groups;       /* that there are in all */
	struct query_row others; /* those not shown, counted together; without keys */
	struct query_row all;
	struct query_left_out *left_out;
	size_t left_outs;
	size_t segments;       /* that were asked */
	uint64_t rows_read;
	const char *attribution; /* of countries and AS, when a segment used them; "" */
};
/* ERR_LIMIT: more groups than LIMIT_QUERY_GROUPS or pairs of them and sources than
 * LIMIT_QUERY_PAIRS: ask for less. */
MUST_USE enum err query_run(struct arena *a, struct store *s, const struct query *q, struct query_result *ret);

/*
 * Every record that is meant, in the store's order, in blocks: ${each} gets the record, its
 * sensor and place. Any error that it returns ends the walk.
 */
struct query_record {
	struct record r;
	const char *sensor;
	uint16_t country;
	uint32_t as;
};
MUST_USE enum err query_records(struct store *s, const struct query *q,
    enum err (*each)(void *object, const struct query_record *x), void *object, struct query_result *ret, struct arena *a);

#endif
