/* SPDX-License-Identifier: Apache-2.0 */
/* telescope_cli.h - what the commands of the telescope share. */
#ifndef TELESCOPE_TELESCOPE_CLI_H
#define TELESCOPE_TELESCOPE_CLI_H

#include "cli/cli.h"
#include "telescope/query.h"

struct clickhouse;
struct store;

/* --store, or the data folder's; NULL: neither was given. */
const char *telescope_store_folder(struct cli *c);
/* An exit code, with a message when it is not 0. */
int telescope_open(struct cli *c, bool write, struct store **ret);
/* A time option in microseconds, 0 without it. False, with a message: return EX_USAGE. */
bool telescope_time(struct cli *c, const char *option, int64_t *ret);
bool telescope_where(struct cli *c, const struct filter **ret); /* likewise */
/* --from, --to, --where, --measure, --top, --timeout; likewise. */
bool telescope_query(struct cli *c, struct query *ret);
/* Say which segments did not answer. */
void telescope_left_out(struct cli *c, const struct query_result *x);

/* --clickhouse and its password: an exit code, with a message when it is not 0. */
int clickhouse_cli_open(struct cli *c, struct clickhouse **ret);
#define CLICKHOUSE_OPTIONS                                                                         \
	{ "--clickhouse", "URL", "ask there: http[s]://[USER@]HOST[:PORT]/[DATABASE[.TABLE]]" },    \
	    { "--clickhouse-password-file", "FILE", "the user's password (- for standard input)" }

extern const struct cli_command clickhouse_commands[];
extern const struct cli_command telescope_commands[];
extern const struct cli_command telescope_dump_commands[];

#endif
