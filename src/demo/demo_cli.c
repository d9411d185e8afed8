/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo_cli.c - "demo load": fifteen months of a team's work, ending now.
 *
 * The months are played through in their order with the stores that the pages
 * use, each step at its own time, so journal, counts and search are what they
 * would be. The same seed gives the same story; only its dates move.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "auth/auth.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/holiday.h"
#include "base/rand.h"
#include "cli/cli.h"
#include "db/db.h"
#include "demo/demo_cli.h"
#include "demo/demo_store.h"
#include "demo/demo_takedown_store.h"
#include "demo/demo_telescope_store.h"
#include "demo/demo_vulnerability_store.h"
#include "directory/demonstration_store.h"
#include "incident/category.h"
#include "incident/incident_change_store.h"
#include "incident/incident_store.h"
#include "incident/report_store.h"
#include "incident/task_store.h"
#include "journal/journal.h"
#include "sys/files.h"
#include "text/i18n.h"
#include "text/value.h"

#define DAYS 456 /* fifteen months */
#define CASES 700
#define STEPS 6000

enum step_kind { STEP_REPORT, STEP_TRIAGE, STEP_SEND, STEP_ANSWER, STEP_BOUNCE, STEP_READ, STEP_NOTE,
	STEP_CLOSE, STEP_REOPEN, STEP_CHECK,
	STEP_VULNERABILITY, STEP_DECIDE, STEP_DONE,
	STEP_SCENE };

/* What a case will come to; chosen when it begins. */
enum fate { FATE_STOPPED, FATE_SILENT, FATE_BOUNCED, FATE_NO_REQUEST, FATE_DECLINED, FATE_QUESTION };

struct one { /* a report and, when it is the first of its matter, its case */
	struct demo_matter matter;
	const struct demo_reporter *reporter;
	bool anonymous;
	int64_t report, incident;
	int64_t site; /* on the takedown board; 0 = none */
	const char *ref;
	size_t first; /* index of the matter's first report */
	size_t owner;
	enum fate fate;
	bool sent, closed;
	int64_t sent_at;
	struct demo_thread thread;
};
struct step {
	int64_t at;
	enum step_kind kind;
	size_t of;
};
struct demo {
	struct cli *c;
	struct arena *a; /* of one step */
	uint64_t seed;
	int64_t people[DEMO_USERS];
	const char *password;
	const char *hash[DEMO_USERS];
	struct one *one;
	size_t n;
	struct step *step;
	size_t steps;
	size_t incidents;
};

/* splitmix64: the story is the same each time. */
static uint32_t
below(struct demo *d, uint32_t bound)
{
	uint64_t z = d->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 33) % bound;
}

static int64_t
minutes(struct demo *d, int64_t least, int64_t most)
{
	return (least + below(d, (uint32_t)(most - least + 1))) * CLOCK_MINUTE;
}

/* What lies in the future does not happen. */
static void
plan(struct demo *d, enum step_kind kind, size_t of, int64_t at)
{
	if (at < d->c->now && d->steps < STEPS)
		d->step[d->steps++] = (struct step){ at, kind, of };
}

static struct step
next(struct demo *d)
{
	size_t least = 0;
	struct step s;

	for (size_t i = 1; i < d->steps; i++) {
		if (d->step[i].at < d->step[least].at)
			least = i;
	}
	s = d->step[least];
	d->step[least] = d->step[--d->steps];
	return s;
}

static struct actor
actor(const struct demo *d, size_t who, int64_t now)
{
	return (struct actor){ d->people[who], demo_users[who].name, now };
}

/* Handlers take incidents. */
static size_t
choose_owner(struct demo *d, enum lang l)
{
	uint32_t n = below(d, 10);

	if (l == LANG_EN)
		return n < 7 ? 2 : 3;
	return n < 5 ? 1 : n < 8 ? 3 : 2;
}

static const char *
choose_door(struct demo *d)
{
	int n = (int)below(d, 1000);

	for (size_t i = 0; i < demo_door_count; i++) {
		n -= demo_doors[i].weight;
		if (n < 0)
			return demo_doors[i].door;
	}
	return "phishing";
}

static enum fate
choose_fate(struct demo *d, const char *door)
{
	uint32_t n = below(d, 100);

	if (strcmp(door, "unknown") == 0 || strcmp(door, "other") == 0)
		return n < 70 ? FATE_QUESTION : FATE_DECLINED;
	if (strcmp(door, "scan") == 0 && n < 25)
		return FATE_DECLINED;
	return n < 66 ? FATE_STOPPED : n < 76 ? FATE_SILENT : n < 80 ? FATE_BOUNCED : n < 90 ? FATE_NO_REQUEST : FATE_DECLINED;
}

/* One report at ${at}; some tell of a matter that is known already. */
static void
add_one(struct demo *d, int64_t at)
{
	struct one *o = &d->one[d->n];

	o->matter = (struct demo_matter){
		.door = choose_door(d),
		.host = 100 + (unsigned)d->n,
		.at = at,
	};
	o->first = d->n;
	o->reporter = &demo_reporters[below(d, (uint32_t)demo_reporter_count)];
	o->matter.lang = o->reporter->lang;
	if (strcmp(o->matter.door, "phishing") == 0 && d->n > 4 && below(d, 100) < 28) {
		size_t back = d->n - 1 - below(d, 4);

		if (strcmp(d->one[back].matter.door, "phishing") == 0 &&
		    at - d->one[back].matter.at < 12 * CLOCK_DAY) {
			o->first = d->one[back].first;
			o->matter.host = d->one[o->first].matter.host;
		}
	}
	o->anonymous = o->reporter->org == NULL && below(d, 2) == 0;
	o->owner = choose_owner(d, o->matter.lang);
	o->fate = choose_fate(d, o->matter.door);
	plan(d, STEP_REPORT, d->n, at);
	d->n++;
}

