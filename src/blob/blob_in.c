/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "blob/blob_priv.h"
#include "db/db.h"

struct blob_in {
	struct blob_store *store;
	struct blob_encoder *encoder;
	crypto_hash_sha256_state sha256_state;
	unsigned char sha256[crypto_hash_sha256_BYTES];
	struct blob_row row; /* name and sizes, once ended */
	struct buf small;    /* stored bytes while they fit a row */
	int fd;		     /* of the temporary file, or -1 */
	char *path;	     /* its name; NULL when it has none (any more) */
	bool ended;
};

/* Stored bytes go to memory while they fit a row, then to a file. */
static enum err
take(void *object, const void *p, size_t n)
{
	struct blob_in *in = object;

	in->row.stored += n;
	if (in->fd < 0 && in->small.n + n <= LIMIT_BLOB_INLINE) {
		buf_add(&in->small, p, n);
		return OK;
	}
	if (in->fd < 0) {
		/* Without a data folder nothing will be renamed: no name. */
		TRY(blob_file_temporary(in->store, in->store->dir != NULL, &in->fd, &in->path));
		TRY(blob_file_write(in->fd, in->small.p, in->small.n));
		buf_done(&in->small);
	}
	return blob_file_write(in->fd, p, n);
}

static enum err
open_sized(struct blob_store *s, uint64_t size, struct blob_in **ret)
{
	AUTO(blob_in) in = calloc(1, sizeof(*in));

	if (in == NULL)
		abort();
	in->store = s;
	in->fd = -1;
	buf_init(&in->small, LIMIT_BLOB_INLINE);
	crypto_hash_sha256_init(&in->sha256_state);
	TRY(blob_encoder_new(
	    &s->keys, (struct blob_sink){ .write = take, .object = in }, size, &in->encoder));
	*ret = in;
	in = NULL;
	return OK;
}

enum err
blob_in_open(struct blob_store *s, struct blob_in **ret)
{
	return open_sized(s, UINT64_MAX, ret);
}

enum err
blob_in_write(struct blob_in *in, const void *p, size_t n)
{
	in->row.size += n;
	crypto_hash_sha256_update(&in->sha256_state, p, n);
	return blob_encoder_write(in->encoder, p, n);
}

enum err
blob_in_end(struct blob_in *in)
{
	TRY(blob_encoder_end(in->encoder, in->row.name));
	crypto_hash_sha256_final(&in->sha256_state, in->sha256);
	blob_encoder_free(in->encoder); /* its buffers, early */
	in->encoder = NULL;
	if (in->fd >= 0 && in->path != NULL && fsync(in->fd) != 0)
		return ERR_IO;
	in->ended = true;
	return OK;
}

uint64_t
blob_in_size(const struct blob_in *in)
{
	return in->row.size;
}

const unsigned char *
blob_in_sha256(const struct blob_in *in)
{
	return in->sha256;
}

static enum err
add(struct blob_in *in, struct db *db, int64_t now, int64_t *ret_id)
{
	if (in->fd < 0) {
		in->row.bytes = buf_view(&in->small);
		return blob_store_add(db, &in->row, now, ret_id);
	}
	if (db_kind(db) == DB_POSTGRESQL) {
		TRY(blob_store_add(db, &in->row, now, ret_id));
		if (lseek(in->fd, 0, SEEK_SET) != 0)
			return ERR_IO;
		return blob_store_add_chunks(db, *ret_id, in->fd);
	}
	if (in->path == NULL)
		return ERR_IO; /* SQLite without a data folder, or adopted twice */
	/* The file first: a row without its file would be a loss; a file whose
	 * transaction is rolled back is swept away later. */
	TRY(blob_file_keep(in->store, in->path, in->row.name));
	blob_file_forget(in->path);
	in->path = NULL;
	return blob_store_add(db, &in->row, now, ret_id);
}

enum err
blob_adopt(struct blob_in *in, struct db *db, int64_t now, int64_t *ret_id)
{
	if (!in->ended)
		return ERR_INVALID;

	enum err e = blob_store_find(db, in->row.name, ret_id);

	if (e != ERR_NOT_FOUND)
		return e; /* the same bytes are stored already, or a failure */
	e = add(in, db, now, ret_id);
	if (e == ERR_EXISTS) /* by another transaction that committed just now */
		e = blob_store_find(db, in->row.name, ret_id);
	return e == ERR_NOT_FOUND ? ERR_CONFLICT : e;
}

void
blob_in_free(struct blob_in *in)
{
	if (in == NULL)
		return;
	blob_encoder_free(in->encoder);
	buf_done(&in->small);
	if (in->fd >= 0)
		(void)close(in->fd); /* synced, or not wanted */
	if (in->path != NULL)
		(void)unlink(in->path); /* else swept later */
	blob_file_forget(in->path);
	free(in);
}

enum err
blob_put(struct blob_store *s, struct db *db, struct str bytes, int64_t now, int64_t *ret_id)
{
	AUTO(blob_in) in = NULL;
	unsigned char name[BLOB_NAME];

	blob_codec_name(&s->keys, bytes, name);

	enum err e = blob_store_find(db, name, ret_id);

	if (e != ERR_NOT_FOUND)
		return e;
	TRY(open_sized(s, bytes.n, &in));
	in->row.size = bytes.n;
	TRY(blob_encoder_all(in->encoder, bytes));
	TRY(blob_in_end(in));
	return blob_adopt(in, db, now, ret_id);
}
