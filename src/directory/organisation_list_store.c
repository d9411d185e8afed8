/* SPDX-License-Identifier: Apache-2.0 */
/* organisation_list_store.c - the list of the directory. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "directory/organisation_list.h"
#include "directory/organisation_store.h"

/* A part of a text for LIKE: what it means to LIKE is escaped by '!'. */
static const char *
like(struct arena *a, const char *q)
{
	struct str s = utf8_fold(a, str_of(q));
	struct buf *b = buf_new(a, LIMIT_KIB(8));

	buf_char(b, '%');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '!')
			buf_char(b, '!');
		buf_char(b, s.p[i]);
	}
	buf_char(b, '%');
	return buf_cstr(a, b);
}

static int64_t
today(int64_t now)
{
	return now / CLOCK_DAY;
}

static void
conditions(struct db_sql *s, const struct organisation_filter *f, int64_t now)
{
	if (f->view == ORGANISATION_REMOVED)
		db_sql_add(s, " WHERE o.removed_at IS NOT NULL");
	else
		db_sql_add(s, " WHERE o.removed_at IS NULL");
	if (f->kind != NULL)
		db_sql_add(s, " AND o.kind = ?1", DB_TEXT(f->kind));
	if (f->cc != NULL)
		db_sql_add(s, " AND o.cc = ?1", DB_TEXT(f->cc));
	if (f->sector != NULL)
		db_sql_add(s, " AND o.sector = ?1", DB_TEXT(f->sector));
	if (f->member)
		db_sql_add(s, " AND o.member = 1");
	if (f->historical)
		db_sql_add(s, " AND o.historical = 1");
	if (f->community != 0)
		db_sql_add(s, " AND o.id IN (SELECT organisation_id FROM membership WHERE community_id = ?1)",
		    DB_INT(f->community));
	if (f->q != NULL)
		db_sql_add(s, " AND o.search LIKE ?1 ESCAPE '!'", DB_TEXT(like(s->a, f->q)));
	switch (f->view) {
	case ORGANISATION_OVERDUE:
		db_sql_add(s,
		    " AND o.id IN (SELECT c.organisation_id FROM contact c WHERE c.test_days > 0 AND c.removed_at "
		    "IS NULL AND c.do_not_contact = 0 AND (c.test_due_at <= ?1 OR c.test_result IN ('bounced', "
		    "'failed', 'silent')))",
		    DB_INT(now));
		break;
	case ORGANISATION_KEYS:
		db_sql_add(s,
		    " AND o.id IN (SELECT c.organisation_id FROM contact c LEFT JOIN pgp_key k ON k.id = c.key_id "
		    "WHERE c.removed_at IS NULL AND (k.expires_at <= ?1 OR c.smime_expires_at <= ?1))",
		    DB_INT(now + ORGANISATION_KEY_DAYS * CLOCK_DAY));
		break;
	case ORGANISATION_AGREEMENTS:
		db_sql_add(s,
		    " AND o.id IN (SELECT g.organisation_id FROM agreement g WHERE g.removed_at IS NULL AND "
		    "g.expires_on IS NOT NULL AND g.expires_on <= ?1)",
		    DB_INT(today(now) + ORGANISATION_AGREEMENT_DAYS));
		break;
	case ORGANISATION_ALL:
	case ORGANISATION_REMOVED:
		break;
	}
}

