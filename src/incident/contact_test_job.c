/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact_test_job.c - the job "contact.test": once an hour begins the tests that
 * the schedules of contacts ask for, and ends those that nobody answered.
 */
#include "auth/setting.h"
#include "db/db.h"
#include "incident/contact_test_store.h"
#include "job/job.h"
#include "job/work.h"

#define AT_ONCE 200 /* mails an hour: more wait for the next */

static enum err
save(struct job_run *j, struct db *db)
{
	const struct actor program = { 0, "system", j->now };
	int64_t *due, silent, id;
	size_t n;

	TRY(contact_test_silence(db, j->a, j->now, AT_ONCE, &silent));
	/* Without a sender nothing could leave: the schedule waits, overdue. */
	if (*setting_text(db, j->a, "team.email") == '\0')
		return OK;
	TRY(contact_test_due(db, j->a, j->now, AT_ONCE, &due, &n));
	for (size_t i = 0; i < n; i++) {
		enum err e = contact_test_begin(db, j->work->blobs, j->a, due[i], j->now, program, &id);

		if (e != OK && e != ERR_EXISTS && e != ERR_DENIED)
			return e;
	}
	return OK;
}

const struct job_kind contact_test_jobs[] = {
	{ .name = "contact.test", .max_tries = 3, .save = save, .every = CLOCK_HOUR },
	{ 0 },
};
