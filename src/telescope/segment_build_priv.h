/* SPDX-License-Identifier: Apache-2.0 */
/* segment_build_priv.h - rows in memory, between segment_build.c and segment_write.c. */
#ifndef TELESCOPE_SEGMENT_BUILD_PRIV_H
#define TELESCOPE_SEGMENT_BUILD_PRIV_H

#include "base/buf.h"
#include "telescope/segment_build.h"
#include "telescope/segment_priv.h"

#define CHUNK SEGMENT_BLOCK

struct row {
	uint32_t source, target, slot;
	uint32_t at; /* milliseconds of the day */
	uint32_t seq;
	uint32_t payload;
	uint16_t micro; /* 0..999 */
	uint16_t sport, ip_id, window, shape;
	uint8_t ttl, fingerprint;
};

struct address {
	uint64_t high, low; /* IPv4: 0 and the address */
	uint32_t v;
};

struct source {
	struct address address;
	uint32_t rows;
	/* of its first packet */
	uint32_t seq;
	uint16_t sport, ip_id, window, shape, dport;
	uint8_t ttl;
	uint8_t habits; /* bit USUAL_…: another port got the same value */
};

struct target {
	struct address address;
	uint32_t sensor; /* as it was asked for */
	uint32_t name;
};

struct payload {
	uint32_t at; /* in segment_build.payloads */
	uint8_t n;
};

/* Numbers of things by what they are: open addressing, a power of two. */
struct index {
	uint32_t *number; /* + 1; 0: free */
	uint32_t mask;
	uint32_t used;
};

/* Sources lie anywhere in memory: each record asks for its own and waits here until it
 * has come, while those behind it are read. */
#define PENDING 16
struct pending {
	struct address address;
	uint64_t hash;
	uint32_t row;
};

struct segment_build {
	int64_t day;
	bool microseconds;
	unsigned payload_max;
	uint32_t rows;
	bool ordered; /* by time */
	uint32_t last_at;
	struct row **chunk; /* chunk[i / CHUNK][i % CHUNK] */
	uint32_t chunks;
	struct source *source;
	uint32_t sources, source_size;
	struct target *target;
	uint32_t targets, target_size;
	struct segment_shape *shape;
	uint32_t shapes;
	struct payload *payload;
	uint32_t payload_count, payload_size;
	struct buf payloads;
	struct pending pending[PENDING]; /* of rows asked .. asked + PENDING - 1, by row % PENDING */
	uint32_t settled; /* rows that have their source */
	struct index by_source, by_target, by_shape, by_payload;
	struct segment_work *work; /* of segment_write.c, kept for the next day */
};

/* Rows that still wait get their sources. */
void segment_build_settle(struct segment_build *b);
void segment_work_free(struct segment_work *w);

static inline struct row *
segment_row(const struct segment_build *b, uint32_t i)
{
	return &b->chunk[i / CHUNK][i % CHUNK];
}

#endif
