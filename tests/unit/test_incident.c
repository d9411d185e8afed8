/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents in the database: facts, versions, counts, lists, timeline. */
#include "unit_db.h"

#include "incident/incident_bulk_store.h"
#include "incident/incident_field.h"
#include "incident/incident_list.h"
#include "incident/incident_store.h"
#include "incident/indicator_store.h"
#include "incident/task_store.h"
#include "incident/timeline_store.h"
#include "incident/similar_store.h"
#include "text/value.h"

#define NOW INT64_C(1789700000000)

static const struct actor by = { 1, "Hanako", NOW };

static void
person(struct unit_db *u, int64_t id, const char *role)
{
	assert_ok(db_run(u->db,
	    "INSERT INTO person (id, name, email, email_folded, password_hash, role, lang, zone, created_at) "
	    "VALUES (?1, ?2, ?2, ?2, '', ?3, 'ja', 'Asia/Tokyo', 0)",
	    DB_INT(id), DB_TEXT(arena_printf(u->a, "p%lld", (long long)id)), DB_TEXT(role)));
}

static int64_t
made(struct unit_db *u, const char *title, const char *rsit)
{
	int64_t id;

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = title, .rsit = rsit, .domestic = true, .actor = 1, .actor_name = "Hanako" },
	    NOW, &id, NULL));
	return id;
}

static struct incident
get(struct unit_db *u, int64_t id)
{
	struct incident i;

	assert_ok(incident_get(u->db, u->a, id, &i));
	return i;
}

/* The sum of a tally over all days. */
static int64_t
tally(struct unit_db *u, const char *what, const char *category)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COALESCE(SUM(n), 0) FROM tally WHERE what = ?1 AND category = ?2",
	    DB_TEXT(what), DB_TEXT(category)));
	return db_int(q, 0);
}

static int64_t
gauge(struct unit_db *u, const char *name)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_query(u->db, &q, "SELECT n FROM gauge WHERE name = ?1", DB_TEXT(name)));
	return db_row(q) ? db_int(q, 0) : 0;
}

static void
counts_follow_class_and_state(void **state)
{
	struct unit_db *u = unit_db(state);
	struct incident i, to;
	bool changed;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	i = get(u, made(u, "a", "fraud/phishing"));
	assert_int_equal(tally(u, "incident", "phishing"), 1);
	to = i;
	to.category = "";
	to.category_2007 = "";
	to.targeted = true;
	assert_ok(incident_change(u->db, u->a, &i, &to, by, &changed));
	assert_true(changed);
	assert_int_equal(tally(u, "incident", "phishing"), 0);
	assert_int_equal(tally(u, "incident", "targeted"), 1);
	i = get(u, i.id);
	assert_string_equal(i.category, "targeted");
	assert_false(i.category_fixed);
	assert_ok(incident_close(u->db, u->a, &i, &(struct incident_end){ "resolved", "404 since noon", "" }, by));
	assert_int_equal(tally(u, "closed", "targeted"), 1);
	assert_int_equal(gauge(u, "incident/closed"), 1);
	assert_int_equal(gauge(u, "incident/open"), 0);
	/* Closed by somebody else meanwhile. */
	assert_int_equal(incident_close(u->db, u->a, &i, &(struct incident_end){ "resolved", "x", "" }, by),
	    ERR_CONFLICT);
	db_rollback(u->db);
}

static void
reopening_takes_it_off_the_closed_ones(void **state)
{
	struct unit_db *u = unit_db(state);
	struct incident i;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	i = get(u, made(u, "a", "availability/ddos"));
	assert_ok(incident_close(u->db, u->a, &i, &(struct incident_end){ "no-action", "quiet", "why" }, by));
	i = get(u, i.id);
	assert_ok(incident_reopen(u->db, u->a, &i, "again", by));
	i = get(u, i.id);
	assert_string_equal(i.state, "open");
	assert_int_equal(i.closed_at, 0);
	assert_int_equal(i.reopened, 1);
	assert_int_equal(tally(u, "closed", "dos"), 0);
	assert_int_equal(gauge(u, "incident/open"), 1);
	db_rollback(u->db);
}

