/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/mailing_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "incident/incident_store.h"
#include "job/job.h"
#include "takedown/site_store.h"
#include "text/value.h"

static bool
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, int64_t mailing, struct value *v, struct actor by)
{
	return journal_tell(db, a, action, "mailing", mailing, v, by);
}

enum err
mailing_add(struct db *db, struct arena *a, const char *purpose, int64_t selection, struct actor by, int64_t *ret_id)
{
	struct value *v = value_object(a);

	TRY(db_insert(db, ret_id,
	    "INSERT INTO mailing (person_id, at, purpose, state, selection_id) VALUES (?1, ?2, ?3, 'draft', ?4) "
	    "RETURNING id",
	    DB_INT(by.id), DB_INT(by.now), DB_TEXT(purpose), DB_INT_OR_NULL(selection)));
	value_set_text(a, v, "purpose", purpose);
	return tell(db, a, "mailing.add", *ret_id, v, by);
}

enum err
mailing_of_selection(struct db *db, int64_t selection, int64_t person, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	*ret_id = 0;
	TRY(db_query(db, &q, "SELECT id FROM mailing WHERE selection_id = ?1 AND person_id = ?2", DB_INT(selection),
	    DB_INT(person)));
	if (db_row(q))
		*ret_id = db_int(q, 0);
	return db_end(q);
}

enum err
mailing_get(struct db *db, struct arena *a, int64_t id, struct mailing *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT m.id, m.person_id, m.at, m.purpose, m.state, m.tlp, m.subject_ja, m.text_ja, m.subject_en, "
	    "m.text_en, m.send_at, m.ended_at, m.version, m.confirmed, p.name, m.brand_id, b.name FROM mailing m "
	    "LEFT JOIN person p ON p.id = m.person_id LEFT JOIN brand b ON b.id = m.brand_id WHERE m.id = ?1",
	    DB_INT(id)));
	*ret = (struct mailing){
		.id = db_int(q, 0),
		.person_id = db_int(q, 1),
		.at = db_int(q, 2),
		.purpose = db_dup(a, q, 3),
		.state = db_dup(a, q, 4),
		.tlp = db_dup(a, q, 5),
		.words = {
			[LANG_JA] = { db_dup(a, q, 6), db_dup(a, q, 7) },
			[LANG_EN] = { db_dup(a, q, 8), db_dup(a, q, 9) },
		},
		.send_at = db_int(q, 10),
		.ended_at = db_int(q, 11),
		.version = db_int(q, 12),
		.confirmed = db_dup(a, q, 13),
		.person = db_dup(a, q, 14),
		.brand_id = db_int(q, 15),
		.brand = db_dup(a, q, 16),
	};
	return OK;
}

enum err
mailing_list(struct db *db, struct arena *a, int limit, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT m.id, m.at, m.purpose, m.state, p.name, "
	    "(SELECT COUNT(*) FROM mailing_letter l WHERE l.mailing_id = m.id AND l.taken_out = 0), "
	    "(SELECT COUNT(*) FROM mailing_site s WHERE s.mailing_id = m.id AND s.taken_out = 0) "
	    "FROM mailing m LEFT JOIN person p ON p.id = m.person_id WHERE m.state <> 'cancelled' "
	    "ORDER BY m.id DESC LIMIT ?1",
	    DB_INT(limit)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_int(a, o, "at", db_int(q, 1));
		value_set_text(a, o, "purpose", db_dup(a, q, 2));
		value_set_text(a, o, "state", db_dup(a, q, 3));
		value_set_text(a, o, "person", db_dup(a, q, 4));
		value_set_int(a, o, "letters", db_int(q, 5));
		value_set_int(a, o, "sites", db_int(q, 6));
	}
	return db_end(q);
}

