/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include "base/clock.h"
#include "job/job.h"

static int64_t
add(struct unit_db *u, const char *kind, const char *key, int64_t run_at, int64_t now)
{
	struct value *p = value_object(u->a);
	int64_t id;

	value_set_text(u->a, p, "name", kind);
	assert_ok(job_add(u->db, u->a,
	    &(struct job_new){ .kind = kind, .payload = p, .run_at = run_at, .key = key }, now, &id));
	assert_true(id > 0);
	return id;
}

/* Kinds of the jobs that one worker gets, joined. */
static const char *
take(struct unit_db *u, int64_t now, int max)
{
	struct value *list;
	struct buf *b = buf_new(u->a, 1000);

	assert_ok(job_take(u->db, u->a, JOB_ANY, "", now, max, &list));
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *v = value_at(list, i);

		buf_printf(b, "%s%s%s", i == 0 ? "" : " ", value_cstr(value_get(v, "kind")),
		    value_true(value_get(v, "again")) ? "!" : "");
		assert_string_equal(value_cstr(value_get(value_get(v, "payload"), "name")),
		    value_cstr(value_get(v, "kind")));
	}
	return buf_cstr(u->a, b);
}

static const char *
state_of(struct unit_db *u, int64_t id)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT state FROM job WHERE id = ?1", DB_INT(id)));
	return db_dup(u->a, q, 0);
}

static void
takes_what_is_due_in_order(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t next;

	assert_ok(job_next_at(u->db, JOB_ANY, "", &next));
	assert_int_equal(next, 0);
	add(u, "later", NULL, 5000, 1000);
	add(u, "second", NULL, 0, 1001);
	add(u, "third", NULL, 0, 1002);
	add(u, "first", NULL, 500, 1000);
	assert_ok(job_next_at(u->db, JOB_ANY, "", &next));
	assert_int_equal(next, 500);
	assert_string_equal(take(u, 2000, 2), "first second");
	assert_string_equal(take(u, 2000, 9), "third");
	assert_string_equal(take(u, 2000, 9), "");
	assert_string_equal(take(u, 5000, 9), "later");
}

static void
one_waiting_job_a_key(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t first = add(u, "a", "k", 0, 1000), second;

	assert_int_equal(add(u, "b", "k", 0, 1001), first); /* nothing added */
	assert_string_equal(take(u, 2000, 9), "a");
	/* while it runs another may wait, but does not run beside it */
	second = add(u, "c", "k", 0, 2001);
	assert_int_not_equal(second, first);
	assert_int_equal(add(u, "d", "k", 0, 2002), second);
	assert_string_equal(take(u, 3000, 9), "");
	/* its failure leaves the work to the newer one */
	assert_ok(job_failed(u->db, first, 3000, 5, false, "no answer", NULL));
	assert_string_equal(state_of(u, first), "cancelled");
	assert_string_equal(take(u, 3000, 9), "c");
	assert_ok(job_done(u->db, second, 3001));
	assert_string_equal(take(u, CLOCK_DAY, 9), "");
	assert_err(job_done(u->db, second, 3001), ERR_CONFLICT);
}

static void
backs_off_and_dies(void **state)
{
	struct unit_db *u = unit_db(state);
	static const int64_t after[] = { CLOCK_MINUTE, 5 * CLOCK_MINUTE, 15 * CLOCK_MINUTE, CLOCK_HOUR,
		4 * CLOCK_HOUR, 12 * CLOCK_HOUR, CLOCK_DAY, CLOCK_DAY };
	int64_t id = add(u, "mail", NULL, 0, 1000), now = 1000;
	bool dead;
	struct value *v;

	for (size_t i = 0; i < COUNT(after); i++) {
		assert_int_equal(job_back_off((int)i + 1), after[i]);
		assert_string_equal(take(u, now, 9), "mail");
		assert_ok(job_failed(u->db, id, now, 9, false, "no route", &dead));
		assert_false(dead);
		assert_string_equal(take(u, now + after[i] - 1, 9), "");
		now += after[i];
	}
	assert_string_equal(take(u, now, 9), "mail");
	assert_ok(job_failed(u->db, id, now, 9, false, "gave up", &dead));
	assert_true(dead);
	assert_string_equal(state_of(u, id), "dead");
	assert_ok(job_counts(u->db, u->a, &v));
	assert_int_equal(value_integer(value_get(v, "dead")), 1);
	assert_ok(job_list(u->db, u->a, "dead", 0, 10, &v));
	assert_string_equal(value_cstr(value_get(value_at(v, 0), "error")), "gave up");
	/* a person runs it again */
	assert_ok(job_revive(u->db, id, now + 1));
	assert_err(job_revive(u->db, id, now + 1), ERR_NOT_FOUND);
	assert_string_equal(take(u, now + 1, 9), "mail");
	/* and it may give up at once */
	assert_ok(job_failed(u->db, id, now, 9, true, "no such user", &dead));
	assert_true(dead);
}

