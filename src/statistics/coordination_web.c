/* SPDX-License-Identifier: Apache-2.0 */
/* coordination_web.c - /statistics/coordination: whom we asked and what came of it. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "directory/country.h"
#include "incident/category.h"
#include "statistics/coordination_store.h"
#include "statistics/figure.h"
#include "statistics/numbers_store.h"
#include "statistics/sheet.h"
#include "statistics/statistics_page.h"
#include "takedown/board_store.h"
#include "takedown/site.h"

#define TITLE N_("Statistics of coordination")
#define TAB "/statistics/coordination"
#define SHOWN 15 /* rows of a table on the page */

struct view {
	struct statistics_page page;
	struct statistics_names names;
	struct coordination c;
	struct phishing p;
};

static enum err
load(struct web *w, struct view *v)
{
	static const int64_t usual[] = { 31, 13, 3, 2, 1 };
	const struct period_range *r = &v->page.range;
	const char *country = setting_text(w->db, w->a, "team.country");
	int32_t offset = zone_offset(zone_tokyo(), w->now); /* the days of tally_day() */
	struct board *b;

	statistics_page_read(w, usual, &v->page);
	if (v->page.wrong != NULL && w->json)
		return ERR_INVALID;
	v->names = statistics_page_names(w, r);
	TRY(coordination_load(w->db, w->a,
	    &(struct coordination_ask){
		.from = r->from * CLOCK_DAY - offset * CLOCK_SECOND,
		.until = r->until * CLOCK_DAY - offset * CLOCK_SECOND,
		.country = country,
	    },
	    &v->c));
	TRY(board_shared(w->db, &b));
	phishing_count(b, w->a,
	    &(struct phishing_ask){
		.start = (const int64_t[]){ r->from, r->until },
		.n = 1,
		.before_from = r->before_from,
		.before_until = r->before_until,
		.now = w->now,
		.country = country,
		.offset = offset,
	    },
	    &v->p);
	return OK;
}

/* Table 1 of the quarterly report. */
static enum err
quarter_sheet(struct web *w, struct view *v, struct sheet **ret)
{
	static const char *const counters[][3] = { { "report", "reports", N_("Number of reports") },
		{ "incident", "incidents", N_("Number of incidents") }, { "coordinated", "coordinated", N_("Cases coordinated") } };
	static const char *const months[] = { "month_1", "month_2", "month_3" };
	struct sheet *s = *ret = sheet_new(w, "quarter", N_("The quarter"));

	sheet_column(s, SHEET_TEXT, "what", period_name(w->a, PERIOD_QUARTER, w->lang, v->p.quarter[1]));
	for (int i = 0; i < 3; i++)
		sheet_column(s, SHEET_INT, months[i], period_short(w->a, PERIOD_MONTH, w->lang, v->p.quarter[i + 1]));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Total")));
	sheet_column(s, SHEET_INT, "previous", web_tr(w, NULL, N_("Previous quarter")));
	sheet_column(s, SHEET_CHANGE, "change", web_tr(w, NULL, N_("Change")));
	for (size_t r = 0; r < COUNT(counters); r++) {
		int64_t total = 0, n;

		sheet_text(s, counters[r][1], i18n(w->lang, NULL, counters[r][2]));
		for (int i = 1; i < 4; i++) {
			int64_t from = v->p.quarter[i];

			TRY(numbers_sum(w->db, counters[r][0], from, period_step(PERIOD_MONTH, from, 1), NULL, NUMBERS_ALL, &n));
			total += n;
			sheet_number(s, n);
		}
		TRY(numbers_sum(w->db, counters[r][0], v->p.quarter[0], v->p.quarter[1], NULL, NUMBERS_ALL, &n));
		sheet_number(s, total);
		sheet_number(s, n);
		sheet_number(s, sheet_change(total, n));
	}
	sheet_note(s, web_tr(w, NULL, N_("The quarter of the last day chosen; quarters are January to March and so on.")));
	return OK;
}

static const char *
category_text(struct web *w, const char *category)
{
	return category == NULL ? web_tr(w, NULL, N_("All categories")) : category_now_label(w->lang, category);
}

