/* SPDX-License-Identifier: Apache-2.0 */
/* segment_write.c - gathered rows are sorted and become a file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/geo.h"
#include "sys/files.h"
#include "telescope/segment_build.h"
#include "telescope/segment_build_priv.h"
#include "telescope/segment_code.h"
#include "telescope/segment_sort.h"
#include "text/value.h"

/* Columns of one block on their way into parts. */
struct predicted {
	uint64_t missed[SEGMENT_BLOCK / 64];
	uint32_t value[SEGMENT_BLOCK + 4];
	uint32_t n;
	uint32_t before;
};

/*
 * Rows are gathered from where they lie in memory a stretch at a time; then each column is
 * done by itself, in loops that a compiler can do on many numbers at once. Short, and of an uneven size:
 * what is written in turns must not fall into the same lines of the cache.
 */
#define STRETCH 512
struct stretch {
	uint32_t value[USUALS][STRETCH + 20]; /* first that of the row before */
	uint32_t usual[USUALS][STRETCH + 16]; /* USUAL_NONE also where no run begins */
	uint32_t payload[STRETCH + 16], micro[STRETCH + 16];
	uint32_t start[STRETCH + 16], target[STRETCH + 16]; /* 0 or 1; IPv4 address or 0 */
	uint32_t fingerprint[STRETCH + 16], port[STRETCH + 16];
	unsigned char missed[STRETCH];
};
_Static_assert(STRETCH % 64 == 0, "whole words of bits");

struct column_work {
	uint64_t run[SEGMENT_BLOCK / 64];
	/* one longer: of the last row both ways are written */
	uint32_t gap[SEGMENT_BLOCK + 1], at[SEGMENT_BLOCK + 1], later[SEGMENT_BLOCK + 1];
	uint32_t target[SEGMENT_BLOCK + 1], step[SEGMENT_BLOCK + 1];
	uint32_t micro[SEGMENT_BLOCK];
	uint32_t starts, follow;
	struct predicted usual[USUALS], payload;
	struct stretch stretch;
};

/* Sums of one port. */
struct port_hour {
	uint32_t packets, sources, targets;
};
struct port_sums {
	struct port_hour hour[HOURS];
	uint32_t hours; /* that have packets, a bit each */
	uint32_t sources, targets;
};
struct heard { /* of a target: the last port (its number + 1) and in which hours */
	uint32_t port, hours;
};

struct cursor { /* the row before, of the walk through all rows */
	uint32_t slot, source, target, at, hour;
};

struct segment_work {
	struct segment_order order;
	struct heard *heard;
	uint32_t targets; /* that there is room for */
	struct cursor cursor;
	struct port_sums port;
	uint32_t port_first; /* row of that */
	struct column_work column;
	struct buf rollup, out;
	size_t framed; /* of ${out}: frames that are done */
	uint32_t *scratch; /* of sources */
	uint32_t sources;
	uint32_t *port_slot, *port_rows, *port_sources, *port_targets;
	uint32_t ports, port_size;
	struct segment_entry *entry;
	uint32_t entries, entry_size;
};

void
segment_work_free(struct segment_work *w)
{
	if (w == NULL)
		return;
	segment_order_done(&w->order);
	free(w->heard);
	free(w->scratch);
	free(w->port_slot);
	free(w->port_rows);
	free(w->port_sources);
	free(w->port_targets);
	free(w->entry);
	buf_done(&w->rollup);
	buf_done(&w->out);
	free(w);
}

static struct segment_work *
work_get(struct segment_build *b)
{
	struct segment_work *w = b->work;

	if (w == NULL) {
		w = calloc(1, sizeof(*w));
		if (w == NULL)
			abort(); /* as the arena does */
		buf_init(&w->rollup, LIMIT_MIB(512));
		buf_init(&w->out, LIMIT_MIB(512));
		b->work = w;
	}
	if (w->targets < b->targets) {
		w->targets = b->targets;
		w->heard = segment_sized(w->heard, w->targets, sizeof(*w->heard));
	}
	memset(w->heard, 0, b->targets * sizeof(*w->heard));
	if (w->sources < b->sources) {
		w->sources = b->sources + b->sources / 4;
		w->scratch = segment_sized(w->scratch, w->sources, sizeof(*w->scratch));
	}
	w->port = (struct port_sums){ .hours = 0 };
	w->ports = w->port_first = w->entries = 0;
	return w;
}

/* Frames */

