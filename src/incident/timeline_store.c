/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/timeline_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/report_store.h"
#include "text/value.h"

#define OBJECTS 300 /* reports and merged incidents that are looked through */

struct object {
	int64_t id;
	const char *ref;
};

/* What the timeline is made of. */
struct scope {
	struct object incident[OBJECTS], report[OBJECTS];
	int64_t incident_id[OBJECTS], report_id[OBJECTS];
	size_t incidents, reports;
};

static enum err
load_scope(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, struct scope *s)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) r = NULL;
	struct db_sql sql;

	s->incident[s->incidents++] = (struct object){ incident, NULL };
	TRY(db_query(db, &q, "SELECT id, ref FROM incident WHERE merged_into = ?1 ORDER BY id LIMIT 200",
	    DB_INT(incident)));
	while (db_row(q))
		s->incident[s->incidents++] = (struct object){ db_int(q, 0), db_dup(a, q, 1) };
	TRY(db_end(q));
	for (size_t i = 0; i < s->incidents; i++)
		s->incident_id[i] = s->incident[i].id;
	db_sql_init(&sql, a);
	db_sql_add(&sql,
	    "SELECT r.id, r.ref FROM report_incident ri JOIN report r ON r.id = ri.report_id WHERE 1 = 1");
	db_sql_ids(&sql, " AND ri.incident_id IN ", s->incident_id, s->incidents);
	report_only_visible(&sql, viewer);
	db_sql_add(&sql, " ORDER BY r.id DESC LIMIT 300");
	TRY(db_query_sql(db, &r, &sql));
	while (db_row(r)) {
		s->report_id[s->reports] = db_int(r, 0);
		s->report[s->reports++] = (struct object){ db_int(r, 0), db_dup(a, r, 1) };
	}
	return db_end(r);
}

static const char *
ref_of(const struct object *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].id == id)
			return list[i].ref;
	}
	return NULL;
}

/* Journal entries whose own row stands in the timeline anyway. */
#define SHOWN_ELSEWHERE                                                                            \
	" AND action NOT IN ('note.add', 'message.receive', 'message.send', 'message.queue', "     \
	"'attachment.take')"

struct window {
	bool oldest_first;
	int64_t from;
	size_t limit;
};

static void
add_window(struct db_sql *s, const struct window *w)
{
	if (w->from != 0 && w->oldest_first)
		db_sql_add(s, " AND at >= ?1", DB_INT(w->from));
	else if (w->from != 0)
		db_sql_add(s, " AND at <= ?1", DB_INT(w->from));
	if (w->oldest_first)
		db_sql_add(s, " ORDER BY at, id LIMIT ?1", DB_INT((int64_t)w->limit + 1));
	else
		db_sql_add(s, " ORDER BY at DESC, id DESC LIMIT ?1", DB_INT((int64_t)w->limit + 1));
}

static enum err
read_journal(struct db *db, struct arena *a, const struct scope *s, const struct window *w,
    struct timeline *t)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql sql;

	db_sql_init(&sql, a);
	db_sql_add(&sql,
	    "SELECT id, at, actor_id, actor_name, action, payload, object_id FROM ("
	    "SELECT id, at, actor_id, actor_name, action, payload, object_id FROM journal "
	    "WHERE object = 'incident'");
	db_sql_ids(&sql, " AND object_id IN ", s->incident_id, s->incidents);
	db_sql_add(&sql, SHOWN_ELSEWHERE);
	db_sql_add(&sql,
	    " UNION SELECT id, at, actor_id, actor_name, action, payload, also_id FROM journal "
	    "WHERE also = 'incident'");
	db_sql_ids(&sql, " AND also_id IN ", s->incident_id, s->incidents);
	db_sql_add(&sql, SHOWN_ELSEWHERE);
	db_sql_add(&sql, ") AS entry WHERE 1 = 1");
	add_window(&sql, w);
	TRY(db_query_sql(db, &q, &sql));
	while (db_row(q)) {
		struct value *p = NULL;
		const char *payload = db_dup(a, q, 5);

		if (payload != NULL && value_parse(a, str_of(payload), &p, NULL) != OK)
			p = NULL;
		t->event[t->n++] = (struct timeline_event){
			.kind = TIMELINE_JOURNAL,
			.id = db_int(q, 0),
			.at = db_int(q, 1),
			.actor = db_int(q, 2),
			.actor_name = db_dup(a, q, 3),
			.action = db_dup(a, q, 4),
			.payload = p,
			.of = ref_of(s->incident, s->incidents, db_int(q, 6)),
		};
	}
	return db_end(q);
}

