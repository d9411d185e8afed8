/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_header.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "mail/mail_charset.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_name(struct str s)
{
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 0x7F)
			return false;
	return true;
}

void
mail_headers_parse(struct arena *a, struct str raw, struct mail_headers *ret)
{
	struct str rest = raw;
	struct str line;
	struct mail_header *current = NULL;
	size_t size = 0;
	size_t number = 0;

	*ret = (struct mail_headers){ .body = raw.n };
	for (;;) {
		const struct str before = rest;

		if (!str_line(&rest, &line))
			return;
		number++;
		if (line.n == 0) {
			ret->body = raw.n - rest.n;
			return;
		}
		if (number == 1 && str_starts(line, STR("From ")))
			continue; /* an mbox separator */
		if ((line.p[0] == ' ' || line.p[0] == '\t') && ret->too_many)
			continue;
		if ((line.p[0] == ' ' || line.p[0] == '\t') && current != NULL) {
			current->value.n = (size_t)(line.p + line.n - current->value.p);
			continue;
		}
		size_t colon = str_find_char(line, ':', 0);
		struct str name = colon == SIZE_MAX ? STR_NULL : str_trim(str_take(line, colon));

		if (!is_name(name)) {
			/* The body follows without the empty line that RFC 5322 2.1 asks for. */
			ret->strange++;
			if (ret->n == 0 || number > LIMIT_MAIL_HEADER || colon == SIZE_MAX) {
				ret->body = raw.n - before.n;
				return;
			}
			current = NULL;
			continue;
		}
		if (ret->n >= LIMIT_MAIL_HEADERS) {
			ret->too_many = true;
			current = NULL;
			continue;
		}
		if (ret->n == size) {
			struct mail_header *more = arena_many(a, struct mail_header, size * 2 + 32);

			if (ret->n > 0)
				memcpy(more, ret->item, ret->n * sizeof(*more));
			ret->item = more;
			size = size * 2 + 32;
		}
		current = &ret->item[ret->n++];
		*current = (struct mail_header){
			.name = name,
			.value = str_skip(line, colon + 1),
			.line = number,
		};
	}
}

struct str
mail_headers_find(const struct mail_headers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (str_is_case(h->item[i].name, name))
			return h->item[i].value;
	return STR_NULL;
}

size_t
mail_headers_count(const struct mail_headers *h, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += str_is_case(h->item[i].name, name);
	return n;
}

/* Folding undone (RFC 5322 2.2.3); NUL bytes become blanks; bounded. */
static struct str
unfold(struct arena *a, struct str value)
{
	struct buf *b = buf_new(a, LIMIT_MAIL_HEADER + 1);

	value = str_take(value, LIMIT_MAIL_HEADER);
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == '\r' || c == '\n')
			continue;
		buf_char(b, c == '\0' || c == '\t' ? ' ' : c);
	}
	return str_trim(buf_view(b));
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
q_decode(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
		int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

		if (s.p[i] == '=' && high >= 0 && low >= 0) {
			buf_char(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_char(out, s.p[i] == '_' ? ' ' : s.p[i]);
		}
	}
}

static void
b_decode(struct str s, struct buf *out)
{
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		int v = c >= 'A' && c <= 'Z' ? c - 'A'
		    : c >= 'a' && c <= 'z'   ? c - 'a' + 26
		    : c >= '0' && c <= '9'   ? c - '0' + 52
		    : c == '+' || c == '-'   ? 62
		    : c == '/' || c == '_'   ? 63
					     : -1;
		if (v < 0)
			continue; /* padding, or damage: read what can be read */
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_char(out, (char)(bits >> have & 0xFF));
		}
	}
}

struct word {
	struct str charset;
	char encoding; /* 'b' or 'q' */
	struct str text;
	size_t end; /* index after "?=" */
};

/* An encoded word at ${at}: =?charset*language?B?text?= */
static bool
word_at(struct str s, size_t at, struct word *ret)
{
	if (!str_starts(str_skip(s, at), STR("=?")))
		return false;
	size_t q1 = str_find_char(s, '?', at + 2);

	if (q1 == SIZE_MAX || q1 + 2 >= s.n || s.p[q1 + 2] != '?' || q1 - at > 80)
		return false;
	struct str charset = { s.p + at + 2, q1 - at - 2 };
	size_t star = str_find_char(charset, '*', 0); /* RFC 2231 5: a language */

	charset = str_take(charset, star);
	for (size_t i = 0; i < charset.n; i++)
		if (is_blank(charset.p[i]) || charset.p[i] == '=')
			return false;
	char e = str_lower(s.p[q1 + 1]);

	if (e != 'b' && e != 'q')
		return false;
	size_t end = str_find(s, STR("?="), q1 + 3);

	if (end == SIZE_MAX)
		return false;
	*ret = (struct word){
		.charset = charset,
		.encoding = e,
		.text = { s.p + q1 + 3, end - q1 - 3 },
		.end = end + 2,
	};
	return true;
}

