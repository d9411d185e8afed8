/* SPDX-License-Identifier: Apache-2.0 */
/*
 * organisation_store.h - organisations in the database. Every change of one, and
 * of what belongs to it, writes the journal (object "organisation"), which is the
 * history of the directory.
 *
 * ERR_CONFLICT on a change: the version given is no longer the present one.
 */
#ifndef DIRECTORY_ORGANISATION_STORE_H
#define DIRECTORY_ORGANISATION_STORE_H

#include "directory/organisation.h"
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

/* Counts every change of the directory: who keeps something of it compares. */
MUST_USE enum err organisation_version(struct db *db, int64_t *ret);

/* An entry of its history: what belongs to it was changed. */
MUST_USE enum err organisation_tell(struct db *db, struct arena *a, const char *action, int64_t organisation,
    const struct value *v, struct actor by);

#endif
