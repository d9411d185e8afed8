/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/sheet.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/zone.h"
#include "statistics/figure.h"
#include "text/csv.h"

#define COLUMNS 14

struct column {
	enum sheet_kind kind;
	const char *key, *label;
};
struct cell {
	const char *key, *shown;
	int64_t n;
};
struct sheet {
	struct web *w;
	const char *id, *title, *note;
	struct column column[COLUMNS];
	size_t columns;
	struct cell *cell;
	size_t cells;
};

struct sheet *
sheet_new(struct web *w, const char *id, const char *title_msgid)
{
	struct sheet *s = arena_one(w->a, struct sheet);

	s->w = w;
	s->id = id;
	s->title = web_tr(w, NULL, title_msgid);
	return s;
}

void
sheet_column(struct sheet *s, enum sheet_kind kind, const char *key, const char *label)
{
	if (s->columns < COLUMNS)
		s->column[s->columns++] = (struct column){ kind, key, label };
}

void
sheet_note(struct sheet *s, const char *note)
{
	s->note = note;
}

static struct cell *
add(struct sheet *s)
{
	s->cell = arena_room(s->w->a, s->cell, s->cells, sizeof(*s->cell));
	return &s->cell[s->cells++];
}

void
sheet_text(struct sheet *s, const char *key, const char *shown)
{
	if (key != NULL && *key == '\0')
		key = NULL;
	*add(s) = (struct cell){
		.key = key,
		.shown = shown != NULL ? shown : key != NULL ? key : web_tr(s->w, NULL, N_("Unknown")),
	};
}

void
sheet_number(struct sheet *s, int64_t n)
{
	*add(s) = (struct cell){ .n = n };
}

size_t
sheet_rows(const struct sheet *s)
{
	return s->columns == 0 ? 0 : s->cells / s->columns;
}

const char *
sheet_id(const struct sheet *s)
{
	return s->id;
}

int64_t
sheet_share(int64_t part, int64_t of)
{
	return of <= 0 ? -1 : (part * 2000 + of) / (2 * of);
}

int64_t
sheet_change(int64_t now, int64_t before)
{
	return before <= 0 ? INT64_MIN : ((now - before) * 200 + (now >= before ? before : -before)) / (2 * before);
}

static void
json_cell(struct sheet *s, struct value *row, const struct column *c, const struct cell *x)
{
	struct arena *a = s->w->a;

	switch (c->kind) {
	case SHEET_TEXT:
		value_set_text(a, row, c->key, x->key);
		return;
	case SHEET_INT:
		value_set_int(a, row, c->key, x->n);
		return;
	case SHEET_TIME:
		if (x->n < 0)
			value_set_text(a, row, arena_printf(a, "%s_ms", c->key), NULL);
		else
			value_set_int(a, row, arena_printf(a, "%s_ms", c->key), x->n);
		return;
	case SHEET_SHARE:
		if (x->n < 0)
			value_set_text(a, row, c->key, NULL);
		else
			value_set_real(a, row, c->key, (double)x->n / 1000);
		return;
	case SHEET_CHANGE:
		if (x->n == INT64_MIN)
			value_set_text(a, row, c->key, NULL);
		else
			value_set_int(a, row, c->key, x->n);
		return;
	}
}

void
sheet_json(struct sheet *s, struct value *o)
{
	struct value *list = value_set_list(s->w->a, o, s->id);

	for (size_t r = 0; r < sheet_rows(s); r++) {
		struct value *row = value_add_object(s->w->a, list);

		for (size_t c = 0; c < s->columns; c++)
			json_cell(s, row, &s->column[c], &s->cell[r * s->columns + c]);
	}
}

/* What people read. */
static const char *
shown(struct sheet *s, const struct column *c, const struct cell *x)
{
	struct arena *a = s->w->a;

	switch (c->kind) {
	case SHEET_TEXT:
		return x->shown;
	case SHEET_INT:
		return x->n < 0 ? "–" : i18n_number(a, x->n);
	case SHEET_TIME:
		return x->n < 0 ? "–" : zone_duration(a, s->w->lang, x->n);
	case SHEET_SHARE:
		return x->n < 0 ? "–" : arena_printf(a, "%lld.%lld%%", (long long)(x->n / 10), (long long)(x->n % 10));
	case SHEET_CHANGE:
		break;
	}
	return x->n == INT64_MIN ? "–" : x->n == 0 ? "±0%" : arena_printf(a, "%+lld%%", (long long)x->n);
}

