/* SPDX-License-Identifier: Apache-2.0 */
/* figure.h - a chart with the table of its numbers, as page and as CSV. */
#ifndef STATISTICS_FIGURE_H
#define STATISTICS_FIGURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct value;

enum figure_kind { FIGURE_BARS, FIGURE_LINE, FIGURE_TOP };

struct figure_column {
	const char *name; /* as shown */
	const int64_t *n; /* one for each row */
};
struct figure {
	enum figure_kind kind;
	const char *id, *title;
	const char *description;     /* the finding, a sentence */
	const char *head;	     /* of the first column */
	const char *const *label;    /* of each row, short: the axis */
	const char *const *name;     /* of each row in the table; NULL = label */
	size_t rows;
	const struct figure_column *column;
	size_t columns; /* at most 6 */
	const char *total; /* heading of the sum of all columns; NULL = none */
	const char *csv;   /* address, or NULL */
};

/* One more of the partial "chart" in ${list}. */
void figure_add(struct arena *a, struct value *list, const struct figure *f);


#endif
