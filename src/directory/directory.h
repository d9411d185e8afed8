/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory.h - whom we know: organisations, how to reach them, what each is
 * responsible for, and how they stand to one another and to us.
 *
 * An organisation may be a member of our constituency (then its scopes are the
 * constituency), a peer, a provider, an authority, a brand owner or a community
 * that others are members of. A contact is a way to reach it.
 */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"

struct arena;

/* Stored names with English msgids (contexts in brackets). */
extern const struct word organisation_kinds[];	    /* "organisation" */
extern const struct word organisation_sectors[];    /* "sector" */
extern const struct word organisation_authorities[]; /* "authority": full shared none */
extern const struct word organisation_formats[];    /* "format": table csv iodef xarf */
extern const struct word trust_levels[];	    /* "trust": unknown low usual high */
extern const struct word contact_purposes[];	    /* "purpose of contact" */
extern const struct word contact_sources[];	    /* "source" */
extern const struct word scope_kinds[];		    /* "scope": prefix asn domain country brand */
extern const struct word membership_roles[];	    /* "membership" */
extern const struct word agreement_kinds[];	    /* "agreement" */
extern const struct word relation_kinds[];	    /* "relation" */
extern const struct word relation_flows[];	    /* "flow": collect analyse send share */
extern const struct word contact_test_results[];    /* "contact test" */

struct organisation {
	int64_t id;
	const char *name, *name_en, *kana; /* the last two or NULL */
	const char *kind;
	const char *cc, *sector; /* or NULL */
	const char *lang;
	const char *zone, *url, *address; /* or NULL */
	int64_t parent_id;		  /* 0 = none */
	bool member;			  /* of our constituency */
	const char *authority, *trust, *max_tlp;
	const char *formats; /* names with commas between */
	bool business_days;
	const char *scope, *mission, *capabilities, *offers, *legal, *note; /* or NULL */
	const char *source;
	bool historical;
	int64_t verified_at, removed_at, created_at, updated_at, version;
};

struct contact {
	int64_t id, organisation_id;
	const char *purpose;
	const char *name, *kana, *romaji, *title; /* or NULL */
	const char *email, *phone, *fax, *url;	  /* or NULL */
	const char *lang, *hours;		  /* or NULL */
	int64_t key_id;				  /* pgp_key; 0 = none */
	const char *smime;			  /* PEM or NULL */
	int64_t smime_expires_at;
	const char *source;
	int64_t source_at, verified_at, valid_until;
	int64_t test_days, test_due_at, read_at;
	int64_t asked, answered, answer_ms, bounces;
	bool do_not_contact;
	const char *note;
	int64_t position, removed_at, version;
};

/* The name in the reader's language: English readers see name_en when there is one. */
const char *organisation_name(const struct organisation *o, bool english);
/* "Hanako Yamada (abuse)" or the mailbox: what a list shows. */
const char *contact_shown(const struct contact *c, bool english);

/*
 * A scope's value in its canonical form: a prefix without host bits
 * ("192.0.2.0/24", an address is /32 or /128; "192.0.2.0-192.0.2.255" only when
 * it is one prefix), an AS number without "AS", a domain in ASCII lower case, a
 * country code in capitals, a brand's name folded. ERR_INVALID otherwise.
 */
MUST_USE enum err scope_canonical(struct arena *a, const char *kind, struct str text, const char **ret);

#endif
