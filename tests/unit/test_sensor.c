/* SPDX-License-Identifier: Apache-2.0 */
/* The sensor's pure parts: batches, the configuration, the spool. */
#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "sensor/conf.h"
#include "sensor/identity.h"
#include "sensor/spool.h"
#include "sys/files.h"
#include "telescope/batch.h"

#define AT INT64_C(1789000000000000)

/* Batches */

static struct record
packet(uint32_t i, bool six)
{
	struct record r = { .at = AT + (i % 7 == 0 ? -(int64_t)i : (int64_t)i * 1000), .seq = i * UINT32_C(2654435761), .sport = (uint16_t)(i * 77),
		.dport = 23, .len = 40, .ip_id = (uint16_t)i, .flags = (uint16_t)(i % 0x1000), .window = 65535, .mss = 1460, .scale = (uint8_t)i,
		.proto = 6, .ttl = (uint8_t)(i % 256), .bits = (uint8_t)(i * 3), .options = 2, .fingerprint = 4 };

	r.src = (struct ip){ .v = six ? 6 : 4, .byte = { 198, 51, (uint8_t)(i >> 8), (uint8_t)i } };
	r.dst = (struct ip){ .v = six ? 6 : 4, .byte = { 192, 0, 2, (uint8_t)i } };
	if (six)
		r.src.byte[15] = (uint8_t)i;
	r.payload = i % 3 == 0 ? (struct str){ "SSH-2.0-Go and some more bytes to keep", i % 39 } : STR_NULL;
	return r;
}

static struct str
written(struct arena *a, struct batch_head head, const uint64_t *status, const struct record *r)
{
	struct buf *b = buf_new(a, LIMIT_BATCH);
	static const unsigned char signature[BATCH_SIGNATURE];

	assert_ok(batch_write(a, head, status, STR("0.1.0"), r, b));
	buf_add(b, signature, sizeof(signature));
	assert_ok(buf_error(b));
	return buf_view(b);
}

static void
same(const struct record *x, const struct record *y)
{
	struct record a = *x, b = *y;

	assert_true(str_equal(a.payload, b.payload));
	a.payload = b.payload = STR_NULL;
	assert_int_equal(a.at, b.at);
	assert_memory_equal(&a.src, &b.src, sizeof(a.src));
	assert_memory_equal(&a.dst, &b.dst, sizeof(a.dst));
	assert_true(a.seq == b.seq && a.sport == b.sport && a.dport == b.dport && a.len == b.len && a.ip_id == b.ip_id &&
	    a.flags == b.flags && a.window == b.window && a.mss == b.mss && a.scale == b.scale && a.proto == b.proto &&
	    a.ttl == b.ttl && a.bits == b.bits && a.options == b.options && a.fingerprint == b.fingerprint);
}

static void
a_batch_comes_back_whole(void **state)
{
	static const struct {
		uint32_t n;
		int six; /* 0 none, 1 all, 2 some */
	} rows[] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 64, 0 }, { 1024, 2 }, { 4096, 0 } };
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record *r = arena_many(a, struct record, rows[i].n + 1);
		uint64_t status[BATCH_STATUS] = { [BATCH_STARTED] = AT, [BATCH_OFFSET] = batch_zigzag(-1500), [BATCH_STATUS - 1] = 9 };
		const struct batch_head head = { .sensor = 7, .epoch = AT, .first = 3, .sequence = 3, .made_at = AT + 60, .records = rows[i].n };
		struct batch b;

		for (uint32_t k = 0; k < rows[i].n; k++)
			r[k] = packet(k, rows[i].six == 1 || (rows[i].six == 2 && k % 2 == 1));
		struct str bytes = written(a, head, status, r);

		assert_ok(batch_read(a, bytes, &b));
		assert_true(b.head.sensor == 7 && b.head.epoch == AT && b.head.sequence == 3 && b.head.made_at == AT + 60);
		assert_memory_equal(b.status, status, sizeof(status));
		assert_int_equal(batch_unzigzag(b.status[BATCH_OFFSET]), -1500);
		assert_true(str_is(b.version, "0.1.0"));
		for (uint32_t k = 0; k < rows[i].n; k++)
			same(&r[k], &b.record[k]);
		/* Cut anywhere it is none; and no byte more. */
		for (size_t n = 0; n < bytes.n; n += 1 + n / 20)
			assert_int_not_equal(batch_read(a, str_take(bytes, n), &b), OK);
	}
}

