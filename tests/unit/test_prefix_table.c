/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "directory/prefix_table.h"

static uint32_t
find(const struct prefix_table *t, const char *text)
{
	struct ip ip;

	assert_ok(ip_parse(str_of(text), &ip));
	return prefix_table_find(t, &ip);
}

static void
the_narrowest_network_counts(void **state)
{
	static const char *const nets[] = { "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24",
		"10.1.2.3/32", "192.0.2.0/25", "192.0.2.128/25", "255.255.255.255/32", "2001:db8::/32",
		"2001:db8:1::/48", "2001:db8:1::1/128", "ffff::/16", "10.1.2.0/24" };
	struct prefix_entry list[COUNT(nets)];
	AUTO(prefix_table) t = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(nets); i++) {
		list[i].value = (uint32_t)i;
		assert_ok(ip_net_parse(str_of(nets[i]), &list[i].net));
	}
	assert_ok(prefix_table_new(list, COUNT(list), &t));
	assert_int_equal(find(t, "9.255.255.255"), PREFIX_NONE);
	assert_int_equal(find(t, "10.0.0.0"), 0);
	assert_int_equal(find(t, "10.1.0.0"), 1);
	assert_int_equal(find(t, "10.1.2.0"), 11); /* the later of two equal ones */
	assert_int_equal(find(t, "10.1.2.3"), 3);
	assert_int_equal(find(t, "10.1.2.4"), 11);
	assert_int_equal(find(t, "10.1.3.0"), 1);
	assert_int_equal(find(t, "10.2.0.0"), 0);
	assert_int_equal(find(t, "11.0.0.0"), PREFIX_NONE);
	assert_int_equal(find(t, "192.0.2.127"), 4);
	assert_int_equal(find(t, "192.0.2.128"), 5);
	assert_int_equal(find(t, "192.0.3.0"), PREFIX_NONE);
	assert_int_equal(find(t, "255.255.255.254"), PREFIX_NONE);
	assert_int_equal(find(t, "255.255.255.255"), 6);
	assert_int_equal(find(t, "2001:db8::1"), 7);
	assert_int_equal(find(t, "2001:db8:1::"), 8);
	assert_int_equal(find(t, "2001:db8:1::1"), 9);
	assert_int_equal(find(t, "2001:db8:1::2"), 8);
	assert_int_equal(find(t, "2001:db9::"), PREFIX_NONE);
	assert_int_equal(find(t, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 10);
	assert_int_equal(find(t, "::ffff:10.1.2.3"), 3);
	assert_int_equal(find(t, "::"), PREFIX_NONE);
}

static void
the_whole_space_and_nothing(void **state)
{
	struct prefix_entry list[] = {
		{ { { 4, { 0 } }, 0 }, 1 },
		{ { { 6, { 0 } }, 0 }, 2 },
	};
	AUTO(prefix_table) t = NULL;
	AUTO(prefix_table) none = NULL;

	(void)state;
	assert_ok(prefix_table_new(list, 2, &t));
	assert_int_equal(find(t, "0.0.0.0"), 1);
	assert_int_equal(find(t, "255.255.255.255"), 1);
	assert_int_equal(find(t, "::"), 2);
	assert_int_equal(find(t, "ffff::"), 2);
	assert_ok(prefix_table_new(NULL, 0, &none));
	assert_int_equal(find(none, "192.0.2.1"), PREFIX_NONE);
	assert_int_equal(find(none, "2001:db8::"), PREFIX_NONE);
	list[0].value = PREFIX_NONE;
	AUTO(prefix_table) bad = NULL;

	assert_err(prefix_table_new(list, 2, &bad), ERR_INVALID);
}

static void
ranges_need_not_be_networks(void **state)
{
	struct prefix_range list[] = {
		{ { 4, { 192, 0, 2, 3 } }, { 4, { 192, 0, 2, 9 } }, 1 },
		{ { 4, { 192, 0, 2, 10 } }, { 4, { 192, 0, 2, 10 } }, 2 },
		{ { 4, { 255, 255, 255, 0 } }, { 4, { 255, 255, 255, 255 } }, 3 },
		{ { 6, { 0x20 } }, { 6, { 0x20, 1 } }, 4 },
	};
	AUTO(prefix_table) t = NULL;
	AUTO(prefix_table) bad = NULL;
	size_t at = 99;

	(void)state;
	assert_ok(prefix_table_from_ranges(list, COUNT(list), &t, NULL));
	assert_int_equal(find(t, "192.0.2.2"), PREFIX_NONE);
	assert_int_equal(find(t, "192.0.2.3"), 1);
	assert_int_equal(find(t, "192.0.2.9"), 1);
	assert_int_equal(find(t, "192.0.2.10"), 2);
	assert_int_equal(find(t, "192.0.2.11"), PREFIX_NONE);
	assert_int_equal(find(t, "255.255.255.255"), 3);
	assert_int_equal(find(t, "2001::"), 4);
	assert_int_equal(find(t, "2001::1"), PREFIX_NONE);
	list[1].from.byte[3] = 9;
	assert_err(prefix_table_from_ranges(list, COUNT(list), &bad, &at), ERR_INVALID);
	assert_int_equal(at, 1);
}

/* Against looking at every network, with a generator of our own. */
static uint32_t
dice(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void
random_networks_agree_with_the_slow_way(void **state)
{
	enum { N = 2000, PROBES = 20000 };
	struct prefix_entry *list = arena_many(*state, struct prefix_entry, N);
	AUTO(prefix_table) t = NULL;
	uint32_t seed = 1;

	for (uint32_t i = 0; i < N; i++) {
		bool v6 = dice(&seed) % 2 == 0;
		struct ip_net net = { { v6 ? 6 : 4, { 0 } }, 0 };
		unsigned bits = v6 ? 128 : 32;

		/* few values a byte, so that they nest */
		for (unsigned b = 0; b < bits / 8; b++)
			net.ip.byte[b] = (uint8_t)(dice(&seed) % 4 * 85);
		net.prefix = (uint8_t)(dice(&seed) % (bits + 1));
		for (unsigned b = net.prefix; b < bits; b++)
			net.ip.byte[b / 8] &= (uint8_t)~(0x80 >> b % 8);
		list[i] = (struct prefix_entry){ net, i };
	}
	assert_ok(prefix_table_new(list, N, &t));
	for (int i = 0; i < PROBES; i++) {
		bool v6 = dice(&seed) % 2 == 0;
		struct ip ip = { .v = v6 ? 6 : 4 };
		uint32_t want = PREFIX_NONE;
		int best = -1;

		for (unsigned b = 0; b < (v6 ? 16u : 4u); b++)
			ip.byte[b] = (uint8_t)(dice(&seed) % 4 * 85);
		for (size_t k = 0; k < N; k++) {
			if (ip_in(&list[k].net, &ip) && list[k].net.prefix >= best) {
				best = list[k].net.prefix;
				want = list[k].value;
			}
		}
		assert_int_equal(prefix_table_find(t, &ip), want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_narrowest_network_counts),
		UNIT_TEST(the_whole_space_and_nothing),
		UNIT_TEST(ranges_need_not_be_networks),
		UNIT_TEST(random_networks_agree_with_the_slow_way),
	};

	return cmocka_run_group_tests_name("prefix_table", tests, NULL, NULL);
}
