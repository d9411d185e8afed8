/* SPDX-License-Identifier: Apache-2.0 */
/* The work role: runs the jobs, seals the journal. */
#include "role/role.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "base/buf.h"
#include "db/db.h"
#include "directory/geo.h"
#include "directory/lookup_store.h"
#include "incident/intake_store.h"
#include "job/job.h"
#include "job/work.h"
#include "journal/journal.h"
#include "role/work_store.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/process.h"
#include "sys/sandbox.h"

#define TAKE_MAX 64		      /* jobs taken at once, saved together */
#define BATCH_MEMORY LIMIT_MIB(4)     /* what a batch may load before it is saved */
#define IDLE_MS 1000		      /* jobs of commands and other instances */
#define SEAL_MAX 1000
#define SEAL_EVERY_MS (2 * CLOCK_SECOND)
#define HOUSE_EVERY_MS CLOCK_HOUR
#define HOUSE_PURGE_MAX 10000
#define HOUSE_KEEP (30 * CLOCK_DAY)   /* jobs that ended */
#define LOOKUP_KEEP (180 * CLOCK_DAY) /* answers of other servers */
#define PEER_WAIT_MS 3000	      /* for a role that is being restarted */
#define SAVE_TRIES 10
#define ALONE_TRIES 30
#define ALONE_PAUSE_MS 100

/* One job in hand. */
struct task {
	const struct job_kind *kind;
	struct job_run run;
	enum err result; /* of the steps so far */
	bool over;	 /* saved, or said to have failed */
};

/* The slow lane: act runs on a thread of its own, load and save in the loop. */
struct slow_lane {
	const char *kinds; /* as job_take() wants them */
	struct arena *a;   /* of the job in it */
	struct task task;
	pthread_t thread;
	bool busy;
	int ended; /* an eventfd: act has returned */
};

struct work_role {
	const struct role_config *c;
	struct role_ends *ends;
	struct db *db;
	struct work work;
	struct slow_lane slow;
	struct journal_key journal_key;
	int signals;
	bool stop;
	bool without; /* waited for a peer in vain: not again until one comes */
	int64_t seal_at, house_at; /* clock_now() */
	int64_t suspects; /* jobs that were running when the last worker ended */
};

static void
accept_peer(void *object, enum part peer, int fd)
{
	struct work_role *r = object;

	r->without = false;
	if (peer == PART_PARSE)
		ipc_replace(r->work.parse, fd);
	else if (peer == PART_CRYPT)
		ipc_replace(r->work.crypt, fd);
	else if (peer == PART_CHECK)
		ipc_replace(r->work.check, fd);
	else
		(void)close(fd);
}

/* Takes signals and new pipes. */
static void
look_around(struct work_role *r)
{
	if (!role_control(r->ends, accept_peer, r))
		r->stop = true;
	if (process_signal_next(r->signals) == SIGTERM)
		r->stop = true;
}

static bool
peer_missing(const struct work_role *r)
{
	return ipc_broken(r->work.parse) || ipc_broken(r->work.crypt);
}

/* A message that killed parse must not take the next one with it. */
static void
wait_for_peers(struct work_role *r)
{
	int64_t until = clock_monotonic_us() + PEER_WAIT_MS * INT64_C(1000);

	look_around(r);
	while (peer_missing(r) && !r->without && !r->stop) {
		struct pollfd fds[] = {
			{ .fd = r->ends->control, .events = POLLIN },
			{ .fd = r->signals, .events = POLLIN },
		};

		r->without = clock_monotonic_us() >= until;
		(void)poll(fds, COUNT(fds), 100);
		look_around(r);
	}
}

static const struct job_kind *
kind_find(const char *name)
{
	for (const struct job_kind *const *m = job_modules; *m != NULL; m++) {
		for (const struct job_kind *k = *m; k->name != NULL; k++) {
			if (strcmp(k->name, name) == 0)
				return k;
		}
	}
	return NULL;
}

/* Periodic jobs carry their kind's name as key: one waits at any time. */
static enum err
periodic_add(struct work_role *r, struct arena *a, const struct job_kind *k, int64_t at)
{
	struct job_new j = {
		.kind = k->name,
		.run_at = at,
		.key = arena_printf(a, "every:%s", k->name),
	};

	return job_add(r->db, a, &j, clock_now(), NULL);
}

