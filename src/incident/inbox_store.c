/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox_store.c - why a list is quick at a million reports:
 *
 * - Each filter has an index that ends in (received_at, id), so it gives its
 *   rows in the list's order. Of several filters the rarest drives and the
 *   others are checked row by row. SQLite keeps no statistics that would tell
 *   which one is rare, so we count each up to a bound (an index walk of a
 *   millisecond) and disguise the others with a unary plus. PostgreSQL knows.
 * - Totals are counted up to a bound, beyond it estimated from how dense the
 *   newest matches are. Without filters the gauges know.
 * - Words are looked up newest first and checked in pieces, so a word that is
 *   everywhere costs no more than one that is rare.
 */
#include "incident/inbox_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/ref.h"
#include "incident/report_store.h"

#define PROBE 20000	   /* rows that a filter may have and still be rare */
#define PROBE_FEW 2000	   /* the same when only a few are wanted */
#define HITS_PIECE 400	   /* matches of words checked at once */
#define HITS_LOOK 10000	   /* matches of words checked for one page */
#define HITS_LOOK_ALL 400000 /* and for all of them */

enum key { BY_NONE, BY_STATE, BY_CHANNEL, BY_PURPOSE, BY_DOOR, BY_PRIORITY, BY_QUEUE, BY_OWNER, BY_ORIGIN,
	BY_ANONYMOUS, BY_URGENT, BY_SIMILAR, BY_FILES, BY_DUE, KEYS };

/* A condition that may drive, and the same when another one does. */
static const struct {
	const char *sql, *other;
} keys[KEYS] = {
	[BY_STATE] = { " AND r.state = ?1", " AND +r.state = ?1" },
	[BY_CHANNEL] = { " AND r.channel = ?1", " AND +r.channel = ?1" },
	[BY_PURPOSE] = { " AND r.purpose = ?1", " AND +r.purpose = ?1" },
	[BY_DOOR] = { " AND r.door = ?1", " AND +r.door = ?1" },
	[BY_PRIORITY] = { " AND r.priority = ?1", " AND +r.priority = ?1" },
	[BY_QUEUE] = { " AND r.queue = ?1", " AND +r.queue = ?1" },
	[BY_OWNER] = { " AND r.owner_id = ?1", " AND +r.owner_id = ?1" },
	[BY_ORIGIN] = { " AND r.domestic = ?1", " AND +r.domestic = ?1" },
	[BY_ANONYMOUS] = { " AND r.anonymous = 1", " AND +r.anonymous = 1" },
	[BY_URGENT] = { " AND r.urgent = 1", " AND +r.urgent = 1" },
	[BY_SIMILAR] = { " AND r.alike > 0", " AND +r.alike > 0" },
	[BY_FILES] = { " AND r.id IN (SELECT f.report_id FROM attachment f WHERE f.report_id IS NOT NULL)",
	    " AND EXISTS (SELECT 1 FROM attachment f WHERE f.report_id = r.id)" },
	[BY_DUE] = { " AND r.due_at IS NOT NULL", " AND +r.due_at IS NOT NULL" },
};

struct wanted {
	struct db_arg value[KEYS]; /* DB_ARG_END = not filtered by */
	enum key driver;
	int64_t rare; /* rows that a filter may have to be tried for driving */
};

static struct db_arg
text_or_end(const char *s)
{
	return s == NULL ? DB_END : DB_TEXT(s);
}

static struct db_arg
flag(bool on)
{
	return on ? DB_NULL : DB_END; /* no parameter, but filtered by */
}

static void
want(const struct inbox_filter *f, struct wanted *ret)
{
	bool none = f->priority != NULL && strcmp(f->priority, "none") == 0;
	bool no_queue = f->queue != NULL && strcmp(f->queue, "none") == 0;

	for (size_t i = 0; i < KEYS; i++)
		ret->value[i] = DB_END;
	ret->driver = BY_NONE;
	ret->rare = PROBE;
	ret->value[BY_STATE] = text_or_end(f->state);
	ret->value[BY_CHANNEL] = text_or_end(f->channel);
	ret->value[BY_PURPOSE] = text_or_end(f->purpose);
	ret->value[BY_DOOR] = text_or_end(f->door);
	ret->value[BY_PRIORITY] = text_or_end(none ? NULL : f->priority);
	ret->value[BY_QUEUE] = text_or_end(no_queue ? NULL : f->queue);
	if (f->owner > 0)
		ret->value[BY_OWNER] = DB_INT(f->owner);
	if (f->origin != INBOX_ANYWHERE)
		ret->value[BY_ORIGIN] = DB_INT(f->origin == INBOX_DOMESTIC);
	ret->value[BY_ANONYMOUS] = flag(f->anonymous);
	ret->value[BY_URGENT] = flag(f->urgent);
	ret->value[BY_SIMILAR] = flag(f->similar);
	ret->value[BY_FILES] = flag(f->files);
	ret->value[BY_DUE] = flag(f->due != INBOX_DUE_ANY);
}

