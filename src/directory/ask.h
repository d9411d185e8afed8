/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - one question to another server: whois, HTTP, DNS.
 *
 * For the work role only. Whom it may reach is decided by the address that is
 * connected to, after names were resolved, so that neither a name nor a
 * redirect leads elsewhere. Bytes come back as they are; they are opened in the
 * parse role. Nothing here knows the database.
 */
#ifndef DIRECTORY_ASK_H
#define DIRECTORY_ASK_H

#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct arena;

enum ask_reach {
	ASK_NOTHING,	/* no question leaves this program */
	ASK_LOOPBACK,	/* only this machine: tests, exercises, the demonstration */
	ASK_INTERNET,	/* globally reachable addresses only: never our own network */
};

struct ask {
	enum ask_reach reach;
	int seconds;		/* for one question from its beginning to its end */
	const char *resolver;	/* "192.0.2.53:53"; "" the system's */
	const char *ca_file;	/* PEM, or NULL for the system's */
};

struct ask_answer {
	struct str bytes;	/* in the arena */
	const char *server;	/* who answered: host[:port] or URL */
	bool is_cut;		/* there was more than we take */
	const char *fault;	/* English msgid when the question failed, else NULL */
	const char *value;	/* for {value} in it, never NULL */
};

/*
 * RFC 3912: ${query} without CR LF to ${server} "host" or "host:port"; at most
 * ${max} bytes of the answer. ERR_DENIED: may not be reached; ERR_TIMEOUT: not
 * whole in time, however slowly it drips (what came until then is in
 * ${ret->bytes}); ERR_UNAVAILABLE: no connection.
 */
MUST_USE enum err ask_whois(struct arena *a, const struct ask *ask, const char *server,
    const char *query, size_t max, struct ask_answer *ret);

/*
 * GET ${url} (http or https), at most three redirects, never from https to
 * http. ERR_NOT_FOUND for 404 and 410, ERR_LIMIT when larger than ${max} (read
 * no further) or for 429, ERR_INVALID for another status, else as above.
 * ${accept}: a media type.
 */
MUST_USE enum err ask_http(struct arena *a, const struct ask *ask, const char *url,
    const char *accept, size_t max, struct ask_answer *ret);

#define ASK_ADDRESSES 16
struct ask_names {
	struct ip address[ASK_ADDRESSES];
	size_t n;
	const char *fault, *value; /* as above */
};
/* A and AAAA. An address is its own. ERR_NOT_FOUND: no such name or none of it. */
MUST_USE enum err ask_addresses(struct arena *a, const struct ask *ask, const char *name, struct ask_names *ret);
/* The mailbox of the zone ${name}, as DNS writes it: "hostmaster.example.jp". */
MUST_USE enum err ask_soa(struct arena *a, const struct ask *ask, const char *name,
    const char **ret_rname, struct ask_names *ret_fault);

/* May a connection go there? */
bool ask_may_reach(enum ask_reach reach, const struct ip *ip);

#endif
