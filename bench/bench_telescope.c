/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_telescope.c - the questions of the telescope, asked inside one process.
 *
 *	bench_telescope STORE [WORDS]		only questions whose name has these words
 *
 * For each question the processor time of the fastest of several runs: with a store that was
 * just opened, and with one whose segments are open and whose tables are read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "telescope/query.h"
#include "telescope/store.h"

#define RUNS 7

static const struct question {
	const char *name, *where;
	enum query_key key;
	enum query_measure measure;
	unsigned top;
	bool rows;   /* counted one by one, though there are sums */
	double goal; /* milliseconds */
} questions[] = {
	{ "top ports", "", QUERY_PORT, QUERY_PACKETS, 10, false, 2 },
	{ "hours of a port, from sums", "tcp dport 23", QUERY_HOUR, QUERY_PACKETS, 0, false, 1 },
	{ "hours of a port, from rows", "tcp dport 23", QUERY_HOUR, QUERY_PACKETS, 0, true, 30 },
	{ "sources a day of a port", "tcp dport 23", QUERY_DAY, QUERY_SOURCES, 0, false, 15 },
	{ "sources a day of a port, from rows", "tcp dport 23", QUERY_DAY, QUERY_SOURCES, 0, true, 15 },
	{ "top /24", "", QUERY_NET, QUERY_PACKETS, 20, false, 110 },
	{ "one source, by day", "src %s", QUERY_DAY, QUERY_PACKETS, 0, false, 10 },
	{ "one source, by port", "src %s", QUERY_PORT, QUERY_PACKETS, 0, false, 10 },
	{ "countries", "", QUERY_COUNTRY, QUERY_PACKETS, 10, false, 0 },
	{ "sources of all days", "", QUERY_PROTO, QUERY_SOURCES, 0, false, 0 },
};

static double
cpu(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
stop(const char *what, enum err e)
{
	(void)fprintf(stderr, "%s: %s\n", what, err_name(e));
	exit(1);
}

static void
ask(struct arena *a, struct store *s, const struct question *x, const char *source, struct query_result *ret)
{
	struct query q = { .key = { x->key }, .keys = 1, .measure = x->measure, .top = x->top, .rows = x->rows };
	const char *fault;
	size_t at;
	enum err e;

	e = filter_parse(a, str_of(x->where[0] == 's' ? arena_printf(a, "src %s", source) : x->where), &q.where, &fault, &at);
	if (e == OK)
		e = query_run(a, s, &q, ret);
	if (e != OK)
		stop(x->name, e);
}

int
main(int argc, char **argv)
{
	const struct question most = { "the busiest source", "", QUERY_SOURCE, QUERY_PACKETS, 3000, false, 0 };
	AUTO(arena) keep = arena_new();
	AUTO(store) warm = NULL;
	struct query_result x;
	const char *source;
	enum err e;

	if (argc < 2 || argc > 3)
		return 64;
	e = store_open(argv[1], false, &warm);
	if (e != OK)
		stop(argv[1], e);
	ask(keep, warm, &most, NULL, &x);
	source = x.row[x.n / 2].text[0]; /* a busy one, not the busiest */
	for (size_t i = 0; i < COUNT(questions); i++) {
		double cold = 1e9, again = 1e9;

		if (argc > 2 && str_find(str_of(questions[i].name), str_of(argv[2]), 0) == SIZE_MAX)
			continue;

		for (unsigned r = 0; r < RUNS; r++) {
			AUTO(arena) a = arena_new();
			AUTO(store) s = NULL;
			double began = cpu();

			e = store_open(argv[1], false, &s);
			if (e != OK)
				stop(argv[1], e);
			ask(a, s, &questions[i], source, &x);
			cold = cpu() - began < cold ? cpu() - began : cold;
			began = cpu();
			ask(a, warm, &questions[i], source, &x);
			again = cpu() - began < again ? cpu() - began : again;
		}
		(void)printf("%-36s %9.3f ms  %9.3f ms when open", questions[i].name, cold, again);
		if (questions[i].goal > 0)
			(void)printf("  (goal %g ms%s)", questions[i].goal, cold <= questions[i].goal ? "" : ": missed");
		(void)printf("  %" PRIu64 " rows read\n", x.rows_read);
	}
	return 0;
}
