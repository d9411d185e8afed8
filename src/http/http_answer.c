/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: from what a handler gave to what the library sends. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "http/http_priv.h"

static ssize_t
read_stream(void *object, uint64_t at, char *p, size_t max)
{
	struct request *r = object;
	struct str left = str_skip(buf_view(&r->stream.bytes), r->stream.at);

	(void)at; /* in order, so ${stream.at} says it */
	if (left.n > 0) {
		size_t n = left.n < max ? left.n : max;

		memcpy(p, left.p, n);
		r->stream.at += n;
		return (ssize_t)n;
	}
	if (r->stream.broken)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (r->stream.ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	/* Nothing to send until a worker has read more. */
	(void)server_hand_over(r, true); /* never refused */
	return 0;
}

void
answer_stream(struct request *r)
{
	struct buf *b = &r->stream.bytes;

	if (b->p == NULL) {
		char *room = calloc(1, STREAM_CHUNK);

		if (room == NULL)
			abort(); /* as in the arena: the parent restarts us */
		*b = (struct buf){ .p = room, .size = STREAM_CHUNK, .max = STREAM_CHUNK };
	}

	int64_t n = r->response.stream(
	    r->response.stream_object, r->stream.offset, b->p, STREAM_CHUNK);

	r->stream.at = 0;
	b->n = n > 0 ? (size_t)n : 0;
	r->stream.offset += b->n;
	r->stream.ended = n == 0;
	r->stream.broken = n < 0 || n > (int64_t)STREAM_CHUNK;
}

static bool
add(struct MHD_Response *m, const struct request *r, struct str name, struct str value)
{
	return MHD_add_response_header(m, arena_cstr(r->a, name), arena_cstr(r->a, value)) == MHD_YES;
}

static bool
add_headers(struct MHD_Response *m, struct request *r, const struct http_response *from)
{
	bool good = true;

	if (from->content_type != NULL)
		good = add(m, r, STR("Content-Type"), str_of(from->content_type));
	for (size_t i = 0; good && i < from->headers; i++)
		good = add(m, r, from->header[i].name, from->header[i].value);
	/* The library adds "Connection: close" where the request demands it. */
	if (good && (r->close || from->close))
		good = add(m, r, STR("Connection"), STR("close"));
	return good;
}

static void
plain(struct request *r, int status, struct http_response *ret)
{
	*ret = (struct http_response){
		.status = status,
		.content_type = "text/plain; charset=utf-8",
		.body = str_of(arena_printf(r->a, "%d\n", status)),
		.close = r->close,
	};
}

void
answer_make(struct request *r, const struct http_response *response)
{
	struct MHD_Response *m = NULL;

	if (response->stream != NULL) {
		r->response = *response;
		answer_stream(r);
		m = MHD_create_response_from_callback(
		    response->stream_size < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)response->stream_size,
		    STREAM_CHUNK, read_stream, r, NULL);
	} else {
		/* The arena outlives the answer: on_completed releases it. */
		m = MHD_create_response_from_buffer(response->body.n,
		    (void *)(uintptr_t)response->body.p, MHD_RESPMEM_PERSISTENT);
	}
	if (m == NULL)
		abort(); /* no memory: the parent restarts us */
	if (response->status < 200 || response->status > 599 || !add_headers(m, r, response)) {
		struct http_response instead;

		/* A header that cannot be sent, for example with a line break. */
		MHD_destroy_response(m);
		plain(r, 500, &instead);
		m = MHD_create_response_from_buffer(instead.body.n,
		    (void *)(uintptr_t)instead.body.p, MHD_RESPMEM_PERSISTENT);
		if (m == NULL || !add_headers(m, r, &instead))
			abort();
		r->status = 500;
	} else {
		r->status = response->status;
	}
	r->answer = m;
	r->size = response->stream != NULL ? response->stream_size : (int64_t)response->body.n;
	atomic_fetch_add(&r->server->bytes_out, response->body.n);
}

static bool
wants_json(const struct request *r)
{
	struct str accept = http_header(&r->pub, "accept");

	return str_find_case(accept, STR("application/json"), 0) != SIZE_MAX &&
	    str_find_case(accept, STR("text/html"), 0) == SIZE_MAX;
}

void
answer_error(struct request *r, int status)
{
	struct http_response response = { 0 };
	const struct http_config *c = &r->server->c;

	if (c->error != NULL)
		c->error(c->object, r->a, status, wants_json(r), &response);
	if (response.status == 0 || response.stream != NULL)
		plain(r, status, &response);
	if (status == 503) {
		struct http_field *header =
		    arena_many(r->a, struct http_field, response.headers + 1);

		if (response.headers > 0)
			memcpy(header, response.header, response.headers * sizeof(*header));
		header[response.headers] = (struct http_field){ STR("Retry-After"), STR("2") };
		response.header = header;
		response.headers++;
	}
	answer_make(r, &response);
}

void
answer_free(struct request *r)
{
	buf_done(&r->stream.bytes);
	if (r->response.stream_free != NULL)
		r->response.stream_free(r->response.stream_object);
}
