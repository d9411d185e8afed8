/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "vulnerability/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct record r;
	struct record_list l;
	struct record_fault fault;

	if (record_parse(a, FUZZ_STR(data, size), &r, &fault) == OK) {
		for (size_t f = 0; f < RECORD_FACTS; f++)
			FUZZ_CHECK(r.fact[f] != NULL);
	} else {
		FUZZ_CHECK(fault.rule[0] != '\0');
	}
	if (record_kev_parse(a, FUZZ_STR(data, size), &l, &fault) == OK)
		for (size_t i = 0; i < l.n; i++)
			FUZZ_CHECK(record_list_find(&l, l.item[i].cve) != NULL);
	if (record_epss_parse(a, FUZZ_STR(data, size), &l, &fault) == OK)
		for (size_t i = 0; i < l.n; i++)
			FUZZ_CHECK(record_list_find(&l, l.item[i].cve) != NULL);
	return 0;
}
