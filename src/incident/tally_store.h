/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally_store.h - counts that pages show at once, kept in the transaction of
 * the change: how many a day (tally) and how many now (gauge).
 */
#ifndef INCIDENT_TALLY_STORE_H
#define INCIDENT_TALLY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* ${what}: report, incident, coordinated, closed; ${by} may be negative. The
 * month of ${day} counts along as "${what}/month", at its first day. */
MUST_USE enum err tally_add(struct db *db, const char *what, int64_t day, const char *category, bool domestic, int64_t by);
/* The team's local day number of ${at}. */
int64_t tally_day(int64_t at);
/* The first day of its month. */
int64_t tally_month(int64_t day);
/* "${kind}/${state}": "report/new". */
MUST_USE enum err gauge_add(struct db *db, struct arena *a, const char *kind, const char *state, int64_t by);

#endif
