/* SPDX-License-Identifier: Apache-2.0 */
#include "text/csv.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"

struct csv
csv_of(struct str text)
{
	str_eat(&text, STR("\xef\xbb\xbf"));
	return (struct csv){ .rest = text, .next_line = 1 };
}

/* Bytes of a quoted field that begins at ${s}, without its quotes; the rest of
 * the record goes on at ${*s}. */
static enum err
quoted(struct csv *c, struct arena *a, struct str *s, struct str *ret)
{
	struct buf *b = buf_new(a, LIMIT_CSV_LINE);
	size_t i = 1;

	for (; i < s->n; i++) {
		if (s->p[i] == '"') {
			if (i + 1 >= s->n || s->p[i + 1] != '"')
				break;
			i++;
		}
		c->next_line += s->p[i] == '\n';
		buf_char(b, s->p[i]);
	}
	if (i >= s->n)
		return ERR_INVALID;
	TRY(buf_error(b));
	*s = str_skip(*s, i + 1);
	*ret = buf_view(b);
	return OK;
}

/* One field and what ends it: ',' '\n' or 0 at the end. */
static enum err
one_field(struct csv *c, struct arena *a, struct str *s, struct str *ret, char *ret_end)
{
	if (s->n > 0 && s->p[0] == '"') {
		TRY(quoted(c, a, s, ret));
	} else {
		size_t n = 0;

		while (n < s->n && s->p[n] != ',' && s->p[n] != '\n' && s->p[n] != '"')
			n++;
		if (n > LIMIT_CSV_LINE)
			return ERR_LIMIT;
		*ret = str_take(*s, n);
		*s = str_skip(*s, n);
		if (s->n > 0 && s->p[0] == '"')
			return ERR_INVALID;
		if (ret->n > 0 && ret->p[ret->n - 1] == '\r' && (s->n == 0 || s->p[0] == '\n'))
			ret->n--;
	}
	if (s->n > 0 && s->p[0] == '\r')
		*s = str_skip(*s, 1);
	if (s->n == 0) {
		*ret_end = '\0';
		return OK;
	}
	*ret_end = s->p[0];
	*s = str_skip(*s, 1);
	return *ret_end == ',' || *ret_end == '\n' ? OK : ERR_INVALID;
}

static enum err
record(struct csv *c, struct arena *a, struct str *s, struct str *field, size_t *ret_n)
{
	const char *from = s->p;
	char end = ',';

	*ret_n = 0;
	while (end == ',') {
		if (*ret_n == CSV_FIELDS)
			return ERR_LIMIT;
		TRY(one_field(c, a, s, &field[(*ret_n)++], &end));
		if ((size_t)(s->p - from) > LIMIT_CSV_LINE)
			return ERR_LIMIT;
	}
	c->next_line += end == '\n';
	return OK;
}

enum err
csv_next(struct csv *c, struct arena *a, struct str *field, size_t *ret_n)
{
	struct str s = c->rest, line;

	*ret_n = 0;
	while (s.n > 0 && (s.p[0] == '\n' || s.p[0] == '\r')) {
		c->next_line += s.p[0] == '\n';
		s = str_skip(s, 1);
	}
	c->rest = s;
	c->line = c->next_line;
	if (s.n == 0)
		return ERR_NOT_FOUND;
	enum err e = record(c, a, &s, field, ret_n);

	if (e != OK) {
		s = c->rest;
		(void)str_line(&s, &line);
		c->next_line = c->line + 1;
	}
	c->rest = s;
	return e;
}

static bool
is_formula(struct str s)
{
	return s.n > 0 && memchr("=+-@\t\r", s.p[0], 6) != NULL;
}

static void
separate(struct buf *out)
{
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_char(out, ',');
}

static void
put_quoted(struct buf *out, struct str s)
{
	buf_char(out, '"');
	if (is_formula(s))
		buf_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_char(out, '"');
		buf_char(out, s.p[i]);
	}
	buf_char(out, '"');
}

void
csv_put(struct buf *out, const char *text)
{
	separate(out);
	put_quoted(out, text == NULL ? STR("") : str_of(text));
}

void
csv_put_int(struct buf *out, int64_t n)
{
	separate(out);
	buf_int(out, n);
}

void
csv_put_str(struct buf *out, struct str text, bool first)
{
	bool plain = !is_formula(text);

	if (!first)
		buf_char(out, ',');
	for (size_t i = 0; i < text.n && plain; i++)
		plain = text.p[i] != '"' && text.p[i] != ',' && text.p[i] != '\n' && text.p[i] != '\r';
	if (plain) {
		buf_str(out, text);
		return;
	}
	put_quoted(out, text);
}

void
csv_end(struct buf *out)
{
	buf_str(out, STR("\r\n"));
}

struct str
csv_plain(struct str s)
{
	return s.n > 1 && s.p[0] == '\'' && is_formula(str_skip(s, 1)) ? str_skip(s, 1) : s;
}
