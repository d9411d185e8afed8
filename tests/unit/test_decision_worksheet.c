/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"
#include "decision/format.h"
#include "decision/shipped.h"
#include "decision/worksheet.h"

static struct worksheet
sheet(struct arena *a)
{
	struct worksheet w;

	worksheet_read(a, "{}", &w);
	w.title = "私たちの判断";
	w.monotone = true;
	w.consider = "Used with us?\n\n認証に使われているか\nUsed with us?\n";
	worksheet_take_lines(a, &w);
	w.fact[0].values = "little | 少し\nsome\n\nmuch | 多い\n";
	w.outcome[0].name = "wait";
	w.outcome[2].name = "soon";
	w.outcome[2].actions = "24 Ask for an investigation | 調査を依頼\n Begin";
	w.outcome[3].name_ja = "すぐに";
	return w;
}

static uint8_t
decide(const struct decision_model *m, int x, int y)
{
	struct decision_answers given = { { UINT64_C(1) << x, UINT64_C(1) << y } };
	struct decision_verdict v;

	decision_decide(m, &given, &v);
	return v.outcome;
}

/* Through its text, as it is kept. */
static struct decision_model
table(struct arena *a, const struct worksheet *w, const struct decision_model *base)
{
	struct buf *b = buf_new(a, LIMIT_DECISION_MODEL);
	struct decision_model m, again;
	struct worksheet_fault fault;
	struct decision_fault refused = { .where = "", .rule = "" };

	if (worksheet_model(a, w, base, &m, &fault) != OK)
		fail_msg("%s: %s (%s)", fault.field, fault.message, fault.value);
	decision_model_write(b, &m);
	if (decision_model_read(a, buf_view(b), &again, &refused) != OK)
		fail_msg("%s: %s", refused.where, refused.rule);
	return again;
}

static void
a_talk_becomes_a_table(void **state)
{
	AUTO(arena) a = arena_new();
	struct worksheet w = sheet(a);
	struct decision_model m;

	(void)state;
	assert_string_equal(w.fact[1].name_ja, "認証に使われているか");
	assert_string_equal(w.fact[2].name, "");
	w.example[4].title = "the one";
	w.example[4].value[1] = 1;
	w.example[4].outcome = 2;
	/* Kept and read again, it is the same. */
	const char *text = worksheet_write(a, &w);

	worksheet_read(a, text, &w);
	assert_string_equal(w.example[0].title, "the one"); /* cases move up, facts do not */
	assert_int_equal(w.example[0].value[0], -1);
	assert_int_equal(w.example[1].outcome, -1);
	assert_string_equal(worksheet_write(a, &w), text);
	m = table(a, &w, NULL);
	assert_int_equal(m.facts, 2);
	assert_int_equal(m.rows, 6);
	assert_int_equal(m.outcome.values, 3);
	assert_true(m.monotone);
	assert_int_equal(m.actions, 2);
	assert_int_equal(m.action[0].due, INT64_C(24) * 3600000);
	assert_string_equal(m.action[0].text_ja, "調査を依頼");
	assert_int_equal(m.action[1].due, 0);
	/* By weights (much, yes) would be at the top; the case says what yes is, whatever else. */
	assert_int_equal(decide(&m, 0, 0), 0);
	assert_int_equal(decide(&m, 2, 1), 1);
	assert_int_equal(decide(&m, 0, 1), 1);
	w.example[0].outcome = 3;
	m = table(a, &w, NULL);
	assert_int_equal(decide(&m, 0, 1), 2);
	assert_int_equal(decide(&m, 2, 0), 1);
	/* A heavier fact counts for more. */
	w.example[0].title = "";
	w.fact[1].weight = 10000;
	m = table(a, &w, NULL);
	assert_int_equal(decide(&m, 0, 1), 2);
	assert_int_equal(decide(&m, 2, 0), 0);
}

static void
what_cannot_be_a_table_says_why(void **state)
{
	AUTO(arena) a = arena_new();
	struct worksheet w = sheet(a);
	struct worksheet_fault fault;
	struct decision_model m;

	(void)state;
	w.example[0] = (struct worksheet_example){ .title = "first", .value = { 0, 1 }, .outcome = 3 };
	w.example[1] = (struct worksheet_example){ .title = "second", .value = { 2, 1 }, .outcome = 0 };
	assert_err(worksheet_model(a, &w, NULL, &m, &fault), ERR_INVALID);
	assert_string_equal(fault.field, "examples");
	assert_non_null(strstr(fault.value, "first"));
	w.monotone = false; /* then each speaks only for itself */
	m = table(a, &w, NULL);
	assert_int_equal(decide(&m, 0, 1), 2);
	assert_int_equal(decide(&m, 2, 1), 0);
	w.fact[0].values = "one\n";
	assert_err(worksheet_model(a, &w, NULL, &m, &fault), ERR_INVALID);
	assert_string_equal(fault.field, "f0_values");
	w = sheet(a);
	w.outcome[2].actions = "24hours Begin";
	assert_err(worksheet_model(a, &w, NULL, &m, &fault), ERR_INVALID);
	assert_string_equal(fault.field, "o2_actions");
	w = sheet(a);
	for (size_t i = 0; i < WORKSHEET_FACTS; i++)
		w.fact[i] = (struct worksheet_fact){ "", arena_printf(a, "f%zu", i), "", "", "", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", 100, false };
	assert_err(worksheet_model(a, &w, NULL, &m, &fault), ERR_INVALID);
	assert_string_equal(fault.value, "20,000");
	worksheet_read(a, "nonsense", &w);
	assert_err(worksheet_model(a, &w, NULL, &m, &fault), ERR_INVALID);
	assert_string_equal(fault.field, "title");
}

/* A fact is added: where no case speaks, nothing changes. */
static void
a_model_gets_one_more_fact(void **state)
{
	AUTO(arena) a = arena_new();
	const struct embedded *f = embedded_find(&decision_models, STR("response.json"));
	struct decision_model base, m;
	struct decision_fault refused;
	struct worksheet w;
	size_t other = 0;

	(void)state;
	assert_ok(decision_model_read(a, (struct str){ f->data, f->n }, &base, &refused));
	worksheet_begin(a, &base, 7, &w);
	assert_int_equal(w.base, 7);
	w.fact[5] = (struct worksheet_fact){ "", "At the edge of our network", "", "", "", "no\nyes\n", 100, false };
	w.example[0] = (struct worksheet_example){ .title = "VPN", .value = { 0, 0, 0, 0, 0, 1, -1, -1, -1, -1, -1, -1 }, .outcome = 3 };
	m = table(a, &w, &base);
	assert_string_equal(m.id, base.id);
	assert_int_equal(m.facts, base.facts + 1);
	assert_int_equal(m.rows, base.rows * 2);
	assert_int_equal(m.actions, base.actions);
	for (size_t i = 0; i < base.facts; i++)
		assert_string_equal(m.fact[i].id, base.fact[i].id);
	for (size_t r = 0; r < m.rows; r++) {
		const uint8_t *row = m.row + r * (m.facts + 1);
		struct decision_answers given;
		struct decision_verdict v;

		decision_answers_init(&base, &given);
		for (size_t i = 0; i < base.facts; i++)
			given.possible[i] = UINT64_C(1) << row[i];
		decision_decide(&base, &given, &v);
		if (row[m.facts] != v.outcome) {
			other++;
			assert_int_equal(row[5], 1);
		}
	}
	assert_true(other > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_talk_becomes_a_table),
		cmocka_unit_test(what_cannot_be_a_table_says_why),
		cmocka_unit_test(a_model_gets_one_more_fact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
