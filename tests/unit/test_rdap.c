/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "unit_found.h"

#include "directory/rdap.h"
#include "directory/security_txt.h"

static void
the_examples_of_the_standard_are_read(void **state)
{
	int n = unit_found(*state, "rdap", ".json", rdap_parse);

	print_message("%d answers\n", n);
	assert_true(n >= 18);
}

static void
ten_megabytes_are_refused(void **state)
{
	struct buf *b = buf_new(*state, LIMIT_MIB(11));
	struct found f;

	buf_text(b, "{\"objectClassName\":\"ip network\",\"remarks\":[");
	while (b->n < LIMIT_RDAP - 5)
		buf_text(b, "\"x\",");
	buf_text(b, "1]}");
	assert_true(b->n <= LIMIT_RDAP);
	rdap_parse(*state, buf_view(b), &f);
	assert_int_equal(f.state, FOUND_YES);
	while (b->n <= LIMIT_RDAP)
		buf_char(b, ' ');
	rdap_parse(*state, buf_view(b), &f);
	assert_int_equal(f.state, FOUND_UNREADABLE);
	assert_int_equal(f.faults, 1);
	while (b->n < LIMIT_MIB(10))
		buf_char(b, ' ');
	rdap_parse(*state, buf_view(b), &f);
	assert_int_equal(f.state, FOUND_UNREADABLE);
}

static void
questions_follow_the_standard(void **state)
{
	static const struct {
		const char *in, *path, *file; /* path NULL: nothing to ask */
	} cases[] = {
		{ "https://www.shop.example.co.jp/x", "domain/example.co.jp", "dns.json" },
		{ "customer.github.io", "domain/github.io", "dns.json" },
		{ "日本語.jp", "domain/xn--wgv71a119e.jp", "dns.json" },
		{ "http://192.0.2.1/", "ip/192.0.2.1", "ipv4.json" },
		{ "2001:DB8::1", "ip/2001:db8::1", "ipv6.json" },
		{ "2001:db8::/32", "ip/2001:db8::/32", "ipv6.json" },
		{ "AS64500", "autnum/64500", "asn.json" },
		{ "abuse@example.jp", "domain/example.jp", "dns.json" },
		{ "co.jp", NULL, "dns.json" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct host h;
		const char *path;

		assert_ok(host_parse(*state, str_of(cases[i].in), &h));
		assert_string_equal(rdap_bootstrap_file(&h), cases[i].file);
		if (cases[i].path == NULL) {
			assert_err(rdap_path(*state, &h, &path), ERR_INVALID);
			continue;
		}
		assert_ok(rdap_path(*state, &h, &path));
		assert_string_equal(path, cases[i].path);
	}
}

static void
bootstrap_takes_the_longest_match(void **state)
{
	static const char dns[] =
	    "{\"version\":\"1.0\",\"publication\":\"2024-01-07T10:11:12Z\",\"services\":["
	    "[[\"net\",\"com\"],[\"https://registry.example.com/myrdap/\"]],"
	    "[[\"org\",\"mytld\"],[\"http://example.org/\",\"https://example.org/rdap\"]],"
	    "[[\"xn--zckzah\"],[\"ftp://x.example/\",\"https://example.net/rdap/xn--zckzah/\"]],"
	    "[[\"co.jp\"],[\"https://co.example/\"]],[[\"jp\"],[\"https://jp.example/\"]]]}";
	static const char v4[] =
	    "{\"services\":[[[\"198.51.100.0/24\",\"192.0.0.0/8\"],[\"https://rir1.example.com/myrdap/\"]],"
	    "[[\"203.0.113.0/28\",\"192.0.2.0/24\"],[\"http://example.org/\"]]]}";
	static const char as[] =
	    "{\"services\":[[[\"64496-64496\"],[\"https://rir3.example.com/myrdap/\"]],"
	    "[[\"64497-64510\",\"65536-65551\"],[\"https://example.org/\"]]]}";
	static const struct {
		const char *json, *in, *url; /* NULL: nobody */
	} cases[] = {
		{ dns, "a.example.com", "https://registry.example.com/myrdap/" },
		{ dns, "example.mytld", "https://example.org/rdap/" },
		{ dns, "例え.テスト", "https://example.net/rdap/xn--zckzah/" },
		{ dns, "www.example.co.jp", "https://co.example/" },
		{ dns, "www.examplecojp.jp", "https://jp.example/" },
		{ dns, "example.info", NULL },
		{ v4, "192.0.2.9", "http://example.org/" },
		{ v4, "192.0.3.9", "https://rir1.example.com/myrdap/" },
		{ v4, "203.0.113.16", NULL },
		{ as, "AS64500", "https://example.org/" },
		{ as, "AS64496", "https://rir3.example.com/myrdap/" },
		{ as, "AS64511", NULL },
	};
	struct host h;
	const char *url;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(host_parse(*state, str_of(cases[i].in), &h));
		enum err e = rdap_bootstrap(*state, str_of(cases[i].json), &h, &url);

		assert_int_equal(e, cases[i].url == NULL ? ERR_NOT_FOUND : OK);
		if (e == OK)
			assert_string_equal(url, cases[i].url);
	}
	assert_err(rdap_bootstrap(*state, STR("{\"services\":{}}"), &h, &url), ERR_INVALID);
	assert_err(rdap_bootstrap(*state, STR("nonsense"), &h, &url), ERR_INVALID);
	assert_err(rdap_bootstrap(*state, STR("{\"services\":[1,[2],[[3],4],[[\"64511\"],{}]]}"), &h, &url),
	    ERR_NOT_FOUND);
}

