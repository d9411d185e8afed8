/* SPDX-License-Identifier: Apache-2.0 */
/* taken_store.c - proposals, decisions and the tasks that follow. */
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "decision/decision_store.h"
#include "job/job.h"
#include "text/value.h"

static const char *
keys_of(struct arena *a, const struct decision_fact *f, uint64_t set)
{
	struct buf *b = buf_new(a, LIMIT_KIB(16));

	for (size_t i = 0; i < f->values; i++) {
		if ((set >> i & 1) == 0)
			continue;
		if (b->n > 0)
			buf_char(b, '|');
		buf_text(b, f->value[i].key);
	}
	return buf_cstr(a, b);
}

/* What is known, as JSON: {"ssvc:E:1.1.0":"A"}. */
static const char *
facts_of(struct arena *a, const struct decision_model *m, const struct decision_answers *given)
{
	struct value *o = value_object(a);

	for (size_t f = 0; f < m->facts; f++)
		if (given->possible[f] != decision_all(&m->fact[f]))
			value_set_text(a, o, m->fact[f].id, keys_of(a, &m->fact[f], given->possible[f]));
	return value_json_text(a, o);
}

/* Proposals ------------------------------------------------------------ */

#define PROPOSAL_COLUMNS                                                                             \
	"SELECT id, subject_id, model_id, shadow, outcome, possible, confidence, support, agree, "    \
	"leaf, facts, at FROM decision_proposal "

static void
read_proposal(struct arena *a, struct db_stmt *q, struct decision_proposal *p)
{
	*p = (struct decision_proposal){
		.id = db_int(q, 0), .subject_id = db_int(q, 1), .model_id = db_int(q, 2), .shadow = db_int(q, 3) != 0,
		.outcome = db_dup(a, q, 4), .possible = db_dup(a, q, 5), .confidence = db_int(q, 6),
		.support = db_int(q, 7), .agree = db_int(q, 8), .leaf = db_int(q, 9), .facts = db_dup(a, q, 10),
		.at = db_int(q, 11),
	};
}

static enum err
propose_one(struct db *db, struct arena *a, int64_t subject, const struct decision_model_row *row,
    const struct decision_model *m, const struct decision_answer *w, size_t n, struct actor by,
    struct decision_proposal *ret)
{
	AUTO(db_stmt) q = NULL;
	struct decision_answers given;
	struct decision_verdict v;
	const char *facts;

	decision_answer_apply(m, w, n, &given);
	decision_decide(m, &given, &v);
	facts = facts_of(a, m, &given);
	TRY(db_query(db, &q, PROPOSAL_COLUMNS "WHERE subject_id = ?1 AND model_id = ?2 ORDER BY id DESC LIMIT 1",
	    DB_INT(subject), DB_INT(row->id)));
	if (db_row(q)) {
		read_proposal(a, q, ret);
		if (strcmp(ret->facts, facts) == 0)
			return OK;
	}
	TRY(db_end(q));
	*ret = (struct decision_proposal){
		.subject_id = subject, .model_id = row->id, .shadow = strcmp(row->state, "shadow") == 0,
		.outcome = m->outcome.value[v.outcome].key, .possible = keys_of(a, &m->outcome, v.possible),
		.confidence = (int64_t)(v.confidence * 10000 + 0.5),
		.support = m->learned_rows > 0 ? (int64_t)(v.support + 0.5) : 0,
		.agree = m->learned_rows > 0 ? (int64_t)(v.agree + 0.5) : 0, .leaf = v.leaf, .facts = facts, .at = by.now,
	};
	return db_insert(db, &ret->id,
	    "INSERT INTO decision_proposal (subject_id, model_id, shadow, outcome, possible, confidence, support, agree, leaf, "
	    "facts, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id",
	    DB_INT(subject), DB_INT(row->id), DB_INT(ret->shadow), DB_TEXT(ret->outcome), DB_TEXT(ret->possible),
	    DB_INT(ret->confidence), DB_INT(ret->support), DB_INT(ret->agree), DB_INT(ret->leaf), DB_TEXT(facts),
	    DB_INT(by.now));
}

enum err
decision_propose(struct db *db, struct arena *a, int64_t subject, struct actor by, struct decision_proposal *ret)
{
	struct decision_subject s;
	struct decision_answer *w;
	struct decision_model_row row, *all;
	struct decision_model m;
	struct decision_proposal shadow;
	size_t n, models;

	TRY(decision_subject_get(db, a, subject, &s));
	TRY(decision_answer_list(db, a, subject, &w, &n));
	TRY(decision_model_active(db, a, s.topic, &row, &m));
	TRY(propose_one(db, a, subject, &row, &m, w, n, by, ret));
	TRY(decision_model_list(db, a, s.topic, &all, &models));
	for (size_t i = 0; i < models; i++) {
		if (strcmp(all[i].state, "shadow") != 0)
			continue;
		TRY(decision_model_get(db, a, all[i].id, &row, &m));
		TRY(propose_one(db, a, subject, &row, &m, w, n, by, &shadow));
	}
	return OK;
}

