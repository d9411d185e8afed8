/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_store.h - what arrived and what leaves: mails, forms, calls.
 *
 * A message in is kept byte for byte and read later by the job "mail.read". A
 * message out is a row with its text; the job "mail.send" makes the mail of it
 * after ${send_at}, so until then it can be taken back.
 */
#ifndef INCIDENT_MESSAGE_STORE_H
#define INCIDENT_MESSAGE_STORE_H

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;
struct blob_store;
struct db;

/*
 * A raw mail came: blob, row (state "stored"), job "mail.read". The same bytes
 * a second time (the sender did not hear our yes) give the first one's id.
 * ${channel}: "mail" or "api".
 */
MUST_USE enum err message_receive(struct db *db, struct blob_store *blobs, struct arena *a, struct str raw,
    const char *channel, int64_t now, int64_t *ret_id);

/* A mail of ours that waits to be sent. */
struct message_file {
	const char *name, *media_type;
	struct str bytes;
};
struct message_out {
	int64_t report_id, incident_id, notification_id; /* what it belongs to; 0 = none */
	const char *to;	      /* one address */
	const char *to_name;  /* or NULL */
	const char *subject;  /* complete, with tags */
	struct str text;      /* complete, unwrapped */
	enum lang lang;
	const char *tlp;      /* NULL = none */
	const char *reply_key; /* Message-ID that it answers, or NULL */
	const char *references; /* one a line, oldest first, or NULL */
	const char *token;    /* of the thread, stands in our Message-ID and Reply-To; NULL = the message's own */
	bool automatic;	      /* an acknowledgement: says so (RFC 3834) */
	const char *purpose;  /* to a party: request reply reminder; else NULL */
	int64_t person_id;    /* who wrote it; 0 = the program */
	int64_t send_at;      /* not before */
	const struct message_file *files; /* that go with it */
	size_t n_files;
};
/* The row (state "held"), its text, its Message-ID later, job "mail.send"
 * {"message": id} at send_at with key "mail.send/ID". */
MUST_USE enum err message_queue_out(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct message_out *m, int64_t now, int64_t *ret_id);
/* Take it back: ERR_CONFLICT when it is being sent or was. */
MUST_USE enum err message_cancel(struct db *db, int64_t id, int64_t now);

/* Make it findable: once, for what is no report's first message and no
 * acknowledgement, whose words would be found twice. ${who} may be NULL. */
MUST_USE enum err message_index(struct db *db, struct arena *a, int64_t id, const char *subject, const char *who,
    struct str text);

struct message {
	int64_t id;
	const char *direction, *channel, *state;
	int64_t report_id, incident_id, notification_id;
	const char *message_key, *reply_key, *reference_keys;
	const char *from_name, *from_addr, *to_addrs, *to_name, *cc_addrs, *reply_to, *subject;
	int64_t sent_at, received_at;
	int64_t raw_blob, text_blob;
	const char *lang, *tlp, *crypto, *signature, *signer, *auth, *automatic;
	int64_t bounce_of;
	const char *faults; /* JSON list or NULL */
	int64_t send_at, person_id;
	const char *error;
	const char *token;
	const char *purpose;
};
MUST_USE enum err message_get(struct db *db, struct arena *a, int64_t id, struct message *ret);
/* Its text; empty when there is none. */
MUST_USE enum err message_text(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct message *m, struct str *ret);

/* The files of one that waits to be sent. */
MUST_USE enum err message_files(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id,
    struct message_file **ret, size_t *ret_n);

/* Put a message into an empty search index if it belongs there, after a restore. */
MUST_USE enum err message_index_again(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id);
/* Before anything that the index holds of it is changed or erased. */
MUST_USE enum err message_unindex(struct db *db, struct blob_store *blobs, struct arena *a, int64_t id);

#endif
