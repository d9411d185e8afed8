/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/similar_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/simhash.h"

#define CANDIDATES 200
#define REASONS 6	/* shown of one */
#define NEAR_TEXT 6	/* differing bits of 64 */
#define NEAR_LOOK 5000	/* newest reports that are compared */
#define NETWORKS 3	/* /24 that are looked up */
#define TEXTS 10	/* reports of the incident whose words are compared */

static const struct {
	const char *kind;
	int score; /* how much it says that the matter is the same */
} weights[] = {
	{ "sha256", 8 }, { "sha1", 8 }, { "md5", 8 }, { "kit", 8 }, { "url", 8 }, { "host", 6 }, { "email", 5 },
	{ "domain", 4 }, { "ipv4", 4 }, { "ipv6", 4 }, { "text", 4 }, { "network", 2 }, { "sender", 2 }, { "asn", 1 },
	{ "cve", 1 },
};

struct candidate {
	int64_t id, at;
	const char *ref, *title, *state;
	struct {
		const char *kind, *value;
	} why[REASONS];
	size_t whys;
	int score;
};
struct search {
	struct db *db;
	struct arena *a;
	const struct user *viewer;
	int64_t incident;
	struct candidate *list;
	size_t n;
};

static int
weight(const char *kind)
{
	for (size_t i = 0; i < COUNT(weights); i++) {
		if (strcmp(weights[i].kind, kind) == 0)
			return weights[i].score;
	}
	return 1;
}

/* Columns: id, ref, title, state, created_at, kind, value; ${kind} NULL reads it. */
static void
take(struct search *s, struct db_stmt *q, const char *kind, const char *value)
{
	struct candidate *c = NULL;
	int64_t id = db_int(q, 0);

	for (size_t i = 0; i < s->n && c == NULL; i++)
		c = s->list[i].id == id ? &s->list[i] : NULL;
	if (c == NULL) {
		if (s->n == CANDIDATES)
			return;
		c = &s->list[s->n++];
		*c = (struct candidate){ .id = id, .ref = db_dup(s->a, q, 1), .title = db_dup(s->a, q, 2),
			.state = db_dup(s->a, q, 3), .at = db_int(q, 4) };
	}
	kind = kind == NULL ? db_dup(s->a, q, 5) : kind;
	value = value == NULL ? db_dup(s->a, q, 6) : value;
	for (size_t i = 0; i < c->whys; i++) {
		/* a host says more than the domain that it is in */
		if (strcmp(c->why[i].kind, kind) == 0 && strcmp(c->why[i].value, value) == 0)
			return;
	}
	c->score += weight(kind);
	if (c->whys == REASONS)
		return;
	c->why[c->whys].kind = kind;
	c->why[c->whys++].value = value;
}

static enum err
run(struct search *s, struct db_sql *sql, const char *kind)
{
	AUTO(db_stmt) q = NULL;

	incident_only_visible(sql, s->viewer);
	db_sql_add(sql, " ORDER BY i.id DESC LIMIT 300");
	TRY(db_query_sql(s->db, &q, sql));
	while (db_row(q))
		take(s, q, kind, NULL);
	return db_end(q);
}

#define COLUMNS "SELECT i.id, i.ref, i.title, i.state, i.created_at, "

/* The same indicators. One that stands in hundreds of incidents says nothing. */
static enum err
same_indicators(struct search *s)
{
	struct db_sql sql;

	db_sql_init(&sql, s->a);
	db_sql_add(&sql,
	    COLUMNS "s.type, s.value FROM ("
		    "SELECT o.id, o.type, o.value FROM incident_observable io JOIN observable o ON o.id = io.observable_id "
		    "AND o.ignored = 0 AND (SELECT COUNT(*) FROM (SELECT 1 AS one FROM incident_observable x "
		    "WHERE x.observable_id = o.id LIMIT 201) AS y) BETWEEN 2 AND 200 "
		    "WHERE io.incident_id = ?1 ORDER BY io.confirmed DESC, o.id LIMIT 200) AS s "
		    "JOIN incident_observable other ON other.observable_id = s.id AND other.incident_id <> ?1 "
		    "JOIN incident i ON i.id = other.incident_id WHERE i.merged_into IS NULL",
	    DB_INT(s->incident));
	return run(s, &sql, NULL);
}

