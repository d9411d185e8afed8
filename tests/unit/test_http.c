/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the HTTP server: gate, forms, cookies, multipart. */
#include "unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/limit.h"
#include "http/http_form.h"
#include "http/http_gate.h"
#include "http/http_multipart.h"

static void
paths(void **state)
{
	static const struct {
		const char *raw, *want; /* NULL: refused */
	} rows[] = {
		{ "/", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a/" },
		{ "/a/b%20c", "/a/b c" },
		{ "/%E3%81%82", "/あ" },
		{ "/a%5cb", "/a\\b" },
		{ "/...", "/..." },
		{ "", NULL },
		{ "a", NULL },
		{ "*", NULL },
		{ "//", NULL },
		{ "//a", NULL },
		{ "/a//", NULL },
		{ "/a//b", NULL },
		{ "/.", NULL },
		{ "/..", NULL },
		{ "/a/../b", NULL },
		{ "/a/%2e%2E/b", NULL },
		{ "/a%2fb", NULL },
		{ "/a%00", NULL },
		{ "/a%0a", NULL },
		{ "/a%7f", NULL },
		{ "/a%", NULL },
		{ "/a%4", NULL },
		{ "/a%zz", NULL },
		{ "/%ff", NULL },
		{ "/%c0%af", NULL },
		{ "/%ed%a0%80", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		enum err e = http_path_decode(*state, str_of(rows[i].raw), &got);

		if (rows[i].want == NULL) {
			assert_int_equal(e, ERR_INVALID);
		} else {
			assert_int_equal(e, OK);
			assert_string_equal(got, rows[i].want);
		}
	}
}

#define FIELD(n, v) { { n, sizeof(n) - 1 }, { v, sizeof(v) - 1 } }
#define HOST FIELD("Host", "a.example")

static void
gate(void **state)
{
	static const struct {
		const char *method, *target, *version;
		struct http_field field[3];
		int want;
	} rows[] = {
		{ "GET", "/", "HTTP/1.1", { HOST }, 0 },
		{ "GET", "/?q=%zz&x", "HTTP/1.1", { HOST }, 0 },
		{ "GET", "http://b.example/x", "HTTP/1.1", { HOST }, 0 },
		{ "GET", "http://b.example", "HTTP/1.1", { HOST }, 0 },
		{ "GET", "http://", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "http://u@b.example/", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "ftp://b.example/", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "/#x", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "/a b", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "/\xe3\x81\x82", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "/", "HTTP/1.0", { { { 0 } } }, 0 },
		{ "GET", "/", "HTTP/1.1", { { { 0 } } }, 400 },
		{ "GET", "/", "HTTP/1.2", { HOST }, 505 },
		{ "GET", "/", "HTTP/2.0", { HOST }, 505 },
		{ "get", "/", "HTTP/1.1", { HOST }, 501 },
		{ "PATCH", "/", "HTTP/1.1", { HOST }, 501 },
		{ "G(T", "/", "HTTP/1.1", { HOST }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, HOST }, 400 },
		{ "GET", "/", "HTTP/1.1", { FIELD("Host", "") }, 400 },
		{ "GET", "/", "HTTP/1.1", { FIELD("Host", "a/b") }, 400 },
		{ "GET", "/", "HTTP/1.1", { FIELD("Host", "a@b") }, 400 },
		{ "GET", "/", "HTTP/1.1", { FIELD("Host", "[::1]:80") }, 0 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X ", "1") }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X\t", "1") }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X\"", "1") }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X", "a\rb") }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X", "a\0b") }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X", "a\x7f") }, 400 },
		{ "GET", "/", "HTTP/1.1", { HOST, FIELD("X", "a\tb \xff") }, 0 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "5") }, 0 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "+5") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "-0") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "5,5") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "99999999999999999999") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "5"), FIELD("content-length", "5") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Content-Length", "5"), FIELD("Transfer-Encoding", "chunked") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Transfer-Encoding", "chunked"), FIELD("Transfer-Encoding", "chunked") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Transfer-Encoding", "Chunked") }, 0 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Transfer-Encoding", "gzip, chunked") }, 501 },
		{ "POST", "/", "HTTP/1.0", { HOST, FIELD("Transfer-Encoding", "chunked") }, 400 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Expect", "100-continue") }, 0 },
		{ "POST", "/", "HTTP/1.1", { HOST, FIELD("Expect", "tea") }, 417 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_head head = { str_of(rows[i].method), str_of(rows[i].target),
			str_of(rows[i].version), rows[i].field, 0, 100 };
		struct http_gate g;

		while (head.fields < 3 && rows[i].field[head.fields].name.p != NULL)
			head.fields++;
		if (http_gate(*state, &head, &g) != rows[i].want)
			fail_msg("row %zu: %s %s", i, rows[i].method, rows[i].target);
	}
}

