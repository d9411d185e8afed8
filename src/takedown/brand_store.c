/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/brand_store.h"

#include "base/utf8.h"
#include "db/db.h"
#include "text/value.h"

enum err
brand_find(struct db *db, struct arena *a, const char *name, int64_t *ret_id)
{
	AUTO(db_stmt) q = NULL;

	*ret_id = 0;
	TRY(db_query(db, &q,
	    "SELECT id FROM brand WHERE folded = ?1 UNION ALL SELECT brand_id FROM brand_alias WHERE folded = ?1",
	    DB_STR(utf8_fold(a, str_of(name)))));
	if (db_row(q))
		*ret_id = db_int(q, 0);
	return db_end(q);
}

enum err
brand_need(struct db *db, struct arena *a, const char *name, struct actor by, int64_t *ret_id)
{
	TRY(brand_find(db, a, name, ret_id));
	if (*ret_id != 0)
		return OK;
	struct value *v = value_object(a);

	TRY(db_insert(db, ret_id, "INSERT INTO brand (name, folded) VALUES (?1, ?2) RETURNING id", DB_TEXT(name),
	    DB_STR(utf8_fold(a, str_of(name)))));
	value_set_text(a, v, "name", name);
	return journal_write(db, a,
	    &(struct journal_entry){
		.at = by.now,
		.actor = by.id,
		.actor_name = by.name,
		.action = "brand.add",
		.object = "brand",
		.object_id = *ret_id,
		.payload = v,
	    });
}