void
sheet_page(struct sheet *s, struct value *list, size_t rows, const char *csv)
{
	struct arena *a = s->w->a;
	struct value *o = value_add_object(a, list), *head = value_set_list(a, o, "columns"), *body;
	size_t all = sheet_rows(s), first = 0;

	value_set_text(a, o, "id", s->id);
	value_set_text(a, o, "title", s->title);
	value_set_text(a, o, "note", s->note);
	value_set_text(a, o, "csv", csv);
	value_set_text(a, o, "more",
	    all <= rows ? NULL
			: web_trf(s->w, NULL, N_("The first {n} of {total}; all of them are in the CSV."),
			      I18N_ARGS({ "n", i18n_number(a, (int64_t)rows) }, { "total", i18n_number(a, (int64_t)all) })));
	while (first < s->columns && s->column[first].kind == SHEET_TEXT)
		first++;
	for (size_t c = 0; c < s->columns; c++) {
		struct value *h = value_add_object(a, head);

		value_set_text(a, h, "label", s->column[c].label);
		value_set_bool(a, h, "number", c >= first);
	}
	body = value_set_list(a, o, "rows");
	for (size_t r = 0; r < all && r < rows; r++) {
		struct value *row = value_add_object(a, body), *cells = value_set_list(a, row, "cells");

		value_set_text(a, row, "label", shown(s, &s->column[0], &s->cell[r * s->columns]));
		for (size_t c = 1; c < s->columns; c++) {
			struct value *cell = value_add_object(a, cells);

			value_set_text(a, cell, "head", s->column[c].label);
			value_set_text(a, cell, "text", shown(s, &s->column[c], &s->cell[r * s->columns + c]));
			value_set_bool(a, cell, "number", c >= first);
		}
	}
}

static void
csv_cell(struct sheet *s, struct buf *out, const struct column *c, const struct cell *x)
{
	struct arena *a = s->w->a;

	switch (c->kind) {
	case SHEET_TEXT:
		csv_put(out, x->key == NULL ? "" : x->key);
		csv_put(out, x->shown);
		return;
	case SHEET_INT:
		if (x->n < 0)
			csv_put(out, "");
		else
			csv_put_int(out, x->n);
		return;
	case SHEET_TIME:
		csv_put(out, x->n < 0 ? "" : arena_printf(a, "%.2f", (double)x->n / (double)CLOCK_HOUR));
		return;
	case SHEET_SHARE:
		csv_put(out, x->n < 0 ? "" : arena_printf(a, "%lld.%lld", (long long)(x->n / 10), (long long)(x->n % 10)));
		return;
	case SHEET_CHANGE:
		if (x->n == INT64_MIN)
			csv_put(out, "");
		else
			csv_put_int(out, x->n);
		return;
	}
}

enum err
sheet_csv(struct sheet *s)
{
	struct buf *out = buf_new(s->w->a, LIMIT_MIB(16));
	struct arena *a = s->w->a;

	for (size_t c = 0; c < s->columns; c++) {
		const char *key = s->column[c].key;

		switch (s->column[c].kind) {
		case SHEET_TEXT:
			csv_put(out, key);
			csv_put(out, arena_printf(a, "%s_name", key));
			break;
		case SHEET_TIME:
			csv_put(out, arena_printf(a, "%s_hours", key));
			break;
		case SHEET_SHARE:
		case SHEET_CHANGE:
			csv_put(out, arena_printf(a, "%s_percent", key));
			break;
		case SHEET_INT:
			csv_put(out, key);
			break;
		}
	}
	csv_end(out);
	for (size_t r = 0; r < sheet_rows(s); r++) {
		for (size_t c = 0; c < s->columns; c++)
			csv_cell(s, out, &s->column[c], &s->cell[r * s->columns + c]);
		csv_end(out);
	}
	return web_csv(s->w, arena_printf(a, "%s.csv", s->id), buf_view(out));
}
