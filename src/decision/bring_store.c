/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/bring_store.h"

#include <string.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/hex.h"
#include "blob/blob.h"
#include "db/db.h"
#include "decision/decision_store.h"
#include "job/job.h"
#include "text/value.h"

#define COLUMNS                                                                                              \
	"SELECT id, blob_id, decisions, created_by, created_at, done_at, topic, name, digest, mapping, error, state " \
	"FROM decision_import "

static void
read_import(struct arena *a, struct db_stmt *q, struct decision_import *i)
{
	*i = (struct decision_import){
		.id = db_int(q, 0), .blob_id = db_int(q, 1), .decisions = db_int(q, 2), .created_by = db_int(q, 3),
		.created_at = db_int(q, 4), .done_at = db_int(q, 5), .topic = db_dup(a, q, 6), .name = db_dup(a, q, 7),
		.digest = db_dup(a, q, 8), .mapping = db_dup(a, q, 9), .error = db_dup(a, q, 10), .state = db_dup(a, q, 11),
	};
}

enum err
decision_import_add(struct db *db, const char *topic, const char *name, const unsigned char digest[32], int64_t blob,
    struct actor by, int64_t *ret_id)
{
	AUTO(arena) scratch = arena_new();

	return db_insert(db, ret_id,
	    "INSERT INTO decision_import (topic, name, digest, blob_id, mapping, state, created_by, created_at) "
	    "VALUES (?1, ?2, ?3, ?4, '', 'open', ?5, ?6) RETURNING id",
	    DB_TEXT(topic), DB_TEXT(name), DB_TEXT(hex_format(scratch, digest, 32)), DB_INT_OR_NULL(blob), DB_INT_OR_NULL(by.id), DB_INT(by.now));
}

enum err
decision_import_get(struct db *db, struct arena *a, int64_t id, struct decision_import *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS "WHERE id = ?1", DB_INT(id)));
	read_import(a, q, ret);
	return OK;
}

enum err
decision_import_list(struct db *db, struct arena *a, const char *topic, struct decision_import **ret, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(db_query(db, &q, COLUMNS "WHERE topic = ?1 ORDER BY id DESC LIMIT 100", DB_TEXT(topic)));
	while (db_row(q)) {
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		read_import(a, q, &(*ret)[(*ret_n)++]);
	}
	return db_end(q);
}

enum err
decision_import_before(struct db *db, struct arena *a, const char *topic, const char *digest, int64_t id,
    struct decision_import *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, COLUMNS "WHERE topic = ?1 AND digest = ?2 AND state = 'done' AND id <> ?3 ORDER BY id DESC LIMIT 1",
	    DB_TEXT(topic), DB_TEXT(digest), DB_INT(id)));
	read_import(a, q, ret);
	return OK;
}

enum err
decision_import_map(struct db *db, int64_t id, const char *mapping)
{
	TRY(db_run(db, "UPDATE decision_import SET mapping = ?2, state = 'open', error = '' WHERE id = ?1 AND state IN ('open', 'failed')",
	    DB_INT(id), DB_TEXT(mapping)));
	return db_changed(db) == 1 ? OK : ERR_CONFLICT;
}

