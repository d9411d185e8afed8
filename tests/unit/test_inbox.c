/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of reports by filters, decisions, bulk acts, search: both databases. */
#include "unit_db.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "blob/blob.h"
#include "incident/bulk_store.h"
#include "incident/decide_store.h"
#include "incident/inbox_store.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"
#include "incident/search_store.h"
#include "text/value.h"

#define NOW INT64_C(1790000000000)
#define REPORTS 40

static const struct user viewer = { .id = 7, .role = ROLE_HANDLER };

static struct inbox_filter
filter(struct arena *a, const char *query, size_t *ret_problems)
{
	struct problems p;
	struct inbox_filter f;

	problems_init(&p, a);
	inbox_filter_read(a, str_of(query), zone_tokyo(), &viewer, NOW, &p, &f);
	*ret_problems = p.n;
	return f;
}

static void
reads_a_filter(void **state)
{
	static const struct {
		const char *query;
		size_t problems;
	} cases[] = {
		{ "", 0 }, { "state=all", 0 }, { "state=gone", 1 }, { "from=2026-09-18&to=2026-09-19", 0 },
		{ "from=yesterday", 1 }, { "owner=me", 0 }, { "owner=none", 0 }, { "owner=x", 1 }, { "sort=due", 0 },
		{ "sort=random", 1 }, { "door=phishing&channel=mail&purpose=question&priority=high", 0 },
		{ "door=x&channel=x&purpose=x&priority=x", 4 }, { "origin=overseas&due=late", 0 }, { "page=2&cols=owner", 0 },
		{ "queue=anything", 0 }, { "q=state:gone+word", 1 }, { "q=https://x/", 0 },
	};
	struct arena *a = *state;
	struct inbox_filter f;
	size_t n;

	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)filter(a, cases[i].query, &n);
		assert_int_equal(n, cases[i].problems);
	}
	f = filter(a, "", &n);
	assert_string_equal(f.state, "new");
	assert_true(inbox_filter_is_plain(&f));
	f = filter(a, "q=queue:%22bank+desk%22+%E6%84%9F%E6%9F%93+owner:me+state:all+http:x", &n);
	assert_string_equal(f.queue, "bank desk");
	assert_string_equal(f.q, "感染 http:x");
	assert_int_equal(f.owner, 7);
	assert_null(f.state);
	f = filter(a, "state=all&owner=me&q=%20%E6%84%9F%E6%9F%93%20&urgent=1", &n);
	assert_null(f.state);
	assert_int_equal(f.owner, 7);
	assert_string_equal(f.q, "感染");
	assert_true(f.urgent);
	assert_false(inbox_filter_is_plain(&f));
	/* A last day is in the range as a whole. */
	f = filter(a, "from=2026-09-18&to=2026-09-18", &n);
	assert_int_equal(f.to - f.from, CLOCK_DAY);
	f = filter(a, "owner=none", &n);
	assert_int_equal(f.owner, INBOX_OWNER_NOBODY);
}

static int64_t
person(struct unit_db *u)
{
	int64_t id;

	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO person (name, email, email_folded, password_hash, role, lang, zone, created_at) "
	    "VALUES ('Sato', 's@example.jp', 's@example.jp', 'x', 'handler', 'ja', 'Asia/Tokyo', ?1) RETURNING id",
	    DB_INT(NOW)));
	return id;
}

static struct blob_store *
blobs(struct unit_db *u)
{
	static const unsigned char key[32] = "an example of a key of 32 bytes";
	struct blob_store *s = NULL;

	assert_ok(blob_store_open("", key, &s));
	arena_defer(u->a, (void (*)(void *))blob_store_free, s);
	return s;
}

