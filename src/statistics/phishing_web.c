/* SPDX-License-Identifier: Apache-2.0 */
/* phishing_web.c - /statistics/phishing: what was imitated, where, how long it took to stop. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "directory/country.h"
#include "directory/organisation.h"
#include "incident/tally_store.h"
#include "statistics/figure.h"
#include "statistics/phishing.h"
#include "statistics/sheet.h"
#include "statistics/statistics_page.h"
#include "takedown/board_store.h"

#define TITLE N_("Statistics of phishing sites")
#define TAB "/statistics/phishing"
#define TOP 10
#define SHOWN 10 /* rows of a table on the page */

struct view {
	struct statistics_page page;
	struct statistics_names names;
	struct phishing p;
};

static const char *const origin_labels[PHISHING_ORIGINS] = { N_("Domestic brands"), N_("Overseas brands"), N_("Unknown") };
static const char *const place_labels[PHISHING_ORIGINS] = { N_("In our country"), N_("Abroad"), N_("Unknown") };

static enum err
load(struct web *w, struct view *v)
{
	static const int64_t usual[] = { 31, 13, 13, 9, 5 };
	const struct period_range *r = &v->page.range;
	struct board *b;

	statistics_page_read(w, usual, &v->page);
	if (v->page.wrong != NULL && w->json)
		return ERR_INVALID;
	v->names = statistics_page_names(w, r);
	TRY(board_shared(w->db, &b));
	phishing_count(b, w->a,
	    &(struct phishing_ask){
		.start = r->start,
		.n = r->n,
		.before_from = r->before_from,
		.before_until = r->before_until,
		.now = w->now,
		.country = setting_text(w->db, w->a, "team.country"),
		.offset = zone_offset(zone_tokyo(), w->now), /* the days of tally_day() */
	    },
	    &v->p);
	return OK;
}

/* Tables */

static struct sheet *
quarter_sheet(struct web *w, struct view *v)
{
	static const char *const keys[PHISHING_ROWS] = { "sites", "domestic", "overseas", "unknown", "asked", "stopped" };
	static const char *const labels[PHISHING_ROWS] = { N_("Phishing sites reported"), N_("of them domestic brands"),
		N_("of them overseas brands"), N_("of them brand unknown"), N_("of them asked to stop"),
		N_("Sites that stopped") };
	static const char *const months[] = { "month_1", "month_2", "month_3" };
	struct sheet *s = sheet_new(w, "quarter", N_("The quarter"));

	sheet_column(s, SHEET_TEXT, "what", period_name(w->a, PERIOD_QUARTER, w->lang, v->p.quarter[1]));
	for (int i = 0; i < 3; i++)
		sheet_column(s, SHEET_INT, months[i], period_short(w->a, PERIOD_MONTH, w->lang, v->p.quarter[i + 1]));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Total")));
	sheet_column(s, SHEET_INT, "previous", web_tr(w, NULL, N_("Previous quarter")));
	sheet_column(s, SHEET_CHANGE, "change", web_tr(w, NULL, N_("Change")));
	for (int r = 0; r < PHISHING_ROWS; r++) {
		sheet_text(s, keys[r], web_tr(w, NULL, labels[r]));
		for (int c = 0; c < 5; c++)
			sheet_number(s, v->p.table[r][c]);
		sheet_number(s, sheet_change(v->p.table[r][3], v->p.table[r][4]));
	}
	sheet_note(s, web_tr(w, NULL, N_("The quarter of the last day chosen; quarters are January to March and so on.")));
	return s;
}

static struct sheet *
split_sheet(struct web *w, struct view *v, const char *id, const char *title, int64_t *const n[PHISHING_ORIGINS],
    const char *const labels[PHISHING_ORIGINS])
{
	static const char *const keys[PHISHING_ORIGINS] = { "domestic", "overseas", "unknown" };
	struct sheet *s = sheet_new(w, id, title);

	sheet_column(s, SHEET_TEXT, "start", statistics_page_unit(w, &v->page.range));
	for (int i = 0; i < PHISHING_ORIGINS; i++)
		sheet_column(s, SHEET_INT, keys[i], web_tr(w, NULL, labels[i]));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Total")));
	for (size_t p = 0; p < v->p.periods; p++) {
		sheet_text(s, period_date(w->a, v->page.range.start[p]), v->names.longs[p]);
		for (int i = 0; i < PHISHING_ORIGINS; i++)
			sheet_number(s, n[i][p]);
		sheet_number(s, v->p.reported[p]);
	}
	return s;
}

