/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph.h - the numbers behind the graphs, of a week, a month, three months, a year.
 *
 * Made from sums by a job, kept as one JSON text each, and shown from there: to the
 * team, to everybody, as CSV.  Counts are packets for each active sensor, so that
 * more sensors do not look like more scans.  No sensor is named in it.
 *
 *	{span, from, step, n, sensors [active in each step], active, packets [...],
 *	 ports [{name, rank, previous_rank, packets, previous, values [...]}],
 *	 regions [the same], countries [{name, packets}] (all of them),
 *	 heat [{name, hours [24]}], attribution}
 */
#ifndef OBSERVATION_GRAPH_H
#define OBSERVATION_GRAPH_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "text/value.h"

struct arena;
struct db;
struct store;

enum graph_span { GRAPH_WEEK, GRAPH_MONTH, GRAPH_QUARTER, GRAPH_YEAR, GRAPH_SPANS };
extern const char *const graph_name[GRAPH_SPANS]; /* "week" … */
bool graph_find(struct str name, enum graph_span *ret);

/* As of ${now}, microseconds. ERR_TIMEOUT: clock_monotonic_us() passed ${until}. */
MUST_USE enum err graph_make(struct arena *a, struct store *s, enum graph_span span, int64_t now, int64_t until,
    struct value **ret);
/* Any stretch of whole days or hours; ${previous} also ranks in the one before. */
MUST_USE enum err graph_of(struct arena *a, struct store *s, int64_t from, int64_t to, bool by_hour, int64_t until,
    struct value **ret);

/* In the database; ERR_NOT_FOUND: none was made yet. Times in milliseconds. */
MUST_USE enum err graph_keep(struct db *db, const char *name, int64_t now, const char *json);
MUST_USE enum err graph_get(struct db *db, struct arena *a, const char *name, int64_t *ret_at, struct value **ret);
MUST_USE enum err graph_at(struct db *db, const char *name, int64_t *ret); /* 0: not yet */

#endif
