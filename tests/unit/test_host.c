/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <curl/curl.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limit.h"
#include "directory/host.h"
#include "sys/files.h"

static void
what_was_pasted_is_understood(void **state)
{
	static const struct {
		const char *in;
		enum host_kind kind;
		const char *name, *domain, *registry;
		unsigned warnings;
	} cases[] = {
		{ "https://login.shop.example.co.jp/a?b", HOST_URL, "login.shop.example.co.jp",
		    "example.co.jp", "example.co.jp", 0 },
		{ "hxxps://login[.]example[.]jp/", HOST_URL, "login.example.jp", "example.jp",
		    "example.jp", 0 },
		{ " <http://www.example.com:8080/> ", HOST_URL, "www.example.com", "example.com",
		    "example.com", HOST_WARN_PORT },
		{ "http://bank.example@evil.example.net/", HOST_URL, "evil.example.net", "example.net",
		    "example.net", HOST_WARN_CREDENTIALS },
		{ "http://3405803777/", HOST_URL, "", "", "",
		    HOST_WARN_NUMBER | HOST_WARN_PRIVATE },
		{ "http://8.8.8.8/", HOST_URL, "", "", "", 0 },
		{ "http://[2001:db8::1]/", HOST_URL, "", "", "", HOST_WARN_PRIVATE },
		{ "shop.customer.github.io", HOST_NAME, "shop.customer.github.io",
		    "customer.github.io", "github.io", 0 },
		{ "www.city.kawasaki.jp", HOST_NAME, "www.city.kawasaki.jp", "city.kawasaki.jp",
		    "city.kawasaki.jp", 0 },
		{ "a.b.kobe.jp", HOST_NAME, "a.b.kobe.jp", "a.b.kobe.jp", "a.b.kobe.jp", 0 },
		{ "co.jp", HOST_NAME, "co.jp", "", "", 0 },
		{ "例え.テスト", HOST_NAME, "xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah",
		    "xn--r8jz45g.xn--zckzah", HOST_WARN_UNKNOWN_TLD },
		{ "日本語.jp", HOST_NAME, "xn--wgv71a119e.jp", "xn--wgv71a119e.jp",
		    "xn--wgv71a119e.jp", 0 },
		/* Cyrillic all through, and one such letter among Latin ones */
		{ "аррӏе.com", HOST_NAME, "xn--80ak6aa92e.com", "xn--80ak6aa92e.com",
		    "xn--80ak6aa92e.com", HOST_WARN_LOOKALIKE },
		{ "pаypal.com", HOST_NAME, "xn--pypal-4ve.com", "xn--pypal-4ve.com",
		    "xn--pypal-4ve.com", HOST_WARN_LOOKALIKE | HOST_WARN_MIXED },
		{ "a_b.example.com.", HOST_NAME, "a_b.example.com", "example.com", "example.com",
		    HOST_WARN_UNDERSCORE },
		{ "www.example.com/login", HOST_URL, "www.example.com", "example.com", "example.com",
		    HOST_WARN_NO_SCHEME },
		{ "192.0.2.1", HOST_ADDRESS, "", "", "", HOST_WARN_PRIVATE },
		{ "192[.]0[.]2[.]1", HOST_ADDRESS, "", "", "", HOST_WARN_PRIVATE },
		{ "192.0.2.1:8080", HOST_URL, "", "", "",
		    HOST_WARN_PRIVATE | HOST_WARN_PORT | HOST_WARN_NO_SCHEME },
		{ "[2001:db8::1]", HOST_ADDRESS, "", "", "", HOST_WARN_PRIVATE },
		{ "2001:db8::/32", HOST_NETWORK, "", "", "", HOST_WARN_PRIVATE },
		{ "192.0.2.7/24", HOST_NETWORK, "", "", "", HOST_WARN_PRIVATE },
		{ "AS64500", HOST_AS, "", "", "", 0 },
		{ "asn 64500", HOST_AS, "", "", "", 0 },
		{ "as0.64500", HOST_AS, "", "", "", 0 },
		{ "mailto:abuse@mail.example.net", HOST_MAIL, "mail.example.net", "example.net",
		    "example.net", 0 },
		{ "abuse[at]example[.]net", HOST_MAIL, "example.net", "example.net", "example.net", 0 },
		{ "abuse@[192.0.2.1]", HOST_MAIL, "", "", "", 0 },
		{ "http://xn--a/", HOST_URL, "xn--a", "", "",
		    HOST_WARN_BAD_IDN | HOST_WARN_UNKNOWN_TLD },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct host h;

		assert_ok(host_parse(*state, str_of(cases[i].in), &h));
		if (h.kind != cases[i].kind || !str_is(h.name, cases[i].name) ||
		    !str_is(h.domain, cases[i].domain) ||
		    !str_is(h.registry_domain, cases[i].registry) ||
		    h.warnings != cases[i].warnings)
			fail_msg("%s: kind %d name %.*s domain %.*s registry %.*s warnings %x",
			    cases[i].in, (int)h.kind, STR_F(h.name), STR_F(h.domain),
			    STR_F(h.registry_domain), h.warnings);
		if (h.kind == HOST_AS)
			assert_int_equal(h.as_number, 64500);
	}
}

