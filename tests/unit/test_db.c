/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_db.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"

static enum err
gauge_set(struct db *db, const char *name, int64_t n)
{
	return db_run(db,
	    "INSERT INTO gauge (name, n) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET n = excluded.n",
	    DB_TEXT(name), DB_INT(n));
}

static int64_t
gauge_get(struct db *db, const char *name)
{
	AUTO(db_stmt) q = NULL;
	enum err e = db_one(db, &q, "SELECT n FROM gauge WHERE name = ?1", DB_TEXT(name));

	if (e == ERR_NOT_FOUND)
		return -1;
	assert_ok(e);
	return db_int(q, 0);
}

static void
migrates_once(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db) reader = unit_db_reader(u);

	assert_ok(db_migrate(u->db));
	assert_ok(db_schema_check(u->db));
	assert_ok(db_schema_check(reader));
	assert_ok(db_run(u->db, "UPDATE schema_version SET sha256 = 'x' WHERE n = 1"));
	assert_err(db_migrate(u->db), ERR_CONFLICT);
	assert_err(db_schema_check(u->db), ERR_CONFLICT);
	assert_ok(db_run(u->db, "DELETE FROM schema_version"));
	assert_err(db_schema_check(u->db), ERR_NOT_FOUND);
}

static void
refuses_a_newer_schema(void **state)
{
	struct unit_db *u = unit_db(state);

	assert_ok(db_run(u->db,
	    "INSERT INTO schema_version (n, name, applied_at, sha256) VALUES (?1, ?2, ?3, ?4)",
	    DB_INT(9999), DB_TEXT("future"), DB_INT(0), DB_TEXT("x")));
	assert_err(db_schema_check(u->db), ERR_CONFLICT);
	assert_err(db_migrate(u->db), ERR_CONFLICT);
	assert_non_null(strstr(db_message(u->db), "future"));
}

static void
keeps_every_type(void **state)
{
	struct unit_db *u = unit_db(state);
	static const char bytes[] = { 0, 1, 'x', (char)0xff, 0, '\'' };
	struct str blob = { bytes, sizeof(bytes) };
	int64_t id = 0;

	assert_ok(db_begin_write(u->db));
	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO blob (name, size, stored, bytes, created_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
	    DB_BLOB(blob), DB_INT(INT64_MAX), DB_INT(INT64_MIN), DB_NULL, DB_INT(-1)));
	assert_true(id > 0);
	assert_ok(db_run(u->db, "INSERT INTO setting (key, value) VALUES (?1, ?2)",
	    DB_TEXT("日本語"), DB_STR(STR("it's ?1 \"quoted\"\n"))));
	assert_int_equal(db_changed(u->db), 1);
	assert_ok(db_commit(u->db));

	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT name, size, stored, bytes, created_at FROM blob WHERE id = ?1",
	    DB_INT(id)));
	assert_int_equal(db_blob(q, 0).n, sizeof(bytes));
	assert_memory_equal(db_blob(q, 0).p, bytes, sizeof(bytes));
	assert_true(db_int(q, 1) == INT64_MAX);
	assert_true(db_int(q, 2) == INT64_MIN);
	assert_string_equal(db_text(q, 1), "9223372036854775807");
	assert_string_equal(db_text(q, 4), "-1");
	assert_true(db_is_null(q, 3));
	assert_int_equal(db_blob(q, 3).n, 0);
	assert_string_equal(db_text(q, 3), "");
	assert_null(db_dup(u->a, q, 3));
	assert_ok(db_end(q));
	assert_false(db_row(q));

	AUTO(db_stmt) t = NULL;

	assert_ok(db_one(u->db, &t, "SELECT key, value FROM setting WHERE value LIKE '%?1%'"));
	assert_string_equal(db_text(t, 0), "日本語");
	assert_string_equal(db_dup(u->a, t, 1), "it's ?1 \"quoted\"\n");
}

