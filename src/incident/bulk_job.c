/* SPDX-License-Identifier: Apache-2.0 */
/* bulk_job.c - a long list of reports, piece by piece. */
#include "base/arena.h"
#include "incident/bulk_store.h"
#include "job/job.h"
#include "job/work.h"

static enum err
save(struct job_run *j, struct db *db)
{
	int64_t id = value_integer(value_get(j->payload, "bulk"));
	bool more;

	TRY(bulk_step(db, j->work->blobs, j->a, id, BULK_PIECE, j->now, &more));
	if (!more)
		return OK;
	/* Its own turn each time: others write in between. */
	return job_add(db, j->a,
	    &(struct job_new){
		.kind = "inbox.bulk",
		.payload = j->payload,
		.key = arena_printf(j->a, "inbox.bulk/%lld", (long long)id),
	    },
	    j->now, NULL);
}

const struct job_kind bulk_jobs[] = {
	{ .name = "inbox.bulk", .max_tries = 5, .save = save },
	{ 0 },
};
