/* SPDX-License-Identifier: Apache-2.0 */
/* graph_job.c - the numbers behind the graphs are made once an hour; those of a year,
 * which hardly move, once a day. */
#include "base/arena.h"
#include "base/clock.h"
#include "job/job.h"
#include "job/work.h"
#include "observation/graph.h"
#include "observation/observe.h"
#include "telescope/store.h"

#define LONGEST INT64_C(120000000) /* microseconds for one graph */

struct state {
	int64_t at[GRAPH_SPANS];
	const char *json[GRAPH_SPANS];
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct state *s = arena_one(j->a, struct state);
	struct value *v;

	j->state = s;
	for (enum graph_span i = 0; i < GRAPH_SPANS; i++) {
		enum err e = graph_get(db, j->a, graph_name[i], &s->at[i], &v);

		if (e != OK && e != ERR_NOT_FOUND)
			return e;
	}
	return OK;
}

/* Its last whole hour or day has not been counted yet. */
static bool
due(enum graph_span i, int64_t at, int64_t now)
{
	int64_t step = i == GRAPH_WEEK ? CLOCK_HOUR : CLOCK_DAY;

	/* Late batches of that hour or day have ten minutes. */
	return (at - 10 * CLOCK_MINUTE) / step < (now - 10 * CLOCK_MINUTE) / step;
}

static enum err
make(struct job_run *j)
{
	struct state *st = j->state;
	struct store *s;
	enum err e = j->work->data_dir == NULL ? ERR_NOT_FOUND : observe_take(observe_folder(j->a, j->work->data_dir), &s);

	if (e == ERR_NOT_FOUND)
		return OK;
	for (enum graph_span i = 0; i < GRAPH_SPANS && e == OK; i++) {
		AUTO(arena) a = arena_new();
		struct value *v;

		if (!due(i, st->at[i], j->now))
			continue;
		e = graph_make(a, s, i, j->now * 1000, clock_monotonic_us() + LONGEST, &v);
		if (e == OK)
			st->json[i] = arena_dup(j->a, value_json_text(a, v));
		else
			j->error = arena_printf(j->a, "the graph \"%s\" of the telescope cannot be made (%s)", graph_name[i], err_name(e));
	}
	observe_give(s);
	return e;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct state *s = j->state;

	for (enum graph_span i = 0; i < GRAPH_SPANS; i++) {
		if (s->json[i] != NULL)
			TRY(graph_keep(db, graph_name[i], j->now, s->json[i]));
	}
	return OK;
}

const struct job_kind graph_jobs[] = {
	{ .name = "telescope.graphs", .max_tries = 3, .load = load, .act = make, .save = save, .every = 5 * CLOCK_MINUTE, .slow = true },
	{ 0 },
};
