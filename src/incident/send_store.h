/* SPDX-License-Identifier: Apache-2.0 */
/* send_store.h - what the database says of a mail once it left, or did not. */
#ifndef INCIDENT_SEND_STORE_H
#define INCIDENT_SEND_STORE_H

#include "incident/message_store.h"
#include "incident/party_store.h"

/* The key that a message is encrypted to: the party's own, else the newest of
 * the address. Fingerprint NULL: none is known, or it has expired. */
MUST_USE enum err send_key_find(struct db *db, struct arena *a, int64_t notification, const char *address,
    int64_t now, struct pgp_key *ret);

/* Hours until silence of its thread counts; 0: setting mail.silence_days. */
MUST_USE enum err send_silence_hours(struct db *db, int64_t notification, int64_t *ret);

/* A mail as the server took it. */
struct send_done {
	const char *message_key;
	const char *from_name, *from_addr, *reply_to;
	const char *crypto; /* none signed encrypted both */
	const char *signer;
	struct str raw;
	bool repeat; /* marked as one that may have come before */
	const char *server_said;
	int64_t silence_at; /* an answer to a request is due then */
};
/* The message is sent; its thread, its incident and its report learn of it. */
MUST_USE enum err send_store_done(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct message *m, const struct send_done *d, int64_t now);
/* It waits for another try: ${why} is shown beside it. */
MUST_USE enum err send_store_waits(struct db *db, const struct message *m, const char *why);
/* Letters that wait because something went wrong: how many, and why the newest
 * of them does (NULL: none waits so). */
MUST_USE enum err send_store_waiting(struct db *db, struct arena *a, int64_t *ret_n, const char **ret_why);
/* It never will: the thread shows a bounce, the incident gets a task. */
MUST_USE enum err send_store_failed(struct db *db, struct arena *a, const struct message *m, const char *why,
    int64_t now);

#endif
