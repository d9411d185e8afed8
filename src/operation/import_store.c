/* SPDX-License-Identifier: Apache-2.0 */
/* import_store.c - records into an empty database and folder. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/limit.h"
#include "blob/blob_raw.h"
#include "db/db_table.h"
#include "incident/message_store.h"
#include "incident/report_store.h"
#include "journal/journal.h"
#include "operation/transfer.h"
#include "sys/files.h"

#define ONE_FILE LIMIT_MIB(64)
#define INDEX_PAGE 500

struct import_state {
	struct arena *a, *part; /* of all; of this part */
	struct dump_check *check;
	struct transfer told;
	struct db *db;
	struct blob_store *blobs;
	struct db_sql references;
	struct db_table *table;
	size_t tables;
	int migrations;
	bool key_known;
	unsigned char key[32];
	int64_t blobs_wanted;
	/* of this part */
	enum { IN_NOTHING, IN_TABLE, IN_SEQUENCES, IN_BLOB, IN_FILE, IN_SKIPPED } in;
	const struct db_table *now;
	int64_t rows, id;
	struct buf *bytes; /* of a file, or the sequences */
	const char *name;  /* of a file */
	struct blob_raw *blob;
};

__attribute__((format(printf, 3, 4))) static enum err
fault(struct import *i, enum err e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (i->fault == NULL)
		i->fault = arena_vprintf(i->state->a, format, ap);
	va_end(ap);
	return e;
}

/* A failure of the database, in its own words. */
static enum err
of_db(struct import *i, enum err e, const char *what)
{
	if (e == OK)
		return OK;
	return fault(i, e, "%s: %s %s", what, err_name(e), i->state->db == NULL ? "" : db_message(i->state->db));
}

void
import_init(struct import *i, struct dump_check *check)
{
	struct arena *a = arena_new();

	i->state = arena_one(a, struct import_state);
	i->state->a = a;
	i->state->part = arena_new();
	i->state->check = check;
	if (i->key != NULL) {
		memcpy(i->state->key, i->key, 32);
		i->state->key_known = true;
	}
}

void
import_done(struct import *i)
{
	struct import_state *s = i->state;

	blob_raw_free(s->blob);
	blob_store_free(s->blobs);
	db_free(s->db); /* rolls back what was not committed */
	sodium_memzero(s->key, sizeof(s->key));
	arena_free(s->part);
	arena_free(s->a); /* ${i->fault} ends here */
}

/* Head */

static enum err
schema_check(struct import *i, const struct value *head, int *ret_n)
{
	struct import_state *s = i->state;
	struct str theirs = value_str(value_get(head, "schema")), line;

	*ret_n = 0;
	while (str_line(&theirs, &line))
		++*ret_n;
	return *ret_n > 0 ? OK
			  : fault(i, ERR_INVALID, "The backup does not say which schema it has (made by %s).",
				s->told.program);
}

static enum err
begin(struct import *i, const struct value *head)
{
	struct import_state *s = i->state;
	const char *ours;
	bool empty;
	int n;

	s->told.program = arena_dup(s->a, value_cstr(value_get(head, "program")));
	s->told.made_at = value_integer(value_get(head, "made_at"));
	s->told.key = value_true(value_get(head, "key"));
	const struct value *journal = value_get(head, "journal");
	struct str hex = value_str(value_get(journal, "head"));

	s->told.sealed = value_integer(value_get(journal, "sealed"));
	if (hex.n != sizeof(s->told.head) - 1)
		return fault(i, ERR_INVALID, "The backup does not tell the journal's head.");
	memcpy(s->told.head, hex.p, hex.n);
	TRY(schema_check(i, head, &s->migrations));
	if (i->files && !s->told.key && !s->key_known)
		return fault(i, ERR_NOT_FOUND,
		    "The secret key is not in this backup (it was made with --no-key): give it with --key-file FILE.");
	TRY(of_db(i, db_open(i->db_url, false, i->lock_path, &s->db), "The new database cannot be opened"));
	TRY(of_db(i, db_is_empty(s->db, &empty), "The new database cannot be read"));
	if (!empty)
		return fault(i, ERR_EXISTS, "The database has records already: take an empty one.");
	TRY(of_db(i, db_migrate_until(s->db, s->migrations), "The tables cannot be made"));
	TRY(of_db(i, db_schema_history(s->db, s->a, &ours, &n), "The new database cannot be read"));
	if (!str_is(value_str(value_get(head, "schema")), ours))
		return fault(i, ERR_CONFLICT,
		    "The backup was made by version %s, whose tables this version (%s) does not know: restore it with that version.",
		    s->told.program, TOBIGUCHI_VERSION);
	TRY(of_db(i, blob_store_open(i->dir, s->key, &s->blobs), "DATA/blobs cannot be made"));
	TRY(of_db(i, db_begin_write(s->db), "The new database cannot be written"));
	TRY(of_db(i, db_load_begin(s->db, s->a, &s->references), "The tables cannot be prepared"));
	return of_db(i, db_tables(s->db, s->a, &s->table, &s->tables), "The new database cannot be read");
}