/* The steps */

static void
task_load(struct work_role *r, struct task *t)
{
	if (t->kind != NULL && t->kind->load != NULL)
		t->result = t->kind->load(&t->run, r->db);
}

static void
task_act(struct work_role *r, struct task *t)
{
	if (t->result != OK || t->kind == NULL || t->kind->act == NULL)
		return;
	wait_for_peers(r);
	t->run.now = clock_now();
	t->result = t->kind->act(&t->run);
}

/* Says in the database that it failed; the reason is in ${t}. */
static enum err
task_failed(struct work_role *r, struct task *t)
{
	const char *error = t->run.error != NULL ? t->run.error : err_name(t->result);
	bool dead;

	TRY(job_failed(r->db, t->run.id, t->run.now, t->kind == NULL ? 1 : t->kind->max_tries,
	    t->run.dead || t->kind == NULL, error, &dead));
	log_warn(dead ? "a job failed for good; see /admin/jobs" : "a job failed; it runs again",
	    LOG_S("kind", t->kind == NULL ? "unknown" : t->kind->name), LOG_I("job", t->run.id),
	    LOG_I("tries", t->run.tries), LOG_S("error", error));
	if (dead && t->kind != NULL && t->kind->died != NULL)
		TRY(t->kind->died(&t->run, r->db));
	if (dead && t->kind != NULL && t->kind->every > 0)
		TRY(periodic_add(r, t->run.a, t->kind, t->run.now + t->kind->every));
	return OK;
}

static enum err
task_done(struct work_role *r, struct task *t)
{
	if (t->kind->save != NULL)
		TRY(t->kind->save(&t->run, r->db));
	TRY(job_done(r->db, t->run.id, t->run.now));
	if (t->kind->every > 0)
		TRY(periodic_add(r, t->run.a, t->kind, t->run.now + t->kind->every));
	return OK;
}

/* In a write transaction: the result of one task, in a savepoint of its own. */
static enum err
task_save(struct work_role *r, struct task *t)
{
	t->run.now = clock_now();
	if (t->result == OK) {
		TRY(db_savepoint(r->db));
		t->result = task_done(r, t);
		if (t->result == OK)
			return db_release(r->db);
		TRY(db_rollback_to(r->db));
	}
	return task_failed(r, t);
}

/* All in one transaction. With a database that is away the results are kept
 * and saved later: what act did must not be done again. */
static enum err
save_all(struct work_role *r, struct task *task, size_t n)
{
	enum err e = db_begin_write(r->db);

	for (size_t i = 0; i < n && e == OK; i++)
		e = task_save(r, &task[i]);
	if (e == OK)
		e = db_commit(r->db);
	if (e != OK)
		db_rollback(r->db);
	return e;
}

static enum err
save_patiently(struct work_role *r, struct task *task, size_t n)
{
	enum err e = ERR_UNAVAILABLE;

	for (int i = 0; i < SAVE_TRIES; i++) {
		enum err before[TAKE_MAX];

		for (size_t k = 0; k < n; k++)
			before[k] = task[k].result;
		e = save_all(r, task, n);
		if (e == OK)
			return OK;
		log_warn("the results of jobs cannot be saved; trying again",
		    LOG_S("error", db_message(r->db)), LOG_I("jobs", (int64_t)n));
		/* What a lost transaction decided did not happen. */
		for (size_t k = 0; k < n; k++)
			task[k].result = before[k];
		(void)poll(NULL, 0, 100 << (i > 5 ? 5 : i));
	}
	return e;
}

static enum err
load_all(struct work_role *r, struct task *task, size_t max, size_t *ret_n)
{
	size_t n = 0, memory = 0;

	TRY(db_begin_read(r->db));
	while (n < max && (n == 0 || memory < BATCH_MEMORY)) {
		task_load(r, &task[n]);
		memory += arena_used(task[n].run.a);
		n++;
	}
	*ret_n = n;
	return db_commit(r->db);
}

/* Run the first of ${task}, and with it those behind it that may share its
 * transaction; ${*ret_n} how many. */
