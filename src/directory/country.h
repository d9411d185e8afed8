/* SPDX-License-Identifier: Apache-2.0 */
/* country.h - countries by their ISO 3166 code, with names for choice lists. */
#ifndef DIRECTORY_COUNTRY_H
#define DIRECTORY_COUNTRY_H

#include "base/err.h"
#include "base/zone.h"

struct arena;
struct value;

struct country {
	const char *code; /* "JP" */
	const char *en, *ja;
};
extern const struct country country_list[]; /* by code */
extern const size_t country_count;

/* NULL when there is none; NULL is none. */
const struct country *country_find(const char *code);
/* The code itself when there is no such country. */
const char *country_name(enum lang l, const char *code);
/* Sets ${key} of ${o} to the choices [{value, label, selected}] of a select: first
 * ${unknown} (value ""), then ${own}, then all others. */
void country_options(struct arena *a, struct value *o, const char *key, enum lang l,
    const char *unknown, const char *own, const char *chosen);

#endif
