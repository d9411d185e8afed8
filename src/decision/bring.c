/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/bring.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "text/csv.h"
#include "text/i18n.h"
#include "text/value.h"

#define TITLE LIMIT_TITLE

/* A cell without what a spreadsheet needed, as clean text of one line. */
static const char *
clean(struct arena *a, struct str cell)
{
	return arena_cstr(a, str_trim(utf8_take(utf8_clean_line(a, csv_plain(cell)), TITLE)));
}

/* Looking -------------------------------------------------------------- */

static const char *
why_not(enum err e)
{
	return e == ERR_LIMIT ? N_("The line is longer, or has more columns, than is read.")
			      : N_("A quote stands where none may, or is not closed (RFC 4180).");
}

static enum err
read_names(struct arena *a, struct str text, struct csv *csv, const char ***ret, size_t *ret_n, struct decision_bring_fault *fault)
{
	struct str field[CSV_FIELDS];

	if (!utf8_valid(text)) {
		*fault = (struct decision_bring_fault){ .line = 1, .column = "", .value = "",
			.message = N_("This is no text in UTF-8. A spreadsheet saves it as “CSV UTF-8”.") };
		return ERR_INVALID;
	}
	enum err e = csv_next(csv, a, field, ret_n);

	*fault = (struct decision_bring_fault){ .line = 1, .column = "", .value = "",
		.message = e == ERR_NOT_FOUND ? N_("The file is empty.") : why_not(e) };
	if (e != OK)
		return e == ERR_LIMIT ? e : ERR_INVALID;
	*ret = arena_many(a, const char *, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++) {
		(*ret)[i] = clean(a, field[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp((*ret)[k], (*ret)[i]) == 0) {
				fault->message = N_("Two columns are called “{value}”.");
				fault->value = (*ret)[i];
				return ERR_INVALID;
			}
	}
	return OK;
}

enum err
decision_bring_look(struct arena *a, struct str text, const char ***ret_name, size_t *ret_columns, const char ****ret_rows,
    size_t max, size_t *ret_n, struct decision_bring_fault *fault)
{
	struct csv csv = csv_of(text);
	struct str field[CSV_FIELDS];
	size_t n;

	*ret_n = 0;
	TRY(read_names(a, text, &csv, ret_name, ret_columns, fault));
	*ret_rows = arena_many(a, const char **, max + 1);
	enum err e = OK;

	while (*ret_n < max && (e = csv_next(&csv, a, field, &n)) == OK) {
		const char **row = arena_many(a, const char *, *ret_columns + 1);

		for (size_t i = 0; i < *ret_columns; i++)
			row[i] = i < n ? clean(a, field[i]) : "";
		(*ret_rows)[(*ret_n)++] = row;
	}
	if (e == ERR_NOT_FOUND && *ret_n == 0) {
		*fault = (struct decision_bring_fault){ .line = 1, .column = "", .value = "", .message = N_("The file has no rows.") };
		return ERR_INVALID;
	}
	return OK;
}

static bool
is_one_of(const char *name, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (str_is_case(str_of(name), words[i]))
			return true;
	return false;
}

void
decision_bring_guess(const struct decision_model *m, const char *const *name, size_t columns, struct decision_mapping *ret)
{
	static const char *const outcome[] = { "outcome", "decision", "decided", "result", "priority", "判断", "判断結果", "決定", "対応", NULL },
		*const at[] = { "date", "at", "time", "when", "day", "decided_at", "日付", "日時", "判断日", "決定日", NULL },
		*const who[] = { "analyst", "who", "person", "by", "user", "decided_by", "担当", "担当者", "分析者", NULL },
		*const title[] = { "title", "case", "cve", "id", "name", "subject", "件名", "案件", "番号", "脆弱性", NULL },
		*const reason[] = { "reason", "why", "note", "comment", "理由", "備考", "メモ", NULL };
	const struct {
		const char *const *words;
		const char **to;
	} list[] = {
		{ outcome, &ret->outcome }, { at, &ret->at }, { who, &ret->who }, { title, &ret->title }, { reason, &ret->reason },
	};

	*ret = (struct decision_mapping){ 0 };
	for (size_t c = 0; c < columns; c++) {
		int f = decision_fact_find(m, str_of(name[c]));

		for (size_t i = 0; i < m->facts && f < 0; i++)
			if (m->fact[i].name_ja != NULL && strcmp(m->fact[i].name_ja, name[c]) == 0)
				f = (int)i;
		if (f >= 0 && ret->fact[f] == NULL) {
			ret->fact[f] = name[c];
			continue;
		}
		if (ret->outcome == NULL && (str_is_case(str_of(name[c]), m->outcome.name) ||
		    (m->outcome.name_ja != NULL && strcmp(m->outcome.name_ja, name[c]) == 0))) {
			ret->outcome = name[c];
			continue;
		}
		for (size_t i = 0; i < COUNT(list); i++)
			if (*list[i].to == NULL && is_one_of(name[c], list[i].words)) {
				*list[i].to = name[c];
				break;
			}
	}
}

/* Reading -------------------------------------------------------------- */

struct reading {
	struct arena *a;
	const struct decision_model *m;
	const struct decision_mapping *map;
	const struct zone *zone;
	int64_t now;
	const char **name;
	size_t columns;
	int outcome, at, who, title, reason, fact[LIMIT_DECISION_FACTS];
	size_t line;
	struct decision_bring *to;
};

static void
wrong(struct reading *r, int column, const char *message, const char *value)
{
	if (r->to->faults < DECISION_BRING_FAULTS)
		r->to->fault[r->to->faults] = (struct decision_bring_fault){
			.line = r->line, .column = column < 0 ? "" : r->name[column], .message = message, .value = value,
		};
	r->to->faults++;
}

static int
column_of(struct reading *r, const char *name)
{
	if (name == NULL || *name == '\0')
		return -1;
	for (size_t i = 0; i < r->columns; i++)
		if (strcmp(r->name[i], name) == 0)
			return (int)i;
	wrong(r, -1, N_("The file has no column “{value}”."), name);
	return -1;
}

static int
value_of(const struct decision_fact *f, struct str cell)
{
	int v = decision_value_find(f, cell);

	for (size_t i = 0; i < f->values && v < 0; i++)
		if (f->value[i].name_ja != NULL && str_is(cell, f->value[i].name_ja))
			v = (int)i;
	return v;
}

static const char *
keys_of(struct arena *a, const struct decision_fact *f, uint64_t set)
{
	struct buf *b = buf_new(a, LIMIT_KIB(16));

	for (size_t i = 0; i < f->values; i++)
		if ((set >> i & 1) != 0)
			buf_printf(b, "%s%s", b->n > 0 ? "|" : "", f->value[i].key);
	return buf_cstr(a, b);
}

static const char *
read_facts(struct reading *r, const struct str *field)
{
	struct value *o = value_object(r->a);

	for (size_t f = 0; f < r->m->facts; f++) {
		const struct decision_fact *fact = &r->m->fact[f];
		struct str cell;
		bool known;

		if (r->fact[f] < 0)
			continue;
		cell = str_trim(csv_plain(field[r->fact[f]]));
		int v = value_of(fact, cell);
		uint64_t set = v >= 0 ? UINT64_C(1) << v : decision_answer_read(fact, cell, &known);

		if (v < 0 && !known && cell.n > 0 && !str_is(cell, "?")) {
			if (!r->map->unknown)
				wrong(r, r->fact[f], N_("“{value}” is no value of this fact."), clean(r->a, cell));
			r->to->unknown++;
			continue;
		}
		if (set != decision_all(fact))
			value_set_text(r->a, o, fact->id, keys_of(r->a, fact, set));
	}
	return value_json_text(r->a, o);
}

static void
read_row(struct reading *r, const struct str *field)
{
	struct decision_brought *row;
	struct str cell = str_trim(csv_plain(field[r->outcome]));
	int is = value_of(&r->m->outcome, cell);
	int64_t at = r->now;

	if (is < 0)
		wrong(r, r->outcome, cell.n == 0 ? N_("Nothing says what was decided.") : N_("“{value}” is no outcome of the model."),
		    clean(r->a, cell));
	if (r->at >= 0) {
		cell = str_trim(csv_plain(field[r->at]));
		if (zone_parse(r->zone, cell, &at) != OK)
			wrong(r, r->at, N_("“{value}” is no time: write 2026-11-22 or 2026-11-22 14:05."), clean(r->a, cell));
		else if (at > r->now)
			wrong(r, r->at, N_("{value} has not been yet."), clean(r->a, cell));
	}
	r->to->row = arena_room(r->a, r->to->row, r->to->n, sizeof(*r->to->row));
	row = &r->to->row[r->to->n++];
	*row = (struct decision_brought){
		.line = r->line, .at = at, .outcome = (uint8_t)(is < 0 ? 0 : is),
		.who = r->who < 0 ? "" : clean(r->a, field[r->who]), .title = r->title < 0 ? "" : clean(r->a, field[r->title]),
		.reason = r->reason < 0 ? "" : clean(r->a, field[r->reason]), .facts = read_facts(r, field),
	};
}

enum err
decision_bring_read(struct arena *a, const struct decision_model *m, const struct decision_mapping *map,
    int64_t now, struct str text, struct decision_bring *ret)
{
	struct reading r = { .a = a, .m = m, .map = map, .zone = zone_tokyo(), .now = now, .line = 1, .to = ret };
	struct csv csv = csv_of(text);
	struct str field[CSV_FIELDS];
	size_t n, facts = 0;
	enum err e;

	*ret = (struct decision_bring){ 0 };
	if (read_names(a, text, &csv, &r.name, &r.columns, &ret->fault[0]) != OK) {
		ret->faults = 1;
		return OK;
	}
	if (map->zone != NULL && zone_find(map->zone, &r.zone) != OK)
		wrong(&r, -1, N_("There is no time zone “{value}”."), map->zone);
	r.outcome = column_of(&r, map->outcome);
	r.at = column_of(&r, map->at);
	r.who = column_of(&r, map->who);
	r.title = column_of(&r, map->title);
	r.reason = column_of(&r, map->reason);
	for (size_t f = 0; f < m->facts; f++) {
		r.fact[f] = column_of(&r, map->fact[f]);
		facts += r.fact[f] >= 0;
	}
	if (r.outcome < 0)
		wrong(&r, -1, N_("Say which column tells what was decided."), "");
	if (facts == 0)
		wrong(&r, -1, N_("Say at least one column that is a fact of the model."), "");
	if (ret->faults > 0)
		return OK;
	while ((e = csv_next(&csv, a, field, &n)) != ERR_NOT_FOUND) {
		r.line = csv.line;
		if (ret->n == DECISION_BRING_ROWS) {
			wrong(&r, -1, N_("The file has more rows than are taken in at once ({value}). Split it."),
			    arena_printf(a, "%d", DECISION_BRING_ROWS));
			return OK;
		}
		if (e != OK)
			wrong(&r, -1, why_not(e), "");
		else if (n != r.columns)
			wrong(&r, -1, N_("The line does not have as many columns as the first one."), "");
		else
			read_row(&r, field);
	}
	if (ret->n == 0 && ret->faults == 0)
		wrong(&r, -1, N_("The file has no rows."), "");
	return OK;
}

/* Keeping -------------------------------------------------------------- */

const char *
decision_mapping_write(struct arena *a, const struct decision_model *m, const struct decision_mapping *map)
{
	struct value *o = value_object(a), *facts;

	value_set_text(a, o, "outcome", map->outcome);
	value_set_text(a, o, "at", map->at);
	value_set_text(a, o, "who", map->who);
	value_set_text(a, o, "title", map->title);
	value_set_text(a, o, "reason", map->reason);
	value_set_text(a, o, "zone", map->zone);
	value_set_bool(a, o, "unknown", map->unknown);
	facts = value_set_object(a, o, "facts");
	for (size_t f = 0; f < m->facts; f++)
		if (map->fact[f] != NULL)
			value_set_text(a, facts, m->fact[f].id, map->fact[f]);
	return value_json_text(a, o);
}

static const char *
column_in(const struct value *o, const char *key)
{
	const char *name = value_cstr(value_get(o, key));

	return *name == '\0' ? NULL : name;
}

void
decision_mapping_read(struct arena *a, const struct decision_model *m, const char *json, struct decision_mapping *ret)
{
	struct value *o;

	*ret = (struct decision_mapping){ 0 };
	if (value_parse(a, str_of(json), &o, NULL) != OK)
		return;
	ret->outcome = column_in(o, "outcome");
	ret->at = column_in(o, "at");
	ret->who = column_in(o, "who");
	ret->title = column_in(o, "title");
	ret->reason = column_in(o, "reason");
	ret->zone = column_in(o, "zone");
	ret->unknown = value_true(value_get(o, "unknown"));
	for (size_t f = 0; f < m->facts; f++)
		ret->fact[f] = column_in(value_get(o, "facts"), m->fact[f].id);
}
