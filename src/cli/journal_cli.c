/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/hex.h"
#include "cli/cli.h"
#include "db/db.h"
#include "journal/journal.h"

static int
no_arguments(struct cli *c)
{
	return c->args == 0 ? EX_OK : cli_fail(EX_USAGE, "%s: no argument is taken", c->arg[0]);
}

/* The heads file: as given, else the data folder's when there is one. */
static const char *
heads_path(struct cli *c, int64_t *ret_size)
{
	const char *path = cli_option(c, "--heads");
	bool given = path != NULL;
	struct stat st;

	*ret_size = 0;
	if (!given && c->data == NULL)
		return NULL;
	if (!given)
		path = arena_printf(c->a, "%s/journal.heads", c->data);
	if (stat(path, &st) != 0)
		return given ? path : NULL;
	*ret_size = st.st_size;
	return path;
}

static struct value *
report_value(struct cli *c, const struct journal_report *r)
{
	struct value *v = value_object(c->a);

	value_set_bool(c->a, v, "whole", r->fault == NULL);
	value_set_int(c->a, v, "sealed", r->sealed);
	value_set_int(c->a, v, "unsealed", r->unsealed);
	value_set_int(c->a, v, "erased", r->erased);
	value_set_int(c->a, v, "heads", r->heads);
	value_set_text(c->a, v, "head", r->head);
	if (r->fault != NULL) {
		value_set_text(c->a, v, "fault", r->fault);
		value_set_int(c->a, v, "first_bad", r->first_bad);
		value_set_int(c->a, v, "first_bad_id", r->first_bad_id);
	}
	return v;
}

static int
verify(struct cli *c)
{
	struct journal_expect expect = { .head = cli_option(c, "--head") };
	struct journal_report report;
	struct journal_key key;
	int rc = no_arguments(c);

	rc = rc == EX_OK ? cli_open(c, false) : rc;
	if (rc != EX_OK)
		return rc;
	journal_key_init(&key, c->key);
	expect.heads_path = heads_path(c, &expect.heads_size);
	expect.public_key = key.public_key;

	enum err e = db_begin_read(c->db);

	if (e != OK)
		return cli_fail(cli_exit(e), "cannot read the database: %s", db_message(c->db));
	e = journal_verify(c->db, c->a, &expect, &report);
	db_rollback(c->db); /* only read */
	if (e == ERR_INVALID)
		return cli_fail(EX_USAGE, "--head %s: a head has 64 hexadecimal digits", expect.head);
	if (e == ERR_NOT_FOUND)
		return cli_fail(EX_NOINPUT, "%s: cannot be read", expect.heads_path);
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot read the journal: %s %s", err_name(e),
		    db_message(c->db));
	cli_print(c, report_value(c, &report));
	if (report.fault != NULL)
		return cli_fail(EX_DATAERR, "the journal is NOT whole: %s Keep the data folder as it"
		    " is, and compare it with a backup.", report.fault);
	return EX_OK;
}

static int
head(struct cli *c)
{
	struct journal_head h = { 0 };
	struct journal_key key;
	int rc = no_arguments(c);

	rc = rc == EX_OK ? cli_open(c, false) : rc;
	if (rc != EX_OK)
		return rc;

	enum err e = db_begin_read(c->db);

	if (e == OK)
		e = journal_head_load(c->db, &h);
	db_rollback(c->db); /* only read */
	if (e != OK)
		return cli_fail(cli_exit(e), "cannot read the journal: %s %s", err_name(e),
		    db_message(c->db));
	journal_key_init(&key, c->key);

	struct value *v = value_object(c->a);

	value_set_int(c->a, v, "sealed", h.seal);
	value_set_text(c->a, v, "head", hex_format(c->a, h.hash, sizeof(h.hash)));
	value_set_text(c->a, v, "public_key", hex_format(c->a, key.public_key, sizeof(key.public_key)));
	value_set_text(c->a, v, "signed", journal_heads_line(c->a, &key, &h, c->now));
	sodium_memzero(&key, sizeof(key));
	cli_print(c, v);
	return EX_OK;
}

static const struct cli_option verify_options[] = {
	{ "--head", "HEX", "a head noted earlier; it must still be in the chain" },
	{ "--heads", "FILE", "signed heads to compare with, instead of DIR/journal.heads" },
	{ NULL, NULL, NULL },
};

const struct cli_command journal_commands[] = {
	{ "journal verify", "", "check that nothing was changed, moved or taken out", verify_options, verify },
	{ "journal head", "", "print the chain's end, signed, to be kept elsewhere", NULL, head },
	{ NULL, NULL, NULL, NULL, NULL },
};
