/* SPDX-License-Identifier: Apache-2.0 */
/* graph_web.c - the graphs: /telescope/graphs for the team, /observation for everybody. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/country.h"
#include "http/http.h"
#include "observation/graph.h"
#include "observation/observe.h"
#include "statistics/figure.h"
#include "text/chart.h"
#include "text/csv.h"
#include "web/web.h"

#define LINES 5
#define SPARK 60 /* points of a small chart */
#define HEATS 6

static const struct web_option spans[] = {
	{ "week", N_("One week") },
	{ "month", N_("One month") },
	{ "quarter", N_("Three months") },
	{ "year", N_("One year") },
	{ NULL, NULL },
};

struct graph {
	const struct value *v;
	enum graph_span span;
	size_t n;
	const char **label, **name; /* of each step: for the axis, for the table */
	const char *path;	    /* of the page */
};

static int64_t
number(const struct value *list, size_t i)
{
	return value_integer(value_at(list, i));
}

/* Packets for each active sensor. */
static int64_t *
per_sensor(struct web *w, const struct graph *g, const struct value *values)
{
	const struct value *sensors = value_get(g->v, "sensors");
	int64_t *ret = arena_many(w->a, int64_t, g->n);

	for (size_t i = 0; i < g->n; i++) {
		int64_t s = number(sensors, i);

		ret[i] = s == 0 ? 0 : (number(values, i) + s / 2) / s;
	}
	return ret;
}

/* Means of ${f} steps: more points than a picture has pixels to tell apart. */
static int64_t *
thin(struct web *w, const int64_t *v, size_t n, size_t f)
{
	int64_t *ret = arena_many(w->a, int64_t, n / f + 1);

	for (size_t i = 0; i < n; i += f) {
		size_t k = i;
		int64_t sum = 0;

		for (; k < i + f && k < n; k++)
			sum += v[k];
		ret[i / f] = sum / (int64_t)(k - i);
	}
	return ret;
}

static const char *
region(struct web *w, const char *code)
{
	return country_find(code) == NULL ? web_tr(w, NULL, N_("unknown")) : country_name(w->lang, code);
}

static void
labels(struct web *w, struct graph *g)
{
	int64_t from = value_integer(value_get(g->v, "from")), step = value_integer(value_get(g->v, "step"));

	g->label = arena_many(w->a, const char *, g->n);
	g->name = arena_many(w->a, const char *, g->n);
	for (size_t i = 0; i < g->n; i++) {
		struct civil t = clock_civil(from + (int64_t)i * step, 0);

		g->label[i] = arena_printf(w->a, "%d/%d", t.month, t.day);
		g->name[i] = step == CLOCK_DAY ? arena_printf(w->a, "%04d-%02d-%02d", t.year, t.month, t.day)
					       : arena_printf(w->a, "%04d-%02d-%02d %02d:00", t.year, t.month, t.day, t.hour);
	}
}

static const char *
csv_href(struct web *w, const struct graph *g, const char *id)
{
	return arena_printf(w->a, "%s/%s.csv?span=%s", g->path, id, graph_name[g->span]);
}

/* Steps that one row of the table below a chart takes together: a page is no place for
 * a thousand numbers, the CSV has them all. */
static size_t
together(const struct graph *g)
{
	return g->span == GRAPH_WEEK ? 24 : g->span == GRAPH_MONTH ? 1 : g->span == GRAPH_QUARTER ? 7 : 30;
}

static void
table(struct web *w, const struct graph *g, struct value *o, const struct figure_column *column, size_t columns)
{
	struct value *heads = value_set_list(w->a, o, "columns"), *rows = value_set_list(w->a, o, "rows");
	size_t by = together(g);

	value_add_text(w->a, heads, web_tr(w, NULL, by == 1 ? N_("Time (UTC)") : N_("From (UTC)")));
	for (size_t c = 0; c < columns; c++)
		value_add_text(w->a, heads, column[c].name);
	for (size_t i = 0; i < g->n; i += by) {
		struct value *row = value_add_object(w->a, rows), *cells = value_set_list(w->a, row, "cells");

		value_set_text(w->a, row, "label", g->name[i]);
		for (size_t c = 0; c < columns; c++) {
			int64_t sum = 0;

			for (size_t k = i; k < i + by && k < g->n; k++)
				sum += column[c].n[k];
			value_add_text(w->a, cells, i18n_number(w->a, sum));
		}
	}
}

