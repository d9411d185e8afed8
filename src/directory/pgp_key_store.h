/* SPDX-License-Identifier: Apache-2.0 */
/* pgp_key_store.h - OpenPGP public keys of others: of contacts and of parties. */
#ifndef DIRECTORY_PGP_KEY_STORE_H
#define DIRECTORY_PGP_KEY_STORE_H

#include "journal/journal.h"

struct db;

struct pgp_key {
	int64_t id;
	const char *fingerprint, *email, *armored; /* NULL: there is none */
	int64_t created_at, expires_at; /* 0 = never */
};
/* ${id} 0, or none of that id: all of it is NULL and 0. */
MUST_USE enum err pgp_key_get(struct db *db, struct arena *a, int64_t id, struct pgp_key *ret);
/* One that is there already gets its new text and dates. */
MUST_USE enum err pgp_key_put(struct db *db, const struct pgp_key *k, struct actor by, int64_t *ret_id);

#endif
