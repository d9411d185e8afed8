/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/numbers_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/tally_store.h"

#define CATEGORIES 64 /* more than both vocabularies have */

static struct numbers_category *
category(struct arena *a, struct numbers *r, const char *key)
{
	for (size_t i = 0; i < r->categories; i++) {
		if (strcmp(r->category[i].key, key) == 0)
			return &r->category[i];
	}
	if (r->categories == CATEGORIES)
		return &r->category[CATEGORIES - 1];

	struct numbers_category *c = &r->category[r->categories++];

	c->key = arena_dup(a, key);
	c->n = arena_many(a, int64_t, r->periods);
	return c;
}

static int
most_first(const void *x, const void *y)
{
	const struct numbers_category *a = x, *b = y;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->key, b->key);
}

static void
narrow(struct db_sql *s, const char *only, enum numbers_origin origin)
{
	if (only != NULL)
		db_sql_add(s, " AND category = ?1", DB_TEXT(only));
	if (origin != NUMBERS_ALL)
		db_sql_add(s, " AND domestic = ?1", DB_INT(origin == NUMBERS_DOMESTIC));
}

static const char *
counter(struct arena *a, const char *what, bool months)
{
	return months ? arena_printf(a, "%s/month", what) : what;
}

enum err
numbers_load(struct db *db, struct arena *a, const struct numbers_ask *ask, struct numbers *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;
	size_t at = 0;

	*ret = (struct numbers){
		.periods = ask->n,
		.domestic = arena_many(a, int64_t, ask->n),
		.overseas = arena_many(a, int64_t, ask->n),
		.all = arena_many(a, int64_t, ask->n),
		.category = arena_many(a, struct numbers_category, CATEGORIES),
	};
	db_sql_init(&s, a);
	db_sql_add(&s,
	    "SELECT day, category, domestic, n FROM tally WHERE what = ?1 AND day >= ?2 AND day < ?3",
	    DB_TEXT(counter(a, ask->what, ask->months)), DB_INT(ask->start[0]), DB_INT(ask->start[ask->n]));
	narrow(&s, ask->category, ask->origin);
	db_sql_add(&s, " ORDER BY what, day");
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q)) {
		int64_t day = db_int(q, 0), n = db_int(q, 3);
		bool domestic = db_int(q, 2) != 0;
		struct numbers_category *c = category(a, ret, db_text(q, 1));

		while (at + 1 < ask->n && day >= ask->start[at + 1])
			at++;
		(domestic ? ret->domestic : ret->overseas)[at] += n;
		*(domestic ? &ret->total_domestic : &ret->total_overseas) += n;
		ret->all[at] += n;
		ret->total += n;
		c->n[at] += n;
		c->total += n;
	}
	TRY(db_end(q));
	qsort(ret->category, ret->categories, sizeof(*ret->category), most_first);
	/* What was counted and moved elsewhere leaves rows of nothing. */
	while (ret->categories > 0 && ret->category[ret->categories - 1].total == 0)
		ret->categories--;
	return OK;
}

static enum err
sum(struct db *db, struct arena *a, const char *what, int64_t from, int64_t until, const char *only,
    enum numbers_origin origin, int64_t *add)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	if (from >= until)
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM tally WHERE what = ?1 AND day >= ?2 AND day < ?3",
	    DB_TEXT(what), DB_INT(from), DB_INT(until));
	narrow(&s, only, origin);
	TRY(db_query_sql(db, &q, &s));
	*add += db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

enum err
numbers_sum(struct db *db, const char *what, int64_t from, int64_t until, const char *only,
    enum numbers_origin origin, int64_t *ret)
{
	AUTO(arena) a = arena_new();
	/* Whole months, and the days before and after them. */
	int64_t first = tally_month(from) == from ? from : tally_month(tally_month(from) + 31);
	int64_t last = tally_month(until);

	*ret = 0;
	if (first >= last)
		return sum(db, a, what, from, until, only, origin, ret);
	TRY(sum(db, a, what, from, first, only, origin, ret));
	TRY(sum(db, a, counter(a, what, true), first, last, only, origin, ret));
	return sum(db, a, what, last, until, only, origin, ret);
}

enum err
numbers_first_day(struct db *db, int64_t *ret)
{
	static const char *const counters[] = { "report", "incident", "coordinated" };
	bool any = false;

	/* One look into the index for each. */
	for (size_t i = 0; i < COUNT(counters); i++) {
		AUTO(db_stmt) q = NULL;

		TRY(db_query(db, &q, "SELECT day FROM tally WHERE what = ?1 ORDER BY day LIMIT 1",
		    DB_TEXT(counters[i])));
		if (db_row(q) && (!any || db_int(q, 0) < *ret)) {
			*ret = db_int(q, 0);
			any = true;
		}
		TRY(db_end(q));
	}
	return any ? OK : ERR_NOT_FOUND;
}

enum err
numbers_gauge(struct db *db, const char *name, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT n FROM gauge WHERE name = ?1", DB_TEXT(name)));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}