/* Decisions ------------------------------------------------------------ */

static enum err
add_tasks(struct db *db, const struct decision_model *m, uint8_t outcome, int64_t decision, int64_t subject,
    struct actor by)
{
	TRY(db_run(db, "UPDATE decision_task SET done_at = ?2, done_by = ?3 WHERE subject_id = ?1 AND done_at IS NULL",
	    DB_INT(subject), DB_INT(by.now), DB_INT_OR_NULL(by.id)));
	for (size_t i = 0; i < m->actions; i++) {
		const struct decision_action *t = &m->action[i];

		if (t->outcome != outcome)
			continue;
		TRY(db_run(db,
		    "INSERT INTO decision_task (decision_id, subject_id, outcome, text, text_ja, due_at, since) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		    DB_INT(decision), DB_INT(subject), DB_INT(outcome), DB_TEXT(t->text),
		    DB_TEXT(t->text_ja == NULL ? "" : t->text_ja), DB_INT_OR_NULL(t->due == 0 ? 0 : by.now + t->due),
		    DB_INT(by.now)));
	}
	return OK;
}

enum err
decision_relearn(struct db *db, struct arena *a, const char *topic, int64_t now)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "topic", topic);
	return job_add(db, a, &(struct job_new){
		.kind = "decision.relearn", .payload = v, .key = arena_printf(a, "decision.relearn:%s", topic),
	    }, now, NULL);
}

enum err
decision_take(struct db *db, struct arena *a, int64_t subject, const char *outcome, const char *reason,
    struct actor by, int64_t *ret_id)
{
	struct decision_proposal p;
	struct decision_subject s;
	struct decision_model m, table;
	struct decision_model_row row, base;
	struct value *payload = value_object(a);
	int is;
	bool overridden;

	TRY(decision_subject_get(db, a, subject, &s));
	TRY(decision_propose(db, a, subject, by, &p));
	TRY(decision_model_get(db, a, p.model_id, &row, &m));
	is = decision_value_find(&m.outcome, str_of(outcome));
	if (is < 0)
		return ERR_INVALID;
	outcome = m.outcome.value[is].key;
	overridden = strcmp(outcome, p.outcome) != 0;
	if (overridden && str_trim(str_of(reason)).n == 0)
		return ERR_INVALID;
	TRY(db_insert(db, ret_id,
	    "INSERT INTO decision (subject_id, topic, proposal_id, model_id, leaf, proposed, outcome, overridden, reason, facts, "
	    "person_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id",
	    DB_INT(subject), DB_TEXT(s.topic), DB_INT(p.id), DB_INT(p.model_id), DB_INT(p.leaf), DB_TEXT(p.outcome),
	    DB_TEXT(outcome), DB_INT(overridden), DB_TEXT(reason), DB_TEXT(p.facts), DB_INT_OR_NULL(by.id), DB_INT(by.now)));
	TRY(db_run(db, "UPDATE decision_subject SET state = 'decided' WHERE id = ?1", DB_INT(subject)));
	/* What is to be done stands in the policy that a learned model began with. */
	table = m;
	if (m.actions == 0 && row.based_on != 0)
		TRY(decision_model_get(db, a, row.based_on, &base, &table));
	int place = decision_value_find(&table.outcome, str_of(outcome));

	TRY(add_tasks(db, &table, (uint8_t)(place < 0 ? is : place), *ret_id, subject, by));
	value_set_text(a, payload, "proposed", p.outcome);
	value_set_text(a, payload, "outcome", outcome);
	value_set_text(a, payload, "reason", reason);
	TRY(journal_tell(db, a, overridden ? "decision.override" : "decision.agree", "decision_subject", subject, payload, by));
	return decision_relearn(db, a, s.topic, by.now);
}

