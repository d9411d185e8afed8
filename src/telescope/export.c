/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/export.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "text/csv.h"
#include "telescope/packet.h"
#include "telescope/packet_make.h"

/* Which records have a field; it is empty in the others. */
enum owner { ALL, TCP, PORTS, ICMP };

struct column {
	const char *name;
	void (*put)(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x);
	size_t at;	/* of the field in struct record */
	unsigned bits;	/* put_bit: any of these */
	enum owner owner;
};

static bool
has(const struct record *r, enum owner owner)
{
	bool first = (r->bits & RECORD_FRAGMENT) == 0, icmp = r->proto == RECORD_ICMP || r->proto == RECORD_ICMP6;

	switch (owner) {
	case TCP:
		return first && r->proto == RECORD_TCP;
	case PORTS: /* of ICMP the type stands at sport and the code at dport */
		return first && (r->proto == RECORD_TCP || r->proto == RECORD_UDP || icmp);
	case ICMP:
		return first && icmp;
	default:
		return true;
	}
}

static void
put_time(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	buf_printf(out, "%" PRId64 ".%06" PRId64, x->r.at / 1000000, x->r.at % 1000000);
}

static void
put_8(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	buf_int(out, ((const uint8_t *)&x->r)[c->at]);
}

static uint16_t
number16(const struct column *c, const struct query_record *x)
{
	uint16_t v;

	memcpy(&v, (const char *)&x->r + c->at, sizeof(v));
	return v;
}

static void
put_16(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	buf_int(out, number16(c, x));
}

static void
put_32(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	uint32_t v;

	(void)a;
	memcpy(&v, (const char *)&x->r + c->at, sizeof(v));
	buf_int(out, v);
}

/* A port; of ICMP's number the half that ${c->bits} says. */
static void
put_port(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	if (has(&x->r, ICMP))
		buf_int(out, c->bits == 0 ? x->r.dport >> 8 : x->r.dport & 255);
	else
		buf_int(out, number16(c, x));
}

static void
put_address(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	const char *at = (const char *)&x->r + c->at;
	struct ip ip;

	memcpy(&ip, at, sizeof(ip));
	buf_text(out, ip_format(a, &ip));
}

static void
put_bit(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	buf_char(out, (x->r.bits & c->bits) != 0 ? '1' : '0');
}

static void
put_flags(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	buf_printf(out, "0x%04x", x->r.flags);
}

static void
put_mss(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	if (x->r.mss != 0)
		put_16(out, a, c, x);
}

static void
put_scale(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	if (x->r.scale != RECORD_NO_SCALE)
		put_8(out, a, c, x);
}

static void
put_options(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	buf_text(out, record_options_text(x->r.options));
}

static void
put_fingerprint(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	buf_text(out, record_fingerprint_name(x->r.fingerprint));
}

static void
put_country(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	if (x->country != 0)
		buf_printf(out, "%c%c", (char)(x->country >> 8), (char)(x->country & 255));
}

static void
put_as(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	if (x->as != 0)
		buf_int(out, x->as);
}

static void
put_sensor(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)a;
	(void)c;
	buf_text(out, x->sensor);
}

static void
put_payload(struct buf *out, struct arena *a, const struct column *c, const struct query_record *x)
{
	(void)c;
	buf_text(out, hex_format(a, x->r.payload.p, x->r.payload.n));
}

#define AT(field) offsetof(struct record, field)
static const struct column columns[] = {
	{ "ts", put_time, 0, 0, ALL },
	{ "proto", put_8, AT(proto), 0, ALL },
	{ "src", put_address, AT(src), 0, ALL },
	{ "sport", put_port, AT(sport), 0, PORTS },
	{ "dst", put_address, AT(dst), 0, ALL },
	{ "dport", put_port, AT(dport), 1, PORTS },
	{ "icmptype", put_port, AT(dport), 0, ICMP },
	{ "icmpcode", put_port, AT(dport), 1, ICMP },
	{ "len", put_16, AT(len), 0, ALL },
	{ "ttl", put_8, AT(ttl), 0, ALL },
	{ "df", put_bit, 0, RECORD_DF, ALL },
	{ "mf", put_bit, 0, RECORD_MF, ALL },
	{ "fragment", put_bit, 0, RECORD_FRAGMENT | RECORD_MF, ALL },
	{ "ipid", put_16, AT(ip_id), 0, ALL },
	{ "flags", put_flags, 0, 0, TCP },
	{ "window", put_16, AT(window), 0, TCP },
	{ "seq", put_32, AT(seq), 0, TCP },
	{ "mss", put_mss, AT(mss), 0, TCP },
	{ "scale", put_scale, AT(scale), 0, TCP },
	{ "options", put_options, 0, 0, TCP },
	{ "fingerprint", put_fingerprint, 0, 0, ALL },
	{ "badsum", put_bit, 0, RECORD_BAD_CHECKSUM | RECORD_BAD_IP, ALL },
	{ "cut", put_bit, 0, RECORD_CUT, ALL },
	{ "country", put_country, 0, 0, ALL },
	{ "as", put_as, 0, 0, ALL },
	{ "sensor", put_sensor, 0, 0, ALL },
	{ "payload", put_payload, 0, 0, ALL },
};

