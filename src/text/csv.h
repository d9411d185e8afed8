/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h - records of comma-separated values, RFC 4180: read bounded, written so
 * that a spreadsheet takes no text for a formula. */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "base/buf.h"
#include "base/err.h"

struct arena;

#define CSV_FIELDS 200 /* of one record */

struct csv {
	struct str rest;
	size_t line;	  /* of the last record's beginning, from 1 */
	size_t next_line; /* private */
};
/* ${text} may begin with a byte order mark and must outlive the reader. */
struct csv csv_of(struct str text);
/*
 * The next record's fields, unquoted; empty lines are passed over.
 * ERR_NOT_FOUND: the end. ERR_INVALID: a quote stands where none may, or is not
 * closed; ERR_LIMIT: more than CSV_FIELDS or LIMIT_CSV_LINE bytes. After these two
 * the reader stands behind the bad record's first line.
 */
MUST_USE enum err csv_next(struct csv *c, struct arena *a, struct str *field, size_t *ret_n);

/* A field (NULL: empty) with what separates it from the one before, and a record's end. */
void csv_put(struct buf *out, const char *text);
void csv_put_int(struct buf *out, int64_t n);
void csv_end(struct buf *out);
/* The same of a text that need not end with NUL, quoted only where it must be. */
void csv_put_str(struct buf *out, struct str text, bool first);
/* What csv_put() put before a text that looks like a formula, taken off again. */
struct str csv_plain(struct str s);

#endif
