/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.h - triage: is a report an incident for us, how urgent, who takes it.
 *
 * The words of it that do not touch the database: reasons to decline, and the
 * letters that tell the reporter.
 */
#ifndef INCIDENT_DECIDE_H
#define INCIDENT_DECIDE_H

#include "base/zone.h"

struct arena;

/* Why we leave a report; NULL-ended. */
extern const char *const decide_decline_reasons[];
/* English msgid, context "decline". */
const char *decide_decline_label(const char *reason);

enum decide_letter { DECIDE_LETTER_ACCEPT, DECIDE_LETTER_DECLINE };
struct decide_letter_words {
	const char *ref;	 /* of the report */
	const char *name;	 /* of the reporter, or NULL */
	const char *team;
	const char *reason;	 /* of decide_decline_reasons */
	bool on_page;		 /* no mail: it is read on the status page */
	const char *subject, *body; /* the words in use, with places */
};
/* The shipped words, with the places {ref} {team} {dear} {reason} {instead}. */
void decide_letter_shipped(struct arena *a, enum lang lang, enum decide_letter kind, bool on_page,
    const char **ret_subject, const char **ret_body);
/* The ready letter in ${lang}, unwrapped. */
const char *decide_letter_text(struct arena *a, enum lang lang, enum decide_letter kind,
    const struct decide_letter_words *w);
/* "[RPT-2026-000042] Your report" */
const char *decide_letter_subject(struct arena *a, enum lang lang, const struct decide_letter_words *w);

#endif
