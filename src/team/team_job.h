/* SPDX-License-Identifier: Apache-2.0 */
/* team_job.h - jobs of this folder: jobs.c. */
#ifndef TEAM_TEAM_JOB_H
#define TEAM_TEAM_JOB_H

#include "job/job.h"

extern const struct job_kind team_job_kinds[], mail_test_job_kinds[];

#endif
