/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sighting_run.h - the rules of sighting.h over a store.
 *
 * Nothing is kept between runs: each reads the weeks before its time anew, from
 * sums.  So what a threshold would have told of the past is told by the same code,
 * and a second run over the same hours tells the same.
 */
#ifndef TELESCOPE_SIGHTING_RUN_H
#define TELESCOPE_SIGHTING_RUN_H

#include "base/err.h"
#include "telescope/sighting.h"

struct arena;
struct query;
struct store;

struct sighting {
	enum sighting_rule rule;
	const char *series; /* "9530/tcp", "mirai", "JP", "192.0.2.1" */
	const char *where;  /* as a filter: "tcp dport 9530" */
	int64_t from, to;   /* microseconds, whole hours: what fired; to moves while it goes on */
	int64_t told;	    /* microseconds: when it could be known */
	int64_t sources;    /* of the hour that fired, or the day's */
	struct sighting_fired numbers; /* of waves and slow ones */
	struct sighting_who who;
	const char *port;   /* heavy, victim: what it knocks at most; else NULL */
};

/* From ${from} to ${to}, microseconds, ${from} a whole hour; the hour that ${to} is in
 * counts as far as it goes. In the order in which they could be known. ${bounds}: its
 * until, progress and object are each question's; NULL: none. Which segments were left out is not said: see query_run(). */
#define SIGHTING_ALL ((1u << SIGHTING_RULES) - 1) /* of a bit for each rule */
MUST_USE enum err sighting_run(struct arena *a, struct store *s, const struct sighting_limits *l, unsigned rules, int64_t from,
    int64_t to, const struct query *bounds, struct sighting **ret, size_t *ret_n);

#endif
