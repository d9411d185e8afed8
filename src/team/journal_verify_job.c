/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_verify_job.c - the journal is verified as a whole, which takes longer
 * than a page may: "journal.verify" for the button of /admin/journal, and
 * "journal.nightly" by itself in the small hours. Both compare the chain with
 * the signed heads in DATA/journal.heads, and their result is a journal entry.
 */
#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "db/db.h"
#include "job/job.h"
#include "job/work.h"
#include "journal/journal.h"
#include "team/team_job.h"

#define NIGHT_BEGINS 2 /* o'clock, in the team's zone */
#define NIGHT_ENDS 5
#define OFTEN (20 * CLOCK_HOUR) /* verified so lately: not again */
#define LATE (30 * CLOCK_HOUR)	/* no night came by: at any hour */

static enum err
verify(struct job_run *j, struct db *db)
{
	struct journal_report *report = arena_one(j->a, struct journal_report);
	struct journal_key key;
	const struct journal_expect expect = {
		.heads_path = j->work->data_dir == NULL || *j->work->data_dir == '\0'
		    ? NULL
		    : arena_printf(j->a, "%s/journal.heads", j->work->data_dir),
		.public_key = key.public_key,
	};

	journal_key_init(&key, j->work->key);
	j->state = report;
	enum err e = journal_verify(db, j->a, &expect, report);

	if (e == ERR_NOT_FOUND || e == ERR_IO)
		j->error = "DATA/journal.heads is not there or cannot be read: it is made a moment after the first entry";
	return e;
}

static bool
is_night(struct job_run *j, struct db *db)
{
	const struct zone *zone = zone_tokyo();

	if (zone_find(setting_text(db, j->a, "team.zone"), &zone) != OK)
		zone = zone_tokyo();
	int64_t local = j->now + zone_offset(zone, j->now) * CLOCK_SECOND;
	int64_t hour = local % CLOCK_DAY / CLOCK_HOUR;

	return hour >= NIGHT_BEGINS && hour < NIGHT_ENDS;
}

/* Looks every hour whether it is time. */
static enum err
nightly(struct job_run *j, struct db *db)
{
	struct journal_head head;
	struct value *last;
	int64_t at = 0;
	enum err e = journal_verified(db, j->a, &last, &at);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(journal_head_load(db, &head));
	if (head.seal == 0 || j->now - at < OFTEN || (j->now - at < LATE && !is_night(j, db)))
		return OK;
	e = verify(j, db);
	if (e != ERR_NOT_FOUND && e != ERR_IO)
		return e;
	/* Entries are sealed, and what pins them is away: as bad as a broken chain. */
	((struct journal_report *)j->state)->fault =
	    "The file of signed heads, DATA/journal.heads, is away or cannot be read: nothing shows that the end was not cut off.";
	j->error = NULL;
	return OK;
}

static enum err
tell(struct job_run *j, struct db *db)
{
	const struct journal_report *r = j->state;

	if (r == NULL)
		return OK; /* it was not time */
	const char *by = value_cstr(value_get(j->payload, "name"));
	struct value *payload = value_object(j->a);
	const struct journal_entry e = {
		.at = j->now,
		.actor = value_integer(value_get(j->payload, "by")),
		.actor_name = *by == '\0' ? "system" : by,
		.action = "journal.verify",
		.object = "journal",
		.payload = payload,
	};

	value_set_bool(j->a, payload, "good", r->fault == NULL);
	value_set_text(j->a, payload, "fault", r->fault);
	value_set_int(j->a, payload, "sealed", r->sealed);
	value_set_int(j->a, payload, "erased", r->erased);
	value_set_int(j->a, payload, "heads", r->heads);
	value_set_text(j->a, payload, "head", r->head);
	value_set_int(j->a, payload, "first_bad", r->first_bad);
	value_set_int(j->a, payload, "first_bad_id", r->first_bad_id);
	if (r->fault != NULL)
		log_error("the journal was changed or cut; see /admin/journal", LOG_S("fault", r->fault));
	return journal_write(db, j->a, &e);
}

const struct job_kind team_job_kinds[] = {
	{ .name = "journal.verify", .max_tries = 3, .load = verify, .save = tell },
	{ .name = "journal.nightly", .max_tries = 3, .load = nightly, .save = tell, .every = CLOCK_HOUR },
	{ 0 },
};