static void
add_key(struct db_sql *s, const char *sql, struct db_arg value)
{
	if (value.type == DB_ARG_NULL)
		db_sql_add_(s, sql, DB_ARGS_());
	else
		db_sql_add_(s, sql, DB_ARGS_(value));
}

/* What is no key, or narrows whichever index is walked. */
static void
add_rest(struct db_sql *s, const struct inbox_filter *f)
{
	if (f->from != 0)
		db_sql_add(s, " AND r.received_at >= ?1", DB_INT(f->from));
	if (f->to != 0)
		db_sql_add(s, " AND r.received_at < ?1", DB_INT(f->to));
	if (f->priority != NULL && strcmp(f->priority, "none") == 0)
		db_sql_add(s, " AND r.priority IS NULL");
	if (f->queue != NULL && strcmp(f->queue, "none") == 0)
		db_sql_add(s, " AND r.queue IS NULL");
	if (f->owner == INBOX_OWNER_NOBODY)
		db_sql_add(s, " AND r.owner_id IS NULL");
	if (f->due != INBOX_DUE_ANY)
		db_sql_add(s, " AND r.answered_at IS NULL");
	if (f->due_before != 0)
		db_sql_add(s, " AND r.due_at < ?1", DB_INT(f->due_before));
	report_only_visible(s, f->viewer);
}

static void
add_conditions(struct db *db, struct db_sql *s, const struct inbox_filter *f, const struct wanted *w)
{
	/* The index of what is due is led by the state. */
	if (w->driver == BY_DUE && f->state == NULL)
		db_sql_add(s, " AND r.state IN ('new', 'accepted', 'duplicate', 'declined', 'answered', 'closed')");
	for (size_t i = BY_NONE + 1; i < KEYS; i++) {
		if (w->value[i].type == DB_ARG_END)
			continue;
		bool drives = db_kind(db) != DB_SQLITE || i == w->driver ||
		    (i == BY_STATE && w->driver == BY_DUE);

		add_key(s, drives ? keys[i].sql : keys[i].other, w->value[i]);
	}
	add_rest(s, f);
}

/* Sizes that are kept: of one state or of all. */
static enum err
gauged(struct db *db, struct arena *a, const char *state, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	if (state == NULL)
		TRY(db_one(db, &q,
		    "SELECT COALESCE(SUM(n), 0) FROM gauge WHERE name IN ('report/new', 'report/accepted', "
		    "'report/duplicate', 'report/declined', 'report/answered', 'report/closed')"));
	else
		TRY(db_one(db, &q, "SELECT COALESCE(SUM(n), 0) FROM gauge WHERE name = ?1",
		    DB_TEXT(arena_printf(a, "report/%s", state))));
	*ret = db_int(q, 0);
	return OK;
}