/* Report i differs in every filter by a rule of its own. */
static int64_t
report(struct unit_db *u, int i)
{
	static const char *const channels[] = { "mail", "form", "phone", "api" };
	static const char *const doors[] = { "phishing", "malware", "scan" };
	struct report_new r = {
		.received_at = NOW - i * CLOCK_HOUR,
		.channel = channels[i % 4],
		.purpose = i % 5 == 0 ? "question" : "information",
		.door = doors[i % 3],
		.text = str_of(arena_printf(u->a, "報告 %s http://host-%d.example/ number%d",
		    i % 2 == 0 ? "感染 ransomware" : "改ざん defaced", i % 8, i)),
		.lang = LANG_JA,
		.domestic = i % 4 != 1,
		.anonymous = i % 10 == 0,
		.urgent = i % 7 == 0,
		.reporter_email = "r@example.org",
		.due_at = i % 3 == 0 ? NOW + (i - 10) * CLOCK_HOUR : 0,
	};
	int64_t id;

	assert_ok(report_add(u->db, blobs(u), u->a, &r, NOW, &id, NULL));
	return id;
}

static struct inbox_page
list(struct unit_db *u, const char *query, int64_t offset, size_t limit, int64_t exact_to)
{
	struct inbox_page p;
	size_t n;
	struct inbox_filter f = filter(u->a, query, &n);

	assert_int_equal(n, 0);
	assert_ok(inbox_list(u->db, u->a, &f, offset, limit, exact_to, &p));
	return p;
}

static void
lists_what_a_filter_says(void **state)
{
	static const struct {
		const char *query;
		int64_t total;
	} cases[] = {
		{ "", 40 }, { "state=all", 40 }, { "state=declined", 0 }, { "channel=mail", 10 }, { "channel=fax", 0 },
		{ "door=phishing", 14 }, { "door=phishing&channel=mail", 4 }, { "purpose=question", 8 },
		{ "origin=overseas", 10 }, { "origin=domestic", 30 }, { "anonymous=1", 4 }, { "urgent=1", 6 },
		{ "urgent=1&anonymous=1", 1 }, { "urgent=1&anonymous=1&state=all", 1 }, { "similar=1", 32 }, { "files=1", 0 },
		{ "owner=none", 40 }, { "owner=me", 0 }, { "priority=none", 40 }, { "priority=high", 0 },
		{ "due=set", 14 }, { "due=late", 4 }, { "due=late&state=all&channel=mail", 1 }, { "sort=due", 14 },
		{ "sort=oldest", 40 }, { "q=%E6%84%9F%E6%9F%93", 20 }, { "q=%E6%84%9F%E6%9F%93&channel=mail", 10 },
		{ "q=number7", 1 }, { "q=RANSOMWARE&state=all", 20 }, { "q=hxxp%3A%2F%2Fhost-3%5B.%5Dexample", 5 },
		{ "q=nothere", 0 }, { "q=RPT-2026-1", 1 }, { "queue=banks", 8 }, { "queue=none", 32 }, { "queue=other", 0 },
		{ "queue=banks&channel=mail", 2 }, { "q=queue:banks", 8 }, { "q=queue:banks+%E6%84%9F%E6%9F%93", 4 },
	};
	struct unit_db *u = unit_db(state);

	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < REPORTS; i++)
		(void)report(u, i);
	assert_ok(db_run(u->db, "UPDATE report SET queue = 'banks' WHERE id % 5 = 0"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct inbox_page p = list(u, cases[i].query, 0, 50, 10000);

		if (p.total != cases[i].total || (int64_t)p.n != cases[i].total || p.estimate)
			fail_msg("%s: total %lld, rows %zu, wanted %lld", cases[i].query, (long long)p.total, p.n,
			    (long long)cases[i].total);
	}
	assert_ok(db_commit(u->db));
}

