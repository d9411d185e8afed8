/* SPDX-License-Identifier: Apache-2.0 */
/* collect_job.c - the work role seals what the collector has written, and tidies the
 * store at night. The database is held only to read names and to save counts. */
#include <unistd.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "collector/collect_store.h"
#include "directory/geo.h"
#include "job/job.h"
#include "job/work.h"
#include "telescope/clickhouse.h"
#include "telescope/store.h"

#define SEAL_EVERY (10 * CLOCK_MINUTE) /* the collector asks for it; this is if it could not */

struct state {
	struct seal_options o;
	struct seal_result r;
	struct collect_names names;
	struct arena *a;
	int64_t now;
	const struct geo *geo; /* taken; NULL: not yet */
	int64_t raw_days, days; /* that are kept */
	const char *clickhouse, *password;
};

static const char *
name_of(void *object, uint64_t sensor)
{
	struct state *s = object;

	return collect_name(s->a, &s->names, sensor);
}

static const struct geo *
geo_of(void *object)
{
	struct state *s = object;

	if (s->geo == NULL)
		s->geo = geo_take(geo_holder_here(), s->now);
	return s->geo;
}

static void
geo_done(struct state *s)
{
	if (s->geo != NULL)
		geo_give(geo_holder_here(), s->geo);
	s->geo = NULL;
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct state *s = arena_one(j->a, struct state);

	j->state = s;
	s->a = j->a;
	s->now = j->now;
	if (j->work->data_dir == NULL)
		return OK;
	TRY(collect_names(db, j->a, &s->names));
	s->o = (struct seal_options){
		.wal = arena_printf(j->a, "%s/telescope/wal", j->work->data_dir),
		.store = arena_printf(j->a, "%s/telescope/store", j->work->data_dir),
		.payload = (unsigned)setting_int(db, "telescope.payload"),
		.geo = geo_of,
		.name = name_of,
		.object = s,
	};
	s->raw_days = setting_int(db, "telescope.keep_raw_days");
	s->days = setting_int(db, "telescope.keep_days");
	s->clickhouse = setting_text(db, j->a, "telescope.clickhouse");
	if (*s->clickhouse != '\0' && setting_secret(db, j->a, j->work->key, "telescope.clickhouse_password", &s->password) != OK)
		s->password = "";
	return collect_counted(db, &s->o.counted);
}

static bool
has_store(const struct state *s)
{
	return s->o.store != NULL && access(s->o.store, F_OK) == 0;
}

static enum err
seal(struct job_run *j)
{
	struct state *s = j->state;
	enum err e = ERR_NOT_FOUND;

	if (s->o.wal != NULL && access(s->o.wal, F_OK) == 0) {
		e = seal_run(j->a, &s->o, &s->r);
		geo_done(s);
	}
	if (e == ERR_NOT_FOUND || e == ERR_TIMEOUT) { /* no sensor yet; or the next minute */
		s->r.counted = s->o.counted;
		return OK;
	}
	if (e != OK)
		j->error = arena_printf(j->a, "the telescope's log could not be sealed (%s); it is tried again, nothing is lost", err_name(e));
	if (e == OK && s->r.damaged > 0)
		log_error("the telescope's log is damaged in places; what was there is lost", LOG_I("places", (int64_t)s->r.damaged));
	if (e == OK && s->r.files > 0)
		log_info("packets of sensors were sealed", LOG_I("files", (int64_t)s->r.files), LOG_I("records", (int64_t)s->r.records));
	return e;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct state *s = j->state;

	return s->r.counted == s->o.counted ? OK : collect_save(db, &s->r);
}

static enum err
compact(struct job_run *j)
{
	struct state *s = j->state;
	int64_t days;

	if (!has_store(s))
		return OK;
	enum err e = seal_compact(&s->o, j->now / CLOCK_DAY, &days);

	geo_done(s);
	if (e == ERR_TIMEOUT) /* an import runs: tomorrow */
		return OK;
	if (e != OK)
		j->error = arena_printf(j->a, "days of the telescope's store could not be joined: %s; see telescope verify", err_name(e));
	return e;
}

static enum err
retain(struct job_run *j)
{
	struct state *s = j->state;
	AUTO(store) store = NULL;
	int64_t segments = 0;

	if (!has_store(s) || (s->raw_days == 0 && s->days == 0))
		return OK;
	enum err e = store_open(s->o.store, true, &store);

	if (e == OK)
		e = store_retain(store, j->now / CLOCK_DAY, s->raw_days, s->days, &segments);

	if (e == ERR_TIMEOUT) /* an import runs: the next time */
		return OK;
	if (e != OK)
		j->error = arena_printf(j->a, "old packets of the telescope could not be dropped (%s)", err_name(e));
	else if (segments > 0)
		log_info("old packets of the telescope were dropped, sums stay", LOG_I("segments", segments));
	return e;
}

static enum err
copy(struct job_run *j)
{
	struct state *s = j->state;
	struct clickhouse_load l = { .shards = 0 };
	AUTO(clickhouse) to = NULL;
	AUTO(store) store = NULL;

	if (!has_store(s) || *s->clickhouse == '\0')
		return OK;
	TRY(store_open(s->o.store, false, &store));
	enum err e = clickhouse_new(s->clickhouse, s->password, &to);

	if (e == OK)
		e = clickhouse_load(j->a, to, store, &l);
	if (e != OK)
		j->error = arena_printf(j->a, "packets could not be copied to ClickHouse: %s; it is tried again, the store has them",
		    to != NULL && *clickhouse_fault(to) != '\0' ? clickhouse_fault(to) : err_name(e));
	else if (l.days > 0)
		log_info("packets were copied to ClickHouse", LOG_I("days", (int64_t)l.days), LOG_I("records", (int64_t)l.records));
	return e;
}

const struct job_kind collect_jobs[] = {
	{ .name = "telescope.seal", .max_tries = 1000, .load = load, .act = seal, .save = save, .every = SEAL_EVERY, .slow = true },
	{ .name = "telescope.compact", .max_tries = 3, .load = load, .act = compact, .every = CLOCK_HOUR, .slow = true },
	{ .name = "telescope.retain", .max_tries = 3, .load = load, .act = retain, .every = CLOCK_HOUR, .slow = true },
	{ .name = "telescope.clickhouse", .max_tries = 1000, .load = load, .act = copy, .every = SEAL_EVERY, .slow = true },
	{ 0 },
};
