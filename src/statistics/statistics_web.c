/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_web.c - /statistics: the three counters over time, never mixed. */
#include "statistics/statistics_web.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "db/db.h"
#include "incident/category.h"
#include "incident/report.h"
#include "incident/tally_store.h"
#include "statistics/figure.h"
#include "statistics/numbers_store.h"
#include "statistics/statistics_page.h"
#include "text/csv.h"

#define TITLE N_("Statistics")
#define COUNTERS 3

/* Words of one counter; "name" is its key in JSON and CSV. */
static const struct counter {
	const char *what, *name, *title, *definition;
} counters[COUNTERS] = {
	{ "report", "reports", N_("Number of reports"),
	    N_("What arrived by web form, mail, phone or FAX, by the day of receipt.") },
	{ "incident", "incidents", N_("Number of incidents"),
	    N_("What happened, by the day it was opened. Several reports of one incident count once; merged ones and tests do not count.") },
	{ "coordinated", "coordinated", N_("Cases coordinated"),
	    N_("Incidents in which a request to act went out to a site, by the day of the first request.") },
};

struct view {
	const char *category; /* NULL = all */
	enum numbers_origin origin;
	struct statistics_page page;
	int64_t first; /* of the records */
	struct numbers numbers[COUNTERS];
	int64_t before[COUNTERS], year_before[COUNTERS];
};

static const struct web_option origins[] = {
	{ "", N_("Domestic and overseas") },
	{ "1", N_("Domestic") },
	{ "0", N_("Overseas") },
	{ NULL, NULL },
};

/* Doors of reports and labels of incidents are nearly the same words. */
static const char *
category_name(struct web *w, const char *what, const char *key)
{
	for (size_t i = 0; strcmp(what, "report") == 0 && report_doors[i] != NULL; i++) {
		if (strcmp(report_doors[i], key) == 0)
			return i18n(w->lang, "door", report_label(report_doors, key));
	}
	return category_now_label(w->lang, key);
}

static const char *
category_known(const char *key)
{
	for (size_t i = 0; report_doors[i] != NULL; i++) {
		if (strcmp(report_doors[i], key) == 0)
			return report_doors[i];
	}
	for (size_t i = 0; category_now_keys[i] != NULL; i++) {
		if (strcmp(category_now_keys[i], key) == 0)
			return category_now_keys[i];
	}
	return NULL;
}

/* What the address asks for. */
static enum err
read_view(struct web *w, struct view *v)
{
	static const int64_t usual[] = { 31, 13, 13, 9, 10 };
	const char *origin = web_query(w, "domestic");

	*v = (struct view){ .category = category_known(web_query(w, "category")) };
	statistics_page_read(w, usual, &v->page);
	v->origin = strcmp(origin, "1") == 0 ? NUMBERS_DOMESTIC
	    : strcmp(origin, "0") == 0	     ? NUMBERS_OVERSEAS
					     : NUMBERS_ALL;
	return v->page.wrong != NULL && w->json ? ERR_INVALID : OK;
}

static enum err
load(struct web *w, struct view *v)
{
	const struct period_range *r = &v->page.range;
	enum err e = numbers_first_day(w->db, &v->first);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	for (size_t i = 0; i < COUNTERS; i++) {
		TRY(numbers_load(w->db, w->a,
		    &(struct numbers_ask){
			.what = counters[i].what,
			.start = r->start,
			.n = r->n,
			.months = r->unit >= PERIOD_MONTH,
			.category = v->category,
			.origin = v->origin,
		    },
		    &v->numbers[i]));
		TRY(numbers_sum(w->db, counters[i].what, r->before_from, r->before_until, v->category,
		    v->origin, &v->before[i]));
		TRY(numbers_sum(w->db, counters[i].what, r->year_from, r->year_until, v->category,
		    v->origin, &v->year_before[i]));
	}
	return OK;
}