static void
computes_alike(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db_stmt) q = NULL;

	assert_ok(db_begin_write(u->db));
	for (int i = 1; i <= 10; i++)
		assert_ok(db_run(u->db,
		    "INSERT INTO tally (what, day, category, domestic, n) VALUES (?1, ?2, ?3, ?4, ?5)",
		    DB_TEXT("report"), DB_INT(i), DB_TEXT(i % 2 == 0 ? "scan" : "dos"), DB_INT(0), DB_INT(i * 1000)));
	assert_ok(db_commit(u->db));
	assert_ok(db_one(u->db, &q,
	    "SELECT sum(n), count(*), max(n), sum(CASE WHEN category = 'dos' THEN 1 ELSE 0 END), 7 / 2,"
	    " ?1 + 0.5, 'x' || ?2, EXISTS (SELECT 1 FROM tally WHERE n = ?3) FROM tally",
	    DB_REAL(1.25), DB_TEXT("y"), DB_INT(3000)));
	assert_int_equal(db_int(q, 0), 55000);
	assert_string_equal(db_text(q, 0), "55000");
	assert_int_equal(db_int(q, 1), 10);
	assert_int_equal(db_int(q, 2), 10000);
	assert_int_equal(db_int(q, 3), 5);
	assert_int_equal(db_int(q, 4), 3);
	assert_true(db_real(q, 5) == 1.75);
	assert_string_equal(db_text(q, 6), "xy");
	assert_int_equal(db_int(q, 7), 1);
	db_stmt_free(q);
	q = NULL;
	assert_ok(db_one(u->db, &q, "SELECT sum(n), avg(n) FROM tally WHERE what = ?1", DB_TEXT("report")));
	assert_true(db_real(q, 1) == 5500.0);
	db_stmt_free(q);
	q = NULL;
	assert_ok(db_one(u->db, &q, "SELECT sum(n) FROM tally WHERE what = ?1", DB_TEXT("none")));
	assert_true(db_is_null(q, 0));
}

static void
names_what_was_violated(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t id = 0;

	assert_ok(db_begin_write(u->db));
	assert_ok(db_run(u->db, "INSERT INTO setting (key, value) VALUES ('a', 'b')"));
	assert_err(db_run(u->db, "INSERT INTO setting (key, value) VALUES ('a', 'c')"), ERR_EXISTS);
	/* The transaction is lost on both. */
	assert_err(db_run(u->db, "INSERT INTO setting (key, value) VALUES ('z', 'c')"), ERR_EXISTS);
	assert_err(db_commit(u->db), ERR_EXISTS);
	db_rollback(u->db);

	assert_ok(db_begin_write(u->db));
	assert_err(db_run(u->db, "INSERT INTO setting (key) VALUES ('a')"), ERR_CONFLICT);
	db_rollback(u->db);
	assert_ok(db_begin_write(u->db));
	assert_err(db_insert(u->db, &id,
		       "INSERT INTO session (token_hash, person_id, csrf, created_at, seen_at, expires_at)"
		       " VALUES ('x', ?1, 'y', 0, 0, 0) RETURNING id",
		       DB_INT(77)),
	    ERR_CONFLICT);
	assert_true(strlen(db_message(u->db)) > 0);
	db_rollback(u->db);
	assert_ok(db_begin_write(u->db));
	assert_err(db_run(u->db, "SELECT nothing FROM nowhere"), ERR_IO);
	db_rollback(u->db);
	assert_err(db_insert(u->db, &id,
		       "INSERT INTO job (kind, payload, key, state, run_at, created_at)"
		       " SELECT 'k', '', NULL, 'done', 0, 0 WHERE 1 = 0 RETURNING id"),
	    ERR_NOT_FOUND);
}

static void
undoes_what_is_rolled_back(void **state)
{
	struct unit_db *u = unit_db(state);

	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "kept", 1));
	assert_ok(db_savepoint(u->db));
	assert_ok(gauge_set(u->db, "dropped", 2));
	assert_err(db_run(u->db, "INSERT INTO gauge (name, n) VALUES ('kept', 3)"), ERR_EXISTS);
	assert_ok(db_rollback_to(u->db));
	assert_ok(db_savepoint(u->db));
	assert_ok(gauge_set(u->db, "outer", 4));
	assert_ok(db_savepoint(u->db));
	assert_ok(gauge_set(u->db, "inner", 5));
	assert_ok(db_rollback_to(u->db));
	assert_ok(db_release(u->db));
	assert_ok(db_savepoint(u->db)); /* somebody who did not look at the error */
	assert_ok(gauge_set(u->db, "dropped", 6));
	assert_err(db_run(u->db, "INSERT INTO gauge (name, n) VALUES ('kept', 3)"), ERR_EXISTS);
	assert_err(db_release(u->db), ERR_EXISTS);
	assert_ok(db_commit(u->db));
	assert_int_equal(gauge_get(u->db, "kept"), 1);
	assert_int_equal(gauge_get(u->db, "dropped"), -1);
	assert_int_equal(gauge_get(u->db, "outer"), 4);
	assert_int_equal(gauge_get(u->db, "inner"), -1);

	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "kept", 9));
	db_rollback(u->db);
	db_rollback(u->db);
	assert_int_equal(gauge_get(u->db, "kept"), 1);
}

