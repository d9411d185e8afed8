/* SPDX-License-Identifier: Apache-2.0 */
/* graph_web.c - the graphs: /telescope/graphs for the team, /observation for everybody. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "collector/collect_web.h"
#include "directory/country.h"
#include "http/http.h"
#include "observation/country_map.h"
#include "observation/graph.h"
#include "observation/observe.h"
#include "statistics/figure.h"
#include "text/chart.h"
#include "text/csv.h"
#include "text/mustache.h"
#include "web/web.h"

#define LINES 5
#define POINTS 60      /* of a line, at most: more than that and it is only noise */
#define SPARK 30       /* of a small one */
#define ROWS 10	       /* of a table; the map and JSON have more */
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
	int64_t active;		    /* sensors */
	const char **label, **name; /* of each step: for the axis, for the table */
	const char *path;	    /* of the page */
	bool team;		    /* not the public one */
};

static int64_t
number(const struct value *list, size_t i)
{
	return value_integer(value_at(list, i));
}

/* Packets for each active sensor, and for a day: so are hours comparable with days, and
 * few packets do not end in steps of one. */
static int64_t *
per_sensor(struct web *w, const struct graph *g, const struct value *values)
{
	int64_t times = CLOCK_DAY / value_integer(value_get(g->v, "step"));
	const struct value *sensors = value_get(g->v, "sensors");
	int64_t *ret = arena_many(w->a, int64_t, g->n);

	for (size_t i = 0; i < g->n; i++) {
		int64_t s = number(sensors, i);

		ret[i] = s == 0 ? 0 : (number(values, i) * times + s / 2) / s;
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
	return g->span == GRAPH_WEEK ? 24 : g->span == GRAPH_MONTH ? 3 : g->span == GRAPH_QUARTER ? 7 : 30;
}

static void
table(struct web *w, const struct graph *g, struct value *o, const struct figure_column *column, size_t columns)
{
	struct value *heads = value_set_list(w->a, o, "columns"), *rows = value_set_list(w->a, o, "rows");
	size_t by = together(g);

	value_add_text(w->a, heads, web_tr(w, NULL, N_("From (UTC)")));
	for (size_t c = 0; c < columns; c++)
		value_add_text(w->a, heads, column[c].name);
	for (size_t i = 0; i < g->n; i += by) {
		struct value *row = value_add_object(w->a, rows), *cells = value_set_list(w->a, row, "cells");

		value_set_text(w->a, row, "label", g->name[i]);
		for (size_t c = 0; c < columns; c++) {
			int64_t sum = 0, n = 0;

			for (size_t k = i; k < i + by && k < g->n; k++, n++)
				sum += column[c].n[k];
			value_add_text(w->a, cells, i18n_number(w->a, (sum + n / 2) / n));
		}
	}
}

static void
draw(struct web *w, const struct graph *g, struct value *list, const char *id, const char *title, const char *description,
    const struct figure_column *column, size_t columns)
{
	size_t f = (g->n + POINTS - 1) / POINTS, n = (g->n + f - 1) / f;
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
	value_set_text(w->a, o, "json", arena_printf(w->a, "%s?span=%s&format=json", g->path, graph_name[g->span]));
	if (g->team) {
		int64_t from = value_integer(value_get(g->v, "from")), step = value_integer(value_get(g->v, "step"));
		const char *by = strcmp(id, "ports") == 0 ? "port&then=" : strcmp(id, "regions") == 0 ? "country&then=" : "";

		observe_zoom(w, value_set_object(w->a, o, "zoom"),
		    arena_printf(w->a, "/telescope?by=%s%s&top=%d", by, g->span == GRAPH_WEEK || g->span == GRAPH_MONTH ? "hour" : "day", LINES),
		    from, from + (int64_t)g->n * step);
	}
	table(w, g, o, column, columns);
}

static const char *
each(struct web *w, const struct graph *g, int64_t packets)
{
	return i18n_number(w->a, g->active == 0 ? 0 : (packets + g->active / 2) / g->active);
}

static const char *
finding(struct web *w, const struct graph *g, const struct value *first, const char *name)
{
	return first == NULL ? ""
			     : web_trf(w, NULL, N_("Most: {name}, {n} packets at each sensor."),
				   I18N_ARGS({ "name", name }, { "n", each(w, g, value_integer(value_get(first, "packets"))) }));
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
	draw(w, g, list, id, title, finding(w, g, value_at(rows, 0), top == NULL ? "" : top), column, n);
}

static struct str
spark(struct web *w, const struct graph *g, const struct value *row, const char *name, int width, int height)
{
	size_t f = (g->n + SPARK - 1) / SPARK, n = (g->n + f - 1) / f;
	struct chart_series series = { name, thin(w, per_sensor(w, g, value_get(row, "values")), g->n, f) };

	return chart_spark(w->a, &(struct chart){ .title = name, .description = finding(w, g, row, name), .label = g->label,
	    .labels = n, .series = &series, .series_count = 1, .width = width, .height = height });
}

static const char *
question_href(struct web *w, const struct graph *g, const char *filter)
{
	static const int days[GRAPH_SPANS] = { 7, 30, 90, 365 };

	return arena_printf(w->a, "/telescope?q=%s&by=%s&days=%d", web_escape(w, filter), g->span == GRAPH_WEEK ? "hour" : "day",
	    days[g->span]);
}

/* "23/tcp" as a filter; NULL for what is no port. */
static const char *
port_filter(struct web *w, const char *name)
{
	struct str s = str_of(name), port;

	if (!str_ends(s, STR("/tcp")) && !str_ends(s, STR("/udp")))
		return NULL;
	(void)str_split(&s, '/', &port);
	return arena_printf(w->a, "%.*s dport %.*s", STR_F(s), STR_F(port));
}

static void
rank_table(struct web *w, const struct graph *g, const char *id, const char *key, bool regions)
{
	const struct value *rows = value_get(g->v, id);
	struct value *list = value_set_list(w->a, w->ui, key);
	int64_t all = value_integer(value_get(g->v, "all"));

	for (size_t i = 0; i < value_count(rows) && i < ROWS; i++) {
		const struct value *r = value_at(rows, i);
		struct value *o = value_add_object(w->a, list);
		int64_t n = value_integer(value_get(r, "packets")), before = value_integer(value_get(r, "previous_rank"));
		const char *code = value_cstr(value_get(r, "name")), *name = regions ? region(w, code) : code;
		const char *filter = !g->team ? NULL : !regions ? port_filter(w, code)
		    : country_find(code) != NULL	       ? arena_printf(w->a, "country %s", code)
							       : NULL;

		value_set_int(w->a, o, "rank", value_integer(value_get(r, "rank")));
		value_set_text(w->a, o, "previous_rank", before == 0 ? NULL : i18n_number(w->a, before));
		value_set_text(w->a, o, "name", name);
		value_set_text(w->a, o, "href", filter == NULL ? NULL : question_href(w, g, filter));
		value_set_text(w->a, o, "each", each(w, g, n));
		value_set_text(w->a, o, "share", all == 0 ? "" : arena_printf(w->a, "%.1f%%", (double)n * 100 / (double)all));
		value_set_text(w->a, o, "change", observe_change(w->a, n, value_integer(value_get(r, "previous"))));
		if (!regions)
			value_set_html(w->a, o, "spark", g->team ? spark(w, g, r, name, 240, 40) : spark(w, g, r, name, 160, 32));
	}
}

/* Whence, as a map. */
static void
map(struct web *w, const struct graph *g)
{
	const struct value *rows = value_get(g->v, "countries");
	size_t n = value_count(rows);
	struct country_count *c = arena_many(w->a, struct country_count, n + 1);
	const struct value *first = value_at(value_get(g->v, "regions"), 0);

	for (size_t i = 0; i < n; i++) {
		const char *code = value_cstr(value_get(value_at(rows, i), "name"));

		c[i] = (struct country_count){ .code = code, .n = value_integer(value_get(value_at(rows, i), "packets")) };
		if (!g->team)
			continue;
		c[i].title = arena_printf(w->a, "%s: %s", region(w, code), each(w, g, c[i].n));
		c[i].href = question_href(w, g, arena_printf(w->a, "country %s", code));
	}
	if (n == 0)
		return;
	value_set_html(w->a, w->ui, "map",
	    country_map(w->a, &(struct country_map){ .item = c, .n = n,
		.title = arena_printf(w->a, "%s %s", web_tr(w, NULL, N_("Source regions")),
		    first == NULL ? "" : finding(w, g, first, region(w, value_cstr(value_get(first, "name"))))) }));
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
		int64_t most = 1, least = INT64_MAX;

		value_set_text(w->a, o, "name", value_cstr(value_get(value_at(rows, i), "name")));
		for (size_t h = 0; h < 24; h++) {
			most = number(v, h) > most ? number(v, h) : most;
			least = number(v, h) < least ? number(v, h) : least;
		}
		/* Of a port that is even through the day, no hour stands out. */
		int64_t range = most - least > most / 2 ? most - least : most / 2 + 1;

		for (size_t h = 0; h < 24; h++) {
			struct value *c = value_add_object(w->a, cells);

			value_set_text(w->a, c, "n", i18n_number(w->a, number(v, h)));
			value_set_int(w->a, c, "level", (number(v, h) - least) * (HEATS - 1) / range);
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

/* In UTC as all of the page is. */
static void
set_counted(struct web *w, int64_t at)
{
	struct civil t = clock_civil(at, 0);

	value_set_text(w->a, w->ui, "counted_text",
	    arena_printf(w->a, "%04d-%02d-%02d %02d:%02d UTC", t.year, t.month, t.day, t.hour, t.minute));
}

static enum err
get(struct web *w, const char *path, struct graph *ret, struct value **ret_v)
{
	int64_t at = 0;
	const char *asked = web_query(w, "span");

	*ret = (struct graph){ .span = GRAPH_WEEK, .path = path, .team = *path != '/' || path[1] == 't' };
	if (*asked != '\0' && !graph_find(str_of(asked), &ret->span))
		return ERR_NOT_FOUND;
	enum err e = graph_get(w->db, w->a, graph_name[ret->span], &at, ret_v);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == ERR_NOT_FOUND)
		*ret_v = NULL;
	ret->v = *ret_v;
	ret->n = (size_t)value_integer(value_get(ret->v, "n"));
	ret->active = value_integer(value_get(ret->v, "active"));
	web_set_time(w, w->data, "counted_at", at);
	set_counted(w, at);
	return OK;
}

/* The API: counts as they are, and how many sensors they are of. */
static void
set_data(struct web *w, struct value *v)
{
	static const char *const keys[] = { "span", "from", "step", "n", "active", "sensors", "packets", "ports", "regions",
		"countries", "heat", "attribution" };

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
	struct figure_column all = { web_tr(w, NULL, N_("Packets per sensor and day")), NULL };

	labels(w, g);
	all.n = per_sensor(w, g, value_get(g->v, "packets"));
	lines(w, g, list, "ports", web_tr(w, NULL, N_("By destination port, packets per sensor and day")), false);
	lines(w, g, list, "regions", web_tr(w, NULL, N_("By source region, packets per sensor and day")), true);
	draw(w, g, list, "packets", web_tr(w, NULL, N_("All packets per sensor and day")),
	    web_trf(w, NULL, N_("{n} packets at {sensors} sensors."),
		I18N_ARGS({ "n", i18n_number(w->a, value_integer(value_get(g->v, "all"))) },
		    { "sensors", i18n_number(w->a, g->active) })),
	    &all, 1);
	rank_table(w, g, "ports", "port_ranks", false);
	rank_table(w, g, "regions", "region_ranks", true);
	map(w, g);
	value_set_text(w->a, w->ui, "active_text", i18n_number(w->a, g->active));
	value_set_text(w->a, w->ui, "attribution", value_cstr(value_get(g->v, "attribution")));
	value_set_bool(w->a, w->ui, "any", g->n > 0);
	value_set_bool(w->a, w->ui, "none", value_integer(value_get(g->v, "all")) == 0);
}

static enum err
team_page(struct web *w)
{
	struct graph g;
	struct value *v;

	TRY(get(w, "/telescope/graphs", &g, &v));
	if (v != NULL && w->json) {
		set_data(w, v);
	} else if (v != NULL) {
		set_page(w, &g);
		heat_map(w, &g);
	}
	set_spans(w, &g);
	observe_tabs(w, "/telescope/graphs");
	return web_page(w, "telescope_graphs", N_("Graphs"));
}

/* The public page is the same for everybody until the next hour: what stands between its
 * head and its foot is drawn once, for each span and language. */
static struct {
	pthread_mutex_t lock;
	struct drawn {
		int64_t at; /* of the numbers */
		char *html;
		size_t n;
	} drawn[GRAPH_SPANS][2];
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool
kept_get(struct web *w, enum graph_span span, int64_t at, struct str *ret)
{
	(void)pthread_mutex_lock(&kept.lock);
	const struct drawn *d = &kept.drawn[span][w->lang];
	bool good = d->html != NULL && d->at == at;

	if (good)
		*ret = (struct str){ arena_dupn(w->a, d->html, d->n), d->n };
	(void)pthread_mutex_unlock(&kept.lock);
	return good;
}

static void
kept_set(struct web *w, enum graph_span span, int64_t at, struct str html)
{
	char *copy = malloc(html.n + 1);

	if (copy == NULL)
		abort(); /* as the arena does */
	memcpy(copy, html.p, html.n);
	(void)pthread_mutex_lock(&kept.lock);
	struct drawn *d = &kept.drawn[span][w->lang];
	char *old = d->html;

	*d = (struct drawn){ at, copy, html.n };
	(void)pthread_mutex_unlock(&kept.lock);
	free(old);
}

static enum err
public_body(struct web *w, struct str *ret)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(1));
	enum graph_span span = GRAPH_WEEK;
	const char *missing;
	struct graph g;
	struct value *v;
	int64_t at = 0;

	if (*web_query(w, "span") != '\0' && !graph_find(str_of(web_query(w, "span")), &span))
		return ERR_NOT_FOUND;
	TRY(graph_at(w->db, graph_name[span], &at));
	if (kept_get(w, span, at, ret))
		return OK;
	TRY(get(w, "/observation", &g, &v));
	if (v != NULL)
		set_page(w, &g);
	set_spans(w, &g);
	TRY(mustache_render(template_find("observation_body", w->lang), w->ui, b, true, &missing));
	*ret = buf_view(b);
	kept_set(w, span, at, *ret);
	return OK;
}

static enum err
public_page(struct web *w)
{
	struct str body;
	struct graph g;
	struct value *v;

	observe_public(w);
	if (w->json) {
		TRY(get(w, "/observation", &g, &v));
		if (v != NULL)
			set_data(w, v);
	} else {
		TRY(public_body(w, &body));
		value_set_html(w->a, w->ui, "body", body);
		value_set_bool(w->a, w->ui, "open_data", setting_bool(w->db, "telescope.open_data"));
	}
	return web_page(w, "observation", N_("Observation of the Internet"));
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
	observe_public(w);
	return csv(w, "/observation");
}

const struct web_route graph_routes[] = {
	{ WEB_GET, "/telescope/graphs", PERM_TELESCOPE_READ, team_page, 0, "Graphs of the telescope", NULL },
	{ WEB_GET, "/telescope/graphs/:id", PERM_TELESCOPE_READ, team_csv, 0, "One of them as CSV", NULL },
	{ WEB_GET, "/observation", PERM_PUBLIC, public_page, 0, "What the sensors saw, for everybody", NULL },
	{ WEB_GET, "/observation/:id", PERM_PUBLIC, public_csv, 0, "One of its graphs as CSV", NULL },
	{ 0 },
};
