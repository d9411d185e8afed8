/* SPDX-License-Identifier: Apache-2.0 */
/* relation_map_web.c - /directory/map: the figure and the same as a table. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "directory/country.h"
#include "directory/directory_web.h"
#include "directory/relation_map.h"

#define TITLE N_("Map of relations")
#define NAMES_SHOWN 60 /* of one kind */

struct names {
	struct value *list[RELATION_MAP_KINDS];
	int n[RELATION_MAP_KINDS];
};

static void
add_kinds(struct web *w, const struct relation_map *m, struct names *names)
{
	struct value *items = value_set_list(w->a, w->data, "items");

	for (int i = 0; i < RELATION_MAP_KINDS; i++) {
		struct value *o = value_add_object(w->a, items), *cells;

		value_set_text(w->a, o, "stakeholder", relation_map_kinds[i]);
		value_set_int(w->a, o, "organisations", m->kind[i].organisations);
		for (int f = 0; f < RELATION_MAP_FLOWS; f++)
			value_set_int(w->a, o, relation_flows[f].name, m->kind[i].flow[f]);
		value_set_text(w->a, o, "@label", web_tr(w, "map", relation_map_kinds[i]));
		cells = value_set_list(w->a, o, "@cells");
		value_add_text(w->a, cells, i18n_number(w->a, m->kind[i].organisations));
		for (int f = 0; f < RELATION_MAP_FLOWS; f++)
			value_add_text(w->a, cells, i18n_number(w->a, m->kind[i].flow[f]));
		names->list[i] = value_set_list(w->a, o, "names");
	}
}

static enum err
map(struct web *w)
{
	const char *own = setting_text(w->db, w->a, "team.country");
	const char *cc = web_query(w, "country");
	int64_t community = web_query_int(w, "community", 1, INT64_MAX, 0);
	struct relation_map m = { 0 };
	struct names names = { 0 };
	struct relation_party *p;
	struct organisation *c;
	struct value *list;
	size_t n;

	TRY(relation_parties(w->db, w->a, community, cc, &p, &n));
	for (size_t i = 0; i < n; i++)
		relation_map_add(&m, &p[i].o, own, p[i].flows);
	add_kinds(w, &m, &names);
	for (size_t i = 0; i < n; i++) {
		int kind = relation_map_kind(&p[i].o, own);
		struct value *o;

		if (!w->json && ++names.n[kind] > NAMES_SHOWN)
			continue;
		o = value_add_object(w->a, names.list[kind]);
		value_set_int(w->a, o, "id", p[i].o.id);
		value_set_text(w->a, o, "name", p[i].o.name);
		value_set_text(w->a, o, "flows", p[i].flows);
		value_set_text(w->a, o, "@shown", directory_name(w, &p[i].o));
		value_set_text(w->a, o, "@href", directory_href(w, p[i].o.id, ""));
	}
	directory_tabs(w, "/directory/map");
	value_set_html(w->a, w->ui, "svg",
	    relation_map_svg(w->a, &m, setting_text(w->db, w->a, w->lang == LANG_JA ? "team.name.ja" : "team.name.en"),
		w->lang));
	country_options(w->a, w->ui, "@countries", w->lang, web_tr(w, NULL, N_("any")), own, cc);
	list = value_set_list(w->a, w->ui, "@communities");
	directory_option(w, list, "", web_tr(w, NULL, N_("any")), false);
	TRY(organisation_communities(w->db, w->a, &c, &n));
	for (size_t i = 0; i < n; i++)
		directory_option(w, list, arena_printf(w->a, "%lld", (long long)c[i].id), directory_name(w, &c[i]),
		    c[i].id == community);
	list = value_set_list(w->a, w->ui, "flows");
	for (int f = 0; f < RELATION_MAP_FLOWS; f++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "label", web_tr(w, NULL, relation_flows[f].label));
		value_set_int(w->a, o, "n", f + 1);
	}
	return web_page(w, "relation_map", TITLE);
}

const struct web_route relation_map_routes[] = {
	{ WEB_GET, "/directory/map", PERM_DIRECTORY_READ, map, 0,
	    "Stakeholders around the team and the flows of information: community, country" },
	{ 0 },
};
