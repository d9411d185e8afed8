/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>

#include "base/limit.h"
#include "decision/edit.h"
#include "decision/format.h"
#include "decision/history.h"
#include "decision/run.h"
#include "sys/files.h"
#include "text/csv.h"
#include "text/value.h"

/* Two facts, three outcomes: attacks decide alone, else exposure does. */
#define POINT(id, key, name, values) \
	"\"" id "\":{\"namespace\":\"test\",\"key\":\"" key "\",\"version\":\"1.0.0\",\"name\":\"" name "\"," \
	"\"definition\":\"d\",\"schemaVersion\":\"2.0.0\",\"values\":[" values "]}"
#define VALUE(key, name) "{\"key\":\"" key "\",\"name\":\"" name "\",\"definition\":\"d\"}"
#define ROW(a, e, o) "{\"t:A:1.0.0\":\"" a "\",\"t:E:1.0.0\":\"" e "\",\"t:O:1.0.0\":\"" o "\"}"
#define HEAD "{\"namespace\":\"test\",\"key\":\"DT\",\"version\":\"1.0.0\",\"name\":\"Test\",\"definition\":\"d\"," \
	"\"schemaVersion\":\"2.0.0\",\"decision_points\":{" \
	POINT("t:A:1.0.0", "A", "Attacks", VALUE("N", "None") "," VALUE("P", "PoC") "," VALUE("A", "Active")) "," \
	POINT("t:E:1.0.0", "E", "Exposure", VALUE("S", "Small") "," VALUE("O", "Open")) "," \
	POINT("t:O:1.0.0", "O", "Outcome", VALUE("W", "Wait") "," VALUE("S", "Soon") "," VALUE("N", "Now")) "}," \
	"\"outcome\":\"t:O:1.0.0\""
#define MAPPING ",\"mapping\":[" ROW("N", "S", "W") "," ROW("N", "O", "S") "," ROW("P", "S", "W") "," \
	ROW("P", "O", "S") "," ROW("A", "S", "N") "," ROW("A", "O", "N") "]"
static const char table[] = HEAD MAPPING "}";

static void
read_ok(struct arena *a, const char *text, struct decision_model *ret)
{
	struct decision_fault fault;
	enum err e = decision_model_read(a, str_of(text), ret, &fault);

	if (e != OK)
		fail_msg("%s: %s", fault.where, fault.rule);
}

static void
partial_answers_leave_outcomes_and_the_best_question(void **state)
{
	struct decision_model m;
	struct decision_answers given;
	struct decision_verdict v;
	struct decision_question ask;
	bool known;

	read_ok(*state, table, &m);
	assert_int_equal(m.leaves, 3);
	decision_answers_init(&m, &given);
	decision_decide(&m, &given, &v);
	assert_int_equal(v.possible, 7);
	assert_int_equal(v.leaf, 0);
	assert_true(v.share[0] > 0.33 && v.share[0] < 0.34);
	decision_ask(&m, &given, &ask);
	assert_int_equal(ask.matters, 3);
	assert_true(ask.fact >= 0);

	given.possible[0] = decision_answer_read(&m.fact[0], STR("active"), &known);
	assert_true(known);
	decision_decide(&m, &given, &v);
	assert_int_equal(v.outcome, 2);
	assert_int_equal(v.possible, 4);
	decision_ask(&m, &given, &ask);
	assert_int_equal(ask.fact, -1); /* exposure no longer matters */

	given.possible[0] = decision_answer_read(&m.fact[0], STR("!A"), &known);
	assert_int_equal(given.possible[0], 3);
	decision_decide(&m, &given, &v);
	assert_int_equal(v.possible, 3);
	decision_ask(&m, &given, &ask);
	assert_int_equal(ask.fact, 1);
	assert_true(ask.gain > 0.4);
	given.possible[1] = decision_answer_read(&m.fact[1], STR("Open"), &known);
	decision_decide(&m, &given, &v);
	assert_int_equal(v.outcome, 1);
	assert_true(v.confidence > 0.999);

	assert_int_equal(decision_answer_read(&m.fact[0], STR("N|P"), &known), 3);
	assert_int_equal(decision_answer_read(&m.fact[0], STR("?"), &known), 7);
	assert_int_equal(decision_answer_read(&m.fact[0], STR("nonsense"), &known), 7);
	assert_false(known);
}

