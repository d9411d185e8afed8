/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/intake_client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sys/files.h"

#define ANSWER_MS 60000

/* A connected socket, or -1. */
static int
server(struct arena *a, const char *data_dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = arena_printf(a, "%s/intake.sock", data_dir);

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* 0 when the server did not answer, else its answer. */
static char
ask(int fd, struct arena *a, struct str raw)
{
	struct buf *b = buf_new(a, 4);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char answer = 0;

	buf_u32(b, (uint32_t)raw.n);
	if (files_write_fd(fd, buf_view(b)) != OK || files_write_fd(fd, raw) != OK ||
	    poll(&ready, 1, ANSWER_MS) <= 0 || read(fd, &answer, 1) != 1)
		return 0;
	return answer;
}

enum err
intake_hand_over(struct arena *a, const char *data_dir, struct str raw)
{
	int fd = data_dir == NULL ? -1 : server(a, data_dir);

	if (fd < 0)
		return ERR_NOT_FOUND;
	char answer = ask(fd, a, raw);

	(void)close(fd);
	switch (answer) {
	case 'y':
		return OK;
	case 'l':
		return ERR_LIMIT;
	default:
		return ERR_UNAVAILABLE;
	}
}