static void
invent(struct demo *d)
{
	int64_t today = zone_day_start(zone_tokyo(), d->c->now);

	for (int64_t day = DAYS; day >= 0; day--) {
		int64_t start = today - day * CLOCK_DAY;
		int32_t weekday = zone_civil(zone_tokyo(), start).weekday;
		bool weekend = weekday == 0 || weekday == 6;
		uint32_t rate = (uint32_t)(day > 330 ? 75 : day > 180 ? 95 : day > 60 ? 120 : day > 14 ? 160 : 230);
		uint32_t n = (weekend ? rate / 2 : rate) + below(d, 100);

		if (day == 0)
			n = 500;
		for (; n >= 100 && d->n < CASES - 10; n -= 100) {
			int64_t at = start + (day == 0 ? minutes(d, 0, 20 * 60) : minutes(d, 7 * 60, 21 * 60));

			/* Today has only as many hours as have passed. */
			if (day == 0)
				at = d->c->now - minutes(d, 12, 240);
			add_one(d, at);
		}
	}
}

static const char *
channel_of(struct demo *d, const struct one *o)
{
	static const char *const some[] = { "form", "mail", "mail", "form", "phone", "api" };
	uint32_t n = below(d, COUNT(some));

	return o->anonymous ? "form" : some[n];
}

static enum err
report(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];
	const struct demo_reporter *r = o->reporter;
	const char *channel = channel_of(d, o);
	bool phone = strcmp(channel, "phone") == 0;

	TRY(report_add(d->c->db, d->c->blobs, d->a,
	    &(struct report_new){
		.received_at = now,
		.channel = channel,
		.purpose = o->fate == FATE_QUESTION ? "question" : below(d, 3) == 0 ? "information" : "contact",
		.door = o->matter.door,
		.title = demo_report_title(d->a, &o->matter),
		.text = str_of(demo_report_text(d->a, &o->matter)),
		.lang = o->matter.lang,
		.cc = o->anonymous ? NULL : r->cc,
		.domestic = strcmp(r->cc, "JP") == 0,
		.anonymous = o->anonymous,
		.reporter_name = o->anonymous ? NULL : r->name,
		.reporter_org = r->org,
		.reporter_role = o->anonymous ? NULL : r->role,
		.reporter_email = o->anonymous ? NULL : r->email,
		.pass_name = o->anonymous ? "no" : "ask",
		.brand = demo_brand(&o->matter),
		.due_at = business_due(&business_tokyo, now, 3),
		.actor = phone ? d->people[1] : 0,
		.actor_name = phone ? demo_users[1].name : NULL,
	    },
	    now, &o->report, NULL));
	/* Each is looked at within some hours; the newest still lie there. */
	plan(d, STEP_TRIAGE, i, now + minutes(d, 15, now > d->c->now - 3 * CLOCK_DAY ? 60 * 60 : 9 * 60));
	return OK;
}

static enum err
decide(struct demo *d, struct one *o, const char *state, const char *reason, int64_t now)
{
	struct actor by = actor(d, o->owner, now);
	struct value *p = value_object(d->a);

	TRY(report_change(d->c->db, o->report, 0,
	    &(struct report_change){
		.state = state,
		.reason = reason,
		.known = "unknown",
		.priority = "low",
		.owner_id = by.id,
		.answered_at = now,
		.decided_by = by.id,
	    },
	    now));
	value_set_text(d->a, p, "state", state);
	value_set_text(d->a, p, "reason", reason);
	return journal_write(d->c->db, d->a,
	    &(struct journal_entry){
		.at = now,
		.actor = by.id,
		.actor_name = by.name,
		.action = strcmp(state, "declined") == 0 ? "report.decline" : "report.answer",
		.object = "report",
		.object_id = o->report,
		.payload = p,
	    });
}

static const char *
priority_of(const char *door)
{
	static const char *const high[] = { "malware", "intrusion", "leak", "targeted", "ics" };

	for (size_t i = 0; i < COUNT(high); i++) {
		if (strcmp(door, high[i]) == 0)
			return "high";
	}
	return strcmp(door, "scan") == 0 ? "low" : "normal";
}

static enum err
open_incident(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];
	struct category_preset preset = category_of_door(o->matter.door);
	struct actor by = actor(d, o->owner, now);

	TRY(incident_add(d->c->db, d->a,
	    &(struct incident_new){
		.title = demo_incident_title(d->a, &o->matter),
		.rsit = preset.rsit,
		.ics = preset.ics,
		.targeted = preset.targeted,
		.content_changed = preset.content_changed,
		.priority = priority_of(o->matter.door),
		.owner_id = by.id,
		.domestic = strcmp(o->reporter->cc, "JP") == 0,
		.actor = by.id,
		.actor_name = by.name,
	    },
	    now, &o->incident, &o->ref));
	o->ref = arena_dup(d->c->a, o->ref);
	d->incidents++;
	if (demo_brand(&o->matter) == NULL)
		return OK;
	return demo_takedown_add(d->c->db, d->a, o->incident, o->report, &o->matter, o->matter.at,
	    actor(d, o->owner, now), &o->site);
}

