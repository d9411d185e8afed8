/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover_store.h - what the leaving one tells the coming one. A note begins with
 * facts, is edited, given, and taken by who read it; it stays.
 */
#ifndef INCIDENT_HANDOVER_STORE_H
#define INCIDENT_HANDOVER_STORE_H

#include "auth/auth.h"
#include "journal/journal.h"

struct blob_store;
struct db;

struct handover {
	int64_t id, version;
	int64_t from_id, to_id; /* to_id 0: whoever comes */
	const char *from, *to, *taker; /* names; NULL = nobody */
	int64_t since, written_at, given_at, taken_at, taken_by;
	const char *body, *remark, *state; /* draft given taken */
};
/* Newest first: given and taken ones, and ${me}'s drafts; with ${q} those that have
 * it. ${*ret_more}: there are older ones. */
MUST_USE enum err handover_list(struct db *db, struct arena *a, int64_t me, struct str q, size_t offset, size_t limit,
    struct handover *ret, size_t *ret_n, bool *ret_more);
/* ERR_NOT_FOUND: another person's draft too. */
MUST_USE enum err handover_get(struct db *db, struct arena *a, int64_t id, int64_t me, struct handover *ret);
/* id 0: a new one. ERR_CONFLICT: given already, or changed by somebody else. */
MUST_USE enum err handover_save(struct db *db, struct arena *a, struct handover *h);
/* Given: rings the bell of ${h->to_id}. ERR_CONFLICT as above. */
MUST_USE enum err handover_give(struct db *db, struct blob_store *blobs, struct arena *a, struct handover *h, int64_t now);
/* Read and taken over by ${me}, never by the writer. */
MUST_USE enum err handover_take(struct db *db, struct arena *a, const struct handover *h, const struct user *me, const char *remark,
    int64_t now);
/* The oldest given note that waits for ${me} or for whoever comes; id 0: none. */
MUST_USE enum err handover_waiting(struct db *db, struct arena *a, int64_t me, struct handover *ret);

/*
 * The facts of the shift since ${since}, in the words of ${lang}: urgent, late,
 * answers, due until a day from now, what was opened and closed. Of what is not
 * restricted: the note is read by all.
 */
MUST_USE enum err handover_draft(struct db *db, struct arena *a, enum lang lang, const struct zone *zone, int64_t since,
    int64_t now, const char **ret);

#endif
