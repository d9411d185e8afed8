/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db_fts.c - full text, with the same tokens on both back ends.
 *
 * SQLite: an FTS5 table an index, without content, cut by our own tokenizer.
 * PostgreSQL: a table (id, part, tokens tsvector) an index, with GIN. A
 * tsvector holds 16,383 positions and 1 MB, so a long text goes in parts that
 * overlap; part 0 also has the other parts' words, without places, so that
 * words joined by AND are found wherever they stand. What may be missed there:
 * AND of phrases of which one stands in a later part; a phrase of words that
 * come more than 256 times in a part.
 */
#include <limits.h>
#include <sqlite3.h>
#include <string.h>

#include "db/db_priv.h"
#include "text/tokens.h"

#define PART_TOKENS ((size_t)12000)
#define PART_BYTES ((size_t)600 * 1024)	     /* of a part's tokens */
#define PART_WORDS_BYTES ((size_t)200 * 1024) /* of later parts' words in part 0 */
#define OVERLAP ((size_t)32)		     /* tokens: longer phrases may be missed there */
#define TSVECTOR_TEXT ((size_t)8 * 1024 * 1024)
#define QUERY_TEXT ((size_t)64 * 1024)

/* The statements of each index. PostgreSQL's list of words not yet sorted in is
 * kept short (kB): each search reads all of it, and its pages stay in the file. */
struct fts {
	const char *name;
	const char *create_sqlite, *create_postgresql;
	const char *put_sqlite, *put_postgresql;
	const char *remove_sqlite, *remove_postgresql;
	const char *match_sqlite, *match_postgresql;
	const char *page_sqlite, *page_postgresql;
	const char *count_sqlite, *count_postgresql;
	const char *has_sqlite, *optimize_sqlite;
};

#define FTS(index, t)                                                                              \
	{                                                                                          \
		.name = index,                                                                     \
		.create_sqlite = "CREATE VIRTUAL TABLE IF NOT EXISTS " t                           \
				 " USING fts5 (text, content = '', columnsize = 0,"                \
				 " tokenize = 'tobiguchi')",                                       \
		.create_postgresql =                                                               \
		    "CREATE TABLE IF NOT EXISTS " t " (id BIGINT NOT NULL, part BIGINT NOT NULL,"  \
		    " tokens TSVECTOR NOT NULL, PRIMARY KEY (id, part));"                          \
		    " CREATE INDEX IF NOT EXISTS " t "_tokens ON " t " USING gin (tokens)"         \
		    " WITH (gin_pending_list_limit = 512)",                                        \
		.put_sqlite = "INSERT INTO " t " (rowid, text) VALUES (?1, ?2)",                   \
		.put_postgresql = "INSERT INTO " t                                                 \
				  " (id, part, tokens) VALUES (?1, ?2, CAST(?3 AS tsvector))",     \
		.remove_sqlite = "INSERT INTO " t " (" t ", rowid, text) VALUES ('delete', ?1, ?2)", \
		.remove_postgresql = "DELETE FROM " t " WHERE id = ?1",                            \
		.match_sqlite = " IN (SELECT rowid FROM " t " WHERE " t " MATCH ?1)",              \
		.match_postgresql =                                                                \
		    " IN (SELECT id FROM " t " WHERE tokens @@ CAST(?1 AS tsquery))",              \
		.page_sqlite = "SELECT rowid FROM " t " WHERE " t                                  \
			       " MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3",            \
		.page_postgresql =                                                                 \
		    "SELECT DISTINCT id FROM " t                                                   \
		    " WHERE tokens @@ CAST(?1 AS tsquery) AND id < ?2 ORDER BY id DESC LIMIT ?3",  \
		.count_sqlite = "SELECT count(*), min(id), max(id) FROM (SELECT rowid AS id FROM " t \
				" WHERE " t " MATCH ?1 ORDER BY rowid DESC LIMIT ?2)",             \
		.count_postgresql =                                                                \
		    "SELECT count(*), min(id), max(id) FROM (SELECT DISTINCT id FROM " t           \
		    " WHERE tokens @@ CAST(?1 AS tsquery) ORDER BY id DESC LIMIT ?2) AS hit",      \
		.has_sqlite = "SELECT 1 FROM " t " WHERE " t " MATCH ?1 AND rowid = ?2",            \
		.optimize_sqlite = "INSERT INTO " t " (" t ") VALUES ('optimize')",                \
	}

static const struct fts indexes[] = {
	FTS("report", "report_fts"),
	FTS("incident", "incident_fts"),
	FTS("message", "message_fts"),
};

