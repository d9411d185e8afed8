/* SPDX-License-Identifier: Apache-2.0 */
/* collect_job.c - the work role seals what the collector has written, and tidies the
 * store at night. The database is held only to read names and to save counts. */
#include <unistd.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "collector/collect_store.h"
#include "job/job.h"
#include "job/work.h"

#define SEAL_EVERY (10 * CLOCK_MINUTE) /* the collector asks for it; this is if it could not */

struct state {
	struct seal_options o;
	struct seal_result r;
	struct collect_names names;
	struct arena *a;
};

static const char *
name_of(void *object, uint64_t sensor)
{
	struct state *s = object;

	return collect_name(s->a, &s->names, sensor);
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct state *s = arena_one(j->a, struct state);

	j->state = s;
	s->a = j->a;
	if (j->work->data_dir == NULL)
		return OK;
	TRY(collect_names(db, j->a, &s->names));
	s->o = (struct seal_options){
		.wal = arena_printf(j->a, "%s/telescope/wal", j->work->data_dir),
		.store = arena_printf(j->a, "%s/telescope/store", j->work->data_dir),
		.payload = (unsigned)setting_int(db, "telescope.payload"),
		.name = name_of,
		.object = s,
	};
	return collect_counted(db, &s->o.counted);
}

static enum err
seal(struct job_run *j)
{
	struct state *s = j->state;
	enum err e = s->o.wal == NULL || access(s->o.wal, F_OK) != 0 ? ERR_NOT_FOUND : seal_run(j->a, &s->o, &s->r);

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

	if (s->o.store == NULL || access(s->o.store, F_OK) != 0)
		return OK;
	enum err e = seal_compact(&s->o, j->now / CLOCK_DAY, &days);

	if (e == ERR_TIMEOUT) /* an import runs: tomorrow */
		return OK;
	if (e != OK)
		j->error = arena_printf(j->a, "days of the telescope's store could not be joined: %s; see telescope verify", err_name(e));
	return e;
}

const struct job_kind collect_jobs[] = {
	{ .name = "telescope.seal", .max_tries = 1000, .load = load, .act = seal, .save = save, .every = SEAL_EVERY, .slow = true },
	{ .name = "telescope.compact", .max_tries = 3, .load = load, .act = compact, .every = CLOCK_HOUR, .slow = true },
	{ 0 },
};