static void
add_decoded(struct arena *a, struct str charset, struct str bytes, struct buf *out)
{
	buf_str(out, mail_charset_decode(a, charset, bytes, NULL));
}

/* ${s} is unfolded. */
static struct str
words_decode(struct arena *a, struct str s)
{
	struct buf *out = buf_new(a, LIMIT_MAIL_HEADER * 6 + 64);
	size_t plain = 0; /* start of text that is not yet written */
	size_t i = 0;
	struct word w;

	while (i < s.n) {
		size_t next = str_find(s, STR("=?"), i);

		if (next == SIZE_MAX)
			break;
		if (!word_at(s, next, &w)) {
			i = next + 2;
			continue;
		}
		add_decoded(a, STR_NULL, (struct str){ s.p + plain, next - plain }, out);
		/* RFC 2047 6.2: blanks between words vanish; and words of one charset
		 * are joined before decoding, since mailers cut inside characters. */
		struct str charset = w.charset;
		struct buf *bytes = buf_new(a, LIMIT_MAIL_HEADER + 64);

		for (;;) {
			if (w.encoding == 'b')
				b_decode(w.text, bytes);
			else
				q_decode(w.text, bytes);
			i = w.end;
			size_t gap = i;

			while (gap < s.n && is_blank(s.p[gap]))
				gap++;
			struct word more;

			if (!word_at(s, gap, &more))
				break;
			if (!str_equal_case(more.charset, charset)) {
				add_decoded(a, charset, buf_view(bytes), out);
				buf_clear(bytes);
				charset = more.charset;
			}
			w = more;
		}
		add_decoded(a, charset, buf_view(bytes), out);
		plain = i;
	}
	add_decoded(a, STR_NULL, str_skip(s, plain), out);
	return buf_view(out);
}

static const char *
clean(struct arena *a, struct str s)
{
	struct str line = utf8_clean_line(a, s);

	/* Cleaning can leave a NUL-free text only; the bound is in bytes. */
	if (line.n > LIMIT_MAIL_HEADER) {
		size_t n = LIMIT_MAIL_HEADER;

		while (n > 0 && ((unsigned char)line.p[n] & 0xC0) == 0x80)
			n--;
		line.n = n;
	}
	return arena_cstr(a, line);
}

const char *
mail_header_text(struct arena *a, struct str value)
{
	return clean(a, words_decode(a, unfold(a, value)));
}

/* The end of a comment that begins at ${i}: the index after its ")". */
static size_t
comment_end(struct str s, size_t i)
{
	size_t depth = 0;

	for (; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.n;
}

static size_t
quoted_end(struct str s, size_t i)
{
	for (i++; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

/* Raw ISO-2022-JP and Shift_JIS have bytes that look like quotes, brackets and
 * backslashes: decode before looking for those. */
static struct str
escapes_decode(struct arena *a, struct str s)
{
	return mail_charset_decode(a, STR_NULL, s, NULL);
}

struct str
mail_header_bare(struct arena *a, struct str value)
{
	struct str s = escapes_decode(a, unfold(a, value));
	struct buf *b = buf_new(a, s.n + 1);
	size_t i = 0;

	while (i < s.n) {
		if (s.p[i] == '"') {
			size_t end = quoted_end(s, i);

			buf_add(b, s.p + i, end - i);
			i = end;
		} else if (s.p[i] == '(') {
			i = comment_end(s, i);
			buf_char(b, ' ');
		} else {
			buf_char(b, s.p[i++]);
		}
	}
	return str_trim(buf_view(b));
}

/* A quoted string's content, or the text itself. */
static struct str
unquote(struct arena *a, struct str s)
{
	struct buf *b = buf_new(a, s.n + 1);

	s = str_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			continue;
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		buf_char(b, s.p[i]);
	}
	return buf_view(b);
}

static bool
address_parse(struct arena *a, struct str s, const char **ret)
{
	s = str_trim(s);
	/* RFC 5322 4.4: an obsolete route "@a,@b:user@host". */
	if (s.n > 0 && s.p[0] == '@') {
		size_t colon = str_find_char(s, ':', 0);

		if (colon == SIZE_MAX)
			return false;
		s = str_skip(s, colon + 1);
	}
	if (str_starts_case(s, STR("mailto:")))
		s = str_skip(s, 7);
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			i = quoted_end(s, i) - 1;
		else if (s.p[i] == '@')
			at = i;
	}
	if (at == SIZE_MAX || at == 0 || at + 1 == s.n || s.n > LIMIT_ADDRESS)
		return false;
	struct buf *b = buf_new(a, LIMIT_ADDRESS + 1);

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c <= ' ' && c >= 0 && s.p[0] != '"') || c == 0x7F)
			return false;
		buf_char(b, i > at ? str_lower(c) : c);
	}
	*ret = clean(a, mail_charset_decode(a, STR("utf-8"), buf_view(b), NULL));
	return (*ret)[0] != '\0';
}

