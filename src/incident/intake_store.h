/* SPDX-License-Identifier: Apache-2.0 */
/* intake_store.h - what the forms of the public and the quick entry keep: files,
 * messages without mail, the proof of a receipt; and a report's page reads. */
#ifndef INCIDENT_INTAKE_STORE_H
#define INCIDENT_INTAKE_STORE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct blob_in;
struct blob_store;
struct db;
struct value;

/* A file that came with a form. It belongs to nothing yet when all ids are 0:
 * then the form was not accepted so far, and intake_file_tidy() forgets it. */
struct intake_file {
	int64_t id;
	int64_t message_id, report_id, incident_id;
	const char *name, *media_type;
	int64_t size;
	int64_t person_id; /* who added it; 0 = from outside */
};
/* Takes over ${in}, which has ended. */
MUST_USE enum err intake_file_add(struct db *db, struct arena *a, struct blob_in *in, const struct intake_file *f,
    int64_t now, int64_t *ret_id);
/* One that waits; ERR_NOT_FOUND when it belongs to something or is gone. */
MUST_USE enum err intake_file_waiting(struct db *db, struct arena *a, int64_t id, struct intake_file *ret);
/* How many bytes wait for their forms, of everybody. */
MUST_USE enum err intake_file_all_waiting(struct db *db, int64_t *ret_bytes);
/* Now it belongs to ${report} (and ${message}, 0 = none). */
MUST_USE enum err intake_file_claim(struct db *db, int64_t id, int64_t report, int64_t message);
/* Forget files that waited since before ${before}. ${*ret}: how many. */
MUST_USE enum err intake_file_tidy(struct db *db, int64_t before, int64_t *ret);

/* The report that came with this import_key; ERR_NOT_FOUND. */
MUST_USE enum err intake_find(struct db *db, const char *import_key, int64_t *ret_id);
/* The stored hash of a report's passphrase; NULL when it has none. */
MUST_USE enum err intake_secret(struct db *db, struct arena *a, int64_t report, const char **ret);

/* Words without a mail: the reporter's on the status page (${out} false) or ours
 * to one who reads them there. */
struct intake_words {
	int64_t report_id, person_id;
	bool out;
	const char *name; /* who wrote */
	struct str text;
	enum lang lang;
};
MUST_USE enum err intake_words_add(struct db *db, struct blob_store *blobs, const struct intake_words *m,
    int64_t now, int64_t *ret_id);
/* Did the reporter send the same words within the last ten minutes? */
MUST_USE enum err intake_words_again(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct intake_words *m, int64_t now, bool *ret);

/* How many words, and how many bytes of files with them, came for a report on
 * the status page since ${since}. */
MUST_USE enum err intake_words_day(struct db *db, int64_t report, int64_t since, int64_t *ret_words, int64_t *ret_bytes);

/* May an acknowledgement go to ${to}? The sender's address may be forged or
 * typed by anybody, so each and all together get few. Notes the decision;
 * ${*ret}: yes. ${address_most}, ${all_most}: within an hour. */
MUST_USE enum err intake_ack_ask(struct db *db, struct arena *a, int64_t report, const char *to,
    int64_t address_most, int64_t all_most, int64_t now, bool *ret);
/* How many were sent and held back since ${since}; forget those before. */
MUST_USE enum err intake_ack_counts(struct db *db, int64_t since, int64_t *ret_sent, int64_t *ret_held);
MUST_USE enum err intake_ack_tidy(struct db *db, int64_t before);
/* Was one queued for this report? */
MUST_USE enum err intake_ack_sent(struct db *db, int64_t report, bool *ret);

/* All messages of a report, oldest first, with their texts: [{id, direction,
 * channel, state, from, name, to, subject, at, text, raw, crypto, signature,
 * signer, checks, faults, automatic, error}]; at: UTC milliseconds; raw: whether
 * the original is there; checks: object (docs/schema/message.md). */
MUST_USE enum err intake_messages(struct db *db, struct blob_store *blobs, struct arena *a, int64_t report,
    int limit, struct value *list);
/* Where the incidents of a report stand, for its reporter. */
struct intake_progress {
	bool any, told, open; /* there is one; others were written to; one is open */
};
MUST_USE enum err intake_progress(struct db *db, int64_t report, struct intake_progress *ret);

#endif
