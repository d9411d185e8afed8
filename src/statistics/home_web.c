/* SPDX-License-Identifier: Apache-2.0 */
/* home_web.c - /home: what waits for me, what waits for the team, the numbers. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "incident/category.h"
#include "incident/extract.h"
#include "incident/tally_store.h"
#include "incident/contact_test_store.h"
#include "incident/handover_store.h"
#include "incident/on_call_store.h"
#include "journal/journal.h"
#include "statistics/figure.h"
#include "statistics/home_store.h"
#include "statistics/numbers_store.h"
#include "statistics/period.h"
#include "statistics/queue_store.h"
#include "statistics/statistics_web.h"
#include "text/csv.h"

#define SOON (4 * CLOCK_HOUR)
#define TODO_SHOWN 12
#define KEYS 9
#define WEEKS 13

static const char *const kind_names[] = { "task", "incident", "report", "draft", "urgent", "overdue",
	"crisis", "answer", "silent", "bounced", "site" };

static const char *
href(struct web *w, const struct home_row *r)
{
	bool report = r->ref != NULL && strncmp(r->ref, "RPT-", 4) == 0;

	if (r->ref == NULL)
		return strncmp(r->what, "inbox", 5) == 0 ? "/inbox/new" : "/incidents/new";
	if (r->kind == HOME_DRAFT)
		return arena_printf(w->a, "%s%s#write", report ? "/inbox/" : "/incidents/", r->ref);
	return arena_printf(w->a, "%s%s", report ? "/inbox/" : "/incidents/", r->ref);
}

/* The next action stands in front, what it is for behind. */
static const char *
title(struct web *w, const struct home_row *r)
{
	switch (r->kind) {
	case HOME_TASK:
		return r->what;
	case HOME_INCIDENT:
		return r->what != NULL && *r->what != '\0' ? r->what : r->title;
	case HOME_REPORT:
		return web_trf(w, NULL, N_("Answer: {title}"), I18N_ARGS({ "title", r->title }));
	case HOME_DRAFT:
		return r->title == NULL ? web_tr(w, NULL, N_("Go on writing"))
					: web_trf(w, NULL, N_("Go on writing: {title}"), I18N_ARGS({ "title", r->title }));
	case HOME_URGENT:
	case HOME_OVERDUE:
	case HOME_CRISIS:
	case HOME_ANSWER:
	case HOME_SILENT:
	case HOME_BOUNCED:
	case HOME_SITE:
		break;
	}
	return r->title;
}

static const char *
note(struct web *w, const struct home_row *r)
{
	const char *ref = r->ref == NULL ? "" : r->ref, *org = r->what == NULL ? "" : r->what;

	switch (r->kind) {
	case HOME_TASK:
	case HOME_INCIDENT:
		return strcmp(title(w, r), r->title) == 0 ? ref : arena_printf(w->a, "%s · %s", ref, r->title);
	case HOME_ANSWER:
		return r->n > 1 ? web_trf(w, NULL, N_("{ref} · {n} answers from {org}"),
				      I18N_ARGS({ "ref", ref }, { "n", i18n_number(w->a, r->n) }, { "org", org }))
				: web_trf(w, NULL, N_("{ref} · answer from {org}"), I18N_ARGS({ "ref", ref }, { "org", org }));
	case HOME_SILENT:
		return web_trf(w, NULL, N_("{ref} · no answer from {org}"), I18N_ARGS({ "ref", ref }, { "org", org }));
	case HOME_BOUNCED:
		return web_trf(w, NULL, N_("{ref} · our mail to {org} came back"),
		    I18N_ARGS({ "ref", ref }, { "org", org }));
	case HOME_SITE:
		return arena_printf(w->a, "%s · %s", ref, org);
	default:
		return ref;
	}
}

