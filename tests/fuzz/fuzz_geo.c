/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses the format. */
#include "fuzz.h"

#include "directory/geo_priv.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct geo_layer l = { .table = NULL };
	struct geo_names names = { .a = arena_new() };
	struct geo_ranges ranges = { .n = 0 };
	struct geo_source s = { .path = "" };
	const struct ip ip = { .v = 4, .byte = { 192, 0, 2, 1 } };

	if (size > 0) {
		struct str in = FUZZ_STR(data + 1, size - 1);
		enum err e;

		if (data[0] == 'l')
			e = geo_read_location(in, &l, &names, &s);
		else if (data[0] == 'o')
			e = geo_read_own(in, &l, &names, &s);
		else
			e = geo_read_tor(in, data[0] == '6' ? 6 : 4, &l, &ranges, &s);
		if (e == OK && l.table == NULL && data[0] != 'l' && data[0] != 'o' &&
		    prefix_table_from_ranges(ranges.item, ranges.n, &l.table, NULL) != OK)
			l.table = NULL;
		if (l.table != NULL) {
			uint32_t value = prefix_table_find(l.table, &ip);

			FUZZ_CHECK(value == PREFIX_NONE || value < l.n);
		}
	}
	prefix_table_free(l.table);
	free(l.place);
	free(l.hash);
	free(names.item);
	arena_free(names.a);
	geo_ranges_free(&ranges);
	return 0;
}
