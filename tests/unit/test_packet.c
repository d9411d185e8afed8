/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/hex.h"
#include "telescope/fingerprint.h"
#include "telescope/packet.h"

#define AT INT64_C(1767225600123456)
/* 198.51.100.7 -> 192.0.2.1 */
#define IP4(len, id, fragment, ttl, proto) "4500" len id fragment ttl proto "0000" "c6336407" "c0000201"
#define IP6(len, next) "60000000" len next "40" "20010db8000000000000000000000007" "20010db8000000000000000000000001"
#define ETHER "020000000001020000000002"
#define SYN "9c400017" "c0000201" "00000000" "5002" "0400" "0000" "0000"

struct row {
	const char *name, *hex;
	unsigned link;
	size_t more; /* bytes sent beyond those captured */
	bool recorded;
	enum packet_kind kind; /* that must be counted */
	struct record want;    /* only what rows differ in is compared */
};

static struct str
bytes(struct arena *a, const char *hex)
{
	struct str s = str_of(hex);
	char *p = arena_alloc(a, s.n / 2 + 1);

	assert_ok(hex_parse(s, p, s.n / 2));
	return (struct str){ p, s.n / 2 };
}

static const struct row rows[] = {
	{ "Mirai's SYN", ETHER "0800" IP4("0028", "1234", "0000", "2d", "06") SYN, PACKET_ETHERNET, 0, true, PACKET_RECORDED,
	    { .proto = 6, .sport = 40000, .dport = 23, .flags = 2, .len = 40, .ttl = 45, .fingerprint = RECORD_MIRAI } },
	{ "two tags", ETHER "88a80064" "81000065" "0800" IP4("0028", "d431", "4000", "2d", "06") SYN, PACKET_ETHERNET, 0, true,
	    PACKET_RECORDED, { .proto = 6, .sport = 40000, .dport = 23, .flags = 2, .len = 40, .ttl = 45, .bits = RECORD_DF,
		.fingerprint = RECORD_MIRAI } },
	{ "nine tags", ETHER "8100000081000000810000008100000081000000810000008100000081000000810000000800", PACKET_ETHERNET, 0,
	    false, PACKET_TAGS, { 0 } },
	{ "ARP", ETHER "0806" "00010800", PACKET_ETHERNET, 0, false, PACKET_NOT_IP, { 0 } },
	{ "no Ethernet header", "0200", PACKET_ETHERNET, 0, false, PACKET_SHORT, { 0 } },
	{ "nothing", "", PACKET_RAW, 0, false, PACKET_SHORT, { 0 } },
	{ "radiotap", "0000", 127, 0, false, PACKET_LINK, { 0 } },
	{ "IPv4 in half", "4500002800000000", PACKET_RAW, 12, false, PACKET_SHORT, { 0 } },
	{ "version 5", "5500002800000000", PACKET_RAW, 0, false, PACKET_VERSION, { 0 } },
	{ "IPv6 called IPv4", ETHER "0800" "60", PACKET_ETHERNET, 0, false, PACKET_VERSION, { 0 } },
	{ "header of 16 bytes", "44000028000000004006000000000000" "00000000", PACKET_RAW, 0, false, PACKET_HEADER, { 0 } },
	{ "cooked", "00000001000600000000000000000800" IP4("001c", "0001", "0000", "40", "11") "0035d43100080000",
	    PACKET_LINUX_COOKED, 0, true, PACKET_RECORDED, { .proto = 17, .sport = 53, .dport = 54321, .len = 28, .ttl = 64 } },
	{ "cooked 2", "0800000000000001000100060000000000000000" IP4("001c", "0001", "0000", "40", "11") "0035d43100080000",
	    PACKET_LINUX_COOKED2, 0, true, PACKET_RECORDED, { .proto = 17, .sport = 53, .dport = 54321, .len = 28, .ttl = 64 } },
	{ "loop", "02000000" IP4("001c", "0001", "0000", "40", "11") "0035d43100080000", PACKET_NULL, 0, true, PACKET_RECORDED,
	    { .proto = 17, .sport = 53, .dport = 54321, .len = 28, .ttl = 64 } },
	{ "loop, big", "0000001e" IP6("0008", "11") "0035d43100080000", PACKET_LOOP, 0, true, PACKET_RECORDED,
	    { .proto = 17, .sport = 53, .dport = 54321, .len = 48, .ttl = 64 } },
	{ "an echo request", IP4("001c", "0001", "0000", "40", "01") "0800f7ff00000000", PACKET_RAW, 0, true, PACKET_RECORDED,
	    { .proto = 1, .dport = 0x0800, .len = 28, .ttl = 64 } },
	{ "unreachable", IP4("001c", "0001", "0000", "40", "01") "0303fcfc00000000", PACKET_IPV4, 0, true, PACKET_RECORDED,
	    { .proto = 1, .dport = 0x0303, .len = 28, .ttl = 64, .fingerprint = RECORD_BACKSCATTER } },
	{ "a later fragment", IP4("001c", "0001", "0001", "40", "06") "0035d43100080000", PACKET_RAW, 0, true, PACKET_FRAGMENTED,
	    { .proto = 6, .len = 28, .ttl = 64, .bits = RECORD_FRAGMENT } },
	{ "a first fragment", IP4("001c", "0001", "2000", "40", "11") "0035d43100990000", PACKET_RAW, 0, true, PACKET_FRAGMENTED,
	    { .proto = 17, .sport = 53, .dport = 54321, .len = 28, .ttl = 64, .bits = RECORD_MF } },
	{ "captured in part", IP4("0028", "0001", "0000", "40", "06") "9c400017c0000201", PACKET_RAW, 12, true, PACKET_CUT,
	    { .proto = 6, .sport = 40000, .dport = 23, .len = 40, .ttl = 64, .bits = RECORD_CUT } },
	{ "longer than it is", IP4("ffff", "0001", "0000", "40", "11") "0035d43100080000", PACKET_RAW, 0, true, PACKET_LENGTH,
	    { .proto = 17, .sport = 53, .dport = 54321, .len = 65535, .ttl = 64 } },
	{ "options without end", IP4("002c", "0001", "0000", "40", "06") "9c40001700000001000000006002040000000000" "02000101",
	    PACKET_RAW, 0, true, PACKET_OPTIONS, { .proto = 6, .sport = 40000, .dport = 23, .flags = 2, .len = 44, .ttl = 64,
		.options = RECORD_OPTIONS_BAD, .bits = RECORD_BAD_CHECKSUM } },
	{ "header longer than the packet", IP4("0028", "0001", "0000", "40", "06") "9c4000170000000100000000f002040000000000",
	    PACKET_RAW, 0, true, PACKET_TCP_HEADER, { .proto = 6, .sport = 40000, .dport = 23, .flags = 2, .len = 40, .ttl = 64,
		.options = RECORD_OPTIONS_BAD, .bits = RECORD_BAD_CHECKSUM } },
	{ "six over destination options", IP6("0010", "3c") "1100010400000000" "0035d43100081234", PACKET_RAW, 0, true,
	    PACKET_CHECKSUM, { .proto = 17, .sport = 53, .dport = 54321, .len = 56, .ttl = 64, .bits = RECORD_BAD_CHECKSUM } },
	{ "a six fragment", IP6("0010", "2c") "0600000800012345" "0035d43100080000", PACKET_RAW, 0, true, PACKET_FRAGMENTED,
	    { .proto = 6, .len = 56, .ttl = 64, .bits = RECORD_FRAGMENT } },
	{ "a six header beyond the end", IP6("0008", "00") "11ff010400000000", PACKET_IPV6, 0, true, PACKET_EXTENSIONS,
	    { .proto = 17, .len = 48, .ttl = 64, .bits = RECORD_CUT } },
	{ "GRE", IP4("0018", "0001", "0000", "40", "2f") "00000800", PACKET_RAW, 0, true, PACKET_RECORDED,
	    { .proto = 47, .len = 24, .ttl = 64 } },
};