static void
pages_follow_one_another(void **state)
{
	static const char *const queries[] = { "", "sort=oldest", "state=all", "origin=domestic", "sort=due",
		"q=%E6%84%9F%E6%9F%93", "door=phishing&origin=domestic" };
	struct unit_db *u = unit_db(state);

	assert_ok(db_begin_write(u->db));
	for (int i = 0; i < REPORTS; i++)
		(void)report(u, i);
	for (size_t i = 0; i < COUNT(queries); i++) {
		struct inbox_page all = list(u, queries[i], 0, 100, 10000);
		size_t at = 0;

		/* In pieces it is the same list. */
		for (int64_t offset = 0; offset < 45; offset += 7) {
			struct inbox_page p = list(u, queries[i], offset, 7, 10000);

			assert_int_equal(p.total, all.total);
			for (size_t k = 0; k < p.n; k++)
				assert_int_equal(p.id[k], all.id[at++]);
		}
		assert_int_equal(at, all.n);
	}
	/* Newest first, oldest first, due first. */
	struct report *row;
	size_t n;
	struct inbox_page p = list(u, "", 0, 100, 0);

	assert_ok(inbox_rows(u->db, u->a, p.id, p.n, &row, &n));
	for (size_t i = 1; i < n; i++)
		assert_true(row[i - 1].received_at >= row[i].received_at);
	p = list(u, "sort=due", 0, 100, 0);
	assert_ok(inbox_rows(u->db, u->a, p.id, p.n, &row, &n));
	for (size_t i = 1; i < n; i++)
		assert_true(row[i - 1].due_at <= row[i].due_at);
	/* Beyond the bound the total is an estimate, but for plain lists. */
	assert_true(list(u, "origin=domestic", 0, 5, 10).estimate);
	assert_in_range(list(u, "origin=domestic", 0, 5, 10).total, 11, 40);
	assert_false(list(u, "", 0, 5, 10).estimate);
	assert_int_equal(list(u, "", 0, 5, 10).total, REPORTS);

	const char *newer, *older;

	p = list(u, "", 0, 3, 0);
	assert_ok(inbox_rows(u->db, u->a, p.id, p.n, &row, &n));
	assert_ok(inbox_neighbours(u->db, u->a, &row[1], &viewer, &newer, &older));
	assert_string_equal(newer, row[0].ref);
	assert_string_equal(older, row[2].ref);
	assert_ok(db_commit(u->db));
}

static int64_t
gauge(struct unit_db *u, const char *name)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COALESCE(SUM(n), 0) FROM gauge WHERE name = ?1", DB_TEXT(name)));
	return db_int(q, 0);
}

static int64_t
tally(struct unit_db *u, const char *what)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COALESCE(SUM(n), 0) FROM tally WHERE what = ?1", DB_TEXT(what)));
	return db_int(q, 0);
}

static void
decides_and_takes_back(void **state)
{
	struct unit_db *u = unit_db(state);
	struct decision_result result, other;
	struct value *undo = value_object(u->a), *undo_second = value_object(u->a);
	struct report before, r;

	assert_ok(db_begin_write(u->db));
	int64_t me = person(u), first = report(u, 1), second = report(u, 9);

	assert_ok(report_get(u->db, u->a, first, &before));
	assert_err(decide_report(u->db, u->a, first, before.version + 1,
		       &(struct decision){ .act = DECIDE_NEW, .owner = me, .actor = me, .actor_name = "Sato" }, NOW, undo, &result),
	    ERR_CONFLICT);
	assert_ok(decide_report(u->db, u->a, first, before.version,
	    &(struct decision){ .act = DECIDE_NEW, .owner = me, .priority = "high", .known = "known",
		.actor = me, .actor_name = "Sato" },
	    NOW, undo, &result));
	assert_int_not_equal(result.incident, 0);
	assert_ok(report_get(u->db, u->a, first, &r));
	assert_string_equal(r.state, "accepted");
	assert_int_equal(r.owner_id, me);
	assert_int_equal(gauge(u, "report/accepted"), 1);
	assert_int_equal(gauge(u, "incident/open"), 1);
	assert_int_equal(tally(u, "incident"), 1);

	assert_ok(decide_report(u->db, u->a, second, 0,
	    &(struct decision){ .act = DECIDE_DUPLICATE, .original = first, .owner = -1, .actor = me, .actor_name = "Sato" },
	    NOW, undo_second, &other));
	assert_ok(report_get(u->db, u->a, second, &r));
	assert_string_equal(r.state, "duplicate");
	const char *original;

	assert_ok(decide_original(u->db, u->a, second, &original));
	assert_string_equal(original, before.ref);
	/* The incident has the other one's link: it stays, and nothing changed. */
	assert_err(decide_undo(u->db, u->a, undo, me, "Sato", NOW), ERR_CONFLICT);
	assert_ok(report_get(u->db, u->a, first, &r));
	assert_string_equal(r.state, "accepted");
	assert_int_equal(gauge(u, "incident/open"), 1);

	assert_ok(decide_undo(u->db, u->a, undo_second, me, "Sato", NOW));
	assert_err(decide_undo(u->db, u->a, undo_second, me, "Sato", NOW), ERR_CONFLICT);
	assert_ok(decide_undo(u->db, u->a, undo, me, "Sato", NOW));
	assert_ok(report_get(u->db, u->a, first, &r));
	assert_string_equal(r.state, "new");
	assert_null(r.priority);
	assert_null(r.known);
	assert_int_equal(r.owner_id, 0);
	assert_int_equal(r.decided_at, 0);
	assert_int_equal(gauge(u, "report/new"), 2);
	assert_int_equal(gauge(u, "report/accepted"), 0);
	assert_int_equal(gauge(u, "report/duplicate"), 0);
	assert_int_equal(gauge(u, "incident/open"), 0);
	assert_int_equal(tally(u, "incident"), 0);
	struct incident i;

	assert_err(incident_get(u->db, u->a, result.incident, &i), ERR_NOT_FOUND);
	assert_ok(db_commit(u->db));
}

