/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_priv.h - what a back end gives to db.c.
 *
 * A statement is prepared once a connection and kept by its text; a query
 * takes it out (busy) and brings it back.  A query's handle (struct db_stmt)
 * is the caller's, so that a late db_stmt_free() never hits somebody else's.
 */
#ifndef DB_DB_PRIV_H
#define DB_DB_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "db/db.h"

struct db_prepared {
	struct db_prepared *next; /* in its bucket */
	uint64_t hash;		  /* of sql */
	char *sql;
	size_t n;		  /* bytes of sql */
	uint64_t used;		  /* db.tick of the last use */
	bool busy;
	void *handle;		  /* the back end's */
};

enum db_step { DB_STEP_ROW, DB_STEP_DONE, DB_STEP_FAILED };

struct db_stmt {
	struct db *db;
	struct db_stmt *next, *prev; /* in db.active */
	struct db_prepared *prepared; /* NULL: ended */
	enum err err;		      /* what ended it */
	bool ahead;		      /* a row was fetched that nobody saw */
	/* PostgreSQL */
	void *result;
	int row, rows, columns;
	char (*number)[32]; /* numbers asked for as text, a column each */
};

struct db_ops {
	void (*close)(struct db *db);
	/* Statements without arguments and rows, parted by ";". */
	enum err (*script)(struct db *db, const char *sql);
	enum err (*begin)(struct db *db, bool write);
	enum err (*commit)(struct db *db);
	void (*rollback)(struct db *db);
	enum err (*prepare)(struct db *db, struct db_prepared *p, const struct db_arg *args);
	/* May ${p}, same text, take ${args}? */
	bool (*fits)(const struct db_prepared *p, const struct db_arg *args);
	void (*prepared_free)(struct db *db, struct db_prepared *p);
	/* Bind and run up to the first row. ${now}: the rows are wanted before
	 * the arguments go away. */
	enum err (*start)(struct db_stmt *q, const struct db_arg *args, bool now);
	enum db_step (*step)(struct db_stmt *q);
	void (*finish)(struct db_stmt *q);
	/* In a batch: run without waiting. NULL: there is no such thing. */
	enum err (*enqueue)(struct db *db, struct db_prepared *p, const struct db_arg *args);
	enum err (*batch_begin)(struct db *db);
	enum err (*batch_end)(struct db *db);
	bool (*is_null)(struct db_stmt *q, int column);
	int64_t (*get_int)(struct db_stmt *q, int column);
	double (*get_real)(struct db_stmt *q, int column);
	struct str (*get_str)(struct db_stmt *q, int column);
};

#define DB_BUCKETS 64
/* Statements kept a connection: enough for all of a role's pages; about 5 KB
 * each on SQLite. */
#define DB_CACHED 160
/* How long a writer waits for the others. */
#define DB_LOCK_SECONDS 15

struct db {
	const struct db_ops *ops;
	enum db_kind kind;
	bool read_only;
	enum { DB_TX_NONE, DB_TX_READ, DB_TX_WRITE } tx;
	enum err failed;  /* in this transaction; only undoing goes on */
	unsigned depth;	  /* of savepoints */
	bool batch;
	int64_t changed;
	struct db_prepared *bucket[DB_BUCKETS];
	size_t cached;
	uint64_t tick;
	struct db_stmt *active;
	char message[512];
};

MUST_USE enum err db_sqlite_open(const char *path, bool read_only, const char *lock_path, struct db **ret);
MUST_USE enum err db_postgresql_open(const char *url, bool read_only, struct db **ret);

/* Zeroed; does not fail (as in the arena). */
void *db_alloc(size_t n);
size_t db_args_count(const struct db_arg *args);
/* Remember a message; gives ${e} back. */
enum err db_say(struct db *db, enum err e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Forget every prepared statement (the connection is new, or ends). */
void db_forget(struct db *db);
/* ${sql} with each ?N written as ${mark} and N + ${add}; literals and comments
 * stay. Returns the highest N seen. */
unsigned db_renumber(struct buf *b, const char *sql, char mark, unsigned add);

/* Full text: db_fts.c */
struct sqlite3;
MUST_USE enum err db_fts_register(struct sqlite3 *h);
MUST_USE enum err db_fts_create(struct db *db);
MUST_USE enum err db_fts_maintain(struct db *db);

/* Made by the build from migrations/NNNN_name.sql, in order. */
struct db_migration {
	int n;
	const char *name, *sha256, *sql;
};
extern const struct db_migration db_migrations[];
extern const int db_migrations_count;

#endif
