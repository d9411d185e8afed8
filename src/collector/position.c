/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/position.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"

#define FORMAT 1

enum err
position_expects(const struct position *p, const struct batch_head *h)
{
	if (h->epoch < p->epoch)
		return ERR_INVALID;
	if (h->epoch > p->epoch) /* it lost its memory, or was enrolled anew */
		return h->first == 1 ? OK : ERR_CONFLICT;
	if (h->sequence < p->next)
		return ERR_EXISTS;
	return h->first <= p->next ? OK : ERR_CONFLICT;
}

/* A counter of one run becomes part of a sum over all of them. */
static uint64_t
more(const struct position *p, const struct batch *b, enum batch_status which, bool same_run)
{
	uint64_t before = same_run ? p->status[which] : 0;

	return b->status[which] > before ? b->status[which] - before : 0;
}

/* A sensor may say what it likes: no sum runs over. */
static void
add(uint64_t *sum, uint64_t n)
{
	*sum = n < LIMIT_SENSOR_SUM - *sum ? *sum + n : LIMIT_SENSOR_SUM;
}

static void
count(struct position *p, const struct batch *b)
{
	bool same = b->head.epoch == p->epoch && b->status[BATCH_STARTED] == p->status[BATCH_STARTED];

	add(&p->received, more(p, b, BATCH_RECEIVED, same));
	add(&p->dropped, more(p, b, BATCH_DROPPED, same));
	add(&p->dropped, more(p, b, BATCH_IF_DROPPED, same));
	add(&p->lost, more(p, b, BATCH_REFUSED, same));
	if (!same)
		p->unclean += b->status[BATCH_UNCLEAN] != 0;
}

void
position_step(struct position *p, const struct batch *b, int64_t received_at)
{
	bool says = b->status[BATCH_STARTED] != 0; /* a loss, or a trial, has no status */

	if (says)
		count(p, b);
	add(&p->lost, b->head.lost);
	p->batches++;
	p->records += b->head.records;
	if (b->head.first < b->head.sequence || b->head.lost > 0)
		add(&p->missing, b->head.sequence - b->head.first + 1);
	p->epoch = b->head.epoch;
	p->next = b->head.sequence + 1;
	p->received_at = received_at;
	p->made_at = b->head.made_at;
	for (uint32_t i = 0; i < b->head.records; i++) {
		if (b->record[i].at > p->packet_at)
			p->packet_at = b->record[i].at;
	}
	if (!says)
		return;
	for (unsigned i = 0; i < BATCH_STATUS; i++)
		p->status[i] = i == BATCH_OFFSET || i == BATCH_CONFIG || b->status[i] < LIMIT_SENSOR_SUM ? b->status[i] : LIMIT_SENSOR_SUM;
	struct str version = str_take(b->version, POSITION_VERSION);

	memset(p->version, 0, sizeof(p->version));
	/* Shown to people: only what is readable. */
	for (size_t i = 0; i < version.n; i++)
		p->version[i] = version.p[i] > ' ' && version.p[i] < 0x7f ? version.p[i] : '?';
}

static void
one_write(const struct position *p, struct buf *out)
{
	buf_u64(out, p->sensor);
	buf_u64(out, p->epoch);
	buf_u64(out, p->next);
	buf_u64(out, (uint64_t)p->received_at);
	buf_u64(out, (uint64_t)p->made_at);
	buf_u64(out, (uint64_t)p->packet_at);
	buf_u64(out, p->batches);
	buf_u64(out, p->records);
	buf_u64(out, p->lost);
	buf_u64(out, p->missing);
	buf_u64(out, p->received);
	buf_u64(out, p->dropped);
	buf_u64(out, p->unclean);
	for (size_t i = 0; i < BATCH_STATUS; i++)
		buf_u64(out, p->status[i]);
	buf_add(out, p->version, POSITION_VERSION);
}

void
position_write(const struct position *const *list, size_t n, struct buf *out)
{
	buf_u16(out, FORMAT);
	buf_u16(out, BATCH_STATUS);
	buf_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		one_write(list[i], out);
}

static void
one_read(struct scan *s, size_t status, struct position *p)
{
	p->sensor = scan_u64(s);
	p->epoch = scan_u64(s);
	p->next = scan_u64(s);
	p->received_at = (int64_t)scan_u64(s);
	p->made_at = (int64_t)scan_u64(s);
	p->packet_at = (int64_t)scan_u64(s);
	p->batches = scan_u64(s);
	p->records = scan_u64(s);
	p->lost = scan_u64(s);
	p->missing = scan_u64(s);
	p->received = scan_u64(s);
	p->dropped = scan_u64(s);
	p->unclean = scan_u64(s);
	for (size_t i = 0; i < status; i++) {
		uint64_t v = scan_u64(s);

		if (i < BATCH_STATUS)
			p->status[i] = v;
	}
	struct str version = scan_bytes(s, POSITION_VERSION);

	memset(p->version, 0, sizeof(p->version));
	if (version.n == POSITION_VERSION)
		memcpy(p->version, version.p, version.n);
}

enum err
position_read(struct arena *a, struct str bytes, struct position **ret, size_t *ret_n)
{
	struct scan s = scan_of(bytes);
	uint16_t format = scan_u16(&s), status = scan_u16(&s);
	uint32_t n = scan_u32(&s);

	TRY(scan_error(&s));
	if (format != FORMAT)
		return ERR_UNAVAILABLE;
	if (n > LIMIT_SENSORS || status > BATCH_STATUS_MAX)
		return ERR_LIMIT;
	struct position *list = arena_many(a, struct position, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		one_read(&s, status, &list[i]);
		if (i > 0 && list[i].sensor <= list[i - 1].sensor)
			return ERR_INVALID;
	}
	TRY(scan_end(&s));
	*ret = list;
	*ret_n = n;
	return OK;
}

/* Where ${sensor} is or would be. */
static size_t
place(const struct positions *t, uint64_t sensor)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->list[middle]->sensor < sensor)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct position *
position_find(const struct positions *t, uint64_t sensor)
{
	size_t i = place(t, sensor);

	return i < t->n && t->list[i]->sensor == sensor ? t->list[i] : NULL;
}

struct position *
position_get(struct positions *t, uint64_t sensor)
{
	size_t i = place(t, sensor);

	if (i < t->n && t->list[i]->sensor == sensor)
		return t->list[i];
	t->list = arena_room(t->a, t->list, t->n, sizeof(*t->list));
	memmove(t->list + i + 1, t->list + i, (t->n - i) * sizeof(*t->list));
	t->list[i] = arena_one(t->a, struct position);
	t->list[i]->sensor = sensor;
	t->list[i]->next = 1;
	t->n++;
	return t->list[i];
}

enum err
position_load(struct positions *t, struct str bytes)
{
	AUTO(arena) a = arena_new();
	struct position *list;
	size_t n;

	TRY(position_read(a, bytes, &list, &n));
	for (size_t i = 0; i < n; i++)
		*position_get(t, list[i].sensor) = list[i];
	return OK;
}