static void
fill_data(struct web *w, const struct view *v)
{
	const struct period_range *r = &v->page.range;
	struct value *list;

	statistics_page_data(w, r);
	value_set_text(w->a, w->data, "category", v->category);
	list = value_set_list(w->a, w->data, "counters");
	for (size_t i = 0; i < COUNTERS; i++) {
		const struct numbers *n = &v->numbers[i];
		struct value *o = value_add_object(w->a, list), *rows;

		value_set_text(w->a, o, "name", counters[i].name);
		value_set_int(w->a, o, "total", n->total);
		value_set_int(w->a, o, "domestic", n->total_domestic);
		value_set_int(w->a, o, "overseas", n->total_overseas);
		value_set_int(w->a, o, "before", v->before[i]);
		value_set_int(w->a, o, "year_before", v->year_before[i]);
		rows = value_set_list(w->a, o, "periods");
		for (size_t p = 0; p < n->periods && w->json; p++) {
			struct value *row = value_add_object(w->a, rows);

			value_set_text(w->a, row, "start", period_date(w->a, r->start[p]));
			value_set_int(w->a, row, "domestic", n->domestic[p]);
			value_set_int(w->a, row, "overseas", n->overseas[p]);
			value_set_int(w->a, row, "total", n->all[p]);
		}
		rows = value_set_list(w->a, o, "categories");
		for (size_t c = 0; c < n->categories; c++) {
			struct value *row = value_add_object(w->a, rows);

			value_set_text(w->a, row, "category", n->category[c].key);
			value_set_int(w->a, row, "total", n->category[c].total);
		}
	}
}

/* "+8%", "-3%", "±0%", "–" where there is nothing to compare with: none, or
 * a time that began before the records. */
static const char *
change(struct arena *a, int64_t now, int64_t before, bool whole)
{
	if (before <= 0 || !whole)
		return "–";
	int64_t percent = ((now - before) * 200 + (now >= before ? before : -before)) / (2 * before);

	return percent == 0 ? "±0%" : arena_printf(a, "%+lld%%", (long long)percent);
}

static void
add_stats(struct web *w, const struct view *v)
{
	struct value *list = value_set_list(w->a, w->ui, "stats");

	for (size_t i = 0; i < COUNTERS; i++) {
		struct value *o = value_add_object(w->a, list);
		int64_t n = v->numbers[i].total;

		value_set_text(w->a, o, "label", i18n(w->lang, NULL, counters[i].title));
		value_set_text(w->a, o, "value", i18n_number(w->a, n));
		value_set_text(w->a, o, "href", NULL);
		value_set_text(w->a, o, "note",
		    web_trf(w, NULL, N_("{before} before ({change}); {year} a year ago ({year_change})"),
			I18N_ARGS({ "before", i18n_number(w->a, v->before[i]) },
			    { "change", change(w->a, n, v->before[i], v->page.range.before_from >= v->first) },
			    { "year", i18n_number(w->a, v->year_before[i]) },
			    { "year_change", change(w->a, n, v->year_before[i], v->page.range.year_from >= v->first) })));
	}
}

/* The address of a table of what is shown. */
static const char *
csv_href(struct web *w, const struct view *v, const char *table)
{
	return arena_printf(w->a, "/statistics/%s.csv?%s&category=%s&domestic=%s", table,
	    statistics_page_query(w, &v->page.range), v->category == NULL ? "" : v->category,
	    v->origin == NUMBERS_ALL	    ? ""
		: v->origin == NUMBERS_DOMESTIC ? "1"
						: "0");
}

/* "Highest: 1,234 in September 2026." */
static const char *
finding(struct web *w, const struct numbers *n, const char *const *names)
{
	size_t most = 0;

	for (size_t i = 1; i < n->periods; i++)
		most = n->all[i] > n->all[most] ? i : most;
	if (n->total == 0)
		return web_tr(w, NULL, N_("None in this time."));
	return web_trf(w, NULL, N_("{total} in all; highest {period}: {most}."),
	    I18N_ARGS({ "total", i18n_number(w->a, n->total) }, { "period", names[most] },
		{ "most", i18n_number(w->a, n->all[most]) }));
}

