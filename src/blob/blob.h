/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob.h - stored bytes: raw mails, attachments, texts; compressed (zstd),
 * then encrypted (libsodium secretstream, subkey of DATA/secret.key).
 *
 * Named by the keyed BLAKE2b of the plaintext, so equal bytes are stored once.
 * What needs up to LIMIT_BLOB_INLINE bytes then is a row; larger ones are files
 * DATA/blobs/xx/NAME (SQLite) or chunked rows (PostgreSQL).  Reading checks the
 * name again, so a changed or exchanged blob is ERR_IO, never wrong bytes at
 * the end.  The format: docs/schema/blob.md.
 */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct db;
struct blob_store;

/* ${data_dir} may be "" for a PostgreSQL-only instance; ${key}: 32 bytes of
 * DATA/secret.key. Thread-safe once open. */
MUST_USE enum err blob_store_open(const char *data_dir, const unsigned char key[32], struct blob_store **ret);
void blob_store_free(struct blob_store *s);
AUTO_DEFINE(blob_store)

/* In the caller's write transaction: ${*ret_id} is blob.id. */
MUST_USE enum err blob_put(struct blob_store *s, struct db *db, struct str bytes, int64_t now, int64_t *ret_id);
/* All of it; ERR_LIMIT over ${max}; ERR_IO when it does not decrypt. */
MUST_USE enum err blob_get(struct blob_store *s, struct db *db, struct arena *a, int64_t id, size_t max, struct str *ret);

/*
 * Streaming in: bytes go compressed and encrypted to a temporary file before
 * the transaction; blob_adopt() then gives it a row (its file is renamed after
 * fsync). Small ones become rows. Peak memory is constant.
 */
struct blob_in;
MUST_USE enum err blob_in_open(struct blob_store *s, struct blob_in **ret);
MUST_USE enum err blob_in_write(struct blob_in *in, const void *p, size_t n);
/* No more bytes; fsyncs. Then size and SHA-256 (32 bytes) are known. */
MUST_USE enum err blob_in_end(struct blob_in *in);
uint64_t blob_in_size(const struct blob_in *in);
const unsigned char *blob_in_sha256(const struct blob_in *in);
MUST_USE enum err blob_adopt(struct blob_in *in, struct db *db, int64_t now, int64_t *ret_id);
void blob_in_free(struct blob_in *in); /* throws away what was not adopted */
AUTO_DEFINE(blob_in)

/* Streaming out, for downloads of any size: header in a read transaction,
 * then bytes without the database where it is a file. */
struct blob_out;
MUST_USE enum err blob_out_open(struct blob_store *s, struct db *db, int64_t id, struct blob_out **ret);
uint64_t blob_out_size(const struct blob_out *out); /* plaintext */
/* Next bytes; 0 at the end. */
MUST_USE enum err blob_out_read(struct blob_out *out, void *p, size_t max, size_t *ret);
void blob_out_free(struct blob_out *out);
AUTO_DEFINE(blob_out)

/*
 * Something stopped naming it: it goes unless a row of any table still does (equal
 * bytes are one blob). A large one's file is swept away within a day. In the
 * caller's write transaction; 0 is none.
 */
MUST_USE enum err blob_forget(struct db *db, int64_t id);

/* Files whose transaction was rolled back, and left-over temporary ones, older
 * than ${before}: removed. ${*ret} how many. SQLite only. */
MUST_USE enum err blob_sweep(struct blob_store *s, struct db *db, int64_t before, int64_t *ret);

#endif
