/* SPDX-License-Identifier: Apache-2.0 */
/* intake_ack.h - "we received your report": the first answer, by itself. */
#ifndef INCIDENT_INTAKE_ACK_H
#define INCIDENT_INTAKE_ACK_H

#include "base/err.h"
#include "base/zone.h"

struct arena;
struct blob_store;
struct db;

struct intake_ack {
	int64_t report_id;
	const char *ref;
	const char *to, *name; /* name may be NULL or "" */
	enum lang lang;
	int64_t received_at, due_at;
	const char *reply_key; /* Message-ID of the report, or NULL */
};
/* Queues it; it leaves at once, marked as automatic (RFC 3834). When the
 * address or all together had too many within the hour (section 2 there), it is
 * noted in the journal instead. */
/* The shipped words: {name} {team} {received_at} {ref} {due} {signature}. */
void intake_ack_shipped(enum lang lang, const char **ret_subject, const char **ret_body);
MUST_USE enum err intake_acknowledge(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct intake_ack *ack, int64_t now);

#endif
