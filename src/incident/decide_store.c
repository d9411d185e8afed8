/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/decide_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/category.h"
#include "incident/extract.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"
#include "journal/journal.h"
#include "text/value.h"

enum err
decide_original(struct db *db, struct arena *a, int64_t id, const char **ret_ref)
{
	AUTO(db_stmt) q = NULL;

	*ret_ref = NULL;
	TRY(db_query(db, &q,
	    "SELECT o.ref FROM report r JOIN report o ON o.id = r.duplicate_of WHERE r.id = ?1", DB_INT(id)));
	if (db_row(q))
		*ret_ref = db_dup(a, q, 0);
	return db_end(q);
}

/* What it was. */
static enum err
remember(struct db *db, struct arena *a, const struct report *r, struct value *undo)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT duplicate_of FROM report WHERE id = ?1", DB_INT(r->id)));
	value_set_int(a, undo, "report", r->id);
	value_set_text(a, undo, "ref", r->ref);
	value_set_text(a, undo, "state", r->state);
	value_set_text(a, undo, "known", r->known);
	value_set_text(a, undo, "priority", r->priority);
	value_set_text(a, undo, "rsit", r->rsit);
	value_set_text(a, undo, "reason", r->reason);
	value_set_text(a, undo, "tlp", r->tlp);
	value_set_text(a, undo, "door", r->door);
	value_set_int(a, undo, "owner", r->owner_id);
	value_set_int(a, undo, "answered_at", r->answered_at);
	value_set_int(a, undo, "decided_at", r->decided_at);
	value_set_int(a, undo, "decided_by", r->decided_by);
	value_set_int(a, undo, "duplicate_of", db_int(q, 0));
	return OK;
}

static enum err
open_incident(struct db *db, struct arena *a, const struct report *r, const struct decision *d, int64_t now,
    struct value *undo, struct decision_result *ret)
{
	struct category_preset preset = category_of_door(d->door == NULL ? r->door : d->door);
	/* Addresses in it are for reading: a title goes into subjects of mails. */
	const char *title = d->title == NULL || *d->title == '\0'
	    ? arena_cstr(a, extract_defang_text(a, str_of(r->title)))
	    : d->title;
	struct incident_new n = {
		.title = *title == '\0' ? r->ref : title,
		.rsit = d->rsit == NULL || *d->rsit == '\0' ? preset.rsit : d->rsit,
		.ics = preset.ics,
		.targeted = preset.targeted,
		.content_changed = preset.content_changed,
		.tlp = d->tlp == NULL ? r->tlp : d->tlp,
		.priority = d->priority,
		.owner_id = d->owner > 0 ? d->owner : 0,
		.domestic = r->domestic,
		.actor = d->actor,
		.actor_name = d->actor_name,
	};

	TRY(incident_add(db, a, &n, now, &ret->incident, &ret->incident_ref));
	if (d->sharing != NULL && *d->sharing != '\0')
		TRY(db_run(db, "UPDATE incident SET sharing = ?2 WHERE id = ?1", DB_INT(ret->incident),
		    DB_TEXT(d->sharing)));
	value_set_int(a, undo, "made", ret->incident);
	return OK;
}

static enum err
link_report(struct db *db, struct arena *a, const struct report *r, const struct decision *d,
    const char *relation, int64_t incident, int64_t now, struct value *undo)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM report_incident WHERE report_id = ?1 AND incident_id = ?2",
	    DB_INT(r->id), DB_INT(incident)));
	if (db_row(q))
		return OK; /* so undo leaves it there */
	TRY(db_end(q));
	if (relation == NULL) {
		AUTO(db_stmt) first = NULL;

		TRY(db_query(db, &first, "SELECT 1 FROM report_incident WHERE incident_id = ?1 LIMIT 1",
		    DB_INT(incident)));
		relation = db_row(first) ? "additional" : "original";
	}
	value_add(a, value_child(undo, "links"), value_int(a, incident));
	return incident_link(db, a, incident, r->id, relation, d->actor, d->actor_name, now);
}

/* Linked to the incidents of the other one too. */
static enum err
mark_duplicate(struct db *db, struct arena *a, const struct report *r, const struct decision *d, int64_t now,
    struct value *undo)
{
	AUTO(db_stmt) q = NULL;
	struct report o;
	int64_t incident[100];
	size_t n = 0;

	TRY(report_get(db, a, d->original, &o));
	TRY(db_one(db, &q, "SELECT COALESCE(duplicate_of, 0) FROM report WHERE id = ?1", DB_INT(o.id)));
	if (o.id == r->id || db_int(q, 0) != 0)
		return ERR_INVALID; /* one step only, so no circles */
	AUTO(db_stmt) behind = NULL;

	TRY(db_query(db, &behind, "SELECT 1 FROM report WHERE duplicate_of = ?1 LIMIT 1", DB_INT(r->id)));
	if (db_row(behind))
		return ERR_INVALID; /* others lead here already */
	TRY(db_end(behind));
	TRY(db_run(db, "UPDATE report SET duplicate_of = ?2 WHERE id = ?1", DB_INT(r->id), DB_INT(o.id)));
	AUTO(db_stmt) links = NULL;

