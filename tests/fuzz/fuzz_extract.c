/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "incident/extract.h"
#include "incident/ref.h"
#include "incident/simhash.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	const struct extract_found *found;
	size_t n, from = 0;
	struct ref ref;

	FUZZ_CHECK(extract_find(a, s, &found, &n) == OK);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CHECK(found[i].value.n > 0);
		FUZZ_CHECK(found[i].n > 0 && found[i].at + found[i].n <= size);
	}
	(void)extract_defang_text(a, s);
	(void)simhash_of(s);
	while (ref_find_from(s, &from, &ref) == OK) {
		struct ref again;

		FUZZ_CHECK(ref_parse(str_of(ref_format(a, ref)), &again) == OK);
		FUZZ_CHECK(again.seq == ref.seq && again.year == ref.year);
	}
	return 0;
}