static void
add_bars(struct web *w, struct value *charts, const char *id, const char *title, const struct numbers *n,
    const struct statistics_names *names, const char *head, const char *csv)
{
	const struct figure_column columns[] = {
		{ web_tr(w, NULL, N_("Domestic")), n->domestic },
		{ web_tr(w, NULL, N_("Overseas")), n->overseas },
	};

	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_BARS,
		.id = id,
		.title = title,
		.description = finding(w, n, names->longs),
		.head = head,
		.label = names->shorts,
		.name = names->longs,
		.rows = n->periods,
		.column = columns,
		.columns = COUNT(columns),
		.total = web_tr(w, NULL, N_("Total")),
		.csv = csv,
	    });
}

#define TOP 10

static void
add_top(struct web *w, struct value *charts, const char *id, const char *title, const char *what,
    const struct numbers *n, const char *csv)
{
	const char **label = arena_many(w->a, const char *, TOP);
	int64_t *count = arena_many(w->a, int64_t, TOP);
	size_t rows = n->categories < TOP ? n->categories : TOP;
	const char *first = "";

	if (rows == 0)
		return;
	for (size_t i = 0; i < rows; i++) {
		label[i] = category_name(w, what, n->category[i].key);
		count[i] = n->category[i].total;
	}
	first = web_trf(w, NULL, N_("Most: {name}, {share} of all."),
	    I18N_ARGS({ "name", label[0] },
		{ "share", arena_printf(w->a, "%.0f%%", 100.0 * (double)count[0] / (double)n->total) }));

	const struct figure_column column = { web_tr(w, NULL, N_("How many")), count };

	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_TOP,
		.id = id,
		.title = title,
		.description = first,
		.head = web_tr(w, NULL, N_("Category")),
		.label = label,
		.rows = rows,
		.column = &column,
		.columns = 1,
		.csv = csv,
	    });
}

#define LINES 6

/* The five largest categories and the others together. */
static void
add_lines(struct web *w, struct value *charts, const struct view *v, const struct statistics_names *names,
    const char *head)
{
	const struct numbers *n = &v->numbers[1];
	struct figure_column columns[LINES];
	size_t lines = n->categories <= LINES ? n->categories : LINES - 1, count = lines;
	int64_t *others = arena_many(w->a, int64_t, n->periods);

	if (n->periods < 2 || n->categories < 2)
		return;
	for (size_t i = 0; i < lines; i++)
		columns[i] = (struct figure_column){ category_name(w, "incident", n->category[i].key),
			n->category[i].n };
	for (size_t i = lines; i < n->categories; i++) {
		for (size_t p = 0; p < n->periods; p++)
			others[p] += n->category[i].n[p];
	}
	if (lines < n->categories)
		columns[count++] = (struct figure_column){ web_tr(w, NULL, N_("All others")), others };
	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_LINE,
		.id = "incident-categories",
		.title = web_tr(w, NULL, N_("Incidents by category over time")),
		.description = finding(w, n, names->longs),
		.head = head,
		.label = names->shorts,
		.name = names->longs,
		.rows = n->periods,
		.column = columns,
		.columns = count,
		.csv = csv_href(w, v, counters[1].name),
	    });
}

/* Every fiscal year since the first record, whatever range is chosen. */
static enum err
years(struct web *w, const struct view *v, struct period_range *ret, struct numbers numbers[COUNTERS])
{
	int64_t first = v->page.today;
	enum err e = numbers_first_day(w->db, &first);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	/* A report may tell of a day to come; that is no year of its own. */
	period_range(PERIOD_YEAR, w->lang, first < v->page.today ? first : v->page.today, v->page.today, v->page.today, ret);
	for (size_t i = 0; i < COUNTERS; i++)
		TRY(numbers_load(w->db, w->a,
		    &(struct numbers_ask){
			.what = counters[i].what,
			.start = ret->start,
			.n = ret->n,
			.months = true,
			.category = v->category,
			.origin = v->origin,
		    },
		    &numbers[i]));
	return OK;
}

