/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_page.h - what the pages of statistics share: the period, its names, its form. */
#ifndef STATISTICS_STATISTICS_PAGE_H
#define STATISTICS_STATISTICS_PAGE_H

#include "statistics/period.h"
#include "web/web.h"

struct statistics_page {
	struct period_range range;
	const char *wrong; /* msgid: what of the address could not be used */
	int64_t today;
};
/* Of unit, from and to; ${usual}: how many periods of each unit when not asked. */
void statistics_page_read(struct web *w, const int64_t usual[5], struct statistics_page *ret);

struct statistics_names {
	const char **shorts, **longs; /* of each period: the axis, the table */
};
struct statistics_names statistics_page_names(struct web *w, const struct period_range *r);
/* "Month" in the viewer's words. */
const char *statistics_page_unit(struct web *w, const struct period_range *r);
/* ui.units, form, wrong, range_text, tabs [{label, href, current}]; ${tab}: its address. */
void statistics_page_form(struct web *w, const struct statistics_page *p, const struct statistics_names *n, const char *tab);
/* "unit=month&from=2026-04-01&to=2026-09-30" */
const char *statistics_page_query(struct web *w, const struct period_range *r);
/* data.unit, from, to, running */
void statistics_page_data(struct web *w, const struct period_range *r);

#endif
