/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sheet.h - a table of numbers, the same on the page, in JSON and as CSV.
 *
 *	struct sheet *s = sheet_new(w, "countries", N_("Hosting countries"));
 *	sheet_column(s, SHEET_TEXT, "country", N_("Country"));
 *	sheet_column(s, SHEET_TIME, "median", N_("Median time to stop"));
 *	sheet_text(s, "KR", web_country); sheet_number(s, 14400000);
 *
 * Cells are given row by row, one for each column.
 */
#ifndef STATISTICS_SHEET_H
#define STATISTICS_SHEET_H

#include "web/web.h"

enum sheet_kind {
	SHEET_TEXT,   /* a key for machines, words for people */
	SHEET_INT,
	SHEET_TIME,   /* ms; -1 none. JSON KEY_ms, CSV KEY_hours, page "4 h 12 min" */
	SHEET_SHARE,  /* thousandths; -1 none. JSON 0.123, CSV 12.3, page 12.3% */
	SHEET_CHANGE, /* whole percent; INT64_MIN: nothing to compare with */
};
struct sheet;

struct sheet *sheet_new(struct web *w, const char *id, const char *title_msgid);
void sheet_column(struct sheet *s, enum sheet_kind kind, const char *key, const char *label);
/* What stands below it: how it is counted. */
void sheet_note(struct sheet *s, const char *note);
/* ${shown}: NULL = ${key}, a NULL key is shown as "unknown". */
void sheet_text(struct sheet *s, const char *key, const char *shown);
void sheet_number(struct sheet *s, int64_t n);
size_t sheet_rows(const struct sheet *s);
const char *sheet_id(const struct sheet *s);

/* Thousandths; -1 of nothing. Whole percent; INT64_MIN of nothing. */
int64_t sheet_share(int64_t part, int64_t of);
int64_t sheet_change(int64_t now, int64_t before);

/* Rows into ${o}.${id}. */
void sheet_json(struct sheet *s, struct value *o);
/* One more of the partial "sheet" in ${list}, its first ${rows}. */
void sheet_page(struct sheet *s, struct value *list, size_t rows, const char *csv);
MUST_USE enum err sheet_csv(struct sheet *s);

#endif