/* "3 d 02 h ago": a clock, where zone_relative() would name the date. */
static const char *
ago(struct web *w, int64_t at)
{
	if (w->now - at < CLOCK_DAY)
		return zone_relative(w->a, w->zone, w->lang, at, w->now);
	return web_trf(w, NULL, N_("{time} ago"),
	    I18N_ARGS({ "time", zone_duration(w->a, w->lang, w->now - at) }));
}

/* The clock in words: how long is left, how late, or how long ago it came. */
static void
add_clock(struct web *w, struct value *o, const struct home_row *r)
{
	struct value *c;
	const char *state = "";

	if (r->due_at != 0)
		state = r->due_at < w->now ? "late" : r->due_at < w->now + SOON ? "soon" : "";
	if (r->kind == HOME_BOUNCED || r->kind == HOME_URGENT)
		state = "late";
	value_set_text(w->a, o, "mark", state);
	if (r->due_at == 0 && r->at == 0) {
		value_set_text(w->a, o, "clock", NULL);
		return;
	}
	c = value_set_object(w->a, o, "clock");
	value_set_text(w->a, c, "state", state);
	value_set_text(w->a, c, "text",
	    r->due_at != 0 ? zone_left(w->a, w->lang, r->due_at, w->now) : ago(w, r->at));
	value_set_text(w->a, c, "iso", zone_iso(w->a, w->zone, r->due_at != 0 ? r->due_at : r->at));
}

/* Addresses in a title are never links, here as everywhere. */
static const char *
shown(struct web *w, const char *text)
{
	return arena_cstr(w->a, extract_defang_text(w->a, str_of(text)));
}

/* One row for the page and one for the API. ${key}: the next digit, or 0. */
static void
add_row(struct web *w, struct value *items, struct value *rows, const struct home_row *r, int *key)
{
	struct value *d = value_add_object(w->a, items), *o;

	value_set_text(w->a, d, "kind", kind_names[r->kind]);
	value_set_text(w->a, d, "ref", r->ref);
	value_set_text(w->a, d, "title", r->title);
	value_set_text(w->a, d, "what", r->what);
	value_set_text(w->a, d, "owner", r->owner);
	value_set_text(w->a, d, "why", r->why);
	web_set_time(w, d, "at", r->at);
	web_set_time(w, d, "due_at", r->due_at);
	if (w->json)
		return;
	o = value_add_object(w->a, rows);
	value_set_text(w->a, o, "ref", r->ref);
	value_set_text(w->a, o, "href", href(w, r));
	value_set_text(w->a, o, "title", shown(w, title(w, r)));
	value_set_text(w->a, o, "note", shown(w, note(w, r)));
	value_set_text(w->a, o, "why", r->why);
	value_set_text(w->a, o, "owner",
	    r->owner == NULL || *r->owner == '\0' ? web_tr(w, NULL, N_("Nobody's yet")) : r->owner);
	value_set_bool(w->a, o, "is_draft", r->kind == HOME_DRAFT);
	value_set_bool(w->a, o, "is_bounced", r->kind == HOME_BOUNCED);
	value_set_text(w->a, o, "key", NULL);
	if (*key > 0 && *key <= KEYS)
		value_set_text(w->a, o, "key", arena_printf(w->a, "%d", (*key)++));
	add_clock(w, o, r);
}

/* The place of an item of the queue among the kinds of rows. */
static enum home_kind
kind_of(const struct queue_item *q)
{
	switch (q->reason) {
	case QUEUE_URGENT:
		return HOME_URGENT;
	case QUEUE_OVERDUE:
		return HOME_OVERDUE;
	case QUEUE_ANSWER:
		return HOME_ANSWER;
	case QUEUE_BOUNCED:
		return HOME_BOUNCED;
	case QUEUE_TASK:
		return HOME_TASK;
	case QUEUE_SITE:
		return HOME_SITE;
	case QUEUE_SILENT:
		return HOME_SILENT;
	case QUEUE_REPORT:
		return HOME_REPORT;
	case QUEUE_LATER:
		return q->id != 0 ? HOME_TASK : HOME_INCIDENT;
	case QUEUE_ACTION:
	case QUEUE_OPEN:
	case QUEUE_REASONS:
		break;
	}
	return HOME_INCIDENT;
}

