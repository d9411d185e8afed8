/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - from the bytes on the wire to a record.
 *
 * Every IP packet whose addresses can be read becomes a record, however broken
 * the rest is: what is odd is marked in it and counted by kind.  What is no IP
 * packet, or too short to have addresses, is only counted.
 * Fragments are not put together again, tunnels not opened.
 */
#ifndef TELESCOPE_PACKET_H
#define TELESCOPE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "telescope/record.h"

enum { /* link types by their numbers in capture files (tcpdump.org/linktypes) */
	PACKET_NULL = 0,
	PACKET_ETHERNET = 1,
	PACKET_RAW_BSD = 12,
	PACKET_RAW_OPENBSD = 14,
	PACKET_RAW = 101,
	PACKET_LOOP = 108,
	PACKET_LINUX_COOKED = 113,
	PACKET_IPV4 = 228,
	PACKET_IPV6 = 229,
	PACKET_LINUX_COOKED2 = 276,
};

/* Can packet_decode() read this link type? */
bool packet_link_known(unsigned link);

enum packet_kind {
	PACKET_RECORDED, /* packets that became records */
	/* not recorded */
	PACKET_NOT_IP,	   /* ARP and the like */
	PACKET_LINK,	   /* a link type that we do not know */
	PACKET_SHORT,	   /* cut off before the addresses end */
	PACKET_TAGS,	   /* more VLAN tags than PACKET_TAGS_MAX */
	PACKET_VERSION,	   /* says IPv4 or IPv6 but is not */
	PACKET_HEADER,	   /* IPv4's header length is below 20 bytes */
	/* recorded, with something odd */
	PACKET_LENGTH,	   /* the IP length is larger than the packet, or smaller than its header */
	PACKET_IP_CHECKSUM,
	PACKET_CHECKSUM,   /* of TCP, UDP or ICMP */
	PACKET_CUT,	   /* the header of TCP, UDP or ICMP ends early */
	PACKET_TCP_HEADER, /* TCP's header length is below 20 bytes or beyond the packet */
	PACKET_OPTIONS,	   /* TCP's options cannot be read */
	PACKET_EXTENSIONS, /* more IPv6 headers than PACKET_EXTENSIONS_MAX, or one ends early */
	PACKET_FRAGMENTED, /* a fragment, first or later */
	PACKET_KINDS,
};
#define PACKET_TAGS_MAX 8
#define PACKET_EXTENSIONS_MAX 16

struct packet_counts {
	uint64_t of[PACKET_KINDS];
};
/* "not_ip", "checksum" …: stable names for JSON and metrics. */
const char *packet_kind_name(enum packet_kind kind);

/*
 * ${bytes} were captured of a packet that had ${wire} bytes (>= bytes.n; its link
 * header included) at ${at} microseconds. False when it is no record; ${counts} is
 * added to in any case. ${ret->payload} points into ${bytes}.
 */
bool packet_decode(unsigned link, struct str bytes, size_t wire, int64_t at, struct packet_counts *counts,
    struct record *ret);

#endif
