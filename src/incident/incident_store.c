/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "incident/category.h"
#include "incident/ref.h"
#include "incident/report_store.h"
#include "journal/journal.h"
#include "text/value.h"

/* What the search index holds for an incident; also needed to take it out. */
static enum err
search_text(struct db *db, struct arena *a, int64_t id, struct str *ret)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) o = NULL;
	struct buf *b = buf_new(a, LIMIT_MAIL_TEXT);

	TRY(db_one(db, &q,
	    "SELECT ref, title, impact, scale, scope, cause, method, advice, evidence "
	    "FROM incident WHERE id = ?1",
	    DB_INT(id)));
	for (int i = 0; i < 9; i++) {
		buf_text(b, db_text(q, i));
		buf_char(b, '\n');
	}
	TRY(db_query(db, &o,
	    "SELECT org, name, email FROM party WHERE incident_id = ?1 AND removed_at IS NULL ORDER BY id LIMIT 200",
	    DB_INT(id)));
	while (db_row(o))
		buf_printf(b, "%s %s %s\n", db_text(o, 0), db_text(o, 1), db_text(o, 2));
	TRY(db_end(o));
	*ret = buf_view(b);
	return OK;
}

enum err
incident_reindex(struct db *db, struct arena *a, int64_t id)
{
	AUTO(db_stmt) q = NULL;
	struct str text;

	/* The index is contentless: what it holds stands beside the row. */
	TRY(db_query(db, &q, "SELECT indexed FROM incident WHERE id = ?1", DB_INT(id)));
	const char *old = db_row(q) ? db_dup(a, q, 0) : NULL;

	TRY(db_end(q));
	if (old != NULL && *old != '\0')
		TRY(db_fts_remove(db, "incident", id, str_of(old)));
	TRY(search_text(db, a, id, &text));
	TRY(db_fts_put(db, "incident", id, text));
	return db_run(db, "UPDATE incident SET indexed = ?2 WHERE id = ?1", DB_INT(id), DB_STR(text));
}

enum err
incident_count(struct db *db, struct arena *a, const struct incident *i, int64_t by)
{
	const struct category *c = category_find(i->rsit);

	if (i->merged_into != 0)
		return OK;
	TRY(gauge_add(db, a, "incident", i->state, by));
	if (c != NULL && !c->counted)
		return OK;
	TRY(tally_add(db, "incident", tally_day(i->created_at), i->category, i->domestic, by));
	if (i->notified_at != 0)
		TRY(tally_add(db, "coordinated", tally_day(i->notified_at), i->category, i->domestic, by));
	if (i->closed_at != 0)
		TRY(tally_add(db, "closed", tally_day(i->closed_at), i->category, i->domestic, by));
	return OK;
}

enum err
incident_add(struct db *db, struct arena *a, const struct incident_new *n, int64_t now, int64_t *ret_id,
    const char **ret_ref)
{
	struct category_labels labels = category_derive(n->rsit, n->ics, n->targeted, n->content_changed);
	struct value *p = value_object(a);
	const char *ref;
	int64_t id;

	TRY(ref_next(db, a, "INC", now, &ref));
	TRY(db_insert(db, &id,
	    "INSERT INTO incident (ref, title, rsit, rsit_version, category, category_2007, ics, "
	    "targeted, content_changed, tlp, pap, priority, owner_id, created_at, reported_at, "
	    "domestic, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?14, ?15, ?14) RETURNING id",
	    DB_TEXT(ref), DB_TEXT(n->title), DB_TEXT(n->rsit), DB_TEXT(CATEGORY_RSIT_VERSION),
	    DB_TEXT(labels.now), DB_TEXT(labels.of_2007), DB_INT(n->ics), DB_INT(n->targeted),
	    DB_INT(n->content_changed), DB_TEXT(n->tlp == NULL ? "AMBER" : n->tlp),
	    DB_TEXT(n->pap == NULL ? "GREEN" : n->pap),
	    DB_TEXT(n->priority == NULL ? "normal" : n->priority), DB_INT_OR_NULL(n->owner_id),
	    DB_INT(now), DB_INT(n->domestic)));
	TRY(incident_reindex(db, a, id));
	TRY(incident_count(db, a,
	    &(struct incident){
		.state = "open",
		.rsit = n->rsit,
		.category = labels.now,
		.domestic = n->domestic,
		.created_at = now,
	    },
	    1));
	value_set_text(a, p, "ref", ref);
	value_set_text(a, p, "title", n->title);
	value_set_text(a, p, "rsit", n->rsit);
	TRY(journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = n->actor,
		.actor_name = n->actor_name,
		.action = "incident.open",
		.object = "incident",
		.object_id = id,
		.payload = p,
	    }));
	*ret_id = id;
	if (ret_ref != NULL)
		*ret_ref = ref;
	return OK;
}