static void
batches_within_bounds_only(void **state)
{
	struct arena *a = *state;
	const uint64_t status[BATCH_STATUS] = { 0 };
	struct batch_head head = { .sensor = 1, .epoch = 2, .first = 1, .sequence = 1, .made_at = AT };
	struct str good = written(a, head, status, NULL);
	struct batch b;
	struct buf *out = buf_new(a, LIMIT_MIB(4));
	static const struct {
		size_t at;
		unsigned char byte;
		enum err want;
	} rows[] = {
		{ 0, 'X', ERR_INVALID },      /* no batch */
		{ 8, 2, ERR_UNAVAILABLE },    /* of a later version */
		{ 9, 7, ERR_INVALID },	      /* an unknown codec */
		{ 10, 1, ERR_INVALID },	      /* reserved */
		{ 39, 0, ERR_INVALID },	      /* begins with sequence 0 */
		{ 39, 9, ERR_INVALID },	      /* ends before it begins */
		{ 57, 0x20, ERR_LIMIT },      /* 8,192 records and more */
		{ 60, 0x80, ERR_LIMIT },      /* a bomb */
		{ 66, 1, ERR_INVALID },	      /* another length than it has */
		{ 71, 1, ERR_INVALID },	      /* reserved */
	};

	assert_ok(batch_read(a, good, &b));
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *copy = arena_dupn(a, good.p, good.n);

		copy[rows[i].at] = (char)rows[i].byte;
		assert_int_equal(batch_read(a, (struct str){ copy, good.n }, &b), rows[i].want);
	}
	head.records = LIMIT_BATCH_RECORDS + 1;
	assert_int_equal(batch_write(a, head, status, STR(""), arena_many(a, struct record, head.records), out), ERR_LIMIT);
}

/* The configuration */

#define WHOLE "centre https://c.example.jp\ninterface eth0\naddress 192.0.2.0/24\n"

static void
the_configuration_is_read_strictly(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *fault; /* a part of it; NULL: it is good */
	} rows[] = {
		{ WHOLE, 0, NULL },
		{ "# all\n" WHOLE "  # more\nspool 64M\ntrust system # of Debian\nexcept 198.51.100.7\nfilter not port 22\nuser x\n", 0, NULL },
		{ "", 0, "centre" },
		{ "centre http://x\n", 1, "https://" },
		{ "centre https://x/path\n", 1, "only host and port" },
		{ "centre https://x:0\n", 1, "not an address" },
		{ "centre https://[2001:db8::1]:8480\ninterface eth0\naddress 2001:db8::/64\n", 0, NULL },
		{ WHOLE "spool 512K\n", 4, "1M to 64G" },
		{ WHOLE "spool 65G\n", 4, "1M to 64G" },
		{ WHOLE "spool\n", 4, "no value" },
		{ WHOLE "spol 64M\n", 4, "no setting" },
		{ WHOLE "spool 64M\nspool 64M\n", 5, "second time" },
		{ WHOLE "payload 65\n", 4, "0 to 64" },
		{ WHOLE "file /x\n", 0, "only one" },
		{ WHOLE "address 192.0.2.1/24\n", 4, "host bits" },
		{ WHOLE "state relative\n", 4, "begins with /" },
		{ WHOLE "pin abc\n", 4, "SHA-256" },
		{ WHOLE "trust system\npin 0000000000000000000000000000000000000000000000000000000000000000\n", 0, "choose one" },
		{ WHOLE "capture ring\nfilter tcp\n", 0, "takes no" },
		{ "centre https://c.example.jp\ninterface eth0\n", 0, "address" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf_fault fault = { 99, "" };
		struct conf c;
		enum err e = conf_parse(*state, str_of(rows[i].text), &c, &fault);

		assert_int_equal(e, rows[i].fault == NULL ? OK : ERR_INVALID);
		if (rows[i].fault == NULL)
			continue;
		if (strstr(fault.text, rows[i].fault) == NULL || fault.line != rows[i].line)
			fail_msg("row %zu: line %u: %s", i, fault.line, fault.text);
	}
}

