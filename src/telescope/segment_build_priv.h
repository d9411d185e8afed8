/* SPDX-License-Identifier: Apache-2.0 */
/* segment_build_priv.h - rows in memory, between segment_build.c and segment_write.c. */
#ifndef TELESCOPE_SEGMENT_BUILD_PRIV_H
#define TELESCOPE_SEGMENT_BUILD_PRIV_H

#include "base/buf.h"
#include "telescope/segment_build.h"
#include "telescope/segment_priv.h"

#define CHUNK SEGMENT_BLOCK
#define DAY INT64_C(86400000000)

/* Half a cache line, and never across two: sorted rows are read from anywhere. */
struct row {
	uint32_t source;
	uint32_t at; /* milliseconds of the day */
	uint32_t seq;
	uint32_t payload;
	uint32_t target : 18, micro : 10; /* 0..999 */
	uint16_t sport, ip_id, window, shape, port;
	uint8_t ttl;
	uint8_t class : 3, fingerprint : 5;
};
_Static_assert(sizeof(struct row) == 32, "two in a line");
_Static_assert(LIMIT_TARGETS <= 1 << 18, "a target's number fits");
_Static_assert(SEGMENT_CLASSES <= 8 && RECORD_FINGERPRINTS <= 32, "class and fingerprint fit");

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

/* Sources lie anywhere in memory: rows wait until so many can ask for theirs at once. */
#define PENDING 64
struct pending {
	struct address address;
	uint64_t hash;
};

/* Shapes and targets seen lately, by some bits of what they are: most records find theirs here. */
#define RECENT_SHAPES 256
#define RECENT_TARGETS 1024
struct recent_shape {
	uint64_t low; /* all fields: len .. proto, bits .. fingerprint */
	uint32_t high;
	uint32_t number; /* + 1; 0: free */
};
struct recent_target {
	uint32_t address, sensor; /* IPv4 */
	uint32_t number;	  /* + 1; 0: free */
};

struct segment_build {
	int64_t day;
	bool microseconds;
	unsigned payload_max;
	uint32_t rows;
	bool ordered; /* by time */
	uint32_t last_at;
	int64_t earliest, latest; /* microseconds of the day */
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
	uint32_t settled; /* rows that have their source; those behind them wait */
	struct pending pending[PENDING];
	struct index by_source, by_target, by_shape, by_payload;
	struct recent_shape recent_shape[RECENT_SHAPES];
	struct recent_target recent_target[RECENT_TARGETS];
	struct segment_work *work; /* of segment_write.c, kept for the next day */
};

/* Rows that still wait get their sources. */
void segment_build_settle(struct segment_build *b);
void segment_work_free(struct segment_work *w);

/* A time as precise as it is written. */
static inline int64_t
segment_kept_time(const struct segment_build *b, int64_t at)
{
	return b->microseconds ? at : at / 1000 * 1000;
}

static inline uint32_t
segment_row_slot(const struct row *r)
{
	return (uint32_t)r->class << 16 | r->port;
}

static inline struct row *
segment_row(const struct segment_build *b, uint32_t i)
{
	return &b->chunk[i / CHUNK][i % CHUNK];
}

#endif