/* Parts */

static enum err
begin_table(struct import *i, const char *name, const struct value *part)
{
	struct import_state *s = i->state;
	const struct value *columns = value_get(part, "columns");
	bool same;

	for (size_t t = 0; t < s->tables; t++)
		if (strcmp(s->table[t].name, name) == 0)
			s->now = &s->table[t];
	same = s->now != NULL && value_count(columns) == s->now->columns;
	for (size_t c = 0; same && c < s->now->columns; c++)
		same = strcmp(value_cstr(value_at(columns, c)), s->now->column[c].name) == 0;
	if (!same)
		return fault(i, ERR_INVALID, "Table %s of the backup is not this program's.", name);
	s->in = IN_TABLE;
	if (i->progress != NULL)
		i->progress(name);
	return of_db(i, db_batch_begin(s->db), name);
}

/* Only names that export makes: below the folder, never up or elsewhere. */
static bool
name_good(struct str name)
{
	struct str word, rest = name;

	if (!str_is(name, "secret.key") && !str_is(name, "journal.heads") && !str_starts(name, STR("gnupg/")))
		return false;
	while (str_split(&rest, '/', &word))
		if (word.n == 0 || str_is(word, ".") || str_is(word, ".."))
			return false;
	return true;
}

static enum err
begin_part(struct import *i, const struct value *part)
{
	struct import_state *s = i->state;
	struct str name = value_str(value_get(part, "name"));

	if (s->db == NULL)
		return fault(i, ERR_INVALID, "The backup has no head.");
	arena_reset(s->part);
	s->bytes = buf_new(s->part, ONE_FILE);
	s->rows = 0;
	s->now = NULL;
	s->in = IN_SKIPPED;
	if (str_eat(&name, STR("table/")))
		return begin_table(i, arena_cstr(s->part, name), part);
	if (str_is(name, "sequences")) {
		s->in = IN_SEQUENCES;
		return OK;
	}
	if (str_eat(&name, STR("blob/"))) {
		s->in = IN_BLOB;
		s->id = value_integer(value_get(part, "id"));
		return of_db(i, blob_raw_open(s->blobs, &s->blob), "DATA/blobs cannot be written");
	}
	if (!str_eat(&name, STR("file/")) || !name_good(name))
		return fault(i, ERR_INVALID, "The backup has a part that this program does not know.");
	s->in = i->files ? IN_FILE : IN_SKIPPED;
	s->name = arena_cstr(s->part, name);
	return OK;
}

static enum err
add_rows(struct import *i, struct str bytes)
{
	struct import_state *s = i->state;
	struct db_arg row[DB_TABLE_COLUMNS + 1];
	struct scan scan = scan_of(bytes);

	while (scan_left(&scan) > 0) {
		if (db_row_unpack(&scan, row, s->now->columns) != OK)
			return fault(i, ERR_INVALID, "A row of table %s cannot be read.", s->now->name);
		TRY(of_db(i, db_table_insert(s->db, s->now, row), s->now->name));
		s->rows++;
	}
	return OK;
}

static enum err
end_table(struct import *i, const struct value *end)
{
	struct import_state *s = i->state;
	int64_t there;

	TRY(of_db(i, db_batch_end(s->db), s->now->name));
	TRY(of_db(i, db_table_count(s->db, s->now, &there), s->now->name));
	if (s->rows != value_integer(value_get(end, "rows")) || there != s->rows)
		return fault(i, ERR_INVALID, "Table %s has not as many rows as the backup says.", s->now->name);
	s->told.rows += s->rows;
	return OK;
}

static enum err
end_sequences(struct import *i)
{
	struct import_state *s = i->state;
	struct value *v;

	if (value_parse(s->part, buf_view(s->bytes), &v, NULL) != OK)
		return fault(i, ERR_INVALID, "The last keys of the tables cannot be read.");
	for (size_t t = 0; t < s->tables; t++)
		TRY(of_db(i, db_sequence_set(s->db, &s->table[t], value_integer(value_get(v, s->table[t].name))),
		    s->table[t].name));
	return OK;
}

