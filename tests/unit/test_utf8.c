/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <time.h>

#include "base/utf8.h"

static void
only_valid_text_is_valid(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool ok;
	} cases[] = {
		{ "", 0, true },
		{ "abc", 3, true },
		{ "日本", 6, true },
		{ "\xf0\x9f\x98\x80", 4, true },
		{ "a\0b", 3, false },
		{ "\xc0\x80", 2, false },	  /* not shortest */
		{ "\xe0\x80\xaf", 3, false },
		{ "\xed\xa0\x80", 3, false },	  /* surrogate */
		{ "\xf4\x90\x80\x80", 4, false }, /* over U+10FFFF */
		{ "\xe6\x97", 2, false },	  /* cut */
		{ "\x80", 1, false },
		{ "\xff", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(utf8_valid((struct str){ cases[i].text, cases[i].n }),
		    cases[i].ok);
}

static void
texts_are_measured(void **state)
{
	(void)state;
	assert_int_equal(utf8_count(STR("日本go")), 4);
	assert_int_equal(utf8_width(STR("日本go")), 6);
	assert_int_equal(utf8_width(STR("ｶﾅ")), 2);
	assert_int_equal(utf8_width(STR("α①")), 2); /* ambiguous: one column */
	assert_int_equal(utf8_width(STR("e\xcc\x81")), 1);
	assert_true(str_is(utf8_take(STR("日本語"), 2), "日本"));
	assert_true(str_is(utf8_take(STR("日本語"), 9), "日本語"));
	assert_true(str_is(utf8_take(STR("日本語"), 0), ""));
}

static void
texts_are_cleaned_and_folded(void **state)
{
	static const struct {
		const char *in, *clean, *line, *fold;
	} cases[] = {
		{ "a\r\nb\rc", "a\nb\nc", "a b c", "a\r\nb\rc" },
		{ "\x01" "a\x1b\tb\x7f", "a\tb", "a b", "\x01" "a\x1b\tb\x7f" },
		{ "か\xe3\x82\x99", "が", "が", "が" },
		{ "ＡＢＣ①ｶﾞ", "ＡＢＣ①ｶﾞ", "ＡＢＣ①ｶﾞ", "abc1ガ" },
		{ "Straße", "Straße", "Straße", "strasse" },
		{ "x\xffy", "x\xef\xbf\xbdy", "x\xef\xbf\xbdy", "x\xef\xbf\xbdy" },
		{ "  山田　花子 \n", "  山田　花子 \n", "山田　花子",
		    "  山田 花子 \n" },
		{ "", "", "", "" },
		{ " \n\t ", " \n\t ", "", " \n\t " },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str in = str_of(cases[i].in);

		assert_string_equal(
		    arena_cstr(*state, utf8_clean(*state, in)), cases[i].clean);
		assert_string_equal(
		    arena_cstr(*state, utf8_clean_line(*state, in)), cases[i].line);
		assert_string_equal(
		    arena_cstr(*state, utf8_fold(*state, in)), cases[i].fold);
	}
	assert_int_equal(utf8_clean(*state, (struct str){ "a\0b", 3 }).n, 2);
}

/* 300,000 marks in the worst order: normalisation alone would take hours. */
static void
many_marks_take_little_time(void **state)
{
	size_t n = 300000;
	char *p = arena_alloc(*state, 2 * n + 1);

	p[0] = 'a';
	for (size_t i = 0; i < n; i++)
		memcpy(p + 1 + 2 * i, i % 2 == 0 ? "\xcc\x81" : "\xcc\xa3", 2);
	clock_t start = clock(); /* of this process */
	struct str clean = utf8_clean(*state, (struct str){ p, 2 * n + 1 });

	assert_true(utf8_valid(clean));
	assert_true(utf8_valid(utf8_fold(*state, clean)));
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

static void
lines_are_broken_by_the_rules(void **state)
{
	static const struct {
		size_t width;
		const char *in, *out;
	} cases[] = {
		{ 10, "one two three", "one two\nthree" },
		{ 10, "あいうえお、かき", "あいうえ\nお、かき" },
		{ 10, "あいうえ「かき」", "あいうえ\n「かき」" },
		{ 10, "abcdefghijklmnop q", "abcdefghijklmnop\nq" },
		{ 20, "次のURLはhttps://example.jp/aaaaaaaaaaaaaaですか",
		    "次のURLは\nhttps://example.jp/aaaaaaaaaaaaaa\nですか" },
		{ 10, "> one two three", "> one two\n> three" },
		{ 10, "> > one two three", "> > one\n> > two\n> > three" },
		{ 10, "a\n\nb\n", "a\n\nb\n" },
		{ 10, "-- \nteam", "-- \nteam" },
		{ 10, "  one two three", "  one two\nthree" },
		{ 4, "！！！！！！", "！！\n！！\n！！" },
		{ 10, "", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    utf8_wrap(*state, str_of(cases[i].in), cases[i].width), cases[i].out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_valid_text_is_valid),
		UNIT_TEST(texts_are_measured),
		UNIT_TEST(texts_are_cleaned_and_folded),
		UNIT_TEST(many_marks_take_little_time),
		UNIT_TEST(lines_are_broken_by_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
