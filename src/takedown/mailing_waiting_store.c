/* SPDX-License-Identifier: Apache-2.0 */
/* mailing_waiting_store.c - requests without an answer, and who was asked. */
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "takedown/mailing_store.h"
#include "text/value.h"

/* Sites of the letter ${lead} that still matter. */
#define OPEN_SITES \
	"FROM notification_site x JOIN notification k ON k.id = x.notification_id JOIN site s ON s.id = x.site_id " \
	"WHERE (x.answer IS NULL OR x.answer = 'not-ours') AND s.removed_at IS NULL AND s.state <> 'stopped' AND NOT EXISTS " \
	"(SELECT 1 FROM notification_site y WHERE y.site_id = x.site_id AND y.notification_id > x.notification_id) AND "

enum err
mailing_waiting_list(struct db *db, struct arena *a, const struct user *u, int64_t now, int64_t reminders, int limit,
    struct mailing_waiting **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = NULL;
	*ret_n = 0;
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT n.id, n.contact_id, n.ref, o.name, o.name_en, c.email, COALESCE(n.route, 'direct'), n.subject, "
	    "n.state, n.sent_at, n.due_at, n.reminders, "
	    "(SELECT COUNT(*) " OPEN_SITES "(k.id = n.id OR k.lead_id = n.id)) AS open "
	    "FROM notification n JOIN incident i ON i.id = n.incident_id JOIN contact c ON c.id = n.contact_id "
	    "JOIN organisation o ON o.id = c.organisation_id WHERE n.lead_id IS NULL "
	    "AND ((n.due_at < ?1 AND n.state IN ('sent', 'no-response')) OR n.state = 'bounced' "
	    "OR n.id IN (SELECT COALESCE(k.lead_id, k.id) FROM notification_site z JOIN notification k "
	    "ON k.id = z.notification_id WHERE z.answer = 'not-ours'))",
	    DB_INT(now));
	incident_only_visible(&s, u);
	db_sql_add(&s, " ORDER BY n.id LIMIT ?1", DB_INT(limit));
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		if (db_int(q, 12) == 0)
			continue;
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct mailing_waiting){
			.lead_id = db_int(q, 0),
			.contact_id = db_int(q, 1),
			.ref = db_dup(a, q, 2),
			.organisation = db_dup(a, q, 3),
			.organisation_en = db_dup(a, q, 4),
			.email = db_dup(a, q, 5),
			.route = db_dup(a, q, 6),
			.subject = db_dup(a, q, 7),
			.state = db_dup(a, q, 8),
			.sent_at = db_int(q, 9),
			.due_at = db_int(q, 10),
			.reminders = db_int(q, 11),
			.sites = db_int(q, 12),
			.remind = db_int(q, 11) < reminders && strcmp(db_text(q, 8), "sent") == 0,
		};
	}
	return db_end(q);
}

enum err
mailing_waiting_sites(struct db *db, struct arena *a, int64_t lead, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT s.id " OPEN_SITES "(k.id = ?1 OR k.lead_id = ?1) ORDER BY s.id LIMIT 5000",
	    DB_INT(lead)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = db_int(q, 0);
	}
	return db_end(q);
}

enum err
mailing_attempts(struct db *db, struct arena *a, int64_t site, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT COALESCE(n.ref, h.ref), n.route, n.sent_at, p.org, p.email, n.state, x.answer, x.answered_at, i.ref, "
	    "n.id, n.reminders FROM notification_site x JOIN notification n ON n.id = x.notification_id "
	    "LEFT JOIN notification h ON h.id = n.lead_id JOIN party p ON p.id = n.party_id "
	    "JOIN incident i ON i.id = n.incident_id WHERE x.site_id = ?1 ORDER BY n.id LIMIT 100",
	    DB_INT(site)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_text(a, o, "ref", db_dup(a, q, 0));
		value_set_text(a, o, "route", db_dup(a, q, 1));
		value_set_int(a, o, "at", db_int(q, 2));
		value_set_text(a, o, "organisation", db_dup(a, q, 3));
		value_set_text(a, o, "email", db_dup(a, q, 4));
		value_set_text(a, o, "state", db_dup(a, q, 5));
		value_set_text(a, o, "answer", db_dup(a, q, 6));
		value_set_int(a, o, "answered_at", db_int(q, 7));
		value_set_text(a, o, "incident", db_dup(a, q, 8));
		value_set_int(a, o, "thread", db_int(q, 9));
		value_set_int(a, o, "reminders", db_int(q, 10));
	}
	return db_end(q);
}

enum err
mailing_letter_attempts(struct db *db, struct arena *a, const struct mailing_letter *l, int limit,
    struct mailing_attempt **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT o.name, o.name_en, MIN(n.sent_at) FROM mailing_site x "
	    "JOIN notification_site y ON y.site_id = x.site_id JOIN notification n ON n.id = y.notification_id "
	    "JOIN contact c ON c.id = n.contact_id JOIN organisation o ON o.id = c.organisation_id "
	    "WHERE x.letter_id = ?1 AND x.taken_out = 0 AND n.sent_at IS NOT NULL AND n.contact_id <> ?2 "
	    "GROUP BY o.id, o.name, o.name_en ORDER BY 3 LIMIT ?3",
	    DB_INT(l->id), DB_INT(l->contact_id), DB_INT(limit)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct mailing_attempt){ db_dup(a, q, 0), db_dup(a, q, 1), db_int(q, 2) };
	}
	return db_end(q);
}
