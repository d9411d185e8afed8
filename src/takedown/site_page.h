/* SPDX-License-Identifier: Apache-2.0 */
/* site_page.h - what the pages of sites share. */
#ifndef TAKEDOWN_SITE_PAGE_H
#define TAKEDOWN_SITE_PAGE_H

#include "takedown/board_store.h"
#include "web/web.h"

/* The one board of this process, up to date; only with a read transaction. */
MUST_USE enum err site_page_board(struct web *w, struct board **ret);
/* The site of ":id"; ERR_NOT_FOUND also when the viewer may not see it. */
MUST_USE enum err site_page_get(struct web *w, struct site *ret);
/* One row: docs/schema/takedown.md, and "@" members for the page. */
void site_page_row(struct web *w, const struct board_line *l, struct value *o);
/* "6 h 14 min", "3 d 2 h". */
const char *site_page_duration(struct web *w, int64_t ms);
/* ${o}.${key} {state, text}. */
void site_page_badge(struct web *w, struct value *o, const char *key, const char *state);
/* A stored name in the viewer's words. */
const char *site_page_word(struct web *w, const struct word *list, const char *name);
/* ui.${key} [{value, label, selected}]: first ${any} (value "", NULL: none). */
void site_page_options(struct web *w, const char *key, const struct word *list, const char *any, const char *chosen);
/* ${o}.checks: the newest ${limit} of a site. */
MUST_USE enum err site_page_checks(struct web *w, int64_t site, int limit, struct value *o);

/* The sites of an incident, for its page (struct incident_panel). */
struct incident;
MUST_USE enum err site_add_panel(struct web *w, const struct incident *i);

#endif
