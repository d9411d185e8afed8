/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_bulk_store.h - one change to many incidents, in one transaction.
 *
 * Those that have the value already are passed over. ${before}, an object, gets
 * what incident_bulk_undo() needs: {field, to, rows: [[id, old]…]}. Each change
 * has its own journal entry, as if made on the page.
 */
#ifndef INCIDENT_INCIDENT_BULK_STORE_H
#define INCIDENT_INCIDENT_BULK_STORE_H

#include "incident/incident_change_store.h"
#include "text/value.h"

MUST_USE enum err incident_bulk_owner(struct db *db, struct arena *a, const int64_t *ids, size_t n, int64_t owner,
    struct actor by, struct value *before, int64_t *ret_changed);
MUST_USE enum err incident_bulk_priority(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    const char *priority, struct actor by, struct value *before, int64_t *ret_changed);
/* The class; the categories follow from it unless they were set by hand. */
MUST_USE enum err incident_bulk_rsit(struct db *db, struct arena *a, const int64_t *ids, size_t n, const char *rsit,
    struct actor by, struct value *before, int64_t *ret_changed);
/* Back to the old values, where nobody changed them since. */
MUST_USE enum err incident_bulk_undo(struct db *db, struct arena *a, const struct value *before, struct actor by);

#endif