bool
incident_sees_all(const struct user *u)
{
	return u != NULL && (u->role == ROLE_ADMIN || u->role == ROLE_AUDITOR);
}

void
incident_add_hidden(struct db_sql *s, const struct user *u)
{
	if (incident_sees_all(u))
		db_sql_add(s, "SELECT h.id FROM incident h WHERE 1 = 0");
	else
		db_sql_add(s,
		    "SELECT h.id FROM incident h WHERE h.restricted = 1 AND h.merged_into IS NULL "
		    "AND COALESCE(h.owner_id, 0) <> ?1 AND h.id NOT IN (SELECT incident_id FROM incident_grant "
		    "WHERE person_id = ?1) UNION ALL SELECT m.id FROM incident h JOIN incident m ON m.merged_into = h.id "
		    "WHERE h.restricted = 1 AND COALESCE(h.owner_id, 0) <> ?1 AND h.id NOT IN (SELECT incident_id "
		    "FROM incident_grant WHERE person_id = ?1)",
		    DB_INT(u == NULL ? 0 : u->id));
}

void
incident_only_visible(struct db_sql *s, const struct user *u)
{
	if (incident_sees_all(u))
		return;
	db_sql_add(s, " AND (i.id IS NULL OR i.id NOT IN (");
	incident_add_hidden(s, u);
	db_sql_add(s, "))");
}

enum err
incident_visible(struct db *db, const struct incident *i, const struct user *u, bool *ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = true;
	if ((!i->restricted && i->merged_into == 0) || incident_sees_all(u))
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT 1 FROM incident i WHERE i.id = ?1", DB_INT(i->id));
	incident_only_visible(&s, u);
	TRY(db_query_sql(db, &q, &s));
	*ret = db_row(q);
	return db_end(q);
}

#define INCIDENT_COLUMNS                                                                           \
	"SELECT i.id, i.ref, i.title, i.state, i.phase, i.resolution, i.rsit, i.rsit_version, "    \
	"i.category, i.category_2007, i.category_fixed, i.ics, i.targeted, i.content_changed, "    \
	"i.tlp, i.pap, i.priority, i.owner_id, p.name, i.detected_at, i.started_at, i.ended_at, "  \
	"i.reported_at, i.created_at, i.notified_at, i.closed_at, i.impact, i.scale, i.scope, "    \
	"i.cause, i.strategy, i.sharing, i.method, i.advice, i.motive, i.cia, i.evidence, "        \
	"i.close_reason, i.reopened, i.domestic, i.restricted, i.merged_into, m.ref, i.due_at, "   \
	"i.next_action, i.version, i.updated_at FROM incident i "                                  \
	"LEFT JOIN person p ON p.id = i.owner_id LEFT JOIN incident m ON m.id = i.merged_into"