static struct sheet *
flow_sheet(struct web *w, struct view *v)
{
	struct sheet *s = sheet_new(w, "flow", N_("What became of incidents"));

	sheet_column(s, SHEET_TEXT, "category", web_tr(w, NULL, N_("Category")));
	sheet_column(s, SHEET_INT, "incidents", web_tr(w, NULL, N_("Incidents")));
	sheet_column(s, SHEET_INT, "notified", web_tr(w, NULL, N_("Somebody was asked")));
	sheet_column(s, SHEET_INT, "not_notified", web_tr(w, NULL, N_("Nobody was asked")));
	sheet_column(s, SHEET_SHARE, "domestic", web_tr(w, NULL, N_("Asked in our country")));
	sheet_column(s, SHEET_SHARE, "overseas", web_tr(w, NULL, N_("Asked abroad")));
	sheet_column(s, SHEET_TIME, "first_request", web_tr(w, NULL, N_("Until the first request, median")));
	sheet_column(s, SHEET_TIME, "first_request_p90", web_tr(w, NULL, N_("90 % within")));
	for (size_t i = 0; i < v->c.flows; i++) {
		const struct coordination_flow *f = &v->c.flow[i];

		sheet_text(s, f->category == NULL ? "all" : f->category, category_text(w, f->category));
		sheet_number(s, f->incidents);
		sheet_number(s, f->notified);
		sheet_number(s, f->incidents - f->notified);
		sheet_number(s, sheet_share(f->to[PHISHING_DOMESTIC], f->notified));
		sheet_number(s, sheet_share(f->to[PHISHING_OVERSEAS], f->notified));
		sheet_number(s, f->first_ms);
		sheet_number(s, f->first_p90_ms);
	}
	sheet_note(s, web_tr(w, NULL, N_("Incidents by the day they were opened. Where: the country of the first party that was asked; what is missing to 100% is not known. Until the first request: from the report.")));
	return s;
}

static struct sheet *
settled_sheet(struct web *w, struct view *v)
{
	static const char *const labels[] = { N_("0–3 business days"), N_("4–7 business days"), N_("8–10 business days"), N_("11 or more") };
	static const char *const keys[] = { "days_0_3", "days_4_7", "days_8_10", "days_11" };
	struct sheet *s = sheet_new(w, "settled", N_("Business days until incidents were settled"));

	sheet_column(s, SHEET_TEXT, "category", web_tr(w, NULL, N_("Category")));
	sheet_column(s, SHEET_INT, "closed", web_tr(w, NULL, N_("Closed")));
	for (int i = 0; i < PHISHING_BUCKETS; i++)
		sheet_column(s, SHEET_SHARE, keys[i], web_tr(w, NULL, labels[i]));
	sheet_column(s, SHEET_TIME, "median", web_tr(w, NULL, N_("Median")));
	sheet_column(s, SHEET_TIME, "p90", web_tr(w, NULL, N_("90 % within")));
	sheet_column(s, SHEET_INT, "open", web_tr(w, NULL, N_("Still open")));
	for (size_t i = 0; i < v->c.flows; i++) {
		const struct coordination_flow *f = &v->c.flow[i];

		if (f->notified == 0)
			continue;
		sheet_text(s, f->category == NULL ? "all" : f->category, category_text(w, f->category));
		sheet_number(s, f->settled.stopped);
		for (int b = 0; b < PHISHING_BUCKETS; b++)
			sheet_number(s, sheet_share(f->settled.bucket[b], f->settled.stopped));
		sheet_number(s, f->settled.median_ms);
		sheet_number(s, f->settled.p90_ms);
		sheet_number(s, f->waiting);
	}
	sheet_note(s, web_tr(w, NULL, N_("Of incidents in which somebody was asked: from the first request to the close.")));
	return s;
}

static struct sheet *
unasked_sheet(struct web *w, struct view *v)
{
	static const char *const keys[COORDINATION_ENDS] = { "open", "no_action", "out_of_scope", "false_positive", "duplicate", "other" };
	static const char *const labels[COORDINATION_ENDS] = { N_("Still open"), N_("No action needed"), N_("Out of scope"),
		N_("Could not be confirmed"), N_("Already handled"), N_("Closed otherwise") };
	struct sheet *s = sheet_new(w, "unasked", N_("Why nobody was asked"));

	sheet_column(s, SHEET_TEXT, "category", web_tr(w, NULL, N_("Category")));
	for (int i = 0; i < COORDINATION_ENDS; i++)
		sheet_column(s, SHEET_INT, keys[i], web_tr(w, NULL, labels[i]));
	for (size_t i = 0; i < v->c.flows; i++) {
		const struct coordination_flow *f = &v->c.flow[i];

		if (f->notified == f->incidents)
			continue;
		sheet_text(s, f->category == NULL ? "all" : f->category, category_text(w, f->category));
		for (int e = 0; e < COORDINATION_ENDS; e++)
			sheet_number(s, f->end[e]);
	}
	return s;
}

