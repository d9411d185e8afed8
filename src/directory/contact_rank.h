/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact_rank.h - who to write to first, and why.
 *
 * Every source that knows somebody gives a candidate; one address is one
 * candidate, however many know it. The order is a sum of points, and each
 * addend is a reason that the page shows, so that a person can disagree with it
 * and pick another. Pure.
 */
#ifndef DIRECTORY_CONTACT_RANK_H
#define DIRECTORY_CONTACT_RANK_H

#include <stdint.h>

#include "base/err.h"
#include "directory/found.h"

struct arena;

/* Nearer ones first: who answers for it because we agreed so, down to who
 * happens to run the zone. */
enum contact_source {
	CONTACT_CONSTITUENCY,	/* a member: its range, AS or domain */
	CONTACT_DIRECTORY,	/* an organisation of our own directory */
	CONTACT_NATIONAL,	/* the national CSIRT of the country */
	CONTACT_RDAP,
	CONTACT_WHOIS,
	CONTACT_SECURITY_TXT,
	CONTACT_ZONE,		/* SOA */
	CONTACT_SOURCES
};
const char *contact_source_name(enum contact_source source); /* "constituency" … */

struct contact_reason {
	const char *message; /* English msgid; {value} stands for: */
	const char *value;
	int points;	     /* what it added */
};
#define CONTACT_REASONS 16

struct contact_candidate {
	/* given */
	const char *email;
	const char *name, *organisation, *country, *languages; /* may be NULL */
	const char *from;	    /* the field or record it comes from; may be NULL */
	enum contact_source source;
	enum found_role role;
	int64_t known_at;	    /* when the source was asked or last confirmed it; 0 unknown */
	bool for_purpose;	    /* the directory has it for just this kind of incident */
	int64_t sent, answered;	    /* mails to it before, and how many were answered */
	int64_t answer_minutes;	    /* their median; 0 unknown */
	int64_t bounced_at, answered_at; /* last time, 0 never */
	int64_t id;		    /* the caller's, of the contact in the directory; 0 none */
	bool chosen;		    /* a person chose it for this object before */
	bool rejected;		    /* a person said that it is the wrong one */

	/* filled by contact_rank() */
	int points;
	unsigned sources;	    /* bits 1 << enum contact_source: who else knows it */
	struct contact_reason reason[CONTACT_REASONS];
	size_t reasons;
};

struct contact_question {
	int64_t now;
	const char *languages; /* that we write in, "ja,en"; may be NULL */
};

/* Merges equal addresses, fills in points and reasons, sorts best first;
 * ${*n} becomes what is left. The same list in another order gives the same. */
void contact_rank(struct arena *a, const struct contact_question *q,
    struct contact_candidate *list, size_t *n);

/* The candidates in an answer, known at ${at}: those with a mail address and not
 * for billing. ${*ret} is in ${a}. */
size_t contact_rank_found(struct arena *a, const struct found *f, int64_t at,
    struct contact_candidate **ret);

#endif
