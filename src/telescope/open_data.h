/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_data.h - a day for everybody: how many packets of which source to which port in
 * which hour, the sources' addresses masked (mask.h).
 *
 * What could tell where a sensor is stays out: targets and sensors, and whatever a prober
 * could know his own packets by (their minute, source port, sequence number, a port that
 * few ask for).  Ports with fewer than OPEN_DATA_SOURCES sources in the day are left out.
 */
#ifndef TELESCOPE_OPEN_DATA_H
#define TELESCOPE_OPEN_DATA_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "telescope/mask.h"

struct arena;
struct store;

#define OPEN_DATA_SOURCES 5

struct open_data {
	int64_t day; /* since 1970-01-01, UTC */
	unsigned char key[MASK_KEY]; /* of this day only */
	/* Pieces of a CSV (RFC 4180): hour,protocol,dest_port,source,fingerprint,packets */
	enum err (*write)(void *object, struct str bytes);
	void *object;
	uint64_t lines, packets; /* written */
};
/* Damaged segments are left out. What ${write} returns ends it. */
MUST_USE enum err open_data_write(struct arena *a, struct store *s, struct open_data *x);

#endif
