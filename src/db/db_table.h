/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_table.h - the tables as they are, row by row: for backup, restore and the
 * move between back ends (operation/), and for nothing else.
 *
 * The full-text tables and the history of the schema are not among them: an
 * index is made again from what it is of.
 */
#ifndef DB_DB_TABLE_H
#define DB_DB_TABLE_H

#include "base/buf.h"
#include "base/scan.h"
#include "db/db.h"

#define DB_TABLE_COLUMNS 100 /* more than any table has */

struct db_column {
	const char *name;
	char type; /* i integer, r real, t text, b bytes */
	int key;   /* place in the primary key from 1, 0 none */
};
struct db_table {
	const char *name;
	bool counted; /* it makes its keys itself: column id, a sequence */
	struct db_column *column;
	size_t columns;
};

/* All of them, in the order in which they were made. */
MUST_USE enum err db_tables(struct db *db, struct arena *a, struct db_table **ret, size_t *ret_n);
MUST_USE enum err db_table_count(struct db *db, const struct db_table *t, int64_t *ret);
/* Every row, in the order of the primary key, within the caller's transaction.
 * ${row} has an argument a column; it is valid until ${each} returns. */
MUST_USE enum err db_table_each(struct db *db, const struct db_table *t,
    enum err (*each)(void *object, const struct db_arg *row), void *object);
MUST_USE enum err db_table_insert(struct db *db, const struct db_table *t, const struct db_arg *row);

/* The last key that was made; ${value} 0: none. */
MUST_USE enum err db_sequence_get(struct db *db, const struct db_table *t, int64_t *ret);
MUST_USE enum err db_sequence_set(struct db *db, const struct db_table *t, int64_t value);

/* Around the loading of whole tables, in one write transaction: references are
 * looked at when all rows are there. */
MUST_USE enum err db_load_begin(struct db *db, struct arena *a, struct db_sql *ret_references);
MUST_USE enum err db_load_end(struct db *db, const struct db_sql *references);

/* Bring an empty database to the schema of ${until} migrations: that of a backup,
 * before its rows come. db_migrate() goes on from there. */
MUST_USE enum err db_migrate_until(struct db *db, int until);
/* The history of the schema, "1 0001_foundation 1a2b…" a line. */
MUST_USE enum err db_schema_history(struct db *db, struct arena *a, const char **ret, int *ret_n);
/* No schema yet, or no row in any table. */
MUST_USE enum err db_is_empty(struct db *db, bool *ret);

/* A row as bytes. ERR_INVALID: not ${n} values. */
void db_row_pack(struct buf *b, const struct db_arg *row, size_t n);
MUST_USE enum err db_row_unpack(struct scan *s, struct db_arg *ret, size_t n);

#endif
