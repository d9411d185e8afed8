/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of organisations as CSV and vCard; certificates; who is responsible. */
#include "unit.h"

#include "base/buf.h"
#include "base/limit.h"
#include "directory/certificate.h"
#include "text/csv.h"
#include "directory/demonstration.h"
#include "directory/listing.h"
#include "directory/relation_map.h"
#include "directory/responsible.h"

static void
csv_records_are_read(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		size_t fields;
		const char *last;
	} cases[] = {
		{ "a,b,c\n", OK, 3, "c" },
		{ "\xef\xbb\xbf\r\n\r\na,b\r\n", OK, 2, "b" },
		{ "a,\"b, \"\"c\"\"\nd\"\r\n", OK, 2, "b, \"c\"\nd" },
		{ "a,", OK, 2, "" },
		{ "\"\"", OK, 1, "" },
		{ "", ERR_NOT_FOUND, 0, "" },
		{ "a,\"b", ERR_INVALID, 0, "" },
		{ "a,b\"c\n", ERR_INVALID, 0, "" },
		{ "a,\"b\"c\n", ERR_INVALID, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(arena) a = arena_new();
		struct csv c = csv_of(str_of(cases[i].text));
		struct str field[CSV_FIELDS];
		size_t n = 0;

		assert_int_equal(csv_next(&c, a, field, &n), cases[i].want);
		if (cases[i].want != OK)
			continue;
		assert_int_equal(n, cases[i].fields);
		assert_true(str_is(field[n - 1], cases[i].last));
	}
}

static void
csv_is_bounded_and_goes_on_behind_a_bad_row(void **state)
{
	AUTO(arena) a = arena_new();
	struct str field[CSV_FIELDS];
	struct buf *b = buf_new(a, LIMIT_MIB(1));
	size_t n;

	(void)state;
	for (int i = 0; i < CSV_FIELDS; i++)
		buf_text(b, i == 0 ? "x" : ",x");
	buf_text(b, "\n");
	for (int i = 0; i <= CSV_FIELDS; i++)
		buf_text(b, i == 0 ? "x" : ",x");
	buf_text(b, "\nlast\n");
	struct csv c = csv_of(buf_view(b));

	assert_ok(csv_next(&c, a, field, &n));
	assert_int_equal(n, CSV_FIELDS);
	assert_int_equal(csv_next(&c, a, field, &n), ERR_LIMIT);
	assert_int_equal(c.line, 2);
	assert_ok(csv_next(&c, a, field, &n));
	assert_true(str_is(field[0], "last"));
	assert_int_equal(c.line, 3);
}

static void
a_spreadsheet_gets_no_formula(void **state)
{
	static const char *const texts[] = { "=1+1", "+81-3", "-x", "@x", "plain", "a \"quoted\" one", "'", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		AUTO(arena) a = arena_new();
		struct buf *b = buf_new(a, 1000);
		struct str field[CSV_FIELDS];
		size_t n;

		csv_put(b, texts[i]);
		csv_put(b, "end");
		csv_end(b);
		struct csv c = csv_of(buf_view(b));

		assert_ok(csv_next(&c, a, field, &n));
		assert_int_equal(n, 2);
		assert_true(field[0].n == 0 || strchr("=+-@", field[0].p[0]) == NULL);
		assert_true(str_is(csv_plain(field[0]), texts[i]));
	}
}

static void
bad_rows_are_told_by_their_number(void **state)
{
	AUTO(arena) a = arena_new();
	struct listing l;

	(void)state;
	assert_ok(listing_csv(a,
	    STR("name,kind,country,contact_email,networks,as_numbers,contact_test_days\n"
		"Good,isp,jp,soc@good.example,192.0.2.0/24 2001:db8::/32,AS64500,90\n"
		",isp,JP,x@y.example,,,\n"
		"Bad,nonsense,XX,nobody,192.0.2.1/24,AS0,4000\n"
		"No contact,csirt,,,,,\n"),
	    &l));
	assert_int_equal(l.n, 2);
	assert_int_equal(l.bad, 2);
	assert_int_equal(l.faults, 7);
	assert_int_equal(l.fault[0].line, 3);
	assert_int_equal(l.fault[1].line, 4);
	assert_string_equal(l.row[0].o.cc, "JP");
	assert_string_equal(l.row[0].o.lang, "ja");
	assert_int_equal(l.row[0].scopes, 3);
	assert_string_equal(l.row[0].scope[2].value, "64500");
	assert_int_equal(l.row[0].c.test_days, 90);
	assert_true(!l.row[1].has_contact);
	assert_int_equal(listing_csv(a, STR("organisation,kind\nX,isp\n"), &l), ERR_INVALID);
	assert_int_equal(listing_csv(a, STR(""), &l), ERR_INVALID);
}

static void
vcards_are_read(void **state)
{
	AUTO(arena) a = arena_new();
	struct listing l;

	(void)state;
	assert_ok(listing_any(a,
	    STR("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Taro Minato\r\nORG:Minato Example\\, Inc.;SOC\r\nROLE:csirt\r\n"
		"item1.EMAIL;TYPE=\"work:x\":mailto:taro@minato.ex\r\n ample\r\nTEL;TYPE=fax:+81-3-1\r\n"
		"TEL;VALUE=uri:tel:+81-3-2\r\nADR:;;;;;;JP\r\nEND:VCARD\r\n"
		"BEGIN:VCARD\nVERSION:2.1\nFN:Old\nEMAIL:old@old.example\nEND:VCARD\n"
		"BEGIN:VCARD\nVERSION:3.0\nFN:No way\nEND:VCARD\nBEGIN:VCARD\n"),
	    &l));
	assert_int_equal(l.n, 1);
	assert_int_equal(l.bad, 3);
	assert_string_equal(l.row[0].o.name, "Minato Example, Inc.");
	assert_string_equal(l.row[0].o.cc, "JP");
	assert_string_equal(l.row[0].c.name, "Taro Minato");
	assert_string_equal(l.row[0].c.purpose, "csirt");
	assert_string_equal(l.row[0].c.email, "taro@minato.example");
	assert_string_equal(l.row[0].c.phone, "+81-3-2");
	assert_string_equal(l.row[0].c.fax, "+81-3-1");
	assert_int_equal(listing_vcard(a, STR("nothing: here"), &l), ERR_INVALID);
}