/* The same for one who may not see all of them. */
static enum err
gauged_visible(struct db *db, struct arena *a, const struct inbox_filter *f, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	TRY(gauged(db, a, f->state, ret));
	if (incident_sees_all(f->viewer))
		return OK;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM report r WHERE r.id IN (");
	report_add_hidden(&s, f->viewer);
	db_sql_add(&s, ")");
	if (f->state != NULL)
		db_sql_add(&s, " AND r.state = ?1", DB_TEXT(f->state));
	TRY(db_query_sql(db, &q, &s));
	if (db_row(q))
		*ret -= db_int(q, 0);
	return db_end(q);
}

/* How many rows ${key} alone leaves, up to one more than is rare. That of what is due is
 * led by the state. */
static enum err
probe(struct db *db, struct arena *a, const struct inbox_filter *f, const struct wanted *w, enum key key,
    int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT COUNT(*) FROM (SELECT 1 FROM report r WHERE 1 = 1");
	add_key(&s, keys[key].sql, w->value[key]);
	if (f->from != 0)
		db_sql_add(&s, " AND r.received_at >= ?1", DB_INT(f->from));
	if (f->to != 0)
		db_sql_add(&s, " AND r.received_at < ?1", DB_INT(f->to));
	db_sql_add(&s, " LIMIT ?1) AS rare", DB_INT(w->rare + 1));
	TRY(db_query_sql(db, &q, &s));
	*ret = db_row(q) ? db_int(q, 0) : 0;
	return db_end(q);
}

static enum err
choose_driver(struct db *db, struct arena *a, const struct inbox_filter *f, struct wanted *w)
{
	int64_t least = INT64_MAX;
	size_t n = 0;

	if (db_kind(db) != DB_SQLITE)
		return OK;
	if (f->sort == INBOX_DUE) {
		w->driver = BY_DUE; /* it alone has that order */
		return OK;
	}
	for (size_t i = BY_NONE + 1; i < KEYS; i++) {
		if (w->value[i].type != DB_ARG_END) {
			w->driver = (enum key)i;
			n++;
		}
	}
	if (n < 2)
		return OK;
	for (size_t i = BY_NONE + 1; i < KEYS && least > 0; i++) {
		int64_t rows;

		if (w->value[i].type == DB_ARG_END)
			continue;
		if (i == BY_STATE)
			TRY(gauged(db, a, f->state, &rows));
		else
			TRY(probe(db, a, f, w, (enum key)i, &rows));
		if (rows <= w->rare && rows < least) {
			least = rows;
			w->driver = (enum key)i;
		}
	}
	/* None is rare: the list's own index holds most of them. */
	if (least == INT64_MAX)
		w->driver = f->state == NULL ? BY_NONE : BY_STATE;
	return OK;
}

static void
add_order(struct db_sql *s, const struct inbox_filter *f)
{
	static const char *const order[] = {
		[INBOX_NEWEST] = " ORDER BY r.received_at DESC, r.id DESC",
		[INBOX_OLDEST] = " ORDER BY r.received_at, r.id",
		[INBOX_DUE] = " ORDER BY r.due_at, r.id",
	};

	db_sql_add_(s, order[f->sort], DB_ARGS_());
}

/*
 * As common everywhere as in the days of the newest ${n}: the counts of each
 * day tell how many reports came in the same time.
 */
static enum err
estimate(struct db *db, const int64_t *id, size_t n, int64_t most, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) t = NULL;

	TRY(db_one(db, &q, "SELECT MIN(received_at), MAX(received_at) FROM report WHERE id = ?1 OR id = ?2",
	    DB_INT(id[0]), DB_INT(id[n - 1])));
	int64_t from = db_int(q, 0), to = db_int(q, 1);
	int64_t first = tally_day(from), last = tally_day(to);

	TRY(db_one(db, &t,
	    "SELECT COALESCE(SUM(CASE WHEN day BETWEEN ?1 AND ?2 THEN n ELSE 0 END), 0), COALESCE(SUM(n), 0) "
	    "FROM tally WHERE what = 'report'",
	    DB_INT(first), DB_INT(last)));
	/* Of whole days; the list may begin and end within one. */
	double days = (double)(last - first + 1), span = (double)(to - from) / (double)CLOCK_DAY;
	double same_time = (double)db_int(t, 0) * (span < days ? span : days) / days;
	double share = same_time > (double)n ? (double)n / same_time : 1;
	double guess = share * (double)db_int(t, 1);

	*ret = guess > (double)most ? most : (int64_t)guess;
	return OK;
}

/*
 * The first ${n} by due time reach from one time to another: as many a day are
 * due until the bound of the filter.
 */
static enum err
estimate_due(struct db *db, const struct inbox_filter *f, const int64_t *id, size_t n, int64_t most, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT MIN(due_at), MAX(due_at), (SELECT MAX(due_at) FROM report WHERE due_at IS NOT NULL AND "
	    "state IN ('new', 'accepted')) FROM report WHERE id = ?1 OR id = ?2",
	    DB_INT(id[0]), DB_INT(id[n - 1])));
	int64_t from = db_int(q, 0), to = db_int(q, 1), last = db_int(q, 2);

	if (f->due_before != 0 && f->due_before < last)
		last = f->due_before;
	double guess = to <= from || last <= to ? (double)n : (double)n * (double)(last - from) / (double)(to - from);

	*ret = guess > (double)most ? most : (int64_t)guess;
	return OK;
}

static enum err
read_ids(struct db *db, struct arena *a, const struct inbox_filter *f, const struct wanted *w,
    int64_t offset, size_t limit, int64_t *id, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT r.id FROM report r WHERE 1 = 1");
	add_conditions(db, &s, f, w);
	add_order(&s, f);
	db_sql_add(&s, " LIMIT ?1 OFFSET ?2", DB_INT((int64_t)limit), DB_INT(offset));
	TRY(db_query_sql(db, &q, &s));
	*ret_n = 0;
	while (*ret_n < limit && db_row(q))
		id[(*ret_n)++] = db_int(q, 0);
	return db_end(q);
}

