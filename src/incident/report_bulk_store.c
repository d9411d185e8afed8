/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/report_bulk_store.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/url.h"
#include "base/zone.h"
#include "db/db.h"
#include "incident/report_store.h"
#include "incident/tally_store.h"
#include "incident/rule_store.h"
#include "incident/watch_store.h"
#include "text/value.h"

struct row {
	const struct report_bulk_row *in;
	const char *ref;
	struct str text;
	int64_t id;
	size_t observable[2]; /* places in ${seen} */
	size_t observables;
};

struct seen { /* an observable, once */
	const char *type;
	struct str value;
	int64_t n, id;
};

struct bulk {
	struct db *db;
	struct arena *a;
	int64_t now;
	struct row row[REPORT_BULK_MAX];
	size_t rows;
	struct seen seen[2 * REPORT_BULK_MAX];
	size_t seens;
};

/* Rows that are not there yet, each once. */
static enum err
choose(struct bulk *b, const struct report_bulk_row *rows, size_t n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;
	bool known[REPORT_BULK_MAX] = { false };

	db_sql_init(&s, b->a);
	db_sql_add(&s, "SELECT import_key FROM report WHERE import_key IN (NULL");
	for (size_t i = 0; i < n; i++)
		db_sql_add(&s, ", ?1", DB_TEXT(rows[i].import_key));
	db_sql_add(&s, ")");
	TRY(db_query_sql(b->db, &q, &s));
	while (db_row(q)) {
		for (size_t i = 0; i < n; i++)
			known[i] = known[i] || strcmp(rows[i].import_key, db_text(q, 0)) == 0;
	}
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			known[i] = known[i] || strcmp(rows[i].import_key, rows[k].import_key) == 0;
		if (!known[i])
			b->row[b->rows++] = (struct row){ .in = &rows[i] };
	}
	return OK;
}

/* Runs of the same year take their numbers together. */
static enum err
number(struct bulk *b)
{
	for (size_t i = 0, end; i < b->rows; i = end) {
		AUTO(db_stmt) q = NULL;
		int32_t year = zone_civil(zone_tokyo(), b->row[i].in->received_at).year;

		for (end = i + 1; end < b->rows; end++) {
			if (zone_civil(zone_tokyo(), b->row[end].in->received_at).year != year)
				break;
		}
		TRY(db_one(b->db, &q,
		    "INSERT INTO counter (kind, year, value) VALUES ('RPT', ?1, ?2) "
		    "ON CONFLICT (kind, year) DO UPDATE SET value = counter.value + excluded.value RETURNING value",
		    DB_INT(year), DB_INT((int64_t)(end - i))));
		int64_t first = db_int(q, 0) - (int64_t)(end - i) + 1;

		for (size_t k = i; k < end; k++)
			b->row[k].ref = arena_printf(b->a, "RPT-%d-%06lld", year, (long long)(first + (int64_t)(k - i)));
	}
	return OK;
}

static enum err
insert(struct bulk *b)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;
	size_t at = 0;

	db_sql_init(&s, b->a);
	db_sql_add(&s,
	    "INSERT INTO report (ref, received_at, channel, purpose, door, title, details, lang, domestic, "
	    "tlp, import_key, brand, updated_at) VALUES ");
	for (size_t i = 0; i < b->rows; i++) {
		struct row *r = &b->row[i];
		struct value *details = value_object(b->a);

		value_set_str(b->a, details, "url", r->in->url);
		if (i > 0)
			db_sql_add(&s, ", ");
		db_sql_add(&s,
		    "(?1, ?2, 'import', 'information', 'phishing', ?3, ?4, 'ja', 1, 'CLEAR', ?5, ?6, ?7)",
		    DB_TEXT(r->ref), DB_INT(r->in->received_at), DB_TEXT(r->in->title),
		    DB_TEXT(value_json_text(b->a, details)), DB_TEXT(r->in->import_key), DB_TEXT(r->in->brand),
		    DB_INT(b->now));
	}
	db_sql_add(&s, " RETURNING id, ref");
	TRY(db_query_sql(b->db, &q, &s));
	/* They come back in this order, though nobody promises it. */
	for (size_t n = 0; db_row(q); n++) {
		for (size_t i = 0; i < b->rows; i++, at++) {
			if (strcmp(b->row[at % b->rows].ref, db_text(q, 1)) == 0)
				break;
		}
		b->row[at % b->rows].id = db_int(q, 0);
	}
	return db_end(q);
}

static void
note(struct bulk *b, struct row *r, const char *type, struct str value)
{
	size_t i = 0;

	while (i < b->seens && (strcmp(b->seen[i].type, type) != 0 || !str_equal(b->seen[i].value, value)))
		i++;
	if (i == b->seens)
		b->seen[b->seens++] = (struct seen){ .type = type, .value = value };
	b->seen[i].n++;
	r->observable[r->observables++] = i;
}

/* The URL and its host. What cannot be parsed stays a URL as it was written. */
static void
look_at(struct bulk *b, struct row *r)
{
	struct str s = url_refang(b->a, r->in->url), host;
	struct url u;
	struct ip ip;

	if (url_parse(b->a, s, &u) != OK) {
		note(b, r, "url", s);
		return;
	}
	note(b, r, "url", str_of(url_format(b->a, &u)));
	if (ip_parse(u.host, &ip) == OK)
		note(b, r, ip.v == 6 ? "ipv6" : "ipv4", u.host);
	else if (url_host(b->a, u.host, &host) == OK)
		note(b, r, "host", host);
}

