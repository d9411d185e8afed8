/* SPDX-License-Identifier: Apache-2.0 */
/* course_web.c - the figure of a coordination with its table; the story that leaves the house. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "directory/country.h"
#include "directory/organisation.h"
#include "directory/tlp.h"
#include "incident/category.h"
#include "incident/extract.h"
#include "takedown/course_page.h"
#include "takedown/site_page.h"
#include "text/csv.h"
#include "text/mustache.h"

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

static void
set_number(struct web *w, struct value *o, const char *key, int64_t v)
{
	if (v == 0)
		value_set_text(w->a, o, key, NULL);
	else
		value_set_int(w->a, o, key, v);
}

static void
add_row(struct web *w, struct value *list, const struct course_page *p, size_t k)
{
	struct value *o = value_add_object(w->a, list);
	const struct course_event *e = &p->event[k];

	web_set_time(w, o, "at", e->at);
	value_set_text(w->a, o, "kind", kinds[e->kind]);
	set_number(w, o, "party", e->party);
	value_set_text(w->a, o, "site", e->site);
	set_number(w, o, "after", e->from + 1);
	value_set_bool(w->a, o, "open", e->open);
	value_set_text(w->a, o, "@who", p->who[k]);
	value_set_text(w->a, o, "@text", p->what[k]);
}

static enum err
page(struct web *w, const struct incident *i)
{
	struct course_page p = { .incident = *i };

	TRY(course_page_load(w, &p));

	struct value *items = value_set_list(w->a, w->data, "items");

	for (size_t k = 0; k < p.n; k++)
		add_row(w, items, &p, k);
	value_set_int(w->a, w->data, "total", (int64_t)p.n);
	value_set_text(w->a, w->data, "ref", i->ref);
	value_set_text(w->a, w->data, "title", i->title);
	value_set_text(w->a, w->data, "tlp", i->tlp);
	set_number(w, w->data, "time_to_stop_ms", p.time_to_stop < 0 ? 0 : p.time_to_stop);
	value_set_str(w->a, w->ui, "title", extract_defang_text(w->a, str_of(i->title)));
	value_set_text(w->a, w->ui, "foot_text", p.chart.foot);
	value_set_html(w->a, w->ui, "svg", chart_lanes(w->a, &p.chart));
	value_set_bool(w->a, w->ui, "may_export", auth_allows(&w->auth, PERM_INCIDENT_EDIT));
	return web_again(w, "course", TITLE);
}

static enum err
show(struct web *w)
{
	struct incident i;

	TRY(incident_of_path(w, &i));
	return page(w, &i);
}

/* The story */

static const char *
when(struct web *w, int64_t at)
{
	return at == 0 ? "" : zone_both(w->a, at);
}

static const char *
iso(struct web *w, int64_t at)
{
	return at == 0 ? "" : zone_iso(w->a, zone_utc(), at);
}

/* From the request (else the report) to the stop; "" when it has not stopped. */
static const char *
site_time(struct web *w, const struct course_site *s)
{
	int64_t from = s->notified_at != 0 && s->notified_at <= s->stopped_at ? s->notified_at : s->reported_at;

	return s->stopped_at == 0 || s->stopped_at < from ? "" : zone_duration(w->a, w->lang, s->stopped_at - from);
}

static struct str
story_csv(struct web *w, const struct course_page *p)
{
	static const char *const heads[] = { "site", "brand", "brand_origin", "sector", "country", "route", "reported_at",
		"notified_at", "stopped_at", "hours_to_stop", "business_days", "state" };
	struct buf *out = buf_new(w->a, LIMIT_MIB(4));

	for (size_t i = 0; i < COUNT(heads); i++)
		csv_put(out, heads[i]);
	csv_end(out);
	for (size_t i = 0; i < p->sites; i++) {
		const struct course_site *s = &p->site[i];
		int64_t from = s->notified_at != 0 && s->notified_at <= s->stopped_at ? s->notified_at : s->reported_at;
		const char *const cells[] = {
			p->site_name[i],
			p->withhold ? "" : s->brand,
			s->origin,
			s->sector,
			s->cc,
			s->route,
			iso(w, s->reported_at),
			iso(w, s->notified_at),
			iso(w, s->stopped_at),
			s->stopped_at == 0 ? "" : arena_printf(w->a, "%.2f", (double)(s->stopped_at - from) / (double)CLOCK_HOUR),
			s->stopped_at == 0 ? "" : arena_printf(w->a, "%lld", (long long)s->days),
			s->state,
		};

		for (size_t c = 0; c < COUNT(cells); c++)
			csv_put(out, cells[c]);
		csv_end(out);
	}
	return buf_view(out);
}

