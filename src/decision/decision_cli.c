/* SPDX-License-Identifier: Apache-2.0 */
/* decision_cli.c - "decision learn|run|check|import|export". */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "decision/decision_cli.h"
#include "decision/decision_store.h"
#include "decision/format.h"
#include "decision/run.h"
#include "decision/shipped.h"
#include "sys/files.h"

static int
fault_exit(const char *path, enum err e, const struct decision_fault *f)
{
	int code = e == ERR_INVALID || e == ERR_LIMIT ? EX_DATAERR : EX_SOFTWARE;

	if (f->rule == NULL || f->rule[0] == '\0')
		return cli_fail(code, "%s: %s", path, err_name(e));
	if (f->line > 0 && f->column > 0)
		return cli_fail(code, "%s:%zu:%zu: %s", path, f->line, f->column, f->rule);
	if (f->line > 0)
		return cli_fail(code, "%s:%zu: %s%s%s", path, f->line, f->where == NULL ? "" : f->where,
		    f->where == NULL || f->where[0] == '\0' ? "" : ": ", f->rule);
	return cli_fail(code, "%s: %s%s%s", path, f->where, f->where[0] == '\0' ? "" : ": ", f->rule);
}

static int
read_text(struct cli *c, const char *path, size_t max, struct str *ret)
{
	enum err e = str_is(str_of(path), "-") ? files_read_fd(c->a, STDIN_FILENO, max, ret)
					       : files_read(c->a, path, max, ret);

	if (e == ERR_LIMIT)
		return cli_fail(EX_DATAERR, "%s: larger than the %zu MiB that are read", path, max >> 20);
	if (e != OK)
		return cli_fail(e == ERR_NOT_FOUND ? EX_NOINPUT : EX_IOERR, "%s: cannot be read (%s)", path, err_name(e));
	return EX_OK;
}

int
decision_cli_model(struct cli *c, const char *path, struct decision_model *ret)
{
	struct str text;
	struct decision_fault fault;
	const struct embedded *shipped = embedded_find(&decision_models, str_of(arena_printf(c->a, "%s.json", path)));
	int rc = EX_OK;

	/* A file of that name in the folder one stands in is meant before a shipped one. */
	if (shipped != NULL && access(path, F_OK) != 0)
		text = (struct str){ shipped->data, shipped->n };
	else
		rc = read_text(c, path, LIMIT_DECISION_MODEL, &text);
	if (rc != EX_OK)
		return rc;
	enum err e = decision_model_read(c->a, text, ret, &fault);

	return e == OK ? EX_OK : fault_exit(path, e, &fault);
}

/* To the file of --out, whole or not at all; else to standard output. */
static int
write_out(struct cli *c, struct str text)
{
	const char *path = cli_option(c, "--out");
	enum err e = path == NULL || str_is(str_of(path), "-") ? files_write_fd(STDOUT_FILENO, text)
							       : files_write(path, text, 0644);

	return e == OK ? EX_OK : cli_fail(EX_IOERR, "%s: cannot be written (%s)", path == NULL ? "standard output" : path, err_name(e));
}

static int
write_model(struct cli *c, const struct decision_model *m)
{
	struct str text;

	if (decision_model_text(c->a, m, &text) == OK)
		return write_out(c, text);
	return cli_fail(EX_DATAERR, "written as JSON the model would be larger than the %zu MiB that are read; take fewer facts or values",
	    (size_t)(LIMIT_DECISION_MODEL >> 20));
}

/* learn ---------------------------------------------------------------- */

/* The commas of --facts, and several --facts. */
static const char *const *
split_names(struct cli *c, const char *option, size_t *ret_n)
{
	size_t n, count = 0;
	const char **given = cli_option_all(c, option, &n), **list = NULL;

	for (size_t i = 0; i < n; i++) {
		struct str rest = str_of(given[i]), one;

		while (str_split(&rest, ',', &one)) {
			one = str_trim(one);
			if (one.n == 0)
				continue;
			list = arena_room(c->a, list, count, sizeof(*list));
			list[count++] = arena_cstr(c->a, one);
		}
	}
	*ret_n = count;
	return list;
}

