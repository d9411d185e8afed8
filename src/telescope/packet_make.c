/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/packet_make.h"

#include <string.h>

struct out {
	unsigned char *p;
	size_t n;
};

static void
put8(struct out *o, unsigned v)
{
	o->p[o->n++] = (unsigned char)v;
}

static void
put16(struct out *o, unsigned v)
{
	put8(o, v >> 8);
	put8(o, v);
}

static void
put32(struct out *o, uint32_t v)
{
	put16(o, v >> 16);
	put16(o, v & 0xffff);
}

static void
put_bytes(struct out *o, const void *p, size_t n)
{
	if (n > 0)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void
set16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

/* RFC 1071 */
static uint32_t
sum(const unsigned char *p, size_t n, uint32_t so_far)
{
	for (size_t i = 0; i < n; i++)
		so_far += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
	return so_far;
}

static unsigned
folded(uint32_t v)
{
	while (v >> 16 != 0)
		v = (v & 0xffff) + (v >> 16);
	return ~v & 0xffff;
}

static void
option(struct out *o, char letter, const struct record *r)
{
	switch (letter) {
	case 'E':
		put8(o, 0);
		break;
	case 'N':
		put8(o, 1);
		break;
	case 'M':
		put16(o, 0x0204);
		put16(o, r->mss);
		break;
	case 'W':
		put16(o, 0x0303);
		put8(o, r->scale == RECORD_NO_SCALE ? 0 : r->scale);
		break;
	case 'S':
		put16(o, 0x0402);
		break;
	case 'K':
		put16(o, 0x050a);
		put32(o, 0);
		put32(o, 0);
		break;
	case 'T':
		put16(o, 0x080a);
		put32(o, (r->bits & RECORD_CLOCK) != 0 ? (uint32_t)(r->at / 1000000) : 0);
		put32(o, 0);
		break;
	default: /* RFC 4727: for experiments */
		put16(o, 0xfd02);
		break;
	}
}

/* As many bytes as the header has room for, a multiple of four. */
static void
options(struct out *o, const struct record *r)
{
	const char *text = record_options_text(r->options);
	size_t begin = o->n;

	if (text == NULL || r->options == RECORD_OPTIONS_OTHER) {
		static const char *const texts[2][2] = { { "UU", "NW" }, { "UUM", "WNM" } }; /* no longer than what it was */

		text = texts[r->mss != 0][r->scale != RECORD_NO_SCALE];
	} else if (r->options == RECORD_OPTIONS_BAD) {
		if (r->mss != 0)
			option(o, 'M', r);
		put32(o, 0x02000000); /* a length of 0 */
		return;
	}
	for (; *text != '\0'; text++)
		option(o, *text, r);
	while ((o->n - begin) % 4 != 0)
		put8(o, 0);
}

static void
tcp(struct out *o, const struct record *r)
{
	size_t begin = o->n;

	put16(o, r->sport);
	put16(o, r->dport);
	put32(o, r->seq);
	put32(o, (r->bits & RECORD_ACKNOWLEDGES) != 0);
	put16(o, r->flags);
	put16(o, r->window);
	put32(o, 0);
	if ((r->bits & RECORD_CUT) == 0)
		options(o, r);
	o->p[begin + 12] |= (unsigned char)((o->n - begin) / 4 << 4);
}

/* Behind which byte the checksum stands; 0: it has none. */
static size_t
transport(struct out *o, const struct record *r, size_t rest)
{
	size_t begin = o->n;

	if ((r->bits & RECORD_FRAGMENT) != 0)
		return 0;
	switch (r->proto) {
	case RECORD_TCP:
		tcp(o, r);
		return begin + 16;
	case RECORD_UDP:
		put16(o, r->sport);
		put16(o, r->dport);
		put16(o, rest > 65535 ? 0 : (unsigned)rest);
		put16(o, 0);
		return begin + 6;
	case RECORD_ICMP:
	case RECORD_ICMP6:
		put16(o, r->dport);
		put16(o, 0);
		put32(o, 0);
		return begin + 2;
	default:
		return 0;
	}
}

static void
ip_header(struct out *o, const struct record *r)
{
	bool later = (r->bits & RECORD_FRAGMENT) != 0, more = (r->bits & RECORD_MF) != 0;

	if (r->src.v == 4) {
		put16(o, 0x4500);
		put16(o, r->len);
		put16(o, r->ip_id);
		put16(o, ((r->bits & RECORD_DF) != 0 ? 0x4000U : 0) | (more ? 0x2000U : 0) | (later ? 1U : 0));
		put8(o, r->ttl);
		put8(o, r->proto);
		put16(o, 0);
		put_bytes(o, r->src.byte, 4);
		put_bytes(o, r->dst.byte, 4);
		set16(o->p + 10, folded(sum(o->p, 20, 0)) ^ ((r->bits & RECORD_BAD_IP) != 0 ? 0xffU : 0));
		return;
	}
	bool fragment = later || more || r->ip_id != 0;

	put32(o, 0x60000000);
	put16(o, r->len < 40 ? 0 : r->len - 40U);
	put8(o, fragment ? 44 : r->proto);
	put8(o, r->ttl);
	put_bytes(o, r->src.byte, 16);
	put_bytes(o, r->dst.byte, 16);
	if (fragment) {
		put16(o, (unsigned)r->proto << 8);
		put16(o, (later ? 8U : 0) | (more ? 1U : 0));
		put32(o, r->ip_id);
	}
}

size_t
packet_make(const struct record *r, unsigned char ret[PACKET_MADE_MAX], size_t *ret_wire)
{
	struct out o = { ret, 0 };
	size_t width = r->src.v == 4 ? 4 : 16, begin, check;
	uint32_t s;

	ip_header(&o, r);
	begin = o.n;
	check = transport(&o, r, r->len > begin ? r->len - begin : 0);
	/* Nobody read on behind IPv6's last header: it would be read as one now. */
	if (r->src.v == 4 || (r->bits & RECORD_CUT) == 0 || check != 0)
		put_bytes(&o, r->payload.p, r->payload.n);
	if ((r->bits & RECORD_CUT) != 0 && check != 0) { /* cut where its header ended early */
		size_t kept = r->proto != RECORD_TCP ? 4 : r->flags != 0 || r->window != 0 ? 16 : 8;

		o.n = begin + kept;
		*ret_wire = o.n > r->len ? o.n : r->len;
		return o.n;
	}
	*ret_wire = o.n > r->len ? o.n : r->len;
	if (check == 0 || o.n < r->len)
		return o.n; /* nobody can check what is not all there */
	s = sum(ret + begin, o.n - begin, 0);
	if (r->proto != RECORD_ICMP) {
		s = sum(r->src.byte, width, s);
		s = sum(r->dst.byte, width, s);
		s += r->proto + (uint32_t)(o.n - begin);
	}
	set16(ret + check, folded(s) ^ ((r->bits & RECORD_BAD_CHECKSUM) != 0 ? 0xffU : 0));
	return o.n;
}
