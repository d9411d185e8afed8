/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_gate.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_form.h"

enum {
	BAD_REQUEST = 400,
	URI_TOO_LONG = 414,
	EXPECTATION_FAILED = 417,
	FIELDS_TOO_LARGE = 431,
	NOT_IMPLEMENTED = 501,
	VERSION_NOT_SUPPORTED = 505,
};

/* RFC 9110 5.6.2 */
static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!str_is_alnum(s.p[i]) && (s.p[i] == '\0' || strchr("!#$%&'*+-.^_`|~", s.p[i]) == NULL))
			return false;
	return s.n > 0;
}

/* RFC 9110 5.5: visible characters, blanks, tabs; bytes above 127 are opaque. */
static bool
is_field_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_visible_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
			return false;
	return true;
}

/* RFC 3986 3.2, without the user part that RFC 9110 4.2.4 forbids. */
static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!str_is_alnum(s.p[i]) && (s.p[i] == '\0' || strchr("-._~!$&'()*+,;=:[]%", s.p[i]) == NULL))
			return false;
	return s.n > 0;
}

static bool
segments_clean(struct str path)
{
	struct str segment;

	path = str_skip(path, 1);
	while (str_split(&path, '/', &segment))
		if ((segment.n == 0 && path.p != NULL) || str_is(segment, ".") || str_is(segment, ".."))
			return false;
	return true;
}

enum err
http_path_decode(struct arena *a, struct str raw, const char **ret)
{
	char *p = arena_alloc(a, raw.n + 1);
	size_t n = 0;

	if (raw.n == 0 || raw.p[0] != '/' || str_starts(raw, STR("//")))
		return ERR_INVALID;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '%') {
			int high = raw.n - i > 2 ? http_hex(raw.p[i + 1]) : -1;
			int low = raw.n - i > 2 ? http_hex(raw.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return ERR_INVALID;
			c = (char)(high * 16 + low);
			i += 2;
			/* An encoded slash would change which page is meant. */
			if (c == '/')
				return ERR_INVALID;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return ERR_INVALID;
		p[n++] = c;
	}

	struct str path = { p, n };

	if (!utf8_valid(path) || !segments_clean(path))
		return ERR_INVALID;
	*ret = p;
	return OK;
}

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{ "GET", HTTP_GET },
	{ "HEAD", HTTP_HEAD },
	{ "POST", HTTP_POST },
	{ "PUT", HTTP_PUT },
	{ "DELETE", HTTP_DELETE },
};

static int
check_method(struct str method, enum http_method *ret)
{
	if (!is_token(method))
		return BAD_REQUEST;
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (str_is(method, methods[i].name)) {
			*ret = methods[i].method;
			return 0;
		}
	}
	return NOT_IMPLEMENTED;
}

static int
check_target(struct arena *a, struct str target, struct http_gate *ret)
{
	if (target.n > LIMIT_HTTP_TARGET)
		return URI_TOO_LONG;
	if (!is_visible_ascii(target) || str_find_char(target, '#', 0) != SIZE_MAX)
		return BAD_REQUEST;
	/* RFC 9112 3.2.2: a server must take the absolute form. */
	if (str_eat_case(&target, STR("http://")) || str_eat_case(&target, STR("https://"))) {
		size_t end = 0;

		while (end < target.n && target.p[end] != '/' && target.p[end] != '?')
			end++;
		if (!is_host(str_take(target, end)))
			return BAD_REQUEST;
		target = str_skip(target, end);
		if (target.n == 0)
			target = STR("/");
	}

	size_t mark = str_find_char(target, '?', 0);

	ret->query = mark == SIZE_MAX ? STR("") : str_skip(target, mark + 1);
	return http_path_decode(a, str_take(target, mark), &ret->path) == OK ? 0 : BAD_REQUEST;
}

struct framing {
	size_t hosts, lengths, encodings;
	struct str host, length, encoding;
};

static int
check_fields(const struct http_head *head, struct framing *f, struct http_gate *ret)
{
	if (head->fields > LIMIT_HTTP_HEADERS || head->size > LIMIT_HTTP_HEAD)
		return FIELDS_TOO_LARGE;
	for (size_t i = 0; i < head->fields; i++) {
		struct str name = head->field[i].name;
		struct str value = str_trim(head->field[i].value);

		if (!is_token(name) || !is_field_value(head->field[i].value))
			return BAD_REQUEST;
		if (str_is_case(name, "host")) {
			f->hosts++;
			f->host = value;
		} else if (str_is_case(name, "content-length")) {
			f->lengths++;
			f->length = value;
		} else if (str_is_case(name, "transfer-encoding")) {
			f->encodings++;
			f->encoding = value;
		} else if (str_is_case(name, "expect")) {
			if (!str_is_case(value, "100-continue"))
				return EXPECTATION_FAILED;
			ret->expects = true;
		}
	}
	return 0;
}

static int
check_framing(const struct framing *f, bool old, struct http_gate *ret)
{
	struct str digits = f->length;

	if (f->hosts > 1 || (f->hosts == 0 && !old) || (f->hosts == 1 && !is_host(f->host)))
		return BAD_REQUEST;
	if (f->lengths > 1 || f->encodings > 1 || (f->lengths > 0 && f->encodings > 0))
		return BAD_REQUEST;
	if (f->encodings > 0) {
		if (old)
			return BAD_REQUEST; /* RFC 9112 6.1 */
		if (!str_is_case(f->encoding, "chunked"))
			return NOT_IMPLEMENTED;
		ret->chunked = true;
	}
	if (f->lengths > 0 && (!str_eat_digits(&digits, 1, 19, &ret->length) || digits.n > 0))
		return BAD_REQUEST;
	return 0;
}

int
http_gate(struct arena *a, const struct http_head *head, struct http_gate *ret)
{
	bool old = str_is(head->version, "HTTP/1.0");
	struct http_gate g = { 0 };
	struct framing f = { 0 };
	int status;

	if (!old && !str_is(head->version, "HTTP/1.1"))
		return VERSION_NOT_SUPPORTED;
	status = check_method(head->method, &g.method);
	if (status == 0)
		status = check_target(a, head->target, &g);
	if (status == 0)
		status = check_fields(head, &f, &g);
	if (status == 0)
		status = check_framing(&f, old, &g);
	if (status == 0)
		*ret = g;
	return status;
}