static enum err
add_years(struct web *w, const struct view *v)
{
	static const char *const ids[] = { "years-reports", "years-incidents", "years-coordinated" };
	struct value *list = value_set_list(w->a, w->data, "years");
	struct value *charts = value_set_list(w->a, w->ui, "year_charts");
	struct period_range *r = arena_one(w->a, struct period_range);
	struct numbers n[COUNTERS];

	TRY(years(w, v, r, n));
	for (size_t p = 0; p < r->n; p++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "start", period_date(w->a, r->start[p]));
		for (size_t i = 0; i < COUNTERS; i++)
			value_set_int(w->a, o, counters[i].name, n[i].all[p]);
	}
	if (w->json)
		return OK;
	const struct statistics_names names = statistics_page_names(w, r);

	for (size_t i = 0; i < COUNTERS; i++)
		add_bars(w, charts, ids[i],
		    web_trf(w, NULL, N_("{name}, by fiscal year"),
			I18N_ARGS({ "name", i18n(w->lang, NULL, counters[i].title) })),
		    &n[i], &names, web_tr(w, NULL, N_("Fiscal year")), csv_href(w, v, "years"));
	return OK;
}

static void
add_categories(struct web *w, const struct view *v)
{
	struct value *list = value_set_list(w->a, w->ui, "@categories");
	struct value *all = value_add_object(w->a, list);

	value_set_text(w->a, all, "value", "");
	value_set_text(w->a, all, "label", web_tr(w, NULL, N_("All categories")));
	value_set_bool(w->a, all, "selected", v->category == NULL);
	for (size_t i = 0; report_doors[i] != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "value", report_doors[i]);
		value_set_text(w->a, o, "label", category_name(w, "report", report_doors[i]));
		value_set_bool(w->a, o, "selected",
		    v->category != NULL && strcmp(v->category, report_doors[i]) == 0);
	}
}

static void
fill_ui(struct web *w, const struct view *v)
{
	static const char *const ids[] = { "reports", "incidents", "coordinated" };
	const struct period_range *r = &v->page.range;
	struct value *charts = value_set_list(w->a, w->ui, "charts"), *about;
	const char *head = statistics_page_unit(w, r);
	const struct statistics_names names = statistics_page_names(w, r);

	web_options(w, "origins", NULL, origins,
	    v->origin == NUMBERS_ALL ? "" : v->origin == NUMBERS_DOMESTIC ? "1" : "0");
	add_categories(w, v);
	statistics_page_form(w, &v->page, &names, "/statistics");
	add_stats(w, v);
	about = value_set_list(w->a, w->ui, "definitions");
	for (size_t i = 0; i < COUNTERS; i++) {
		struct value *o = value_add_object(w->a, about);

		value_set_text(w->a, o, "name", i18n(w->lang, NULL, counters[i].title));
		value_set_text(w->a, o, "text", i18n(w->lang, NULL, counters[i].definition));
		add_bars(w, charts, ids[i], i18n(w->lang, NULL, counters[i].title), &v->numbers[i],
		    &names, head, csv_href(w, v, counters[i].name));
	}
	add_top(w, charts, "report-kinds", web_tr(w, NULL, N_("Reports by what they report")), "report",
	    &v->numbers[0], csv_href(w, v, "categories"));
	add_top(w, charts, "incident-kinds", web_tr(w, NULL, N_("Incidents by category")), "incident",
	    &v->numbers[1], csv_href(w, v, "categories"));
	add_lines(w, charts, v, &names, head);
	value_set_text(w->a, w->ui, "csv_href", csv_href(w, v, "categories"));
}

static enum err
show(struct web *w)
{
	struct view *v = arena_one(w->a, struct view);

	TRY(read_view(w, v));
	TRY(load(w, v));
	fill_data(w, v);
	if (!w->json)
		fill_ui(w, v);
	TRY(add_years(w, v));
	return web_page(w, "statistics", TITLE);
}

