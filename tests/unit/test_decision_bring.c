/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"
#include "decision/bring.h"
#include "decision/format.h"
#include "decision/shipped.h"
#include "text/value.h"

#define NOW INT64_C(1789707900000) /* 2026-09-18 */

static struct decision_model
example(struct arena *a)
{
	const struct embedded *f = embedded_find(&decision_models, STR("response.json"));
	struct decision_model m;
	struct decision_fault fault;

	assert_ok(decision_model_read(a, (struct str){ f->data, f->n }, &m, &fault));
	return m;
}

static struct decision_bring
read_text(struct arena *a, const char *text, bool unknown)
{
	struct decision_model m = example(a);
	struct decision_bring_fault fault;
	struct decision_mapping map;
	struct decision_bring got;
	const char **name, ***rows;
	size_t columns, n;

	assert_ok(decision_bring_look(a, str_of(text), &name, &columns, &rows, 5, &n, &fault));
	decision_bring_guess(&m, name, columns, &map);
	map.unknown = unknown;
	/* What is kept is read back. */
	decision_mapping_read(a, &m, decision_mapping_write(a, &m, &map), &map);
	assert_ok(decision_bring_read(a, &m, &map, NOW, str_of(text), &got));
	return got;
}

static void
columns_are_found_by_names_in_both_languages(void **state)
{
	AUTO(arena) a = arena_new();
	struct decision_bring g = read_text(a,
	    "\xef\xbb\xbf番号,日付,攻撃の容易さ,PG,Media attention,判断,担当者\r\n"
	    "'=CVE-1,2026-01-02,簡単,A|U,?,must,花子\r\n\r\nB,2026-01-03 10:00+00:00,hard,!N,high,W,\r\n",
	    false);

	(void)state;
	assert_int_equal(g.faults, 0);
	assert_int_equal(g.n, 2);
	assert_string_equal(g.row[0].title, "=CVE-1");
	assert_string_equal(g.row[0].who, "花子");
	assert_int_equal(g.row[0].at, INT64_C(1767279600000)); /* midnight in Tokyo */
	assert_int_equal(g.row[0].outcome, 3);
	assert_string_equal(g.row[0].facts, "{\"x_tobiguchi.example#kengine:EE:1.0.0\":\"E\",\"x_tobiguchi.example#kengine:PG:1.0.0\":\"U|A\"}");
	assert_int_equal(g.row[1].line, 4);
	assert_int_equal(g.row[1].at, INT64_C(1767434400000));
	assert_int_equal(g.row[1].outcome, 0);
}

static void
each_fault_has_its_line(void **state)
{
	static const struct {
		const char *text;
		size_t faults, line;
		const char *message;
	} want[] = {
		{ "ee,decision\neasy,must\nodd,must\n", 1, 3, "“{value}” is no value of this fact." },
		{ "ee,decision\neasy,\n", 1, 2, "Nothing says what was decided." },
		{ "ee,decision\neasy,Q\n", 1, 2, "“{value}” is no outcome of the model." },
		{ "ee,decision,date\neasy,X,2026-13-01\n", 1, 2, "“{value}” is no time: write 2026-11-22 or 2026-11-22 14:05." },
		{ "ee,decision,date\neasy,X,2027-01-01\n", 1, 2, "{value} has not been yet." },
		{ "ee,decision\neasy\neasy,X\n", 1, 2, "The line does not have as many columns as the first one." },
		{ "ee,decision\neasy,\"X\n", 1, 2, "A quote stands where none may, or is not closed (RFC 4180)." },
		{ "ee,other\neasy,X\n", 1, 1, "Say which column tells what was decided." },
		{ "decision\nX\n", 1, 1, "Say at least one column that is a fact of the model." },
	};
	AUTO(arena) a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		struct decision_bring g = read_text(a, want[i].text, false);

		if (g.faults != want[i].faults || g.fault[0].line != want[i].line || strcmp(g.fault[0].message, want[i].message) != 0)
			fail_msg("%zu: %zu faults, line %zu: %s", i, g.faults, g.fault[0].line, g.fault[0].message);
	}
	struct decision_bring g = read_text(a, want[0].text, true);

	assert_int_equal(g.faults, 0);
	assert_int_equal(g.unknown, 1);
	assert_string_equal(g.row[1].facts, "{}");
}

static void
a_file_that_is_no_table_is_refused(void **state)
{
	AUTO(arena) a = arena_new();
	struct decision_bring_fault fault;
	const char **name, ***rows;
	size_t columns, n;

	(void)state;
	assert_err(decision_bring_look(a, STR(""), &name, &columns, &rows, 5, &n, &fault), ERR_INVALID);
	assert_string_equal(fault.message, "The file is empty.");
	assert_err(decision_bring_look(a, STR("only a line of text"), &name, &columns, &rows, 5, &n, &fault), ERR_INVALID);
	assert_err(decision_bring_look(a, STR("\x93\xfa\x95t,b\n1,2\n"), &name, &columns, &rows, 5, &n, &fault), ERR_INVALID);
	assert_err(decision_bring_look(a, STR("a,b,a\n1,2,3\n"), &name, &columns, &rows, 5, &n, &fault), ERR_INVALID);
	assert_string_equal(fault.value, "a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_found_by_names_in_both_languages),
		cmocka_unit_test(each_fault_has_its_line),
		cmocka_unit_test(a_file_that_is_no_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
