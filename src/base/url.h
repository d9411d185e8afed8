/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.h - URLs and host names, canonical, fanged and defanged.
 *
 * Stored canonical, shown defanged (hxxps://login[.]example/), never a link.
 */
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/err.h"
#include "base/str.h"

struct arena;

struct url {
	struct str scheme;   /* lower case */
	struct str user;     /* user[:password], may be empty */
	struct str host;     /* lower case; IDN as A-label; IPv6 without [] */
	uint32_t port;	     /* 0 when the scheme's own */
	struct str path;     /* "/" at least, percent-encoded as it came */
	struct str query;    /* without "?", may be empty */
	struct str fragment; /* without "#", may be empty */
};

/* Parses http, https and ftp URLs (WHATWG-lenient about what browsers take).
 * ERR_INVALID with no host; ERR_LIMIT over LIMIT_URL. */
MUST_USE enum err url_parse(struct arena *a, struct str s, struct url *ret);
const char *url_format(struct arena *a, const struct url *u);
/*
 * The disguise that begins at ${at} of ${s}: its length in bytes, with what
 * it stands for in ${*ret}; 0 when none begins there.
 */
size_t url_refang_at(struct str s, size_t at, const char **ret);
/* Undo hxxp, [.], (.), {.}, [dot], [:], [at], [@], fullwidth dots. */
struct str url_refang(struct arena *a, struct str s);
/* "hxxps://login[.]example/": for people; works on hosts, mails, IPs too. */
const char *url_defang(struct arena *a, struct str s);
/* A host name: letters, digits, hyphens, dots; IDN becomes xn--; lower case.
 * ERR_INVALID otherwise. */
MUST_USE enum err url_host(struct arena *a, struct str s, struct str *ret);

#endif
