/* SPDX-License-Identifier: Apache-2.0 */
/* contact_test_store.h - contact tests in the database; begun, answered and
 * failed ones are journalled on the organisation. */
#ifndef INCIDENT_CONTACT_TEST_STORE_H
#define INCIDENT_CONTACT_TEST_STORE_H

#include "directory/contact_store.h"
#include "incident/contact_test.h"

struct blob_store;
struct mail_thread_keys;

struct contact_test {
	int64_t id, contact_id;
	const char *channel; /* mail phone */
	int64_t started_at, person_id, message_id;
	const char *result; /* contact_test_results[] of directory/contact.h */
	int64_t ended_at;
	const char *note; /* what the contact wrote, why it failed; or NULL */
	const char *who, *email, *phone, *organisation, *organisation_en, *cc; /* read only */
	int64_t organisation_id;
};

/*
 * The mail to ${contact} goes out at ${send_at}. ERR_DENIED: it must not or
 * cannot be written to (removed, "do not contact", historical, no mail address).
 * ERR_EXISTS: a test waits for its answer already.
 */
MUST_USE enum err contact_test_begin(struct db *db, struct blob_store *blobs, struct arena *a, int64_t contact,
    int64_t send_at, struct actor by, int64_t *ret_id);
/* Taken back before it left; ERR_CONFLICT: it has left. */
MUST_USE enum err contact_test_cancel(struct db *db, struct arena *a, int64_t test, struct actor by);
/* A person called: ${result} is answered or failed. */
MUST_USE enum err contact_test_phone(struct db *db, struct arena *a, int64_t contact, const char *result,
    const char *note, struct actor by);

/* The test of a link that may still be answered. ERR_NOT_FOUND: there is none;
 * ERR_CONFLICT: it was answered, or is too old. */
MUST_USE enum err contact_test_of_link(struct db *db, struct arena *a, struct str token, int64_t now,
    struct contact_test *ret);
/* The button was pressed, or the mail answered. ${confirmed}: the entries are
 * right (K-09); ${note}: what it wrote, may be NULL. Only the first one counts:
 * ERR_CONFLICT. */
MUST_USE enum err contact_test_answer(struct db *db, struct arena *a, const struct contact_test *t, bool confirmed,
    const char *note, int64_t now);
/* An answer to our message ${message}: ${*ret} tells whether it was a test's. What a
 * machine wrote is no proof that somebody reads. */
MUST_USE enum err contact_test_mail_answer(struct db *db, struct arena *a, int64_t message, struct str text,
    bool automatic, int64_t now, bool *ret);
/* Our message came back ("bounced") or could not be sent ("failed"). */
MUST_USE enum err contact_test_fail(struct db *db, struct arena *a, int64_t message, const char *result,
    const char *why, int64_t now);

/* Contacts whose schedule is due, oldest first. */
MUST_USE enum err contact_test_due(struct db *db, struct arena *a, int64_t now, int limit, int64_t **ret, size_t *ret_n);
/* Tests that waited too long are silent now; ${*ret_n} how many. */
MUST_USE enum err contact_test_silence(struct db *db, struct arena *a, int64_t now, int limit, int64_t *ret_n);

/* Newest first; ${result} NULL = all. */
MUST_USE enum err contact_test_list(struct db *db, struct arena *a, const char *result, int64_t offset, int64_t limit,
    struct contact_test **ret, size_t *ret_n, int64_t *ret_total);

enum contact_test_view { CONTACT_TEST_OVERDUE, CONTACT_TEST_WAITING, CONTACT_TEST_SCHEDULED, CONTACT_TEST_NEVER };
/* Contacts by their state of testing, with their organisation. */
struct contact_test_row {
	struct contact c;
	const char *organisation, *organisation_en, *cc;
};
MUST_USE enum err contact_test_contacts(struct db *db, struct arena *a, enum contact_test_view view, int64_t now,
    int64_t offset, int64_t limit, struct contact_test_row **ret, size_t *ret_n);
MUST_USE enum err contact_test_count(struct db *db, enum contact_test_view view, int64_t now, int64_t *ret);

/* N-22: of the contacts abroad (not in ${own}), how many were tested with an
 * answer since ${since}. */
struct contact_test_share {
	int64_t contacts, answered, abroad, abroad_answered;
};
MUST_USE enum err contact_test_shares(struct db *db, const char *own, int64_t since, struct contact_test_share *ret);

#endif
