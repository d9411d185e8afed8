/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/rand.h"

#define CHUNK (64 * 1024)
#define LOCK_PAUSE_MS 5

static enum err
from_errno(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EEXIST:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
		return ERR_UNAVAILABLE;
	default:
		return ERR_IO;
	}
}

static enum err
mkdir_one(const char *path, unsigned mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return OK;
	if (errno != EEXIST)
		return from_errno(errno);
	if (stat(path, &st) != 0)
		return from_errno(errno);
	return S_ISDIR(st.st_mode) ? OK : ERR_EXISTS;
}

enum err
files_mkdirs(const char *path, unsigned mode)
{
	AUTO(arena) a = arena_new();
	char *copy = arena_dup(a, path);

	for (char *p = strchr(copy + (*copy == '/'), '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		TRY(mkdir_one(copy, 0755));
		*p = '/';
	}
	return mkdir_one(copy, mode);
}

enum err
files_read_fd(struct arena *a, int fd, size_t max, struct str *ret)
{
	struct buf *b = buf_new(a, max);
	char chunk[CHUNK];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno(errno);
		if (n == 0)
			break;
		buf_add(b, chunk, (size_t)n);
		TRY(buf_error(b));
	}
	*ret = buf_view(b);
	return OK;
}

enum err
files_read(struct arena *a, const char *path, size_t max, struct str *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return from_errno(errno);
	e = files_read_fd(a, fd, max, ret);
	(void)close(fd); /* it was only read */
	return e;
}

enum err
files_write_fd(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno(errno);
		bytes = str_skip(bytes, (size_t)n);
	}
	return OK;
}

enum err
files_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0)
		return from_errno(errno);
	if (fsync(fd) != 0)
		e = from_errno(errno);
	(void)close(fd); /* fsync has said what there is to say */
	return e;
}

/* The folder that holds ${path}. */
static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path ? "/" : arena_dupn(a, path, (size_t)(slash - path));
}

/* A new file beside ${path}, whole and on the disk. */
static enum err
write_beside(struct arena *a, const char *path, struct str bytes, unsigned mode, char **ret)
{
	char *beside = arena_printf(a, "%s.XXXXXX", path);
	int fd = mkostemp(beside, O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return from_errno(errno);
	e = files_write_fd(fd, bytes);
	if (e == OK && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		e = from_errno(errno);
	if (close(fd) != 0 && e == OK)
		e = from_errno(errno);
	if (e != OK) {
		(void)unlink(beside); /* the first failure is the one to tell */
		return e;
	}
	*ret = beside;
	return OK;
}

enum err
files_write(const char *path, struct str bytes, unsigned mode)
{
	AUTO(arena) a = arena_new();
	char *beside;

	TRY(write_beside(a, path, bytes, mode, &beside));
	if (rename(beside, path) != 0) {
		enum err e = from_errno(errno);

		(void)unlink(beside); /* as above */
		return e;
	}
	return files_sync_folder(folder_of(a, path));
}

enum err
files_lock(const char *path, int ms, int *ret_fd)
{
	int64_t until = clock_monotonic_us() + (int64_t)ms * 1000;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return from_errno(errno);
	while (flock(fd, ms < 0 ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
		enum err e = errno == EWOULDBLOCK ? ERR_TIMEOUT : from_errno(errno);

		if (errno == EINTR)
			continue;
		if (e != ERR_TIMEOUT || clock_monotonic_us() >= until) {
			(void)close(fd);
			return e;
		}
		(void)poll(NULL, 0, LOCK_PAUSE_MS); /* flock has no deadline */
	}
	*ret_fd = fd;
	return OK;
}

void
files_unlock(int fd)
{
	if (fd >= 0)
		(void)close(fd); /* the lock goes with it */
}

enum err
files_key_read(const char *path, unsigned char ret[32])
{
	unsigned char key[33];
	struct stat st;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return from_errno(errno);
	if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0) {
		(void)close(fd);
		return ERR_DENIED;
	}
	n = read(fd, key, sizeof(key));
	(void)close(fd); /* it was only read */
	if (n < 0)
		return ERR_IO;
	if (n != 32)
		return ERR_INVALID;
	memcpy(ret, key, 32);
	explicit_bzero(key, sizeof(key));
	return OK;
}

enum err
files_key_make(const char *path, unsigned char ret[32])
{
	AUTO(arena) a = NULL;
	unsigned char key[32];
	char *beside;
	enum err e = files_key_read(path, ret);

	if (e != ERR_NOT_FOUND)
		return e;
	a = arena_new();
	rand_bytes(key, sizeof(key));
	TRY(write_beside(a, path, (struct str){ (const char *)key, sizeof(key) }, 0600, &beside));
	/* link() and not rename(): of two that start at once one must lose. */
	e = link(beside, path) == 0 ? OK : from_errno(errno);
	(void)unlink(beside); /* a left-over would only be untidy */
	explicit_bzero(key, sizeof(key));
	if (e != OK && e != ERR_EXISTS)
		return e;
	TRY(files_sync_folder(folder_of(a, path)));
	return files_key_read(path, ret);
}

enum err
files_is_empty(const char *path, bool *ret)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	bool empty = true;

	if (d == NULL)
		return from_errno(errno);
	while (empty && (entry = readdir(d)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, "lost+found") == 0;
	(void)closedir(d); /* it was only read */
	*ret = empty;
	return OK;
}
