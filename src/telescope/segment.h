/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - reading a segment: one file with records of one day (UTC).
 *
 * Its rows are sorted by port, source, time, and cut into blocks of SEGMENT_BLOCK.
 * Sources, targets and the shapes of packets stand in tables of their own, and the
 * rows hold numbers into them: what is asked about a source is answered once for each
 * source, not for each row.  Beside the rows are sums from which most questions
 * are answered without reading any.  docs/telescope-store.md has the format.
 *
 * A segment may be read by one thread at a time.  ERR_INVALID from any function: that
 * part of the file is damaged; the rest may be good.
 */
#ifndef TELESCOPE_SEGMENT_H
#define TELESCOPE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "telescope/record.h"

struct segment;
struct segment_code;

#define SEGMENT_VERSION 1
#define SEGMENT_BLOCK 65536

/*
 * What was knocked at, as one number: class * 65536 + port, or ICMP's type * 256 +
 * code; the class SEGMENT_OTHER has the protocol's number instead.
 */
enum segment_class { SEGMENT_ICMP, SEGMENT_TCP, SEGMENT_UDP, SEGMENT_ICMP6, SEGMENT_OTHER, SEGMENT_CLASSES };
#define SEGMENT_SLOTS (SEGMENT_CLASSES * 65536)
uint32_t segment_slot(unsigned proto, unsigned port);
unsigned segment_slot_proto(uint32_t slot);
unsigned segment_slot_port(uint32_t slot); /* 0 for SEGMENT_OTHER */

/* What retention left of it. */
enum segment_kept {
	SEGMENT_KEPT_ALL,
	SEGMENT_KEPT_CORE, /* without IP id, window, sequence number and payload */
	SEGMENT_KEPT_SUMS, /* ports and hours, countries, sensors, fingerprints: no source, no row */
};

struct segment_info {
	int64_t day;	  /* days since 1970-01-01 */
	int64_t from, to; /* microseconds of the first and the last record */
	uint32_t rows, blocks, ports, sources, targets, shapes, payloads;
	bool microseconds; /* kept; else times are whole milliseconds */
	enum segment_kept kept; /* ERR_NOT_FOUND from any function: that part was not */
	uint64_t hash;	  /* of the directory, which has those of all frames */
	uint64_t size;	  /* bytes of the file */
};

/* ERR_NOT_FOUND: no such file; ERR_INVALID: none of ours, cut short or damaged at its
 * end; ERR_UNAVAILABLE: of a later version. ${k} is the working memory that segments of one
 * thread share, for as long as they are open; NULL: its own. */
MUST_USE enum err segment_open(const char *path, struct segment_code *k, struct segment **ret);
void segment_free(struct segment *s);
AUTO_DEFINE(segment)
const struct segment_info *segment_info(const struct segment *s);

/* Read and check every frame. ${*ret_bad} gets how many are damaged. */
MUST_USE enum err segment_verify(struct segment *s, unsigned *ret_bad);
/* Bytes by what they are for: "at", "source" …; NULL past the last one. */
const char *segment_size_of(struct segment *s, unsigned i, uint64_t *ret_bytes);

/* Tables; all stay as long as the segment. */

struct segment_ports { /* in ascending order */
	uint32_t n;
	const uint32_t *slot;
	const uint32_t *first; /* row; n + 1 of them */
	const uint32_t *sources, *targets; /* distinct ones; NULL before segment_port_sums() */
};
MUST_USE enum err segment_ports(struct segment *s, const struct segment_ports **ret);
MUST_USE enum err segment_port_sums(struct segment *s, const struct segment_ports **ret);
/* Only one of them: of port ${place}. */
MUST_USE enum err segment_port_sum(struct segment *s, uint32_t place, bool targets, uint32_t *ret);
/* The place of ${slot}, or of the first after it. */
uint32_t segment_port_place(const struct segment_ports *p, uint32_t slot);
/* The place of the port that row ${row} of the segment is of. */
uint32_t segment_place(const struct segment_ports *p, uint32_t row);

/* Without making these tables: the rows of each port added to ${sum[slot]}, SEGMENT_SLOTS of them;
 * and where one port is. ERR_NOT_FOUND: nobody knocked there. */
MUST_USE enum err segment_ports_add(struct segment *s, uint32_t *sum);
struct segment_port {
	uint32_t place, first, rows;
};
MUST_USE enum err segment_port_find(struct segment *s, uint32_t slot, struct segment_port *ret);

struct segment_addresses {
	uint32_t n;
	const uint8_t *v;	 /* 4 or 6 */
	const uint64_t *high, *low; /* IPv6 as two numbers; IPv4: low; high is NULL without IPv6 */
};
struct ip segment_address(const struct segment_addresses *a, uint32_t i);

struct segment_sources { /* the busiest first, by powers of two */
	struct segment_addresses address;
	uint32_t first[33];   /* where those with 2^31 packets or more begin, 2^30 …; last the end */
	const uint32_t *rows; /* packets of each; NULL before segment_source_rows() */
};
MUST_USE enum err segment_sources(struct segment *s, const struct segment_sources **ret);
MUST_USE enum err segment_source_rows(struct segment *s, const struct segment_sources **ret);
/* The number of a source; false when it is not there. */
bool segment_source_find(const struct segment_sources *t, const struct ip *ip, uint32_t *ret);
/* Without making these tables: the number of one source, ERR_NOT_FOUND when it is not there; and how many packets
 * a number sent. */
