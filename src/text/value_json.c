/* SPDX-License-Identifier: Apache-2.0 */
/* value_json.c - JSON (RFC 8259) out of values and into them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "text/value_priv.h"

/* What follows the backslash; 'u' for a number; 0: stands for itself. */
static const char escape[256] = {
	[0 ... 7] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u', ['\f'] = 'f',
	['\r'] = 'r', [14 ... 31] = 'u', ['"'] = '"', ['\\'] = '\\', [127] = 'u',
};

static inline void
put(struct buf *out, char c)
{
	if (out->n < out->size && !out->failed)
		out->p[out->n++] = c;
	else
		buf_char(out, c);
}

static void
write_escaped(struct buf *out, struct str s)
{
	static const char digit[] = "0123456789abcdef";
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (escape[c] == 0)
			continue;
		char code[6] = { '\\', escape[c], '0', '0', digit[c >> 4], digit[c & 15] };

		buf_add(out, s.p + from, i - from);
		buf_add(out, code, escape[c] == 'u' ? 6 : 2);
		from = i + 1;
	}
	buf_add(out, s.p + from, s.n - from);
}

/* Does no byte need an escape? Eight at a time. */
static bool
is_plain(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t seen = 0;
	size_t i = 0;

#define IS_ZERO(x) (((x) - ones) & ~(x) & highs)
	for (; i + 8 <= s.n; i += 8) {
		uint64_t x;

		memcpy(&x, s.p + i, 8);
		seen |= ((x - ones * 32) & ~x & highs) | IS_ZERO(x ^ (ones * '"')) |
		    IS_ZERO(x ^ (ones * '\\')) | IS_ZERO(x ^ (ones * 127));
	}
#undef IS_ZERO
	for (; i < s.n; i++)
		seen |= (uint64_t)escape[(unsigned char)s.p[i]];
	return seen == 0;
}

/* With ${after} behind it. Nearly no text needs an escape. */
static void
write_text(struct buf *out, struct str s, char after)
{
	if (!buf_room(out, s.n + 3))
		return;
	out->p[out->n++] = '"';
	if (is_plain(s)) {
		if (s.n > 0)
			memcpy(out->p + out->n, s.p, s.n);
		out->n += s.n;
	} else {
		write_escaped(out, s);
		if (!buf_room(out, 2))
			return;
	}
	out->p[out->n++] = '"';
	if (after != '\0')
		out->p[out->n++] = after;
}

static void
write_int(struct buf *out, int64_t v)
{
	char text[24];
	size_t at = sizeof(text);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		text[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		text[--at] = '-';
	buf_add(out, text + at, sizeof(text) - at);
}

void
value_format_real(char ret[32], double v)
{
	/* JSON has no word for these. */
	if (!isfinite(v)) {
		(void)snprintf(ret, 32, "null");
		return;
	}
	if (v == 0)
		v = 0; /* "-0" would be read as the whole number 0 */
	(void)snprintf(ret, 32, "%.15g", v);
	if (strtod(ret, NULL) < v || strtod(ret, NULL) > v)
		(void)snprintf(ret, 32, "%.17g", v);
}

void
value_json(struct buf *out, const struct value *v)
{
	bool first = true;

	switch (value_type(v)) {
	case VALUE_NULL:
	case VALUE_HTML:
		buf_str(out, STR("null"));
		return;
	case VALUE_BOOL:
		buf_str(out, value_true(v) ? STR("true") : STR("false"));
		return;
	case VALUE_INT:
		write_int(out, value_integer(v));
		return;
	case VALUE_REAL: {
		char text[32];

		value_format_real(text, value_real(v));
		buf_text(out, text);
		return;
	}
	case VALUE_TEXT:
		write_text(out, v->text, '\0');
		return;
	case VALUE_LIST:
		put(out, '[');
		for (size_t i = 0; i < value_count(v); i++) {
			const struct value *item = value_at(v, i);

			if (value_type(item) == VALUE_HTML)
				continue;
			if (!first)
				put(out, ',');
			first = false;
			value_json(out, item);
		}
		put(out, ']');
		return;
	case VALUE_OBJECT:
		put(out, '{');
		for (size_t i = 0; i < value_count(v); i++) {
			const struct member *m = &v->member[i];
			const struct value *inside = m->key[0] == '@' ? NULL : value_member(v, i);

			if (inside == NULL || inside->type == VALUE_HTML)
				continue;
			if (!first)
				put(out, ',');
			first = false;
			write_text(out, (struct str){ .p = m->key, .n = m->length }, ':');
			value_json(out, inside);
		}
		put(out, '}');
		return;
	}
}

const char *
value_json_text(struct arena *a, const struct value *v)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	value_json(&out, v);
	const char *text = buf_cstr(a, &out);

	buf_done(&out);
	return text;
}

