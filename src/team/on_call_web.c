/* SPDX-License-Identifier: Apache-2.0 */
/* on_call_web.c - /team/on-call: who answers when. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "incident/intake_guess.h"
#include "incident/on_call_store.h"
#include "incident/rule_store.h"
#include "team/team_web.h"

#define TITLE N_("On call")
#define HOME "/team/on-call"
#define WEEKS 6
#define PLACES 8 /* people in the form */
#define ICS_DAYS 400

static int64_t
day_of(const struct zone *zone, int64_t at)
{
	struct civil c = zone_civil(zone, at);

	return clock_day_number(c.year, c.month, c.day);
}

static int64_t
time_of_day(const struct zone *zone, int64_t day, int32_t minute)
{
	struct civil c = clock_day_civil(day);

	c.hour = minute / 60;
	c.minute = minute % 60;
	return zone_from_civil(zone, &c);
}

/* The grid: who it is on each day, when most of the day's work is done. */

static void
add_day(struct web *w, struct value *days, const struct zone *zone, const struct business_calendar *c,
    const struct on_call *t, size_t n, int64_t day, int64_t today)
{
	struct value *o = value_add_object(w->a, days);
	struct civil civil = clock_day_civil(day);
	int64_t start = time_of_day(zone, day, 0), end = time_of_day(zone, day + 1, 0);
	size_t at = on_call_at(t, n, time_of_day(zone, day, c->open_minute + 60));
	const char *holiday = holiday_name(civil.year, civil.month, civil.day), *next = NULL;

	value_set_text(w->a, o, "date", arena_printf(w->a, "%d/%d", civil.month, civil.day));
	value_set_text(w->a, o, "iso", arena_printf(w->a, "%04d-%02d-%02d", civil.year, civil.month, civil.day));
	value_set_text(w->a, o, "holiday", holiday);
	value_set_bool(w->a, o, "closed", !business_is_day(c, day));
	value_set_bool(w->a, o, "today", day == today);
	value_set_text(w->a, o, "name", at == SIZE_MAX ? NULL : t[at].name);
	value_set_bool(w->a, o, "mine", at != SIZE_MAX && t[at].person_id == w->user->id);
	value_set_bool(w->a, o, "cover", at != SIZE_MAX && t[at].cover);
	/* A hand-over within the day shows with its time. */
	for (size_t i = 0; i < n; i++) {
		if (t[i].from > start && t[i].from < end)
			next = arena_printf(w->a, "%s %02d:%02d → %s", next == NULL ? "" : next, zone_civil(zone, t[i].from).hour,
			    zone_civil(zone, t[i].from).minute, t[i].name);
	}
	value_set_text(w->a, o, "change", next);
}

static void
set_weeks(struct web *w, const struct zone *zone, const struct business_calendar *c, const struct on_call *t, size_t n,
    int64_t monday)
{
	static const char *const names[] = { NC_("weekday", "Mon"), NC_("weekday", "Tue"), NC_("weekday", "Wed"),
		NC_("weekday", "Thu"), NC_("weekday", "Fri"), NC_("weekday", "Sat"), NC_("weekday", "Sun") };
	struct value *weeks = value_set_list(w->a, w->ui, "weeks"), *heads = value_set_list(w->a, w->ui, "weekdays");
	int64_t today = day_of(zone, w->now);

	for (size_t i = 0; i < COUNT(names); i++)
		value_add_text(w->a, heads, web_tr(w, "weekday", names[i]));
	for (int k = 0; k < WEEKS; k++) {
		struct value *days = value_set_list(w->a, value_add_object(w->a, weeks), "days");

		for (int d = 0; d < 7; d++)
			add_day(w, days, zone, c, t, n, monday + 7 * k + d, today);
	}
}

static void
set_turn(struct web *w, struct value *o, const struct on_call *t)
{
	value_set_int(w->a, o, "id", t->id);
	value_set_text(w->a, o, "person", t->name);
	value_set_int(w->a, o, "person_id", t->person_id);
	web_set_time(w, o, "from", t->from);
	web_set_time(w, o, "until", t->until);
	value_set_bool(w->a, o, "cover", t->cover);
	value_set_text(w->a, o, "reach", t->reach);
}

static enum err
set_people(struct web *w, const char *key)
{
	struct value *list = value_set_list(w->a, w->ui, key);
	struct user *people;
	size_t n;

	TRY(user_list(w->db, w->a, &people, &n));
	for (size_t i = 0; i < n; i++) {
		if (!people[i].active || !auth_may(people[i].role, PERM_REPORT_EDIT))
			continue;
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", arena_printf(w->a, "%lld", (long long)people[i].id));
		value_set_text(w->a, o, "label", people[i].name);
		value_set_bool(w->a, o, "selected", false);
	}
	return OK;
}

