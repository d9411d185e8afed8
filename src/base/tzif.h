/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tzif.h - compiled time zone files, RFC 8536 (versions 1 to 4).
 *
 * Leap seconds are ignored: our times are POSIX times, and the system's
 * ordinary zone files hold none.
 */
#ifndef BASE_TZIF_H
#define BASE_TZIF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;

struct tzif_type {
	int32_t offset;		  /* seconds east of UTC */
	const char *abbreviation; /* "JST" */
};

/* A day of the year and a time on it, from the footer's TZ string. */
struct tzif_date {
	enum { TZIF_JULIAN, TZIF_DAY, TZIF_MONTH_WEEK } kind;
	int32_t day;  /* 1..365 without 29 February, 0..365, or weekday 0..6 */
	int32_t month, week; /* 1..12, 1..5 where 5 is the last */
	int32_t time; /* seconds after midnight, may be negative or over a day */
};

struct tzif {
	const int64_t *at;	 /* UTC seconds, rising */
	const uint8_t *type_at;	 /* index into type, one for each at */
	uint32_t n;
	const struct tzif_type *type;
	uint32_t types;		 /* 1.. */
	/* the footer: what holds after the last transition */
	bool has_rule, has_summer;
	struct tzif_type standard, summer;
	struct tzif_date summer_from, summer_to;
};

/* ${ret} points into ${a}, not into ${s}. ERR_INVALID for what RFC 8536
 * forbids; ERR_LIMIT over LIMIT_ZONE_FILE or LIMIT_ZONE_TRANSITIONS. */
MUST_USE enum err tzif_parse(struct arena *a, struct str s, struct tzif *ret);

/* What holds at ${seconds} since 1970 UTC. */
struct tzif_type tzif_at(const struct tzif *t, int64_t seconds);

#endif
