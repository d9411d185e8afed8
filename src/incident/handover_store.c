/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/handover_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "db/db.h"
#include "incident/extract.h"
#include "incident/incident_store.h"
#include "incident/notice_store.h"
#include "incident/report_store.h"
#include "text/i18n.h"

#define LINES 15 /* of one heading */
#define TITLE 80 /* characters */

#define COLUMNS                                                                                                        \
	"SELECT h.id, h.version, h.from_id, h.to_id, f.name, t.name, k.name, h.since, h.written_at, h.given_at, "        \
	"h.taken_at, h.taken_by, h.body, h.remark, h.state FROM handover h JOIN person f ON f.id = h.from_id "           \
	"LEFT JOIN person t ON t.id = h.to_id LEFT JOIN person k ON k.id = h.taken_by WHERE 1 = 1"

static void
read_row(struct arena *a, struct db_stmt *q, struct handover *h)
{
	*h = (struct handover){
		.id = db_int(q, 0),
		.version = db_int(q, 1),
		.from_id = db_int(q, 2),
		.to_id = db_int(q, 3),
		.from = db_dup(a, q, 4),
		.to = db_dup(a, q, 5),
		.taker = db_dup(a, q, 6),
		.since = db_int(q, 7),
		.written_at = db_int(q, 8),
		.given_at = db_int(q, 9),
		.taken_at = db_int(q, 10),
		.taken_by = db_int(q, 11),
		.body = db_dup(a, q, 12),
		.remark = db_dup(a, q, 13),
		.state = db_dup(a, q, 14),
	};
}

static const char *
pattern(struct arena *a, struct str q)
{
	struct str part = utf8_fold(a, str_trim(q));
	struct buf *b = buf_new(a, LIMIT_KIB(8));

	buf_char(b, '%');
	for (size_t i = 0; i < part.n; i++) {
		if (part.p[i] == '%' || part.p[i] == '_' || part.p[i] == '!')
			buf_char(b, '!');
		buf_char(b, part.p[i]);
	}
	buf_char(b, '%');
	return buf_cstr(a, b);
}

enum err
handover_list(struct db *db, struct arena *a, int64_t me, struct str q, size_t offset, size_t limit,
    struct handover *ret, size_t *ret_n, bool *ret_more)
{
	AUTO(db_stmt) st = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, COLUMNS " AND (h.state <> 'draft' OR h.from_id = ?1)", DB_INT(me));
	if (str_trim(q).n > 0)
		db_sql_add(&s, " AND h.folded LIKE ?1 ESCAPE '!'", DB_TEXT(pattern(a, q)));
	db_sql_add(&s, " ORDER BY h.id DESC LIMIT ?1 OFFSET ?2", DB_INT((int64_t)limit + 1), DB_INT((int64_t)offset));
	TRY(db_query_sql(db, &st, &s));
	*ret_n = 0;
	while (*ret_n < limit && db_row(st))
		read_row(a, st, &ret[(*ret_n)++]);
	*ret_more = *ret_n == limit && db_row(st);
	return *ret_more ? OK : db_end(st);
}

enum err
handover_get(struct db *db, struct arena *a, int64_t id, int64_t me, struct handover *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS " AND h.id = ?1 AND (h.state <> 'draft' OR h.from_id = ?2)", DB_INT(id), DB_INT(me)));
	read_row(a, q, ret);
	return OK;
}

