/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/selection_store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "db/db.h"

enum err
selection_add(struct db *db, struct arena *a, int64_t person, const int64_t *sites, size_t n, int64_t now, int64_t *ret_id)
{
	struct buf *list = buf_new(a, LIMIT_BULK * (size_t)24);

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(list, ',');
		buf_int(list, sites[i]);
	}
	TRY(buf_error(list));
	TRY(db_run(db, "DELETE FROM site_selection WHERE at < ?1", DB_INT(now - CLOCK_DAY)));
	return db_insert(db, ret_id,
	    "INSERT INTO site_selection (person_id, at, sites, n) VALUES (?1, ?2, ?3, ?4) RETURNING id", DB_INT(person),
	    DB_INT(now), DB_STR(buf_view(list)), DB_INT((int64_t)n));
}

enum err
selection_get(struct db *db, struct arena *a, int64_t id, int64_t person, int64_t **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct str list, one;

	TRY(db_one(db, &q, "SELECT sites, n FROM site_selection WHERE id = ?1 AND person_id = ?2", DB_INT(id),
	    DB_INT(person)));
	list = str_of(db_dup(a, q, 0));
	*ret = arena_many(a, int64_t, (size_t)db_int(q, 1) + 1);
	for (*ret_n = 0; *ret_n < (size_t)db_int(q, 1) && str_split(&list, ',', &one);) {
		if (str_int(one, 1, INT64_MAX, &(*ret)[*ret_n]))
			(*ret_n)++;
	}
	return OK;
}