enum err
mailing_add_sites(struct db *db, struct arena *a, int64_t mailing, const int64_t *sites, size_t n,
    const struct user *u, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	n = n < MAILING_SITES ? n : MAILING_SITES;
	for (size_t at = 0; at < n; at += 500) {
		struct db_sql s;

		db_sql_init(&s, a);
		db_sql_add(&s,
		    "INSERT INTO mailing_site (mailing_id, site_id) SELECT ?1, s.id FROM site s "
		    "JOIN incident i ON i.id = s.incident_id WHERE s.removed_at IS NULL AND s.state <> 'stopped'",
		    DB_INT(mailing));
		db_sql_ids(&s, " AND s.id IN ", sites + at, n - at < 500 ? n - at : 500);
		if (u != NULL)
			incident_only_visible(&s, u);
		db_sql_add(&s, " ON CONFLICT (mailing_id, site_id) DO NOTHING");
		TRY(db_run_sql(db, &s));
	}
	TRY(db_one(db, &q, "SELECT COUNT(*) FROM mailing_site WHERE mailing_id = ?1", DB_INT(mailing)));
	*ret_n = (size_t)db_int(q, 0);
	return OK;
}

/* Grouping */

struct group {
	int64_t letter, contact, restricted_id;
	const char *route;
	size_t n, part;
};
struct grouping {
	struct group *list;
	size_t n;
};

static enum err
load_groups(struct db *db, struct arena *a, int64_t mailing, struct grouping *g)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT l.id, l.contact_id, l.restricted_id, l.route, l.part, "
	    "(SELECT COUNT(*) FROM mailing_site s WHERE s.letter_id = l.id) FROM mailing_letter l "
	    "WHERE l.mailing_id = ?1 AND l.first_id IS NULL ORDER BY l.id",
	    DB_INT(mailing)));
	while (db_row(q)) {
		g->list = arena_room(a, g->list, g->n, sizeof(*g->list));
		g->list[g->n++] = (struct group){
			.letter = db_int(q, 0),
			.contact = db_int(q, 1),
			.restricted_id = db_int(q, 2),
			.route = db_dup(a, q, 3),
			.part = (size_t)db_int(q, 4),
			.n = (size_t)db_int(q, 5),
		};
	}
	return db_end(q);
}

/* The letter for this contact that has room, or a new one. */
static enum err
letter_for(struct db *db, struct arena *a, int64_t mailing, struct grouping *g, int64_t contact, const char *route,
    int64_t restricted_id, struct group **ret)
{
	size_t part = 1;

	for (size_t i = 0; i < g->n; i++) {
		struct group *x = &g->list[i];

		if (x->contact != contact || x->restricted_id != restricted_id || !is(route, x->route))
			continue;
		if (x->n < MAILING_LETTER_SITES) {
			*ret = x;
			return OK;
		}
		part = x->part + 1;
	}
	g->list = arena_room(a, g->list, g->n, sizeof(*g->list));
	*ret = &g->list[g->n++];
	**ret = (struct group){ .contact = contact, .route = route, .restricted_id = restricted_id, .part = part };
	return db_insert(db, &(*ret)->letter,
	    "INSERT INTO mailing_letter (mailing_id, contact_id, route, restricted_id, part) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
	    DB_INT(mailing), DB_INT(contact), DB_TEXT(route), DB_INT_OR_NULL(restricted_id), DB_INT((int64_t)part));
}

static int
place(const char *route)
{
	for (int i = 0; mailing_routes[i] != NULL; i++) {
		if (is(route, mailing_routes[i]))
			return i;
	}
	return -1;
}

static enum err
was_asked(struct db *db, int64_t site, int64_t contact, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT 1 FROM notification_site s JOIN notification n ON n.id = s.notification_id "
	    "WHERE s.site_id = ?1 AND n.contact_id = ?2 LIMIT 1",
	    DB_INT(site), DB_INT(contact)));
	*ret = db_row(q);
	return db_end(q);
}

