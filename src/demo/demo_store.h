/* SPDX-License-Identifier: Apache-2.0 */
/* demo_store.h - rows that in real life come by mail: parties, letters sent and
 * answered long ago. Nothing here makes a job, so nothing is ever sent. */
#ifndef DEMO_DEMO_STORE_H
#define DEMO_DEMO_STORE_H

#include "base/err.h"
#include "base/zone.h"
#include "demo/demo_text.h"

struct arena;
struct blob_store;
struct db;

/* Does the database hold nothing yet? */
MUST_USE enum err demo_is_empty(struct db *db, bool *ret);

struct demo_thread {
	int64_t incident, party, notification, message;
	const char *token, *ref;
	const char *tlp; /* NULL: AMBER */
	const struct demo_site *site;
};
/* The party and a request to it, sent at ${now}. */
MUST_USE enum err demo_send(struct db *db, struct blob_store *blobs, struct arena *a, struct demo_thread *t,
    const char *subject, const char *text, const struct demo_user *by, int64_t by_id, int64_t now);
/* The site's answer; nobody has read it. */
MUST_USE enum err demo_reply(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct demo_thread *t, const char *text, int64_t now);
/* Our mail came back. */
MUST_USE enum err demo_bounce(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct demo_thread *t, int64_t now);
/* Somebody read it; ${state}: acknowledged, actioned, no-response, closed. */
MUST_USE enum err demo_read(struct db *db, struct arena *a, const struct demo_thread *t, const char *state,
    const struct demo_user *by, int64_t by_id, int64_t now);
MUST_USE enum err demo_draft(struct db *db, int64_t person, const char *key, const char *body, int64_t now);

#endif
