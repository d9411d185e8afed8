/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - saved views: a name for the filter in an address, of one person or of
 * the team. Every list with filters has them in the same way.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "auth/auth.h"

struct arena;

struct view_page {
	const char *name; /* "inbox"; NULL ends the table */
	const char *path; /* "/inbox" */
	const char *label; /* English msgid, context "place" */
	enum perm perm;	  /* to see it */
};
extern const struct view_page view_pages[];
const struct view_page *view_page_find(const char *name); /* NULL: there is none */
/* The address of ${query} there. */
const char *view_address(struct arena *a, const char *page, const char *query);

#endif
