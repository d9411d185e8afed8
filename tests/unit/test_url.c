/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/limit.h"
#include "base/url.h"

static void
urls_become_canonical(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{ "http://example.jp", "http://example.jp/" },
		{ "HTTPS://User@Login.Example.JP:443/Path?Q=1#F",
		    "https://User@login.example.jp/Path?Q=1#F" },
		{ "http://example.jp:8080/", "http://example.jp:8080/" },
		{ " http://exa\nmple.jp/\t", "http://example.jp/" },
		{ "http:\\\\example.jp\\a\\b", "http://example.jp/a/b" },
		{ "http:///example.jp/", "http://example.jp/" },
		{ "http://日本語.example/", "http://xn--wgv71a119e.example/" },
		{ "http://ＥＸＡＭＰＬＥ。jp/", "http://example.jp/" },
		{ "http://%65xample.jp/", "http://example.jp/" },
		{ "http://example.jp/a/./b/../c", "http://example.jp/a/c" },
		{ "http://example.jp/../..", "http://example.jp/" },
		{ "http://example.jp/a b\"é", "http://example.jp/a%20b%22%C3%A9" },
		{ "http://example.jp?x", "http://example.jp/?x" },
		{ "http://a_b.example.jp./", "http://a_b.example.jp/" },
		{ "http://www.bank.example@evil.example/",
		    "http://www.bank.example@evil.example/" },
		{ "http://3232235777/", "http://192.168.1.1/" },
		{ "http://0x7f.1/", "http://127.0.0.1/" },
		{ "http://0300.0250.1.1/", "http://192.168.1.1/" },
		{ "http://[2001:DB8::1]:81/x", "http://[2001:db8::1]:81/x" },
		{ "ftp://files.example/", "ftp://files.example/" },
		{ "http://1.2.3.256/", NULL },
		{ "http://4294967296/", NULL },
		{ "http://example.jp:65536/", NULL },
		{ "http://", NULL },
		{ "http:///", NULL },
		{ "http://a..b/", NULL },
		{ "http://a b/", NULL },
		{ "http://[::1/", NULL },
		{ "http://\xff/", NULL },
		{ "mailto:a@b.example", NULL },
		{ "javascript://example.jp/", NULL },
		{ "example.jp", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url u;
		enum err e = url_parse(*state, str_of(cases[i].in), &u);

		if (cases[i].out == NULL) {
			assert_err(e, ERR_INVALID);
			continue;
		}
		assert_ok(e);
		assert_string_equal(url_format(*state, &u), cases[i].out);
		/* and stays so */
		assert_ok(url_parse(*state, str_of(cases[i].out), &u));
		assert_string_equal(url_format(*state, &u), cases[i].out);
	}
}

static void
long_urls_are_refused(void **state)
{
	char *p = arena_alloc(*state, LIMIT_URL + 2);
	struct url u;

	memset(p, 'a', LIMIT_URL + 1);
	memcpy(p, "http://a/", 9);
	assert_ok(url_parse(*state, (struct str){ p, LIMIT_URL - 1 }, &u));
	assert_ok(url_parse(*state, (struct str){ p, LIMIT_URL }, &u));
	assert_err(url_parse(*state, (struct str){ p, LIMIT_URL + 1 }, &u), ERR_LIMIT);
}

static void
hosts_are_checked(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "WWW.Example.JP", "www.example.jp" },
		{ "例え.テスト", "xn--r8jz45g.xn--zckzah" },
		{ "localhost", "localhost" },
		{ "a.", "a" },
		{ ".a", NULL },
		{ "a b", NULL },
		{ "a/b", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jp",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jp" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jp", NULL },
	};
	struct str host;

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err e = url_host(*state, str_of(cases[i].in), &host);

		assert_int_equal(e, cases[i].out == NULL ? ERR_INVALID : OK);
		if (e == OK)
			assert_true(str_is(host, cases[i].out));
	}
}

static void
disguises_go_on_and_off(void **state)
{
	static const struct {
		const char *plain, *shown;
	} cases[] = {
		{ "https://login.example/", "hxxps://login[.]example/" },
		{ "http://a.example:8080/b.php?c=d.e", "hxxp://a[.]example:8080/b.php?c=d.e" },
		{ "ftp://a.example/", "fxp://a[.]example/" },
		{ "www.example.jp", "www[.]example[.]jp" },
		{ "example.jp/a.html", "example[.]jp/a.html" },
		{ "192.0.2.1", "192[.]0[.]2[.]1" },
		{ "2001:db8::1", "2001[:]db8::1" },
		{ "http://[2001:db8::1]/", "hxxp://[2001[:]db8::1]/" },
		{ "hanako.yamada@example.jp", "hanako.yamada[@]example[.]jp" },
		{ "http://bank.example@evil.example/", "hxxp://bank[.]example@evil[.]example/" },
		{ "", "" },
	};
	static const struct {
		const char *disguised, *plain;
	} forms[] = {
		{ "hXXps[:]//login[dot]example(.)jp", "https://login.example.jp" },
		{ "h**p://a{.}example", "http://a.example" },
		{ "hxxp[://]a\\.example", "http://a.example" },
		{ "user[at]example[.]jp", "user@example.jp" },
		{ "user＠example．co。jp", "user@example.co.jp" },
		{ "これは文です。次です", "これは文です。次です" },
		{ "C:\\.git", "C:\\.git" },
		{ "hxxp", "hxxp" },
		{ "https：／／example.jp", "https://example.jp" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *shown = url_defang(*state, str_of(cases[i].plain));

		assert_string_equal(shown, cases[i].shown);
		/* twice is once */
		assert_string_equal(url_defang(*state, str_of(shown)), cases[i].shown);
		assert_true(
		    str_is(url_refang(*state, str_of(shown)), cases[i].plain));
	}
	for (size_t i = 0; i < COUNT(forms); i++)
		assert_true(str_is(url_refang(*state, str_of(forms[i].disguised)),
		    forms[i].plain));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(urls_become_canonical),
		UNIT_TEST(long_urls_are_refused),
		UNIT_TEST(hosts_are_checked),
		UNIT_TEST(disguises_go_on_and_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
