/* SPDX-License-Identifier: Apache-2.0 */
/* quarterly_job.c - the drafts of a quarter's report, in both languages: when somebody asks
 * for them, and by itself on the first days of the next quarter. */
#include "base/arena.h"
#include "base/clock.h"
#include "job/job.h"
#include "job/work.h"
#include "observation/observe.h"
#include "observation/quarterly_store.h"
#include "telescope/store.h"

#define LONGEST INT64_C(300000000) /* microseconds */

static const enum lang langs[] = { LANG_JA, LANG_EN };

struct state {
	struct quarter q;
	bool there; /* both */
	struct quarterly_notable *notable;
	size_t n;
	struct quarterly_draft draft[2];
	bool made;
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct state *s = arena_one(j->a, struct state);
	const char *asked = value_cstr(value_get(j->payload, "quarter"));
	struct quarterly q;

	j->state = s;
	/* By itself: the one that has ended. */
	if (!quarterly_parse(str_of(asked), &s->q))
		s->q = quarterly_at(quarterly_at(j->now).from - 1);
	s->there = true;
	for (size_t i = 0; i < 2; i++) {
		enum err e = quarterly_get(db, j->a, quarterly_name(j->a, s->q), lang_code(langs[i]), &q);

		if (e != OK && e != ERR_NOT_FOUND)
			return e;
		s->there = s->there && e == OK;
	}
	return quarterly_notables(db, j->a, s->q, &s->notable, &s->n);
}

static enum err
act(struct job_run *j)
{
	struct state *st = j->state;
	struct store *s;

	if (st->there || j->work->data_dir == NULL)
		return OK;
	enum err e = observe_take(observe_folder(j->a, j->work->data_dir), &s);

	if (e == ERR_NOT_FOUND)
		return OK;
	for (size_t i = 0; i < 2 && e == OK; i++)
		e = quarterly_draft(j->a, s, langs[i], st->q, st->notable, st->n, clock_monotonic_us() + LONGEST, &st->draft[i]);
	observe_give(s);
	st->made = e == OK;
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e != OK)
		j->error = arena_printf(j->a, "the report of %s cannot be made (%s); see telescope verify", quarterly_name(j->a, st->q), err_name(e));
	return e;
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct state *s = j->state;

	for (size_t i = 0; i < 2 && s->made; i++)
		TRY(quarterly_add(db, quarterly_name(j->a, s->q), lang_code(langs[i]), &s->draft[i], j->now));
	return OK;
}

const struct job_kind quarterly_jobs[] = {
	{ .name = "telescope.report", .max_tries = 3, .load = load, .act = act, .save = save, .slow = true },
	{ .name = "telescope.quarter", .max_tries = 3, .load = load, .act = act, .save = save, .every = CLOCK_DAY, .slow = true },
	{ 0 },
};
