/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

/* Dotted quad at the front of ${*s}. */
static bool
eat_v4(struct str *s, uint8_t *ret)
{
	struct str rest = *s;

	for (int i = 0; i < 4; i++) {
		struct str digits = rest;
		uint64_t v;

		if (!str_eat_digits(&rest, 1, 3, &v) || v > 255)
			return false;
		/* A leading zero means octal to some readers. */
		if (digits.p[0] == '0' && digits.n - rest.n > 1)
			return false;
		if (i < 3 && !str_eat(&rest, STR(".")))
			return false;
		ret[i] = (uint8_t)v;
	}
	*s = rest;
	return true;
}

static int
hex_digit(char c)
{
	if (str_is_digit(c))
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
eat_group(struct str *s, uint16_t *ret)
{
	uint16_t v = 0;
	size_t n = 0;

	while (n < 4 && n < s->n && hex_digit(s->p[n]) >= 0) {
		v = (uint16_t)(v << 4 | hex_digit(s->p[n]));
		n++;
	}
	if (n == 0)
		return false;
	*s = str_skip(*s, n);
	*ret = v;
	return true;
}

static enum err
parse_v6(struct str s, struct ip *ret)
{
	uint8_t bytes[16] = { 0 };
	size_t n = 0;	    /* bytes filled */
	size_t gap = 16;    /* where "::" stands; 16 for nowhere */
	bool colon = false; /* a single colon was just read */

	if (str_eat(&s, STR("::")))
		gap = 0;
	while (s.n > 0) {
		struct str before = s;
		uint16_t group;

		if (n > 14 || !eat_group(&s, &group))
			return ERR_INVALID;
		if (s.n > 0 && s.p[0] == '.') {
			s = before;
			if (n > 12 || !eat_v4(&s, bytes + n) || s.n > 0)
				return ERR_INVALID;
			n += 4;
			colon = false;
			break;
		}
		bytes[n++] = (uint8_t)(group >> 8);
		bytes[n++] = (uint8_t)group;
		colon = false;
		if (str_eat(&s, STR("::"))) {
			if (gap < 16)
				return ERR_INVALID;
			gap = n;
		} else if (str_eat(&s, STR(":"))) {
			colon = true;
		} else if (s.n > 0) {
			return ERR_INVALID;
		}
	}
	if (colon || (gap == 16 && n != 16) || (gap < 16 && n > 14))
		return ERR_INVALID;

	*ret = (struct ip){ .v = 6 };
	if (gap == 16) {
		memcpy(ret->byte, bytes, 16);
		return OK;
	}
	memcpy(ret->byte, bytes, gap);
	memcpy(ret->byte + 16 - (n - gap), bytes + gap, n - gap);
	return OK;
}

enum err
ip_parse(struct str s, struct ip *ret)
{
	uint8_t bytes[4];

	if (str_find_char(s, ':', 0) != SIZE_MAX)
		return parse_v6(s, ret);
	if (!eat_v4(&s, bytes) || s.n > 0)
		return ERR_INVALID;
	*ret = (struct ip){ .v = 4 };
	memcpy(ret->byte, bytes, 4);
	return OK;
}

/* The longest run of two or more zero groups; RFC 5952 4.2. */
static void
zero_run(const uint16_t *group, int *ret_from, int *ret_n)
{
	int from = -1, n = 1;

	for (int i = 0; i < 8; i++) {
		int length = 0;

		while (i + length < 8 && group[i + length] == 0)
			length++;
		if (length > n) {
			from = i;
			n = length;
		}
		i += length;
	}
	*ret_from = from;
	*ret_n = from < 0 ? 0 : n;
}

static const char *
format_v6(struct arena *a, const uint8_t *byte)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct buf *b = buf_new(a, 64);
	uint16_t group[8];
	int from, n;

	if (memcmp(byte, mapped, sizeof(mapped)) == 0)
		return arena_printf(a, "::ffff:%d.%d.%d.%d", byte[12], byte[13], byte[14],
		    byte[15]);
	for (int i = 0; i < 8; i++)
		group[i] = (uint16_t)(byte[2 * i] << 8 | byte[2 * i + 1]);
	zero_run(group, &from, &n);
	for (int i = 0; i < 8; i++) {
		if (i == from) {
			buf_text(b, "::");
			i += n - 1;
			continue;
		}
		if (i > 0 && i != from + n)
			buf_char(b, ':');
		buf_printf(b, "%x", group[i]);
	}
	return buf_cstr(a, b);
}

const char *
ip_format(struct arena *a, const struct ip *ip)
{
	if (ip->v == 6)
		return format_v6(a, ip->byte);
	return arena_printf(
	    a, "%d.%d.%d.%d", ip->byte[0], ip->byte[1], ip->byte[2], ip->byte[3]);
}

