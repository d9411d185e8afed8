/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "unit_found.h"

#include "directory/whois.h"

static void
read_one(struct arena *a, struct str bytes, struct found *ret)
{
	whois_parse(a, STR_NULL, bytes, ret);
}

static void
each_layout_is_read(void **state)
{
	int n = unit_found(*state, "whois", ".txt", read_one);

	print_message("%d layouts\n", n);
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
