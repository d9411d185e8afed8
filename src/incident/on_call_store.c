/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/on_call_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/notice_store.h"

#define COLUMNS                                                                                                    \
	"SELECT t.id, t.person_id, t.from_at, t.until_at, t.cover, p.name, t.reach, t.changed_by, t.changed_at FROM " \
	"on_call t JOIN person p ON p.id = t.person_id "

static void
read_row(struct arena *a, struct db_stmt *q, struct on_call *t)
{
	*t = (struct on_call){
		.id = db_int(q, 0),
		.person_id = db_int(q, 1),
		.from = db_int(q, 2),
		.until = db_int(q, 3),
		.cover = db_int(q, 4) != 0,
		.name = db_dup(a, q, 5),
		.reach = db_dup(a, q, 6),
		.changed_by = db_int(q, 7),
		.changed_at = db_int(q, 8),
	};
}

enum err
on_call_list(struct db *db, struct arena *a, int64_t from, int64_t until, struct on_call **ret, size_t *ret_n)
{
	struct on_call *list = arena_many(a, struct on_call, ON_CALL_LIST);
	AUTO(db_stmt) q = NULL;
	size_t n = 0;

	TRY(db_query(db, &q, COLUMNS "WHERE t.until_at > ?1 AND t.from_at < ?2 ORDER BY t.from_at, t.id LIMIT ?3",
	    DB_INT(from), DB_INT(until), DB_INT(ON_CALL_LIST)));
	while (n < ON_CALL_LIST && db_row(q))
		read_row(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
on_call_now(struct db *db, struct arena *a, int64_t at, struct on_call *ret)
{
	struct on_call *list;
	struct user u;
	size_t n, i;

	*ret = (struct on_call){ 0 };
	TRY(on_call_list(db, a, at, at + 1, &list, &n));
	i = on_call_at(list, n, at);
	if (i == SIZE_MAX)
		return OK;
	TRY(user_get(db, a, list[i].person_id, &u));
	if (u.active)
		*ret = list[i];
	return OK;
}

enum err
on_call_last(struct db *db, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COALESCE(MAX(until_at), 0) FROM on_call WHERE cover = 0"));
	*ret = db_int(q, 0);
	return OK;
}

enum err
on_call_add(struct db *db, struct arena *a, struct on_call *t)
{
	struct on_call *list;
	size_t n;

	TRY(on_call_list(db, a, t->from, t->until, &list, &n));
	if (!t->cover && on_call_meets(list, n, t->from, t->until) != SIZE_MAX)
		return ERR_EXISTS;
	return db_insert(db, &t->id,
	    "INSERT INTO on_call (person_id, from_at, until_at, cover, reach, changed_by, changed_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
	    DB_INT(t->person_id), DB_INT(t->from), DB_INT(t->until), DB_INT(t->cover), DB_TEXT(t->reach),
	    DB_INT(t->changed_by), DB_INT(t->changed_at));
}

enum err
on_call_get(struct db *db, struct arena *a, int64_t id, struct on_call *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS "WHERE t.id = ?1", DB_INT(id)));
	read_row(a, q, ret);
	return OK;
}

enum err
on_call_delete(struct db *db, int64_t id)
{
	TRY(db_run(db, "DELETE FROM on_call WHERE id = ?1", DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
on_call_tell(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	struct on_call t;
	struct user u;
	bool told;

	TRY(on_call_now(db, a, now, &t));
	if (t.id == 0)
		return OK;
	TRY(user_get(db, a, t.person_id, &u));
	TRY(db_one(db, &q, "SELECT mention_mail FROM person WHERE id = ?1", DB_INT(u.id)));
	return notice_add(db, blobs, a,
	    &(struct notice){ .person_id = u.id, .at = now, .kind = "on-call", .object = "report", .object_id = id, .text = "",
		.mail = db_int(q, 0) != 0 },
	    &u, &told);
}
