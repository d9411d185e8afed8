/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/owner_store.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "db/db.h"
#include "directory/contact_store.h"
#include "incident/party_store.h"
#include "job/job.h"
#include "takedown/brand_store.h"
#include "takedown/mailing_letter_store.h"
#include "text/value.h"

#define BY(now) ((struct actor){ 0, "system", now })

int64_t
owner_next_hour(const struct zone *z, int64_t hour, int64_t now)
{
	struct civil c = zone_civil(z, now);

	c.hour = (int32_t)hour;
	c.minute = c.second = c.millisecond = 0;
	int64_t at = zone_from_civil(z, &c);

	if (at > now)
		return at;
	/* Noon of tomorrow is in tomorrow, whatever the clocks do in between. */
	c.hour = 12;
	c = zone_civil(z, zone_from_civil(z, &c) + CLOCK_DAY);
	c.hour = (int32_t)hour;
	return zone_from_civil(z, &c);
}

static enum err
plan(struct db *db, struct arena *a, int64_t brand, bool daily, int64_t hour, int64_t now)
{
	struct value *p = value_object(a);
	const struct zone *z = zone_tokyo();

	if (daily && zone_find(setting_text(db, a, "team.zone"), &z) != OK)
		z = zone_tokyo();
	value_set_int(a, p, "brand", brand);
	return job_add(db, a,
	    &(struct job_new){
		.kind = "owner.notice",
		.payload = p,
		.run_at = daily ? owner_next_hour(z, hour, now) : now + setting_int(db, "notify.owner_wait") * CLOCK_MINUTE,
		.key = arena_printf(a, "owner.notice/%lld", (long long)brand),
	    },
	    now, NULL);
}

enum err
owner_site(struct db *db, struct arena *a, int64_t site, int64_t brand, int64_t now)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT notice, notice_hour FROM brand WHERE id = ?1 AND watched = 1", DB_INT(brand)));
	if (!db_row(q))
		return db_end(q);
	bool daily = strcmp(db_text(q, 0), "daily") == 0;
	int64_t hour = db_int(q, 1);

	TRY(db_end(q));
	TRY(db_run(db,
	    "INSERT INTO owner_due (site_id, brand_id, at) SELECT ?1, ?2, ?3 WHERE NOT EXISTS "
	    "(SELECT 1 FROM mailing_site x JOIN mailing m ON m.id = x.mailing_id WHERE x.site_id = ?1 AND m.brand_id = ?2) "
	    "ON CONFLICT (site_id) DO UPDATE SET brand_id = excluded.brand_id",
	    DB_INT(site), DB_INT(brand), DB_INT(now)));
	return db_changed(db) == 0 ? OK : plan(db, a, brand, daily, hour, now);
}

enum err
owner_plan(struct db *db, struct arena *a, const struct brand *b, int64_t now)
{
	AUTO(db_stmt) q = NULL;

	if (!b->watched)
		return db_run(db, "DELETE FROM owner_due WHERE brand_id = ?1", DB_INT(b->id));
	TRY(db_query(db, &q, "SELECT 1 FROM owner_due WHERE brand_id = ?1 LIMIT 1", DB_INT(b->id)));
	bool due = db_row(q);

	TRY(db_end(q));
	return due ? plan(db, a, b->id, strcmp(b->notice, "daily") == 0, b->notice_hour, now) : OK;
}

enum err
owner_contact(struct db *db, struct arena *a, const struct brand *b, struct contact *ret)
{
	struct contact *list;
	size_t n, found = SIZE_MAX;

	TRY(contact_list(db, a, b->organisation_id, &list, &n));
	for (size_t i = 0; i < n; i++) {
		const struct contact *c = &list[i];

		if (c->do_not_contact || c->email == NULL || *c->email == '\0')
			continue;
		if (c->id == b->contact_id || found == SIZE_MAX)
			found = i;
	}
	if (found == SIZE_MAX)
		return ERR_NOT_FOUND;
	*ret = list[found];
	return OK;
}

/* What is due now, in two heaps: what the recipient may have without a person's
 * look, and what is stricter. */
struct due {
	int64_t *open, *strict;
	size_t n_open, n_strict;
};

