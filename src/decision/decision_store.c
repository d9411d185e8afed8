/* SPDX-License-Identifier: Apache-2.0 */
/* decision_store.c - models, subjects and answers. */
#include "decision/decision_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "decision/shipped.h"
#include "text/value.h"

/* Models --------------------------------------------------------------- */

#define MODEL_COLUMNS                                                                               \
	"SELECT id, topic, name, version, state, origin, title, title_ja, based_on, created_by, "    \
	"created_at, state_at, body FROM decision_model "

static void
read_model(struct arena *a, struct db_stmt *q, struct decision_model_row *r)
{
	*r = (struct decision_model_row){
		.id = db_int(q, 0), .topic = db_dup(a, q, 1), .name = db_dup(a, q, 2), .version = db_int(q, 3),
		.state = db_dup(a, q, 4), .origin = db_dup(a, q, 5), .title = db_dup(a, q, 6),
		.title_ja = db_dup(a, q, 7), .based_on = db_int(q, 8), .created_by = db_int(q, 9),
		.created_at = db_int(q, 10), .state_at = db_int(q, 11),
	};
}

enum err
decision_model_list(struct db *db, struct arena *a, const char *topic, struct decision_model_row **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, MODEL_COLUMNS "WHERE topic = ?1 ORDER BY name, version DESC LIMIT 1000", DB_TEXT(topic)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_model(a, q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

/* What was checked when it was added is trusted no more than any text. */
static enum err
take_body(struct arena *a, struct db_stmt *q, struct decision_model_row *row, struct decision_model *ret)
{
	struct decision_model_row r;
	struct decision_fault fault;

	read_model(a, q, &r);
	if (row != NULL)
		*row = r;
	if (strcmp(r.state, "draft") == 0)
		return decision_draft_read(a, str_of(db_dup(a, q, 12)), ret, &fault);
	return decision_model_read(a, str_of(db_dup(a, q, 12)), ret, &fault);
}

enum err
decision_model_get(struct db *db, struct arena *a, int64_t id, struct decision_model_row *ret_row,
    struct decision_model *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, MODEL_COLUMNS "WHERE id = ?1", DB_INT(id)));
	return take_body(a, q, ret_row, ret);
}

enum err
decision_model_active(struct db *db, struct arena *a, const char *topic, struct decision_model_row *ret_row,
    struct decision_model *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, MODEL_COLUMNS "WHERE topic = ?1 AND state = 'active'", DB_TEXT(topic)));
	return take_body(a, q, ret_row, ret);
}

/* The last version of a name; false: there is none. */
static enum err
last_version(struct db *db, struct arena *a, const char *topic, const char *name, int64_t *ret_id, int64_t *ret_version,
    const char **ret_body)
{
	AUTO(db_stmt) q = NULL;

	*ret_id = *ret_version = 0;
	*ret_body = "";
	TRY(db_query(db, &q,
	    "SELECT id, version, body FROM decision_model WHERE topic = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1",
	    DB_TEXT(topic), DB_TEXT(name)));
	if (db_row(q)) {
		*ret_id = db_int(q, 0);
		*ret_version = db_int(q, 1);
		*ret_body = db_dup(a, q, 2);
	}
	return db_end(q);
}

enum err
decision_model_add(struct db *db, struct arena *a, const char *topic, struct str text, const char *origin,
    int64_t based_on, struct actor by, int64_t *ret_id, struct decision_fault *fault)
{
	struct decision_model m;
	struct value *v = value_object(a);
	const char *name, *was;
	struct str body;
	int64_t version;

	TRY(decision_model_read(a, text, &m, fault));
	name = arena_printf(a, "%s:%s", m.space, m.key);
	TRY(decision_model_text(a, &m, &body));
	TRY(last_version(db, a, topic, name, ret_id, &version, &was));
	if (*ret_id != 0 && str_is(body, was))
		return OK;
	TRY(db_insert(db, ret_id,
	    "INSERT INTO decision_model (topic, name, version, state, origin, title, title_ja, body, based_on, created_by, "
	    "created_at, state_by, state_at) VALUES (?1, ?2, ?3, 'draft', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?9, ?10) RETURNING id",
	    DB_TEXT(topic), DB_TEXT(name), DB_INT(version + 1), DB_TEXT(origin), DB_TEXT(m.name),
	    DB_TEXT(m.name_ja == NULL ? "" : m.name_ja), DB_STR(body), DB_INT_OR_NULL(based_on), DB_INT_OR_NULL(by.id),
	    DB_INT(by.now)));
	value_set_text(a, v, "topic", topic);
	value_set_text(a, v, "name", name);
	value_set_int(a, v, "version", version + 1);
	value_set_text(a, v, "origin", origin);
	return journal_tell(db, a, "decision.model.add", "decision_model", *ret_id, v, by);
}

