/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/relation_map.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/relation.h"
#include "text/i18n.h"
#include "text/mustache.h"

enum {
	MAP_FIRST, MAP_REGION, MAP_CSIRTS, MAP_GOVERNMENT, MAP_CONSTITUENCY, MAP_VENDORS, MAP_MEDIA, MAP_USERS,
	MAP_INDUSTRY, MAP_POLICE, MAP_PROVIDERS, MAP_COMMUNITIES
};

const char *const relation_map_kinds[RELATION_MAP_KINDS] = {
	[MAP_FIRST] = NC_("map", "FIRST"),
	[MAP_REGION] = NC_("map", "APCERT"),
	[MAP_CSIRTS] = NC_("map", "CSIRTs abroad"),
	[MAP_GOVERNMENT] = NC_("map", "Government"),
	[MAP_CONSTITUENCY] = NC_("map", "CSIRTs at home, members"),
	[MAP_VENDORS] = NC_("map", "Product developers"),
	[MAP_MEDIA] = NC_("map", "Media"),
	[MAP_USERS] = NC_("map", "Users, others"),
	[MAP_INDUSTRY] = NC_("map", "Industry groups"),
	[MAP_POLICE] = NC_("map", "Law enforcement"),
	[MAP_PROVIDERS] = NC_("map", "Providers, registries"),
	[MAP_COMMUNITIES] = NC_("map", "Other communities"),
};

int
relation_map_kind(const struct organisation *o, const char *own)
{
	static const struct {
		const char *kind;
		int place;
	} places[] = {
		{ "government", MAP_GOVERNMENT }, { "constituent", MAP_CONSTITUENCY }, { "university", MAP_CONSTITUENCY },
		{ "partner", MAP_CONSTITUENCY }, { "brand-owner", MAP_CONSTITUENCY }, { "vendor", MAP_VENDORS },
		{ "media", MAP_MEDIA }, { "industry", MAP_INDUSTRY }, { "law-enforcement", MAP_POLICE },
		{ "isp", MAP_PROVIDERS }, { "hosting", MAP_PROVIDERS }, { "registrar", MAP_PROVIDERS },
		{ "registry", MAP_PROVIDERS },
	};

	if (strcmp(o->kind, "community") == 0)
		return strcmp(o->name, "FIRST") == 0 ? MAP_FIRST
		    : strcmp(o->name, "APCERT") == 0 ? MAP_REGION
						     : MAP_COMMUNITIES;
	if (strcmp(o->kind, "csirt") == 0)
		return o->cc != NULL && strcmp(o->cc, own) == 0 ? MAP_CONSTITUENCY : MAP_CSIRTS;
	for (size_t i = 0; i < COUNT(places); i++) {
		if (strcmp(places[i].kind, o->kind) == 0)
			return places[i].place;
	}
	return MAP_USERS;
}

void
relation_map_add(struct relation_map *m, const struct organisation *o, const char *own, const char *flows)
{
	int kind = relation_map_kind(o, own);
	struct str list = str_of(flows), one;

	m->kind[kind].organisations++;
	while (str_split(&list, ',', &one)) {
		for (int f = 0; f < RELATION_MAP_FLOWS; f++)
			m->kind[kind].flow[f] += str_is(one, relation_flows[f].name);
	}
}

/* Places on an ellipse, from the top clockwise: cosines and sines of 30° steps. */
static const double cosines[RELATION_MAP_KINDS] = { 0, 0.5, 0.866, 1, 0.866, 0.5, 0, -0.5, -0.866, -1, -0.866, -0.5 };
static const double sines[RELATION_MAP_KINDS] = { -1, -0.866, -0.5, 0, 0.5, 0.866, 1, 0.866, 0.5, 0, -0.5, -0.866 };

#define WIDTH 960.0
#define HEIGHT 560.0
#define CENTRE_X (WIDTH / 2)
#define CENTRE_Y (HEIGHT / 2)
#define RADIUS_X 385.0
#define RADIUS_Y 235.0
#define BOX_W 168.0
#define BOX_H 58.0
#define APART 9.0 /* between the lines of two flows */

