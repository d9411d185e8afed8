/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_cli.c - "statistics check" and "statistics rebuild". */
#include <sysexits.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "db/db.h"
#include "statistics/recount_store.h"
#include "statistics/statistics_cli.h"
#include "text/value.h"

struct recount {
	struct value *out;
	int64_t differences;
};

static int
check(struct cli *c)
{
	struct recount r = { .out = value_object(c->a) };
	int rc = cli_open(c, false);
	enum err e;

	if (rc != EX_OK)
		return rc;
	e = db_begin_read(c->db);
	if (e == OK)
		e = recount_check(c->db, c->a, r.out, &r.differences);
	db_rollback(c->db); /* only read */
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot count: %s", db_message(c->db));
	cli_print(c, r.out);
	if (r.differences > 0)
		return cli_fail(EX_DATAERR,
		    "the kept counts differ from the records; `tobiguchi statistics rebuild` puts them right");
	return EX_OK;
}

static enum err
rebuild_it(struct cli *c, void *object)
{
	struct recount *r = object;

	return recount_rebuild(c->db, c->a, c->now, r->out, &r->differences);
}

static int
rebuild(struct cli *c)
{
	struct recount r = { .out = value_object(c->a) };
	int rc = cli_open(c, true);

	rc = rc == EX_OK ? cli_transaction(c, rebuild_it, &r) : rc;
	if (rc == EX_OK)
		cli_print(c, r.out);
	return rc;
}

const struct cli_command statistics_commands[] = {
	{ "statistics check", "", "compare the kept counts with the records", NULL, check },
	{ "statistics rebuild", "", "count anew from the records", NULL, rebuild },
	{ NULL, NULL, NULL, NULL, NULL },
};