static void
a_test_is_in_no_statistics(void **state)
{
	struct unit_db *u = unit_db(state);
	struct incident i;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	i = get(u, made(u, "a", "test/test"));
	assert_int_equal(tally(u, "incident", i.category), 0);
	assert_int_equal(gauge(u, "incident/open"), 1);
	db_rollback(u->db);
}

static void
merging_counts_one_and_comes_apart_again(void **state)
{
	struct unit_db *u = unit_db(state);
	int64_t a, b;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	a = made(u, "a", "fraud/phishing");
	b = made(u, "b", "fraud/phishing");
	assert_ok(incident_merge(u->db, u->a, a, b, 1, "Hanako", NOW));
	assert_int_equal(tally(u, "incident", "phishing"), 1);
	assert_int_equal(gauge(u, "incident/open"), 1);
	assert_ok(incident_unmerge(u->db, u->a, a, 1, "Hanako", NOW));
	assert_int_equal(tally(u, "incident", "phishing"), 2);
	assert_int_equal(gauge(u, "incident/open"), 2);
	db_rollback(u->db);
}

static void
an_earlier_version_is_known_from_the_journal(void **state)
{
	struct unit_db *u = unit_db(state);
	struct incident first, i, to, was;
	const char *who;
	int64_t at;
	bool changed;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	first = get(u, made(u, "first title", "fraud/phishing"));
	to = first;
	to.title = "second title";
	to.impact = "much";
	assert_ok(incident_change(u->db, u->a, &first, &to, by, &changed));
	i = get(u, first.id);
	to = i;
	to.impact = "little";
	assert_ok(incident_change(u->db, u->a, &i, &to, by, &changed));
	i = get(u, first.id);
	assert_int_equal(i.version, first.version + 2);
	assert_ok(incident_at_version(u->db, u->a, &i, first.version, &was, &who, &at));
	assert_string_equal(was.title, "first title");
	assert_string_equal(was.impact, "");
	assert_string_equal(who, "Hanako");
	assert_ok(incident_at_version(u->db, u->a, &i, first.version + 1, &was, &who, &at));
	assert_string_equal(was.title, "second title");
	assert_string_equal(was.impact, "much");
	/* A stale version changes nothing. */
	assert_int_equal(incident_change(u->db, u->a, &first, &to, by, &changed), ERR_CONFLICT);
	db_rollback(u->db);
}

static int64_t
count(struct unit_db *u, const char *query, const struct user *viewer)
{
	struct incident_filter f;
	struct incident_page page;
	struct problems problems;

	problems_init(&problems, u->a);
	assert_ok(incident_filter_read(u->a, str_of(query), viewer->id, &problems, &f));
	assert_false(problems_any(&problems));
	assert_ok(incident_list(u->db, u->a, &f, viewer, NOW, 0, 50, &page));
	assert_int_equal(page.n, page.total);
	return page.total;
}

static void
lists_follow_the_filter(void **state)
{
	struct unit_db *u = unit_db(state);
	static const struct user me = { .id = 1, .role = ROLE_HANDLER };
	const struct extract_found *found;
	struct incident i;
	size_t n;
	int64_t added, a, b;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	a = made(u, "偽の銀行サイト", "fraud/phishing");
	b = made(u, "botnet", "malicious-code/c2-server");
	i = get(u, b);
	assert_ok(incident_set_next(u->db, u->a, &i, "look", NOW - 1, by));
	assert_ok(extract_find(u->a, STR("hxxps://login[.]example[.]com/x"), &found, &n));
	assert_ok(indicator_add(u->db, u->a, a, found, n, "source", true, "", by, &added));
	assert_int_equal(added, 2);
	assert_int_equal(count(u, "", &me), 2);
	assert_int_equal(count(u, "category=phishing", &me), 1);
	assert_int_equal(count(u, "overdue=1", &me), 1);
	assert_int_equal(count(u, "unread=1", &me), 0);
	assert_int_equal(count(u, "owner=me", &me), 0);
	assert_int_equal(count(u, "owner=none&origin=domestic", &me), 2);
	assert_int_equal(count(u, "q=%E9%8A%80%E8%A1%8C", &me), 1);
	assert_int_equal(count(u, "q=login[.]example[.]com", &me), 1);
	assert_int_equal(count(u, "q=INC-2026-2", &me), 1);
	assert_int_equal(count(u, "q=%E3%80%82", &me), 0);
	i = get(u, a);
	assert_ok(incident_close(u->db, u->a, &i, &(struct incident_end){ "resolved", "x", "" }, by));
	assert_int_equal(count(u, "", &me), 1);
	assert_int_equal(count(u, "state=closed", &me), 1);
	assert_int_equal(count(u, "state=all", &me), 2);
	assert_int_equal(count(u, "state=all&sort=due", &me), 2);
	assert_int_equal(count(u, "state=all&sort=changed", &me), 2);
	db_rollback(u->db);
}

