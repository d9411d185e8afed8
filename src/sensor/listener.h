/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - where packets come from: libpcap, the kernel's ring, or a file.
 *
 * libpcap on Linux reads the same TPACKET_V3 ring as our own reader does; ours needs
 * no library and copies nothing, libpcap's has filters and other systems.
 */
#ifndef SENSOR_LISTENER_H
#define SENSOR_LISTENER_H

#include <stdint.h>

#include "base/err.h"
#include "telescope/capture.h"

struct arena;
struct conf;

struct listen_counts { /* since it was opened */
	uint64_t received, dropped, if_dropped;
};

struct listener;
struct listener_kind {
	/* The next packet, waiting ${ms} at most. ERR_TIMEOUT: none came. ERR_NOT_FOUND:
	 * the file is at its end. ERR_IO: the interface is gone, the file is damaged. */
	enum err (*next)(struct listener *l, int ms, struct capture_packet *ret);
	void (*counts)(struct listener *l, struct listen_counts *ret);
	void (*free)(struct listener *l);
};
struct listener { /* each kind has one as its first member */
	const struct listener_kind *kind;
};

/* With the rights that it needs; before the cage. ${*ret_fault} (in ${a}): what is
 * wrong and how to mend it, English. */
MUST_USE enum err listener_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault);
void listener_free(struct listener *l);
AUTO_DEFINE(listener)

/* The kinds, for listener_open(). */
MUST_USE enum err listen_pcap_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault);
MUST_USE enum err listen_ring_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault);
MUST_USE enum err listen_file_open(struct arena *a, const struct conf *c, struct listener **ret, const char **ret_fault);

#define LISTEN_SNAP 512 /* bytes of each packet: headers with all options, and some payload */

#endif
