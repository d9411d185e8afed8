/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/bulk_store.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "db/db.h"
#include "incident/incident_store.h"
#include "incident/letter_store.h"
#include "incident/report_store.h"
#include "job/job.h"
#include "job/work.h"
#include "text/value.h"

const char *const bulk_acts[] = { "incident", "each", "attach", "decline", "assign", "priority", "door", NULL };

#define INBOX_JOB "inbox.bulk"

static enum err
add_job(struct db *db, struct arena *a, const char *job, int64_t id, int64_t now)
{
	struct value *p = value_object(a);

	value_set_int(a, p, "bulk", id);
	return job_add(db, a, &(struct job_new){ .kind = job, .payload = p,
		.key = arena_printf(a, "%s/%lld", job, (long long)id) }, now, NULL);
}

enum err
bulk_add(struct db *db, struct arena *a, const char *act, const struct value *params, int64_t person,
    const int64_t *reports, size_t n, int64_t now, int64_t *ret_id)
{
	return bulk_add_for(db, a, INBOX_JOB, act, params, person, reports, n, now, ret_id);
}

enum err
bulk_add_for(struct db *db, struct arena *a, const char *job, const char *act, const struct value *params,
    int64_t person, const int64_t *reports, size_t n, int64_t now, int64_t *ret_id)
{
	struct buf *list = buf_new(a, LIMIT_BULK * (size_t)24);

	/* One row for all of them: the request must not wait for thousands. */
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(list, ',');
		buf_int(list, reports[i]);
	}
	TRY(buf_error(list));
	TRY(db_insert(db, ret_id,
	    "INSERT INTO bulk (person_id, at, act, params, reports, state, total) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6) RETURNING id",
	    DB_INT(person), DB_INT(now), DB_TEXT(act), DB_TEXT(value_json_text(a, params)),
	    DB_STR(buf_view(list)), DB_INT((int64_t)n)));
	return n > BULK_AT_ONCE ? add_job(db, a, job, *ret_id, now) : OK;
}

enum err
bulk_get(struct db *db, struct arena *a, int64_t id, struct bulk *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q,
	    "SELECT id, person_id, at, act, params, state, total, done, skipped FROM bulk WHERE id = ?1", DB_INT(id)));
	*ret = (struct bulk){
		.id = db_int(q, 0),
		.person_id = db_int(q, 1),
		.at = db_int(q, 2),
		.act = db_dup(a, q, 3),
		.state = db_dup(a, q, 5),
		.total = db_int(q, 6),
		.done = db_int(q, 7),
		.skipped = db_int(q, 8),
	};
	return value_parse(a, str_of(db_dup(a, q, 4)), &ret->params, NULL);
}

static const char *
text_param(const struct bulk *b, const char *key)
{
	const char *s = value_cstr(value_get(b->params, key));

	return *s == '\0' ? NULL : s;
}

static struct decision
decision_of(const struct bulk *b)
{
	int64_t incident = value_integer(value_get(b->params, "incident"));
	struct decision d = {
		.owner = -1,
		.actor = b->person_id,
		.actor_name = value_cstr(value_get(b->params, "actor_name")),
	};

	if (strcmp(b->act, "each") == 0 || (strcmp(b->act, "incident") == 0 && incident == 0)) {
		d.act = DECIDE_NEW;
		d.title = strcmp(b->act, "each") == 0 ? NULL : text_param(b, "title");
		d.owner = b->person_id;
	} else if (strcmp(b->act, "incident") == 0 || strcmp(b->act, "attach") == 0) {
		d.act = DECIDE_ATTACH;
		d.incident = incident;
	} else if (strcmp(b->act, "decline") == 0) {
		d.act = DECIDE_DECLINE;
		d.reason = text_param(b, "reason");
	} else if (strcmp(b->act, "assign") == 0) {
		d.owner = value_integer(value_get(b->params, "owner"));
	} else if (strcmp(b->act, "priority") == 0) {
		d.priority = text_param(b, "priority");
	} else {
		d.door = text_param(b, "door");
	}
	return d;
}

enum err
bulk_still_may(struct db *db, struct arena *a, const struct bulk *b, int64_t report, int64_t incident, bool *ret)
{
	struct incident i;
	struct user u;
	enum err e = user_get(db, a, b->person_id, &u);

	*ret = e == OK && u.active && auth_may(u.role, PERM_REPORT_EDIT);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (*ret)
		TRY(report_visible(db, report, &u, ret));
	if (!*ret || incident == 0)
		return OK;
	TRY(incident_get(db, a, incident, &i));
	return incident_visible(db, &i, &u, ret);
}

