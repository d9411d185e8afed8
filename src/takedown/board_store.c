/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/board_store.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"

#define PIECE 5000 /* rows a statement */

static struct board_site
read_site(struct db_stmt *q)
{
	return (struct board_site){
		.id = db_int(q, 0),
		.incident_id = db_int(q, 2),
		.brand_id = db_int(q, 3),
		.owner_id = db_int(q, 4),
		.asn = db_int(q, 5),
		.url = db_text(q, 6),
		.host = db_text(q, 7),
		.domain = db_text(q, 8),
		.tld = db_text(q, 9),
		.cc = db_text(q, 10),
		.as_name = db_text(q, 11),
		.state = db_text(q, 12),
		.route = db_text(q, 13),
		.origin = db_text(q, 14),
		.sector = db_text(q, 15),
		.result = db_text(q, 16),
		.http_status = db_int(q, 17),
		.reported_at = db_int(q, 18),
		.notified_at = db_int(q, 19),
		.checked_at = db_int(q, 20),
		.stopped_at = db_int(q, 21),
		.days = db_int(q, 22),
		.reopened = db_int(q, 23),
		.removed = !db_is_null(q, 24),
		.contact_id = db_int(q, 25),
	};
}

/* Up to PIECE changed sites. ${*ret_more}: there may be others. */
static enum err
refresh_some(struct board *b, struct db *db, bool *ret_more)
{
	AUTO(db_stmt) q = NULL;
	int64_t id, change = board_change(b, &id);
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT id, change, incident_id, brand_id, owner_id, asn, url, host, domain, tld, cc, as_name, state, "
	    "route, origin, sector, result, http_status, reported_at, notified_at, checked_at, stopped_at, days, "
	    "reopened, removed_at, contact_id FROM site WHERE (change, id) > (?1, ?2) ORDER BY change, id LIMIT 5000",
	    DB_INT(change), DB_INT(id)));
	board_begin(b);
	while (db_row(q)) {
		struct board_site s = read_site(q);

		change = db_int(q, 1);
		id = s.id;
		board_put(b, &s);
		n++;
	}
	board_end(b, change, id);
	*ret_more = n == PIECE;
	return db_end(q);
}

/* Names are few and may change without their sites. */
static enum err
refresh_names(struct board *b, struct db *db)
{
	AUTO(db_stmt) brands = NULL;
	AUTO(db_stmt) people = NULL;
	int64_t id, change = board_change(b, &id);
	enum err e = OK;

	TRY(db_query(db, &brands, "SELECT id, name FROM brand"));
	TRY(db_query(db, &people, "SELECT id, name FROM person"));
	board_begin(b);
	while (db_row(brands))
		board_put_name(b, BOARD_BRAND, db_int(brands, 0), db_text(brands, 1));
	while (db_row(people))
		board_put_name(b, BOARD_PERSON, db_int(people, 0), db_text(people, 1));
	board_end(b, change, id);
	e = db_end(brands);
	return e == OK ? db_end(people) : e;
}

enum err
board_refresh(struct board *b, struct db *db)
{
	bool more = true;

	while (more)
		TRY(refresh_some(b, db, &more));
	return refresh_names(b, db);
}

static struct board *shared;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t refreshing = PTHREAD_MUTEX_INITIALIZER;

static void
make_shared(void)
{
	shared = board_new();
}

enum err
board_shared(struct db *db, struct board **ret)
{
	enum err e;

	(void)pthread_once(&once, make_shared);
	(void)pthread_mutex_lock(&refreshing);
	e = board_refresh(shared, db);
	(void)pthread_mutex_unlock(&refreshing);
	*ret = shared;
	return e;
}

enum err
board_hidden(struct db *db, struct arena *a, const struct user *u, struct board_hidden *ret)
{
	AUTO(db_stmt) q = NULL;
	int64_t *list = NULL;
	struct db_sql s;

	*ret = (struct board_hidden){ 0 };
	if (incident_sees_all(u))
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT x.id FROM (");
	incident_add_hidden(&s, u);
	db_sql_add(&s, ") AS x ORDER BY x.id");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		list = arena_room(a, list, ret->n, sizeof(*list));
		list[ret->n++] = db_int(q, 0);
	}
	ret->id = list;
	return db_end(q);
}

