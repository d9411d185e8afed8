/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "blob/blob_priv.h"
#include "db/db.h"

struct blob_out {
	struct arena *a;
	struct blob_row row;
	struct str left; /* of an inline one */
	int fd;		 /* of a file, else -1 */
	struct blob_decoder *decoder;
	uint64_t read;
};

static enum err
give(void *object, void *p, size_t n, size_t *ret)
{
	struct blob_out *out = object;

	if (out->fd >= 0)
		return blob_file_read(out->fd, p, n, ret);

	struct str piece = str_take(out->left, n);

	if (piece.n > 0)
		memcpy(p, piece.p, piece.n);
	out->left = str_skip(out->left, piece.n);
	*ret = piece.n;
	return OK;
}

/* Chunks are copied out at once, so that no snapshot stays open meanwhile. */
static enum err
open_chunks(struct blob_store *s, struct db *db, struct blob_out *out)
{
	char *path;

	TRY(blob_file_temporary(s, false, &out->fd, &path));
	TRY(blob_store_copy_chunks(db, out->row.id, out->fd));
	return lseek(out->fd, 0, SEEK_SET) == 0 ? OK : ERR_IO;
}

static enum err
open_file(struct blob_store *s, struct blob_out *out)
{
	if (s->dir == NULL)
		return ERR_IO;

	char *path = blob_file_path(s, out->row.name);

	out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	enum err e = out->fd >= 0 ? OK : errno == EMFILE || errno == ENFILE ? ERR_UNAVAILABLE : ERR_IO;

	blob_file_forget(path);
	return e;
}

enum err
blob_out_open(struct blob_store *s, struct db *db, int64_t id, struct blob_out **ret)
{
	AUTO(blob_out) out = calloc(1, sizeof(*out));

	if (out == NULL)
		abort();
	out->fd = -1;
	out->a = arena_new();
	TRY(blob_store_load(db, out->a, id, &out->row));
	out->left = out->row.bytes;
	if (out->row.bytes.p == NULL)
		TRY(db_kind(db) == DB_POSTGRESQL ? open_chunks(s, db, out) : open_file(s, out));
	TRY(blob_decoder_new(&s->keys, (struct blob_source){ .read = give, .object = out },
	    out->row.name, &out->decoder));
	*ret = out;
	out = NULL;
	return OK;
}

uint64_t
blob_out_size(const struct blob_out *out)
{
	return out->row.size;
}

enum err
blob_out_read(struct blob_out *out, void *p, size_t max, size_t *ret)
{
	size_t n;

	TRY(blob_decoder_read(out->decoder, p, max, &n));
	out->read += n;
	if (n == 0 ? max > 0 && out->read != out->row.size : out->read > out->row.size)
		return ERR_IO;
	*ret = n;
	return OK;
}

void
blob_out_free(struct blob_out *out)
{
	if (out == NULL)
		return;
	blob_decoder_free(out->decoder);
	arena_free(out->a);
	if (out->fd >= 0)
		(void)close(out->fd); /* only read */
	free(out);
}

enum err
blob_get(struct blob_store *s, struct db *db, struct arena *a, int64_t id, size_t max,
    struct str *ret)
{
	AUTO(blob_out) out = NULL;
	size_t n, end;
	char more;

	TRY(blob_out_open(s, db, id, &out));
	if (out->row.size > max)
		return ERR_LIMIT;

	size_t size = (size_t)out->row.size;
	char *bytes = arena_alloc(a, size + 1); /* ends with NUL, for convenience */

	TRY(blob_out_read(out, bytes, size, &n));
	if (n != size)
		return ERR_IO;
	TRY(blob_out_read(out, &more, 1, &end)); /* checks the name */
	if (end != 0)
		return ERR_IO;
	*ret = (struct str){ .p = bytes, .n = size };
	return OK;
}
