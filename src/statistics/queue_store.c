/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/queue_store.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"

struct queue {
	struct db *db;
	struct arena *a;
	const struct user *me;
	int64_t now;
	struct queue_item *item;
	size_t n;
};

/* Columns: ref, title, what, owner id, at, due_at, id. */
static enum err
take(struct queue *k, const struct db_sql *s, enum queue_reason reason)
{
	AUTO(db_stmt) q = NULL;
	int n = 0;

	TRY(db_query_sql(k->db, &q, s));
	while (n < QUEUE_ROWS && db_row(q)) {
		k->item[k->n++] = (struct queue_item){
			.reason = reason,
			.ref = db_dup(k->a, q, 0),
			.title = db_dup(k->a, q, 1),
			.what = reason == QUEUE_SITE ? url_defang(k->a, db_str(q, 2)) : db_dup(k->a, q, 2),
			.mine = db_int(q, 3) == k->me->id,
			.at = db_int(q, 4),
			.due_at = db_int(q, 5),
			.id = db_int(q, 6),
		};
		n++;
	}
	return n == QUEUE_ROWS ? OK : db_end(q);
}

#define REPORTS "SELECT r.ref, r.title, r.reporter_org, r.owner_id, r.received_at, r.due_at, 0 FROM report r WHERE "

static enum err
reports(struct queue *k)
{
	struct db_sql urgent, late, mine;

	db_sql_init(&urgent, k->a);
	db_sql_add(&urgent, REPORTS "r.urgent = 1 AND r.state = 'new' AND (r.owner_id IS NULL OR r.owner_id = ?1)",
	    DB_INT(k->me->id));
	report_only_visible(&urgent, k->me);
	db_sql_add(&urgent, " ORDER BY r.received_at LIMIT 40");
	TRY(take(k, &urgent, QUEUE_URGENT));
	db_sql_init(&late, k->a);
	db_sql_add(&late,
	    REPORTS "r.due_at < ?1 AND r.state = 'new' AND r.urgent = 0 AND r.answered_at IS NULL "
		    "AND (r.owner_id IS NULL OR r.owner_id = ?2)",
	    DB_INT(k->now), DB_INT(k->me->id));
	report_only_visible(&late, k->me);
	db_sql_add(&late, " ORDER BY r.due_at LIMIT 40");
	TRY(take(k, &late, QUEUE_OVERDUE));
	db_sql_init(&mine, k->a);
	db_sql_add(&mine, REPORTS "r.owner_id = ?1 AND r.state = 'new' AND r.answered_at IS NULL", DB_INT(k->me->id));
	report_only_visible(&mine, k->me);
	db_sql_add(&mine, " ORDER BY CASE WHEN r.due_at IS NULL THEN 1 ELSE 0 END, r.due_at, r.id LIMIT 40");
	return take(k, &mine, QUEUE_REPORT);
}

#define THREADS "SELECT i.ref, i.title, x.org, i.owner_id, "
#define OF_THREADS                                                                                 \
	" FROM notification n JOIN incident i ON i.id = n.incident_id JOIN party x ON x.id = n.party_id WHERE "
#define OURS " AND (i.owner_id IS NULL OR i.owner_id = ?1)"
/* What nobody minded for so long is no work of today any more. */
#define SILENT_FOR (120 * CLOCK_DAY)

static enum err
threads(struct queue *k)
{
	struct db_sql answers, bounced, silent;

	db_sql_init(&answers, k->a);
	db_sql_add(&answers, THREADS "n.last_in_at, 0, n.id" OF_THREADS "n.unread > 0 AND n.state <> 'bounced'" OURS,
	    DB_INT(k->me->id));
	incident_only_visible(&answers, k->me);
	db_sql_add(&answers, " ORDER BY CASE WHEN i.owner_id = ?1 THEN 0 ELSE 1 END, n.last_in_at LIMIT 40",
	    DB_INT(k->me->id));
	TRY(take(k, &answers, QUEUE_ANSWER));
	db_sql_init(&bounced, k->a);
	db_sql_add(&bounced, THREADS "n.last_in_at, 0, n.id" OF_THREADS "n.state = 'bounced' AND i.state = 'open'" OURS,
	    DB_INT(k->me->id));
	incident_only_visible(&bounced, k->me);
	db_sql_add(&bounced, " ORDER BY n.last_in_at LIMIT 40");
	TRY(take(k, &bounced, QUEUE_BOUNCED));
	db_sql_init(&silent, k->a);
	db_sql_add(&silent,
	    THREADS "n.last_out_at, n.due_at, n.id" OF_THREADS "n.due_at <= ?2 AND n.due_at > ?3 "
		    "AND n.state IN ('sent', 'no-response') AND i.state = 'open'" OURS,
	    DB_INT(k->me->id), DB_INT(k->now), DB_INT(k->now - SILENT_FOR));
	incident_only_visible(&silent, k->me);
	db_sql_add(&silent, " ORDER BY n.due_at LIMIT 40");
	return take(k, &silent, QUEUE_SILENT);
}

