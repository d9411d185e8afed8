/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/hold_store.h"

#include "base/arena.h"
#include "db/db.h"
#include "journal/journal.h"
#include "text/value.h"

#define HOLD_COLUMNS                                                                               \
	"SELECT h.incident_id, h.at, h.person_id, h.reason, i.ref, i.title, p.name FROM incident_hold h " \
	"JOIN incident i ON i.id = h.incident_id LEFT JOIN person p ON p.id = h.person_id"

static void
read_hold(struct arena *a, struct db_stmt *q, struct incident_hold *h)
{
	*h = (struct incident_hold){
		.incident_id = db_int(q, 0),
		.at = db_int(q, 1),
		.person_id = db_int(q, 2),
		.reason = db_dup(a, q, 3),
		.ref = db_dup(a, q, 4),
		.title = db_dup(a, q, 5),
		.person = db_dup(a, q, 6),
	};
}

enum err
hold_get(struct db *db, struct arena *a, int64_t incident, struct incident_hold *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, HOLD_COLUMNS " WHERE h.incident_id = ?1", DB_INT(incident)));
	read_hold(a, q, ret);
	return db_end(q);
}

static enum err
tell(struct db *db, struct arena *a, const struct incident *i, const char *action, const char *reason,
    struct actor by)
{
	struct value *p = value_object(a);

	value_set_text(a, p, "reason", reason);
	return journal_tell(db, a, action, "incident", i->id, p, by);
}

enum err
hold_put(struct db *db, struct arena *a, const struct incident *i, const char *reason, struct actor by)
{
	TRY(db_run(db,
	    "INSERT INTO incident_hold (incident_id, at, person_id, reason) VALUES (?1, ?2, ?3, ?4) "
	    "ON CONFLICT (incident_id) DO NOTHING",
	    DB_INT(i->id), DB_INT(by.now), DB_INT(by.id), DB_TEXT(reason)));
	if (db_changed(db) == 0)
		return ERR_EXISTS;
	return tell(db, a, i, "incident.hold", reason, by);
}

enum err
hold_lift(struct db *db, struct arena *a, const struct incident *i, const char *reason, struct actor by)
{
	TRY(db_run(db, "DELETE FROM incident_hold WHERE incident_id = ?1", DB_INT(i->id)));
	if (db_changed(db) == 0)
		return ERR_NOT_FOUND;
	return tell(db, a, i, "incident.hold-lift", reason, by);
}

enum err
hold_list(struct db *db, struct arena *a, int limit, struct incident_hold **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct incident_hold *list = arena_many(a, struct incident_hold, (size_t)limit + 1);
	size_t n = 0;

	TRY(db_query(db, &q, HOLD_COLUMNS " ORDER BY h.at DESC, h.incident_id DESC LIMIT ?1", DB_INT(limit)));
	while (n < (size_t)limit && db_row(q))
		read_hold(a, q, &list[n++]);
	*ret = list;
	*ret_n = n;
	return db_end(q);
}
