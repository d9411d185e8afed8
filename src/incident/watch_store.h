/* SPDX-License-Identifier: Apache-2.0 */
/* watch_store.h - watch lists in the database, and who is told of a meeting. */
#ifndef INCIDENT_WATCH_STORE_H
#define INCIDENT_WATCH_STORE_H

#include "incident/incident.h"
#include "incident/watch.h"

struct blob_store;
struct db;

#define WATCHES_MAX 500 /* of one person, or the team */

struct watch {
	int64_t id;
	int64_t person_id; /* 0 = the team's */
	const char *kind, *value, *note;
	int64_t created_by, created_at, until; /* until 0 = without an end */
	const char *creator; /* name */
	bool mail;
	int64_t hits, hit_at;
};
/* ERR_EXISTS: there is one; ERR_LIMIT: there are WATCHES_MAX. */
MUST_USE enum err watch_add(struct db *db, const struct watch *v, int64_t *ret_id);
/* ${person}'s and the team's, newest first. */
MUST_USE enum err watch_list(struct db *db, struct arena *a, int64_t person, struct watch **ret, size_t *ret_n);
/* ERR_NOT_FOUND: somebody else's too. */
MUST_USE enum err watch_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct watch *ret);
MUST_USE enum err watch_delete(struct db *db, int64_t id);

/* Is anything watched at all? */
MUST_USE enum err watch_any(struct db *db, bool *ret);
/*
 * ${object} "report" or "incident" with number ${id} touches ${seen}: those who
 * watch any of it are told, once for each value; the team's watches tell everybody
 * who triages. Nobody is told of what they may not see. One index look-up for
 * every hundred values, none while nothing is watched.
 */
MUST_USE enum err watch_meet(struct db *db, struct blob_store *blobs, struct arena *a, const char *object, int64_t id,
    const struct watch_seen *seen, size_t n, int64_t now);

#endif