static enum err
flush(struct segment_work *w, int fd)
{
	enum err e = buf_error(&w->out);

	if (e == OK)
		e = files_write_fd(fd, buf_view(&w->out));
	buf_clear(&w->out);
	w->framed = 0;
	return e;
}

/* What is in ${w->out} since the last frame is one of the file. */
static void
frame(struct segment_work *w, unsigned kind, uint32_t number)
{
	const char *p = w->out.p + w->framed;
	size_t n = w->out.n - w->framed;

	if (w->entries == w->entry_size) {
		w->entry_size = w->entry_size * 2 + 256;
		w->entry = reallocarray(w->entry, w->entry_size, sizeof(*w->entry));
		if (w->entry == NULL)
			abort(); /* as the arena does */
	}
	w->entry[w->entries++] = (struct segment_entry){ .kind = (uint16_t)kind, .number = (uint16_t)number, .n = (uint32_t)n,
		.hash = segment_hash(p, n) };
	w->framed = w->out.n;
}

static void
predicted_begin(struct predicted *p, uint32_t n)
{
	memset(p->missed, 0, (n + 63) / 64 * 8);
	p->n = p->before = 0;
}

static inline void
predict(struct predicted *p, uint32_t i, uint32_t value, uint32_t foreseen)
{
	bool missed = value != foreseen;

	p->missed[i / 64] |= (uint64_t)missed << (i % 64);
	p->value[p->n] = value;
	p->n += missed;
	p->before = value;
}

static void
predicted_put(struct segment_work *w, struct segment_code *k, unsigned column, uint32_t block, const struct predicted *p, uint32_t n,
    unsigned width)
{
	segment_put_bits(k, &w->out, p->missed, n);
	segment_put_planes(k, &w->out, p->value, p->n, width);
	frame(w, FRAME_COLUMN + column, block);
}

/* A block's columns */

static void
rollup_put(struct segment_work *w, struct port_sums *p)
{
	for (unsigned i = 0; i < 3; i++)
		buf_char(&w->rollup, (char)(p->hours >> (8 * i)));
	for (uint32_t hours = p->hours; hours != 0; hours &= hours - 1) {
		struct port_hour *h = &p->hour[__builtin_ctz(hours)];

		segment_put_number(&w->rollup, h->packets);
		if (h->packets > 1) { /* else of one source, at one target */
			segment_put_number(&w->rollup, h->sources);
			segment_put_number(&w->rollup, h->targets);
		}
		*h = (struct port_hour){ 0 };
	}
	p->hours = p->sources = p->targets = 0;
}

static void
rollup_flush(struct segment_work *w, struct segment_code *k, uint32_t number)
{
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, true);
	if (w->rollup.failed)
		w->out.failed = true;
	frame(w, FRAME_ROLLUP, number);
	buf_clear(&w->rollup);
}

/* The port that ${w->port} counts has no more rows: the next begins at ${row}. */
static void
port_end(struct segment_work *w, struct segment_code *k, uint32_t slot, uint32_t row)
{
	if (w->ports == w->port_size) {
		w->port_size = w->port_size * 2 + 4096;
		w->port_slot = reallocarray(w->port_slot, w->port_size, sizeof(uint32_t));
		w->port_rows = reallocarray(w->port_rows, w->port_size, sizeof(uint32_t));
		w->port_sources = reallocarray(w->port_sources, w->port_size, sizeof(uint32_t));
		w->port_targets = reallocarray(w->port_targets, w->port_size, sizeof(uint32_t));
		if (w->port_slot == NULL || w->port_rows == NULL || w->port_sources == NULL || w->port_targets == NULL)
			abort(); /* as the arena does */
	}
	w->port_slot[w->ports] = slot;
	w->port_rows[w->ports] = row - w->port_first;
	w->port_sources[w->ports] = w->port.sources;
	w->port_targets[w->ports] = w->port.targets;
	rollup_put(w, &w->port);
	w->port_first = row;
	w->ports++;
	if (w->ports % ROLLUP_PORTS == 0)
		rollup_flush(w, k, w->ports / ROLLUP_PORTS - 1);
}

/* A row of port number ${w->ports}: who of its hour is new? */
static inline void
count_row(struct segment_work *w, struct heard *t, bool fresh, bool fresh_hour, uint32_t hour)
{
	struct port_hour *h = &w->port.hour[hour];
	bool other = t->port != w->ports + 1;
	uint32_t hours = segment_either(other, 0, t->hours);

	t->port = w->ports + 1;
	t->hours = hours | 1U << hour;
	w->port.hours |= 1U << hour;
	w->port.sources += fresh;
	w->port.targets += other;
	h->packets++;
	h->sources += fresh | fresh_hour;
	h->targets += (hours >> hour & 1) == 0;
}