static void
reads_one_snapshot(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db) reader = unit_db_reader(u);

	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "n", 1));
	assert_ok(db_commit(u->db));
	assert_ok(db_begin_read(reader));
	assert_int_equal(gauge_get(reader, "n"), 1);
	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "n", 2));
	assert_int_equal(gauge_get(reader, "n"), 1);
	assert_ok(db_commit(u->db));
	assert_int_equal(gauge_get(reader, "n"), 1);
	assert_ok(db_commit(reader));
	assert_ok(db_begin_read(reader));
	assert_int_equal(gauge_get(reader, "n"), 2);
	/* A statement left open does not keep the old snapshot. */
	AUTO(db_stmt) q = NULL;

	assert_ok(db_query(reader, &q, "SELECT name FROM gauge"));
	assert_ok(db_commit(reader));
	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "n", 3));
	assert_ok(db_commit(u->db));
	assert_ok(db_begin_read(reader));
	assert_int_equal(gauge_get(reader, "n"), 3);
	assert_false(db_row(q));
	db_rollback(reader);
	assert_true(gauge_set(reader, "n", 4) != OK); /* it may not write */
}

static void
queries_may_nest(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db_stmt) outer = NULL;
	int pairs = 0;

	for (int i = 0; i < 3; i++)
		assert_ok(gauge_set(u->db, arena_printf(u->a, "g%d", i), i));
	assert_ok(db_query(u->db, &outer, "SELECT name FROM gauge WHERE name LIKE ?1 ORDER BY name", DB_TEXT("g%")));
	while (db_row(outer)) {
		AUTO(db_stmt) inner = NULL;

		assert_ok(db_query(
		    u->db, &inner, "SELECT name FROM gauge WHERE name LIKE ?1 ORDER BY name", DB_TEXT("g%")));
		while (db_row(inner))
			pairs++;
		assert_ok(db_end(inner));
	}
	assert_ok(db_end(outer));
	assert_int_equal(pairs, 9);
}

static void
sql_is_put_together(void **state)
{
	struct unit_db *u = unit_db(state);
	struct db_sql s, tail;
	int64_t ids[600], found = 0;

	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < 20; i++) {
		int64_t id;

		assert_ok(db_insert(u->db, &id,
		    "INSERT INTO job (kind, payload, key, state, run_at, created_at)"
		    " VALUES (?1, ?2, NULL, ?3, ?4, 0) RETURNING id",
		    DB_TEXT(i % 2 == 0 ? "even" : "odd"), DB_TEXT("{}"), DB_TEXT("done"), DB_INT(i)));
		ids[i] = id;
	}
	assert_ok(db_commit(u->db));
	for (size_t n = 0; n <= 20; n++) {
		AUTO(db_stmt) q = NULL;

		db_sql_init(&s, u->a);
		db_sql_add(&s, "SELECT count(*) FROM job WHERE '?9' = '?9' AND state = ?1 -- it's ?7\n", DB_TEXT("done"));
		db_sql_ids(&s, " AND id IN", ids, n);
		db_sql_init(&tail, u->a);
		db_sql_add(&tail, " AND run_at >= ?1 AND kind IN (?2, ?3) AND ?1 = ?1", DB_INT(0), DB_TEXT("even"),
		    DB_TEXT("odd"));
		db_sql_join(&s, &tail);
		assert_ok(db_query_sql(u->db, &q, &s));
		assert_true(db_row(q));
		assert_int_equal(db_int(q, 0), (int64_t)n);
		found++;
	}
	assert_int_equal(found, 21);
	for (int i = 0; i < 600; i++)
		ids[i] = i;
	AUTO(db_stmt) none = NULL;

	db_sql_init(&s, u->a);
	db_sql_add(&s, "SELECT id FROM job WHERE 1 = 1");
	db_sql_ids(&s, " AND id IN", ids, 500);
	assert_ok(db_run_sql(u->db, &s));
	db_sql_init(&s, u->a);
	db_sql_add(&s, "SELECT id FROM job WHERE 1 = 1");
	db_sql_ids(&s, " AND id IN", ids, 501);
	assert_err(db_query_sql(u->db, &none, &s), ERR_LIMIT);
}

