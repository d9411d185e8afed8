/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "telescope/batch.h"

/* A batch as the collector gets it. What can be read is written again and is the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char signature[BATCH_SIGNATURE];
	AUTO(arena) a = arena_new();
	struct buf *out = buf_new(a, LIMIT_BATCH);
	struct batch b, again;

	if (batch_read(a, FUZZ_STR(data, size), &b) != OK)
		return 0;
	FUZZ_CHECK(b.head.first >= 1 && b.head.first <= b.head.sequence && b.head.records <= LIMIT_BATCH_RECORDS);
	for (uint32_t i = 0; i < b.head.records; i++) {
		FUZZ_CHECK(b.record[i].at >= 0 && b.record[i].payload.n <= RECORD_PAYLOAD);
		FUZZ_CHECK(b.record[i].src.v == b.record[i].dst.v && b.record[i].flags <= RECORD_FLAGS);
	}
	if (batch_write(a, b.head, b.status, b.version, b.record, out) != OK)
		return 0; /* more than fits without the compression that it had */
	buf_add(out, signature, sizeof(signature));
	FUZZ_CHECK(batch_read(a, buf_view(out), &again) == OK && again.head.records == b.head.records);
	return 0;
}
