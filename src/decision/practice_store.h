/* SPDX-License-Identifier: Apache-2.0 */
/*
 * practice_store.h - a person decides past cases without seeing what the team decided.
 *
 * A round belongs to its person; nobody else sees it.
 */
#ifndef DECISION_PRACTICE_STORE_H
#define DECISION_PRACTICE_STORE_H

#include "decision/decision_store.h"

#define DECISION_PRACTICE_MIN 5 /* past cases; with fewer there is nothing to practise on */

struct decision_round {
	int64_t id, person_id, started_at, finished_at;
};
struct decision_practiced {
	int64_t decision_id;
	const char *mine; /* key; "" not answered yet */
	struct decision_taken team;
};

/* ${n} cases that others decided, those this person has not practised on first, in no order
 * that tells anything. ERR_NOT_FOUND: too few. */
MUST_USE enum err decision_round_start(struct db *db, struct arena *a, const char *topic, int n, struct actor by,
    int64_t *ret_id);
/* ERR_NOT_FOUND: none, or another person's. */
MUST_USE enum err decision_round_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct decision_round *ret,
    struct decision_practiced **ret_case, size_t *ret_n);
/* Newest first, at most 50. */
MUST_USE enum err decision_round_list(struct db *db, struct arena *a, const char *topic, int64_t person,
    struct decision_round **ret, size_t *ret_n);
/* All answers of a person's rounds: round, mine, the team's; in the order of rounds. */
struct decision_practice_pair {
	int64_t round_id;
	const char *mine, *team;
};
MUST_USE enum err decision_practice_pairs(struct db *db, struct arena *a, const char *topic, int64_t person,
    struct decision_practice_pair **ret, size_t *ret_n);
/* Once for each case (ERR_CONFLICT); the last one finishes the round. */
MUST_USE enum err decision_round_answer(struct db *db, struct arena *a, int64_t id, int64_t decision, const char *outcome,
    struct actor by);
/* The answer is open again. ERR_CONFLICT: it is. */
MUST_USE enum err decision_round_take_back(struct db *db, int64_t id, int64_t decision, struct actor by);

#endif
