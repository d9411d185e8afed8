/* SPDX-License-Identifier: Apache-2.0 */
/* draft_store.c - drafts of models: the only versions whose text changes. */
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "decision/decision_store.h"
#include "text/value.h"

static enum err
newest(struct db *db, struct arena *a, const char *topic, const char *name, int64_t *ret_id, int64_t *ret_version,
    const char **ret_state)
{
	AUTO(db_stmt) q = NULL;

	*ret_id = *ret_version = 0;
	*ret_state = "";
	TRY(db_query(db, &q,
	    "SELECT id, version, state FROM decision_model WHERE topic = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1",
	    DB_TEXT(topic), DB_TEXT(name)));
	if (db_row(q)) {
		*ret_id = db_int(q, 0);
		*ret_version = db_int(q, 1);
		*ret_state = db_dup(a, q, 2);
	}
	return db_end(q);
}

enum err
decision_draft_add(struct db *db, struct arena *a, const char *topic, const struct decision_model *m, int64_t based_on,
    struct actor by, int64_t *ret_id)
{
	struct str body;
	struct value *v = value_object(a);
	const char *name = arena_printf(a, "%s:%s", m->space, m->key), *state;
	int64_t version;

	TRY(newest(db, a, topic, name, ret_id, &version, &state));
	if (strcmp(state, "draft") == 0)
		return OK;
	TRY(decision_model_text(a, m, &body));
	TRY(db_insert(db, ret_id,
	    "INSERT INTO decision_model (topic, name, version, state, origin, title, title_ja, body, based_on, created_by, "
	    "created_at, state_by, state_at) VALUES (?1, ?2, ?3, 'draft', 'written', ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?9) RETURNING id",
	    DB_TEXT(topic), DB_TEXT(name), DB_INT(version + 1), DB_TEXT(m->name), DB_TEXT(m->name_ja == NULL ? "" : m->name_ja),
	    DB_STR(body), DB_INT_OR_NULL(based_on), DB_INT_OR_NULL(by.id), DB_INT(by.now)));
	value_set_text(a, v, "topic", topic);
	value_set_text(a, v, "name", name);
	value_set_int(a, v, "version", version + 1);
	value_set_text(a, v, "origin", "written");
	return journal_tell(db, a, "decision.model.add", "decision_model", *ret_id, v, by);
}

enum err
decision_draft_body(struct db *db, struct arena *a, int64_t id, const char **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT body FROM decision_model WHERE id = ?1", DB_INT(id)));
	*ret = db_dup(a, q, 0);
	return OK;
}

enum err
decision_draft_save(struct db *db, struct arena *a, int64_t id, struct str text, struct actor by,
    struct decision_fault *fault)
{
	struct value *v = value_object(a);
	struct decision_model_row row;
	struct decision_model was, m;

	TRY(decision_model_get(db, a, id, &row, &was));
	TRY(decision_draft_read(a, text, &m, fault));
	/* Its name is what holds its versions together. */
	if (strcmp(row.state, "draft") != 0 || strcmp(row.name, arena_printf(a, "%s:%s", m.space, m.key)) != 0)
		return ERR_CONFLICT;
	TRY(db_run(db,
	    "UPDATE decision_model SET body = ?2, title = ?3, title_ja = ?4, origin = 'written' WHERE id = ?1 AND state = 'draft'",
	    DB_INT(id), DB_STR(text), DB_TEXT(m.name), DB_TEXT(m.name_ja == NULL ? "" : m.name_ja)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_int(a, v, "version", row.version);
	value_set_int(a, v, "facts", (int64_t)m.facts);
	value_set_int(a, v, "rows", (int64_t)m.rows);
	return journal_tell(db, a, "decision.model.edit", "decision_model", id, v, by);
}

enum err
decision_draft_touched(struct db *db, struct arena *a, int64_t id, const char **ret_who, int64_t *ret_at)
{
	AUTO(db_stmt) q = NULL;

	*ret_who = "";
	*ret_at = 0;
	TRY(db_query(db, &q,
	    "SELECT actor_name, at FROM journal WHERE object = 'decision_model' AND object_id = ?1 AND action = 'decision.model.edit' "
	    "ORDER BY id DESC LIMIT 1",
	    DB_INT(id)));
	if (db_row(q)) {
		*ret_who = db_dup(a, q, 0);
		*ret_at = db_int(q, 1);
	}
	return db_end(q);
}
