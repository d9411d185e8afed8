/* SPDX-License-Identifier: Apache-2.0 */
/* clickhouse_priv.h - questions as SQL, between the files of clickhouse.h. */
#ifndef TELESCOPE_CLICKHOUSE_PRIV_H
#define TELESCOPE_CLICKHOUSE_PRIV_H

#include "telescope/query.h"

struct buf;

#define CLICKHOUSE_COLUMNS                                                                         \
	"day Date, segment UInt64, slot UInt32, at UInt64, version UInt8, src UInt32, src6 FixedString(16), " \
	"dst UInt32, dst6 FixedString(16), sensor String, country UInt16, as_number UInt32, proto UInt8, sport UInt16, " \
	"dport UInt16, seq UInt32, len UInt16, ttl UInt8, ip_id UInt16, flags UInt16, window UInt16, mss UInt16, " \
	"scale UInt8, bits UInt8, options UInt8, fingerprint UInt8, payload String"

/* The filter and the times of ${q} as a condition. */
void clickhouse_where(struct buf *sql, const struct query *q);
/* What rows are grouped by: columns and functions of them. ${with_names}: "… AS k0a, …". */
void clickhouse_keys(struct buf *sql, const struct query *q, bool with_names);
/* The groups' keys, packets and the measure (0 for packets), the first of them first. ${top} 0: all. */
void clickhouse_groups(struct buf *sql, const char *table, const struct query *q, unsigned top);
/* Packets and the measure of those groups that are not among the first. */
void clickhouse_others(struct buf *sql, const char *table, const struct query *q);
/* Those of the first groups of ${q} that ${earlier} has too: keys, measure and rank there. */
void clickhouse_ranks(struct buf *sql, const char *table, const struct query *q, const struct query *earlier);
/* How many values of a row a key has. */
unsigned clickhouse_key_width(enum query_key k);

#endif
