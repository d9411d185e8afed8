/* SPDX-License-Identifier: Apache-2.0 */
/* check_job.c - sites that are due go to the check role; what it saw is stored. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "blob/blob.h"
#include "directory/geo.h"
#include "incident/intake_guess.h"
#include "job/job.h"
#include "job/work.h"
#include "sys/ipc.h"
#include "takedown/check_page.h"
#include "takedown/check_store.h"
#include "takedown/site_store.h"

#define EVERY (15 * CLOCK_SECOND)
#define AGAIN (500)			/* ms, while looks are under way */
#define LEASE (10 * CLOCK_MINUTE)	/* then a lost one is due again */
#define DUE 1000			/* given out at once */
#define MARKS_MAX LIMIT_KIB(8)

struct turn {
	struct check_policy policy;
	struct check_due due;
	const char *marks;
	bool on;
	int64_t hold, watch;
	struct check_seen *seen;
	struct check_page *page; /* of each */
	size_t n, busy;
};

static enum err
load(struct job_run *j, struct db *db)
{
	struct turn *t = arena_one(j->a, struct turn);

	j->state = t;
	t->on = setting_bool(db, "check.on");
	t->marks = setting_text(db, j->a, "check.marks");
	t->hold = setting_int(db, "check.hold_minutes") * CLOCK_MINUTE;
	t->watch = setting_int(db, "check.watch_days") * CLOCK_DAY;
	if (!t->on)
		return OK;
	TRY(check_policy_load(db, j->a, &t->policy));
	return check_due_list(db, j->a, j->now, DUE, &t->due);
}

static enum err
act(struct job_run *j)
{
	struct turn *t = j->state;

	if (!t->on)
		return OK;
	enum err e = check_link_turn(j->work->check, j->a, &t->policy, t->due.want, t->due.n, &t->seen, &t->n, &t->busy);

	if (e == ERR_INVALID)
		j->error = "The settings of the checks name a proxy or name server that is none, or the check role answered nonsense.";
	else if (e != OK)
		j->error = "The check role does not answer; it is being started again.";
	TRY(e);
	t->page = arena_many(j->a, struct check_page, t->n + 1);
	for (size_t i = 0; i < t->n; i++) {
		/* A page that breaks the parse role is seen all the same. */
		if (check_page_ask(j->work->parse, j->a, str_of(t->seen[i].content_type), t->seen[i].body,
			str_take(str_of(t->marks), MARKS_MAX), &t->page[i]) != OK)
			t->page[i] = (struct check_page){ .title = "", .targets = "", .hash = "" };
	}
	return OK;
}

/* Head and page as received, for whoever wants to see it. */
static enum err
put_evidence(struct job_run *j, struct db *db, const struct check_seen *c, int64_t *ret)
{
	struct buf *b = buf_new(j->a, c->head.n + c->body.n + 16);

	*ret = 0;
	if (c->head.n == 0)
		return OK;
	buf_str(b, c->head);
	buf_str(b, c->body);
	TRY(buf_error(b));
	return blob_put(j->work->blobs, db, buf_view(b), j->now, ret);
}

static const char *
result_of(const struct site *s, const struct check_seen *c, const struct check_page *p, const char **ret_note)
{
	if (strcmp(c->result, "alive") != 0)
		return c->result;
	if (p->mark != NULL) {
		*ret_note = p->mark;
		return "gone";
	}
	if (s->page_hash != NULL && *p->hash != '\0' && strcmp(s->page_hash, p->hash) != 0)
		return "changed";
	return "alive";
}

/* Where it is hosted, when the address tells. */
static enum err
place(struct db *db, const struct site *s, const char *address, int64_t now)
{
	struct geo_holder *holder = geo_holder_here();
	struct geo_answer g;
	struct ip ip;

	if (address == NULL || ip_parse(str_of(address), &ip) != OK ||
	    (s->address != NULL && strcmp(s->address, address) == 0 && s->cc != NULL))
		return OK;
	const struct geo *table = geo_take(holder, now);

	geo_find(table, &ip, &g);
	enum err e = site_placed(db, s, address, g.country, g.as_number, g.as_name);

	geo_give(holder, table);
	return e;
}

static enum err
save_one(struct job_run *j, struct db *db, const struct turn *t, const struct check_seen *c, const struct check_page *p)
{
	struct business_calendar calendar = intake_calendar(db);
	struct actor by = { 0, "system", j->now };
	struct site_verdict verdict;
	const char *note = c->error;
	struct site s;
	int64_t blob;
	enum err e = site_get(db, j->a, c->id, NULL, &s);

	if (e == ERR_NOT_FOUND || (e == OK && s.removed_at != 0))
		return OK;
	TRY(e);
	TRY(put_evidence(j, db, c, &blob));
	struct site_check check = {
		.site_id = s.id,
		.at = j->now,
		.vantage = *t->policy.proxy != '\0' ? t->policy.proxy : "direct",
		.method = "http",
		.result = result_of(&s, c, p, &note),
		.http_status = c->status,
		.address = c->address,
		.page_hash = p->hash,
		.page_title = p->title,
		.form_targets = p->targets,
		.redirects = c->redirects,
		.error = note,
		.bytes = (int64_t)(c->head.n + c->body.n),
		.millis = c->millis,
		.evidence_blob = blob,
	};
	if (strcmp(c->result, "blocked") != 0)
		TRY(place(db, &s, c->address, j->now));
	return site_checked(db, j->a, &s, &check, t->hold, t->watch, &calendar, by, &verdict);
}

static enum err
forbid(struct job_run *j, struct db *db, const struct turn *t, int64_t id)
{
	const struct check_seen c = {
		.id = id,
		.result = "blocked",
		.error = "The PAP label of the incident forbids it.",
		.content_type = "",
	};
	const struct check_page none = { .title = "", .targets = "", .hash = "" };

	return save_one(j, db, t, &c, &none);
}

static enum err
save(struct job_run *j, struct db *db)
{
	struct turn *t = j->state;

	if (!t->on)
		return OK;
	TRY(check_lease(db, t->due.want, t->due.n, j->now + LEASE));
	for (size_t i = 0; i < t->n; i++)
		TRY(save_one(j, db, t, &t->seen[i], &t->page[i]));
	for (size_t i = 0; i < t->due.n_forbidden; i++)
		TRY(forbid(j, db, t, t->due.forbidden[i]));
	if (t->busy > 0 || t->due.n + t->due.n_forbidden == DUE)
		return job_add(db, j->a,
		    &(struct job_new){ .kind = "takedown.check", .key = "every:takedown.check", .run_at = j->now + AGAIN }, j->now, NULL);
	return OK;
}

const struct job_kind check_jobs[] = {
	{ .name = "takedown.check", .max_tries = 3, .load = load, .act = act, .save = save, .every = EVERY },
	{ 0 },
};
