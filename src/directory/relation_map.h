/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relation_map.h - the figure of those around the team: twelve kinds of
 * stakeholders, and which information flows between each and us. Pure.
 */
#ifndef DIRECTORY_RELATION_MAP_H
#define DIRECTORY_RELATION_MAP_H

#include "base/str.h"
#include "base/zone.h"
#include "directory/organisation.h"

struct arena;

#define RELATION_MAP_KINDS 12
#define RELATION_MAP_FLOWS 4

/* Msgids, context "map": "FIRST", "CSIRTs abroad", … */
extern const char *const relation_map_kinds[RELATION_MAP_KINDS];
/* The stakeholder's place, 0…11. ${own}: our country. */
int relation_map_kind(const struct organisation *o, const char *own);

struct relation_map {
	struct {
		int64_t organisations;		   /* of this kind */
		int64_t flow[RELATION_MAP_FLOWS];  /* of them with the flow: relation_flows[] */
	} kind[RELATION_MAP_KINDS];
};
/* Counts one: ${flows} names with commas between, NULL when no relation is noted. */
void relation_map_add(struct relation_map *m, const struct organisation *o, const char *own, const char *flows);
/* The figure; for value_set_html(). ${team}: our name. */
struct str relation_map_svg(struct arena *a, const struct relation_map *m, const char *team, enum lang lang);

#endif
