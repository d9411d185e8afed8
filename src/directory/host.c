/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/host.h"

#include <idn2.h>
#include <libpsl.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/host_script.h"
#include "text/i18n.h"

static pthread_once_t list_once = PTHREAD_ONCE_INIT;
static const psl_ctx_t *list; /* kept for the whole process */

static void
list_open(void)
{
	list = psl_latest(NULL); /* the newer of the system's file and the built-in one */
	if (list == NULL)
		list = psl_builtin();
}

static const psl_ctx_t *
suffixes(void)
{
	(void)pthread_once(&list_once, list_open); /* cannot fail with these arguments */
	return list;
}

void
host_init(void)
{
	(void)suffixes(); /* kept for later */
}

const char *
host_suffix_list(void)
{
	const char *file = psl_dist_filename();

	return suffixes() == psl_builtin() ? "libpsl" : file;
}

const char *
host_kind_name(enum host_kind kind)
{
	static const char *const names[] = {
		[HOST_URL] = "url",
		[HOST_NAME] = "host",
		[HOST_ADDRESS] = "ip",
		[HOST_NETWORK] = "network",
		[HOST_AS] = "as",
		[HOST_MAIL] = "email",
	};

	return names[kind];
}

static const struct {
	unsigned bit;
	const char *text;
} warnings[] = {
	{ HOST_WARN_MIXED, N_("The name mixes scripts that no language mixes.") },
	{ HOST_WARN_LOOKALIKE, N_("The name is written in foreign letters that look Latin.") },
	{ HOST_WARN_CREDENTIALS, N_("What stands before the @ is no host but a user name.") },
	{ HOST_WARN_PORT, N_("The port is not the usual one.") },
	{ HOST_WARN_NUMBER, N_("The address was written as a plain number.") },
	{ HOST_WARN_UNDERSCORE, N_("The name has an underscore.") },
	{ HOST_WARN_NO_SCHEME, N_("No scheme was given: taken as http.") },
	{ HOST_WARN_PRIVATE, N_("The address is private or reserved.") },
	{ HOST_WARN_UNKNOWN_TLD, N_("There is no such top-level domain.") },
	{ HOST_WARN_BAD_IDN, N_("The name has an xn-- part that stands for no text.") },
};

const char *
host_warning(unsigned *bits)
{
	for (size_t i = 0; i < COUNT(warnings); i++) {
		if ((*bits & warnings[i].bit) != 0) {
			*bits &= ~warnings[i].bit;
			return warnings[i].text;
		}
	}
	return NULL;
}

bool
host_is_within(struct str name, struct str domain)
{
	if (domain.n == 0 || !str_ends(name, domain))
		return false;
	return name.n == domain.n || name.p[name.n - domain.n - 1] == '.';
}

/* The longest public suffix of ${name} (with NUL behind) and one label more. */
static void
cut(struct str name, int type, struct str *ret_suffix, struct str *ret_domain)
{
	size_t from = 0, before = SIZE_MAX;

	while (from < name.n) {
		if (psl_is_public_suffix2(suffixes(), name.p + from, type)) {
			*ret_suffix = str_skip(name, from);
			*ret_domain = before == SIZE_MAX ? STR_NULL : str_skip(name, before);
			return;
		}
		before = from;
		size_t dot = str_find_char(name, '.', from);

		from = dot == SIZE_MAX ? name.n : dot + 1;
	}
	*ret_suffix = *ret_domain = STR_NULL;
}

static struct str
to_unicode(struct arena *a, struct str label, bool *ret_bad)
{
	char *out = NULL;

	if (!str_starts(label, STR("xn--")))
		return label;
	if (idn2_to_unicode_8z8z(arena_cstr(a, label), &out, IDN2_NONTRANSITIONAL) != IDN2_OK) {
		*ret_bad = true;
		return label;
	}
	struct str s = arena_str(a, str_of(out));

	idn2_free(out);
	struct str back;

	/* What does not come back as the label was never made from a text. */
	if (url_host(a, s, &back) != OK || !str_equal(back, label)) {
		*ret_bad = true;
		return label;
	}
	return s;
}

