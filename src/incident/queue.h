/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - what needs a person most: the order of the work, pure. The same order
 * stands on the home page and behind the key "next".
 */
#ifndef INCIDENT_QUEUE_H
#define INCIDENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Why something waits, the most pressing first. */
enum queue_reason {
	QUEUE_URGENT,	/* an urgent report that nobody has looked at */
	QUEUE_OVERDUE,	/* the first answer was promised by a time that is past */
	QUEUE_ANSWER,	/* an answer that nobody has read */
	QUEUE_BOUNCED,	/* our mail came back */
	QUEUE_TASK,	/* a task, due or soon */
	QUEUE_ACTION,	/* the next action of an incident, due or soon */
	QUEUE_SITE,	/* a site came back, or the checks cannot tell */
	QUEUE_SILENT,	/* no answer in time */
	QUEUE_REPORT,	/* a report of mine that waits for its answer */
	QUEUE_LATER,	/* a task or an action with a later time */
	QUEUE_OPEN,	/* an open incident of mine without a time */
	QUEUE_REASONS
};

struct queue_item {
	enum queue_reason reason;
	const char *ref;   /* of the report or incident that it leads to */
	const char *title;
	const char *what;  /* task, action, organisation, site; or NULL */
	int64_t at;	   /* since when, 0 = unknown */
	int64_t due_at;	   /* 0 = none */
	int64_t id;	   /* of the task, notification or site; 0 = the record itself */
	bool mine;
};

/* "urgent", "overdue" …: in the API. */
const char *queue_reason_name(enum queue_reason r);
/* "An answer arrived": English msgid, context "queue". */
const char *queue_reason_label(enum queue_reason r);

/* Puts ${item} in its order. Tasks and actions that are not due within four
 * hours wait behind (QUEUE_LATER); of the same record only its first item stays;
 * mine before nobody's; then what is due first, or has waited longest. Returns
 * how many are left. */
size_t queue_order(struct queue_item *item, size_t n, int64_t now);

/*
 * What a person has been led to in this round, in a cookie: "a1b2c3.d4e5f6…",
 * the newest last. An item whose reason or time is new is another item, so that
 * a second answer leads there again.
 */
#define QUEUE_SEEN 60
/* The first of ${n} that ${seen} does not hold; SIZE_MAX when it holds all. */
size_t queue_next(const struct queue_item *item, size_t n, const char *seen);
/* ${seen} with ${item}, the oldest left out when there are too many. */
const char *queue_see(struct arena *a, const char *seen, const struct queue_item *item);

#endif
