/* SPDX-License-Identifier: Apache-2.0 */
/* attachment_store.h - files of messages, reports and incidents. */
#ifndef INCIDENT_ATTACHMENT_STORE_H
#define INCIDENT_ATTACHMENT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct blob_in;
struct blob_store;
struct db;
struct user;

struct attachment {
	int64_t id;
	int64_t message_id, report_id, incident_id; /* 0 = none */
	int64_t blob_id;
	const char *name, *media_type;
	int64_t size;
	const char *sha256;
	int64_t created_at, person_id; /* 0: from outside */
};

/* Give an uploaded file its row; it belongs to what is not 0. */
MUST_USE enum err attachment_add(struct db *db, struct arena *a, struct blob_in *in,
    const struct attachment *t, int64_t now, int64_t *ret_id);
/* Bytes that we made ourselves. */
MUST_USE enum err attachment_put(struct db *db, struct blob_store *blobs, struct arena *a,
    const struct attachment *t, struct str bytes, int64_t now, int64_t *ret_id);
MUST_USE enum err attachment_get(struct db *db, struct arena *a, int64_t id, struct attachment *ret);
/* An incident's own ones and those of its linked reports, newest first. */
MUST_USE enum err attachment_list(struct db *db, struct arena *a, int64_t incident, const struct user *viewer, struct attachment **ret,
    size_t *ret_n);
/* Does it belong to the incident, as above or through one of its messages? */
MUST_USE enum err attachment_of_incident(struct db *db, const struct attachment *t, int64_t incident, bool *ret);

#endif
