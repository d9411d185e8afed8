/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the commands of all modules: one table a module. */
#include "cli/cli.h"
#include "role/init_cli.h"
#include "role/role.h"
#include "telescope/telescope_cli.h"

extern const struct cli_command backup_commands[];
extern const struct cli_command import_commands[];
extern const struct cli_command mail_commands[];
extern const struct cli_command statistics_commands[];
extern const struct cli_command retention_commands[];
extern const struct cli_command demo_commands[];
extern const struct cli_command directory_commands[];
extern const struct cli_command scanner_commands[];
extern const struct cli_command sighting_commands[];
extern const struct cli_command exchange_commands[];
extern const struct cli_command quarterly_commands[];
extern const struct cli_command assess_commands[];
extern const struct cli_command vulnerability_commands[];
extern const struct cli_command cvss_commands[];
extern const struct cli_command sensor_commands[];
extern const struct cli_command decision_bring_commands[];
extern const struct cli_command decision_commands[];

const struct cli_command *const cli_modules[] = {
	cli_commands,
	init_commands,
	journal_commands,
	token_commands,
	user_commands,
	role_commands,
	mail_commands,
	backup_commands,
	import_commands,
	statistics_commands,
	retention_commands,
	demo_commands,
	directory_commands,
	telescope_commands,
	clickhouse_commands,
	telescope_dump_commands,
	scanner_commands,
	sighting_commands,
	exchange_commands,
	quarterly_commands,
	assess_commands,
	vulnerability_commands,
	cvss_commands,
	sensor_commands,
	decision_bring_commands,
	decision_commands,
	NULL,
};