static enum err
set_next(struct demo *d, const struct one *o, const char *ja, const char *en, int64_t due_at, int64_t now)
{
	struct incident i;
	const char *what = demo_users[o->owner].lang == LANG_JA ? ja : en;

	TRY(incident_get(d->c->db, d->a, o->incident, &i));
	return incident_set_next(d->c->db, d->a, &i, what, due_at, actor(d, o->owner, now));
}

static enum err
triage(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];
	struct one *first = &d->one[o->first];
	struct actor by;

	if (o->first != i && first->incident != 0) {
		by = actor(d, first->owner, now);
		return incident_link(d->c->db, d->a, first->incident, o->report,
		    below(d, 3) == 0 ? "duplicate" : "additional", by.id, by.name, now);
	}
	if (o->fate == FATE_DECLINED)
		return decide(d, o, "declined",
		    demo_users[o->owner].lang == LANG_JA ? "確認できる事実がなく、対応の対象外のため" : "Nothing that could be verified; out of scope",
		    now);
	if (o->fate == FATE_QUESTION)
		return decide(d, o, "answered", NULL, now);
	by = actor(d, o->owner, now);
	TRY(open_incident(d, i, now));
	TRY(incident_link(d->c->db, d->a, o->incident, o->report, "original", by.id, by.name, now));
	if (below(d, 4) == 0)
		plan(d, STEP_NOTE, i, now + minutes(d, 60, 30 * 60));
	if (o->fate == FATE_NO_REQUEST) {
		plan(d, STEP_CLOSE, i, now + minutes(d, 24 * 60, 6 * 24 * 60));
		return set_next(d, o, "報告者に詳しい情報を尋ねる", "Ask the reporter for details", now + CLOCK_DAY, now);
	}
	plan(d, STEP_SEND, i, now + minutes(d, 10, 150));
	return set_next(d, o, "サイトの管理者に依頼する", "Write to the site's administrator", now + 4 * CLOCK_HOUR, now);
}

static const char *
new_token(struct demo *d)
{
	return arena_printf(d->c->a, "demo%08x%08x", below(d, 1U << 30), below(d, 1U << 30));
}

static enum err
send(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];
	const struct demo_user *user = &demo_users[o->owner];
	enum lang l;
	struct incident now_is;

	o->thread = (struct demo_thread){
		.incident = o->incident,
		.ref = o->ref,
		.token = new_token(d),
		.site = &demo_sites[below(d, (uint32_t)demo_site_count)],
	};
	l = o->thread.site->lang;
	TRY(demo_send(d->c->db, d->c->blobs, d->a, &o->thread, demo_letter_subject(d->a, &o->matter, l),
	    demo_letter(d->a, &o->matter, l, o->thread.site->org, o->ref), user, d->people[o->owner], now));
	o->sent = true;
	o->sent_at = now;
	if (o->site != 0)
		TRY(demo_takedown_ask(d->c->db, d->a, o->site, &o->thread, actor(d, o->owner, now)));
	TRY(incident_get(d->c->db, d->a, o->incident, &now_is));
	TRY(incident_set_phase(d->c->db, d->a, &now_is, "coordination", NULL, actor(d, o->owner, now)));
	switch (o->fate) {
	case FATE_STOPPED:
		plan(d, STEP_ANSWER, i, now + minutes(d, 90, 4 * 24 * 60));
		break;
	case FATE_BOUNCED:
		plan(d, STEP_BOUNCE, i, now + minutes(d, 1, 10));
		plan(d, STEP_CLOSE, i, now + minutes(d, 6 * 24 * 60, 14 * 24 * 60));
		break;
	default:
		plan(d, STEP_CHECK, i, now + minutes(d, 4 * 60, 40 * 60));
		plan(d, STEP_CLOSE, i, now + minutes(d, 16 * 24 * 60, 40 * 24 * 60));
	}
	return set_next(d, o, "返事を確かめる", "Look for an answer", now + 2 * CLOCK_DAY, now);
}

/* Those who do not answer: is it still there? Once in five nobody can tell. */
static enum err
check(struct demo *d, size_t i, int64_t now)
{
	const struct one *o = &d->one[i];

	if (o->site == 0 || o->closed)
		return OK;
	return demo_takedown_look(d->c->db, d->a, o->site, below(d, 5) == 0 ? "timeout" : "alive",
	    actor(d, o->owner, now));
}

static enum err
answer(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];

	TRY(demo_reply(d->c->db, d->c->blobs, d->a, &o->thread, demo_answer(o->thread.site->lang, below(d, 9)), now));
	plan(d, STEP_READ, i, now + minutes(d, 30, 20 * 60));
	if (o->site == 0)
		return OK;
	TRY(demo_takedown_answered(d->c->db, d->a, &o->thread, now - o->sent_at, actor(d, o->owner, now)));
	return demo_takedown_look(d->c->db, d->a, o->site, "gone", actor(d, o->owner, now));
}

static enum err
read_answer(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];

	struct incident is;

	TRY(demo_read(d->c->db, d->a, &o->thread, "actioned", &demo_users[o->owner], d->people[o->owner], now));
	TRY(incident_get(d->c->db, d->a, o->incident, &is));
	TRY(incident_set_phase(d->c->db, d->a, &is, "monitoring", NULL, actor(d, o->owner, now)));
	plan(d, STEP_CLOSE, i, now + minutes(d, 20 * 60, 9 * 24 * 60));
	return set_next(d, o, "停止したかを確かめる", "Check that it has stopped", now + CLOCK_DAY, now);
}