static void
null_takes_any_place(void **state)
{
	struct unit_db *u = unit_db(state);

	for (int i = 0; i < 4; i++) {
		AUTO(db_stmt) q = NULL;
		struct db_arg text = i % 2 == 0 ? DB_NULL : DB_TEXT("t");
		struct db_arg number = i / 2 == 0 ? DB_NULL : DB_INT(5);
		int64_t id;

		assert_ok(db_insert(u->db, &id,
		    "INSERT INTO job (kind, payload, key, state, run_at, created_at, started_at)"
		    " VALUES ('k', 'p', ?1, 'done', 0, 0, ?2) RETURNING id",
		    text, number));
		assert_ok(db_one(u->db, &q, "SELECT key, started_at FROM job WHERE id = ?1", DB_INT(id)));
		assert_int_equal(db_is_null(q, 0), i % 2 == 0);
		assert_int_equal(db_int(q, 1), i / 2 == 0 ? 0 : 5);
	}
	for (int i = 0; i < 2; i++) {
		AUTO(db_stmt) q = NULL;
		AUTO(db_stmt) one = NULL;

		if (i == 1)
			assert_ok(db_begin_write(u->db));
		assert_ok(db_one(u->db, &q,
		    "SELECT count(*), '日本' FROM job WHERE (?1 IS NULL OR key = ?1)"
		    " AND (?2 IS NULL OR started_at = ?2) AND ?3 IS NULL",
		    DB_NULL, DB_NULL, DB_NULL));
		assert_int_equal(db_int(q, 0), 4);
		assert_ok(db_one(u->db, &one,
		    "SELECT count(*), '日本' FROM job WHERE (?1 IS NULL OR key = ?1)"
		    " AND (?2 IS NULL OR started_at = ?2) AND ?3 IS NULL",
		    DB_TEXT("t"), DB_INT(5), DB_NULL));
		assert_int_equal(db_int(one, 0), 1);
		if (i == 1)
			assert_ok(db_commit(u->db));
		assert_ok(db_run(u->db, "UPDATE job SET run_at = run_at")); /* other texts in between */
	}
}

static void
many_statements_are_forgotten_in_time(void **state)
{
	struct unit_db *u = unit_db(state);

	for (int i = 0; i < 500; i++) {
		AUTO(db_stmt) q = NULL;
		struct db_sql s;

		db_sql_init(&s, u->a);
		db_sql_add(&s, "SELECT n FROM gauge WHERE n > ?1", DB_INT(i));
		for (int k = 0; k < i; k++)
			buf_text(s.text, " ");
		assert_ok(db_query_sql(u->db, &q, &s));
		assert_false(db_row(q));
	}
}

static void
batches_many_rows(void **state)
{
	struct unit_db *u = unit_db(state);

	assert_ok(db_begin_write(u->db));
	assert_ok(db_batch_begin(u->db));
	for (int i = 0; i < 3000; i++)
		assert_ok(gauge_set(u->db, arena_printf(u->a, "b%d", i), i));
	assert_int_equal(gauge_get(u->db, "b2999"), 2999); /* a query sees them */
	assert_ok(gauge_set(u->db, "after", 1));
	assert_ok(db_batch_end(u->db));
	assert_ok(db_commit(u->db));
	assert_int_equal(gauge_get(u->db, "b1234"), 1234);

	assert_ok(db_begin_write(u->db));
	assert_ok(db_batch_begin(u->db));
	enum err e = OK;

	for (int i = 0; i < 10 && e == OK; i++)
		e = db_run(u->db, "INSERT INTO gauge (name, n) VALUES (?1, 0)", DB_TEXT("twice"));
	assert_err(db_batch_end(u->db), ERR_EXISTS);
	db_rollback(u->db);

	assert_ok(db_begin_write(u->db));
	assert_ok(db_batch_begin(u->db));
	for (int step = 0; step < 4; step++) {
		assert_ok(db_savepoint(u->db));
		e = gauge_set(u->db, arena_printf(u->a, "step%d", step), step);
		for (int i = 0; i < step && e == OK; i++)
			e = db_run(u->db, "INSERT INTO gauge (name, n) VALUES (?1, 0)", DB_TEXT("twice"));
		if (step == 3)
			assert_ok(db_rollback_to(u->db));
		else
			assert_err(db_release(u->db), step < 2 ? OK : ERR_EXISTS);
		if (step == 1)
			assert_ok(db_run(u->db, "DELETE FROM gauge WHERE name = 'twice'"));
	}
	assert_ok(db_batch_end(u->db));
	assert_ok(db_commit(u->db));
	assert_int_equal(gauge_get(u->db, "step1"), 1);
	assert_int_equal(gauge_get(u->db, "step2"), -1);
	assert_int_equal(gauge_get(u->db, "step3"), -1);
	assert_int_equal(gauge_get(u->db, "twice"), -1);
	assert_int_equal(gauge_get(u->db, "after"), 1);
}

