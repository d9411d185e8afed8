/* SPDX-License-Identifier: Apache-2.0 */
/* brand_store.h - what phishing imitates, in the database. */
#ifndef TAKEDOWN_BRAND_STORE_H
#define TAKEDOWN_BRAND_STORE_H

#include "journal/journal.h"

/* A brand by one of its names (folded); 0 when there is none. */
MUST_USE enum err brand_find(struct db *db, struct arena *a, const char *name, int64_t *ret_id);
/* The same; makes one of unknown origin. Journal. */
MUST_USE enum err brand_need(struct db *db, struct arena *a, const char *name, struct actor by, int64_t *ret_id);

#endif