static void
what_breaks_a_table_is_told_with_its_pointer(void **state)
{
	static const struct {
		const char *text, *where, *rule;
	} bad[] = {
		{ "{", "", "no JSON" },
		{ "{}", "/namespace", "missing" },
		{ "[1]", "", "object" },
		{ HEAD "}", "/mapping", "no rows" },
		{ HEAD ",\"mapping\":[" ROW("N", "S", "W") "]}", "/mapping", "not complete: 5 of 6" },
		{ HEAD ",\"mapping\":[" ROW("N", "S", "W") "," ROW("N", "S", "W") "]}", "/mapping/1", "same as row 0" },
		{ HEAD ",\"mapping\":[" ROW("N", "S", "W") "," ROW("N", "S", "N") "]}", "/mapping/1", "contradicts row 0" },
		{ HEAD ",\"mapping\":[" ROW("Z", "S", "W") "]}", "/mapping/0/t:A:1.0.0", "key of no value" },
		{ HEAD ",\"mapping\":[{\"t:A:1.0.0\":\"N\"}]}", "/mapping/0/t:E:1.0.0", "says nothing" },
		{ HEAD ",\"mapping\":[{\"t:A:1.0.0\":\"N\",\"t:E:1.0.0\":\"S\",\"t:O:1.0.0\":\"W\",\"x\":\"y\"}]}", "/mapping/0",
		    "no decision point" },
		{ HEAD MAPPING ",\"outcome\":\"t:X:1.0.0\"}", "/outcome", "none of the decision points" },
		{ HEAD MAPPING ",\"schemaVersion\":\"1.0.0\"}", "/schemaVersion", "2.0.0" },
		{ HEAD MAPPING ",\"version\":\"1.0\"}", "/version", "semantic" },
		{ HEAD MAPPING ",\"key\":\"_x\"}", "/key", "letters" },
		{ HEAD MAPPING ",\"namespace\":\"X\"}", "/namespace", "namespace" },
		{ HEAD MAPPING ",\"name\":\"\"}", "/name", "at least one character" },
		{ HEAD MAPPING ",\"x_tobiguchi\":{\"actions\":[{\"outcome\":\"Q\",\"text\":\"t\"}]}}",
		    "/x_tobiguchi/actions/0/outcome", "no outcome" },
		{ "row,A,O\n0,x,y\n1,x\n", "", "as many columns" },
		{ "row,A,O\n0,x,y\n1,x,z\n", "/mapping/1", "contradicts" },
		{ "A\nx\n", "", "no decision table" },
		{ "A,O\nx,\x90\n", "", "not UTF-8" },
		{ "{\"format\":\"tobiguchi-decision-model\",\"formatVersion\":2}", "/formatVersion", "version 1" },
	};
	struct decision_model m;
	struct decision_fault f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_err(decision_model_read(*state, str_of(bad[i].text), &m, &f), ERR_INVALID);
		if (strcmp(f.where, bad[i].where) != 0 || strstr(f.rule, bad[i].rule) == NULL)
			fail_msg("%zu: \"%s\" \"%s\"", i, f.where, f.rule);
	}
	/* Declared monotone, and not. */
	assert_err(decision_model_read(*state, str_of(HEAD ",\"mapping\":[" ROW("N", "S", "N") "," ROW("N", "O", "S") ","
		ROW("P", "S", "W") "," ROW("P", "O", "S") "," ROW("A", "S", "N") "," ROW("A", "O", "N")
		"],\"x_tobiguchi\":{\"monotone\":true}}"), &m, &f), ERR_INVALID);
	assert_string_equal(f.where, "/x_tobiguchi/monotone");
}

