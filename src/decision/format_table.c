/* SPDX-License-Identifier: Apache-2.0 */
/* format_table.c - SSVC's decision tables (schema DecisionTable 2.0.0), and their CSV. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "decision/edit.h"
#include "decision/format_priv.h"
#include "text/csv.h"
#include "text/i18n.h"

/* Names ---------------------------------------------------------------- */

/* "Keys must start with an alphanumeric, contain only alphanumerics and _, and end with
 * an alphanumeric"; T* is grandfathered in. */
static bool
is_key(const char *s)
{
	size_t n = strlen(s);

	if (strcmp(s, "T*") == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (!str_is_alnum(s[i]) && (s[i] != '_' || i == 0 || i + 1 == n))
			return false;
	return n > 0;
}

static bool
eat_plain_number(struct str *s)
{
	uint64_t n;
	bool zero = s->n > 0 && s->p[0] == '0';

	return str_eat_digits(s, 1, zero ? 1 : 18, &n);
}

/* Semantic versioning 2.0.0, section 2; what follows "-" or "+" is only looked over. */
static bool
is_version(const char *text)
{
	struct str s = str_of(text);

	if (!eat_plain_number(&s) || !str_eat(&s, STR(".")) || !eat_plain_number(&s) || !str_eat(&s, STR(".")) ||
	    !eat_plain_number(&s))
		return false;
	if (s.n == 0)
		return true;
	if (s.n == 1 || (s.p[0] != '-' && s.p[0] != '+'))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!str_is_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != '-' && s.p[i] != '+')
			return false;
	return true;
}

/* A registered namespace ("ssvc", "nist.800-30") or a private one ("x_example.test#part"),
 * then extensions after "/" that are only looked over. */
static bool
is_space(const char *text)
{
	struct str s = str_of(text);
	bool private_ = str_eat(&s, STR("x_")), hash = false;
	size_t i = 0, dots = 0;

	if (str_of(text).n < 3 || str_of(text).n > 1000 || s.n == 0)
		return false;
	if (!private_ && (s.p[0] < 'a' || s.p[0] > 'z'))
		return false;
	for (; i < s.n && s.p[i] != '/'; i++) {
		char c = s.p[i];
		bool mark = c == '.' || c == '-' || c == '#';

		if (mark && (i == 0 || i + 1 == s.n || !str_is_alnum(s.p[i - 1])))
			return false;
		if (c == '#' && hash)
			return false;
		if (!mark && (c < 'a' || c > 'z') && !str_is_digit(c))
			return false;
		hash |= c == '#';
		dots += c == '.' && !hash;
	}
	if (i == 0 || !str_is_alnum(s.p[i - 1]) || (private_ && (!hash || dots == 0)))
		return false;
	for (; i < s.n; i++)
		if (!str_is_alnum(s.p[i]) && strchr("/.-#$", s.p[i]) == NULL)
			return false;
	return true;
}

/* JSON in -------------------------------------------------------------- */

struct head {
	const char *space, *key, *version, *name, *definition;
};

static enum err
read_head(struct format_reader *r, const struct value *o, const char *path, struct head *ret)
{
	const char *schema;

	if (value_type(o) != VALUE_OBJECT)
		return format_refuse(r, path, NULL, N_("an object must stand here"));
	TRY(format_text(r, o, path, "namespace", NULL, &ret->space));
	if (!is_space(ret->space))
		return format_refuse(r, path, "namespace", N_("this is no SSVC namespace, such as \"ssvc\" or \"x_example.test#team\""));
	TRY(format_text(r, o, path, "key", NULL, &ret->key));
	if (!is_key(ret->key))
		return format_refuse(r, path, "key", N_("a key has letters, digits and \"_\" between them"));
	TRY(format_text(r, o, path, "version", "0.0.1", &ret->version));
	if (!is_version(ret->version))
		return format_refuse(r, path, "version", N_("a version is written like 1.0.0 (semantic versioning)"));
	TRY(format_text(r, o, path, "name", NULL, &ret->name));
	TRY(format_text(r, o, path, "definition", NULL, &ret->definition));
	TRY(format_text(r, o, path, "schemaVersion", NULL, &schema));
	if (strcmp(schema, "2.0.0") != 0)
		return format_refuse(r, path, "schemaVersion", N_("only schema version 2.0.0 of SSVC is read"));
	return OK;
}

