/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/limit.h"
#include "telescope/filter.h"

static const struct record record = { .at = INT64_C(1788264000000000), .src = { 4, { 192, 0, 2, 7 } }, .dst = { 4, { 198, 51, 100, 1 } },
	.proto = RECORD_TCP, .sport = 40000, .dport = 23, .flags = RECORD_SYN, .len = 60, .ttl = 50, .ip_id = 1, .window = 1024,
	.seq = 7, .mss = 1460, .scale = 7, .options = RECORD_OPTIONS_LINUX, .fingerprint = RECORD_MIRAI, .bits = RECORD_DF };
static const struct filter_more more = { .country = 'J' << 8 | 'P', .as = 4713, .sensor = "tokyo-1" };

static void
answers(void **state)
{
	static const struct row {
		const char *text;
		bool want;
	} rows[] = {
		{ "", true }, { "tcp", true }, { "udp", false }, { "not udp", true }, { "!udp", true }, { "ip", true }, { "ip6", false },
		{ "port 23", true }, { "port 40000", true }, { "dport 40000", false }, { "src port 40000", true },
		{ "dst port 20-25", true }, { "dport 22,23", true }, { "port != 23", false }, { "portrange 1-10", false },
		{ "tcp dport 23", true }, { "tcp and dport 23 and ttl > 49", true }, { "ttl>50", false }, { "ttl>=50", true },
		{ "ttl<=50 && ttl>=50", true }, { "udp or tcp", true }, { "udp || udp", false }, { "(udp or tcp) and len 60", true },
		{ "udp or tcp and udp", false }, { "tcp or udp and udp", true }, { "192.0.2.7", true }, { "host 192.0.2.7", true },
		{ "src 192.0.2.0/24", true }, { "dst net 192.0.2.0/24", false }, { "net 198.51.100.0/24", true },
		{ "src 192.0.2.8,192.0.2.7", true }, { "src != 192.0.2.7", false }, { "host != 192.0.2.7", false },
		{ "country jp", true }, { "country KR,JP", true }, { "country != JP", false }, { "country unknown", false },
		{ "as 4713", true }, { "as AS4713", true }, { "as 1-5000", true }, { "sensor tokyo-1", true }, { "sensor x", false },
		{ "fingerprint mirai", true }, { "fingerprint = nmap", false }, { "flags = syn", true }, { "flags syn+ack", false },
		{ "flags & syn+ack", true }, { "flags 0x2", true }, { "options MSTNW", true }, { "options none", false },
		{ "df", true }, { "fragment", false }, { "window 1024", true }, { "seq 7", true }, { "mss 1460", true }, { "scale 7", true },
		{ "ipid 1", true }, { "icmptype 8", false }, { "time >= 2026-09-01", true }, { "time < 2026-09-01", false },
		{ "time < 2026-09-01T12:00:00.001", true }, { "time > 2026-09-01T12:00", false }, { "proto 6", true }, { "proto gre", false },
		{ "ttl < 0", false }, { "ttl > 255", false }, { "not (not (not udp))", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct filter *f, *again;
		const char *fault;
		size_t at;

		if (filter_parse(*state, str_of(rows[i].text), &f, &fault, &at) != OK)
			fail_msg("%s: %s at %zu", rows[i].text, fault, at);
		if (filter_matches(f, &record, &more) != rows[i].want)
			fail_msg("%s", rows[i].text);
		if (filter_parse(*state, str_of(filter_format(*state, f)), &again, &fault, &at) != OK)
			fail_msg("%s: %s: %s", rows[i].text, filter_format(*state, f), fault);
		if (filter_matches(again, &record, &more) != rows[i].want)
			fail_msg("%s: %s", rows[i].text, filter_format(*state, f));
	}
}

static void
faults(void **state)
{
	static const struct row {
		const char *text;
		size_t at;
	} rows[] = {
		{ "tcp and", 7 }, { "(tcp", 4 }, { "tcp)", 3 }, { "hello", 0 }, { "ttl 256", 4 }, { "dport 65536", 6 }, { "src 192.0.2.300", 4 },
		{ "src 192.0.2.1/24", 4 }, { "ttl & 3", 6 }, { "flags = foo", 8 }, { "dport 25-20", 6 }, { "dport 1,", 8 }, { "country JPN", 8 },
		{ "tcp or or", 7 }, { "time yesterday", 5 }, { "src > 192.0.2.1", 6 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct filter *f;
		const char *fault = NULL;
		size_t at = 99;

		assert_err(filter_parse(*state, str_of(rows[i].text), &f, &fault, &at), ERR_INVALID);
		assert_non_null(fault);
		if (at != rows[i].at)
			fail_msg("%s: %s at %zu", rows[i].text, fault, at);
	}
}

static enum err
nested(struct arena *a, unsigned depth)
{
	const struct filter *f;
	const char *fault;
	char text[300];
	size_t at;

	memset(text, '(', depth);
	memcpy(text + depth, "tcp", 3);
	memset(text + depth + 3, ')', depth);
	return filter_parse(a, (struct str){ text, 2 * depth + 3 }, &f, &fault, &at);
}

static void
bounds(void **state)
{
	const struct filter *f;
	const char *fault;
	char *text = arena_alloc(*state, LIMIT_FILTER + 1);
	size_t at;

	assert_ok(nested(*state, LIMIT_FILTER_DEPTH - 1));
	assert_err(nested(*state, LIMIT_FILTER_DEPTH), ERR_LIMIT);
	memset(text, ' ', LIMIT_FILTER + 1);
	assert_ok(filter_parse(*state, (struct str){ text, LIMIT_FILTER }, &f, &fault, &at));
	assert_err(filter_parse(*state, (struct str){ text, LIMIT_FILTER + 1 }, &f, &fault, &at), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(answers),
		UNIT_TEST(faults),
		UNIT_TEST(bounds),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
