/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

#include <idn2.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/utf8.h"

#define HOST_MAX 253 /* RFC 1035 2.3.4, without the last dot */
#define LABEL_MAX 63
/* Percent-encoding makes three bytes of one, and IDN a few more. */
#define FORMAT_MAX (LIMIT_URL * 3 + 64)

static const struct {
	const char *name;
	uint32_t port;
} schemes[] = { { "http", 80 }, { "https", 443 }, { "ftp", 21 } };

static int
hex_digit(char c)
{
	if (str_is_digit(c))
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%65xample" is what a browser opens as "example". */
static struct str
percent_decode(struct arena *a, struct str s)
{
	if (str_find_char(s, '%', 0) == SIZE_MAX)
		return s;
	struct buf *b = buf_new(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			buf_char(b, (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2])));
			i += 2;
		} else {
			buf_char(b, s.p[i]);
		}
	}
	return arena_str(a, buf_view(b));
}

/* Letters, digits, hyphens and, as browsers and attackers do, underscores. */
static bool
is_label(struct str s)
{
	if (s.n == 0 || s.n > LABEL_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!str_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	}
	return true;
}

static enum err
check_host(struct arena *a, struct str s, struct str *ret)
{
	char *lower = arena_dupn(a, s.p, s.n);
	struct str rest = s, label;

	if (s.n == 0 || s.n > HOST_MAX)
		return ERR_INVALID;
	while (str_split(&rest, '.', &label)) {
		if (!is_label(label))
			return ERR_INVALID;
	}
	for (size_t i = 0; i < s.n; i++)
		lower[i] = str_lower(lower[i]);
	*ret = (struct str){ .p = lower, .n = s.n };
	return OK;
}

enum err
url_host(struct arena *a, struct str s, struct str *ret)
{
	uint8_t *out = NULL;
	bool ascii = true;

	if (s.n == 0 || s.n > 4 * HOST_MAX || !utf8_valid(s))
		return ERR_INVALID;
	for (size_t i = 0; i < s.n; i++)
		ascii = ascii && (unsigned char)s.p[i] < 0x80;
	if (!ascii) {
		const uint8_t *in = (const uint8_t *)arena_cstr(a, s);

		if (idn2_lookup_u8(in, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
		    IDN2_OK)
			return ERR_INVALID;
		s = arena_str(a, str_of((char *)out));
		idn2_free(out);
	}
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--; /* the root's dot names the same host */
	return check_host(a, s, ret);
}

/* One number of an address as browsers take it: 10, 012, 0xA. */
static bool
loose_number(struct str s, uint64_t *ret)
{
	uint64_t base = 10, v = 0;

	if (s.n == 0)
		return false;
	if (str_eat_case(&s, STR("0x")))
		base = 16;
	else if (s.n > 1 && str_eat(&s, STR("0")))
		base = 8;
	for (size_t i = 0; i < s.n; i++) {
		int digit = hex_digit(s.p[i]);

		if (digit < 0 || (uint64_t)digit >= base)
			return false;
		v = v * base + (uint64_t)digit;
		if (v > UINT32_MAX)
			return false;
	}
	*ret = v;
	return true;
}

/* http://3232235777/ and http://0x7f.1/ reach a host too. */
static enum err
loose_v4(struct arena *a, struct str s, struct str *ret)
{
	uint64_t part[4], v = 0;
	size_t n = 0;
	struct str word;

	while (str_split(&s, '.', &word)) {
		if (n == 4 || !loose_number(word, &part[n]))
			return ERR_INVALID;
		n++;
	}
	for (size_t i = 0; i + 1 < n; i++) {
		if (part[i] > 255)
			return ERR_INVALID;
		v |= part[i] << (24 - 8 * i);
	}
	if (n == 0 || part[n - 1] >= UINT64_C(1) << (8 * (5 - n)))
		return ERR_INVALID;
	v |= part[n - 1];
	struct ip ip = { .v = 4,
		.byte = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
		    (uint8_t)v } };

	*ret = str_of(ip_format(a, &ip));
	return OK;
}

static bool
ends_in_number(struct str host)
{
	size_t from = host.n;
	uint64_t v;

	while (from > 0 && host.p[from - 1] != '.')
		from--;
	struct str last = str_skip(host, from);
	bool digits = last.n > 0;

	for (size_t i = 0; i < last.n; i++)
		digits = digits && str_is_digit(last.p[i]);
	return digits || (str_starts_case(last, STR("0x")) && loose_number(last, &v));
}

static enum err
parse_host(struct arena *a, struct str s, struct str *ret)
{
	struct ip ip;

	if (s.n > 1 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
		TRY(ip_parse(str_take(str_skip(s, 1), s.n - 2), &ip));
		if (ip.v != 6)
			return ERR_INVALID;
		*ret = str_of(ip_format(a, &ip));
		return OK;
	}
	TRY(url_host(a, percent_decode(a, s), &s));
	if (ends_in_number(s))
		return loose_v4(a, s, ret);
	*ret = s;
	return OK;
}

