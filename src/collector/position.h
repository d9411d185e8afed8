/* SPDX-License-Identifier: Apache-2.0 */
/*
 * position.h - what the centre knows of each sensor from its batches: which comes
 * next, and how it is doing.
 *
 * Pure: the collector, and whoever reads the write-ahead log after it, go through
 * the same steps and come to the same numbers.
 */
#ifndef COLLECTOR_POSITION_H
#define COLLECTOR_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "telescope/batch.h"

struct arena;
struct buf;

#define POSITION_VERSION 31 /* bytes of a program's version that are kept */

struct position {
	uint64_t sensor;
	uint64_t epoch, next;	  /* the sequence that is expected; 1 at first */
	int64_t received_at;	  /* UTC microseconds of our clock: the last batch came */
	int64_t made_at;	  /* of its clock: it was closed */
	int64_t packet_at;	  /* its newest record; 0: none yet */
	/* since the sensor was enrolled */
	uint64_t batches, records;
	uint64_t lost;		  /* records thrown away: the spool was full, a batch was refused */
	uint64_t missing;	  /* sequences of an epoch that never came and never will */
	uint64_t received, dropped; /* packets: given by its capture; by kernel and interface dropped */
	uint64_t unclean;	  /* runs that began after a kill */
	/* of its present run */
	uint64_t status[BATCH_STATUS];
	char version[POSITION_VERSION + 1];
};

/* May ${h} come now? OK: it is the next. ERR_EXISTS: we have it. ERR_CONFLICT: others
 * must come before. ERR_INVALID: its epoch is over. */
enum err position_expects(const struct position *p, const struct batch_head *h);
/* It came. */
void position_step(struct position *p, const struct batch *b, int64_t received_at);

/* All sensors as bytes, and back: ${*ret} in ${a}, by number. */
void position_write(const struct position *const *list, size_t n, struct buf *out);
MUST_USE enum err position_read(struct arena *a, struct str bytes, struct position **ret, size_t *ret_n);

/* A growing table of them, ordered by number. */
struct positions {
	struct arena *a;
	struct position **list;
	size_t n;
};
/* NULL when there is none. */
struct position *position_find(const struct positions *t, uint64_t sensor);
struct position *position_get(struct positions *t, uint64_t sensor);
/* What a file of the log begins with takes the place of all. */
MUST_USE enum err position_load(struct positions *t, struct str bytes);

#endif
