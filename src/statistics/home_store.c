/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/home_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/ref.h"
#include "incident/report_store.h"

/* Columns: ref, title, what, owner id, owner, at, due_at, n. */
static enum err
read_rows(struct db *db, struct arena *a, const struct db_sql *s, enum home_kind kind,
    const struct user *me, struct home_list *ret)
{
	AUTO(db_stmt) q = NULL;

	if (ret->row == NULL)
		ret->row = arena_many(a, struct home_row, HOME_ROWS);
	TRY(db_query_sql(db, &q, s));
	while (db_row(q)) {
		if (ret->n == HOME_ROWS) {
			ret->more = true;
			break;
		}
		ret->row[ret->n++] = (struct home_row){
			.kind = kind,
			.ref = db_dup(a, q, 0),
			.title = db_dup(a, q, 1),
			.what = db_dup(a, q, 2),
			.mine = db_int(q, 3) == me->id,
			.owner = db_dup(a, q, 4),
			.at = db_int(q, 5),
			.due_at = db_int(q, 6),
			.n = db_int(q, 7),
		};
	}
	return ret->more ? OK : db_end(q);
}

/* "incident/42/write" belongs to incident 42; others name no object. */
static enum err
draft_object(struct db *db, struct arena *a, const struct user *me, struct home_row *r)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;
	struct str key = str_of(r->what), kind, second;
	int64_t id;
	struct ref ref;

	r->ref = NULL;
	r->title = NULL;
	if (!str_split(&key, '/', &kind) || !str_split(&key, '/', &second))
		return OK;
	bool incident = str_is(kind, "incident") || str_is(kind, "incidents");
	bool report = str_is(kind, "report") || str_is(kind, "inbox");

	if (!incident && !report)
		return OK;
	/* A key is what its writer says: it must not tell of a restricted one. */
	db_sql_init(&s, a);
	if (incident)
		db_sql_add(&s, "SELECT i.ref, i.title FROM incident i WHERE ");
	else
		db_sql_add(&s, "SELECT r.ref, r.title FROM report r WHERE ");
	if (str_int(second, 1, INT64_MAX, &id))
		db_sql_add(&s, "id = ?1", DB_INT(id));
	else if (ref_parse(second, &ref) == OK)
		db_sql_add(&s, "ref = ?1", DB_TEXT(ref_format(a, ref)));
	else
		return OK;
	if (incident)
		incident_only_visible(&s, me);
	else
		report_only_visible(&s, me);
	TRY(db_query_sql(db, &q, &s));
	if (db_row(q)) {
		r->ref = db_dup(a, q, 0);
		r->title = db_dup(a, q, 1);
	}
	return db_end(q);
}

enum err
home_drafts(struct db *db, struct arena *a, const struct user *me, struct home_list *ret)
{
	struct db_sql s;

	*ret = (struct home_list){ 0 };
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT '', '', key, person_id, '', saved_at, 0, 0 FROM draft WHERE person_id = ?1 "
	    "ORDER BY saved_at DESC LIMIT 5",
	    DB_INT(me->id));
	TRY(read_rows(db, a, &s, HOME_DRAFT, me, ret));
	for (size_t i = 0; i < ret->n; i++)
		TRY(draft_object(db, a, me, &ret->row[i]));
	return OK;
}

enum err
home_urgent_reports(struct db *db, struct arena *a, const struct user *me, int64_t now, struct home_list *ret)
{
	struct db_sql s, late;

	*ret = (struct home_list){ 0 };
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT r.ref, r.title, r.reporter_org, r.owner_id, p.name, r.received_at, r.due_at, 0 "
	    "FROM report r LEFT JOIN person p ON p.id = r.owner_id "
	    "WHERE r.urgent = 1 AND r.state = 'new'");
	report_only_visible(&s, me);
	db_sql_add(&s, " ORDER BY r.received_at LIMIT 10");
	TRY(read_rows(db, a, &s, HOME_URGENT, me, ret));
	db_sql_init(&late, a);
	db_sql_add(&late,
	    "SELECT r.ref, r.title, r.reporter_org, r.owner_id, p.name, r.received_at, r.due_at, 0 "
	    "FROM report r LEFT JOIN person p ON p.id = r.owner_id "
	    "WHERE r.due_at < ?1 AND r.state = 'new' AND r.urgent = 0 AND r.answered_at IS NULL",
	    DB_INT(now));
	report_only_visible(&late, me);
	db_sql_add(&late, " ORDER BY r.due_at LIMIT 10");
	return read_rows(db, a, &late, HOME_OVERDUE, me, ret);
}

