/* SPDX-License-Identifier: Apache-2.0 */
#include "team/retention_store.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "blob/blob.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/message_store.h"
#include "incident/report_store.h"
#include "journal/journal.h"
#include "takedown/picture_store.h"
#include "takedown/site_store.h"
#include "text/value.h"

int64_t
retention_days(struct db *db, enum retention_kind kind)
{
	return setting_int(db, retention_rules[kind].setting);
}

/* What is due */

/* Reports decided, in no incident, whose reporter wrote nothing since. A
 * duplicate of what is on hold is on hold. */
#define DUE_REPORTS                                                                                \
	"SELECT r.id, r.decided_at FROM report r WHERE r.decided_at < ?1 AND r.erased_at IS NULL "  \
	"AND r.state IN ('declined', 'duplicate', 'answered', 'closed') "                          \
	"AND NOT EXISTS (SELECT 1 FROM report_incident ri WHERE ri.report_id = r.id) "             \
	"AND NOT EXISTS (SELECT 1 FROM report_incident d JOIN incident_hold h ON h.incident_id = d.incident_id " \
	"WHERE d.report_id = r.duplicate_of) "                                                     \
	"AND NOT EXISTS (SELECT 1 FROM message m WHERE m.report_id = r.id AND m.received_at >= ?1) " \
	"ORDER BY r.decided_at, r.id LIMIT ?2"

/* Incidents closed and quiet, not yet erased since they were closed and since
 * the last letter. Merged ones go with the one they lead to. */
#define DUE_INCIDENTS                                                                              \
	"SELECT i.id, i.updated_at FROM incident i WHERE i.state = 'closed' AND i.updated_at < ?1 " \
	"AND i.closed_at < ?1 AND i.merged_into IS NULL "                                          \
	"AND NOT EXISTS (SELECT 1 FROM incident_hold h WHERE h.incident_id = i.id) "               \
	"AND NOT EXISTS (SELECT 1 FROM incident c JOIN incident_hold h ON h.incident_id = c.id "   \
	"WHERE c.merged_into = i.id) "                                                             \
	"AND NOT EXISTS (SELECT 1 FROM message m WHERE m.incident_id = i.id AND m.received_at >= ?1) " \
	"AND NOT EXISTS (SELECT 1 FROM incident_erased e WHERE e.incident_id = i.id AND e.kind = ?3 " \
	"AND e.at >= i.closed_at AND e.at >= COALESCE((SELECT m.received_at FROM message m "       \
	"WHERE m.incident_id = i.id ORDER BY m.id DESC LIMIT 1), 0)) "                             \
	"ORDER BY i.updated_at, i.id LIMIT ?2"

#define DUE_EVIDENCE                                                                               \
	"SELECT c.id, c.at FROM site_check c JOIN site s ON s.id = c.site_id "                     \
	"LEFT JOIN incident i ON i.id = s.incident_id LEFT JOIN incident t ON t.id = i.merged_into " \
	"WHERE c.evidence_blob IS NOT NULL AND c.at < ?1 "                                         \
	"AND COALESCE(t.state, i.state, 'closed') = 'closed' "                                     \
	"AND NOT EXISTS (SELECT 1 FROM incident_hold h WHERE h.incident_id IN (i.id, t.id)) "      \
	"ORDER BY c.at, c.id LIMIT ?2"

#define DUE_LOOKUPS                                                                                \
	"SELECT id, fetched_at FROM lookup_answer WHERE fetched_at < ?1 ORDER BY fetched_at LIMIT ?2"
#define DUE_NOTICES "SELECT id, at FROM notice WHERE read_at < ?1 ORDER BY id LIMIT ?2"
#define DUE_DRAFTS "SELECT id, saved_at FROM draft WHERE saved_at < ?1 ORDER BY id LIMIT ?2"
/* Acts on many have negative numbers here. */
#define DUE_UNDO                                                                                   \
	"SELECT id, at FROM (SELECT id, at FROM undo WHERE at < ?1 UNION ALL "                     \
	"SELECT -id, at FROM bulk WHERE at < ?1 AND state IN ('done', 'undone')) AS x LIMIT ?2"

#define COUNTED(due) "SELECT COUNT(*) FROM (" due ") AS y"

