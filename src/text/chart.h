/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart.h - server-drawn SVG charts, by the visual design in docs/design.md.
 *
 * No inline style: classes only, so that the page's theme reaches them.  Each
 * has <title> and <desc>; the page puts the table of the same numbers and a
 * CSV link below.  Values are counts: one below 0 is drawn as 0.  No data gives a
 * chart without bars.  What is returned is for value_set_html().
 */
#ifndef TEXT_CHART_H
#define TEXT_CHART_H

#include "base/str.h"

struct arena;

struct chart_series {
	const char *name;
	const int64_t *value; /* one for each label */
};
struct chart {
	const char *title;
	const char *description; /* the finding, a sentence */
	const char *const *label; /* of the x axis or of the bars */
	size_t labels;
	const struct chart_series *series;
	size_t series_count; /* at most 6 */
	int width, height;   /* view box; 0 = the kind's own */
};

struct str chart_bars(struct arena *a, const struct chart *c);  /* stacked */
struct str chart_line(struct arena *a, const struct chart *c);
struct str chart_top(struct arena *a, const struct chart *c);   /* horizontal, one series */
struct str chart_spark(struct arena *a, const struct chart *c); /* one series, no axes */

#endif
