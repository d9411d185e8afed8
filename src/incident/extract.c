/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/extract.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/url.h"

static const char *const type_names[] = {
	[EXTRACT_URL] = "url",
	[EXTRACT_HOST] = "host",
	[EXTRACT_IPV4] = "ipv4",
	[EXTRACT_IPV6] = "ipv6",
	[EXTRACT_EMAIL] = "email",
	[EXTRACT_MD5] = "md5",
	[EXTRACT_SHA1] = "sha1",
	[EXTRACT_SHA256] = "sha256",
	[EXTRACT_CVE] = "cve",
	[EXTRACT_ASN] = "asn",
};

const char *
extract_type_name(enum extract_type type)
{
	return type_names[type];
}

bool
extract_type_parse(struct str s, enum extract_type *ret)
{
	for (size_t i = 0; i < COUNT(type_names); i++) {
		if (str_is(s, type_names[i])) {
			*ret = (enum extract_type)i;
			return true;
		}
	}
	return false;
}

/* The text without disguises, and where each of its bytes came from. */
struct plain {
	struct str text;
	const uint32_t *from;	  /* text.n + 1 of them; NULL: nothing was disguised */
	struct arena *scratch;
	bool many;		  /* a long text: scratch is its own and emptied for each hit */
	bool places;		  /* where URLs stand is enough, not what they are */
	bool stop;		  /* the taker has enough */
	void (*take)(void *object, const struct extract_found *found, struct str host);
	void *object;
};

static size_t
came_from(const struct plain *t, size_t at)
{
	return t->from == NULL ? at : t->from[at];
}

/* Every byte of a text comes here: most are told by a look at the table. */
static size_t
disguise_at(struct str s, size_t i, const char **ret)
{
	static const bool may_begin[256] = { ['['] = true, ['('] = true, ['{'] = true,
		['\\'] = true, ['h'] = true, ['H'] = true, ['t'] = true, ['T'] = true, ['f'] = true,
		['F'] = true, [0xe3] = true, [0xef] = true };

	return may_begin[(unsigned char)s.p[i]] ? url_refang_at(s, i, ret) : 0;
}

static void
make_plain(struct arena *a, struct str s, struct plain *ret)
{
	const char *first = NULL;
	size_t clear = 0; /* bytes before the first disguise */

	while (clear < s.n && disguise_at(s, clear, &first) == 0)
		clear++;
	if (clear == s.n) {
		ret->text = s;
		return;
	}
	/* A disguise is at least as long as what it stands for, but for "ttp",
	 * which must be followed by "://". */
	char *p = arena_alloc(a, s.n * 2 + 1);
	uint32_t *from = arena_many(a, uint32_t, s.n * 2 + 1);
	size_t n = clear;

	for (size_t i = 0; i < clear; i++) {
		p[i] = s.p[i];
		from[i] = (uint32_t)i;
	}
	for (size_t i = clear; i < s.n;) {
		const char *plain = NULL;
		size_t length = disguise_at(s, i, &plain);

		if (length == 0) {
			from[n] = (uint32_t)i;
			p[n++] = s.p[i++];
			continue;
		}
		for (size_t j = 0; plain[j] != '\0'; j++) {
			from[n] = (uint32_t)i;
			p[n++] = plain[j];
		}
		i += length;
	}
	from[n] = (uint32_t)s.n;
	ret->text = (struct str){ .p = p, .n = n };
	ret->from = from;
}

static void
hit(struct plain *t, enum extract_type type, struct str value, size_t from, size_t to,
    struct str host)
{
	struct extract_found found = {
		.type = type,
		.value = value,
		.at = came_from(t, from),
		.n = came_from(t, to) - came_from(t, from),
	};

	t->take(t->object, &found, host);
}

/* The original differs from the plain text: somebody disguised it on purpose. */
static bool
is_disguised(const struct plain *t, size_t from, size_t to)
{
	return came_from(t, to) - came_from(t, from) != to - from;
}

static bool
is_run(char c)
{
	return str_is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '%';
}

static bool
is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = str_lower(s.p[i]);

		if (!str_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
	}
	return s.n > 0;
}

