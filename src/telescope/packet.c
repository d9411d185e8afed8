/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/packet.h"

#include <arpa/inet.h>
#include <string.h>

#include "telescope/fingerprint.h"

/* What is left of a packet. Each read is preceded by a test of n: struct scan
 * would do, but its calls cost more than all the rest of this file. Two words
 * long, so that it travels in registers. */
struct view {
	const unsigned char *p;
	uint32_t n;    /* captured */
	uint32_t wire; /* were sent */
};

static inline struct view
skip(struct view v, size_t n)
{
	uint32_t wire = n < v.wire ? (uint32_t)n : v.wire, here = n < v.n ? (uint32_t)n : v.n;

	return (struct view){ v.p + here, v.n - here, v.wire - wire };
}

static inline struct view
cut(struct view v, size_t n)
{
	return (struct view){ v.p, n < v.n ? (uint32_t)n : v.n, n < v.wire ? (uint32_t)n : v.wire };
}

static inline uint16_t
be16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void
count(struct packet_counts *c, enum packet_kind kind)
{
	c->of[kind]++;
}

/* The Internet checksum (RFC 1071) works in either byte order and on wider words: what is carried out of a
 * word is added at its other end. */
static inline uint64_t
plus(uint64_t s, uint64_t w)
{
	s += w;
	return s + (s < w);
}

static inline uint64_t
sum(const unsigned char *p, size_t n, uint64_t s)
{
	uint64_t w;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&w, p, 8);
		s = plus(s, w);
	}
	if (n >= 4) {
		uint32_t half;

		memcpy(&half, p, 4);
		s = plus(s, half);
		n -= 4;
		p += 4;
	}
	if (n > 0) {
		w = 0;
		memcpy(&w, p, n);
		s = plus(s, w);
	}
	return s;
}

/* Folded to sixteen bits it would be all ones, which is 0 modulo that. */
static inline bool
sums_to_zero(uint64_t s)
{
	return s != 0 && s % 0xffff == 0;
}

/* Of what has a checksum over addresses, protocol and length. */
static inline uint64_t
pseudo_tail(unsigned proto, size_t n)
{
	return htons((uint16_t)proto) + (uint64_t)htons((uint16_t)n) + htons((uint16_t)(n >> 16));
}

static uint64_t
pseudo(const struct record *r, size_t n)
{
	size_t size = r->src.v == 4 ? 4 : 16;

	return sum(r->dst.byte, size, sum(r->src.byte, size, pseudo_tail(r->proto, n)));
}

static void
check(struct record *r, struct view l4, bool covers_addresses, struct packet_counts *c)
{
	if (l4.n < l4.wire || (r->bits & (RECORD_MF | RECORD_FRAGMENT | RECORD_CUT)) != 0)
		return; /* not all of it is here */
	if (sums_to_zero(sum(l4.p, l4.n, covers_addresses ? pseudo(r, l4.n) : 0)))
		return;
	r->bits |= RECORD_BAD_CHECKSUM;
	count(c, PACKET_CHECKSUM);
}

static void
payload(struct record *r, struct view v)
{
	r->payload = (struct str){ (const char *)v.p, v.n < RECORD_PAYLOAD ? v.n : RECORD_PAYLOAD };
}

static void
clock(struct record *r, const unsigned char *p)
{
	if (be32(p) == (uint32_t)(r->at / 1000000) && be32(p + 4) == 0)
		r->bits |= RECORD_CLOCK;
}

/* The four orders that most packets have, told by their length: the loop below
 * gives the same but jumps where no processor can foresee. */
static inline bool
common_options(struct record *r, const unsigned char *p, size_t n)
{
	static const unsigned char mss[2] = { 2, 4 }, windows[4] = { 1, 1, 4, 2 };

	if (n < 4 || memcmp(p, mss, 2) != 0)
		return false;
	if (n == 4) {
		r->options = RECORD_OPTIONS_M;
	} else if (n == 20 && memcmp(p + 4, "\x04\x02\x08\x0a", 4) == 0 && memcmp(p + 16, "\x01\x03\x03", 3) == 0) {
		clock(r, p + 8);
		r->scale = p[19];
		r->options = RECORD_OPTIONS_LINUX;
	} else if (n == 12 && memcmp(p + 4, "\x01\x03\x03", 3) == 0 && memcmp(p + 8, windows, 4) == 0) {
		r->scale = p[7];
		r->options = RECORD_OPTIONS_WINDOWS;
	} else {
		return false;
	}
	r->mss = be16(p + 2);
	return true;
}

