/* SPDX-License-Identifier: Apache-2.0 */
/* bring_web.c - /vulnerabilities/imports: past decisions from a CSV file, looked at first. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "blob/blob.h"
#include "decision/bring_store.h"
#include "decision/decision_web.h"
#include "http/http.h"

#define BASE "/vulnerabilities"
#define HERE BASE "/imports"
#define FILE_MAX LIMIT_MIB(32) /* larger ones: the command */
#define FIRST_ROWS 5
#define FAULTS_SHOWN 50

static const struct web_option states[] = {
	{ "open", NC_("import", "To be mapped") }, { "waiting", NC_("import", "Being taken in") }, { "done", NC_("import", "Taken in") },
	{ "failed", NC_("import", "Failed") }, { 0 },
};

static void
set_import(struct web *w, struct value *o, const struct decision_import *i)
{
	value_set_int(w->a, o, "id", i->id);
	value_set_text(w->a, o, "name", i->name);
	value_set_text(w->a, o, "sha256", i->digest);
	value_set_text(w->a, o, "state", i->state);
	value_set_int(w->a, o, "decisions", i->decisions);
	value_set_text(w->a, o, "failure", i->error[0] == '\0' ? NULL : i->error);
	web_set_time(w, o, "created_at", i->created_at);
	web_set_time(w, o, "done_at", i->done_at);
	value_set_text(w->a, o, "@href", decision_address(w, HERE "/", i->id));
	value_set_text(w->a, o, "@badge", strcmp(i->state, "done") == 0 ? "good" : strcmp(i->state, "failed") == 0 ? "late" : "plain");
	for (size_t k = 0; states[k].value != NULL; k++)
		if (strcmp(states[k].value, i->state) == 0)
			value_set_text(w->a, o, "@state", web_tr(w, "import", states[k].label));
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct decision_import *i;
	size_t n;

	TRY(decision_import_list(w->db, w->a, DECISION_TOPIC, &i, &n));
	for (size_t k = 0; k < n; k++)
		set_import(w, value_add_object(w->a, items), &i[k]);
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	value_set_int(w->a, w->ui, "mib", (int64_t)(FILE_MAX >> 20));
	decision_tabs(w, "");
	return web_again(w, "decision_imports", N_("Past decisions from a file"));
}

static enum err
upload(struct web *w)
{
	size_t n;
	const struct http_file *const *file = web_files(w, "file", &n);
	struct decision_model m;
	int64_t blob, id;
	enum err e = decision_model_active(w->db, w->a, DECISION_TOPIC, NULL, &m);

	if (e == ERR_NOT_FOUND)
		web_problem(w, "file", N_("Begin with a model first: columns are mapped to its facts."));
	else if (e != OK)
		return e;
	else if (n == 0 || file[0]->size == 0)
		web_problem(w, "file", N_("Choose a CSV file."));
	else if (file[0]->size > FILE_MAX)
		web_problem(w, "file", N_("The file is too large for this page. Use the command: tobiguchi decision take"));
	if (problems_any(&w->problems))
		return list(w);
	struct str name = utf8_take(utf8_clean_line(w->a, file[0]->name), LIMIT_NAME);
	unsigned char digest[32];

	memcpy(digest, blob_in_sha256(file[0]->sink_result), sizeof(digest));
	TRY(blob_adopt(file[0]->sink_result, w->db, w->now, &blob));
	TRY(decision_import_add(w->db, DECISION_TOPIC, name.n == 0 ? "file.csv" : arena_cstr(w->a, name), digest, blob, web_actor(w), &id));
	value_set_int(w->a, w->data, "id", id);
	return web_created(w, decision_address(w, HERE "/", id), NULL);
}

/* One file ---------------------------------------------------------------- */

struct file {
	struct decision_import import;
	struct decision_model model;
	struct decision_mapping map;
	struct decision_bring got;
	struct str text;
	const char **name, ***rows;
	size_t columns, first;
	bool mapped; /* a person has said what the columns mean */
	bool readable;
	struct decision_bring_fault fault;
};

