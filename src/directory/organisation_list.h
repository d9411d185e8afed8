/* SPDX-License-Identifier: Apache-2.0 */
/* organisation_list.h - which organisations a person wants to see. */
#ifndef DIRECTORY_ORGANISATION_LIST_H
#define DIRECTORY_ORGANISATION_LIST_H

#include "directory/organisation.h"

struct arena;
struct db;

enum organisation_sort { ORGANISATION_BY_NAME, ORGANISATION_BY_COUNTRY, ORGANISATION_BY_KIND, ORGANISATION_CHANGED };
enum organisation_view {
	ORGANISATION_ALL,
	ORGANISATION_OVERDUE,	 /* a contact test is late, or went wrong */
	ORGANISATION_KEYS,	 /* a key has expired or soon will */
	ORGANISATION_AGREEMENTS, /* the same of an agreement */
	ORGANISATION_REMOVED,
};
#define ORGANISATION_KEY_DAYS 30       /* warned before a key expires */
#define ORGANISATION_AGREEMENT_DAYS 60 /* and an agreement: renewing takes people */

struct organisation_filter {
	const char *kind, *cc, *sector; /* NULL = any */
	int64_t community;		/* members of it; 0 = any */
	bool member, historical;	/* only those */
	enum organisation_view view;
	const char *q; /* part of a name, of a contact's name or address, of a range; NULL = none */
	enum organisation_sort sort;
};

struct organisation_row {
	struct organisation o;
	const char *contact, *email; /* of the first contact, or NULL */
	int64_t contacts;
	int64_t overdue;	 /* contacts whose test is late or went wrong */
	int64_t key_expires_at;	 /* the first that does, 0 = none within the warning */
	int64_t agreement_expires_on; /* day number; the same */
};
/* One page and the exact total. */
MUST_USE enum err organisation_list(struct db *db, struct arena *a, const struct organisation_filter *f,
    int64_t now, int64_t offset, int64_t limit, struct organisation_row **ret, size_t *ret_n, int64_t *ret_total);
MUST_USE enum err organisation_count(struct db *db, struct arena *a, const struct organisation_filter *f,
    int64_t now, int64_t *ret);
/* {id, name} of the communities, in their order, for choices. */
MUST_USE enum err organisation_communities(struct db *db, struct arena *a, struct organisation **ret, size_t *ret_n);

#endif
