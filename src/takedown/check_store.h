/* SPDX-License-Identifier: Apache-2.0 */
/* check_store.h - which sites are due to be looked at, and by which rules. */
#ifndef TAKEDOWN_CHECK_STORE_H
#define TAKEDOWN_CHECK_STORE_H

#include "takedown/check_link.h"
#include "takedown/site.h"

struct db;

struct check_due {
	struct check_want *want; /* to be looked at */
	size_t n;
	int64_t *forbidden;	 /* PAP of their incident says no */
	size_t n_forbidden;
};
/* Up to ${max} sites whose time has come. */
MUST_USE enum err check_due_list(struct db *db, struct arena *a, int64_t now, size_t max, struct check_due *ret);
/* Given out until ${until}: if nothing comes back they are due again then. */
MUST_USE enum err check_lease(struct db *db, const struct check_want *want, size_t n, int64_t until);
/* Of the settings and the directory. */
MUST_USE enum err check_policy_load(struct db *db, struct arena *a, struct check_policy *ret);

#endif