static enum err
set_forms(struct web *w, const struct zone *zone, const struct business_calendar *c)
{
	struct value *places = value_set_list(w->a, w->ui, "places");
	int64_t last, first;

	TRY(set_people(w, "@people"));
	for (int i = 1; i <= PLACES; i++)
		value_add_text(w->a, places, arena_printf(w->a, "%d", i));
	TRY(on_call_last(w->db, &last));
	first = last > w->now ? day_of(zone, last) : day_of(zone, w->now) + 1;
	struct civil civil = clock_day_civil(first);

	web_fill(w, "first", arena_printf(w->a, "%04d-%02d-%02d", civil.year, civil.month, civil.day));
	web_fill(w, "at", arena_printf(w->a, "%02d:%02d", c->open_minute / 60, c->open_minute % 60));
	web_fill(w, "days", "7");
	web_fill(w, "turns", "8");
	web_fill(w, "business", "1");
	web_fill(w, "cover", "1");
	return OK;
}

static enum err
page(struct web *w)
{
	const struct zone *zone = rule_zone(w->db, w->a);
	struct business_calendar c = intake_calendar(w->db);
	struct value *items = value_set_list(w->a, w->data, "items");
	int64_t today = day_of(zone, w->now), monday = today - (today + 3) % 7, from;
	struct on_call *t, now;
	size_t n;

	/* 1970-01-01 was a Thursday. */
	from = web_query_int(w, "week", -520, 520, 0);
	monday += 7 * from;
	TRY(on_call_list(w->db, w->a, time_of_day(zone, monday, 0), time_of_day(zone, monday + 7 * WEEKS, 0), &t, &n));
	for (size_t i = 0; i < n; i++)
		set_turn(w, value_add_object(w->a, items), &t[i]);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	TRY(on_call_now(w->db, w->a, w->now, &now));
	if (now.id != 0)
		set_turn(w, value_set_object(w->a, w->data, "now"), &now);
	else
		value_set(w->a, w->data, "now", NULL);
	if (w->json)
		return problems_any(&w->problems) ? web_again(w, "on_call", TITLE) : OK;
	set_weeks(w, zone, &c, t, n, monday);
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_REPORT_EDIT));
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	value_set_text(w->a, w->ui, "earlier_href", arena_printf(w->a, HOME "?week=%lld", (long long)from - WEEKS));
	value_set_text(w->a, w->ui, "later_href", arena_printf(w->a, HOME "?week=%lld", (long long)from + WEEKS));
	value_set_bool(w->a, w->ui, "elsewhere", from != 0);
	TRY(set_forms(w, zone, &c));
	return web_again(w, "on_call", TITLE);
}

/* Changing */

static enum err
journal(struct web *w, const char *action, const struct on_call *t)
{
	struct value *p = value_object(w->a);

	value_set_text(w->a, p, "name", t->name);
	value_set_int(w->a, p, "person", t->person_id);
	value_set_text(w->a, p, "from", zone_iso(w->a, zone_utc(), t->from));
	value_set_text(w->a, p, "until", zone_iso(w->a, zone_utc(), t->until));
	value_set_bool(w->a, p, "cover", t->cover);
	return web_journal(w, action, "on-call", t->id, p);
}

/* Somebody who works on reports; else a problem at ${field}. */
static enum err
need_person(struct web *w, const char *field, int64_t id, const char **ret_name)
{
	struct user u;
	enum err e = id == 0 ? ERR_NOT_FOUND : user_get(w->db, w->a, id, &u);

	*ret_name = "";
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e != OK || !u.active || !auth_may(u.role, PERM_REPORT_EDIT))
		web_problem(w, field, N_("Choose somebody who works on reports."));
	else
		*ret_name = u.name;
	return OK;
}

static enum err
store(struct web *w, struct on_call *t, const char *field)
{
	enum err e = on_call_add(w->db, w->a, t);

	if (e == ERR_EXISTS) {
		web_problem(w, field, N_("Somebody is on call in this time already. Remove that turn, or enter a cover."));
		return OK;
	}
	TRY(e);
	return journal(w, "on-call.add", t);
}

