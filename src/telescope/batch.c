/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/batch.h"

#include <string.h>
#include <zstd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"

#define MAGIC "TOBIbat\n"
#define ZSTD 1
#define LEVEL 1 /* higher ones gain 1 % on such small pieces */

/*
 * A body is the status, then the records field by field, and of each field the
 * highest bytes of all records first: then zstd finds what repeats.
 */
struct field {
	uint8_t bytes;
	uint8_t offset;
};
#define FIELD(name) { sizeof(((struct record *)0)->name), offsetof(struct record, name) }
static const struct field fields[] = { /* after the time and the two addresses; never reorder */
	FIELD(proto), FIELD(ttl), FIELD(bits), FIELD(options), FIELD(fingerprint), FIELD(scale), FIELD(sport),
	FIELD(dport), FIELD(len), FIELD(flags), FIELD(window), FIELD(mss), FIELD(ip_id), FIELD(seq) };

/* Bytes of a record in the body, without its payload's. */
static size_t
width(size_t address)
{
	size_t n = 8 + 2 * address + 1;

	for (size_t i = 0; i < COUNT(fields); i++)
		n += fields[i].bytes;
	return n;
}

static uint64_t
field_get(const struct record *r, struct field f)
{
	const unsigned char *p = (const unsigned char *)r + f.offset;
	uint16_t two;
	uint32_t four;

	if (f.bytes == 1)
		return *p;
	if (f.bytes == 2) {
		memcpy(&two, p, sizeof(two));
		return two;
	}
	memcpy(&four, p, sizeof(four));
	return four;
}

static void
plane_add(struct buf *out, const uint64_t *v, size_t n, unsigned bytes)
{
	for (unsigned b = bytes; b-- > 0 && buf_room(out, n);) {
		for (size_t i = 0; i < n; i++)
			out->p[out->n + i] = (char)(v[i] >> (8 * b));
		out->n += n;
	}
}

static void
address_add(struct buf *out, const struct record *r, size_t n, size_t address, bool target)
{
	for (size_t b = 0; b < address && buf_room(out, n); b++) {
		for (size_t i = 0; i < n; i++)
			out->p[out->n + i] = (char)(target ? r[i].dst : r[i].src).byte[b];
		out->n += n;
	}
}

/* Of records that are all IPv4 four bytes of each address are enough; else the
 * version stands before the sixteen. */
static bool
any_six(const struct record *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r[i].src.v == 6)
			return true;
	}
	return false;
}

static void
records_add(struct arena *a, const struct record *r, size_t n, struct buf *out)
{
	bool six = any_six(r, n);
	size_t address = six ? 16 : 4;
	uint64_t *v = arena_many(a, uint64_t, n + 1);
	int64_t before = 0;

	buf_char(out, (char)six);
	for (size_t i = 0; i < n; i++) {
		v[i] = batch_zigzag(r[i].at - before);
		before = r[i].at;
	}
	plane_add(out, v, n, 8);
	for (size_t i = 0; six && i < n; i++)
		buf_char(out, (char)r[i].src.v);
	address_add(out, r, n, address, false);
	address_add(out, r, n, address, true);
	for (size_t f = 0; f < COUNT(fields); f++) {
		for (size_t i = 0; i < n; i++)
			v[i] = field_get(&r[i], fields[f]);
		plane_add(out, v, n, fields[f].bytes);
	}
	for (size_t i = 0; i < n; i++)
		buf_char(out, (char)r[i].payload.n);
	for (size_t i = 0; i < n; i++)
		buf_str(out, r[i].payload);
}

static void
status_add(const uint64_t status[BATCH_STATUS], struct str version, struct buf *out)
{
	buf_u16(out, BATCH_STATUS);
	for (size_t i = 0; i < BATCH_STATUS; i++)
		buf_u64(out, status[i]);
	version = str_take(version, 255);
	buf_char(out, (char)version.n);
	buf_str(out, version);
}

static void
head_add(const struct batch_head *h, struct buf *out)
{
	buf_text(out, MAGIC);
	buf_char(out, BATCH_VERSION);
	buf_char(out, h->zstd ? ZSTD : 0);
	buf_u16(out, 0);
	buf_u32(out, h->lost);
	buf_u64(out, h->sensor);
	buf_u64(out, h->epoch);
	buf_u64(out, h->first);
	buf_u64(out, h->sequence);
	buf_u64(out, (uint64_t)h->made_at);
	buf_u32(out, h->records);
	buf_u32(out, h->raw);
	buf_u32(out, h->stored);
	buf_u32(out, 0);
}

