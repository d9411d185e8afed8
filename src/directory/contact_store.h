/* SPDX-License-Identifier: Apache-2.0 */
/* contact_store.h - contacts in the database; journalled on their organisation.
 * ERR_CONFLICT on a change: the version given is no longer the present one. */
#ifndef DIRECTORY_CONTACT_STORE_H
#define DIRECTORY_CONTACT_STORE_H

#include "directory/contact.h"
#include "directory/organisation_store.h"

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
/* One place earlier (${up} > 0) or later in the order in which they are asked. */
MUST_USE enum err contact_move(struct db *db, struct arena *a, const struct contact *c, int up, struct actor by);

#endif