enum err
retention_count(struct db *db, struct arena *a, enum retention_kind kind, int64_t before, int64_t most, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	switch (kind) {
	case RETENTION_REPORTS:
		db_sql_add(&s, COUNTED(DUE_REPORTS), DB_INT(before), DB_INT(most));
		break;
	case RETENTION_EVIDENCE:
		db_sql_add(&s, COUNTED(DUE_EVIDENCE), DB_INT(before), DB_INT(most));
		break;
	case RETENTION_LOOKUPS:
		db_sql_add(&s, COUNTED(DUE_LOOKUPS), DB_INT(before), DB_INT(most));
		break;
	case RETENTION_NOTICES:
		db_sql_add(&s, COUNTED(DUE_NOTICES), DB_INT(before), DB_INT(most));
		break;
	case RETENTION_DRAFTS:
		db_sql_add(&s, COUNTED(DUE_DRAFTS), DB_INT(before), DB_INT(most));
		break;
	case RETENTION_UNDO:
		db_sql_add(&s, COUNTED(DUE_UNDO), DB_INT(before), DB_INT(most));
		break;
	default:
		db_sql_add(&s, COUNTED(DUE_INCIDENTS), DB_INT(before), DB_INT(most),
		    DB_TEXT(retention_rules[kind].name));
	}
	TRY(db_query_sql(db, &q, &s));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

struct ids {
	int64_t *id;
	size_t n;
};

static void
add_id(struct arena *a, struct ids *l, int64_t id)
{
	l->id = arena_room(a, l->id, l->n, sizeof(*l->id));
	l->id[l->n++] = id;
}

static enum err
read_ids(struct db *db, struct arena *a, const struct db_sql *s, struct ids *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query_sql(db, &q, s));
	while (db_row(q))
		add_id(a, ret, db_int(q, 0));
	return db_end(q);
}

static enum err
due(struct db *db, struct arena *a, enum retention_kind kind, int64_t before, int max, struct ids *ret)
{
	struct db_sql s;

	*ret = (struct ids){ 0 };
	db_sql_init(&s, a);
	switch (kind) {
	case RETENTION_REPORTS:
		db_sql_add(&s, DUE_REPORTS, DB_INT(before), DB_INT(max));
		break;
	case RETENTION_EVIDENCE:
		db_sql_add(&s, DUE_EVIDENCE, DB_INT(before), DB_INT(max));
		break;
	case RETENTION_LOOKUPS:
		db_sql_add(&s, DUE_LOOKUPS, DB_INT(before), DB_INT(max));
		break;
	case RETENTION_NOTICES:
		db_sql_add(&s, DUE_NOTICES, DB_INT(before), DB_INT(max));
		break;
	case RETENTION_DRAFTS:
		db_sql_add(&s, DUE_DRAFTS, DB_INT(before), DB_INT(max));
		break;
	case RETENTION_UNDO:
		db_sql_add(&s, DUE_UNDO, DB_INT(before), DB_INT(max));
		break;
	default:
		db_sql_add(&s, DUE_INCIDENTS, DB_INT(before), DB_INT(max), DB_TEXT(retention_rules[kind].name));
	}
	return read_ids(db, a, &s, ret);
}

/* Erasing */

struct eraser {
	struct db *db;
	struct blob_store *blobs;
	struct arena *a;
	int64_t now;
	struct ids forgotten; /* blobs that something stopped naming */
	int64_t reports, messages, files, notes, entries;
	struct value *hashes; /* of the files that went */
};

static void
forget_later(struct eraser *e, int64_t blob)
{
	if (blob != 0)
		add_id(e->a, &e->forgotten, blob);
}

static enum err
forget_blobs(struct eraser *e)
{
	for (size_t i = 0; i < e->forgotten.n; i++)
		TRY(blob_forget(e->db, e->forgotten.id[i]));
	e->forgotten.n = 0;
	return OK;
}

static enum err
erase_journal(struct eraser *e, const char *object, int64_t id)
{
	int64_t n;

	TRY(journal_erase(e->db, object, id, &n));
	e->entries += n;
	return OK;
}

static void
tell_hash(struct eraser *e, const char *sha256)
{
	if (value_count(e->hashes) < 1000)
		value_add_text(e->a, e->hashes, sha256);
}

