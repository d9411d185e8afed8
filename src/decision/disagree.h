/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disagree.h - where people and the model part, and what may be the reason.
 *
 * Agreement alone says little where one outcome is frequent, so Cohen's kappa stands
 * beside it, and each figure has its number of decisions and its interval (95 %).
 */
#ifndef DECISION_DISAGREE_H
#define DECISION_DISAGREE_H

#include "decision/model.h"

#define DECISION_FEW 10 /* decisions: with fewer no figure of a person or a leaf is told */

/* One past decision. */
struct decision_past {
	int64_t at;
	int64_t who;		  /* a person; 0: not known */
	int proposed;		  /* place of the outcome, or -1: nothing was proposed */
	int outcome;		  /* what the person decided */
	int says;		  /* what the model says now */
	uint32_t leaf, node;	  /* where it ends in the model; leaf 0: facts are not known */
	const uint64_t *possible; /* of each fact */
};

struct decision_agreement {
	uint64_t n, same;
	double share, low, high;		  /* same / n; 0 when n is 0 */
	double kappa, kappa_low, kappa_high; /* Cohen (1960), with his standard error */
	bool chance; /* both always say one and the same: kappa cannot be told, and is 0 */
};
/* Of a table of ${outcomes} × ${outcomes} counts, [decided × said]. */
struct decision_agreement decision_agreement_of(const uint64_t *count, size_t outcomes);
/* The same for one outcome and the rest put together. */
struct decision_agreement decision_agreement_one(const uint64_t *count, size_t outcomes, size_t outcome);
/* What was decided and proposed, of those with a proposal (from ${from}, below ${to}, by ${who}; 0: all). */
void decision_count(const struct decision_past *p, size_t n, int64_t from, int64_t to, int64_t who, size_t outcomes,
    uint64_t *ret);

/* The decisions that end at one leaf of the model. */
struct decision_leaf {
	uint32_t leaf, node;
	uint8_t says;
	uint8_t other;	      /* the most frequent of the other outcomes */
	uint32_t n, agree;    /* with what the model says now */
	uint32_t others;      /* with ${other} */
	uint32_t overridden;  /* otherwise than was proposed then */
	double share, low, high;
	bool doubtful; /* surely (95 %) below what a proposal needs, with DECISION_FEW or more */
	bool suspect;  /* doubtful or not: enough went each way that a fact may be missing */
};
/* Those with decisions, the most that went otherwise first. ${ret} has room for the model's leaves. */
void decision_leaves(const struct decision_past *p, size_t n, const struct decision_model *m, struct decision_leaf *ret,
    size_t *ret_n);

/* Decisions with equal facts and different outcomes. */
struct decision_clash {
	size_t n;	       /* decisions with these facts */
	size_t ways;	       /* different outcomes among them */
	uint8_t most, next;    /* the two most frequent outcomes */
	uint32_t most_n, next_n;
	size_t one, two;       /* the newest decision of each */
};
/* Those with the most decisions off the most frequent outcome first; at most ${max}. ${ret_n} is
 * how many there are. */
void decision_clashes(struct arena *a, const struct decision_past *p, size_t n, size_t facts, size_t max,
    struct decision_clash *ret, size_t *ret_n);

/* A decision with what else is known of it: words of its title, answers that the model does not ask. */
struct decision_marked {
	const char *const *mark;
	size_t marks;
	bool otherwise;
};
/* A mark that tells those that went otherwise from those that did not. */
struct decision_mark {
	const char *text;
	uint32_t with_otherwise, with_same, without_otherwise, without_same;
	double g; /* log-likelihood ratio; above 6.63 it is chance once in a hundred */
};
/* The best first, at most ${max}; none that may be chance, or that fewer than three have. */
void decision_marks(struct arena *a, const struct decision_marked *d, size_t n, size_t max, struct decision_mark *ret,
    size_t *ret_n);

#endif
