/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/phishurl.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "text/i18n.h"

#define FIELDS 3
#define TOKYO (9 * 60 * 60)

/*
 * RFC 4180 with either line end.  Reads one record into ${field}, always moves
 * on: behind the record, or behind the line when a quote never ends.
 */
static enum err
read_record(struct phishurl *r, struct arena *a, struct str *field, size_t *ret_n,
    const char **ret_fault)
{
	struct buf *b = buf_new(a, LIMIT_CSV_LINE);
	struct str s = r->rest;
	bool quoted = false, closed = false;
	size_t at = 0, n = 0, lines = 1, field_from = 0;

	r->line = r->next_line;
	for (;; at++) {
		bool end = at == s.n;
		char c = end ? '\n' : s.p[at];

		if (quoted && !end && at < LIMIT_CSV_LINE) {
			if (c != '"') {
				lines += c == '\n';
				buf_char(b, c);
			} else if (at + 1 < s.n && s.p[at + 1] == '"') {
				buf_char(b, c);
				at++;
			} else {
				quoted = false;
				closed = true;
			}
			continue;
		}
		if (quoted) {
			/* Do not let one quote swallow the rest of the list. */
			struct str line;

			(void)str_line(&r->rest, &line); /* there is one */
			r->next_line++;
			*ret_fault = N_("A quotation mark is not closed.");
			return ERR_INVALID;
		}
		if (c == '"' && b->n == field_from && !closed) {
			quoted = true;
			continue;
		}
		if (c == ',' || c == '\n') {
			struct str text = str_skip(buf_view(b), field_from);

			if (c == '\n' && text.n > 0 && text.p[text.n - 1] == '\r' && !closed)
				text.n--;
			if (n < FIELDS)
				field[n] = arena_str(a, text);
			n++;
			field_from = b->n;
			closed = false;
			if (c == '\n')
				break;
			continue;
		}
		if (!(closed && c == '\r'))
			buf_char(b, c);
	}
	r->rest = str_skip(s, at + 1);
	r->next_line += lines;
	*ret_n = n;
	if (buf_error(b) != OK) {
		*ret_fault = N_("The line is too long.");
		return ERR_LIMIT;
	}
	return OK;
}

enum err
phishurl_open(struct str csv, struct phishurl *ret)
{
	struct phishurl r = { .rest = csv, .next_line = 1 };
	struct str line;

	(void)str_eat(&r.rest, STR("\xef\xbb\xbf")); /* a BOM may stand there */
	if (!str_line(&r.rest, &line) || !str_is_case(str_trim(line), "date,URL,description"))
		return ERR_INVALID;
	r.line = 1;
	r.next_line = 2;
	*ret = r;
	return OK;
}

static bool
eat_in(struct str *s, size_t digits, uint64_t max, int32_t *ret)
{
	uint64_t v;

	if (!str_eat_digits(s, 1, digits, &v) || v > max)
		return false;
	*ret = (int32_t)v;
	return true;
}

/* "2019/01/04 10:12:00", with "-" and without seconds too. */
static bool
parse_date(struct str s, int64_t *ret)
{
	struct civil c = { 0 };
	char by;

	if (!eat_in(&s, 4, 9999, &c.year) || c.year < 1970 || s.n == 0)
		return false;
	by = s.p[0];
	if (by != '/' && by != '-')
		return false;
	s = str_skip(s, 1);
	if (!eat_in(&s, 2, 12, &c.month) || s.n == 0 || s.p[0] != by)
		return false;
	s = str_skip(s, 1);
	if (!eat_in(&s, 2, 31, &c.day) ||
	    clock_day_civil(clock_day_number(c.year, c.month, c.day)).day != c.day ||
	    c.month < 1)
		return false;
	if (s.n > 0) {
		if (!str_eat(&s, STR(" ")) || !eat_in(&s, 2, 23, &c.hour) ||
		    !str_eat(&s, STR(":")) || !eat_in(&s, 2, 59, &c.minute))
			return false;
		if (str_eat(&s, STR(":")) && !eat_in(&s, 2, 59, &c.second))
			return false;
	}
	*ret = clock_from_civil(&c, TOKYO);
	return s.n == 0;
}

static enum err
check(struct phishurl_row *row, const struct str *field, size_t n, const char **ret_fault)
{
	if (n != FIELDS) {
		*ret_fault = N_("The row does not have three columns: date, URL, description.");
		return ERR_INVALID;
	}
	row->date = str_trim(field[0]);
	row->url = str_trim(field[1]);
	row->brand = str_trim(field[2]);
	if (row->date.n > 0 && !parse_date(row->date, &row->at)) {
		*ret_fault = N_("The date cannot be read. Example: 2026/09/18 14:05:00");
		return ERR_INVALID;
	}
	if (row->url.n == 0) {
		*ret_fault = N_("The URL is missing.");
		return ERR_INVALID;
	}
	if (row->url.n > LIMIT_URL) {
		*ret_fault = N_("The URL is too long.");
		return ERR_LIMIT;
	}
	if (!utf8_valid(row->url) || !utf8_valid(row->brand)) {
		*ret_fault = N_("The row is not UTF-8 text.");
		return ERR_INVALID;
	}
	return OK;
}

enum err
phishurl_next(
    struct phishurl *r, struct arena *a, struct phishurl_row *ret, const char **ret_fault)
{
	struct str field[FIELDS];
	struct phishurl_row row = { .at = 0 };
	size_t n = 0;

	while (r->rest.n > 0) {
		TRY(read_record(r, a, field, &n, ret_fault));
		if (n == 1 && str_trim(field[0]).n == 0)
			continue; /* an empty line */
		row.line = r->line;
		TRY(check(&row, field, n, ret_fault));
		*ret = row;
		return OK;
	}
	return ERR_NOT_FOUND;
}

struct str
phishurl_identity(struct arena *a, const struct phishurl_row *row)
{
	return str_of(arena_printf(
	    a, "%.*s\t%.*s\t%.*s", STR_F(row->date), STR_F(row->url), STR_F(row->brand)));
}