static void
a_tree_with_a_cycle_is_refused(void **state)
{
#define TREE(nodes) "{\"format\":\"tobiguchi-decision-model\",\"formatVersion\":1,\"key\":\"K\",\"name\":\"n\",\"facts\":[" \
	"{\"id\":\"f\",\"key\":\"F\",\"name\":\"F\",\"values\":[{\"key\":\"a\",\"name\":\"a\"},{\"key\":\"b\",\"name\":\"b\"}]}]," \
	"\"outcome\":{\"id\":\"o\",\"key\":\"O\",\"name\":\"O\",\"values\":[{\"key\":\"x\",\"name\":\"x\"},{\"key\":\"y\",\"name\":\"y\"}]}," \
	"\"nodes\":[" nodes "]}"
#define SPLIT(right, left) "{\"fact\":\"f\",\"left\":[" left "],\"right\":" right ",\"outcome\":\"x\",\"counts\":[2,1]}"
#define LEAF "{\"leaf\":1,\"outcome\":\"y\",\"counts\":[0,1]}"
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ TREE(SPLIT("0", "\"a\"") "," LEAF "," LEAF), "/nodes/0/right" },
		{ TREE(SPLIT("1", "\"a\"") "," LEAF "," LEAF), "/nodes/0/right" },
		{ TREE(SPLIT("3", "\"a\"") "," LEAF "," LEAF), "/nodes/0/right" },
		{ TREE(LEAF "," LEAF), "/nodes" },
		{ TREE(SPLIT("2", "\"c\"") "," LEAF "," LEAF), "/nodes/0/left" },
		{ TREE(SPLIT("2", "\"a\",\"b\"") "," LEAF "," LEAF), "" },
		{ TREE(SPLIT("3", "\"a\"") "," LEAF "," LEAF "," LEAF), "/nodes/0/right" },
		{ TREE("{\"leaf\":1,\"outcome\":\"y\",\"counts\":[0]}"), "/nodes/0/counts" },
		{ TREE("{\"leaf\":1,\"outcome\":\"y\",\"counts\":[0,-1]}"), "/nodes/0/counts" },
	};
	struct decision_model m;
	struct decision_fault f;

	read_ok(*state, TREE(SPLIT("2", "\"a\"") "," LEAF "," LEAF), &m);
	assert_int_equal(m.leaves, 2);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_err(decision_model_read(*state, str_of(bad[i].text), &m, &f), ERR_INVALID);
		if (strcmp(f.where, bad[i].where) != 0)
			fail_msg("%zu: \"%s\" \"%s\"", i, f.where, f.rule);
	}
}

static void
deep_and_large_texts_are_refused(void **state)
{
	size_t n = LIMIT_DECISION_MODEL;
	char *big = arena_alloc(*state, n + 2);
	struct decision_model m;
	struct decision_fault f;

	memset(big, '[', n + 1);
	assert_err(decision_model_read(*state, (struct str){ big, 10000 }, &m, &f), ERR_LIMIT);
	assert_non_null(strstr(f.rule, "32 deep"));
	assert_int_equal(f.line, 1);
	memset(big, ' ', n + 1);
	assert_err(decision_model_read(*state, (struct str){ big, n + 1 }, &m, &f), ERR_LIMIT);
	assert_non_null(strstr(f.rule, "16 MiB"));
}

static struct str
written(struct arena *a, const struct decision_model *m)
{
	struct buf *b = buf_new(a, LIMIT_IMPORT);

	decision_model_write(b, m);
	assert_ok(buf_error(b));
	return buf_view(b);
}

