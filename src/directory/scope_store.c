/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/scope_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "text/value.h"

enum err
scope_list(struct db *db, struct arena *a, int64_t organisation, struct scope **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q,
	    "SELECT id, organisation_id, kind, value, note FROM organisation_scope WHERE organisation_id = ?1 "
	    "ORDER BY kind, value LIMIT 5000",
	    DB_INT(organisation)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct scope){
			.id = db_int(q, 0),
			.organisation_id = db_int(q, 1),
			.kind = db_dup(a, q, 2),
			.value = db_dup(a, q, 3),
			.note = db_dup(a, q, 4),
		};
	}
	return db_end(q);
}

static enum err
tell_scope(struct db *db, struct arena *a, const char *action, const struct scope *s, struct actor by)
{
	struct value *v = value_object(a);

	value_set_text(a, v, "kind", s->kind);
	value_set_text(a, v, "value", s->value);
	return organisation_tell(db, a, action, s->organisation_id, v, by);
}

enum err
scope_add(struct db *db, struct arena *a, const struct scope *s, struct actor by)
{
	TRY(db_run(db,
	    "INSERT INTO organisation_scope (organisation_id, kind, value, note) VALUES (?1, ?2, ?3, ?4) "
	    "ON CONFLICT (kind, value, organisation_id) DO NOTHING",
	    DB_INT(s->organisation_id), DB_TEXT(s->kind), DB_TEXT(s->value), DB_TEXT(s->note)));
	return db_changed(db) == 0 ? OK : tell_scope(db, a, "scope.add", s, by);
}

enum err
scope_remove(struct db *db, struct arena *a, const struct scope *s, struct actor by)
{
	TRY(db_run(db, "DELETE FROM organisation_scope WHERE id = ?1 AND organisation_id = ?2", DB_INT(s->id),
	    DB_INT(s->organisation_id)));
	return db_changed(db) == 1 ? tell_scope(db, a, "scope.remove", s, by) : ERR_NOT_FOUND;
}
