/* SPDX-License-Identifier: Apache-2.0 */
/* bring_store.h - files with past decisions, and the decisions taken from them. */
#ifndef DECISION_BRING_STORE_H
#define DECISION_BRING_STORE_H

#include "decision/bring.h"
#include "journal/journal.h"

struct db;

struct decision_import {
	int64_t id, blob_id, decisions, created_by, created_at, done_at;
	const char *topic, *name, *digest, *mapping, *error;
	const char *state; /* open waiting done failed */
};

/* ${digest}: SHA-256 of the bytes. */
MUST_USE enum err decision_import_add(struct db *db, const char *topic, const char *name, const unsigned char digest[32],
    int64_t blob, struct actor by, int64_t *ret_id);
MUST_USE enum err decision_import_get(struct db *db, struct arena *a, int64_t id, struct decision_import *ret);
/* Newest first. */
MUST_USE enum err decision_import_list(struct db *db, struct arena *a, const char *topic, struct decision_import **ret,
    size_t *ret_n);
/* The same bytes that were taken in before ${id}; ERR_NOT_FOUND: never. */
MUST_USE enum err decision_import_before(struct db *db, struct arena *a, const char *topic, const char *digest, int64_t id,
    struct decision_import *ret);
MUST_USE enum err decision_import_map(struct db *db, int64_t id, const char *mapping);
/* The job "decision.import" takes it in. ERR_CONFLICT: it is not open. */
MUST_USE enum err decision_import_start(struct db *db, struct arena *a, int64_t id, struct actor by);
/* Its rows become decisions, once. Somebody named as a user is (name or mail address) is
 * that user. The file is no longer kept. ERR_CONFLICT: that was done already. */
MUST_USE enum err decision_import_take(struct db *db, struct arena *a, int64_t id, const struct decision_model *m,
    const struct decision_brought *row, size_t n, struct actor by);
/* ${why}: a sentence; the file stays, to be mapped otherwise. */
MUST_USE enum err decision_import_fail(struct db *db, int64_t id, const char *why);
/* A file that was not taken in goes. ERR_CONFLICT: it was. */
MUST_USE enum err decision_import_drop(struct db *db, int64_t id);
/* Nothing (or again) is learned from all that came with it. */
MUST_USE enum err decision_import_leave_out(struct db *db, struct arena *a, int64_t id, bool left_out, struct actor by);

#endif
