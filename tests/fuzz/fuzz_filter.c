/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "telescope/filter.h"

/* What was read is written and read again: the same filter, with the same answers. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct record records[] = {
		{ .at = 1, .src = { 4, { 192, 0, 2, 1 } }, .dst = { 4, { 198, 51, 100, 1 } }, .proto = RECORD_TCP, .dport = 23, .flags = 2 },
		{ .at = INT64_C(1788220800000000), .src = { 6, { 0x20, 1 } }, .dst = { 6, { 0x20, 2 } }, .proto = RECORD_ICMP6, .dport = 0x8000 },
	};
	const struct filter_more more = { .country = 'J' << 8 | 'P', .as = 4713, .sensor = "one" };
	AUTO(arena) a = arena_new();
	const struct filter *f, *again;
	const char *fault = NULL, *text;
	size_t at = 0;

	if (filter_parse(a, FUZZ_STR(data, size), &f, &fault, &at) != OK) {
		FUZZ_CHECK(fault != NULL && at <= size);
		return 0;
	}
	text = filter_format(a, f);
	if (strlen(text) > 8192 || filter_parse(a, str_of(text), &again, &fault, &at) == ERR_LIMIT)
		return 0; /* brackets that were left out stand there now */
	FUZZ_CHECK(filter_parse(a, str_of(text), &again, &fault, &at) == OK);
	FUZZ_CHECK(strcmp(filter_format(a, again), text) == 0);
	for (size_t i = 0; i < COUNT(records); i++)
		FUZZ_CHECK(filter_matches(f, &records[i], &more) == filter_matches(again, &records[i], &more));
	return 0;
}
