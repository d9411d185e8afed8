/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prefix_table.h - which of very many networks is the narrowest around an
 * address.
 *
 * Made once from a list, never changed after, and then read by any number of
 * threads.  Networks may lie inside each other; the list becomes sorted
 * boundaries without overlap, found by the address's first 16 bits and a binary
 * search among the boundaries there (docs/decisions/prefix-table.md).
 */
#ifndef DIRECTORY_PREFIX_TABLE_H
#define DIRECTORY_PREFIX_TABLE_H

#include "base/err.h"
#include "base/ip.h"

struct prefix_table;

/* No network: never a value in a list. */
#define PREFIX_NONE UINT32_MAX

struct prefix_entry {
	struct ip_net net;
	uint32_t value;
};
/* From ${from} to ${to}, both within, of one version. */
struct prefix_range {
	struct ip from, to;
	uint32_t value;
};

/*
 * From networks in any order; the list is sorted in place. Of two equal ones the
 * later counts. ERR_INVALID: a value is PREFIX_NONE.
 */
MUST_USE enum err prefix_table_new(struct prefix_entry *list, size_t n, struct prefix_table **ret);
/*
 * From ranges that need not be networks, in ascending order, IPv4 before IPv6.
 * ERR_INVALID: one overlaps or stands out of order; its place in ${*ret_at}
 * (may be NULL).
 */
MUST_USE enum err prefix_table_from_ranges(
    const struct prefix_range *list, size_t n, struct prefix_table **ret, size_t *ret_at);
/*
 * One table out of ${n} (at most 8): ${value} gets, for each stretch of addresses, what
 * each of them says there (PREFIX_NONE: nothing) and returns what the new one
 * says. NULL tables say nothing.
 */
struct prefix_table *prefix_table_merge(const struct prefix_table *const *tables, size_t n,
    uint32_t (*value)(void *object, const uint32_t *values), void *object);
void prefix_table_free(struct prefix_table *t);
AUTO_DEFINE(prefix_table)

/* The value of the narrowest network around ${ip}, or PREFIX_NONE. An IPv4
 * address that an IPv6 one carries (::ffff:192.0.2.1) is looked up as IPv4. */
uint32_t prefix_table_find(const struct prefix_table *t, const struct ip *ip);
uint32_t prefix_table_find4(const struct prefix_table *t, uint32_t address);

size_t prefix_table_bytes(const struct prefix_table *t);  /* memory it takes */
size_t prefix_table_ranges(const struct prefix_table *t); /* boundaries in it */

#endif