/* Learning from all rows gives back a tree that decides each as the table does. */
static void
relearn(struct arena *a, const struct decision_model *m)
{
	struct buf *b = buf_new(a, LIMIT_IMPORT);
	struct decision_history h;
	struct decision_fault f;
	uint32_t node;

	assert_ok(decision_table_write_csv(b, m));
	struct str csv = buf_view(b), field[CSV_FIELDS];
	struct csv reader = csv_of(csv);
	size_t n;

	assert_ok(csv_next(&reader, a, field, &n));
	const struct decision_history_how how = { .outcome = arena_cstr(a, field[n - 1]) };

	assert_ok(decision_history_read(a, csv, &how, &h, &f));
	assert_true(h.complete);
	assert_int_equal(h.model.facts, m->facts);
	assert_ok(decision_learn(a, &h.model, &h.rows,
	    &(struct decision_learn){ .min_leaf = 1, .max_leaves = UINT_MAX, .grow_only = true }));
	for (size_t i = 0; i < h.rows.rows; i++) {
		decision_decide_rows(&h.model, h.rows.code + i * h.rows.stride, h.rows.stride, 1, &node);
		assert_int_equal(h.model.node[node].outcome, h.rows.outcome[i]);
	}
}

/* Members in any order. */
static bool
same(const struct value *x, const struct value *y)
{
	if (value_type(x) != value_type(y) || value_count(x) != value_count(y))
		return false;
	if (value_type(x) == VALUE_TEXT)
		return str_equal(value_str(x), value_str(y));
	for (size_t i = 0; i < value_count(x); i++) {
		bool list = value_type(x) == VALUE_LIST;

		if (!same(list ? value_at(x, i) : value_member(x, i), list ? value_at(y, i) : value_get(y, value_key(x, i))))
			return false;
	}
	return true;
}

static void
every_table_of_ssvc(void **state)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	glob_t found;

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	assert_int_equal(glob(arena_printf(*state, "%s/ssvc/data/json/decision_tables/*/*.json", folder), 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 16);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct decision_model m, again;
		struct decision_report report;
		struct value *was, *is;
		struct str text;
		uint32_t node;

		assert_ok(files_read(*state, found.gl_pathv[i], LIMIT_DECISION_MODEL, &text));
		read_ok(*state, arena_cstr(*state, text), &m);
		for (size_t r = 0; r < m.rows; r++) {
			const uint8_t *row = m.row + r * (m.facts + 1);
			uint8_t code[64] = { 0 };

			memcpy(code, row, m.facts);
			decision_decide_rows(&m, code, sizeof(code), 1, &node);
			assert_int_equal(m.node[node].outcome, row[m.facts]);
		}
		decision_table_report(*state, &m, &report);
		assert_int_equal(report.not_monotone, 0);
		assert_ok(value_parse(*state, text, &was, NULL));
		assert_ok(value_parse(*state, written(*state, &m), &is, NULL));
		assert_true(same(was, is));
		read_ok(*state, arena_cstr(*state, written(*state, &m)), &again);
		assert_int_equal(again.rows, m.rows);
		relearn(*state, &m);
	}
	globfree(&found);
}

/* Repeatable, not random. */
static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

