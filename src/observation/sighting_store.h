/* SPDX-License-Identifier: Apache-2.0 */
/* sighting_store.h - what the rules noticed, in the database; what people decide about
 * it is journalled. */
#ifndef OBSERVATION_SIGHTING_STORE_H
#define OBSERVATION_SIGHTING_STORE_H

#include "journal/journal.h"
#include "telescope/sighting_run.h"
#include "text/value.h"

struct arena;
struct db;
struct user;

struct sighting_row {
	int64_t id;
	const char *rule, *series, *where;
	int64_t from, to, told; /* milliseconds */
	const struct value *numbers;
	const char *state; /* new incident note dismissed */
	const char *note;
	int64_t incident_id;
	const char *incident; /* its number, or NULL */
	const char *person;   /* who decided, or NULL */
	int64_t decided_at, version;
};

/* The numbers that are kept with it: what fired, by which thresholds. */
struct value *sighting_numbers(struct arena *a, const struct sighting *s, const struct sighting_limits *l);
/* One that is there already only goes on: its end and numbers move. */
MUST_USE enum err sighting_keep(struct db *db, struct arena *a, const struct sighting *s, const struct sighting_limits *l);
/* Newest first; ${state} NULL: all. ${u}: whose eyes; numbers of incidents that he may
 * not see are NULL. */
MUST_USE enum err sighting_list(struct db *db, struct arena *a, const char *state, const struct user *u, int64_t offset,
    int64_t limit, struct sighting_row **ret, size_t *ret_n, int64_t *ret_total);
MUST_USE enum err sighting_get(struct db *db, struct arena *a, int64_t id, const struct user *u, struct sighting_row *ret);
/* ERR_CONFLICT: somebody else has decided meanwhile. ${incident} 0: none. */
MUST_USE enum err sighting_decide(struct db *db, struct arena *a, const struct sighting_row *s, const char *state,
    const char *note, int64_t incident, struct actor by);

/* The team's thresholds. */
struct sighting_limits sighting_limits_read(struct db *db);

#endif
