/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob_raw.h - large blobs as they are stored, without opening them: for
 * backup, restore and the move between back ends (operation/).
 */
#ifndef BLOB_BLOB_RAW_H
#define BLOB_BLOB_RAW_H

#include "blob/blob.h"

/* The stored bytes of ${id}, which is not in its row, piece by piece. */
MUST_USE enum err blob_raw_read(struct blob_store *s, struct db *db, int64_t id,
    enum err (*each)(void *object, struct str piece), void *object);

/* The other way: the row is there already; blob_raw_keep() in the caller's
 * write transaction. */
struct blob_raw;
MUST_USE enum err blob_raw_open(struct blob_store *s, struct blob_raw **ret);
MUST_USE enum err blob_raw_write(struct blob_raw *r, struct str piece);
MUST_USE enum err blob_raw_keep(struct blob_raw *r, struct db *db, int64_t id);
void blob_raw_free(struct blob_raw *r);
AUTO_DEFINE(blob_raw)

#endif
