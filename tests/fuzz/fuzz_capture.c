/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

#include "base/limit.h"
#include "telescope/capture.h"

struct source {
	const uint8_t *p;
	size_t n, most;
};

static ssize_t
fill(void *object, void *p, size_t n)
{
	struct source *s = object;

	if (n > s->most)
		n = s->most;
	if (n > s->n)
		n = s->n;
	if (n > 0)
		memcpy(p, s->p, n);
	s->p += n;
	s->n -= n;
	return (ssize_t)n;
}

static uint64_t
walk(const uint8_t *data, size_t size, size_t most, enum err *ret_end)
{
	struct source s = { data, size, most };
	AUTO(capture) c = capture_new(fill, &s);
	struct capture_packet p;
	uint64_t sum = 0, at;

	while ((*ret_end = capture_next(c, &p)) == OK) {
		FUZZ_CHECK(p.wire >= p.bytes.n && p.bytes.n <= LIMIT_CAPTURE_PACKET + LIMIT_KIB(64));
		FUZZ_CHECK(p.at >= 0);
		sum = sum * 31 + (uint64_t)p.at + p.link + p.wire;
		for (size_t i = 0; i < p.bytes.n; i++)
			sum = sum * 31 + (unsigned char)p.bytes.p[i];
	}
	FUZZ_CHECK(*ret_end == ERR_NOT_FOUND || *ret_end == ERR_INVALID);
	FUZZ_CHECK((*ret_end == ERR_INVALID) == (*capture_fault(c, &at) != '\0') && at <= size);
	FUZZ_CHECK(capture_next(c, &p) == *ret_end);
	return sum;
}

/* However the bytes come, the packets are the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum err once, pieces;

	FUZZ_CHECK(walk(data, size, size + 1, &once) == walk(data, size, 7, &pieces));
	FUZZ_CHECK(once == pieces);
	return 0;
}
