/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"

/* Disguises that stand anywhere, longest of a kind first. */
static const struct {
	const char *disguise; /* ASCII letters in either case */
	const char *plain;
} disguises[] = {
	{ "[://]", "://" },
	{ "[:]//", "://" },
	{ "[.]", "." },
	{ "(.)", "." },
	{ "{.}", "." },
	{ "[dot]", "." },
	{ "(dot)", "." },
	{ "{dot}", "." },
	{ "[:]", ":" },
	{ "[@]", "@" },
	{ "(@)", "@" },
	{ "[at]", "@" },
	{ "(at)", "@" },
	{ "{at}", "@" },
	{ "[/]", "/" },
	{ "\\.", "." },
	{ "：／／", "://" },
};

/* Disguises of a mark that need a name on both sides: elsewhere they are
 * Japanese punctuation. */
static const struct {
	const char *disguise, *plain;
} between[] = {
	{ "．", "." },
	{ "。", "." },
	{ "｡", "." },
	{ "＠", "@" },
};

static const struct {
	const char *disguise, *plain;
} schemes[] = {
	{ "hxxps", "https" },
	{ "hxxp", "http" },
	{ "h**ps", "https" },
	{ "h**p", "http" },
	{ "h__ps", "https" },
	{ "h__p", "http" },
	{ "hxtps", "https" },
	{ "hxtp", "http" },
	{ "htxps", "https" },
	{ "htxp", "http" },
	{ "ttps", "https" },
	{ "ttp", "http" },
	{ "fxp", "ftp" },
};

static bool
is_name(char c)
{
	return str_is_alnum(c) || c == '-' || c == '_';
}

/*
 * The full stop of Japanese is a dot of "example。com", but ends a sentence in
 * "example.com。see", where the name has a real dot already,
 * and in "CVE-2024-1。See".
 */
static bool
ends_sentence(struct str s, size_t at, char next)
{
	if (next >= 'A' && next <= 'Z')
		return true;
	for (size_t i = at; i > 0 && at - i < 64; i--) {
		char c = s.p[i - 1];

		if (c == '.' || c == ']')
			return true;
		if (!is_name(c))
			return false;
	}
	return false;
}

/* Both neighbours belong to a name or begin another disguise. */
static bool
is_between(struct str s, size_t at, size_t n)
{
	if (at == 0 || at + n >= s.n)
		return false;
	return (is_name(s.p[at - 1]) || s.p[at - 1] == ']') &&
	    (is_name(s.p[at + n]) || s.p[at + n] == '[');
}

/* Every byte of a text comes here: most are told by a look at it and the next. */
static bool
may_begin(struct str s, size_t at)
{
	static const char *const next[256] = { ['['] = "", ['('] = "", ['{'] = "", ['\\'] = "",
		['h'] = "xX*_tT", ['H'] = "xX*_tT", ['t'] = "tT", ['T'] = "tT", ['f'] = "xX", ['F'] = "xX",
		[0xe3] = "\x80", [0xef] = "\xbc\xbd" };
	const char *may = at < s.n ? next[(unsigned char)s.p[at]] : NULL;

	if (may == NULL || *may == '\0')
		return may != NULL;
	while (at + 1 < s.n && *may != '\0' && *may != s.p[at + 1])
		may++;
	return at + 1 < s.n && *may != '\0';
}

size_t
url_refang_at(struct str s, size_t at, const char **ret)
{
	struct str here = str_skip(s, at);

	if (!may_begin(s, at))
		return 0;
	for (size_t i = 0; i < COUNT(disguises); i++) {
		if (disguises[i].disguise[0] != here.p[0])
			continue;
		struct str d = str_of(disguises[i].disguise);

		if (str_starts_case(here, d)) {
			/* "index\.html" of a pattern is one; "C:\.git" is not. */
			if (d.p[0] == '\\' && !is_between(s, at, d.n))
				continue;
			*ret = disguises[i].plain;
			return d.n;
		}
	}
	for (size_t i = 0; (unsigned char)here.p[0] >= 0x80 && i < COUNT(between); i++) {
		struct str d = str_of(between[i].disguise);

		if (str_starts(here, d) && is_between(s, at, d.n)) {
			if (!str_is(d, "．") && !str_is(d, "＠") &&
			    ends_sentence(s, at, s.p[at + d.n]))
				return 0;
			*ret = between[i].plain;
			return d.n;
		}
	}
	if (memchr("hHtTfF", here.p[0], 6) == NULL || (at > 0 && str_is_alnum(s.p[at - 1])))
		return 0;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		struct str d = str_of(schemes[i].disguise);
		struct str after = str_skip(here, d.n);

		if (str_starts_case(here, d) &&
		    (str_starts(after, STR("://")) || str_starts(after, STR("[:]")) ||
			str_starts(after, STR("[://]")) || str_starts(after, STR("：／／")))) {
			*ret = schemes[i].plain;
			return d.n;
		}
	}
	return 0;
}

