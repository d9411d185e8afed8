/* SPDX-License-Identifier: Apache-2.0 */
/* board_page.h - the board's filter and panes, for its other pages. */
#ifndef TAKEDOWN_BOARD_PAGE_H
#define TAKEDOWN_BOARD_PAGE_H

#include "takedown/site_page.h"

/* board_filter_read() with the incident's number looked up. */
MUST_USE enum err board_page_filter(struct web *w, struct str query, struct problems *problems, struct board_filter *ret);

#endif
