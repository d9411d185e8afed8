/* SPDX-License-Identifier: Apache-2.0 */
/* quarterly_store.h - the quarterly reports in the database. */
#ifndef OBSERVATION_QUARTERLY_STORE_H
#define OBSERVATION_QUARTERLY_STORE_H

#include "journal/journal.h"
#include "observation/quarterly.h"

struct db;

struct quarterly {
	int64_t id;
	const char *quarter, *lang; /* "2026Q3", "ja" */
	const char *title, *body;
	bool published;
	int64_t published_at, changed_at, version;
	const char *person; /* who changed it last; NULL: nobody yet */
};
/* Newest quarter first; without bodies. */
MUST_USE enum err quarterly_list(struct db *db, struct arena *a, bool published, struct quarterly **ret, size_t *ret_n);
MUST_USE enum err quarterly_get(struct db *db, struct arena *a, const char *quarter, const char *lang, struct quarterly *ret);
/* A draft; one that is there already stays as it is. */
MUST_USE enum err quarterly_add(struct db *db, const char *quarter, const char *lang, const struct quarterly_draft *d, int64_t now);
/* ERR_CONFLICT: somebody else has changed it meanwhile. */
MUST_USE enum err quarterly_save(struct db *db, struct arena *a, const struct quarterly *q, const char *title, const char *body,
    bool publish, struct actor by);
/* What was noticed in that time and not dismissed, alerts first. */
MUST_USE enum err quarterly_notables(struct db *db, struct arena *a, struct quarter q, struct quarterly_notable **ret, size_t *ret_n);

#endif
