/* SPDX-License-Identifier: Apache-2.0 */
/*
 * organisation_store.h - organisations and what belongs to each: contacts,
 * scopes, memberships, agreements, relations. Every change writes the journal
 * (object "organisation"), which is the history of the directory.
 *
 * ERR_CONFLICT on a change: the version given is no longer the present one.
 */
#ifndef DIRECTORY_ORGANISATION_STORE_H
#define DIRECTORY_ORGANISATION_STORE_H

#include "directory/directory.h"
#include "journal/journal.h"

struct db;

/* Removed ones too: look at removed_at. */
MUST_USE enum err organisation_get(struct db *db, struct arena *a, int64_t id, struct organisation *ret);
/* The id, source and times of ${o} are not read, source is. */
MUST_USE enum err organisation_add(struct db *db, struct arena *a, const struct organisation *o,
    struct actor by, int64_t *ret_id);
MUST_USE enum err organisation_change(struct db *db, struct arena *a, const struct organisation *o, struct actor by);
/* Off every list; what happened stays. */
MUST_USE enum err organisation_remove(struct db *db, struct arena *a, int64_t id, struct actor by);
MUST_USE enum err organisation_restore(struct db *db, struct arena *a, int64_t id, struct actor by);
/* The one with just this name (any of its names, folded); ERR_NOT_FOUND. */
MUST_USE enum err organisation_by_name(struct db *db, struct arena *a, const char *name, struct organisation *ret);

/* Present contacts in the order in which they are asked. */
MUST_USE enum err contact_list(struct db *db, struct arena *a, int64_t organisation, struct contact **ret, size_t *ret_n);
MUST_USE enum err contact_get(struct db *db, struct arena *a, int64_t id, struct contact *ret);
/* The first present contact with this mail address; ERR_NOT_FOUND. */
MUST_USE enum err contact_by_email(struct db *db, struct arena *a, const char *email, struct contact *ret);
MUST_USE enum err contact_add(struct db *db, struct arena *a, const struct contact *c, struct actor by, int64_t *ret_id);
MUST_USE enum err contact_change(struct db *db, struct arena *a, const struct contact *c, struct actor by);
MUST_USE enum err contact_remove(struct db *db, struct arena *a, const struct contact *c, struct actor by);
MUST_USE enum err contact_restore(struct db *db, struct arena *a, const struct contact *c, struct actor by);
/* How well it answers: a request went out, an answer came after ${ms}, a mail
 * came back. Not journalled: the letters are. */
MUST_USE enum err contact_asked(struct db *db, int64_t id);
MUST_USE enum err contact_answered(struct db *db, int64_t id, int64_t ms, int64_t now);
MUST_USE enum err contact_bounced(struct db *db, int64_t id);

struct scope {
	int64_t id, organisation_id;
	const char *kind, *value, *note;
};
MUST_USE enum err scope_list(struct db *db, struct arena *a, int64_t organisation, struct scope **ret, size_t *ret_n);
/* ${s}->value is canonical (scope_canonical()). One that is there already is OK
 * and writes nothing. */
MUST_USE enum err scope_add(struct db *db, struct arena *a, const struct scope *s, struct actor by);
MUST_USE enum err scope_remove(struct db *db, struct arena *a, const struct scope *s, struct actor by);

#endif