static enum err
read_notes(struct db *db, struct arena *a, const struct scope *s, const struct window *w,
    enum timeline_show show, struct timeline *t)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql sql;

	db_sql_init(&sql, a);
	db_sql_add(&sql,
	    "SELECT id, at, person_id, name, kind, shared, body, object, object_id FROM ("
	    "SELECT n.id, n.at, n.person_id, p.name, n.kind, n.shared, n.body, n.object, n.object_id "
	    "FROM note n LEFT JOIN person p ON p.id = n.person_id WHERE (n.object = 'incident'");
	db_sql_ids(&sql, " AND n.object_id IN ", s->incident_id, s->incidents);
	if (s->reports > 0) {
		db_sql_add(&sql, ") OR (n.object = 'report'");
		db_sql_ids(&sql, " AND n.object_id IN ", s->report_id, s->reports);
	}
	db_sql_add(&sql, ")) AS entry WHERE 1 = 1");
	if (show == TIMELINE_DECISIONS)
		db_sql_add(&sql, " AND kind = 'decision'");
	add_window(&sql, w);
	TRY(db_query_sql(db, &q, &sql));
	while (db_row(q)) {
		bool of_report = strcmp(db_text(q, 7), "report") == 0;

		t->event[t->n++] = (struct timeline_event){
			.kind = TIMELINE_NOTE,
			.id = db_int(q, 0),
			.at = db_int(q, 1),
			.actor = db_int(q, 2),
			.actor_name = db_dup(a, q, 3),
			.note_kind = db_dup(a, q, 4),
			.shared = db_dup(a, q, 5),
			.body = db_dup(a, q, 6),
			.of = of_report ? ref_of(s->report, s->reports, db_int(q, 8))
					: ref_of(s->incident, s->incidents, db_int(q, 8)),
		};
	}
	return db_end(q);
}

static enum err
read_messages(struct db *db, struct arena *a, const struct scope *s, const struct window *w,
    struct timeline *t)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql sql;
	size_t before = t->n;

	db_sql_init(&sql, a);
	db_sql_add(&sql,
	    "SELECT id, at FROM (SELECT m.id, CASE WHEN m.direction = 'out' THEN COALESCE(m.sent_at, "
	    "m.received_at) ELSE m.received_at END AS at FROM message m WHERE (1 = 1");
	db_sql_ids(&sql, " AND m.incident_id IN ", s->incident_id, s->incidents);
	if (s->reports > 0) {
		db_sql_add(&sql, ") OR (1 = 1");
		db_sql_ids(&sql, " AND m.report_id IN ", s->report_id, s->reports);
	}
	db_sql_add(&sql, ")) AS entry WHERE 1 = 1");
	add_window(&sql, w);
	TRY(db_query_sql(db, &q, &sql));
	while (db_row(q)) {
		t->event[t->n++] = (struct timeline_event){
			.kind = TIMELINE_MESSAGE,
			.id = db_int(q, 0),
			.at = db_int(q, 1),
		};
	}
	TRY(db_end(q));
	for (size_t i = before; i < t->n; i++) {
		struct message *m = arena_one(a, struct message);

		TRY(message_get(db, a, t->event[i].id, m));
		t->event[i].message = m;
		t->event[i].actor = m->person_id;
		t->event[i].of = ref_of(s->report, s->reports, m->report_id);
	}
	return OK;
}

