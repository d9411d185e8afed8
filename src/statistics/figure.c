/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/figure.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "text/chart.h"
#include "text/i18n.h"
#include "text/value.h"

#define COLUMNS 6
#define TOP_WIDTH 462 /* the names of our categories have room */

static struct str
draw(struct arena *a, const struct figure *f)
{
	struct chart_series series[COLUMNS];
	struct chart c = {
		.title = f->title,
		.description = f->description,
		.label = f->label,
		.labels = f->rows,
		.series = series,
		.width = f->kind == FIGURE_TOP ? TOP_WIDTH : 0,
		.series_count = f->columns < COLUMNS ? f->columns : COLUMNS,
	};

	for (size_t i = 0; i < c.series_count; i++)
		series[i] = (struct chart_series){ f->column[i].name, f->column[i].n };
	switch (f->kind) {
	case FIGURE_BARS:
		return chart_bars(a, &c);
	case FIGURE_LINE:
		return chart_line(a, &c);
	case FIGURE_TOP:
		break;
	}
	return chart_top(a, &c);
}

static bool
any(const struct figure *f)
{
	for (size_t i = 0; i < f->columns; i++) {
		for (size_t r = 0; r < f->rows; r++) {
			if (f->column[i].n[r] != 0)
				return true;
		}
	}
	return false;
}

void
figure_add(struct arena *a, struct value *list, const struct figure *f)
{
	struct value *o = value_add_object(a, list);
	struct value *columns, *rows;

	value_set_text(a, o, "id", f->id);
	value_set_text(a, o, "title", f->title);
	value_set_text(a, o, "size", f->kind == FIGURE_TOP ? "top" : "middle");
	if (any(f))
		value_set_html(a, o, "svg", draw(a, f));
	value_set_text(a, o, "csv", f->csv);
	columns = value_set_list(a, o, "columns");
	value_add_text(a, columns, f->head);
	for (size_t i = 0; i < f->columns; i++)
		value_add_text(a, columns, f->column[i].name);
	if (f->total != NULL)
		value_add_text(a, columns, f->total);
	rows = value_set_list(a, o, "rows");
	for (size_t r = 0; r < f->rows; r++) {
		struct value *row = value_add_object(a, rows);
		struct value *cells = value_set_list(a, row, "cells");
		int64_t sum = 0;

		value_set_text(a, row, "label", f->name != NULL ? f->name[r] : f->label[r]);
		for (size_t i = 0; i < f->columns; i++) {
			value_add_text(a, cells, i18n_number(a, f->column[i].n[r]));
			sum += f->column[i].n[r];
		}
		if (f->total != NULL)
			value_add_text(a, cells, i18n_number(a, sum));
	}
}
