/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - what other telescopes send as text: records without most of a packet.
 *
 *	dshield		JSON of DShield's sensors: objects with time, sip, dip, proto, sport, dport, flags;
 *			in a list, in {"logs": […]} or one a line
 *	shadowserver	CSV of Shadowserver's "Darknet Events" (event4_honeypot_darknet)
 *
 * Fields that they do not have are 0. Of ICMP, DShield's sport is the type and dport the code.
 */
#ifndef TELESCOPE_FEED_H
#define TELESCOPE_FEED_H

#include "base/err.h"
#include "base/str.h"
#include "telescope/record.h"

struct arena;

enum feed_format { FEED_DSHIELD, FEED_SHADOWSERVER, FEED_FORMATS };
const char *feed_name(enum feed_format f); /* "dshield" */
bool feed_find(struct str name, enum feed_format *ret);

struct feed {
	enum feed_format format;
	struct str rest;
	uint64_t events; /* entries seen */
	uint64_t bad;	 /* of which nothing could be made */
	uint64_t left;	 /* of the entry before: packets still to come */
	struct record last;
	uint64_t line;
	int column[9];
	bool begun;
};
/* ${text} outlives it. */
struct feed feed_of(enum feed_format format, struct str text);
/*
 * The next record; its payload is empty. ERR_NOT_FOUND: the end. ERR_INVALID: it is no such
 * file (at its beginning only: single bad entries are counted and passed over).
 */
MUST_USE enum err feed_next(struct feed *f, struct record *ret);

#endif