/* Rows of attachment; their hashes are kept for the journal. */
static enum err
erase_files(struct eraser *e, const struct db_sql *which)
{
	AUTO(db_stmt) q = NULL;
	struct ids list = { 0 };
	struct db_sql s;

	db_sql_init(&s, e->a);
	db_sql_add(&s, "SELECT t.id, t.blob_id, t.sha256 FROM attachment t WHERE 1 = 1");
	db_sql_join(&s, which);
	TRY(db_query_sql(e->db, &q, &s));
	while (db_row(q)) {
		add_id(e->a, &list, db_int(q, 0));
		forget_later(e, db_int(q, 1));
		tell_hash(e, db_dup(e->a, q, 2));
	}
	TRY(db_end(q));
	for (size_t i = 0; i < list.n; i++)
		TRY(db_run(e->db, "DELETE FROM attachment WHERE id = ?1", DB_INT(list.id[i])));
	e->files += (int64_t)list.n;
	return OK;
}

/* One that no site and no brand shows, with both of its files. */
static enum err
erase_picture(struct eraser *e, int64_t id)
{
	struct picture p;
	enum err err = picture_get(e->db, e->a, id, &p);

	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	TRY(db_run(e->db,
	    "DELETE FROM picture WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM site WHERE picture_id = ?1) "
	    "AND NOT EXISTS (SELECT 1 FROM brand WHERE reference_id = ?1)",
	    DB_INT(id)));
	if (db_changed(e->db) == 0)
		return OK;
	forget_later(e, p.raw_blob);
	forget_later(e, p.blob_id);
	tell_hash(e, p.sha256);
	e->files++;
	return OK;
}

static enum err
erase_pictures(struct eraser *e, int64_t incident)
{
	struct ids list = { 0 };
	struct db_sql s;

	db_sql_init(&s, e->a);
	db_sql_add(&s, "SELECT picture_id FROM site WHERE incident_id = ?1 AND picture_id IS NOT NULL", DB_INT(incident));
	TRY(read_ids(e->db, e->a, &s, &list));
	TRY(site_forget(e->db, incident, SITE_FORGET_PICTURE));
	for (size_t i = 0; i < list.n; i++)
		TRY(erase_picture(e, list.id[i]));
	return OK;
}

static enum err
erase_files_of(struct eraser *e, const char *of, int64_t id)
{
	struct db_sql s;

	db_sql_init(&s, e->a);
	if (strcmp(of, "report") == 0)
		db_sql_add(&s, " AND t.report_id = ?1", DB_INT(id));
	else if (strcmp(of, "message") == 0)
		db_sql_add(&s, " AND t.message_id = ?1", DB_INT(id));
	else
		db_sql_add(&s, " AND t.incident_id = ?1", DB_INT(id));
	return erase_files(e, &s);
}

struct what {
	bool people, texts, mail, files;
};

static enum err
erase_message(struct eraser *e, int64_t id, struct what what)
{
	struct message m;

	TRY(message_get(e->db, e->a, id, &m));
	if (what.people || what.texts)
		TRY(message_unindex(e->db, e->blobs, e->a, id));
	if (what.people)
		TRY(db_run(e->db,
		    "UPDATE message SET from_name = NULL, from_addr = NULL, to_addrs = NULL, to_name = NULL, "
		    "cc_addrs = NULL, reply_to = NULL, auth = NULL, signer = NULL WHERE id = ?1",
		    DB_INT(id)));
	if (what.texts) {
		TRY(db_run(e->db, "UPDATE message SET text_blob = NULL, subject = NULL, faults = NULL, error = NULL WHERE id = ?1",
		    DB_INT(id)));
		forget_later(e, m.text_blob);
	}
	/* The original holds both. */
	if (what.mail || what.texts || what.people) {
		TRY(db_run(e->db, "UPDATE message SET raw_blob = NULL WHERE id = ?1", DB_INT(id)));
		forget_later(e, m.raw_blob);
	}
	if (what.files)
		TRY(erase_files_of(e, "message", id));
	if (what.people || what.texts)
		TRY(message_index_again(e->db, e->blobs, e->a, id));
	e->messages++;
	return OK;
}

