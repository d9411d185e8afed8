/* SPDX-License-Identifier: Apache-2.0 */
/* decide_store.h - decisions on reports in the database, and taking them back. */
#ifndef INCIDENT_DECIDE_STORE_H
#define INCIDENT_DECIDE_STORE_H

#include "incident/decide.h"
#include "incident/report.h"

struct db;
struct value;

enum decide_act {
	DECIDE_CHANGE,	  /* owner, priority, door, known, tlp only */
	DECIDE_NEW,	  /* a new incident of it */
	DECIDE_ATTACH,	  /* to an incident that is there */
	DECIDE_DUPLICATE, /* of another report */
	DECIDE_ANSWER,	  /* a question: answered, no incident */
	DECIDE_DECLINE,
};

struct decision {
	enum decide_act act;
	int64_t incident;	/* ATTACH: which; visible to the actor */
	const char *relation;	/* ATTACH: NULL = original for the first, else additional */
	int64_t original;	/* DUPLICATE: the other report */
	const char *title;	/* NEW: NULL = the report's */
	const char *rsit;	/* NEW: NULL = what the door proposes; else proposed only */
	const char *sharing;	/* NEW: how far information is shared (K-17), or NULL */
	const char *reason;	/* DECLINE: of decide_decline_reasons */
	const char *priority, *known, *tlp, *door; /* NULL = stays */
	int64_t owner;		/* -1 = stays, 0 = nobody */
	int64_t actor;
	const char *actor_name;
};
struct decision_result {
	int64_t incident; /* made or attached to, else 0 */
	const char *incident_ref;
};

/*
 * Decide, in the caller's transaction, with journal entries and counts.
 * ${version} 0 = whatever it is; ERR_CONFLICT: the report was changed since.
 * ERR_INVALID: a duplicate of itself, or of a duplicate of it. ${undo} (an
 * object) gets what decide_undo() needs.
 */
MUST_USE enum err decide_report(struct db *db, struct arena *a, int64_t id, int64_t version,
    const struct decision *d, int64_t now, struct value *undo, struct decision_result *ret);
/* Back to what it was. ERR_CONFLICT: the report, or the incident that was made
 * of it, was changed since; nothing is written then. */
MUST_USE enum err decide_undo(struct db *db, struct arena *a, const struct value *undo, int64_t actor,
    const char *actor_name, int64_t now);
/* The report that ${id} is a duplicate of: its reference, or NULL. */
MUST_USE enum err decide_original(struct db *db, struct arena *a, int64_t id, const char **ret_ref);

#endif
