/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - from the write-ahead log into the store.
 *
 * All files of the log but the newest are sealed: their records become segments by
 * one commit, of which the note says up to which file.  Killed before the commit,
 * nothing happened; after it, the next run sees the note.  What a sensor did in each
 * hour is counted from the same files, for the database; a file goes when it is
 * sealed and its counts are saved.
 */
#ifndef COLLECTOR_SEAL_H
#define COLLECTOR_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/position.h"

struct arena;
struct geo;

/* The name of a sensor, as the store keeps it. */
typedef const char *(*seal_name_fn)(void *object, uint64_t sensor);
/* The table of places, asked for when there is something to write: it is large. */
typedef const struct geo *(*seal_geo_fn)(void *object);

struct seal_options {
	const char *wal;   /* folder of the log */
	const char *store; /* folder of the store */
	bool microseconds;
	unsigned payload;  /* bytes kept of each */
	seal_geo_fn geo;   /* NULL: no places */
	seal_name_fn name;
	void *object;
	uint64_t counted;  /* up to which file the counts are saved */
};

struct seal_hour { /* of one sensor */
	uint64_t sensor;
	int64_t hour;	/* its beginning, UTC milliseconds */
	int64_t batches, records, lost, dropped;
};
struct seal_result {
	uint64_t files, records; /* sealed by this run */
	uint64_t damaged;	 /* places of the log that could not be read */
	uint64_t counted;	 /* save this with the counts: up to which file they go */
	const struct seal_hour *hour; /* of the files after options.counted */
	size_t hours;
	const struct position *position; /* of all sensors, after them */
	size_t positions;
};
/* ERR_TIMEOUT: somebody else writes into the store now. Results in ${a}. */
MUST_USE enum err seal_run(struct arena *a, const struct seal_options *o, struct seal_result *ret);

/*
 * Each day before ${today} (days since 1970) that has more than one segment becomes
 * one. ${*ret}: days done.
 */
MUST_USE enum err seal_compact(const struct seal_options *o, int64_t today, int64_t *ret);

#endif