static enum err
run_some(struct work_role *r, struct task *task, size_t max, size_t *ret_n)
{
	size_t n = 1;
	enum err e;

	while (n < max && task[0].kind != NULL && task[0].kind->batch &&
	    task[n].kind == task[0].kind)
		n++;
	e = load_all(r, task, n, &n);
	if (e != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		task_act(r, &task[i]);
	*ret_n = n;
	return save_patiently(r, task, n);
}

static void
task_init(struct work_role *r, struct task *t, const struct value *v)
{
	*t = (struct task){
		.kind = kind_find(value_cstr(value_get(v, "kind"))),
		.run = {
			.a = arena_new(),
			.id = value_integer(value_get(v, "id")),
			.now = clock_now(),
			.payload = value_get(v, "payload"),
			.tries = (int)value_integer(value_get(v, "tries")),
			.again = value_true(value_get(v, "again")),
			.work = &r->work,
		},
	};
	if (t->kind == NULL) {
		t->result = ERR_NOT_FOUND;
		t->run.error = "this program knows no job of this kind";
	}
}

static enum err
take(struct work_role *r, struct arena *a, enum job_lane lane, int max, struct value **ret)
{
	enum err e = db_begin_write(r->db);

	if (e == OK)
		e = job_take(r->db, a, lane, r->slow.kinds, clock_now(), max, ret);
	if (e == OK)
		e = db_commit(r->db);
	if (e != OK)
		db_rollback(r->db);
	return e;
}

/* Those whose turn did not come before the stop: they did not fail. When it
 * cannot be written, recover() does it at the next start. */
static void
give_back(struct work_role *r, const struct task *task, size_t n)
{
	enum err e = n == 0 ? OK : db_begin_write(r->db);

	for (size_t i = 0; i < n && e == OK; i++)
		e = job_give_back(r->db, task[i].run.id, clock_now());
	if (n > 0 && e == OK)
		e = db_commit(r->db);
	if (e != OK)
		db_rollback(r->db);
}

/* Take what is due and run it. ${*ret}: how many. */
static enum err
run_due(struct work_role *r, size_t *ret)
{
	AUTO(arena) a = arena_new();
	struct task task[TAKE_MAX];
	struct value *list;
	size_t n, done = 0, some = 0;
	enum err e;

	TRY(take(r, a, JOB_QUICK, r->suspects > 0 ? 1 : TAKE_MAX, &list));
	n = value_count(list);
	r->suspects = n == 0 ? 0 : r->suspects - (r->suspects > 0);
	for (size_t i = 0; i < n; i++)
		task_init(r, &task[i], value_at(list, i));
	e = OK;
	while (done < n && e == OK && !r->stop) {
		e = run_some(r, task + done, n - done, &some);
		if (e == OK)
			done += some;
	}
	if (e == OK && r->stop)
		give_back(r, task + done, n - done);
	for (size_t i = 0; i < n; i++)
		arena_free(task[i].run.a);
	*ret = n;
	return e;
}

/* The slow lane */

static const char *
slow_kinds(struct arena *a)
{
	struct buf *b = buf_new(a, LIMIT_KIB(4));

	for (const struct job_kind *const *m = job_modules; *m != NULL; m++) {
		for (const struct job_kind *k = *m; k->name != NULL; k++) {
			if (k->slow)
				buf_printf(b, "%s%s,", b->n == 0 ? "," : "", k->name);
		}
	}
	return buf_cstr(a, b);
}

static void *
slow_act(void *object)
{
	struct slow_lane *s = object;
	const uint64_t one = 1;

	s->task.result = s->task.kind->act(&s->task.run);
	if (write(s->ended, &one, sizeof(one)) < 0)
		abort(); /* a counter that takes no 1: the loop would wait for ever */
	return NULL;
}

static enum err
slow_load(struct work_role *r, struct task *t)
{
	TRY(db_begin_read(r->db));
	task_load(r, t);
	return db_commit(r->db);
}

/* Take one and let it go. */
static enum err
slow_start(struct work_role *r)
{
	struct slow_lane *s = &r->slow;
	struct value *list;

	s->a = arena_new();
	TRY(take(r, s->a, JOB_SLOW, 1, &list));
	if (value_count(list) == 0) {
		arena_free(s->a);
		return OK;
	}
	task_init(r, &s->task, value_at(list, 0));
	TRY(slow_load(r, &s->task));
	wait_for_peers(r);
	s->task.run.now = clock_now();
	s->busy = true;
	if (s->task.result == OK && s->task.kind->act != NULL &&
	    pthread_create(&s->thread, NULL, slow_act, s) == 0)
		return OK;
	/* Nothing to do, or no thread to be had: later, as after any failure. */
	if (s->task.result == OK && s->task.kind->act != NULL)
		s->task.result = ERR_UNAVAILABLE;
	s->busy = false;
	enum err e = save_patiently(r, &s->task, 1);

	arena_free(s->task.run.a);
	arena_free(s->a);
	return e;
}

/* Its act has returned: write down what came of it. */
static enum err
slow_end(struct work_role *r)
{
	struct slow_lane *s = &r->slow;
	uint64_t count;

	if (!s->busy || read(s->ended, &count, sizeof(count)) < 0)
		return OK; /* still under way */
	(void)pthread_join(s->thread, NULL); /* it is ours, and was never joined */
	s->busy = false;
	enum err e = save_patiently(r, &s->task, 1);

	arena_free(s->task.run.a);
	arena_free(s->a);
	return e;
}

static enum job_lane
lanes(const struct work_role *r)
{
	return r->slow.busy ? JOB_QUICK : JOB_ANY;
}

/* The journal */

static enum err
seal_some(struct work_role *r, struct arena *a, int *ret)
{
	struct journal_head head;
	enum err e = db_begin_write(r->db);

	*ret = 0;
	if (e == OK)
		e = journal_seal(r->db, a, SEAL_MAX, ret, &head);
	if (e == OK)
		e = db_commit(r->db);
	if (e != OK) {
		db_rollback(r->db);
		return e;
	}
	if (*ret == 0 || r->c->data == NULL)
		return OK;
	return journal_heads_add(arena_printf(a, "%s/journal.heads", r->c->data),
	    &r->journal_key, &head, clock_now());
}

static void
seal(struct work_role *r)
{
	AUTO(arena) a = arena_new();
	bool unsealed = false;
	int n = SEAL_MAX;
	enum err e;

	r->seal_at = clock_now() + SEAL_EVERY_MS;
	e = work_unsealed(r->db, &unsealed);
	while (e == OK && unsealed && n == SEAL_MAX) {
		arena_reset(a);
		e = seal_some(r, a, &n);
	}
	if (e != OK && e != ERR_UNAVAILABLE) /* another instance seals */
		log_error("the journal cannot be sealed", LOG_S("error", err_name(e)),
		    LOG_S("database", db_message(r->db)));
}

/* Forget jobs that ended long ago; keep the database's statistics fresh. */
static void
keep_house(struct work_role *r)
{
	int64_t now = clock_now(), n = 0;
	enum err e = db_begin_write(r->db);

	r->house_at = now + HOUSE_EVERY_MS;
	if (e == OK)
		e = job_purge(r->db, now - HOUSE_KEEP, HOUSE_PURGE_MAX, &n);
	if (e == OK)
		e = session_purge(r->db, now);
	if (e == OK)
		e = intake_file_tidy(r->db, now - CLOCK_DAY, &n);
	if (e == OK)
		e = intake_ack_tidy(r->db, now - 7 * CLOCK_DAY);
	if (e == OK)
		e = blob_sweep(r->work.blobs, r->db, now - CLOCK_DAY, &n);
	if (e == OK)
		e = lookup_purge(r->db, now - LOOKUP_KEEP, HOUSE_PURGE_MAX, &n);
	if (e == OK)
		e = db_commit(r->db);
	if (e != OK)
		db_rollback(r->db);
	else
		e = db_tidy(r->db);
	if (e != OK)
		log_warn("the hourly cleaning failed", LOG_S("error", db_message(r->db)));
}

/* The life of the role */

/* Wait until a job may be due: told by web, by the clock, or by looking. */
static void
wait_for_work(struct work_role *r)
{
	struct pollfd fds[] = {
		{ .fd = r->ends->wake, .events = POLLIN },
		{ .fd = r->ends->control, .events = POLLIN },
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->slow.ended, .events = POLLIN },
	};
	int64_t next, now = clock_now(), ms = IDLE_MS;
	uint64_t count;

	if (job_next_at(r->db, lanes(r), r->slow.kinds, &next) == OK && next > 0 && next - now < ms)
		ms = next > now ? next - now : 0;
	if (r->seal_at - now < ms)
		ms = r->seal_at > now ? r->seal_at - now : 0;
	if (ms > 0 && db_rest(r->db) != OK)
		log_debug("the log of the database waits for another writer");
	(void)poll(fds, COUNT(fds), (int)ms);
	if (fds[0].revents != 0 && read(r->ends->wake, &count, sizeof(count)) < 0)
		log_debug("woken for nothing");
	look_around(r);
}

