/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/site_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "takedown/brand_store.h"
#include "takedown/owner_store.h"
#include "text/value.h"

/* Every statement that changes a site moves it to the end of this order: writers
 * follow one another, so who read up to a number misses nothing. */
#define CHANGE "change = (SELECT COALESCE(MAX(change), 0) + 1 FROM site), "
#define SITE \
	"SELECT s.id, s.incident_id, s.report_id, s.url, s.host, s.domain, s.tld, s.address, s.cc, s.asn, " \
	"s.as_name, s.brand_id, b.name, s.origin, s.sector, s.contact_id, s.route, s.step, s.state, s.prior, " \
	"s.lure, s.asked_for, s.victims, s.page_title, s.page_hash, s.form_targets, s.redirects, " \
	"s.picture_id, s.reported_at, s.notified_at, s.checked_at, s.result, s.http_status, s.gone_since, " \
	"s.stopped_at, s.stopped_by, s.days, s.reopened_at, s.reopened, s.next_check_at, s.owner_id, s.note, " \
	"s.removed_at, s.version, s.updated_at FROM site s JOIN incident i ON i.id = s.incident_id " \
	"LEFT JOIN brand b ON b.id = s.brand_id "

static void
read_site(struct db_stmt *q, struct arena *a, struct site *ret)
{
	*ret = (struct site){
		.id = db_int(q, 0),
		.incident_id = db_int(q, 1),
		.report_id = db_int(q, 2),
		.url = db_dup(a, q, 3),
		.host = db_dup(a, q, 4),
		.domain = db_dup(a, q, 5),
		.tld = db_dup(a, q, 6),
		.address = db_dup(a, q, 7),
		.cc = db_dup(a, q, 8),
		.asn = db_int(q, 9),
		.as_name = db_dup(a, q, 10),
		.brand_id = db_int(q, 11),
		.brand = db_dup(a, q, 12),
		.origin = db_dup(a, q, 13),
		.sector = db_dup(a, q, 14),
		.contact_id = db_int(q, 15),
		.route = db_dup(a, q, 16),
		.step = db_int(q, 17),
		.state = db_dup(a, q, 18),
		.prior = db_dup(a, q, 19),
		.lure = db_dup(a, q, 20),
		.asked_for = db_dup(a, q, 21),
		.victims = db_int(q, 22),
		.page_title = db_dup(a, q, 23),
		.page_hash = db_dup(a, q, 24),
		.form_targets = db_dup(a, q, 25),
		.redirects = db_dup(a, q, 26),
		.picture_id = db_int(q, 27),
		.reported_at = db_int(q, 28),
		.notified_at = db_int(q, 29),
		.checked_at = db_int(q, 30),
		.result = db_dup(a, q, 31),
		.http_status = db_int(q, 32),
		.gone_since = db_int(q, 33),
		.stopped_at = db_int(q, 34),
		.stopped_by = db_dup(a, q, 35),
		.days = db_int(q, 36),
		.reopened_at = db_int(q, 37),
		.reopened = db_int(q, 38),
		.next_check_at = db_int(q, 39),
		.owner_id = db_int(q, 40),
		.note = db_dup(a, q, 41),
		.removed_at = db_int(q, 42),
		.version = db_int(q, 43),
		.updated_at = db_int(q, 44),
	};
}

static const char *
or_null(const char *s)
{
	return s == NULL || *s == '\0' ? NULL : s;
}

static const char *
or_else(const char *s, const char *otherwise)
{
	return s == NULL || *s == '\0' ? otherwise : s;
}

enum err
site_get(struct db *db, struct arena *a, int64_t id, const struct user *u, struct site *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, SITE "WHERE s.id = ?1", DB_INT(id));
	if (u != NULL)
		incident_only_visible(&s, u);
	TRY(db_query_sql(db, &q, &s));
	if (!db_row(q)) {
		TRY(db_end(q));
		return ERR_NOT_FOUND;
	}
	read_site(q, a, ret);
	return OK;
}