static void
draw(struct web *w, const struct graph *g, struct value *list, const char *id, const char *title, const char *description,
    const struct figure_column *column, size_t columns)
{
	size_t f = g->span == GRAPH_YEAR ? 7 : g->span == GRAPH_WEEK ? 2 : 1, n = (g->n + f - 1) / f;
	struct chart_series series[LINES + 1];
	const char **label = arena_many(w->a, const char *, n);
	struct value *o = value_add_object(w->a, list);

	for (size_t i = 0; i < n; i++)
		label[i] = g->label[i * f];
	for (size_t i = 0; i < columns; i++)
		series[i] = (struct chart_series){ column[i].name, thin(w, column[i].n, g->n, f) };
	value_set_text(w->a, o, "id", id);
	value_set_text(w->a, o, "title", title);
	value_set_text(w->a, o, "size", "middle");
	value_set_html(w->a, o, "svg",
	    chart_line(w->a, &(struct chart){ .title = title, .description = description, .label = label, .labels = n,
		.series = series, .series_count = columns }));
	value_set_text(w->a, o, "csv", csv_href(w, g, id));
	table(w, g, o, column, columns);
}

static const char *
finding(struct web *w, const struct value *first, const char *name)
{
	return first == NULL ? ""
			     : web_trf(w, NULL, N_("Most came to or from {name}: {n} packets."),
				   I18N_ARGS({ "name", name }, { "n", i18n_number(w->a, value_integer(value_get(first, "packets"))) }));
}

static void
lines(struct web *w, const struct graph *g, struct value *list, const char *id, const char *title, bool regions)
{
	const struct value *rows = value_get(g->v, id);
	struct figure_column column[LINES + 1];
	size_t n = 0;
	const char *top = NULL;

	for (size_t i = 0; i < value_count(rows) && n < LINES; i++) {
		const struct value *r = value_at(rows, i);
		const char *name = value_cstr(value_get(r, "name"));

		column[n].name = regions ? region(w, name) : name;
		column[n++].n = per_sensor(w, g, value_get(r, "values"));
		if (top == NULL)
			top = column[0].name;
	}
	draw(w, g, list, id, title, finding(w, value_at(rows, 0), top == NULL ? "" : top), column, n);
}

/* A small chart for each of the first ports; their numbers are in one CSV. */
static void
each_port(struct web *w, const struct graph *g)
{
	const struct value *rows = value_get(g->v, "ports");
	struct value *list = value_set_list(w->a, w->ui, "port_charts");

	for (size_t i = 0; i < value_count(rows); i++) {
		const struct value *r = value_at(rows, i);
		const char *name = value_cstr(value_get(r, "name"));
		struct value *o = value_add_object(w->a, list);
		size_t f = (g->n + SPARK - 1) / SPARK, n = (g->n + f - 1) / f;
		struct chart_series series = { name, thin(w, per_sensor(w, g, value_get(r, "values")), g->n, f) };

		value_set_text(w->a, o, "name", name);
		value_set_text(w->a, o, "packets", i18n_number(w->a, value_integer(value_get(r, "packets"))));
		value_set_html(w->a, o, "svg",
		    chart_spark(w->a, &(struct chart){ .title = name, .description = finding(w, r, name), .label = g->label,
			.labels = n, .series = &series, .series_count = 1, .width = 480, .height = 60 }));
	}
}

