/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/worksheet_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "text/value.h"

#define COLUMNS \
	"SELECT id, model_id, version, created_by, created_at, changed_at, topic, title, body FROM decision_worksheet "

static void
read_row(struct arena *a, struct db_stmt *q, struct worksheet_row *r)
{
	*r = (struct worksheet_row){
		.id = db_int(q, 0), .model_id = db_int(q, 1), .version = db_int(q, 2), .created_by = db_int(q, 3),
		.created_at = db_int(q, 4), .changed_at = db_int(q, 5), .topic = db_dup(a, q, 6), .title = db_dup(a, q, 7),
		.body = db_dup(a, q, 8),
	};
}

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t id, const char *title, struct actor by)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "title", title);
	return journal_tell(db, a, action, "decision_worksheet", id, v, by);
}

enum err
worksheet_list(struct db *db, struct arena *a, const char *topic, struct worksheet_row **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, COLUMNS "WHERE topic = ?1 ORDER BY changed_at DESC, id DESC LIMIT 100", DB_TEXT(topic)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_row(a, q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
worksheet_get(struct db *db, struct arena *a, int64_t id, struct worksheet_row *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS "WHERE id = ?1", DB_INT(id)));
	read_row(a, q, ret);
	return OK;
}

enum err
worksheet_add(struct db *db, struct arena *a, const char *topic, const struct worksheet *w, struct actor by, int64_t *ret_id)
{
	TRY(db_insert(db, ret_id,
	    "INSERT INTO decision_worksheet (topic, title, body, version, created_by, created_at, changed_at) "
	    "VALUES (?1, ?2, ?3, 1, ?4, ?5, ?5) RETURNING id",
	    DB_TEXT(topic), DB_TEXT(w->title), DB_TEXT(worksheet_write(a, w)), DB_INT_OR_NULL(by.id), DB_INT(by.now)));
	return tell(db, a, "decision.worksheet.add", *ret_id, w->title, by);
}

enum err
worksheet_save(struct db *db, struct arena *a, int64_t id, int64_t version, const struct worksheet *w, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE decision_worksheet SET title = ?3, body = ?4, version = version + 1, changed_at = ?5 WHERE id = ?1 AND version = ?2",
	    DB_INT(id), DB_INT(version), DB_TEXT(w->title), DB_TEXT(worksheet_write(a, w)), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return tell(db, a, "decision.worksheet.save", id, w->title, by);
}

enum err
worksheet_set_model(struct db *db, int64_t id, int64_t model)
{
	return db_run(db, "UPDATE decision_worksheet SET model_id = ?2 WHERE id = ?1", DB_INT(id), DB_INT(model));
}