static void
each_kind(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *t = &rows[i];
		struct packet_counts counts = { { 0 } };
		struct str s = bytes(*state, t->hex);
		struct record r;

		if (packet_decode(t->link, s, s.n + t->more, AT, &counts, &r) != t->recorded || counts.of[t->kind] != 1)
			fail_msg("%s: recorded %d, %s %d", t->name, (int)counts.of[PACKET_RECORDED], packet_kind_name(t->kind),
			    (int)counts.of[t->kind]);
		if (!t->recorded)
			continue;
		r.bits &= (uint8_t)~RECORD_BAD_IP; /* the rows have no checksum of IPv4 */
		if (r.proto != t->want.proto || r.sport != t->want.sport || r.dport != t->want.dport ||
		    r.flags != t->want.flags || r.len != t->want.len || r.ttl != t->want.ttl ||
		    r.options != t->want.options || r.fingerprint != t->want.fingerprint)
			fail_msg("%s: proto %d, %d -> %d, flags %x, len %d, ttl %d, options %d, fingerprint %d", t->name, r.proto,
			    r.sport, r.dport, r.flags, r.len, r.ttl, r.options, r.fingerprint);
		if (t->want.bits != 0 && (r.bits & t->want.bits) != t->want.bits)
			fail_msg("%s: bits %x", t->name, r.bits);
		assert_int_equal(r.at, AT);
	}
}

