/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/site_bulk_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/intake_guess.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"
#include "job/job.h"
#include "takedown/site_store.h"
#include "text/value.h"

static struct actor
actor_of(const struct bulk *b, int64_t now)
{
	return (struct actor){ b->person_id, value_cstr(value_get(b->params, "actor_name")), now };
}

/* Days may lie between the order and its last site. */
static enum err
site_for(struct db *db, struct arena *a, const struct bulk *b, int64_t id, struct site *ret, bool *ret_may)
{
	struct user u;
	enum err e = user_get(db, a, b->person_id, &u);

	*ret_may = e == OK && u.active && auth_may(u.role, PERM_INCIDENT_EDIT);
	if (e == OK && *ret_may)
		e = site_get(db, a, id, &u, ret);
	if (e == ERR_NOT_FOUND) {
		*ret_may = false;
		return OK;
	}
	return e;
}

static enum err
act(struct db *db, struct arena *a, const struct bulk *b, const struct site *s, int64_t now, bool *ret_skipped)
{
	struct business_calendar calendar = intake_calendar(db);
	const char *evidence = value_cstr(value_get(b->params, "evidence"));
	struct site changed = *s;
	bool stopped = strcmp(s->state, "stopped") == 0;

	if (strcmp(b->act, "stop") == 0 && !stopped)
		return site_stop(db, a, s, evidence, "person", &calendar, actor_of(b, now));
	if (strcmp(b->act, "reopen") == 0 && stopped)
		return site_reopen(db, a, s, evidence, actor_of(b, now));
	if (strcmp(b->act, "remove") == 0)
		return site_remove(db, a, s, actor_of(b, now));
	changed.owner_id = value_integer(value_get(b->params, "owner"));
	if (strcmp(b->act, "owner") == 0 && changed.owner_id != s->owner_id)
		return site_change(db, a, &changed, actor_of(b, now));
	*ret_skipped = true;
	return OK;
}

static enum err
site_one(struct db *db, struct blob_store *blobs, struct arena *a, struct bulk *b, int64_t id, int64_t now,
    struct value *before, bool *ret_skipped)
{
	struct site s, after;
	bool may;

	(void)blobs;
	TRY(site_for(db, a, b, id, &s, &may));
	if (!may || s.removed_at != 0) {
		*ret_skipped = true;
		return OK;
	}
	value_set_int(a, before, "site", s.id);
	if (strcmp(b->act, "check") == 0)
		return site_check_at(db, &s, now);
	TRY(act(db, a, b, &s, now, ret_skipped));
	if (*ret_skipped)
		return OK;
	value_set(a, before, "was", site_snapshot(a, &s));
	TRY(site_get(db, a, id, NULL, &after));
	value_set_int(a, before, "after", after.version);
	return OK;
}

static enum err
site_back(struct db *db, struct arena *a, const struct bulk *b, const struct value *before, int64_t now, bool *ret_skipped)
{
	const struct value *was = value_get(before, "was");
	struct site s;
	bool may;

	TRY(site_for(db, a, b, value_integer(value_get(before, "site")), &s, &may));
	if (!may || was == NULL) {
		*ret_skipped = true;
		return OK;
	}
	enum err e = site_put_back(db, a, &s, was, value_integer(value_get(before, "after")), actor_of(b, now));

	*ret_skipped = e == ERR_CONFLICT;
	return e == ERR_CONFLICT ? OK : e;
}

const struct bulk_worker site_bulk_worker = { "takedown.bulk", site_one, site_back };

/* Reports */

struct urls {
	struct site *site;
	size_t n;
};

/* The URLs that a report tells of; its hosts when it has none. */
static enum err
urls_of(struct db *db, struct arena *a, int64_t report, struct urls *ret)
{
	AUTO(db_stmt) q = NULL;
	bool any_url = false;

	TRY(db_query(db, &q,
	    "SELECT o.type, o.value FROM report_observable r JOIN observable o ON o.id = r.observable_id "
	    "WHERE r.report_id = ?1 AND o.type IN ('url', 'host', 'ipv4', 'ipv6') "
	    "ORDER BY CASE o.type WHEN 'url' THEN 0 WHEN 'host' THEN 1 ELSE 2 END, o.id LIMIT 50",
	    DB_INT(report)));
	while (db_row(q)) {
		bool url = strcmp(db_text(q, 0), "url") == 0;
		struct site s;

		any_url = any_url || url;
		if ((any_url && !url) || (!any_url && ret->n == 1) || site_read(a, str_of(db_dup(a, q, 1)), &s) != OK)
			continue;
		ret->site = arena_room(a, ret->site, ret->n, sizeof(s));
		ret->site[ret->n++] = s;
	}
	return db_end(q);
}

/* The incident that has the URL live on the board already and may be seen. */
static enum err
live_incident(struct db *db, struct arena *a, const struct bulk *b, const char *url, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;
	struct user u;

	*ret = 0;
	TRY(user_get(db, a, b->person_id, &u));
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT s.incident_id FROM site s JOIN incident i ON i.id = s.incident_id WHERE s.url = ?1 "
	    "AND s.removed_at IS NULL AND s.state <> 'stopped' AND i.state = 'open' AND i.merged_into IS NULL",
	    DB_TEXT(url));
	incident_only_visible(&s, &u);
	db_sql_add(&s, " ORDER BY s.id LIMIT 1");
	TRY(db_query_sql(db, &q, &s));
	if (db_row(q))
		*ret = db_int(q, 0);
	return db_end(q);
}