static void
acts_on_many(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *p = value_object(u->a);
	int64_t id[REPORTS], bulk;
	bool more = true;
	int steps = 0;
	struct bulk b;

	assert_ok(db_begin_write(u->db));
	int64_t me = person(u);

	for (int i = 0; i < REPORTS; i++)
		id[i] = report(u, i);
	/* Somebody decided one of them already: it is skipped. */
	assert_ok(report_change(u->db, id[3], 0, &(struct report_change){ .state = "answered", .owner_id = -1 }, NOW));
	value_set_text(u->a, p, "reason", "test");
	value_set_text(u->a, p, "actor_name", "Sato");
	assert_ok(bulk_add(u->db, u->a, "decline", p, me, id, REPORTS, NOW, &bulk));
	while (more && steps++ < 10)
		assert_ok(bulk_step(u->db, NULL, u->a, bulk, 7, NOW, &more));
	assert_int_equal(steps, 6);
	assert_ok(bulk_get(u->db, u->a, bulk, &b));
	assert_string_equal(b.state, "done");
	assert_int_equal(b.skipped, 1);
	assert_int_equal(gauge(u, "report/declined"), REPORTS - 1);
	/* One is changed afterwards: taking back leaves it. */
	assert_ok(report_change(u->db, id[5], 0, &(struct report_change){ .priority = "high", .owner_id = -1 }, NOW));
	assert_ok(bulk_undo(u->db, u->a, bulk, NOW));
	assert_err(bulk_undo(u->db, u->a, bulk, NOW), ERR_CONFLICT);
	for (more = true, steps = 0; more && steps < 20; steps++)
		assert_ok(bulk_step(u->db, NULL, u->a, bulk, 7, NOW, &more));
	assert_ok(bulk_get(u->db, u->a, bulk, &b));
	assert_string_equal(b.state, "undone");
	assert_int_equal(b.skipped, 1);
	assert_int_equal(gauge(u, "report/declined"), 1);
	assert_int_equal(gauge(u, "report/answered"), 1);
	assert_int_equal(gauge(u, "report/new"), REPORTS - 2);
	/* In the middle of the way back nothing is lost: one incident of all. */
	value_set_text(u->a, p, "title", "All");
	assert_ok(bulk_add(u->db, u->a, "incident", p, me, id + 10, 20, NOW, &bulk));
	assert_ok(bulk_step(u->db, NULL, u->a, bulk, 12, NOW, &more));
	assert_true(more);
	assert_ok(bulk_undo(u->db, u->a, bulk, NOW));
	for (more = true, steps = 0; more && steps < 20; steps++)
		assert_ok(bulk_step(u->db, NULL, u->a, bulk, 5, NOW, &more));
	assert_int_equal(gauge(u, "incident/open"), 0);
	assert_int_equal(gauge(u, "report/new"), REPORTS - 2);
	assert_ok(db_commit(u->db));
}