static enum err
find(struct db *db, const char *name, const struct fts **ret)
{
	for (size_t i = 0; i < COUNT(indexes); i++)
		if (strcmp(indexes[i].name, name) == 0) {
			*ret = &indexes[i];
			return OK;
		}
	return db_say(db, ERR_INVALID, "no full-text index %s", name);
}

enum err
db_fts_create(struct db *db)
{
	for (size_t i = 0; i < COUNT(indexes); i++)
		TRY(db->ops->script(db, db->kind == DB_SQLITE ? indexes[i].create_sqlite
							      : indexes[i].create_postgresql));
	return OK;
}

enum err
db_fts_maintain(struct db *db)
{
	if (db->kind == DB_POSTGRESQL)
		return OK; /* VACUUM does it */
	for (size_t i = 0; i < COUNT(indexes); i++)
		TRY(db->ops->script(db, indexes[i].optimize_sqlite));
	return OK;
}

/* SQLite's tokenizer */

struct to_fts5 {
	void *context;
	int (*give)(void *context, int flags, const char *token, int n, int start, int end);
	int rc;
};

static enum err
give(void *object, const struct token *t)
{
	struct to_fts5 *f = object;

	f->rc = f->give(f->context, t->again ? FTS5_TOKEN_COLOCATED : 0, t->text.p, (int)t->text.n,
	    (int)t->start, (int)t->end);
	return f->rc == SQLITE_OK ? OK : ERR_IO;
}

static int
tokenize(Fts5Tokenizer *tokenizer, void *context, int why, const char *text, int n,
    int (*to)(void *, int, const char *, int, int, int))
{
	struct to_fts5 f = { .context = context, .give = to, .rc = SQLITE_OK };
	struct str s = { text, n < 0 ? 0 : (size_t)n };
	enum err e = (why & FTS5_TOKENIZE_QUERY) != 0 ? tokens_query(s, give, &f) : tokens_each(s, give, &f);

	(void)tokenizer;
	return e != OK && f.rc == SQLITE_OK ? SQLITE_ERROR : f.rc;
}

static int
tokenizer_create(void *object, const char **args, int n, Fts5Tokenizer **ret)
{
	static int nothing;

	(void)object;
	(void)args;
	(void)n;
	*ret = (Fts5Tokenizer *)&nothing; /* it keeps no state */
	return SQLITE_OK;
}

static void
tokenizer_delete(Fts5Tokenizer *tokenizer)
{
	(void)tokenizer;
}

enum err
db_fts_register(struct sqlite3 *h)
{
	static fts5_tokenizer methods = { tokenizer_create, tokenizer_delete, tokenize };
	fts5_api *api = NULL;
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(h, "SELECT fts5(?1)", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_pointer(st, 1, &api, "fts5_api_ptr", NULL) == SQLITE_OK)
		(void)sqlite3_step(st); /* fills api */
	(void)sqlite3_finalize(st);
	if (api == NULL || api->xCreateTokenizer(api, "tobiguchi", NULL, &methods, NULL) != SQLITE_OK)
		return ERR_IO; /* an SQLite without FTS5 */
	return OK;
}

/* PostgreSQL's tsvector */

struct part {
	struct buf *text;
	size_t tokens, bytes;
	size_t next; /* where the next part begins: OVERLAP tokens before the end */
};

static void
add_lexeme(struct buf *b, struct str token)
{
	buf_char(b, '\'');
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] == '\'' || token.p[i] == '\\')
			buf_char(b, token.p[i]);
		buf_char(b, token.p[i]);
	}
	buf_char(b, '\'');
}

/* ERR_LIMIT ends the walk when the part is full. */
static enum err
add_to_part(void *object, const struct token *t)
{
	struct part *p = object;

	if (!t->again) {
		if (p->tokens >= PART_TOKENS || p->bytes >= PART_BYTES)
			return ERR_LIMIT;
		p->tokens++;
		if (p->tokens <= PART_TOKENS - OVERLAP)
			p->next = t->start;
	}
	p->bytes += t->text.n;
	add_lexeme(p->text, t->text);
	buf_char(p->text, ':');
	buf_int(p->text, (int64_t)(p->tokens == 0 ? 1 : p->tokens));
	buf_char(p->text, ' ');
	return OK;
}

struct words {
	struct buf *text;
	uint64_t *seen; /* hashes, 0 empty */
	size_t size, n, bytes;
};

