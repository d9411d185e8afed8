/* SPDX-License-Identifier: Apache-2.0 */
/* incident_change_store.h - what people change about an incident, each with
 * its journal entry, the counts kept right. ERR_CONFLICT: the version given is
 * no longer the present one. */
#ifndef INCIDENT_INCIDENT_CHANGE_STORE_H
#define INCIDENT_INCIDENT_CHANGE_STORE_H

#include "auth/auth.h"
#include "incident/incident.h"
#include "journal/journal.h"

struct db;
struct value;

/* Store the facts (incident_fields) of ${to}, whose version is the one that was
 * read. ${*ret_changed} false: they are the same, nothing is written. */
MUST_USE enum err incident_change(struct db *db, struct arena *a, const struct incident *from,
    const struct incident *to, struct actor by, bool *ret_changed);
/*
 * The facts as they were at ${version}: what the journal says was changed since
 * is taken back. ${ret_by}, ${ret_at}: who changed last. ERR_NOT_FOUND when the
 * journal does not reach back so far.
 */
MUST_USE enum err incident_at_version(struct db *db, struct arena *a, const struct incident *now,
    int64_t version, struct incident *ret, const char **ret_by, int64_t *ret_at);

MUST_USE enum err incident_set_phase(struct db *db, struct arena *a, const struct incident *i,
    const char *phase, const char *reason, struct actor by);
struct incident_end {
	const char *resolution, *evidence, *close_reason;
};
MUST_USE enum err incident_close(struct db *db, struct arena *a, const struct incident *i,
    const struct incident_end *end, struct actor by);
MUST_USE enum err incident_reopen(struct db *db, struct arena *a, const struct incident *i,
    const char *reason, struct actor by);
/* What comes next and by when; "" and 0: nothing is planned. */
MUST_USE enum err incident_set_next(struct db *db, struct arena *a, const struct incident *i,
    const char *what, int64_t due_at, struct actor by);

/* Who may see it when it is restricted. */
MUST_USE enum err incident_grants(struct db *db, struct arena *a, int64_t id, int64_t **ret, size_t *ret_n);
/* Journalled when they differ. */
MUST_USE enum err incident_set_grants(struct db *db, struct arena *a, int64_t id, const int64_t *people,
    size_t n, struct actor by);

/* What is still open, for the closing conditions. */
struct incident_open {
	int64_t unread, letters, tasks, reports;
	bool reporter_told; /* a note or letter to the reporter, or there is none to tell */
	const char *strictest_tlp; /* of the reports; "" = none */
};
MUST_USE enum err incident_open_ends(struct db *db, struct arena *a, int64_t id, struct incident_open *ret);

/* A note on an incident; ${shared}: "internal" or "reporter". */
MUST_USE enum err incident_note_add(struct db *db, struct arena *a, int64_t incident, const char *kind,
    const char *shared, const char *body, struct actor by, int64_t *ret_id);
/* What was shared with the reporter of ${report}, oldest first: {at, text}. */
MUST_USE enum err incident_note_for_reporter(struct db *db, struct arena *a, int64_t report, struct value *list);

#endif
