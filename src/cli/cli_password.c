/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "sys/files.h"

/* Without the line's end that an editor adds. */
int
cli_password(struct cli *c, const char *path, struct str *ret)
{
	enum err e = strcmp(path, "-") == 0 ? files_read_fd(c->a, 0, LIMIT_PASSWORD_MAX + 2, ret)
					    : files_read(c->a, path, LIMIT_PASSWORD_MAX + 2, ret);

	if (e == ERR_LIMIT)
		return cli_fail(EX_DATAERR, "%s: a password has at most %d bytes", path,
		    LIMIT_PASSWORD_MAX);
	if (e != OK)
		return cli_fail(cli_exit(e), "%s: %s", path, err_name(e));
	if (str_ends(*ret, STR("\n")))
		ret->n--;
	if (str_ends(*ret, STR("\r")))
		ret->n--;
	return EX_OK;
}
