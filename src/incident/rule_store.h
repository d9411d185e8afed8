/* SPDX-License-Identifier: Apache-2.0 */
/* rule_store.h - routing rules in the database, and their work at intake. */
#ifndef INCIDENT_RULE_STORE_H
#define INCIDENT_RULE_STORE_H

#include "incident/extract.h"
#include "incident/report.h"
#include "incident/rule.h"
#include "journal/journal.h"

struct blob_store;
struct db;

struct rule_row {
	int64_t id, position, version, tried_version, changed_at, hits, hit_at;
	const char *name, *state, *body, *changed_by;
};
/* All, in their order. */
MUST_USE enum err rule_list(struct db *db, struct arena *a, struct rule_row **ret, size_t *ret_n);
MUST_USE enum err rule_get(struct db *db, struct arena *a, int64_t id, struct rule_row *ret);
/* ${r->id} 0: a new one, at the end, as draft (ERR_LIMIT: there are RULES_MAX).
 * Else a new version, ERR_CONFLICT when ${r->version} is no longer the present
 * one; a live one that was changed is a draft again. Journal: the body. */
MUST_USE enum err rule_save(struct db *db, struct arena *a, struct rule_row *r, struct actor by);
/* draft live off; ERR_CONFLICT: live without having been tried as it is now. */
MUST_USE enum err rule_set_state(struct db *db, struct arena *a, const struct rule_row *r, const char *state,
    struct actor by);
/* One place up (${by_places} -1) or down (1). */
MUST_USE enum err rule_move(struct db *db, struct arena *a, const struct rule_row *r, int by_places, struct actor by);
MUST_USE enum err rule_delete(struct db *db, struct arena *a, const struct rule_row *r, struct actor by);

/* What it would have done with the newest ${most} reports: how many it looked
 * at and which it met (${list}: {ref, title, received_at}, at most 50). */
MUST_USE enum err rule_try(struct db *db, struct blob_store *blobs, struct arena *a, const struct rule *r, int64_t most,
    int64_t *ret_looked, int64_t *ret_met, struct value *list);
MUST_USE enum err rule_tried(struct db *db, int64_t id, int64_t version);

/* The rules that are live; none while setting rules.live is off. */
MUST_USE enum err rule_live(struct db *db, struct arena *a, struct rule **ret, size_t *ret_n);
/* A report that came: in its transaction. ${found}: what is in its text. */
MUST_USE enum err rule_route(struct db *db, struct arena *a, const struct rule *rules, size_t n, int64_t report,
    const struct rule_facts *f, int64_t now);
/* The hosts among ${found}, and the team's minute of ${at}, into ${f}. */
void rule_facts_of(struct arena *a, const struct extract_found *found, size_t n, int64_t at, const struct zone *zone,
    struct rule_facts *f);

/* The team's zone; Tokyo when its name is not known. */
const struct zone *rule_zone(struct db *db, struct arena *a);

/* What rules said of a report: {queue, tags}; empty when nothing. */
MUST_USE enum err rule_of_report(struct db *db, struct arena *a, int64_t report, struct value *o);
/* The queues that reports are in, by name; at most RULES_MAX. */
MUST_USE enum err rule_queues(struct db *db, struct arena *a, const char ***ret, size_t *ret_n);
/* May the report be acknowledged by itself? */
MUST_USE enum err rule_acknowledges(struct db *db, int64_t report, bool *ret);

#endif
