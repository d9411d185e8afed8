/* SPDX-License-Identifier: Apache-2.0 */
/* snippet_web.h - snippets in the forms where one writes. */
#ifndef INCIDENT_SNIPPET_WEB_H
#define INCIDENT_SNIPPET_WEB_H

#include "base/zone.h"
#include "incident/incident.h"
#include "incident/report.h"

struct web;

/* What is written about; what is NULL or 0 is not known. */
struct snippet_about {
	const struct incident *incident;
	int64_t party, thread; /* of the incident */
	const struct report *report; /* its language counts, not ${lang} */
	enum lang lang;	       /* of the reader */
	bool raw;	       /* places stay: they are filled in later, for each letter */
};
/* ui.snippets {items [{value, label}], href, none}, for the partial snippets. Only people
 * who have some see the row. */
MUST_USE enum err snippet_web_offer(struct web *w, const struct snippet_about *about);
/*
 * The button of that row was pressed (act = snippet): the field ${name} of the
 * page that comes holds what was typed and the chosen snippet behind it.
 */
MUST_USE enum err snippet_web_insert(struct web *w, const char *name, const struct snippet_about *about);
/* A problem at ${name} when ${text} has a place that nobody filled in. */
void snippet_web_check(struct web *w, const char *name, const char *text);

#endif