/* The active one of the topic gives way to another that becomes active. */
static enum err
enter(struct db *db, int64_t id, const char *topic, const char *state, struct actor by)
{
	if (strcmp(state, "active") == 0)
		TRY(db_run(db,
		    "UPDATE decision_model SET state = 'retired', state_by = ?2, state_at = ?3 WHERE topic = ?1 AND state = 'active'",
		    DB_TEXT(topic), DB_INT_OR_NULL(by.id), DB_INT(by.now)));
	return db_run(db, "UPDATE decision_model SET state = ?2, state_by = ?3, state_at = ?4 WHERE id = ?1", DB_INT(id),
	    DB_TEXT(state), DB_INT_OR_NULL(by.id), DB_INT(by.now));
}

enum err
decision_model_set_state(struct db *db, struct arena *a, int64_t id, const char *state, struct actor by)
{
	static const char *const step[][2] = {
		{ "draft", "shadow" }, { "draft", "active" }, { "shadow", "active" }, { "shadow", "draft" },
		{ "active", "retired" }, { "shadow", "retired" }, { "retired", "active" },
	};
	struct decision_model_row row;
	struct decision_model m;
	struct value *v = value_object(a);
	size_t i = 0;

	TRY(decision_model_get(db, a, id, &row, &m));
	while (i < COUNT(step) && (strcmp(step[i][0], row.state) != 0 || strcmp(step[i][1], state) != 0))
		i++;
	if (i == COUNT(step))
		return ERR_CONFLICT;
	if (strcmp(row.state, "draft") == 0) {
		struct decision_fault fault;
		const char *body;

		TRY(decision_draft_body(db, a, id, &body));
		TRY(decision_model_read(a, str_of(body), &m, &fault));
	}
	TRY(enter(db, id, row.topic, state, by));
	value_set_text(a, v, "from", row.state);
	value_set_text(a, v, "to", state);
	return journal_tell(db, a, "decision.model.state", "decision_model", id, v, by);
}

enum err
decision_shipped_read(struct arena *a, const char *file, struct decision_model *ret)
{
	const struct embedded *f = embedded_find(&decision_models, str_of(file));
	struct decision_fault fault;

	return f == NULL ? ERR_NOT_FOUND : decision_model_read(a, (struct str){ f->data, f->n }, ret, &fault);
}

enum err
decision_model_step_back(struct db *db, struct arena *a, int64_t id, const char *now, const char *state, int64_t active,
    struct actor by)
{
	struct decision_model_row row;
	struct decision_model m;
	struct value *v = value_object(a);

	TRY(decision_model_get(db, a, id, &row, &m));
	if (strcmp(row.state, now) != 0)
		return ERR_CONFLICT;
	TRY(enter(db, id, row.topic, state, by));
	/* The one that gave way comes back, unless a third has taken the place. */
	if (active != 0)
		TRY(db_run(db,
		    "UPDATE decision_model SET state = 'active', state_by = ?2, state_at = ?3 WHERE id = ?1 AND state = 'retired' "
		    "AND NOT EXISTS (SELECT 1 FROM decision_model o WHERE o.topic = decision_model.topic AND o.state = 'active')",
		    DB_INT(active), DB_INT_OR_NULL(by.id), DB_INT(by.now)));
	value_set_text(a, v, "from", now);
	value_set_text(a, v, "to", state);
	return journal_tell(db, a, "decision.model.state", "decision_model", id, v, by);
}

