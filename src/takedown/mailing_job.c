/* SPDX-License-Identifier: Apache-2.0 */
/* mailing_job.c - "mailing.group": contacts for very many sites, in pieces; "mailing.send": the letters of a mailing, one a run, so that
 * nobody waits for all of them; "mailing.sent": sites learn that one left. */
#include <string.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "job/job.h"
#include "job/work.h"
#include "takedown/mailing_letter_store.h"

struct piece {
	struct mailing mailing;
	struct mailing_choice *list;
	size_t n;
	bool wanted;
};

static enum err
group_load(struct job_run *j, struct db *db)
{
	struct piece *p = arena_one(j->a, struct piece);

	j->state = p;
	TRY(mailing_get(db, j->a, value_integer(value_get(j->payload, "mailing")), &p->mailing));
	p->wanted = strcmp(p->mailing.state, "preparing") == 0;
	return p->wanted ? mailing_choose(db, j->a, &p->mailing, MAILING_PIECE, &p->list, &p->n) : OK;
}

static enum err
group_save(struct job_run *j, struct db *db)
{
	struct piece *p = j->state;
	struct mailing m;

	/* Thrown away in the meantime? */
	TRY(mailing_get(db, j->a, p->mailing.id, &m));
	if (!p->wanted || strcmp(m.state, "preparing") != 0)
		return OK;
	return mailing_put(db, j->a, &p->mailing, p->list, p->n, j->now);
}

/* What was found stays; the rest can be asked for again on the page. */
static enum err
group_died(struct job_run *j, struct db *db)
{
	struct mailing m;

	TRY(mailing_get(db, j->a, value_integer(value_get(j->payload, "mailing")), &m));
	return strcmp(m.state, "preparing") == 0 ? mailing_set_state(db, m.id, "draft", j->now) : OK;
}

static enum err
send_next(struct job_run *j, struct db *db)
{
	int64_t id = value_integer(value_get(j->payload, "mailing")), letter;
	struct mailing m;
	struct mailing_letter l;
	struct user u = { .name = "system" };

	TRY(mailing_get(db, j->a, id, &m));
	if (strcmp(m.state, "held") != 0 && strcmp(m.state, "sending") != 0)
		return OK;
	TRY(mailing_next(db, id, &letter));
	if (letter == 0)
		return mailing_set_state(db, id, "sent", j->now);
	TRY(mailing_set_state(db, id, "sending", j->now));
	enum err e = user_get(db, j->a, value_integer(value_get(j->payload, "person")), &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(mailing_letter_get(db, j->a, letter, NULL, &l));
	TRY(mailing_queue(db, j->work->blobs, j->a, &m, &l, (struct actor){ u.id, u.name, j->now }));
	return job_add(db, j->a,
	    &(struct job_new){
		.kind = "mailing.send",
		.payload = j->payload,
		.key = arena_printf(j->a, "mailing.send/%lld", (long long)id),
	    },
	    j->now, NULL);
}

static enum err
sent(struct job_run *j, struct db *db)
{
	return mailing_sent(db, j->a, value_integer(value_get(j->payload, "message")), j->now);
}

const struct job_kind mailing_jobs[] = {
	{ .name = "mailing.group", .max_tries = 5, .load = group_load, .save = group_save, .died = group_died },
	{ .name = "mailing.send", .max_tries = 10, .save = send_next },
	{ .name = "mailing.sent", .max_tries = 10, .save = sent, .batch = true },
	{ 0 },
};
