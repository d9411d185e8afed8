/* SPDX-License-Identifier: Apache-2.0 */
/* directory_cli.c - "directory import" and "directory export". */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "db/db.h"
#include "directory/listing_store.h"
#include "sys/files.h"
#include "text/i18n.h"

struct run {
	struct listing listing;
	struct listing_result result;
	bool try;
};

static enum err
run_import(struct cli *c, void *object)
{
	struct run *r = object;
	const struct actor by = { 0, "import", c->now };

	return listing_import(c->db, c->a, &r->listing, r->try, by, &r->result);
}

static void
tell_faults(struct cli *c, const struct listing *l, const char *path)
{
	for (size_t i = 0; i < l->faults; i++)
		(void)fprintf(stderr, "%s:%zu: %s\n", path, l->fault[i].line,
		    i18n_fill(c->a, l->fault[i].message, I18N_ARGS({ "value", l->fault[i].value })));
}

static int
tell_result(struct cli *c, const struct run *r)
{
	struct value *v = value_object(c->a);

	if (c->json) {
		value_set_bool(c->a, v, "imported", !r->try);
		value_set_int(c->a, v, "rows", (int64_t)r->listing.n);
		value_set_int(c->a, v, "bad", (int64_t)r->listing.bad);
		value_set_int(c->a, v, "organisations", r->result.organisations);
		value_set_int(c->a, v, "known", r->result.known);
		value_set_int(c->a, v, "contacts", r->result.contacts);
		value_set_int(c->a, v, "scopes", r->result.scopes);
		cli_print(c, v);
	} else {
		(void)printf("%s %lld new organisations, %lld there already, %lld contacts, %lld scopes; %zu rows cannot be read\n",
		    r->try ? "would import" : "imported", (long long)r->result.organisations,
		    (long long)r->result.known, (long long)r->result.contacts, (long long)r->result.scopes,
		    r->listing.bad);
	}
	if (r->try && r->listing.bad > 0)
		(void)fprintf(stderr, "nothing was imported: correct the file, or import the %zu good rows with --good\n",
		    r->listing.n);
	return r->listing.bad > 0 ? EX_DATAERR : EX_OK;
}

/* With bad rows nothing is imported unless --good says so. */
static int
directory_import(struct cli *c)
{
	struct run r = { 0 };
	struct str text;
	int rc;
	enum err e;

	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one file: CSV or vCard; see `tobiguchi directory import --help`");
	rc = cli_open(c, true);
	if (rc != EX_OK)
		return rc;
	e = files_read(c->a, c->arg[0], LIMIT_IMPORT, &text);
	if (e != OK)
		return cli_fail(e == ERR_NOT_FOUND ? EX_NOINPUT : EX_IOERR, "%s: cannot be read (%s); nothing was imported",
		    c->arg[0], err_name(e));
	e = listing_any(c->a, text, &r.listing);
	if (e != OK)
		return cli_fail(EX_DATAERR, "%s: %s; nothing was imported", c->arg[0],
		    e == ERR_LIMIT ? "too many rows: split it"
				   : "neither a vCard nor a CSV file whose first line names the columns, one of them \"name\"");
	tell_faults(c, &r.listing, c->arg[0]);
	r.try = cli_option(c, "--try") != NULL || (r.listing.bad > 0 && cli_option(c, "--good") == NULL);
	rc = cli_transaction(c, run_import, &r);
	return rc != EX_OK ? rc : tell_result(c, &r);
}

static enum err
run_export(struct cli *c, void *object)
{
	return listing_export(c->db, cli_option(c, "--vcard") != NULL, cli_option(c, "--members") != NULL, object);
}

static int
directory_export(struct cli *c)
{
	struct buf *b = buf_new(c->a, LIMIT_IMPORT);
	int rc = cli_open(c, true);

	if (rc == EX_OK)
		rc = cli_transaction(c, run_export, b);
	if (rc != EX_OK)
		return rc;
	return files_write_fd(STDOUT_FILENO, buf_view(b)) == OK ? EX_OK : cli_fail(EX_IOERR, "cannot write the list");
}

static const struct cli_option import_options[] = {
	{ "--try", NULL, "change nothing; say what would happen" },
	{ "--good", NULL, "import the good rows although there are bad ones" },
	{ NULL, NULL, NULL },
};
static const struct cli_option export_options[] = {
	{ "--vcard", NULL, "the contacts as vCard 4.0 instead of CSV" },
	{ "--members", NULL, "only the constituency" },
	{ NULL, NULL, NULL },
};

const struct cli_command directory_commands[] = {
	{ "directory import", "FILE", "organisations, contacts and scopes from CSV or vCard", import_options, directory_import },
	{ "directory export", "", "the directory on standard output", export_options, directory_export },
	{ 0 },
};
