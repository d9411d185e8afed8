/* SPDX-License-Identifier: Apache-2.0 */
/* notification_store.h - requests to parties: each is a thread of messages. */
#ifndef INCIDENT_NOTIFICATION_STORE_H
#define INCIDENT_NOTIFICATION_STORE_H

#include "directory/tlp.h"
#include "incident/message_store.h"
#include "incident/party_store.h"

struct notification {
	int64_t id, incident_id, party_id;
	const char *kind, *state, *token, *subject, *tlp, *lang;
	int64_t created_at, sent_at, answered_at, acted_at, last_in_at, last_out_at, due_at;
	int64_t reminders, unread, version;
	const char *org; /* of the party */
	int64_t lead_id; /* whose mails it shows; 0: its own */
	const char *ref; /* of a letter about several incidents: NTF-2026-00012, or NULL */
	int64_t contact_id; /* of the directory, 0 = none */
};
/* ERR_NOT_FOUND also when it is of another incident. */
MUST_USE enum err notification_get(struct db *db, struct arena *a, int64_t incident, int64_t id, struct notification *ret);
/* Its messages, oldest first; the newest ${limit}. */
MUST_USE enum err notification_messages(struct db *db, struct arena *a, int64_t id, int limit,
    struct message **ret, size_t *ret_n);

/* What a letter may hold: the strictest label of the incident and its reports,
 * and the names of reporters who did not agree to be named. */
struct notification_sources {
	enum tlp tlp;
	const char **name;
	size_t names;
	const char *brand;   /* that is imitated, or NULL */
	int64_t reported_at; /* of the newest report, 0 = none */
};
MUST_USE enum err notification_sources(struct db *db, struct arena *a, int64_t incident, struct notification_sources *ret);

/* The incidents of a letter: that of the lead first. */
MUST_USE enum err notification_incidents(struct db *db, struct arena *a, int64_t lead, int64_t **ret, size_t *ret_n);
/* Its contact of the directory did not get it. */
MUST_USE enum err notification_bounced(struct db *db, int64_t lead);

struct notification_letter {
	int64_t notification_id; /* 0: a new thread */
	const char *kind;	 /* of a new thread */
	const char *purpose;	 /* request reply reminder */
	const char *subject;	 /* without tags */
	const char *full_subject;
	struct str body; /* complete */
	enum tlp tlp;
	enum lang lang;
	const struct value *confirmed; /* list of gate names, for the journal */
	int64_t send_at;
	/* Of a new thread for several incidents: the same contact as a party of
	 * each of the others. */
	const struct party *others;
	size_t n_others;
	const char *ref;	 /* or NULL */
	const char *route;	 /* or NULL */
	int64_t contact_id;	 /* of the directory, 0 = none */
	int64_t silence_hours;	 /* 0: as usual */
	const struct message_file *files;
	size_t n_files;
};
/* Queue it to ${p}; journal. */
MUST_USE enum err notification_send(struct db *db, struct blob_store *blobs, struct arena *a, const struct party *p,
    const struct notification_letter *l, struct actor by, int64_t *ret_notification, int64_t *ret_message);
/* Take a held letter back; a thread that has no other goes with it. Journal.
 * ERR_CONFLICT: it has left. ${*ret_notification}: 0 when the thread is gone. */
MUST_USE enum err notification_cancel(struct db *db, struct arena *a, const struct message *m,
    struct actor by, int64_t *ret_notification);

/* acknowledged actioned declined no-response closed; the clock of silence ends.
 * ERR_CONFLICT when ${n}->version is no longer the present one. Journal. */
MUST_USE enum err notification_set_state(struct db *db, struct arena *a, const struct notification *n,
    const char *state, struct actor by);
MUST_USE enum err notification_mark_read(struct db *db, struct arena *a, const struct notification *n,
    struct actor by);

#endif
