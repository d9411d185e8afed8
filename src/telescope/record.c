/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/record.h"

static const char *const fingerprint_names[RECORD_FINGERPRINTS] = {
	"unknown", "zmap-old", "masscan", "mirai", "zmap", "zmap-linux", "nmap", "backscatter",
};

const char *
record_fingerprint_name(unsigned fingerprint)
{
	return fingerprint < RECORD_FINGERPRINTS ? fingerprint_names[fingerprint] : "other";
}

bool
record_fingerprint_find(struct str name, unsigned *ret)
{
	for (unsigned i = 0; i < RECORD_FINGERPRINTS; i++) {
		if (str_is_case(name, fingerprint_names[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static const struct proto {
	const char *name;
	unsigned number;
} protos[] = {
	{ "icmp", RECORD_ICMP }, { "igmp", 2 }, { "ipip", 4 }, { "tcp", RECORD_TCP }, { "udp", RECORD_UDP },
	{ "ipv6", 41 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "icmp6", RECORD_ICMP6 }, { "ospf", 89 },
	{ "sctp", 132 }, { "udplite", 136 },
};

const char *
record_proto_name(unsigned proto)
{
	for (size_t i = 0; i < COUNT(protos); i++) {
		if (protos[i].number == proto)
			return protos[i].name;
	}
	return NULL;
}

bool
record_proto_find(struct str name, unsigned *ret)
{
	int64_t number;

	for (size_t i = 0; i < COUNT(protos); i++) {
		if (str_is_case(name, protos[i].name)) {
			*ret = protos[i].number;
			return true;
		}
	}
	if (str_is_case(name, "icmpv6")) {
		*ret = RECORD_ICMP6;
		return true;
	}
	if (!str_int(name, 0, 255, &number))
		return false;
	*ret = (unsigned)number;
	return true;
}

/* By how often they are met. The number is the place: only add at the end. */
#define E RECORD_OPTION_E
#define N RECORD_OPTION_N
#define M RECORD_OPTION_M
#define W RECORD_OPTION_W
#define S RECORD_OPTION_S
#define K RECORD_OPTION_K
#define T RECORD_OPTION_T
#define SHIFT(list, x) ((list) << 4 | (uint64_t)(x))
#define O1(a) ((uint64_t)(a))
#define O2(a, b) SHIFT(O1(a), b)
#define O3(a, b, c) SHIFT(O2(a, b), c)
#define O4(a, b, c, d) SHIFT(O3(a, b, c), d)
#define O5(a, b, c, d, e) SHIFT(O4(a, b, c, d), e)
#define O6(a, b, c, d, e, f) SHIFT(O5(a, b, c, d, e), f)
#define O7(a, b, c, d, e, f, g) SHIFT(O6(a, b, c, d, e, f), g)
#define O8(a, b, c, d, e, f, g, h) SHIFT(O7(a, b, c, d, e, f, g), h)
#define O9(a, b, c, d, e, f, g, h, i) SHIFT(O8(a, b, c, d, e, f, g, h), i)

static const struct order {
	uint64_t code;
	const char *text;
} orders[] = {
	{ 0, "" },
	{ O1(M), "M" },
	{ O5(M, S, T, N, W), "MSTNW" },		   /* Linux */
	{ O6(M, N, W, N, N, S), "MNWNNS" },	   /* Windows; ZMap */
	{ O3(M, N, W), "MNW" },
	{ O4(M, N, N, S), "MNNS" },		   /* Windows XP */
	{ O3(N, N, T), "NNT" },			   /* a connection that stands */
	{ O8(M, N, W, N, N, T, S, E), "MNWNNTSE" }, /* macOS, iOS */
	{ O5(M, N, W, S, T), "MNWST" },		   /* FreeBSD */
	{ O6(M, N, W, N, N, T), "MNWNNT" },
	{ O9(M, N, N, S, N, W, N, N, T), "MNNSNWNNT" }, /* OpenBSD */
	{ O9(M, N, W, N, N, T, N, N, S), "MNWNNTNNS" },
	{ O3(M, S, T), "MST" },
	{ O2(M, S), "MS" },
	{ O2(M, W), "MW" },
	{ O2(M, T), "MT" },
	{ O3(M, S, W), "MSW" },
	{ O4(M, S, N, W), "MSNW" },
	{ O4(M, S, T, W), "MSTW" },
	{ O5(W, N, M, T, S), "WNMTS" },		   /* nmap -O, first probe */
	{ O5(M, W, S, T, E), "MWSTE" },		   /* second */
	{ O6(T, N, N, W, N, M), "TNNWNM" },	   /* third */
	{ O4(S, T, W, E), "STWE" },		   /* fourth */
	{ O5(M, S, T, W, E), "MSTWE" },		   /* fifth */
	{ O4(M, S, T, E), "MSTE" },		   /* sixth */
	{ O6(M, N, N, T, N, W), "MNNTNW" },
	{ O4(M, N, N, T), "MNNT" },
	{ O2(M, E), "ME" },
	{ O3(N, N, S), "NNS" },
	{ O3(N, N, K), "NNK" },
	{ O6(N, N, T, N, N, K), "NNTNNK" },
	{ O6(N, N, S, N, N, T), "NNSNNT" },
	{ O3(M, N, T), "MNT" },
	{ O5(M, W, N, S, T), "MWNST" },
	{ O2(N, N), "NN" },
	{ O1(E), "E" },
	{ O1(T), "T" },
};

uint8_t
record_options_number(uint64_t order)
{
	for (unsigned i = 0; i < COUNT(orders); i++) {
		if (orders[i].code == order)
			return (uint8_t)i;
	}
	return RECORD_OPTIONS_OTHER;
}

const char *
record_options_text(unsigned options)
{
	if (options == RECORD_OPTIONS_BAD)
		return "bad";
	if (options == RECORD_OPTIONS_OTHER)
		return "other";
	return options < COUNT(orders) ? orders[options].text : NULL;
}

bool
record_options_find(struct str text, unsigned *ret)
{
	for (unsigned i = 0; i <= RECORD_OPTIONS_OTHER; i++) {
		const char *known = record_options_text(i);

		if (known != NULL && str_is_case(text, known)) {
			*ret = i;
			return true;
		}
	}
	return false;
}