/*
 * ${n} rows from ${item} on, row ${from} of the block, are gathered from where they lie in memory.
 * They begin runs and go on as they like: both ways are written, and one of them counts.
 */
static void
stretch_get(const struct segment_build *b, struct segment_work *w, struct segment_code *k, const uint64_t *item, uint32_t block,
    uint32_t from, uint32_t n)
{
	struct column_work *o = &w->column;
	struct stretch *t = &o->stretch;
	struct cursor c = w->cursor;
	uint32_t starts = o->starts, follow = o->follow, targets = b->targets;
	/* In registers: for all that a compiler knows each write below may be to these. */
	const uint32_t *target_rank = w->order.target_rank, *target_v4 = w->order.target_v4;
	struct row *const *chunk = b->chunk;
	struct usual *usual = w->order.usual;
	struct heard *heard = w->heard;

	for (uint32_t j = 0; j < n; j++) {
		uint32_t number = item_row(item[j]), later = item_row(item[j + AHEAD]);
		const struct row *r = &chunk[number / CHUNK][number % CHUNK];
		uint32_t slot = item_slot(item[j]), source = item_source(item[j]), hour = r->at / HOUR_MS;
		uint32_t target = target_rank[r->target];
		struct usual *u = &usual[source];
		bool fresh = (slot != c.slot) | (source != c.source), start = fresh | (from + j == 0);
		uint32_t none = (uint32_t)start - 1; /* all bits set where none begins */

		__builtin_prefetch(&chunk[later / CHUNK][later % CHUNK]);
		__builtin_prefetch(&usual[item_source(item[j + AHEAD])]);
		if (slot != c.slot)
			port_end(w, k, c.slot, block * SEGMENT_BLOCK + from + j);
		count_row(w, &heard[target], fresh, hour != c.hour, hour);
		u->blocks |= UINT64_C(1) << block;
		/* Distances only within one port of one block: each can be read alone. */
		o->gap[starts] = segment_either((from + j > 0) & (slot == c.slot), source - c.source - 1, source);
		o->at[starts] = r->at;
		o->target[starts] = target;
		starts += start;
		o->later[follow] = r->at - c.at;
		o->step[follow] = target - c.target + segment_either(target < c.target, targets, 0);
		follow += !start;
		t->value[USUAL_SPORT][j + 1] = r->sport;
		t->value[USUAL_TTL][j + 1] = r->ttl;
		t->value[USUAL_SHAPE][j + 1] = r->shape;
		t->value[USUAL_WINDOW][j + 1] = r->window;
		t->value[USUAL_SEQ][j + 1] = r->seq;
		t->value[USUAL_IP_ID][j + 1] = r->ip_id;
		t->usual[USUAL_SPORT][j] = u->value[USUAL_SPORT] | none;
		t->usual[USUAL_TTL][j] = u->value[USUAL_TTL] | none;
		t->usual[USUAL_SHAPE][j] = u->value[USUAL_SHAPE] | none;
		t->usual[USUAL_WINDOW][j] = u->value[USUAL_WINDOW] | none;
		t->usual[USUAL_SEQ][j] = u->value[USUAL_SEQ] | none;
		t->usual[USUAL_IP_ID][j] = u->value[USUAL_IP_ID];
		t->start[j] = start;
		t->target[j] = target_v4[target];
		t->fingerprint[j] = r->fingerprint;
		t->port[j] = slot & 0xffff;
		t->payload[j] = r->payload;
		t->micro[j] = r->micro;
		c = (struct cursor){ .slot = slot, .source = source, .target = target, .at = r->at, .hour = hour };
	}
	w->cursor = c;
	o->starts = starts;
	o->follow = follow;
}

/* Which of the values were not foreseen, a byte for each. */
WIDE static void
miss_usual(const uint32_t *restrict v, const uint32_t *restrict usual, uint32_t n, unsigned char *restrict missed)
{
	for (uint32_t j = 0; j < n; j++)
		missed[j] = v[j + 1] != segment_either(usual[j] != USUAL_NONE, usual[j], v[j]);
}

WIDE static void
miss_seq(const struct stretch *restrict t, uint32_t n, unsigned char *restrict missed)
{
	const uint32_t *v = t->value[USUAL_SEQ], *usual = t->usual[USUAL_SEQ];

	for (uint32_t j = 0; j < n; j++) {
		uint32_t foreseen = segment_either(usual[j] != USUAL_NONE, usual[j], v[j]);

		missed[j] = v[j + 1] != segment_either(t->fingerprint[j] == RECORD_MIRAI, t->target[j], foreseen);
	}
}

