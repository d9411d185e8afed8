/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_multipart.h"

#include <iconv.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_form.h"

#define BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */
#define PADDING_MAX 64	/* blanks after a boundary */

enum where { PREAMBLE, BOUNDARY, HEADER, BODY, EPILOGUE };

struct http_multipart {
	struct arena *a;
	struct http_part_sink sink;
	enum where where;
	size_t parts;
	struct str delimiter; /* CRLF "--" boundary */
};

static bool
is_boundary(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!str_is_alnum(s.p[i]) && (s.p[i] == '\0' || strchr("'()+_,-./:=? ", s.p[i]) == NULL))
			return false;
	return s.n >= 1 && s.n <= BOUNDARY_MAX && s.p[s.n - 1] != ' ';
}

enum err
http_multipart_new(struct arena *a, struct str boundary, const struct http_part_sink *sink,
    struct http_multipart **ret)
{
	if (!is_boundary(boundary))
		return ERR_INVALID;

	struct http_multipart *m = arena_one(a, struct http_multipart);

	m->a = a;
	m->sink = *sink;
	m->delimiter.p = arena_printf(a, "\r\n--%.*s", STR_F(boundary));
	m->delimiter.n = boundary.n + 4;
	*ret = m;
	return OK;
}

/* ${s} in UTF-8, from Shift_JIS as Windows writes it when it is not UTF-8. */
static struct str
to_utf8(struct arena *a, struct str s)
{
	if (utf8_valid(s))
		return s;

	size_t size = s.n * 3 + 1;
	char *out = arena_alloc(a, size), *to = out;
	char *from = arena_dupn(a, s.p, s.n);
	size_t left = s.n, room = size;
	iconv_t converter = iconv_open("UTF-8", "CP932");

	if (converter == (iconv_t)-1)
		return s;
	size_t bad = iconv(converter, &from, &left, &to, &room);
	(void)iconv_close(converter); /* cannot fail for a valid one */
	if (bad == (size_t)-1)
		return s;
	return (struct str){ out, size - room };
}

struct str
http_file_name(struct arena *a, struct str raw)
{
	struct str name = utf8_clean_line(a, to_utf8(a, raw));

	for (size_t i = name.n; i > 0; i--) {
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
			name = str_skip(name, i);
			break;
		}
	}
	return utf8_take(str_trim(name), LIMIT_NAME);
}

/* Browsers write %22, %0D and %0A for what a quoted text cannot hold (WHATWG
 * HTML 4.10.21.8) and no other escapes. */
static struct str
unescape(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		struct str rest = str_skip(s, i);

		if (str_starts(rest, STR("%22")))
			p[n++] = '"';
		else if (str_starts_case(rest, STR("%0d")) || str_starts_case(rest, STR("%0a")))
			p[n++] = ' ';
		else {
			p[n++] = s.p[i];
			continue;
		}
		i += 2;
	}
	return (struct str){ p, n };
}

/* RFC 8187: UTF-8'ja'%E3%81%82. Absent when it is anything else. */
static struct str
extended(struct arena *a, struct str s)
{
	if (!str_eat_case(&s, STR("utf-8'")))
		return STR_NULL;

	size_t at = str_find_char(s, '\'', 0);

	if (at == SIZE_MAX)
		return STR_NULL;
	s = str_skip(s, at + 1);

	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (s.n - i <= 2 || http_hex(s.p[i + 1]) < 0 || http_hex(s.p[i + 2]) < 0)
				return STR_NULL;
			c = (char)(http_hex(s.p[i + 1]) * 16 + http_hex(s.p[i + 2]));
			i += 2;
		}
		p[n++] = c;
	}

	struct str text = { p, n };

	return utf8_valid(text) ? text : STR_NULL;
}

static enum err
read_disposition(struct arena *a, struct str value, struct http_part *part)
{
	struct str kind = str_trim(str_take(value, str_find_char(value, ';', 0)));
	struct str name = http_parameter(a, value, STR("name"));
	struct str file = http_parameter(a, value, STR("filename"));
	struct str better = extended(a, http_parameter(a, value, STR("filename*")));

	if (!str_is_case(kind, "form-data") || name.p == NULL)
		return ERR_INVALID;
	part->name = unescape(a, name);
	if (better.p != NULL) {
		part->is_file = true;
		part->file_name = http_file_name(a, better);
	} else if (file.p != NULL) {
		part->is_file = true;
		part->file_name = http_file_name(a, unescape(a, file));
	}
	return OK;
}

