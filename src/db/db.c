/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_priv.h"

#define SQL_MAX ((size_t)1024 * 1024) /* our own text, never an outsider's */
#define IDS_MAX ((size_t)500)

void *
db_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		abort(); /* as in the arena: the parent restarts us */
	return p;
}

struct db_arg
db_arg_text(const char *s)
{
	if (s == NULL)
		return DB_NULL;
	return DB_STR(str_of(s));
}

struct db_arg
db_arg_filled(const char *s)
{
	return db_arg_text(s == NULL || *s == '\0' ? NULL : s);
}

size_t
db_args_count(const struct db_arg *args)
{
	size_t n = 0;

	while (args[n].type != DB_ARG_END)
		n++;
	return n;
}

/* connections */

enum err
db_open(const char *url, bool read_only, const char *lock_path, struct db **ret)
{
	struct str s = str_of(url);

	if (str_eat(&s, STR("sqlite:")) && s.n > 0)
		return db_sqlite_open(s.p, read_only, lock_path, ret);
	if (str_starts(s, STR("postgresql://")) || str_starts(s, STR("postgres://")))
		return db_postgresql_open(url, read_only, ret);
	return ERR_INVALID;
}

static void
end_all(struct db *db);

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);
	end_all(db);
	db_forget(db);
	db->ops->close(db);
	free(db);
}

enum db_kind
db_kind(const struct db *db)
{
	return db->kind;
}

const char *
db_message(const struct db *db)
{
	return db->message;
}

enum err
db_say(struct db *db, enum err e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(db->message, sizeof(db->message), format, ap); /* cut when too long */
	va_end(ap);
	return e;
}

/* An error inside a transaction: nothing more can be done in it. PostgreSQL
 * insists on it, so SQLite does the same. */
static enum err
fail(struct db *db, enum err e)
{
	if (e != OK && db->tx != DB_TX_NONE && db->failed == OK)
		db->failed = e;
	return e;
}

/* prepared statements */

static void
prepared_free(struct db *db, struct db_prepared *p)
{
	db->ops->prepared_free(db, p);
	free(p->sql);
	free(p);
}

static uint64_t
hash_of(const char *sql, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)sql[i]) * UINT64_C(1099511628211);
	return h ^ (h >> 32);
}

void
db_forget(struct db *db)
{
	for (size_t i = 0; i < DB_BUCKETS; i++)
		while (db->bucket[i] != NULL) {
			struct db_prepared *p = db->bucket[i];

			db->bucket[i] = p->next;
			prepared_free(db, p);
		}
	db->cached = 0;
}

/* Drop the one that was not used for the longest time. */
static void
forget_oldest(struct db *db)
{
	struct db_prepared **oldest = NULL;

	for (size_t i = 0; i < DB_BUCKETS; i++)
		for (struct db_prepared **p = &db->bucket[i]; *p != NULL; p = &(*p)->next)
			if (!(*p)->busy && (oldest == NULL || (*p)->used < (*oldest)->used))
				oldest = p;
	if (oldest == NULL)
		return;
	struct db_prepared *p = *oldest;

	*oldest = p->next;
	db->cached--;
	prepared_free(db, p);
}

static enum err
prepared_get(struct db *db, const char *sql, const struct db_arg *args, struct db_prepared **ret)
{
	size_t n = strlen(sql);
	uint64_t hash = hash_of(sql, n);
	struct db_prepared **bucket = &db->bucket[hash % DB_BUCKETS];

	for (struct db_prepared *p = *bucket; p != NULL; p = p->next)
		if (p->hash == hash && !p->busy && p->n == n && memcmp(p->sql, sql, n) == 0 &&
		    db->ops->fits(p, args)) {
			p->used = ++db->tick;
			*ret = p;
			return OK;
		}
	if (db->cached >= DB_CACHED)
		forget_oldest(db);

	struct db_prepared *p = db_alloc(sizeof(*p));

	p->sql = db_alloc(n + 1);
	memcpy(p->sql, sql, n);
	p->n = n;
	p->hash = hash;
	p->used = ++db->tick;
	enum err e = db->ops->prepare(db, p, args);

	if (e != OK) {
		prepared_free(db, p);
		return e;
	}
	p->next = *bucket;
	*bucket = p;
	db->cached++;
	*ret = p;
	return OK;
}

