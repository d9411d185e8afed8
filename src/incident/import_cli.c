/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import_cli.c - "report import": reports from lists, in batches, with or
 * without a server running on the same data.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "db/db.h"
#include "incident/phishurl.h"
#include "incident/report_bulk_store.h"
#include "journal/journal.h"
#include "sys/files.h"
#include "text/i18n.h"

#define BATCH 2000	/* rows a transaction: the server waits for less than a second */
#define FAULTS_SHOWN 20 /* a file */
#define BAR 30
#define BAR_EVERY 100000 /* microseconds */

struct import {
	const char *path;
	struct phishurl list;
	int64_t last_at; /* of the row before: stands in for a blank date */
	bool end;
	/* so far */
	int64_t rows, added, known, bad;
	int faults_shown; /* of this file */
	/* for the bar */
	size_t bytes, bytes_done, file_bytes;
	int64_t drawn;
	bool bar;
};

static void
draw(struct import *im, bool last)
{
	int64_t now = clock_monotonic_us();
	size_t done = im->bytes_done + im->file_bytes - im->list.rest.n;
	int filled;

	if (!im->bar || (!last && now - im->drawn < BAR_EVERY))
		return;
	im->drawn = now;
	filled = im->bytes == 0 ? BAR : (int)(done * BAR / im->bytes);
	(void)fprintf(stderr, "\r[%.*s%*s] %3d %%  %lld rows, %lld new%s", filled,
	    "##############################", BAR - filled, "", filled * 100 / BAR,
	    (long long)im->rows, (long long)im->added, last ? "\n" : "");
	(void)fflush(stderr);
}

static void
tell_fault(struct import *im, const char *fault)
{
	im->bad++;
	if (im->faults_shown++ < FAULTS_SHOWN)
		(void)fprintf(stderr, "%s%s:%zu: %s\n", im->bar ? "\r" : "", im->path, im->list.line, fault);
	else if (im->faults_shown == FAULTS_SHOWN + 1)
		(void)fprintf(stderr, "%s: further rows that cannot be read are only counted\n", im->path);
}

/* Date, URL and brand name a row for ever. */
static const char *
import_key(struct arena *a, const struct phishurl_row *row)
{
	struct str s = phishurl_identity(a, row);
	unsigned char hash[16];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)s.p, s.n, NULL, 0);
	return arena_printf(a, "jpcert-phishurl/%s", hex_format(a, hash, sizeof(hash)));
}

#define TITLE_CHARACTERS 120

static void
read_row(struct import *im, struct arena *a, const struct phishurl_row *row, struct report_bulk_row *ret)
{
	const char *shown = url_defang(a, url_refang(a, row->url));
	const char *brand = arena_cstr(a, utf8_take(utf8_clean_line(a, row->brand), LIMIT_NAME));
	struct str title = utf8_clean_line(a,
	    str_of(*brand == '\0' ? shown : arena_printf(a, "%s: %s", brand, shown)));

	if (row->at != 0)
		im->last_at = row->at;
	*ret = (struct report_bulk_row){
		.received_at = im->last_at,
		.title = arena_cstr(a, utf8_take(title, TITLE_CHARACTERS)),
		.import_key = import_key(a, row),
		.brand = *brand == '\0' ? NULL : brand,
		.url = utf8_clean_line(a, row->url),
	};
}

static enum err
add_rows(struct cli *c, struct import *im, struct arena *a, const struct report_bulk_row *rows, size_t n)
{
	size_t added;

	TRY(report_bulk_add(c->db, a, rows, n, c->now, &added));
	im->added += (int64_t)added;
	im->known += (int64_t)(n - added);
	return OK;
}

/* One journal entry a batch that added something. */
static enum err
tell_journal(struct cli *c, struct arena *a, const struct import *im, int64_t added)
{
	struct value *p = value_object(a);
	const char *name = strrchr(im->path, '/');

	if (added == 0)
		return OK;
	value_set_text(a, p, "format", "jpcert-phishurl");
	value_set_str(a, p, "file", utf8_clean_line(a, str_of(name == NULL ? im->path : name + 1)));
	value_set_int(a, p, "added", added);
	return journal_write(c->db, a,
	    &(struct journal_entry){
		.at = c->now,
		.actor_name = "system",
		.action = "report.import",
		.object = "report",
		.object_id = 0,
		.payload = p,
	    });
}

/* Up to ${max} rows at once. */
static enum err
some_rows(struct cli *c, struct import *im, size_t max)
{
	AUTO(arena) a = arena_new();
	struct report_bulk_row rows[REPORT_BULK_MAX];
	struct phishurl_row row;
	const char *fault = "";
	size_t n = 0;

	while (n < max && !im->end) {
		enum err e = phishurl_next(&im->list, a, &row, &fault);

		im->end = e == ERR_NOT_FOUND;
		if (im->end)
			break;
		im->rows++;
		if (e == OK)
			read_row(im, a, &row, &rows[n++]);
		else if (e == ERR_INVALID || e == ERR_LIMIT)
			tell_fault(im, fault);
		else
			return e;
	}
	draw(im, false);
	return n == 0 ? OK : add_rows(c, im, a, rows, n);
}

