/* SPDX-License-Identifier: Apache-2.0 */
/* view_store.h - saved views: a name for the filter in an address. */
#ifndef INCIDENT_VIEW_STORE_H
#define INCIDENT_VIEW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

#define VIEWS_MAX 20 /* of one person or the team, a page */

struct view {
	int64_t id;
	bool team; /* everybody's */
	const char *page;  /* "inbox", "incidents" */
	const char *name, *query; /* "state=new&owner=none", percent-encoded */
};
/* The team's and ${person}'s, in their order. */
MUST_USE enum err view_list(struct db *db, struct arena *a, const char *page, int64_t person,
    struct view **ret, size_t *ret_n);
/* ${person} 0: the team's. ERR_LIMIT: there are VIEWS_MAX already. A view of
 * the same name takes the new filter. */
MUST_USE enum err view_add(struct db *db, const char *page, int64_t person, const char *name,
    const char *query, int64_t *ret_id);
MUST_USE enum err view_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct view *ret);
MUST_USE enum err view_delete(struct db *db, int64_t id);

#endif