static enum err
parse_authority(struct arena *a, struct str s, struct url *u)
{
	size_t at = SIZE_MAX, colon = SIZE_MAX;
	int64_t port;

	for (size_t i = s.n; i > 0; i--) {
		if (s.p[i - 1] == '@') {
			at = i - 1;
			break;
		}
	}
	if (at != SIZE_MAX) {
		u->user = str_take(s, at);
		s = str_skip(s, at + 1);
	}
	for (size_t i = s.n; i > 0 && s.p[i - 1] != ']'; i--) {
		if (s.p[i - 1] == ':') {
			colon = i - 1;
			break;
		}
	}
	if (colon != SIZE_MAX) {
		struct str digits = str_skip(s, colon + 1);

		if (digits.n > 0 && !str_int(digits, 0, 65535, &port))
			return ERR_INVALID;
		u->port = digits.n > 0 ? (uint32_t)port : 0;
		s = str_take(s, colon);
	}
	return parse_host(a, s, &u->host);
}

/* What a browser sends instead of blanks, controls, quotes, and letters that
 * are not ASCII; everything else stays as it came. */
static struct str
escape(struct arena *a, struct str s, const char *also)
{
	if (s.n == 0)
		return STR("");
	struct buf *b = buf_new(a, s.n * 3 + 1);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7f || str_find_char(str_of(also), (char)c, 0) != SIZE_MAX)
			buf_printf(b, "%%%02X", c);
		else
			buf_char(b, (char)c);
	}
	return arena_str(a, buf_view(b));
}

/* "/a/./b/../c" is "/a/c", and "\" is "/". */
static struct str
tidy_path(struct arena *a, struct str s)
{
	char *p = arena_dupn(a, s.p == NULL ? "" : s.p, s.n);
	char *out = arena_alloc(a, s.n + 2);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (p[i] == '\\')
			p[i] = '/';
	}
	struct str rest = { .p = p, .n = s.n }, word;

	(void)str_eat(&rest, STR("/"));
	while (str_split(&rest, '/', &word)) {
		bool last = rest.p == NULL;
		bool up = str_is(word, "..") || str_is_case(word, "%2e%2e") ||
		    str_is_case(word, ".%2e") || str_is_case(word, "%2e.");
		bool here = str_is(word, ".") || str_is_case(word, "%2e");

		if (up) {
			while (n > 0 && out[n - 1] != '/')
				n--;
			n -= n > 0;
		} else if (!here) {
			out[n++] = '/';
			for (size_t i = 0; i < word.n; i++)
				out[n++] = word.p[i];
		}
		if ((up || here) && last)
			out[n++] = '/';
	}
	if (n == 0)
		out[n++] = '/';
	return (struct str){ .p = out, .n = n };
}

/* Browsers drop tabs and line ends inside, and blanks around. */
static struct str
strip(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
			p[n++] = s.p[i];
	}
	s = (struct str){ .p = p, .n = n };
	while (s.n > 0 && (unsigned char)s.p[0] <= 0x20)
		s = str_skip(s, 1);
	while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= 0x20)
		s.n--;
	return s;
}

static size_t
find_any(struct str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++) {
		if (str_find_char(str_of(set), s.p[i], 0) != SIZE_MAX)
			return i;
	}
	return s.n;
}

enum err
url_parse(struct arena *a, struct str s, struct url *ret)
{
	struct url u = { .port = 0 };
	size_t row = COUNT(schemes);

	if (s.n > LIMIT_URL)
		return ERR_LIMIT;
	s = strip(a, s);
	size_t colon = str_find_char(s, ':', 0);

	for (size_t i = 0; colon != SIZE_MAX && i < COUNT(schemes); i++) {
		if (str_is_case(str_take(s, colon), schemes[i].name))
			row = i;
	}
	if (row == COUNT(schemes))
		return ERR_INVALID;
	u.scheme = str_of(schemes[row].name);
	s = str_skip(s, colon + 1);
	if (!str_starts(s, STR("/")) && !str_starts(s, STR("\\")))
		return ERR_INVALID; /* browsers take "http:host"; texts never mean it */
	while (s.n > 0 && (s.p[0] == '/' || s.p[0] == '\\'))
		s = str_skip(s, 1);
	size_t end = find_any(s, "/\\?#");

	TRY(parse_authority(a, str_take(s, end), &u));
	if (u.port == schemes[row].port)
		u.port = 0;
	s = str_skip(s, end);
	size_t hash = find_any(s, "#");

	u.fragment = escape(a, str_skip(s, hash + 1), "\"<>`");
	s = str_take(s, hash);
	size_t question = find_any(s, "?");

	u.query = escape(a, str_skip(s, question + 1), "\"<>'");
	u.path = escape(a, tidy_path(a, str_take(s, question)), "\"<>`{}^");
	u.user = escape(a, u.user, "\"<>`{}|^[]/;=@");
	*ret = u;
	return OK;
}

const char *
url_format(struct arena *a, const struct url *u)
{
	struct buf *b = buf_new(a, FORMAT_MAX * 2);
	bool v6 = str_find_char(u->host, ':', 0) != SIZE_MAX;

	buf_str(b, u->scheme);
	buf_text(b, "://");
	if (u->user.n > 0) {
		buf_str(b, u->user);
		buf_char(b, '@');
	}
	buf_text(b, v6 ? "[" : "");
	buf_str(b, u->host);
	buf_text(b, v6 ? "]" : "");
	if (u->port != 0)
		buf_printf(b, ":%u", u->port);
	buf_str(b, u->path);
	if (u->query.n > 0) {
		buf_char(b, '?');
		buf_str(b, u->query);
	}
	if (u->fragment.n > 0) {
		buf_char(b, '#');
		buf_str(b, u->fragment);
	}
	return buf_cstr(a, b);
}