WIDE static void
miss_id(const struct stretch *restrict t, uint32_t n, unsigned char *restrict missed)
{
	const uint32_t *v = t->value[USUAL_IP_ID], *usual = t->usual[USUAL_IP_ID], *seq = t->value[USUAL_SEQ] + 1;

	for (uint32_t j = 0; j < n; j++)
		missed[j] = v[j + 1] != segment_foresee_id(t->start[j] != 0, v[j], usual[j], t->fingerprint[j], t->target[j], t->port[j], seq[j]);
}

WIDE static void
miss_before(const uint32_t *restrict v, uint32_t before, uint32_t n, unsigned char *restrict missed)
{
	missed[0] = v[0] != before;
	for (uint32_t j = 1; j < n; j++)
		missed[j] = v[j] != v[j - 1];
}

/* Eight bytes that are 0 or 1 as eight bits, the first lowest. */
static inline uint64_t
bits_of(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v * UINT64_C(0x0102040810204080) >> 56;
}

/* Bytes that are 0 or 1 as bits, ${n} of them, a multiple of 64. */
static void
bits_from(const unsigned char *p, uint32_t n, uint64_t *to)
{
	for (uint32_t j = 0; j < n; j += 64) {
		uint64_t word = 0;

		for (unsigned i = 0; i < 64; i += 8)
			word |= bits_of(p + j + i) << i;
		*to++ = word;
	}
}

/* Rows ${from} of the block and on, a multiple of 64. What is behind ${n} of them is 0 in ${missed},
 * and may be read in ${v}. */
static void
predicted_add(struct predicted *p, const uint32_t *restrict v, uint32_t from, uint32_t n, const unsigned char *restrict missed)
{
	uint32_t *restrict to = p->value;
	uint32_t at = p->n;

	for (uint32_t j = 0; j < n; j += 4) {
		to[at] = v[j];
		at += missed[j];
		to[at] = v[j + 1];
		at += missed[j + 1];
		to[at] = v[j + 2];
		at += missed[j + 2];
		to[at] = v[j + 3];
		at += missed[j + 3];
	}
	p->n = at;
	bits_from(missed, n, p->missed + from / 64);
}

static void
starts_add(struct column_work *o, uint32_t from, uint32_t n)
{
	struct stretch *t = &o->stretch;

	for (uint32_t j = 0; j < n; j++)
		t->missed[j] = (unsigned char)t->start[j];
	bits_from(t->missed, n, o->run + from / 64);
}

static void
stretch_put(const struct segment_build *b, struct segment_work *w, uint32_t from, uint32_t n)
{
	struct column_work *o = &w->column;
	struct stretch *t = &o->stretch;

	memset(t->missed + (n & ~63U), 0, n % 64 == 0 ? 0 : 64);
	starts_add(o, from, n);
	for (unsigned u = 0; u < USUALS; u++) {
		if (u == USUAL_SEQ)
			miss_seq(t, n, t->missed);
		else if (u == USUAL_IP_ID)
			miss_id(t, n, t->missed);
		else
			miss_usual(t->value[u], t->usual[u], n, t->missed);
		predicted_add(&o->usual[u], t->value[u] + 1, from, n, t->missed);
	}
	if (b->payload_count > 0) {
		miss_before(t->payload, o->payload.before, n, t->missed);
		predicted_add(&o->payload, t->payload, from, n, t->missed);
		o->payload.before = t->payload[n - 1];
	}
	if (b->microseconds)
		memcpy(o->micro + from, t->micro, n * sizeof(*t->micro));
	for (unsigned u = 0; u < USUALS; u++)
		t->value[u][0] = t->value[u][n];
}