/* The person that the form or the mail names among its answers. */
static const char *
without_person(struct arena *a, const char *details)
{
	static const char *const keys[] = { "name", "org", "role", "email", "phone", "found_by" };
	struct value *v, *o = value_object(a);

	if (details == NULL || value_parse(a, str_of(details), &v, NULL) != OK)
		return NULL;
	for (size_t i = 0; i < value_count(v); i++) {
		bool personal = false;

		for (size_t k = 0; k < COUNT(keys); k++)
			personal = personal || strcmp(value_key(v, i), keys[k]) == 0;
		if (!personal)
			value_set(a, o, value_key(v, i), value_child(v, value_key(v, i)));
	}
	return value_json_text(a, o);
}

/* Values that the report named: it names them no longer, and who named them
 * last takes them along. */
static enum err
unlink_observables(struct eraser *e, const struct report *r, const struct ids *list)
{
	for (size_t i = 0; i < list->n; i++) {
		int64_t id = list->id[i];

		TRY(db_run(e->db, "DELETE FROM report_observable WHERE report_id = ?1 AND observable_id = ?2", DB_INT(r->id),
		    DB_INT(id)));
		TRY(db_run(e->db,
		    "DELETE FROM incident_observable WHERE observable_id = ?2 AND confirmed = 0 AND incident_id IN "
		    "(SELECT incident_id FROM report_incident WHERE report_id = ?1)",
		    DB_INT(r->id), DB_INT(id)));
		TRY(db_run(e->db, "UPDATE observable SET seen = seen - 1 WHERE id = ?1 AND seen > 0", DB_INT(id)));
		TRY(db_run(e->db,
		    "DELETE FROM observable WHERE id = ?1 AND ignored = 0 "
		    "AND NOT EXISTS (SELECT 1 FROM report_observable WHERE observable_id = ?1) "
		    "AND NOT EXISTS (SELECT 1 FROM incident_observable WHERE observable_id = ?1)",
		    DB_INT(id)));
	}
	return OK;
}

/* Addresses of people are no indicators: the reporter's is unlinked. */
static enum err
unlink_reporter(struct eraser *e, const struct report *r)
{
	struct ids list = { 0 };
	struct db_sql s;

	if (r->reporter_email == NULL)
		return OK;
	db_sql_init(&s, e->a);
	db_sql_add(&s,
	    "SELECT o.id FROM observable o JOIN report_observable ro ON ro.observable_id = o.id "
	    "WHERE ro.report_id = ?1 AND o.type = 'email' AND LOWER(o.value) = LOWER(?2)",
	    DB_INT(r->id), DB_TEXT(r->reporter_email));
	TRY(read_ids(e->db, e->a, &s, &list));
	return unlink_observables(e, r, &list);
}

/* They quote notes, and name what was watched. */
static enum err
erase_notices(struct eraser *e, const char *object, int64_t id)
{
	return db_run(e->db, "DELETE FROM notice WHERE object = ?1 AND object_id = ?2", DB_TEXT(object), DB_INT(id));
}

static enum err
erase_report(struct eraser *e, int64_t id, struct what what)
{
	struct report r;

	TRY(report_get(e->db, e->a, id, &r));
	if (what.people || what.texts)
		TRY(report_unindex(e->db, e->blobs, e->a, id));
	if (what.people) {
		TRY(unlink_reporter(e, &r));
		TRY(db_run(e->db,
		    "UPDATE report SET reporter_name = NULL, reporter_email = NULL, reporter_phone = NULL, "
		    "secret_hash = NULL, details = ?2 WHERE id = ?1",
		    DB_INT(id), DB_TEXT(without_person(e->a, r.details))));
	}
	if (what.texts) {
		TRY(db_run(e->db,
		    "UPDATE report SET text_blob = NULL, details = NULL, simhash = 0, title = ref, erased_at = ?2 "
		    "WHERE id = ?1",
		    DB_INT(id), DB_INT(e->now)));
		forget_later(e, r.text_blob);
		TRY(db_run(e->db, "DELETE FROM note WHERE object = 'report' AND object_id = ?1", DB_INT(id)));
		e->notes += db_changed(e->db);
	}
	if (what.files)
		TRY(erase_files_of(e, "report", id));
	if (what.people || what.texts) {
		TRY(erase_notices(e, "report", id));
		TRY(erase_journal(e, "report", id));
		TRY(report_index_again(e->db, e->blobs, e->a, id));
	}
	e->reports++;
	return OK;
}