/* The first ${prefix} bits of both are the same. */
static bool
same_bits(const uint8_t *x, const uint8_t *y, uint8_t prefix)
{
	size_t whole = prefix / 8;
	uint8_t mask = (uint8_t)(0xff00 >> (prefix % 8));

	if (memcmp(x, y, whole) != 0)
		return false;
	return prefix % 8 == 0 || ((x[whole] ^ y[whole]) & mask) == 0;
}

enum err
ip_net_parse(struct str s, struct ip_net *ret)
{
	static const uint8_t zero[16];
	size_t slash = str_find_char(s, '/', 0);
	struct ip_net net = { .prefix = 0 };
	int64_t prefix;

	if (slash == SIZE_MAX)
		return ERR_INVALID;
	TRY(ip_parse(str_take(s, slash), &net.ip));
	size_t size = net.ip.v == 4 ? 4 : 16;
	struct str digits = str_skip(s, slash + 1);

	if (digits.n > 3 || (digits.n > 1 && digits.p[0] == '0') ||
	    !str_int(digits, 0, (int64_t)size * 8, &prefix))
		return ERR_INVALID;
	net.prefix = (uint8_t)prefix;
	size_t whole = net.prefix / 8;

	if (net.prefix % 8 != 0) {
		if ((uint8_t)(net.ip.byte[whole] << (net.prefix % 8)) != 0)
			return ERR_INVALID;
		whole++;
	}
	if (memcmp(net.ip.byte + whole, zero, size - whole) != 0)
		return ERR_INVALID;
	*ret = net;
	return OK;
}

enum err
ip_net_parse_any(struct str s, struct ip_net *ret)
{
	struct ip ip;

	if (ip_parse(s, &ip) != OK)
		return ip_net_parse(s, ret);
	*ret = (struct ip_net){ .ip = ip, .prefix = ip.v == 4 ? 32 : 128 };
	return OK;
}

bool
ip_in(const struct ip_net *net, const struct ip *ip)
{
	return net->ip.v == ip->v && same_bits(net->ip.byte, ip->byte, net->prefix);
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t one[16] = { [15] = 1 };

	if (ip->v == 4)
		return ip->byte[0] == 127;
	if (memcmp(ip->byte, mapped, sizeof(mapped)) == 0)
		return ip->byte[12] == 127;
	return memcmp(ip->byte, one, sizeof(one)) == 0;
}

/*
 * IANA special-purpose registries (RFC 6890 and later), without the blocks
 * that are reachable; and multicast, which no request of ours may go to.
 */
static const struct ip_net special[] = {
	{ { 4, { 0 } }, 8 },
	{ { 4, { 10 } }, 8 },
	{ { 4, { 100, 64 } }, 10 },
	{ { 4, { 127 } }, 8 },
	{ { 4, { 169, 254 } }, 16 },
	{ { 4, { 172, 16 } }, 12 },
	{ { 4, { 192, 0, 0 } }, 24 },
	{ { 4, { 192, 0, 2 } }, 24 },
	{ { 4, { 192, 168 } }, 16 },
	{ { 4, { 198, 18 } }, 15 },
	{ { 4, { 198, 51, 100 } }, 24 },
	{ { 4, { 203, 0, 113 } }, 24 },
	{ { 4, { 224 } }, 4 },
	{ { 4, { 240 } }, 4 },
	{ { 6, { 0 } }, 96 }, /* ::, ::1 and the old IPv4-compatible ones */
	{ { 6, { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 } }, 48 },
	{ { 6, { 0x01 } }, 64 },
	{ { 6, { 0x20, 0x01, 0x00 } }, 23 },
	{ { 6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 },
	{ { 6, { 0x3f, 0xff } }, 20 },
	{ { 6, { 0x5f } }, 16 },
	{ { 6, { 0xfc } }, 7 },
	{ { 6, { 0xfe, 0x80 } }, 10 },
	{ { 6, { 0xfe, 0xc0 } }, 10 },
	{ { 6, { 0xff } }, 8 },
};

/* Blocks that carry an IPv4 address: mapped, NAT64, 6to4. */
static const struct {
	struct ip_net net;
	uint8_t at; /* byte where the IPv4 address begins */
} carriers[] = {
	{ { { 6, { [10] = 0xff, [11] = 0xff } }, 96 }, 12 },
	{ { { 6, { 0x00, 0x64, 0xff, 0x9b } }, 96 }, 12 },
	{ { { 6, { 0x20, 0x02 } }, 16 }, 2 },
};

bool
ip_is_private(const struct ip *ip)
{
	for (size_t i = 0; i < COUNT(carriers); i++) {
		if (ip_in(&carriers[i].net, ip)) {
			struct ip inner = { .v = 4 };

			memcpy(inner.byte, ip->byte + carriers[i].at, 4);
			return ip_is_private(&inner);
		}
	}
	for (size_t i = 0; i < COUNT(special); i++) {
		if (ip_in(&special[i], ip))
			return true;
	}
	return false;
}
