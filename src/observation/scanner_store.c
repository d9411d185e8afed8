/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/scanner_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "directory/prefix_table.h"

enum err
scanner_rows(struct db *db, struct arena *a, struct scanner_row **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, "SELECT id, name, networks, changed_at FROM scanner_list ORDER BY name"));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct scanner_row){ db_int(q, 0), db_dup(a, q, 1), db_int(q, 2), db_int(q, 3) };
	}
	return db_end(q);
}

static enum err
journal(struct db *db, struct arena *a, int64_t id, const char *name, int64_t networks, struct actor by)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "name", name);
	value_set_int(a, v, "networks", networks);
	return journal_tell(db, a, "scanner.list", "scanner_list", id, v, by);
}

enum err
scanner_keep(struct db *db, struct arena *a, const struct scanner_list *l, struct actor by)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "INSERT INTO scanner_list (name, networks, list, changed_at) VALUES (?1, ?2, ?3, ?4) "
	    "ON CONFLICT (name) DO UPDATE SET networks = excluded.networks, list = excluded.list, changed_at = excluded.changed_at "
	    "RETURNING id",
	    DB_TEXT(l->name), DB_INT((int64_t)l->n), DB_TEXT(scanner_format(a, l)), DB_INT(by.now)));
	return journal(db, a, db_int(q, 0), l->name, (int64_t)l->n, by);
}

enum err
scanner_drop(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "DELETE FROM scanner_list WHERE id = ?1 RETURNING name", DB_INT(id)));
	return journal(db, a, id, db_dup(a, q, 0), 0, by);
}

enum err
scanner_set_read(struct db *db, struct arena *a, struct scanners *ret)
{
	AUTO(db_stmt) q = NULL;
	struct prefix_entry *entry = NULL;
	size_t n = 0;

	*ret = (struct scanners){ .name = NULL };
	TRY(db_query(db, &q, "SELECT name, list FROM scanner_list ORDER BY name"));
	while (db_row(q)) {
		struct scanner_list l;

		ret->name = arena_room(a, ret->name, ret->n, sizeof(*ret->name));
		ret->name[ret->n] = db_dup(a, q, 0);
		TRY(scanner_parse(a, str_of(db_dup(a, q, 1)), &l)); /* as it was written */
		for (size_t i = 0; i < l.n; i++) {
			entry = arena_room(a, entry, n, sizeof(*entry));
			entry[n++] = (struct prefix_entry){ l.net[i], (uint32_t)ret->n };
		}
		ret->n++;
	}
	TRY(db_end(q));
	return n == 0 ? OK : prefix_table_new(entry, n, &ret->table);
}
