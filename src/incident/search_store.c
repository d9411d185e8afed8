/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/search_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/extract.h"
#include "incident/incident_store.h"
#include "incident/ref.h"
#include "incident/report_store.h"

struct list {
	struct search_hit *hit;
	size_t n, size;
	int64_t total;
	bool estimate;
};

static void
add(struct list *l, struct search_hit h)
{
	if (l->n < l->size)
		l->hit[l->n++] = h;
}

static enum err
add_reports(struct db *db, struct arena *a, const struct user *u, const int64_t *id, size_t n, struct list *l)
{
	for (size_t at = 0; at < n; at += 500) {
		AUTO(db_stmt) q = NULL;
		struct db_sql s;

		db_sql_init(&s, a);
		db_sql_add(&s, "SELECT r.id, r.ref, r.title, r.state, r.received_at FROM report r WHERE 1 = 1");
		db_sql_ids(&s, " AND r.id IN ", id + at, n - at < 500 ? n - at : 500);
		report_only_visible(&s, u);
		TRY(db_query_sql(db, &q, &s));
		while (db_row(q))
			add(l, (struct search_hit){ SEARCH_REPORT, db_int(q, 0), db_dup(a, q, 1), db_dup(a, q, 2),
				   db_dup(a, q, 3), db_int(q, 4), false });
		TRY(db_end(q));
	}
	return OK;
}

/* ${s} has selected i.id; the rows come, counted up to the bound. */
static enum err
add_incidents(struct db *db, struct arena *a, const struct db_sql *which, const struct user *u, size_t most,
    int64_t exact_to, struct list *l)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) c = NULL;
	struct db_sql s, n;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT i.id, i.ref, i.title, i.state, i.created_at FROM incident i WHERE 1 = 1");
	db_sql_join(&s, which);
	incident_only_visible(&s, u);
	db_sql_add(&s, " ORDER BY i.id DESC LIMIT ?1", DB_INT((int64_t)most));
	TRY(db_query_sql(db, &q, &s));
	while (db_row(q))
		add(l, (struct search_hit){ SEARCH_INCIDENT, db_int(q, 0), db_dup(a, q, 1), db_dup(a, q, 2),
			   db_dup(a, q, 3), db_int(q, 4), false });
	TRY(db_end(q));
	db_sql_init(&n, a);
	db_sql_add(&n, "SELECT COUNT(*) FROM (SELECT 1 FROM incident i WHERE 1 = 1");
	db_sql_join(&n, which);
	incident_only_visible(&n, u);
	db_sql_add(&n, " LIMIT ?1) AS x", DB_INT(exact_to + 1));
	TRY(db_query_sql(db, &c, &n));
	if (db_row(c)) {
		l->total += db_int(c, 0);
		l->estimate = l->estimate || db_int(c, 0) > exact_to;
	}
	return db_end(c);
}

#define LETTERS_LOOK ((size_t)500) /* letters whose reader is checked, at the least */

/* Letters that came later than their report, and ours. */
static enum err
add_letters(struct db *db, struct arena *a, const struct user *u, const int64_t *id, size_t n, struct list *l)
{
	for (size_t at = 0; at < n; at += 500) {
		AUTO(db_stmt) q = NULL;
		struct db_sql s;

		db_sql_init(&s, a);
		db_sql_add(&s,
		    "SELECT m.id, COALESCE(i.ref, r.ref, ''), COALESCE(m.subject, ''), m.state, m.received_at, "
		    "CASE WHEN i.id IS NULL THEN 0 ELSE 1 END FROM message m LEFT JOIN incident i ON i.id = m.incident_id "
		    "LEFT JOIN report r ON r.id = m.report_id WHERE (i.id IS NOT NULL OR r.id IS NOT NULL)");
		db_sql_ids(&s, " AND m.id IN ", id + at, n - at < 500 ? n - at : 500);
		incident_only_visible(&s, u);
		report_only_visible(&s, u);
		TRY(db_query_sql(db, &q, &s));
		while (db_row(q))
			add(l, (struct search_hit){ SEARCH_LETTER, db_int(q, 0), db_dup(a, q, 1), db_dup(a, q, 2),
				   db_dup(a, q, 3), db_int(q, 4), db_int(q, 5) != 0 });
		TRY(db_end(q));
	}
	return OK;
}

