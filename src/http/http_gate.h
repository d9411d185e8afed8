/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_gate.h - which requests get in at all (RFC 9110, RFC 9112).
 *
 * The library below is lenient where request smuggling begins; the gate is
 * not. It sees a request's head as plain texts and answers with a status.
 */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "http/http.h"

struct http_head {
	struct str method;
	struct str target;  /* as it came */
	struct str version; /* "HTTP/1.1" */
	const struct http_field *field; /* in order; values still untrimmed */
	size_t fields;
	size_t size; /* bytes of the whole head */
};

struct http_gate {
	enum http_method method;
	const char *path; /* decoded, in the arena */
	struct str query; /* without "?", still encoded */
	bool chunked;
	uint64_t length; /* declared size of the body */
	bool expects;	 /* "Expect: 100-continue" */
};

/*
 * 0 when ${head} may come in; else the status to refuse it with before closing
 * the connection: 400, 414, 417, 431, 501 or 505.
 */
int http_gate(struct arena *a, const struct http_head *head, struct http_gate *ret);

/* "/a/%E3%81%82" decoded and checked: valid UTF-8, no control bytes, no "%2F",
 * no empty segment but the last, no "." or "..". ERR_INVALID otherwise. */
MUST_USE enum err http_path_decode(struct arena *a, struct str raw, const char **ret);

#endif
