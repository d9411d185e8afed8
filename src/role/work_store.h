/* SPDX-License-Identifier: Apache-2.0 */
/* work_store.h - what the work role asks the database for itself. */
#ifndef ROLE_WORK_STORE_H
#define ROLE_WORK_STORE_H

#include <stdbool.h>

#include "base/err.h"

struct db;

/*
 * Whether this is the only work role on the database: always with SQLite
 * (serve.lock). PostgreSQL: each holds a shared advisory lock for as long as its
 * connection lives; ${*ret_alone} when no other one does.
 */
MUST_USE enum err work_alone(struct db *db, bool *ret_alone);
/* Whether there are journal entries without a seal. */
MUST_USE enum err work_unsealed(struct db *db, bool *ret);

#endif
