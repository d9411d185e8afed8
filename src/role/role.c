/* SPDX-License-Identifier: Apache-2.0 */
#include "role/role.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "sys/files.h"
#include "sys/ipc.h"

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

void
role_control(const struct role_ends *ends, void (*accept)(void *object, enum part peer, int fd),
    void *object)
{
	unsigned char tag;
	int fd;

	while (ipc_fd_receive(ends->control, &tag, &fd) == OK) {
		if (tag < PART_COUNT)
			accept(object, (enum part)tag, fd);
		else
			(void)close(fd);
	}
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

const char *const *
role_writable(const struct role_config *c)
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
