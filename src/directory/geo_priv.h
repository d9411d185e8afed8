/* SPDX-License-Identifier: Apache-2.0 */
/* geo_priv.h - what the readers of geo's files fill. */
#ifndef DIRECTORY_GEO_PRIV_H
#define DIRECTORY_GEO_PRIV_H

#include "base/arena.h"
#include "directory/geo.h"
#include "directory/prefix_table.h"

/* What one or many networks have in common. */
struct geo_place {
	uint32_t as_number;
	char country[2]; /* zero when unknown */
	uint8_t flags;
};

struct geo_as {
	uint32_t number;
	const char *name;
};

/* A table and what its values stand for. */
struct geo_layer {
	struct prefix_table *table; /* NULL: this source is not there */
	struct geo_place *place;
	uint32_t n, size;
	uint32_t *hash; /* only while it is filled */
	uint32_t hash_size;
};

struct geo_names {
	struct arena *a;
	struct geo_as *item; /* sorted by number once filled */
	size_t n, size;
};

/* The value that stands for ${p}; each combination is kept once. */
uint32_t geo_layer_value(struct geo_layer *l, const struct geo_place *p);
void geo_names_add(struct geo_names *names, uint32_t number, struct str name);

/* Rows being collected. */
struct geo_ranges {
	struct prefix_range *item;
	size_t n, size;
};
struct geo_entries {
	struct prefix_entry *item;
	size_t n, size;
};
void geo_ranges_add(struct geo_ranges *r, const struct prefix_range *x);
void geo_entries_add(struct geo_entries *e, const struct ip_net *net, uint32_t value);
void geo_ranges_free(struct geo_ranges *r); /* only what it points to */
void geo_entries_free(struct geo_entries *e);

/* The readers: bytes of a file into a layer; ${s} gets rows, date, fault, line. */
MUST_USE enum err geo_read_tor(struct str text, uint8_t v, struct geo_layer *l, struct geo_ranges *ranges, struct geo_source *s);
MUST_USE enum err geo_read_own(struct str text, struct geo_layer *l, struct geo_names *names, struct geo_source *s);
MUST_USE enum err geo_read_location(struct str bytes, struct geo_layer *l, struct geo_names *names, struct geo_source *s);

#endif
