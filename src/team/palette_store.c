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

static enum err
read_names(struct db_stmt *q, struct arena *a, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	*ret_n = 0;
	while (*ret_n < limit && db_row(q))
		ret[(*ret_n)++] = (struct palette_name){ db_int(q, 0), db_dup(a, q, 1), db_dup(a, q, 2), db_dup(a, q, 3) };
	return db_end(q);
}

enum err
palette_organisations(struct db *db, struct arena *a, struct str part, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT id, name, name_en, kind FROM organisation WHERE removed_at IS NULL AND folded LIKE ?1 ESCAPE '!' "
	    "ORDER BY CASE WHEN folded LIKE ?2 ESCAPE '!' THEN 0 ELSE 1 END, folded LIMIT ?3",
	    DB_TEXT(pattern(a, "%", part)), DB_TEXT(pattern(a, "", part)), DB_INT((int64_t)limit)));
	return read_names(q, a, limit, ret, ret_n);
}

enum err
palette_contacts(struct db *db, struct arena *a, struct str part, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT c.organisation_id, COALESCE(c.name, o.name), CASE WHEN c.name IS NULL THEN o.name_en ELSE c.romaji END, c.email "
	    "FROM contact c JOIN organisation o ON o.id = c.organisation_id WHERE c.removed_at IS NULL AND o.removed_at IS NULL "
	    "AND (LOWER(COALESCE(c.email, '')) LIKE ?1 ESCAPE '!' OR LOWER(COALESCE(c.name, '')) LIKE ?1 ESCAPE '!' "
	    "OR LOWER(COALESCE(c.romaji, '')) LIKE ?1 ESCAPE '!' OR COALESCE(c.kana, '') LIKE ?1 ESCAPE '!') "
	    "ORDER BY CASE WHEN LOWER(COALESCE(c.email, '')) LIKE ?2 ESCAPE '!' THEN 0 ELSE 1 END, c.id LIMIT ?3",
	    DB_TEXT(pattern(a, "%", part)), DB_TEXT(pattern(a, "", part)), DB_INT((int64_t)limit)));
	return read_names(q, a, limit, ret, ret_n);
}

enum err
palette_brands(struct db *db, struct arena *a, struct str part, size_t limit, struct palette_name *ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT b.id, b.name, NULL, NULL FROM brand b WHERE b.folded LIKE ?1 ESCAPE '!' OR b.id IN (SELECT x.brand_id "
	    "FROM brand_alias x WHERE x.folded LIKE ?1 ESCAPE '!') "
	    "ORDER BY CASE WHEN b.folded LIKE ?2 ESCAPE '!' THEN 0 ELSE 1 END, b.folded LIMIT ?3",
	    DB_TEXT(pattern(a, "%", part)), DB_TEXT(pattern(a, "", part)), DB_INT((int64_t)limit)));
	return read_names(q, a, limit, ret, ret_n);
}