static enum err
close_incident(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];
	struct incident is;
	enum lang l = demo_users[o->owner].lang;
	struct incident_end end = {
		.resolution = o->fate == FATE_STOPPED	 ? "resolved"
		    : o->fate == FATE_NO_REQUEST	 ? "no-action"
							 : "no-response",
		.evidence = demo_evidence(l, below(d, 9)),
	};

	if (o->fate != FATE_STOPPED)
		end.evidence = l == LANG_JA ? "再三の依頼に返事がなく、現在は応答がないことを確認した。"
					    : "No answer after repeated requests; the host no longer responds.";
	if (o->sent && o->fate != FATE_STOPPED)
		TRY(demo_read(d->c->db, d->a, &o->thread, "no-response", &demo_users[o->owner], d->people[o->owner], now));
	TRY(incident_get(d->c->db, d->a, o->incident, &is));
	if (strcmp(is.state, "open") != 0 || is.merged_into != 0)
		return OK;
	TRY(incident_set_next(d->c->db, d->a, &is, "", 0, actor(d, o->owner, now)));
	TRY(incident_close(d->c->db, d->a, &is, &end, actor(d, o->owner, now)));
	o->closed = true;
	if (o->site != 0)
		TRY(demo_takedown_look(d->c->db, d->a, o->site, o->fate == FATE_STOPPED ? "gone" : "no-name",
		    actor(d, o->owner, now)));
	if (below(d, 30) == 0)
		plan(d, STEP_REOPEN, i, now + minutes(d, 24 * 60, 6 * 24 * 60));
	return OK;
}

static enum err
reopen(struct demo *d, size_t i, int64_t now)
{
	struct one *o = &d->one[i];
	struct incident is;

	TRY(incident_get(d->c->db, d->a, o->incident, &is));
	TRY(incident_reopen(d->c->db, d->a, &is,
	    demo_users[o->owner].lang == LANG_JA ? "同じURLでサイトが再開したため" : "The site is back at the same address",
	    actor(d, o->owner, now)));
	if (o->site != 0)
		TRY(demo_takedown_reopen(d->c->db, d->a, o->site, "HTTP 200", actor(d, o->owner, now)));
	plan(d, STEP_CLOSE, i, now + minutes(d, 3 * 24 * 60, 8 * 24 * 60));
	return set_next(d, o, "もう一度依頼する", "Ask again", now + CLOCK_DAY, now);
}

static enum err
note(struct demo *d, size_t i, int64_t now)
{
	const struct one *o = &d->one[i];
	int64_t id;

	return incident_note_add(d->c->db, d->a, o->incident, below(d, 3) == 0 ? "decision" : "note", "internal",
	    demo_note(demo_users[o->owner].lang, below(d, 9)), actor(d, o->owner, now), &id);
}

/*
 * Scenes: what a visitor should find, whatever the dice say.
 */
struct scene_report {
	const char *title, *text, *door, *channel, *name, *org, *email, *role, *cc;
	enum lang lang;
	bool urgent, anonymous;
};

static enum err
scene_report(struct demo *d, const struct scene_report *s, int64_t now, int64_t *ret)
{
	return report_add(d->c->db, d->c->blobs, d->a,
	    &(struct report_new){
		.received_at = now,
		.channel = s->channel,
		.purpose = "contact",
		.door = s->door,
		.title = s->title,
		.text = str_of(s->text),
		.lang = s->lang,
		.cc = s->cc,
		.domestic = s->cc == NULL || strcmp(s->cc, "JP") == 0,
		.anonymous = s->anonymous,
		.urgent = s->urgent,
		.reporter_name = s->name,
		.reporter_org = s->org,
		.reporter_role = s->role,
		.reporter_email = s->email,
		.pass_name = s->anonymous ? "no" : "ask",
		.due_at = s->urgent ? now + CLOCK_HOUR : business_due(&business_tokyo, now, 3),
	    },
	    now, ret, NULL);
}

struct scene_incident {
	const char *title, *rsit, *priority, *impact;
	size_t owner;
	bool ics, targeted, restricted, domestic;
};

static enum err
scene_incident(struct demo *d, const struct scene_incident *s, int64_t report_id, int64_t now, int64_t *ret,
    const char **ret_ref)
{
	struct actor by = actor(d, s->owner, now);
	struct incident was, is;
	bool changed;

	TRY(incident_add(d->c->db, d->a,
	    &(struct incident_new){
		.title = s->title,
		.rsit = s->rsit,
		.ics = s->ics,
		.targeted = s->targeted,
		.priority = s->priority,
		.tlp = s->restricted ? "RED" : "AMBER",
		.owner_id = by.id,
		.domestic = s->domestic,
		.actor = by.id,
		.actor_name = by.name,
	    },
	    now, ret, ret_ref));
	*ret_ref = arena_dup(d->c->a, *ret_ref);
	d->incidents++;
	if (report_id != 0)
		TRY(incident_link(d->c->db, d->a, *ret, report_id, "original", by.id, by.name, now));
	TRY(incident_get(d->c->db, d->a, *ret, &was));
	is = was;
	is.impact = s->impact;
	is.restricted = s->restricted;
	is.started_at = now - 5 * CLOCK_HOUR;
	is.detected_at = now - CLOCK_HOUR;
	return incident_change(d->c->db, d->a, &was, &is, by, &changed);
}

