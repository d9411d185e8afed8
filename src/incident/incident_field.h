/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_field.h - the facts of an incident as a table, so that the form, the
 * comparison of two versions, the journal and the page name the same things.
 *
 * As text a flag is "1" or "", a time is ISO 8601 in UTC, a number its digits;
 * nothing is "". The two reporting labels are "" while they follow the class.
 */
#ifndef INCIDENT_INCIDENT_FIELD_H
#define INCIDENT_INCIDENT_FIELD_H

#include <stddef.h>

#include "incident/incident.h"

enum incident_field_kind { INCIDENT_LINE, INCIDENT_TEXT, INCIDENT_TIME, INCIDENT_FLAG, INCIDENT_NUMBER };

struct incident_field {
	const char *name;  /* column, form field, journal; NULL ends */
	const char *label; /* msgid, context "fact" */
	enum incident_field_kind kind;
	size_t offset;	   /* in struct incident */
};
extern const struct incident_field incident_fields[];
const struct incident_field *incident_field_find(const char *name); /* or NULL */

const char *incident_field_get(struct arena *a, const struct incident_field *f, const struct incident *i);
/* ${text} as incident_field_get() writes it. */
void incident_field_set(const struct incident_field *f, struct incident *i, const char *text);
/* The labels that nobody fixed follow the class and the flags. */
void incident_derive(struct incident *i);

#endif
