/* SPDX-License-Identifier: Apache-2.0 */
/* Watches, mentions and notices: the rules, and on both databases. */
#include "unit_db.h"

#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/zone.h"
#include "blob/blob.h"
#include "incident/incident_store.h"
#include "incident/indicator_store.h"
#include "incident/handover_store.h"
#include "incident/mention.h"
#include "incident/notice_store.h"
#include "incident/on_call_store.h"
#include "incident/report_store.h"
#include "incident/similar_store.h"
#include "incident/snippet_store.h"
#include "incident/watch_store.h"
#include "text/value.h"

#define NOW INT64_C(1790000000000)

static void
reads_what_to_watch(void **state)
{
	static const struct {
		const char *kind, *text, *is, *value; /* value NULL: none */
	} cases[] = {
		{ "", "hxxps://login[.]bank-a[.]example/x", "url", "https://login.bank-a.example/x" },
		{ "", "login[.]bank-a[.]example", "host", "login.bank-a.example" },
		{ "", "203.0.113.9", "address", "203.0.113.9" },
		{ "", "2001:db8::1", "address", "2001:db8::1" },
		{ "", "Someone@Example.JP", "email", "someone@example.jp" },
		{ "", "d41d8cd98f00b204e9800998ecf8427e", "hash", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "domain", "Bank-A[.]example", "domain", "bank-a.example" },
		{ "domain", "https://www.bank-a.example/", "domain", "www.bank-a.example" },
		{ "brand", "Ｂank Ａ", "brand", "bank a" },
		{ "address", "bank-a.example", NULL, NULL },
		{ "hash", "nothing", NULL, NULL },
		{ "", "", NULL, NULL },
		{ "", "just words", NULL, NULL },
		{ "host", "localhost", NULL, NULL },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *kind = "", *v = watch_value(a, cases[i].kind, str_of(cases[i].text), &kind);

		if (cases[i].value == NULL) {
			assert_null(v);
			continue;
		}
		assert_non_null(v);
		assert_string_equal(v, cases[i].value);
		assert_string_equal(kind, cases[i].is);
	}
}

static void
finds_names(void **state)
{
	static const struct mention_person people[] = {
		{ "Sato Hanako", "hanako@csirt.example" },
		{ "佐藤 次郎", "jiro@csirt.example" },
		{ "Sato Ken", "ken.sato@csirt.example" },
		{ "Ann", "ann@csirt.example" },
	};
	static const struct {
		const char *text;
		int who; /* -1: nobody */
	} cases[] = {
		{ "please look @hanako", 0 }, { "@Sato Hanako, please", 0 }, { "＠ＳａｔｏHanako", 0 },
		{ "@佐藤次郎さん、お願いします", 1 }, { "@佐藤 次郎", 1 }, { "確認は＠佐藤さん", 1 },
		{ "@Sato: which of them?", -1 }, { "mail to hanako@csirt.example", -1 }, { "x@ann", -1 },
		{ "@anna", -1 }, { "(@ann)", 3 }, { "@ann.", 3 }, { "@ann.smith", -1 }, { "@ken.sato", 2 }, { "@", -1 },
		{ "", -1 }, { "@nobody", -1 },
	};
	struct arena *a = *state;
	size_t who[MENTIONS_MAX], at[MENTIONS_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = mention_find(a, str_of(cases[i].text), people, COUNT(people), who, at);

		assert_int_equal(n, cases[i].who < 0 ? 0 : 1);
		if (n == 1)
			assert_int_equal(who[0], cases[i].who);
	}
	assert_int_equal(mention_find(a, STR("@ann and @hanako and @ann again"), people, COUNT(people), who, at), 2);
	assert_int_equal(mention_find(a, STR("@ann"), people, 0, who, at), 0);
}

static struct blob_store *
blobs_of(struct unit_db *u)
{
	static const unsigned char key[32] = "an example of a key of 32 bytes";
	struct blob_store *s = NULL;

	assert_ok(blob_store_open("", key, &s));
	arena_defer(u->a, (void (*)(void *))blob_store_free, s);
	return s;
}

static int64_t
person(struct unit_db *u, const char *name, const char *email, const char *role)
{
	int64_t id;

	assert_ok(db_insert(u->db, &id,
	    "INSERT INTO person (name, email, email_folded, password_hash, role, lang, zone, created_at) "
	    "VALUES (?1, ?2, ?2, 'x', ?3, 'ja', 'Asia/Tokyo', ?4) RETURNING id",
	    DB_TEXT(name), DB_TEXT(email), DB_TEXT(role), DB_INT(NOW)));
	return id;
}

