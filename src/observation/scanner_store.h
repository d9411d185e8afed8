/* SPDX-License-Identifier: Apache-2.0 */
/* scanner_store.h - the lists of open scanners in the database. */
#ifndef OBSERVATION_SCANNER_STORE_H
#define OBSERVATION_SCANNER_STORE_H

#include "journal/journal.h"
#include "observation/scanner.h"

struct db;

struct scanner_row {
	int64_t id;
	const char *name;
	int64_t networks, changed_at;
};
MUST_USE enum err scanner_rows(struct db *db, struct arena *a, struct scanner_row **ret, size_t *ret_n);
/* A list of the same name is replaced. */
MUST_USE enum err scanner_keep(struct db *db, struct arena *a, const struct scanner_list *l, struct actor by);
MUST_USE enum err scanner_drop(struct db *db, struct arena *a, int64_t id, struct actor by);
/* All of them; scanner_set_done() in the end. */
MUST_USE enum err scanner_set_read(struct db *db, struct arena *a, struct scanners *ret);

#endif
