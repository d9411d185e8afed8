/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/ref_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/zone.h"
#include "db/db.h"

enum err
ref_next(struct db *db, struct arena *a, const char *kind, int64_t at, const char **ret)
{
	int32_t year = zone_civil(zone_tokyo(), at).year;
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "INSERT INTO counter (kind, year, value) VALUES (?1, ?2, 1) "
	    "ON CONFLICT (kind, year) DO UPDATE SET value = counter.value + 1 RETURNING value",
	    DB_TEXT(kind), DB_INT(year)));
	*ret = arena_printf(a, strcmp(kind, "RPT") == 0 ? "%s-%d-%06lld" : "%s-%d-%05lld", kind, year,
	    (long long)db_int(q, 0));
	return OK;
}