static struct str
lower(struct arena *a, struct str s)
{
	char *p = arena_dupn(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = str_lower(p[i]);
	return (struct str){ .p = p, .n = s.n };
}

static struct str
last_label(struct str host)
{
	size_t at = host.n;

	while (at > 0 && host.p[at - 1] != '.')
		at--;
	return str_skip(host, at);
}

#define URL_MAX (LIMIT_URL - 8) /* with "https://" before it */

/*
 * The end of a URL's bytes that begin at ${at}: ASCII without blanks, quotes
 * and angles, then without the punctuation of the sentence around it.
 */
static size_t
url_end(struct str s, size_t at)
{
	int open[3] = { 0 }; /* of ( [ { */
	size_t end = at;

	for (; end < s.n && end - at < URL_MAX; end++) {
		char c = s.p[end];

		if (c <= ' ' || c >= 0x7f || str_find_char(STR("\"<>`\\"), c, 0) != SIZE_MAX)
			break;
		size_t opens = str_find_char(STR("([{"), c, 0);
		size_t closes = str_find_char(STR(")]}"), c, 0);

		if (opens != SIZE_MAX)
			open[opens]++;
		if (closes != SIZE_MAX)
			open[closes]--;
	}
	while (end > at) {
		char c = s.p[end - 1];
		size_t closes = str_find_char(STR(")]}"), c, 0);

		if (closes != SIZE_MAX && open[closes] < 0)
			open[closes]++;
		else if (str_find_char(STR(".,;:!?'*|"), c, 0) == SIZE_MAX)
			break;
		end--;
	}
	return end;
}

/*
 * http://日本語.example/: a host that begins with a letter outside ASCII runs
 * to its last dot's label. One that begins in ASCII ends where ASCII ends, for
 * in Japanese the sentence goes on there.
 */
static size_t
idn_end(struct str s, size_t at)
{
	size_t end = at;
	bool outside = false; /* this label began outside ASCII */

	while (end < s.n && end - at < 1000) {
		unsigned char c = (unsigned char)s.p[end];
		bool first = end == at || s.p[end - 1] == '.';

		if (first)
			outside = c >= 0x80;
		if (c >= 0x80 ? !outside : !str_is_alnum((char)c) && c != '-' && c != '.')
			break;
		end++;
	}
	return end;
}

/* The end of the part of a URL that names the host. */
static size_t
authority_end(struct str s, size_t at)
{
	size_t end = at;

	while (end < s.n && s.p[end] > ' ' && s.p[end] < 0x7f && end - at < URL_MAX &&
	    str_find_char(STR("/?#\\\"<>`"), s.p[end], 0) == SIZE_MAX)
		end++;
	return end;
}

/*
 * A URL whose scheme stands at ${from}; gives the place behind it.  The host
 * is judged alone first: a text full of broken URLs, each as long as allowed,
 * is then still read only once.
 */
static size_t
take_url(struct plain *t, size_t from, size_t host_at)
{
	struct str s = t->text;
	bool idn = host_at < s.n && (unsigned char)s.p[host_at] >= 0x80;
	size_t end = idn ? idn_end(s, host_at) : authority_end(s, host_at);
	struct url u;

	/* Trailing punctuation is no part of it: "http://a.example)." */
	if (!idn && url_end(str_take(s, end), host_at) < end)
		end = url_end(str_take(s, end), host_at);
	else if (!idn && url_parse(t->scratch, str_skip(str_take(s, end), from), &u) != OK)
		return host_at;
	else if (end < s.n && memchr("/?#:", s.p[end], 4) != NULL)
		end = url_end(s, idn ? end : host_at);
	if (end <= host_at)
		return host_at;
	if (url_parse(t->scratch, str_skip(str_take(s, end), from), &u) != OK)
		return end; /* the host alone was good: it is too long */
	if (str_find_char(u.host, '.', 0) == SIZE_MAX && str_find_char(u.host, ':', 0) == SIZE_MAX)
		return end; /* "http://localhost/", "http://server" */
	hit(t, EXTRACT_URL, t->places ? STR_NULL : str_of(url_format(t->scratch, &u)), from, end, u.host);
	return end;
}

/* "http" of "seehttp://" is a scheme; returns where it begins, or SIZE_MAX. */
static size_t
scheme_at(struct str s, size_t from, size_t colon)
{
	static const char *const schemes[] = { "https", "http", "ftp" };
	struct str run = str_skip(str_take(s, colon), from);

	if (!str_starts(str_skip(s, colon), STR("://")))
		return SIZE_MAX;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		struct str scheme = str_of(schemes[i]);

		if (str_ends_case(run, scheme))
			return colon - scheme.n;
	}
	return SIZE_MAX;
}

