/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "text/value.h"
#include "vulnerability/bundle.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct bundle b;
	struct record again;
	enum err e = bundle_read(a, FUZZ_STR(data, size), &b);

	FUZZ_CHECK(e == OK || b.faults > 0);
	for (size_t i = 0; i < b.faults; i++)
		FUZZ_CHECK(b.fault[i].rule[0] != '\0');
	/* What is kept of a record is a record. */
	for (size_t i = 0; i < b.records; i++) {
		struct value *v;

		FUZZ_CHECK(value_parse(a, str_of(value_json_text(a, record_value(a, &b.record[i]))), &v, NULL) == OK);
		FUZZ_CHECK(record_of_value(a, v, &again) == OK);
	}
	return 0;
}