static struct sheet *
days_sheet(struct web *w, struct view *v)
{
	static const char *const labels[] = { N_("0–3 business days"), N_("4–7 business days"), N_("8–10 business days"), N_("11 or more") };
	static const char *const keys[] = { "days_0_3", "days_4_7", "days_8_10", "days_11" };
	struct sheet *s = sheet_new(w, "days", N_("Days to stop"));

	sheet_column(s, SHEET_TEXT, "start", statistics_page_unit(w, &v->page.range));
	for (int i = 0; i < PHISHING_BUCKETS; i++)
		sheet_column(s, SHEET_INT, keys[i], web_tr(w, NULL, labels[i]));
	sheet_column(s, SHEET_INT, "stopped", web_tr(w, NULL, N_("Stopped")));
	sheet_column(s, SHEET_INT, "median_days", web_tr(w, NULL, N_("Median, business days")));
	sheet_column(s, SHEET_INT, "p90_days", web_tr(w, NULL, N_("90 % within, business days")));
	sheet_column(s, SHEET_TIME, "median", web_tr(w, NULL, N_("Median")));
	sheet_column(s, SHEET_TIME, "p90", web_tr(w, NULL, N_("90 % within")));
	for (size_t p = 0; p <= v->p.periods; p++) {
		const struct phishing_times *t = p < v->p.periods ? &v->p.stop[p] : &v->p.all;

		if (p < v->p.periods)
			sheet_text(s, period_date(w->a, v->page.range.start[p]), v->names.longs[p]);
		else
			sheet_text(s, "total", web_tr(w, NULL, N_("Total")));
		for (int i = 0; i < PHISHING_BUCKETS; i++)
			sheet_number(s, t->bucket[i]);
		sheet_number(s, t->stopped);
		sheet_number(s, t->median_days);
		sheet_number(s, t->p90_days);
		sheet_number(s, t->median_ms);
		sheet_number(s, t->p90_ms);
	}
	sheet_note(s, web_tr(w, NULL, N_("From the first request, or from the report when nobody was asked, to the stop; by the period of the stop. A site that is there again does not count.")));
	return s;
}

/* Sectors with a site. */
static struct sheet *
sector_sheet(struct web *w, const char *id, const char *title, int64_t n[][PHISHING_ORIGINS])
{
	struct sheet *s = sheet_new(w, id, title);
	int64_t all = 0;

	sheet_column(s, SHEET_TEXT, "sector", web_tr(w, NULL, N_("Sector")));
	sheet_column(s, SHEET_INT, "domestic", web_tr(w, NULL, origin_labels[0]));
	sheet_column(s, SHEET_INT, "overseas", web_tr(w, NULL, origin_labels[1]));
	sheet_column(s, SHEET_INT, "unknown", web_tr(w, NULL, origin_labels[2]));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Total")));
	sheet_column(s, SHEET_SHARE, "share", web_tr(w, NULL, N_("Share")));
	for (size_t i = 0; i < PHISHING_SECTORS; i++)
		all += n[i][0] + n[i][1] + n[i][2];
	for (size_t i = 0; organisation_sectors[i].name != NULL; i++) {
		int64_t sum = n[i][0] + n[i][1] + n[i][2];

		if (sum == 0)
			continue;
		sheet_text(s, organisation_sectors[i].name, web_tr(w, NULL, organisation_sectors[i].label));
		for (int k = 0; k < PHISHING_ORIGINS; k++)
			sheet_number(s, n[i][k]);
		sheet_number(s, sum);
		sheet_number(s, sheet_share(sum, all));
	}
	return s;
}

static void
time_columns(struct web *w, struct sheet *s)
{
	sheet_column(s, SHEET_INT, "live", web_tr(w, NULL, N_("Not stopped now")));
	sheet_column(s, SHEET_INT, "stopped", web_tr(w, NULL, N_("Stopped")));
	sheet_column(s, SHEET_TIME, "median", web_tr(w, NULL, N_("Median")));
	sheet_column(s, SHEET_TIME, "p90", web_tr(w, NULL, N_("90 % within")));
	sheet_column(s, SHEET_SHARE, "within_3_days", web_tr(w, NULL, N_("Within 3 business days")));
}

