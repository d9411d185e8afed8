/* SPDX-License-Identifier: Apache-2.0 */
/* incident_store.h - incidents and their links to reports in the database. */
#ifndef INCIDENT_INCIDENT_STORE_H
#define INCIDENT_INCIDENT_STORE_H

#include "auth/auth.h"
#include "incident/incident.h"

struct db;
struct db_sql;
struct value;

struct incident_new {
	const char *title;
	const char *rsit;	/* "fraud/phishing" */
	bool ics, targeted, content_changed;
	const char *tlp, *pap, *priority; /* NULL: AMBER, GREEN, normal */
	int64_t owner_id;
	bool domestic;
	int64_t actor;
	const char *actor_name;
};
/* The row, its reference, derived categories, counts, search, journal. */
MUST_USE enum err incident_add(struct db *db, struct arena *a, const struct incident_new *n, int64_t now,
    int64_t *ret_id, const char **ret_ref);

/*
 * Who may see what is restricted: this is the only place that knows. A
 * restricted incident is seen by its owner, the people granted, administrators
 * and auditors; one that was merged into another is seen by whoever sees that
 * one; a report as report_store.h says. ${u} NULL sees only what everybody sees.
 */
bool incident_sees_all(const struct user *u);
/* Adds a sub-select (without parentheses) of the ids of incidents that ${u} may
 * not see: few, as restricted ones are. For "NOT IN". */
void incident_add_hidden(struct db_sql *s, const struct user *u);
MUST_USE enum err incident_visible(struct db *db, const struct incident *i, const struct user *u, bool *ret);
/* The same as a condition on incidents "i" of a query: " AND (…)" is added. Rows
 * without an incident (outer join) pass. Every list of incidents has it. */
void incident_only_visible(struct db_sql *s, const struct user *u);
/* Add ${by} (1 or -1) to the counts it stands in: state, opened, coordinated,
 * closed; each on its own day. Merged ones and tests are in none. Before and
 * after a change of class, label, origin or state. */
MUST_USE enum err incident_count(struct db *db, struct arena *a, const struct incident *i, int64_t by);
MUST_USE enum err incident_get(struct db *db, struct arena *a, int64_t id, struct incident *ret);
MUST_USE enum err incident_by_ref(struct db *db, struct arena *a, struct str ref, struct incident *ret);

/*
 * Link a report: the report becomes accepted (or duplicate when ${relation} is
 * "duplicate"), its observables and reporter come along (the first report gives
 * reported_at and domestic). OK when it was linked already. Journal on both.
 */
MUST_USE enum err incident_link(struct db *db, struct arena *a, int64_t incident, int64_t report,
    const char *relation, int64_t actor, const char *actor_name, int64_t now);
/* Take the link away; the report becomes new again when it was its only one. */
MUST_USE enum err incident_unlink(struct db *db, struct arena *a, int64_t incident, int64_t report,
    int64_t actor, const char *actor_name, int64_t now);

/* Merge ${from} into ${into}: a pointer, nothing is copied; pages of ${into}
 * show both, and whoever may see ${into} sees both: ${from}'s owner and granted
 * people are granted there too when both are restricted, until
 * incident_unmerge(); the journal names them. ERR_INVALID: the same, or a
 * circle. */
MUST_USE enum err incident_merge(struct db *db, struct arena *a, int64_t from, int64_t into, int64_t actor,
    const char *actor_name, int64_t now);
MUST_USE enum err incident_unmerge(struct db *db, struct arena *a, int64_t from, int64_t actor,
    const char *actor_name, int64_t now);

/* After a change of title, facts, notes: the search text is made anew. */
MUST_USE enum err incident_reindex(struct db *db, struct arena *a, int64_t id);

#endif
