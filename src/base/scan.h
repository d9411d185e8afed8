/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - a cursor over bytes from outside.
 *
 * The error sticks: after the first read past the end every further one gives
 * zero and moves nothing; ask scan_error() once at the end.
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include "base/err.h"
#include "base/str.h"

struct scan {
	const unsigned char *p;
	size_t n; /* left */
	bool failed;
};

struct scan scan_of(struct str s);
size_t scan_left(const struct scan *s);
uint8_t scan_u8(struct scan *s);
uint16_t scan_u16(struct scan *s); /* big endian */
uint32_t scan_u32(struct scan *s);
uint64_t scan_u64(struct scan *s);
struct str scan_bytes(struct scan *s, size_t n); /* a view, or empty */
/* A u32 length, then that many bytes: the writer is buf_u32 + buf_str. */
struct str scan_counted(struct scan *s);

/* ERR_INVALID when a read did not fit. */
MUST_USE enum err scan_error(const struct scan *s);
/* The same, and also when bytes are left over. */
MUST_USE enum err scan_end(const struct scan *s);

#endif