static enum err
read_values(struct format_reader *r, const struct value *list, const char *path, size_t most, struct decision_fact *f)
{
	if (value_type(list) != VALUE_LIST || value_count(list) == 0)
		return format_refuse(r, path, NULL, N_("a list of at least one value must stand here"));
	if (value_count(list) > most)
		return format_refuse(r, path, NULL, most == LIMIT_DECISION_OUTCOMES ? N_("an outcome has at most 32 values")
										    : N_("a decision point has at most 64 values")), ERR_LIMIT;
	f->values = value_count(list);
	f->value = arena_many(r->a, struct decision_value, f->values);
	for (size_t i = 0; i < f->values; i++) {
		const struct value *o = value_at(list, i);
		const char *at = arena_printf(r->a, "%s/%zu", path, i);
		struct decision_value *v = &f->value[i];

		if (value_type(o) != VALUE_OBJECT)
			return format_refuse(r, at, NULL, N_("an object must stand here"));
		TRY(format_text(r, o, at, "key", NULL, &v->key));
		if (!is_key(v->key))
			return format_refuse(r, at, "key", N_("a key has letters, digits and \"_\" between them"));
		TRY(format_text(r, o, at, "name", NULL, &v->name));
		TRY(format_text(r, o, at, "definition", NULL, &v->definition));
		TRY(format_may(r, o, at, "x_name_ja", &v->name_ja));
		v->upto = value_real(value_get(o, "x_upto"));
		for (size_t j = 0; j < i; j++)
			if (strcmp(f->value[j].key, v->key) == 0)
				return format_refuse(r, at, "key", N_("two values have the same key"));
	}
	return OK;
}

static enum err
read_point(struct format_reader *r, const struct value *o, const char *id, const char *path, bool outcome,
    struct decision_fact *f)
{
	struct head h;

	TRY(read_head(r, o, path, &h));
	*f = (struct decision_fact){
		.id = id, .space = h.space, .key = h.key, .version = h.version, .name = h.name,
		.definition = h.definition, .ordered = true, .weight = 100, .other = -1, .empty = -1,
	};
	TRY(format_may(r, o, path, "x_name_ja", &f->name_ja));
	TRY(format_may(r, o, path, "x_question", &f->question));
	TRY(format_may(r, o, path, "x_question_ja", &f->question_ja));
	TRY(format_may(r, o, path, "x_guidance", &f->guidance));
	TRY(format_may(r, o, path, "x_guidance_ja", &f->guidance_ja));
	TRY(format_may(r, o, path, "x_from", &f->from));
	if (value_type(value_get(o, "x_nominal")) == VALUE_BOOL)
		f->ordered = !value_true(value_get(o, "x_nominal"));
	if (value_type(value_get(o, "x_weight")) == VALUE_INT) {
		int64_t weight = value_integer(value_get(o, "x_weight"));

		if (weight < 1 || weight > 10000)
			return format_refuse(r, path, "x_weight", N_("a weight is 1 to 10000 percent"));
		f->weight = (unsigned)weight;
	}
	return read_values(r, value_get(o, "values"), format_at(r, path, "values"),
	    outcome ? LIMIT_DECISION_OUTCOMES : LIMIT_DECISION_VALUES, f);
}