/* The nearest usable one; on the way further up the one that comes next. */
static enum err
choose(struct db *db, struct arena *a, const struct mailing *m, const struct site *s, int64_t *ret_contact,
    const char **ret_route)
{
	struct contact_known *list;
	struct contact c;
	size_t n;
	int present = place(s->route), best = 99;

	*ret_contact = 0;
	TRY(contact_known_list(db, a,
	    &(struct contact_known_for){
		.host = s->host,
		.domain = s->domain,
		.address = s->address,
		.asn = s->asn,
		.cc = s->cc,
	    },
	    &list, &n));
	bool further = is(m->purpose, "escalation");

	if (!further && s->contact_id != 0) {
		TRY(contact_get(db, a, s->contact_id, &c));
		if (c.removed_at == 0 && !c.do_not_contact && c.email != NULL && *c.email != '\0') {
			struct organisation o;

			TRY(organisation_get(db, a, c.organisation_id, &o));
			*ret_contact = c.id;
			*ret_route = contact_known_route(&o, NULL);
			for (size_t i = 0; i < n; i++) {
				if (list[i].contact.id == c.id)
					*ret_route = contact_known_route(&o, list[i].kind);
			}
			return OK;
		}
	}
	for (size_t i = 0; i < n; i++) {
		const char *route = contact_known_route(&list[i].organisation, list[i].kind);
		bool asked = false;

		if (!list[i].usable)
			continue;
		if (!further) {
			*ret_contact = list[i].contact.id;
			*ret_route = route;
			return OK;
		}
		TRY(was_asked(db, s->id, list[i].contact.id, &asked));
		int at = place(route);

		if (asked || at < 0 || at < present || at >= best)
			continue;
		best = at;
		*ret_contact = list[i].contact.id;
		*ret_route = route;
	}
	return OK;
}

enum err
mailing_choose(struct db *db, struct arena *a, const struct mailing *m, size_t most, struct mailing_choice **ret,
    size_t *ret_n)
{
	struct mailing_row *row;

	TRY(mailing_row_list(db, a, m->id, MAILING_UNTRIED, NULL, (int)most, &row, ret_n));
	*ret = arena_many(a, struct mailing_choice, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++) {
		AUTO(arena) own = arena_new();
		const char *route = "direct";

		(*ret)[i] = (struct mailing_choice){ .site = row[i].site.id, .restricted_id = row[i].restricted_id };
		TRY(choose(db, own, m, &row[i].site, &(*ret)[i].contact, &route));
		(*ret)[i].route = arena_dup(a, route);
	}
	return OK;
}

static enum err
count_untried(struct db *db, int64_t mailing, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COUNT(*) FROM mailing_site WHERE mailing_id = ?1 AND letter_id IS NULL AND tried = 0",
	    DB_INT(mailing)));
	*ret = db_int(q, 0);
	return OK;
}

/* The rest in pieces, so that no other writer waits for long. */
static enum err
go_on(struct db *db, struct arena *a, int64_t mailing, int64_t now)
{
	struct value *p = value_object(a);

	value_set_int(a, p, "mailing", mailing);
	TRY(db_run(db, "UPDATE mailing SET state = 'preparing' WHERE id = ?1 AND state = 'draft'", DB_INT(mailing)));
	return job_add(db, a,
	    &(struct job_new){
		.kind = "mailing.group",
		.payload = p,
		.key = arena_printf(a, "mailing.group/%lld", (long long)mailing),
	    },
	    now, NULL);
}

enum err
mailing_put(struct db *db, struct arena *a, const struct mailing *m, const struct mailing_choice *list, size_t n,
    int64_t now)
{
	struct grouping g = { 0 };
	int64_t left;

	TRY(load_groups(db, a, m->id, &g));
	for (size_t i = 0; i < n; i++) {
		struct group *group = NULL;

		if (list[i].contact != 0) {
			TRY(letter_for(db, a, m->id, &g, list[i].contact, list[i].route, list[i].restricted_id, &group));
			group->n++;
		}
		TRY(db_run(db, "UPDATE mailing_site SET letter_id = ?3, tried = 1 WHERE mailing_id = ?1 AND site_id = ?2",
		    DB_INT(m->id), DB_INT(list[i].site), DB_INT_OR_NULL(group == NULL ? 0 : group->letter)));
	}
	TRY(count_untried(db, m->id, &left));
	if (left > 0)
		return go_on(db, a, m->id, now);
	return db_run(db, "UPDATE mailing SET state = 'draft' WHERE id = ?1 AND state = 'preparing'", DB_INT(m->id));
}

enum err
mailing_group(struct db *db, struct arena *a, const struct mailing *m, int64_t now)
{
	struct mailing_choice *list;
	int64_t left;
	size_t n;

	/* Its recipient is the brand's, not who could stop the site. */
	if (m->brand_id != 0)
		return OK;
	TRY(db_run(db, "UPDATE mailing_site SET tried = 0 WHERE mailing_id = ?1 AND letter_id IS NULL", DB_INT(m->id)));
	TRY(count_untried(db, m->id, &left));
	if (left > MAILING_AT_ONCE)
		return go_on(db, a, m->id, now);
	TRY(mailing_choose(db, a, m, MAILING_AT_ONCE, &list, &n));
	return mailing_put(db, a, m, list, n, now);
}