static enum err
observables(struct bulk *b)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s, links;

	for (size_t i = 0; i < b->rows; i++)
		look_at(b, &b->row[i]);
	db_sql_init(&s, b->a);
	db_sql_add(&s, "INSERT INTO observable (type, value, seen) VALUES ");
	for (size_t i = 0; i < b->seens; i++) {
		if (i > 0)
			db_sql_add(&s, ", ");
		db_sql_add(&s, "(?1, ?2, ?3)", DB_TEXT(b->seen[i].type), DB_STR(b->seen[i].value),
		    DB_INT(b->seen[i].n));
	}
	db_sql_add(&s,
	    " ON CONFLICT (type, value) DO UPDATE SET seen = observable.seen + excluded.seen "
	    "RETURNING id, type, value");
	TRY(db_query_sql(b->db, &q, &s));
	for (size_t at = 0; db_row(q); at++) {
		for (size_t i = 0; i < b->seens; i++, at++) {
			struct seen *o = &b->seen[at % b->seens];

			if (strcmp(o->type, db_text(q, 1)) == 0 && str_equal(o->value, db_str(q, 2))) {
				o->id = db_int(q, 0);
				break;
			}
		}
	}
	TRY(db_end(q));
	db_sql_init(&links, b->a);
	db_sql_add(&links, "INSERT INTO report_observable (report_id, observable_id) VALUES ");
	for (size_t i = 0; i < b->rows; i++) {
		for (size_t k = 0; k < b->row[i].observables; k++) {
			if (i + k > 0)
				db_sql_add(&links, ", ");
			db_sql_add(&links, "(?1, ?2)", DB_INT(b->row[i].id),
			    DB_INT(b->seen[b->row[i].observable[k]].id));
		}
	}
	return db_run_sql(b->db, &links);
}

static enum err
index_all(struct bulk *b)
{
	TRY(db_batch_begin(b->db));
	for (size_t i = 0; i < b->rows; i++) {
		const struct report_bulk_row *in = b->row[i].in;

		/* The same text as report_text() makes of such a report. */
		TRY(report_index(b->db, b->a, b->row[i].id,
		    (const char *const[6]){ b->row[i].ref, in->title, NULL, NULL, NULL, in->brand },
		    str_of(arena_printf(b->a, "%.*s\n%s\n", STR_F(in->url), in->brand == NULL ? "" : in->brand))));
	}
	return db_batch_end(b->db);
}

static enum err
count(struct bulk *b)
{
	for (size_t i = 0, end; i < b->rows; i = end) {
		int64_t day = tally_day(b->row[i].in->received_at);

		for (end = i + 1; end < b->rows && tally_day(b->row[end].in->received_at) == day;)
			end++;
		TRY(tally_add(b->db, "report", day, "phishing", true, (int64_t)(end - i)));
	}
	return gauge_add(b->db, b->a, "report", "new", (int64_t)b->rows);
}

/* Watched values: of each only the first row of the lot tells, a list of ten
 * thousand of a brand must not be ten thousand notices. */
static enum err
watched(struct bulk *b)
{
	struct watch_seen *met = NULL;
	size_t mets = 0;
	bool any;

	TRY(watch_any(b->db, &any));
	for (size_t i = 0; any && i < b->rows; i++) {
		const struct extract_found *found;
		struct watch_seen *seen;
		size_t n, seens, fresh = 0;

		TRY(extract_find(b->a, b->row[i].in->url, &found, &n));
		seen = watch_seen_of(b->a, found, n, b->row[i].in->brand, NULL, &seens);
		for (size_t k = 0; k < seens; k++) {
			size_t j = 0;

			while (j < mets && (!str_equal(met[j].value, seen[k].value) || strcmp(met[j].kind, seen[k].kind) != 0))
				j++;
			if (j < mets)
				continue;
			met = arena_room(b->a, met, mets, sizeof(*met));
			met[mets++] = seen[k];
			seen[fresh++] = seen[k];
		}
		TRY(watch_meet(b->db, NULL, b->a, "report", b->row[i].id, seen, fresh, b->now));
	}
	return OK;
}

/* Rules look at the rows of a list too. */
static enum err
route(struct bulk *b)
{
	struct rule *rules;
	size_t live;

	TRY(rule_live(b->db, b->a, &rules, &live));
	if (live == 0)
		return OK;
	for (size_t i = 0; i < b->rows; i++) {
		const struct report_bulk_row *in = b->row[i].in;
		const struct extract_found *found;
		struct rule_facts f = { .channel = "import", .purpose = "information", .door = "phishing", .lang = "ja",
			.brand = in->brand, .domestic = true, .size = (int64_t)in->url.n };
		size_t n;

		TRY(extract_find(b->a, in->url, &found, &n));
		f.text = str_of(arena_printf(b->a, "%s\n%.*s", in->title, STR_F(in->url)));
		rule_facts_of(b->a, found, n, in->received_at, rule_zone(b->db, b->a), &f);
		TRY(rule_route(b->db, b->a, rules, live, b->row[i].id, &f, b->now));
	}
	return OK;
}

enum err
report_bulk_add(struct db *db, struct arena *a, const struct report_bulk_row *rows, size_t n, int64_t now,
    size_t *ret_added)
{
	struct bulk *b = arena_one(a, struct bulk);

	assert(n <= REPORT_BULK_MAX);
	b->db = db;
	b->a = a;
	b->now = now;
	TRY(choose(b, rows, n));
	*ret_added = b->rows;
	if (b->rows == 0)
		return OK;
	TRY(number(b));
	TRY(insert(b));
	TRY(observables(b));
	TRY(index_all(b));
	TRY(watched(b));
	TRY(count(b));
	return route(b);
}
