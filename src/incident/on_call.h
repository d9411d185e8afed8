/* SPDX-License-Identifier: Apache-2.0 */
/*
 * on_call.h - who answers when: turns one after the other, and covers above them.
 * Pure.
 */
#ifndef INCIDENT_ON_CALL_H
#define INCIDENT_ON_CALL_H

#include "base/holiday.h"
#include "base/zone.h"

#define ON_CALL_TURNS 60 /* planned at once */
#define ON_CALL_DAYS 31	 /* one turn, at most */

struct on_call {
	int64_t id, person_id;
	int64_t from, until; /* until is the next one's */
	bool cover;
	const char *name;  /* of the person */
	const char *reach; /* NULL = not said */
	int64_t changed_by, changed_at;
};
/* The place of the one who is on call at ${at}; SIZE_MAX: nobody. Of several
 * covers the newest counts. */
size_t on_call_at(const struct on_call *t, size_t n, int64_t at);
/* A turn that is no cover and meets ${from}..${until}; SIZE_MAX: there is none. */
size_t on_call_meets(const struct on_call *t, size_t n, int64_t from, int64_t until);

struct on_call_wish {
	const int64_t *person; /* in their order, begun again at the end */
	size_t people;
	int64_t first;	       /* day number of the first hand-over */
	int32_t minute;	       /* of the day, in the zone */
	int32_t days;	       /* of one turn, 1 .. ON_CALL_DAYS */
	size_t turns;	       /* 1 .. ON_CALL_TURNS */
	bool business;	       /* a hand-over on a closed day waits for the next open one */
};
/* ${w->turns} turns without gaps into ${ret}. */
void on_call_plan(const struct on_call_wish *w, const struct zone *zone, const struct business_calendar *c,
    struct on_call *ret);

#endif
