/* SPDX-License-Identifier: Apache-2.0 */
/* Organisations, contacts and scopes; the words of the directory. */
#include "unit_db.h"

#include "directory/contact_store.h"
#include "directory/organisation_store.h"
#include "directory/scope_store.h"

#define NOW INT64_C(1789700000000)

static const struct actor by = { 1, "Hanako", NOW };

static int64_t
made(struct unit_db *u, const char *name, const char *name_en)
{
	int64_t id;

	assert_ok(organisation_add(u->db, u->a,
	    &(struct organisation){ .name = name, .name_en = name_en, .kind = "isp", .cc = "JP", .lang = "ja" },
	    by, &id));
	return id;
}

static int64_t
entries(struct unit_db *u, const char *action)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(u->db, &q, "SELECT COUNT(*) FROM journal WHERE action = ?1 AND object = 'organisation'",
	    DB_TEXT(action)));
	return db_int(q, 0);
}

static void
organisation_is_found_by_each_of_its_names(void **state)
{
	struct unit_db *u = unit_db(state);
	struct organisation o;

	assert_ok(db_begin_write(u->db));
	int64_t id = made(u, "みなと例示通信株式会社", "Minato Example Networks");

	assert_ok(organisation_by_name(u->db, u->a, "minato example NETWORKS", &o));
	assert_int_equal(o.id, id);
	assert_ok(organisation_by_name(u->db, u->a, "みなと例示通信株式会社", &o));
	assert_int_equal(organisation_by_name(u->db, u->a, "Minato", &o), ERR_NOT_FOUND);
	assert_int_equal(organisation_by_name(u->db, u->a, "%", &o), ERR_NOT_FOUND);
	assert_string_equal(organisation_name(&o, true), "Minato Example Networks");
	assert_string_equal(o.max_tlp, "GREEN");
	assert_ok(organisation_remove(u->db, u->a, id, by));
	assert_int_equal(organisation_by_name(u->db, u->a, "みなと例示通信株式会社", &o), ERR_NOT_FOUND);
	assert_ok(organisation_restore(u->db, u->a, id, by));
	assert_int_equal(entries(u, "organisation.add"), 1);
	assert_int_equal(entries(u, "organisation.restore"), 1);
	assert_ok(db_commit(u->db));
}

static void
two_people_do_not_overwrite_one_another(void **state)
{
	struct unit_db *u = unit_db(state);
	struct organisation o;

	assert_ok(db_begin_write(u->db));
	int64_t id = made(u, "例示", NULL);

	assert_ok(organisation_get(u->db, u->a, id, &o));
	o.trust = "high";
	assert_ok(organisation_change(u->db, u->a, &o, by));
	assert_int_equal(organisation_change(u->db, u->a, &o, by), ERR_CONFLICT);
	assert_ok(organisation_get(u->db, u->a, id, &o));
	assert_string_equal(o.trust, "high");
	assert_ok(db_commit(u->db));
}

static void
contact_remembers_how_it_answers(void **state)
{
	struct unit_db *u = unit_db(state);
	struct contact c, *list;
	int64_t id, second;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t o = made(u, "例示", NULL);

	assert_ok(contact_add(u->db, u->a,
	    &(struct contact){ .organisation_id = o, .purpose = "abuse", .email = "abuse@example.jp", .position = 1 },
	    by, &id));
	assert_ok(contact_add(u->db, u->a,
	    &(struct contact){ .organisation_id = o, .purpose = "technical", .name = "山田", .romaji = "Yamada" },
	    by, &second));
	assert_ok(contact_list(u->db, u->a, o, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].id, second);
	assert_string_equal(contact_shown(&list[0], true), "Yamada");
	assert_ok(contact_asked(u->db, id));
	assert_ok(contact_asked(u->db, id));
	assert_ok(contact_bounced(u->db, id));
	assert_ok(contact_answered(u->db, id, 4000, NOW));
	assert_ok(contact_by_email(u->db, u->a, "abuse@example.jp", &c));
	assert_int_equal(c.asked, 2);
	assert_int_equal(c.answered, 1);
	assert_int_equal(c.answer_ms, 4000);
	assert_int_equal(c.bounces, 0);
	assert_int_equal(c.verified_at, NOW);
	assert_ok(contact_remove(u->db, u->a, &c, by));
	assert_int_equal(contact_by_email(u->db, u->a, "abuse@example.jp", &c), ERR_NOT_FOUND);
	assert_ok(db_commit(u->db));
}

static void
scope_is_kept_once(void **state)
{
	struct unit_db *u = unit_db(state);
	struct scope *list;
	size_t n;

	assert_ok(db_begin_write(u->db));
	int64_t o = made(u, "例示", NULL);
	struct scope s = { .organisation_id = o, .kind = "prefix", .value = "192.0.2.0/24" };

	assert_ok(scope_add(u->db, u->a, &s, by));
	assert_ok(scope_add(u->db, u->a, &s, by));
	assert_ok(scope_list(u->db, u->a, o, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(entries(u, "scope.add"), 1);
	assert_ok(scope_remove(u->db, u->a, &list[0], by));
	assert_int_equal(scope_remove(u->db, u->a, &list[0], by), ERR_NOT_FOUND);
	assert_ok(db_commit(u->db));
}

static void
scopes_have_one_form(void **state)
{
	static const struct {
		const char *kind, *text, *canonical;
	} rows[] = {
		{ "prefix", "192.0.2.0/24", "192.0.2.0/24" },
		{ "prefix", " 192.0.2.7 ", "192.0.2.7/32" },
		{ "prefix", "2001:DB8::/32", "2001:db8::/32" },
		{ "prefix", "2001:db8::1", "2001:db8::1/128" },
		{ "prefix", "192.0.2.1/24", NULL },
		{ "prefix", "example.jp", NULL },
		{ "asn", "AS64496", "64496" },
		{ "asn", "as4294967295", "4294967295" },
		{ "asn", "0", NULL },
		{ "asn", "64496x", NULL },
		{ "domain", "*.Example.JP", "example.jp" },
		{ "domain", "例え.jp", "xn--r8jz45g.jp" },
		{ "domain", "exa mple.jp", NULL },
		{ "country", "kr", "KR" },
		{ "country", "ZZ", NULL },
		{ "country", "", NULL },
		{ "brand", "ＭＩＮＡＴＯ銀行", "minato銀行" },
		{ "colour", "red", NULL },
	};
	AUTO(arena) a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *s;

		if (rows[i].canonical == NULL) {
			assert_int_equal(scope_canonical(a, rows[i].kind, str_of(rows[i].text), &s), ERR_INVALID);
			continue;
		}
		assert_ok(scope_canonical(a, rows[i].kind, str_of(rows[i].text), &s));
		assert_string_equal(s, rows[i].canonical);
	}
}

static void
words_have_labels(void **state)
{
	(void)state;
	assert_string_equal(word_label(organisation_kinds, "csirt"), "CSIRT");
	assert_string_equal(word_label(organisation_kinds, "new-thing"), "new-thing");
	assert_string_equal(word_label(organisation_kinds, NULL), "");
	assert_true(word_has(contact_purposes, "abuse"));
	assert_false(word_has(contact_purposes, "x"));
	assert_false(word_has(contact_purposes, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_DB_TEST(organisation_is_found_by_each_of_its_names),
		UNIT_DB_TEST(two_people_do_not_overwrite_one_another),
		UNIT_DB_TEST(contact_remembers_how_it_answers),
		UNIT_DB_TEST(scope_is_kept_once),
		cmocka_unit_test(scopes_have_one_form),
		cmocka_unit_test(words_have_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