static void
rank_table(struct web *w, const struct graph *g, const char *id, const char *key, bool regions)
{
	const struct value *rows = value_get(g->v, id);
	struct value *list = value_set_list(w->a, w->ui, key);
	int64_t all = value_integer(value_get(g->v, "all"));

	for (size_t i = 0; i < value_count(rows); i++) {
		const struct value *r = value_at(rows, i);
		struct value *o = value_add_object(w->a, list);
		int64_t n = value_integer(value_get(r, "packets")), previous = value_integer(value_get(r, "previous"));
		const char *name = value_cstr(value_get(r, "name"));

		value_set_int(w->a, o, "rank", value_integer(value_get(r, "rank")));
		value_set_id(w->a, o, "previous_rank", value_integer(value_get(r, "previous_rank")));
		value_set_text(w->a, o, "name", regions ? region(w, name) : name);
		value_set_text(w->a, o, "share", all == 0 ? "" : arena_printf(w->a, "%.1f%%", (double)n * 100 / (double)all));
		value_set_text(w->a, o, "change",
		    previous == 0 ? "—" : arena_printf(w->a, "%+.0f%%", ((double)n / (double)previous - 1) * 100));
	}
}

static void
heat_map(struct web *w, const struct graph *g)
{
	const struct value *rows = value_get(g->v, "heat");
	struct value *list = value_set_list(w->a, w->ui, "heat"), *hours = value_set_list(w->a, w->ui, "hours");

	for (int h = 0; h < 24; h++)
		value_add(w->a, hours, value_int(w->a, h));
	for (size_t i = 0; i < value_count(rows); i++) {
		const struct value *v = value_get(value_at(rows, i), "hours");
		struct value *o = value_add_object(w->a, list), *cells = value_set_list(w->a, o, "cells");
		int64_t most = 1;

		value_set_text(w->a, o, "name", value_cstr(value_get(value_at(rows, i), "name")));
		for (size_t h = 0; h < 24; h++)
			most = number(v, h) > most ? number(v, h) : most;
		for (size_t h = 0; h < 24; h++) {
			struct value *c = value_add_object(w->a, cells);

			value_set_text(w->a, c, "n", i18n_number(w->a, number(v, h)));
			value_set_int(w->a, c, "level", number(v, h) * (HEATS - 1) / most);
		}
	}
	value_set_bool(w->a, w->ui, "any_heat", value_count(rows) > 0);
}

static void
set_spans(struct web *w, const struct graph *g)
{
	struct value *list = value_set_list(w->a, w->ui, "spans");

	for (size_t i = 0; spans[i].value != NULL; i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "label", web_tr(w, "observe", spans[i].label));
		value_set_text(w->a, o, "href", arena_printf(w->a, "%s?span=%s", g->path, spans[i].value));
		value_set_bool(w->a, o, "current", strcmp(spans[i].value, graph_name[g->span]) == 0);
	}
}

static enum err
get(struct web *w, const char *path, struct graph *ret, struct value **ret_v)
{
	int64_t at = 0;
	const char *asked = web_query(w, "span");

	*ret = (struct graph){ .span = GRAPH_WEEK, .path = path };
	if (*asked != '\0' && !graph_find(str_of(asked), &ret->span))
		return ERR_NOT_FOUND;
	enum err e = graph_get(w->db, w->a, graph_name[ret->span], &at, ret_v);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == ERR_NOT_FOUND)
		*ret_v = NULL;
	ret->v = *ret_v;
	ret->n = (size_t)value_integer(value_get(ret->v, "n"));
	web_set_time(w, w->data, "counted_at", at);
	return OK;
}

/* The API: counts as they are, and how many sensors they are of. */
static void
set_data(struct web *w, struct value *v)
{
	static const char *const keys[] = { "span", "from", "step", "n", "active", "sensors", "packets", "ports", "regions", "heat",
		"attribution" };

	for (size_t i = 0; i < COUNT(keys); i++) {
		const char *key = keys[i];

		if (strcmp(key, "from") == 0)
			web_set_time(w, w->data, "from", value_integer(value_get(v, key)));
		else
			value_set(w->a, w->data, arena_printf(w->a, "%s", key), value_child(v, key));
	}
}

