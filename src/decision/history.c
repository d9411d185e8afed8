/* SPDX-License-Identifier: Apache-2.0 */
/* history.c - a CSV file is read into numbers once; what they mean is decided after,
 * on the different values alone. */
#include "decision/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "text/csv.h"

#define DISTINCT 65535 /* different texts of one column that are kept */
#define OWN_VALUES 30  /* of a nominal fact; more could not be read in an explanation */
#define RANGES 24      /* of a number */

struct cell_text {
	struct str raw;
	uint32_t seen;
};

/* A column as it is read: its different texts, and which one each row has. */
struct raw {
	bool wanted;
	struct cell_text *text;
	size_t n;
	uint32_t *slot; /* open addressing; index + 1 */
	size_t mask;
	uint16_t *code; /* a row */
	bool too_many;
	uint16_t last; /* the text of the row before: often the same */
};

struct reader {
	struct arena *a;       /* of what is returned */
	struct arena *scratch; /* of what is only read */
	const char *name[CSV_FIELDS];
	struct raw raw[CSV_FIELDS];
	size_t columns;
	size_t rows, room;
	struct decision_fault *fault;
};

static enum err
refuse(struct decision_fault *fault, size_t line, const char *where, const char *rule)
{
	*fault = (struct decision_fault){ .line = line, .where = where, .rule = rule };
	return ERR_INVALID;
}

/* Reading -------------------------------------------------------------- */

static uint32_t
hash_of(struct str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h ^ h >> 15;
}

static void
slots_grow(struct reader *r, struct raw *c)
{
	size_t size = c->mask == 0 ? 64 : (c->mask + 1) * 4;

	c->slot = arena_many(r->scratch, uint32_t, size);
	c->mask = size - 1;
	for (uint32_t i = 0; i < c->n; i++) {
		size_t at = hash_of(c->text[i].raw) & c->mask;

		while (c->slot[at] != 0)
			at = (at + 1) & c->mask;
		c->slot[at] = i + 1;
	}
}

static uint16_t
intern(struct reader *r, struct raw *c, struct str s)
{
	if (c->n > 0 && str_equal(s, c->text[c->last].raw)) {
		c->text[c->last].seen++;
		return c->last;
	}
	if (c->too_many)
		return 0;
	if (c->n * 2 >= c->mask)
		slots_grow(r, c);
	size_t at = hash_of(s) & c->mask;

	while (c->slot[at] != 0 && !str_equal(s, c->text[c->slot[at] - 1].raw))
		at = (at + 1) & c->mask;
	if (c->slot[at] == 0) {
		if (c->n == DISTINCT) {
			c->too_many = true;
			return 0;
		}
		c->text = arena_room(r->scratch, c->text, c->n, sizeof(*c->text));
		c->text[c->n] = (struct cell_text){ .raw = arena_str(r->scratch, s) };
		c->slot[at] = (uint32_t)++c->n;
	}
	c->last = (uint16_t)(c->slot[at] - 1);
	c->text[c->last].seen++;
	return c->last;
}

static enum err
read_rows(struct reader *r, struct csv *csv)
{
	AUTO(arena) scratch = arena_new();
	struct str field[CSV_FIELDS];
	size_t n;

	for (;;) {
		enum err e = csv_next(csv, scratch, field, &n);

		if (e == ERR_NOT_FOUND)
			return OK;
		if (e != OK)
			return refuse(r->fault, csv->line, "",
			    e == ERR_LIMIT ? "the line is longer, or has more columns, than is read"
					   : "a quote stands where none may, or is not closed (RFC 4180)");
		if (n != r->columns)
			return refuse(r->fault, csv->line, "", "the line does not have as many columns as the first one");
		if (r->rows == r->room)
			return ERR_LIMIT;
		for (size_t i = 0; i < n; i++)
			if (r->raw[i].wanted)
				r->raw[i].code[r->rows] = intern(r, &r->raw[i], field[i]);
		r->rows++;
		arena_reset(scratch);
	}
}

static int
find_column(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->columns; i++)
		if (str_is_case(str_of(name), r->name[i]))
			return (int)i;
	return -1;
}