static enum err
load(struct web *w, struct file *f)
{
	int64_t id;

	*f = (struct file){ 0 };
	TRY(decision_path_id(w, &id));
	TRY(decision_import_get(w->db, w->a, id, &f->import));
	TRY(decision_model_active(w->db, w->a, f->import.topic, NULL, &f->model));
	if (f->import.blob_id == 0)
		return OK;
	TRY(blob_get(w->blobs, w->db, w->a, f->import.blob_id, FILE_MAX, &f->text));
	f->readable = decision_bring_look(w->a, f->text, &f->name, &f->columns, &f->rows, FIRST_ROWS, &f->first, &f->fault) == OK;
	f->mapped = f->import.mapping[0] != '\0';
	if (f->mapped)
		decision_mapping_read(w->a, &f->model, f->import.mapping, &f->map);
	else if (f->readable)
		decision_bring_guess(&f->model, f->name, f->columns, &f->map);
	if (f->readable && f->mapped)
		TRY(decision_bring_read(w->a, &f->model, &f->map, w->now, f->text, &f->got));
	return OK;
}

/* A choice of columns; one of them, or none. */
static void
set_choice(struct web *w, struct value *list, const struct file *f, const char *field, const char *label, const char *hint,
    const char *chosen, bool must)
{
	struct value *o = value_add_object(w->a, list), *options = value_set_list(w->a, o, "@options");
	const char *typed = web_form_has(w, field) ? web_form(w, field) : NULL;

	value_set_text(w->a, o, "@field", field);
	value_set_text(w->a, o, "@label", label);
	value_set_text(w->a, o, "@hint", hint);
	value_set_bool(w->a, o, "@must", must);
	for (size_t i = 0; i < f->columns; i++) {
		struct value *v = value_add_object(w->a, options);

		value_set_text(w->a, v, "value", f->name[i]);
		value_set_text(w->a, v, "label", f->name[i]);
		value_set_bool(w->a, v, "selected",
		    typed != NULL ? strcmp(typed, f->name[i]) == 0 : chosen != NULL && strcmp(chosen, f->name[i]) == 0);
	}
}

/* "none, some, high": what a column's cells may say. */
static const char *
values_of(struct web *w, const struct decision_fact *f)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(16));

	for (size_t i = 0; i < f->values; i++)
		buf_printf(b, "%s%s (%s)", i > 0 ? ", " : "", decision_word(w, f->value[i].name, f->value[i].name_ja), f->value[i].key);
	return buf_cstr(w->a, b);
}

static void
set_mapping(struct web *w, const struct file *f)
{
	struct value *list = value_set_list(w->a, w->ui, "choices"), *facts = value_set_list(w->a, w->ui, "fact_choices");
	const struct {
		const char *field, *label, *hint, *chosen;
	} rest[] = {
		{ "at", N_("When it was decided"), N_("2026-11-22, also with a time; without it everything is of today."), f->map.at },
		{ "who", N_("Who decided"), N_("A user by name or mail address; others are kept as written."), f->map.who },
		{ "title", N_("What about"), NULL, f->map.title }, { "reason", N_("Why"), NULL, f->map.reason },
	};

	set_choice(w, list, f, "outcome", web_tr(w, NULL, N_("What was decided")), values_of(w, &f->model.outcome), f->map.outcome, true);
	for (size_t i = 0; i < COUNT(rest); i++)
		set_choice(w, list, f, rest[i].field, web_tr(w, NULL, rest[i].label),
		    rest[i].hint == NULL ? NULL : web_tr(w, NULL, rest[i].hint), rest[i].chosen, false);
	for (size_t i = 0; i < f->model.facts; i++)
		set_choice(w, facts, f, arena_printf(w->a, "fact_%zu", i),
		    decision_word(w, f->model.fact[i].name, f->model.fact[i].name_ja), values_of(w, &f->model.fact[i]), f->map.fact[i], false);
	value_set_bool(w->a, w->ui, "unknown", web_form_has(w, "unknown") || f->map.unknown);
}

