/* SPDX-License-Identifier: Apache-2.0 */
/* report_page.h - what the pages of the inbox show of a report. */
#ifndef INCIDENT_REPORT_PAGE_H
#define INCIDENT_REPORT_PAGE_H

#include "incident/report.h"
#include "web/web.h"

/* The report that the address names; ERR_NOT_FOUND. */
MUST_USE enum err report_page_get(struct web *w, struct report *ret);
/* The one with number ${ref}, if the viewer may see it; ERR_NOT_FOUND. */
MUST_USE enum err report_page_find(struct web *w, const char *ref, struct report *ret);
/* May what was done to report ${id} still be taken back by this viewer?
 * ERR_NOT_FOUND: no, it is in something restricted by now. */
MUST_USE enum err report_page_undoable(struct web *w, int64_t id);
/* One row: what docs/schema/inbox.md says, and "@" members for the page. */
void report_page_row(struct web *w, const struct report *r, struct value *o);
/* The same for the table of the inbox: only what it shows; ${r} stays until it is
 * rendered. ${current}: its preview is beside the list. */
void report_page_line(struct web *w, const struct report *r, bool current, struct value *o);
/* All of it: the row, text, details, observables, attachments, incidents, the
 * original; for the partial report_body. */
MUST_USE enum err report_page_body(struct web *w, const struct report *r, struct value *o);
/* "alike": earlier reports and incidents with why, for the partial alike. */
MUST_USE enum err report_page_alike(struct web *w, const struct report *r, int limit, struct value *o);
/* "Same host login[.]example · …": the first three of [ {kind, "@shown"} ]. */
const char *report_page_why(struct web *w, const struct value *why);
/* What happened to it, newest first: "@events" for the partial event, and
 * "messages", "notes". */
MUST_USE enum err report_page_story(struct web *w, const struct report *r, struct value *o);
/* ui[${key}]: people who may work on reports; first ${any_label}
 * (context "filter"; NULL: none) and, with ${nobody}, "nobody". ${chosen}: an id, 0 nobody, -1 none. */
MUST_USE enum err report_page_owners(struct web *w, const char *key, const char *any_label, bool nobody, int64_t chosen);
/* ui["@reasons"], ui["@rsits"], ui["@tlps"]. */
void report_page_reasons(struct web *w, const char *chosen);
void report_page_rsits(struct web *w, const char *chosen);
void report_page_tlps(struct web *w, const char *chosen);
/* The place of a report's first answer: {state, text, iso} under "@due". */
void report_page_due(struct web *w, const struct report *r, struct value *o);

#endif
