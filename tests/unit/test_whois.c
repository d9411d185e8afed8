/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/whois.h"
#include "sys/files.h"

static const char *
day(struct arena *a, int64_t at)
{
	struct civil c = clock_civil(at, at == 0 ? 0 : 9 * 3600); /* Japanese dates stay the same */

	return at == 0 ? "" : arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static const struct found_contact *
contact_of(const struct found *f, struct str email)
{
	for (size_t i = 0; i < f->contacts; i++) {
		if (str_is(email, f->contact[i].email))
			return &f->contact[i];
	}
	return NULL;
}

/* What is there under the name of a .want file; NULL when it is as wanted. */
static const char *
differs(struct arena *a, const struct found *f, struct str key, struct str value)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "state", found_state_name(f->state) },
		{ "object", f->object },
		{ "handle", f->handle },
		{ "range", f->range },
		{ "domain", f->domain },
		{ "organisation", f->organisation },
		{ "country", f->country },
		{ "registrar", f->registrar },
		{ "referral", f->referral },
		{ "source", f->source },
		{ "created", day(a, f->created_at) },
		{ "changed", day(a, f->changed_at) },
		{ "expires", day(a, f->expires_at) },
		{ "abuse", found_abuse(f) == NULL ? "-" : found_abuse(f)->email },
	};
	struct str word;

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (str_is(key, texts[i].key))
			return str_is(value, texts[i].value) ? NULL : texts[i].value;
	}
	if (str_is(key, "not"))
		return contact_of(f, value) == NULL ? NULL : "it is a contact";
	if (str_is(key, "fault")) {
		for (size_t i = 0; i < f->faults; i++) {
			if (str_is(value, f->fault[i].message))
				return NULL;
		}
		return "no such fault";
	}
	assert_true(str_is(key, "contact") || str_is(key, "name"));
	(void)str_split(&value, ' ', &word);
	if (str_is(key, "contact")) {
		const struct found_contact *c = NULL;

		for (size_t i = 0; i < f->contacts; i++) {
			c = &f->contact[i];
			if (str_is(value, c->email) && str_is(word, found_role_name(c->role)))
				return NULL;
		}
		c = contact_of(f, value);
		return c == NULL ? "no such contact" : found_role_name(c->role);
	}
	const struct found_contact *c = contact_of(f, word);

	return c != NULL && str_is(value, c->name) ? NULL : c == NULL ? "no such contact" : c->name;
}

static void
each_layout_is_read(void **state)
{
	const char *tests = getenv("TOBIGUCHI_TESTS");
	const char *folder = arena_printf(*state, "%s/whois", tests == NULL ? "tests" : tests);
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int wrong = 0, n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		AUTO(arena) a = arena_new();
		struct str answer, want, line, key;
		struct found f, again;
		const char *base = arena_printf(a, "%s/%s", folder, entry->d_name);

		if (!str_ends(str_of(base), STR(".want")))
			continue;
		n++;
		assert_ok(files_read(a, base, LIMIT_WHOIS, &want));
		base = arena_dupn(a, base, strlen(base) - 5);
		assert_ok(files_read(a, arena_printf(a, "%s.txt", base), LIMIT_WHOIS, &answer));
		whois_parse(a, STR_NULL, answer, &f);
		/* what the other role reads is the same */
		struct buf *json = buf_new(a, 1 << 20);

		found_json(json, &f);
		assert_ok(found_read(a, buf_view(json), &again));
		while (str_line(&want, &line)) {
			(void)str_split(&line, ' ', &key);
			const char *is = differs(a, &again, key, line);

			if (is == NULL)
				continue;
			print_message("%s: %.*s: wanted \"%.*s\", is \"%s\"\n", entry->d_name,
			    STR_F(key), STR_F(line), is);
			wrong++;
		}
	}
	(void)closedir(dir);
	print_message("%d layouts\n", n);
	assert_int_equal(wrong, 0);
	assert_true(n >= 30);
}