enum err
decision_import_start(struct db *db, struct arena *a, int64_t id, struct actor by)
{
	struct value *v = value_object(a);

	TRY(db_run(db, "UPDATE decision_import SET state = 'waiting', created_by = ?2 WHERE id = ?1 AND state = 'open'", DB_INT(id),
	    DB_INT_OR_NULL(by.id)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	value_set_int(a, v, "id", id);
	return job_add(db, a, &(struct job_new){ .kind = "decision.import", .payload = v,
	    .key = arena_printf(a, "decision.import:%lld", (long long)id) }, by.now, NULL);
}

static int64_t
user_named(const struct user *u, size_t n, const char *who)
{
	for (size_t i = 0; i < n && *who != '\0'; i++)
		if (str_is_case(str_of(who), u[i].email) || strcmp(who, u[i].name) == 0)
			return u[i].id;
	return 0;
}

static enum err
take_row(struct db *db, const struct decision_import *i, const struct decision_model *m, const struct decision_brought *r,
    int64_t number, const char *title, int64_t person)
{
	int64_t subject;

	TRY(db_insert(db, &subject,
	    "INSERT INTO decision_subject (topic, object, object_id, title, state, created_at) "
	    "VALUES (?1, 'past', ?2, ?3, 'decided', ?4) RETURNING id",
	    DB_TEXT(i->topic), DB_INT(number), DB_TEXT(title), DB_INT(r->at)));
	return db_run(db,
	    "INSERT INTO decision (subject_id, topic, leaf, proposed, outcome, overridden, reason, facts, analyst, import_id, "
	    "person_id, at) VALUES (?1, ?2, 0, '', ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9)",
	    DB_INT(subject), DB_TEXT(i->topic), DB_TEXT(m->outcome.value[r->outcome].key), DB_TEXT(r->reason), DB_TEXT(r->facts),
	    DB_TEXT(person != 0 ? "" : r->who), DB_INT(i->id), DB_INT_OR_NULL(person), DB_INT(r->at));
}

enum err
decision_import_take(struct db *db, struct arena *a, int64_t id, const struct decision_model *m,
    const struct decision_brought *row, size_t n, struct actor by)
{
	AUTO(arena) scratch = arena_new();
	struct decision_import i;
	struct value *v = value_object(a);
	struct user *user;
	int64_t number;
	size_t users;

	TRY(decision_import_get(db, a, id, &i));
	TRY(user_list(db, a, &user, &users));
	TRY(db_run(db, "UPDATE decision_import SET state = 'done', decisions = ?2, done_at = ?3, error = '', blob_id = NULL "
	    "WHERE id = ?1 AND state <> 'done'", DB_INT(id), DB_INT((int64_t)n), DB_INT(by.now)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	TRY(decision_subject_next(db, i.topic, "past", &number));
	for (size_t k = 0; k < n; k++) {
		const char *title = row[k].title;

		arena_reset(scratch);
		if (*title == '\0')
			title = arena_printf(scratch, "%s, %zu", i.name, row[k].line);
		TRY(take_row(db, &i, m, &row[k], number + (int64_t)k, title, user_named(user, users, row[k].who)));
	}
	if (i.blob_id != 0)
		TRY(blob_forget(db, i.blob_id));
	value_set_text(a, v, "name", i.name);
	value_set_text(a, v, "sha256", i.digest);
	value_set_int(a, v, "decisions", (int64_t)n);
	TRY(journal_tell(db, a, "decision.import", "decision_import", id, v, by));
	return decision_relearn(db, a, i.topic, by.now);
}

enum err
decision_import_fail(struct db *db, int64_t id, const char *why)
{
	return db_run(db, "UPDATE decision_import SET state = 'failed', error = ?2 WHERE id = ?1 AND state = 'waiting'", DB_INT(id),
	    DB_TEXT(why));
}

enum err
decision_import_drop(struct db *db, int64_t id)
{
	AUTO(db_stmt) q = NULL;
	int64_t blob;

	TRY(db_one(db, &q, "SELECT blob_id FROM decision_import WHERE id = ?1", DB_INT(id)));
	blob = db_int(q, 0);
	TRY(db_end(q));
	TRY(db_run(db, "DELETE FROM decision_import WHERE id = ?1 AND state IN ('open', 'failed')", DB_INT(id)));
	if (db_changed(db) != 1)
		return ERR_CONFLICT;
	return blob == 0 ? OK : blob_forget(db, blob);
}

enum err
decision_import_leave_out(struct db *db, struct arena *a, int64_t id, bool left_out, struct actor by)
{
	struct decision_import i;
	struct value *v = value_object(a);

	TRY(decision_import_get(db, a, id, &i));
	TRY(db_run(db, "UPDATE decision SET left_out = ?2 WHERE import_id = ?1", DB_INT(id), DB_INT(left_out)));
	value_set_bool(a, v, "left_out", left_out);
	TRY(journal_tell(db, a, "decision.leave-out", "decision_import", id, v, by));
	return decision_relearn(db, a, i.topic, by.now);
}
