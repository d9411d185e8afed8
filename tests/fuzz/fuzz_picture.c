/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/limit.h"
#include "takedown/picture.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) a = arena_new();
	struct picture_made made;
	const char *why;

	if (picture_make(a, FUZZ_STR(data, size), &made, &why) != OK) {
		FUZZ_CHECK(why != NULL && *why != '\0');
		return 0;
	}
	FUZZ_CHECK(made.width > 0 && made.width <= PICTURE_WIDTH && made.height > 0 && made.height <= PICTURE_HEIGHT);
	FUZZ_CHECK(made.jpeg.n > 4 && made.jpeg.n <= LIMIT_PICTURE_MADE);
	return 0;
}