static enum err
read_points(struct format_reader *r, const struct value *points, const char *outcome, struct decision_model *m)
{
	const char *path = "/decision_points";
	size_t n = value_count(points);

	if (value_type(points) != VALUE_OBJECT || n == 0)
		return format_refuse(r, path, NULL, N_("an object with at least one decision point must stand here"));
	if (value_get(points, outcome) == NULL)
		return format_refuse(r, "/outcome", NULL, N_("the outcome is none of the decision points"));
	if (n < 2)
		return format_refuse(r, path, NULL, N_("there is no decision point beside the outcome"));
	if (n - 1 > LIMIT_DECISION_FACTS)
		return format_refuse(r, path, NULL, N_("a model has at most 62 facts")), ERR_LIMIT;
	m->fact = arena_many(r->a, struct decision_fact, n - 1);
	for (size_t i = 0; i < n; i++) {
		const char *id = value_key(points, i);
		bool is_outcome = strcmp(id, outcome) == 0;

		TRY(read_point(r, value_member(points, i), id, format_at(r, path, id), is_outcome,
		    is_outcome ? &m->outcome : &m->fact[m->facts]));
		m->facts += !is_outcome;
	}
	return OK;
}

/* The value of one fact in one row. */
static enum err
read_cell(struct format_reader *r, const struct value *row, size_t at, const struct decision_fact *f, uint8_t *ret)
{
	const struct value *v = value_get(row, f->id);

	if (value_type(v) == VALUE_TEXT) {
		for (size_t i = 0; i < f->values; i++) {
			if (!str_is(value_str(v), f->value[i].key))
				continue;
			*ret = (uint8_t)i;
			return OK;
		}
	}
	return format_refuse(r, arena_printf(r->a, "/mapping/%zu", at), f->id,
	    v == NULL ? N_("the row says nothing of this decision point") : N_("this is the key of no value of the decision point"));
}

static enum err
read_mapping(struct format_reader *r, const struct value *list, struct decision_model *m)
{
	size_t width = m->facts + 1;

	if (value_type(list) != VALUE_LIST || (value_count(list) == 0 && !r->draft))
		return format_refuse(r, "/mapping", NULL, N_("the table has no rows"));
	if (value_count(list) > LIMIT_DECISION_ROWS)
		return format_refuse(r, "/mapping", NULL, N_("a table has at most 200000 rows")), ERR_LIMIT;
	m->rows = value_count(list);
	m->row = arena_alloc(r->a, m->rows * width);
	for (size_t i = 0; i < m->rows; i++) {
		const struct value *row = value_at(list, i);

		if (value_type(row) != VALUE_OBJECT)
			return format_refuse(r, arena_printf(r->a, "/mapping/%zu", i), NULL, "an object must stand here");
		for (size_t f = 0; f < width; f++)
			TRY(read_cell(r, row, i, f < m->facts ? &m->fact[f] : &m->outcome, &m->row[i * width + f]));
		if (value_count(row) != width)
			return format_refuse(r, arena_printf(r->a, "/mapping/%zu", i), NULL,
			    N_("the row names something that is no decision point of the table"));
	}
	return OK;
}

/* The words for a combination: "Exploitation: None, Automatable: No". */
static const char *
combination(struct arena *a, const struct decision_model *m, size_t at)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	size_t each = 1;

	for (size_t f = 0; f < m->facts; f++)
		each *= m->fact[f].values;
	for (size_t f = 0; f < m->facts; f++) {
		each /= m->fact[f].values;
		buf_printf(b, "%s%s: %s", f == 0 ? "" : ", ", m->fact[f].name,
		    m->fact[f].value[at / each % m->fact[f].values].name);
	}
	return buf_cstr(a, b);
}

static size_t
place_of(const struct decision_model *m, const uint8_t *row)
{
	size_t at = 0;

	for (size_t f = 0; f < m->facts; f++)
		at = at * m->fact[f].values + row[f];
	return at;
}