static enum err
want(struct reader *r, const char *const *name, size_t n, bool alone)
{
	for (size_t i = 0; i < n; i++) {
		int at = find_column(r, name[i]);

		if (at < 0)
			return refuse(r->fault, 1, name[i], "there is no such column");
		if (alone && r->raw[at].wanted)
			return refuse(r->fault, 1, name[i], "the column stands twice");
		r->raw[at].wanted = true;
	}
	return OK;
}

/* What a column means -------------------------------------------------- */

/* A fact in the making: each different text of its column has a word, the word of
 * several texts may be the same, and in the end each word has a value. */
struct word {
	struct str text;
	double number;
	uint64_t seen;
	int value;
};

static int
by_text(const void *x, const void *y)
{
	const struct word *a = x, *b = y;

	return str_compare(a->text, b->text);
}

static int
by_number(const void *x, const void *y)
{
	const struct word *a = x, *b = y;

	return (a->number > b->number) - (a->number < b->number);
}

/* The most frequent first; of equal ones by name, so that no order of rows shows. */
static int
by_seen(const void *x, const void *y)
{
	const struct word *a = *(struct word *const *)x, *b = *(struct word *const *)y;

	if (a->seen != b->seen)
		return a->seen > b->seen ? -1 : 1;
	return str_compare(a->text, b->text);
}

