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
	bool body_refused;	 /* there was one, but http_limit_fn gave 0: not kept */
	struct str content_type; /* lower case, without parameters */
	const struct http_field *header;
	size_t headers;
	struct ip peer;	    /* after trusted proxies */
	bool tls;
	void *private_; /* the server's; NULL in tests without one */
};

/* The named value's first occurrence, or STR_NULL with p == NULL. */
struct str http_query(const struct http_request *r, const char *name);
struct str http_form(const struct http_request *r, const char *name);
struct str http_header(const struct http_request *r, const char *name);
struct str http_cookie(const struct http_request *r, const char *name);
/* Does nobody wait for the answer any more: the client has gone, or the server ends? For a
 * handler that takes long, now and then. */
bool http_unwanted(const struct http_request *r);

struct http_response {
	int status;		   /* 200… */
	const char *content_type;  /* with charset */
	struct str body;	   /* lives in the request's arena … */
	const struct http_field *header;
	size_t headers;
	/* … or a stream: called on worker threads, one at a time, until it
	 * returns 0 (the end) or a negative number (error: the connection is
	 * cut). The arena lives as long as it; ${stream_free} ends it, on the
	 * loop thread. */
	int64_t (*stream)(void *object, uint64_t offset, char *p, size_t max);
	void (*stream_free)(void *object);
	void *stream_object;
	int64_t stream_size; /* -1 unknown: chunked */
	bool close;	     /* close the connection after it */
};

/*
 * Where files of an upload go. open is asked for each file; write gets its
 * bytes in order; close ends it (${complete} false: the request broke off, or
 * the file turned out larger than LIMIT_UPLOAD_FILE: throw it away). All three
 * run on worker threads and may block; a close with ${complete} false may also
 * run on the loop thread. open may say ERR_DENIED (403: files not taken at this
 * path) or ERR_LIMIT (413); a failed write or close gives 500, ERR_LIMIT 413,
 * ERR_UNAVAILABLE 503. Results that no handler saw are handed to discard.
 */
struct http_sink {
	enum err (*open)(void *object, const struct http_request *r, struct str field, struct str name, void **ret);
	enum err (*write)(void *file, const void *p, size_t n);
	enum err (*close)(void *file, bool complete, void **ret_result);
	void (*discard)(void *object, void *result); /* may be NULL */
	void *object;
};

/* How large a body ${r} may have, before it is read. 0: none; then one that
 * comes anyway is thrown away and the handler decides (it sees body_refused).
 * Forms without files and JSON have their own limits too (base/limit.h). Runs
 * on the loop thread: no blocking. */
typedef size_t (*http_limit_fn)(void *object, const struct http_request *r);
/*
 * Will ${r} take long (a search, an export, a password's hash)? Such requests
 * have a few workers of their own, which step back for the others. Runs on the
 * loop thread: no blocking.
 */
typedef bool (*http_slow_fn)(void *object, const struct http_request *r);
/* Runs on a worker thread. ${worker}: 0…workers-1. Fills ${ret}. */
typedef void (*http_handler_fn)(void *object, int worker, struct arena *a,
    const struct http_request *r, struct http_response *ret);
/* The page for an error that the server itself answers (400, 413, 431, 503…).
 * Runs on any thread and must not block. NULL: a short plain text. */
typedef void (*http_error_fn)(void *object, struct arena *a, int status, bool json, struct http_response *ret);

struct http_config {
	const char *listen; /* "127.0.0.1:8480", "[::1]:8480", port 0 = any free */
	int header_seconds; /* 0: LIMIT_HTTP_HEADER_SECONDS */
	int workers;	    /* 1..64 */
	const char *tls_cert, *tls_key; /* PEM texts, or NULL */
	const struct ip_net *trusted_proxy; /* whose X-Forwarded-For counts */
	size_t trusted_proxies;
	struct http_sink sink;
	http_limit_fn limit;
	http_slow_fn slow; /* may be NULL: none is */
	http_handler_fn handler;
	http_error_fn error;
	void *object;
};

/*
 * Texts of ${c} are copied; callbacks and objects are used until http_stop()
 * returns. ERR_INVALID: the address or the certificate cannot be read;
 * ERR_EXISTS: something else listens there; ERR_DENIED: a port that only root
 * may open; ERR_IO: the machine refused.
 */
MUST_USE enum err http_start(const struct http_config *c, struct http_server **ret);
int http_port(const struct http_server *s);
/* Stop accepting, let what runs finish (at most ${seconds}), free. A handler
 * that runs even longer is left behind with the server's memory: then it is
 * false, all that handlers use must stay, and the process must end. */
MUST_USE bool http_stop(struct http_server *s, int seconds);

struct http_counters { /* for /metrics; since start */
	uint64_t requests, refused, busy, bytes_in, bytes_out;
	uint32_t connections, queued;
};
void http_counters(const struct http_server *s, struct http_counters *ret);

#endif
