/* SPDX-License-Identifier: Apache-2.0 */
/* key_store.h - public keys in the database: those of others, and our own to
 * hand out. Secret keys live in the keyring of the crypt role only. */
#ifndef TEAM_KEY_STORE_H
#define TEAM_KEY_STORE_H

#include "base/err.h"
#include "text/value.h"

struct arena;
struct db;

struct key_store_new {
	const char *fingerprint, *email, *armored;
	int64_t created_at, expires_at; /* expires_at: 0 = never */
	int64_t added_by;
};
/* A key that is there already gets its new text and dates. */
MUST_USE enum err key_store_put(struct db *db, const struct key_store_new *k, int64_t now, int64_t *ret_id);
/* List of {id, fingerprint, email, created_at, expires_at, added_at}, by mail
 * address; without ${own} (a fingerprint). Times as integers. */
MUST_USE enum err key_store_list(struct db *db, struct arena *a, const char *own, struct value **ret);
/* ERR_NOT_FOUND: there is none. */
MUST_USE enum err key_store_armored(struct db *db, struct arena *a, const char *fingerprint, const char **ret);
/* ERR_NOT_FOUND; parties that used it have no key then. ${ret_fingerprint}: which it was. */
MUST_USE enum err key_store_remove(struct db *db, struct arena *a, int64_t id, const char **ret_fingerprint);

#endif
