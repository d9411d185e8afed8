/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_list.h - which incidents a person wants to see: the filter in the
 * address of the list, in a saved view, and in the form of a bulk act.
 */
#ifndef INCIDENT_INCIDENT_LIST_H
#define INCIDENT_INCIDENT_LIST_H

#include "auth/auth.h"
#include "base/problems.h"
#include "incident/incident.h"

struct arena;
struct db;

enum incident_sort { INCIDENT_NEWEST, INCIDENT_CHANGED, INCIDENT_DUE };

struct incident_filter {
	const char *state;	/* NULL = all */
	const char *phase, *category, *priority, *tlp; /* NULL = any */
	int64_t owner;		/* -1 = any, 0 = nobody */
	int domestic;		/* -1 = any */
	bool ics, targeted;	/* only those */
	bool overdue, unread;	/* only those */
	const char *q;		/* words, a number, an observable; NULL = none */
	enum incident_sort sort;
};
/*
 * Read ${query} ("state=all&q=…", percent-encoded; other names are passed
 * over). Absent: open ones, everything else any. A value that does not exist is
 * a problem at its name and is left out. ${me}: who "owner=me" is.
 */
MUST_USE enum err incident_filter_read(struct arena *a, struct str query, int64_t me,
    struct problems *problems, struct incident_filter *ret);
/* Nothing but a state. */
bool incident_filter_is_plain(const struct incident_filter *f);

struct incident_page {
	int64_t *id; /* in the filter's order */
	size_t n;
	int64_t total;
	bool estimate; /* there are more than ${total} */
};
/* One page of what ${viewer} may see, without merged ones. The total is exact
 * up to LIMIT_COUNT_EXACT and, with nothing but a state, always. */
MUST_USE enum err incident_list(struct db *db, struct arena *a, const struct incident_filter *f,
    const struct user *viewer, int64_t now, int64_t offset, int64_t limit, struct incident_page *ret);
/* The total only: exact up to ${most}, which is passed when there are more;
 * with nothing but a state always. */
MUST_USE enum err incident_list_count(struct db *db, struct arena *a, const struct incident_filter *f,
    const struct user *viewer, int64_t now, int64_t most, int64_t *ret);

struct incident_row {
	int64_t id;
	const char *ref, *title, *state, *phase, *resolution, *rsit, *category, *priority, *tlp;
	bool ics, targeted, domestic, restricted;
	int64_t owner_id;
	const char *owner; /* or NULL */
	const char *parties; /* "A, B" */
	int64_t unread;
	const char *next_action;
	int64_t due_at, created_at, updated_at, closed_at;
};
/* The rows of ${ids} (at most 500) in their order. */
MUST_USE enum err incident_rows(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct incident_row **ret, size_t *ret_n);

#endif