static enum err
scene_send(struct demo *d, struct demo_thread *t, const char *subject, const struct demo_matter *m,
    size_t owner, int64_t now)
{
	struct incident i;

	TRY(demo_send(d->c->db, d->c->blobs, d->a, t, subject,
	    demo_letter(d->a, m, t->site->lang, t->site->org, t->ref), &demo_users[owner],
	    d->people[owner], now));
	TRY(incident_get(d->c->db, d->a, t->incident, &i));
	return incident_set_phase(d->c->db, d->a, &i, "coordination", NULL, actor(d, owner, now));
}

/* The ready list of an incident, the first ${done} of it done. */
static enum err
scene_tasks(struct demo *d, int64_t incident, const char *list, size_t owner, size_t done, int64_t first_due,
    int64_t now)
{
	const struct playbook *book = playbook_find(list);
	struct actor by = actor(d, owner, now);

	for (size_t i = 0; book != NULL && book->task[i].title != NULL && i < 6; i++) {
		struct task t = {
			.incident_id = incident,
			.kind = book->task[i].kind,
			.title = i18n(demo_users[owner].lang, "playbook", book->task[i].title),
			.owner_id = by.id,
			.due_at = first_due + (int64_t)i * 3 * CLOCK_HOUR,
			.position = (int64_t)i,
		};

		TRY(task_add(d->c->db, d->a, &t, by, &t.id));
		if (i < done)
			TRY(task_set_done(d->c->db, d->a, &t, true, by));
	}
	return OK;
}

static enum err
ransomware(struct demo *d, int64_t now)
{
	static const struct scene_report s = {
		.title = "社内サーバーがランサムウェアに感染、受注と出荷が停止",
		.text = "今朝からファイルサーバー3台のファイルが開けず、身代金を要求する画面が出ています。受注と出荷が止まっています。\n"
			"感染端末の通信先: 203.0.113.77\n不審なファイル: invoice_reader.exe\nネットワークからは切り離しました。\n",
		.door = "malware", .channel = "phone", .name = "森 和也", .org = "例示製作所株式会社",
		.email = "mori@seisakusho.example.jp", .role = "victim", .cc = "JP", .lang = LANG_JA, .urgent = true,
	};
	int64_t id, incident, note_id;
	const char *ref;

	TRY(scene_report(d, &s, now, &id));
	TRY(scene_incident(d,
	    &(struct scene_incident){
		.title = "例示製作所 ランサムウェア・受注と出荷が停止",
		.rsit = "malicious-code/infected-system",
		.priority = "urgent",
		.impact = "ファイルサーバー3台が暗号化。受注と出荷が停止。バックアップは前日分まで無事。",
		.owner = 1,
		.domestic = true,
	    },
	    id, now + 6 * CLOCK_MINUTE, &incident, &ref));
	TRY(scene_tasks(d, incident, "malware", 1, 2, d->c->now - 7 * CLOCK_HOUR, now + 8 * CLOCK_MINUTE));
	TRY(incident_note_add(d->c->db, d->a, incident, "decision", "internal",
	    "身代金は支払わない方針を確認。復旧はバックアップから行い、警察への相談を勧めた。",
	    actor(d, 1, now + 50 * CLOCK_MINUTE), &note_id));
	struct incident i;

	TRY(incident_get(d->c->db, d->a, incident, &i));
	return incident_set_next(d->c->db, d->a, &i, "被害範囲の聞き取りの続きを電話で行う", d->c->now + 2 * CLOCK_HOUR,
	    actor(d, 1, now + 55 * CLOCK_MINUTE));
}

static enum err
control_system(struct demo *d, int64_t now)
{
	static const struct scene_report s = {
		.title = "浄水設備の制御装置がインターネットから操作できる",
		.text = "検索サービスで、浄水設備の操作画面とみられるもの（198.51.100.23, 502/TCP）が認証なしで見えています。操作はしていません。\n",
		.door = "ics", .channel = "mail", .name = "John Carter", .org = "Example Threat Research",
		.email = "intel@research.example", .role = "vendor", .cc = "US", .lang = LANG_JA,
	};
	int64_t id, incident;
	const char *ref;

	TRY(scene_report(d, &s, now, &id));
	TRY(scene_incident(d,
	    &(struct scene_incident){
		.title = "浄水設備の制御装置の露出（例示市水道部）",
		.rsit = "vulnerable/potentially-unwanted-accessible",
		.priority = "high",
		.impact = "操作画面が認証なしで公開。現在のところ操作された形跡はない。",
		.owner = 3,
		.ics = true,
		.restricted = true,
		.domestic = true,
	    },
	    id, now + 20 * CLOCK_MINUTE, &incident, &ref));
	TRY(incident_set_grants(d->c->db, d->a, incident, (const int64_t[]){ d->people[1], d->people[4] }, 2,
	    actor(d, 3, now + 25 * CLOCK_MINUTE)));
	TRY(scene_tasks(d, incident, "ics", 3, 3, now + CLOCK_HOUR, now + 30 * CLOCK_MINUTE));
	struct demo_thread t = {
		.incident = incident, .ref = ref, .token = new_token(d), .site = &demo_sites[2], .tlp = "RED",
	};

	return scene_send(d, &t, "制御装置の公開状態に関する確認のお願い",
	    &(struct demo_matter){ .door = "ics", .host = 23 }, 3, now + CLOCK_HOUR);
}