static void
set_first_rows(struct web *w, const struct file *f)
{
	struct value *columns = value_set_list(w->a, w->data, "columns"), *rows = value_set_list(w->a, w->data, "rows");

	for (size_t i = 0; i < f->columns; i++)
		value_add_text(w->a, columns, f->name[i]);
	for (size_t k = 0; k < f->first; k++) {
		struct value *cells = value_set_list(w->a, value_add_object(w->a, rows), "cells");

		for (size_t i = 0; i < f->columns; i++)
			value_add_text(w->a, cells, f->rows[k][i]);
	}
}

static void
set_fault(struct web *w, struct value *o, const struct decision_bring_fault *f)
{
	value_set_int(w->a, o, "line", (int64_t)f->line);
	value_set_text(w->a, o, "column", f->column);
	value_set_text(w->a, o, "message", i18n_fill(w->a, web_tr(w, NULL, f->message), I18N_ARGS({ "value", f->value })));
}

static void
set_look(struct web *w, const struct file *f)
{
	struct value *o = value_set_object(w->a, w->data, "look"), *faults = value_set_list(w->a, o, "faults"), *outcomes;
	size_t values = f->model.outcome.values;
	int64_t *many = arena_many(w->a, int64_t, values);
	size_t told = f->got.faults < DECISION_BRING_FAULTS ? f->got.faults : DECISION_BRING_FAULTS;

	value_set_int(w->a, o, "rows", (int64_t)f->got.n);
	value_set_int(w->a, o, "bad", (int64_t)f->got.faults);
	value_set_int(w->a, o, "unknown_cells", (int64_t)f->got.unknown);
	for (size_t i = 0; i < told && (w->json || i < FAULTS_SHOWN); i++)
		set_fault(w, value_add_object(w->a, faults), &f->got.fault[i]);
	value_set_bool(w->a, o, "@good", f->got.faults == 0);
	value_set_bool(w->a, o, "@more", !w->json && f->got.faults > FAULTS_SHOWN);
	outcomes = value_set_list(w->a, o, "outcomes");
	for (size_t i = 0; i < f->got.n; i++)
		many[f->got.row[i].outcome]++;
	for (size_t i = values; i-- > 0 && f->got.faults == 0;) {
		struct value *v = value_add_object(w->a, outcomes);

		value_set_text(w->a, v, "outcome", f->model.outcome.value[i].key);
		value_set_text(w->a, v, "@outcome", decision_outcome_word(w, &f->model, f->model.outcome.value[i].key));
		value_set_int(w->a, v, "n", many[i]);
	}
}

static enum err
page(struct web *w, struct file *f)
{
	struct decision_import before;
	bool open = strcmp(f->import.state, "open") == 0 || strcmp(f->import.state, "failed") == 0;

	set_import(w, w->data, &f->import);
	if (open && f->readable) {
		set_first_rows(w, f);
		set_mapping(w, f);
		if (f->mapped)
			set_look(w, f);
	} else if (open) {
		set_fault(w, value_set_object(w->a, w->data, "unreadable"), &f->fault);
	}
	enum err e = decision_import_before(w->db, w->a, f->import.topic, f->import.digest, f->import.id, &before);

	if (e == OK)
		set_import(w, value_set_object(w->a, w->data, "before"), &before);
	else if (e != ERR_NOT_FOUND)
		return e;
	value_set_bool(w->a, w->ui, "is_open", open);
	value_set_bool(w->a, w->ui, "is_waiting", strcmp(f->import.state, "waiting") == 0);
	value_set_bool(w->a, w->ui, "is_done", strcmp(f->import.state, "done") == 0);
	if (strcmp(f->import.state, "waiting") == 0)
		web_header(w, "Refresh", "2");
	decision_tabs(w, "");
	return web_again(w, "decision_import", N_("Past decisions from a file"));
}

static enum err
show(struct web *w)
{
	struct file f;

	TRY(load(w, &f));
	return page(w, &f);
}

/* A column that the file has, else NULL. */
static const char *
column(struct web *w, const struct file *f, const char *field)
{
	for (size_t i = 0; i < f->columns; i++)
		if (strcmp(web_form(w, field), f->name[i]) == 0)
			return f->name[i];
	return NULL;
}

