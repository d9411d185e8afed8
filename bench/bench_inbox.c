/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_inbox - what lists of reports cost: bench_inbox URL [REPORTS]
 *
 * Adds REPORTS made-up reports to the database (0 = none, for one that is
 * filled), then prints the milliseconds of processor time of each list: the best of five
 * (other work on the machine is not what is measured).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "sys/files.h"
#include "base/buf.h"
#include "base/clock.h"
#include "db/db.h"
#include "incident/inbox_store.h"
#include "incident/report_store.h"

static struct blob_store *blobs; /* process lifetime */

static const char *const words[] = { "侵入", "感染", "電子証明書", "フィッシング", "サイト", "改ざん", "報告", "の", "が",
	"確認", "された", "対応", "をお願い", "します", "サーバー", "ransomware", "malware", "login", "bank", "server",
	"データベース", "漏えい", "調査", "通信", "端末", "組織", "連絡先", "不正アクセス", "脆弱性", "パスワード" };
static const char *const doors[] = { "phishing", "phishing", "phishing", "phishing", "scan", "malware",
	"defacement", "intrusion" };
static const char *const channels[] = { "mail", "mail", "mail", "form", "form", "import", "import", "api" };
static const char *const organisations[] = { "架空カード株式会社", "例示製作所", "例示市役所 情報政策課", "National CSIRT of XB",
	"EX-NET NOC", "架空研究機構" };

static uint64_t seed = 42;

static uint32_t
roll(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

static void
must(struct db *db, enum err e, const char *what)
{
	if (e == OK)
		return;
	(void)fprintf(stderr, "bench_inbox: %s: %s: %s\n", what, err_name(e), db == NULL ? "" : db_message(db));
	exit(1);
}

static void
add(struct db *db, struct arena *a, int64_t i, int64_t at)
{
	struct buf *b = buf_new(a, 4096);
	bool rare = roll(1000) == 0;
	int64_t id;

	buf_printf(b, "%s https://login-%u.example/%llx\n", words[roll(COUNT(words))], roll(50000),
	    (unsigned long long)i);
	for (int k = 0; k < 25; k++) {
		buf_text(b, words[roll(COUNT(words))]);
		if (roll(6) == 0)
			buf_text(b, "。");
	}
	buf_printf(b, " 203.0.113.%u", roll(250));
	struct report_new r = {
		.received_at = at,
		.channel = rare ? "phone" : channels[roll(COUNT(channels))],
		.purpose = roll(20) == 0 ? "question" : "information",
		.door = rare ? "ics" : doors[roll(COUNT(doors))],
		.text = buf_view(b),
		.lang = roll(4) == 0 ? LANG_EN : LANG_JA,
		.cc = roll(4) == 0 ? "US" : "JP",
		.domestic = roll(4) != 0,
		.anonymous = roll(30) == 0,
		.urgent = roll(500) == 0,
		.reporter_org = organisations[roll(COUNT(organisations))],
		.reporter_role = "finder",
		.due_at = roll(3) == 0 ? at + 3 * CLOCK_DAY : 0,
	};
	must(db, report_add(db, blobs, a, &r, at, &id, NULL), "report_add");
}

/* With the key of the data folder, so that a server can show the texts. */
static void
open_blobs(struct db *db, const char *data)
{
	AUTO(arena) a = arena_new();
	unsigned char key[32] = { 0 };

	/* Without one (a database of its own) zeros will do. */
	if (data != NULL)
		must(db, files_key_read(arena_printf(a, "%s/secret.key", data), key), "secret.key");
	must(db, blob_store_open(data == NULL || db_kind(db) == DB_POSTGRESQL ? "" : data, key, &blobs), "blobs");
}

static void
fill(struct db *db, int64_t n)
{
	int64_t now = clock_now(), began = clock_monotonic_us();
	int64_t step = 700 * CLOCK_DAY / (n + 1);

	for (int64_t i = 0; i < n;) {
		must(db, db_begin_write(db), "begin");
		for (int64_t k = 0; k < 2000 && i < n; k++, i++) {
			AUTO(arena) a = arena_new();

			add(db, a, i, now - (n - i) * step);
		}
		must(db, db_commit(db), "commit");
	}
	(void)printf("%-46s %9.1f s\n", "filled", (double)(clock_monotonic_us() - began) / 1e6);
}

static double
cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static void
measure(struct db *db, const char *query, int64_t page)
{
	static const struct user me = { .id = 1, .role = ROLE_ADMIN };
	double best = 1e9;
	struct inbox_page p = { 0 };

	for (int i = 0; i < 5; i++) {
		AUTO(arena) a = arena_new();
		struct problems problems;
		struct inbox_filter f;
		struct report *row;
		size_t n;

		problems_init(&problems, a);
		inbox_filter_read(a, str_of(query), zone_tokyo(), &me, clock_now(), &problems, &f);
		must(db, db_begin_read(db), "begin");
		double began = cpu_ms();

		must(db, inbox_list(db, a, &f, (page - 1) * 50, 50, 10000, &p), query);
		must(db, inbox_rows(db, a, p.id, p.n, &row, &n), query);
		double ms = cpu_ms() - began;

		db_rollback(db);
		best = ms < best ? ms : best;
	}
	(void)printf("%-40s %5lld %7.2f ms  %s%lld\n", query, (long long)page, best, p.estimate ? "about " : "",
	    (long long)p.total);
}

int
main(int argc, char **argv)
{
	static const char *const queries[] = { "", "state=all", "state=all&sort=oldest", "sort=due", "due=late",
		"state=all&due=late&channel=phone", "channel=mail", "channel=phone", "state=all&channel=phone", "door=ics",
		"door=phishing&channel=mail&origin=overseas", "anonymous=1", "urgent=1", "urgent=1&anonymous=1",
		"similar=1", "files=1", "owner=me", "owner=none", "priority=high", "priority=none",
		"state=accepted&door=scan", "state=declined", "purpose=question&origin=overseas",
		"from=2026-01-01&to=2026-01-31", "from=2026-01-01&to=2026-01-31&door=ics",
		"q=%E6%84%9F%E6%9F%93", "q=%E6%84%9F%E6%9F%93&state=all", "q=%E6%84%9F%E6%9F%93&channel=phone",
		"q=ransomware+bank", "q=hxxps%3A%2F%2Flogin-77%5B.%5Dexample", "q=203.0.113.7&door=scan",
		"q=nowhere", "q=RPT-2026-42" };
	struct db *db = NULL;
	int64_t n = 0;

	if (argc < 2 || (argc > 2 && !str_int(str_of(argv[2]), 0, 100000000, &n))) {
		(void)fprintf(stderr, "usage: bench_inbox URL [REPORTS [DATA]]\n");
		return 64;
	}
	must(db, db_open(argv[1], false, NULL, &db), "open");
	must(db, db_migrate(db), "migrate");
	if (n > 0) {
		open_blobs(db, argc > 3 ? argv[3] : NULL);
		fill(db, n);
		must(db, db_maintain(db), "maintain");
	}
	for (size_t i = 0; i < COUNT(queries); i++)
		measure(db, queries[i], 1);
	measure(db, "", 100);
	measure(db, "", 2000);
	measure(db, "channel=mail", 200);
	blob_store_free(blobs);
	db_free(db);
	return 0;
}
