/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/segment_build.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/rand.h"
#include "telescope/segment_build_priv.h"

#define FIRST_SOURCES 4096 /* room for so many, then for twice as many */

static void *
grown(void *p, size_t n, size_t each)
{
	p = reallocarray(p, n, each);
	if (p == NULL)
		abort(); /* as the arena does */
	return segment_large(p, n * each);
}

uint32_t
segment_slot(unsigned proto, unsigned port)
{
	switch (proto) {
	case RECORD_ICMP:
		return SEGMENT_ICMP << 16 | port;
	case RECORD_TCP:
		return SEGMENT_TCP << 16 | port;
	case RECORD_UDP:
		return SEGMENT_UDP << 16 | port;
	case RECORD_ICMP6:
		return SEGMENT_ICMP6 << 16 | port;
	default:
		return SEGMENT_OTHER << 16 | proto;
	}
}

unsigned
segment_slot_proto(uint32_t slot)
{
	static const uint8_t proto[] = { RECORD_ICMP, RECORD_TCP, RECORD_UDP, RECORD_ICMP6 };

	return slot >> 16 < SEGMENT_OTHER ? proto[slot >> 16] : slot & 0xff;
}

unsigned
segment_slot_port(uint32_t slot)
{
	return slot >> 16 < SEGMENT_OTHER ? slot & 0xffff : 0;
}

/* Hashing. The key differs from process to process: a sender who chooses addresses that
 * fall together would make us slow. */

static uint64_t hash_key = 1;

static void
hash_begin(void)
{
	while (hash_key <= 1)
		rand_bytes(&hash_key, sizeof(hash_key));
}

struct segment_build *
segment_build_new(void)
{
	struct segment_build *b = grown(NULL, 1, sizeof(*b));

	hash_begin();
	*b = (struct segment_build){ .shape = grown(NULL, LIMIT_SHAPES + 1, sizeof(struct segment_shape)), .source_size = FIRST_SOURCES,
		.source = grown(NULL, FIRST_SOURCES, sizeof(struct source)) };
	buf_init(&b->payloads, LIMIT_SEGMENT_PAYLOADS);
	return b;
}

void
segment_build_free(struct segment_build *b)
{
	if (b == NULL)
		return;
	for (uint32_t i = 0; i < b->chunks; i++)
		free(b->chunk[i]);
	free(b->chunk);
	free(b->source);
	free(b->target);
	free(b->shape);
	free(b->payload);
	buf_done(&b->payloads);
	free(b->by_source.number);
	free(b->by_target.number);
	free(b->by_shape.number);
	free(b->by_payload.number);
	segment_work_free(b->work);
	free(b);
}

static void
index_clear(struct index *x)
{
	if (x->number != NULL)
		memset(x->number, 0, ((size_t)x->mask + 1) * sizeof(*x->number));
	x->used = 0;
}

void
segment_build_begin(struct segment_build *b, int64_t day, bool microseconds, unsigned payload)
{
	b->day = day;
	b->microseconds = microseconds;
	b->payload_max = payload;
	b->rows = b->sources = b->targets = b->payload_count = 0;
	b->shapes = b->settled = 0;
	b->ordered = true;
	b->last_at = 0;
	b->earliest = DAY;
	b->latest = 0;
	buf_clear(&b->payloads);
	index_clear(&b->by_source);
	index_clear(&b->by_target);
	index_clear(&b->by_shape);
	index_clear(&b->by_payload);
	memset(b->recent_shape, 0, sizeof(b->recent_shape));
	memset(b->recent_target, 0, sizeof(b->recent_target));
}

int64_t
segment_build_day(const struct segment_build *b)
{
	return b->day;
}

uint32_t
segment_build_rows(const struct segment_build *b)
{
	return b->rows;
}

static inline uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ hash_key) * 0xbf58476d1ce4e5b9;

	h ^= (h >> 29) ^ (b * 0x94d049bb133111eb);
	h *= 0xff51afd7ed558ccd;
	return h ^ h >> 32;
}