enum err
decision_take_back(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	AUTO(db_stmt) q = NULL;
	int64_t subject, newest;

	TRY(db_one(db, &q,
	    "SELECT subject_id, (SELECT MAX(l.id) FROM decision l WHERE l.subject_id = d.subject_id) FROM decision d WHERE d.id = ?1",
	    DB_INT(id)));
	subject = db_int(q, 0);
	newest = db_int(q, 1);
	TRY(db_end(q));
	if (newest != id)
		return ERR_CONFLICT;
	TRY(db_run(db, "UPDATE decision SET left_out = 1 WHERE id = ?1", DB_INT(id)));
	TRY(db_run(db, "UPDATE decision_subject SET state = 'open' WHERE id = ?1", DB_INT(subject)));
	TRY(db_run(db, "UPDATE decision_task SET done_at = ?2, done_by = ?3 WHERE decision_id = ?1 AND done_at IS NULL",
	    DB_INT(id), DB_INT(by.now), DB_INT_OR_NULL(by.id)));
	return journal_tell(db, a, "decision.take-back", "decision_subject", subject, NULL, by);
}

enum err
decision_reopen_if_worse(struct db *db, struct arena *a, int64_t subject, const struct decision_proposal *p, struct actor by)
{
	AUTO(db_stmt) q = NULL;
	struct decision_model m;
	struct value *v = value_object(a);
	int now, decided, proposed;

	TRY(db_query(db, &q,
	    "SELECT d.outcome, d.proposed, d.proposal_id FROM decision d JOIN decision_subject s ON s.id = d.subject_id "
	    "WHERE d.subject_id = ?1 AND s.state = 'decided' ORDER BY d.id DESC LIMIT 1",
	    DB_INT(subject)));
	if (!db_row(q))
		return db_end(q);
	if (db_int(q, 2) == p->id)
		return OK;
	TRY(decision_model_get(db, a, p->model_id, NULL, &m));
	now = decision_value_find(&m.outcome, str_of(p->outcome));
	decided = decision_value_find(&m.outcome, db_str(q, 0));
	proposed = decision_value_find(&m.outcome, db_str(q, 1));
	if (decided < 0 || now <= decided || now <= proposed)
		return OK;
	value_set_str(a, v, "decided", db_str(q, 0));
	value_set_text(a, v, "proposed", p->outcome);
	TRY(db_end(q));
	TRY(db_run(db, "UPDATE decision_subject SET state = 'open' WHERE id = ?1", DB_INT(subject)));
	return journal_tell(db, a, "decision.reopen", "decision_subject", subject, v, by);
}

enum err
decision_leave_out(struct db *db, struct arena *a, int64_t id, bool left_out, struct actor by)
{
	struct value *v = value_object(a);

	TRY(db_run(db, "UPDATE decision SET left_out = ?2 WHERE id = ?1", DB_INT(id), DB_INT(left_out)));
	if (db_changed(db) != 1)
		return ERR_NOT_FOUND;
	value_set_bool(a, v, "left_out", left_out);
	return journal_tell(db, a, "decision.leave-out", "decision", id, v, by);
}

#define TAKEN_COLUMNS                                                                                      \
	"SELECT d.id, d.subject_id, d.model_id, d.leaf, d.topic, d.proposed, d.outcome, d.overridden, d.reason, "   \
	"d.facts, d.left_out, d.person_id, d.at, s.title, d.was, d.analyst, d.weight, d.import_id, "  \
	"s.exposure, s.likely FROM decision d " \
	"JOIN decision_subject s ON s.id = d.subject_id "

static void
read_taken(struct arena *a, struct db_stmt *q, struct decision_taken *t)
{
	*t = (struct decision_taken){
		.id = db_int(q, 0), .subject_id = db_int(q, 1), .model_id = db_int(q, 2), .leaf = db_int(q, 3),
		.topic = db_dup(a, q, 4), .proposed = db_dup(a, q, 5), .outcome = db_dup(a, q, 6),
		.overridden = db_int(q, 7) != 0, .reason = db_dup(a, q, 8), .facts = db_dup(a, q, 9),
		.left_out = db_int(q, 10) != 0, .person_id = db_int(q, 11), .at = db_int(q, 12), .title = db_dup(a, q, 13),
		.was = db_dup(a, q, 14), .analyst = db_dup(a, q, 15), .weight = db_int(q, 16), .import_id = db_int(q, 17),
		.exposure = db_int(q, 18), .likely = db_int(q, 19),
	};
}

enum err
decision_taken_list(struct db *db, struct arena *a, const char *topic, int64_t before, int limit,
    struct decision_taken **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, TAKEN_COLUMNS "WHERE d.topic = ?1 AND d.id < ?2 ORDER BY d.id DESC LIMIT ?3", DB_TEXT(topic),
	    DB_INT(before > 0 ? before : INT64_MAX), DB_INT(limit)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_taken(a, q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
decision_taken_get(struct db *db, struct arena *a, int64_t id, struct decision_taken *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, TAKEN_COLUMNS "WHERE d.id = ?1", DB_INT(id)));
	read_taken(a, q, ret);
	return OK;
}

