/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retention_job.c - "retention.nightly" erases in the small hours what is too
 * old, "retention.run" does it at a person's wish and carries on with what one
 * transaction did not hold. When nothing is left, the journal is told.
 */
#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "db/db.h"
#include "job/job.h"
#include "job/work.h"
#include "team/retention_store.h"

#define NIGHT_BEGINS 1 /* o'clock, in the team's zone: before the journal is verified */
#define NIGHT_ENDS 5
#define OFTEN (20 * CLOCK_HOUR)
#define LATE (30 * CLOCK_HOUR)
#define AT_ONCE 100 /* of each kind in one transaction: others wait to write */

static bool
is_night(struct job_run *j, struct db *db)
{
	const struct zone *zone = zone_tokyo();

	if (zone_find(setting_text(db, j->a, "team.zone"), &zone) != OK)
		zone = zone_tokyo();
	int64_t hour = zone_civil(zone, j->now).hour;

	return hour >= NIGHT_BEGINS && hour < NIGHT_ENDS;
}

static enum err
nightly(struct job_run *j, struct db *db)
{
	struct value *last;
	int64_t at = 0;
	enum err e = retention_last(db, j->a, &last, &at);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (j->now - at < OFTEN || !(is_night(j, db) || (at != 0 && j->now - at > LATE)))
		return OK;
	j->state = j; /* it is time */
	return OK;
}

static enum err
by_wish(struct job_run *j, struct db *db)
{
	(void)db;
	j->state = j;
	return OK;
}

static enum err
erase(struct job_run *j, struct db *db)
{
	const char *by = value_cstr(value_get(j->payload, "name"));
	int64_t by_id = value_integer(value_get(j->payload, "by"));
	const struct value *before = value_get(j->payload, "counts");
	struct value *counts = value_object(j->a);
	bool more;

	if (j->state == NULL)
		return OK;
	for (size_t i = 0; i < value_count(before); i++)
		value_set_int(j->a, counts, value_key(before, i), value_integer(value_member(before, i)));

	enum err e = retention_run(db, j->work->blobs, j->a, AT_ONCE, j->now, counts, &more);

	if (e != OK)
		j->error = "retention could not erase something; nothing of this step was erased";
	TRY(e);
	if (!more) {
		log_info("retention ran", LOG_S("erased", value_json_text(j->a, counts)));
		return retention_tell(db, j->a, *by == '\0' ? "system" : by, by_id, counts, j->now);
	}
	struct value *p = value_object(j->a);

	value_set_int(j->a, p, "by", by_id);
	value_set_text(j->a, p, "name", by);
	value_set(j->a, p, "counts", counts);
	return job_add(db, j->a, &(struct job_new){ .kind = "retention.run", .payload = p, .key = "retention.run" },
	    j->now, NULL);
}

const struct job_kind retention_job_kinds[] = {
	{ .name = "retention.nightly", .max_tries = 3, .load = nightly, .save = erase, .every = CLOCK_HOUR },
	{ .name = "retention.run", .max_tries = 3, .load = by_wish, .save = erase },
	{ 0 },
};
