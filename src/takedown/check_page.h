/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_page.h - what a phishing page is: title, forms, hash. Runs in the parse
 * role; the bytes are an attacker's.
 */
#ifndef TAKEDOWN_CHECK_PAGE_H
#define TAKEDOWN_CHECK_PAGE_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;
struct ipc;

#define CHECK_PAGE_FORMS 20

struct check_page {
	const char *title;   /* at most 300 characters; "" none */
	const char *targets; /* where forms send, as written, one a line; "" none */
	const char *hash;    /* BLAKE2b-256 of the normalised page, hex; "" for an empty one */
	const char *mark;    /* the mark of a parked or suspended page in it, or NULL */
};
/*
 * The hash is the same for the same page with other spaces, comments, script
 * contents, and values of value=, nonce= and integrity=. ${marks}: one a line,
 * beside the built-in ones.
 */
void check_page_read(struct arena *a, struct str content_type, struct str body, struct str marks, struct check_page *ret);

/* The row "page" of parsers.c, and the other side of it. */
MUST_USE enum err check_page_parser(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);
MUST_USE enum err check_page_ask(struct ipc *parse, struct arena *a, struct str content_type, struct str body, struct str marks,
    struct check_page *ret);

#endif