static void
block_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k, uint32_t block, uint32_t n)
{
	struct column_work *o = &w->column;
	static const unsigned column[USUALS] = { SEGMENT_SPORT, SEGMENT_TTL, SEGMENT_SHAPE, SEGMENT_IP_ID, SEGMENT_WINDOW, SEGMENT_SEQ };
	unsigned width = (size_of(b->targets - 1) + 7) / 8;

	segment_put_bits(k, &w->out, o->run, n);
	frame(w, FRAME_COLUMN + SEGMENT_RUN, block);
	segment_put_sizes(k, &w->out, o->gap, o->starts);
	frame(w, FRAME_COLUMN + SEGMENT_SOURCE, block);
	segment_put_sizes(k, &w->out, o->at, o->starts);
	segment_put_sizes(k, &w->out, o->later, o->follow);
	frame(w, FRAME_COLUMN + SEGMENT_AT, block);
	segment_put_planes(k, &w->out, o->target, o->starts, width);
	segment_put_planes(k, &w->out, o->step, o->follow, width);
	frame(w, FRAME_COLUMN + SEGMENT_TARGET, block);
	for (unsigned u = 0; u < USUALS; u++)
		predicted_put(w, k, column[u], block, &o->usual[u], n, segment_usual_width[u]);
	if (b->microseconds) {
		segment_put_planes(k, &w->out, o->micro, n, 2);
		frame(w, FRAME_COLUMN + SEGMENT_MICRO, block);
	}
	if (b->payload_count > 0)
		predicted_put(w, k, SEGMENT_PAYLOAD, block, &o->payload, n, 4);
}

static void
block_begin(struct column_work *o, uint32_t n)
{
	o->starts = o->follow = 0;
	for (unsigned u = 0; u < USUALS; u++) {
		o->usual[u].n = 0;
		o->stretch.value[u][0] = 0;
	}
	predicted_begin(&o->payload, n);
}

static enum err
rows_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k, int fd)
{
	const uint64_t *item = w->order.item;

	w->cursor = (struct cursor){ .slot = item_slot(item[0]), .source = UINT32_MAX };
	for (uint32_t at = 0, block = 0; at < b->rows; at += SEGMENT_BLOCK, block++) {
		uint32_t n = b->rows - at < SEGMENT_BLOCK ? b->rows - at : SEGMENT_BLOCK;

		block_begin(&w->column, n);
		for (uint32_t from = 0; from < n; from += STRETCH) {
			uint32_t here = n - from < STRETCH ? n - from : STRETCH;

			stretch_get(b, w, k, item + at + from, block, from, here);
			stretch_put(b, w, from, here);
		}
		block_put(b, w, k, block, n);
		TRY(flush(w, fd));
	}
	port_end(w, k, w->cursor.slot, b->rows);
	if (w->ports % ROLLUP_PORTS != 0)
		rollup_flush(w, k, w->ports / ROLLUP_PORTS);
	return OK;
}

/* Tables */

static void
number64(struct buf *out, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_char(out, (char)(v >> (8 * i)));
}

/* Addresses as ascending lists: each IPv4 one by its distance from the one before, where
 * a new list begins as it is; IPv6 ones byte by byte. ${marks}: where reading may begin (FRAME_SOURCE_MARKS), or NULL. */
static void
addresses_put(struct segment_work *w, struct segment_code *k, const struct address *const *address, uint32_t n, struct buf *marks)
{
	uint32_t *v = w->column.gap, at = 0;
	uint64_t six[SEGMENT_BLOCK / 64];

	for (uint32_t from = 0; from < n; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK, fours = 0, sixes = 0;
		uint32_t before = 0, bits = 0;

		memset(six, 0, sizeof(six));
		for (at = 0; at < here; at++) {
			const struct address *x = address[from + at];

			six[at / 64] |= (uint64_t)(x->v == 6) << (at % 64);
			if (x->v == 6) {
				sixes++;
				continue;
			}
			/* Modulo 2^32: the first of a new list is smaller. */
			v[fours] = (uint32_t)x->low - before;
			before = (uint32_t)x->low;
			bits += v[fours] == 0 ? 0 : size_of(v[fours]) - 1;
			if (marks != NULL && fours % SOURCES_MARKED == 0)
				number64(marks, before | (uint64_t)bits << 32, MARK_SIZE);
			fours++;
		}
		segment_put_bits(k, &w->out, six, here);
		segment_put_sizes(k, &w->out, v, fours);
		for (unsigned byte = 0; byte < 16 && sixes > 0; byte++) {
			unsigned char *plane = (unsigned char *)w->column.later;
			uint32_t j = 0;

			for (at = 0; at < here; at++) {
				const struct address *x = address[from + at];

				if (x->v == 6)
					plane[j++] = (unsigned char)((byte < 8 ? x->high : x->low) >> (56 - 8 * (byte % 8)));
			}
			segment_put(k, &w->out, plane, sixes, true);
		}
	}
}