enum err
format_table_complete(struct format_reader *r, const struct decision_model *m)
{
	size_t n = decision_combinations(m);

	if (n == 0)
		return format_refuse(r, "/decision_points", NULL, N_("the table would have more than 200000 rows: it cannot be complete")),
		       ERR_LIMIT;
	uint32_t *seen = arena_many(r->a, uint32_t, n);

	for (size_t i = 0; i < m->rows; i++) {
		const uint8_t *row = m->row + i * (m->facts + 1);
		size_t at = place_of(m, row);

		if (seen[at] != 0) {
			bool same = m->row[(seen[at] - 1) * (m->facts + 1) + m->facts] == row[m->facts];

			return format_refuse_of(r, arena_printf(r->a, "/mapping/%zu", i),
			    same ? N_("the row is the same as row {n}, which says so already ({value})")
				 : N_("the row contradicts row {n}, which gives another outcome ({value})"),
			    "", combination(r->a, m, at), arena_printf(r->a, "%u", seen[at] - 1));
		}
		seen[at] = (uint32_t)i + 1;
	}
	for (size_t at = 0; at < n && !r->draft; at++)
		if (seen[at] == 0)
			return format_refuse_of(r, "/mapping",
			    N_("the table is not complete: {n} of {place} combinations have no row, the first is {value}"),
			    arena_printf(r->a, "%zu", n), combination(r->a, m, at), arena_printf(r->a, "%zu", n - m->rows));
	return OK;
}

static enum err
read_actions(struct format_reader *r, const struct value *list, struct decision_model *m)
{
	const char *path = "/x_tobiguchi/actions";

	if (list == NULL)
		return OK;
	if (value_type(list) != VALUE_LIST || value_count(list) > 1000)
		return format_refuse(r, path, NULL, N_("a list of at most 1000 actions must stand here"));
	m->action = arena_many(r->a, struct decision_action, value_count(list) + 1);
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *o = value_at(list, i);
		const char *at = arena_printf(r->a, "%s/%zu", path, i), *outcome;
		struct decision_action *action = &m->action[m->actions];
		size_t v = 0;
		int64_t hours = value_integer(value_get(o, "due_hours"));

		TRY(format_text(r, o, at, "outcome", NULL, &outcome));
		while (v < m->outcome.values && strcmp(m->outcome.value[v].key, outcome) != 0)
			v++;
		if (v == m->outcome.values)
			return format_refuse(r, at, "outcome", N_("this is the key of no outcome"));
		TRY(format_text(r, o, at, "text", NULL, &action->text));
		TRY(format_may(r, o, at, "text_ja", &action->text_ja));
		if (hours < 0 || hours > 24 * 3660)
			return format_refuse(r, at, "due_hours", N_("an action is due within 0 to 87840 hours"));
		action->outcome = (uint8_t)v;
		action->due = hours * 3600 * 1000;
		m->actions++;
	}
	return OK;
}

enum err
format_table_read(struct format_reader *r, const struct value *json, struct decision_model *ret)
{
	struct head h;
	const char *outcome;
	const struct value *ours;

	TRY(read_head(r, json, "", &h));
	ret->space = h.space;
	ret->key = h.key;
	ret->version = h.version;
	ret->name = h.name;
	ret->definition = h.definition;
	ret->id = arena_printf(r->a, "%s:%s:%s", h.space, h.key, h.version);
	TRY(format_text(r, json, "", "outcome", NULL, &outcome));
	TRY(read_points(r, value_get(json, "decision_points"), outcome, ret));
	TRY(read_mapping(r, value_get(json, "mapping"), ret));
	TRY(format_table_complete(r, ret));
	ours = value_get(json, "x_tobiguchi");
	TRY(format_may(r, ours, "/x_tobiguchi", "name_ja", &ret->name_ja));
	ret->monotone = value_true(value_get(ours, "monotone"));
	TRY(read_actions(r, value_get(ours, "actions"), ret));
	if (ret->monotone && !r->draft) {
		struct decision_report report;

		decision_table_report(r->a, ret, &report);
		if (report.not_monotone > 0)
			return format_refuse_of(r, "/x_tobiguchi/monotone", N_("the table is not monotone, as it says: {value}"), "", report.example, "");
	}
	return OK;
}

