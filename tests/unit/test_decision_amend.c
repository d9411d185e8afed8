/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include "auth/auth.h"
#include "decision/bring_store.h"
#include "decision/decision_store.h"
#include "decision/practice_store.h"
#include "decision/worksheet_store.h"
#include "job/job.h"

#define NOW INT64_C(1789707900000)
#define TOPIC "vulnerability"

static const char *const outcomes[] = { "D", "S", "O", "I" };

static int64_t
model_named(struct unit_db *u, const char *name)
{
	struct decision_model_row *row;
	size_t n;

	assert_ok(decision_model_list(u->db, u->a, TOPIC, &row, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(row[i].name, name) == 0)
			return row[i].id;
	fail_msg("no model %s", name);
	return 0;
}

static struct actor
person(struct unit_db *u, const char *name, const char *email)
{
	struct user one = { .name = name, .email = email, .role = ROLE_HANDLER, .zone = "Asia/Tokyo", .active = true,
		.theme = "system", .density = "comfortable" };
	struct actor a = { 0, name, NOW };

	assert_ok(user_add(u->db, u->a, &one, NULL, NOW, &a.id));
	return a;
}

static void
begin(struct unit_db *u)
{
	assert_ok(db_begin_write(u->db));
	assert_ok(decision_model_ship(u->db, u->a, TOPIC, (struct actor){ 0, "tester", NOW }));
	assert_ok(decision_model_set_state(u->db, u->a, model_named(u, "ssvc:DT_DP"), "active", (struct actor){ 0, "tester", NOW }));
}

/* One decided case; ${exploitation} and the rest known. */
static int64_t
decided(struct unit_db *u, int64_t number, const char *exploitation, const char *outcome, struct actor by, int64_t *ret_subject)
{
	static const char *const rest[][2] = { { "ssvc:EXP:1.0.1", "O" }, { "ssvc:A:2.0.0", "Y" }, { "ssvc:HI:2.0.2", "L" } };
	int64_t s, id;

	assert_ok(decision_subject_put(u->db, u->a, &(struct decision_subject){ .topic = TOPIC, .object = "test",
	    .object_id = number, .title = "T" }, by, &s));
	assert_ok(decision_answer_put(u->db, u->a, &(struct decision_answer){ .subject_id = s, .fact = "ssvc:E:1.1.0",
	    .possible = exploitation, .source = "feed", .badge = "KEV", .evidence = "" }, by));
	for (size_t i = 0; i < COUNT(rest); i++)
		assert_ok(decision_answer_put(u->db, u->a, &(struct decision_answer){ .subject_id = s, .fact = rest[i][0],
		    .possible = rest[i][1], .source = "analyst", .badge = "", .evidence = "" }, by));
	assert_ok(decision_take(u->db, u->a, s, outcome, "Because.", by, &id));
	*ret_subject = s;
	return id;
}

static void
a_past_decision_is_taught_relabelled_and_corrected(void **state)
{
	struct unit_db *u = unit_db(state);
	struct decision_taken was, t;
	struct decision_answer *w;
	struct decision_history h;
	struct decision_model policy;
	struct decision_task_row *task;
	struct actor by;
	int64_t id, s, pin;
	const char *reason;
	uint64_t weight = 0;
	size_t n;

	begin(u);
	by = person(u, "Hanako", "hanako@csirt.example");
	id = decided(u, 1, "P", "I", by, &s);
	assert_ok(decision_taken_get(u->db, u->a, id, &was));
	assert_string_equal(was.title, "T");
	assert_true(was.overridden);
	assert_err(decision_teach(u->db, u->a, id, DECISION_WEIGHT + 1, by), ERR_INVALID);
	assert_ok(decision_leave_out(u->db, u->a, id, true, by));
	assert_ok(decision_teach(u->db, u->a, id, 3, by));
	assert_ok(decision_model_active(u->db, u->a, TOPIC, NULL, &policy));
	assert_ok(decision_history_load(u->db, u->a, TOPIC, &policy, &h, &n));
	assert_int_equal(n, 1);
	for (size_t i = 0; i < h.rows.rows; i++)
		weight += h.rows.weight[i];
	assert_int_equal(weight, 3 + policy.rows * DECISION_PRIOR);
	/* Another answer, with a reason, and not the same. */
	assert_err(decision_relabel(u->db, u->a, id, "O", " ", by), ERR_INVALID);
	assert_err(decision_relabel(u->db, u->a, id, "I", "why", by), ERR_INVALID);
	assert_ok(decision_relabel(u->db, u->a, id, was.proposed, "A slip.", by));
	assert_ok(decision_taken_get(u->db, u->a, id, &t));
	assert_string_equal(t.was, "I");
	assert_false(t.overridden);
	assert_ok(decision_taken_restore(u->db, u->a, &was, by));
	assert_ok(decision_taken_get(u->db, u->a, id, &t));
	assert_string_equal(t.outcome, "I");
	assert_string_equal(t.was, "");
	assert_true(t.overridden && t.weight == 1);
	/* The fact was wrong, and the answer that holds says the same wrong thing. */
	assert_err(decision_correct(u->db, u->a, id, "ssvc:E:1.1.0", "P", by), ERR_INVALID);
	assert_ok(decision_correct(u->db, u->a, id, "ssvc:E:1.1.0", "A", by));
	assert_ok(decision_taken_get(u->db, u->a, id, &t));
	assert_non_null(strstr(t.facts, "\"ssvc:E:1.1.0\":\"A\""));
	assert_ok(decision_answer_list(u->db, u->a, s, &w, &n));
	assert_int_equal(n, 4);
	assert_string_equal(w[1].fact, "ssvc:E:1.1.0");
	assert_string_equal(w[1].possible, "A");
	assert_string_equal(w[1].source, "analyst");
	assert_ok(decision_answer_list_of(u->db, u->a, &s, 1, &w, &n));
	assert_int_equal(n, 4);
	/* Tasks and states go back, too. */
	assert_ok(decision_task_list(u->db, u->a, TOPIC, NOW, &task, &n));
	assert_true(n > 0);
	pin = task[0].rank.id;
	assert_ok(decision_task_pinned(u->db, u->a, pin, &s, &reason));
	assert_int_equal(s, 0);
	assert_err(decision_task_reopen(u->db, u->a, pin, by), ERR_CONFLICT);
	assert_ok(decision_task_done(u->db, u->a, pin, by));
	assert_ok(decision_task_reopen(u->db, u->a, pin, by));
	assert_ok(decision_take_back(u->db, u->a, id, by));
	assert_err(decision_task_reopen(u->db, u->a, pin, by), ERR_CONFLICT);
	assert_ok(db_commit(u->db));
}

static void
a_state_steps_back(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct actor by = { 0, "tester", NOW };
	struct decision_model_row row;
	struct decision_model m;
	int64_t first, second;

	begin(u);
	first = model_named(u, "ssvc:DT_DP");
	second = model_named(u, "ssvc:DT_SP");
	assert_ok(decision_model_set_state(u->db, u->a, second, "active", by));
	assert_ok(decision_model_step_back(u->db, u->a, second, "active", "draft", first, by));
	assert_ok(decision_model_active(u->db, u->a, TOPIC, &row, &m));
	assert_int_equal(row.id, first);
	assert_ok(decision_model_get(u->db, u->a, second, &row, &m));
	assert_string_equal(row.state, "draft");
	assert_err(decision_model_step_back(u->db, u->a, second, "active", "draft", first, by), ERR_CONFLICT);
	assert_ok(decision_model_set_state(u->db, u->a, first, "retired", by));
	assert_ok(decision_model_step_back(u->db, u->a, first, "retired", "active", 0, by));
	assert_ok(decision_model_active(u->db, u->a, TOPIC, &row, &m));
	assert_ok(db_commit(u->db));
}

static void
a_file_of_past_decisions_is_taken_in_once(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct decision_brought rows[] = {
		{ 2, NOW - 5, 3, "HANAKO@csirt.example", "CVE-1", "why", "{\"ssvc:E:1.1.0\":\"A\"}" },
		{ 3, NOW - 4, 0, "Somebody", "", "", "{}" },
	};
	unsigned char digest[32] = { 1 };
	struct decision_import i, before;
	struct decision_taken *t;
	struct decision_task_row *task;
	struct decision_model m;
	struct actor by;
	int64_t id, again;
	size_t n;

	begin(u);
	by = person(u, "Hanako", "hanako@csirt.example");
	assert_ok(decision_model_active(u->db, u->a, TOPIC, NULL, &m));
	assert_ok(decision_import_add(u->db, TOPIC, "past.csv", digest, 0, by, &id));
	assert_ok(decision_import_map(u->db, id, "{}"));
	assert_ok(decision_import_start(u->db, u->a, id, by));
	assert_err(decision_import_start(u->db, u->a, id, by), ERR_CONFLICT);
	assert_err(decision_import_drop(u->db, id), ERR_CONFLICT);
	assert_ok(decision_import_take(u->db, u->a, id, &m, rows, COUNT(rows), by));
	assert_err(decision_import_take(u->db, u->a, id, &m, rows, COUNT(rows), by), ERR_CONFLICT);
	assert_ok(decision_taken_list(u->db, u->a, TOPIC, 0, 10, &t, &n));
	assert_int_equal(n, 2);
	assert_int_equal(t[1].person_id, by.id);
	assert_string_equal(t[1].outcome, outcomes[3]);
	assert_string_equal(t[1].title, "CVE-1");
	assert_string_equal(t[0].analyst, "Somebody");
	assert_string_equal(t[0].title, "past.csv, 3");
	assert_string_equal(t[0].proposed, "");
	assert_int_equal(t[0].at, NOW - 4);
	assert_ok(decision_task_list(u->db, u->a, TOPIC, NOW, &task, &n));
	assert_int_equal(n, 0);
	/* The same bytes again are noticed. */
	assert_ok(decision_import_add(u->db, TOPIC, "again.csv", digest, 0, by, &again));
	assert_ok(decision_import_get(u->db, u->a, again, &i));
	assert_ok(decision_import_before(u->db, u->a, TOPIC, i.digest, again, &before));
	assert_int_equal(before.id, id);
	assert_int_equal(before.decisions, 2);
	assert_ok(decision_import_drop(u->db, again));
	assert_ok(decision_import_leave_out(u->db, u->a, id, true, by));
	assert_ok(decision_taken_list(u->db, u->a, TOPIC, 0, 10, &t, &n));
	assert_true(t[0].left_out && t[1].left_out);
	assert_ok(db_commit(u->db));
}

static void
practice_is_blind_and_ones_own(void **state)
{
	struct unit_db *u = unit_db(state);
	struct actor team, one, other;
	struct decision_round r;
	struct decision_practiced *c;
	struct decision_practice_pair *pair;
	int64_t id, s;
	size_t n;

	begin(u);
	team = person(u, "Team", "team@csirt.example");
	one = person(u, "New", "new@csirt.example");
	other = person(u, "Other", "other@csirt.example");
	for (int i = 0; i < 8; i++)
		decided(u, i, i % 2 == 0 ? "P" : "N", outcomes[i % 4], team, &s);
	assert_err(decision_round_start(u->db, u->a, TOPIC, 5, team, &id), ERR_NOT_FOUND); /* all are one's own */
	assert_ok(decision_round_start(u->db, u->a, TOPIC, 5, one, &id));
	assert_err(decision_round_get(u->db, u->a, id, other.id, &r, &c, &n), ERR_NOT_FOUND);
	assert_ok(decision_round_get(u->db, u->a, id, one.id, &r, &c, &n));
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(c[i].mine, "");
		assert_err(decision_round_answer(u->db, u->a, id, c[i].decision_id, "D", other), ERR_CONFLICT);
		assert_ok(decision_round_answer(u->db, u->a, id, c[i].decision_id, "S", one));
		if (i == 0) {
			assert_ok(decision_round_take_back(u->db, id, c[i].decision_id, one));
			assert_ok(decision_round_answer(u->db, u->a, id, c[i].decision_id, "D", one));
		}
		assert_err(decision_round_answer(u->db, u->a, id, c[i].decision_id, "D", one), ERR_CONFLICT);
	}
	assert_err(decision_round_take_back(u->db, id, c[0].decision_id, one), ERR_CONFLICT); /* it is finished */
	struct decision_round *list;
	size_t rounds;

	assert_ok(decision_round_list(u->db, u->a, TOPIC, one.id, &list, &rounds));
	assert_int_equal(rounds, 1);
	assert_true(list[0].finished_at == NOW);
	assert_ok(decision_practice_pairs(u->db, u->a, TOPIC, one.id, &pair, &n));
	assert_int_equal(n, 5);
	/* The next round begins with what was not practised on. */
	int64_t next, first[5];

	for (size_t i = 0; i < 5; i++)
		first[i] = c[i].decision_id;
	assert_ok(decision_round_start(u->db, u->a, TOPIC, 5, one, &next));
	assert_ok(decision_round_get(u->db, u->a, next, one.id, &r, &c, &n));
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 5; k++)
			assert_int_not_equal(c[i].decision_id, first[k]);
	assert_ok(db_commit(u->db));
}

