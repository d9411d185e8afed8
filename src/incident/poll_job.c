/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_job.c - the job "mail.poll": looks into the team's mailbox (IMAP).
 *
 * A step that touches the world has no database, so each mail goes in by
 * DATA/intake.sock like one from a pipe and is marked in the mailbox only after
 * the server said that it is durable. A mail that comes twice because something
 * ended in between has the same bytes, and so stays one.
 *
 * A mailbox that cannot be read is no dead job: it is tried for as long as it is
 * set; /admin shows since when and why, the journal has the change.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "incident/intake_client.h"
#include "incident/poll_store.h"
#include "job/job.h"
#include "job/work.h"
#include "journal/journal.h"
#include "net/imap.h"

#define MOST 100 /* mails a look; the next follows at once */

struct polling {
	struct imap_box box;
	struct poll_state state;
	struct imap_state at;
	const char *data_dir, *why;
	int64_t seconds;
	size_t n, too_large;
	bool set;
};

static enum net_tls
tls_of(const char *s)
{
	if (strcmp(s, "none") == 0)
		return NET_TLS_NONE;
	return strcmp(s, "try") == 0 ? NET_TLS_TRY : NET_TLS_REQUIRE;
}

static enum err
load(struct job_run *j, struct db *db)
{
	struct polling *p = arena_one(j->a, struct polling);
	struct net_server *s = &p->box.server;

	j->state = p;
	p->data_dir = j->work->data_dir;
	p->seconds = setting_int(db, "imap.poll_seconds");
	s->url = setting_text(db, j->a, "imap.url");
	s->user = setting_text(db, j->a, "imap.user");
	s->tls = tls_of(setting_text(db, j->a, "imap.tls"));
	s->seconds = (int)setting_int(db, "mail.server_seconds");
	p->box.folder = setting_text(db, j->a, "imap.folder");
	p->box.after = IMAP_AFTER_SEEN;
	p->box.most = MOST;
	p->set = *s->url != '\0';
	TRY(poll_state_get(db, j->a, &p->state));
	const char *box = arena_printf(j->a, "%s %s %s", s->url, s->user, p->box.folder);

	if (p->state.box == NULL || strcmp(p->state.box, box) != 0)
		p->state = (struct poll_state){ .box = box };
	p->at = (struct imap_state){ (uint32_t)p->state.validity, (uint32_t)p->state.uid };
	if (p->set && setting_secret(db, j->a, j->work->key, "imap.password", &s->password) != OK)
		p->why = "The stored password cannot be read with this secret.key: enter it again.";
	return OK;
}

static enum err
store(void *object, struct arena *a, const struct imap_mail *m)
{
	struct polling *p = object;

	if (m->too_large) {
		p->too_large++;
		return OK; /* it stays in the mailbox; the page says so */
	}
	enum err e = intake_hand_over(a, p->data_dir, m->raw);

	return e == ERR_NOT_FOUND ? ERR_UNAVAILABLE : e;
}

static enum err
act(struct job_run *j)
{
	struct polling *p = j->state;

	if (!p->set || p->why != NULL)
		return OK;
	enum err e = imap_poll(j->a, &p->box, &p->at, store, p, &p->n, &p->why);

	if (e == OK)
		p->why = p->too_large == 0
		    ? NULL
		    : "A mail in it is larger than this server takes; it was left in the mailbox.";
	else if (p->why == NULL)
		p->why = err_name(e);
	return OK;
}

static enum err
tell(struct job_run *j, struct db *db, const struct polling *p)
{
	struct value *payload = value_object(j->a);
	const struct journal_entry e = {
		.at = j->now,
		.actor_name = "system",
		.action = p->why == NULL ? "mailbox.works" : "mailbox.fails",
		.object = "setting",
		.payload = payload,
	};

	if (p->why != NULL) {
		value_set_text(j->a, payload, "why", p->why);
		log_warn("the mailbox cannot be read; it is tried again", LOG_S("error", p->why));
	}
	return journal_write(db, j->a, &e);
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct polling *p = j->state;
	struct poll_state s = p->state;
	bool failed = s.error != NULL;

	if (!p->set)
		return OK; /* looked after again within a minute */
	s.validity = p->at.validity;
	s.uid = p->at.uid;
	s.error = p->why;
	if (p->why == NULL)
		s.polled_at = j->now;
	else if (!failed)
		s.error_at = j->now;
	if (failed != (p->why != NULL))
		TRY(tell(j, db, p));
	TRY(poll_state_set(db, j->a, &s));
	int64_t wait = p->seconds * CLOCK_SECOND;

	if (p->n >= MOST)
		wait = 0;
	if (p->why != NULL && wait < CLOCK_MINUTE)
		wait = CLOCK_MINUTE;
	/* Under the key of the periodic run, so that there is one. */
	return job_add(db, j->a, &(struct job_new){ .kind = "mail.poll", .key = "every:mail.poll", .run_at = j->now + wait },
	    j->now, NULL);
}

const struct job_kind poll_jobs[] = {
	{ .name = "mail.poll", .max_tries = 1, .load = load, .act = act, .save = save, .every = CLOCK_MINUTE },
	{ 0 },
};
