/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_decision.c - learning and deciding, without a database.
 *
 *	bench_decision make FILE ROWS SEED     a generated table
 *	bench_decision fit TRAIN TEST          leaf >= 50, one value against the rest
 *	bench_decision history FILE            a real history, as `decision learn` does
 *	bench_decision assess MODEL RECORDS    vectors scored, facts decided, tasks ranked
 *
 * Prints JSON. Times are processor time of this process.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/arena.h"
#include "decision/format.h"
#include "decision/history.h"
#include "decision/priority.h"
#include "decision/run.h"
#include "sys/files.h"
#include "vulnerability/cvss.h"

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double
peak_mib(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (double)r.ru_maxrss / 1024;
}

static uint32_t
next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static int
die(const char *what)
{
	(void)fprintf(stderr, "bench_decision: %s\n", what);
	return 1;
}

/* Twelve facts; the outcome is a rule over seven of them, and 8 % are otherwise. */
static const unsigned arity[] = { 3, 2, 2, 3, 4, 2, 3, 5, 2, 3, 4, 2 };

static int
make(const char *path, size_t rows, uint64_t seed)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return die(path);
	for (size_t i = 0; i < COUNT(arity); i++)
		(void)fprintf(f, "f%zu,", i);
	(void)fprintf(f, "y\n");
	for (size_t r = 0; r < rows; r++) {
		unsigned v[COUNT(arity)], y, score;

		for (size_t i = 0; i < COUNT(arity); i++) {
			v[i] = next(&seed) % arity[i];
			(void)fprintf(f, "v%u,", v[i]);
		}
		score = v[0] * 2 + v[1] * v[3] + (v[4] == 2 ? 3 : 0) + (v[7] > 2 ? v[2] * 2 : v[5]) + (v[9] == v[6] ? 2 : 0) +
		    (v[10] == 1 ? v[11] : 0);
		y = score < 3 ? 0 : score < 5 ? 1 : score < 8 ? 2 : 3;
		if (next(&seed) % 100 < 8)
			y = next(&seed) % 4;
		(void)fprintf(f, "o%u\n", y);
	}
	return fclose(f) == 0 ? 0 : die(path);
}

static bool
load(struct arena *a, const char *path, const struct decision_history_how *how, struct decision_history *ret)
{
	struct str text;
	struct decision_fault fault;

	if (files_read(a, path, LIMIT_IMPORT, &text) != OK)
		return false;
	return decision_history_read(a, text, how, ret, &fault) == OK;
}

static int
fit(const char *train_path, const char *test_path)
{
	AUTO(arena) a = arena_new();
	AUTO(arena) b = arena_new();
	struct decision_history train, test;
	const struct decision_history_how how = { .outcome = "y" };
	const struct decision_learn as = { .min_leaf = 50, .max_leaves = UINT_MAX, .grow_only = true, .one_value = true };
	double start = now(), read, best = 1e9, predict = 1e9;

	if (!load(a, train_path, &how, &train))
		return die(train_path);
	read = now() - start;
	for (int turn = 0; turn < 5; turn++) {
		start = now();
		if (decision_learn(a, &train.model, &train.rows, &as) != OK)
			return die("learn");
		if (now() - start < best)
			best = now() - start;
	}
	double peak = peak_mib();

	if (!load(b, test_path, &how, &test))
		return die(test_path);
	uint32_t *node = arena_many(b, uint32_t, test.rows.rows);
	size_t right = 0;

	memset(node, 1, test.rows.rows * sizeof(*node)); /* the pages are there */
	for (int turn = 0; turn < 5; turn++) {
		start = now();
		decision_decide_rows(&train.model, test.rows.code, test.rows.stride, test.rows.rows, node);
		if (now() - start < predict)
			predict = now() - start;
	}
	for (size_t i = 0; i < test.rows.rows; i++)
		right += train.model.node[node[i]].outcome == test.rows.outcome[i];
	(void)printf("{\"rows\":%zu,\"read_s\":%.4f,\"fit_s\":%.4f,\"peak_mib\":%.1f,\"leaves\":%zu,\"predict_rows_s\":%.0f,\"accuracy\":%.5f}\n",
	    train.rows.rows, read, best, peak, train.model.leaves, (double)test.rows.rows / predict,
	    (double)right / (double)test.rows.rows);
	return 0;
}

#define HISTORY_ROWS 21000 /* the first so many */