/* A list of known length: far down it is nearer from the other end. */
static enum err
list_plain(struct db *db, struct arena *a, const struct inbox_filter *f, const struct wanted *w,
    int64_t offset, size_t limit, struct inbox_page *ret)
{
	struct inbox_filter turned = *f;

	TRY(gauged_visible(db, a, f, &ret->total));
	if (offset <= ret->total / 2 || offset >= ret->total)
		return read_ids(db, a, f, w, offset, limit, ret->id, &ret->n);
	int64_t rest = ret->total - offset;

	limit = (int64_t)limit < rest ? limit : (size_t)rest;
	turned.sort = f->sort == INBOX_NEWEST ? INBOX_OLDEST : INBOX_NEWEST;
	TRY(read_ids(db, a, &turned, w, rest - (int64_t)limit, limit, ret->id, &ret->n));
	for (size_t i = 0; i < ret->n / 2; i++) {
		int64_t other = ret->id[i];

		ret->id[i] = ret->id[ret->n - 1 - i];
		ret->id[ret->n - 1 - i] = other;
	}
	return OK;
}

/* Rows and total in one walk. */
static enum err
list_counted(struct db *db, struct arena *a, const struct inbox_filter *f, const struct wanted *w,
    int64_t offset, size_t limit, int64_t exact_to, struct inbox_page *ret)
{
	size_t most = (size_t)exact_to + 1, n;
	int64_t *id = arena_many(a, int64_t, most), all;

	TRY(read_ids(db, a, f, w, 0, most, id, &n));
	ret->total = (int64_t)n;
	ret->estimate = n == most;
	if (offset + (int64_t)limit <= (int64_t)most || n < most) {
		for (size_t i = (size_t)offset; i < n && ret->n < limit; i++)
			ret->id[ret->n++] = id[i];
	} else {
		TRY(read_ids(db, a, f, w, offset, limit, ret->id, &ret->n));
	}
	if (!ret->estimate)
		return OK;
	TRY(gauged(db, a, f->state, &all));
	if (f->sort == INBOX_DUE)
		return estimate_due(db, f, id, n, all, &ret->total);
	if (f->sort != INBOX_NEWEST) {
		struct inbox_filter newest = *f;
		struct wanted by = *w;

		newest.sort = INBOX_NEWEST;
		TRY(choose_driver(db, a, &newest, &by));
		TRY(read_ids(db, a, &newest, &by, 0, most, id, &n));
	}
	return estimate(db, id, n, all, &ret->total);
}

/* A number, an address, a disguised URL: as the index knows them. */
static struct str
search_words(struct arena *a, const char *q)
{
	struct ref ref;

	if (ref_parse(str_of(q), &ref) == OK)
		return str_of(ref_format(a, ref));
	return url_refang(a, str_of(q));
}

/* Which of ${hit} are in the filter, in their order. */
static enum err
check_hits(struct db *db, struct arena *a, const struct inbox_filter *f, const struct wanted *w,
    const int64_t *hit, size_t n, int64_t *ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	*ret_n = 0;
	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT r.id FROM report r WHERE 1 = 1");
	db_sql_ids(&s, " AND r.id IN ", hit, n);
	add_conditions(db, &s, f, w);
	db_sql_add(&s, " ORDER BY r.id DESC");
	TRY(db_query_sql(db, &q, &s));
	while (*ret_n < n && db_row(q))
		ret[(*ret_n)++] = db_int(q, 0);
	return db_end(q);
}

static enum err
list_words(struct db *db, struct arena *a, const struct inbox_filter *f, int64_t offset, size_t limit,
    int64_t exact_to, struct inbox_page *ret)
{
	struct str words = search_words(a, f->q);
	struct inbox_filter rest = *f;
	struct wanted w;
	int64_t before = 0, looked = 0, found = 0, most_looked;
	int64_t kept[HITS_PIECE], *hidden;
	size_t n_hidden;
	struct db_hits hits = { 0 };
	bool more = true;

	rest.q = NULL;
	rest.sort = INBOX_NEWEST;
	want(&rest, &w);
	ret->id = arena_many(a, int64_t, limit + 1);
	TRY(report_hidden(db, a, f->viewer, &hidden, &n_hidden));
	/* Nothing else is asked: the index counts by itself. */
	if (n_hidden == 0 && inbox_filter_is_plain(&rest) && f->state == NULL && offset == 0) {
		TRY(db_fts_search(db, a, "report", words, 0, limit, exact_to, &hits));
		*ret = (struct inbox_page){ hits.id, hits.n, hits.total, hits.estimate };
		return OK;
	}
	most_looked = exact_to == 0 ? HITS_LOOK_ALL : HITS_LOOK;
	while (more && looked < most_looked) {
		AUTO(arena) piece = arena_new();
		size_t n;

		TRY(db_fts_search(db, piece, "report", words, before, HITS_PIECE, 0, &hits));
		more = hits.n == HITS_PIECE;
		if (hits.n == 0)
			break;
		before = hits.id[hits.n - 1];
		looked += (int64_t)hits.n;
		TRY(check_hits(db, piece, &rest, &w, hits.id, hits.n, kept, &n));
		for (size_t i = 0; i < n; i++, found++) {
			if (found >= offset && ret->n < limit)
				ret->id[ret->n++] = kept[i];
		}
		if (exact_to == 0 && ret->n == limit)
			return OK;
	}
	ret->total = found;
	if (more && looked >= most_looked) {
		/* Of the rest as many are expected as of those that were looked at. */
		TRY(db_fts_search(db, a, "report", words, 0, 1, exact_to, &hits));
		ret->total = (int64_t)((double)found * (double)hits.total / (double)looked);
		ret->estimate = true;
	}
	return OK;
}

