/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/country_map.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "text/mustache.h"

#define TILE 24
#define EDGE 22 /* of a tile; the rest is the gap */
#define LEVELS 8

/* Each country has one tile, about where it lies: no borders, no area, so that a small
 * one with many scans is seen. Worked out once from centres of countries, by least
 * distance; put right here by hand. */
static const char *const place[] = {
	"                              GL IS                   FI",
	"                                       FO    NO SE    EE                RU",
	"            CA                      IM GB BE NL DK PL LT LV",
	"                                    IE JE LU DE CZ SK HU BY",
	"                                       GG CH LI AT SI RO MD UA    KZ",
	"                                       AD FR SM HR BA RS BG GE AM UZ KG    MN",
	"               US                   PT ES MC VA ME XK MK TR SY AZ TM TJ          KP",
	"                  BS TC BM MF          GI    IT MT AL GR CY LB IQ IR AF    CN    KR JP",
	"               KY CU DO VG AI SX       MA DZ TN    LY EG PS JO KW BH PK NP BT MO",
	"            MX BZ HT VI KN AG GP CV MR ML                IL SA QA AE IN BD MM HK TW",
	"            GT HN JM PR MQ DM LC GM SN BF BJ NE    TD    SD ER YE OM    TH LA VN PH GU MP",
	"               SV NI AW GD VC BB GW GN CI TG NG CM CF SS UG ET DJ    LK KH MY BN PW FM MH",
	"               CR PA CW VE TT GF SL LR GH ST GQ CG CD BI RW KE SO SC MV    SG ID PG NR KI",
	"WS AS             EC CO GY BR SR                GA AO ZM MW TZ KM                TL SB TV",
	"TO PF                PE BO                         NA BW ZW MZ YT MU                VU FJ",
	"   CK                      PY                         ZA SZ    MG RE             AU    NC",
	"                     CL AR UY                         LS",
	"                                                                                       NZ",
};

static const struct country_count *
find(const struct country_map *m, const char *code)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strncmp(m->item[i].code, code, 2) == 0)
			return &m->item[i];
	}
	return NULL;
}

/* By the number of digits, as counts of countries differ by powers of ten; 0: none. */
static unsigned
level(int64_t n, int64_t most)
{
	if (n <= 0)
		return 0;
	double part = most <= 1 ? 1 : log((double)n) / log((double)most);

	return 1 + (unsigned)(part * (LEVELS - 2) + 0.5);
}

static void
text(struct buf *b, const char *element, const char *class, const char *s)
{
	buf_printf(b, "<%s%s>", element, class);
	mustache_escape(b, str_of(s));
	buf_printf(b, "</%s>", element);
}

struct each {
	const char *code;
	size_t x, y;
	unsigned level;
	const struct country_count *count;
};

static size_t
tiles(const struct country_map *m, struct each *ret)
{
	int64_t most = 0;
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		most = m->item[i].n > most ? m->item[i].n : most;
	for (size_t y = 0; y < COUNT(place); y++) {
		for (size_t x = 0; x < strlen(place[y]); x += 3) {
			const char *code = place[y] + x;

			if (*code == ' ')
				continue;
			struct each e = { code, x / 3 * TILE, y * TILE, 0, find(m, code) };

			e.level = e.count == NULL ? 0 : level(e.count->n, most);
			ret[n++] = e;
		}
	}
	return n;
}

/* One path for all tiles of a shade: a tenth of the bytes of as many rectangles. */
static void
shades(struct buf *b, const struct each *e, size_t n)
{
	for (unsigned l = 0; l < LEVELS; l++) {
		bool any = false;

		for (size_t i = 0; i < n; i++) {
			if (e[i].level != l)
				continue;
			if (!any)
				buf_printf(b, "<path class=\"m%u\" d=\"", l);
			any = true;
			buf_printf(b, "M%zu %zuh%dv%dh-%dz", e[i].x, e[i].y, EDGE, EDGE, EDGE);
		}
		if (any)
			buf_text(b, "\"/>\n");
	}
}

static void
codes(struct buf *b, const struct each *e, size_t n, bool bright)
{
	for (size_t i = 0; i < n;) {
		size_t y = e[i].y, letters = 0;
		struct str sign = STR("<text class=\"mt\"");

		for (size_t k = i; k < n && e[k].y == y; k++)
			letters += (e[k].level >= 5) == bright;
		if (letters > 0) {
			const char *separator = "";

			buf_printf(b, "%.*s%s y=\"%zu\" x=\"", STR_F(sign), bright ? " data-flip" : "", y + 15);
			for (size_t k = i; k < n && e[k].y == y; k++) {
				if ((e[k].level >= 5) != bright)
					continue;
				buf_printf(b, "%s%zu %zu", separator, e[k].x + 4, e[k].x + 11);
				separator = " ";
			}
			buf_text(b, "\">");
			for (size_t k = i; k < n && e[k].y == y; k++) {
				if ((e[k].level >= 5) == bright)
					buf_printf(b, "%.2s", e[k].code);
			}
			buf_text(b, "</text>\n");
		}
		while (i < n && e[i].y == y)
			i++;
	}
}

/* With a link and its numbers for each country that has any. */
static void
linked(struct buf *b, const struct each *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct country_count *c = e[i].count;

		if (c == NULL || c->href == NULL)
			continue;
		buf_text(b, "<a href=\"");
		mustache_escape(b, str_of(c->href));
		buf_printf(b, "\"><rect class=\"ml\" x=\"%zu\" y=\"%zu\" width=\"%d\" height=\"%d\"/>", e[i].x, e[i].y, EDGE, EDGE);
		text(b, "title", "", c->title);
		buf_text(b, "</a>\n");
	}
}

struct str
country_map(struct arena *a, const struct country_map *m)
{
	struct buf *b = buf_new(a, LIMIT_MIB(1));
	struct each *e = arena_many(a, struct each, COUNT(place) * 40);
	size_t n = tiles(m, e);

	buf_printf(b, "<svg class=\"c c-map\" viewBox=\"0 0 %d %zu\" role=\"%s\" aria-label=\"", 30 * TILE, COUNT(place) * TILE,
	    m->n > 0 && m->item[0].href != NULL ? "group" : "img");
	mustache_escape(b, str_of(m->title));
	buf_text(b, "\">\n");
	shades(b, e, n);
	codes(b, e, n, false);
	codes(b, e, n, true);
	linked(b, e, n);
	buf_text(b, "</svg>");
	return buf_view(b);
}
