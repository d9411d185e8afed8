/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_form.h - the questions of the public report form and what is made of
 * the answers.  One table rules what is read, checked, carried from step to
 * step, shown for review, and kept: docs/schema/report-form.md.
 */
#ifndef INCIDENT_REPORT_FORM_H
#define INCIDENT_REPORT_FORM_H

#include "base/zone.h"
#include "incident/report_store.h"

struct value;
struct web;

#define REPORT_FORM_STEPS 3

struct report_form {
	const char *door, *purpose;
	bool urgent;
	const struct zone *zone; /* of the times */
	const char *reply;	 /* mail anonymous none; NULL before step 3 */
	const char *email, *cc;
	enum lang reply_lang;
	/* The first step with a problem; 0 = none. */
	int wrong;
};

/* Read and check the answers of steps 1..${last}; problems go to ${w}. */
void report_form_read(struct web *w, int last, struct report_form *ret);
/* ui.carry: all answers but those that ${step} itself asks for. */
void report_form_carry(struct web *w, int step);
/* ui.review: the answers of the first two steps as people read them. */
void report_form_review(struct web *w, const struct report_form *f);
/* What is stored. ${ret->title} stays NULL. */
void report_form_report(struct web *w, const struct report_form *f, struct report_new *ret);
/* What the page says beside an answer that is not in the text: a msgid; NULL for
 * the others. */
const char *report_form_beside(const char *name);
/* The zones offered, and their choice list under ui.@zones. */
void report_form_zones(struct web *w, const char *chosen);

#endif
