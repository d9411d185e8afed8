/* SPDX-License-Identifier: Apache-2.0 */
/* sighting_cli.c - "telescope notice": the rules over the past, with thresholds to try. */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "telescope/sighting_run.h"
#include "telescope/store.h"
#include "telescope/telescope_cli.h"

#define HOUR INT64_C(3600000000)

static bool
limits_read(struct cli *c, struct sighting_limits *l)
{
	int64_t z, sum;

	if (!cli_option_int(c, "--z", 1, 100, (int64_t)l->z, &z) || !cli_option_int(c, "--sum", 1, 1000, (int64_t)l->sum, &sum) ||
	    !cli_option_int(c, "--sources", 1, 1000000, l->sources, &l->sources) ||
	    !cli_option_int(c, "--share", 1, 100, l->share, &l->share) ||
	    !cli_option_int(c, "--sensors", 1, 1000, l->sensors, &l->sensors) ||
	    !cli_option_int(c, "--heavy", 1, 1000000000, l->heavy, &l->heavy) ||
	    !cli_option_int(c, "--victim", 1, 1000000000, l->victim, &l->victim))
		return false;
	l->z = (double)z;
	l->sum = (double)sum;
	return true;
}

static struct value *
sighting_value(struct arena *a, const struct sighting *s)
{
	struct value *o = value_object(a);

	value_set_text(a, o, "rule", sighting_rule_name[s->rule]);
	value_set_text(a, o, "series", s->series);
	value_set_text(a, o, "where", s->where);
	value_set_int(a, o, "from", s->from / 1000000);
	value_set_int(a, o, "to", s->to / 1000000);
	value_set_int(a, o, "told", s->told / 1000000);
	value_set_int(a, o, "sources_then", s->sources);
	value_set_real(a, o, "score", s->numbers.score);
	value_set_real(a, o, "usual", s->numbers.usual);
	value_set_int(a, o, "packets", s->who.packets);
	value_set_int(a, o, "sources", s->who.sources);
	value_set_int(a, o, "sensors", s->who.sensors);
	value_set_int(a, o, "top", s->who.top);
	value_set_text(a, o, "port", s->port);
	return o;
}

static void
print(const struct sighting *s)
{
	struct civil t = clock_civil(s->from / 1000, 0);

	(void)printf("%04d-%02d-%02d %02d:%02d  %-11s  %-18s  %6" PRId64 " sources  %8" PRId64 " packets", t.year, t.month, t.day,
	    t.hour, t.minute, sighting_rule_name[s->rule], s->series, s->rule <= SIGHTING_SLOW ? s->sources : s->who.sources,
	    s->who.packets);
	if (s->rule <= SIGHTING_SLOW)
		(void)printf("  score %.1f, usually %.1f sources", s->numbers.score, s->numbers.usual);
	if (s->port != NULL)
		(void)printf("  %s", s->port);
	(void)printf("\n");
}

static int
run(struct cli *c)
{
	struct sighting_limits l = sighting_ready;
	struct sighting *found;
	AUTO(store) s = NULL;
	int64_t from, to;
	size_t n, entries;

	if (!limits_read(c, &l) || !telescope_time(c, "--from", &from) || !telescope_time(c, "--to", &to))
		return EX_USAGE;
	int rc = telescope_open(c, false, &s);

	if (rc != EX_OK)
		return rc;
	const struct store_entry *entry = store_list(s, &entries);

	if (entries == 0)
		return EX_OK;
	if (from == 0)
		from = entry[0].from;
	if (to == 0)
		to = entry[entries - 1].to + 1;
	enum err e = sighting_run(c->a, s, &l, SIGHTING_ALL, from - from % HOUR, to, NULL, &found, &n);

	if (e != OK)
		return cli_fail(cli_exit(e), "the records cannot be asked (%s); see `tobiguchi telescope verify`", err_name(e));
	struct value *list = value_list(c->a);

	for (size_t i = 0; i < n; i++) {
		if (c->json)
			value_add(c->a, list, sighting_value(c->a, &found[i]));
		else
			print(&found[i]);
	}
	if (c->json)
		cli_print(c, list);
	return EX_OK;
}

static const struct cli_option options[] = {
	{ "--store", "DIR", "the folder of the records (otherwise DATA/telescope/store)" },
	{ "--from", "T", "what was seen from this time on (UTC)" },
	{ "--to", "T", "and before this time" },
	{ "--z", "N", "a wave is more than N deviations above the usual (6)" },
	{ "--sources", "N", "and has at least N sources in an hour (5)" },
	{ "--sum", "N", "a slow start is a sum of N deviations (12)" },
	{ "--share", "N", "of which one source has at most N per cent (50)" },
	{ "--sensors", "N", "and that N sensors see, when there are as many (3)" },
	{ "--heavy", "N", "packets that a new source sends in a day (2000)" },
	{ "--victim", "N", "packets that a new victim answers in a day (1000)" },
	{ NULL, NULL, NULL },
};

const struct cli_command sighting_commands[] = {
	{ "telescope notice", "", "what the rules would have noticed, to try thresholds on the past", options, run },
	{ NULL, NULL, NULL, NULL, NULL },
};