static void
an_unknown_filter_is_said(void **state)
{
	struct unit_db *u = unit_db(state);
	struct incident_filter f;
	struct problems problems;

	problems_init(&problems, u->a);
	assert_ok(incident_filter_read(u->a, STR("state=old&owner=x&tlp=AMBER%2BSTRICT"), 1, &problems, &f));
	assert_true(problems_at(&problems, "state"));
	assert_true(problems_at(&problems, "owner"));
	assert_string_equal(f.tlp, "AMBER+STRICT");
}

static void
restricted_ones_are_in_no_list_and_no_count_of_others(void **state)
{
	struct unit_db *u = unit_db(state);
	static const struct user me = { .id = 1, .role = ROLE_HANDLER }, other = { .id = 2, .role = ROLE_HANDLER },
				 admin = { .id = 3, .role = ROLE_ADMIN };
	static const int64_t granted[] = { 2 };
	struct incident i, to;
	bool changed;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	person(u, 2, "handler");
	person(u, 3, "admin");
	(void)made(u, "open to all", "fraud/phishing");
	i = get(u, made(u, "secret", "fraud/phishing"));
	to = i;
	to.restricted = true;
	to.owner_id = 1;
	assert_ok(incident_change(u->db, u->a, &i, &to, by, &changed));
	assert_int_equal(count(u, "", &me), 2);
	assert_int_equal(count(u, "", &other), 1);
	assert_int_equal(count(u, "category=phishing", &other), 1);
	assert_int_equal(count(u, "q=secret", &other), 0);
	assert_int_equal(count(u, "", &admin), 2);
	assert_ok(incident_set_grants(u->db, u->a, i.id, granted, 1, by));
	assert_int_equal(count(u, "", &other), 2);
	assert_ok(incident_set_grants(u->db, u->a, i.id, NULL, 0, by));
	assert_int_equal(count(u, "", &other), 1);
	db_rollback(u->db);
}

static bool
sees(struct unit_db *u, int64_t id, const struct user *who)
{
	struct incident i = get(u, id);
	bool visible;

	assert_ok(incident_visible(u->db, &i, who, &visible));
	return visible;
}

static void
merged_restricted_ones_are_seen_by_the_people_of_both(void **state)
{
	struct unit_db *u = unit_db(state);
	static const struct user first = { .id = 1, .role = ROLE_HANDLER }, second = { .id = 2, .role = ROLE_HANDLER },
				 other = { .id = 4, .role = ROLE_HANDLER };
	static const int64_t granted[] = { 3 };
	static const struct user third = { .id = 3, .role = ROLE_HANDLER };

	assert_ok(db_begin_write(u->db));
	for (int64_t i = 1; i <= 4; i++)
		person(u, i, "handler");
	int64_t a = made(u, "a", "fraud/phishing"), b = made(u, "b", "fraud/phishing");

	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1, owner_id = CASE WHEN id = ?1 THEN 1 ELSE 2 END "
				"WHERE id IN (?1, ?2)", DB_INT(a), DB_INT(b)));
	assert_ok(incident_set_grants(u->db, u->a, a, granted, 1, by));
	assert_true(sees(u, a, &first) && sees(u, a, &third) && sees(u, b, &second));
	assert_false(sees(u, b, &first) || sees(u, a, &second) || sees(u, b, &third));
	assert_ok(incident_merge(u->db, u->a, a, b, 1, "Hanako", NOW));
	assert_true(sees(u, a, &second) && sees(u, b, &first) && sees(u, b, &third) && sees(u, a, &first));
	assert_false(sees(u, a, &other) || sees(u, b, &other) || sees(u, a, NULL));
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT payload FROM journal WHERE action = 'incident.merge'"));
	assert_non_null(strstr(db_text(q, 0), "granted"));
	assert_ok(db_end(q));
	assert_ok(incident_unmerge(u->db, u->a, a, 1, "Hanako", NOW));
	assert_true(sees(u, a, &first) && sees(u, b, &second) && sees(u, a, &third));
	assert_false(sees(u, b, &first) || sees(u, a, &second) || sees(u, b, &third));
	db_rollback(u->db);
}