static enum err
same_sites(struct search *s)
{
	struct db_sql domain, kit;

	db_sql_init(&domain, s->a);
	db_sql_add(&domain,
	    COLUMNS "'', d.domain FROM (SELECT DISTINCT domain FROM site WHERE incident_id = ?1 AND removed_at IS NULL LIMIT 50) AS d "
		    "JOIN site t ON t.domain = d.domain AND t.incident_id <> ?1 AND t.removed_at IS NULL "
		    "JOIN incident i ON i.id = t.incident_id WHERE i.merged_into IS NULL",
	    DB_INT(s->incident));
	TRY(run(s, &domain, "domain"));
	db_sql_init(&kit, s->a);
	db_sql_add(&kit,
	    COLUMNS "'', d.page_hash FROM (SELECT DISTINCT page_hash FROM site WHERE incident_id = ?1 AND page_hash IS NOT NULL LIMIT 50) AS d "
		    "JOIN site t ON t.page_hash = d.page_hash AND t.incident_id <> ?1 "
		    "JOIN incident i ON i.id = t.incident_id WHERE i.merged_into IS NULL",
	    DB_INT(s->incident));
	return run(s, &kit, "kit");
}

/* "192.0.2" of an address. */
static struct str
network(struct str address)
{
	for (size_t i = address.n; i > 0; i--) {
		if (address.p[i - 1] == '.')
			return str_take(address, i - 1);
	}
	return STR_NULL;
}

/* The 256 addresses of a /24 by the index of values: text has no ranges that two
 * databases order alike. */
static enum err
same_network(struct search *s, struct str net)
{
	struct db_sql sql;

	db_sql_init(&sql, s->a);
	db_sql_add(&sql,
	    COLUMNS "'', ?2 FROM observable o JOIN incident_observable io ON io.observable_id = o.id AND io.incident_id <> ?1 "
		    "JOIN incident i ON i.id = io.incident_id WHERE i.merged_into IS NULL AND o.type = 'ipv4' AND o.value IN (NULL",
	    DB_INT(s->incident), DB_TEXT(arena_printf(s->a, "%.*s.0/24", STR_F(net))));
	for (int i = 0; i < 256; i++)
		db_sql_add(&sql, ", ?1", DB_TEXT(arena_printf(s->a, "%.*s.%d", STR_F(net), i)));
	db_sql_add(&sql, ")");
	return run(s, &sql, "network");
}

static enum err
same_networks(struct search *s)
{
	AUTO(db_stmt) q = NULL;
	struct str net[NETWORKS];
	size_t n = 0;

	TRY(db_query(s->db, &q,
	    "SELECT o.value FROM incident_observable io JOIN observable o ON o.id = io.observable_id "
	    "WHERE io.incident_id = ?1 AND o.type = 'ipv4' AND o.ignored = 0 ORDER BY io.confirmed DESC, o.id LIMIT 20",
	    DB_INT(s->incident)));
	while (n < NETWORKS && db_row(q)) {
		struct str one = network(str_of(db_dup(s->a, q, 0)));
		bool known = one.n == 0;

		for (size_t i = 0; i < n; i++)
			known = known || str_equal(net[i], one);
		if (!known)
			net[n++] = one;
	}
	TRY(n == NETWORKS ? OK : db_end(q));
	for (size_t i = 0; i < n; i++)
		TRY(same_network(s, net[i]));
	return OK;
}

