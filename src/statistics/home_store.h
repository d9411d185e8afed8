/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home_store.h - what waits for a person: each list short, the most pressing
 * first, answered from an index. Restricted incidents show only to those who
 * may see them.
 */
#ifndef STATISTICS_HOME_STORE_H
#define STATISTICS_HOME_STORE_H

#include "auth/auth.h"

struct db;

enum home_kind {
	HOME_TASK,	 /* a task of mine */
	HOME_INCIDENT,	 /* an incident of mine with a next action */
	HOME_REPORT,	 /* a report of mine that waits for an answer */
	HOME_DRAFT,	 /* what I began to write */
	HOME_URGENT,	 /* a new report that says it is urgent */
	HOME_OVERDUE,	 /* a new report whose answer is late */
	HOME_CRISIS,	 /* an open incident of priority urgent */
	HOME_ANSWER,	 /* an answer that nobody has read */
	HOME_SILENT,	 /* no answer in time */
	HOME_BOUNCED,	 /* our mail came back */
	HOME_SITE,	 /* a site must be looked at again */
};
struct home_row {
	enum home_kind kind;
	const char *ref;   /* of the report or incident; for a draft its key's object, or NULL */
	const char *title;
	const char *what;  /* task, next action, organisation, key of the draft */
	const char *owner; /* name or NULL */
	bool mine;
	int64_t at;	   /* came, sent, saved */
	int64_t due_at;	   /* 0 = none */
	int64_t n;	   /* unread answers */
	const char *why;   /* in the viewer's language, or NULL */
};
struct home_list {
	struct home_row *row;
	size_t n;
	bool more; /* there are others */
};
#define HOME_ROWS 30 /* most that a list holds */

MUST_USE enum err home_drafts(struct db *db, struct arena *a, const struct user *me, struct home_list *ret);
/* Urgent and overdue reports; then, for those who may read them, incidents. */
MUST_USE enum err home_urgent_reports(struct db *db, struct arena *a, const struct user *me, int64_t now, struct home_list *ret);
MUST_USE enum err home_urgent_incidents(struct db *db, struct arena *a, const struct user *me, struct home_list *ret);
MUST_USE enum err home_answers(struct db *db, struct arena *a, const struct user *me, struct home_list *ret);
/* Silent and bounced ones. */
MUST_USE enum err home_silent(struct db *db, struct arena *a, const struct user *me, int64_t now, struct home_list *ret);

struct home_open {
	const char *category;
	int64_t open, coordinating;
};
/* Open incidents by category, most first. */
MUST_USE enum err home_open_incidents(struct db *db, struct arena *a, struct home_open **ret, size_t *ret_n);
/* When the oldest untouched report came; 0 = there is none. */
MUST_USE enum err home_oldest_new(struct db *db, int64_t *ret);

#endif
