/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer_store.h - answers by the link of a letter, without an account.
 *
 * The link's secret opens this letter's sites and nothing else, until it was
 * answered or its time is over. What is said is written down; a site that is
 * said to be stopped is checked, not believed.
 */
#ifndef TAKEDOWN_ANSWER_STORE_H
#define TAKEDOWN_ANSWER_STORE_H

#include "journal/journal.h"
#include "takedown/mailing_store.h"

struct db;

/* The letter of a secret. ERR_NOT_FOUND: there is none, or its time is over.
 * Look at answered_at: closed. */
MUST_USE enum err answer_find(struct db *db, struct arena *a, struct str token, int64_t now, struct mailing_letter *ret);

struct answer {
	int64_t site;
	const char *what; /* of mailing_answers, or NULL: nothing was said */
	const char *note; /* or NULL */
};
/*
 * Store what was said; the letter is closed, all its threads are answered.
 * "done": a check is due now. "not-ours": this contact is not proposed for the
 * host any more, and the site needs another. ${by}: the recipient's address.
 */
MUST_USE enum err answer_take(struct db *db, struct arena *a, const struct mailing_letter *l, const struct answer *list,
    size_t n, struct actor by);
/* Staff: it may be answered once more. ERR_CONFLICT: it is open. */
MUST_USE enum err answer_reopen(struct db *db, struct arena *a, const struct mailing_letter *l, int64_t until,
    struct actor by);

#endif
