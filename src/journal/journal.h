/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - who did what to which object when; append-only and sealed.
 *
 * An entry is a digest and an erasable payload.  The chain covers the digests,
 * so retention can erase a payload and the chain still verifies.  Writers only
 * insert; the sealer (work role) gives gapless seal numbers, links
 * head = BLAKE2b(previous head, number, digest) and signs heads with the
 * team's Ed25519 key into DATA/journal.heads.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "text/value.h"

struct arena;
struct db;

struct journal_entry {
	int64_t at;	    /* UTC milliseconds */
	int64_t actor;	    /* user id, 0 for the program */
	const char *actor_name; /* as shown; "system", "reporter", "mail" … */
	const char *action; /* "report.receive", "incident.close" … fixed names */
	const char *object; /* "report", "incident", "notification", "user" … */
	int64_t object_id;
	/* A second object whose timeline shows the entry too, or NULL, 0. */
	const char *also;
	int64_t also_id;
	const struct value *payload; /* what changed, from and to; may be NULL */
};

/* In the caller's transaction, with the change it tells of. */
MUST_USE enum err journal_write(struct db *db, struct arena *a, const struct journal_entry *e);

/* One object's entries, newest first: list of {id, at, actor, actor_name,
 * action, object, object_id, payload}. ${before} 0 = from the top. */
MUST_USE enum err journal_list(struct db *db, struct arena *a, const char *object,
    int64_t object_id, int64_t before, int limit, struct value **ret);

/* Seal up to ${max} unsealed entries in one go; ${*ret} how many. Only the
 * work role, in its own write transaction. */
MUST_USE enum err journal_seal(struct db *db, struct arena *a, int64_t now, int max, int *ret);

struct journal_report { /* of a verification */
	int64_t sealed, unsealed, erased;
	char head[65];		/* hex */
	int64_t first_bad;	/* seal number, 0 = none */
	const char *fault;	/* NULL = whole; else one English sentence */
};
/* Recompute everything; ${expected_head} (hex, may be NULL) must be in it. */
MUST_USE enum err journal_verify(struct db *db, struct arena *a, const char *expected_head,
    struct journal_report *ret);

#endif
