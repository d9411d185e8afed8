/* SPDX-License-Identifier: Apache-2.0 */
/* owner_job.c - "owner.notice": the owner of a brand is told of its new sites. */
#include "blob/blob.h"
#include "job/job.h"
#include "job/work.h"
#include "takedown/owner_store.h"

static enum err
notice(struct job_run *j, struct db *db)
{
	int64_t held;

	return owner_notice(db, j->work->blobs, j->a, value_integer(value_get(j->payload, "brand")), j->now, &held);
}

const struct job_kind owner_jobs[] = {
	{ .name = "owner.notice", .max_tries = 10, .save = notice },
	{ 0 },
};
