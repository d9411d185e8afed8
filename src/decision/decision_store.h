/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_store.h - models, subjects, answers, proposals, decisions and tasks.
 *
 * A *topic* is a kind of decision ("vulnerability"). It has one active model, perhaps
 * some that run in its shadow, and a history. A *subject* is what is decided about: an
 * object elsewhere in the program. Every write is journalled by its caller's actor.
 */
#ifndef DECISION_DECISION_STORE_H
#define DECISION_DECISION_STORE_H

#include "decision/format.h"
#include "decision/history.h"
#include "decision/priority.h"
#include "journal/journal.h"

struct db;

#define DECISION_POLICY_ONLY 60 /* fewer decisions: nothing is learned from them */
#define DECISION_PRIOR 2	/* decisions that a row of the policy counts for */
#define DECISION_WEIGHT 10	/* decisions that a precedent may count for */

/* Models -------------------------------------------------------------- */

struct decision_model_row {
	int64_t id, version, based_on, created_by, created_at, state_at;
	const char *topic, *name, *state, *origin, *title, *title_ja;
};
MUST_USE enum err decision_model_list(struct db *db, struct arena *a, const char *topic, struct decision_model_row **ret,
    size_t *ret_n);
/* A model's text, read (a draft's by decision_draft_read()); ERR_NOT_FOUND. ${ret_row} may be NULL. */
MUST_USE enum err decision_model_get(struct db *db, struct arena *a, int64_t id, struct decision_model_row *ret_row,
    struct decision_model *ret);
/* The active one of a topic; ERR_NOT_FOUND: there is none. */
MUST_USE enum err decision_model_active(struct db *db, struct arena *a, const char *topic,
    struct decision_model_row *ret_row, struct decision_model *ret);
/*
 * A new draft, the next version of its name; the same text as the last version is
 * that version (${*ret_id}), and nothing is written. ERR_INVALID, ERR_LIMIT with
 * ${*fault}: the text is no model. ${origin}: shipped imported written learned.
 */
MUST_USE enum err decision_model_add(struct db *db, struct arena *a, const char *topic, struct str text,
    const char *origin, int64_t based_on, struct actor by, int64_t *ret_id, struct decision_fault *fault);
/* draft → shadow → active → retired, draft → active, shadow → draft, retired → active
 * (back to an old one). What was active is retired. ERR_CONFLICT: no such step;
 * ERR_INVALID: a draft that is not complete, or not monotone as it says, stays one. */
MUST_USE enum err decision_model_set_state(struct db *db, struct arena *a, int64_t id, const char *state,
    struct actor by);
/*
 * Drafts are the only versions whose text changes; their tables may be incomplete
 * (decision_draft_read()). ${m} as the next version of its name, based on model ${based_on}
 * (0: none); when its newest version is a draft, that one is ${*ret_id} and nothing is
 * written. ERR_LIMIT: too large.
 */
MUST_USE enum err decision_draft_add(struct db *db, struct arena *a, const char *topic, const struct decision_model *m,
    int64_t based_on, struct actor by, int64_t *ret_id);
/* The text as it is stored; ERR_NOT_FOUND. */
MUST_USE enum err decision_draft_body(struct db *db, struct arena *a, int64_t id, const char **ret);
/* Another text. ERR_CONFLICT: it is no draft, or the text has another name; ERR_INVALID, ERR_LIMIT with ${*fault}. */
MUST_USE enum err decision_draft_save(struct db *db, struct arena *a, int64_t id, struct str text, struct actor by,
    struct decision_fault *fault);
/* Who changed it last, and when; "" and 0: nobody since it was begun. */
MUST_USE enum err decision_draft_touched(struct db *db, struct arena *a, int64_t id, const char **ret_who, int64_t *ret_at);
/* One of them as text: "blank.json". ERR_NOT_FOUND. */
MUST_USE enum err decision_shipped_read(struct arena *a, const char *file, struct decision_model *ret);
/* Undo of a step: ${id} is in ${state} again, and ${active} (0: none) the active one.
 * ERR_CONFLICT: it is no longer in ${now}. */
MUST_USE enum err decision_model_step_back(struct db *db, struct arena *a, int64_t id, const char *now, const char *state,
    int64_t active, struct actor by);
/* The shipped models as drafts of ${topic}; those that are there already stay. */
MUST_USE enum err decision_model_ship(struct db *db, struct arena *a, const char *topic, struct actor by);

/* Subjects and answers -------------------------------------------------- */

