/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sighting.h - what is worth a person's look, told from counts: pure rules.
 *
 * Distinct sources are counted, not packets: one busy scanner moves packets, only
 * many sources are a wave.  Two tests run over the hours of a series (a port, a
 * fingerprint, a country):
 *
 *   wave	the hour's sources, Anscombe-transformed, stand far above the median of
 *		the same series in the days before, measured by the median deviation
 *   slow	small excesses over the mean of those days pile up (CUSUM)
 *
 * What fires is a candidate; sighting_holds() then asks who it is: one source, or
 * one sensor, is no wave.  Hours without any packet at all are outages: they are
 * left out of the past.
 */
#ifndef TELESCOPE_SIGHTING_H
#define TELESCOPE_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sighting_rule {
	SIGHTING_WAVE,	/* alert: many sources at once */
	SIGHTING_SLOW,	/* digest: more sources, day by day */
	SIGHTING_HEAVY, /* one source that was not there before sends much */
	SIGHTING_FINGERPRINT, /* a kind of packet that was not there before */
	SIGHTING_VICTIM, /* somebody is attacked in our name: backscatter */
	SIGHTING_RULES,
};
extern const char *const sighting_rule_name[SIGHTING_RULES]; /* "wave" … */

struct sighting_limits {
	double z;	   /* wave: more than so many deviations */
	int64_t sources;   /* wave: at least */
	double drift, sum; /* slow: CUSUM's k and h, in deviations */
	int64_t slow_sources; /* slow: at least, in one hour */
	int64_t history;   /* hours that must be known before a wave is told */
	int64_t slow_history; /* the same of slow ones: days differ by their weekday */
	int64_t share;	   /* per cent of packets that one source may have */
	int64_t sensors;   /* that must see it, when there are as many */
	int64_t heavy;	   /* packets of a day from one new source */
	int64_t victim;	   /* the same of backscatter */
	int64_t quiet;	   /* hours after which the same is told anew */
};
extern const struct sighting_limits sighting_ready;

#define SIGHTING_HOURS 168 /* of the past that a test looks at: a week */
#define SIGHTING_LAG 24	   /* the newest ones are not the past yet, for slow */

/* One series, hour by hour. Zeroed before the first; small counts are kept exact. */
struct sighting_series {
	uint16_t past[SIGHTING_HOURS + SIGHTING_LAG]; /* a ring; over 65535 is 65535 */
	uint64_t sum_q, sum_qq; /* of the hours before the lag: sums for the mean, in 1/4096 */
	double pile;	   /* CUSUM */
	int64_t pile_from; /* the hour in which it began to grow */
	uint32_t first;	   /* hour it came into being, of sighting_clock.hours */
};

/* All series share one clock: hours in which the telescope saw anything. */
struct sighting_clock {
	uint32_t hours;	/* so far */
};

struct sighting_fired {
	bool wave, slow;
	double score;	/* z, or the pile */
	double usual;	/* sources in an hour before: the median, or the mean */
	double spread;	/* deviation, in transformed units */
	int64_t hours;	/* of the past that were known */
	int64_t since;	/* slow: when it began */
};

double sighting_anscombe(double n);
/*
 * The hour ${at} (any unit that grows, seconds since 1970 here) has ${sources}. Call
 * once for each hour that the clock counts, in order, also with 0; then clock.hours
 * grows by one.
 */
struct sighting_fired sighting_hour(struct sighting_series *s, const struct sighting_clock *c,
    const struct sighting_limits *l, int64_t at, int64_t sources);

/* Who is behind a candidate. */
struct sighting_who {
	int64_t packets, sources, sensors;
	int64_t top;	  /* packets of the busiest source */
	int64_t active;	  /* sensors that were active at all */
};
bool sighting_holds(const struct sighting_limits *l, const struct sighting_who *w);

#endif
