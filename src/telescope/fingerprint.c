/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/fingerprint.h"

#define ZMAP_OLD_ID 54321
#define ANSWER (RECORD_SYN | RECORD_ACK) /* both set: to a SYN that was not ours */

static uint32_t
v4(const struct ip *ip)
{
	return (uint32_t)ip->byte[0] << 24 | (uint32_t)ip->byte[1] << 16 | (uint32_t)ip->byte[2] << 8 | ip->byte[3];
}

uint16_t
fingerprint_masscan_id(const struct record *r)
{
	return r->dst.v == 4 ? (uint16_t)(v4(&r->dst) ^ r->dport ^ r->seq) : 0;
}

uint32_t
fingerprint_mirai_seq(const struct record *r)
{
	return r->dst.v == 4 ? v4(&r->dst) : 0;
}

/* Errors and echo replies: we asked for none of them. */
static bool
icmp_answer(const struct record *r)
{
	unsigned type = r->dport >> 8;

	if (r->bits & RECORD_FRAGMENT)
		return false;
	if (r->proto == RECORD_ICMP)
		return type == 0 || type == 3 || type == 4 || type == 11 || type == 12;
	return r->proto == RECORD_ICMP6 && ((type >= 1 && type <= 4) || type == 129);
}

/* ZMap 4.1.1's default SYN looks like Windows' but has no DF and starts at TTL 64. */
static bool
zmap(const struct record *r)
{
	return r->options == RECORD_OPTIONS_WINDOWS && r->mss == 1460 && r->scale == 8 && r->len == 52 && r->window == 65535 &&
	    (r->bits & RECORD_DF) == 0 && r->ttl <= 64 && r->sport >= 32768 && r->sport <= 61000;
}

static enum record_fingerprint
syn(const struct record *r)
{
	if (r->dst.v == 4) {
		if (r->seq == fingerprint_mirai_seq(r))
			return RECORD_MIRAI;
		if (r->ip_id == ZMAP_OLD_ID)
			return RECORD_ZMAP_OLD;
		if (r->window == 1024 && r->ip_id == fingerprint_masscan_id(r))
			return RECORD_MASSCAN;
		if (zmap(r))
			return RECORD_ZMAP;
	}
	if ((r->bits & RECORD_CLOCK) != 0 && r->window == 65535 && r->scale == 7)
		return RECORD_ZMAP_LINUX;
	if (r->window >= 1024 && r->window <= 4096 && r->window % 1024 == 0 && r->mss == 1460 && r->options == RECORD_OPTIONS_M)
		return RECORD_NMAP;
	return RECORD_UNKNOWN;
}

enum record_fingerprint
fingerprint_of(const struct record *r)
{
	if (r->proto == RECORD_TCP && (r->bits & RECORD_FRAGMENT) == 0) {
		if ((r->flags & RECORD_RST) != 0 || (r->flags & ANSWER) == ANSWER)
			return RECORD_BACKSCATTER;
		return (r->flags & RECORD_FLAGS) == RECORD_SYN ? syn(r) : RECORD_UNKNOWN;
	}
	if (icmp_answer(r))
		return RECORD_BACKSCATTER;
	return r->dst.v == 4 && r->ip_id == ZMAP_OLD_ID ? RECORD_ZMAP_OLD : RECORD_UNKNOWN;
}

enum record_fingerprint
fingerprint_label(const uint64_t count[RECORD_FINGERPRINTS])
{
	uint64_t all = 0;
	unsigned best = RECORD_UNKNOWN;

	for (unsigned i = 0; i < RECORD_FINGERPRINTS; i++) {
		all += count[i];
		if (count[i] > count[best])
			best = i;
	}
	return count[best] >= 2 && count[best] >= all - count[best] ? (enum record_fingerprint)best : RECORD_UNKNOWN;
}
