/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relearn_job.c - the job "decision.relearn": a new draft from a topic's history, after
 * each decision. It decides nothing: a person puts it into the shadow or adopts it.
 */
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "decision/decision_store.h"
#include "job/job.h"

struct relearning {
	const char *topic;
	int64_t policy;
	struct decision_history h;
	size_t n;
	struct str text; /* what was learned */
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct relearning *r = arena_one(j->a, struct relearning);
	struct decision_model_row row;
	struct decision_model policy;

	j->state = r;
	r->topic = value_cstr(value_get(j->payload, "topic"));
	enum err e = decision_model_active(db, j->a, r->topic, &row, &policy);

	/* Nothing is active, so there is no policy to begin with. */
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	if (policy.rows == 0 && row.based_on != 0)
		TRY(decision_model_get(db, j->a, row.based_on, &row, &policy));
	r->policy = row.id;
	return decision_history_load(db, j->a, r->topic, &policy, &r->h, &r->n);
}

static enum err
act(struct job_run *j)
{
	struct relearning *r = j->state;

	if (r->n < DECISION_POLICY_ONLY)
		return OK;
	TRY(decision_learn(j->a, &r->h.model, &r->h.rows, &(struct decision_learn){ .monotone = r->h.model.monotone }));
	return decision_model_text(j->a, &r->h.model, &r->text);
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct relearning *r = j->state;
	const struct actor by = { 0, "system", j->now };
	struct decision_fault fault;
	int64_t id;

	if (r->text.n == 0)
		return OK;
	/* Of drafts that nobody looked at only the newest is worth keeping. */
	TRY(db_run(db,
	    "DELETE FROM decision_model WHERE topic = ?1 AND origin = 'learned' AND state = 'draft' AND body <> ?2 "
	    "AND NOT EXISTS (SELECT 1 FROM decision_proposal p WHERE p.model_id = decision_model.id) "
	    "AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.model_id = decision_model.id)",
	    DB_TEXT(r->topic), DB_STR(r->text)));
	return decision_model_add(db, j->a, r->topic, r->text, "learned", r->policy, by, &id, &fault);
}

const struct job_kind relearn_jobs[] = {
	{ .name = "decision.relearn", .max_tries = 3, .load = load, .act = act, .save = save },
	{ 0 },
};
