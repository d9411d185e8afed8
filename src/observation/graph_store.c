/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "db/db.h"
#include "observation/graph.h"

enum err
graph_keep(struct db *db, const char *name, int64_t now, const char *json)
{
	return db_run(db,
	    "INSERT INTO observation (name, at, data) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (name) DO UPDATE SET at = excluded.at, data = excluded.data",
	    DB_TEXT(name), DB_INT(now), DB_TEXT(json));
}

enum err
graph_get(struct db *db, struct arena *a, const char *name, int64_t *ret_at, struct value **ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT at, data FROM observation WHERE name = ?1", DB_TEXT(name)));
	*ret_at = db_int(q, 0);
	return value_parse(a, str_of(db_dup(a, q, 1)), ret, NULL);
}

enum err
graph_at(struct db *db, const char *name, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT COALESCE(MAX(at), 0) FROM observation WHERE name = ?1", DB_TEXT(name)));
	*ret = db_int(q, 0);
	return OK;
}
