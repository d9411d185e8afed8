/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/brand_store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "takedown/owner_store.h"
#include "text/value.h"

enum err
brand_find(struct db *db, struct arena *a, const char *name, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	*ret_id = 0;
	TRY(db_query(db, &q,
	    "SELECT id FROM brand WHERE folded = ?1 UNION ALL SELECT brand_id FROM brand_alias WHERE folded = ?1",
	    DB_STR(utf8_fold(a, str_of(name)))));
	if (db_row(q))
		*ret_id = db_int(q, 0);
	return db_end(q);
}

enum err
brand_need(struct db *db, struct arena *a, const char *name, struct actor by, int64_t *ret_id)
{
	TRY(brand_find(db, a, name, ret_id));
	if (*ret_id != 0)
		return OK;
	struct value *v = value_object(a);

	TRY(db_insert(db, ret_id, "INSERT INTO brand (name, folded) VALUES (?1, ?2) RETURNING id", DB_TEXT(name),
	    DB_STR(utf8_fold(a, str_of(name)))));
	value_set_text(a, v, "name", name);
	return journal_tell(db, a, "brand.add", "brand", *ret_id, v, by);
}

static enum err
aliases_of(struct db *db, struct arena *a, int64_t id, const char **ret)
{
	AUTO(db_stmt) q = NULL;
	struct buf *b = buf_new(a, LIMIT_BODY);

	TRY(db_query(db, &q, "SELECT name FROM brand_alias WHERE brand_id = ?1 ORDER BY name", DB_INT(id)));
	while (db_row(q))
		buf_printf(b, "%s%s", b->n > 0 ? "\n" : "", db_text(q, 0));
	*ret = buf_cstr(a, b);
	return db_end(q);
}

#define BRAND \
	"SELECT b.id, b.name, b.organisation_id, o.name, b.origin, b.sector, b.reference_id, b.watched, b.note, b.version, " \
	"b.contact_id, b.notice, b.notice_hour, b.clear " \
	"FROM brand b LEFT JOIN organisation o ON o.id = b.organisation_id "

static struct brand
read_brand(struct db_stmt *q, struct arena *a)
{
	return (struct brand){
		.id = db_int(q, 0),
		.name = db_dup(a, q, 1),
		.organisation_id = db_int(q, 2),
		.organisation = db_dup(a, q, 3),
		.origin = db_dup(a, q, 4),
		.sector = db_dup(a, q, 5),
		.reference_id = db_int(q, 6),
		.watched = db_int(q, 7) != 0,
		.note = db_dup(a, q, 8),
		.version = db_int(q, 9),
		.contact_id = db_int(q, 10),
		.notice = db_dup(a, q, 11),
		.notice_hour = db_int(q, 12),
		.clear = db_int(q, 13) != 0,
	};
}

enum err
brand_get(struct db *db, struct arena *a, int64_t id, struct brand *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, BRAND "WHERE b.id = ?1", DB_INT(id)));
	*ret = read_brand(q, a);
	return aliases_of(db, a, id, &ret->aliases);
}