/* Writers of several processes: nobody fails, nothing is lost. */
static void
writers_wait_for_each_other(void **state)
{
	struct unit_db *u = unit_db(state);
	pid_t child[3];

	assert_ok(gauge_set(u->db, "n", 0));
	db_free(u->db); /* no connection may cross a fork */
	for (size_t c = 0; c < COUNT(child); c++) {
		child[c] = fork();
		if (child[c] == 0) {
			struct db *db = NULL;
			enum err e = db_open(u->url, false, u->lock, &db);

			for (int i = 0; i < 50 && e == OK; i++) {
				e = db_begin_write(db);
				int64_t n = e == OK ? gauge_get(db, "n") : 0;

				if (e == OK)
					e = gauge_set(db, "n", n + 1);
				if (e == OK)
					e = db_commit(db);
			}
			_exit(e == OK ? 0 : 1);
		}
	}
	for (size_t c = 0; c < COUNT(child); c++) {
		int status = 0;

		assert_int_equal(waitpid(child[c], &status, 0), child[c]);
		assert_int_equal(status, 0);
	}
	u->db = unit_db_writer(u);
	assert_int_equal(gauge_get(u->db, "n"), 150);
}

static void
copies_while_in_use(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db) reader = unit_db_reader(u);
	char path[128];

	assert_ok(gauge_set(u->db, "n", 42));
	if (db_kind(u->db) == DB_POSTGRESQL) {
		assert_err(db_copy_sqlite(reader, "x"), ERR_INVALID);
		assert_ok(db_maintain(u->db));
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/copy.db", u->folder);
	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "n", 43));
	assert_ok(db_copy_sqlite(reader, path));
	assert_ok(db_commit(u->db));
	assert_err(db_copy_sqlite(reader, path), ERR_EXISTS);
	struct db *copy = NULL;

	assert_ok(db_open(arena_printf(u->a, "sqlite:%s", path), false, NULL, &copy));
	assert_ok(db_schema_check(copy));
	assert_int_equal(gauge_get(copy, "n"), 42);
	db_free(copy);
	assert_int_equal(unlink(path), 0);
	assert_ok(db_maintain(u->db));
	assert_int_equal(gauge_get(u->db, "n"), 43);
}

static void
opens_only_what_it_knows(void **state)
{
	static const struct {
		const char *url;
		enum err want;
	} cases[] = {
		{ "", ERR_INVALID },
		{ "sqlite:", ERR_INVALID },
		{ "mysql://x", ERR_INVALID },
		{ "/tmp/x.db", ERR_INVALID },
		{ "sqlite:/nowhere/there/x.db", ERR_NOT_FOUND },
		{ "postgresql://127.0.0.1:1/x", ERR_UNAVAILABLE },
	};
	struct db *db = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_err(db_open(cases[i].url, true, NULL, &db), cases[i].want);
	assert_err(db_open("sqlite:/nowhere/there/x.db", false, NULL, &db), ERR_UNAVAILABLE);
	assert_null(db);
}

/* full text */

static const char *const documents[] = {
	"",
	"不正アクセスによる侵入がありました。侵入経路は調査中です。",
	"フィッシングサイト https://login.evil-1234.example.jp/bank/index.html を見つけました",
	"ｻｰﾊﾞｰのﾃﾞｰﾀﾍﾞｰｽから情報が漏えいした",
	"サーバの電子証明書が失効している",
	"Ransomware infection on HOST-42, contact soc@victim.example.com",
	"電子メールの証明書を確認。網の監視。",
	"The WEB server was defaced: Webserver compromised",
	"感染した端末から 192.0.2.77 と 2001:db8::1 への通信",
	"サーバーに侵入し、フィッシングページを設置",
};

static void
put_documents(struct unit_db *u)
{
	assert_ok(db_begin_write(u->db));
	for (size_t i = 1; i < COUNT(documents); i++)
		assert_ok(db_fts_put(u->db, "report", (int64_t)i, str_of(documents[i])));
	assert_ok(db_fts_put(u->db, "incident", 1, STR("侵入")));
	assert_ok(db_commit(u->db));
}

