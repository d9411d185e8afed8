/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "incident/lang_guess.h"
#include "incident/report_text.h"

#define THEN INT64_C(1789707900000) /* 2026-09-18 14:05 in Tokyo */

static void
the_template_is_read_back(void **state)
{
	for (int l = LANG_JA; l <= LANG_EN; l++) {
		struct str text = str_of(report_text_template(*state, (enum lang)l)), line;
		struct buf *filled = buf_new(*state, LIMIT_KIB(64));
		struct report_text t;
		int n = 0;

		/* blank, and then with a value behind each label */
		assert_ok(report_text_parse(*state, text, &t));
		for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++)
			assert_int_equal(t.field[i].n, 0);
		assert_int_equal(t.rest.n, 0);
		while (str_line(&text, &line)) {
			assert_in_range(utf8_width(line), 0, 78);
			buf_str(filled, line);
			if (str_ends(line, STR("：")) || str_ends(line, STR(": ")))
				buf_printf(filled, "value %d", n++);
			buf_char(filled, '\n');
		}
		assert_int_equal(n, REPORT_TEXT_FIELDS);
		assert_ok(report_text_parse(*state, buf_view(filled), &t));
		for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++)
			assert_string_equal(arena_cstr(*state, t.field[i]),
			    arena_printf(*state, "value %d", (int)i));
	}
}

static void
what_people_make_of_it_is_read(void **state)
{
	static const char ja[] =
	    "お世話になっております。\r\n"
	    "> 1-1. お名前 ： 山田　花子\r\n"
	    "> ■ 組織名：みなと例示銀行\r\n"
	    "＞メールアドレス： hanako@example.jp\r\n"
	    "目的（情報提供・質問・関係サイトへの連絡・その他）： ３　関係サイトへの連絡を希望\r\n"
	    "種別: フィッシングサイト\r\n"
	    "発見日時：２０２６年９月１８日（金）１４時０５分頃\r\n"
	    "発見者：\r\n"
	    "  当行の利用者\r\n"
	    "経緯や現象：利用者から電話。\r\n"
	    "\r\n"
	    "  注意: SMSで誘導された。\r\n"
	    "4. 時刻\r\n"
	    "タイムゾーン：日本時間\r\n"
	    "開始日時：2026/9/18 5:05 UTC\r\n"
	    "ＴＬＰ：ＡＭＢＥＲ\r\n"
	    "お名前を関係者に伝えてよいか：いいえ\r\n"
	    "ログ：\r\n"
	    "  Sep 18 05:05:00 host sshd[1]: Name: x\r\n"
	    "お名前: これはログの一部\r\n"
	    "-- \r\n"
	    "山田\r\n";
	static const char en[] =
	    "Hello,\n"
	    "Your name: Hanako YAMADA\n"
	    "Purpose (information, question, contact sites, other): question\n"
	    "Kind: DDoS since noon\n"
	    "Time zone: GMT-5\n"
	    "Start: 2026-09-18 00:05\n"
	    "End: some time later\n"
	    "TLP: WHITE\n"
	    "May we pass on your name (yes, no, ask me): ask me first\n";
	struct report_text t;

	assert_ok(report_text_parse(*state, str_of(ja), &t));
	assert_true(str_is(t.field[REPORT_TEXT_NAME], "山田　花子"));
	assert_true(str_is(t.field[REPORT_TEXT_ORG], "みなと例示銀行"));
	assert_true(str_is(t.field[REPORT_TEXT_EMAIL], "hanako@example.jp"));
	assert_string_equal(t.purpose, "contact");
	assert_string_equal(t.door, "phishing");
	assert_int_equal(t.found_at, THEN);
	assert_true(str_is(t.field[REPORT_TEXT_FOUND_BY], "当行の利用者"));
	assert_true(str_is(t.field[REPORT_TEXT_COURSE],
	    "利用者から電話。\n\n注意: SMSで誘導された。"));
	assert_true(t.zone_given);
	assert_int_equal(t.offset, 32400);
	assert_int_equal(t.start_at, THEN);
	assert_string_equal(t.tlp, "AMBER");
	assert_string_equal(t.pass_name, "no");
	assert_true(str_is(t.field[REPORT_TEXT_LOGS],
	    "Sep 18 05:05:00 host sshd[1]: Name: x\nお名前: これはログの一部"));
	assert_true(str_is(t.rest, "お世話になっております。"));

	assert_ok(report_text_parse(*state, str_of(en), &t));
	assert_string_equal(t.purpose, "question");
	assert_string_equal(t.door, "dos");
	assert_int_equal(t.offset, -5 * 3600);
	assert_int_equal(t.start_at, THEN);
	assert_int_equal(t.end_at, 0);
	assert_string_equal(t.tlp, "CLEAR");
	assert_string_equal(t.pass_name, "ask");

	assert_err(report_text_parse(*state, STR("Name: x\nTLP: RED\n"), &t), ERR_NOT_FOUND);
	assert_err(report_text_parse(*state, STR(""), &t), ERR_NOT_FOUND);
}

