/* SPDX-License-Identifier: Apache-2.0 */
/* db_sqlite.c - the SQLite back end: WAL, every commit on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/db_priv.h"

/* Pages of 4 KiB. A writer copies the log into the file from WAL_PAGES on,
 * without waiting for anybody; from WAL_PAGES_MAX on it waits a moment for the
 * readers, else steady readers would let the log grow for ever. */
#define WAL_PAGES 4000
#define WAL_PAGES_MAX 16000
#define WAL_WAIT_MS 500
#define WAL_REST_SECONDS 5 /* without a commit: the log can go */
#define BUSY_MS 5000 /* others than we hold the lock: a copy, a shell */

struct db_sqlite {
	struct db db;
	sqlite3 *h;
	sqlite3_stmt *begin, *begin_write, *commit, *rollback; /* prepared once: each request has two of them */
	int lock_fd; /* -1 none */
	bool locked;
};

static struct db_sqlite *
of(struct db *db)
{
	return (struct db_sqlite *)db;
}

static enum err
translate(struct db *db, int rc)
{
	sqlite3 *h = of(db)->h;
	int extended = h == NULL ? rc : sqlite3_extended_errcode(h);

	if ((extended & 0xff) != (rc & 0xff))
		extended = rc;
	(void)db_say(db, OK, "SQLite: %s (%d)",
	    h == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(h), extended);
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return ERR_EXISTS;
	case SQLITE_BUSY_SNAPSHOT:
		return ERR_CONFLICT;
	}
	switch (rc & 0xff) {
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_NOMEM:
	case SQLITE_PROTOCOL:
		return ERR_UNAVAILABLE;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	}
	return ERR_IO;
}