static void
time_cells(struct sheet *s, const struct phishing_group *g)
{
	sheet_number(s, g->live);
	sheet_number(s, g->stop.stopped);
	sheet_number(s, g->stop.median_ms);
	sheet_number(s, g->stop.p90_ms);
	sheet_number(s, sheet_share(g->stop.bucket[0], g->stop.stopped));
}

static bool
is_shown(const struct phishing_group *g)
{
	return g->total > 0 || g->stop.stopped > 0;
}

static struct sheet *
country_sheet(struct web *w, struct view *v)
{
	struct sheet *s = sheet_new(w, "countries", N_("Hosting countries"));

	sheet_column(s, SHEET_TEXT, "country", web_tr(w, NULL, N_("Country")));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Reported")));
	time_columns(w, s);
	for (size_t i = 0; i < v->p.groups[PHISHING_CC]; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_CC][i];

		if (!is_shown(g))
			continue;
		sheet_text(s, g->name, *g->name == '\0' ? NULL : country_name(w->lang, g->name));
		sheet_number(s, g->total);
		time_cells(s, g);
	}
	return s;
}

static struct sheet *
provider_sheet(struct web *w, struct view *v)
{
	struct sheet *s = sheet_new(w, "providers", N_("Providers"));

	sheet_column(s, SHEET_TEXT, "as", web_tr(w, NULL, N_("Provider")));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Reported")));
	time_columns(w, s);
	for (size_t i = 0; i < v->p.groups[PHISHING_AS]; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_AS][i];

		if (!is_shown(g))
			continue;
		sheet_text(s, g->id == 0 ? NULL : arena_printf(w->a, "AS%lld", (long long)g->id),
		    g->id == 0 ? NULL : arena_printf(w->a, "AS%lld %s", (long long)g->id, g->name));
		sheet_number(s, g->total);
		time_cells(s, g);
	}
	return s;
}

static struct sheet *
brand_sheet(struct web *w, struct view *v)
{
	struct sheet *s = sheet_new(w, "brands", N_("Imitated brands"));
	int64_t rank = 0;

	sheet_column(s, SHEET_TEXT, "brand", web_tr(w, NULL, N_("Brand")));
	sheet_column(s, SHEET_INT, "rank", web_tr(w, NULL, N_("Rank")));
	sheet_column(s, SHEET_INT, "rank_before", web_tr(w, NULL, N_("Rank before")));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Reported")));
	sheet_column(s, SHEET_INT, "before", web_tr(w, NULL, N_("Period before")));
	time_columns(w, s);
	for (size_t i = 0; i < v->p.groups[PHISHING_BRAND]; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_BRAND][i];

		if (!is_shown(g))
			continue;
		sheet_text(s, g->name, NULL);
		sheet_number(s, g->id == 0 || g->total == 0 ? -1 : ++rank);
		sheet_number(s, g->rank_before == 0 ? -1 : (int64_t)g->rank_before);
		sheet_number(s, g->total);
		sheet_number(s, g->before);
		time_cells(s, g);
	}
	return s;
}

static int64_t
three_months(const struct phishing_group *g)
{
	return g->months[0] + g->months[1] + g->months[2];
}

/* The TLDs of the last three months, most first: their places. */
static size_t
tld_order(struct web *w, const struct phishing *p, size_t **ret)
{
	const struct phishing_group *g = p->group[PHISHING_TLD];
	size_t n = 0;

	*ret = arena_many(w->a, size_t, p->groups[PHISHING_TLD] + 1);
	for (size_t i = 0; i < p->groups[PHISHING_TLD]; i++) {
		size_t at = n++;

		if (three_months(&g[i]) == 0) {
			n--;
			continue;
		}
		for (; at > 0 && three_months(&g[(*ret)[at - 1]]) < three_months(&g[i]); at--)
			(*ret)[at] = (*ret)[at - 1];
		(*ret)[at] = i;
	}
	return n;
}