	TRY(db_query(db, &links, "SELECT incident_id FROM report_incident WHERE report_id = ?1 LIMIT 100",
	    DB_INT(o.id)));
	while (n < COUNT(incident) && db_row(links))
		incident[n++] = db_int(links, 0);
	TRY(db_end(links));
	for (size_t i = 0; i < n; i++)
		TRY(link_report(db, a, r, d, "duplicate", incident[i], now, undo));
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const struct report *r, const struct decision *d,
    const struct decision_result *result, int64_t now)
{
	static const char *const action[] = {
		[DECIDE_CHANGE] = "report.change",
		[DECIDE_NEW] = "report.accept",
		[DECIDE_ATTACH] = "report.accept",
		[DECIDE_DUPLICATE] = "report.duplicate",
		[DECIDE_ANSWER] = "report.answer",
		[DECIDE_DECLINE] = "report.decline",
	};
	struct value *p = value_object(a);
	const char *original;

	value_set_text(a, p, "ref", r->ref);
	if (d->act == DECIDE_DUPLICATE) {
		TRY(decide_original(db, a, r->id, &original));
		value_set_text(a, p, "original", original);
	}
	if (result->incident != 0)
		value_set_text(a, p, "incident", result->incident_ref);
	if (d->act == DECIDE_DECLINE)
		value_set_text(a, p, "reason", d->reason);
	if (d->priority != NULL)
		value_set_text(a, p, "priority", d->priority);
	if (d->known != NULL)
		value_set_text(a, p, "known", d->known);
	if (d->door != NULL)
		value_set_text(a, p, "door", d->door);
	if (d->tlp != NULL)
		value_set_text(a, p, "tlp", d->tlp);
	if (d->owner >= 0)
		value_set_int(a, p, "owner", d->owner);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = d->actor,
		.actor_name = d->actor_name,
		.action = action[d->act],
		.object = "report",
		.object_id = r->id,
		.payload = p,
	    });
}

enum err
decide_report(struct db *db, struct arena *a, int64_t id, int64_t version, const struct decision *d,
    int64_t now, struct value *undo, struct decision_result *ret)
{
	static const char *const state[] = {
		[DECIDE_NEW] = "accepted",
		[DECIDE_ATTACH] = "accepted",
		[DECIDE_DUPLICATE] = "duplicate",
		[DECIDE_ANSWER] = "answered",
		[DECIDE_DECLINE] = "declined",
	};
	struct decision_result result = { 0 };
	struct report r;

	TRY(report_get(db, a, id, &r));
	if (version != 0 && r.version != version)
		return ERR_CONFLICT;
	TRY(remember(db, a, &r, undo));
	(void)value_set_list(a, undo, "links");
	if (d->act == DECIDE_NEW)
		TRY(open_incident(db, a, &r, d, now, undo, &result));
	if (d->act == DECIDE_ATTACH) {
		struct incident i;

		TRY(incident_get(db, a, d->incident, &i));
		result = (struct decision_result){ i.id, i.ref };
	}
	if (result.incident != 0)
		TRY(link_report(db, a, &r, d, d->relation, result.incident, now, undo));
	if (d->act == DECIDE_DUPLICATE)
		TRY(mark_duplicate(db, a, &r, d, now, undo));
	TRY(report_change(db, id, 0,
	    &(struct report_change){
		.state = d->act == DECIDE_ATTACH && d->relation != NULL && strcmp(d->relation, "duplicate") == 0
		    ? "duplicate"
		    : state[d->act],
		.known = d->known,
		.priority = d->priority,
		.rsit = d->rsit,
		.reason = d->act == DECIDE_DECLINE ? d->reason : NULL,
		.tlp = d->tlp,
		.door = d->door,
		.owner_id = d->owner,
		.decided_by = d->act == DECIDE_CHANGE ? 0 : d->actor,
	    },
	    now));
	TRY(tell(db, a, &r, d, &result, now));

	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT version FROM report WHERE id = ?1", DB_INT(id)));
	value_set_int(a, undo, "version", db_int(q, 0));
	*ret = result;
	return OK;
}

/*
 * The incident that the decision made goes with it, as if it had never been:
 * its number stays empty, the journal tells why. ERR_CONFLICT once anything
 * else hangs on it.
 */