enum err
decision_model_ship(struct db *db, struct arena *a, const char *topic, struct actor by)
{
	for (size_t i = 0; i < decision_models.n; i++) {
		const struct embedded *f = &decision_models.file[i];
		struct decision_fault fault;
		int64_t id;

		TRY(decision_model_add(db, a, topic, (struct str){ f->data, f->n }, "shipped", 0, by, &id, &fault));
	}
	return OK;
}

/* Subjects ------------------------------------------------------------- */

enum err
decision_subject_put(struct db *db, struct arena *a, const struct decision_subject *s, struct actor by, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT id FROM decision_subject WHERE topic = ?1 AND object = ?2 AND object_id = ?3",
	    DB_TEXT(s->topic), DB_TEXT(s->object), DB_INT(s->object_id)));
	*ret_id = db_row(q) ? db_int(q, 0) : 0;
	TRY(db_end(q));
	if (*ret_id != 0)
		return db_run(db, "UPDATE decision_subject SET title = ?2, exposure = ?3, likely = ?4 WHERE id = ?1",
		    DB_INT(*ret_id), DB_TEXT(s->title), DB_INT(s->exposure), DB_INT(s->likely));
	TRY(db_insert(db, ret_id,
	    "INSERT INTO decision_subject (topic, object, object_id, title, exposure, likely, state, created_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7) RETURNING id",
	    DB_TEXT(s->topic), DB_TEXT(s->object), DB_INT(s->object_id), DB_TEXT(s->title), DB_INT(s->exposure),
	    DB_INT(s->likely), DB_INT(by.now)));
	return journal_tell(db, a, "decision.subject.add", "decision_subject", *ret_id, NULL, by);
}

enum err
decision_subject_next(struct db *db, const char *topic, const char *object, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COALESCE(MAX(object_id), 0) + 1 FROM decision_subject WHERE topic = ?1 AND object = ?2",
	    DB_TEXT(topic), DB_TEXT(object)));
	*ret = db_int(q, 0);
	return OK;
}

#define SUBJECT_COLUMNS \
	"SELECT id, topic, object, object_id, title, exposure, likely, state, created_at FROM decision_subject "

static void
read_subject(struct arena *a, struct db_stmt *q, struct decision_subject *s)
{
	*s = (struct decision_subject){
		.id = db_int(q, 0), .topic = db_dup(a, q, 1), .object = db_dup(a, q, 2), .object_id = db_int(q, 3),
		.title = db_dup(a, q, 4), .exposure = db_int(q, 5), .likely = db_int(q, 6), .state = db_dup(a, q, 7),
		.created_at = db_int(q, 8),
	};
}

enum err
decision_subject_get(struct db *db, struct arena *a, int64_t id, struct decision_subject *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, SUBJECT_COLUMNS "WHERE id = ?1", DB_INT(id)));
	read_subject(a, q, ret);
	return OK;
}

