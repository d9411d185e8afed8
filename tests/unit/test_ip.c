/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/ip.h"

static void
addresses_are_read_and_written(void **state)
{
	static const struct {
		const char *text, *canonical; /* NULL: refused */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "256.0.0.1", NULL },
		{ "192.0.2.01", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.1.", NULL },
		{ "192.0.2.1 ", NULL },
		{ "", NULL },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0db8::0001", "2001:db8::1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7", NULL },
		{ "1:2:3:4:5:6:7:8:9", NULL },
		{ "1::2::3", NULL },
		{ ":1:2", NULL },
		{ "1:", NULL },
		{ ":::", NULL },
		{ "12345::", NULL },
		{ "fe80::1%eth0", NULL },
		{ "::1.2.3", NULL },
		{ "::1.2.3.4:5", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;
		enum err e = ip_parse(str_of(cases[i].text), &ip);

		if (cases[i].canonical == NULL) {
			assert_err(e, ERR_INVALID);
			continue;
		}
		assert_ok(e);
		assert_string_equal(ip_format(*state, &ip), cases[i].canonical);
	}
}

static void
networks_hold_addresses(void **state)
{
	static const struct {
		const char *net, *ip;
		bool ok, in;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true, true },
		{ "192.0.2.0/24", "192.0.3.0", true, false },
		{ "192.0.2.0/25", "192.0.2.128", true, false },
		{ "0.0.0.0/0", "203.0.113.9", true, true },
		{ "0.0.0.0/0", "2001:db8::1", true, false },
		{ "192.0.2.7/32", "192.0.2.7", true, true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true, true },
		{ "2001:db8::/33", "2001:db8:8000::1", true, false },
		{ "::/0", "2001:db8::1", true, true },
		{ "192.0.2.1/24", "192.0.2.1", false, false },
		{ "192.0.2.128/24", "192.0.2.1", false, false },
		{ "192.0.2.0/33", "192.0.2.1", false, false },
		{ "192.0.2.0/", "192.0.2.1", false, false },
		{ "192.0.2.0/024", "192.0.2.1", false, false },
		{ "192.0.2.0", "192.0.2.0", false, false },
		{ "::/129", "::1", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip_net net;
		struct ip ip;

		assert_int_equal(ip_net_parse(str_of(cases[i].net), &net) == OK, cases[i].ok);
		if (!cases[i].ok)
			continue;
		assert_ok(ip_parse(str_of(cases[i].ip), &ip));
		assert_int_equal(ip_in(&net, &ip), cases[i].in);
	}
	struct ip_net one;

	assert_ok(ip_net_parse_any(STR("192.0.2.1"), &one));
	assert_int_equal(one.prefix, 32);
	assert_ok(ip_net_parse_any(STR("2001:db8::1"), &one));
	assert_int_equal(one.prefix, 128);
	assert_ok(ip_net_parse_any(STR("192.0.2.0/24"), &one));
	assert_int_equal(one.prefix, 24);
	assert_err(ip_net_parse_any(STR("192.0.2.1/24"), &one), ERR_INVALID);
	assert_err(ip_net_parse_any(STR(""), &one), ERR_INVALID);
}

static void
private_addresses_are_known(void **state)
{
	static const struct {
		const char *ip;
		bool private, loopback;
	} cases[] = {
		{ "10.1.2.3", true, false },
		{ "172.31.255.255", true, false },
		{ "172.32.0.0", false, false },
		{ "192.168.0.1", true, false },
		{ "100.64.0.1", true, false },
		{ "127.0.0.1", true, true },
		{ "169.254.169.254", true, false },
		{ "8.8.8.8", false, false },
		{ "224.0.0.1", true, false },
		{ "::1", true, true },
		{ "::", true, false },
		{ "fe80::1", true, false },
		{ "fd00::1", true, false },
		{ "2606:4700::1", false, false },
		{ "::ffff:127.0.0.1", true, true },
		{ "::ffff:8.8.8.8", false, false },
		{ "64:ff9b::10.0.0.1", true, false },
		{ "2002:0a00:0001::1", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;

		assert_ok(ip_parse(str_of(cases[i].ip), &ip));
		assert_int_equal(ip_is_private(&ip), cases[i].private);
		assert_int_equal(ip_is_loopback(&ip), cases[i].loopback);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(addresses_are_read_and_written),
		UNIT_TEST(networks_hold_addresses),
		UNIT_TEST(private_addresses_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