static enum err
add_word(void *object, const struct token *t)
{
	struct words *w = object;
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < t->text.n; i++)
		h = (h ^ (unsigned char)t->text.p[i]) * UINT64_C(1099511628211);
	h |= 1;
	size_t at = (size_t)(h >> 20) % w->size;

	while (w->seen[at] != 0 && w->seen[at] != h)
		at = (at + 1) % w->size;
	if (w->seen[at] == h)
		return OK;
	if (w->n >= w->size / 2 || w->bytes + t->text.n > PART_WORDS_BYTES)
		return ERR_LIMIT; /* the parts themselves still have it */
	w->seen[at] = h;
	w->n++;
	w->bytes += t->text.n;
	add_lexeme(w->text, t->text);
	buf_char(w->text, ' ');
	return OK;
}

static enum err
put_parts(struct db *db, const struct fts *f, int64_t id, struct str text)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, TSVECTOR_TEXT);

	for (int64_t part = 0;; part++) {
		struct part p = { .text = b };

		buf_clear(b);
		enum err e = tokens_each(text, add_to_part, &p);
		bool more = e == ERR_LIMIT && p.next > 0;

		if (part == 0 && more) {
			struct words w = { .text = b, .size = 1 << 17 };

			w.seen = arena_many(a, uint64_t, w.size);
			e = tokens_each(str_skip(text, p.next), add_word, &w);
		}
		if (e != OK && e != ERR_LIMIT)
			return e;
		TRY(buf_error(b));
		TRY(db_run_(db, f->put_postgresql, DB_ARGS_(DB_INT(id), DB_INT(part), DB_STR(buf_view(b)))));
		if (!more)
			return OK;
		text = str_skip(text, p.next);
	}
}

enum err
db_fts_put(struct db *db, const char *index, int64_t id, struct str text)
{
	const struct fts *f;

	TRY(find(db, index, &f));
	if (db->kind == DB_POSTGRESQL)
		return put_parts(db, f, id, text);
	return db_run_(db, f->put_sqlite, DB_ARGS_(DB_INT(id), DB_STR(text)));
}

static enum err
first_token(void *object, const struct token *t)
{
	struct buf *b = object;

	if (t->again)
		return OK;
	buf_char(b, '"');
	buf_str(b, t->text);
	buf_char(b, '"');
	return ERR_LIMIT; /* one is enough */
}

/* Is there such a document? Taking out what is not there would spoil the sums
 * that the index keeps. */
static enum err
has_document(struct db *db, const struct fts *f, int64_t id, struct str text, bool *ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	struct buf *b = buf_new(a, QUERY_TEXT);
	enum err e = tokens_each(text, first_token, b);

	*ret = true;
	if (e != ERR_LIMIT || b->n == 0)
		return e; /* no token: nothing to tell it by, and nothing to spoil */
	TRY(db_query_(db, &q, f->has_sqlite, DB_ARGS_(DB_STR(buf_view(b)), DB_INT(id))));
	*ret = db_row(q);
	return db_end(q);
}

enum err
db_fts_remove(struct db *db, const char *index, int64_t id, struct str old_text)
{
	const struct fts *f;
	bool has;

	TRY(find(db, index, &f));
	if (db->kind == DB_POSTGRESQL)
		return db_run_(db, f->remove_postgresql, DB_ARGS_(DB_INT(id)));
	TRY(has_document(db, f, id, old_text, &has));
	return has ? db_run_(db, f->remove_sqlite, DB_ARGS_(DB_INT(id), DB_STR(old_text))) : OK;
}

/* queries */

struct phrase {
	enum db_kind kind;
	struct buf *b;
	size_t tokens;
	bool prefix; /* of the last token */
};

static enum err
add_to_phrase(void *object, const struct token *t)
{
	struct phrase *p = object;

	if (p->kind == DB_POSTGRESQL) {
		if (p->tokens > 0)
			buf_text(p->b, " <-> ");
		add_lexeme(p->b, t->text);
	}
	p->tokens++;
	p->prefix = t->prefix;
	return OK;
}

/* One word or quoted phrase; adds nothing when nothing in it is searchable. */
static enum err
add_phrase(struct buf *b, enum db_kind kind, struct str text, bool prefix, bool *any)
{
	struct phrase p = { .kind = kind, .b = b };
	size_t before = b->n;

	if (*any)
		buf_text(b, kind == DB_POSTGRESQL ? " & " : " AND ");
	buf_char(b, kind == DB_POSTGRESQL ? '(' : '"');
	TRY(tokens_query(text, add_to_phrase, &p));
	prefix = prefix || p.prefix;
	if (p.tokens == 0) {
		b->n = before;
		return OK;
	}
	if (kind == DB_POSTGRESQL) {
		buf_text(b, prefix ? ":*)" : ")");
	} else {
		/* No quote is in it; FTS5 cuts it by our tokenizer again. */
		buf_str(b, text);
		buf_text(b, prefix ? "\" *" : "\"");
	}
	*any = true;
	return OK;
}