static enum err
targeted_mail(struct demo *d, int64_t now)
{
	static const struct scene_report s = {
		.title = "Spear phishing against a research institute",
		.text = "Three researchers of an institute in your country received mails with a link to "
			"hxxp://papers-203.example.net/view (203.0.113.141). One of them opened it.\n",
		.door = "targeted", .channel = "mail", .name = "Priya Nair", .org = "CERT-XA (example)",
		.email = "cert@cert-xa.example", .role = "csirt", .cc = "SG", .lang = LANG_EN,
	};
	int64_t id, incident;
	const char *ref;
	struct incident i;

	TRY(scene_report(d, &s, now, &id));
	TRY(scene_incident(d,
	    &(struct scene_incident){
		.title = "Spear phishing against a research institute",
		.rsit = "information-gathering/social-engineering",
		.priority = "urgent",
		.impact = "One of three recipients opened the link; the machine is isolated.",
		.owner = 2,
		.targeted = true,
	    },
	    id, now + 30 * CLOCK_MINUTE, &incident, &ref));
	TRY(scene_tasks(d, incident, "targeted", 2, 1, d->c->now - 5 * CLOCK_HOUR, now + 40 * CLOCK_MINUTE));
	struct demo_thread t = {
		.incident = incident, .ref = ref, .token = new_token(d), .site = &demo_sites[6],
	};

	TRY(scene_send(d, &t, "Request to look into and act: 203.0.113.141",
	    &(struct demo_matter){ .door = "targeted", .host = 140 }, 2, now + CLOCK_HOUR));
	TRY(demo_reply(d->c->db, d->c->blobs, d->a, &t,
	    "Thank you. We see two more recipients; the indicators are attached. May we pass your name on?\n",
	    d->c->now - 95 * CLOCK_MINUTE));
	TRY(demo_draft(d->c->db, d->people[2], arena_printf(d->a, "incident/%lld/write", (long long)incident),
	    "{\"to\":\"internal\",\"kind\":\"note\",\"text\":\"Ask the institute whether the two other recipients \"}",
	    d->c->now - 40 * CLOCK_MINUTE));
	TRY(incident_get(d->c->db, d->a, incident, &i));
	return incident_set_next(d->c->db, d->a, &i, "Tell CERT-XA whether the name may be passed on",
	    d->c->now + 3 * CLOCK_HOUR, actor(d, 2, now + 2 * CLOCK_HOUR));
}

/* Three phishing cases in three stages of silence. */
static enum err
letters(struct demo *d, int64_t now)
{
	static const int64_t age_days[] = { 12, 2, 1 };

	(void)now;

	for (size_t i = 0; i < COUNT(age_days); i++) {
		int64_t at = d->c->now - age_days[i] * CLOCK_DAY - 3 * CLOCK_HOUR, incident;
		struct demo_matter m = { "phishing", 2000 + (unsigned)i, LANG_JA, at };
		struct demo_thread t = { .token = new_token(d), .site = &demo_sites[i == 1 ? 7 : i == 0 ? 3 : 1] };

		TRY(scene_incident(d,
		    &(struct scene_incident){
			.title = demo_incident_title(d->a, &m),
			.rsit = "fraud/phishing",
			.priority = "normal",
			.owner = 1,
			.domestic = true,
		    },
		    0, at, &incident, &t.ref));
		t.incident = incident;
		TRY(scene_send(d, &t, demo_letter_subject(d->a, &m, t.site->lang), &m, 1, at + CLOCK_HOUR));
		if (i == 1)
			TRY(demo_bounce(d->c->db, d->c->blobs, d->a, &t, at + CLOCK_HOUR + CLOCK_MINUTE));
		if (i == 2)
			TRY(demo_reply(d->c->db, d->c->blobs, d->a, &t, demo_answer(LANG_JA, 0),
			    d->c->now - 25 * CLOCK_MINUTE));
	}
	return OK;
}

/* The same site entered twice: one is merged into the other. */
static enum err
merged(struct demo *d, int64_t now)
{
	int64_t id[2];
	const char *ref;
	struct demo_matter m = { "phishing", 2100, LANG_JA, now };
	struct actor by = actor(d, 3, now + 2 * CLOCK_HOUR);

	for (size_t i = 0; i < COUNT(id); i++)
		TRY(scene_incident(d,
		    &(struct scene_incident){
			.title = demo_incident_title(d->a, &m),
			.rsit = "fraud/phishing",
			.priority = "normal",
			.owner = 3,
			.domestic = true,
		    },
		    0, now + (int64_t)i * CLOCK_HOUR, &id[i], &ref));
	return incident_merge(d->c->db, d->a, id[1], id[0], by.id, by.name, by.now);
}

static enum err
newest(struct demo *d, int64_t now)
{
	static const struct scene_report urgent = {
		.title = "病院の電子カルテが開けない（ランサムウェアの疑い）",
		.text = "電子カルテのサーバーで「ファイルを暗号化した」という画面が表示されています。外来の受付を止めています。\n"
			"通信先: 198.51.100.66\nどこに何を連絡すればよいか教えてください。折り返しの電話をお願いします。\n",
		.door = "malware", .channel = "form", .name = "清水 真理", .org = "例示総合病院",
		.email = "shimizu@hospital.example.jp", .role = "victim", .cc = "JP", .lang = LANG_JA, .urgent = true,
	};
	static const struct scene_report hidden = {
		.title = "勤務先の顧客名簿が売られているかもしれない",
		.text = "名前は出せませんが、勤務先の顧客名簿とみられるものが掲示板 http://board-77.example/ に出ています。\n",
		.door = "leak", .channel = "form", .lang = LANG_JA, .anonymous = true,
	};
	int64_t id;

	TRY(scene_report(d, &hidden, now - 3 * CLOCK_HOUR, &id));
	TRY(scene_report(d, &urgent, now, &id));
	return demo_draft(d->c->db, d->people[1], "inbox/new",
	    "{\"text\":\"電話での報告。社名は後で。\"}", now - 2 * CLOCK_HOUR);
}