/* The incident that the report belongs to already. */
static enum err
own_incident(struct db *db, int64_t report, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = 0;
	TRY(db_query(db, &q,
	    "SELECT COALESCE(i.merged_into, i.id) FROM report_incident r JOIN incident i ON i.id = r.incident_id "
	    "WHERE r.report_id = ?1 ORDER BY r.incident_id LIMIT 1",
	    DB_INT(report)));
	if (db_row(q))
		*ret = db_int(q, 0);
	return db_end(q);
}

/* Under which name the incident of ${r} is remembered in the params. */
static const char *
memory_of(struct arena *a, const struct bulk *b, const struct report *r)
{
	const char *as = value_cstr(value_get(b->params, "as"));

	if (strcmp(as, "one") == 0)
		return "one";
	if (strcmp(as, "brand") == 0 && r->brand != NULL && *r->brand != '\0')
		return arena_printf(a, "brand %s", r->brand);
	return NULL;
}

static const char *
title_of(struct arena *a, const struct bulk *b, const struct report *r, const char *memory, const struct site *s)
{
	const char *title = value_cstr(value_get(b->params, "title"));
	bool brand = r->brand != NULL && *r->brand != '\0';
	const char *word = strcmp(value_cstr(value_get(b->params, "lang")), "ja") == 0 ? "フィッシング" : "Phishing";

	if (memory != NULL && strcmp(memory, "one") == 0)
		return *title != '\0' ? title : NULL;
	if (memory != NULL)
		return arena_printf(a, "%s: %s", word, r->brand);
	return arena_printf(a, "%s: %s%s%s", word, brand ? r->brand : "", brand ? " " : "", url_defang(a, str_of(s->host)));
}

/* Where the report goes: its own incident, the one of the same URL, that of its
 * brand or of all, or a new one. */
static enum err
choose_incident(struct db *db, struct arena *a, struct bulk *b, const struct report *r, const struct site *first, int64_t now,
    struct value *before, int64_t *ret)
{
	const char *memory = memory_of(a, b, r);
	struct decision d = { .act = DECIDE_ATTACH, .owner = -1, .actor = b->person_id, .actor_name = actor_of(b, now).name };
	struct decision_result result;
	bool may;

	TRY(own_incident(db, r->id, ret));
	if (*ret != 0)
		return OK;
	d.incident = memory == NULL ? 0 : value_integer(value_get(b->params, memory));
	if (d.incident == 0)
		TRY(live_incident(db, a, b, first->url, &d.incident));
	if (d.incident == 0) {
		d.act = DECIDE_NEW;
		d.title = title_of(a, b, r, memory, first);
		d.rsit = "fraud/phishing";
		d.owner = b->person_id;
	}
	TRY(bulk_still_may(db, a, b, r->id, d.incident, &may));
	if (!may)
		return OK;
	TRY(decide_report(db, a, r->id, 0, &d, now, before, &result));
	*ret = result.incident;
	if (memory != NULL && d.act == DECIDE_NEW) {
		value_set_int(a, b->params, memory, result.incident);
		TRY(bulk_set_params(db, a, b));
	}
	return OK;
}

static enum err
put_one(struct db *db, struct blob_store *blobs, struct arena *a, struct bulk *b, int64_t id, int64_t now,
    struct value *before, bool *ret_skipped)
{
	struct value *list;
	struct urls urls = { 0 };
	struct report r;
	int64_t incident = 0;
	bool may;

	(void)blobs;
	*ret_skipped = true;
	TRY(bulk_still_may(db, a, b, id, 0, &may));
	if (!may)
		return OK;
	TRY(report_get(db, a, id, &r));
	if (strcmp(r.state, "declined") == 0 || strcmp(r.state, "duplicate") == 0)
		return OK;
	TRY(urls_of(db, a, id, &urls));
	if (urls.n == 0)
		return OK;
	TRY(choose_incident(db, a, b, &r, &urls.site[0], now, before, &incident));
	if (incident == 0)
		return OK;
	list = value_set_list(a, before, "sites");
	for (size_t i = 0; i < urls.n; i++) {
		struct site *s = &urls.site[i];
		int64_t site;
		bool made;

		s->incident_id = incident;
		s->report_id = id;
		s->brand = r.brand;
		s->reported_at = r.received_at;
		s->owner_id = b->person_id;
		TRY(site_add(db, a, s, now, actor_of(b, now), &site, &made));
		if (made)
			value_add(a, list, value_int(a, site));
	}
	*ret_skipped = false;
	return OK;
}

static enum err
put_back_all(struct db *db, struct arena *a, const struct bulk *b, const struct value *before, struct actor by)
{
	const struct value *list = value_get(before, "sites");
	int64_t made = value_integer(value_get(before, "made"));

	for (size_t i = 0; i < value_count(list); i++) {
		struct site s;
		bool may;

		TRY(site_for(db, a, b, value_integer(value_at(list, i)), &s, &may));
		if (!may || s.removed_at != 0)
			continue;
		TRY(site_remove(db, a, &s, by));
	}
	if (made != 0)
		TRY(site_detach(db, made));
	/* One that had its incident before keeps it. */
	return value_get(before, "report") == NULL ? OK : decide_undo(db, a, before, by.id, by.name, by.now);
}

static enum err
put_back(struct db *db, struct arena *a, const struct bulk *b, const struct value *before, int64_t now, bool *ret_skipped)
{
	TRY(db_savepoint(db));
	enum err e = put_back_all(db, a, b, before, actor_of(b, now));

	if (e != ERR_CONFLICT) /* also another error: then release says so */
		return e == OK ? db_release(db) : e;
	*ret_skipped = true;
	return db_rollback_to(db);
}

const struct bulk_worker site_put_worker = { "takedown.put", put_one, put_back };