static int64_t
report(struct unit_db *u, struct blob_store *blobs, const char *text)
{
	int64_t id;

	assert_ok(report_add(u->db, blobs, u->a,
	    &(struct report_new){ .received_at = NOW, .channel = "mail", .purpose = "information", .door = "phishing",
		.title = "A report", .text = str_of(text), .lang = LANG_JA, .reporter_email = "who@mail.example" },
	    NOW, &id, NULL));
	return id;
}

static size_t
told(struct unit_db *u, int64_t id)
{
	struct value *list = value_list(u->a);
	struct user me;

	assert_ok(user_get(u->db, u->a, id, &me));
	assert_ok(notice_list(u->db, u->a, &me, 0, 100, list));
	return value_count(list);
}

static void
knows_places(void **state)
{
	static const struct {
		const char *text, *unknown, *open;
	} cases[] = {
		{ "", "", "" }, { "{ref} of {team}", "", "{ref}, {team}" }, { "{nothing}", "{nothing}", "" },
		{ "{ref} {other}", "{other}", "{ref}" }, { "function () { return 1; }", "", "" }, { "{", "", "" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(snippet_unknown(a, str_of(cases[i].text)), cases[i].unknown);
		assert_string_equal(snippet_open(a, str_of(cases[i].text)), cases[i].open);
	}
	assert_string_equal(snippet_append(a, "", "x"), "x");
	assert_string_equal(snippet_append(a, "a", "x"), "a\nx");
	assert_string_equal(snippet_append(a, "a\n", "x"), "a\nx");
}

static void
plans_turns(void **state)
{
	const int64_t people[] = { 1, 2, 3 };
	/* Monday 27 April 2026, weeks; 4 May is a holiday, as are 5 and 6 May. */
	struct on_call_wish wish = { .person = people, .people = 3, .first = clock_day_number(2026, 4, 27), .minute = 9 * 60 + 30,
		.days = 7, .turns = 4, .business = true };
	static const char *const from[] = { "2026-04-27T09:30:00+09:00", "2026-05-07T09:30:00+09:00", "2026-05-11T09:30:00+09:00",
		"2026-05-18T09:30:00+09:00" };
	struct arena *a = *state;
	struct on_call t[4];

	on_call_plan(&wish, zone_tokyo(), &business_tokyo, t);
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_string_equal(zone_iso(a, zone_tokyo(), t[i].from), from[i]);
		assert_int_equal(t[i].person_id, people[i % 3]);
		if (i > 0)
			assert_int_equal(t[i].from, t[i - 1].until);
		t[i].id = (int64_t)i + 1;
	}
	wish.business = false;
	wish.days = 1;
	on_call_plan(&wish, zone_tokyo(), &business_tokyo, t);
	assert_int_equal(t[3].from - t[0].from, 3 * CLOCK_DAY);
	assert_int_equal(on_call_at(t, 4, t[0].from - 1), SIZE_MAX);
	assert_int_equal(on_call_at(t, 4, t[1].from), 1);
	assert_int_equal(on_call_at(t, 4, t[1].from - 1), 0);
	assert_int_equal(on_call_at(t, 0, t[1].from), SIZE_MAX);
	/* A cover stands above; of two the newer. */
	t[3] = (struct on_call){ .id = 9, .person_id = 5, .from = t[0].from, .until = t[2].until, .cover = true };
	assert_int_equal(on_call_at(t, 4, t[1].from), 3);
	t[2] = (struct on_call){ .id = 10, .person_id = 6, .from = t[1].from, .until = t[1].until, .cover = true };
	assert_int_equal(on_call_at(t, 4, t[1].from), 2);
	assert_int_equal(on_call_meets(t, 4, t[1].from, t[1].until), 1);
	assert_int_equal(on_call_meets(t, 4, t[1].until, t[1].until + 1), SIZE_MAX);
}

