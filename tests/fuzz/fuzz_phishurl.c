/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "incident/phishurl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct phishurl r;
	struct phishurl_row row;
	const char *fault = NULL;
	size_t before = 0;

	if (phishurl_open(FUZZ_STR(data, size), &r) != OK)
		return 0;
	for (;;) {
		enum err e = phishurl_next(&r, a, &row, &fault);

		if (e == ERR_NOT_FOUND)
			break;
		FUZZ_CHECK(r.line > before); /* always moves on */
		before = r.line;
		if (e == OK)
			FUZZ_CHECK(phishurl_identity(a, &row).n > 0);
		else
			FUZZ_CHECK(fault != NULL);
	}
	return 0;
}
