/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view_store.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "db/db.h"

static void
read_view(struct arena *a, struct db_stmt *q, struct view *v)
{
	*v = (struct view){
		.id = db_int(q, 0),
		.team = db_is_null(q, 1),
		.page = db_dup(a, q, 2),
		.name = db_dup(a, q, 3),
		.query = db_dup(a, q, 4),
		.position = db_int(q, 5),
	};
}

enum err
view_list(struct db *db, struct arena *a, const char *page, int64_t person, struct view **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct view *list = arena_many(a, struct view, 2 * VIEWS_MAX);
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT id, person_id, page, name, query, position FROM saved_view WHERE page = ?1 "
	    "AND (person_id IS NULL OR person_id = ?2) "
	    "ORDER BY CASE WHEN person_id IS NULL THEN 0 ELSE 1 END, position, id LIMIT ?3",
	    DB_TEXT(page), DB_INT(person), DB_INT(2 * VIEWS_MAX)));
	while (n < 2 * VIEWS_MAX && db_row(q))
		read_view(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
view_add(struct db *db, const char *page, int64_t person, const char *name, const char *query, int64_t *ret_id)
{
	AUTO(db_stmt) same = NULL;
	AUTO(db_stmt) many = NULL;

	TRY(db_query(db, &same,
	    "SELECT id FROM saved_view WHERE page = ?1 AND name = ?2 AND COALESCE(person_id, 0) = ?3",
	    DB_TEXT(page), DB_TEXT(name), DB_INT(person)));
	if (db_row(same)) {
		*ret_id = db_int(same, 0);
		TRY(db_end(same));
		return db_run(db, "UPDATE saved_view SET query = ?2 WHERE id = ?1", DB_INT(*ret_id),
		    DB_TEXT(query));
	}
	TRY(db_end(same));
	TRY(db_one(db, &many,
	    "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM saved_view WHERE page = ?1 "
	    "AND COALESCE(person_id, 0) = ?2",
	    DB_TEXT(page), DB_INT(person)));
	if (db_int(many, 0) >= VIEWS_MAX)
		return ERR_LIMIT;
	return db_insert(db, ret_id,
	    "INSERT INTO saved_view (person_id, page, name, query, position) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
	    DB_INT_OR_NULL(person), DB_TEXT(page), DB_TEXT(name), DB_TEXT(query),
	    DB_INT(db_int(many, 1) + 1));
}

enum err
view_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct view *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT id, person_id, page, name, query, position FROM saved_view WHERE id = ?1 "
	    "AND (person_id IS NULL OR person_id = ?2)",
	    DB_INT(id), DB_INT(person)));
	read_view(a, q, ret);
	return OK;
}

enum err
view_search(struct db *db, struct arena *a, struct str part, int64_t person, size_t limit, struct view **ret,
    size_t *ret_n)
{
	struct view *list = arena_many(a, struct view, limit + 1);
	AUTO(db_stmt) q = NULL;
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT id, person_id, page, name, query, position FROM saved_view WHERE person_id IS NULL OR person_id = ?1 "
	    "ORDER BY page, CASE WHEN person_id IS NULL THEN 0 ELSE 1 END, position, id",
	    DB_INT(person)));
	while (n < limit && db_row(q)) {
		read_view(a, q, &list[n]);
		if (str_find(utf8_fold(a, str_of(list[n].name)), part, 0) != SIZE_MAX)
			n++;
	}
	*ret = list;
	*ret_n = n;
	return n == limit ? OK : db_end(q);
}

enum err
view_rename(struct db *db, const struct view *v, int64_t person, const char *name)
{
	AUTO(db_stmt) same = NULL;

	TRY(db_query(db, &same,
	    "SELECT 1 FROM saved_view WHERE page = ?1 AND name = ?2 AND COALESCE(person_id, 0) = ?3 AND id <> ?4",
	    DB_TEXT(v->page), DB_TEXT(name), DB_INT(v->team ? 0 : person), DB_INT(v->id)));
	if (db_row(same))
		return ERR_EXISTS;
	TRY(db_end(same));
	return db_run(db, "UPDATE saved_view SET name = ?2 WHERE id = ?1", DB_INT(v->id), DB_TEXT(name));
}

enum err
view_place(struct db *db, int64_t id, int64_t position)
{
	return db_run(db, "UPDATE saved_view SET position = ?2 WHERE id = ?1", DB_INT(id), DB_INT(position));
}

enum err
view_move(struct db *db, const struct view *v, int64_t person, bool left)
{
	AUTO(db_stmt) q = NULL;
	int64_t whose = v->team ? 0 : person;

	if (left)
		TRY(db_query(db, &q,
		    "SELECT id, position FROM saved_view WHERE page = ?1 AND COALESCE(person_id, 0) = ?2 AND position < ?3 "
		    "ORDER BY position DESC LIMIT 1",
		    DB_TEXT(v->page), DB_INT(whose), DB_INT(v->position)));
	else
		TRY(db_query(db, &q,
		    "SELECT id, position FROM saved_view WHERE page = ?1 AND COALESCE(person_id, 0) = ?2 AND position > ?3 "
		    "ORDER BY position LIMIT 1",
		    DB_TEXT(v->page), DB_INT(whose), DB_INT(v->position)));
	if (!db_row(q))
		return db_end(q);
	int64_t other = db_int(q, 0), place = db_int(q, 1);

	TRY(db_end(q));
	TRY(view_place(db, v->id, place));
	return view_place(db, other, v->position);
}

enum err
view_delete(struct db *db, int64_t id)
{
	TRY(db_run(db, "DELETE FROM saved_view WHERE id = ?1", DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}