/* The ids that ${query} finds, newest first: "9 4 3 ". */
static const char *
found(struct unit_db *u, const char *query)
{
	struct buf *b = buf_new(u->a, 4096);
	struct db_hits hits = { 0 };
	enum err e = db_fts_search(u->db, u->a, "report", str_of(query), 0, 50, 1000, &hits);

	if (e == ERR_INVALID)
		return "invalid";
	assert_ok(e);
	assert_int_equal(hits.total, (int64_t)hits.n);
	assert_false(hits.estimate);
	for (size_t i = 0; i < hits.n; i++)
		buf_printf(b, "%d ", (int)hits.id[i]);
	return buf_cstr(u->a, b);
}

static void
finds_japanese_and_hosts(void **state)
{
	static const struct {
		const char *query, *want;
	} cases[] = {
		{ "侵入", "9 1 " },
		{ "侵入経路", "1 " },
		{ "経路侵入", "" },
		{ "感染", "8 " },
		{ "サーバー", "9 4 3 " }, /* long-vowel variants and half width */
		{ "サーバ", "9 4 3 " },
		{ "ｻｰﾊﾞ", "9 4 3 " },
		{ "データベース", "3 " },
		{ "ﾃﾞｰﾀﾍﾞｰｽ", "3 " },
		{ "電子証明書", "4 " },
		{ "電子 証明書", "6 4 " },
		{ "電子　証明書", "6 4 " }, /* ideographic space */
		{ "\"電子 証明書\"", "" },
		{ "網", "6 " }, /* one character */
		{ "evil-1234.example.jp", "2 " },
		{ "login.evil-1234.example.jp", "2 " },
		{ "evil", "2 " },
		{ "example", "5 2 " },
		{ "example.jp", "2 " },
		{ "soc@victim.example.com", "5 " },
		{ "https://login.evil-1234.example.jp/bank/", "2 " },
		{ "192.0.2.77", "8 " },
		{ "192.0.2", "8 " },
		{ "0.2.192", "" },
		{ "2001:db8::1", "8 " },
		{ "ransomware", "5 " },
		{ "ＲＡＮＳＯＭＷＡＲＥ", "5 " },
		{ "ransom", "" },
		{ "ransom*", "5 " },
		{ "web*", "7 " },
		{ "\"web server\"", "7 " },
		{ "\"server web\"", "" },
		{ "server web", "7 " },
		{ "フィッシング 侵入", "9 " },
		{ "フィッシング bank", "2 " },
		{ "HOST-42", "5 " },
		{ "nothing", "" },
		{ "", "invalid" },
		{ " \t　", "invalid" },
		{ "\"\"", "invalid" },
		{ "* . ! ()", "invalid" },
		{ "侵入 !!", "9 1 " },
		{ "侵入 AND", "" }, /* no operators: "and" is a word */
		{ "\"侵入", "9 1 " },
		{ "侵入\"経路", "1 " },
		{ "a'b\\c:*&|!<->", "" },
		{ "NEAR(侵入 経路)", "" },
		{ "text:侵入", "" },
		{ "\xff侵入\xfe", "9 1 " },
	};
	struct unit_db *u = unit_db(state);
	int bad = 0;

	put_documents(u);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (strcmp(found(u, cases[i].query), cases[i].want) != 0) {
			print_error("%s: %s, not %s\n", cases[i].query, found(u, cases[i].query), cases[i].want);
			bad++;
		}
	assert_int_equal(bad, 0);
}

static void
matches_as_a_condition(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db_stmt) q = NULL;
	struct db_sql s;

	put_documents(u);
	for (int i = 0; i < 12; i++)
		assert_ok(gauge_set(u->db, arena_printf(u->a, "g%02d", i), i));
	db_sql_init(&s, u->a);
	db_sql_add(&s, "SELECT n FROM gauge WHERE n >= ?1 AND ", DB_INT(2));
	assert_ok(db_fts_match(u->db, &s, "report", "gauge.n", STR("サーバー")));
	db_sql_add(&s, " AND name LIKE ?1 ORDER BY n DESC LIMIT ?2", DB_TEXT("g%"), DB_INT(2));
	assert_ok(db_query_sql(u->db, &q, &s));
	assert_true(db_row(q));
	assert_int_equal(db_int(q, 0), 9);
	assert_true(db_row(q));
	assert_int_equal(db_int(q, 0), 4);
	assert_false(db_row(q));
	assert_err(db_fts_match(u->db, &s, "report", "n", STR("...")), ERR_INVALID);
	assert_err(db_fts_match(u->db, &s, "person", "n", STR("x")), ERR_INVALID);
}

