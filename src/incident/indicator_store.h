/* SPDX-License-Identifier: Apache-2.0 */
/* indicator_store.h - the observables of an incident and what we know of them. */
#ifndef INCIDENT_INDICATOR_STORE_H
#define INCIDENT_INDICATOR_STORE_H

#include "incident/extract.h"
#include "incident/incident_change_store.h"

struct indicator {
	int64_t id; /* observable.id */
	const char *type, *value, *role;
	bool confirmed, ignored;
	const char *note;
	int64_t added_at, added_by;
	int64_t reports, incidents; /* how many name it, this one included */
};
#define INDICATOR_PAGE 100
/* Confirmed ones first, then by how telling the type is. ${*ret_total}: all. */
MUST_USE enum err indicator_list(struct db *db, struct arena *a, int64_t incident, int64_t limit,
    struct indicator **ret, size_t *ret_n, int64_t *ret_total);
MUST_USE enum err indicator_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct indicator *ret);
/* Add what was found in a text; ${*ret_new}: how many were not there yet. */
MUST_USE enum err indicator_add(struct db *db, struct arena *a, int64_t incident,
    const struct extract_found *found, size_t n, const char *role, bool confirmed, const char *note,
    struct actor by, int64_t *ret_new);
MUST_USE enum err indicator_set(struct db *db, struct arena *a, int64_t incident, const struct indicator *was,
    const char *role, bool confirmed, struct actor by);
MUST_USE enum err indicator_remove(struct db *db, struct arena *a, int64_t incident,
    const struct indicator *i, struct actor by);
/* Undo of it. */
MUST_USE enum err indicator_restore(struct db *db, struct arena *a, int64_t incident,
    const struct indicator *i, struct actor by);

#endif
