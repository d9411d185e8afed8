/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_postgresql.c - the PostgreSQL back end, through libpq.
 *
 * Arguments and results go in binary form.  A parameter's type is its first
 * argument's; the same text with other types is prepared again, and where the
 * first argument was NULL the server says what it took.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "db/db_priv.h"

/* pg_type.dat; libpq has no header for them. */
enum {
	TYPE_BOOL = 16,
	TYPE_BYTEA = 17,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25,
	TYPE_OID = 26,
	TYPE_FLOAT4 = 700,
	TYPE_FLOAT8 = 701,
	TYPE_NUMERIC = 1700,
};

#define SQL_MAX ((size_t)1024 * 1024)
/* A pipeline is emptied at these sizes: libpq blocks when both ends only write. */
#define QUEUE_MAX ((size_t)500)
#define QUEUE_BYTES_MAX ((size_t)4 * 1024 * 1024)
/* "tobi": the advisory lock that all writers of a database take. */
#define BEGIN_WRITE                                                                                \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"                                         \
	" SELECT pg_advisory_xact_lock(1953456745)"
#define BEGIN_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
/* lock_timeout is DB_LOCK_SECONDS. A process that hangs must not keep the lock. */
#define SET_UP                                                                                     \
	"SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;"                      \
	" SET lock_timeout = 15000; SET idle_in_transaction_session_timeout = 300000;"             \
	" SET jit = off; SET default_transaction_read_only = "

struct pg_prepared {
	char name[24];
	char *once; /* SQL that is planned each time, else NULL */
	size_t n;
	Oid type[]; /* of each parameter */
};

struct pg_params {
	size_t size;
	const char **value;
	int *length, *format;
	unsigned char (*number)[8];
};

struct db_postgresql {
	struct db db;
	PGconn *c;
	char *url;
	uint64_t serial; /* of statement names */
	struct pg_params params;
	size_t queued, queued_bytes;
};

static struct db_postgresql *
of(struct db *db)
{
	return (struct db_postgresql *)db;
}

/* errors */

static enum err
from_state(const char *state)
{
	static const struct {
		const char *prefix;
		enum err err;
	} rules[] = { /* PostgreSQL 15, appendix A; the first that fits */
		{ "23505", ERR_EXISTS },
		{ "23", ERR_CONFLICT },
		{ "40", ERR_CONFLICT },
		{ "55P03", ERR_UNAVAILABLE },
		{ "08", ERR_UNAVAILABLE },
		{ "53", ERR_UNAVAILABLE },
		{ "57", ERR_UNAVAILABLE },
		{ "58030", ERR_UNAVAILABLE },
		{ "25P03", ERR_UNAVAILABLE },
		{ "22021", ERR_INVALID },
		{ "54", ERR_LIMIT },
	};

	for (size_t i = 0; i < COUNT(rules); i++)
		if (str_starts(str_of(state), str_of(rules[i].prefix)))
			return rules[i].err;
	return ERR_IO;
}

static enum err
translate(struct db *db, const PGresult *r)
{
	PGconn *c = of(db)->c;
	const char *state = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = r == NULL ? NULL : PQresultErrorMessage(r);

	if (text == NULL || text[0] == '\0')
		text = PQerrorMessage(c);
	struct str message = str_trim(str_of(text));

	(void)db_say(db, OK, "PostgreSQL: %.*s", STR_F(message));
	if (PQstatus(c) == CONNECTION_BAD)
		return ERR_UNAVAILABLE;
	return state == NULL ? ERR_IO : from_state(state);
}

