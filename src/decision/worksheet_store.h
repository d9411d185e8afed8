/* SPDX-License-Identifier: Apache-2.0 */
/* worksheet_store.h - worksheets of talks with analysts. */
#ifndef DECISION_WORKSHEET_STORE_H
#define DECISION_WORKSHEET_STORE_H

#include "decision/worksheet.h"
#include "journal/journal.h"

struct db;

struct worksheet_row {
	int64_t id, model_id, version, created_by, created_at, changed_at;
	const char *topic, *title, *body;
};

MUST_USE enum err worksheet_list(struct db *db, struct arena *a, const char *topic, struct worksheet_row **ret, size_t *ret_n);
MUST_USE enum err worksheet_get(struct db *db, struct arena *a, int64_t id, struct worksheet_row *ret);
MUST_USE enum err worksheet_add(struct db *db, struct arena *a, const char *topic, const struct worksheet *w, struct actor by,
    int64_t *ret_id);
/* ERR_CONFLICT: ${version} is no longer the present one. */
MUST_USE enum err worksheet_save(struct db *db, struct arena *a, int64_t id, int64_t version, const struct worksheet *w,
    struct actor by);
/* The draft that was made of it. */
MUST_USE enum err worksheet_set_model(struct db *db, int64_t id, int64_t model);

#endif