#define SAMPLE 3000
static void
the_same_decisions_in_any_order_give_the_same_tree(void **state)
{
	char *line[SAMPLE];
	uint32_t seed = 7;
	struct str first = STR_NULL;

	for (size_t i = 0; i < SAMPLE; i++) {
		unsigned a = next(&seed) % 3, b = next(&seed) % 5, c = next(&seed) % 40, noise = next(&seed) % 12;
		bool yes = (a == 2 || (b > 2 && c < 20)) != (noise == 0);

		line[i] = arena_printf(*state, "%zu,%s,%u,c%u,%s\n", i, a == 0 ? "none" : a == 1 ? "PoC" : "Active", b, c,
		    yes ? "Act" : "wait");
	}
	for (int turn = 0; turn < 4; turn++) {
		struct buf *b = buf_new(*state, LIMIT_MIB(1));
		struct decision_history h;
		struct decision_fault f;

		buf_text(b, "id,attacks,number,kind,outcome\n");
		for (size_t i = 0; i < SAMPLE; i++)
			buf_text(b, line[i]);
		assert_ok(decision_history_read(*state, buf_view(b), &(struct decision_history_how){ .outcome = "outcome" }, &h, &f));
		assert_int_equal(h.model.facts, 3); /* the id is none */
		assert_ok(decision_learn(*state, &h.model, &h.rows, &(struct decision_learn){ 0 }));
		assert_true(h.model.leaves > 2 && h.model.leaves <= 24);
		if (turn == 0)
			first = arena_str(*state, written(*state, &h.model));
		else
			assert_true(str_equal(first, written(*state, &h.model)));
		for (size_t i = SAMPLE - 1; i > 0; i--) {
			size_t j = next(&seed) % (i + 1);
			char *swap = line[i];

			line[i] = line[j];
			line[j] = swap;
		}
	}
	/* And it can be read again. */
	struct decision_model m;

	read_ok(*state, arena_cstr(*state, first), &m);
	assert_true(str_equal(first, written(*state, &m)));
}

/* Real decisions ------------------------------------------------------- */

/* The rows with a CVSS v3 vector from ${from} to ${to} of all, with their head. */
static struct str
part_of_history(struct arena *a, struct str text, size_t from, size_t to)
{
	struct buf *b = buf_new(a, LIMIT_IMPORT);
	struct str line;
	size_t at = 0;

	assert_true(str_line(&text, &line));
	buf_str(b, line);
	buf_char(b, '\n');
	for (; str_line(&text, &line); at++)
		if (at >= from && at < to && str_find(line, STR("CVSS:3"), 0) != SIZE_MAX) {
			buf_str(b, line);
			buf_char(b, '\n');
		}
	return buf_view(b);
}

static void
learn_history(struct arena *a, struct str csv, const char *outcome, struct decision_history *h)
{
	static const char *const facts[] = { "cvss3", "cwe", "cna", "n_affected", "ref_exploit" };
	static const char *const expand[] = { "cvss3" };
	struct decision_fault f;
	const struct decision_history_how how = {
		.outcome = outcome, .facts = facts, .n_facts = COUNT(facts), .expand = expand, .n_expand = 1,
	};

	assert_ok(decision_history_read(a, csv, &how, h, &f));
}

struct tally {
	uint64_t count[4];
	size_t rows, sure, sure_right;
};

static void
judge(const struct decision_model *m, const struct decision_rows *rows, size_t from, size_t to, struct tally *t)
{
	for (size_t i = from; i < to; i++) {
		uint32_t node;
		double support, agree;

		decision_decide_rows(m, rows->code + i * rows->stride, rows->stride, 1, &node);
		bool right = m->node[node].outcome == rows->outcome[i];
		bool sure = decision_confidence(m, node, &support, &agree) >= DECISION_PROPOSE;

		t->count[rows->outcome[i] * 2 + m->node[node].outcome]++;
		t->rows++;
		t->sure += sure;
		t->sure_right += sure && right;
	}
}

