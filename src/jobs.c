/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c - the kinds of jobs of all modules: one table a module. */
#include "job/job.h"

const struct job_kind *const job_modules[] = {
	NULL,
};