static void
readers_see_unicode(void **state)
{
	struct host h;

	assert_ok(host_parse(*state, str_of("xn--wgv71a119e.jp"), &h));
	assert_true(str_is(h.unicode, "日本語.jp"));
	assert_true(str_is(h.tld, "jp"));
	assert_ok(host_parse(*state, str_of("www.xn--80ak6aa92e.com"), &h));
	assert_true(str_is(h.unicode, "www.аррӏе.com"));
	assert_true(str_is(h.latin, "www.apple.com"));
	/* Japanese with Latin is one language */
	assert_ok(host_parse(*state, str_of("JPCERTからのお知らせ.jp"), &h));
	assert_int_equal(h.warnings, 0);
	unsigned bits = HOST_WARN_MIXED | HOST_WARN_PRIVATE;

	assert_non_null(host_warning(&bits));
	assert_non_null(host_warning(&bits));
	assert_null(host_warning(&bits));
}

static void
nonsense_is_refused(void **state)
{
	static const char *const cases[] = { "", " ", "hello", "64500", "a b.example", "@",
		"a@", "@example.jp", "AS", "AS4294967296", "AS65536.1", "AS1.65536", "[192.0.2.1",
		"://", "://x", "http://", "javascript:alert(1)", "file:///etc/passwd", "\xff.example",
		"[2001:db8::1", "2001:db8::/129", "a..b" };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct host h;
		enum err e = host_parse(*state, str_of(cases[i]), &h);

		if (e != ERR_INVALID)
			fail_msg("%s: %s", cases[i], err_name(e));
	}
}

static void
long_urls_have_a_bound(void **state)
{
	struct buf *b = buf_new(*state, LIMIT_URL * 2);
	struct host h;

	buf_text(b, "http://example.jp/?");
	while (b->n < LIMIT_URL)
		buf_char(b, 'a');
	assert_ok(host_parse(*state, buf_view(b), &h));
	assert_int_equal(h.url.query.n, LIMIT_URL - 19);
	buf_char(b, 'a');
	assert_err(host_parse(*state, buf_view(b), &h), ERR_LIMIT);
}

static void
names_are_within_domains(void **state)
{
	(void)state;
	assert_true(host_is_within(STR("a.example.jp"), STR("example.jp")));
	assert_true(host_is_within(STR("example.jp"), STR("example.jp")));
	assert_false(host_is_within(STR("badexample.jp"), STR("example.jp")));
	assert_false(host_is_within(STR("example.jp"), STR("a.example.jp")));
	assert_false(host_is_within(STR("example.jp"), STR("")));
}

/* The list as its algorithm (publicsuffix.org/list) says, without libpsl. */
struct rules {
	struct str *item;
	size_t n, icann; /* all rules, sorted; how many are the registries' */
};

static int
rule_order(const void *x, const void *y)
{
	return str_compare(*(const struct str *)x, *(const struct str *)y);
}

static bool
rules_have(const struct rules *r, struct str s)
{
	return bsearch(&s, r->item, r->n, sizeof(s), rule_order) != NULL;
}

static bool
rules_open(struct arena *a, struct rules *ret)
{
	struct str text, line;

	if (files_read(a, "/usr/share/publicsuffix/public_suffix_list.dat", LIMIT_MIB(8), &text) != OK)
		return false;
	ret->item = arena_many(a, struct str, 20000);
	while (str_line(&text, &line)) {
		char word[300];

		if (line.n == 0 || str_starts(line, STR("//")) || ret->n == 20000)
			continue;
		/* to the form in DNS; the mark and the star stand before it */
		struct str mark = STR_NULL, host;

		if (str_starts(line, STR("!")))
			mark = str_take(line, 1);
		else if (str_starts(line, STR("*.")))
			mark = str_take(line, 2);
		if (url_host(a, str_skip(line, mark.n), &host) != OK)
			continue;
		int n = snprintf(word, sizeof(word), "%.*s%.*s", STR_F(mark), STR_F(host));

		ret->item[ret->n++] = arena_str(a, (struct str){ word, (size_t)n });
	}
	qsort(ret->item, ret->n, sizeof(struct str), rule_order);
	return ret->n > 5000;
}