static void
tells_who_is_on_call(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *blobs = blobs_of(u);
	struct value *told_list = value_list(u->a), *hidden = value_list(u->a);
	int64_t id;

	assert_ok(db_begin_write(u->db));
	int64_t one = person(u, "One", "one@csirt.example", "handler"), two = person(u, "Two", "two@csirt.example", "handler");
	struct on_call t = { .person_id = one, .from = NOW - CLOCK_HOUR, .until = NOW + CLOCK_DAY, .changed_by = one, .changed_at = NOW };
	struct on_call cover = { .person_id = two, .from = NOW + CLOCK_HOUR, .until = NOW + 2 * CLOCK_HOUR, .cover = true,
		.changed_by = one, .changed_at = NOW };
	struct on_call now;

	assert_ok(on_call_tell(u->db, blobs, u->a, 1, NOW)); /* nobody */
	assert_ok(on_call_add(u->db, u->a, &t));
	assert_err(on_call_add(u->db, u->a, &t), ERR_EXISTS);
	assert_ok(on_call_add(u->db, u->a, &cover));
	assert_ok(on_call_now(u->db, u->a, NOW, &now));
	assert_int_equal(now.person_id, one);
	assert_ok(on_call_now(u->db, u->a, NOW + CLOCK_HOUR, &now));
	assert_int_equal(now.person_id, two);
	assert_ok(report_add(u->db, blobs, u->a,
	    &(struct report_new){ .received_at = NOW, .channel = "phone", .purpose = "information", .door = "other", .title = "Urgent",
		.text = STR("words"), .lang = LANG_JA, .urgent = true },
	    NOW, &id, NULL));
	(void)report(u, blobs, "not urgent");
	assert_int_equal(told(u, one), 1);
	assert_int_equal(told(u, two), 0);
	assert_ok(notice_mention(u->db, blobs, u->a, "report", id, STR("＠当番 さん、 @on-call please"),
	    (struct actor){ two, "Two", NOW }, told_list, hidden));
	assert_int_equal(told(u, one), 2);
	assert_ok(on_call_delete(u->db, t.id));
	assert_err(on_call_delete(u->db, t.id), ERR_NOT_FOUND);
	assert_ok(db_commit(u->db));
}

static void
hands_over(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *blobs = blobs_of(u);
	struct handover list[10], h, w;
	struct user user_two;
	const char *text;
	size_t n;
	bool more;

	assert_ok(db_begin_write(u->db));
	int64_t one = person(u, "One", "one@csirt.example", "handler"), two = person(u, "Two", "two@csirt.example", "handler"), id;

	assert_ok(handover_draft(u->db, u->a, LANG_EN, zone_tokyo(), NOW - CLOCK_DAY, NOW, &text));
	assert_non_null(strstr(text, "Nothing urgent"));
	assert_ok(report_add(u->db, blobs, u->a,
	    &(struct report_new){ .received_at = NOW, .channel = "phone", .purpose = "information", .door = "other",
		.title = "See https://a.example/x", .text = STR("words"), .lang = LANG_JA, .urgent = true },
	    NOW, &id, NULL));
	assert_ok(handover_draft(u->db, u->a, LANG_EN, zone_tokyo(), NOW - CLOCK_DAY, NOW, &text));
	assert_non_null(strstr(text, "Urgent reports that wait\n- RPT-"));
	assert_non_null(strstr(text, "hxxps://a[.]example/x"));
	h = (struct handover){ .from_id = one, .to_id = two, .since = NOW - CLOCK_DAY, .written_at = NOW, .body = "Ｋumquat 100%" };
	assert_ok(handover_save(u->db, u->a, &h));
	assert_err(handover_get(u->db, u->a, h.id, two, &w), ERR_NOT_FOUND);
	assert_ok(handover_waiting(u->db, u->a, two, &w));
	assert_int_equal(w.id, 0);
	assert_ok(handover_give(u->db, blobs, u->a, &h, NOW));
	assert_err(handover_save(u->db, u->a, &h), ERR_CONFLICT);
	assert_ok(handover_waiting(u->db, u->a, two, &w));
	assert_int_equal(w.id, h.id);
	assert_ok(handover_waiting(u->db, u->a, one, &w));
	assert_int_equal(w.id, 0);
	assert_int_equal(told(u, two), 1);
	assert_ok(handover_list(u->db, u->a, two, STR("kumquat 100%"), 0, 10, list, &n, &more));
	assert_int_equal(n, 1);
	assert_false(more);
	assert_ok(handover_list(u->db, u->a, two, STR("kumquat 1%"), 0, 10, list, &n, &more));
	assert_int_equal(n, 0);
	assert_ok(user_get(u->db, u->a, two, &user_two));
	assert_ok(handover_take(u->db, u->a, &h, &user_two, "fine", NOW + 1));
	assert_err(handover_take(u->db, u->a, &h, &user_two, "again", NOW + 1), ERR_CONFLICT);
	assert_ok(handover_get(u->db, u->a, h.id, one, &w));
	assert_string_equal(w.state, "taken");
	assert_string_equal(w.remark, "fine");
	assert_string_equal(w.taker, "Two");
	assert_ok(db_commit(u->db));
}

