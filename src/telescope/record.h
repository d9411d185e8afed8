/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what the telescope keeps of one packet.
 *
 * A telescope listens on addresses that nobody has business with: each packet
 * that comes is a scan, an infection attempt, or an echo of an attack on
 * somebody else ("backscatter").  A record is the part of its headers from which
 * these can be told apart.  Sensor, collector, store and questions share it.
 *
 * Fields that the packet does not have (ports of a fragment, the window of UDP,
 * what was cut off) are 0.
 */
#ifndef TELESCOPE_RECORD_H
#define TELESCOPE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/str.h"

enum { /* protocol numbers of IANA that have fields here */
	RECORD_ICMP = 1,
	RECORD_TCP = 6,
	RECORD_UDP = 17,
	RECORD_ICMP6 = 58,
};

enum { /* record.flags: the last twelve bits of TCP's thirteenth and fourteenth byte */
	RECORD_FIN = 0x01,
	RECORD_SYN = 0x02,
	RECORD_RST = 0x04,
	RECORD_PUSH = 0x08,
	RECORD_ACK = 0x10,
	RECORD_URG = 0x20,
	RECORD_ECE = 0x40,
	RECORD_CWR = 0x80,
	RECORD_AE = 0x100,
	RECORD_FLAGS = 0xfff, /* with the three reserved ones */
};

enum { /* record.bits */
	RECORD_DF = 1,		 /* "don't fragment" of IPv4 */
	RECORD_MF = 2,		 /* more fragments follow */
	RECORD_FRAGMENT = 4,	 /* not the first one: no ports, no flags */
	RECORD_ACKNOWLEDGES = 8, /* TCP's acknowledgement number is not 0 */
	RECORD_CLOCK = 16,	 /* TCP's time stamp is the time of day in seconds, and echoes 0 */
	RECORD_CUT = 32,	 /* headers end early: in the packet or in the capture */
	RECORD_BAD_IP = 64,	 /* the checksum of IPv4's header is wrong */
	RECORD_BAD_CHECKSUM = 128, /* that of TCP, UDP or ICMP is */
};

enum record_fingerprint { /* who makes such packets; never change a number */
	RECORD_UNKNOWN = 0,
	RECORD_ZMAP_OLD = 1,	/* ZMap before 4.1.0: IP id 54321 */
	RECORD_MASSCAN = 2,	/* IP id = target ^ port ^ sequence number, window 1024 */
	RECORD_MIRAI = 3,	/* sequence number = target */
	RECORD_ZMAP = 4,	/* ZMap 4.1.1 and later: Windows' options without DF, window 65535 */
	RECORD_ZMAP_LINUX = 5,	/* ZMap sending Linux' options: its time stamp is the time of day */
	RECORD_NMAP = 6,	/* nmap -sS: a window of 1 to 4 KiB and MSS 1460 only */
	RECORD_BACKSCATTER = 7, /* an answer to what somebody sent in our name */
	RECORD_FINGERPRINTS,
};

#define RECORD_NO_SCALE 255  /* record.scale of a packet without the option */
#define RECORD_PAYLOAD 64    /* bytes of payload kept at most */

struct record {
	int64_t at;	 /* microseconds since 1970-01-01 UTC, >= 0 */
	struct ip src;	 /* of the same version as dst; bytes it does not need are 0 */
	struct ip dst;	 /* the sensor's address: never shown outside the team */
	uint32_t seq;	 /* TCP's sequence number */
	uint16_t sport;	 /* TCP, UDP */
	uint16_t dport;	 /* TCP, UDP; ICMP and ICMPv6: type * 256 + code */
	uint16_t ip_id;	 /* IPv4; IPv6: the last 16 bits of a fragment's */
	uint16_t window; /* TCP, not scaled */
	/* from here to proto, eight bytes, and from bits to fingerprint: the store compares them as one */
	uint16_t len;	 /* of the IP packet in bytes, headers included; 65535: that or more */
	uint16_t flags;	 /* RECORD_FIN … */
	uint16_t mss;	 /* TCP option, 0: none */
	uint8_t scale;	 /* TCP's window scale, 0..14 by the book; RECORD_NO_SCALE: none */
	uint8_t proto;	 /* of IPv4, or the last known next header of IPv6 */
	uint8_t bits;	 /* RECORD_DF … */
	uint8_t options; /* TCP's options in order, a number of record_options_text() */
	uint8_t fingerprint; /* enum record_fingerprint */
	uint8_t ttl;	 /* IPv6: hop limit */
	struct str payload;  /* what follows the headers, a view, at most RECORD_PAYLOAD */
};

/* "zmap-old", "mirai" …; "unknown" for 0, "other" for numbers of later versions. */
const char *record_fingerprint_name(unsigned fingerprint);
/* false when no fingerprint has that name. */
bool record_fingerprint_find(struct str name, unsigned *ret);

/* "tcp", "icmp", "gre" …; NULL when it has no name here. */
const char *record_proto_name(unsigned proto);
/* A name or a number 0..255. */
bool record_proto_find(struct str name, unsigned *ret);

/*
 * The order of TCP's options, a letter each: M maximum segment size, S
 * selective acknowledgements permitted, T time stamps, N no operation, W
 * window scale, K selective acknowledgement, E end, U an unknown one.
 * Numbers never change; RECORD_OPTIONS_OTHER is an order that has none (yet),
 * RECORD_OPTIONS_BAD one that cannot be read.
 */
enum {
	RECORD_OPTIONS_NONE = 0,
	RECORD_OPTIONS_M = 1,
	RECORD_OPTIONS_LINUX = 2,   /* MSTNW */
	RECORD_OPTIONS_WINDOWS = 3, /* MNWNNS */
	RECORD_OPTIONS_BAD = 254,
	RECORD_OPTIONS_OTHER = 255,
};
/* "" for none, "MSTNW", "bad", "other"; NULL for a number that is not given out. */
const char *record_options_text(unsigned options);
bool record_options_find(struct str text, unsigned *ret);
/* The number of an order given as its letters' numbers, RECORD_OPTION_M …, four bits
 * each, the first option highest of those used. */
enum { RECORD_OPTION_E = 1, RECORD_OPTION_N, RECORD_OPTION_M, RECORD_OPTION_W, RECORD_OPTION_S,
	RECORD_OPTION_K, RECORD_OPTION_T, RECORD_OPTION_U };
uint8_t record_options_number(uint64_t order);

#endif
