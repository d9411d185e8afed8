/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline_store.h - everything that happened in an incident, in one order:
 * journal entries, messages, notes; also those of its reports and of incidents
 * that were merged into it.
 */
#ifndef INCIDENT_TIMELINE_STORE_H
#define INCIDENT_TIMELINE_STORE_H

#include "base/err.h"
#include "incident/message_store.h"

struct arena;
struct db;
struct user;
struct value;

enum timeline_kind { TIMELINE_JOURNAL, TIMELINE_MESSAGE, TIMELINE_NOTE };
enum timeline_show { TIMELINE_ALL, TIMELINE_MESSAGES, TIMELINE_NOTES, TIMELINE_DECISIONS };

struct timeline_event {
	enum timeline_kind kind;
	int64_t id, at;
	int64_t actor;		/* a person's id, 0 = outside or the program */
	const char *actor_name;
	const char *action;	/* journal: "incident.change" … */
	const struct value *payload; /* journal; NULL = none */
	const struct message *message;
	const char *note_kind;	/* note decision */
	const char *shared;	/* internal reporter */
	const char *body;	/* of the note */
	const char *of;		/* reference of the report or merged incident it belongs to, or NULL */
};

struct timeline {
	struct timeline_event *event; /* in the order asked for */
	size_t n;
	int64_t more; /* pass as ${from} for the next page; 0 = the end */
};
/* ${from}: times at or before (newest first) or after (oldest first) it; 0 =
 * from the end or the beginning. */
MUST_USE enum err timeline_list(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, enum timeline_show show,
    bool oldest_first, int64_t from, size_t limit, struct timeline *ret);
/* How many there are for each of enum timeline_show. */
MUST_USE enum err timeline_count(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, int64_t ret[4]);

#endif