enum err
mailing_progress(struct db *db, int64_t mailing, int64_t *ret_done, int64_t *ret_total)
{
	AUTO(db_stmt) q = NULL;
	int64_t left;

	TRY(count_untried(db, mailing, &left));
	TRY(db_one(db, &q, "SELECT COUNT(*) FROM mailing_site WHERE mailing_id = ?1", DB_INT(mailing)));
	*ret_total = db_int(q, 0);
	*ret_done = *ret_total - left;
	return OK;
}

enum err
mailing_remind(struct db *db, struct arena *a, int64_t mailing, int64_t lead)
{
	AUTO(db_stmt) q = NULL;
	int64_t *site, letter;
	size_t n;

	TRY(db_one(db, &q,
	    "SELECT n.contact_id, COALESCE(n.route, 'direct'), CASE WHEN i.restricted = 1 THEN i.id END "
	    "FROM notification n JOIN incident i ON i.id = n.incident_id WHERE n.id = ?1 AND n.contact_id IS NOT NULL",
	    DB_INT(lead)));
	TRY(mailing_waiting_sites(db, a, lead, &site, &n));
	if (n == 0)
		return OK;
	TRY(db_insert(db, &letter,
	    "INSERT INTO mailing_letter (mailing_id, contact_id, route, restricted_id, part, first_id) "
	    "VALUES (?1, ?2, ?3, ?4, 1, ?5) RETURNING id",
	    DB_INT(mailing), DB_INT(db_int(q, 0)), DB_TEXT(db_text(q, 1)), DB_INT_OR_NULL(db_int(q, 2)), DB_INT(lead)));
	for (size_t i = 0; i < n; i++)
		TRY(db_run(db,
		    "INSERT INTO mailing_site (mailing_id, site_id, letter_id) VALUES (?1, ?2, ?3) "
		    "ON CONFLICT (mailing_id, site_id) DO NOTHING",
		    DB_INT(mailing), DB_INT(site[i]), DB_INT(letter)));
	return OK;
}

/* Letters */

/* The later, the stricter, as enum tlp; an unreadable label is the strictest. */
#define RANK(t) \
	"CASE " t " WHEN 'CLEAR' THEN 0 WHEN 'GREEN' THEN 1 WHEN 'AMBER' THEN 2 WHEN 'AMBER+STRICT' THEN 3 ELSE 4 END"

static enum err
letters(struct db *db, struct arena *a, struct db_sql *s, struct mailing_letter **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query_sql(db, &q, s));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		int64_t own = db_int(q, 15), reports = db_int(q, 16);

		(*ret)[(*ret_n)++] = (struct mailing_letter){
			.id = db_int(q, 0),
			.mailing_id = db_int(q, 1),
			.contact_id = db_int(q, 2),
			.route = db_dup(a, q, 3),
			.restricted_id = db_int(q, 4),
			.part = db_int(q, 5),
			.taken_out = db_int(q, 6) != 0,
			.first_id = db_int(q, 7),
			.lead_id = db_int(q, 8),
			.message_id = db_int(q, 9),
			.blocked = db_dup(a, q, 10),
			.token_until = db_int(q, 11),
			.answered_at = db_int(q, 12),
			.sites = db_int(q, 13),
			.organisation = db_dup(a, q, 14),
			.tlp = (enum tlp)(own > reports ? own : reports),
			.organisation_en = db_dup(a, q, 17),
			.email = db_dup(a, q, 18),
			.person = db_dup(a, q, 19),
			.lang = db_dup(a, q, 20),
			.max_tlp = db_dup(a, q, 21),
			.formats = db_dup(a, q, 22),
			.ref = db_dup(a, q, 23),
			.state = db_dup(a, q, 24),
			.sent_at = db_int(q, 25),
			.due_at = db_int(q, 26),
			.message_state = db_dup(a, q, 27),
		};
	}
	return db_end(q);
}