static enum err
find_number(struct db *db, struct arena *a, const struct user *u, struct ref ref, struct list *l)
{
	struct str name = str_of(ref_format(a, ref));
	struct incident i;
	struct report r;
	bool visible;

	if (ref.kind == REF_REPORT) {
		enum err e = report_by_ref(db, a, name, &r);

		if (e == OK)
			e = report_visible(db, r.id, u, &visible);
		if (e == OK && visible)
			add(l, (struct search_hit){ SEARCH_REPORT, r.id, r.ref, r.title, r.state, r.received_at, false });
		return e == ERR_NOT_FOUND ? OK : e;
	}
	enum err e = ref.kind == REF_INCIDENT ? incident_by_ref(db, a, name, &i) : ERR_NOT_FOUND;

	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	TRY(incident_visible(db, &i, u, &visible));
	if (visible)
		add(l, (struct search_hit){ SEARCH_INCIDENT, i.id, i.ref, i.title, i.state, i.created_at, false });
	return OK;
}

/* The whole of ${q} is one address, hash or number of a vulnerability. */
static enum err
indicator(struct db *db, struct arena *a, const char *q, int64_t *ret)
{
	const struct extract_found *found;
	AUTO(db_stmt) st = NULL;
	struct str s = str_trim(url_refang(a, str_of(q)));
	size_t n;

	*ret = 0;
	TRY(extract_find(a, s, &found, &n));
	if (n == 0 || found[0].at != 0 || found[0].n != s.n)
		return OK;
	TRY(db_query(db, &st, "SELECT id FROM observable WHERE type = ?1 AND value = ?2",
	    DB_TEXT(extract_type_name(found[0].type)), DB_STR(found[0].value)));
	if (db_row(st))
		*ret = db_int(st, 0);
	return db_end(st);
}

static enum err
find_indicator(struct db *db, struct arena *a, const struct user *u, int64_t observable, size_t most,
    int64_t exact_to, struct list *l)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) c = NULL;
	int64_t *id = arena_many(a, int64_t, most);
	struct db_sql which, rows, count;
	size_t n = 0;

	db_sql_init(&rows, a);
	db_sql_add(&rows, "SELECT r.id FROM (SELECT report_id AS id FROM report_observable WHERE observable_id = ?1) AS r WHERE 1 = 1",
	    DB_INT(observable));
	report_only_visible(&rows, u);
	db_sql_init(&count, a);
	db_sql_add(&count, "SELECT COUNT(*) FROM (");
	db_sql_join(&count, &rows);
	db_sql_add(&count, " LIMIT ?1) AS x", DB_INT(exact_to + 1));
	db_sql_add(&rows, " ORDER BY r.id DESC LIMIT ?1", DB_INT((int64_t)most));
	TRY(db_query_sql(db, &q, &rows));
	while (n < most && db_row(q))
		id[n++] = db_int(q, 0);
	TRY(db_end(q));
	TRY(add_reports(db, a, u, id, n, l));
	TRY(db_query_sql(db, &c, &count));
	if (!db_row(c))
		return ERR_IO;
	l->total += db_int(c, 0);
	l->estimate = db_int(c, 0) > exact_to;
	db_sql_init(&which, a);
	db_sql_add(&which, " AND i.id IN (SELECT incident_id FROM incident_observable WHERE observable_id = ?1)",
	    DB_INT(observable));
	return add_incidents(db, a, &which, u, most, exact_to, l);
}

