/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "mail/mail_charset.h"
#include "mail/mail_crypt.h"
#include "mail/mail_header.h"
#include "mail/mail_html.h"
#include "mail/mail_kind.h"

static struct str
file_read(struct arena *a, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			close(fd);
		return STR_NULL;
	}
	char *p = arena_alloc(a, (size_t)st.st_size + 1);
	ssize_t n = read(fd, p, (size_t)st.st_size);

	close(fd);
	return (struct str){ p, n < 0 ? 0 : (size_t)n };
}

static bool
has_fault(const struct mail *m, const char *part)
{
	for (size_t i = 0; i < m->faults.n; i++)
		if (strstr(m->faults.item[i], part) != NULL)
			return true;
	return false;
}

#define assert_text(s, want) assert_string_equal(arena_cstr(a, (s)), (want))

static void
charsets(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *charset;
		const char *bytes;
		const char *want;
		const char *used;
		size_t invalid;
	} cases[] = {
		{ "Shift_JIS", "\x87\x40\x90\xC6\x8E\xE3", "①脆弱", "shift-jis", 0 },
		{ "x-sjis", "\xFB\xFC\xFA\xB1", "髙﨑", "x-sjis", 0 },
		{ "windows-31J", "\xED\x95\xEE\xE0", "﨑髙", "windows-31j", 0 },
		{ "ISO-2022-JP", "\x1B$B-!-\"-j\x1B(B test", "①②㈱ test", "iso-2022-jp", 0 },
		{ "iso-2022-jp", "\x1B$B|b\x1B(B", "髙", "iso-2022-jp", 0 },
		{ "iso-2022-jp", "\x1B(I6E\x1B(B!", "ｶﾅ!", "iso-2022-jp", 0 },
		{ "cp50222", "\x0E\x36\x45\x0F!", "ｶﾅ!", "iso-2022-jp", 0 },
		{ "iso-2022-jp-1", "\x1B$(D0!\x1B(B", "丂", "iso-2022-jp", 0 },
		{ "iso-2022-jp", "\x1B$B$\"\nx", "あ\nx", "iso-2022-jp", 0 },
		{ "iso-2022-jp", "\x1B$B$", "\xEF\xBF\xBD", "iso-2022-jp", 1 },
		{ "EUC-JP", "\xA4\xA2\xAD\xA1", "あ①", "euc-jp", 0 },
		{ "utf-8", "\xE3\x81\x82", "あ", "utf-8", 0 },
		{ "utf-8", "あいうえ\xE3z", "あいうえ\xEF\xBF\xBDz", "utf-8", 1 },
		{ "utf-8", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", "windows-1252", 3 },
		{ "iso-8859-1", "caf\xE9 \x80", "café €", "iso-8859-1", 0 },
		{ "", "\xE3\x81\x82", "あ", "utf-8", 0 },
		{ "", "\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", "こんにちは", "shift_jis", 0 },
		{ "", "\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", "こんにちは", "euc-jp", 0 },
		{ "", "K\xE4se und M\xFCsli", "Käse und Müsli", "windows-1252", 0 },
		{ "", "\x1B$B$3\x1B(B", "こ", "iso-2022-jp", 0 },
		{ "x-nonsense", "\x82\xA0", "あ", "shift_jis", 0 },
		{ "us-ascii", "plain", "plain", "us-ascii", 0 },
		{ "utf-7", "+MEI-", "あ", "utf-7", 0 },
		{ "gb2312", "\xC4\xE3", "你", "gb2312", 0 },
		{ "euc-kr", "\xB0\xA1", "가", "euc-kr", 0 },
		{ "big5", "\xA4\xA4", "中", "big5", 0 },
		{ "utf-8", "", "", "utf-8", 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail_charset_note note;
		struct str got = mail_charset_decode(
		    a, str_of(cases[i].charset), str_of(cases[i].bytes), &note);

		if (strcmp(cases[i].used, "windows-1252") != 0 || cases[i].invalid == 0) {
			assert_text(got, cases[i].want);
			assert_string_equal(note.used, cases[i].used);
			assert_int_equal(note.invalid, cases[i].invalid);
		}
		assert_true(got.n == 0 || utf8_valid(got));
	}
}

static void
header_texts(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ " =?utf-8?B?44GC?= =?utf-8?B?44GE?=", "あい" },
		{ "=?utf-8?Q?a_b=3D?= c", "a b= c" },
		{ "x =?utf-8?Q?a?= y", "x a y" },
		/* one character over two words */
		{ "=?utf-8?B?44E=?= =?utf-8?B?gg==?=", "あ" },
		{ "=?utf-8?B?44GC?=\r\n =?utf-8?B?44GE?=", "あい" },
		{ "=?ISO-2022-JP?B?GyRCLSEtIhsoQg==?=", "①②" },
		{ "=?Shift_JIS?B?h0CQxo7j?=", "①脆弱" },
		{ "\x1B$B%F%9%H\x1B(B", "テスト" },
		{ "\x83\x65\x83\x58\x83\x67", "テスト" },
		{ "=?x-nonsense?B?gqA=?= =?utf-8?Q?ok=?=", "あok=" },
		{ "=?utf-8*ja?B?44GC?=", "あ" },
		{ "=?utf-8?X?a?= =?utf-8?", "=?utf-8?X?a?= =?utf-8?" },
		{ "a\r\n b\r\n\tc", "a b c" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(mail_header_text(a, str_of(cases[i].value)), cases[i].want);
}

static void
header_addresses(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *value;
		size_t n, left_out;
		const char *name, *address; /* of the first */
	} cases[] = {
		{ "a@Example.JP", 1, 0, "", "a@example.jp" },
		{ "Taro <a@b>, x@y", 2, 0, "Taro", "a@b" },
		{ "\"Yamada, Taro\" <a@b>", 1, 0, "Yamada, Taro", "a@b" },
		{ "a@b (Taro (x) Y)", 1, 0, "Taro (x) Y", "a@b" },
		{ "team: a@b, c@d; e@f", 3, 0, "", "a@b" },
		{ "undisclosed-recipients:;", 0, 0, NULL, NULL },
		{ "=?utf-8?B?5bGx55Sw?= <a@b>", 1, 0, "山田", "a@b" },
		{ "\x1B$B;3ED\x1B(B <a@b>", 1, 0, "山田", "a@b" },
		{ "<@x,@y:a@b>", 1, 0, "", "a@b" },
		{ "nobody, a@b", 1, 1, "", "a@b" },
		{ "\"a b\"@c", 1, 0, "", "\"a b\"@c" },
		{ "Taro <a@b", 1, 0, "Taro", "a@b" },
		{ "", 0, 0, NULL, NULL },
		{ "<>", 0, 1, NULL, NULL },
		{ "\"unclosed <a@b>", 0, 1, NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail_addresses all;
		size_t left_out;

		mail_header_addresses(a, str_of(cases[i].value), &all, &left_out);
		assert_int_equal(all.n, cases[i].n);
		assert_int_equal(left_out, cases[i].left_out);
		if (all.n > 0) {
			assert_string_equal(all.item[0].name, cases[i].name);
			assert_string_equal(all.item[0].address, cases[i].address);
		}
	}
}

static void
header_params(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *value, *name, *want;
	} cases[] = {
		{ "text/plain; charset=utf-8", "charset", "utf-8" },
		{ "text/plain; charset=\"a\\\"b;c\"; x=y", "charset", "a\"b;c" },
		{ "text/plain", "charset", NULL },
		{ "a/b; filename*=utf-8'ja'%E3%81%82.txt", "filename", "あ.txt" },
		{ "a/b; filename*0*=UTF-8''%E3%81; filename*1*=%82.txt", "filename", "あ.txt" },
		{ "a/b; filename*1=b; filename*0=a", "filename", "ab" },
		{ "a/b; name=\"=?ISO-2022-JP?B?GyRCJCIbKEI=?=.zip\"", "name", "あ.zip" },
		{ "a/b; name*=Shift_JIS''%87%40", "name", "①" },
		{ "a/b; name=old; name*=utf-8''new", "name", "new" },
		{ "a/b (c; charset=x); charset=y", "charset", "y" },
		{ "a/b;;; charset = y ;", "charset", "y" },
		{ ";", "charset", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = mail_header_param(a, str_of(cases[i].value), cases[i].name);

		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
	}
}

static void
header_dates(void **state)
{
	static const struct {
		const char *value;
		int64_t want;
	} cases[] = {
		{ "Sat, 21 Nov 2026 19:29:14 +0000", 1795289354000 },
		{ "Sun, 22 Nov 2026 04:29:14 +0900 (JST)", 1795289354000 },
		{ "21 Nov 26 19:29:14 GMT", 1795289354000 },
		{ "Sat, 21 Nov 2026 19:29 +0000", 1795289340000 },
		{ "21-Nov-2026 19:29:14 UT", 1795289354000 },
		{ "Sat, 21 Foo 2026 19:29:14 +0000", 0 },
		{ "", 0 },
		{ "yesterday", 0 },
		{ "Sat, 99 Nov 2026 19:29:14 +0000", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(mail_header_date(str_of(cases[i].value)), cases[i].want);
}

static void
html(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *html, *want;
	} cases[] = {
		{ "<p>a</p><p>b", "a\n\nb" },
		{ "a<br>b", "a\nb" },
		{ "<a href=\"https://x.example/\">click</a>", "click <https://x.example/>" },
		{ "<a href='https://x/'>https://x/</a>", "https://x/" },
		{ "<script>evil('<p>')</script>x", "x" },
		{ "a &amp; b &#x3042;&#12354;&bogus; &lt", "a & b ああ&bogus; <" },
		{ "1 < 2 > 0", "1 < 2 > 0" },
		{ "<ul><li>one<li>two</ul>", "- one\n- two" },
		{ "<td>a</td><td>b</td>", "a b" },
		{ "<img alt=\"Bank\" src=x>", "[Bank]" },
		{ "<!-- hidden --> seen", "seen" },
		{ "<pre>a\n  b</pre>", "a\n  b" },
		{ "<form action=\"http://evil/\">x</form>", "<form http://evil/>\nx" },
		{ "", "" },
		{ "<", "<" },
		{ "<a", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_text(mail_html_text(a, str_of(cases[i].html), 1000, NULL), cases[i].want);
	bool cut;

	assert_text(mail_html_text(a, STR("abcdef"), 3, &cut), "abc");
	assert_true(cut);
	assert_text(mail_html_text(a, STR("aあい"), 6, &cut), "aあ");
	assert_true(cut);
}

static void
read_mail(struct arena *a, const char *raw, struct mail *ret)
{
	mail_open(a, str_of(raw), NULL, ret);
	struct buf *b = buf_new(a, LIMIT_FRAME);
	struct mail again;

	/* What goes over the pipe comes out the same. */
	mail_encode(ret, b);
	assert_ok(mail_decode(a, buf_view(b), &again));
	struct buf *c = buf_new(a, LIMIT_FRAME);

	mail_encode(&again, c);
	assert_true(str_equal(buf_view(b), buf_view(c)));
}

static void
ordinary(void **state)
{
	struct arena *a = *state;
	struct mail m;

	read_mail(a,
	    "Received: from mx.a.example (mx.a.example [192.0.2.7])\r\n"
	    "\tby in.csirt.test (Postfix) with ESMTPS id 1\r\n"
	    "\tfor <csirt@csirt.test>; Sat, 21 Nov 2026 19:29:20 +0000 (UTC)\r\n"
	    "Authentication-Results: in.csirt.test; spf=pass smtp.mailfrom=a.example;\r\n"
	    "\tdkim=fail (bad) header.d=a.example\r\n"
	    "Received: from [IPv6:2001:db8::1] by mx.a.example with ESMTP; Sat, 21 Nov 2026 19:29:10 +0000\r\n"
	    "Authentication-Results: in.csirt.test; dmarc=pass\r\n"
	    "From: Taro <taro@a.example>\r\nTo: csirt@csirt.test, b@csirt.test\r\n"
	    "Subject: [INC-2026-00042] hello\r\nMessage-ID: <1@a.example>\r\n"
	    "In-Reply-To: <0@csirt.test>\r\nReferences: <x@y>\r\n <0@csirt.test>\r\n"
	    "Date: Sat, 21 Nov 2026 19:29:14 +0000\r\nReply-To: r@a.example\r\n\r\n"
	    "Hello there.\r\nSecond line.\r\n",
	    &m);
	assert_string_equal(m.message_id, "1@a.example");
	assert_string_equal(m.in_reply_to, "0@csirt.test");
	assert_int_equal(m.references.n, 2);
	assert_string_equal(m.references.item[0], "x@y");
	assert_string_equal(m.from.name, "Taro");
	assert_string_equal(m.reply_to.item[0].address, "r@a.example");
	assert_int_equal(m.to.n, 2);
	assert_int_equal(m.date, 1795289354000);
	assert_text(m.text, "Hello there.\nSecond line.");
	assert_string_equal(m.language, "en");
	assert_int_equal(m.automatic, MAIL_AUTO_NONE);
	assert_int_equal(m.hops.n, 2);
	assert_string_equal(m.hops.item[0].ip, "192.0.2.7");
	assert_string_equal(m.hops.item[0].by, "in.csirt.test");
	assert_string_equal(m.hops.item[0].with, "ESMTPS");
	assert_int_equal(m.hops.item[0].at, 1795289360000);
	assert_string_equal(m.hops.item[1].ip, "2001:db8::1");
	assert_int_equal(m.checks.n, 3);
	assert_string_equal(m.checks.item[0].method, "spf");
	assert_string_equal(m.checks.item[0].result, "pass");
	assert_true(m.checks.item[0].trusted);
	assert_string_equal(m.checks.item[1].result, "fail");
	assert_string_equal(m.checks.item[2].method, "dmarc");
	assert_false(m.checks.item[2].trusted); /* below the second Received: forged */
	assert_int_equal(m.faults.n, 0);
	const char *own[] = { "csirt@csirt.test", "taro@a.example" };

	assert_true(mail_may_acknowledge(&m, own, 1));
	assert_false(mail_may_acknowledge(&m, own, 2));
}

static void
automatic(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *headers;
		enum mail_auto want;
	} cases[] = {
		{ "Auto-Submitted: auto-replied (vacation)\n", MAIL_AUTO_REPLY },
		{ "Auto-Submitted: auto-generated\n", MAIL_AUTO_GENERATED },
		{ "Auto-Submitted: no\n", MAIL_AUTO_NONE },
		{ "List-Id: <x.example>\n", MAIL_AUTO_LIST },
		{ "Precedence: bulk\n", MAIL_AUTO_LIST },
		{ "X-Autoreply: yes\n", MAIL_AUTO_REPLY },
		{ "Subject: =?utf-8?B?6Ieq5YuV6L+U5L+h?=\n", MAIL_AUTO_REPLY },
		{ "Subject: Out of office: Taro\n", MAIL_AUTO_REPLY },
		{ "Delivered-To: a@b\nDelivered-To: A@b\n", MAIL_AUTO_LOOP },
		{ "Delivered-To: a@b\nDelivered-To: c@b\n", MAIL_AUTO_NONE },
		{ "Return-Path: <>\n", MAIL_AUTO_GENERATED },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail m;

		read_mail(a, arena_printf(a, "From: a@b\n%s\nhi\n", cases[i].headers), &m);
		assert_int_equal(m.automatic, cases[i].want);
	}
}

static void
bounces(void **state)
{
	struct arena *a = *state;
	struct mail m;

	read_mail(a,
	    "From: MAILER-DAEMON@localhost\nSubject: Undelivered Mail Returned to Sender\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n"
	    "--B\nContent-Type: text/plain\n\nI'm sorry.\n"
	    "--B\nContent-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; localhost\n\n"
	    "Final-Recipient: rfc822; nobody@partner.test\nAction: failed\nStatus: 5.1.1\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 <nobody@partner.test>: unknown\n user\n"
	    "\n--B\nContent-Type: message/rfc822\n\nMessage-ID: <42@csirt.test>\nSubject: s\n\nx\n--B--\n",
	    &m);
	assert_int_equal(m.automatic, MAIL_AUTO_BOUNCE);
	assert_string_equal(m.bounce.recipient, "nobody@partner.test");
	assert_string_equal(m.bounce.status, "5.1.1");
	assert_string_equal(m.bounce.action, "failed");
	assert_string_equal(m.bounce.diagnostic, "550 5.1.1 <nobody@partner.test>: unknown user");
	assert_string_equal(m.bounce.message_id, "42@csirt.test");
	assert_int_equal(m.attachments.n, 1);
	assert_string_equal(m.attachments.item[0].name, "s.eml");

	read_mail(a,
	    "From: mailer-daemon@old.example\nSubject: failure notice\n\n"
	    "Hi. <gone@old.example>:\n550 5.7.1 Sorry, no mailbox\n",
	    &m);
	assert_int_equal(m.automatic, MAIL_AUTO_BOUNCE);
	assert_string_equal(m.bounce.status, "5.7.1");
	assert_string_equal(m.bounce.recipient, "gone@old.example");
}

static void
shapes(void **state)
{
	struct arena *a = *state;
	struct mail m;

	/* Plain and HTML of one text: the plain one, and what only the HTML says. */
	read_mail(a,
	    "From: a@b\nContent-Type: multipart/alternative; boundary=B\n\n"
	    "--B\nContent-Type: text/html\n\n<a href=\"http://evil.example/x\">bank</a>\n"
	    "--B\nContent-Type: text/plain\n\nbank\n--B--\n",
	    &m);
	assert_text(m.text, "bank\n\n[HTML]\n\n<http://evil.example/x>");

	/* A forwarded mail, in base64 although RFC 2046 forbids it. */
	read_mail(a,
	    "From: a@b\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nsee below\n"
	    "--B\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
	    "U3ViamVjdDogaW5uZXIKRnJvbTogeEB5CgppbnNpZGUK\n--B--\n",
	    &m);
	assert_text(m.text, "see below\n\n[message/rfc822]\nFrom: x@y\nSubject: inner\n\ninside");
	assert_int_equal(m.attachments.n, 1);
	assert_string_equal(m.attachments.item[0].name, "inner.eml");
	assert_string_equal(m.attachments.item[0].media_type, "message/rfc822");

	/* Format=flowed: a URL over two lines is one again. */
	read_mail(a,
	    "From: a@b\nContent-Type: text/plain; format=flowed; delsp=yes\n\n"
	    "http://a.example/ \nlong\nnext\n",
	    &m);
	assert_text(m.text, "http://a.example/long\nnext");

	/* Names that lie. */
	read_mail(a,
	    "From: a@b\nContent-Type: application/octet-stream\n"
	    "Content-Disposition: attachment; filename*=utf-8''..%2F%E2%80%AEfdp.exe\n\nx",
	    &m);
	assert_string_equal(m.attachments.item[0].name, "fdp.exe");
	assert_true(has_fault(&m, "writing direction"));
	assert_string_equal(m.attachments.item[0].sha256,
	    "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");

	/* Several From fields: said, the first one used. */
	read_mail(a, "From: a@b\nFrom: c@d\n\nx", &m);
	assert_string_equal(m.from.address, "a@b");
	assert_true(has_fault(&m, "there are 2 From fields"));

	/* Signed, but nobody to ask. */
	read_mail(a,
	    "From: a@b\nContent-Type: multipart/signed; boundary=B; "
	    "protocol=\"application/pgp-signature\"\n\n--B\n\nhi\n--B\n"
	    "Content-Type: application/pgp-signature\n\nx\n--B--\n",
	    &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_UNCHECKED);
	assert_text(m.text, "hi");
}

/* Bounds: at the limit it is read, above it said so; and never slow. */
static void
limits(void **state)
{
	struct arena *a = *state;
	struct buf *b = buf_new(a, LIMIT_MIB(8));
	struct mail m;

	for (int over = 0; over < 2; over++) {
		buf_clear(b);
		for (int i = 0; i < LIMIT_MAIL_HEADERS + over; i++)
			buf_text(b, "X-Loop: a\n");
		buf_text(b, "\nhello\n");
		mail_open(a, buf_view(b), NULL, &m);
		assert_int_equal(has_fault(&m, "more than 5000 fields"), over == 1);
		assert_text(m.text, "hello");
	}
	for (int over = 0; over < 2; over++) {
		buf_clear(b);
		buf_text(b, "From: a@b\n\n");
		for (size_t i = 0; i < LIMIT_MAIL_TEXT - 2 + (size_t)over; i++)
			buf_char(b, i % 70 == 69 && i + 1 < LIMIT_MAIL_TEXT - 2 ? '\n' : 'x');
		mail_open(a, buf_view(b), NULL, &m);
		assert_int_equal(has_fault(&m, "longer than 2 MiB"), over == 1);
		assert_int_equal(m.text.n, LIMIT_MAIL_TEXT - 2);
	}
	/* Very many inline blocks: asked for the first ones only. */
	buf_clear(b);
	buf_text(b, "From: a@b\n\n");
	for (int i = 0; i < 20000; i++)
		buf_text(b, "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n");
	mail_open(a, buf_view(b), NULL, &m);
	assert_true(has_fault(&m, "more than 20 signed or encrypted parts"));
	mail_unreadable(a, "it could not be read", &m);
	struct buf *c = buf_new(a, LIMIT_FRAME);

	mail_encode(&m, c);
	assert_ok(mail_decode(a, buf_view(c), &m));
	assert_string_equal(m.faults.item[0], "it could not be read");
}

static void
decode_refuses(void **state)
{
	struct arena *a = *state;
	struct mail m, again;
	struct buf *b = buf_new(a, LIMIT_FRAME);

	read_mail(a, "From: a@b\nTo: c@d\nSubject: s\n\nhello\n", &m);
	mail_encode(&m, b);
	struct str s = buf_view(b);

	for (size_t n = 0; n < s.n; n++)
		assert_err(mail_decode(a, str_take(s, n), &again), ERR_INVALID);
	assert_ok(mail_decode(a, s, &again));
}

/* Each file of the conformance folder: what must be read of it. */
static const struct {
	const char *file;
	const char *subject, *from;
	const char *text;  /* a piece of the text, or NULL */
	const char *fault; /* a piece of a fault, or NULL for none expected */
	size_t attachments;
} expected[] = {
	{ "01-iso2022jp.eml", "【至急】不審メールの報告（フィッシング）", "yamada@example.jp",
	    "不審なメールを受信しました。添付をご確認ください。", NULL, 0 },
	{ "02-sjis-vendor.eml", "①脆弱性のご連絡", "t@example.jp", "①", NULL, 0 },
	{ "03-iso2022jp-nec.eml", "①②", "a@example.jp", "①②㈱ test", NULL, 0 },
	{ "04-mixed.eml", "UTF-8 件名 😀 mixed English", "rep@example.com", "①㈱髙",
	    NULL, 4 },
	{ "10-noclose.eml", "", "a@b", "hello", "closing boundary", 1 },
	{ "11-badb64.eml", "", "a@b", NULL, "base64", 0 },
	{ "12-unknowncharset.eml", "あok=", "a@b", NULL, "x-nonsense", 0 },
	{ "13-deep.eml", "", "a@b", NULL, "deep", 0 },
	{ "14-nul.eml", "x y", "", "bodywithnul", "NUL", 0 },
	{ "15-noheader.eml", "", "", "just text without header", "no header", 0 },
	{ "16-empty.eml", "", "", NULL, "empty", 0 },
	{ "17-hugeheader.eml", NULL, "a@b", NULL, "Subject field has", 0 },
	{ "22-uuencode.eml", "uu", "a@b", NULL, NULL, 1 },
	{ "23-manyparts.eml", "", "a@b", "p0\n\np1\n\np2", "more than 2000 parts", 0 },
	{ "50-signed.eml", NULL, "csirt@csirt.test", "お世話になっております。", "signature", 1 },
	{ "51-enc.eml", NULL, "csirt@csirt.test", NULL, "could not be opened", 1 },
	{ "52-tampered.eml", NULL, "csirt@csirt.test", NULL, "signature", 1 },
	{ "60-smime-det.eml", "smime-detached", "s@example.jp", "S/MIME 本文", "signature", 0 },
	{ "61-smime-opaque.eml", "smime-opaque", "s@example.jp", NULL, "signature", 1 },
	{ "62-smime-enc.eml", "smime-enc", "s@example.jp", NULL, "could not be opened", 1 },
	{ "71-encnoproto.eml", "", "a@b", NULL, "could not be opened", 1 },
	{ "72-enc0.eml", "", "a@b", NULL, "must have two parts", 0 },
};

static const char *
conformance(void)
{
	const char *dir = getenv("TOBIGUCHI_CONFORMANCE");

	if (dir == NULL || dir[0] == '\0') {
		print_message("skipped: TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	return dir;
}

static void
conformance_files(void **state)
{
	struct arena *a = *state;
	const char *dir = conformance();

	for (size_t i = 0; i < COUNT(expected); i++) {
		struct str raw =
		    file_read(a, arena_printf(a, "%s/mail/%s", dir, expected[i].file));
		struct mail m;
		struct buf *b = buf_new(a, LIMIT_FRAME);

		if (raw.p == NULL)
			fail_msg("cannot read %s", expected[i].file);
		mail_open(a, raw, NULL, &m);
		mail_encode(&m, b);
		assert_ok(mail_decode(a, buf_view(b), &m));
		if (getenv("MAIL_SHOW") != NULL) {
			print_message("== %s\n%s\n<%s> %s\n%.300s\n", expected[i].file, m.subject,
			    m.from.address, m.language, arena_cstr(a, m.text));
			for (size_t k = 0; k < m.faults.n; k++)
				print_message("  fault %s\n", m.faults.item[k]);
			for (size_t k = 0; k < m.attachments.n; k++)
				print_message("  file %s %s %zu\n", m.attachments.item[k].name,
				    m.attachments.item[k].media_type, m.attachments.item[k].bytes.n);
			continue;
		}
		if (expected[i].subject != NULL && strcmp(m.subject, expected[i].subject) != 0)
			fail_msg("%s: subject %s", expected[i].file, m.subject);
		if (strcmp(m.from.address, expected[i].from) != 0)
			fail_msg("%s: from %s", expected[i].file, m.from.address);
		if (expected[i].text != NULL &&
		    str_find(m.text, str_of(expected[i].text), 0) == SIZE_MAX)
			fail_msg("%s: text %.*s", expected[i].file, STR_F(m.text));
		if (expected[i].fault != NULL && !has_fault(&m, expected[i].fault))
			fail_msg("%s: no fault about %s", expected[i].file, expected[i].fault);
		if (expected[i].fault == NULL && m.faults.n > 0)
			fail_msg("%s: fault %s", expected[i].file, m.faults.item[0]);
		if (m.attachments.n != expected[i].attachments)
			fail_msg("%s: %zu attachments", expected[i].file, m.attachments.n);
	}
}

/* Deterministic damage to each file: never a crash, always decodable. */
static void
conformance_mutations(void **state)
{
	struct arena *outer = *state;
	const char *dir = conformance();
	uint64_t random = 88172645463325252ULL;

	for (size_t i = 0; i < COUNT(expected); i++) {
		struct str raw =
		    file_read(outer, arena_printf(outer, "%s/mail/%s", dir, expected[i].file));
		size_t rounds = raw.n > 100000 ? 10 : raw.n > 10000 ? 100 : 300;

		for (size_t round = 0; round < rounds && raw.n > 0; round++) {
			AUTO(arena) a = arena_new();
			char *copy = arena_dupn(a, raw.p, raw.n);
			size_t n = raw.n;
			struct mail m;

			for (size_t k = 0; k < 1 + round % 7; k++) {
				random ^= random << 13;
				random ^= random >> 7;
				random ^= random << 17;
				size_t at = (size_t)(random >> 16) % n;

				switch (random % 5) {
				case 0:
					copy[at] = (char)(random >> 40);
					break;
				case 1:
					copy[at] = (char)(copy[at] ^ 1 << (random >> 50) % 8);
					break;
				case 2:
					n = at + 1;
					break;
				case 3:
					memmove(copy, copy + at, n - at);
					n -= at;
					break;
				default:
					copy[at] = "\n\r\0=-:;\"<("[(random >> 40) % 10];
				}
			}
			mail_open(a, (struct str){ copy, n }, NULL, &m);
			struct buf *b = buf_new(a, LIMIT_FRAME);

			mail_encode(&m, b);
			assert_ok(buf_error(b));
			assert_ok(mail_decode(a, buf_view(b), &m));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(charsets),
		UNIT_TEST(header_texts),
		UNIT_TEST(header_addresses),
		UNIT_TEST(header_params),
		UNIT_TEST(header_dates),
		UNIT_TEST(html),
		UNIT_TEST(ordinary),
		UNIT_TEST(automatic),
		UNIT_TEST(bounces),
		UNIT_TEST(shapes),
		UNIT_TEST(limits),
		UNIT_TEST(decode_refuses),
		UNIT_TEST(conformance_files),
		UNIT_TEST(conformance_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
