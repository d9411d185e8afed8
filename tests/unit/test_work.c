/* SPDX-License-Identifier: Apache-2.0 */
/* The work role as a process, with kinds of jobs of its own. */
#include "unit_db.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "job/job.h"
#include "journal/journal.h"
#include "role/role.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/process.h"
#include "text/value.h"

#define PATIENCE_MS 10000

const struct cli_command *const cli_modules[] = { NULL };

/* The length of setting "ran.WHAT" counts the runs that were saved. */
static enum err
note(struct db *db, const char *what)
{
	char key[80];

	(void)snprintf(key, sizeof(key), "ran.%s", what);
	return db_run(db,
	    "INSERT INTO setting (key, value) VALUES (?1, 'x')"
	    " ON CONFLICT (key) DO UPDATE SET value = setting.value || 'x'",
	    DB_TEXT(key));
}

static enum err
many_load(struct job_run *j, struct db *db)
{
	(void)db;
	j->state = arena_printf(j->a, "%lld",
	    (long long)value_integer(value_get(j->payload, "number")));
	return OK;
}

static enum err
many_act(struct job_run *j)
{
	return j->state == NULL ? ERR_INVALID : OK;
}

static enum err
many_save(struct job_run *j, struct db *db)
{
	/* One in the middle of a batch must not take the others with it. */
	if (strcmp(j->state, "7") == 0) {
		TRY(note(db, "undone"));
		j->error = "seven is not liked";
		j->dead = true;
		return ERR_INVALID;
	}
	return note(db, "many");
}

static enum err
bad_act(struct job_run *j)
{
	j->error = "the other side hung up";
	return ERR_UNAVAILABLE;
}

static enum err
bad_died(struct job_run *j, struct db *db)
{
	(void)j;
	return note(db, "died");
}

static enum err
often_save(struct job_run *j, struct db *db)
{
	(void)j;
	return note(db, "often");
}

/* The process ends in the middle of its first run. */
static enum err
fatal_act(struct job_run *j)
{
	if (!j->again)
		_exit(77);
	return OK;
}

static enum err
fatal_save(struct job_run *j, struct db *db)
{
	return note(db, j->tries == 2 ? "again" : "first");
}

static const struct job_kind kinds[] = {
	{ .name = "many", .max_tries = 3, .load = many_load, .act = many_act, .save = many_save,
	    .batch = true },
	{ .name = "bad", .max_tries = 1, .act = bad_act, .died = bad_died },
	{ .name = "retried", .max_tries = 5, .act = bad_act },
	{ .name = "often", .max_tries = 1, .save = often_save, .every = 100 },
	{ .name = "fatal", .max_tries = 3, .act = fatal_act, .save = fatal_save },
	{ .name = NULL },
};
const struct job_kind *const job_modules[] = { kinds, NULL };

struct running {
	pid_t pid;
	int wake;
	int peer[PART_COUNT]; /* kept open, so that nothing is missing */
};

static void
start(struct unit_db *u, struct running *ret)
{
	static unsigned char key[32];
	struct role_ends ends = { .control = -1 };
	struct role_config c = {
		.a = u->a,
		.db_url = u->url,
		.lock_path = db_kind(u->db) == DB_SQLITE ? u->lock : NULL,
		.key_file = arena_printf(u->a, "/tmp/tobiguchi-work-%d.key", (int)getpid()),
	};
	int pair[2], ready;
	unsigned char byte;
	pid_t pid;

	assert_ok(files_key_make(c.key_file, key));
	for (int i = 0; i < PART_COUNT; i++) {
		assert_ok(ipc_pair(pair));
		ends.peer[i] = pair[0];
		ret->peer[i] = pair[1];
	}
	assert_ok(ipc_pair(pair));
	ends.control = pair[0];
	assert_ok(ipc_pair(pair));
	ends.ready = pair[0];
	ready = pair[1];
	ends.wake = ret->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_ok(process_fork(SIGKILL, &pid));
	if (pid == 0) {
		log_init("work", LOG_LEVEL_ERROR);
		_exit(work_role(&c, &ends));
	}
	ret->pid = pid;
	(void)close(ends.ready);
	assert_int_equal(read(ready, &byte, 1), 1);
	assert_int_equal(byte, PART_WORK);
	(void)close(ready);
}