static enum err
take_due(struct db *db, struct arena *a, int64_t brand, bool amber, struct due *d, bool *ret_more)
{
	AUTO(db_stmt) q = NULL;
	int64_t last = 0;
	size_t n = 0;

	d->open = arena_many(a, int64_t, MAILING_SITES);
	d->strict = arena_many(a, int64_t, MAILING_SITES);
	TRY(db_query(db, &q,
	    "SELECT d.site_id, CASE WHEN s.removed_at IS NULL AND s.state <> 'stopped' AND s.brand_id = d.brand_id "
	    "AND i.restricted = 0 THEN 1 ELSE 0 END, CASE WHEN i.tlp IN ('CLEAR', 'GREEN', ?3) AND NOT EXISTS "
	    "(SELECT 1 FROM report_incident ri JOIN report r ON r.id = ri.report_id WHERE ri.incident_id = i.id "
	    "AND r.tlp NOT IN ('CLEAR', 'GREEN', ?3)) THEN 1 ELSE 0 END "
	    "FROM owner_due d JOIN site s ON s.id = d.site_id LEFT JOIN incident i ON i.id = s.incident_id "
	    "WHERE d.brand_id = ?1 ORDER BY d.site_id LIMIT ?2",
	    DB_INT(brand), DB_INT(MAILING_SITES), DB_TEXT(amber ? "AMBER" : "GREEN")));
	while (n < MAILING_SITES && db_row(q)) {
		last = db_int(q, 0);
		n++;
		if (db_int(q, 1) == 0)
			continue;
		if (db_int(q, 2) != 0)
			d->open[d->n_open++] = last;
		else
			d->strict[d->n_strict++] = last;
	}
	TRY(db_end(q));
	*ret_more = n == MAILING_SITES;
	return db_run(db, "DELETE FROM owner_due WHERE brand_id = ?1 AND site_id <= ?2", DB_INT(brand), DB_INT(last));
}

/* A draft with a letter to ${contact} (0: nobody is known). */
static enum err
draft(struct db *db, struct arena *a, const struct brand *b, int64_t contact, const int64_t *site, size_t n, int64_t now,
    struct mailing *ret)
{
	struct mailing_choice *list = arena_many(a, struct mailing_choice, n + 1);
	int64_t id;
	size_t in;

	TRY(mailing_add(db, a, MAILING_OWNER, 0, BY(now), &id));
	TRY(db_run(db, "UPDATE mailing SET brand_id = ?2 WHERE id = ?1", DB_INT(id), DB_INT(b->id)));
	TRY(mailing_add_sites(db, a, id, site, n, NULL, &in));
	TRY(mailing_get(db, a, id, ret));
	for (size_t i = 0; i < n; i++)
		list[i] = (struct mailing_choice){ .site = site[i], .contact = contact, .route = MAILING_OWNER };
	return mailing_put(db, a, ret, list, n, now);
}

/* May all of its letters leave as they are? */
static enum err
may_leave(struct db *db, struct blob_store *blobs, struct arena *a, const struct mailing *m, const char *confirmed, int64_t now,
    bool *ret)
{
	struct mailing_letter *list;
	size_t n;

	TRY(mailing_letter_list(db, a, m->id, NULL, &list, &n));
	*ret = n > 0;
	for (size_t i = 0; i < n && *ret; i++) {
		struct mailing_made x;

		TRY(mailing_make(db, blobs, a, m, &list[i], NULL, NULL, NULL, now, &x));
		*ret = mailing_obstacle(&x, confirmed) == NULL;
	}
	return OK;
}

/* The heap as a mailing, on its way when nothing is in the way. */
static enum err
make(struct db *db, struct blob_store *blobs, struct arena *a, const struct brand *b, int64_t contact, const int64_t *site,
    size_t n, int64_t now, int64_t *ret_held)
{
	const char *confirmed = b->clear ? "clear" : "";
	struct mailing m;
	bool may = false;

	if (n == 0)
		return OK;
	TRY(draft(db, a, b, contact, site, n, now, &m));
	if (contact != 0)
		TRY(may_leave(db, blobs, a, &m, confirmed, now, &may));
	if (!may)
		return OK;
	*ret_held = m.id;
	return mailing_hold(db, a, &m, confirmed, now + setting_int(db, "mail.hold_seconds") * CLOCK_SECOND, BY(now));
}