static struct str
media_type(struct arena *a, struct str value)
{
	struct str type = str_trim(str_take(value, str_find_char(value, ';', 0)));
	char *p = arena_dupn(a, type.p == NULL ? "" : type.p, type.n);

	for (size_t i = 0; i < type.n; i++) {
		if (p[i] <= 0x20 || p[i] >= 0x7f)
			return STR("application/octet-stream");
		p[i] = str_lower(p[i]);
	}
	return (struct str){ p, type.n };
}

static enum err
begin_part(struct http_multipart *m, struct str lines)
{
	struct http_part part = { .media_type = STR("") };
	bool named = false;
	struct str line;

	/* The whole header, because in Shift_JIS a quote's backslash may be the
	 * second byte of a character. */
	lines = to_utf8(m->a, lines);
	if (!utf8_valid(lines))
		return ERR_INVALID;
	if (++m->parts > LIMIT_HTTP_PARTS)
		return ERR_LIMIT;
	while (str_line(&lines, &line)) {
		size_t colon = str_find_char(line, ':', 0);

		if (line.n == 0)
			continue;
		if (colon == SIZE_MAX)
			return ERR_INVALID;

		struct str name = str_take(line, colon);
		struct str value = str_trim(str_skip(line, colon + 1));

		if (str_is_case(name, "content-disposition")) {
			if (named)
				return ERR_INVALID;
			TRY(read_disposition(m->a, value, &part));
			named = true;
		} else if (str_is_case(name, "content-type")) {
			part.media_type = media_type(m->a, value);
		}
	}
	return named ? m->sink.begin(m->sink.object, &part) : ERR_INVALID;
}

/* Each step uses something of ${w} and sets ${*used}, or leaves 0: needs more. */

static enum err
step_preamble(struct http_multipart *m, struct str w, size_t *used)
{
	struct str first = str_skip(m->delimiter, 2);

	if (w.n < first.n)
		return OK;
	if (str_starts(w, first)) {
		*used = first.n;
		m->where = BOUNDARY;
		return OK;
	}

	/* RFC 2046 allows a text before it; no browser sends one. */
	size_t at = str_find(w, m->delimiter, 0);

	if (at != SIZE_MAX) {
		*used = at + m->delimiter.n;
		m->where = BOUNDARY;
		return OK;
	}
	return w.n > LIMIT_HTTP_PART_HEADER ? ERR_INVALID : OK;
}

static enum err
step_boundary(struct http_multipart *m, struct str w, size_t *used)
{
	size_t n = 0;

	if (str_starts(w, STR("--"))) {
		*used = 2;
		m->where = EPILOGUE;
		return OK;
	}
	while (n < w.n && (w.p[n] == ' ' || w.p[n] == '\t'))
		n++;
	if (n > PADDING_MAX)
		return ERR_INVALID;
	if (w.n - n < 2)
		return OK;
	if (!str_starts(str_skip(w, n), STR("\r\n")))
		return ERR_INVALID;
	*used = n + 2;
	m->where = HEADER;
	return OK;
}

static enum err
step_header(struct http_multipart *m, struct str w, size_t *used)
{
	size_t at = str_find(str_take(w, LIMIT_HTTP_PART_HEADER + 4), STR("\r\n\r\n"), 0);

	if (at == SIZE_MAX)
		return w.n >= LIMIT_HTTP_PART_HEADER + 4 ? ERR_LIMIT : OK;
	*used = at + 4;
	m->where = BODY;
	return begin_part(m, str_take(w, at));
}

static enum err
step_body(struct http_multipart *m, struct str w, size_t *used)
{
	size_t at = str_find(w, m->delimiter, 0);

	if (at != SIZE_MAX) {
		if (at > 0)
			TRY(m->sink.data(m->sink.object, str_take(w, at)));
		*used = at + m->delimiter.n;
		m->where = BOUNDARY;
		return m->sink.end(m->sink.object);
	}
	if (w.n < m->delimiter.n)
		return OK;
	/* What may be the beginning of a delimiter has to wait. */
	*used = w.n - (m->delimiter.n - 1);
	return m->sink.data(m->sink.object, str_take(w, *used));
}

enum err
http_multipart_feed(struct http_multipart *m, struct str window, size_t *ret_used)
{
	static enum err (*const steps[])(struct http_multipart *, struct str, size_t *) = {
		[PREAMBLE] = step_preamble,
		[BOUNDARY] = step_boundary,
		[HEADER] = step_header,
		[BODY] = step_body,
	};
	size_t total = 0;

	while (m->where != EPILOGUE) {
		size_t used = 0;

		TRY(steps[m->where](m, str_skip(window, total), &used));
		if (used == 0)
			break;
		total += used;
	}
	*ret_used = m->where == EPILOGUE ? window.n : total;
	return OK;
}

enum err
http_multipart_finish(const struct http_multipart *m)
{
	return m->where == EPILOGUE ? OK : ERR_INVALID;
}
