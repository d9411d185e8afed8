/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/buf.h"

#define REPLACEMENT 0xfffd
#define JOINER 0x034f /* COMBINING GRAPHEME JOINER */

/*
 * More marks on one letter than any writing has.  Sorting them, as
 * normalisation must, takes quadratic time; UAX 15 section 13 ("stream-safe
 * text") therefore puts a joiner after so many.
 */
#define MARKS 30

/* The length of the character at the front, 0 when it is not valid UTF-8. */
static size_t
decode(struct str s, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n;
	uint32_t c, least;

	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2;
		c = p[0] & 0x1fU;
		least = 0x80;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		n = 3;
		c = p[0] & 0x0fU;
		least = 0x800;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4;
		c = p[0] & 0x07U;
		least = 0x10000;
	} else {
		return 0;
	}
	if (s.n < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

static void
add(struct buf *b, uint32_t c)
{
	utf8proc_uint8_t bytes[4];

	buf_add(b, bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes));
}

bool
utf8_valid(struct str s)
{
	while (s.n > 0) {
		uint32_t c;
		size_t n = decode(s, &c);

		if (n == 0 || c == 0)
			return false;
		s = str_skip(s, n);
	}
	return true;
}

uint32_t
utf8_next(struct str *s)
{
	uint32_t c = REPLACEMENT;
	size_t n;

	if (s->n == 0)
		return 0;
	n = decode(*s, &c);
	*s = str_skip(*s, n == 0 ? 1 : n);
	return c;
}

size_t
utf8_count(struct str s)
{
	size_t n = 0;

	for (; s.n > 0; n++)
		(void)utf8_next(&s); /* only counted */
	return n;
}

static size_t
width_of(uint32_t c)
{
	int w = c < 0x20 ? 0 : utf8proc_charwidth((utf8proc_int32_t)c);

	return w > 0 ? (size_t)w : 0;
}

size_t
utf8_width(struct str s)
{
	size_t n = 0;

	while (s.n > 0)
		n += width_of(utf8_next(&s));
	return n;
}

struct str
utf8_take(struct str s, size_t n)
{
	struct str rest = s;

	while (n > 0 && rest.n > 0) {
		(void)utf8_next(&rest); /* only passed over */
		n--;
	}
	return str_take(s, s.n - rest.n);
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	}
	return true;
}

/* Valid, stream-safe text of ${s}; with ${strip} without controls. */
static struct str
safe(struct arena *a, struct str s, bool strip)
{
	struct buf *b = buf_new(a, SIZE_MAX / 2);
	size_t marks = 0;

	while (s.n > 0) {
		uint32_t c = utf8_next(&s);

		if (strip && c == '\r') {
			(void)str_eat(&s, STR("\n")); /* a lone CR ends a line too */
			c = '\n';
		}
		if (strip && ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f))
			continue;
		bool mark = c >= 0x300 &&
		    utf8proc_get_property((utf8proc_int32_t)c)->combining_class != 0;

		marks = mark ? marks + 1 : 0;
		if (marks > MARKS) {
			add(b, JOINER);
			marks = 1;
		}
		add(b, c);
	}
	return arena_str(a, buf_view(b));
}

/* ${s} is valid and stream-safe: then nothing here can fail. */
static struct str
map(struct arena *a, struct str s, utf8proc_option_t options)
{
	utf8proc_uint8_t *p = NULL;
	utf8proc_ssize_t n =
	    utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &p, options);

	if (n < 0 || p == NULL)
		abort(); /* no memory, as in the arena */
	struct str copy = arena_str(a, (struct str){ .p = (char *)p, .n = (size_t)n });

	free(p);
	return copy;
}

struct str
utf8_clean(struct arena *a, struct str s)
{
	struct str clean = safe(a, s, true);

	if (is_ascii(clean))
		return clean;
	return map(a, clean, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

/* Blanks that people type but do not see; a title has one kind of them. */
static bool
is_blank(uint32_t c)
{
	return c == '\t' || c == '\n' || c == ' ' || c == 0x3000 || c == 0xa0 || c == 0x2028 ||
	    c == 0x2029 || c == 0x85;
}

struct str
utf8_clean_line(struct arena *a, struct str s)
{
	struct str clean = utf8_clean(a, s);
	struct buf *b = buf_new(a, SIZE_MAX / 2);
	struct str blanks = STR_NULL; /* seen, and written before the next word */

	while (clean.n > 0) {
		struct str from = clean;
		uint32_t c = utf8_next(&clean);
		struct str bytes = str_take(from, from.n - clean.n);

		if (!is_blank(c)) {
			if (b->n > 0)
				buf_str(b, blanks);
			blanks = STR_NULL;
			buf_str(b, bytes);
		} else if (blanks.n == 0) {
			/* One stays as it is: a name may hold a wide one. */
			blanks = c == 0x3000 ? bytes : STR(" ");
		}
	}
	return arena_str(a, buf_view(b));
}

struct str
utf8_fold(struct arena *a, struct str s)
{
	struct str in = safe(a, s, false);

	if (is_ascii(in)) {
		char *p = arena_dupn(a, in.p, in.n);

		for (size_t i = 0; i < in.n; i++)
			p[i] = str_lower(p[i]);
		return (struct str){ .p = p, .n = in.n };
	}
	return map(a, in,
	    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}
