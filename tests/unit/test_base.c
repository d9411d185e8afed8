/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/scan.h"

static void
arena_keeps_what_it_gave(void **state)
{
	struct arena *a = *state;
	char *first = arena_dup(a, "first");

	for (size_t n = 1; n < 100000; n = n * 3 + 1) {
		char *p = arena_alloc(a, n);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 'x', n);
	}
	assert_string_equal(first, "first");
	assert_null(arena_dup(a, NULL));
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
}

static void
count_down(void *object)
{
	(*(int *)object)--;
}

static void
arena_runs_what_was_deferred(void **state)
{
	int n = 2;

	arena_defer(*state, count_down, &n);
	arena_defer(*state, count_down, &n);
	arena_reset(*state);
	assert_int_equal(n, 0);
}

static void
str_reads_from_the_front(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "-5", true, -5 },
		{ "12345678901", true, INT64_C(12345678901) },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "1x", false, 0 },
		{ " 1", false, 0 },
		{ "99999999999999999999", false, 0 },
	};
	struct str s, line;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t v = 0;

		assert_int_equal(str_int(str_of(cases[i].text), INT64_MIN,
				     INT64_MAX, &v),
		    cases[i].ok);
		assert_int_equal(v, cases[i].value);
	}
	s = STR("one\r\ntwo\n\nlast");
	assert_true(str_line(&s, &line));
	assert_true(str_is(line, "one"));
	assert_true(str_line(&s, &line));
	assert_true(str_line(&s, &line));
	assert_int_equal(line.n, 0);
	assert_true(str_line(&s, &line));
	assert_true(str_is(line, "last"));
	assert_false(str_line(&s, &line));
	assert_int_equal(str_find(STR("abcabc"), STR("ca"), 0), 2);
	assert_int_equal(str_find(STR("abc"), STR("abcd"), 0), SIZE_MAX);
	assert_int_equal(str_find_case(STR("xABC"), STR("abc"), 0), 1);
	assert_true(str_ends_case(STR("a.EML"), STR(".eml")));
}

static void
buf_error_sticks(void **state)
{
	struct buf *b = buf_new(*state, 8);

	buf_text(b, "12345678");
	assert_ok(buf_error(b));
	buf_char(b, '9');
	assert_err(buf_error(b), ERR_LIMIT);
	buf_clear(b);
	buf_printf(b, "%d", 1234567);
	assert_ok(buf_error(b));
	assert_string_equal(buf_cstr(*state, b), "1234567");
}

static void
scan_reads_what_buf_wrote(void **state)
{
	struct buf *b = buf_new(*state, 100);

	buf_u16(b, 0x1234);
	buf_u64(b, UINT64_C(0x1122334455667788));
	buf_u32(b, 3);
	buf_text(b, "abc");
	struct scan s = scan_of(buf_view(b));

	assert_int_equal(scan_u16(&s), 0x1234);
	assert_int_equal(scan_u64(&s), UINT64_C(0x1122334455667788));
	assert_true(str_is(scan_counted(&s), "abc"));
	assert_ok(scan_end(&s));
	assert_int_equal(scan_u8(&s), 0);
	assert_err(scan_error(&s), ERR_INVALID);
}

static void
codes_go_there_and_back(void **state)
{
	static const struct {
		const char *plain, *base64, *hex;
	} cases[] = {
		{ "", "", "" },
		{ "f", "Zg==", "66" },
		{ "fo", "Zm8=", "666f" },
		{ "foo", "Zm9v", "666f6f" },
		{ "foobar", "Zm9vYmFy", "666f6f626172" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str plain = str_of(cases[i].plain), back;
		char bytes[8] = { 0 };

		assert_string_equal(
		    base64_format(*state, plain), cases[i].base64);
		assert_ok(base64_parse(
		    *state, str_of(cases[i].base64), &back));
		assert_true(str_equal(back, plain));
		assert_string_equal(
		    hex_format(*state, plain.p, plain.n), cases[i].hex);
		assert_ok(hex_parse(str_of(cases[i].hex), bytes, plain.n));
		assert_string_equal(bytes, cases[i].plain);
	}
	struct str out;

	assert_err(base64_parse(*state, STR("A"), &out), ERR_INVALID);
	assert_err(base64_parse(*state, STR("A A="), &out), ERR_INVALID);
	assert_err(hex_parse(STR("0g"), &(char){ 0 }, 1), ERR_INVALID);
}

static void
clock_knows_the_calendar(void **state)
{
	static const struct {
		int64_t at;
		int32_t offset, year, month, day, hour, weekday;
	} cases[] = {
		{ 0, 0, 1970, 1, 1, 0, 4 },
		{ -1, 0, 1969, 12, 31, 23, 3 },
		{ INT64_C(1789707900000), 32400, 2026, 9, 18, 14, 5 },
		{ INT64_C(951782400000), 0, 2000, 2, 29, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct civil c = clock_civil(cases[i].at, cases[i].offset);

		assert_int_equal(c.year, cases[i].year);
		assert_int_equal(c.month, cases[i].month);
		assert_int_equal(c.day, cases[i].day);
		assert_int_equal(c.hour, cases[i].hour);
		assert_int_equal(c.weekday, cases[i].weekday);
		assert_int_equal(
		    clock_from_civil(&c, cases[i].offset), cases[i].at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(arena_keeps_what_it_gave),
		UNIT_TEST(arena_runs_what_was_deferred),
		UNIT_TEST(str_reads_from_the_front),
		UNIT_TEST(buf_error_sticks),
		UNIT_TEST(scan_reads_what_buf_wrote),
		UNIT_TEST(codes_go_there_and_back),
		UNIT_TEST(clock_knows_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