static enum err
batch(struct cli *c, void *object)
{
	struct import *im = object;
	AUTO(arena) a = arena_new();
	int64_t added = im->added;

	for (int i = 0; i < BATCH / REPORT_BULK_MAX && !im->end; i++)
		TRY(some_rows(c, im, REPORT_BULK_MAX));
	return tell_journal(c, a, im, im->added - added);
}

#define TRIES 10 /* of a batch, when the database is busy */

/* A batch that fails is taken back whole, with what it counted. */
static int
one_batch(struct cli *c, struct import *im)
{
	for (int i = 0;; i++) {
		struct import before = *im;
		enum err e = db_begin_write(c->db);

		if (e == OK)
			e = batch(c, im);
		if (e == OK)
			e = db_commit(c->db);
		if (e == OK)
			return EX_OK;
		db_rollback(c->db);
		*im = before;
		if (e != ERR_UNAVAILABLE || i == TRIES)
			return cli_fail(cli_exit(e),
			    "%s: stopped at line %zu; what came before is stored, run the same command again to go on: %s %s",
			    im->path, im->list.next_line, err_name(e), db_message(c->db));
		(void)sleep(1);
	}
}

static int
one_file(struct cli *c, struct import *im, struct str csv)
{
	im->faults_shown = 0;
	im->end = false;
	im->last_at = c->now;
	im->file_bytes = csv.n;
	if (phishurl_open(csv, &im->list) != OK) {
		im->bad++;
		return cli_fail(EX_DATAERR, "%s: the first line is not \"date,URL,description\"; nothing of it was imported",
		    im->path);
	}
	while (!im->end) {
		int rc = one_batch(c, im);

		if (rc != EX_OK)
			return rc;
	}
	im->bytes_done += csv.n;
	return EX_OK;
}

static int
report_result(struct cli *c, struct import *im)
{
	struct value *v = value_object(c->a);

	if (c->json) {
		value_set_int(c->a, v, "rows", im->rows);
		value_set_int(c->a, v, "added", im->added);
		value_set_int(c->a, v, "known", im->known);
		value_set_int(c->a, v, "bad", im->bad);
		cli_print(c, v);
	} else {
		(void)printf("%s rows: %s new reports, %s there already, %s could not be read\n",
		    i18n_number(c->a, im->rows), i18n_number(c->a, im->added),
		    i18n_number(c->a, im->known), i18n_number(c->a, im->bad));
	}
	return im->bad > 0 ? EX_DATAERR : EX_OK;
}

static int
read_files(struct cli *c, struct str *csv, size_t *ret_bytes)
{
	*ret_bytes = 0;
	for (int i = 0; i < c->args; i++) {
		switch (files_read(c->a, c->arg[i], LIMIT_IMPORT, &csv[i])) {
		case OK:
			break;
		case ERR_NOT_FOUND:
			return cli_fail(EX_NOINPUT, "%s: no such file; nothing was imported", c->arg[i]);
		case ERR_DENIED:
			return cli_fail(EX_NOPERM, "%s: may not be read; nothing was imported", c->arg[i]);
		case ERR_LIMIT:
			return cli_fail(EX_DATAERR, "%s: larger than %zu bytes; split it. Nothing was imported",
			    c->arg[i], LIMIT_IMPORT);
		default:
			return cli_fail(EX_IOERR, "%s: cannot be read; nothing was imported", c->arg[i]);
		}
		*ret_bytes += csv[i].n;
	}
	return EX_OK;
}

static int
report_import(struct cli *c)
{
	const char *format = cli_option(c, "--format");
	struct import im = { .bar = isatty(STDERR_FILENO) == 1 };
	struct str *csv = arena_many(c->a, struct str, (size_t)c->args + 1);
	int rc, worst = EX_OK;

	if (format == NULL || strcmp(format, "jpcert-phishurl") != 0)
		return cli_fail(EX_USAGE, "--format: give jpcert-phishurl (CSV: date,URL,description)");
	if (c->args == 0)
		return cli_fail(EX_USAGE, "give the files to import; see `tobiguchi report import --help`");
	rc = cli_open(c, true);
	if (rc == EX_OK)
		rc = read_files(c, csv, &im.bytes);
	for (int i = 0; rc == EX_OK && i < c->args; i++) {
		im.path = c->arg[i];
		rc = one_file(c, &im, csv[i]);
		if (rc == EX_DATAERR) { /* the other files may be good */
			worst = rc;
			rc = EX_OK;
		}
	}
	draw(&im, true);
	if (rc != EX_OK)
		return rc;
	rc = report_result(c, &im);
	return worst != EX_OK ? worst : rc;
}

static const struct cli_option import_options[] = {
	{ "--format", "FORMAT", "jpcert-phishurl: CSV with the header date,URL,description" },
	{ NULL, NULL, NULL },
};

const struct cli_command import_commands[] = {
	{ "report import", "FILE...", "make reports of lists; what is there already is passed over",
	    import_options, report_import },
	{ 0 },
};
