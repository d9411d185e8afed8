/* SPDX-License-Identifier: Apache-2.0 */
/* course_web.c - the figure of a coordination, with its table. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/url.h"
#include "incident/extract.h"
#include "incident/incident_page.h"
#include "takedown/course_store.h"
#include "text/chart_lanes.h"

#define TITLE N_("Course of the coordination")

static const char *const kinds[] = {
	[COURSE_REPORT] = "report",
	[COURSE_OPEN] = "open",
	[COURSE_REQUEST] = "request",
	[COURSE_REMINDER] = "reminder",
	[COURSE_ANSWER] = "answer",
	[COURSE_BOUNCE] = "bounce",
	[COURSE_STOP] = "stop",
	[COURSE_REOPEN] = "reopen",
	[COURSE_CLOSE] = "close",
};

struct lanes {
	const char *name[CHART_LANES];
	int64_t party[CHART_LANES];
	size_t n;
};

static bool
is_own(enum course_kind k)
{
	return k == COURSE_OPEN || k == COURSE_STOP || k == COURSE_REOPEN || k == COURSE_CLOSE;
}

/* The lane of the party, a new one at its first event; parties that find no room
 * share the last one. */
static size_t
lane_of(struct web *w, struct lanes *l, const struct course_event *e)
{
	for (size_t i = 2; i < l->n; i++) {
		if (l->party[i] == e->party)
			return i;
	}
	if (l->n == CHART_LANES) {
		l->name[l->n - 1] = web_tr(w, NULL, N_("Others"));
		return l->n - 1;
	}
	l->name[l->n] = e->name == NULL ? "?" : e->name;
	l->party[l->n] = e->party;
	return l->n++;
}

/* "Stop confirmed: login[.]example" */
static const char *
step_text(struct web *w, const struct course_event *e)
{
	const char *text = web_tr(w, NULL, course_label(e->kind, e->letter));

	return e->site == NULL ? text : arena_printf(w->a, "%s: %s", text, url_defang(w->a, str_of(e->site)));
}

/* "Example CSIRT → EX-NET" */
static const char *
who_to_whom(struct web *w, const struct lanes *l, const struct course_event *e, size_t lane)
{
	if (e->kind == COURSE_REQUEST || e->kind == COURSE_REMINDER)
		return arena_printf(w->a, "%s → %s", l->name[1], l->name[lane]);
	if (e->kind == COURSE_ANSWER || e->kind == COURSE_REPORT)
		return arena_printf(w->a, "%s → %s", l->name[lane], l->name[1]);
	return l->name[lane];
}

static void
begin_lanes(struct web *w, struct lanes *l, const struct course_event *e, size_t n)
{
	const char *reporter = web_tr(w, NULL, N_("Reporter"));

	for (size_t i = 0; i < n; i++) {
		if (e[i].kind == COURSE_REPORT && e[i].name != NULL && *e[i].name != '\0')
			reporter = web_trf(w, NULL, N_("{name} (reporter)"), I18N_ARGS({ "name", e[i].name }));
	}
	l->name[0] = reporter;
	l->name[1] = setting_text(w->db, w->a, w->lang == LANG_JA ? "team.name.ja" : "team.name.en");
	l->n = 2;
}

static void
set_number(struct web *w, struct value *o, const char *key, int64_t v)
{
	if (v == 0)
		value_set_text(w->a, o, key, NULL);
	else
		value_set_int(w->a, o, key, v);
}

static void
add_row(struct web *w, struct value *list, const struct course_event *e, const char *who, const char *text)
{
	struct value *o = value_add_object(w->a, list);

	web_set_time(w, o, "at", e->at);
	value_set_text(w->a, o, "kind", kinds[e->kind]);
	set_number(w, o, "party", e->party);
	value_set_text(w->a, o, "site", e->site);
	set_number(w, o, "after", e->from + 1);
	value_set_bool(w->a, o, "open", e->open);
	value_set_text(w->a, o, "@who", who);
	value_set_text(w->a, o, "@text", text);
}

static enum err
show(struct web *w)
{
	struct incident i;
	struct course_event *e;
	struct lanes l = { .n = 0 };
	size_t n;

	TRY(incident_of_path(w, &i));
	TRY(course_load(w->db, w->a, &i, &e, &n));
	begin_lanes(w, &l, e, n);

	struct chart_lane_step *step = arena_many(w->a, struct chart_lane_step, n);
	struct value *items = value_set_list(w->a, w->data, "items");
	int64_t ms = course_time_to_stop(e, n);

	for (size_t k = 0; k < n; k++) {
		size_t lane = e[k].kind == COURSE_REPORT ? 0 : is_own(e[k].kind) ? 1 : lane_of(w, &l, &e[k]);

		step[k] = (struct chart_lane_step){
			.lane = lane,
			.from = e[k].from,
			.when = web_when(w, e[k].at),
			.name = step_text(w, &e[k]),
			.own = lane == 1,
			.open = e[k].open,
		};
		add_row(w, items, &e[k], who_to_whom(w, &l, &e[k], lane), step[k].name);
	}
	struct chart_lanes c = {
		.title = web_tr(w, NULL, TITLE),
		.description = arena_printf(w->a, "%s %s", i.ref, i.title),
		.lane = l.name,
		.lanes = l.n,
		.step = step,
		.steps = n,
	};

	if (ms >= 0)
		c.foot = web_trf(w, NULL, N_("From the report to the last stop: {time}"),
		    I18N_ARGS({ "time", zone_duration(w->a, w->lang, ms) }));
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_text(w->a, w->data, "ref", i.ref);
	value_set_text(w->a, w->data, "title", i.title);
	value_set_text(w->a, w->data, "tlp", i.tlp);
	set_number(w, w->data, "time_to_stop_ms", ms < 0 ? 0 : ms);
	value_set_str(w->a, w->ui, "title", extract_defang_text(w->a, str_of(i.title)));
	value_set_text(w->a, w->ui, "foot_text", c.foot);
	value_set_html(w->a, w->ui, "svg", chart_lanes(w->a, &c));
	return web_page(w, "course", TITLE);
}

const struct web_route course_routes[] = {
	{ WEB_GET, "/incidents/:ref/course", PERM_INCIDENT_READ, show, 0,
	    "The course of a coordination: who did what when", NULL },
	{ 0 },
};