/* Reading ------------------------------------------------------------ */

struct reader {
	struct arena *a;
	struct str all;
	size_t at;
	int depth;
};

static int
peek(const struct reader *r)
{
	return r->at < r->all.n ? (unsigned char)r->all.p[r->at] : -1;
}

static void
skip_blanks(struct reader *r)
{
	for (int c = peek(r); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(r))
		r->at++;
}

static bool
eat(struct reader *r, char c)
{
	if (peek(r) != (unsigned char)c)
		return false;
	r->at++;
	return true;
}

static bool
eat_word(struct reader *r, struct str word)
{
	struct str rest = str_skip(r->all, r->at);

	if (!str_starts(rest, word))
		return false;
	r->at += word.n;
	return true;
}

static enum err
read_hex4(struct reader *r, uint32_t *ret)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(r);

		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else if (c >= 'A' && c <= 'F')
			c -= 'A' - 10;
		else
			return ERR_INVALID;
		code = code << 4 | (uint32_t)c;
		r->at++;
	}
	*ret = code;
	return OK;
}

static size_t
put_utf8(char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 63));
		p[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 63));
	p[2] = (char)(0x80 | (c >> 6 & 63));
	p[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* After the backslash. */
static enum err
read_escape(struct reader *r, char *p, size_t *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);

	if (c > 0 && c != 'u') {
		const char *found = strchr(from, c);

		if (found == NULL)
			return ERR_INVALID;
		*p = to[found - from];
		*ret = 1;
		r->at++;
		return OK;
	}
	if (c != 'u')
		return ERR_INVALID;
	r->at++;
	uint32_t code, low;

	TRY(read_hex4(r, &code));
	if (code >= 0xd800 && code < 0xdc00) {
		if (!eat(r, '\\') || !eat(r, 'u'))
			return ERR_INVALID;
		TRY(read_hex4(r, &low));
		if (low < 0xdc00 || low > 0xdfff)
			return ERR_INVALID;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return ERR_INVALID;
	}
	if (code == 0) /* our texts end with it */
		return ERR_INVALID;
	*ret = put_utf8(p, code);
	return OK;
}