enum err
batch_write(struct arena *a, struct batch_head head, const uint64_t status[BATCH_STATUS], struct str version,
    const struct record *record, struct buf *out)
{
	struct buf *body = buf_new(a, LIMIT_BATCH_RAW);

	if (head.records > LIMIT_BATCH_RECORDS)
		return ERR_LIMIT;
	status_add(status, version, body);
	records_add(a, record, head.records, body);
	TRY(buf_error(body));
	struct str raw = buf_view(body), stored = raw;
	size_t most = ZSTD_compressBound(raw.n);
	char *p = arena_alloc(a, most);
	size_t n = ZSTD_compress(p, most, raw.p, raw.n, LEVEL);

	head.zstd = !ZSTD_isError(n) && n < raw.n;
	if (head.zstd)
		stored = (struct str){ p, n };
	head.raw = (uint32_t)raw.n;
	head.stored = (uint32_t)stored.n;
	if (BATCH_HEAD + stored.n + BATCH_SIGNATURE > LIMIT_BATCH)
		return ERR_LIMIT;
	head_add(&head, out);
	buf_str(out, stored);
	return buf_error(out);
}

enum err
batch_head_read(struct str bytes, struct batch_head *ret)
{
	struct scan s = scan_of(bytes);
	struct batch_head h = { 0 };
	uint64_t reserved;

	if (bytes.n > LIMIT_BATCH)
		return ERR_LIMIT;
	if (!str_equal(scan_bytes(&s, sizeof(MAGIC) - 1), STR(MAGIC)))
		return ERR_INVALID;
	if (scan_u8(&s) != BATCH_VERSION)
		return ERR_UNAVAILABLE;
	uint8_t codec = scan_u8(&s);

	reserved = scan_u16(&s);
	h.lost = scan_u32(&s);
	h.sensor = scan_u64(&s);
	h.epoch = scan_u64(&s);
	h.first = scan_u64(&s);
	h.sequence = scan_u64(&s);
	h.made_at = (int64_t)scan_u64(&s);
	h.records = scan_u32(&s);
	h.raw = scan_u32(&s);
	h.stored = scan_u32(&s);
	reserved |= scan_u32(&s);
	h.zstd = codec == ZSTD;
	TRY(scan_error(&s));
	if (h.records > LIMIT_BATCH_RECORDS || h.raw > LIMIT_BATCH_RAW)
		return ERR_LIMIT;
	if (codec > ZSTD || reserved != 0 || h.first == 0 || h.first > h.sequence || h.sequence > LIMIT_BATCH_SEQUENCE ||
	    h.made_at < 0 ||
	    scan_left(&s) != (size_t)h.stored + BATCH_SIGNATURE || (!h.zstd && h.raw != h.stored) ||
	    (h.first != h.sequence && h.records != 0))
		return ERR_INVALID;
	*ret = h;
	return OK;
}

struct str
batch_signed(struct str bytes)
{
	return str_take(bytes, bytes.n - BATCH_SIGNATURE);
}

struct str
batch_signature(struct str bytes)
{
	return str_skip(bytes, bytes.n - BATCH_SIGNATURE);
}

/* The body, in ${a}. What the head says it is long is its bound: a bomb does not
 * fit. */
static enum err
body_read(struct arena *a, struct str bytes, const struct batch_head *h, struct str *ret)
{
	struct str stored = str_skip(batch_signed(bytes), BATCH_HEAD);

	if (!h->zstd) {
		*ret = arena_str(a, stored);
		return OK;
	}
	char *p = arena_alloc(a, (size_t)h->raw + 1);

	if (ZSTD_decompress(p, h->raw, stored.p, stored.n) != h->raw)
		return ERR_INVALID;
	*ret = (struct str){ p, h->raw };
	return OK;
}

static enum err
status_read(struct scan *s, struct batch *b)
{
	size_t n = scan_u16(s);

	if (n > BATCH_STATUS_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++) {
		uint64_t v = scan_u64(s);

		if (i < BATCH_STATUS)
			b->status[i] = v;
	}
	b->version = scan_bytes(s, scan_u8(s));
	return scan_error(s);
}

