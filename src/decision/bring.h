/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bring.h - past decisions from a CSV file whose columns a person has mapped.
 *
 * All or nothing: every row that cannot be read is told by its line, and nothing is
 * taken in until there is none.
 */
#ifndef DECISION_BRING_H
#define DECISION_BRING_H

#include "base/str.h"
#include "decision/model.h"

struct value;

#define DECISION_BRING_ROWS 200000 /* of one file */
#define DECISION_BRING_FAULTS 200  /* that are told one by one */

/* Names of columns; NULL: the file has none. */
struct decision_mapping {
	const char *outcome; /* needed */
	const char *at, *who, *title, *reason;
	const char *fact[LIMIT_DECISION_FACTS];
	const char *zone; /* IANA, of times without one; NULL: Asia/Tokyo */
	bool unknown;	  /* a fact's cell that names no value counts as not known */
};

struct decision_brought {
	size_t line;
	int64_t at; /* UTC milliseconds */
	uint8_t outcome;
	const char *who, *title, *reason; /* "" when the file has none */
	const char *facts;		  /* JSON, as a decision keeps them */
};

struct decision_bring_fault {
	size_t line;
	const char *column;  /* its name, or "" */
	const char *message; /* English msgid; "{value}" stands for: */
	const char *value;
};

struct decision_bring {
	struct decision_brought *row;
	size_t n;
	struct decision_bring_fault fault[DECISION_BRING_FAULTS];
	size_t faults; /* all of them; those beyond the list are only counted */
	size_t unknown; /* cells that counted as not known */
};

/* The names of the columns (first line) and the rows behind it, at most ${max}; ERR_INVALID,
 * ERR_LIMIT: the file is no such table, ${*fault} says why. */
MUST_USE enum err decision_bring_look(struct arena *a, struct str text, const char ***ret_name, size_t *ret_columns,
    const char ****ret_rows, size_t max, size_t *ret_n, struct decision_bring_fault *fault);
/* What the columns' names tell by themselves, in both languages. */
void decision_bring_guess(const struct decision_model *m, const char *const *name, size_t columns,
    struct decision_mapping *ret);
/*
 * All of ${text}. Without a column of times everything is of ${now}; none may lie behind it. What is wrong is in ${ret}; only what makes the
 * file unreadable from there on ends it early.
 */
MUST_USE enum err decision_bring_read(struct arena *a, const struct decision_model *m, const struct decision_mapping *map,
    int64_t now, struct str text, struct decision_bring *ret);

/* As it is kept: docs/schema/decision.md. */
const char *decision_mapping_write(struct arena *a, const struct decision_model *m, const struct decision_mapping *map);
void decision_mapping_read(struct arena *a, const struct decision_model *m, const char *json, struct decision_mapping *ret);

#endif
