/* SPDX-License-Identifier: Apache-2.0 */
/* bulk_job.c - a long list of reports, piece by piece. */
#include "incident/bulk_store.h"
#include "job/job.h"

static enum err
save(struct job_run *j, struct db *db)
{
	return bulk_turn(j, db, NULL);
}

const struct job_kind bulk_jobs[] = {
	{ .name = "inbox.bulk", .max_tries = 5, .save = save },
	{ 0 },
};