/* One mailbox without its comma; ${comment}: "user@host (Name)". */
static bool
mailbox_parse(struct arena *a, struct str s, struct mail_address *ret)
{
	size_t open = SIZE_MAX, close = SIZE_MAX;
	struct buf *bare = buf_new(a, s.n + 1);
	struct str comment = STR_NULL;

	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '"') {
			size_t end = quoted_end(s, i);

			buf_add(bare, s.p + i, end - i);
			i = end;
		} else if (s.p[i] == '(') {
			size_t end = comment_end(s, i);

			comment = (struct str){ s.p + i + 1, end - i - 1 };
			if (str_ends(comment, STR(")")))
				comment.n--;
			i = end;
			buf_char(bare, ' ');
		} else {
			if (s.p[i] == '<')
				open = bare->n;
			else if (s.p[i] == '>' && open != SIZE_MAX && close == SIZE_MAX)
				close = bare->n;
			buf_char(bare, s.p[i++]);
		}
	}
	struct str all = buf_view(bare);

	if (open == SIZE_MAX) {
		if (!address_parse(a, all, &ret->address))
			return false;
		ret->name = clean(a, words_decode(a, comment));
		return true;
	}
	if (close == SIZE_MAX || close < open)
		close = all.n;
	if (!address_parse(a, (struct str){ all.p + open + 1, close - open - 1 }, &ret->address))
		return false;
	struct str name = unquote(a, str_take(all, open));

	ret->name = clean(a, words_decode(a, name.n > 0 ? name : comment));
	return true;
}

static void
addresses_add(struct arena *a, struct mail_addresses *all, const struct mail_address *one)
{
	if ((all->n & (all->n + 1)) == 0 || all->n == 0) { /* full at 0, 1, 3, 7, … */
		struct mail_address *more = arena_many(a, struct mail_address, all->n * 2 + 1);

		if (all->n > 0)
			memcpy(more, all->item, all->n * sizeof(*more));
		all->item = more;
	}
	all->item[all->n++] = *one;
}

void
mail_header_addresses(
    struct arena *a, struct str value, struct mail_addresses *ret, size_t *ret_left_out)
{
	struct str s = escapes_decode(a, unfold(a, value));
	struct mail_addresses all = { 0 };
	size_t left_out = 0;
	size_t from = 0;
	size_t i = 0;
	bool angle = false;

	while (i <= s.n) {
		char c = i < s.n ? s.p[i] : ',';

		if (c == '"') {
			i = quoted_end(s, i);
			continue;
		}
		if (c == '(') {
			i = comment_end(s, i);
			continue;
		}
		if (c == '<')
			angle = true;
		else if (c == '>')
			angle = false;
		if (i < s.n && angle && c != '>') {
			i++; /* a route may hold commas and colons */
			continue;
		}
		if (c == ':' && i + 1 < s.n) {
			from = ++i; /* a group's name (RFC 5322 3.4) */
			continue;
		}
		if (c == ',' || c == ';') {
			struct str one = { s.p + from, i - from };
			struct mail_address address;

			if (str_trim(one).n > 0) {
				if (!mailbox_parse(a, one, &address))
					left_out++;
				else if (all.n < LIMIT_MAIL_PARTS)
					addresses_add(a, &all, &address);
			}
			from = i + 1;
		}
		i++;
	}
	*ret = all;
	if (ret_left_out != NULL)
		*ret_left_out = left_out;
}

