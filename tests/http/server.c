/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - the HTTP server alone, with a handler that says what it got.
 *
 *   httpd [PORT [WORKERS [HEADER_SECONDS]]]
 *
 * Prints its port and ends on SIGTERM. For tests and measuring:
 *   /hello      a short text      /page   31 kB of text
 *   /slow       after 100 ms      /bad    a header that cannot be sent
 *   /stream     1 MiB in chunks   /sized  the same with its length
 *   /wait       until nobody waits for it, 5 s at most; /left says how often nobody did
 *   /none       takes no body     /small  takes 10 bytes
 * and anything else tells method, path, query, form, files.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "http/http.h"

static char page[31045];
static _Atomic int open_files, unwanted;

static enum err
file_open(void *object, const struct http_request *r, struct str field, struct str name, void **ret)
{
	(void)object;
	(void)name;
	(void)r;
	if (str_is(field, "denied"))
		return ERR_DENIED;

	uint64_t *size = calloc(1, sizeof(*size));

	if (size == NULL)
		return ERR_IO;
	open_files++;
	*ret = size;
	return OK;
}

static enum err
file_write(void *file, const void *p, size_t n)
{
	(void)p;
	*(uint64_t *)file += n;
	return OK;
}

static void
file_discard(void *object, void *result)
{
	(void)object;
	free(result);
	open_files--;
}

static enum err
file_close(void *file, bool complete, void **ret)
{
	if (complete)
		*ret = file;
	else
		file_discard(NULL, file);
	return OK;
}

static size_t
limit(void *object, const struct http_request *r)
{
	(void)object;
	if (str_is(str_of(r->path), "/none"))
		return 0;
	return str_is(str_of(r->path), "/small") ? 10 : LIMIT_UPLOAD_FILE + LIMIT_MIB(1);
}

static int64_t
stream(void *object, uint64_t offset, char *p, size_t max)
{
	uint64_t left = LIMIT_MIB(1) - offset;

	(void)object;
	if (left < max)
		max = left;
	memset(p, 'x', max);
	return (int64_t)max;
}

static void
fields(struct buf *b, const char *what, const struct http_field *field, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s %.*s=%.*s\n", what, STR_F(field[i].name), STR_F(field[i].value));
}

static void
echo(struct arena *a, const struct http_request *r, struct http_response *ret)
{
	struct buf *b = buf_new(a, LIMIT_MIB(4));

	buf_printf(b, "method %d\npath %s\n", (int)r->method, r->path);
	fields(b, "query", r->query, r->queries);
	fields(b, "form", r->form, r->forms);
	for (size_t i = 0; i < r->files; i++) {
		buf_printf(b, "file %.*s=%.*s %.*s %llu\n", STR_F(r->file[i].field),
		    STR_F(r->file[i].name), STR_F(r->file[i].media_type),
		    (unsigned long long)r->file[i].size);
		file_discard(NULL, r->file[i].sink_result);
	}
	buf_printf(b, "body %zu\nrefused %d\ncookie %.*s\nopen %d\n", r->body.n,
	    (int)r->body_refused, STR_F(http_cookie(r, "session")), (int)open_files);
	ret->body = buf_view(b);
}

static void
handle(void *object, int worker, struct arena *a, const struct http_request *r,
    struct http_response *ret)
{
	static const struct http_field bad[] = { { STR("X-Bad"), STR("a\r\nSet-Cookie: b") } };
	const struct timespec wait = { .tv_nsec = 100000000 };
	struct str path = str_of(r->path);

	(void)object;
	(void)worker;
	ret->status = 200;
	ret->content_type = "text/plain; charset=utf-8";
	if (str_is(path, "/hello")) {
		ret->body = STR("hello\n");
	} else if (str_is(path, "/page")) {
		ret->body = (struct str){ page, sizeof(page) };
	} else if (str_is(path, "/slow")) {
		(void)nanosleep(&wait, NULL); /* shorter is no harm */
		ret->body = STR("slow\n");
	} else if (str_is(path, "/wait")) {
		bool gone = false;

		for (int i = 0; i < 50 && !gone; i++) {
			gone = http_unwanted(r);
			(void)nanosleep(&wait, NULL);
		}
		unwanted += gone;
	} else if (str_is(path, "/left")) {
		struct buf *b = buf_new(a, 20);

		buf_printf(b, "left %d\n", (int)unwanted);
		ret->body = buf_view(b);
	} else if (str_is(path, "/stream") || str_is(path, "/sized")) {
		ret->stream = stream;
		ret->stream_size = str_is(path, "/stream") ? -1 : (int64_t)LIMIT_MIB(1);
	} else if (str_is(path, "/bad")) {
		ret->header = bad;
		ret->headers = 1;
	} else {
		echo(a, r, ret);
	}
}

int
main(int argc, char **argv)
{
	struct http_config c = {
		.workers = 16,
		.sink = { file_open, file_write, file_close, file_discard, NULL },
		.limit = limit,
		.handler = handle,
	};
	struct http_server *s = NULL;
	char listen[64] = "127.0.0.1:0";
	int64_t number;
	sigset_t end;
	int got;

	memset(page, 'p', sizeof(page));
	if (argc > 1)
		(void)snprintf(listen, sizeof(listen), "127.0.0.1:%s", argv[1]); /* start checks it */
	if (argc > 2 && str_int(str_of(argv[2]), 1, 64, &number))
		c.workers = (int)number;
	if (argc > 3 && str_int(str_of(argv[3]), 1, 60, &number))
		c.header_seconds = (int)number;
	c.listen = listen;
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)sigaddset(&end, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &end, NULL);
	if (http_start(&c, &s) != OK) {
		(void)fputs("cannot start\n", stderr); /* nothing else can be done */
		return 1;
	}
	(void)printf("%d\n", http_port(s)); /* whoever reads it sees it missing */
	(void)fflush(stdout);
	(void)sigwait(&end, &got);
	(void)!http_stop(s, 5); /* it ends anyway */
	return open_files == 0 ? 0 : 1;
}
