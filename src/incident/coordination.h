/* SPDX-License-Identifier: Apache-2.0 */
/* coordination.h - parties and their threads on the page of an incident. */
#ifndef INCIDENT_COORDINATION_H
#define INCIDENT_COORDINATION_H

#include "incident/incident.h"
#include "incident/message_store.h"
#include "incident/notification_store.h"
#include "web/web.h"

/* What the partial incident_parties shows: adds the words and links to
 * data.parties and data.notifications, which are there already. */
void coordination_party_panel(struct web *w, const struct incident *i);

/* {state, text} of a thread: "Sent", "No answer for 2 d" … */
void coordination_badge(struct web *w, struct value *o, const char *key, const char *state, int64_t due_at,
    int64_t unread);
/* A letter in this state waits because no mail server is set. */
bool coordination_no_server(struct web *w, const char *state);
const char *coordination_state_text(struct web *w, const char *state);

/* "sent", "came back" … */
const char *coordination_what(struct web *w, const struct message *m);
/* For a message in a timeline: what can be done with it. Adds hold_ms and
 * cancel_href, or the server's words when it came back. */
void coordination_tools(struct web *w, const char *ref, const struct message *m, struct value *o);
/* One message as the partial "event" shows it. */
MUST_USE enum err coordination_event(struct web *w, const char *ref, const struct message *m, struct value *o);

#endif