static void
asked_columns(struct web *w, struct sheet *s)
{
	sheet_column(s, SHEET_INT, "asked", web_tr(w, NULL, N_("Requests")));
	sheet_column(s, SHEET_INT, "answered", web_tr(w, NULL, N_("Answered")));
	sheet_column(s, SHEET_SHARE, "rate", web_tr(w, NULL, N_("Answer rate")));
	sheet_column(s, SHEET_TIME, "answer", web_tr(w, NULL, N_("To the answer, median")));
	sheet_column(s, SHEET_TIME, "answer_p90", web_tr(w, NULL, N_("90 % within")));
	sheet_column(s, SHEET_INT, "reminders", web_tr(w, NULL, N_("Reminders")));
}

static void
asked_cells(struct sheet *s, const struct coordination_asked *c)
{
	static const struct coordination_asked none = { .median_ms = -1, .p90_ms = -1 };

	if (c == NULL)
		c = &none;
	sheet_number(s, c->asked);
	sheet_number(s, c->answered);
	sheet_number(s, sheet_share(c->answered, c->asked));
	sheet_number(s, c->median_ms);
	sheet_number(s, c->p90_ms);
	sheet_number(s, c->reminders);
}

static void
stop_columns(struct web *w, struct sheet *s)
{
	sheet_column(s, SHEET_INT, "stopped", web_tr(w, NULL, N_("Sites stopped")));
	sheet_column(s, SHEET_TIME, "stop", web_tr(w, NULL, N_("To the stop, median")));
}

static const struct phishing_group *
group_of(const struct phishing *p, enum phishing_by by, int64_t id, const char *name)
{
	for (size_t i = 0; i < p->groups[by]; i++) {
		const struct phishing_group *g = &p->group[by][i];

		if (name != NULL ? strcmp(g->name, name) == 0 : g->id == id)
			return g;
	}
	return NULL;
}

static void
stop_cells(struct sheet *s, const struct phishing_group *g)
{
	sheet_number(s, g == NULL ? 0 : g->stop.stopped);
	sheet_number(s, g == NULL ? -1 : g->stop.median_ms);
}

static struct sheet *
country_sheet(struct web *w, struct view *v)
{
	struct sheet *s = sheet_new(w, "countries", N_("Answers by country"));

	sheet_column(s, SHEET_TEXT, "country", web_tr(w, NULL, N_("Country")));
	asked_columns(w, s);
	stop_columns(w, s);
	for (size_t i = 0; i < v->c.countries; i++) {
		const struct coordination_asked *c = &v->c.country[i];

		sheet_text(s, c->key, *c->key == '\0' ? NULL : country_name(w->lang, c->key));
		asked_cells(s, c);
		stop_cells(s, *c->key == '\0' ? NULL : group_of(&v->p, PHISHING_CC, 0, c->key));
	}
	/* Where sites stopped although nobody there was asked. */
	for (size_t i = 0; i < v->p.groups[PHISHING_CC]; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_CC][i];
		bool known = *g->name == '\0' || g->stop.stopped == 0;

		for (size_t k = 0; k < v->c.countries && !known; k++)
			known = strcmp(v->c.country[k].key, g->name) == 0;
		if (known)
			continue;
		sheet_text(s, g->name, country_name(w->lang, g->name));
		asked_cells(s, NULL);
		stop_cells(s, g);
	}
	sheet_note(s, web_tr(w, NULL, N_("Requests to stop or to investigate, by the day they left and the country of whom we asked; sites by the country that hosted them.")));
	return s;
}

static enum err
contact_sheet(struct web *w, struct view *v, size_t most, struct sheet **ret)
{
	struct sheet *s = *ret = sheet_new(w, "contacts", N_("Answers by contact"));

	sheet_column(s, SHEET_TEXT, "contact", web_tr(w, NULL, N_("Contact")));
	sheet_column(s, SHEET_TEXT, "country", web_tr(w, NULL, N_("Country")));
	asked_columns(w, s);
	stop_columns(w, s);
	for (size_t i = 0; i < v->c.contacts; i++) {
		struct coordination_asked *c = &v->c.contact[i];

		if (c->contact_id != 0 && i < most)
			TRY(coordination_name(w->db, w->a, c));
		sheet_text(s, c->email != NULL ? c->email : c->key,
		    c->email == NULL ? c->name : arena_printf(w->a, "%s <%s>", c->name, c->email));
		sheet_text(s, c->cc, c->cc == NULL ? NULL : country_name(w->lang, c->cc));
		asked_cells(s, c);
		stop_cells(s, c->contact_id == 0 ? NULL : group_of(&v->p, PHISHING_CONTACT, c->contact_id, NULL));
	}
	return OK;
}