static void
forgets_what_was_removed(void **state)
{
	struct unit_db *u = unit_db(state);

	put_documents(u);
	assert_ok(db_begin_write(u->db));
	assert_ok(db_fts_remove(u->db, "report", 9, str_of(documents[9])));
	assert_ok(db_fts_remove(u->db, "report", 1, str_of(documents[1])));
	assert_ok(db_fts_put(u->db, "report", 1, STR("別の本文")));
	assert_string_equal(found(u, "侵入"), "");
	assert_string_equal(found(u, "本文"), "1 ");
	db_rollback(u->db);
	assert_string_equal(found(u, "侵入"), "9 1 ");
	assert_ok(db_maintain(u->db));
	assert_string_equal(found(u, "侵入"), "9 1 ");
}

static void
pages_and_counts_hits(void **state)
{
	struct unit_db *u = unit_db(state);
	struct db_hits hits;
	int64_t before = 0, seen = 0;

	assert_ok(db_begin_write(u->db));
	for (int i = 1; i <= 1000; i++)
		assert_ok(db_fts_put(u->db, "message", i, i % 2 == 0 ? STR("偶数の文書 even") : STR("奇数 odd")));
	assert_ok(db_commit(u->db));
	for (;;) {
		assert_ok(db_fts_search(u->db, u->a, "message", STR("偶数"), before, 70, 500, &hits));
		assert_int_equal(hits.total, 500);
		assert_false(hits.estimate);
		for (size_t i = 0; i < hits.n; i++)
			assert_int_equal(hits.id[i], 1000 - 2 * seen++);
		if (hits.n < 70)
			break;
		before = hits.id[hits.n - 1];
	}
	assert_int_equal(seen, 500);
	assert_ok(db_fts_search(u->db, u->a, "message", STR("偶数"), 0, 5, 499, &hits));
	assert_true(hits.estimate);
	assert_in_range(hits.total, 495, 505);
	assert_ok(db_fts_search(u->db, u->a, "message", STR("偶数"), 0, 5, 100, &hits));
	assert_true(hits.estimate);
	assert_in_range(hits.total, 450, 550);
	assert_ok(db_fts_search(u->db, u->a, "message", STR("偶数"), 0, 5, 0, &hits));
	assert_int_equal(hits.n, 5);
}

/* Longer than a tsvector holds: 16,383 positions, 1 MB. */
static void
finds_in_long_texts(void **state)
{
	struct unit_db *u = unit_db(state);
	struct buf *b = buf_new(u->a, 4 * 1024 * 1024);

	buf_text(b, "始点の単語 ");
	for (int i = 0; i < 60000; i++) {
		buf_printf(b, "w%x ", (unsigned)i * 2654435761U);
		if (i == 30000)
			buf_text(b, "中間の証明書です ");
	}
	buf_text(b, "終点の言葉");
	assert_ok(db_begin_write(u->db));
	assert_ok(db_fts_put(u->db, "report", 7, buf_view(b)));
	assert_ok(db_commit(u->db));
	assert_string_equal(found(u, "始点"), "7 ");
	assert_string_equal(found(u, "中間の証明書"), "7 ");
	assert_string_equal(found(u, "終点の言葉"), "7 ");
	assert_string_equal(found(u, "証明書の中間"), "");
	assert_string_equal(found(u, "始点 中間"), "7 ");
	/* A phrase over where any part may end. */
	for (int i = 11900; i < 12100; i++)
		assert_string_equal(found(u, arena_printf(u->a, "\"w%x w%x\"", (unsigned)i * 2654435761U,
					      (unsigned)(i + 1) * 2654435761U)),
		    "7 ");
	assert_ok(db_begin_write(u->db));
	assert_ok(db_fts_remove(u->db, "report", 7, buf_view(b)));
	assert_ok(db_commit(u->db));
	assert_string_equal(found(u, "終点"), "");
}

