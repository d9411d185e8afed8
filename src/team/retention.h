/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retention.h - what is erased when it is old enough, and how long each is kept.
 *
 * The fact stays: rows, numbers, dates, categories and every entry of the
 * journal, so that counts and the sealed chain do not change. What goes is what
 * people wrote and who they are. Nothing of an incident under legal hold goes.
 * A kind whose setting is 0 is kept for ever.
 */
#ifndef TEAM_RETENTION_H
#define TEAM_RETENTION_H

#include <stdbool.h>
#include <stddef.h>

enum retention_kind {
	RETENTION_REPORTS, /* reports that became no incident, whole */
	RETENTION_PEOPLE,  /* of closed incidents: … */
	RETENTION_TEXTS,
	RETENTION_MAIL,
	RETENTION_FILES,
	RETENTION_EVIDENCE, /* of stop checks */
	RETENTION_LOOKUPS,
	RETENTION_NOTICES,
	RETENTION_DRAFTS,
	RETENTION_UNDO,
	RETENTION_KINDS
};

struct retention_rule {
	const char *name;    /* as in incident_erased.kind, the API and --json */
	const char *setting; /* days */
	const char *label, *doc; /* msgids */
	bool incidents;	     /* counted in incidents, and each tells its own journal */
};
extern const struct retention_rule retention_rules[RETENTION_KINDS];

#endif
