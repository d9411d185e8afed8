/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.h - the ready letters: what is shipped, and what the team made of it.
 *
 * Letters to parties are those of letter_templates; letters to reporters are
 * "acknowledge", "accept", "accept-page" (read on the status page) and
 * "decline". Each has words in Japanese and in English with places in braces;
 * which places there are is fixed for each letter.
 */
#ifndef INCIDENT_READY_H
#define INCIDENT_READY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct db;

struct ready_letter {
	const char *name; /* NULL ends the table */
	const char *label; /* msgid, context "letter" */
	bool reporter;	   /* goes to a reporter, not to a party */
	const char *places; /* "ref team …": separated by blanks */
};
/* First those to parties, then those to reporters. */
extern const struct ready_letter ready_letters[];
const struct ready_letter *ready_find(const char *name); /* NULL: there is none */
/* Places that this letter does not have: "{x}, {y}"; "" when all are good. */
const char *ready_unknown_places(struct arena *a, const struct ready_letter *r, const char *subject, struct str body);

struct ready_words {
	const char *subject, *body;
	int64_t version;    /* 0: the shipped ones */
	int64_t updated_at; /* 0: never */
};
/* The words in use: the team's, or the shipped ones. */
MUST_USE enum err ready_words(struct db *db, struct arena *a, const struct ready_letter *r, enum lang lang,
    struct ready_words *ret);
void ready_shipped(struct arena *a, const struct ready_letter *r, enum lang lang, struct ready_words *ret);
/* Store them as the version after ${version}; ERR_CONFLICT when somebody else
 * was faster. */
MUST_USE enum err ready_save(struct db *db, const struct ready_letter *r, enum lang lang, int64_t version,
    const char *subject, const char *body, int64_t now);
/* Back to the shipped words; the versions go on counting. */
MUST_USE enum err ready_restore(struct db *db, const struct ready_letter *r, enum lang lang, int64_t version,
    int64_t now);

#endif
