/* SPDX-License-Identifier: Apache-2.0 */
/* brand_store.h - what phishing imitates, in the database. */
#ifndef TAKEDOWN_BRAND_STORE_H
#define TAKEDOWN_BRAND_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "journal/journal.h"

struct brand {
	int64_t id;
	const char *name;
	const char *aliases; /* one a line */
	int64_t organisation_id;
	const char *organisation;    /* its name or NULL */
	const char *origin, *sector; /* sector NULL: not said */
	int64_t reference_id;	     /* picture of the genuine page */
	bool watched;		     /* its owner wants to be told (owner_store.h) */
	int64_t contact_id;	     /* who of it; 0: the first that has a mail address */
	const char *notice;	     /* at-once daily */
	int64_t notice_hour;	     /* daily: at this hour of the team's zone */
	bool clear;		     /* TLP:AMBER may go to it without encryption */
	const char *note;
	int64_t version;
	int64_t sites, live;	     /* on the board; of them not stopped */
};

/* A brand by one of its names (folded); 0 when there is none. */
MUST_USE enum err brand_find(struct db *db, struct arena *a, const char *name, int64_t *ret_id);
/* The same; makes one of unknown origin. Journal. */
MUST_USE enum err brand_need(struct db *db, struct arena *a, const char *name, struct actor by, int64_t *ret_id);
MUST_USE enum err brand_get(struct db *db, struct arena *a, int64_t id, struct brand *ret);
/* Those whose name holds ${q} (NULL: all), by name; without aliases and numbers. */
MUST_USE enum err brand_list(struct db *db, struct arena *a, const char *q, int64_t offset, int64_t limit,
    struct brand **ret, size_t *ret_n, int64_t *ret_total);
/*
 * Name, aliases, origin, sector, organisation, watched and how, note. Sites that still
 * have the brand's old origin or sector get the new one. ERR_EXISTS: another brand
 * has one of the names; ERR_CONFLICT by the version. Journal.
 */
MUST_USE enum err brand_change(struct db *db, struct arena *a, const struct brand *b, struct actor by);

/* The picture of the genuine page (picture_store.h); 0 takes it away. Journal. */
MUST_USE enum err brand_set_picture(struct db *db, struct arena *a, const struct brand *b, int64_t picture, struct actor by);

/* The organisation of this name in the directory; 0 when there is none. */
MUST_USE enum err brand_owner(struct db *db, struct arena *a, const char *name, int64_t *ret_id);

#endif
