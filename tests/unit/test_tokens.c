/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "text/tokens.h"

struct seen {
	struct buf *out;
	struct str text;
};

/* "token" or "=token" at the same position or "token*", with a blank behind. */
static enum err
show(void *object, const struct token *t)
{
	struct seen *seen = object;

	assert_true(t->start < t->end && t->end <= seen->text.n);
	assert_true(t->text.n > 0 && t->text.n <= TOKENS_LONGEST);
	buf_text(seen->out, t->again ? "=" : "");
	buf_str(seen->out, t->text);
	buf_text(seen->out, t->prefix ? "* " : " ");
	return OK;
}

static void
test_tokens(void **state)
{
	static const struct {
		const char *text, *tokens, *query;
	} row[] = {
		{ "", "", "" },
		{ " \t\n.,", "", "" },
		{ "Hello, World", "hello world ", "hello world " },
		{ "侵入者のPC", "侵入 入者 者の =の pc ", "侵入 入者 者の pc " },
		{ "侵入", "侵入 =入 ", "侵入 " },
		{ "網", "網 ", "網* " },
		{ "サーバー", "サー ーバ =バ ", "サー ーバ " },
		{ "サーバ", "サー ーバ =バ ", "サー ーバ " },
		{ "サーバーに", "サー ーバ バに =に ", "サー ーバ バに " },
		{ "キー", "キー =ー ", "キー " },
		{ "メールサーバー、", "メー ール ルサ サー ーバ =バ ", "メー ール ルサ サー ーバ " },
		{ "ﾃﾞｰﾀﾍﾞｰｽ", "デー ータ タベ ベー ース =ス ", "デー ータ タベ ベー ース " },
		{ "ＣＶＥ－２０２４", "cve 2024 ", "cve 2024 " },
		{ "https://evil-1234.example.jp/a_b?x=1", "https evil 1234 example jp a b x 1 ", NULL },
		{ "user@Example.COM", "user example com ", NULL },
		{ "E\xcc\x81t\xc3\xa9 caf\x65\xcc\x81s Stra\xc3\x9f\x65", "été cafés strasse ", NULL },
		{ "㌔㍿", "キロ ロ株 株式 式会 会社 =社 ", NULL },
		{ "ﬁle", "file ", NULL },
		{ "a\xff" "b", "a b ", NULL },
		{ "\xe3\x81", "", NULL },
		{ "한국어", "한국 국어 =어 ", NULL },
		{ "Привет мир", "привет мир ", NULL },
		{ "侵\xe2\x80\x8b入", "侵入 =入 ", NULL }, /* zero-width space */
		{ "時々・〇〇銀行", "時々 =々 〇〇 〇銀 銀行 =行 ", NULL },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(row); i++) {
		struct str text = str_of(row[i].text);
		struct seen seen = { buf_new(a, LIMIT_KIB(4)), text };

		assert_ok(tokens_each(text, show, &seen));
		assert_string_equal(buf_cstr(a, seen.out), row[i].tokens);
		if (row[i].query == NULL)
			continue;
		buf_clear(seen.out);
		assert_ok(tokens_query(text, show, &seen));
		assert_string_equal(buf_cstr(a, seen.out), row[i].query);
	}
}

static void
test_long(void **state)
{
	struct arena *a = *state;

	for (size_t n = TOKENS_LONGEST - 1; n <= TOKENS_LONGEST + 1; n++) {
		struct buf *b = buf_new(a, 1000);

		for (size_t i = 0; i < n; i++)
			buf_char(b, 'A');
		struct seen seen = { buf_new(a, 1000), buf_view(b) };

		assert_ok(tokens_each(buf_view(b), show, &seen));
		assert_int_equal(
		    seen.out->n, (n > TOKENS_LONGEST ? TOKENS_LONGEST : n) + 1);
	}
	/* A letter with far too many marks. */
	struct buf *b = buf_new(a, LIMIT_KIB(64));

	buf_char(b, 'e');
	for (int i = 0; i < 10000; i++)
		buf_text(b, "\xcc\x81");
	struct seen seen = { buf_new(a, LIMIT_KIB(64)), buf_view(b) };

	assert_ok(tokens_each(buf_view(b), show, &seen));
}

static enum err
stop(void *object, const struct token *t)
{
	(void)t;
	++*(int *)object;
	return ERR_LIMIT;
}

static enum err
count(void *object, const struct token *t)
{
	(void)t;
	++*(int *)object;
	return OK;
}

static void
test_stop(void **state)
{
	int calls = 0;

	(void)state;
	assert_err(tokens_each(STR("a b c"), stop, &calls), ERR_LIMIT);
	assert_int_equal(calls, 1);
}

static void
test_speed(void **state)
{
	struct arena *a = *state;
	struct buf *b = buf_new(a, LIMIT_MIB(8));
	int tokens = 0;
	int64_t best = INT64_MAX;

	while (b->n < LIMIT_MIB(4))
		buf_text(b,
		    "昨日、当社のサーバーが不正アクセスを受け、〇〇銀行を装った"
		    "フィッシングサイト https://evil-1234.example.jp/login が設置されました。"
		    "The attacker used CVE-2024-3400 from 192.0.2.10; logs are attached.\n");
	for (int i = 0; i < 3; i++) {
		int64_t from = clock_monotonic_us();

		assert_ok(tokens_each(buf_view(b), count, &tokens));
		int64_t took = clock_monotonic_us() - from;

		best = took < best ? took : best;
	}
	print_message("%.0f MB/s\n", (double)b->n / (double)best);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_tokens),
		UNIT_TEST(test_long),
		UNIT_TEST(test_stop),
		UNIT_TEST(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
