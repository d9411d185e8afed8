/* SPDX-License-Identifier: Apache-2.0 */
/* course_page.h - the figure of a coordination, for its page and for the story that leaves the house. */
#ifndef TAKEDOWN_COURSE_PAGE_H
#define TAKEDOWN_COURSE_PAGE_H

#include "incident/incident_page.h"
#include "takedown/course_store.h"
#include "text/chart_lanes.h"

struct course_page {
	struct incident incident;
	bool withhold; /* say no names of outsiders, sites and brands */
	const struct course_event *event;
	size_t n;
	const char **who, **what; /* of each event, in words */
	struct course_site *site; /* of the incident, oldest first */
	const char **site_name;	  /* of each: disguised, or "Site 1" */
	size_t sites;
	int64_t time_to_stop; /* -1 none */
	struct chart_lanes chart;
};
/* ${ret->incident} and ${ret->withhold} are given. */
MUST_USE enum err course_page_load(struct web *w, struct course_page *ret);

#endif