const char *
export_column_name(unsigned i)
{
	return i < COUNT(columns) ? columns[i].name : NULL;
}

bool
export_columns_parse(struct str list, struct export_columns *ret, struct str *ret_wrong)
{
	struct str one;

	ret->n = 0;
	while (str_split(&list, ',', &one)) {
		unsigned i = 0;

		while (i < COUNT(columns) && !str_is_case(one, columns[i].name))
			i++;
		if (str_is_case(one, "time"))
			i = 0;
		if (i == COUNT(columns) || ret->n == EXPORT_COLUMNS) {
			*ret_wrong = one;
			return false;
		}
		ret->column[ret->n++] = (uint8_t)i;
	}
	return ret->n > 0;
}

void
export_line(struct buf *out, struct arena *a, const struct export_columns *c, char separator, const struct query_record *x)
{
	for (unsigned i = 0; i < c->n; i++) {
		const struct column *column = &columns[c->column[i]];

		if (i > 0)
			buf_char(out, separator);
		if (separator == ',' && column->put == put_sensor)
			csv_put_str(out, str_of(x->sensor), true); /* the only one that a person named */
		else if (has(&x->r, column->owner))
			column->put(out, a, column, x);
	}
	buf_text(out, separator == ',' ? "\r\n" : "\n");
}

void
export_names(struct buf *out, const struct export_columns *c, char separator)
{
	for (unsigned i = 0; i < c->n; i++) {
		if (i > 0)
			buf_char(out, separator);
		buf_text(out, columns[c->column[i]].name);
	}
	buf_text(out, separator == ',' ? "\r\n" : "\n");
}

/* Capture files: numbers of the machine that reads us are told apart by the first. */

static void
put_le32(struct buf *out, uint32_t v)
{
	const unsigned char b[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24) };

	buf_add(out, b, 4);
}

void
export_pcap_head(struct buf *out)
{
	put_le32(out, 0xa1b2c3d4);
	put_le32(out, 2 | 4 << 16); /* version 2.4 */
	put_le32(out, 0);
	put_le32(out, 0);
	put_le32(out, 262144);
	put_le32(out, PACKET_RAW);
}

void
export_pcap(struct buf *out, const struct record *r)
{
	unsigned char bytes[PACKET_MADE_MAX];
	size_t wire, n = packet_make(r, bytes, &wire);

	put_le32(out, (uint32_t)(r->at / 1000000));
	put_le32(out, (uint32_t)(r->at % 1000000));
	put_le32(out, (uint32_t)n);
	put_le32(out, (uint32_t)wire);
	buf_add(out, bytes, n);
}

/* IPFIX */

enum element_kind { E_MS, E_SRC, E_DST, E_SPORT, E_DPORT, E_PROTO, E_FLAGS, E_TTL, E_ID, E_SEQ, E_WINDOW, E_ICMP, E_LEN, E_ONE };

/* Of IANA's registry "IPFIX Information Elements". */
static const struct element {
	uint16_t id[2]; /* IPv4, IPv6 */
	uint16_t bytes; /* 0: an address */
	enum element_kind kind;
} elements[] = {
	{ { 152, 152 }, 8, E_MS },	/* flowStartMilliseconds */
	{ { 153, 153 }, 8, E_MS },	/* flowEndMilliseconds */
	{ { 8, 27 }, 0, E_SRC },	/* sourceIPv4Address, sourceIPv6Address */
	{ { 12, 28 }, 0, E_DST },	/* destination … */
	{ { 7, 7 }, 2, E_SPORT },	/* sourceTransportPort */
	{ { 11, 11 }, 2, E_DPORT },	/* destinationTransportPort */
	{ { 4, 4 }, 1, E_PROTO },	/* protocolIdentifier */
	{ { 6, 6 }, 2, E_FLAGS },	/* tcpControlBits */
	{ { 192, 192 }, 1, E_TTL },	/* ipTTL */
	{ { 54, 54 }, 4, E_ID },	/* fragmentIdentification */
	{ { 184, 184 }, 4, E_SEQ },	/* tcpSequenceNumber */
	{ { 186, 186 }, 2, E_WINDOW },	/* tcpWindowSize */
	{ { 32, 139 }, 2, E_ICMP },	/* icmpTypeCodeIPv4, icmpTypeCodeIPv6 */
	{ { 1, 1 }, 8, E_LEN },		/* octetDeltaCount */
	{ { 2, 2 }, 8, E_ONE },		/* packetDeltaCount */
};

