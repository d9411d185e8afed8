/* SPDX-License-Identifier: Apache-2.0 */
/* ref_store.h - the next number of a kind and year. */
#ifndef INCIDENT_REF_STORE_H
#define INCIDENT_REF_STORE_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* The next reference of ${kind} ("RPT", "INC") in ${at}'s year. */
MUST_USE enum err ref_next(struct db *db, struct arena *a, const char *kind, int64_t at, const char **ret);

#endif
