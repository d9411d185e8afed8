/* SPDX-License-Identifier: Apache-2.0 */
/* intake_guess.h - what a mail is about, before a person looks. Guesses only:
 * triage decides. */
#ifndef INCIDENT_INTAKE_GUESS_H
#define INCIDENT_INTAKE_GUESS_H

#include <stdbool.h>

#include "base/holiday.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct db;
struct mail;

/* One of report_doors. */
const char *intake_door(const char *subject, struct str text);
/* Ransomware, or business stands still. */
bool intake_is_urgent(const char *subject, struct str text);
/* The language to answer in. */
enum lang intake_language(const struct mail *m);
/* "JP" of "x@y.co.jp"; NULL when the address does not say. */
const char *intake_country(struct arena *a, const char *address);
/* The team's business hours from the settings. */
struct business_calendar intake_calendar(struct db *db);

#endif
