/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - what a team decides by: facts, an outcome, and a tree from the one to
 * the other.
 *
 * A *fact* (分析項目) is a question with a few possible values. A *model* takes the
 * answers and gives an *outcome*. It is written as a decision table (SSVC) or
 * learned from past decisions; both end as the same flat array of nodes.
 *
 * An answer is a set of values that are still possible: bit i stands for value i.
 * Nothing is known: all bits. "Not active": all but one. A fact that a model does
 * not ask for has no place in it.
 *
 * Nothing in this folder knows what the facts are about.
 */
#ifndef DECISION_MODEL_H
#define DECISION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limit.h"
#include "base/str.h"

struct arena;

/* How a value is read from what a file says. */
enum decision_take {
	DECISION_TAKE_VALUE,  /* the cell names it, by key or by name, in any case */
	DECISION_TAKE_PART,   /* the cell is "…/KEY:VALUE/…"; part is the KEY */
	DECISION_TAKE_NUMBER, /* the cell is a number; a value is a range of them */
	DECISION_TAKE_PRESENT, /* whether the cell holds anything */
};

struct decision_value {
	const char *key;	/* unique within its fact; never NULL */
	const char *name;	/* English; never NULL */
	const char *name_ja;	/* or NULL */
	const char *definition; /* or NULL */
	double upto;		/* the largest number that is this value (TAKE_NUMBER, or when one
				 * fills it in); 0 or HUGE_VAL: no bound */
	uint32_t seen;		/* how often in the history; 0 in a table */
};

struct decision_fact {
	const char *id;		/* "ssvc:E:1.1.0", unique within its model */
	const char *space;	/* SSVC's namespace */
	const char *key;
	const char *version;
	const char *name;
	const char *name_ja;	/* or NULL */
	const char *definition; /* or NULL */
	const char *question, *question_ja;   /* or NULL: ask by name */
	const char *guidance, *guidance_ja;   /* or NULL */
	const char *from;	/* what fills it in by itself, a word of whoever does; or NULL */
	bool ordered;		/* the values go from least to most */
	unsigned weight;	/* percent: what the analysts think it counts; 100 */
	struct decision_value *value;
	size_t values;
	enum decision_take take;
	const char *column;	/* of a file; NULL: id, name or key */
	const char *part;	/* TAKE_PART: which one */
	int other;		/* the value that takes all that has no own, or -1 */
	int empty;		/* the value of an empty cell, or -1: not known */
};

/* What is done when an outcome is decided (対策アクション). */
struct decision_action {
	uint8_t outcome;
	const char *text;
	const char *text_ja; /* or NULL */
	int64_t due;	     /* milliseconds from the decision; 0: no date */
};

struct decision_node {
	uint64_t left;	    /* a split: these values go to child[0], others to child[1] */
	uint32_t child[2];  /* a leaf: itself, twice */
	uint8_t fact;	    /* a split: by which */
	uint8_t outcome;    /* the best at this node */
	uint32_t leaf;	    /* from 1; 0: a split */
};

struct decision_model {
	const char *id, *space, *key, *version, *name, *name_ja, *definition;
	struct decision_fact *fact;
	size_t facts;
	struct decision_fact outcome; /* ordered: from least to most urgent */
	struct decision_action *action;
	size_t actions;
	bool monotone; /* declared: a higher value never gives a lower outcome */

	/* A table: rows of facts + 1 values, the outcome last. A tree has none (NULL). */
	uint8_t *row;
	size_t rows;

	/* The tree. */
	struct decision_node *node;
	size_t nodes;
	size_t leaves;
	/* nodes × outcomes: how much of the history (rows of the table) came here */
	uint32_t *count;
	uint32_t unit; /* a count of 1 is this much */

	/* Of a learned one; else 0 and NULL. */
	uint64_t learned_rows;
	uint64_t learned_cells; /* different vectors of facts among them */
	const uint8_t *cost;	/* outcomes × outcomes: of deciding [is × says], or NULL: 1 */
};

/* What may be said of one case. */
struct decision_answers {
	uint64_t possible[LIMIT_DECISION_FACTS]; /* of each fact; never 0 */
};

/* How sure a proposal must be to be made, or only suggested; below, a person is asked. */
#define DECISION_PROPOSE 0.90
#define DECISION_SUGGEST 0.70

struct decision_verdict {
	uint8_t outcome;		/* the likeliest (costs counted) */
	uint64_t possible;		/* all outcomes that are left */
	double share[LIMIT_DECISION_OUTCOMES]; /* of each; their sum is 1 */
	uint32_t leaf;			/* 0: several, because facts are not known */
	uint32_t node;			/* where the ways part, or the leaf */
	double support;			/* decisions alike (learned) */
	double agree;			/* of them with this outcome */
	double confidence;		/* Wilson's lower bound, 95 %; 1 in a table that says one thing */
};

/* The one question whose answer would settle most. */
struct decision_question {
	int fact;     /* -1: nothing is left to ask */
	double gain;  /* how much less is open after it, 0 to 1 */
	uint64_t matters; /* facts whose answer may still change the outcome */
};

/* All bits of ${f}'s values. */
static inline uint64_t
decision_all(const struct decision_fact *f)
{
	return f->values >= 64 ? UINT64_MAX : (UINT64_C(1) << f->values) - 1;
}

/* Everything is possible. */
void decision_answers_init(const struct decision_model *m, struct decision_answers *ret);
/* The place of fact ${name} (id, name, "name vVERSION" or key, in any case), or -1. */
int decision_fact_find(const struct decision_model *m, struct str name);
/* The value that ${text} names by key or else by name, in any case; or -1. */
int decision_value_find(const struct decision_fact *f, struct str text);
/* "12.5", "-3": how quantities are written. False: it is no number. */
bool decision_number(struct str s, double *ret);
/*
 * The values that ${cell} leaves possible: one, as ${f} takes it; several written
 * "a|b"; all but some written "!a|b"; all for an empty cell, "?" or an unknown value
 * (${*ret_known} is then false).
 */
uint64_t decision_answer_read(const struct decision_fact *f, struct str cell, bool *ret_known);

/* ERR_INVALID when ${m} breaks a promise of this file (a child before its node, a
 * value out of range …); ${*ret_why} says which. For what was read from outside. */
MUST_USE enum err decision_model_check(const struct decision_model *m, const char **ret_why);

void decision_decide(const struct decision_model *m, const struct decision_answers *given,
    struct decision_verdict *ret);
void decision_ask(const struct decision_model *m, const struct decision_answers *given,
    struct decision_question *ret);
/*
 * Many at once: ${code} has ${stride} bytes a row, one value a fact. ${ret_node} is the
 * leaf's node of each.
 */
void decision_decide_rows(const struct decision_model *m, const uint8_t *code, size_t stride, size_t rows,
    uint32_t *ret_node);
/* The nodes from the root to node ${to}; ERR_LIMIT when there are more than ${max}. */
MUST_USE enum err decision_path(const struct decision_model *m, uint32_t to, uint32_t *ret, size_t max,
    size_t *ret_n);

/* How sure a node is of its outcome; support and agreement in whole decisions. */
double decision_confidence(const struct decision_model *m, uint32_t node, double *ret_support, double *ret_agree);
/* Wilson's lower bound of ${agree} out of ${n} at 95 %. */
double decision_wilson(double agree, double n);
/* Cohen's kappa of a table of ${n} × ${n} counts: 1 all agree, 0 as by chance. */
double decision_kappa(const uint64_t *count, size_t n);

#endif