static enum err
my_work(struct web *w, int *key)
{
	struct home_list drafts = { 0 };
	struct value *items = value_set_list(w->a, w->data, "work");
	struct value *rows = value_set_list(w->a, w->ui, "todo"), *empty;
	struct queue_item *queue;
	size_t n;

	TRY(queue_load(w->db, w->a, w->user, w->now, &queue, &n));
	for (size_t i = 0; i < n && (w->json || i < TODO_SHOWN); i++) {
		const struct queue_item *q = &queue[i];
		const struct home_row r = { .kind = kind_of(q), .ref = q->ref, .title = q->title, .what = q->what,
			.owner = q->mine ? w->user->name : NULL, .mine = q->mine, .at = q->at, .due_at = q->due_at,
			.why = i18n(w->lang, "queue", queue_reason_label(q->reason)) };

		add_row(w, items, rows, &r, key);
	}
	TRY(home_drafts(w->db, w->a, w->user, &drafts));
	for (size_t i = 0; i < drafts.n; i++)
		add_row(w, items, rows, &drafts.row[i], key);
	n += drafts.n;
	value_set_text(w->a, w->ui, "todo_count", n == 0 ? NULL : i18n_number(w->a, (int64_t)n));
	value_set_bool(w->a, w->ui, "has_next", n > drafts.n);
	if (n > 0 || w->json)
		return OK;
	empty = value_set_object(w->a, w->ui, "empty");
	value_set_text(w->a, empty, "title", web_tr(w, NULL, N_("Nothing waits for you.")));
	if (!auth_allows(&w->auth, PERM_REPORT_READ))
		return OK;
	value_set_text(w->a, empty, "text", web_tr(w, NULL, N_("New reports are in the inbox.")));
	value_set_text(w->a, empty, "href", "/inbox");
	value_set_text(w->a, empty, "action", web_tr(w, NULL, N_("Open the inbox")));
	return OK;
}

static void
add_list(struct web *w, const struct home_list *list, const char *name, const char *has, int *key)
{
	struct value *items = value_child(w->data, name);
	struct value *rows = value_child(w->ui, name);

	if (items == NULL)
		items = value_set_list(w->a, w->data, name);
	if (rows == NULL)
		rows = value_set_list(w->a, w->ui, name);
	for (size_t i = 0; i < list->n; i++)
		add_row(w, items, rows, &list->row[i], key);
	value_set_bool(w->a, w->ui, has, value_count(rows) > 0);
}

static enum err
urgent_lane(struct web *w, int *key)
{
	struct home_list list = { 0 };

	if (auth_allows(&w->auth, PERM_REPORT_READ)) {
		TRY(home_urgent_reports(w->db, w->a, w->user, w->now, &list));
		add_list(w, &list, "urgent", "has_urgent", key);
	}
	if (auth_allows(&w->auth, PERM_INCIDENT_READ)) {
		TRY(home_urgent_incidents(w->db, w->a, w->user, &list));
		add_list(w, &list, "urgent", "has_urgent", key);
	}
	return OK;
}

static enum err
threads(struct web *w, int *key)
{
	struct home_list list = { 0 };

	if (!auth_allows(&w->auth, PERM_INCIDENT_READ))
		return OK;
	TRY(home_answers(w->db, w->a, w->user, &list));
	add_list(w, &list, "answers", "has_answers", key);
	TRY(home_silent(w->db, w->a, w->user, w->now, &list));
	add_list(w, &list, "silent", "has_silent", key);
	return OK;
}

static void
add_stat(struct web *w, struct value *list, const char *label, int64_t n, const char *note_text,
    const char *to)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", label);
	value_set_text(w->a, o, "value", i18n_number(w->a, n));
	value_set_text(w->a, o, "note", note_text);
	value_set_text(w->a, o, "href", to);
}

