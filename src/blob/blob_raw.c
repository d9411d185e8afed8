/* SPDX-License-Identifier: Apache-2.0 */
#include "blob/blob_raw.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "blob/blob_priv.h"
#include "db/db.h"

/* Descriptor of the stored bytes. */
static enum err
open_stored(struct blob_store *s, struct db *db, const struct blob_row *row, int *ret_fd)
{
	char *path;

	*ret_fd = -1;
	if (db_kind(db) == DB_POSTGRESQL) {
		TRY(blob_file_temporary(s, false, ret_fd, &path));
		TRY(blob_store_copy_chunks(db, row->id, *ret_fd));
		return lseek(*ret_fd, 0, SEEK_SET) == 0 ? OK : ERR_IO;
	}
	if (s->dir == NULL)
		return ERR_IO;
	path = blob_file_path(s, row->name);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	blob_file_forget(path);
	return *ret_fd >= 0 ? OK : ERR_NOT_FOUND;
}

static enum err
give_all(int fd, const struct blob_row *row, char *piece,
    enum err (*each)(void *object, struct str piece), void *object)
{
	uint64_t total = 0;
	size_t n = BLOB_CHUNK;

	while (n == BLOB_CHUNK) {
		TRY(blob_file_read(fd, piece, BLOB_CHUNK, &n));
		total += n;
		if (n > 0)
			TRY(each(object, (struct str){ piece, n }));
	}
	return total == row->stored ? OK : ERR_IO;
}

enum err
blob_raw_read(struct blob_store *s, struct db *db, int64_t id,
    enum err (*each)(void *object, struct str piece), void *object)
{
	AUTO(arena) a = arena_new();
	struct blob_row row;
	int fd = -1;

	TRY(blob_store_load(db, a, id, &row));
	if (row.bytes.p != NULL)
		return ERR_INVALID;
	enum err e = open_stored(s, db, &row, &fd);

	if (e == OK)
		e = give_all(fd, &row, arena_many(a, char, BLOB_CHUNK), each, object);
	if (fd >= 0)
		(void)close(fd); /* only read */
	return e;
}

struct blob_raw {
	struct blob_store *store;
	int fd;
	char *path; /* NULL: it has no name (any more) */
	uint64_t n;
};

enum err
blob_raw_open(struct blob_store *s, struct blob_raw **ret)
{
	AUTO(blob_raw) r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->store = s;
	r->fd = -1;
	TRY(blob_file_temporary(s, s->dir != NULL, &r->fd, &r->path));
	*ret = r;
	r = NULL;
	return OK;
}

enum err
blob_raw_write(struct blob_raw *r, struct str piece)
{
	r->n += piece.n;
	return blob_file_write(r->fd, piece.p, piece.n);
}

enum err
blob_raw_keep(struct blob_raw *r, struct db *db, int64_t id)
{
	AUTO(arena) a = arena_new();
	struct blob_row row;

	TRY(blob_store_load(db, a, id, &row));
	if (row.bytes.p != NULL || row.stored != r->n)
		return ERR_INVALID;
	if (db_kind(db) == DB_POSTGRESQL) {
		if (lseek(r->fd, 0, SEEK_SET) != 0)
			return ERR_IO;
		return blob_store_add_chunks(db, id, r->fd);
	}
	if (r->path == NULL || fsync(r->fd) != 0)
		return ERR_IO;
	TRY(blob_file_keep(r->store, r->path, row.name));
	blob_file_forget(r->path);
	r->path = NULL;
	return OK;
}

void
blob_raw_free(struct blob_raw *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		(void)close(r->fd); /* synced, or not wanted */
	if (r->path != NULL)
		(void)unlink(r->path); /* else swept later */
	blob_file_forget(r->path);
	free(r);
}
