/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/course.h"

#include <string.h>

#include "text/i18n.h"

static const struct word letters[] = {
	{ "takedown", N_("Stop request") },
	{ "investigation", N_("Request to investigate") },
	{ "information", N_("Information") },
	{ "warning", N_("Warning") },
	{ "forward", N_("Passed on") },
	{ "thanks", N_("Thanks") },
	{ NULL, NULL },
};

const char *
course_label(enum course_kind k, const char *letter)
{
	switch (k) {
	case COURSE_REPORT:
		return N_("Report");
	case COURSE_OPEN:
		return N_("Taken up");
	case COURSE_REQUEST:
		return word_label(letters, letter);
	case COURSE_REMINDER:
		return N_("Reminder");
	case COURSE_ANSWER:
		return N_("Answer");
	case COURSE_BOUNCE:
		return N_("Returned undelivered");
	case COURSE_STOP:
		return N_("Stop confirmed");
	case COURSE_REOPEN:
		return N_("There again");
	case COURSE_CLOSE:
		return N_("Closed");
	}
	return "";
}

static bool
before(const struct course_event *x, const struct course_event *y)
{
	return x->at != y->at ? x->at < y->at : x->kind < y->kind;
}

/* The last event of ${kinds} (a bit each) before ${i} of that party (0 = any); -1. */
static int
last(const struct course_event *e, size_t i, unsigned kinds, int64_t party)
{
	while (i-- > 0) {
		if ((kinds & (1U << e[i].kind)) != 0 && (party == 0 || e[i].party == party))
			return (int)i;
	}
	return -1;
}

#define BIT(kind) (1U << (kind))
#define SENT (BIT(COURSE_REQUEST) | BIT(COURSE_REMINDER))

static int
cause(const struct course_event *e, size_t i)
{
	int from;

	switch (e[i].kind) {
	case COURSE_REPORT:
		return -1;
	case COURSE_OPEN:
		return last(e, i, BIT(COURSE_REPORT), 0);
	case COURSE_REQUEST:
		return last(e, i, BIT(COURSE_OPEN), 0);
	case COURSE_REMINDER:
	case COURSE_ANSWER:
	case COURSE_BOUNCE:
		return last(e, i, SENT, e[i].party);
	case COURSE_STOP:
		from = e[i].party == 0 ? -1 : last(e, i, BIT(COURSE_ANSWER), e[i].party);
		if (from < 0 && e[i].party != 0)
			from = last(e, i, SENT, e[i].party);
		return from >= 0 ? from : last(e, i, BIT(COURSE_OPEN) | SENT, 0);
	case COURSE_REOPEN:
		return last(e, i, BIT(COURSE_STOP), 0);
	case COURSE_CLOSE:
		return (int)i - 1;
	}
	return -1;
}

void
course_order(struct course_event *e, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct course_event x = e[i];
		size_t k = i;

		for (; k > 0 && before(&x, &e[k - 1]); k--)
			e[k] = e[k - 1];
		e[k] = x;
	}
	for (size_t i = 0; i < n; i++) {
		e[i].from = cause(e, i);
		e[i].open = (BIT(e[i].kind) & SENT) != 0;
		if (e[i].kind == COURSE_ANSWER && e[i].from >= 0)
			e[e[i].from].open = false;
	}
}

int64_t
course_time_to_stop(const struct course_event *e, size_t n)
{
	int64_t from = -1, to = -1;

	for (size_t i = 0; i < n; i++) {
		if (e[i].kind == COURSE_REPORT && (from < 0 || e[i].at < from))
			from = e[i].at;
		if (e[i].kind == COURSE_STOP && e[i].at > to)
			to = e[i].at;
	}
	return from < 0 || to < from ? -1 : to - from;
}
