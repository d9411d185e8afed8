/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo_text.h - the people, places and words of the demonstration.
 *
 * All names are invented; hosts are under example.jp, .example and the like,
 * addresses from the documentation blocks (RFC 2606, RFC 5737).
 */
#ifndef DEMO_DEMO_TEXT_H
#define DEMO_DEMO_TEXT_H

#include "auth/auth.h"
#include "base/zone.h"

struct arena;

struct demo_user {
	const char *name, *email;
	enum role role;
	enum lang lang;
};
#define DEMO_USERS 6
extern const struct demo_user demo_users[DEMO_USERS];

/* Who reports. */
struct demo_reporter {
	const char *name, *org, *email, *role, *cc;
	enum lang lang;
};
extern const struct demo_reporter demo_reporters[];
extern const size_t demo_reporter_count;

/* Whom a request goes to. */
struct demo_site {
	const char *org, *name, *email, *role, *cc, *zone;
	enum lang lang;
};
extern const struct demo_site demo_sites[];
extern const size_t demo_site_count;

/* Kinds of reports and how many in a thousand. */
struct demo_door {
	const char *door;
	int weight;
};
extern const struct demo_door demo_doors[];
extern const size_t demo_door_count;

/* One matter that reports tell of. */
struct demo_matter {
	const char *door;
	unsigned host; /* a number of its own; the same host is the same matter */
	enum lang lang;
	int64_t at;
};
const char *demo_host(struct arena *a, const struct demo_matter *m);
/* One of the three documentation blocks. */
const char *demo_address(struct arena *a, const struct demo_matter *m);
const char *demo_brand(const struct demo_matter *m); /* NULL: not phishing */
const char *demo_report_title(struct arena *a, const struct demo_matter *m);
const char *demo_report_text(struct arena *a, const struct demo_matter *m);
const char *demo_incident_title(struct arena *a, const struct demo_matter *m);
/* The letter to a site, in its language. */
const char *demo_letter_subject(struct arena *a, const struct demo_matter *m, enum lang l);
const char *demo_letter(struct arena *a, const struct demo_matter *m, enum lang l, const char *org, const char *ref);
/* Its answer; ${n} chooses one of several. */
const char *demo_answer(enum lang l, unsigned n);
const char *demo_evidence(enum lang l, unsigned n);
const char *demo_note(enum lang l, unsigned n);

#endif