struct str
url_refang(struct arena *a, struct str s)
{
	/* Nothing that a disguise stands for is longer than five bytes. */
	struct buf *b = NULL;

	for (size_t i = 0; i < s.n;) {
		const char *plain;
		size_t n = url_refang_at(s, i, &plain);

		if (b == NULL && n > 0) {
			b = buf_new(a, s.n * 5 + 1);
			buf_str(b, str_take(s, i));
		}
		if (b == NULL) {
			i++;
			continue;
		}

		if (n == 0) {
			buf_char(b, s.p[i++]);
			continue;
		}
		buf_text(b, plain);
		i += n;
	}
	return b == NULL ? s : arena_str(a, buf_view(b));
}

/* "[.]" for each dot that is not so already. */
static void
add_dots(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.')
			buf_text(b, "[.]");
		else
			buf_char(b, s.p[i]);
	}
}

/* An IPv6 address has no dots: its first colon is put in brackets. */
static void
add_v6(struct buf *b, struct str s)
{
	size_t colon = str_find_char(s, ':', 0);

	add_dots(b, str_take(s, colon));
	buf_text(b, "[:]");
	add_dots(b, str_skip(s, colon + 1));
}

static void
add_authority(struct arena *a, struct buf *b, struct str s)
{
	struct ip ip;

	s = url_refang(a, s);
	size_t open = str_find_char(s, '[', 0), close = str_find_char(s, ']', 0);

	if (open != SIZE_MAX && close != SIZE_MAX && close > open + 1 &&
	    ip_parse(str_take(str_skip(s, open + 1), close - open - 1), &ip) == OK && ip.v == 6) {
		add_dots(b, str_take(s, open + 1));
		add_v6(b, str_take(str_skip(s, open + 1), close - open - 1));
		add_dots(b, str_skip(s, close));
	} else {
		add_dots(b, s);
	}
}

const char *
url_defang(struct arena *a, struct str s)
{
	struct buf *b = buf_new(a, s.n * 15 + 64);
	struct str plain = url_refang(a, str_take(s, 16));
	size_t colon = str_find(s, STR("://"), 0);
	struct ip ip;

	if (colon == SIZE_MAX && str_find(plain, STR("://"), 0) != SIZE_MAX) {
		s = url_refang(a, s);
		colon = str_find(s, STR("://"), 0);
	}
	if (colon != SIZE_MAX && colon <= 10) {
		struct str scheme = url_refang(a, str_take(s, colon + 3));
		struct str rest = str_skip(s, colon + 3);
		size_t end = 0;

		if (str_starts_case(scheme, STR("http")))
			buf_printf(b, "hxxp%.*s", STR_F(str_skip(scheme, 4)));
		else if (str_starts_case(scheme, STR("ftp")))
			buf_printf(b, "fxp%.*s", STR_F(str_skip(scheme, 3)));
		else
			buf_str(b, scheme);
		while (end < rest.n && str_find_char(STR("/\\?#"), rest.p[end], 0) == SIZE_MAX)
			end++;
		add_authority(a, b, str_take(rest, end));
		buf_str(b, str_skip(rest, end));
		return buf_cstr(a, b);
	}
	s = url_refang(a, s);
	if (ip_parse(s, &ip) == OK && ip.v == 6) {
		add_v6(b, s);
		return buf_cstr(a, b);
	}
	size_t at = str_find_char(s, '@', 0);

	if (at != SIZE_MAX) {
		buf_str(b, str_take(s, at));
		buf_text(b, "[@]");
		add_dots(b, str_skip(s, at + 1));
	} else {
		/* A host, perhaps with a path behind it. */
		size_t slash = str_find_char(s, '/', 0);

		add_dots(b, str_take(s, slash));
		buf_str(b, str_skip(s, slash));
	}
	return buf_cstr(a, b);
}