static enum err
keep_mapping(struct web *w, struct file *f)
{
	struct decision_mapping map = {
		.outcome = column(w, f, "outcome"), .at = column(w, f, "at"), .who = column(w, f, "who"), .title = column(w, f, "title"),
		.reason = column(w, f, "reason"), .unknown = web_form_has(w, "unknown"), .zone = zone_name(w->zone),
	};
	size_t facts = 0;

	for (size_t i = 0; i < f->model.facts; i++) {
		map.fact[i] = column(w, f, arena_printf(w->a, "fact_%zu", i));
		facts += map.fact[i] != NULL;
	}
	if (map.outcome == NULL)
		web_problem(w, "outcome", N_("Say which column tells what was decided."));
	if (facts == 0)
		web_problem(w, "fact_0", N_("Say at least one column that is a fact of the model."));
	if (problems_any(&w->problems))
		return page(w, f);
	TRY(decision_import_map(w->db, f->import.id, decision_mapping_write(w->a, &f->model, &map)));
	return web_redirect(w, decision_address(w, HERE "/", f->import.id), NULL, 0);
}

static enum err
take(struct web *w, struct file *f)
{
	struct decision_import before;
	enum err e = decision_import_before(w->db, w->a, f->import.topic, f->import.digest, f->import.id, &before);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == OK && !web_form_has(w, "again"))
		web_problem(w, "again", N_("This very file was taken in before. Say that you want its decisions twice."));
	if (!f->mapped || f->got.faults > 0)
		web_problem(w, "", N_("Nothing is taken in while rows cannot be read. Mend the file or the mapping."));
	if (problems_any(&w->problems))
		return page(w, f);
	TRY(decision_import_start(w->db, w->a, f->import.id, web_actor(w)));
	return web_redirect(w, decision_address(w, HERE "/", f->import.id), NULL, 0);
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "look", "take", "drop", "leave_out", "teach", NULL };
	const char *what = web_choice(w, "act", acts, true);
	struct value *undo = value_object(w->a);
	struct file f;
	int64_t undo_id;

	TRY(load(w, &f));
	if (problems_any(&w->problems))
		return page(w, &f);
	if (strcmp(what, "drop") == 0) {
		TRY(decision_import_drop(w->db, f.import.id));
		return web_redirect(w, HERE, N_("Thrown away"), 0);
	}
	if (strcmp(what, "leave_out") == 0 || strcmp(what, "teach") == 0) {
		bool left_out = strcmp(what, "leave_out") == 0;

		TRY(decision_import_leave_out(w->db, w->a, f.import.id, left_out, web_actor(w)));
		value_set_int(w->a, undo, "id", f.import.id);
		value_set_bool(w->a, undo, "left_out", !left_out);
		TRY(web_add_undo(w, "decision.import", undo, &undo_id));
		return web_redirect(w, decision_address(w, HERE "/", f.import.id), N_("Saved"), undo_id);
	}
	if (f.import.blob_id == 0 || !f.readable)
		return ERR_CONFLICT;
	return strcmp(what, "look") == 0 ? keep_mapping(w, &f) : take(w, &f);
}

static enum err
undo_leave_out(struct web *w, const struct value *p)
{
	return decision_import_leave_out(w->db, w->a, value_integer(value_get(p, "id")), value_true(value_get(p, "left_out")), web_actor(w));
}

const struct web_route decision_bring_routes[] = {
	{ WEB_GET, HERE, PERM_INCIDENT_READ, list, 0, "Files with past decisions" },
	{ WEB_POST, HERE, PERM_ADMIN, upload, WEB_FILES, "A CSV file with past decisions: file. Nothing is taken in yet" },
	{ WEB_GET, HERE "/:id", PERM_INCIDENT_READ, show, WEB_SLOW, "Its columns, first rows, mapping and what would happen" },
	{ WEB_POST, HERE "/:id", PERM_ADMIN, act, WEB_SLOW,
	    "act = look (outcome, at, who, title, reason, fact_0 …: columns; unknown), take (again), drop, leave_out, teach" },
	{ 0 },
};

const struct web_undo decision_bring_undos[] = {
	{ "decision.import", PERM_ADMIN, undo_leave_out },
	{ 0 },
};