static void
read_incident(struct arena *a, struct db_stmt *q, struct incident *i)
{
	*i = (struct incident){
		.id = db_int(q, 0),
		.ref = db_dup(a, q, 1),
		.title = db_dup(a, q, 2),
		.state = db_dup(a, q, 3),
		.phase = db_dup(a, q, 4),
		.resolution = db_dup(a, q, 5),
		.rsit = db_dup(a, q, 6),
		.rsit_version = db_dup(a, q, 7),
		.category = db_dup(a, q, 8),
		.category_2007 = db_dup(a, q, 9),
		.category_fixed = db_int(q, 10) != 0,
		.ics = db_int(q, 11) != 0,
		.targeted = db_int(q, 12) != 0,
		.content_changed = db_int(q, 13) != 0,
		.tlp = db_dup(a, q, 14),
		.pap = db_dup(a, q, 15),
		.priority = db_dup(a, q, 16),
		.owner_id = db_int(q, 17),
		.owner = db_dup(a, q, 18),
		.detected_at = db_int(q, 19),
		.started_at = db_int(q, 20),
		.ended_at = db_int(q, 21),
		.reported_at = db_int(q, 22),
		.created_at = db_int(q, 23),
		.notified_at = db_int(q, 24),
		.closed_at = db_int(q, 25),
		.impact = db_dup(a, q, 26),
		.scale = db_dup(a, q, 27),
		.scope = db_dup(a, q, 28),
		.cause = db_dup(a, q, 29),
		.strategy = db_dup(a, q, 30),
		.sharing = db_dup(a, q, 31),
		.method = db_dup(a, q, 32),
		.advice = db_dup(a, q, 33),
		.motive = db_dup(a, q, 34),
		.cia = db_dup(a, q, 35),
		.evidence = db_dup(a, q, 36),
		.close_reason = db_dup(a, q, 37),
		.reopened = db_int(q, 38),
		.domestic = db_int(q, 39) != 0,
		.restricted = db_int(q, 40) != 0,
		.merged_into = db_int(q, 41),
		.merged_ref = db_dup(a, q, 42),
		.due_at = db_int(q, 43),
		.next_action = db_dup(a, q, 44),
		.version = db_int(q, 45),
		.updated_at = db_int(q, 46),
	};
}

enum err
incident_get(struct db *db, struct arena *a, int64_t id, struct incident *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, INCIDENT_COLUMNS " WHERE i.id = ?1", DB_INT(id)));
	read_incident(a, q, ret);
	return OK;
}

enum err
incident_by_ref(struct db *db, struct arena *a, struct str ref, struct incident *ret)
{
	AUTO(db_stmt) q = NULL;
	struct ref parsed;

	if (ref_parse(ref, &parsed) != OK || parsed.kind != REF_INCIDENT)
		return ERR_NOT_FOUND;
	TRY(db_one(db, &q, INCIDENT_COLUMNS " WHERE i.ref = ?1", DB_TEXT(ref_format(a, parsed))));
	read_incident(a, q, ret);
	return OK;
}

/* Both timelines show a link. */
static enum err
tell_link(struct db *db, struct arena *a, const char *action, const char *incident_ref,
    const char *report_ref, int64_t incident, int64_t report, const char *relation, int64_t actor,
    const char *actor_name, int64_t now)
{
	struct value *p = value_object(a);

	value_set_text(a, p, "report", report_ref);
	value_set_text(a, p, "incident", incident_ref);
	value_set_text(a, p, "relation", relation);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = actor,
		.actor_name = actor_name,
		.action = action,
		.object = "incident",
		.object_id = incident,
		.also = "report",
		.also_id = report,
		.payload = p,
	    });
}