static void
searches_everything(void **state)
{
	static const struct {
		const char *q;
		int64_t total;
		bool exact;
	} cases[] = {
		{ "感染", 20, false }, { "ransomware", 20, false }, { "感染 number4", 1, false }, { "nothere", 0, false },
		{ "、。", 0, false }, { "RPT-2026-1", 1, true }, { "inc-2026-1", 1, true }, { "INC-2026-00099", 0, false },
		{ "hxxp://host-3[.]example/", 6, true }, { "host-3.example", 6, true }, { "All of it", 1, false },
	};
	struct unit_db *u = unit_db(state);
	struct user admin = { .id = 1, .role = ROLE_ADMIN }, other = { .id = 999, .role = ROLE_HANDLER };
	struct search_result s;
	struct decision_result result;
	int64_t third = 0;

	assert_ok(db_begin_write(u->db));
	int64_t me = person(u);

	for (int i = 0; i < REPORTS; i++) {
		int64_t id = report(u, i);

		third = i == 3 ? id : third;
	}
	assert_ok(decide_report(u->db, u->a, third, 0,
	    &(struct decision){ .act = DECIDE_NEW, .title = "All of it", .owner = me, .actor = me, .actor_name = "Sato" }, NOW,
	    value_object(u->a), &result));
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(search_find(u->db, u->a, &admin, cases[i].q, 0, 100, 10000, &s));
		if (s.total != cases[i].total || (int64_t)s.n != cases[i].total || s.exact != cases[i].exact)
			fail_msg("%s: %lld found, %zu rows", cases[i].q, (long long)s.total, s.n);
		for (size_t k = 1; k < s.n; k++)
			assert_true(s.hit[k - 1].at >= s.hit[k].at);
	}
	/* A restricted one is there for nobody else, in any way. */
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(result.incident)));
	assert_ok(search_find(u->db, u->a, &other, "All of it", 0, 10, 10000, &s));
	assert_int_equal(s.total, 0);
	assert_ok(search_find(u->db, u->a, &other, "INC-2026-1", 0, 10, 10000, &s));
	assert_int_equal(s.n, 0);
	assert_ok(search_find(u->db, u->a, &other, "host-3.example", 0, 10, 10000, &s));
	assert_int_equal(s.total, 4); /* its report neither */
	assert_ok(db_commit(u->db));
}

static struct inbox_page
list_for(struct unit_db *u, const struct user *who, const char *state, const char *q, int64_t exact_to)
{
	const struct inbox_filter f = { .state = state, .q = q, .owner = INBOX_OWNER_ANY, .viewer = who };
	struct inbox_page p;

	assert_ok(inbox_list(u->db, u->a, &f, 0, 100, exact_to, &p));
	return p;
}

static bool
sees(struct unit_db *u, int64_t id, const struct user *who)
{
	bool visible;

	assert_ok(report_visible(u->db, id, who, &visible));
	return visible;
}

/* What similar ones ${who} is told of. */
static size_t
told_of(struct unit_db *u, int64_t id, const char *ref, const struct user *who)
{
	struct value *all = value_list(u->a);
	struct report r;
	size_t n = 0;

	assert_ok(report_get(u->db, u->a, id, &r));
	assert_ok(report_similar(u->db, u->a, &r, who, 100, all));
	for (size_t i = 0; i < value_count(all); i++)
		n += strcmp(value_cstr(value_get(value_at(all, i), "ref")), ref) == 0;
	return n;
}