static int
older_first(const void *x, const void *y)
{
	const struct timeline_event *e = x, *f = y;

	if (e->at != f->at)
		return e->at < f->at ? -1 : 1;
	if (e->kind != f->kind)
		return e->kind < f->kind ? -1 : 1;
	return e->id < f->id ? -1 : e->id > f->id;
}

static int
newer_first(const void *x, const void *y)
{
	return older_first(y, x);
}

enum err
timeline_list(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, enum timeline_show show, bool oldest_first,
    int64_t from, size_t limit, struct timeline *ret)
{
	struct scope *s = arena_one(a, struct scope);
	struct window w = { oldest_first, from, limit };

	*ret = (struct timeline){ .event = arena_many(a, struct timeline_event, 3 * (limit + 1)) };
	TRY(load_scope(db, a, incident, viewer, s));
	if (show == TIMELINE_ALL)
		TRY(read_journal(db, a, s, &w, ret));
	if (show == TIMELINE_ALL || show == TIMELINE_NOTES || show == TIMELINE_DECISIONS)
		TRY(read_notes(db, a, s, &w, show, ret));
	if (show == TIMELINE_ALL || show == TIMELINE_MESSAGES)
		TRY(read_messages(db, a, s, &w, ret));
	if (ret->n > 1)
		qsort(ret->event, ret->n, sizeof(*ret->event), oldest_first ? older_first : newer_first);
	if (ret->n > limit) {
		/* The next page begins with the time at which this one ends. */
		ret->more = ret->event[limit].at;
		ret->n = limit;
	}
	return OK;
}

static enum err
count_one(struct db *db, struct db_sql *s, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query_sql(db, &q, s));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

enum err
timeline_count(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, int64_t ret[4])
{
	struct scope *s = arena_one(a, struct scope);
	struct db_sql sql;
	int64_t journal, also;

	TRY(load_scope(db, a, incident, viewer, s));
	for (int i = 0; i < 2; i++) {
		db_sql_init(&sql, a);
		db_sql_add(&sql, "SELECT COUNT(*) FROM note WHERE object = 'incident'");
		db_sql_ids(&sql, " AND object_id IN ", s->incident_id, s->incidents);
		if (i == 1)
			db_sql_add(&sql, " AND kind = 'decision'");
		TRY(count_one(db, &sql, &ret[i == 0 ? TIMELINE_NOTES : TIMELINE_DECISIONS]));
	}
	db_sql_init(&sql, a);
	db_sql_add(&sql, "SELECT COUNT(*) FROM message WHERE (1 = 1");
	db_sql_ids(&sql, " AND incident_id IN ", s->incident_id, s->incidents);
	if (s->reports > 0) {
		db_sql_add(&sql, ") OR (1 = 1");
		db_sql_ids(&sql, " AND report_id IN ", s->report_id, s->reports);
	}
	db_sql_add(&sql, ")");
	TRY(count_one(db, &sql, &ret[TIMELINE_MESSAGES]));
	db_sql_init(&sql, a);
	db_sql_add(&sql, "SELECT COUNT(*) FROM journal WHERE object = 'incident'");
	db_sql_ids(&sql, " AND object_id IN ", s->incident_id, s->incidents);
	db_sql_add(&sql, SHOWN_ELSEWHERE);
	TRY(count_one(db, &sql, &journal));
	db_sql_init(&sql, a);
	db_sql_add(&sql, "SELECT COUNT(*) FROM journal WHERE also = 'incident' AND object <> 'incident'");
	db_sql_ids(&sql, " AND also_id IN ", s->incident_id, s->incidents);
	db_sql_add(&sql, SHOWN_ELSEWHERE);
	TRY(count_one(db, &sql, &also));
	ret[TIMELINE_ALL] = journal + also + ret[TIMELINE_NOTES] + ret[TIMELINE_MESSAGES];
	return OK;
}
