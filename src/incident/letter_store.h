/* SPDX-License-Identifier: Apache-2.0 */
/* letter_store.h - letters to the reporter that follow from a decision. */
#ifndef INCIDENT_LETTER_STORE_H
#define INCIDENT_LETTER_STORE_H

#include "incident/decide.h"
#include "incident/report.h"

struct blob_store;
struct db;

/* No mail address: what we write is published on the status page instead. */
bool letter_on_page(const struct report *r);

/* There is a mail address or a status page (a passphrase, or an import, which
 * nobody waits for): else only the telephone is left. */
MUST_USE enum err letter_reaches(struct db *db, const struct report *r, bool *ret);

/*
 * A letter in the reporter's language, held back for the set time: ready words
 * of ${kind}, or ${text} where it is not empty. Without an address it stands on
 * the status page at once. ${*ret_message} 0: then, and for a reporter whom
 * letter_reaches() denies: nothing is written.
 */
MUST_USE enum err letter_send(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct report *r, enum decide_letter kind, const char *reason, struct str text, int64_t person,
    int64_t now, int64_t *ret_message);
MUST_USE enum err letter_decline(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct report *r, const char *reason, int64_t person, int64_t now, int64_t *ret_message);
/* The ready words, for showing. */
MUST_USE enum err letter_ready(struct db *db, struct arena *a, const struct report *r,
    enum decide_letter kind, const char *reason, const char **ret);
/* Hold back for ever what has not left yet; OK also when it has, or for 0. */
MUST_USE enum err letter_take_back(struct db *db, int64_t message, int64_t now);

#endif
