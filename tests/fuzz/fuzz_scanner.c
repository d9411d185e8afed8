/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "observation/scanner.h"

/* What was read is written and read again: the same networks. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct scanner_list l, again;

	if (scanner_parse(a, FUZZ_STR(data, size), &l) != OK)
		return 0;
	FUZZ_CHECK(l.n > 0 && l.n <= SCANNER_NETS);
	FUZZ_CHECK(scanner_parse(a, str_of(scanner_format(a, &l)), &again) == OK);
	FUZZ_CHECK(again.n == l.n && again.bad == 0);
	for (size_t i = 0; i < l.n; i++)
		FUZZ_CHECK(again.net[i].prefix == l.net[i].prefix && again.net[i].ip.v == l.net[i].ip.v);
	return 0;
}
