/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.h - what the pages about the telescope share: its records, and what of a
 * filter may be asked on a page.
 */
#ifndef OBSERVATION_OBSERVE_H
#define OBSERVATION_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "telescope/filter.h"
#include "text/value.h"

struct arena;
struct segment;
struct store;
struct web;

#define OBSERVE_HOUR INT64_C(3600000000) /* microseconds, as the store counts */
#define OBSERVE_DAY (24 * OBSERVE_HOUR)

/* The folder of the records below the data folder. */
const char *observe_folder(struct arena *a, const char *data_dir);
/* One that is open already when nobody uses it; give it back. ERR_NOT_FOUND: nothing
 * was recorded yet. */
MUST_USE enum err observe_take(const char *folder, struct store **ret);
void observe_give(struct store *s);

/*
 * For what may take a minute: one at a time. The workers for slow requests are few, and people
 * sign in by them too. False: another one runs. The second: struct query's progress, of a
 * struct web; it ends what nobody waits for any more.
 */
bool observe_begin_long(void);
void observe_end_long(void);
bool observe_wanted(void *web, size_t done, size_t all);

/*
 * NULL, or an English msgid why not: a filter by a sensor's address would tell who
 * tries which ones there are, and so would one by the sequence number, in which
 * Mirai writes it.
 */
const char *observe_refuses(const struct filter *f);

/* "+12%", "×40" of what was small before, "—" of what was not there. */
const char *observe_change(struct arena *a, int64_t n, int64_t before);

/* For the partial chart: who draws a stretch of it with the pointer is led to ${href} with
 * its from and to. Times in milliseconds. */
void observe_zoom(struct web *w, struct value *o, const char *href, int64_t from, int64_t to);

/* A public page: may be kept for minutes by whoever is not signed in, with a mark of its
 * bytes. */
void observe_public(struct web *w);

/* For /metrics: the store and the exchange, no sensor's name or address. */
struct buf;
enum err observe_metrics(struct web *w, struct buf *b);

#endif
