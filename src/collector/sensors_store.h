/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sensors_store.h - the sensors of the team: who they are, their keys and tokens,
 * and what was sealed of them.
 */
#ifndef COLLECTOR_SENSORS_STORE_H
#define COLLECTOR_SENSORS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "collector/collector.h"
#include "journal/journal.h"

struct arena;
struct db;

struct sensor_row {
	int64_t id;
	const char *name;	/* "tokyo-1" */
	const char *area;	/* the group that it is counted with; "" none */
	const char *place, *region, *note;
	const char *addresses;	/* one network a line; never leave the team */
	int64_t organisation_id;
	const char *organisation; /* its name, or NULL */
	const char *state;	/* waiting active revoked */
	bool has_key, has_token; /* has_token: one that is not over */
	int64_t token_until;
	int64_t created_at, enrolled_at, revoked_at;
	int64_t version;
};

/* By name. */
MUST_USE enum err sensors_list(struct db *db, struct arena *a, int64_t now, struct sensor_row **ret, size_t *ret_n);
MUST_USE enum err sensors_get(struct db *db, struct arena *a, int64_t id, int64_t now, struct sensor_row *ret);
/* ERR_EXISTS: the name is taken. ERR_LIMIT: too many sensors. */
MUST_USE enum err sensors_add(struct db *db, struct arena *a, const struct sensor_row *s, struct actor by, int64_t *ret);
/* ERR_EXISTS: the name is taken; ERR_CONFLICT: ${s->version} is not the present one. */
MUST_USE enum err sensors_change(struct db *db, struct arena *a, const struct sensor_row *s, struct actor by);
/* A new one-time token, good until ${until}; an older one is void. Its owner keeps
 * sending with the key that it has until the token is used. */
MUST_USE enum err sensors_token(struct db *db, struct arena *a, int64_t id, int64_t until, struct actor by, const char **ret);
/* The key is taken back: nothing is accepted from it any more. */
MUST_USE enum err sensors_revoke(struct db *db, struct arena *a, int64_t id, struct actor by);

/*
 * Use a token. ERR_DENIED: there is no such token, or it is over; ERR_EXISTS: the key
 * is another sensor's.
 */
MUST_USE enum err sensors_enrol(struct db *db, struct arena *a, struct str token, const char *key, int64_t now,
    struct sensor_row *ret);
MUST_USE enum err sensors_key(struct db *db, uint64_t id, struct collector_key *ret);

/* Letters, digits and inner hyphens, lower case, at most 40: stands in file names,
 * filters and metrics. */
bool sensors_name_valid(struct str name);

#endif
