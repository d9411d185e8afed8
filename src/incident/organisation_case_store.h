/* SPDX-License-Identifier: Apache-2.0 */
/* organisation_case_store.h - the incidents in which an organisation was a party. */
#ifndef INCIDENT_ORGANISATION_CASE_STORE_H
#define INCIDENT_ORGANISATION_CASE_STORE_H

#include "auth/auth.h"

struct db;

struct organisation_case {
	const char *ref, *title, *state, *role; /* of the party */
	const char *email;
	const char *thread; /* state of the letters with it, or NULL */
	int64_t notification_id, sent_at, answered_at; /* 0 = none */
	int64_t created_at;
};
/* By the mail addresses of its contacts; only what ${viewer} may see; newest first. */
MUST_USE enum err organisation_case_list(struct db *db, struct arena *a, int64_t organisation, const struct user *viewer,
    int64_t limit, struct organisation_case **ret, size_t *ret_n);

#endif
