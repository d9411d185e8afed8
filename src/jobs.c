/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c - the kinds of jobs of all modules: one table a module. */
#include "job/job.h"

extern const struct job_kind intake_jobs[];
extern const struct job_kind lookup_jobs[];
extern const struct job_kind wkd_jobs[];
extern const struct job_kind poll_jobs[];
extern const struct job_kind send_jobs[];
extern const struct job_kind team_job_kinds[];
extern const struct job_kind mail_test_job_kinds[];
extern const struct job_kind retention_job_kinds[];

extern const struct job_kind bulk_jobs[];
extern const struct job_kind collect_jobs[];
extern const struct job_kind graph_jobs[];
extern const struct job_kind quarterly_jobs[];
extern const struct job_kind sighting_jobs[];
extern const struct job_kind exchange_jobs[];
extern const struct job_kind open_data_jobs[];
extern const struct job_kind site_bulk_jobs[];
extern const struct job_kind contact_test_jobs[];
extern const struct job_kind check_jobs[];
extern const struct job_kind mailing_jobs[];
extern const struct job_kind owner_jobs[];
extern const struct job_kind picture_jobs[];
extern const struct job_kind bring_jobs[];
extern const struct job_kind relearn_jobs[];
extern const struct job_kind vulnerability_jobs[];

const struct job_kind *const job_modules[] = {
	intake_jobs,
	lookup_jobs,
	wkd_jobs,
	poll_jobs,
	send_jobs,
	team_job_kinds,
	mail_test_job_kinds,
	retention_job_kinds,
	bulk_jobs,
	collect_jobs,
	graph_jobs,
	quarterly_jobs,
	sighting_jobs,
	exchange_jobs,
	open_data_jobs,
	site_bulk_jobs,
	contact_test_jobs,
	check_jobs,
	mailing_jobs,
	owner_jobs,
	picture_jobs,
	bring_jobs,
	relearn_jobs,
	vulnerability_jobs,
	NULL,
};
