/* SPDX-License-Identifier: Apache-2.0 */
/* queue_store.h - what waits for a person, in the order of incident/queue.h. */
#ifndef STATISTICS_QUEUE_STORE_H
#define STATISTICS_QUEUE_STORE_H

#include "auth/auth.h"
#include "incident/queue.h"

struct db;

#define QUEUE_ROWS 40 /* of one reason at most */

/* ${me}'s work and what is nobody's, of what ${me} may read; in order. */
MUST_USE enum err queue_load(struct db *db, struct arena *a, const struct user *me, int64_t now,
    struct queue_item **ret, size_t *ret_n);

#endif