static void
a_worksheet_is_saved_by_its_version(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct actor by = { 0, "tester", NOW };
	struct worksheet_row *list, row;
	struct worksheet w;
	int64_t id;
	size_t n;

	begin(u);
	worksheet_read(u->a, "{}", &w);
	w.title = "Ours";
	assert_ok(worksheet_add(u->db, u->a, TOPIC, &w, by, &id));
	w.notes = "They look at the edge first.";
	assert_ok(worksheet_save(u->db, u->a, id, 1, &w, by));
	assert_err(worksheet_save(u->db, u->a, id, 1, &w, by), ERR_CONFLICT);
	assert_ok(worksheet_set_model(u->db, id, model_named(u, "ssvc:DT_DP")));
	assert_ok(worksheet_get(u->db, u->a, id, &row));
	worksheet_read(u->a, row.body, &w);
	assert_string_equal(w.notes, "They look at the edge first.");
	assert_ok(worksheet_list(u->db, u->a, TOPIC, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].version, 2);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(a_past_decision_is_taught_relabelled_and_corrected),
		UNIT_DB_TEST(a_state_steps_back),
		UNIT_DB_TEST(a_file_of_past_decisions_is_taken_in_once),
		UNIT_DB_TEST(practice_is_blind_and_ones_own),
		UNIT_DB_TEST(a_worksheet_is_saved_by_its_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
