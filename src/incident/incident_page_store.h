/* SPDX-License-Identifier: Apache-2.0 */
/* incident_page_store.h - the lists of an incident's page, as its API shows
 * them: rows are added to ${list}; times are milliseconds. */
#ifndef INCIDENT_INCIDENT_PAGE_STORE_H
#define INCIDENT_INCIDENT_PAGE_STORE_H

#include "incident/incident.h"
#include "text/value.h"

struct db;
struct user;

/* {id, role, org, name, email, phone, cc, asset_cc, lang, zone, note, key,
 * notification, "@state", "@unread"}: the latest thread with it. */
MUST_USE enum err incident_parties(struct db *db, struct arena *a, int64_t id, struct value *list);
/* {id, party, org, kind, state, subject, tlp, unread, reminders, times}; ${*ret_acted}: the
 * first time somebody acted, 0 = not yet. */
MUST_USE enum err incident_notifications(struct db *db, struct arena *a, int64_t id, struct value *list, int64_t *ret_acted);
/* {ref, title, relation, state, received_at, tlp} */
MUST_USE enum err incident_reports(struct db *db, struct arena *a, int64_t id, const struct user *viewer,
    struct value *list);
/* References of those merged into it. */
MUST_USE enum err incident_merged_here(struct db *db, struct arena *a, int64_t id, struct value *list);

#endif
