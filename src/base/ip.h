/* SPDX-License-Identifier: Apache-2.0 */
/* ip.h - IPv4 and IPv6 addresses and networks. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/err.h"
#include "base/str.h"

struct arena;

struct ip {
	uint8_t v;	  /* 4 or 6 */
	uint8_t byte[16]; /* network order; v4 uses the first four */
};
struct ip_net {
	struct ip ip;	/* host bits zero */
	uint8_t prefix; /* 0..32 or 0..128 */
};

/* Dotted quad without leading zeros, or RFC 4291 text. */
MUST_USE enum err ip_parse(struct str s, struct ip *ret);
/* RFC 5952 for IPv6. */
const char *ip_format(struct arena *a, const struct ip *ip);
/* "192.0.2.0/24"; host bits must be zero. */
MUST_USE enum err ip_net_parse(struct str s, struct ip_net *ret);
/* The same, or an address: a network of one. */
MUST_USE enum err ip_net_parse_any(struct str s, struct ip_net *ret);
bool ip_in(const struct ip_net *net, const struct ip *ip);
bool ip_is_private(const struct ip *ip); /* RFC 6890: not globally reachable */
bool ip_is_loopback(const struct ip *ip);

#endif
