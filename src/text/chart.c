/* SPDX-License-Identifier: Apache-2.0 */
#include "text/chart.h"

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "text/i18n.h"
#include "text/mustache.h"

#define SERIES 6
#define MOST INT64_C(1000000000000000)
/* Pixels of a half-width column at the 12 px of .c-text, and of its lines. */
#define COLUMN 6.4
#define LINE 15.0

struct drawing {
	const struct chart *c;
	struct arena *a;
	struct buf *out;
	size_t series;
	double width, height;
	double left, right, top, bottom; /* of the plot */
	int64_t most;			 /* the value at ${top} */
};

static double
text_width(const char *s)
{
	return (double)utf8_width(str_of(s)) * COLUMN;
}

/* What capitals need more, in bold: a country's two letters are nothing else. */
static double
capitals(const char *s)
{
	double n = 0;

	for (; *s != '\0'; s++)
		n += *s >= 'A' && *s <= 'Z' ? 0.3 : 0;
	return n * COLUMN;
}

/* ${s} in at most ${width} pixels, with "…" where it was cut. */
static const char *
fit(struct arena *a, const char *s, double width)
{
	struct str all = str_of(s);

	if (text_width(s) <= width)
		return s;
	for (size_t n = utf8_count(all); n > 0; n--) {
		const char *cut = arena_printf(a, "%.*s…", STR_F(utf8_take(all, n - 1)));

		if (n == 1 || text_width(cut) <= width)
			return cut;
	}
	return s;
}

static int64_t
value(const struct chart *c, size_t series, size_t i)
{
	int64_t v = c->series[series].value[i];

	/* We draw counts; so bounded, they cannot overflow any sum. */
	return v < 0 ? 0 : v < MOST ? v : MOST;
}

/* Names the title and description; the same on each request, so that pages
 * can be compared and kept. */
