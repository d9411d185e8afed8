/* SPDX-License-Identifier: Apache-2.0 */
/* init_cli.h - `tobiguchi init`: a data folder with a first administrator. */
#ifndef ROLE_INIT_CLI_H
#define ROLE_INIT_CLI_H

#include "cli/cli.h"

extern const struct cli_command init_commands[];

#endif