/* statements */

/* The statement goes back to the cache; the handle stays. */
static void
end(struct db_stmt *q)
{
	if (q->prepared == NULL)
		return;
	q->db->ops->finish(q);
	q->prepared->busy = false;
	q->prepared = NULL;
	q->ahead = false;
	if (q->prev != NULL)
		q->prev->next = q->next;
	else
		q->db->active = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	q->next = q->prev = NULL;
}

static void
end_all(struct db *db)
{
	while (db->active != NULL)
		end(db->active);
}

static enum err
begin(struct db *db, struct db_stmt *q, const char *sql, const struct db_arg *args, bool now)
{
	*q = (struct db_stmt){ .db = db };
	if (db->failed != OK)
		return db->failed;
	struct db_prepared *p;
	enum err e = prepared_get(db, sql, args, &p);

	if (e != OK)
		return fail(db, e);
	p->busy = true;
	q->prepared = p;
	q->next = db->active;
	if (q->next != NULL)
		q->next->prev = q;
	db->active = q;
	e = db->ops->start(q, args, now);
	if (e == OK) {
		/* The first row now, so that errors show here on both. */
		q->ahead = db_row(q);
		e = q->err;
	}
	if (e != OK) {
		end(q);
		return fail(db, e);
	}
	return OK;
}

enum err
db_query_(struct db *db, struct db_stmt **ret, const char *sql, const struct db_arg *args)
{
	struct db_stmt *q = db_alloc(sizeof(*q));
	enum err e = begin(db, q, sql, args, false);

	if (e != OK) {
		db_stmt_free(q);
		return e;
	}
	*ret = q;
	return OK;
}

enum err
db_one_(struct db *db, struct db_stmt **ret, const char *sql, const struct db_arg *args)
{
	struct db_stmt *q;

	TRY(db_query_(db, &q, sql, args));
	if (!db_row(q)) {
		enum err e = q->err;

		db_stmt_free(q);
		return e == OK ? ERR_NOT_FOUND : e;
	}
	*ret = q;
	return OK;
}

enum err
db_run_(struct db *db, const char *sql, const struct db_arg *args)
{
	struct db_stmt q;

	if (db->batch && db->ops->enqueue != NULL) {
		struct db_prepared *p;

		if (db->failed != OK)
			return db->failed;
		enum err e = prepared_get(db, sql, args, &p);

		if (e == OK)
			e = db->ops->enqueue(db, p, args);
		return fail(db, e);
	}
	TRY(begin(db, &q, sql, args, true));
	while (db_row(&q))
		;
	end(&q);
	return q.err;
}

enum err
db_insert_(struct db *db, int64_t *ret_id, const char *sql, const struct db_arg *args)
{
	struct db_stmt q;

	TRY(begin(db, &q, sql, args, true));
	if (!db_row(&q)) {
		end(&q);
		return q.err == OK ? ERR_NOT_FOUND : q.err; /* ON CONFLICT DO NOTHING */
	}
	int64_t id = db_int(&q, 0);

	while (db_row(&q))
		;
	end(&q);
	if (q.err == OK)
		*ret_id = id;
	return q.err;
}

int64_t
db_changed(const struct db *db)
{
	return db->changed;
}

bool
db_row(struct db_stmt *q)
{
	if (q->prepared == NULL)
		return false;
	if (q->ahead) {
		q->ahead = false;
		return true;
	}
	switch (q->db->ops->step(q)) {
	case DB_STEP_ROW:
		return true;
	case DB_STEP_FAILED:
		(void)fail(q->db, q->err); /* kept there */
		break;
	case DB_STEP_DONE:
		break;
	}
	end(q);
	return false;
}

enum err
db_end(struct db_stmt *q)
{
	end(q);
	return q->err;
}

void
db_stmt_free(struct db_stmt *q)
{
	if (q == NULL)
		return;
	end(q);
	free(q);
}

/* columns */

bool
db_is_null(struct db_stmt *q, int column)
{
	return q->prepared == NULL || q->db->ops->is_null(q, column);
}

