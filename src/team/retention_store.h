/* SPDX-License-Identifier: Apache-2.0 */
/* retention_store.h - what is due, and its erasure; see retention.h. */
#ifndef TEAM_RETENTION_STORE_H
#define TEAM_RETENTION_STORE_H

#include <stdint.h>

#include "base/err.h"
#include "team/retention.h"

struct arena;
struct blob_store;
struct db;
struct value;

/* How many days ${kind} is kept; 0 = for ever. */
int64_t retention_days(struct db *db, enum retention_kind kind);

/* How many are older than ${before} and may go, counted up to ${most}. */
MUST_USE enum err retention_count(struct db *db, struct arena *a, enum retention_kind kind, int64_t before, int64_t most,
    int64_t *ret);
/*
 * Erase at most ${max} of them, oldest first, in the caller's write
 * transaction; ${*ret} how many. Reports and incidents tell their journal.
 * Blobs that nothing names any more go with them.
 */
MUST_USE enum err retention_erase(struct db *db, struct blob_store *blobs, struct arena *a, enum retention_kind kind,
    int64_t before, int max, int64_t now, int64_t *ret);
/* Of all kinds by their settings, at most ${max} each. ${counts}: {kind: n} is
 * added to; ${*ret_more}: something is left. */
MUST_USE enum err retention_run(struct db *db, struct blob_store *blobs, struct arena *a, int max, int64_t now,
    struct value *counts, bool *ret_more);
/* The journal's entry about a run: "retention.run" with {counts}. */
MUST_USE enum err retention_tell(struct db *db, struct arena *a, const char *by, int64_t by_id, const struct value *counts, int64_t now);
/* The last one: its payload and time; ERR_NOT_FOUND. */
MUST_USE enum err retention_last(struct db *db, struct arena *a, struct value **ret, int64_t *ret_at);
/* What retention took out of an incident: {kind: time} is added to ${ret}. */
MUST_USE enum err retention_of_incident(struct db *db, struct arena *a, int64_t incident, struct value *ret);

#endif
