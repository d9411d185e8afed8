/* SPDX-License-Identifier: Apache-2.0 */
/* view_store.h - saved views in the database. */
#ifndef VIEW_VIEW_STORE_H
#define VIEW_VIEW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct db;

#define VIEWS_MAX 20 /* of one person or the team, a page */

struct view {
	int64_t id;
	bool team; /* everybody's */
	const char *page;  /* of view_pages[] */
	const char *name, *query; /* "state=new&owner=none", percent-encoded */
	int64_t position;
};
/* The team's and ${person}'s, in their order. */
MUST_USE enum err view_list(struct db *db, struct arena *a, const char *page, int64_t person,
    struct view **ret, size_t *ret_n);
/* ${person} 0: the team's. ERR_LIMIT: there are VIEWS_MAX already. A view of
 * the same name takes the new filter. */
MUST_USE enum err view_add(struct db *db, const char *page, int64_t person, const char *name,
    const char *query, int64_t *ret_id);
MUST_USE enum err view_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct view *ret);
/* Of all pages, those whose name has ${part}, folded. */
MUST_USE enum err view_search(struct db *db, struct arena *a, struct str part, int64_t person, size_t limit,
    struct view **ret, size_t *ret_n);
/* ERR_EXISTS: another one there has this name. */
MUST_USE enum err view_rename(struct db *db, const struct view *v, int64_t person, const char *name);
/* Changes places with its neighbour; OK at either end. */
MUST_USE enum err view_move(struct db *db, const struct view *v, int64_t person, bool left);
/* Back to the place it had. */
MUST_USE enum err view_place(struct db *db, int64_t id, int64_t position);
MUST_USE enum err view_delete(struct db *db, int64_t id);

#endif