#define NOW INT64_C(1767225600000) /* 2026-01-01 */

static bool
has_fault(const struct found *f, const char *start)
{
	for (size_t i = 0; i < f->faults; i++) {
		if (str_starts(str_of(f->fault[i].message), str_of(start)))
			return true;
	}
	return false;
}

static void
security_txt_gives_contacts(void **state)
{
	struct found f;

	security_txt_parse(*state,
	    STR("# Our policy\r\nContact: mailto:security%2Breport@example.jp?subject=x\r\n"
		"Contact: tel:+81-3-5555-0100\r\nContact: https://example.jp/report\r\n"
		"Expires: 2026-12-31T14:59:59z\r\nEncryption: https://example.jp/key.asc\r\n"
		"preferred-languages: ja, en\r\nPolicy: https://example.jp/policy\r\n"
		"Canonical: https://example.jp/.well-known/security.txt\r\nUnknown: x\r\n"),
	    NOW, &f);
	assert_int_equal(f.faults, 0);
	assert_int_equal(f.contacts, 3);
	assert_string_equal(f.contact[0].email, "security+report@example.jp");
	assert_string_equal(f.contact[0].languages, "ja, en");
	assert_string_equal(f.contact[1].phone, "+81-3-5555-0100");
	assert_string_equal(f.contact[2].url, "https://example.jp/report");
	assert_string_equal(f.encryption, "https://example.jp/key.asc");
	assert_string_equal(f.link, "https://example.jp/policy");
	assert_true(f.expires_at > NOW);
	assert_false(f.is_signed);
}

static void
a_signed_security_txt_is_read_inside(void **state)
{
	struct found f;

	security_txt_parse(*state,
	    STR("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
		"Contact: mailto:csirt@example.jp\n- Expires: 2027-01-01T00:00:00Z\n"
		"-----BEGIN PGP SIGNATURE-----\n\nContact: mailto:forged@example.net\n"
		"-----END PGP SIGNATURE-----\n"),
	    NOW, &f);
	assert_true(f.is_signed);
	assert_int_equal(f.contacts, 1);
	assert_string_equal(found_abuse(&f)->email, "csirt@example.jp");
	assert_int_equal(f.faults, 0);
}

static void
what_the_standard_forbids_is_told(void **state)
{
	struct found f;

	security_txt_parse(*state, STR("Contact: csirt@example.jp\nno colon\nExpires: soon\n"), NOW, &f);
	assert_string_equal(f.contact[0].email, "csirt@example.jp");
	assert_true(has_fault(&f, "RFC 9116 2.5.3: Contact is not a URI"));
	assert_true(has_fault(&f, "RFC 9116 2.2: line"));
	assert_true(has_fault(&f, "RFC 9116 2.5.5: Expires is no date"));
	security_txt_parse(*state,
	    STR("Contact: mailto:a@b.example\nExpires: 2025-01-01T00:00:00Z\nEncryption: http://x.example/\n"
		"Preferred-Languages: ja\nPreferred-Languages: en\n"),
	    NOW, &f);
	assert_true(has_fault(&f, "RFC 9116 2.5.5: the file has expired"));
	assert_true(has_fault(&f, "RFC 9116 2.5: not an https URI"));
	assert_true(has_fault(&f, "RFC 9116 2.5.8"));
	security_txt_parse(*state, STR(""), NOW, &f);
	assert_int_equal(f.state, FOUND_NONE);
	security_txt_parse(*state, STR("<!DOCTYPE html><p>Contact: mailto:a@b.example"), NOW, &f);
	assert_int_equal(f.state, FOUND_NONE);
	assert_int_equal(f.contacts, 0);
	struct buf *b = buf_new(*state, LIMIT_SECURITY_TXT + 10);

	while (b->n < LIMIT_SECURITY_TXT)
		buf_char(b, '#');
	security_txt_parse(*state, buf_view(b), NOW, &f);
	assert_false(has_fault(&f, "The file is longer"));
	buf_char(b, '#');
	security_txt_parse(*state, buf_view(b), NOW, &f);
	assert_true(has_fault(&f, "The file is longer"));
}

static void
a_zone_has_a_mailbox(void **state)
{
	static const struct {
		const char *rname, *mail;
	} cases[] = {
		{ "hostmaster.example.jp", "hostmaster@example.jp" },
		{ "hostmaster.example.jp.", "hostmaster@example.jp" },
		{ "taro\\.yamada.example.jp", "taro.yamada@example.jp" },
		{ ".", NULL },
		{ "", NULL },
		{ "root", NULL },
		{ "nobody.invalid", NULL },
		{ "a@b.example.jp", NULL },
		{ "a b.example.jp", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *mail;
		enum err e = security_txt_zone_mail(*state, str_of(cases[i].rname), &mail);

		assert_int_equal(e, cases[i].mail == NULL ? ERR_INVALID : OK);
		if (e == OK)
			assert_string_equal(mail, cases[i].mail);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_examples_of_the_standard_are_read),
		UNIT_TEST(ten_megabytes_are_refused),
		UNIT_TEST(questions_follow_the_standard),
		UNIT_TEST(bootstrap_takes_the_longest_match),
		UNIT_TEST(security_txt_gives_contacts),
		UNIT_TEST(a_signed_security_txt_is_read_inside),
		UNIT_TEST(what_the_standard_forbids_is_told),
		UNIT_TEST(a_zone_has_a_mailbox),
	};

	return cmocka_run_group_tests_name("rdap", tests, NULL, NULL);
}
