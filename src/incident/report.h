/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what somebody told us. It never changes; what we decide about it
 * (state, priority, owner) does.
 *
 * A report is not an incident: several reports may tell of one (report_incident),
 * and one may tell of several.
 */
#ifndef INCIDENT_REPORT_H
#define INCIDENT_REPORT_H

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct value;

/* Stored names, NULL-ended, for web_choice() and checks. */
extern const char *const report_channels[];  /* form mail phone fax api import other */
extern const char *const report_purposes[];  /* information question contact other */
extern const char *const report_doors[];     /* phishing defacement malware intrusion leak dos scan targeted ics other unknown */
extern const char *const report_roles[];     /* victim responder vendor finder isp csirt other */
extern const char *const report_states[];    /* new accepted duplicate declined answered closed */
extern const char *const report_priorities[]; /* low normal high urgent */

/* English msgids of those names; context "channel", "purpose", "door",
 * "reporter", "report", "priority". An unknown name gives itself. */
const char *report_label(const char *const *list, const char *name);

struct report {
	int64_t id;
	const char *ref;
	int64_t received_at;
	const char *channel, *purpose, *door, *title;
	int64_t text_blob; /* 0 = none */
	const char *details; /* JSON object as text, or NULL */
	const char *lang;
	const char *cc; /* or NULL */
	bool domestic, anonymous, urgent;
	const char *reporter_name, *reporter_org, *reporter_role, *reporter_email, *reporter_phone;
	const char *pass_name;
	const char *tlp;
	const char *state;
	const char *known, *priority, *rsit; /* NULL = not yet said */
	int64_t owner_id;
	const char *owner; /* name or NULL */
	int64_t due_at, answered_at, decided_at, decided_by;
	const char *reason;
	const char *brand;
	int64_t simhash, similar;
	int64_t version, updated_at;
	int64_t erased_at; /* by retention, 0 = not */
};

/* "phishing: hxxps://login[.]example/ …": a title of a text's beginning. */
const char *report_title_of(struct arena *a, struct str text);

#endif
