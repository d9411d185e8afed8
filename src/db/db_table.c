/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db_table.h"

#include <string.h>

#include "db/db_priv.h"

#define SQL_MAX ((size_t)64 * 1024)
#define PAGE 200 /* rows: PostgreSQL gives a whole result at once */
#define REFERENCES_MAX ((size_t)256 * 1024)

/* What there is */

static char
type_letter(struct str type)
{
	if (str_is_case(type, "INTEGER") || str_is(type, "bigint"))
		return 'i';
	if (str_is_case(type, "REAL") || str_is(type, "double precision"))
		return 'r';
	if (str_is_case(type, "BLOB") || str_is(type, "bytea"))
		return 'b';
	return str_is_case(type, "TEXT") ? 't' : '?';
}

static enum err
columns_load(struct db *db, struct arena *a, struct db_table *t)
{
	AUTO(db_stmt) q = NULL;

	if (db->kind == DB_SQLITE)
		TRY(db_query(db, &q, "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid",
		    DB_TEXT(t->name)));
	else
		TRY(db_query(db, &q,
		    "SELECT a.attname::text, format_type(a.atttypid, NULL)::text,"
		    " coalesce(array_position(i.indkey::int2[], a.attnum), -1)::bigint + 1,"
		    " (a.attidentity <> '')::int"
		    " FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary"
		    " WHERE a.attrelid = to_regclass(?1) AND a.attnum > 0 AND NOT a.attisdropped"
		    " ORDER BY a.attnum",
		    DB_TEXT(t->name)));
	t->column = arena_many(a, struct db_column, DB_TABLE_COLUMNS);
	while (db_row(q)) {
		struct db_column *c = &t->column[t->columns];

		if (++t->columns > DB_TABLE_COLUMNS)
			return db_say(db, ERR_LIMIT, "table %s has too many columns", t->name);
		c->name = db_dup(a, q, 0);
		c->type = type_letter(db_str(q, 1));
		c->key = (int)db_int(q, 2);
		if (c->type == '?')
			return db_say(db, ERR_INVALID, "%s.%s has an unknown type", t->name, c->name);
		t->counted = t->counted || (db->kind == DB_POSTGRESQL && db_int(q, 3) != 0);
	}
	return db_end(q);
}

enum err
db_tables(struct db *db, struct arena *a, struct db_table **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	size_t n = 0, size = 256;
	struct db_table *t = arena_many(a, struct db_table, size);

	if (db->kind == DB_SQLITE)
		TRY(db_query(db, &q,
		    "SELECT name, instr(sql, 'AUTOINCREMENT') > 0 FROM sqlite_master WHERE type = 'table'"
		    " AND name NOT LIKE 'sqlite?_%' ESCAPE '?' AND name NOT LIKE '%?_fts%' ESCAPE '?'"
		    " AND name <> 'schema_version' ORDER BY rowid"));
	else
		TRY(db_query(db, &q,
		    "SELECT relname::text, 0 FROM pg_class WHERE relkind = 'r'"
		    " AND relnamespace = current_schema()::regnamespace"
		    " AND relname NOT LIKE '%!_fts%' ESCAPE '!' AND relname <> 'schema_version' ORDER BY oid"));
	while (n < size && db_row(q)) {
		t[n].name = db_dup(a, q, 0);
		t[n++].counted = db_int(q, 1) != 0;
	}
	TRY(db_end(q));
	for (size_t i = 0; i < n; i++)
		TRY(columns_load(db, a, &t[i]));
	*ret = t;
	*ret_n = n;
	return OK;
}

/* Statements. Names come from the schema, so they need no quoting but for
 * those that are words of SQL. */

static void
name(struct buf *b, const char *s)
{
	buf_printf(b, "\"%s\"", s);
}

enum err
db_table_count(struct db *db, const struct db_table *t, int64_t *ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	const char *sql = arena_printf(a, "SELECT count(*) FROM \"%s\"", t->name);

	TRY(db_one_(db, &q, sql, DB_ARGS_()));
	*ret = db_int(q, 0);
	return db_end(q);
}

static size_t
key_columns(const struct db_table *t, size_t ret[DB_TABLE_COLUMNS])
{
	size_t n = 0;

	for (int place = 1; n < t->columns; place++) {
		size_t i = 0;

		while (i < t->columns && t->column[i].key != place)
			i++;
		if (i == t->columns)
			break;
		ret[n++] = i;
	}
	return n;
}