static void
bulk_changes_can_be_taken_back(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *before = value_object(u->a);
	int64_t ids[2], n;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	ids[0] = made(u, "a", "fraud/phishing");
	ids[1] = made(u, "b", "fraud/phishing");
	assert_ok(db_run(u->db, "UPDATE incident SET owner_id = 1 WHERE id = ?1", DB_INT(ids[0])));
	assert_ok(incident_bulk_owner(u->db, u->a, ids, 2, 1, by, before, &n));
	assert_int_equal(n, 1); /* one was mine already */
	assert_int_equal(get(u, ids[1]).owner_id, 1);
	assert_ok(incident_bulk_undo(u->db, u->a, before, by));
	assert_int_equal(get(u, ids[1]).owner_id, 0);
	assert_int_equal(get(u, ids[0]).owner_id, 1);
	before = value_object(u->a);
	assert_ok(incident_bulk_priority(u->db, u->a, ids, 2, "urgent", by, before, &n));
	assert_int_equal(n, 2);
	/* What somebody changed since stays. */
	assert_ok(db_run(u->db, "UPDATE incident SET priority = 'low' WHERE id = ?1", DB_INT(ids[0])));
	assert_ok(incident_bulk_undo(u->db, u->a, before, by));
	assert_string_equal(get(u, ids[0]).priority, "low");
	assert_string_equal(get(u, ids[1]).priority, "normal");
	db_rollback(u->db);
}

static void
the_timeline_has_everything_once_and_in_order(void **state)
{
	struct unit_db *u = unit_db(state);
	struct timeline t;
	int64_t id, note, counts[4], from = 0;
	size_t seen = 0;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	id = made(u, "a", "fraud/phishing");
	for (int k = 1; k <= 30; k++) {
		struct actor later = { 1, "Hanako", NOW + k * 1000 };

		assert_ok(incident_note_add(u->db, u->a, id, k % 3 == 0 ? "decision" : "note", "internal",
		    arena_printf(u->a, "note %d", k), later, &note));
	}
	assert_ok(timeline_count(u->db, u->a, id, NULL, counts));
	assert_int_equal(counts[TIMELINE_ALL], 31);
	assert_int_equal(counts[TIMELINE_NOTES], 30);
	assert_int_equal(counts[TIMELINE_DECISIONS], 10);
	assert_int_equal(counts[TIMELINE_MESSAGES], 0);
	do {
		assert_ok(timeline_list(u->db, u->a, id, NULL, TIMELINE_ALL, false, from, 10, &t));
		for (size_t k = 1; k < t.n; k++)
			assert_true(t.event[k - 1].at >= t.event[k].at);
		seen += t.n;
		from = t.more;
	} while (from != 0);
	assert_int_equal(seen, 31);
	assert_ok(timeline_list(u->db, u->a, id, NULL, TIMELINE_DECISIONS, true, 0, 100, &t));
	assert_int_equal(t.n, 10);
	assert_string_equal(t.event[0].body, "note 3");
	assert_ok(timeline_list(u->db, u->a, id, NULL, TIMELINE_ALL, true, 0, 100, &t));
	assert_string_equal(t.event[0].action, "incident.open");
	db_rollback(u->db);
}

static void
the_timeline_of_a_merged_pair_is_one(void **state)
{
	struct unit_db *u = unit_db(state);
	struct timeline t;
	int64_t a, b, note;
	bool found = false;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	a = made(u, "a", "fraud/phishing");
	b = made(u, "b", "fraud/phishing");
	assert_ok(incident_note_add(u->db, u->a, a, "note", "internal", "of the other", by, &note));
	assert_ok(incident_merge(u->db, u->a, a, b, 1, "Hanako", NOW));
	assert_ok(timeline_list(u->db, u->a, b, NULL, TIMELINE_NOTES, false, 0, 100, &t));
	for (size_t k = 0; k < t.n; k++)
		found |= strcmp(t.event[k].body, "of the other") == 0 && strcmp(t.event[k].of, "INC-2026-00001") == 0;
	assert_true(found);
	db_rollback(u->db);
}

