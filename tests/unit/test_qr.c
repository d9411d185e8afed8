/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "team/qr.h"

/* Version 1-L, mask 0; read back by another program's decoder. */
static void
is_the_code_that_others_read(void **state)
{
	static const char *const rows[] = {
		"111111100001001111111",
		"100000100100001000001",
		"101110101011001011101",
		"101110100100101011101",
		"101110100100001011101",
		"100000100111001000001",
		"111111101010101111111",
		"000000001011000000000",
		"111011111010111000100",
		"010110000100111010001",
		"001010101001100010111",
		"010000001111010100001",
		"111101110001100001010",
		"000000001110101111011",
		"111111101001110110111",
		"100000101010110100010",
		"101110101011000110001",
		"101110100111101011000",
		"101110101101110111101",
		"100000101101000000010",
		"111111101001110111011",
	};
	AUTO(arena) a = arena_new();
	int size = 0;
	const uint8_t *m = qr_modules(a, STR("otpauth://totp/x"), &size);

	(void)state;
	assert_int_equal(size, sizeof(rows) / sizeof(rows[0]));
	for (int y = 0; y < size; y++) {
		for (int x = 0; x < size; x++)
			assert_int_equal(m[y * size + x], rows[y][x] - '0');
	}
}

static void
grows_with_the_text_and_ends(void **state)
{
	static const struct {
		size_t n;
		int size;
	} rows[] = { { 0, 21 }, { 17, 21 }, { 18, 25 }, { 32, 25 }, { 33, 29 }, { 106, 37 }, { 134, 41 },
		{ 154, 45 }, { 192, 49 }, { 230, 53 }, { 231, 57 }, { 271, 57 }, { 272, 0 }, { 5000, 0 } };
	AUTO(arena) a = arena_new();
	char text[5000];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < COUNT(rows); i++) {
		int size = 0;
		const uint8_t *m = qr_modules(a, (struct str){ text, rows[i].n }, &size);

		assert_int_equal(size, rows[i].size);
		assert_true((m == NULL) == (rows[i].size == 0));
		assert_true((qr_svg(a, (struct str){ text, rows[i].n }).n == 0) == (rows[i].size == 0));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_code_that_others_read),
		cmocka_unit_test(grows_with_the_text_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
