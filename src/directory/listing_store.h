/* SPDX-License-Identifier: Apache-2.0 */
/* listing_store.h - rows of a file into the directory, and the directory into a file. */
#ifndef DIRECTORY_LISTING_STORE_H
#define DIRECTORY_LISTING_STORE_H

#include "directory/listing.h"
#include "directory/organisation_store.h"

struct listing_result {
	int64_t organisations, known; /* new ones; those that were there already */
	int64_t contacts, scopes;     /* added */
};
/*
 * The good rows. An organisation that is there already keeps its facts and gets
 * the contacts and scopes that it lacks. With ${try} nothing is written: the
 * numbers say what would be.
 */
MUST_USE enum err listing_import(struct db *db, struct arena *a, const struct listing *l, bool try, struct actor by,
    struct listing_result *ret);
/* All organisations in the directory, or only members of the constituency. */
MUST_USE enum err listing_export(struct db *db, bool vcard, bool members, struct buf *out);

#endif