/* RFC 9293 3.1, and for the time stamp RFC 7323 3.2. */
static bool
any_options(struct record *r, struct view v)
{
	static const uint8_t letter[] = { RECORD_OPTION_E, RECORD_OPTION_N, RECORD_OPTION_M, RECORD_OPTION_W,
		RECORD_OPTION_S, RECORD_OPTION_K, RECORD_OPTION_U, RECORD_OPTION_U, RECORD_OPTION_T };
	uint64_t order = 0;
	unsigned options = 0;

	while (v.n > 0) {
		unsigned kind = v.p[0];
		size_t n = kind < 2 ? 1 : v.n < 2 ? 0 : v.p[1];

		if (n == 0 || n > v.n || (kind >= 2 && n < 2)) {
			r->options = RECORD_OPTIONS_BAD;
			return false;
		}
		order = order << 4 | (kind < COUNT(letter) ? letter[kind] : RECORD_OPTION_U);
		options++;
		if (kind == 0)
			break; /* what follows is padding */
		if (kind == 2 && n == 4)
			r->mss = be16(v.p + 2);
		else if (kind == 3 && n == 3)
			r->scale = v.p[2];
		else if (kind == 8 && n == 10)
			clock(r, v.p + 2);
		v = skip(v, n);
	}
	r->options = options > 16 ? RECORD_OPTIONS_OTHER : record_options_number(order);
	return true;
}

static inline bool
tcp_options(struct record *r, struct view v)
{
	return common_options(r, v.p, v.n) || any_options(r, v);
}

static void
tcp(struct record *r, struct view v, struct packet_counts *c)
{
	size_t n;

	if (v.n < 20) {
		r->bits |= RECORD_CUT;
		count(c, PACKET_CUT);
	}
	if (v.n >= 4) {
		r->sport = be16(v.p);
		r->dport = be16(v.p + 2);
	}
	if (v.n >= 8)
		r->seq = be32(v.p + 4);
	if (v.n >= 12 && be32(v.p + 8) != 0)
		r->bits |= RECORD_ACKNOWLEDGES;
	if (v.n >= 14)
		r->flags = be16(v.p + 12) & RECORD_FLAGS;
	if (v.n >= 16)
		r->window = be16(v.p + 14);
	if (v.n < 20)
		return;
	check(r, v, true, c);
	n = (size_t)(v.p[12] >> 4) * 4;
	if (n < 20) {
		r->options = RECORD_OPTIONS_BAD;
		count(c, PACKET_TCP_HEADER);
		return;
	}
	if (n > v.n) { /* cut off by the capture, by fragments, or a lie */
		count(c, n > v.wire ? PACKET_TCP_HEADER : PACKET_CUT);
		if (n <= v.wire)
			r->bits |= RECORD_CUT;
		(void)tcp_options(r, skip(v, 20)); /* those that are whole */
		r->options = RECORD_OPTIONS_BAD;
		return;
	}
	if (n > 20 && !tcp_options(r, skip(cut(v, n), 20)))
		count(c, PACKET_OPTIONS);
	payload(r, skip(v, n));
}

static void
udp(struct record *r, struct view v, struct packet_counts *c)
{
	if (v.n >= 4) {
		r->sport = be16(v.p);
		r->dport = be16(v.p + 2);
	}
	if (v.n < 8) {
		r->bits |= RECORD_CUT;
		count(c, PACKET_CUT);
		return;
	}
	size_t n = be16(v.p + 4);

	/* UDP's own length may be shorter than IP's; 0 checksum: none was made. */
	if (n >= 8 && n <= v.wire)
		v = cut(v, n);
	if (be16(v.p + 6) != 0)
		check(r, v, true, c);
	payload(r, skip(v, 8));
}

static void
icmp(struct record *r, struct view v, struct packet_counts *c)
{
	if (v.n >= 2)
		r->dport = be16(v.p);
	if (v.n < 8) {
		r->bits |= RECORD_CUT;
		count(c, PACKET_CUT);
		/* Fewer than eight were sent: complete, as far as ICMP goes. */
		if (v.n < v.wire || v.n < 4)
			return;
	}
	check(r, v, r->proto == RECORD_ICMP6, c);
	payload(r, skip(v, 8));
}