/* JSON out ------------------------------------------------------------- */

static void
put(struct arena *a, struct value *o, const char *key, const char *text)
{
	if (text != NULL)
		value_set_text(a, o, key, text);
}

static struct value *
point_value(struct arena *a, const struct decision_fact *f)
{
	struct value *o = value_object(a), *list;

	put(a, o, "namespace", f->space);
	put(a, o, "key", f->key);
	put(a, o, "version", f->version);
	put(a, o, "name", f->name);
	put(a, o, "definition", f->definition != NULL ? f->definition : f->name);
	put(a, o, "schemaVersion", "2.0.0");
	list = value_set_list(a, o, "values");
	for (size_t i = 0; i < f->values; i++) {
		struct value *v = value_add_object(a, list);

		put(a, v, "key", f->value[i].key);
		put(a, v, "name", f->value[i].name);
		put(a, v, "definition", f->value[i].definition != NULL ? f->value[i].definition : f->value[i].name);
		put(a, v, "x_name_ja", f->value[i].name_ja);
		if (f->value[i].upto > 0 && isfinite(f->value[i].upto))
			value_set_real(a, v, "x_upto", f->value[i].upto);
	}
	put(a, o, "x_name_ja", f->name_ja);
	put(a, o, "x_question", f->question);
	put(a, o, "x_question_ja", f->question_ja);
	put(a, o, "x_guidance", f->guidance);
	put(a, o, "x_guidance_ja", f->guidance_ja);
	put(a, o, "x_from", f->from);
	if (!f->ordered)
		value_set_bool(a, o, "x_nominal", true);
	if (f->weight != 100)
		value_set_int(a, o, "x_weight", f->weight);
	return o;
}

struct value *
format_table_value(struct arena *a, const struct decision_model *m)
{
	struct value *o = value_object(a), *points, *mapping, *ours;

	put(a, o, "namespace", m->space);
	put(a, o, "key", m->key);
	put(a, o, "version", m->version);
	put(a, o, "name", m->name);
	put(a, o, "definition", m->definition != NULL ? m->definition : m->name);
	put(a, o, "schemaVersion", "2.0.0");
	points = value_set_object(a, o, "decision_points");
	for (size_t f = 0; f < m->facts; f++)
		value_set_key(a, points, str_of(m->fact[f].id), point_value(a, &m->fact[f]));
	value_set_key(a, points, str_of(m->outcome.id), point_value(a, &m->outcome));
	put(a, o, "outcome", m->outcome.id);
	mapping = value_set_list(a, o, "mapping");
	for (size_t i = 0; i < m->rows; i++) {
		struct value *row = value_add_object(a, mapping);
		const uint8_t *cell = m->row + i * (m->facts + 1);

		for (size_t f = 0; f <= m->facts; f++) {
			const struct decision_fact *fact = f < m->facts ? &m->fact[f] : &m->outcome;

			value_set_text(a, row, fact->id, fact->value[cell[f]].key);
		}
	}
	if (m->actions == 0 && m->name_ja == NULL && !m->monotone)
		return o;
	ours = value_set_object(a, o, "x_tobiguchi");
	put(a, ours, "name_ja", m->name_ja);
	if (m->monotone)
		value_set_bool(a, ours, "monotone", true);
	if (m->actions == 0)
		return o;
	struct value *list = value_set_list(a, ours, "actions");

	for (size_t i = 0; i < m->actions; i++) {
		struct value *v = value_add_object(a, list);

		put(a, v, "outcome", m->outcome.value[m->action[i].outcome].key);
		put(a, v, "text", m->action[i].text);
		put(a, v, "text_ja", m->action[i].text_ja);
		if (m->action[i].due > 0)
			value_set_int(a, v, "due_hours", m->action[i].due / 3600000);
	}
	return o;
}

