/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.h - the batches that wait to be sent, in a folder: EPOCH-SEQUENCE.batch.
 *
 * Each is written whole (fsync, rename) before anybody relies on it, and removed
 * when the centre has it on its disk.  When the folder is full the second oldest
 * makes room: a batch without records takes its place and counts what went
 * (telescope/batch.h), growing over its neighbours.  The oldest never changes:
 * the centre may have it, though its answer was lost.
 * Calls are safe from several threads.
 */
#ifndef SENSOR_SPOOL_H
#define SENSOR_SPOOL_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "telescope/batch.h"

struct arena;
struct spool;

/* A whole, signed batch with this head and no records; called with the spool's lock. */
typedef enum err (*spool_loss_fn)(void *object, struct arena *a, const struct batch_head *head, struct str *ret);

struct spool_config {
	const char *folder;
	uint64_t bytes;	    /* at most */
	spool_loss_fn loss;
	void *object;
};
/* Reads what is there; what a kill left half done is ended or removed. */
MUST_USE enum err spool_open(const struct spool_config *c, struct spool **ret);
/* What waits there, without touching it: a sensor may be running. */
struct spool_state;
MUST_USE enum err spool_look(const struct spool_config *c, struct spool_state *ret);
void spool_free(struct spool *s);
AUTO_DEFINE(spool)

/*
 * The batch with ${head}, of which the epoch and sequence follow those that are
 * there. ERR_UNAVAILABLE: the disk is full even though all that can go is gone;
 * ERR_IO. Then nothing is there, and the sequence was not used.
 */
MUST_USE enum err spool_add(struct spool *s, const struct batch_head *head, struct str bytes);
/* The oldest: ERR_NOT_FOUND when there is none. One that cannot be read any more
 * is replaced by its loss first. */
MUST_USE enum err spool_oldest(struct spool *s, struct arena *a, struct batch_head *ret, struct str *ret_bytes);
/* The centre has all of ${epoch} below ${next}. */
MUST_USE enum err spool_done(struct spool *s, uint64_t epoch, uint64_t next);
/* The centre will never take the oldest: a loss stands for it from now on. */
MUST_USE enum err spool_refused(struct spool *s);
/* The centre lost what it had from sequence ${next} on (it was restored): the oldest is
 * preceded by a loss that says so. */
MUST_USE enum err spool_restart(struct spool *s, uint64_t next);
/* The centre counts in a later epoch than the oldest: throw it away. ${*ret}: records. */
MUST_USE enum err spool_forget(struct spool *s, uint32_t *ret);

struct spool_state {
	uint64_t bytes, files;
	uint64_t lost;	     /* records thrown away since spool_open() */
	int64_t oldest_at;   /* made_at of the oldest; 0: empty */
	uint64_t epoch;	     /* the newest that was found; 0: none */
};
void spool_state(struct spool *s, struct spool_state *ret);

#endif
