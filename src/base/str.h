/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - a piece of somebody else's text: pointer and length.
 *
 * It owns nothing and need not end with NUL.  The str_eat functions read a
 * text from its front and shorten it; on failure they leave it as it was.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p; /* may be NULL when n is 0 */
	size_t n;      /* bytes */
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NULL ((struct str){ NULL, 0 })
/* For printf("%.*s", STR_F(s)); texts here are far below INT_MAX. */
#define STR_F(s) (int)(s).n, (s).p == NULL ? "" : (s).p

/* The smallest are here and not in str.c: pages call them by the thousand. */

/* NULL gives the empty text */
static inline struct str
str_of(const char *s)
{
	return (struct str){ .p = s, .n = s == NULL ? 0 : strlen(s) };
}

static inline bool
str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_is(struct str a, const char *b)
{
	return str_equal(a, str_of(b));
}

bool str_equal_case(struct str a, struct str b); /* ASCII letters folded */
bool str_is_case(struct str a, const char *b);
int str_compare(struct str a, struct str b); /* bytewise, like memcmp */

static inline bool
str_starts(struct str s, struct str with)
{
	return s.n >= with.n && (with.n == 0 || memcmp(s.p, with.p, with.n) == 0);
}

bool str_starts_case(struct str s, struct str with);
bool str_ends(struct str s, struct str with);
bool str_ends_case(struct str s, struct str with);

/* Byte index of the first ${what} at or after ${from}, or SIZE_MAX. */
size_t str_find(struct str s, struct str what, size_t from);
size_t str_find_case(struct str s, struct str what, size_t from);
size_t str_find_char(struct str s, char c, size_t from);

/* ${n} is cut to s.n */
static inline struct str
str_skip(struct str s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return (struct str){ .p = n == 0 ? s.p : s.p + n, .n = s.n - n };
}

static inline struct str
str_take(struct str s, size_t n)
{
	return (struct str){ .p = s.p, .n = n < s.n ? n : s.n };
}

struct str str_trim(struct str s); /* blanks, tabs, CR, LF on both ends */

/* Cut the piece before the first ${by}; false when ${*s} was used up. */
bool str_split(struct str *s, char by, struct str *ret);
/* The next line without its LF or CRLF; false at the end. */
bool str_line(struct str *s, struct str *ret);

bool str_eat(struct str *s, struct str what);
bool str_eat_case(struct str *s, struct str what);
/* ${min}..${max} decimal digits, max at most 19, value fits. */
bool str_eat_digits(
    struct str *s, size_t min, size_t max, uint64_t *ret);

/* The whole of ${s} as a decimal number within the bounds. */
bool str_int(struct str s, int64_t min, int64_t max, int64_t *ret);

static inline bool
str_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
str_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
str_is_alnum(char c)
{
	return str_is_alpha(c) || str_is_digit(c);
}

/* Blank, tab, CR, LF, VT, FF. */
static inline bool
str_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ASCII */
static inline char
str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

#endif