static bool
any_due(struct work_role *r)
{
	int64_t next = 0;

	return job_next_at(r->db, lanes(r), r->slow.kinds, &next) == OK && next > 0 && next <= clock_now();
}

static int
serve(struct work_role *r)
{
	while (!r->stop) {
		size_t n = 0;
		bool due = any_due(r);
		enum err e = slow_end(r);

		if (e == OK && due)
			e = run_due(r, &n);
		if (e == OK && due && !r->slow.busy && !r->stop)
			e = slow_start(r);
		if (e != OK) {
			/* Jobs taken and not ended run again after a restart. */
			log_error("the database is away; this role starts again",
			    LOG_S("error", err_name(e)), LOG_S("database", db_message(r->db)));
			return EX_TEMPFAIL;
		}
		if (clock_now() >= r->seal_at)
			seal(r);
		if (clock_now() >= r->house_at)
			keep_house(r);
		if (n < TAKE_MAX)
			wait_for_work(r);
		else
			look_around(r);
	}
	seal(r);
	if (r->slow.busy)
		give_back(r, &r->slow.task, 1);
	return EX_OK;
}

/* Jobs that an earlier work role left half done wait again. */
static enum err
recover(struct work_role *r)
{
	AUTO(arena) a = arena_new();
	bool alone = false;
	int64_t now = clock_now();

	/* A server notices late that a killed client is gone. */
	for (int i = 0; i < ALONE_TRIES && !alone; i++) {
		if (i > 0)
			(void)poll(NULL, 0, ALONE_PAUSE_MS);
		TRY(work_alone(r->db, &alone));
	}
	TRY(db_begin_write(r->db));
	TRY(job_recover(r->db, now, alone ? INT64_MAX : now - CLOCK_HOUR, &r->suspects));
	for (const struct job_kind *const *m = job_modules; *m != NULL; m++) {
		for (const struct job_kind *k = *m; k->name != NULL; k++) {
			if (k->every > 0)
				TRY(periodic_add(r, a, k, now));
		}
	}
	return db_commit(r->db);
}

