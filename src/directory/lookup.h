/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - asking the world who is responsible for an address or a name.
 *
 * A job ("lookup.ask") asks whois servers along their referrals, RDAP servers
 * that IANA's files name, security.txt, and DNS, and keeps each answer in the
 * table lookup_answer. Pages only read that table. What may be asked depends on
 * the setting lookup.reach (off until somebody switches it on), on the PAP of
 * what is looked up, on how old the last answer is, and on how often a server
 * was asked within the hour.
 */
#ifndef DIRECTORY_LOOKUP_H
#define DIRECTORY_LOOKUP_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "directory/found.h"
#include "directory/host.h"
#include "directory/pap.h"

struct arena;
struct db;

/* One answer as it is kept. Texts are not NULL. */
struct lookup_answer {
	int64_t id;
	const char *object;   /* lookup_object() or lookup_host() */
	const char *kind;     /* whois rdap security.txt soa address bootstrap */
	const char *server;   /* host[:port]: questions are counted by it */
	const char *question; /* what was sent: the query or the URL */
	const char *state;    /* found none limited unreadable; referral: it only says whom to
			       * ask; failed: no answer, ${error} says why */
	const char *error;    /* English msgid, with ${error_value} for {value} */
	const char *error_value;
	int64_t hop;	      /* 0 the first server, 1 whom that one named, …: later is nearer */
	int64_t fetched_at, expires_at;
	const char *parsed;   /* JSON (docs/schema/lookup.md); for address {"addresses": […]} */
	struct str raw;	      /* the answer's bytes, when it is to be stored */
	int64_t raw_blob;     /* where they are; 0 none */
};

/* What registries are asked about: "ip 192.0.2.1", "network 192.0.2.0/24", "as
 * 64500", "domain example.jp"; NULL when there is nothing to ask. */
const char *lookup_object(struct arena *a, const struct host *h);
/* What the host itself is asked about: "host www.example.jp"; NULL for an
 * address. */
const char *lookup_host(struct arena *a, const struct host *h);


/*
 * Is the answer about what was asked? A server that answers with another
 * domain or a network elsewhere would send a letter to the wrong people. What
 * does not say what it is about is believed.
 */
bool lookup_about(const struct host *h, const struct found *f);

#endif
