/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phishurl.h - lists of phishing URLs as JPCERT/CC publishes them: CSV with
 * the header "date,URL,description", the description being the brand.
 *
 * Rows are read one by one; a bad one is told with its line and passed over.
 */
#ifndef INCIDENT_PHISHURL_H
#define INCIDENT_PHISHURL_H

#include "base/err.h"
#include "base/str.h"

struct arena;

struct phishurl {
	struct str rest;
	size_t line; /* of the row that was read last, 1 is the header */
	size_t next_line;
};

struct phishurl_row {
	size_t line;	/* where it begins */
	int64_t at;	/* UTC milliseconds; 0 when the list leaves it blank */
	struct str date; /* as written, trimmed: Japanese time */
	struct str url, brand; /* as written; may be disguised */
};

/* ERR_INVALID when the first line is not that header. A BOM is passed over.
 * ${csv} must outlive the reader. */
MUST_USE enum err phishurl_open(struct str csv, struct phishurl *ret);
/*
 * The next row, its texts in ${a}.  ERR_NOT_FOUND at the end.  ERR_INVALID or
 * ERR_LIMIT for a bad row: ${*ret_fault} is an English msgid then, r->line
 * tells where, and the next call goes on behind it.
 */
MUST_USE enum err phishurl_next(struct phishurl *r, struct arena *a, struct phishurl_row *ret,
    const char **ret_fault);
/* What makes two rows the same: date, URL and brand, as one text. */
struct str phishurl_identity(struct arena *a, const struct phishurl_row *row);

#endif