static enum err
open_all(struct work_role *r)
{
	TRY(role_key(r->c, r->work.key));
	journal_key_init(&r->journal_key, r->work.key);
	TRY(blob_store_open(r->c->data == NULL ? "" : r->c->data, r->work.key, &r->work.blobs));
	TRY(role_cage(r->c));
	return db_open(r->c->db_url, false, r->c->lock_path, &r->db);
}

int
work_role(const struct role_config *c, struct role_ends *ends)
{
	static const int numbers[] = { SIGTERM, 0 };
	struct work_role r = {
		.c = c,
		.ends = ends,
		.work = {
			.parse = ipc_new(ends->peer[PART_PARSE]),
			.crypt = ipc_new(ends->peer[PART_CRYPT]),
			.check = ipc_new(ends->peer[PART_CHECK]),
			.data_dir = c->data,
		},
	};
	enum err e;
	int rc;

	if (c->data != NULL)
		geo_holder_own(arena_printf(c->a, "%s/places.csv", c->data));
	e = process_signals(numbers, &r.signals);
	if (e == OK)
		e = open_all(&r);
	r.slow.kinds = slow_kinds(c->a);
	r.slow.ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (e == OK && r.slow.ended < 0)
		e = ERR_UNAVAILABLE;
	if (e == OK)
		e = recover(&r);
	if (e != OK) {
		log_error("this role cannot work", LOG_S("error", err_name(e)),
		    LOG_S("database", r.db == NULL ? "" : db_message(r.db)));
		return cli_exit(e);
	}
	process_death_signal(SIGTERM);
	role_ready(ends, PART_WORK);
	rc = serve(&r);
	db_free(r.db);
	if (r.slow.busy)
		_exit(rc); /* its thread waits for somebody's server: it ends with us */
	blob_store_free(r.work.blobs);
	return rc;
}
