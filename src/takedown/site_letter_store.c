/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/site_letter_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"

enum err
site_letter_list(struct db *db, struct arena *a, int64_t site, const struct user *u, struct value *o)
{
	AUTO(db_stmt) q = NULL;
	struct value *list = value_set_list(a, o, "requests");
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT n.id, i.ref, n.subject, p.org, n.state, COALESCE(n.sent_at, n.created_at), ns.answer, ns.answered_at "
	    "FROM notification_site ns JOIN notification n ON n.id = ns.notification_id "
	    "JOIN incident i ON i.id = n.incident_id JOIN party p ON p.id = n.party_id WHERE ns.site_id = ?1",
	    DB_INT(site));
	incident_only_visible(&s, u);
	db_sql_add(&s, " ORDER BY n.id DESC LIMIT 50");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		struct value *r = value_add_object(a, list);

		value_set_int(a, r, "notification", db_int(q, 0));
		value_set_text(a, r, "incident", db_dup(a, q, 1));
		value_set_text(a, r, "subject", db_dup(a, q, 2));
		value_set_text(a, r, "to", db_dup(a, q, 3));
		value_set_text(a, r, "state", db_dup(a, q, 4));
		value_set_int(a, r, "at", db_int(q, 5));
		value_set_text(a, r, "answer", db_dup(a, q, 6));
		value_set_int(a, r, "answered_at", db_int(q, 7));
		value_set_text(a, r, "@href", arena_printf(a, "/incidents/%s/threads/%lld", db_text(q, 1), (long long)db_int(q, 0)));
	}
	return db_end(q);
}

enum err
site_letter_incident(struct db *db, struct arena *a, int64_t incident, const char **ret_ref, const char **ret_title)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT ref, title FROM incident WHERE id = ?1", DB_INT(incident)));
	*ret_ref = db_dup(a, q, 0);
	*ret_title = db_dup(a, q, 1);
	return OK;
}