static struct sheet *
route_sheet(struct web *w, struct view *v)
{
	struct sheet *s = sheet_new(w, "routes", N_("Answers by route"));

	sheet_column(s, SHEET_TEXT, "route", web_tr(w, NULL, N_("Route")));
	asked_columns(w, s);
	for (size_t i = 0; i < v->c.routes; i++) {
		const char *key = v->c.route[i].key;

		sheet_text(s, *key == '\0' ? NULL : key,
		    *key == '\0' ? web_tr(w, NULL, N_("By a letter of an incident")) : web_tr(w, NULL, word_label(site_routes, key)));
		asked_cells(s, &v->c.route[i]);
	}
	return s;
}

#define SHEETS 7

static enum err
make_sheets(struct web *w, struct view *v, size_t contacts, struct sheet *ret[SHEETS])
{
	TRY(quarter_sheet(w, v, &ret[0]));
	ret[1] = flow_sheet(w, v);
	ret[2] = settled_sheet(w, v);
	ret[3] = unasked_sheet(w, v);
	ret[4] = country_sheet(w, v);
	ret[6] = route_sheet(w, v);
	return contact_sheet(w, v, contacts, &ret[5]);
}

static const char *
csv_href(struct web *w, const struct view *v, const char *id)
{
	return arena_printf(w->a, TAB "/%s.csv?%s", id, statistics_page_query(w, &v->page.range));
}

#define CHART_ROWS 8

/* Incidents of each category, split; the names of the columns in ${label}. */
static void
add_chart(struct web *w, struct view *v, struct value *charts, const char *id, const char *title, const char *description,
    const char *const *label, size_t columns, int64_t (*cell)(const struct coordination_flow *f, size_t column), const char *csv)
{
	struct figure_column column[6];
	const char *names[CHART_ROWS];
	size_t rows = 0;

	for (size_t i = 1; i < v->c.flows && rows < CHART_ROWS; i++)
		names[rows++] = category_text(w, v->c.flow[i].category);
	for (size_t c = 0; c < columns; c++) {
		int64_t *n = arena_many(w->a, int64_t, rows + 1);

		for (size_t i = 0; i < rows; i++)
			n[i] = cell(&v->c.flow[i + 1], c);
		column[c] = (struct figure_column){ web_tr(w, NULL, label[c]), n };
	}
	if (rows == 0)
		return;
	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_BARS,
		.id = id,
		.title = web_tr(w, NULL, title),
		.description = description,
		.head = web_tr(w, NULL, N_("Category")),
		.label = names,
		.rows = rows,
		.column = column,
		.columns = columns,
		.total = web_tr(w, NULL, N_("Total")),
		.csv = csv_href(w, v, csv),
	    });
}

static int64_t
flow_cell(const struct coordination_flow *f, size_t column)
{
	return column < PHISHING_ORIGINS ? f->to[column] : f->incidents - f->notified;
}

static int64_t
settled_cell(const struct coordination_flow *f, size_t column)
{
	return f->settled.bucket[column];
}

static const char *
percent(struct web *w, int64_t part, int64_t of)
{
	return arena_printf(w->a, "%.1f%%", of == 0 ? 0.0 : 100.0 * (double)part / (double)of);
}

static void
add_stat(struct web *w, struct value *list, const char *label, const char *value, const char *note)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "label", web_tr(w, NULL, label));
	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "href", NULL);
	value_set_text(w->a, o, "note", note);
}

static const char *
duration(struct web *w, int64_t ms)
{
	return ms < 0 ? "–" : zone_duration(w->a, w->lang, ms);
}

