/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - what a sensor sends: records of a minute, and how it is doing.
 *
 * A batch is signed by its sensor and never changes; (sensor, epoch, sequence)
 * names it.  Sequences begin with 1 and have no hole: what a sensor had to throw
 * away is said by a batch without records that stands for the sequences first to
 * sequence and counts them.  The format is in docs/telescope-batch.md.
 */
#ifndef TELESCOPE_BATCH_H
#define TELESCOPE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "telescope/packet.h"
#include "telescope/record.h"

struct arena;
struct buf;

#define BATCH_VERSION 1
#define BATCH_HEAD 72	   /* bytes of the head */
#define BATCH_SIGNATURE 64 /* Ed25519, of all before it */
#define BATCH_TRIAL 1	   /* an epoch: looked at like any other batch, and kept nowhere */

/*
 * How the sensor is doing. Numbers only, in this order for ever; a later version
 * adds behind them. Counters are of this run: since BATCH_STARTED.
 */
enum batch_status {
	BATCH_STARTED,	    /* UTC microseconds: when this run began; 0: the batch says nothing of it */
	BATCH_UNCLEAN,	    /* 1: the run before was killed; its last minute may be missing */
	BATCH_RECEIVED,	    /* packets that the capture gave us */
	BATCH_DROPPED,	    /* that the kernel had no room for */
	BATCH_IF_DROPPED,   /* that the interface dropped */
	BATCH_REFUSED,	    /* records that the full disk did not take */
	BATCH_OFFSET,	    /* the centre's clock less ours, microseconds, as zigzag; see BATCH_CLOCKED */
	BATCH_CLOCKED,	    /* 1: BATCH_OFFSET was measured */
	BATCH_CONFIG,	    /* hash of the configuration */
	BATCH_SPOOL,	    /* bytes that wait to be sent */
	BATCH_LOST,	    /* records thrown away in this epoch, all runs */
	BATCH_MEMORY,	    /* bytes of our own memory */
	BATCH_PACKETS,	    /* then PACKET_KINDS counters, telescope/packet.h */
	BATCH_STATUS = BATCH_PACKETS + PACKET_KINDS,
};
#define BATCH_STATUS_MAX 256 /* numbers that a later version may send */

struct batch_head {
	uint64_t sensor;   /* its number at the centre */
	uint64_t epoch;	   /* when its numbering began; never goes back */
	uint64_t first;	   /* the first sequence it stands for: of most, sequence */
	uint64_t sequence;
	int64_t made_at;   /* UTC microseconds of the sensor's clock when it was closed */
	uint32_t lost;	   /* records of the sequences first … sequence that were thrown away */
	uint32_t records;
	uint32_t raw;	   /* bytes of the body before compression */
	uint32_t stored;   /* and as it stands in the batch */
	bool zstd;
};

struct batch {
	struct batch_head head;
	uint64_t status[BATCH_STATUS]; /* 0 where the sensor sent none */
	struct str version;	       /* of the sensor's program */
	const struct record *record;   /* head.records; payloads point into the arena */
};

/* Signed zigzag, for BATCH_OFFSET. */
static inline uint64_t
batch_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}
static inline int64_t
batch_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/*
 * The batch without its signature, added to ${out}: sign what was added, then add
 * the signature. ${b->head}: raw, stored and zstd are set here; ERR_LIMIT when it
 * is over a bound of base/limit.h.
 */
MUST_USE enum err batch_write(struct arena *a, struct batch_head head, const uint64_t status[BATCH_STATUS],
    struct str version, const struct record *record, struct buf *out);

/*
 * The head of ${bytes}, a whole batch; what it says is within bounds and fits the
 * length. ERR_UNAVAILABLE: of a later version. ERR_LIMIT: over a bound.
 */
MUST_USE enum err batch_head_read(struct str bytes, struct batch_head *ret);
/* What was signed, and the signature; for bytes of which the head was read. */
struct str batch_signed(struct str bytes);
struct str batch_signature(struct str bytes);
/* All of it. ERR_INVALID: damaged or made by nobody who knows the format. */
MUST_USE enum err batch_read(struct arena *a, struct str bytes, struct batch *ret);

#endif
