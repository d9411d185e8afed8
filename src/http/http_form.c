/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_form.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"

int
http_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum err
decode(struct arena *a, struct str raw, struct str *ret)
{
	char *p = arena_alloc(a, raw.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%' && raw.n - i > 2 && http_hex(raw.p[i + 1]) >= 0 &&
		    http_hex(raw.p[i + 2]) >= 0) {
			c = (char)(http_hex(raw.p[i + 1]) * 16 + http_hex(raw.p[i + 2]));
			i += 2;
		}
		p[n++] = c;
	}
	*ret = (struct str){ p, n };
	return utf8_valid(*ret) ? OK : ERR_INVALID;
}

static size_t
count(struct str s)
{
	struct str piece;
	size_t n = 0;

	while (str_split(&s, '&', &piece))
		if (piece.n > 0)
			n++;
	return n;
}

enum err
http_form_parse(struct arena *a, struct str s, const struct http_field **ret, size_t *ret_n)
{
	size_t max = count(s), n = 0;
	struct str piece;

	if (max > LIMIT_HTTP_FIELDS)
		return ERR_LIMIT;

	struct http_field *field = arena_many(a, struct http_field, max);

	while (str_split(&s, '&', &piece)) {
		if (piece.n == 0)
			continue;

		size_t at = str_find_char(piece, '=', 0);
		struct str value = at == SIZE_MAX ? STR("") : str_skip(piece, at + 1);

		TRY(decode(a, str_take(piece, at), &field[n].name));
		TRY(decode(a, value, &field[n].value));
		n++;
	}
	*ret = field;
	*ret_n = n;
	return OK;
}

struct str
http_cookie_find(struct str header, struct str name)
{
	struct str pair;

	while (str_split(&header, ';', &pair)) {
		size_t at = str_find_char(pair, '=', 0);

		if (at == SIZE_MAX || !str_equal(str_trim(str_take(pair, at)), name))
			continue;

		struct str value = str_trim(str_skip(pair, at + 1));

		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = str_take(str_skip(value, 1), value.n - 2);
		return value.p == NULL ? STR("") : value;
	}
	return STR_NULL;
}

/* A quoted text from the front of ${s}, after its opening quote. A backslash
 * protects only a quote or itself: old browsers send C:\folder\file as is. */
static struct str
unquote(struct arena *a, struct str *s)
{
	char *p = arena_alloc(a, s->n + 1);
	size_t n = 0, i = 0;

	for (; i < s->n && s->p[i] != '"'; i++) {
		if (s->p[i] == '\\' && i + 1 < s->n && (s->p[i + 1] == '"' || s->p[i + 1] == '\\'))
			i++;
		p[n++] = s->p[i];
	}
	*s = str_skip(*s, i + 1);
	return (struct str){ p, n };
}

struct str
http_parameter(struct arena *a, struct str header, struct str name)
{
	size_t at = str_find_char(header, ';', 0);

	while (at != SIZE_MAX) {
		header = str_skip(header, at + 1);

		size_t end = 0;
		while (end < header.n && header.p[end] != '=' && header.p[end] != ';')
			end++;
		struct str key = str_trim(str_take(header, end));
		struct str value = STR("");

		header = str_skip(header, end);
		if (header.n > 0 && header.p[0] == '=') {
			header = str_skip(header, 1);
			while (header.n > 0 && (header.p[0] == ' ' || header.p[0] == '\t'))
				header = str_skip(header, 1);
			if (header.n > 0 && header.p[0] == '"') {
				header = str_skip(header, 1);
				value = unquote(a, &header);
			} else {
				value = str_trim(str_take(header, str_find_char(header, ';', 0)));
			}
		}
		if (str_equal_case(key, name))
			return value.p == NULL ? STR("") : value;
		at = str_find_char(header, ';', 0);
	}
	return STR_NULL;
}
