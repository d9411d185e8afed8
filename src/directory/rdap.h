/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rdap.h - the Registration Data Access Protocol: what to ask (RFC 9082), whom
 * (RFC 9224) and what the answer says (RFC 9083, jCard of RFC 7095).
 *
 * Answers are taken as they are: a member of the wrong type is a fault that
 * names it, and everything else of the answer still counts.
 */
#ifndef DIRECTORY_RDAP_H
#define DIRECTORY_RDAP_H

#include "base/err.h"
#include "base/str.h"
#include "directory/found.h"
#include "directory/host.h"

struct arena;
struct buf;
struct ipc;

/*
 * The path below a server's base URL: "ip/192.0.2.1", "ip/2001:db8::/32",
 * "autnum/64500", "domain/example.jp" (the name that a registry knows).
 * ERR_INVALID: nothing to ask about this (a name that is itself a suffix).
 */
MUST_USE enum err rdap_path(struct arena *a, const struct host *h, const char **ret);
/* Which bootstrap file of IANA answers for it: "ipv4.json", "ipv6.json",
 * "asn.json", "dns.json". */
const char *rdap_bootstrap_file(const struct host *h);
/*
 * The base URL for ${h} in such a file, https before http, with "/" at its end.
 * The longest match counts. ERR_NOT_FOUND: nobody; ERR_INVALID: no bootstrap file.
 */
MUST_USE enum err rdap_bootstrap(struct arena *a, struct str json, const struct host *h, const char **ret);

/* Never fails; over LIMIT_RDAP nothing is read. */
void rdap_parse(struct arena *a, struct str json, struct found *ret);

/* The parser rows: "rdap" gives JSON of found_json(); "rdap-bootstrap" takes a
 * u32-counted question as host_parse() reads it, then the file, and gives the URL. */
MUST_USE enum err rdap_parse_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);
MUST_USE enum err rdap_bootstrap_row(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);

#endif
