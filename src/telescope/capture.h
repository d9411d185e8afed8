/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - the packets in a capture file: pcap and pcapng.
 *
 * Our own reader, because libpcap's costs more than all that we do with a packet.
 * It reads through one buffer and not through mmap(): the file may be a pipe, and
 * one that is cut short meanwhile is an end and not a signal.
 */
#ifndef TELESCOPE_CAPTURE_H
#define TELESCOPE_CAPTURE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct capture;

/* Up to ${n} bytes to ${p}: how many, 0 at the end, -1 for a failure. */
typedef ssize_t capture_fill(void *object, void *p, size_t n);
/* capture_fill of a descriptor: ${object} points to an int. */
ssize_t capture_fill_fd(void *object, void *p, size_t n);

struct capture *capture_new(capture_fill *fill, void *object);
void capture_free(struct capture *c);
AUTO_DEFINE(capture)

struct capture_packet {
	int64_t at;	  /* microseconds UTC; of a simple packet block: that of the packet before */
	unsigned link;	  /* link type, telescope/packet.h */
	struct str bytes; /* captured; a view until the next call */
	size_t wire;	  /* bytes it had, never fewer */
};

/*
 * The next packet. ERR_NOT_FOUND: there is none. ERR_INVALID: the file is damaged
 * or no capture file; capture_fault() says what and where, and there is no next
 * one. ERR_IO: it cannot be read.
 */
MUST_USE enum err capture_next(struct capture *c, struct capture_packet *ret);

/* English: "a packet of 2147483648 bytes"; the byte in the file. */
const char *capture_fault(const struct capture *c, uint64_t *ret_at);

#endif
