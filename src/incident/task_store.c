/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/task_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "journal/journal.h"
#include "text/value.h"

#define TASK_COLUMNS                                                                               \
	"SELECT t.id, t.incident_id, t.title, t.kind, t.owner_id, p.name, t.due_at, t.done_at, "   \
	"d.name, t.position, t.created_at, t.created_by FROM task t "                              \
	"LEFT JOIN person p ON p.id = t.owner_id LEFT JOIN person d ON d.id = t.done_by "
#define TASK_MAX 200

static void
read_task(struct arena *a, struct db_stmt *q, struct task *t)
{
	*t = (struct task){
		.id = db_int(q, 0),
		.incident_id = db_int(q, 1),
		.title = db_dup(a, q, 2),
		.kind = db_dup(a, q, 3),
		.owner_id = db_int(q, 4),
		.owner = db_dup(a, q, 5),
		.due_at = db_int(q, 6),
		.done_at = db_int(q, 7),
		.done_by = db_dup(a, q, 8),
		.position = db_int(q, 9),
		.created_at = db_int(q, 10),
		.created_by = db_int(q, 11),
	};
}

enum err
task_list(struct db *db, struct arena *a, int64_t incident, struct task **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct task *list = arena_many(a, struct task, TASK_MAX);
	size_t n = 0;

	TRY(db_query(db, &q,
	    TASK_COLUMNS "WHERE t.incident_id = ?1 ORDER BY CASE WHEN t.done_at IS NULL THEN 0 ELSE 1 END, "
	    "CASE WHEN t.due_at IS NULL THEN 1 ELSE 0 END, t.due_at, t.position, t.id LIMIT 200",
	    DB_INT(incident)));
	while (db_row(q))
		read_task(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
task_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct task *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, TASK_COLUMNS "WHERE t.id = ?1 AND t.incident_id = ?2", DB_INT(id),
	    DB_INT(incident)));
	read_task(a, q, ret);
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const struct task *t, int64_t id,
    struct actor by)
{
	struct value *p = value_object(a);

	value_set_int(a, p, "task", id);
	value_set_text(a, p, "title", t->title);
	return journal_tell(db, a, action, "incident", t->incident_id, p, by);
}

enum err
task_add(struct db *db, struct arena *a, const struct task *t, struct actor by, int64_t *ret_id)
{
	TRY(db_insert(db, ret_id,
	    "INSERT INTO task (incident_id, title, kind, owner_id, due_at, done_at, position, created_at, "
	    "created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
	    DB_INT(t->incident_id), DB_TEXT(t->title), DB_TEXT(t->kind), DB_INT_OR_NULL(t->owner_id),
	    DB_INT_OR_NULL(t->due_at), DB_INT_OR_NULL(t->done_at), DB_INT(t->position), DB_INT(by.now),
	    DB_INT(by.id)));
	return tell(db, a, "task.add", t, *ret_id, by);
}

enum err
task_set_done(struct db *db, struct arena *a, const struct task *t, bool done, struct actor by)
{
	if (done == (t->done_at != 0))
		return OK;
	TRY(db_run(db, "UPDATE task SET done_at = ?2, done_by = ?3 WHERE id = ?1", DB_INT(t->id),
	    DB_INT_OR_NULL(done ? by.now : 0), DB_INT_OR_NULL(done ? by.id : 0)));
	return tell(db, a, done ? "task.done" : "task.undone", t, t->id, by);
}

enum err
task_change(struct db *db, struct arena *a, const struct task *was, const struct task *t,
    struct actor by, bool *ret_changed)
{
	*ret_changed = strcmp(was->title, t->title) != 0 || was->owner_id != t->owner_id || was->due_at != t->due_at;
	if (!*ret_changed)
		return OK;
	TRY(db_run(db, "UPDATE task SET title = ?2, owner_id = ?3, due_at = ?4 WHERE id = ?1", DB_INT(was->id),
	    DB_TEXT(t->title), DB_INT_OR_NULL(t->owner_id), DB_INT_OR_NULL(t->due_at)));
	return tell(db, a, "task.change", t, was->id, by);
}

enum err
task_remove(struct db *db, struct arena *a, const struct task *t, struct actor by)
{
	TRY(db_run(db, "DELETE FROM task WHERE id = ?1", DB_INT(t->id)));
	return tell(db, a, "task.remove", t, t->id, by);
}
