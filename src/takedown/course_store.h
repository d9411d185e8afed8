/* SPDX-License-Identifier: Apache-2.0 */
/* course_store.h - the events of a coordination, out of its records. */
#ifndef TAKEDOWN_COURSE_STORE_H
#define TAKEDOWN_COURSE_STORE_H

#include "incident/incident.h"
#include "takedown/course.h"

struct db;

/* In order (course_order()); at most 400: the earliest. */
MUST_USE enum err course_load(struct db *db, struct arena *a, const struct incident *i, struct course_event **ret, size_t *ret_n);

#endif