static int
by_id(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* How many of ${hits} are among ${hidden}; they go. */
static int64_t
leave_out(struct db_hits *hits, const int64_t *hidden, size_t n_hidden)
{
	int64_t out = 0;
	size_t kept = 0;

	for (size_t i = 0; i < hits->n; i++) {
		if (n_hidden > 0 && bsearch(&hits->id[i], hidden, n_hidden, sizeof(*hidden), by_id) != NULL)
			out++;
		else
			hits->id[kept++] = hits->id[i];
	}
	hits->n = kept;
	return out;
}

static enum err
find_words(struct db *db, struct arena *a, const struct user *u, const char *q, size_t most, int64_t exact_to,
    struct list *l)
{
	struct str words = url_refang(a, str_of(q));
	struct db_hits hits = { 0 };
	struct db_sql which;
	int64_t *hidden;
	size_t n_hidden;

	TRY(report_hidden(db, a, u, &hidden, &n_hidden));
	enum err e = db_fts_search(db, a, "report", words, 0, n_hidden == 0 ? most : (size_t)exact_to + most, exact_to, &hits);

	if (e == ERR_INVALID)
		return OK; /* nothing searchable */
	TRY(e);
	/* What may not be seen counts nowhere: else a total would tell which words
	 * stand in it. */
	l->total += hits.total - leave_out(&hits, hidden, n_hidden);
	l->estimate = l->estimate || hits.estimate;
	TRY(add_reports(db, a, u, hits.id, hits.n < most ? hits.n : most, l));
	db_sql_init(&which, a);
	TRY(db_fts_match(db, &which, "incident", " AND i.id", words));
	TRY(add_incidents(db, a, &which, u, most, exact_to, l));
	hits = (struct db_hits){ 0 };
	TRY(db_fts_search(db, a, "message", words, 0, most > LETTERS_LOOK ? most : LETTERS_LOOK, exact_to, &hits));
	size_t before = l->n;

	TRY(add_letters(db, a, u, hits.id, hits.n, l));
	/* Of those that are looked at, however few are shown, what may not be seen
	 * does not count: else a total would tell what stands in restricted ones. */
	l->total += hits.total - (int64_t)(hits.n - (l->n - before));
	l->estimate = l->estimate || hits.estimate;
	return OK;
}

static int
newer(const void *x, const void *y)
{
	const struct search_hit *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? 1 : -1;
	if (a->kind != b->kind)
		return a->kind == SEARCH_INCIDENT ? -1 : b->kind == SEARCH_INCIDENT ? 1 : (int)a->kind - (int)b->kind;
	return a->id < b->id ? 1 : a->id > b->id ? -1 : 0;
}

enum err
search_find(struct db *db, struct arena *a, const struct user *user, const char *q, int64_t offset,
    size_t limit, int64_t exact_to, struct search_result *ret)
{
	size_t most = (size_t)offset + limit;
	struct list l = { .size = 3 * most + LETTERS_LOOK + 1 };
	int64_t observable = 0;
	struct ref ref;

	*ret = (struct search_result){ 0 };
	if (offset < 0 || offset > SEARCH_DEEP)
		return OK;
	l.hit = arena_many(a, struct search_hit, l.size);
	if (ref_parse(str_trim(str_of(q)), &ref) == OK) {
		TRY(find_number(db, a, user, ref, &l));
		l.total = (int64_t)l.n;
		ret->exact = true;
	}
	if (l.n == 0)
		TRY(indicator(db, a, q, &observable));
	if (observable != 0) {
		TRY(find_indicator(db, a, user, observable, most, exact_to, &l));
		ret->exact = true;
	} else if (l.n == 0) {
		ret->exact = false;
		TRY(find_words(db, a, user, q, most, exact_to, &l));
	}
	qsort(l.hit, l.n, sizeof(l.hit[0]), newer);
	ret->hit = l.hit + ((size_t)offset < l.n ? (size_t)offset : l.n);
	ret->n = l.n > (size_t)offset ? l.n - (size_t)offset : 0;
	ret->n = ret->n < limit ? ret->n : limit;
	ret->total = l.total;
	ret->estimate = l.estimate;
	return OK;
}