static void
keeps_snippets(void **state)
{
	struct unit_db *u = unit_db(state);
	struct snippet *list, one;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t me = person(u, "One", "one@csirt.example", "handler"), other = person(u, "Two", "two@csirt.example", "handler");
	struct snippet s = { .person_id = me, .name = "Ｒeceipt", .text = { "受領", "got it" }, .changed_by = me, .changed_at = NOW };
	struct snippet team = { .name = "receipt", .text = { "", "team" }, .changed_by = me, .changed_at = NOW };

	assert_ok(snippet_save(u->db, u->a, &s));
	assert_ok(snippet_save(u->db, u->a, &team));
	one = s;
	one.id = 0;
	one.name = "RECEIPT";
	assert_err(snippet_save(u->db, u->a, &one), ERR_EXISTS);
	one.name = "Second";
	assert_ok(snippet_save(u->db, u->a, &one));
	assert_ok(snippet_list(u->db, u->a, me, STR_NULL, &list, &n));
	assert_int_equal(n, 3);
	assert_int_equal(list[0].id, s.id);
	assert_int_equal(list[2].person_id, 0);
	assert_ok(snippet_move(u->db, &one, true));
	assert_ok(snippet_list(u->db, u->a, me, STR_NULL, &list, &n));
	assert_int_equal(list[0].id, one.id);
	assert_ok(snippet_move(u->db, &list[0], true));
	assert_ok(snippet_list(u->db, u->a, me, STR("受領"), &list, &n));
	assert_int_equal(n, 2);
	assert_ok(snippet_list(u->db, u->a, me, STR("TEAM"), &list, &n));
	assert_int_equal(n, 1);
	assert_ok(snippet_list(u->db, u->a, other, STR_NULL, &list, &n));
	assert_int_equal(n, 1);
	assert_err(snippet_get(u->db, u->a, s.id, other, &one), ERR_NOT_FOUND);
	assert_ok(snippet_get(u->db, u->a, team.id, other, &one));
	one.text[LANG_EN] = "changed";
	assert_ok(snippet_save(u->db, u->a, &one));
	assert_int_equal(one.version, 2);
	assert_err(snippet_save(u->db, u->a, &team), ERR_CONFLICT);
	assert_ok(snippet_delete(u->db, s.id));
	assert_err(snippet_delete(u->db, s.id), ERR_NOT_FOUND);
	for (int i = 0; i < SNIPPETS_MAX; i++) {
		s = (struct snippet){ .person_id = other, .name = arena_printf(u->a, "n%d", i), .text = { "x", "" },
			.changed_by = other, .changed_at = NOW };
		assert_ok(snippet_save(u->db, u->a, &s));
	}
	s = (struct snippet){ .person_id = other, .name = "more", .text = { "x", "" }, .changed_by = other, .changed_at = NOW };
	assert_err(snippet_save(u->db, u->a, &s), ERR_LIMIT);
	assert_ok(db_commit(u->db));
}

static void
tells_watchers(void **state)
{
	struct unit_db *u = unit_db(state);
	struct blob_store *blobs = blobs_of(u);

	assert_ok(db_begin_write(u->db));
	int64_t one = person(u, "One", "one@csirt.example", "handler"), two = person(u, "Two", "two@csirt.example", "handler");
	int64_t auditor = person(u, "Three", "three@csirt.example", "auditor"), id;
	struct watch v = { .person_id = one, .kind = "domain", .value = "bank-a.example", .created_by = one, .created_at = NOW };

	assert_ok(watch_add(u->db, &v, &id));
	assert_err(watch_add(u->db, &v, &id), ERR_EXISTS);
	v = (struct watch){ .kind = "address", .value = "203.0.113.9", .created_by = one, .created_at = NOW };
	assert_ok(watch_add(u->db, &v, &id));
	v = (struct watch){ .person_id = two, .kind = "email", .value = "who@mail.example", .created_by = two, .created_at = NOW,
		.until = NOW - 1 };
	assert_ok(watch_add(u->db, &v, &id));
	(void)report(u, blobs, "see https://login.bank-a.example/x");
	assert_int_equal(told(u, one), 1);
	assert_int_equal(told(u, two), 0); /* its end is past */
	(void)report(u, blobs, "203.0.113.9 scans us");
	assert_int_equal(told(u, one), 2);
	assert_int_equal(told(u, two), 1); /* the team's */
	assert_int_equal(told(u, auditor), 0);
	(void)report(u, blobs, "nothing at notbank-a.example");
	assert_int_equal(told(u, one), 2);
	assert_ok(db_commit(u->db));
}

