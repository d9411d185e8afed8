/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident_bulk_store.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "journal/journal.h"

/* The journal entry of incident_change(), so that versions can be compared. */
static enum err
tell(struct db *db, struct arena *a, int64_t id, int64_t version, const char *field, const char *from,
    const char *to, struct actor by)
{
	struct value *p = value_object(a);
	struct value *f = value_set_object(a, value_set_object(a, p, "fields"), field);

	value_set_text(a, f, "from", from);
	value_set_text(a, f, "to", to);
	value_set_int(a, p, "version", version);
	return journal_tell(db, a, "incident.change", "incident", id, p, by);
}

static const char *
id_text(struct arena *a, int64_t id)
{
	return id == 0 ? "" : arena_printf(a, "%lld", (long long)id);
}

/* The statistics count by class, so that this is a change like that of the page. */
static enum err
change_rsit(struct db *db, struct arena *a, int64_t id, const char *to, struct actor by,
    const char **ret_from)
{
	struct incident was, is;
	bool changed;

	*ret_from = NULL;
	TRY(incident_get(db, a, id, &was));
	if (strcmp(was.rsit, to) == 0)
		return OK;
	is = was;
	is.rsit = to;
	if (!was.category_fixed)
		is.category = is.category_2007 = "";
	TRY(incident_change(db, a, &was, &is, by, &changed));
	*ret_from = was.rsit;
	return OK;
}

/* ${to} as text; ${*ret_from} the old one, NULL when there is nothing to do. */
static enum err
change_one(struct db *db, struct arena *a, int64_t id, const char *field, const char *to,
    struct actor by, const char **ret_from)
{
	AUTO(db_stmt) q = NULL;
	bool owner = strcmp(field, "owner_id") == 0;
	int64_t person = 0;

	*ret_from = NULL;
	if (strcmp(field, "rsit") == 0)
		return change_rsit(db, a, id, to, by, ret_from);
	TRY(db_query(db, &q, "SELECT owner_id, priority, version FROM incident WHERE id = ?1", DB_INT(id)));
	if (!db_row(q))
		return db_end(q);
	const char *from = owner ? id_text(a, db_int(q, 0)) : db_dup(a, q, 1);
	int64_t version = db_int(q, 2);

	if (strcmp(from, to) == 0)
		return OK;
	if (owner) {
		if (*to != '\0' && !str_int(str_of(to), 1, INT64_MAX, &person))
			return ERR_INVALID;
		TRY(db_run(db,
		    "UPDATE incident SET owner_id = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1",
		    DB_INT(id), DB_INT_OR_NULL(person), DB_INT(by.now)));
	} else {
		TRY(db_run(db,
		    "UPDATE incident SET priority = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1",
		    DB_INT(id), DB_TEXT(to), DB_INT(by.now)));
	}
	TRY(tell(db, a, id, version, field, from, to, by));
	*ret_from = from;
	return OK;
}

static enum err
change_all(struct db *db, struct arena *a, const int64_t *ids, size_t n, const char *field, const char *to,
    struct actor by, struct value *before, int64_t *ret_changed)
{
	struct value *rows;

	value_set_text(a, before, "field", field);
	value_set_text(a, before, "to", to);
	rows = value_set_list(a, before, "rows");
	*ret_changed = 0;
	for (size_t k = 0; k < n; k++) {
		const char *from;

		TRY(change_one(db, a, ids[k], field, to, by, &from));
		if (from == NULL)
			continue;
		struct value *row = value_list(a);

		value_add(a, row, value_int(a, ids[k]));
		value_add_text(a, row, from);
		value_add(a, rows, row);
		(*ret_changed)++;
	}
	return OK;
}

enum err
incident_bulk_owner(struct db *db, struct arena *a, const int64_t *ids, size_t n, int64_t owner,
    struct actor by, struct value *before, int64_t *ret_changed)
{
	return change_all(db, a, ids, n, "owner_id", id_text(a, owner), by, before, ret_changed);
}

enum err
incident_bulk_priority(struct db *db, struct arena *a, const int64_t *ids, size_t n, const char *priority,
    struct actor by, struct value *before, int64_t *ret_changed)
{
	return change_all(db, a, ids, n, "priority", priority, by, before, ret_changed);
}

enum err
incident_bulk_rsit(struct db *db, struct arena *a, const int64_t *ids, size_t n, const char *rsit,
    struct actor by, struct value *before, int64_t *ret_changed)
{
	return change_all(db, a, ids, n, "rsit", rsit, by, before, ret_changed);
}

static enum err
still(struct db *db, struct arena *a, int64_t id, const char *field, const char *to, bool *ret)
{
	AUTO(db_stmt) q = NULL;

	*ret = false;
	TRY(db_query(db, &q, "SELECT owner_id, priority, rsit FROM incident WHERE id = ?1", DB_INT(id)));
	if (db_row(q))
		*ret = strcmp(strcmp(field, "owner_id") == 0 ? id_text(a, db_int(q, 0))
			: db_text(q, strcmp(field, "rsit") == 0 ? 2 : 1), to) == 0;
	return db_end(q);
}

enum err
incident_bulk_undo(struct db *db, struct arena *a, const struct value *before, struct actor by)
{
	const char *field = value_cstr(value_get(before, "field")), *to = value_cstr(value_get(before, "to"));
	const struct value *rows = value_get(before, "rows");

	for (size_t k = 0; k < value_count(rows); k++) {
		const struct value *row = value_at(rows, k);
		int64_t id = value_integer(value_at(row, 0));
		const char *unused;
		bool same;

		TRY(still(db, a, id, field, to, &same));
		if (same)
			TRY(change_one(db, a, id, field, value_cstr(value_at(row, 1)), by, &unused));
	}
	return OK;
}
