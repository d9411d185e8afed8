/* SPDX-License-Identifier: Apache-2.0 */
/* hold_store.h - legal hold: of an incident under it retention erases nothing. */
#ifndef INCIDENT_HOLD_STORE_H
#define INCIDENT_HOLD_STORE_H

#include "incident/incident.h"
#include "journal/journal.h"

struct db;
struct db_sql;

struct incident_hold {
	int64_t incident_id, at, person_id;
	const char *reason;
	const char *ref, *title, *person; /* for lists */
};
/* ERR_NOT_FOUND: it is not held. */
MUST_USE enum err hold_get(struct db *db, struct arena *a, int64_t incident, struct incident_hold *ret);
/* Both journal; ERR_EXISTS: it is held already. ERR_NOT_FOUND: it is not. */
MUST_USE enum err hold_put(struct db *db, struct arena *a, const struct incident *i, const char *reason,
    struct actor by);
MUST_USE enum err hold_lift(struct db *db, struct arena *a, const struct incident *i, const char *reason,
    struct actor by);
/* All of them, newest first, at most ${limit}. */
MUST_USE enum err hold_list(struct db *db, struct arena *a, int limit, struct incident_hold **ret, size_t *ret_n);

#endif
