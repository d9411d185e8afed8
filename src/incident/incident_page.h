/* SPDX-License-Identifier: Apache-2.0 */
/* incident_page.h - what the pages of an incident share. */
#ifndef INCIDENT_INCIDENT_PAGE_H
#define INCIDENT_INCIDENT_PAGE_H

#include "incident/incident_change_store.h"
#include "web/web.h"

/* The incident of ":ref"; ERR_NOT_FOUND also when the viewer may not see it. */
MUST_USE enum err incident_of_path(struct web *w, struct incident *ret);
const char *incident_href(struct web *w, const struct incident *i, const char *below);

/* One more {value, label, selected}. */
void incident_option(struct web *w, struct value *list, const char *value, const char *label, bool selected);
/* ui.owners: active people who may edit, ${none} as the first label. */
MUST_USE enum err incident_owner_options(struct web *w, const char *key, int64_t chosen, const char *none);
/* ui.rsits, priorities, tlps, paps of a form; ${i} says what is chosen. */
void incident_choice_options(struct web *w, const struct incident *i);

/* "Coordinating", "Closed: resolved" as ${o}."@state_badge" {state, text}. */
void incident_state_badge(struct web *w, struct value *o, const char *state, const char *phase,
    const char *resolution);
/* ${o}.${key} {state: late soon good "", text, iso}; nothing when ${due} is 0. */
void incident_clock(struct web *w, struct value *o, const char *key, int64_t due, bool done);
/* Texts in the viewer's language. */
/* Of the facts "strategy" and "cia". */
const char *incident_word(struct web *w, const char *fact, const char *value);
const char *incident_priority_text(struct web *w, const char *priority);

/* Put the viewer's draft of ${key} into the form (ui.form), and ui.draft_key. */
MUST_USE enum err incident_draft(struct web *w, const char *key);

/* What higher modules add to the page of an incident: routes.c; "fill" NULL ends. */
struct incident_panel {
	enum err (*fill)(struct web *w, const struct incident *i);
};
extern const struct incident_panel incident_panels[];

/* "similar" with why, for the partial similar, and ui.has_similar. */
MUST_USE enum err incident_similar(struct web *w, int64_t incident);
/* The page of one incident: also what a failed form of it shows again. */
MUST_USE enum err incident_show(struct web *w, const struct incident *i);

/* The name in a journal entry; who is no person of ours is named in words. */
const char *incident_who(struct web *w, const char *name);
/* A journal entry as one sentence, and what changed below it ("" = nothing). */
void incident_sentence(struct web *w, const char *action, const struct value *payload,
    const char **ret_text, const char **ret_more);

#endif