static enum err
drop_incident(struct db *db, struct arena *a, int64_t id, int64_t actor, const char *actor_name, int64_t now)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) busy = NULL;
	struct incident i;
	struct value *p = value_object(a);

	TRY(incident_get(db, a, id, &i));
	TRY(db_one(db, &busy,
	    "SELECT (SELECT COUNT(*) FROM report_incident WHERE incident_id = ?1) "
	    "+ (SELECT COUNT(*) FROM notification WHERE incident_id = ?1) "
	    "+ (SELECT COUNT(*) FROM message WHERE incident_id = ?1) "
	    "+ (SELECT COUNT(*) FROM attachment WHERE incident_id = ?1) "
	    "+ (SELECT COUNT(*) FROM incident_hold WHERE incident_id = ?1) "
	    "+ (SELECT COUNT(*) FROM note WHERE object = 'incident' AND object_id = ?1) "
	    "+ (SELECT COUNT(*) FROM incident WHERE merged_into = ?1)",
	    DB_INT(id)));
	if (db_int(busy, 0) != 0 || strcmp(i.state, "open") != 0 || i.merged_into != 0)
		return ERR_CONFLICT;
	TRY(db_one(db, &q, "SELECT indexed FROM incident WHERE id = ?1", DB_INT(id)));
	TRY(db_fts_remove(db, "incident", id, str_of(db_dup(a, q, 0))));
	TRY(db_run(db, "DELETE FROM task WHERE incident_id = ?1", DB_INT(id)));
	TRY(db_run(db, "DELETE FROM party WHERE incident_id = ?1", DB_INT(id)));
	TRY(db_run(db, "DELETE FROM incident_observable WHERE incident_id = ?1", DB_INT(id)));
	TRY(db_run(db, "DELETE FROM incident_grant WHERE incident_id = ?1", DB_INT(id)));
	TRY(db_run(db, "DELETE FROM incident_erased WHERE incident_id = ?1", DB_INT(id)));
	db_stmt_free(q);
	q = NULL;
	TRY(db_run(db, "DELETE FROM incident WHERE id = ?1", DB_INT(id)));
	TRY(incident_count(db, a, &i, -1));
	value_set_text(a, p, "ref", i.ref);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = actor,
		.actor_name = actor_name,
		.action = "incident.withdraw",
		.object = "incident",
		.object_id = id,
		.payload = p,
	    });
}

static struct db_arg
text_of(const struct value *undo, const char *key)
{
	const struct value *v = value_get(undo, key);

	return DB_TEXT(value_type(v) == VALUE_TEXT ? value_cstr(v) : NULL);
}

static int64_t
int_of(const struct value *undo, const char *key)
{
	return value_integer(value_get(undo, key));
}

static enum err
restore(struct db *db, const struct value *undo, int64_t now)
{
	const char *state = value_cstr(value_get(undo, "state")), *door = value_cstr(value_get(undo, "door"));
	int64_t id = int_of(undo, "report");

	/* Through the one that keeps the counts; then what it cannot clear. */
	TRY(report_change(db, id, 0,
	    &(struct report_change){ .state = state, .door = door, .owner_id = -1 }, now));
	return db_run(db,
	    "UPDATE report SET known = ?2, priority = ?3, rsit = ?4, reason = ?5, tlp = ?6, owner_id = ?7, "
	    "answered_at = ?8, decided_at = ?9, decided_by = ?10, duplicate_of = ?11 WHERE id = ?1",
	    DB_INT(id), text_of(undo, "known"), text_of(undo, "priority"), text_of(undo, "rsit"),
	    text_of(undo, "reason"), text_of(undo, "tlp"), DB_INT_OR_NULL(int_of(undo, "owner")),
	    DB_INT_OR_NULL(int_of(undo, "answered_at")), DB_INT_OR_NULL(int_of(undo, "decided_at")),
	    DB_INT_OR_NULL(int_of(undo, "decided_by")), DB_INT_OR_NULL(int_of(undo, "duplicate_of")));
}

static enum err
undo_all(struct db *db, struct arena *a, const struct value *undo, int64_t actor, const char *actor_name,
    int64_t now)
{
	const struct value *links = value_get(undo, "links");
	struct value *p = value_object(a);

	for (size_t i = 0; i < value_count(links); i++) {
		enum err e = incident_unlink(db, a, value_integer(value_at(links, i)), int_of(undo, "report"),
		    actor, actor_name, now);

		if (e != OK && e != ERR_NOT_FOUND) /* somebody took it out already */
			return e;
	}
	if (int_of(undo, "made") != 0)
		TRY(drop_incident(db, a, int_of(undo, "made"), actor, actor_name, now));
	TRY(restore(db, undo, now));
	value_set_text(a, p, "ref", value_cstr(value_get(undo, "ref")));
	value_set_text(a, p, "state", value_cstr(value_get(undo, "state")));
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = actor,
		.actor_name = actor_name,
		.action = "report.undo",
		.object = "report",
		.object_id = int_of(undo, "report"),
		.payload = p,
	    });
}

enum err
decide_undo(struct db *db, struct arena *a, const struct value *undo, int64_t actor, const char *actor_name,
    int64_t now)
{
	struct report r;

	TRY(report_get(db, a, int_of(undo, "report"), &r));
	if (r.version != int_of(undo, "version"))
		return ERR_CONFLICT;
	TRY(db_savepoint(db));
	enum err e = undo_all(db, a, undo, actor, actor_name, now);

	if (e != OK) {
		TRY(db_rollback_to(db));
		return e;
	}
	return db_release(db);
}