static void
indicators_come_back_and_join_incidents(void **state)
{
	struct unit_db *u = unit_db(state);
	static const struct user me = { .id = 1, .role = ROLE_HANDLER };
	const struct extract_found *found;
	struct indicator *list, x;
	struct value *similar = value_list(u->a);
	size_t n, have;
	int64_t a, b, added, total;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	a = made(u, "a", "fraud/phishing");
	b = made(u, "b", "fraud/phishing");
	assert_ok(extract_find(u->a, STR("192.0.2.10"), &found, &n));
	assert_ok(indicator_add(u->db, u->a, a, found, n, "source", true, "seen in a log", by, &added));
	assert_ok(indicator_add(u->db, u->a, a, found, n, "source", true, "", by, &added));
	assert_int_equal(added, 0);
	assert_ok(indicator_add(u->db, u->a, b, found, n, "related", false, "", by, &added));
	assert_ok(indicator_list(u->db, u->a, a, 100, &list, &have, &total));
	assert_int_equal(total, 1);
	assert_int_equal(list[0].incidents, 2);
	assert_ok(similar_incidents(u->db, u->a, a, &me, 5, similar));
	assert_int_equal(value_count(similar), 1);
	assert_string_equal(value_cstr(value_get(value_at(similar, 0), "ref")), "INC-2026-00002");
	x = list[0];
	assert_ok(indicator_remove(u->db, u->a, a, &x, by));
	assert_int_equal(indicator_get(u->db, u->a, a, x.id, &x), ERR_NOT_FOUND);
	db_rollback(u->db);
	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	a = made(u, "a", "fraud/phishing");
	assert_ok(indicator_add(u->db, u->a, a, found, n, "source", true, "seen in a log", by, &added));
	assert_ok(indicator_list(u->db, u->a, a, 100, &list, &have, &total));
	assert_ok(indicator_remove(u->db, u->a, a, &list[0], by));
	assert_ok(indicator_restore(u->db, u->a, a, &list[0], by));
	assert_ok(indicator_get(u->db, u->a, a, list[0].id, &x));
	assert_true(x.confirmed);
	assert_string_equal(x.role, "source");
	assert_string_equal(x.note, "seen in a log");
	db_rollback(u->db);
}

static void
open_ends_are_seen(void **state)
{
	struct unit_db *u = unit_db(state);
	struct incident_open o;
	struct task *list;
	size_t n;
	int64_t id, task;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	id = made(u, "a", "fraud/phishing");
	assert_ok(task_add(u->db, u->a, &(struct task){ .incident_id = id, .title = "look" }, by, &task));
	assert_ok(db_run(u->db, "INSERT INTO party (id, incident_id, role, org, lang) VALUES (1, ?1, 'isp', 'ISP', 'en')",
	    DB_INT(id)));
	assert_ok(db_run(u->db,
	    "INSERT INTO notification (incident_id, party_id, kind, state, token, subject, tlp, lang, created_at, "
	    "created_by, unread) VALUES (?1, 1, 'takedown', 'sent', 't', 's', 'GREEN', 'en', 0, 1, 2)",
	    DB_INT(id)));
	assert_ok(incident_open_ends(u->db, u->a, id, &o));
	assert_int_equal(o.tasks, 1);
	assert_int_equal(o.letters, 1);
	assert_int_equal(o.unread, 2);
	assert_true(o.reporter_told); /* there is none */
	assert_ok(task_list(u->db, u->a, id, &list, &n));
	assert_ok(task_set_done(u->db, u->a, &list[0], true, by));
	assert_ok(incident_open_ends(u->db, u->a, id, &o));
	assert_int_equal(o.tasks, 0);
	db_rollback(u->db);
}

