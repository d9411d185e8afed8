/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/course_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"

struct course {
	struct db *db;
	struct arena *a;
	const struct incident *i;
	struct course_event *event;
	size_t n;
};

static struct course_event *
add(struct course *c, int64_t at, enum course_kind kind)
{
	c->event = arena_room(c->a, c->event, c->n, sizeof(*c->event));
	struct course_event *e = &c->event[c->n++];

	*e = (struct course_event){ .at = at, .kind = kind };
	return e;
}

static enum err
add_report(struct course *c)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(c->db, &q,
	    "SELECT r.received_at, r.reporter_org, r.reporter_name FROM report_incident l "
	    "JOIN report r ON r.id = l.report_id WHERE l.incident_id = ?1 ORDER BY r.received_at, r.id LIMIT 1",
	    DB_INT(c->i->id)));
	if (db_row(q)) {
		struct course_event *e = add(c, db_int(q, 0), COURSE_REPORT);

		e->name = db_dup(c->a, q, db_is_null(q, 1) ? 2 : 1);
	}
	return db_end(q);
}

/* A letter that was cancelled or failed reached nobody. One about many incidents
 * belongs to the lead's thread. */
static enum err
add_letters(struct course *c)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(c->db, &q,
	    "SELECT m.direction, m.automatic, m.purpose, CASE WHEN m.direction = 'out' THEN m.sent_at "
	    "ELSE m.received_at END, n.party_id, p.org, n.kind FROM notification n "
	    "JOIN message m ON m.notification_id = COALESCE(n.lead_id, n.id) JOIN party p ON p.id = n.party_id "
	    "WHERE n.incident_id = ?1 AND n.kind <> 'owner' AND ((m.direction = 'out' AND m.state IN ('sent', 'bounced') AND "
	    "m.purpose IN ('request', 'reminder')) OR (m.direction = 'in' AND "
	    "(m.automatic IS NULL OR m.automatic IN ('none', 'bounce')))) ORDER BY m.id LIMIT 300",
	    DB_INT(c->i->id)));
	while (db_row(q)) {
		bool out = strcmp(db_text(q, 0), "out") == 0;
		enum course_kind k = strcmp(db_text(q, 1), "bounce") == 0 ? COURSE_BOUNCE : COURSE_ANSWER;

		if (out)
			k = strcmp(db_text(q, 2), "reminder") == 0 ? COURSE_REMINDER : COURSE_REQUEST;
		struct course_event *e = add(c, db_int(q, 3), k);

		e->party = db_int(q, 4);
		e->name = db_dup(c->a, q, 5);
		e->letter = db_dup(c->a, q, 6);
	}
	return db_end(q);
}

static bool
has_answer(const struct course *c, int64_t party)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->event[i].kind == COURSE_ANSWER && c->event[i].party == party)
			return true;
	}
	return false;
}

/* Answers that came by the link of a letter, without a mail. */
static enum err
add_link_answers(struct course *c)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(c->db, &q,
	    "SELECT n.party_id, p.org, MIN(ns.answered_at) FROM notification n JOIN party p ON p.id = n.party_id "
	    "JOIN notification_site ns ON ns.notification_id = n.id WHERE n.incident_id = ?1 AND ns.answer IS NOT NULL "
	    "AND ns.answered_at IS NOT NULL GROUP BY n.party_id, p.org ORDER BY n.party_id",
	    DB_INT(c->i->id)));
	while (db_row(q)) {
		if (has_answer(c, db_int(q, 0)))
			continue;
		struct course_event *e = add(c, db_int(q, 2), COURSE_ANSWER);

		e->party = db_int(q, 0);
		e->name = db_dup(c->a, q, 1);
	}
	return db_end(q);
}

/* Each site's stop, with the party that was asked last before it. */
static enum err
add_sites(struct course *c)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(c->db, &q,
	    "SELECT s.host, s.stopped_at, s.reopened_at, "
	    "(SELECT n.party_id FROM notification_site ns JOIN notification n ON n.id = ns.notification_id "
	    "WHERE ns.site_id = s.id AND n.incident_id = s.incident_id AND n.sent_at <= s.stopped_at "
	    "ORDER BY n.sent_at DESC, n.id DESC LIMIT 1) FROM site s "
	    "WHERE s.incident_id = ?1 AND s.removed_at IS NULL AND s.stopped_at IS NOT NULL ORDER BY s.id LIMIT 80",
	    DB_INT(c->i->id)));
	while (db_row(q)) {
		const char *host = db_dup(c->a, q, 0);
		struct course_event *e = add(c, db_int(q, 1), COURSE_STOP);

		e->site = host;
		e->party = db_int(q, 3);
		if (db_int(q, 2) > db_int(q, 1))
			add(c, db_int(q, 2), COURSE_REOPEN)->site = host;
	}
	return db_end(q);
}

enum err
course_load(struct db *db, struct arena *a, const struct incident *i, struct course_event **ret, size_t *ret_n)
{
	struct course c = { .db = db, .a = a, .i = i };

	TRY(add_report(&c));
	add(&c, i->created_at, COURSE_OPEN);
	TRY(add_letters(&c));
	TRY(add_link_answers(&c));
	TRY(add_sites(&c));
	if (i->closed_at != 0)
		add(&c, i->closed_at, COURSE_CLOSE);
	course_order(c.event, c.n);
	*ret = c.event;
	*ret_n = c.n;
	return OK;
}

enum err
course_parties(struct db *db, struct arena *a, int64_t incident, struct course_party **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT id, role, cc FROM party WHERE incident_id = ?1 ORDER BY id", DB_INT(incident)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct course_party){ .id = db_int(q, 0), .role = db_dup(a, q, 1), .cc = db_dup(a, q, 2) };
	}
	return db_end(q);
}

enum err
course_sites(struct db *db, struct arena *a, int64_t incident, struct course_site **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT s.url, s.host, s.cc, b.name, s.origin, s.sector, s.route, s.state, s.reported_at, s.notified_at, "
	    "CASE WHEN s.state = 'stopped' THEN s.stopped_at END, s.days FROM site s LEFT JOIN brand b ON b.id = s.brand_id "
	    "WHERE s.incident_id = ?1 AND s.removed_at IS NULL ORDER BY s.id LIMIT 2000",
	    DB_INT(incident)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct course_site){
			.url = db_dup(a, q, 0),
			.host = db_dup(a, q, 1),
			.cc = db_dup(a, q, 2),
			.brand = db_dup(a, q, 3),
			.origin = db_dup(a, q, 4),
			.sector = db_dup(a, q, 5),
			.route = db_dup(a, q, 6),
			.state = db_dup(a, q, 7),
			.reported_at = db_int(q, 8),
			.notified_at = db_int(q, 9),
			.stopped_at = db_int(q, 10),
			.days = db_int(q, 11),
		};
	}
	return db_end(q);
}