/* ".com"; what has none is an address. */
static const char *
tld_name(struct web *w, const char *tld)
{
	return *tld == '\0' ? web_tr(w, NULL, N_("IP address")) : arena_printf(w->a, ".%s", tld);
}

static struct sheet *
tld_sheet(struct web *w, struct view *v)
{
	static const char *const keys[] = { "month_1", "month_2", "month_3" };
	struct sheet *s = sheet_new(w, "tlds", N_("Top-level domains of the last three months"));
	size_t *order, n = tld_order(w, &v->p, &order);

	sheet_column(s, SHEET_TEXT, "tld", web_tr(w, NULL, N_("Top-level domain")));
	for (int i = 0; i < 3; i++)
		sheet_column(s, SHEET_INT, keys[i], period_short(w->a, PERIOD_MONTH, w->lang, v->p.months[i]));
	sheet_column(s, SHEET_INT, "total", web_tr(w, NULL, N_("Total")));
	for (size_t i = 0; i < n; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_TLD][order[i]];

		sheet_text(s, g->name, tld_name(w, g->name));
		for (int k = 0; k < 3; k++)
			sheet_number(s, g->months[k]);
		sheet_number(s, three_months(g));
	}
	return s;
}

#define SHEETS 10

static void
make_sheets(struct web *w, struct view *v, struct sheet *ret[SHEETS])
{
	ret[0] = quarter_sheet(w, v);
	ret[1] = sector_sheet(w, "now", N_("Not stopped now, by sector of the brand"), v->p.now);
	ret[2] = days_sheet(w, v);
	ret[3] = country_sheet(w, v);
	ret[4] = provider_sheet(w, v);
	ret[5] = brand_sheet(w, v);
	ret[6] = tld_sheet(w, v);
	ret[7] = sector_sheet(w, "sectors", N_("Sectors of the brands"), v->p.sector);
	ret[8] = split_sheet(w, v, "origins", N_("Domestic and overseas brands"), v->p.origin, origin_labels);
	ret[9] = split_sheet(w, v, "places", N_("Where they are hosted"), v->p.place, place_labels);
}

/* Charts */

static const char *
csv_href(struct web *w, const struct view *v, const char *id)
{
	return arena_printf(w->a, TAB "/%s.csv?%s", id, statistics_page_query(w, &v->page.range));
}

static const char *
percent(struct web *w, int64_t part, int64_t of)
{
	return arena_printf(w->a, "%.1f%%", of == 0 ? 0.0 : 100.0 * (double)part / (double)of);
}

static void
add_split(struct web *w, struct view *v, struct value *charts, const char *id, const char *title,
    int64_t *const n[PHISHING_ORIGINS], const char *const labels[PHISHING_ORIGINS])
{
	struct figure_column columns[PHISHING_ORIGINS];
	int64_t sum[PHISHING_ORIGINS] = { 0 };

	for (int i = 0; i < PHISHING_ORIGINS; i++) {
		columns[i] = (struct figure_column){ web_tr(w, NULL, labels[i]), n[i] };
		for (size_t p = 0; p < v->p.periods; p++)
			sum[i] += n[i][p];
	}
	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_BARS,
		.id = id,
		.title = web_tr(w, NULL, title),
		.description = web_trf(w, NULL, N_("{total} sites; {first}: {a}, {second}: {b}."),
		    I18N_ARGS({ "total", i18n_number(w->a, v->p.total) }, { "first", columns[0].name },
			{ "a", percent(w, sum[0], v->p.total) }, { "second", columns[1].name },
			{ "b", percent(w, sum[1], v->p.total) })),
		.head = statistics_page_unit(w, &v->page.range),
		.label = v->names.shorts,
		.name = v->names.longs,
		.rows = v->p.periods,
		.column = columns,
		.columns = PHISHING_ORIGINS,
		.total = web_tr(w, NULL, N_("Total")),
		.csv = csv_href(w, v, id),
	    });
}

