/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worksheet.h - a talk with analysts, written down until it is a table.
 *
 * What analysts say they look at becomes facts with values and weights; cases they
 * remember become rows. From both comes a whole table: where no case speaks, the
 * weighted facts do, or the model that the worksheet began with.
 */
#ifndef DECISION_WORKSHEET_H
#define DECISION_WORKSHEET_H

#include "decision/model.h"

#define WORKSHEET_FACTS 12
#define WORKSHEET_VALUES 8
#define WORKSHEET_OUTCOMES 8
#define WORKSHEET_EXAMPLES 30
#define WORKSHEET_ROWS 20000 /* of the table */

/* Texts are never NULL. A slot without a name is empty; slots keep their places. */
struct worksheet_fact {
	const char *id; /* of the model it began with, or "" */
	const char *name, *name_ja, *question, *question_ja;
	const char *values; /* a line each, from least to most: "none | なし" */
	int weight;	    /* percent */
	bool nominal;	    /* the values have no order */
};
struct worksheet_outcome {
	const char *key; /* of the model it began with, or "" */
	const char *name, *name_ja;
	const char *actions; /* a line each: "24 Tell the vendor | ベンダに通知", hours first */
};
struct worksheet_example {
	const char *title;
	int value[WORKSHEET_FACTS]; /* -1: whatever */
	int outcome;		    /* -1: not said yet: the case is only kept */
};
struct worksheet {
	const char *title, *who, *day, *notes;
	const char *consider; /* what is considered, a line each */
	int64_t base;	      /* the model it began with, or 0 */
	bool monotone;	      /* a higher value is never less urgent */
	struct worksheet_fact fact[WORKSHEET_FACTS];
	struct worksheet_outcome outcome[WORKSHEET_OUTCOMES];
	struct worksheet_example example[WORKSHEET_EXAMPLES];
};

void worksheet_read(struct arena *a, const char *json, struct worksheet *ret);
const char *worksheet_write(struct arena *a, const struct worksheet *w);
/* The facts, outcomes and actions of ${m}. */
void worksheet_begin(struct arena *a, const struct decision_model *m, int64_t id, struct worksheet *ret);
/* Lines of "consider" that are no fact yet become facts (no, yes). */
void worksheet_take_lines(struct arena *a, struct worksheet *w);
/* The values of a slot, as a fact has them. */
size_t worksheet_values(struct arena *a, const struct worksheet_fact *f, const char *ret_name[WORKSHEET_VALUES],
    const char *ret_name_ja[WORKSHEET_VALUES]);

struct worksheet_fault {
	const char *field;   /* of the form */
	const char *message; /* English msgid; "{value}" stands for: */
	const char *value;
};
/*
 * The table. ${base} is the model it began with, or NULL. ERR_INVALID with ${*fault}:
 * something is missing, too much, or two cases contradict each other.
 */
MUST_USE enum err worksheet_model(struct arena *a, const struct worksheet *w, const struct decision_model *base,
    struct decision_model *ret, struct worksheet_fault *fault);

#endif
