/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search_store.h - one search over reports, incidents and letters.
 *
 * A number leads to its record. An address, URL, hash or CVE number, disguised
 * or not, is looked up among what was found in texts. All else are words.
 */
#ifndef INCIDENT_SEARCH_STORE_H
#define INCIDENT_SEARCH_STORE_H

#include "auth/auth.h"
#include "base/err.h"
#include "base/str.h"

struct arena;
struct db;

enum search_kind { SEARCH_REPORT, SEARCH_INCIDENT, SEARCH_LETTER };

struct search_hit {
	enum search_kind kind;
	int64_t id;	   /* of the report, the incident, the message */
	const char *ref;   /* of the record it leads to */
	const char *title, *state;
	int64_t at;
	bool of_incident;  /* a letter: ref is an incident's */
};
struct search_result {
	struct search_hit *hit;
	size_t n;
	int64_t total;
	bool estimate;
	bool exact; /* it was a number or an indicator, not words */
};

/*
 * Newest first; what ${user} may not see is not counted. ${offset} at most
 * SEARCH_DEEP. Nothing searchable in ${q}: nothing found.
 */
#define SEARCH_DEEP 2000
MUST_USE enum err search_find(struct db *db, struct arena *a, const struct user *user, const char *q,
    int64_t offset, size_t limit, int64_t exact_to, struct search_result *ret);

#endif