static uint32_t
identity(const struct drawing *d)
{
	const char *const text[] = { d->c->title, d->c->description };
	uint32_t h = UINT32_C(2166136261);

	for (size_t i = 0; i < COUNT(text); i++)
		for (const char *p = text[i] == NULL ? "" : text[i]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * UINT32_C(16777619);
	for (size_t s = 0; s < d->series; s++)
		for (size_t i = 0; i < d->c->labels; i++)
			h = (h ^ (uint32_t)value(d->c, s, i)) * UINT32_C(16777619);
	return h;
}

static void
open_svg(struct drawing *d)
{
	uint32_t id = identity(d);
	struct buf *out = d->out;

	buf_printf(out,
	    "<svg class=\"c\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
	    "aria-labelledby=\"c%08x-t c%08x-d\">\n<title id=\"c%08x-t\">",
	    d->width, d->height, id, id, id);
	mustache_escape(out, str_of(d->c->title));
	buf_printf(out, "</title>\n<desc id=\"c%08x-d\">", id);
	mustache_escape(out, str_of(d->c->description));
	buf_text(out, "</desc>\n");
}

static struct str
close_svg(struct drawing *d)
{
	buf_text(d->out, "</svg>\n");
	return arena_str(d->a, buf_view(d->out));
}

static struct drawing
drawing(struct arena *a, const struct chart *c, double width, double height)
{
	return (struct drawing){
		.c = c,
		.a = a,
		.out = buf_new(a, LIMIT_MIB(4)),
		.series = c->series_count < SERIES ? c->series_count : SERIES,
		.width = c->width > 0 ? c->width : width,
		.height = c->height > 0 ? c->height : height,
	};
}

static void
add_text(struct drawing *d, const char *class, double x, double y, const char *text)
{
	buf_printf(d->out, "<text class=\"c-text%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	mustache_escape(d->out, str_of(text));
	buf_text(d->out, "</text>\n");
}

static void
add_line(struct drawing *d, const char *class, double x1, double y1, double x2, double y2)
{
	buf_printf(d->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
	    class, x1, y1, x2, y2);
}

static double
y_of(const struct drawing *d, int64_t v)
{
	return d->bottom - (d->bottom - d->top) * (double)v / (double)d->most;
}

/* The round step of which four reach ${most}. */
static int64_t
tick_step(int64_t most)
{
	static const int64_t round[] = { 1, 2, 3, 5 };
	int64_t power = 1;

	for (;; power *= 10)
		for (size_t i = 0; i < COUNT(round); i++)
			if ((most + 3) / 4 <= round[i] * power)
				return round[i] * power;
}

/* Grid and numbers of the y axis; sets the plot's left side and its scale. */
static void
add_ticks(struct drawing *d, int64_t most)
{
	int64_t step = tick_step(most);

	d->most = (most / step + (most % step > 0 || most == 0)) * step;
	d->left = text_width(i18n_number(d->a, d->most)) + 12;
	for (int64_t v = 0; v <= d->most; v += step) {
		double y = y_of(d, v);

		add_line(d, v == 0 ? "c-axis" : "c-grid", d->left, y, d->right, y);
		add_text(d, " c-end c-small", d->left - 6, y + 4, i18n_number(d->a, v));
	}
}

/* Labels under the x axis, the last one always, as many as have room. */
static void
add_labels(struct drawing *d, double first, double step)
{
	double widest = 0;
	size_t every = 1;

	for (size_t i = 0; i < d->c->labels; i++) {
		double w = text_width(d->c->label[i]);

		widest = w > widest ? w : widest;
	}
	while ((double)every * step < widest + 8 && every < d->c->labels)
		every++;
	for (size_t i = 0; i < d->c->labels; i++)
		if ((d->c->labels - 1 - i) % every == 0)
			add_text(d, " c-mid c-small", first + (double)i * step, d->bottom + 18,
			    d->c->label[i]);
}

/*
 * Move the ${n} places in ${y} apart, so that each has ${room}, in their order,
 * and all lie within the plot (or begin above, when there is no room at all).
 */
static void
spread(double *y, size_t n, double room, double highest, double lowest)
{
	size_t order[SERIES] = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && y[order[at - 1]] > y[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (size_t i = 0; i < n; i++) {
		double least = i == 0 ? highest : y[order[i - 1]] + room;

		if (y[order[i]] < least)
			y[order[i]] = least;
	}
	for (size_t i = n; i > 0; i--) {
		double most = i == n ? lowest : y[order[i]] - room;

		if (y[order[i - 1]] > most)
			y[order[i - 1]] = most;
	}
}

/* How wide the names and last values at the right are. */
static double
legend_width(const struct drawing *d, bool one_line)
{
	double widest = 0;

	for (size_t s = 0; s < d->series && d->c->labels > 0; s++) {
		double name = text_width(d->c->series[s].name) * 1.08;
		double number =
		    text_width(i18n_number(d->a, value(d->c, s, d->c->labels - 1)));
		double w = one_line ? name + number + 8 : (name > number ? name : number);

		widest = w > widest ? w : widest;
	}
	return widest < d->width / 3 ? widest : d->width / 3;
}

struct str
chart_bars(struct arena *a, const struct chart *c)
{
	struct drawing d = drawing(a, c, 560, 240);
	double legend = d.series > 1 ? legend_width(&d, false) + 12 : 0;
	int64_t most = 0;

	for (size_t i = 0; i < c->labels; i++) {
		int64_t sum = 0;

		for (size_t s = 0; s < d.series; s++)
			sum += value(c, s, i);
		most = sum > most ? sum : most;
	}
	d.top = 16;
	d.bottom = d.height - 26;
	d.right = d.width - legend;
	open_svg(&d);
	add_ticks(&d, most);

	double step = (d.right - d.left) / (double)(c->labels > 0 ? c->labels : 1);
	double bar = step * 0.72, above = d.bottom, middle[SERIES] = { 0 };
	int64_t sum = 0;

	for (size_t i = 0; i < c->labels; i++) {
		double x = d.left + step * (double)i + (step - bar) / 2;

		above = d.bottom;
		sum = 0;
		for (size_t s = 0; s < d.series; s++) {
			double h = d.bottom - y_of(&d, value(c, s, i));

			above -= h;
			sum += value(c, s, i);
			middle[s] = above + h / 2;
			if (h > 0)
				buf_printf(d.out,
				    "<rect class=\"c-bar s%zu\" x=\"%.1f\" y=\"%.1f\" "
				    "width=\"%.1f\" height=\"%.1f\"/>\n",
				    s + 1, x, above, bar, h);
		}
	}
	add_labels(&d, d.left + step / 2, step);
	if (c->labels > 0)
		add_text(&d, " c-mid c-strong c-small", d.right - step / 2, above - 5,
		    i18n_number(a, sum));
	if (d.series > 1 && c->labels > 0) {
		spread(middle, d.series, 2 * LINE + 2, d.top, d.bottom - LINE);
		for (size_t s = 0; s < d.series; s++) {
			add_text(&d, " c-strong", d.right + 8, middle[s],
			    fit(a, c->series[s].name, legend - 8));
			add_text(&d, "", d.right + 8, middle[s] + LINE,
			    i18n_number(a, value(c, s, c->labels - 1)));
		}
	}
	return close_svg(&d);
}

/* The mark at a line's end: a shape of its own for each series. */
static void
add_mark(struct drawing *d, size_t series, double x, double y, double size)
{
	/* After "move to the point". */
	static const char *const path[SERIES] = {
		[2] = "m0-5l5 8.5h-10z",
		[3] = "m0-5l5 5-5 5-5-5z",
		[4] = "m0 5l5-8.5h-10z",
		[5] = "m-5 0l2.5-4.5h5l2.5 4.5-2.5 4.5h-5z",
	};

	if (series == 0)
		buf_printf(d->out, "<circle class=\"c-mark s1\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n",
		    x, y, size);
	else if (series == 1)
		buf_printf(d->out,
		    "<rect class=\"c-mark s2\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"/>\n",
		    x - 3.5, y - 3.5);
	else
		buf_printf(d->out, "<path class=\"c-mark s%zu\" d=\"M%.1f %.1f%s\"/>\n", series + 1,
		    x, y, path[series]);
}

static void
add_polyline(struct drawing *d, size_t series, double first, double step)
{
	buf_printf(d->out, "<polyline class=\"c-line s%zu\" points=\"", series + 1);
	for (size_t i = 0; i < d->c->labels; i++)
		buf_printf(d->out, "%s%.1f,%.1f", i == 0 ? "" : " ", first + step * (double)i,
		    y_of(d, value(d->c, series, i)));
	buf_text(d->out, "\"/>\n");
}

struct str
chart_line(struct arena *a, const struct chart *c)
{
	struct drawing d = drawing(a, c, 720, 300);
	double legend = legend_width(&d, true) + 24, end[SERIES] = { 0 }, label[SERIES] = { 0 };
	int64_t most = 0;

	for (size_t s = 0; s < d.series; s++)
		for (size_t i = 0; i < c->labels; i++)
			most = value(c, s, i) > most ? value(c, s, i) : most;
	d.top = 16;
	d.bottom = d.height - 28;
	d.right = d.width - legend;
	open_svg(&d);
	add_ticks(&d, most);

	double step = c->labels > 1 ? (d.right - d.left) / (double)(c->labels - 1) : 0;
	double first = c->labels > 1 ? d.left : d.right;

	add_labels(&d, first, step);
	if (c->labels > 0) {
		for (size_t s = 0; s < d.series; s++) {
			end[s] = label[s] = y_of(&d, value(c, s, c->labels - 1));
			add_polyline(&d, s, first, step);
		}
		spread(label, d.series, LINE, d.top, d.bottom);
	}
	for (size_t s = 0; s < d.series && c->labels > 0; s++) {
		const char *number = i18n_number(a, value(c, s, c->labels - 1));

		add_mark(&d, s, d.right, end[s], 4);
		add_line(&d, "c-grid", d.right + 6, end[s], d.right + 16, label[s]);
		buf_printf(d.out, "<text class=\"c-text c-strong\" x=\"%.1f\" y=\"%.1f\">",
		    d.right + 20, label[s] + 4);
		mustache_escape(d.out,
		    str_of(fit(a, c->series[s].name, legend - 28 - text_width(number))));
		buf_printf(d.out, " <tspan class=\"c-text\">%s</tspan></text>\n", number);
	}
	return close_svg(&d);
}

struct str
chart_top(struct arena *a, const struct chart *c)
{
	struct drawing d = drawing(a, c, 340, 6 + 30 * (double)c->labels);
	double row = c->labels > 0 ? (d.height - 6) / (double)c->labels : 0;
	double widest = 0, number = 0;
	int64_t most = 1;
	size_t rows = d.series > 0 ? c->labels : 0;

	for (size_t i = 0; i < rows; i++) {
		double w = text_width(c->label[i]) * 1.08 + capitals(c->label[i]);
		double n = text_width(i18n_number(a, value(c, 0, i))) * 1.08;

		widest = w > widest ? w : widest;
		number = n > number ? n : number;
		most = value(c, 0, i) > most ? value(c, 0, i) : most;
	}
	if (widest > d.width * 0.42)
		widest = d.width * 0.42;
	d.left = widest + 10;
	d.right = d.width - number - 10;
	open_svg(&d);
	for (size_t i = 0; i < rows; i++) {
		double y = 6 + row * (double)i, track = d.right - d.left;

		buf_printf(d.out, "<text class=\"c-text c-end c-strong\" x=\"%.1f\" y=\"%.1f\">",
		    widest, y + row / 2 - 1);
		mustache_escape(d.out, str_of(fit(a, c->label[i], widest / 1.08)));
		buf_text(d.out, "</text>\n");
		buf_printf(d.out,
		    "<rect class=\"c-track\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		    "rx=\"2\"/>\n<rect class=\"c-bar s1\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		    "height=\"%.1f\" rx=\"2\"/>\n",
		    d.left, y, track, row - 10, d.left, y,
		    track * (double)value(c, 0, i) / (double)most, row - 10);
		add_text(&d, " c-strong", d.right + 10, y + row / 2 - 1,
		    i18n_number(a, value(c, 0, i)));
	}
	return close_svg(&d);
}

struct str
chart_spark(struct arena *a, const struct chart *c)
{
	struct drawing d = drawing(a, c, 120, 28);

	d.left = 3;
	d.right = d.width - 3;
	d.top = 4;
	d.bottom = d.height - 3;
	d.most = 1;
	open_svg(&d);
	if (d.series > 0 && c->labels > 0) {
		for (size_t i = 0; i < c->labels; i++)
			d.most = value(c, 0, i) > d.most ? value(c, 0, i) : d.most;
		double step = c->labels > 1 ? (d.right - d.left) / (double)(c->labels - 1) : 0;
		double first = c->labels > 1 ? d.left : d.right;

		buf_printf(d.out, "<polygon class=\"c-area\" points=\"%.1f,%.1f", first, d.height);
		for (size_t i = 0; i < c->labels; i++)
			buf_printf(d.out, " %.1f,%.1f", first + step * (double)i,
			    y_of(&d, value(c, 0, i)));
		buf_printf(d.out, " %.1f,%.1f\"/>\n", d.right, d.height);
		add_polyline(&d, 0, first, step);
		add_mark(&d, 0, d.right, y_of(&d, value(c, 0, c->labels - 1)), 3);
	}
	return close_svg(&d);
}