static enum err
take_key(struct import *i)
{
	struct import_state *s = i->state;
	struct str bytes = buf_view(s->bytes);

	if (bytes.n != sizeof(s->key))
		return fault(i, ERR_INVALID, "The secret key of the backup has not 32 bytes.");
	if (s->key_known && sodium_memcmp(s->key, bytes.p, sizeof(s->key)) != 0)
		return fault(i, ERR_INVALID, "The key of --key-file is another one than that of the backup.");
	memcpy(s->key, bytes.p, sizeof(s->key));
	s->key_known = true;
	return OK;
}

static enum err
end_file(struct import *i)
{
	struct import_state *s = i->state;
	const char *path = arena_printf(s->part, "%s/%s", i->dir, s->name);
	const char *folder = arena_dupn(s->part, path, (size_t)(strrchr(path, '/') - path));

	if (strcmp(s->name, "secret.key") == 0)
		TRY(take_key(i));
	if (strncmp(s->name, "gnupg/", 6) == 0) {
		/* Its owner alone may look into the keyring. */
		if (mkdir(arena_printf(s->part, "%s/gnupg", i->dir), 0700) != 0 && errno != EEXIST)
			return fault(i, ERR_IO, "%s: cannot be made", folder);
		if (mkdir(folder, 0700) != 0 && errno != EEXIST && files_mkdirs(folder, 0700) != OK)
			return fault(i, ERR_IO, "%s: cannot be made", folder);
	}
	enum err e = files_write(path, buf_view(s->bytes), 0600);

	if (e != OK)
		return fault(i, e, "%s: cannot be written: %s", path, err_name(e));
	s->told.files++;
	return OK;
}

static enum err
end_part(struct import *i, const struct value *end)
{
	struct import_state *s = i->state;
	enum err e;

	switch (s->in) {
	case IN_TABLE:
		return end_table(i, end);
	case IN_SEQUENCES:
		return end_sequences(i);
	case IN_FILE:
		return end_file(i);
	case IN_BLOB:
		e = blob_raw_keep(s->blob, s->db, s->id);
		blob_raw_free(s->blob);
		s->blob = NULL;
		s->told.blobs++;
		return of_db(i, e, "A large mail or file cannot be stored");
	default:
		return OK;
	}
}

static enum err
data(struct import *i, struct str bytes)
{
	struct import_state *s = i->state;
	enum err e;

	switch (s->in) {
	case IN_TABLE:
		return add_rows(i, bytes);
	case IN_BLOB:
		e = blob_raw_write(s->blob, bytes);
		return e == OK ? OK : fault(i, e, "DATA/blobs cannot be written: %s", err_name(e));
	case IN_FILE:
	case IN_SEQUENCES:
		buf_str(s->bytes, bytes);
		return buf_error(s->bytes) == OK ? OK : fault(i, ERR_LIMIT, "A file of the backup is too large.");
	default:
		return OK;
	}
}

static enum err
record(void *object, enum dump_kind kind, struct str bytes)
{
	struct import *i = object;
	const struct value *json = i->state->check->json;

	switch (kind) {
	case DUMP_HEAD:
		return begin(i, json);
	case DUMP_PART:
		return begin_part(i, json);
	case DUMP_DATA:
		return data(i, bytes);
	case DUMP_END:
		return end_part(i, json);
	case DUMP_FOOT:
		break;
	}
	return OK;
}

struct dump_sink
import_sink(struct import *i)
{
	return (struct dump_sink){ .record = record, .object = i };
}

static enum err
record_checked(void *object, enum dump_kind kind, struct str bytes)
{
	struct import *i = object;

	TRY(dump_check_record(i->state->check, kind, bytes));
	return record(object, kind, bytes);
}

struct dump_sink
import_sink_checked(struct import *i)
{
	return (struct dump_sink){ .record = record_checked, .object = i };
}

/* The end */

/* The next ${INDEX_PAGE} keys after ${*last} of reports or messages. */
static enum err
next_ids(struct db *db, bool messages, int64_t *last, int64_t *id, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	size_t n = 0;

	if (messages)
		TRY(db_query(db, &q, "SELECT id FROM message WHERE id > ?1 ORDER BY id LIMIT 500", DB_INT(*last)));
	else
		TRY(db_query(db, &q, "SELECT id FROM report WHERE id > ?1 ORDER BY id LIMIT 500", DB_INT(*last)));
	while (n < INDEX_PAGE && db_row(q))
		id[n++] = db_int(q, 0);
	if (n > 0)
		*last = id[n - 1];
	*ret_n = n;
	return db_end(q);
}

static enum err
index_texts(struct import_state *s, bool messages)
{
	int64_t last = 0, id[INDEX_PAGE];
	size_t n = INDEX_PAGE;

	while (n == INDEX_PAGE) {
		TRY(next_ids(s->db, messages, &last, id, &n));
		for (size_t i = 0; i < n; i++) {
			AUTO(arena) a = arena_new();

			TRY(messages ? message_index_again(s->db, s->blobs, a, id[i])
				     : report_index_again(s->db, s->blobs, a, id[i]));
		}
	}
	return OK;
}

