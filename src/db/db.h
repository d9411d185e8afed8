/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.h - one interface, two back ends: SQLite and PostgreSQL.
 *
 * SQL is a string literal in the common subset (docs/decisions/sql.md) with
 * numbered parameters ?1 ?2 …; arguments are typed.  Times are INTEGER
 * milliseconds, booleans 0/1, JSON opaque TEXT.
 *
 *	AUTO(db_stmt) q = NULL;
 *	TRY(db_query(db, &q, "SELECT id, title FROM incident WHERE state = ?1",
 *	    DB_TEXT("open")));
 *	while (db_row(q))
 *		add(db_int(q, 0), db_text(q, 1));
 *	TRY(db_end(q));
 *
 * Only role/ and cli/ open, begin, commit and roll back.  A connection belongs
 * to one thread at a time.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct db;
struct db_stmt;

enum db_kind { DB_SQLITE, DB_POSTGRESQL };

struct db_arg {
	enum { DB_ARG_END, DB_ARG_NULL, DB_ARG_INT, DB_ARG_REAL, DB_ARG_TEXT, DB_ARG_BLOB } type;
	int64_t i;
	double r;
	struct str s;
};
#define DB_INT(x) ((struct db_arg){ .type = DB_ARG_INT, .i = (x) })
#define DB_REAL(x) ((struct db_arg){ .type = DB_ARG_REAL, .r = (x) })
#define DB_TEXT(x) db_arg_text(x) /* a NULL pointer is SQL NULL */
#define DB_TEXT_OR_NULL(x) db_arg_filled(x) /* so is an empty text */
#define DB_STR(x) ((struct db_arg){ .type = DB_ARG_TEXT, .s = (x) })
#define DB_BLOB(x) ((struct db_arg){ .type = DB_ARG_BLOB, .s = (x) })
#define DB_NULL ((struct db_arg){ .type = DB_ARG_NULL })
#define DB_INT_OR_NULL(x) ((x) == 0 ? DB_NULL : DB_INT(x)) /* 0 is no id */
#define DB_END ((struct db_arg){ .type = DB_ARG_END })
struct db_arg db_arg_text(const char *s);
struct db_arg db_arg_filled(const char *s);
#define DB_ARGS_(...) ((const struct db_arg[]){ __VA_ARGS__ __VA_OPT__(, ) DB_END })

/*
 * Connections. ${url}: "sqlite:PATH" or "postgresql://…" / "postgres://…".
 * A SQLite connection that writes takes flock(${lock_path}) (the data folder's
 * write.lock) before each transaction; NULL for PostgreSQL. The schema is not
 * looked at: db_migrate().
 */
MUST_USE enum err db_open(const char *url, bool read_only, const char *lock_path, struct db **ret);
void db_free(struct db *db);
AUTO_DEFINE(db)
enum db_kind db_kind(const struct db *db);
/* What the back end said last; "" when nothing. For logs. */
const char *db_message(const struct db *db);

/* Transactions (role/ and cli/ only). A read transaction is one snapshot.
 * ERR_UNAVAILABLE: locked too long, disk full, or the server is away.
 * Writers follow one another, on PostgreSQL too (an advisory lock), so a write
 * transaction sees no changes but its own.
 * After an error inside a transaction every further statement and the commit
 * give that error: only db_rollback() and db_rollback_to() go on. To allow for
 * a duplicate write ON CONFLICT DO NOTHING, or set a savepoint. */
MUST_USE enum err db_begin_read(struct db *db);
MUST_USE enum err db_begin_write(struct db *db);
MUST_USE enum err db_commit(struct db *db);
void db_rollback(struct db *db); /* also after a failed commit; never fails */
/* Inside a write transaction: partial undo. They nest; each savepoint is ended
 * by one db_release() or one db_rollback_to(). When a statement failed since the
 * savepoint, db_release() undoes the step and gives that error. */
MUST_USE enum err db_savepoint(struct db *db);
MUST_USE enum err db_release(struct db *db);
MUST_USE enum err db_rollback_to(struct db *db);

/* Bring the schema up to date, each migration in one transaction. ERR_CONFLICT
 * when the database has a newer migration or another one by the same number. */
MUST_USE enum err db_migrate(struct db *db);
/* OK when the schema is the program's, ERR_NOT_FOUND when empty or older,
 * ERR_CONFLICT when newer. */
MUST_USE enum err db_schema_check(struct db *db);

/*
 * Statements. ERR_EXISTS: a unique constraint; ERR_CONFLICT: a foreign key or
 * check or NOT NULL, or a serialisation failure; ERR_UNAVAILABLE as above;
 * ERR_IO other. A handle must be freed (AUTO) before its variable is used
 * again. PostgreSQL fetches all rows at once: read long lists in pages.
 */
