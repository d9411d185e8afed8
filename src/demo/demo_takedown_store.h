/* SPDX-License-Identifier: Apache-2.0 */
/* demo_takedown_store.h - the demonstration's directory and its phishing sites. No
 * check is ever made: what one found is told here. */
#ifndef DEMO_DEMO_TAKEDOWN_STORE_H
#define DEMO_DEMO_TAKEDOWN_STORE_H

#include "base/err.h"
#include "demo/demo_store.h"
#include "journal/journal.h"

/* Those whom requests go to, a member of the constituency, the brands. */
MUST_USE enum err demo_takedown_set_up(struct db *db, struct arena *a, struct actor by);
/* The matter's site is put on the board and found alive. */
MUST_USE enum err demo_takedown_add(struct db *db, struct arena *a, int64_t incident, int64_t report,
    const struct demo_matter *m, int64_t reported_at, struct actor by, int64_t *ret_site);
/* A request about it left. */
MUST_USE enum err demo_takedown_ask(struct db *db, struct arena *a, int64_t site, const struct demo_thread *t, struct actor by);
/* The contact answered ${ms} after it was asked. */
MUST_USE enum err demo_takedown_answered(struct db *db, struct arena *a, const struct demo_thread *t, int64_t ms, struct actor by);
/* Two checks, three hours apart, the second now: ${result} of site_results. */
MUST_USE enum err demo_takedown_look(struct db *db, struct arena *a, int64_t site, const char *result, struct actor by);
MUST_USE enum err demo_takedown_reopen(struct db *db, struct arena *a, int64_t site, const char *why, struct actor by);

#endif
