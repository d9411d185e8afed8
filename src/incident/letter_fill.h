/* SPDX-License-Identifier: Apache-2.0 */
/* letter_fill.h - a ready letter with what the incident knows. */
#ifndef INCIDENT_LETTER_FILL_H
#define INCIDENT_LETTER_FILL_H

#include "incident/letter.h"
#include "incident/notification_store.h"
#include "incident/ready.h"

struct letter_fill {
	const struct incident *incident;
	const struct party *party;
	const struct notification *thread; /* NULL: a new one */
	const struct notification_sources *sources;
	bool raw; /* indicators as they are, not defanged */
	bool both; /* Japanese and English below each other, whatever the party's language */
	const struct ready_words *words; /* NULL: those in use */
	int64_t now;
};
/* What stands for the places of a text: ref, team, brand … as far as they are
 * known; ended by a NULL name. ${f->party} may be NULL. */
#define LETTER_PLACES 24
MUST_USE enum err letter_places(struct db *db, struct arena *a, const struct letter_fill *f, enum lang lang,
    struct i18n_arg ret[LETTER_PLACES]);
/* Subject without tags, and text, in the party's language. */
MUST_USE enum err letter_fill(struct db *db, struct arena *a, const struct letter_template *t,
    const struct letter_fill *f, const char **ret_subject, const char **ret_text);
/* The team's signature in ${lang}, with its key. */
const char *letter_signature(struct db *db, struct arena *a, enum lang lang);

#endif
