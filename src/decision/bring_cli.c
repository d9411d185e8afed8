/* SPDX-License-Identifier: Apache-2.0 */
/* bring_cli.c - "decision take FILE.csv": past decisions into the data folder. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "decision/bring_store.h"
#include "decision/decision_store.h"
#include "sys/files.h"
#include "text/i18n.h"

struct taking {
	const char *topic, *path;
	struct str text;
	unsigned char digest[32];
	bool dry, again;
	struct decision_mapping map;
	struct decision_model model;
	struct decision_bring got;
	struct decision_import before;
	bool same;
	const char *no_fact; /* of --fact, which the model does not have */
	size_t rows;
};

/* "--fact NAME=COLUMN" over what the names tell by themselves. */
static void
map_facts(struct cli *c, struct taking *t)
{
	size_t n;
	const char **given = cli_option_all(c, "--fact", &n);

	for (size_t i = 0; i < n; i++) {
		struct str rest = str_of(given[i]), name;
		int f;

		if (!str_split(&rest, '=', &name) || (f = decision_fact_find(&t->model, name)) < 0) {
			t->no_fact = given[i];
			return;
		}
		t->map.fact[f] = rest.n == 0 ? NULL : arena_cstr(c->a, rest);
	}
}

static enum err
take(struct cli *c, void *object)
{
	struct taking *t = object;
	struct decision_bring_fault fault;
	const char **name, ***rows, *given;
	size_t columns, n;
	int64_t id;

	TRY(decision_model_active(c->db, c->a, t->topic, NULL, &t->model));
	enum err e = decision_bring_look(c->a, t->text, &name, &columns, &rows, 0, &n, &fault);

	if (e != OK) {
		t->got.fault[t->got.faults++] = fault;
		return OK;
	}
	decision_bring_guess(&t->model, name, columns, &t->map);
	const struct {
		const char *option, **to;
	} named[] = {
		{ "--outcome", &t->map.outcome }, { "--date", &t->map.at }, { "--analyst", &t->map.who }, { "--title", &t->map.title },
		{ "--reason", &t->map.reason }, { "--zone", &t->map.zone },
	};

	for (size_t i = 0; i < COUNT(named); i++)
		if ((given = cli_option(c, named[i].option)) != NULL)
			*named[i].to = *given == '\0' ? NULL : given;
	t->map.unknown = cli_option(c, "--unknown") != NULL;
	map_facts(c, t);
	if (t->no_fact != NULL)
		return OK;
	TRY(decision_bring_read(c->a, &t->model, &t->map, c->now, t->text, &t->got));
	if (t->got.faults > 0)
		return OK;
	TRY(decision_import_add(c->db, t->topic, t->path, t->digest, 0, (struct actor){ 0, "import", c->now }, &id));
	struct decision_import i;

	TRY(decision_import_get(c->db, c->a, id, &i));
	e = decision_import_before(c->db, c->a, t->topic, i.digest, id, &t->before);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	t->same = e == OK && !t->again;
	if (t->same || t->dry)
		return decision_import_drop(c->db, id);
	TRY(decision_import_map(c->db, id, decision_mapping_write(c->a, &t->model, &t->map)));
	return decision_import_take(c->db, c->a, id, &t->model, t->got.row, t->got.n, (struct actor){ 0, "import", c->now });
}

static int
tell(struct cli *c, const struct taking *t)
{
	struct value *v = value_object(c->a), *columns;

	if (t->no_fact != NULL)
		return cli_fail(EX_USAGE, "--fact %s: write FACT=COLUMN with a fact of the active model", t->no_fact);
	for (size_t i = 0; i < t->got.faults && i < DECISION_BRING_FAULTS; i++) {
		const struct decision_bring_fault *f = &t->got.fault[i];

		(void)fprintf(stderr, "%s:%zu: %s%s%s\n", t->path, f->line, f->column, *f->column == '\0' ? "" : ": ",
		    i18n_fill(c->a, f->message, I18N_ARGS({ "value", f->value })));
	}
	if (t->got.faults > 0)
		return cli_fail(EX_DATAERR, "%s: nothing was taken in, %zu faults", t->path, t->got.faults);
	if (t->same)
		return cli_fail(EX_DATAERR,
		    "%s: this very file was taken in before as “%s” (%lld decisions); --again takes it in once more", t->path,
		    t->before.name, (long long)t->before.decisions);
	value_set_int(c->a, v, "decisions", (int64_t)t->got.n);
	value_set_int(c->a, v, "cells not known", (int64_t)t->got.unknown);
	value_set_bool(c->a, v, "taken in", !t->dry);
	columns = value_set_object(c->a, v, "facts");
	for (size_t f = 0; f < t->model.facts; f++)
		if (t->map.fact[f] != NULL)
			value_set_text(c->a, columns, t->model.fact[f].id, t->map.fact[f]);
	cli_print(c, v);
	return EX_OK;
}

static int
run(struct cli *c)
{
	struct taking t = { .topic = cli_option(c, "--topic"), .dry = cli_option(c, "--dry-run") != NULL,
		.again = cli_option(c, "--again") != NULL };

	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one file: FILE.csv with past decisions, one a line");
	if (t.topic == NULL)
		t.topic = "vulnerability";
	t.path = c->arg[0];
	enum err e = files_read(c->a, t.path, LIMIT_IMPORT, &t.text);

	if (e != OK)
		return cli_fail(e == ERR_NOT_FOUND ? EX_NOINPUT : e == ERR_LIMIT ? EX_DATAERR : EX_IOERR, "%s: cannot be read (%s)", t.path,
		    err_name(e));
	(void)crypto_hash_sha256(t.digest, (const unsigned char *)t.text.p, t.text.n); /* never fails */
	int rc = cli_open(c, true);

	if (rc != EX_OK)
		return rc;
	rc = cli_transaction(c, take, &t);
	return rc != EX_OK ? rc : tell(c, &t);
}

static const struct cli_option options[] = {
	{ "--outcome", "COLUMN", "what was decided; without it as its name tells, and so on" },
	{ "--fact", "FACT=COLUMN", "a fact of the active model, by id, name or key; several times; FACT= takes none" },
	{ "--date", "COLUMN", "when it was decided" },
	{ "--analyst", "COLUMN", "who decided" },
	{ "--title", "COLUMN", "what about" },
	{ "--reason", "COLUMN", "why" },
	{ "--zone", "NAME", "time zone of days without one; without it Asia/Tokyo" },
	{ "--unknown", NULL, "a value that the fact does not have counts as not known" },
	{ "--again", NULL, "also when this very file was taken in before" },
	{ "--dry-run", NULL, "only look" },
	{ "--topic", "TOPIC", "kind of decisions; without it vulnerability" },
	{ NULL, NULL, NULL },
};

const struct cli_command decision_bring_commands[] = {
	{ "decision take", "FILE.csv", "past decisions into the data folder, all or nothing", options, run },
	{ 0 },
};
