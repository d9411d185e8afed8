/* SPDX-License-Identifier: Apache-2.0 */
/* segment_priv.h - the file format, for those who write and read it. */
#ifndef TELESCOPE_SEGMENT_PRIV_H
#define TELESCOPE_SEGMENT_PRIV_H

#include <stdint.h>

#include "telescope/fingerprint.h"
#include "telescope/segment.h"
#include "telescope/segment_code.h"

#define SEGMENT_MAGIC "TBGSEG1\n" /* the first eight bytes, and the last */

enum segment_frame { /* kinds of frames; never change a number */
	FRAME_META = 1,
	FRAME_PORTS,
	FRAME_PORT_SUMS,
	FRAME_SOURCES,
	FRAME_SOURCE_ROWS,
	FRAME_PLACES,
	FRAME_USUAL,	/* number: USUAL_SPORT … */
	FRAME_SOURCE_BLOCKS,
	FRAME_TARGETS,
	FRAME_SHAPES,
	FRAME_HOURS,
	FRAME_ROLLUP,	/* number: place of its first port / ROLLUP_PORTS */
	FRAME_PAYLOADS, /* number: of its first payload / PAYLOAD_CHUNK */
	FRAME_SOURCE_MARKS,
	FRAME_COLUMN = 32, /* + enum segment_column; number: the block */
};
#define ROLLUP_PORTS 256
#define PORTS_SPARSE 8192 /* a class of more ports is written as a byte for each port there can be */
#define PORTS_MORE 255    /* in such a byte: that or more; the rest of the number stands behind */
#define PAYLOAD_CHUNK 4096
#define SOURCES_MARKED 256 /* IPv4 sources of one mark */
#define MARK_SIZE 8

struct segment_entry { /* of the directory; frames follow each other without gaps */
	uint16_t kind, number;
	uint32_t n;    /* bytes */
	uint64_t hash; /* of them */
	uint64_t at;   /* in the file; not stored */
};
#define ENTRY_SIZE 16

/* The end of the file: little endian numbers. */
enum footer {
	FOOTER_DAY = 0,	       /* 8 */
	FOOTER_FROM = 8,       /* 8 */
	FOOTER_TO = 16,	       /* 8 */
	FOOTER_ROWS = 24,      /* 4 */
	FOOTER_PORTS = 28,     /* 4 */
	FOOTER_SOURCES = 32,   /* 4 */
	FOOTER_TARGETS = 36,   /* 4 */
	FOOTER_SHAPES = 40,    /* 4 */
	FOOTER_PAYLOADS = 44,  /* 4 */
	FOOTER_OPTIONS = 48,   /* 4: OPTION_… */
	FOOTER_ENTRIES = 52,   /* 4 */
	FOOTER_DIRECTORY = 56, /* 8: hash */
	FOOTER_VERSION = 64,   /* 4 */
	FOOTER_ZERO = 68,      /* 4 */
	FOOTER_HASH = 72,      /* 8: of all before it in the footer */
	FOOTER_MAGIC = 80,     /* 8 */
	FOOTER_SIZE = 88,
};

enum { OPTION_MICROSECONDS = 1, OPTION_CORE = 2, OPTION_SUMS = 4, OPTIONS_KNOWN = 7 };

/* The frames as they lie in the file: false past the last one. */
bool segment_entry_at(struct segment *s, uint32_t i, struct segment_entry *ret);
MUST_USE enum err segment_entry_read(struct segment *s, const struct segment_entry *x, struct str *ret);
const unsigned char *segment_footer(const struct segment *s);

#define LIMIT_SHAPES 65535
#define LIMIT_TARGETS 262144

/* Columns whose value can be foreseen: a bit says whether it was, and only the others
 * are stored. */
enum { USUAL_SPORT, USUAL_TTL, USUAL_SHAPE, USUAL_IP_ID, USUAL_WINDOW, USUAL_SEQ, USUALS };
#define USUAL_NONE UINT32_MAX
static const unsigned char segment_usual_width[USUALS] = { 2, 1, 2, 2, 2, 4 };

/* ${yes} ? ${a} : ${b} without a jump: nobody can foresee it, and it is asked for each row. */
static inline uint32_t
segment_either(bool yes, uint32_t a, uint32_t b)
{
	uint32_t mask = 0 - (uint32_t)yes;

	return (a & mask) | (b & ~mask);
}

/*
 * What a column has most likely in a row: as the row before when that is of the same
 * source and port; else what its source usually sends, when it has a habit; else
 * as the row before.
 */
static inline uint32_t
segment_foresee(bool start, uint32_t before, uint32_t usual)
{
	return segment_either(start & (usual != USUAL_NONE), usual, before);
}

/* Hosts that have no habit count their packets. What some programs send follows from
 * the target and the sequence number; ${target} is 0 for IPv6. */
static inline uint32_t
segment_foresee_id(bool start, uint32_t before, uint32_t usual, unsigned fingerprint, uint32_t target, uint32_t port, uint32_t seq)
{
	uint32_t id = segment_either(usual != USUAL_NONE, usual, (before + !start) & 0xffff);

	id = segment_either(fingerprint == RECORD_MASSCAN, (target ^ port ^ seq) & 0xffff, id);
	return segment_either(fingerprint == RECORD_ZMAP_OLD, 54321, id);
}

static inline uint32_t
segment_foresee_seq(bool start, uint32_t before, uint32_t usual, unsigned fingerprint, uint32_t target)
{
	return segment_either(fingerprint == RECORD_MIRAI, target, segment_foresee(start, before, usual));
}

#endif
