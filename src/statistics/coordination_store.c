/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/coordination_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/holiday.h"
#include "db/db.h"
#include "takedown/site.h"

/* Times of a group, with the groups by their key: open addressing. */
struct times {
	int64_t *ms;
	size_t n;
};
struct asked_list {
	struct coordination_asked *list;
	struct times *times;
	size_t n;
	uint32_t *slot;
	size_t size;
};

static size_t
slot_of(const struct asked_list *l, const char *key)
{
	uint32_t h = UINT32_C(2166136261);

	for (const char *p = key; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT32_C(16777619);
	size_t at = h & (l->size - 1);

	while (l->slot[at] != 0 && strcmp(l->list[l->slot[at] - 1].key, key) != 0)
		at = (at + 1) & (l->size - 1);
	return at;
}

static size_t
group_of(struct asked_list *l, struct arena *a, const char *key)
{
	if ((l->n + 1) * 2 > l->size) {
		l->size = l->size == 0 ? 128 : l->size * 2;
		l->slot = arena_many(a, uint32_t, l->size);
		for (size_t i = 0; i < l->n; i++)
			l->slot[slot_of(l, l->list[i].key)] = (uint32_t)i + 1;
	}
	size_t at = slot_of(l, key);

	if (l->slot[at] == 0) {
		l->list = arena_room(a, l->list, l->n, sizeof(*l->list));
		l->times = arena_room(a, l->times, l->n, sizeof(*l->times));
		l->list[l->n] = (struct coordination_asked){ .key = arena_dup(a, key) };
		l->times[l->n] = (struct times){ 0 };
		l->slot[at] = (uint32_t)++l->n;
	}
	return l->slot[at] - 1;
}

static void
keep(struct times *t, struct arena *a, int64_t ms)
{
	t->ms = arena_room(a, t->ms, t->n, sizeof(*t->ms));
	t->ms[t->n++] = ms < 0 ? 0 : ms;
}

static int
by_size(const void *x, const void *y)
{
	const int64_t *p = x, *q = y;

	return *p < *q ? -1 : *p > *q;
}

static int64_t
percentile(struct times *t, size_t percent)
{
	if (t->n == 0)
		return -1;
	qsort(t->ms, t->n, sizeof(*t->ms), by_size);
	return t->ms[(t->n * percent + 99) / 100 - 1];
}

static struct coordination_asked *
count(struct asked_list *l, struct arena *a, const char *key, struct db_stmt *q)
{
	size_t at = group_of(l, a, key);
	struct coordination_asked *g = &l->list[at];

	g->asked++;
	g->reminders += db_int(q, 5);
	if (!db_is_null(q, 4)) {
		g->answered++;
		keep(&l->times[at], a, db_int(q, 4) - db_int(q, 3));
	}
	return g;
}

static int
most_asked(const void *x, const void *y)
{
	const struct coordination_asked *p = x, *q = y;

	return p->asked != q->asked ? (p->asked < q->asked ? 1 : -1) : strcmp(p->key, q->key);
}

static void
finish(struct asked_list *l, struct coordination_asked **ret, size_t *ret_n)
{
	for (size_t i = 0; i < l->n; i++) {
		l->list[i].median_ms = percentile(&l->times[i], 50);
		l->list[i].p90_ms = percentile(&l->times[i], 90);
	}
	if (l->n > 0)
		qsort(l->list, l->n, sizeof(*l->list), most_asked);
	*ret = l->list;
	*ret_n = l->n;
}

/* A letter about many incidents is one request: its lead's. */
static enum err
load_asked(struct db *db, struct arena *a, const struct coordination_ask *ask, struct coordination *ret)
{
	struct asked_list contacts = { 0 }, countries = { 0 }, routes = { 0 };
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT n.contact_id, p.org, LOWER(p.email), n.sent_at, n.answered_at, n.reminders, p.cc, n.route "
	    "FROM notification n JOIN party p ON p.id = n.party_id WHERE n.sent_at >= ?1 AND n.sent_at < ?2 "
	    "AND n.kind IN ('takedown', 'investigation') AND n.lead_id IS NULL",
	    DB_INT(ask->from), DB_INT(ask->until)));
	while (db_row(q)) {
		char number[40];
		const char *key = db_is_null(q, 2) ? db_text(q, 1) : db_text(q, 2);
		struct coordination_asked *g;

		if (!db_is_null(q, 0)) {
			(void)snprintf(number, sizeof(number), "contact/%lld", (long long)db_int(q, 0));
			key = number;
		}
		g = count(&contacts, a, key, q);
		if (g->name == NULL) {
			g->contact_id = db_int(q, 0);
			g->name = db_dup(a, q, 1);
			g->email = db_dup(a, q, 2);
			g->cc = db_dup(a, q, 6);
		}
		(void)count(&countries, a, db_text(q, 6), q);
		(void)count(&routes, a, db_is_null(q, 7) ? "" : db_text(q, 7), q);
	}
	finish(&contacts, &ret->contact, &ret->contacts);
	finish(&countries, &ret->country, &ret->countries);
	finish(&routes, &ret->route, &ret->routes);
	return db_end(q);
}