static enum err
tell(struct eraser *e, const char *action, const char *object, int64_t id, const char *kind)
{
	struct value *p = value_object(e->a);

	value_set_text(e->a, p, "kind", kind);
	if (e->reports > 0)
		value_set_int(e->a, p, "reports", e->reports);
	if (e->messages > 0)
		value_set_int(e->a, p, "messages", e->messages);
	if (e->files > 0)
		value_set_int(e->a, p, "files", e->files);
	if (e->notes > 0)
		value_set_int(e->a, p, "notes", e->notes);
	if (e->entries > 0)
		value_set_int(e->a, p, "journal", e->entries);
	if (value_count(e->hashes) > 0)
		value_set(e->a, p, "sha256", e->hashes);
	return journal_write(e->db, e->a,
	    &(struct journal_entry){
		.at = e->now,
		.actor_name = "system",
		.action = action,
		.object = object,
		.object_id = id,
		.payload = p,
	    });
}

/* One that became no incident: everything goes but the fact. */
static enum err
erase_alone(struct eraser *e, int64_t id)
{
	const struct what all = { true, true, true, true };
	struct ids messages = { 0 }, named = { 0 };
	struct db_sql s;

	db_sql_init(&s, e->a);
	db_sql_add(&s, "SELECT id FROM message WHERE report_id = ?1 ORDER BY id", DB_INT(id));
	TRY(read_ids(e->db, e->a, &s, &messages));
	for (size_t i = 0; i < messages.n; i++)
		TRY(erase_message(e, messages.id[i], all));
	TRY(erase_report(e, id, all));
	db_sql_init(&s, e->a);
	db_sql_add(&s, "SELECT observable_id FROM report_observable WHERE report_id = ?1", DB_INT(id));
	TRY(read_ids(e->db, e->a, &s, &named));
	TRY(unlink_observables(e, &(struct report){ .id = id }, &named));
	TRY(db_run(e->db, "UPDATE report SET reporter_org = NULL, reason = NULL, alike = 0 WHERE id = ?1", DB_INT(id)));
	TRY(forget_blobs(e));
	return tell(e, "report.erase", "report", id, "reports");
}

/* A report stays whole while another incident, open or on hold, has it too. */
static enum err
reports_of(struct eraser *e, int64_t incident, struct ids *ret)
{
	struct db_sql s;

	db_sql_init(&s, e->a);
	db_sql_add(&s,
	    "SELECT DISTINCT ri.report_id FROM report_incident ri JOIN incident f ON f.id = ri.incident_id "
	    "WHERE (f.id = ?1 OR f.merged_into = ?1) AND NOT EXISTS (SELECT 1 FROM report_incident o "
	    "JOIN incident i ON i.id = o.incident_id LEFT JOIN incident t ON t.id = i.merged_into "
	    "WHERE o.report_id = ri.report_id AND (COALESCE(t.state, i.state) <> 'closed' OR EXISTS "
	    "(SELECT 1 FROM incident_hold h WHERE h.incident_id IN (i.id, t.id))))",
	    DB_INT(incident));
	return read_ids(e->db, e->a, &s, ret);
}

/* So does a letter about several incidents. */
#define NOT_NEEDED                                                                                 \
	" AND NOT EXISTS (SELECT 1 FROM notification x JOIN incident i ON i.id = x.incident_id "   \
	"LEFT JOIN incident t ON t.id = i.merged_into WHERE (x.lead_id = m.notification_id "       \
	"OR x.id = m.notification_id) AND (COALESCE(t.state, i.state) <> 'closed' OR EXISTS "      \
	"(SELECT 1 FROM incident_hold h WHERE h.incident_id IN (i.id, t.id))))"