/* Its exit code. */
static int
end_of(struct running *r)
{
	int status;

	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
stop(struct unit_db *u, struct running *r)
{
	assert_int_equal(kill(r->pid, SIGTERM), 0);
	assert_int_equal(end_of(r), 0);
	(void)unlink(arena_printf(u->a, "/tmp/tobiguchi-work-%d.key", (int)getpid()));
}

static int64_t
count(struct unit_db *u, const char *what)
{
	AUTO(db_stmt) q = NULL;
	char key[80];
	int64_t n = 0;

	(void)snprintf(key, sizeof(key), "ran.%s", what);
	assert_ok(db_query(u->db, &q, "SELECT length(value) FROM setting WHERE key = ?1",
	    DB_TEXT(key)));
	if (db_row(q))
		n = db_int(q, 0);
	assert_ok(db_end(q));
	return n;
}

static bool
reaches(struct unit_db *u, const char *what, int64_t n)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 20) {
		if (count(u, what) >= n)
			return true;
		(void)poll(NULL, 0, 20);
	}
	return false;
}

static void
add(struct unit_db *u, const char *kind, int n)
{
	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < n; i++) {
		struct value *payload = value_object(u->a);
		const struct job_new j = { .kind = kind, .payload = payload };

		value_set_int(u->a, payload, "number", i);
		assert_ok(job_add(u->db, u->a, &j, clock_now(), NULL));
	}
	assert_ok(db_commit(u->db));
}

static int64_t
in_state(struct unit_db *u, const char *kind, const char *state)
{
	AUTO(db_stmt) q = NULL;
	int64_t n;

	assert_ok(db_one(u->db, &q, "SELECT count(*) FROM job WHERE kind = ?1 AND state = ?2",
	    DB_TEXT(kind), DB_TEXT(state)));
	n = db_int(q, 0);
	assert_ok(db_end(q));
	return n;
}

static void
runs_jobs(void **state)
{
	struct unit_db *u = unit_db(state);
	struct running r;
	const uint64_t one = 1;

	add(u, "many", 200);
	add(u, "bad", 1);
	add(u, "retried", 1);
	add(u, "unheard of", 1);
	start(u, &r);
	assert_true(reaches(u, "many", 199));
	assert_true(reaches(u, "died", 1));
	assert_true(reaches(u, "often", 3));

	/* Woken at once. */
	add(u, "many", 1);
	assert_int_equal(write(r.wake, &one, sizeof(one)), sizeof(one));
	assert_true(reaches(u, "many", 200));
	stop(u, &r);

	assert_int_equal(count(u, "many"), 200);
	assert_int_equal(count(u, "undone"), 0);
	assert_int_equal(in_state(u, "many", "done"), 200);
	assert_int_equal(in_state(u, "many", "dead"), 1);
	assert_int_equal(in_state(u, "bad", "dead"), 1);
	assert_int_equal(in_state(u, "retried", "waiting"), 1);
	assert_int_equal(in_state(u, "unheard of", "dead"), 1);
	assert_int_equal(in_state(u, "often", "waiting"), 1);
	assert_int_equal(in_state(u, "often", "dead"), 0);
}

static void
goes_on_after_a_crash(void **state)
{
	struct unit_db *u = unit_db(state);
	struct running r;

	add(u, "fatal", 1);
	start(u, &r);
	assert_int_equal(end_of(&r), 77);
	assert_int_equal(in_state(u, "fatal", "running"), 1);
	start(u, &r);
	assert_true(reaches(u, "again", 1));
	stop(u, &r);
	assert_int_equal(in_state(u, "fatal", "done"), 1);
}

static void
seals_the_journal(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct journal_entry e = {
		.at = clock_now(),
		.actor_name = "system",
		.action = "user.add",
		.object = "user",
		.object_id = 1,
	};
	AUTO(db_stmt) q = NULL;
	struct running r;

	start(u, &r);
	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < 3; i++)
		assert_ok(journal_write(u->db, u->a, &e));
	assert_ok(db_commit(u->db));
	stop(u, &r); /* what is not sealed yet is sealed on the way out */
	assert_ok(db_one(u->db, &q, "SELECT count(*) FROM journal WHERE seal IS NOT NULL"));
	assert_int_equal(db_int(q, 0), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(runs_jobs),
		UNIT_DB_TEST(goes_on_after_a_crash),
		UNIT_DB_TEST(seals_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
