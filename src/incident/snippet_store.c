/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/snippet_store.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "db/db.h"

#define COLUMNS                                                                                            \
	"SELECT s.id, s.person_id, s.name, s.text_ja, s.text_en, s.position, s.changed_by, s.changed_at, " \
	"s.version, p.name FROM snippet s JOIN person p ON p.id = s.changed_by "

static void
read_row(struct arena *a, struct db_stmt *q, struct snippet *s)
{
	*s = (struct snippet){
		.id = db_int(q, 0),
		.person_id = db_int(q, 1),
		.name = db_dup(a, q, 2),
		.text = { [LANG_JA] = db_dup(a, q, 3), [LANG_EN] = db_dup(a, q, 4) },
		.position = db_int(q, 5),
		.changed_by = db_int(q, 6),
		.changed_at = db_int(q, 7),
		.version = db_int(q, 8),
		.changer = db_dup(a, q, 9),
	};
}

static bool
holds(struct arena *a, const struct snippet *s, struct str q)
{
	return q.n == 0 || str_find(utf8_fold(a, str_of(s->name)), q, 0) != SIZE_MAX ||
	    str_find(utf8_fold(a, str_of(s->text[LANG_JA])), q, 0) != SIZE_MAX ||
	    str_find(utf8_fold(a, str_of(s->text[LANG_EN])), q, 0) != SIZE_MAX;
}

enum err
snippet_list(struct db *db, struct arena *a, int64_t person, struct str q, struct snippet **ret, size_t *ret_n)
{
	struct snippet *list = arena_many(a, struct snippet, 2 * SNIPPETS_MAX), one;
	struct str wanted = utf8_fold(a, str_trim(q));
	AUTO(db_stmt) st = NULL;
	size_t n = 0;

	TRY(db_query(db, &st,
	    COLUMNS "WHERE s.person_id IS NULL OR s.person_id = ?1 "
		    "ORDER BY CASE WHEN s.person_id IS NULL THEN 1 ELSE 0 END, s.position, s.id LIMIT ?2",
	    DB_INT(person), DB_INT(2 * SNIPPETS_MAX)));
	while (n < 2 * (size_t)SNIPPETS_MAX && db_row(st)) {
		read_row(a, st, &one);
		if (holds(a, &one, wanted))
			list[n++] = one;
	}
	*ret = list;
	*ret_n = n;
	return db_end(st);
}

enum err
snippet_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct snippet *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS "WHERE s.id = ?1 AND (s.person_id IS NULL OR s.person_id = ?2)", DB_INT(id),
	    DB_INT(person)));
	read_row(a, q, ret);
	return OK;
}

static enum err
add(struct db *db, struct snippet *s, struct str folded)
{
	AUTO(db_stmt) many = NULL;

	TRY(db_one(db, &many, "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM snippet WHERE COALESCE(person_id, 0) = ?1",
	    DB_INT(s->person_id)));
	if (db_int(many, 0) >= SNIPPETS_MAX)
		return ERR_LIMIT;
	s->position = db_int(many, 1) + 1;
	s->version = 1;
	return db_insert(db, &s->id,
	    "INSERT INTO snippet (person_id, name, folded, text_ja, text_en, position, changed_by, changed_at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
	    DB_INT_OR_NULL(s->person_id), DB_TEXT(s->name), DB_STR(folded), DB_TEXT(s->text[LANG_JA]),
	    DB_TEXT(s->text[LANG_EN]), DB_INT(s->position), DB_INT(s->changed_by), DB_INT(s->changed_at));
}

enum err
snippet_save(struct db *db, struct arena *a, struct snippet *s)
{
	struct str folded = utf8_fold(a, str_of(s->name));
	AUTO(db_stmt) same = NULL;

	TRY(db_query(db, &same, "SELECT 1 FROM snippet WHERE COALESCE(person_id, 0) = ?1 AND folded = ?2 AND id <> ?3",
	    DB_INT(s->person_id), DB_STR(folded), DB_INT(s->id)));
	if (db_row(same))
		return ERR_EXISTS;
	TRY(db_end(same));
	if (s->id == 0)
		return add(db, s, folded);
	TRY(db_run(db,
	    "UPDATE snippet SET name = ?3, folded = ?4, text_ja = ?5, text_en = ?6, changed_by = ?7, changed_at = ?8, "
	    "version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(s->id), DB_INT(s->version), DB_TEXT(s->name), DB_STR(folded), DB_TEXT(s->text[LANG_JA]),
	    DB_TEXT(s->text[LANG_EN]), DB_INT(s->changed_by), DB_INT(s->changed_at)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	s->version++;
	return OK;
}

enum err
snippet_delete(struct db *db, int64_t id)
{
	TRY(db_run(db, "DELETE FROM snippet WHERE id = ?1", DB_INT(id)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
snippet_move(struct db *db, const struct snippet *s, bool up)
{
	AUTO(db_stmt) q = NULL;

	if (up)
		TRY(db_query(db, &q,
		    "SELECT id, position FROM snippet WHERE COALESCE(person_id, 0) = ?1 AND position < ?2 "
		    "ORDER BY position DESC LIMIT 1",
		    DB_INT(s->person_id), DB_INT(s->position)));
	else
		TRY(db_query(db, &q,
		    "SELECT id, position FROM snippet WHERE COALESCE(person_id, 0) = ?1 AND position > ?2 "
		    "ORDER BY position LIMIT 1",
		    DB_INT(s->person_id), DB_INT(s->position)));
	if (!db_row(q))
		return db_end(q);
	int64_t other = db_int(q, 0), place = db_int(q, 1);

	TRY(db_end(q));
	TRY(db_run(db, "UPDATE snippet SET position = ?2 WHERE id = ?1", DB_INT(s->id), DB_INT(place)));
	return db_run(db, "UPDATE snippet SET position = ?2 WHERE id = ?1", DB_INT(other), DB_INT(s->position));
}
