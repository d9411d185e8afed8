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