static enum err
messages_of(struct eraser *e, int64_t incident, const struct ids *reports, struct ids *ret)
{
	struct db_sql s;

	db_sql_init(&s, e->a);
	db_sql_add(&s,
	    "SELECT m.id FROM message m WHERE m.id IN ("
	    "SELECT d.id FROM message d JOIN incident f ON f.id = d.incident_id WHERE f.id = ?1 OR f.merged_into = ?1 "
	    "UNION SELECT l.id FROM message l JOIN notification n ON n.lead_id = l.notification_id "
	    "JOIN incident f ON f.id = n.incident_id WHERE f.id = ?1 OR f.merged_into = ?1)" NOT_NEEDED " ORDER BY m.id",
	    DB_INT(incident));
	TRY(read_ids(e->db, e->a, &s, ret));
	for (size_t i = 0; i < reports->n; i++) {
		db_sql_init(&s, e->a);
		db_sql_add(&s,
		    "SELECT m.id FROM message m WHERE m.report_id = ?1 AND m.incident_id IS NULL" NOT_NEEDED " ORDER BY m.id",
		    DB_INT(reports->id[i]));
		TRY(read_ids(e->db, e->a, &s, ret));
	}
	return OK;
}

static enum err
erase_incident_words(struct eraser *e, int64_t id, struct what what)
{
	if (what.people)
		TRY(db_run(e->db, "UPDATE party SET name = NULL, email = NULL, phone = NULL WHERE incident_id = ?1",
		    DB_INT(id)));
	if (what.texts) {
		TRY(db_run(e->db, "DELETE FROM note WHERE object = 'incident' AND object_id = ?1", DB_INT(id)));
		e->notes += db_changed(e->db);
		TRY(db_run(e->db, "UPDATE party SET note = NULL WHERE incident_id = ?1", DB_INT(id)));
		TRY(db_run(e->db, "UPDATE mailing_site SET note = NULL WHERE site_id IN (SELECT id FROM site WHERE incident_id = ?1)",
		    DB_INT(id)));
		TRY(db_run(e->db,
		    "UPDATE notification SET subject = (SELECT ref FROM incident WHERE id = ?1) WHERE incident_id = ?1", DB_INT(id)));
		TRY(site_forget(e->db, id, SITE_FORGET_NOTE));
	}
	if (what.people || what.texts)
		TRY(erase_notices(e, "incident", id));
	if (what.files) {
		TRY(erase_files_of(e, "incident", id));
		TRY(erase_pictures(e, id));
	}
	if (what.people || what.texts) {
		TRY(erase_journal(e, "incident", id));
		TRY(incident_reindex(e->db, e->a, id));
	}
	return OK;
}

static enum err
erase_incident(struct eraser *e, int64_t id, enum retention_kind kind)
{
	const struct what what = { kind == RETENTION_PEOPLE, kind == RETENTION_TEXTS, kind == RETENTION_MAIL,
		kind == RETENTION_FILES };
	struct ids family = { 0 }, reports = { 0 }, messages = { 0 };
	struct db_sql s;

	db_sql_init(&s, e->a);
	db_sql_add(&s, "SELECT id FROM incident WHERE id = ?1 OR merged_into = ?1 ORDER BY id", DB_INT(id));
	TRY(read_ids(e->db, e->a, &s, &family));
	TRY(reports_of(e, id, &reports));
	TRY(messages_of(e, id, &reports, &messages));
	for (size_t i = 0; i < messages.n; i++)
		TRY(erase_message(e, messages.id[i], what));
	for (size_t i = 0; i < reports.n; i++)
		TRY(erase_report(e, reports.id[i], what));
	for (size_t i = 0; i < family.n; i++)
		TRY(erase_incident_words(e, family.id[i], what));
	TRY(forget_blobs(e));
	TRY(db_run(e->db,
	    "INSERT INTO incident_erased (incident_id, kind, at) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (incident_id, kind) DO UPDATE SET at = excluded.at",
	    DB_INT(id), DB_TEXT(retention_rules[kind].name), DB_INT(e->now)));
	return tell(e, "incident.erase", "incident", id, retention_rules[kind].name);
}

/* A picture that was put back, or taken away: nobody can ask for it any more. */
static enum err
erase_undo(struct eraser *e, int64_t id)
{
	AUTO(db_stmt) q = NULL;
	struct value *p;

	TRY(db_one(e->db, &q, "SELECT kind, payload, used_at FROM undo WHERE id = ?1", DB_INT(id)));
	bool picture = strcmp(db_text(q, 0), "takedown.picture") == 0, used = !db_is_null(q, 2);
	const char *payload = db_dup(e->a, q, 1);

	TRY(db_end(q));
	TRY(db_run(e->db, "DELETE FROM undo WHERE id = ?1", DB_INT(id)));
	if (!picture || value_parse(e->a, str_of(payload), &p, NULL) != OK)
		return OK;
	TRY(erase_picture(e, value_integer(value_get(p, used ? "now" : "was"))));
	return forget_blobs(e);
}