int64_t
db_int(struct db_stmt *q, int column)
{
	return q->prepared == NULL ? 0 : q->db->ops->get_int(q, column);
}

double
db_real(struct db_stmt *q, int column)
{
	return q->prepared == NULL ? 0 : q->db->ops->get_real(q, column);
}

struct str
db_str(struct db_stmt *q, int column)
{
	struct str s = STR_NULL;

	if (q->prepared != NULL)
		s = q->db->ops->get_str(q, column);
	return s.p == NULL ? STR("") : s;
}

const char *
db_text(struct db_stmt *q, int column)
{
	return db_str(q, column).p; /* both back ends end it with NUL */
}

struct str
db_blob(struct db_stmt *q, int column)
{
	return db_str(q, column);
}

const char *
db_dup(struct arena *a, struct db_stmt *q, int column)
{
	struct str s = q->prepared == NULL ? STR_NULL : q->db->ops->get_str(q, column);

	return arena_dupn(a, s.p, s.n);
}

/* transactions */

static enum err
tx_begin(struct db *db, bool write)
{
	assert(db->tx == DB_TX_NONE);
	assert(!write || !db->read_only);
	end_all(db);
	db->message[0] = '\0';
	db->depth = 0;
	db->failed = OK;
	TRY(db->ops->begin(db, write));
	db->tx = write ? DB_TX_WRITE : DB_TX_READ;
	return OK;
}

enum err
db_begin_read(struct db *db)
{
	return tx_begin(db, false);
}

enum err
db_begin_write(struct db *db)
{
	return tx_begin(db, true);
}

enum err
db_commit(struct db *db)
{
	assert(db->tx != DB_TX_NONE);
	end_all(db);
	if (db->batch)
		TRY(db_batch_end(db));
	if (db->failed != OK)
		return db->failed;
	TRY(fail(db, db->ops->commit(db)));
	db->tx = DB_TX_NONE;
	return OK;
}

void
db_rollback(struct db *db)
{
	if (db->tx == DB_TX_NONE)
		return;
	end_all(db);
	if (db->batch && db_batch_end(db) != OK)
		db->batch = false; /* what failed is being undone anyway */
	db->ops->rollback(db);
	db->tx = DB_TX_NONE;
	db->failed = OK;
	db->depth = 0;
}

enum err
db_savepoint(struct db *db)
{
	assert(db->tx == DB_TX_WRITE);
	if (db->failed != OK)
		return db->failed;
	TRY(fail(db, db->ops->script(db, "SAVEPOINT step")));
	db->depth++;
	return OK;
}

enum err
db_release(struct db *db)
{
	enum err e = db->failed;

	assert(db->depth > 0);
	end_all(db);
	if (e == OK) /* what a batch queued is waited for first */
		e = fail(db, db->ops->script(db, "RELEASE SAVEPOINT step"));
	if (e == OK)
		db->depth--;
	else
		TRY(db_rollback_to(db));
	return e;
}

enum err
db_rollback_to(struct db *db)
{
	assert(db->depth > 0);
	end_all(db);
	if (db->ops->batch_end != NULL && db->ops->batch_end(db) != OK)
		db->failed = OK; /* what was queued and failed is being undone */
	TRY(db->ops->script(db, "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step"));
	db->depth--;
	db->failed = OK;
	return OK;
}

enum err
db_batch_begin(struct db *db)
{
	assert(!db->batch && db->tx == DB_TX_WRITE);
	if (db->failed != OK)
		return db->failed;
	if (db->ops->batch_begin != NULL)
		TRY(fail(db, db->ops->batch_begin(db)));
	db->batch = true;
	return OK;
}

enum err
db_batch_end(struct db *db)
{
	if (!db->batch)
		return db->failed;
	db->batch = false;
	if (db->ops->batch_end != NULL)
		TRY(fail(db, db->ops->batch_end(db)));
	return db->failed;
}

/* SQL from pieces */