static enum err
tell(struct db *db, struct arena *a, const char *action, const struct site *s, const struct value *v, struct actor by)
{
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = by.now,
		.actor = by.id,
		.actor_name = by.name,
		.action = action,
		.object = "site",
		.object_id = s->id,
		.also = "incident",
		.also_id = s->incident_id,
		.payload = v,
	    });
}

/* A payload that begins with the site's address. */
static struct value *
about(struct arena *a, const struct site *s)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "url", s->url);
	return v;
}

/* What the brand says of a site that does not say it itself. */
static enum err
brand_facts(struct db *db, struct arena *a, struct site *s)
{
	AUTO(db_stmt) q = NULL;

	if (s->brand_id == 0)
		return OK;
	TRY(db_one(db, &q, "SELECT origin, sector FROM brand WHERE id = ?1", DB_INT(s->brand_id)));
	if (or_null(s->origin) == NULL)
		s->origin = db_dup(a, q, 0);
	if (or_null(s->sector) == NULL)
		s->sector = db_dup(a, q, 1);
	return OK;
}

static enum err
already(struct db *db, const struct site *s, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	*ret_id = 0;
	TRY(db_query(db, &q, "SELECT id FROM site WHERE incident_id = ?1 AND url = ?2", DB_INT(s->incident_id),
	    DB_TEXT(s->url)));
	if (db_row(q))
		*ret_id = db_int(q, 0);
	return db_end(q);
}

enum err
site_add(struct db *db, struct arena *a, const struct site *s, int64_t first_check_at, struct actor by,
    int64_t *ret_id, bool *ret_new)
{
	struct site made = *s;

	TRY(already(db, s, ret_id));
	*ret_new = *ret_id == 0;
	if (!*ret_new)
		return OK;
	if (made.brand_id == 0 && or_null(made.brand) != NULL)
		TRY(brand_need(db, a, made.brand, by, &made.brand_id));
	TRY(brand_facts(db, a, &made));
	TRY(db_insert(db, &made.id,
	    "INSERT INTO site (incident_id, report_id, url, host, domain, tld, address, cc, asn, as_name, "
	    "brand_id, origin, sector, contact_id, route, prior, lure, asked_for, victims, reported_at, "
	    "next_check_at, owner_id, note, updated_at, change) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
	    "?20, ?21, ?22, ?23, ?24, (SELECT COALESCE(MAX(change), 0) + 1 FROM site)) RETURNING id",
	    DB_INT(made.incident_id), DB_INT_OR_NULL(made.report_id), DB_TEXT(made.url), DB_TEXT(made.host),
	    DB_TEXT(made.domain), DB_TEXT(made.tld), DB_TEXT_OR_NULL(made.address), DB_TEXT_OR_NULL(made.cc),
	    DB_INT_OR_NULL(made.asn), DB_TEXT_OR_NULL(made.as_name), DB_INT_OR_NULL(made.brand_id),
	    DB_TEXT(or_else(made.origin, "unknown")), DB_TEXT(or_else(made.sector, "unclassified")),
	    DB_INT_OR_NULL(made.contact_id), DB_TEXT(or_else(made.route, "none")),
	    DB_TEXT_OR_NULL(made.prior), DB_TEXT_OR_NULL(made.lure), DB_TEXT_OR_NULL(made.asked_for),
	    DB_INT_OR_NULL(made.victims), DB_INT(made.reported_at), DB_INT_OR_NULL(first_check_at),
	    DB_INT_OR_NULL(made.owner_id), DB_TEXT_OR_NULL(made.note), DB_INT(by.now)));
	*ret_id = made.id;
	if (made.brand_id != 0)
		TRY(owner_site(db, a, made.id, made.brand_id, by.now));
	return tell(db, a, "site.add", &made, about(a, &made), by);
}

