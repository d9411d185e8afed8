/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include "decision/decision_store.h"
#include "decision/edit.h"
#include "decision/explain.h"
#include "job/job.h"

#define NOW INT64_C(1789707900000)
static const struct actor me = { 0, "tester", NOW };

static int64_t
model_named(struct unit_db *u, const char *name)
{
	struct decision_model_row *row;
	size_t n;

	assert_ok(decision_model_list(u->db, u->a, "vulnerability", &row, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(row[i].name, name) == 0)
			return row[i].id;
	fail_msg("no model %s", name);
	return 0;
}

static void
answer(struct unit_db *u, int64_t subject, const char *fact, const char *possible, const char *source)
{
	assert_ok(decision_answer_put(u->db, u->a, &(struct decision_answer){
		.subject_id = subject, .fact = fact, .possible = possible, .source = source, .badge = "", .evidence = "",
	    }, me));
}

static int64_t
subject(struct unit_db *u, int64_t number)
{
	int64_t id;

	assert_ok(decision_subject_put(u->db, u->a, &(struct decision_subject){
		.topic = "vulnerability", .object = "test", .object_id = number, .title = "T",
		.exposure = number % 3, .likely = 100,
	    }, me, &id));
	return id;
}

static void
begin(struct unit_db *u)
{
	assert_ok(db_begin_write(u->db));
	if (decision_model_ship(u->db, u->a, "vulnerability", me) != OK)
		fail_msg("%s", db_message(u->db));
	assert_ok(decision_model_set_state(u->db, u->a, model_named(u, "ssvc:DT_DP"), "active", me));
}

static void
models_have_states_and_versions(void **state)
{
	struct unit_db *u = unit_db(state);
	struct decision_model_row *row, one;
	struct decision_model m;
	struct decision_fault fault;
	size_t n;
	int64_t id, again;

	begin(u);
	assert_ok(decision_model_ship(u->db, u->a, "vulnerability", me)); /* the same text is the same version */
	assert_ok(decision_model_list(u->db, u->a, "vulnerability", &row, &n));
	assert_int_equal(n, 5);
	assert_ok(decision_model_active(u->db, u->a, "vulnerability", &one, &m));
	assert_string_equal(one.name, "ssvc:DT_DP");
	assert_int_equal(m.rows, 72);
	assert_true(m.monotone);
	/* A new text is a new version; the old one stays until the new is active. */
	struct buf *b = buf_new(u->a, LIMIT_DECISION_MODEL);

	m.name = "Ours";
	decision_model_write(b, &m);
	assert_ok(decision_model_add(u->db, u->a, "vulnerability", buf_view(b), "written", 0, me, &id, &fault));
	assert_ok(decision_model_get(u->db, u->a, id, &one, &m));
	assert_int_equal(one.version, 2);
	assert_string_equal(one.state, "draft");
	assert_ok(decision_model_set_state(u->db, u->a, id, "shadow", me));
	assert_ok(decision_model_set_state(u->db, u->a, id, "active", me));
	assert_ok(decision_model_list(u->db, u->a, "vulnerability", &row, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(row[i].name, "ssvc:DT_DP") == 0)
			assert_string_equal(row[i].state, row[i].id == id ? "active" : "retired");
	assert_err(decision_model_set_state(u->db, u->a, id, "draft", me), ERR_CONFLICT);
	assert_err(decision_model_add(u->db, u->a, "vulnerability", STR("{}"), "written", 0, me, &again, &fault), ERR_INVALID);
	assert_string_equal(fault.where, "/namespace");
	assert_ok(db_commit(u->db));
}

static void
an_analyst_outdoes_a_feed_and_overrides_with_a_reason(void **state)
{
	struct unit_db *u = unit_db(state);
	struct decision_answer *w;
	struct decision_proposal p;
	struct decision_taken *taken;
	struct decision_task_row *task;
	struct decision_model m;
	struct decision_answers given;
	struct decision_verdict v;
	struct decision_change change[4];
	int64_t s, id;
	size_t n;

	begin(u);
	s = subject(u, 1);
	assert_int_equal(subject(u, 1), s);
	answer(u, s, "ssvc:E:1.1.0", "A", "feed");
	answer(u, s, "ssvc:E:1.0.0", "N", "feed"); /* another version gives way */
	answer(u, s, "ssvc:EXP:1.0.1", "O", "analyst");
	answer(u, s, "ssvc:EXP:1.0.1", "S", "feed");
	answer(u, s, "ssvc:A:2.0.0", "Y", "analyst");
	assert_ok(decision_answer_list(u->db, u->a, s, &w, &n));
	assert_int_equal(n, 4);
	assert_ok(decision_propose(u->db, u->a, s, me, &p));
	assert_int_equal(p.leaf, 0);
	assert_string_equal(p.possible, "O|I");
	answer(u, s, "ssvc:HI:2.0.2", "VH", "analyst");
	assert_ok(decision_propose(u->db, u->a, s, me, &p));
	assert_string_equal(p.outcome, "I");
	assert_int_equal(p.confidence, 10000);
	id = p.id;
	assert_ok(decision_propose(u->db, u->a, s, me, &p));
	assert_int_equal(p.id, id); /* nothing has changed */

	assert_ok(decision_model_active(u->db, u->a, "vulnerability", NULL, &m));
	assert_ok(decision_answer_list(u->db, u->a, s, &w, &n));
	decision_answer_apply(&m, w, n, &given);
	decision_decide(&m, &given, &v);
	assert_non_null(strstr(decision_explain(u->a, &m, &given, &v, false), "Exploitation is Active"));
	assert_non_null(strstr(decision_explain(u->a, &m, &given, &v, true), "悪用の状況が悪用中"));
	decision_changes(&m, &given, &v, change, COUNT(change), &n);
	assert_true(n > 0);
	assert_non_null(strstr(decision_explain_change(u->a, &m, change[0], false), "If "));

	assert_err(decision_take(u->db, u->a, s, "O", " ", me, &id), ERR_INVALID);
	assert_err(decision_take(u->db, u->a, s, "nonsense", "why", me, &id), ERR_INVALID);
	assert_ok(decision_take(u->db, u->a, s, "O", "It is a test system.", me, &id));
	assert_ok(decision_taken_list(u->db, u->a, "vulnerability", 0, 10, &taken, &n));
	assert_int_equal(n, 1);
	assert_true(taken[0].overridden);
	assert_string_equal(taken[0].proposed, "I");
	assert_string_equal(taken[0].outcome, "O");
	assert_ok(decision_task_list(u->db, u->a, "vulnerability", NOW, &task, &n));
	assert_int_equal(n, 1);
	assert_int_equal(task[0].rank.due, NOW + INT64_C(14) * 86400000);
	/* Decided again: one task, the old one is closed. */
	assert_ok(decision_take(u->db, u->a, s, "I", "", me, &id));
	int64_t other = subject(u, 2);

	answer(u, other, "ssvc:E:1.1.0", "N", "analyst");
	answer(u, other, "ssvc:EXP:1.0.1", "C", "analyst");
	answer(u, other, "ssvc:A:2.0.0", "N", "analyst");
	answer(u, other, "ssvc:HI:2.0.2", "VH", "analyst");
	assert_ok(decision_take(u->db, u->a, other, "S", "", me, &id));
	assert_ok(decision_task_list(u->db, u->a, "vulnerability", NOW, &task, &n));
	assert_int_equal(n, 2);
	assert_int_equal(task[0].subject_id, s);
	assert_int_equal(task[0].why, DECISION_BY_OUTCOME);
	assert_err(decision_task_pin(u->db, u->a, task[1].rank.id, 1, "", me), ERR_INVALID);
	assert_ok(decision_task_pin(u->db, u->a, task[1].rank.id, 1, "The minister asks.", me));
	assert_ok(decision_task_list(u->db, u->a, "vulnerability", NOW, &task, &n));
	assert_int_equal(task[0].subject_id, other);
	assert_int_equal(task[0].why, DECISION_BY_PIN);
	assert_ok(decision_task_done(u->db, u->a, task[0].rank.id, me));
	assert_err(decision_task_done(u->db, u->a, task[0].rank.id, me), ERR_NOT_FOUND);
	assert_ok(db_commit(u->db));
}

extern const struct job_kind relearn_jobs[];

static void
run_relearn(struct unit_db *u)
{
	struct value *payload = value_object(u->a);
	struct job_run j = { .a = u->a, .now = NOW, .payload = payload };

	value_set_text(u->a, payload, "topic", "vulnerability");
	assert_ok(relearn_jobs[0].load(&j, u->db));
	assert_ok(relearn_jobs[0].act(&j));
	assert_ok(relearn_jobs[0].save(&j, u->db));
}

/* 80 persons' decisions that depart from the policy in one cell only. */
static void
what_people_decide_is_learned_and_the_rest_stays_policy(void **state)
{
	static const char *const exposure[] = { "S", "C", "O" }, *const impact[] = { "L", "M", "H", "VH" };
	struct unit_db *u = unit_db(state);
	struct decision_model_row *row;
	struct decision_model policy, m;
	struct decision_proposal p;
	size_t n, otherwise;
	int64_t id, learned = 0;

	begin(u);
	for (int i = 0; i < 80; i++) {
		int64_t s = subject(u, i);
		bool one = i % 2 == 0;

		answer(u, s, "ssvc:E:1.1.0", one ? "P" : "N", "analyst");
		answer(u, s, "ssvc:EXP:1.0.1", one ? "O" : exposure[i % 3], "analyst");
		answer(u, s, "ssvc:A:2.0.0", one ? "Y" : "N", "analyst");
		answer(u, s, "ssvc:HI:2.0.2", one ? "L" : impact[i % 4], "analyst");
		assert_ok(decision_propose(u->db, u->a, s, me, &p));
		assert_ok(decision_take(u->db, u->a, s, one ? "I" : p.outcome, one ? "We were burnt before." : "", me, &id));
		if (i == 40) {
			run_relearn(u); /* too few */
			assert_ok(decision_model_list(u->db, u->a, "vulnerability", &row, &n));
			assert_int_equal(n, 5);
		}
	}
	run_relearn(u);
	run_relearn(u);
	assert_ok(decision_model_list(u->db, u->a, "vulnerability", &row, &n));
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++)
		if (strcmp(row[i].origin, "learned") == 0) {
			learned = row[i].id;
			assert_string_equal(row[i].state, "draft");
			assert_int_equal(row[i].based_on, model_named(u, "ssvc:DT_DP"));
		}
	assert_ok(decision_model_get(u->db, u->a, learned, NULL, &m));
	assert_ok(decision_model_active(u->db, u->a, "vulnerability", NULL, &policy));
	assert_ok(decision_model_compare(u->db, u->a, "vulnerability", &policy, &otherwise, &n));
	assert_int_equal(n, 80);
	assert_int_equal(otherwise, 40);
	assert_ok(decision_model_compare(u->db, u->a, "vulnerability", &m, &otherwise, &n));
	assert_true(otherwise <= 8);
	assert_ok(decision_model_set_state(u->db, u->a, learned, "active", me));
	run_relearn(u); /* goes on from the policy of the learned one */
	int64_t s = subject(u, 1000);

	answer(u, s, "ssvc:E:1.1.0", "P", "analyst");
	answer(u, s, "ssvc:EXP:1.0.1", "O", "analyst");
	answer(u, s, "ssvc:A:2.0.0", "Y", "analyst");
	answer(u, s, "ssvc:HI:2.0.2", "L", "analyst");
	assert_ok(decision_propose(u->db, u->a, s, me, &p));
	assert_string_equal(p.outcome, "I");
	assert_true(p.support >= 40 && p.confidence > 5000);
	assert_ok(decision_take(u->db, u->a, s, "I", "", me, &id));
	struct decision_task_row *task;

	assert_ok(decision_task_list(u->db, u->a, "vulnerability", NOW, &task, &n)); /* actions of the policy */
	assert_true(n >= 40);
	assert_ok(db_commit(u->db));
}

static void
a_draft_changes_until_it_decides(void **state)
{
	struct unit_db *u = unit_db(state);
	struct decision_model_row row;
	struct decision_model m;
	struct decision_fault fault;
	struct decision_otherwise *other;
	uint8_t *grid;
	struct buf *b = buf_new(u->a, LIMIT_DECISION_MODEL);
	const char *body;
	int64_t id, again, s;
	size_t n;

	begin(u);
	assert_ok(decision_model_get(u->db, u->a, model_named(u, "ssvc:DT_DP"), NULL, &m));
	assert_ok(decision_draft_add(u->db, u->a, "vulnerability", &m, 0, me, &id));
	assert_ok(decision_draft_add(u->db, u->a, "vulnerability", &m, 0, me, &again)); /* one at a time */
	assert_int_equal(id, again);
	assert_ok(decision_model_get(u->db, u->a, id, &row, &m));
	assert_int_equal(row.version, 2);
	assert_string_equal(row.origin, "written");
	/* A hole: it is kept, and cannot decide. */
	m.rows--;
	decision_model_write(b, &m);
	assert_ok(decision_draft_save(u->db, u->a, id, buf_view(b), me, &fault));
	assert_ok(decision_model_get(u->db, u->a, id, &row, &m));
	assert_int_equal(m.rows, 71);
	assert_err(decision_model_set_state(u->db, u->a, id, "shadow", me), ERR_INVALID);
	assert_err(decision_model_set_state(u->db, u->a, id, "active", me), ERR_INVALID);
	assert_ok(decision_grid_of(u->a, &m, &grid, &n));
	grid[n - 1] = 3;
	grid[0] = 3; /* the first row gives the most urgent outcome: it goes down from there */
	decision_grid_to(u->a, &m, grid);
	buf_clear(b);
	decision_model_write(b, &m);
	assert_ok(decision_draft_save(u->db, u->a, id, buf_view(b), me, &fault));
	assert_err(decision_model_set_state(u->db, u->a, id, "active", me), ERR_INVALID);
	m.monotone = false;
	buf_clear(b);
	decision_model_write(b, &m);
	assert_ok(decision_draft_save(u->db, u->a, id, buf_view(b), me, &fault));
	assert_ok(decision_model_get(u->db, u->a, id, &row, &m));
	/* What it would change: a decision that was taken by the old one. */
	s = subject(u, 1);
	answer(u, s, "ssvc:E:1.1.0", "N", "analyst");
	answer(u, s, "ssvc:EXP:1.0.1", "S", "analyst");
	answer(u, s, "ssvc:A:2.0.0", "N", "analyst");
	answer(u, s, "ssvc:HI:2.0.2", "L", "analyst");
	assert_ok(decision_take(u->db, u->a, s, "D", "", me, &again));
	assert_ok(decision_model_otherwise(u->db, u->a, "vulnerability", &m, 10, &other, &n));
	assert_int_equal(n, 1);
	assert_string_equal(other[0].outcome, "D");
	assert_int_equal(other[0].says, 3);
	assert_ok(decision_model_set_state(u->db, u->a, id, "active", me));
	/* Out of draft its text never changes. */
	assert_err(decision_draft_save(u->db, u->a, id, buf_view(b), me, &fault), ERR_CONFLICT);
	assert_ok(decision_draft_body(u->db, u->a, id, &body));
	assert_true(strlen(body) > 1000);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(models_have_states_and_versions),
		UNIT_DB_TEST(an_analyst_outdoes_a_feed_and_overrides_with_a_reason),
		UNIT_DB_TEST(a_draft_changes_until_it_decides),
		UNIT_DB_TEST(what_people_decide_is_learned_and_the_rest_stays_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