void
mail_header_ids(struct arena *a, struct str value, struct mail_texts *ret)
{
	struct str s = unfold(a, value);
	size_t most = 0;

	for (size_t i = 0; i < s.n; i++)
		most += s.p[i] == '<';
	*ret = (struct mail_texts){ .item = arena_many(a, const char *, most + 1) };
	for (size_t open = str_find_char(s, '<', 0); open != SIZE_MAX;) {
		size_t close = str_find_char(s, '>', open);

		if (close == SIZE_MAX)
			close = s.n;
		const char *id = clean(a, mail_charset_decode(a, STR("utf-8"),
		    (struct str){ s.p + open + 1, close - open - 1 }, NULL));

		if (id[0] != '\0')
			ret->item[ret->n++] = id;
		open = str_find_char(s, '<', close);
	}
	/* Some mailers forget the brackets. */
	if (ret->n == 0 && str_find_char(s, '@', 0) != SIZE_MAX) {
		struct str word = s;

		(void)str_split(&s, ' ', &word); /* with no blank it is all of it */
		ret->item[ret->n++] = clean(a, mail_charset_decode(a, STR("utf-8"), word, NULL));
	}
}

const char *
mail_header_token(struct arena *a, struct str value)
{
	struct str s = mail_header_bare(a, value);
	struct buf *b = buf_new(a, 200);

	for (size_t i = 0; i < s.n && s.p[i] != ';' && s.p[i] != '\0' && b->n < 128; i++) {
		char c = s.p[i];

		if (str_is_alnum(c) || (c != '\0' && strchr("/-+._!#$&^", c) != NULL))
			buf_char(b, str_lower(c));
	}
	return buf_cstr(a, b);
}

struct piece {
	unsigned number;
	bool encoded; /* name*0*=… */
	struct str value;
};

/* "name", "name*", "name*3", "name*3*" */
static bool
piece_name(struct str key, const char *name, bool *ret_extended, struct piece *ret)
{
	struct str want = str_of(name);
	uint64_t number = 0;

	if (!str_starts_case(key, want))
		return false;
	key = str_skip(key, want.n);
	*ret = (struct piece){ 0 };
	*ret_extended = false;
	if (key.n == 0)
		return true;
	if (!str_eat(&key, STR("*")))
		return false;
	*ret_extended = true;
	if (key.n == 0) {
		ret->encoded = true;
		return true;
	}
	if (!str_eat_digits(&key, 1, 4, &number))
		return false;
	ret->number = (unsigned)number;
	ret->encoded = str_eat(&key, STR("*"));
	return key.n == 0;
}

static void
percent_decode(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
		int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

		if (s.p[i] == '%' && high >= 0 && low >= 0) {
			buf_char(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_char(out, s.p[i]);
		}
	}
}

static const char *
pieces_join(struct arena *a, struct piece *pieces, size_t n)
{
	struct buf *bytes = buf_new(a, LIMIT_MAIL_HEADER + 64);
	struct str charset = STR_NULL;
	bool encoded = false;

	for (unsigned want = 0; want < n; want++) {
		for (size_t i = 0; i < n; i++) {
			struct str v = pieces[i].value;

			if (pieces[i].number != want)
				continue;
			if (want == 0 && pieces[i].encoded) {
				struct str rest = v, language;

				encoded = true;
				if (!str_split(&rest, '\'', &charset) ||
				    !str_split(&rest, '\'', &language)) {
					charset = STR_NULL;
					rest = v;
				}
				v = rest;
			}
			if (pieces[i].encoded)
				percent_decode(v, bytes);
			else
				buf_str(bytes, v);
			break;
		}
	}
	(void)encoded;
	return clean(a, mail_charset_decode(a, charset, buf_view(bytes), NULL));
}

const char *
mail_header_param(struct arena *a, struct str value, const char *name)
{
	struct str s = mail_header_bare(a, value);
	struct piece pieces[64];
	size_t n = 0;
	const char *simple = NULL;
	size_t i = str_find_char(s, ';', 0);

	while (i != SIZE_MAX && i < s.n) {
		size_t equals = i + 1;

		while (equals < s.n && s.p[equals] != '=' && s.p[equals] != ';')
			equals++;
		if (equals >= s.n)
			break;
		if (s.p[equals] == ';') {
			i = equals;
			continue;
		}
		struct str key = str_trim((struct str){ s.p + i + 1, equals - i - 1 });
		size_t end = equals + 1;
		struct piece piece;
		bool extended;

		while (end < s.n && s.p[end] != ';')
			end = s.p[end] == '"' ? quoted_end(s, end) : end + 1;
		struct str raw = { s.p + equals + 1, end - equals - 1 };

		i = end;
		if (!piece_name(key, name, &extended, &piece))
			continue;
		piece.value = unquote(a, raw);
		if (!extended) {
			if (simple == NULL)
				simple = clean(a, words_decode(a, piece.value));
		} else if (n < COUNT(pieces)) {
			pieces[n++] = piece;
		}
	}
	/* RFC 2231 wins: the plain form beside it is for old readers. */
	return n > 0 ? pieces_join(a, pieces, n) : simple;
}

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
	"sep", "oct", "nov", "dec" };