/* "+8", "-3", "±0" */
static const char *
difference(struct web *w, int64_t n)
{
	return n == 0 ? "±0" : arena_printf(w->a, "%s%s", n > 0 ? "+" : "-", i18n_number(w->a, n < 0 ? -n : n));
}

static enum err
reports_by_week(struct web *w, struct value *charts)
{
	int64_t today = tally_day(w->now), start = period_start(PERIOD_WEEK, w->lang, today);
	struct period_range *r = arena_one(w->a, struct period_range);
	const char **shorts = arena_many(w->a, const char *, WEEKS), **longs = arena_many(w->a, const char *, WEEKS);
	struct numbers n;

	period_range(PERIOD_WEEK, w->lang, period_step(PERIOD_WEEK, start, 1 - WEEKS), today, today, r);
	TRY(numbers_load(w->db, w->a,
	    &(struct numbers_ask){ .what = "report", .start = r->start, .n = r->n }, &n));
	for (size_t i = 0; i < r->n; i++) {
		const char *name = period_name(w->a, r->unit, w->lang, r->start[i]);

		shorts[i] = period_short(w->a, r->unit, w->lang, r->start[i]);
		longs[i] = i + 1 == r->n ? web_trf(w, NULL, N_("{period} (so far)"), I18N_ARGS({ "period", name }))
					 : name;
	}
	const struct figure_column columns[] = {
		{ web_tr(w, NULL, N_("Domestic")), n.domestic },
		{ web_tr(w, NULL, N_("Overseas")), n.overseas },
	};

	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_BARS,
		.id = "weekly",
		.title = web_tr(w, NULL, N_("Reports by week")),
		.description = web_trf(w, NULL,
		    N_("The last 13 weeks; this week so far {domestic} domestic and {overseas} overseas."),
		    I18N_ARGS({ "domestic", i18n_number(w->a, n.domestic[r->n - 1]) },
			{ "overseas", i18n_number(w->a, n.overseas[r->n - 1]) })),
		.head = i18n(w->lang, "unit", N_("Week")),
		.label = shorts,
		.name = longs,
		.rows = r->n,
		.column = columns,
		.columns = COUNT(columns),
		.total = web_tr(w, NULL, N_("Total")),
		.csv = arena_printf(w->a, "/statistics/reports.csv?unit=week&from=%s&to=%s",
		    period_date(w->a, r->from), period_date(w->a, r->until - 1)),
	    });
	return OK;
}

static void
open_by_category(struct web *w, struct value *charts, const struct home_open *open, size_t n)
{
	const char **label = arena_many(w->a, const char *, n + 1);
	int64_t *count = arena_many(w->a, int64_t, n + 1);

	for (size_t i = 0; i < n; i++) {
		label[i] = category_now_label(w->lang, open[i].category);
		count[i] = open[i].open;
	}
	const struct figure_column column = { web_tr(w, NULL, N_("How many")), count };

	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_TOP,
		.id = "open",
		.title = web_tr(w, NULL, N_("Open incidents by category")),
		.description = web_trf(w, NULL, N_("Most are {name}: {number}."),
		    I18N_ARGS({ "name", label[0] }, { "number", i18n_number(w->a, count[0]) })),
		.head = web_tr(w, NULL, N_("Category")),
		.label = label,
		.rows = n,
		.column = &column,
		.columns = 1,
		.csv = "/home/open.csv",
	    });
}

struct team {
	int64_t today, day_week_ago, week, last_week, new, open, coordinating;
};

static enum err
sums(struct web *w, struct team *t)
{
	int64_t day = tally_day(w->now), week = period_start(PERIOD_WEEK, w->lang, day);

	TRY(numbers_sum(w->db, "report", day, day + 1, NULL, NUMBERS_ALL, &t->today));
	TRY(numbers_sum(w->db, "report", day - 7, day - 6, NULL, NUMBERS_ALL, &t->day_week_ago));
	TRY(numbers_sum(w->db, "report", week, day + 1, NULL, NUMBERS_ALL, &t->week));
	TRY(numbers_sum(w->db, "report", week - 7, week, NULL, NUMBERS_ALL, &t->last_week));
	return numbers_gauge(w->db, "report/new", &t->new);
}