static void
a_certificate_tells_when_it_expires(void **state)
{
	/* DER by hand: SEQUENCE { SEQUENCE { serial, SEQ, SEQ, SEQUENCE { times } } } */
	static const char utc[] = "-----BEGIN CERTIFICATE-----\nMC0wKwIBATAAMAAwHhcNMjYwMTAxMDAwMDAwWhcNNDkxMjMxMjM1OTU5WjAAMAA=\n"
				  "-----END CERTIFICATE-----\n";
	AUTO(arena) a = arena_new();
	int64_t at;

	(void)state;
	enum err e = certificate_expiry(a, str_of(utc), &at);

	assert_ok(e);
	assert_int_equal(at, INT64_C(2524607999000)); /* 2049-12-31T23:59:59Z */
	assert_int_equal(certificate_expiry(a, str_take(str_of(utc), 60), &at), ERR_INVALID);
	assert_int_equal(certificate_expiry(a, STR(""), &at), ERR_INVALID);
	assert_int_equal(certificate_expiry(a, STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), &at),
	    ERR_INVALID);
}

static void
the_narrowest_one_is_responsible(void **state)
{
	static const struct responsible_scope list[] = {
		{ 1, false, "prefix", "192.0.2.0/24" },
		{ 2, true, "prefix", "192.0.2.128/25" },
		{ 3, false, "prefix", "192.0.2.128/25" },
		{ 4, true, "prefix", "2001:db8::/32" },
		{ 5, false, "domain", "example.jp" },
		{ 6, true, "domain", "sub.example.jp" },
		{ 7, false, "asn", "64500" },
		{ 8, false, "country", "KR" },
		{ 9, false, "prefix", "nonsense" },
	};
	AUTO(responsible) r = responsible_new(list, COUNT(list));
	const struct responsible_scope *s;
	struct ip ip;
	size_t n;

	(void)state;
	assert_ok(ip_parse(STR("192.0.2.1"), &ip));
	s = responsible_address(r, &ip, &n);
	assert_int_equal(n, 1);
	assert_int_equal(s->organisation, 1);
	assert_ok(ip_parse(STR("192.0.2.129"), &ip));
	s = responsible_address(r, &ip, &n);
	assert_int_equal(n, 2);
	assert_int_equal(s[0].organisation, 2); /* members first */
	assert_int_equal(s[1].organisation, 3);
	assert_ok(ip_parse(STR("203.0.113.1"), &ip));
	assert_null(responsible_address(r, &ip, &n));
	assert_int_equal(n, 0);
	assert_int_equal(responsible_name(r, STR("www.sub.example.jp"), &n)->organisation, 6);
	assert_int_equal(responsible_name(r, STR("other.example.jp"), &n)->organisation, 5);
	assert_null(responsible_name(r, STR("notexample.jp"), &n));
	assert_int_equal(responsible_as(r, 64500, &n)->organisation, 7);
	assert_null(responsible_as(r, 6450, &n));
	assert_int_equal(responsible_exact(r, "country", STR("KR"), &n)->organisation, 8);
	AUTO(responsible) none = responsible_new(NULL, 0);

	assert_null(responsible_address(none, &ip, &n));
	assert_null(responsible_name(none, STR("example.jp"), &n));
}

static void
the_map_counts_each_stakeholder(void **state)
{
	AUTO(arena) a = arena_new();
	struct relation_map m = { 0 };
	int64_t total = 0;

	(void)state;
	for (size_t i = 0; i < demonstration_count; i++) {
		const struct demonstration *d = &demonstration_list[i];
		const struct organisation o = { .name = d->name, .kind = d->kind, .cc = d->cc };

		assert_true(word_has(organisation_kinds, d->kind));
		assert_true(d->sector == NULL || word_has(organisation_sectors, d->sector));
		relation_map_add(&m, &o, "JP", d->flows);
	}
	for (int i = 0; i < RELATION_MAP_KINDS; i++)
		total += m.kind[i].organisations;
	assert_int_equal(total, demonstration_count);
	assert_int_equal(m.kind[0].organisations, 1); /* FIRST */
	assert_true(m.kind[2].organisations >= 20);   /* CSIRTs abroad */
	struct str svg = relation_map_svg(a, &m, "<Team> of a very long name", LANG_EN);

	assert_true(str_find(svg, STR("&lt;Team&gt;"), 0) != SIZE_MAX);
	assert_true(str_ends(svg, STR("</svg>")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_records_are_read),
		cmocka_unit_test(csv_is_bounded_and_goes_on_behind_a_bad_row),
		cmocka_unit_test(a_spreadsheet_gets_no_formula),
		cmocka_unit_test(bad_rows_are_told_by_their_number),
		cmocka_unit_test(vcards_are_read),
		cmocka_unit_test(a_certificate_tells_when_it_expires),
		cmocka_unit_test(the_narrowest_one_is_responsible),
		cmocka_unit_test(the_map_counts_each_stakeholder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