static void
edges(struct buf *out, const struct relation_map *m, int i)
{
	double dx = cosines[i] * RADIUS_X, dy = sines[i] * RADIUS_Y, across = dx * dx + dy * dy;
	double length = RADIUS_X > RADIUS_Y ? RADIUS_X : RADIUS_Y;

	/* A rough root is good enough for a distance of some pixels. */
	for (int k = 0; k < 8; k++)
		length = (length + across / length) / 2;
	for (int f = 0; f < RELATION_MAP_FLOWS; f++) {
		double shift = (f - (RELATION_MAP_FLOWS - 1) / 2.0) * APART, x = -dy / length * shift, y = dx / length * shift;

		if (m->kind[i].flow[f] > 0)
			buf_printf(out, "<line class=\"c-line s%d\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", f + 1,
			    CENTRE_X + x, CENTRE_Y + y, CENTRE_X + dx + x, CENTRE_Y + dy + y);
	}
}

static void
box(struct buf *out, struct arena *a, const struct relation_map *m, int i, enum lang lang)
{
	double x = CENTRE_X + cosines[i] * RADIUS_X, y = CENTRE_Y + sines[i] * RADIUS_Y;
	int64_t n = m->kind[i].organisations;
	const char *count = i18n_fill(a, i18n_plural(lang, NULL, "{n} organisation", "{n} organisations", n),
	    I18N_ARGS({ "n", i18n_number(a, n) }));

	buf_printf(out, "<rect class=\"c-node%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"%.0f\" rx=\"8\"/>",
	    n == 0 ? " off" : "", x - BOX_W / 2, y - BOX_H / 2, BOX_W, BOX_H);
	buf_printf(out, "<text class=\"c-text c-mid %s\" x=\"%.1f\" y=\"%.1f\">", n == 0 ? "off" : "c-strong", x, y - 4);
	mustache_escape(out, str_of(i18n(lang, "map", relation_map_kinds[i])));
	buf_printf(out, "</text><text class=\"c-text c-small c-mid%s\" x=\"%.1f\" y=\"%.1f\">", n == 0 ? " off" : "", x,
	    y + 14);
	mustache_escape(out, str_of(count));
	buf_text(out, "</text>");
}

struct str
relation_map_svg(struct arena *a, const struct relation_map *m, const char *team, enum lang lang)
{
	struct buf *out = buf_new(a, LIMIT_KIB(128));
	struct str name = utf8_take(str_of(team), 16);

	buf_printf(out, "<svg class=\"c\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"map-t map-d\"><title id=\"map-t\">",
	    WIDTH, HEIGHT);
	mustache_escape(out, str_of(i18n(lang, "map", NC_("map", "Those around the team"))));
	buf_text(out, "</title><desc id=\"map-d\">");
	mustache_escape(out, str_of(i18n(lang, "map", NC_("map", "The team in the middle, twelve kinds of stakeholders around it; a line for each flow of information. The table below holds the same."))));
	buf_text(out, "</desc>");
	for (int i = 0; i < RELATION_MAP_KINDS; i++)
		edges(out, m, i);
	for (int i = 0; i < RELATION_MAP_KINDS; i++)
		box(out, a, m, i, lang);
	buf_printf(out, "<rect class=\"c-node self\" x=\"%.1f\" y=\"%.1f\" width=\"200\" height=\"64\" rx=\"10\"/>",
	    CENTRE_X - 100, CENTRE_Y - 32);
	buf_printf(out, "<text class=\"c-text c-mid c-strong inverse\" x=\"%.1f\" y=\"%.1f\">", CENTRE_X, CENTRE_Y + 4);
	mustache_escape(out, name);
	buf_text(out, name.n < strlen(team) ? "…</text></svg>" : "</text></svg>");
	return buf_view(out);
}