/* Numbers of sources, a block of them at a time, each as the one before or as it is. */
static void
source_column(struct segment_work *w, struct segment_code *k, uint32_t n, unsigned width, const uint16_t *v16, const uint32_t *v32)
{
	struct predicted *p = &w->column.payload;

	for (uint32_t from = 0; from < n; from += SEGMENT_BLOCK) {
		uint32_t here = n - from < SEGMENT_BLOCK ? n - from : SEGMENT_BLOCK;

		predicted_begin(p, here);
		for (uint32_t i = 0; i < here; i++)
			predict(p, i, v16 != NULL ? v16[from + i] : v32[from + i], p->before);
		segment_put_bits(k, &w->out, p->missed, here);
		segment_put_planes(k, &w->out, p->value, p->n, width);
	}
}

static void
sources_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	const struct address **address = segment_sized(NULL, b->sources, sizeof(*address));
	uint32_t *v = w->scratch, n = 0;

	for (uint32_t i = 0; i < b->sources; i++)
		address[i] = &b->source[w->order.source[i]].address;
	/* How many have 32, 31 … bits in their count; then the bits below the highest. */
	for (unsigned size = 32; size > 0; size--) {
		uint32_t first = n;

		while (n < b->sources && size_of(b->source[w->order.source[n]].rows) == size)
			n++;
		segment_put_number(&w->rollup, n - first);
	}
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, true);
	buf_clear(&w->rollup);
	for (uint32_t i = 0; i < b->sources; i++) {
		uint32_t rows = b->source[w->order.source[i]].rows;

		v[i] = rows - (1u << (size_of(rows) - 1));
	}
	addresses_put(w, k, address, b->sources, &w->rollup);
	frame(w, FRAME_SOURCES, 0);
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, false);
	buf_clear(&w->rollup);
	frame(w, FRAME_SOURCE_MARKS, 0);
	segment_put_sizes(k, &w->out, v, b->sources);
	frame(w, FRAME_SOURCE_ROWS, 0);
	source_column(w, k, b->sources, 2, w->order.country, NULL);
	source_column(w, k, b->sources, 4, NULL, w->order.as);
	frame(w, FRAME_PLACES, 0);
	for (unsigned u = 0; u < USUALS; u++) {
		for (uint32_t from = 0; from < b->sources; from += SEGMENT_BLOCK) {
			uint32_t here = b->sources - from < SEGMENT_BLOCK ? b->sources - from : SEGMENT_BLOCK;
			struct predicted *p = &w->column.payload;

			predicted_begin(p, here);
			for (uint32_t i = 0; i < here; i++)
				predict(p, i, w->order.usual[from + i].value[u], USUAL_NONE);
			segment_put_bits(k, &w->out, p->missed, here);
			segment_put_planes(k, &w->out, p->value, p->n, segment_usual_width[u]);
		}
		frame(w, FRAME_USUAL, u);
	}
	for (unsigned byte = 0; byte < (b->rows + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK; byte += 8) {
		unsigned char *plane = (unsigned char *)w->scratch;

		for (uint32_t i = 0; i < b->sources; i++)
			plane[i] = (unsigned char)(w->order.usual[i].blocks >> byte);
		segment_put(k, &w->out, plane, b->sources, true);
	}
	frame(w, FRAME_SOURCE_BLOCKS, 0);
	free(address);
}

static void
targets_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	const struct address **address = segment_sized(NULL, b->targets, sizeof(*address));

	for (uint32_t i = 0; i < b->targets; i++)
		address[i] = &b->target[w->order.target[i]].address;
	segment_put_number(&w->rollup, w->order.sensors);
	for (uint32_t i = 0; i < w->order.sensors; i++) {
		segment_put_number(&w->rollup, strlen(w->order.sensor_name[i]));
		buf_text(&w->rollup, w->order.sensor_name[i]);
	}
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, true);
	buf_clear(&w->rollup);
	source_column(w, k, b->targets, 4, NULL, w->order.target_sensor);
	addresses_put(w, k, address, b->targets, NULL);
	frame(w, FRAME_TARGETS, 0);
	free(address);
}

static void
shapes_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	for (uint32_t i = 0; i < b->shapes; i++) {
		const struct segment_shape *s = &b->shape[i];

		number64(&w->rollup, s->flags, 2);
		number64(&w->rollup, s->len, 2);
		number64(&w->rollup, s->mss, 2);
		number64(&w->rollup, s->proto, 1);
		number64(&w->rollup, s->bits, 1);
		number64(&w->rollup, s->options, 1);
		number64(&w->rollup, s->scale, 1);
		number64(&w->rollup, s->fingerprint, 1);
	}
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, true);
	buf_clear(&w->rollup);
	frame(w, FRAME_SHAPES, 0);
}

