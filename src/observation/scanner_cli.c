/* SPDX-License-Identifier: Apache-2.0 */
/* scanner_cli.c - "telescope scanners": lists of open scanners into the database. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "observation/scanner_store.h"
#include "sys/files.h"

static enum err
keep(struct cli *c, void *object)
{
	return scanner_keep(c->db, c->a, object, (struct actor){ .name = "cli", .now = c->now });
}

static int
one(struct cli *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct scanner_list l;
	struct str bytes;
	enum err e = files_read(c->a, path, LIMIT_MIB(16), &bytes);

	if (e != OK)
		return cli_fail(cli_exit(e), "%s cannot be read", path);
	e = scanner_parse(c->a, bytes, &l);
	if (e != OK)
		return cli_fail(EX_DATAERR, "%s is no list of networks (%s)", path, err_name(e));
	if (*l.name == '\0') /* a plain list has none but its file's */
		l.name = slash == NULL ? path : slash + 1;
	int rc = cli_transaction(c, keep, &l);

	if (rc != EX_OK)
		return rc;
	(void)printf("%s: %zu networks, %zu entries that are none\n", l.name, l.n, l.bad);
	return EX_OK;
}

static int
run(struct cli *c)
{
	int rc = cli_open(c, true);

	for (int i = 0; i < c->args && rc == EX_OK; i++)
		rc = one(c, c->arg[i]);
	return rc;
}

const struct cli_command scanner_commands[] = {
	{ "telescope scanners", "FILE...", "take in lists of open scanners: MISP warning lists, or a network a line", NULL, run },
	{ NULL, NULL, NULL, NULL, NULL },
};