enum err
decision_subject_list(struct db *db, struct arena *a, const char *topic, bool open, int64_t before, int limit,
    struct decision_subject **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	int64_t below = before > 0 ? before : INT64_MAX;

	*ret = NULL;
	*ret_n = 0;
	if (open)
		TRY(db_query(db, &q,
		    SUBJECT_COLUMNS "WHERE topic = ?1 AND state = 'open' AND id < ?2 ORDER BY id DESC LIMIT ?3",
		    DB_TEXT(topic), DB_INT(below), DB_INT(limit)));
	else
		TRY(db_query(db, &q, SUBJECT_COLUMNS "WHERE topic = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
		    DB_TEXT(topic), DB_INT(below), DB_INT(limit)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_subject(a, q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

/* Answers -------------------------------------------------------------- */

enum err
decision_answer_put(struct db *db, struct arena *a, const struct decision_answer *w, struct actor by)
{
	AUTO(db_stmt) q = NULL;
	struct value *v = value_object(a);
	bool analyst = strcmp(w->source, "analyst") == 0, there, same;

	TRY(db_query(db, &q,
	    "SELECT source, possible, badge FROM decision_answer WHERE subject_id = ?1 AND fact = ?2 AND replaced_at IS NULL",
	    DB_INT(w->subject_id), DB_TEXT(w->fact)));
	there = db_row(q);
	if (there && !analyst && strcmp(db_text(q, 0), "analyst") == 0)
		return OK;
	same = there && strcmp(db_text(q, 0), w->source) == 0 && strcmp(db_text(q, 1), w->possible) == 0 &&
	    strcmp(db_text(q, 2), w->badge) == 0;
	if (same)
		return OK;
	if (there)
		value_set_str(a, v, "from", db_str(q, 1));
	TRY(db_run(db,
	    "UPDATE decision_answer SET replaced_at = ?3 WHERE subject_id = ?1 AND fact = ?2 AND replaced_at IS NULL",
	    DB_INT(w->subject_id), DB_TEXT(w->fact), DB_INT(by.now)));
	if (w->possible[0] != '\0')
		TRY(db_run(db,
		    "INSERT INTO decision_answer (subject_id, fact, possible, source, badge, evidence, person_id, at) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		    DB_INT(w->subject_id), DB_TEXT(w->fact), DB_TEXT(w->possible), DB_TEXT(w->source), DB_TEXT(w->badge),
		    DB_TEXT(w->evidence), DB_INT_OR_NULL(by.id), DB_INT(by.now)));
	value_set_text(a, v, "fact", w->fact);
	value_set_text(a, v, "to", w->possible);
	value_set_text(a, v, "source", w->source);
	return journal_tell(db, a, "decision.answer", "decision_subject", w->subject_id, v, by);
}

static enum err
read_answers(struct arena *a, struct db_stmt *q, struct decision_answer **ret, size_t *ret_n)
{
	*ret = NULL;
	*ret_n = 0;
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct decision_answer){
			.id = db_int(q, 0), .subject_id = db_int(q, 1), .fact = db_dup(a, q, 2), .possible = db_dup(a, q, 3),
			.source = db_dup(a, q, 4), .badge = db_dup(a, q, 5), .evidence = db_dup(a, q, 6),
			.person_id = db_int(q, 7), .at = db_int(q, 8),
		};
	}
	return db_end(q);
}

#define ANSWER_COLUMNS "SELECT id, subject_id, fact, possible, source, badge, evidence, person_id, at FROM decision_answer "

enum err
decision_answer_list(struct db *db, struct arena *a, int64_t subject, struct decision_answer **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, ANSWER_COLUMNS "WHERE subject_id = ?1 AND replaced_at IS NULL ORDER BY fact LIMIT 1000",
	    DB_INT(subject)));
	return read_answers(a, q, ret, ret_n);
}

enum err
decision_answer_list_of(struct db *db, struct arena *a, const int64_t *subject, size_t n, struct decision_answer **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = NULL;
	*ret_n = 0;
	if (n == 0)
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, ANSWER_COLUMNS "WHERE replaced_at IS NULL");
	db_sql_ids(&s, " AND subject_id IN ", subject, n);
	db_sql_add(&s, " ORDER BY subject_id, fact LIMIT 50000");
	TRY(db_query_sql(db, &q, &s));
	return read_answers(a, q, ret, ret_n);
}

void
decision_answer_apply(const struct decision_model *m, const struct decision_answer *w, size_t n,
    struct decision_answers *ret)
{
	decision_answers_init(m, ret);
	for (size_t f = 0; f < m->facts; f++)
		for (size_t i = 0; i < n; i++) {
			bool known;

			if (!decision_same_fact(m->fact[f].id, w[i].fact))
				continue;
			uint64_t set = decision_answer_read(&m->fact[f], str_of(w[i].possible), &known);

			if (known)
				ret->possible[f] = set;
			/* The very version wins over another one. */
			if (strcmp(m->fact[f].id, w[i].fact) == 0)
				break;
		}
}
