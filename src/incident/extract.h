/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extract.h - find addresses, hashes and CVE numbers in what people write.
 *
 * Disguised forms (hxxps://login[.]example) are found as what they stand for,
 * and Japanese text may touch an address without a blank.  Reading is linear
 * in the length of the text.
 *
 * What counts as a host name when nothing but dots says so: its last label is
 * a country code or one of the general domains in extract_tld.c; a name of two
 * labels whose last is also a file suffix (main.rs, setup.sh) does not count,
 * unless it is disguised or a path or port follows.  Inside a URL or a mail
 * address every name with a dot counts.  Four numbers after "version" or
 * the like are no address.
 */
#ifndef INCIDENT_EXTRACT_H
#define INCIDENT_EXTRACT_H

#include "base/err.h"
#include "base/str.h"

struct arena;

enum extract_type {
	EXTRACT_URL,
	EXTRACT_HOST,
	EXTRACT_IPV4,
	EXTRACT_IPV6,
	EXTRACT_EMAIL,
	EXTRACT_MD5,
	EXTRACT_SHA1,
	EXTRACT_SHA256,
	EXTRACT_CVE,
	EXTRACT_ASN,
};

/* The stored name: url host ipv4 ipv6 email md5 sha1 sha256 cve asn. */
const char *extract_type_name(enum extract_type type);
/* false when it is none of them */
bool extract_type_parse(struct str s, enum extract_type *ret);

struct extract_found {
	enum extract_type type;
	struct str value; /* canonical: url_format(), lower case, "AS64500", "CVE-2024-1234" */
	size_t at, n;	  /* bytes of the original text */
};

/*
 * Each value once, in order of first appearance; a URL also gives its host or
 * address.  At most LIMIT_OBSERVABLES: the rest of the text is not looked at
 * then.  ERR_LIMIT when ${text} is over LIMIT_MAIL_TEXT.
 */
MUST_USE enum err extract_find(
    struct arena *a, struct str text, const struct extract_found **ret, size_t *ret_n);
/* The same without what belongs to the domains in ${own}, NULL-ended: hosts in
 * them, mail addresses and URLs at them. */
MUST_USE enum err extract_find_except(struct arena *a, struct str text, const char *const *own,
    const struct extract_found **ret, size_t *ret_n);

/* ${text} with every URL, host, address and mail address in it disguised for
 * reading; the rest unchanged. */
struct str extract_defang_text(struct arena *a, struct str text);

/* Is it a domain that exists for names without a scheme? ${label} in lower
 * case, ASCII. */
bool extract_tld_known(struct str label);
bool extract_tld_is_suffix(struct str label); /* also a common file suffix */

#endif
