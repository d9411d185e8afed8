/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/responsible_store.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "db/db.h"
#include "directory/organisation_store.h"

/* A table that is in use, by how many, and whether it is still the newest. */
struct kept {
	struct responsible *table;
	int64_t version;
	int users;
	struct kept *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *newest, *old; /* old ones are still used by somebody */

static void
kept_free(struct kept *k)
{
	responsible_free(k->table);
	free(k);
}

static enum err
load(struct db *db, struct responsible **ret)
{
	AUTO(arena) a = arena_new();
	AUTO(db_stmt) q = NULL;
	struct responsible_scope *list = NULL;
	size_t n = 0;

	TRY(db_query(db, &q,
	    "SELECT s.organisation_id, o.member, s.kind, s.value FROM organisation_scope s "
	    "JOIN organisation o ON o.id = s.organisation_id WHERE o.removed_at IS NULL"));
	while (db_row(q)) {
		list = arena_room(a, list, n, sizeof(*list));
		list[n++] = (struct responsible_scope){
			.organisation = db_int(q, 0),
			.member = db_int(q, 1) != 0,
			.kind = db_dup(a, q, 2),
			.value = db_dup(a, q, 3),
		};
	}
	TRY(db_end(q));
	*ret = responsible_new(list, n);
	return OK;
}

/* The newest one when it is of ${version}; the caller holds the lock. */
static const struct responsible *
use(int64_t version)
{
	if (newest == NULL || newest->version != version)
		return NULL;
	newest->users++;
	return newest->table;
}

enum err
responsible_take(struct db *db, const struct responsible **ret)
{
	struct responsible *table = NULL;
	struct kept *k;
	int64_t version;

	TRY(organisation_version(db, &version));
	(void)pthread_mutex_lock(&lock);
	*ret = use(version);
	(void)pthread_mutex_unlock(&lock);
	if (*ret != NULL)
		return OK;
	/* Others go on with the old one; two may read at once, which is harmless. */
	TRY(load(db, &table));
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		abort();
	*k = (struct kept){ .table = table, .version = version, .users = 1 };
	(void)pthread_mutex_lock(&lock);
	if (newest != NULL && newest->users == 0) {
		kept_free(newest);
	} else if (newest != NULL) {
		newest->next = old;
		old = newest;
	}
	newest = k;
	(void)pthread_mutex_unlock(&lock);
	*ret = table;
	return OK;
}

void
responsible_give(const struct responsible *r)
{
	(void)pthread_mutex_lock(&lock);
	if (newest != NULL && newest->table == r) {
		newest->users--;
	} else {
		for (struct kept **k = &old; *k != NULL; k = &(*k)->next) {
			struct kept *gone = *k;

			if (gone->table != r)
				continue;
			if (--gone->users == 0) {
				*k = gone->next;
				kept_free(gone);
			}
			break;
		}
	}
	(void)pthread_mutex_unlock(&lock);
}
