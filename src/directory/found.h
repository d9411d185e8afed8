/* SPDX-License-Identifier: Apache-2.0 */
/*
 * found.h - what a whois, RDAP, security.txt or DNS answer says of who is
 * responsible, in one form.
 *
 * The parse role makes it, as JSON (docs/schema/lookup.md); the work role reads
 * that and stores it. All texts are one line of clean UTF-8, never NULL after
 * found_init() or found_read(); "" means the answer does not say.
 */
#ifndef DIRECTORY_FOUND_H
#define DIRECTORY_FOUND_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;

enum found_state {
	FOUND_YES,
	FOUND_NONE,	/* the server has no such object */
	FOUND_LIMITED,	/* it answers no more questions for now */
	FOUND_UNREADABLE,
};

/* Who an address belongs to; the best to write to about abuse comes first. */
enum found_role {
	FOUND_ABUSE,
	FOUND_SECURITY,		/* security.txt, RPSL irt */
	FOUND_NOC,
	FOUND_TECHNICAL,
	FOUND_ADMINISTRATIVE,
	FOUND_OWNER,		/* registrant, holder */
	FOUND_REGISTRAR_ABUSE,	/* who sold the name, not who runs the host */
	FOUND_REGISTRAR,
	FOUND_BILLING,
	FOUND_ZONE,		/* the mailbox in SOA */
	FOUND_OTHER,
	FOUND_ROLES
};
const char *found_role_name(enum found_role role); /* "abuse" … */
const char *found_state_name(enum found_state state);
/* What a label in an answer says of a role: "Registrar Abuse Contact", "tech-c",
 * "技術連絡担当者"; FOUND_OTHER when nothing. */
enum found_role found_role_of(struct str label);

struct found_contact {
	enum found_role role;
	const char *email, *phone, *url, *name, *organisation;
	const char *from;	/* the field of the answer: "OrgAbuseEmail" */
	const char *languages;	/* "ja, en" */
};

/* What was wrong with the answer; both for people. */
struct found_fault {
	const char *message; /* English msgid, {value} stands for: */
	const char *value;
};

struct found {
	struct arena *a;
	enum found_state state;
	const char *kind;	  /* "whois" "rdap" "security.txt" "soa" */
	const char *source;	  /* the database: "RIPE", "JPRS", "" */
	const char *object;	  /* "network" "domain" "as" or "" */
	const char *handle;	  /* the network's or object's name */
	const char *range;	  /* "192.0.2.0 - 192.0.2.255", as the answer writes it */
	const char *domain, *organisation, *country, *registrar;
	const char *referral;	  /* host[:port] of the whois server to ask next */
	const char *link;	  /* URL of the RDAP answer to ask next, or of the policy */
	const char *encryption;	  /* where the key is (security.txt) */
	int64_t created_at, changed_at, expires_at; /* 0 when it does not say */
	bool is_signed;		  /* has a PGP signature (which is not checked) */
	struct found_contact *contact;
	size_t contacts, contact_size;
	struct found_fault *fault;
	size_t faults, fault_size;
};

void found_init(struct found *f, struct arena *a, const char *kind);
/* ${text} as one clean line of at most LIMIT_NAME characters, in ${a}. */
const char *found_line(struct arena *a, struct str text);
/* More than LIMIT_FOUND_CONTACTS are told as a fault; the same address in the
 * same role is kept once; one that has nothing to write or call to is not. */
void found_add(struct found *f, const struct found_contact *c);
void found_add_fault(struct found *f, const char *message, struct str value);
/* Sorts contacts: better roles first, then as the answer had them. */
void found_sort(struct found *f);
/* The mail address to write to about abuse and what makes it so; NULL: none. */
const struct found_contact *found_abuse(const struct found *f);

/* The first mail address in ${*s}, which then begins behind it. */
bool found_email(struct arena *a, struct str *s, const char **ret);
/* "2004-03-01", "20040301", "01-Mar-2004", "2004/03/01 10:00 (JST)", … in
 * ${s}: UTC milliseconds, 0 when there is none. */
int64_t found_date(struct str s);

void found_json(struct buf *out, const struct found *f);
/* ERR_INVALID for what found_json() would not have written. */
MUST_USE enum err found_read(struct arena *a, struct str json, struct found *ret);

#endif
