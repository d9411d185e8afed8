/* SPDX-License-Identifier: Apache-2.0 */
/* picture_store.h - pictures of pages in the database: as uploaded, and as shown. */
#ifndef TAKEDOWN_PICTURE_STORE_H
#define TAKEDOWN_PICTURE_STORE_H

#include "journal/journal.h"
#include "takedown/picture.h"

struct blob_in;
struct blob_store;
struct db;

struct picture {
	int64_t id;
	const char *state; /* waiting ready refused */
	const char *name, *sha256;
	int64_t raw_blob, blob_id; /* blob_id: the one that may be shown, 0 not yet */
	int64_t width, height;
	const char *alt, *error; /* or NULL */
};

/* Takes the uploaded file; the job "picture.make" makes it fit to be shown. */
MUST_USE enum err picture_add(struct db *db, struct arena *a, struct blob_in *in, const char *name, const char *alt,
    struct actor by, int64_t *ret_id);
MUST_USE enum err picture_get(struct db *db, struct arena *a, int64_t id, struct picture *ret);
MUST_USE enum err picture_ready(struct db *db, struct blob_store *blobs, int64_t id, const struct picture_made *made, int64_t now);
MUST_USE enum err picture_refuse(struct db *db, int64_t id, const char *why);

#endif
