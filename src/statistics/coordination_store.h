/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coordination_store.h - what became of incidents and of requests.
 *
 * Counts only: incidents of restricted access count and show nothing else.
 */
#ifndef STATISTICS_COORDINATION_STORE_H
#define STATISTICS_COORDINATION_STORE_H

#include "base/err.h"
#include "statistics/phishing.h"

struct arena;
struct db;

/* Incidents of one category, by the day they were opened. */
enum coordination_end { /* of those in which nobody was asked */
	COORDINATION_OPEN, COORDINATION_NO_ACTION, COORDINATION_OUT_OF_SCOPE, COORDINATION_FALSE, COORDINATION_DUPLICATE,
	COORDINATION_ENDED, COORDINATION_ENDS,
};
struct coordination_flow {
	const char *category; /* NULL: all of them */
	int64_t incidents, notified;
	int64_t to[PHISHING_ORIGINS];	   /* where the first request went: own country, abroad, unknown */
	int64_t end[COORDINATION_ENDS];	   /* of those not notified */
	int64_t waiting;		   /* notified and not closed */
	struct phishing_times settled;	   /* from the first request to the close */
	int64_t first_ms, first_p90_ms;	   /* from the report (else the opening) to the first request; -1 */
};
/* Requests to act, by the day they were sent. */
struct coordination_asked {
	const char *key;	  /* of the contact "contact/12", else the address or name; a country; a route */
	const char *name, *email; /* who: the organisation or country code; the address */
	const char *cc;
	int64_t contact_id;	  /* 0 none in the directory */
	int64_t asked, answered, reminders;
	int64_t median_ms, p90_ms; /* to the first answer; -1 none */
};
struct coordination {
	struct coordination_flow *flow; /* the first is all, then most first */
	size_t flows;
	struct coordination_asked *contact, *country, *route; /* most first */
	size_t contacts, countries, routes;
};

struct coordination_ask {
	int64_t from, until; /* times */
	const char *country; /* our own */
};
MUST_USE enum err coordination_load(struct db *db, struct arena *a, const struct coordination_ask *q, struct coordination *ret);
/* The directory's name, address and country of a contact. */
MUST_USE enum err coordination_name(struct db *db, struct arena *a, struct coordination_asked *c);

#endif
