/* SPDX-License-Identifier: Apache-2.0 */
/* report_store.h - reports in the database. */
#ifndef INCIDENT_REPORT_STORE_H
#define INCIDENT_REPORT_STORE_H

#include "incident/ref_store.h"
#include "incident/report.h"
#include "incident/tally_store.h"

struct blob_store;
struct db;
struct db_sql;
struct user;
struct value;

/* A new report. Texts are clean; NULL = not given. */
struct report_new {
	int64_t received_at;
	const char *channel, *purpose, *door;
	const char *title;	/* NULL: made of the text */
	struct str text;	/* what is shown, searched, and looked through for observables */
	const struct value *details; /* the form's answers, or NULL */
	enum lang lang;
	const char *cc;
	bool domestic, anonymous, urgent;
	const char *reporter_name, *reporter_org, *reporter_role, *reporter_email, *reporter_phone;
	const char *pass_name;
	const char *secret_hash;
	const char *tlp;	/* NULL = AMBER */
	const char *import_key, *brand;
	int64_t due_at;		/* 0 = none promised */
	int64_t message_id;	/* the message it came in, 0 = none */
	int64_t actor;		/* who entered it; 0 = from outside */
	const char *actor_name;
};

/*
 * In the caller's transaction: the row, its reference, text blob, observables,
 * search entry, counts, journal entry. ERR_EXISTS when import_key is there
 * already (nothing is written). ${ret_ref} may be NULL.
 */
MUST_USE enum err report_add(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct report_new *r, int64_t now, int64_t *ret_id, const char **ret_ref);

MUST_USE enum err report_get(struct db *db, struct arena *a, int64_t id, struct report *ret);
/* By "RPT-2026-42", padded or not. */
MUST_USE enum err report_by_ref(struct db *db, struct arena *a, struct str ref, struct report *ret);
/* Several (at most 500), in no particular order, with what lists show of them: of
 * details, text, decision and version nothing. */
MUST_USE enum err report_get_many(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct report **ret, size_t *ret_n);
/* The text; empty when there is none. */
MUST_USE enum err report_text(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct report *r, struct str *ret);

/* Change what was decided; checks ${version} (0 = do not), ERR_CONFLICT else.
 * Keeps the counts right. NULL texts stay as they are; "" clears. */
struct report_change {
	const char *state, *known, *priority, *rsit, *reason, *tlp, *door;
	int64_t owner_id;	/* -1 = stays, 0 = nobody */
	int64_t answered_at;	/* 0 = stays */
	int64_t decided_by;	/* 0 = no decision in this change */
};
MUST_USE enum err report_change(struct db *db, int64_t id, int64_t version, const struct report_change *c, int64_t now);

/*
 * A report in a restricted incident is as restricted as the incident: whoever
 * may not see one of its incidents does not see it anywhere (incident_store.h
 * has the rule). report_visible() says whether ${u} may see report ${id};
 * report_only_visible() adds " AND (…)" on reports "r" of a query, where rows
 * without a report (outer join) pass; report_add_hidden() adds a sub-select of
 * the ids to leave out; report_hidden() lists these, ascending.
 */
MUST_USE enum err report_visible(struct db *db, int64_t id, const struct user *u, bool *ret);
void report_only_visible(struct db_sql *s, const struct user *u);
void report_add_hidden(struct db_sql *s, const struct user *u);
MUST_USE enum err report_hidden(struct db *db, struct arena *a, const struct user *u, int64_t **ret, size_t *ret_n);

/* {type, value, "@shown", seen, id} of one report, most telling first. */
MUST_USE enum err report_observables(struct db *db, struct arena *a, int64_t id, int limit, struct value *list);

/* Earlier reports and incidents, of those that ${viewer} may see, that share an observable, the sender, or nearly
 * the text: {kind, ref, title, state, at, why: [..]} best first. */
MUST_USE enum err report_similar(struct db *db, struct arena *a, const struct report *r,
    const struct user *viewer, int limit, struct value *list);

/* What the search index holds of a report: its words (reference, title, name,
 * organisation, address, brand; NULL = none) and its text. */
MUST_USE enum err report_index(struct db *db, struct arena *a, int64_t id, const char *const words[6], struct str text);
/* Put a report into an empty search index, after a restore. */
MUST_USE enum err report_index_again(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id);
/* Before anything that the index holds of it is changed or erased. */
MUST_USE enum err report_unindex(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id);

#endif
