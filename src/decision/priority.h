/* SPDX-License-Identifier: Apache-2.0 */
/*
 * priority.h - which task comes first, and why.
 *
 * Lexicographic, so that one sentence always tells why one stands above another: what
 * a person pinned, then the outcome, the days left, the exposure, the likelihood of
 * attacks (EPSS), the age. No sum of weights ever decides.
 */
#ifndef DECISION_PRIORITY_H
#define DECISION_PRIORITY_H

#include <stddef.h>
#include <stdint.h>

#define DECISION_NO_DUE INT64_MAX

struct decision_task {
	int64_t id;
	int64_t pin;	  /* place a person gave it, from 1; 0: none */
	int64_t due;	  /* UTC milliseconds, or DECISION_NO_DUE */
	int64_t since;	  /* when it was decided */
	uint8_t outcome;  /* the higher the more urgent */
	uint8_t exposure; /* 0 to 255: how much of what is ours is open to it */
	uint16_t likely;  /* EPSS probability in ten-thousandths */
};

enum decision_reason {
	DECISION_SAME,	     /* only by number */
	DECISION_BY_PIN,
	DECISION_BY_OUTCOME,
	DECISION_BY_TIME,    /* fewer days are left */
	DECISION_BY_EXPOSURE,
	DECISION_BY_LIKELIHOOD,
	DECISION_BY_AGE,
};

/* Below 0 when ${a} comes before ${b}; ${ret_why} (may be NULL) is what decides. */
int decision_task_compare(const struct decision_task *a, const struct decision_task *b, int64_t now,
    enum decision_reason *ret_why);
/* The first comes first. */
void decision_task_rank(struct decision_task *t, size_t n, int64_t now);
/* An English msgid: why the upper one of two stands above the lower. */
const char *decision_reason_text(enum decision_reason r);

#endif