enum err
home_urgent_incidents(struct db *db, struct arena *a, const struct user *me, struct home_list *ret)
{
	struct db_sql s;

	*ret = (struct home_list){ 0 };
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT i.ref, i.title, i.next_action, i.owner_id, p.name, i.created_at, i.due_at, 0 "
	    "FROM incident i LEFT JOIN person p ON p.id = i.owner_id "
	    "WHERE i.priority = 'urgent' AND i.state = 'open' AND i.merged_into IS NULL");
	incident_only_visible(&s, me);
	db_sql_add(&s, " ORDER BY i.id LIMIT 10");
	return read_rows(db, a, &s, HOME_CRISIS, me, ret);
}

#define THREADS                                                                                    \
	"SELECT i.ref, i.title, x.org, i.owner_id, p.name, "

enum err
home_answers(struct db *db, struct arena *a, const struct user *me, struct home_list *ret)
{
	struct db_sql s;

	*ret = (struct home_list){ 0 };
	db_sql_init(&s, a);
	db_sql_add(&s,
	    THREADS "n.last_in_at, 0, n.unread FROM notification n JOIN incident i ON i.id = n.incident_id "
		    "JOIN party x ON x.id = n.party_id LEFT JOIN person p ON p.id = i.owner_id "
		    "WHERE n.unread > 0 AND n.state <> 'bounced'");
	incident_only_visible(&s, me);
	db_sql_add(&s, " ORDER BY CASE WHEN i.owner_id = ?1 THEN 0 ELSE 1 END, n.last_in_at DESC LIMIT 31",
	    DB_INT(me->id));
	return read_rows(db, a, &s, HOME_ANSWER, me, ret);
}

/* What nobody minded for so long is no work of today any more. */
#define SILENT_FOR (120 * CLOCK_DAY)

enum err
home_silent(struct db *db, struct arena *a, const struct user *me, int64_t now, struct home_list *ret)
{
	struct db_sql s, silent;

	*ret = (struct home_list){ 0 };
	db_sql_init(&s, a);
	db_sql_add(&s,
	    THREADS "n.last_in_at, 0, 0 FROM notification n JOIN incident i ON i.id = n.incident_id "
		    "JOIN party x ON x.id = n.party_id LEFT JOIN person p ON p.id = i.owner_id "
		    "WHERE n.state = 'bounced' AND i.state = 'open'");
	incident_only_visible(&s, me);
	db_sql_add(&s, " ORDER BY n.last_in_at LIMIT 10");
	TRY(read_rows(db, a, &s, HOME_BOUNCED, me, ret));
	db_sql_init(&silent, a);
	db_sql_add(&silent,
	    THREADS "n.last_out_at, n.due_at, 0 FROM notification n JOIN incident i ON i.id = n.incident_id "
		    "JOIN party x ON x.id = n.party_id LEFT JOIN person p ON p.id = i.owner_id "
		    "WHERE n.due_at <= ?1 AND n.due_at > ?2 AND n.state IN ('sent', 'no-response') "
		    "AND i.state = 'open'",
	    DB_INT(now), DB_INT(now - SILENT_FOR));
	incident_only_visible(&silent, me);
	db_sql_add(&silent, " ORDER BY n.due_at LIMIT 20");
	return read_rows(db, a, &silent, HOME_SILENT, me, ret);
}

#define OPEN_CATEGORIES 16

enum err
home_open_incidents(struct db *db, struct arena *a, struct home_open **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct home_open *list = arena_many(a, struct home_open, OPEN_CATEGORIES);
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT category, COUNT(*) AS open, CAST(SUM(CASE WHEN phase = 'coordination' THEN 1 ELSE 0 END) AS BIGINT) "
	    "FROM incident WHERE state = 'open' AND merged_into IS NULL GROUP BY category "
	    "ORDER BY open DESC, category LIMIT 16"));
	while (db_row(q))
		list[n++] = (struct home_open){ db_dup(a, q, 0), db_int(q, 1), db_int(q, 2) };
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

enum err
home_oldest_new(struct db *db, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT received_at FROM report WHERE state = 'new' ORDER BY received_at, id LIMIT 1"));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}