static void
recovers_marked(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t a = add(u, "a", NULL, 0, 1000), k = add(u, "k", "key", 0, 1001), newer, n;

	assert_string_equal(take(u, 2000, 9), "a k");
	newer = add(u, "n", "key", 0, 2001);
	/* the worker was killed */
	assert_ok(job_recover(u->db, 3000, INT64_MAX, &n));
	assert_int_equal(n, 1);
	assert_string_equal(state_of(u, k), "cancelled");
	assert_string_equal(take(u, 3000, 9), "n! a!"); /* may have acted already */
	/* the mark stays through a clean failure */
	assert_ok(job_failed(u->db, a, 3000, 9, false, "no route", NULL));
	assert_ok(job_done(u->db, newer, 3000));
	assert_string_equal(take(u, CLOCK_DAY, 9), "a!");
	/* another instance's jobs stay */
	assert_ok(job_recover(u->db, CLOCK_DAY, CLOCK_DAY, NULL));
	assert_string_equal(state_of(u, a), "running");
}

/* What kills the worker whenever it runs does not hold up the others for ever. */
static void
gives_up_what_kills(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = add(u, "poison", NULL, 0, 1000), now = CLOCK_DAY;

	for (int i = 0; i < JOB_ENDED_MAX; i++, now += CLOCK_DAY) {
		assert_string_equal(state_of(u, id), "waiting");
		assert_string_equal(take(u, now, 9), i == 0 ? "poison" : "poison!");
		assert_ok(job_recover(u->db, now, INT64_MAX, NULL));
		if (i == 1) /* the second time: others first */
			assert_string_equal(take(u, now, 9), "");
	}
	assert_string_equal(state_of(u, id), "dead");
	assert_ok(job_revive(u->db, id, now));
	assert_string_equal(take(u, now, 9), "poison!");
	assert_ok(job_recover(u->db, now, INT64_MAX, NULL));
	assert_string_equal(state_of(u, id), "waiting");
}

static void
cancels_and_purges(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = add(u, "a", NULL, 5000, 1000), n;

	assert_ok(job_cancel(u->db, id));
	assert_err(job_cancel(u->db, id), ERR_NOT_FOUND);
	assert_string_equal(take(u, 9000, 9), "");
	add(u, "b", NULL, 0, 1000);
	assert_string_equal(take(u, 9000, 9), "b");
	assert_ok(job_purge(u->db, 9000, 100, &n));
	assert_int_equal(n, 1);
}

static void
two_workers_share(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db) other = unit_db_writer(u);
	struct value *mine, *theirs;

	for (int i = 0; i < 10; i++)
		add(u, "x", NULL, 0, 1000);
	assert_ok(db_begin_write(u->db));
	assert_ok(job_take(u->db, u->a, JOB_ANY, "", 2000, 6, &mine));
	assert_ok(db_commit(u->db));
	assert_ok(db_begin_write(other));
	assert_ok(job_take(other, u->a, JOB_ANY, "", 2000, 6, &theirs));
	assert_ok(db_commit(other));
	assert_int_equal(value_count(mine), 6);
	assert_int_equal(value_count(theirs), 4);
}

/* A server that keeps a slow job waiting keeps no other one. */
static void
slow_lane(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *list;
	int64_t next;

	add(u, "look", NULL, 0, 1000);
	add(u, "look.more", NULL, 0, 1001);
	add(u, "send", NULL, 0, 1002);
	assert_ok(job_next_at(u->db, JOB_QUICK, ",look,", &next));
	assert_int_equal(next, 1001);
	assert_ok(job_next_at(u->db, JOB_SLOW, ",look,", &next));
	assert_int_equal(next, 1000);
	assert_ok(job_take(u->db, u->a, JOB_QUICK, ",look,", 2000, 9, &list));
	assert_int_equal(value_count(list), 2);
	assert_string_equal(value_cstr(value_get(value_at(list, 0), "kind")), "look.more");
	assert_ok(job_take(u->db, u->a, JOB_SLOW, ",look,", 2000, 9, &list));
	assert_int_equal(value_count(list), 1);
	assert_string_equal(value_cstr(value_get(value_at(list, 0), "kind")), "look");
	assert_ok(job_next_at(u->db, JOB_SLOW, "", &next));
	assert_int_equal(next, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(takes_what_is_due_in_order),
		UNIT_DB_TEST(one_waiting_job_a_key),
		UNIT_DB_TEST(backs_off_and_dies),
		UNIT_DB_TEST(recovers_marked),
		UNIT_DB_TEST(gives_up_what_kills),
		UNIT_DB_TEST(cancels_and_purges),
		UNIT_DB_TEST(two_workers_share),
		UNIT_DB_TEST(slow_lane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