static const struct {
	enum err (*play)(struct demo *d, int64_t now);
	int64_t before; /* now */
} scenes[] = {
	{ letters, 12 * CLOCK_DAY },
	{ control_system, 10 * CLOCK_DAY },
	{ merged, 6 * CLOCK_DAY },
	{ targeted_mail, 30 * CLOCK_HOUR },
	{ ransomware, 20 * CLOCK_HOUR },
	{ newest, 38 * CLOCK_MINUTE },
};

/* Records come in over eight months, the last ones today; most are decided within a day. */
static void
invent_vulnerabilities(struct demo *d)
{
	for (size_t i = 0; i < DEMO_VULNERABILITIES; i++) {
		int64_t left = (int64_t)(DEMO_VULNERABILITIES - 1 - i);

		plan(d, STEP_VULNERABILITY, i, d->c->now - (left < 14 ? left * 6 : 84 + (left - 14) * 69) * CLOCK_HOUR - minutes(d, 50, 300));
	}
}

static enum err
vulnerability(struct demo *d, unsigned i, int64_t now)
{
	bool open = i + 14 > DEMO_VULNERABILITIES, half = open && i % 3 == 0;
	struct actor by = actor(d, 1 + i % 3, now);

	if (i == 0)
		TRY(demo_vulnerability_set_up(d->c->db, d->c->blobs, d->a, actor(d, 0, now)));
	TRY(demo_vulnerability_add(d->c->db, d->c->blobs, d->a, i, by));
	if (open && !half)
		return OK;
	TRY(demo_vulnerability_answer(d->c->db, d->a, i, below(d, 100000), !half, by));
	if (half)
		return OK;
	int64_t decided = now + minutes(d, 20, 1300);

	plan(d, STEP_DECIDE, i, decided);
	/* What is old is done; of the last weeks some still wait. */
	if (i + 34 < DEMO_VULNERABILITIES || below(d, 100) < 40)
		plan(d, STEP_DONE, i, decided + minutes(d, 24 * 60, 12 * 24 * 60));
	return OK;
}

static enum err
play(struct demo *d, struct step s)
{
	switch (s.kind) {
	case STEP_REPORT:
		return report(d, s.of, s.at);
	case STEP_TRIAGE:
		return triage(d, s.of, s.at);
	case STEP_SEND:
		return send(d, s.of, s.at);
	case STEP_ANSWER:
		return answer(d, s.of, s.at);
	case STEP_BOUNCE:
		return demo_bounce(d->c->db, d->c->blobs, d->a, &d->one[s.of].thread, s.at);
	case STEP_READ:
		return read_answer(d, s.of, s.at);
	case STEP_NOTE:
		return note(d, s.of, s.at);
	case STEP_CLOSE:
		return close_incident(d, s.of, s.at);
	case STEP_REOPEN:
		return reopen(d, s.of, s.at);
	case STEP_CHECK:
		return check(d, s.of, s.at);
	case STEP_VULNERABILITY:
		return vulnerability(d, (unsigned)s.of, s.at);
	case STEP_DECIDE:
		return demo_vulnerability_decide(d->c->db, d->a, (unsigned)s.of, below(d, 100000), below(d, 4) > 0, actor(d, 1 + s.of % 3, s.at));
	case STEP_DONE:
		return demo_vulnerability_done(d->c->db, d->a, (unsigned)s.of, actor(d, 1 + s.of % 3, s.at));
	case STEP_SCENE:
		break;
	}
	return scenes[s.of].play(d, s.at);
}

/* The team: people and settings, a day before the first report. */
static enum err
add_people(struct demo *d, int64_t now)
{
	for (size_t i = 0; i < DEMO_USERS; i++) {
		const struct demo_user *u = &demo_users[i];
		struct value *p = value_object(d->a);

		TRY(user_add(d->c->db, d->a,
		    &(struct user){
			.name = u->name,
			.email = u->email,
			.role = u->role,
			.lang = u->lang,
			.zone = "Asia/Tokyo",
			.active = true,
			.single_keys = true,
			.theme = "system",
			.density = "comfortable",
		    },
		    d->hash[i], now, &d->people[i]));
		value_set_text(d->a, p, "name", u->name);
		value_set_text(d->a, p, "email", u->email);
		value_set_text(d->a, p, "role", role_name(u->role));
		TRY(journal_write(d->c->db, d->a,
		    &(struct journal_entry){
			.at = now,
			.actor_name = "system",
			.action = "user.add",
			.object = "user",
			.object_id = d->people[i],
			.payload = p,
		    }));
	}
	return OK;
}

