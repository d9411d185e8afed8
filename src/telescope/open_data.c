/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/open_data.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "telescope/query.h"
#include "telescope/segment.h"

#define US_HOUR INT64_C(3600000000)
#define PIECE LIMIT_KIB(32)

/* Records come by port, source, time: those of one line follow each other. */
struct writer {
	struct open_data *x;
	struct mask *mask;
	const uint8_t *wide; /* a bit for each port slot: enough sources */
	struct buf out;
	struct query_record last;
	uint64_t packets; /* of the line; 0 none is begun */
	struct arena *a;
};

static uint32_t
slot_of(const struct record *r)
{
	return segment_slot(r->proto, r->dport);
}

static bool
same_line(const struct record *x, const struct record *y)
{
	return slot_of(x) == slot_of(y) && x->at / US_HOUR == y->at / US_HOUR && x->src.v == y->src.v &&
	    memcmp(x->src.byte, y->src.byte, sizeof(x->src.byte)) == 0 && x->fingerprint == y->fingerprint;
}

static enum err
end_line(struct writer *w)
{
	const struct record *r = &w->last.r;
	const struct civil c = clock_civil(r->at / 1000, 0);
	struct ip masked;

	if (w->packets == 0)
		return OK;
	TRY(mask_ip(w->mask, &r->src, &masked));
	buf_printf(&w->out, "%04d-%02d-%02dT%02d:00Z,%u,%u,%s,%s,%llu\r\n", c.year, c.month, c.day, c.hour, (unsigned)r->proto,
	    (unsigned)r->dport, ip_format(w->a, &masked), record_fingerprint_name(r->fingerprint), (unsigned long long)w->packets);
	w->x->lines++;
	w->x->packets += w->packets;
	w->packets = 0;
	if (w->out.n < PIECE)
		return OK;
	arena_reset(w->a);
	enum err e = w->x->write(w->x->object, buf_view(&w->out));

	buf_clear(&w->out);
	return e;
}

static enum err
take(void *object, const struct query_record *x)
{
	struct writer *w = object;
	uint32_t slot = slot_of(&x->r);

	if ((w->wide[slot / 8] >> slot % 8 & 1) == 0)
		return OK;
	if (w->packets > 0 && !same_line(&w->last.r, &x->r))
		TRY(end_line(w));
	w->last = *x;
	w->packets++;
	return OK;
}

/* Ports with enough sources on the day. */
static enum err
find_ports(struct arena *a, struct store *s, const struct query *day, uint8_t **ret)
{
	struct query q = *day;
	struct query_result x = { .n = 0 };

	q.key[0] = QUERY_PORT;
	q.keys = 1;
	q.measure = QUERY_SOURCES;
	*ret = arena_many(a, uint8_t, SEGMENT_SLOTS / 8);
	TRY(query_run(a, s, &q, &x));
	for (size_t i = 0; i < x.n; i++) {
		if (x.row[i].count[QUERY_SOURCES] >= OPEN_DATA_SOURCES)
			(*ret)[x.row[i].number[0] / 8] |= (uint8_t)(1U << x.row[i].number[0] % 8);
	}
	return OK;
}

enum err
open_data_write(struct arena *a, struct store *s, struct open_data *x)
{
	const struct query day = { .from = x->day * 24 * US_HOUR, .to = (x->day + 1) * 24 * US_HOUR };
	struct query_result left_out = { .n = 0 };
	AUTO(arena) line = arena_new();
	AUTO(mask) mask = NULL;
	struct writer w = { .x = x, .a = line };
	uint8_t *wide;
	enum err e;

	TRY(mask_new(x->key, &mask));
	TRY(find_ports(a, s, &day, &wide));
	w.wide = wide;
	w.mask = mask;
	buf_init(&w.out, PIECE + LIMIT_KIB(16));
	buf_text(&w.out, "hour,protocol,dest_port,source,fingerprint,packets\r\n");
	e = query_records(s, &day, take, &w, &left_out, a);
	if (e == OK)
		e = end_line(&w);
	if (e == OK)
		e = x->write(x->object, buf_view(&w.out));
	buf_done(&w.out);
	return e;
}