static void
add_days(struct web *w, struct view *v, struct value *charts)
{
	static const char *const labels[] = { N_("0–3 days"), N_("4–7 days"), N_("8–10 days"), N_("11 days +") };
	struct figure_column columns[PHISHING_BUCKETS];

	for (int i = 0; i < PHISHING_BUCKETS; i++) {
		int64_t *n = arena_many(w->a, int64_t, v->p.periods);

		for (size_t p = 0; p < v->p.periods; p++)
			n[p] = v->p.stop[p].bucket[i];
		columns[i] = (struct figure_column){ web_tr(w, NULL, labels[i]), n };
	}
	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_BARS,
		.id = "days-chart",
		.title = web_tr(w, NULL, N_("Business days until a site stopped")),
		.description = web_trf(w, NULL, N_("{n} stopped; {share} within 3 business days."),
		    I18N_ARGS({ "n", i18n_number(w->a, v->p.all.stopped) },
			{ "share", percent(w, v->p.all.bucket[0], v->p.all.stopped) })),
		.head = statistics_page_unit(w, &v->page.range),
		.label = v->names.shorts,
		.name = v->names.longs,
		.rows = v->p.periods,
		.column = columns,
		.columns = PHISHING_BUCKETS,
		.total = web_tr(w, NULL, N_("Total")),
		.csv = csv_href(w, v, "days"),
	    });
}

static int64_t
hours(int64_t ms)
{
	return ms < 0 ? 0 : (ms + CLOCK_HOUR / 2) / CLOCK_HOUR;
}

static void
add_times(struct web *w, struct view *v, struct value *charts)
{
	int64_t *median = arena_many(w->a, int64_t, v->p.periods), *p90 = arena_many(w->a, int64_t, v->p.periods);

	if (v->p.periods < 2 || v->p.all.stopped == 0)
		return;
	for (size_t p = 0; p < v->p.periods; p++) {
		median[p] = hours(v->p.stop[p].median_ms);
		p90[p] = hours(v->p.stop[p].p90_ms);
	}
	const struct figure_column columns[] = {
		{ web_tr(w, NULL, N_("Median")), median },
		{ web_tr(w, NULL, N_("90 % within")), p90 },
	};

	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_LINE,
		.id = "times-chart",
		.title = web_tr(w, NULL, N_("Hours until a site stopped")),
		.description = web_trf(w, NULL, N_("Median {median}, 90 % within {p90}; 0 where nothing stopped."),
		    I18N_ARGS({ "median", zone_duration(w->a, w->lang, v->p.all.median_ms) },
			{ "p90", zone_duration(w->a, w->lang, v->p.all.p90_ms) })),
		.head = statistics_page_unit(w, &v->page.range),
		.label = v->names.shorts,
		.name = v->names.longs,
		.rows = v->p.periods,
		.column = columns,
		.columns = 2,
		.csv = csv_href(w, v, "days"),
	    });
}

struct top {
	const char *label[TOP];
	int64_t n[TOP];
	size_t rows;
};

static void
add_top(struct web *w, struct view *v, struct value *charts, const char *id, const char *title, const char *head,
    const struct top *t, int64_t all, const char *csv)
{
	const struct figure_column column = { web_tr(w, NULL, N_("Sites")), t->n };

	if (t->rows == 0)
		return;
	figure_add(w->a, charts,
	    &(struct figure){
		.kind = FIGURE_TOP,
		.id = id,
		.title = web_tr(w, NULL, title),
		.description = web_trf(w, NULL, N_("Most: {name}, {share} of all."),
		    I18N_ARGS({ "name", t->label[0] }, { "share", percent(w, t->n[0], all) })),
		.head = web_tr(w, NULL, head),
		.label = t->label,
		.rows = t->rows,
		.column = &column,
		.columns = 1,
		.csv = csv_href(w, v, csv),
	    });
}

