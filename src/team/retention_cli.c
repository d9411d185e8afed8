/* SPDX-License-Identifier: Apache-2.0 */
/* retention_cli.c - "retention": erase what is too old, or say what would go. */
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "db/db.h"
#include "team/retention_store.h"
#include "text/value.h"

#define AT_ONCE 200

static enum err
count_all(struct cli *c, struct value *out)
{
	for (enum retention_kind k = 0; k < RETENTION_KINDS; k++) {
		int64_t days = retention_days(c->db, k), n = 0;
		struct value *o = value_set_object(c->a, out, retention_rules[k].name);

		if (days > 0)
			TRY(retention_count(c->db, c->a, k, c->now - days * CLOCK_DAY, INT64_MAX, &n));
		value_set_int(c->a, o, "days", days);
		value_set_int(c->a, o, "due", n);
	}
	return OK;
}

static int
dry_run(struct cli *c)
{
	struct value *out = value_object(c->a);
	int rc = cli_open(c, false);

	if (rc != EX_OK)
		return rc;
	enum err e = db_begin_read(c->db);

	if (e == OK)
		e = count_all(c, out);
	db_rollback(c->db); /* only read */
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot count what is due: %s", db_message(c->db));
	cli_print(c, out);
	return EX_OK;
}

struct step {
	struct value *counts;
	bool more;
};

static enum err
erase_some(struct cli *c, void *object)
{
	struct step *s = object;

	TRY(retention_run(c->db, c->blobs, c->a, AT_ONCE, c->now, s->counts, &s->more));
	return s->more ? OK : retention_tell(c->db, c->a, "command line", 0, s->counts, c->now);
}

static int
retention(struct cli *c)
{
	struct step s = { .counts = value_object(c->a), .more = true };

	if (c->args > 0)
		return cli_fail(EX_USAGE, "it takes no argument; see `tobiguchi retention --help`");
	if (cli_option(c, "--dry-run") != NULL)
		return dry_run(c);
	int rc = cli_open(c, true);

	while (rc == EX_OK && s.more)
		rc = cli_transaction(c, erase_some, &s);
	if (rc == EX_OK)
		cli_print(c, s.counts);
	return rc;
}

static const struct cli_option options[] = {
	{ "--dry-run", NULL, "only say how much of each kind would be erased" },
	{ NULL, NULL, NULL },
};

const struct cli_command retention_commands[] = {
	{ "retention", "", "erase what the settings say is too old", options, retention },
	{ NULL, NULL, NULL, NULL, NULL },
};
