/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - which records are meant: a language like tcpdump's.
 *
 *	tcp port 23 and not src net 192.0.2.0/24
 *	udp and dport 53,123 and country JP,KR and ttl > 100
 *	fingerprint mirai or (flags = syn+ack and sport 80)
 *	time >= 2026-09-01 and time < 2026-09-02T12:00
 *
 * Words:	tcp udp icmp icmp6 ip ip6 df mf fragment cut badsum
 * Values:	proto port sport dport len ttl ipid flags window seq mss scale
 *		options fingerprint country as sensor icmptype icmpcode time
 *		[src|dst] [host|net] ADDRESS or NETWORK (without src or dst: either)
 *		FIELD [=] VALUE[,VALUE…]  a-b is a range; != < <= > >= and, for
 *		flags, & (any of these)
 * Joined by:	and && or || not ! ( )     "and" may be left out
 *
 * "port" is either port, as tcpdump has it; "dport" what was knocked at.
 */
#ifndef TELESCOPE_FILTER_H
#define TELESCOPE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"
#include "telescope/record.h"

struct arena;

enum filter_field {
	FILTER_PROTO, FILTER_VERSION, FILTER_SRC, FILTER_DST, FILTER_SPORT, FILTER_DPORT, FILTER_ICMP_TYPE, FILTER_ICMP_CODE,
	FILTER_LEN, FILTER_TTL, FILTER_IP_ID, FILTER_FLAGS, FILTER_WINDOW, FILTER_SEQ, FILTER_MSS, FILTER_SCALE, FILTER_OPTIONS,
	FILTER_FINGERPRINT, FILTER_BITS, FILTER_COUNTRY, FILTER_AS, FILTER_SENSOR, FILTER_TIME,
	FILTER_FIELDS,
};

enum filter_kind { FILTER_ALL, FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST };

struct filter_range {
	uint64_t from, to; /* both within */
};

struct filter { /* a node */
	enum filter_kind kind;
	const struct filter *left, *right; /* AND, OR; NOT: left */
	/* TEST: the field is in one of these */
	enum filter_field field;
	bool mask; /* FLAGS, BITS: a bit of range[0].from is set */
	uint32_t n;
	const struct filter_range *range;
	const struct ip_net *net;  /* SRC, DST */
	const char *const *name;   /* SENSOR */
};

/*
 * Empty text is FILTER_ALL. Times without a zone are UTC, in microseconds.
 * ERR_INVALID: ${*ret_fault} is an English msgid, ${*ret_at} the byte it is about;
 * ERR_LIMIT: longer than LIMIT_FILTER bytes or deeper than LIMIT_FILTER_DEPTH.
 */
MUST_USE enum err filter_parse(
    struct arena *a, struct str text, const struct filter **ret, const char **ret_fault, size_t *ret_at);
/* As text that filter_parse() reads as the same filter. */
const char *filter_format(struct arena *a, const struct filter *f);

/* What is not in a record itself. */
struct filter_more {
	uint16_t country; /* two letters, first * 256 + second; 0 unknown */
	uint32_t as;
	const char *sensor;
};
bool filter_matches(const struct filter *f, const struct record *r, const struct filter_more *m);

/* A test alone, for those who evaluate whole tables. ${v} of SRC and DST is not used. */
bool filter_test_number(const struct filter *test, uint64_t v);
bool filter_test_address(const struct filter *test, const struct ip *ip);
bool filter_test_name(const struct filter *test, const char *name);

/* "JP" as struct filter_more has it; 0 for anything but two letters. */
uint16_t filter_country(struct str code);
const char *filter_field_name(enum filter_field f);

#endif
