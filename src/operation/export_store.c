/* SPDX-License-Identifier: Apache-2.0 */
/* export_store.c - all tables, large blobs and files as records. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/limit.h"
#include "blob/blob_raw.h"
#include "db/db_table.h"
#include "journal/journal.h"
#include "operation/transfer.h"
#include "sys/files.h"

#define ROWS_BYTES LIMIT_KIB(256) /* of a record, before it is given */
#define FOLDER_DEPTH 8		  /* of the keyring */
#define FILE_MAX LIMIT_MIB(64)	  /* a file of it */

struct going {
	struct export *x;
	struct dump_make make;
	struct transfer *t;
	struct arena *a;
	struct buf *rows;
	int64_t pending; /* rows in ${rows} */
	const struct db_table *table;
};

static enum err
fault(struct export *x, enum err e, const char *text)
{
	if (x->fault == NULL)
		x->fault = text;
	return e;
}

static struct value *
part(struct arena *a, const char *name)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "name", name);
	return v;
}

/* Tables */

static enum err
flush(struct going *g)
{
	TRY(buf_error(g->rows));
	if (g->pending == 0)
		return OK;
	TRY(dump_make_data(&g->make, buf_view(g->rows), g->pending));
	g->t->rows += g->pending;
	g->pending = 0;
	buf_clear(g->rows);
	return OK;
}

static enum err
put_row(void *object, const struct db_arg *row)
{
	struct going *g = object;

	db_row_pack(g->rows, row, g->table->columns);
	g->pending++;
	return g->rows->n >= ROWS_BYTES ? flush(g) : OK;
}

static enum err
put_table(struct going *g, const struct db_table *t)
{
	AUTO(arena) a = arena_new();
	struct value *v = part(a, arena_printf(a, "table/%s", t->name));
	struct value *columns = value_set_list(a, v, "columns");

	for (size_t i = 0; i < t->columns; i++)
		value_add_text(a, columns, t->column[i].name);
	g->table = t;
	TRY(dump_make_part(&g->make, v));
	TRY(db_table_each(g->x->db, t, put_row, g));
	TRY(flush(g));
	return dump_make_end(&g->make);
}

static enum err
put_bytes(struct going *g, struct str bytes)
{
	while (bytes.n > 0) {
		TRY(dump_make_data(&g->make, str_take(bytes, ROWS_BYTES), 0));
		bytes = str_skip(bytes, ROWS_BYTES);
	}
	return OK;
}

/* Keys that were given to rows that are gone are not given again. */
static enum err
put_sequences(struct going *g, const struct db_table *t, size_t n)
{
	AUTO(arena) a = arena_new();
	struct value *v = value_object(a);

	for (size_t i = 0; i < n; i++) {
		int64_t last;

		TRY(db_sequence_get(g->x->db, &t[i], &last));
		if (last > 0)
			value_set_int(a, v, t[i].name, last);
	}
	TRY(dump_make_part(&g->make, part(a, "sequences")));
	TRY(put_bytes(g, str_of(value_json_text(a, v))));
	return dump_make_end(&g->make);
}

/* Large blobs */

static enum err
put_piece(void *object, struct str piece)
{
	return put_bytes(object, piece);
}

static enum err
put_blob(struct going *g, int64_t id, struct str name)
{
	AUTO(arena) a = arena_new();
	const char *hex = hex_format(a, name.p, name.n);
	struct value *v = part(a, arena_printf(a, "blob/%s", hex));

	value_set_int(a, v, "id", id);
	TRY(dump_make_part(&g->make, v));
	enum err e = blob_raw_read(g->x->blobs, g->x->db, id, put_piece, g);

	if (e == ERR_NOT_FOUND)
		return fault(g->x, ERR_IO,
		    arena_printf(g->a, "DATA/blobs/%.2s/%s is missing: a stored mail or file is lost.", hex, hex));
	TRY(e);
	g->t->blobs++;
	return dump_make_end(&g->make);
}

static enum err
put_blobs(struct going *g)
{
	int64_t last = 0;
	bool more = true;

	while (more) {
		AUTO(arena) a = arena_new();
		AUTO(db_stmt) q = NULL;
		struct str name = STR_NULL;

		TRY(db_query(g->x->db, &q,
		    "SELECT id, name FROM blob WHERE bytes IS NULL AND id > ?1 ORDER BY id LIMIT 1",
		    DB_INT(last)));
		more = db_row(q);
		if (more) {
			last = db_int(q, 0);
			name = arena_str(a, db_blob(q, 1));
		}
		TRY(db_end(q));
		if (more)
			TRY(put_blob(g, last, name));
	}
	return OK;
}