static const char *
page_sql(struct arena *a, const struct db_table *t, const size_t *key, size_t keys, bool first)
{
	struct buf *b = buf_new(a, SQL_MAX);

	buf_text(b, "SELECT ");
	for (size_t i = 0; i < t->columns; i++) {
		buf_text(b, i == 0 ? "" : ", ");
		name(b, t->column[i].name);
	}
	buf_text(b, " FROM ");
	name(b, t->name);
	for (size_t i = 0; i < keys && !first; i++) {
		buf_text(b, i == 0 ? " WHERE (" : ", ");
		name(b, t->column[key[i]].name);
	}
	for (size_t i = 0; i < keys && !first; i++)
		buf_printf(b, "%s?%zu", i == 0 ? ") > (" : ", ", i + 1);
	buf_text(b, first ? " ORDER BY " : ") ORDER BY ");
	for (size_t i = 0; i < keys; i++) {
		buf_text(b, i == 0 ? "" : ", ");
		name(b, t->column[key[i]].name);
	}
	buf_printf(b, " LIMIT %d", PAGE);
	return buf_cstr(a, b);
}

static struct db_arg
cell(struct db_stmt *q, const struct db_column *c, int i)
{
	if (db_is_null(q, i))
		return DB_NULL;
	switch (c->type) {
	case 'i':
		return DB_INT(db_int(q, i));
	case 'r':
		return DB_REAL(db_real(q, i));
	case 'b':
		return DB_BLOB(db_blob(q, i));
	default:
		return DB_STR(db_str(q, i));
	}
}

struct walk {
	struct arena *a; /* of the key below */
	size_t key[DB_TABLE_COLUMNS], keys;
	struct db_arg after[DB_TABLE_COLUMNS + 1];
};

static enum err
walk_page(struct db *db, const struct db_table *t, const char *sql, struct walk *w,
    enum err (*each)(void *object, const struct db_arg *row), void *object, int *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_arg row[DB_TABLE_COLUMNS + 1];
	enum err e = OK;

	*ret = 0;
	TRY(db_query_(db, &q, sql, w->after));
	while (e == OK && db_row(q)) {
		for (size_t i = 0; i < t->columns; i++)
			row[i] = cell(q, &t->column[i], (int)i);
		row[t->columns] = DB_END;
		e = each(object, row);
		if (++*ret == PAGE) {
			arena_reset(w->a);
			for (size_t i = 0; i < w->keys; i++) {
				w->after[i] = row[w->key[i]];
				w->after[i].s = arena_str(w->a, w->after[i].s);
			}
			w->after[w->keys] = DB_END;
		}
	}
	return e == OK ? db_end(q) : e;
}

enum err
db_table_each(struct db *db, const struct db_table *t,
    enum err (*each)(void *object, const struct db_arg *row), void *object)
{
	AUTO(arena) a = arena_new();
	AUTO(arena) key = arena_new();
	struct walk w = { .a = key };
	int n = PAGE;

	w.after[0] = DB_END;
	w.keys = key_columns(t, w.key);
	if (w.keys == 0)
		return db_say(db, ERR_INVALID, "table %s has no primary key", t->name);

	const char *first = page_sql(a, t, w.key, w.keys, true), *next = page_sql(a, t, w.key, w.keys, false);

	for (bool begun = false; n == PAGE; begun = true)
		TRY(walk_page(db, t, begun ? next : first, &w, each, object, &n));
	return OK;
}

enum err
db_table_insert(struct db *db, const struct db_table *t, const struct db_arg *row)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, SQL_MAX);

	buf_text(b, "INSERT INTO ");
	name(b, t->name);
	for (size_t i = 0; i < t->columns; i++) {
		buf_text(b, i == 0 ? " (" : ", ");
		name(b, t->column[i].name);
	}
	for (size_t i = 0; i < t->columns; i++)
		buf_printf(b, "%s?%zu", i == 0 ? ") VALUES (" : ", ", i + 1);
	buf_char(b, ')');
	TRY(buf_error(b));
	return db_run_(db, buf_cstr(a, b), row);
}

/* Sequences */

