/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_db.h - a fresh, migrated database a test, on both back ends.
 *
 *	static void
 *	closes_an_incident(void **state)
 *	{
 *		struct unit_db *u = unit_db(state); // u->a an arena, u->db writes
 *	…
 *	UNIT_DB_TEST(closes_an_incident),	// two entries of the test table
 *
 * A test begins and commits itself. unit_db_reader() opens a second
 * connection. PostgreSQL is used when TOBIGUCHI_TEST_POSTGRESQL names a server
 * (tests/tools/with-postgresql), each test in a schema of its own; else the
 * test is skipped and says so.
 */
#ifndef TESTS_UNIT_DB_H
#define TESTS_UNIT_DB_H

#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#include "base/buf.h"
#include "db/db.h"

struct unit_db {
	struct arena *a;
	struct db *db;
	char folder[64], lock[96];
	char url[512];
	char schema[64];
};

static inline struct db *
unit_db_open(struct unit_db *u, bool read_only)
{
	struct db *db = NULL;

	assert_ok(db_open(u->url, read_only, u->lock, &db));
	return db;
}

#define unit_db_reader(u) unit_db_open((u), true)
#define unit_db_writer(u) unit_db_open((u), false)

static inline int
unit_db_setup_sqlite(void **state)
{
	struct unit_db *u = calloc(1, sizeof(*u));

	assert_non_null(u);
	u->a = arena_new();
	assert_non_null(mkdtemp(unit_temporary(u->folder, sizeof(u->folder), "test")));
	(void)snprintf(u->url, sizeof(u->url), "sqlite:%s/test.db", u->folder);
	(void)snprintf(u->lock, sizeof(u->lock), "%s/write.lock", u->folder);
	u->db = unit_db_writer(u);
	assert_ok(db_migrate(u->db));
	*state = u;
	return 0;
}

static inline int
unit_db_setup_postgresql(void **state)
{
	static int n;
	const char *server = getenv("TOBIGUCHI_TEST_POSTGRESQL");
	struct unit_db *u = calloc(1, sizeof(*u));

	assert_non_null(u);
	*state = u;
	u->a = arena_new();
	if (server == NULL)
		return 0; /* unit_db() skips */
	(void)snprintf(u->schema, sizeof(u->schema), "test_%ld_%d", (long)getpid(), ++n);
	(void)snprintf(u->url, sizeof(u->url), "%s", server);
	struct db *db = unit_db_writer(u);
	struct db_sql s;

	db_sql_init(&s, u->a);
	buf_printf(s.text, "CREATE SCHEMA %s", u->schema);
	assert_ok(db_run_sql(db, &s));
	db_free(db);
	(void)snprintf(u->url, sizeof(u->url), "%s%soptions=-csearch_path%%3D%s", server,
	    strchr(server, '?') == NULL ? "?" : "&", u->schema);
	u->db = unit_db_writer(u);
	assert_ok(db_migrate(u->db));
	return 0;
}

static inline int
unit_db_teardown(void **state)
{
	static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm", "write.lock" };
	struct unit_db *u = *state;
	char path[128];

	if (u->schema[0] != '\0') {
		struct db_sql s;

		db_rollback(u->db);
		db_sql_init(&s, u->a);
		buf_printf(s.text, "DROP SCHEMA %s CASCADE", u->schema);
		assert_ok(db_run_sql(u->db, &s));
	}
	db_free(u->db);
	for (size_t i = 0; i < COUNT(names) && u->folder[0] != '\0'; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", u->folder, names[i]);
		(void)unlink(path);
	}
	if (u->folder[0] != '\0')
		(void)rmdir(u->folder);
	arena_free(u->a);
	free(u);
	return 0;
}

/* The first line of a test: what set-up made, or the test is skipped. */
static inline struct unit_db *
unit_db(void **state)
{
	struct unit_db *u = *state;

	if (u->db == NULL) {
		print_message("PostgreSQL skipped: TOBIGUCHI_TEST_POSTGRESQL is not set\n");
		skip();
	}
	return u;
}

/* Two rows of the table: SQLite, then PostgreSQL. */
#define UNIT_DB_TEST(fn)                                                                           \
	{ #fn " (sqlite)", fn, unit_db_setup_sqlite, unit_db_teardown, NULL },                     \
	{                                                                                          \
		#fn " (postgresql)", fn, unit_db_setup_postgresql, unit_db_teardown, NULL          \
	}

#endif