static void
fill_ui(struct web *w, struct view *v, struct sheet *const sheets[SHEETS])
{
	static const char *const flow_labels[] = { N_("Asked in our country"), N_("Asked abroad"), N_("Asked, country unknown"), N_("Nobody was asked") };
	static const char *const day_labels[] = { N_("0–3 days"), N_("4–7 days"), N_("8–10 days"), N_("11 days +") };
	const struct coordination_flow *all = &v->c.flow[0];
	struct value *charts = value_set_list(w->a, w->ui, "charts"), *list = value_set_list(w->a, w->ui, "sheets");
	struct value *stats = value_set_list(w->a, w->ui, "stats");
	int64_t asked = 0, answered = 0;

	for (size_t i = 0; i < v->c.routes; i++) {
		asked += v->c.route[i].asked;
		answered += v->c.route[i].answered;
	}
	statistics_page_form(w, &v->page, &v->names, TAB);
	add_stat(w, stats, N_("Incidents opened"), i18n_number(w->a, all->incidents),
	    web_trf(w, NULL, N_("in {share} somebody was asked"), I18N_ARGS({ "share", percent(w, all->notified, all->incidents) })));
	add_stat(w, stats, N_("Until the first request, median"), duration(w, all->first_ms),
	    web_trf(w, NULL, N_("90 % within {time}"), I18N_ARGS({ "time", duration(w, all->first_p90_ms) })));
	add_stat(w, stats, N_("Until it was settled, median"), duration(w, all->settled.median_ms),
	    web_trf(w, NULL, N_("{share} within 3 business days"),
		I18N_ARGS({ "share", percent(w, all->settled.bucket[0], all->settled.stopped) })));
	add_stat(w, stats, N_("Requests sent"), i18n_number(w->a, asked),
	    web_trf(w, NULL, N_("{share} were answered"), I18N_ARGS({ "share", percent(w, answered, asked) })));
	add_chart(w, v, charts, "flow-chart", N_("What became of incidents, by category"),
	    web_trf(w, NULL, N_("Of {total} incidents {asked} went to somebody; abroad {share} of those."),
		I18N_ARGS({ "total", i18n_number(w->a, all->incidents) }, { "asked", i18n_number(w->a, all->notified) },
		    { "share", percent(w, all->to[PHISHING_OVERSEAS], all->notified) })),
	    flow_labels, COUNT(flow_labels), flow_cell, "flow");
	add_chart(w, v, charts, "settled-chart", N_("Business days until they were settled, by category"),
	    web_trf(w, NULL, N_("{n} were closed; {share} within 3 business days."),
		I18N_ARGS({ "n", i18n_number(w->a, all->settled.stopped) },
		    { "share", percent(w, all->settled.bucket[0], all->settled.stopped) })),
	    day_labels, COUNT(day_labels), settled_cell, "settled");
	for (size_t i = 0; i < SHEETS; i++)
		sheet_page(sheets[i], list, SHOWN, csv_href(w, v, sheet_id(sheets[i])));
	value_set_text(w->a, w->ui, "action", TAB);
}

static enum err
show(struct web *w)
{
	struct view *v = arena_one(w->a, struct view);
	struct sheet *sheets[SHEETS];

	TRY(load(w, v));
	TRY(make_sheets(w, v, w->json ? 500 : SHOWN, sheets));
	statistics_page_data(w, &v->page.range);
	for (size_t i = 0; i < SHEETS && w->json; i++)
		sheet_json(sheets[i], w->data);
	if (!w->json)
		fill_ui(w, v, sheets);
	return web_page(w, "statistics_sheets", TITLE);
}

static enum err
table(struct web *w)
{
	struct view *v = arena_one(w->a, struct view);
	struct str name = str_of(web_path(w, "table"));
	struct sheet *sheets[SHEETS];

	if (!str_ends(name, STR(".csv")))
		return ERR_NOT_FOUND;
	name.n -= 4;
	TRY(load(w, v));
	TRY(make_sheets(w, v, SIZE_MAX, sheets));
	for (size_t i = 0; i < SHEETS; i++) {
		if (str_is(name, sheet_id(sheets[i])))
			return sheet_csv(sheets[i]);
	}
	return ERR_NOT_FOUND;
}

const struct web_route coordination_routes[] = {
	{ WEB_GET, TAB, PERM_STATISTICS, show, WEB_SLOW, "Whom we asked and what came of it: unit, from, to" },
	{ WEB_GET, TAB "/:table", PERM_STATISTICS, table, WEB_SLOW,
	    "quarter.csv flow.csv settled.csv unasked.csv countries.csv contacts.csv routes.csv" },
	{ 0 },
};
