/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_server.c - raw bytes over loopback against tests/http/server.c.
 * First argument: that program.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/unit.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"

#define HEADER_SECONDS "1"

static const char *program;
static int port;
static pid_t server;

static int
start(void **state)
{
	int out[2];
	char text[16] = "";

	(void)state;
	if (pipe(out) != 0)
		return -1;
	server = fork();
	if (server == 0) {
		(void)dup2(out[1], 1);
		(void)close(out[0]);
		(void)execl(program, program, "0", "2", HEADER_SECONDS, (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	if (read(out[0], text, sizeof(text) - 1) <= 0)
		return -1;
	(void)close(out[0]);

	struct str s = str_trim(str_of(text));
	int64_t n;

	if (!str_int(s, 1, 65535, &n))
		return -1;
	port = (int)n;
	return 0;
}

static int
stop(void **state)
{
	int status;

	(void)state;
	(void)kill(server, SIGTERM);
	if (waitpid(server, &status, 0) != server)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
open_connection(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void
put(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0)
			return; /* the answer tells why it closed */
		s = str_skip(s, (size_t)n);
	}
}

/* What comes until it closes, or ${ret_closed} false after silence. */
static struct str
take(struct arena *a, int fd, bool *ret_closed)
{
	struct buf *b = buf_new(a, LIMIT_MIB(8));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char part[65536];

	*ret_closed = false;
	while (poll(&p, 1, 400) > 0) {
		ssize_t n = recv(fd, part, sizeof(part), 0);

		if (n <= 0) {
			*ret_closed = true;
			break;
		}
		buf_add(b, part, (size_t)n);
	}
	return (struct str){ buf_cstr(a, b), b->n };
}

static struct str
ask(struct arena *a, struct str s, bool *ret_closed)
{
	int fd = open_connection();

	put(fd, s);
	struct str got = take(a, fd, ret_closed);

	(void)close(fd);
	return got;
}

static int
status_of(struct str answer)
{
	uint64_t status;

	if (!str_eat(&answer, STR("HTTP/1.1 ")) && !str_eat(&answer, STR("HTTP/1.0 ")))
		return 0;
	return str_eat_digits(&answer, 3, 3, &status) ? (int)status : 0;
}

static size_t
count(struct str s, struct str what)
{
	size_t n = 0;

	for (size_t at = str_find(s, what, 0); at != SIZE_MAX; at = str_find(s, what, at + 1))
		n++;
	return n;
}

#define H "Host: a\r\n"
#define RAW(s) { s, sizeof(s) - 1 }
/* What must not be served when what stands before it is refused. */
#define SMUGGLED "GET /hello HTTP/1.1\r\n" H "\r\n"

static void
malformed(void **state)
{
	static const struct {
		struct str raw;
		int want; /* 0: closed without a word */
	} rows[] = {
		{ RAW("GARBAGE\r\n\r\n"), 0 },
		{ RAW("GET /hello\r\n" H "\r\n"), 400 },
		{ RAW("GET /hello HTTP/2.0\r\n" H "\r\n"), 505 },
		{ RAW("GET /hello HTTP/1.2\r\n" H "\r\n"), 505 },
		{ RAW("GET /hello HTTP/x\r\n" H "\r\n"), 400 },
		{ RAW("GET  /hello HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /hello  HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /he llo HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /he\0llo HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /hello%00 HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /%ff HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /../hello HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /%2e%2e/hello HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET /hello?a=%00 HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("GET * HTTP/1.1\r\n" H "\r\n"), 400 },
		{ RAW("BREW / HTTP/1.1\r\n" H "\r\n"), 501 },
		{ RAW("TRACE / HTTP/1.1\r\n" H "\r\n"), 501 },
		{ RAW("GET /hello HTTP/1.1\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H H "\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X : 1\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H ": 1\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X\0Y: a\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: \0\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: a\rb\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: a\x01\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: a\r\n folded\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: a\r\n\tfolded\r\nY: b\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\r\n" H "X: a\nY: b\r\n\r\n"), 400 },
		{ RAW("GET /hello HTTP/1.1\nHost: a\n\n"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length : 3\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: -3\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n"), 501 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Expect: tea\r\nContent-Length: 3\r\n\r\n"), 417 },
		{ RAW("POST /small HTTP/1.1\r\n" H "Content-Length: 11\r\n\r\n01234567890"), 413 },
		{ RAW("POST /small HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n"), 413 },
		{ RAW("POST /small HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n"), 413 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: 99999999999999\r\n\r\n"), 413 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 3\r\n\r\nabc"), 400 },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\na=%ff"), 400 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf *b = buf_new(*state, LIMIT_KIB(64));
		bool closed;

		buf_str(b, rows[i].raw);
		buf_text(b, SMUGGLED);
		struct str got = ask(*state, buf_view(b), &closed);

		if (status_of(got) != rows[i].want || !closed || str_find(got, STR("hello\n"), 0) != SIZE_MAX)
			fail_msg("row %zu: closed %d\n%.*s%.*s", i, closed, STR_F(rows[i].raw), STR_F(got));
	}
}

static void
sizes(void **state)
{
	static const struct {
		const char *before;
		size_t n;
		const char *after;
		int want;
	} rows[] = {
		{ "GET /echo?", 8000, " HTTP/1.1\r\n" H "\r\n", 200 },
		{ "GET /echo?", 8200, " HTTP/1.1\r\n" H "\r\n", 414 },
		{ "GET /echo?", 100000, " HTTP/1.1\r\n" H "\r\n", 414 },
		{ "GET /echo HTTP/1.1\r\n" H "X: ", 11000, "\r\n\r\n", 200 },
		{ "GET /echo HTTP/1.1\r\n" H "X: ", 12300, "\r\n\r\n", 431 },
		{ "GET /echo HTTP/1.1\r\n" H "X: ", 100000, "\r\n\r\n", 431 },
		{ "GET /echo HTTP/1.1\r\n" H "Cookie: ", 4000, "\r\n\r\n", 200 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf *b = buf_new(*state, LIMIT_MIB(1));
		bool closed;

		buf_text(b, rows[i].before);
		for (size_t k = 0; k < rows[i].n; k++)
			buf_char(b, 'a');
		buf_text(b, rows[i].after);
		struct str got = ask(*state, buf_view(b), &closed);

		if (status_of(got) != rows[i].want || closed != (rows[i].want != 200))
			fail_msg("row %zu: %d, closed %d", i, status_of(got), closed);
	}
}

static void
served(void **state)
{
	static const struct {
		struct str raw;
		const char *want;
	} rows[] = {
		{ RAW("GET /hello HTTP/1.1\r\n" H "\r\n"), "\r\n\r\nhello\n" },
		{ RAW("\r\n\r\nGET /hello HTTP/1.1\r\n" H "\r\n"), "\r\n\r\nhello\n" },
		{ RAW("GET http://a/hello HTTP/1.1\r\n" H "\r\n"), "\r\n\r\nhello\n" },
		{ RAW("GET /hello HTTP/1.0\r\n\r\n"), "\r\n\r\nhello\n" },
		{ RAW("GET /echo HTTP/1.1\r\nhost:a\r\ncookie:  session=abc  \r\n\r\n"), "cookie abc\n" },
		{ RAW("GET /%E3%81%82?q=%41+b HTTP/1.1\r\n" H "\r\n"), "path /あ\nquery q=A b\n" },
		{ RAW("DELETE /x HTTP/1.1\r\n" H "\r\n"), "method 4\n" },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc"), "body 3\n" },
		{ RAW("POST /small HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\n0123456789"), "body 10\n" },
		{ RAW("POST /none HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc"), "body 0\nrefused 1\n" },
		{ RAW("POST /x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n"), "body 5\n" },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Type: Application/X-WWW-Form-URLencoded; charset=utf-8\r\nContent-Length: 7\r\n\r\na=1&b=2"), "form a=1\nform b=2\n" },
		{ RAW("POST /x HTTP/1.1\r\n" H "Content-Type: multipart/form-data; boundary=\"X\"\r\nContent-Length: 133\r\n\r\n"
		      "--X\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n1\r\n"
		      "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n12345\r\n--X--\r\n"),
		    "form t=1\nfile f=a.txt  5\n" },
		{ RAW("GET /bad HTTP/1.1\r\n" H "\r\n"), "HTTP/1.1 500 " },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool closed;
		struct str got = ask(*state, rows[i].raw, &closed);

		if (str_find(got, str_of(rows[i].want), 0) == SIZE_MAX)
			fail_msg("row %zu:\n%.*s", i, STR_F(got));
	}
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	bool closed;
	struct str got = ask(*state,
	    STR("GET /slow HTTP/1.1\r\n" H "\r\nGET /hello HTTP/1.1\r\n" H "\r\n"
		"POST /x HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" H
		"Connection: close\r\n\r\n"),
	    &closed);

	assert_int_equal(count(got, STR("HTTP/1.1 200 ")), 4);
	assert_int_equal(count(got, STR("hello\n")), 2);
	assert_true(str_find(got, STR("slow\n"), 0) < str_find(got, STR("hello\n"), 0));
	assert_true(closed);
}

static void
streams_are_whole(void **state)
{
	bool closed;
	struct str got = ask(*state, STR("GET /sized HTTP/1.1\r\n" H "\r\n"), &closed);
	size_t at = str_find(got, STR("\r\n\r\n"), 0);

	assert_int_equal(got.n - at - 4, LIMIT_MIB(1));
	got = ask(*state, STR("GET /stream HTTP/1.1\r\n" H "\r\n"), &closed);
	assert_true(str_find(got, STR("Transfer-Encoding: chunked"), 0) != SIZE_MAX);
	assert_int_equal(count(got, STR("xxxxxxxxxxxxxxxx")) > 1000000, 1);
	assert_true(str_ends(got, STR("\r\n0\r\n\r\n")));
	got = ask(*state, STR("HEAD /sized HTTP/1.1\r\n" H "\r\n"), &closed);
	assert_true(str_find(got, STR("Content-Length: 1048576"), 0) != SIZE_MAX);
	assert_true(str_ends(got, STR("\r\n\r\n")));
}

/* Bytes every 100 ms: the library alone would wait for ever. */
static void
slow_headers_are_cut(void **state)
{
	int fd = open_connection();
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t began = clock_monotonic_us();
	char c;

	(void)state;
	put(fd, STR("GET /hello HTTP/1.1\r\nX: "));
	while (poll(&p, 1, 100) == 0) {
		put(fd, STR("a"));
		assert_true(clock_monotonic_us() - began < 10000000);
	}
	assert_true(recv(fd, &c, 1, 0) <= 0);
	assert_true(clock_monotonic_us() - began >= 1000000);
	(void)close(fd);
}

static void
denied_and_broken_uploads_leave_nothing(void **state)
{
	bool closed;
	struct str got = ask(*state,
	    STR("POST /x HTTP/1.1\r\n" H "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 160\r\n\r\n"
		"--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n12345\r\n"
		"--X\r\nContent-Disposition: form-data; name=\"denied\"; filename=\"a.txt\"\r\n\r\n12345\r\n--X--\r\n"),
	    &closed);

	if (status_of(got) != 403)
		fail_msg("%.*s", STR_F(got));

	/* Enough that a worker has opened the file, then the line drops. */
	int fd = open_connection();
	struct buf *b = buf_new(*state, LIMIT_MIB(1));

	buf_text(b, "POST /x HTTP/1.1\r\n" H "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 9000000\r\n\r\n"
		    "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n");
	for (size_t i = 0; i < 300000; i++)
		buf_char(b, 'x');
	put(fd, buf_view(b));
	(void)close(fd);
	for (int64_t until = clock_monotonic_us() + 5000000; clock_monotonic_us() < until;) {
		(void)poll(NULL, 0, 20); /* it goes on either way */
		got = ask(*state, STR("GET /echo HTTP/1.1\r\n" H "Connection: close\r\n\r\n"), &closed);
		if (str_find(got, STR("open 0\n"), 0) != SIZE_MAX)
			return;
	}
	fail_msg("a file stays open:\n%.*s", STR_F(got));
}

static void
who_goes_away_is_noticed(void **state)
{
	int fd = open_connection();
	bool closed;

	put(fd, STR("GET /wait HTTP/1.1\r\n" H "\r\n"));
	(void)poll(NULL, 0, 150);
	assert_true(str_find(ask(*state, STR("GET /left HTTP/1.0\r\n\r\n"), &closed), STR("left 0"), 0) != SIZE_MAX);
	(void)close(fd);
	for (int i = 0; i < 20; i++) {
		if (str_find(ask(*state, STR("GET /left HTTP/1.0\r\n\r\n"), &closed), STR("left 1"), 0) != SIZE_MAX)
			return;
		(void)poll(NULL, 0, 50);
	}
	fail_msg("not noticed");
}

static void
stopping_lets_a_request_finish(void **state)
{
	int fd = open_connection(), idle = open_connection();
	bool closed;

	put(fd, STR("GET /slow HTTP/1.1\r\n" H "\r\n"));
	put(idle, STR("GET /hello HTTP/1.1\r\n" H "\r\n"));
	assert_int_equal(status_of(take(*state, idle, &closed)), 200);
	put(fd, STR("GET /slow HTTP/1.1\r\n" H "\r\n"));
	assert_int_equal(stop(NULL), 0);
	struct str got = take(*state, fd, &closed);

	assert_true(count(got, STR("slow\n")) >= 1);
	assert_true(closed);
	(void)close(fd);
	(void)close(idle);
	assert_int_equal(start(NULL), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(malformed),
		UNIT_TEST(sizes),
		UNIT_TEST(served),
		UNIT_TEST(pipelined_requests_are_answered_in_order),
		UNIT_TEST(streams_are_whole),
		UNIT_TEST(slow_headers_are_cut),
		UNIT_TEST(denied_and_broken_uploads_leave_nothing),
		UNIT_TEST(who_goes_away_is_noticed),
		UNIT_TEST(stopping_lets_a_request_finish),
	};

	if (argc < 2) {
		(void)fputs("usage: test_server SERVER\n", stderr);
		return 1;
	}
	program = argv[1];
	return cmocka_run_group_tests(tests, start, stop);
}
