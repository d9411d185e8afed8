/* SPDX-License-Identifier: Apache-2.0 */
#include "role/work_store.h"

#include "db/db.h"

/* The advisory lock is a number for the whole database: "tobi" and 1. */
enum err
work_alone(struct db *db, bool *ret_alone)
{
	AUTO(db_stmt) q = NULL;
	AUTO(db_stmt) share = NULL;

	*ret_alone = true;
	if (db_kind(db) != DB_POSTGRESQL)
		return OK;
	TRY(db_one(db, &q,
	    "SELECT CASE WHEN pg_try_advisory_lock(1953456745, 1) THEN 1 ELSE 0 END"));
	*ret_alone = db_int(q, 0) == 1;
	TRY(db_end(q));
	/* One's own locks do not stand in one's own way; the exclusive one goes. */
	TRY(db_one(db, &share,
	    "SELECT 1 FROM (SELECT pg_advisory_lock_shared(1953456745, 1),"
	    " pg_advisory_unlock(1953456745, 1)) AS done"));
	return db_end(share);
}

enum err
work_unsealed(struct db *db, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_query(db, &q, "SELECT 1 FROM journal WHERE seal IS NULL LIMIT 1"));
	*ret = db_row(q);
	return db_end(q);
}
