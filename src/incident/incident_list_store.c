/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "incident/extract.h"
#include "incident/incident_list.h"
#include "incident/incident_store.h"
#include "incident/ref.h"
#include "incident/report_store.h"

/* What was typed: a number of ours, an address or hash, else words. */
static enum err
add_words(struct db *db, struct arena *a, struct db_sql *s, struct str q, const struct user *viewer)
{
	const struct extract_found *found;
	struct ref ref;
	size_t n;

	q = str_trim(q);
	if (ref_parse(q, &ref) == OK && ref.kind == REF_INCIDENT) {
		db_sql_add(s, " AND i.ref = ?1", DB_TEXT(ref_format(a, ref)));
		return OK;
	}
	if (ref_parse(q, &ref) == OK && ref.kind == REF_REPORT) {
		db_sql_add(s,
		    " AND i.id IN (SELECT ri.incident_id FROM report r JOIN report_incident ri "
		    "ON ri.report_id = r.id WHERE r.ref = ?1",
		    DB_TEXT(ref_format(a, ref)));
		report_only_visible(s, viewer);
		db_sql_add(s, ")");
		return OK;
	}
	TRY(extract_find(a, q, &found, &n));
	if (n > 0 && found[0].at == 0 && found[0].n == q.n) {
		db_sql_add(s,
		    " AND i.id IN (SELECT io.incident_id FROM observable o JOIN incident_observable io "
		    "ON io.observable_id = o.id WHERE o.value = ?1)",
		    DB_STR(found[0].value));
		return OK;
	}
	db_sql_add(s, " AND ");
	enum err e = db_fts_match(db, s, "incident", "i.id", q);

	if (e == ERR_INVALID) { /* nothing searchable finds nothing */
		db_sql_add(s, "1 = 0");
		return OK;
	}
	return e;
}

/*
 * "FROM …": where few can match, the walk begins at those few (CROSS JOIN keeps
 * SQLite from walking all open ones instead).
 */
static void
add_from(struct db_sql *s, const struct incident_filter *f, int64_t now)
{
	if (f->unread)
		db_sql_add(s,
		    " FROM (SELECT DISTINCT incident_id AS id FROM notification WHERE unread > 0) AS few "
		    "CROSS JOIN incident i WHERE i.id = few.id AND i.merged_into IS NULL");
	else if (f->overdue)
		db_sql_add(s,
		    " FROM (SELECT id FROM incident WHERE due_at < ?1 UNION "
		    "SELECT incident_id AS id FROM notification WHERE due_at < ?1) AS few "
		    "CROSS JOIN incident i WHERE i.id = few.id AND i.merged_into IS NULL",
		    DB_INT(now));
	else
		db_sql_add(s, " FROM incident i WHERE i.merged_into IS NULL");
}

static enum err
add_filter(struct db *db, struct arena *a, struct db_sql *s, const struct incident_filter *f,
    const struct user *viewer, int64_t now)
{
	add_from(s, f, now);
	if (f->state != NULL)
		db_sql_add(s, " AND i.state = ?1", DB_TEXT(f->state));
	if (f->phase != NULL)
		db_sql_add(s, " AND i.phase = ?1", DB_TEXT(f->phase));
	if (f->category != NULL)
		db_sql_add(s, " AND i.category = ?1", DB_TEXT(f->category));
	if (f->priority != NULL)
		db_sql_add(s, " AND i.priority = ?1", DB_TEXT(f->priority));
	if (f->tlp != NULL)
		db_sql_add(s, " AND i.tlp = ?1", DB_TEXT(f->tlp));
	if (f->owner > 0)
		db_sql_add(s, " AND i.owner_id = ?1", DB_INT(f->owner));
	else if (f->owner == 0)
		db_sql_add(s, " AND i.owner_id IS NULL");
	if (f->domestic >= 0)
		db_sql_add(s, " AND i.domestic = ?1", DB_INT(f->domestic));
	if (f->ics)
		db_sql_add(s, " AND i.ics = 1");
	if (f->targeted)
		db_sql_add(s, " AND i.targeted = 1");
	if (f->overdue && f->unread) /* else it began with them */
		db_sql_add(s,
		    " AND i.id IN (SELECT id FROM incident WHERE due_at < ?1 UNION "
		    "SELECT incident_id FROM notification WHERE due_at < ?1)",
		    DB_INT(now));
	if (f->q != NULL)
		TRY(add_words(db, a, s, str_of(f->q), viewer));
	incident_only_visible(s, viewer);
	return OK;
}

/* The gauge has them all; those hidden from the viewer go off it. */
static enum err
count_plain(struct db *db, struct arena *a, const struct incident_filter *f, const struct user *viewer,
    int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) hidden = NULL;
	struct db_sql s;

	TRY(db_one(db, &q,
	    "SELECT COALESCE(SUM(n), 0) FROM gauge WHERE name IN ('incident/open', 'incident/closed') "
	    "AND (?1 = '' OR name = ?1)",
	    DB_TEXT(f->state == NULL ? "" : arena_printf(a, "incident/%s", f->state))));
	*ret = db_int(q, 0);
	if (incident_sees_all(viewer))
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM incident i WHERE i.merged_into IS NULL AND i.id IN (");
	incident_add_hidden(&s, viewer);
	db_sql_add(&s, ")");
	if (f->state != NULL)
		db_sql_add(&s, " AND i.state = ?1", DB_TEXT(f->state));
	TRY(db_query_sql(db, &hidden, &s));
	if (db_row(hidden))
		*ret -= db_int(hidden, 0);
	return db_end(hidden);
}