/* What each label is for a reader: Unicode, its scripts, what it resembles. */
static void
read_labels(struct arena *a, struct host *h)
{
	struct buf *unicode = buf_new(a, LIMIT_KIB(4)), *latin = buf_new(a, LIMIT_KIB(4));
	struct str rest = h->name, label;
	bool lookalike = false;

	while (str_split(&rest, '.', &label)) {
		bool bad = false;
		struct str text = to_unicode(a, label, &bad);
		struct str like = host_script_latin(a, text);

		if (bad)
			h->warnings |= HOST_WARN_BAD_IDN;
		if (host_script_mixed(text))
			h->warnings |= HOST_WARN_MIXED;
		lookalike = lookalike || like.n > 0;
		if (unicode->n > 0) {
			buf_char(unicode, '.');
			buf_char(latin, '.');
		}
		buf_str(unicode, text);
		buf_str(latin, like.n > 0 ? like : text);
		if (rest.p == NULL)
			h->tld = label;
	}
	h->unicode = buf_view(unicode);
	if (lookalike) {
		h->warnings |= HOST_WARN_LOOKALIKE;
		h->latin = buf_view(latin);
	}
}

static enum err
fill_name(struct arena *a, struct host *h)
{
	h->name = arena_str(a, h->name); /* libpsl wants the NUL behind */
	read_labels(a, h);
	cut(h->name, PSL_TYPE_ANY, &h->suffix, &h->domain);
	cut(h->name, PSL_TYPE_ICANN, &h->registry_suffix, &h->registry_domain);
	if (!psl_is_public_suffix2(suffixes(), h->tld.p, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
		h->warnings |= HOST_WARN_UNKNOWN_TLD;
	if (str_find_char(h->name, '_', 0) != SIZE_MAX)
		h->warnings |= HOST_WARN_UNDERSCORE;
	return OK;
}

enum err
host_name(struct arena *a, struct str s, struct host *ret)
{
	struct host h = { .kind = HOST_NAME };

	TRY(url_host(a, s, &h.name));
	TRY(fill_name(a, &h));
	*ret = h;
	return OK;
}

enum err
host_as_parse(struct str s, uint32_t *ret)
{
	uint64_t high, low = 0;

	s = str_trim(s);
	if (str_eat_case(&s, STR("ASN")) || str_eat_case(&s, STR("AS")))
		s = str_trim(s);
	if (!str_eat_digits(&s, 1, 10, &high))
		return ERR_INVALID;
	if (str_eat(&s, STR("."))) {
		if (!str_eat_digits(&s, 1, 5, &low) || high > 65535 || low > 65535)
			return ERR_INVALID;
		high = high << 16 | low;
	}
	if (s.n > 0 || high > UINT32_MAX)
		return ERR_INVALID;
	*ret = (uint32_t)high;
	return OK;
}

static bool
has_as_prefix(struct str s)
{
	uint32_t n;

	return str_starts_case(s, STR("AS")) && host_as_parse(s, &n) == OK;
}

static enum err
address(const struct ip *ip, struct host *h)
{
	h->kind = HOST_ADDRESS;
	h->is_address = true;
	h->ip = *ip;
	if (ip_is_private(ip))
		h->warnings |= HOST_WARN_PRIVATE;
	return OK;
}

/* The host of a URL, after url_parse() made it canonical. */
static enum err
fill_host(struct arena *a, struct str written, struct host *h)
{
	if (ip_parse(h->url.host, &h->ip) == OK) {
		h->is_address = true;
		if (ip_is_private(&h->ip))
			h->warnings |= HOST_WARN_PRIVATE;
		if (h->ip.v == 4 && str_find(written, h->url.host, 0) == SIZE_MAX)
			h->warnings |= HOST_WARN_NUMBER;
		return OK;
	}
	h->name = h->url.host;
	return fill_name(a, h);
}

static enum err
url(struct arena *a, struct str s, struct host *h)
{
	h->kind = HOST_URL;
	TRY(url_parse(a, s, &h->url));
	if (h->url.user.n > 0)
		h->warnings |= HOST_WARN_CREDENTIALS;
	if (h->url.port != 0)
		h->warnings |= HOST_WARN_PORT;
	return fill_host(a, s, h);
}

static enum err
mail(struct arena *a, struct str s, struct host *h)
{
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '@')
			at = i;
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
			return ERR_INVALID;
	}
	if (at == SIZE_MAX || at == 0 || s.n > LIMIT_ADDRESS || !utf8_valid(s))
		return ERR_INVALID;
	h->kind = HOST_MAIL;
	h->local = str_take(s, at);
	struct str domain = str_skip(s, at + 1);

	if (domain.n > 2 && domain.p[0] == '[' && domain.p[domain.n - 1] == ']') {
		domain = str_take(str_skip(domain, 1), domain.n - 2);
		(void)str_eat_case(&domain, STR("IPv6:"));
		TRY(ip_parse(domain, &h->ip));
		h->is_address = true;
		return OK;
	}
	TRY(url_host(a, domain, &h->name));
	return fill_name(a, h);
}