static void
put_be(unsigned char *p, size_t *n, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[*n + i] = (unsigned char)(v >> 8 * (bytes - 1 - i));
	*n += bytes;
}

/* A message around ${body}: whole sets. */
static void
message(struct buf *out, struct export_ipfix *x, const unsigned char *body, size_t n, unsigned records)
{
	unsigned char head[16];
	size_t at = 0;

	put_be(head, &at, 10, 2);
	put_be(head, &at, 16 + n, 2);
	put_be(head, &at, (uint64_t)(x->now / 1000), 4);
	put_be(head, &at, x->sequence, 4);
	put_be(head, &at, 1, 4); /* the observation domain: this centre */
	buf_add(out, head, sizeof(head));
	buf_add(out, body, n);
	x->sequence += records;
}

void
export_ipfix_head(struct buf *out, struct export_ipfix *x)
{
	unsigned char body[4 + 2 * (4 + sizeof(elements) / sizeof(elements[0]) * 4)];
	size_t n = 0;

	put_be(body, &n, 2, 2);
	put_be(body, &n, sizeof(body), 2);
	for (unsigned v = 0; v < 2; v++) {
		put_be(body, &n, 256 + v, 2);
		put_be(body, &n, COUNT(elements), 2);
		for (size_t i = 0; i < COUNT(elements); i++) {
			put_be(body, &n, elements[i].id[v], 2);
			put_be(body, &n, elements[i].bytes != 0 ? elements[i].bytes : v == 0 ? 4 : 16, 2);
		}
	}
	message(out, x, body, n, 0);
}

static uint64_t
element_value(const struct record *r, enum element_kind kind)
{
	bool icmp = has(r, ICMP);

	switch (kind) {
	case E_MS:
		return (uint64_t)(r->at / 1000);
	case E_SPORT:
		return r->sport;
	case E_DPORT:
		return icmp ? 0 : r->dport;
	case E_PROTO:
		return r->proto;
	case E_FLAGS:
		return r->flags;
	case E_TTL:
		return r->ttl;
	case E_ID:
		return r->ip_id;
	case E_SEQ:
		return r->seq;
	case E_WINDOW:
		return r->window;
	case E_ICMP:
		return icmp ? r->dport : 0;
	case E_LEN:
		return r->len;
	default:
		return 1;
	}
}

static void
flush(struct buf *out, struct export_ipfix *x, unsigned v)
{
	size_t n = 0;

	if (x->set[v].records == 0)
		return;
	put_be(x->set[v].bytes, &n, 256 + v, 2);
	put_be(x->set[v].bytes, &n, x->set[v].n, 2);
	message(out, x, x->set[v].bytes, x->set[v].n, x->set[v].records);
	x->set[v].n = 0;
	x->set[v].records = 0;
}

void
export_ipfix(struct buf *out, struct export_ipfix *x, const struct record *r)
{
	unsigned v = r->src.v == 4 ? 0 : 1;
	unsigned char *p = x->set[v].bytes;

	if (x->set[v].n == 0)
		x->set[v].n = 4; /* the set's head */
	for (size_t i = 0; i < COUNT(elements); i++) {
		const struct element *e = &elements[i];

		if (e->bytes != 0) {
			put_be(p, &x->set[v].n, element_value(r, e->kind), e->bytes);
			continue;
		}
		memcpy(p + x->set[v].n, e->kind == E_SRC ? r->src.byte : r->dst.byte, v == 0 ? 4 : 16);
		x->set[v].n += v == 0 ? 4 : 16;
	}
	x->set[v].records++;
	if (x->set[v].n > EXPORT_IPFIX_SET)
		flush(out, x, v);
}

void
export_ipfix_end(struct buf *out, struct export_ipfix *x)
{
	flush(out, x, 0);
	flush(out, x, 1);
}