static void
hides_what_is_restricted(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *names = value_list(u->a), *hidden = value_list(u->a);

	assert_ok(db_begin_write(u->db));
	int64_t one = person(u, "One", "one@csirt.example", "handler"), id;
	const char *ref;

	(void)person(u, "Two", "two@csirt.example", "handler");
	(void)person(u, "Boss", "boss@csirt.example", "admin");
	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = "Secret", .rsit = "fraud/phishing", .owner_id = one, .actor = one, .actor_name = "One" },
	    NOW, &id, &ref));
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(id)));
	assert_ok(notice_mention(u->db, NULL, u->a, "incident", id, STR("@two @boss @one look"),
	    (struct actor){ one, "One", NOW }, names, hidden));
	assert_int_equal(value_count(names), 1);
	assert_string_equal(value_cstr(value_at(names, 0)), "Boss");
	assert_int_equal(value_count(hidden), 1);
	assert_string_equal(value_cstr(value_at(hidden, 0)), "Two");
	assert_int_equal(told(u, one + 1), 0);
	assert_int_equal(told(u, one + 2), 1);
	assert_int_equal(told(u, one), 0);
	assert_ok(db_commit(u->db));
}

static int64_t
incident(struct unit_db *u, int64_t owner, const char *text)
{
	const struct extract_found *found;
	const char *ref;
	int64_t id, n;
	size_t many;

	assert_ok(incident_add(u->db, u->a,
	    &(struct incident_new){ .title = text, .rsit = "fraud/phishing", .owner_id = owner, .actor = owner, .actor_name = "One" },
	    NOW, &id, &ref));
	assert_ok(extract_find(u->a, str_of(text), &found, &many));
	assert_ok(indicator_add(u->db, u->a, id, found, many, "related", false, "", (struct actor){ owner, "One", NOW }, &n));
	return id;
}

static void
explains_what_is_alike(void **state)
{
	struct unit_db *u = unit_db(state);
	struct value *list = value_list(u->a);
	struct user me;

	assert_ok(db_begin_write(u->db));
	int64_t one = person(u, "One", "one@csirt.example", "handler"), two = person(u, "Two", "two@csirt.example", "handler");
	int64_t a = incident(u, one, "https://login.bank-a.example/x 203.0.113.9"), secret;

	(void)incident(u, one, "another page on 203.0.113.77");
	(void)incident(u, one, "login.bank-a.example again");
	(void)incident(u, one, "198.51.100.1 is something else");
	secret = incident(u, two, "https://login.bank-a.example/x once more");
	assert_ok(db_run(u->db, "UPDATE incident SET restricted = 1 WHERE id = ?1", DB_INT(secret)));
	assert_ok(user_get(u->db, u->a, one, &me));
	assert_ok(similar_incidents(u->db, u->a, a, &me, 10, list));
	assert_int_equal(value_count(list), 2);
	assert_string_equal(value_cstr(value_get(value_at(list, 0), "title")), "login.bank-a.example again");
	const struct value *why = value_at(value_get(value_at(list, 0), "why"), 0);

	assert_string_equal(value_cstr(value_get(why, "kind")), "host");
	assert_string_equal(value_cstr(value_get(why, "@shown")), "login[.]bank-a[.]example");
	why = value_at(value_get(value_at(list, 1), "why"), 0);
	assert_string_equal(value_cstr(value_get(why, "kind")), "network");
	assert_string_equal(value_cstr(value_get(why, "value")), "203.0.113.0/24");
	assert_ok(db_commit(u->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(reads_what_to_watch),
		UNIT_TEST(finds_names),
		UNIT_TEST(knows_places),
		UNIT_TEST(plans_turns),
		UNIT_DB_TEST(tells_who_is_on_call),
		UNIT_DB_TEST(hands_over),
		UNIT_DB_TEST(keeps_snippets),
		UNIT_DB_TEST(tells_watchers),
		UNIT_DB_TEST(hides_what_is_restricted),
		UNIT_DB_TEST(explains_what_is_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