static void
real_decisions(void **state, const char *outcome, double kappa)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	struct str text;
	struct decision_history train, whole;
	struct decision_model m;
	struct tally t = { .rows = 0 };

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	assert_ok(files_read(*state, arena_printf(*state, "%s/decisions/history.csv", folder), LIMIT_IMPORT, &text));
	const size_t two_thirds = 19210;

	learn_history(*state, part_of_history(*state, text, 0, two_thirds), outcome, &train);
	assert_ok(decision_learn(*state, &train.model, &train.rows, &(struct decision_learn){ 0 }));
	assert_true(train.model.leaves <= 24);

	/* The rest, read with the facts as they were learned. */
	struct str rest = part_of_history(*state, text, two_thirds, SIZE_MAX), field[CSV_FIELDS];
	struct csv csv = csv_of(rest);
	struct decision_run run;
	struct decision_fault fault;
	size_t n, column = 0;

	assert_ok(decision_run_open(*state, &train.model, rest, &run, &fault));
	assert_ok(csv_next(&csv, *state, field, &n));
	while (!str_is(field[column], outcome))
		column++;
	while (csv_next(&csv, *state, field, &n) == OK) {
		struct decision_answers given;
		struct decision_verdict v;
		int is = decision_value_find(&train.model.outcome, field[column]);

		decision_run_answers(&run, field, &given);
		decision_decide(&train.model, &given, &v);
		assert_true(is >= 0);
		t.count[is * 2 + v.outcome]++;
		t.rows++;
	}
	print_message("%s: kappa %.4f on %zu later decisions, %zu leaves\n", outcome, decision_kappa(t.count, 2), t.rows,
	    train.model.leaves);
	assert_true(decision_kappa(t.count, 2) >= kappa);

	/* Replayed: what is known on the day decides what comes next. */
	learn_history(*state, part_of_history(*state, text, 0, SIZE_MAX), outcome, &whole);
	t = (struct tally){ .rows = 0 };
	for (size_t at = 200, to; at < whole.rows.rows; at = to) {
		AUTO(arena) a = arena_new();
		struct decision_rows rows = whole.rows;

		to = at + (at < 1000 ? 200 : 2000);
		if (to > whole.rows.rows)
			to = whole.rows.rows;
		m = whole.model;
		rows.rows = at;
		assert_ok(decision_learn(a, &m, &rows, &(struct decision_learn){ 0 }));
		judge(&m, &whole.rows, at, to, &t);
	}
	print_message("%s: sure of %.1f %%, of them %.2f %% right\n", outcome, 100.0 * (double)t.sure / (double)t.rows,
	    100.0 * (double)t.sure_right / (double)t.sure);
	assert_true(t.sure * 2 > t.rows);
	assert_true((double)t.sure_right >= 0.97 * (double)t.sure);
}

static void
real_decisions_on_automatable(void **state)
{
	real_decisions(state, "automatable", 0.92);
}

static void
real_decisions_on_technical_impact(void **state)
{
	real_decisions(state, "technical_impact", 0.90);
}

static void
numbers_of_agreement(void **state)
{
	(void)state;
	assert_true(decision_wilson(0, 0) < 1e-9);
	/* 31 of 32: Wilson's 95 % interval begins at .8425 (Newcombe 1998, method 3). */
	assert_true(decision_wilson(31, 32) > 0.842 && decision_wilson(31, 32) < 0.843);
	assert_true(decision_wilson(100, 100) > 0.963 && decision_wilson(100, 100) < 0.9631);
	/* Cohen 1960's table: 20 5 / 10 15 gives .4. */
	assert_true(decision_kappa((const uint64_t[]){ 20, 5, 10, 15 }, 2) > 0.3999);
	assert_true(decision_kappa((const uint64_t[]){ 20, 5, 10, 15 }, 2) < 0.4001);
	assert_true(decision_kappa((const uint64_t[]){ 9, 0, 0, 0 }, 2) > 0.999);
}

