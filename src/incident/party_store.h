/* SPDX-License-Identifier: Apache-2.0 */
/* party_store.h - who is concerned by an incident, and their keys. */
#ifndef INCIDENT_PARTY_STORE_H
#define INCIDENT_PARTY_STORE_H

#include "directory/pgp_key_store.h"
#include "incident/incident_change_store.h"

struct party {
	int64_t id, incident_id;
	const char *role, *org, *name, *email, *phone, *cc, *asset_cc, *lang, *zone, *note;
	bool known;	/* we have written to it before */
	int64_t key_id; /* 0 = none of its own */
	int64_t removed_at, version;
};
/* ERR_NOT_FOUND also when it is of another incident. */
MUST_USE enum err party_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct party *ret);
/* An address that we wrote to in another incident is known at once. Journal. */
MUST_USE enum err party_add(struct db *db, struct arena *a, const struct party *p, struct actor by, int64_t *ret_id);
/* ERR_CONFLICT when ${p}->version is no longer the present one. Journal. */
MUST_USE enum err party_change(struct db *db, struct arena *a, const struct party *p, struct actor by);
/* Off the incident; its threads stay. Journal. */
MUST_USE enum err party_remove(struct db *db, struct arena *a, const struct party *p, struct actor by);
/* Undo of it. */
MUST_USE enum err party_restore(struct db *db, struct arena *a, const struct party *p, struct actor by);

/* The party's own; else the newest of its address. Fingerprint NULL: none.
 * Expired ones too: the caller looks. */
MUST_USE enum err party_key_find(struct db *db, struct arena *a, int64_t party, const char *email, struct pgp_key *ret);

#endif