/* A file-size limit stands for a full disk. */
static void
says_so_when_the_disk_is_full(void **state)
{
	struct unit_db *u = unit_db(state);
	struct rlimit old, small;
	enum err e = OK;

	if (db_kind(u->db) == DB_POSTGRESQL)
		return; /* it is the server's disk */
	assert_ok(gauge_set(u->db, "before", 1));
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ .rlim_cur = (rlim_t)2 * 1024 * 1024, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_ok(db_begin_write(u->db));
	char *big = arena_alloc(u->a, 400001);

	memset(big, 'x', 400000);
	for (int i = 0; i < 40 && e == OK; i++)
		e = db_run(u->db, "INSERT INTO setting (key, value) VALUES (?1, ?2)",
		    DB_TEXT(arena_printf(u->a, "k%d", i)), DB_TEXT(big));
	if (e == OK)
		e = db_commit(u->db);
	assert_err(e, ERR_UNAVAILABLE);
	assert_true(strlen(db_message(u->db)) > 0);
	db_rollback(u->db);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_ok(db_begin_write(u->db));
	assert_int_equal(gauge_get(u->db, "before"), 1);
	assert_ok(gauge_set(u->db, "after", 1));
	assert_ok(db_commit(u->db));
}

static void
empties_the_log_at_rest(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	AUTO(db) reader = NULL;
	char path[128];
	struct stat st;

	assert_ok(db_rest(u->db)); /* PostgreSQL minds its own */
	if (db_kind(u->db) == DB_POSTGRESQL)
		return;
	(void)snprintf(path, sizeof(path), "%s/test.db-wal", u->folder);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 0); /* written to just now */
	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
	reader = unit_db_reader(u);
	assert_ok(db_begin_read(reader));
	assert_int_equal(gauge_get(reader, "n"), -1);
	assert_ok(db_rest(u->db)); /* the reader is in the way */
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 0);
	db_rollback(reader);
	assert_ok(db_rest(u->db));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "n", 1));
	assert_ok(db_commit(u->db));
	assert_int_equal(gauge_get(reader, "n"), 1);
}

static void
reconnects_to_the_server(void **state)
{
	struct unit_db *u = unit_db(state);
	AUTO(db) other = NULL;
	AUTO(db_stmt) q = NULL;
	int64_t pid;

	if (db_kind(u->db) == DB_SQLITE)
		return; /* there is none */
	other = unit_db_writer(u);
	assert_ok(db_one(u->db, &q, "SELECT pg_backend_pid()"));
	pid = db_int(q, 0);
	assert_ok(db_end(q));
	assert_ok(db_begin_write(u->db));
	assert_ok(gauge_set(u->db, "n", 1));
	assert_ok(db_run(other, "SELECT pg_terminate_backend(CAST(?1 AS integer))", DB_INT(pid)));
	assert_err(gauge_set(u->db, "n", 2), ERR_UNAVAILABLE);
	assert_err(db_commit(u->db), ERR_UNAVAILABLE);
	db_rollback(u->db);
	assert_ok(db_begin_write(u->db));
	assert_int_equal(gauge_get(u->db, "n"), -1);
	assert_ok(gauge_set(u->db, "n", 3));
	assert_ok(db_commit(u->db));
	/* While idle: the next transaction does not notice. */
	db_stmt_free(q);
	q = NULL;
	assert_ok(db_one(u->db, &q, "SELECT pg_backend_pid()"));
	pid = db_int(q, 0);
	assert_ok(db_end(q));
	assert_ok(db_run(other, "SELECT pg_terminate_backend(CAST(?1 AS integer))", DB_INT(pid)));
	assert_ok(db_begin_read(u->db));
	assert_int_equal(gauge_get(u->db, "n"), 3);
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(opens_only_what_it_knows),
		UNIT_DB_TEST(migrates_once),
		UNIT_DB_TEST(refuses_a_newer_schema),
		UNIT_DB_TEST(keeps_every_type),
		UNIT_DB_TEST(computes_alike),
		UNIT_DB_TEST(names_what_was_violated),
		UNIT_DB_TEST(undoes_what_is_rolled_back),
		UNIT_DB_TEST(reads_one_snapshot),
		UNIT_DB_TEST(queries_may_nest),
		UNIT_DB_TEST(sql_is_put_together),
		UNIT_DB_TEST(null_takes_any_place),
		UNIT_DB_TEST(many_statements_are_forgotten_in_time),
		UNIT_DB_TEST(batches_many_rows),
		UNIT_DB_TEST(writers_wait_for_each_other),
		UNIT_DB_TEST(copies_while_in_use),
		UNIT_DB_TEST(finds_japanese_and_hosts),
		UNIT_DB_TEST(matches_as_a_condition),
		UNIT_DB_TEST(forgets_what_was_removed),
		UNIT_DB_TEST(pages_and_counts_hits),
		UNIT_DB_TEST(finds_in_long_texts),
		UNIT_DB_TEST(says_so_when_the_disk_is_full),
		UNIT_DB_TEST(empties_the_log_at_rest),
		UNIT_DB_TEST(reconnects_to_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