struct decision_subject {
	int64_t id, object_id, created_at;
	const char *topic, *object, *title, *state;
	int64_t exposure, likely; /* as in decision/priority.h */
};
/* Added, or its title, exposure and likelihood brought up to date. */
MUST_USE enum err decision_subject_put(struct db *db, struct arena *a, const struct decision_subject *s,
    struct actor by, int64_t *ret_id);
MUST_USE enum err decision_subject_get(struct db *db, struct arena *a, int64_t id, struct decision_subject *ret);
/* A number for an object that is nothing but its subject. */
MUST_USE enum err decision_subject_next(struct db *db, const char *topic, const char *object, int64_t *ret);
/* Open ones first, newest first; ${before} 0: from the top. */
MUST_USE enum err decision_subject_list(struct db *db, struct arena *a, const char *topic, bool open, int64_t before,
    int limit, struct decision_subject **ret, size_t *ret_n);

struct decision_answer {
	int64_t id, subject_id, person_id, at;
	const char *fact;     /* id of the fact: "ssvc:E:1.1.0" */
	const char *possible; /* keys of the values left, "P|A"; "" takes the answer back */
	const char *source;   /* analyst feed derived */
	const char *badge;    /* "KEV" … or "" */
	const char *evidence; /* a link, or "" */
};
/* A feed or a derivation never replaces an analyst's answer: OK, and nothing changes. */
MUST_USE enum err decision_answer_put(struct db *db, struct arena *a, const struct decision_answer *w, struct actor by);
/* Those that hold now. */
MUST_USE enum err decision_answer_list(struct db *db, struct arena *a, int64_t subject, struct decision_answer **ret,
    size_t *ret_n);
/* The same of many subjects (at most 500), in the order of their ids. */
MUST_USE enum err decision_answer_list_of(struct db *db, struct arena *a, const int64_t *subject, size_t n,
    struct decision_answer **ret, size_t *ret_n);
/* As a model sees them; a fact of another version counts by its name and key. */
void decision_answer_apply(const struct decision_model *m, const struct decision_answer *w, size_t n,
    struct decision_answers *ret);

/* Proposals and decisions ---------------------------------------------- */

struct decision_proposal {
	int64_t id, subject_id, model_id, at;
	bool shadow;
	const char *outcome, *possible; /* keys */
	int64_t confidence; /* ten-thousandths */
	int64_t support, agree, leaf;
	const char *facts; /* JSON */
};
/* Decide ${subject} by the active model and by the shadows, and keep what they say (a
 * proposal that says the same as the last one is that one). ${ret} is the active
 * model's; ERR_NOT_FOUND: no active model. */
MUST_USE enum err decision_propose(struct db *db, struct arena *a, int64_t subject, struct actor by,
    struct decision_proposal *ret);

struct decision_taken {
	int64_t id, subject_id, model_id, person_id, at, leaf;
	const char *topic, *proposed, *outcome, *reason, *facts;
	const char *title;   /* of its subject */
	int64_t exposure, likely; /* of its subject, as they are now */
	const char *was;     /* what was decided first, when it was changed since; or "" */
	const char *analyst; /* who decided, as an imported file says; or "" */
	int64_t weight;	     /* for how many decisions it counts: a precedent has more than 1 */
	int64_t import_id;   /* 0: taken here */
	bool overridden, left_out;
};
/*
 * What a person decides about ${subject}. Not what is proposed: ${reason} must say why
 * (ERR_INVALID). Tasks come from the model's actions, those of an earlier decision
 * are closed; learning starts in the background.
 */
MUST_USE enum err decision_take(struct db *db, struct arena *a, int64_t subject, const char *outcome,
    const char *reason, struct actor by, int64_t *ret_id);
/* A slip: what was decided is open again, its tasks are closed, nothing is learned
 * from it. ERR_CONFLICT: another decision was taken after it. */
MUST_USE enum err decision_take_back(struct db *db, struct arena *a, int64_t id, struct actor by);
/* Facts came in after the decision: when ${p}, the newest proposal, is more urgent than
 * both what was decided and what was proposed then, the subject is open again. */
MUST_USE enum err decision_reopen_if_worse(struct db *db, struct arena *a, int64_t subject, const struct decision_proposal *p,
    struct actor by);
/* Whether anything is learned from it. */
MUST_USE enum err decision_leave_out(struct db *db, struct arena *a, int64_t id, bool left_out, struct actor by);
/* A precedent counts for ${weight} (1 to DECISION_WEIGHT) decisions, also when it was left out
 * before; learning starts. ERR_INVALID: another weight. */
