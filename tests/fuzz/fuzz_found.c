/* SPDX-License-Identifier: Apache-2.0 */
/* What the parse role answers is read by one that does not trust it. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "directory/found.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct buf *json = buf_new(a, LIMIT_MIB(64));
	struct found f;

	(void)found_date(FUZZ_STR(data, size));
	if (found_read(a, FUZZ_STR(data, size), &f) != OK)
		return 0;
	found_sort(&f);
	(void)found_abuse(&f);
	found_json(json, &f);
	FUZZ_CHECK(found_read(a, buf_view(json), &f) == OK);
	return 0;
}
