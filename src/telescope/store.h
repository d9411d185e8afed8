/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the folder in which the records of all sensors are kept.
 *
 *	STORE/MANIFEST		which segments there are, a line a commit
 *	STORE/20260901.0.seg	a segment: records of one day (UTC), never changed
 *	STORE/lock		held by the one who writes
 *	STORE/key		32 secret bytes: names of sensors that have none are made with it
 *
 * What a commit adds and removes becomes valid at once, by one line of MANIFEST that
 * is written when all the segments are on disk: after a crash either all of it is
 * there or nothing, and what no line names is removed by the next writer.  Any number
 * may read while one writes.  The format is in docs/telescope-store.md.
 */
#ifndef TELESCOPE_STORE_H
#define TELESCOPE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "telescope/record.h"
#include "telescope/segment.h"

struct arena;
struct geo;
struct segment;
struct store;

/* One segment as MANIFEST names it. */
struct store_entry {
	const char *name; /* "20260901.0" */
	int64_t day;	  /* days since 1970-01-01, UTC */
	int64_t from, to; /* microseconds of the first and the last record */
	int64_t rows;
	uint64_t hash;	  /* of the segment's directory: what is in it */
};

/*
 * ${folder} is made when it is missing and ${write} is set. ERR_TIMEOUT: another
 * one writes; ERR_NOT_FOUND: no such folder; ERR_INVALID: MANIFEST is damaged (a
 * last line that was not finished is none: it was never valid).
 */
MUST_USE enum err store_open(const char *folder, bool write, struct store **ret);
void store_free(struct store *s); /* also gives the lock back */
AUTO_DEFINE(store)

/* By day, then by name; valid until store_reload(), store_commit() or store_free(). */
const struct store_entry *store_list(const struct store *s, size_t *ret_n);
/* Read MANIFEST again if others changed it. */
MUST_USE enum err store_reload(struct store *s);
/* The note of the last commit that had one; "" when there is none. */
const char *store_note(const struct store *s);
/* Was a file with this mark imported already (store_remember())? */
bool store_knows(const struct store *s, uint64_t mark);
/* The segment, opened and checked (telescope/segment.h); kept open for later calls.
 * Damaged ones give ERR_INVALID, those of a later version ERR_UNAVAILABLE. */
MUST_USE enum err store_segment(struct store *s, size_t i, struct segment **ret);

/* Writing */

struct store_options {
	bool microseconds; /* keep them; otherwise times are cut to milliseconds */
	unsigned payload;  /* bytes of payload kept of each packet, 0..RECORD_PAYLOAD */
	const struct geo *geo; /* where sources are; NULL: not known */
	/* The name of the sensor that has a target address, for STORE_BY_ADDRESS records;
	 * NULL for one that it does not know. Without it, and for those, there is one sensor
	 * for each /24, or /64 of IPv6, with a name from which the network cannot be told. */
	const char *(*sensor_of)(void *object, const struct ip *target);
	void *object;
};
#define STORE_NAME 64 /* bytes of a sensor's name */
#define STORE_BY_ADDRESS UINT32_MAX

/* Records on their way into new segments. Nothing of it is seen before
 * store_commit(); freed without it, nothing remains. */
struct store_writer;
MUST_USE enum err store_writer_new(struct store *s, const struct store_options *options, struct store_writer **ret);
void store_writer_free(struct store_writer *w);
AUTO_DEFINE(store_writer)

/* The number of the sensor with this name, for store_add(). ERR_LIMIT: more than
 * LIMIT_STORE_SENSORS, or the name is too long or none (segment_name_ok()). */
MUST_USE enum err store_sensor(struct store_writer *w, struct str name, uint32_t *ret);
/* In any order of time; in order is faster. A full segment is written meanwhile. */
MUST_USE enum err store_add(struct store_writer *w, const struct record *r, uint32_t sensor);
/* All records of segment ${i} are written anew with this commit, which drops it:
 * how parts of a day become one, and how columns are dropped. */
MUST_USE enum err store_replace(struct store_writer *w, size_t i);
/* With this commit a file with this mark was imported: the next import of it can tell. */
void store_remember(struct store_writer *w, uint64_t mark);
/* Segment ${i} is written anew with less of it. ERR_INVALID: it has no more than that, or is damaged. */
MUST_USE enum err store_strip(struct store_writer *w, size_t i, enum segment_kept kept);
/*
 * Write what is left, make it durable and valid. ${note} (may be NULL) is one line
 * of at most 4,000 bytes that the caller finds again in store_note(): the
 * collector's "which batches are in there". The writer can only be freed then.
 */
MUST_USE enum err store_commit(struct store_writer *w, const char *note);

/*
 * Of days that are over for ${raw_days}, IP id, window, sequence number and payload go; of those over for
 * ${days}, all but the sums; 0: never. ${today}: days since 1970-01-01. ${*ret}: segments that lost
 * something; damaged ones stay.
 */
MUST_USE enum err store_retain(struct store *s, int64_t today, int64_t raw_days, int64_t days, int64_t *ret);

struct store_written { /* by this writer, so far */
	uint64_t records, segments, bytes;
};
struct store_written store_written(const struct store_writer *w);

#endif
