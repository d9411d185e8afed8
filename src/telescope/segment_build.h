/* SPDX-License-Identifier: Apache-2.0 */
/* segment_build.h - records of one day, gathered and written as a segment. */
#ifndef TELESCOPE_SEGMENT_BUILD_H
#define TELESCOPE_SEGMENT_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "telescope/record.h"

struct geo;
struct segment_build;
struct segment_code;

struct segment_build *segment_build_new(void);
void segment_build_free(struct segment_build *b);
AUTO_DEFINE(segment_build)

/* Empty it for another day. Its memory is used again. */
void segment_build_begin(struct segment_build *b, int64_t day, bool microseconds, unsigned payload);
int64_t segment_build_day(const struct segment_build *b);
uint32_t segment_build_rows(const struct segment_build *b);

/* The number of a target that is known already, under ${sensor} (UINT32_MAX: one
 * that was given by address); false when it is new. */
bool segment_build_target(struct segment_build *b, const struct ip *ip, uint32_t sensor, uint32_t *ret);
/* A new one; ${name} is the number of its sensor. */
MUST_USE enum err segment_build_target_add(
    struct segment_build *b, const struct ip *ip, uint32_t sensor, uint32_t name, uint32_t *ret);
/* ${r->at} is of this day. ERR_LIMIT: no room; write this one and begin another. */
MUST_USE enum err segment_build_add(struct segment_build *b, const struct record *r, uint32_t target);

struct segment_built {
	int64_t from, to;
	uint64_t rows, bytes, hash;
};
/*
 * Write it to ${fd}, an empty file, and fsync(). Names of sensors are ${name[number]}.
 * ERR_UNAVAILABLE: the disk is full; ERR_IO.
 */
MUST_USE enum err segment_build_write(struct segment_build *b, struct segment_code *k, const struct geo *geo,
    const char *const *name, int fd, struct segment_built *ret);

#endif
