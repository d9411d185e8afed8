/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing.h - the directory as a file: CSV (docs/schema/directory.md) and vCard
 * (RFC 6350, and the older RFC 2426) become rows that may be imported, each with
 * what is wrong in it.
 *
 * A row is an organisation with at most one contact, and scopes. Rows of one
 * name are one organisation. Pure: what is there already the store finds out.
 */
#ifndef DIRECTORY_LISTING_H
#define DIRECTORY_LISTING_H

#include "base/buf.h"
#include "directory/contact.h"
#include "directory/organisation.h"
#include "directory/scope.h"

struct arena;

#define LISTING_ROWS 100000 /* of one file */
#define LISTING_FAULTS 1000 /* told one by one; more are counted */

struct listing_row {
	size_t line; /* where it begins, from 1 */
	struct organisation o;
	bool has_contact;
	struct contact c;
	struct scope *scope; /* without organisation_id */
	size_t scopes;
};
struct listing_fault {
	size_t line;
	const char *message; /* English msgid; {value} stands for: */
	const char *value;
};
struct listing {
	struct listing_row *row; /* the good ones */
	size_t n;
	struct listing_fault *fault;
	size_t faults;
	size_t bad; /* rows with a fault */
};

/* ERR_INVALID: the first line names no column "name", or no file of this kind.
 * ERR_LIMIT: more than LISTING_ROWS. */
MUST_USE enum err listing_csv(struct arena *a, struct str text, struct listing *ret);
MUST_USE enum err listing_vcard(struct arena *a, struct str text, struct listing *ret);
/* By its first line. */
MUST_USE enum err listing_any(struct arena *a, struct str text, struct listing *ret);

/* Writing: the header, then a row for each contact; the scopes stand in the
 * first row of an organisation. */
void listing_csv_head(struct buf *out);
void listing_csv_row(struct buf *out, struct arena *a, const struct organisation *o, const struct contact *c,
    const struct scope *scope, size_t scopes);
/* vCard 4.0; ${key}: armored OpenPGP key or NULL. */
void listing_vcard_write(struct buf *out, struct arena *a, const struct organisation *o, const struct contact *c,
    const char *key);

#endif