/* Only when there are any: most days there are none. */
static enum err
overdue_tests(struct web *w, struct value *stats)
{
	int64_t n;

	if (!auth_allows(&w->auth, PERM_DIRECTORY_READ))
		return OK;
	TRY(contact_test_count(w->db, CONTACT_TEST_OVERDUE, w->now, &n));
	if (n > 0)
		add_stat(w, stats, web_tr(w, NULL, N_("Contact tests overdue")), n,
		    web_tr(w, NULL, N_("did not answer, or are due")), "/directory/tests?view=overdue");
	return OK;
}

static enum err
team_numbers(struct web *w)
{
	struct value *stats = value_set_list(w->a, w->ui, "stats");
	struct value *charts = value_set_list(w->a, w->ui, "charts");
	struct value *o = value_set_object(w->a, w->data, "numbers"), *by;
	struct home_open *open;
	struct team t = { 0 };
	int64_t oldest;
	size_t n;

	TRY(sums(w, &t));
	TRY(home_oldest_new(w->db, &oldest));
	TRY(home_open_incidents(w->db, w->a, &open, &n));
	by = value_set_list(w->a, o, "open_by_category");
	for (size_t i = 0; i < n; i++) {
		struct value *c = value_add_object(w->a, by);

		value_set_text(w->a, c, "category", open[i].category);
		value_set_int(w->a, c, "open", open[i].open);
		value_set_int(w->a, c, "coordinating", open[i].coordinating);
		t.open += open[i].open;
		t.coordinating += open[i].coordinating;
	}
	value_set_int(w->a, o, "reports_today", t.today);
	value_set_int(w->a, o, "reports_same_day_last_week", t.day_week_ago);
	value_set_int(w->a, o, "reports_this_week", t.week);
	value_set_int(w->a, o, "reports_last_week", t.last_week);
	value_set_int(w->a, o, "reports_new", t.new);
	value_set_int(w->a, o, "incidents_open", t.open);
	value_set_int(w->a, o, "incidents_coordinating", t.coordinating);
	if (w->json)
		return OK;
	bool inbox = auth_allows(&w->auth, PERM_REPORT_READ), incidents = auth_allows(&w->auth, PERM_INCIDENT_READ);

	add_stat(w, stats, web_tr(w, NULL, N_("Reports today")), t.today,
	    web_trf(w, NULL, N_("{difference} against the same day last week"),
		I18N_ARGS({ "difference", difference(w, t.today - t.day_week_ago) })),
	    inbox ? "/inbox?state=all" : NULL);
	add_stat(w, stats, web_tr(w, NULL, N_("Reports this week")), t.week,
	    web_trf(w, NULL, N_("last week {n}"), I18N_ARGS({ "n", i18n_number(w->a, t.last_week) })),
	    auth_allows(&w->auth, PERM_STATISTICS) ? "/statistics?unit=week" : NULL);
	add_stat(w, stats, web_tr(w, NULL, N_("New reports")), t.new,
	    oldest == 0 ? web_tr(w, NULL, N_("none waits"))
			: web_trf(w, NULL, N_("oldest: {time}"),
			      I18N_ARGS({ "time", ago(w, oldest) })),
	    inbox ? "/inbox" : NULL);
	add_stat(w, stats, web_tr(w, NULL, N_("Open incidents")), t.open,
	    web_trf(w, NULL, N_("{n} in coordination"), I18N_ARGS({ "n", i18n_number(w->a, t.coordinating) })),
	    incidents ? "/incidents" : NULL);
	TRY(overdue_tests(w, stats));
	if (!auth_allows(&w->auth, PERM_STATISTICS))
		return OK;
	TRY(reports_by_week(w, charts));
	if (n > 0)
		open_by_category(w, charts, open, n);
	return OK;
}