/* Length of the well-formed sequence (Unicode table 3-7) at ${p}, or 0. */
static size_t
sequence(const unsigned char *p, size_t n)
{
	size_t need;
	unsigned char low = 0x80, high = 0xbf;

	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		need = 2;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		need = 3;
		low = p[0] == 0xe0 ? 0xa0 : 0x80;
		high = p[0] == 0xed ? 0x9f : 0xbf;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		need = 4;
		low = p[0] == 0xf0 ? 0x90 : 0x80;
		high = p[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (n < need || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

/* After the opening quote. */
static enum err
read_text(struct reader *r, struct str *ret)
{
	/* What is read is never longer than how it is written: find the end
	 * first, so that the copy is exact. */
	size_t end = r->at;

	while (end < r->all.n && r->all.p[end] != '"')
		end += r->all.p[end] == '\\' ? 2 : 1;
	if (end >= r->all.n) {
		r->at = r->all.n;
		return ERR_INVALID;
	}
	char *text = arena_alloc(r->a, end - r->at + 1);
	size_t n = 0;

	while (peek(r) != '"') {
		unsigned char c = (unsigned char)peek(r);
		size_t length = 1;

		if (c < 0x20)
			return ERR_INVALID;
		if (c == '\\') {
			r->at++;
			TRY(read_escape(r, text + n, &length));
			n += length;
			continue;
		}
		if (c >= 0x80)
			length = sequence(
			    (const unsigned char *)r->all.p + r->at, r->all.n - r->at);
		if (length == 0)
			return ERR_INVALID;
		memcpy(text + n, r->all.p + r->at, length);
		n += length;
		r->at += length;
	}
	r->at++;
	*ret = (struct str){ .p = text, .n = n };
	return OK;
}

static size_t
skip_digits(struct reader *r)
{
	size_t from = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at - from;
}

static enum err
read_number(struct reader *r, struct value **ret)
{
	size_t from = r->at;
	bool integer = true;

	(void)eat(r, '-');
	size_t digits_at = r->at;
	size_t digits = skip_digits(r);

	if (digits == 0 || (digits > 1 && r->all.p[digits_at] == '0'))
		return ERR_INVALID;
	if (eat(r, '.')) {
		integer = false;
		if (skip_digits(r) == 0)
			return ERR_INVALID;
	}
	if (eat(r, 'e') || eat(r, 'E')) {
		integer = false;
		if (!eat(r, '-'))
			(void)eat(r, '+');
		if (skip_digits(r) == 0)
			return ERR_INVALID;
	}
	struct str text = { .p = r->all.p + from, .n = r->at - from };
	int64_t v;

	if (integer && str_int(text, INT64_MIN, INT64_MAX, &v)) {
		*ret = value_parsed(r->a, VALUE_INT, STR_NULL, v, 0);
		return OK;
	}
	double real = strtod(arena_cstr(r->a, text), NULL);

	if (!isfinite(real)) {
		r->at = from;
		return ERR_INVALID;
	}
	*ret = value_parsed(r->a, VALUE_REAL, STR_NULL, 0, real);
	return OK;
}

static enum err read_value(struct reader *r, struct value **ret);

static enum err
read_list(struct reader *r, struct value **ret)
{
	struct value *list = value_list(r->a);

	skip_blanks(r);
	while (!eat(r, ']')) {
		struct value *item;

		if (value_count(list) > 0 && !eat(r, ','))
			return ERR_INVALID;
		TRY(read_value(r, &item));
		value_add(r->a, list, item);
		skip_blanks(r);
	}
	*ret = list;
	return OK;
}

static enum err
read_object(struct reader *r, struct value **ret)
{
	struct value *o = value_object(r->a);

	skip_blanks(r);
	while (!eat(r, '}')) {
		struct str key;
		struct value *member;

		if (value_count(o) > 0 && !eat(r, ','))
			return ERR_INVALID;
		skip_blanks(r);
		if (!eat(r, '"'))
			return ERR_INVALID;
		TRY(read_text(r, &key));
		skip_blanks(r);
		if (!eat(r, ':'))
			return ERR_INVALID;
		TRY(read_value(r, &member));
		/* The reader ended it with a NUL and refused others inside. */
		value_set(r->a, o, key.p, member);
		skip_blanks(r);
	}
	*ret = o;
	return OK;
}

static enum err
read_value(struct reader *r, struct value **ret)
{
	enum err e = ERR_INVALID;
	struct str text;

	skip_blanks(r);
	switch (peek(r)) {
	case '{':
	case '[':
		if (r->depth == LIMIT_JSON_DEPTH)
			return ERR_LIMIT;
		r->depth++;
		e = eat(r, '{') ? read_object(r, ret) : (r->at++, read_list(r, ret));
		r->depth--;
		return e;
	case '"':
		r->at++;
		TRY(read_text(r, &text));
		*ret = value_parsed(r->a, VALUE_TEXT, text, 0, 0);
		return OK;
	case 't':
	case 'f': {
		bool truth = peek(r) == 't';

		if (!eat_word(r, truth ? STR("true") : STR("false")))
			return ERR_INVALID;
		*ret = value_parsed(r->a, VALUE_BOOL, STR_NULL, truth, 0);
		return OK;
	}
	case 'n':
		if (!eat_word(r, STR("null")))
			return ERR_INVALID;
		*ret = value_parsed(r->a, VALUE_NULL, STR_NULL, 0, 0);
		return OK;
	default:
		return read_number(r, ret);
	}
}

enum err
value_parse(struct arena *a, struct str json, struct value **ret, size_t *ret_at)
{
	struct reader r = { .a = a, .all = json };
	struct value *v = NULL;
	enum err e = read_value(&r, &v);

	if (e == OK) {
		skip_blanks(&r);
		if (r.at != json.n)
			e = ERR_INVALID;
	}
	if (e != OK) {
		if (ret_at != NULL)
			*ret_at = r.at;
		return e;
	}
	*ret = v;
	return OK;
}