enum err
brand_list(struct db *db, struct arena *a, const char *words, int64_t offset, int64_t limit, struct brand **ret,
    size_t *ret_n, int64_t *ret_total)
{
	AUTO(db_stmt) count = NULL;
	AUTO(db_stmt) q = NULL;
	const char *folded = arena_printf(a, "%%%.*s%%", STR_F(utf8_fold(a, str_of(words))));

	*ret = NULL;
	*ret_n = 0;
	TRY(db_one(db, &count, "SELECT COUNT(*) FROM brand WHERE folded LIKE ?1", DB_TEXT(folded)));
	*ret_total = db_int(count, 0);
	TRY(db_query(db, &q, BRAND "WHERE b.folded LIKE ?1 ORDER BY b.folded LIMIT ?2 OFFSET ?3", DB_TEXT(folded), DB_INT(limit),
	    DB_INT(offset)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = read_brand(q, a);
	}
	return db_end(q);
}

/* The names below which it is found besides its own. */
static enum err
set_aliases(struct db *db, struct arena *a, const struct brand *b)
{
	struct str rest = str_of(b->aliases), line;

	TRY(db_run(db, "DELETE FROM brand_alias WHERE brand_id = ?1", DB_INT(b->id)));
	while (str_line(&rest, &line)) {
		int64_t other;

		line = str_trim(line);
		if (line.n == 0)
			continue;
		TRY(brand_find(db, a, arena_cstr(a, line), &other));
		if (other == b->id)
			continue;
		if (other != 0)
			return ERR_EXISTS;
		TRY(db_run(db, "INSERT INTO brand_alias (folded, brand_id, name) VALUES (?1, ?2, ?3)",
		    DB_STR(utf8_fold(a, line)), DB_INT(b->id), DB_STR(line)));
	}
	return OK;
}

enum err
brand_change(struct db *db, struct arena *a, const struct brand *b, struct actor by)
{
	struct value *v = value_object(a);
	struct brand was;
	int64_t other;

	TRY(brand_get(db, a, b->id, &was));
	TRY(brand_find(db, a, b->name, &other));
	if (other != 0 && other != b->id)
		return ERR_EXISTS;
	TRY(db_run(db,
	    "UPDATE brand SET name = ?3, folded = ?4, organisation_id = ?5, origin = ?6, sector = ?7, watched = ?8, note = ?9, "
	    "reference_id = ?10, contact_id = ?11, notice = ?12, notice_hour = ?13, clear = ?14, version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(b->id), DB_INT(b->version), DB_TEXT(b->name), DB_STR(utf8_fold(a, str_of(b->name))),
	    DB_INT_OR_NULL(b->organisation_id), DB_TEXT(b->origin), DB_TEXT(b->sector == NULL || *b->sector == '\0' ? NULL : b->sector),
	    DB_INT(b->watched), DB_TEXT(b->note == NULL || *b->note == '\0' ? NULL : b->note), DB_INT_OR_NULL(b->reference_id),
	    DB_INT_OR_NULL(b->contact_id), DB_TEXT(b->notice), DB_INT(b->notice_hour), DB_INT(b->clear)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	TRY(set_aliases(db, a, b));
	TRY(owner_plan(db, a, b, by.now));
	TRY(db_run(db,
	    "UPDATE site SET origin = ?2, change = (SELECT COALESCE(MAX(change), 0) + 1 FROM site) "
	    "WHERE brand_id = ?1 AND origin = ?3 AND origin <> ?2",
	    DB_INT(b->id), DB_TEXT(b->origin), DB_TEXT(was.origin)));
	TRY(db_run(db,
	    "UPDATE site SET sector = ?2, change = (SELECT COALESCE(MAX(change), 0) + 1 FROM site) "
	    "WHERE brand_id = ?1 AND sector = ?3 AND sector <> ?2",
	    DB_INT(b->id), DB_TEXT(b->sector == NULL || *b->sector == '\0' ? "unclassified" : b->sector),
	    DB_TEXT(was.sector == NULL ? "unclassified" : was.sector)));
	value_set_text(a, v, "name", b->name);
	value_set_text(a, v, "origin", b->origin);
	value_set_text(a, v, "sector", b->sector);
	value_set_bool(a, v, "watched", b->watched);
	if (b->watched)
		value_set_text(a, v, "notice", b->notice);
	if (b->watched && b->clear)
		value_set_bool(a, v, "clear", true);
	return journal_tell(db, a, "brand.change", "brand", b->id, v, by);
}

enum err
brand_set_picture(struct db *db, struct arena *a, const struct brand *b, int64_t picture, struct actor by)
{
	struct value *v = value_object(a);

	TRY(db_run(db, "UPDATE brand SET reference_id = ?2, version = version + 1 WHERE id = ?1", DB_INT(b->id),
	    DB_INT_OR_NULL(picture)));
	value_set_text(a, v, "name", b->name);
	return journal_tell(db, a, picture == 0 ? "brand.picture-remove" : "brand.picture", "brand", b->id, v, by);
}

enum err
brand_owner(struct db *db, struct arena *a, const char *name, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	(void)a;
	*ret_id = 0;
	TRY(db_query(db, &q,
	    "SELECT id FROM organisation WHERE removed_at IS NULL AND (name = ?1 OR name_en = ?1) ORDER BY id LIMIT 1", DB_TEXT(name)));
	if (db_row(q))
		*ret_id = db_int(q, 0);
	return db_end(q);
}