static int
history(const char *path)
{
	AUTO(arena) a = arena_new();
	static const char *const facts[] = { "cvss3", "cwe", "cna", "n_affected", "ref_exploit" };
	static const char *const expand[] = { "cvss3" };
	const struct decision_history_how how = {
		.outcome = "automatable", .facts = facts, .n_facts = COUNT(facts), .expand = expand, .n_expand = 1,
	};
	struct decision_history h;
	double start = now(), read, best = 1e9;

	if (!load(a, path, &how, &h))
		return die(path);
	read = now() - start;
	if (h.rows.rows > HISTORY_ROWS)
		h.rows.rows = HISTORY_ROWS;
	for (int turn = 0; turn < 10; turn++) {
		start = now();
		if (decision_learn(a, &h.model, &h.rows, &(struct decision_learn){ 0 }) != OK)
			return die("learn");
		if (now() - start < best)
			best = now() - start;
	}
	(void)printf("{\"rows\":%zu,\"facts\":%zu,\"read_s\":%.4f,\"relearn_s\":%.4f,\"leaves\":%zu}\n", h.rows.rows,
	    h.model.facts, read, best, h.model.leaves);
	return 0;
}

/* What a feed knows of one vulnerability, as text. */
struct record {
	char vector[64];
	bool exploited;
	uint16_t likely;
	uint8_t exposure;
	int64_t since;
};

static int
assess(const char *model_path, size_t n)
{
	AUTO(arena) a = arena_new();
	struct str text;
	struct decision_model m;
	struct decision_fault fault;
	uint64_t seed = 3;

	if (files_read(a, model_path, LIMIT_DECISION_MODEL, &text) != OK ||
	    decision_model_read(a, text, &m, &fault) != OK)
		return die(model_path);
	struct record *record = arena_many(a, struct record, n);
	struct decision_task *task = arena_many(a, struct decision_task, n);

	for (size_t i = 0; i < n; i++) {
		static const char *const pick[] = { "NALP", "LH", "NLH", "NR", "UC", "NLH", "NLH", "NLH" };
		static const unsigned among[] = { 4, 2, 3, 2, 2, 3, 3, 3 };
		char c[8];

		for (size_t k = 0; k < 8; k++)
			c[k] = pick[k][next(&seed) % among[k]];
		(void)snprintf(record[i].vector, sizeof(record[i].vector), "CVSS:3.1/AV:%c/AC:%c/PR:%c/UI:%c/S:%c/C:%c/I:%c/A:%c", c[0],
		    c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
		record[i].exploited = next(&seed) % 50 == 0;
		record[i].likely = (uint16_t)(next(&seed) % 10000);
		record[i].exposure = (uint8_t)(next(&seed) % 3);
		record[i].since = (int64_t)(next(&seed) % 1000000);
	}
	/* The facts of the deployer's table, wherever they stand in it. */
	int exploitation = decision_fact_find(&m, STR("E")), exposure = decision_fact_find(&m, STR("EXP")),
	    automatable = decision_fact_find(&m, STR("A")), impact = decision_fact_find(&m, STR("HI"));

	if (exploitation < 0 || exposure < 0 || automatable < 0 || impact < 0)
		return die("not the deployer's table");
	double start = now();
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct record *r = &record[i];
		struct cvss c;
		struct cvss_score score;
		struct decision_answers given;
		struct decision_verdict v;

		decision_answers_init(&m, &given);
		if (cvss_parse(str_of(r->vector), &c, NULL) != OK)
			return die(r->vector);
		cvss_score(&c, &score);
		/* Not on the list of exploited ones: not "active", but which of the rest is open. */
		given.possible[exploitation] = r->exploited ? 4 : r->likely > 5000 ? 2 : 3;
		given.possible[exposure] = UINT64_C(1) << r->exposure;
		given.possible[automatable] = c.value[0] == 0 && c.value[2] == 0 && c.value[3] == 0 ? 2 : 1;
		given.possible[impact] = score.base >= 90 ? 12 : score.base >= 70 ? 6 : score.base >= 40 ? 3 : 1;
		decision_decide(&m, &given, &v);
		task[i] = (struct decision_task){
			.id = (int64_t)i, .outcome = v.outcome, .exposure = r->exposure, .likely = r->likely, .since = r->since,
			.due = v.outcome == 0 ? DECISION_NO_DUE : r->since + INT64_C(86400000) * (100 >> v.outcome),
		};
		sum += v.outcome;
	}
	double decided = now() - start;

	decision_task_rank(task, n, 500000);
	(void)printf("{\"records\":%zu,\"decided_s\":%.4f,\"total_s\":%.4f,\"first\":%lld,\"sum\":%llu}\n", n, decided,
	    now() - start, (long long)task[0].id, (unsigned long long)sum);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "make") == 0)
		return make(argv[2], (size_t)atol(argv[3]), (uint64_t)atol(argv[4]));
	if (argc == 4 && strcmp(argv[1], "fit") == 0)
		return fit(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "history") == 0)
		return history(argv[2]);
	if (argc == 4 && strcmp(argv[1], "assess") == 0)
		return assess(argv[2], (size_t)atol(argv[3]));
	return die("make FILE ROWS SEED | fit TRAIN TEST | history FILE | assess MODEL RECORDS");
}