/* The host name in a mail address: what follows "@". */
static size_t
take_email(struct plain *t, size_t from, size_t at)
{
	struct str s = t->text, local, host;
	size_t end = at + 1;

	while (end < s.n && end - at < 260 &&
	    (str_is_alnum(s.p[end]) || s.p[end] == '.' || s.p[end] == '-'))
		end++;
	while (end > at + 1 && !str_is_alnum(s.p[end - 1]))
		end--;
	while (from < at && (s.p[from] == '.' || s.p[from] == '-' || s.p[from] == '%'))
		from++;
	local = str_skip(str_take(s, at), from);
	if (local.n == 0 || local.n > 64 || s.p[at - 1] == '.' ||
	    url_host(t->scratch, str_skip(str_take(s, end), at + 1), &host) != OK ||
	    str_find_char(host, '.', 0) == SIZE_MAX || !str_is_alpha(host.p[host.n - 1]))
		return at + 1;
	const char *value =
	    arena_printf(t->scratch, "%.*s@%.*s", STR_F(local), STR_F(host));

	hit(t, EXTRACT_EMAIL, str_of(value), from, end, host);
	return end;
}

/* The place behind an IPv6 address that begins at ${from}, or ${from}. */
static size_t
take_v6(struct plain *t, size_t from)
{
	struct str s = t->text;
	size_t end = from, first;
	struct ip ip;

	while (end < s.n && end - from < 45 &&
	    (is_hex(str_take(str_skip(s, end), 1)) || s.p[end] == ':' || s.p[end] == '.'))
		end++;
	if (end < s.n && str_is_alnum(s.p[end]))
		return from;
	while (end > from && s.p[end - 1] == '.')
		end--;
	/* "12::30", "a::b": real ones begin with 2001, fe80, fd12 … */
	first = str_find_char(s, ':', from) - from;
	if (first < 3 || ip_parse(str_skip(str_take(s, end), from), &ip) != OK || ip.v != 6)
		return from;
	hit(t, EXTRACT_IPV6, str_of(ip_format(t->scratch, &ip)), from, end, STR_NULL);
	return end;
}

/* "Version 1.2.3.4" is no address. */
static bool
after_version(struct str s, size_t at)
{
	static const char *const words[] = { "version", "ver", "ver.", "v", "v.", "build", "release",
		"firmware", "rev", "rev.", "バージョン", "リリース", "ビルド", "版" };
	struct str before = str_take(s, at);

	while (before.n > 0 && (before.p[before.n - 1] == ' ' || before.p[before.n - 1] == ':'))
		before.n--;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct str word = str_of(words[i]);

		if (!str_ends_case(before, word))
			continue;
		size_t left = before.n - word.n;

		if (left == 0 || !str_is_alnum(before.p[left - 1]))
			return true;
	}
	return false;
}

static bool
take_hash(struct plain *t, struct str run, size_t from)
{
	static const struct {
		size_t n;
		enum extract_type type;
	} sizes[] = { { 32, EXTRACT_MD5 }, { 40, EXTRACT_SHA1 }, { 64, EXTRACT_SHA256 } };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		if (run.n == sizes[i].n && is_hex(run)) {
			hit(t, sizes[i].type, lower(t->scratch, run), from, from + run.n, STR_NULL);
			return true;
		}
	}
	return false;
}