static void
select_letters(struct db_sql *s, struct arena *a, const struct user *u)
{
	db_sql_init(s, a);
	db_sql_add(s,
	    "SELECT l.id, l.mailing_id, l.contact_id, l.route, l.restricted_id, l.part, l.taken_out, l.first_id, "
	    "l.lead_id, l.message_id, l.blocked, l.token_until, l.answered_at, "
	    "(SELECT COUNT(*) FROM mailing_site x WHERE x.letter_id = l.id AND x.taken_out = 0), o.name, "
	    "COALESCE((SELECT MAX(" RANK("i.tlp") ") FROM mailing_site x JOIN site s ON s.id = x.site_id "
	    "JOIN incident i ON i.id = s.incident_id WHERE x.letter_id = l.id AND x.taken_out = 0), 0), "
	    "COALESCE((SELECT MAX(" RANK("r.tlp") ") FROM mailing_site x JOIN site s ON s.id = x.site_id "
	    "JOIN report_incident ri ON ri.incident_id = s.incident_id JOIN report r ON r.id = ri.report_id "
	    "WHERE x.letter_id = l.id AND x.taken_out = 0 AND r.tlp IS NOT NULL), 0), "
	    "o.name_en, c.email, c.name, COALESCE(c.lang, o.lang), o.max_tlp, o.formats, n.ref, n.state, n.sent_at, "
	    "n.due_at, m.state FROM mailing_letter l JOIN contact c ON c.id = l.contact_id "
	    "JOIN organisation o ON o.id = c.organisation_id LEFT JOIN notification n ON n.id = l.lead_id "
	    "LEFT JOIN message m ON m.id = l.message_id WHERE 1 = 1");
	if (u != NULL && !incident_sees_all(u)) {
		db_sql_add(s, " AND (l.restricted_id IS NULL OR l.restricted_id NOT IN (");
		incident_add_hidden(s, u);
		db_sql_add(s, "))");
	}
}

enum err
mailing_letter_list(struct db *db, struct arena *a, int64_t mailing, const struct user *u, struct mailing_letter **ret,
    size_t *ret_n)
{
	struct db_sql s;

	*ret = NULL;
	*ret_n = 0;
	select_letters(&s, a, u);
	db_sql_add(&s, " AND l.mailing_id = ?1 ORDER BY l.id", DB_INT(mailing));
	return letters(db, a, &s, ret, ret_n);
}

enum err
mailing_letter_get(struct db *db, struct arena *a, int64_t id, const struct user *u, struct mailing_letter *ret)
{
	struct mailing_letter *list = NULL;
	struct db_sql s;
	size_t n = 0;

	select_letters(&s, a, u);
	db_sql_add(&s, " AND l.id = ?1", DB_INT(id));
	TRY(letters(db, a, &s, &list, &n));
	if (n == 0)
		return ERR_NOT_FOUND;
	*ret = list[0];
	return OK;
}

enum err
mailing_row_list(struct db *db, struct arena *a, int64_t mailing, int64_t letter, const struct user *u, int limit,
    struct mailing_row **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret = NULL;
	*ret_n = 0;
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT s.id, s.incident_id, s.url, s.host, s.domain, s.tld, s.address, s.cc, s.asn, s.as_name, b.name, "
	    "s.contact_id, s.route, s.step, s.state, s.reported_at, s.notified_at, s.checked_at, s.next_check_at, "
	    "s.version, i.ref, i.title, i.tlp, i.restricted, x.letter_id, x.taken_out, x.answer, x.note, "
	    "x.answered_at FROM mailing_site x JOIN site s ON s.id = x.site_id JOIN incident i ON i.id = s.incident_id "
	    "LEFT JOIN brand b ON b.id = s.brand_id WHERE x.mailing_id = ?1",
	    DB_INT(mailing));
	if (letter > 0)
		db_sql_add(&s, " AND x.letter_id = ?1", DB_INT(letter));
	else if (letter != MAILING_ALL)
		db_sql_add(&s, " AND x.letter_id IS NULL");
	if (letter == MAILING_UNTRIED)
		db_sql_add(&s, " AND x.tried = 0");
	if (u != NULL)
		incident_only_visible(&s, u);
	db_sql_add(&s, " ORDER BY s.id LIMIT ?1", DB_INT(limit));
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		struct mailing_row *r = &(*ret)[(*ret_n)++];

		*r = (struct mailing_row){
			.site = {
				.id = db_int(q, 0),
				.incident_id = db_int(q, 1),
				.url = db_dup(a, q, 2),
				.host = db_dup(a, q, 3),
				.domain = db_dup(a, q, 4),
				.tld = db_dup(a, q, 5),
				.address = db_dup(a, q, 6),
				.cc = db_dup(a, q, 7),
				.asn = db_int(q, 8),
				.as_name = db_dup(a, q, 9),
				.brand = db_dup(a, q, 10),
				.contact_id = db_int(q, 11),
				.route = db_dup(a, q, 12),
				.step = db_int(q, 13),
				.state = db_dup(a, q, 14),
				.reported_at = db_int(q, 15),
				.notified_at = db_int(q, 16),
				.checked_at = db_int(q, 17),
				.next_check_at = db_int(q, 18),
				.version = db_int(q, 19),
			},
			.incident_ref = db_dup(a, q, 20),
			.incident_title = db_dup(a, q, 21),
			.tlp = TLP_RED,
			.restricted_id = db_int(q, 23) != 0 ? db_int(q, 1) : 0,
			.letter_id = db_int(q, 24),
			.taken_out = db_int(q, 25) != 0,
			.answer = db_dup(a, q, 26),
			.note = db_dup(a, q, 27),
			.answered_at = db_int(q, 28),
		};
		if (tlp_parse(db_str(q, 22), &r->tlp) != OK)
			r->tlp = TLP_RED; /* unreadable: nothing leaves by mistake */
	}
	return db_end(q);
}

