/* SPDX-License-Identifier: Apache-2.0 */
/* amend_store.c - what a person changes about a decision after it was taken. */
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "decision/decision_store.h"
#include "text/value.h"

static enum err
tell(struct db *db, struct arena *a, const char *action, const struct decision_taken *t, const struct value *payload,
    struct actor by)
{
	TRY(journal_write(db, a, &(struct journal_entry){
		.at = by.now, .actor = by.id, .actor_name = by.name, .action = action, .object = "decision_subject",
		.object_id = t->subject_id, .also = "decision", .also_id = t->id, .payload = payload,
	}));
	return decision_relearn(db, a, t->topic, by.now);
}

enum err
decision_teach(struct db *db, struct arena *a, int64_t id, int64_t weight, struct actor by)
{
	struct decision_taken t;
	struct value *v = value_object(a);

	if (weight < 1 || weight > DECISION_WEIGHT)
		return ERR_INVALID;
	TRY(decision_taken_get(db, a, id, &t));
	TRY(db_run(db, "UPDATE decision SET weight = ?2, left_out = 0 WHERE id = ?1", DB_INT(id), DB_INT(weight)));
	value_set_int(a, v, "from", t.weight);
	value_set_int(a, v, "to", weight);
	return tell(db, a, "decision.teach", &t, v, by);
}

enum err
decision_relabel(struct db *db, struct arena *a, int64_t id, const char *outcome, const char *reason, struct actor by)
{
	struct decision_taken t;
	struct value *v = value_object(a);

	TRY(decision_taken_get(db, a, id, &t));
	if (str_trim(str_of(reason)).n == 0 || *outcome == '\0' || strcmp(t.outcome, outcome) == 0)
		return ERR_INVALID;
	TRY(db_run(db, "UPDATE decision SET outcome = ?2, reason = ?3, was = ?4, overridden = ?5 WHERE id = ?1", DB_INT(id),
	    DB_TEXT(outcome), DB_TEXT(reason), DB_TEXT(t.was[0] == '\0' ? t.outcome : t.was),
	    DB_INT(t.proposed[0] != '\0' && strcmp(t.proposed, outcome) != 0)));
	value_set_text(a, v, "from", t.outcome);
	value_set_text(a, v, "to", outcome);
	value_set_text(a, v, "reason", reason);
	return tell(db, a, "decision.relabel", &t, v, by);
}

/* The answer that holds for the subject, when it is ${says}. */
static enum err
correct_answer(struct db *db, struct arena *a, int64_t subject, const char *fact, const char *says, const char *possible,
    struct actor by)
{
	struct decision_answer *w;
	size_t n;

	TRY(decision_answer_list(db, a, subject, &w, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(w[i].fact, fact) == 0 && strcmp(w[i].possible, says) == 0) {
			w[i].possible = possible;
			w[i].source = "analyst";
			w[i].badge = "";
			return decision_answer_put(db, a, &w[i], by);
		}
	return OK;
}

enum err
decision_correct(struct db *db, struct arena *a, int64_t id, const char *fact, const char *possible, struct actor by)
{
	struct decision_taken t;
	struct value *v = value_object(a), *json, *next = value_object(a);
	const char *was = "";

	TRY(decision_taken_get(db, a, id, &t));
	if (value_parse(a, str_of(t.facts), &json, NULL) != OK)
		json = value_object(a);
	for (size_t i = 0; i < value_count(json); i++) {
		if (strcmp(value_key(json, i), fact) == 0)
			was = value_cstr(value_member(json, i));
		else
			value_set_text(a, next, value_key(json, i), value_cstr(value_member(json, i)));
	}
	if (*fact == '\0' || strcmp(was, possible) == 0)
		return ERR_INVALID;
	if (*possible != '\0')
		value_set_text(a, next, fact, possible);
	TRY(db_run(db, "UPDATE decision SET facts = ?2 WHERE id = ?1", DB_INT(id), DB_TEXT(value_json_text(a, next))));
	TRY(correct_answer(db, a, t.subject_id, fact, was, possible, by));
	value_set_text(a, v, "fact", fact);
	value_set_text(a, v, "from", was);
	value_set_text(a, v, "to", possible);
	return tell(db, a, "decision.correct", &t, v, by);
}

enum err
decision_taken_restore(struct db *db, struct arena *a, const struct decision_taken *t, struct actor by)
{
	struct decision_taken now;
	struct value *v = value_object(a);

	TRY(decision_taken_get(db, a, t->id, &now));
	TRY(db_run(db,
	    "UPDATE decision SET outcome = ?2, reason = ?3, was = ?4, weight = ?5, left_out = ?6, overridden = ?7 WHERE id = ?1",
	    DB_INT(t->id), DB_TEXT(t->outcome), DB_TEXT(t->reason), DB_TEXT(t->was), DB_INT(t->weight),
	    DB_INT(t->left_out), DB_INT(now.proposed[0] != '\0' && strcmp(now.proposed, t->outcome) != 0)));
	value_set_text(a, v, "outcome", t->outcome);
	return tell(db, a, "decision.restore", &now, v, by);
}