static void
gate_limits(void **state)
{
	static struct http_field many[LIMIT_HTTP_HEADERS + 1] = { HOST };
	static char target[LIMIT_HTTP_TARGET + 2];
	struct http_head head = { STR("GET"), STR("/"), STR("HTTP/1.1"), many, 1, LIMIT_HTTP_HEAD };
	struct http_gate g;

	for (size_t i = 1; i < COUNT(many); i++)
		many[i] = (struct http_field){ STR("X"), STR("y") };
	head.fields = LIMIT_HTTP_HEADERS;
	assert_int_equal(http_gate(*state, &head, &g), 0);
	head.fields++;
	assert_int_equal(http_gate(*state, &head, &g), 431);
	head.fields = 1;
	head.size++;
	assert_int_equal(http_gate(*state, &head, &g), 431);
	head.size--;
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	head.target = (struct str){ target, LIMIT_HTTP_TARGET };
	assert_int_equal(http_gate(*state, &head, &g), 0);
	head.target.n++;
	assert_int_equal(http_gate(*state, &head, &g), 414);
}

static void
forms(void **state)
{
	static const struct {
		const char *raw, *want; /* NULL: refused */
	} rows[] = {
		{ "", "" },
		{ "&&", "" },
		{ "a=1", "[a=1]" },
		{ "a=1&b=2&a=3", "[a=1][b=2][a=3]" },
		{ "a", "[a=]" },
		{ "=a", "[=a]" },
		{ "a=b=c", "[a=b=c]" },
		{ "a+b=c%20d%2B", "[a b=c d+]" },
		{ "a=100%&b=%4", "[a=100%][b=%4]" },
		{ "a=%E3%81%82", "[a=あ]" },
		{ "a=%00", NULL },
		{ "a=%ff", NULL },
		{ "%ff=a", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct http_field *field;
		size_t n;
		struct buf *b = buf_new(*state, 1000);
		enum err e = http_form_parse(*state, str_of(rows[i].raw), &field, &n);

		if (rows[i].want == NULL) {
			assert_int_equal(e, ERR_INVALID);
			continue;
		}
		assert_ok(e);
		for (size_t k = 0; k < n; k++)
			buf_printf(b, "[%.*s=%.*s]", STR_F(field[k].name), STR_F(field[k].value));
		assert_string_equal(buf_cstr(*state, b), rows[i].want);
	}
}

static void
form_limit(void **state)
{
	struct buf *b = buf_new(*state, 100000);
	const struct http_field *field;
	size_t n;

	for (size_t i = 0; i < LIMIT_HTTP_FIELDS; i++)
		buf_text(b, "a&");
	assert_ok(http_form_parse(*state, buf_view(b), &field, &n));
	assert_int_equal(n, LIMIT_HTTP_FIELDS);
	buf_text(b, "a");
	assert_err(http_form_parse(*state, buf_view(b), &field, &n), ERR_LIMIT);
}

static void
cookies(void **state)
{
	static const struct {
		const char *header, *want;
	} rows[] = {
		{ "s=1", "1" },
		{ "a=2; s=1", "1" },
		{ "a=2;s=1;s=3", "1" },
		{ "s=\"x\"", "x" },
		{ "s=", "" },
		{ " s = 1 ", "1" },
		{ "ss=1", NULL },
		{ "s", NULL },
		{ "", NULL },
		{ "S=1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str got = http_cookie_find(str_of(rows[i].header), STR("s"));

		if (rows[i].want == NULL)
			assert_null(got.p);
		else
			assert_true(got.p != NULL && str_is(got, rows[i].want));
	}
}

/* Multipart: what the sink hears, written down. */
static enum err
hear_begin(void *object, const struct http_part *part)
{
	if (part->is_file)
		buf_printf(object, "<%.*s:%.*s:%.*s ", STR_F(part->name), STR_F(part->file_name),
		    STR_F(part->media_type));
	else
		buf_printf(object, "<%.*s ", STR_F(part->name));
	return OK;
}

static enum err
hear_data(void *object, struct str bytes)
{
	buf_str(object, bytes);
	return OK;
}

static enum err
hear_end(void *object)
{
	buf_text(object, ">");
	return OK;
}

/* Feeds ${s} in steps of ${step} bytes, as a window that is filled up. */
static enum err
hear(struct arena *a, struct str s, size_t step, const char **ret)
{
	struct buf *heard = buf_new(a, LIMIT_MIB(4));
	struct http_part_sink sink = { hear_begin, hear_data, hear_end, heard };
	struct http_multipart *m;
	size_t from = 0, to = 0, used;

	TRY(http_multipart_new(a, STR("XX"), &sink, &m));
	while (to < s.n) {
		to = s.n - to < step ? s.n : to + step;
		TRY(http_multipart_feed(m, str_take(str_skip(s, from), to - from), &used));
		from += used;
	}
	*ret = buf_cstr(a, heard);
	return http_multipart_finish(m);
}

#define CD "Content-Disposition: form-data; "

static void
multipart(void **state)
{
	static const struct {
		const char *raw, *want; /* NULL: refused */
	} rows[] = {
		{ "--XX--", "" },
		{ "--XX--\r\ntrailing", "" },
		{ "--XX\r\n" CD "name=\"a\"\r\n\r\n1\r\n--XX--\r\n", "<a 1>" },
		{ "--XX\r\n" CD "name=a\r\n\r\n\r\n--XX--", "<a >" },
		{ "preamble\r\n--XX \t\r\n" CD "name=a\r\n\r\n1\r\n--XX--", "<a 1>" },
		{ "--XX\r\n" CD "name=a\r\n\r\n1\r\n--X\r\n--\r\n--XX\r\n" CD "name=b\r\n\r\n2\r\n--XX--",
		    "<a 1\r\n--X\r\n--><b 2>" },
		{ "--XX\r\n" CD "name=f; filename=\"C:\\d\\x.txt\"\r\nContent-Type: Text/Plain; charset=a\r\n\r\n1\r\n--XX--",
		    "<f:x.txt:text/plain 1>" },
		{ "--XX\r\n" CD "name=f; filename=\"\"\r\n\r\n\r\n--XX--", "<f:: >" },
		{ "--XX\r\n" CD "name=f; filename=\"../../a%22b\\\"c\"\r\n\r\n1\r\n--XX--", "<f:a\"b\"c: 1>" },
		{ "--XX\r\n" CD "name=f; filename=\"x\"; filename*=UTF-8''%E3%81%82.txt\r\n\r\n1\r\n--XX--",
		    "<f:あ.txt: 1>" },
		{ "--XX\r\n" CD "name=f; filename=\"x\"; filename*=utf-7''%zz\r\n\r\n1\r\n--XX--", "<f:x: 1>" },
		/* 表.txt in Shift_JIS: its second byte is a backslash */
		{ "--XX\r\n" CD "name=f; filename=\"\x95\x5c.txt\"\r\n\r\n1\r\n--XX--", "<f:表.txt: 1>" },
		{ "", NULL },
		{ "--XX", NULL },
		{ "--XX\r\n", NULL },
		{ "--XXy\r\n" CD "name=a\r\n\r\n1\r\n--XX--", NULL },
		{ "--XX\r\n" CD "name=a\r\n\r\n1\r\n", NULL },
		{ "--XX\r\n" CD "name=a\r\n\r\n1\r\n--XX", NULL },
		{ "--XX\r\n" CD "x=a\r\n\r\n1\r\n--XX--", NULL },
		{ "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XX--", NULL },
		{ "--XX\r\n" CD "name=a\r\n" CD "name=a\r\n\r\n1\r\n--XX--", NULL },
		{ "--XX\r\nno colon\r\n\r\n1\r\n--XX--", NULL },
		{ "--XX\r\nX: y\r\n\r\n1\r\n--XX--", NULL },
	};
	static const size_t steps[] = { 1, 2, 3, 7, 4096 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < COUNT(steps); k++) {
			const char *got = "";
			enum err e = hear(*state, str_of(rows[i].raw), steps[k], &got);

			if (rows[i].want == NULL && e != ERR_INVALID)
				fail_msg("row %zu step %zu: taken", i, steps[k]);
			if (rows[i].want != NULL && (e != OK || strcmp(got, rows[i].want) != 0))
				fail_msg("row %zu step %zu: %s, %s", i, steps[k], err_name(e), got);
		}
	}
}

static void
multipart_limits(void **state)
{
	struct arena *a = *state;
	struct http_part_sink sink = { hear_begin, hear_data, hear_end, buf_new(a, 100) };
	struct http_multipart *m;
	const char *got;

	assert_err(http_multipart_new(a, STR(""), &sink, &m), ERR_INVALID);
	assert_err(http_multipart_new(a, STR("a\"b"), &sink, &m), ERR_INVALID);
	assert_err(http_multipart_new(a, STR("a "), &sink, &m), ERR_INVALID);
	assert_ok(http_multipart_new(a, (struct str){ arena_printf(a, "%070d", 1), 70 }, &sink, &m));
	assert_err(http_multipart_new(a, (struct str){ arena_printf(a, "%071d", 1), 71 }, &sink, &m), ERR_INVALID);

	for (int over = 0; over < 2; over++) {
		struct buf *b = buf_new(a, LIMIT_MIB(1));
		size_t fixed = strlen(CD "name=a\r\nX: ");

		buf_text(b, "--XX\r\n" CD "name=a\r\nX: ");
		for (size_t i = fixed; i < LIMIT_HTTP_PART_HEADER + (size_t)over; i++)
			buf_char(b, 'x');
		buf_text(b, "\r\n\r\n1\r\n--XX--");
		assert_err(hear(a, buf_view(b), 1000, &got), over ? ERR_LIMIT : OK);
	}
	for (size_t over = 0; over < 2; over++) {
		struct buf *b = buf_new(a, LIMIT_MIB(1));

		for (size_t i = 0; i < LIMIT_HTTP_PARTS + over; i++)
			buf_printf(b, "%s--XX\r\n" CD "name=a\r\n\r\n", i == 0 ? "" : "\r\n");
		buf_text(b, "\r\n--XX--");
		assert_err(hear(a, buf_view(b), 32768, &got), over ? ERR_LIMIT : OK);
	}
}

static void
file_names(void **state)
{
	static const struct {
		const char *raw, *want;
	} rows[] = {
		{ "a.txt", "a.txt" },
		{ "/etc/passwd", "passwd" },
		{ "a\\b/c", "c" },
		{ "..", ".." },
		{ "a/", "" },
		{ "a\nb\x01", "a b" },
		{ "\xff\xff", "\xef\xbf\xbd\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str got = http_file_name(*state, str_of(rows[i].raw));

		if (!str_is(got, rows[i].want))
			fail_msg("row %zu: %.*s", i, STR_F(got));
	}
	assert_int_equal(http_file_name(*state,
	    (struct str){ arena_printf(*state, "%0300d", 0), 300 }).n, LIMIT_NAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(paths),
		UNIT_TEST(gate),
		UNIT_TEST(gate_limits),
		UNIT_TEST(forms),
		UNIT_TEST(form_limit),
		UNIT_TEST(cookies),
		UNIT_TEST(multipart),
		UNIT_TEST(multipart_limits),
		UNIT_TEST(file_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
