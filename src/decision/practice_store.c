/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/practice_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"

#define PAST 2000 /* the newest decisions are chosen from */

struct drawn {
	int64_t decision;
	bool again;
	uint64_t order;
};

static int
by_order(const void *x, const void *y)
{
	const struct drawn *a = x, *b = y;

	if (a->again != b->again)
		return a->again ? 1 : -1;
	return (a->order > b->order) - (a->order < b->order);
}

/* As good as chance for a choice, and the same on every machine (splitmix64). */
static uint64_t
mixed(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

enum err
decision_round_start(struct db *db, struct arena *a, const char *topic, int n, struct actor by, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;
	struct drawn *d = NULL;
	size_t all = 0;

	TRY(db_query(db, &q,
	    "SELECT d.id, (SELECT COUNT(*) FROM decision_practice p JOIN decision_round r ON r.id = p.round_id "
	    "WHERE p.decision_id = d.id AND r.person_id = ?2) FROM decision d WHERE d.topic = ?1 AND d.left_out = 0 "
	    "AND d.facts <> '{}' AND COALESCE(d.person_id, 0) <> ?2 ORDER BY d.id DESC LIMIT ?3",
	    DB_TEXT(topic), DB_INT(by.id), DB_INT(PAST)));
	while (db_row(q)) {
		d = arena_room(a, d, all, sizeof(*d));
		d[all++] = (struct drawn){ .decision = db_int(q, 0), .again = db_int(q, 1) > 0 };
	}
	TRY(db_end(q));
	if (all < DECISION_PRACTICE_MIN)
		return ERR_NOT_FOUND;
	TRY(db_insert(db, ret_id, "INSERT INTO decision_round (topic, person_id, started_at) VALUES (?1, ?2, ?3) RETURNING id",
	    DB_TEXT(topic), DB_INT(by.id), DB_INT(by.now)));
	for (size_t i = 0; i < all; i++)
		d[i].order = mixed((uint64_t)*ret_id << 32 ^ (uint64_t)d[i].decision);
	qsort(d, all, sizeof(*d), by_order);
	for (size_t i = 0; i < all && i < (size_t)n; i++)
		TRY(db_run(db, "INSERT INTO decision_practice (round_id, decision_id, outcome) VALUES (?1, ?2, '')", DB_INT(*ret_id),
		    DB_INT(d[i].decision)));
	return journal_tell(db, a, "decision.practice", "decision_round", *ret_id, NULL, by);
}

#define ROUND_COLUMNS "SELECT id, person_id, started_at, finished_at FROM decision_round "

static void
read_round(struct db_stmt *q, struct decision_round *r)
{
	*r = (struct decision_round){ .id = db_int(q, 0), .person_id = db_int(q, 1), .started_at = db_int(q, 2),
		.finished_at = db_int(q, 3) };
}

enum err
decision_round_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct decision_round *ret,
    struct decision_practiced **ret_case, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) cases = NULL;

	*ret_case = NULL;
	*ret_n = 0;
	TRY(db_one(db, &q, ROUND_COLUMNS "WHERE id = ?1 AND person_id = ?2", DB_INT(id), DB_INT(person)));
	read_round(q, ret);
	TRY(db_query(db, &cases,
	    "SELECT p.decision_id, p.outcome, d.subject_id, d.outcome, d.reason, d.facts, s.title, d.at, d.person_id, d.analyst, d.topic "
	    "FROM decision_practice p JOIN decision d ON d.id = p.decision_id JOIN decision_subject s ON s.id = d.subject_id "
	    "WHERE p.round_id = ?1 ORDER BY p.id",
	    DB_INT(id)));
	while (db_row(cases)) {
		*ret_case = arena_room(a, *ret_case, *ret_n, sizeof(**ret_case));
		(*ret_case)[(*ret_n)++] = (struct decision_practiced){
			.decision_id = db_int(cases, 0), .mine = db_dup(a, cases, 1),
			.team = {
				.id = db_int(cases, 0), .subject_id = db_int(cases, 2), .outcome = db_dup(a, cases, 3),
				.reason = db_dup(a, cases, 4), .facts = db_dup(a, cases, 5), .title = db_dup(a, cases, 6),
				.at = db_int(cases, 7), .person_id = db_int(cases, 8), .analyst = db_dup(a, cases, 9),
				.topic = db_dup(a, cases, 10), .was = "", .proposed = "", .weight = 1,
			},
		};
	}
	return db_end(cases);
}

enum err
decision_round_list(struct db *db, struct arena *a, const char *topic, int64_t person, struct decision_round **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, ROUND_COLUMNS "WHERE topic = ?1 AND person_id = ?2 ORDER BY id DESC LIMIT 50", DB_TEXT(topic),
	    DB_INT(person)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_round(q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
decision_practice_pairs(struct db *db, struct arena *a, const char *topic, int64_t person,
    struct decision_practice_pair **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT p.round_id, p.outcome, d.outcome FROM decision_practice p JOIN decision_round r ON r.id = p.round_id "
	    "JOIN decision d ON d.id = p.decision_id WHERE r.topic = ?1 AND r.person_id = ?2 AND p.outcome <> '' "
	    "ORDER BY p.round_id, p.id LIMIT 10000",
	    DB_TEXT(topic), DB_INT(person)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct decision_practice_pair){ db_int(q, 0), db_dup(a, q, 1), db_dup(a, q, 2) };
	}
	return db_end(q);
}

enum err
decision_round_answer(struct db *db, struct arena *a, int64_t id, int64_t decision, const char *outcome, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE decision_practice SET outcome = ?3, at = ?4 WHERE round_id = ?1 AND decision_id = ?2 AND outcome = '' "
	    "AND EXISTS (SELECT 1 FROM decision_round r WHERE r.id = ?1 AND r.person_id = ?5)",
	    DB_INT(id), DB_INT(decision), DB_TEXT(outcome), DB_INT(by.now), DB_INT(by.id)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	TRY(db_run(db,
	    "UPDATE decision_round SET finished_at = ?2 WHERE id = ?1 AND finished_at IS NULL "
	    "AND NOT EXISTS (SELECT 1 FROM decision_practice p WHERE p.round_id = ?1 AND p.outcome = '')",
	    DB_INT(id), DB_INT(by.now)));
	return db_changed(db) == 1 ? journal_tell(db, a, "decision.practised", "decision_round", id, NULL, by) : OK;
}

enum err
decision_round_take_back(struct db *db, int64_t id, int64_t decision, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE decision_practice SET outcome = '', at = NULL WHERE round_id = ?1 AND decision_id = ?2 AND outcome <> '' "
	    "AND EXISTS (SELECT 1 FROM decision_round r WHERE r.id = ?1 AND r.person_id = ?3 AND r.finished_at IS NULL)",
	    DB_INT(id), DB_INT(decision), DB_INT(by.id)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}
