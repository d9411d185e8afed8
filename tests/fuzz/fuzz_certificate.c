/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "directory/certificate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	int64_t at = 0;

	if (certificate_expiry(a, FUZZ_STR(data, size), &at) == OK)
		FUZZ_CHECK(at > INT64_C(-62135596800000) && at < INT64_C(253402300800000));
	return 0;
}
