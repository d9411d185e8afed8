/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sysexits.h>

#include "cli/cli.h"

static int
version(struct cli *c)
{
	(void)printf(c->json ? "{\"version\":\"%s\"}\n" : "tobiguchi %s\n", TOBIGUCHI_VERSION);
	return EX_OK;
}

const struct cli_command cli_commands[] = {
	{ "version", "", "print the version of the program", NULL, version },
	{ NULL, NULL, NULL, NULL, NULL },
};