static enum err
add(struct web *w)
{
	struct on_call t = { .person_id = web_form_int(w, "person", 1, INT64_MAX, 0), .from = web_time(w, "from"),
		.until = web_time(w, "until"), .cover = strcmp(web_form(w, "cover"), "1") == 0, .changed_by = w->user->id,
		.changed_at = w->now };
	const char *reach = web_line(w, "reach", LIMIT_NAME);

	t.reach = *reach == '\0' ? NULL : reach;
	TRY(need_person(w, "person", t.person_id, &t.name));
	if (t.from == 0 && !problems_any(&w->problems))
		web_problem(w, "from", N_("This is empty. Fill it in."));
	else if (t.until <= t.from || t.until - t.from > 366 * CLOCK_DAY)
		web_problem(w, "until", N_("The end lies after the beginning, at most a year."));
	if (!problems_any(&w->problems))
		TRY(store(w, &t, "from"));
	if (problems_any(&w->problems))
		return page(w);
	value_set_int(w->a, w->data, "id", t.id);
	return web_created(w, HOME, t.cover ? N_("The cover is entered") : N_("The turn is entered"));
}

/* "09:30" in minutes; -1: it is none. */
static int32_t
minutes_of(struct str s)
{
	struct str hour;
	int64_t h, m;

	if (!str_split(&s, ':', &hour) || !str_int(hour, 0, 23, &h) || !str_int(s, 0, 59, &m))
		return -1;
	return (int32_t)(h * 60 + m);
}

static enum err
read_plan(struct web *w, const struct zone *zone, struct on_call_wish *wish)
{
	size_t n;
	const char *const *chosen = web_form_all(w, "person", &n), *name;
	int64_t *person = arena_many(w->a, int64_t, PLACES), first = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t id;

		if (*chosen[i] == '\0')
			continue;
		if (wish->people == PLACES || !str_int(str_of(chosen[i]), 1, INT64_MAX, &id))
			return ERR_INVALID;
		TRY(need_person(w, "person", id, &name));
		person[wish->people++] = id;
	}
	wish->person = person;
	wish->minute = minutes_of(str_of(web_form(w, "at")));
	wish->days = (int32_t)web_form_int(w, "days", 1, ON_CALL_DAYS, 0);
	wish->turns = (size_t)web_form_int(w, "turns", 1, ON_CALL_TURNS, 0);
	wish->business = strcmp(web_form(w, "business"), "1") == 0;
	if (wish->people == 0)
		web_problem(w, "person", N_("Choose at least one person."));
	/* A day of the team's, wherever the planner sits. */
	if (zone_parse(zone, str_of(web_form(w, "first")), &first) != OK)
		web_problem(w, "first", N_("This is not a date and time. Write it as 2026-09-18 14:05."));
	if (wish->minute < 0)
		web_problem(w, "at", N_("Write the hour of the hand-over as 09:30."));
	if (wish->days == 0)
		web_problem(w, "days", N_("A turn takes 1 to 31 days."));
	if (wish->turns == 0)
		web_problem(w, "turns", N_("Plan 1 to 60 turns at once."));
	wish->first = day_of(zone, first);
	return OK;
}

static enum err
plan(struct web *w)
{
	const struct zone *zone = rule_zone(w->db, w->a);
	struct business_calendar c = intake_calendar(w->db);
	struct on_call_wish wish = { 0 };
	struct on_call *t;
	const char *reach = web_line(w, "reach", LIMIT_NAME);

	TRY(read_plan(w, zone, &wish));
	if (problems_any(&w->problems))
		return page(w);
	t = arena_many(w->a, struct on_call, wish.turns);
	on_call_plan(&wish, zone, &c, t);
	for (size_t i = 0; i < wish.turns && !problems_any(&w->problems); i++) {
		/* Two hand-overs may fall on the same open day. */
		if (t[i].from == t[i].until)
			continue;
		t[i].reach = *reach == '\0' ? NULL : reach;
		t[i].changed_by = w->user->id;
		t[i].changed_at = w->now;
		TRY(need_person(w, "person", t[i].person_id, &t[i].name));
		TRY(store(w, &t[i], "first"));
	}
	/* With a problem the status is 422, and nothing of it is kept. */
	if (problems_any(&w->problems))
		return page(w);
	return web_created(w, HOME, N_("The turns are planned"));
}

static enum err
take_away(struct web *w)
{
	struct value *undo = value_object(w->a);
	struct on_call t;
	int64_t id, undo_id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(on_call_get(w->db, w->a, id, &t));
	TRY(on_call_delete(w->db, id));
	TRY(journal(w, "on-call.remove", &t));
	value_set_int(w->a, undo, "person", t.person_id);
	value_set_text(w->a, undo, "name", t.name);
	value_set_int(w->a, undo, "from", t.from);
	value_set_int(w->a, undo, "until", t.until);
	value_set_bool(w->a, undo, "cover", t.cover);
	value_set_text(w->a, undo, "reach", t.reach);
	TRY(web_add_undo(w, "on-call.remove", undo, &undo_id));
	return web_redirect(w, HOME, t.cover ? N_("The cover is removed") : N_("The turn is removed"), undo_id);
}

