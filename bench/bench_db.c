/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_db - what the database costs: bench_db URL [DOCUMENTS]
 *
 * Works on an empty database of its own; prints one figure a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "db/db.h"

static const char *const words[] = { "侵入", "感染", "電子証明書", "フィッシング", "サイト", "改ざん", "報告", "の", "が",
	"確認", "された", "対応", "をお願い", "します", "サーバー", "ransomware", "malware", "login", "bank", "server",
	"データベース", "漏えい", "調査", "通信", "端末", "組織", "連絡先", "不正アクセス", "脆弱性", "パスワード" };

static uint64_t seed = 42;

static uint32_t
next_random(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33);
}

static struct str
document(struct buf *b, int i)
{
	buf_clear(b);
	for (int k = 0; k < 60; k++) {
		buf_text(b, words[next_random() % COUNT(words)]);
		if (next_random() % 6 == 0)
			buf_text(b, "。");
		if (next_random() % 12 == 0)
			buf_printf(b, "%04x", next_random() % 65536);
	}
	buf_printf(b, " https://evil-%d.example.jp/", i);
	return buf_view(b);
}

static void
must(struct db *db, enum err e)
{
	if (e == OK)
		return;
	(void)fprintf(stderr, "bench_db: %s: %s\n", err_name(e), db == NULL ? "" : db_message(db));
	exit(1);
}

static void
insert(struct db *db, int i)
{
	int64_t id;

	must(db, db_insert(db, &id,
		     "INSERT INTO job (kind, payload, key, state, run_at, created_at)"
		     " VALUES (?1, ?2, NULL, ?3, ?4, ?5) RETURNING id",
		     DB_TEXT("bench"), DB_TEXT("{\"some\":\"payload of a usual length, about eighty bytes of it\"}"),
		     DB_TEXT("done"), DB_INT(i), DB_INT(0)));
}

static void
rate(const char *what, int n, int64_t since)
{
	double s = (double)(clock_monotonic_us() - since) / 1e6;

	(void)printf("%-40s %10.0f /s\n", what, n / s);
}

static void
search(struct db *db, const char *query)
{
	AUTO(arena) a = arena_new();
	struct db_hits hits;
	int64_t best[2] = { INT64_MAX, INT64_MAX };

	for (int i = 0; i < 20; i++)
		for (int counted = 0; counted < 2; counted++) {
			int64_t start = clock_monotonic_us();

			must(db, db_fts_search(
				     db, a, "report", str_of(query), 0, 50, counted ? 10000 : 0, &hits));
			int64_t took = clock_monotonic_us() - start;

			if (took < best[counted])
				best[counted] = took;
		}
	(void)printf("search %s: newest 50 %.2f ms, with count %.2f ms (%lld%s)\n", query, (double)best[0] / 1e3,
	    (double)best[1] / 1e3, (long long)hits.total, hits.estimate ? " estimated" : "");
}

int
main(int argc, char **argv)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, 1024 * 1024);
	int documents = 200000;
	struct db *db = NULL;
	int64_t since, n = 0;

	if (argc < 2) {
		(void)fputs("usage: bench_db URL [DOCUMENTS]\n", stderr);
		return 64;
	}
	if (argc > 2 && str_int(str_of(argv[2]), 1, 100000000, &n))
		documents = (int)n;
	must(NULL, db_open(argv[1], false, NULL, &db));
	must(db, db_migrate(db));

	since = clock_monotonic_us();
	for (int i = 0; i < 1000; i++) {
		must(db, db_begin_write(db));
		insert(db, i);
		must(db, db_commit(db));
	}
	rate("durable commits", 1000, since);

	since = clock_monotonic_us();
	must(db, db_begin_write(db));
	for (int i = 0; i < 50000; i++)
		insert(db, i);
	must(db, db_commit(db));
	rate("inserts RETURNING in one transaction", 50000, since);

	since = clock_monotonic_us();
	must(db, db_begin_write(db));
	must(db, db_batch_begin(db));
	for (int i = 0; i < 50000; i++)
		must(db, db_run(db, "INSERT INTO gauge (name, n) VALUES (?1, ?2)",
			     DB_STR(document(b, i)), DB_INT(i)));
	must(db, db_batch_end(db));
	must(db, db_commit(db));
	rate("batched inserts of 700 bytes", 50000, since);

	since = clock_monotonic_us();
	for (int i = 0; i < 50000; i++) {
		AUTO(db_stmt) q = NULL;

		must(db, db_one(db, &q, "SELECT kind, payload, state FROM job WHERE id = ?1", DB_INT(i + 1)));
		must(db, db_end(q));
	}
	rate("rows by key", 50000, since);

	since = clock_monotonic_us();
	for (int i = 0; i < documents;) {
		must(db, db_begin_write(db));
		for (int k = 0; k < 1000 && i < documents; k++, i++)
			must(db, db_fts_put(db, "report", i + 1, document(b, i)));
		must(db, db_commit(db));
	}
	rate("documents indexed, 1000 a transaction", documents, since);
	must(db, db_maintain(db)); /* as it is done every night: statistics for the planner */
	search(db, "侵入");
	search(db, "感染 漏えい");
	search(db, "電子証明書");
	search(db, "ransomware");
	search(db, "evil-1234.example.jp");
	search(db, "網");
	search(db, "侵");
	db_free(db);
	return 0;
}
