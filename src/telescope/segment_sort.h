/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment_sort.h - gathered rows in the order of the file, by port, source and time, and what is counted on
 * the way; between segment_sort.c and segment_write.c.
 */
#ifndef TELESCOPE_SEGMENT_SORT_H
#define TELESCOPE_SEGMENT_SORT_H

#include "telescope/segment_build_priv.h"

struct geo;

#define HOURS 24
#define HOUR_MS 3600000
#define DAY_MS 86400000
#define COUNTRIES (27 * 27) /* two letters, or none */
#define AHEAD 24	    /* rows fetched before they are needed: they lie anywhere */

/* A row while it is sorted: its slot, its source's rank, and below its number. */
#define ITEM_ROW_BITS 22
#define ITEM_SOURCE_BITS 22
#define ITEM_SLOT_BITS 19
_Static_assert(SEGMENT_ROWS <= 1 << ITEM_ROW_BITS, "a row's number fits, and so a source's");
_Static_assert(SEGMENT_SLOTS <= 1 << ITEM_SLOT_BITS, "a slot fits");

static inline uint32_t
item_row(uint64_t item)
{
	return (uint32_t)item & ((1u << ITEM_ROW_BITS) - 1);
}

static inline uint32_t
item_source(uint64_t item)
{
	return (uint32_t)(item >> ITEM_ROW_BITS) & ((1u << ITEM_SOURCE_BITS) - 1);
}

static inline uint32_t
item_slot(uint64_t item)
{
	return (uint32_t)(item >> (ITEM_ROW_BITS + ITEM_SOURCE_BITS));
}

struct usual { /* of one source, by rank */
	uint32_t value[USUALS];
	uint64_t blocks; /* that it is in */
};

/* Of a source while rows are passed in the order of time. */
struct passed {
	uint32_t rank;
	uint16_t seen; /* fingerprints of this hour, a bit each */
	uint16_t country : 10, hour : 5;
};
_Static_assert(COUNTRIES <= 1 << 10, "a country's number fits");
_Static_assert(RECORD_FINGERPRINTS <= 16, "a fingerprint has a bit");

/* Sums of an hour lie together: rows come hour by hour. */
struct hour_counts {
	uint32_t country[COUNTRIES], country_sources[COUNTRIES];
	uint32_t fingerprint[RECORD_FINGERPRINTS], fingerprint_sources[RECORD_FINGERPRINTS];
};

struct segment_order {
	uint64_t *item, *other; /* AHEAD more than rows, so that all can be fetched before they are needed */
	uint32_t rows;		/* that there is room for */
	/* of sources */
	uint64_t *key, *key_other;
	uint32_t *source; /* their numbers, by rank */
	struct passed *passed; /* by number */
	struct usual *usual;
	uint16_t *country;
	uint32_t *as;
	uint32_t sources; /* that there is room for */
	/* of targets */
	uint32_t *target_rank;
	uint32_t *target;	 /* their numbers, by rank */
	uint32_t *target_sensor; /* by rank: the number of its sensor here */
	uint32_t *target_v4;	 /* by rank: its address, or 0 for IPv6 */
	uint32_t targets;	 /* that there is room for */
	/* of sensors */
	uint32_t *sensor_number; /* of names in this segment */
	const char **sensor_name;
	uint32_t sensors;
	uint32_t *sensor_sum; /* packets: hour * sensors + sensor */
	struct hour_counts hour[HOURS];
};

/* The order of ${b}, whose sources are settled. Names of sensors are ${name[number]}. */
void segment_sort(const struct segment_build *b, const struct geo *geo, const char *const *name, struct segment_order *o);
void segment_order_done(struct segment_order *o);

/* Memory of another size, nothing of the old one is kept; ${n} may be 0. */
void *segment_sized(void *old, size_t n, size_t each);

static inline unsigned
size_of(uint32_t n)
{
	return n == 0 ? 0 : 32 - (unsigned)__builtin_clz(n);
}

/* The two letters of a country's number in hour_counts; 0: none. */
static inline uint16_t
country_of(unsigned number)
{
	return number == 0 ? 0 : (uint16_t)(('A' + (number - 1) / 26) << 8 | ('A' + (number - 1) % 26));
}

#endif
