/* SPDX-License-Identifier: Apache-2.0 */
/* open_data_store.h - the days of telescope/open_data.h that everybody may fetch. */
#ifndef OBSERVATION_OPEN_DATA_STORE_H
#define OBSERVATION_OPEN_DATA_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define OPEN_DATA_KEEP_DAYS 90

struct arena;
struct db;

struct open_day {
	int64_t day, blob_id, bytes, lines, packets, made_at;
};
/* Newest first. */
MUST_USE enum err open_data_list(struct db *db, struct arena *a, struct open_day **ret, size_t *ret_n);
MUST_USE enum err open_data_get(struct db *db, int64_t day, struct open_day *ret);
MUST_USE enum err open_data_put(struct db *db, const struct open_day *x);
/* Those from before ${day}, with their bytes. */
MUST_USE enum err open_data_forget(struct db *db, struct arena *a, int64_t day);

#endif