enum err
bulk_set_params(struct db *db, struct arena *a, const struct bulk *b)
{
	return db_run(db, "UPDATE bulk SET params = ?2 WHERE id = ?1", DB_INT(b->id),
	    DB_TEXT(value_json_text(a, b->params)));
}

/* One report. What is not waiting any more is only changed, not decided again. */
static enum err
decide_one(struct db *db, struct blob_store *blobs, struct arena *a, struct bulk *b, int64_t report, int64_t now,
    struct value *undo, bool *ret_skipped)
{
	struct decision d = decision_of(b);
	struct decision_result result;
	struct report r;
	bool may;

	TRY(bulk_still_may(db, a, b, report, d.incident, &may));
	if (!may) {
		*ret_skipped = true;
		return OK;
	}
	TRY(report_get(db, a, report, &r));
	if (d.act != DECIDE_CHANGE && d.act != DECIDE_ATTACH && strcmp(r.state, "new") != 0) {
		*ret_skipped = true;
		return OK;
	}
	TRY(decide_report(db, a, report, 0, &d, now, undo, &result));
	if (d.act == DECIDE_DECLINE && value_true(value_get(b->params, "answer"))) {
		int64_t message = 0;

		TRY(letter_decline(db, blobs, a, &r, d.reason, b->person_id, now, &message));
		value_set_int(a, undo, "message", message);
	}
	/* The others go where the first one went. */
	if (strcmp(b->act, "incident") == 0 && d.act == DECIDE_NEW) {
		value_set_int(a, b->params, "incident", result.incident);
		value_set_text(a, b->params, "incident_ref", arena_dup(a, result.incident_ref));
		TRY(bulk_set_params(db, a, b));
	}
	return OK;
}

static enum err
decide_back(struct db *db, struct arena *a, const struct bulk *b, const struct value *undo, int64_t now,
    bool *ret_skipped)
{
	bool may;

	TRY(bulk_still_may(db, a, b, value_integer(value_get(undo, "report")), 0, &may));
	if (!may) {
		*ret_skipped = true;
		return OK;
	}
	enum err e = decide_undo(db, a, undo, b->person_id, value_cstr(value_get(b->params, "actor_name")), now);

	if (e == ERR_CONFLICT) {
		*ret_skipped = true;
		return OK;
	}
	TRY(e);
	return letter_take_back(db, value_integer(value_get(undo, "message")), now);
}

static const struct bulk_worker inbox_worker = { INBOX_JOB, decide_one, decide_back };

static enum err
do_one(struct db *db, struct blob_store *blobs, struct arena *a, const struct bulk_worker *worker, struct bulk *b,
    int64_t seq, int64_t id, int64_t now, bool *ret_skipped)
{
	struct value *undo = value_object(a);

	*ret_skipped = false;
	TRY(worker->one(db, blobs, a, b, id, now, undo, ret_skipped));
	if (*ret_skipped)
		return OK;
	return db_run(db, "INSERT INTO bulk_item (bulk_id, seq, before) VALUES (?1, ?2, ?3)", DB_INT(b->id),
	    DB_INT(seq), DB_TEXT(value_json_text(a, undo)));
}

static enum err
undo_one(struct db *db, struct arena *a, const struct bulk_worker *worker, const struct bulk *b, int64_t seq,
    const char *before, int64_t now, bool *ret_skipped)
{
	struct value *undo;

	*ret_skipped = false;
	TRY(value_parse(a, str_of(before), &undo, NULL));
	TRY(worker->back(db, a, b, undo, now, ret_skipped));
	if (*ret_skipped)
		return OK;
	return db_run(db, "DELETE FROM bulk_item WHERE bulk_id = ?1 AND seq = ?2", DB_INT(b->id), DB_INT(seq));
}

struct item {
	int64_t seq, report;
	const char *before;
};

/* What is next to be done, from the list. */
static enum err
next_items(struct db *db, struct arena *a, const struct bulk *b, size_t most, struct item *item, size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;
	struct str list, one;
	int64_t seq = 0;

	TRY(db_one(db, &q, "SELECT reports FROM bulk WHERE id = ?1", DB_INT(b->id)));
	list = str_of(db_dup(a, q, 0));
	while (*ret_n < most && str_split(&list, ',', &one)) {
		struct item *i = &item[*ret_n];

		*i = (struct item){ .seq = ++seq };
		if (seq > b->done && str_int(one, 1, INT64_MAX, &i->report))
			(*ret_n)++;
	}
	return OK;
}

