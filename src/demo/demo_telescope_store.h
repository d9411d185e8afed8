/* SPDX-License-Identifier: Apache-2.0 */
/* demo_telescope_store.h - the demonstration's telescope: four sensors, and the packets
 * of sixty days that never were. Sources are of 198.18.0.0/15, which RFC 2544 keeps for
 * tests; DATA/places.csv says in which countries they are. */
#ifndef DEMO_DEMO_TELESCOPE_STORE_H
#define DEMO_DEMO_TELESCOPE_STORE_H

#include "base/err.h"
#include "journal/journal.h"

struct arena;
struct db;

/* Until ${by.now}; the same each time but for the clock. ${data}: the data folder; its
 * store must hold nothing yet (ERR_EXISTS). What the rules notice in it is kept too, some
 * of it judged. */
MUST_USE enum err demo_telescope(struct db *db, struct arena *a, const char *data, struct actor by);

#endif