/* The spool */

static char home[] = "/tmp/tobiguchi-spool-XXXXXX";

static enum err
loss(void *object, struct arena *a, const struct batch_head *head, struct str *ret)
{
	const uint64_t status[BATCH_STATUS] = { 0 };

	(void)object;
	*ret = written(a, *head, status, NULL);
	return OK;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void
put(struct arena *a, struct spool *s, uint64_t epoch, uint64_t sequence, uint32_t n)
{
	const uint64_t status[BATCH_STATUS] = { 0 };
	struct record *r = arena_many(a, struct record, n + 1);
	const struct batch_head h = { .sensor = 1, .epoch = epoch, .first = sequence, .sequence = sequence, .made_at = AT, .records = n };

	for (uint32_t i = 0; i < n; i++)
		r[i] = packet((uint32_t)sequence * 100 + i, false);
	assert_ok(spool_add(s, &h, written(a, h, status, r)));
}

static void
oldest(struct arena *a, struct spool *s, uint64_t epoch, uint64_t first, uint64_t sequence, uint32_t lost)
{
	struct batch_head h;
	struct str bytes;

	assert_ok(spool_oldest(s, a, &h, &bytes));
	assert_true(h.epoch == epoch && h.first == first && h.sequence == sequence && h.lost == lost);
}

static void
the_spool_keeps_order_and_counts(void **state)
{
	struct arena *a = *state;
	const char *folder = arena_printf(a, "%s/spool", mkdtemp(home));
	const struct spool_config c = { .folder = folder, .bytes = 4000, .loss = loss };
	struct spool_state st;
	struct batch_head h;
	struct str bytes;
	struct spool *s;

	assert_ok(spool_open(&c, &s));
	assert_err(spool_oldest(s, a, &h, &bytes), ERR_NOT_FOUND);
	for (uint64_t i = 1; i <= 30; i++)
		put(a, s, 5, i, 10);
	put(a, s, 9, 1, 3);
	spool_state(s, &st);
	assert_true(st.bytes <= 4000 && st.lost > 0 && st.epoch == 9);
	oldest(a, s, 5, 1, 1, 0); /* it never goes */
	spool_free(s);

	/* Half a file and a stranger are gone after the next start; the rest is as it was. */
	assert_ok(files_write(arena_printf(a, "%s/half.tmp", folder), STR("x"), 0600));
	assert_ok(spool_open(&c, &s));
	struct spool_state again;

	spool_state(s, &again);
	assert_true(again.bytes == st.bytes && again.files == st.files);
	assert_int_equal(access(arena_printf(a, "%s/half.tmp", folder), F_OK), -1);
	assert_ok(spool_done(s, 5, 2));
	assert_ok(spool_oldest(s, a, &h, &bytes));
	assert_true(h.first == 2 && h.sequence > 2 && h.lost == st.lost); /* all of it in one */
	assert_ok(spool_done(s, 5, h.sequence + 1));
	/* What the centre will never take is counted too. */
	uint64_t next = h.sequence + 1;

	oldest(a, s, 5, next, next, 0);
	assert_ok(spool_refused(s));
	oldest(a, s, 5, next, next, 10);
	/* A centre that was restored hears that older ones are gone. */
	assert_ok(spool_restart(s, 2));
	oldest(a, s, 5, 2, next - 1, 0);
	/* A file that the disk has damaged becomes a loss. */
	assert_ok(spool_done(s, 5, next + 1));
	assert_ok(files_write(arena_printf(a, "%s/%019d-%019llu.batch", folder, 5, (unsigned long long)next + 1), STR("rot"), 0600));
	oldest(a, s, 5, next + 1, next + 1, 10);
	spool_free(s);
	assert_int_equal(nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_batch_comes_back_whole),
		UNIT_TEST(batches_within_bounds_only),
		UNIT_TEST(the_configuration_is_read_strictly),
		UNIT_TEST(the_spool_keeps_order_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
