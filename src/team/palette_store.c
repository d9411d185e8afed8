/* SPDX-License-Identifier: Apache-2.0 */
#include "team/palette_store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "db/db.h"

/* What LIKE takes for a sign is escaped by '!'. */
static const char *
pattern(struct arena *a, const char *before, struct str part)
{
	struct buf *b = buf_new(a, LIMIT_KIB(8));

	buf_text(b, before);
	for (size_t i = 0; i < part.n; i++) {
		if (part.p[i] == '%' || part.p[i] == '_' || part.p[i] == '!')
			buf_char(b, '!');
		buf_char(b, part.p[i]);
	}
	buf_char(b, '%');
	return buf_cstr(a, b);
}

/* One more, unless the first look had it already. */
static enum err
read_names(struct db_stmt *q, struct arena *a, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	while (*ret_n < limit && db_row(q)) {
		bool again = false;

		for (size_t i = 0; i < *ret_n; i++)
			again = again || ret[i].key == db_int(q, 4);
		if (!again)
			ret[(*ret_n)++] = (struct palette_name){ db_int(q, 0), db_dup(a, q, 1), db_dup(a, q, 2), db_dup(a, q, 3), db_int(q, 4) };
	}
	return *ret_n == limit ? OK : db_end(q);
}

/*
 * Two looks, each of which ends as soon as there are enough: what begins with it,
 * then what has it anywhere. To sort all that match would cost more than both.
 */
static enum err
look_twice(struct db *db, struct arena *a, struct str part, size_t limit,
    enum err (*look)(struct db *db, const char *like, int64_t limit, struct db_stmt **ret), struct palette_name *ret,
    size_t *ret_n)
{
	AUTO(db_stmt) begins = NULL;
	AUTO(db_stmt) has = NULL;

	*ret_n = 0;
	TRY(look(db, pattern(a, "", part), (int64_t)limit, &begins));
	TRY(read_names(begins, a, limit, ret, ret_n));
	if (*ret_n == limit)
		return OK;
	TRY(look(db, pattern(a, "%", part), (int64_t)limit * 2, &has));
	return read_names(has, a, limit, ret, ret_n);
}

static enum err
organisations(struct db *db, const char *like, int64_t limit, struct db_stmt **ret)
{
	return db_query(db, ret,
	    "SELECT id, name, name_en, kind, id FROM organisation WHERE removed_at IS NULL AND folded LIKE ?1 ESCAPE '!' LIMIT ?2",
	    DB_TEXT(like), DB_INT(limit));
}

static enum err
contacts(struct db *db, const char *like, int64_t limit, struct db_stmt **ret)
{
	return db_query(db, ret,
	    "SELECT c.organisation_id, COALESCE(c.name, o.name), CASE WHEN c.name IS NULL THEN o.name_en ELSE c.romaji END, c.email, "
	    "c.id FROM contact c JOIN organisation o ON o.id = c.organisation_id WHERE c.removed_at IS NULL AND o.removed_at IS NULL "
	    "AND (LOWER(c.email) LIKE ?1 ESCAPE '!' OR LOWER(c.name) LIKE ?1 ESCAPE '!' OR LOWER(c.romaji) LIKE ?1 ESCAPE '!' "
	    "OR c.kana LIKE ?1 ESCAPE '!') LIMIT ?2",
	    DB_TEXT(like), DB_INT(limit));
}

static enum err
brands(struct db *db, const char *like, int64_t limit, struct db_stmt **ret)
{
	return db_query(db, ret,
	    "SELECT b.id, b.name, NULL, NULL, b.id FROM brand b WHERE b.folded LIKE ?1 ESCAPE '!' OR b.id IN (SELECT x.brand_id "
	    "FROM brand_alias x WHERE x.folded LIKE ?1 ESCAPE '!') LIMIT ?2",
	    DB_TEXT(like), DB_INT(limit));
}

enum err
palette_organisations(struct db *db, struct arena *a, struct str part, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	return look_twice(db, a, part, limit, organisations, ret, ret_n);
}

enum err
palette_contacts(struct db *db, struct arena *a, struct str part, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	return look_twice(db, a, part, limit, contacts, ret, ret_n);
}

enum err
palette_brands(struct db *db, struct arena *a, struct str part, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	return look_twice(db, a, part, limit, brands, ret, ret_n);
}
