/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident.h - what happened: one matter, coordinated until it is over.
 *
 * States: open (phase analysis, coordination, monitoring) and closed (with a
 * resolution and evidence). Reopening is allowed from closed. A merged incident
 * keeps its number and leads to the other.
 */
#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

#include "base/err.h"
#include "base/str.h"

struct arena;

extern const char *const incident_states[];	 /* open closed */
extern const char *const incident_phases[];	 /* analysis coordination monitoring */
extern const char *const incident_resolutions[]; /* resolved no-response no-action out-of-scope false-positive duplicate */
extern const char *const incident_party_roles[]; /* incident-site source-host reporter brand peer-csirt isp downstream-victim law-enforcement other */
extern const char *const incident_indicator_roles[]; /* source target infrastructure victim related */
/* English msgids; contexts "incident", "phase", "resolution", "party", "indicator". */
const char *incident_label(const char *const *list, const char *name);

struct incident {
	int64_t id;
	const char *ref, *title, *state, *phase, *resolution;
	const char *rsit, *rsit_version, *category, *category_2007;
	bool category_fixed, ics, targeted, content_changed;
	const char *tlp, *pap, *priority;
	int64_t owner_id;
	const char *owner; /* name or NULL */
	int64_t detected_at, started_at, ended_at, reported_at, created_at, notified_at, closed_at;
	const char *impact, *scale, *scope, *cause, *strategy, *sharing, *method, *advice, *motive, *cia;
	const char *evidence, *close_reason;
	int64_t reopened;
	bool domestic, restricted;
	int64_t merged_into;
	const char *merged_ref; /* or NULL */
	int64_t due_at;
	const char *next_action;
	int64_t version, updated_at;
};

#endif
