/* SPDX-License-Identifier: Apache-2.0 */
/* site_bulk_job.c - long lists of sites and reports, piece by piece. */
#include "job/job.h"
#include "takedown/site_bulk_store.h"

static enum err
save_sites(struct job_run *j, struct db *db)
{
	return bulk_turn(j, db, &site_bulk_worker);
}

static enum err
save_reports(struct job_run *j, struct db *db)
{
	return bulk_turn(j, db, &site_put_worker);
}

const struct job_kind site_bulk_jobs[] = {
	{ .name = "takedown.bulk", .max_tries = 5, .save = save_sites },
	{ .name = "takedown.put", .max_tries = 5, .save = save_reports },
	{ 0 },
};
