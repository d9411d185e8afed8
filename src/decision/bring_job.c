/* SPDX-License-Identifier: Apache-2.0 */
/* bring_job.c - the job "decision.import": a file's rows become decisions, all or none. */
#include "base/arena.h"
#include "blob/blob.h"
#include "db/db.h"
#include "decision/bring_store.h"
#include "decision/decision_store.h"
#include "job/job.h"
#include "job/work.h"
#include "text/i18n.h"

struct bringing {
	struct decision_import import;
	struct decision_model model;
	struct str text;
	struct decision_bring got;
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct bringing *b = arena_one(j->a, struct bringing);

	j->state = b;
	TRY(decision_import_get(db, j->a, value_integer(value_get(j->payload, "id")), &b->import));
	TRY(decision_model_active(db, j->a, b->import.topic, NULL, &b->model));
	return blob_get(j->work->blobs, db, j->a, b->import.blob_id, LIMIT_IMPORT, &b->text);
}

static enum err
act(struct job_run *j)
{
	struct bringing *b = j->state;
	struct decision_mapping map;

	decision_mapping_read(j->a, &b->model, b->import.mapping, &map);
	return decision_bring_read(j->a, &b->model, &map, j->now, b->text, &b->got);
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct bringing *b = j->state;
	const struct actor by = { b->import.created_by, "import", j->now };

	if (b->got.faults > 0) {
		const struct decision_bring_fault *f = &b->got.fault[0];

		return decision_import_fail(db, b->import.id, arena_printf(j->a, "%zu: %s", f->line,
		    i18n_fill(j->a, f->message, I18N_ARGS({ "value", f->value }))));
	}
	enum err e = decision_import_take(db, j->a, b->import.id, &b->model, b->got.row, b->got.n, by);

	return e == ERR_CONFLICT ? OK : e; /* a run before this one did it */
}

static enum err
died(struct job_run *j, struct db *db)
{
	return decision_import_fail(db, value_integer(value_get(j->payload, "id")),
	    j->error == NULL ? N_("The file could not be taken in; see the jobs.") : j->error);
}

const struct job_kind bring_jobs[] = {
	{ .name = "decision.import", .max_tries = 3, .load = load, .act = act, .save = save, .died = died },
	{ 0 },
};