static enum err
read_items(struct db *db, struct arena *a, const struct bulk *b, bool back, size_t most, struct item *item,
    size_t *ret_n)
{
	AUTO(db_stmt) q = NULL;

	*ret_n = 0;
	if (!back)
		return next_items(db, a, b, most, item, ret_n);
	TRY(db_query(db, &q,
	    "SELECT seq, before FROM bulk_item WHERE bulk_id = ?1 AND seq <= ?2 AND seq > ?3 ORDER BY seq DESC",
	    DB_INT(b->id), DB_INT(b->total - b->done), DB_INT(b->total - b->done - (int64_t)most)));
	while (*ret_n < most && db_row(q))
		item[(*ret_n)++] = (struct item){ .seq = db_int(q, 0), .before = db_dup(a, q, 1) };
	return db_end(q);
}

enum err
bulk_step(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id, size_t most, int64_t now,
    bool *ret_more)
{
	return bulk_step_by(db, blobs, a, &inbox_worker, id, most, now, ret_more);
}

enum err
bulk_step_by(struct db *db, struct blob_store *blobs, struct arena *a, const struct bulk_worker *worker, int64_t id,
    size_t most, int64_t now, bool *ret_more)
{
	struct item *item = arena_many(a, struct item, most + 1);
	struct bulk b;
	size_t n;

	TRY(bulk_get(db, a, id, &b));
	bool back = strcmp(b.state, "undoing") == 0;

	*ret_more = false;
	if (!back && strcmp(b.state, "running") != 0)
		return OK;
	TRY(read_items(db, a, &b, back, most, item, &n));
	for (size_t i = 0; i < n; i++) {
		AUTO(arena) one = arena_new();
		bool skipped;

		/* The list's own values live longer than one report's. */
		bool keeps = strcmp(b.act, "incident") == 0 || worker != &inbox_worker;
		struct arena *room = keeps && !back ? a : one;

		if (back)
			TRY(undo_one(db, room, worker, &b, item[i].seq, item[i].before, now, &skipped));
		else
			TRY(do_one(db, blobs, room, worker, &b, item[i].seq, item[i].report, now, &skipped));
		b.skipped += skipped;
	}
	/* Back, those that had been skipped are passed over without a row. */
	b.done += back ? (int64_t)most : (int64_t)n;
	b.done = b.done > b.total ? b.total : b.done;
	*ret_more = b.done < b.total && (back || n > 0);
	TRY(db_run(db, "UPDATE bulk SET done = ?2, skipped = ?3, state = ?4 WHERE id = ?1", DB_INT(id),
	    DB_INT(b.done), DB_INT(b.skipped), DB_TEXT(*ret_more ? b.state : back ? "undone" : "done")));
	return OK;
}

enum err
bulk_undo(struct db *db, struct arena *a, int64_t id, int64_t now)
{
	return bulk_undo_by(db, a, &inbox_worker, id, now);
}

enum err
bulk_undo_by(struct db *db, struct arena *a, const struct bulk_worker *worker, int64_t id, int64_t now)
{
	struct bulk b;

	TRY(bulk_get(db, a, id, &b));
	if (strcmp(b.state, "done") != 0 && strcmp(b.state, "running") != 0)
		return ERR_CONFLICT;
	/* What had not been done yet has nothing to take back. */
	TRY(db_run(db, "UPDATE bulk SET state = 'undoing', done = total - done, skipped = 0 WHERE id = ?1",
	    DB_INT(id)));
	return b.done > BULK_AT_ONCE ? add_job(db, a, worker->job, id, now) : OK;
}

enum err
bulk_turn(struct job_run *j, struct db *db, const struct bulk_worker *worker)
{
	int64_t id = value_integer(value_get(j->payload, "bulk"));
	bool more;

	TRY(bulk_step_by(db, j->work->blobs, j->a, worker == NULL ? &inbox_worker : worker, id, BULK_PIECE, j->now, &more));
	/* Its own turn each time: others write in between. */
	return more ? add_job(db, j->a, worker == NULL ? INBOX_JOB : worker->job, id, j->now) : OK;
}
