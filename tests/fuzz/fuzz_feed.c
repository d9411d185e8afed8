/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "telescope/feed.h"

/* A byte for the format, then the file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t records = 0;
	struct record r;
	enum err e;
	char *exact;

	if (size < 1)
		return 0;
	exact = malloc(size); /* so that one byte too far is seen */
	FUZZ_CHECK(exact != NULL);
	memcpy(exact, data + 1, size - 1);
	struct feed f = feed_of(data[0] % FEED_FORMATS, FUZZ_STR(exact, size - 1));

	while ((e = feed_next(&f, &r)) == OK && ++records < 50000) {
		FUZZ_CHECK(r.src.v == r.dst.v && (r.src.v == 4 || r.src.v == 6));
		FUZZ_CHECK(r.at > 0 && r.payload.n == 0 && r.flags <= RECORD_FLAGS);
		FUZZ_CHECK(r.fingerprint == RECORD_UNKNOWN || r.fingerprint == RECORD_MIRAI || r.fingerprint == RECORD_BACKSCATTER);
	}
	FUZZ_CHECK(e == OK || e == ERR_NOT_FOUND || e == ERR_INVALID);
	FUZZ_CHECK(f.bad <= f.events);
	free(exact);
	return 0;
}