static bool
take_cve(struct plain *t, struct str run, size_t from)
{
	struct str s = run;
	uint64_t year, number;

	if (!str_eat_case(&s, STR("CVE-")) || !str_eat_digits(&s, 4, 4, &year) || year < 1999 ||
	    !str_eat(&s, STR("-")) || !str_eat_digits(&s, 4, 19, &number) || s.n > 0)
		return false;
	const char *value = arena_printf(t->scratch, "CVE%.*s", STR_F(str_skip(run, 3)));

	hit(t, EXTRACT_CVE, str_of(value), from, from + run.n, STR_NULL);
	return true;
}

static bool
take_asn(struct plain *t, struct str run, size_t from)
{
	struct str s = run;
	uint64_t number;

	/* AS/400 is a computer, and "as1" a variable more often than a network. */
	if (!str_eat(&s, STR("AS")) || !str_eat_digits(&s, 3, 10, &number) || s.n > 0 ||
	    number > UINT32_MAX || number == 400)
		return false;
	hit(t, EXTRACT_ASN, str_of(arena_printf(t->scratch, "AS%llu", (unsigned long long)number)),
	    from, from + run.n, STR_NULL);
	return true;
}

static bool
take_v4(struct plain *t, struct str run, size_t from)
{
	bool disguised = is_disguised(t, from, from + run.n);
	struct ip ip;

	if (ip_parse(run, &ip) != OK || ip.byte[0] == 0 || ip.byte[0] == 255 ||
	    (!disguised && after_version(t->text, from)))
		return false;
	hit(t, EXTRACT_IPV4, str_of(ip_format(t->scratch, &ip)), from, from + run.n, STR_NULL);
	return true;
}

/* A name that only its dots and its last label make a host. */
static bool
take_host(struct plain *t, struct str run, size_t from)
{
	size_t end = from + run.n, first = str_find_char(run, '.', 0);
	struct str host, s = t->text;

	if (first == SIZE_MAX || !str_is_alpha(run.p[run.n - 1]) ||
	    url_host(t->scratch, run, &host) != OK)
		return false;
	struct str tld = last_label(host);
	bool disguised = is_disguised(t, from, end);
	bool followed = end < s.n && (s.p[end] == '/' ||
	    (s.p[end] == ':' && end + 1 < s.n && str_is_digit(s.p[end + 1])));
	/* "/etc/init.d", "C:\a.md", "$x.is": a path or code around it */
	bool inside = from > 0 && str_find_char(STR("/\\$#&=@"), s.p[from - 1], 0) != SIZE_MAX;

	if (!disguised) {
		if (!extract_tld_known(tld) || (inside && !followed))
			return false;
		if (extract_tld_is_suffix(tld) && !followed &&
		    str_find_char(run, '.', first + 1) == SIZE_MAX)
			return false;
		/* "e.g.", "Ltd.co" and the like: a label before the domain of
		 * one letter is rare, an abbreviation is not. */
		if (run.n < 5)
			return false;
		/* "End.In" of two sentences: a capital after the dot */
		if (tld.n == 2 && run.p[run.n - 2] >= 'A' && run.p[run.n - 2] <= 'Z' &&
		    run.p[run.n - 1] >= 'a')
			return false;
	}
	hit(t, EXTRACT_HOST, host, from, end, STR_NULL);
	return true;
}

/* ${from}..${end} is a whole run: decide what it is. */
static void
take_run(struct plain *t, size_t from, size_t end)
{
	static bool (*const takers[])(struct plain *, struct str, size_t) = { take_v4, take_hash,
		take_cve, take_asn, take_host };
	struct str s = t->text;
	size_t digits = from;

	while (from < end && !str_is_alnum(s.p[from]))
		from++;
	while (end > from && !str_is_alnum(s.p[end - 1]))
		end--;
	/* "192.0.2.1-192.0.2.9" is two addresses. */
	for (digits = from; digits < end && (str_is_digit(s.p[digits]) || s.p[digits] == '.');)
		digits++;
	if (digits < end && digits > from && (s.p[digits] == '-' || s.p[digits] == '_')) {
		struct ip ip;

		if (ip_parse(str_skip(str_take(s, digits), from), &ip) == OK) {
			(void)take_v4(t, str_skip(str_take(s, digits), from), from);
			from = digits + 1;
		}
	}
	for (size_t i = 0; i < COUNT(takers) && end > from; i++) {
		if (takers[i](t, str_skip(str_take(s, end), from), from))
			return;
	}
}