/* One counter: a row a period, a column a category. */
static void
counter_csv(struct web *w, struct buf *out, const struct view *v, const struct numbers *n)
{
	const char *const head[] = { "start", "period", "domestic", "overseas", "total" };

	for (size_t i = 0; i < COUNT(head); i++)
		csv_put(out, head[i]);
	for (size_t c = 0; c < n->categories; c++)
		csv_put(out, n->category[c].key);
	csv_end(out);
	for (size_t p = 0; p < n->periods; p++) {
		csv_put(out, period_date(w->a, v->page.range.start[p]));
		csv_put(out, period_name(w->a, v->page.range.unit, w->lang, v->page.range.start[p]));
		csv_put_int(out, n->domestic[p]);
		csv_put_int(out, n->overseas[p]);
		csv_put_int(out, n->all[p]);
		for (size_t c = 0; c < n->categories; c++)
			csv_put_int(out, n->category[c].n[p]);
		csv_end(out);
	}
}

static void
categories_csv(struct web *w, struct buf *out, const struct view *v)
{
	const char *const head[] = { "counter", "category", "name", "number" };

	for (size_t i = 0; i < COUNT(head); i++)
		csv_put(out, head[i]);
	csv_end(out);
	for (size_t i = 0; i < COUNTERS; i++) {
		for (size_t c = 0; c < v->numbers[i].categories; c++) {
			const struct numbers_category *k = &v->numbers[i].category[c];

			csv_put(out, counters[i].name);
			csv_put(out, k->key);
			csv_put(out, category_name(w, counters[i].what, k->key));
			csv_put_int(out, k->total);
			csv_end(out);
		}
	}
}

static enum err
years_csv(struct web *w, struct buf *out, const struct view *v)
{
	struct period_range *r = arena_one(w->a, struct period_range);
	struct numbers n[COUNTERS];

	TRY(years(w, v, r, n));
	csv_put(out, "start");
	csv_put(out, "fiscal_year");
	for (size_t i = 0; i < COUNTERS; i++) {
		csv_put(out, arena_printf(w->a, "%s_domestic", counters[i].name));
		csv_put(out, arena_printf(w->a, "%s_overseas", counters[i].name));
	}
	csv_end(out);
	for (size_t p = 0; p < r->n; p++) {
		csv_put(out, period_date(w->a, r->start[p]));
		csv_put(out, period_name(w->a, PERIOD_YEAR, w->lang, r->start[p]));
		for (size_t i = 0; i < COUNTERS; i++) {
			csv_put_int(out, n[i].domestic[p]);
			csv_put_int(out, n[i].overseas[p]);
		}
		csv_end(out);
	}
	return OK;
}

static enum err
table(struct web *w)
{
	struct view *v = arena_one(w->a, struct view);
	struct str name = str_of(web_path(w, "table"));
	struct buf *out = buf_new(w->a, LIMIT_MIB(4));

	if (!str_ends(name, STR(".csv")))
		return ERR_NOT_FOUND;
	name.n -= 4;
	TRY(read_view(w, v));
	if (str_is(name, "years")) {
		TRY(years_csv(w, out, v));
		return web_csv(w, "years.csv", buf_view(out));
	}
	TRY(load(w, v));
	if (str_is(name, "categories")) {
		categories_csv(w, out, v);
		return web_csv(w, "categories.csv", buf_view(out));
	}
	for (size_t i = 0; i < COUNTERS; i++) {
		if (!str_is(name, counters[i].name))
			continue;
		counter_csv(w, out, v, &v->numbers[i]);
		return web_csv(w, arena_printf(w->a, "%s.csv", counters[i].name), buf_view(out));
	}
	return ERR_NOT_FOUND;
}

const struct web_route statistics_routes[] = {
	{ WEB_GET, "/statistics", PERM_STATISTICS, show, WEB_SLOW,
	    "Reports, incidents and coordinated cases: unit, from, to, category, domestic" },
	{ WEB_GET, "/statistics/:table", PERM_STATISTICS, table, WEB_SLOW,
	    "reports.csv incidents.csv coordinated.csv categories.csv years.csv of the same" },
	{ 0 },
};