enum err
db_sequence_get(struct db *db, const struct db_table *t, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = 0;
	if (!t->counted)
		return OK;
	if (db->kind == DB_SQLITE)
		TRY(db_query(db, &q, "SELECT seq FROM sqlite_sequence WHERE name = ?1", DB_TEXT(t->name)));
	else
		TRY(db_query(db, &q,
		    "SELECT pg_sequence_last_value(pg_get_serial_sequence(?1, 'id')::regclass)",
		    DB_TEXT(t->name)));
	if (db_row(q))
		*ret = db_int(q, 0);
	return db_end(q);
}

enum err
db_sequence_set(struct db *db, const struct db_table *t, int64_t value)
{
	AUTO(db_stmt) q = NULL;

	if (!t->counted || value <= 0)
		return OK;
	if (db->kind == DB_POSTGRESQL) {
		TRY(db_query(db, &q, "SELECT setval(pg_get_serial_sequence(?1, 'id')::regclass, ?2)",
		    DB_TEXT(t->name), DB_INT(value)));
		(void)db_row(q); /* the value that was set */
		return db_end(q);
	}
	TRY(db_run(db, "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1", DB_TEXT(t->name), DB_INT(value)));
	if (db_changed(db) > 0)
		return OK;
	return db_run(db, "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", DB_TEXT(t->name),
	    DB_INT(value));
}

/* Loading */

enum err
db_load_begin(struct db *db, struct arena *a, struct db_sql *ret_references)
{
	AUTO(db_stmt) q = NULL;
	struct buf *drop = buf_new(a, REFERENCES_MAX);

	db_sql_init(ret_references, a);
	if (db->kind == DB_SQLITE)
		return db->ops->script(db, "PRAGMA defer_foreign_keys = ON"); /* until the commit */
	/* Only a superuser may switch them off; the owner may make them again. */
	TRY(db_query(db, &q,
	    "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint"
	    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY oid"));
	while (db_row(q)) {
		buf_printf(drop, "ALTER TABLE %s DROP CONSTRAINT \"%s\";", db_text(q, 0), db_text(q, 1));
		buf_printf(ret_references->text, "ALTER TABLE %s ADD CONSTRAINT \"%s\" %s;", db_text(q, 0),
		    db_text(q, 1), db_text(q, 2));
	}
	TRY(db_end(q));
	TRY(buf_error(drop));
	return drop->n == 0 ? OK : db->ops->script(db, buf_cstr(a, drop));
}

enum err
db_load_end(struct db *db, const struct db_sql *references)
{
	TRY(buf_error(references->text));
	if (references->text->n == 0)
		return OK;
	return db->ops->script(db, buf_cstr(references->a, references->text));
}

/* Rows as bytes */

void
db_row_pack(struct buf *b, const struct db_arg *row, size_t n)
{
	uint64_t bits;

	for (size_t i = 0; i < n; i++) {
		switch (row[i].type) {
		case DB_ARG_INT:
			buf_char(b, 'i');
			buf_u64(b, (uint64_t)row[i].i);
			break;
		case DB_ARG_REAL:
			memcpy(&bits, &row[i].r, sizeof(bits));
			buf_char(b, 'r');
			buf_u64(b, bits);
			break;
		case DB_ARG_TEXT:
		case DB_ARG_BLOB:
			buf_char(b, row[i].type == DB_ARG_TEXT ? 't' : 'b');
			buf_u32(b, (uint32_t)row[i].s.n);
			buf_str(b, row[i].s);
			break;
		case DB_ARG_NULL:
		case DB_ARG_END:
			buf_char(b, 'n');
			break;
		}
	}
}

enum err
db_row_unpack(struct scan *s, struct db_arg *ret, size_t n)
{
	uint64_t bits;

	for (size_t i = 0; i < n; i++) {
		switch (scan_u8(s)) {
		case 'n':
			ret[i] = DB_NULL;
			break;
		case 'i':
			ret[i] = DB_INT((int64_t)scan_u64(s));
			break;
		case 'r':
			bits = scan_u64(s);
			ret[i] = DB_REAL(0);
			memcpy(&ret[i].r, &bits, sizeof(bits));
			break;
		case 't':
			ret[i] = DB_STR(scan_counted(s));
			break;
		case 'b':
			ret[i] = DB_BLOB(scan_counted(s));
			break;
		default:
			return ERR_INVALID;
		}
		if (scan_error(s) != OK)
			return ERR_INVALID;
	}
	ret[n] = DB_END;
	return OK;
}