/* ${packets[hour * stride + i]} and ${sources} (NULL: not counted) of ${n} keys. */
static void
sums_put(struct segment_work *w, struct segment_code *k, const uint32_t *packets, const uint32_t *sources, size_t stride, uint32_t n,
    uint16_t (*key)(unsigned number))
{
	uint32_t entries = 0;

	for (unsigned h = 0; h < HOURS; h++) {
		for (uint32_t i = 0; i < n; i++)
			entries += packets[h * stride + i] > 0;
	}
	segment_put_number(&w->rollup, entries);
	for (uint32_t i = 0; i < n; i++) {
		for (unsigned h = 0; h < HOURS; h++) {
			if (packets[h * stride + i] == 0)
				continue;
			segment_put_number(&w->rollup, key == NULL ? i : key(i));
			segment_put_number(&w->rollup, h);
			segment_put_number(&w->rollup, packets[h * stride + i]);
			segment_put_number(&w->rollup, sources == NULL ? 0 : sources[h * stride + i]);
		}
	}
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, true);
	if (w->rollup.failed)
		w->out.failed = true;
	buf_clear(&w->rollup);
}

static void
hours_put(struct segment_work *w, struct segment_code *k)
{
	const struct hour_counts *h = w->order.hour;
	const size_t stride = sizeof(*h) / sizeof(uint32_t);
	uint32_t all[HOURS] = { 0 }, all_sources[HOURS] = { 0 };

	for (unsigned i = 0; i < HOURS; i++) {
		for (uint32_t c = 0; c < COUNTRIES; c++) {
			all[i] += h[i].country[c];
			all_sources[i] += h[i].country_sources[c];
		}
	}
	sums_put(w, k, h->country, h->country_sources, stride, COUNTRIES, country_of);
	sums_put(w, k, w->order.sensor_sum, NULL, w->order.sensors, w->order.sensors, NULL);
	sums_put(w, k, h->fingerprint, h->fingerprint_sources, stride, RECORD_FINGERPRINTS, NULL);
	sums_put(w, k, all, all_sources, 1, 1, NULL);
	frame(w, FRAME_HOURS, 0);
}

static void
payloads_put(const struct segment_build *b, struct segment_work *w, struct segment_code *k)
{
	for (uint32_t from = 0; from < b->payload_count; from += PAYLOAD_CHUNK) {
		uint32_t here = b->payload_count - from < PAYLOAD_CHUNK ? b->payload_count - from : PAYLOAD_CHUNK;

		for (uint32_t i = 0; i < here; i++) {
			const struct payload *p = &b->payload[from + i];

			buf_char(&w->rollup, (char)p->n);
			buf_add(&w->rollup, b->payloads.p + p->at, p->n);
		}
		segment_put(k, &w->out, w->rollup.p, w->rollup.n, true);
		buf_clear(&w->rollup);
		frame(w, FRAME_PAYLOADS, from / PAYLOAD_CHUNK);
	}
}

static void
meta_put(const struct segment_build *b, struct segment_work *w, const struct geo *geo)
{
	AUTO(arena) a = arena_new();
	const struct civil c = clock_day_civil(b->day);
	struct value *v = value_object(a);

	value_set_text(a, v, "format", "tobiguchi telescope segment");
	value_set_int(a, v, "version", SEGMENT_VERSION);
	value_set_text(a, v, "day", arena_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day));
	value_set_int(a, v, "rows", b->rows);
	value_set_text(a, v, "time", b->microseconds ? "microseconds" : "milliseconds");
	value_set_text(a, v, "places", geo == NULL ? "" : geo_attribution(geo));
	value_set_text(a, v, "written_by", "tobiguchi " TOBIGUCHI_VERSION);
	value_json(&w->out, v);
	frame(w, FRAME_META, 0);
}

/* Where most ports were knocked at, a byte for each says how often: such a class is
 * added to another by adding bytes. */
static void
class_put(struct segment_work *w, struct segment_code *k, uint32_t from, uint32_t to)
{
	uint32_t *v = w->column.gap, n = to - from, before = UINT32_MAX, more = 0;
	unsigned char *dense = (unsigned char *)w->column.later;

	if (n <= PORTS_SPARSE) {
		for (uint32_t i = from; i < to; i++) {
			uint32_t port = w->port_slot[i] & 0xffff;

			v[i - from] = port - before - 1;
			before = port;
		}
		segment_put_sizes(k, &w->out, v, n);
		segment_put_sizes(k, &w->out, w->port_rows + from, n);
		return;
	}
	memset(dense, 0, 65536);
	for (uint32_t i = from; i < to; i++) {
		bool large = w->port_rows[i] >= PORTS_MORE;

		dense[w->port_slot[i] & 0xffff] = large ? PORTS_MORE : (unsigned char)w->port_rows[i];
		v[more] = w->port_rows[i] - PORTS_MORE;
		more += large;
	}
	segment_put(k, &w->out, dense, 65536, false);
	segment_put_sizes(k, &w->out, v, more);
}

