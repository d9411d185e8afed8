/* SPDX-License-Identifier: Apache-2.0 */
/* picture_job.c - "picture.make": an uploaded picture becomes one that may be shown. */
#include "base/arena.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "job/job.h"
#include "job/work.h"
#include "takedown/picture_store.h"

struct making {
	struct picture picture;
	struct str raw;
	struct picture_made made;
	const char *why; /* it is refused; NULL: it is not */
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct making *m = arena_one(j->a, struct making);

	j->state = m;
	TRY(picture_get(db, j->a, value_integer(value_get(j->payload, "picture")), &m->picture));
	return blob_get(j->work->blobs, db, j->a, m->picture.raw_blob, LIMIT_PICTURE_FILE, &m->raw);
}

static enum err
act(struct job_run *j)
{
	struct making *m = j->state;
	const char *why;
	enum err e = picture_ask(j->work->parse, j->a, m->raw, &m->made, &why);

	if (e != ERR_INVALID && e != ERR_LIMIT)
		return e;
	m->why = why;
	return OK;
}

static enum err
save(struct job_run *j, struct db *db)
{
	const struct making *m = j->state;

	return m->why != NULL ? picture_refuse(db, m->picture.id, m->why)
			      : picture_ready(db, j->work->blobs, m->picture.id, &m->made, j->now);
}

/* It broke the parse role each time. */
static enum err
died(struct job_run *j, struct db *db)
{
	return picture_refuse(db, value_integer(value_get(j->payload, "picture")), "The picture is broken and cannot be read.");
}

const struct job_kind picture_jobs[] = {
	{ .name = "picture.make", .max_tries = 3, .load = load, .act = act, .save = save, .died = died },
	{ 0 },
};
