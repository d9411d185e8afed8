/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - the HTTP/1.1 server: libmicrohttpd behind our own request gate.
 *
 * One epoll loop accepts and reads; a request that passed the gate (no
 * duplicate or conflicting framing, token header names, no control bytes,
 * clean path) waits in a bounded queue for one of ${workers} threads, which
 * calls the handler.  Bodies: forms and JSON are collected up to their limit;
 * files of multipart bodies stream to a sink (http_sink) as they arrive.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct arena;
struct http_server;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE };

struct http_field { /* of a query, a form, or a header */
	struct str name;
	struct str value; /* decoded, valid UTF-8, NUL-free */
};

struct http_file { /* an uploaded file, already in its sink */
	struct str field;
	struct str name;       /* as sent, cleaned; no path */
	struct str media_type; /* as sent; do not trust */
	uint64_t size;
	void *sink_result;     /* what http_sink.close gave */
};

struct http_request {
	enum http_method method;
	const char *path;  /* percent-decoded, valid UTF-8, starts with "/", no "//", "." or ".." */
	struct str target; /* as it came, for logs */
	const struct http_field *query;
	size_t queries;
	const struct http_field *form; /* urlencoded or multipart text fields */
	size_t forms;
	const struct http_file *file;
	size_t files;
	struct str body;	 /* any other body (JSON, message/rfc822) */
	struct str content_type; /* lower case, without parameters */
	const struct http_field *header;
	size_t headers;
	struct ip peer;	    /* after trusted proxies */
	bool tls;
	void *private_;
};

/* The named value's first occurrence, or STR_NULL with p == NULL. */
struct str http_query(const struct http_request *r, const char *name);
struct str http_form(const struct http_request *r, const char *name);
struct str http_header(const struct http_request *r, const char *name);
struct str http_cookie(const struct http_request *r, const char *name);

struct http_response {
	int status;		   /* 200… */
	const char *content_type;  /* with charset */
	struct str body;	   /* lives in the request's arena … */
	const struct http_field *header;
	size_t headers;
	/* … or a stream: called until it returns 0 or negative (error). Lives
	 * longer than the arena; ${free} ends it. */
	int64_t (*stream)(void *object, uint64_t offset, char *p, size_t max);
	void (*stream_free)(void *object);
	void *stream_object;
	int64_t stream_size; /* -1 unknown: chunked */
	bool close;	     /* close the connection after it */
};

/*
 * Where files of an upload go. open is asked (on the loop thread: it must not
 * block on a database) for each file; write gets its bytes in order; close ends
 * it (${complete} false: the request broke off, throw it away). open may say
 * ERR_DENIED (files not taken at this path) or ERR_LIMIT.
 */
struct http_sink {
	enum err (*open)(void *object, const struct http_request *r, struct str field, struct str name, void **ret);
	enum err (*write)(void *file, const void *p, size_t n);
	enum err (*close)(void *file, bool complete, void **ret_result);
	void *object;
};

/* How large a body ${r} may have, before it is read: 0 refuses a body (405 or
 * 413 by the answer's status). Runs on the loop thread: no blocking. */
typedef size_t (*http_limit_fn)(void *object, const struct http_request *r);
/* Runs on a worker thread. ${worker}: 0…workers-1. Fills ${ret}. */
typedef void (*http_handler_fn)(void *object, int worker, struct arena *a,
    const struct http_request *r, struct http_response *ret);
/* The page for an error that the server itself answers (400, 413, 431, 503…). */
typedef void (*http_error_fn)(void *object, struct arena *a, int status, bool json, struct http_response *ret);

struct http_config {
	const char *listen; /* "127.0.0.1:8480", "[::1]:8480", port 0 = any free */
	int workers;	    /* 1..64 */
	const char *tls_cert, *tls_key; /* PEM texts, or NULL */
	const struct ip_net *trusted_proxy; /* whose X-Forwarded-For counts */
	size_t trusted_proxies;
	struct http_sink sink;
	http_limit_fn limit;
	http_handler_fn handler;
	http_error_fn error;
	void *object;
};

MUST_USE enum err http_start(const struct http_config *c, struct http_server **ret);
int http_port(const struct http_server *s);
/* Stop accepting, let what runs finish (at most ${seconds}), free. */
void http_stop(struct http_server *s, int seconds);

struct http_counters { /* for /metrics; since start */
	uint64_t requests, refused, busy, bytes_in, bytes_out;
	uint32_t connections, queued;
};
void http_counters(const struct http_server *s, struct http_counters *ret);

#endif
