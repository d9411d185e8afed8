/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_header.h - header lines (RFC 5322) and what stands in them.
 *
 * Own code rather than the MIME library's, because that loses Windows-31J
 * characters, characters split over two encoded words, raw ISO-2022-JP, and
 * everything after a NUL byte.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "mail/mail.h"

struct mail_header {
	struct str name;
	struct str value; /* as received, folded */
	size_t line;	  /* counted from 1, for messages to people */
};

struct mail_headers {
	struct mail_header *item;
	size_t n;
	size_t body;	/* where the body begins */
	size_t strange; /* lines that are neither header nor continuation */
	bool too_many;	/* only the first LIMIT_MAIL_HEADERS are here */
};

/* The header block at the front of ${raw}. */
void mail_headers_parse(struct arena *a, struct str raw, struct mail_headers *ret);
/* The first ${name}, or the empty text. */
struct str mail_headers_find(const struct mail_headers *h, const char *name);
size_t mail_headers_count(const struct mail_headers *h, const char *name);

/* Unstructured text: unfolded, RFC 2047 words decoded, clean, one line, at
 * most LIMIT_MAIL_HEADER bytes. */
const char *mail_header_text(struct arena *a, struct str value);

/* RFC 5322 3.4, groups and obsolete forms included; never fails: what is not
 * an address is left out and *ret_left_out (may be NULL) counts it. */
void mail_header_addresses(
    struct arena *a, struct str value, struct mail_addresses *ret, size_t *ret_left_out);

/* Every <id> in ${value}, without the brackets. */
void mail_header_ids(struct arena *a, struct str value, struct mail_texts *ret);

/* "text/plain" in lower case from a Content-Type; "" when there is none. */
const char *mail_header_token(struct arena *a, struct str value);

/* A parameter of Content-Type or Content-Disposition: RFC 2045, RFC 2231, and
 * the RFC 2047 words that many mailers put there. NULL when absent. */
const char *mail_header_param(struct arena *a, struct str value, const char *name);

/* RFC 5322 3.3 and what is met in its place; 0 when unreadable. */
int64_t mail_header_date(struct str value);

void mail_header_hop(struct arena *a, struct str value, struct mail_hop *ret);

/* Adds the results in an Authentication-Results or Received-SPF value. */
void mail_header_checks(struct arena *a, struct str value, bool is_spf, struct mail_checks *all);

/* Without comments (RFC 5322 3.2.2), unfolded. */
struct str mail_header_bare(struct arena *a, struct str value);

#endif
