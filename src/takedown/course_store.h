/* SPDX-License-Identifier: Apache-2.0 */
/* course_store.h - the events of a coordination, out of its records. */
#ifndef TAKEDOWN_COURSE_STORE_H
#define TAKEDOWN_COURSE_STORE_H

#include "incident/incident.h"
#include "takedown/course.h"

struct db;

/* In order (course_order()); at most 400: the earliest. */
MUST_USE enum err course_load(struct db *db, struct arena *a, const struct incident *i, struct course_event **ret, size_t *ret_n);
struct course_party {
	int64_t id;
	const char *role, *cc; /* cc or NULL */
};
/* Of the incident, oldest first. */
MUST_USE enum err course_parties(struct db *db, struct arena *a, int64_t incident, struct course_party **ret, size_t *ret_n);

struct course_site {
	const char *url, *host, *cc, *brand; /* the last two or NULL */
	const char *origin, *sector, *route, *state;
	int64_t reported_at, notified_at, stopped_at, days; /* stopped_at 0: not stopped now */
};
/* Those on the board, oldest first, at most 2,000. */
MUST_USE enum err course_sites(struct db *db, struct arena *a, int64_t incident, struct course_site **ret, size_t *ret_n);

#endif
