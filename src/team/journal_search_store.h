/* SPDX-License-Identifier: Apache-2.0 */
/* journal_search_store.h - the journal as an auditor asks for it. */
#ifndef TEAM_JOURNAL_SEARCH_STORE_H
#define TEAM_JOURNAL_SEARCH_STORE_H

#include "auth/auth.h"

struct journal_search {
	const char *object;  /* "incident" …, or NULL */
	int64_t object_id;   /* of that object; 0 = all of its kind */
	int64_t actor;	     /* user id; 0 = everybody */
	const char *action;  /* "report.receive", or "report." for all of a kind; or NULL */
	int64_t from, to;    /* UTC milliseconds, to is excluded; 0 = open */
	int64_t before;	     /* entries below this id; 0 = from the top */
	int limit;
};
/* Newest first: list of {id, seal, at, actor_id, actor, action, object,
 * object_id, payload}; seal 0 = not yet. Entries of restricted incidents that
 * ${viewer} may not see are left out. */
MUST_USE enum err journal_search_store(struct db *db, struct arena *a, const struct user *viewer,
    const struct journal_search *s, struct value **ret);
/* The last entry of ${object} without a number ("mail.test-smtp"): payload and time; ERR_NOT_FOUND when there is none. */
MUST_USE enum err journal_search_store_last(struct db *db, struct arena *a, const char *object, struct value **ret, int64_t *ret_at);
MUST_USE enum err journal_search_store_unsealed(struct db *db, int64_t *ret);

#endif