/* What the report knows comes along: its observables and who told us. */
static enum err
bring_along(struct db *db, int64_t incident, const struct report *r, int64_t actor, int64_t now)
{
	TRY(db_run(db,
	    "INSERT INTO incident_observable (incident_id, observable_id, role, added_at, added_by) "
	    "SELECT ?1, ro.observable_id, 'related', ?3, ?4 FROM report_observable ro "
	    "WHERE ro.report_id = ?2 ON CONFLICT (incident_id, observable_id) DO NOTHING",
	    DB_INT(incident), DB_INT(r->id), DB_INT(now), DB_INT(actor)));
	if (r->anonymous || r->reporter_email == NULL || *r->reporter_email == '\0')
		return OK;

	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT 1 FROM party WHERE incident_id = ?1 AND email = ?2 AND removed_at IS NULL",
	    DB_INT(incident), DB_TEXT(r->reporter_email)));
	if (db_row(q))
		return OK;
	TRY(db_end(q));
	return db_run(db,
	    "INSERT INTO party (incident_id, role, org, name, email, phone, cc, lang) "
	    "VALUES (?1, 'reporter', ?2, ?3, ?4, ?5, ?6, ?7)",
	    DB_INT(incident),
	    DB_TEXT(r->reporter_org != NULL && *r->reporter_org != '\0' ? r->reporter_org
		    : r->reporter_name != NULL				? r->reporter_name
									: r->reporter_email),
	    DB_TEXT(r->reporter_name), DB_TEXT(r->reporter_email), DB_TEXT(r->reporter_phone),
	    DB_TEXT(r->cc), DB_TEXT(r->lang));
}

enum err
incident_link(struct db *db, struct arena *a, int64_t incident, int64_t report, const char *relation,
    int64_t actor, const char *actor_name, int64_t now)
{
	struct incident i;
	struct report r;

	TRY(incident_get(db, a, incident, &i));
	TRY(report_get(db, a, report, &r));
	TRY(db_run(db,
	    "INSERT INTO report_incident (report_id, incident_id, relation, linked_at, linked_by) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (report_id, incident_id) DO NOTHING",
	    DB_INT(report), DB_INT(incident), DB_TEXT(relation), DB_INT(now), DB_INT(actor)));
	if (db_changed(db) == 0)
		return OK;
	TRY(report_change(db, report, 0,
	    &(struct report_change){
		.state = strcmp(relation, "duplicate") == 0 ? "duplicate" : "accepted",
		/* Who looks after the incident looks after what it came from. */
		.owner_id = r.owner_id != 0 || i.owner_id == 0 ? -1 : i.owner_id,
		.decided_by = actor,
	    },
	    now));
	TRY(bring_along(db, incident, &r, actor, now));
	/* The first report says when we were told. */
	TRY(db_run(db,
	    "UPDATE incident SET reported_at = ?2 WHERE id = ?1 AND (reported_at IS NULL OR reported_at > ?2)",
	    DB_INT(incident), DB_INT(r.received_at)));
	TRY(incident_reindex(db, a, incident));
	return tell_link(db, a, "incident.link", i.ref, r.ref, incident, report, relation, actor,
	    actor_name, now);
}

enum err
incident_unlink(struct db *db, struct arena *a, int64_t incident, int64_t report, int64_t actor,
    const char *actor_name, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	struct incident i;
	struct report r;

	TRY(incident_get(db, a, incident, &i));
	TRY(report_get(db, a, report, &r));
	TRY(db_run(db, "DELETE FROM report_incident WHERE report_id = ?1 AND incident_id = ?2",
	    DB_INT(report), DB_INT(incident)));
	if (db_changed(db) == 0)
		return ERR_NOT_FOUND;
	/* Observables that no other report brought and nobody confirmed go too. */
	TRY(db_run(db,
	    "DELETE FROM incident_observable WHERE incident_id = ?1 AND confirmed = 0 "
	    "AND role = 'related' AND observable_id IN (SELECT observable_id FROM report_observable "
	    "WHERE report_id = ?2) AND observable_id NOT IN (SELECT ro.observable_id "
	    "FROM report_observable ro JOIN report_incident ri ON ri.report_id = ro.report_id "
	    "WHERE ri.incident_id = ?1)",
	    DB_INT(incident), DB_INT(report)));
	TRY(db_one(db, &q, "SELECT COUNT(*) FROM report_incident WHERE report_id = ?1", DB_INT(report)));
	if (db_int(q, 0) == 0)
		TRY(report_change(db, report, 0, &(struct report_change){ .state = "new", .owner_id = -1 },
		    now));
	return tell_link(db, a, "incident.unlink", i.ref, r.ref, incident, report, NULL, actor, actor_name,
	    now);
}

