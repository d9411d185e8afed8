/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - work that follows from a change: mail out, parsing, checks.
 *
 * A job row is written in the transaction of the change, so it exists exactly
 * when the change does.  The work role runs it in up to three steps:
 *   load  reads what it needs (read transaction)
 *   act   touches the world (no database at all)
 *   save  writes the result (write transaction, with the job's end)
 * A step that returns an error makes the job wait and run again (back-off
 * 1 min, 5 min, 15 min, 1 h, 4 h, 12 h, then daily), until its kind's
 * max_tries; then it is dead: shown at /admin/jobs, a person runs it again.
 */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include <stdint.h>

#include "base/err.h"
#include "text/value.h"

struct arena;
struct db;
struct work; /* job/work.h: links to parse and crypt, configuration */

struct job_new {
	const char *kind; /* a name in jobs.c */
	const struct value *payload; /* ids rather than contents */
	int64_t run_at;	  /* not before; 0 = at once */
	const char *key;  /* one waiting job for this key, or NULL */
};
/* In the caller's transaction. With a key that waits already: OK, nothing
 * added, the waiting one's id; it runs at the earlier of both times. A key that runs may be added once more: the
 * running one may have read before this change; it starts when that has ended.
 * ${ret_id} may be NULL. */
MUST_USE enum err job_add(struct db *db, struct arena *a, const struct job_new *j, int64_t now, int64_t *ret_id);
/* Take back a job that has not started; ERR_NOT_FOUND when it has. */
MUST_USE enum err job_cancel(struct db *db, int64_t id);

struct job_run {
	struct arena *a;
	int64_t id;
	int64_t now;
	const struct value *payload;
	int tries;	  /* 1 on the first run */
	bool again;	  /* an earlier run started and did not finish: what act
			   * does may have happened already; mark it */
	struct work *work;
	void *state;	  /* from load to act to save */
	const char *error; /* set by a step that fails: what, where, what now */
	bool dead;	  /* set to give up at once */
};

struct job_kind {
	const char *name;
	int max_tries;
	enum err (*load)(struct job_run *j, struct db *db); /* may be NULL */
	enum err (*act)(struct job_run *j);		    /* may be NULL */
	enum err (*save)(struct job_run *j, struct db *db); /* may be NULL */
	/* Runs when the job dies, in the transaction that says so; may be NULL. */
	enum err (*died)(struct job_run *j, struct db *db);
	int64_t every; /* a periodic job: milliseconds between runs, else 0 */
	bool batch;    /* many of it may be saved in one transaction */
	bool slow;     /* its act waits for the servers of others: it runs on a thread
			* of its own, one at a time, and the other jobs go on */
};

/* jobs.c: tables, each ended by an empty row; NULL ends the list. */
extern const struct job_kind *const job_modules[];

/*
 * For role/work.c. Jobs run in two lanes, the slow ones apart. ${slow} names the
 * slow kinds with commas around (",lookup.ask,"; "" none); the lane says whose
 * turn it is.
 */
enum job_lane { JOB_ANY, JOB_QUICK, JOB_SLOW };

/*
 * job_take() marks up to ${max} due jobs of a lane as running, oldest
 * first: list of {id, kind, payload, tries, again, key}. Several workers may
 * take at once on PostgreSQL; no job goes to two, no key runs twice.
 */
MUST_USE enum err job_take(struct db *db, struct arena *a, enum job_lane lane, const char *slow, int64_t now, int max,
    struct value **ret);
MUST_USE enum err job_done(struct db *db, int64_t id, int64_t now);
/* ${*ret_dead} (may be NULL): it will not run again by itself. */
MUST_USE enum err job_failed(struct db *db, int64_t id, int64_t now, int max_tries, bool dead, const char *error, bool *ret_dead);
/* A job that was taken and not begun waits again; that is no failure. */
MUST_USE enum err job_give_back(struct db *db, int64_t id, int64_t now);
/*
 * Jobs that a killed worker left as running become waiting, marked again; ${*ret}
 * (may be NULL) how many. One of them may have killed it: run them one at a time, and
 * what was running at the end of JOB_ENDED_MAX workers is dead, for a person to see.
 * Those started at ${before} or later stay (other instances); for the only
 * worker ${before} is INT64_MAX.
 */
#define JOB_ENDED_MAX 8
MUST_USE enum err job_recover(struct db *db, int64_t now, int64_t before, int64_t *ret);
/* Make a dead job wait again, with all its tries. ERR_NOT_FOUND: not dead. */
MUST_USE enum err job_revive(struct db *db, int64_t id, int64_t now);
/* Stop caring about a dead job: it becomes cancelled. ERR_NOT_FOUND: not dead. */
MUST_USE enum err job_give_up(struct db *db, int64_t id, int64_t now);
/* When the next job of a lane is due: 0 = none waits. For sleeping. */
MUST_USE enum err job_next_at(struct db *db, enum job_lane lane, const char *slow, int64_t *ret);
/* Forget up to ${max} jobs that ended (done, cancelled) before ${before}. */
MUST_USE enum err job_purge(struct db *db, int64_t before, int max, int64_t *ret);
/* Milliseconds to wait after the ${tries}th failure. */
int64_t job_back_off(int tries);

/* For /admin/jobs: jobs in ${state}, newest first below id ${before} (0 = from
 * the top): list of {id, kind, payload, state, run_at, tries, again,
 * started_at, finished_at, error, created_at, key}. */
MUST_USE enum err job_list(struct db *db, struct arena *a, const char *state, int64_t before, int limit, struct value **ret);
/* {waiting, running, dead}: exact numbers. */
MUST_USE enum err job_counts(struct db *db, struct arena *a, struct value **ret);

#endif
