/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/rand.h"
#include "blob/blob_priv.h"
#include "db/db.h"

/* Heap text that must not fail; like the arena. */
__attribute__((format(printf, 1, 2))) static char *
text(const char *format, ...)
{
	va_list ap;
	char *p;

	va_start(ap, format);
	if (vasprintf(&p, format, ap) < 0)
		abort();
	va_end(ap);
	return p;
}

enum err
blob_store_open(const char *data_dir, const unsigned char key[32], struct blob_store **ret)
{
	AUTO(blob_store) s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	blob_codec_keys(&s->keys, key);
	if (data_dir != NULL && data_dir[0] != '\0') {
		s->dir = text("%s/blobs", data_dir);
		s->tmp = text("%s/tmp", s->dir);
		if ((mkdir(s->dir, 0700) != 0 && errno != EEXIST) ||
		    (mkdir(s->tmp, 0700) != 0 && errno != EEXIST))
			return ERR_IO;
	} else {
		const char *tmp = getenv("TMPDIR");

		s->tmp = text("%s", tmp == NULL || tmp[0] == '\0' ? "/tmp" : tmp);
	}
	*ret = s;
	s = NULL;
	return OK;
}

void
blob_store_free(struct blob_store *s)
{
	if (s == NULL)
		return;
	sodium_memzero(&s->keys, sizeof(s->keys));
	free(s->dir);
	free(s->tmp);
	free(s);
}

enum err
blob_file_temporary(const struct blob_store *s, bool named, int *ret_fd, char **ret_path)
{
	unsigned char random[16];
	char hex[2 * sizeof(random) + 1];

	rand_bytes(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));

	char *path = text("%s/%s.tmp", s->tmp, hex);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		blob_file_forget(path);
		return ERR_UNAVAILABLE; /* disk full, no descriptors: try later */
	}
	if (!named) {
		(void)unlink(path); /* it is ours alone */
		blob_file_forget(path);
		path = NULL;
	}
	*ret_fd = fd;
	*ret_path = path;
	return OK;
}

enum err
blob_file_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return errno == ENOSPC || errno == EDQUOT ? ERR_UNAVAILABLE : ERR_IO;
		at += done;
		n -= (size_t)done;
	}
	return OK;
}

enum err
blob_file_read(int fd, void *p, size_t n, size_t *ret)
{
	char *at = p;
	size_t got = 0;

	while (got < n) {
		ssize_t done = read(fd, at + got, n - got);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return ERR_IO;
		if (done == 0)
			break;
		got += (size_t)done;
	}
	*ret = got;
	return OK;
}

char *
blob_file_path(const struct blob_store *s, const unsigned char name[BLOB_NAME])
{
	char hex[2 * BLOB_NAME + 1];

	sodium_bin2hex(hex, sizeof(hex), name, BLOB_NAME);
	return text("%s/%.2s/%s", s->dir, hex, hex);
}

static enum err
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ERR_IO;

	int rc = fsync(fd);

	(void)close(fd); /* nothing was written through it */
	return rc == 0 ? OK : ERR_IO;
}

static enum err
keep(const struct blob_store *s, const char *from, char *to)
{
	char *slash = strrchr(to, '/');

	*slash = '\0';
	if (mkdir(to, 0700) == 0)
		TRY(sync_folder(s->dir));
	else if (errno != EEXIST)
		return ERR_UNAVAILABLE;
	*slash = '/';
	if (rename(from, to) != 0)
		return ERR_IO;
	*slash = '\0';
	return sync_folder(to);
}

enum err
blob_file_keep(const struct blob_store *s, const char *from, const unsigned char name[BLOB_NAME])
{
	char *to = blob_file_path(s, name);
	enum err e = keep(s, from, to);

	blob_file_forget(to);
	return e;
}

void
blob_file_forget(char *path)
{
	free(path);
}

/* Remove what is older than ${before} in one folder, when it is no blob. */
static enum err
sweep_folder(struct db *db, const char *path, bool temporary, int64_t before, int64_t *count)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	enum err e = OK;

	if (dir == NULL)
		return OK; /* no blob begins with these digits */
	while (e == OK && (entry = readdir(dir)) != NULL) {
		unsigned char name[BLOB_NAME];
		struct stat st;
		int64_t id;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode) || (int64_t)st.st_mtime * 1000 >= before)
			continue;
		if (!temporary) {
			if (hex_parse(str_of(entry->d_name), name, sizeof(name)) != OK)
				continue; /* not ours */
			e = blob_store_find(db, name, &id);
			if (e != ERR_NOT_FOUND)
				continue;
			e = OK;
		}
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			(*count)++;
	}
	(void)closedir(dir); /* only read */
	return e;
}

enum err
blob_sweep(struct blob_store *s, struct db *db, int64_t before, int64_t *ret)
{
	AUTO(arena) a = arena_new();
	int64_t count = 0;

	if (s->dir != NULL) {
		TRY(sweep_folder(db, s->tmp, true, before, &count));
		for (unsigned i = 0; i < 256; i++)
			TRY(sweep_folder(
			    db, arena_printf(a, "%s/%02x", s->dir, i), false, before, &count));
	}
	*ret = count;
	return OK;
}