/* Each find in order; linear: no byte is looked at more than a few times. */
static void
walk(struct plain *t)
{
	struct str s = t->text;
	size_t i = 0;

	while (i < s.n && !t->stop) {
		size_t end = i;

		if (!is_run(s.p[i])) {
			i++;
			continue;
		}
		if (t->many)
			arena_reset(t->scratch);
		while (end < s.n && is_run(s.p[end]))
			end++;
		if (end < s.n && s.p[end] == ':') {
			size_t scheme = scheme_at(s, i, end);

			if (scheme != SIZE_MAX) {
				i = take_url(t, scheme, end + 3);
				continue;
			}
			size_t behind = end - i <= 4 ? take_v6(t, i) : i;

			if (behind > i) {
				i = behind;
				continue;
			}
		}
		if (end < s.n && s.p[end] == '@') {
			i = take_email(t, i, end);
			continue;
		}
		take_run(t, i, end);
		i = end;
	}
}

static enum err
prepare(struct arena *a, struct str text, struct plain *ret)
{
	if (text.n > LIMIT_MAIL_TEXT)
		return ERR_LIMIT;
	*ret = (struct plain){ .stop = false };
	make_plain(a, text, ret);
	return OK;
}

/* Finds, each value once; open addressing over twice the limit. */
#define SLOTS 4096
_Static_assert(SLOTS >= 2 * LIMIT_OBSERVABLES, "the table must stay half empty");

struct finds {
	struct arena *a;
	struct extract_found *found;
	size_t n;
	uint16_t slot[SLOTS]; /* index + 1 */
	const char *const *own;
	struct plain *t;
};

static void
add_find(struct finds *f, const struct extract_found *found)
{
	uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)found->type;

	for (size_t i = 0; i < found->value.n; i++)
		hash = (hash ^ (unsigned char)found->value.p[i]) * UINT64_C(1099511628211);
	size_t at = (size_t)(hash ^ hash >> 32) % SLOTS;

	for (; f->slot[at] != 0; at = (at + 1) % SLOTS) {
		const struct extract_found *other = &f->found[f->slot[at] - 1];

		if (other->type == found->type && str_equal(other->value, found->value))
			return;
	}
	if (f->n == LIMIT_OBSERVABLES) {
		f->t->stop = true;
		return;
	}
	f->found[f->n] = *found;
	f->found[f->n].value = arena_str(f->a, found->value);
	f->n++;
	f->slot[at] = (uint16_t)f->n;
}

static bool
is_own(const struct finds *f, struct str host)
{
	for (size_t i = 0; f->own != NULL && f->own[i] != NULL; i++) {
		struct str own = str_of(f->own[i]);

		if (str_equal_case(host, own))
			return true;
		if (host.n > own.n && str_ends_case(host, own) &&
		    host.p[host.n - own.n - 1] == '.')
			return true;
	}
	return false;
}

static void
collect(void *object, const struct extract_found *found, struct str host)
{
	struct finds *f = object;
	struct ip ip;

	if (is_own(f, found->type == EXTRACT_HOST ? found->value : host))
		return;
	add_find(f, found);
	if (found->type != EXTRACT_URL)
		return;
	struct extract_found inner = *found;

	inner.value = host;
	inner.type = EXTRACT_HOST;
	if (ip_parse(host, &ip) == OK)
		inner.type = ip.v == 4 ? EXTRACT_IPV4 : EXTRACT_IPV6;
	add_find(f, &inner);
}

