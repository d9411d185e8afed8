/* SPDX-License-Identifier: Apache-2.0 */
/*
 * course.h - the course of a coordination: who did what when, drawn as lanes.
 *
 * Report, triage, request, answer, stop, confirmation: the six steps, repeated
 * for as many parties and sites as the incident has.
 */
#ifndef TAKEDOWN_COURSE_H
#define TAKEDOWN_COURSE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"

struct arena;

enum course_kind {
	COURSE_REPORT,	 /* the first report arrived */
	COURSE_OPEN,	 /* we took it up */
	COURSE_REQUEST,	 /* a first letter to a party left */
	COURSE_REMINDER, /* another one */
	COURSE_ANSWER,	 /* the party answered */
	COURSE_BOUNCE,	 /* a letter came back */
	COURSE_STOP,	 /* a site was gone */
	COURSE_REOPEN,	 /* it was there again */
	COURSE_CLOSE,	 /* the incident was closed */
};
/* English msgid of a step; a request's is the one of its letter's kind. */
const char *course_label(enum course_kind k, const char *letter);

struct course_event {
	int64_t at;
	enum course_kind kind;
	int64_t party;	    /* of letters and answers; of a stop the party that was asked
			     * for it, 0 = nobody */
	const char *name;   /* the party's or the reporter's; NULL unknown */
	const char *letter; /* kind of notification, of requests and reminders */
	const char *site;   /* the host, of stops */
	/* worked out by course_order() */
	int from;	    /* index of the step that led to it; -1 none */
	bool open;	    /* a request that nobody has answered */
};

/*
 * Sort ${e} by time (what is at the same time in the order of course_kind) and
 * say for each what led to it: a first request follows from taking it up, a
 * reminder and an answer from the last letter to that party, a stop from that
 * party's answer, else from the last letter to it, a close from the last event.
 */
void course_order(struct course_event *e, size_t n);

/* Milliseconds from the first report to the last stop; -1 when nothing was
 * reported or nothing has stopped yet. */
int64_t course_time_to_stop(const struct course_event *e, size_t n);

#endif