/* Why ${id} is like ${ref}: "domain network ", in the order of the list. */
static const char *
why_alike(struct unit_db *u, int64_t id, const char *ref)
{
	struct value *all = value_list(u->a);
	struct buf *b = buf_new(u->a, 4096);
	struct report r;

	assert_ok(report_get(u->db, u->a, id, &r));
	assert_ok(report_similar(u->db, u->a, &r, NULL, 100, all));
	for (size_t i = 0; i < value_count(all); i++) {
		const struct value *why = value_get(value_at(all, i), "why");

		if (strcmp(value_cstr(value_get(value_at(all, i), "ref")), ref) != 0)
			continue;
		for (size_t k = 0; k < value_count(why); k++)
			buf_printf(b, "%s ", value_cstr(value_get(value_at(why, k), "kind")));
	}
	return buf_cstr(u->a, b);
}

static void
says_why_an_incident_is_like_a_report(void **state)
{
	struct unit_db *u = unit_db(state);
	const struct report_new texts[] = {
		{ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "phishing", .lang = LANG_JA,
		    .text = STR("http://login.kit-example.com/ at 198.51.100.7") },
		{ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "phishing", .lang = LANG_JA,
		    .text = STR("quite other words: http://mail.kit-example.com/x 198.51.100.99") },
		{ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "phishing", .lang = LANG_JA,
		    .text = STR("nothing of it: http://elsewhere.example.net/ 203.0.113.1") },
	};
	struct decision_result made;
	int64_t id[3];

	assert_ok(db_begin_write(u->db));
	int64_t owner = person(u);

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_ok(report_add(u->db, blobs(u), u->a, &texts[i], NOW, &id[i], NULL));
	const struct decision d = { .act = DECIDE_NEW, .title = "A site", .owner = owner, .actor = owner, .actor_name = "Sato" };

	assert_ok(decide_report(u->db, u->a, id[0], 0, &d, NOW, value_object(u->a), &made));
	assert_ok(db_run(u->db,
	    "INSERT INTO site (incident_id, report_id, url, host, domain, tld, page_hash, reported_at, updated_at) "
	    "VALUES (?1, ?2, 'http://login.kit-example.com/', 'login.kit-example.com', 'kit-example.com', 'com', 'h1', ?3, ?3), "
	    "(NULL, ?4, 'http://elsewhere.example.net/', 'elsewhere.example.net', 'example.net', 'net', 'h1', ?3, ?3)",
	    DB_INT(made.incident), DB_INT(id[0]), DB_INT(NOW), DB_INT(id[2])));
	struct incident i;

	assert_ok(incident_get(u->db, u->a, made.incident, &i));
	assert_string_equal(why_alike(u, id[1], i.ref), "domain network ");
	assert_string_equal(why_alike(u, id[2], i.ref), "kit ");
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(made.incident)));
	assert_string_equal(why_alike(u, id[1], i.ref), "");
	assert_ok(db_commit(u->db));
}

