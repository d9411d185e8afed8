/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics/recount_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "incident/category.h"
#include "incident/tally_store.h"
#include "journal/journal.h"
#include "text/value.h"

/* One row of tally (day, category, domestic) or of gauge (only the name). */
struct count {
	const char *name;     /* "report" …, or the gauge's name */
	bool gauge, domestic;
	int64_t day;
	const char *category; /* "" for a gauge */
	int64_t kept, counted;
};
struct counts {
	struct arena *a;
	struct count *slot; /* open addressing; name NULL is free */
	size_t n, size;
};

static size_t
hash(const struct count *c)
{
	uint64_t h = UINT64_C(1469598103934665603) ^ (uint64_t)c->day ^ (c->domestic ? 7U << 20 : 0);

	for (const char *p = c->name; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	for (const char *p = c->category; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 29);
}

static bool
same(const struct count *x, const struct count *y)
{
	return x->gauge == y->gauge && x->domestic == y->domestic && x->day == y->day &&
	    strcmp(x->name, y->name) == 0 && strcmp(x->category, y->category) == 0;
}

static struct count *
place(struct count *slot, size_t size, const struct count *c)
{
	size_t at = hash(c) & (size - 1);

	while (slot[at].name != NULL && !same(&slot[at], c))
		at = (at + 1) & (size - 1);
	return &slot[at];
}

static void
grow(struct counts *all)
{
	size_t size = all->size == 0 ? 1024 : all->size * 2;
	struct count *slot = arena_many(all->a, struct count, size);

	for (size_t i = 0; i < all->size; i++) {
		if (all->slot[i].name != NULL)
			*place(slot, size, &all->slot[i]) = all->slot[i];
	}
	all->slot = slot;
	all->size = size;
}

static struct count *
find(struct counts *all, struct count c)
{
	if (all->n * 2 >= all->size)
		grow(all);

	struct count *at = place(all->slot, all->size, &c);

	if (at->name == NULL) {
		c.name = arena_dup(all->a, c.name);
		c.category = arena_dup(all->a, c.category);
		*at = c;
		all->n++;
	}
	return at;
}

static void
add_tally(struct counts *all, const char *what, int64_t at, const char *category, bool domestic)
{
	int64_t day = tally_day(at);

	find(all, (struct count){ .name = what, .day = day, .category = category, .domestic = domestic })->counted++;
	find(all,
	    (struct count){
		.name = arena_printf(all->a, "%s/month", what),
		.day = tally_month(day),
		.category = category,
		.domestic = domestic,
	    })
	    ->counted++;
}

static void
add_gauge(struct counts *all, const char *kind, const char *state)
{
	find(all,
	    (struct count){ .name = arena_printf(all->a, "%s/%s", kind, state), .gauge = true, .category = "" })
	    ->counted++;
}

#define PAGE 5000

static enum err
count_reports(struct db *db, struct counts *all)
{
	int64_t last = 0;

	for (size_t n = PAGE; n == PAGE;) {
		AUTO(db_stmt) q = NULL;

		n = 0;
		TRY(db_query(db, &q,
		    "SELECT id, received_at, door, domestic, state FROM report WHERE id > ?1 ORDER BY id LIMIT 5000",
		    DB_INT(last)));
		for (; db_row(q); n++) {
			last = db_int(q, 0);
			add_tally(all, "report", db_int(q, 1), db_text(q, 2), db_int(q, 3) != 0);
			add_gauge(all, "report", db_text(q, 4));
		}
		TRY(db_end(q));
	}
	return OK;
}

static enum err
count_incidents(struct db *db, struct counts *all)
{
	int64_t last = 0;

	for (size_t n = PAGE; n == PAGE;) {
		AUTO(db_stmt) q = NULL;

		n = 0;
		TRY(db_query(db, &q,
		    "SELECT id, created_at, notified_at, closed_at, category, domestic, state, rsit, merged_into "
		    "FROM incident WHERE id > ?1 ORDER BY id LIMIT 5000",
		    DB_INT(last)));
		for (; db_row(q); n++) {
			const struct category *c = category_find(db_text(q, 7));
			bool domestic = db_int(q, 5) != 0;

			last = db_int(q, 0);
			if (!db_is_null(q, 8))
				continue;
			add_gauge(all, "incident", db_text(q, 6));
			if (c != NULL && !c->counted)
				continue;
			add_tally(all, "incident", db_int(q, 1), db_text(q, 4), domestic);
			if (!db_is_null(q, 2))
				add_tally(all, "coordinated", db_int(q, 2), db_text(q, 4), domestic);
			if (!db_is_null(q, 3))
				add_tally(all, "closed", db_int(q, 3), db_text(q, 4), domestic);
		}
		TRY(db_end(q));
	}
	return OK;
}

/* Rows of other names are somebody else's and left alone. */
static enum err
read_kept(struct db *db, struct counts *all)
{
	AUTO(db_stmt) t = NULL;
	AUTO(db_stmt) g = NULL;

	TRY(db_query(db, &t,
	    "SELECT what, day, category, domestic, n FROM tally WHERE what IN "
	    "('report', 'incident', 'coordinated', 'closed', "
	    "'report/month', 'incident/month', 'coordinated/month', 'closed/month')"));
	while (db_row(t))
		find(all,
		    (struct count){
			.name = db_text(t, 0),
			.day = db_int(t, 1),
			.category = db_text(t, 2),
			.domestic = db_int(t, 3) != 0,
		    })
		    ->kept = db_int(t, 4);
	TRY(db_end(t));
	TRY(db_query(db, &g,
	    "SELECT name, n FROM gauge WHERE SUBSTR(name, 1, 7) = 'report/' OR SUBSTR(name, 1, 9) = 'incident/'"));
	while (db_row(g))
		find(all, (struct count){ .name = db_text(g, 0), .gauge = true, .category = "" })->kept =
		    db_int(g, 1);
	return db_end(g);
}

static const char *
name_of(struct arena *a, const struct count *c)
{
	if (c->gauge)
		return c->name;
	struct civil d = clock_day_civil(c->day);

	return arena_printf(a, "%s/%04d-%02d-%02d/%s/%s", c->name, d.year, d.month, d.day, c->category,
	    c->domestic ? "domestic" : "overseas");
}

static int
by_name(const void *x, const void *y)
{
	const struct count *const *a = x, *const *b = y;
	int order = strcmp((*a)->name, (*b)->name);

	if (order != 0)
		return order;
	if ((*a)->day != (*b)->day)
		return (*a)->day < (*b)->day ? -1 : 1;
	order = strcmp((*a)->category, (*b)->category);
	return order != 0 ? order : (int)(*a)->domestic - (int)(*b)->domestic;
}

#define SHOWN 100

static enum err
compare(struct db *db, struct arena *a, struct counts *all, struct value *out,
    const struct count ***ret, size_t *ret_n)
{
	const struct count **wrong;
	size_t n = 0;

	all->a = a;
	grow(all);
	TRY(count_reports(db, all));
	TRY(count_incidents(db, all));
	TRY(read_kept(db, all));
	wrong = arena_many(a, const struct count *, all->n + 1);
	for (size_t i = 0; i < all->size; i++) {
		if (all->slot[i].name != NULL && all->slot[i].kept != all->slot[i].counted)
			wrong[n++] = &all->slot[i];
	}
	qsort(wrong, n, sizeof(*wrong), by_name);
	value_set_int(a, out, "rows", (int64_t)all->n);
	value_set_int(a, out, "differences", (int64_t)n);

	struct value *items = value_set_list(a, out, "items");

	for (size_t i = 0; i < n && i < SHOWN; i++) {
		struct value *o = value_add_object(a, items);

		value_set_text(a, o, "name", name_of(a, wrong[i]));
		value_set_int(a, o, "kept", wrong[i]->kept);
		value_set_int(a, o, "counted", wrong[i]->counted);
	}
	*ret = wrong;
	*ret_n = n;
	return OK;
}

enum err
recount_check(struct db *db, struct arena *a, struct value *out, int64_t *ret_differences)
{
	struct counts all = { 0 };
	const struct count **wrong;
	size_t n;

	TRY(compare(db, a, &all, out, &wrong, &n));
	*ret_differences = (int64_t)n;
	return OK;
}

static enum err
put_right(struct db *db, const struct count *c)
{
	if (c->gauge)
		return db_run(db,
		    "INSERT INTO gauge (name, n) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET n = excluded.n",
		    DB_TEXT(c->name), DB_INT(c->counted));
	return db_run(db,
	    "INSERT INTO tally (what, day, category, domestic, n) VALUES (?1, ?2, ?3, ?4, ?5) "
	    "ON CONFLICT (what, day, category, domestic) DO UPDATE SET n = excluded.n",
	    DB_TEXT(c->name), DB_INT(c->day), DB_TEXT(c->category), DB_INT(c->domestic),
	    DB_INT(c->counted));
}

enum err
recount_rebuild(struct db *db, struct arena *a, int64_t now, struct value *out, int64_t *ret_differences)
{
	struct counts all = { 0 };
	const struct count **wrong;
	size_t n;

	TRY(compare(db, a, &all, out, &wrong, &n));
	*ret_differences = (int64_t)n;
	for (size_t i = 0; i < n; i++)
		TRY(put_right(db, wrong[i]));
	if (n == 0)
		return OK;
	/* Counts are shown to others: a correction of them is on record. */
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = now,
		.actor_name = "system",
		.action = "statistics.rebuild",
		.object = "statistics",
		.payload = out,
	    });
}