/* CSV ------------------------------------------------------------------ */

/* "Exploitation v1.1.0 (cisa)": the name, and what stands behind it. */
static void
read_label(struct arena *a, struct str label, struct decision_fact *f)
{
	size_t at, found = SIZE_MAX;

	f->space = "ssvc";
	f->version = "1.0.0";
	if (str_ends(label, STR(")"))) {
		for (at = 0; at != SIZE_MAX; at = str_find(label, STR(" ("), at + 1))
			found = at;
		if (found > 0 && found != SIZE_MAX) {
			f->space = arena_dupn(a, label.p + found + 2, label.n - found - 3);
			label = str_take(label, found);
		}
	}
	for (at = 0, found = SIZE_MAX; at != SIZE_MAX; at = str_find(label, STR(" v"), at + 1))
		if (at > 0)
			found = at;
	if (found != SIZE_MAX) {
		const char *version = arena_cstr(a, str_skip(label, found + 2));

		if (is_version(version)) {
			f->version = version;
			label = str_take(label, found);
		}
	}
	f->name = arena_cstr(a, label);
	if (!is_space(f->space))
		f->space = "ssvc";
}

/* Letters and digits of ${name}, the first of each word: "Mission Impact" is "MI". */
static const char *
initials(struct arena *a, const char *name)
{
	char *key = arena_dup(a, name);
	size_t n = 0;
	bool start = true;

	for (const char *p = name; *p != '\0'; p++) {
		if (start && str_is_alnum(*p))
			key[n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - ('a' - 'A')) : *p;
		start = !str_is_alnum(*p);
	}
	key[n] = '\0';
	return n > 0 ? key : "X";
}

static const char *
unused_key(struct arena *a, const struct decision_fact *f, const char *name)
{
	const char *key = initials(a, name), *try = key;

	for (int again = 2;; again++) {
		size_t i = 0;

		while (i < f->values && strcmp(f->value[i].key, try) != 0)
			i++;
		if (i == f->values)
			return try;
		try = arena_printf(a, "%s%d", key, again);
	}
}

static enum err
cell_value(struct format_reader *r, const struct csv *csv, struct decision_fact *f, struct str cell, size_t most,
    uint8_t *ret)
{
	int v;

	cell = str_trim(csv_plain(cell));
	if (cell.n == 0) {
		(void)format_refuse(r, f->name, NULL, N_("the cell is empty"));
		r->fault->line = csv->line;
		return ERR_INVALID;
	}
	v = decision_value_find(f, cell);
	if (v < 0) {
		if (f->values == most) {
			(void)format_refuse(r, f->name, NULL, N_("the column has more different values than a fact may have"));
			r->fault->line = csv->line;
			return ERR_LIMIT;
		}
		v = (int)f->values;
		f->value[v].name = arena_cstr(r->a, cell);
		f->value[v].key = unused_key(r->a, f, f->value[v].name);
		f->values++;
	}
	*ret = (uint8_t)v;
	return OK;
}