static void
reports_of_a_restricted_one_are_in_no_list_of_others(void **state)
{
	struct unit_db *u = unit_db(state);
	struct user admin = { .id = 900, .role = ROLE_ADMIN }, other = { .id = 999, .role = ROLE_MANAGER },
		    owner = { .role = ROLE_HANDLER };
	struct decision_result made, elsewhere;
	struct search_result s;
	struct report secret;
	const char *newer, *older;
	int64_t id[10], n;

	assert_ok(db_begin_write(u->db));
	owner.id = person(u);
	for (int i = 0; i < 10; i++)
		id[i] = report(u, i);
	const struct decision new_one = { .act = DECIDE_NEW, .title = "All of it", .owner = owner.id, .actor = owner.id, .actor_name = "Sato" };

	assert_ok(decide_report(u->db, u->a, id[3], 0, &new_one, NOW, value_object(u->a), &made));
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1, owner_id = ?2 WHERE id = ?1",
	    DB_INT(made.incident), DB_INT(owner.id)));
	assert_ok(report_get(u->db, u->a, id[3], &secret));

	assert_true(sees(u, id[3], &owner) && sees(u, id[3], &admin) && sees(u, id[4], NULL));
	assert_false(sees(u, id[3], &other) || sees(u, id[3], NULL));
	/* Lists and their totals. */
	assert_int_equal(list_for(u, &admin, NULL, NULL, 1000).total, 10);
	assert_int_equal(list_for(u, &owner, NULL, NULL, 1000).total, 10);
	assert_int_equal(list_for(u, &other, NULL, NULL, 1000).total, 9);
	assert_int_equal(list_for(u, &other, NULL, NULL, 1000).n, 9);
	assert_int_equal(list_for(u, &other, "accepted", NULL, 1000).total, 0);
	assert_int_equal(list_for(u, &owner, "accepted", NULL, 1000).total, 1);
	assert_int_equal(list_for(u, &other, NULL, "number3", 1000).total, 0);
	assert_int_equal(list_for(u, &owner, NULL, "number3", 1000).total, 1);
	assert_int_equal(list_for(u, &other, NULL, "改ざん", 1000).total, 4);
	assert_int_equal(list_for(u, &admin, NULL, "改ざん", 1000).total, 5);
	assert_ok(inbox_count(u->db, u->a,
	    &(struct inbox_filter){ .door = "phishing", .owner = INBOX_OWNER_ANY, .viewer = &other }, 100, &n));
	assert_int_equal(n, 3);
	/* Search, by word, number, address. */
	static const char *const words[] = { "number3", "RPT-2026-4", "改ざん", "host-3.example" };
	static const int64_t for_other[] = { 0, 0, 4, 0 };

	for (size_t i = 0; i < COUNT(words); i++) {
		struct search_result all;

		assert_ok(search_find(u->db, u->a, &other, words[i], 0, 100, 1000, &s));
		assert_ok(search_find(u->db, u->a, &owner, words[i], 0, 100, 1000, &all));
		assert_int_equal(s.total, for_other[i]);
		assert_int_equal(s.n, for_other[i]);
		assert_true(all.total > s.total);
	}
	/* Neighbours, and what is alike (the same host). */
	assert_ok(db_run(u->db, "UPDATE report SET state = 'new' WHERE id = ?1", DB_INT(id[3])));
	struct report fourth;

	assert_ok(report_get(u->db, u->a, id[4], &fourth));
	assert_ok(inbox_neighbours(u->db, u->a, &fourth, &owner, &newer, &older));
	assert_string_equal(newer, secret.ref);
	assert_ok(inbox_neighbours(u->db, u->a, &fourth, &other, &newer, &older));
	assert_string_not_equal(newer, secret.ref);
	int64_t again = report(u, 11);

	assert_true(told_of(u, again, secret.ref, &owner) > 0);
	assert_int_equal(told_of(u, again, secret.ref, &other), 0);
	/* It stays hidden when it is also in one that everybody sees. */
	assert_ok(decide_report(u->db, u->a, id[5], 0, &new_one, NOW, value_object(u->a), &elsewhere));
	assert_ok(incident_link(u->db, u->a, elsewhere.incident, id[3], "additional", owner.id, "Sato", NOW));
	assert_false(sees(u, id[3], &other));
	/* A merged one is as visible as the one it went into. */
	assert_true(sees(u, id[5], &other));
	assert_ok(incident_merge(u->db, u->a, elsewhere.incident, made.incident, owner.id, "Sato", NOW));
	assert_false(sees(u, id[5], &other));
	assert_true(sees(u, id[5], &owner));
	assert_ok(incident_unmerge(u->db, u->a, elsewhere.incident, owner.id, "Sato", NOW));
	assert_true(sees(u, id[5], &other));
	db_rollback(u->db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(reads_a_filter),
		UNIT_DB_TEST(lists_what_a_filter_says),
		UNIT_DB_TEST(pages_follow_one_another),
		UNIT_DB_TEST(decides_and_takes_back),
		UNIT_DB_TEST(acts_on_many),
		UNIT_DB_TEST(searches_everything),
		UNIT_DB_TEST(says_why_an_incident_is_like_a_report),
		UNIT_DB_TEST(reports_of_a_restricted_one_are_in_no_list_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
