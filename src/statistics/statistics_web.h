/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_web.h - the pages of this folder. */
#ifndef STATISTICS_STATISTICS_WEB_H
#define STATISTICS_STATISTICS_WEB_H

#include "web/web.h"

extern const struct web_route statistics_routes[], home_routes[], next_routes[];

struct queue_item;
/* The page that an item of the queue leads to. */
const char *next_href(struct web *w, const struct queue_item *q);
/* "An answer arrived · 2 h ago" */
const char *next_why(struct web *w, const struct queue_item *q);

#endif
