/* SPDX-License-Identifier: Apache-2.0 */
/* mailing_letter_store.h - one letter of a mailing: exactly as it will leave,
 * whether it may, and on its way. */
#ifndef TAKEDOWN_MAILING_LETTER_STORE_H
#define TAKEDOWN_MAILING_LETTER_STORE_H

#include "incident/letter.h"
#include "incident/message_store.h"
#include "takedown/mailing_store.h"

struct blob_store;

#define MAILING_FINDINGS (LETTER_FINDINGS + 1)
struct mailing_made {
	struct contact contact;
	struct organisation organisation;
	enum lang lang;
	enum tlp tlp;	/* of the letter */
	struct mailing_row *row;
	size_t n;
	const char *subject, *full_subject, *text, *body; /* body: with label and signature */
	const char *key; /* fingerprint that it is encrypted to, or NULL */
	struct letter_finding found[MAILING_FINDINGS];
	size_t n_found;
	struct message_file *files;
	size_t n_files;
	int64_t silence_hours; /* 0: as usual */
};
/* ${ref} and ${link} NULL: for looking at. ${u} NULL: the program. */
MUST_USE enum err mailing_make(struct db *db, struct blob_store *blobs, struct arena *a, const struct mailing *m,
    const struct mailing_letter *l, const struct user *u, const char *ref, const char *link, int64_t now,
    struct mailing_made *ret);
/* Why it cannot leave: the first finding that stops it, or one that nobody
 * confirmed; NULL: it can. */
const struct letter_finding *mailing_obstacle(const struct mailing_made *x, const char *confirmed);

/* Make it a letter: parties, notifications, message, link. What may not leave is
 * marked with the reason instead. A notice to a brand's owner is no request: its
 * sites are those of the letter only (mailing_site). */
MUST_USE enum err mailing_queue(struct db *db, struct blob_store *blobs, struct arena *a, const struct mailing *m,
    const struct mailing_letter *l, struct actor by);

/* A message about sites was sent: they know it. */
MUST_USE enum err mailing_sent(struct db *db, struct arena *a, int64_t message, int64_t now);

/* What is stored of the secret in a link. */
const char *mailing_token_hash(struct arena *a, struct str token);

#endif
