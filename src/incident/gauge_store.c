/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "db/db.h"
#include "incident/tally_store.h"

enum err
gauge_add(struct db *db, struct arena *a, const char *kind, const char *state, int64_t by)
{
	return db_run(db,
	    "INSERT INTO gauge (name, n) VALUES (?1, ?2) "
	    "ON CONFLICT (name) DO UPDATE SET n = gauge.n + excluded.n",
	    DB_TEXT(arena_printf(a, "%s/%s", kind, state)), DB_INT(by));
}
