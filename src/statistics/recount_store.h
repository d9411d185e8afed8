/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recount_store.h - the tables tally and gauge, counted anew from the records.
 *
 * They are kept in the transaction of each change; this proves it, and makes
 * them right after a restore of records from elsewhere.
 */
#ifndef STATISTICS_RECOUNT_STORE_H
#define STATISTICS_RECOUNT_STORE_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;
struct value;

/*
 * Compare: {"rows", "differences", "items": [{"name", "kept", "counted"}]}, at
 * most 100 items. ${*ret_differences}: how many there are.
 */
MUST_USE enum err recount_check(struct db *db, struct arena *a, struct value *out, int64_t *ret_differences);
/* Write what was counted, in the caller's transaction, with a journal entry
 * that says what was wrong. */
MUST_USE enum err recount_rebuild(struct db *db, struct arena *a, int64_t now, struct value *out,
    int64_t *ret_differences);

#endif
