/* SPDX-License-Identifier: Apache-2.0 */
/* check_http.h - what a phishing server answered (RFC 9112), read with suspicion. */
#ifndef TAKEDOWN_CHECK_HTTP_H
#define TAKEDOWN_CHECK_HTTP_H

#include "base/err.h"
#include "base/str.h"

struct arena;

struct check_http {
	int status;		 /* 100..599 */
	struct str head;	 /* status line and header, as received */
	struct str location, content_type; /* or empty */
	struct str body;	 /* as received, so far; chunks still in it */
	bool chunked;
	int64_t length;		 /* Content-Length, -1 none */
	bool whole;		 /* the body has ended */
};

/*
 * As much of an answer as ${bytes} hold; interim answers (1xx) are passed over.
 * ${eof}: no more will come. ERR_NOT_FOUND: the header has not ended yet;
 * ERR_INVALID: no HTTP answer.
 */
MUST_USE enum err check_http_parse(struct str bytes, bool eof, struct check_http *ret);
/* The body without its chunks; at most what is there. */
struct str check_http_body(struct arena *a, const struct check_http *h);
/* Where "Location: ${to}" of ${from} leads, canonical. ERR_INVALID: nowhere that
 * is http or https. */
MUST_USE enum err check_http_follow(struct arena *a, const char *from, struct str to, const char **ret);

#endif