static void
transport(struct record *r, struct view v, struct packet_counts *c)
{
	if ((r->bits & (RECORD_MF | RECORD_FRAGMENT)) != 0)
		count(c, PACKET_FRAGMENTED);
	if ((r->bits & RECORD_FRAGMENT) != 0)
		payload(r, v);
	else if (r->proto == RECORD_TCP)
		tcp(r, v, c);
	else if (r->proto == RECORD_UDP)
		udp(r, v, c);
	else if (r->proto == RECORD_ICMP || r->proto == RECORD_ICMP6)
		icmp(r, v, c);
	else
		payload(r, v);
	r->fingerprint = (uint8_t)fingerprint_of(r);
	count(c, PACKET_RECORDED);
}

static bool
ipv4(struct view v, struct packet_counts *c, struct record *r)
{
	size_t header, n;
	uint16_t fragment;

	if (v.n < 20) {
		count(c, PACKET_SHORT);
		return false;
	}
	header = (size_t)(v.p[0] & 15) * 4;
	if (header < 20) {
		count(c, PACKET_HEADER);
		return false;
	}
	n = be16(v.p + 2);
	r->len = (uint16_t)n;
	/* 0: the sender's network card was to fill it in. */
	if (n < header || n > v.wire)
		count(c, PACKET_LENGTH);
	if (n >= header)
		v = cut(v, n);
	r->ip_id = be16(v.p + 4);
	fragment = be16(v.p + 6);
	r->bits = (uint8_t)(((fragment & 0x4000) != 0 ? RECORD_DF : 0) | ((fragment & 0x2000) != 0 ? RECORD_MF : 0) |
	    ((fragment & 0x1fff) != 0 ? RECORD_FRAGMENT : 0));
	r->ttl = v.p[8];
	r->proto = v.p[9];
	r->src.v = r->dst.v = 4;
	memcpy(r->src.byte, v.p + 12, 4);
	memcpy(r->dst.byte, v.p + 16, 4);
	if (header <= v.n && !sums_to_zero(sum(v.p, header, 0))) {
		r->bits |= RECORD_BAD_IP;
		count(c, PACKET_IP_CHECKSUM);
	}
	transport(r, skip(v, header), c);
	return true;
}

static inline void
address4(struct ip *ip, const unsigned char *p)
{
	memset(ip, 0, sizeof(*ip));
	ip->v = 4;
	memcpy(ip->byte, p, 4);
}

/*
 * What most packets of a telescope are: TCP in IPv4 without options and fragments, all of it here. The same as
 * the steps above, without asking at each what is left; false: it is another one, and nothing was done.
 */
static bool
usual_tcp(struct view v, int64_t at, struct packet_counts *c, struct record *r)
{
	const unsigned char *p = v.p, *t = v.p + 20;
	size_t n, header;

	if (v.n < 40 || p[0] != 0x45 || p[9] != RECORD_TCP || (be16(p + 6) & 0x3fff) != 0)
		return false;
	n = be16(p + 2);
	header = (size_t)(t[12] >> 4) * 4;
	if (n > v.n || n > v.wire || header < 20 || n < 20 + header)
		return false;
	r->at = at;
	r->len = (uint16_t)n;
	r->ip_id = be16(p + 4);
	r->bits = (uint8_t)(((p[6] & 0x40) != 0 ? RECORD_DF : 0) | (be32(t + 8) != 0 ? RECORD_ACKNOWLEDGES : 0));
	r->ttl = p[8];
	r->proto = RECORD_TCP;
	r->options = 0;
	r->mss = 0;
	r->scale = RECORD_NO_SCALE;
	address4(&r->src, p + 12);
	address4(&r->dst, p + 16);
	if (!sums_to_zero(sum(p, 20, 0))) {
		r->bits |= RECORD_BAD_IP;
		count(c, PACKET_IP_CHECKSUM);
	}
	r->sport = be16(t);
	r->dport = be16(t + 2);
	r->seq = be32(t + 4);
	r->flags = be16(t + 12) & RECORD_FLAGS;
	r->window = be16(t + 14);
	/* The addresses stand right before it. */
	if (!sums_to_zero(sum(p + 12, n - 12, pseudo_tail(RECORD_TCP, n - 20)))) {
		r->bits |= RECORD_BAD_CHECKSUM;
		count(c, PACKET_CHECKSUM);
	}
	if (header > 20 && !tcp_options(r, (struct view){ t + 20, (uint32_t)header - 20, (uint32_t)header - 20 }))
		count(c, PACKET_OPTIONS);
	n -= 20 + header;
	r->payload = (struct str){ (const char *)t + header, n < RECORD_PAYLOAD ? n : RECORD_PAYLOAD };
	r->fingerprint = (uint8_t)fingerprint_of(r);
	count(c, PACKET_RECORDED);
	return true;
}