/* Changing a draft */

enum err
mailing_take_letter(struct db *db, int64_t mailing, int64_t letter, bool out)
{
	TRY(db_run(db, "UPDATE mailing_letter SET taken_out = ?3 WHERE mailing_id = ?1 AND id = ?2", DB_INT(mailing),
	    DB_INT(letter), DB_INT(out)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
mailing_take_site(struct db *db, int64_t mailing, int64_t site, bool out)
{
	TRY(db_run(db, "UPDATE mailing_site SET taken_out = ?3 WHERE mailing_id = ?1 AND site_id = ?2",
	    DB_INT(mailing), DB_INT(site), DB_INT(out)));
	return db_changed(db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err
mailing_set_words(struct db *db, const struct mailing *m, enum lang lang, const struct mailing_words *words)
{
	TRY(lang == LANG_JA
	    ? db_run(db,
		"UPDATE mailing SET subject_ja = ?2, text_ja = ?3, version = version + 1 WHERE id = ?1 "
		"AND state = 'draft'",
		DB_INT(m->id), DB_TEXT(words->subject), DB_TEXT(words->text))
	    : db_run(db,
		"UPDATE mailing SET subject_en = ?2, text_en = ?3, version = version + 1 WHERE id = ?1 "
		"AND state = 'draft'",
		DB_INT(m->id), DB_TEXT(words->subject), DB_TEXT(words->text)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}

enum err
mailing_set_tlp(struct db *db, const struct mailing *m, const char *tlp)
{
	TRY(db_run(db, "UPDATE mailing SET tlp = ?2, version = version + 1 WHERE id = ?1 AND state = 'draft'",
	    DB_INT(m->id), DB_TEXT(tlp)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}

static const char *
key_of(struct arena *a, int64_t mailing)
{
	return arena_printf(a, "mailing.send/%lld", (long long)mailing);
}

enum err
mailing_hold(struct db *db, struct arena *a, const struct mailing *m, const char *confirmed, int64_t send_at,
    struct actor by)
{
	struct value *v = value_object(a), *p = value_object(a);

	TRY(db_run(db,
	    "UPDATE mailing SET state = 'held', send_at = ?3, confirmed = ?4, version = version + 1 "
	    "WHERE id = ?1 AND version = ?2 AND state = 'draft'",
	    DB_INT(m->id), DB_INT(m->version), DB_INT(send_at), DB_TEXT(confirmed)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_int(a, p, "mailing", m->id);
	value_set_int(a, p, "person", by.id);
	TRY(job_add(db, a,
	    &(struct job_new){ .kind = "mailing.send", .payload = p, .run_at = send_at, .key = key_of(a, m->id) },
	    by.now, NULL));
	value_set_text(a, v, "confirmed", confirmed);
	return tell(db, a, "mailing.hold", m->id, v, by);
}

enum err
mailing_cancel(struct db *db, struct arena *a, const struct mailing *m, struct actor by)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT id FROM job WHERE key = ?1 AND state = 'waiting'", DB_TEXT(key_of(a, m->id))));
	if (!is(m->state, "held") || !db_row(q))
		return ERR_CONFLICT;
	int64_t job = db_int(q, 0);

	TRY(db_end(q));
	TRY(job_cancel(db, job));
	TRY(db_run(db,
	    "UPDATE mailing SET state = 'draft', send_at = NULL, confirmed = NULL, version = version + 1 WHERE id = ?1",
	    DB_INT(m->id)));
	return tell(db, a, "mailing.cancel", m->id, value_object(a), by);
}

enum err
mailing_drop(struct db *db, struct arena *a, const struct mailing *m, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE mailing SET state = 'cancelled', ended_at = ?2, selection_id = NULL, version = version + 1 "
	    "WHERE id = ?1 AND state IN ('draft', 'preparing')",
	    DB_INT(m->id), DB_INT(by.now)));
	return db_changed(db) == 1 ? tell(db, a, "mailing.drop", m->id, value_object(a), by) : ERR_CONFLICT;
}

enum err
mailing_set_state(struct db *db, int64_t id, const char *state, int64_t now)
{
	return db_run(db,
	    "UPDATE mailing SET state = ?2, ended_at = CASE WHEN ?2 = 'sent' THEN ?3 ELSE ended_at END WHERE id = ?1",
	    DB_INT(id), DB_TEXT(state), DB_INT(now));
}

enum err
mailing_next(struct db *db, int64_t mailing, int64_t *ret_letter)
{
	AUTO(db_stmt) q = NULL;

	*ret_letter = 0;
	TRY(db_query(db, &q,
	    "SELECT l.id FROM mailing_letter l WHERE l.mailing_id = ?1 AND l.taken_out = 0 AND l.message_id IS NULL "
	    "AND l.blocked IS NULL AND EXISTS (SELECT 1 FROM mailing_site x WHERE x.letter_id = l.id "
	    "AND x.taken_out = 0) ORDER BY l.id LIMIT 1",
	    DB_INT(mailing)));
	if (db_row(q))
		*ret_letter = db_int(q, 0);
	return db_end(q);
}

#define TAKE_OUT "UPDATE mailing_site SET taken_out = 1 WHERE letter_id = ?1 AND taken_out = 0 AND "

enum err
mailing_take_ended(struct db *db, const struct mailing *m, const struct mailing_letter *l)
{
	TRY(db_run(db,
	    TAKE_OUT "site_id IN (SELECT x.site_id FROM mailing_site x JOIN site s ON s.id = x.site_id WHERE x.letter_id = ?1 "
		     "AND (s.removed_at IS NOT NULL OR s.incident_id IS NULL OR s.state = 'stopped'))",
	    DB_INT(l->id)));
	TRY(db_run(db,
	    TAKE_OUT "EXISTS (SELECT 1 FROM mailing_site x JOIN mailing_letter k ON k.id = x.letter_id "
		     "JOIN message g ON g.id = k.message_id WHERE x.site_id = mailing_site.site_id AND x.mailing_id <> ?2 "
		     "AND x.taken_out = 0 AND k.contact_id = ?3 AND k.route <> '" MAILING_OWNER "' AND g.state <> 'cancelled' AND g.received_at >= ?4)",
	    DB_INT(l->id), DB_INT(m->id), DB_INT(l->contact_id), DB_INT(m->at)));
	/* A thread that goes on has them already. */
	if (l->first_id != 0)
		return OK;
	return db_run(db,
	    TAKE_OUT "site_id IN (SELECT x.site_id FROM mailing_site x JOIN site s ON s.id = x.site_id JOIN incident i "
		     "ON i.id = s.incident_id WHERE x.letter_id = ?1 AND i.restricted = 1 AND i.id <> ?2)",
	    DB_INT(l->id), DB_INT(l->restricted_id));
}

enum err
mailing_block(struct db *db, struct arena *a, int64_t letter, const char *why, const char *value)
{
	return db_run(db, "UPDATE mailing_letter SET blocked = ?2 WHERE id = ?1", DB_INT(letter),
	    DB_TEXT(arena_printf(a, "%s\t%s", why, value == NULL ? "" : value)));
}
