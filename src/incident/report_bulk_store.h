/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_bulk_store.h - many reports of a list at once: a few statements for a
 * hundred rows instead of a dozen for each, which a database server at the end
 * of a wire thanks for.
 */
#ifndef INCIDENT_REPORT_BULK_STORE_H
#define INCIDENT_REPORT_BULK_STORE_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct db;

#define REPORT_BULK_MAX 100

/* A phishing URL that somebody told of; the URL and its host become the
 * report's observables. Texts are clean. */
struct report_bulk_row {
	int64_t received_at;
	const char *title, *import_key;
	const char *brand; /* or NULL */
	struct str url;	   /* as written, may be disguised */
};

/*
 * In the caller's transaction, for at most REPORT_BULK_MAX rows: what
 * report_add() does, but neither compared with others nor journalled a row.
 * Rows whose import_key is there already, or twice among them, are passed over;
 * ${*ret_added}: how many were not.
 */
MUST_USE enum err report_bulk_add(struct db *db, struct arena *a, const struct report_bulk_row *rows, size_t n,
    int64_t now, size_t *ret_added);

#endif