#define db_query(db, ret, sql, ...) db_query_((db), (ret), "" sql "", DB_ARGS_(__VA_ARGS__))
#define db_run(db, sql, ...) db_run_((db), "" sql "", DB_ARGS_(__VA_ARGS__))
/* The one row there must be: db_query, then db_row; ERR_NOT_FOUND if none. */
#define db_one(db, ret, sql, ...) db_one_((db), (ret), "" sql "", DB_ARGS_(__VA_ARGS__))
/* INSERT … RETURNING id */
#define db_insert(db, ret_id, sql, ...) db_insert_((db), (ret_id), "" sql "", DB_ARGS_(__VA_ARGS__))
MUST_USE enum err db_query_(struct db *db, struct db_stmt **ret, const char *sql, const struct db_arg *args);
MUST_USE enum err db_run_(struct db *db, const char *sql, const struct db_arg *args);
MUST_USE enum err db_one_(struct db *db, struct db_stmt **ret, const char *sql, const struct db_arg *args);
MUST_USE enum err db_insert_(struct db *db, int64_t *ret_id, const char *sql, const struct db_arg *args);
/* Rows that the last db_run() changed. */
int64_t db_changed(const struct db *db);

bool db_row(struct db_stmt *q);		      /* false: end or error */
MUST_USE enum err db_end(struct db_stmt *q);  /* what ended it: OK or error */
void db_stmt_free(struct db_stmt *q);	      /* back to the cache */
AUTO_DEFINE(db_stmt)

/* Columns 0…, valid until the next db_row(). */
bool db_is_null(struct db_stmt *q, int column);
int64_t db_int(struct db_stmt *q, int column); /* NULL is 0 */
double db_real(struct db_stmt *q, int column);
const char *db_text(struct db_stmt *q, int column); /* NULL is "" */
struct str db_str(struct db_stmt *q, int column);
struct str db_blob(struct db_stmt *q, int column);
/* A copy in ${a}; NULL stays NULL. */
const char *db_dup(struct arena *a, struct db_stmt *q, int column);

/*
 * SQL put together from literal pieces, for lists with filters. Each piece
 * numbers its own parameters from ?1; they are renumbered.
 *	struct db_sql s; db_sql_init(&s, a);
 *	db_sql_add(&s, "SELECT id FROM report WHERE 1 = 1");
 *	if (state) db_sql_add(&s, " AND state = ?1", DB_TEXT(state));
 */
struct db_sql {
	struct arena *a;
	struct buf *text;
	struct db_arg *args;
	size_t n, size;
};
void db_sql_init(struct db_sql *s, struct arena *a);
#define db_sql_add(s, sql, ...) db_sql_add_((s), "" sql "", DB_ARGS_(__VA_ARGS__))
void db_sql_add_(struct db_sql *s, const char *sql, const struct db_arg *args);
/* " AND column IN (?,?,…)"-like: ${before} "(" list ")"; at most 500 ids. */
void db_sql_ids(struct db_sql *s, const char *before, const int64_t *ids, size_t n);
void db_sql_join(struct db_sql *s, const struct db_sql *other); /* append */
MUST_USE enum err db_query_sql(struct db *db, struct db_stmt **ret, const struct db_sql *s);
MUST_USE enum err db_run_sql(struct db *db, const struct db_sql *s);

/* Many rows at once (import): on PostgreSQL the statements of a batch go in
 * pipeline mode; on SQLite it does nothing. Errors show at db_batch_end(). */
MUST_USE enum err db_batch_begin(struct db *db);
MUST_USE enum err db_batch_end(struct db *db);

/*
 * Full text (text/tokens.h). Indexes: "report", "incident", "message".
 * Contentless: to remove or replace, give exactly the old text (another one
 * damages the index on SQLite); a document is put once, then removed. Removing one
 * that is not there does nothing.
 */
MUST_USE enum err db_fts_put(struct db *db, const char *index, int64_t id, struct str text);
MUST_USE enum err db_fts_remove(struct db *db, const char *index, int64_t id, struct str old_text);
/*
 * Append a condition "${column} IN (documents that match)" to ${s}. Words are
 * joined by AND; "…" is a phrase; a word with * at its end is a prefix;
 * Japanese runs match as phrases. ERR_INVALID when nothing searchable is left.
 */
MUST_USE enum err db_fts_match(struct db *db, struct db_sql *s, const char *index, const char *column, struct str query);
/*
 * The newest ${limit} (highest id) matches below ${before} (0 = from the top)
 * and how many there are, exact up to ${exact_to}, else an estimate; with
 * ${exact_to} 0 nothing is counted. ERR_INVALID as above.
 */
struct db_hits {
	int64_t *id;
	size_t n;
	int64_t total;
	bool estimate;
};
MUST_USE enum err db_fts_search(struct db *db, struct arena *a, const char *index, struct str query,
    int64_t before, size_t limit, int64_t exact_to, struct db_hits *ret);

/* Maintenance (cli/ and role/): a consistent copy of an SQLite file while it is
 * in use; VACUUM, ANALYZE, checkpoint. */
MUST_USE enum err db_copy_sqlite(struct db *db, const char *to_path);
MUST_USE enum err db_maintain(struct db *db);
/* The hourly part of it: what the planner knows of the data, in milliseconds. */
MUST_USE enum err db_tidy(struct db *db);
/* For a moment of rest, as often as you like: a log of SQLite that nobody has
 * written to for some seconds is folded into the file and emptied. */
MUST_USE enum err db_rest(struct db *db);

#endif
