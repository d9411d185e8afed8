/* SPDX-License-Identifier: Apache-2.0 */
/* collect_store.h - what sealing leaves in the database. */
#ifndef COLLECTOR_COLLECT_STORE_H
#define COLLECTOR_COLLECT_STORE_H

#include "base/err.h"
#include "collector/seal.h"

struct arena;
struct db;

/* Up to which file of the log it was counted; 0 nothing yet. */
MUST_USE enum err collect_counted(struct db *db, uint64_t *ret);
MUST_USE enum err collect_save(struct db *db, const struct seal_result *r);

struct collect_names { /* of all sensors */
	uint64_t *id;
	const char **name;
	size_t n;
};
MUST_USE enum err collect_names(struct db *db, struct arena *a, struct collect_names *ret);
/* Of one that the database does not know (restored from an older backup): "sensor-7". */
const char *collect_name(struct arena *a, const struct collect_names *names, uint64_t sensor);

#endif
