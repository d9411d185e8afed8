/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/tzif.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = { INT64_C(-62135596800), INT64_C(-1), 0,
		INT64_C(1789707900), INT64_C(253402300799) };
	AUTO(arena) a = arena_new();
	struct tzif t;

	if (tzif_parse(a, FUZZ_STR(data, size), &t) != OK)
		return 0;
	for (size_t i = 0; i < COUNT(moments); i++)
		FUZZ_CHECK(tzif_at(&t, moments[i]).abbreviation != NULL);
	return 0;
}
