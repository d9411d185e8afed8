/* SPDX-License-Identifier: Apache-2.0 */
/* mail_cli.c - "mail receive": one message from a mail server's pipe. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "incident/intake_client.h"
#include "incident/message_store.h"
#include "sys/files.h"

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

	switch (intake_hand_over(c->a, c->data, raw)) {
	case OK:
		return EX_OK;
	case ERR_NOT_FOUND:
		break;
	default:
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
