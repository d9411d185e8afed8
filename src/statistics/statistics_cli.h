/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_cli.h - the commands of this folder. */
#ifndef STATISTICS_STATISTICS_CLI_H
#define STATISTICS_STATISTICS_CLI_H

#include "cli/cli.h"

extern const struct cli_command statistics_commands[];

#endif