/* How many labels of ${name} are the public suffix. */
static struct str
rules_domain(struct arena *a, const struct rules *r, struct str name)
{
	size_t start[130], n = 0, from = 0, suffix = SIZE_MAX;

	for (;;) {
		start[n++] = from;
		size_t dot = str_find_char(name, '.', from);

		if (dot == SIZE_MAX || n == 128)
			break;
		from = dot + 1;
	}
	for (size_t i = 0; i < n && suffix == SIZE_MAX; i++) {
		struct str here = str_skip(name, start[i]);
		struct str above = i + 1 < n ? str_skip(name, start[i + 1]) : STR_NULL;

		if (rules_have(r, str_of(arena_printf(a, "!%.*s", STR_F(here)))))
			suffix = i + 1;
		else if (rules_have(r, here) ||
		    (above.n > 0 && rules_have(r, str_of(arena_printf(a, "*.%.*s", STR_F(above))))))
			suffix = i;
	}
	if (suffix == SIZE_MAX)
		suffix = n - 1;
	return suffix == 0 ? STR_NULL : str_skip(name, start[suffix - 1]);
}

struct agreement {
	size_t urls, refused, hosts, ports, queries, domains, curl_refuses;
};

static void
compare(struct arena *a, const struct rules *rules, const char *text, struct agreement *n)
{
	struct host h;
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL, *query = NULL;

	n->urls++;
	CURLUcode code = curl_url_set(u, CURLUPART_URL, text, CURLU_URLENCODE | CURLU_ALLOW_SPACE);
	enum err e = host_parse(a, str_of(text), &h);

	if (code != CURLUE_OK || e != OK) {
		n->refused += e != OK;
		n->curl_refuses += code != CURLUE_OK;
		if ((code == CURLUE_OK) != (e == OK))
			print_message("only %s reads %s\n", e == OK ? "we" : "curl", text);
		curl_url_cleanup(u);
		return;
	}
	(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
	(void)curl_url_get(u, CURLUPART_PORT, &port, 0);
	(void)curl_url_get(u, CURLUPART_QUERY, &query, 0);
	struct host theirs;
	int64_t number = 0;

	/* curl leaves case and IDN as they came */
	if (host_parse(a, str_of(arena_printf(a, "http://%s/", host)), &theirs) != OK ||
	    !str_equal(theirs.url.host, h.url.host)) {
		n->hosts++;
		print_message("host: %s: %.*s, curl %s\n", text, STR_F(h.url.host), host);
	}
	if (port != NULL)
		(void)str_int(str_of(port), 0, 65535, &number);
	if (port != NULL && (uint32_t)number == (str_is(h.url.scheme, "https") ? 443u : 80u))
		number = 0;
	n->ports += (uint32_t)number != h.url.port;
	n->queries += (query != NULL && query[0] != '\0') != (h.url.query.n > 0);
	if (rules != NULL && !h.is_address &&
	    !str_equal(rules_domain(a, rules, h.name), h.domain)) {
		n->domains++;
		print_message("domain: %.*s: %.*s\n", STR_F(h.name), STR_F(h.domain));
	}
	curl_free(host);
	curl_free(port);
	curl_free(query);
	curl_url_cleanup(u);
}

static void
published_urls_read_as_curl_reads_them(void **state)
{
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	struct agreement n = { 0 };
	struct rules rules = { 0 };
	AUTO(arena) a = arena_new();
	AUTO(arena) files = arena_new();

	(void)state;
	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is unset: published list not read\n");
		skip();
	}
	bool have_rules = rules_open(files, &rules);

	for (int month = 201901; month <= 202312; month = month % 100 == 12 ? month + 89 : month + 1) {
		struct str text, line;
		const char *path = arena_printf(files, "%s/jpcert-phishurl/%d/%d.csv", folder,
		    month / 100, month);

		if (files_read(files, path, LIMIT_MIB(8), &text) != OK)
			fail_msg("%s cannot be read", path);
		(void)str_line(&text, &line);
		while (str_line(&text, &line)) {
			struct str date, rest = line;
			size_t last = SIZE_MAX;

			(void)str_split(&rest, ',', &date);
			for (size_t i = 0; i < rest.n; i++)
				last = rest.p[i] == ',' ? i : last;
			rest = str_take(rest, last == SIZE_MAX ? rest.n : last);
			if (str_starts(rest, STR("\"")))
				rest = str_take(str_skip(rest, 1), rest.n - 2);
			if (!str_starts(rest, STR("http")))
				continue;
			compare(a, have_rules ? &rules : NULL, arena_cstr(a, rest), &n);
			arena_reset(a);
		}
	}
	print_message("%zu URLs: refused %zu (curl %zu), other host %zu, port %zu, query %zu, "
		      "registrable domain %zu%s\n",
	    n.urls, n.refused, n.curl_refuses, n.hosts, n.ports, n.queries, n.domains,
	    have_rules ? "" : " (no list)");
	assert_true(n.urls > 150000);
	assert_int_equal(n.ports + n.domains, 0);
	assert_true(n.hosts + n.queries <= n.urls / 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_was_pasted_is_understood),
		UNIT_TEST(readers_see_unicode),
		UNIT_TEST(nonsense_is_refused),
		UNIT_TEST(long_urls_have_a_bound),
		UNIT_TEST(names_are_within_domains),
		UNIT_TEST(published_urls_read_as_curl_reads_them),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
