/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailing.h - letters about many sites: one to each contact, with all of its
 * sites in a table. Pure: the words, the table, the files that go with them.
 */
#ifndef TAKEDOWN_MAILING_H
#define TAKEDOWN_MAILING_H

#include "base/word.h"
#include "base/zone.h"
#include "directory/tlp.h"
#include "takedown/site.h"

struct arena;

extern const struct word mailing_purposes[]; /* request reminder escalation owner */
extern const struct word mailing_states[];   /* preparing draft held sending sent cancelled */
extern const struct word mailing_answers[];  /* done told not-ours */
extern const char *const mailing_routes[];   /* the order in which one asks; NULL ends */

#define MAILING_OWNER "owner" /* purpose, way and kind of what the owner of a brand is told; it asks for nothing */
#define MAILING_SITES 5000	/* of one mailing */
#define MAILING_AT_ONCE 60	/* contacts looked for within the request */
#define MAILING_PIECE 100	/* the same in one run of the job */
#define MAILING_LETTER_SITES 500 /* of one letter: a contact with more gets several */
#define MAILING_TABLE_SITES 100 /* in the mail's text; the file has all */
#define MAILING_XARF_FILES 50	/* that format is one file a site */

/* A site in a letter. */
struct mailing_row {
	struct site site;
	const char *incident_ref, *incident_title;
	enum tlp tlp;		/* of its incident */
	int64_t restricted_id;	/* its incident, when that one is restricted; else 0 */
	int64_t letter_id;	/* 0: nobody is known to write to */
	bool taken_out;
	const char *answer, *note; /* or NULL */
	int64_t answered_at;
};

struct mailing_words {
	const char *subject, *text; /* with places {n} {sites} {link} … */
};
/* The ready ones. */
struct mailing_words mailing_ready(enum lang lang, const char *purpose);
/* NULL, or an English msgid: what the words must have and do not. */
const char *mailing_words_fault(const struct mailing_words *words);

/* What one letter says. */
struct mailing_letter_facts {
	enum lang lang;
	struct mailing_words words;
	const char *ref;	 /* of the letter; before it is sent "NTF-…" */
	const char *team, *org, *person; /* person: or NULL */
	const char *route;
	bool known;		 /* we have written to it before */
	bool raw;		 /* it wants addresses as they are */
	const struct mailing_row *row;
	size_t n;
	const char *due, *link, *first_sent; /* formatted; or NULL */
	const char *attempts;	 /* who was asked before, in words; or NULL */
	const char *quote;	 /* of the first letter, for a reminder; or NULL */
	const char *brand;	 /* for its owner; or NULL */
};
/* Subject without tags, and text without label and signature. */
void mailing_fill(struct arena *a, const struct mailing_letter_facts *f, const char **ret_subject, const char **ret_text);

/* The files. ${raw}: addresses as they are. CSV: RFC 4180 with a header line, no
 * cell that a spreadsheet would take as a formula. */
struct str mailing_csv(struct arena *a, const struct mailing_row *row, size_t n, bool raw);
struct mailing_sender {
	const char *name, *email, *phone; /* of the team; phone or NULL */
	const char *ref;
	int64_t now;
};
/* RFC 7970: one incident of ours, an EventData a site. */
struct str mailing_iodef(struct arena *a, const struct mailing_sender *s, const struct mailing_row *row, size_t n);
/* X-ARF version 3, class Content, type Phishing: one site. */
struct str mailing_xarf(struct arena *a, const struct mailing_sender *s, const struct mailing_row *row);

/* Is ${name} in "table,csv"? */
bool mailing_wants(const char *formats, const char *name);
/* The step after ${route}; NULL after the last. */
const char *mailing_next_route(const char *route);

#endif
