/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "text/value.h"

/* What was read is written, read and written again: the same text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data, size);
	struct value *v, *again;
	size_t at = 0;

	if (value_parse(a, s, &v, &at) != OK) {
		FUZZ_CHECK(at <= size);
		return 0;
	}
	const char *text = value_json_text(a, v);

	FUZZ_CHECK(value_parse(a, str_of(text), &again, NULL) == OK);
	FUZZ_CHECK(strcmp(value_json_text(a, again), text) == 0);
	return 0;
}
