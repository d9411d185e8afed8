/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk_store.h - one act on many reports.
 *
 * The reports are written down first; then each is decided on with what it was
 * before kept beside it. A short list is done within the request, a long one in
 * pieces by the job "inbox.bulk", so nobody waits and a crash goes on where it
 * was. Taking back goes the same way in the other direction.
 */
#ifndef INCIDENT_BULK_STORE_H
#define INCIDENT_BULK_STORE_H

#include "auth/auth.h"
#include "incident/decide_store.h"

struct blob_store;
struct db;
struct value;

#define BULK_AT_ONCE 60 /* done within the request */
#define BULK_PIECE 100	/* reports a job run */

struct bulk {
	int64_t id, person_id, at;
	const char *act;   /* incident each attach decline assign priority door */
	struct value *params; /* title incident reason answer owner priority door actor_name */
	const char *state; /* running done undoing undone */
	int64_t total, done, skipped;
};
extern const char *const bulk_acts[];

/* Write it down; with more than BULK_AT_ONCE a job goes on from there. */
MUST_USE enum err bulk_add(struct db *db, struct arena *a, const char *act, const struct value *params,
    int64_t person, const int64_t *reports, size_t n, int64_t now, int64_t *ret_id);
MUST_USE enum err bulk_get(struct db *db, struct arena *a, int64_t id, struct bulk *ret);
/* Do the next ${most}, there or back; what was changed by others meanwhile is
 * skipped. ${*ret_more}: something is left. */
MUST_USE enum err bulk_step(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, size_t most,
    int64_t now, bool *ret_more);
/* Take it back from now on. ERR_CONFLICT: it is being taken back or was. */
MUST_USE enum err bulk_undo(struct db *db, struct arena *a, int64_t id, int64_t now);

#endif