static void
a_history_is_read_as_it_is(void **state)
{
	static const char csv[] =
	    "case,When,Number,Words,Vector,Done\n"
	    "1,2026-01-01,5,a,A:x/B:y,Yes\n2,,7,b,A:x/B:z,yes\n3,2026-01-02,5,A,A:w,NO\n4,,,,,\n";
	const char *const expand[] = { "vector" };
	struct decision_history h;
	struct decision_fault f;

	assert_ok(decision_history_read(*state, str_of(csv),
	    &(struct decision_history_how){ .outcome = "done", .expand = expand, .n_expand = 1 }, &h, &f));
	assert_int_equal(h.rows.rows, 3);
	assert_int_equal(h.skipped, 1);
	assert_int_equal(h.model.outcome.values, 2);
	assert_string_equal(h.model.outcome.value[0].name, "no");
	assert_int_equal(h.model.facts, 5);
	static const struct {
		const char *name;
		enum decision_take take;
		size_t values;
	} want[] = {
		{ "When", DECISION_TAKE_PRESENT, 2 }, { "Number", DECISION_TAKE_NUMBER, 3 },
		{ "Words", DECISION_TAKE_VALUE, 3 }, { "Vector A", DECISION_TAKE_PART, 3 }, { "Vector B", DECISION_TAKE_PART, 3 },
	};

	for (size_t i = 0; i < COUNT(want); i++) {
		assert_string_equal(h.model.fact[i].name, want[i].name);
		assert_int_equal(h.model.fact[i].take, want[i].take);
		assert_int_equal(h.model.fact[i].values, want[i].values);
	}
	assert_err(decision_history_read(*state, STR("a,b\n1,2\n3\n"), &(struct decision_history_how){ .outcome = "b" }, &h, &f),
	    ERR_INVALID);
	assert_int_equal(f.line, 3);
	assert_err(decision_history_read(*state, STR("a,b\n1,2\n"), &(struct decision_history_how){ .outcome = "c" }, &h, &f),
	    ERR_INVALID);
	assert_string_equal(f.where, "c");
}

/* Decisions that contradict each other, and a person who now and then decided lower. */
static void
what_is_learned_keeps_to_a_declared_order(void **state)
{
	struct decision_model m, whole;
	struct decision_report report;
	uint8_t code[2000][8] = { { 0 } }, outcome[2000];
	uint32_t seed = 7;

	for (int monotone = 0; monotone < 2; monotone++) {
		read_ok(*state, HEAD MAPPING "}", &m);
		for (size_t r = 0; r < COUNT(outcome); r++) {
			seed = seed * 1664525 + 1013904223;
			code[r][0] = (uint8_t)(seed >> 24) % 3;
			code[r][1] = (uint8_t)(seed >> 16) % 2;
			/* Where nothing attacks and it is open, most decided higher than anywhere else. */
			outcome[r] = (uint8_t)(code[r][0] == 0 && code[r][1] == 1 ? 2 : (seed >> 8) % 3 == 0 ? 2 : code[r][0] == 2 ? 1 : 0);
		}
		assert_ok(decision_learn(*state, &m, &(struct decision_rows){ .rows = COUNT(outcome), .stride = 8, .code = code[0],
		    .outcome = outcome }, &(struct decision_learn){ .monotone = monotone, .grow_only = true }));
		assert_ok(decision_table_of_tree(*state, &m, &whole));
		decision_table_report(*state, &whole, &report);
		assert_int_equal(report.not_monotone == 0, monotone);
		assert_true(m.leaves > 1);
	}
}

static void
grid_report(struct arena *a, const struct decision_model *m, struct decision_grid_report *ret)
{
	uint8_t *grid;
	size_t n;

	assert_ok(decision_grid_of(a, m, &grid, &n));
	decision_grid_check(a, m, grid, ret);
}