static void
add_tops(struct web *w, struct view *v, struct value *charts)
{
	struct top brands = { .rows = 0 }, countries = { .rows = 0 }, tlds = { .rows = 0 };
	size_t *order, n = tld_order(w, &v->p, &order);
	int64_t recent = 0;

	for (size_t i = 0; i < v->p.groups[PHISHING_BRAND] && brands.rows < TOP; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_BRAND][i];

		if (g->total == 0 || g->id == 0)
			continue;
		brands.label[brands.rows] = g->name;
		brands.n[brands.rows++] = g->total;
	}
	for (size_t i = 0; i < v->p.groups[PHISHING_CC] && countries.rows < TOP; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_CC][i];

		if (g->total == 0)
			continue;
		countries.label[countries.rows] = *g->name == '\0' ? web_tr(w, NULL, N_("Unknown")) : country_name(w->lang, g->name);
		countries.n[countries.rows++] = g->total;
	}
	for (size_t i = 0; i < n; i++) {
		const struct phishing_group *g = &v->p.group[PHISHING_TLD][order[i]];

		recent += three_months(g);
		if (tlds.rows < 5) {
			tlds.label[tlds.rows] = tld_name(w, g->name);
			tlds.n[tlds.rows++] = three_months(g);
		}
	}
	add_top(w, v, charts, "brands-chart", N_("Most imitated brands"), N_("Brand"), &brands, v->p.total, "brands");
	add_top(w, v, charts, "tlds-chart", N_("Top 5 top-level domains, three months"), N_("Top-level domain"), &tlds, recent, "tlds");
	add_top(w, v, charts, "countries-chart", N_("Sites by hosting country"), N_("Country"), &countries, v->p.total, "countries");
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

static void
fill_ui(struct web *w, struct view *v, struct sheet *const sheets[SHEETS])
{
	struct value *charts = value_set_list(w->a, w->ui, "charts"), *list = value_set_list(w->a, w->ui, "sheets");
	struct value *stats = value_set_list(w->a, w->ui, "stats");
	const struct phishing *p = &v->p;

	statistics_page_form(w, &v->page, &v->names, TAB);
	add_stat(w, stats, N_("Sites reported"), i18n_number(w->a, p->total),
	    web_trf(w, NULL, N_("{before} in the time before"), I18N_ARGS({ "before", i18n_number(w->a, p->before) })));
	add_stat(w, stats, N_("Sites stopped"), i18n_number(w->a, p->all.stopped),
	    web_trf(w, NULL, N_("{share} within 3 business days"),
		I18N_ARGS({ "share", percent(w, p->all.bucket[0], p->all.stopped) })));
	add_stat(w, stats, N_("Median time to stop"), p->all.median_ms < 0 ? "–" : zone_duration(w->a, w->lang, p->all.median_ms),
	    p->all.p90_ms < 0 ? ""
			      : web_trf(w, NULL, N_("90 % within {time}"),
				    I18N_ARGS({ "time", zone_duration(w->a, w->lang, p->all.p90_ms) })));
	add_stat(w, stats, N_("Not stopped now"), i18n_number(w->a, p->live), web_tr(w, NULL, N_("whenever they were reported")));
	add_split(w, v, charts, "origins", N_("Phishing sites by brand"), p->origin, origin_labels);
	add_days(w, v, charts);
	add_times(w, v, charts);
	add_split(w, v, charts, "places", N_("Phishing sites by where they are hosted"), p->place, place_labels);
	add_tops(w, v, charts);
	for (size_t i = 0; i < 8; i++) /* the others are charts */
		sheet_page(sheets[i], list, i == 2 ? v->p.periods + 1 : SHOWN, csv_href(w, v, sheet_id(sheets[i])));
	value_set_text(w->a, w->ui, "action", TAB);
}

static enum err
show(struct web *w)
{
	struct view *v = arena_one(w->a, struct view);
	struct sheet *sheets[SHEETS];

	TRY(load(w, v));
	make_sheets(w, v, sheets);
	statistics_page_data(w, &v->page.range);
	value_set_int(w->a, w->data, "total", v->p.total);
	value_set_int(w->a, w->data, "before", v->p.before);
	value_set_int(w->a, w->data, "stopped", v->p.all.stopped);
	value_set_int(w->a, w->data, "live", v->p.live);
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
	make_sheets(w, v, sheets);
	for (size_t i = 0; i < SHEETS; i++) {
		if (str_is(name, sheet_id(sheets[i])))
			return sheet_csv(sheets[i]);
	}
	return ERR_NOT_FOUND;
}

const struct web_route phishing_routes[] = {
	{ WEB_GET, TAB, PERM_STATISTICS, show, WEB_SLOW, "Phishing sites: brands, sectors, countries, days to stop: unit, from, to" },
	{ WEB_GET, TAB "/:table", PERM_STATISTICS, table, WEB_SLOW,
	    "quarter.csv now.csv days.csv countries.csv providers.csv brands.csv tlds.csv sectors.csv origins.csv places.csv" },
	{ 0 },
};