static enum err
undo_remove(struct web *w, const struct value *p)
{
	const char *reach = value_cstr(value_get(p, "reach"));
	struct on_call t = { .person_id = value_integer(value_get(p, "person")), .from = value_integer(value_get(p, "from")),
		.until = value_integer(value_get(p, "until")), .cover = value_true(value_get(p, "cover")),
		.name = value_cstr(value_get(p, "name")), .reach = *reach == '\0' ? NULL : reach, .changed_by = w->user->id,
		.changed_at = w->now };

	TRY(on_call_add(w->db, w->a, &t));
	return journal(w, "on-call.add", &t);
}

/* RFC 5545: lines end with CR LF; a comma, a semicolon and a backslash are escaped. */

static void
ics_text(struct buf *b, const char *name, const char *text)
{
	size_t column = strlen(name) + 1;

	buf_printf(b, "%s:", name);
	for (const char *p = text; *p != '\0'; p++) {
		/* At most 75 bytes a line, never within a character. */
		if (column >= 70 && ((unsigned char)*p & 0xc0) != 0x80) {
			buf_text(b, "\r\n ");
			column = 1;
		}
		if (*p == ',' || *p == ';' || *p == '\\') {
			buf_char(b, '\\');
			column++;
		}
		buf_char(b, *p);
		column++;
	}
	buf_text(b, "\r\n");
}

static void
ics_time(struct buf *b, const char *name, int64_t at)
{
	struct civil c = clock_civil(at, 0);

	buf_printf(b, "%s:%04d%02d%02dT%02d%02d%02dZ\r\n", name, c.year, c.month, c.day, c.hour, c.minute, c.second);
}

static enum err
calendar(struct web *w)
{
	bool mine = strcmp(web_query(w, "person"), "me") == 0;
	struct buf *b = buf_new(w->a, LIMIT_MIB(1));
	struct on_call *t;
	size_t n;

	TRY(on_call_list(w->db, w->a, w->now - 30 * CLOCK_DAY, w->now + ICS_DAYS * CLOCK_DAY, &t, &n));
	buf_text(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tobiguchi//On call//EN\r\n");
	for (size_t i = 0; i < n; i++) {
		if (mine && t[i].person_id != w->user->id)
			continue;
		buf_printf(b, "BEGIN:VEVENT\r\nUID:on-call-%lld@tobiguchi\r\n", (long long)t[i].id);
		ics_time(b, "DTSTAMP", t[i].changed_at);
		ics_time(b, "DTSTART", t[i].from);
		ics_time(b, "DTEND", t[i].until);
		ics_text(b, "SUMMARY",
		    web_trf(w, NULL, t[i].cover ? N_("On call (cover): {name}") : N_("On call: {name}"), I18N_ARGS({ "name", t[i].name })));
		if (t[i].reach != NULL)
			ics_text(b, "LOCATION", t[i].reach);
		buf_text(b, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n");
	}
	buf_text(b, "END:VCALENDAR\r\n");
	web_header(w, "Content-Disposition", "attachment; filename=\"on-call.ics\"");
	return web_bytes(w, "text/calendar; charset=utf-8", buf_view(b));
}

const struct web_route team_on_call_routes[] = {
	{ WEB_GET, "/team/on-call", PERM_REPORT_READ, page, 0, "Who is on call now and when: week (from this one)" },
	{ WEB_POST, "/team/on-call", PERM_REPORT_EDIT, add, 0, "One turn, or a cover above it (cover = 1): person, from, until, reach" },
	{ WEB_POST, "/team/on-call/plan", PERM_REPORT_EDIT, plan, 0,
	    "Turns one after the other: person[], first, at, days, turns, business = 1, reach" },
	{ WEB_POST, "/team/on-call/:id/delete", PERM_REPORT_EDIT, take_away, 0, "Remove a turn or a cover" },
	{ WEB_GET, "/team/on-call.ics", PERM_REPORT_READ, calendar, 0, "The plan as iCalendar (RFC 5545): person = me" },
	{ 0 },
};

const struct web_undo team_on_call_undos[] = {
	{ "on-call.remove", PERM_REPORT_EDIT, undo_remove },
	{ 0 },
};