static void
times_and_zones_are_understood(void **state)
{
	static const struct {
		const char *text;
		int64_t at; /* 0: not understood */
	} times[] = {
		{ "2026-09-18 14:05", THEN },
		{ "2026/9/18 14:05", THEN },
		{ "2026.09.18 14:05:00", THEN },
		{ "2026-09-18T14:05:00+09:00", THEN },
		{ "2026-09-18T05:05Z", THEN },
		{ "2026年9月18日(金) 14:05", THEN },
		{ "２０２６／０９／１８　１４：０５", THEN },
		{ "2026年9月18日", THEN - 14 * CLOCK_HOUR - 5 * CLOCK_MINUTE },
		{ "2026-09-18 14:05頃", THEN },
		{ "2026-02-30", 0 },
		{ "2026-09-18 14:61", 0 },
		{ "昨日", 0 },
		{ "", 0 },
	};
	static const struct {
		const char *text;
		bool ok;
		int32_t offset;
	} zones[] = {
		{ "+09:00", true, 32400 },
		{ "+0530", true, 19800 },
		{ "-5", true, -18000 },
		{ "JST", true, 32400 },
		{ "UTC", true, 0 },
		{ "GMT+9", true, 32400 },
		{ "日本時間（UTC+9）", true, 32400 },
		{ "", false, 0 },
		{ "+15:00", false, 0 },
		{ "home", false, 0 },
	};

	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t at = 0;
		enum err e = report_text_time(*state, str_of(times[i].text), 32400, &at);

		assert_int_equal(e, times[i].at == 0 ? ERR_INVALID : OK);
		assert_int_equal(at, times[i].at);
	}
	for (size_t i = 0; i < COUNT(zones); i++) {
		int32_t offset = 0;

		assert_int_equal(
		    report_text_zone(*state, str_of(zones[i].text), &offset) == OK,
		    zones[i].ok);
		assert_int_equal(offset, zones[i].offset);
	}
}

static void
languages_are_guessed(void **state)
{
	static const struct {
		const char *text;
		enum lang otherwise, want;
	} cases[] = {
		{ "フィッシングサイトを見つけました https://example.jp/login/index.html",
		    LANG_EN, LANG_JA },
		{ "確認依頼", LANG_EN, LANG_JA },
		{ "We found a phishing site.", LANG_JA, LANG_EN },
		{ "我们发现了一个钓鱼网站，请尽快处理。该网站冒充银行，窃取用户的账户信息和密码，谢谢。",
		    LANG_JA, LANG_EN },
		{ "12345 !!", LANG_JA, LANG_JA },
		{ "", LANG_EN, LANG_EN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    lang_guess(str_of(cases[i].text), cases[i].otherwise), cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_template_is_read_back),
		UNIT_TEST(what_people_make_of_it_is_read),
		UNIT_TEST(times_and_zones_are_understood),
		UNIT_TEST(languages_are_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