MUST_USE enum err segment_source_number(struct segment *s, const struct ip *ip, uint32_t *ret);
MUST_USE enum err segment_source_packets(struct segment *s, uint32_t number, uint32_t *ret);

struct segment_places { /* where sources were when the segment was made */
	const uint16_t *country; /* two letters, first * 256 + second; 0 unknown */
	const uint32_t *as;	 /* 0 unknown */
};
MUST_USE enum err segment_places(struct segment *s, const struct segment_places **ret);
/* "IPFire Location Database, CC BY-SA 4.0, 2026-06-25", or "". */
const char *segment_attribution(struct segment *s);

struct segment_targets {
	struct segment_addresses address;
	const uint32_t *sensor; /* number of a name */
	uint32_t sensors;
	const char *const *name;
};
MUST_USE enum err segment_targets(struct segment *s, const struct segment_targets **ret);
/* A sensor's name is shown on pages, terminals and in tables: UTF-8 without control characters. */
bool segment_name_ok(struct str name);

struct segment_shape { /* fields that go together */
	uint16_t flags, len, mss;
	uint8_t proto, bits, options, scale, fingerprint;
};
MUST_USE enum err segment_shapes(struct segment *s, const struct segment_shape **ret);

/* Which blocks source ${i} is in, a bit each. */
#define SEGMENT_ROWS (64 * SEGMENT_BLOCK) /* at most in one segment */
MUST_USE enum err segment_source_blocks(struct segment *s, uint32_t i, uint64_t *ret);

/* Sums */

struct segment_hour { /* of one port */
	uint8_t hour; /* of the day, 0..23 */
	uint32_t packets, sources, targets; /* the latter two distinct */
};
/* Hours of port ${place} that have packets, ascending; at most 24. */
MUST_USE enum err segment_port_hours(struct segment *s, uint32_t place, struct segment_hour ret[24], unsigned *ret_n);

enum segment_by { SEGMENT_BY_COUNTRY, SEGMENT_BY_SENSOR, SEGMENT_BY_FINGERPRINT, SEGMENT_BY_ALL, SEGMENT_BYS };
struct segment_sum {
	uint16_t key; /* country as in segment_places, number of the sensor, fingerprint, 0 */
	uint8_t hour;
	uint32_t packets;
	uint32_t sources; /* distinct; 0 by sensor: not counted */
};
MUST_USE enum err segment_hours(struct segment *s, enum segment_by by, const struct segment_sum **ret, uint32_t *ret_n);

/* Rows */

enum segment_column {
	SEGMENT_RUN, /* where a new source (or port) begins */
	SEGMENT_SOURCE, SEGMENT_AT, SEGMENT_TARGET, SEGMENT_SPORT, SEGMENT_TTL, SEGMENT_SHAPE,
	SEGMENT_IP_ID, SEGMENT_WINDOW, SEGMENT_SEQ, SEGMENT_MICRO, SEGMENT_PAYLOAD,
	SEGMENT_COLUMNS,
};
#define SEGMENT_BIT(column) (1u << (column))
#define SEGMENT_ALL ((1u << SEGMENT_COLUMNS) - 1)

/* One block, unpacked: column[c][i] for row first + i. */
struct segment_rows {
	uint32_t first, n;
	unsigned columns; /* that are there */
	uint32_t from, to; /* rows that are there */
	uint32_t *column[SEGMENT_COLUMNS]; /* SEGMENT_RUN is not among them: see run */
	uint64_t *run;	  /* a bit for each row */
};
struct segment_rows *segment_rows_new(void);
void segment_rows_free(struct segment_rows *r);
AUTO_DEFINE(segment_rows)
/* At least ${columns} of block ${block}. SEGMENT_AT is milliseconds of the day. */
MUST_USE enum err segment_read(struct segment *s, uint32_t block, unsigned columns, struct segment_rows *ret);
/* Only rows ${from} .. ${to} of the block are needed, which begin with the first of a port
 * or the block; those beside them may hold anything. */
MUST_USE enum err segment_read_some(
    struct segment *s, uint32_t block, unsigned columns, uint32_t from, uint32_t to, struct segment_rows *ret);

/* Where rows of ${source} are in a block: ${ret[2 * i]} .. ${ret[2 * i + 1]}, each within one port. There is room for
 * twice SEGMENT_BLOCK numbers. Nothing of ${rows} is read but runs. */
MUST_USE enum err segment_source_runs(
    struct segment *s, uint32_t block, uint32_t source, struct segment_rows *rows, uint32_t *ret, uint32_t *ret_n);
/* How many runs begin in rows ${from} .. ${to} of a block. */
uint32_t segment_runs(const struct segment_rows *r, uint32_t from, uint32_t to);

/* Columns that are there: SEGMENT_ALL, less, or none. */
unsigned segment_columns(const struct segment *s);

/* Row ${i} of ${rows}, which has segment_columns(): fields of others are 0, as a record and its
 * sensor's number. The payload is a view until the next call. */
MUST_USE enum err segment_record(struct segment *s, const struct segment_rows *rows, uint32_t i, struct record *ret, uint32_t *ret_sensor);

/*
 * The same segment with less: its frames but those of what is not kept, as they are. To ${fd}, an empty file,
 * with fsync(). ERR_INVALID also when a frame that stays is damaged.
 */
MUST_USE enum err segment_strip(struct segment *s, enum segment_kept kept, int fd, uint64_t *ret_hash, uint64_t *ret_bytes);

#endif