/* How the tree decides what it was learned from. */
static void
tell_agreement(struct cli *c, const struct decision_history *h, struct value *v)
{
	size_t n = h->model.outcome.values;
	uint32_t *node = arena_many(c->a, uint32_t, h->rows.rows);
	uint64_t *count = arena_many(c->a, uint64_t, n * n), same = 0;

	decision_decide_rows(&h->model, h->rows.code, h->rows.stride, h->rows.rows, node);
	for (size_t i = 0; i < h->rows.rows; i++) {
		uint8_t says = h->model.node[node[i]].outcome;

		count[h->rows.outcome[i] * n + says]++;
		same += says == h->rows.outcome[i];
	}
	value_set_real(c->a, v, "agreement", (double)same / (double)h->rows.rows);
	value_set_real(c->a, v, "kappa", decision_kappa(count, n));
}

static int
learn(struct cli *c)
{
	const char *path = cli_option(c, "--history");
	struct decision_history_how how = { .outcome = cli_option(c, "--outcome"), .time = cli_option(c, "--time") };
	struct decision_history h;
	struct decision_fault fault;
	struct decision_learn as = { .grow_only = cli_option(c, "--no-prune") != NULL,
		.one_value = cli_option(c, "--one-value") != NULL };
	int64_t min_leaf, max_leaves, half_life;
	struct str text;

	if (path == NULL || how.outcome == NULL || c->args > 0)
		return cli_fail(EX_USAGE, "give --history FILE.csv and --outcome COLUMN; see `tobiguchi decision learn --help`");
	if (!cli_option_int(c, "--min-leaf", 1, 1000000, 0, &min_leaf) ||
	    !cli_option_int(c, "--max-leaves", 1, 1000000, 0, &max_leaves) ||
	    !cli_option_int(c, "--half-life", 1, 36500, 0, &half_life))
		return EX_USAGE;
	if (half_life > 0 && how.time == NULL)
		return cli_fail(EX_USAGE, "--half-life needs --time COLUMN: the day of each decision");
	how.facts = split_names(c, "--facts", &how.n_facts);
	how.expand = split_names(c, "--expand-cvss", &how.n_expand);
	how.half_life = (double)half_life;
	int rc = read_text(c, path, LIMIT_IMPORT, &text);

	if (rc != EX_OK)
		return rc;
	enum err e = decision_history_read(c->a, text, &how, &h, &fault);

	if (e != OK)
		return fault_exit(path, e, &fault);
	as.min_leaf = (unsigned)min_leaf;
	as.max_leaves = (unsigned)max_leaves;
	if (h.complete) {
		/* A whole table is no sample: nothing in it is chance. */
		as.grow_only = true;
		as.min_leaf = min_leaf == 0 ? 1 : as.min_leaf;
		as.max_leaves = max_leaves == 0 ? UINT_MAX : as.max_leaves;
	}
	e = decision_learn(c->a, &h.model, &h.rows, &as);
	if (e != OK)
		return cli_fail(EX_DATAERR, "%s: nothing can be learned from it (%s)", path, err_name(e));
	rc = write_model(c, &h.model);
	if (rc != EX_OK || cli_option(c, "--out") == NULL)
		return rc;
	struct value *v = value_object(c->a);

	value_set_int(c->a, v, "decisions", (int64_t)h.rows.rows);
	value_set_int(c->a, v, "without outcome", (int64_t)h.skipped);
	value_set_int(c->a, v, "facts", (int64_t)h.model.facts);
	value_set_int(c->a, v, "different", (int64_t)h.model.learned_cells);
	value_set_int(c->a, v, "leaves", (int64_t)h.model.leaves);
	tell_agreement(c, &h, v);
	cli_print(c, v);
	if (h.rows.rows < 60 && !h.complete)
		(void)fprintf(stderr, "fewer than 60 decisions: do not rely on what was learned from them\n");
	return EX_OK;
}