static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{ "ut", 0 }, { "gmt", 0 }, { "utc", 0 }, { "z", 0 }, { "est", -300 }, { "edt", -240 },
	{ "cst", -360 }, { "cdt", -300 }, { "mst", -420 }, { "mdt", -360 }, { "pst", -480 },
	{ "pdt", -420 }, { "jst", 540 }, { "kst", 540 }, { "cet", 60 }, { "cest", 120 },
	{ "bst", 60 },
};

static void
eat_blanks(struct str *s)
{
	while (s->n > 0 && (is_blank(s->p[0]) || s->p[0] == ','))
		*s = str_skip(*s, 1);
}

static bool
zone_parse(struct str s, int *ret)
{
	uint64_t hhmm;

	if (s.n > 0 && (s.p[0] == '+' || s.p[0] == '-')) {
		bool west = s.p[0] == '-';

		s = str_skip(s, 1);
		if (!str_eat_digits(&s, 4, 4, &hhmm) || hhmm % 100 > 59 || hhmm > 1500)
			return false;
		*ret = (int)(hhmm / 100 * 60 + hhmm % 100) * (west ? -1 : 1);
		return true;
	}
	size_t n = 0;

	while (n < s.n && str_is_alpha(s.p[n]))
		n++;
	for (size_t i = 0; i < COUNT(zones); i++)
		if (str_is_case(str_take(s, n), zones[i].name)) {
			*ret = zones[i].minutes;
			return true;
		}
	*ret = 0; /* RFC 5322 4.3: an unknown letter zone counts as -0000 */
	return true;
}

int64_t
mail_header_date(struct str value)
{
	char flat[128];
	size_t n = 0;
	size_t depth = 0;

	/* Comments and folding out; a date is short. */
	for (size_t i = 0; i < value.n && n < sizeof(flat); i++) {
		char c = value.p[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0)
			flat[n++] = is_blank(c) || c == '-' ? (c == '-' ? '-' : ' ') : c;
	}
	struct str s = { flat, n };
	uint64_t day, year, hour, minute, second = 0;
	int zone = 0;
	int month = 0;

	eat_blanks(&s);
	while (s.n > 0 && str_is_alpha(s.p[0]))
		s = str_skip(s, 1); /* the weekday: never believed */
	eat_blanks(&s);
	if (!str_eat_digits(&s, 1, 2, &day))
		return 0;
	(void)str_eat(&s, STR("-")); /* "21-Nov-2026" is met too */
	eat_blanks(&s);
	for (int i = 0; i < 12; i++)
		if (str_starts_case(s, str_of(months[i])))
			month = i + 1;
	if (month == 0)
		return 0;
	while (s.n > 0 && (str_is_alpha(s.p[0]) || s.p[0] == '-' || s.p[0] == '.'))
		s = str_skip(s, 1);
	eat_blanks(&s);
	if (!str_eat_digits(&s, 2, 4, &year))
		return 0;
	if (year < 100) /* RFC 5322 4.3 */
		year += year < 50 ? 2000 : 1900;
	eat_blanks(&s);
	if (!str_eat_digits(&s, 1, 2, &hour) || !str_eat(&s, STR(":")) ||
	    !str_eat_digits(&s, 2, 2, &minute))
		return 0;
	if (str_eat(&s, STR(":")) && !str_eat_digits(&s, 2, 2, &second))
		return 0;
	eat_blanks(&s);
	if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || year < 1970 ||
	    year > 9999 || !zone_parse(s, &zone))
		return 0;
	struct civil c = {
		.year = (int32_t)year,
		.month = month,
		.day = (int32_t)day,
		.hour = (int32_t)hour,
		.minute = (int32_t)minute,
		.second = (int32_t)(second == 60 ? 59 : second),
	};
	int64_t at = clock_from_civil(&c, zone * 60);

	return at > 0 ? at : 0;
}

