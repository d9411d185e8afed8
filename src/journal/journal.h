/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - who did what to which object when; append-only and sealed.
 *
 * An entry is a digest and an erasable payload.  The chain covers the digests,
 * so retention can erase a payload and the chain still verifies.  Writers only
 * insert; the sealer (work role) gives gapless seal numbers, links
 * head = BLAKE2b(previous head, number, id, digest) and signs heads with the
 * team's Ed25519 key into DATA/journal.heads.  The bytes that are hashed and
 * signed are written down in docs/schema/journal.md, so that another program
 * can verify them.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "text/value.h"

struct arena;
struct db;

/* Who does something, and when: given to stores, which journal it. */
struct actor {
	int64_t id;	  /* user id, 0 for the program */
	const char *name; /* as shown */
	int64_t now;	  /* UTC milliseconds */
};

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
/* The usual entry: ${by} did ${action} to one object; ${payload} may be NULL. */
MUST_USE enum err journal_tell(struct db *db, struct arena *a, const char *action, const char *object,
    int64_t object_id, const struct value *payload, struct actor by);

/* One object's entries, newest first: list of {id, at, actor, actor_name,
 * action, object, object_id, payload}. ${before} 0 = from the top. */
MUST_USE enum err journal_list(struct db *db, struct arena *a, const char *object,
    int64_t object_id, int64_t before, int limit, struct value **ret);
/* All entries, newest first, as above. */
MUST_USE enum err journal_list_all(struct db *db, struct arena *a, int64_t before, int limit, struct value **ret);

/* Erase the payloads of ${object}'s entries (retention), but of those that tell
 * of erasing itself; ${*ret} how many.
 * Their digests stay, and so does the chain. The caller journals the act. */
MUST_USE enum err journal_erase(struct db *db, const char *object, int64_t object_id, int64_t *ret);

/* The chain's end. */
struct journal_head {
	int64_t seal;		/* number of the last sealed entry, 0 = none */
	unsigned char hash[32]; /* zeros when none */
};
MUST_USE enum err journal_head_load(struct db *db, struct journal_head *ret);

/* Seal up to ${max} unsealed entries in one go; ${*ret} how many, ${*ret_head}
 * the chain's end after them. Only the work role, in its own write
 * transaction; on PostgreSQL an advisory lock keeps it alone, ERR_UNAVAILABLE
 * when another instance seals now. After the commit: journal_heads_add(). */
MUST_USE enum err journal_seal(struct db *db, struct arena *a, int max, int *ret, struct journal_head *ret_head);

/* The key that signs heads: a subkey of DATA/secret.key. */
struct journal_key {
	unsigned char public_key[32];
	unsigned char secret_key[64];
};
void journal_key_init(struct journal_key *ret, const unsigned char key[32]);

/* Sign ${head} and append it to the file ${path} (DATA/journal.heads), durable
 * on return. A line cut short by a crash is removed first. */
MUST_USE enum err journal_heads_add(const char *path, const struct journal_key *key,
    const struct journal_head *head, int64_t now);
/* The line without its line feed: "SEAL TIME HEAD SIGNATURE". */
const char *journal_heads_line(struct arena *a, const struct journal_key *key,
    const struct journal_head *head, int64_t now);

struct journal_expect { /* what a verification compares the chain with */
	const char *head;		 /* hex; must be in the chain; or NULL */
	const char *heads_path;		 /* a file of signed heads, or NULL */
	int64_t heads_size;		 /* bytes it had before the transaction began: while others
					  * write, later heads are of entries that it does not see;
					  * 0: all of it counts */
	const unsigned char *public_key; /* 32 bytes, with heads_path */
};
struct journal_report { /* of a verification */
	int64_t sealed, unsealed, erased;
	int64_t heads;		/* signed heads that were compared */
	char head[65];		/* hex, of the last sealed entry */
	int64_t first_bad;	/* seal number, 0 = none or unsealed */
	int64_t first_bad_id;	/* journal.id */
	const char *fault;	/* NULL = whole; else one English sentence */
};
/* Recompute everything, in constant memory, within the caller's read
 * transaction. What is wrong is in ${*ret}, not in the result. ERR_INVALID:
 * ${expect->head} is no head; ERR_NOT_FOUND: the heads file cannot be read. */
MUST_USE enum err journal_verify(struct db *db, struct arena *a, const struct journal_expect *expect,
    struct journal_report *ret);
/* How the last verification by the program ended, as its entry tells: payload
 * {good, fault, sealed, first_bad …} and its time. ERR_NOT_FOUND: none yet. */
MUST_USE enum err journal_verified(struct db *db, struct arena *a, struct value **ret, int64_t *ret_at);

#endif