static enum err
same_sender(struct search *s)
{
	struct db_sql sql;

	db_sql_init(&sql, s->a);
	db_sql_add(&sql,
	    COLUMNS "'', d.reporter_email FROM (SELECT DISTINCT m.reporter_email FROM report_incident mi "
		    "JOIN report m ON m.id = mi.report_id WHERE mi.incident_id = ?1 AND m.reporter_email IS NOT NULL LIMIT 10) AS d "
		    "JOIN report t ON t.reporter_email = d.reporter_email "
		    "JOIN report_incident ti ON ti.report_id = t.id AND ti.incident_id <> ?1 "
		    "JOIN incident i ON i.id = ti.incident_id WHERE i.merged_into IS NULL",
	    DB_INT(s->incident));
	return run(s, &sql, "sender");
}

static enum err
near_text(struct search *s)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) all = NULL;
	uint64_t mine[TEXTS];
	struct db_sql sql;
	size_t n = 0;

	TRY(db_query(s->db, &q,
	    "SELECT r.simhash FROM report_incident ri JOIN report r ON r.id = ri.report_id "
	    "WHERE ri.incident_id = ?1 AND r.simhash <> 0 ORDER BY r.id DESC LIMIT 10",
	    DB_INT(s->incident)));
	while (n < TEXTS && db_row(q))
		mine[n++] = (uint64_t)db_int(q, 0);
	TRY(n == TEXTS ? OK : db_end(q));
	if (n == 0)
		return OK;
	db_sql_init(&sql, s->a);
	/* CROSS JOIN: SQLite keeps that order, so that the many reports that are in
	 * no incident are not looked at. */
	db_sql_add(&sql,
	    COLUMNS "'', r.simhash FROM report_incident ri CROSS JOIN report r CROSS JOIN incident i "
		    "WHERE r.id = ri.report_id AND i.id = ri.incident_id AND ri.incident_id <> ?1 AND i.merged_into IS NULL "
		    "AND r.simhash <> 0 AND ri.report_id > (SELECT COALESCE(MAX(id), 0) FROM report) - ?2",
	    DB_INT(s->incident), DB_INT(NEAR_LOOK));
	incident_only_visible(&sql, s->viewer);
	TRY(db_query_sql(s->db, &all, &sql));
	while (db_row(all)) {
		int best = 65;

		for (size_t i = 0; i < n; i++) {
			int bits = simhash_distance(mine[i], (uint64_t)db_int(all, 6));

			best = bits < best ? bits : best;
		}
		if (best <= NEAR_TEXT)
			take(s, all, "text", arena_printf(s->a, "%d %%", 100 - best * 100 / 64));
	}
	return db_end(all);
}

static int
by_score(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a->id < b->id) - (a->id > b->id);
}

enum err
similar_incidents(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, size_t limit,
    struct value *list)
{
	struct search s = { .db = db, .a = a, .viewer = viewer, .incident = incident,
		.list = arena_many(a, struct candidate, CANDIDATES) };

	TRY(same_indicators(&s));
	TRY(same_sites(&s));
	TRY(same_networks(&s));
	TRY(same_sender(&s));
	TRY(near_text(&s));
	if (s.n > 0)
		qsort(s.list, s.n, sizeof(*s.list), by_score);
	for (size_t i = 0; i < s.n && i < limit; i++) {
		const struct candidate *c = &s.list[i];
		struct value *o = value_add_object(a, list);

		value_set_text(a, o, "ref", c->ref);
		value_set_text(a, o, "title", c->title);
		value_set_text(a, o, "state", c->state);
		value_set_int(a, o, "at", c->at);
		value_set_int(a, o, "score", c->score);
		struct value *why = value_set_list(a, o, "why");

		for (size_t k = 0; k < c->whys; k++) {
			struct value *reason = value_add_object(a, why);

			value_set_text(a, reason, "kind", c->why[k].kind);
			value_set_text(a, reason, "value", c->why[k].value);
			value_set_text(a, reason, "@shown", url_defang(a, str_of(c->why[k].value)));
		}
	}
	return OK;
}