static void
the_reporter_sees_what_was_shared_and_nothing_else(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *list = value_list(u->a);
	int64_t a, b, note;

	assert_ok(db_begin_write(u->db));
	person(u, 1, "handler");
	a = made(u, "a", "fraud/phishing");
	b = made(u, "b", "fraud/phishing");
	assert_ok(db_run(u->db,
	    "INSERT INTO report (id, ref, received_at, channel, purpose, door, title, lang, domestic, updated_at) "
	    "VALUES (7, 'RPT-2026-000007', 0, 'form', 'contact', 'phishing', 't', 'ja', 1, 0)"));
	assert_ok(db_run(u->db,
	    "INSERT INTO report_incident (report_id, incident_id, relation, linked_at, linked_by) "
	    "VALUES (7, ?1, 'original', 0, 1)",
	    DB_INT(a)));
	assert_ok(incident_note_add(u->db, u->a, a, "note", "internal", "secret", by, &note));
	assert_ok(incident_note_add(u->db, u->a, a, "note", "reporter", "we wrote to the host", by, &note));
	assert_ok(incident_note_add(u->db, u->a, b, "note", "reporter", "of the one it was merged into", by, &note));
	assert_ok(incident_note_for_reporter(u->db, u->a, 7, list));
	assert_int_equal(value_count(list), 1);
	assert_string_equal(value_cstr(value_get(value_at(list, 0), "text")), "we wrote to the host");
	assert_ok(incident_merge(u->db, u->a, a, b, 1, "Hanako", NOW));
	list = value_list(u->a);
	assert_ok(incident_note_for_reporter(u->db, u->a, 7, list));
	assert_int_equal(value_count(list), 2);
	db_rollback(u->db);
}

static void
labels_follow_the_class_until_somebody_fixes_them(void **state)
{
	struct incident i = { .rsit = "fraud/phishing", .category = "", .category_2007 = "" };

	(void)state;
	incident_derive(&i);
	assert_string_equal(i.category, "phishing");
	assert_string_equal(i.category_2007, "intrusion");
	assert_false(i.category_fixed);
	i.category = "other";
	i.category_2007 = "";
	incident_derive(&i);
	assert_true(i.category_fixed);
	assert_string_equal(i.category, "other");
	assert_string_equal(i.category_2007, "intrusion");
	/* Fixed to what it would be anyway. */
	i.category = "phishing";
	incident_derive(&i);
	assert_false(i.category_fixed);
}

static void
every_kind_has_a_ready_list(void **state)
{
	(void)state;
	assert_string_equal(playbook_for("fraud/phishing", "phishing")->name, "phishing");
	assert_string_equal(playbook_for("malicious-code/infected-system", "other")->name, "malware");
	assert_string_equal(playbook_for("information-content-security/data-loss", "other")->name, "leak");
	assert_string_equal(playbook_for("malicious-code/c2-server", "ics")->name, "ics");
	assert_string_equal(playbook_for("other/uncategorised", "other")->name, "other");
	for (const struct playbook *p = playbook_list; p->name != NULL; p++)
		assert_non_null(p->task[0].title);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(counts_follow_class_and_state),
		UNIT_DB_TEST(reopening_takes_it_off_the_closed_ones),
		UNIT_DB_TEST(a_test_is_in_no_statistics),
		UNIT_DB_TEST(merging_counts_one_and_comes_apart_again),
		UNIT_DB_TEST(an_earlier_version_is_known_from_the_journal),
		UNIT_DB_TEST(lists_follow_the_filter),
		UNIT_DB_TEST(an_unknown_filter_is_said),
		UNIT_DB_TEST(restricted_ones_are_in_no_list_and_no_count_of_others),
		UNIT_DB_TEST(merged_restricted_ones_are_seen_by_the_people_of_both),
		UNIT_DB_TEST(bulk_changes_can_be_taken_back),
		UNIT_DB_TEST(the_timeline_has_everything_once_and_in_order),
		UNIT_DB_TEST(the_timeline_of_a_merged_pair_is_one),
		UNIT_DB_TEST(indicators_come_back_and_join_incidents),
		UNIT_DB_TEST(open_ends_are_seen),
		UNIT_DB_TEST(the_reporter_sees_what_was_shared_and_nothing_else),
		cmocka_unit_test(labels_follow_the_class_until_somebody_fixes_them),
		cmocka_unit_test(every_kind_has_a_ready_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
