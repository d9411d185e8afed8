/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relation_store.h - how an organisation stands to others: memberships in
 * communities, agreements with us, relations. All are journalled on the
 * organisation that they belong to.
 */
#ifndef DIRECTORY_RELATION_STORE_H
#define DIRECTORY_RELATION_STORE_H

#include "directory/organisation_store.h"
#include "directory/relation.h"

struct relation_membership {
	int64_t id, organisation_id, community_id;
	const char *role;
	int64_t since, until; /* day numbers, 0 = not known, open */
	const char *note;     /* or NULL */
	const char *organisation, *organisation_en, *community, *community_en; /* names, read only */
};
/* Of an organisation, or (${of_community}) the members of a community. */
MUST_USE enum err relation_membership_list(struct db *db, struct arena *a, int64_t organisation, bool of_community,
    struct relation_membership **ret, size_t *ret_n);
MUST_USE enum err relation_membership_add(struct db *db, struct arena *a, const struct relation_membership *m,
    struct actor by, int64_t *ret_id);
/* The term ends, or its role, dates and note change. */
MUST_USE enum err relation_membership_change(struct db *db, struct arena *a, const struct relation_membership *m,
    struct actor by);
MUST_USE enum err relation_membership_get(struct db *db, struct arena *a, int64_t organisation, int64_t id,
    struct relation_membership *ret);
MUST_USE enum err relation_membership_remove(struct db *db, struct arena *a, const struct relation_membership *m,
    struct actor by);

struct relation_agreement {
	int64_t id, organisation_id;
	const char *kind, *title;
	const char *scope, *renewal, *note; /* or NULL */
	int64_t signed_on, expires_on;	    /* day numbers, 0 = not known, never */
	int64_t removed_at;
};
MUST_USE enum err relation_agreement_list(struct db *db, struct arena *a, int64_t organisation,
    struct relation_agreement **ret, size_t *ret_n);
/* Removed ones too. */
MUST_USE enum err relation_agreement_get(struct db *db, struct arena *a, int64_t organisation, int64_t id,
    struct relation_agreement *ret);
MUST_USE enum err relation_agreement_add(struct db *db, struct arena *a, const struct relation_agreement *g,
    struct actor by, int64_t *ret_id);
MUST_USE enum err relation_agreement_change(struct db *db, struct arena *a, const struct relation_agreement *g,
    struct actor by);
MUST_USE enum err relation_agreement_remove(struct db *db, struct arena *a, const struct relation_agreement *g,
    bool remove, struct actor by);

struct relation {
	int64_t id, from_id, to_id; /* from 0: our team */
	const char *kind, *trust, *flows;
	const char *note; /* or NULL */
	const char *from, *from_en, *to, *to_en; /* names, read only; NULL: our team */
};
/* Those from it and those to it. */
MUST_USE enum err relation_list(struct db *db, struct arena *a, int64_t organisation, struct relation **ret, size_t *ret_n);
MUST_USE enum err relation_get(struct db *db, struct arena *a, int64_t organisation, int64_t id, struct relation *ret);
/* One of the same kind between the same two gets the new trust, flows, note.
 * Journalled on ${organisation}, which is one of the two. */
MUST_USE enum err relation_put(struct db *db, struct arena *a, int64_t organisation, const struct relation *r,
    struct actor by);
MUST_USE enum err relation_remove(struct db *db, struct arena *a, int64_t organisation, const struct relation *r,
    struct actor by);

/* Who is in the figure of relations: at most RELATION_PARTIES of the directory. */
#define RELATION_PARTIES 5000
struct relation_party {
	struct organisation o; /* id, name, name_en, kind, cc */
	const char *flows;     /* between us and it; NULL: no relation is noted */
};
/* Members of ${community} (0 = all), of country ${cc} ("" = all). */
MUST_USE enum err relation_parties(struct db *db, struct arena *a, int64_t community, const char *cc,
    struct relation_party **ret, size_t *ret_n);

#endif
