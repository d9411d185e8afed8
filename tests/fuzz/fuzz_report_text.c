/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "incident/lang_guess.h"
#include "incident/report_text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct report_text t;
	int32_t offset;
	int64_t at;

	(void)lang_guess(s, LANG_JA);
	if (report_text_zone(a, s, &offset) == OK)
		FUZZ_CHECK(offset >= -15 * 3600 && offset <= 15 * 3600);
	if (report_text_time(a, s, 32400, &at) == OK)
		FUZZ_CHECK(at > -CLOCK_DAY);
	if (report_text_parse(a, s, &t) == OK) {
		for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++)
			FUZZ_CHECK(t.field[i].n <= size);
	}
	return 0;
}
