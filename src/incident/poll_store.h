/* SPDX-License-Identifier: Apache-2.0 */
/* poll_store.h - how far the mailbox was read, and what was wrong last. */
#ifndef INCIDENT_POLL_STORE_H
#define INCIDENT_POLL_STORE_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

struct poll_state {
	const char *box;	 /* which one: another one starts anew */
	int64_t validity, uid;	 /* as struct imap_state */
	const char *error;	 /* English, NULL: the last poll went well */
	int64_t error_at;	 /* since when it fails */
	int64_t polled_at;	 /* the last good one; 0 = never */
};
/* All zero when it was never polled. */
MUST_USE enum err poll_state_get(struct db *db, struct arena *a, struct poll_state *ret);
MUST_USE enum err poll_state_set(struct db *db, struct arena *a, const struct poll_state *s);

#endif
