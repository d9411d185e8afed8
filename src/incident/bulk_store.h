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
	const char *act;   /* incident each attach decline assign priority door, or a worker's */
	struct value *params; /* title incident reason answer owner priority door actor_name */
	const char *state; /* running done undoing undone */
	int64_t total, done, skipped;
};
extern const char *const bulk_acts[];

/*
 * Who does the acts of a higher module: ${one} an id, ${back} what it wrote to
 * ${before}; *ret_skipped: it stays as it was. ${b}->params may be changed by
 * ${one} (bulk_set_params()).
 */
struct bulk_worker {
	const char *job; /* that goes on with a long list */
	enum err (*one)(struct db *db, struct blob_store *blobs, struct arena *a, struct bulk *b, int64_t id, int64_t now,
	    struct value *before, bool *ret_skipped);
	enum err (*back)(struct db *db, struct arena *a, const struct bulk *b, const struct value *before, int64_t now,
	    bool *ret_skipped);
};
MUST_USE enum err bulk_add_for(struct db *db, struct arena *a, const char *job, const char *act,
    const struct value *params, int64_t person, const int64_t *ids, size_t n, int64_t now, int64_t *ret_id);
MUST_USE enum err bulk_step_by(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct bulk_worker *worker, int64_t id, size_t most, int64_t now, bool *ret_more);
MUST_USE enum err bulk_undo_by(struct db *db, struct arena *a, const struct bulk_worker *worker, int64_t id, int64_t now);
/* Days may lie between the order and its last report: who ordered it must still be
 * allowed to, and see both the report and the incident (0: none). */
MUST_USE enum err bulk_still_may(struct db *db, struct arena *a, const struct bulk *b, int64_t report, int64_t incident,
    bool *ret);
/* Remember ${b}->params for the next ones. */
MUST_USE enum err bulk_set_params(struct db *db, struct arena *a, const struct bulk *b);
/* One turn of a job with payload {bulk}: the next piece, and again. ${worker} NULL:
 * the acts of this module. */
struct job_run;
MUST_USE enum err bulk_turn(struct job_run *j, struct db *db, const struct bulk_worker *worker);

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
