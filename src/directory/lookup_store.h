/* SPDX-License-Identifier: Apache-2.0 */
/* lookup_store.h - the table lookup_answer, and how a look-up is asked for. */
#ifndef DIRECTORY_LOOKUP_STORE_H
#define DIRECTORY_LOOKUP_STORE_H

#include "directory/lookup.h"

struct blob_store;

/*
 * Ask anew about what ${h} is of, in the caller's write transaction: adds the
 * job unless it waits already. ${pap}: of what is looked up; RED asks nobody.
 * ${fresh}: also what is known and not yet old. ERR_DENIED: nothing may be asked
 * at all (lookup.reach or PAP); ERR_INVALID: there is nothing to ask.
 */
MUST_USE enum err lookup_ask(struct db *db, struct arena *a, const struct host *h, enum pap pap,
    bool fresh, int64_t now);

/* Keep one answer; its raw bytes go to the blob store. */
MUST_USE enum err lookup_add(struct db *db, struct blob_store *blobs, const struct lookup_answer *answer);

/* The newest answer of each kind, server and question about ${object}, nearest
 * first: greater hop, then newer. Without raw. */
MUST_USE enum err lookup_list(struct db *db, struct arena *a, const char *object,
    struct lookup_answer **ret, size_t *ret_n);
/* One of them. */
MUST_USE enum err lookup_get(struct db *db, struct arena *a, int64_t id, struct lookup_answer *ret);
/* Is there an answer of ${kind} about ${object} that has not expired? */
MUST_USE enum err lookup_known(struct db *db, const char *object, const char *kind, int64_t now, bool *ret);
/* The newest of one kind, ERR_NOT_FOUND when none is unexpired. */
MUST_USE enum err lookup_newest(struct db *db, struct arena *a, const char *object, const char *kind,
    int64_t now, struct lookup_answer *ret);

/*
 * Forget up to ${max} answers that came before ${before}, but for the newest of
 * each object, kind and server: those say what is known. ${*ret} how many.
 */
MUST_USE enum err lookup_purge(struct db *db, int64_t before, int max, int64_t *ret);

/* How many questions each server was asked since ${since}. */
struct lookup_count {
	const char *server;
	int64_t n;
};
MUST_USE enum err lookup_counts(struct db *db, struct arena *a, int64_t since,
    struct lookup_count **ret, size_t *ret_n);

#endif
