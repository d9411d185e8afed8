/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geo.h - the country and the autonomous system of an address, offline.
 *
 * Read from what Debian's packages install and from a file of the operator's
 * own; what a file says of an address counts in this order:
 *	own		CSV: network or first-last, country, AS number, AS name
 *	country_v4/_v6	tor-geoipdb: country only, the newest there is
 *	location	libloc-database: country, AS number and name, anycast
 * Both packages carry data of the IPFire Location Database, CC BY-SA 4.0: show
 * geo_attribution() wherever the answers are shown. None of it is in our tree.
 */
#ifndef DIRECTORY_GEO_H
#define DIRECTORY_GEO_H

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct geo;

struct geo_files { /* paths; NULL or "" for none */
	const char *own, *country_v4, *country_v6, *location;
};
extern const struct geo_files geo_files_debian;

enum geo_part { GEO_OWN, GEO_COUNTRY_V4, GEO_COUNTRY_V6, GEO_LOCATION, GEO_PARTS };
struct geo_source {
	const char *path;    /* "" when none was asked for */
	enum err state;	     /* OK, ERR_NOT_FOUND, ERR_INVALID, … */
	const char *fault;   /* English msgid what is wrong and what now; NULL when OK */
	int64_t line;	     /* of the fault, 0 for none; for own: of the first bad row */
	int64_t rows, bad;   /* networks or ranges taken; rows passed over */
	int64_t made_at;     /* when the data were made, UTC ms; 0 when it does not say */
	const char *licence; /* "CC BY-SA 4.0" */
	const char *vendor;  /* "IPFire Location Database" */
};

enum { GEO_ANYCAST = 1, GEO_HOSTILE = 2, GEO_PROXY = 4, GEO_SATELLITE = 8 };
struct geo_answer {
	char country[3];      /* ISO 3166 alpha-2; "" unknown */
	uint32_t as_number;   /* 0 unknown */
	const char *as_name;  /* "" unknown; lives as long as the struct geo */
	unsigned flags;
};

/* Reads what is there; each source tells how it went. Never fails: with no file
 * at all every answer is empty and geo_missing() says what to install. */
struct geo *geo_load(const struct geo_files *files);
void geo_free(struct geo *g);
AUTO_DEFINE(geo)

void geo_find(const struct geo *g, const struct ip *ip, struct geo_answer *ret);
/* The name of an AS, "" when unknown. */
const char *geo_as_name(const struct geo *g, uint32_t as_number);

const struct geo_source *geo_source(const struct geo *g, enum geo_part part);
/* NULL, or an English msgid: what cannot be answered and which package has it. */
const char *geo_missing(const struct geo *g);
/* "IPFire Location Database, CC BY-SA 4.0, 2026-06-25"; "" with no data. */
const char *geo_attribution(const struct geo *g);

/*
 * One table for all threads, replaced while it is used: who took one keeps it
 * until it gives it back. geo_take() looks whether a file changed, at most once
 * a minute by ${now} (UTC ms), and reads them anew; others use the old one meanwhile.
 */
struct geo_holder;
/* The one of this process: Debian's files, and the operator's own if it is there.
 * Never freed. */
struct geo_holder *geo_holder_here(void);
/* Where the operator's own file may be, told before anything is asked. */
void geo_holder_own(const char *path);
struct geo_holder *geo_holder_new(const struct geo_files *files); /* reads at first use */
void geo_holder_free(struct geo_holder *h);
AUTO_DEFINE(geo_holder)
const struct geo *geo_take(struct geo_holder *h, int64_t now);
void geo_give(struct geo_holder *h, const struct geo *g);

#endif
