/* SPDX-License-Identifier: Apache-2.0 */
#include "text/chart_lanes.h"

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "text/mustache.h"

#define COLUMN 6.0 /* pixels of a half-width column of small text */
#define LABELS 172.0
#define STEP 134.0
#define BOX_WIDTH 108.0
#define BOX_HEIGHT 42.0
#define LANE_HEIGHT 66.0
#define TOP 30.0

struct drawing {
	const struct chart_lanes *c;
	struct arena *a;
	struct buf *out;
	size_t lanes, steps;
};

static double
x_of(size_t step)
{
	return LABELS + STEP * (double)step + STEP / 2;
}

static double
y_of(size_t lane)
{
	return TOP + LANE_HEIGHT * (double)lane + LANE_HEIGHT / 2;
}

static void
add_text(struct drawing *d, const char *class, double x, double y, struct str text)
{
	buf_printf(d->out, "<text class=\"c-text%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	mustache_escape(d->out, text);
	buf_text(d->out, "</text>\n");
}

/* The longest beginning of ${s} that fits into ${width} pixels: at a blank when
 * there is one in its second half, else anywhere. */
static struct str
line_of(struct str s, double width)
{
	size_t n = utf8_count(s);
	struct str line = s;

	while (n > 0 && (double)utf8_width(line) * COLUMN > width)
		line = utf8_take(s, --n);
	if (line.n == s.n)
		return line;
	for (size_t i = line.n; i > line.n / 2; i--) {
		if (s.p[i] == ' ')
			return str_take(s, i);
	}
	return line;
}

static struct str
cut(struct arena *a, struct str s, double width)
{
	struct str line = line_of(s, width);

	if (line.n == s.n)
		return s;
	line = line_of(s, width - 2 * COLUMN);
	return str_of(arena_printf(a, "%.*s…", STR_F(line)));
}

/* One or two lines in the middle of (${x}, ${y}). */
static void
add_words(struct drawing *d, const char *class, double x, double y, double width, const char *text)
{
	struct str all = str_of(text), first = line_of(all, width);

	if (first.n == all.n) {
		add_text(d, class, x, y + 4, all);
		return;
	}
	add_text(d, class, x, y - 4, first);
	add_text(d, class, x, y + 11, cut(d->a, str_trim(str_skip(all, first.n)), width));
}

static void
add_lane(struct drawing *d, size_t lane, double width)
{
	double y = TOP + LANE_HEIGHT * (double)lane;

	buf_printf(d->out, "<rect class=\"c-lane%s\" x=\"0\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
	    lane % 2 == 1 ? " alt" : "", y, width, LANE_HEIGHT);
	add_words(d, " c-small c-strong", 12, y_of(lane), LABELS - 24, d->c->lane[lane]);
}

/* What goes out runs down to its lane, then along it; what comes back runs along
 * its own lane first, so that several answers do not lie upon one another. Boxes
 * are drawn over both. */
static void
add_arrow(struct drawing *d, size_t to)
{
	const struct chart_lane_step *s = &d->c->step[to];

	if (s->from < 0 || (size_t)s->from >= to)
		return;
	const struct chart_lane_step *f = &d->c->step[s->from];
	const char *on = s->own || f->own ? " on" : "", *ask = s->open ? " ask" : "";
	double x1 = x_of((size_t)s->from), x2 = x_of(to) - BOX_WIDTH / 2, y1 = y_of(f->lane), y2 = y_of(s->lane);

	buf_printf(d->out, "<path class=\"c-edge%s%s\" d=\"M%.1f %.1f", on, ask, x1, y1);
	if (s->own && f->lane != s->lane)
		buf_printf(d->out, "H%.1f", x2 - 16);
	buf_printf(d->out, "V%.1fH%.1f\"/>\n", y2, x2 - 7);
	buf_printf(d->out, "<path class=\"c-arrow%s\" d=\"M%.1f %.1fl-9 -4.5v9z\"/>\n", on, x2, y2);
}

static void
add_box(struct drawing *d, size_t i)
{
	const struct chart_lane_step *s = &d->c->step[i];
	double x = x_of(i), y = y_of(s->lane);

	buf_printf(d->out, "<rect class=\"c-node%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\"/>\n",
	    s->own ? " on" : s->open ? " off" : "", x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT);
	add_words(d, s->own ? " c-mid c-small c-strong" : " c-mid c-small", x, y, BOX_WIDTH - 10, s->name);
	add_text(d, " c-mid c-small", x, 18, cut(d->a, str_of(s->when), STEP - 4));
}

/* Names title and description; the same for the same figure. */
static uint32_t
identity(const struct chart_lanes *c)
{
	const char *const text[] = { c->title, c->description };
	uint32_t h = UINT32_C(2166136261);

	for (size_t i = 0; i < COUNT(text); i++) {
		for (const char *p = text[i]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * UINT32_C(16777619);
	}
	return h;
}

struct str
chart_lanes(struct arena *a, const struct chart_lanes *c)
{
	struct drawing d = {
		.c = c,
		.a = a,
		.out = buf_new(a, LIMIT_MIB(1)),
		.lanes = c->lanes < CHART_LANES ? c->lanes : CHART_LANES,
		.steps = c->steps < CHART_LANE_STEPS ? c->steps : CHART_LANE_STEPS,
	};
	double width = LABELS + STEP * (double)(d.steps < 5 ? 5 : d.steps) + 8;
	double height = TOP + LANE_HEIGHT * (double)d.lanes + (c->foot == NULL ? 2 : 28);
	uint32_t id = identity(c);

	buf_printf(d.out,
	    "<svg class=\"c\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" "
	    "aria-labelledby=\"l%08x-t l%08x-d\">\n<title id=\"l%08x-t\">",
	    width, height, width, height, id, id, id);
	mustache_escape(d.out, str_of(c->title));
	buf_printf(d.out, "</title>\n<desc id=\"l%08x-d\">", id);
	mustache_escape(d.out, str_of(c->description));
	buf_text(d.out, "</desc>\n");
	for (size_t i = 0; i < d.lanes; i++)
		add_lane(&d, i, width);
	for (size_t i = 0; i < d.steps; i++) {
		if (c->step[i].lane < d.lanes)
			add_arrow(&d, i);
	}
	for (size_t i = 0; i < d.steps; i++) {
		if (c->step[i].lane < d.lanes)
			add_box(&d, i);
	}
	if (c->foot != NULL)
		add_text(&d, " c-end c-strong", width - 12, height - 8, str_of(c->foot));
	buf_text(d.out, "</svg>\n");
	return arena_str(a, buf_view(d.out));
}