static void
cell(struct buf *out, const char *tag, const char *text)
{
	buf_printf(out, "<%s>", tag);
	mustache_escape(out, str_of(text == NULL ? "" : text));
	buf_printf(out, "</%s>", tag);
}

static void
head_row(struct web *w, struct buf *out, const char *const *heads, size_t n)
{
	buf_text(out, "<table><thead><tr>");
	for (size_t i = 0; i < n; i++)
		cell(out, "th", web_tr(w, NULL, heads[i]));
	buf_text(out, "</tr></thead><tbody>\n");
}

/* The file is read elsewhere, without our style sheet and in any colours. */
static const char style[] =
    "body{max-width:70rem;margin:2rem auto;padding:0 1rem;font:16px/1.7 system-ui,sans-serif;color:#1a1a1c;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0 2rem;font-size:14px}"
    "th,td{border-bottom:1px solid #b3b3b3;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    ".tlp{display:inline-block;padding:.1rem .5rem;background:#000;color:#fff;font-family:monospace}"
    ".figure{overflow-x:auto}svg.c{font-family:system-ui,sans-serif}"
    ".c-text{fill:#555;font-size:12px}.c-strong{fill:#1a1a1c;font-weight:650}.c-small{font-size:11px}"
    ".c-end{text-anchor:end}.c-mid{text-anchor:middle}"
    ".c-edge{fill:none;stroke:#767676;stroke-width:1.25}.c-edge.ask{stroke-dasharray:5 4}.c-edge.on{stroke:#0b6b7b;stroke-width:3.5}"
    ".c-arrow{fill:#767676}.c-arrow.on{fill:#0b6b7b}.c-node{fill:#fff;stroke:#767676;stroke-width:1.25}"
    ".c-node.on{fill:#e1f1f4;stroke:#0b6b7b;stroke-width:2.5}.c-node.self{fill:#0b6b7b;stroke:#0b6b7b}"
    ".c-lane{fill:#f5f6f7;stroke:#ddd;stroke-width:1}.c-lane.alt{fill:#fff}"
    "@media print{body{margin:0;max-width:none}svg.c{max-width:100%;height:auto}}";

static void
story_sites(struct web *w, struct buf *out, const struct course_page *p)
{
	static const char *const heads[] = { N_("Site"), N_("Brand"), N_("Country"), N_("Route"), N_("Reported"), N_("First request"),
		N_("Stopped"), N_("Time to stop") };

	cell(out, "h2", web_tr(w, NULL, N_("The sites")));
	head_row(w, out, heads, COUNT(heads));
	for (size_t i = 0; i < p->sites; i++) {
		const struct course_site *s = &p->site[i];
		const char *const cells[] = {
			p->site_name[i],
			p->withhold || s->brand == NULL ? site_page_word(w, organisation_sectors, s->sector) : s->brand,
			s->cc == NULL ? "" : country_name(w->lang, s->cc),
			site_page_word(w, site_routes, s->route),
			when(w, s->reported_at),
			when(w, s->notified_at),
			when(w, s->stopped_at),
			site_time(w, s),
		};

		buf_text(out, "<tr>");
		for (size_t c = 0; c < COUNT(cells); c++)
			cell(out, "td", cells[c]);
		buf_text(out, "</tr>\n");
	}
	buf_text(out, "</tbody></table>\n");
}

static struct str
story_html(struct web *w, const struct course_page *p, const char *title)
{
	static const char *const heads[] = { N_("When"), N_("Who"), N_("What") };
	struct buf *out = buf_new(w->a, LIMIT_MIB(4));
	enum tlp tlp;

	buf_printf(out,
	    "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
	    "content=\"width=device-width\">",
	    lang_code(w->lang));
	cell(out, "title", title);
	buf_printf(out, "<style>%s</style></head><body>\n<p class=\"tlp\">%s</p>\n", style,
	    tlp_parse(str_of(p->incident.tlp), &tlp) == OK ? tlp_label(tlp) : "");
	cell(out, "h1", title);
	cell(out, "p", setting_text(w->db, w->a, w->lang == LANG_JA ? "team.name.ja" : "team.name.en"));
	if (p->chart.foot != NULL)
		cell(out, "p", p->chart.foot);
	buf_text(out, "<div class=\"figure\">");
	buf_str(out, chart_lanes(w->a, &p->chart));
	buf_text(out, "</div>\n");
	cell(out, "h2", web_tr(w, NULL, TITLE));
	head_row(w, out, heads, COUNT(heads));
	for (size_t k = 0; k < p->n; k++) {
		buf_text(out, "<tr>");
		cell(out, "td", when(w, p->event[k].at));
		cell(out, "td", p->who[k]);
		cell(out, "td", p->what[k]);
		buf_text(out, "</tr>\n");
	}
	buf_text(out, "</tbody></table>\n");
	story_sites(w, out, p);
	cell(out, "p", web_trf(w, NULL, N_("Written {when}. Addresses are disguised."), I18N_ARGS({ "when", when(w, w->now) })));
	buf_text(out, "</body></html>\n");
	return buf_view(out);
}

/* The label of the incident decides whom it may reach, whatever is left out. */
static void
check_label(struct web *w, const struct incident *i, const char *audience)
{
	static const struct {
		const char *name;
		enum tlp_audience to;
	} audiences[] = { { "organisation", TLP_TO_ORGANISATION }, { "clients", TLP_TO_CLIENTS },
		{ "community", TLP_TO_COMMUNITY }, { "public", TLP_TO_PUBLIC } };
	enum tlp tlp = TLP_RED;

	if (tlp_parse(str_of(i->tlp), &tlp) != OK)
		tlp = TLP_RED;
	for (size_t k = 0; k < COUNT(audiences) && audience != NULL; k++) {
		if (strcmp(audiences[k].name, audience) == 0 && !tlp_may(tlp, audiences[k].to))
			problems_add(&w->problems, "audience",
			    N_("The label {value} does not allow these readers. Choose others, or change the incident's label first."),
			    tlp_label(tlp));
	}
}

static enum err
export(struct web *w)
{
	static const char *const audiences[] = { "organisation", "clients", "community", "public", NULL };
	static const char *const formats[] = { "html", "csv", NULL };
	static const char *const names[] = { "withhold", "show", NULL };
	struct incident i;

	TRY(incident_of_path(w, &i));
	const char *audience = web_choice(w, "audience", audiences, true), *format = web_choice(w, "format", formats, true);
	const char *name = web_choice(w, "names", names, true);

	check_label(w, &i, audience);
	if (problems_any(&w->problems))
		return page(w, &i);

	struct course_page p = { .incident = i, .withhold = strcmp(name, "withhold") == 0 };
	struct value *payload = value_object(w->a);
	bool csv = strcmp(format, "csv") == 0;

	TRY(course_page_load(w, &p));
	value_set_text(w->a, payload, "audience", audience);
	value_set_text(w->a, payload, "format", format);
	value_set_text(w->a, payload, "names", name);
	TRY(web_journal(w, "incident.story", "incident", i.id, payload));

	const char *title = p.withhold
	    ? web_trf(w, NULL, N_("A case of coordination: {category}"), I18N_ARGS({ "category", category_now_label(w->lang, i.category) }))
	    : arena_printf(w->a, "%s %.*s", i.ref, STR_F(extract_defang_text(w->a, str_of(i.title))));
	const char *file = arena_printf(w->a, "%s.%s", p.withhold ? "story" : i.ref, format);

	if (csv)
		return web_csv(w, file, story_csv(w, &p));
	web_header(w, "Content-Disposition", arena_printf(w->a, "attachment; filename=\"%s\"", file));
	return web_bytes(w, "text/html; charset=utf-8", story_html(w, &p, title));
}

const struct web_route course_routes[] = {
	{ WEB_GET, "/incidents/:ref/course", PERM_INCIDENT_READ, show, 0,
	    "The course of a coordination: who did what when", NULL },
	{ WEB_POST, "/incidents/:ref/course", PERM_INCIDENT_EDIT, export, 0,
	    "The course as a file to pass on: audience (organisation clients community public), names (withhold show), format (html csv)", NULL },
	{ 0 },
};