enum err
site_change(struct db *db, struct arena *a, const struct site *s, struct actor by)
{
	struct value *v = about(a, s);
	AUTO(db_stmt) was = NULL;

	TRY(db_one(db, &was, "SELECT COALESCE(brand_id, 0) FROM site WHERE id = ?1", DB_INT(s->id)));
	bool other = s->brand_id != 0 && db_int(was, 0) != s->brand_id;

	TRY(db_end(was));
	TRY(db_run(db,
	    "UPDATE site SET " CHANGE
	    "brand_id = ?3, origin = ?4, sector = ?5, contact_id = ?6, route = ?7, step = ?8, "
	    "prior = ?9, lure = ?10, asked_for = ?11, victims = ?12, owner_id = ?13, note = ?14, "
	    "next_check_at = ?15, updated_at = ?16, cc = ?17, version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(s->id), DB_INT(s->version), DB_INT_OR_NULL(s->brand_id), DB_TEXT(s->origin),
	    DB_TEXT(s->sector), DB_INT_OR_NULL(s->contact_id), DB_TEXT(s->route), DB_INT(s->step),
	    DB_TEXT_OR_NULL(s->prior), DB_TEXT_OR_NULL(s->lure), DB_TEXT_OR_NULL(s->asked_for),
	    DB_INT_OR_NULL(s->victims), DB_INT_OR_NULL(s->owner_id), DB_TEXT_OR_NULL(s->note),
	    DB_INT_OR_NULL(s->next_check_at), DB_INT(by.now), DB_TEXT_OR_NULL(s->cc)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	if (other)
		TRY(owner_site(db, a, s->id, s->brand_id, by.now));
	value_set_text(a, v, "brand", or_null(s->brand));
	value_set_text(a, v, "origin", s->origin);
	value_set_text(a, v, "sector", s->sector);
	value_set_text(a, v, "route", s->route);
	return tell(db, a, "site.change", s, v, by);
}

enum err
site_remove(struct db *db, struct arena *a, const struct site *s, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE site SET " CHANGE "removed_at = ?2, next_check_at = NULL, version = version + 1 "
	    "WHERE id = ?1 AND removed_at IS NULL",
	    DB_INT(s->id), DB_INT(by.now)));
	return db_changed(db) == 1 ? tell(db, a, "site.remove", s, about(a, s), by) : ERR_CONFLICT;
}

enum err
site_detach(struct db *db, int64_t incident)
{
	return db_run(db,
	    "UPDATE site SET " CHANGE "incident_id = NULL WHERE incident_id = ?1 AND removed_at IS NOT NULL", DB_INT(incident));
}

enum err
site_restore(struct db *db, struct arena *a, const struct site *s, struct actor by)
{
	TRY(db_run(db,
	    "UPDATE site SET " CHANGE "removed_at = NULL, next_check_at = ?2, version = version + 1 "
	    "WHERE id = ?1 AND removed_at IS NOT NULL",
	    DB_INT(s->id), DB_INT_OR_NULL(s->next_check_at)));
	return db_changed(db) == 1 ? tell(db, a, "site.restore", s, about(a, s), by) : ERR_CONFLICT;
}

enum err
site_placed(struct db *db, const struct site *s, const char *address, const char *cc, int64_t asn, const char *as_name)
{
	return db_run(db,
	    "UPDATE site SET " CHANGE "address = ?2, cc = COALESCE(?3, cc), asn = COALESCE(?4, asn), "
	    "as_name = COALESCE(?5, as_name) WHERE id = ?1",
	    DB_INT(s->id), DB_TEXT(address), DB_TEXT_OR_NULL(cc), DB_INT_OR_NULL(asn), DB_TEXT_OR_NULL(as_name));
}

enum err
site_check_at(struct db *db, const struct site *s, int64_t at)
{
	return db_run(db, "UPDATE site SET " CHANGE "next_check_at = ?2 WHERE id = ?1 AND removed_at IS NULL", DB_INT(s->id),
	    DB_INT_OR_NULL(at));
}

