/* SPDX-License-Identifier: Apache-2.0 */
/* demo_cli.h - the demonstration set. */
#ifndef DEMO_DEMO_CLI_H
#define DEMO_DEMO_CLI_H

#include "cli/cli.h"

extern const struct cli_command demo_commands[];

#endif
