/* SPDX-License-Identifier: Apache-2.0 */
#include "role/role.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "db/db.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/sandbox.h"

void
role_ready(struct role_ends *ends, enum part part)
{
	const unsigned char byte = (unsigned char)part;

	/* A parent that is gone has sent its death signal already. */
	if (write(ends->ready, &byte, 1) != 1)
		log_warn("the parent does not hear that this role is ready");
	(void)close(ends->ready);
	ends->ready = -1;
}

bool
role_control(const struct role_ends *ends, void (*accept)(void *object, enum part peer, int fd),
    void *object)
{
	unsigned char tag;
	int fd;

	enum err e;

	while ((e = ipc_fd_receive(ends->control, &tag, &fd)) == OK) {
		if (tag < PART_COUNT)
			accept(object, (enum part)tag, fd);
		else
			(void)close(fd);
	}
	return e != ERR_NOT_FOUND;
}

enum err
role_key(const struct role_config *c, unsigned char ret[32])
{
	enum err e = files_key_read(c->key_file, ret);

	if (e != OK)
		log_error("the secret key cannot be read: 32 bytes, mode 0600, of this user",
		    LOG_S("path", c->key_file), LOG_S("error", err_name(e)));
	return e;
}

/* Folders below which web and work may write; NULL ends. */
static const char *const *
writable(const struct role_config *c)
{
	const char **list = arena_many(c->a, const char *, 3);
	struct str url = str_of(c->db_url);
	const char *path, *slash;
	size_t n = 0;

	if (c->data != NULL)
		list[n++] = c->data;
	/* A SQLite file elsewhere: its log and index stand beside it. */
	if (str_eat(&url, STR("sqlite:"))) {
		path = arena_cstr(c->a, url);
		slash = strrchr(path, '/');
		list[n++] = slash == NULL ? "."
		    : slash == path	  ? "/"
					  : arena_dupn(c->a, path, (size_t)(slash - path));
	}
	return list;
}

/*
 * The cage allows reading file by file in the data folder, so its files must be
 * there before. SQLite removes its log and its index when the last connection
 * closes and makes new ones later: this one stays open as long as the process.
 */
static enum err
make_files(const struct role_config *c)
{
	static struct db *keeper;
	static const char *const names[] = { "journal.heads", "write.lock" };
	static const char *const folders[] = { "telescope/wal", "telescope/store" };
	AUTO(db_stmt) q = NULL;

	for (size_t i = 0; i < COUNT(names); i++) {
		int fd = open(arena_printf(c->a, "%s/%s", c->data, names[i]),
		    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0)
			return ERR_IO;
		(void)close(fd); /* nothing was written */
	}
	for (size_t i = 0; i < COUNT(folders); i++)
		TRY(files_mkdirs(arena_printf(c->a, "%s/%s", c->data, folders[i]), 0700));
	if (!str_starts(str_of(c->db_url), STR("sqlite:")))
		return OK;
	TRY(db_open(c->db_url, true, c->lock_path, &keeper));
	TRY(db_begin_read(keeper));
	TRY(db_one(keeper, &q, "SELECT COUNT(*) FROM counter"));
	TRY(db_end(q));
	db_rollback(keeper); /* it read only */
	return OK;
}

enum err
role_cage(const struct role_config *c)
{
	const char *keys = c->data == NULL ? NULL : arena_printf(c->a, "%s/gnupg", c->data);

	if (keys != NULL)
		TRY(files_mkdirs(keys, 0700));
	if (keys != NULL && sandbox_landlock() > 0)
		TRY(make_files(c));
	if (sandbox_server(writable(c), keys) == OK)
		return OK;
	log_error("the system refuses the cage of this role (seccomp)");
	return ERR_DENIED;
}