static void
set_page(struct web *w, struct graph *g)
{
	struct value *list = value_set_list(w->a, w->ui, "charts");
	int64_t active = value_integer(value_get(g->v, "active"));
	struct figure_column all = { web_tr(w, NULL, N_("Packets per sensor")), NULL };

	labels(w, g);
	all.n = per_sensor(w, g, value_get(g->v, "packets"));
	lines(w, g, list, "ports", web_tr(w, NULL, N_("By destination port, packets per sensor")), false);
	lines(w, g, list, "regions", web_tr(w, NULL, N_("By source region, packets per sensor")), true);
	draw(w, g, list, "packets", web_tr(w, NULL, N_("All packets per sensor")),
	    web_trf(w, NULL, N_("{n} packets at {sensors} sensors."),
		I18N_ARGS({ "n", i18n_number(w->a, value_integer(value_get(g->v, "all"))) },
		    { "sensors", i18n_number(w->a, active) })),
	    &all, 1);
	rank_table(w, g, "ports", "port_ranks", false);
	rank_table(w, g, "regions", "region_ranks", true);
	each_port(w, g);
	value_set_text(w->a, w->ui, "active_text", i18n_number(w->a, active));
	value_set_text(w->a, w->ui, "attribution", value_cstr(value_get(g->v, "attribution")));
	value_set_bool(w->a, w->ui, "any", g->n > 0);
}

static enum err
page(struct web *w, const char *path, const char *template, const char *title, bool team)
{
	struct graph g;
	struct value *v;

	TRY(get(w, path, &g, &v));
	if (v != NULL && w->json)
		set_data(w, v);
	else if (v != NULL)
		set_page(w, &g);
	set_spans(w, &g);
	if (team) {
		if (v != NULL && !w->json)
			heat_map(w, &g);
		observe_tabs(w, "/telescope/graphs");
	}
	return web_page(w, template, title);
}

static enum err
team_page(struct web *w)
{
	return page(w, "/telescope/graphs", "telescope_graphs", N_("Graphs"), true);
}

static enum err
public_page(struct web *w)
{
	w->cache = "public, max-age=300";
	return page(w, "/observation", "observation", N_("Observation of the Internet"), false);
}

/* One chart's numbers: steps down, names across; not divided, with the sensors. */
static enum err
csv(struct web *w, const char *path)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(4));
	const char *id = web_path(w, "id");
	bool regions = strcmp(id, "regions.csv") == 0, ports = strcmp(id, "ports.csv") == 0;
	struct graph g;
	struct value *v;

	TRY(get(w, path, &g, &v));
	if (v == NULL || (!regions && !ports && strcmp(id, "packets.csv") != 0))
		return ERR_NOT_FOUND;
	labels(w, &g);
	const struct value *rows = regions ? value_get(v, "regions") : ports ? value_get(v, "ports") : NULL;

	csv_put(b, "time");
	csv_put(b, "sensors");
	csv_put(b, "packets");
	for (size_t i = 0; i < value_count(rows); i++) {
		if (value_get(value_at(rows, i), "values") != NULL)
			csv_put(b, value_cstr(value_get(value_at(rows, i), "name")));
	}
	csv_end(b);
	for (size_t k = 0; k < g.n; k++) {
		csv_put(b, g.name[k]);
		csv_put_int(b, number(value_get(v, "sensors"), k));
		csv_put_int(b, number(value_get(v, "packets"), k));
		for (size_t i = 0; i < value_count(rows); i++) {
			const struct value *values = value_get(value_at(rows, i), "values");

			if (values != NULL)
				csv_put_int(b, number(values, k));
		}
		csv_end(b);
	}
	TRY(buf_error(b));
	return web_csv(w, arena_printf(w->a, "observation-%s-%s", graph_name[g.span], id), buf_view(b));
}

static enum err
team_csv(struct web *w)
{
	return csv(w, "/telescope/graphs");
}

static enum err
public_csv(struct web *w)
{
	w->cache = "public, max-age=300";
	return csv(w, "/observation");
}

const struct web_route graph_routes[] = {
	{ WEB_GET, "/telescope/graphs", PERM_TELESCOPE_READ, team_page, 0, "Graphs of the telescope", NULL },
	{ WEB_GET, "/telescope/graphs/:id", PERM_TELESCOPE_READ, team_csv, 0, "One of them as CSV", NULL },
	{ WEB_GET, "/observation", PERM_PUBLIC, public_page, 0, "What the sensors saw, for everybody", NULL },
	{ WEB_GET, "/observation/:id", PERM_PUBLIC, public_csv, 0, "One of its graphs as CSV", NULL },
	{ 0 },
};