/* ${n} numbers of ${bytes} planes. */
static void
plane_read(struct scan *s, uint64_t *v, size_t n, unsigned bytes)
{
	memset(v, 0, n * sizeof(*v));
	for (unsigned b = 0; b < bytes; b++) {
		struct str p = scan_bytes(s, n);

		for (size_t i = 0; i < p.n; i++)
			v[i] = v[i] << 8 | (unsigned char)p.p[i];
	}
}

static void
field_set(struct record *r, struct field f, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char *p = (unsigned char *)&r[i] + f.offset;
		const uint16_t two = (uint16_t)v[i];
		const uint32_t four = (uint32_t)v[i];

		if (f.bytes == 1)
			*p = (unsigned char)v[i];
		else if (f.bytes == 2)
			memcpy(p, &two, sizeof(two));
		else
			memcpy(p, &four, sizeof(four));
	}
}

static void
address_read(struct scan *s, struct record *r, size_t n, size_t address, bool target)
{
	for (size_t b = 0; b < address; b++) {
		struct str p = scan_bytes(s, n);

		for (size_t i = 0; i < p.n; i++)
			(target ? &r[i].dst : &r[i].src)->byte[b] = (unsigned char)p.p[i];
	}
}

static enum err
versions_read(struct scan *s, struct record *r, size_t n, bool six)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t v = six ? scan_u8(s) : 4;

		if (v != 4 && v != 6)
			return ERR_INVALID;
		r[i].src.v = v;
		r[i].dst.v = v;
	}
	return OK;
}

static enum err
times_read(struct scan *s, uint64_t *v, struct record *r, size_t n)
{
	int64_t at = 0;

	plane_read(s, v, n, 8);
	for (size_t i = 0; i < n; i++) {
		if (__builtin_add_overflow(at, batch_unzigzag(v[i]), &at) || at < 0)
			return ERR_INVALID;
		r[i].at = at;
	}
	return OK;
}

/* Bytes that an IPv4 address does not need are 0, flags have twelve bits, and
 * what is kept of a payload is bounded: what record.h promises. */
static enum err
check(const struct record *r)
{
	static const unsigned char zero[12];

	if (r->src.v == 4 && (memcmp(r->src.byte + 4, zero, 12) != 0 || memcmp(r->dst.byte + 4, zero, 12) != 0))
		return ERR_INVALID;
	return r->flags > RECORD_FLAGS ? ERR_INVALID : OK;
}

static enum err
payloads_read(struct scan *s, struct record *r, size_t n)
{
	struct str size = scan_bytes(s, n);

	for (size_t i = 0; i < size.n; i++) {
		size_t bytes = (unsigned char)size.p[i];

		if (bytes > RECORD_PAYLOAD)
			return ERR_INVALID;
		r[i].payload = scan_bytes(s, bytes);
		TRY(check(&r[i]));
	}
	return scan_end(s);
}

enum err
batch_read(struct arena *a, struct str bytes, struct batch *ret)
{
	struct batch b = { 0 };
	struct str body;

	TRY(batch_head_read(bytes, &b.head));
	TRY(body_read(a, bytes, &b.head, &body));
	struct scan s = scan_of(body);

	TRY(status_read(&s, &b));
	size_t n = b.head.records;
	uint8_t six = scan_u8(&s);
	size_t address = six == 1 ? 16 : 4;

	/* Before memory is taken for them. */
	if (six > 1 || scan_left(&s) < n * width(address))
		return ERR_INVALID;
	struct record *r = arena_many(a, struct record, n + 1);
	uint64_t *v = arena_many(a, uint64_t, n + 1);

	TRY(times_read(&s, v, r, n));
	TRY(versions_read(&s, r, n, six == 1));
	address_read(&s, r, n, address, false);
	address_read(&s, r, n, address, true);
	for (size_t i = 0; i < COUNT(fields); i++) {
		plane_read(&s, v, n, fields[i].bytes);
		field_set(r, fields[i], v, n);
	}
	TRY(payloads_read(&s, r, n));
	b.record = r;
	*ret = b;
	return OK;
}
