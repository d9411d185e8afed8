/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "sys/files.h"
#include "telescope/query.h"
#include "telescope/segment.h"
#include "telescope/segment_code.h"
#include "telescope/store_manifest.h"

/* Good or bad, as long as it comes back. */
static void
any(enum err e)
{
	(void)e;
}

/* A segment whose frames were changed by somebody who makes the hashes right again: whatever
 * is in it, reading ends well. The input is a file in which each hash stands as it should. */
static void
mend(unsigned char *p, size_t n)
{
	uint64_t entries, at = 8;
	unsigned char *directory, *footer;

	if (n < 8 + 88)
		return;
	footer = p + n - 88;
	entries = (uint64_t)footer[52] | (uint64_t)footer[53] << 8;
	if (entries * 16 > n - 88 - 8)
		return;
	directory = footer - entries * 16;
	for (uint64_t i = 0; i < entries; i++) {
		unsigned char *e = directory + i * 16;
		uint64_t size = (uint64_t)e[4] | (uint64_t)e[5] << 8 | (uint64_t)e[6] << 16, h;

		if (at + size > (uint64_t)(directory - p))
			break;
		h = segment_hash(p + at, size);
		for (unsigned b = 0; b < 8; b++)
			e[8 + b] = (unsigned char)(h >> (8 * b));
		at += size;
	}
	for (uint64_t h = segment_hash(directory, entries * 16), b = 0; b < 8; b++)
		footer[56 + b] = (unsigned char)(h >> (8 * b));
	for (uint64_t h = segment_hash(footer, 72), b = 0; b < 8; b++)
		footer[72 + b] = (unsigned char)(h >> (8 * b));
}

static void
read_all(struct segment *s)
{
	AUTO(segment_rows) rows = segment_rows_new();
	const struct segment_ports *ports;
	const struct segment_sources *sources;
	const struct segment_places *places;
	const struct segment_targets *targets;
	const struct segment_shape *shapes;
	const struct segment_sum *sums;
	struct segment_hour hour[24];
	struct record r;
	uint64_t blocks;
	uint32_t n;
	unsigned bad;

	any(segment_verify(s, &bad));
	any(segment_port_sums(s, &ports));
	any(segment_sources(s, &sources));
	any(segment_places(s, &places));
	any(segment_targets(s, &targets));
	any(segment_shapes(s, &shapes));
	any(segment_source_blocks(s, 0, &blocks));
	(void)segment_attribution(s);
	for (unsigned by = 0; by < SEGMENT_BYS; by++)
		any(segment_hours(s, (enum segment_by)by, &sums, &n));
	for (uint32_t i = 0; i < segment_info(s)->ports && i < 1000; i++)
		any(segment_port_hours(s, i, hour, &n));
	for (uint32_t b = 0; b < segment_info(s)->blocks; b++) {
		if (segment_read(s, b, SEGMENT_ALL, rows) != OK)
			continue;
		for (uint32_t i = 0; i < rows->n && i < 1000; i++) {
			if (segment_record(s, rows, i, &r, &n) == OK)
				FUZZ_CHECK(r.payload.n <= RECORD_PAYLOAD);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(segment) s = NULL;
	AUTO(arena) a = arena_new();
	struct manifest m;
	unsigned char *copy;
	int fd;

	any(manifest_parse(a, FUZZ_STR(data, size), &m));
	if (size > 65536)
		return 0;
	copy = arena_alloc(a, size + 1);
	memcpy(copy, data, size);
	mend(copy, size);
	fd = memfd_create("segment", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(files_write_fd(fd, (struct str){ (char *)copy, size }) == OK);
	if (segment_open(arena_printf(a, "/proc/self/fd/%d", fd), NULL, &s) == OK)
		read_all(s);
	(void)close(fd); /* only memory */
	return 0;
}