/* Tasks ---------------------------------------------------------------- */

enum err
decision_task_list(struct db *db, struct arena *a, const char *topic, int64_t now, struct decision_task_row **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct decision_task_row *row = NULL;
	struct decision_task *order;
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT t.id, t.pin, t.due_at, t.since, t.outcome, s.exposure, s.likely, t.decision_id, t.subject_id, s.title, "
	    "t.text, t.text_ja, t.pin_reason FROM decision_task t JOIN decision_subject s ON s.id = t.subject_id "
	    "WHERE t.done_at IS NULL AND s.topic = ?1 ORDER BY t.id LIMIT 20000",
	    DB_TEXT(topic)));
	while (db_row(q)) {
		row = arena_room(a, row, n, sizeof(*row));
		row[n] = (struct decision_task_row){
			.rank = {
				.id = db_int(q, 0), .pin = db_int(q, 1), .due = db_is_null(q, 2) ? DECISION_NO_DUE : db_int(q, 2),
				.since = db_int(q, 3), .outcome = (uint8_t)db_int(q, 4), .exposure = (uint8_t)db_int(q, 5),
				.likely = (uint16_t)db_int(q, 6),
			},
			.decision_id = db_int(q, 7), .subject_id = db_int(q, 8), .title = db_dup(a, q, 9),
			.text = db_dup(a, q, 10), .text_ja = db_dup(a, q, 11), .pin_reason = db_dup(a, q, 12),
		};
		n++;
	}
	TRY(db_end(q));
	order = arena_many(a, struct decision_task, n + 1);
	*ret = arena_many(a, struct decision_task_row, n + 1);
	for (size_t i = 0; i < n; i++)
		order[i] = row[i].rank;
	decision_task_rank(order, n, now);
	/* Rows came by id, so each is found by it. */
	for (size_t i = 0; i < n; i++) {
		size_t low = 0, high = n;

		while (low + 1 < high) {
			size_t middle = (low + high) / 2;

			*(row[middle].rank.id <= order[i].id ? &low : &high) = middle;
		}
		(*ret)[i] = row[low];
		if (i > 0)
			(void)decision_task_compare(&(*ret)[i - 1].rank, &(*ret)[i].rank, now, &(*ret)[i - 1].why);
	}
	*ret_n = n;
	return OK;
}

enum err
decision_task_pin(struct db *db, struct arena *a, int64_t id, int64_t pin, const char *reason, struct actor by)
{
	struct value *v = value_object(a);

	if (pin < 0 || pin > 60000 || (pin > 0 && str_trim(str_of(reason)).n == 0))
		return ERR_INVALID;
	TRY(db_run(db, "UPDATE decision_task SET pin = ?2, pin_reason = ?3, pin_by = ?4 WHERE id = ?1 AND done_at IS NULL",
	    DB_INT(id), DB_INT(pin), DB_TEXT(pin > 0 ? reason : ""), DB_INT_OR_NULL(by.id)));
	if (db_changed(db) != 1)
		return ERR_NOT_FOUND;
	value_set_int(a, v, "pin", pin);
	value_set_text(a, v, "reason", reason);
	return journal_tell(db, a, "decision.task.pin", "decision_task", id, v, by);
}

enum err
decision_task_pinned(struct db *db, struct arena *a, int64_t id, int64_t *ret_pin, const char **ret_reason)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT pin, pin_reason FROM decision_task WHERE id = ?1 AND done_at IS NULL", DB_INT(id)));
	*ret_pin = db_int(q, 0);
	*ret_reason = db_dup(a, q, 1);
	return OK;
}

enum err
decision_task_reopen(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	/* A later decision, or none that holds, has closed its tasks for good. */
	TRY(db_run(db,
	    "UPDATE decision_task SET done_at = NULL, done_by = NULL WHERE id = ?1 AND done_at IS NOT NULL AND decision_id = "
	    "(SELECT MAX(d.id) FROM decision d JOIN decision_subject s ON s.id = d.subject_id WHERE d.subject_id = "
	    "decision_task.subject_id AND s.state = 'decided')",
	    DB_INT(id)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return journal_tell(db, a, "decision.task.reopen", "decision_task", id, NULL, by);
}

enum err
decision_task_done(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	TRY(db_run(db, "UPDATE decision_task SET done_at = ?2, done_by = ?3 WHERE id = ?1 AND done_at IS NULL", DB_INT(id),
	    DB_INT(by.now), DB_INT_OR_NULL(by.id)));
	if (db_changed(db) != 1)
		return ERR_NOT_FOUND;
	return journal_tell(db, a, "decision.task.done", "decision_task", id, NULL, by);
}