static enum err
erase_row(struct eraser *e, enum retention_kind kind, int64_t id)
{
	AUTO(db_stmt) q = NULL;

	switch (kind) {
	case RETENTION_EVIDENCE:
		TRY(db_one(e->db, &q, "SELECT evidence_blob FROM site_check WHERE id = ?1", DB_INT(id)));
		forget_later(e, db_int(q, 0));
		TRY(db_end(q));
		TRY(db_run(e->db, "UPDATE site_check SET evidence_blob = NULL WHERE id = ?1", DB_INT(id)));
		return forget_blobs(e);
	case RETENTION_LOOKUPS:
		TRY(db_one(e->db, &q, "SELECT raw_blob FROM lookup_answer WHERE id = ?1", DB_INT(id)));
		forget_later(e, db_int(q, 0));
		TRY(db_end(q));
		TRY(db_run(e->db, "DELETE FROM lookup_answer WHERE id = ?1", DB_INT(id)));
		return forget_blobs(e);
	case RETENTION_NOTICES:
		return db_run(e->db, "DELETE FROM notice WHERE id = ?1", DB_INT(id));
	case RETENTION_DRAFTS:
		return db_run(e->db, "DELETE FROM draft WHERE id = ?1", DB_INT(id));
	default:
		if (id > 0)
			return erase_undo(e, id);
		TRY(db_run(e->db, "DELETE FROM bulk_item WHERE bulk_id = ?1", DB_INT(-id)));
		return db_run(e->db, "DELETE FROM bulk WHERE id = ?1", DB_INT(-id));
	}
}

enum err
retention_erase(struct db *db, struct blob_store *blobs, struct arena *a, enum retention_kind kind, int64_t before,
    int max, int64_t now, int64_t *ret)
{
	struct ids list;

	TRY(due(db, a, kind, before, max, &list));
	for (size_t i = 0; i < list.n; i++) {
		AUTO(arena) mine = arena_new();
		struct eraser e = { .db = db, .blobs = blobs, .a = mine, .now = now };

		e.hashes = value_list(mine);
		if (kind == RETENTION_REPORTS)
			TRY(erase_alone(&e, list.id[i]));
		else if (retention_rules[kind].incidents)
			TRY(erase_incident(&e, list.id[i], kind));
		else
			TRY(erase_row(&e, kind, list.id[i]));
	}
	*ret = (int64_t)list.n;
	return OK;
}

enum err
retention_run(struct db *db, struct blob_store *blobs, struct arena *a, int max, int64_t now, struct value *counts,
    bool *ret_more)
{
	*ret_more = false;
	for (enum retention_kind k = 0; k < RETENTION_KINDS; k++) {
		const char *name = retention_rules[k].name;
		int64_t days = retention_days(db, k), n;

		if (days == 0)
			continue;
		TRY(retention_erase(db, blobs, a, k, now - days * CLOCK_DAY, max, now, &n));
		if (n > 0)
			value_set_int(a, counts, name, value_integer(value_get(counts, name)) + n);
		*ret_more = *ret_more || n == max;
	}
	return OK;
}

enum err
retention_tell(struct db *db, struct arena *a, const char *by, int64_t by_id, const struct value *counts, int64_t now)
{
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor = by_id,
		.actor_name = by,
		.action = "retention.run",
		.object = "retention",
		.payload = counts,
	    });
}

enum err
retention_last(struct db *db, struct arena *a, struct value **ret, int64_t *ret_at)
{
	struct value *list;

	TRY(journal_list(db, a, "retention", 0, 0, 1, &list));
	if (value_count(list) == 0)
		return ERR_NOT_FOUND;
	*ret = value_child(value_item(list, 0), "payload");
	*ret_at = value_integer(value_get(value_at(list, 0), "at"));
	return OK;
}

enum err
retention_of_incident(struct db *db, struct arena *a, int64_t incident, struct value *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT kind, at FROM incident_erased WHERE incident_id = ?1 ORDER BY kind", DB_INT(incident)));
	while (db_row(q))
		value_set_int(a, ret, db_dup(a, q, 0), db_int(q, 1));
	return db_end(q);
}
