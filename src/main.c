/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - Tobiguchi, the CSIRT in one binary. */
#include "cli/cli.h"
#include "sys/process.h"

int
main(int argc, char **argv)
{
	process_init(argc, argv);
	return cli_main(argc, argv);
}
