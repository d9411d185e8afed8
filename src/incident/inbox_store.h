/* SPDX-License-Identifier: Apache-2.0 */
/* inbox_store.h - lists of reports by a filter, quick at a million. */
#ifndef INCIDENT_INBOX_STORE_H
#define INCIDENT_INBOX_STORE_H

#include "incident/inbox.h"
#include "incident/report.h"

struct db;

struct inbox_page {
	int64_t *id; /* in the filter's order */
	size_t n;
	int64_t total;
	bool estimate; /* the total is one */
};

/*
 * The ids of one page. The total is exact up to ${exact_to} and, without any
 * filter but the state, always; 0 = do not count. With words (q) the newest
 * reports stand first whatever the sort. ERR_INVALID: there is nothing
 * searchable in the words.
 */
MUST_USE enum err inbox_list(struct db *db, struct arena *a, const struct inbox_filter *f, int64_t offset,
    size_t limit, int64_t exact_to, struct inbox_page *ret);
/* How many, up to ${most}: for the tabs of saved views. */
MUST_USE enum err inbox_count(struct db *db, struct arena *a, const struct inbox_filter *f, int64_t most, int64_t *ret);
/* The references of the waiting reports beside ${r} in the list of the newest;
 * NULL = none. */
MUST_USE enum err inbox_neighbours(struct db *db, struct arena *a, const struct report *r,
    const struct user *viewer, const char **ret_newer, const char **ret_older);
/* The rows of ${ids} (at most 500), in their order; those that are gone are left out. */
MUST_USE enum err inbox_rows(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct report **ret, size_t *ret_n);

#endif