/* Copy a quoted text or a comment that begins at ${s}, if one does. */
static bool
copy_quoted(struct buf *b, struct str *s)
{
	size_t n;

	if (s->p[0] == '\'' || s->p[0] == '"') {
		n = str_find_char(*s, s->p[0], 1);
		n = n == SIZE_MAX ? s->n : n + 1; /* '' is two of them */
	} else if (str_starts(*s, STR("--"))) {
		n = str_find_char(*s, '\n', 2);
		n = n == SIZE_MAX ? s->n : n;
	} else {
		return false;
	}
	buf_str(b, str_take(*s, n));
	*s = str_skip(*s, n);
	return true;
}

unsigned
db_renumber(struct buf *b, const char *sql, char mark, unsigned add)
{
	struct str s = str_of(sql);
	unsigned highest = 0;

	while (s.n > 0) {
		size_t plain = strcspn(s.p, "?'\"-/");
		uint64_t number;

		buf_add(b, s.p, plain);
		s = str_skip(s, plain);
		if (s.n == 0)
			break;
		if (copy_quoted(b, &s))
			continue;
		if (str_eat(&s, STR("?"))) {
			bool ok = str_eat_digits(&s, 1, 5, &number);

			assert(ok && number > 0); /* our own literal */
			buf_char(b, mark);
			buf_int(b, (int64_t)(number + add));
			if (number > highest)
				highest = (unsigned)number;
			continue;
		}
		buf_char(b, s.p[0]);
		s = str_skip(s, 1);
	}
	return highest;
}

void
db_sql_init(struct db_sql *s, struct arena *a)
{
	*s = (struct db_sql){ .a = a, .text = buf_new(a, SQL_MAX) };
}

static void
push(struct db_sql *s, struct db_arg arg)
{
	if (s->n + 1 >= s->size) {
		size_t size = s->size == 0 ? 16 : s->size * 2;
		struct db_arg *args = arena_many(s->a, struct db_arg, size);

		if (s->n > 0)
			memcpy(args, s->args, s->n * sizeof(*args));
		s->args = args;
		s->size = size;
	}
	s->args[s->n++] = arg;
	s->args[s->n] = DB_END;
}

void
db_sql_add_(struct db_sql *s, const char *sql, const struct db_arg *args)
{
	unsigned highest = db_renumber(s->text, sql, '?', (unsigned)s->n);
	size_t n = db_args_count(args);

	assert(highest == n); /* each parameter has its argument */
	for (size_t i = 0; i < n; i++)
		push(s, args[i]);
}

void
db_sql_ids(struct db_sql *s, const char *before, const int64_t *ids, size_t n)
{
	size_t size = 1;

	buf_text(s->text, before);
	buf_text(s->text, " (");
	if (n > IDS_MAX) {
		s->text->failed = true; /* ERR_LIMIT when it is run */
		return;
	}
	/* Few different texts, so that the prepared ones are found again: the
	 * last id is repeated up to a power of two. */
	while (size < n)
		size *= 2;
	for (size_t i = 0; n > 0 && i < size; i++) {
		buf_text(s->text, i == 0 ? "?" : ", ?");
		buf_int(s->text, (int64_t)s->n + 1);
		push(s, DB_INT(ids[i < n ? i : n - 1]));
	}
	buf_text(s->text, n == 0 ? "NULL)" : ")"); /* PostgreSQL has no () */
}

void
db_sql_join(struct db_sql *s, const struct db_sql *other)
{
	const char *text = buf_cstr(s->a, other->text);

	if (other->text->failed)
		s->text->failed = true;
	(void)db_renumber(s->text, text, '?', (unsigned)s->n); /* checked when it was added */
	for (size_t i = 0; i < other->n; i++)
		push(s, other->args[i]);
}

static const struct db_arg no_args[] = { DB_END };

enum err
db_query_sql(struct db *db, struct db_stmt **ret, const struct db_sql *s)
{
	TRY(buf_error(s->text));
	return db_query_(db, ret, buf_cstr(s->a, s->text), s->n == 0 ? no_args : s->args);
}

enum err
db_run_sql(struct db *db, const struct db_sql *s)
{
	TRY(buf_error(s->text));
	return db_run_(db, buf_cstr(s->a, s->text), s->n == 0 ? no_args : s->args);
}
