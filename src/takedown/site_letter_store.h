/* SPDX-License-Identifier: Apache-2.0 */
/* site_letter_store.h - what was asked about a site, for its page. */
#ifndef TAKEDOWN_SITE_LETTER_STORE_H
#define TAKEDOWN_SITE_LETTER_STORE_H

#include "base/err.h"
#include "text/value.h"

struct db;
struct user;

/* ${o}.requests: newest first {notification, incident, subject, to, state, at,
 * answer, answered_at}; times in ms. Those of incidents hidden from ${u} are left out. */
MUST_USE enum err site_letter_list(struct db *db, struct arena *a, int64_t site, const struct user *u, struct value *o);
MUST_USE enum err site_letter_incident(struct db *db, struct arena *a, int64_t incident, const char **ret_ref, const char **ret_title);

#endif
