/* SPDX-License-Identifier: Apache-2.0 */
/* view_web.h - the tabs above a list: ready views, the team's, one's own. */
#ifndef VIEW_VIEW_WEB_H
#define VIEW_VIEW_WEB_H

#include "base/err.h"
#include "view/view_store.h"

struct web;

struct view_ready {
	const char *label; /* English msgid */
	const char *query;
	bool late;	   /* what is in it should have been done */
};
struct view_tab {
	const char *label, *query; /* in the viewer's language */
	bool late;
	const char *count; /* "12", "99+"; NULL or "" = nothing to show. The list fills it in. */
	const struct view *saved; /* NULL: a ready one */
};
/* ${ready} with labels of ${context}, then what is saved for ${page}. */
MUST_USE enum err view_web_tabs(struct web *w, const char *page, const struct view_ready *ready, size_t n,
    const char *context, struct view_tab **ret, size_t *ret_n);
/*
 * For the partial views_saved: ui.views, and what may be done with the present one,
 * whose query is ${present}.
 */
void view_web_set(struct web *w, const char *page, const char *present, const struct view_tab *tab, size_t n);
/* The query of this address as a view keeps it: no page, no preview, no language. */
const char *view_web_present(struct web *w);

#endif
