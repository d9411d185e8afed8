/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quarterly.h - the quarterly observation report: a draft in Markdown from what the sensors
 * saw, with ranks of the quarter before, which people then edit and publish.
 */
#ifndef OBSERVATION_QUARTERLY_H
#define OBSERVATION_QUARTERLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"
#include "text/value.h"

struct arena;
struct store;

struct quarter {
	int year, number;   /* 1 to 4 */
	int64_t from, to;   /* milliseconds, UTC */
};
bool quarterly_parse(struct str s, struct quarter *ret); /* "2026Q3" */
struct quarter quarterly_at(int64_t at);
const char *quarterly_name(struct arena *a, struct quarter q);
/* "July–September 2026" */
const char *quarterly_text(struct arena *a, enum lang l, struct quarter q);

struct quarterly_notable { /* something that was noticed, and not dismissed */
	const char *rule, *series;
	int64_t from; /* milliseconds */
	const struct value *numbers; /* of sighting_numbers() */
	const char *note; /* a person's; "" none */
};
struct quarterly_draft {
	const char *title, *body;
};
/* ERR_NOT_FOUND: nothing was recorded in that quarter. ${until} as in struct query. */
MUST_USE enum err quarterly_draft(struct arena *a, struct store *s, enum lang l, struct quarter q,
    const struct quarterly_notable *notable, size_t n, int64_t until, struct quarterly_draft *ret);

#endif