static enum err
set_up(struct demo *d)
{
	static const char *const settings[][2] = {
		{ "team.name.ja", "例示CSIRT（デモ）" },
		{ "team.name.en", "Example CSIRT (demo)" },
		{ "team.email", "csirt@example.jp" },
		{ "team.phone", "+81-3-0000-0000" },
		{ "about.mission.ja", "例示の組織に関わるインシデントの報告を受け、関係者の間を調整し、被害を小さくします。(デモ用の架空の組織です)" },
		{ "about.mission.en", "We take reports of incidents, coordinate between those concerned and keep the damage small. (An invented team for demonstration.)" },
		{ "about.constituency.ja", "日本国内の例示の組織と個人" },
		{ "about.constituency.en", "Example organisations and people in Japan" },
		/* No mail server: whatever a visitor writes waits and never leaves. */
		{ "smtp.url", "" },
		{ "imap.url", "" },
		{ "mail.acknowledge", "0" },
	};

	for (size_t i = 0; i < COUNT(settings); i++)
		TRY(setting_set(d->c->db, d->a, d->c->key, str_of(settings[i][0]), str_of(settings[i][1])));
	return add_people(d, d->c->now - (DAYS + 1) * CLOCK_DAY);
}

static enum err
load(struct cli *c, void *object)
{
	struct demo *d = object;
	struct listing_result teams;
	bool empty;

	TRY(demo_is_empty(c->db, &empty));
	if (!empty)
		return ERR_EXISTS;
	TRY(set_up(d));
	TRY(demo_takedown_set_up(c->db, d->a, (struct actor){ 0, "system", c->now - DAYS * CLOCK_DAY }));
	TRY(demonstration_load(c->db, d->a, (struct actor){ 0, "system", c->now - DAYS * CLOCK_DAY }, &teams));
	invent(d);
	invent_vulnerabilities(d);
	for (size_t i = 0; i < COUNT(scenes); i++)
		plan(d, STEP_SCENE, i, c->now - scenes[i].before);
	while (d->steps > 0) {
		TRY(play(d, next(d)));
		arena_reset(d->a);
	}
	TRY(demo_vulnerability_end(d->c->db, d->a, actor(d, 0, c->now)));
	return c->data == NULL ? OK : demo_telescope(c->db, d->a, c->data, actor(d, 0, c->now));
}

/* Pronounceable, 40 random bits: good enough for data that is invented. */
static const char *
new_password(struct arena *a)
{
	static const char *const syllable[] = { "ka", "ki", "ku", "ke", "ko", "sa", "shi", "su", "se", "so",
		"ta", "chi", "tsu", "te", "to", "na", "ni", "nu", "ne", "no", "ha", "hi", "fu", "he", "ho",
		"ma", "mi", "mu", "me", "mo", "ya", "yo" };
	struct buf *b = buf_new(a, 100);

	for (int word = 0; word < 4; word++) {
		if (word > 0)
			buf_char(b, '-');
		for (int i = 0; i < 2; i++)
			buf_text(b, syllable[rand_below(COUNT(syllable))]);
	}
	buf_char(b, '-');
	buf_int(b, 10 + rand_below(90));
	return buf_cstr(a, b);
}

/* Who can sign in: printed, and kept beside the records for later starts. */
static int
say_who(struct cli *c, const struct demo *d)
{
	struct value *v = value_object(c->a), *list = value_set_list(c->a, v, "users");
	struct buf *b = buf_new(c->a, (size_t)16 * 1024);
	const char *path = c->data == NULL ? NULL : arena_printf(c->a, "%s/demo-sign-in.txt", c->data);

	buf_text(b, "Everything in this demonstration is invented; nothing is ever sent from it.\n"
		    "Sign in with one of these addresses; all have the same password.\n\n");
	buf_printf(b, "  password  %s\n\n", d->password);
	for (size_t i = 0; i < DEMO_USERS; i++) {
		const struct demo_user *u = &demo_users[i];
		struct value *o = value_add_object(c->a, list);

		buf_printf(b, "  %-22s %-12s %-3s %s\n", u->email, role_name(u->role), lang_code(u->lang), u->name);
		value_set_text(c->a, o, "email", u->email);
		value_set_text(c->a, o, "role", role_name(u->role));
		value_set_text(c->a, o, "lang", lang_code(u->lang));
		value_set_text(c->a, o, "name", u->name);
	}
	value_set_text(c->a, v, "password", d->password);
	value_set_int(c->a, v, "reports", (int64_t)d->n);
	value_set_int(c->a, v, "incidents", (int64_t)d->incidents);
	if (path != NULL && files_write(path, buf_view(b), 0600) != OK)
		return cli_fail(EX_IOERR, "%s: cannot be written; the passwords would be lost", path);
	if (c->json)
		cli_print(c, v);
	else
		(void)fputs(buf_cstr(c->a, b), stdout);
	return EX_OK;
}

static int
demo_load(struct cli *c)
{
	struct demo d = { .c = c, .a = arena_new(), .seed = 20260918, .password = new_password(c->a) };
	int rc = cli_open_new(c);

	d.one = arena_many(c->a, struct one, CASES);
	d.step = arena_many(c->a, struct step, STEPS);
	for (size_t i = 0; i < DEMO_USERS && rc == EX_OK; i++) {
		enum err e = auth_hash_password(c->a, str_of(d.password), &d.hash[i]);

		if (e != OK)
			rc = cli_fail(cli_exit(e), "the password cannot be hashed: %s", err_name(e));
	}
	if (rc == EX_OK)
		rc = cli_transaction(c, load, &d);
	arena_free(d.a);
	if (rc == cli_exit(ERR_EXISTS))
		return cli_fail(rc, "%s: holds records already; a demonstration needs a folder of its own",
		    c->data == NULL ? "the database" : c->data);
	if (rc != EX_OK)
		return rc;
	return say_who(c, &d);
}

const struct cli_command demo_commands[] = {
	{ "demo load", "", "fill an empty data folder with an invented team's work", NULL, demo_load },
	{ NULL, NULL, NULL, NULL, NULL },
};