/* TLP:AMBER may go to this contact by itself: the directory allows it, and it has a
 * key or the team said that clear mail will do. */
static enum err
amber_may_leave(struct db *db, struct arena *a, const struct brand *b, const struct contact *c, bool *ret)
{
	struct organisation o;
	struct pgp_key key;
	enum tlp most;

	TRY(organisation_get(db, a, c->organisation_id, &o));
	TRY(party_key_find(db, a, 0, c->email, &key));
	*ret = (b->clear || key.fingerprint != NULL) && tlp_parse(str_of(o.max_tlp), &most) == OK && most >= TLP_AMBER;
	return OK;
}

enum err
owner_notice(struct db *db, struct blob_store *blobs, struct arena *a, int64_t brand, int64_t now, int64_t *ret_held)
{
	struct contact c = { 0 };
	struct due d = { 0 };
	struct brand b;
	bool more, amber = true;

	*ret_held = 0;
	TRY(brand_get(db, a, brand, &b));
	if (!b.watched)
		return owner_plan(db, a, &b, now);
	enum err e = owner_contact(db, a, &b, &c);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == OK)
		TRY(amber_may_leave(db, a, &b, &c, &amber));
	TRY(take_due(db, a, brand, amber, &d, &more));
	TRY(make(db, blobs, a, &b, c.id, d.open, d.n_open, now, ret_held));
	TRY(make(db, blobs, a, &b, c.id, d.strict, d.n_strict, now, ret_held));
	return more ? plan(db, a, brand, false, 0, now) : OK;
}

enum err
owner_list(struct db *db, struct arena *a, int64_t brand, int limit, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT m.id, m.at, m.state, (SELECT COUNT(*) FROM mailing_site s WHERE s.mailing_id = m.id AND s.taken_out = 0), "
	    "(SELECT COUNT(*) FROM mailing_letter l WHERE l.mailing_id = m.id AND l.blocked IS NOT NULL) FROM mailing m "
	    "WHERE m.brand_id = ?1 ORDER BY m.id DESC LIMIT ?2",
	    DB_INT(brand), DB_INT(limit)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "id", db_int(q, 0));
		value_set_int(a, o, "at", db_int(q, 1));
		value_set_text(a, o, "state", db_dup(a, q, 2));
		value_set_int(a, o, "sites", db_int(q, 3));
		value_set_int(a, o, "blocked", db_int(q, 4));
	}
	return db_end(q);
}

enum err
owner_told(struct db *db, struct arena *a, int64_t site, struct value *list)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT m.id, m.state, COALESCE(m.ended_at, m.send_at, m.at), o.name, c.email, i.ref, "
	    "(SELECT MIN(n.id) FROM notification n WHERE (n.id = l.lead_id OR n.lead_id = l.lead_id) "
	    "AND n.incident_id = s.incident_id), l.blocked FROM mailing_site x JOIN mailing m ON m.id = x.mailing_id "
	    "JOIN mailing_letter l ON l.id = x.letter_id JOIN contact c ON c.id = l.contact_id "
	    "JOIN organisation o ON o.id = c.organisation_id JOIN site s ON s.id = x.site_id "
	    "JOIN incident i ON i.id = s.incident_id WHERE x.site_id = ?1 AND x.taken_out = 0 AND l.taken_out = 0 "
	    "AND m.brand_id IS NOT NULL AND m.state <> 'cancelled' ORDER BY m.id DESC LIMIT 20",
	    DB_INT(site)));
	while (db_row(q)) {
		struct value *o = value_add_object(a, list);

		value_set_int(a, o, "mailing", db_int(q, 0));
		value_set_text(a, o, "state", db_is_null(q, 7) ? db_dup(a, q, 1) : "blocked");
		value_set_int(a, o, "at", db_int(q, 2));
		value_set_text(a, o, "organisation", db_dup(a, q, 3));
		value_set_text(a, o, "email", db_dup(a, q, 4));
		value_set_text(a, o, "incident", db_dup(a, q, 5));
		value_set_id(a, o, "thread", db_int(q, 6));
	}
	return db_end(q);
}