static enum err
sqlite_script(struct db *db, const char *sql)
{
	int rc = sqlite3_exec(of(db)->h, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? OK : translate(db, rc);
}

static enum err
run(struct db *db, sqlite3_stmt **prepared, const char *sql)
{
	int rc = SQLITE_OK;

	if (*prepared == NULL)
		rc = sqlite3_prepare_v3(of(db)->h, sql, -1, SQLITE_PREPARE_PERSISTENT, prepared, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(*prepared);
		enum err e = rc == SQLITE_DONE ? OK : translate(db, rc);

		(void)sqlite3_reset(*prepared); /* says again what the step said */
		return e;
	}
	return translate(db, rc);
}

/* The lock of all writers: the kernel gives it back when a process dies. */
static enum err
lock(struct db_sqlite *s)
{
	int64_t until = clock_monotonic_us() + DB_LOCK_SECONDS * INT64_C(1000000);
	long wait_ns = 50000;

	if (s->lock_fd < 0)
		return OK;
	while (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return db_say(&s->db, ERR_UNAVAILABLE, "cannot lock write.lock: %s", strerror(errno));
		if (clock_monotonic_us() > until)
			return db_say(&s->db, ERR_UNAVAILABLE,
			    "another process has been writing for %d seconds", DB_LOCK_SECONDS);
		(void)nanosleep(&(struct timespec){ .tv_nsec = wait_ns }, NULL); /* woken early is fine */
		if (wait_ns < 1000000)
			wait_ns += wait_ns / 2;
	}
	s->locked = true;
	return OK;
}

static void
unlock(struct db_sqlite *s)
{
	if (!s->locked)
		return;
	(void)flock(s->lock_fd, LOCK_UN); /* cannot fail on an open file */
	s->locked = false;
}

static enum err
sqlite_begin(struct db *db, bool write)
{
	if (!write)
		return run(db, &of(db)->begin, "BEGIN");
	TRY(lock(of(db)));
	enum err e = run(db, &of(db)->begin_write, "BEGIN IMMEDIATE");

	if (e != OK)
		unlock(of(db));
	return e;
}

static enum err
sqlite_commit(struct db *db)
{
	TRY(run(db, &of(db)->commit, "COMMIT"));
	unlock(of(db));
	return OK;
}

static void
sqlite_rollback(struct db *db)
{
	/* A full disk may have rolled it back already. */
	if (sqlite3_get_autocommit(of(db)->h) == 0)
		(void)run(db, &of(db)->rollback, "ROLLBACK"); /* nothing is left to do */
	unlock(of(db));
}

static int
on_commit(void *object, sqlite3 *h, const char *name, int pages)
{
	(void)object;
	if (pages < WAL_PAGES)
		return SQLITE_OK;
	if (pages < WAL_PAGES_MAX) {
		(void)sqlite3_wal_checkpoint_v2(h, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		return SQLITE_OK;
	}
	(void)sqlite3_busy_timeout(h, WAL_WAIT_MS);
	/* What fails here is done after a later commit. */
	(void)sqlite3_wal_checkpoint_v2(h, name, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	(void)sqlite3_busy_timeout(h, BUSY_MS);
	return SQLITE_OK;
}

static void
sqlite_close(struct db *db)
{
	struct db_sqlite *s = of(db);

	sqlite3_stmt *own[] = { s->begin, s->begin_write, s->commit, s->rollback };

	for (size_t i = 0; i < COUNT(own); i++)
		(void)sqlite3_finalize(own[i]); /* says again what a step said */
	(void)sqlite3_close(s->h); /* no statement is left */
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
}

/* statements */

static bool
sqlite_fits(const struct db_prepared *p, const struct db_arg *args)
{
	(void)p;
	(void)args;
	return true; /* SQLite's parameters have no types */
}

static enum err
sqlite_prepare(struct db *db, struct db_prepared *p, const struct db_arg *args)
{
	sqlite3_stmt *st = NULL;
	const char *tail = NULL;
	int rc = sqlite3_prepare_v3(of(db)->h, p->sql, (int)p->n + 1, SQLITE_PREPARE_PERSISTENT, &st, &tail);

	if (rc != SQLITE_OK)
		return translate(db, rc);
	p->handle = st;
	if (st == NULL || tail[strspn(tail, " \t\n;")] != '\0')
		return db_say(db, ERR_INVALID, "not one statement: %s", p->sql);
	if ((size_t)sqlite3_bind_parameter_count(st) != db_args_count(args))
		return db_say(db, ERR_INVALID, "%zu arguments for: %s", db_args_count(args), p->sql);
	return OK;
}

static void
sqlite_prepared_free(struct db *db, struct db_prepared *p)
{
	(void)db;
	(void)sqlite3_finalize(p->handle); /* repeats an error we have seen */
}

static enum err
sqlite_start(struct db_stmt *q, const struct db_arg *args, bool now)
{
	sqlite3_stmt *st = q->prepared->handle;
	sqlite3_destructor_type life = now ? SQLITE_STATIC : SQLITE_TRANSIENT;

	for (int i = 1; args->type != DB_ARG_END; args++, i++) {
		int rc = SQLITE_OK;

		switch (args->type) {
		case DB_ARG_INT:
			rc = sqlite3_bind_int64(st, i, args->i);
			break;
		case DB_ARG_REAL:
			rc = sqlite3_bind_double(st, i, args->r);
			break;
		case DB_ARG_TEXT:
			rc = sqlite3_bind_text64(
			    st, i, args->s.p == NULL ? "" : args->s.p, args->s.n, life, SQLITE_UTF8);
			break;
		case DB_ARG_BLOB:
			rc = sqlite3_bind_blob64(st, i, args->s.p == NULL ? "" : args->s.p, args->s.n, life);
			break;
		case DB_ARG_NULL:
		case DB_ARG_END:
			rc = sqlite3_bind_null(st, i);
			break;
		}
		if (rc != SQLITE_OK)
			return q->err = translate(q->db, rc);
	}
	return OK;
}

static enum db_step
sqlite_step(struct db_stmt *q)
{
	int rc = sqlite3_step(q->prepared->handle);

	if (rc == SQLITE_ROW)
		return DB_STEP_ROW;
	if (rc == SQLITE_DONE) {
		if (!sqlite3_stmt_readonly(q->prepared->handle))
			q->db->changed = sqlite3_changes64(of(q->db)->h);
		return DB_STEP_DONE;
	}
	q->err = translate(q->db, rc);
	return DB_STEP_FAILED;
}

static void
sqlite_finish(struct db_stmt *q)
{
	(void)sqlite3_reset(q->prepared->handle); /* repeats an error we have seen */
	(void)sqlite3_clear_bindings(q->prepared->handle);
}

static bool
sqlite_is_null(struct db_stmt *q, int column)
{
	return sqlite3_column_type(q->prepared->handle, column) == SQLITE_NULL;
}

static int64_t
sqlite_int(struct db_stmt *q, int column)
{
	return sqlite3_column_int64(q->prepared->handle, column);
}

static double
sqlite_real(struct db_stmt *q, int column)
{
	return sqlite3_column_double(q->prepared->handle, column);
}

static struct str
sqlite_str(struct db_stmt *q, int column)
{
	/* Asked once; its parts are then told without looking for the column
	 * again. A connection is of one thread, as this demands. */
	sqlite3_value *v = sqlite3_column_value(q->prepared->handle, column);
	int type = sqlite3_value_type(v);
	struct str s;

	if (type == SQLITE_NULL)
		return STR_NULL;
	s.p = type == SQLITE_BLOB ? sqlite3_value_blob(v) : (const char *)sqlite3_value_text(v);
	if (s.p == NULL) /* an empty blob */
		return STR("");
	s.n = (size_t)sqlite3_value_bytes(v);
	return s;
}

static const struct db_ops sqlite_ops = {
	.close = sqlite_close,
	.script = sqlite_script,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.prepare = sqlite_prepare,
	.fits = sqlite_fits,
	.prepared_free = sqlite_prepared_free,
	.start = sqlite_start,
	.step = sqlite_step,
	.finish = sqlite_finish,
	.is_null = sqlite_is_null,
	.get_int = sqlite_int,
	.get_real = sqlite_real,
	.get_str = sqlite_str,
};

/* A new file is for its owner only; SQLite gives its log the same mode. One that
 * is there is not opened: closing it would end the locks that other connections
 * of this process have on it (POSIX). */
static void
create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
}

static enum err
set_up(struct db_sqlite *s)
{
	(void)sqlite3_extended_result_codes(s->h, 1);
	(void)sqlite3_busy_timeout(s->h, BUSY_MS);
	(void)sqlite3_db_config(s->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(s->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	(void)sqlite3_wal_hook(s->h, on_commit, NULL);
	TRY(sqlite_script(&s->db, "PRAGMA foreign_keys = ON"));
	TRY(sqlite_script(&s->db, "PRAGMA trusted_schema = OFF"));
	/* Statement journals and sorts need no file: the roles' cages have no
	 * temporary folder, and what is sorted here is bounded. */
	TRY(sqlite_script(&s->db, "PRAGMA temp_store = MEMORY"));
	if (s->db.read_only) {
		/* Opened for writing all the same: after a crash a reader may
		 * be the first who must read the log again. Its pages come
		 * from the kernel's cache, its own stays small. */
		TRY(sqlite_script(&s->db, "PRAGMA query_only = ON"));
		TRY(sqlite_script(&s->db, "PRAGMA mmap_size = 1073741824"));
		return sqlite_script(&s->db, "PRAGMA cache_size = -512");
	}
	TRY(sqlite_script(&s->db, "PRAGMA journal_mode = WAL"));
	TRY(sqlite_script(&s->db, "PRAGMA synchronous = FULL"));
	TRY(sqlite_script(&s->db, "PRAGMA journal_size_limit = 67108864"));
	return sqlite_script(&s->db, "PRAGMA cache_size = -8192");
}

/* Counting what SQLite allocates takes a lock of all threads for each piece.
 * Refused when somebody else was first: then it is counted. */
static void
configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum err
db_sqlite_open(const char *path, bool read_only, const char *lock_path, struct db **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct db_sqlite *s;
	struct stat st;

	(void)pthread_once(&once, configure);

	/* Not access(): that asks for the real user, without capabilities. */
	if (read_only && stat(path, &st) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
	s = db_alloc(sizeof(*s));
	s->db = (struct db){ .ops = &sqlite_ops, .kind = DB_SQLITE, .read_only = read_only };
	s->lock_fd = -1;
	if (!read_only)
		create(path);
	enum err e = OK;
	int rc = sqlite3_open_v2(path, &s->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		e = translate(&s->db, rc);
	if (e == OK && !read_only && lock_path != NULL) {
		s->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (s->lock_fd < 0)
			e = ERR_UNAVAILABLE;
	}
	if (e == OK)
		e = set_up(s);
	if (e == OK)
		e = db_fts_register(s->h);
	if (e != OK) {
		db_free(&s->db);
		return e;
	}
	*ret = &s->db;
	return OK;
}

/* maintenance */

static enum err
copy_pages(struct db *db, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", of(db)->h, "main");

	if (b == NULL)
		return db_say(db, ERR_IO, "SQLite: %s", sqlite3_errmsg(to));
	/* All in one step: one snapshot, and writers go on meanwhile. */
	int rc = sqlite3_backup_step(b, -1);
	int end = sqlite3_backup_finish(b);

	if (rc == SQLITE_DONE && end == SQLITE_OK)
		rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	else if (rc == SQLITE_DONE)
		rc = end;
	if (rc == SQLITE_OK)
		return OK;
	(void)db_say(db, OK, "SQLite: %s (%d)", sqlite3_errmsg(to), rc);
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return ERR_UNAVAILABLE;
	}
	return ERR_IO;
}

enum err
db_copy_sqlite(struct db *db, const char *to_path)
{
	sqlite3 *to = NULL;

	if (db->kind != DB_SQLITE)
		return db_say(db, ERR_INVALID, "not an SQLite database: use pg_dump");
	int fd = open(to_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return db_say(db, errno == EEXIST ? ERR_EXISTS : ERR_IO, "%s: %s", to_path, strerror(errno));
	(void)close(fd);
	int rc = sqlite3_open_v2(to_path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	enum err e = rc == SQLITE_OK ? copy_pages(db, to)
				     : db_say(db, ERR_IO, "%s: %s", to_path, sqlite3_errstr(rc));

	(void)sqlite3_close(to); /* what mattered was synced */
	if (e != OK)
		(void)unlink(to_path); /* half a copy is none */
	return e;
}

static enum err
maintain(struct db *db)
{
	TRY(db_fts_maintain(db));
	TRY(sqlite_script(db, "ANALYZE"));
	return sqlite_script(db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

enum err
db_tidy(struct db *db)
{
	if (db->kind == DB_POSTGRESQL)
		return db->ops->script(db, "ANALYZE");
	TRY(lock(of(db)));
	/* Looks at no more rows of an index than this: milliseconds. */
	enum err e = sqlite_script(db, "PRAGMA analysis_limit = 1000");

	if (e == OK)
		e = sqlite_script(db, "PRAGMA optimize");
	unlock(of(db));
	return e;
}

/* A log with something in it that nobody has touched for a while? */
static bool
log_rests(struct db_sqlite *s)
{
	const char *file = sqlite3_db_filename(s->h, "main");
	struct stat st;

	if (file == NULL || *file == '\0' || stat(sqlite3_filename_wal(file), &st) != 0)
		return false;
	return st.st_size > 0 && clock_now() / CLOCK_SECOND - st.st_mtime > WAL_REST_SECONDS;
}

enum err
db_rest(struct db *db)
{
	if (db->kind == DB_POSTGRESQL || !log_rests(of(db)))
		return OK;
	TRY(lock(of(db)));
	/* A reader in its way is waited for by trying again at the next rest. */
	(void)sqlite3_busy_timeout(of(db)->h, 0);
	(void)sqlite3_wal_checkpoint_v2(of(db)->h, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(of(db)->h, BUSY_MS);
	unlock(of(db));
	return OK;
}

enum err
db_maintain(struct db *db)
{
	if (db->kind == DB_POSTGRESQL) {
		TRY(db_fts_maintain(db));
		return db->ops->script(db, "VACUUM (ANALYZE)");
	}
	TRY(lock(of(db)));
	enum err e = maintain(db);

	unlock(of(db));
	return e;
}
