/* SPDX-License-Identifier: Apache-2.0 */
/* snippet_store.h - snippets in the database. */
#ifndef INCIDENT_SNIPPET_STORE_H
#define INCIDENT_SNIPPET_STORE_H

#include "base/err.h"
#include "base/zone.h"
#include "incident/snippet.h"

struct db;

struct snippet {
	int64_t id, version, position;
	int64_t person_id; /* 0 = the team's */
	const char *name;
	const char *text[2]; /* by enum lang; "" = none */
	int64_t changed_by, changed_at;
	const char *changer; /* name */
};
/* ${person}'s own, then the team's, each in its order; with ${q}, those that
 * have it in their name or words. */
MUST_USE enum err snippet_list(struct db *db, struct arena *a, int64_t person, struct str q, struct snippet **ret,
    size_t *ret_n);
/* ERR_NOT_FOUND: another person's too. */
MUST_USE enum err snippet_get(struct db *db, struct arena *a, int64_t id, int64_t person, struct snippet *ret);
/* ${s->id} 0: a new one, at the end; else ERR_CONFLICT when ${s->version} is no
 * longer the present one. ERR_EXISTS: the name is taken; ERR_LIMIT: there are
 * SNIPPETS_MAX. */
MUST_USE enum err snippet_save(struct db *db, struct arena *a, struct snippet *s);
MUST_USE enum err snippet_delete(struct db *db, int64_t id);
/* Before or after its neighbour; OK at either end. */
MUST_USE enum err snippet_move(struct db *db, const struct snippet *s, bool up);

#endif