static enum err
planned(struct queue *k)
{
	struct db_sql tasks, actions, open;

	db_sql_init(&tasks, k->a);
	db_sql_add(&tasks,
	    "SELECT i.ref, i.title, t.title, t.owner_id, t.created_at, t.due_at, t.id FROM task t "
	    "JOIN incident i ON i.id = t.incident_id WHERE t.owner_id = ?1 AND t.done_at IS NULL "
	    "AND i.state = 'open'",
	    DB_INT(k->me->id));
	incident_only_visible(&tasks, k->me);
	db_sql_add(&tasks, " ORDER BY CASE WHEN t.due_at IS NULL THEN 1 ELSE 0 END, t.due_at, t.id LIMIT 40");
	TRY(take(k, &tasks, QUEUE_TASK));
	db_sql_init(&actions, k->a);
	db_sql_add(&actions,
	    "SELECT i.ref, i.title, i.next_action, i.owner_id, i.updated_at, i.due_at, 0 FROM incident i "
	    "WHERE i.owner_id = ?1 AND i.state = 'open' AND i.merged_into IS NULL "
	    "AND (i.due_at IS NOT NULL OR i.next_action IS NOT NULL) "
	    "ORDER BY CASE WHEN i.due_at IS NULL THEN 1 ELSE 0 END, i.due_at, i.id LIMIT 40",
	    DB_INT(k->me->id));
	TRY(take(k, &actions, QUEUE_ACTION));
	db_sql_init(&open, k->a);
	db_sql_add(&open,
	    "SELECT i.ref, i.title, '', i.owner_id, i.created_at, 0, 0 FROM incident i WHERE i.owner_id = ?1 "
	    "AND i.state = 'open' AND i.merged_into IS NULL AND i.due_at IS NULL AND i.next_action IS NULL "
	    "ORDER BY i.updated_at, i.id LIMIT 40",
	    DB_INT(k->me->id));
	return take(k, &open, QUEUE_OPEN);
}

/* Sites that came back, or of which the checks cannot tell. */
static enum err
sites(struct queue *k)
{
	struct db_sql s;

	db_sql_init(&s, k->a);
	db_sql_add(&s,
	    "SELECT i.ref, i.title, s.url, COALESCE(s.owner_id, i.owner_id), COALESCE(s.reopened_at, s.checked_at), "
	    "0, s.id FROM site s JOIN incident i ON i.id = s.incident_id WHERE s.state IN ('reopened', 'unreachable') "
	    "AND s.removed_at IS NULL AND i.state = 'open' "
	    "AND (COALESCE(s.owner_id, i.owner_id) IS NULL OR COALESCE(s.owner_id, i.owner_id) = ?1)",
	    DB_INT(k->me->id));
	incident_only_visible(&s, k->me);
	db_sql_add(&s, " ORDER BY s.updated_at, s.id LIMIT 40");
	return take(k, &s, QUEUE_SITE);
}

enum err
queue_load(struct db *db, struct arena *a, const struct user *me, int64_t now, struct queue_item **ret, size_t *ret_n)
{
	struct queue k = { .db = db, .a = a, .me = me, .now = now };

	k.item = arena_many(a, struct queue_item, (size_t)QUEUE_REASONS * QUEUE_ROWS);
	if (auth_may(me->role, PERM_REPORT_READ))
		TRY(reports(&k));
	if (auth_may(me->role, PERM_INCIDENT_READ)) {
		TRY(threads(&k));
		TRY(planned(&k));
		TRY(sites(&k));
	}
	*ret = k.item;
	*ret_n = queue_order(k.item, k.n, now);
	return OK;
}
