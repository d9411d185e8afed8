/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selection_store.h - sites that a person chose on the board: up to LIMIT_BULK of
 * them do not fit into an address. POST /takedowns/selection stores them and leads
 * to /takedowns/notify?selection=ID. Kept for a day.
 */
#ifndef TAKEDOWN_SELECTION_STORE_H
#define TAKEDOWN_SELECTION_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

MUST_USE enum err selection_add(struct db *db, struct arena *a, int64_t person, const int64_t *sites, size_t n,
    int64_t now, int64_t *ret_id);
/* ERR_NOT_FOUND also when it is another person's. The sites may have been hidden
 * or removed since: read them with site_get() or board_lines(). */
MUST_USE enum err selection_get(struct db *db, struct arena *a, int64_t id, int64_t person, int64_t **ret, size_t *ret_n);

#endif
