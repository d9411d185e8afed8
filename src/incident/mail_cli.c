/* SPDX-License-Identifier: Apache-2.0 */
/* mail_cli.c - "mail receive": one message from a mail server's pipe. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "incident/message_store.h"
#include "sys/files.h"

#define ANSWER_MS 60000

/* A connected socket, or -1: no server runs with this data folder. */
static int
server(struct cli *c)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = arena_printf(c->a, "%s/intake.sock", c->data == NULL ? "" : c->data);

	if (c->data == NULL || strlen(path) >= sizeof(address.sun_path))
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
hand_over(int fd, struct arena *a, struct str raw)
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

static enum err
store(struct cli *c, void *object)
{
	const struct str *raw = object;
	int64_t id;

	return message_receive(c->db, c->blobs, c->a, *raw, "mail", c->now, &id);
}

static int
mail_receive(struct cli *c)
{
	struct str raw;

	if (c->data == NULL && c->db_url == NULL)
		return cli_fail(EX_USAGE, "say where the data folder is: --data DIR, or TOBIGUCHI_DATA in the environment");
	switch (files_read_fd(c->a, STDIN_FILENO, LIMIT_MAIL, &raw)) {
	case OK:
		break;
	case ERR_LIMIT:
		return cli_fail(EX_DATAERR, "the mail is larger than %zu bytes; it was not taken", LIMIT_MAIL);
	default:
		return cli_fail(EX_TEMPFAIL, "the mail could not be read from standard input; send it again");
	}
	/* An empty mail is kept like every other one: refusing it would bounce what a
	 * mail server did accept. */

	int fd = server(c);

	if (fd >= 0) {
		char answer = hand_over(fd, c->a, raw);

		(void)close(fd);
		if (answer == 'y')
			return EX_OK;
		return cli_fail(EX_TEMPFAIL, "the server did not store the mail; send it again");
	}
	/* Without a server we write ourselves; the next one reads it. */
	int status = cli_open(c, true);

	if (status == EX_OK)
		status = cli_transaction(c, store, &raw);
	if (status == EX_OK)
		return EX_OK;
	return status == EX_USAGE ? status : EX_TEMPFAIL;
}

const struct cli_command mail_commands[] = {
	{ .words = "mail receive",
	    .args = "",
	    .doc = "store one mail from standard input; exit 0 when it is durable, 75 to try again",
	    .run = mail_receive },
	{ 0 },
};
