/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <string.h>

#include "base/arena.h"

const char *
hex_format(struct arena *a, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;
	char *s = arena_alloc(a, n * 2 + 1);

	for (size_t i = 0; i < n; i++) {
		s[2 * i] = digits[b[i] >> 4];
		s[2 * i + 1] = digits[b[i] & 15];
	}
	return s;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err
hex_parse(struct str s, void *ret, size_t n)
{
	if (s.n != n * 2)
		return ERR_INVALID;
	for (size_t i = 0; i < s.n; i++) {
		if (digit(s.p[i]) < 0)
			return ERR_INVALID;
	}
	for (size_t i = 0; i < n; i++) {
		((unsigned char *)ret)[i] = (unsigned char)(
		    digit(s.p[2 * i]) * 16 + digit(s.p[2 * i + 1]));
	}
	return OK;
}