/* The word after " ${key} " at or after the start. */
static struct str
after_word(struct str s, const char *key)
{
	struct str word;

	while (str_split(&s, ' ', &word)) {
		if (!str_is_case(word, key))
			continue;
		while (str_split(&s, ' ', &word))
			if (word.n > 0)
				return word;
	}
	return STR_NULL;
}

static struct str
strip(struct str s, const char *characters)
{
	while (s.n > 0 && s.p[0] != '\0' && strchr(characters, s.p[0]) != NULL)
		s = str_skip(s, 1);
	while (s.n > 0 && s.p[s.n - 1] != '\0' && strchr(characters, s.p[s.n - 1]) != NULL)
		s.n--;
	return s;
}

/* The first IP address in brackets, "[192.0.2.1]" or "[IPv6:2001:db8::1]". */
static const char *
bracketed_ip(struct arena *a, struct str s)
{
	for (size_t open = str_find_char(s, '[', 0); open != SIZE_MAX;
	     open = str_find_char(s, '[', open + 1)) {
		size_t close = str_find_char(s, ']', open);

		if (close == SIZE_MAX)
			break;
		struct str one = { s.p + open + 1, close - open - 1 };
		struct ip ip;

		(void)str_eat_case(&one, STR("IPv6:"));
		if (ip_parse(one, &ip) == OK)
			return ip_format(a, &ip);
	}
	return "";
}

void
mail_header_hop(struct arena *a, struct str value, struct mail_hop *ret)
{
	struct str whole = unfold(a, value);
	struct str bare = mail_header_bare(a, value);
	/* The client's address stands between "from" and "by". */
	size_t by = str_find_case(whole, STR(" by "), 0);
	size_t date = SIZE_MAX;

	for (size_t i = 0; i < whole.n; i++)
		if (whole.p[i] == ';')
			date = i;
	*ret = (struct mail_hop){
		.from = clean(a, strip(after_word(bare, "from"), ";")),
		.ip = str_starts_case(whole, STR("from")) ? bracketed_ip(a, str_take(whole, by)) : "",
		.by = clean(a, strip(after_word(bare, "by"), ";")),
		.with = clean(a, strip(after_word(bare, "with"), ";")),
		.at = date == SIZE_MAX ? 0 : mail_header_date(str_skip(whole, date + 1)),
	};
}

static void
checks_add(struct arena *a, struct mail_checks *all, const struct mail_check *one)
{
	if (all->n >= 64)
		return;
	if (all->item == NULL)
		all->item = arena_many(a, struct mail_check, 64);
	all->item[all->n++] = *one;
}

static const char *
lower(struct arena *a, struct str s)
{
	char *p = arena_dupn(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = str_lower(p[i]);
	return clean(a, (struct str){ p, s.n });
}

void
mail_header_checks(struct arena *a, struct str value, bool is_spf, struct mail_checks *all)
{
	struct str rest = mail_header_bare(a, value);
	struct str clause, by = STR_NULL;

	if (is_spf) { /* RFC 7208 9.1: "pass (comment) receiver=…; client-ip=…" */
		struct str result = rest;

		(void)str_split(&rest, ' ', &result);
		const char *receiver = mail_header_param(a, value, "receiver");

		if (receiver == NULL) { /* the first pair has no ";" before it */
			size_t at = str_find_case(rest, STR("receiver="), 0);
			struct str word = at == SIZE_MAX ? STR_NULL : str_skip(rest, at + 9);

			word = str_take(word, str_find_char(word, ';', 0));
			receiver = clean(a, str_trim(word));
		}
		checks_add(a, all,
		    &(struct mail_check){
			.method = "spf",
			.result = lower(a, strip(result, ";")),
			.detail = clean(a, str_trim(rest)),
			.by = receiver,
		    });
		return;
	}
	/* RFC 8601 2.2: "authserv-id [version]; method=result key=value …; …" */
	if (!str_split(&rest, ';', &by))
		return;
	by = str_trim(by);
	struct str version = by;

	(void)str_split(&version, ' ', &by);
	while (str_split(&rest, ';', &clause)) {
		struct str pair = str_trim(clause), method, result;

		if (!str_split(&pair, '=', &method))
			continue;
		pair = str_trim(pair);
		result = pair;
		if (str_split(&pair, ' ', &result) && method.n > 0 && result.n > 0 &&
		    !str_is_case(str_trim(method), "none"))
			checks_add(a, all,
			    &(struct mail_check){
				.method = lower(a, str_take(str_trim(method), 40)),
				.result = lower(a, str_take(result, 40)),
				.detail = clean(a, str_trim(pair)),
				.by = clean(a, by),
			    });
	}
}