static void
a_line_break_is_no_second_question(void **state)
{
	const char *q;

	assert_ok(whois_query(*state, "whois.nic.ad.jp", STR("192.0.2.1"), &q));
	assert_string_equal(q, "192.0.2.1/e");
	assert_ok(whois_query(*state, "whois.arin.net:43", STR("192.0.2.1"), &q));
	assert_string_equal(q, "n + 192.0.2.1");
	assert_ok(whois_query(*state, "127.0.0.1:4343", STR("example.jp"), &q));
	assert_string_equal(q, "example.jp");
	assert_err(whois_query(*state, "x.example", STR("a\r\nb"), &q), ERR_INVALID);
	assert_err(whois_query(*state, "x.example", STR("-V"), &q), ERR_INVALID);
	assert_err(whois_query(*state, "x.example", STR(""), &q), ERR_INVALID);
}

static void
an_endless_answer_is_cut(void **state)
{
	struct buf *b = buf_new(*state, LIMIT_WHOIS * 2);
	struct found f;

	buf_text(b, "inetnum: 192.0.2.0 - 192.0.2.255\nabuse-mailbox: abuse@isp.example\n");
	for (int i = 0; b->n + 40 < LIMIT_WHOIS; i++)
		buf_printf(b, "e-mail: a%d@isp.example\n", i);
	while (b->n < LIMIT_WHOIS)
		buf_char(b, '\n');
	whois_parse(*state, STR_NULL, buf_view(b), &f);
	assert_int_equal(f.contacts, LIMIT_FOUND_CONTACTS);
	assert_int_equal(f.faults, 1);
	buf_char(b, '\n');
	whois_parse(*state, STR_NULL, buf_view(b), &f);
	assert_int_equal(f.faults, 2);
	assert_string_equal(found_abuse(&f)->email, "abuse@isp.example");
}

static void
dates_of_all_kinds(void **state)
{
	static const struct {
		const char *text, *day;
	} cases[] = {
		{ "2004-03-01", "2004-03-01" },
		{ "20040301 #123", "2004-03-01" },
		{ "2004/03/01 (JST)", "2004-03-01" },
		{ "2004. 03. 01.", "2004-03-01" },
		{ "01-Mar-2004", "2004-03-01" },
		{ "1.3.2004 10:11:12", "2004-03-01" },
		{ "Record created on 2004-03-01 (YYYY-MM-DD)", "2004-03-01" },
		{ "hm@apnic.example 20040301", "2004-03-01" },
		{ "2004-03-01T23:59:59Z", "2004-03-02" }, /* shown in Japanese time */
		{ "2004-02-29T22:00:00-02:00", "2004-03-01" },
		{ "before Aug-1996", "" },
		{ "2004-13-01", "" },
		{ "", "" },
		{ "AS20040301", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(day(*state, found_date(str_of(cases[i].text))), cases[i].day);
}

static void
addresses_in_texts(void **state)
{
	static const struct {
		const char *text, *email; /* NULL: none */
	} cases[] = {
		{ "mail to <Abuse@Example.JP>, please", "Abuse@example.jp" },
		{ "abuse@example.jp.", "abuse@example.jp" },
		{ "mailto:abuse+x@sub.example.jp)", "abuse+x@sub.example.jp" },
		{ "'abuse@example.net'", "abuse@example.net" },
		{ "a@b", NULL },
		{ "@example.jp", NULL },
		{ "a@.example.jp", NULL },
		{ "a@192.0.2.1", NULL },
		{ "user@ example.jp", NULL },
		{ "@@@ x@y.example", "x@y.example" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str s = str_of(cases[i].text);
		const char *email = NULL;
		bool found = found_email(*state, &s, &email);

		assert_int_equal(found, cases[i].email != NULL);
		if (found)
			assert_string_equal(email, cases[i].email);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(each_layout_is_read),
		UNIT_TEST(a_line_break_is_no_second_question),
		UNIT_TEST(an_endless_answer_is_cut),
		UNIT_TEST(dates_of_all_kinds),
		UNIT_TEST(addresses_in_texts),
	};

	return cmocka_run_group_tests_name("whois", tests, NULL, NULL);
}
