/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/check_http.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/url.h"

/* The end of the header: after an empty line, with or without CR. */
static size_t
header_end(struct str s)
{
	for (size_t at = 0; at < s.n; at++) {
		if (s.p[at] != '\n')
			continue;
		if (at + 1 < s.n && s.p[at + 1] == '\n')
			return at + 2;
		if (at + 2 < s.n && s.p[at + 1] == '\r' && s.p[at + 2] == '\n')
			return at + 3;
	}
	return SIZE_MAX;
}

static enum err
read_status(struct str line, int *ret)
{
	uint64_t major, code;

	if (!str_eat_case(&line, STR("HTTP/")) || !str_eat_digits(&line, 1, 1, &major))
		return ERR_INVALID;
	if (str_eat(&line, STR(".")) && line.n > 0 && str_is_digit(*line.p))
		line = str_skip(line, 1);
	line = str_trim(line);
	if (!str_eat_digits(&line, 3, 3, &code) || code < 100 || code > 599)
		return ERR_INVALID;
	*ret = (int)code;
	return OK;
}

static void
read_field(struct str line, struct check_http *ret)
{
	struct str name;

	if (!str_split(&line, ':', &name))
		return;
	line = str_trim(line);
	if (str_is_case(name, "location") && ret->location.n == 0)
		ret->location = line;
	else if (str_is_case(name, "content-type") && ret->content_type.n == 0)
		ret->content_type = line;
	else if (str_is_case(name, "transfer-encoding"))
		ret->chunked = ret->chunked || str_find_case(line, STR("chunked"), 0) != SIZE_MAX;
	else if (str_is_case(name, "content-length") && ret->length < 0)
		(void)str_int(line, 0, INT64_MAX, &ret->length);
}

/* One chunk's size line; false when it is not there whole or is none. */
static bool
eat_chunk(struct str *s, size_t *ret)
{
	struct str rest = *s;
	size_t n = 0, digits = 0;

	for (; rest.n > 0 && digits < 8; digits++) {
		char c = str_lower(*rest.p);

		if (!str_is_digit(c) && (c < 'a' || c > 'f'))
			break;
		n = n * 16 + (size_t)(str_is_digit(c) ? c - '0' : c - 'a' + 10);
		rest = str_skip(rest, 1);
	}
	size_t end = str_find_char(rest, '\n', 0);

	if (digits == 0 || end == SIZE_MAX)
		return false;
	*s = str_skip(rest, end + 1);
	*ret = n;
	return true;
}

/* Walks the chunks; ${out} may be NULL. True when the last one is there. */
static bool
unchunk(struct str s, struct buf *out)
{
	size_t n;

	while (eat_chunk(&s, &n)) {
		if (n == 0)
			return true;
		if (out != NULL)
			buf_str(out, str_take(s, n));
		if (s.n < n)
			return false;
		s = str_skip(s, n);
		(void)str_eat(&s, STR("\r"));
		if (!str_eat(&s, STR("\n")) && s.n > 0)
			return true; /* nonsense: it ends here */
	}
	return false;
}

enum err
check_http_parse(struct str bytes, bool eof, struct check_http *ret)
{
	for (;;) {
		size_t end = header_end(bytes);
		struct str rest, line;

		if (bytes.n >= 5 && !str_starts_case(bytes, STR("HTTP/")))
			return ERR_INVALID;
		if (end == SIZE_MAX)
			return eof ? ERR_INVALID : ERR_NOT_FOUND;
		*ret = (struct check_http){ .head = str_take(bytes, end), .body = str_skip(bytes, end), .length = -1 };
		rest = ret->head;
		(void)str_line(&rest, &line);
		TRY(read_status(line, &ret->status));
		if (ret->status < 200) {
			bytes = ret->body;
			continue;
		}
		while (str_line(&rest, &line))
			read_field(line, ret);
		break;
	}
	bool none = ret->status == 204 || ret->status == 304;

	ret->whole = eof || none || (ret->chunked ? unchunk(ret->body, NULL) : ret->length >= 0 && ret->body.n >= (uint64_t)ret->length);
	if (!ret->chunked && ret->length >= 0)
		ret->body = str_take(ret->body, (size_t)ret->length);
	return OK;
}

struct str
check_http_body(struct arena *a, const struct check_http *h)
{
	struct buf *out;

	if (!h->chunked)
		return h->body;
	out = buf_new(a, h->body.n + 1);
	(void)unchunk(h->body, out);
	return buf_view(out);
}

enum err
check_http_follow(struct arena *a, const char *from, struct str to, const char **ret)
{
	struct url base, u;
	struct buf *b = buf_new(a, LIMIT_URL * 2);
	size_t colon = str_find_char(to, ':', 0), slash = str_find_char(to, '/', 0);

	TRY(url_parse(a, str_of(from), &base));
	if (to.n == 0)
		return ERR_INVALID;
	if (colon != SIZE_MAX && (slash == SIZE_MAX || colon < slash)) {
		buf_str(b, to);
	} else if (str_starts(to, STR("//"))) {
		buf_printf(b, "%.*s:%.*s", STR_F(base.scheme), STR_F(to));
	} else {
		bool six = str_find_char(base.host, ':', 0) != SIZE_MAX;

		buf_printf(b, "%.*s://%s%.*s%s", STR_F(base.scheme), six ? "[" : "", STR_F(base.host), six ? "]" : "");
		if (base.port != 0)
			buf_printf(b, ":%u", base.port);
		if (!str_starts(to, STR("/"))) { /* beside the present path */
			size_t last = base.path.n;

			while (last > 0 && base.path.p[last - 1] != '/')
				last--;
			if (*to.p == '?')
				buf_str(b, base.path);
			else
				buf_str(b, last == 0 ? STR("/") : str_take(base.path, last));
		}
		buf_str(b, to);
	}
	TRY(buf_error(b));
	TRY(url_parse(a, buf_view(b), &u));
	if (!str_is(u.scheme, "http") && !str_is(u.scheme, "https"))
		return ERR_INVALID;
	u.fragment = STR_NULL;
	*ret = url_format(a, &u);
	return OK;
}
