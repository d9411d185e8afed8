/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "telescope/mask.h"
#include "telescope/sighting.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* ${hours} of a series that has ${each} sources; the last one's answer. */
static struct sighting_fired
feed(struct sighting_series *s, struct sighting_clock *c, const struct sighting_limits *l, int hours, int64_t each)
{
	struct sighting_fired f = { 0 };

	for (int i = 0; i < hours; i++) {
		f = sighting_hour(s, c, l, c->hours, each);
		c->hours++;
	}
	return f;
}

static void
test_wave(void **state)
{
	struct sighting_series s = { 0 };
	struct sighting_clock c = { 0 };
	struct sighting_limits l = sighting_ready;

	(void)state;
	assert_false(feed(&s, &c, &l, 71, 2).wave);
	assert_false(sighting_hour(&s, &c, &l, c.hours, 150).wave); /* too little is known */
	c.hours++;
	feed(&s, &c, &l, 40, 2);
	assert_false(sighting_hour(&s, &c, &l, c.hours, 4).wave);
	struct sighting_fired f = sighting_hour(&s, &c, &l, c.hours, 150);

	assert_true(f.wave);
	assert_true(fabs(f.score - (sighting_anscombe(150) - sighting_anscombe(2))) < 1e-9);
	assert_true(fabs(f.usual - 2) < 1e-9);
}

/* A series that begins late had nothing before. */
static void
test_wave_from_nothing(void **state)
{
	struct sighting_series s = { 0 };
	struct sighting_clock c = { .hours = 500 };
	struct sighting_limits l = sighting_ready;

	(void)state;
	assert_false(sighting_hour(&s, &c, &l, 500, 4).wave);
	memset(&s, 0, sizeof(s));
	assert_true(sighting_hour(&s, &c, &l, 500, 50).wave);
	memset(&s, 0, sizeof(s));
	l.z = 20;
	assert_false(sighting_hour(&s, &c, &l, 500, 50).wave);
}

static void
test_slow(void **state)
{
	struct sighting_series s = { 0 };
	struct sighting_clock c = { 0 };
	struct sighting_limits l = sighting_ready;
	int hours = 0;

	(void)state;
	assert_false(feed(&s, &c, &l, 24 * 14, 1).slow);
	assert_true(s.pile <= 0);
	while (hours < 100 && !sighting_hour(&s, &c, &l, c.hours, 4).slow) {
		hours++;
		c.hours++;
	}
	assert_in_range(hours, 2, 24);
	/* what lasts becomes the usual */
	feed(&s, &c, &l, 24 * 40, 4);
	assert_true(s.pile <= 0);
}

/* The sums that are kept are those of the ring, whatever came. */
static void
test_sums(void **state)
{
	struct sighting_series s = { 0 };
	struct sighting_clock c = { 0 };
	struct sighting_limits l = sighting_ready;
	uint32_t x = 1;
	double sum = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		x = x * 1103515245 + 12345;
		(void)sighting_hour(&s, &c, &l, c.hours, x >> 24);
		c.hours++;
	}
	for (uint32_t back = SIGHTING_LAG + 1; back <= SIGHTING_LAG + SIGHTING_HOURS; back++)
		sum += sighting_anscombe(s.past[(c.hours - back) % (SIGHTING_HOURS + SIGHTING_LAG)]);
	assert_true(fabs((double)s.sum_q / 4096 - sum) < 0.1);
}

static void
test_holds(void **state)
{
	const struct sighting_limits *l = &sighting_ready;

	(void)state;
	assert_true(sighting_holds(l, &(struct sighting_who){ .packets = 100, .sources = 9, .sensors = 3, .top = 50, .active = 45 }));
	assert_false(sighting_holds(l, &(struct sighting_who){ .packets = 100, .sources = 9, .sensors = 3, .top = 51, .active = 45 }));
	assert_false(sighting_holds(l, &(struct sighting_who){ .packets = 100, .sources = 9, .sensors = 2, .top = 10, .active = 45 }));
	assert_true(sighting_holds(l, &(struct sighting_who){ .packets = 100, .sources = 9, .sensors = 1, .top = 10, .active = 1 }));
	assert_false(sighting_holds(l, &(struct sighting_who){ .packets = 100, .sources = 2, .sensors = 3, .top = 10, .active = 45 }));
}

static const unsigned char key[MASK_KEY] = { 21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143,
	131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2 };

static struct ip
masked(struct mask *m, const char *text)
{
	struct ip ip, x;

	assert_int_equal(ip_parse(str_of(text), &ip), OK);
	assert_int_equal(mask_ip(m, &ip, &x), OK);
	return x;
}

/* The sample that the authors of CryptoPAn gave with their program. */
static void
test_mask(void **state)
{
	static const char *const pair[][2] = {
		{ "128.11.68.132", "135.242.180.132" },
		{ "129.118.74.4", "134.136.186.123" },
		{ "130.132.252.244", "133.68.164.234" },
		{ "141.223.7.43", "141.167.8.160" },
		{ "141.233.145.108", "141.129.237.235" },
		{ "152.163.225.39", "151.140.114.167" },
		{ "156.29.3.236", "147.225.12.42" },
		{ "165.247.96.84", "162.9.99.234" },
		{ "166.107.77.190", "160.132.178.185" },
		{ "192.102.249.13", "252.138.62.131" },
	};
	AUTO(arena) a = arena_new();
	AUTO(mask) m = NULL;

	(void)state;
	assert_int_equal(mask_new(key, &m), OK);
	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++) {
		struct ip x = masked(m, pair[i][0]);

		assert_string_equal(ip_format(a, &x), pair[i][1]);
	}
}

static unsigned
shared(const struct ip *x, const struct ip *y)
{
	unsigned n = 0, most = x->v == 4 ? 32 : 128;

	while (n < most && (((unsigned)x->byte[n / 8] ^ y->byte[n / 8]) & 0x80u >> n % 8) == 0)
		n++;
	return n;
}

static void
test_mask_prefix(void **state)
{
	static const char *const text[] = { "2001:db8::1", "2001:db8::2", "2001:db8:0:1::2", "2001:db9::2", "3fff::1", "::1" };
	AUTO(mask) m = NULL;

	(void)state;
	assert_int_equal(mask_new(key, &m), OK);
	for (size_t i = 0; i < 6; i++) {
		for (size_t k = 0; k < 6; k++) {
			struct ip p, q, x = masked(m, text[i]), y = masked(m, text[k]);

			assert_int_equal(ip_parse(str_of(text[i]), &p), OK);
			assert_int_equal(ip_parse(str_of(text[k]), &q), OK);
			assert_int_equal(shared(&p, &q), shared(&x, &y));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wave),
		cmocka_unit_test(test_wave_from_nothing),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_mask_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