static const struct cli_option learn_options[] = {
	{ "--history", "FILE.csv", "past decisions, one a line, with the names of the columns first" },
	{ "--outcome", "COLUMN", "what was decided" },
	{ "--facts", "COLUMN,…", "what was known; without it all columns that can be facts" },
	{ "--expand-cvss", "COLUMN", "make facts of the metrics of a vector (KEY:VALUE/…)" },
	{ "--min-leaf", "N", "decisions at the end of a path; without it a hundredth, at least 3" },
	{ "--max-leaves", "N", "ends of paths; without it 24" },
	{ "--time", "COLUMN", "the day of a decision" },
	{ "--half-life", "DAYS", "a decision that is so much older counts half" },
	{ "--no-prune", NULL, "keep what may be chance" },
	{ "--one-value", NULL, "tell one value from the rest, not sets of values" },
	{ "--out", "MODEL.json", "where the model goes; without it to standard output" },
	{ NULL, NULL, NULL },
};

/* run ------------------------------------------------------------------ */

static enum err
write_piece(void *to, struct str piece)
{
	return files_write_fd(*(int *)to, piece);
}

int
decision_cli_run_csv(struct cli *c, const struct decision_model *m, const char *path)
{
	struct str text;
	int rc = read_text(c, path, LIMIT_IMPORT, &text);

	return rc != EX_OK ? rc : decision_cli_run_text(c, m, path, text);
}

int
decision_cli_run_text(struct cli *c, const struct decision_model *m, const char *path, struct str text)
{
	struct decision_run run;
	struct decision_fault fault;
	int fd = STDOUT_FILENO;
	enum err e = decision_run_open(c->a, m, text, &run, &fault);

	if (e == OK)
		e = decision_run_csv(&run, text, cli_option(c, "--more") != NULL, write_piece, &fd, &fault);
	if (e == ERR_IO || e == ERR_UNAVAILABLE)
		return cli_fail(EX_IOERR, "cannot write the decisions");
	if (e != OK)
		return fault_exit(path, e, &fault);
	if (run.unknown > 0)
		(void)fprintf(stderr, "%s: %zu cells say nothing that the model knows; they count as not known\n", path,
		    run.unknown);
	return EX_OK;
}

/* check, import, export ------------------------------------------------- */

static void
add_names(struct cli *c, struct value *list, const struct decision_model *m, uint64_t set, bool facts)
{
	for (size_t i = 0; i < (facts ? m->facts : m->outcome.values); i++)
		if (set >> i & 1)
			value_add_text(c->a, list, facts ? m->fact[i].name : m->outcome.value[i].name);
}

static int
check(struct cli *c)
{
	struct decision_model m;
	struct decision_report report;
	struct value *v = value_object(c->a);

	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one model: a file");
	int rc = decision_cli_model(c, c->arg[0], &m);

	if (rc != EX_OK)
		return rc;
	decision_table_report(c->a, &m, &report);
	value_set_text(c->a, v, "model", m.id);
	value_set_text(c->a, v, "name", m.name);
	value_set_text(c->a, v, "kind", m.rows > 0 ? "table" : "tree");
	value_set_int(c->a, v, "facts", (int64_t)m.facts);
	value_set_int(c->a, v, "outcomes", (int64_t)m.outcome.values);
	value_set_int(c->a, v, "leaves", (int64_t)m.leaves);
	if (m.rows > 0) {
		value_set_int(c->a, v, "rows", (int64_t)m.rows);
		value_set_bool(c->a, v, "complete", true);
		value_set_bool(c->a, v, "monotone", report.not_monotone == 0);
		if (report.example != NULL)
			value_set_text(c->a, v, "not monotone", report.example);
	} else {
		value_set_int(c->a, v, "decisions", (int64_t)m.learned_rows);
	}
	add_names(c, value_set_list(c->a, v, "unused facts"), &m, report.unused_facts, true);
	add_names(c, value_set_list(c->a, v, "unused outcomes"), &m, report.unused_outcomes, false);
	cli_print(c, v);
	return EX_OK;
}

struct storing {
	const char *topic;
	struct str text;
	int64_t id;
	struct decision_model_row row;
	struct decision_model model;
};