/* Flow */

struct flows {
	struct coordination_flow *list;
	struct times *settled, *first;
	size_t n;
	int64_t first_day; /* of ${business} */
	int32_t *business; /* business days from ${first_day} up to each day */
	size_t days;
};

static int64_t
day_of(int64_t at)
{
	return (at + business_tokyo.offset * CLOCK_SECOND) / CLOCK_DAY;
}

/* As business_days_between(), of many. */
static int64_t
days_between(struct flows *f, struct arena *a, int64_t from, int64_t to)
{
	int64_t x = day_of(from) - f->first_day, y = day_of(to) - f->first_day;

	if (x < 0 || y <= x)
		return 0;
	if (y > 100000)
		return 100000;
	while ((int64_t)f->days <= y) {
		f->business = arena_room(a, f->business, f->days, sizeof(*f->business));
		f->business[f->days] = (f->days == 0 ? 0 : f->business[f->days - 1]) +
		    business_is_day(&business_tokyo, f->first_day + (int64_t)f->days);
		f->days++;
	}
	return f->business[y] - f->business[x];
}

static size_t
flow_of(struct flows *f, struct arena *a, const char *category)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *have = f->list[i].category;

		if (have == category || (have != NULL && category != NULL && strcmp(have, category) == 0))
			return i;
	}
	f->list = arena_room(a, f->list, f->n, sizeof(*f->list));
	f->settled = arena_room(a, f->settled, f->n, sizeof(*f->settled));
	f->first = arena_room(a, f->first, f->n, sizeof(*f->first));
	f->list[f->n] = (struct coordination_flow){ .category = arena_dup(a, category) };
	f->settled[f->n] = f->first[f->n] = (struct times){ 0 };
	return f->n++;
}

static enum coordination_end
end_of(const char *resolution)
{
	static const char *const names[] = { [COORDINATION_NO_ACTION] = "no-action", [COORDINATION_OUT_OF_SCOPE] = "out-of-scope",
		[COORDINATION_FALSE] = "false-positive", [COORDINATION_DUPLICATE] = "duplicate" };

	for (size_t i = 1; i < COUNT(names); i++) {
		if (strcmp(names[i], resolution) == 0)
			return (enum coordination_end)i;
	}
	return COORDINATION_ENDED;
}

struct incident_row {
	int64_t created_at, notified_at, closed_at, reported_at;
	const char *resolution, *cc;
};

static size_t
bucket_of(int64_t days)
{
	const char *name = site_days_bucket(days);
	size_t i = 0;

	while (i + 1 < PHISHING_BUCKETS && strcmp(phishing_buckets[i], name) != 0)
		i++;
	return i;
}

