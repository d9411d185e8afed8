/* SPDX-License-Identifier: Apache-2.0 */
/* journal_verify_job.c - the button "Verify" of /admin/journal: it reads the
 * whole journal, which takes longer than a page may. */
#include "base/arena.h"
#include "base/hex.h"
#include "db/db.h"
#include "job/job.h"
#include "job/work.h"
#include "journal/journal.h"
#include "team/team_job.h"

static enum err
verify(struct job_run *j, struct db *db)
{
	struct journal_report *report = arena_one(j->a, struct journal_report);
	struct journal_key key;
	const struct journal_expect expect = {
		.heads_path = arena_printf(j->a, "%s/journal.heads", j->work->data_dir),
		.public_key = key.public_key,
	};

	journal_key_init(&key, j->work->key);
	j->state = report;
	enum err e = journal_verify(db, j->a, &expect, report);

	if (e == ERR_NOT_FOUND || e == ERR_IO)
		j->error = "DATA/journal.heads is not there or cannot be read: it is made a moment after the first entry";
	return e;
}

static enum err
tell(struct job_run *j, struct db *db)
{
	const struct journal_report *r = j->state;
	struct value *payload = value_object(j->a);
	const struct journal_entry e = {
		.at = j->now,
		.actor = value_integer(value_get(j->payload, "by")),
		.actor_name = value_cstr(value_get(j->payload, "name")),
		.action = "journal.verify",
		.object = "journal",
		.payload = payload,
	};

	value_set_bool(j->a, payload, "good", r->fault == NULL);
	value_set_text(j->a, payload, "fault", r->fault);
	value_set_int(j->a, payload, "sealed", r->sealed);
	value_set_int(j->a, payload, "erased", r->erased);
	value_set_int(j->a, payload, "heads", r->heads);
	value_set_text(j->a, payload, "head", r->head);
	value_set_int(j->a, payload, "first_bad", r->first_bad);
	value_set_int(j->a, payload, "first_bad_id", r->first_bad_id);
	return journal_write(db, j->a, &e);
}

const struct job_kind team_job_kinds[] = {
	{ .name = "journal.verify", .max_tries = 3, .load = verify, .save = tell },
	{ 0 },
};