static bool
good(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* OK, or what ${r} says; takes ${r}. */
static enum err
settle(struct db *db, PGresult *r)
{
	enum err e = good(r) ? OK : translate(db, r);

	PQclear(r);
	return e;
}

/* pipeline */

/* Wait for all that was queued. */
static enum err
drain(struct db_postgresql *p)
{
	enum err e = OK;
	bool synced = false;

	if (p->queued == 0)
		return OK;
	p->queued = p->queued_bytes = 0;
	if (PQpipelineSync(p->c) != 1)
		return translate(&p->db, NULL);
	while (!synced) {
		PGresult *r = PQgetResult(p->c);

		if (r == NULL) { /* between two statements */
			if (PQstatus(p->c) == CONNECTION_BAD)
				return e != OK ? e : translate(&p->db, NULL);
			continue;
		}
		if (PQresultStatus(r) == PGRES_PIPELINE_SYNC)
			synced = true;
		else if (e == OK && !good(r))
			e = translate(&p->db, r);
		PQclear(r);
	}
	return e;
}

/* Before anything that waits for its own answer. */
static enum err
leave_pipeline(struct db_postgresql *p)
{
	if (PQpipelineStatus(p->c) == PQ_PIPELINE_OFF)
		return OK;
	enum err e = drain(p);

	if (PQexitPipelineMode(p->c) != 1 && e == OK)
		e = translate(&p->db, NULL);
	return e;
}

/* connection */

static void
notice(void *object, const PGresult *r)
{
	(void)object;
	(void)r; /* "already exists, skipping": nobody reads it */
}

static enum err
pg_script(struct db *db, const char *sql)
{
	TRY(leave_pipeline(of(db)));
	return settle(db, PQexec(of(db)->c, sql));
}

static enum err
connect_server(struct db_postgresql *p)
{
	static const char *const keys[] = { "fallback_application_name", "connect_timeout", "gssencmode",
		"dbname", NULL };
	const char *const values[] = { "tobiguchi", "10", "disable", p->url, NULL };

	db_forget(&p->db);
	PQfinish(p->c);
	p->queued = p->queued_bytes = 0;
	p->c = PQconnectdbParams(keys, values, 1);
	if (PQstatus(p->c) != CONNECTION_OK)
		return translate(&p->db, NULL);
	if (PQserverVersion(p->c) < 150000)
		return db_say(&p->db, ERR_INVALID, "PostgreSQL 15 or newer is needed, this is %d",
		    PQserverVersion(p->c) / 10000);
	(void)PQsetNoticeReceiver(p->c, notice, NULL);
	return pg_script(&p->db, p->db.read_only ? SET_UP "on" : SET_UP "off");
}

static void
params_free(struct pg_params *m)
{
	free(m->value);
	free(m->length);
	free(m->format);
	free(m->number);
	*m = (struct pg_params){ 0 };
}

static void
url_free(struct db_postgresql *p)
{
	free(p->url);
	p->url = NULL;
}

static void
pg_close(struct db *db)
{
	PQfinish(of(db)->c);
	params_free(&of(db)->params);
	url_free(of(db));
}

/* transactions */

static enum err
pg_begin(struct db *db, bool write)
{
	struct db_postgresql *p = of(db);
	const char *sql = write ? BEGIN_WRITE : BEGIN_READ;

	if (PQstatus(p->c) == CONNECTION_BAD)
		TRY(connect_server(p));
	enum err e = pg_script(db, sql);

	if (e != OK && PQstatus(p->c) == CONNECTION_BAD) {
		/* The server was restarted while we slept; nothing was begun. */
		TRY(connect_server(p));
		e = pg_script(db, sql);
	}
	if (e != OK && PQtransactionStatus(p->c) != PQTRANS_IDLE)
		PQclear(PQexec(p->c, "ROLLBACK"));
	return e;
}

static enum err
pg_commit(struct db *db)
{
	TRY(leave_pipeline(of(db)));
	PGresult *r = PQexec(of(db)->c, "COMMIT");

	/* COMMIT of a failed transaction succeeds, and says "ROLLBACK". */
	if (good(r) && strcmp(PQcmdStatus(r), "COMMIT") != 0) {
		PQclear(r);
		return db_say(db, ERR_CONFLICT, "PostgreSQL rolled the transaction back");
	}
	return settle(db, r);
}

static void
pg_rollback(struct db *db)
{
	PGconn *c = of(db)->c;

	if (leave_pipeline(of(db)) != OK && PQstatus(c) == CONNECTION_BAD)
		return; /* the server rolled back when we were gone */
	if (PQstatus(c) == CONNECTION_OK && PQtransactionStatus(c) != PQTRANS_IDLE)
		PQclear(PQexec(c, "ROLLBACK"));
}

/* statements */

static Oid
type_of(const struct db_arg *arg)
{
	switch (arg->type) {
	case DB_ARG_INT:
		return TYPE_INT8;
	case DB_ARG_REAL:
		return TYPE_FLOAT8;
	case DB_ARG_TEXT:
		return TYPE_TEXT;
	case DB_ARG_BLOB:
		return TYPE_BYTEA;
	case DB_ARG_NULL:
	case DB_ARG_END:
		break;
	}
	return 0; /* the server infers it */
}

static bool
pg_fits(const struct db_prepared *p, const struct db_arg *args)
{
	const struct pg_prepared *h = p->handle;

	for (size_t i = 0; args[i].type != DB_ARG_END; i++)
		if (i >= h->n || (args[i].type != DB_ARG_NULL && type_of(&args[i]) != h->type[i]))
			return false;
	return true;
}

/* What the server took for the parameters that we left open. */
static enum err
learn_types(struct db *db, struct pg_prepared *h)
{
	PGresult *r = PQdescribePrepared(of(db)->c, h->name);

	for (size_t i = 0; good(r) && i < h->n; i++)
		h->type[i] = PQparamtype(r, (int)i);
	return settle(db, r);
}

/* The number of the parameter that ${r} complains of, or 0. */
static size_t
unclear(const PGresult *r)
{
	struct str state = str_of(PQresultErrorField(r, PG_DIAG_SQLSTATE));
	struct str s = str_of(PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
	uint64_t number = 0;

	if (!str_is(state, "42P18") && !str_is(state, "42P08"))
		return 0;
	/* "could not determine data type of parameter $3", in any language */
	s = str_skip(s, str_find_char(s, '$', 0));
	if (!str_eat(&s, STR("$")) || !str_eat_digits(&s, 1, 5, &number))
		return 0;
	return (size_t)number;
}

/*
 * Prepare with some types left open, for NULLs. "?1 IS NULL OR x = ?1" is not
 * clear to the server: then try one type after another; as the value is NULL
 * any type that parses is right. Each try may fail the transaction, so it has
 * a savepoint.
 */
static enum err
prepare_open(struct db *db, struct pg_prepared *h, const char *sql)
{
	static const Oid guesses[] = { TYPE_TEXT, TYPE_INT8, TYPE_FLOAT8, TYPE_BYTEA };
	bool inside = PQtransactionStatus(of(db)->c) == PQTRANS_INTRANS;
	size_t guess = COUNT(guesses), at = 0;

	for (;;) {
		if (inside)
			TRY(pg_script(db, "SAVEPOINT guess"));
		PGresult *r = PQprepare(of(db)->c, h->name, sql, (int)h->n, h->type);
		size_t next = good(r) ? 0 : unclear(r);
		bool done = good(r);
		enum err e = settle(db, r);

		if (inside)
			TRY(pg_script(db, done ? "RELEASE SAVEPOINT guess"
					       : "ROLLBACK TO SAVEPOINT guess; RELEASE SAVEPOINT guess"));
		if (done)
			return OK;
		if (next > 0 && next <= h->n && h->type[next - 1] == 0) {
			at = next;
			guess = 0;
		} else if (++guess >= COUNT(guesses)) {
			return e;
		}
		h->type[at - 1] = guesses[guess];
	}
}

static enum err
pg_prepare(struct db *db, struct db_prepared *p, const struct db_arg *args)
{
	AUTO(arena) a = arena_new();
	struct buf *text = buf_new(a, SQL_MAX);
	size_t n = db_args_count(args);
	bool open = false;

	if (db_renumber(text, p->sql, '$', 0) != n)
		return db_say(db, ERR_INVALID, "%zu arguments for: %s", n, p->sql);
	TRY(buf_error(text));
	const char *sql = buf_cstr(a, text);
	struct pg_prepared *h = db_alloc(sizeof(*h) + n * sizeof(Oid));

	p->handle = h;
	h->n = n;
	(void)snprintf(h->name, sizeof(h->name), "q%llu", (unsigned long long)++of(db)->serial);
	for (size_t i = 0; i < n; i++) {
		h->type[i] = type_of(&args[i]);
		open = open || h->type[i] == 0;
	}
	TRY(leave_pipeline(of(db)));
	/* How rare a word is decides the plan, so full-text queries have one
	 * for each query. */
	if (!open && str_find(str_of(sql), STR("tsquery"), 0) != SIZE_MAX) {
		h->name[0] = '\0';
		h->once = db_alloc(text->n + 1);
		memcpy(h->once, sql, text->n);
		return OK;
	}
	enum err e = open ? prepare_open(db, h, sql)
			  : settle(db, PQprepare(of(db)->c, h->name, sql, (int)n, h->type));

	if (e != OK)
		h->name[0] = '\0';
	return e == OK && open ? learn_types(db, h) : e;
}

static void
pg_prepared_free(struct db *db, struct db_prepared *p)
{
	struct pg_prepared *h = p->handle;
	PGconn *c = of(db)->c;
	char sql[48];

	if (h != NULL)
		free(h->once);
	/* In a failed transaction it stays with the server, unused. */
	if (h != NULL && h->name[0] != '\0' && PQstatus(c) == CONNECTION_OK && leave_pipeline(of(db)) == OK &&
	    PQtransactionStatus(c) != PQTRANS_INERROR) {
		(void)snprintf(sql, sizeof(sql), "DEALLOCATE %s", h->name);
		PQclear(PQexec(c, sql));
	}
	free(h);
}

static void
params_size(struct pg_params *m, size_t n)
{
	if (m->size >= n)
		return;
	params_free(m);
	m->size = n * 2;
	m->value = db_alloc(m->size * sizeof(*m->value));
	m->length = db_alloc(m->size * sizeof(*m->length));
	m->format = db_alloc(m->size * sizeof(*m->format));
	m->number = db_alloc(m->size * sizeof(*m->number));
}

static void
big_endian(unsigned char *to, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		to[i] = (unsigned char)v;
}

/* Returns the bytes to send. */
static size_t
fill(struct pg_params *m, const struct db_arg *args)
{
	size_t bytes = 0, n = db_args_count(args);
	uint64_t bits;

	params_size(m, n);
	for (size_t i = 0; i < n; i++) {
		m->format[i] = 1;
		m->value[i] = (const char *)m->number[i];
		m->length[i] = 8;
		switch (args[i].type) {
		case DB_ARG_INT:
			big_endian(m->number[i], (uint64_t)args[i].i);
			break;
		case DB_ARG_REAL:
			memcpy(&bits, &args[i].r, sizeof(bits));
			big_endian(m->number[i], bits);
			break;
		case DB_ARG_TEXT:
		case DB_ARG_BLOB:
			m->value[i] = args[i].s.p == NULL ? "" : args[i].s.p;
			m->length[i] = (int)args[i].s.n;
			break;
		case DB_ARG_NULL:
		case DB_ARG_END:
			m->value[i] = NULL;
			m->length[i] = 0;
			break;
		}
		bytes += (size_t)m->length[i];
	}
	return bytes;
}

static enum err
pg_start(struct db_stmt *q, const struct db_arg *args, bool now)
{
	struct db_postgresql *p = of(q->db);
	struct pg_prepared *h = q->prepared->handle;
	int64_t changed = 0;

	(void)now;
	(void)fill(&p->params, args);
	q->err = leave_pipeline(p);
	if (q->err != OK)
		return q->err;
	const struct pg_params *m = &p->params;
	PGresult *r = h->once != NULL
	    ? PQexecParams(p->c, h->once, (int)h->n, h->type, m->value, m->length, m->format, 1)
	    : PQexecPrepared(p->c, h->name, (int)h->n, m->value, m->length, m->format, 1);

	if (!good(r))
		return q->err = settle(q->db, r);
	if (!str_starts(str_of(PQcmdStatus(r)), STR("SELECT")) &&
	    str_int(str_of(PQcmdTuples(r)), 0, INT64_MAX, &changed))
		q->db->changed = changed;
	q->result = r;
	q->row = -1;
	q->rows = PQntuples(r);
	q->columns = PQnfields(r);
	return OK;
}

static enum db_step
pg_step(struct db_stmt *q)
{
	return ++q->row < q->rows ? DB_STEP_ROW : DB_STEP_DONE;
}

static void
numbers_free(struct db_stmt *q)
{
	free(q->number);
	q->number = NULL;
}

static void
pg_finish(struct db_stmt *q)
{
	PQclear(q->result);
	q->result = NULL;
	numbers_free(q);
}

static enum err
pg_batch_begin(struct db *db)
{
	(void)db;
	return OK; /* the first statement enters it */
}

static enum err
pg_enqueue(struct db *db, struct db_prepared *prepared, const struct db_arg *args)
{
	struct db_postgresql *p = of(db);
	struct pg_prepared *h = prepared->handle;

	db->changed = 0; /* nobody knows yet */
	if (PQpipelineStatus(p->c) == PQ_PIPELINE_OFF && PQenterPipelineMode(p->c) != 1)
		return translate(db, NULL);
	p->queued_bytes += fill(&p->params, args);
	const struct pg_params *m = &p->params;
	int sent = h->once != NULL
	    ? PQsendQueryParams(p->c, h->once, (int)h->n, h->type, m->value, m->length, m->format, 1)
	    : PQsendQueryPrepared(p->c, h->name, (int)h->n, m->value, m->length, m->format, 1);

	if (sent != 1)
		return translate(db, NULL);
	p->queued++;
	return p->queued >= QUEUE_MAX || p->queued_bytes >= QUEUE_BYTES_MAX ? drain(p) : OK;
}

static enum err
pg_batch_end(struct db *db)
{
	return leave_pipeline(of(db));
}

/* columns */

static struct str
value(struct db_stmt *q, int column)
{
	return (struct str){ PQgetvalue(q->result, q->row, column),
		(size_t)PQgetlength(q->result, q->row, column) };
}

static bool
pg_is_null(struct db_stmt *q, int column)
{
	return column >= q->columns || PQgetisnull(q->result, q->row, column) != 0;
}

/* "numeric" in binary: digits of base 10000. sum() of integers makes it. */
static int64_t
numeric(struct scan *s, double *ret_real)
{
	uint16_t digits = scan_u16(s);
	int weight = (int16_t)scan_u16(s);
	uint16_t sign = scan_u16(s);
	uint64_t whole = 0;
	double real = 0, unit = 1;

	(void)scan_u16(s); /* digits shown after the point */
	for (int i = 0; i <= weight; i++) {
		uint16_t digit = i < digits ? scan_u16(s) : 0;

		whole = whole * 10000 + digit;
		real = real * 10000 + digit;
	}
	if (weight < -1)
		for (int i = -1; i > weight; i--)
			unit /= 10000;
	for (int i = weight < 0 ? 0 : weight + 1; i < digits; i++) {
		unit /= 10000;
		real += unit * scan_u16(s);
	}
	*ret_real = sign == 0x4000 ? -real : real;
	return (int64_t)(sign == 0x4000 ? 0 - whole : whole);
}

/* Any number; ${ret_whole} tells which of the two is exact. */
static int64_t
number(struct db_stmt *q, int column, double *ret_real, bool *ret_whole)
{
	struct scan s = scan_of(value(q, column));
	int64_t i = 0;
	uint64_t bits;
	uint32_t bits4;
	float real4;

	*ret_whole = true;
	switch (PQftype(q->result, column)) {
	case TYPE_BOOL:
		i = scan_u8(&s) != 0;
		break;
	case TYPE_INT2:
		i = (int16_t)scan_u16(&s);
		break;
	case TYPE_INT4:
		i = (int32_t)scan_u32(&s);
		break;
	case TYPE_OID:
		i = scan_u32(&s);
		break;
	case TYPE_INT8:
		i = (int64_t)scan_u64(&s);
		break;
	case TYPE_NUMERIC:
		i = numeric(&s, ret_real);
		*ret_whole = *ret_real == (double)i;
		return i;
	case TYPE_FLOAT4:
		bits4 = scan_u32(&s);
		memcpy(&real4, &bits4, sizeof(real4));
		*ret_real = (double)real4;
		*ret_whole = false;
		return (int64_t)real4;
	case TYPE_FLOAT8:
		bits = scan_u64(&s);
		memcpy(ret_real, &bits, sizeof(bits));
		*ret_whole = false;
		return *ret_real >= -9e18 && *ret_real <= 9e18 ? (int64_t)*ret_real : 0;
	default:
		(void)str_int(value(q, column), INT64_MIN, INT64_MAX, &i); /* no number is 0, as in SQLite */
		break;
	}
	*ret_real = (double)i;
	return i;
}

static int64_t
pg_int(struct db_stmt *q, int column)
{
	double real;
	bool whole;

	return pg_is_null(q, column) ? 0 : number(q, column, &real, &whole);
}

static double
pg_real(struct db_stmt *q, int column)
{
	double real;
	bool whole;

	if (pg_is_null(q, column))
		return 0;
	(void)number(q, column, &real, &whole); /* the real one is wanted */
	return real;
}

static struct str
pg_str(struct db_stmt *q, int column)
{
	double real;
	bool whole;

	if (pg_is_null(q, column))
		return STR_NULL;
	switch (PQftype(q->result, column)) {
	case TYPE_BOOL:
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_OID:
	case TYPE_NUMERIC:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		break;
	default:
		return value(q, column);
	}
	if (q->number == NULL)
		q->number = db_alloc((size_t)q->columns * sizeof(*q->number));
	int64_t i = number(q, column, &real, &whole);
	char *text = q->number[column];

	if (whole)
		(void)snprintf(text, sizeof(*q->number), "%lld", (long long)i);
	else
		(void)snprintf(text, sizeof(*q->number), "%.15g", real);
	return str_of(text);
}

static const struct db_ops pg_ops = {
	.close = pg_close,
	.script = pg_script,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.prepare = pg_prepare,
	.fits = pg_fits,
	.prepared_free = pg_prepared_free,
	.start = pg_start,
	.step = pg_step,
	.finish = pg_finish,
	.enqueue = pg_enqueue,
	.batch_begin = pg_batch_begin,
	.batch_end = pg_batch_end,
	.is_null = pg_is_null,
	.get_int = pg_int,
	.get_real = pg_real,
	.get_str = pg_str,
};

enum err
db_postgresql_open(const char *url, bool read_only, struct db **ret)
{
	struct db_postgresql *p = db_alloc(sizeof(*p));
	size_t n = strlen(url);

	p->db = (struct db){ .ops = &pg_ops, .kind = DB_POSTGRESQL, .read_only = read_only };
	p->url = db_alloc(n + 1);
	memcpy(p->url, url, n);
	enum err e = connect_server(p);

	if (e != OK) {
		db_free(&p->db);
		return e;
	}
	*ret = &p->db;
	return OK;
}
