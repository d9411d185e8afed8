/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/tally_store.h"

#include "base/clock.h"
#include "base/zone.h"
#include "db/db.h"

int64_t
tally_day(int64_t at)
{
	struct civil c = zone_civil(zone_tokyo(), at);

	return clock_day_number(c.year, c.month, c.day);
}

int64_t
tally_month(int64_t day)
{
	struct civil c = clock_day_civil(day);

	return clock_day_number(c.year, c.month, 1);
}

enum err
tally_add(struct db *db, const char *what, int64_t day, const char *category, bool domestic, int64_t by)
{
	return db_run(db,
	    "INSERT INTO tally (what, day, category, domestic, n) VALUES (?1, ?2, ?3, ?4, ?5), "
	    "(?1 || '/month', ?6, ?3, ?4, ?5) "
	    "ON CONFLICT (what, day, category, domestic) DO UPDATE SET n = tally.n + excluded.n",
	    DB_TEXT(what), DB_INT(day), DB_TEXT(category), DB_INT(domestic), DB_INT(by),
	    DB_INT(tally_month(day)));
}