struct value *
site_snapshot(struct arena *a, const struct site *s)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "state", s->state);
	value_set_text(a, v, "stopped_by", s->stopped_by);
	value_set_int(a, v, "stopped_at", s->stopped_at);
	value_set_int(a, v, "days", s->days);
	value_set_int(a, v, "gone_since", s->gone_since);
	value_set_int(a, v, "reopened_at", s->reopened_at);
	value_set_int(a, v, "reopened", s->reopened);
	value_set_int(a, v, "next_check_at", s->next_check_at);
	value_set_int(a, v, "owner_id", s->owner_id);
	value_set_int(a, v, "removed_at", s->removed_at);
	return v;
}

static struct db_arg
number_or_null(const struct value *v, const char *key)
{
	return DB_INT_OR_NULL(value_integer(value_get(v, key)));
}

enum err
site_put_back(struct db *db, struct arena *a, const struct site *s, const struct value *v, int64_t after, struct actor by)
{
	struct value *o = about(a, s);
	const char *state = value_cstr(value_get(v, "state"));

	TRY(db_run(db,
	    "UPDATE site SET " CHANGE
	    "state = ?3, stopped_by = ?4, stopped_at = ?5, days = ?6, gone_since = ?7, reopened_at = ?8, "
	    "reopened = ?9, next_check_at = ?10, owner_id = ?11, removed_at = ?12, updated_at = ?13, "
	    "version = version + 1 WHERE id = ?1 AND version = ?2",
	    DB_INT(s->id), DB_INT(after), DB_TEXT(state), DB_TEXT(or_null(value_cstr(value_get(v, "stopped_by")))),
	    number_or_null(v, "stopped_at"),
	    value_integer(value_get(v, "stopped_at")) == 0 ? DB_NULL : DB_INT(value_integer(value_get(v, "days"))),
	    number_or_null(v, "gone_since"), number_or_null(v, "reopened_at"),
	    DB_INT(value_integer(value_get(v, "reopened"))), number_or_null(v, "next_check_at"),
	    number_or_null(v, "owner_id"), number_or_null(v, "removed_at"), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_text(a, o, "from", s->state);
	value_set_text(a, o, "to", state);
	return tell(db, a, "site.put-back", s, o, by);
}

enum err
site_set_picture(struct db *db, struct arena *a, const struct site *s, int64_t picture, struct actor by)
{
	struct value *o = about(a, s);

	TRY(db_run(db, "UPDATE site SET " CHANGE "picture_id = ?2, updated_at = ?3, version = version + 1 WHERE id = ?1",
	    DB_INT(s->id), DB_INT_OR_NULL(picture), DB_INT(by.now)));
	return tell(db, a, picture == 0 ? "site.picture-remove" : "site.picture", s, o, by);
}

enum err
site_forget(struct db *db, int64_t incident, enum site_forget what)
{
	if (what == SITE_FORGET_PICTURE)
		return db_run(db, "UPDATE site SET " CHANGE "picture_id = NULL WHERE incident_id = ?1 AND picture_id IS NOT NULL",
		    DB_INT(incident));
	return db_run(db, "UPDATE site SET " CHANGE "note = NULL WHERE incident_id = ?1 AND note IS NOT NULL", DB_INT(incident));
}

enum err
site_notified(struct db *db, struct arena *a, const struct site *s, int64_t contact, const char *route, struct actor by)
{
	struct value *v = about(a, s);

	TRY(db_run(db,
	    "UPDATE site SET " CHANGE "notified_at = COALESCE(notified_at, ?2), contact_id = COALESCE(?3, contact_id), "
	    "route = ?4, step = step + 1, updated_at = ?2, version = version + 1, "
	    "state = CASE WHEN state IN ('stopped', 'reopened') THEN state ELSE 'notified' END WHERE id = ?1",
	    DB_INT(s->id), DB_INT(by.now), DB_INT_OR_NULL(contact), DB_TEXT(route)));
	value_set_text(a, v, "route", route);
	value_set_int(a, v, "step", s->step + 1);
	return tell(db, a, "site.notify", s, v, by);
}

static enum err
insert_check(struct db *db, const struct site_check *c)
{
	return db_run(db,
	    "INSERT INTO site_check (site_id, at, vantage, method, result, http_status, address, page_hash, "
	    "page_title, bytes, millis, redirects, form_targets, error, evidence_blob, person_id) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
	    DB_INT(c->site_id), DB_INT(c->at), DB_TEXT(c->vantage), DB_TEXT(c->method), DB_TEXT(c->result),
	    DB_INT_OR_NULL(c->http_status), DB_TEXT_OR_NULL(c->address), DB_TEXT_OR_NULL(c->page_hash),
	    DB_TEXT_OR_NULL(c->page_title), DB_INT(c->bytes), DB_INT(c->millis),
	    DB_TEXT_OR_NULL(c->redirects), DB_TEXT_OR_NULL(c->form_targets), DB_TEXT_OR_NULL(c->error),
	    DB_INT_OR_NULL(c->evidence_blob), DB_INT_OR_NULL(c->person_id));
}

static bool
is(const char *s, const char *what)
{
	return s != NULL && strcmp(s, what) == 0;
}

/* Only what changes the state is worth an entry: fifty thousand checks a day
 * that find the same are in site_check. */
static enum err
tell_verdict(struct db *db, struct arena *a, const struct site *s, const struct site_check *c,
    const struct site_verdict *v, struct actor by)
{
	struct value *o;

	if (is(s->state, v->state))
		return OK;
	o = about(a, s);
	value_set_text(a, o, "from", s->state);
	value_set_text(a, o, "to", v->state);
	value_set_text(a, o, "result", c->result);
	return tell(db, a, v->stopped ? "site.stop" : v->reopened ? "site.reopen" : "site.state", s, o, by);
}

enum err
site_checked(struct db *db, struct arena *a, const struct site *s, const struct site_check *c, int64_t hold,
    int64_t watch, const struct business_calendar *calendar, struct actor by, struct site_verdict *ret)
{
	bool alive = is(c->result, "alive") || is(c->result, "changed");

	*ret = site_judge(s, &(struct site_finding){ .at = c->at, .result = c->result }, hold, watch);
	TRY(insert_check(db, c));
	/* It stopped when it was first found gone, not when that was sure. */
	TRY(db_run(db,
	    "UPDATE site SET " CHANGE "state = ?2, gone_since = ?3, next_check_at = ?4, checked_at = ?5, result = ?6, "
	    "http_status = ?7, address = COALESCE(?8, address), "
	    "page_hash = CASE WHEN ?9 = 1 THEN ?10 ELSE page_hash END, "
	    "page_title = CASE WHEN ?9 = 1 THEN ?11 ELSE page_title END, "
	    "form_targets = CASE WHEN ?9 = 1 THEN ?12 ELSE form_targets END, "
	    "redirects = CASE WHEN ?9 = 1 THEN ?13 ELSE redirects END, updated_at = ?5 WHERE id = ?1",
	    DB_INT(s->id), DB_TEXT(ret->state), DB_INT_OR_NULL(ret->gone_since),
	    DB_INT_OR_NULL(ret->next_check_at), DB_INT(c->at), DB_TEXT(c->result),
	    DB_INT_OR_NULL(c->http_status), DB_TEXT_OR_NULL(c->address), DB_INT(alive),
	    DB_TEXT_OR_NULL(c->page_hash), DB_TEXT_OR_NULL(c->page_title),
	    DB_TEXT_OR_NULL(c->form_targets), DB_TEXT_OR_NULL(c->redirects)));
	if (ret->stopped)
		TRY(db_run(db,
		    "UPDATE site SET " CHANGE "stopped_at = gone_since, stopped_by = 'check', days = ?2, "
		    "version = version + 1 WHERE id = ?1",
		    DB_INT(s->id), DB_INT(site_days(s, calendar, ret->gone_since))));
	if (ret->reopened)
		TRY(db_run(db,
		    "UPDATE site SET " CHANGE "reopened_at = ?2, reopened = reopened + 1, version = version + 1 WHERE id = ?1",
		    DB_INT(s->id), DB_INT(c->at)));
	return tell_verdict(db, a, s, c, ret, by);
}

enum err
site_stop(struct db *db, struct arena *a, const struct site *s, const char *evidence, const char *by_what,
    const struct business_calendar *calendar, struct actor by)
{
	struct value *v = about(a, s);
	struct site_check c = {
		.site_id = s->id,
		.at = by.now,
		.vantage = "direct",
		.method = by_what,
		.result = "gone",
		.error = evidence,
		.person_id = by.id,
	};

	if (is(s->state, "stopped"))
		return OK;
	TRY(insert_check(db, &c));
	TRY(db_run(db,
	    "UPDATE site SET " CHANGE "state = 'stopped', stopped_at = ?2, stopped_by = ?3, days = ?4, "
	    "gone_since = COALESCE(gone_since, ?2), checked_at = ?2, result = 'gone', "
	    "next_check_at = CASE WHEN next_check_at IS NULL THEN NULL ELSE ?5 END, updated_at = ?2, "
	    "version = version + 1 WHERE id = ?1",
	    DB_INT(s->id), DB_INT(by.now), DB_TEXT(by_what), DB_INT(site_days(s, calendar, by.now)),
	    DB_INT(by.now + CLOCK_HOUR)));
	value_set_text(a, v, "from", s->state);
	value_set_text(a, v, "to", "stopped");
	value_set_text(a, v, "evidence", evidence);
	return tell(db, a, "site.stop", s, v, by);
}

enum err
site_reopen(struct db *db, struct arena *a, const struct site *s, const char *why, struct actor by)
{
	struct value *v = about(a, s);
	struct site_check c = {
		.site_id = s->id,
		.at = by.now,
		.vantage = "direct",
		.method = "person",
		.result = "alive",
		.error = why,
		.person_id = by.id,
	};

	if (!is(s->state, "stopped"))
		return ERR_CONFLICT;
	TRY(insert_check(db, &c));
	TRY(db_run(db,
	    "UPDATE site SET " CHANGE "state = 'reopened', reopened_at = ?2, reopened = reopened + 1, gone_since = NULL, "
	    "checked_at = ?2, result = 'alive', updated_at = ?2, version = version + 1 WHERE id = ?1",
	    DB_INT(s->id), DB_INT(by.now)));
	value_set_text(a, v, "from", s->state);
	value_set_text(a, v, "to", "reopened");
	value_set_text(a, v, "reason", why);
	return tell(db, a, "site.reopen", s, v, by);
}

#define CHECK \
	"SELECT id, site_id, at, vantage, method, result, http_status, address, page_hash, page_title, " \
	"bytes, millis, redirects, form_targets, error, evidence_blob, person_id FROM site_check "

static struct site_check
read_check(struct db_stmt *q, struct arena *a)
{
	return (struct site_check){
		.id = db_int(q, 0),
		.site_id = db_int(q, 1),
		.at = db_int(q, 2),
		.vantage = db_dup(a, q, 3),
		.method = db_dup(a, q, 4),
		.result = db_dup(a, q, 5),
		.http_status = db_int(q, 6),
		.address = db_dup(a, q, 7),
		.page_hash = db_dup(a, q, 8),
		.page_title = db_dup(a, q, 9),
		.bytes = db_int(q, 10),
		.millis = db_int(q, 11),
		.redirects = db_dup(a, q, 12),
		.form_targets = db_dup(a, q, 13),
		.error = db_dup(a, q, 14),
		.evidence_blob = db_int(q, 15),
		.person_id = db_int(q, 16),
	};
}

enum err
site_check_get(struct db *db, struct arena *a, int64_t site, int64_t id, struct site_check *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, CHECK "WHERE id = ?1 AND site_id = ?2", DB_INT(id), DB_INT(site)));
	*ret = read_check(q, a);
	return OK;
}

enum err
site_check_list(struct db *db, struct arena *a, int64_t site, int limit, struct site_check **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, CHECK "WHERE site_id = ?1 ORDER BY id DESC LIMIT ?2", DB_INT(site), DB_INT(limit)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = read_check(q, a);
	}
	return db_end(q);
}
