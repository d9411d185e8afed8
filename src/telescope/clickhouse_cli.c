/* SPDX-License-Identifier: Apache-2.0 */
/* clickhouse_cli.c - "telescope load": the records, copied into a ClickHouse. */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "telescope/clickhouse.h"
#include "telescope/store.h"
#include "telescope/telescope_cli.h"

#define SHARDS 10000

int
clickhouse_cli_open(struct cli *c, struct clickhouse **ret)
{
	const char *url = cli_option(c, "--clickhouse"), *file = cli_option(c, "--clickhouse-password-file");
	struct str password = STR("");
	int rc;

	if (url == NULL)
		return cli_fail(EX_USAGE, "give the server with --clickhouse http://HOST:8123/DATABASE");
	if (file != NULL) {
		rc = cli_password(c, file, &password);
		if (rc != EX_OK)
			return rc;
	}
	if (clickhouse_new(url, arena_cstr(c->a, password), ret) != OK)
		return cli_fail(EX_USAGE, "--clickhouse %s: give http[s]://[USER@]HOST[:PORT]/[DATABASE[.TABLE]]; names have letters, "
					  "digits and _", url);
	return EX_OK;
}

/* "2/4": the second of four. */
static bool
shard_parse(struct cli *c, struct clickhouse_load *l)
{
	const char *text = cli_option(c, "--shard");
	struct str s = str_of(text == NULL ? "1/1" : text);
	uint64_t i, n;

	if (!str_eat_digits(&s, 1, 5, &i) || !str_eat(&s, STR("/")) || !str_eat_digits(&s, 1, 5, &n) || s.n != 0 || i < 1 || i > n ||
	    n > SHARDS) {
		(void)cli_fail(EX_USAGE, "--shard %s: give such as 2/4, the second of four", text);
		return false;
	}
	l->shard = (uint32_t)i - 1;
	l->shards = (uint32_t)n;
	return true;
}

static void
tell(void *object, size_t done, size_t all)
{
	(void)object;
	(void)fprintf(stderr, "\r%zu of %zu segments", done, all);
}

static int
telescope_load(struct cli *c)
{
	struct clickhouse_load l = { .progress = isatty(STDERR_FILENO) != 0 ? tell : NULL };
	AUTO(clickhouse) to = NULL;
	AUTO(store) s = NULL;
	struct value *v;
	enum err e;
	int rc;

	if (!shard_parse(c, &l))
		return EX_USAGE;
	rc = clickhouse_cli_open(c, &to);
	if (rc == EX_OK)
		rc = telescope_open(c, false, &s);
	if (rc != EX_OK)
		return rc;
	e = clickhouse_load(c->a, to, s, &l);
	v = value_object(c->a);
	value_set_int(c->a, v, "days", (int64_t)l.days);
	value_set_int(c->a, v, "records", (int64_t)l.records);
	cli_print(c, v);
	if (l.left_out != NULL)
		return cli_fail(EX_DATAERR, "segment %s is damaged: its day stays as it was there; see `tobiguchi telescope verify`",
		    l.left_out);
	if (e != OK)
		return cli_fail(EX_UNAVAILABLE, "ClickHouse: %s; days that are told are complete, run it again for the others",
		    *clickhouse_fault(to) != '\0' ? clickhouse_fault(to) : err_name(e));
	return EX_OK;
}

static const struct cli_option load_options[] = {
	{ "--store", "DIR", "the folder of the records (otherwise DATA/telescope/store)" },
	CLICKHOUSE_OPTIONS,
	{ "--shard", "I/N", "only the I-th of N parts, by source: for a cluster" },
	{ NULL, NULL, NULL },
};

const struct cli_command clickhouse_commands[] = {
	{ "telescope load", "", "copy the records into a ClickHouse, days that changed only", load_options, telescope_load },
	{ NULL, NULL, NULL, NULL, NULL },
};
