/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <time.h>

#include "base/buf.h"
#include "base/limit.h"
#include "incident/extract.h"

/* "type value; type value". */
static const char *
all_of(struct arena *a, const char *text)
{
	struct buf *b = buf_new(a, LIMIT_MIB(1));
	const struct extract_found *found;
	size_t n;

	assert_ok(extract_find(a, str_of(text), &found, &n));
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s %.*s", i == 0 ? "" : "; ", extract_type_name(found[i].type),
		    STR_F(found[i].value));
	return buf_cstr(a, b);
}

static void
observables_are_found(void **state)
{
	static const struct {
		const char *text, *found;
	} cases[] = {
		{ "", "" },
		{ "See https://Login.Example/a?b=c.",
		    "url https://login.example/a?b=c; host login.example" },
		{ "フィッシングサイト（https://example.jp/login）を確認しました。",
		    "url https://example.jp/login; host example.jp" },
		{ "URLはhttp://example.jp/aです", "url http://example.jp/a; host example.jp" },
		{ "http://日本語.example/パス",
		    "url http://xn--wgv71a119e.example/; host xn--wgv71a119e.example" },
		{ "hxxps[:]//evil[.]example[.]com/x",
		    "url https://evil.example.com/x; host evil.example.com" },
		{ "(http://a.example/b(c)d) and [http://b.example/]",
		    "url http://a.example/b(c)d; host a.example; url http://b.example/; "
		    "host b.example" },
		{ "\"http://a.example/x\"<http://a.example/y>",
		    "url http://a.example/x; host a.example; url http://a.example/y" },
		{ "http://192.0.2.7:8080/x", "url http://192.0.2.7:8080/x; ipv4 192.0.2.7" },
		{ "http://localhost/ ftp://a", "" },
		{ "ttp://a.example/", "url http://a.example/; host a.example" },
		/* hosts */
		{ "www.example.co.jpに接続", "host www.example.co.jp" },
		{ "login-bank.example, evil[.]io。bad(dot)net",
		    "host login-bank.example; host evil.io; host bad.net" },
		{ "evil．example．com", "host evil.example.com" },
		{ "setup.exe report.doc index.php a.zip main.rs run.sh", "" },
		{ "java.lang.String foo.bar e.g. i.e. etc.", "" },
		{ "main.rs/x main[.]rs a.b.rs", "host main.rs; host a.b.rs" },
		{ "/etc/init.d C:\\doc.md x=foo.is", "" },
		{ "It ended.In May", "" },
		/* addresses */
		{ "192.0.2.1、198.51.100[.]2 203[.]0[.]113[.]3:443",
		    "ipv4 192.0.2.1; ipv4 198.51.100.2; ipv4 203.0.113.3" },
		{ "192.0.2.0/24 192.0.2.1-192.0.2.9",
		    "ipv4 192.0.2.0; ipv4 192.0.2.1; ipv4 192.0.2.9" },
		{ "version 1.2.3.4, Ver.5.6.7.8 v9.1.2.3 バージョン 10.1.2.3", "" },
		{ "1.2.3 1.2.3.4.5 256.1.1.1 01.2.3.4 255.255.255.0", "" },
		{ "2001:DB8::1 と fe80::1、12:34:56 std::string dead::x",
		    "ipv6 2001:db8::1; ipv6 fe80::1" },
		{ "2001[:]db8::2", "ipv6 2001:db8::2" },
		/* mail */
		{ "送信元：Hanako.Y@Example.JP です", "email Hanako.Y@example.jp" },
		{ "user[at]example[.]jp, user＠example．com",
		    "email user@example.jp; email user@example.com" },
		{ "a@b @example @ x@.jp x@1.2.3.4", "ipv4 1.2.3.4" },
		/* the rest */
		{ "MD5: D41D8CD98F00B204E9800998ECF8427E",
		    "md5 d41d8cd98f00b204e9800998ecf8427e" },
		{ "da39a3ee5e6b4b0d3255bfef95601890afd80709 "
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709; sha256 "
		    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "cve-2024-12345とCVE-2023-0001。CVE-24-1 CVE-2024-123",
		    "cve CVE-2024-12345; cve CVE-2023-0001" },
		{ "AS64500 as64500 AS400 AS99999999999 BIAS64500", "asn AS64500" },
		/* once */
		{ "a.example.jp A.EXAMPLE.JP a[.]example[.]jp", "host a.example.jp" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(all_of(*state, cases[i].text), cases[i].found);
}

static void
places_are_of_the_original(void **state)
{
	struct str text = STR("見て：hxxps://evil[.]example/a を");
	const struct extract_found *found;
	size_t n;

	assert_ok(extract_find(*state, text, &found, &n));
	assert_int_equal(n, 2);
	assert_true(str_is(str_take(str_skip(text, found[0].at), found[0].n),
	    "hxxps://evil[.]example/a"));
}

static void
own_domains_are_left_out(void **state)
{
	static const char *const own[] = { "csirt.example", NULL };
	const struct extract_found *found;
	size_t n;

	assert_ok(extract_find_except(*state,
	    STR("www.csirt.example a@csirt.example https://csirt.example/ xcsirt.example"), own,
	    &found, &n));
	assert_int_equal(n, 1);
	assert_true(str_is(found[0].value, "xcsirt.example"));
}

static void
texts_are_shown_disguised(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "見て https://a.example/x.html、a@b.example と192.0.2.1 v 2001:db8::1",
		    "見て hxxps://a[.]example/x.html、a[@]b[.]example と192[.]0[.]2[.]1 v "
		    "2001[:]db8::1" },
		{ "setup.exe, CVE-2024-1234", "setup.exe, CVE-2024-1234" },
		{ "hxxps://a[.]example/ は", "hxxps://a[.]example/ は" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    arena_cstr(*state, extract_defang_text(*state, str_of(cases[i].in))),
		    cases[i].out);
}

static void
finds_are_bounded(void **state)
{
	struct buf *b = buf_new(*state, LIMIT_MAIL_TEXT);
	const struct extract_found *found;
	size_t n;

	for (int i = 0; i < LIMIT_OBSERVABLES - 1; i++)
		buf_printf(b, "h%d.example.jp ", i);
	assert_ok(extract_find(*state, buf_view(b), &found, &n));
	assert_int_equal(n, LIMIT_OBSERVABLES - 1);
	buf_text(b, "a1.example.jp ");
	assert_ok(extract_find(*state, buf_view(b), &found, &n));
	assert_int_equal(n, LIMIT_OBSERVABLES);
	buf_text(b, "a2.example.jp ");
	assert_ok(extract_find(*state, buf_view(b), &found, &n));
	assert_int_equal(n, LIMIT_OBSERVABLES);

	char *p = arena_alloc(*state, LIMIT_MAIL_TEXT + 1);

	assert_err(extract_find(*state, (struct str){ p, LIMIT_MAIL_TEXT + 1 }, &found, &n),
	    ERR_LIMIT);
}

/* Milliseconds of this process for a text of ${size} bytes made only of ${piece}. */
static long
time_of(struct arena *a, const char *piece, size_t size)
{
	size_t n = strlen(piece), count;
	char *p = arena_alloc(a, size / n * n);
	const struct extract_found *found;
	clock_t start;

	for (size_t at = 0; at + n <= size; at += n)
		memcpy(p + at, piece, n);
	start = clock();
	assert_ok(extract_find(a, (struct str){ p, size / n * n }, &found, &count));
	arena_reset(a);
	return (long)((clock() - start) * 1000 / CLOCKS_PER_SEC);
}

/* Eight times the text takes about eight times as long: 64 times, if each place looked
 * at all that follows. */
static void
hostile_texts_take_their_share(void **state)
{
	static const char *const pieces[] = { "a", "a@", "http://", "[.]", "1.", "a:", "(", "x.jp ",
		"http://a.example/ ", "::", "hxxp", "。", "a.example。", "http://[", "[at]", "http://a.example/(" };

	for (size_t i = 0; i < COUNT(pieces); i++) {
		long small = time_of(*state, pieces[i], LIMIT_MAIL_TEXT / 8);
		long large = time_of(*state, pieces[i], LIMIT_MAIL_TEXT);

		if (large > (small + 20) * 24)
			fail_msg("\"%s\" repeated took %ld ms, an eighth of it %ld ms", pieces[i], large, small);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(observables_are_found),
		UNIT_TEST(places_are_of_the_original),
		UNIT_TEST(own_domains_are_left_out),
		UNIT_TEST(texts_are_shown_disguised),
		UNIT_TEST(finds_are_bounded),
		UNIT_TEST(hostile_texts_take_their_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