enum err
format_table_read_csv(struct format_reader *r, struct str text, struct decision_model *ret)
{
	struct csv csv = csv_of(text);
	struct str field[CSV_FIELDS];
	size_t columns, n, from, room = 1;
	enum err e = OK;

	/* What is read here is written as JSON one day. */
	if (!utf8_valid(text))
		return format_refuse(r, "", NULL, N_("the text is not UTF-8 (RFC 3629): save it as that"));
	e = csv_next(&csv, r->a, field, &columns);
	r->fault->line = 1;
	if (e != OK)
		return format_refuse(r, "", NULL, N_("this is neither JSON nor a CSV table with the names of its columns in the first line"));
	from = str_is_case(str_trim(field[0]), "row");
	if (columns < from + 2)
		return format_refuse(r, "", NULL, N_("this is no decision table: it needs a column for a fact and one, the last, for the outcome"));
	if (columns - from - 1 > LIMIT_DECISION_FACTS)
		return format_refuse(r, "", NULL, N_("a model has at most 62 facts")), ERR_LIMIT;
	ret->facts = columns - from - 1;
	ret->fact = arena_many(r->a, struct decision_fact, ret->facts);
	for (size_t f = 0; f <= ret->facts; f++) {
		struct decision_fact *fact = f < ret->facts ? &ret->fact[f] : &ret->outcome;

		*fact = (struct decision_fact){ .ordered = true, .weight = 100, .other = -1, .empty = -1 };
		read_label(r->a, str_trim(csv_plain(field[from + f])), fact);
		if (fact->name[0] == '\0')
			return format_refuse(r, "", NULL, N_("a column has no name"));
		fact->key = initials(r->a, fact->name);
		fact->id = arena_printf(r->a, "%s:%s:%s", fact->space, fact->key, fact->version);
		for (size_t g = 0; g < f; g++)
			if (strcmp(ret->fact[g].id, fact->id) == 0) {
				fact->key = arena_printf(r->a, "%s%zu", fact->key, f);
				fact->id = arena_printf(r->a, "%s:%s:%s", fact->space, fact->key, fact->version);
			}
		fact->value = arena_many(r->a, struct decision_value, LIMIT_DECISION_VALUES);
	}
	for (size_t i = 0; i < text.n; i++)
		room += text.p[i] == '\n';
	if (room > LIMIT_DECISION_ROWS + 2)
		return format_refuse(r, "", NULL, N_("a table has at most 200000 rows")), ERR_LIMIT;
	ret->row = arena_alloc(r->a, room * (ret->facts + 1));
	while ((e = csv_next(&csv, r->a, field, &n)) == OK) {
		uint8_t *row = ret->row + ret->rows * (ret->facts + 1);

		if (n != columns) {
			(void)format_refuse(r, "", NULL, N_("the line does not have as many columns as the first one"));
			r->fault->line = csv.line;
			return ERR_INVALID;
		}
		for (size_t f = 0; f <= ret->facts; f++)
			TRY(cell_value(r, &csv, f < ret->facts ? &ret->fact[f] : &ret->outcome, field[from + f],
			    f < ret->facts ? LIMIT_DECISION_VALUES : LIMIT_DECISION_OUTCOMES, &row[f]));
		ret->rows++;
	}
	if (e != ERR_NOT_FOUND) {
		(void)format_refuse(r, "", NULL, N_("a quote stands where none may, or is not closed (RFC 4180)"));
		r->fault->line = csv.line;
		return e;
	}
	if (ret->rows == 0)
		return format_refuse(r, "", NULL, N_("the table has no rows"));
	ret->space = ret->outcome.space;
	ret->key = arena_printf(r->a, "DT_%s", ret->outcome.key);
	ret->version = "1.0.0";
	ret->name = ret->outcome.name;
	ret->definition = ret->outcome.name;
	ret->id = arena_printf(r->a, "%s:%s:%s", ret->space, ret->key, ret->version);
	r->fault->line = 0;
	return format_table_complete(r, ret);
}

/* As SSVC writes it: names in small letters, the namespace when it is not SSVC's own. */
static void
put_label(struct buf *out, struct arena *a, const struct decision_fact *f)
{
	bool own = strcmp(f->space, "ssvc") == 0;

	csv_put(out, arena_printf(a, "%s v%s%s%s%s", f->name, f->version, own ? "" : " (", own ? "" : f->space,
	    own ? "" : ")"));
}