MUST_USE enum err decision_teach(struct db *db, struct arena *a, int64_t id, int64_t weight, struct actor by);
/*
 * The answer was wrong: ${outcome} is right. What was decided first is kept, tasks that
 * exist stay; learning starts. ERR_INVALID: no reason, or the same outcome again.
 */
MUST_USE enum err decision_relabel(struct db *db, struct arena *a, int64_t id, const char *outcome, const char *reason,
    struct actor by);
/*
 * The facts were wrong: fact ${fact} was ${possible} (keys; "" not known). An answer of
 * its subject that says what the decision said is corrected, too; learning starts.
 */
MUST_USE enum err decision_correct(struct db *db, struct arena *a, int64_t id, const char *fact, const char *possible,
    struct actor by);
/* Undo of teaching and of another outcome: outcome, reason, was, weight and left_out are
 * as in ${t} again. A fact is corrected back. */
MUST_USE enum err decision_taken_restore(struct db *db, struct arena *a, const struct decision_taken *t, struct actor by);
MUST_USE enum err decision_taken_get(struct db *db, struct arena *a, int64_t id, struct decision_taken *ret);
/* Newest first. */
MUST_USE enum err decision_taken_list(struct db *db, struct arena *a, const char *topic, int64_t before, int limit,
    struct decision_taken **ret, size_t *ret_n);

/* Tasks ---------------------------------------------------------------- */

struct decision_task_row {
	struct decision_task rank; /* decision/priority.h */
	int64_t decision_id, subject_id;
	const char *title, *text, *text_ja, *pin_reason;
	enum decision_reason why; /* why it stands above the next */
};
/* Open ones of a topic in their order. */
MUST_USE enum err decision_task_list(struct db *db, struct arena *a, const char *topic, int64_t now,
    struct decision_task_row **ret, size_t *ret_n);
/* ${pin} 0 takes it away; else a reason is needed (ERR_INVALID). */
MUST_USE enum err decision_task_pin(struct db *db, struct arena *a, int64_t id, int64_t pin, const char *reason,
    struct actor by);
MUST_USE enum err decision_task_done(struct db *db, struct arena *a, int64_t id, struct actor by);
/* Not done after all. ERR_CONFLICT: it is open, or its decision gave way to another. */
MUST_USE enum err decision_task_reopen(struct db *db, struct arena *a, int64_t id, struct actor by);
/* An open task's place and its reason; ERR_NOT_FOUND. */
MUST_USE enum err decision_task_pinned(struct db *db, struct arena *a, int64_t id, int64_t *ret_pin, const char **ret_reason);

/* Learning -------------------------------------------------------------- */

/* Something in the history of ${topic} has changed: learn from it, in the background. */
MUST_USE enum err decision_relearn(struct db *db, struct arena *a, const char *topic, int64_t now);

/* Whether two ids name one fact, whatever their versions. */
bool decision_same_fact(const char *id, const char *other);
/* What was known, as a decision keeps it ({"ssvc:E:1.1.0":"A"}), in the facts of ${m}; a fact
 * of another version counts by its name and key. False: it cannot be read, all is open. */
bool decision_facts_of(struct arena *a, const char *facts, const struct decision_model *m, struct decision_answers *ret);
/* The decisions of a topic, with the facts and outcomes of ${policy} and its rows as
 * prior decisions (DECISION_PRIOR each). ${ret_n} of them are a person's. */
MUST_USE enum err decision_history_load(struct db *db, struct arena *a, const char *topic,
    const struct decision_model *policy, struct decision_history *ret, size_t *ret_n);
/* One past decision that ${m} would decide otherwise. */
struct decision_otherwise {
	int64_t id, subject_id, at;
	const char *title;
	const char *outcome; /* as it was decided: a key */
	uint8_t says;	     /* ${m}'s outcome */
};
/* The newest ${max} of them. */
MUST_USE enum err decision_model_otherwise(struct db *db, struct arena *a, const char *topic, const struct decision_model *m,
    size_t max, struct decision_otherwise **ret, size_t *ret_n);
/* How many past decisions ${m} decides otherwise than the person did, of how many. */
MUST_USE enum err decision_model_compare(struct db *db, struct arena *a, const char *topic,
    const struct decision_model *m, size_t *ret_otherwise, size_t *ret_n);

#endif