static enum err
store(struct cli *c, void *object)
{
	struct storing *s = object;
	struct decision_fault fault; /* it was read already */

	TRY(decision_model_add(c->db, c->a, s->topic, s->text, "imported", 0, (struct actor){ 0, "import", c->now }, &s->id,
	    &fault));
	return decision_model_get(c->db, c->a, s->id, &s->row, &s->model);
}

static int
import(struct cli *c)
{
	struct decision_model m;
	struct storing s = { .topic = cli_option(c, "--topic") };
	struct value *v = value_object(c->a);

	if (c->args != 1)
		return cli_fail(EX_USAGE, "give one file: an SSVC decision table (JSON or CSV) or a learned model");
	int rc = decision_cli_model(c, c->arg[0], &m);

	if (rc != EX_OK || s.topic == NULL)
		return rc != EX_OK ? rc : write_model(c, &m);
	if (decision_model_text(c->a, &m, &s.text) != OK)
		return write_model(c, &m); /* tells */
	rc = cli_open(c, true);
	if (rc == EX_OK)
		rc = cli_transaction(c, store, &s);
	if (rc != EX_OK)
		return rc;
	value_set_text(c->a, v, "model", s.row.name);
	value_set_int(c->a, v, "version", s.row.version);
	value_set_text(c->a, v, "state", s.row.state);
	cli_print(c, v);
	return EX_OK;
}

static enum err
fetch(struct cli *c, void *object)
{
	struct storing *s = object;

	return decision_model_active(c->db, c->a, s->topic, &s->row, &s->model);
}

/* The model to be exported: a file, a shipped one, or the active one of a topic. */
static int
model_asked(struct cli *c, struct decision_model *ret)
{
	struct storing s = { .topic = cli_option(c, "--topic") };

	if (c->args == 1 && s.topic == NULL)
		return decision_cli_model(c, c->arg[0], ret);
	if (c->args != 0 || s.topic == NULL)
		return cli_fail(EX_USAGE, "give one model, or --topic TOPIC for its active one");
	int rc = cli_open(c, true);

	if (rc == EX_OK)
		rc = cli_transaction(c, fetch, &s);
	*ret = s.model;
	return rc;
}

static int
export(struct cli *c)
{
	const char *format = cli_option(c, "--format");
	struct decision_model m, table;
	int rc = model_asked(c, &m);

	if (rc != EX_OK)
		return rc;
	if (format == NULL || strcmp(format, "json") == 0)
		return write_model(c, &m);
	if (strcmp(format, "ssvc") != 0 && strcmp(format, "csv") != 0)
		return cli_fail(EX_USAGE, "--format %s: known are json, ssvc and csv", format);
	table = m;
	if (m.rows == 0 && decision_table_of_tree(c->a, &m, &table) != OK)
		return cli_fail(EX_DATAERR, "%s: as a table it would have more than %d rows", m.name, LIMIT_DECISION_ROWS);
	if (strcmp(format, "ssvc") == 0)
		return write_model(c, &table);
	struct buf *b = buf_new(c->a, LIMIT_IMPORT);

	if (decision_table_write_csv(b, &table) != OK)
		return cli_fail(EX_DATAERR, "the table is too large to be written");
	return write_out(c, buf_view(b));
}

static const struct cli_option import_options[] = {
	{ "--out", "MODEL.json", "where the model goes; without it to standard output" },
	{ "--topic", "TOPIC", "into the data folder instead, as a draft for such decisions" },
	{ NULL, NULL, NULL },
};
static const struct cli_option export_options[] = {
	{ "--format", "json|ssvc|csv", "json: a table as SSVC, a tree as a tree; ssvc, csv: always a table" },
	{ "--topic", "TOPIC", "the active model of such decisions in the data folder" },
	{ "--out", "FILE", "where it goes; without it to standard output" },
	{ NULL, NULL, NULL },
};

const struct cli_command decision_commands[] = {
	{ "decision learn", "", "a model from past decisions", learn_options, learn },
	{ "decision check", "MODEL", "whether a model can be used, and what it is like", NULL, check },
	{ "decision import", "FILE", "a decision table as a model, checked", import_options, import },
	{ "decision export", "[MODEL]", "a model as SSVC's JSON or CSV", export_options, export },
	{ 0 },
};