/* "2026-11-22", and what may follow it. */
static bool
is_date(struct str s, double *ret_day)
{
	uint64_t y, m, d;

	if (!str_eat_digits(&s, 4, 4, &y) || !str_eat(&s, STR("-")) || !str_eat_digits(&s, 2, 2, &m) ||
	    !str_eat(&s, STR("-")) || !str_eat_digits(&s, 2, 2, &d) || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	/* Days of a calendar without its holes would do; this is the usual count. */
	uint64_t year = y - (m <= 2), month = (m + 9) % 12;

	*ret_day = (double)(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + d);
	return s.n == 0 || s.p[0] == 'T' || s.p[0] == ' ';
}

static struct str
fold(struct arena *a, struct str s)
{
	char *p = arena_dupn(a, s.p == NULL ? "" : s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = str_lower(p[i]);
	return str_trim((struct str){ .p = p, .n = s.n });
}

/* The value of key ${part} in a text like "CVSS:3.1/AV:N/AC:L"; empty: none. */
static struct str
part_of(struct str text, const char *part)
{
	struct str one, key;

	while (str_split(&text, '/', &one))
		if (str_split(&one, ':', &key) && str_is(key, part))
			return one;
	return STR_NULL;
}

/* A key as SSVC wants it: letters, digits and "_" between them. */
static const char *
key_of(struct arena *a, struct str s)
{
	char *p = arena_dupn(a, s.p == NULL ? "" : s.p, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (str_is_alnum(p[i]))
			p[n++] = p[i];
		else if (n > 0 && p[n - 1] != '_')
			p[n++] = '_';
	while (n > 0 && p[n - 1] == '_')
		n--;
	p[n] = '\0';
	return n > 0 ? p : "X";
}

/* A key no value before has. */
static const char *
value_key(struct arena *a, const struct decision_fact *f, struct str text)
{
	const char *key = key_of(a, text), *try = key;

	for (int again = 2;; again++) {
		size_t i = 0;

		while (i < f->values && strcmp(f->value[i].key, try) != 0)
			i++;
		if (i == f->values)
			return try;
		try = arena_printf(a, "%s_%d", key, again);
	}
}

static int
add_value(struct arena *a, struct decision_fact *f, struct str name, uint64_t seen)
{
	struct decision_value *v = &f->value[f->values];

	*v = (struct decision_value){
		.key = value_key(a, f, name),
		.name = arena_cstr(a, name),
		.seen = (uint32_t)seen,
		.upto = HUGE_VAL,
	};
	return (int)f->values++;
}

/* The words of a column: its texts folded, or the part of them; sorted, each once.
 * ${ret_word} is the word of each text. */
static size_t
words_of(struct arena *a, const struct raw *c, const char *part, struct word **ret, uint32_t *ret_word)
{
	struct word *w = arena_many(a, struct word, c->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct str s = part == NULL ? c->text[i].raw : part_of(c->text[i].raw, part);

		w[i] = (struct word){ .text = fold(a, s), .seen = c->text[i].seen, .value = -1 };
	}
	struct word *sorted = arena_many(a, struct word, c->n + 1);

	if (c->n > 0)
		memcpy(sorted, w, c->n * sizeof(*w));
	qsort(sorted, c->n, sizeof(*sorted), by_text);
	for (size_t i = 0; i < c->n; i++) {
		if (n > 0 && str_equal(sorted[n - 1].text, sorted[i].text)) {
			sorted[n - 1].seen += sorted[i].seen;
			continue;
		}
		sorted[n++] = sorted[i];
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct word *found = bsearch(&w[i], sorted, n, sizeof(*sorted), by_text);

		ret_word[i] = (uint32_t)(found - sorted);
	}
	*ret = sorted;
	return n;
}

/* Numbers in ranges, each with about as many decisions. */
static void
take_numbers(struct arena *a, struct decision_fact *f, struct word *word, size_t n)
{
	uint64_t total = 0, below = 0, range = 0;
	size_t filled = 0;
	int value = -1;

	f->take = DECISION_TAKE_NUMBER;
	f->ordered = true;
	if (n > 0 && word[0].text.n == 0) {
		f->empty = word[0].value = add_value(a, f, STR("(none)"), word[0].seen);
		f->value[0].upto = -HUGE_VAL;
		word++;
		n--;
	}
	qsort(word, n, sizeof(*word), by_number);
	for (size_t i = 0; i < n; i++)
		total += word[i].seen;
	for (size_t i = 0; i < n; i++) {
		uint64_t now = n <= RANGES ? i : below * RANGES / total;

		if (value < 0 || (now != range && word[i].number > word[i - 1].number)) {
			if (value >= 0) {
				f->value[value].upto = (word[i - 1].number + word[i].number) / 2;
				if (filled > 1)
					f->value[value].name = arena_printf(a, "%s to %.*s", f->value[value].name,
					    STR_F(word[i - 1].text));
			}
			value = add_value(a, f, word[i].text, 0);
			range = now;
			filled = 0;
		}
		filled++;
		below += word[i].seen;
		f->value[value].seen += (uint32_t)word[i].seen;
		word[i].value = value;
	}
	if (value >= 0 && filled > 1)
		f->value[value].name = arena_printf(a, "%s and more", f->value[value].name);
}

/* Names: those that are frequent enough to learn from have a value of their own. */
static void
take_names(struct arena *a, struct decision_fact *f, struct word *word, size_t n, uint64_t rows)
{
	struct word **order = arena_many(a, struct word *, n + 1);
	uint64_t rare = n <= 12 ? 0 : rows / 1000 < 3 ? 3 : rows / 1000, others = 0;
	size_t own = 0;

	for (size_t i = 0; i < n; i++)
		order[i] = &word[i];
	qsort(order, n, sizeof(*order), by_seen);
	for (size_t i = 0; i < n; i++) {
		if (order[i]->text.n == 0)
			order[i]->value = -2;
		else if (own < OWN_VALUES && order[i]->seen >= rare && own++ < OWN_VALUES)
			order[i]->value = -3;
		else
			others += order[i]->seen;
	}
	/* In the order of their names. */
	for (size_t i = 0; i < n; i++) {
		if (word[i].value == -3)
			word[i].value = add_value(a, f, word[i].text, word[i].seen);
		else if (word[i].value == -2)
			f->empty = word[i].value = add_value(a, f, STR("(none)"), word[i].seen);
	}
	if (others > 0) {
		f->other = add_value(a, f, STR("(other)"), others);
		for (size_t i = 0; i < n; i++)
			if (word[i].value == -1)
				word[i].value = f->other;
	}
}

static void
take_presence(struct arena *a, struct decision_fact *f, struct word *word, size_t n)
{
	uint64_t none = 0, some = 0;

	for (size_t i = 0; i < n; i++)
		*(word[i].text.n == 0 ? &none : &some) += word[i].seen;
	f->take = DECISION_TAKE_PRESENT;
	f->ordered = true;
	(void)add_value(a, f, STR("no"), none);
	(void)add_value(a, f, STR("yes"), some);
	for (size_t i = 0; i < n; i++)
		word[i].value = word[i].text.n > 0;
}

/* Make a fact of a column; false: it tells nothing, or tells every row apart. */
static bool
make_fact(struct reader *r, const struct raw *c, const char *column, const char *part, bool asked,
    struct decision_fact *f, uint8_t *ret_value)
{
	uint32_t *word_of = arena_many(r->scratch, uint32_t, c->n + 1);
	struct word *word;
	size_t n = words_of(r->scratch, c, part, &word, word_of), numbers = 0, dates = 0, some = 0;
	double day;

	*f = (struct decision_fact){
		.space = "history", .version = "1.0.0", .weight = 100, .other = -1, .empty = -1,
		.column = column, .part = part, .take = part == NULL ? DECISION_TAKE_VALUE : DECISION_TAKE_PART,
		.value = arena_many(r->a, struct decision_value, LIMIT_DECISION_VALUES),
	};
	f->name = part == NULL ? column : arena_printf(r->a, "%s %s", column, part);
	f->key = key_of(r->a, str_of(f->name));
	f->id = arena_printf(r->a, "history:%s:1.0.0", f->key);
	if (c->too_many || n < 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		numbers += decision_number(word[i].text, &word[i].number);
		dates += is_date(word[i].text, &day);
		some += word[i].text.n > 0;
	}
	if (!asked && part == NULL && r->rows >= 20 && some * 2 > r->rows)
		return false;
	if (part == NULL && numbers == some) {
		/* A counter of the rows is no fact. */
		if (!asked && some == r->rows && some > 2)
			return false;
		take_numbers(r->a, f, word, n);
	} else if (part == NULL && dates == some) {
		take_presence(r->a, f, word, n);
	} else {
		take_names(r->a, f, word, n, r->rows);
	}
	for (size_t i = 0; i < c->n; i++)
		ret_value[i] = (uint8_t)word[word_of[i]].value;
	return f->values > 1;
}

/* Facts ---------------------------------------------------------------- */

struct made {
	const struct raw *column;
	uint8_t *value; /* of each text of the column */
};

static enum err
add_fact(struct reader *r, struct decision_history *h, struct made *made, int column, const char *part, bool asked)
{
	struct decision_fact f;
	uint8_t *value = arena_alloc(r->scratch, r->raw[column].n + 1);

	if (!make_fact(r, &r->raw[column], r->name[column], part, asked, &f, value))
		return OK;
	if (h->model.facts == LIMIT_DECISION_FACTS)
		return refuse(r->fault, 1, r->name[column], "there are more than 62 facts: choose with --facts");
	for (size_t i = 0; i < h->model.facts; i++)
		if (strcmp(h->model.fact[i].id, f.id) == 0)
			f.id = arena_printf(r->a, "history:%s_%zu:1.0.0", f.key, h->model.facts);
	made[h->model.facts] = (struct made){ .column = &r->raw[column], .value = value };
	h->model.fact[h->model.facts++] = f;
	return OK;
}

static int
by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Every key that stands in some text of the column. */
static enum err
expand(struct reader *r, struct decision_history *h, struct made *made, int column)
{
	const struct raw *c = &r->raw[column];
	const char *key[64];
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct str s = c->text[i].raw, one, name;

		while (str_split(&s, '/', &one)) {
			size_t k = 0;

			if (!str_split(&one, ':', &name) || one.n == 0 || name.n == 0 || name.n > 16)
				continue;
			while (k < n && !str_is(name, key[k]))
				k++;
			if (k == n && n < COUNT(key))
				key[n++] = arena_cstr(r->a, name);
		}
	}
	qsort(key, n, sizeof(*key), by_name);
	for (size_t i = 0; i < n; i++)
		TRY(add_fact(r, h, made, column, key[i], true));
	return OK;
}

static bool
named(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is_case(str_of(list[i]), name))
			return true;
	return false;
}

/* The facts in the order of the columns. */
static enum err
make_facts(struct reader *r, const struct decision_history_how *how, int outcome, struct decision_history *h,
    struct made *made)
{
	h->model.fact = arena_many(r->a, struct decision_fact, LIMIT_DECISION_FACTS);
	for (size_t i = 0; i < r->columns; i++) {
		if (!r->raw[i].wanted || (int)i == outcome)
			continue;
		if (named(how->expand, how->n_expand, r->name[i]))
			TRY(expand(r, h, made, (int)i));
		else if (how->facts == NULL || named(how->facts, how->n_facts, r->name[i]))
			TRY(add_fact(r, h, made, (int)i, NULL, how->facts != NULL));
	}
	if (h->model.facts == 0)
		return refuse(r->fault, 1, "", "no column has anything to learn from");
	return OK;
}

/* Each word of the outcome is a value. */
static enum err
make_outcome(struct reader *r, int column, struct decision_history *h, int *ret_value)
{
	const struct raw *c = &r->raw[column];
	struct decision_fact *f = &h->model.outcome;
	uint32_t *word_of = arena_many(r->scratch, uint32_t, c->n + 1);
	struct word *word;

	if (c->too_many)
		return refuse(r->fault, 1, r->name[column], "the column has too many different outcomes: at most 32");
	size_t n = words_of(r->scratch, c, NULL, &word, word_of);

	*f = (struct decision_fact){
		.space = "history", .version = "1.0.0", .name = r->name[column], .column = r->name[column],
		.weight = 100, .other = -1, .empty = -1,
		.key = key_of(r->a, str_of(r->name[column])),
		.value = arena_many(r->a, struct decision_value, LIMIT_DECISION_OUTCOMES + 1),
	};
	f->id = arena_printf(r->a, "history:%s:1.0.0", f->key);
	for (size_t i = 0; i < n; i++) {
		if (word[i].text.n == 0)
			continue;
		if (f->values == LIMIT_DECISION_OUTCOMES)
			return refuse(r->fault, 1, r->name[column], "the column has too many different outcomes: at most 32");
		word[i].value = add_value(r->a, f, word[i].text, word[i].seen);
	}
	if (f->values == 0)
		return refuse(r->fault, 1, r->name[column], "the column has no outcome in any row");
	for (size_t i = 0; i < c->n; i++)
		ret_value[i] = word[word_of[i]].value;
	return OK;
}

/* Rows ----------------------------------------------------------------- */

static void
fill_rows(struct reader *r, const struct made *made, int outcome_column, const int *outcome,
    struct decision_history *h)
{
	struct decision_rows *rows = &h->rows;
	const struct raw *c = &r->raw[outcome_column];

	rows->stride = (h->model.facts + 7) / 8 * 8;
	uint8_t *code = arena_alloc(r->a, r->rows * rows->stride), *decided = arena_alloc(r->a, r->rows);
	uint32_t *kept = arena_many(r->scratch, uint32_t, r->rows);

	for (size_t i = 0; i < r->rows; i++) {
		if (outcome[c->code[i]] < 0) {
			h->skipped++;
			continue;
		}
		decided[rows->rows] = (uint8_t)outcome[c->code[i]];
		kept[rows->rows++] = (uint32_t)i;
	}
	for (size_t f = 0; f < h->model.facts; f++) {
		const uint16_t *from = made[f].column->code;
		const uint8_t *value = made[f].value;

		for (size_t i = 0; i < rows->rows; i++)
			code[i * rows->stride + f] = value[from[kept[i]]];
	}
	rows->code = code;
	rows->outcome = decided;
}

/* Newer decisions weigh more: one of the last day is 1024 units. */
static enum err
weigh(struct reader *r, const struct decision_history_how *how, int outcome_column, const int *outcome,
    struct decision_history *h)
{
	int at = find_column(r, how->time);
	const struct raw *c = &r->raw[at], *o = &r->raw[outcome_column];
	double *day = arena_many(r->scratch, double, c->n + 1), newest = 0, oldest = HUGE_VAL;
	uint32_t *weight = arena_many(r->a, uint32_t, h->rows.rows + 1);
	size_t n = 0;

	if (c->too_many)
		return refuse(r->fault, 1, how->time, "the column of times has too many different texts: give days");
	for (size_t i = 0; i < c->n; i++) {
		if (!is_date(c->text[i].raw, &day[i])) {
			day[i] = -1;
			continue;
		}
		if (day[i] > newest) {
			newest = day[i];
			h->last = arena_cstr(r->a, c->text[i].raw);
		}
		if (day[i] < oldest) {
			oldest = day[i];
			h->first = arena_cstr(r->a, c->text[i].raw);
		}
	}
	if (how->half_life <= 0)
		return OK;
	for (size_t i = 0; i < r->rows; i++) {
		if (outcome[o->code[i]] < 0)
			continue;
		double d = day[c->code[i]], w = 1024 * exp2(-(newest - (d < 0 ? oldest : d)) / how->half_life);

		weight[n++] = w < 1 ? 1 : (uint32_t)(w + 0.5);
	}
	h->rows.weight = weight;
	h->rows.unit = 1024;
	return OK;
}

/* Each combination of values, once. */
static bool
is_complete(const struct decision_history *h)
{
	AUTO(arena) a = arena_new();
	size_t cells = 1;

	for (size_t f = 0; f < h->model.facts; f++) {
		cells *= h->model.fact[f].values;
		if (cells > h->rows.rows)
			return false;
	}
	if (cells != h->rows.rows)
		return false;
	bool *seen = arena_many(a, bool, cells);

	for (size_t i = 0; i < cells; i++) {
		size_t at = 0;

		for (size_t f = 0; f < h->model.facts; f++)
			at = at * h->model.fact[f].values + h->rows.code[i * h->rows.stride + f];
		if (seen[at])
			return false;
		seen[at] = true;
	}
	return true;
}

static enum err
read_head(struct reader *r, struct csv *csv)
{
	struct str field[CSV_FIELDS];
	enum err e = csv_next(csv, r->a, field, &r->columns);

	if (e != OK)
		return refuse(r->fault, 1, "", "the file has no first line with the names of the columns");
	for (size_t i = 0; i < r->columns; i++)
		r->name[i] = arena_cstr(r->a, str_trim(csv_plain(field[i])));
	return OK;
}

enum err
decision_history_read(struct arena *a, struct str text, const struct decision_history_how *how,
    struct decision_history *ret, struct decision_fault *fault)
{
	AUTO(arena) scratch = arena_new();
	struct reader r = { .a = a, .scratch = scratch, .fault = fault };
	struct csv csv = csv_of(text);
	struct made made[LIMIT_DECISION_FACTS];

	*ret = (struct decision_history){ .rows = { .unit = 1 } };
	*fault = (struct decision_fault){ .where = "", .rule = "" };
	/* Names of columns and values go into the model, which is JSON. */
	if (!utf8_valid(text))
		return refuse(fault, 0, "", "the text is not UTF-8 (RFC 3629): save it as that");
	TRY(read_head(&r, &csv));
	TRY(want(&r, &how->outcome, 1, true));
	TRY(want(&r, how->facts, how->facts == NULL ? 0 : how->n_facts, true));
	TRY(want(&r, how->expand, how->n_expand, false));
	TRY(want(&r, &how->time, how->time != NULL, false));
	for (size_t i = 0; i < r.columns && how->facts == NULL; i++)
		r.raw[i].wanted = true;
	for (size_t i = 0; i < text.n; i++)
		r.room += text.p[i] == '\n';
	r.room++;
	if (r.room > LIMIT_DECISION_HISTORY)
		return refuse(fault, 0, "", "the history has more rows than are learned from"), ERR_LIMIT;
	for (size_t i = 0; i < r.columns; i++)
		if (r.raw[i].wanted)
			r.raw[i].code = arena_many(scratch, uint16_t, r.room);
	TRY(read_rows(&r, &csv));
	int outcome = find_column(&r, how->outcome);
	int *value = arena_many(scratch, int, r.raw[outcome].n + 1);

	TRY(make_outcome(&r, outcome, ret, value));
	TRY(make_facts(&r, how, outcome, ret, made));
	fill_rows(&r, made, outcome, value, ret);
	if (how->time != NULL)
		TRY(weigh(&r, how, outcome, value, ret));
	ret->complete = is_complete(ret);
	ret->model.space = "history";
	ret->model.key = ret->model.outcome.key;
	ret->model.version = "1.0.0";
	ret->model.name = arena_printf(a, "%s, learned", ret->model.outcome.name);
	ret->model.id = ret->model.outcome.id;
	return OK;
}
