/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/buf.h"
#include "telescope/clickhouse_priv.h"
#include "telescope/segment.h"

#define HOUR "3600000000"
#define DAY INT64_C(86400000000)
#define DAYS 65535 /* as far as ClickHouse's Date goes */

/* Columns for which a key stands; each begins with its name among the keys. */
static const struct {
	unsigned n;
	const char *column[3];
} keys[QUERY_KEYS] = {
	[QUERY_PORT] = { 1, { "slot" } },
	[QUERY_PROTO] = { 1, { "proto" } },
	[QUERY_SOURCE] = { 3, { "version", "src", "src6" } },
	[QUERY_NET] = { 3, { "version", "intDiv(src, 256)", "toFixedString(substring(src6, 1, 6), 6)" } },
	[QUERY_AS] = { 1, { "as_number" } },
	[QUERY_COUNTRY] = { 1, { "country" } },
	[QUERY_SENSOR] = { 1, { "sensor" } },
	[QUERY_FINGERPRINT] = { 1, { "fingerprint" } },
	[QUERY_HOUR] = { 1, { "intDiv(at, " HOUR ")" } },
	[QUERY_DAY] = { 1, { "day" } },
};
static const char *const measures[QUERY_MEASURES] = {
	"0", "uniqExact(version, src, src6)", "uniqExact(version, dst, dst6, sensor)",
};

unsigned
clickhouse_key_width(enum query_key k)
{
	return keys[k].n;
}

static void
put_range(struct buf *b, const char *e, uint64_t from, uint64_t to)
{
	if (from == to)
		buf_printf(b, "%s = %" PRIu64, e, from);
	else
		buf_printf(b, "%s BETWEEN %" PRIu64 " AND %" PRIu64, e, from, to);
}

/* ${e} is in one of the test's ranges. */
static void
put_numbers(struct buf *b, const char *e, const struct filter *t)
{
	if (t->mask) {
		buf_printf(b, "bitAnd(%s, %" PRIu64 ") != 0", e, t->range[0].from);
		return;
	}
	buf_char(b, '(');
	for (uint32_t i = 0; i < t->n; i++) {
		buf_text(b, i > 0 ? " OR " : "");
		if (t->range[i].from > t->range[i].to)
			buf_text(b, "0");
		else
			put_range(b, e, t->range[i].from, t->range[i].to);
	}
	buf_text(b, t->n == 0 ? "0)" : ")");
}

/* By the column that the table is sorted by: it reads only those. */
static void
put_dport(struct buf *b, const struct filter *t)
{
	buf_char(b, '(');
	for (uint32_t i = 0; i < t->n; i++) {
		struct filter_range r = t->range[i];

		buf_text(b, i > 0 ? " OR " : "");
		if (r.from > r.to || r.from > 65535) {
			buf_text(b, "0");
			continue;
		}
		r.to = r.to > 65535 ? 65535 : r.to;
		put_range(b, "slot", SEGMENT_TCP << 16 | r.from, SEGMENT_TCP << 16 | r.to);
		buf_text(b, " OR ");
		put_range(b, "slot", SEGMENT_UDP << 16 | r.from, SEGMENT_UDP << 16 | r.to);
	}
	buf_text(b, t->n == 0 ? "0)" : ")");
}

static void
put_proto(struct buf *b, const struct filter *t)
{
	buf_char(b, '(');
	for (uint32_t i = 0; i < t->n; i++) {
		struct filter_range r = t->range[i];
		uint32_t slot = r.from == r.to && r.from < 256 ? segment_slot((unsigned)r.from, 0) : UINT32_MAX;

		buf_text(b, i > 0 ? " OR " : "");
		if (r.from > r.to)
			buf_text(b, "0");
		else if (slot >> 16 < SEGMENT_OTHER)
			put_range(b, "slot", slot, slot | 65535);
		else
			put_range(b, "proto", r.from, r.to);
	}
	buf_text(b, t->n == 0 ? "0)" : ")");
}

static void
put_hex(struct buf *b, const uint8_t *p)
{
	buf_text(b, "toFixedString(unhex('");
	for (unsigned i = 0; i < 16; i++)
		buf_printf(b, "%02x", p[i]);
	buf_text(b, "'), 16)");
}