static void
options_have_names(void **state)
{
	unsigned number;

	(void)state;
	assert_int_equal(record_options_number(0), RECORD_OPTIONS_NONE);
	assert_true(record_options_find(STR("mstnw"), &number));
	assert_int_equal(number, RECORD_OPTIONS_LINUX);
	assert_true(record_options_find(STR("MNWNNS"), &number));
	assert_int_equal(number, RECORD_OPTIONS_WINDOWS);
	assert_int_equal(record_options_number(0xfffff), RECORD_OPTIONS_OTHER);
	assert_false(record_options_find(STR("MSQ"), &number));
	for (unsigned i = 0; i < 256; i++) {
		const char *text = record_options_text(i);

		if (text == NULL)
			continue;
		assert_true(record_options_find(str_of(text), &number));
		assert_int_equal(number, i); /* no order stands there twice */
	}
}

static void
fingerprints(void **state)
{
	static const struct record base = { .src = { .v = 4, .byte = { 198, 51, 100, 7 } }, .dst = { .v = 4, .byte = { 192, 0, 2, 1 } },
		.proto = 6, .flags = RECORD_SYN, .sport = 40000, .dport = 443, .seq = 77, .ttl = 60, .len = 40, .scale = RECORD_NO_SCALE };
	struct record r = base;

	(void)state;
	assert_int_equal(fingerprint_of(&r), RECORD_UNKNOWN);
	r.ip_id = 54321;
	assert_int_equal(fingerprint_of(&r), RECORD_ZMAP_OLD);
	r.proto = 17;
	assert_int_equal(fingerprint_of(&r), RECORD_ZMAP_OLD);
	r = base;
	r.window = 1024;
	r.ip_id = (uint16_t)(0x0201 ^ 443 ^ 77);
	assert_int_equal(fingerprint_masscan_id(&r), r.ip_id);
	assert_int_equal(fingerprint_of(&r), RECORD_MASSCAN);
	r.seq = 0xc0000201;
	assert_int_equal(fingerprint_of(&r), RECORD_MIRAI);
	r = base;
	r.options = RECORD_OPTIONS_WINDOWS;
	r.len = 52;
	r.window = 65535;
	r.mss = 1460;
	r.scale = 8;
	assert_int_equal(fingerprint_of(&r), RECORD_ZMAP);
	r.bits = RECORD_DF; /* a real Windows */
	assert_int_equal(fingerprint_of(&r), RECORD_UNKNOWN);
	r.scale = 7;
	r.bits = RECORD_CLOCK;
	assert_int_equal(fingerprint_of(&r), RECORD_ZMAP_LINUX);
	r = base;
	r.options = RECORD_OPTIONS_M;
	r.mss = 1460;
	r.window = 2048;
	assert_int_equal(fingerprint_of(&r), RECORD_NMAP);
	r.flags = RECORD_SYN | RECORD_ACK;
	assert_int_equal(fingerprint_of(&r), RECORD_BACKSCATTER);
	r = base;
	r.proto = RECORD_ICMP6;
	r.dport = 0x0100;
	assert_int_equal(fingerprint_of(&r), RECORD_BACKSCATTER);

	const uint64_t once[RECORD_FINGERPRINTS] = { [RECORD_MIRAI] = 1 }, half[RECORD_FINGERPRINTS] = { 2, [RECORD_MIRAI] = 3 },
		       few[RECORD_FINGERPRINTS] = { 2, [RECORD_MIRAI] = 3, [RECORD_NMAP] = 2 };

	assert_int_equal(fingerprint_label(once), RECORD_UNKNOWN);
	assert_int_equal(fingerprint_label(half), RECORD_MIRAI);
	assert_int_equal(fingerprint_label(few), RECORD_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(each_kind),
		UNIT_TEST(options_have_names),
		UNIT_TEST(fingerprints),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
