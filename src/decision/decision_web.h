/* SPDX-License-Identifier: Apache-2.0 */
/* decision_web.h - what the pages below /vulnerabilities share. */
#ifndef DECISION_DECISION_WEB_H
#define DECISION_DECISION_WEB_H

#include "decision/decision_store.h"
#include "decision/edit.h"
#include "web/web.h"

#define DECISION_TOPIC "vulnerability"

/* A case as the active model sees it. */
struct decision_case {
	struct decision_subject subject;
	struct decision_answer *answer;
	size_t answers;
	struct decision_model_row row;
	struct decision_model model;
	struct decision_answers given;
	struct decision_verdict verdict;
	struct decision_question question;
};
/* ERR_NOT_FOUND: no such case, or no active model. */
MUST_USE enum err decision_case_load(struct web *w, int64_t id, struct decision_case *ret);
/* The answer to fact ${f} that holds, or NULL. */
const struct decision_answer *decision_case_answer(const struct decision_case *c, size_t f);

/* The pages of decisions as tabs; ${here} is the present one's address. */
void decision_tabs(struct web *w, const char *here);
/* A name in the viewer's language. */
const char *decision_word(const struct web *w, const char *name, const char *name_ja);
const char *decision_outcome_word(const struct web *w, const struct decision_model *m, const char *key);
/* ":id" of the address; ERR_NOT_FOUND. */
MUST_USE enum err decision_path_id(struct web *w, int64_t *ret);
/* What other modules show beside a case, by its subject: in routes.c; NULL ends it. */
typedef enum err (*decision_panel)(struct web *w, int64_t subject);
extern const decision_panel decision_panels[];
/* Another model is active: the job DECISION_FILL of whoever fills in facts runs. */
#define DECISION_FILL "vulnerability.fill"
MUST_USE enum err decision_facts_changed(struct web *w);
/* No model is active: the page that says so and lets one begin. */
MUST_USE enum err decision_begin_page(struct web *w);
/* The list of models, with the problems of a form on it. */
MUST_USE enum err decision_models_page(struct web *w);

/* A draft that is being changed (edit_web.c, edit_fact_web.c). */
struct decision_draft {
	int64_t id;
	struct decision_model_row row;
	struct decision_model model; /* a table, also when it was a tree */
	bool is_draft;
	const struct decision_model *stored; /* NULL: ${model} is; else it has what was typed */
};
/* What is wrong with a model's text, and where, in the viewer's words. */
const char *decision_fault_text(struct web *w, const struct decision_fault *f);
/* Somebody else changed what a form is about (its "seen" is not ${now}): */
bool decision_draft_moved(struct web *w, const char *now);
/* ui.conflict without fields, for the partial "conflict"; ${*ret}: its fields. */
MUST_USE enum err decision_draft_conflict(struct web *w, const struct decision_draft *d, struct value **ret);
void decision_conflict_field(struct web *w, struct value *fields, const char *label, const char *theirs, const char *yours);
/* ":id" of the address. ERR_NOT_FOUND; ERR_LIMIT: a tree that is no table. */
MUST_USE enum err decision_draft_load(struct web *w, struct decision_draft *ret);
/* Its model as it is now, to be taken back by ${*ret_undo} (0: too large for that). OK with
 * a problem: the text is no model. */
MUST_USE enum err decision_draft_keep(struct web *w, const struct decision_draft *d, int64_t *ret_undo);
const char *decision_edit_address(struct web *w, int64_t id);
/* What a fact can be filled in from, for the form of a fact; context "source". Defined
 * where it is done, named in routes.c. */
extern const struct web_option *const decision_sources;

const char *decision_address(struct web *w, const char *before, int64_t id);

/* Who decided: names of users, loaded once a page. */
struct decision_people {
	struct user *user;
	size_t n;
};
MUST_USE enum err decision_people_load(struct web *w, struct decision_people *ret);
/* A user's name, else what a file said; NULL: not known. */
const char *decision_person(const struct decision_people *p, int64_t id, const char *analyst);
/* How one past decision is told of wherever it is listed: id, title, outcome, reason, who, at,
 * weight, left_out, "@href" and so on. */
void decision_taken_tell(struct web *w, struct value *o, const struct decision_taken *t, const struct decision_model *m,
    const struct decision_people *p);

#endif