/* Files */

static enum err
put_file(struct going *g, const char *name, struct str bytes)
{
	AUTO(arena) a = arena_new();

	TRY(dump_make_part(&g->make, part(a, arena_printf(a, "file/%s", name))));
	TRY(put_bytes(g, bytes));
	g->t->files++;
	return dump_make_end(&g->make);
}

/* Regular files only: sockets of the agent and locks belong to processes. */
static enum err
put_folder(struct going *g, const char *name, int depth)
{
	AUTO(arena) a = arena_new();
	DIR *dir = opendir(arena_printf(a, "%s/%s", g->x->data, name));
	struct dirent *entry;
	enum err e = OK;

	if (dir == NULL)
		return OK; /* no keyring was made */
	while (e == OK && (entry = readdir(dir)) != NULL) {
		const char *inner = arena_printf(a, "%s/%s", name, entry->d_name);
		struct str bytes;
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strncmp(entry->d_name, ".#lk", 4) == 0 || str_ends(str_of(entry->d_name), STR(".lock")) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH)
			e = put_folder(g, inner, depth + 1);
		if (!S_ISREG(st.st_mode))
			continue;
		e = files_read(a, arena_printf(a, "%s/%s", g->x->data, inner), FILE_MAX, &bytes);
		if (e == ERR_NOT_FOUND)
			e = OK; /* a temporary one, gone meanwhile */
		else if (e == OK)
			e = put_file(g, inner, bytes);
	}
	(void)closedir(dir); /* only read */
	return e == OK ? OK : fault(g->x, e, "The keyring DATA/gnupg cannot be read.");
}

static enum err
put_files(struct going *g)
{
	if (g->x->data == NULL)
		return OK;
	if (g->x->key != NULL) {
		TRY(put_file(g, "secret.key", (struct str){ (const char *)g->x->key, 32 }));
		TRY(put_folder(g, "gnupg", 0));
	}
	return g->x->heads.n == 0 ? OK : put_file(g, "journal.heads", g->x->heads);
}

static enum err
put_head(struct going *g)
{
	AUTO(arena) a = arena_new();
	struct value *v = value_object(a), *journal;
	struct journal_head head;
	const char *history;
	int n;

	TRY(journal_head_load(g->x->db, &head));
	TRY(db_schema_history(g->x->db, a, &history, &n));
	value_set_int(a, v, "version", DUMP_VERSION);
	value_set_text(a, v, "program", TOBIGUCHI_VERSION);
	value_set_int(a, v, "made_at", g->x->now);
	value_set_text(a, v, "database", db_kind(g->x->db) == DB_SQLITE ? "sqlite" : "postgresql");
	value_set_text(a, v, "schema", history);
	value_set_bool(a, v, "key", g->x->data != NULL && g->x->key != NULL);
	journal = value_set_object(a, v, "journal");
	value_set_int(a, journal, "sealed", head.seal);
	value_set_text(a, journal, "head", hex_format(a, head.hash, sizeof(head.hash)));
	g->t->sealed = head.seal;
	g->t->made_at = g->x->now;
	g->t->program = TOBIGUCHI_VERSION;
	g->t->key = g->x->data != NULL && g->x->key != NULL;
	memcpy(g->t->head, value_cstr(value_get(journal, "head")), sizeof(g->t->head));
	return dump_make_head(&g->make, v);
}

static enum err
go(struct going *g)
{
	struct db_table *t;
	size_t n;

	TRY(put_head(g));
	TRY(put_files(g));
	TRY(db_tables(g->x->db, g->a, &t, &n));
	for (size_t i = 0; i < n; i++) {
		/* The chunks are the same bytes as the files of the other back
		 * end: they go as blobs. */
		if (strcmp(t[i].name, "blob_chunk") != 0)
			TRY(put_table(g, &t[i]));
	}
	TRY(put_sequences(g, t, n));
	TRY(put_blobs(g));
	return dump_make_foot(&g->make);
}

enum err
export_all(struct export *x, struct arena *a, struct dump_sink to, struct transfer *ret)
{
	struct going g = { .x = x, .t = ret, .a = a, .rows = buf_new(a, DUMP_RECORD) };

	*ret = (struct transfer){ 0 };
	dump_make_init(&g.make, to);
	return go(&g);
}
