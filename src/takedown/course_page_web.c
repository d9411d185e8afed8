/* SPDX-License-Identifier: Apache-2.0 */
/* course_page_web.c - the figure of a coordination in words and lanes. */
#include "takedown/course_page.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/url.h"
#include "directory/country.h"
#include "incident/extract.h"

struct lanes {
	struct course_page *page;
	const char *name[CHART_LANES];
	int64_t party[CHART_LANES];
	size_t n;
	const struct course_party *known; /* of the incident */
	size_t parties;
};

static bool
is_own(enum course_kind k)
{
	return k == COURSE_OPEN || k == COURSE_STOP || k == COURSE_REOPEN || k == COURSE_CLOSE;
}

/* "Provider 2 (Poland)": what the party is, without its name. */
static const char *
role_of(struct web *w, const struct lanes *l, int64_t party)
{
	for (size_t i = 0; i < l->parties; i++) {
		const struct course_party *p = &l->known[i];
		size_t number = 1;

		if (p->id != party)
			continue;
		for (size_t k = 0; k < i; k++)
			number += strcmp(l->known[k].role, p->role) == 0;
		const char *role = web_tr(w, "party", incident_label(incident_party_roles, p->role));

		return p->cc == NULL ? arena_printf(w->a, "%s %zu", role, number)
				     : arena_printf(w->a, "%s %zu (%s)", role, number, country_name(w->lang, p->cc));
	}
	return "?";
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
	l->name[l->n] = l->page->withhold ? role_of(w, l, e->party) : e->name == NULL ? "?" : e->name;
	l->party[l->n] = e->party;
	return l->n++;
}

/* "login[.]example", or the number of the first site on that host. */
static const char *
site_text(struct web *w, const struct course_page *p, const char *host)
{
	if (!p->withhold)
		return url_defang(w->a, str_of(host));
	for (size_t i = 0; i < p->sites; i++) {
		if (strcmp(p->site[i].host, host) == 0)
			return p->site_name[i];
	}
	return web_tr(w, NULL, N_("Site"));
}

/* "Stop confirmed: login[.]example" */
static const char *
step_text(struct web *w, const struct course_page *p, const struct course_event *e)
{
	const char *text = web_tr(w, NULL, course_label(e->kind, e->letter));

	return e->site == NULL ? text : arena_printf(w->a, "%s: %s", text, site_text(w, p, e->site));
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
begin_lanes(struct web *w, struct lanes *l)
{
	const struct course_page *p = l->page;
	const char *reporter = web_tr(w, NULL, N_("Reporter"));

	for (size_t i = 0; i < p->n && !p->withhold; i++) {
		const struct course_event *e = &p->event[i];

		if (e->kind == COURSE_REPORT && e->name != NULL && *e->name != '\0')
			reporter = web_trf(w, NULL, N_("{name} (reporter)"), I18N_ARGS({ "name", e->name }));
	}
	l->name[0] = reporter;
	l->name[1] = setting_text(w->db, w->a, w->lang == LANG_JA ? "team.name.ja" : "team.name.en");
	l->n = 2;
}

static void
name_sites(struct web *w, struct course_page *p)
{
	size_t number = 0;

	p->site_name = arena_many(w->a, const char *, p->sites + 1);
	for (size_t i = 0; i < p->sites; i++) {
		if (!p->withhold) {
			p->site_name[i] = url_defang(w->a, str_of(p->site[i].url));
			continue;
		}
		p->site_name[i] = web_trf(w, NULL, N_("Site {n}"), I18N_ARGS({ "n", i18n_number(w->a, (int64_t)++number) }));
	}
}

enum err
course_page_load(struct web *w, struct course_page *ret)
{
	struct lanes *l = arena_one(w->a, struct lanes);
	struct course_event *e;
	struct course_party *parties;

	TRY(course_load(w->db, w->a, &ret->incident, &e, &ret->n));
	TRY(course_sites(w->db, w->a, ret->incident.id, &ret->site, &ret->sites));
	TRY(course_parties(w->db, w->a, ret->incident.id, &parties, &l->parties));
	ret->event = e;
	l->page = ret;
	l->known = parties;
	name_sites(w, ret);
	begin_lanes(w, l);

	struct chart_lane_step *step = arena_many(w->a, struct chart_lane_step, ret->n + 1);

	ret->who = arena_many(w->a, const char *, ret->n + 1);
	ret->what = arena_many(w->a, const char *, ret->n + 1);
	for (size_t k = 0; k < ret->n; k++) {
		size_t lane = e[k].kind == COURSE_REPORT ? 0 : is_own(e[k].kind) ? 1 : lane_of(w, l, &e[k]);

		ret->what[k] = step_text(w, ret, &e[k]);
		ret->who[k] = who_to_whom(w, l, &e[k], lane);
		step[k] = (struct chart_lane_step){
			.lane = lane,
			.from = e[k].from,
			.when = web_when(w, e[k].at),
			.name = ret->what[k],
			.own = lane == 1,
			.open = e[k].open,
		};
	}
	ret->time_to_stop = course_time_to_stop(e, ret->n);
	ret->chart = (struct chart_lanes){
		.title = web_tr(w, NULL, N_("Course of the coordination")),
		.description = ret->withhold ? web_tr(w, NULL, N_("Names are withheld."))
					     : arena_printf(w->a, "%s %.*s", ret->incident.ref,
					       STR_F(extract_defang_text(w->a, str_of(ret->incident.title)))),
		.lane = l->name,
		.lanes = l->n,
		.step = step,
		.steps = ret->n,
	};
	if (ret->time_to_stop >= 0)
		ret->chart.foot = web_trf(w, NULL, N_("From the report to the last stop: {time}"),
		    I18N_ARGS({ "time", zone_duration(w->a, w->lang, ret->time_to_stop) }));
	return OK;
}