static void
read_line(struct db_stmt *q, struct arena *a, struct board_line *ret)
{
	*ret = (struct board_line){
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
			.brand_id = db_int(q, 10),
			.brand = db_dup(a, q, 11),
			.origin = db_dup(a, q, 12),
			.sector = db_dup(a, q, 13),
			.route = db_dup(a, q, 14),
			.step = db_int(q, 15),
			.state = db_dup(a, q, 16),
			.reported_at = db_int(q, 17),
			.notified_at = db_int(q, 18),
			.checked_at = db_int(q, 19),
			.result = db_dup(a, q, 20),
			.http_status = db_int(q, 21),
			.gone_since = db_int(q, 22),
			.stopped_at = db_int(q, 23),
			.stopped_by = db_dup(a, q, 24),
			.days = db_int(q, 25),
			.reopened_at = db_int(q, 26),
			.reopened = db_int(q, 27),
			.next_check_at = db_int(q, 28),
			.owner_id = db_int(q, 29),
			.contact_id = db_int(q, 30),
			.version = db_int(q, 31),
		},
		.incident_ref = db_dup(a, q, 32),
		.incident_title = db_dup(a, q, 33),
		.owner = db_dup(a, q, 34),
		.contact = db_dup(a, q, 35),
		.organisation = db_dup(a, q, 36),
		.asked = db_int(q, 37),
		.answered = db_int(q, 38),
	};
}

/* At most 500 of them, in no order. */
static enum err
read_lines(struct db *db, struct arena *a, const int64_t *ids, size_t n, const struct user *u, struct board_line **ret,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT s.id, s.incident_id, s.url, s.host, s.domain, s.tld, s.address, s.cc, s.asn, s.as_name, s.brand_id, "
	    "b.name, s.origin, s.sector, s.route, s.step, s.state, s.reported_at, s.notified_at, s.checked_at, "
	    "s.result, s.http_status, s.gone_since, s.stopped_at, s.stopped_by, s.days, s.reopened_at, s.reopened, "
	    "s.next_check_at, s.owner_id, s.contact_id, s.version, i.ref, i.title, p.name, "
	    "COALESCE(c.email, c.phone, c.url), o.name, "
	    "(SELECT COUNT(*) FROM notification_site n WHERE n.site_id = s.id), "
	    "(SELECT COUNT(*) FROM notification_site n WHERE n.site_id = s.id AND n.answer IS NOT NULL) "
	    "FROM site s JOIN incident i ON i.id = s.incident_id LEFT JOIN brand b ON b.id = s.brand_id "
	    "LEFT JOIN person p ON p.id = s.owner_id LEFT JOIN contact c ON c.id = s.contact_id "
	    "LEFT JOIN organisation o ON o.id = c.organisation_id WHERE s.removed_at IS NULL");
	db_sql_ids(&s, " AND s.id IN ", ids, n);
	incident_only_visible(&s, u);
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_line(q, a, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
board_lines(struct db *db, struct arena *a, const int64_t *ids, size_t n, const struct user *u, struct board_line **ret,
    size_t *ret_n)
{
	*ret = arena_many(a, struct board_line, n + 1);
	*ret_n = 0;
	for (size_t at = 0; at < n; at += 500) {
		size_t some = n - at < 500 ? n - at : 500, found = 0;
		struct board_line *line = NULL;

		TRY(read_lines(db, a, ids + at, some, u, &line, &found));
		for (size_t i = 0; i < some; i++) {
			for (size_t k = 0; k < found; k++) {
				if (line[k].site.id == ids[at + i]) {
					(*ret)[(*ret_n)++] = line[k];
					break;
				}
			}
		}
	}
	return OK;
}

enum err
board_of_incident(struct db *db, struct arena *a, int64_t incident, int limit, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT id FROM site WHERE incident_id = ?1 AND removed_at IS NULL ORDER BY id LIMIT ?2",
	    DB_INT(incident), DB_INT(limit)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = db_int(q, 0);
	}
	return db_end(q);
}
