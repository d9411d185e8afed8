/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/draft_store.h"

#include "base/arena.h"
#include "db/db.h"

enum err
draft_get(struct db *db, struct arena *a, int64_t person, const char *key, struct value **ret,
    int64_t *ret_saved_at)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_saved_at = 0;
	TRY(db_query(db, &q, "SELECT body, saved_at FROM draft WHERE person_id = ?1 AND key = ?2",
	    DB_INT(person), DB_TEXT(key)));
	if (db_row(q)) {
		/* It came from a browser: what is no object is no draft. */
		if (value_parse(a, str_of(db_dup(a, q, 0)), ret, NULL) != OK ||
		    value_type(*ret) != VALUE_OBJECT)
			*ret = NULL;
		*ret_saved_at = db_int(q, 1);
	}
	return db_end(q);
}

enum err
draft_drop(struct db *db, int64_t person, const char *key)
{
	return db_run(db, "DELETE FROM draft WHERE person_id = ?1 AND key = ?2", DB_INT(person),
	    DB_TEXT(key));
}
