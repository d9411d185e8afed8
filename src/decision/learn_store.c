/* SPDX-License-Identifier: Apache-2.0 */
/* learn_store.c - the decisions of a topic as rows to learn from. */
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "decision/decision_store.h"
#include "text/value.h"

/* One bit: its place; else -1. */
static int
only(uint64_t set)
{
	return set != 0 && (set & (set - 1)) == 0 ? __builtin_ctzll(set) : -1;
}

/* The policy's facts, each with a value for "not known" behind its own. */
static enum err
take_facts(struct arena *a, const struct decision_model *policy, struct decision_model *m)
{
	*m = *policy;
	m->row = NULL;
	m->rows = 0;
	m->fact = arena_many(a, struct decision_fact, policy->facts);
	m->key = arena_printf(a, "%s_learned", policy->key);
	m->name = arena_printf(a, "%s, learned", policy->name);
	m->name_ja = policy->name_ja == NULL ? NULL : arena_printf(a, "%s（学習）", policy->name_ja);
	m->id = arena_printf(a, "%s:%s:%s", m->space, m->key, m->version);
	for (size_t f = 0; f < policy->facts; f++) {
		struct decision_fact *fact = &m->fact[f];

		*fact = policy->fact[f];
		if (fact->values >= LIMIT_DECISION_VALUES)
			return ERR_LIMIT;
		fact->value = arena_many(a, struct decision_value, fact->values + 1);
		memcpy(fact->value, policy->fact[f].value, fact->values * sizeof(*fact->value));
		fact->value[fact->values] = (struct decision_value){ .key = "not_known", .name = "not known", .name_ja = "不明" };
		fact->empty = (int)fact->values++;
	}
	return OK;
}

struct rows {
	uint8_t *code, *outcome;
	uint32_t *weight;
	size_t n, room, stride;
};

static uint8_t *
add_row(struct arena *a, struct rows *r, uint8_t outcome, uint32_t weight)
{
	if (r->n == r->room) {
		size_t room = r->room == 0 ? 256 : r->room * 2;
		uint8_t *code = arena_alloc(a, room * r->stride), *decided = arena_alloc(a, room);
		uint32_t *counts = arena_many(a, uint32_t, room);

		if (r->n > 0) {
			memcpy(code, r->code, r->n * r->stride);
			memcpy(decided, r->outcome, r->n);
			memcpy(counts, r->weight, r->n * sizeof(*counts));
		}
		r->code = code;
		r->outcome = decided;
		r->weight = counts;
		r->room = room;
	}
	r->outcome[r->n] = outcome;
	r->weight[r->n] = weight;
	return r->code + r->n++ * r->stride;
}

/* "ssvc:E:" of "ssvc:E:1.1.0". */
static struct str
any_version(struct str id)
{
	while (id.n > 0 && id.p[id.n - 1] != ':')
		id.n--;
	return id;
}

bool
decision_same_fact(const char *id, const char *other)
{
	struct str x = any_version(str_of(id)), y = any_version(str_of(other));

	return strcmp(id, other) == 0 || (x.n > 0 && str_equal(x, y));
}

bool
decision_facts_of(struct arena *a, const char *facts, const struct decision_model *m, struct decision_answers *ret)
{
	struct value *json;
	bool known;

	decision_answers_init(m, ret);
	if (value_parse(a, str_of(facts), &json, NULL) != OK)
		return false;
	for (size_t f = 0; f < m->facts; f++) {
		const struct value *v = value_get(json, m->fact[f].id);
		struct str like = any_version(str_of(m->fact[f].id));

		for (size_t i = 0; v == NULL && like.n > 0 && i < value_count(json); i++)
			if (str_equal(any_version(str_of(value_key(json, i))), like))
				v = value_member(json, i);
		if (value_type(v) == VALUE_TEXT)
			ret->possible[f] = decision_answer_read(&m->fact[f], value_str(v), &known);
	}
	return true;
}

enum err
decision_history_load(struct db *db, struct arena *a, const char *topic, const struct decision_model *policy,
    struct decision_history *ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	AUTO(arena) scratch = arena_new();
	struct rows r = { .stride = (policy->facts + 7) / 8 * 8 };
	struct decision_answers given;

	*ret = (struct decision_history){ .rows = { .unit = 1 } };
	*ret_n = 0;
	TRY(take_facts(a, policy, &ret->model));
	TRY(db_query(db, &q, "SELECT facts, outcome, weight FROM decision WHERE topic = ?1 AND left_out = 0 ORDER BY id",
	    DB_TEXT(topic)));
	while (db_row(q)) {
		int is = decision_value_find(&policy->outcome, db_str(q, 1));

		arena_reset(scratch);
		if (is < 0 || !decision_facts_of(scratch, db_text(q, 0), policy, &given)) {
			ret->skipped++;
			continue;
		}
		uint8_t *code = add_row(a, &r, (uint8_t)is, (uint32_t)db_int(q, 2));

		for (size_t f = 0; f < policy->facts; f++) {
			int v = only(given.possible[f]);

			code[f] = (uint8_t)(v < 0 ? (int)policy->fact[f].values : v);
		}
		(*ret_n)++;
	}
	TRY(db_end(q));
	for (size_t i = 0; i < policy->rows; i++)
		for (int k = 0; k < DECISION_PRIOR; k++)
			memcpy(add_row(a, &r, policy->row[i * (policy->facts + 1) + policy->facts], 1),
			    policy->row + i * (policy->facts + 1), policy->facts);
	ret->rows.rows = r.n;
	ret->rows.stride = r.stride;
	ret->rows.code = r.code;
	ret->rows.outcome = r.outcome;
	ret->rows.weight = r.weight;
	return OK;
}

enum err
decision_model_otherwise(struct db *db, struct arena *a, const char *topic, const struct decision_model *m, size_t max,
    struct decision_otherwise **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	AUTO(arena) scratch = arena_new();

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT d.id, d.subject_id, d.at, s.title, d.outcome, d.facts FROM decision d JOIN decision_subject s ON s.id = d.subject_id "
	    "WHERE d.topic = ?1 AND d.left_out = 0 ORDER BY d.id DESC LIMIT 100000",
	    DB_TEXT(topic)));
	while (*ret_n < max && db_row(q)) {
		struct decision_answers given;
		struct decision_verdict v;

		arena_reset(scratch);
		if (!decision_facts_of(scratch, db_text(q, 5), m, &given))
			continue;
		decision_decide(m, &given, &v);
		if (decision_value_find(&m->outcome, db_str(q, 4)) == v.outcome)
			continue;
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct decision_otherwise){ .id = db_int(q, 0), .subject_id = db_int(q, 1), .at = db_int(q, 2),
			.title = db_dup(a, q, 3), .outcome = db_dup(a, q, 4), .says = v.outcome };
	}
	return OK;
}

enum err
decision_model_compare(struct db *db, struct arena *a, const char *topic, const struct decision_model *m,
    size_t *ret_otherwise, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	AUTO(arena) scratch = arena_new();

	(void)a;
	*ret_otherwise = *ret_n = 0;
	TRY(db_query(db, &q, "SELECT facts, outcome FROM decision WHERE topic = ?1 AND left_out = 0 ORDER BY id", DB_TEXT(topic)));
	while (db_row(q)) {
		struct decision_answers given;
		struct decision_verdict v;

		arena_reset(scratch);
		if (!decision_facts_of(scratch, db_text(q, 0), m, &given))
			continue;
		decision_decide(m, &given, &v);
		(*ret_n)++;
		*ret_otherwise += decision_value_find(&m->outcome, db_str(q, 1)) != v.outcome;
	}
	return db_end(q);
}