enum err
handover_save(struct db *db, struct arena *a, struct handover *h)
{
	struct str folded = utf8_fold(a, str_of(h->body));

	if (h->id == 0) {
		h->version = 1;
		return db_insert(db, &h->id,
		    "INSERT INTO handover (from_id, to_id, since, written_at, body, folded, state) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'draft') RETURNING id",
		    DB_INT(h->from_id), DB_INT_OR_NULL(h->to_id), DB_INT(h->since), DB_INT(h->written_at), DB_TEXT(h->body),
		    DB_STR(folded));
	}
	TRY(db_run(db,
	    "UPDATE handover SET to_id = ?3, written_at = ?4, body = ?5, folded = ?6, version = version + 1 "
	    "WHERE id = ?1 AND version = ?2 AND state = 'draft'",
	    DB_INT(h->id), DB_INT(h->version), DB_INT_OR_NULL(h->to_id), DB_INT(h->written_at), DB_TEXT(h->body),
	    DB_STR(folded)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	h->version++;
	return OK;
}

enum err
handover_give(struct db *db, struct blob_store *blobs, struct arena *a, struct handover *h, int64_t now)
{
	struct user to;
	bool told;

	TRY(db_run(db,
	    "UPDATE handover SET state = 'given', given_at = ?3, version = version + 1 "
	    "WHERE id = ?1 AND version = ?2 AND state = 'draft'",
	    DB_INT(h->id), DB_INT(h->version), DB_INT(now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	h->version++;
	if (h->to_id == 0)
		return OK;
	TRY(user_get(db, a, h->to_id, &to));
	return notice_add(db, blobs, a,
	    &(struct notice){ .person_id = h->to_id, .at = now, .kind = "handover", .object = "handover", .object_id = h->id,
		.from_id = h->from_id, .text = "" },
	    &to, &told);
}

enum err
handover_take(struct db *db, struct arena *a, const struct handover *h, const struct user *me, const char *remark, int64_t now)
{
	(void)a;
	TRY(db_run(db,
	    "UPDATE handover SET state = 'taken', taken_at = ?3, taken_by = ?4, remark = ?5, version = version + 1 "
	    "WHERE id = ?1 AND version = ?2 AND state = 'given' AND from_id <> ?4",
	    DB_INT(h->id), DB_INT(h->version), DB_INT(now), DB_INT(me->id), DB_TEXT(*remark == '\0' ? NULL : remark)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return notice_read_of(db, me->id, "handover", h->id, now);
}

enum err
handover_waiting(struct db *db, struct arena *a, int64_t me, struct handover *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = (struct handover){ 0 };
	TRY(db_query(db, &q,
	    COLUMNS " AND h.state = 'given' AND h.from_id <> ?1 AND (h.to_id IS NULL OR h.to_id = ?1) ORDER BY h.given_at LIMIT 1",
	    DB_INT(me)));
	if (db_row(q))
		read_row(a, q, ret);
	return db_end(q);
}

/* Facts */

struct draft {
	struct db *db;
	struct arena *a;
	struct buf *b;
	enum lang lang;
	const struct zone *zone;
	int64_t now;
};

/* Rows {ref, title, time or 0, person or NULL}: one line each; nothing at all
 * when there are none. */
static enum err
section(struct draft *d, const char *heading, const struct db_sql *s)
{
	AUTO(db_stmt) q = NULL;
	size_t n = 0;

	TRY(db_query_sql(d->db, &q, s));
	while (n < LINES && db_row(q)) {
		struct str title = utf8_take(extract_defang_text(d->a, db_str(q, 1)), TITLE);

		if (n++ == 0)
			buf_printf(d->b, "%s■ %s\n", d->b->n > 0 ? "\n" : "", i18n(d->lang, "handover", heading));
		buf_printf(d->b, "- %s %.*s", db_text(q, 0), STR_F(title));
		if (db_int(q, 2) != 0)
			buf_printf(d->b, " (%s)", zone_list(d->a, d->zone, d->lang, db_int(q, 2), d->now));
		if (!db_is_null(q, 3))
			buf_printf(d->b, " — %s", db_text(q, 3));
		buf_char(d->b, '\n');
	}
	if (n == LINES && db_row(q))
		buf_printf(d->b, "- %s\n", i18n(d->lang, "handover", N_("and more")));
	return n == LINES ? OK : db_end(q);
}

static enum err
reports(struct draft *d)
{
	struct db_sql urgent, late;

	db_sql_init(&urgent, d->a);
	db_sql_add(&urgent,
	    "SELECT r.ref, r.title, r.received_at, p.name FROM report r LEFT JOIN person p ON p.id = r.owner_id "
	    "WHERE r.urgent = 1 AND r.state = 'new'");
	report_only_visible(&urgent, NULL);
	db_sql_add(&urgent, " ORDER BY r.received_at LIMIT ?1", DB_INT(LINES + 1));
	TRY(section(d, NC_("handover", "Urgent reports that wait"), &urgent));
	db_sql_init(&late, d->a);
	db_sql_add(&late,
	    "SELECT r.ref, r.title, r.due_at, p.name FROM report r LEFT JOIN person p ON p.id = r.owner_id "
	    "WHERE r.state IN ('new', 'accepted') AND r.due_at IS NOT NULL AND r.due_at < ?1 AND r.answered_at IS NULL",
	    DB_INT(d->now + CLOCK_DAY));
	report_only_visible(&late, NULL);
	db_sql_add(&late, " ORDER BY r.due_at LIMIT ?1", DB_INT(LINES + 1));
	return section(d, NC_("handover", "First answers due within a day, or late"), &late);
}

static enum err
incidents(struct draft *d)
{
	struct db_sql urgent, answers, action, task;

	db_sql_init(&urgent, d->a);
	db_sql_add(&urgent,
	    "SELECT i.ref, i.title, i.updated_at, p.name FROM incident i LEFT JOIN person p ON p.id = i.owner_id "
	    "WHERE i.priority = 'urgent' AND i.state = 'open' AND i.merged_into IS NULL");
	incident_only_visible(&urgent, NULL);
	db_sql_add(&urgent, " ORDER BY i.id LIMIT ?1", DB_INT(LINES + 1));
	TRY(section(d, NC_("handover", "Urgent incidents"), &urgent));
	db_sql_init(&answers, d->a);
	db_sql_add(&answers,
	    "SELECT i.ref, i.title, MAX(n.last_in_at), MAX(y.org) FROM notification n JOIN incident i ON i.id = n.incident_id "
	    "JOIN party y ON y.id = n.party_id WHERE n.unread > 0");
	incident_only_visible(&answers, NULL);
	db_sql_add(&answers, " GROUP BY i.id, i.ref, i.title ORDER BY MIN(n.last_in_at) LIMIT ?1", DB_INT(LINES + 1));
	TRY(section(d, NC_("handover", "Answers that nobody has read"), &answers));
	db_sql_init(&action, d->a);
	db_sql_add(&action,
	    "SELECT i.ref, COALESCE(i.next_action, i.title), i.due_at, p.name FROM incident i LEFT JOIN person p ON p.id = "
	    "i.owner_id WHERE i.due_at IS NOT NULL AND i.due_at < ?1 AND i.state = 'open'",
	    DB_INT(d->now + CLOCK_DAY));
	incident_only_visible(&action, NULL);
	db_sql_add(&action, " ORDER BY i.due_at LIMIT ?1", DB_INT(LINES + 1));
	TRY(section(d, NC_("handover", "Next actions due within a day, or late"), &action));
	db_sql_init(&task, d->a);
	db_sql_add(&task,
	    "SELECT i.ref, t.title, t.due_at, p.name FROM task t JOIN incident i ON i.id = t.incident_id LEFT JOIN person p ON "
	    "p.id = t.owner_id WHERE t.done_at IS NULL AND t.due_at IS NOT NULL AND t.due_at < ?1 AND i.state = 'open'",
	    DB_INT(d->now + CLOCK_DAY));
	incident_only_visible(&task, NULL);
	db_sql_add(&task, " ORDER BY t.due_at LIMIT ?1", DB_INT(LINES + 1));
	return section(d, NC_("handover", "Tasks due within a day, or late"), &task);
}

static enum err
silent_and_new(struct draft *d, int64_t since)
{
	struct db_sql silent, opened, closed;

	db_sql_init(&silent, d->a);
	db_sql_add(&silent,
	    "SELECT i.ref, i.title, n.due_at, y.org FROM notification n JOIN incident i ON i.id = n.incident_id "
	    "JOIN party y ON y.id = n.party_id WHERE n.due_at IS NOT NULL AND n.due_at < ?1 AND n.lead_id IS NULL",
	    DB_INT(d->now));
	incident_only_visible(&silent, NULL);
	db_sql_add(&silent, " ORDER BY n.due_at LIMIT ?1", DB_INT(LINES + 1));
	TRY(section(d, NC_("handover", "Waiting for an answer too long"), &silent));
	db_sql_init(&opened, d->a);
	db_sql_add(&opened,
	    "SELECT i.ref, i.title, i.created_at, p.name FROM incident i LEFT JOIN person p ON p.id = i.owner_id "
	    "WHERE i.created_at >= ?1 AND i.merged_into IS NULL AND i.state = 'open'",
	    DB_INT(since));
	incident_only_visible(&opened, NULL);
	db_sql_add(&opened, " ORDER BY i.created_at DESC LIMIT ?1", DB_INT(LINES + 1));
	TRY(section(d, NC_("handover", "Opened in this shift"), &opened));
	db_sql_init(&closed, d->a);
	db_sql_add(&closed,
	    "SELECT i.ref, i.title, i.closed_at, p.name FROM incident i LEFT JOIN person p ON p.id = i.owner_id "
	    "WHERE i.closed_at IS NOT NULL AND i.closed_at >= ?1",
	    DB_INT(since));
	incident_only_visible(&closed, NULL);
	db_sql_add(&closed, " ORDER BY i.closed_at DESC LIMIT ?1", DB_INT(LINES + 1));
	return section(d, NC_("handover", "Closed in this shift"), &closed);
}

enum err
handover_draft(struct db *db, struct arena *a, enum lang lang, const struct zone *zone, int64_t since, int64_t now,
    const char **ret)
{
	struct draft d = { db, a, buf_new(a, LIMIT_BODY), lang, zone, now };

	TRY(reports(&d));
	TRY(incidents(&d));
	TRY(silent_and_new(&d, since));
	if (d.b->n == 0)
		buf_printf(d.b, "%s\n", i18n(lang, "handover", N_("Nothing urgent, nothing due, no answer unread.")));
	buf_printf(d.b, "\n■ %s\n- \n", i18n(lang, "handover", N_("What else the next one should know")));
	*ret = buf_cstr(a, d.b);
	return OK;
}
