/* SPDX-License-Identifier: Apache-2.0 */
/* draft_store.h - what a person typed and has not sent; saved by POST /drafts. */
#ifndef INCIDENT_DRAFT_STORE_H
#define INCIDENT_DRAFT_STORE_H

#include <stdint.h>

#include "base/err.h"
#include "text/value.h"

struct arena;
struct db;

/* The fields by their names; NULL when there is none. */
MUST_USE enum err draft_get(struct db *db, struct arena *a, int64_t person, const char *key,
    struct value **ret, int64_t *ret_saved_at);
/* It was sent. */
MUST_USE enum err draft_drop(struct db *db, int64_t person, const char *key);

#endif