/* Quotes, brackets and a full stop that belong to the sentence around it. */
static struct str
unwrap(struct str s)
{
	static const char pairs[][2] = { { '<', '>' }, { '"', '"' }, { '\'', '\'' }, { '(', ')' } };
	bool again = true;

	while (again) {
		again = false;
		s = str_trim(s);
		for (size_t i = 0; i < COUNT(pairs); i++) {
			if (s.n >= 2 && s.p[0] == pairs[i][0] && s.p[s.n - 1] == pairs[i][1]) {
				s = str_take(str_skip(s, 1), s.n - 2);
				again = true;
			}
		}
		if (s.n > 1 && (s.p[s.n - 1] == ',' || s.p[s.n - 1] == ';')) {
			s.n--;
			again = true;
		}
	}
	return s;
}

static enum err
without_scheme(struct arena *a, struct str s, struct host *h)
{
	size_t end = s.n;
	struct buf *b = buf_new(a, LIMIT_URL + 16);
	struct ip ip;

	for (size_t i = 0; i < s.n && end == s.n; i++) {
		if (s.p[i] == '/' || s.p[i] == '?' || s.p[i] == '#')
			end = i;
	}
	if (end == s.n && str_find_char(s, '@', 0) != SIZE_MAX)
		return mail(a, s, h);
	if (end == s.n && str_find_char(s, ':', 0) == SIZE_MAX &&
	    str_find_char(s, '.', 0) == SIZE_MAX)
		return ERR_INVALID; /* one word is no host that anybody answers for */
	buf_text(b, "http://");
	buf_str(b, s);
	TRY(buf_error(b));
	TRY(url(a, buf_view(b), h));
	if (end == s.n && h->url.port == 0) {
		if (h->is_address && ip_parse(h->url.host, &ip) == OK)
			return address(&ip, h);
		h->kind = HOST_NAME;
		h->url = (struct url){ .port = 0 };
		return OK;
	}
	h->warnings |= HOST_WARN_NO_SCHEME;
	return OK;
}

/* 192.0.2.7/24 is what an interface says; the network of it is meant. */
static enum err
network(struct str s, struct ip_net *ret)
{
	size_t slash = str_find_char(s, '/', 0);
	int64_t prefix;

	if (slash == SIZE_MAX)
		return ERR_INVALID;
	TRY(ip_parse(str_take(s, slash), &ret->ip));
	size_t bits = ret->ip.v == 4 ? 32 : 128;

	s = str_skip(s, slash + 1);
	if (s.n > 3 || !str_int(s, 0, (int64_t)bits, &prefix))
		return ERR_INVALID;
	ret->prefix = (uint8_t)prefix;
	for (size_t i = ret->prefix; i < bits; i++)
		ret->ip.byte[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	return OK;
}

enum err
host_parse(struct arena *a, struct str s, struct host *ret)
{
	struct host h = { .kind = HOST_URL };
	enum err e;

	s = unwrap(s);
	if (s.n > LIMIT_URL)
		return ERR_LIMIT;
	if (s.n == 0 || !utf8_valid(s))
		return ERR_INVALID;
	s = unwrap(url_refang(a, s));
	struct str bare = s;

	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		bare = str_take(str_skip(s, 1), s.n - 2);
	(void)str_eat_case(&s, STR("mailto:"));
	if (ip_parse(bare, &h.ip) == OK) {
		e = address(&h.ip, &h);
	} else if (network(s, &h.net) == OK) {
		h.kind = HOST_NETWORK;
		h.ip = h.net.ip;
		h.is_address = true;
		h.warnings = ip_is_private(&h.ip) ? HOST_WARN_PRIVATE : 0;
		e = OK;
	} else if (has_as_prefix(s)) {
		h.kind = HOST_AS;
		e = host_as_parse(s, &h.as_number);
	} else if (str_find(s, STR("://"), 0) != SIZE_MAX && !str_starts(s, STR("://")) &&
	    str_find(s, STR("://"), 0) < 10) {
		e = url(a, s, &h);
	} else {
		e = without_scheme(a, s, &h);
	}
	if (e == OK)
		*ret = h;
	return e;
}