static void
ports_put(struct segment_work *w, struct segment_code *k)
{
	uint32_t first[SEGMENT_CLASSES + 1] = { 0 }, class = 0;
	uint64_t rows;

	/* Sources are few beside ports that are many: both squeeze well. */
	segment_put_planes(k, &w->out, w->port_sources, w->ports, 3);
	segment_put_planes(k, &w->out, w->port_targets, w->ports, 3);
	frame(w, FRAME_PORT_SUMS, 0);
	for (uint32_t i = 0; i < w->ports; i++) {
		while (w->port_slot[i] >> 16 > class)
			first[++class] = i;
	}
	while (class < SEGMENT_CLASSES)
		first[++class] = w->ports;
	for (class = 0; class < SEGMENT_CLASSES; class++) {
		rows = 0;
		for (uint32_t i = first[class]; i < first[class + 1]; i++)
			rows += w->port_rows[i];
		segment_put_number(&w->rollup, first[class + 1] - first[class]);
		segment_put_number(&w->rollup, rows);
	}
	segment_put(k, &w->out, w->rollup.p, w->rollup.n, false);
	buf_clear(&w->rollup);
	for (class = 0; class < SEGMENT_CLASSES; class++)
		class_put(w, k, first[class], first[class + 1]);
	frame(w, FRAME_PORTS, 0);
}

static void
directory_put(const struct segment_build *b, struct segment_work *w, struct segment_built *ret)
{
	struct buf *d = &w->rollup;
	uint64_t all = 0;

	for (uint32_t i = 0; i < w->entries; i++) {
		const struct segment_entry *x = &w->entry[i];

		number64(d, x->kind, 2);
		number64(d, x->number, 2);
		number64(d, x->n, 4);
		number64(d, x->hash, 8);
		all += x->n;
	}
	ret->hash = segment_hash(d->p, d->n);
	ret->rows = b->rows;
	ret->bytes = sizeof(SEGMENT_MAGIC) - 1 + all + d->n + FOOTER_SIZE;
	buf_str(&w->out, buf_view(d));
	buf_clear(d);
	number64(d, (uint64_t)b->day, 8);
	number64(d, (uint64_t)ret->from, 8);
	number64(d, (uint64_t)ret->to, 8);
	number64(d, b->rows, 4);
	number64(d, w->ports, 4);
	number64(d, b->sources, 4);
	number64(d, b->targets, 4);
	number64(d, b->shapes, 4);
	number64(d, b->payload_count, 4);
	number64(d, b->microseconds, 4);
	number64(d, w->entries, 4);
	number64(d, ret->hash, 8);
	number64(d, SEGMENT_VERSION, 4);
	number64(d, 0, 4);
	number64(d, segment_hash(d->p, d->n), 8);
	buf_text(d, SEGMENT_MAGIC);
	buf_str(&w->out, buf_view(d));
	buf_clear(d);
}

enum err
segment_build_write(struct segment_build *b, struct segment_code *k, const struct geo *geo, const char *const *name, int fd,
    struct segment_built *ret)
{
	struct segment_built built;
	struct segment_work *w;

	if (b->rows == 0)
		return ERR_INVALID;
	segment_build_settle(b);
	w = work_get(b);
	segment_sort(b, geo, name, &w->order);
	buf_text(&w->out, SEGMENT_MAGIC);
	w->framed = w->out.n;
	TRY(rows_put(b, w, k, fd));
	payloads_put(b, w, k);
	sources_put(b, w, k);
	targets_put(b, w, k);
	shapes_put(b, w, k);
	hours_put(w, k);
	meta_put(b, w, geo);
	ports_put(w, k);
	built.from = b->day * DAY + segment_kept_time(b, b->earliest);
	built.to = b->day * DAY + segment_kept_time(b, b->latest);
	directory_put(b, w, &built);
	TRY(flush(w, fd));
	if (fsync(fd) != 0)
		return ERR_IO;
	*ret = built;
	return OK;
}
