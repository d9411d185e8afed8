/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/open_data_store.h"

#include "base/arena.h"
#include "blob/blob.h"
#include "db/db.h"

static void
read_row(struct db_stmt *q, struct open_day *ret)
{
	*ret = (struct open_day){ db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4), db_int(q, 5) };
}

enum err
open_data_list(struct db *db, struct arena *a, struct open_day **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT day, blob_id, bytes, lines, packets, made_at FROM open_data ORDER BY day DESC LIMIT 400"));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_row(q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
open_data_get(struct db *db, int64_t day, struct open_day *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT day, blob_id, bytes, lines, packets, made_at FROM open_data WHERE day = ?1", DB_INT(day)));
	read_row(q, ret);
	return OK;
}

enum err
open_data_put(struct db *db, const struct open_day *x)
{
	return db_run(db,
	    "INSERT INTO open_data (day, blob_id, bytes, lines, packets, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
	    "ON CONFLICT (day) DO NOTHING",
	    DB_INT(x->day), DB_INT(x->blob_id), DB_INT(x->bytes), DB_INT(x->lines), DB_INT(x->packets), DB_INT(x->made_at));
}

enum err
open_data_forget(struct db *db, struct arena *a, int64_t day)
{
	struct open_day *x;
	size_t n;

	TRY(open_data_list(db, a, &x, &n));
	for (size_t i = 0; i < n; i++) {
		if (x[i].day >= day)
			continue;
		TRY(db_run(db, "DELETE FROM open_data WHERE day = ?1", DB_INT(x[i].day)));
		TRY(blob_forget(db, x[i].blob_id));
	}
	return OK;
}