/* What the index holds of an incident stands beside it. */
static enum err
index_incidents(struct import_state *s)
{
	int64_t last = 0;
	bool more = true;

	while (more) {
		AUTO(arena) a = arena_new();
		AUTO(db_stmt) q = NULL;
		struct str text = STR_NULL;

		TRY(db_query(s->db, &q,
		    "SELECT id, indexed FROM incident WHERE id > ?1 AND indexed <> '' ORDER BY id LIMIT 1",
		    DB_INT(last)));
		more = db_row(q);
		if (more) {
			last = db_int(q, 0);
			text = arena_str(a, db_str(q, 1));
		}
		TRY(db_end(q));
		if (more)
			TRY(db_fts_put(s->db, "incident", last, text));
	}
	return OK;
}

static enum err
all_blobs(struct import *i)
{
	AUTO(db_stmt) q = NULL;
	struct import_state *s = i->state;

	TRY(of_db(i, db_one(s->db, &q, "SELECT count(*) FROM blob WHERE bytes IS NULL"), "blob"));
	if (db_int(q, 0) != s->told.blobs)
		return fault(i, ERR_INVALID, "The backup lacks large mails or files: %lld of %lld are there.",
		    (long long)s->told.blobs, (long long)db_int(q, 0));
	return of_db(i, db_end(q), "blob");
}

/* One of them opens with the key: then it is theirs. */
static enum err
key_fits(struct import *i)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	struct import_state *s = i->state;
	struct str bytes;

	TRY(of_db(i, db_query(s->db, &q, "SELECT id FROM blob WHERE bytes IS NOT NULL ORDER BY id LIMIT 1"),
	    "blob"));
	if (!db_row(q))
		return of_db(i, db_end(q), "blob");
	int64_t id = db_int(q, 0);

	TRY(of_db(i, db_end(q), "blob"));
	if (blob_get(s->blobs, s->db, a, id, LIMIT_MAIL, &bytes) == ERR_IO)
		return fault(i, ERR_INVALID, "The secret key does not open what is in the backup: it is another instance's.");
	return OK;
}

static enum err
journal_whole(struct import *i)
{
	AUTO(arena) a = arena_new();
	struct import_state *s = i->state;
	struct journal_key key;
	struct journal_report report;
	struct stat st;
	const char *heads = i->files ? arena_printf(a, "%s/journal.heads", i->dir) : i->heads_path;
	struct journal_expect expect = { .public_key = key.public_key };

	journal_key_init(&key, s->key);
	if (heads != NULL && stat(heads, &st) == 0)
		expect.heads_path = heads;
	if (s->told.sealed > 0)
		expect.head = s->told.head;
	enum err e = journal_verify(s->db, a, &expect, &report);

	sodium_memzero(&key, sizeof(key));
	TRY(of_db(i, e, "The journal cannot be verified"));
	if (report.fault != NULL)
		return fault(i, ERR_INVALID, "The journal of the backup is not whole: %s", report.fault);
	if (report.sealed != s->told.sealed)
		return fault(i, ERR_INVALID, "The journal of the backup has not as many entries as it says.");
	return OK;
}

static void
say(const struct import *i, const char *what)
{
	if (i->progress != NULL)
		i->progress(what);
}

enum err
import_finish(struct import *i, struct transfer *ret)
{
	struct import_state *s = i->state;

	if (s->db == NULL || !s->key_known)
		return fault(i, ERR_INVALID, "The backup has no head or no key.");
	/* With the real key now: the texts are needed for the search index. */
	blob_store_free(s->blobs);
	s->blobs = NULL;
	TRY(of_db(i, blob_store_open(i->dir, s->key, &s->blobs), "DATA/blobs cannot be read"));
	say(i, "references");
	TRY(of_db(i, db_load_end(s->db, &s->references), "The references between tables are broken"));
	TRY(all_blobs(i));
	TRY(key_fits(i));
	say(i, "search index");
	TRY(of_db(i, index_texts(s, false), "The search index cannot be made"));
	TRY(of_db(i, index_texts(s, true), "The search index cannot be made"));
	TRY(of_db(i, index_incidents(s), "The search index cannot be made"));
	say(i, "journal");
	TRY(journal_whole(i));
	TRY(of_db(i, db_commit(s->db), "The new database cannot be written"));
	TRY(of_db(i, db_migrate(s->db), "The database cannot be brought up to date"));
	TRY(of_db(i, db_maintain(s->db), "The database cannot be tidied"));
	*ret = s->told;
	return OK;
}
