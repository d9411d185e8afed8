/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn.h - a tree from past decisions (CART: Breiman and others, 1984).
 *
 * The same decisions in any order give the same tree, bit for bit: what is added up
 * are whole numbers, and every tie is broken by the order of facts and values.
 */
#ifndef DECISION_LEARN_H
#define DECISION_LEARN_H

#include "decision/model.h"

/* Decisions as numbers: value i of fact f of row r is code[r * stride + f]. */
struct decision_rows {
	size_t rows;
	size_t stride;	       /* a multiple of 8, not below the number of facts */
	const uint8_t *code;   /* bytes beyond the facts are 0 */
	const uint8_t *outcome;
	const uint32_t *weight; /* of each row, in units; NULL: one unit each */
	uint32_t unit;		/* 0: 1 */
};

struct decision_learn {
	unsigned min_leaf;   /* decisions; 0: a hundredth of them, at least 3 */
	unsigned max_leaves; /* 0: 24; UINT_MAX: no bound */
	bool grow_only;	     /* no pruning */
	bool monotone;	     /* a higher value of an ordered fact never gives a lower outcome */
	bool one_value;	     /* a nominal fact is split into one value and the rest */
};

/*
 * Fills node, count, leaves, unit and learned_… of ${m}, whose facts, outcome and
 * cost stand. ERR_INVALID: no rows; ERR_LIMIT: weights or nodes beyond the limits.
 */
MUST_USE enum err decision_learn(struct arena *a, struct decision_model *m, const struct decision_rows *h,
    const struct decision_learn *how);
/* The tree of a table: it decides every row of it as the table does. */
MUST_USE enum err decision_compile(struct arena *a, struct decision_model *m);

#endif
