/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident_page_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/report_store.h"

enum err
incident_parties(struct db *db, struct arena *a, int64_t id, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT p.id, p.role, p.org, p.name, p.email, p.phone, p.cc, p.asset_cc, p.lang, p.zone, p.note, "
	    "k.fingerprint, n.id, n.state, n.unread FROM party p LEFT JOIN pgp_key k ON k.id = p.key_id "
	    "LEFT JOIN notification n ON n.id = (SELECT MAX(x.id) FROM notification x WHERE x.party_id = p.id) "
	    "WHERE p.incident_id = ?1 AND p.removed_at IS NULL ORDER BY p.id LIMIT 200",
	    DB_INT(id)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);
		static const char *const name[] = { "role", "org", "name", "email", "phone", "cc", "asset_cc",
			"lang", "zone", "note", "key" };

		value_set_int(a, o, "id", db_int(q, 0));
		for (int i = 0; i < (int)COUNT(name); i++)
			value_set_text(a, o, name[i], db_dup(a, q, i + 1));
		value_set_id(a, o, "notification", db_int(q, 12));
		value_set_text(a, o, "@state", db_dup(a, q, 13));
		value_set_int(a, o, "@unread", db_int(q, 14));
	}
	return db_end(q);
}

enum err
incident_notifications(struct db *db, struct arena *a, int64_t id, struct value *list, int64_t *ret_acted)
{
	AUTO(db_stmt) q = NULL;

	*ret_acted = 0;
	TRY(db_query(db, &q,
	    "SELECT n.id, n.party_id, p.org, n.kind, n.state, n.subject, n.tlp, n.unread, n.reminders, "
	    "n.sent_at, n.answered_at, n.acted_at, n.due_at FROM notification n "
	    "JOIN party p ON p.id = n.party_id WHERE n.incident_id = ?1 ORDER BY n.id LIMIT 200",
	    DB_INT(id)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);
		int64_t acted = db_int(q, 11);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_int(a, o, "party", db_int(q, 1));
		value_set_text(a, o, "org", db_dup(a, q, 2));
		value_set_text(a, o, "kind", db_dup(a, q, 3));
		value_set_text(a, o, "state", db_dup(a, q, 4));
		value_set_text(a, o, "subject", db_dup(a, q, 5));
		value_set_text(a, o, "tlp", db_dup(a, q, 6));
		value_set_int(a, o, "unread", db_int(q, 7));
		value_set_int(a, o, "reminders", db_int(q, 8));
		value_set_int(a, o, "sent_at", db_int(q, 9));
		value_set_int(a, o, "answered_at", db_int(q, 10));
		value_set_int(a, o, "acted_at", acted);
		value_set_int(a, o, "due_at", db_int(q, 12));
		if (acted != 0 && (*ret_acted == 0 || acted < *ret_acted))
			*ret_acted = acted;
	}
	return db_end(q);
}

enum err
incident_reports(struct db *db, struct arena *a, int64_t id, const struct user *viewer, struct value *list)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT r.ref, r.title, ri.relation, r.state, r.received_at, r.tlp FROM report_incident ri "
	    "JOIN report r ON r.id = ri.report_id WHERE (ri.incident_id = ?1 "
	    "OR ri.incident_id IN (SELECT id FROM incident WHERE merged_into = ?1))",
	    DB_INT(id));
	report_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY ri.linked_at, r.id LIMIT 100");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_text(a, o, "ref", db_dup(a, q, 0));
		value_set_text(a, o, "title", db_dup(a, q, 1));
		value_set_text(a, o, "relation", db_dup(a, q, 2));
		value_set_text(a, o, "state", db_dup(a, q, 3));
		value_set_int(a, o, "received_at", db_int(q, 4));
		value_set_text(a, o, "tlp", db_dup(a, q, 5));
	}
	return db_end(q);
}

enum err
incident_merged_here(struct db *db, struct arena *a, int64_t id, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT ref FROM incident WHERE merged_into = ?1 ORDER BY id LIMIT 200",
	    DB_INT(id)));
	while (db_row(q))
		value_add_text(a, list, db_dup(a, q, 0));
	return db_end(q);
}
