/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/utf8.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct str clean = utf8_clean(a, s);

	FUZZ_CHECK(utf8_valid(clean));
	FUZZ_CHECK(utf8_valid(utf8_clean_line(a, s)));
	FUZZ_CHECK(str_equal(clean, utf8_clean(a, clean)));
	(void)utf8_fold(a, s);
	(void)utf8_wrap(a, clean, 70);
	(void)utf8_wrap(a, clean, 1);
	FUZZ_CHECK(utf8_count(clean) <= clean.n);
	return 0;
}
