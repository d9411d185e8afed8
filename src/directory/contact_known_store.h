/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact_known_store.h - whom we know already for a host, an address, an AS, a
 * country: what people chose before, our constituency, the directory's scopes,
 * the national CSIRTs. Nobody outside is asked.
 */
#ifndef DIRECTORY_CONTACT_KNOWN_STORE_H
#define DIRECTORY_CONTACT_KNOWN_STORE_H

#include "directory/contact.h"
#include "directory/organisation_store.h"

/* What somebody is wanted for; NULL, "" and 0 are unknown. */
struct contact_known_for {
	const char *host;    /* ASCII; an address as host is ${address} */
	const char *domain;  /* registrable */
	const char *address;
	int64_t asn;
	const char *cc;
};

/* The nearer, the first. */
enum contact_known_how {
	CONTACT_KNOWN_CHOSEN,	    /* a person chose it for this, or for what it lies in */
	CONTACT_KNOWN_CONSTITUENCY, /* of a member */
	CONTACT_KNOWN_SCOPE,	    /* the directory says that it is responsible */
	CONTACT_KNOWN_NATIONAL,	    /* the CSIRT of the country */
	CONTACT_KNOWN_HOWS
};
struct contact_known {
	struct contact contact;
	struct organisation organisation;
	enum contact_known_how how;
	const char *kind, *value; /* by which scope or choice */
	int nearness;		  /* of scopes: the longer prefix or name is nearer */
	int64_t chosen_at;	  /* of a choice */
	bool wrong;		  /* a person said: not this one */
	bool usable;		  /* has a mail address, may be written to, is not wrong */
};
#define CONTACT_KNOWN_MAX 60
/* Best first; what is not usable comes last, to say so. */
MUST_USE enum err contact_known_list(struct db *db, struct arena *a, const struct contact_known_for *f,
    struct contact_known **ret, size_t *ret_n);

/* "direct" "isp" "registrar" "csirt" "community" "police": the way on which one
 * asks this organisation about something found by this kind of scope. */
const char *contact_known_route(const struct organisation *o, const char *scope_kind);

/* Remember that ${contact} is the one for it; ${kind}: host domain prefix asn
 * country. Ends "wrong". Journalled on the organisation. */
MUST_USE enum err contact_known_choose(struct db *db, struct arena *a, const char *kind, const char *value,
    int64_t contact, struct actor by);
/* It is not. */
MUST_USE enum err contact_known_wrong(struct db *db, struct arena *a, const char *kind, const char *value,
    int64_t contact, struct actor by);
/* Forget what was said of it. */
MUST_USE enum err contact_known_forget(struct db *db, struct arena *a, const char *kind, const char *value,
    int64_t contact, struct actor by);

#endif
