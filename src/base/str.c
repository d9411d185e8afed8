/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

static bool
same_case(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_lower(a[i]) != str_lower(b[i]))
			return false;
	}
	return true;
}

bool
str_equal_case(struct str a, struct str b)
{
	return a.n == b.n && same_case(a.p, b.p, a.n);
}

bool
str_is_case(struct str a, const char *b)
{
	return str_equal_case(a, str_of(b));
}

int
str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return (a.n > b.n) - (a.n < b.n);
}

bool
str_starts_case(struct str s, struct str with)
{
	return s.n >= with.n && same_case(s.p, with.p, with.n);
}

bool
str_ends(struct str s, struct str with)
{
	return s.n >= with.n && str_equal(str_skip(s, s.n - with.n), with);
}

bool
str_ends_case(struct str s, struct str with)
{
	return s.n >= with.n && str_equal_case(str_skip(s, s.n - with.n), with);
}

size_t
str_find_case(struct str s, struct str what, size_t from)
{
	if (what.n == 0)
		return from <= s.n ? from : SIZE_MAX;
	for (size_t i = from; i < s.n && s.n - i >= what.n; i++) {
		if (same_case(s.p + i, what.p, what.n))
			return i;
	}
	return SIZE_MAX;
}

size_t
str_find(struct str s, struct str what, size_t from)
{
	if (from > s.n)
		return SIZE_MAX;
	if (what.n == 0)
		return from;
	const char *hit = s.n == from
	    ? NULL
	    : memmem(s.p + from, s.n - from, what.p, what.n);

	return hit == NULL ? SIZE_MAX : (size_t)(hit - s.p);
}

size_t
str_find_char(struct str s, char c, size_t from)
{
	if (from >= s.n)
		return SIZE_MAX;
	const char *hit = memchr(s.p + from, c, s.n - from);

	return hit == NULL ? SIZE_MAX : (size_t)(hit - s.p);
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && str_is_space(s.p[0]))
		s = str_skip(s, 1);
	while (s.n > 0 && str_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
str_split(struct str *s, char by, struct str *ret)
{
	if (s->p == NULL)
		return false;
	size_t at = str_find_char(*s, by, 0);

	if (at == SIZE_MAX) {
		*ret = *s;
		*s = STR_NULL;
	} else {
		*ret = str_take(*s, at);
		*s = str_skip(*s, at + 1);
	}
	return true;
}

bool
str_line(struct str *s, struct str *ret)
{
	if (s->n == 0)
		return false;
	if (!str_split(s, '\n', ret))
		return false;
	if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
		ret->n--;
	return true;
}

bool
str_eat(struct str *s, struct str what)
{
	if (!str_starts(*s, what))
		return false;
	*s = str_skip(*s, what.n);
	return true;
}

bool
str_eat_case(struct str *s, struct str what)
{
	if (!str_starts_case(*s, what))
		return false;
	*s = str_skip(*s, what.n);
	return true;
}

bool
str_eat_digits(struct str *s, size_t min, size_t max, uint64_t *ret)
{
	uint64_t value = 0;
	size_t n = 0;

	while (n < s->n && n < max && n < 19 && str_is_digit(s->p[n])) {
		value = value * 10 + (uint64_t)(s->p[n] - '0');
		n++;
	}
	if (n < min)
		return false;
	*s = str_skip(*s, n);
	*ret = value;
	return true;
}

bool
str_int(struct str s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = str_eat(&s, STR("-"));
	uint64_t value;

	if (!str_eat_digits(&s, 1, 19, &value) || s.n > 0 ||
	    value > INT64_MAX)
		return false;
	int64_t v = negative ? -(int64_t)value : (int64_t)value;

	if (v < min || v > max)
		return false;
	*ret = v;
	return true;
}