static void
put_nets(struct buf *b, const char *e, const struct filter *t)
{
	buf_char(b, '(');
	for (uint32_t i = 0; i < t->n; i++) {
		struct ip first = t->net[i].ip, last = first;

		for (unsigned bit = t->net[i].prefix; bit < (first.v == 4 ? 32U : 128U); bit++) {
			first.byte[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
			last.byte[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		}
		buf_printf(b, "%s(version = %u AND ", i > 0 ? " OR " : "", first.v);
		if (first.v == 4) {
			const uint8_t *f = first.byte, *l = last.byte;

			put_range(b, e, (uint32_t)f[0] << 24 | (uint32_t)f[1] << 16 | (uint32_t)f[2] << 8 | f[3],
			    (uint32_t)l[0] << 24 | (uint32_t)l[1] << 16 | (uint32_t)l[2] << 8 | l[3]);
		} else {
			buf_printf(b, "%s6 >= ", e);
			put_hex(b, first.byte);
			buf_printf(b, " AND %s6 <= ", e);
			put_hex(b, last.byte);
		}
		buf_char(b, ')');
	}
	buf_text(b, t->n == 0 ? "0)" : ")");
}

static void
put_text(struct buf *b, const char *s)
{
	buf_char(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_char(b, '\\');
		buf_char(b, *s);
	}
	buf_char(b, '\'');
}

static void
put_names(struct buf *b, const struct filter *t)
{
	buf_text(b, "sensor IN (");
	for (uint32_t i = 0; i < t->n; i++) {
		buf_text(b, i > 0 ? ", " : "");
		put_text(b, t->name[i]);
	}
	buf_char(b, ')');
}

/* With the day, by which the table is cut. */
static void
put_times(struct buf *b, const struct filter *t)
{
	buf_char(b, '(');
	for (uint32_t i = 0; i < t->n; i++) {
		struct filter_range r = t->range[i];

		buf_text(b, i > 0 ? " OR " : "");
		if (r.from > r.to) {
			buf_text(b, "0");
			continue;
		}
		buf_char(b, '(');
		put_range(b, "at", r.from, r.to);
		if (r.from / DAY <= DAYS)
			buf_printf(b, " AND day >= toDate(%" PRIu64 ")", r.from / DAY);
		if (r.to / DAY <= DAYS)
			buf_printf(b, " AND day <= toDate(%" PRIu64 ")", r.to / DAY);
		buf_char(b, ')');
	}
	buf_text(b, t->n == 0 ? "0)" : ")");
}

#define TCP "proto = 6 AND "
#define PORTS "proto IN (6, 17) AND "
#define ICMP "proto IN (1, 58) AND "

/* What a field is in the table, and of which packets it is asked. */
static const struct {
	const char *of, *column;
} fields[FILTER_FIELDS] = {
	[FILTER_VERSION] = { "", "version" },
	[FILTER_SPORT] = { PORTS, "sport" },
	[FILTER_ICMP_TYPE] = { ICMP, "intDiv(dport, 256)" },
	[FILTER_ICMP_CODE] = { ICMP, "dport % 256" },
	[FILTER_LEN] = { "", "len" },
	[FILTER_TTL] = { "", "ttl" },
	[FILTER_IP_ID] = { "", "ip_id" },
	[FILTER_FLAGS] = { TCP, "flags" },
	[FILTER_WINDOW] = { TCP, "window" },
	[FILTER_SEQ] = { TCP, "seq" },
	[FILTER_MSS] = { "", "mss" },
	[FILTER_SCALE] = { "", "scale" },
	[FILTER_OPTIONS] = { TCP, "options" },
	[FILTER_FINGERPRINT] = { "", "fingerprint" },
	[FILTER_BITS] = { "", "bits" },
	[FILTER_COUNTRY] = { "", "country" },
	[FILTER_AS] = { "", "as_number" },
};

static void
put_test(struct buf *b, const struct filter *t)
{
	switch (t->field) {
	case FILTER_SRC:
		put_nets(b, "src", t);
		return;
	case FILTER_DST:
		put_nets(b, "dst", t);
		return;
	case FILTER_SENSOR:
		put_names(b, t);
		return;
	case FILTER_PROTO:
		put_proto(b, t);
		return;
	case FILTER_DPORT:
		put_dport(b, t);
		return;
	case FILTER_TIME:
		put_times(b, t);
		return;
	default:
		buf_printf(b, "(%s", fields[t->field].of);
		put_numbers(b, fields[t->field].column, t);
		buf_char(b, ')');
	}
}

static void
put_filter(struct buf *b, const struct filter *f)
{
	switch (f->kind) {
	case FILTER_ALL:
		buf_char(b, '1');
		break;
	case FILTER_NOT:
		buf_text(b, "NOT (");
		put_filter(b, f->left);
		buf_char(b, ')');
		break;
	case FILTER_AND:
	case FILTER_OR:
		buf_char(b, '(');
		put_filter(b, f->left);
		buf_text(b, f->kind == FILTER_AND ? " AND " : " OR ");
		put_filter(b, f->right);
		buf_char(b, ')');
		break;
	case FILTER_TEST:
		put_test(b, f);
		break;
	}
}

void
clickhouse_where(struct buf *b, const struct query *q)
{
	const struct filter_range range = { (uint64_t)(q->from > 0 ? q->from : 0),
		q->to > 0 ? (uint64_t)q->to - 1 : (uint64_t)INT64_MAX };
	const struct filter time = { .kind = FILTER_TEST, .field = FILTER_TIME, .n = 1, .range = &range };

	if (q->where != NULL)
		put_filter(b, q->where);
	else
		buf_char(b, '1');
	if (q->from != 0 || q->to != 0) {
		buf_text(b, " AND ");
		put_filter(b, &time);
	}
}

void
clickhouse_keys(struct buf *b, const struct query *q, bool with_names)
{
	for (unsigned i = 0; i < q->keys; i++) {
		for (unsigned j = 0; j < keys[q->key[i]].n; j++) {
			buf_text(b, i + j > 0 ? ", " : "");
			if (with_names)
				buf_printf(b, "%s AS ", keys[q->key[i]].column[j]);
			buf_printf(b, "k%u%u", i, j);
		}
	}
}

static bool
is_bytes(const struct query *q, unsigned i, unsigned j)
{
	return j == 2 && (q->key[i] == QUERY_SOURCE || q->key[i] == QUERY_NET);
}

/* Keys as they are sent: bytes in hexadecimal digits, days as numbers. */
static void
put_sent_keys(struct buf *b, const struct query *q)
{
	for (unsigned i = 0; i < q->keys; i++) {
		for (unsigned j = 0; j < keys[q->key[i]].n; j++) {
			if (is_bytes(q, i, j))
				buf_printf(b, "hex(k%u%u), ", i, j);
			else
				buf_printf(b, q->key[i] == QUERY_DAY ? "toUInt32(k%u%u), " : "k%u%u, ", i, j);
		}
	}
}

static void
put_order(struct buf *b, const struct query *q, unsigned top)
{
	buf_printf(b, " ORDER BY %s DESC", q->measure == QUERY_PACKETS ? "packets" : "m");
	if (q->keys > 0) {
		buf_text(b, ", ");
		clickhouse_keys(b, q, false);
	}
	if (top > 0)
		buf_printf(b, " LIMIT %u", top);
}

/* SELECT keys, packets, m FROM table WHERE … GROUP BY keys */
static void
put_select(struct buf *b, const char *table, const struct query *q)
{
	buf_text(b, "SELECT ");
	clickhouse_keys(b, q, true);
	buf_printf(b, "%scount() AS packets, %s AS m FROM %s WHERE ", q->keys > 0 ? ", " : "", measures[q->measure], table);
	clickhouse_where(b, q);
	if (q->keys > 0) {
		buf_text(b, " GROUP BY ");
		clickhouse_keys(b, q, false);
	}
}

void
clickhouse_groups(struct buf *b, const char *table, const struct query *q, unsigned top)
{
	buf_text(b, "SELECT ");
	put_sent_keys(b, q);
	buf_text(b, "packets, m FROM (");
	put_select(b, table, q);
	buf_char(b, ')');
	put_order(b, q, top);
}

/* The keys of the first groups, for IN. */
static void
put_first(struct buf *b, const char *table, const struct query *q)
{
	buf_char(b, '(');
	clickhouse_keys(b, q, false);
	buf_text(b, ") IN (SELECT ");
	clickhouse_keys(b, q, false);
	buf_text(b, " FROM (");
	put_select(b, table, q);
	buf_char(b, ')');
	put_order(b, q, q->top);
	buf_char(b, ')');
}

void
clickhouse_others(struct buf *b, const char *table, const struct query *q)
{
	struct query all = *q;

	all.keys = 0;
	buf_printf(b, "SELECT count() AS packets, %s AS m FROM (SELECT version, ", measures[q->measure]);
	buf_text(b, q->measure == QUERY_TARGETS ? "dst, dst6, sensor, " : "src, src6, ");
	clickhouse_keys(b, q, true);
	buf_printf(b, " FROM %s WHERE ", table);
	clickhouse_where(b, &all);
	buf_text(b, ") WHERE NOT (");
	put_first(b, table, q);
	buf_char(b, ')');
}

void
clickhouse_ranks(struct buf *b, const char *table, const struct query *q, const struct query *earlier)
{
	const char *by = q->measure == QUERY_PACKETS ? "packets" : "m";

	buf_text(b, "SELECT ");
	put_sent_keys(b, q);
	buf_printf(b, "%s, place FROM (SELECT ", by);
	clickhouse_keys(b, q, false);
	buf_printf(b, ", %s, rowNumberInAllBlocks() + 1 AS place FROM (SELECT * FROM (", by);
	put_select(b, table, earlier);
	buf_char(b, ')');
	put_order(b, earlier, 0);
	buf_text(b, ")) WHERE ");
	put_first(b, table, q);
}
