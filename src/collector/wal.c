/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/wal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "sys/files.h"

#define MAGIC "TOBIwal\n"
#define VERSION 1
#define FILE_HEAD 24
#define ENTRY "ENTR"
#define ENTRY_HEAD 28
#define SUFFIX ".wal"
#define DIGITS 10

static const unsigned char hash_key[crypto_shorthash_KEYBYTES] = "tobiguchi's log";

struct wal {
	struct arena *a;
	const char *folder;
	int lock;
	int fd;
	uint64_t number;
	uint64_t state_end; /* where the first batch of this file stands */
	uint64_t written;   /* bytes of this file */
	uint64_t before;    /* bytes of the files before it: marks go on from there */
	uint64_t durable;   /* a mark */
	bool syncing;
	bool broken;	    /* a write or a sync failed: what is on disk is not known */
	pthread_mutex_t mutex;
	pthread_cond_t synced;
};

static uint64_t
entry_hash(struct str head, struct str bytes)
{
	/* Head and bytes are hashed apart: one call takes one piece of memory. */
	unsigned char both[2 * crypto_shorthash_BYTES], out[crypto_shorthash_BYTES];

	(void)crypto_shorthash(both, (const unsigned char *)head.p, head.n, hash_key); /* cannot fail */
	(void)crypto_shorthash(both + sizeof(out), (const unsigned char *)bytes.p, bytes.n, hash_key);
	(void)crypto_shorthash(out, both, sizeof(both), hash_key);
	struct scan s = scan_of((struct str){ (const char *)out, sizeof(out) });

	return scan_u64(&s);
}

