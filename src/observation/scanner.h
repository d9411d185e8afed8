/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner.h - lists of those who scan openly, for research: their networks and whose they
 * are.  Read from MISP warning lists (JSON with "name" and "list") and from plain lists
 * (a network or address a line, "#" begins a comment).
 */
#ifndef OBSERVATION_SCANNER_H
#define OBSERVATION_SCANNER_H

#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"

struct arena;
struct prefix_table;

#define SCANNER_NAME 100   /* characters */
#define SCANNER_NETS 50000 /* of one list */

struct scanner_list {
	const char *name; /* the list's own, or ""*/
	struct ip_net *net;
	size_t n;
	size_t bad; /* entries that are no network: names of hosts, mostly */
};
/* ERR_INVALID: neither form, or no network in it; ERR_LIMIT: more than SCANNER_NETS. */
MUST_USE enum err scanner_parse(struct arena *a, struct str bytes, struct scanner_list *ret);
/* One a line, as scanner_parse() reads them. */
const char *scanner_format(struct arena *a, const struct scanner_list *l);

/* Which of the lists an address is in. */
struct scanners {
	const char **name;
	size_t n;
	struct prefix_table *table; /* NULL: no list */
};
void scanner_set_done(struct scanners *s);
/* NULL: in none. */
const char *scanner_set_find(const struct scanners *s, const struct ip *ip);

#endif