/* RFC 8200 4; those that only hosts on the way know are passed over. */
static bool
extension(unsigned proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60 || proto == 135 || proto == 139 ||
	    proto == 140;
}

static bool
ipv6(struct view v, struct packet_counts *c, struct record *r)
{
	size_t n;

	if (v.n < 40) {
		count(c, PACKET_SHORT);
		return false;
	}
	n = be16(v.p + 4);
	r->len = (uint16_t)(n + 40 < 65535 ? n + 40 : 65535);
	r->proto = v.p[6];
	r->ttl = v.p[7];
	r->src.v = r->dst.v = 6;
	memcpy(r->src.byte, v.p + 8, 16);
	memcpy(r->dst.byte, v.p + 24, 16);
	v = skip(v, 40);
	if (n > v.wire)
		count(c, PACKET_LENGTH);
	if (n > 0) /* 0: a jumbogram, or nothing */
		v = cut(v, n);
	for (unsigned i = 0; extension(r->proto); i++) {
		if (i == PACKET_EXTENSIONS_MAX || v.n < 8) {
			count(c, PACKET_EXTENSIONS);
			r->bits |= RECORD_CUT;
			break;
		}
		if (r->proto == 44) {
			if ((be16(v.p + 2) & 0xfff8) != 0)
				r->bits |= RECORD_FRAGMENT;
			if ((v.p[3] & 1) != 0)
				r->bits |= RECORD_MF;
			r->ip_id = be16(v.p + 6);
			n = 8;
		} else {
			n = r->proto == 51 ? ((size_t)v.p[1] + 2) * 4 : ((size_t)v.p[1] + 1) * 8;
		}
		r->proto = v.p[0];
		if (n > v.n) { /* its end, and what follows, is not here */
			count(c, PACKET_EXTENSIONS);
			r->bits |= RECORD_CUT;
			v = skip(v, v.n);
			break;
		}
		v = skip(v, n);
		if ((r->bits & RECORD_FRAGMENT) != 0)
			break; /* what follows is the middle of something */
	}
	transport(r, v, c);
	return true;
}

/* ${version} is what the link header said, 0 nothing. */
static bool
ip(struct view v, unsigned version, struct packet_counts *c, struct record *r)
{
	unsigned is = v.n > 0 ? v.p[0] >> 4 : 0;

	if (is == 4 && version != 6)
		return ipv4(v, c, r);
	if (is == 6 && version != 4)
		return ipv6(v, c, r);
	count(c, v.n == 0 ? PACKET_SHORT : PACKET_VERSION);
	return false;
}

/* What stands behind a number of the kind that Ethernet has. */
static bool
ether(unsigned type, struct view v, struct packet_counts *c, struct record *r)
{
	for (unsigned tags = 0;; tags++) {
		if (type == 0x0800 || type == 0x86dd)
			return ip(v, type == 0x0800 ? 4 : 6, c, r);
		bool vlan = type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;

		if (vlan && tags < PACKET_TAGS_MAX && v.n >= 4) {
			type = be16(v.p + 2);
			v = skip(v, 4);
		} else if (type < 0x0600 && v.n >= 8 && memcmp(v.p, "\xaa\xaa\x03\0\0", 5) == 0) {
			v = cut(v, type); /* IEEE 802.3 with SNAP: the number was a length */
			if (v.n < 8)
				break;
			type = be16(v.p + 6);
			v = skip(v, 8);
		} else if (type == 0x8864 && v.n >= 8 && (be16(v.p + 6) == 0x0021 || be16(v.p + 6) == 0x0057)) {
			return ip(skip(v, 8), 0, c, r); /* PPPoE: how many homes are connected */
		} else {
			count(c, !vlan ? PACKET_NOT_IP : tags == PACKET_TAGS_MAX ? PACKET_TAGS : PACKET_SHORT);
			return false;
		}
	}
	count(c, PACKET_SHORT);
	return false;
}