static void
add_flow(struct flows *f, struct arena *a, size_t at, const struct incident_row *r, const char *own)
{
	struct coordination_flow *l = &f->list[at];

	l->incidents++;
	if (r->notified_at == 0) {
		l->end[r->closed_at == 0 ? COORDINATION_OPEN : end_of(r->resolution)]++;
		return;
	}
	l->notified++;
	l->to[*r->cc == '\0'		     ? PHISHING_UNKNOWN
		: strcmp(r->cc, own) == 0 ? PHISHING_DOMESTIC
					  : PHISHING_OVERSEAS]++;
	keep(&f->first[at], a, r->notified_at - (r->reported_at != 0 ? r->reported_at : r->created_at));
	if (r->closed_at == 0) {
		l->waiting++;
		return;
	}
	keep(&f->settled[at], a, r->closed_at - r->notified_at);
	l->settled.stopped++;
	l->settled.bucket[bucket_of(days_between(f, a, r->notified_at, r->closed_at))]++;
}

static int
most_incidents(const void *x, const void *y)
{
	const struct coordination_flow *p = x, *q = y;

	return p->incidents != q->incidents ? (p->incidents < q->incidents ? 1 : -1) : strcmp(p->category, q->category);
}

static enum err
load_flow(struct db *db, struct arena *a, const struct coordination_ask *ask, struct coordination *ret)
{
	struct flows f = { .first_day = day_of(ask->from) };
	AUTO(db_stmt) q = NULL;

	(void)flow_of(&f, a, NULL);
	TRY(db_query(db, &q,
	    "SELECT i.category, i.created_at, i.notified_at, i.closed_at, i.reported_at, i.resolution, "
	    "CASE WHEN i.notified_at IS NOT NULL THEN (SELECT p.cc FROM notification n JOIN party p ON p.id = n.party_id "
	    "WHERE n.incident_id = i.id AND n.sent_at IS NOT NULL ORDER BY n.sent_at, n.id LIMIT 1) END "
	    "FROM incident i WHERE i.created_at >= ?1 AND i.created_at < ?2 AND i.merged_into IS NULL "
	    "AND i.rsit <> 'test/test'",
	    DB_INT(ask->from), DB_INT(ask->until)));
	while (db_row(q)) {
		struct incident_row r = {
			.created_at = db_int(q, 1),
			.notified_at = db_int(q, 2),
			.closed_at = db_int(q, 3),
			.reported_at = db_int(q, 4),
			.resolution = db_text(q, 5),
			.cc = db_text(q, 6),
		};

		add_flow(&f, a, 0, &r, ask->country);
		add_flow(&f, a, flow_of(&f, a, db_text(q, 0)), &r, ask->country);
	}
	for (size_t i = 0; i < f.n; i++) {
		f.list[i].settled.median_ms = percentile(&f.settled[i], 50);
		f.list[i].settled.p90_ms = percentile(&f.settled[i], 90);
		f.list[i].first_ms = percentile(&f.first[i], 50);
		f.list[i].first_p90_ms = percentile(&f.first[i], 90);
	}
	if (f.n > 2)
		qsort(f.list + 1, f.n - 1, sizeof(*f.list), most_incidents);
	ret->flow = f.list;
	ret->flows = f.n;
	return db_end(q);
}

/* The directory's name of a contact; only those that are looked at. */
enum err
coordination_name(struct db *db, struct arena *a, struct coordination_asked *c)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q,
	    "SELECT o.name, o.cc, c.email FROM contact c JOIN organisation o ON o.id = c.organisation_id WHERE c.id = ?1",
	    DB_INT(c->contact_id)));
	if (db_row(q)) {
		c->name = db_dup(a, q, 0);
		c->email = db_dup(a, q, 2);
		if (!db_is_null(q, 1))
			c->cc = db_dup(a, q, 1);
	}
	return db_end(q);
}

enum err
coordination_load(struct db *db, struct arena *a, const struct coordination_ask *q, struct coordination *ret)
{
	*ret = (struct coordination){ 0 };
	TRY(load_flow(db, a, q, ret));
	return load_asked(db, a, q, ret);
}
