/* SPDX-License-Identifier: Apache-2.0 */
/* sighting_job.c - waves are looked for every five minutes, also in the hour that
 * runs; the digest of the day before is made once a day. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "job/job.h"
#include "job/work.h"
#include "observation/graph.h"
#include "observation/observe.h"
#include "observation/scanner_store.h"
#include "observation/sighting_store.h"
#include "telescope/query.h"
#include "telescope/store.h"

#define LONGEST INT64_C(300000000)
#define AGAIN 2	 /* hours that are looked at anew: late batches */
#define DIGEST_AT (20 * CLOCK_MINUTE) /* after midnight, UTC: the day is sealed */

struct state {
	struct sighting_limits limits;
	int64_t digest_at; /* when it was made last */
	bool made;
	struct sighting *found;
	size_t n;
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct state *s = arena_one(j->a, struct state);
	struct value *v;

	j->state = s;
	s->limits = sighting_limits_read(db);
	enum err e = graph_get(db, j->a, "digest", &s->digest_at, &v);

	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
run(struct job_run *j, unsigned rules, int64_t from, int64_t to)
{
	struct state *st = j->state;
	struct store *s;
	enum err e = j->work->data_dir == NULL ? ERR_NOT_FOUND : observe_take(observe_folder(j->a, j->work->data_dir), &s);

	if (e == ERR_NOT_FOUND)
		return OK;
	if (e == OK) {
		e = sighting_run(j->a, s, &st->limits, rules, from * 1000, to * 1000,
		    &(struct query){ .until = clock_monotonic_us() + LONGEST }, &st->found, &st->n);
		observe_give(s);
	}
	if (e != OK)
		j->error = arena_printf(j->a, "the telescope's records cannot be watched (%s); see telescope verify", err_name(e));
	st->made = e == OK;
	return e;
}

static enum err
waves(struct job_run *j)
{
	return run(j, 1u << SIGHTING_WAVE, j->now - j->now % CLOCK_HOUR - AGAIN * CLOCK_HOUR, j->now);
}

static enum err
digest(struct job_run *j)
{
	struct state *s = j->state;
	int64_t day = (j->now - DIGEST_AT) - (j->now - DIGEST_AT) % CLOCK_DAY;

	if (s->digest_at >= day + DIGEST_AT)
		return OK;
	return run(j, SIGHTING_ALL, day - CLOCK_DAY, day);
}

/* He is busy somewhere each day, and says so. */
static bool
open_scanner(const struct scanners *known, const struct sighting *s)
{
	struct ip ip;

	return s->rule == SIGHTING_HEAVY && ip_parse(str_of(s->series), &ip) == OK && scanner_set_find(known, &ip) != NULL;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct state *s = j->state;

	struct scanners known;
	enum err e = scanner_set_read(db, j->a, &known);

	for (size_t i = 0; i < s->n && e == OK; i++) {
		if (!open_scanner(&known, &s->found[i]))
			e = sighting_keep(db, j->a, &s->found[i], &s->limits);
	}
	scanner_set_done(&known);
	return e;
}

static enum err
save_digest(struct job_run *j, struct db *db)
{
	struct state *s = j->state;

	TRY(save(j, db));
	return s->made ? graph_keep(db, "digest", j->now, "null") : OK;
}

const struct job_kind sighting_jobs[] = {
	{ .name = "telescope.waves", .max_tries = 3, .load = load, .act = waves, .save = save, .every = 5 * CLOCK_MINUTE, .slow = true },
	{ .name = "telescope.digest", .max_tries = 5, .load = load, .act = digest, .save = save_digest, .every = 10 * CLOCK_MINUTE,
	    .slow = true },
	{ 0 },
};