enum err
incident_list_count(struct db *db, struct arena *a, const struct incident_filter *f,
    const struct user *viewer, int64_t now, int64_t most, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = 0;
	if (incident_filter_is_plain(f))
		return count_plain(db, a, f, viewer, ret);
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM (SELECT 1 AS one");
	TRY(add_filter(db, a, &s, f, viewer, now));
	db_sql_add(&s, " LIMIT ?1) AS found", DB_INT(most + 1));
	TRY(db_query_sql(db, &q, &s));
	if (db_row(q))
		*ret = db_int(q, 0);
	return db_end(q);
}

enum err
incident_list(struct db *db, struct arena *a, const struct incident_filter *f, const struct user *viewer,
    int64_t now, int64_t offset, int64_t limit, struct incident_page *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = (struct incident_page){ .id = arena_many(a, int64_t, (size_t)limit + 1) };
	TRY(incident_list_count(db, a, f, viewer, now, LIMIT_COUNT_EXACT, &ret->total));
	if (!incident_filter_is_plain(f) && ret->total > LIMIT_COUNT_EXACT) {
		ret->total = LIMIT_COUNT_EXACT;
		ret->estimate = true;
	}
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT i.id");
	TRY(add_filter(db, a, &s, f, viewer, now));
	if (f->sort == INCIDENT_DUE)
		db_sql_add(&s, " ORDER BY CASE WHEN i.due_at IS NULL THEN 1 ELSE 0 END, i.due_at, i.id DESC");
	else if (f->sort == INCIDENT_CHANGED)
		db_sql_add(&s, " ORDER BY i.updated_at DESC, i.id DESC");
	else
		db_sql_add(&s, " ORDER BY i.id DESC");
	db_sql_add(&s, " LIMIT ?1 OFFSET ?2", DB_INT(limit), DB_INT(offset));
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		ret->id[ret->n++] = db_int(q, 0);
	return db_end(q);
}

static void
read_row(struct arena *a, struct db_stmt *q, struct incident_row *r)
{
	*r = (struct incident_row){
		.id = db_int(q, 0),
		.ref = db_dup(a, q, 1),
		.title = db_dup(a, q, 2),
		.state = db_dup(a, q, 3),
		.phase = db_dup(a, q, 4),
		.resolution = db_dup(a, q, 5),
		.rsit = db_dup(a, q, 6),
		.category = db_dup(a, q, 7),
		.priority = db_dup(a, q, 8),
		.tlp = db_dup(a, q, 9),
		.ics = db_int(q, 10) != 0,
		.targeted = db_int(q, 11) != 0,
		.domestic = db_int(q, 12) != 0,
		.restricted = db_int(q, 13) != 0,
		.owner_id = db_int(q, 14),
		.owner = db_dup(a, q, 15),
		.next_action = db_dup(a, q, 16),
		.due_at = db_int(q, 17),
		.created_at = db_int(q, 18),
		.updated_at = db_int(q, 19),
		.closed_at = db_int(q, 20),
		.unread = db_int(q, 21),
		.parties = "",
	};
}

static struct incident_row *
row_of(struct incident_row *rows, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].id == id)
			return &rows[i];
	}
	return NULL;
}

static enum err
add_parties(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct incident_row *rows)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT incident_id, org FROM party WHERE removed_at IS NULL");
	db_sql_ids(&s, " AND incident_id IN ", ids, n);
	db_sql_add(&s, " ORDER BY incident_id, id LIMIT 2000");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		struct incident_row *r = row_of(rows, n, db_int(q, 0));

		if (r == NULL || strlen(r->parties) > 100)
			continue;
		r->parties = *r->parties == '\0' ? db_dup(a, q, 1)
						 : arena_printf(a, "%s, %s", r->parties, db_text(q, 1));
	}
	return db_end(q);
}

enum err
incident_rows(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct incident_row **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct incident_row *found = arena_many(a, struct incident_row, n + 1);
	struct incident_row *list = arena_many(a, struct incident_row, n + 1);
	size_t have = 0;
	struct db_sql s;

	*ret = list;
	*ret_n = 0;
	if (n == 0)
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT i.id, i.ref, i.title, i.state, i.phase, i.resolution, i.rsit, i.category, i.priority, "
	    "i.tlp, i.ics, i.targeted, i.domestic, i.restricted, i.owner_id, p.name, i.next_action, "
	    "i.due_at, i.created_at, i.updated_at, i.closed_at, (SELECT COALESCE(SUM(t.unread), 0) "
	    "FROM notification t WHERE t.incident_id = i.id AND t.unread > 0) FROM incident i "
	    "LEFT JOIN person p ON p.id = i.owner_id WHERE 1 = 1");
	db_sql_ids(&s, " AND i.id IN ", ids, n);
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		read_row(a, q, &found[have++]);
	TRY(db_end(q));
	TRY(add_parties(db, a, ids, n, found));
	for (size_t i = 0; i < n; i++) {
		struct incident_row *r = row_of(found, have, ids[i]);

		if (r != NULL)
			list[(*ret_n)++] = *r;
	}
	return OK;
}
