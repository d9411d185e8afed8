/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "base/arena.h"

static const char *
format(struct arena *a, struct str s, const char *last, bool pad)
{
	static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789";
	char *out = arena_alloc(a, (s.n + 2) / 3 * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t v = 0;
		size_t have = s.n - i < 3 ? s.n - i : 3;

		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (j < have ? (unsigned char)s.p[i + j] : 0);
		for (size_t j = 0; j < 4; j++) {
			uint32_t d = v >> (18 - 6 * j) & 63;

			if (j <= have)
				out[n++] = d < 62 ? common[d] : last[d - 62];
			else if (pad)
				out[n++] = '=';
		}
	}
	return out;
}

const char *
base64_format(struct arena *a, struct str s)
{
	return format(a, s, "+/", true);
}

const char *
base64_url_format(struct arena *a, struct str s)
{
	return format(a, s, "-_", false);
}

static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (str_is_digit(c))
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

enum err
base64_parse(struct arena *a, struct str s, struct str *ret)
{
	while (s.n > 0 && s.p[s.n - 1] == '=')
		s.n--;
	if (s.n % 4 == 1)
		return ERR_INVALID;

	char *out = arena_alloc(a, s.n / 4 * 3 + 3);
	size_t n = 0;
	uint32_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		int d = value(s.p[i]);

		if (d < 0)
			return ERR_INVALID;
		v = v << 6 | (uint32_t)d;
		if (i % 4 == 3) {
			out[n++] = (char)(v >> 16);
			out[n++] = (char)(v >> 8);
			out[n++] = (char)v;
		}
	}
	if (s.n % 4 == 3) {
		out[n++] = (char)(v >> 10);
		out[n++] = (char)(v >> 2);
	} else if (s.n % 4 == 2) {
		out[n++] = (char)(v >> 4);
	}
	*ret = (struct str){ .p = out, .n = n };
	return OK;
}
