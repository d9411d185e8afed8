/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - models as text.
 *
 * - SSVC DecisionTable 2.0.0 (JSON): tables, in and out. What we know more (Japanese
 *   names, questions, actions) stands in members that begin with "x_".
 * - SSVC's CSV of a table: a row number, the facts, the outcome; in and out.
 * - "tobiguchi-decision-model" (docs/schema/decision.md): trees, in and out.
 */
#ifndef DECISION_FORMAT_H
#define DECISION_FORMAT_H

#include "base/buf.h"
#include "decision/history.h"
#include "decision/model.h"

/*
 * Any of them, told apart by the first bytes; the tree is compiled. ERR_INVALID or
 * ERR_LIMIT (too large, too deep, too many) with ${*fault}. Texts live in ${a}.
 */
MUST_USE enum err decision_model_read(struct arena *a, struct str text, struct decision_model *ret,
    struct decision_fault *fault);

/* The same of a table that is being written: rows may be missing (then the tree is that
 * of those that are there), and it may go down where it says that it does not. */
MUST_USE enum err decision_draft_read(struct arena *a, struct str text, struct decision_model *ret,
    struct decision_fault *fault);

/* JSON: a table as SSVC's, a tree as ours; indented by two, ended by a line feed. */
void decision_model_write(struct buf *out, const struct decision_model *m);
/* The same as a text in ${a}. ERR_LIMIT: larger than decision_model_read() takes. */
MUST_USE enum err decision_model_text(struct arena *a, const struct decision_model *m, struct str *ret);
/* ERR_INVALID: a tree has no rows to write. */
MUST_USE enum err decision_table_write_csv(struct buf *out, const struct decision_model *m);

/* The table of a tree, over the facts that it asks. ERR_LIMIT: too many rows. */
MUST_USE enum err decision_table_of_tree(struct arena *a, const struct decision_model *m, struct decision_model *ret);

/* What `check` finds in a model that can be read: nothing of it stops its use. */
struct decision_report {
	size_t combinations;   /* of values */
	size_t not_monotone;   /* pairs, one step apart in one fact, whose outcome goes down */
	const char *example;   /* one of them, in English; or NULL */
	uint64_t unused_facts; /* facts that no split asks */
	uint64_t unused_outcomes;
};
void decision_table_report(struct arena *a, const struct decision_model *m, struct decision_report *ret);

#endif