/* Cut the next word or phrase off ${s}; false at the end. */
static bool
next_word(struct str *s, struct str *ret, bool *ret_prefix)
{
	static const struct str blank = STR("\xe3\x80\x80"); /* the ideographic space */
	size_t n = 0;

	*ret_prefix = false;
	while (s->n > 0 && (str_is_space(s->p[0]) || s->p[0] == '\0' || str_starts(*s, blank)))
		*s = str_skip(*s, str_starts(*s, blank) ? blank.n : 1);
	if (s->n == 0)
		return false;
	if (str_eat(s, STR("\""))) {
		n = str_find_char(*s, '"', 0);
		*ret = str_take(*s, n);
		*s = str_skip(*s, n == SIZE_MAX ? n : n + 1);
		/* A NUL would end FTS5's query. */
		*ret = str_take(*ret, str_find_char(*ret, '\0', 0));
		return true;
	}
	while (n < s->n && s->p[n] != '"' && s->p[n] != '\0' && !str_is_space(s->p[n]) &&
	    !str_starts(str_skip(*s, n), blank))
		n++;
	*ret = str_take(*s, n);
	*s = str_skip(*s, n);
	*ret_prefix = str_ends(*ret, STR("*"));
	return true;
}

/* ${query} in the back end's language. */
static enum err
translate(struct arena *a, enum db_kind kind, struct str query, const char **ret)
{
	struct buf *b = buf_new(a, QUERY_TEXT);
	struct str word;
	bool prefix, any = false;

	while (next_word(&query, &word, &prefix))
		TRY(add_phrase(b, kind, word, prefix, &any));
	TRY(buf_error(b));
	*ret = buf_cstr(a, b);
	return any ? OK : ERR_INVALID;
}

enum err
db_fts_match(struct db *db, struct db_sql *s, const char *index, const char *column, struct str query)
{
	const struct fts *f;
	const char *text;

	TRY(find(db, index, &f));
	TRY(translate(s->a, db->kind, query, &text));
	buf_text(s->text, column);
	db_sql_add_(s, db->kind == DB_SQLITE ? f->match_sqlite : f->match_postgresql,
	    DB_ARGS_(DB_TEXT(text)));
	return OK;
}

static enum err
count(struct db *db, const struct fts *f, const char *text, int64_t exact_to, struct db_hits *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one_(db, &q, db->kind == DB_SQLITE ? f->count_sqlite : f->count_postgresql,
	    DB_ARGS_(DB_TEXT(text), DB_INT(exact_to + 1))));
	ret->total = db_int(q, 0);
	ret->estimate = ret->total > exact_to;
	if (ret->estimate) {
		/* The newest ones tell how dense they are; ids begin at 1. */
		double lowest = (double)db_int(q, 1), highest = (double)db_int(q, 2);

		ret->total = (int64_t)((double)ret->total * highest / (highest - lowest + 1));
	}
	return db_end(q);
}

enum err
db_fts_search(struct db *db, struct arena *a, const char *index, struct str query, int64_t before,
    size_t limit, int64_t exact_to, struct db_hits *ret)
{
	AUTO(db_stmt) q = NULL;
	struct db_hits hits = { .id = arena_many(a, int64_t, limit) };
	const struct fts *f;
	const char *text;

	TRY(find(db, index, &f));
	TRY(translate(a, db->kind, query, &text));
	TRY(db_query_(db, &q, db->kind == DB_SQLITE ? f->page_sqlite : f->page_postgresql,
	    DB_ARGS_(DB_TEXT(text), DB_INT(before == 0 ? INT64_MAX : before), DB_INT((int64_t)limit))));
	while (hits.n < limit && db_row(q))
		hits.id[hits.n++] = db_int(q, 0);
	TRY(db_end(q));
	/* Fewer than asked for are all of them. */
	if (hits.n < limit && before == 0 && (int64_t)hits.n <= exact_to)
		hits.total = (int64_t)hits.n;
	else if (exact_to > 0)
		TRY(count(db, f, text, exact_to, &hits));
	*ret = hits;
	return OK;
}
