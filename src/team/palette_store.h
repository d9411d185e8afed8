/* SPDX-License-Identifier: Apache-2.0 */
/* palette_store.h - names of the directory for the palette. */
#ifndef TEAM_PALETTE_STORE_H
#define TEAM_PALETTE_STORE_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct db;

struct palette_name {
	int64_t id;	     /* of the organisation, the brand */
	const char *name;    /* as written */
	const char *name_en; /* or NULL */
	const char *of;	     /* of a contact: its mail address; of an organisation: its kind; NULL */
	int64_t key;	     /* of the row itself */
};
/* Those that have ${part} in a name or a mail address, at most ${limit}; those
 * that begin with it first. ${part}: folded, not empty. */
MUST_USE enum err palette_organisations(struct db *db, struct arena *a, struct str part, size_t limit,
    struct palette_name *ret, size_t *ret_n);
MUST_USE enum err palette_contacts(struct db *db, struct arena *a, struct str part, size_t limit,
    struct palette_name *ret, size_t *ret_n);
MUST_USE enum err palette_brands(struct db *db, struct arena *a, struct str part, size_t limit,
    struct palette_name *ret, size_t *ret_n);

#endif