/* A changed journal is nothing that an administrator may overlook. */
static enum err
broken_chain(struct web *w)
{
	struct value *last;
	int64_t at;

	if (!auth_allows(&w->auth, PERM_ADMIN))
		return OK;
	enum err e = journal_verified(w->db, w->a, &last, &at);

	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	if (value_true(value_get(last, "good")))
		return OK;
	struct value *o = value_set_object(w->a, w->ui, "broken_chain");

	value_set_text(w->a, o, "fault", value_cstr(value_get(last, "fault")));
	web_set_time(w, o, "at", at);
	return OK;
}

/* Who answers now, and a hand-over that waits for me. */
static enum err
duty(struct web *w)
{
	struct handover note;
	struct on_call now;

	if (!auth_allows(&w->auth, PERM_REPORT_READ))
		return OK;
	TRY(on_call_now(w->db, w->a, w->now, &now));
	if (now.id != 0) {
		struct value *o = value_set_object(w->a, w->data, "on_call");

		value_set_text(w->a, o, "person", now.name);
		value_set_bool(w->a, o, "mine", now.person_id == w->user->id);
		value_set_text(w->a, o, "reach", now.reach);
		web_set_time(w, o, "until", now.until);
	}
	if (!auth_allows(&w->auth, PERM_REPORT_EDIT))
		return OK;
	TRY(handover_waiting(w->db, w->a, w->user->id, &note));
	if (note.id != 0) {
		struct value *o = value_set_object(w->a, w->data, "handover");

		value_set_int(w->a, o, "id", note.id);
		value_set_text(w->a, o, "from", note.from);
		web_set_time(w, o, "given_at", note.given_at);
		value_set_text(w->a, o, "@href", arena_printf(w->a, "/team/handover/%lld", (long long)note.id));
	}
	return OK;
}

static enum err
show(struct web *w)
{
	int key = 1;

	value_set_text(w->a, w->ui, "hello",
	    web_trf(w, NULL, N_("{name}: today"), I18N_ARGS({ "name", w->user->name })));
	web_set_time(w, w->data, "today", w->now);
	value_set_text(w->a, w->ui, "mine_href",
	    auth_allows(&w->auth, PERM_INCIDENT_READ) ? "/incidents?owner=me" : NULL);
	value_set_text(w->a, w->ui, "mine_text", web_tr(w, NULL, N_("My incidents")));
	TRY(broken_chain(w));
	TRY(duty(w));
	TRY(urgent_lane(w, &key));
	TRY(my_work(w, &key));
	TRY(threads(w, &key));
	TRY(team_numbers(w));
	return web_page(w, "home", N_("Home"));
}

static enum err
open_csv(struct web *w)
{
	struct buf *out = buf_new(w->a, (size_t)64 * 1024);
	struct home_open *open;
	size_t n;

	TRY(home_open_incidents(w->db, w->a, &open, &n));
	csv_put(out, "category");
	csv_put(out, "name");
	csv_put(out, "open");
	csv_put(out, "coordinating");
	csv_end(out);
	for (size_t i = 0; i < n; i++) {
		csv_put(out, open[i].category);
		csv_put(out, category_now_label(w->lang, open[i].category));
		csv_put_int(out, open[i].open);
		csv_put_int(out, open[i].coordinating);
		csv_end(out);
	}
	return web_csv(w, "open-incidents.csv", buf_view(out));
}

const struct web_route home_routes[] = {
	{ WEB_GET, "/home", PERM_SIGNED_IN, show, 0,
	    "What waits for me, urgent reports, answers, silent requests, numbers of the team" },
	{ WEB_GET, "/home/open.csv", PERM_STATISTICS, open_csv, WEB_SLOW, "Open incidents by category as CSV" },
	{ 0 },
};