enum err
organisation_count(struct db *db, struct arena *a, const struct organisation_filter *f, int64_t now, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM organisation o");
	conditions(&s, f, now);
	TRY(db_query_sql(db, &q, &s));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

/* What a row says besides its organisation: one short look each. */
static enum err
rest_of_row(struct db *db, struct arena *a, int64_t now, struct organisation_row *r)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT (SELECT COUNT(*) FROM contact c WHERE c.organisation_id = ?1 AND c.removed_at IS NULL), "
	    "(SELECT COUNT(*) FROM contact c WHERE c.organisation_id = ?1 AND c.removed_at IS NULL AND "
	    "c.do_not_contact = 0 AND c.test_days > 0 AND (c.test_due_at <= ?2 OR c.test_result IN ('bounced', "
	    "'failed', 'silent'))), "
	    "(SELECT MIN(k.expires_at) FROM contact c JOIN pgp_key k ON k.id = c.key_id WHERE "
	    "c.organisation_id = ?1 AND c.removed_at IS NULL AND k.expires_at <= ?3), "
	    "(SELECT MIN(c.smime_expires_at) FROM contact c WHERE c.organisation_id = ?1 AND c.removed_at IS "
	    "NULL AND c.smime_expires_at <= ?3), "
	    "(SELECT MIN(g.expires_on) FROM agreement g WHERE g.organisation_id = ?1 AND g.removed_at IS NULL "
	    "AND g.expires_on <= ?4)",
	    DB_INT(r->o.id), DB_INT(now), DB_INT(now + ORGANISATION_KEY_DAYS * CLOCK_DAY),
	    DB_INT(today(now) + ORGANISATION_AGREEMENT_DAYS)));
	r->contacts = db_int(q, 0);
	r->overdue = db_int(q, 1);
	r->key_expires_at = db_int(q, 2);
	if (!db_is_null(q, 3) && (r->key_expires_at == 0 || db_int(q, 3) < r->key_expires_at))
		r->key_expires_at = db_int(q, 3);
	r->agreement_expires_on = db_int(q, 4);
	AUTO(db_stmt) first = NULL;

	TRY(db_query(db, &first,
	    "SELECT name, email FROM contact WHERE organisation_id = ?1 AND removed_at IS NULL "
	    "ORDER BY position, id LIMIT 1",
	    DB_INT(r->o.id)));
	if (db_row(first)) {
		r->contact = db_dup(a, first, 0);
		r->email = db_dup(a, first, 1);
	}
	return db_end(first);
}

/* The ids of one page. A search looks at every row anyway, so it counts them
 * in the same walk; else ${*ret_total} stays -1. */
static enum err
page(struct db *db, const struct organisation_filter *f, struct db_sql *s, int64_t offset, int64_t limit, int64_t *id,
    size_t *ret_n, int64_t *ret_total)
{
	AUTO(db_stmt) q = NULL;
	int64_t seen = 0;

	*ret_total = -1;
	if (f->q == NULL) {
		db_sql_add(s, " LIMIT ?1 OFFSET ?2", DB_INT(limit), DB_INT(offset));
		offset = 0;
	}
	TRY(db_query_sql(db, &q, s));
	for (; db_row(q); seen++) {
		if (seen >= offset && seen < offset + limit)
			id[(*ret_n)++] = db_int(q, 0);
	}
	if (f->q != NULL)
		*ret_total = seen;
	return db_end(q);
}

enum err
organisation_list(struct db *db, struct arena *a, const struct organisation_filter *f, int64_t now, int64_t offset,
    int64_t limit, struct organisation_row **ret, size_t *ret_n, int64_t *ret_total)
{
	int64_t *id = arena_many(a, int64_t, (size_t)limit + 1);
	struct db_sql s;

	*ret_n = 0;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT o.id FROM organisation o");
	conditions(&s, f, now);
	switch (f->sort) {
	case ORGANISATION_BY_COUNTRY:
		db_sql_add(&s, " ORDER BY COALESCE(o.cc, 'ZZ'), COALESCE(o.kana, o.folded), o.id");
		break;
	case ORGANISATION_BY_KIND:
		db_sql_add(&s, " ORDER BY o.kind, COALESCE(o.kana, o.folded), o.id");
		break;
	case ORGANISATION_CHANGED:
		db_sql_add(&s, " ORDER BY o.updated_at DESC, o.id DESC");
		break;
	case ORGANISATION_BY_NAME:
		db_sql_add(&s, " ORDER BY COALESCE(o.kana, o.folded), o.id");
		break;
	}
	TRY(page(db, f, &s, offset, limit, id, ret_n, ret_total));
	*ret = arena_many(a, struct organisation_row, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++) {
		TRY(organisation_get(db, a, id[i], &(*ret)[i].o));
		TRY(rest_of_row(db, a, now, &(*ret)[i]));
	}
	return *ret_total >= 0 ? OK : organisation_count(db, a, f, now, ret_total);
}

enum err
organisation_communities(struct db *db, struct arena *a, struct organisation **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT id, name, name_en FROM organisation WHERE kind = 'community' AND removed_at IS NULL "
	    "ORDER BY COALESCE(kana, folded), id LIMIT 200"));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct organisation){
			.id = db_int(q, 0),
			.name = db_dup(a, q, 1),
			.name_en = db_dup(a, q, 2),
		};
	}
	return db_end(q);
}