/* BSD's loopback: the family's number on the machine that wrote it. */
static bool
family(struct view v, struct packet_counts *c, struct record *r)
{
	uint32_t f;

	if (v.n < 4) {
		count(c, PACKET_SHORT);
		return false;
	}
	f = be32(v.p);
	if (f > 0xffff) /* the other byte order */
		f = f >> 24 | (f >> 8 & 0xff00);
	if (f != 2 && f != 10 && f != 24 && f != 28 && f != 30) {
		count(c, PACKET_NOT_IP);
		return false;
	}
	return ip(skip(v, 4), 0, c, r);
}

bool
packet_link_known(unsigned link)
{
	static const unsigned known[] = { PACKET_NULL, PACKET_ETHERNET, PACKET_RAW_BSD, PACKET_RAW_OPENBSD, PACKET_RAW,
		PACKET_LOOP, PACKET_LINUX_COOKED, PACKET_IPV4, PACKET_IPV6, PACKET_LINUX_COOKED2 };

	for (size_t i = 0; i < COUNT(known); i++) {
		if (known[i] == link)
			return true;
	}
	return false;
}

static uint32_t
clamped(size_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* Field by field: for a whole struct of this size compilers call on an
 * instruction that takes longer than all of packet_decode(). */
static inline void
begin(struct record *r, int64_t at)
{
	r->at = at;
	memset(&r->src, 0, sizeof(r->src));
	memset(&r->dst, 0, sizeof(r->dst));
	r->seq = 0;
	r->sport = r->dport = r->ip_id = r->flags = r->window = r->mss = 0;
	r->scale = RECORD_NO_SCALE;
	r->bits = r->options = 0;
	r->payload = STR_NULL;
	/* len, proto, ttl and fingerprint are set for each record */
}

bool
packet_decode(unsigned link, struct str bytes, size_t wire, int64_t at, struct packet_counts *counts, struct record *ret)
{
	struct view v = { (const unsigned char *)bytes.p, clamped(bytes.n), clamped(wire) };
	/* Where the link header has the type, and how long it is. */
	size_t type = link == PACKET_ETHERNET ? 12 : link == PACKET_LINUX_COOKED ? 14 : 0;
	size_t n = link == PACKET_ETHERNET ? 14 : link == PACKET_LINUX_COOKED ? 16 : 20;

	switch (link) {
	case PACKET_ETHERNET:
	case PACKET_LINUX_COOKED:
	case PACKET_LINUX_COOKED2:
		if (v.n < n) {
			count(counts, PACKET_SHORT);
			return false;
		}
		if (be16(v.p + type) == 0x0800 && usual_tcp(skip(v, n), at, counts, ret))
			return true;
		begin(ret, at);
		return ether(be16(v.p + type), skip(v, n), counts, ret);
	case PACKET_NULL:
	case PACKET_LOOP:
		begin(ret, at);
		return family(v, counts, ret);
	case PACKET_RAW:
	case PACKET_RAW_BSD:
	case PACKET_RAW_OPENBSD:
	case PACKET_IPV4:
	case PACKET_IPV6:
		begin(ret, at);
		return ip(v, 0, counts, ret);
	default:
		count(counts, PACKET_LINK);
		return false;
	}
}

const char *
packet_kind_name(enum packet_kind kind)
{
	static const char *const names[PACKET_KINDS] = {
		[PACKET_RECORDED] = "recorded",
		[PACKET_NOT_IP] = "not_ip",
		[PACKET_LINK] = "unknown_link",
		[PACKET_SHORT] = "too_short",
		[PACKET_TAGS] = "too_many_tags",
		[PACKET_VERSION] = "ip_version",
		[PACKET_HEADER] = "ip_header",
		[PACKET_LENGTH] = "ip_length",
		[PACKET_IP_CHECKSUM] = "ip_checksum",
		[PACKET_CHECKSUM] = "checksum",
		[PACKET_CUT] = "header_cut",
		[PACKET_TCP_HEADER] = "tcp_header",
		[PACKET_OPTIONS] = "tcp_options",
		[PACKET_EXTENSIONS] = "ipv6_headers",
		[PACKET_FRAGMENTED] = "fragment",
	};

	return names[kind];
}