enum err
decision_table_write_csv(struct buf *out, const struct decision_model *m)
{
	AUTO(arena) a = arena_new();

	if (m->rows == 0)
		return ERR_INVALID;
	csv_put(out, "row");
	for (size_t f = 0; f <= m->facts; f++)
		put_label(out, a, f < m->facts ? &m->fact[f] : &m->outcome);
	csv_end(out);
	for (size_t i = 0; i < m->rows; i++) {
		csv_put(out, arena_printf(a, "%zu", i));
		for (size_t f = 0; f <= m->facts; f++) {
			const struct decision_fact *fact = f < m->facts ? &m->fact[f] : &m->outcome;
			char *name = arena_dup(a, fact->value[m->row[i * (m->facts + 1) + f]].name);

			for (char *p = name; *p != '\0'; p++)
				*p = str_lower(*p);
			csv_put(out, name);
		}
		csv_end(out);
		arena_reset(a);
	}
	return buf_error(out);
}

/* What a table is like -------------------------------------------------- */

void
decision_table_report(struct arena *a, const struct decision_model *m, struct decision_report *ret)
{
	size_t n = m->rows > 0 ? decision_combinations(m) : 0, width = m->facts + 1;
	uint64_t outcomes = 0, used = 0;

	*ret = (struct decision_report){ .combinations = n };
	for (size_t i = 0; i < m->nodes; i++) {
		if (m->node[i].leaf != 0)
			outcomes |= UINT64_C(1) << m->node[i].outcome;
		else
			used |= UINT64_C(1) << m->node[i].fact;
	}
	uint8_t *outcome = arena_alloc(a, n + 1);

	for (size_t i = 0; i < m->rows; i++) {
		outcome[place_of(m, m->row + i * width)] = m->row[i * width + m->facts];
		outcomes |= UINT64_C(1) << m->row[i * width + m->facts];
	}
	ret->unused_outcomes = decision_all(&m->outcome) & ~outcomes;
	for (size_t f = 0; f < m->facts && m->nodes > 0; f++)
		ret->unused_facts |= (used >> f & 1) == 0 ? UINT64_C(1) << f : 0;
	size_t each = n;

	for (size_t f = 0; f < m->facts && n > 0; f++) {
		each /= m->fact[f].values;
		if (!m->fact[f].ordered)
			continue;
		for (size_t at = 0; at < n; at++) {
			if (at / each % m->fact[f].values + 1 == m->fact[f].values || outcome[at + each] >= outcome[at])
				continue;
			if (ret->not_monotone++ == 0)
				ret->example = arena_printf(a, "%s gives %s, but with %s: %s it gives %s", combination(a, m, at),
				    m->outcome.value[outcome[at]].name, m->fact[f].name,
				    m->fact[f].value[at / each % m->fact[f].values + 1].name,
				    m->outcome.value[outcome[at + each]].name);
		}
	}
}

enum err
decision_table_of_tree(struct arena *a, const struct decision_model *m, struct decision_model *ret)
{
	struct decision_report report;
	uint8_t place[LIMIT_DECISION_FACTS] = { 0 }, *code, *row;
	size_t n, each;

	decision_table_report(a, m, &report);
	*ret = *m;
	ret->fact = arena_many(a, struct decision_fact, m->facts);
	ret->facts = 0;
	for (size_t f = 0; f < m->facts; f++) {
		if (report.unused_facts >> f & 1)
			continue;
		place[ret->facts] = (uint8_t)f;
		ret->fact[ret->facts++] = m->fact[f];
	}
	if (ret->facts == 0) {
		ret->fact[0] = m->fact[0];
		ret->facts = 1;
	}
	n = decision_combinations(ret);
	if (n == 0)
		return ERR_LIMIT;
	ret->rows = n;
	ret->row = row = arena_alloc(a, n * (ret->facts + 1));
	code = arena_alloc(a, m->facts);
	for (size_t at = 0; at < n; at++, row += ret->facts + 1) {
		uint32_t node;

		each = n;
		for (size_t f = 0; f < ret->facts; f++) {
			each /= ret->fact[f].values;
			row[f] = code[place[f]] = (uint8_t)(at / each % ret->fact[f].values);
		}
		decision_decide_rows(m, code, m->facts, 1, &node);
		row[ret->facts] = m->node[node].outcome;
	}
	return decision_compile(a, ret);
}
