/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart_lanes.h - who did what when: a lane for each party, a box for each step,
 * an arrow from the step that led to it. As chart.h: classes only, the caller
 * puts the same as a table below.
 */
#ifndef TEXT_CHART_LANES_H
#define TEXT_CHART_LANES_H

#include "base/str.h"

struct arena;

#define CHART_LANES 12	     /* at most */
#define CHART_LANE_STEPS 60  /* further ones are not drawn */

struct chart_lane_step {
	size_t lane;	   /* index of lanes.lane */
	int from;	   /* index of the step that led to it; -1 = none */
	const char *when;  /* as written above it */
	const char *name;  /* two lines at most: the rest is cut */
	bool own;	   /* our team's: emphasised */
	bool open;	   /* not yet answered: a dashed arrow leads to it */
};
struct chart_lanes {
	const char *title, *description;
	const char *const *lane;
	size_t lanes;
	const struct chart_lane_step *step; /* in the order of time */
	size_t steps;
	const char *foot; /* "From report to stop: 4 h 12 min", or NULL */
};

struct str chart_lanes(struct arena *a, const struct chart_lanes *c);

#endif