const char *
wal_path(struct arena *a, const char *folder, uint64_t number)
{
	return arena_printf(a, "%s/%0*llu" SUFFIX, folder, DIGITS, (unsigned long long)number);
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

enum err
wal_list(struct arena *a, const char *folder, const uint64_t **ret, size_t *ret_n)
{
	DIR *d = opendir(folder);
	uint64_t *list = NULL;
	size_t n = 0;

	if (d == NULL && errno != ENOENT)
		return ERR_IO;
	for (struct dirent *t; d != NULL && (t = readdir(d)) != NULL;) {
		struct str s = str_of(t->d_name);
		uint64_t number;

		if (!str_eat_digits(&s, DIGITS, DIGITS, &number) || !str_is(s, SUFFIX))
			continue;
		list = arena_room(a, list, n, sizeof(*list));
		list[n++] = number;
	}
	if (d != NULL)
		(void)closedir(d); /* only read */
	if (n > 1)
		qsort(list, n, sizeof(*list), by_number);
	*ret = list;
	*ret_n = n;
	return OK;
}

/* Reading */

struct entry {
	uint32_t kind;
	uint64_t durable;
	struct str bytes;
};

/* The entry at the beginning of ${s}, when a whole one is there. */
static bool
entry_read(struct str s, struct entry *ret)
{
	struct scan scan = scan_of(s);

	if (!str_equal(scan_bytes(&scan, 4), STR(ENTRY)))
		return false;
	ret->kind = scan_u32(&scan);
	uint32_t length = scan_u32(&scan);

	ret->durable = scan_u64(&scan);
	uint64_t hash = scan_u64(&scan);

	ret->bytes = scan_bytes(&scan, length);
	return scan_error(&scan) == OK &&
	    hash == entry_hash(str_skip(str_take(s, ENTRY_HEAD - 8), 4), ret->bytes);
}

/* The next whole entry at or after ${*at}; false when there is none. */
static bool
entry_next(struct str file, size_t *at, struct entry *ret)
{
	while (*at < file.n) {
		if (entry_read(str_skip(file, *at), ret))
			return true;
		size_t next = str_find(file, STR(ENTRY), *at + 1);

		*at = next == SIZE_MAX ? file.n : next;
	}
	return false;
}

/* Up to where was all of it on disk when it was last written to? */
static uint64_t
durable_end(struct str file)
{
	struct entry entry;
	uint64_t most = 0;

	for (size_t at = FILE_HEAD; entry_next(file, &at, &entry); at += ENTRY_HEAD + entry.bytes.n) {
		if (entry.durable > most)
			most = entry.durable;
	}
	return most;
}

static enum err
head_read(struct str file, uint64_t number)
{
	struct scan s = scan_of(file);

	if (!str_equal(scan_bytes(&s, sizeof(MAGIC) - 1), STR(MAGIC)))
		return ERR_INVALID;
	if (scan_u8(&s) != VERSION)
		return ERR_UNAVAILABLE;
	(void)scan_bytes(&s, 7);
	return scan_u64(&s) == number && scan_error(&s) == OK ? OK : ERR_INVALID;
}

static enum err
entries_read(struct str file, wal_entry_fn fn, void *object, struct wal_reading *r)
{
	uint64_t end = 0;
	struct entry entry;
	size_t at = FILE_HEAD;

	while (at < file.n) {
		size_t from = at;
		bool found = entry_next(file, &at, &entry);

		if (at != from) {
			if (end == 0)
				end = durable_end(file);
			if (from >= end) {
				r->torn = true;
				return OK;
			}
			r->damaged++;
		}
		if (!found)
			return OK;
		TRY(fn(object, (enum wal_kind)entry.kind, entry.bytes));
		r->entries++;
		at += ENTRY_HEAD + entry.bytes.n;
	}
	return OK;
}

enum err
wal_read(const char *folder, uint64_t number, wal_entry_fn fn, void *object, struct wal_reading *ret)
{
	AUTO(arena) a = arena_new();
	struct wal_reading r = { 0 };
	struct str file;

	TRY(files_read(a, wal_path(a, folder, number), LIMIT_WAL_FILE + LIMIT_WAL_STATE + LIMIT_MIB(1), &file));
	enum err e = head_read(file, number);

	/* What follows a damaged head tells by itself whether it is whole. */
	if (e != OK && e != ERR_INVALID)
		return e;
	r.damaged += e != OK;
	TRY(entries_read(file, fn, object, &r));
	*ret = r;
	return OK;
}

enum err
wal_batch(struct str bytes, int64_t *ret_received_at, struct str *ret)
{
	struct scan s = scan_of(bytes);

	*ret_received_at = (int64_t)scan_u64(&s);
	*ret = scan_bytes(&s, scan_left(&s));
	return scan_error(&s);
}

/* Writing */

static void
entry_head(struct buf *out, enum wal_kind kind, struct str bytes, uint64_t durable)
{
	buf_text(out, ENTRY);
	buf_u32(out, kind);
	buf_u32(out, (uint32_t)bytes.n);
	buf_u64(out, durable);
	buf_u64(out, entry_hash(str_skip(buf_view(out), out->n - (ENTRY_HEAD - 12)), bytes));
}

/* A new file with its first entry, durable under its name. */
static enum err
begin(struct wal *w, uint64_t number, struct str state)
{
	AUTO(arena) a = arena_new();
	struct buf *out = buf_new(a, LIMIT_WAL_STATE + LIMIT_KIB(1));
	const char *path = wal_path(a, w->folder, number);

	if (state.n > LIMIT_WAL_STATE)
		return ERR_LIMIT;
	buf_text(out, MAGIC);
	buf_char(out, VERSION);
	buf_add(out, "\0\0\0\0\0\0", 7);
	buf_u64(out, number);
	struct buf *head = buf_new(a, LIMIT_KIB(1));

	entry_head(head, WAL_STATE, state, 0);
	buf_str(out, buf_view(head));
	buf_str(out, state);
	TRY(buf_error(out));
	TRY(files_write(path, buf_view(out), 0600));
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return ERR_IO;
	if (w->fd >= 0)
		(void)close(w->fd); /* it was synced */
	w->fd = fd;
	w->number = number;
	w->before += w->written;
	w->written = w->state_end = out->n;
	w->durable = w->before + w->written;
	return OK;
}

/* A killed process may have left entries that only the kernel's memory has: the
 * state that the new file begins with speaks of them. */
static enum err
sync_before(struct arena *a, const char *folder, uint64_t number)
{
	int fd = number == 0 ? -1 : open(wal_path(a, folder, number - 1), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return OK; /* there is none */
	bool good = fdatasync(fd) == 0;

	(void)close(fd); /* only read */
	return good ? OK : ERR_IO;
}

enum err
wal_open(const char *folder, uint64_t number, struct str state, struct wal **ret)
{
	struct arena *a = arena_new();
	struct wal *w = arena_one(a, struct wal);
	enum err e;

	*w = (struct wal){ .a = a, .folder = arena_dup(a, folder), .fd = -1, .lock = -1 };
	if (pthread_mutex_init(&w->mutex, NULL) != 0 || pthread_cond_init(&w->synced, NULL) != 0)
		abort(); /* no memory; the parent starts the role again */
	e = files_mkdirs(folder, 0700);
	if (e == OK)
		e = files_lock(arena_printf(a, "%s/lock", folder), 0, &w->lock);
	if (e == OK)
		e = sync_before(a, folder, number);
	if (e == OK)
		e = begin(w, number, state);
	if (e != OK) {
		wal_free(w);
		return e;
	}
	*ret = w;
	return OK;
}

void
wal_free(struct wal *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0) {
		(void)fdatasync(w->fd); /* nobody was told of what this would be for */
		(void)close(w->fd);
	}
	if (w->lock >= 0)
		files_unlock(w->lock);
	(void)pthread_mutex_destroy(&w->mutex); /* nobody waits any more */
	(void)pthread_cond_destroy(&w->synced);
	arena_free(w->a);
}

uint64_t
wal_number(const struct wal *w)
{
	return w->number;
}

uint64_t
wal_size(const struct wal *w)
{
	return w->written - w->state_end;
}

/* All of it or nothing; with O_APPEND, at the end. */
static enum err
write_all(struct wal *w, struct iovec *part, int parts, size_t n)
{
	ssize_t done;

	do
		done = writev(w->fd, part, parts);
	while (done < 0 && errno == EINTR);
	if (done == (ssize_t)n)
		return OK;
	int number = done < 0 ? errno : ENOSPC; /* a short write: there was no more room */

	if (ftruncate(w->fd, (off_t)w->written) != 0) {
		w->broken = true;
		return ERR_IO;
	}
	return number == ENOSPC || number == EDQUOT || number == EFBIG ? ERR_UNAVAILABLE : ERR_IO;
}

static enum err
append(struct wal *w, struct str batch, int64_t received_at, uint64_t *ret_mark)
{
	AUTO(arena) a = arena_new();
	struct buf *bytes = buf_new(a, LIMIT_BATCH + 8), *head = buf_new(a, LIMIT_KIB(1));

	buf_u64(bytes, (uint64_t)received_at);
	buf_str(bytes, batch);
	TRY(buf_error(bytes));
	entry_head(head, WAL_BATCH, buf_view(bytes), w->durable > w->before ? w->durable - w->before : 0);
	struct iovec part[] = { { head->p, head->n }, { bytes->p, bytes->n } };

	TRY(write_all(w, part, COUNT(part), head->n + bytes->n));
	w->written += head->n + bytes->n;
	*ret_mark = w->before + w->written;
	return OK;
}

enum err
wal_append(struct wal *w, int64_t received_at, struct str batch, uint64_t *ret_mark)
{
	(void)pthread_mutex_lock(&w->mutex); /* fails only for a mutex that is none */
	enum err e = w->broken ? ERR_IO : append(w, batch, received_at, ret_mark);

	(void)pthread_mutex_unlock(&w->mutex);
	return e;
}

/* With the mutex, which is let go meanwhile. */
static void
sync_now(struct wal *w)
{
	uint64_t mark = w->before + w->written;

	w->syncing = true;
	(void)pthread_mutex_unlock(&w->mutex);
	bool good = fdatasync(w->fd) == 0;

	(void)pthread_mutex_lock(&w->mutex);
	w->syncing = false;
	/* After a failure the kernel forgets what it could not write: a second
	 * try would say yes to nothing. */
	if (good)
		w->durable = mark;
	else
		w->broken = true;
	(void)pthread_cond_broadcast(&w->synced);
}

/* With the mutex. */
static enum err
wait_durable(struct wal *w, uint64_t mark)
{
	while (w->durable < mark && !w->broken) {
		if (w->syncing)
			(void)pthread_cond_wait(&w->synced, &w->mutex);
		else
			sync_now(w);
	}
	return w->durable >= mark ? OK : ERR_IO;
}

enum err
wal_sync(struct wal *w, uint64_t mark)
{
	(void)pthread_mutex_lock(&w->mutex);
	enum err e = wait_durable(w, mark);

	(void)pthread_mutex_unlock(&w->mutex);
	return e;
}

enum err
wal_rotate(struct wal *w, struct str state)
{
	(void)pthread_mutex_lock(&w->mutex);
	enum err e = wait_durable(w, w->before + w->written);

	if (e == OK)
		e = begin(w, w->number + 1, state);
	(void)pthread_mutex_unlock(&w->mutex);
	return e;
}
