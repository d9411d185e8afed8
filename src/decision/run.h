/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - a model over the rows of a CSV file. */
#ifndef DECISION_RUN_H
#define DECISION_RUN_H

#include "base/buf.h"
#include "decision/history.h"

/* How a verdict's outcome is written: as the file writes its own values. */
enum decision_spelling {
	DECISION_SPELL_NAME,
	DECISION_SPELL_LOWER, /* as SSVC's CSV */
	DECISION_SPELL_KEY,   /* the columns are called by ids, as SSVC's mapping */
};

struct decision_run {
	const struct decision_model *model;
	enum decision_spelling spelling;
	size_t columns;
	size_t rows;
	size_t unknown; /* cells that name no value of their fact */
	struct decision_cells *cells; /* private */
};

/* The first line; ERR_INVALID with ${*fault}: no column is a fact of ${m}. */
MUST_USE enum err decision_run_head(struct arena *a, const struct decision_model *m, const struct str *field, size_t n,
    struct decision_run *ret, struct decision_fault *fault);
/* What one row's cells answer. */
void decision_run_answers(struct decision_run *r, const struct str *field, struct decision_answers *ret);
/* "outcome", as ${r} spells it. */
void decision_run_outcome(struct buf *out, const struct decision_run *r, uint8_t outcome);
/* The whole of ${text}, row by row, to ${write}: its columns and then outcome,
 * confidence, support, leaf; with ${more} also possible (outcomes) and ask (a fact). */
MUST_USE enum err decision_run_csv(struct decision_run *r, struct str text, bool more,
    enum err (*write)(void *to, struct str piece), void *to, struct decision_fault *fault);
MUST_USE enum err decision_run_open(struct arena *a, const struct decision_model *m, struct str text,
    struct decision_run *ret, struct decision_fault *fault);

#endif
