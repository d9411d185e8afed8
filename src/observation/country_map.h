/* SPDX-License-Identifier: Apache-2.0 */
/*
 * country_map.h - counts of countries, as a map of tiles: one for each country, of the
 * same size, about where it lies. It needs no map data from outside, and shows a small
 * country as well as a large one.  Classes only, as chart.h: .c-map in assets/app.css.
 */
#ifndef OBSERVATION_COUNTRY_MAP_H
#define OBSERVATION_COUNTRY_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

struct country_count {
	const char *code;  /* "JP" */
	int64_t n;
	const char *title; /* "Japan: 1,234 packets"; only with ${href} */
	const char *href;  /* NULL: no link (then none may have one) */
};
struct country_map {
	const char *title; /* for those who do not see it: what it shows, and the finding */
	const struct country_count *item;
	size_t n;
};
/* For value_set_html(). */
struct str country_map(struct arena *a, const struct country_map *m);

#endif
