/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clickhouse.h - the same questions to a ClickHouse, for teams whose records are more
 * than one machine holds.
 *
 * Records are sealed in the store first and then copied, a day at a time: a day comes
 * into the table whole and replaces what it had, so that copying again changes
 * nothing. What filter.h and query.h ask is translated to SQL. Only types and
 * functions that were there in 2018 are used. docs/telescope-store.md has the table.
 */
#ifndef TELESCOPE_CLICKHOUSE_H
#define TELESCOPE_CLICKHOUSE_H

#include <stdint.h>

#include "base/err.h"
#include "telescope/query.h"

struct arena;
struct clickhouse;
struct store;

/*
 * ${url}: http[s]://[USER@]HOST[:PORT]/[DATABASE[.TABLE]], otherwise tobiguchi.record.
 * ${password} may be NULL. ERR_INVALID: no such address. Nothing is asked yet.
 */
MUST_USE enum err clickhouse_new(const char *url, const char *password, struct clickhouse **ret);
void clickhouse_free(struct clickhouse *c);
AUTO_DEFINE(clickhouse)
/* What the server, or the way to it, said when something failed; "" before. */
const char *clickhouse_fault(const struct clickhouse *c);

/*
 * As query_run(). ERR_UNAVAILABLE: it does not answer or refuses; ERR_TIMEOUT;
 * ERR_LIMIT: the answer is too long.
 */
MUST_USE enum err clickhouse_query(struct arena *a, struct clickhouse *c, const struct query *q, struct query_result *ret);

struct clickhouse_load {
	uint32_t shard, shards; /* only sources of this one, 0.. of so many; 0 and 0: all */
	/* Told before each day that is copied; may be NULL. */
	void (*progress)(void *object, size_t done, size_t all);
	void *object;
	/* results */
	uint64_t days, records; /* copied */
	const char *left_out;	/* a segment that is damaged: its day stays as it was; NULL */
};
/* Make database and table when they are missing, and copy each day of the store that is not in it as it is
 * here. Days that the store has no more stay. */
MUST_USE enum err clickhouse_load(struct arena *a, struct clickhouse *c, struct store *s, struct clickhouse_load *load);

#endif
