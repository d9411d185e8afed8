/* SPDX-License-Identifier: Apache-2.0 */
/* blob_priv.h - shared by the files of this folder only. */
#ifndef BLOB_BLOB_PRIV_H
#define BLOB_BLOB_PRIV_H

#include "blob/blob.h"
#include "blob/blob_codec.h"

#define BLOB_NAME 32	       /* bytes */
#define BLOB_CHUNK (1024 * 1024) /* bytes of a row of a large blob */

struct blob_store {
	char *dir; /* DATA/blobs, NULL without a data folder */
	char *tmp; /* where temporary files go */
	struct blob_keys keys;
};

/* An unnamed or named new file in the temporary folder; ${*ret_path} (heap) is
 * NULL when it has no name. */
MUST_USE enum err blob_file_temporary(const struct blob_store *s, bool named, int *ret_fd, char **ret_path);
MUST_USE enum err blob_file_write(int fd, const void *p, size_t n);
void blob_file_forget(char *path); /* frees a path of these functions */
/* Up to ${n} bytes, fewer only at the end. */
MUST_USE enum err blob_file_read(int fd, void *p, size_t n, size_t *ret);
/* DATA/blobs/xx/NAME, on the heap. */
char *blob_file_path(const struct blob_store *s, const unsigned char name[BLOB_NAME]);
/* Give the file at ${from} its final name, durable. */
MUST_USE enum err blob_file_keep(const struct blob_store *s, const char *from, const unsigned char name[BLOB_NAME]);

MUST_USE enum err blob_store_find(struct db *db, const unsigned char name[BLOB_NAME], int64_t *ret_id);
/* A row; ERR_EXISTS when another transaction made one meanwhile. ${bytes}.p
 * NULL: not inline. */
struct blob_row {
	int64_t id;
	unsigned char name[BLOB_NAME];
	uint64_t size, stored;
	struct str bytes;
};
MUST_USE enum err blob_store_add(struct db *db, const struct blob_row *row, int64_t now, int64_t *ret_id);
MUST_USE enum err blob_store_add_chunks(struct db *db, int64_t id, int fd);
/* ${ret->bytes} is in ${a}. */
MUST_USE enum err blob_store_load(struct db *db, struct arena *a, int64_t id, struct blob_row *ret);
/* All chunks of ${id} into ${fd}. */
MUST_USE enum err blob_store_copy_chunks(struct db *db, int64_t id, int fd);

#endif