enum err
extract_find_except(struct arena *a, struct str text, const char *const *own,
    const struct extract_found **ret, size_t *ret_n)
{
	AUTO(arena) scratch = arena_new();
	AUTO(arena) work = arena_new();
	struct finds *f = arena_one(work, struct finds);
	struct plain t;

	TRY(prepare(work, text, &t));
	*f = (struct finds){ .a = a, .own = own, .t = &t };
	f->found = arena_many(work, struct extract_found, LIMIT_OBSERVABLES);
	t.scratch = scratch;
	t.many = true;
	t.take = collect;
	t.object = f;
	walk(&t);
	struct extract_found *found = arena_many(a, struct extract_found, f->n);

	if (f->n > 0)
		memcpy(found, f->found, f->n * sizeof(*found));
	*ret = found;
	*ret_n = f->n;
	return OK;
}

enum err
extract_find(struct arena *a, struct str text, const struct extract_found **ret, size_t *ret_n)
{
	return extract_find_except(a, text, NULL, ret, ret_n);
}

struct defang {
	struct buf *out;
	struct str text;
	size_t done; /* bytes of the text written */
	struct plain *t;
};

static void
defang(void *object, const struct extract_found *found, struct str host)
{
	struct defang *d = object;

	(void)host; /* it is disguised with its URL */
	if (found->type != EXTRACT_URL && found->type != EXTRACT_HOST &&
	    found->type != EXTRACT_IPV4 && found->type != EXTRACT_IPV6 &&
	    found->type != EXTRACT_EMAIL)
		return;
	struct str piece = str_take(str_skip(d->text, found->at), found->n);

	buf_str(d->out, str_skip(str_take(d->text, found->at), d->done));
	buf_text(d->out, url_defang(d->t->scratch, piece));
	d->done = found->at + found->n;
}

/* Is ${s} where only "[.]", a colon before a blank, or "://" of "hxxp" stand? */
static bool
is_harmless(struct str s, size_t at)
{
	struct str here = str_skip(s, at), before = str_take(s, at);

	switch (s.p[at]) {
	case '[':
		return str_starts(here, STR("[.]"));
	case '.':
		return at > 0 && s.p[at - 1] == '[' && at + 1 < s.n && s.p[at + 1] == ']';
	case ':':
		return at + 1 < s.n && (s.p[at + 1] == ' ' || (str_starts(here, STR("://")) &&
		    (str_ends(before, STR("hxxps")) || str_ends(before, STR("hxxp")))));
	case '\xe3':
		return !str_starts(here, STR("。"));
	case '\xef':
		return !str_starts(here, STR("．")) && !str_starts(here, STR("｡")) &&
		    !str_starts(here, STR("＠")) && !str_starts(here, STR("："));
	}
	return false;
}

/*
 * Lists show titles, and most titles hold no address or one that is disguised
 * as we do it: to see that is far cheaper than to do it again.
 */
static bool
is_defanged(struct str s)
{
	static const bool look[256] = { ['['] = true, ['('] = true, ['{'] = true, ['\\'] = true,
		['.'] = true, [':'] = true, ['@'] = true, [0xe3] = true, [0xef] = true };

	for (size_t i = 0; i < s.n; i++) {
		if (look[(unsigned char)s.p[i]] && !is_harmless(s, i))
			return false;
	}
	return true;
}

#define TITLE_MAX 1024 /* bytes */

struct str
extract_defang_text(struct arena *a, struct str text)
{
	if (text.n <= LIMIT_MAIL_TEXT && is_defanged(text))
		return arena_str(a, text);

	/* Titles come by the dozen, and two new arenas would cost more than they. */
	bool many = text.n > TITLE_MAX;
	AUTO(arena) own_scratch = many ? arena_new() : NULL;
	AUTO(arena) own_work = many ? arena_new() : NULL;
	struct arena *scratch = many ? own_scratch : a, *work = many ? own_work : a;
	/* A text too long to look through is cut: never shown with live links. */
	struct str s = str_take(text, LIMIT_MAIL_TEXT);
	struct plain t;
	struct defang d = { .out = buf_new(work, s.n * 16 + 64), .text = s, .t = &t };

	if (prepare(work, s, &t) != OK)
		return STR_NULL;
	t.places = true;
	t.scratch = scratch;
	t.many = many;
	t.take = defang;
	t.object = &d;
	walk(&t);
	buf_str(d.out, str_skip(s, d.done));
	return many ? arena_str(a, buf_view(d.out)) : buf_view(d.out);
}