enum err
inbox_list(struct db *db, struct arena *a, const struct inbox_filter *f, int64_t offset, size_t limit,
    int64_t exact_to, struct inbox_page *ret)
{
	struct wanted w;

	*ret = (struct inbox_page){ 0 };
	if (f->q != NULL)
		return list_words(db, a, f, offset, limit, exact_to, ret);
	ret->id = arena_many(a, int64_t, limit + 1);
	want(f, &w);
	TRY(choose_driver(db, a, f, &w));
	if (inbox_filter_is_plain(f))
		return list_plain(db, a, f, &w, offset, limit, ret);
	if (exact_to > 0)
		return list_counted(db, a, f, &w, offset, limit, exact_to, ret);
	return read_ids(db, a, f, &w, offset, limit, ret->id, &ret->n);
}

enum err
inbox_count(struct db *db, struct arena *a, const struct inbox_filter *f, int64_t most, int64_t *ret)
{
	struct inbox_page p = { 0 };
	struct wanted w;

	if (f->q == NULL && inbox_filter_is_plain(f))
		return gauged_visible(db, a, f, ret);
	if (f->q != NULL) {
		TRY(inbox_list(db, a, f, 0, (size_t)most + 1, 0, &p));
	} else {
		p.id = arena_many(a, int64_t, (size_t)most + 1);
		want(f, &w);
		w.rare = PROBE_FEW;
		TRY(choose_driver(db, a, f, &w));
		TRY(read_ids(db, a, f, &w, 0, (size_t)most + 1, p.id, &p.n));
	}
	*ret = (int64_t)p.n;
	return OK;
}

static enum err
neighbour(struct arena *a, struct db_stmt *q, const char **ret)
{
	*ret = db_row(q) ? db_dup(a, q, 0) : NULL;
	return db_end(q);
}

enum err
inbox_neighbours(struct db *db, struct arena *a, const struct report *given, const struct user *viewer,
    const char **ret_newer, const char **ret_older)
{
	AUTO(db_stmt) newer = NULL;
	AUTO(db_stmt) older = NULL;
	struct db_sql s, t;

	db_sql_init(&s, a);
	db_sql_add(&s, "SELECT r.ref FROM report r WHERE r.state = 'new' AND (r.received_at, r.id) > (?1, ?2)",
	    DB_INT(given->received_at), DB_INT(given->id));
	report_only_visible(&s, viewer);
	db_sql_add(&s, " ORDER BY r.received_at, r.id LIMIT 1");
	TRY(db_query_sql(db, &newer, &s));
	TRY(neighbour(a, newer, ret_newer));
	db_sql_init(&t, a);
	db_sql_add(&t, "SELECT r.ref FROM report r WHERE r.state = 'new' AND (r.received_at, r.id) < (?1, ?2)",
	    DB_INT(given->received_at), DB_INT(given->id));
	report_only_visible(&t, viewer);
	db_sql_add(&t, " ORDER BY r.received_at DESC, r.id DESC LIMIT 1");
	TRY(db_query_sql(db, &older, &t));
	return neighbour(a, older, ret_older);
}

/* Rows come in the order of ids; the list has its own. */
enum err
inbox_rows(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct report **ret, size_t *ret_n)
{
	struct report *rows, *sorted = arena_many(a, struct report, n + 1);
	size_t have, out = 0;

	TRY(report_get_many(db, a, ids, n, &rows, &have));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < have; k++) {
			if (rows[k].id == ids[i]) {
				sorted[out++] = rows[k];
				break;
			}
		}
	}
	*ret = sorted;
	*ret_n = out;
	return OK;
}
