/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h - past decisions as a CSV file, one a line: columns become facts.
 *
 * Columns are taken as they are. Texts are compared without regard to case; values
 * that are rare are put together; numbers become ranges; a column of dates tells only
 * whether there is one; a column that tells every row apart (a number, a name of the
 * case) is no fact.
 */
#ifndef DECISION_HISTORY_H
#define DECISION_HISTORY_H

#include "decision/learn.h"

struct decision_history_how {
	const char *outcome;	  /* the column decided */
	const char *const *facts; /* columns; NULL: all that can be */
	size_t n_facts;
	const char *const *expand; /* columns of "…/KEY:VALUE/…" whose keys become facts */
	size_t n_expand;
	const char *time;	  /* a column of dates, or NULL */
	double half_life;	  /* days after which a decision counts half; 0: never */
};

struct decision_history {
	struct decision_model model; /* facts and outcome; no tree yet */
	struct decision_rows rows;
	bool complete; /* each combination of values once: it is a table, not a sample */
	size_t skipped; /* rows without an outcome */
	const char *first, *last; /* of the time column, or NULL */
};

struct decision_fault {
	size_t line;	   /* of a text, from 1; 0: does not apply */
	size_t column;	   /* byte of the line, from 1 */
	const char *where; /* a JSON pointer, a column's name, or "" */
	const char *rule;  /* English */
	/* The same for other languages: a message with {place}, {value} and {n} in it, or NULL. */
	const char *message, *place, *value, *n;
};

/* ERR_INVALID or ERR_LIMIT with ${*fault}. The texts of ${ret} live in ${a} and ${text}. */
MUST_USE enum err decision_history_read(struct arena *a, struct str text, const struct decision_history_how *how,
    struct decision_history *ret, struct decision_fault *fault);

#endif
