/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident_change_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "directory/tlp.h"
#include "incident/incident_field.h"
#include "incident/incident_store.h"
#include "journal/journal.h"
#include "text/value.h"

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t id, const struct value *payload,
    struct actor by)
{
	return journal_tell(db, a, action, "incident", id, payload, by);
}

/* {version, fields: {name: {from, to}}}; NULL when nothing differs. */
static struct value *
difference(struct arena *a, const struct incident *from, const struct incident *to)
{
	struct value *p = value_object(a);
	struct value *fields = value_set_object(a, p, "fields");

	for (const struct incident_field *f = incident_fields; f->name != NULL; f++) {
		const char *was = incident_field_get(a, f, from), *is = incident_field_get(a, f, to);

		if (strcmp(was, is) == 0)
			continue;
		struct value *o = value_set_object(a, fields, f->name);

		value_set_text(a, o, "from", was);
		value_set_text(a, o, "to", is);
	}
	value_set_int(a, p, "version", from->version);
	return value_count(fields) == 0 ? NULL : p;
}

static struct db_arg
text_or_null(const char *s)
{
	return s == NULL || *s == '\0' ? DB_NULL : DB_TEXT(s);
}

static enum err
write_facts(struct db *db, const struct incident *i, int64_t version, int64_t now)
{
	TRY(db_run(db,
	    "UPDATE incident SET title = ?3, rsit = ?4, category = ?5, category_2007 = ?6, "
	    "category_fixed = ?7, ics = ?8, targeted = ?9, content_changed = ?10, tlp = ?11, "
	    "pap = ?12, priority = ?13, owner_id = ?14, restricted = ?15, domestic = ?16, "
	    "detected_at = ?17, started_at = ?18, ended_at = ?19, impact = ?20, scale = ?21, "
	    "scope = ?22, method = ?23, cause = ?24, strategy = ?25, motive = ?26, advice = ?27, "
	    "sharing = ?28, cia = ?29, version = version + 1, updated_at = ?30 "
	    "WHERE id = ?1 AND version = ?2",
	    DB_INT(i->id), DB_INT(version), DB_TEXT(i->title), DB_TEXT(i->rsit), DB_TEXT(i->category),
	    DB_TEXT(i->category_2007), DB_INT(i->category_fixed), DB_INT(i->ics), DB_INT(i->targeted),
	    DB_INT(i->content_changed), DB_TEXT(i->tlp), DB_TEXT(i->pap), DB_TEXT(i->priority),
	    DB_INT_OR_NULL(i->owner_id), DB_INT(i->restricted), DB_INT(i->domestic),
	    DB_INT_OR_NULL(i->detected_at), DB_INT_OR_NULL(i->started_at), DB_INT_OR_NULL(i->ended_at),
	    text_or_null(i->impact), text_or_null(i->scale), text_or_null(i->scope),
	    text_or_null(i->method), text_or_null(i->cause), text_or_null(i->strategy),
	    text_or_null(i->motive), text_or_null(i->advice), text_or_null(i->sharing),
	    text_or_null(i->cia), DB_INT(now)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}

enum err
incident_change(struct db *db, struct arena *a, const struct incident *from, const struct incident *to,
    struct actor by, bool *ret_changed)
{
	struct incident i = *to;
	struct value *p;

	incident_derive(&i);
	p = difference(a, from, &i);
	*ret_changed = p != NULL || strcmp(from->category, i.category) != 0;
	if (!*ret_changed)
		return OK;
	TRY(write_facts(db, &i, from->version, by.now));
	TRY(incident_count(db, a, from, -1));
	TRY(incident_count(db, a, &i, 1));
	TRY(incident_reindex(db, a, i.id));
	return tell(db, a, "incident.change", i.id, p, by);
}

enum err
incident_at_version(struct db *db, struct arena *a, const struct incident *now, int64_t version,
    struct incident *ret, const char **ret_by, int64_t *ret_at)
{
	AUTO(db_stmt) q = NULL;

	*ret = *now;
	*ret_by = NULL;
	*ret_at = 0;
	TRY(db_query(db, &q,
	    "SELECT actor_name, at, action, payload FROM journal WHERE object = 'incident' AND object_id = ?1 "
	    "ORDER BY id DESC LIMIT 500",
	    DB_INT(now->id)));
	while (db_row(q)) {
		struct value *p = NULL;

		if (value_parse(a, str_of(db_dup(a, q, 3)), &p, NULL) != OK)
			continue;
		const struct value *was = value_get(p, "version"), *fields = value_get(p, "fields");

		if (was == NULL)
			continue;
		if (value_integer(was) < version)
			break;
		if (*ret_by == NULL) {
			*ret_by = db_dup(a, q, 0);
			*ret_at = db_int(q, 1);
		}
		for (size_t i = 0; i < value_count(fields); i++) {
			const struct incident_field *f = incident_field_find(value_key(fields, i));

			if (f != NULL)
				incident_field_set(f, ret, value_cstr(value_get(value_member(fields, i), "from")));
		}
	}
	TRY(db_end(q));
	return *ret_by == NULL ? ERR_NOT_FOUND : OK;
}

enum err
incident_set_phase(struct db *db, struct arena *a, const struct incident *i, const char *phase,
    const char *reason, struct actor by)
{
	struct value *p = value_object(a);

	TRY(db_run(db,
	    "UPDATE incident SET phase = ?3, version = version + 1, updated_at = ?4 "
	    "WHERE id = ?1 AND version = ?2",
	    DB_INT(i->id), DB_INT(i->version), DB_TEXT(phase), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_int(a, p, "version", i->version);
	value_set_text(a, p, "from", i->phase);
	value_set_text(a, p, "to", phase);
	value_set_text(a, p, "reason", reason);
	return tell(db, a, "incident.phase", i->id, p, by);
}

enum err
incident_close(struct db *db, struct arena *a, const struct incident *i, const struct incident_end *end,
    struct actor by)
{
	struct incident after = *i;
	struct value *p = value_object(a);

	TRY(db_run(db,
	    "UPDATE incident SET state = 'closed', resolution = ?3, evidence = ?4, close_reason = ?5, "
	    "closed_at = ?6, version = version + 1, updated_at = ?6 "
	    "WHERE id = ?1 AND version = ?2 AND state = 'open'",
	    DB_INT(i->id), DB_INT(i->version), DB_TEXT(end->resolution), text_or_null(end->evidence),
	    text_or_null(end->close_reason), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	after.state = "closed";
	after.closed_at = by.now;
	TRY(incident_count(db, a, i, -1));
	TRY(incident_count(db, a, &after, 1));
	TRY(incident_reindex(db, a, i->id));
	value_set_int(a, p, "version", i->version);
	value_set_text(a, p, "resolution", end->resolution);
	value_set_text(a, p, "evidence", end->evidence);
	if (end->close_reason != NULL && *end->close_reason != '\0')
		value_set_text(a, p, "reason", end->close_reason);
	return tell(db, a, "incident.close", i->id, p, by);
}

enum err
incident_reopen(struct db *db, struct arena *a, const struct incident *i, const char *reason,
    struct actor by)
{
	struct incident after = *i;
	struct value *p = value_object(a);

	TRY(db_run(db,
	    "UPDATE incident SET state = 'open', resolution = NULL, close_reason = NULL, closed_at = NULL, "
	    "reopened = reopened + 1, version = version + 1, updated_at = ?3 "
	    "WHERE id = ?1 AND version = ?2 AND state = 'closed'",
	    DB_INT(i->id), DB_INT(i->version), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	after.state = "open";
	after.closed_at = 0;
	TRY(incident_count(db, a, i, -1));
	TRY(incident_count(db, a, &after, 1));
	value_set_int(a, p, "version", i->version);
	value_set_text(a, p, "reason", reason);
	return tell(db, a, "incident.reopen", i->id, p, by);
}

enum err
incident_set_next(struct db *db, struct arena *a, const struct incident *i, const char *what,
    int64_t due_at, struct actor by)
{
	struct value *p = value_object(a);

	TRY(db_run(db,
	    "UPDATE incident SET next_action = ?2, due_at = ?3, updated_at = ?4 WHERE id = ?1",
	    DB_INT(i->id), text_or_null(what), DB_INT_OR_NULL(due_at), DB_INT(by.now)));
	value_set_text(a, p, "what", what);
	value_set_int(a, p, "due", due_at);
	return tell(db, a, "incident.next", i->id, p, by);
}

#define GRANTS_MAX 500

enum err
incident_grants(struct db *db, struct arena *a, int64_t id, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	int64_t *list = arena_many(a, int64_t, GRANTS_MAX);
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT person_id FROM incident_grant WHERE incident_id = ?1 ORDER BY person_id LIMIT 500",
	    DB_INT(id)));
	while (db_row(q))
		list[n++] = db_int(q, 0);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}

static bool
among(int64_t id, const int64_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == id)
			return true;
	}
	return false;
}

enum err
incident_set_grants(struct db *db, struct arena *a, int64_t id, const int64_t *people, size_t n,
    struct actor by)
{
	int64_t *was;
	size_t were;
	bool changed = false;
	struct value *p = value_object(a);
	struct value *list = value_set_list(a, p, "people");

	TRY(incident_grants(db, a, id, &was, &were));
	for (size_t i = 0; i < were; i++) {
		if (among(was[i], people, n))
			continue;
		TRY(db_run(db, "DELETE FROM incident_grant WHERE incident_id = ?1 AND person_id = ?2",
		    DB_INT(id), DB_INT(was[i])));
		changed = true;
	}
	for (size_t i = 0; i < n && i < GRANTS_MAX; i++) {
		value_add(a, list, value_int(a, people[i]));
		if (among(people[i], was, were))
			continue;
		TRY(db_run(db,
		    "INSERT INTO incident_grant (incident_id, person_id) SELECT ?1, id FROM person WHERE id = ?2 "
		    "ON CONFLICT (incident_id, person_id) DO NOTHING",
		    DB_INT(id), DB_INT(people[i])));
		changed = true;
	}
	return changed ? tell(db, a, "incident.grant", id, p, by) : OK;
}

static enum err
strictest(struct db *db, struct arena *a, int64_t id, struct incident_open *ret)
{
	AUTO(db_stmt) q = NULL;
	enum tlp most = TLP_CLEAR, t;

	ret->strictest_tlp = "";
	TRY(db_query(db, &q,
	    "SELECT DISTINCT r.tlp FROM report_incident ri JOIN report r ON r.id = ri.report_id "
	    "WHERE ri.incident_id = ?1",
	    DB_INT(id)));
	while (db_row(q)) {
		if (tlp_parse(db_str(q, 0), &t) == OK)
			most = tlp_strictest(most, t);
		ret->strictest_tlp = arena_dup(a, tlp_name(most));
	}
	return db_end(q);
}

enum err
incident_open_ends(struct db *db, struct arena *a, int64_t id, struct incident_open *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT (SELECT COALESCE(SUM(unread), 0) FROM notification WHERE incident_id = ?1), "
	    "(SELECT COUNT(*) FROM notification WHERE incident_id = ?1 AND state IN "
	    "('queued', 'sent', 'bounced', 'acknowledged') AND kind <> 'owner'), "
	    "(SELECT COUNT(*) FROM task WHERE incident_id = ?1 AND done_at IS NULL), "
	    "(SELECT COUNT(*) FROM report_incident WHERE incident_id = ?1), "
	    "(SELECT COUNT(*) FROM note WHERE object = 'incident' AND object_id = ?1 AND shared = 'reporter'), "
	    "(SELECT COUNT(*) FROM report_incident ri JOIN message m ON m.report_id = ri.report_id "
	    "AND m.direction = 'out' AND m.person_id IS NOT NULL WHERE ri.incident_id = ?1)",
	    DB_INT(id)));
	ret->unread = db_int(q, 0);
	ret->letters = db_int(q, 1);
	ret->tasks = db_int(q, 2);
	ret->reports = db_int(q, 3);
	ret->reporter_told = ret->reports == 0 || db_int(q, 4) + db_int(q, 5) > 0;
	return strictest(db, a, id, ret);
}

enum err
incident_note_add(struct db *db, struct arena *a, int64_t incident, const char *kind, const char *shared,
    const char *body, struct actor by, int64_t *ret_id)
{
	struct value *p = value_object(a);

	TRY(db_insert(db, ret_id,
	    "INSERT INTO note (object, object_id, kind, person_id, at, body, shared) "
	    "VALUES ('incident', ?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
	    DB_INT(incident), DB_TEXT(kind), DB_INT(by.id), DB_INT(by.now), DB_TEXT(body),
	    DB_TEXT(shared)));
	TRY(db_run(db, "UPDATE incident SET updated_at = ?2 WHERE id = ?1", DB_INT(incident),
	    DB_INT(by.now)));
	value_set_int(a, p, "note", *ret_id);
	value_set_text(a, p, "kind", kind);
	value_set_text(a, p, "shared", shared);
	return tell(db, a, "note.add", incident, p, by);
}

enum err
incident_note_for_reporter(struct db *db, struct arena *a, int64_t report, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT n.at, n.body FROM note n WHERE n.object = 'incident' AND n.shared = 'reporter' "
	    "AND n.object_id IN (SELECT ri.incident_id FROM report_incident ri WHERE ri.report_id = ?1 "
	    "UNION SELECT i.merged_into FROM report_incident ri JOIN incident i ON i.id = ri.incident_id "
	    "WHERE ri.report_id = ?1 AND i.merged_into IS NOT NULL) ORDER BY n.id LIMIT 500",
	    DB_INT(report)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "at", db_int(q, 0));
		value_set_text(a, o, "text", db_dup(a, q, 1));
	}
	return db_end(q);
}