static void
a_draft_may_have_holes_and_says_where(void **state)
{
	static const char draft[] = HEAD ",\"mapping\":[" ROW("N", "S", "N") "," ROW("N", "O", "S") "],\"x_tobiguchi\":{\"monotone\":true}}";
	struct decision_grid_report r;
	struct decision_model m, again;
	struct decision_fault fault;
	struct buf *b = buf_new(*state, LIMIT_MIB(1));

	assert_err(decision_model_read(*state, str_of(draft), &m, &fault), ERR_INVALID);
	assert_ok(decision_draft_read(*state, str_of(draft), &m, &fault));
	assert_int_equal(m.rows, 2);
	grid_report(*state, &m, &r);
	assert_int_equal(r.combinations, 6);
	assert_int_equal(r.holes, 4);
	assert_int_equal(r.first_hole, 2);
	assert_int_equal(r.steps_down, 1);
	assert_int_equal(r.step[0].low, 0);
	assert_int_equal(r.step[0].high, 1);
	assert_int_equal(r.step[0].fact, 1);
	decision_model_write(b, &m);
	assert_ok(decision_draft_read(*state, buf_view(b), &again, &fault));
	assert_int_equal(again.rows, 2);
	/* Nothing at all is a table, too. */
	assert_ok(decision_draft_read(*state, STR(HEAD ",\"mapping\":[]}"), &m, &fault));
	assert_int_equal(m.rows, 0);
	assert_int_equal(m.leaves, 1);
	assert_err(decision_draft_read(*state, STR(HEAD ",\"mapping\":[" ROW("N", "S", "N") "," ROW("N", "S", "S") "]}"), &m, &fault), ERR_INVALID);
}

static void
a_table_follows_its_facts(void **state)
{
	struct decision_model m, to;
	struct decision_change_of_facts how;
	struct decision_grid_report r;
	struct decision_fact fact[3];

	read_ok(*state, table, &m);
	/* Without the exposure: only where both rows agreed is the outcome still sure. */
	to = m;
	to.facts = 1;
	decision_change_none(&m, &how);
	assert_ok(decision_reshape(*state, &m, &how, &to));
	assert_int_equal(to.rows, 1);
	assert_int_equal(to.row[0], 2); /* Active */
	assert_int_equal(to.row[1], 2); /* Now */
	/* A value between two others: its rows are open. */
	to = m;
	memcpy(fact, m.fact, 2 * sizeof(*fact));
	struct decision_value value[] = { m.fact[1].value[0], { .key = "M", .name = "Middle" }, m.fact[1].value[1] };

	fact[1].value = value;
	fact[1].values = 3;
	to.fact = fact;
	how.value[1][1] = -1;
	how.value[1][2] = 1;
	assert_ok(decision_reshape(*state, &m, &how, &to));
	grid_report(*state, &to, &r);
	assert_int_equal(r.combinations, 9);
	assert_int_equal(r.holes, 3);
	/* A new fact changes nothing yet; an outcome that is gone leaves holes. */
	to = m;
	memcpy(fact, m.fact, 2 * sizeof(*fact));
	fact[2] = m.fact[1];
	to.fact = fact;
	to.facts = 3;
	decision_change_none(&m, &how);
	how.outcome[2] = -1;
	assert_ok(decision_reshape(*state, &m, &how, &to));
	grid_report(*state, &to, &r);
	assert_int_equal(r.combinations, 12);
	assert_int_equal(r.holes, 4);
	assert_int_equal(r.first_hole, 8);
	assert_string_equal(decision_key_of(*state, &m.fact[0], "a new value"), "ANV");
	assert_string_equal(decision_key_of(*state, &m.fact[0], "poc"), "P2");
	assert_string_equal(decision_key_of(*state, &m.fact[0], "値"), "V");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(partial_answers_leave_outcomes_and_the_best_question),
		UNIT_TEST(what_breaks_a_table_is_told_with_its_pointer),
		UNIT_TEST(a_tree_with_a_cycle_is_refused),
		UNIT_TEST(deep_and_large_texts_are_refused),
		UNIT_TEST(every_table_of_ssvc),
		UNIT_TEST(the_same_decisions_in_any_order_give_the_same_tree),
		UNIT_TEST(numbers_of_agreement),
		UNIT_TEST(what_is_learned_keeps_to_a_declared_order),
		UNIT_TEST(a_draft_may_have_holes_and_says_where),
		UNIT_TEST(a_table_follows_its_facts),
		UNIT_TEST(a_history_is_read_as_it_is),
		UNIT_TEST(real_decisions_on_automatable),
		UNIT_TEST(real_decisions_on_technical_impact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