static enum err
tell_merge(struct db *db, struct arena *a, const char *action, const struct incident *from,
    const struct incident *into, struct value *granted, int64_t actor, const char *actor_name, int64_t now)
{
	struct value *p = value_object(a);

	value_set_text(a, p, "from", from->ref);
	value_set_text(a, p, "into", into->ref);
	if (granted != NULL && value_count(granted) > 0)
		value_set(a, p, "granted", granted);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = actor,
		.actor_name = actor_name,
		.action = action,
		.object = "incident",
		.object_id = from->id,
		.also = "incident",
		.also_id = into->id,
		.payload = p,
	    });
}

/* It is one matter from now on: who knew of one part knows the whole. */
static enum err
grant_both(struct db *db, struct arena *a, const struct incident *from, const struct incident *into,
    struct value *ret_granted)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_run(db,
	    "INSERT INTO incident_grant (incident_id, person_id, merged_from) "
	    "SELECT ?1, p.id, ?2 FROM person p WHERE (p.id = ?3 OR p.id IN (SELECT person_id FROM incident_grant "
	    "WHERE incident_id = ?2)) AND p.id <> ?4 ON CONFLICT (incident_id, person_id) DO NOTHING",
	    DB_INT(into->id), DB_INT(from->id), DB_INT(from->owner_id), DB_INT(into->owner_id)));
	TRY(db_query(db, &q,
	    "SELECT p.name FROM incident_grant g JOIN person p ON p.id = g.person_id "
	    "WHERE g.incident_id = ?1 AND g.merged_from = ?2 ORDER BY p.id",
	    DB_INT(into->id), DB_INT(from->id)));
	while (db_row(q))
		value_add_text(a, ret_granted, db_dup(a, q, 0));
	return db_end(q);
}

enum err
incident_merge(struct db *db, struct arena *a, int64_t from, int64_t into, int64_t actor,
    const char *actor_name, int64_t now)
{
	struct value *granted = value_list(a);
	struct incident f, i;

	TRY(incident_get(db, a, from, &f));
	TRY(incident_get(db, a, into, &i));
	if (from == into || f.merged_into != 0 || i.merged_into != 0)
		return ERR_INVALID; /* one step only: no chains, so no circles */
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM incident WHERE merged_into = ?1", DB_INT(from)));
	if (db_row(q))
		return ERR_INVALID; /* others lead here already */
	TRY(db_end(q));
	TRY(db_run(db,
	    "UPDATE incident SET merged_into = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1",
	    DB_INT(from), DB_INT(into), DB_INT(now)));
	/* A merged one is no incident of its own in the counts. */
	TRY(incident_count(db, a, &f, -1));
	if (f.restricted && i.restricted)
		TRY(grant_both(db, a, &f, &i, granted));
	return tell_merge(db, a, "incident.merge", &f, &i, granted, actor, actor_name, now);
}

enum err
incident_unmerge(struct db *db, struct arena *a, int64_t from, int64_t actor, const char *actor_name,
    int64_t now)
{
	struct incident f, i;

	TRY(incident_get(db, a, from, &f));
	if (f.merged_into == 0)
		return ERR_NOT_FOUND;
	TRY(incident_get(db, a, f.merged_into, &i));
	TRY(db_run(db,
	    "UPDATE incident SET merged_into = NULL, version = version + 1, updated_at = ?2 WHERE id = ?1",
	    DB_INT(from), DB_INT(now)));
	TRY(db_run(db, "DELETE FROM incident_grant WHERE incident_id = ?1 AND merged_from = ?2", DB_INT(i.id),
	    DB_INT(from)));
	f.merged_into = 0;
	TRY(incident_count(db, a, &f, 1));
	return tell_merge(db, a, "incident.unmerge", &f, &i, NULL, actor, actor_name, now);
}
