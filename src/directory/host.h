/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - what a person pasted to find somebody responsible for.
 *
 * A URL, a host name, an address, a network, an AS number or a mail address,
 * disguised (hxxp, [.]) or not, becomes its parts: the name that DNS knows and
 * the one that people read, the registrable domain (who to ask at a registry)
 * and the public suffix above it. Pure; nothing is looked up.
 *
 * Two registrable domains are told apart, since two people may be responsible.
 * For "shop.customer.github.io" the public suffix list's private part makes
 * "customer.github.io" the site: its owner is a customer. In the registry's
 * part "github.io" is what was registered: whois and RDAP know only this one.
 */
#ifndef DIRECTORY_HOST_H
#define DIRECTORY_HOST_H

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"
#include "base/url.h"

struct arena;

enum host_kind {
	HOST_URL,	/* with scheme, path or port: ${url} is set */
	HOST_NAME,
	HOST_ADDRESS,	/* IPv4 or IPv6 alone: ${ip} */
	HOST_NETWORK,	/* 192.0.2.0/24: ${net} */
	HOST_AS,	/* AS64500: ${as_number} */
	HOST_MAIL,	/* ${local} at ${name} */
};
const char *host_kind_name(enum host_kind kind); /* "url" "host" "ip" "network" "as" "email" */

/* What a reader should be told of: bits of struct host.warnings. */
enum {
	HOST_WARN_MIXED = 1 << 0,	/* one label mixes scripts that no language mixes */
	HOST_WARN_LOOKALIKE = 1 << 1,	/* a label of foreign letters that all look Latin: ${latin} */
	HOST_WARN_CREDENTIALS = 1 << 2, /* "http://bank.example@evil.example/" */
	HOST_WARN_PORT = 1 << 3,	/* not the scheme's own port */
	HOST_WARN_NUMBER = 1 << 4,	/* an address written as http://3232235777/ */
	HOST_WARN_UNDERSCORE = 1 << 5,	/* no host name by RFC 952, but DNS and browsers take it */
	HOST_WARN_NO_SCHEME = 1 << 6,	/* a URL without http://, taken as http */
	HOST_WARN_PRIVATE = 1 << 7,	/* an address that is not globally reachable (RFC 6890) */
	HOST_WARN_UNKNOWN_TLD = 1 << 8, /* the last label is not in the public suffix list */
	HOST_WARN_BAD_IDN = 1 << 9,	/* an xn-- label that stands for no Unicode */
};
/* English msgid of the lowest bit in ${*bits}, which is cleared; NULL: none. */
const char *host_warning(unsigned *bits);

struct host {
	enum host_kind kind;
	struct url url;		   /* HOST_URL */
	struct str name;	   /* as DNS has it: lower case, xn--; "" for an address */
	struct str unicode;	   /* as people read it; the same for an ASCII name */
	struct str latin;	   /* what a lookalike resembles, or "" */
	struct str suffix, domain; /* with the private part of the list; domain may be "" */
	struct str registry_suffix, registry_domain; /* registries only */
	struct str tld;		   /* the last label */
	bool is_address;	   /* the host of a URL or mail is an address: ${ip} */
	struct ip ip;
	struct ip_net net;
	uint32_t as_number;
	struct str local;	   /* of a mail address, as written */
	unsigned warnings;
};

/* Opens the public suffix list. Called by itself at the first name; a role that
 * enters a cage without files calls it before. */
void host_init(void);

/* ERR_INVALID: none of them. ERR_LIMIT over LIMIT_URL. */
MUST_USE enum err host_parse(struct arena *a, struct str s, struct host *ret);

/* Fills name, unicode, latin, suffixes, domains, tld and warnings for a host
 * name that url_host() accepts. */
MUST_USE enum err host_name(struct arena *a, struct str s, struct host *ret);

/* Is ${name} (both as DNS has them) ${domain} or below it? */
bool host_is_within(struct str name, struct str domain);

/* "AS64500", "as 64500", "ASN64500", "64500", "AS1.10" (RFC 5396 asdot). */
MUST_USE enum err host_as_parse(struct str s, uint32_t *ret);

/* The public suffix list in use: its file, or "libpsl" for the built-in one. */
const char *host_suffix_list(void);

#endif