static inline uint32_t
v4_of(const struct ip *ip)
{
	uint32_t v;

	memcpy(&v, ip->byte, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static inline struct address
address_of(const struct ip *ip)
{
	uint64_t high, low;

	if (ip->v == 4)
		return (struct address){ 0, v4_of(ip), 4 };
	memcpy(&high, ip->byte, 8);
	memcpy(&low, ip->byte + 8, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	high = __builtin_bswap64(high);
	low = __builtin_bswap64(low);
#endif
	return (struct address){ high, low, 6 };
}

static inline bool
same_address(const struct address *x, const struct address *y)
{
	return x->low == y->low && x->high == y->high && x->v == y->v;
}

static inline uint64_t
address_hash(const struct address *x)
{
	return mix(x->low, x->high + x->v);
}

/* ${hash} gives that of a number. */
static void
index_twice(struct index *x, uint64_t (*hash)(const struct segment_build *b, uint32_t number), const struct segment_build *b)
{
	struct index larger;

	larger.mask = x->number == NULL ? 8191 : x->mask * 2 + 1;
	larger.number = calloc((size_t)larger.mask + 1, sizeof(*larger.number));
	if (larger.number == NULL)
		abort(); /* as the arena does */
	(void)segment_large(larger.number, ((size_t)larger.mask + 1) * sizeof(*larger.number));
	larger.used = x->used;
	for (uint32_t i = 0; i < x->used; i++) {
		uint32_t at = (uint32_t)hash(b, i) & larger.mask;

		while (larger.number[at] != 0)
			at = (at + 1) & larger.mask;
		larger.number[at] = i + 1;
	}
	free(x->number);
	*x = larger;
}

/* Twice the room when more than half is used. */
static inline void
index_grow(struct index *x, uint64_t (*hash)(const struct segment_build *b, uint32_t number), const struct segment_build *b)
{
	if (x->number == NULL || x->used >= x->mask / 2)
		index_twice(x, hash, b);
}

static uint64_t
source_hash(const struct segment_build *b, uint32_t number)
{
	return address_hash(&b->source[number].address);
}

static uint64_t
target_key(const struct address *a, uint32_t sensor)
{
	return mix(address_hash(a), sensor);
}

static uint64_t
target_hash(const struct segment_build *b, uint32_t number)
{
	return target_key(&b->target[number].address, b->target[number].sensor);
}

static uint64_t
shape_key(const struct segment_shape *s)
{
	return mix((uint64_t)s->flags << 48 | (uint64_t)s->len << 32 | (uint64_t)s->mss << 16 | (uint64_t)s->proto << 8 | s->bits,
	    (uint64_t)s->options << 16 | (uint64_t)s->scale << 8 | s->fingerprint);
}

static bool
same_shape(const struct segment_shape *x, const struct segment_shape *y)
{
	return x->flags == y->flags && x->len == y->len && x->mss == y->mss && x->proto == y->proto && x->bits == y->bits &&
	    x->options == y->options && x->scale == y->scale && x->fingerprint == y->fingerprint;
}

static uint64_t
shape_hash(const struct segment_build *b, uint32_t number)
{
	return shape_key(&b->shape[number]);
}

static uint64_t
bytes_key(const void *p, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i += 8) {
		uint64_t w = 0;

		memcpy(&w, (const char *)p + i, n - i < 8 ? n - i : 8);
		h = mix(h, w);
	}
	return h;
}

static uint64_t
payload_hash(const struct segment_build *b, uint32_t number)
{
	return bytes_key(b->payloads.p + b->payload[number].at, b->payload[number].n);
}

/* Its number + 1, or 0. Seldom called: inline, it would cost the caller registers each time. */
__attribute__((noinline)) static uint32_t
target_find(const struct segment_build *b, const struct ip *ip, uint32_t sensor)
{
	struct address a = address_of(ip);

	if (b->by_target.number == NULL)
		return 0;
	for (uint32_t at = (uint32_t)target_key(&a, sensor) & b->by_target.mask; b->by_target.number[at] != 0;
	     at = (at + 1) & b->by_target.mask) {
		const struct target *t = &b->target[b->by_target.number[at] - 1];

		if (same_address(&t->address, &a) && t->sensor == sensor)
			return b->by_target.number[at];
	}
	return 0;
}

bool
segment_build_target(struct segment_build *b, const struct ip *ip, uint32_t sensor, uint32_t *ret)
{
	uint32_t address = v4_of(ip);
	struct recent_target *x = &b->recent_target[(address ^ sensor) * UINT32_C(0x9e3779b1) >> 22];
	uint32_t number = x->number;

	if (number == 0 || x->address != address || x->sensor != sensor || ip->v != 4) {
		number = target_find(b, ip, sensor);
		if (number == 0)
			return false;
		if (ip->v == 4)
			*x = (struct recent_target){ address, sensor, number };
	}
	*ret = number - 1;
	return true;
}

static void
index_put(struct index *x, uint64_t hash, uint32_t number)
{
	uint32_t at = (uint32_t)hash & x->mask;

	while (x->number[at] != 0)
		at = (at + 1) & x->mask;
	x->number[at] = number + 1;
	x->used++;
}

enum err
segment_build_target_add(struct segment_build *b, const struct ip *ip, uint32_t sensor, uint32_t name, uint32_t *ret)
{
	if (b->targets == LIMIT_TARGETS)
		return ERR_LIMIT;
	index_grow(&b->by_target, target_hash, b);
	if (b->targets == b->target_size) {
		b->target_size = b->target_size * 2 + 256;
		b->target = grown(b->target, b->target_size, sizeof(*b->target));
	}
	b->target[b->targets] = (struct target){ address_of(ip), sensor, name };
	index_put(&b->by_target, target_hash(b, b->targets), b->targets);
	*ret = b->targets++;
	return OK;
}

__attribute__((noinline)) static bool
shape_find(struct segment_build *b, const struct record *r, uint16_t *ret)
{
	const struct segment_shape s = { .flags = r->flags, .len = r->len, .mss = r->mss, .proto = r->proto, .bits = r->bits,
		.options = r->options, .scale = r->scale, .fingerprint = r->fingerprint };
	uint64_t h = shape_key(&s);

	index_grow(&b->by_shape, shape_hash, b);
	for (uint32_t at = (uint32_t)h & b->by_shape.mask; b->by_shape.number[at] != 0; at = (at + 1) & b->by_shape.mask) {
		uint32_t i = b->by_shape.number[at] - 1;

		if (same_shape(&b->shape[i], &s)) {
			*ret = (uint16_t)i;
			return true;
		}
	}
	if (b->shapes == LIMIT_SHAPES)
		return false;
	b->shape[b->shapes] = s;
	index_put(&b->by_shape, h, b->shapes);
	*ret = (uint16_t)b->shapes++;
	return true;
}

_Static_assert(offsetof(struct record, proto) == offsetof(struct record, len) + 7, "len .. proto are eight bytes");
_Static_assert(offsetof(struct record, fingerprint) == offsetof(struct record, bits) + 2, "bits .. fingerprint are three");

static inline bool
shape_number(struct segment_build *b, const struct record *r, uint16_t *ret)
{
	uint64_t low;
	uint32_t high = 0;

	memcpy(&low, (const char *)r + offsetof(struct record, len), sizeof(low));
	memcpy(&high, (const char *)r + offsetof(struct record, bits), 3);
	struct recent_shape *x = &b->recent_shape[(low + high * 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9 >> 56];
	uint16_t number;

	if (x->number == 0 || x->low != low || x->high != high) {
		if (!shape_find(b, r, &number))
			return false;
		*x = (struct recent_shape){ low, high, number + 1U };
	}
	*ret = (uint16_t)(x->number - 1);
	return true;
}

/* Number 0 is no payload; others from 1. */
static bool
payload_number(struct segment_build *b, struct str p, uint32_t *ret)
{
	uint64_t h;

	*ret = 0;
	p = str_take(p, b->payload_max);
	if (p.n == 0)
		return true;
	h = bytes_key(p.p, p.n);
	index_grow(&b->by_payload, payload_hash, b);
	for (uint32_t at = (uint32_t)h & b->by_payload.mask; b->by_payload.number[at] != 0; at = (at + 1) & b->by_payload.mask) {
		uint32_t i = b->by_payload.number[at] - 1;

		if (b->payload[i].n == p.n && memcmp(b->payloads.p + b->payload[i].at, p.p, p.n) == 0) {
			*ret = i + 1;
			return true;
		}
	}
	if (b->payloads.n + p.n > LIMIT_SEGMENT_PAYLOADS)
		return false;
	if (b->payload_count == b->payload_size) {
		b->payload_size = b->payload_size * 2 + 1024;
		b->payload = grown(b->payload, b->payload_size, sizeof(*b->payload));
	}
	b->payload[b->payload_count] = (struct payload){ (uint32_t)b->payloads.n, (uint8_t)p.n };
	buf_str(&b->payloads, p);
	index_put(&b->by_payload, h, b->payload_count);
	*ret = ++b->payload_count;
	return true;
}

static struct source *
source_new(struct segment_build *b, const struct address *a, const struct row *r)
{
	struct source *s;

	if (b->sources == b->source_size) {
		b->source_size *= 2;
		b->source = grown(b->source, b->source_size, sizeof(*b->source));
	}
	s = &b->source[b->sources++];
	*s = (struct source){ .address = *a, .seq = r->seq, .sport = r->sport, .ip_id = r->ip_id, .window = r->window,
		.shape = r->shape, .dport = r->port, .ttl = r->ttl };
	return s;
}

static inline struct source *
source_get(struct segment_build *b, const struct pending *p, const struct row *r)
{
	for (uint32_t at = (uint32_t)p->hash & b->by_source.mask;; at = (at + 1) & b->by_source.mask) {
		uint32_t i = b->by_source.number[at];

		if (i == 0) {
			b->by_source.number[at] = b->sources + 1;
			b->by_source.used++;
			return source_new(b, &p->address, r);
		}
		if (same_address(&b->source[i - 1].address, &p->address))
			return &b->source[i - 1];
	}
}

/* What a source sent to another port the same way, it usually sends. */
static inline void
habits(struct source *s, const struct row *r)
{
	unsigned other = (unsigned)(s->dport != r->port);

	unsigned same = (unsigned)(s->sport == r->sport) << USUAL_SPORT | (unsigned)(s->ttl == r->ttl) << USUAL_TTL |
	    (unsigned)(s->shape == r->shape) << USUAL_SHAPE | (unsigned)(s->ip_id == r->ip_id) << USUAL_IP_ID |
	    (unsigned)(s->window == r->window) << USUAL_WINDOW | (unsigned)(s->seq == r->seq) << USUAL_SEQ;

	s->habits |= (uint8_t)((0 - other) & same);
}

/* Three times over those that wait: places in the index are asked for, then the sources there, and when
 * these have come each row gets its own. */
void
segment_build_settle(struct segment_build *b)
{
	uint32_t n = b->rows - b->settled;

	if (n == 0)
		return;
	while (b->by_source.number == NULL || b->by_source.used + n > b->by_source.mask / 2)
		index_twice(&b->by_source, source_hash, b);
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(&b->by_source.number[(uint32_t)b->pending[i].hash & b->by_source.mask]);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = b->by_source.number[(uint32_t)b->pending[i].hash & b->by_source.mask];
		const char *s = (const char *)(b->source + number - (number > 0));

		__builtin_prefetch(s);
		__builtin_prefetch(s + sizeof(struct source) - 1); /* it may lie across two lines */
	}
	for (uint32_t i = 0; i < n; i++) {
		struct row *r = segment_row(b, b->settled + i);
		struct source *s = source_get(b, &b->pending[i], r);

		s->rows++;
		habits(s, r);
		r->source = (uint32_t)(s - b->source);
	}
	b->settled = b->rows;
}

static struct row *
chunk_new(void)
{
	struct row *p = aligned_alloc(LARGE_PAGE, CHUNK * sizeof(*p));

	if (p == NULL)
		abort(); /* as the arena does */
	return segment_large(p, CHUNK * sizeof(*p));
}

enum err
segment_build_add(struct segment_build *b, const struct record *r, uint32_t target)
{
	int64_t of_day = r->at - b->day * DAY;
	uint32_t payload = 0;
	struct pending *p;
	uint16_t shape;
	struct row *row;
	uint32_t slot;

	if (of_day < 0 || of_day >= DAY)
		return ERR_INVALID;
	if (b->rows == SEGMENT_ROWS || !shape_number(b, r, &shape) ||
	    (b->payload_max > 0 && !payload_number(b, r->payload, &payload)))
		return ERR_LIMIT;
	if (b->rows / CHUNK == b->chunks) {
		b->chunk = grown(b->chunk, b->chunks + 1, sizeof(*b->chunk));
		b->chunk[b->chunks++] = chunk_new();
	}
	if (b->rows - b->settled == PENDING)
		segment_build_settle(b);
	p = &b->pending[b->rows - b->settled];
	p->address = address_of(&r->src);
	p->hash = address_hash(&p->address);
	row = segment_row(b, b->rows++);
	slot = segment_slot(r->proto, r->dport);
	*row = (struct row){ .at = (uint32_t)((uint64_t)of_day / 1000), .seq = r->seq, .payload = payload, .target = target & 0x3ffff,
		.micro = b->microseconds ? (uint32_t)(of_day % 1000) & 0x3ff : 0, .sport = r->sport, .ip_id = r->ip_id,
		.window = r->window, .shape = shape, .port = (uint16_t)slot, .ttl = r->ttl, .class = slot >> 16 & 7U,
		.fingerprint = (unsigned)r->fingerprint & 31U };
	b->ordered = b->ordered && row->at >= b->last_at;
	b->last_at = row->at;
	b->earliest = of_day < b->earliest ? of_day : b->earliest;
	b->latest = of_day > b->latest ? of_day : b->latest;
	return OK;
}
