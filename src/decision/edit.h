/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit.h - a decision table while it is written.
 *
 * Its rows are a *grid*: one outcome for each combination of values, in the order in
 * which the last fact turns first, or none yet (a hole). So no two rows can
 * contradict each other; what may be wrong are holes, and steps down in a table that
 * is declared monotone.
 */
#ifndef DECISION_EDIT_H
#define DECISION_EDIT_H

#include "decision/model.h"

#define DECISION_HOLE 0xff

/* The number of combinations of ${m}'s values; 0: more than a table may have. */
size_t decision_combinations(const struct decision_model *m);
/* The value of fact ${f} in combination ${at}. */
uint8_t decision_combination_value(const struct decision_model *m, size_t at, size_t f);
/* The rows of ${m} as a grid; ERR_LIMIT: too many combinations. */
MUST_USE enum err decision_grid_of(struct arena *a, const struct decision_model *m, uint8_t **ret, size_t *ret_n);
/* The other way: rows of ${m} are those of ${grid} that have an outcome. */
void decision_grid_to(struct arena *a, struct decision_model *m, const uint8_t *grid);

/* Two rows, one step apart in one fact: the lower value gives the higher outcome. */
struct decision_step_down {
	size_t low, high; /* combinations: of the lower and of the higher value */
	size_t fact;
};
struct decision_grid_report {
	size_t combinations, holes, first_hole;
	size_t steps_down; /* all of them, whether monotone is declared or not */
	struct decision_step_down *step; /* the first so many */
	size_t steps;
};
#define DECISION_STEPS_TOLD 20
void decision_grid_check(struct arena *a, const struct decision_model *m, const uint8_t *grid,
    struct decision_grid_report *ret);

/*
 * Where a table's facts and values come from when they are changed: fact f of the new
 * one was fact[f] of the old (-1: it is new), its value v was value[f][v] (-1: new), and
 * outcome[o] of the old outcomes is now that one (-1: it is gone).
 */
struct decision_change_of_facts {
	int fact[LIMIT_DECISION_FACTS];
	int value[LIMIT_DECISION_FACTS][LIMIT_DECISION_VALUES];
	int outcome[LIMIT_DECISION_OUTCOMES];
};
/* Nothing changes: to be altered where something does. */
void decision_change_none(const struct decision_model *m, struct decision_change_of_facts *ret);
/*
 * Rows of ${to}, whose facts and outcome stand: each takes the outcome that all rows of
 * ${from} which it may have come from agree on; else it is a hole. ERR_LIMIT: ${to}
 * would have too many rows.
 */
MUST_USE enum err decision_reshape(struct arena *a, const struct decision_model *from,
    const struct decision_change_of_facts *how, struct decision_model *to);

/*
 * Marks of parts of a table, for who changes one of them while others may: another mark,
 * another content. DECISION_PART_FACTS: which combination a row is, not what the facts say.
 */
enum decision_part { DECISION_PART_NAMES, DECISION_PART_ACTIONS, DECISION_PART_FACTS };
const char *decision_mark(struct arena *a, const struct decision_model *m, enum decision_part part);
const char *decision_text_mark(struct arena *a, const char *text);
const char *decision_fact_mark(struct arena *a, const struct decision_fact *f);

/* A key that none of ${f}'s values has yet: the first letters of ${name}. */
const char *decision_key_of(struct arena *a, const struct decision_fact *f, const char *name);

#endif
